"""Claims B1 and B2 on one screen: the strongest evidence for and against, and the numbers of the page."""

from __future__ import annotations

import pandas as pd

from analysis.report.measures import adoption_gradients as gradients
from analysis.report.measures import adoption_korea as korea
from analysis.report.measures import adoption_pace as pace
from analysis.report.measures import us_technology as us
from analysis.report.measures.adoption_tables import EUROPE, KOREA, KOREAN_YEAR, US, Load
from analysis.report.values import ordinal


def facts(load: Load) -> dict:
    """Return the numbers of the page by name; rates in percent, gaps in percentage points, ratios in times.

    Raises
    ------
    Unmeasurable
        If a table holds too little.
    """
    return {**_level_facts(load), **_gradient_facts(load), **_pace_facts(load), **_us_facts(load)}


def _level_facts(load: Load) -> dict:
    rows = korea.whole(load)
    own = rows[rows["survey"] == KOREA].set_index("year")["value"]
    by_survey = {name: rows[rows["survey"] == name].sort_values("year") for name in rows["survey"].unique()}
    census = by_survey[korea.CENSUS]
    census = census[census["year"] == census["year"].max()]
    rank, n = korea.place(load, 2025, "10+", KOREAN_YEAR[2025])
    before, n_before = korea.place(load, 2024, "10+", KOREAN_YEAR[2024])
    old, n_old = korea.place(load, 2021, "10+", korea.BEFORE[2021])
    outlook, n_outlook = korea.outlook_rank(load)
    sections = korea.section_changes(load).set_index("industry")
    every = korea.survey_table(load)["value"]
    return {
        "nia": own[2024], "nia_2023": own[2023], "nia_2022": own[2022], "nia_old": own[2021],
        "census_low": census["value"].min(), "census_high": census["value"].max(),
        "panel": by_survey[korea.PANEL]["value"].iloc[-1], "factories": by_survey[korea.FACTORIES]["value"].iloc[-1],
        "federation": by_survey[korea.FEDERATION]["value"].iloc[-1], "lowest": every.min(), "highest": every.max(),
        "rank": ordinal(rank), "ranked": n, "rank_before": ordinal(before), "ranked_before": n_before,
        "rank_old": ordinal(old), "ranked_old": n_old, "outlook": ordinal(outlook), "outlook_n": n_outlook,
        "needed": int(n * 0.2), "census_share": 100 * census["value"].max() / own[2024],
        "finance": sections.at["K", "new"], "construction": sections.at["F", "new"],
    }  # fmt: skip


def _gradient_facts(load: Load) -> dict:
    held, table = gradients.gradients(load), gradients.europe_and_korea(load).set_index("country")
    order = gradients.ratio_and_gap(load)
    own, union = table.loc["KOR"], table.loc["EU"]
    first = gradients.one(held, EUROPE, "EU", 2021)
    middle = gradients.one(held, EUROPE, "EU", 2024)
    usa = gradients.one(held, US, "USA", 2021)
    start = gradients.one(held, KOREA, "KOR", 2022)
    single = table.dropna(subset="rank_ratio")
    steepest, widest = single["ratio"].idxmax(), single["gap"].idxmax()
    return {
        "small": own["small"], "large": own["large"], "ratio": own["ratio"], "gap": own["gap"],
        "rank_ratio": ordinal(int(own["rank_ratio"])), "rank_gap": ordinal(int(own["rank_gap"])),
        "gradients": len(single), "eu_small": union["small"], "eu_large": union["large"], "eu_ratio": union["ratio"],
        "eu_gap": union["gap"], "eu_ratio_2021": first["ratio"], "eu_gap_2021": first["gap"],
        "eu_ratio_2024": middle["ratio"], "eu_gap_2024": middle["gap"],
        "us_ratio": usa["ratio"], "us_gap": usa["gap"], "ratio_2022": start["ratio"], "gap_2022": start["gap"],
        "small_2022": start["small"], "large_2022": start["large"],
        "order_rho": order.rho, "order_low": order.low, "order_high": order.high,
        "steepest": table.at[steepest, "name"], "steepest_ratio": table.at[steepest, "ratio"],
        "steepest_gap": table.at[steepest, "gap"], "steepest_gap_rank": ordinal(int(table.at[steepest, "rank_gap"])),
        "widest": table.at[widest, "name"], "widest_ratio": table.at[widest, "ratio"],
        "widest_gap": table.at[widest, "gap"], "cases": len(held), "leading": int((held["ratio"] > 1).sum()),
    }  # fmt: skip


def _pace_facts(load: Load) -> dict:
    table = pace.pace_table(load).set_index(["window", "scale"])
    europe, own, later = (table.loc[name] for name in ("Europe 2021-24", "Korea 2022-24", "Europe 2024-25"))
    alone = pace.without_each(load)
    return {
        "odds": europe.at["log-odds", "difference"], "odds_higher": int(europe.at["log-odds", "higher"]),
        "countries": int(europe.at["log-odds", "countries"]), "points": europe.at["points", "difference"],
        "points_higher": int(europe.at["points", "higher"]), "points_small": europe.at["points", "small"],
        "points_large": europe.at["points", "large"], "korea_odds": own.at["log-odds", "difference"],
        "korea_points": own.at["points", "difference"], "later_odds": later.at["log-odds", "difference"],
        "later_points": later.at["points", "difference"], "later_countries": int(later.at["log-odds", "countries"]),
        "alone_name": gradients.PLACES[alone.idxmax()], "alone_high": alone.max(), "alone_low": alone.min(),
    }  # fmt: skip


