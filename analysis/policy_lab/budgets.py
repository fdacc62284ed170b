"""What a rule costs at a generosity, and the generosity at which it costs its budget."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize_scalar, root

from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices
from analysis.policy_lab.markets import State, at_prices, cost_of_rule, gain_of_entry, number_of_entrants
from analysis.policy_lab.support import Rule

CLOSED = 1e-8
"""Largest residual of any equilibrium condition, relative to its size."""
WALKED = 1e-6
"""The same while generosity is being raised towards a budget; the last step is held to `CLOSED`."""


def with_support(economy: Economy, rule: Rule, bare: State, start: Prices | None) -> State:
    """Solve for wage, tax and generosity together, near the given start or between two that the walk found."""
    market = Market(economy, rule, bare)
    if start and start.rate:
        return market.whole(start)
    low, high, guess = walk(market)
    try:
        found = market.whole(guess)
        if low <= found.prices.rate <= high:
            return found
    except NotSolved:
        pass
    rate = brentq(lambda rate: market.cost(rate) / rule.budget - 1, low, high, xtol=1e-12 * high, rtol=1e-12)
    market.cost(rate)
    return market.whole(market.state.prices)


class Market:
    """An economy under a rule: what the rule costs at a generosity, and where it costs its budget."""

    def __init__(self, economy: Economy, rule: Rule, bare: State) -> None:
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
        budget = self.rule.budget
        return np.array([gain_of_entry(self.economy, state), prices.tax * made / budget, spent / budget])

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

    def whole(self, guess: Prices) -> State:
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


def walk(market: Market) -> tuple[float, float, Prices]:
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


def _top(market: Market, known: list[tuple]) -> tuple[float, float, Prices]:
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


def _first_guess(market: Market) -> float:
    """Return the generosity that would cost the budget if prices and firms stayed as they are without support."""
    probe, costs = 1e-4, []
    for rate in (probe / 2, probe):
        state = at_prices(market.economy, market.rule, Prices(market.state.prices.wage, 0.0, rate))
        costs.append(cost_of_rule(market.economy, market.rule, state, market.entrants))
    budget, slope = market.rule.budget, (costs[1] - costs[0]) / (probe / 2)
    if not slope > 0:
        raise NotSolved(f'rule "{market.rule.kind}" reaches no firm, so that it cannot spend a budget of {budget:g}')
    return budget / slope
