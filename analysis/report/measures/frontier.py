"""Korea's leading firms against the rest: growth, the SME-over-large ratio, and both since AI use is counted."""

from __future__ import annotations

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import size_productivity
from analysis.report.measures.adoption_tables import KOREA
from analysis.report.measures.size_tables import Load, figure

PAIRS = (
    ("top 5 % of audited firms against the rest, manufacturing, total factor productivity", "SIZ-203", "SIZ-204"),
    ("top 5 % of audited firms against the rest, services, total factor productivity", "SIZ-205", "SIZ-206"),
)
"""Published growth of leaders and of the rest, by id in `published_figures`, in a period before AI is counted."""
PERSONS = {2018: "SIZ-019", 2019: "SIZ-025", 2020: "SIZ-031", 2023: "SIZ-041"}
SALES = {2018: "SIZ-021", 2019: "SIZ-027", 2020: "SIZ-033", 2023: "SIZ-043"}
"""Year to the SME share of persons engaged and of sales, enterprises by law, in percent printed to one decimal."""
ADDED, SOLD = "value added per person, manufacturing establishments", "sales per person, enterprises of all industries"


def growth_table(load: Load) -> pd.DataFrame:
    """Return the growth of leaders and of the rest, percent a year (columns label, leaders, rest, period, secondary).

    Raises
    ------
    Unmeasurable
        If a figure is not held.
    ValueError
        If the two figures of a pair are of two periods, or the period reaches into the years in which AI is counted.
    """
    rows = []
    for label, top, rest in PAIRS:
        above, below = figure(load, top), figure(load, rest)
        if above["period"] != below["period"]:
            raise ValueError(f"{top} and {rest} stand for {above['period']} and {below['period']}: not comparable")
        if above["year"] >= (counted := first_counted(load)):
            raise ValueError(f"{top} and {rest} end in {above['year']}: not before AI use is counted, in {counted}")
        secondary = bool(above["secondary"] or below["secondary"])
        rows.append((label, float(above["value"]), float(below["value"]), above["period"], secondary))
    return pd.DataFrame(rows, columns=["label", "leaders", "rest", "period", "secondary"])


def first_counted(load: Load) -> int:
    """Return the first year for which the official survey counts Korean firms that use AI.

    Raises
    ------
    Unmeasurable
        If the survey is not held.
    """
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & table["value"].notna()]
    if rows.empty:
        raise Unmeasurable("ai_adoption holds no Korean survey")
    return int(rows["year"].min())


def ratios(load: Load) -> pd.DataFrame:
    """Return the Korean SME-over-large ratio on the two series that reach into the years of AI.

    The first is value added per person in manufacturing establishments of 10 and more persons (KBIZ; none for 2020).
    The second is sales per person of all enterprises, from the SME shares of sales and of persons engaged; sales count
    what was bought in, so its level is no productivity, and its change is at best a sign of one.

    Returns
    -------
    DataFrame
        Columns series, year, ratio, low, high (what rounding of the printed shares allows), secondary.
    """
    rows = []
    series = size_productivity.since_1980(load).query("series == 'KBIZ, by law' and year >= 2015")
    for one in series.itertuples():
        rows.append((ADDED, one.year, one.ratio, one.ratio - 0.0005, one.ratio + 0.0005, one.secondary))
    for year in PERSONS:
        people, sold = figure(load, PERSONS[year]), figure(load, SALES[year])
        share, part = people["value"] / 100, sold["value"] / 100
        low, high = (_ratio(part + sign * 0.0005, share - sign * 0.0005) for sign in (-1, 1))
        secondary = bool(people["secondary"] or sold["secondary"])
        rows.append((SOLD, year, _ratio(part, share), low, high, secondary))
    return pd.DataFrame(rows, columns=["series", "year", "ratio", "low", "high", "secondary"])


