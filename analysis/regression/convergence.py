r"""Do those behind catch up? Growth on the initial level (beta), and the spread of levels over time (sigma).

With :math:`y_{i0}` and :math:`y_{iT}` the levels of unit i in the first and the last period, T years apart, beta
convergence is

.. math:: \ln(y_{iT} / y_{i0}) / T = \alpha + \beta \ln y_{i0} + u_i, \qquad \beta = -(1 - e^{-\lambda T}) / T,

with the speed :math:`\lambda` per year, and sigma convergence a fall of the standard deviation of :math:`\ln y_{it}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks
from analysis.inference import LEVEL
from analysis.regression import convergence_methods as methods
from analysis.regression.convergence_methods import Lot
from analysis.results import About, Result, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("beta", "sigma")
VCOV = ("classical", "robust", "cluster")
OWN = (
    "time", "level", "growth", "cluster", "log_initial", "units", "sd_log", "cv", "cv_log",
)  # fmt: skip
"""Columns of the tables of points."""
RESTS = {
    "robust": "heteroskedasticity-robust, times n / (n - 2)", "classical": "errors of one variance, n - 2",
    "cluster": "clusters, times G / (G - 1) and (n - 1) / (n - 2)",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Convergence(Result):
    """Whether levels converge, for one or several groups of units. Made by `convergence`.

    Parameters
    ----------
    kind : str
        "beta" or "sigma".
    points : DataFrame
        What the estimates rest on. Beta: grouping columns, unit, log_initial, growth (log points per year). Sigma:
        grouping columns, time, units, sd_log, cv, cv_log (spread of the period in three measures).
    cautions : tuple of str
        What the reader should be told before the estimates are used.
    """

    kind: str = "beta"
    points: pd.DataFrame | None = None
    cautions: tuple[str, ...] = ()

    total: ClassVar[str | None] = None
    label: ClassVar[str] = "term"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the points with their line (beta), the betas of several groups, or the spread over time (sigma).

        With specifications, beta or the trend of the spread under each of them.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if none.

        Returns
        -------
        matplotlib Axes
        """
        from analysis.regression import convergence_plots

        return convergence_plots.draw(self, ax)

    def _cautions(self) -> list[str]:
        return list(self.cautions)

    def _errors(self) -> Any:
        raise ValueError("Convergence keeps no covariance of its terms; the table `points` holds what they rest on")


