"""Stationary equilibrium: free entry, cleared markets, a balanced budget, and the distribution of firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from analysis.policy_lab import adoption, firms
from analysis.policy_lab.adoption import Choices, NotSolved, Terms
from analysis.policy_lab.budgets import CLOSED, with_support
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year
from analysis.policy_lab.markets import (
    State,
    at_prices,
    cost_of_rule,
    costs,
    entry_draw,
    gain_of_entry,
    labour_used,
    number_of_entrants,
    paid,
)  # fmt: skip
from analysis.policy_lab.support import Rule


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A stationary equilibrium.

    Parameters
    ----------
    economy : Economy
    rule : Rule
    prices : Prices
    year : Year
    choices : Choices
    terms : Terms
    entrants : float
        Firms that enter in a year.
    firms : ndarray of shape (states, groups, n)
        Number of firms of each kind at work.
    residuals : dict
        Free entry (given entry where that channel is off), labour or spending, goods, budget, tax and distribution,
        relative to their size.
    """

    economy: Economy
    rule: Rule
    prices: Prices
    year: Year
    choices: Choices
    terms: Terms
    entrants: float
    firms: np.ndarray
    residuals: dict[str, float]

    def total(self, what: np.ndarray) -> float:
        """Add up over firms."""
        return float((self.firms * what).sum())


def solve(
    economy: Economy, rule: Rule | None = None, start: Prices | None = None, bare: Equilibrium | None = None
) -> Equilibrium:
    """Solve for the stationary equilibrium.

    A budget can belong to several equilibria: more generosity may come to cost less, where firms that live on support
    come to make less, and more again further up. The one returned is the one that is reached from no support by raising
    generosity until the rule first costs its budget. Where more generosity comes to cost less before the budget is
    spent, the budget cannot be reached in that way and is not solved for.

    Parameters
    ----------
    economy : Economy
    rule : Rule, optional
        By default no support.
    start : Prices, optional
        Where to begin; by default the economy without support. With a generosity above zero the equilibrium near it is
        returned, which need not be the one that is reached from no support.
    bare : Equilibrium, optional
        The same economy without support, where it has been solved: saves time.

    Returns
    -------
    Equilibrium

    Raises
    ------
    ValueError
        If `bare` is another economy or has support.
    NotSolved
        If a condition is left open by more than 1e-8 of its size, with the residual; or if the rule cannot spend its
        budget, with what it can spend.
    """
    rule = rule or Rule()
    if bare is None:
        state = _without_support(economy, None if start is None else start.wage)
    elif bare.economy is economy and not bare.rule.budget:
        state = at_prices(economy, Rule(), bare.prices)
    else:
        raise ValueError("bare: another economy, or one with support; give the same economy without support")
    if rule.budget:
        state = with_support(economy, rule, state, start)
    return _finish(economy, rule, state)


def _without_support(economy: Economy, near: float | None = None) -> State:
    def gain(log_wage: float) -> float:
        # every wage from the same start: the entrant's value is small beside the largest, and rounding is part of it
        return gain_of_entry(economy, at_prices(economy, Rule(), Prices(float(np.exp(log_wage)))))

    low, high = _bracket(gain, np.log(near) if near else 0.0)
    log_wage = brentq(gain, low, high, xtol=1e-15, rtol=1e-14)
    return at_prices(economy, Rule(), Prices(float(np.exp(log_wage))))


def _bracket(gain, start: float) -> tuple[float, float]:
    """Find log wages at which entry pays and does not pay."""
    step, low, high = 0.5, start, start
    for _ in range(60):
        if gain(low) > 0:
            break
        low -= step
        step *= 1.5
    else:
        raise NotSolved("entry does not pay at any wage")
    step = 0.5
    high = max(high, low + step)
    for _ in range(60):
        if gain(high) < 0:
            return low, high
        low, high, step = high, high + step, step * 1.5
    raise NotSolved("entry pays at every wage")


def _finish(economy: Economy, rule: Rule, state: State) -> Equilibrium:
    entrants = number_of_entrants(economy, state)
    many = entrants * state.per_entrant
    eq = Equilibrium(economy, rule, state.prices, state.year, state.choices, state.terms, entrants, many, {})
    residuals = _residuals(economy, rule, state, eq)
    worst = max(residuals, key=lambda name: abs(residuals[name]))
    if abs(residuals[worst]) > CLOSED:
        raise NotSolved(f"{worst} is open by {residuals[worst]:.1e} of its size")
    object.__setattr__(eq, "residuals", residuals)
    return eq


def _residuals(economy: Economy, rule: Rule, state: State, eq: Equilibrium) -> dict[str, float]:
    output = eq.total(state.year.output)
    matrix = adoption.law_of_motion(economy, state.choices.move)
    moved = (matrix.T @ eq.firms.ravel()).reshape(economy.shape) + eq.entrants * entry_draw(economy)
    found = {
        "free entry" if economy.has("entry") else "given entry": gain_of_entry(economy, state),
        "distribution": float(np.abs(moved - eq.firms).sum() / eq.firms.sum()),
    }
    if economy.labour is not None:
        entering = eq.entrants * economy.cost_of_entry(eq.entrants) if economy.costs_in == "labour" else 0.0
        used = eq.total(labour_used(economy, state)) + entering
        found["labour"] = used / economy.labour - 1
    else:
        found["spending"] = output / (economy.spending * state.prices.wage) - 1
    if rule.budget:
        found["budget"] = cost_of_rule(economy, rule, state, eq.entrants) / rule.budget - 1
        found["tax"] = state.prices.tax * output / rule.budget - 1
    found["goods"] = _goods(economy, rule, state, eq) / output
    return found


def _goods(economy: Economy, rule: Rule, state: State, eq: Equilibrium) -> float:
    """Return consumption that households can pay for less consumption that is left of output (Walras' law)."""
    unit = firms.cost_unit(economy, state.prices.wage)
    output, capital = eq.total(state.year.output), eq.total(state.year.capital)
    money, checked = paid(economy, rule, state)
    running = eq.total(money) * rule.administration + eq.total(checked) * rule.verification
    spent = eq.total(costs(economy, state)) + eq.entrants * economy.cost_of_entry(eq.entrants)
    in_output = spent if economy.costs_in == "output" else 0.0
    left = output - economy.depreciation * capital - in_output - running
    wages = state.prices.wage * (eq.total(state.year.labour) + (spent if economy.costs_in == "labour" else 0.0))
    # dividends: the year's profit, licences and reorganisation paid, support that is tied received, entry financed
    profit = (
        eq.total(state.year.profit)
        - (eq.total(costs(economy, state)) - eq.total(np.full(economy.shape, economy.fixed_cost))) * unit
    )
    tied = eq.total(money - state.year.support)
    dividends = profit + tied - eq.entrants * economy.cost_of_entry(eq.entrants) * unit
    interest = (economy.rental - economy.depreciation) * capital
    balance = state.prices.tax * output - eq.total(money) - running + eq.total(state.year.taxed)
    return wages + dividends + interest + balance - left
