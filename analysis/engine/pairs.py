"""Firms seen at consecutive times: who survives, enters and leaves, and totals over each of the three.

Every two consecutive times of a group are one pair. A pair has one row per firm, so that firms are independent within
it although they are not across time. Tables in memory are sorted once and take the NumPy path; everything else is a
query (`pair_queries`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.tables import Rows
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
        time = self.cells["time"].to_numpy()
        return sorted({(checks.plain(time[i - 1]), checks.plain(time[i])) for i in np.flatnonzero(self.later)})


def times_of(cells: pd.DataFrame, names: Mapping[str, str], by: Sequence[str], rows: int, largest: float) -> Times:
    """Number the groups and require two times of each.

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
        f"{role}={names[role]!r}: firm {checks.plain(found['firm'])!r} has {checks.plain(found[f'{role}1'])!r} and then "
        f"{checks.plain(found[f'{role}2'])!r} at {names['time']}={checks.plain(found['time'])!r}; "
        f"give a firm one value of {names[role]!r} at both times of a pair"
    )


def no_survivors(names: Mapping[str, str], keys: pd.DataFrame, survivors: np.ndarray, method: str) -> None:
    """Raise where a method needs survivors and a pair of times has none."""
    empty = np.flatnonzero(survivors == 0)
    if len(empty):
        where = {names[role]: checks.plain(keys.iloc[empty[0]][role]) for role in keys.columns}
        raise ValueError(
            f"method={method!r} needs firms that are there at both times; there are none in {where}"
            f"{f' and {len(empty) - 1:,} other pairs' if len(empty) > 1 else ''}; check firm={names['firm']!r}, or use "
            "a method without survivors' means: 'foster-haltiwanger-krizan', 'griliches-regev', 'baily-hulten-campbell'"
        )


def pair_frame(rows: Rows) -> tuple[Rows, Times]:
    """Pair rows in memory: one row per pair and firm.

    Parameters
    ----------
    rows : Rows
        In memory, with roles firm, time, productivity and weight.

    Returns
    -------
    Rows
        Columns pair (number of its keys), firm, time, w1, p1, w2, p2, both, new, gone, and the sides of the design.
    Times

    Raises
    ------
    ValueError
        Times that are neither numbers nor dates, a group with one time, two rows of a firm at one time, a cluster that
        changes between the times of a pair.
    """
    frame, names = rows.frame, rows.names
    kind = frame["time"].dtype
    ordered = pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)
    dated = pd.api.types.is_datetime64_any_dtype(kind) or isinstance(kind, pd.PeriodDtype)
    require_times(kind, names["time"], ordered or dated)
    cell, cells = _numbered(frame, [*rows.by, "time"])
    times = times_of(cells, names, rows.by, len(frame), float(frame["productivity"].abs().max()))
    firm = pd.factorize(frame["firm"])[0]
    order = np.argsort(firm.astype(np.int64) * len(cells) + cell, kind="stable")
    same = firm[order][1:] == firm[order][:-1]
    step = np.diff(cell[order])
    if (same & (step == 0)).any():
        twice = frame.iloc[order[1:][same & (step == 0)]]
        raise duplicates(names, twice[[*rows.by, "firm", "time"]].drop_duplicates())
    # in the order of firm and cell, the row before a survivor is its own earlier self
    follows = np.concatenate([[False], same & (step == 1) & times.later[cell[order][1:]]])
    before = np.where(follows, np.roll(order, 1), -1)
    later = times.later[cell[order]]
    leaves = times.earlier[cell[order]] & ~np.append(follows[1:], False)
    second = np.concatenate([order[later], np.full(leaves.sum(), -1)])
    first = np.concatenate([before[later], order[leaves]])
    place = np.cumsum(times.later) - 1
    pair = np.concatenate([place[cell[order[later]]], place[cell[order[leaves]] + 1]])
    one = np.where(second >= 0, second, first)
    data = {"pair": pair, "firm": frame["firm"].to_numpy()[one], "time": cells["time"].to_numpy()[_later(times)[pair]]}
    for number, side in (("1", first), ("2", second)):
        for short, role in (("w", "weight"), ("p", "productivity")):
            data[short + number] = np.where(side >= 0, frame[role].to_numpy()[side], 0.0)
    both = (first >= 0) & (second >= 0)
    data |= {"both": both * 1.0, "new": (first < 0) * 1.0, "gone": (second < 0) * 1.0}
    for role in SIDES:
        if role not in frame:
            continue
        values = frame[role].to_numpy()
        differs = both & (values[first] != values[second])
        if differs.any():
            at = int(np.argmax(differs))
            told = {"firm": data["firm"][at], "time": data["time"][at]}
            sides = {f"{role}1": values[first[at]], f"{role}2": values[second[at]]}
            raise changed(names, role, pd.Series({**told, **sides}, dtype=object))
        data[role] = values[one]
    return Rows(pd.DataFrame(data), None, None, names, ("pair",), rows.dropped), times


