"""The admissible region: rules of support before and after AI wherever the parameters that data leave open may lie.

The open parameters of `calibration.OPEN` are drawn from a scrambled Sobol sequence, the same draws for each of the
fits; paths after AI are solved for every fit and strength of AI.

python -m analysis.policy_lab.region --out data [lab_region] [lab_paths]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from analysis.policy_lab import calibration, stored
from analysis.policy_lab.cases import under, without
from analysis.policy_lab.paths import Path, transition

ROOMS = ("cases", "paths", "region")
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


def solve_region(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Solve every economy of the region under every rule, with progress.

    Returns
    -------
    DataFrame
        fit, ai, channels, rule, draw, the open parameters, solved, message, `OUTCOMES` and digest. An equilibrium that
        is not found stays in, with the reason.
    """
    points = draws().to_dict("records")
    tasks = list(product(calibration.FITS, points, (False, True)))
    rows = stored.spread(region_rows, tasks, workers, report, "lab_region")
    return pd.DataFrame(rows).assign(digest=stored.digest(*ROOMS))


def solve_paths(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Solve the path after AI for every fit, strength of AI and rule, with progress.

    Returns
    -------
    DataFrame
        year (of `KEPT`), `OUTCOMES`, wage, entrants, fit, strength, rule and digest.

    Raises
    ------
    NotSolved
        If a path is not solved.
    """
    tasks = list(product(calibration.FITS, STRENGTHS, PATH_RULES))
    rows = stored.spread(path_rows, tasks, workers, report, "lab_paths")
    return pd.DataFrame(rows).assign(digest=stored.digest(*ROOMS))


TABLES = {"lab_region": solve_region, "lab_paths": solve_paths}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
