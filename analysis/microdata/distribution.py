r"""Dispersion of log productivity and the gap of frontier firms, with errors, from thresholds and one more scan.

A percentile of a register is the figure of one firm. Here it is the mean of the firms in the twentieth around it: the
90th percentile is the mean of the firms between the 87.5th and the 92.5th. Such a mean can be published where enough
firms stand behind it, and unlike a percentile it has an error from totals: with thresholds :math:`a`, :math:`b` and
shares of firms :math:`F_a` below and :math:`1 - F_b` above,

.. math:: (F_b - F_a)\, m = \frac{1}{n} \sum_i \min(\max(x_i, a), b) - F_a\, a - (1 - F_b)\, b,

whose derivatives with respect to the thresholds vanish (Rockafellar and Uryasev 2000), so that these count as given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
import numpy as np
import pandas as pd

from analysis.decomposition.inequality import generalised_entropy
from analysis.inference import Estimates, Statistic
from analysis.microdata.levels import roll_up
from analysis.microdata.scan import Block, cells, estimate, leaders
from analysis.microdata.tabulation import MEASURES, TOTAL, View, facts, fetch, side

HALF = 0.025
"""Half the width of the band around a percentile, as a share of firms."""
PERCENTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}
FRONTIER = 0.95
"""Firms above this share of the firms of their industry and year are the frontier (Andrews, Criscuolo and Gal 2016)."""
LOG = "log points"
USED = "used"
"""The part of a cell whose logarithm is defined."""


def _bands(weighted: bool) -> dict[str, tuple[float, float]]:
    end = "_weighted" if weighted else ""
    return {f"{name}{end}": (at - HALF, at + HALF) for name, at in PERCENTILES.items()}


def logs(view: View, level: Sequence[str], measure: str) -> ibis.Table:
    """Return the rows of a level whose logarithm is defined: x, labour and what cells need."""
    labour = MEASURES[measure]
    rows = view.at(level)
    rows = rows.filter(rows[f"log_{labour}"].notnull())
    return rows.select(
        *dict.fromkeys([*view.keys, "rank", "size_class", "w", *view.magnitudes]), x=rows[f"log_{labour}"],
        labour=rows[labour],
    )  # fmt: skip


def only(rows: ibis.Table, wanted: pd.DataFrame, keys: Sequence[str]) -> ibis.Table:
    """Return the rows of some cells."""
    return rows.semi_join(side(wanted[list(keys)]), list(keys))


def thresholds(rows: ibis.Table, keys: Sequence[str], ends: Sequence[float], weighted: bool) -> pd.DataFrame:
    """Return quantiles of x in every cell: keys, q0, q1, ...

    Those of firms are interpolated between neighbours; those of labour are the value at which the labour of all firms
    up to it first reaches the share.
    """
    if not weighted:
        asked = {f"q{place}": rows["x"].quantile(end) for place, end in enumerate(ends)}
        return fetch(rows.group_by(*keys).aggregate(**asked))
    window = ibis.window(group_by=list(keys), order_by=["x"], preceding=None, following=0)
    whole = ibis.window(group_by=list(keys))
    run = rows.select(
        *keys, "x", run=rows["labour"].sum().over(window), whole=rows["labour"].sum().over(whole)
    )  # fmt: skip
    slack = 1 - 1e-12
    asked = {
        f"q{place}": run["x"].min(where=run["run"] >= end * slack * run["whole"]) for place, end in enumerate(ends)
    }
    return fetch(run.group_by(*keys).aggregate(**asked))


def _joined(rows: ibis.Table, cuts: pd.DataFrame, keys: Sequence[str]) -> ibis.Table:
    return rows.join(side(cuts), list(keys))


class Banded:
    """Firms of every cell in bands of x: which they are, and the rows whose totals give the mean of a band.

    Parameters
    ----------
    rows : ibis.Table
        Of `logs`.
    keys : list of str
        Cells within which firms are ranked.
    bands : mapping
        Name -> (lower, upper) share; an upper share of 1 has no upper threshold.
    weighted : bool
        Whether shares are of labour, not of firms.
    """

    def __init__(self, rows: ibis.Table, keys: Sequence[str], bands: Mapping[str, tuple[float, float]], weighted: bool):
        self.bands, self.weighted = dict(bands), weighted
        ends = list(dict.fromkeys(end for band in bands.values() for end in band if end < 1))
        self._at = {end: f"{'l' if weighted else 'f'}{place}" for place, end in enumerate(ends)}
        cuts = thresholds(rows, keys, ends, weighted)
        self.cuts = cuts.rename(columns={f"q{place}": name for place, name in enumerate(self._at.values())})

    def flags(self, table: ibis.Table) -> dict[str, Any]:
        """Return for each band whether a row lies in it; table: rows joined with `cuts`."""
        found = {}
        for name, (low, high) in self.bands.items():
            inside = table["x"] >= table[self._at[low]]
            found[name] = inside & (table["x"] <= table[self._at[high]]) if high < 1 else inside
        return found

    def weight(self, table: ibis.Table) -> Any:
        """Return what a firm counts."""
        return table["labour"] if self.weighted else table["w"]

    def sums(self, table: ibis.Table) -> dict[str, Any]:
        """Return what to add up to know the shares below, in and above each band."""
        weight = self.weight(table)
        found = {f"{'l' if self.weighted else 'f'}_all": weight}
        for name, (low, _) in self.bands.items():
            found[f"{name}_below"] = (table["x"] < table[self._at[low]]).ifelse(weight, 0.0)
        for name, flag in self.flags(table).items():
            found[f"{name}_in"] = flag.ifelse(weight, 0.0)
        return found

    def shares(self, sums: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the shares below and in each band, from the sums of each cell."""
        whole = sums[f"{'l' if self.weighted else 'f'}_all"].to_numpy()
        return {
            f"{name}_{where}": sums[f"{name}_{where}"].to_numpy() / whole
            for name in self.bands for where in ("below", "in")
        }  # fmt: skip

    def totals(self, table: ibis.Table) -> dict[str, Any]:
        """Return for each band the row whose sum is that of x over the band, and the row whose sum is its weight."""
        weight, found = self.weight(table), {}
        for name, (low, high) in self.bands.items():
            below, inside = table[f"{name}_below"], table[f"{name}_in"]
            cut = table[self._at[low]]
            x = ibis.greatest(table["x"], cut)
            given = below * cut
            if high < 1:
                end = table[self._at[high]]
                x = ibis.least(x, end)
                given = given + (1.0 - below - inside) * end
            # an empty band leaves rounding, not zero
            found[f"{name}_sum"] = (inside > 0).ifelse(weight * (x - given), 0.0)
            found[f"{name}_weight"] = weight * inside
        return found


