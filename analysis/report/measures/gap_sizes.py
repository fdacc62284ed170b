"""Manufacturing against Germany, France and the UK: the mix of firm sizes against productivity within sizes.

Value added by size exists for Korea in one table only (KBIZ, from the Mining and Manufacturing Survey): establishments
with 10 or more persons, large or small by the law that applies to their owner. The European tables count enterprises,
large from 250 persons. No table has both on one unit, so the same attribution is run with every share and ratio at hand
and shown as a band.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data.countries import OECD
from analysis.decomposition.gaps import kitagawa
from analysis.report.claims import Unmeasurable
from analysis.report.measures import size_tables

Load = Callable[[str], pd.DataFrame]
PEERS = ("DEU", "FRA", "GBR")
SURVEY = "manufacturing (10+ persons)"
SMALL, LARGE = "SMEs", "large"
YEAR = 2017
"""The year of the sector PPPs that set each country's level for manufacturing as a whole."""


def korea(load: Load, year: int) -> tuple[float, float]:
    """Return the SME share of persons and the SME-over-large ratio of value added per person, from the KBIZ table."""
    figures = load("published_figures")
    rows = figures[(figures["geography"] == "KOR") & (figures["sector"] == SURVEY) & (figures["year"] == year)]
    cells = rows.set_index(["indicator", "size_class"])["value"]
    try:
        persons, value_added = (
            pd.Series({size: cells[what, size] for size in ("SME", "large")})
            for what in ("persons engaged", "value added")
        )
    except KeyError as missing:
        raise Unmeasurable(f"published_figures holds no {missing} for Korean manufacturing in {year}") from missing
    ratio = value_added / persons
    return float(persons["SME"] / persons.sum()), float(ratio["SME"] / ratio["large"])


def peer(load: Load, country: str, year: int = 2018, from_ten: bool = True) -> tuple[float, float]:
    """Return the share of persons below 250 and their value added per person over that of 250 and more.

    Parameters
    ----------
    country : str
    year : int
    from_ten : bool
        Whether to leave out enterprises with fewer than 10 persons, as the Korean survey does.
    """
    table = load("size_value_added")
    rows = table[(table["country"] == country) & (table["year"] == year) & (table["industry"] == "C")]
    rows = rows[rows["size_class"] != "1-9"] if from_ten else rows
    large = rows["size_class"] == "250+"
    persons, output = rows["persons_employed"], rows["persons_employed"] * rows["value_added_per_person"]
    ratio = (output[~large].sum() / persons[~large].sum()) / (output[large].sum() / persons[large].sum())
    return float(persons[~large].sum() / persons.sum()), float(ratio)


def manufacturing_level(load: Load) -> pd.Series:
    """Return value added per person in manufacturing at sector PPPs, 1,000 US dollars, by country."""
    cells = load("sector_accounts")
    cells = cells[(cells["source"] == "PLD") & (cells["year"] == YEAR) & (cells["sector"] == "C")].set_index("country")
    prices = load("sector_price_levels")
    prices = prices[(prices["source"] == "PLD") & (prices["year"] == YEAR) & (prices["sector"] == "C")].set_index(
        "country"
    )
    return (cells["value_added"] / cells["employment"] / prices["ppp"]).dropna()


def choices(load: Load) -> dict[str, tuple[float, float]]:
    """Return the ways to measure Korea's SME share of persons and SME-over-large ratio; the first is the headline."""
    survey = {year: korea(load, year) for year in (2018, 2019, 2021)}
    share, ratio = survey[2018]
    statistics = load("sme_statistics")
    legal = statistics[(statistics["year"] == 2023) & (statistics["industry"] == "C")].set_index("size_class")[
        "persons_engaged"
    ]
    units = load("size_employment")
    units = units[(units["country"] == "KOR") & (units["industry"] == "C") & (units["year"] == 2022)].set_index(
        "size_class"
    )["persons_employed"]
    if legal.empty or units.empty:
        raise Unmeasurable("sme_statistics or size_employment holds no Korean manufacturing")
    published = load("size_productivity")
    oecd = published[
        (published["country"] == "KOR") & (published["size_small"] == "1-249") & (published["size_large"] == "250+")
    ]
    return {
        "survey of establishments, 2018": survey[2018],
        "survey of establishments, 2019": survey[2019],
        "survey of establishments, 2021": survey[2021],
        "enterprises by law, 2023 shares": (float(1 - legal["non-SME"] / legal.sum()), ratio),
        "establishments below 250 persons, 2022 shares": (float(1 - units["250+"] / units.sum()), ratio),
        "shares moved as Japan's were by counting enterprises": (share - size_tables.japan_switch(load), ratio),
        "OECD ratio below and above 250 persons": (share, float(oecd["ratio"].iloc[0])),
    }


def split(levels: pd.Series, own: tuple[float, float], other: tuple[float, float], country: str) -> dict[str, float]:
    """Take the gap in manufacturing apart into the mix of sizes, SME productivity and large-firm productivity.

    Parameters
    ----------
    levels : Series
        Value added per person in manufacturing by country; the size cells are scaled to it.
    own, other : pair of float
        SME share of persons and SME-over-large ratio, of Korea and of the peer.

    Returns
    -------
    dict
        size mix, SMEs, large, total: parts of the gap as shares of the peer's level (negative: Korea behind).
    """
    rows = []
    for code, (share, ratio) in (("KOR", own), (country, other)):
        large = levels[code] / (share * ratio + 1 - share)
        rows += [(code, SMALL, share, large * ratio), (code, LARGE, 1 - share, large)]
    table = pd.DataFrame(rows, columns=["country", "size", "persons", "productivity"])
    tidy = kitagawa(
        table, group="country", category="size", rate="productivity", weight="persons", reference=country
    ).tidy(detail=True)
    rates = tidy[tidy["component"] == "rate"].set_index("term")["estimate"] / levels[country]
    mix = tidy.loc[tidy["component"] == "composition", "estimate"].sum() / levels[country]
    return {
        "size mix": float(mix),
        SMALL: float(rates[SMALL]),
        LARGE: float(rates[LARGE]),
        "total": float(mix + rates.sum()),
    }


def size_table(load: Load) -> pd.DataFrame:
    """Return the parts of Korea's gap in manufacturing to each peer, by every way of measuring.

    Returns
    -------
    DataFrame
        Columns specification, headline, peer, part, share_of_peer (negative: Korea behind).
    """
    levels, own = manufacturing_level(load), choices(load)
    peers = {
        "2018, from 10 persons": {},
        "2018, all sizes": {"from_ten": False},
        "2016, before profiling": {"year": 2016},
    }
    rows = []
    for name, pair in own.items():
        for base, choice in peers.items() if name == next(iter(own)) else [next(iter(peers.items()))]:
            for country in PEERS:
                parts = split(levels, pair, peer(load, country, **choice), country)
                label = name if base == next(iter(peers)) else f"{name}; peers {base}"
                rows += [(label, label == next(iter(own)), country, part, value) for part, value in parts.items()]
    return pd.DataFrame(rows, columns=["specification", "headline", "peer", "part", "share_of_peer"])


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """Return the headline parts of the gap, peers by name."""
    rows = table[table["headline"]]
    return rows.assign(peer=rows["peer"].map(OECD))[["peer", "part", "share_of_peer"]]
