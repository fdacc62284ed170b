"""Estimates from one scan: sums and cross-products of cells, and the largest firms, on which trust in errors hangs.

The same delta method as `analysis.engine`, where the sums come along with the facts that disclosure control needs, and
where an estimate may compare cells that share no firm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import numpy as np
import pandas as pd

from analysis import gradients, inference
from analysis.engine.queries import n_largest
from analysis.inference import Statistic
from analysis.microdata.tabulation import dialect, fetch

ROUNDING = 1e-13
"""A variance below this share of its pieces is rounding."""


def with_products(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns and their products, named ``a*b``, to be added up."""
    names = list(columns)
    products = {
        f"{a}*{b}": columns[a] * columns[b] for place, a in enumerate(names) for b in names[place:]
    }  # fmt: skip
    return {**columns, **products}


def leaders(table: ibis.Table, keys: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Return the ten rows of each cell that come first by the columns, largest first."""
    keys, columns = list(keys), list(columns)
    if dialect(table) == "duckdb":
        packed = ibis.struct({name: table[name] for name in columns})
        listed = table.group_by(keys).aggregate(top=n_largest(packed, inference.TEN))
        row = listed.select(*keys, row=listed["top"].unnest())
        return fetch(row.select(*keys, **{name: row["row"][name] for name in columns}))
    window = ibis.window(group_by=keys, order_by=[ibis.desc(table[name]) for name in columns])
    ranked = table.select(*keys, *columns, place=ibis.row_number().over(window))
    return fetch(ranked.filter(ranked["place"] < inference.TEN).drop("place"))


def cells(table: ibis.Table, keys: Sequence[str], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return firms and the sums of `with_products` of each cell."""
    sums = with_products(columns)
    short = {f"a{place}": value.sum() for place, value in enumerate(sums.values())}
    found = fetch(table.group_by(*keys).aggregate(firms=table.count(), **short))
    return found.rename(columns=dict(zip(short, sums, strict=True)))


def first_ten(rows: pd.DataFrame, groups: Sequence[str], order: Sequence[str]) -> pd.DataFrame:
    """Return the ten rows of each group that come first by `order`, largest first."""
    ranked = rows.sort_values([*groups, *order], ascending=[True] * len(groups) + [False] * len(order), kind="stable")
    return ranked[ranked.groupby(list(groups), sort=False).cumcount() < inference.TEN].reset_index(drop=True)


class Block:
    """One cell for each estimate: sums, cross-products, firms, and its largest firms.

    Parameters
    ----------
    cells : DataFrame
        Keys, firms, and the sums of `with_products` of columns and size.
    wanted : DataFrame
        Keys of the cell of each estimate.
    columns : list of str
        What the statistic is a function of, in its order.
    size : str
        The column by which firms are large.
    top : DataFrame, optional
        Of `leaders`: keys, columns, size.

    Attributes
    ----------
    totals : ndarray of shape (estimates, k)
    cross : ndarray of shape (estimates, k, k)
    firms, size, square : ndarray of shape (estimates,)
        Number of firms; sums of their sizes and of the squares.
    top : DataFrame
        The largest firms: row (the estimate), size, columns and whatever `top` held.
    """

    def __init__(
        self, cells: pd.DataFrame, wanted: pd.DataFrame, columns: Sequence[str], size: str,
        top: pd.DataFrame | None = None,
    ):  # fmt: skip
        keys, self.columns = list(wanted.columns), list(columns)
        rows = wanted.merge(cells, on=keys, how="left", validate="many_to_one")
        self.totals = rows[self.columns].to_numpy(dtype=float)
        k = len(self.columns)
        self.cross = np.empty((len(rows), k, k))
        for a in range(k):
            for b in range(a, k):
                name = f"{columns[a]}*{columns[b]}"
                product = rows[name if name in rows else f"{columns[b]}*{columns[a]}"].to_numpy(dtype=float)
                self.cross[:, a, b] = self.cross[:, b, a] = product
        self.firms = rows["firms"].to_numpy(dtype=float)
        self.size, self.square = (rows[name].to_numpy(dtype=float) for name in (size, f"{size}*{size}"))
        held = top if top is not None else pd.DataFrame(columns=[*keys, *dict.fromkeys([*self.columns, size])])
        self.top = wanted.assign(row_=np.arange(len(wanted))).merge(held, on=keys).rename(columns={"row_": "row"})
        self.top = self.top.assign(size_=self.top[size].astype(float))

    def scores(self, slope: np.ndarray) -> pd.DataFrame:
        """Return the squared scores of the largest firms; slope of shape (estimates, m, k)."""
        row = self.top["row"].to_numpy(dtype=int)
        score = np.einsum("nk,nmk->nm", self.top[self.columns].to_numpy(dtype=float), slope[row])
        return pd.DataFrame(score**2).assign(row=row, size=self.top["size_"].to_numpy(dtype=float))


def estimate(heads: pd.DataFrame, blocks: Sequence[Block], statistic: Statistic) -> pd.DataFrame:
    """Return a statistic of independent cells with its errors.

    Parameters
    ----------
    heads : DataFrame
        One row per estimate.
    blocks : list of Block
        Cells that share no firm; the statistic's totals are their columns one after the other.
    statistic : Statistic

    Returns
    -------
    DataFrame
        heads, moment (label of the component), estimate, std_error (missing where a cell has one firm) and reliable:
        false where fewer than 50 firms carry the size of any of its cells, or the ten largest more than half of the
        variance.
    """
    labels, value, gradient = gradients.differentiate(statistic, np.concatenate([b.totals for b in blocks], axis=1))
    k = blocks[0].totals.shape[1]
    raw, variance = np.zeros(value.shape), np.zeros(value.shape)
    few, largest = np.zeros(len(value), dtype=bool), []
    for place, block in enumerate(blocks):
        slope = gradient[:, :, place * k : (place + 1) * k]
        squares = np.einsum("gmk,gkl,gml->gm", slope, block.cross, slope)
        pieces = np.einsum("gmk,gkl,gml->gm", np.abs(slope), np.abs(block.cross), np.abs(slope))
        squares = np.where(squares > ROUNDING * pieces, squares, 0.0)
        factor = np.where(block.firms > 1, block.firms / np.maximum(block.firms - 1, 1), np.nan)
        raw, variance = raw + squares, variance + squares * factor[:, None]
        # each block on its own: the many firms of one class are no support for the few of another
        few |= block.size**2 < inference.FEWEST_FIRMS * block.square
        largest.append(block.scores(slope))
    top = first_ten(pd.concat(largest, ignore_index=True), ["row"], ["size", *range(len(labels))])
    frames = []
    for m, label in enumerate(labels):
        ten = np.bincount(top["row"], top[m], minlength=len(value))
        std_error = np.sqrt(variance[:, m])
        reliable = ~(few | (ten > inference.MOST_IN_TEN * raw[:, m]) | np.isnan(std_error))
        frames.append(heads.assign(moment=label, estimate=value[:, m], std_error=std_error, reliable=reliable))
    return pd.concat(frames, ignore_index=True)
