"""Firms seen at consecutive times: who survives, enters and leaves, with standard errors of functions of their totals.

Every two consecutive times of a group are one pair. A pair has one row per firm, so that firms are independent within
it although they are not across time. Tables in memory take the NumPy path (`pair_arrays`), everything else is a query
(`pair_queries`); both give the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks
from analysis.engine import pair_arrays, pair_queries, pair_reading, tables
from analysis.engine.estimation import DESIGN_ROLES, Design, finish
from analysis.engine.pairing import Paired, Times
from analysis.engine.tables import Rows
from analysis.inference import Estimates

NUMERIC = ("productivity", "weight", "sampling")
POSITIVE = ("weight",)
Check = Callable[[Mapping[str, str], pd.DataFrame, np.ndarray], None]


@dataclass(frozen=True, eq=False)
class PairEstimates:
    """Estimates of every pair of times, the times, and the rows they come from."""

    estimates: Estimates
    times: Times
    rows: Rows


def estimate_pairs(
    table: Any, columns: Mapping[str, str], paired: Paired, design: Design, *, by: Sequence[str] = (),
    missing: str = "raise", check: Check | None = None,
) -> PairEstimates:  # fmt: skip
    """Estimate a function of totals over survivors, entrants and exiters for every pair of consecutive times.

    Parameters
    ----------
    table : pandas or polars DataFrame, polars LazyFrame, Arrow table, DuckDB relation or Ibis table
    columns : mapping
        Columns of the roles firm, time, productivity and weight.
    paired : Paired
    design : Design
    by : sequence of str
        Grouping columns; the pairs of a group are of the times at which it has rows, and a firm that changes its group
        leaves one and enters the other.
    missing : {"raise", "drop"}
    check : callable, optional
        Takes the names of the columns, the keys of the pairs and their numbers of survivors; raises where there are
        too few.

    Returns
    -------
    PairEstimates
        Keys: the grouping columns and the later time of each pair.

    Raises
    ------
    ValueError
        As `tables.read`; times that are neither numbers nor dates, a group with one time, two rows of a firm at one
        time, a cluster or stratum that changes between the times of a pair, a pair with a single firm.
    """
    checks.one_of("missing", missing, checks.MISSING)
    columns = {**columns, **design.columns}
    memory, expression, run = tables._open(table)
    if memory is not None:
        rows = tables.read(memory, columns, by=by, numeric=NUMERIC, positive=POSITIVE, missing=missing,
                           shared=DESIGN_ROLES)  # fmt: skip
        rows, times = pair_arrays.pair_frame(rows)
        totals = pair_arrays.PairArrays(rows, paired.statistic, design, times.keys)
    else:
        package = type(table).__module__.split(".")[0]
        dialect = table.get_backend().name if package == "ibis" else "duckdb"
        in_memory = package in ("pandas", "polars", "pyarrow")
        rows, times, scan = pair_reading.read(expression, run, dialect, columns, by, missing, in_memory)
        rows, totals = pair_queries.totals(rows, times, scan, paired, design)
    if check is not None:
        check(rows.names, totals.keys, totals.values[:, list(paired.statistic.totals).index("w1")])
    estimates = finish(totals, paired.statistic, design, rows)
    words = estimates.words.replace("firms (rows)", f"firms ({columns['firm']})")
    return PairEstimates(replace(estimates, words=words), times, rows)
