"""What Korean sectors produce at sector PPPs against the United States, and services per hour in other members."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import OECD
from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
PARTS = {
    "manufacturing": codes.MANUFACTURING,
    "market services": codes.MARKET_SERVICES,
    "real estate": codes.REAL_ESTATE,
    "public services": codes.PUBLIC_SERVICES,
    "all services": codes.SERVICES,
}
PRIVATE = "G+H+I+J+M+N"
"""The private services of `sector_comparators`: no finance, real estate, public or other services."""


def to_the_us(load: Load, year: int = 2017) -> pd.DataFrame:
    """Return Korea's value added per person over the American, at sector PPPs, by group of sectors.

    Returns
    -------
    DataFrame
        Columns group, ratio (USA = 1), source.
    """
    accounts, prices = load("sector_accounts"), load("sector_price_levels")
    rows = accounts[(accounts["year"] == year) & accounts["country"].isin(["KOR", "USA"])]
    if "KOR" not in set(rows.loc[rows["source"] == "PLD", "country"]):
        raise Unmeasurable(f"sector_accounts holds no Korean row for {year} in PLD")
    rows = codes.at_sector_ppps(rows, prices)
    found = []
    for name, group in PARTS.items():
        output, persons = (codes.total_of(rows, group, value=one) for one in ("value_added_ppp", "employment"))
        level = (output / persons).droplevel("year")
        found.append((name, float(level["KOR"] / level["USA"]), f"PLD 2023, {year}, per person"))
    return pd.DataFrame(found, columns=["group", "ratio", "source"])


def to_the_us_2005(load: Load) -> pd.DataFrame:
    """Return the same from the older benchmark for 2005, which counts hours: columns group, ratio, source."""
    table = load("sector_benchmark_2005")
    rows = table[table["country"] == "KOR"].set_index("group")["value_added_per_hour"]
    if rows.empty:
        raise Unmeasurable("sector_benchmark_2005 holds no Korean row")
    names = {"manufacturing": "manufacturing", "market_services": "market services", "services": "all services"}
    rows = rows.loc[list(names)].rename(index=names)
    return rows.rename_axis("group").rename("ratio").reset_index().assign(source="benchmark of 2014, 2005, per hour")


def comparators(load: Load, year: int = 2007, labour: str = "hours") -> pd.Series:
    """Return private services over manufacturing by OECD member (current prices), per hour or per person.

    Raises
    ------
    ValueError
        If `labour` is neither hours nor employment.
    """
    if labour not in ("hours", "employment"):
        raise ValueError(f"labour={labour!r}; legal: hours, employment")
    table = load("sector_comparators")
    rows = table[(table["year"] == year) & table["country"].isin(OECD)]
    level = (rows["value_added"] / rows[labour]).groupby([rows["country"], rows["sector"]]).first().unstack()
    if rows.empty or PRIVATE not in level:
        raise Unmeasurable(f"sector_comparators holds no private services for {year}")
    return (level[PRIVATE] / level["C"]).dropna().rename("ratio")


def private_services_in_korea(load: Load, labour: str = "hours", year: int = 2007) -> float:
    """Return the same ratio for Korea from EU KLEMS, the one source with hours."""
    table = load("sector_accounts")
    rows = table[(table["source"] == "EUKLEMS") & (table["country"] == "KOR") & (table["year"] == year)]
    if rows.empty:
        raise Unmeasurable(f"sector_accounts holds no Korean row in EUKLEMS for {year}")
    group = frozenset(PRIVATE.replace("+", ""))
    return float(codes.relative_productivity(rows, group=group, labour=labour).iloc[0])
