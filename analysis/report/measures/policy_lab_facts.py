"""What the policy lab's page and the front page cite of the model, each figure by its name."""

from __future__ import annotations

import pandas as pd

from analysis.policy_lab import calibration, targets
from analysis.report.claims import judge
from analysis.report.measures import insulation_tables
from analysis.report.measures.policy_lab import (
    ALL,
    KEY,
    LATER,
    NO_SLACK,
    SOON,
    TAKEN,
    Load,
    change,
    deepens,
    effect_of_ai,
    region,
)
from analysis.report.measures.policy_lab_costs import costs_facts
from analysis.report.measures.policy_lab_fit import ESTIMATED, fit_table, missed, weakest
from analysis.report.measures.policy_lab_tables import (
    channels_table,
    decides_table,
    flip_table,
    india,
    lot_table,
    map_table,
    paths_table,
    rules_table,
    tax_table,
    wedge_table,
)


def facts(load: Load) -> dict[str, float | int | str]:
    """Return the figures that the page cites, in percent where not said otherwise.

    Returns
    -------
    dict
        Of rules at the central values (budget, change against no support, the tax, what slack does), of the region
        (advantage of tied over flat, shares above zero), of AI (effect on the ratio, paths), of channels and wedges, of
        the fit, and counts.
    """
    seen = _of_rules(load) | _of_region(load) | _of_ai(load) | _of_channels(load) | _of_fit(load) | _of_map(load)
    seen |= _of_contrasts(load) | costs_facts(load)
    return {name: value if isinstance(value, (int, str)) else float(value) for name, value in seen.items()}


def headlines(load: Load) -> dict[str, float]:
    """Return the headline readings of claims C3, C5 (by part) and B6 (by part, as paths_<part>), in percent."""
    found = {}
    for claim, prefix in (("C3", ""), ("C5", ""), ("B6", "paths_")):
        heads = judge(claim, load).readings.query("headline")
        found |= {f"{prefix}{part}": 100 * value for part, value in zip(heads["part"], heads["value"], strict=True)}
    return found


def _of_rules(load: Load) -> dict:
    rules, tax = rules_table(load).set_index("rule"), tax_table(load).set_index("rule")
    by_fit = [rules_table(load, fit).set_index("rule").at["tied", "output_per_hour"] for fit in calibration.FITS]
    seen = {"budget": 100 * targets.budget_share(load), "tax": tax["tax"].iloc[0], "tied_worst": min(by_fit),
            "tied_best": max(by_fit)}  # fmt: skip
    for rule in ("flat", "tied"):
        output = rules.at[rule, "output_per_hour"]
        seen |= {f"{rule}_output": output, f"{rule}_itself": tax.at[rule, "itself"]}
    seen |= {f"{rule}_paid": 100 * tax.at[rule, "generosity"] for rule in ("flat", "tied", "age")}
    seen |= {"flat_loss": -seen["flat_output"], "restructuring_years": tax.at["restructuring", "generosity"]}
    return seen | {"held": rules.at["flat", "at_notch"], "taking_part": 100 * calibration.FITS["central"]["take_up"],
                   "notch": 300}  # fmt: skip


def _of_region(load: Load) -> dict:
    table, seen = load("lab_region"), {}
    leads = {}
    for name, channels in (("advantage", ALL), ("advantage_bare", NO_SLACK)):
        leads[name] = change(load, "output_per_hour", "tied", "flat", channels=channels).set_index(KEY)["change"]
        seen[f"{name}_middle"] = 100 * leads[name].median()
    seen["from_slack"] = 100 * (1 - leads["advantage_bare"] / leads["advantage"]).median()
    beats = change(load, "output_per_hour", "tied", "none")
    for fit, lot in beats.groupby("fit"):
        seen[f"tied_up_{fit}"] = 100 * (lot["change"] > 0).mean()
    for rule in ("age", "restructuring", "tied", "flat"):
        seen[f"{rule}_up"] = 100 * (change(load, "output_per_hour", rule, "none")["change"] > 0).mean()
        seen[f"{rule}_consumption_up"] = 100 * (change(load, "consumption", rule, "none")["change"] > 0).mean()
    seen["level"] = 100 * change(load, "small_over_large", "tied", "flat")["change"].median()
    shares = decides_table(load).set_index(["difference", "outcome"])["share"]
    drawn, none = shares["tied-flat"], shares["tied-none"]
    seen |= {"assumed_output": drawn["output_per_hour"], "assumed_consumption": drawn["consumption"],
             "tied_transforms": drawn["transformed_small"],
             "flat_transforms": 100 - drawn["transformed_small"], "beats_none_output": none["output_per_hour"],
             "beats_none_consumption": none["consumption"]}  # fmt: skip
    return seen | {"economies": len(table), "unsolved": int((~table["solved"]).sum()),
                   "draws": int(table["draw"].max()), "points": len(region(load, "output_per_hour")[KEY])}  # fmt: skip


