"""From checked rows and a declared statistic to estimates with standard errors, on either path."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, gradients, inference
from analysis.engine.arrays import ArrayTotals
from analysis.engine.queries import QueryTotals
from analysis.engine.tables import Rows
from analysis.inference import Estimates, Statistic


@dataclass(frozen=True)
class Design:
    """How the rows came about, and so which randomness the errors speak of.

    Parameters
    ----------
    cluster : str, optional
        Column of clusters: rows of one cluster are not independent.
    strata : str, optional
        Column of strata; clusters are counted within strata.
    population : {"super", "finite"}
        "super": the firms are a draw from a process. "finite": the firms of this table are what is of interest, and the
        errors speak of sampling alone; a census then has none.
    sampling : float or str, optional
        With ``population="finite"``: the sampling fraction, a number in (0, 1] or a column of it, the same in all rows
        of a stratum. None: a census.

    Raises
    ------
    ValueError
        Unknown population, a fraction outside (0, 1], a fraction given for a super-population.
    """

    cluster: str | None = None
    strata: str | None = None
    population: str = "super"
    sampling: float | str | None = None

    def __post_init__(self) -> None:
        """Check the options against each other."""
        checks.one_of("population", self.population, inference.POPULATIONS)
        if self.sampling is not None and self.population == "super":
            raise ValueError('sampling= needs population="finite"; a draw from a process has no sampling fraction')
        if isinstance(self.sampling, Real) and not 0 < self.sampling <= 1:
            raise ValueError(f"sampling={self.sampling!r} must be a fraction in (0, 1], or a column of such fractions")

    @property
    def columns(self) -> dict[str, str | None]:
        """Roles and columns, for `engine.read`."""
        sampling = self.sampling if isinstance(self.sampling, str) else None
        return {"cluster": self.cluster, "strata": self.strata, "sampling": sampling}

    @property
    def fraction(self) -> float | None:
        """Sampling fraction given as a number; 1 for a census."""
        if self.population == "super" or isinstance(self.sampling, str):
            return None
        return 1.0 if self.sampling is None else float(self.sampling)

    def words(self) -> str:
        """Say which randomness the errors speak of."""
        return inference.words(self.population, self.cluster, self.strata, self.sampling)


DESIGN_ROLES = ("cluster", "strata")
"""Roles that may share a column with another."""


def estimate(rows: Rows, statistic: Statistic, design: Design | None = None) -> Estimates:
    """Estimate a statistic in every group, with the covariance of its components.

    Parameters
    ----------
    rows : Rows
        From `read`; its roles include those of `design.columns`.
    statistic : Statistic
    design : Design, optional
        Independent rows of a super-population by default.

    Returns
    -------
    Estimates

    Raises
    ------
    ValueError
        If a group or a stratum has a single independent unit, or the sampling fraction varies inside a stratum.
    """
    design = design or Design()
    totals = (QueryTotals if rows.lazy else ArrayTotals)(
        rows, statistic, design.cluster is not None, design.strata is not None, design.fraction
    )
    return finish(totals, statistic, design, rows)


def finish(totals: Any, statistic: Statistic, design: Design, rows: Rows) -> Estimates:
    """From totals of any engine to estimates: gradient, covariance, reliability."""
    if isinstance(design.sampling, str):
        _check_fractions(totals, rows, design.sampling)
    labels, value, gradient = _derivatives(statistic, totals)
    keys = rows.rename_keys(totals.keys)
    with np.errstate(invalid="ignore"):
        covariance = totals.covariance(gradient)
    _check_units(totals, keys, covariance, design)
    return Estimates(
        keys, labels, value, covariance, totals.units, totals.rows, totals.effective, totals.ten_share(gradient),
        freedom(totals, gradient, value.shape, design), design.words(), totals.draw,
    )  # fmt: skip


def freedom(totals: Any, gradient: np.ndarray, shape: tuple[int, int], design: Design) -> np.ndarray:
    """Return the degrees of freedom of each interval, shape (groups, m): call it right after `covariance`.

    Infinite without clusters; with clusters Satterthwaite's 2 n / (k - 1) from the kurtosis k of their scores, at most
    clusters less one; within strata, where scores have means of their own, clusters less strata.
    """
    if design.cluster is None:
        return np.full(shape, np.inf)
    most = np.maximum(totals.units - totals.strata, 1).astype(float)[:, None]
    if design.strata is not None:  # scores have a mean of their own in each stratum: clusters less strata
        return np.broadcast_to(most, shape).copy()
    spread = np.maximum(totals.kurtosis(gradient) - 1, 1e-12)
    return np.clip(2 * totals.units[:, None] / spread, 1.0, most)


def _derivatives(statistic: Statistic, totals: Any) -> tuple[list, np.ndarray, np.ndarray]:
    """Value (groups, m) and gradient (cells, m, k)."""
    if not statistic.cells:
        return gradients.differentiate(statistic, totals.values)
    values, slopes, labels = [], [], None
    for g in range(len(totals.keys)):
        mine = np.flatnonzero(totals.group == g)
        keys = totals.cells.iloc[mine].reset_index(drop=True)
        found, value, gradient = gradients.differentiate(statistic, totals.values[mine], keys)
        if labels is not None and found != labels:
            raise ValueError(f"groups differ in their components: {found} and {labels}")
        labels = found
        values.append(value)
        slopes.append(gradient)
    return labels, np.stack(values), np.concatenate(slopes)


def _check_units(totals: Any, keys: pd.DataFrame, covariance: np.ndarray, design: Design) -> None:
    """Raise where a standard error is not defined: a single firm, cluster or unit of a stratum."""
    if design.population == "finite" and design.fraction == 1.0:
        covariance[:] = 0.0
        return
    lonely = np.flatnonzero(totals.units < 2)
    unit = f"cluster ({design.cluster!r})" if design.cluster else "firm"
    if len(lonely):
        shown = ", ".join(map(str, keys.iloc[lonely[:5]].to_dict("records"))) if len(keys.columns) else "the table"
        more = f" and {len(lonely) - 5} more" if len(lonely) > 5 else ""
        raise ValueError(
            f"one {unit} only in {shown}{more}: a standard error needs two; merge groups, leave these out, "
            'or give population="finite" for a census'
        )
    if np.isnan(covariance).any():
        raise ValueError(
            f"strata={design.strata!r}: a stratum has one {unit} only, so its variance is unknown; merge strata"
        )


def _check_fractions(totals: Any, rows: Rows, column: str) -> None:
    low, high = totals.sampling_bounds(rows.frame)
    if (low <= 0).any() or (high > 1).any():
        bad = low[low <= 0][0] if (low <= 0).any() else high[high > 1][0]
        raise ValueError(f"sampling={column!r} must hold fractions in (0, 1]; it holds {bad:g}")
    if (low != high).any():
        at = int(np.argmax(low != high))
        raise ValueError(
            f"sampling={column!r} varies inside a stratum ({low[at]:g} to {high[at]:g}); give strata= within which it "
            "is the same"
        )
