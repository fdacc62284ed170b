"""A statistic with cells: its components with their covariance, and the terms of each component with their errors.

The terms (groups, sectors, categories) may be many, so only their variances are computed, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, gradients, inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.estimation import Design, finish, freedom
from analysis.engine.queries import QueryTotals
from analysis.engine.tables import Rows
from analysis.inference import Estimates, Statistic
from analysis.results import Result

AT_A_TIME = {"memory": 3, "query": 8}
"""Terms whose variances are taken in one pass, which also crosses them: few in memory, more where a pass is a query."""

NAMED = 5
"""Cells named in full where many are meant."""


@dataclass(frozen=True, eq=False)
class OfCells(Result):
    """A result whose errors rest on the spread within cells (groups, sectors at a time, categories of a group).

    Parameters
    ----------
    singletons : DataFrame, optional
        Cells with a single independent unit: the columns that name them, and no row where every cell has two or more.
    cautions : tuple of str
        What the reader should be told of them.
    """

    singletons: pd.DataFrame | None = None
    cautions: tuple[str, ...] = ()

    def _cautions(self) -> list[str]:
        return [*super()._cautions(), *self.cautions]


def estimate(rows: Rows, statistic: Statistic, design: Design) -> tuple[Estimates, pd.DataFrame]:
    """Estimate the components of a statistic with cells, and their terms.

    Parameters
    ----------
    rows : Rows
    statistic : Statistic
        With cells. Its function labels components by a str and terms by a pair (component, term); the terms may differ
        from group to group.
    design : Design

    Returns
    -------
    components : Estimates
        Of the components alone.
    terms : DataFrame
        Grouping columns, component, term, estimate, std_error and the other statistics of an interval.

    Raises
    ------
    ValueError
        As `engine.estimate`.
    """
    whole = replace(statistic, function=_only(statistic.function, str))
    totals = (QueryTotals if rows.lazy else ArrayTotals)(
        rows, whole, design.cluster is not None, design.strata is not None, design.fraction
    )
    held = finish(totals, whole, design, rows)
    step = AT_A_TIME["query" if rows.lazy else "memory"]
    return held, _terms(totals, replace(statistic, function=_only(statistic.function, tuple)), design, held, step)


def _only(function: Callable[..., Mapping[Hashable, np.ndarray]], kind: type) -> Callable[..., Any]:
    def chosen(values: Any, keys: pd.DataFrame) -> dict[Hashable, np.ndarray]:
        return {label: value for label, value in function(values, keys).items() if isinstance(label, kind)}

    return chosen


def _terms(totals: Any, statistic: Statistic, design: Design, held: Estimates, step: int) -> pd.DataFrame:
    """Value and error of every term of every group; groups with fewer terms are padded by place."""
    found = []
    for g in range(len(held.keys)):
        mine = np.flatnonzero(totals.group == g)
        keys = totals.cells.iloc[mine].reset_index(drop=True)
        found.append((mine, *gradients.differentiate(statistic, totals.values[mine], keys)))
    most = max(len(labels) for _, labels, _, _ in found)
    gradient = np.zeros((len(totals.values), most, len(statistic.totals)))
    for mine, labels, _, slope in found:
        gradient[mine, : len(labels)] = slope
    errors, freedoms = np.zeros((len(held.keys), most)), np.full((len(held.keys), most), np.inf)
    if design.fraction != 1.0:
        for start in range(0, most, step):
            part = slice(start, start + step)
            squares = np.diagonal(totals.covariance(gradient[:, part]), axis1=1, axis2=2)
            errors[:, part] = np.sqrt(np.maximum(squares, 0.0))
            freedoms[:, part] = freedom(totals, gradient[:, part], squares.shape, design)
    frames = []
    for g, (_, labels, value, _) in enumerate(found):
        numbers = inference.intervals(value, errors[g, : len(labels)], freedoms[g, : len(labels)])
        heads = held.keys.iloc[np.full(len(labels), g)].reset_index(drop=True)
        frames.append(
            heads.assign(
                component=[component for component, _ in labels],
                term=[term for _, term in labels],
                estimate=value,
                **numbers,
            )
        )
    return pd.concat(frames, ignore_index=True)


def singletons(rows: Rows, statistic: Statistic, design: Design) -> pd.DataFrame:
    """Find the cells with a single independent unit (a row, or a cluster).

    Their means leave no residual, so they add no variance of their own although they are as uncertain as any.

    Parameters
    ----------
    rows : Rows
    statistic : Statistic
        With cells.
    design : Design

    Returns
    -------
    DataFrame
        Under the caller's names, in their order: the columns of `by` and of the cells. Empty for a census, which has
        no errors.
    """
    keys = [*rows.by, *statistic.cells]
    named = {role: rows.names[role] for role in keys}
    if design.fraction == 1.0:
        return pd.DataFrame(columns=list(named.values()))
    unit = [role for role in ("strata", "cluster") if role in rows.names] if design.cluster is not None else []
    if rows.lazy:
        table = rows.expression
        ends = {f"{role}_{end}_": getattr(table[role], end)() for role in unit for end in ("min", "max")}
        held = table.group_by(keys).aggregate(count_=table.count(), **ends)
        alone = held["count_"] == 1
        if unit:
            alone = _all([held[f"{role}_min_"] == held[f"{role}_max_"] for role in unit])
        found = rows.run(held.filter(alone).select(*keys))
    else:
        held = rows.frame[[*keys, *unit]]
        held = held.drop_duplicates() if unit else held
        found = held[~held.duplicated(keys, keep=False)][keys]
    return found.sort_values(keys, ignore_index=True).rename(columns=named)


def _all(tests: list[Any]) -> Any:
    both = tests[0]
    for test in tests[1:]:
        both = both & test
    return both


def caution(alone: pd.DataFrame, unit: str) -> tuple[str, ...]:
    """Say which cells have a single unit, and what that does to the errors.

    Parameters
    ----------
    alone : DataFrame
        From `singletons`.
    unit : str
        What a unit is: "row", "firm", "cluster (village)".

    Returns
    -------
    tuple of str
        Nothing, or one sentence.

    Examples
    --------
    >>> caution(pd.DataFrame({"region": ["north"]}), "row")[0][:46]
    "a single row in region='north': as its mean le"
    """
    if alone.empty:
        return ()
    named = [
        " and ".join(f"{name}={checks.plain(value)!r}" for name, value in row.items())
        for row in alone.head(NAMED).to_dict("records")
    ]
    more = f" and {len(alone) - NAMED:,} more" if len(alone) > NAMED else ""
    return (
        f"a single {unit} in {'; '.join(named)}{more}: as its mean leaves no residual, it adds no variance of its own, "
        "and the standard errors are too small by what it should have added; merge it with others",
    )
