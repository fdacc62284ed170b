"""How the policy lab was held against Korea: targets and fits, slopes of moments, and what data leave open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.policy_lab import calibration, sensitivity, targets
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.support import Rule
from analysis.report.measures.policy_lab import Load

ESTIMATED = {
    "persistence": "persistence of productivity", "spread": "yearly shock to productivity",
    "entrants_mean": "productivity of entrants", "fixed_cost": "fixed cost", "exogenous_exit": "exit for other reasons",
    "taste": "owners' tastes for staying", "distortion": "what keeps the productive small",
    "slack": "slack under support", "take_up": "take-up",
}  # fmt: skip
MOMENTS = {
    "persons_1_9": "Persons, 1-9", "persons_300": "Persons, 300+", "small_over_large": "SME over large",
    "exit_rate": "Exit", "survival_1": "Alive, first year", "survival_5": "Alive, fifth year",
    "loss_making": "Loss-making", "recipients_productivity": "Recipients' productivity",
    "recipients_survival": "Recipients' survival",
}  # fmt: skip
"""Short names of the moments that the parameters are fitted to."""


def exercise(load: Load, which: str) -> pd.DataFrame:
    """Return an exercise with names in rows, in the order of the file, and cases in columns."""
    rows = load("lab_exercises").query("exercise == @which")
    return rows.pivot(index="name", columns="case", values="value")


def fit_table(load: Load) -> pd.DataFrame:
    """Return the targets, how far off each counts as one unit of misfit, and what the three fits make of them.

    Returns
    -------
    DataFrame
        Columns name, words, target, tolerance, one per fit, secondary.
    """
    wanted = [*targets.korean(load), *targets.ai_use(load)]
    table = pd.DataFrame([{"name": one.name, "words": one.words, "target": one.value, "tolerance": one.tolerance,
                           "secondary": one.secondary} for one in wanted])  # fmt: skip
    got = exercise(load, "fit")
    return table.join(got[list(calibration.FITS)], on="name")


def jacobian(load: Load) -> pd.DataFrame:
    """Return by how many units of misfit each moment moves for a one percent rise of each parameter, central fit.

    Returns
    -------
    DataFrame
        Moments in rows, parameters in columns. Parameters that are negative move by one percent of their size.
    """
    return exercise(load, "slope")[list(calibration.FITTED)]


def weakest(load: Load) -> tuple[pd.Series, float]:
    """Return the mix of parameters that the moments say least about, and how little.

    Returns
    -------
    Series
        Weights of a direction of length one in percent of each parameter, largest first in size.
    float
        Its singular value over the largest one.
    """
    table = jacobian(load)
    _, sizes, directions = np.linalg.svd(table.to_numpy())
    weights = pd.Series(directions[-1], index=table.columns)
    return weights.reindex(weights.abs().sort_values(ascending=False).index), float(sizes[-1] / sizes[0])


def open_table() -> pd.DataFrame:
    """Return the parameters that no published Korean figure pins down, and those that are simply assumed.

    Returns
    -------
    DataFrame
        Columns Parameter, Lowest, Central, Highest; "not varied" where a value is assumed and kept. Slack and the cost
        of measuring vary in the sensitivity only.
    """
    rows = [(words, low, centre, high) for low, high, centre, words in calibration.OPEN.values()]
    central = {"slack": 1.0, "verification": 0.0}
    rows += [(words, low, central[name], high) for name, (low, high, words) in sensitivity.ASSUMED.items()]
    rule, plain, still = Rule("tied"), Economy(calibration.korea().productivity), "not varied"
    kept = {
        "returns to capital": calibration.CAPITAL, "returns to labour": calibration.LABOUR,
        "discount factor of a year": plain.discount, "depreciation of a year": plain.depreciation,
        "mean years before a firm counts as old": calibration.YEARS_YOUNG,
        "growth of measured productivity that earns tied support, log points": rule.threshold,
        "cost of running a rule per unit paid": rule.administration,
        "gain from a licence, log points": calibration.AI_GIVEN["licence_gain"],
        "cost of a licence a year, over output": calibration.AI_GIVEN["licence_cost"],
        "percent by which AI costs less per percent of productivity": calibration.AI_GIVEN["capability"],
    }
    rows += [(words, still, value, still) for words, value in kept.items()]
    return pd.DataFrame(rows, columns=["Parameter", "Lowest", "Central", "Highest"])


def missed(load: Load, by: float = 2.0) -> dict[str, int]:
    """Return how many figures each fit misses by more than so many tolerances."""
    table = fit_table(load)
    far = {fit: (table[fit] - table["target"]).abs() > by * table["tolerance"] for fit in calibration.FITS}
    return {fit: int(one.sum()) for fit, one in far.items()}
