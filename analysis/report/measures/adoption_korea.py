"""Claim B1: how many Korean firms use AI, by every survey, and where that puts Korea among the countries held.

Rates before and after the change of the Korean question (2021 to 2022) are never joined, compared or set in one rank:
`change` refuses, and every frame names its series.
"""

from __future__ import annotations

import re

import pandas as pd

from analysis.data.countries import AGGREGATES
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures.adoption_tables import KOREA, KOREAN_YEAR, Load, ai_use
from analysis.report.values import ordinal

CENSUS, PANEL, FACTORIES, FEDERATION, COPY = (
    "statistics-korea-business-activities", "kli-workplace-panel", "mss-smart-manufacturing", "kbiz-sme-survey",
    "oecd-ict-businesses",
)  # fmt: skip
NAMES = {
    KOREA: "Informatisation survey (NIA)", CENSUS: "Business activities (Statistics Korea)",
    PANEL: "Workplace panel (KLI)", FACTORIES: "Smart manufacturing (ministry of SMEs)",
    FEDERATION: "SME survey (KBIZ, a trade association)", COPY: "The OECD's copy of NIA",
}  # fmt: skip
"""Korean surveys in the order of the tables."""
SHORT = {KOREA: "NIA", CENSUS: "Statistics Korea", PANEL: "KLI panel", FACTORIES: "ministry of SMEs"}
QUESTIONS = {1: "yes or no", 2: "list"}
"""Series of NIA's survey to its question, in a word."""
BEFORE = {2021: 2020}
"""European round to the Korean year just before it, under the old question."""
_RANKED = re.compile(r"rank (\d+)(?:st|nd|rd|th) of (\d+)")
OUTLOOK = "AI-057"
"""Figure with Korea's rank in the OECD's Digital Economy Outlook 2024."""


def adopts_over_a_quarter(load: Load) -> list[Reading]:
    """Return the readings of claim B1.

    Part `level`: percent of Korean firms that use AI, by every official survey of firms (its latest year; every year of
    NIA's survey; firms with 10-49 persons). The OECD's copy is NIA's survey again and a trade association is not
    official: neither is a reading. Part `place`: Korea's rank over the number of countries; the headline is the latest
    of three matches that are equally near in time. Part `since`, of the stronger reading: every rate of all industries
    on the question asked since 2022.

    Raises
    ------
    Unmeasurable
        If a survey or a European round is not held.
    """
    return [*_level(load), *_place(load), *_since(load)]


def _level(load: Load) -> list[Reading]:
    rows = whole(load)
    own = rows[rows["survey"] == KOREA].set_index("year")
    latest = own.index[own["series"] == 2].max()
    _need(pd.notna(latest), "ai_adoption holds no Korean rate on the new question")
    readings = [_rate("level", f"NIA, 10+ persons, end of {latest}", own.loc[latest], latest, headline=True)]
    for year in sorted(set(own.index) - {latest}, reverse=True):
        new = own.at[year, "series"] == 2
        label = f"NIA, 10+ persons, end of {year}" + ("" if new else ", old question")
        readings.append(_rate("level", label, own.loc[year], year, turns_on="year" if new else "question"))
    small = _nia(load, "10-49")
    year = max(small.index)
    label = f"NIA, 10-49 persons, end of {year}"
    readings.append(_rate("level", label, small.loc[year], year, turns_on="size of firm"))
    for survey in (CENSUS, PANEL, FACTORIES):
        found = rows[rows["survey"] == survey]
        _need(len(found) > 0, f"ai_adoption holds no rate of {survey}")
        for who, part in found[found["year"] == found["year"].max()].groupby("tabulated_by"):
            row = part.iloc[0]
            size = "factories of small to mid-sized firms" if survey == FACTORIES else f"{row['size_class']} persons"
            by = "" if who == "publisher" else f", by {who}"
            label = f"{SHORT[survey]}, {size}, {row['year']}{by}"
            readings.append(_rate("level", label, row, int(row["year"]), turns_on="survey"))
    return readings


