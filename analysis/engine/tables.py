"""Any table to checked columns under the names of their roles: pandas in memory, or an Ibis expression.

Every check names the column, the offending row and the remedy; rows are left out only when the caller says so, and are
counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis import checks

if TYPE_CHECKING:
    import ibis.expr.types as ir

SMALL = 2_000_000
"""Tables in memory up to this many rows take the NumPy path."""

KINDS = "pandas, polars, Arrow, DuckDB relation, Ibis"
DROPPED = "with missing values"


@dataclass(frozen=True, eq=False)
class Rows:
    """Checked rows of a table, columns named by their role.

    Parameters
    ----------
    frame : DataFrame or None
        The rows in memory.
    expression : ibis Table or None
        The rows as a query, where they are not in memory.
    run : callable or None
        Executes an Ibis expression where the rows live and returns a DataFrame.
    names : dict
        Role -> name of the column in the caller's table.
    by : tuple of str
        Roles of the grouping columns, by_0, by_1, ...
    dropped : int
        Rows left out for missing values.
    dialect : str
        Name of the engine that runs the query.
    """

    frame: pd.DataFrame | None
    expression: ir.Table | None
    run: Callable[..., pd.DataFrame] | None
    names: Mapping[str, str]
    by: tuple[str, ...]
    dropped: int = 0
    dialect: str = "duckdb"

    @property
    def lazy(self) -> bool:
        """Whether the rows are a query."""
        return self.frame is None

    @property
    def left_out(self) -> dict[str, int]:
        """Reasons and counts of rows left out, as a sample states them."""
        return {DROPPED: self.dropped}

    def collect(self) -> Rows:
        """Return the same rows in memory."""
        if not self.lazy:
            return self
        frame = self.run(self.expression)
        return Rows(frame, None, None, self.names, self.by, self.dropped)

    def rename_keys(self, keys: pd.DataFrame) -> pd.DataFrame:
        """Give grouping columns the caller's names."""
        return keys.rename(columns={role: self.names[role] for role in keys.columns})


def read(
    table: Any, columns: Mapping[str, str | None], *, by: Sequence[str] = (), numeric: Iterable[str] = (),
    positive: Iterable[str] = (), missing: str = "raise", shared: Iterable[str] = (),
) -> Rows:  # fmt: skip
    """Open a table and check the columns in use.

    Parameters
    ----------
    table : pandas or polars DataFrame, polars LazyFrame, Arrow table, DuckDB relation or Ibis table
    columns : mapping
        Role (the name of the caller's argument) -> column; a role that is None is passed over.
    by : sequence of str
        Grouping columns.
    numeric : iterable of str
        Roles whose columns must hold finite numbers; they become floats.
    positive : iterable of str
        Roles, among the numeric ones, that must be above zero.
    missing : {"raise", "drop"}
    shared : iterable of str
        Roles that may name a column already used by another (the cluster of a firm may be the firm).

    Returns
    -------
    Rows

    Raises
    ------
    TypeError
        If the table is of no known kind.
    ValueError
        Unknown column, a column used twice, text where numbers are needed, infinite or missing values, a value that is
        not positive, no rows.
    """
    checks.one_of("missing", missing, checks.MISSING)
    used = {role: name for role, name in columns.items() if name is not None}
    used.update({f"by_{i}": name for i, name in enumerate(by)})
    roles = tuple(f"by_{i}" for i in range(len(by)))
    numeric = [role for role in numeric if role in used]
    positive = [role for role in positive if role in used]
    memory, expression, run = _open(table)
    have = list(memory.columns) if memory is not None else list(expression.columns)
    _require(used, have, set(shared))
    if memory is not None:
        frame, dropped = _check_frame(memory, used, numeric, positive, missing, roles)
        return Rows(frame, None, None, used, roles, dropped)
    expression, dropped = _check_query(expression, run, used, numeric, positive, missing, roles)
    dialect = table.get_backend().name if type(table).__module__.split(".")[0] == "ibis" else "duckdb"
    return Rows(None, expression, run, used, roles, dropped, dialect)


def _argument(role: str) -> str:
    return "by" if role.startswith("by_") else role