def convergence(
    table: pd.DataFrame, *, unit: str, time: str, level: str, growth: str | None = None, by: Any = None,
    kind: str = "beta", vcov: str = "classical", cluster: str | None = None, span: float | None = None,
    spread: str = "sd-log", missing: str = "raise", specifications: Any = None,
) -> Convergence:  # fmt: skip
    r"""Test whether units with a low level grow faster (beta), or levels draw together (sigma).

    Parameters
    ----------
    table : DataFrame
        One row per unit and period (and group).
    unit, time, level : str
        Columns of the units, the periods (numbers, in years) and the levels (positive).
    growth : str, optional
        Column of growth measured otherwise than by the levels (levels at purchasing power parities, growth at constant
        prices of each unit): one number per unit, the mean annual log growth (0.02 for 2 % a year) from the first
        period on. Levels are then read at the first period only. For beta.
    by : str or list of str, optional
        Grouping columns: one result per group (a sector), between the first and the last period of the group.
    kind : {"beta", "sigma"}
    vcov : {"classical", "robust", "cluster"}
        Errors of beta: of one variance (as R's REAT prints), heteroskedasticity-robust, or by `cluster`. Those of
        sigma take units (or clusters) as draws and allow for the same units in every period.
    cluster : str, optional
        Column of clusters of units (regions of countries). Makes `vcov` "cluster".
    span : float, optional
        Years that `growth` covers; by default those from the first to the last period of the table.
    spread : {"sd-log", "cv", "cv-log"}
        Measure of spread for sigma: standard deviation of the logs, coefficient of variation of the levels, or of the
        logs (which depends on the unit of the levels; as REAT prints). All divide by n.
    missing : {"raise", "drop"}
        "drop" leaves out rows without a unit, period or group and units that are absent in a period that is used (the
        first and the last, for sigma every one), and counts and names them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    Convergence
        Terms of each group, beta: alpha and beta (log points per year; beta below zero: convergence), lambda (the
        speed, :math:`-\ln(1 + T\beta) / T` per year), half_life (:math:`\ln 2 / \lambda` years until half of a gap is
        gone; missing where beta is not below zero), reat_lambda and reat_half_life (:math:`-\ln(1 + \beta) / T`, as R's
        REAT 3.0.3 prints: right for growth over the whole span, with annual growth about T times too slow), r2, units.
        Errors of speeds and half-lives by the delta method, their intervals from the ends of beta's. Sigma: first and
        last (spread in those periods), change, quotient (first over last, above one:
        convergence; its test is against one), trend (slope on time, per year), f_test (variance of the logs in the
        first period over that in the last, with the two-sided p-value of independent normal samples), units.

    Raises
    ------
    ValueError
        Unknown option or column, or one of the other kind; levels that are not positive; two rows for a unit and
        period; fewer than two periods or three units in a group; absent units; growth that differs between rows of a
        unit; units that all have one initial level.

    References
    ----------
    Barro and Sala-i-Martin (1992), Journal of Political Economy 100; Rodrik (2013), Quarterly Journal of Economics 128.
    That beta does not show sigma: Friedman (1992), Journal of Economic Literature 30; Quah (1993), Scandinavian Journal
    of Economics 95.

    Examples
    --------
    >>> import pandas as pd
    >>> levels = pd.DataFrame({
    ...     "country": ["A", "B", "C", "D"] * 2, "year": [2000] * 4 + [2010] * 4,
    ...     "output": [10.0, 20.0, 30.0, 40.0, 16.0, 26.0, 37.0, 45.0],
    ... })
    >>> beta = convergence(levels, unit="country", time="year", level="output").tidy().set_index("term")
    >>> beta["estimate"].round(4)[["beta", "lambda", "half_life"]]
    term
    beta         -0.0246
    lambda        0.0282
    half_life    24.5666
    Name: estimate, dtype: float64
    >>> sigma = convergence(levels, unit="country", time="year", level="output", kind="sigma").tidy().set_index("term")
    >>> sigma["estimate"].round(4)[["first", "last"]]
    term
    first    0.5206
    last     0.3930
    Name: estimate, dtype: float64
    """
    _check_options(kind, vcov, cluster, growth, span, spread, missing)
    groups = checks.names(by)
    names = {"unit": unit, "time": time, "level": level, "growth": growth, "cluster": cluster}
    rows, dropped = _read(table, names, groups, missing)
    vcov = vcov if cluster is None else "cluster"
    lots, frames, points, cautions = [], [], [], []
    for key, mine in rows.groupby(groups, sort=False, observed=True) if groups else [((), rows)]:
        keys = dict(zip(groups, key, strict=True))
        where = f" in {', '.join(f'{name}={checks.plain(value)!r}' for name, value in keys.items())}" if groups else ""
        held = methods.lot(mine, where, kind, span, names, missing)
        found = methods.beta(held, vcov) if kind == "beta" else methods.sigma(held, spread)
        lots.append(held)
        frames.append(found[0].assign(**keys))
        points.append(found[1].assign(**keys))
        cautions += found[2]
    held = pd.concat(points, ignore_index=True)
    result = Convergence(
        pd.concat(frames, ignore_index=True), _about(lots, names, groups, kind, vcov, spread, dropped),
        tuple(groups), kind=kind, points=held[[*groups, *(name for name in held if name not in groups)]],
        cautions=tuple(cautions),
    )  # fmt: skip
    return result.with_specifications(specifications)


def _check_options(
    kind: str, vcov: str, cluster: str | None, growth: str | None, span: Any, spread: str, missing: str
) -> None:
    checks.one_of("kind", kind, KINDS)
    checks.one_of("vcov", vcov, VCOV)
    checks.one_of("spread", spread, methods.MEASURES)
    checks.one_of("missing", missing, checks.MISSING)
    if vcov == "cluster" and cluster is None:
        raise ValueError('vcov="cluster" needs cluster=, the column of clusters')
    if vcov == "robust" and cluster is not None:
        raise ValueError(f'cluster={cluster!r} contradicts vcov="robust"; leave one of them out')
    of_beta = [f"growth={growth!r}"] * (growth is not None) + [f"span={span!r}"] * (span is not None)
    of_beta += ['vcov="robust"'] * (vcov == "robust")
    if kind == "sigma" and of_beta:
        raise ValueError(f'{of_beta[0]} is an option of kind="beta", not of "sigma"')
    if kind == "beta" and spread != "sd-log":
        raise ValueError(f'spread={spread!r} is an option of kind="sigma", not of "beta"')
    if span is None:
        return
    if growth is None:
        raise ValueError(f"span={span!r} says how many years growth= covers, which is not given")
    if isinstance(span, bool) or not isinstance(span, Real) or not 0 < span < np.inf:
        raise ValueError(f"span={span!r} must be a positive number of years")


