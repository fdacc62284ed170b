"""Economies of the lab under Korea's support: under a kind of rule, without channels, under the tax alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.policy_lab import calibration, targets
from analysis.policy_lab.economy import CHANNELS, Economy
from analysis.policy_lab.industry import Equilibrium, solve


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
    budget = targets.budget_share() * bare.total(bare.year.output)
    return solve(economy, calibration.support(kind, fit, given).replace(budget=budget), bare=bare)


def without(economy: Economy, *channels: str) -> Economy:
    """Return the economy with channels switched off."""
    return economy.replace(channels=tuple(one for one in CHANNELS if one not in channels))


def taxed(economy: Economy) -> Economy:
    """Return the economy with a tax on output at the rate that Korea's support costs, handed back to households.

    Examples
    --------
    >>> economy = taxed(calibration.korea())
    >>> bool(np.isclose(economy.groups.tax, targets.budget_share()).all())
    True
    """
    share = np.full_like(economy.groups.tax, targets.budget_share())
    return economy.replace(groups=replace(economy.groups, tax=share))
