"""From a formula and any table to an outcome and a design matrix, checked; the columns in use come into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import formulaic
import numpy as np
import pandas as pd

from analysis import engine
from analysis import formulas as written

COLLINEAR = 1e-10
"""A column this small, relative to its own spread, once those before it are taken out, is a combination of them."""


@dataclass(frozen=True, eq=False)
class Regression:
    """An outcome and a design matrix.

    Parameters
    ----------
    outcome : str
        As written in the formula.
    unit : str
        Unit of the outcome.
    y : ndarray of shape (n,)
    x : ndarray of shape (n, k)
        Columns centred (where there is an intercept) and scaled, so that powers of a year keep their digits.
    back : ndarray of shape (k, k)
        Coefficients of the columns as they are = back @ coefficients of `x`; columns as they are @ back = `x`.
    names : list of str, length k
        Columns of the design matrix.
    weight : ndarray of shape (n,)
        One where there are no weights.
    frame : DataFrame
        Columns cluster, strata and sampling, where given, and those asked for beside them, by role.
    left_out : dict
        Reasons and counts of rows left out.
    formula : Formula
        As read: its text and the columns it uses.
    table : DataFrame
        Those columns, complete rows: plain numbers, factors without levels that no row has.
    spec : formulaic.ModelSpec
        Encoding of the right-hand side: builds the columns of other rows as these are built.
    """

    outcome: str
    unit: str
    y: np.ndarray
    x: np.ndarray
    back: np.ndarray
    names: list[str]
    weight: np.ndarray
    frame: pd.DataFrame
    left_out: Mapping[str, int]
    formula: written.Formula
    table: pd.DataFrame
    spec: formulaic.ModelSpec

    def keep(self, rows: np.ndarray) -> Regression:
        """Return the regression of some of the rows, its design matrix built and checked again.

        Parameters
        ----------
        rows : ndarray of bool, shape (n,)

        Returns
        -------
        Regression
            With the unit and the counts of rows left out as they are.

        Raises
        ------
        ValueError
            As `read` for the rows kept.
        """
        table = self.table[rows].reset_index(drop=True)
        table = pd.DataFrame({name: written.plain(column, name) for name, column in table.items()})
        frame = self.frame[rows].reset_index(drop=True)
        return _built(self.formula, table, self.weight[rows], frame, self.unit, self.left_out)


def read(
    formula: str, data: Any, weights: str | None, design: engine.Design, missing: str,
    more: Mapping[str, str | None] | None = None,
) -> Regression:  # fmt: skip
    """Read the columns in use and build the design matrix.

    Parameters
    ----------
    formula : str
        Formulaic's language: ``log(wage) ~ age + age**2 + C(region)``. One outcome, one list of terms.
    data : any table `engine.read` takes
    weights : str, optional
        Column of weights, positive.
    design : Design
    missing : {"raise", "drop"}
    more : mapping of str to str, optional
        Role -> further column to keep in `Regression.frame`; it may be one of those already in use.

    Returns
    -------
    Regression

    Raises
    ------
    ValueError
        A formula that cannot be read or evaluated, an unknown column, missing or infinite values, weights that are not
        positive, an outcome that is constant, as many coefficients as rows, a singular design.
    """
    found = written.parse(formula, written.columns(data))
    held = {**design.columns, **(more or {})}
    rows = engine.read(
        data, {**found.roles, "weights": weights, **held}, numeric=["weights", "sampling"], positive=["weights"],
        missing=missing, shared=["weights", *held],
    ).collect()  # fmt: skip
    frame = rows.frame.reset_index(drop=True)
    weight = frame["weights"].to_numpy(dtype=float) if weights else np.ones(len(frame))
    kept = frame[[role for role in held if role in frame]]
    model = _built(found, found.table(frame), weight, kept, "", rows.left_out)
    return replace(model, unit=written.unit_of(model.outcome, data))


def _built(
    formula: written.Formula, table: pd.DataFrame, weight: np.ndarray, frame: pd.DataFrame, unit: str,
    left_out: Mapping[str, int],
) -> Regression:  # fmt: skip
    """Evaluate the formula and check that the regression has an answer."""
    made = formula.evaluate(table)
    y, names = made.y, made.names
    if len(y) <= len(names):
        raise ValueError(f"{len(y):,} rows for {len(names)} coefficients; leave terms out of the formula or add rows")
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ValueError(f"the outcome {made.outcome!r} is constant ({y[0]:g}): there is nothing to regress")
    scaled = written.scale(made.x, names)
    check_rank(scaled.x * np.sqrt(weight / weight.max())[:, None], names)
    return Regression(
        made.outcome, unit, y, scaled.x, scaled.back, names, weight, frame, left_out, formula, table, made.spec
    )


def check_rank(x: np.ndarray, names: list[str]) -> None:
    """Raise where a column is constant or a combination of the columns before it, naming them.

    Parameters
    ----------
    x : ndarray of shape (n, k)
        Times the root of the weights.
    names : list of str, length k

    Raises
    ------
    ValueError

    Examples
    --------
    >>> check_rank(np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 3.0], [1.0, 4.0, 6.0]]), ["Intercept", "x", "z"])
    Traceback (most recent call last):
    ...
    ValueError: the design is singular: column 'z' is a combination of 'Intercept', 'x'; leave one of them out
    """
    upper = np.linalg.qr(x, mode="r")
    own = np.linalg.norm(x, axis=0)
    for j in np.flatnonzero(np.abs(np.diagonal(upper)) <= COLLINEAR * np.maximum(own, 1e-300)):
        weights = np.linalg.lstsq(upper[:j, :j], upper[:j, j], rcond=None)[0] if j else np.zeros(0)
        others = [names[i] for i in np.flatnonzero(np.abs(weights) > 1e-6)]
        what = f"a combination of {', '.join(map(repr, others))}" if others else "constant"
        raise ValueError(f"the design is singular: column {names[j]!r} is {what}; leave one of them out")
