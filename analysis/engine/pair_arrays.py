"""Pairs of consecutive times from rows in memory: one sort, then the NumPy path."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.pairing import SIDES, Times, changed, duplicates, require_times, times_of
from analysis.engine.tables import Rows
from analysis.inference import Statistic


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
        whole = squares(self._scores, self.unit_group, len(self.keys))
        return share_of_ten(self._scores[top], self.unit_group[top], whole)


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
    name = pd.Series(_comparable(firm[close])).rank(method="dense").to_numpy()
    order = close[np.lexsort((-name, -productivity[close], -weight[close], pair[close]))]
    sorted_pair = pair[order]
    start = np.searchsorted(sorted_pair, sorted_pair)
    return order[np.arange(len(order)) - start < inference.TEN]


def _comparable(firm: np.ndarray) -> np.ndarray:
    """Names of firms that have an order: numbers, text, and everything else as text."""
    return firm if firm.dtype != object or pd.api.types.infer_dtype(firm) == "string" else firm.astype(str)


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
