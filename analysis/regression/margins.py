"""Marginal effects belong to variables, not to columns: the design matrix, built again with one variable moved.

A variable stands in several columns (``x + x**2``, ``x:z``, ``log(x)``). So its effect is that of moving the variable
itself in every row and building all columns anew: by a finite change for a 0/1 variable and the levels of a factor, by
a derivative for a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import formulaic
import numpy as np
import pandas as pd

from analysis.regression.formulas import Regression

HALVINGS_AGREE = 1e-7
"""Relative size of the numerical error of a derivative above which it is refused."""

# five points, in steps: central where there is room on both sides, one-sided at the low and the high end of the data
OFFSETS = np.array([[-2, -1, 0, 1, 2], [0, 1, 2, 3, 4], [0, -1, -2, -3, -4]])
WEIGHTS = np.array([[1, -8, 0, 8, -1], [-25, 48, -36, 16, -3], [25, -48, 36, -16, 3]]) / 12


@dataclass(frozen=True, eq=False)
class Effect:
    """What moving one variable does to the design matrix.

    Parameters
    ----------
    term : str
        ``x``, or ``x[level]`` for a level of a factor.
    kind : {"derivative", "change"}
    to, base : ndarray of shape (n, k)
        For a change: the design with the variable at its new value and at its base. For a derivative: `to` is the
        derivative of the design and `base` the design as it is.
    words : str
        What was moved, for the reader.
    """

    term: str
    kind: str
    to: np.ndarray
    base: np.ndarray
    words: str

    def mean(self, beta: np.ndarray, share: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the average effect on a logit mean, its gradient and the effect of each row.

        Parameters
        ----------
        beta : ndarray of shape (k,)
        share : ndarray of shape (n,)
            Weights that add up to one.

        Returns
        -------
        (float, ndarray of shape (k,), ndarray of shape (n,))
        """
        slope, base = logit_slope(self.base @ beta), self.base
        if self.kind == "derivative":
            along = self.to @ beta
            rows = slope * along
            curve = slope * (1 - 2 * expit(base @ beta))
            gradient = (share * curve * along) @ base + (share * slope) @ self.to
        else:
            up = self.to @ beta
            rows = expit(up) - expit(base @ beta)
            gradient = (share * logit_slope(up)) @ self.to - (share * slope) @ base
        return float(share @ rows), gradient, rows


def expit(index: np.ndarray) -> np.ndarray:
    """Return the logistic function, without overflow."""
    small = np.exp(-np.abs(index))
    return np.where(index >= 0, 1, small) / (1 + small)


def logit_slope(index: np.ndarray) -> np.ndarray:
    """Return the derivative of the logistic function, without cancellation in the tails."""
    small = np.exp(-np.abs(index))
    return small / (1 + small) ** 2


def check_share(model: Regression) -> None:
    """Raise unless the outcome lies between 0 and 1.

    Raises
    ------
    ValueError
        Says how many rows are outside.
    """
    outside = (model.y < 0) | (model.y > 1)
    if outside.any():
        percent = "; divide percent by 100" if model.y.max() > 1 and model.y.min() >= 0 else ""
        raise ValueError(
            f"the outcome {model.outcome!r} must be a fraction between 0 and 1; {int(outside.sum()):,} of "
            f"{len(model.y):,} rows are outside, from {model.y.min():g} to {model.y.max():g}{percent}"
        )


