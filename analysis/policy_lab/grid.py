"""The grid: equilibria over rules, budgets, windfall, measurement error, strength of AI and fits, kept in `data/`.

python -m analysis.policy_lab.grid --out data
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import product
from typing import Any

import pandas as pd

from analysis import checks
from analysis.data import catalogue
from analysis.policy_lab import calibration, stored, targets
from analysis.policy_lab.industry import solve
from analysis.policy_lab.support import KINDS, Rule

NAME = "lab_grid"
ROOMS = ("grid",)
"""Rooms that the table rests on beside the model's."""
AXES = ("rule", "budget", "windfall", "error", "strength", "fit")
BUDGETS = (0.005, 0.01, 0.025)
"""Besides Korea's, fractions of output without support."""
WINDFALLS = (0.0, 0.25, 0.5, 0.75, 1.0)
ERRORS = (0.02, 0.05, 0.1, 0.2, 0.4)
STRENGTHS = (-0.05, -0.02, 0.0, 0.02, 0.05)
OUTCOMES = (
    "output_per_hour", "output_per_person_10_49", "small_over_large", "dispersion", "consumption", "exit_rate", "firms",
    "mean_size", "using_ai", "licensed", "transformed", "transformed_small", "transformed_large", "at_notch",
    "support_share", "running_share", "loss_making_small",
)  # fmt: skip


def korean_budget(load: targets.Load = catalogue.load) -> float:
    """Return Korea's support over output, to four places: the value of the budget axis that stands for Korea."""
    return round(targets.budget_share(load), 4)


def settings(load: targets.Load = catalogue.load) -> pd.DataFrame:
    """Return every setting of the grid, those that cannot differ once.

    Returns
    -------
    DataFrame
        id and the columns of `AXES`. The windfall enters rules without ties only, the error those that measure
        productivity, and neither nor the budget the economy without support: missing where they do not enter.

    Examples
    --------
    >>> table = settings()
    >>> len(table) >= 1000, bool(table["id"].is_unique)
    (True, True)
    """
    budgets = sorted({*BUDGETS, korean_budget(load)})
    rows: list[tuple] = []
    for kind, strength, fit in product(KINDS, STRENGTHS, calibration.FITS):
        if kind == "none":
            rows.append((kind, None, None, None, strength, fit))
            continue
        untied = Rule(kind).untied
        for budget, value in product(budgets, WINDFALLS if untied else ERRORS):
            rows.append((kind, budget, value if untied else None, None if untied else value, strength, fit))
    table = pd.DataFrame(rows, columns=list(AXES))
    for name in ("budget", "windfall", "error"):
        table[name] = table[name].astype(float)
    return table.assign(id=[_id(row) for row in table.to_dict("records")])


def _id(row: Mapping) -> str:
    parts = [f"{name}={row[name]:g}" for name in ("budget", "windfall", "error") if row[name] == row[name]]
    return " ".join([row["rule"], *parts, f"strength={row['strength']:g}", f"fit={row['fit']}"])


def rows_of(economy: tuple[float, str], table: pd.DataFrame) -> list[dict[str, Any]]:
    """Solve the settings of one economy, the one without support once.

    Parameters
    ----------
    economy : (float, str)
        Strength of AI and fit.
    table : DataFrame
        As from `settings`.

    Returns
    -------
    list of dict
        The setting, solved, message and `OUTCOMES`.
    """
    strength, fit = economy
    given = {"strength": strength}
    solved_for = calibration.korea(fit, given, ai=True)
    bare = solve(solved_for)
    output = bare.total(bare.year.output)
    rows = []
    for row in table[(table["strength"] == strength) & (table["fit"] == fit)].to_dict("records"):
        rule = Rule()
        if row["rule"] != "none":
            change = {name: row[name] for name in ("windfall", "error") if row[name] == row[name]}
            rule = calibration.support(row["rule"], fit, given).replace(budget=row["budget"] * output, **change)
        rows.append({**row, **stored.seen(partial(solve, solved_for, rule, bare=bare), OUTCOMES)})
    return rows


def _work(task: tuple[tuple[float, str], pd.DataFrame]) -> list[dict[str, Any]]:
    return rows_of(*task)


def build(workers: int = 2, report: Callable[[str], None] = print) -> pd.DataFrame:
    """Solve every setting of the grid, with progress.

    Parameters
    ----------
    workers : int
        Processes.
    report : callable
        Is told of progress.

    Returns
    -------
    DataFrame
        The columns of `settings`, solved, message, `OUTCOMES` and digest. A setting that is not solved stays in, with
        the message.
    """
    table = settings()
    tasks = [(key, rows) for key, group in table.groupby(["strength", "fit"], sort=True)
             for _, rows in group.groupby(["rule", "budget"], dropna=False)]  # fmt: skip
    found = stored.spread(_work, tasks, workers, report, NAME)
    return pd.DataFrame(found).assign(digest=stored.digest(*ROOMS))


def tied_against_flat(
    table: pd.DataFrame, outcome: str, budget: float, fit: str = "central", against: str = "flat"
) -> pd.DataFrame:
    """Return by how much tied support beats a rule without ties, by windfall, measurement error and strength of AI.

    Parameters
    ----------
    table : DataFrame
        The grid.
    outcome : str
        One of `OUTCOMES`.
    budget : float
        A value of the budget axis.
    fit : {"misallocation", "central", "quality"}
    against : {"flat", "age"}

    Returns
    -------
    DataFrame
        windfall (of the rule without ties), error (of the tied one), strength, tied, untied, relative: tied over untied
        less one; missing where one of the two was not solved.

    Raises
    ------
    ValueError
        If the outcome, budget, fit or rule is not in the grid.
    """
    checks.one_of("outcome", outcome, OUTCOMES)
    checks.one_of("against", against, ("flat", "age"))
    checks.one_of("fit", fit, sorted(set(table["fit"])))
    checks.one_of("budget", budget, sorted(set(table["budget"].dropna())))
    here = table[(table["budget"] == budget) & (table["fit"] == fit)]
    tied = here[here["rule"] == "tied"][["error", "strength", outcome]].rename(columns={outcome: "tied"})
    untied = here[here["rule"] == against][["windfall", "strength", outcome]].rename(columns={outcome: "untied"})
    both = untied.merge(tied, on="strength").sort_values(["strength", "windfall", "error"], ignore_index=True)
    both = both[["windfall", "error", "strength", "tied", "untied"]]
    return both.assign(relative=both["tied"] / both["untied"] - 1)


TABLES = {NAME: build}

if __name__ == "__main__":
    stored.write(__doc__, TABLES)
