"""Pairs of consecutive times from rows that live elsewhere: one scan, one self-join, and NumPy on what they return.

The scan finds the times of every group, checks the columns and names the tenth largest weight. The join gives totals
and cross-products of survivors, entrants and exiters; they are different firms, so that the cross-products between them
are zero. Firms among the ten largest come back on their own. Clusters, strata and sampling fractions by row take the
general road: a table of pairs, and `QueryTotals` on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import numpy as np
import pandas as pd

from analysis import inference
from analysis.engine.pair_arrays import PairArrays, share_of_ten, ten_largest
from analysis.engine.pair_reading import TIED, Scan, lots, require_single, within
from analysis.engine.pairing import ENTRANTS, EXITERS, SIDES, Paired, Times, changed, named, times_columns
from analysis.engine.queries import LOST, QueryTotals, _group, _largest
from analysis.engine.tables import Rows, side_table


def totals(rows: Rows, times: Times, scan: Scan, paired: Paired, design: Any) -> tuple[Rows, Any]:
    """Return the pairs as rows and their totals, with the interface of `ArrayTotals`.

    Raises
    ------
    ValueError
        Two rows of a firm at one time; a cluster, stratum or sampling fraction that changes between the times of a
        pair.
    """
    require_single(rows, times, scan)
    sides = [role for role in SIDES if role in rows.expression.columns]
    if not sides:
        return rows, PairTotals(rows, times, scan, paired, design)
    _require_constant(rows, sides)
    pairs = pair_rows(rows, sides)
    clustered, stratified = design.cluster is not None, design.strata is not None
    return pairs, QueryTotals(pairs, paired.statistic, clustered, stratified, design.fraction)


def pair_rows(rows: Rows, sides: Sequence[str] = ()) -> Rows:
    """Return the pairs of times as a query, one row per pair and firm: the columns of `pair_arrays.pair_frame`."""
    joined = _joined(rows, sides)
    there = {number: joined[f"w{number}"].notnull() for number in "12"}
    columns = {name: joined[name].fill_null(0.0) for name in ("w1", "p1", "w2", "p2")}
    flags = {"both": there["1"] & there["2"], "new": ~there["1"], "gone": ~there["2"]}
    columns |= {name: flag.cast("float64") for name, flag in flags.items()}
    columns |= {role: ibis.coalesce(joined[f"{role}2"], joined[f"{role}1"]) for role in sides}
    pairs = joined.select(*rows.by, "firm", "time", **columns)
    return Rows(None, pairs, rows.run, rows.names, (*rows.by, "time"), rows.dropped, rows.dialect)


def _joined(rows: Rows, sides: Sequence[str]) -> Any:
    """Full join of the rows with those of the next time of their group; absent sides are null."""
    table, keys = rows.expression, [*rows.by, "time"]
    cells = table.select(*keys).distinct()
    window = ibis.window(group_by=list(rows.by) or None, order_by="time")
    cells = cells.mutate(later=cells["time"].lead().over(window), before=cells["time"].lag().over(window))
    halves = []
    for number, kept in (("1", cells["later"].notnull()), ("2", cells["before"].notnull())):
        held = cells.filter(kept)
        held = held.select(*keys, at=held["later"] if number == "1" else held["time"])
        half = table.join(held, keys)
        named_sides = {f"{role}{number}": half[role] for role in sides}
        halves.append(half.select(*rows.by, "firm", "at", **{f"w{number}": half["weight"],
                                  f"p{number}": half["productivity"]}, **named_sides))  # fmt: skip
    first, second = halves
    match = [*rows.by, "firm", "at"]
    joined = first.outer_join(second, match)
    either = {name: ibis.coalesce(joined[f"{name}_right"], joined[name]) for name in match}
    either["time"] = either.pop("at")
    rest = [f"{name}{number}" for number in "12" for name in ("w", "p", *sides)]
    return joined.select(**either, **{name: joined[name] for name in rest})


def _require_constant(rows: Rows, sides: Sequence[str]) -> None:
    """Raise where a firm's side of the design is not the same at both times of a pair."""
    sides = [role for role in sides if rows.names[role] != rows.names["firm"]]
    sides = [role for role in sides if _changes(rows, role)]
    if not sides:
        return
    joined = _joined(rows, sides)
    for role in sides:
        moved = joined.filter(joined["w1"].notnull() & joined["w2"].notnull()
                              & (joined[f"{role}1"] != joined[f"{role}2"]))  # fmt: skip
        found = rows.run(moved.limit(1))
        if len(found):
            raise changed(rows.names, role, found.iloc[0])