def changes_since_counted(load: Load) -> pd.DataFrame:
    """Return the change of each ratio from the year AI use was first counted, and from other years, to the last.

    Returns
    -------
    DataFrame
        Columns label, first, last, change, change_low, change_high (percentage points; the ends are what rounding
        allows), turns_on, table, secondary, shown. The first row is the headline: value added per person from the first
        counted year.

    Raises
    ------
    Unmeasurable
        If a series has no value in the year in which AI use was first counted.
    """
    counted, held = first_counted(load), ratios(load)
    rows = []
    cases = ((ADDED, "size_productivity", ""), (SOLD, "published_figures", "sales instead of output"))
    for name, table, turns in cases:
        one = held[held["series"] == name].set_index("year").sort_index()
        if counted not in one.index:
            raise Unmeasurable(f"no {name} by size in {counted}, when AI use was first counted")
        last = int(one.index.max())
        for start in (year for year in one.index if year < last):
            change = 100 * (one.at[last, "ratio"] - one.at[start, "ratio"])
            low = 100 * (one.at[last, "low"] - one.at[start, "high"])
            high = 100 * (one.at[last, "high"] - one.at[start, "low"])
            why = turns or ("" if start == counted else "base year")
            secondary = bool(one.loc[[start, last], "secondary"].any())
            shown = f"{change:+.1f} points" if low * high > 0 else f"{change:+.1f} points, within rounding"
            label = f"{name}, {start}-{last}"
            rows.append((label, start, last, round(change, 10), low, high, why, table, secondary, shown))
    columns = [
        "label", "first", "last", "change", "change_low", "change_high", "turns_on", "table", "secondary", "shown",
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=columns)
    head = found["label"].str.startswith(ADDED) & (found["first"] == counted)
    return pd.concat([found[head], found[~head]], ignore_index=True)


def gap_in_use(load: Load) -> pd.DataFrame:
    """Return Korea's gap in AI use between large and small firms on the question asked now.

    Returns
    -------
    DataFrame
        Columns year, small (10-49 persons), large (250+), gap (percentage points), ratio, secondary: the years of the
        latest series that hold both classes.

    Raises
    ------
    Unmeasurable
        If no year holds both.
    """
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & (table["breakdown"] == "size") & table["value"].notna()]
    rows = rows[rows["series"] == rows["series"].max()]  # an earlier question is another series
    wide = rows.pivot(index="year", columns="size_class", values="value")
    if not {"10-49", "250+"} <= set(wide) or wide[["10-49", "250+"]].dropna().empty:
        raise Unmeasurable("ai_adoption holds no Korean AI use of small and large firms in one year")
    wide = wide[["10-49", "250+"]].dropna()
    return pd.DataFrame(
        {
            "year": wide.index, "small": wide["10-49"].to_numpy(), "large": wide["250+"].to_numpy(),
            "gap": (wide["250+"] - wide["10-49"]).to_numpy(), "ratio": (wide["250+"] / wide["10-49"]).to_numpy(),
            "secondary": rows.groupby("year")["secondary"].any().reindex(wide.index).astype(bool).to_numpy(),
        }
    )  # fmt: skip


def since_1980(load: Load) -> pd.DataFrame:
    """Return every series of the SME-over-large ratio in percent, each on its own definition, for a chart.

    A year that a series owes to a press report, where its other years are the publisher's own, stands apart: the survey
    by law of 2011 is known from the press, whose base is not stated, and was sorted by the law on SMEs of before 2015.

    Returns
    -------
    DataFrame
        Columns series, year, ratio, secondary, percent, points (years held of the series: two are no trend).
    """
    old = size_productivity.since_1980(load)
    press = old["secondary"] & ~old.groupby("series")["secondary"].transform("all")
    apart = old["series"].str.split(",").str[0] + " " + old["year"].astype(str) + " †"
    old = old.assign(series=old["series"].mask(press, apart))
    new = ratios(load).query("series == @SOLD")[["series", "year", "ratio", "secondary"]]
    both = pd.concat([old, new.assign(series="sales per person")], ignore_index=True)
    return both.assign(percent=100 * both["ratio"], points=both.groupby("series")["year"].transform("size"))


def _ratio(part: float, share: float) -> float:
    """Return SME over large per person, from the SME share of the amount and the SME share of persons."""
    return float((part / share) / ((1 - part) / (1 - share)))