def _place(load: Load) -> list[Reading]:
    cases = [(2025, "10+", KOREAN_YEAR[2025], "year")]
    cases += [(2025, size, KOREAN_YEAR[2025], "size of firm") for size in ("10-49", "250+")]
    cases += [(round_, size, KOREAN_YEAR[round_], "year") for round_ in (2024, 2023) for size in ("10+", "10-49")]
    cases += [(2023, size, KOREAN_YEAR[2023], "size of firm") for size in ("50-249", "250+")]
    cases += [(2024, "10+", 2024, "match of years"), (2021, "10+", BEFORE[2021], "question")]
    readings = []
    for number, (round_, size, year, turns) in enumerate(cases):
        rank, n = place(load, round_, size, year)
        mark = "latest" if number == 0 else "as labelled" if year == round_ else "old question" if year < 2022 else ""
        label = f"{size} persons: Korea {year}, Europe {round_}{', ' if mark else ''}{mark}"
        readings.append(_rank(label, rank, n, number == 0, turns, year))
    rank, n = outlook_rank(load)
    readings.append(_rank("OECD Digital Economy Outlook, 10+ persons", rank, n, False, "countries", 2022, False))
    return readings


def _since(load: Load) -> list[Reading]:
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & (table["series"] == 2) & table["breakdown"].isin(["none", "size"])]
    rows = rows.sort_values(["year", "size_class"], ascending=[False, True])
    _need(len(rows) > 0, "ai_adoption holds no Korean rate on the new question")
    latest = rows["year"].max()
    found = []
    for row in rows.to_dict("records"):
        head = row["year"] == latest and row["size_class"] == "10+"
        turns = "year" if row["size_class"] == "10+" else "size of firm"
        label = f"NIA, {row['size_class']} persons, end of {row['year']}"
        found.append(_rate("since", label, row, row["year"], headline=head, turns_on=turns))
    return sorted(found, key=lambda one: not one.headline)


def whole(load: Load) -> pd.DataFrame:
    """Return the Korean rates of all firms of each survey's base: one row per survey, tabulation and year."""
    table = load("ai_adoption")
    rows = table[(table["country"] == "KOR") & (table["breakdown"] == "none") & table["value"].notna()]
    return rows.sort_values(["survey", "tabulated_by", "year"]).reset_index(drop=True)


def _nia(load: Load, size_class: str) -> pd.DataFrame:
    table = load("ai_adoption")
    kind = "none" if size_class == "10+" else "size"
    rows = table[(table["survey"] == KOREA) & (table["breakdown"] == kind) & (table["size_class"] == size_class)]
    _need(len(rows) > 0, f"ai_adoption holds no Korean firms with {size_class} persons")
    return rows.set_index("year")


def change(load: Load, first: int, last: int, size_class: str = "10+") -> float:
    """Return the change of the Korean rate (NIA) between two years, in percentage points.

    Parameters
    ----------
    load : callable
    first, last : int
        Years.
    size_class : str
        `10+`, `10-49`, `50-249` or `250+`.

    Raises
    ------
    ValueError
        If the question changed between the two years.
    Unmeasurable
        If a year is not held.
    """
    rows = _nia(load, size_class)
    for year in (first, last):
        _need(year in rows.index, f"ai_adoption holds no Korean firms with {size_class} persons in {year}")
    if rows.at[first, "series"] != rows.at[last, "series"]:
        why = rows.loc[rows.index > min(first, last), "series_break"].dropna().iloc[0]
        raise ValueError(f"no change from {first} to {last}: {why}")
    return float(rows.at[last, "value"] - rows.at[first, "value"])


