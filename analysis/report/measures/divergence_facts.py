"""The numbers of the page on divergence, and the strongest evidence for and against its claim side by side."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import divergence, exposure, frontier
from analysis.report.measures.divergence import NEITHER, STRONGER, WEAKER
from analysis.report.measures.shares import exact_interval
from analysis.report.measures.size_tables import Load

STUDIES = {"concentrated": "AIE-108", "patents": "EFF-B-021"}
"""Estimates without a number that are cited by name: who gains is in the authors' own abstract."""


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
    changes, counted = frontier.changes_since_counted(load), frontier.first_counted(load)
    table = load("effect_estimates")
    compared = pd.concat([divergence.compared(table, part) for part in divergence.LEVELS])
    sure = compared["std_error"].notna() | compared["interval_kind"].eq("95 % confidence")
    contrasts = divergence.by_strength(load).set_index("id")
    every = divergence.force_multiplier(load)
    refereed = {one.part: one for one in every if one.turns_on == "refereed"}
    if not {"firms", "workers"} <= set(refereed):
        raise Unmeasurable("effect_estimates holds too few refereed studies of firms or of workers that say who gains")
    rho, top, scores = exposure.correlate(load), exposure.most_productive(load), exposure.structure(load)
    eu = exposure.agreement(load).set_index("compared").loc["AI use of firms in the EU, 2025"]
    added, sold = (
        changes[changes["label"].str.startswith(name)].set_index("first") for name in (frontier.ADDED, frontier.SOLD)
    )
    firms, workers = (tally.xs(name).to_dict() for name in ("firms", "workers and tasks"))
    firms_n, workers_n = sum(firms.values()), sum(workers.values())
    firms_ends = exact_interval(int(firms[STRONGER]), int(firms_n))
    workers_ends = exact_interval(int(workers[WEAKER]), int(workers_n))
    shares = divergence.share_rows(pd.DataFrame([vars(one) for one in every]).assign(holds=pd.NA))
    kiet = frontier.since_1980(load).query("series.str.startswith('KIET')").set_index("year")["percent"]
    before, since = added.index.min(), added.at[counted, "last"]
    sold_until = sold.at[counted, "last"]
    found = {
        "firms_stronger": firms[STRONGER], "firms_weaker": firms[WEAKER], "firms_neither": firms[NEITHER],
        "firms_n": firms_n, "firms_low": 100 * firms_ends[0], "firms_high": 100 * firms_ends[1],
        "firms_margin": divergence.margin(firms[STRONGER], firms_n),
        "workers_stronger": workers[STRONGER], "workers_weaker": workers[WEAKER],
        "workers_neither": workers[NEITHER], "workers_n": workers_n,
        "workers_low": 100 * workers_ends[0], "workers_high": 100 * workers_ends[1],
        "firms_refereed": refereed["firms"].shown, "workers_refereed": refereed["workers"].shown,
        "firms_refereed_counts": refereed["firms"].shown.split(" (")[0],
        "shares": len(shares), "untold": ((shares["low"] < 0.5) & (shares["high"] > 0.5)).sum(),
        "peak_year": kiet.idxmax(), "peak": kiet.max(), "peak_from_year": kiet.index.min(), "peak_from": kiet.iloc[0],
        "estimates": len(compared), "with_error": sure.sum(),
        "strong_entrepreneurs": contrasts.at["AIE-054", "estimate"],
        "weak_entrepreneurs": contrasts.at["AIE-055", "estimate"],
        "agents": contrasts.at["AIE-001", "estimate"], "agents_low": contrasts.at["AIE-001", "conf_low"],
        "agents_high": contrasts.at["AIE-001", "conf_high"], "novices": contrasts.at["EFF-B-002", "estimate"],
        "period": growth.at[0, "period"], "leaders_made": growth.at[0, "leaders"], "rest_made": growth.at[0, "rest"],
        "leaders_services": growth.at[1, "leaders"], "rest_services": growth.at[1, "rest"],
        "use_small_first": gap.iloc[0]["small"], "use_large_first": gap.iloc[0]["large"],
        "use_small_last": gap.iloc[-1]["small"], "use_large_last": gap.iloc[-1]["large"],
        "use_gap_first": gap.iloc[0]["gap"], "use_gap_last": gap.iloc[-1]["gap"],
        "use_first": int(gap.iloc[0]["year"]), "use_last": int(gap.iloc[-1]["year"]),
        "counted": counted, "added_before_year": before, "added_last_year": since, "sold_last_year": sold_until,
        "added_before": ratios[frontier.ADDED, before], "added_first": ratios[frontier.ADDED, counted],
        "added_last": ratios[frontier.ADDED, since], "added_change": added.at[counted, "change"],
        "added_change_before": added.at[before, "change"],
        "sold_first": ratios[frontier.SOLD, counted], "sold_last": ratios[frontier.SOLD, sold_until],
        "sold_low": sold.at[counted, "change_low"], "sold_high": sold.at[counted, "change_high"],
        "changes": len(changes), "falls": (changes["change_high"] < 0).sum(),
        "rises": (changes["change_low"] > 0).sum(),
        "rho": rho.rho, "rho_low": rho.low, "rho_high": rho.high, "industries": rho.n,
        "rho_eu": eu["rho"], "rho_eu_low": eu["low"], "rho_eu_high": eu["high"], "n_eu": eu["n"],
        "top_number": top["number"], "top_exposed": top["exposed"], "top_lower": top["lower"],
        "finance": scores.set_index("sector").at["K", "productivity"],
    }  # fmt: skip
    return {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}


def sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim B5, kind by kind.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against, secondary (true: a figure of the row was read in a secondary source; its cell
        carries a dagger).

    Raises
    ------
    Unmeasurable
        If a figure is not held, or a study that is cited by name no longer says what is cited.
    """
    v, table = SimpleNamespace(**facts(load)), load("effect_estimates").set_index("id")
    for key, says in ((STUDIES["concentrated"], STRONGER), (STUDIES["patents"], WEAKER)):
        if key not in table.index or table.at[key, "who_gains"] != says:
            raise Unmeasurable(f"effect_estimates holds no {key} that finds the {says} gain more")
    marks = {name: " †" if bool(table.at[key, "secondary"]) else "" for name, key in STUDIES.items()}
    use = " †" if bool(frontier.gap_in_use(load)["secondary"].any()) else ""
    ratios = frontier.ratios(load)
    sold = " †" if bool(ratios.loc[ratios["series"] == frontier.SOLD, "secondary"].any()) else ""
    rows = [
        (
            "Studies of firms",
            f"{v.firms_stronger} of {v.firms_n} find the stronger gain more. US firms: growth with AI is concentrated "
            f"in the largest (Babina et al.){marks['concentrated']}",
            f"{v.firms_weaker} find the weaker do; refereed: {v.firms_refereed_counts} for the stronger. Firms with AI "
            f"patents: gains sit in SMEs (Damioli et al.){marks['patents']}",
        ),
        (
            "Studies of workers",
            f"{v.workers_stronger} of {v.workers_n} find the stronger gain more",
            f"{v.workers_weaker} of {v.workers_n} find the weaker do",
        ),
        (
            "SMEs over large firms, Korea",
            f"factories, value added per person: {v.added_first:.1f} % in {v.counted}, {v.added_last:.1f} % in "
            f"{v.added_last_year}",
            f"{v.added_before:.1f} % in {v.added_before_year}, so a rise from there; sales per person: "
            f"{v.sold_first:.1f} % in {v.counted}, {v.sold_last:.1f} % in {v.sold_last_year}{sold}",
        ),
        (
            "AI use, Korea",
            f"firms with 250+ persons over those with 10-49: {v.use_gap_first:.1f} points more in {v.use_first}, "
            f"{v.use_gap_last:.1f} in {v.use_last}{use}",
            f"use is no gain; the ratio in factories ends in {v.added_last_year}, before this question",
        ),
    ]
    found = pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
    return found.assign(secondary=[any("†" in cell for cell in row) for row in rows])
