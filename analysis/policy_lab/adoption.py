"""Staying, closing and taking up AI: the value of every kind of firm and what it chooses at the end of a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr, expit, logsumexp
from scipy.stats import norm

from analysis.policy_lab.economy import Economy
from analysis.policy_lab.firms import Prices, Year, cost_unit, technology
from analysis.policy_lab.support import Rule

ROUNDING = 1e-10
"""A value that moves by less, and no longer less than before, moves by rounding."""
TINY = 1e-12
"""Smallest mean of a cost: free is taken as next to free."""


class NotSolved(ArithmeticError):
    """An equation of the model was not solved; the message gives the largest residual."""


@dataclass(frozen=True)
class Choices:
    """What firms do at the end of the year.

    Parameters
    ----------
    value : ndarray of shape (states, groups, n)
        Value of a firm at the start of the year, in units of output.
    move : ndarray of shape (states, states, groups, n)
        Probability of staying and having an AI state next year (second axis), by AI state this year (first axis).
    close : ndarray of shape (states, groups, n)
        Probability of closing at the end of the year.
    spent : ndarray of shape (states, groups, n)
        What firms of a kind spend on taking up AI, on average, in units of output.
    """

    value: np.ndarray
    move: np.ndarray
    close: np.ndarray
    spent: np.ndarray


@dataclass(frozen=True)
class Terms:
    """What a choice costs and earns at once, in units of output.

    Parameters
    ----------
    cost : ndarray of shape (2, groups, n), or None without AI
        Mean of the cost that a firm draws of being licensed and of transforming.
    stay_pay : ndarray of shape (states, states, groups, n)
        Expected support that comes next year if the firm stays, before discounting.
    close_pay : ndarray of shape (states, groups, n)
        Support on closing.
    checked : ndarray of shape (states, groups, n)
        Share of the kind whose productivity is measured if it stays.
    """

    cost: np.ndarray | None
    stay_pay: np.ndarray
    close_pay: np.ndarray
    checked: np.ndarray


def capability(economy: Economy) -> np.ndarray:
    """Return by how much AI costs a firm more than one as productive as the mean entrant, by level of productivity."""
    levels = economy.productivity.levels
    mean = np.exp(economy.productivity.entrants @ np.log(levels))
    return (levels / mean) ** -economy.ai.capability


def measured_improvement(economy: Economy, rule: Rule) -> np.ndarray:
    """Return the probability that measured productivity rises by the threshold, by move.

    Returns
    -------
    ndarray of shape (states, states, n, n)
        From AI state and level this year (first and third axis) to those of next year.
    """
    logs = technology(economy)[:, 0, :] + np.log(economy.productivity.levels)
    growth = logs[None, :, None, :] - logs[:, None, :, None]
    if rule.error == 0:
        return (growth >= rule.threshold).astype(float)
    return norm.cdf((growth - rule.threshold) / rule.error)


def terms(economy: Economy, rule: Rule, prices: Prices, now: Year, later: Year | None = None) -> Terms:
    """Return the costs and payments that go with each choice.

    `later` is the year in which payments on staying fall due; where it is not given the year repeats.
    """
    states, groups, n = economy.shape
    cost = None
    if economy.ai:
        once = np.array([economy.ai.licence_setup, economy.ai.reorganisation])
        cost = once[:, None, None] * capability(economy) * now.natural[0]
    blank = np.zeros((states, groups, n))
    if not rule.measures:
        return Terms(cost, np.zeros((states, states, groups, n)), blank, blank)
    base = (later or now).natural * prices.rate
    expected = np.einsum("abyz,yz,gh,bhz->abgy", measured_improvement(economy, rule), economy.productivity.transition,
                         economy.groups.moves, base)  # fmt: skip
    eligible = rule.take_up * (now.small if rule.kind == "tied" else now.distressed)
    close = eligible * now.natural * prices.rate if rule.kind == "restructuring" else blank
    return Terms(cost, eligible[:, None] * expected, close, eligible)


def continuation(economy: Economy, value: np.ndarray) -> np.ndarray:
    """Return the discounted expected value of next year by AI state of next year, group and level of this year."""
    weight = economy.discount * (1 - economy.exogenous_exit)
    return weight * np.einsum("gh,yz,bhz->bgy", economy.groups.moves, economy.productivity.transition, value)


def choose(
    economy: Economy, wage: float, held: Terms, ahead: np.ndarray, close: np.ndarray | None = None
) -> tuple[np.ndarray, Choices]:
    """Choose between closing and staying in each AI state, given the value of staying.

    Parameters
    ----------
    economy : Economy
    wage : float
    held : Terms
    ahead : ndarray of shape (states, groups, n)
        Discounted value of next year by AI state of next year.
    close : ndarray, optional
        Probability of closing where it is not for the firm to choose on these terms. Who closes are still those who
        like it best: the entropy of the odds is what their tastes are worth, in units of the scale.

    Returns
    -------
    ndarray of shape (states, groups, n)
        Value of the choice with the private costs drawn.
    Choices
        Whose value is left empty.
    """
    weight = economy.discount * (1 - economy.exogenous_exit)
    options = ahead[None] + weight * held.stay_pay
    chances = (economy.ai.licence_chance, economy.ai.chance) if economy.ai else (0.0, 0.0)
    stay, odds, spent = _take_up(options, held.cost, chances)
    scale = economy.taste * cost_unit(economy, wage)
    if not economy.endogenous_exit:
        close = np.zeros_like(stay)
    if close is None:
        worth, close = _close_or_stay(held.close_pay, stay, scale)
    else:
        worth = (1 - close) * stay + close * held.close_pay + scale * (entr(close) + entr(1 - close))
    kept = 1 - close
    return worth, Choices(np.empty(0), kept[:, None] * odds, close, kept * spent)


def _close_or_stay(closing: np.ndarray, staying: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the value of the better choice and the odds of closing; a firm that is indifferent stays."""
    if scale == 0:
        return np.maximum(closing, staying), (closing > staying).astype(float)
    both = np.stack([closing, staying]) / scale
    return scale * logsumexp(both, axis=0), expit(both[0] - both[1])


