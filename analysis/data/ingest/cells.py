"""Two checks of cells that every macro file needs: a year is a year, a value is of the magnitude its unit implies."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.reading import BadFile, numbers


def years(column: pd.Series, path, *, sheet=None, first_row: int = 2) -> pd.Series:
    """Turn a column of text into whole years.

    Parameters
    ----------
    column : Series
        Its index must be the zero-based data row.
    path : path-like
    sheet : str, optional
    first_row : int
        Line of the file that holds data row 0.

    Returns
    -------
    Series
        Integers, same index.

    Raises
    ------
    BadFile
        If a cell is missing, is not a number, or is not a year between 1800 and 2100.
    """
    found = numbers(column, path, sheet=sheet, first_row=first_row, allow_missing=False)
    bad = (found % 1 != 0) | ~found.between(1800, 2100)
    if bad.any():
        place = bad.idxmax()
        raise BadFile(
            path, f"{column.loc[place]!r} is not a year", sheet=sheet, column=column.name, row=int(place) + first_row
        )
    return found.astype(int)


def within(values: pd.Series, low: float, high: float, path, unit: str, *, sheet=None, first_row: int = 2) -> pd.Series:
    """Return `values` if every one that is not missing lies between `low` and `high`: a guard against another unit.

    Parameters
    ----------
    values : Series of float
        Its index must be the zero-based data row and its name the column of the file.
    low, high : float
        Wide bounds of what the unit allows; both ends are legal.
    path : path-like
    unit : str
        The unit expected, for the message.
    sheet : str, optional
    first_row : int
        Line of the file that holds data row 0.

    Raises
    ------
    BadFile
        If a value lies outside.

    Examples
    --------
    >>> import pandas as pd
    >>> within(pd.Series([1910.0], name="avh"), 500, 4000, "pwt.csv", "hours per worker per year").tolist()
    [1910.0]
    """
    bad = values.notna() & ~values.between(low, high)
    if bad.any():
        place = bad.idxmax()
        raise BadFile(
            path,
            f"{values.loc[place]:g} is outside {low:g} to {high:g}: is the unit {unit}?",
            sheet=sheet,
            column=values.name,
            row=int(place) + first_row,
        )
    return values
