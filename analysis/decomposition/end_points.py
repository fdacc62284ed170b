"""The end points of a comparison over time: groups in order, first and last time, the same sectors at both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def groups(rows: pd.DataFrame, by: list[str]) -> Iterator[tuple[tuple, pd.DataFrame]]:
    """Yield each group with its key, in the order of the key, so that the order of rows does not matter."""
    if rows.empty:
        raise ValueError("no rows left to compare")
    if not by:
        yield (), rows
        return
    yield from rows.groupby(by, sort=True, observed=True)


def end_points(group: pd.DataFrame, time: str, place: str) -> tuple[Any, Any]:
    """Return the first and the last time; raise where there is only one."""
    first, last = group[time].min(), group[time].max()
    if first == last:
        raise ValueError(f"time={time!r} has only {first}{place}; two end points are needed")
    return first, last


def ends_count(rows: pd.DataFrame, by: list[str], time: str) -> int:
    """Count the rows at the end points of every group."""
    return sum(int(group[time].isin([group[time].min(), group[time].max()]).sum()) for _, group in groups(rows, by))


def two_ends(
    ends: pd.DataFrame, sector: str, time: str, first: Any, last: Any, place: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the two end points with the same sectors in the same order; raise where sectors differ."""
    start, end = (ends[ends[time] == t].set_index(sector).sort_index() for t in (first, last))
    if start.empty and end.empty:
        raise ValueError(f"no complete rows at {first} and {last}{place}")
    only = {t: sorted(set(a.index) - set(b.index), key=str) for t, a, b in ((first, start, end), (last, end, start))}
    if any(only.values()):
        words = "; ".join(f"only at {t}: {', '.join(map(str, names))}" for t, names in only.items() if names)
        raise ValueError(f"sectors must be the same at both end points{place}; {words}")
    return start, end