def _require(used: dict[str, str], have: list[str], shared: set[str]) -> None:
    seen: dict[str, str] = {}
    for role, name in used.items():
        if name not in have:
            listed = ", ".join(map(repr, have))
            raise ValueError(f"{_argument(role)}={name!r}: no such column; the table has {listed}")
        if role in shared:
            continue
        if name in seen:
            raise ValueError(f"{_argument(role)}={name!r}: the column is already used as {_argument(seen[name])}=")
        seen[name] = role


def _open(table: Any) -> tuple[pd.DataFrame | None, Any, Any]:
    """Rows in memory as pandas, or an Ibis expression and the function that runs it."""
    package = type(table).__module__.split(".")[0]
    if isinstance(table, pd.DataFrame):
        return (table, None, None) if len(table) <= SMALL else (None, *_memtable(table))
    if package == "polars":
        table = table.collect() if hasattr(table, "collect") else table
        if not hasattr(table, "to_arrow") or not hasattr(table, "columns"):
            raise TypeError(f"expected a table ({KINDS}), got {type(table).__module__}.{type(table).__name__}")
        return _open(table.to_arrow())
    if package == "pyarrow" and hasattr(table, "to_pandas") and hasattr(table, "column_names"):
        return (table.to_pandas(), None, None) if table.num_rows <= SMALL else (None, *_memtable(table))
    if type(table).__name__ == "DuckDBPyRelation":
        return None, *_relation(table)
    if package == "ibis" and hasattr(table, "to_pandas") and hasattr(table, "columns"):
        return None, table, lambda query, **side: _from_sides(query, side).to_pyarrow().to_pandas()
    raise TypeError(f"expected a table ({KINDS}), got {type(table).__module__}.{type(table).__name__}")


def _memtable(table: Any) -> tuple[Any, Callable[..., pd.DataFrame]]:
    """Run a large table in memory through DuckDB, without a copy of it."""
    import ibis

    connection = ibis.duckdb.connect()
    if isinstance(table, pd.DataFrame):
        table = table.reset_index(drop=True)
        table.columns = [str(name) for name in table.columns]
    name = ibis.util.gen_name("rows")
    connection.con.register(name, table)
    expression = connection.table(name)
    return expression, lambda query, **side: connection.to_pyarrow(_from_sides(query, side)).to_pandas()


def _relation(relation: Any) -> tuple[Any, Callable[..., pd.DataFrame]]:
    """Run on a DuckDB relation inside its own connection: Ibis writes the SQL, the relation runs it."""
    import ibis
    from ibis.backends.sql.datatypes import DuckDBType

    schema = {
        name: DuckDBType.from_string(str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)
    }
    expression = ibis.table(schema, name="rows_of_relation")

    def run(query: Any, gradients: pd.DataFrame | None = None) -> pd.DataFrame:
        # DuckDB finds the side table by the name of this local variable
        return relation.query("rows_of_relation", ibis.to_sql(query, dialect="duckdb")).df()

    return expression, run


def side_table(frame: pd.DataFrame) -> Any:
    """Return an unbound table with the schema of a frame, to be joined and handed to `run` as ``gradients=frame``."""
    import ibis

    return ibis.table(_arrow(frame).schema(), name="gradients")


def _arrow(frame: pd.DataFrame) -> Any:
    """Return an in-memory Ibis table by way of Arrow, which keeps the types of keys."""
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def _from_sides(query: Any, side: Mapping[str, pd.DataFrame]) -> Any:
    """Put the frames in the place of the unbound side tables."""
    import ibis.expr.operations as ops

    if not side:
        return query
    swap = {
        node: _arrow(side[node.name]).op() for node in query.op().find(ops.UnboundTable) if node.name in side
    }
    return query.op().replace(swap).to_expr()