def _read(
    table: pd.DataFrame, names: Mapping[str, str | None], groups: list[str], missing: str
) -> tuple[pd.DataFrame, int]:
    """Return the columns in use under the names of their roles, and how many rows had no unit, period or group."""
    for name in groups:
        if name in OWN:
            raise ValueError(f"grouping column {name!r} has the name of a column of the table of points; rename it")
    asked = {**names, **{f"by ({name})": name for name in groups}}
    rows = checks.require_columns(table, asked, numeric=["time", "level", "growth"])
    keys = [name for role, name in asked.items() if name is not None and role not in ("level", "growth")]
    rows = rows.reset_index(drop=True)
    complete, dropped = checks.settle_missing(rows[keys], missing)
    rows = rows.loc[complete.index]
    if rows.empty:
        raise ValueError("no rows left to compare")
    unit, time = names["unit"], names["time"]
    checks.require_unique(rows, [*groups, unit, time])
    checks.require_positive(rows, [names["level"]], [*groups, unit, time])
    return rows.rename(columns={name: role for role, name in names.items() if name is not None}), dropped


def _about(
    lots: Sequence[Lot], names: Mapping[str, str | None], groups: list[str], kind: str, vcov: str,
    spread: str, dropped: int,
) -> About:  # fmt: skip
    units = sum(len(one.level) for one in lots)
    spans = list(dict.fromkeys(one.periods for one in lots))
    periods = spans[0] if len(spans) == 1 else f"{len(spans)} different spans ({methods.shown(spans)})"
    level, growth = names["level"], names["growth"]
    absent = [f"{name}{one.where}" for one in lots for name in one.absent]
    left_out = {
        "without a unit, period, group or cluster": dropped,
        "of units absent in a period in use": sum(one.of_absent for one in lots),
        "at periods not in use": sum(one.between for one in lots),
    }
    notes = [f"units left out because absent in a period in use: {methods.shown(absent)}"] if absent else []
    by = f", by {', '.join(groups)}" if groups else ""
    sample = Sample(sum(one.level.size for one in lots), left_out)
    drawn = "units as draws from a process that could have given others"
    if kind == "sigma":
        measured = {"sd-log": "standard deviation of the logs", "cv": "coefficient of variation",
                    "cv-log": "coefficient of variation of the logs"}[spread]  # fmt: skip
        notes.append("f_test supposes that the units of the two periods are independent and their logs normal; the "
                     "same units stand in both, which change, quotient and trend allow for")  # fmt: skip
        clusters = "clusters of " if vcov == "cluster" else ""
        return About(
            title=f"Spread of {level} over time{by}",
            compared=f"{measured} of {units:,} units, {periods}",
            direction="change and trend below zero, quotient above one: levels draw together",
            reference="the first period", weights="each unit once", sample=sample,
            method="spread by period; change, quotient and trend from the influence of each unit",
            paper="Barro and Sala-i-Martin 1992",
            randomness=f"{clusters}{drawn}, the same in every period; {LEVEL:.0%} intervals, Student's t",
            notes=tuple(notes),
        )
    what = f"{growth} (mean annual log growth, as given)" if growth else "mean annual log growth of the level"
    years = list(dict.fromkeys(f"{one.years:g}" for one in lots))
    notes.append("errors of measurement in the initial level alone make beta negative; whether levels in fact draw "
                 'together kind="sigma" says (Friedman 1992; Quah 1993)')  # fmt: skip
    notes.append("lambda is -ln(1 + T beta) / T; reat_lambda is -ln(1 + beta) / T as R's REAT 3.0.3 prints, which with "
                 "annual growth makes the speed about T times too low")  # fmt: skip
    return About(
        title=f"Growth on the initial level, {level}{by}",
        compared=f"{what} over {methods.shown(years)} years on the log of {level} at the start; {units:,} units, "
        f"{periods}",
        direction="beta below zero: units that start lower grow faster",
        reference="alpha: a unit with an initial level of one", weights="each unit once", sample=sample,
        method="least squares of growth on the log of the initial level", paper="Barro and Sala-i-Martin 1992",
        randomness=f"{drawn}; {RESTS[vcov]}; delta method for speeds and half-lives; "
        f"{LEVEL:.0%} intervals, Student's t",
        notes=tuple(notes),
    )
