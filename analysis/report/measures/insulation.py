"""Claim C2: do supported firms outlive others, and do they become more productive? Counted by study.

A count of studies is weak evidence. It ignores how large and how sure each effect is, and the list is what a search
for both sides found, not a sample. Rows of one paper or sample are one study (`independent_group`). Studies of support
as it is given decide: credit, grants, tax, R&D support, reserved markets, to all who are eligible or by merit at the
start. Aid tied to a plan or a result, and help with improvement itself, stand beside them and decide nothing here.

That a study finds no gain does not show that there is none: many could not have seen one. So a fall in productivity is
read apart from no gain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
SURVIVAL, PRODUCTIVITY = "survival", "productivity"
AS_GIVEN = ("untied", "scored")
"""Values of `tied` that are support as it is given; the claim is about these."""
STRONG = ("randomised", "regression discontinuity", "difference-in-differences", "instrument")
"""The sharpest designs: a source of difference that the firm did not choose. Matching is none of them, nor is a panel
with fixed effects: it compares a firm with itself, and a firm may ask for support when its prospects change."""
SHARP_WORDS = {
    "randomised": "lots", "regression discontinuity": "cut-offs", "instrument": "instruments",
    "difference-in-differences": "difference-in-differences",
}  # fmt: skip
"""Design to its name where several are listed, in the order to list them."""
FEWEST = 3
"""Fewer studies than this are no reading: a share of two says nothing."""
POSITIVE, MIXED, NONE, NEGATIVE = "positive", "mixed", "none", "negative"
FINDINGS = (POSITIVE, MIXED, NONE, NEGATIVE)
_COLUMNS = ["group", "study", "year", "country", "design", "tied", "finds", "rows", "refereed", "secondary"]


def studies(
    load: Load, outcome: str, *, tied: Iterable[str] = AS_GIVEN, designs: Iterable[str] | None = None,
    treatments: Iterable[str] | None = None, korea: bool | None = None, refereed: bool = False, primary: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per independent study with what it finds of an outcome.

    Parameters
    ----------
    outcome : str
        Value of `outcome_kind`, such as "survival" or "productivity".
    tied, designs, treatments : iterable of str
        Values of `tied`, `design` and `treatment_kind` to keep; all designs and treatments by default.
    korea : bool, optional
        Only Korean studies (true) or only others (false).
    refereed, primary : bool
        Only studies in refereed journals; only rows read in the authors' own text.

    Returns
    -------
    DataFrame
        Columns group, study, year, country, design, tied, finds, rows, refereed, secondary (true if every row of the
        study was read in a summary by others). `finds` is the direction of its rows where they agree; mixed where some
        are positive and others are not; negative where some are negative and the others none. A row without a
        direction is no finding.
    """
    table = load("support_effects")
    keep = (table["outcome_kind"] == outcome) & table["tied"].isin(list(tied)) & table["direction"].isin(FINDINGS)
    for column, wanted in (("design", designs), ("treatment_kind", treatments)):
        if wanted is not None:
            keep &= table[column].isin(list(wanted))
    if korea is not None:
        keep &= (table["country"] == "KOR") == korea
    if refereed:
        keep &= table["refereed"].astype(bool)
    if primary:
        keep &= ~table["secondary"].astype(bool)
    rows = []
    for group, held in table[keep].groupby("independent_group", sort=False):
        first = held.sort_values("headline", ascending=False, kind="stable").iloc[0]
        rows.append(
            [group, first["study"], int(first["year"]), first["country"], first["design"], first["tied"],
             _finding(set(held["direction"])), len(held), bool(first["refereed"]), bool(held["secondary"].all())]
        )  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _finding(directions: set[str]) -> str:
    if len(directions) == 1:
        return directions.pop()
    return MIXED if POSITIVE in directions else NEGATIVE


def sharp_words(found: pd.DataFrame) -> str:
    """Return the sharpest designs that occur among studies, in words; an empty design is not named.

    Examples
    --------
    >>> sharp_words(pd.DataFrame({"design": ["instrument", "matching", "regression discontinuity"]}))
    'cut-offs or instruments'
    """
    named = [word for design, word in SHARP_WORDS.items() if (found["design"] == design).any()]
    return " or ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)


def split(found: pd.DataFrame) -> str:
    """Return in words how the studies divide that find no gain.

    Examples
    --------
    >>> split(pd.DataFrame({"finds": ["none", "negative", "none", "positive", "mixed"]}))
    '2 no difference, 1 a fall, 1 mixed'
    """
    counts = found["finds"].value_counts()
    words = {NONE: "no difference", NEGATIVE: "a fall", MIXED: "mixed"}
    return ", ".join(f"{counts[one]} {word}" for one, word in words.items() if one in counts)


def insulates(load: Load) -> list[Reading]:
    """Return the readings of claim C2.

    Part `survival` is the share of studies of support that find that more recipients survive, `pressure` the share that
    find no gain in productivity. The stronger reading rests on `korea_survival` and `korea_pressure`, the same of
    Korean studies. An alternative with fewer than `FEWEST` studies is left out.

    Raises
    ------
    Unmeasurable
        If a headline has fewer than `FEWEST` studies, or no alternative has as many.
    """
    return [*_survival(load), *_pressure(load), *_korean(load)]


