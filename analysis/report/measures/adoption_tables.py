"""AI use and productivity side by side: the series behind claim B7 and the frames of its page.

AI use is counted by surveys whose questions and dates differ. Korea's year ends in December and Europe's answers come
from the first months of the year, so Korea stands beside the European round that followed. No function joins rows
across a break: rates are compared within one year, and a change is taken within one series only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.data import catalogue
from analysis.data.countries import AGGREGATES, OECD
from analysis.report.claims import Unmeasurable
from analysis.report.measures.ranks import RankCorrelation, rank_correlation

Load = Callable[[str], pd.DataFrame]
EUROPE, KOREA, US = "eurostat-ict-enterprises", "nia-informatisation", "us-annual-business-survey"
KOREAN_YEAR = {2023: 2022, 2024: 2023, 2025: 2024}
"""European round to the Korean year that ended just before it; before 2022 Korea asked another question."""
OECD_2020, CURRENT, PENN, ILO = (
    ("oecd-pdb-2026-09", "constant_2020_ppp"),
    ("oecd-pdb-2024-06", "current_ppp"),
    ("pwt-11.0", "constant_2021_ppp"),
    ("ilo-2026-03", "constant_2021_ppp"),
)
"""Vintages and price bases of GDP per hour worked: OECD at constant and at current PPPs, Penn World Table, ILO."""
SMALL, FROM_TEN = ("10-19", "20-49"), ("10-19", "20-49", "50-249", "250+")
LARGER = ("50-249", "250+")
SECTIONS = {
    "C": "Manufacturing", "F": "Construction", "G": "Trade", "I": "Accommodation and food", "J": "Information",
    "L": "Real estate", "M": "Professional services", "N": "Administrative services",
}  # fmt: skip
US_INDUSTRIES = {
    **{code: (code,) for code in "22 23 42 321 322 323 324 325 326 327 331 332 333 334 335 337 339".split()},
    **{code: (code,) for code in "511 5411 5415 55 61 624 81".split()},
    "311FT": ("311", "312"),
    "3361MV": ("3361-3363",),
    "3364OT": ("3364", "336-other"),
    "44RT": ("44-45",),
    "5412OP": ("5412", "5413", "5414", "5416", "5417", "5418", "5419"),
}
"""Industries that both US tables hold: code of the production account to those of the survey."""


def ai_use(load: Load, year: int, size_class: str = "10-49", korea: int | None = None) -> pd.Series:
    """Return the share of firms that use AI in one European round, in percent by country, groups of countries left out.

    Parameters
    ----------
    load : callable
        Table name to table.
    year : int
        European round: 2021, 2023, 2024 or 2025.
    size_class : str
        `10-49`, `50-249`, `250+` or `10+`.
    korea : int, optional
        Year of the Korean survey to set beside it; by default no Korea.

    Raises
    ------
    Unmeasurable
        If the round, or the Korean year, is not held for the size class.
    """
    table = load("ai_adoption")
    kind = "none" if size_class == "10+" else "size"
    rows = table[(table["breakdown"] == kind) & (table["size_class"] == size_class) & table["value"].notna()]
    europe = rows[(rows["survey"] == EUROPE) & (rows["year"] == year) & ~rows["country"].isin(AGGREGATES)]
    own = rows[(rows["survey"] == KOREA) & (rows["year"] == korea)] if korea else rows.iloc[:0]
    if europe.empty:
        raise Unmeasurable(f"ai_adoption holds no European firms with {size_class} persons in {year}")
    if korea and own.empty:
        raise Unmeasurable(f"ai_adoption holds no Korean firms with {size_class} persons in {korea}")
    return pd.concat([europe, own]).set_index("country")["value"]


def ai_use_change(load: Load, first: int, last: int, size_class: str = "10-49") -> pd.Series:
    """Return the change of the European rate between two rounds in points; a country with a break between is left out.

    Raises
    ------
    ValueError
        If every country has a break, as all have in 2025, when the list of technologies grew.
    Unmeasurable
        If a round is not held for the size class.
    """
    table = load("ai_adoption")
    before, after = ai_use(load, first, size_class), ai_use(load, last, size_class)
    rows = table[(table["survey"] == EUROPE) & (table["size_class"] == size_class) & (table["industry"] == "all")]
    runs = rows.pivot(index="country", columns="year", values="series")
    whole = runs.index[runs[first] == runs[last]]
    if whole.empty:
        why = rows.loc[rows["year"] == last, "series_break"].dropna().mode().iloc[0]
        raise ValueError(f"no change from {first} to {last}: every country has a break, {why}")
    return (after - before)[lambda one: one.index.isin(whole)].dropna()


def per_hour(load: Load, source: tuple[str, str], year: int) -> pd.Series:
    """Return GDP per hour worked by country in one vintage, price basis and year.

    Raises
    ------
    Unmeasurable
        If the table holds no row.
    """
    table = load("gdp_per_hour")
    vintage, basis = source
    rows = table[(table["vintage"] == vintage) & (table["price_basis"] == basis) & (table["year"] == year)]
    if rows.empty:
        raise Unmeasurable(f"gdp_per_hour holds no {vintage}, {basis}, {year}")
    return rows.set_index("country")["value"]


def growth_per_hour(load: Load, source: tuple[str, str], first: int, last: int) -> pd.Series:
    """Return the growth of GDP per hour in percent a year, by country, within one vintage.

    Raises
    ------
    ValueError
        If the vintage breaks between the two years.
    Unmeasurable
        If a year is not held.
    """
    table = load("gdp_per_hour")
    rows = table[(table["vintage"] == source[0]) & (table["flag"] == "after_break")]
    since = rows["year"].min() if len(rows) else np.inf
    if first < since <= last:
        raise ValueError(f"{source[0]} breaks in {since}: {first} and {last} do not compare")
    return 100 * ((per_hour(load, source, last) / per_hour(load, source, first)) ** (1 / (last - first)) - 1)


def correlate(first: pd.Series, second: pd.Series, given: pd.Series | None = None) -> RankCorrelation:
    """Return the rank correlation, or raise `Unmeasurable` where too few units are held."""
    try:
        return rank_correlation(first, second, given)
    except ValueError as problem:
        raise Unmeasurable(f"no rank correlation: {problem}") from problem


def section_use(load: Load) -> pd.Series:
    """Return the share of EU firms with 10 or more persons that use AI, by section, 2025, in percent."""
    table = load("ai_adoption")
    rows = table[(table["survey"] == EUROPE) & (table["breakdown"] == "industry") & (table["country"] == "EU")]
    if rows.empty:
        raise Unmeasurable("ai_adoption holds no AI use by section")
    return rows.set_index("industry")["value"]


def section_output(load: Load, countries: tuple[str, ...], year: int, classes: tuple[str, ...] = SMALL) -> pd.Series:
    """Return value added per person of the size classes together, thousand national currency, by section.

    A section with a missing cell is missing. Countries must share a currency: their firms are added up.

    Raises
    ------
    ValueError
        If the countries have more than one currency.
    Unmeasurable
        If a country or year is not held.
    """
    table = load("size_value_added")
    rows = table[table["country"].isin(countries) & (table["year"] == year) & table["size_class"].isin(classes)]
    lacking = sorted(set(countries) - set(rows["country"]))
    if lacking:
        raise Unmeasurable(f"size_value_added holds no {', '.join(lacking)} in {year}")
    if rows["currency"].nunique() > 1:
        raise ValueError(f"{', '.join(countries)} have currencies {', '.join(sorted(rows['currency'].unique()))}")
    rows = rows.assign(output=rows["persons_employed"] * rows["value_added_per_person"])
    added = rows.groupby("industry")[["output", "persons_employed"]].agg(lambda cell: cell.sum(skipna=False))
    return added["output"] / added["persons_employed"]


def us_use(load: Load) -> pd.Series:
    """Return the share of US companies that used AI in 2021, by industry of the production account, in percent."""
    table = load("ai_adoption")
    rows = table[(table["survey"] == US) & (table["breakdown"] == "industry")].set_index("industry")
    lacking = sorted({code for parts in US_INDUSTRIES.values() for code in parts} - set(rows.index))
    if lacking:
        raise Unmeasurable(f"ai_adoption holds no US industry {', '.join(lacking)}")
    return pd.Series(
        {
            code: float(np.average(rows.loc[list(parts), "value"], weights=rows.loc[list(parts), "firms"]))
            for code, parts in US_INDUSTRIES.items()
        }
    )


def us_growth(load: Load, first: int, last: int, measure: str = "labour_productivity") -> pd.Series:
    """Return the growth of an index of US industries in percent a year."""
    wide = load("us_industry_productivity").pivot(index="industry", columns="year", values=measure)
    if not {first, last} <= set(wide.columns):
        raise Unmeasurable(f"us_industry_productivity holds no {measure} in {first} and {last}")
    return 100 * ((wide[last] / wide[first]) ** (1 / (last - first)) - 1)


def country_table(load: Load) -> pd.DataFrame:
    """Return AI use of firms with 10-49 persons and output per hour, by country, with both ranks (1 = highest).

    Returns
    -------
    DataFrame
        Columns country (code), name, ai_use (percent, Europe 2025, Korea end of 2024), per_hour (US dollars, constant
        prices, 2020 PPPs, 2023), growth (percent a year, 2021-24; missing for Korea), rank_ai_use, rank_per_hour,
        places (rank by output minus rank by AI use), secondary; highest AI use first.
    """
    held = pd.DataFrame(
        {"ai_use": ai_use(load, 2025, korea=KOREAN_YEAR[2025]), "per_hour": per_hour(load, OECD_2020, 2023)}
    ).dropna()
    held["growth"] = growth_per_hour(load, OECD_2020, 2021, 2024).reindex(held.index)
    ranks = held[["ai_use", "per_hour"]].rank(ascending=False, method="min").astype(int)
    held = held.assign(rank_ai_use=ranks["ai_use"], rank_per_hour=ranks["per_hour"])
    held["places"] = held["rank_per_hour"] - held["rank_ai_use"]
    held = held.rename_axis("country").reset_index()
    names = {**OECD, "BGR": "Bulgaria", "HRV": "Croatia", "ROU": "Romania"}
    held.insert(1, "name", held["country"].map(names))
    held["secondary"] = held["country"] == "KOR"
    return held.sort_values(["ai_use", "country"], ascending=[False, True]).reset_index(drop=True)


def industry_table(load: Load) -> pd.DataFrame:
    """Return AI use and value added per person by section (columns industry, name, ai_use, small, larger).

    AI use in percent of EU firms with 10 or more persons, 2025; value added per person of enterprises with 10-49
    (`small`) and with 50 or more persons (`larger`), thousand euros, Germany and France together, 2019.
    """
    euro = ("DEU", "FRA")
    held = pd.DataFrame(
        {
            "ai_use": section_use(load),
            "small": section_output(load, euro, 2019),
            "larger": section_output(load, euro, 2019, LARGER),
        }
    ).dropna()
    held = held.rename_axis("industry").reset_index()
    held.insert(1, "name", held["industry"].map(SECTIONS))
    return held.sort_values("ai_use", ascending=False).reset_index(drop=True)


def us_industry_table(load: Load) -> pd.DataFrame:
    """Return AI use in 2021 and growth in 2012-19 by US industry.

    Columns industry (code of the account), name, ai_use (percent of companies), labour_growth and tfp_growth (percent a
    year); highest AI use first.
    """
    names = load("us_industry_productivity").drop_duplicates("industry").set_index("industry")["industry_name"]
    held = pd.DataFrame(
        {
            "ai_use": us_use(load),
            "labour_growth": us_growth(load, 2012, 2019),
            "tfp_growth": us_growth(load, 2012, 2019, "total_factor_productivity"),
        }
    ).dropna()
    held = held.rename_axis("industry").reset_index()
    held.insert(1, "name", held["industry"].map(names))
    return held.sort_values("ai_use", ascending=False).reset_index(drop=True)


def measures_compared(load: Load) -> pd.DataFrame:
    """Return how well AI use, and the productivity of firms with 10-49 persons, order the productivity of larger firms.

    Over the sections that all three have. Firms of one industry share prices and capital intensity, so the second
    correlation is high for that reason too: it says that the yardstick tracks the industry, not why.

    Returns
    -------
    DataFrame
        Columns countries, year, measure, rho, low, high, n.
    """
    rows = []
    for label, countries, year in (
        ("Germany and France", ("DEU", "FRA"), 2019),
        ("United Kingdom", ("GBR",), 2018),
    ):
        larger = section_output(load, countries, year, LARGER)
        shared = section_use(load).index
        for name, measure in (
            ("share of firms that use AI", section_use(load)),
            ("value added per person, 10-49 persons", section_output(load, countries, year)[shared]),
        ):
            found = correlate(measure, larger)
            rows.append((label, year, name, found.rho, found.low, found.high, found.n))
    return pd.DataFrame(rows, columns=["countries", "year", "measure", "rho", "low", "high", "n"])


def coverage_table(load: Load) -> pd.DataFrame:
    """Return for how many OECD members the package holds each measure, and whether for Korea.

    Returns
    -------
    DataFrame
        Columns measure, members, korea (bool), latest (year, missing where nothing is held). Hours by size class are
        looked for in the fields of every table.
    """
    use = load("ai_adoption").query("size_class == '10-49' and breakdown == 'size'").dropna(subset="value")
    hour = load("gdp_per_hour")
    cells = load("size_value_added")
    cells = cells[cells["size_class"].isin(SMALL)].dropna(subset="value_added_per_person")
    by_size = [
        load(name)
        for name in catalogue.catalogue()["table"]
        if {"country", "size_class", "hours"} <= set(catalogue.describe(name)["field"])
    ]
    hours = pd.concat(by_size) if by_size else pd.DataFrame({"country": [], "year": []})
    rows = []
    for measure, held in (
        ("share of firms with 10-49 persons that use AI", use),
        ("GDP per hour, whole economy", hour),
        ("value added per person, 10-49 persons, by industry", cells),
        ("output per hour, 10-49 persons", hours),
    ):
        members = set(held["country"]) & set(OECD)
        latest = int(held["year"].max()) if members else pd.NA
        rows.append((measure, len(members), "KOR" in members, latest))
    return pd.DataFrame(rows, columns=["measure", "members", "korea", "latest"]).astype({"latest": "Int64"})
