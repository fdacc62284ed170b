"""Which of the parameters that data leave open decide how rules of support compare, and how often each comes out ahead.

Sobol total effects (design of Saltelli, estimator of Jansen) over the parameters of `calibration.OPEN`, two more that
the fits take as given (`ASSUMED`) and the fit.
SALib draws and analyses; the stored tables can be read without it.

python -m analysis.policy_lab.sensitivity --out data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.policy_lab import calibration, stored, targets
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.industry import solve

NAMES = ("lab_draws", "lab_sensitivity")
ROOMS = ("sensitivity",)
"""Rooms that the tables rest on beside the model's."""
RULES = ("none", "flat", "tied")
DIFFERENCES = {"tied-flat": ("tied", "flat"), "flat-none": ("flat", "none"), "tied-none": ("tied", "none")}
OUTCOMES = {
    "output_per_hour": "percent of no support", "consumption": "percent of no support",
    "small_over_large": "percentage points", "transformed_small": "percentage points",
}  # fmt: skip
"""Outcomes whose differences are judged, and the unit of the difference."""
BASE = 64
"""Draws of Saltelli's design, a power of two: (parameters + 2) x as many economies are solved."""
SEED = 20261124
ASSUMED = {
    "slack": (0.0, 1.0, "share of the fitted loss of productivity under support without ties that is at work"),
    "verification": (0.0, 0.05, "cost of measuring a firm's productivity once, over the output of the mean firm"),
}
"""Lowest, highest, words. The loss rests on one Korean estimate, and the other results take measuring to be free."""
PARAMETERS = (*calibration.OPEN, *ASSUMED, "fit")
RARE = 0.05
"""A sign that turns in fewer draws than this has effects too noisy to rank by."""
DECIDE = 3
"""How many parameters are named as deciding."""


def problem() -> dict[str, Any]:
    """Return the region in SALib's terms: the bounds of the parameters, and the fit as thirds of a line."""
    bounds = [list(row[:2]) for row in (*calibration.OPEN.values(), *ASSUMED.values())]
    bounds.append([0.0, float(len(calibration.FITS))])
    return {"num_vars": len(PARAMETERS), "names": list(PARAMETERS), "bounds": bounds}


def draws(base: int = BASE) -> pd.DataFrame:
    """Return the sample of the region, each parameter uniform between its bounds.

    Parameters
    ----------
    base : int
        A power of two.

    Returns
    -------
    DataFrame
        draw (from 0, in blocks of parameters + 2), the parameters, the fit by name.
    """
    from SALib.sample import sobol

    values = sobol.sample(problem(), base, calc_second_order=False, seed=SEED)
    table = pd.DataFrame(values, columns=list(PARAMETERS))
    fits = list(calibration.FITS)
    table["fit"] = [fits[min(int(value), len(fits) - 1)] for value in table["fit"]]
    numbers = list(PARAMETERS[:-1])
    table[numbers] = table[numbers].round(10)
    return table.rename_axis("draw").reset_index()


def row_of(draw: Mapping[str, Any]) -> dict[str, Any]:
    """Solve one draw under every rule of `RULES` at Korea's budget, with AI.

    Returns
    -------
    dict
        The draw; solved, whether all were; message; the outcomes as <outcome>_<rule>.
    """
    fit, given = draw["fit"], {name: draw[name] for name in calibration.OPEN}
    economy = calibration.korea(fit, given, ai=True)
    economy = economy.replace(slack=economy.slack * draw["slack"])
    found: dict[str, Any] = {**draw, "solved": True, "message": ""}
    try:
        bare = solve(economy)
    except NotSolved as failed:
        blank = {f"{name}_{kind}": np.nan for kind in RULES for name in OUTCOMES}
        return {**found, "solved": False, "message": str(failed), **blank}
    output = bare.total(bare.year.output)
    for kind in RULES:
        rule = calibration.support(kind, fit, given)
        if kind != "none":
            each = draw["verification"] * output / bare.firms.sum()
            rule = rule.replace(budget=targets.budget_share() * output, verification=each)
        got = stored.seen(partial(solve, economy, rule, bare=bare), tuple(OUTCOMES))
        if not got["solved"]:
            found["solved"], found["message"] = False, "; ".join(filter(None, (found["message"], got["message"])))
        found |= {f"{name}_{kind}": got[name] for name in OUTCOMES}
    return found


