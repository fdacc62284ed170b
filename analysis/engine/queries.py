"""Totals and cross-products of rows that live elsewhere: one GROUP BY through Ibis, a second for scores where needed.

A second pass sums the squared linearised scores where cross-products would be too many (more than thirty totals), where
clusters span cells, or where cross-products have lost too many digits.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from analysis import inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.tables import Rows, side_table
from analysis.inference import Statistic

MOST_CROSSED = 30
LOST = 1e-7
"""A variance this small beside its pieces has lost seven digits in cross-products: scores take over."""


class QueryTotals:
    """The same as `ArrayTotals`, by queries. Attributes and methods are those of `ArrayTotals`."""

    def __init__(self, rows: Rows, statistic: Statistic, cluster: bool, strata: bool, fraction: float | None):
        self._source, self._statistic = rows, statistic
        self._by, self._cellkeys = list(rows.by), [*rows.by, *statistic.cells]
        self._names = [f"t{j}" for j in range(len(statistic.totals))]
        self._strata = ["strata"] if strata else []
        self._cluster = ["cluster"] if cluster else []
        self._sampled = "sampling" in rows.expression.columns
        self._options = (cluster, strata, fraction)
        self._crossed = len(self._names) <= MOST_CROSSED and not (cluster and statistic.cells)
        table = rows.expression
        terms = {name: _float(term(table)) for name, term in zip(self._names, statistic.totals.values(), strict=True)}
        keep = dict.fromkeys([*self._cellkeys, *self._strata, *self._cluster, *(["sampling"] if self._sampled else [])])
        self._base = table.select(*keep, **terms, size=_float(statistic.size(table)))
        self._read(rows.run(self._totals()), fraction)

    def _totals(self) -> Any:
        """One GROUP BY: totals of each cell and stratum and, where they serve, cross-products of independent units."""
        sums = {name: self._base[name].sum() for name in self._names}
        size = {"size": self._base["size"].sum(), "size_square": (self._base["size"] * self._base["size"]).sum()}
        sampled = {"low": self._base["sampling"].min(), "high": self._base["sampling"].max()} if self._sampled else {}
        keys = [*self._cellkeys, *self._strata]
        if not (self._cluster and self._crossed):
            cross = self._cross(self._base) if self._crossed else {}
            return _group(self._base, keys, rows=self._base.count(), units=self._base.count(), **sums, **size,
                          **sampled, **cross)  # fmt: skip
        units = _group(self._base, [*keys, *self._cluster], rows=self._base.count(), **sums, **size, **sampled)
        ends = {"low": units["low"].min(), "high": units["high"].max()} if self._sampled else {}
        again = {name: units[name].sum() for name in ("rows", *self._names, "size", "size_square")}
        return _group(units, keys, units=units.count(), **again, **ends, **self._cross(units))

    def _cross(self, table: Any) -> dict[str, Any]:
        return {
            f"c{i}_{j}": (table[a] * table[b]).sum()
            for i, a in enumerate(self._names) for j, b in enumerate(self._names) if i <= j
        }  # fmt: skip

    def _read(self, found: pd.DataFrame, fraction: float | None) -> None:
        """Put the answer of the query in order: by group, cell and stratum."""
        keys = [*self._cellkeys, *self._strata]
        found = found.sort_values(keys, ignore_index=True) if keys else found
        group, self.keys = _order(found, self._by)
        cell, self.cells = _order(found, self._cellkeys)
        self._row_group, self._row_cell = group, cell
        self._stratum = _order(found, [*self._by, *self._strata])[0]
        self.group = np.zeros(len(self.cells), dtype=int)
        self.group[cell] = group
        self._row_totals = found[self._names].to_numpy(dtype=float)
        groups = len(self.keys)
        self.values = np.zeros((len(self.cells), len(self._names)))
        np.add.at(self.values, cell, self._row_totals)
        self.rows = np.bincount(group, found["rows"], minlength=groups).astype(int)
        size, square = (np.bincount(group, found[name], minlength=groups) for name in ("size", "size_square"))
        self.effective = np.where(square > 0, size**2 / np.where(square > 0, square, 1), 0.0)
        count = np.bincount(self._stratum, found["units"])
        self._stratum_units = count
        stratum_group = np.zeros(len(count), dtype=int)
        stratum_group[self._stratum] = group
        self._stratum_group = stratum_group
        self.units = np.bincount(stratum_group, count, minlength=groups).astype(int)
        self.strata = np.bincount(stratum_group, minlength=groups)
        self.kept = None if fraction is None else np.full(len(count), 1 - fraction)
        if self._sampled:
            low, high = np.full(len(count), np.inf), np.full(len(count), -np.inf)
            np.minimum.at(low, self._stratum, found["low"].to_numpy(dtype=float))
            np.maximum.at(high, self._stratum, found["high"].to_numpy(dtype=float))
            self._bounds, self.kept = (low, high), 1 - low
        if self._crossed:
            k = len(self._names)
            self._products = np.empty((len(found), k, k))
            for i in range(k):
                for j in range(i, k):
                    self._products[:, i, j] = self._products[:, j, i] = found[f"c{i}_{j}"].to_numpy(dtype=float)

    def sampling_bounds(self, frame: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the largest sampling fraction of each stratum."""
        return self._bounds

    def covariance(self, gradient: np.ndarray) -> np.ndarray:
        """Return the covariance of the components, shape (groups, m, m)."""
        if not self._crossed:
            return self._from_scores(gradient)
        mine = gradient[self._row_cell]
        squares = np.einsum("rmk,rkl,rnl->rmn", mine, self._products, mine, optimize=True)
        pieces = np.einsum("rmk,rkl,rml->rm", np.abs(mine), np.abs(self._products), np.abs(mine), optimize=True)
        sums = np.einsum("rmk,rk->rm", mine, self._row_totals)
        diagonal = np.diagonal(squares, axis1=1, axis2=2)
        if (diagonal < LOST * pieces)[pieces > 0].any():
            return self._from_scores(gradient)
        return self._gather(squares, sums, self._stratum)

    def _gather(self, squares: np.ndarray, sums: np.ndarray, stratum: np.ndarray) -> np.ndarray:
        """Covariance from sums of squared scores and sums of scores, one row per cell and stratum."""
        count, m = len(self._stratum_units), sums.shape[1]
        square, whole = np.zeros((count, m, m)), np.zeros((count, m))
        np.add.at(square, stratum, squares)
        np.add.at(whole, stratum, sums)
        self._raw = np.zeros((len(self.keys), m))
        np.add.at(self._raw, self._stratum_group, np.diagonal(square, axis1=1, axis2=2))
        return inference.covariance_of_totals(
            whole, square, self._stratum_units, self._stratum_group, len(self.keys), self.kept, bool(self._strata)
        )

    def _scored(self, gradient: np.ndarray) -> tuple[Any, dict[str, pd.DataFrame]]:
        """Join the gradient of each cell to its rows and return them with their scores u0, u1, ..."""
        m, k = gradient.shape[1:]
        table, side = self._base, {}
        if self._cellkeys:
            slopes = {f"g{a}_{j}": gradient[:, a, j] for a in range(m) for j in range(k)}
            frame = pd.concat([self.cells, pd.DataFrame(slopes)], axis=1)
            side = {"gradients": frame}
            table = table.join(side_table(frame), self._cellkeys)
            slope = {name: table[name] for name in slopes}
        else:
            slope = {f"g{a}_{j}": ibis.literal(float(gradient[0, a, j])) for a in range(m) for j in range(k)}
        scores = {f"u{a}": sum(table[f"t{j}"] * slope[f"g{a}_{j}"] for j in range(k)) for a in range(m)}
        table = table.select(*dict.fromkeys([*self._by, *self._strata, *self._cluster]), "size", **scores)
        if self._cluster:
            keys = [*self._by, *self._strata, *self._cluster]
            table = _group(table, keys, size=table["size"].sum(), **{name: table[name].sum() for name in scores})
        return table, side

    def _from_scores(self, gradient: np.ndarray) -> np.ndarray:
        """Second pass: squared scores of independent units, summed by stratum."""
        m = gradient.shape[1]
        table, side = self._scored(gradient)
        names = [f"u{a}" for a in range(m)]
        products = {f"p{a}_{b}": (table[names[a]] * table[names[b]]).sum() for a in range(m) for b in range(a, m)}
        keys = [*self._by, *self._strata]
        found = self._source.run(
            _group(table, keys, units=table.count(), **{name: table[name].sum() for name in names}, **products), **side
        )
        found = found.sort_values(keys, ignore_index=True) if keys else found
        self._stratum_units = found["units"].to_numpy(dtype=int)
        self.units = np.bincount(self._stratum_group, self._stratum_units, minlength=len(self.keys)).astype(int)
        squares = np.empty((len(found), m, m))
        for a in range(m):
            for b in range(a, m):
                squares[:, a, b] = squares[:, b, a] = found[f"p{a}_{b}"].to_numpy(dtype=float)
        return self._gather(squares, found[names].to_numpy(dtype=float), np.arange(len(found)))

    def ten_share(self, gradient: np.ndarray) -> np.ndarray:
        """Return the share of the ten largest units in the sum of squared scores, shape (groups, m)."""
        m = gradient.shape[1]
        if self._cluster:
            table, side = self._scored(gradient)
            top = self._source.run(_largest(table, self._by, ["size", *(f"u{a}" for a in range(m))], self._dialect()),
                                   **side)  # fmt: skip
            scores = top[[f"u{a}" for a in range(m)]].to_numpy(dtype=float)
            group = _match(top, self.keys, self._by)
        else:
            order = ["size", *self._names, *self._statistic.cells]
            top = self._source.run(_largest(self._base, self._by, order, self._dialect()))
            cell = _match(top, self.cells, self._cellkeys)
            scores = np.einsum("nk,nmk->nm", top[self._names].to_numpy(dtype=float), gradient[cell])
            group = self.group[cell]
        ten = np.zeros((len(self.keys), m))
        np.add.at(ten, group, scores**2)
        return np.where(self._raw > 0, ten / np.where(self._raw > 0, self._raw, 1), 0.0)

    def kurtosis(self, gradient: np.ndarray) -> np.ndarray:
        """Return the kurtosis of the scores of units in each group, shape (groups, m)."""
        table, side = self._scored(gradient)
        m = gradient.shape[1]
        square = {a: table[f"u{a}"] * table[f"u{a}"] for a in range(m)}
        sums = {f"s{a}": square[a].sum() for a in range(m)}
        sums |= {f"f{a}": (square[a] * square[a]).sum() for a in range(m)}
        found = self._source.run(_group(table, self._by, **sums), **side)
        found = found.sort_values(self._by, ignore_index=True) if self._by else found
        squares, fourths = (found[[f"{letter}{a}" for a in range(m)]].to_numpy(dtype=float) for letter in "sf")
        return inference.kurtosis(self.units, squares, fourths)

    def _dialect(self) -> str:
        return self._source.dialect

    def draw(self, draws: int, seed: int) -> np.ndarray:
        """Bring the rows into memory and bootstrap them there."""
        return ArrayTotals(self._source.collect(), self._statistic, *self._options).draw(draws, seed)


