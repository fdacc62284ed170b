"""Totals and scores of rows in memory: the NumPy path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis import inference
from analysis.engine.tables import Rows
from analysis.inference import Statistic

CHUNK = 200_000


class ArrayTotals:
    """Totals of every group (and cell) from rows in memory, and the covariance of any linear function of them.

    Parameters
    ----------
    rows : Rows
        In memory.
    statistic : Statistic
    cluster, strata : bool
        Whether the rows have roles of these names.
    fraction : float or None
        Sampling fraction; the role "sampling", where there is one, holds it by row.

    Attributes
    ----------
    keys : DataFrame
        Grouping columns of each group, sorted.
    cells : DataFrame
        Grouping columns and cells of each row of `values`.
    group : ndarray of int
        Group of each row of `values`.
    values : ndarray of shape (cells, k)
    rows, units, strata, effective : ndarray of shape (groups,)
    """

    def __init__(self, rows: Rows, statistic: Statistic, cluster: bool, strata: bool, fraction: float | None):
        frame = rows.frame
        by, cells = list(rows.by), list(statistic.cells)
        self._group, self.keys = _codes(frame, by)
        self._cell, self.cells = _codes(frame, [*by, *cells])
        self.group = np.zeros(len(self.cells), dtype=int)
        self.group[self._cell] = self._group
        columns = {name: frame[name].to_numpy() for name in frame.columns}
        count = len(frame)
        self.terms = np.stack([_column(term(columns), count) for term in statistic.totals.values()], axis=1)
        self.values = _sums(self.terms, self._cell, len(self.cells))
        self._size = _column(statistic.size(columns), count)
        groups = len(self.keys)
        self.rows = np.bincount(self._group, minlength=groups)
        whole = np.bincount(self._group, self._size, minlength=groups)
        square = np.bincount(self._group, self._size**2, minlength=groups)
        self.effective = np.where(square > 0, whole**2 / np.where(square > 0, square, 1), 0.0)
        self._statistic = statistic
        self._units(frame, by, cluster, strata, fraction)

    def _units(self, frame: pd.DataFrame, by: list[str], cluster: bool, strata: bool, fraction: float | None) -> None:
        """Find the independent units and the strata, and the sampling fraction of each unit."""
        groups = len(self.keys)
        stratum, _ = _codes(frame, [*by, "strata"]) if strata else (self._group, None)
        self._clustered = cluster
        if cluster:
            held = frame.assign(stratum_=stratum)
            self._unit, _ = _codes(held, [*by, "stratum_", "cluster"])
        else:
            self._unit = np.arange(len(frame))
        count = int(self._unit.max()) + 1
        self.unit_group, self.unit_stratum = np.zeros(count, dtype=int), np.zeros(count, dtype=int)
        self.unit_group[self._unit], self.unit_stratum[self._unit] = self._group, stratum
        self.units = np.bincount(self.unit_group, minlength=groups)
        held = np.unique(np.stack([self.unit_group, self.unit_stratum]), axis=1)[0]
        self.strata = np.bincount(held, minlength=groups)
        self._stratified = strata
        self.kept = None
        if "sampling" in frame:
            self.kept = np.zeros(count)
            self.kept[self._unit] = 1 - frame["sampling"].to_numpy()
        elif fraction is not None:
            self.kept = np.full(count, 1 - fraction)

    def sampling_bounds(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest sampling fraction of each stratum."""
        ends = frame["sampling"].groupby(self.unit_stratum[self._unit]).agg(["min", "max"])
        return ends["min"].to_numpy(), ends["max"].to_numpy()

    def scores(self, gradient: np.ndarray) -> np.ndarray:
        """Return the scores of the independent units, shape (units, m); gradient has shape (cells, m, k)."""
        m = gradient.shape[1]
        out = np.zeros((len(self.unit_group), m))
        for start in range(0, len(self.terms), CHUNK):
            part = slice(start, start + CHUNK)
            here = np.einsum("nk,nmk->nm", self.terms[part], gradient[self._cell[part]], optimize=True)
            np.add.at(out, self._unit[part], here)
        return out

    def covariance(self, gradient: np.ndarray) -> np.ndarray:
        """Return the covariance of the components, shape (groups, m, m)."""
        scores = self.scores(gradient)
        self._scores = scores
        stratum = self.unit_stratum if self._stratified else None
        return inference.covariance_of_scores(scores, self.unit_group, len(self.keys), stratum, self.kept)

    def ten_share(self, gradient: np.ndarray) -> np.ndarray:
        """Return the share of the ten largest units in the sum of squared scores, shape (groups, m)."""
        scores = self._scores
        size = np.bincount(self._unit, self._size)
        # ties as a query breaks them: single rows by their totals, clusters by their scores
        ties = scores if self._clustered else self.terms
        order = np.lexsort((*(-column for column in ties.T[::-1]), -size, self.unit_group))
        begin = np.concatenate([[0], np.cumsum(self.units)[:-1]])
        place = np.arange(len(order)) - begin[self.unit_group[order]]
        top = order[place < inference.TEN]
        whole = _sums(scores**2, self.unit_group, len(self.keys))
        ten = _sums(scores[top] ** 2, self.unit_group[top], len(self.keys))
        return np.where(whole > 0, ten / np.where(whole > 0, whole, 1), 0.0)

    def kurtosis(self, gradient: np.ndarray) -> np.ndarray:
        """Return the kurtosis of the scores of units in each group, shape (groups, m)."""
        square, fourth = (_sums(self._scores**power, self.unit_group, len(self.keys)) for power in (2, 4))
        return inference.kurtosis(self.units, square, fourth)

    def draw(self, draws: int, seed: int) -> np.ndarray:
        """Return the bootstrap of every group, shape (groups, draws, m)."""
        out = []
        for g in range(len(self.keys)):
            units = np.flatnonzero(self.unit_group == g)
            cells = np.flatnonzero(self.group == g)
            totals, evaluate = self._flat(g, units, cells)
            kept = None if self.kept is None else self.kept[units]
            stratum = self.unit_stratum[units] if self._stratified else None
            out.append(inference.poisson_bootstrap(totals, evaluate, draws, seed + g, stratum, kept))
        return np.stack(out)

    def _flat(self, g: int, units: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, Callable[[np.ndarray], Any]]:
        """Totals of each unit of a group, one column per cell and total, and the function that takes them."""
        mine = self._group == g
        k = self.terms.shape[1]
        place = np.searchsorted(cells, self._cell[mine])
        flat = np.zeros((len(units), len(cells) * k))
        at = np.searchsorted(units, self._unit[mine])
        for j in range(k):
            np.add.at(flat, (at, place * k + j), self.terms[mine, j])
        keys = self.cells.iloc[cells].reset_index(drop=True) if self._statistic.cells else None

        def evaluate(totals: np.ndarray) -> Any:
            shaped = totals.reshape(len(totals), len(cells), k)
            return self._statistic.evaluate(shaped if keys is not None else shaped[:, 0], keys)

        return flat, evaluate


def _codes(frame: pd.DataFrame, columns: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the number of each row's key, in the order of the keys, and the keys."""
    if not columns:
        return np.zeros(len(frame), dtype=int), pd.DataFrame(index=range(1))
    grouped = frame.groupby(columns, sort=True, observed=True)
    codes = grouped.ngroup().to_numpy()
    first = np.full(codes.max() + 1, -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, frame.iloc[first][columns].reset_index(drop=True)


def _column(values: Any, count: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(values, dtype=float), count)


def _sums(columns: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    return np.stack([np.bincount(codes, column, minlength=count) for column in columns.T], axis=1)
