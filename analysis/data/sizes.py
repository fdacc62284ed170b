"""Size classes: their labels, their bounds, their order, and whether a set of them leaves gaps or overlaps."""

from __future__ import annotations

import re
from collections.abc import Iterable

FINE = ("1-9", "10-19", "20-49", "50-249", "250+")
"""The five head-count classes of European statistics, from small to large."""

STANDARD = ("1-9", "10-49", "50-249", "250+")
"""The four head-count classes that every country of `size_employment` can be brought to."""

WORKPLACE = ("1-4", "5-299", "300+")
"""The workplace classes of Korea's household survey."""

KOREA_LEGAL = {
    "micro": "micro enterprise by law (fewer than 5 regular workers; fewer than 10 in mining, manufacturing, "
    "construction and transport)",
    "small": "small enterprise by law (sales ceiling by industry) that is not micro",
    "medium": "medium-sized enterprise by law (sales ceiling by industry, and assets below KRW 500 billion)",
    "non-SME": "mid-sized and large enterprises: above the legal ceilings, or part of a large business group",
}
"""The legal classes of Korean enterprises, from small to large: parts that add up to all enterprises."""

_BAND = re.compile(r"(\d+)-(\d+)")
_OPEN = re.compile(r"(\d+)\+")


def bounds(label: str) -> tuple[int, int | None]:
    """Return the smallest and the largest number of persons of a head-count class.

    Parameters
    ----------
    label : str
        Such as `10-49` or `250+`.

    Returns
    -------
    tuple
        Lower and upper bound, both inclusive; the upper bound of an open class is None.

    Raises
    ------
    ValueError
        If the label is not of the form `10-49` or `250+`, or its bounds are in the wrong order.

    Examples
    --------
    >>> bounds("10-49")
    (10, 49)
    >>> bounds("250+")
    (250, None)
    """
    text = str(label)
    if band := _BAND.fullmatch(text):
        lower, upper = int(band[1]), int(band[2])
        if lower <= upper:
            return lower, upper
    elif still_open := _OPEN.fullmatch(text):
        return int(still_open[1]), None
    raise ValueError(f"size class {label!r} is not a head-count class; legal: such as {', '.join(FINE)}, 1-249")


def check(labels: Iterable[str], legal: Iterable[str] = FINE) -> None:
    """Raise an error if a label is not one of the legal ones.

    Parameters
    ----------
    labels : iterable of str
    legal : iterable of str
        The vocabulary: `FINE`, `STANDARD`, `WORKPLACE`, `KOREA_LEGAL` or your own.

    Raises
    ------
    ValueError
        Naming the first illegal label and listing the legal ones.

    Examples
    --------
    >>> check(["1-9", "250+"])
    >>> check(["micro"], KOREA_LEGAL)
    """
    legal = list(legal)
    for label in labels:
        if label not in legal:
            raise ValueError(f"size class {label!r} is not legal; legal size classes: {', '.join(legal)}")


def in_order(labels: Iterable[str]) -> list[str]:
    """Return labels of one vocabulary (head counts, or Korea's legal classes) from small to large, each once.

    Raises
    ------
    ValueError
        If a label is neither a head-count class nor a legal class of Korea, or both kinds are mixed.

    Examples
    --------
    >>> in_order(["250+", "1-9", "50-249", "10-49", "1-9"])
    ['1-9', '10-49', '50-249', '250+']
    >>> in_order(["non-SME", "micro"])
    ['micro', 'non-SME']
    """
    held = list(dict.fromkeys(labels))
    ranks = list(KOREA_LEGAL)
    if held and all(label in ranks for label in held):
        return sorted(held, key=ranks.index)
    return sorted(held, key=lambda label: (bounds(label)[0], bounds(label)[1] or float("inf")))


def check_parts(labels: Iterable[str]) -> None:
    """Raise an error unless head-count classes are parts of a whole: no overlap, no gap, open at the top.

    Parameters
    ----------
    labels : iterable of str
        The classes of one cell (one country, year and industry).

    Raises
    ------
    ValueError
        Naming the two classes that overlap or leave a gap, a class that stands twice, or the missing top class.

    Examples
    --------
    >>> check_parts(["1-9", "10-49", "50-249", "250+"])
    >>> check_parts(["1-9", "10-19", "10-49", "250+"])
    Traceback (most recent call last):
        ...
    ValueError: size classes 10-19 and 10-49 overlap
    """
    held = list(labels)
    ordered = in_order(held)
    if len(ordered) != len(held):
        raise ValueError(f"size classes stand more than once: {', '.join(held)}")
    for small, large in zip(ordered, ordered[1:], strict=False):
        upper, lower = bounds(small)[1], bounds(large)[0]
        if upper is None or lower <= upper:
            raise ValueError(f"size classes {small} and {large} overlap")
        if lower != upper + 1:
            raise ValueError(f"between size classes {small} and {large} there is a gap")
    if ordered and bounds(ordered[-1])[1] is not None:
        raise ValueError(f"the largest size class, {ordered[-1]}, is not open at the top")
