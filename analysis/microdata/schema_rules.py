"""The rules that rows of a register must keep, each counted in the same scan; used by `schema`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from analysis.data import sizes

if TYPE_CHECKING:
    from analysis.microdata.schema import Schema

COLUMNS = ["column", "standard_name", "rule", "severity", "rows", "share", "examples", "remedy"]
SHOWN = 3
"""Examples shown of each failure."""

MOST_YEARS = 40
"""Longest span of years for which repeated firm-years are found by firm."""

TWICE = ("firm, time", "more than one row per firm and time")
_NUMBERS = ("persons", "value_added", "hours", "sales", "weight")
_CODES = ("industry", "region", "legal_size")


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong with a row. `fails` maps the standard table to a boolean column, true where it is."""

    name: str
    rule: str
    severity: str
    remedy: str
    fails: Callable[[ibis.Table], ibis.expr.types.BooleanValue]
    columns: tuple[str, ...]


def in_words(failures: pd.DataFrame) -> list[str]:
    """Return one sentence per failure."""
    sentences = []
    for row in failures.to_dict("records"):
        where = "" if pd.isna(row["rows"]) else f" in {row['rows']:,} row{'s' * (row['rows'] != 1)}"
        first = f", first {row['examples'][0]}" if row["examples"] else ""
        sentences.append(f"{row['column']!r}: {row['rule']}{where}{first}; {row['remedy']}")
    return sentences


def structure(table: ibis.Table, schema: Schema) -> pd.DataFrame:
    """Return the failures of the table as a whole: columns that are absent, types that cannot be used."""
    rows = []
    kinds = table.schema()
    wanted = {**schema.columns, **{column: column for column in schema.extra}}
    for name, column in wanted.items():
        if column not in kinds:
            have = ", ".join(map(repr, kinds.names))
            rows.append((column, name, "column is absent", f"the register has {have}; map {name} to one of them"))
            continue
        needs = _wrong_type(name, kinds[column]) if name in schema.columns else None
        if needs:
            rows.append((column, name, f"holds {kinds[column]}", needs))
    return pd.DataFrame(
        [(column, name, rule, "error", pd.NA, None, [], remedy) for column, name, rule, remedy in rows], columns=COLUMNS
    )


def _wrong_type(name: str, kind: Any) -> str | None:
    if kind.is_null():
        return "the column holds no value at all: map it to a filled column, or to none if it is optional"
    if name in _NUMBERS and (not kind.is_numeric() or kind.is_boolean()):
        return "numbers are needed: convert the column"
    if name == "time" and not (kind.is_integer() or kind.is_floating()):
        return "whole years are needed, such as 2020: convert the column to integers"
    if name == "firm" and not (kind.is_integer() or kind.is_string() or kind.is_floating() or kind.is_uuid()):
        return "an id is needed, as text or whole number: convert the column"
    if name in _CODES and not (kind.is_string() or kind.is_integer()):
        return "codes are needed, as text: convert the column"
    if name == "ai_use" and not (kind.is_boolean() or kind.is_numeric()):
        return "true and false are needed, or 1 and 0: convert the column"
    return None


def standard(table: ibis.Table, schema: Schema) -> ibis.Table:
    """Return the table under standard names, codes as text, with `size_class`: half-open bands of persons."""
    chosen = {name: table[column] for name, column in schema.columns.items()}
    for name in _CODES:
        if name in chosen and not chosen[name].type().is_string():
            chosen[name] = chosen[name].cast("string")
    if "ai_use" in chosen and not chosen["ai_use"].type().is_boolean():
        # any other number stays a number until `ones_and_zeros` has refused it
        chosen["ai_use"] = chosen["ai_use"].cast("float64")
    starts = [sizes.bounds(label)[0] for label in schema.size_classes]
    persons = chosen["persons"]
    bands = [(persons < start, label) for start, label in zip(starts[1:], schema.size_classes, strict=False)]
    chosen["size_class"] = ibis.cases(*bands, (persons >= starts[-1], schema.size_classes[-1]))
    return table.select(**chosen, **{column: table[column] for column in schema.extra})


def _absent(column: ibis.expr.types.Column) -> ibis.expr.types.BooleanValue:
    """Return where a column has no value: null, not a number, or empty text."""
    kind = column.type()
    if kind.is_floating():
        return column.isnull() | column.isnan()
    if kind.is_string():
        return column.isnull() | (column == "")
    return column.isnull()


