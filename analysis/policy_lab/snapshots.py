"""What an economy of the lab looks like: output, sizes, gaps, adoption, exit and what everything costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.policy_lab import adoption, firms
from analysis.policy_lab.economy import STATES, Economy
from analysis.policy_lab.firms import Year
from analysis.policy_lab.industry import Equilibrium, costs, paid
from analysis.policy_lab.support import Rule

SIZES = {"1-9": (0.0, 10.0), "10-49": (10.0, 50.0), "50-299": (50.0, 300.0), "300+": (300.0, np.inf)}
"""Size classes: persons from the first bound to below the second."""
SMALL = ("1-9", "10-49", "50-299")


@dataclass(frozen=True)
class Snapshot:
    """A year of an economy, stationary or on a path.

    Parameters
    ----------
    economy : Economy
    year : Year
    firms : ndarray of shape (states, groups, n)
        Firms at work by kind.
    closing : float
        Firms that close at the end of the year, of their own choice or not.
    entrants : float
    used : float
        Fixed costs, licences and reorganisation, in units of output.
    running : float
        Administration and verification of the rule, in units of output.
    support : float
        Paid to firms, in units of output.
    investment : float
        Growth of the capital stock and its depreciation, in units of output.
    """

    economy: Economy
    year: Year
    firms: np.ndarray
    closing: float
    entrants: float
    used: float
    running: float
    support: float
    investment: float

    def total(self, what: np.ndarray) -> float:
        """Add up over firms."""
        return float((self.firms * what).sum())


def snapshot(found: Equilibrium) -> Snapshot:
    """Return the year of a stationary equilibrium."""
    economy, rule = found.economy, found.rule
    money, checked = paid(economy, rule, found)
    unit = firms.cost_unit(economy, found.prices.wage)
    leave = found.choices.close + (1 - found.choices.close) * economy.exogenous_exit
    return Snapshot(
        economy, found.year, found.firms, found.total(leave), found.entrants, found.total(costs(economy, found)) * unit,
        found.total(money) * rule.administration + found.total(checked) * rule.verification, found.total(money),
        economy.depreciation * found.total(found.year.capital),
    )  # fmt: skip


def by_size(one: Snapshot) -> pd.DataFrame:
    """Return firms, persons and output by size class.

    A level of productivity that straddles a bound is shared between the classes, so that shares move smoothly.

    Returns
    -------
    DataFrame
        size_class, firms, persons, output, output_per_person, using_ai, transformed (shares of firms).
    """
    heads = firms.persons(one.economy, one.year.labour)
    rows = []
    for name, (low, high) in SIZES.items():
        below_high = firms.share_below(np.log(heads / high)) if np.isfinite(high) else np.ones_like(heads)
        below_low = firms.share_below(np.log(heads / low)) if low else np.zeros_like(heads)
        here = one.firms * np.clip(below_high - below_low, 0.0, 1.0)
        count = float(here.sum())
        states = here.sum(axis=(1, 2)) / max(count, 1e-300)
        deep = float(states[2]) if len(states) == len(STATES) else 0.0
        rows.append({
            "size_class": name, "firms": count, "persons": float((here * heads).sum()),
            "output": float((here * one.year.output).sum()), "using_ai": float(states[1:].sum()), "transformed": deep,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    return table.assign(output_per_person=table["output"] / table["persons"].where(table["persons"] > 0))


def outcomes(found: Equilibrium | Snapshot) -> dict[str, float]:
    """Return the outcomes that rules are compared on.

    Returns
    -------
    dict
        output_per_hour: output per unit of labour (hours per unit of labour do not change). output_per_person_10_49.
        small_over_large: output per person below 300 persons over that of 300 and more. dispersion: standard deviation
        of log output per person over persons. consumption: output less depreciation, fixed, entry, reorganisation,
        licence, administration and verification costs. exit_rate; firms; mean_size, persons; using_ai, transformed,
        licensed: shares of firms; transformed_small, transformed_large; at_notch: share of firms that hold themselves
        below the notch; support_share: support over output; running_share: administration and verification over output;
        loss_making_small: share of firms below 300 persons that make a loss.
    """
    one = snapshot(found) if isinstance(found, Equilibrium) else found
    economy, count = one.economy, float(one.firms.sum())
    sizes = by_size(one).set_index("size_class")
    heads = firms.persons(economy, one.year.labour)
    output = one.total(one.year.output)
    small = sizes.loc[list(SMALL)].sum()
    large = sizes.loc["300+"]
    each = np.log(one.year.output / heads)
    weight = one.firms * heads / one.total(heads)
    mean = float((weight * each).sum())
    states = one.firms.sum(axis=(1, 2)) / count
    states = np.append(states, np.zeros(len(STATES) - len(states)))
    deep_small = (sizes["firms"] * sizes["transformed"]).loc[list(SMALL)].sum() / small["firms"]
    below = firms.share_below(np.log(heads / SIZES["300+"][0]))
    losing = firms.share_below(one.year.profit)
    labour = one.total(one.year.labour)
    entry = one.entrants * economy.cost_of_entry(one.entrants)
    return {
        "output_per_hour": output / labour,
        "output_per_person_10_49": float(sizes.at["10-49", "output_per_person"]),
        "small_over_large": small["output"] / small["persons"] / (large["output"] / large["persons"]),
        "dispersion": float(np.sqrt((weight * (each - mean) ** 2).sum())),
        "consumption": output - one.investment - one.used - one.running - entry,
        "exit_rate": one.closing / count, "firms": count, "mean_size": one.total(heads) / count,
        "using_ai": float(states[1:].sum()), "licensed": float(states[1]), "transformed": float(states[2]),
        "transformed_small": float(deep_small), "transformed_large": float(large["transformed"]),
        "at_notch": one.total(one.year.held_back) / count, "support_share": one.support / output,
        "running_share": one.running / output,
        "loss_making_small": one.total(below * losing) / one.total(below),
    }  # fmt: skip


def effect_on_recipients(found: Equilibrium, years: int = 2) -> dict[str, float]:
    """Return what support does to a firm below the notch that has it every year, prices being what they are.

    Returns
    -------
    dict
        productivity: log points of the firm's productivity, owed to slack. survival: how much likelier it is to be
        there after some years, with support than without.
    """
    economy, rule, prices = found.economy, found.rule, found.prices
    start = found.firms * found.year.small
    start = start / start.sum()
    kept = []
    for one, given in ((rule.replace(take_up=1.0), prices), (Rule(), firms.Prices(prices.wage, prices.tax))):
        choices = adoption.solve_values(economy, one, given, firms.year(economy, one, given))[0]
        matrix = adoption.law_of_motion(economy, choices.move)
        law = start.ravel()
        for _ in range(years):
            law = matrix.T @ law
        kept.append(float(law.sum()))
    slack = economy.slack * prices.rate if economy.has("slack") and rule.untied else 0.0
    return {"productivity": -slack, "survival": kept[0] - kept[1]}
