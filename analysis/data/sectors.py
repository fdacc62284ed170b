"""Sectors: codes, names, which source has which, the groups that chapters use, and relative productivity.

A sector code is a union of ISIC Rev.4 sections joined by `+`, such as `G+I`. Sources on ISIC Rev.3 (10SD, EUKLEMS) are
mapped to the nearest sections: telecommunications go with transport (`H+J`), so that publishing stays in manufacturing,
computer services in business services, sewerage and the media in other services.

The headline definition of "services over manufacturing" is value added per person in `SERVICES` (all of G to U: real
estate and public services are in) over that in `MANUFACTURING`, value added and persons each summed before dividing. At
sector PPPs the value added of each sector is divided by its own PPP (`at_sector_ppps`) and then summed. In the
Productivity Level Database of 2017 this gives Korea 0.498 at current national prices, third lowest of the 38 members
of the OECD (median of the others 0.814, mean of the G7 0.754), and 1.034 at sector PPPs (median of the others 1.286,
USA 0.640).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

NAMES = {
    "A": "Agriculture, forestry and fishing",
    "B": "Mining and quarrying",
    "C": "Manufacturing",
    "D+E": "Electricity, gas, water and waste",
    "F": "Construction",
    "G": "Wholesale and retail trade",
    "I": "Hotels and restaurants",
    "G+I": "Trade, hotels and restaurants",
    "H": "Transport and storage",
    "H+J": "Transport, information and communication",
    "J+M+N": "Information, communication and business services",
    "K": "Finance and insurance",
    "L": "Real estate",
    "M+N": "Business services",
    "K+L+M+N": "Finance, real estate and business services",
    "O": "Public administration and defence",
    "P": "Education",
    "Q": "Health and social work",
    "O+P+Q": "Public administration, education and health",
    "R+S": "Arts, recreation and other services",
    "T": "Households as employers",
    "U": "Extraterritorial organisations",
    "R+S+T+U": "Other services",
    "O+P+Q+R+S+T+U": "Public and other services",
}
"""Sector code to readable name."""

_PLD = {
    "agr": "A", "min": "B", "man": "C", "pu": "D+E", "con": "F", "trd": "G+I", "tra": "H", "bus": "J+M+N", "fin": "K",
    "dwe": "L", "pub": "O+P+Q", "oth": "R+S+T+U",
}  # fmt: skip
_ETD = {
    "Agriculture": "A", "Mining": "B", "Manufacturing": "C", "Utilities": "D+E", "Construction": "F",
    "Trade services": "G+I", "Transport services": "H", "Business services": "J+M+N", "Financial services": "K",
    "Real estate": "L", "Government services": "O+P+Q", "Other services": "R+S+T+U",
}  # fmt: skip
_TEN = {
    "Agriculture ": "A", "Mining": "B", "Manufacturing": "C", "Utilities": "D+E", "Construction": "F",
    "Trade, restaurants and hotels": "G+I", "Transport, storage and communication": "H+J",
    "Finance, insurance, real estate and business services": "K+L+M+N", "Government services": "O+P+Q",
    "Community, social and personal services": "R+S+T+U",
}  # fmt: skip
_APO = {
    "A_agriculture": "A", "B_mining": "B", "C_manufacturing": "C", "DE_utilities": "D+E", "F_construction": "F",
    "GI_trade_accom_food": "G+I", "HJ_transport_comm": "H+J", "KLMN_fin_re_business": "K+L+M+N",
    "OtoU_community": "O+P+Q+R+S+T+U",
}  # fmt: skip
_KLEMS = {
    "AtB": "A", "C": "B", "D": "C", "E": "D+E", "F": "F", "G": "G", "H": "I", "I": "H+J", "J": "K", "70": "L",
    "71t74": "M+N", "L": "O", "M": "P", "N": "Q", "O": "R+S", "P": "T", "Q": "U",
}  # fmt: skip

CODES = {"ETD": _ETD, "10SD": _TEN, "APO": _APO, "EUKLEMS": _KLEMS, "PLD": _PLD}
"""Source to {the publisher's sector label: our sector code}. The labels of one source do not overlap and cover all."""

REVISION = {
    "ETD": "ISIC Rev.4",
    "10SD": "ISIC Rev.3.1",
    "APO": "ISIC Rev.4",
    "EUKLEMS": "ISIC Rev.3",
    "PLD": "ISIC Rev.4",
}
"""Source to the revision of ISIC that its sectors follow."""

MANUFACTURING = frozenset("C")
REAL_ESTATE = frozenset("L")
PUBLIC_SERVICES = frozenset("OPQ")
SERVICES = frozenset("GHIJKLMNOPQRSTU")
"""All services, public ones and real estate included: the headline definition. Each source can form it."""

SERVICES_WITHOUT_REAL_ESTATE = SERVICES - REAL_ESTATE
MARKET_SERVICES = SERVICES - PUBLIC_SERVICES - REAL_ESTATE
"""Market services of Inklaar and Timmer (2014): no public services, no real estate. 10SD and APO cannot form it."""

MARKET_SERVICES_WITH_REAL_ESTATE = SERVICES - PUBLIC_SERVICES
BUSINESS_ECONOMY_SERVICES = frozenset("GHIJKLMN")
"""Services of the sections G to N, real estate included: the market group that every source can form."""

SECTIONS = frozenset("ABCDEFGHIJKLMNOPQRSTU")

MAY_BE_ABSENT = frozenset("TU")
"""Sections that a source may leave out because nobody is counted there."""

REAL_ESTATE_COUNTED_ELSEWHERE = {
    "ETD": ("COL", "ECU", "IND"),
    "PLD": ("COL", "ECU", "IND"),
}
"""Source to countries whose real estate has value added but no persons in any year: they are counted in `J+M+N`.

Senegal (to 2005) and Laos (2005) lack them in some years only. Leaving real estate out of services takes away value
added in these countries and no persons, which understates what is left.
"""


def sections(code: str) -> frozenset[str]:
    """Return the ISIC sections of a sector code.

    Raises
    ------
    ValueError
        If the code is not one of `NAMES`; the message lists the legal ones.

    Examples
    --------
    >>> sorted(sections("G+I"))
    ['G', 'I']
    """
    if code not in NAMES:
        raise ValueError(f"no sector {code!r}; legal codes: {', '.join(NAMES)}")
    return frozenset(code.split("+"))


def members(source: str, group: Iterable[str]) -> tuple[str, ...]:
    """Return the sector codes of a source that make up a group of sections.

    Parameters
    ----------
    source : str
        One of `CODES`.
    group : set of str
        ISIC sections, such as `SERVICES`.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If there is no such source, or if a sector of the source lies partly in the group: the source cannot form it.

    Examples
    --------
    >>> members("PLD", MARKET_SERVICES)
    ('G+I', 'H', 'J+M+N', 'K', 'R+S+T+U')
    >>> members("APO", SERVICES_WITHOUT_REAL_ESTATE)
    Traceback (most recent call last):
        ...
    ValueError: APO cannot form this group: K+L+M+N lies partly in it
    """
    if source not in CODES:
        raise ValueError(f"no source {source!r}; legal sources: {', '.join(CODES)}")
    group = frozenset(group)
    straddling = [code for code in CODES[source].values() if sections(code) & group and not sections(code) <= group]
    if straddling:
        raise ValueError(f"{source} cannot form this group: {', '.join(straddling)} lies partly in it")
    return tuple(code for code in CODES[source].values() if sections(code) <= group)


def total_of(table: pd.DataFrame, group: Iterable[str], *, value: str) -> pd.Series:
    """Sum a column over the sectors of a group, by country and year.

    Parameters
    ----------
    table : DataFrame
        Rows of one source of `sector_accounts`, with columns country, year, sector and `value`.
    group : set of str
        ISIC sections, such as `SERVICES`.
    value : str
        The column to sum.

    Returns
    -------
    Series
        Indexed by country and year. Only cells for which the sectors with a value cover the whole group (sections of
        `MAY_BE_ABSENT` aside): where a sector is missing or lies partly outside the group there is no row.

    Raises
    ------
    ValueError
        If the table lacks a column or holds more than one source.

    Examples
    --------
    >>> table = pd.DataFrame({"country": "KOR", "year": 2017, "sector": ["C", "K", "L"], "employment": [9.0, 2.0, 1.0]})
    >>> total_of(table, {"K", "L"}, value="employment").tolist()
    [3.0]
    """
    lacking = [column for column in ("country", "year", "sector", value) if column not in table]
    if lacking:
        raise ValueError(f"the table lacks the columns {', '.join(lacking)}; it has {', '.join(table.columns)}")
    if "source" in table and table["source"].nunique() > 1:
        raise ValueError(f"the table mixes the sources {', '.join(sorted(table['source'].unique()))}: choose one")
    group = frozenset(group)
    table = pd.DataFrame(table, copy=False)
    table.attrs = {}  # pandas would copy them at every step
    needed = group - MAY_BE_ABSENT
    covered = {code: len(sections(code) & needed) for code in table["sector"].unique() if sections(code) <= group}
    rows = table[table["sector"].isin(covered) & table[value].notna()]
    key = [rows["country"], rows["year"]]
    whole = rows["sector"].map(covered).groupby(key).sum() == len(needed)  # the sectors of one source do not overlap
    return rows[value].groupby(key).sum()[whole]


def relative_productivity(
    table: pd.DataFrame,
    *,
    group: Iterable[str] = SERVICES,
    base: Iterable[str] = MANUFACTURING,
    output: str = "value_added",
    labour: str = "employment",
) -> pd.Series:
    """Productivity in one group of sectors relative to another, by country and year.

    Parameters
    ----------
    table : DataFrame
        Rows of one source of `sector_accounts`.
    group, base : set of str
        ISIC sections; all services over manufacturing by default.
    output, labour : str
        Columns for output and labour input; both are summed over the sectors before dividing.

    Returns
    -------
    Series
        Ratio (1 = parity), indexed by country and year, for the cells that the table covers completely.

    Raises
    ------
    ValueError
        As `total_of`.

    Examples
    --------
    >>> table = pd.DataFrame({"country": "KOR", "year": 2017, "sector": ["C", "K", "L"],
    ...     "value_added": [90.0, 10.0, 8.0], "employment": [9.0, 2.0, 1.0]})
    >>> relative_productivity(table, group={"K", "L"}).tolist()
    [0.6]
    """
    group, base = frozenset(group), frozenset(base)
    above = total_of(table, group, value=output) / total_of(table, group, value=labour)
    below = total_of(table, base, value=output) / total_of(table, base, value=labour)
    return (above / below).dropna().rename("ratio")


def at_sector_ppps(accounts: pd.DataFrame, price_levels: pd.DataFrame) -> pd.DataFrame:
    """Add value added in US dollars at the PPP of each sector to the rows of the Productivity Level Database.

    Parameters
    ----------
    accounts : DataFrame
        `sector_accounts`; rows of other sources than PLD are left out.
    price_levels : DataFrame
        `sector_price_levels`.

    Returns
    -------
    DataFrame
        The rows of PLD with `value_added_ppp`, million US dollars at sector PPPs.

    Raises
    ------
    ValueError
        If a row has no PPP.
    """
    key = ["country", "year", "sector", "source"]
    table = accounts[accounts["source"].eq("PLD")].merge(price_levels[[*key, "ppp"]], on=key, how="left")
    if table["ppp"].isna().any():
        raise ValueError(f"no PPP for {table.loc[table['ppp'].isna(), key].iloc[0].to_dict()}")
    return table.assign(value_added_ppp=table["value_added"] / table["ppp"])
