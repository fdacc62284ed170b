"""Experiments: rules of support side by side at one budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis import checks
from analysis.policy_lab.economy import Economy
from analysis.policy_lab.industry import Equilibrium, solve
from analysis.policy_lab.snapshots import outcomes
from analysis.policy_lab.support import KINDS, Rule


@dataclass(frozen=True, eq=False)
class Comparison:
    """Rules of support at one budget. Made by `compare`.

    Parameters
    ----------
    budget : float
        In units of output, the same for every rule that spends.
    equilibria : dict
        Name of the rule to its `Equilibrium`; "none" is always there.
    """

    budget: float
    equilibria: Mapping[str, Equilibrium]

    def tidy(self) -> pd.DataFrame:
        """Return the outcomes.

        Returns
        -------
        DataFrame
            One row per rule and outcome: rule, outcome, value, change (value less that without support), relative
            (change over the value without support; missing where that is zero).
        """
        bare = outcomes(self.equilibria["none"])
        rows = []
        for name, found in self.equilibria.items():
            for outcome, value in outcomes(found).items():
                change = value - bare[outcome]
                relative = change / bare[outcome] if bare[outcome] else float("nan")
                rows.append((name, outcome, float(value), float(change), float(relative)))
        return pd.DataFrame(rows, columns=["rule", "outcome", "value", "change", "relative"])

    def table(self) -> pd.DataFrame:
        """Return the values with one row per rule and one column per outcome."""
        order = list(self.equilibria)
        return self.tidy().pivot(index="rule", columns="outcome", values="value").loc[order]


def compare(economy: Economy, rules: Iterable[Rule | str], budget: float) -> Comparison:
    """Solve an economy under several rules at one budget.

    Parameters
    ----------
    economy : Economy
    rules : iterable of Rule or str
        Rules, whose own budget is not looked at, or kinds ("flat", "age", "tied", "restructuring", "none"); a mapping
        of names to rules names them.
    budget : float
        Cost of each rule a year, with administration and verification, as a fraction of output without support.

    Returns
    -------
    Comparison
        The economy without support is added under the name "none".

    Raises
    ------
    ValueError
        If a kind is not known, a name comes twice, or the budget is negative.
    NotSolved
        If a rule cannot spend the budget or an equilibrium is not found.

    Examples
    --------
    >>> from analysis.policy_lab import Economy, Productivity
    >>> law = Productivity.autoregressive(11, 0.0, 0.9, 0.1)
    >>> small = Economy(law, fixed_cost=0.2, taste=0.1, exogenous_exit=0.05, persons=50)
    >>> found = compare(small, ["flat"], budget=0.01)
    >>> sizes = found.table()["mean_size"]
    >>> bool(sizes["flat"] < sizes["none"])
    True
    """
    if not budget >= 0:
        raise ValueError(f"budget={budget!r} must not be negative: a fraction of output without support")
    named = rules.items() if isinstance(rules, Mapping) else _named(rules)
    bare = solve(economy)
    amount = budget * bare.total(bare.year.output)
    equilibria: dict[str, Equilibrium] = {"none": bare}
    for name, rule in named:
        if name in equilibria and name != "none":
            raise ValueError(f"rules: the name {name!r} comes twice; give a mapping of names to rules")
        if rule.kind != "none":
            equilibria[name] = solve(economy, rule.replace(budget=amount), bare=bare)
    return Comparison(amount, equilibria)


def _named(rules: Iterable[Rule | str]) -> list[tuple[str, Rule]]:
    found = []
    for one in rules:
        if not isinstance(one, Rule):
            checks.one_of("rule", one, KINDS)
            one = Rule(one)
        found.append((one.kind, one))
    return found