def _take_up(
    options: np.ndarray, cost: np.ndarray | None, chances: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose the AI state of next year, given the value of staying in each.

    Each firm draws the cost of being licensed and that of transforming from exponential laws, so that nobody takes up
    what brings nothing, and more firms do the more it brings.

    Parameters
    ----------
    options : ndarray of shape (states, states, groups, n)
        Value by AI state of this year (first axis) and of next year.
    cost : ndarray of shape (2, groups, n), or None without AI
    chances : (float, float)
        Shares of firms that get round to weighing a licence, and transformation, in the year.

    Returns
    -------
    worth : ndarray of shape (states, groups, n)
        Expected value of the best choice, its cost taken off.
    odds : ndarray of shape (states, states, groups, n)
    spent : ndarray of shape (states, groups, n)
        Expected cost.
    """
    if cost is None:
        return options[:, 0], np.ones_like(options), np.zeros_like(options[:, 0])
    worth, odds = np.empty_like(options[:, 0]), np.zeros_like(options)
    spent = np.zeros_like(worth)
    nothing = np.zeros_like(options[0, 0])
    for state in range(3):
        base = options[state, state]
        licence = options[0, 1] - base if state == 0 else nothing
        deep = options[state, 2] - base if state < 2 else nothing
        gain, first, second = _weigh(licence, cost[0], deep, cost[1], chances)
        worth[state] = base + gain
        odds[state, state] += 1 - first - second
        odds[state, 1] += first
        odds[state, 2] += second
        spent[state] = first * licence + second * deep - gain
    return worth, odds, spent


def _weigh(one, mean_one, two, mean_two, chances: tuple[float, float]):
    """Average `_better_of_two` over firms that weigh both, one or neither of two gains."""
    nothing = np.zeros_like(one)
    both = _better_of_two(one, mean_one, two, mean_two)
    first = _better_of_two(one, mean_one, nothing, mean_two)
    second = _better_of_two(nothing, mean_one, two, mean_two)
    here, there = chances
    weights = here * there, here * (1 - there), (1 - here) * there
    return tuple(sum(w * part for w, part in zip(weights, parts, strict=True))
                 for parts in zip(both, first, second, strict=True))  # fmt: skip


def _better_of_two(one: np.ndarray, mean_one: np.ndarray, two: np.ndarray, mean_two: np.ndarray):
    """Return the expected maximum of nothing and two gains less exponential costs, and the odds that each is chosen.

    The maximum M has P(M <= x) = exp(-(one - x) / mean_one) exp(-(two - x) / mean_two), each one beyond its gain.
    """
    one, two = np.maximum(one, 0.0), np.maximum(two, 0.0)
    mean_one, mean_two = np.maximum(mean_one, TINY), np.maximum(mean_two, TINY)
    rate = 1 / mean_one + 1 / mean_two
    low, high = np.minimum(one, two), np.maximum(one, two)
    leader = np.where(one > two, mean_one, mean_two)
    neither = np.exp(-one / mean_one - two / mean_two)
    lag = np.exp(-(high - low) / leader)
    expected = high - leader * (1 - lag) - (lag - neither) / rate
    below = (lag - neither) / rate
    first = below / mean_one + np.where(one > two, 1 - lag, 0.0)
    second = below / mean_two + np.where(one > two, 0.0, 1 - lag)
    return expected, first, second


def flow(economy: Economy, now: Year) -> np.ndarray:
    """Return what the year earns, with the licence paid."""
    return now.profit - licences(economy, now)


def licences(economy: Economy, now: Year) -> np.ndarray:
    """Return what licences cost in a year, by kind of firm, in units of output."""
    paid = np.zeros(economy.shape)
    if economy.ai:
        paid[1] = economy.ai.licence_cost * now.natural[1]
    return paid


def law_of_motion(economy: Economy, move: np.ndarray) -> np.ndarray:
    """Return the probability of each kind next year (columns) by kind this year (rows), closings left out."""
    size = int(np.prod(economy.shape))
    full = np.einsum("abgy,gh,yz->agybhz", move, economy.groups.moves, economy.productivity.transition)
    return (1 - economy.exogenous_exit) * full.reshape(size, size)


def solve_values(
    economy: Economy, rule: Rule, prices: Prices, now: Year, start: np.ndarray | None = None, tolerance: float = 1e-13,
    close: np.ndarray | None = None,
) -> tuple[Choices, Terms]:  # fmt: skip
    """Solve for the value of firms where every year is alike, by Newton's method (Howard's policy iteration).

    Raises
    ------
    NotSolved
        If the value still moves after 200 rounds.
    """
    held = terms(economy, rule, prices, now)
    earned = flow(economy, now)
    if (
        close is None
        and rule.kind != "none"
        and prices.rate
        and not economy.has("survival")
        and economy.endogenous_exit
    ):
        bare = Prices(prices.wage, prices.tax)
        without = Rule("none")
        from analysis.policy_lab.firms import year

        close = solve_values(economy, without, bare, year(economy, without, bare))[0].close
    value = earned / (1 - economy.discount) if start is None else start
    size = value.size
    moved = np.inf
    for _ in range(200):
        ahead = continuation(economy, value)
        worth, chosen = choose(economy, prices.wage, held, ahead, close)
        matrix = law_of_motion(economy, chosen.move) * economy.discount
        # Newton: the value of the choice is linear in the value of next year, with the odds as slopes
        rest = worth - (matrix @ value.ravel()).reshape(value.shape)
        new = np.linalg.solve(np.eye(size) - matrix, (earned + rest).ravel()).reshape(value.shape)
        before, moved = moved, np.abs(new - value).max() / max(1e-300, np.abs(new).max())
        value = new
        if moved < tolerance or (moved < ROUNDING and moved >= before):
            break
    else:
        raise NotSolved(f"the value of firms moves by {moved:.1e} of its size after 200 rounds")
    return Choices(value, chosen.move, chosen.close, chosen.spent), held