def _work(rows: list[dict]) -> list[dict]:
    return [row_of(row) for row in rows]


def build(workers: int = 2, report: Callable[[str], None] = print, base: int = BASE) -> pd.DataFrame:
    """Solve every draw, with progress.

    Returns
    -------
    DataFrame
        The columns of `draws`, solved, message, outcomes by rule, digest. Draws that are not solved stay in.
    """
    rows = draws(base).to_dict("records")
    tasks = [rows[first : first + 8] for first in range(0, len(rows), 8)]
    found = stored.spread(_work, tasks, workers, report, NAMES[0])
    return pd.DataFrame(found).assign(digest=stored.digest(*ROOMS))


def difference(table: pd.DataFrame, name: str, outcome: str) -> pd.Series:
    """Return a difference between two rules in the unit of `OUTCOMES`; missing where a draw was not solved."""
    first, second = (table[f"{outcome}_{rule}"] for rule in DIFFERENCES[name])
    base = table[f"{outcome}_none"] if OUTCOMES[outcome].startswith("percent of") else 1.0
    return 100 * (first - second) / base


def analyse(table: pd.DataFrame) -> pd.DataFrame:
    """Return total effects of every parameter on every difference, and on its sign.

    A block of Saltelli's design in which one draw is not solved is left out whole, and counted.

    Parameters
    ----------
    table : DataFrame
        As from `build`.

    Returns
    -------
    DataFrame
        difference, outcome, parameter, unit, mean, low and high (fifth and ninety-fifth percentile of the difference),
        share_positive (of solved draws), total and total_conf (share of the variance of the difference that goes with
        the parameter, and half the width of its 95 percent interval), total_sign and total_sign_conf (the same for
        whether it is positive; missing unless at least `RARE` of draws lie on either side), rank (by total_sign, or by
        total where that is missing), decides (rank up to three), draws, left_out (draws in blocks not complete).
    """
    from SALib.analyze import sobol

    def totals(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if np.ptp(values) == 0:
            return (np.full(len(PARAMETERS), np.nan),) * 2
        seen = sobol.analyze(problem(), values, calc_second_order=False, seed=SEED, print_to_console=False)
        return np.asarray(seen["ST"]), np.asarray(seen["ST_conf"])

    block = table["draw"] // (len(PARAMETERS) + 2)
    complete = table["solved"].groupby(block).transform("all").to_numpy(dtype=bool)
    rows = []
    for name in DIFFERENCES:
        for outcome, unit in OUTCOMES.items():
            every = difference(table, name, outcome)
            values = every[complete].to_numpy(dtype=float)
            turns = RARE <= (values > 0).mean() <= 1 - RARE
            total, conf = totals(values)
            sign, sign_conf = totals((values > 0).astype(float) if turns else np.zeros_like(values))
            by = sign if turns else total
            rank = pd.Series(by).rank(ascending=False, method="first").astype(int)
            known = every.dropna()
            low, high = np.quantile(known, [0.05, 0.95])
            for i, parameter in enumerate(PARAMETERS):
                rows.append({
                    "difference": name, "outcome": outcome, "parameter": parameter, "unit": unit,
                    "mean": known.mean(), "low": low, "high": high, "share_positive": (known > 0).mean(),
                    "total": total[i], "total_conf": conf[i], "total_sign": sign[i], "total_sign_conf": sign_conf[i],
                    "rank": rank[i], "decides": rank[i] <= DECIDE, "draws": len(known),
                    "left_out": int((~complete).sum()),
                })  # fmt: skip
    found = pd.DataFrame(rows)
    numbers = found.select_dtypes("float").columns
    found[numbers] = found[numbers].map(lambda value: float(f"{value:.6g}"))
    return found.assign(digest=table["digest"].iloc[0])


_solved = cache(build)
TABLES = {NAMES[0]: _solved, NAMES[1]: lambda workers: analyse(_solved(workers))}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
