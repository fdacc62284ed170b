"""Firm-years that live elsewhere, checked in the scan that finds the times; duplicates are found by their hashes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.engine import tables
from analysis.engine.pairing import Times, duplicates, require_times, times_of
from analysis.engine.queries import _group, n_largest
from analysis.engine.tables import Rows

HASHED = 15_000_000
JOINED = 9_200_000
JOINED_IN_MEMORY = 3_500_000
"""Rows hashed and joined at once: times are taken in lots of about so many rows at most, which bounds the memory."""
TIED = 32
"""So many of the largest weights of each group and time come with the scan."""
NUMBERS = ("productivity", "weight", "sampling")


@dataclass(frozen=True, eq=False)
class Scan:
    """What one scan says of every group and time: rows, and the largest weights (DuckDB only).

    `lot` is how many rows to join at once: fewer where the table itself is in memory, as reading it again costs little.
    """

    rows: np.ndarray
    top: list[np.ndarray] | None
    lot: int


def read(
    expression: Any, run: Callable[..., pd.DataFrame], dialect: str, columns: Mapping[str, str | None],
    by: Sequence[str], missing: str, in_memory: bool,
) -> tuple[Rows, Times, Scan]:  # fmt: skip
    """Name the columns by role and check them in the scan that finds the times.

    Raises
    ------
    ValueError
        As `tables.read` and `times_of`.
    """
    used = {role: name for role, name in columns.items() if name is not None}
    used.update({f"by_{i}": name for i, name in enumerate(by)})
    roles = tuple(f"by_{i}" for i in range(len(by)))
    tables._require(used, list(expression.columns), {"cluster", "strata"})
    numeric = [role for role in NUMBERS if role in used]
    kind = expression[used["time"]].type()
    require_times(kind, used["time"], kind.is_numeric() or kind.is_temporal())
    dropped = 0
    found = None
    if all(expression[used[role]].type().is_numeric() for role in numeric):
        casts = {role: expression[name].cast("float64") if role in numeric else expression[name]
                 for role, name in used.items()}  # fmt: skip
        rows = Rows(None, expression.select(**casts), run, used, roles, 0, dialect)
        found = _scan(rows)
    if found is None or not _clean(found, used, numeric):
        checked, dropped = tables._check_query(expression, run, used, numeric, ["weight"], missing, roles)
        rows = Rows(None, checked, run, used, roles, dropped, dialect)
        found = _scan(rows)
    found = found.sort_values([*roles, "time"], ignore_index=True)
    times = times_of(found[[*roles, "time"]], used, roles, int(found["n__"].sum()), float(found["largest__"].max()))
    top = [np.asarray(one, dtype=float) for one in found["top__"]] if "top__" in found else None
    return rows, times, Scan(found["n__"].to_numpy(dtype=int), top, JOINED_IN_MEMORY if in_memory else JOINED)


def _scan(rows: Rows) -> pd.DataFrame:
    table = rows.expression
    asked = {"n__": table.count(), "low__": table["weight"].min(), "largest__": table["productivity"].abs().max()}
    for role in table.columns:
        asked[f"held__{role}"] = table[role].count()
        if table[role].type().is_floating():
            asked[f"sum__{role}"] = table[role].sum()
    if rows.dialect == "duckdb":
        asked["top__"] = n_largest(table["weight"], TIED)
    return rows.run(_group(table, [*rows.by, "time"], **asked))


def _clean(found: pd.DataFrame, used: Mapping[str, str], numeric: list[str]) -> bool:
    """Whether there are rows and no value is missing, not a number, infinite (sums are not finite) or not positive."""
    held = all((found[f"held__{role}"] == found["n__"]).all() for role in used)
    sums = [name for name in found.columns if name.startswith("sum__")]
    finite = np.isfinite(found[sums].to_numpy(dtype=float)).all()
    return bool(len(found) and held and finite and (found["low__"] > 0).all())


def require_single(rows: Rows, times: Times, scan: Scan) -> None:
    """Raise unless every firm has one row at a time.

    In DuckDB hashes of the keys are sorted in NumPy, which takes a fifth of the time of counting them: without two
    equal hashes there are no two equal keys.
    """
    keys = [*rows.by, "firm", "time"]
    if rows.dialect == "duckdb":
        parts = lots(pd.Series(scan.rows).groupby(times.cells["time"].to_numpy()).sum(), HASHED)
        # Arrow keeps what it freed, here and when the table was read; the hashes and the join need the room
        pa.default_memory_pool().release_unused()
        repeated = any(_repeats(_hashes(rows, keys, lot if len(parts) > 1 else None)) for lot in parts)
        pa.default_memory_pool().release_unused()
        if not repeated:
            return
    twice = _group(rows.expression, keys, n=rows.expression.count())
    found = rows.run(twice.filter(twice["n"] > 1).limit(6))
    if len(found):
        raise duplicates(rows.names, found[keys])


def _hashes(rows: Rows, keys: list[str], lot: tuple[Any, Any] | None) -> np.ndarray:
    """DuckDB's hash of the keys of every row, or of those of a lot of times."""
    table = rows.expression if lot is None else rows.expression.filter(within(rows.expression, lot))
    key = ibis.struct({name: table[name] for name in keys})

    @ibis.udf.scalar.builtin(name="hash", signature=((key.type(),), dt.uint64))
    def hashed(value):
        """Return a hash of the value."""

    return rows.run(table.select(h=hashed(key)))["h"].to_numpy()


def _repeats(values: np.ndarray) -> bool:
    values = np.sort(values)
    return bool((values[1:] == values[:-1]).any())


def lots(count: pd.Series, size: int) -> list[tuple[Any, Any]]:
    """Divide times into lots of about `size` rows at most; `count` has the rows of each time, sorted."""
    parts = -(-count.sum() // size)
    lot = ((count.cumsum() - count / 2) * parts / count.sum()).astype(int)
    return [(one.index[0], one.index[-1]) for _, one in count.groupby(lot)]


def within(table: Any, lot: tuple[Any, Any]) -> Any:
    """Whether the time of a row lies in a lot."""
    return (table["time"] >= lot[0]) & (table["time"] <= lot[1])
