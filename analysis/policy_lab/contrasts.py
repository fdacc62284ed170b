"""What a result of the lab rests on: support by lot, the tax without support, and where the lead of tied support turns.

region: for every economy of the region, after AI, support that is tied to a measure without any information (`LOT`),
and the tax that pays for support, handed back to households in one sum. flip: flat and tied support by windfall, share
of the fitted slack and cost of measuring. wedge: flat support without slack and windfall where nothing but the
financing wedge keeps firms small, before AI.

python -m analysis.policy_lab.contrasts --out data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analysis.policy_lab import calibration, stored, targets
from analysis.policy_lab.cases import taxed, under, without
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.exercises import WEDGES
from analysis.policy_lab.industry import Equilibrium, solve
from analysis.policy_lab.region import draws

NAME = "lab_contrasts"
ROOMS = ("cases", "contrasts", "exercises", "region")
"""Rooms that the table rests on beside the model's."""
LOT = 1e6
"""Error of measured growth, log points, at which half of all firms measured are paid, whatever they did."""
WINDFALLS = (0.0, 0.25, 0.5, 0.75, 1.0)
SLACKS = (0.0, 0.25, 0.5, 0.75, 1.0)
COSTS = (0.0, 0.025, 0.05)
"""Costs of measuring a firm once, over the output of the mean firm."""
OUTCOMES = ("output_per_hour", "consumption")
AXES = ("draw", "windfall", "slack", "verification", "financing")


def region_rows(task: tuple[str, Mapping]) -> list[dict[str, Any]]:
    """Solve one economy of the region with support by lot, and with the tax and no support."""
    fit, draw = task
    given = {name: draw[name] for name in calibration.OPEN}
    economy = calibration.korea(fit, given, ai=True)
    cases = {
        "lot": lambda: under(economy, "tied", fit, given | {"error": LOT}),
        "tax": lambda: solve(taxed(economy)),
    }
    return [_row("region", fit, rule, find, draw=int(draw["draw"])) for rule, find in cases.items()]


def flip_rows(task: tuple[str, float]) -> list[dict[str, Any]]:
    """Solve the central economy under flat support for one share of slack, or under tied for one cost of measuring."""
    axis, value = task
    economy = calibration.korea("central", ai=True)
    if axis == "slack":
        slacker = economy.replace(slack=economy.slack * value)
        return [_row("flip", "central", "flat", partial(under, slacker, "flat", "central", {"windfall": share}),
                     windfall=share, slack=value) for share in WINDFALLS]  # fmt: skip
    return [_row("flip", "central", "tied", partial(_measured, economy, value), verification=value)]


def _measured(economy: Economy, cost: float) -> Equilibrium:
    """Solve for tied support where measuring a firm costs a share of the mean firm's output."""
    bare = solve(economy)
    output = bare.total(bare.year.output)
    rule = calibration.support("tied").replace(
        budget=targets.budget_share() * output, verification=cost * output / bare.firms.sum()
    )
    return solve(economy, rule, bare=bare)


def wedge_rows(task: tuple[str, float]) -> list[dict[str, Any]]:
    """Solve an economy in which nothing but the financing wedge keeps firms small, with and without flat support."""
    _, wedge = task
    given = {"financing": wedge}
    free = calibration.build(calibration.FITS["central"] | {"distortion": 0.0}, given)
    economy = without(free, "slack")
    return [_row("wedge", "central", rule, partial(under, economy, rule, "central", given | {"windfall": 0.0}),
                 financing=wedge) for rule in ("none", "flat")]  # fmt: skip


def _row(exercise: str, fit: str, rule: str, find: Callable[[], Equilibrium], **axes: float) -> dict[str, Any]:
    name = " ".join([exercise, fit, rule, *(f"{axis}={value:g}" for axis, value in axes.items())])
    blank = dict.fromkeys(AXES, np.nan)
    return {"id": name, "exercise": exercise, "fit": fit, "rule": rule, **blank, **axes, **stored.seen(find, OUTCOMES)}


def _work(task: tuple[str, tuple]) -> list[dict[str, Any]]:
    exercise, case = task
    return {"region": region_rows, "flip": flip_rows, "wedge": wedge_rows}[exercise](case)


def build(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Solve every contrast, with progress.

    Returns
    -------
    DataFrame
        id, exercise, fit, rule, the columns of `AXES` (missing where they do not enter), solved, message, `OUTCOMES`
        and digest.
    """
    tasks = [("region", one) for one in product(calibration.FITS, draws().to_dict("records"))]
    tasks += [("flip", ("slack", one)) for one in SLACKS] + [("flip", ("verification", one)) for one in COSTS]
    tasks += [("wedge", ("financing", one)) for one in WEDGES]
    found = pd.DataFrame(stored.spread(_work, tasks, workers, report, NAME))
    return found.assign(draw=found["draw"].astype("Int64"), digest=stored.digest(*ROOMS))


TABLES = {NAME: build}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