def _of_ai(load: Load) -> dict:
    seen = {}
    for rule in ("flat", "tied"):
        moved = effect_of_ai(load, "small_over_large", rule)
        effect, strong = 100 * moved["change"], moved["strength"] > 0
        deeper = 100 * (effect < 0)
        for side, mask in (("strong", strong), ("weak", ~strong)):
            seen |= {f"{rule}_{side}": effect[mask].median(), f"{rule}_deeper_{side}": deeper[mask].mean()}
    wide = paths_table(load, years=10_000).pivot(index="strength", columns="year", values="index")
    ends = [paths_table(load, fit=fit).query("year == @LATER")["index"].min() - 100 for fit in calibration.FITS]
    taken = region(load, "transformed_large")
    heads = {one.label: 100 * one.value for one in deepens(load) if one.turns_on == "take-up of AI"}
    idle = next(value for label, value in heads.items() if label.startswith("fewer"))
    flat = load("lab_paths").query("rule == 'flat'")
    return seen | {
        "path_strong": wide[LATER].iloc[-1] - 100, "path_weak": wide[LATER].iloc[0] - 100, "soon_year": SOON,
        "later_year": LATER,
        "every": len(flat[["fit", "strength"]].drop_duplicates()), "path_least": max(ends), "path_most": min(ends),
        "taken": 100 * TAKEN, "taken_negative": 100 * taken.loc[taken["strength"] < 0, "flat after"].median(),
        "taken_positive": 100 * taken.loc[taken["strength"] > 0, "flat after"].median(), "deeper_idle": idle,
        "deeper_taken": next(value for label, value in heads.items() if label.startswith("at least")),
    }  # fmt: skip


def _of_channels(load: Load) -> dict:
    channels, wedges = channels_table(load).set_index("off"), wedge_table(load)
    kept = channels.loc["none", ["flat", "tied"]] - channels.loc["survival", ["flat", "tied"]]
    young = wedges["young, no slack, half distortion"]
    return {
        "no_slack": channels.at["slack", "flat"], "all_flat": channels.at["none", "flat"], "india": india(wedges),
        "best_wedge": wedges["flat, no slack or windfall"].max(), "worst_wedge": wedges["flat"].max(),
        "young_low": young.iloc[0], "young_high": young.max(),
        "kept_flat": kept["flat"], "kept_tied": kept["tied"],
    }  # fmt: skip


def _of_fit(load: Load) -> dict:
    fits, (weights, smallest) = fit_table(load).set_index("name"), weakest(load)
    return {
        "top_share": 100 * fits.at["persons_300", "target"], "top_model": 100 * fits.at["persons_300", "central"],
        "loss": 100 * fits.at["loss_making", "target"], "loss_model": 100 * fits.at["loss_making", "central"],
        "closes": 100 * fits.at["exit_rate", "target"], "closes_model": 100 * fits.at["exit_rate", "central"],
        "lives": 100 * fits.at["survival_1", "target"], "lives_model": 100 * fits.at["survival_1", "central"],
        "missed_least": min(missed(load).values()), "missed_most": max(missed(load).values()), "figures": len(fits),
        "first": ESTIMATED[weights.index[0]], "second": ESTIMATED[weights.index[1]], "weak": f"{smallest:.0e}",
    }  # fmt: skip


def _of_contrasts(load: Load) -> dict:
    lots = lot_table(load).set_index(["comparison", "outcome"])
    flips, free = flip_table(load), load("lab_contrasts").query("exercise == 'wedge'")
    free = free.pivot(index="financing", columns="rule", values="output_per_hour")
    gain = 100 * (free["flat"] / free["none"] - 1)
    tying, tax = (lots.loc[(one, "output_per_hour")] for one in ("tied over lot", "tied over its tax"))
    eaten = lots.loc[("tied over its tax", "consumption")]
    table = load("lab_contrasts")
    lot = table.query("exercise == 'region' and rule == 'lot' and fit == 'central' and draw == 0").iloc[0]
    dear = table.query("exercise == 'flip' and rule == 'tied'").sort_values("verification").iloc[-1]
    return {
        "tying_high": tying["high"], "measuring": 100 * dear["verification"],
        "lot_ahead": 100 * (lot["consumption"] / dear["consumption"] - 1),
        "tying_most": max(abs(tying["low"]), abs(tying["high"])), "beside_up": tax["up"],
        "beside_middle": tax["middle"], "beside_consumption": eaten["middle"],
        "beside_consumption_up": eaten["up"], "flip_cells": len(flips),
        "flip_behind": int((flips["advantage"] <= 0).sum()),
        "flip_low": flips["advantage"].min(), "flip_high": flips["advantage"].max(), "free_first": gain.iloc[0],
        "free_last": gain.iloc[-1],
    }  # fmt: skip


def _of_map(load: Load) -> dict:
    lead = map_table(load)["advantage"]
    return {"map_cells": len(lead), "map_up": int((lead > 0).sum())}


def sides_table(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim C3, in pairs, for a table.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against.
    """
    seen, studies = facts(load), insulation_tables.facts(load)
    rows = [
        ("Model, against flat support",
         f"More output in {seen['assumed_output']:.0f} % of draws, "
         f"more to consume in {seen['assumed_consumption']:.0f} %",
         f"The same money by lot does as well, to within {seen['tying_most']:.2f} % of output"),
        ("Model, against no support",
         f"Beside the tax that pays for it, {seen['tied_itself']:+.2f} % of output (central)",
         f"With the tax, less output than without support in {100 - seen['beats_none_output']:.0f} % of draws"),
        ("Model, AI in small firms",
         f"More of them transform than under flat support in {seen['tied_transforms']:.0f} % of draws",
         f"Fewer do in {seen['flat_transforms']:.0f} %"),
        ("Field studies",
         f"Gains in {studies['chosen_gain']} of {studies['chosen_n']} where support was scored or tied",
         "No trial sets tied against untied support at one cost"),
        ("What is left out", "Skills and management can be upgraded too; in the model only AI can",
         "Firms may learn to meet the measure and not its aim; in the model they cannot"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
