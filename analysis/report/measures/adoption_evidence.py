"""Claims B1 and B2 on one screen: the strongest evidence for and against, and the numbers of the page."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

import pandas as pd

from analysis.data.countries import AGGREGATES
from analysis.report.claims import Judgement
from analysis.report.measures import adoption_gradients as gradients
from analysis.report.measures import adoption_korea as korea
from analysis.report.measures import adoption_pace as pace
from analysis.report.measures import us_technology as us
from analysis.report.measures.adoption_tables import EUROPE, KOREA, KOREAN_YEAR, US, Load
from analysis.report.values import ordinal

FEW_INDUSTRIES = 5
"""Industries with the highest AI use that a second fractional logit leaves out: one in ten."""


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
    first, n_first = korea.place(load, 2023, "10+", KOREAN_YEAR[2023])
    year, moved = int(census["year"].iloc[0]), korea.one_year(load)
    return {
        "nia": own[2024], "nia_2023": own[2023], "nia_2022": own[2022], "nia_old": own[2021],
        "census_low": census["value"].min(), "census_high": census["value"].max(),
        "panel": by_survey[korea.PANEL]["value"].iloc[-1], "factories": by_survey[korea.FACTORIES]["value"].iloc[-1],
        "federation": by_survey[korea.FEDERATION]["value"].iloc[-1], "lowest": every.min(), "highest": every.max(),
        "rank": ordinal(rank), "ranked": n, "rank_before": ordinal(before), "ranked_before": n_before,
        "rank_old": ordinal(old), "ranked_old": n_old, "outlook": ordinal(outlook), "outlook_n": n_outlook,
        "needed": int(n * 0.2), "census_share": 100 * census["value"].max() / own[year],
        "census_year": str(year), "rank_first": ordinal(first), "ranked_first": n_first,
        "whole_moved": moved["whole"], "small_moved": moved["small"], "middle_2022": moved["middle"],
        **{name: moved[name] for name in ("most_large", "share_low", "share_high", "implied_low", "implied_high")},
        "finance": sections.at["K", "new"], "construction": sections.at["F", "new"],
    }  # fmt: skip


def _gradient_facts(load: Load) -> dict:
    held, table = gradients.gradients(load), gradients.europe_and_korea(load).set_index("country")
    order = gradients.ratio_and_gap(load)
    own, union = table.loc["KOR"], table.loc["EU"]
    first = gradients.one(held, EUROPE, "EU", 2021)
    second, middle = (gradients.one(held, EUROPE, "EU", year) for year in (2023, 2024))
    usa = gradients.one(held, US, "USA", 2021)
    start = gradients.one(held, KOREA, "KOR", 2022)
    single = table.dropna(subset="rank_ratio")
    latest = held[held["official"] & ~held["doubtful"] & ~held["country"].isin(AGGREGATES)].sort_values("year")
    latest = latest.groupby(["survey", "country", "tabulated_by"]).tail(1)
    steepest, widest = single["ratio"].idxmax(), single["gap"].idxmax()
    return {
        "small": own["small"], "large": own["large"], "ratio": own["ratio"], "gap": own["gap"],
        "rank_ratio": ordinal(int(own["rank_ratio"])), "rank_gap": ordinal(int(own["rank_gap"])),
        "gradients": len(single), "eu_small": union["small"], "eu_large": union["large"], "eu_ratio": union["ratio"],
        "eu_gap": union["gap"], "eu_ratio_2021": first["ratio"], "eu_gap_2021": first["gap"],
        "eu_ratio_2023": second["ratio"], "eu_gap_2023": second["gap"], "eu_ratio_2024": middle["ratio"],
        "eu_gap_2024": middle["gap"],
        "us_ratio": usa["ratio"], "us_gap": usa["gap"], "ratio_2022": start["ratio"], "gap_2022": start["gap"],
        "small_2022": start["small"], "large_2022": start["large"],
        "order_rho": order.rho, "order_low": order.low, "order_high": order.high,
        "steepest": table.at[steepest, "name"], "steepest_ratio": table.at[steepest, "ratio"],
        "steepest_gap": table.at[steepest, "gap"], "steepest_gap_rank": ordinal(int(table.at[steepest, "rank_gap"])),
        "widest": table.at[widest, "name"], "widest_ratio": table.at[widest, "ratio"],
        "widest_gap": table.at[widest, "gap"], "cases": len(held), "leading": int((held["ratio"] > 1).sum()),
        "groups": len(latest), "leading_groups": int((latest["ratio"] > 1).sum()),
    }  # fmt: skip


def _pace_facts(load: Load) -> dict:
    table = pace.pace_table(load).set_index(["window", "scale"])
    europe, own, recent = (table.loc[name] for name in ("Europe 2021-24", "Korea 2022-24", "Europe 2023-24"))
    alone = pace.without_each(load)
    rates = pace.two_areas(load).set_index(["line", "year"])["value"]
    return {
        "odds": europe.at["log-odds", "difference"], "odds_higher": int(europe.at["log-odds", "higher"]),
        "countries": int(europe.at["log-odds", "countries"]), "points": europe.at["points", "difference"],
        "points_higher": int(europe.at["points", "higher"]), "points_small": europe.at["points", "small"],
        "points_large": europe.at["points", "large"], "korea_odds": own.at["log-odds", "difference"],
        "korea_points": own.at["points", "difference"],
        "korea_apart": own.at["points", "difference"] * (own.at["points", "last"] - own.at["points", "first"]),
        "recent_odds": recent.at["log-odds", "difference"],
        "recent_countries": int(recent.at["log-odds", "countries"]), "small_2023": rates["Korea, 10-49", 2023],
        "same_pace": ceil(pace.same_pace_rate(load)),  # rounded up, so that "or more" is true of what is printed
        "alone_name": gradients.PLACES[alone.idxmax()],
        "alone_high": alone.max(), "alone_low": alone.min(),
    }  # fmt: skip


def intervals(estimates: pd.DataFrame, recent: pd.DataFrame) -> dict:
    """Return the paces with intervals that the page cites, by name, in log-odds a year.

    Parameters
    ----------
    estimates, recent : DataFrame
        What `adoption_pace.estimates` returns, for 2021-24 and for 2023-24.

    Returns
    -------
    dict
        `odds` (250+) and `middle` (50-249) with _low, _high and _p by least squares and the wild bootstrap, `logit` by
        the fractional logit (`middle_logit` for 50-249), and `recent` and `middle_recent` by least squares in 2023-24.
    """
    wild, other = "least squares, wild bootstrap", "fractional logit"
    wanted = {
        "odds": (estimates, wild, "250+"), "middle": (estimates, wild, "50-249"), "logit": (estimates, other, "250+"),
        "recent": (recent, wild, "250+"), "middle_logit": (estimates, other, "50-249"),
        "middle_recent": (recent, wild, "50-249"),
    }  # fmt: skip
    found = {}
    for name, (table, estimator, size) in wanted.items():
        row = table.set_index(["estimator", "size_class"]).loc[(estimator, size)]
        found |= {name: row["estimate"], f"{name}_low": row["conf_low"], f"{name}_high": row["conf_high"]}
        found[f"{name}_p"] = row["p_value"]
    return found


def _us_facts(load: Load) -> dict:
    rows = us.industries(load)
    cloud, software, robots = (us.correlation(rows, name, "ai_2021") for name in ("cloud", "software", "robotics"))
    made, other = (us.correlation(part, "cloud", "ai_2021") for _, part in rows.groupby(~rows["manufacturing"]))
    bands = us.use_rates(load, "size band")
    later = us.ai_2021(load, "size band")
    figures = load("published_figures").set_index("id")["value"]
    effects = us.association_table(load).set_index("technology")
    ranked = us.two_methods(load).set_index("technology")
    unknown = us.unknown(load)
    fewer = us.association_table(load, FEW_INDUSTRIES).set_index("technology").loc[us.CLOUD]
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
        **{
            f"{name}_given{end}": ranked.at[technology, f"rho{end}"]
            for name, technology in (("cloud", us.CLOUD), ("software", us.SOFTWARE)) for end in ("", "_low", "_high")
        },
        "unknown_first": unknown.iloc[0].max(), "unknown_last": unknown.iloc[-1].max(),
        "fewer": FEW_INDUSTRIES, "fewer_cloud": fewer["estimate"], "fewer_low": fewer["conf_low"],
        "fewer_high": fewer["conf_high"],
        "output": figures[us.OUTPUT], "effects_n": int(effects["industries"].iloc[0]),
    }  # fmt: skip


def for_and_against(claim: str, found: dict) -> pd.DataFrame:
    """Return the strongest evidence for and against a claim, in words with computed numbers.

    Parameters
    ----------
    claim : str
        "B1" or "B2".
    found : dict
        What `facts` and `intervals` return, together.

    Returns
    -------
    DataFrame
        Columns Evidence (the label of the row), For, Against, secondary.

    Raises
    ------
    ValueError
        If the claim is another.
    """
    if claim not in _PAIRS:
        raise ValueError(f"claim={claim!r}; legal: {', '.join(_PAIRS)}")
    rows = [(label, one.format(**found), other.format(**found)) for label, one, other in _PAIRS[claim]]
    return pd.DataFrame(rows, columns=["Evidence", "For", "Against"]).assign(secondary=True)


def holds_by_part(judgements: Iterable[Judgement], load: Load) -> pd.DataFrame:
    """Return on how many readings of each part a claim holds.

    Parameters
    ----------
    judgements : iterable of Judgement
        Of B1 and B2.
    load : callable

    Returns
    -------
    DataFrame
        Columns claim, part, holds, readings, headline (bool: whether it holds on the headline), unsure (how many that
        hold have an interval that includes zero; missing where the readings of a part carry no interval).
    """
    table = us.resource_table(load)
    wide = {f"US industries, {label}" for label in table.loc[~table["clear"], "label"]}
    rows = []
    for one in judgements:
        for part, held in one.readings.groupby("part", sort=False):
            unsure = int(held.loc[held["holds"], "label"].isin(wide).sum()) if part == "resources" else pd.NA
            head = bool(held.loc[held["headline"], "holds"].iloc[0])
            rows.append((one.id, part, int(held["holds"].sum()), len(held), head, unsure))
    columns = ["claim", "part", "holds", "readings", "headline", "unsure"]
    return pd.DataFrame(rows, columns=columns).astype({"unsure": "Int64"})


def of_korea(judged: Judgement, part: str) -> int:
    """Return on how many readings that are Korea's a part of a claim holds."""
    rows = judged.readings[judged.readings["part"] == part]
    return int((rows["holds"] & rows["label"].str.startswith("Korea")).sum())


