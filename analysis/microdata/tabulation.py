"""A register made ready for tables: its keys, its levels of totals, and what each cell is made of, in one scan each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from analysis.engine.queries import n_largest
from analysis.engine.tables import SMALL
from analysis.microdata.schema import OPTIONAL, Schema
from analysis.microdata.tables import as_table

TIME = "time"
TOTAL = "total"
MEASURES = {"output per person": "persons", "output per hour": "hours"}
"""Measure -> the labour it divides by."""

_NAMES = ("family", "since", "measure", "moment", "estimate", "std_error", "conf_low", "conf_high", "unit", "firms",
          "reliable", "suppressed", "source")  # fmt: skip
"""Columns of every table of moments, which no grouping column can be called."""


FEW = 10
"""Counts of rows below this are given in words."""


@dataclass(frozen=True, eq=False)
class View:
    """Clean rows of a register under fixed names.

    Attributes
    ----------
    rows : ibis.Table
        Columns time, key_0, key_1, ... (text), rank (the industry, within which firms are ranked), size_class, firm, w
        (sampling weight, or 1), and weighted by it: output, persons, hours (zero where missing), output_hours (output
        of firms whose hours are known, zero for others); and for each measure `log_<labour>`, of output over labour,
        missing where it is not defined.
    schema : Schema
    time : str
        Name of the time column in tables.
    by : dict
        key_0, ... -> name in tables.
    columns : dict
        key_0, ... -> standard name of the column.
    totals : tuple of str
        Keys over which totals are made as well.
    measures : tuple of str
        Those of `MEASURES` for which the register has the labour.
    weighted, complete : bool
        Whether rows have sampling weights; whether every row has hours.
    log : DataFrame
        Rows left out, by reason: of `Schema.split`, and here.
    warnings : tuple of str
        What is implausible in rows that stay in; counts below ten are in words.
    """

    rows: ibis.Table
    schema: Schema
    time: str
    by: Mapping[str, str]
    columns: Mapping[str, str]
    totals: tuple[str, ...]
    measures: tuple[str, ...]
    weighted: bool
    complete: bool
    log: pd.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """Columns that tell one table cell from another, the time first."""
        return [TIME, *self.by]

    @property
    def sized(self) -> bool:
        """Whether a key is the size class itself."""
        return "size_class" in self.columns.values()

    @property
    def magnitudes(self) -> tuple[str, ...]:
        """What cells add up, besides firms: all that any moment is the sum or ratio of."""
        return (*self.sums, *(("output_hours",) if not self.complete else ()), *(("w",) if self.weighted else ()))

    @property
    def sums(self) -> tuple[str, ...]:
        """Output and labour."""
        return ("output", *(MEASURES[measure] for measure in self.measures))

    def levels(self) -> Iterator[tuple[str, ...]]:
        """Give the keys that are summed over: none first, then every choice among `totals`."""
        for size in range(len(self.totals) + 1):
            yield from itertools.combinations(self.totals, size)

    def at(self, level: Sequence[str]) -> ibis.Table:
        """Return the rows with the keys of a level all called total."""
        return self.rows.mutate(**{key: ibis.literal(TOTAL) for key in level}) if level else self.rows

    def named(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give keys the names that readers know."""
        return table.rename(columns={TIME: self.time, **self.by})


