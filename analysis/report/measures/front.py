"""What the front page says in numbers: each figure comes from the measures of the chapter that owns it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data import sectors as sector_codes
from analysis.data.countries import OECD
from analysis.report.measures import gap, gap_sizes, league, size_tables
from analysis.report.values import listing, ordinal, position

Load = Callable[[str], pd.DataFrame]
LATEST = ("oecd-pdb-2026-09", 2023)
"""The newest vintage and year of GDP per hour that ranks Korea."""
EARLIER = 2011
"""The first year of that vintage with Korea."""
OLDER = ("oecd-pdb-2024-06", "constant_2015_ppp", 2022)
"""The vintage nearest the argument's figure."""


def per_hour(load: Load, year: int = LATEST[1]) -> pd.Series:
    """Return GDP per hour of the OECD members in the newest vintage, US dollars, indexed by country."""
    table = load("gdp_per_hour")
    rows = table[(table["vintage"] == LATEST[0]) & (table["year"] == year) & table["country"].isin(OECD)]
    return rows.set_index("country")["value"]


def gap_to_the_median(load: Load) -> pd.DataFrame:
    """Return the ranking of the newest year: columns country, name, value."""
    rows = per_hour(load).rename("value").reset_index()
    return rows.assign(name=rows["country"].map(OECD))[["country", "name", "value"]]


def left_out(load: Load) -> str:
    """Return the members without a value in the newest year, each with the last year it has, as a phrase."""
    table = load("gdp_per_hour")
    last = table[table["vintage"] == LATEST[0]].groupby("country")["year"].max()
    held = per_hour(load).index
    ends = {name: f"the series ends in {last[code]}" if code in last else "no series" for code, name in OECD.items()}
    return listing(f"{OECD[code]} ({ends[OECD[code]]})" for code in OECD if code not in held)


def service_ratios(load: Load, ppp: bool = False, group: frozenset = sector_codes.SERVICES) -> pd.Series:
    """Return value added per person in services over manufacturing by OECD member, 2017 (PLD)."""
    accounts = load("sector_accounts")
    accounts = accounts[(accounts["source"] == "PLD") & (accounts["year"] == 2017) & accounts["country"].isin(OECD)]
    if not ppp:
        return sector_codes.relative_productivity(accounts, group=group).droplevel("year")
    priced = sector_codes.at_sector_ppps(accounts, load("sector_price_levels"))
    return sector_codes.relative_productivity(priced, group=group, output="value_added_ppp").droplevel("year")


def two_divides(load: Load) -> pd.DataFrame:
    """Return the two divides for Korea and comparators: columns comparison, ratio."""
    services, rows = service_ratios(load), []
    rows.append(("Services, Korea", services["KOR"]))
    rows.append(("Services, OECD median", services.drop("KOR").median()))
    rows.append(("Small firms, Korea", gap_sizes.korea(load, 2018)[1]))
    rows += [(f"Small firms, {OECD[peer]}", gap_sizes.peer(load, peer)[1]) for peer in gap_sizes.PEERS]
    return pd.DataFrame(rows, columns=["comparison", "ratio"])


def gap_parts(load: Load) -> pd.DataFrame:
    """Return the parts of the gap to the named peers in 2017."""
    return gap.named_peers(gap.sector_table(load), 2017)


def facts(load: Load) -> dict:
    """Return the numbers of the front page by name, per cent as numbers out of a hundred."""
    now, then = per_hour(load), per_hour(load, EARLIER)
    rank, members = position(now, "KOR")
    both = now.index.intersection(then.index)
    table = load("gdp_per_hour")
    older = table[(table["vintage"] == OLDER[0]) & (table["price_basis"] == OLDER[1]) & (table["year"] == OLDER[2])]
    if "KOR" not in set(older["country"]):
        raise ValueError(f"gdp_per_hour holds no Korean value for {OLDER}")
    nominal, real = service_ratios(load), service_ratios(load, ppp=True)
    scores = load("inputs").query("indicator == 'piaac_literacy' and age == '16-65'").set_index("country")["value"]
    ratios = [gap_sizes.korea(load, year)[1] for year in (2018, 2019, 2021)] + [_published(load)]
    sectors = gap_parts(load).set_index(["peer", "part"])["share_of_gap"]
    market = service_ratios(load, ppp=True, group=sector_codes.MARKET_SERVICES)
    table = gap_sizes.size_table(load)
    sizes = table.query("headline").set_index(["peer", "part"])["share_of_peer"]
    mixes = -100 * table.query("peer == 'DEU' and part == 'size mix'")["share_of_peer"]
    return {
        "claimed": int(league.CLAIMED),
        "level": now["KOR"],
        "level_year": str(LATEST[1]),
        "rank": ordinal(rank),
        "members": members,
        "ratio_now": 100 * now["KOR"] / now[both].median(),
        "ratio_then": 100 * then["KOR"] / then[both].median(),
        "then_year": str(EARLIER),
        "old_year": str(OLDER[2]),
        "services": 100 * nominal["KOR"],
        "services_median": 100 * nominal.drop("KOR").median(),
        "services_ppp": 100 * real["KOR"],
        "services_ppp_median": 100 * real.drop("KOR").median(),
        "market_ppp": 100 * market["KOR"],
        "parity": int((nominal.drop("KOR") >= 0.9).sum()),
        "others": len(nominal) - 1,
        "sme_low": 100 * min(ratios),
        "sme_high": 100 * max(ratios),
        "literacy": scores["KOR"],
        "literacy_oecd": scores["OECD"],
        "japan": 100 * size_tables.japan_switch(load),
        "sector_mix": -100 * sectors["United States", "sector mix"],
        "services_usa": 100 * sectors["United States", "services"],
        "services_deu": 100 * sectors["Germany", "services"],
        "services_jpn": 100 * sectors["Japan", "services"],
        "size_mix_low": mixes.min(),
        "size_mix_high": mixes.max(),
        "size_mix": -100 * sizes["DEU", "size mix"],
    }


def _published(load: Load) -> float:
    """Return the highest published ratio of small to large manufacturers since 2009."""
    table = load("size_productivity")
    made = table["industry"].isin(["C", "B-C"]) & (table["comparison"] == "SME over large")
    rows = table[(table["country"] == "KOR") & made]
    rows = rows[rows["comparable"].astype(bool) & (rows["year"] >= 2009)]
    return float(rows["ratio"].max())
