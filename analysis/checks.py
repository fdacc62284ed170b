"""Checks of what a caller hands in: each failure names the column, value or option and lists the legal ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

MISSING = ("raise", "drop")
RESERVED = (
    "component", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "share", "unit",
    "specification", "headline",
)  # fmt: skip


def one_of(option: str, value: object, legal: Iterable[object]) -> None:
    """Raise unless an option has one of its legal values.

    Raises
    ------
    ValueError
        Names the option and lists the legal values.

    Examples
    --------
    >>> one_of("method", "gaed", ["gead", "csls"])
    Traceback (most recent call last):
    ...
    ValueError: method='gaed' is not known; legal values: 'gead', 'csls'
    """
    legal = list(legal)
    # True == 1 in Python: a switch is no number and a number no switch
    if not any(isinstance(value, bool) == isinstance(choice, bool) and value == choice for choice in legal):
        raise ValueError(f"{option}={value!r} is not known; legal values: {', '.join(map(repr, legal))}")


def names(by: str | Sequence[str] | None) -> list[str]:
    """Return grouping columns as a list of names, whether none, one or several were given.

    Raises
    ------
    ValueError
        If one has the name of a column that every result has.
    """
    if by is None:
        return []
    listed = [by] if isinstance(by, str) else list(by)
    for name in listed:
        if name in RESERVED:
            taken = ", ".join(RESERVED)
            raise ValueError(f"grouping column {name!r} has the name of a column of results ({taken}); rename it")
    return listed


def require_columns(table: pd.DataFrame, columns: dict[str, str | None], numeric: Iterable[str] = ()) -> pd.DataFrame:
    """Return a copy of the columns in use, the numeric ones as floats.

    Parameters
    ----------
    table : DataFrame
    columns : dict
        Name of the argument -> name of the column; an argument that is None is passed over.
    numeric : iterable of str
        Arguments whose columns must hold numbers.

    Raises
    ------
    TypeError
        If `table` is not a pandas DataFrame.
    ValueError
        If a column is not in the table (its columns are listed), is used for two arguments, holds text where numbers
        are needed or holds an infinite number.

    Examples
    --------
    >>> require_columns(pd.DataFrame({"year": [2020]}), {"time": "yaer"})
    Traceback (most recent call last):
    ...
    ValueError: time='yaer': no such column; the table has 'year'
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"expected a pandas DataFrame, got {type(table).__name__}")
    used = {argument: column for argument, column in columns.items() if column is not None}
    seen: dict[str, str] = {}
    for argument, column in used.items():
        if column not in table.columns:
            have = ", ".join(map(repr, table.columns))
            raise ValueError(f"{argument}={column!r}: no such column; the table has {have}")
        if column in seen:
            raise ValueError(f"{argument}={column!r}: the column is already used as {seen[column]}=")
        seen[column] = argument
    rows = table[list(used.values())].copy()
    numeric = list(numeric)
    for argument, column in used.items():
        if argument not in numeric:
            continue
        if not pd.api.types.is_numeric_dtype(rows[column]) or pd.api.types.is_bool_dtype(rows[column]):
            raise ValueError(f"{argument}={column!r}: the column holds {rows[column].dtype}, numbers are needed")
        rows[column] = rows[column].astype(float)
        infinite = rows[column].isin([float("inf"), float("-inf")])
        if infinite.any():
            raise ValueError(f"{argument}={column!r}: infinite number in row {plain(rows.index[infinite][0])!r}")
    return rows


def settle_missing(rows: pd.DataFrame, missing: str) -> tuple[pd.DataFrame, int]:
    """Raise on missing values, or leave their rows out and count them.

    Returns
    -------
    (DataFrame, int)
        The complete rows and the number of rows left out (0 unless ``missing="drop"``).

    Raises
    ------
    ValueError
        On missing values with ``missing="raise"``, naming the columns, the counts and the first row.
    """
    one_of("missing", missing, MISSING)
    holes = rows.isna()
    count = int(holes.any(axis=1).sum())
    if count and missing == "raise":
        per_column = ", ".join(f"{name!r} ({n})" for name, n in holes.sum().items() if n)
        first = {name: plain(value) for name, value in rows[holes.any(axis=1)].iloc[0].items()}
        raise ValueError(f'missing values in {per_column}, first in row {first}; missing="drop" leaves such rows out')
    return rows[~holes.any(axis=1)], count


def require_unique(rows: pd.DataFrame, key: Sequence[str]) -> None:
    """Raise on two rows with one key, naming the keys (at most five of them)."""
    key = list(key)
    twice = rows[rows.duplicated(key, keep=False)]
    if len(twice):
        shown = [tuple(row) if len(key) > 1 else row[0] for row in twice[key].drop_duplicates().to_numpy().tolist()]
        more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
        raise ValueError(f"more than one row for {key}: {', '.join(map(repr, shown[:5]))}{more}")


def require_positive(rows: pd.DataFrame, columns: Iterable[str], where: Sequence[str] = (), zero: bool = False) -> None:
    """Raise unless the columns are positive (or, with `zero`, not negative), naming the first offender."""
    for column in columns:
        bad = rows[rows[column] < 0] if zero else rows[rows[column] <= 0]
        if len(bad):
            place = (
                ", ".join(f"{name}={plain(bad.iloc[0][name])!r}" for name in where) or f"row {plain(bad.index[0])!r}"
            )
            word = "not negative" if zero else "positive"
            raise ValueError(f"column {column!r} must be {word}; it is {bad.iloc[0][column]:g} at {place}")


def plain(value: object) -> object:
    """Return a number without its numpy wrapping, which reads badly in messages."""
    return value.item() if hasattr(value, "item") else value


def unit_of(table: object, column: str) -> str:
    """Return the unit of a column as a pandas table states it (``.attrs["unit"]``), or words that name the column."""
    units = table.attrs.get("unit") if isinstance(table, pd.DataFrame) else None
    stated = units.get(column) if isinstance(units, dict) else None
    return stated or f"units of {column}"
