"""What a firm does within a year: inputs, output, profit and support, for every kind of firm at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.policy_lab.economy import Economy
from analysis.policy_lab.support import Rule


@dataclass(frozen=True)
class Prices:
    """What firms take as given.

    Parameters
    ----------
    wage : float
        In units of output.
    tax : float
        The financing tax, a fraction of output of every firm.
    rate : float
        Generosity of the rule: support as a fraction of the output on which it is reckoned.
    """

    wage: float
    tax: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True)
class Year:
    """A year of every kind of firm; arrays of shape (AI states, groups, levels), means over firms of the kind.

    Parameters
    ----------
    output, labour, capital : ndarray
        Labour in units of labour; capital in units of output.
    profit : ndarray
        After wages, rent, the fixed cost, taxes and support of the year, in units of output.
    support : ndarray
        Paid in the year by a rule without ties.
    taxed : ndarray
        Collected from the groups' own tax less subsidy, and not from the financing tax.
    natural : ndarray
        Output without any support, the base on which support is reckoned.
    small : ndarray
        Share of the kind below the notch at its natural size.
    distressed : ndarray
        Share of the kind below the notch that makes a loss without support.
    held_back : ndarray
        Share of the kind that stays at the notch to keep support.
    """

    output: np.ndarray
    labour: np.ndarray
    capital: np.ndarray
    profit: np.ndarray
    support: np.ndarray
    taxed: np.ndarray
    natural: np.ndarray
    small: np.ndarray
    distressed: np.ndarray
    held_back: np.ndarray


def technology(economy: Economy) -> np.ndarray:
    """Return the log productivity that AI adds, by AI state and level: shape (states, 1, n)."""
    levels = np.log(economy.productivity.levels)
    if economy.ai is None:
        return np.zeros((1, 1, len(levels)))
    ai, mean = economy.ai, economy.productivity.entrants @ levels
    deep = ai.gain + ai.strength * (levels - mean)
    return np.stack([np.zeros_like(levels), np.full_like(levels, ai.licence_gain), deep])[:, None, :]


def persons(economy: Economy, labour: np.ndarray) -> np.ndarray:
    """Return persons in a firm from its units of labour; people in better firms work more efficiently."""
    levels = economy.productivity.levels
    better = (levels / levels[0]) * np.exp(technology(economy))
    return labour * economy.persons * better**-economy.quality


def cost_unit(economy: Economy, wage: float) -> float:
    """Return the price of a unit of cost in units of output."""
    return wage if economy.costs_in == "labour" else 1.0


def share_below(gap: np.ndarray) -> np.ndarray:
    """Return the share of each cell of the productivity grid where a gap is negative.

    The gap is known at the levels and taken as linear in between, so that the share moves smoothly with prices: a grid
    alone would jump.

    Parameters
    ----------
    gap : ndarray of shape (..., n)

    Returns
    -------
    ndarray of shape (..., n)
        From 0 to 1: half of each cell lies on either side of its level.
    """
    middle = (gap[..., 1:] + gap[..., :-1]) / 2
    left = np.concatenate([gap[..., :1], middle], axis=-1)
    right = np.concatenate([middle, gap[..., -1:]], axis=-1)
    return (_below(left, gap) + _below(gap, right)) / 2


def _below(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the share of a segment where a line from `start` to `end` is negative."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    spread = np.where(high > low, high - low, 1.0)
    return np.where(high > low, np.clip(-low / spread, 0.0, 1.0), (low < 0).astype(float))


@dataclass(frozen=True)
class _Inputs:
    output: np.ndarray
    labour: np.ndarray
    capital: np.ndarray
    profit: np.ndarray


def year(economy: Economy, rule: Rule, prices: Prices) -> Year:
    """Solve the year of every kind of firm.

    Parameters
    ----------
    economy : Economy
    rule : Rule
    prices : Prices

    Returns
    -------
    Year
    """
    scale = np.exp(technology(economy)) * economy.productivity.levels
    keep = 1.0 - prices.tax - economy.groups.tax
    alone = _unbounded(economy, scale, keep, prices.wage)
    headcount = persons(economy, alone.labour)
    over = np.log(headcount / rule.notch)
    small = share_below(over)
    distressed = small * share_below(alone.profit)
    nothing = np.zeros_like(alone.output)
    if not rule.untied or prices.rate == 0.0:
        return Year(
            alone.output, alone.labour, alone.capital, alone.profit, nothing, alone.output * economy.groups.tax,
            alone.output, small, distressed, nothing,
        )  # fmt: skip
    lump = rule.windfall * prices.rate * alone.output
    rate = (1.0 - rule.windfall) * prices.rate
    slack = np.exp(-economy.slack * prices.rate) if economy.has("slack") else 1.0
    helped = _unbounded(economy, scale * slack, keep + rate, prices.wage)
    held = nothing
    if rule.kind == "age":
        eligible = np.zeros((economy.shape[1], 1))
        eligible[0] = 1.0
        taken = np.broadcast_to(eligible, nothing.shape)
    elif economy.has("notch"):
        limit = rule.notch / persons(economy, np.ones_like(alone.labour))
        bound = _bounded(economy, scale * slack, keep + rate, prices.wage, limit)
        fits = share_below(np.log(helped.labour / limit))
        prefers = share_below(alone.profit - (bound.profit + lump))
        taken, held = np.maximum(fits, prefers), np.maximum(prefers - fits, 0.0)
        helped = _mix(fits, helped, bound, taken)
    else:
        taken = small
    share = rule.take_up * taken
    merged = _Inputs(*(share * getattr(helped, name) + (1 - share) * getattr(alone, name)
                       for name in ("output", "labour", "capital", "profit")))  # fmt: skip
    support = share * (rate * helped.output + lump)
    return Year(
        merged.output, merged.labour, merged.capital, merged.profit + share * lump, support,
        merged.output * economy.groups.tax, alone.output, small, distressed, rule.take_up * held,
    )  # fmt: skip


def _mix(fits: np.ndarray, free: _Inputs, bound: _Inputs, taken: np.ndarray) -> _Inputs:
    """Return the means over supported firms, of which some fit below the notch and others hold themselves there."""
    weight = np.where(taken > 0, np.minimum(fits, taken) / np.where(taken > 0, taken, 1.0), 1.0)
    return _Inputs(*(weight * getattr(free, name) + (1 - weight) * getattr(bound, name)
                     for name in ("output", "labour", "capital", "profit")))  # fmt: skip


def _marginal(economy: Economy) -> np.ndarray:
    """Return what is left of marginal revenue when inputs are chosen, after the group's wedge and that of AI's gain."""
    return (1.0 - economy.groups.wedge) * np.exp(-economy.distortion * technology(economy))


def _unbounded(economy: Economy, scale: np.ndarray, keep: np.ndarray, wage: float) -> _Inputs:
    """Choose both inputs: marginal revenue is short by the group's wedge."""
    a, b, c = economy.returns_capital, economy.returns_labour, economy.decreasing
    rent = economy.rental
    margin = keep * _marginal(economy)
    cost = (a / rent) ** (a / c) if a else 1.0
    output = scale ** (1 / c) * margin ** ((a + b) / c) * cost * (b / wage) ** (b / c)
    labour, capital = b * margin * output / wage, a * margin * output / rent
    profit = keep * output - wage * labour - rent * capital - economy.fixed_cost * cost_unit(economy, wage)
    return _Inputs(output, labour, capital, profit)


def _bounded(economy: Economy, scale: np.ndarray, keep: np.ndarray, wage: float, labour: np.ndarray) -> _Inputs:
    """Choose capital alone, labour being held at a limit."""
    a, b, rent = economy.returns_capital, economy.returns_labour, economy.rental
    margin = keep * _marginal(economy)
    given = scale * labour**b
    capital = (a * margin * given / rent) ** (1 / (1 - a)) if a else np.zeros_like(given)
    output = given * capital**a if a else given
    profit = keep * output - wage * labour - rent * capital - economy.fixed_cost * cost_unit(economy, wage)
    return _Inputs(output, labour, capital, profit)
