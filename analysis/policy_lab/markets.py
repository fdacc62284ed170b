"""An economy at given prices: what firms do, how many there are, and what a rule of support costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from analysis.policy_lab import adoption, firms
from analysis.policy_lab.adoption import Choices, Terms
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year
from analysis.policy_lab.support import Rule


@dataclass(frozen=True, eq=False)
class State:
    """An economy at given prices, firms per entrant, before its size is known."""

    prices: Prices
    year: Year
    choices: Choices
    terms: Terms
    per_entrant: np.ndarray
    entry_value: float


def at_prices(economy: Economy, rule: Rule, prices: Prices, start: np.ndarray | None = None) -> State:
    """Solve firms and their distribution at given prices."""
    now = firms.year(economy, rule, prices)
    choices, held = adoption.solve_values(economy, rule, prices, now, start)
    entering = entry_draw(economy)
    matrix = adoption.law_of_motion(economy, choices.move)
    size = matrix.shape[0]
    per_entrant = np.linalg.solve(np.eye(size) - matrix.T, entering.ravel()).reshape(economy.shape)
    worth = economy.discount**economy.entry_lag * float((entering * choices.value).sum())
    return State(prices, now, choices, held, per_entrant, worth)


def entry_draw(economy: Economy) -> np.ndarray:
    """Return the probability of each kind for an entrant."""
    entering = np.zeros(economy.shape)
    entering[0] = economy.groups.entry * economy.productivity.entrants
    return entering


def labour_used(economy: Economy, state: State) -> np.ndarray:
    """Return labour by kind of firm, with costs that are paid in labour."""
    if economy.costs_in == "output":
        return state.year.labour
    return state.year.labour + costs(economy, state)


def costs(economy: Economy, state: Any) -> np.ndarray:
    """Return the resources that a firm of each kind uses beside its inputs, in units of costs: fixed, licence, AI."""
    unit = firms.cost_unit(economy, state.prices.wage)
    return economy.fixed_cost + (adoption.licences(economy, state.year) + state.choices.spent) / unit


def number_of_entrants(economy: Economy, state: State) -> float:
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


def paid(economy: Economy, rule: Rule, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return support by kind of firm, and the share of each kind whose productivity is measured, in a year."""
    stays = (state.choices.move * state.terms.stay_pay).sum(axis=1) * (1 - economy.exogenous_exit)
    closes = state.choices.close * state.terms.close_pay
    checked = state.terms.checked * state.choices.move.sum(axis=1) * (1 - economy.exogenous_exit)
    return state.year.support + stays + closes, checked


def cost_of_rule(economy: Economy, rule: Rule, state: State, entrants: float) -> float:
    """Return what a rule costs a year: payments, administration and verification, in units of output."""
    money, checked = paid(economy, rule, state)
    per_firm = money * (1 + rule.administration) + checked * rule.verification
    return entrants * float((state.per_entrant * per_firm).sum())


def gain_of_entry(economy: Economy, state: State) -> float:
    """Return what entry is worth over what it costs, less one; with entry off, the usual entrants over those of now."""
    if not economy.has("entry"):
        return economy.usual_entry / number_of_entrants(economy, state) - 1
    cost = economy.cost_of_entry(number_of_entrants(economy, state)) * firms.cost_unit(economy, state.prices.wage)
    return state.entry_value / cost - 1
