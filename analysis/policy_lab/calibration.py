"""The lab held against Korea: targets, the parameters that meet them, and those that no published figure pins down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import checks
from analysis.data import catalogue
from analysis.policy_lab import adoption, snapshots
from analysis.policy_lab.economy import Economy, Groups
from analysis.policy_lab.industry import Equilibrium, entry_draw
from analysis.policy_lab.productivity import Productivity

Load = Callable[[str], pd.DataFrame]
POINTS = 41
YEARS_YOUNG = 7.0
"""Mean years before a firm counts as old: the age at which Korean support for start-ups ends."""
CAPITAL, LABOUR = 0.283, 0.567
"""Returns to capital and labour of Restuccia and Rogerson (2008)."""
STEP = 1e-3
"""Relative step of the derivatives of moments."""


@dataclass(frozen=True)
class Target:
    """A published Korean figure that the lab is fitted to.

    Parameters
    ----------
    name : str
        As `moments` calls it.
    value : float
        A fraction, or log points.
    tolerance : float
        What counts as one unit of misfit.
    words : str
    source : str
        Table, or table and id of the figure.
    secondary : bool
        Read in a press report.
    """

    name: str
    value: float
    tolerance: float
    words: str
    source: str
    secondary: bool


def targets(load: Load = catalogue.load) -> list[Target]:
    """Return the Korean figures, computed from the data package.

    Raises
    ------
    KeyError
        If a figure is no longer held.

    Examples
    --------
    >>> {one.name: round(one.value, 3) for one in targets()}["survival_1"]
    0.649
    """
    figures, effects = load("published_figures").set_index("id"), load("support_effects").set_index("id")
    firms = (
        load("sme_statistics").query("year == 2020 and industry == 'all'").set_index("size_class")["persons_engaged"]
    )
    ratio = load("size_productivity").set_index("id").at["SIZ-119", "ratio"]

    def share(name: str) -> float:
        return float(figures.at[name, "value"]) / 100

    def press(name: str) -> str:
        return f"published_figures:{name}"

    return [
        Target("persons_1_9", float(firms["micro"] / firms.sum()), 0.02,
               "share of persons in micro enterprises (model: 1-9 persons)", "sme_statistics", False),
        Target("persons_300", 1 - share("SIZ-116"), 0.02,
               "share of persons in enterprises that are no SMEs (model: 300 and more)", press("SIZ-116"), True),
        Target("small_over_large", float(ratio), 0.02, "output per person, SMEs over large firms, all sectors",
               "size_productivity:SIZ-119", True),
        Target("exit_rate", (share("POL-076") + share("POL-077")) / 2, 0.01,
               "births and deaths of enterprises, mean, over active enterprises", press("POL-077"), True),
        Target("survival_1", share("POL-078"), 0.03, "share of new enterprises alive after a year",
               press("POL-078"), True),
        Target("survival_5", share("POL-079"), 0.03, "share of new enterprises alive after five years",
               press("POL-079"), True),
        Target("loss_making", share("POL-065"), 0.03, "share of SMEs that do not earn their cost (zombies)",
               press("POL-065"), True),
        Target("recipients_productivity", float(np.log1p(effects.at["EFF-C-001", "estimate"] / 100)), 0.005,
               "productivity of recipients after two years, log points", "support_effects:EFF-C-001",
               bool(effects.at["EFF-C-001", "secondary"])),
        Target("recipients_survival", float(effects.at["EFF-C-002", "estimate"]) / 100, 0.01,
               "survival of recipients over two years, against others", "support_effects:EFF-C-002",
               bool(effects.at["EFF-C-002", "secondary"])),
    ]  # fmt: skip


def budget_share(load: Load = catalogue.load) -> float:
    """Return what support costs, as a fraction of GDP: budgets of programmes for SMEs, 2024."""
    money = load("support_money").set_index("id")
    return float(money.at["POL-022", "value"] / money.at["GDP-2024", "value"])


FITTED = {
    "persistence": 0.95, "spread": 0.14, "entrants_mean": -0.35, "fixed_cost": 0.10, "exogenous_exit": 0.04,
    "taste": 0.30, "distortion": 0.20, "quality": 0.30, "slack": 1.0,
}  # fmt: skip
"""Parameters fitted to the targets."""
BOUNDS = {
    "persistence": (0.7, 0.995), "spread": (0.03, 0.4), "entrants_mean": (-2.0, 1.0), "fixed_cost": (0.001, 2.0),
    "exogenous_exit": (0.0, 0.12), "taste": (0.02, 3.0), "distortion": (0.0, 0.8), "quality": (0.0, 3.0),
    "slack": (0.0, 5.0),
}  # fmt: skip
OPEN = {
    "financing": (0.0, 0.3, 0.1, "wedge that keeps young firms small, fraction of marginal revenue"),
    "windfall": (0.0, 1.0, 0.5, "share of support that a firm gets whatever it does"),
    "entry_elasticity": (0.5, 10.0, 2.0, "percent more entrants per percent more value of entry"),
    "mix": (0.0, 1.0, 0.5, "share of the gap between sizes that is misallocation, not the quality of work"),
}  # fmt: skip
"""Parameters that no published Korean figure pins down: lowest, highest, central, words."""


def economy(fitted: Mapping[str, float] | None = None, given: Mapping[str, float] | None = None) -> Economy:
    """Return the Korean economy before AI.

    Parameters
    ----------
    fitted : mapping, optional
        Fitted parameters to change.
    given : mapping, optional
        Open parameters to change: financing, entry_elasticity.

    Raises
    ------
    ValueError
        If a name is neither a fitted nor an open parameter.
    """
    values = {**FITTED, **(fitted or {})}
    free = {name: row[2] for name, row in OPEN.items()} | dict(given or {})
    for name in values:
        checks.one_of("fitted", name, FITTED)
    for name in free:
        checks.one_of("given", name, OPEN)
    law = Productivity.autoregressive(
        POINTS, 0.0, values["persistence"], values["spread"], entrants_mean=values["entrants_mean"]
    )
    groups = Groups.by_age(law.levels, YEARS_YOUNG, free["financing"], values["distortion"])
    return Economy(
        law,
        groups,
        CAPITAL,
        LABOUR,
        exogenous_exit=values["exogenous_exit"],
        fixed_cost=values["fixed_cost"],
        entry_cost=1.0,
        taste=values["taste"],
        quality=values["quality"],
        slack=values["slack"],
    )


def survival(found: Equilibrium, years: tuple[int, ...]) -> list[float]:
    """Return the share of new firms that are alive after so many years."""
    law = adoption.law_of_motion(found.economy, found.choices.move)
    cohort, alive = entry_draw(found.economy).ravel(), []
    for _ in range(max(years)):
        cohort = law.T @ cohort
        alive.append(float(cohort.sum()))
    return [alive[year - 1] for year in years]


def moments(found: Equilibrium) -> dict[str, float]:
    """Return what the targets measure, in a stationary economy of the lab."""
    sizes = snapshots.by_size(snapshots.snapshot(found)).set_index("size_class")["persons"]
    sizes = sizes / sizes.sum()
    seen, effect = snapshots.outcomes(found), snapshots.effect_on_recipients(found)
    first, fifth = survival(found, (1, 5))
    return {
        "persons_1_9": float(sizes["1-9"]), "persons_300": float(sizes["300+"]),
        "small_over_large": float(seen["small_over_large"]), "exit_rate": seen["exit_rate"],
        "survival_1": first, "survival_5": fifth, "loss_making": seen["loss_making_small"],
        "recipients_productivity": effect["productivity"], "recipients_survival": effect["survival"],
    }  # fmt: skip
