"""What a register must look like: names, codes, size classes and units, and every failure of a register at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import yaml

from analysis import checks
from analysis.data import sectors, sizes
from analysis.microdata import schema_rules as rules
from analysis.microdata.tables import as_table

REQUIRED = ("firm", "time", "industry", "persons", "value_added")
OPTIONAL = ("hours", "sales", "region", "legal_size", "weight", "ai_use")
STANDARD = (*REQUIRED, *OPTIONAL)
OUTPUT_MEASURES = ("value added", "gross output", "sales")
ON_FAILURE = ("raise", "leave_out")


class SchemaError(ValueError):
    """A register does not fit its schema. `failures` is a frame with one row per failure: see `Schema.check`."""

    def __init__(self, failures: pd.DataFrame, rows: int | None = None):
        self.failures = failures
        of_all = "" if rows is None else f" among {rows:,} rows"
        lines = [f"  {number}. {text}" for number, text in enumerate(rules.in_words(failures), 1)]
        many = "1 failure" if len(lines) == 1 else f"{len(lines)} failures"
        super().__init__(f"the register does not fit its schema, {many}{of_all}:\n" + "\n".join(lines))


@dataclass(frozen=True)
class Schema:
    """The columns of a register, its codes and its units.

    Each of the first eleven fields names the register's own column; an optional one is None where the register has no
    such column. `dataclasses.replace` changes a field.

    Parameters
    ----------
    firm, time, industry, persons, value_added : str
        Columns every register needs: the firm's id, the year (an integer), the industry code, persons engaged, and
        value added (or what `output_measure` says).
    hours, sales, region, legal_size, weight, ai_use : str or None
        Hours worked in the year, sales, region, legal size class, sampling weight (rows of a census need none), and
        whether the firm uses AI (true, false or missing).
    extra : tuple of str
        Further columns to keep under their own names, for instance to group by.
    size_classes : tuple of str
        Head-count classes from small to large, such as ``1-9`` and ``250+``: no gap, no overlap, open at the top. A
        first class that starts at 0 admits rows without persons.
    industries : tuple of str or None
        Legal industry codes; ISIC Rev.4 sections by default, None for any code.
    output_measure : {"value added", "gross output", "sales"}
        What the column named by `value_added` holds.
    value_unit, currency : str
        Values are in `value_unit` (such as million) of `currency` (ISO 4217).
    prices : int or "current"
        The year whose prices values are in.
    hours_per_person : tuple of two numbers
        Hours per person outside these bounds are reported as implausible; the rows stay.
    title : str
        Name of the register, for titles and captions.

    Raises
    ------
    ValueError
        Listing all that is wrong with the schema itself, with the legal values.

    Examples
    --------
    >>> import pandas as pd
    >>> schema = Schema.default().replace(hours=None, sales=None, legal_size=None, ai_use=None)
    >>> firms = pd.DataFrame({"firm": [1, 1, 2], "year": [2020, 2020, 2020], "industry": ["C", "C", "Z"],
    ...                       "persons": [5, 5, 0], "value_added": [9.0, 9.0, 4.0]})
    >>> schema.check(firms)
    Traceback (most recent call last):
    ...
    analysis.microdata.schema.SchemaError: the register does not fit its schema, 3 failures among 3 rows:
      1. 'industry': code that is not listed in 1 row, first {'firm': 2, 'year': 2020, 'industry': 'Z'}; list the...
      2. 'persons': zero or negative in 1 row, first {'firm': 2, 'year': 2020, 'persons': 0}; leave the row out or...
      3. 'firm, year': more than one row per firm and time in 2 rows, first {'firm': 1, 'year': 2020}; merge the rows...
    """

    firm: str
    time: str
    industry: str
    persons: str
    value_added: str
    hours: str | None = None
    sales: str | None = None
    region: str | None = None
    legal_size: str | None = None
    weight: str | None = None
    ai_use: str | None = None
    extra: tuple[str, ...] = ()
    size_classes: tuple[str, ...] = sizes.STANDARD
    industries: tuple[str, ...] | None = tuple(sorted(sectors.SECTIONS))
    output_measure: str = "value added"
    value_unit: str = "million"
    currency: str = "KRW"
    prices: int | str = "current"
    hours_per_person: tuple[float, float] = (100.0, 4500.0)
    title: str = "Register of firms"

    def __post_init__(self) -> None:
        """Refuse a schema that is not legal."""
        problems = list(_problems(self))
        if problems:
            raise ValueError("the schema is not legal:\n" + "\n".join(f"  {text}" for text in problems))

    @classmethod
    def default(cls) -> Schema:
        """Return the schema of `synthetic_register`: standard names, the time in `year`, million won, current prices.

        Examples
        --------
        >>> Schema.default().time
        'year'
        """
        return cls(
            firm="firm", time="year", industry="industry", persons="persons", value_added="value_added", hours="hours",
            sales="sales", legal_size="legal_size", ai_use="ai_use", title="Register of firms",
        )  # fmt: skip

    @classmethod
    def from_yaml(cls, path: str | Path) -> Schema:
        """Read a schema from a YAML file: the fields of `Schema`, those of columns under ``columns:``.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is no YAML, has an unknown key or lacks a required one: all are listed, with the legal ones.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "my.yml"
        >>> _ = path.write_text("columns: {firm: id, tme: year}")
        >>> Schema.from_yaml(path)
        Traceback (most recent call last):
        ...
        ValueError: my.yml:
          columns.tme is not known; legal keys: firm, time, industry, persons, value_added, hours, sales, ...
          columns.time is missing: name the register's column
          columns.industry is missing: name the register's column
          ...
        """
        path = Path(path)
        try:
            held = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"{path.name} cannot be read as YAML: {error}") from error
        settings = [field.name for field in fields(cls) if field.name not in STANDARD]
        problems: list[str] = []
        if not isinstance(held, Mapping):
            raise ValueError(f"{path.name} holds no keys; legal keys: columns, {', '.join(settings)}")
        columns = held.get("columns")
        if not isinstance(columns, Mapping):
            problems.append("columns is missing: a mapping from standard names to the register's columns")
            columns = {}
        for key in held:
            if key not in ("columns", *settings):
                problems.append(f"{key} is not known; legal keys: columns, {', '.join(settings)}")
        for key in columns:
            if key not in STANDARD:
                problems.append(f"columns.{key} is not known; legal keys: {', '.join(STANDARD)}")
        if isinstance(held.get("columns"), Mapping):
            for name in REQUIRED:
                if columns.get(name) is None:
                    problems.append(f"columns.{name} is missing: name the register's column")
        if not problems:
            chosen = {key: tuple(value) if isinstance(value, list) else value for key, value in held.items()}
            chosen.pop("columns")
            try:
                return cls(**columns, **chosen)
            except ValueError as error:
                raise ValueError(f"{path.name}: {error}") from error
        raise ValueError(f"{path.name}:\n" + "\n".join(f"  {text}" for text in problems))

    def to_yaml(self, path: str | Path | None = None) -> str:
        """Return the schema as YAML text, and write it to `path` if one is given; `from_yaml` reads it back."""
        values = {
            field.name: list(value) if isinstance(value := getattr(self, field.name), tuple) else value
            for field in fields(self)
        }
        held = {"title": values.pop("title"), "columns": {name: values.pop(name) for name in STANDARD}, **values}
        text = yaml.safe_dump(held, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def replace(self, **changes: Any) -> Schema:
        """Return a copy with some fields changed, as `dataclasses.replace`."""
        legal = [field.name for field in fields(self)]
        for name in changes:
            checks.one_of("field", name, legal)
        return replace(self, **changes)

    @property
    def columns(self) -> dict[str, str]:
        """Standard name to the register's column, for the columns that the register has."""
        named = {name: getattr(self, name) for name in STANDARD}
        return {name: column for name, column in named.items() if column is not None}

    @property
    def unit_of_value(self) -> str:
        """The unit of values in words, such as ``million KRW, current prices``."""
        prices = "current prices" if self.prices == "current" else f"prices of {self.prices}"
        return f"{self.value_unit} {self.currency}, {prices}"

    def read(self, register: Any) -> ibis.Table:
        """Return a register as an Ibis table with standard names and the size class of each row; nothing is computed.

        Parameters
        ----------
        register : DataFrame (pandas, polars), Arrow table, DuckDB relation, Ibis table, or path
            A path is a parquet or csv file.

        Returns
        -------
        ibis.Table
            The columns of `columns` under their standard names, `size_class`, and those of `extra`. No row is checked:
            `check` and `split` do that.

        Raises
        ------
        SchemaError
            If a column is absent or holds the wrong type.
        TypeError
            If `register` is no table.
        ValueError
            If a path is not that of a parquet or csv file.
        FileNotFoundError
            If there is no such file.

        Examples
        --------
        >>> import pandas as pd
        >>> schema = Schema(firm="id", time="year", industry="nace", persons="staff", value_added="va")
        >>> firms = pd.DataFrame({"id": ["a"], "year": [2020], "nace": ["C"], "staff": [12], "va": [3.5]})
        >>> schema.read(firms).columns
        ('firm', 'time', 'industry', 'persons', 'value_added', 'size_class')
        """
        table = as_table(register)
        structural = rules.structure(table, self)
        if len(structural):
            raise SchemaError(structural)
        return rules.standard(table, self)

    def check(self, register: Any) -> pd.DataFrame:
        """Check a register: raise with all failures at once, or return what is worth knowing about it.

        Two scans of the register whatever its size: one for all rules, one for repeated firm-years.

        Parameters
        ----------
        register : see `read`

        Returns
        -------
        DataFrame
            What does not fail: severity ``warning`` (implausible) and ``note`` (rows that some measures cannot use).
            Columns: column (the register's own), standard_name, rule, severity, rows, share (of all rows), examples,
            remedy.

        Raises
        ------
        SchemaError
            With the same columns in `.failures`: absent columns and wrong types; missing and infinite values; persons,
            hours and weights that are zero or negative; unknown industry codes; times that are not whole years; more
            than one row for a firm and a year.

        Examples
        --------
        >>> import pandas as pd
        >>> schema = Schema(firm="id", time="year", industry="nace", persons="staff", value_added="va")
        >>> firms = pd.DataFrame({"id": [1, 2], "year": 2020, "nace": "C", "staff": [12, 4], "va": [3.5, -1.0]})
        >>> schema.check(firms)[["column", "rule", "severity", "rows"]]
          column              rule severity  rows
        0     va  zero or negative     note     1
        """
        found, rows = rules.findings(self.read(register), self)
        failures = found[found["severity"].eq("error")].reset_index(drop=True)
        if len(failures):
            raise SchemaError(failures, rows)
        return found

    def split(self, register: Any, on_failure: str = "raise") -> tuple[ibis.Table, pd.DataFrame]:
        """Return the clean rows of a register and a log of the rows left out, by reason.

        Parameters
        ----------
        register : see `read`
        on_failure : {"raise", "leave_out"}
            "leave_out" leaves out every row that fails a rule. Of several rows for one firm and year all are left out:
            nothing says which of them is right.

        Returns
        -------
        (ibis.Table, DataFrame)
            The clean rows as `read` gives them (lazy), with `time` as an integer and `ai_use` as true or false, and
            the findings of `check` with a column `left_out`: the rows left out for this reason, each row under the
            first rule that it fails, so that they add up. ``.attrs`` of the log has `rows`, `kept` and `left_out`.

        Raises
        ------
        SchemaError
            With "raise", if any row fails; always, if a column is absent or has the wrong type, or if no row is left.

        Examples
        --------
        >>> import pandas as pd
        >>> schema = Schema(firm="id", time="year", industry="nace", persons="staff", value_added="va")
        >>> firms = pd.DataFrame({"id": [1, 2], "year": 2020, "nace": "C", "staff": [12, 0], "va": [3.5, 1.0]})
        >>> clean, log = schema.split(firms, on_failure="leave_out")
        >>> log[["column", "rule", "left_out"]]
          column              rule  left_out
        0  staff  zero or negative         1
        >>> log.attrs["kept"]
        1
        """
        checks.one_of("on_failure", on_failure, ON_FAILURE)
        table = self.read(register)
        found, rows = rules.findings(table, self)
        failures = found[found["severity"].eq("error")].reset_index(drop=True)
        if len(failures) and on_failure == "raise":
            raise SchemaError(failures, rows)
        clean, left_out = (table, {}) if failures.empty else rules.leave_out(table, self)
        reasons = zip(found["standard_name"], found["rule"], strict=True)
        log = found.assign(left_out=[left_out.get(reason, 0) for reason in reasons])
        gone = int(log["left_out"].sum())
        if gone == rows:
            raise SchemaError(failures, rows)
        log.attrs.update(rows=rows, kept=rows - gone, left_out=gone)
        return rules.whole(clean), log