def one_year(load: Load, first: int = 2022, last: int = 2023) -> dict[str, float]:
    """Return how the rate of all firms moved in a year in which that of 10-49 moved the other way, in points.

    The rate of all firms is a mean of the three classes, so the four rates of the first year tie the share w of firms
    with 10-49 persons to the share x of firms with 250+: w = (all - middle - x (large - middle)) / (small - middle).
    With the same mix in both years the mean rate of the larger firms moved by (change of all - w x change of 10-49) /
    (1 - w) points. Shares by number of firms are not published with the rates, so x runs from none to the share in the
    United States (Census Bureau, companies of 10+), the highest of all countries whose enterprises are held by class.

    Returns
    -------
    dict
        `whole`, `small`: the changes of all firms and of 10-49; `middle`: the rate of 50-249 in the first year;
        `most_large`, `share_low`, `share_high`: the highest x and the bounds of w, in percent of firms; `implied_low`,
        `implied_high`: the bounds of what the larger firms moved, in points.

    Raises
    ------
    ValueError
        If the question changed between the two years.
    Unmeasurable
        If a year or a class is not held, or the four rates are no mean of any mix.
    """
    whole_, small = change(load, first, last), change(load, first, last, "10-49")
    classes = {}
    for size in ("10+", "10-49", "50-249", "250+"):
        held = _nia(load, size)["value"]
        _need(first in held.index, f"ai_adoption holds no Korean firms with {size} persons in {first}")
        classes[size] = float(held[first])
    every, low, middle, high = classes.values()
    found, most = [], _most_large(load)
    for large in (most, 0.0):
        share = (every - middle - large * (high - middle)) / (low - middle) if low != middle else float("nan")
        _need(0 < share < 1 - large, f"the Korean rates of {first} by size are no mean of the rate of all firms")
        found.append((100 * share, (whole_ - share * small) / (1 - share)))
    (share_low, implied_low), (share_high, implied_high) = sorted(found)
    return {
        "whole": whole_, "small": small, "middle": middle, "most_large": 100 * most, "share_low": share_low,
        "share_high": share_high, "implied_low": implied_low, "implied_high": implied_high,
    }  # fmt: skip


def _most_large(load: Load) -> float:
    """Return the share of companies with 250+ persons among US companies with 10 or more (latest year held)."""
    table = load("size_employment")
    rows = table[(table["country"] == "USA") & (table["unit_of_size"] == "enterprise") & table["units"].notna()]
    rows = rows[(rows["size_class"] != "1-9") & (rows["year"] == rows["year"].max())]
    _need(len(rows) > 0, "size_employment holds no count of US companies by size")
    return float(rows.loc[rows["size_class"] == "250+", "units"].sum() / rows["units"].sum())


def place(load: Load, round_: int, size_class: str, year: int) -> tuple[int, int]:
    """Return Korea's rank (1 = highest) in one year among the countries of a European round, and how many there are.

    Raises
    ------
    Unmeasurable
        If the round or the Korean year is not held.
    """
    used = ai_use(load, round_, size_class, korea=year)
    return int(used.rank(ascending=False, method="min")["KOR"]), len(used)


def outlook_rank(load: Load) -> tuple[int, int]:
    """Return Korea's rank and the number of countries that the OECD's Digital Economy Outlook 2024 gives for 2022.

    Raises
    ------
    Unmeasurable
        If the figure is not held or does not name a rank.
    """
    figures = load("published_figures")
    row = figures[figures["id"] == OUTLOOK]
    found = _RANKED.search(row["definition"].iloc[0]) if len(row) else None
    _need(found is not None, f"published_figures holds no rank in {OUTLOOK}")
    return int(found[1]), int(found[2])


def survey_table(load: Load) -> pd.DataFrame:
    """Return what each Korean survey asks and finds, the latest year of each tabulation, highest rate first.

    Returns
    -------
    DataFrame
        Columns survey, name, question, base, year, value (percent), old_question, official, secondary (bool). NIA's old
        question stands in a row of its own; the OECD's copy is left out, because it is NIA again.
    """
    rows = whole(load)
    rows = rows[rows["survey"] != COPY].sort_values("year")
    last = rows.groupby(["survey", "tabulated_by", "series"]).tail(1)
    by = last["tabulated_by"].map(lambda who: "" if who == "publisher" else f", by {who}")
    named = last.assign(
        name=last["survey"].map(NAMES) + by,
        old_question=(last["survey"] == KOREA) & (last["series"] == 1),
    )
    columns = ["survey", "name", "question", "base", "year", "value", "old_question", "official", "secondary"]
    return named.sort_values(["value", "name"], ascending=[False, True])[columns].reset_index(drop=True)


