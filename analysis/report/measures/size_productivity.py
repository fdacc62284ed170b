"""Productivity by size of firm: the tables behind the page on size and its claims."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.data.countries import OECD
from analysis.decomposition.firms import olley_pakes
from analysis.report.claims import Unmeasurable
from analysis.report.measures.size_tables import Load

PEERS = ("DEU", "FRA", "GBR")
"""The countries with value added by size of enterprise."""
SERVICES = ("G", "H", "I", "J", "L", "M", "N")
"""The service sections of `size_value_added`; finance is not in the source."""
SINCE = 2009
"""A claim in the present tense is judged on figures since this year."""
LABELS = {
    "SIZ-098": "manufacturing, by law, 10+ persons, 2018 (KBIZ)",
    "SIZ-104": "manufacturing, by law, 10+ persons, 2019 (KBIZ)",
    "SIZ-110": "manufacturing, by law, 10+ persons, 2021 (KBIZ)",
    "SIZ-156/SIZ-157": "manufacturing, by law, 2011 (KBIZ)",
    "SIZ-111": "manufacturing, published 2025 (Bank of Korea)",
    "SIZ-117": "manufacturing, 2021 (KPC)",
    "SIZ-118": "services, 2021 (KPC)",
    "SIZ-119": "all sectors, 2019 (KOSI)",
    "SIZ-120": "all sectors, 2009 (KOSI)",
    "SIZ-122": "1-249 over 250+, 2015 (OECD)",
    "SIZ-135": "mining and manufacturing, 10-299 over 300+, 2009 (KIET)",
    "SIZ-148": "total factor productivity, 2014 (KIET)",
    "SIZ-149/SIZ-150": "sample of firms, 1-299 over 300-999, published 2025 (KCCI)",
    "SIZ-149/SIZ-151": "sample of firms, 1-299 over 1000+, published 2025 (KCCI)",
    "SIZ-153/SIZ-152": "sales per worker, 100-499 over 500+, 2013-17 (KOSI)",
    "SIZ-154/SIZ-152": "sales per worker, 50-99 over 500+, 2013-17 (KOSI)",
    "SIZ-155/SIZ-152": "sales per worker, 10-49 over 500+, 2013-17 (KOSI)",
    "SIZ-176": "manufacturing, 10-49 over large, published 2026 (SGI)",
    "SIZ-181": "manufacturing, 5-49 over 200+, 2010 (ADB)",
    "SIZ-182": "services, small over 250+, published 2021 (OECD)",
}
"""The definition of each published Korean ratio in a few words, by id in `size_productivity`."""
SERIES = {
    "OECD, as reported": ("SIZ-126", "SIZ-122"),
    "KIET, 10-299 over 300+": ("SIZ-130", "SIZ-131", "SIZ-132", "SIZ-133", "SIZ-134", "SIZ-135"),
    "KDI": ("SIZ-142", "SIZ-147"),
    "KOSI, all sectors": ("SIZ-120", "SIZ-119"),
    "KBIZ, by law": ("SIZ-156/SIZ-157", "SIZ-098", "SIZ-104", "SIZ-110"),
}
"""The series over time: ids in `size_productivity` that share a source and a definition."""


def ratio(load: Load, key: str) -> pd.Series:
    """Return one row of `size_productivity`, or raise `Unmeasurable` naming it."""
    table = load("size_productivity").set_index("id")
    if key not in table.index:
        raise Unmeasurable(f"size_productivity holds no ratio {key}")
    return table.loc[key]


def korean_ratios(load: Load, since: int = SINCE) -> pd.DataFrame:
    """Return every published Korean ratio of small over large since a year, in words, bounds left out.

    Returns
    -------
    DataFrame
        Columns id, label, ratio, year, industry, measure, unit_of_size, comparable (an SME-over-large ratio of value
        added or labour productivity), secondary.
    """
    table = load("size_productivity")
    rows = table[(table["country"] == "KOR") & (table["year"] >= since) & (table["bound"] == "none")].copy()
    if rows.empty:
        raise Unmeasurable("size_productivity holds no Korean ratio")
    plain = (
        rows["measure"]
        + ", "
        + rows["industry"]
        + ", "
        + rows["size_small"]
        + " over "
        + rows["size_large"]
        + ", "
        + rows["year"].astype(str)
    )
    rows["label"] = rows["id"].map(LABELS).fillna(plain)
    rows["comparable"] = rows["comparable"].astype(bool) & (rows["comparison"] == "SME over large")
    rows["secondary"] = rows["secondary"].astype(bool)
    columns = ["id", "label", "ratio", "year", "industry", "measure", "unit_of_size", "comparable", "secondary"]
    return rows[columns].sort_values(["comparable", "ratio"], ascending=[False, False]).reset_index(drop=True)


def peer_ratios(load: Load, from_ten: bool = True, industries: Sequence[str] = ("C",)) -> pd.DataFrame:
    """Return SME over large and the share of jobs in large enterprises for the peers.

    Columns country, year, ratio, large. A country and year with a missing cell is left out. SMEs are enterprises below
    250 persons; `from_ten` leaves out those below 10, as the Korean survey does.
    """
    table = load("size_value_added")
    table = table[table["industry"].isin(industries) & table["country"].isin(OECD)]
    table = table[table["size_class"] != "1-9"] if from_ten else table
    rows = []
    for (country, year), cells in table.groupby(["country", "year"]):
        persons, output = cells["persons_employed"], cells["persons_employed"] * cells["value_added_per_person"]
        if output.isna().any():
            continue
        large = cells["size_class"] == "250+"
        value = (output[~large].sum() / persons[~large].sum()) / (output[large].sum() / persons[large].sum())
        rows.append((country, int(year), float(value), float(persons[large].sum() / persons.sum())))
    if not rows:
        raise Unmeasurable("size_value_added holds no complete country and year")
    return pd.DataFrame(rows, columns=["country", "year", "ratio", "large"])


def peers_in(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return one row per country: the year asked for, or the last one before it."""
    return table[table["year"] <= year].sort_values("year").groupby("country").tail(1).set_index("country")


