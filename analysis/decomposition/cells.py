"""A statistic with cells: its components with their covariance, and the terms of each component with their errors.

The terms (groups, sectors, categories) may be many, so only their variances are computed, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import gradients, inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.estimation import Design, finish, freedom
from analysis.engine.queries import QueryTotals
from analysis.engine.tables import Rows
from analysis.inference import Estimates, Statistic

AT_A_TIME = {"memory": 3, "query": 8}
"""Terms whose variances are taken in one pass, which also crosses them: few in memory, more where a pass is a query."""


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
