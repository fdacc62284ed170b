"""Published models, solved again: two by the lab itself with AI and support switched off, one with its firing cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from analysis.data.catalogue import load
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.economy import Economy, Groups
from analysis.policy_lab.industry import Equilibrium, solve
from analysis.policy_lab.productivity import Productivity

# Restuccia and Rogerson (2008), section 4: returns .85, a third of them to capital; productivity from 1 to 3.98
RR_CAPITAL, RR_LABOUR, RR_POINTS, RR_HIGHEST = 0.85 / 3, 0.85 * 2 / 3, 100, 3.98
RR_GIVEN = {
    "returns_capital": RR_CAPITAL, "returns_labour": RR_LABOUR, "discount": 0.96, "depreciation": 0.08,
    "exogenous_exit": 0.10, "fixed_cost": 0.0, "entry_cost": 1.0, "costs_in": "output", "entry_lag": 0,
}  # fmt: skip

# Hopenhayn and Rogerson (1993); the paper does not print the fixed cost, the intercept and the lower part of the range
# in which entrants start: Floden's reconstruction, as in the replication whose fine grid we compare with
HR_DISCOUNT, HR_RETURNS, HR_FIXED, HR_DISUTILITY = 0.8, 0.64, 12.0, 0.6
HR_INTERCEPT, HR_PERSISTENCE, HR_VARIANCE, HR_POINTS, HR_LOWER = 0.078, 0.93, 0.53, 20, 0.65
HR_LARGEST = 5000.0


def restuccia_rogerson_2008(tax: float, share_taxed: float = 0.5, correlated: bool = False) -> dict[str, float]:
    """Solve Restuccia and Rogerson's economy where some establishments are taxed and the others subsidised.

    The subsidy is the one that keeps capital where it is without taxes. Solved by the lab (`solve`): permanent
    productivity, exogenous exit, no fixed cost.

    Parameters
    ----------
    tax : float
        Tax on output of the taxed establishments, from 0 to below 1.
    share_taxed : float
        Share of entrants taxed, between 0 and 1.
    correlated : bool
        False: which establishments are taxed has nothing to do with productivity. True: the most productive are taxed,
        the fewest levels of productivity that hold the share; a level is not split.

    Returns
    -------
    dict
        relative_Y, relative_TFP, relative_E (entry): relative to the economy without taxes; Ys_over_Y: share of output
        from subsidised establishments; S_over_Y: subsidies over output; tau_s: the subsidy as a fraction of output.

    Raises
    ------
    ValueError
        If the tax or the share is outside its range, or no establishment is left to subsidise.

    References
    ----------
    Restuccia and Rogerson (2008), Review of Economic Dynamics 11, tables 3 to 6.

    Examples
    --------
    >>> found = restuccia_rogerson_2008(0.4)
    >>> round(found["relative_TFP"], 2), round(found["tau_s"], 2)
    (0.92, 0.11)
    """
    if not 0 <= tax < 1 or not 0 < share_taxed < 1:
        raise ValueError(
            f"tax={tax!r}, share_taxed={share_taxed!r}: the tax from 0 to below 1, the share between 0 and 1"
        )
    law = rr_productivity()
    power = 1 / (1 - RR_CAPITAL - RR_LABOUR)
    weight = law.entrants * law.levels**power
    if correlated:
        at_or_above = np.cumsum(law.entrants[::-1])[::-1]
        taxed = (at_or_above - law.entrants < share_taxed - 1e-12).astype(float)
    else:
        taxed = np.full(RR_POINTS, share_taxed)
    left = weight @ (1 - taxed)
    if left <= 0:
        raise ValueError(
            f"share_taxed={share_taxed!r}: every level of productivity is taxed, none is left to subsidise"
        )
    # capital is in proportion to the wage, and the wage to the mean of s^(1/(1-a-g)) (1-tau)^(1/(1-a-g)) over entrants
    subsidy = ((weight.sum() - weight @ taxed * (1 - tax) ** power) / left) ** (1 / power) - 1
    taxes = np.vstack([np.full(RR_POINTS, tax), np.full(RR_POINTS, -subsidy)])
    groups = Groups(("taxed", "subsidised"), np.vstack([taxed, 1 - taxed]), np.eye(2), taxes, np.zeros((2, RR_POINTS)))
    found, base = solve(Economy(law, groups, **RR_GIVEN)), _rr_benchmark()
    output, subsidised = found.total(found.year.output), float((found.firms * found.year.output)[0, 1].sum())
    return {
        "relative_Y": output / base.total(base.year.output), "relative_TFP": _rr_tfp(found) / _rr_tfp(base),
        "relative_E": found.entrants / base.entrants, "Ys_over_Y": subsidised / output,
        "S_over_Y": subsidy * subsidised / output, "tau_s": float(subsidy),
    }  # fmt: skip


@cache
def rr_productivity() -> Productivity:
    """Return the productivity of US establishments in 2000 as Restuccia and Rogerson infer it from their sizes.

    Each of the 44 cells of size spreads its share evenly over the levels whose size, relative to the smallest, falls in
    it. The largest cell holds the last level, whose size rounding would put a hair below it.
    """
    sizes = load("us_establishment_sizes").sort_values("upper_employees")
    levels = np.exp(np.linspace(0.0, np.log(RR_HIGHEST), RR_POINTS))
    size = levels ** (1 / (1 - RR_CAPITAL - RR_LABOUR))
    upper = sizes["upper_employees"].to_numpy(dtype=float)
    cell = np.searchsorted(upper, size * (1 - 1e-12))
    cell[-1] = len(upper) - 1
    held = np.bincount(cell, minlength=len(upper))
    if (held == 0).any():
        raise ValueError(f"cells {list(sizes['upper_employees'][held == 0])} hold no level of productivity")
    mass = (sizes["share"].to_numpy() / held)[cell]
    return Productivity(levels, np.eye(RR_POINTS), mass / mass.sum())


@cache
def _rr_benchmark() -> Equilibrium:
    return solve(Economy(rr_productivity(), **RR_GIVEN))


def _rr_tfp(found: Equilibrium) -> float:
    """Return output over capital to the power of its share; labour is one."""
    return found.total(found.year.output) / found.total(found.year.capital) ** RR_CAPITAL


def hopenhayn_1992(
    fixed_cost: float = 20, entry_cost: float = 40, returns: float = 2 / 3, demand: float = 100, mean: float = 1.4,
    rho: float = 0.9, sigma: float = 0.2, beta: float = 0.8, points: int = 101,
) -> dict[str, float]:  # fmt: skip
    """Solve Hopenhayn's industry: entry and exit of firms whose productivity moves; the wage is one.

    Solved by the lab (`solve`). A firm decides at the end of a year, before it knows next year's productivity; entrants
    pay, produce from the next year on and draw from the stationary law. Costs are in units of labour.

    Parameters
    ----------
    fixed_cost, entry_cost : float
    returns : float
        Exponent of labour, between 0 and 1.
    demand : float
        Spending on the industry: demand is demand / price.
    mean, rho, sigma : float
        Mean, persistence and yearly shock of log productivity.
    beta : float
        Discount factor.
    points : int
        Levels of productivity (Tauchen, four standard deviations each way).

    Returns
    -------
    dict
        price (of output in wages), mean_size (labour per firm), output, exit_rate, cutoff (lowest productivity that
        stays), entrants, firms.

    References
    ----------
    Hopenhayn (1992), Econometrica 60.

    Examples
    --------
    >>> {name: round(value, 4) for name, value in hopenhayn_1992().items() if name in ("price", "exit_rate")}
    {'price': 0.9962, 'exit_rate': 0.1341}
    """
    law = Productivity.autoregressive(points, mean, rho, sigma)
    found = solve(Economy(
        law, returns_capital=0.0, returns_labour=returns, discount=beta, depreciation=0.0, fixed_cost=fixed_cost,
        entry_cost=entry_cost, costs_in="labour", labour=None, spending=demand,
    ))  # fmt: skip
    count = float(found.firms.sum())
    stays = found.choices.close[0, 0] == 0
    return {
        "price": 1 / found.prices.wage, "mean_size": found.total(found.year.labour) / count,
        "output": found.total(found.year.output), "exit_rate": found.total(found.choices.close) / count,
        "cutoff": float(law.levels[stays][0]), "entrants": found.entrants, "firms": count,
    }  # fmt: skip


class _Firing(NamedTuple):
    """Firms that pay for dismissals: employment grid, value of an entrant, choice of employment, who stays."""

    labour: np.ndarray
    entrant: float
    chosen: np.ndarray
    stays: np.ndarray


@dataclass(frozen=True)
class _FiringEconomy:
    law: Productivity
    start: np.ndarray
    points: int


def hopenhayn_rogerson_1993(firing_cost: float = 0.0, grid: int = 1500) -> dict[str, float]:
    """Solve Hopenhayn and Rogerson's economy, where dismissing a worker costs a part of a year's wage.

    Employment is a state, so this model has a solver of its own. The cost of entry is the one at which the price is one
    without the firing cost. Entrants do not pay the fixed cost in their first year (the paper's footnote 5).

    Parameters
    ----------
    firing_cost : float
        In wages of a period (five years in the paper), at least 0.
    grid : int
        Levels of employment. The original's 250 act as a fixed cost of adjustment; results settle from about 1,000 on.

    Returns
    -------
    dict
        price, consumption_output, average_productivity, total_employment, average_firm_size,
        layoff_costs_over_wage_bill, job_turnover_rate, exit_rate. Levels, not indices.

    Raises
    ------
    ValueError
        If the cost is negative or the grid has fewer than 50 levels.

    References
    ----------
    Hopenhayn and Rogerson (1993), Journal of Political Economy 101.

    Examples
    --------
    >>> hopenhayn_rogerson_1993(0.1)["price"] > 1
    True
    """
    if not firing_cost >= 0 or grid < 50:
        raise ValueError(
            f"firing_cost={firing_cost!r}, grid={grid!r}: the cost at least 0, the grid at least 50 levels"
        )
    economy = _firing_economy(grid)
    entry_cost = _entry_cost(grid)
    if firing_cost == 0:
        return _firing_outcomes(economy, 0.0, 1.0, entry_cost)
    price = brentq(lambda p: _firing_firms(economy, firing_cost, p).entrant / p - entry_cost, 0.9, 1.5, xtol=1e-10)
    return _firing_outcomes(economy, firing_cost, price, entry_cost)


@cache
def _firing_economy(grid: int) -> _FiringEconomy:
    spread = np.sqrt((1 - HR_PERSISTENCE) * HR_VARIANCE)
    law = Productivity.autoregressive(HR_POINTS, HR_INTERCEPT / (1 - HR_PERSISTENCE), HR_PERSISTENCE, spread)
    lower = int(HR_LOWER * HR_POINTS)
    return _FiringEconomy(law, np.r_[np.full(lower, 1 / lower), np.zeros(HR_POINTS - lower)], grid)


@cache
def _entry_cost(grid: int) -> float:
    return _firing_firms(_firing_economy(grid), 0.0, 1.0).entrant


def _firing_firms(economy: _FiringEconomy, cost: float, price: float) -> _Firing:
    """Iterate on the value of a firm by productivity and last period's employment."""
    z, moves = economy.law.levels, economy.law.transition
    top = min(1.2 * (HR_RETURNS * price * z[-1]) ** (1 / (1 - HR_RETURNS)), HR_LARGEST)
    labour = np.r_[0.0, np.geomspace(0.05, top, economy.points - 1)]
    earned = price * z[:, None] * labour**HR_RETURNS - labour - price * HR_FIXED
    value = np.zeros_like(earned)
    for _ in range(1000):
        ahead = moves @ value
        stays = ahead >= -cost * labour
        worth = earned + HR_DISCOUNT * np.where(stays, ahead, -cost * labour)
        # the best employment is at or above last period's, or below it at the cost of dismissals
        above = np.maximum.accumulate(worth[:, ::-1], axis=1)[:, ::-1]
        below = np.maximum.accumulate(worth + cost * labour, axis=1) - cost * labour
        new = np.maximum(above, below)
        if np.abs(new - value).max() < 1e-10:
            break
        value = new
    else:
        raise NotSolved("the value of firms that pay for dismissals does not settle")
    upward = labour.size - 1 - _running_argmax(worth[:, ::-1])[:, ::-1]
    downward = _running_argmax(worth + cost * labour)
    return _Firing(labour, float(economy.start @ above[:, 0]) + price * HR_FIXED,
                   np.where(above >= below, upward, downward), stays)  # fmt: skip


def _running_argmax(table: np.ndarray) -> np.ndarray:
    """Return, along each row, where the largest value so far stands."""
    best = np.maximum.accumulate(table, axis=1)
    fresh = np.concatenate([np.ones((len(table), 1), bool), table[:, 1:] > best[:, :-1]], axis=1)
    return np.maximum.accumulate(np.where(fresh, np.arange(table.shape[1]), 0), axis=1)


def _firing_outcomes(economy: _FiringEconomy, cost: float, price: float, entry_cost: float) -> dict[str, float]:
    firms = _firing_firms(economy, cost, price)
    z, labour = economy.law.levels, firms.labour
    entering = np.zeros_like(firms.stays, dtype=float)
    entering[:, 0] = economy.start
    old = np.zeros_like(entering)
    for _ in range(5000):
        start = old + entering
        working = np.stack(
            [np.bincount(chosen, mass, labour.size) for chosen, mass in zip(firms.chosen, start, strict=True)]
        )
        new = economy.law.transition.T @ (working * firms.stays)
        if np.abs(new - old).sum() < 1e-13 * new.sum():
            break
        old = new
    else:
        raise NotSolved("the distribution of firms that pay for dismissals does not settle")
    made = float((working * z[:, None] * labour**HR_RETURNS).sum())
    employed, count = float((working * labour).sum()), float(working.sum())
    entrants = 1 / (HR_DISUTILITY * price * made)  # households: log c - A n, so that price x output = wage / A
    cut = np.maximum(labour - labour[firms.chosen], 0.0)
    dismissed = float((start * cut).sum() + (working * ~firms.stays * labour).sum())
    hired = float((start * np.maximum(labour[firms.chosen] - labour, 0.0)).sum())
    consumption = entrants * (made - HR_FIXED * (count - 1) - entry_cost)
    return {
        "price": price, "consumption_output": consumption, "average_productivity": consumption / (entrants * employed),
        "total_employment": entrants * employed, "average_firm_size": employed / count,
        "layoff_costs_over_wage_bill": cost * dismissed / employed, "job_turnover_rate": hired / employed,
        "exit_rate": float((working * ~firms.stays).sum()) / count,
    }  # fmt: skip


def against_published() -> pd.DataFrame:
    """Return every published value that the lab reproduces, with ours and the tolerance.

    Returns
    -------
    DataFrame
        Columns model, case, variable, expected, got, tolerance. Restuccia and Rogerson within .006; Hopenhayn to the
        digits printed; Hopenhayn and Rogerson, indices of the fine grid, within half a point (price .005).
    """
    table = load("model_benchmarks")
    rows = []
    rr = table[(table["model"] == "restuccia_rogerson_2008") & table["table"].isin(["Table 3", "Table 4"])]
    for (tax, share), lot in rr.groupby(["tax", "share_taxed"]):
        got = restuccia_rogerson_2008(tax, share)
        rows += [(one.model, f"{one.table}: tax {tax:g} on {100 * share:.0f} %", one.variable, one.value,
                  got[one.variable], 0.006) for one in lot.itertuples()]  # fmt: skip
    second = {"returns": 0.6, "mean": 1.0, "demand": 50}
    for (case, points), lot in table[table["model"] == "hopenhayn_1992"].groupby(["case", "points"]):
        got = hopenhayn_1992(points=int(points), **(second if case.endswith("2") else {}))
        rows += [(one.model, f"{case}, {points} levels", one.variable, one.value, got[one.variable],
                  0.5 * 10.0**-one.decimals * 1.0001) for one in lot.itertuples()]  # fmt: skip
    fine = table[table["source"] == "hopenhayn-rogerson-1993-fine-grid"]
    base = hopenhayn_rogerson_1993()
    for tax, lot in fine[fine["tax"] > 0].groupby("tax"):
        got = hopenhayn_rogerson_1993(tax)
        for one in lot[
            lot["variable"].isin(["price", "consumption_output", "average_productivity", "total_employment"])
        ].itertuples():
            ours = got["price"] if one.variable == "price" else 100 * got[one.variable] / base[one.variable]
            rows.append((one.model, f"firing cost {tax:g}, fine grid", one.variable, one.value, ours,
                         0.005 if one.variable == "price" else 0.5))  # fmt: skip
    return pd.DataFrame(rows, columns=["model", "case", "variable", "expected", "got", "tolerance"])