_PAIRS = {
    "B1": (
        (
            "Level",
            "The national survey, 10+ persons: {nia:.1f} % at the end of 2024, {nia_2023:.1f} and {nia_2022:.1f} % in "
            "the two years before. †",
            "The same survey on its old question: {nia_old:.1f} % at the end of 2021. †",
        ),
        (
            "Other rates",
            "The national survey, 10-49 persons alone: {small:.1f} % at the end of 2024. †",
            "Companies with 50+: {census_low:.1f} to {census_high:.1f} %; workplaces with 30+: {panel:.1f} % (both "
            "2023); in production, factories: {factories:.1f} % (2024). †",
        ),
        (
            "Rank",
            "{rank_before} of {ranked_before} beside Europe 2024, {rank_first} of {ranked_first} beside Europe 2023, "
            "{outlook} of {outlook_n} in the OECD's outlook for 2022. †",
            "Latest match, Europe 2025: {rank} of {ranked}, where the top fifth ends at place {needed}. Old question: "
            "{rank_old} of {ranked_old}. †",
        ),
    ),
    "B2": (
        (
            "Gap",
            "Large firms lead in {leading_groups} of {groups} surveys by country; in Korea by {ratio:.1f} times and "
            "{gap:.1f} points (2024) †, in the EU by {eu_ratio:.1f} times (2025).",
            "The EU's ratio on one list of technologies: {eu_ratio_2021:.1f} in 2021, {eu_ratio_2023:.1f} in 2023, "
            "{eu_ratio_2024:.1f} in 2024.",
        ),
        (
            "Pace",
            "Points a year: {points:+.1f} in Europe (2021-24), {korea_points:+.1f} in Korea (2022-24) †. Log-odds: "
            "{korea_odds:+.2f} in Korea †.",
            "Log-odds a year in Europe: {odds:+.2f} ({odds_low:+.2f} to {odds_high:+.2f}) in 2021-24, {recent:+.2f} "
            "({recent_low:+.2f} to {recent_high:+.2f}) in 2023-24.",
        ),
        (
            "Resources",
            "US industries with more cloud computing used more AI: {cloud:.2f} ({cloud_low:.2f} to {cloud_high:.2f}). "
            "Korean adopters hold {assets:.0f} times the assets of others (2023). †",
            "Inside manufacturing {made:.2f} ({made_low:.2f} to {made_high:.2f}); for robotics {robots:.2f} "
            "({robots_low:.2f} to {robots_high:.2f}). What firms had before they adopted is in no table.",
        ),
    ),
}
"""Claim to its evidence: a neutral label, for and against, with places for the numbers."""