def prepare(register: Any, by: Sequence[str], schema: Schema | None, totals: Sequence[str], on_failure: str) -> View:
    """Check a register and return the view of its clean rows.

    Raises
    ------
    SchemaError
        As `Schema.split`.
    ValueError
        A grouping column that is unknown, comes twice or has the name of a column of tables; a total over a column that
        is not in `by`, or over time.
    """
    schema = schema or _guess(register)
    inner = _resolve(by, schema)
    over = _totals(totals, inner, schema)
    clean, log = schema.split(register, on_failure=on_failure)
    keys = {f"key_{place}": column for place, column in enumerate(c for c in inner.values() if c != TIME)}
    names = {column: name for name, column in inner.items()}
    measures = tuple(name for name, labour in MEASURES.items() if labour in clean.columns)
    clean, absent = _without_gaps(clean, keys)
    found = fetch(clean.aggregate(
        rows=clean.count(),
        empty=(clean["persons"] <= 0).sum(),
        idle=(clean["value_added"] <= 0).sum(),
        unmeasured=_absent(clean["hours"]).sum() if "hours" in clean.columns else ibis.literal(0),
    )).iloc[0].fillna(0).astype(int)  # fmt: skip
    if not found["rows"]:
        raise ValueError(f"no row of the register has a value in all of {', '.join(map(repr, inner))}")
    rows = _rows(clean, keys, measures)
    if found["rows"] <= SMALL and dialect(rows) == "duckdb":
        rows = ibis.memtable(rows.to_pyarrow())  # short queries take less time to write
    return View(
        rows=rows,
        schema=schema,
        time=names.get(TIME, schema.time),
        by={key: names[column] for key, column in keys.items()},
        columns=keys,
        totals=tuple(key for key, column in keys.items() if column in over),
        measures=measures,
        weighted=schema.weight is not None,
        complete=not found["unmeasured"],
        log=_log(log, absent, found, schema),
        warnings=_warnings(log),
    )


def _warnings(log: pd.DataFrame) -> tuple[str, ...]:
    """Say what the schema finds implausible; a small count is not given, as it may point at a firm."""
    implausible = log[log["severity"].eq("warning")]
    counts = [f"{rows:,}" if rows >= FEW else f"fewer than {FEW}" for rows in implausible["rows"].astype(int)]
    return tuple(
        f"warning: {column!r} has {rule} in {count} rows, which stay in: mend them, or leave them out of the register"
        for column, rule, count in zip(implausible["column"], implausible["rule"], counts, strict=True)
    )


def _guess(register: Any) -> Schema:
    """Return the schema of a register with standard names: the optional columns are those that it has."""
    columns = as_table(register).columns
    held = {name: name if name in columns else None for name in OPTIONAL}
    time = "time" if "time" in columns and "year" not in columns else "year"
    return Schema.default().replace(time=time, **held)


def _resolve(by: Sequence[str], schema: Schema) -> dict[str, str]:
    """Return the caller's names of grouping columns and the standard ones."""
    by = [by] if isinstance(by, str) else list(by)
    legal = {**{column: name for name, column in schema.columns.items()}, **{name: name for name in schema.columns}}
    legal |= {"size_class": "size_class", **{column: column for column in schema.extra}}
    numbers = {"firm", "persons", "value_added", "hours", "sales", "weight"}
    legal = {name: column for name, column in legal.items() if column not in numbers}
    found: dict[str, str] = {}
    for name in by:
        if name not in legal:
            raise ValueError(f"by={name!r}: no column to group by; legal: {', '.join(legal)}, or name it in extra=")
        if legal[name] in found.values():
            raise ValueError(f"by={name!r}: the column is there twice")
        if name in _NAMES:
            raise ValueError(f"by={name!r} has the name of a column of moments ({', '.join(_NAMES)}); rename it")
        found[name] = legal[name]
    return found


def _totals(totals: Sequence[str], inner: Mapping[str, str], schema: Schema) -> set[str]:
    names = {**{column: name for name, column in schema.columns.items()}, **inner}
    legal = ", ".join(name for name, column in inner.items() if column != TIME) or "none with this by="
    over = set()
    for name in [totals] if isinstance(totals, str) else totals:
        column = names.get(name, name)
        if column == TIME or column not in inner.values():
            why = "times are not added up" if column == TIME else "it is not in by="
            raise ValueError(f"totals={name!r}: {why}; legal: {legal}")
        over.add(column)
    return over