def over_time(load: Load) -> pd.DataFrame:
    """Return the Korean rates over time, each unbroken series under a name of its own (columns line, year, value, ...).

    Returns
    -------
    DataFrame
        Columns line, survey, tabulated_by, series, year, value, series_break, secondary: a line never holds two series.

    Raises
    ------
    ValueError
        If a line would join two series.
    """
    rows = whole(load)
    rows = rows[rows["survey"].isin(SHORT)]
    line = rows["survey"].map(SHORT) + rows["tabulated_by"].map(_initial)
    own = rows["survey"] == KOREA
    line = line.mask(own, line + ", " + rows["series"].map(QUESTIONS).fillna(""))
    return unbroken(rows.assign(line=line), "line")[
        ["line", "survey", "tabulated_by", "series", "year", "value", "series_break", "secondary"]
    ].sort_values(["line", "year"]).reset_index(drop=True)  # fmt: skip


def unbroken(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the rows, or raise if a group would join years of two series.

    Raises
    ------
    ValueError
        If a group holds more than one survey, tabulation or series; the message names the group and the reason.

    Examples
    --------
    >>> rows = pd.DataFrame({"line": ["a", "a"], "survey": "nia", "tabulated_by": "publisher", "country": "KOR",
    ...                      "series": [1, 2], "series_break": [None, "another question"]})
    >>> unbroken(rows, "line")
    Traceback (most recent call last):
    ValueError: 'a' would join two series of nia: another question
    """
    for name, part in rows.groupby(group):
        if part[["survey", "country", "tabulated_by", "series"]].drop_duplicates().shape[0] > 1:
            why = part["series_break"].dropna().unique()
            raise ValueError(f"{name!r} would join two series of {part['survey'].iloc[0]}: {', '.join(map(str, why))}")
    return rows


def ranking(load: Load, round_: int = 2025, size_class: str = "10+") -> pd.DataFrame:
    """Return the European countries of one round and Korea just before it, highest rate first (country, value)."""
    used = ai_use(load, round_, size_class, korea=KOREAN_YEAR[round_]).sort_values(ascending=False)
    return used[~used.index.isin(AGGREGATES)].rename_axis("country").rename("value").reset_index()


def section_changes(load: Load) -> pd.DataFrame:
    """Return Korean rates by industry on each question, side by side and never subtracted (section, old, new).

    `old` is the last year of the old question, `new` the latest of the new one; missing where not held.
    """
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & (table["breakdown"] == "industry")]
    latest = rows.sort_values("year").groupby(["industry", "series"])["value"].last().unstack()
    return latest.rename(columns={1: "old", 2: "new"}).rename_axis(columns=None).reset_index()


def _initial(who: str) -> str:
    return "" if who == "publisher" else f" ({who.split(',')[0].split(' (')[0].removeprefix('KCCI ')})"


def _rate(part: str, label: str, row, year: int, headline: bool = False, turns_on: str = "year") -> Reading:
    return Reading(
        part, label, float(row["value"]), "% of firms", "ai_adoption", headline, turns_on, int(year), "as published",
        bool(row["secondary"]), f"{row['value']:.1f} %",
    )  # fmt: skip


def _rank(label: str, rank: int, n: int, headline: bool, turns: str, year: int, secondary: bool = True) -> Reading:
    return Reading(
        "place", label, rank / n, "of the countries", "ai_adoption", headline, turns, year, "as published", secondary,
        f"{ordinal(rank)} of {n}",
    )  # fmt: skip


def _need(fulfilled: bool, says: str) -> None:
    if not fulfilled:
        raise Unmeasurable(says)