def _changes(rows: Rows, role: str) -> bool:
    """Return whether any firm has two values of a role, at whatever times: few do, and this is quick to see."""
    column = rows.expression[role]
    ends = rows.expression.group_by([*rows.by, "firm"]).aggregate(low=column.min(), high=column.max())
    return len(rows.run(ends.filter(ends["low"] != ends["high"]).limit(1))) > 0


class PairTotals:
    """Totals and covariances of pairs by one self-join. Attributes and methods are those of `ArrayTotals`."""

    def __init__(self, rows: Rows, times: Times, scan: Scan, paired: Paired, design: Any):
        self._source, self._paired, self._design = rows, paired, design
        self._survivors = list(paired.survivors)
        self._columns = _products(self._survivors)
        self.keys = self.cells = times.keys
        self._count = len(self.keys)
        self.group, self.strata = np.arange(self._count), np.ones(self._count, dtype=int)
        self._step = _step(times)
        marks = _marks(rows, times, scan)
        self._read(pd.concat([self._join(marks, lot) for lot in _pair_lots(times, scan, rows)], ignore_index=True))

    def _join(self, marks: pd.DataFrame, lot: np.ndarray) -> pd.DataFrame:
        """Sum the pairs of one lot: by pair, kind (0 survivor, 1 exiter, 2 entrant) and, where large, firm.

        The later side of the join, which DuckDB keeps in memory, is the caller's columns and nothing else.
        """
        keys = [*self._source.by, "time"]
        side = marks.assign(
            first=np.where(lot[marks["first"]], marks["first"], -1).astype("int32"),
            pair=np.where(lot[marks["pair"]], marks["pair"], -1).astype("int32"),
        )
        earlier, later = side.loc[side["first"] >= 0, "time"], side.loc[side["pair"] >= 0, "time"]
        first, second = _again(self._source, "1"), _again(self._source, "2")
        first = first.filter(within(first, (earlier.min(), earlier.max())))
        second = second.filter(within(second, (later.min(), later.max())))
        marked = side_table(side)
        if self._step is not None:
            first = first.mutate(next=(first["time"] + self._step).cast(first["time"].type()))
        else:
            known = marked.filter(marked["first"] >= 0)
            first = first.join(known.select(*keys, "next"), keys).select(*keys, "firm", "w1", "p1", "next")
        match = [*self._source.by, "firm", ("next", "time")]
        joined = first.outer_join(second, match)
        either = {name: ibis.coalesce(joined[name], joined[f"{name}_right"]) for name in (*self._source.by, "firm")}
        either["time"] = ibis.coalesce(joined["next"], joined["time_right"])
        joined = joined.mutate(**either).select(*either, "w1", "p1", "w2", "p2")
        joined = joined.join(marked.filter(marked["pair"] >= 0).drop("first", "next"), keys)
        large = _large(joined, "1").fill_null(False) | _large(joined, "2").fill_null(False)
        kind = ibis.ifelse(joined["w1"].isnull(), 2, ibis.ifelse(joined["w2"].isnull(), 1, 0))
        terms = {named(product): times_columns(joined, product) for product in self._survivors if product}
        name = _name(joined["firm"])
        firm = ibis.ifelse(large, name, ibis.null(name.type()))
        found = joined.select(pair=joined["pair"], kind=kind, firm=firm, **terms)
        sums = {
            name: found[factors[0]].sum() if len(factors) == 1 else (found[factors[0]] * found[factors[1]]).sum()
            for name, factors in self._columns.items()
        }
        query = _group(found, ["pair", "kind", "firm"], n=found.count(), **sums)
        return self._source.run(query, gradients=side)

    def _read(self, found: pd.DataFrame) -> None:
        """Sort what the joins returned into survivors, exiters and entrants of each pair."""
        kind, pair = found["kind"].to_numpy(dtype=int), found["pair"].to_numpy(dtype=int)
        sums = found[["n", *self._columns]].fillna(0.0).to_numpy(dtype=float)
        place = {name: j for j, name in enumerate(["n", *self._columns])}
        whole = np.zeros((3, self._count, sums.shape[1]))
        np.add.at(whole, (kind, pair), sums)

        def of(products: Sequence[tuple[str, ...]]) -> list[int]:
            return [place[_plain(product)] for product in products]

        blocks = ((0, self._survivors), (2, ENTRANTS), (1, EXITERS))
        self.values = np.concatenate([whole[k][:, of(products)] for k, products in blocks], axis=1)
        self._crosses = [
            whole[k][:, of([(*a, *b) for a in products for b in products])].reshape(-1, len(products), len(products))
            for k, products in blocks
        ]
        self.rows = self.units = whole[:, :, 0].sum(axis=0).astype(int)
        every = whole.sum(axis=0)
        w1, w2, w11, w12, w22 = (every[:, place[name]] for name in ("w1", "w2", "w1w1", "w1w2", "w2w2"))
        self.effective = (w1 + w2) ** 2 / (w11 + 2 * w12 + w22)
        large = found["firm"].notna().to_numpy()
        terms = [np.where((kind == k)[large, None], sums[large][:, of(products)], 0.0) for k, products in blocks]
        self._large = np.concatenate(terms, axis=1)
        self._large_pair = pair[large]
        self._large_sides = {name: sums[large][:, place[name]] for name in ("w1", "w2", "w1p1", "w2p2")}
        self._large_firm = found["firm"].to_numpy()[large]

    def covariance(self, gradient: np.ndarray) -> np.ndarray:
        """Return the covariance of the components, shape (pairs, m, m)."""
        start, inner, pieces = 0, 0.0, 0.0
        for cross in self._crosses:
            mine = gradient[:, :, start : start + cross.shape[1]]
            inner = inner + np.einsum("gmk,gkl,gnl->gmn", mine, cross, mine, optimize=True)
            pieces = pieces + np.einsum("gmk,gkl,gml->gm", abs(mine), abs(cross), abs(mine), optimize=True)
            start += cross.shape[1]
        diagonal = np.diagonal(inner, axis1=1, axis2=2)
        if (diagonal < LOST * pieces)[pieces > 0].any():
            pairs = pair_rows(self._source)
            general = QueryTotals(pairs, self._paired.statistic, False, False, self._design.fraction)
            covariance = general.covariance(gradient)
            self._raw = general._raw
            return covariance
        self._raw = diagonal
        kept = 1.0 if self._design.fraction is None else 1 - self._design.fraction
        factor = np.where(self.units > 1, self.units / np.maximum(self.units - 1.0, 1.0), np.nan) * kept
        return factor[:, None, None] * inner

    def ten_share(self, gradient: np.ndarray) -> np.ndarray:
        """Return the share of the ten largest firms in the sum of squared scores, shape (pairs, m)."""
        pair, sides = self._large_pair, self._large_sides
        with np.errstate(invalid="ignore"):
            p1, p2 = (np.where(sides[w] > 0, sides[wp] / sides[w], 0.0) for w, wp in (("w1", "w1p1"), ("w2", "w2p2")))
        top = ten_largest(pair, sides["w1"], p1, sides["w2"], p2, self._large_firm)
        scores = np.einsum("nk,nmk->nm", self._large[top], gradient[pair[top]])
        return share_of_ten(scores, pair[top], self._raw)

    def draw(self, draws: int, seed: int) -> np.ndarray:
        """Bring the pairs into memory and bootstrap them there."""
        pairs = pair_rows(self._source).collect()
        return PairArrays(pairs, self._paired.statistic, self._design, self.keys).draw(draws, seed)