def _without_gaps(clean: ibis.Table, keys: Mapping[str, str]) -> tuple[ibis.Table, dict[str, int]]:
    """Leave out rows without a value in a grouping column, and count them by the first such column."""
    holes = {column: _absent(clean[column]) for column in keys.values() if column not in ("industry", "size_class")}
    if not holes:
        return clean, {}
    reason = ibis.cases(*((hole, name) for name, hole in holes.items()), else_=ibis.null("string"))
    found = fetch(clean.select(reason=reason).filter(lambda t: t["reason"].notnull()).group_by("reason").aggregate(
        rows=lambda t: t.count()
    ))  # fmt: skip
    if found.empty:
        return clean, {}
    kept = clean.filter(*(~hole for hole in holes.values()))
    return kept, dict(zip(found["reason"], found["rows"].astype(int), strict=True))


def _absent(column: Any) -> Any:
    if column.type().is_floating():
        return column.isnull() | column.isnan().fill_null(True)
    return column.isnull() | (column.strip() == "").fill_null(True) if column.type().is_string() else column.isnull()


def _rows(clean: ibis.Table, keys: Mapping[str, str], measures: Sequence[str]) -> ibis.Table:
    weight = clean["weight"].cast("float64") if "weight" in clean.columns else ibis.literal(1.0)
    output = clean["value_added"].cast("float64")
    columns = {
        TIME: clean["time"].cast("int64"),
        **{key: clean[column].cast("string") for key, column in keys.items()},
        "rank": clean["industry"].cast("string"),
        "size_class": clean["size_class"].cast("string"),
        "firm": clean["firm"],
        "w": weight,
        "output": weight * output,
        "persons": weight * clean["persons"].cast("float64"),
    }
    for measure in measures:
        name = MEASURES[measure]
        labour = clean[name].cast("float64")
        labour = (labour.isnan().ifelse(None, labour) if clean[name].type().is_floating() else labour).fill_null(0.0)
        if name == "hours":
            columns["hours"] = weight * labour
            columns["output_hours"] = (labour > 0).ifelse(weight * output, 0.0)
        defined = (labour > 0) & (output > 0)
        columns[f"log_{name}"] = defined.ifelse(output / defined.ifelse(labour, 1.0), None).ln()
    return clean.select(**columns)


def _log(split: pd.DataFrame, absent: Mapping[str, int], found: pd.Series, schema: Schema) -> pd.DataFrame:
    """Rows left out of everything, of tables by a column, of logarithms: reason and number."""
    gone = split[split["left_out"] > 0]
    rows = [(row["column"], row["rule"], "all moments", int(row["left_out"])) for row in gone.to_dict("records")]
    names = {name: schema.columns.get(name, name) for name in absent}
    rows += [(names[name], "missing", f"all moments by {names[name]}", count) for name, count in absent.items()]
    if found["empty"]:
        rows.append((schema.persons, "zero", "moments of logarithms per person", int(found["empty"])))
    if found["idle"]:
        rows.append((schema.value_added, "zero or negative", "moments of logarithms", int(found["idle"])))
    if found["unmeasured"]:
        rows.append((schema.hours, "missing", "moments per hour", int(found["unmeasured"])))
    log = pd.DataFrame(rows, columns=["column", "reason", "left_out_of", "rows"])
    log.attrs.update(rows=int(split.attrs["rows"]), kept=int(found["rows"]))
    return log


def fetch(expression: Any) -> pd.DataFrame:
    """Run a query; by way of Arrow, because pandas warns inside Ibis."""
    return expression.to_pyarrow().to_pandas()


def side(frame: pd.DataFrame) -> ibis.Table:
    """Return a small frame as a table to join; by way of Arrow, because pandas warns inside Ibis."""
    return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))


def dialect(table: ibis.Table) -> str:
    """Return the name of the engine that holds a table."""
    return table.get_backend().name