def from_estimates(held: Estimates, measure: str) -> pd.DataFrame:
    """Return estimates as rows of moments: keys, measure, moment, estimate, std_error, reliable."""
    table = held.frame().rename(columns={"component": "moment"})
    table = table.assign(measure=measure, reliable=held.reliability()["reliable"].to_numpy())
    return table.drop(columns=["statistic", "p_value", "conf_low", "conf_high"])


class Dispersion:
    """Standard deviation, percentile gaps and Theil index of productivity in every cell.

    Parameters
    ----------
    view : View
    level : tuple of str
    measure : str

    Attributes
    ----------
    parts : DataFrame
        Facts of every part of a cell that a moment rests on.
    """

    base = (USED,)
    """Parts without which there is nothing to show."""

    needs = {
        f"{high}_{low}{end}": (f"{high}{end}", f"{low}{end}")
        for high, low in (("p90", "p10"), ("p90", "p50")) for end in ("", "_weighted")
    }  # fmt: skip
    """Moment -> the parts it rests on besides."""

    @staticmethod
    def moments(view: View) -> dict[str, str]:
        """Return the moments and their units."""
        gaps = [f"{name}{end}" for end in ("", "_weighted") for name in ("sd", "p90_p10", "p90_p50")]
        theil = ["theil_total"] if view.sized else ["theil_within", "theil_between", "theil_total"]
        return dict.fromkeys(gaps, LOG) | dict.fromkeys(theil, "Theil index, weighted by labour")

    @staticmethod
    def adds_up(view: View, part: str) -> tuple[str, ...]:
        """Return the keys over which a part of cells adds up to that of totals."""
        return tuple(view.by) if part == USED else ()

    def __init__(self, view: View, level: tuple[str, ...], measure: str, before: Mapping[int, int]):
        self.view, self.measure = view, measure
        self.rows = logs(view, level, measure)
        keys = view.keys
        self._kinds = [Banded(self.rows, keys, _bands(weighted), weighted) for weighted in (False, True)]
        cuts = self._kinds[0].cuts.merge(self._kinds[1].cuts, on=keys)
        table = _joined(self.rows, cuts, keys)
        flags, sums = {USED: table["x"].notnull()}, {}
        for kind in self._kinds:
            flags |= kind.flags(table)
            sums |= kind.sums(table)
        self.parts = facts(table, keys, view.magnitudes, flags, sums)
        used = self.parts[self.parts["part"] == USED].reset_index(drop=True)
        shares = {name: values for kind in self._kinds for name, values in kind.shares(used).items()}
        self._cells = used[keys].assign(**shares).merge(cuts, on=keys)
        self.parts = self.parts.drop(columns=list(sums))

    def estimates(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Return the moments of some cells: keys, measure, moment, estimate, std_error, reliable."""
        keys = self.view.keys
        held = self._cells.merge(wanted[keys], on=keys)
        table = _joined(self.rows, held, keys)
        centre = table[self._kinds[0]._at[PERCENTILES["p50"] - HALF]]
        away, columns = table["x"] - centre, {}
        for kind, end in zip(self._kinds, ("", "_weighted"), strict=True):
            weight = kind.weight(table)
            columns |= {f"n{end}": weight, f"x{end}": weight * away, f"xx{end}": weight * away * away}
            totals = kind.totals(table)
            for name in kind.bands:
                inside = table[f"{name}_in"]
                filled = (inside > 0).ifelse(inside, 1.0)
                columns[name] = (totals[f"{name}_sum"] / filled) - weight * centre
        found = _estimated(table, keys, columns, self._moments, "n_weighted").assign(measure=self.measure)
        return pd.concat([found, self._theil(wanted)], ignore_index=True)

    @staticmethod
    def _moments(t: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = {}
        for end in ("", "_weighted"):
            n, mean = t[f"n{end}"], t[f"x{end}"] / t[f"n{end}"]
            found[f"sd{end}"] = (t[f"xx{end}"] / n - mean * mean) ** 0.5
            at = {name: t[f"{name}{end}"] / n for name in PERCENTILES}
            found[f"p90_p10{end}"] = at["p90"] - at["p10"]
            found[f"p90_p50{end}"] = at["p90"] - at["p50"]
        return found

    def _theil(self, wanted: pd.DataFrame) -> pd.DataFrame:
        keys = self.view.keys
        rows = only(self.rows, wanted, keys)
        rows = rows.select(*keys, "size_class", "labour", level=rows["x"].exp())
        group = None if self.view.sized else "size_class"
        result = generalised_entropy(rows, value="level", weight="labour", group=group, by=keys, alpha=1)
        table = from_estimates(result.inference, self.measure)
        return table.assign(moment="theil_" + table["moment"])


class Frontier:
    """Log productivity of the top 5 % of firms of each industry and year, beside the middle 5 % and the other 95 %.

    Parameters and attributes as of `Dispersion`. Firms are ranked within their cell and industry.

    References
    ----------
    Andrews, Criscuolo and Gal (2016), OECD Productivity Working Papers 5.
    """

    base = (USED,)
    needs = {
        # the mean of all is in another family: with one of the two a reader would have the other
        "frontier": ("frontier", "rest"), "middle": ("middle",), "rest": ("frontier", "rest"),
        "frontier_rest": ("frontier", "rest"), "frontier_middle": ("frontier", "rest", "middle"),
    }  # fmt: skip

    @classmethod
    def moments(cls, view: View) -> dict[str, str]:
        """Return the moments and their units."""
        return dict.fromkeys(cls.needs, LOG)

    @staticmethod
    def adds_up(view: View, part: str) -> tuple[str, ...]:
        """Return the keys over which a part of cells adds up: industries, within which firms are ranked."""
        return tuple(key for key, column in view.columns.items() if part == USED or column == "industry")

    def __init__(self, view: View, level: tuple[str, ...], measure: str, before: Mapping[int, int]):
        self.view, self.measure = view, measure
        self.rows = logs(view, level, measure)
        inner = [*view.keys, "rank"]
        bands = {"frontier": (FRONTIER, 1.0), "middle": (0.5 - HALF, 0.5 + HALF)}
        self._kind = Banded(self.rows, inner, bands, weighted=False)
        table = _joined(self.rows, self._kind.cuts, inner)
        flags = {USED: table["x"].notnull(), **self._kind.flags(table)}
        flags["rest"] = ~flags["frontier"]
        sums = self._kind.sums(table)
        found = facts(table, inner, view.magnitudes, flags, sums)
        used = found[found["part"] == USED].reset_index(drop=True)
        self._cells = used[inner].assign(**self._kind.shares(used)).merge(self._kind.cuts, on=inner)
        whole = roll_up(found.drop(columns=list(sums)), [*inner, "part"], view.magnitudes, ["rank"])
        self.parts = whole[whole["rank"] == TOTAL].drop(columns="rank").reset_index(drop=True)

    def estimates(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Return the moments of some cells: keys, measure, moment, estimate, std_error, reliable."""
        keys, inner = self.view.keys, [*self.view.keys, "rank"]
        table = _joined(self.rows, self._cells.merge(wanted[keys], on=keys), inner)
        columns = self._kind.totals(table)
        some = table["frontier_in"] < 1
        columns["rest_sum"] = some.ifelse(table["w"] * table["x"] - columns["frontier_sum"], 0.0)
        columns["labour"] = table["labour"]
        columns["rest_weight"] = some.ifelse(table["w"] - columns["frontier_weight"], 0.0)
        found = _estimated(table, keys, columns, _gaps, "labour")
        return found.assign(measure=self.measure)


def _estimated(
    table: ibis.Table, keys: Sequence[str], columns: Mapping[str, Any], function: Callable[..., Any], size: str
) -> pd.DataFrame:
    """Return a function of the sums of columns in every cell, with errors; the largest firms are so by `size`."""
    table = table.select(*keys, **columns)
    held = cells(table, keys, {name: table[name] for name in columns})
    top = leaders(table, keys, [size, *(name for name in columns if name != size)])
    wanted = held[keys]
    statistic = Statistic(dict.fromkeys(columns, lambda c: c), function, size=lambda c: c)
    return estimate(wanted, [Block(held, wanted, list(columns), size, top)], statistic)


def _gaps(t: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    frontier, middle, rest = (_over(t[f"{name}_sum"], t[f"{name}_weight"]) for name in ("frontier", "middle", "rest"))
    return {
        "frontier": frontier, "middle": middle, "rest": rest,
        "frontier_rest": frontier - rest, "frontier_middle": frontier - middle,
    }  # fmt: skip


def _over(value: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Divide; zero where a part has no firms, whose moments are taken out later."""
    return value / np.where(np.real(weight) == 0, 1.0, weight)
