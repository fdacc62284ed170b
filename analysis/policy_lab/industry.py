"""Stationary equilibrium: free entry, cleared markets, a balanced budget, and the distribution of firms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar, root

from analysis.policy_lab import adoption, firms
from analysis.policy_lab.adoption import Choices, NotSolved, Terms
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year
from analysis.policy_lab.support import Rule

CLOSED = 1e-8
"""Largest residual of any equilibrium condition, relative to its size."""
WALKED = 1e-6
"""The same while generosity is being raised towards a budget; the last step is held to `CLOSED`."""


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

    Returns
    -------
    Equilibrium

    Raises
    ------
    NotSolved
        If a condition is left open by more than 1e-8 of its size, with the residual; or if the rule cannot spend its
        budget, with what it can spend.
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
    """Solve for wage, tax and generosity together, near the given start or between two that the walk found."""
    market = _Market(economy, rule, bare)
    if start and start.rate:
        return market.whole(start)
    low, high, guess = _walk(market)
    try:
        found = market.whole(guess)
        if low <= found.prices.rate <= high:
            return found
    except NotSolved:
        pass
    rate = brentq(lambda rate: market.cost(rate) / rule.budget - 1, low, high, xtol=1e-12 * high, rtol=1e-12)
    market.cost(rate)
    return market.whole(market.state.prices)


class _Market:
    """An economy under a rule: what the rule costs at a generosity, and where it costs its budget."""

    def __init__(self, economy: Economy, rule: Rule, bare: _State) -> None:
        self.economy, self.rule, self.state = economy, rule, bare
        self.entrants = number_of_entrants(economy, bare)

    def open(self, log_wage: float, tax: float, rate: float) -> np.ndarray:
        """Return how far free entry, the tax and the budget are from holding."""
        if not (np.isfinite([log_wage, tax, rate]).all() and tax < 1 and abs(log_wage) < 300):
            return np.full(3, 1e3)
        prices = Prices(float(np.exp(log_wage)), float(tax), float(rate))
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                state = at_prices(self.economy, self.rule, prices, self.state.choices.value)
            except NotSolved:
                return np.full(3, 1e3)
        many = number_of_entrants(self.economy, state)
        made = many * float((state.per_entrant * state.year.output).sum())
        spent = cost_of_rule(self.economy, self.rule, state, many)
        self.state = state
        return np.array([_gain(self.economy, state), prices.tax * made, spent]) / np.array([1, *2 * [self.rule.budget]])

    def cost(self, rate: float) -> float:
        """Return the cost of a generosity in units of output, wage and tax being solved for."""
        before = self.state

        def gaps(unknown: np.ndarray) -> np.ndarray:
            gain, raised, spent = self.open(unknown[0], unknown[1], rate)
            return np.array([gain, raised - spent])

        near = np.array([np.log(before.prices.wage), before.prices.tax])
        found = root(gaps, near, method="hybr", tol=1e-9)
        left = np.abs(gaps(found.x)).max()
        if not left <= WALKED:
            self.state = before
            raise NotSolved(f'rule "{self.rule.kind}": at a generosity of {rate:g} conditions are open by {left:.1e}')
        return self.open(found.x[0], found.x[1], rate)[2] * self.rule.budget

    def whole(self, guess: Prices) -> _State:
        """Solve for wage, tax and generosity from a guess."""

        def gaps(unknown: np.ndarray) -> np.ndarray:
            gain, raised, spent = self.open(unknown[0], unknown[1], np.exp(min(unknown[2], 300.0)))
            return np.array([gain, raised - 1, spent - 1])

        near = np.array([np.log(guess.wage), guess.tax, np.log(guess.rate)])
        found = root(gaps, near, method="hybr", tol=1e-13)
        left = np.abs(gaps(found.x)).max()
        if not left <= CLOSED:
            rule = self.rule
            raise NotSolved(f'rule "{rule.kind}", budget {rule.budget:g}: conditions are open by {left:.1e}')
        return self.state


def _walk(market: _Market) -> tuple[float, float, Prices]:
    """Raise generosity from nothing until the rule costs its budget; return the last two generosities and a guess.

    Raises
    ------
    NotSolved
        If more generosity comes to cost less before the budget is spent; the message says how much can be spent.
    """
    budget, linear = market.rule.budget, _first_guess(market)
    known, step = [(0.0, 0.0, market.state)], 0.3 * linear
    for _ in range(400):
        rate, spent, state = known[-1]
        try:
            market.state = state
            now = market.cost(rate + step)
        except NotSolved:
            step /= 2
            if step < 1e-4 * linear:
                raise
            continue
        known.append((rate + step, now, market.state))
        if now >= budget:
            return _between(known[-2], known[-1], budget)
        if now <= spent:
            return _top(market, known)
        step = min(1.1 * step * (budget - now) / (now - spent), max(2 * step, 0.3 * linear), rate + step)
    raise NotSolved(f'rule "{market.rule.kind}": spends {known[-1][1] / budget:.3f} of its budget after 400 steps')


def _between(below: tuple, above: tuple, budget: float) -> tuple[float, float, Prices]:
    """Return both generosities and prices in between, in proportion to the money."""
    (low, less, first), (high, more, second) = below, above
    part = (budget - less) / (more - less)
    wage = first.prices.wage ** (1 - part) * second.prices.wage**part
    tax = (1 - part) * first.prices.tax + part * second.prices.tax
    return low, high, Prices(wage, tax, (1 - part) * low + part * high)


def _top(market: _Market, known: list[tuple]) -> tuple[float, float, Prices]:
    """Look for the most that can be spent about the last three generosities, of which the third costs less."""
    low, high, budget, seen = known[max(0, len(known) - 3)], known[-1], market.rule.budget, {}

    def spent(rate: float) -> float:
        market.state = low[2]
        seen[rate] = (rate, market.cost(rate), market.state)
        return -seen[rate][1]

    best = minimize_scalar(spent, bounds=(low[0], high[0]), method="bounded", options={"xatol": 1e-3 * high[0]})
    top = seen[float(best.x)]
    if top[1] >= budget:
        return _between(low, top, budget)
    raise NotSolved(
        f'rule "{market.rule.kind}": can spend {top[1] / budget:.4f} of its budget of {budget:g}, at a generosity of '
        f"{top[0]:.3g}; beyond that more generosity costs less, since firms come to make less"
    )


def _first_guess(market: _Market) -> float:
    """Return the generosity that would cost the budget if prices and firms stayed as they are without support."""
    probe, costs = 1e-4, []
    for rate in (probe / 2, probe):
        state = at_prices(market.economy, market.rule, Prices(market.state.prices.wage, 0.0, rate))
        costs.append(cost_of_rule(market.economy, market.rule, state, market.entrants))
    budget, slope = market.rule.budget, (costs[1] - costs[0]) / (probe / 2)
    if not slope > 0:
        raise NotSolved(f'rule "{market.rule.kind}" reaches no firm, so that it cannot spend a budget of {budget:g}')
    return budget / slope


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
