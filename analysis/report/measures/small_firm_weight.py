"""How much units with 10-49 persons weigh: in jobs, and in Korea's gap in manufacturing.

The share of the gap is a counterfactual: what of it would close if Korean units with 10-49 persons produced as much per
person as the peer's enterprises of that size, jobs unchanged. Output is per PERSON: no public table holds hours by
size. Korea's ratios by size come from press reports, and Korean units are establishments: a band, not a measurement.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data.countries import OECD
from analysis.report.claims import Unmeasurable
from analysis.report.measures import gap_sizes, size_tables
from analysis.report.measures.size_productivity import ratio

Load = Callable[[str], pd.DataFrame]
CLASSES = ("10-49", "50-249", "250+")
TEN_TO_49, BELOW_250 = "SIZ-176", "SIZ-122"
"""Ids in `size_productivity`: 10-49 over large (SGI, from OECD data), 1-249 over 250+ (OECD 2015)."""
YEAR = 2022
"""Year of the Korean jobs by size."""


def korean_ratios(load: Load) -> dict[str, pd.Series]:
    """Return Korean value added per person by size class over that of 250 and more persons, by way of measuring.

    The first is the headline: the class 50-249 is what makes all units below 250 persons come to the OECD's ratio.
    """
    jobs = size_tables.class_shares(load, "KOR", YEAR, from_ten=True)
    small, below = float(ratio(load, TEN_TO_49)["ratio"]), float(ratio(load, BELOW_250)["ratio"])
    medium = (below * (1 - jobs["250+"]) - small * jobs["10-49"]) / jobs["50-249"]
    survey = gap_sizes.korea(load, 2018)[1]
    return {
        "published ratio of 10-49, others as the OECD's ratio": pd.Series([small, medium, 1.0], index=CLASSES),
        "published ratio of 10-49 for all below 250": pd.Series([small, small, 1.0], index=CLASSES),
        "survey ratio by law, 2018, for all below 250": pd.Series([survey, survey, 1.0], index=CLASSES),
    }


def peer_levels(load: Load, country: str, year: int = 2018) -> pd.Series:
    """Return a peer's value added per person in manufacturing by size class, its all-sizes mean from 10 persons = 1.

    Raises
    ------
    Unmeasurable
        If a cell is missing.
    """
    table = load("size_value_added")
    rows = table[(table["country"] == country) & (table["year"] == year) & (table["industry"] == "C")]
    rows = rows[rows["size_class"] != "1-9"]
    size = rows["size_class"].replace({"10-19": "10-49", "20-49": "10-49"})
    output = rows["persons_employed"] * rows["value_added_per_person"]
    added = pd.DataFrame({"output": output, "persons": rows["persons_employed"], "size": size})
    if added.isna().any(axis=None) or set(size) != set(CLASSES):
        raise Unmeasurable(f"size_value_added holds no complete manufacturing for {country} in {year}")
    cells = added.groupby("size")[["output", "persons"]].sum()
    return (cells["output"] / cells["persons"]) / (cells["output"].sum() / cells["persons"].sum())


def share_of_gap(load: Load, peer: str, ratios: pd.Series, year: int = 2018) -> float:
    """Return the share of Korea's gap in manufacturing that closes if units with 10-49 persons reach the peer's level.

    Parameters
    ----------
    load : callable
    peer : str
        DEU, FRA or GBR.
    ratios : Series
        Korean value added per person by size class over that of 250 and more persons.
    year : int
        Year of the peer's cells.

    Raises
    ------
    Unmeasurable
        If Korea does not lie behind the peer, or a cell is missing.
    """
    levels = gap_sizes.manufacturing_level(load)
    lacking = [code for code in ("KOR", peer) if code not in levels]
    if lacking:
        raise Unmeasurable(f"sector_accounts holds no manufacturing level for {', '.join(lacking)}")
    gap = levels[peer] - levels["KOR"]
    if gap <= 0:
        raise Unmeasurable(f"Korea does not lie behind {peer} in manufacturing: there is no gap to share out")
    jobs = size_tables.class_shares(load, "KOR", YEAR, from_ten=True)[list(CLASSES)]
    own = ratios * levels["KOR"] / (ratios * jobs).sum()
    theirs = peer_levels(load, peer, year) * levels[peer]
    return float(jobs["10-49"] * (theirs["10-49"] - own["10-49"]) / gap)


def gap_table(load: Load) -> pd.DataFrame:
    """Return the share of Korea's gap in manufacturing held by units with 10-49 persons, by peer and way of measuring.

    Returns
    -------
    DataFrame
        Columns peer (code), name, way, peer_year, share_of_gap (fraction), headline, secondary (always True: Korea's
        ratios are read in press reports).
    """
    ways = korean_ratios(load)
    rows = []
    for peer in gap_sizes.PEERS:
        for place, (way, ratios) in enumerate(ways.items()):
            for year in (2018, 2016) if place == 0 else (2018,):
                rows.append((peer, OECD[peer], way, year, share_of_gap(load, peer, ratios, year), place == 0))
    table = pd.DataFrame(rows, columns=["peer", "name", "way", "peer_year", "share_of_gap", "headline"])
    return table.assign(headline=table["headline"] & (table["peer_year"] == 2018), secondary=True)
