"""The Olley-Pakes term of every cell, and what entry and exit contribute to growth between two years of a register."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pandas as pd

from analysis.decomposition.firm_dynamics_methods import METHODS, components
from analysis.decomposition.firms import olley_pakes
from analysis.inference import Statistic
from analysis.microdata.distribution import LOG, USED, from_estimates, logs, only
from analysis.microdata.scan import Block, estimate, leaders, with_products
from analysis.microdata.tabulation import MEASURES, TIME, View, facts

SINCE = "since"
METHOD = METHODS["melitz-polanec"]


class OlleyPakesTerm:
    """Mean log productivity, its covariance with labour, and their sum, the aggregate.

    Parameters and attributes as of `distribution.Dispersion`.
    """

    base = (USED,)
    needs: Mapping[str, tuple[str, ...]] = {}

    @staticmethod
    def moments(view: View) -> dict[str, str]:
        """Return the moments and their units."""
        return dict.fromkeys(("mean", "covariance", "aggregate"), LOG)

    @staticmethod
    def adds_up(view: View, part: str) -> tuple[str, ...]:
        """Return the keys over which a part of cells adds up to that of totals."""
        return tuple(view.by)

    def __init__(self, view: View, level: tuple[str, ...], measure: str, before: Mapping[int, int]):
        self.view, self.measure = view, measure
        self.rows = logs(view, level, measure)
        self.parts = facts(self.rows, view.keys, view.magnitudes, {USED: self.rows["x"].notnull()})

    def estimates(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Return the moments of some cells: keys, measure, moment, estimate, std_error, reliable."""
        rows = only(self.rows, wanted, self.view.keys)
        count = "w" if self.view.weighted else None
        result = olley_pakes(rows, productivity="x", weight="labour", count=count, by=self.view.keys)
        return from_estimates(result.inference, self.measure)


class EntryExit:
    """Growth of aggregate log productivity from one year of the register to the next, by who contributes it.

    The decomposition is that of Melitz and Polanec. A survivor is in the register in both years and belongs to its cell
    of the later year in both, so that a firm that changes industry or size class neither enters nor exits; a firm in
    one of the two years only belongs to its cell there. A survivor whose logarithm is not defined in one of the years
    is left out of both.

    Parameters and attributes as of `distribution.Dispersion`; before: year -> the year before it in the register.
    """

    base = ("survivors", "survivors_before", "entrants", "exiters")
    needs: Mapping[str, tuple[str, ...]] = {}

    @staticmethod
    def moments(view: View) -> dict[str, str]:
        """Return the moments and their units."""
        return dict.fromkeys(("within", "between", "entry", "exit", "total"), LOG)

    @staticmethod
    def adds_up(view: View, part: str) -> tuple[str, ...]:
        """Return the keys over which a part of cells adds up to that of totals."""
        return tuple(view.by)

    def __init__(self, view: View, level: tuple[str, ...], measure: str, before: Mapping[int, int]):
        self.view, self.measure = view, measure
        rows = pairs(view, level, measure, before)
        stays, enters = rows["stays"], rows["enters"]
        exits = ~stays & ~enters
        columns = {f"s_{'_'.join(product)}": stays.ifelse(_product(rows, product), 0.0) for product in METHOD.survivors}
        columns |= {"e_w2": enters.ifelse(rows["w2"], 0.0), "e_w2p2": enters.ifelse(rows["w2"] * rows["p2"], 0.0)}
        columns |= {"x_w1": exits.ifelse(rows["w1"], 0.0), "x_w1p1": exits.ifelse(rows["w1"] * rows["p1"], 0.0)}
        columns |= {"size": rows["w1"] + rows["w2"]}
        flags = {"survivors": stays, "survivors_before": stays, "entrants": enters, "exiters": exits}
        sums = with_products(columns) | {"pairs": rows["w1"] * 0.0 + 1.0}
        found = facts(rows, view.keys, view.magnitudes, flags, sums, {"survivors_before": "past_"})
        held = found["part"] == "survivors"
        self._cells = found[held].drop(columns="firms").rename(columns={"pairs": "firms"}).reset_index(drop=True)
        self._columns = list(columns)
        self._top = leaders(rows.select(*view.keys, **columns), view.keys, ["size", *self._columns[:-1]])
        self.parts = found.drop(columns=list(sums))

    def estimates(self, wanted: pd.DataFrame) -> pd.DataFrame:
        """Return the moments of some cells: keys, measure, moment, estimate, std_error, reliable."""
        names = ["".join(product) or "n" for product in METHOD.survivors] + self._columns[len(METHOD.survivors) : -1]
        statistic = Statistic(dict.fromkeys(names, lambda c: c), lambda t: components(METHOD, t), size=lambda c: c)
        wanted = wanted[self.view.keys]
        block = Block(self._cells, wanted, self._columns[:-1], "size", self._top)
        return estimate(wanted, [block], statistic).assign(measure=self.measure)


def _product(table: ibis.Table, names: tuple[str, ...]):
    product = ibis.literal(1.0)
    for name in names:
        product = product * table[name]
    return product


def pairs(view: View, level: tuple[str, ...], measure: str, before: Mapping[int, int]) -> ibis.Table:
    """Return one row for each firm and pair of successive years of the register, in its cell.

    Returns
    -------
    ibis.Table
        Keys (time: the later year), stays, enters (who does neither, exits), w1, p1 (labour and log productivity of
        the earlier year, zero for entrants), w2, p2 (of the later, zero for exiters), the magnitudes (of the later
        year, for exiters of the earlier) and those of the earlier year as ``past_<name>``.
    """
    labour, by = MEASURES[measure], list(view.by)
    rows = view.at(level)
    rows = rows.select(TIME, *by, "firm", *view.magnitudes, x=rows[f"log_{labour}"], labour=rows[labour])
    window = ibis.window(group_by="firm", order_by=TIME)
    rows = rows.mutate(
        earlier=ibis.cases(*((rows[TIME] == year, past) for year, past in before.items())),
        later=ibis.cases(*((rows[TIME] == past, year) for year, past in before.items())),
        last=rows[TIME].lag().over(window), next=rows[TIME].lead().over(window),
        **{f"past_{name}": rows[name].lag().over(window) for name in ("x", "labour", *view.magnitudes)},
    )  # fmt: skip
    defined = rows["x"].notnull()
    stays = (rows["last"] == rows["earlier"]).fill_null(False)
    ends = rows.mutate(stays=stays).filter(defined, rows["earlier"].notnull(), ~stays | rows["past_x"].notnull())
    held = [*by, *view.magnitudes, *(f"past_{name}" for name in view.magnitudes)]
    ends = ends.select(
        *held, "stays", time=ends[TIME], enters=~ends["stays"], w2=ends["labour"], p2=ends["x"],
        w1=ends["stays"].ifelse(ends["past_labour"], 0.0), p1=ends["stays"].ifelse(ends["past_x"], 0.0),
    )  # fmt: skip
    gone = rows.filter(defined, rows["later"].notnull(), (rows["next"] != rows["later"]).fill_null(True))
    gone = gone.select(
        *held, stays=ibis.literal(False), time=gone["later"].cast("int64"), enters=ibis.literal(False),
        w2=ibis.literal(0.0), p2=ibis.literal(0.0), w1=gone["labour"], p1=gone["x"],
    )  # fmt: skip
    return ends.union(gone.select(*ends.columns))
