"""Gradients by complex-step differentiation: exact to rounding, from the formula alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analysis.inference import Statistic

STEP = 1e-20
SMALLEST = 1e-200


def differentiate(
    statistic: Statistic, totals: np.ndarray, keys: pd.DataFrame | None = None
) -> tuple[list[Hashable], np.ndarray, np.ndarray]:
    """Evaluate a statistic and its gradient by complex steps.

    Parameters
    ----------
    statistic : Statistic
    totals : ndarray of shape (groups, k), or (cells, k) of one group
    keys : DataFrame, optional
        Keys of the cells, where the statistic has cells.

    Returns
    -------
    labels : list, length m
    value : ndarray of shape (groups, m), or (m,) with cells
    gradient : ndarray of shape (groups, m, k), or (cells, m, k)

    Raises
    ------
    TypeError
        If the function drops the imaginary part.
    ArithmeticError
        If the function is not homogeneous of degree zero.

    References
    ----------
    Squire and Trapp (1998), SIAM Review 40; Lyness and Moler (1967).

    Examples
    --------
    >>> from analysis.inference import Statistic
    >>> mean = Statistic({"n": lambda c: c["w"], "y": lambda c: c["w"] * c["y"]},
    ...                  lambda t: {"mean": t["y"] / t["n"]}, size=lambda c: c["w"])
    >>> labels, value, gradient = differentiate(mean, np.array([[4.0, 10.0]]))
    >>> labels, float(value[0, 0]), gradient[0, 0].tolist()
    (['mean'], 2.5, [-0.625, 0.25])
    """
    point = np.asarray(totals, dtype=complex)
    # a step in proportion to a total that is all but zero would itself be lost
    step = STEP * np.where(np.abs(point) < SMALLEST, 1.0, np.abs(point))
    if keys is not None:
        return _differentiate_cells(statistic, point, step, keys)
    base = statistic.evaluate(point)
    labels = list(base)
    value = np.stack([np.broadcast_to(np.real(base[label]), len(point)) for label in labels], axis=1)
    gradient = np.empty((*value.shape, point.shape[1]))
    for j in range(point.shape[1]):
        moved = point.copy()
        moved[:, j] += 1j * step[:, j]
        gradient[:, :, j] = _imaginary(statistic.evaluate(moved), labels, len(point)) / step[:, None, j]
    _check_homogeneous(labels, gradient, point.real)
    return labels, value, gradient


def _differentiate_cells(
    statistic: Statistic, point: np.ndarray, step: np.ndarray, keys: pd.DataFrame
) -> tuple[list[Hashable], np.ndarray, np.ndarray]:
    """All steps of one group at once: one batch row for each cell and total."""
    base = statistic.evaluate(point[None], keys)
    labels = list(base)
    value = np.array([np.real(np.asarray(base[label]).ravel()[0]) for label in labels])
    moved = np.repeat(point[None], point.size, axis=0)
    at = np.arange(point.size)
    moved[(at, *np.unravel_index(at, point.shape))] += 1j * step.ravel()
    imaginary = _imaginary(statistic.evaluate(moved, keys), labels, point.size)
    gradient = (imaginary / step.ravel()[:, None]).T.reshape(len(labels), *point.shape).transpose(1, 0, 2)
    _check_homogeneous(labels, gradient.transpose(1, 0, 2).reshape(1, len(labels), -1), point.real.reshape(1, -1))
    return labels, value, gradient


def _imaginary(out: Mapping[Hashable, np.ndarray], labels: list[Hashable], batch: int) -> np.ndarray:
    for label in labels:
        if not np.iscomplexobj(out[label]):
            raise TypeError(f"component {label!r} lost its imaginary part: use analytic operations only")
    return np.stack([np.broadcast_to(np.imag(out[label]), batch) for label in labels], axis=1)


def _check_homogeneous(labels: list[Hashable], gradient: np.ndarray, totals: np.ndarray) -> None:
    """Raise unless the gradient is orthogonal to the totals; gradient (groups, m, k), totals (groups, k)."""
    pieces = gradient * totals[:, None, :]
    whole, size = np.abs(pieces.sum(axis=2)), np.abs(pieces).sum(axis=2)
    # a gradient that is zero comes out of a complex step as its square, about 1e-40
    off = whole > 1e-6 * size + STEP**1.5
    if off.any():
        label = labels[int(np.argwhere(off)[0][1])]
        raise ArithmeticError(f"component {label!r} is not homogeneous of degree zero in its totals")


def delta(
    function: Callable[[np.ndarray], np.ndarray], point: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Carry the covariance of parameters through a smooth function, with the gradient by complex steps.

    Parameters
    ----------
    function : callable
        Takes complex parameters of shape (batch, p) and returns complex values of shape (batch, m); analytic operations
        only, as in `Statistic`, but not necessarily homogeneous.
    point : ndarray of shape (p,)
    covariance : ndarray of shape (p, p)

    Returns
    -------
    (ndarray of shape (m,), ndarray of shape (m, m), ndarray of shape (m, p))
        Values, their covariance, the gradient.

    Raises
    ------
    TypeError
        If the function drops the imaginary part.

    Examples
    --------
    >>> value, covariance, gradient = delta(lambda t: t[:, :1] * t[:, 1:], np.array([2.0, 3.0]), np.diag([0.1, 0.2]))
    >>> value.tolist(), covariance.round(9).tolist(), gradient.tolist()
    ([6.0], [[1.7]], [[3.0, 2.0]])
    """
    point = np.asarray(point, dtype=complex)
    # a step in proportion to a total that is all but zero would itself be lost
    step = STEP * np.where(np.abs(point) < SMALLEST, 1.0, np.abs(point))
    moved = function(point + 1j * np.diag(step))
    if not np.iscomplexobj(moved):
        raise TypeError("the function lost its imaginary part: use analytic operations only")
    gradient = (np.imag(moved) / step.real[:, None]).T
    return np.real(function(point[None]))[0], gradient @ covariance @ gradient.T, gradient
