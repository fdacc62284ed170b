"""Claim B2, pace: whether the use of AI grows faster among large firms than among small ones.

Measured on three scales that can disagree. Log-odds (the logarithm of users over non-users) is the one in which
what spreads along a logistic curve grows at a steady pace, whatever share has adopted; percentage points say how many
more firms; proportional growth says how many users per user before. Every pace is taken within one unbroken series,
so none reaches from Europe's list of seven technologies into the list of eight that followed in 2025.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from analysis.data.countries import AGGREGATES
from analysis.regression.fractional import FractionalLogit, fractional_logit
from analysis.regression.log_odds import LogOdds, log_odds
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures.adoption_gradients import gap_readings
from analysis.report.measures.adoption_korea import change, unbroken
from analysis.report.measures.adoption_tables import EUROPE, KOREA, Load
from analysis.report.measures.us_technology import resource_readings

SIZES = ("10-49", "50-249", "250+")
SEVEN = (2021, 2023, 2024)
"""Rounds with the same list of seven technologies."""
RECENT = SEVEN[1:]
SCALES = {
    "log-odds": lambda rate: np.log(rate / (100 - rate)), "points": lambda rate: rate, "proportional": np.log,
}  # fmt: skip
"""Scale to a function of the rate in percent."""
UNITS = {"log-odds": "log-odds a year", "points": "percentage points a year", "proportional": "log points a year"}
FORMULA = "share ~ C(size_class) * years"
TERM = "C(size_class)[T.{}]:years"


def panel(load: Load, rounds: tuple[int, ...] = SEVEN) -> pd.DataFrame:
    """Return the European panel by country, size class and round, the same countries in each.

    Parameters
    ----------
    load : callable
    rounds : tuple of int
        European rounds.

    Returns
    -------
    DataFrame
        Columns country, size_class, year, years (since the first round), rate (percent), share (0 to 1). Kept are
        countries with all three classes in every round, between 0 and 100 %, in one series. `attrs["left_out"]` says
        why others are not there: reason to countries.

    Raises
    ------
    ValueError
        If the series of every country breaks between the rounds, as it does in 2025, when the list grew.
    Unmeasurable
        If a round is not held or fewer than six countries remain.
    """
    table = load("ai_adoption")
    rows = table[(table["survey"] == EUROPE) & (table["breakdown"] == "size") & table["year"].isin(rounds)]
    rows = rows[~rows["country"].isin(AGGREGATES) & rows["size_class"].isin(SIZES)]
    lacking = sorted(set(rounds) - set(rows["year"]))
    if lacking:
        raise Unmeasurable(f"ai_adoption holds no European round {', '.join(map(str, lacking))}")
    cells = rows[(rows["value"] > 0) & (rows["value"] < 100)].groupby("country").size()
    whole = set(cells.index[cells == len(SIZES) * len(rounds)])
    runs = rows.groupby("country")["series"].nunique()
    broken = set(runs.index[runs > 1])
    every = set(rows["country"])
    kept = sorted(whole - broken)
    if whole and not kept:
        why = rows.loc[rows["year"] > min(rounds), "series_break"].dropna().mode().iloc[0]
        raise ValueError(f"no panel of {', '.join(map(str, rounds))}: every country has a break, {why}")
    if len(kept) < 6:
        raise Unmeasurable(f"{len(kept)} European countries have every size class in {', '.join(map(str, rounds))}")
    found = rows[rows["country"].isin(kept)].sort_values(["country", "size_class", "year"])
    found = pd.DataFrame(
        {
            "country": found["country"], "size_class": found["size_class"], "year": found["year"],
            "years": found["year"] - min(rounds), "rate": found["value"], "share": found["value"] / 100,
        }
    ).reset_index(drop=True)  # fmt: skip
    found.attrs["left_out"] = {"series breaks": sorted(broken), "a class is missing": sorted(every - whole - broken)}
    found.attrs["unit"] = {"rate": "percent of enterprises", "share": "fraction of enterprises"}
    return found


def slopes(rows: pd.DataFrame, scale: str = "log-odds") -> pd.DataFrame:
    """Return the pace of every country and class: the least-squares slope of the scaled rate over years.

    Returns
    -------
    DataFrame
        Countries by size class, in units of the scale a year.

    Raises
    ------
    ValueError
        If the scale is unknown.
    """
    if scale not in SCALES:
        raise ValueError(f"scale={scale!r}; legal scales: {', '.join(SCALES)}")
    work = rows.assign(value=SCALES[scale](rows["rate"]))
    centred = work["years"] - work.groupby(["country", "size_class"])["years"].transform("mean")
    sums = work.assign(top=centred * work["value"], bottom=centred**2).groupby(["country", "size_class"])
    pace = sums[["top", "bottom"]].sum()
    return (pace["top"] / pace["bottom"]).unstack()[[*SIZES]]


def difference(rows: pd.DataFrame, scale: str = "log-odds", size: str = "250+") -> tuple[float, int, int]:
    """Return the mean pace of a class less that of 10-49 over countries, in how many it is higher, and of how many.

    With the same rounds in every country the mean is the coefficient of least squares with effects of countries.
    """
    found = slopes(rows, scale)
    ahead = found[size] - found["10-49"]
    return float(ahead.mean()), int((ahead > 0).sum()), len(ahead)


def least_squares(load: Load, rounds: tuple[int, ...] = SEVEN, draws: int = 9999) -> LogOdds:
    """Return least squares on log-odds of the panel: classes, years and their product, country effects, wild bootstrap.

    The product of `250+` and years is the pace of large firms less that of small ones, in log-odds a year.
    """
    return log_odds(FORMULA, panel(load, rounds), absorb="country", cluster="country", draws=draws, seed=0)


def fractional(load: Load, rounds: tuple[int, ...] = SEVEN) -> FractionalLogit:
    """Return the fractional logit of the panel with country effects, clustered by country (fewer than 40 of them)."""
    return fractional_logit(f"{FORMULA} + C(country)", panel(load, rounds), cluster="country")


def estimates(load: Load, rounds: tuple[int, ...] = SEVEN, draws: int = 9999) -> pd.DataFrame:
    """Return the pace of each larger class less that of 10-49 by both estimators, with their intervals.

    Returns
    -------
    DataFrame
        Columns estimator, size_class, estimate, std_error, p_value, conf_low, conf_high (log-odds a year), countries.
    """
    squares, logit = least_squares(load, rounds, draws), fractional(load, rounds)
    countries = panel(load, rounds)["country"].nunique()
    parts = []
    for name, frame in (("least squares, wild bootstrap", squares.tidy()), ("fractional logit", logit.coefficients())):
        rows = frame.set_index("term")
        for size in SIZES[1:]:
            row = rows.loc[TERM.format(size)]
            parts.append({"estimator": name, "size_class": size} | row.drop(["statistic", "unit"]).to_dict())
    return pd.DataFrame(parts).assign(countries=countries)


def without_each(load: Load, rounds: tuple[int, ...] = SEVEN) -> pd.Series:
    """Return the difference in pace (log-odds, 250+ less 10-49) without each country in turn, lowest first."""
    rows = panel(load, rounds)
    found = {code: difference(rows[rows["country"] != code])[0] for code in rows["country"].unique()}
    return pd.Series(found).sort_values()


def pace_table(load: Load) -> pd.DataFrame:
    """Return the pace of large firms less that of small firms by window and scale.

    Returns
    -------
    DataFrame
        Columns window, first, last, scale, unit, small, large (pace of each class), difference, higher (countries where
        large firms are faster), countries, secondary. No window crosses a break: Europe's ends in 2024.
    """
    rows = []
    for label, rounds in (("Europe 2021-24", SEVEN), ("Europe 2023-24", RECENT)):
        held = panel(load, rounds)
        for scale, unit in UNITS.items():
            mean, higher, n = difference(held, scale)
            both = slopes(held, scale).mean()
            pace = both["10-49"], both["250+"], mean
            rows.append((label, rounds[0], rounds[-1], scale, unit, *pace, higher, n, False))
    first, last = 2022, 2024
    for scale, unit in UNITS.items():
        small, large = (korean_pace(load, size, scale, first, last) for size in ("10-49", "250+"))
        pace = small, large, large - small
        rows.append(("Korea 2022-24", first, last, scale, unit, *pace, int(large > small), 1, True))
    columns = ["window", "first", "last", "scale", "unit", "small", "large", "difference", "higher", "countries"]
    return pd.DataFrame(rows, columns=[*columns, "secondary"])


def korean_pace(load: Load, size: str, scale: str, first: int = 2022, last: int = 2024) -> float:
    """Return the pace of a Korean size class between two years of one question, in units of the scale a year.

    Raises
    ------
    ValueError
        If the question changed between the two years.
    Unmeasurable
        If a year is not held.
    """
    change(load, first, last, size)  # refuses to cross the break
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & (table["breakdown"] == "size") & (table["size_class"] == size)]
    rate = rows.set_index("year")["value"]
    return float((SCALES[scale](rate[last]) - SCALES[scale](rate[first])) / (last - first))


def same_pace_rate(load: Load, year: int = 2023, last: int = 2024) -> float:
    """Return the rate of Korean firms with 250+ in a year, in percent, from which they would have been no faster.

    From that rate to the one of `last` their log-odds grow as those of firms with 10-49 did; any higher rate in `year`
    makes large firms the slower ones since.

    Raises
    ------
    ValueError
        If the question changed between the two years.
    Unmeasurable
        If a year is not held.
    """
    pace = korean_pace(load, "10-49", "log-odds", year, last) * (last - year)
    table = load("ai_adoption")
    rows = table[(table["survey"] == KOREA) & (table["size_class"] == "250+") & (table["year"] == last)]
    if rows["value"].notna().sum() != 1:
        raise Unmeasurable(f"ai_adoption holds no Korean firms with 250+ persons in {last}")
    odds = SCALES["log-odds"](float(rows["value"].iloc[0])) - pace
    return float(100 / (1 + np.exp(-odds)))


def area_pace(load: Load, area: str, first: int, last: int, scale: str) -> float:
    """Return the pace of 250+ less that of 10-49 in a group of countries between two rounds.

    Raises
    ------
    Unmeasurable
        If a round is not held.
    ValueError
        If the series breaks between the two.
    """
    table = load("ai_adoption")
    rows = table[(table["survey"] == EUROPE) & (table["country"] == area) & (table["breakdown"] == "size")]
    wide = rows.pivot(index="year", columns="size_class", values="value")
    if not {first, last} <= set(wide.dropna(subset=["10-49", "250+"]).index):
        raise Unmeasurable(f"ai_adoption holds no rates by size of {area} in {first} and {last}")
    if rows[rows["year"].isin([first, last])]["series"].nunique() > 1:
        raise ValueError(f"the series of {area} breaks between {first} and {last}")
    moved = (SCALES[scale](wide.loc[last]) - SCALES[scale](wide.loc[first])) / (last - first)
    return float(moved["250+"] - moved["10-49"])


def adopted_fastest(load: Load) -> list[Reading]:
    """Return the readings of claim B2: parts `gap`, `pace`, `resources`, and `points` for the stronger one.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    return [*gap_readings(load), *pace_readings(load), *resource_readings(load)]


