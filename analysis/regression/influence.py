r"""Recentred influence functions of a quantile, the variance and the Gini coefficient, and what estimating them adds.

A recentred influence function :math:`RIF(y; \nu, F)` is the statistic plus what a row at y does to it; its mean is the
statistic. It depends on the distribution through a few things that are estimated too (a mean, a quantile and the
density there, the Lorenz curve). The regression of the estimated function on X therefore has the influence

.. math:: Q^{-1} \left\{ X_i e_i + \mathrm{E}\left[X\, \frac{\partial RIF(Y; F)}{\partial F}[\delta_i - F]\right]
   \right\}, \qquad Q = \mathrm{E}[X X']

whose second term `Recentred.estimated` gives, row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import integrate

POINTS = 512
REACH = 4
"""Bandwidths on either side of the quantile within which the density counts rows."""

LORENZ_PRECISION = np.finfo(float).eps ** 0.25
"""Relative precision of the area under the Lorenz curve, that of R's integrate: about 1e-4, and 1e-5 in practice."""


@dataclass(frozen=True, eq=False)
class Recentred:
    """A recentred influence function on a sample.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The function at each row.
    statistic : float
    estimated : callable
        Takes the design matrix (n, k) and returns (n, k): the second term of the influence, from what is estimated.
    words : str
        The statistic and what it took, in words.
    """

    values: np.ndarray
    statistic: float
    estimated: Callable[[np.ndarray], np.ndarray]
    words: str


def variance(y: np.ndarray, weight: np.ndarray) -> Recentred:
    r"""Recentre the variance: :math:`(y - \mu)^2`.

    Parameters
    ----------
    y, weight : ndarray of shape (n,)

    Returns
    -------
    Recentred
        The mean is estimated.

    References
    ----------
    Firpo, Fortin and Lemieux (2018), Econometrics 6(2).
    """
    share = weight / weight.sum()
    away = y - share @ y
    values = away**2

    def estimated(x: np.ndarray) -> np.ndarray:
        return np.outer(away, -2 * (share * away) @ x)

    return Recentred(values, float(share @ values), estimated, f"the variance is {share @ values:.6g}")


def gini(y: np.ndarray, weight: np.ndarray) -> Recentred:
    r"""Recentre the Gini coefficient.

    With mean :math:`\mu`, distribution F and generalised Lorenz ordinates GL at F(y):

    .. math:: 1 + (1 - G)\, y / \mu - \frac{2}{\mu} \left[ y\,(1 - F(y)) + GL(F(y)) \right]

    Parameters
    ----------
    y, weight : ndarray of shape (n,)
        y not negative, with a positive mean.

    Returns
    -------
    Recentred
        The mean, the Lorenz curve and the Gini itself are estimated.

    References
    ----------
    Firpo, Fortin and Lemieux (2018), Econometrics 6(2); Monti (1991), Statistica 51.
    """
    share = weight / weight.sum()
    order = np.argsort(y, kind="stable")
    back = np.argsort(order, kind="stable")
    below = np.cumsum(share[order])
    lorenz = np.cumsum((share * y)[order])
    mean = lorenz[-1]
    curve = np.append(0.0, below), np.append(0.0, lorenz)
    area, _ = integrate.quad(
        lambda p: np.interp(p, *curve), 0.0, 1.0, epsabs=0.0, epsrel=LORENZ_PRECISION, limit=100
    )  # fmt: skip
    index = 1 - 2 * area / mean
    below, lorenz = below[back], lorenz[back]
    kernel = y * (1 - below) + lorenz
    values = 1 + (1 - index) * y / mean - 2 / mean * kernel

    def estimated(x: np.ndarray) -> np.ndarray:
        of_y, of_kernel = (share * y) @ x, (share * kernel) @ x
        y_above, above = (_from_the_top(x * (share * column)[:, None], order)[back] for column in (y, y * 0 + 1))
        of_curve = (share * (y * below - lorenz)) @ x - (y_above - y[:, None] * above)
        own, away = values - share @ values, y - mean
        return (
            -np.outer(own, of_y) / mean
            - np.outer(away, (1 - index) * of_y - 2 * of_kernel) / mean**2
            - 2 / mean * of_curve
        )

    return Recentred(values, float(index), estimated, f"the Gini coefficient is {index:.6g}")