def survey_cells(load: Load) -> pd.DataFrame:
    """Return Korea's survey of manufacturing establishments of 10+ persons: SME and large by law, per year.

    Returns
    -------
    DataFrame
        Columns year, size, units, persons, value_added (100 million won), productivity (100 million won per person).
    """
    table = load("published_figures")
    rows = table[
        (table["geography"] == "KOR")
        & (table["sector"] == "manufacturing (10+ persons)")
        & table["size_class"].isin(["SME", "large"])
    ]
    wide = rows.pivot(index=["year", "size_class"], columns="indicator", values="value").rename_axis(columns=None)
    names = {"establishments": "units", "persons engaged": "persons", "value added": "value_added"}
    if not set(names) <= set(wide.columns):
        raise Unmeasurable("published_figures holds no Korean survey of manufacturing by size")
    # The SME value added of 2020 is missing in the source, so that year drops out here
    wide = (
        wide.rename(columns=names)[list(names.values())].dropna().reset_index().rename(columns={"size_class": "size"})
    )
    return wide.assign(productivity=wide["value_added"] / wide["persons"])


def covariance_table(load: Load, year: int = 2018) -> pd.DataFrame:
    """Take output per person in manufacturing apart into the average unit and the covariance with size (Olley-Pakes).

    Two cells a country, SMEs and large, units of 10 and more persons: Korean establishments by the legal size of
    their owner, European enterprises below and from 250 persons.

    Returns
    -------
    DataFrame
        Columns country, component (mean, covariance), share (of the aggregate).
    """
    korea = survey_cells(load).query("year == @year").assign(country="KOR")
    table = load("size_value_added")
    rows = table[
        (table["industry"] == "C")
        & (table["year"] == year)
        & (table["size_class"] != "1-9")
        & table["country"].isin(PEERS)
    ]
    rows = rows.assign(
        size=rows["size_class"].where(rows["size_class"] == "250+", "SME"),
        value_added=rows["persons_employed"] * rows["value_added_per_person"],
    )
    cells = rows.groupby(["country", "size"])[["enterprises", "persons_employed", "value_added"]].sum().reset_index()
    cells = cells.rename(columns={"enterprises": "units", "persons_employed": "persons"})
    both = pd.concat([korea, cells.assign(productivity=cells["value_added"] / cells["persons"])], ignore_index=True)
    if korea.empty:
        raise Unmeasurable(f"published_figures holds no Korean survey of manufacturing for {year}")
    tidy = olley_pakes(
        both, productivity="productivity", weight="persons", count="units", by="country", population="finite"
    ).tidy()
    return tidy.loc[tidy["component"] != "aggregate", ["country", "component", "share"]].reset_index(drop=True)


def ratio_table(load: Load) -> pd.DataFrame:
    """Return Korea's survey and the peers over time, units of 10 and more (country, year, ratio, large, unit)."""
    cells = survey_cells(load).pivot(index="year", columns="size", values=["productivity", "persons"])
    ratio_, persons = cells["productivity"]["SME"] / cells["productivity"]["large"], cells["persons"]
    korea = pd.DataFrame(
        {
            "country": "KOR",
            "year": ratio_.index,
            "ratio": ratio_.to_numpy(),
            "large": (persons["large"] / persons.sum(axis=1)).to_numpy(),
            "unit": "establishments, owner's size by law",
        }
    )
    peers = peer_ratios(load).assign(unit="enterprises below and from 250 persons")
    return pd.concat([korea, peers], ignore_index=True).assign(country=lambda one: one["country"].map(OECD))


NEW_LAW = 2015
"""Year from which a legal SME is told by sales and no longer by persons."""


def since_1980(load: Load) -> pd.DataFrame:
    """Return every Korean series of the ratio over time (columns series, year, ratio, secondary)."""
    rows = [
        (name, int(one["year"]), float(one["ratio"]), bool(one["secondary"]))
        for name, keys in SERIES.items()
        for one in (ratio(load, key) for key in keys)
    ]
    return pd.DataFrame(rows, columns=["series", "year", "ratio", "secondary"])


def to_draw(load: Load) -> pd.DataFrame:
    """Return `since_1980` as a chart may draw it: what a change of the legal definition (2015) parts stays apart.

    The series of three years by KDI is left out.
    """
    table = since_1980(load).query("series != 'KDI'")
    before = (table["series"] == "KBIZ, by law") & (table["year"] < NEW_LAW)
    return table.assign(series=table["series"].mask(before, f"KBIZ, law before {NEW_LAW}"))