def pace_readings(load: Load) -> list[Reading]:
    """Return the readings of part `pace` (and, for the stronger reading, `points`) of claim B2.

    `pace`: growth of AI use of large firms less that of small ones a year. Headline: log-odds, European panel, 2021-24.
    Alternatives: the last two of those rounds, the middle class, the EU as one area, Korea on its new question, and the
    same in percentage points and in proportion. `points`: the paces in percentage points. No reading reaches into 2025,
    because the list of technologies grew: what a longer list adds would count as pace.

    Raises
    ------
    Unmeasurable
        If a round or a Korean year is not held.
    """
    first, recent = panel(load), panel(load, RECENT)
    add = partial(_reading, part="pace")
    readings = [
        add("Europe 2021-24", difference(first), "log-odds", True, "years", "2021-24"),
        add("Europe 2023-24", difference(recent), "log-odds", False, "years", "2023-24"),
        add("Europe 2021-24, 50-249 less 10-49", difference(first, size="50-249"), "log-odds", False, "size of firm",
            "2021-24"),
        add("European Union 2021-24", area_pace(load, "EU", 2021, 2024, "log-odds"), "log-odds", False, "weights",
            "2021-24"),
        add("Korea 2022-24", _korea(load, "log-odds"), "log-odds", False, "country", "2022-24", secondary=True),
        add("Europe 2021-24", difference(first, "points"), "points", False, "scale", "2021-24"),
        add("Korea 2022-24", _korea(load, "points"), "points", False, "scale", "2022-24", secondary=True),
        add("Europe 2021-24", difference(first, "proportional"), "proportional", False, "scale", "2021-24"),
        add("Korea 2022-24", _korea(load, "proportional"), "proportional", False, "scale", "2022-24", secondary=True),
    ]  # fmt: skip
    add = partial(_reading, part="points", scale="points")
    return readings + [
        add("Europe 2021-24", difference(first, "points"), headline=True, turns="years", year="2021-24"),
        add("Europe 2023-24", difference(recent, "points"), headline=False, turns="years", year="2023-24"),
        add("European Union 2021-24", area_pace(load, "EU", 2021, 2024, "points"), headline=False, turns="weights",
            year="2021-24"),
        add("Korea 2022-24", _korea(load, "points"), headline=False, turns="country", year="2022-24", secondary=True),
    ]  # fmt: skip


