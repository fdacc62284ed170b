"""After AI arrives: the path from one stationary economy to another that everybody foresees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import NoConvergence, anderson, brentq

from analysis.policy_lab import adoption, firms, industry
from analysis.policy_lab.adoption import Choices, NotSolved, Terms
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year
from analysis.policy_lab.industry import CLOSED, Equilibrium
from analysis.policy_lab.snapshots import Snapshot, outcomes
from analysis.policy_lab.support import Rule

MEMORY, STEP = 6, 0.4
"""Rounds that a guess of the wage is mixed from, and the share of the gap by which the first one moves."""
ARRIVED = 1e-4
"""How near output of the last year must come to the new stationary economy."""


@dataclass(frozen=True, eq=False)
class Path:
    """A path of an economy.

    Parameters
    ----------
    start, end : Equilibrium
        The stationary economies before and after.
    wages : ndarray of shape (years,)
    snapshots : list of Snapshot
        One a year, the first the year in which AI arrives.
    residuals : dict
        Largest open condition over the years: labour, free entry; and the distance of the last year from `end`.
    """

    start: Equilibrium
    end: Equilibrium
    wages: np.ndarray
    snapshots: list[Snapshot]
    residuals: dict[str, float]

    def table(self) -> pd.DataFrame:
        """Return the outcomes by year.

        Returns
        -------
        DataFrame
            year (-1: the stationary economy before; 0: the year in which AI arrives), the names of `outcomes`, wage,
            entrants, and cost_of_rule over the rule's budget (missing without one).
        """
        before = {"year": -1, **outcomes(self.start), "wage": self.start.prices.wage, "entrants": self.start.entrants}
        budget = self.end.rule.budget
        rows = [before]
        for year, (one, wage) in enumerate(zip(self.snapshots, self.wages, strict=True)):
            spent = (one.support + one.running) / budget if budget else np.nan
            rows.append({"year": year, **outcomes(one), "wage": wage, "entrants": one.entrants, "cost_of_rule": spent})
        return pd.DataFrame(rows)


def transition(start: Equilibrium, economy: Economy, rule: Rule, years: int = 200, rounds: int = 100) -> Path:
    """Solve for the path after AI arrives, unforeseen until then and foreseen from then on.

    Capital is rented at a world price that does not change, and the rule keeps the generosity and the tax of the new
    stationary economy: households make up, at once and in one sum each, what a year's tax is short of a year's support.
    Every year the wage clears the labour market, and as many firms enter as entry is worth. A rule that pays for
    improvement pays nothing in the first year, since nothing was measured.

    Entry has to cost more the more firms enter (`entry_elasticity` finite). With one cost for any number of entrants
    the wage would jump to its new level at once and entry would swing from year to year, now below zero.

    Parameters
    ----------
    start : Equilibrium
        The stationary economy before.
    economy : Economy
        The economy after: the same firms, with AI.
    rule : Rule
        From the first year on.
    years : int
        Length of the path, after which the economy has to be at rest.
    rounds : int
        Largest number of rounds of guesses of the wage (Anderson mixing).

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the economies differ in productivity or groups, entrants produce at once, costs are in labour, entry costs
        the same for any number or its channel is off, or there is no AI to adopt.
    NotSolved
        If the wage does not settle or the path has not come to rest; the message says by how much.

    References
    ----------
    Hopenhayn (1992), Econometrica 60, on the wage under free entry.
    """
    _check(start, economy, years)
    end = industry.solve(economy, rule)
    first = np.zeros(economy.shape)
    first[0] = start.firms[0]
    reach = partial(_once, economy, rule, end, first)
    guess = np.full(years, np.log(end.prices.wage))
    try:
        logs = anderson(lambda one: reach(one)[-1], guess, M=MEMORY, alpha=STEP, f_tol=CLOSED / 50, maxiter=rounds,
                        tol_norm=lambda gap: np.abs(gap).max())  # fmt: skip
    except NoConvergence as failed:
        moved = np.abs(reach(failed.args[0])[-1]).max()
        raise NotSolved(
            f'path under rule "{rule.kind}": the wage still moves by {moved:.1e} after {rounds} rounds'
        ) from None
    wages, plans, stocks, entrants, _ = reach(logs)
    shots = _snapshots(end, economy, rule, plans, stocks, entrants)
    return Path(start, end, wages, shots, _residuals(end, economy, plans, shots, entrants))


@dataclass(frozen=True)
class _Plan:
    """A year: prices, what firms do in it, what choices cost and earn, what firms choose, the value of a firm."""

    prices: Prices
    year: Year
    terms: Terms
    choices: Choices


def _once(economy: Economy, rule: Rule, end: Equilibrium, first: np.ndarray, logs: np.ndarray):
    """Return the wages guessed, what follows from them, and by how many log points wages that clear are off."""
    wages = np.exp(logs)
    plans = _backward(economy, rule, end, wages)
    stocks, entrants, cleared = _forward(economy, rule, end, plans, first)
    return wages, plans, stocks, entrants, np.log(cleared) - logs


def _backward(economy: Economy, rule: Rule, end: Equilibrium, wages: np.ndarray) -> list[_Plan]:
    """Go from the last year, after which the economy is at rest, to the first."""
    later = _Plan(end.prices, end.year, end.terms, end.choices)
    plans = []
    for wage in wages[::-1]:
        prices = Prices(float(wage), end.prices.tax, end.prices.rate)
        now = firms.year(economy, rule, prices)
        held = adoption.terms(economy, rule, prices, now, later.year)
        ahead = adoption.continuation(economy, later.choices.value)
        worth, chosen = adoption.choose(economy, prices.wage, held, ahead)
        value = adoption.flow(economy, now) + worth
        later = _Plan(prices, now, held, Choices(value, chosen.move, chosen.close, chosen.spent))
        plans.append(later)
    return plans[::-1]


def _forward(economy: Economy, rule: Rule, end: Equilibrium, plans: list[_Plan], first: np.ndarray):
    """Go from the first year to the last; return firms, entrants and the wages at which labour markets clear."""
    entering = industry.entry_draw(economy)
    stock, stocks, entrants, cleared = first, [], [], []
    for t, one in enumerate(plans):
        stocks.append(stock)
        cleared.append(_clearing_wage(economy, rule, end, stock, one.prices.wage))
        following = plans[t + 1].choices.value if t + 1 < len(plans) else end.choices.value
        worth = economy.discount * float((entering * following).sum()) / economy.entry_cost
        entrants.append(economy.usual_entry * max(worth, 0.0) ** economy.entry_elasticity)
        law = adoption.law_of_motion(economy, one.choices.move)
        stock = (law.T @ stock.ravel()).reshape(economy.shape) + entrants[-1] * entering
    return stocks, entrants, np.array(cleared)


def _clearing_wage(economy: Economy, rule: Rule, end: Equilibrium, stock: np.ndarray, near: float) -> float:
    def excess(log_wage: float) -> float:
        prices = Prices(float(np.exp(log_wage)), end.prices.tax, end.prices.rate)
        return float((stock * firms.year(economy, rule, prices).labour).sum()) / economy.labour - 1

    low, high, step = np.log(near), np.log(near), 0.02
    while excess(low) < 0:
        low, step = low - step, 2 * step
    step = 0.02
    while excess(high) > 0:
        high, step = high + step, 2 * step
    return float(np.exp(brentq(excess, low, high, xtol=1e-13))) if high > low else near


def _check(start: Equilibrium, economy: Economy, years: int) -> None:
    before = start.economy
    if economy.ai is None or before.ai is not None:
        raise ValueError(
            "the economy before must be without AI and the one after must have it: economy.replace(ai=AI())"
        )
    if before.shape[1:] != economy.shape[1:] or not np.array_equal(
        before.productivity.levels, economy.productivity.levels
    ):
        raise ValueError("the economies before and after must have the same groups and levels of productivity")
    if not economy.has("entry"):
        raise ValueError('channels: a path needs "entry", since entry follows what it is worth')
    if np.isinf(economy.entry_elasticity):
        raise ValueError("entry_elasticity must be finite on a path: entry has to cost more the more firms enter")
    if economy.entry_lag != 1 or economy.costs_in != "output" or economy.labour is None:
        raise ValueError('a path needs entry_lag=1, costs_in="output" and labour= (its supply)')
    if years < 20:
        raise ValueError(f"years={years!r}: at least 20, or the economy cannot come to rest")


def _snapshots(end, economy: Economy, rule: Rule, plans: list[_Plan], stocks, entrants) -> list[Snapshot]:
    surviving = 1 - economy.exogenous_exit
    held = plans
    capital = [float((stock * one.year.capital).sum()) for stock, one in zip(stocks, held, strict=True)]
    capital.append(end.total(end.year.capital))
    shots, due = [], 0.0
    for t, (stock, one) in enumerate(zip(stocks, held, strict=True)):
        chosen, terms = one.choices, one.terms
        leave = chosen.close + (1 - chosen.close) * economy.exogenous_exit
        money = float((stock * (one.year.support + chosen.close * terms.close_pay)).sum()) + due
        due = float((stock * (chosen.move * terms.stay_pay).sum(axis=1)).sum()) * surviving
        checked = float((stock * terms.checked * chosen.move.sum(axis=1)).sum()) * surviving
        shots.append(Snapshot(
            economy, one.year, stock, float((stock * leave).sum()), entrants[t],
            float((stock * industry.costs(economy, one)).sum()),
            money * rule.administration + checked * rule.verification, money,
            capital[t + 1] - (1 - economy.depreciation) * capital[t],
        ))  # fmt: skip
    return shots


def _residuals(end, economy: Economy, plans: list[_Plan], shots: list[Snapshot], entrants) -> dict[str, float]:
    """Return how far any year is from clearing, entry from paying just what it costs, and the last year from rest."""
    entering, open_entry = industry.entry_draw(economy), 0.0
    for t, one in enumerate(plans[1:]):
        value = economy.discount * float((entering * one.choices.value).sum())
        open_entry = max(open_entry, abs(value / economy.cost_of_entry(entrants[t]) - 1))
    worst = {
        "labour": max(abs(one.total(one.year.labour) / economy.labour - 1) for one in shots),
        "free entry": open_entry,
        "rest": abs(shots[-1].total(shots[-1].year.output) / end.total(end.year.output) - 1),
    }
    for name, bound in (("labour", CLOSED), ("free entry", CLOSED), ("rest", ARRIVED)):
        if worst[name] > bound:
            more = "; more years are needed" if name == "rest" else ""
            raise NotSolved(f"{name} is open by {worst[name]:.1e} of its size{more}")
    return worst
