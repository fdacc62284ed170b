"""Stationary equilibrium: free entry, cleared markets, a balanced budget, and the distribution of firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, root

from analysis.policy_lab import adoption, firms
from analysis.policy_lab.adoption import Choices, NotSolved, Terms
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year
from analysis.policy_lab.support import Rule

CLOSED = 1e-8
"""Largest residual of any equilibrium condition, relative to its size."""


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
        Free entry, labour or spending, goods, budget, tax and distribution, relative to their size.
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


@dataclass(frozen=True, eq=False)
class _State:
    """An economy at given prices, firms per entrant, before its size is known."""

    prices: Prices
    year: Year
    choices: Choices
    terms: Terms
    per_entrant: np.ndarray
    entry_value: float


def at_prices(economy: Economy, rule: Rule, prices: Prices, start: np.ndarray | None = None) -> _State:
    """Solve firms and their distribution at given prices."""
    now = firms.year(economy, rule, prices)
    choices, held = adoption.solve_values(economy, rule, prices, now, start)
    entering = entry_draw(economy)
    matrix = adoption.law_of_motion(economy, choices.move)
    size = matrix.shape[0]
    per_entrant = np.linalg.solve(np.eye(size) - matrix.T, entering.ravel()).reshape(economy.shape)
    worth = economy.discount**economy.entry_lag * float((entering * choices.value).sum())
    return _State(prices, now, choices, held, per_entrant, worth)


def entry_draw(economy: Economy) -> np.ndarray:
    """Return the probability of each kind for an entrant."""
    entering = np.zeros(economy.shape)
    entering[0] = economy.groups.entry * economy.productivity.entrants
    return entering


def labour_used(economy: Economy, state: _State) -> np.ndarray:
    """Return labour by kind of firm, with costs that are paid in labour."""
    if economy.costs_in == "output":
        return state.year.labour
    return state.year.labour + costs(economy, state)


def costs(economy: Economy, state: Any) -> np.ndarray:
    """Return the resources that a firm of each kind uses beside its inputs, in units of costs: fixed, licence, AI."""
    unit = firms.cost_unit(economy, state.prices.wage)
    return economy.fixed_cost + (adoption.licences(economy, state.year) + state.choices.spent) / unit


def number_of_entrants(economy: Economy, state: _State) -> float:
    """Return how many enter, from the supply of labour or the spending on the industry."""
    if economy.spending is not None:
        made = float((state.per_entrant * state.year.output).sum())
        return economy.spending * state.prices.wage / made
    used = float((state.per_entrant * labour_used(economy, state)).sum())
    if economy.costs_in == "output":
        return economy.labour / used
    if np.isinf(economy.entry_elasticity):
        return economy.labour / (used + economy.entry_cost)
    found = brentq(
        lambda many: many * (used + economy.cost_of_entry(many)) - economy.labour, 0.0, economy.labour / used
    )
    return float(found)


def paid(economy: Economy, rule: Rule, state: _State) -> tuple[np.ndarray, np.ndarray]:
    """Return support by kind of firm, and the share of each kind whose productivity is measured, in a year."""
    stays = (state.choices.move * state.terms.stay_pay).sum(axis=1) * (1 - economy.exogenous_exit)
    closes = state.choices.close * state.terms.close_pay
    checked = state.terms.checked * state.choices.move.sum(axis=1) * (1 - economy.exogenous_exit)
    return state.year.support + stays + closes, checked


def cost_of_rule(economy: Economy, rule: Rule, state: _State, entrants: float) -> float:
    """Return what a rule costs a year: payments, administration and verification, in units of output."""
    money, checked = paid(economy, rule, state)
    per_firm = money * (1 + rule.administration) + checked * rule.verification
    return entrants * float((state.per_entrant * per_firm).sum())


def solve(economy: Economy, rule: Rule | None = None, start: Prices | None = None) -> Equilibrium:
    """Solve for the stationary equilibrium.

    Parameters
    ----------
    economy : Economy
    rule : Rule, optional
        By default no support.
    start : Prices, optional
        Where to begin; by default the economy without support.

    Returns
    -------
    Equilibrium

    Raises
    ------
    NotSolved
        If a condition is left open by more than 1e-8 of its size; the message gives the residuals.
    """
    rule = rule or Rule()
    bare = _without_support(economy, None if start is None else start.wage)
    if rule.budget == 0:
        return _finish(economy, rule, bare)
    state = _with_support(economy, rule, bare, start)
    return _finish(economy, rule, state)


def _without_support(economy: Economy, near: float | None = None) -> _State:
    none = Rule()

    def gain(log_wage: float) -> float:
        return _gain(economy, at_prices(economy, none, Prices(float(np.exp(log_wage)))))

    low, high = _bracket(gain, np.log(near) if near else 0.0)
    log_wage = brentq(gain, low, high, xtol=1e-15, rtol=1e-14)
    return at_prices(economy, none, Prices(float(np.exp(log_wage))))


def _gain(economy: Economy, state: _State) -> float:
    """Return what entry is worth over what it costs, less one."""
    cost = economy.cost_of_entry(number_of_entrants(economy, state)) * firms.cost_unit(economy, state.prices.wage)
    return state.entry_value / cost - 1


def _bracket(gain, start: float) -> tuple[float, float]:
    """Find log wages at which entry pays and does not pay."""
    step = 0.5
    low = high = start
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


def _with_support(economy: Economy, rule: Rule, bare: _State, start: Prices | None) -> _State:
    entrants = number_of_entrants(economy, bare)
    output = entrants * float((bare.per_entrant * bare.year.output).sum())
    guess = start if start and start.rate else _first_guess(economy, rule, bare, entrants, output)
    last: dict = {}

    def open_conditions(unknown: np.ndarray) -> np.ndarray:
        prices = Prices(float(np.exp(unknown[0])), float(unknown[1]), float(np.exp(unknown[2])))
        if not prices.tax < 1 or not np.isfinite(unknown).all():
            return np.full(3, 1e3)
        state = at_prices(economy, rule, prices, last.get("value"))
        last["value"], last["state"] = state.choices.value, state
        many = number_of_entrants(economy, state)
        made = many * float((state.per_entrant * state.year.output).sum())
        return np.array(
            [
                _gain(economy, state),
                prices.tax * made / rule.budget - 1,
                cost_of_rule(economy, rule, state, many) / rule.budget - 1,
            ]
        )

    found = root(
        open_conditions, np.array([np.log(guess.wage), guess.tax, np.log(guess.rate)]), method="hybr", tol=1e-13
    )
    left = np.abs(open_conditions(found.x)).max()
    if left > CLOSED:
        raise NotSolved(
            f'rule "{rule.kind}", budget {rule.budget:g}: conditions are open by {left:.1e} ({found.message})'
        )
    return last["state"]


def _first_guess(economy: Economy, rule: Rule, bare: _State, entrants: float, output: float) -> Prices:
    probe = 1e-4
    state = at_prices(economy, rule, Prices(bare.prices.wage, 0.0, probe))
    spent = cost_of_rule(economy, rule, state, entrants) - cost_of_rule(economy, rule, at_prices(
        economy, rule, Prices(bare.prices.wage, 0.0, probe / 2)), entrants)  # fmt: skip
    if not spent > 0:
        raise NotSolved(f'rule "{rule.kind}" reaches no firm, so that it cannot spend a budget of {rule.budget:g}')
    return Prices(bare.prices.wage, rule.budget / output, rule.budget / (2 * spent / probe))


def _finish(economy: Economy, rule: Rule, state: _State) -> Equilibrium:
    entrants = number_of_entrants(economy, state)
    many = entrants * state.per_entrant
    eq = Equilibrium(economy, rule, state.prices, state.year, state.choices, state.terms, entrants, many, {})
    residuals = _residuals(economy, rule, state, eq)
    worst = max(residuals, key=lambda name: abs(residuals[name]))
    if abs(residuals[worst]) > CLOSED:
        raise NotSolved(f"{worst} is open by {residuals[worst]:.1e} of its size")
    object.__setattr__(eq, "residuals", residuals)
    return eq


def _residuals(economy: Economy, rule: Rule, state: _State, eq: Equilibrium) -> dict[str, float]:
    output = eq.total(state.year.output)
    matrix = adoption.law_of_motion(economy, state.choices.move)
    moved = (matrix.T @ eq.firms.ravel()).reshape(economy.shape) + eq.entrants * entry_draw(economy)
    found = {
        "free entry": _gain(economy, state),
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


def _goods(economy: Economy, rule: Rule, state: _State, eq: Equilibrium) -> float:
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