def facts(
    table: ibis.Table, keys: Sequence[str], magnitudes: Sequence[str], parts: Mapping[str, Any] | None = None,
    sums: Mapping[str, Any] | None = None, prefixes: Mapping[str, str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return what each cell is made of: firms and, for each magnitude, total and largest contributions.

    Parameters
    ----------
    table : ibis.Table
        One row per firm and cell.
    keys, magnitudes : list of str
    parts : mapping of str to boolean column, optional
        Sets of firms in the cell that have facts of their own; one row per part then.
    sums : mapping, optional
        Further columns to add up in each cell.
    prefixes : mapping, optional
        Part -> what its columns of magnitudes begin with, where they are others.

    Returns
    -------
    DataFrame
        keys, part (with parts), firms, and per magnitude `name`, `name_largest`, `name_second` (absolute contributions)
        and `name_firms` (contributions that are not zero); sums. Parts without firms have rows of zeros.
    """
    fast = dialect(table) == "duckdb"
    named = parts or {"": None}
    values = {
        part: {name: _inside(table[(prefixes or {}).get(part, "") + name], flag) for name in magnitudes}
        for part, flag in named.items()
    }  # fmt: skip
    asked: dict[str, Any] = {}
    for part, flag in named.items():
        asked[f"{part}|firms"] = table.count() if flag is None else flag.fill_null(False).sum()
        for name, value in values[part].items():
            asked[f"{part}|{name}"] = value.sum()
            asked[f"{part}|{name}_firms"] = (value != 0).sum()
            if fast:
                asked[f"{part}|{name}_top"] = n_largest(value.abs(), 2)
    asked.update({f"|{name}": value.sum() for name, value in (sums or {}).items()})
    short = {f"a{place}": value for place, value in enumerate(asked.values())}
    found = fetch(table.group_by(*keys).aggregate(**short)).rename(columns=dict(zip(short, asked, strict=True)))
    if not fast:
        found = _with_tops(found, table, keys, values)
    return _long(found, keys, magnitudes, parts is not None, list(named), list(sums or {}))


def _inside(value: Any, flag: Any) -> Any:
    return value if flag is None else flag.fill_null(False).ifelse(value, 0.0)


def _with_tops(
    found: pd.DataFrame, table: ibis.Table, keys: Sequence[str], values: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Add the two largest contributions by ranking, for engines without an aggregate for them."""
    for part, columns in values.items():
        for name, value in columns.items():
            sizes = table.select(*keys, size=value.abs())
            window = ibis.window(group_by=list(keys), order_by=ibis.desc(sizes["size"]))
            ranked = sizes.mutate(place=ibis.row_number().over(window))
            top = fetch(ranked.filter(ranked["place"] < 2)).sort_values([*keys, "place"])
            lists = top.groupby(list(keys))["size"].agg(list).rename(f"{part}|{name}_top").reset_index()
            found = found.merge(lists, on=list(keys), how="left", validate="one_to_one")
    return found


def _long(
    found: pd.DataFrame, keys: Sequence[str], magnitudes: Sequence[str], several: bool, parts: Sequence[str],
    sums: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    frames = []
    for part in parts:
        columns: dict[str, Any] = {key: found[key] for key in keys}
        if several:
            columns["part"] = part
        columns["firms"] = found[f"{part}|firms"].astype("int64")
        for name in magnitudes:
            top = found[f"{part}|{name}_top"]
            columns[name] = found[f"{part}|{name}"].astype(float)
            columns[f"{name}_largest"] = [float(two[0]) for two in top]
            columns[f"{name}_second"] = [float(two[1]) if len(two) > 1 else 0.0 for two in top]
            columns[f"{name}_firms"] = found[f"{part}|{name}_firms"].astype("int64")
        columns |= {name: found[f"|{name}"].astype(float) for name in sums}
        frames.append(pd.DataFrame(columns, index=found.index))
    return pd.concat(frames, ignore_index=True).sort_values([*keys], kind="stable", ignore_index=True)