def _survival(load: Load) -> list[Reading]:
    def found(**how) -> pd.DataFrame:
        return studies(load, SURVIVAL, **how)

    sharp = found(designs=STRONG)
    cases = [
        ("studies of support and survival", found(), (POSITIVE,), "studies chosen"),
        ("Korean studies", found(korea=True), (POSITIVE,), "countries"),
        ("studies of other countries", found(korea=False), (POSITIVE,), "countries"),
        (sharp_words(sharp), sharp, (POSITIVE,), "design"),
        ("in refereed journals", found(refereed=True), (POSITIVE,), "refereed"),
        ("read in the authors' own text", found(primary=True), (POSITIVE,), "sources"),
        ("loans and guarantees only", found(treatments=("credit",)), (POSITIVE,), "kind of support"),
        ("given to all who are eligible", found(tied=("untied",)), (POSITIVE,), "kind of support"),
    ]
    return _readings("survival", cases)


def _pressure(load: Load) -> list[Reading]:
    def found(outcome: str = PRODUCTIVITY, **how) -> pd.DataFrame:
        return studies(load, outcome, **how)

    no_gain = (MIXED, NONE, NEGATIVE)
    every, sharp = ("untied", "scored", "tied"), found(designs=STRONG)
    cases = [
        ("studies of support and productivity, no gain", found(), no_gain, "studies chosen"),
        ("a fall, not only no gain", found(), (NEGATIVE,), "what counts"),
        ("mixed findings counted as a gain", found(), (NONE, NEGATIVE), "what counts"),
        ("Korean studies", found(korea=True), no_gain, "countries"),
        ("studies of other countries", found(korea=False), no_gain, "countries"),
        (sharp_words(sharp), sharp, no_gain, "design"),
        ("in refereed journals", found(refereed=True), no_gain, "refereed"),
        ("read in the authors' own text", found(primary=True), no_gain, "sources"),
        ("loans and guarantees only", found(treatments=("credit",)), no_gain, "kind of support"),
        ("given to all who are eligible", found(tied=("untied",)), no_gain, "kind of support"),
        ("given on a score, or tied to improvement", found(tied=("scored", "tied")), no_gain, "kind of support"),
        ("with tied aid and consulting", found(tied=every), no_gain, "kind of support"),
        ("investment and R&D in place of productivity", found("investment"), no_gain, "outcome"),
        ("sales and value added in place of productivity", found("output"), no_gain, "outcome"),
    ]
    return _readings("pressure", cases)


def _korean(load: Load) -> list[Reading]:
    def found(outcome: str, **how) -> pd.DataFrame:
        return studies(load, outcome, korea=True, **how)

    no_gain = (MIXED, NONE, NEGATIVE)
    alive = [
        ("Korean studies of support and survival", found(SURVIVAL), (POSITIVE,), "studies chosen"),
        ("Korean loans and guarantees", found(SURVIVAL, treatments=("credit",)), (POSITIVE,), "kind of support"),
        ("Korean, read in the authors' own text", found(SURVIVAL, primary=True), (POSITIVE,), "sources"),
        ("Korean, in refereed journals", found(SURVIVAL, refereed=True), (POSITIVE,), "refereed"),
    ]
    better = [
        ("Korean studies of support and productivity", found(PRODUCTIVITY), no_gain, "studies chosen"),
        ("Korean loans and guarantees", found(PRODUCTIVITY, treatments=("credit",)), no_gain, "kind of support"),
        ("Korean, read in the authors' own text", found(PRODUCTIVITY, primary=True), no_gain, "sources"),
        ("Korean, given to all who are eligible", found(PRODUCTIVITY, tied=("untied",)), no_gain, "kind of support"),
        ("Korean, sales and value added", found("output"), no_gain, "outcome"),
        ("Korean, a fall, not only no gain", found(PRODUCTIVITY), (NEGATIVE,), "what counts"),
    ]
    return [*_readings("korea_survival", alive), *_readings("korea_pressure", better)]


def _readings(part: str, cases: list[tuple[str, pd.DataFrame, tuple[str, ...], str]]) -> list[Reading]:
    enough = [(place == 0, *case) for place, case in enumerate(cases) if len(case[1]) >= FEWEST]
    if not enough or not enough[0][0]:
        raise Unmeasurable(f"support_effects holds fewer than {FEWEST} studies for: {cases[0][0]}")
    if len(enough) == 1:
        raise Unmeasurable(f"support_effects holds no alternative with {FEWEST} studies to: {cases[0][0]}")
    return [
        Reading(
            part, label, float(held["finds"].isin(answers).mean()), "of studies", "support_effects", head, turns_on,
            f"{held['year'].min()}-{str(held['year'].max())[2:]}", "as published", bool(held["secondary"].any()),
            _shown(held, answers, spell=head and MIXED in answers),
        )
        for head, label, held, answers, turns_on in enough
    ]  # fmt: skip


def _shown(held: pd.DataFrame, answers: tuple[str, ...], *, spell: bool) -> str:
    """Return a count of studies; where mixed ones count as no gain, what each found is spelled out."""
    parts = split(held[held["finds"].isin(answers)]) if spell else ""
    return f"{int(held['finds'].isin(answers).sum())} of {len(held)} studies" + (f": {parts}" if parts else "")