def _plain(product: tuple[str, ...]) -> str:
    """Name a product by its columns in order, so that w1 times p1 is the total w1p1."""
    return named(tuple(sorted(product, key=("w1", "p1", "w2", "p2").index)))


def _products(survivors: Sequence[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return every total and cross-product once: its name and the one or two totals it multiplies."""
    totals = [product for product in survivors if product]
    columns = {_plain(product): (named(product),) for product in totals}
    for i, one in enumerate(totals):
        for other in totals[i:]:
            columns.setdefault(_plain((*one, *other)), (named(one), named(other)))
    return columns


def _again(rows: Rows, number: str) -> Any:
    """Return the rows for one side of the join.

    The two sides are written as different queries of the caller's table: a query used twice becomes a common table
    expression, which DuckDB would store.
    """
    columns = {f"w{number}": "weight", f"p{number}": "productivity"}
    keep = [*rows.by, "time", "firm"]
    source = rows.expression.op()
    if type(source).__name__ != "Project":
        return rows.expression.select(*keep, **{name: rows.expression[role] for name, role in columns.items()})
    columns = {**dict(zip(keep, keep, strict=True)), **columns}
    return source.parent.to_expr().select(**{name: source.values[role].to_expr() for name, role in columns.items()})


def _step(times: Times) -> int | None:
    """Return the step between times where it is one whole number everywhere: then the next time is a sum."""
    time, later = times.cells["time"], times.later
    if not pd.api.types.is_integer_dtype(time):
        return None
    steps = np.unique(np.diff(time.to_numpy())[later[1:]])
    return int(steps[0]) if len(steps) == 1 else None


def _large(joined: Any, number: str) -> Any:
    """Whether a row is among the ten largest of a time: at or above the tenth, ties broken where there are many."""
    weight, productivity = joined[f"w{number}"], joined[f"p{number}"]
    least, low = joined[f"weight{number}__"], f"productivity{number}__"
    if low not in joined.columns:
        return weight >= least
    tie = (productivity == joined[low]) & (_name(joined["firm"]) >= joined[f"firm{number}__"])
    return (weight > least) | ((weight == least) & ((productivity > joined[low]) | tie))


def _name(firm: Any) -> Any:
    """Return the names of firms as numbers or text, whatever else they are (bytes, unique identifiers)."""
    kind = firm.type()
    return firm if kind.is_numeric() or kind.is_string() else firm.cast("string")


def _marks(rows: Rows, times: Times, scan: Scan) -> pd.DataFrame:
    """Return what the join must know of each group and time.

    Returns
    -------
    DataFrame
        by_0, ..., time; next (time), first (the pair of which it is the earlier time) and pair (of which it is the
        later), -1 if none; weight1__ and weight2__, the tenth largest weight of the earlier and of this time. Where
        ties are many also productivity and firm of the tenth.
    """
    place, time = np.cumsum(times.later) - 1, times.cells["time"].to_numpy()
    marks = times.cells.assign(
        next=np.where(times.earlier, np.roll(time, -1), time),
        first=np.where(times.earlier, place + 1, -1),
        pair=np.where(times.later, place, -1),
    )
    for name, values in _tenth(rows, times, scan).items():
        marks[f"{name}1__"], marks[f"{name}2__"] = np.roll(values, 1), values
    return marks


def _tenth(rows: Rows, times: Times, scan: Scan) -> dict[str, np.ndarray]:
    """Return weight and, where ties are many, productivity and firm of the tenth largest row of each group and time."""
    keys, table, side = [*rows.by, "time"], rows.expression, {}
    if scan.top is not None:
        least = np.array([one[min(inference.TEN, len(one)) - 1] for one in scan.top])
        if not any(len(one) == TIED and one[-1] == last for one, last in zip(scan.top, least, strict=True)):
            return {"weight": least}
        side["gradients"] = times.cells.assign(least=least)
        table = table.join(side_table(side["gradients"]), keys).filter(lambda one: one["weight"] >= one["least"])
    table = table.mutate(firm=_name(table["firm"]))
    order = ["weight", "productivity", "firm"]
    top = rows.run(_largest(table, keys, order, rows.dialect), **side)
    last = times.cells.merge(top.sort_values(order).drop_duplicates(keys), on=keys, how="left", validate="one_to_one")
    return {name: last[name].to_numpy() for name in order}


def _pair_lots(times: Times, scan: Scan, rows: Rows) -> list[np.ndarray]:
    """Divide the pairs, by their earlier time, into lots: whether each pair is in it. Only DuckDB needs several."""
    if rows.dialect != "duckdb":
        return [np.append(np.ones(len(times.keys), dtype=bool), False)]
    starts = times.cells["time"][times.earlier]
    count = pd.Series(scan.rows[times.earlier]).groupby(starts.to_numpy()).sum()
    # the last place stands for the pair -1, which is none
    return [np.append(starts.between(*lot).to_numpy(), False) for lot in lots(count, scan.lot)]
