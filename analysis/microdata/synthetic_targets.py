"""Target against achieved: what the synthetic register is made to meet, how closely it does, and what is assumed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.data import sizes
from analysis.microdata import calibration_targets as figures_of
from analysis.microdata.register_facts import Facts
from analysis.microdata.synthetic import ASSUMPTIONS
from analysis.microdata.synthetic_values import AI_FROM

PUBLISHED = "published margin"
NOT_IMPOSED = "published, not imposed"
ASSUMED = "assumption"
COLUMNS = [
    "target", "what", "group", "year", "register_year", "stands_for", "unit", "value", "achieved",
    "relative_difference", "tolerance", "within", "status", "secondary", "source", "note",
]  # fmt: skip
COMPARED = ("register_year", "stands_for", "achieved", "relative_difference", "tolerance", "within")
"""Columns that need a register."""

WORDS = {
    "firms_non_sme": "Share of firms that are not SMEs",
    "firms_micro": "Share of SMEs that are micro firms",
    "firms_medium": "Share of medium firms among small and medium firms",
    "persons_per_sme": "Persons per SME",
    "persons_sme": "Share of persons who work in SMEs",
    "persons_micro": "Share of persons in SMEs who work in micro firms",
    "persons_medium": "Share of medium firms in persons of small and medium firms",
    "section_persons": "Share of the section in all persons",
    "section_legal": "Share of the legal size class in persons of the section",
    "manufacturing_persons_sme": "Share of SMEs in persons, manufacturing",
    "persons_class": "Share of the head-count class in all persons",
    "persons_large": "Share of firms with 250 or more persons in all persons",
    "persons_10_49": "Share of 10-49 in persons of firms with 10-249",
    "manufacturing_ratio": "Value added per person, SME over non-SME, manufacturing",
    "manufacturing_value_sme": "Share of SMEs in value added, manufacturing",
    "services_ratio": "Value added per person, SME over non-SME, services",
    "value_per_person": "Value added per person",
    "sales_per_person_sme": "Sales per person in SMEs",
    "sales_sme": "Share of SMEs in sales",
    "hours_per_person": "Hours per person",
    "birth_rate": "Births over active firms",
    "death_rate": "Firms gone in the next year over active firms",
    "survival_one": "Survival to the year after birth",
    "survival_five": "Survival to the fifth year after birth",
    "ai_class": "Use of AI",
    "ai_section": "Use of AI, firms with 10 or more persons",
}
"""Margin to what it measures, in words."""

_FIRMS = ("firms_non_sme", "firms_micro", "firms_medium")
_PERSONS = ("persons_per_sme", "persons_sme", "persons_micro", "persons_medium", "section_persons", "section_legal",
            "manufacturing_persons_sme")  # fmt: skip
_EXACT = ("manufacturing_ratio", "services_ratio", "value_per_person", "sales_per_person_sme", "sales_sme",
          "hours_per_person")  # fmt: skip
_AI = ("ai_class", "ai_section")

_OTHERS = (
    ("SIZ-163", "Share of firms under 10 persons in all persons", "small_share", 0.01, "establishments"),
    ("SIZ-161", "Share of firms with 300 or more persons in all persons", "share_300", 0.01, "establishments"),
    ("SIZ-117", "Value added per person, SME over non-SME, manufacturing", "manufacturing_ratio", 0.01,
     "another source than the margin that is met; it does not say per what"),
    ("SIZ-119", "Value added per person, SME over non-SME, all sections", "all_ratio", 0.01,
     "the report leaves sector and measure unclear"),
    ("SIZ-122", "Value added per person, 1-249 over 250+, all sections", "head_ratio", 0.01, "sector not stated"),
    ("SIZ-104", "Value added per person, SME over non-SME, manufacturing firms with 10 or more persons",
     "manufacturing_ratio_ten", 0.01, "this is its own definition; the margin is met for all sizes, because persons by "
     "legal size are published for all sizes"),
    ("AI-114", "Value added per person of AI users over others, less 1, firms with 50 or more persons", "ai_premium",
     0.01, "from another survey of AI use; here means over firms"),
    ("AI-003", "Use of AI, firms with 10 or more persons, as asked until 2021", "ai_old", 0.01,
     "the question of 2022 does not compare with it: the register has no AI use before 2022"),
)  # fmt: skip
"""Figures that are not imposed, because they are of another unit, definition or source than the margin that is."""


def targets(register: Any = None) -> pd.DataFrame:
    """Return what the synthetic register is made to meet, beside what a register achieves.

    Parameters
    ----------
    register : DataFrame (pandas, polars), Arrow table, DuckDB relation, Ibis table, path, optional
        As `synthetic_register` returns it; years and columns may be fewer, not other. Without it only targets are
        listed.

    Returns
    -------
    DataFrame
        One row per target: target (id of the published figure, or table and cell; for an assumption its name), what,
        group, year (of the figure), unit (shares and rates are fractions), value, status (``published margin``,
        ``published, not imposed``, ``assumption``), secondary (read in a press report), source, note. With a register
        also register_year (the year compared), stands_for (the years of the register that use this figure), achieved,
        relative_difference, tolerance (relative; what whole numbers of firms allow, so it falls with their number) and
        within. ``.attrs`` has `title` and `synthetic`.

    Raises
    ------
    ValueError
        If the register lacks a column.

    Examples
    --------
    >>> from analysis.microdata.synthetic import synthetic_register
    >>> table = targets(synthetic_register(firms=10_000, years=[2021, 2022]))
    >>> bool(table.loc[table["status"].eq("published margin"), "within"].all())
    True
    """
    figures = figures_of.published()
    facts = None if register is None else Facts(register)
    rows = [*_margins(figures, facts), *_head_counts(figures, facts)]
    rows += [*_not_imposed(facts), *_assumptions(figures, facts)]
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    if facts is None:
        table = table.drop(columns=list(COMPARED))
    else:
        table["relative_difference"] = table["achieved"] / table["value"] - 1
        table["within"] = (table["relative_difference"].abs() <= table["tolerance"]).astype("boolean")
        table.loc[table["achieved"].isna() | table["tolerance"].isna(), "within"] = pd.NA
        table["register_year"] = table["register_year"].astype("Int64")
    table["year"] = table["year"].astype("Int64")
    table["secondary"] = table["secondary"].astype("boolean")
    table.attrs.update(title="Synthetic register: target against achieved", synthetic=True)
    return table


def _margins(figures: figures_of.Figures, facts: Facts | None) -> list[dict]:
    """Return a row per published figure that some year of the register uses."""
    rows = []
    for row in figures.table.to_dict("records"):
        margin, group, year = row["margin"], row["group"], row["year"]
        held = {
            "target": row["figures"], "what": WORDS[margin], "group": group, "year": year, "unit": row["unit"],
            "value": row["value"], "status": PUBLISHED, "secondary": row["secondary"], "source": row["source"],
            "note": row["note"],
        }  # fmt: skip
        if facts is not None:
            using = [place for place in facts.years if _uses(figures, place, row)]
            if not using:
                continue
            compared = year if year in using else min(using, key=lambda place: abs(place - year))
            if margin.startswith("survival"):
                compared = facts.cohort_year(1 if margin == "survival_one" else 5, year)
            elif margin == "death_rate" and compared == facts.years[-1]:
                compared = compared - 1 if len(facts.years) > 1 else None
            if compared is None:
                held["note"] = "the register has too few years to see it"
            held |= {
                "register_year": compared, "stands_for": ", ".join(map(str, using)),
                "achieved": np.nan if compared is None else facts.margin(margin, compared, group),
                "tolerance": np.nan if compared is None else _tolerance(margin, group, row["value"], compared, facts),
            }  # fmt: skip
            if margin == "ai_class" and group == "10+" and len(figures.of_year("ai_class", year)) == 4:
                held["tolerance"] += 0.02
                held["note"] = "follows from the rates of the three classes and the register's mix of them"
            elif margin == "ai_class" and group == "10+":
                held["note"] = "classes without a figure move together (in odds) so that this rate holds"
        rows.append(held)
    return rows


def _uses(figures: figures_of.Figures, place: int, row: dict) -> bool:
    """Tell whether a year of the register is made to meet a figure."""
    margin, group, year = row["margin"], row["group"], row["year"]
    if margin in _AI and place < AI_FROM or margin == "ai_section" and place != year:
        return False
    # these hold only beside others of their own year: a class of firms using AI beside the rate of all, manufacturing's
    # legal classes beside the share of SMEs in its persons, SMEs' value added beside their persons and productivity
    beside = []
    if margin == "ai_class":
        beside = [("ai_class", "10+")]
    elif margin == "section_legal" and group.startswith("C "):
        beside = [("manufacturing_persons_sme", "all")]
    elif margin == "manufacturing_value_sme":
        beside = [("manufacturing_persons_sme", "all"), ("manufacturing_ratio", "all")]
    return all(figures.nearest(name, place, other)[0] == year for name, other in [(margin, group), *beside])


def _tolerance(margin: str, group: str, value: float, year: int, facts: Facts) -> float:
    """Return the relative deviation that whole numbers allow, by the number of firms or persons behind a figure."""
    firms, persons = facts.total("firms", year), facts.total("persons", year)
    if margin in _EXACT:
        return 1e-6
    if margin in _FIRMS:
        base = {"firms_medium": facts.total("firms", year, legal=("small", "medium"))}.get(margin, firms)
        return 1e-4 + 1 / (base * value)
    if margin in _PERSONS:
        share = value if margin != "persons_per_sme" else 1.0
        if margin == "section_legal":
            share *= facts.total("persons", year, section=group[0]) / persons
        return 1e-4 + 4 / (persons * share)
    if margin in ("persons_large", "persons_10_49"):
        return 0.005 + 2.5 / facts.total("firms", year, legal=("non-SME",))
    if margin == "manufacturing_value_sme":
        return 0.01  # follows from the share of persons and the ratio, which the source rounds
    if margin in ("birth_rate", "death_rate"):
        return 1e-4 + 1 / (firms * value)
    if margin.startswith("survival"):
        return 1e-4 + 6 / (facts.total("births", year - (1 if margin.endswith("one") else 5)) * value)
    asked = facts.asked(year, group)
    return 1e-3 + (2 if margin == "ai_section" else 1) / max(asked * value, 1)


def _head_counts(figures: figures_of.Figures, facts: Facts | None) -> list[dict]:
    """Return the shares of head-count classes in persons, of which 250+ and 10-49 over 50-249 are imposed."""
    persons = figures.profile.sum()
    rows = []
    year = 2022
    for name in sizes.STANDARD[:3]:
        row = {
            "target": "size_employment/KOR", "what": WORDS["persons_class"], "group": name, "year": year,
            "unit": "fraction", "value": persons[name] / persons.sum(), "status": PUBLISHED, "secondary": False,
            "source": "OECD, Structural business statistics by size class",
            "note": "published for establishments, which do not count firms without premises: the class 1-9 is larger "
            "among firms, so the others are smaller; their proportion to each other is met",
        }  # fmt: skip
        if facts is not None:
            compared = min(facts.years, key=lambda place: abs(place - year))
            row |= {
                "register_year": compared, "stands_for": ", ".join(map(str, facts.years)),
                "achieved": facts.share("persons", compared, {"head": (name,)}), "tolerance":
                0.15 + 2.5 / facts.total("firms", compared, legal=("non-SME",)),
            }  # fmt: skip
        rows.append(row)
    return rows


def _not_imposed(facts: Facts | None) -> list[dict]:
    """Return figures that the register is not made to meet, with the reason."""
    published = figures_of.load_table("published_figures").set_index("id")
    rows = []
    for figure, what, measure, factor, note in _OTHERS:
        cited = published.loc[figure]
        row = {
            "target": figure, "what": what, "group": "all", "year": int(cited["year"]), "unit": "fraction",
            "value": float(cited["value"]) * factor, "status": NOT_IMPOSED, "secondary": bool(cited["secondary"]),
            "source": cited["source_title"], "note": note,
        }  # fmt: skip
        if facts is not None:
            compared = min(facts.years, key=lambda place: abs(place - row["year"]))
            row |= {"register_year": compared, "stands_for": "", "achieved": facts.measure(measure, compared)}
        rows.append(row)
    if facts is None or {2017, 2023} <= set(facts.years):
        then = ["SIZ-009", "SIZ-011", "SIZ-013"]
        growth = published.at["SIZ-038", "value"] / published.loc[then, "value"].sum() - 1
        row = {
            "target": " ".join(["SIZ-038", *then]), "what": "Growth of the number of SMEs, 2017 to 2023",
            "group": "all", "year": 2023, "unit": "fraction", "value": growth, "status": NOT_IMPOSED, "secondary": True,
            "source": published.at["SIZ-038", "source_title"],
            "note": "the register's firms grow by published births less deaths, which count active firms only",
        }  # fmt: skip
        if facts is not None:
            sme = [facts.total("firms", year, legal=figures_of.LEGAL[:3]) for year in (2017, 2023)]
            row |= {"register_year": 2023, "stands_for": "", "achieved": sme[1] / sme[0] - 1}
        rows.append(row)
    return rows


def _assumptions(figures: figures_of.Figures, facts: Facts | None) -> list[dict]:
    """Return what no published figure fixes: the parameters, and cells that are set by rule."""
    common = {"status": ASSUMED, "source": "assumption", "group": "all"}
    rows = [
        {"target": name, "what": words[0].upper() + words[1:], "unit": "parameter", "value": value, **common}
        for name, (value, words) in ASSUMPTIONS.items()
    ]
    spread = np.hypot(ASSUMPTIONS["dispersion"][0], ASSUMPTIONS["noise"][0])
    row = {
        "target": "log_productivity_spread", "unit": "log points", "value": spread, **common,
        "what": "Standard deviation of log value added per person within section, SME or other, and year",
        "note": "lasting and passing part together",
    }  # fmt: skip
    if facts is not None:
        row |= {"achieved": facts.spread(), "tolerance": 0.1, "register_year": facts.years[-1], "stands_for": "all"}
    rows.append(row)
    for group, sections in figures_of.ACCOUNTS.items():
        if sections in ("A", "B", "DE", "F"):
            row = {
                "target": f"ratio_{group}", **common, "group": group, "unit": "fraction",
                "what": "Value added per person, SME over non-SME", "note": "no figure: as in services",
            }  # fmt: skip
            year = figures.table.loc[figures.table["margin"].eq("services_ratio"), "year"].iloc[0]
            row["value"] = figures.value("services_ratio", int(year))
            if facts is not None:
                row |= {
                    "register_year": facts.years[-1], "stands_for": ", ".join(map(str, facts.years)),
                    "achieved": facts.ratio(facts.years[-1], section=tuple(sections)), "tolerance": 1e-6,
                }  # fmt: skip
            rows.append(row)
    persons = figures.profile.sum(axis=1)
    free = [name for name in figures_of.SECTIONS if ("section_persons", name) not in figures.keys]
    for name in free:
        row = {
            "target": f"section_persons_{name}", **common, "group": name, "unit": "fraction",
            "what": "Share of the section in persons of the sections without a published total",
            "value": persons[name] / persons[free].sum(), "note": "as establishments' persons (size_employment)",
        }  # fmt: skip
        if facts is not None:
            year = facts.years[-1]
            whole = facts.total("persons", year, section=tuple(free))
            row |= {
                "register_year": year, "stands_for": ", ".join(map(str, facts.years)),
                "achieved": facts.total("persons", year, section=(name,)) / whole,
            }  # fmt: skip
        rows.append(row)
    return rows