def _problems(schema: Schema):
    """Yield what is wrong with a schema, in words."""
    for name in STANDARD:
        column = getattr(schema, name)
        if name in REQUIRED and not (isinstance(column, str) and column):
            yield f"{name}={column!r}: name the register's column"
        elif column is not None and not (isinstance(column, str) and column):
            yield f"{name}={column!r}: name the register's column, or None"
    if not isinstance(schema.extra, tuple) or not all(isinstance(column, str) for column in schema.extra):
        yield f"extra={schema.extra!r}: a tuple of column names is needed"
    else:
        for column in schema.extra:
            if column in (*STANDARD, "size_class"):
                yield f"extra column {column!r} has a standard name: rename it in the register"
    used = [column for column in schema.columns.values() if isinstance(column, str)]
    used += [column for column in schema.extra if isinstance(column, str)]
    for column in dict.fromkeys(used):
        if used.count(column) > 1:
            names = [name for name, mapped in schema.columns.items() if mapped == column]
            yield f"column {column!r} is used more than once: {', '.join(names)}{' and extra' * (len(names) < 2)}"
    try:
        sizes.check_parts(schema.size_classes)
        if sizes.in_order(schema.size_classes) != list(schema.size_classes) or not schema.size_classes:
            yield "size_classes must go from small to large"
    except (ValueError, TypeError) as error:
        yield f"size_classes={schema.size_classes!r}: {error}"
    codes = schema.industries
    if codes is not None and (not isinstance(codes, tuple) or not codes or not all(isinstance(c, str) for c in codes)):
        yield f"industries={codes!r}: a tuple of codes is needed (as text: quote numbers), or None for any code"
    if schema.output_measure not in OUTPUT_MEASURES:
        yield f"output_measure={schema.output_measure!r}; legal values: {', '.join(OUTPUT_MEASURES)}"
    if not re.fullmatch("[A-Z]{3}", str(schema.currency)):
        yield f"currency={schema.currency!r}: an ISO 4217 code of three capitals is needed, such as KRW"
    if not isinstance(schema.value_unit, str) or not schema.value_unit:
        yield f"value_unit={schema.value_unit!r}: text is needed, such as million"
    if isinstance(schema.prices, bool) or not (schema.prices == "current" or isinstance(schema.prices, int)):
        yield f"prices={schema.prices!r}; legal values: 'current' or a year"
    bounds = schema.hours_per_person
    numbers = isinstance(bounds, tuple) and len(bounds) == 2 and all(isinstance(b, int | float) for b in bounds)
    if not numbers or not 0 <= bounds[0] < bounds[1]:
        yield f"hours_per_person={bounds!r}: two numbers are needed, the smaller first"
    if not isinstance(schema.title, str) or not schema.title:
        yield f"title={schema.title!r}: text is needed"