@dataclass(frozen=True, eq=False)
class Movable:
    """A design matrix that can be built again with one variable moved.

    Parameters
    ----------
    model : Regression
        Its encoding codes the moved rows as the rows are coded.

    Raises
    ------
    ValueError
        If a column in a row depends on the other rows (a rank, a share of the total).
    """

    model: Regression

    def __post_init__(self) -> None:
        """Check that rows can be built one by one."""
        table = self.model.table
        every, some = self._build(table), self._build(table.iloc[::2])
        apart = np.abs(every[::2] - some) > 1e-9 * np.abs(every).max(axis=0)
        if apart.any():
            column = self.model.names[int(np.argmax(apart.any(axis=0)))]
            raise ValueError(
                f"formula={self._text!r}: {column!r} in a row depends on the other rows, so no marginal effect can "
                "be told; write center(x) or scale(x), or put it into a column of its own"
            )

    @property
    def _text(self) -> str:
        return self.model.formula.text

    def effects(self) -> list[Effect]:
        """Return the effects of all variables on the right-hand side, in the order of the formula.

        Raises
        ------
        ValueError
            No variable; a variable that the formula turns into steps or levels; a derivative that cannot be told.
        """
        factors = self._factors()
        found = [
            effect
            for name in self.model.formula.regressors
            for effect in (self._levels(name, *factors[name]) if name in factors else self._number(name))
        ]
        if not found:
            raise ValueError(f"formula={self._text!r} has no regressor, so there is no marginal effect")
        return found

    def _build(self, table: pd.DataFrame) -> np.ndarray:
        with np.errstate(all="ignore"):
            matrix = self.model.spec.get_model_matrix(table, context={}, na_action="ignore")
        return np.ascontiguousarray(matrix.to_numpy(dtype=float))

    def _at(self, name: str, value: Any) -> np.ndarray:
        """Build the scaled design with a variable set to one value, or a column of values."""
        column = pd.Series(value, index=self.model.table.index, name=name)
        if isinstance(self.model.table[name].dtype, pd.CategoricalDtype):
            column = column.astype(self.model.table[name].dtype)
        return self._build(self.model.table.assign(**{name: column})) @ self.model.back

    def _factors(self) -> dict[str, tuple[list, Any]]:
        """Variables that stand in the formula as factors: their levels and the base of their contrasts."""
        found: dict[str, tuple[list, Any]] = {}
        for written, (kind, state) in self.model.spec.encoder_state.items():
            if kind is not formulaic.parser.types.Factor.Kind.CATEGORICAL:
                continue
            expression = str(written)
            match = re.fullmatch(r"(?:C\()?\s*`?(.+?)`?\s*(?:,.*)?\)?", expression)
            name = match[1] if match and match[1] in self.model.formula.regressors else None
            if name is None:
                raise ValueError(
                    f"formula={self._text!r}: {expression!r} makes levels of a transformed variable, whose marginal "
                    "effect cannot be told; put the levels into a column of their own"
                )
            levels = list(state["categories"])
            base = getattr(getattr(state.get("contrasts"), "contrasts", None), "base", None)
            found.setdefault(name, (levels, base if base in levels else levels[0]))
        return found

    def _levels(self, name: str, levels: list, base: Any) -> list[Effect]:
        low = self._at(name, base)
        return [
            Effect(f"{name}[{level}]", "change", self._at(name, level), low, f"{name}: from {base} to each other level")
            for level in levels
            if level != base
        ]

    def _number(self, name: str) -> list[Effect]:
        values = self.model.table[name].to_numpy(dtype=float)
        if set(np.unique(values)) == {0.0, 1.0}:
            ends = [self._at(name, value) for value in (0.0, 1.0)]
            return [Effect(name, "change", ends[1], ends[0], f"{name}: from 0 to 1")]
        slope = self._slope(name, values)
        return [Effect(name, "derivative", slope, self._build(self.model.table) @ self.model.back, f"{name}: per unit")]

    def _slope(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return the derivative of the scaled design with respect to a number, row by row, with its error watched."""
        low, high = float(values.min()), float(values.max())
        wide, spread = (high - low) / 64, values.std()
        steps = [
            np.full(len(values), wide), np.full(len(values), min(1e-3 * spread, wide)),
            np.minimum(1e-3 * np.abs(values), wide),
        ]  # fmt: skip
        best, error = None, None
        for step in steps:
            step = np.where(step > 0, step, wide)
            full, half = (five_points(lambda at: self._at(name, at), values, low, high, h) for h in (step, step / 2))
            off = np.abs(full[0] - half[0]) / 15 + 2 * half[1]
            if best is None:
                best, error = half[0], off
            better = ~(off >= error) & np.isfinite(off)
            best, error = np.where(better, half[0], best), np.where(better, off, error)
            if (error <= 1e-10 * np.abs(best).max(axis=0)).all():
                break
        moves = np.abs(self._at(name, high) - self._at(name, low)).max(axis=0) > 0
        flat = moves & (np.abs(best) <= error).all(axis=0)
        size = np.abs(best).max(axis=0)
        rough = ~(error.mean(axis=0) <= HALVINGS_AGREE * size) & moves
        if flat.any() or rough.any():
            column = self.model.names[int(np.argmax(flat | rough))]
            raise ValueError(
                f"formula={self._text!r}: {column!r} does not change smoothly with {name!r}, so {name!r} has no "
                "marginal effect; put the step into a 0/1 column of its own"
            )
        return best


def five_points(
    function: Callable[[np.ndarray], np.ndarray], values: np.ndarray, low: float, high: float, step: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Differentiate a row-wise function by five points that stay between the ends of the data.

    Parameters
    ----------
    function : callable
        Takes one value per row, shape (n,), returns (n, k).
    values : ndarray of shape (n,)
    low, high : float
    step : ndarray of shape (n,), positive, at most an eighth of high - low

    Returns
    -------
    (ndarray of shape (n, k), ndarray of shape (n, k))
        Derivative, and the rounding error that the step leaves. Exact for polynomials up to the fourth degree.

    Examples
    --------
    >>> at = np.array([1.0, 1.5, 2.0])
    >>> five_points(lambda v: v[:, None] ** 4, at, 1.0, 2.0, np.full(3, 0.01))[0].ravel().round(9).tolist()
    [4.0, 13.5, 32.0]
    """
    side = np.where(values - 2 * step < low, 1, np.where(values + 2 * step > high, 2, 0))
    offsets, weights = OFFSETS[side], WEIGHTS[side]
    total, largest = 0.0, 0.0
    for j in range(5):
        there = function(np.clip(values + offsets[:, j] * step, low, high))
        total = total + weights[:, j, None] * there
        largest = np.maximum(largest, np.abs(there))
    return total / step[:, None], np.finfo(float).eps * largest / step[:, None]
