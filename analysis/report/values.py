"""Numbers in prose: computed in a cell, published under a name, cited in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd


def publish(**values) -> None:
    """Publish values under names that the prose of the same page cites as ``{glue:text}`name:.1f```.

    Parameters
    ----------
    **values : number or str
        Numbers must be finite; text is shown as it is.

    Raises
    ------
    ValueError
        If a value is missing, infinite or neither a number nor text; the message names it.
    """
    from myst_nb import glue  # a part of the book's tool-chain, not of the package

    for name, value in values.items():
        glue(name, checked(name, value), display=False)


def checked(name: str, value):
    """Return a value as a plain int, float or str, or raise if prose cannot show it.

    Examples
    --------
    >>> checked("rank", np.int64(26))
    26
    """
    if isinstance(value, str) and value:
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return float(value)
    raise ValueError(f"value {name!r} is {value!r}: prose shows finite numbers and text that is not empty")


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, ...

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 11, 26, 33)]
    ['1st', '2nd', '3rd', '11th', '26th', '33rd']
    """
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listing(items: Iterable[str], none: str = "none") -> str:
    """Return names as a phrase.

    Examples
    --------
    >>> listing(["Germany", "France", "Japan"])
    'Germany, France and Japan'
    """
    items = list(items)
    if len(items) < 2:
        return items[0] if items else none
    return f"{', '.join(items[:-1])} and {items[-1]}"


def position(values: pd.Series, unit: str, descending: bool = True) -> tuple[int, int]:
    """Return the rank of a unit (1 = highest) and the number of units ranked.

    Parameters
    ----------
    values : Series
        Indexed by unit; missing values raise.
    unit : str
    descending : bool
        Whether rank 1 is the highest.

    Examples
    --------
    >>> position(pd.Series({"KOR": 51.0, "USA": 90.0, "MEX": 20.0}), "KOR")
    (2, 3)
    """
    if values.isna().any():
        raise ValueError(f"no value for {', '.join(map(str, values.index[values.isna()]))}: leave them out and say so")
    if unit not in values.index:
        raise ValueError(f"{unit!r} is not among the units: {', '.join(map(str, values.index))}")
    return int(values.rank(ascending=not descending, method="min")[unit]), len(values)


def p_value(number: float) -> str:
    """Return a p-value with three decimals, or that it is below the least that three decimals show.

    Raises
    ------
    ValueError
        If it is no probability.

    Examples
    --------
    >>> p_value(0.0407), p_value(0.00045)
    ('0.041', '<0.001')
    """
    if not 0 <= number <= 1:
        raise ValueError(f"p = {number!r} is no probability")
    return "<0.001" if number < 0.001 else f"{number:.3f}"
