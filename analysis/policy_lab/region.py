"""The admissible region: rules of support before and after AI wherever the parameters that data leave open may lie.

The open parameters of `calibration.OPEN` are drawn from a scrambled Sobol sequence, the same draws for each of the
fits; paths after AI are solved for every fit and strength of AI; `lab_exercises` holds what the fits make of their
targets, the slopes of moments in parameters, the channels one by one and the search for gains from broad support.

python -m analysis.policy_lab.region --out data [lab_region] [lab_paths] [lab_exercises]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from analysis import checks
from analysis.data import package
from analysis.policy_lab import calibration, stored
from analysis.policy_lab.economy import CHANNELS, Economy
from analysis.policy_lab.industry import Equilibrium, solve
from analysis.policy_lab.paths import Path, transition

ROOMS = ("region", "paths")
"""Rooms that the tables rest on beside the model's."""
RULES = {"all": ("none", "flat", "age", "tied", "restructuring"), "all but slack": ("flat", "tied")}
"""Rules that are solved, by the channels at work."""
DRAWS = 32
"""Draws of the open parameters for each fit, besides the central values (draw 0). A power of two."""
SEED = 20260
PATH_RULES = ("none", "flat", "tied")
STRENGTHS = (-0.05, -0.02, 0.0, 0.02, 0.05)
"""Strengths of AI for which paths are solved."""
YEARS = 300
KEPT = (*range(-1, 41), *range(50, YEARS, 10), YEARS - 1)
"""Years of a path that are kept; -1 is the economy before."""
WEDGES = (0.0, 0.15, 0.3, 0.45, 0.6)
"""Financing wedges at which the positive result for broad support is looked for; the last are beyond the range."""
OUTCOMES = (
    "output_per_hour", "consumption", "output_per_person_10_49", "small_over_large", "dispersion", "exit_rate",
    "using_ai", "transformed_small", "transformed_large", "at_notch", "mean_size", "running_share", "support_share",
)  # fmt: skip


def draws() -> pd.DataFrame:
    """Return the draws of the open parameters.

    Returns
    -------
    DataFrame
        draw (0: the central values) and one column per parameter of `calibration.OPEN`, uniform between its bounds.

    Examples
    --------
    >>> table = draws()
    >>> len(table) == DRAWS + 1, bool(table.loc[0, "strength"] == calibration.central()["strength"])
    (True, True)
    """
    names = list(calibration.OPEN)
    low, high = (np.array([calibration.OPEN[name][i] for name in names]) for i in (0, 1))
    unit = qmc.Sobol(len(names), scramble=True, rng=np.random.default_rng(SEED)).random(DRAWS)
    table = pd.DataFrame(low + unit * (high - low), columns=names).round(6)
    table = pd.concat([pd.DataFrame([calibration.central()])[names], table], ignore_index=True)
    return table.rename_axis("draw").reset_index()


def under(economy: Economy, kind: str, fit: str, given: Mapping[str, float]) -> Equilibrium:
    """Solve an economy under a kind of rule at Korea's share of output without support.

    Raises
    ------
    NotSolved
        If an equilibrium is not found.
    """
    bare = solve(economy)
    if kind == "none":
        return bare
    budget = calibration.budget_share() * bare.total(bare.year.output)
    return solve(economy, calibration.support(kind, fit, given).replace(budget=budget), bare=bare)


def without(economy: Economy, *channels: str) -> Economy:
    """Return the economy with channels switched off."""
    return economy.replace(channels=tuple(one for one in CHANNELS if one not in channels))


def path(fit: str, strength: float, kind: str) -> Path:
    """Solve for the path after AI under one rule that was there before; other open parameters are central.

    Parameters
    ----------
    fit : {"misallocation", "central", "quality"}
    strength : float
        Of AI.
    kind : str
        Kind of rule, before AI and after it, each at Korea's share of output without support.

    Returns
    -------
    Path

    Raises
    ------
    NotSolved
        If an equilibrium or the path is not found.
    """
    given = {"strength": strength}
    before = under(calibration.korea(fit, given), kind, fit, given)
    after = calibration.korea(fit, given, ai=True)
    return transition(before, after, under(after, kind, fit, given).rule, years=YEARS)


