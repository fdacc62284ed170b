"""Claim B4: what studies find of AI use in firms and productivity, counted by study, and what they find it depends on.

A count of studies is weak evidence. It ignores how large and how sure each effect is, and the list is what a search
found, not a sample. Rows of one paper or sample are one study (`independent_group`). Studies of firms decide the claim;
what assistants do for single workers is reported beside it and decides nothing about firms. A doubtful figure has no
vote, and studies whose authors are not known decide no count alone: each count is repeated without them. Studies of
one survey are not independent of each other, though each is a paper: the count is repeated with one vote per survey.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
USE, INVESTMENT, EARLIER = "AI use by firm", "AI investment", "IT and management"
PRODUCTIVITY = "productivity"
CAUSAL = ("randomised", "staggered roll-out", "difference-in-differences", "panel fixed effects", "instrument")
"""Designs that compare a unit with itself over time, or draw lots, or use an instrument."""
SURVEYS = {"Survey of Business Activities, Korea": "SBA|Survey of Business Activities"}
"""Surveys that several studies use: name, and what `sample` says of them."""
FEWEST = 3
"""Fewer studies than this are no reading: a share of two says nothing."""
GAIN, NO_GAIN = "gain", "no gain"
FINDINGS = ("positive", "none", "negative", "mixed")
"""Directions that are a finding; an estimate without one is not counted."""


def studies(
    load: Load, *, level: str = "firm", treatments: Iterable[str] = (USE,), outcomes: Iterable[str] = (PRODUCTIVITY,),
    designs: Iterable[str] | None = None, country: str | None = None, refereed: bool = False, primary: bool = False,
    named: bool = False, by_survey: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per independent study with what it finds of the outcome: a gain, or none.

    A study finds a gain if its headline estimate of the outcome is positive; where its headline is of another outcome,
    if every estimate of this one is. Opposite signs for groups of users (mixed) are no gain. For time, `direction` is
    positive when less of it is needed.

    Parameters
    ----------
    level : str
        task, worker, firm, industry or country.
    treatments, outcomes : iterable of str
        Values of `treatment_kind` and `outcome_kind`.
    designs : iterable of str, optional
        Values of `design`; all by default.
    country : str, optional
        Code of the sample.
    refereed, primary, named : bool
        Only studies in refereed journals; only rows read in the authors' own text; only studies of known authors.
    by_survey : bool
        One row per survey of `SURVEYS`, the earliest study in front: a gain if all its studies find one.

    Returns
    -------
    DataFrame
        Columns group, study, year, country, design, finds, rows, refereed, secondary, survey (a key of `SURVEYS`, or
        empty); no row where none fits. A row without a direction is no finding and is not counted.
    """
    table = counted(load, country=country, refereed=refereed, primary=primary, named=named)
    keep = (table["level"] == level) & table["treatment_kind"].isin(list(treatments))
    keep &= table["outcome_kind"].isin(list(outcomes)) & table["direction"].isin(FINDINGS)
    if designs is not None:
        keep &= table["design"].isin(list(designs))
    rows = []
    for group, held in table[keep].groupby("independent_group", sort=False):
        main = held[held["headline"].astype(bool)]
        main = held if main.empty else main
        first = main.iloc[0]
        rows.append(
            {
                "group": group, "study": first["study"], "year": int(first["year"]), "country": first["country"],
                "design": first["design"], "finds": GAIN if (main["direction"] == "positive").all() else NO_GAIN,
                "rows": len(held), "refereed": bool(first["refereed"]), "secondary": bool(first["secondary"]),
                "survey": _survey(first["sample"]),
            }
        )  # fmt: skip
    columns = ["group", "study", "year", "country", "design", "finds", "rows", "refereed", "secondary", "survey"]
    found = pd.DataFrame(rows, columns=columns)
    return _one_per_survey(found) if by_survey else found


def _survey(sample: str) -> str:
    return next((name for name, pattern in SURVEYS.items() if re.search(pattern, sample)), "")


def _one_per_survey(found: pd.DataFrame) -> pd.DataFrame:
    """Let studies of one survey speak together: a gain if all find one, secondary if any was read in the press."""
    label = found["survey"].where(found["survey"] != "", found["group"])
    found = found.assign(
        finds=(found["finds"] == GAIN).groupby(label).transform("all").map({True: GAIN, False: NO_GAIN}),
        secondary=found["secondary"].groupby(label).transform("any"),
        rows=found["rows"].groupby(label).transform("sum"), label=label,
    )  # fmt: skip
    first = found.sort_values("year", kind="stable").drop_duplicates("label").drop(columns="label")
    return first.sort_index().reset_index(drop=True)


def counted(
    load: Load, *, country: str | None = None, refereed: bool = False, primary: bool = False, named: bool = False
) -> pd.DataFrame:
    """Return the estimates that may vote: none that is doubtful, and of the rest those asked for (see `studies`)."""
    table = load("effect_estimates")
    keep = ~table["doubtful"].astype(bool)
    if country is not None:
        keep &= table["country"] == country
    if refereed:
        keep &= table["refereed"].astype(bool)
    if primary:
        keep &= ~table["secondary"].astype(bool)
    if named:
        keep &= table["authors_known"].astype(bool)
    return table[keep]


