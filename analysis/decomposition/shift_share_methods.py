"""The four shift-share formulas as plain functions of arrays whose last axis is the sectors.

Each returns the contributions of every sector to every component (with the sector's total), the growth of the aggregate
computed from the aggregates alone, so that adding up is a check, and the size of the levels involved; all as
fractions of initial aggregate productivity. Arrays may be complex and may have a batch as their first axis, so that the
same formulas serve published tables and the standard errors of microdata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Parts = tuple[dict[str, np.ndarray], np.ndarray, float]


@dataclass(frozen=True)
class Method:
    """A formula and what a summary says about it."""

    function: Callable[..., Parts]
    reference: str
    weights: str
    paper: str
    needs_price: bool = False


def _sum(values: np.ndarray) -> np.ndarray:
    return values.sum(axis=-1, keepdims=True)


def _sides(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray) -> tuple[np.ndarray, ...]:
    """Sector productivity over initial aggregate productivity, and labour shares, at both end points."""
    aggregate = _sum(y0) / _sum(l0)
    return y0 / l0 / aggregate, y1 / l1 / aggregate, l0 / _sum(l0), l1 / _sum(l1)


def _aggregate_growth(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray) -> np.ndarray:
    return ((_sum(y1) / _sum(l1)) / (_sum(y0) / _sum(l0)) - 1)[..., 0]


def _size(*levels: np.ndarray) -> float:
    return float(max(np.abs(level).max() for level in levels))


def within_between(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray) -> Parts:
    """Let initial shares weigh within and final productivity between."""
    x0, x1, s0, s1 = _sides(y0, y1, l0, l1)
    parts = {"within": s0 * (x1 - x0), "between": x1 * (s1 - s0), "total": x1 * s1 - x0 * s0}
    return parts, _aggregate_growth(y0, y1, l0, l1), _size(x0 * s0, x1 * s1, x1 * s0)


def three_term(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray) -> Parts:
    """Take within at initial shares, moves at initial productivity, and the cross term."""
    x0, x1, s0, s1 = _sides(y0, y1, l0, l1)
    parts = {
        "within": s0 * (x1 - x0), "static": x0 * (s1 - s0), "dynamic": (x1 - x0) * (s1 - s0),
        "total": x1 * s1 - x0 * s0,
    }  # fmt: skip
    return parts, _aggregate_growth(y0, y1, l0, l1), _size(x0 * s0, x1 * s1, x1 * s0, x0 * s1)


def csls(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray) -> Parts:
    """Value moves against the aggregate: in the level of productivity and in its change."""
    x0, x1, s0, s1 = _sides(y0, y1, l0, l1)
    growth = _aggregate_growth(y0, y1, l0, l1)
    rise = growth[..., None]
    parts = {
        "within": s0 * (x1 - x0),
        "reallocation_level": (x0 - 1) * (s1 - s0),
        "reallocation_growth": (x1 - x0 - rise) * (s1 - s0),
        "total": x1 * s1 - x0 * s0 - (1 + rise) * (s1 - s0),
    }
    return parts, growth, _size(x0 * s0, x1 * s1, x1 * s0, x0 * s1, 1 + rise)


def gead(y0: np.ndarray, y1: np.ndarray, l0: np.ndarray, l1: np.ndarray, p0: np.ndarray, p1: np.ndarray) -> Parts:
    """Weigh by labour shares times real output prices (sector deflator over the implicit aggregate one)."""
    x0, x1, s0, s1 = _sides(y0, y1, l0, l1)
    w0 = s0 * p0 / (_sum(p0 * y0) / _sum(y0))
    w1 = s1 * p1 / (_sum(p1 * y1) / _sum(y1))
    parts = {
        "pure_growth": w0 * (x1 - x0), "denison": x0 * (w1 - w0), "baumol": (x1 - x0) * (w1 - w0),
        "total": x1 * w1 - x0 * w0,
    }  # fmt: skip
    return parts, _aggregate_growth(y0, y1, l0, l1), _size(x0 * w0, x1 * w1, x1 * w0, x0 * w1)


METHODS = {
    "within-between": Method(
        within_between,
        reference="the first time for weights of within, the last time for weights of between",
        weights="within: initial labour shares; between: final productivity levels",
        paper="McMillan and Rodrik 2011",
    ),
    "three-term": Method(
        three_term,
        reference="the first time",
        weights="within: initial labour shares; static: initial productivity levels; dynamic: product of both changes",
        paper="Fabricant 1942; de Vries, Timmer and de Vries 2015",
    ),
    "gead": Method(
        gead,
        reference="the first time",
        weights="initial labour shares times real output prices (sector deflator over the implicit aggregate one)",
        paper="Tang and Wang 2004; Dumagan 2013",
        needs_price=True,
    ),
    "csls": Method(
        csls,
        reference="the first time; moves are valued against aggregate productivity",
        weights="within: initial labour shares; reallocation: gap to the aggregate in level and in change",
        paper="Sharpe and Thomson 2010; de Avillez 2012",
    ),
}


def annual_factor(growth: np.ndarray, years: float) -> np.ndarray:
    """Return the ratio of the compound annual rate to the growth over the span.

    Parameters
    ----------
    growth : ndarray, real or complex
        Over the span, a fraction above -1.
    years : float

    Returns
    -------
    ndarray
        1 / years in the limit where nothing grew.

    Examples
    --------
    >>> round(float(annual_factor(np.array(0.21), 2.0)) * 0.21, 10)
    0.1
    """
    still = np.abs(growth) < 1e-12
    moved = np.where(still, 1.0, growth)
    return np.where(still, (1 + (1 / years - 1) / 2 * growth) / years, np.expm1(np.log1p(moved) / years) / moved)