def _korea(load: Load, scale: str) -> float:
    return korean_pace(load, "250+", scale) - korean_pace(load, "10-49", scale)


def _reading(
    label: str, found, scale: str, headline: bool, turns: str, year: str, *, part: str, secondary: bool = False
) -> Reading:
    value, count = found, ""
    if isinstance(found, tuple):
        value, count = found[0], f", higher in {found[1]} of {found[2]} countries"
    digits = 1 if scale == "points" else 3
    return Reading(
        part, f"{label}, {scale}", value, UNITS[scale], "ai_adoption", headline, turns, year, "as published", secondary,
        f"{value:+.{digits}f} {UNITS[scale]}{count}",
    )  # fmt: skip


def two_areas(load: Load) -> pd.DataFrame:
    """Return the rates of small and large firms in the EU and in Korea over time, for one picture on two scales.

    Returns
    -------
    DataFrame
        Columns line, country, size_class, year, value (percent), apart (bool: of a later series than the first of its
        line, so that it must not be joined), secondary. Korea has its new question only, and 2023 without 250+.

    Raises
    ------
    ValueError
        If a line would join two series.
    """
    table = load("ai_adoption")
    rows = table[(table["breakdown"] == "size") & table["size_class"].isin(["10-49", "250+"]) & table["value"].notna()]
    union = rows[(rows["survey"] == EUROPE) & (rows["country"] == "EU")].assign(area="EU")
    own = rows[(rows["survey"] == KOREA) & (rows["series"] == 2)].assign(area="Korea")
    held = pd.concat([union, own]).sort_values("year")
    held = held.assign(line=held["area"] + ", " + held["size_class"])
    held["apart"] = held["series"] != held.groupby("line")["series"].transform("first")
    unbroken(held[~held["apart"]], "line")
    columns = ["line", "country", "size_class", "year", "value", "apart", "secondary"]
    return held[columns].sort_values(["line", "year"]).reset_index(drop=True)