def region_rows(task: tuple[str, Mapping, bool]) -> list[dict[str, Any]]:
    """Solve one economy, before or after AI, under every rule."""
    fit, draw, ai = task
    given = {name: draw[name] for name in calibration.OPEN}
    rows = []
    for channels, rules in RULES.items():
        economy = calibration.korea(fit, given, ai=ai)
        economy = economy if channels == "all" else without(economy, "slack")
        for kind in rules:
            found = stored.seen(lambda economy=economy, kind=kind: under(economy, kind, fit, given), OUTCOMES)
            rows.append({"fit": fit, "ai": ai, "channels": channels, "rule": kind, **draw, "draw": int(draw["draw"]),
                         **found})  # fmt: skip
    return rows


def path_rows(task: tuple[str, float, str]) -> list[dict[str, Any]]:
    """Return the kept years of one path."""
    fit, strength, kind = task
    table = path(fit, strength, kind).table()
    table = table[table["year"].isin(KEPT)][["year", *OUTCOMES, "wage", "entrants"]].round(stored.DIGITS)
    return table.assign(fit=fit, strength=strength, rule=kind).to_dict("records")


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
    start, end = (solve(calibration.korea(fit, ai=ai)) for ai in (False, True))
    return calibration.moments(calibration.with_support(calibration.FITS[fit])) | calibration.ai_moments(start, end)


def _slopes(parameter: str) -> dict[str, float]:
    fitted, step = calibration.FITS["central"], calibration.STEP
    up = fitted | {parameter: fitted[parameter] + step * abs(fitted[parameter])}
    low, high = (calibration.moments(calibration.with_support(one, size=False)) for one in (fitted, up))
    return {one.name: (high[one.name] - low[one.name]) / one.tolerance / (100 * step) for one in calibration.targets()}


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
    share = np.full_like(economy.groups.tax, calibration.budget_share())
    taxed = economy.replace(groups=replace(economy.groups, tax=share))
    outputs = [one.total(one.year.output) for one in (solve(taxed), solve(economy))]
    return {"tax": 100 * (outputs[0] / outputs[1] - 1)}


def _generosity(fit: str) -> dict[str, float]:
    economy = calibration.korea(fit, ai=True)
    return {kind: under(economy, kind, fit, {}).prices.rate for kind in RULES["all"] if kind != "none"}


EXERCISES = {
    "fit": _moments, "slope": _slopes, "channel": _channel, "wedge": _wedge, "tax": _tax, "generosity": _generosity,
}  # fmt: skip


def _tasks() -> dict[str, tuple[Callable, list]]:
    points, fits = draws().to_dict("records"), list(calibration.FITS)
    exercises = [(name, fit) for name in ("fit", "tax", "generosity") for fit in fits]
    exercises += [("slope", one) for one in calibration.FITTED]
    exercises += [("channel", one) for one in ("none", *CHANNELS)] + [("wedge", f"{one:g}") for one in WEDGES]
    return {
        "lab_region": (region_rows, list(product(fits, points, (False, True)))),
        "lab_exercises": (exercise_rows, exercises),
        "lab_paths": (path_rows, list(product(fits, STRENGTHS, PATH_RULES))),
    }


def build(name: str, workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Solve everything that a stored table holds, with progress.

    Parameters
    ----------
    name : {"lab_region", "lab_exercises", "lab_paths"}
    workers : int
        Processes.
    report : callable
        Is told of progress.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If there is no such table.
    NotSolved
        If a path or an exercise is not solved; equilibria of the region that are not are rows with the reason.
    """
    checks.one_of("table", name, list(_tasks()))
    work, tasks = _tasks()[name]
    return pd.DataFrame(stored.spread(work, tasks, workers, report, name)).assign(digest=stored.digest(*ROOMS))


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments and write the tables that were asked for (all by default)."""
    parser = argparse.ArgumentParser(prog="python -m analysis.policy_lab.region", description=__doc__)
    parser.add_argument("--out", type=FilePath, required=True, help="folder to write the tables to")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("tables", nargs="*", help=f"tables to solve (default: all): {', '.join(_tasks())}")
    options = parser.parse_args(arguments)
    for name in options.tables or _tasks():
        package.write_table(name, build(name, options.workers), options.out)
    package.write_package(options.out)


if __name__ == "__main__":
    main()