def row_rules(table: ibis.Table, schema: Schema) -> Iterator[Rule]:
    """Yield the rules that apply to a table under standard names, errors in the order in which rows are left out."""
    has = table.columns
    gaps = {"hours": "measures per hour", "sales": "measures of sales", "region": "tables by region"}
    gaps["legal_size"] = "tables by legal size"
    for name in ("firm", "time", "industry", "persons", "value_added", "weight"):
        if name in has:
            remedy = "fill it in or leave the row out"
            yield Rule(name, "missing", "error", remedy, lambda t, name=name: _absent(t[name]), (name,))
    for name in ("time", *_NUMBERS):
        if name in has and table[name].type().is_floating():
            remedy = "an infinite number is no observation: correct it or leave the row out"
            yield Rule(name, "infinite", "error", remedy, lambda t, name=name: t[name].isinf(), (name,))
    if table["time"].type().is_floating():
        # NaN and infinity have their own rules
        yield Rule(
            "time", "not a whole number", "error", "give the year as an integer, such as 2020",
            lambda t: ~t["time"].isinf() & ~t["time"].isnan() & (t["time"] != t["time"].floor()), ("time",),
        )  # fmt: skip
    if schema.industries is not None:
        yield Rule(
            "industry", "code that is not listed", "error",
            f"list the code under industries (now {_some(schema.industries)}), recode it, or leave the row out",
            lambda t: ~t["industry"].isin(schema.industries) & ~_absent(t["industry"]), ("industry",),
        )  # fmt: skip
    yield from _persons_rules(schema)
    for name in ("hours", "weight"):
        if name in has:
            remedy = f"{name} must be positive: correct it or leave the row out"
            yield Rule(name, "zero or negative", "error", remedy, lambda t, name=name: t[name] <= 0, (name,))
    if "sales" in has:
        yield Rule("sales", "negative", "error", "sales cannot be negative", lambda t: t["sales"] < 0, ("sales",))
    if "ai_use" in has and not table["ai_use"].type().is_boolean():
        yield Rule(
            "ai_use", "neither 0 nor 1", "error", "recode it to true and false",
            lambda t: ~t["ai_use"].isin([0.0, 1.0]) & ~_absent(t["ai_use"]), ("ai_use",),
        )  # fmt: skip
    if "hours" in has:
        low, high = schema.hours_per_person
        yield Rule(
            "hours", f"hours per person outside {low:g} to {high:g}", "warning",
            "look at the units of hours; the rows stay",
            lambda t: (t["persons"] > 0)
            & (t["hours"] > 0)
            & ((t["hours"] < low * t["persons"]) | (t["hours"] > high * t["persons"])),
            ("hours", "persons"),
        )  # fmt: skip
    yield Rule(
        "value_added", "zero or negative", "note", "the rows stay in levels and are left out of logarithms",
        lambda t: t["value_added"] <= 0, ("value_added",),
    )  # fmt: skip
    for name, measures in gaps.items():
        if name in has:
            remedy = f"the rows stay and are left out of {measures}"
            yield Rule(name, "missing", "note", remedy, lambda t, name=name: _absent(t[name]), (name,))


def _persons_rules(schema: Schema) -> Iterator[Rule]:
    smallest = schema.size_classes[0]
    lowest = sizes.bounds(smallest)[0]
    if lowest == 0:
        remedy = "persons cannot be negative: correct it or leave the row out"
        yield Rule("persons", "negative", "error", remedy, lambda t: t["persons"] < 0, ("persons",))
        remedy = "the rows stay in counts and sums and are left out of measures per person"
        yield Rule("persons", "zero", "note", remedy, lambda t: t["persons"] == 0, ("persons",))
        return
    remedy = f"leave the row out or admit it with a size class such as 0-{sizes.bounds(smallest)[1] or 9}"
    yield Rule("persons", "zero or negative", "error", remedy, lambda t: t["persons"] <= 0, ("persons",))
    if lowest > 1:
        yield Rule(
            "persons", f"below the smallest size class, {smallest}", "error",
            "leave the row out or add a class for it",
            lambda t: (t["persons"] > 0) & (t["persons"] < lowest), ("persons",),
        )  # fmt: skip


def _some(codes: tuple[str, ...]) -> str:
    return ", ".join(codes[:25]) + (", ..." if len(codes) > 25 else "")


def _plain(table: ibis.Table) -> list[dict]:
    """Return the rows of a small table; by way of Arrow, because pandas warns inside Ibis."""
    return table.to_pyarrow().to_pylist()


