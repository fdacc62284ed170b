"""Numbers in prose: computed in a cell, published under a name, cited in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

published: dict[str, float | str] = {}
"""What this page has published so far, by name: of the process, as each page runs in one of its own."""


def publish(**values) -> None:
    """Publish values under names that the prose of the same page cites as ``{glue:text}`name:.1f```.

    Where the book's tool-chain is not installed, they go to `published` alone.

    Parameters
    ----------
    **values : number or str
        Numbers must be finite; text is shown as it is.

    Raises
    ------
    ValueError
        If a value is missing, infinite or neither a number nor text; the message names it.
    """
    try:
        from myst_nb import glue  # a part of the book's tool-chain, not of the package
    except ModuleNotFoundError:
        glue = None
    for name, value in values.items():
        published[name] = checked(name, value)
        if glue:
            glue(name, published[name], display=False)


def recheck(printed: Mapping[str, str]) -> None:
    """Compare the numbers that a text prints with what this run published, and print which come out otherwise.

    Parameters
    ----------
    printed : mapping of str to str
        What the text shows, by name and format of the value, such as ``{"level:.1f": "51.0"}``.

    Raises
    ------
    ValueError
        If a name was not published: the cells above did not all run.

    Examples
    --------
    >>> published.update(level=52.04, rank="24th")
    >>> recheck({"level:.1f": "51.0", "rank": "24th"})
    1 of 2 numbers in the text come out otherwise:
      level: 51.0 in the text, 52.0 now
    """
    names = [one.partition(":")[0] for one in printed]
    if missing := sorted({name for name in names if name not in published}):
        raise ValueError(f"not published: {', '.join(missing)}; run every cell above first")
    now = {one: shown(published[name], one.partition(":")[2]) for one, name in zip(printed, names, strict=True)}
    other = [one for one, text in printed.items() if now[one] != text]
    if not other:
        print(f"All {len(printed)} numbers in the text come out the same.")
        return
    print(f"{len(other)} of {len(printed)} numbers in the text come out otherwise:")
    for one in other:
        print(f"  {one.partition(':')[0]}: {printed[one]} in the text, {now[one]} now")


def shown(value: float | str, form: str) -> str:
    """Return a value as prose shows it: text as it is, a number in the form that the citation names.

    Examples
    --------
    >>> shown(51.04, ".1f"), shown("24th", ""), shown(7, "")
    ('51.0', '24th', '7')
    """
    return format(value, form)


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
