"""How deeply firms use a technology: levels of smart factories, purposes, plans, barriers and effects on the workforce.

Korean, OECD and worker surveys come from figures read on published pages; barriers by size and effects on the workforce
from tables of the US Annual Business Survey. How much US companies use a technology is in table `technology_use`.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

TRANSCRIBED, CENSUS = "figures-transcribed", "census-abs"
MSS, NIA, D4SME, KCCI, ABS = (
    "mss-smart-manufacturing", "nia-informatisation", "oecd-d4sme", "kcci-workers", "us-annual-business-survey",
)  # fmt: skip
OWNERS, ADOPTERS, USERS = "firms that own a factory", "adopters of the class", "firms that use AI"


class Figure(NamedTuple):
    """What one transcribed figure says about depth; `unit` is that of `published_figures` and guards the id."""

    survey: str
    technology: str
    topic: str
    item: str
    answer: str
    size_class: str
    of: str
    unit: str


def _factory(topic: str, item: str, answer: str, size_class: str, of: str, unit: str) -> Figure:
    return Figure(MSS, "smart factory", topic, item, answer, size_class, of, unit)


_CLASSES = {"133": "all", "134": "SME", "135": "mid-sized", "136": "medium", "137": "small", "138": "micro"}
_ABOVE = {"144": "mid-sized", "145": "medium", "146": "small", "147": "micro"}
_LEVELS = {"139": ("level", "basic"), "140": ("level", "intermediate"), "141": ("level", "advanced")}
_PURPOSES = {
    "032": "image recognition", "033": "decision support", "034": "drafting and gathering information",
    "035": "automation of work",
}  # fmt: skip
_ADOPTER_UNIT, _OECD_UNIT = "% of smart-factory adopters", "% of surveyed SMEs"
FIGURES = {
    **{f"AI-{k}": _factory("adoption", "smart factory", "adopted", v, OWNERS, "% of factory-owning firms")
       for k, v in _CLASSES.items()},
    **{f"AI-{k}": _factory(topic, "level", answer, "all", ADOPTERS, _ADOPTER_UNIT)
       for k, (topic, answer) in _LEVELS.items()},
    "AI-142": _factory("extent", "part of the plant", "partial", "all", ADOPTERS, _ADOPTER_UNIT),
    "AI-143": _factory("extent", "manufacturing AI", "adopted or planned", "all", ADOPTERS, _ADOPTER_UNIT),
    **{f"AI-{k}": _factory("level", "level", "intermediate or above", v, ADOPTERS, "% of adopters in class")
       for k, v in _ABOVE.items()},
    **{f"AI-{k}": Figure(NIA, "AI", "purpose", v, "named", "10+", USERS, "% of AI-using enterprises")
       for k, v in _PURPOSES.items()},
    "AI-081": Figure(D4SME, "AI", "adoption", "any AI", "uses", "SME", "surveyed SMEs", _OECD_UNIT),
    "AI-082": Figure(D4SME, "AI", "level", "level", "novice", "SME", USERS, _OECD_UNIT),
    "AI-083": Figure(D4SME, "AI", "level", "level", "customised", "SME", USERS, _OECD_UNIT),
    "AI-084": Figure(D4SME, "AI", "level", "level", "agentic", "SME", USERS, _OECD_UNIT),
    "AI-085": Figure(D4SME, "AI", "benefit", "benefit", "significant", "SME", "surveyed SMEs", _OECD_UNIT),
    "AI-086": Figure(D4SME, "AI", "benefit", "benefit", "at least moderate", "SME", "surveyed SMEs", _OECD_UNIT),
    "AI-153": Figure(KCCI, "generative AI", "level", "prompts", "advanced", "all", "workers, base not clear",
                     "% of gen-AI users/workers"),
    "AI-154": Figure(KCCI, "generative AI", "plan", "roadmap", "none", "SME", "workers' answers",
                     "% (workers reporting)"),
    "AI-155": Figure(KCCI, "generative AI", "plan", "roadmap", "none", "large", "workers' answers",
                     "% (workers reporting)"),
}  # fmt: skip
"""Ids in `published_figures` to what they say."""
SIZES = (
    "1-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000-4999", "5000-9999", "10000-24999",
    "25000+",
)  # fmt: skip
"""Size bands of the US survey, persons."""
BARRIERS = {
    "field_this_technology_was_too_expensive": "too expensive",
    "field_the_technology_was_not_mature": "not mature",
    "field_lacked_access_to_required_data": "no access to data",
    "field_required_data_not_reliable": "data not reliable",
    "field_lacked_access_to_required_human_capital_and_talent": "no access to talent",
    "field_laws_and_regulations": "laws and regulations",
    "field_concerns_regarding_safety_and_security_physical_security_and_or_cybersecurity_": "safety and security",
    "field_lacked_access_to_capital": "no access to capital",
    "field_technology_not_applicable_to_this_business": "not applicable to the business",
    "field_no_factors_adversely_affected_the_adoption_of_this_technology": "none",
}
EFFECTS = {
    "Number of workers employed": "number of workers",
    "Skill level of workers employed": "skill level of workers",
    "Scientific, technological, engineering, and mathematical skills of workers": "science and engineering skills",
    "Number of production workers": "number of production workers",
    "Number of nonproduction workers": "number of other workers",
    "Number of supervisory workers": "number of supervisors",
    "Number of nonsupervisory workers": "number of workers who do not supervise",
}
ANSWERS = {"increase": "increase", "decrease": "decrease", "no_impact": "no effect", "don_t_know": "do not know"}
ROUNDING = 0.3
"""Percentage points by which four answers, each rounded to 0.1, may miss 100."""


def depth_from_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `technology_depth` that rest on transcribed figures.

    Parameters
    ----------
    figures : DataFrame
        `published_figures`.

    Raises
    ------
    ValueError
        If a figure is missing or its unit is not the one that `FIGURES` names.
    """
    held = figures.set_index("id")
    lacking = [one for one in FIGURES if one not in held.index]
    if lacking:
        raise ValueError(f"published_figures lacks {', '.join(lacking)}, named in FIGURES")
    rows = []
    for key, one in FIGURES.items():
        row = held.loc[key]
        if row["unit"] != one.unit:
            raise ValueError(f"figure {key}: unit is {row['unit']!r}; expected {one.unit!r}")
        rows.append(
            {
                **{name: value for name, value in one._asdict().items() if name != "unit"},
                "country": "KOR" if row["geography"] == "KOR" else "OECD", "year": row["year"],
                "industry": "manufacturing" if one.survey == MSS else "all", "value": row["value"],
                "companies": float("nan"), "secondary": row["secondary"], "figure": key, "source": TRANSCRIBED,
            }
        )  # fmt: skip
    return _complete(pd.DataFrame(rows))


