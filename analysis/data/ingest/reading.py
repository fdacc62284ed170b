"""Reading publishers' files so that a wrong one fails by name: file, sheet, column, row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd


class BadFile(ValueError):
    """A publisher's file is not what its ingest module expects.

    Parameters
    ----------
    path : path-like
        The file.
    problem : str
        What is wrong, in words, with the legal alternatives where there are any.
    sheet, column, row : optional
        Where it is wrong. `row` is the line of the file as a person counts it (header = 1).
    """

    def __init__(self, path, problem, *, sheet=None, column=None, row=None):
        self.path, self.problem, self.sheet, self.column, self.row = Path(path), problem, sheet, column, row
        where = [f"file {self.path.name}"]
        where += [f"{label} {value!r}" for label, value in (("sheet", sheet), ("column", column)) if value is not None]
        where += [f"row {row}"] if row is not None else []
        super().__init__(f"{', '.join(where)}: {problem}")


def read_csv(path, columns: Iterable[str], *, sep: str = ",", encoding: str = "utf-8-sig", **options) -> pd.DataFrame:
    """Read a csv as text and check its columns.

    Every cell comes back as a string, or as NA where the cell is empty: "NA" (Namibia) stays "NA".

    Parameters
    ----------
    path : path-like
    columns : iterable of str
        Columns that must be there; others are left out.
    sep, encoding, **options
        Passed to `pandas.read_csv`.

    Raises
    ------
    BadFile
        If the file is absent or a column is missing.
    """
    path = _existing(path)
    table = pd.read_csv(
        path, sep=sep, encoding=encoding, dtype="string", keep_default_na=False, na_values=[""], **options
    )
    return _select(table, columns, path)


def read_sheet(path, sheet: str, columns: Iterable[str] | None = None, *, header: int = 0, **options) -> pd.DataFrame:
    """Read one sheet of a workbook (.xls, .xlsx) and check its columns.

    Parameters
    ----------
    path : path-like
    sheet : str
    columns : iterable of str, optional
        Columns that must be there; with None all columns are returned unchecked.
    header : int
        Zero-based line of the header.
    **options
        Passed to `pandas.read_excel`.

    Raises
    ------
    BadFile
        If the file, the sheet or a column is missing.
    """
    path = _existing(path)
    with pd.ExcelFile(path) as book:
        if sheet not in book.sheet_names:
            raise BadFile(path, f"the sheet is missing; sheets in the file: {', '.join(book.sheet_names)}", sheet=sheet)
        table = pd.read_excel(book, sheet_name=sheet, header=header, keep_default_na=False, na_values=[""], **options)
    return table if columns is None else _select(table, columns, path, sheet)


def numbers(
    column: pd.Series, path, *, sheet=None, missing: Iterable[str] = (), first_row: int = 2, allow_missing: bool = True
) -> pd.Series:
    """Turn a column of text into floats, naming the first cell that is not a number.

    Parameters
    ----------
    column : Series
        Its index must be the zero-based data row, as `read_csv` and `read_sheet` return it.
    missing : iterable of str
        The publisher's marks for a missing value, such as "NA" or ":".
    first_row : int
        Line of the file that holds data row 0.
    allow_missing : bool
        Whether a missing value is legal.

    Raises
    ------
    BadFile
        If a cell holds text that is not a number (or is missing when it must not be).
    """
    cleaned = column.astype("object").where(column.notna(), None)
    cleaned = cleaned.map(lambda cell: None if isinstance(cell, str) and cell.strip() in {"", *missing} else cell)
    values = pd.to_numeric(cleaned, errors="coerce").astype(float)
    bad = values.isna() & cleaned.notna() if allow_missing else values.isna()
    if bad.any():
        place = bad.idxmax()
        raise BadFile(
            path, f"expected a number, found {column.loc[place]!r}", sheet=sheet, column=column.name,
            row=int(place) + first_row,
        )  # fmt: skip
    return values


def expect(
    column: pd.Series, legal: Iterable[str], path, *, sheet=None, what: str = "value", first_row: int = 2
) -> None:
    """Raise `BadFile` if a column holds a value that is not legal, such as another unit.

    Parameters
    ----------
    column : Series
    legal : iterable of str
    what : str
        The name of the thing, used in the message ("unit", "size class", ...).
    """
    legal = list(legal)
    bad = ~column.isin(legal)
    if bad.any():
        place = bad.idxmax()
        raise BadFile(
            path, f"{what} {column.loc[place]!r} is not expected here; legal: {', '.join(map(str, legal))}",
            sheet=sheet, column=column.name, row=int(place) + first_row,
        )  # fmt: skip


def check_iso3(column: pd.Series, path, *, sheet=None, first_row: int = 2) -> None:
    """Raise `BadFile` if a column holds anything but three capital letters."""
    bad = ~column.astype("string").str.fullmatch("[A-Z]{3}").fillna(False).astype(bool)
    if bad.any():
        place = bad.idxmax()
        raise BadFile(
            path, f"{column.loc[place]!r} is not an ISO 3166 alpha-3 code", sheet=sheet, column=column.name,
            row=int(place) + first_row,
        )  # fmt: skip


def recode(
    column: pd.Series, codes: Mapping[str, str], path, *, sheet=None, what="code", first_row: int = 2
) -> pd.Series:
    """Translate a publisher's codes into ours; a code that is not in `codes` raises `BadFile`."""
    expect(column, codes, path, sheet=sheet, what=what, first_row=first_row)
    return column.map(codes)


def _existing(path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise BadFile(path, f"the file is missing from {re.sub(r'^.*/(?=[^/]+/[^/]+$)', '', str(path.parent))}")
    return path


def _select(table: pd.DataFrame, columns: Iterable[str], path: Path, sheet: str | None = None) -> pd.DataFrame:
    for column in columns:
        if column not in table.columns:
            held = ", ".join(map(str, table.columns))
            raise BadFile(path, f"the column is missing; columns in the file: {held}", sheet=sheet, column=column)
    return table[list(columns)]