def complements(
    load: Load, *, levels: Iterable[str] = ("firm",), treatments: Iterable[str] = (USE, INVESTMENT),
    country: str | None = None, refereed: bool = False, primary: bool = False, named: bool = False,
    causal: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per study that tests whether gains depend on management, skills, data or reorganisation.

    A study finds them needed if any of its estimates says so and none says the opposite.

    Returns
    -------
    DataFrame
        Columns group, study, year, country, design, finds ("needed" or "not needed"), refereed, secondary.
    """
    table = counted(load, country=country, refereed=refereed, primary=primary, named=named)
    keep = table["level"].isin(list(levels)) & table["treatment_kind"].isin(list(treatments))
    keep &= table["complements"].isin(["needed", "not needed"])
    if causal:
        keep &= table["design"].isin(CAUSAL)
    rows = [
        {
            "group": group, "study": held["study"].iloc[0], "year": int(held["year"].iloc[0]),
            "country": held["country"].iloc[0], "design": held["design"].iloc[0],
            "finds": "needed" if (held["complements"] == "needed").all() else "not needed",
            "refereed": bool(held["refereed"].iloc[0]), "secondary": bool(held["secondary"].iloc[0]),
        }
        for group, held in table[keep].groupby("independent_group", sort=False)
    ]  # fmt: skip
    columns = ["group", "study", "year", "country", "design", "finds", "refereed", "secondary"]
    return pd.DataFrame(rows, columns=columns)


def gains_from_use(load: Load) -> list[Reading]:
    """Return the readings of claim B4.

    Part `average_adopter` is the share of firm-level studies of AI use that find no gain in productivity: an average
    over all adopters, whoever reorganised, since few studies split their adopters so; the nearest there is to what
    the claim says of adoption alone. `complements` is the share of the studies that test complements and find them
    needed; the stronger reading rests on it. An alternative with fewer than `FEWEST` studies is left out.

    Raises
    ------
    Unmeasurable
        If a headline has fewer than `FEWEST` studies, or no alternative has as many.
    """
    return [*_average_adopter(load), *_complements(load)]


def _average_adopter(load: Load) -> list[Reading]:
    both = (USE, INVESTMENT)
    cases = [
        ("all studies of AI use by firms", studies(load), "studies chosen"),
        ("with studies of investment in AI", studies(load, treatments=both), "what counts as adoption"),
        ("in refereed journals, with investment", studies(load, treatments=both, refereed=True), "refereed"),
        ("read in the authors' own text, with investment", studies(load, treatments=both, primary=True), "sources"),
        ("fixed effects or a stronger design", studies(load, designs=CAUSAL), "design"),
        ("authors known", studies(load, named=True), "authors"),
        ("outside Korea", studies(load).query("country != 'KOR'"), "countries"),
        ("one vote per survey", studies(load, by_survey=True), "surveys"),
        ("output or sales in place of productivity, with investment",
         studies(load, treatments=both, outcomes=("output",)), "outcome"),
    ]  # fmt: skip
    return _readings("average_adopter", cases, NO_GAIN)


def _complements(load: Load) -> list[Reading]:
    every = (USE, INVESTMENT, EARLIER)
    cases = [
        ("firm-level studies of AI", complements(load), "studies chosen"),
        ("with earlier information technology", complements(load, treatments=every), "technology"),
        ("read in the authors' own text, with earlier technology", complements(load, treatments=every, primary=True),
         "sources"),
        ("in refereed journals, with earlier technology", complements(load, treatments=every, refereed=True),
         "refereed"),
        ("fixed effects or a stronger design, with earlier technology",
         complements(load, treatments=every, causal=True), "design"),
        ("firm-level studies of AI, authors known", complements(load, named=True), "authors"),
        ("with industries and countries", complements(load, levels=("firm", "industry", "country"), treatments=every),
         "level"),
    ]  # fmt: skip
    return _readings("complements", cases, "needed")


def _readings(part: str, cases: list[tuple[str, pd.DataFrame, str]], answer: str) -> list[Reading]:
    enough = [(place == 0, *case) for place, case in enumerate(cases) if len(case[1]) >= FEWEST]
    if not enough or not enough[0][0]:
        raise Unmeasurable(f"effect_estimates holds fewer than {FEWEST} studies for: {cases[0][0]}")
    if len(enough) == 1:
        raise Unmeasurable(f"effect_estimates holds no alternative with {FEWEST} studies to: {cases[0][0]}")
    return [
        Reading(
            part, label, float((held["finds"] == answer).mean()), "of studies", "effect_estimates", head, turns_on,
            f"{held['year'].min()}-{str(held['year'].max())[2:]}", "as published", bool(held["secondary"].any()),
            f"{int((held['finds'] == answer).sum())} of {len(held)} studies",
        )
        for head, label, held, turns_on in enough
    ]  # fmt: skip
