"""The numbers of the page on divergence, and the strongest evidence for and against its claim side by side."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import divergence, exposure, frontier
from analysis.report.measures.divergence import NEITHER, STRONGER, WEAKER
from analysis.report.measures.size_tables import Load, figure

LARGE, SMALL = "EFF-B-013", "EFF-B-015"
"""Sales of large and of small US firms that invested in AI (Babina et al.)."""
AGENTS, NOVICES = "EFF-B-001", "EFF-B-002"
"""Issues resolved per hour by all and by new customer-support agents (Brynjolfsson et al.)."""
PATENTS = "EFF-B-021"
"""Labour productivity of firms that patent AI (Damioli et al.)."""


def facts(load: Load) -> dict:
    """Return the numbers of the page by name.

    Raises
    ------
    Unmeasurable
        If one is not held; the message names it.
    """
    tally = divergence.tally(load).set_index(["level", "who"])["studies"]
    growth, gap = frontier.growth_table(load), frontier.gap_in_use(load)
    ratios = frontier.ratios(load).set_index(["series", "year"])["ratio"] * 100
    changes, rho = frontier.changes_since_counted(load), exposure.correlate(load)
    counted = frontier.first_counted(load)
    table = load("effect_estimates")
    compared = pd.concat([divergence.compared(table, part) for part in divergence.LEVELS])
    sure = compared["std_error"].notna() | compared["interval_kind"].eq("95 % confidence")
    korean, readings = _korean_firms(table), divergence.force_multiplier(load)
    refereed = {one.part: one for one in readings if one.turns_on == "refereed"}
    if set(refereed) != {"firms", "workers"}:
        raise Unmeasurable("effect_estimates holds too few refereed studies of firms or of workers that say who gains")
    eu = exposure.agreement(load).set_index("compared").loc["AI use of firms in the EU, 2025"]
    industries = exposure.structure(load).set_index("sector")
    last_added, last_sold = changes.iloc[0]["last"], changes[changes["table"] == "published_figures"]["last"].max()
    sold = changes[(changes["table"] == "published_figures") & (changes["first"] == counted)].iloc[0]
    found = {
        "firms_stronger": tally["firms", STRONGER], "firms_weaker": tally["firms", WEAKER],
        "firms_neither": tally["firms", NEITHER], "firms_n": tally["firms"].sum(),
        "workers_stronger": tally["workers and tasks", STRONGER], "workers_weaker": tally["workers and tasks", WEAKER],
        "workers_neither": tally["workers and tasks", NEITHER], "workers_n": tally["workers and tasks"].sum(),
        "firms_refereed": refereed["firms"].shown, "workers_refereed": refereed["workers"].shown,
        "estimates": len(compared), "with_error": sure.sum(),
        "large": estimate(load, LARGE), "small": estimate(load, SMALL),
        "agents": estimate(load, AGENTS), "novices": estimate(load, NOVICES),
        "period": growth.at[0, "period"], "leaders_made": growth.at[0, "leaders"], "rest_made": growth.at[0, "rest"],
        "leaders_services": growth.at[1, "leaders"], "rest_services": growth.at[1, "rest"],
        "times": figure(load, frontier.LEVEL)["value"],
        "use_small_first": gap.iloc[0]["small"], "use_large_first": gap.iloc[0]["large"],
        "use_small_last": gap.iloc[-1]["small"], "use_large_last": gap.iloc[-1]["large"],
        "use_gap_first": gap.iloc[0]["gap"], "use_gap_last": gap.iloc[-1]["gap"],
        "use_first": int(gap.iloc[0]["year"]), "use_last": int(gap.iloc[-1]["year"]),
        "counted": counted, "added_last_year": last_added, "sold_last_year": last_sold,
        "added_first": ratios[frontier.ADDED, counted], "added_last": ratios[frontier.ADDED, last_added],
        "sold_first": ratios[frontier.SOLD, counted], "sold_last": ratios[frontier.SOLD, last_sold],
        "sold_low": sold["change_low"], "sold_high": sold["change_high"],
        "falls": (changes["change_high"] < 0).sum(), "rises": (changes["change_low"] > 0).sum(),
        "changes": len(changes), "korean_studies": len(korean), "korean_none": korean["none"].sum(),
        "rho": rho.rho, "rho_low": rho.low, "rho_high": rho.high, "industries": rho.n,
        "rho_eu": eu["rho"], "n_eu": eu["n"],
        "finance": industries.at["K", "productivity"], "manufacturing": industries.at["C", "productivity"],
        "utilities": industries.at["D+E", "productivity"], "manufacturing_place": industries.at["C", "rank_exposure"],
        "utilities_place": industries.at["D+E", "rank_exposure"],
    }  # fmt: skip
    return {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}


def sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim B5, kind by kind.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against, secondary (true: a figure of the row was read in a secondary source; its cell
        carries a dagger).
    """
    v, table = SimpleNamespace(**facts(load)), load("effect_estimates").set_index("id")
    mark = {key: " †" if bool(table.at[key, "secondary"]) else "" for key in (LARGE, SMALL, PATENTS)}
    use = " †" if bool(frontier.gap_in_use(load)["secondary"].any()) else ""
    invested = mark[LARGE] or mark[SMALL]
    rows = [
        (
            "Studies of firms",
            f"{v.firms_stronger} of {v.firms_n} that compare find the stronger firms gain more",
            f"{v.firms_weaker} find the weaker gain more, {v.firms_neither} no order",
        ),
        (
            "Single studies of firms",
            f"US listed firms that invested in AI, 2010-18: sales {v.large:+.1f} % in large, {v.small:+.1f} % in small "
            f"ones{invested}, no standard error",
            f"firms worldwide that patent AI: gains in productivity sit in small and mid-sized ones{mark[PATENTS]}",
        ),
        (
            "Studies of workers and tasks",
            f"{v.workers_stronger} of {v.workers_n} that compare find the stronger workers gain more",
            f"{v.workers_weaker} find the weaker gain more, {v.workers_neither} no order",
        ),
        (
            "AI use in Korea",
            f"gap between firms with 250+ and 10-49 persons: {v.use_gap_first:.1f} points in {v.use_first}, "
            f"{v.use_gap_last:.1f} in {v.use_last}{use}",
            f"use is no gain: {v.korean_none} of {v.korean_studies} Korean studies of firms find none in productivity",
        ),
        (
            "SMEs over large firms, Korea",
            f"value added per person in factories: {v.added_first:.1f} % in {v.counted}, {v.added_last:.1f} % in "
            f"{v.added_last_year}",
            f"sales per person in all enterprises: {v.sold_first:.1f} % in {v.counted}, {v.sold_last:.1f} % in "
            f"{v.sold_last_year} †",
        ),
        (
            "Korean industries",
            f"exposure to AI and value added per person: rank correlation {v.rho:.2f}",
            f"with {v.industries} industries anything from {v.rho_low:.2f} to {v.rho_high:.2f} fits",
        ),
        (
            "Before AI",
            f"top 5 % of audited firms grew {v.leaders_made:.1f} % a year in manufacturing, the rest "
            f"{v.rest_made:.1f} %, {v.period} †",
            "whatever drove that gap, it was not AI, and it may drive the gap now",
        ),
    ]
    found = pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
    return found.assign(secondary=[any("†" in cell for cell in row) for row in rows])


def estimate(load: Load, key: str) -> float:
    """Return one published estimate by its id, or raise `Unmeasurable` naming it."""
    table = load("effect_estimates").set_index("id")
    if key not in table.index or pd.isna(table.at[key, "estimate"]):
        raise Unmeasurable(f"effect_estimates holds no estimate {key}")
    return float(table.at[key, "estimate"])


def _korean_firms(table: pd.DataFrame) -> pd.DataFrame:
    """Return the Korean studies of firms and productivity, one row each, and whether all rows find no gain."""
    rows = table[
        (table["country"] == "KOR") & (table["level"] == "firm") & (table["outcome_kind"] == "productivity")
        & table["direction"].notna() & table["treatment_kind"].isin(divergence.AI)
    ]  # fmt: skip
    if rows.empty:
        raise Unmeasurable("effect_estimates holds no Korean study of firms and productivity")
    return rows.groupby("independent_group")["direction"].agg(none=lambda found: bool((found != "positive").all()))
