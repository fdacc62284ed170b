"""Single exercises: what the fits make of their targets, slopes of moments, channels, and gains from broad support.

python -m analysis.policy_lab.exercises --out data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.policy_lab import calibration, fitting, stored, targets
from analysis.policy_lab.cases import taxed, under, without
from analysis.policy_lab.economy import CHANNELS, Economy
from analysis.policy_lab.industry import solve
from analysis.policy_lab.support import KINDS

NAME = "lab_exercises"
ROOMS = ("cases", "exercises", "fitting")
"""Rooms that the table rests on beside the model's."""
WEDGES = (0.0, 0.15, 0.3, 0.45, 0.6)
"""Financing wedges at which the positive result for broad support is looked for; the last are beyond the range."""


def exercise_rows(task: tuple[str, str]) -> list[dict[str, Any]]:
    """Return one exercise: its case, names and values.

    fit: moments of a fit, its AI use too. slope: units of misfit by which a moment of the central fit moves per percent
    of a parameter. channel: percent of output that flat and tied support add with a channel off. wedge: percent of
    output that broad support adds by the financing wedge, before AI. tax: percent of output that the tax which pays for
    support adds where it is handed back to households. generosity: support over the output on which it is reckoned.
    """
    exercise, case = task
    found = EXERCISES[exercise](case)
    return [{"exercise": exercise, "case": case, "name": name, "value": float(f"{value:.{stored.DIGITS}g}")}
            for name, value in found.items()]  # fmt: skip


def _moments(fit: str) -> dict[str, float]:
    start, end = (under(calibration.korea(fit, ai=ai), "flat", fit, {}) for ai in (False, True))
    return fitting.moments(fitting.with_support(calibration.FITS[fit])) | fitting.ai_moments(start, end)


def _slopes(parameter: str) -> dict[str, float]:
    fitted, step = calibration.FITS["central"], fitting.STEP
    up = fitted | {parameter: fitted[parameter] + step * abs(fitted[parameter])}
    low, high = (fitting.moments(fitting.with_support(one, size=False)) for one in (fitted, up))
    return {one.name: (high[one.name] - low[one.name]) / one.tolerance / (100 * step) for one in targets.korean()}


def _gain(economy: Economy, kind: str, given: Mapping[str, float]) -> float:
    """Return the percent of output that support adds."""
    outputs = [one.total(one.year.output) for one in (under(economy, kind, "central", given), solve(economy))]
    return 100 * (outputs[0] / outputs[1] - 1)


def _channel(off: str) -> dict[str, float]:
    economy = without(calibration.korea("central", ai=True), off)
    return {kind: _gain(economy, kind, {}) for kind in ("flat", "tied")}


def _wedge(wedge: str) -> dict[str, float]:
    given = {"financing": float(wedge)}
    economy = without(calibration.korea("central", given), "slack")
    fitted = calibration.FITS["central"]
    half = without(calibration.build(fitted | {"distortion": fitted["distortion"] / 2}, given), "slack")
    return {
        "flat": _gain(calibration.korea("central", given), "flat", given),
        "flat, no slack or windfall": _gain(economy, "flat", given | {"windfall": 0.0}),
        "young, no slack": _gain(economy, "age", given),
        "young, no slack, half distortion": _gain(half, "age", given),
    }


def _tax(fit: str) -> dict[str, float]:
    economy = calibration.korea(fit, ai=True)
    outputs = [one.total(one.year.output) for one in (solve(taxed(economy)), solve(economy))]
    return {"tax": 100 * (outputs[0] / outputs[1] - 1)}


def _generosity(fit: str) -> dict[str, float]:
    economy = calibration.korea(fit, ai=True)
    return {kind: under(economy, kind, fit, {}).prices.rate for kind in KINDS if kind != "none"}


EXERCISES = {
    "fit": _moments, "slope": _slopes, "channel": _channel, "wedge": _wedge, "tax": _tax, "generosity": _generosity,
}  # fmt: skip


def build(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Do every exercise, with progress.

    Returns
    -------
    DataFrame
        exercise, case, name, value and digest.

    Raises
    ------
    NotSolved
        If an exercise is not solved.
    """
    fits = list(calibration.FITS)
    tasks = [(name, fit) for name in ("fit", "tax", "generosity") for fit in fits]
    tasks += [("slope", one) for one in calibration.FITTED]
    tasks += [("channel", one) for one in ("none", *CHANNELS)] + [("wedge", f"{one:g}") for one in WEDGES]
    return pd.DataFrame(stored.spread(exercise_rows, tasks, workers, report, NAME)).assign(
        digest=fitting.digest(*ROOMS)
    )


TABLES = {NAME: build}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
