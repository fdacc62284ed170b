"""What AI would have to cost for its use to come out as observed, by its gain and its strength, and what then follows.

Elsewhere the costs of AI are those fitted at the central gain and strength. Here they are fitted anew for every gain
and strength, before anything is compared. Where no cost found gives the use that is observed, the row says by how much
the nearest one misses, and nothing follows from it.

python -m analysis.policy_lab.ai_costs --out data
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analysis.policy_lab import calibration, firms, fitting, snapshots, stored
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.cases import under
from analysis.policy_lab.economy import AI

NAME = "lab_ai_costs"
ROOMS = ("ai_costs", "cases", "fitting")
"""Rooms that the table rests on beside the model's."""
GAINS = (0.03, 0.06)
STRENGTHS = (-0.05, -0.02, -0.01, 0.0, 0.02, 0.05)
MET = 1.0
"""Tolerances from the farthest target up to which the use of AI counts as met."""
USE = ("using_10_49", "using_300", "deep_10_49", "deep_300")
OUTCOMES = ("output_per_hour", "consumption", "small_over_large", "transformed_small", "transformed_large")
RULES = ("none", "flat", "tied")
BEFORE = ("flat", "tied")
"""Rules whose ratio of small to large firms before AI is kept."""


def gain_of_large(fit: str, gain: float, strength: float) -> float:
    """Return what transforming would bring to the mean firm of the largest class before AI, in log points.

    Parameters
    ----------
    fit : {"misallocation", "central", "quality"}
    gain, strength : float
        Of AI.

    Examples
    --------
    >>> gain_of_large("central", 0.03, 0.0)
    0.03
    """
    found = under(calibration.korea(fit), "flat", fit, {})
    law = found.economy.productivity
    heads = firms.persons(found.economy, found.year.labour)
    large = found.firms * (1 - firms.share_below(np.log(heads / snapshots.SIZES["300+"][0])))
    away = np.log(law.levels) - law.entrants @ np.log(law.levels)
    return float(gain + strength * (large * away).sum() / large.sum())


def rows_of(task: tuple[str, float, float]) -> list[dict[str, Any]]:
    """Fit what AI costs at one gain and strength, and solve for what follows where the use of AI is met.

    Parameters
    ----------
    task : (str, float, float)
        Fit, gain and strength.

    Returns
    -------
    list of dict
        One row: id, fit, gain, strength, gain_large; the costs; the use of AI; misfit; met; message, why nothing
        follows; the ratio before AI and the outcomes after it, as <outcome>_<rule>.
    """
    fit, gain, strength = task
    given = {"gain": gain, "strength": strength}
    row: dict[str, Any] = {"id": f"fit={fit} gain={gain:g} strength={strength:g}", "fit": fit, **given}
    try:
        costs, why = fitting.fit_ai(fit, given), ""
    except NotSolved as failed:
        costs, why = dict.fromkeys((*fitting.COSTS, *USE), np.nan) | {"misfit": fitting.FAR}, str(failed)
    met = costs["misfit"] <= MET
    row |= {"gain_large": _short(gain_of_large(fit, gain, strength)), **{name: _short(costs[name]) for name in costs}}
    why = why or ("" if met else f"no cost found gives the use of AI observed: misfit {costs['misfit']:.2f} tolerances")
    names = [f"small_over_large_before_{kind}" for kind in BEFORE]
    names += [f"{outcome}_{kind}" for outcome in OUTCOMES for kind in RULES]
    row |= {"met": met, "message": why, **dict.fromkeys(names, np.nan)}
    if not met:
        return [row]
    before = calibration.korea(fit, given)
    ai = AI(gain=gain, strength=strength, **calibration.AI_GIVEN, **{name: costs[name] for name in fitting.COSTS})
    after = before.replace(ai=ai)
    try:
        for kind in BEFORE:
            seen = snapshots.outcomes(under(before, kind, fit, given))
            row[f"small_over_large_before_{kind}"] = _short(seen["small_over_large"])
        for kind in RULES:
            seen = snapshots.outcomes(under(after, kind, fit, given))
            row |= {f"{outcome}_{kind}": _short(seen[outcome]) for outcome in OUTCOMES}
    except NotSolved as failed:
        row["message"] = str(failed)
    return [row]


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def build(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Fit what AI costs at every gain and strength for each fit, with progress.

    Returns
    -------
    DataFrame
        The columns of `rows_of`, and digest.
    """
    tasks = list(product(calibration.FITS, GAINS, STRENGTHS))
    return pd.DataFrame(stored.spread(rows_of, tasks, workers, report, NAME)).assign(digest=fitting.digest(*ROOMS))


TABLES = {NAME: build}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