def _float(value: Any) -> Any:
    return value.cast("float64") if hasattr(value, "cast") else ibis.literal(float(value))


def _group(table: Any, keys: list[str], **columns: Any) -> Any:
    return table.group_by(keys).aggregate(**columns) if keys else table.aggregate(**columns)


def _order(found: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the number of each row's key, in the order of the keys, and the keys."""
    if not keys:
        return np.zeros(len(found), dtype=int), pd.DataFrame(index=range(1))
    return (
        found.groupby(keys, sort=True, observed=True).ngroup().to_numpy(),
        found[keys].drop_duplicates().sort_values(keys).reset_index(drop=True),
    )


def _match(top: pd.DataFrame, keys: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Return the row of `keys` that each row of `top` belongs to."""
    if not columns:
        return np.zeros(len(top), dtype=int)
    numbered = keys[columns].assign(place_=np.arange(len(keys)))
    return top[columns].merge(numbered, on=columns, how="left", validate="many_to_one")["place_"].to_numpy()


def _largest(table: Any, by: list[str], order: list[str], dialect: str) -> Any:
    """Return the ten largest rows of each group, ties broken by the other columns."""
    if dialect == "duckdb":
        packed = ibis.struct({name: table[name] for name in order})
        listed = _group(table, by, top=n_largest(packed, inference.TEN))
        row = listed.select(*by, row=listed["top"].unnest())
        return row.select(*by, **{name: row["row"][name] for name in order})
    window = ibis.window(group_by=by or None, order_by=[ibis.desc(table[name]) for name in order])
    ranked = table.select(*by, *order, place=ibis.row_number().over(window))
    return ranked.filter(ranked["place"] < inference.TEN).drop("place")


def n_largest(value: Any, n: int) -> Any:
    """Return the n largest values in one aggregate (DuckDB's max(value, n)), where a window would sort every row."""
    import ibis.expr.datatypes as dt

    kind = value.type()

    @ibis.udf.agg.builtin(name="max", signature=((kind, dt.int64), dt.Array(kind)))
    def largest(value, n):
        """Return the n largest values."""

    return largest(value, n)
