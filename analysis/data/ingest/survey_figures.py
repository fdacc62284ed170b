"""From transcribed figures to rows of `ai_adoption`: one survey, its figures, and what each figure is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Cell:
    """What one transcribed figure measures.

    Parameters
    ----------
    breakdown : str
        "none" (all firms of the base), "size", "industry" or "kind".
    size_class, industry, kind : str
        The class; "all" where the figure is not cut by it.
    tabulated_by : str
        "publisher", or the authors who computed the figure from the survey's microdata.
    series : int
        Number of the unbroken run of years.
    series_break, flag : str
        Why the row must not be joined to earlier years; what is unusual about it.
    """

    breakdown: str = "none"
    size_class: str = "all"
    industry: str = "all"
    kind: str = "all"
    tabulated_by: str = "publisher"
    series: int = 1
    series_break: str = ""
    flag: str = ""


@dataclass(frozen=True)
class Survey:
    """A survey whose figures were transcribed one by one.

    Parameters
    ----------
    name, country : str
        As in `ai_adoption`; `country` "" takes the geography of each figure.
    asked, question, base, source : str
        As in `ai_adoption`.
    unit : str
        Unit of every figure of the survey.
    wording : str
        Words that the definition of every figure must contain: a guard against a figure of another survey.
    cells : mapping of str to Cell
        Id in `published_figures` to what the figure measures.
    official : bool
        Whether a government, a public institute or an international organisation runs the survey.
    classification : str
        Of `industry`.
    printed : tuple of str
        Other units in which figures of the survey are printed and that mean the same.
    """

    name: str
    country: str
    asked: str
    unit: str
    question: str
    base: str
    source: str
    wording: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    official: bool = True
    classification: str = "ISIC Rev. 4"
    printed: tuple[str, ...] = ()


def rows(survey: Survey, figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `ai_adoption` of one survey.

    Parameters
    ----------
    survey : Survey
    figures : DataFrame
        `published_figures`. A number of firms printed in the definition ("865 of 14546") is read from there.

    Raises
    ------
    ValueError
        If a figure is missing, is about another country or unit, is not of this survey by its definition, or is no
        percentage; the message names it.
    """
    held = figures.set_index("id")
    lacking = [one for one in survey.cells if one not in held.index]
    if lacking:
        raise ValueError(f"published_figures lacks {', '.join(lacking)}, named in the survey {survey.name}")
    found = held.loc[list(survey.cells)]
    for key, row in found.iterrows():
        if survey.country and row["geography"] != survey.country:
            raise ValueError(f"figure {key}: geography is {row['geography']!r}; expected {survey.country!r}")
        if row["unit"] not in (survey.unit, *survey.printed):
            raise ValueError(f"figure {key}: unit is {row['unit']!r}; expected {survey.unit!r}")
        if survey.wording not in f"{row['indicator']} {row['definition']}":
            raise ValueError(f"figure {key}: its definition does not speak of {survey.wording!r}")
        if not 0 <= row["value"] <= 100:
            raise ValueError(f"figure {key}: {row['value']} is no percentage")
    cells = pd.DataFrame([vars(cell) for cell in survey.cells.values()], index=found.index)
    firms = found["definition"].str.extract(r"firms \d+ of (\d+)\)")[0].astype(float)
    return cells.assign(
        survey=survey.name, country=found["geography"], year=found["year"], asked=survey.asked,
        classification=survey.classification, value=found["value"], unit=survey.unit, firms=firms,
        question=survey.question, base=survey.base, official=survey.official, secondary=found["secondary"],
        figure=found.index, source=survey.source,
    ).reset_index(drop=True)  # fmt: skip


def ai_use(surveys: Iterable[Survey], figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `ai_adoption` of several surveys.

    Parameters
    ----------
    surveys : iterable of Survey
    figures : DataFrame
        `published_figures`.

    Raises
    ------
    ValueError
        As `rows`.
    """
    return pd.concat([rows(survey, figures) for survey in surveys], ignore_index=True)