def _check_frame(
    table: pd.DataFrame, used: dict[str, str], numeric: list[str], positive: list[str], missing: str,
    by: tuple[str, ...],
) -> tuple[pd.DataFrame, int]:  # fmt: skip
    data = {}
    for role, name in used.items():
        column = table[name]
        if role in numeric:
            if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
                raise ValueError(f"{role}={name!r}: the column holds {column.dtype}, numbers are needed")
            column = pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=table.index)
            infinite = column.isin([float("inf"), float("-inf")])
            if infinite.any():
                raise ValueError(
                    f"{role}={name!r}: infinite number in row {checks.plain(table.index[infinite][0])!r}; "
                    "leave such rows out or mend them first"
                )
        data[role] = column
    frame = pd.DataFrame(data, index=table.index)
    holes = frame.isna()
    bad = holes.any(axis=1)
    if bad.any() and missing == "raise":
        first = {used[role]: checks.plain(value) for role, value in frame[bad].iloc[0].items()}
        counts = {used[role]: int(n) for role, n in holes.sum().items() if n}
        raise ValueError(_holes(counts, first))
    frame = frame[~bad]
    if frame.empty:
        raise ValueError("no rows left to take apart")
    for role in positive:
        low = frame[frame[role] <= 0]
        if len(low):
            where = {used[r]: checks.plain(low.iloc[0][r]) for r in by} or f"row {checks.plain(low.index[0])!r}"
            raise ValueError(_not_positive(role, used[role], low.iloc[0][role], len(low), where))
    return frame.reset_index(drop=True), int(bad.sum())


def _check_query(
    table: Any, run: Any, used: dict[str, str], numeric: list[str], positive: list[str], missing: str,
    by: tuple[str, ...],
) -> tuple[Any, int]:  # fmt: skip
    columns = {}
    for role, name in used.items():
        column = table[name]
        if role in numeric:
            if not column.type().is_numeric():
                raise ValueError(f"{role}={name!r}: the column holds {column.type()}, numbers are needed")
            column = column.cast("float64")
        columns[role] = column
    rows = table.select(**columns)
    hole = {role: _hole(rows[role]) for role in used}
    any_hole = _any(hole.values())
    asked = {"n__": rows.count(), "holes__": any_hole.sum()}
    asked.update({f"hole__{role}": test.sum() for role, test in hole.items()})
    asked.update({f"inf__{role}": rows[role].isinf().sum() for role in numeric})
    asked.update({f"low__{role}": (~any_hole & (rows[role] <= 0)).sum() for role in positive})
    found = {name: int(value) for name, value in run(rows.aggregate(**asked)).fillna(0).iloc[0].items()}

    def first(test: Any) -> dict[str, Any]:
        row = run(rows.filter(test).limit(1)).iloc[0]
        return {used[role]: checks.plain(row[role]) for role in used}

    for role in numeric:
        if found[f"inf__{role}"]:
            where = first(rows[role].isinf())
            raise ValueError(f"{role}={used[role]!r}: infinite number in row {where}; leave such rows out first")
    if found["holes__"] and missing == "raise":
        counts = {used[role]: found[f"hole__{role}"] for role in used if found[f"hole__{role}"]}
        raise ValueError(_holes(counts, first(any_hole)))
    if found["n__"] == found["holes__"]:
        raise ValueError("no rows left to take apart")
    if found["holes__"]:
        rows = rows.filter(~any_hole)
    for role in positive:
        if found[f"low__{role}"]:
            where = first(~any_hole & (rows[role] <= 0))
            raise ValueError(_not_positive(role, used[role], where[used[role]], found[f"low__{role}"], where))
    return rows, found["holes__"]


def _hole(column: Any) -> Any:
    return (column.isnull() | column.isnan()).fill_null(True) if column.type().is_floating() else column.isnull()


def _any(tests: Iterable[Any]) -> Any:
    whole = None
    for test in tests:
        whole = test if whole is None else whole | test
    return whole


def _holes(counts: dict[str, int], first: dict[str, Any]) -> str:
    listed = ", ".join(f"{name!r} ({n:,})" for name, n in counts.items())
    return f'missing values in {listed}, first in row {first}; missing="drop" leaves such rows out'


def _not_positive(role: str, name: str, value: float, count: int, where: Any) -> str:
    return (
        f"{role}={name!r}: column {name!r} must be positive; it is {value:g} at {where} ({count:,} such rows); "
        "leave these rows out first, or give them a positive value"
    )