def _later(times: Times) -> np.ndarray:
    return np.flatnonzero(times.later)


def _numbered(frame: pd.DataFrame, columns: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the number of each row's key, in the order of the keys, and the keys."""
    grouped = frame.groupby(columns, sort=True, observed=True)
    codes = grouped.ngroup().to_numpy()
    first = np.full(codes.max() + 1, -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, frame.iloc[first][columns].reset_index(drop=True)


class PairArrays(ArrayTotals):
    """`ArrayTotals` of a frame of pairs. Without clusters the ten largest are the largest of either time.

    Attributes
    ----------
    keys : DataFrame
        Groups and later time of each pair.
    """

    def __init__(self, rows: Rows, statistic: Statistic, design: Any, keys: pd.DataFrame):
        clustered, stratified = design.cluster is not None, design.strata is not None
        super().__init__(rows, statistic, clustered, stratified, design.fraction)
        self.keys = keys
        self._frame, self._plain = rows.frame, not (clustered or stratified or "sampling" in rows.frame)

    def ten_share(self, gradient: np.ndarray) -> np.ndarray:
        """Return the share of the ten largest units in the sum of squared scores, shape (groups, m)."""
        if not self._plain:
            return super().ten_share(gradient)
        frame = self._frame
        sides = {name: frame[name].to_numpy() for name in ("w1", "p1", "w2", "p2")}
        top = ten_largest(self.unit_group, **sides, firm=frame["firm"].to_numpy())
        return share_of_ten(self._scores[top], self.unit_group[top], squares(self._scores, self.unit_group, len(self.keys)))


def ten_largest(
    pair: np.ndarray, w1: np.ndarray, p1: np.ndarray, w2: np.ndarray, p2: np.ndarray, firm: np.ndarray
) -> np.ndarray:
    """Return the ten rows of each pair with the largest weight at either time, ties broken by productivity and firm.

    A firm that is among the ten by this measure is among the ten of that time alone, so that a query finds them one
    time at a time.
    """
    later = (w2 > w1) | ((w2 == w1) & (p2 > p1))
    weight, productivity = np.where(later, w2, w1), np.where(later, p2, p1)
    # only what could be among the ten is put in order by the firm's name, which may be text
    close = _at_least_tenth(pair, weight)
    name = pd.Series(firm[close]).rank(method="dense").to_numpy()
    order = close[np.lexsort((-name, -productivity[close], -weight[close], pair[close]))]
    sorted_pair = pair[order]
    start = np.searchsorted(sorted_pair, sorted_pair)
    return order[np.arange(len(order)) - start < inference.TEN]


def _at_least_tenth(pair: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the rows whose weight is at least the tenth largest of their pair."""
    order = np.lexsort((-weight, pair))
    start = np.searchsorted(pair[order], np.arange(pair.max() + 2))
    tenth = np.minimum(start[:-1] + inference.TEN - 1, start[1:] - 1)
    return np.flatnonzero(weight >= weight[order[tenth]][pair])


def squares(scores: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Return the sum of squared scores of each group."""
    return np.stack([np.bincount(group, column**2, minlength=groups) for column in scores.T], axis=1)


def share_of_ten(scores: np.ndarray, group: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return the share of some scores in the sum of squares of all, zero where there is none."""
    ten = squares(scores, group, len(whole))
    return np.where(whole > 0, ten / np.where(whole > 0, whole, 1), 0.0)