def _repeated(table: ibis.Table, span: tuple[int, int] | None) -> ibis.Table:
    """Return the firm-years that stand more than once, with their number of rows.

    Where years span at most 40, firms whose years repeat are found first: the sum of the powers of two of their years
    exceeds their union. Counting all firm-years would hold each of them in memory. (DuckDB alone: PySpark has no union
    of bits, and memory of its own to count in.)
    """
    held = table.filter(~_absent(table["firm"]) & ~_absent(table["time"]))
    if span is not None and span[1] - span[0] <= MOST_YEARS and held.get_backend().name == "duckdb":
        power = ibis.literal(1, "int64") << (held["time"].cast("int64") - span[0])
        firms = held.group_by("firm").aggregate(added=power.sum(), united=power.bit_or())
        held = held.semi_join(firms.filter(firms["added"] != firms["united"]), "firm")
    counts = held.group_by("firm", "time").aggregate(copies=held.count())
    return counts.filter(counts["copies"] > 1)


def findings(table: ibis.Table, schema: Schema) -> tuple[pd.DataFrame, int]:
    """Return all findings about the rows of a table under standard names, and the number of rows.

    Raises
    ------
    ValueError
        If there is no row.
    """
    rules = list(row_rules(table, schema))
    sums = {f"rule_{place}": rule.fails(table).fill_null(False).sum() for place, rule in enumerate(rules)}
    span = {"first": table["time"].min(), "last": table["time"].max()}
    counts = _plain(table.aggregate(rows=table.count(), **span, **sums))[0]
    rows = counts["rows"]
    if not rows:
        raise ValueError("the register has no rows")
    named = {**schema.columns, "size_class": "size_class"}
    found = []
    for place, rule in enumerate(rules):
        failing = int(counts[f"rule_{place}"] or 0)
        if failing:
            shown = table.filter(rule.fails(table).fill_null(False))
            key = list(dict.fromkeys(["firm", "time", *rule.columns]))
            examples = [
                {named[name]: row[name] for name in key} for row in _plain(shown.select(*key).limit(SHOWN))
            ]
            found.append((named[rule.name], rule.name, rule.rule, rule.severity, failing, examples, rule.remedy))
    repeated = _repeated(table, _span(table, counts))
    twice = _plain(repeated.aggregate(rows=repeated["copies"].sum()))[0]["rows"]
    if twice:
        shown = _plain(repeated.order_by("firm", "time").select("firm", "time").limit(SHOWN))
        found.append((
            f"{named['firm']}, {named['time']}", *TWICE, "error", int(twice),
            [{named[name]: value for name, value in row.items()} for row in shown],
            "merge the rows, correct the id, or leave all of them out",
        ))  # fmt: skip
    frame = pd.DataFrame(
        [(*row[:5], row[4] / rows, *row[5:]) for row in found], columns=COLUMNS
    ).astype({"rows": "int64", "share": "float64"})
    order = frame["severity"].map({"error": 0, "warning": 1, "note": 2})
    return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True), rows


def _span(table: ibis.Table, counts: dict) -> tuple[int, int] | None:
    """Return the first and the last year, if years are integers."""
    if not table["time"].type().is_integer() or counts["first"] is None:
        return None
    return counts["first"], counts["last"]


def leave_out(table: ibis.Table, schema: Schema) -> tuple[ibis.Table, dict[tuple[str, str], int]]:
    """Return the rows that keep every rule, and the rows left out by the first rule that each fails."""
    errors = [rule for rule in row_rules(table, schema) if rule.severity == "error"]
    reason = ibis.cases(*((rule.fails(table).fill_null(False), place) for place, rule in enumerate(errors)), else_=-1)
    marked = table.mutate(_reason=reason)
    left_out = {}
    sums = marked.group_by("_reason").aggregate(rows=marked.count())
    for row in _plain(sums):
        if row["_reason"] >= 0:
            rule = errors[row["_reason"]]
            left_out[rule.name, rule.rule] = row["rows"]
    valid = marked.filter(marked["_reason"] == -1).drop("_reason")
    span = _plain(table.aggregate(first=table["time"].min(), last=table["time"].max()))[0]
    repeated = _repeated(table, _span(table, span))
    twice = _plain(valid.semi_join(repeated, ["firm", "time"]).aggregate(rows=lambda t: t.count()))[0]["rows"]
    if not twice:
        return valid, left_out
    left_out[TWICE] = twice
    return valid.anti_join(repeated, ["firm", "time"]), left_out


def whole(table: ibis.Table) -> ibis.Table:
    """Return a checked table with time as integers and AI use as true and false."""
    changes = {}
    if not table["time"].type().is_integer():
        changes["time"] = table["time"].cast("int64")
    if "ai_use" in table.columns and not table["ai_use"].type().is_boolean():
        changes["ai_use"] = table["ai_use"].cast("boolean")
    return table.mutate(**changes) if changes else table
