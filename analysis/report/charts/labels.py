"""What all charts share: rows without a value are refused, long names wrapped, close labels moved apart."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import theme

_LETTER, _HANDLE, _PICTURE = 0.56 * theme.TEXT, 2.6 * theme.TEXT, 72 * theme.WIDTH
"""Widths in points: of a letter, of the key beside a name, of the picture."""


def complete(table: pd.DataFrame, label: str, value: str) -> pd.DataFrame:
    """Return the table, or raise if a column is missing or a row has no value; the message names it."""
    for column in (label, value):
        if column not in table:
            raise ValueError(f"no column {column!r}; columns: {', '.join(map(str, table.columns))}")
    if table.empty or table[value].isna().any():
        missing = ", ".join(map(str, table.loc[table[value].isna(), label])) or "every row"
        raise ValueError(f"column {value!r} has no value for {missing}: leave the rows out and say so in the note")
    return table


def wrapped(names: pd.Series) -> list[str]:
    """Break long names of rows into lines, so that the picture keeps its room."""
    return [textwrap.fill(str(name), 38, break_long_words=False) for name in names]


def axis_title(words: str) -> str:
    """Break the title of the horizontal axis into lines that stay within the picture."""
    return textwrap.fill(words, 40)


def side_title(words: str) -> str:
    """Break the title of the vertical axis likewise."""
    return textwrap.fill(words, 34)


def legend_columns(names: Sequence[str], most: int = 3) -> int:
    """Return into how many columns the names of a legend go without leaving the picture."""
    for columns in range(min(most, len(names)), 1, -1):
        lines = -(-len(names) // columns)
        widest = [max(map(len, map(str, names[start : start + lines]))) for start in range(0, len(names), lines)]
        if sum(_LETTER * width + _HANDLE for width in widest) <= _PICTURE:
            return columns
    return 1


def extra_lines(names: list[str]) -> int:
    """Return how many lines wrapped names take beyond one each."""
    return sum(name.count("\n") for name in names)


def apart(places: Sequence[float], gap: float) -> list[float]:
    """Move values apart until neighbours are at least `gap` away from each other."""
    order = np.argsort(places)
    moved = np.array(places, dtype=float)[order]
    for _ in range(200):
        close = np.diff(moved) < gap - 1e-12
        if not close.any():
            break
        for lower in np.flatnonzero(close):
            push = (gap - (moved[lower + 1] - moved[lower])) / 2
            moved[lower] -= push
            moved[lower + 1] += push
    result = np.empty_like(moved)
    result[order] = moved
    return result.tolist()
