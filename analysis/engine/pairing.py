"""Consecutive times of a group: their totals over survivors, entrants and exiters, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks
from analysis.inference import Statistic

Product = tuple[str, ...]
ENTRANTS: tuple[Product, ...] = (("w2",), ("w2", "p2"))
EXITERS: tuple[Product, ...] = (("w1",), ("w1", "p1"))
SIDES = ("cluster", "strata", "sampling")


@dataclass(frozen=True)
class Paired:
    """Totals over survivors, entrants and exiters of a pair of times, and a function of them.

    Parameters
    ----------
    survivors : tuple of tuple of str
        Each a product of the columns w1, p1 (earlier time) and w2, p2 (later); () counts the survivors.
    function : callable
        As in `Statistic`; the totals are named `w1p1` (survivors; `n` their number), `e_w2`, `e_w2p2`, `x_w1`,
        `x_w1p1`.
    """

    survivors: tuple[Product, ...]
    function: Callable[..., Mapping[Hashable, np.ndarray]]

    @property
    def statistic(self) -> Statistic:
        """The same as a statistic of rows with columns w1, p1, w2, p2 (zero where absent), both, new and gone."""
        totals = {named(product): _over("both", product) for product in self.survivors}
        totals |= {f"e_{named(product)}": _over("new", product) for product in ENTRANTS}
        totals |= {f"x_{named(product)}": _over("gone", product) for product in EXITERS}
        return Statistic(totals, self.function, size=lambda c: c["w1"] + c["w2"])


def named(product: Product) -> str:
    """Name a product of columns."""
    return "".join(product) or "n"


def times_columns(columns: Any, product: Product) -> Any:
    """Multiply columns."""
    return reduce(mul, (columns[name] for name in product))


def _over(flag: str, product: Product) -> Callable[[Any], Any]:
    return lambda c: times_columns(c, (flag, *product))


@dataclass(frozen=True, eq=False)
class Times:
    """The times of every group and what their rows hold.

    Parameters
    ----------
    cells : DataFrame
        One row per group and time, sorted: by_0, ..., time.
    group : ndarray of int
        Group of each cell.
    rows : int
        Firm-years.
    largest : float
        Largest absolute productivity.
    """

    cells: pd.DataFrame
    group: np.ndarray
    rows: int
    largest: float

    @property
    def later(self) -> np.ndarray:
        """Whether a cell is the later time of a pair."""
        return np.concatenate([[False], self.group[1:] == self.group[:-1]])

    @property
    def earlier(self) -> np.ndarray:
        """Whether a cell is the earlier time of a pair."""
        return np.concatenate([self.group[1:] == self.group[:-1], [False]])

    @property
    def keys(self) -> pd.DataFrame:
        """Keys of the pairs: the group and the later time."""
        return self.cells[self.later].reset_index(drop=True)

    @property
    def spans(self) -> list[tuple[Any, Any]]:
        """Distinct pairs of times, sorted."""
        time = self.cells["time"].tolist()
        return sorted({(time[i - 1], time[i]) for i in np.flatnonzero(self.later)})


def times_of(cells: pd.DataFrame, names: Mapping[str, str], by: Sequence[str], rows: int, largest: float) -> Times:
    """Return the times with their groups numbered, and require two of each.

    Raises
    ------
    ValueError
        If a group has a single time, or a time is infinite.
    """
    by, time = list(by), names["time"]
    cells = cells.sort_values([*by, "time"], ignore_index=True)
    if cells["time"].isin([np.inf, -np.inf]).any():
        raise ValueError(f"time={time!r}: infinite time; leave such rows out first")
    group = cells.groupby(by, sort=True, observed=True).ngroup().to_numpy() if by else np.zeros(len(cells), dtype=int)
    single = np.flatnonzero(np.bincount(group)[group] == 1)
    if len(single):
        first = cells.iloc[single[0]]
        where = {names[role]: checks.plain(first[role]) for role in by}
        raise ValueError(
            f"time={time!r}: one time only ({checks.plain(first['time'])!r}) in {where or 'the table'}"
            f"{f' and {len(single) - 1:,} other groups' if len(single) > 1 else ''}; "
            "firm dynamics need two: add a time, merge groups or leave these out"
        )
    return Times(cells, group, rows, largest)


def require_times(kind: Any, name: str, ordered: bool) -> None:
    """Raise unless times are numbers or dates: text would sort by its letters."""
    if not ordered:
        raise ValueError(f"time={name!r}: the column holds {kind}; give whole numbers (years) or dates")


def duplicates(names: Mapping[str, str], found: pd.DataFrame) -> ValueError:
    """Name firms with two rows at one time; `found` has the keys of some of them."""
    roles = [role for role in found.columns if role.startswith("by_")] + ["firm", "time"]
    shown = [{names[role]: checks.plain(row[role]) for role in roles} for _, row in found.head(5).iterrows()]
    listed = ", ".join(map(str, shown))
    return ValueError(
        f"firm={names['firm']!r}, time={names['time']!r}: more than one row for {listed}"
        f"{' and others' if len(found) > 5 else ''}; keep one row per firm and time, or add them up first"
    )


def changed(names: Mapping[str, str], role: str, found: pd.Series) -> ValueError:
    """Name a firm whose cluster, stratum or sampling fraction is not the same at both times of a pair."""
    return ValueError(
        f"{role}={names[role]!r}: firm {checks.plain(found['firm'])!r} has {checks.plain(found[f'{role}1'])!r} and "
        f"then {checks.plain(found[f'{role}2'])!r} at {names['time']}={checks.plain(found['time'])!r}; "
        f"give a firm one value of {names[role]!r} at both times of a pair"
    )


def no_survivors(method: str, names: Mapping[str, str], keys: pd.DataFrame, weight: np.ndarray) -> None:
    """Raise where a method needs survivors and a pair of times has none: their weight is zero."""
    empty = np.flatnonzero(weight == 0)
    if len(empty):
        where = {names[role]: checks.plain(keys.iloc[empty[0]][role]) for role in keys.columns}
        raise ValueError(
            f"method={method!r} needs firms that are there at both times; there are none in {where}"
            f"{f' and {len(empty) - 1:,} other pairs' if len(empty) > 1 else ''}; check firm={names['firm']!r}, or use "
            "a method without survivors' means: 'foster-haltiwanger-krizan', 'griliches-regev', 'baily-hulten-campbell'"
        )
