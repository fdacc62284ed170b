"""Persons, not firms: how many Koreans use generative AI beside other countries, and whether firms rank the same.

The shares are a model's, from Microsoft's telemetry, without errors. No reading of claim B1, which is about firms,
rests on them. Ranks are taken within one period, because the last period is a quarter and the others are half-years.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.countries import OECD, missing_members
from analysis.report.claims import Unmeasurable
from analysis.report.measures.adoption_gradients import PLACES
from analysis.report.measures.adoption_tables import KOREAN_YEAR, Load, ai_use
from analysis.report.measures.ranks import RankCorrelation, places, rank_correlation
from analysis.report.values import ordinal

KOREA = "KOR"
NEAREST, LAST = "2025-H1", "2026-Q1"
"""The period nearest to the surveys of firms, and the last one held."""
ROUND = 2025


def persons(load: Load, period: str) -> pd.Series:
    """Return the share of the working-age population that used generative AI, percent by country.

    Raises
    ------
    ValueError
        If the period is not in the table; the message lists those that are.
    """
    table = load("ai_diffusion")
    held = sorted(table["period"].unique())
    if period not in held:
        raise ValueError(f"period={period!r}; held: {', '.join(held)}")
    return table[table["period"] == period].set_index("country")["value"]


def ranks(load: Load) -> pd.DataFrame:
    """Return Korea's share and rank (1 = highest) in every period, among all economies and members of the OECD.

    Returns
    -------
    DataFrame
        Columns period, value (percent), rank, economies, oecd_rank, members. `attrs["missing_members"]` names members
        of the OECD that are not in the table.

    Raises
    ------
    Unmeasurable
        If Korea is not in a period.
    """
    rows = []
    for period in sorted(load("ai_diffusion")["period"].unique()):
        share = persons(load, period)
        if KOREA not in share.index:
            raise Unmeasurable(f"ai_diffusion holds no Korea in {period}")
        member = share[share.index.isin(OECD)]
        rows.append(
            {
                "period": period, "value": share[KOREA], "rank": int((share > share[KOREA]).sum()) + 1,
                "economies": len(share), "oecd_rank": int((member > share[KOREA]).sum()) + 1, "members": len(member),
            }
        )  # fmt: skip
    found = pd.DataFrame(rows)
    found.attrs["missing_members"] = missing_members(load("ai_diffusion")["country"])
    return found


def firms_and_persons(load: Load, period: str = NEAREST) -> pd.DataFrame:
    """Return the share of firms and of persons that use AI, by country with both.

    Returns
    -------
    DataFrame
        Columns country, name, firms (percent of firms with 10+ persons: Europe 2025, Korea end of 2024), persons
        (percent of the working-age population), secondary (Korea's rate of firms is read in the press).
        `attrs["left_out"]` names countries with firms but without persons.
    """
    used, share = ai_use(load, ROUND, "10+", korea=KOREAN_YEAR[ROUND]), persons(load, period)
    both = sorted(set(used.index) & set(share.index))
    found = pd.DataFrame({"country": both, "firms": used[both].to_numpy(), "persons": share[both].to_numpy()})
    found.insert(1, "name", found["country"].map(PLACES))
    found["secondary"] = found["country"] == KOREA
    found.attrs["left_out"] = [PLACES[code] for code in sorted(set(used.index) - set(both))]
    return found


def agreement(load: Load, period: str = NEAREST) -> RankCorrelation:
    """Return the rank correlation of firms and persons over the countries with both."""
    rows = firms_and_persons(load, period).set_index("country")
    try:
        return rank_correlation(rows["firms"], rows["persons"])
    except ValueError as problem:
        raise Unmeasurable(f"no rank correlation: {problem}") from problem


def facts(load: Load) -> dict:
    """Return the numbers of the page: shares in percent, ranks in words, the gain in percentage points.

    Raises
    ------
    Unmeasurable
        If Korea is not in the tables.
    """
    table, found = ranks(load).set_index("period"), agreement(load)
    near, late = table.loc[NEAREST], table.loc[LAST]
    first, last = (firms_and_persons(load, period).set_index("country") for period in (NEAREST, LAST))
    by_firms, by_persons, n = places(first["firms"], first["persons"], KOREA)
    gain = persons(load, LAST) - persons(load, NEAREST)
    return {
        "persons": near["value"], "persons_rank": ordinal(int(near["rank"])), "economies": int(near["economies"]),
        "persons_oecd": ordinal(int(near["oecd_rank"])), "members": int(near["members"]),
        "persons_last": late["value"], "persons_rank_last": ordinal(int(late["rank"])),
        "persons_oecd_last": ordinal(int(late["oecd_rank"])),
        "gain": gain[KOREA], "gain_rank": ordinal(int((gain > gain[KOREA]).sum()) + 1),
        "both": n, "both_firms": ordinal(by_firms), "both_persons": ordinal(by_persons),
        "both_persons_last": ordinal(places(last["firms"], last["persons"], KOREA)[1]),
        "people_rho": found.rho, "people_low": found.low, "people_high": found.high,
    }  # fmt: skip
