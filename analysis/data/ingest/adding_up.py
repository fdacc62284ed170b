"""The parts of a table against the publisher's own total."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.reading import BadFile


def check_total(
    parts: pd.DataFrame,
    total: pd.Series,
    tolerance: float | pd.Series,
    path,
    *,
    sheet=None,
    first_row: int = 2,
    cell=None,
) -> pd.Series:
    """Return the relative residual of the sum of the parts against the total, or fail where it is too large.

    Parameters
    ----------
    parts : DataFrame
        One column per part, one row per cell; a missing part counts as zero.
    total : Series
        The publisher's total, same index; a missing one is not compared.
    tolerance : float or Series
        Largest legal residual, relative to the total.
    path : path-like
    sheet : str, optional
    first_row : int
        Line of the file that holds row 0, when the index counts rows.
    cell : callable, optional
        From an index value to the words (column, row) for the message; by default the row is `first_row` plus the
        index.

    Returns
    -------
    Series
        sum / total - 1, same index.

    Raises
    ------
    BadFile
        If the parts do not add up; the message gives the place and the residual.

    Examples
    --------
    >>> check_total(pd.DataFrame({"a": [1.0], "b": [2.0]}), pd.Series([3.0], name="all"), 1e-9, "file.csv").tolist()
    [0.0]
    """
    residual = (parts.sum(axis=1) / total - 1).where(parts.notna().any(axis=1) & total.notna())
    bad = residual.abs() > tolerance
    if bad.any():
        place = residual.abs().where(bad).idxmax()
        column, row = cell(place) if cell else (total.name, int(place) + first_row)
        raise BadFile(
            path, f"the parts add up to {1 + residual[place]:.6f} of the total", sheet=sheet, column=column, row=row
        )
    return residual