def _us_facts(load: Load) -> dict:
    rows = us.industries(load)
    cloud, software, robots = (us.correlation(rows, name, "ai_2021") for name in ("cloud", "software", "robotics"))
    made, other = (us.correlation(part, "cloud", "ai_2021") for _, part in rows.groupby(~rows["manufacturing"]))
    bands = us.use_rates(load, "size band")
    later = us.ai_2021(load, "size band")
    figures = load("published_figures").set_index("id")["value"]
    effects = us.association_table(load).set_index("technology")
    return {
        "cloud": cloud.rho, "cloud_low": cloud.low, "cloud_high": cloud.high, "industries": cloud.n,
        "software": software.rho, "robots": robots.rho, "robots_low": robots.low, "robots_high": robots.high,
        "made": made.rho, "made_low": made.low, "made_high": made.high, "made_n": made.n, "outside": other.rho,
        "ai_first": later.iloc[0], "ai_last": later.iloc[-1], "cloud_first": bands["cloud"].iloc[0],
        "cloud_last": bands["cloud"].iloc[-1], "software_first": bands["software"].iloc[0],
        "software_last": bands["software"].iloc[-1], "robots_first": bands["robotics"].iloc[0],
        "robots_last": bands["robotics"].iloc[-1],
        "more_cloud": effects.at[us.CLOUD, "estimate"], "more_robots": effects.at[us.ROBOTICS, "estimate"],
        "more_software": effects.at[us.SOFTWARE, "estimate"], "assets": figures[us.ASSETS],
        "output": figures[us.OUTPUT], "effects_n": int(effects["industries"].iloc[0]),
    }  # fmt: skip


def for_and_against(claim: str, found: dict, estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the strongest evidence for and against a claim, in words with computed numbers.

    Parameters
    ----------
    claim : str
        "B1" or "B2".
    found : dict
        What `facts` returns.
    estimates : DataFrame
        What `adoption_pace.estimates` returns.

    Returns
    -------
    DataFrame
        Columns For, Against, secondary.

    Raises
    ------
    ValueError
        If the claim is another.
    """
    if claim not in _PAIRS:
        raise ValueError(f"claim={claim!r}; legal: {', '.join(_PAIRS)}")
    row = estimates[(estimates["size_class"] == "250+") & estimates["estimator"].str.startswith("least")].iloc[0]
    words = {**found, "low": row["conf_low"], "high": row["conf_high"]}
    rows = [(one.format(**words), other.format(**words)) for one, other in _PAIRS[claim]]
    return pd.DataFrame(rows, columns=["For", "Against"]).assign(secondary=True)


_PAIRS = {
    "B1": (
        (
            "The national survey of firms with 10+ persons finds {nia:.1f} % at the end of 2024, {nia_2023:.1f} % and "
            "{nia_2022:.1f} % in the two years before. †",
            "The same survey found {nia_old:.1f} % at the end of 2021, on its old question. †",
        ),
        (
            "By that survey Korea is {rank_before} of {ranked_before} beside Europe 2024 †, and {outlook} of "
            "{outlook_n} in the OECD's outlook for 2022.",
            "Beside Europe 2025 it is {rank} of {ranked}; on the old question {rank_old} of {ranked_old}. †",
        ),
        (
            "Firms with 10-49 persons alone: {small:.1f} % at the end of 2024. †",
            "Other official surveys find {census_low:.1f} to {census_high:.1f} % (companies with 50+, 2023), "
            "{panel:.1f} % (workplaces with 30+, 2023) and {factories:.1f} % (AI in production, factories, 2024). †",
        ),
    ),
    "B2": (
        (
            "Large firms lead in {leading} of {cases} combinations of survey, country and year: in Korea by "
            "{ratio:.1f} times and {gap:.1f} points (2024) †, in the EU by {eu_ratio:.1f} times and {eu_gap:.1f} "
            "points (2025).",
            "The ratio of the EU moved from {eu_ratio_2021:.1f} (2021) to {eu_ratio_2024:.1f} (2024), on one list of "
            "technologies.",
        ),
        (
            "In percentage points large firms pull away: {points:+.1f} a year in Europe, 2021-24, in {points_higher} "
            "of {countries} countries; {korea_points:+.1f} in Korea, 2022-24. †",
            "In log-odds the difference in Europe is {odds:+.3f} a year ({low:+.3f} to {high:+.3f}); large firms are "
            "faster in {odds_higher} of {countries} countries.",
        ),
        (
            "American industries with more cloud computing in 2016-18 used more AI in 2021: rank correlation "
            "{cloud:.2f}. Korean adopters hold {assets:.0f} times the assets of others (2023). †",
            "Inside manufacturing that correlation is {made:.2f} ({made_low:.2f} to {made_high:.2f}), for robotics "
            "over all industries {robots:.2f} ({robots_low:.2f} to {robots_high:.2f}). No public table crosses size "
            "and industry.",
        ),
    ),
}
"""Claim to pairs of evidence for and against, with places for the numbers."""
