"""What follows after AI where its costs are fitted anew at every gain and strength, so that its use is as observed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.policy_lab import ai_costs
from analysis.policy_lab.targets import Load
from analysis.report.claims import Unmeasurable


def refitted(load: Load) -> pd.DataFrame:
    """Return what AI changes wherever some cost gives the use of AI that is observed.

    Parameters
    ----------
    load : callable

    Returns
    -------
    DataFrame
        Columns fit, gain, strength, gain_large, misfit, followed (whether the use is met and all was solved), flat and
        tied: the change of output per person of small over large firms that AI brings under either rule, a fraction,
        missing where nothing follows; ahead, output under tied over flat support, less one.

    Raises
    ------
    Unmeasurable
        If the table is empty.
    """
    table = load(ai_costs.NAME)
    if table.empty:
        raise Unmeasurable(f"{ai_costs.NAME} holds no setting")
    found = table[["fit", "gain", "strength", "gain_large", "misfit"]].copy()
    found["followed"] = table["met"] & table["message"].fillna("").eq("")
    for rule in ai_costs.BEFORE:
        found[rule] = table[f"small_over_large_{rule}"] / table[f"small_over_large_before_{rule}"] - 1
    return found.assign(ahead=table["output_per_hour_tied"] / table["output_per_hour_flat"] - 1)


def costs_table(load: Load) -> pd.DataFrame:
    """Return, by strength and gain of AI, in how many fits its use can be met, and what it does to small firms there.

    Returns
    -------
    DataFrame
        Columns strength, gain, large_low and large_high (gain of the mean large firm over the fits, log points), fits
        (in which the use of AI is met and all was solved), of (fits tried), low and high (change of SME over large
        under flat support, percent; missing where fits is zero).
    """
    found = refitted(load)
    rows = []
    for (strength, gain), lot in found.groupby(["strength", "gain"]):
        change = 100 * lot.loc[lot["followed"], "flat"]
        rows.append({
            "strength": strength, "gain": gain, "large_low": lot["gain_large"].min(),
            "large_high": lot["gain_large"].max(), "fits": int(lot["followed"].sum()), "of": len(lot),
            "low": change.min(), "high": change.max(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def shown_table(load: Load) -> pd.DataFrame:
    """Return `costs_table` with words, a row per strength and two columns per gain, for the page."""
    table = costs_table(load)
    columns = {"Strength": [f"{one:+.2f}".replace("+0.00", "0") for one in sorted(set(table["strength"]))]}
    for gain, lot in table.groupby("gain"):
        lot = lot.sort_values("strength")
        name = f"gain {gain:.2f}"
        columns[f"Large firms gain, {name}"] = [
            f"{a:.3f} to {b:.3f}" for a, b in zip(lot["large_low"], lot["large_high"], strict=True)
        ]
        columns[f"SME over large, %, {name}"] = [_words(row) for row in lot.to_dict("records")]
    return pd.DataFrame(columns)


def _words(row: dict) -> str:
    if not row["fits"]:
        return "no cost found"
    span = f"{row['low']:+.1f}" if row["fits"] == 1 else f"{row['low']:+.1f} to {row['high']:+.1f}"
    return span if row["fits"] == row["of"] else f"{span} ({row['fits']} of {row['of']} fits)"


def costs_facts(load: Load) -> dict[str, float | int]:
    """Return the figures that the page cites: settings, those that can be met, and what follows there.

    Returns
    -------
    dict
        refit_settings; refit_met, those that can be met and were solved; refit_most, the most that large firms gain in
        a setting that cannot, in percent; for settings that can be met, by strength (above zero, zero, below): how many
        there are (refit_above_n, ...), in how many small firms fall behind (refit_above, ...); refit_ahead, percent of
        them in which tied support yields more than flat.
    """
    found = refitted(load)
    met, lost = found[found["followed"]], found[~found["followed"]]
    facts = {
        "refit_settings": len(found), "refit_met": len(met), "refit_most": 100 * lost["gain_large"].max(),
        "refit_ahead": 100 * (met["ahead"] > 0).mean(),
    }  # fmt: skip
    for side, sign in (("above", 1), ("zero", 0), ("below", -1)):
        lot = met[np.sign(met["strength"]) == sign]
        facts |= {f"refit_{side}": int((lot["flat"] < 0).sum()), f"refit_{side}_n": len(lot)}
    return facts