def _from_the_top(columns: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Sum over each row and all above it, lowest row first."""
    return np.cumsum(columns[order][::-1], axis=0)[::-1]


def quantile(
    y: np.ndarray, weight: np.ndarray, at: float, bandwidth: float | None = None, ties: str = "nearest"
) -> Recentred:
    r"""Recentre a quantile: :math:`q + (\tau - 1\{y \le q\}) / f(q)`.

    Parameters
    ----------
    y, weight : ndarray of shape (n,)
        Weights count the persons each row stands for; where they add up to less than the rows they are scaled to.
    at : float
        :math:`\tau`, between 0 and 1.
    bandwidth : float, optional
        Of the Gaussian kernel for the density; Silverman's rule of thumb by default.
    ties : {"nearest", "below"}
        Whether rows exactly at the quantile count as below it. "below": always. "nearest": if the quantile's place in
        the order lies in the upper half of theirs, so that the share below is as near to `at` as it can be.

    Returns
    -------
    Recentred
        The quantile and the density are estimated.

    Raises
    ------
    ValueError
        If no row is within reach of the quantile, so that the density there is zero.

    References
    ----------
    Firpo, Fortin and Lemieux (2009), Econometrica 77; Silverman (1986).
    """
    share = weight / weight.sum()
    place, value = _quantile(y, weight, at)
    width = rule_of_thumb(y) if bandwidth is None else bandwidth
    near = _density_weights(y, value, width)
    density = share @ near
    if not density > 0:
        raise ValueError(
            f"the density of the outcome at its quantile {value:.6g} is zero with bandwidth {width:.3g}; give a larger "
            "bandwidth="
        )
    under = y <= value
    if ties == "nearest":
        tied = y == value
        count = max(len(y) / weight.sum(), 1.0)
        low, held = count * weight[y < value].sum(), count * weight[tied].sum()
        if place - low < held / 2:
            under = under & ~tied
    values = value + (at - under) / density

    def estimated(x: np.ndarray) -> np.ndarray:
        own = (share @ under - under) / density
        gap = (value - y) / width
        slope = share @ (-gap * np.exp(-(gap**2) / 2)) / np.sqrt(2 * np.pi) / width**2
        at_quantile = (share * near) @ x / density
        of_density = near - density + slope * own
        return np.outer(own, share @ x - at_quantile) - np.outer(of_density, (share * (at - under)) @ x) / density**2

    words = f"quantile {at:g} is {value:.6g}, the density there {density:.6g} (Gaussian kernel, bandwidth {width:.4g})"
    return Recentred(values, float(value), estimated, words)


def rule_of_thumb(y: np.ndarray) -> float:
    """Return Silverman's bandwidth, 0.9 min(sd, IQR / 1.34) n^(-1/5), without weights.

    Where the quartiles coincide the standard deviation serves alone, as in R's `bw.nrd0`.
    """
    spread = y.std(ddof=1)
    low, high = np.quantile(y, [0.25, 0.75])
    scale = min(spread, (high - low) / 1.34) or spread
    return float(0.9 * scale * len(y) ** -0.2)


def _quantile(y: np.ndarray, weight: np.ndarray, at: float) -> tuple[float, float]:
    """Weighted quantile between order statistics of persons (type 7), and its place in their order."""
    order = np.argsort(y, kind="stable")
    ranked = y[order]
    reached = np.cumsum(weight[order]) * max(len(y) / weight.sum(), 1.0)
    count = reached[-1]
    place = 1 + (count - 1) * at
    low = max(np.floor(place), 1.0)
    sought = np.array([low, min(low + 1, count)]) * (1 - 1e-12)  # rounding in the sums must not skip a person
    ends = np.searchsorted(reached, sought, side="left")
    first, second = ranked[np.minimum(ends, len(y) - 1)]
    return float(place), float(first + (place % 1) * (second - first))


def _density_weights(y: np.ndarray, value: float, width: float) -> np.ndarray:
    """Kernel of each row at a value: their mean is the density there.

    R's `density`, asked for one point, spreads rows over 512 points within four bandwidths of it and reads the kernel
    at their distances; up to version 4.3 the distances of the kernel are 1022/1023 of those of the points, which is
    kept here so that the same densities come out (they are a thousandth too large).
    """
    step, narrow = 2 * REACH / (POINTS - 1), 4 * REACH / (2 * POINTS - 1)
    points = np.arange(-1, POINTS + 1)
    middle = (POINTS - 1) / 2
    sides = [np.exp(-(((points - side) * narrow) ** 2) / 2) for side in (middle - 0.5, middle + 0.5)]
    kernel = sum(sides) / 2 / (width * np.sqrt(2 * np.pi))
    kernel[[0, -1]] = 0.0
    return np.interp((y - value) / width / step + middle, points, kernel)
