"""NIA and MSIT (Korea): enterprises that use artificial intelligence, from the transcribed figures of the survey."""

from __future__ import annotations

import pandas as pd

SURVEY, SOURCE = "nia-informatisation", "nia-informatisation-transcribed"
FIGURES = tuple(f"AI-{number:03d}" for number in range(1, 27))
"""Ids in `published_figures`: 2019-2024, by size class, industry and kind of firm where it is given."""
SECTIONS = {
    "all": "all", "manufacturing": "C", "construction": "F", "information and communication": "J",
    "financial and insurance": "K", "real estate": "L", "business facilities mgmt, support and rental": "N",
    "education services": "P",
}  # fmt: skip
"""Sector in the words of the figure to the section of ISIC Rev. 4."""
KINDS = {
    "AI use": "all", "AI use: incorporated companies": "incorporated", "AI use: sole proprietors": "sole proprietors",
}  # fmt: skip
"""Indicator to the kind of firm."""
BREAK_YEAR = 2022
BREAK = "question changed from yes or no to a list with examples"
QUESTIONS = {
    1: "uses AI: yes or no",
    2: "uses AI: several answers from a list with examples (chatbots, kiosks, cameras)",
}
"""Series to the question, in our words."""
BASE = "private enterprises with 10 or more persons, all industries"


def ai_use_from_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the Korean rows of `ai_adoption` by year, size class, industry and kind, with the break of the question.

    Up to 2021 the survey asked yes or no (series 1), since 2022 it offers a list with examples (series 2): the two
    must not be joined.

    Parameters
    ----------
    figures : DataFrame
        `published_figures`.

    Returns
    -------
    DataFrame
        Rows of `ai_adoption`, percent of enterprises.

    Raises
    ------
    ValueError
        If a figure is missing, is not Korean AI use in percent of enterprises, or the wording of its definition does
        not fit the side of the break that its year is on.
    """
    held = figures.set_index("id")
    lacking = [one for one in FIGURES if one not in held.index]
    if lacking:
        raise ValueError(f"published_figures lacks {', '.join(lacking)}, named in FIGURES")
    rows = held.loc[list(FIGURES)]
    expected = {"indicator": list(KINDS), "geography": ["KOR"], "sector": list(SECTIONS), "unit": ["% of enterprises"]}
    for column, legal in expected.items():
        odd = rows.index[~rows[column].isin(legal)]
        if len(odd):
            wanted = " or ".join(map(repr, legal))
            raise ValueError(f"figure {odd[0]}: {column} is {rows.at[odd[0], column]!r}; expected {wanted}")
    after = rows["year"] >= BREAK_YEAR
    odd = rows.index[rows["definition"].str.contains("NEW multiple-choice") != after]
    if len(odd):
        year = rows.at[odd[0], "year"]
        raise ValueError(f"figure {odd[0]}: its definition does not fit the question asked in {year}")
    series = after.map({False: 1, True: 2})
    industry, kind = rows["sector"].map(SECTIONS), rows["indicator"].map(KINDS)
    breakdown = (rows["size_class"] == "10+").map({True: "none", False: "size"})
    breakdown = breakdown.mask(industry != "all", "industry").mask(kind != "all", "kind")
    return pd.DataFrame(
        {
            "survey": SURVEY, "country": "KOR", "year": rows["year"], "asked": "end of the year",
            "breakdown": breakdown, "industry": industry, "kind": kind, "tabulated_by": "publisher", "official": True,
            "classification": "ISIC Rev. 4", "size_class": rows["size_class"], "value": rows["value"],
            "unit": rows["unit"], "firms": float("nan"), "series": series,
            "series_break": (rows["year"] == BREAK_YEAR).map({True: BREAK, False: ""}),
            "question": series.map(QUESTIONS), "base": BASE, "flag": "", "secondary": rows["secondary"],
            "figure": rows.index, "source": SOURCE,
        }
    ).reset_index(drop=True)  # fmt: skip
