"""Do countries catch up, sector by sector? Background to the question whether firms do; countries are not firms.

The level from which a country starts is value added per person at the PPP of each sector in 2005 (Productivity Level
Database). How fast it grew is measured in constant local prices, since sector PPPs of two benchmark years do not
compare as growth. The constant-price accounts to 2018 (Economic Transformation Database) hold no country of Western
Europe or North America and few rich ones; those of the 10-Sector Database do, to 2009 only, and cut services otherwise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import OECD
from analysis.regression.convergence import Convergence, convergence
from analysis.report.claims import Unmeasurable
from analysis.report.measures.exposure import SHORT
from analysis.report.measures.size_tables import Load

BENCHMARK, LAST = 2005, {"ETD": 2018, "10SD": 2009}
"""Year of the initial level, and the last year of growth by source of constant-price accounts."""
NOT_USABLE = (("KOR", "F"),)
"""Country and sector whose sector PPP is implausible (double-deflated Korean construction)."""
WHOLE = "whole economy"


def levels(load: Load) -> pd.DataFrame:
    """Return value added per person at sector PPPs by country, sector and benchmark year, thousand US dollars.

    Cells without persons (real estate that is counted elsewhere) or without value added, and those in `NOT_USABLE`, are
    left out.

    Returns
    -------
    DataFrame
        Columns country, year, sector, level.

    Raises
    ------
    Unmeasurable
        If the benchmarks are not held.
    """
    table = load("sector_accounts")
    if not table["source"].eq("PLD").any():
        raise Unmeasurable("sector_accounts holds no benchmark of the Productivity Level Database")
    rows = codes.at_sector_ppps(table, load("sector_price_levels"))
    rows = rows[(rows["employment"] > 0) & (rows["value_added_ppp"] > 0)]
    cell = pd.MultiIndex.from_frame(rows[["country", "sector"]])
    rows = rows[~cell.isin(NOT_USABLE)]
    return rows.assign(level=rows["value_added_ppp"] / rows["employment"])[
        ["country", "year", "sector", "level"]
    ].reset_index(drop=True)


def panel(load: Load, source: str = "ETD") -> pd.DataFrame:
    """Return initial level and growth by country and sector: one row each, in the year of the benchmark.

    Parameters
    ----------
    load : callable
    source : str
        Accounts at constant prices: "ETD" (2005-18, 12 sectors) or "10SD" (2005-09, the sectors that match).

    Returns
    -------
    DataFrame
        Columns country, sector, year (2005), level (thousand US dollars per person at sector PPPs), growth (of value
        added per person at constant local prices, mean annual log change). Cells that lack one of the two are left out.

    Raises
    ------
    ValueError
        If the source is unknown.
    Unmeasurable
        If nothing is left.
    """
    if source not in LAST:
        raise ValueError(f"no constant-price source {source!r}; legal: {', '.join(LAST)}")
    start = levels(load).query("year == @BENCHMARK").set_index(["country", "sector"])["level"]
    rows = load("sector_accounts")
    rows = rows[(rows["source"] == source) & rows["year"].isin([BENCHMARK, LAST[source]])]
    rows = rows[(rows["employment"] > 0) & (rows["value_added_constant"] > 0)]
    rows = rows.assign(output=rows["value_added_constant"] / rows["employment"])
    wide = rows.pivot(index=["country", "sector"], columns="year", values="output")
    if not {BENCHMARK, LAST[source]} <= set(wide):
        raise Unmeasurable(f"sector_accounts holds no {source} of {BENCHMARK} and {LAST[source]}")
    growth = np.log(wide[LAST[source]] / wide[BENCHMARK]) / (LAST[source] - BENCHMARK)
    held = pd.concat({"level": start, "growth": growth}, axis=1).dropna().reset_index()
    if held.empty:
        raise Unmeasurable(f"no country has a level of {BENCHMARK} and growth in {source}")
    return held.assign(year=BENCHMARK)[["country", "sector", "year", "level", "growth"]]


def beta(load: Load, source: str = "ETD") -> pd.DataFrame:
    """Return by sector how much less a country grew for each log point it was ahead, with its robust interval.

    Returns
    -------
    DataFrame
        Columns sector, name, beta (percentage points of annual growth per log point of initial level; below zero: those
        behind caught up), std_error, low, high (95 %), countries, source; fastest catching-up first.
    """
    held = panel(load, source)
    found = convergence(
        held, unit="country", time="year", level="level", growth="growth", by="sector",
        span=LAST[source] - BENCHMARK, vcov="robust",
    )
    tidy = found.tidy()
    slope = tidy[tidy["term"] == "beta"].set_index("sector")
    counts = held.groupby("sector")["country"].size()
    table = pd.DataFrame(
        {
            "name": slope.index.map(SHORT), "beta": 100 * slope["estimate"], "std_error": 100 * slope["std_error"],
            "low": 100 * slope["conf_low"], "high": 100 * slope["conf_high"], "countries": counts.reindex(slope.index),
            "source": source,
        },
        index=slope.index,
    )  # fmt: skip
    return table.rename_axis("sector").reset_index().sort_values("beta", ignore_index=True)


def spreads(load: Load) -> pd.DataFrame:
    """Return the spread of countries by sector in each benchmark year, over the countries held in all three.

    Returns
    -------
    DataFrame
        Columns sector, name, year, spread (standard deviation of the log level, dividing by n), countries.
    """
    points = _sigma(load).points.rename(columns={"sd_log": "spread", "units": "countries", "time": "year"})
    points = points.assign(name=points["sector"].map(SHORT), year=points["year"].astype(int))
    return points[["sector", "name", "year", "spread", "countries"]].reset_index(drop=True)


def spread_changes(load: Load) -> pd.DataFrame:
    """Return the change of the spread of countries by sector, from the first to the last benchmark, with its interval.

    The errors take countries as draws and allow for the same countries in every year. They know nothing of the price
    surveys: the PPPs of each year were measured anew.

    Returns
    -------
    DataFrame
        Columns sector, name, first, last, change, low, high (95 %; standard deviation of logs times 100), told (the
        interval of the change does not hold zero), countries, from_year, to_year; the largest fall first.
    """
    found = _sigma(load)
    tidy = found.tidy().set_index(["sector", "term"])
    change = tidy.xs("change", level="term")
    low, high = 100 * change["conf_low"], 100 * change["conf_high"]
    years = found.points["time"].astype(int)
    table = pd.DataFrame(
        {
            "name": change.index.map(SHORT), "first": 100 * tidy["estimate"].xs("first", level="term"),
            "last": 100 * tidy["estimate"].xs("last", level="term"), "change": 100 * change["estimate"],
            "low": low, "high": high, "told": (low > 0) | (high < 0),
            "countries": found.points.groupby("sector")["units"].max(), "from_year": int(years.min()),
            "to_year": int(years.max()),
        },
        index=change.index,
    )  # fmt: skip
    return table.rename_axis("sector").reset_index().sort_values("change", ignore_index=True)


def _sigma(load: Load) -> Convergence:
    wide = levels(load).pivot(index=["sector", "country"], columns="year", values="level").dropna()
    held = wide.stack().rename("level").reset_index()
    return convergence(held, unit="country", time="year", level="level", by="sector", kind="sigma")


def coverage(load: Load) -> dict:
    """Return who is in the panel: numbers of countries, of OECD members, and the OECD members left out, by source.

    Returns
    -------
    dict
        Source to {"countries": int, "members": int, "left_out": list of names of OECD members}.
    """
    found = {}
    for source in LAST:
        held = set(panel(load, source)["country"])
        missing = sorted(name for code, name in OECD.items() if code not in held)
        found[source] = {"countries": len(held), "members": len(held & set(OECD)), "left_out": missing}
    return found