def read_barriers(path) -> pd.DataFrame:
    """Read which obstacles to artificial intelligence US companies named for 2016-18, by size of company.

    Returns
    -------
    DataFrame
        Rows of `technology_depth`, percent of companies, several answers possible; a suppressed cell (D) is missing.

    Raises
    ------
    BadFile
        If a column is missing, a size band is missing or stands twice, or a value is no percentage.
    """
    table = read_csv(path, ["employment_size_level_3", "field_companies_number_", *BARRIERS])
    size = table["employment_size_level_3"].map(_band, na_action="ignore")
    table = table[size.notna()].assign(size_class=size)
    for wanted in SIZES:
        count = int((table["size_class"] == wanted).sum())
        if count != 1:
            problem = f"size band {wanted} stands {count} times; once is expected"
            raise BadFile(path, problem, column="employment_size_level_3")
    expect(table["size_class"], SIZES, path, what="size band")
    companies = _count(table["field_companies_number_"], path)
    parts = []
    for column, item in BARRIERS.items():
        value = within(numbers(table[column], path, missing=("D",)), 0, 100, path, "% of companies")
        parts.append(
            pd.DataFrame(
                {"size_class": table["size_class"], "item": item, "value": value, "companies": companies}
            ).assign(answer="named", topic="barrier", industry="all", year=2018, of="companies")
        )  # fmt: skip
    return _census(pd.concat(parts, ignore_index=True))


def read_workforce_effects(path, industry: str) -> pd.DataFrame:
    """Read what US companies that used AI in 2021 say it did to their workforce.

    Parameters
    ----------
    path : path-like
    industry : str
        `all`, `manufacturing` or `outside manufacturing`, which the file does not say.

    Returns
    -------
    DataFrame
        Rows of `technology_depth`, percent of the companies that used AI.

    Raises
    ------
    BadFile
        If a column is missing, an effect is unknown or missing, or the answers do not add up to 100 percent.
    """
    table = read_csv(path, ["impact", "companies_number_", *ANSWERS])
    expect(table["impact"], EFFECTS, path, what="effect")
    lacking = sorted(set(EFFECTS) - set(table["impact"]))
    if lacking:
        raise BadFile(path, f"no row for {lacking[0]!r}", column="impact")
    answers = {
        name: within(numbers(table[name], path, allow_missing=False), 0, 100, path, "% of companies")
        for name in ANSWERS
    }
    gap = (sum(answers.values()) - 100).abs() > ROUNDING + 1e-9
    if gap.any():
        raise BadFile(path, "the answers do not add up to 100 %", row=int(gap.idxmax()) + 2)
    companies = _count(table["companies_number_"], path)
    parts = [
        pd.DataFrame(
            {"item": table["impact"].map(EFFECTS), "answer": ANSWERS[name], "value": value, "companies": companies}
        ).assign(size_class="all", topic="workforce", industry=industry, year=2021, of="companies that use AI")
        for name, value in answers.items()
    ]
    return _census(pd.concat(parts, ignore_index=True))


def _census(rows: pd.DataFrame) -> pd.DataFrame:
    return _complete(
        rows.assign(survey=ABS, country="USA", technology="AI", secondary=False, figure="", source=CENSUS)
    )


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(unit="% of the base").reset_index(drop=True)


def _count(column: pd.Series, path) -> pd.Series:
    return numbers(column.str.replace(",", ""), path, allow_missing=False)


def _band(text: str) -> str:
    """Write the publisher's band with plain hyphens: `1,000–4,999` is `1000-4999`."""
    return text.replace(",", "").replace("\N{EN DASH}", "-").replace(" or more", "+")
