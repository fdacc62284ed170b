"""From a formula and any table to an outcome and a design matrix, checked; the columns in use come into memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import formulaic
import numpy as np
import pandas as pd

from analysis import checks, engine

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
        Coefficients of the columns as they are = back @ coefficients of `x`.
    names : list of str, length k
        Columns of the design matrix.
    weight : ndarray of shape (n,)
        One where there are no weights.
    frame : DataFrame
        Columns cluster, strata and sampling, where given.
    left_out : dict
        Reasons and counts of rows left out.
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


def read(formula: str, data: Any, weights: str | None, design: engine.Design, missing: str) -> Regression:
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

    Returns
    -------
    Regression

    Raises
    ------
    ValueError
        A formula that cannot be read or evaluated, an unknown column, missing or infinite values, weights that are not
        positive, an outcome that is constant, as many coefficients as rows, a singular design.
    """
    parsed = _parse(formula)
    used = _names(formula, parsed, _columns(data))
    roles = {f"formula ({name})": name for name in used}
    extra = {"weights": weights, **design.columns}
    rows = engine.read(
        data, {**roles, **extra}, numeric=["weights", "sampling"], positive=["weights"], missing=missing,
        shared=list(extra),
    ).collect()  # fmt: skip
    frame = rows.frame.reset_index(drop=True)
    table = pd.DataFrame({name: _plain(frame[role], name) for role, name in roles.items()}, index=frame.index)
    outcome, y, x, names = _evaluate(formula, parsed, table)
    if len(y) <= len(names):
        raise ValueError(f"{len(y):,} rows for {len(names)} coefficients; leave terms out of the formula or add rows")
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ValueError(f"the outcome {outcome!r} is constant ({y[0]:g}): there is nothing to regress")
    weight = frame["weights"].to_numpy(dtype=float) if weights else np.ones(len(y))
    x, back = _scaled(x, names)
    _check_rank(x * np.sqrt(weight / weight.max())[:, None], names)
    held = [role for role in ("cluster", "strata", "sampling") if role in frame]
    return Regression(outcome, _unit(outcome, data), y, x, back, names, weight, frame[held], rows.left_out)


def _parse(formula: str) -> formulaic.Formula:
    if not isinstance(formula, str) or "~" not in formula:
        raise ValueError(f"formula={formula!r}: expected a text like 'outcome ~ a + b + C(factor)'")
    try:
        parsed = formulaic.Formula(formula)
    except Exception as error:
        raise ValueError(f"formula={formula!r} cannot be read: {error}") from error
    if not all(isinstance(getattr(parsed, side, None), formulaic.formula.SimpleFormula) for side in ("lhs", "rhs")):
        raise ValueError(
            f"formula={formula!r}: expected one outcome, one ~ and one list of terms; write a fixed effect as C(name), "
            "not after |"
        )
    return parsed


def _columns(data: Any) -> list[str]:
    """Return the names of the columns of any table without reading it."""
    if hasattr(data, "column_names"):
        return list(data.column_names)
    if hasattr(data, "collect_schema"):
        return list(data.collect_schema().names())
    return list(getattr(data, "columns", []))


def _names(formula: str, parsed: formulaic.Formula, have: list[str]) -> list[str]:
    """Return the columns that the formula uses; formulaic alone overlooks those inside some transformations."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", formula)
    written = [quoted or bare for quoted, bare in re.findall(r"`([^`]+)`|([^\W\d][\w.]*)", text)]
    found = [name for name in dict.fromkeys(written) if name in have]
    known = {name.split(".")[0] for name in found} | set(found)
    unknown = sorted(str(name) for name in parsed.required_variables if str(name) not in known)
    if unknown and have:
        listed = ", ".join(map(repr, have))
        raise ValueError(f"formula={formula!r}: no column {', '.join(map(repr, unknown))}; the table has {listed}")
    return found or unknown


def _plain(column: pd.Series, name: str) -> pd.Series:
    """Return numbers as plain numbers, factors without levels that no row has."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if pd.api.types.is_bool_dtype(column):
        return column.astype(bool)
    if pd.api.types.is_object_dtype(column) and pd.api.types.infer_dtype(column) == "decimal":
        column = column.astype(float)
    if not pd.api.types.is_numeric_dtype(column):
        return column
    column = column.astype(np.int64 if pd.api.types.is_integer_dtype(column) else float)
    infinite = np.isinf(column.to_numpy(dtype=float))
    if infinite.any():
        raise ValueError(
            f"column {name!r}: infinite number in {int(infinite.sum()):,} rows; leave such rows out or mend them first"
        )
    return column


def _evaluate(
    formula: str, parsed: formulaic.Formula, table: pd.DataFrame
) -> tuple[str, np.ndarray, np.ndarray, list[str]]:
    try:
        with np.errstate(all="ignore"):
            both = parsed.get_model_matrix(table, context={}, na_action="ignore")
    except Exception as error:
        raise ValueError(f"formula={formula!r} cannot be evaluated on these columns: {error}") from error
    if both.lhs.shape[1] != 1:
        held = ", ".join(map(str, both.lhs.columns))
        raise ValueError(f"formula={formula!r}: the outcome must be one column of numbers, not {held}")
    if both.rhs.shape[1] == 0:
        raise ValueError(f"formula={formula!r} has no term and no intercept")
    outcome, names = str(both.lhs.columns[0]), [str(name) for name in both.rhs.columns]
    values = np.column_stack([both.lhs.to_numpy(dtype=float), both.rhs.to_numpy(dtype=float)])
    for name, column in zip([outcome, *names], values.T, strict=True):
        bad = ~np.isfinite(column)
        if bad.any():
            raise ValueError(
                f"formula={formula!r}: {name!r} is {column[bad][0]} in {int(bad.sum()):,} rows; leave such rows out "
                "first or use another transformation"
            )
    return outcome, values[:, 0], np.ascontiguousarray(values[:, 1:]), names


def _scaled(x: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    centre = x.mean(axis=0) if names[0] == "Intercept" else np.zeros(x.shape[1])
    if names[0] == "Intercept":
        centre[0] = 0.0
    moved = x - centre
    spread = np.sqrt((moved**2).mean(axis=0))
    spread = np.where(spread > 1e-14 * np.abs(x).max(axis=0), spread, 1.0)
    back = np.diag(1 / spread)
    if names[0] == "Intercept":
        back[0] -= centre / spread
    return moved / spread, back


def _check_rank(x: np.ndarray, names: list[str]) -> None:
    """Raise where a column is constant or a combination of the columns before it, naming them."""
    upper = np.linalg.qr(x, mode="r")
    own = np.linalg.norm(x, axis=0)
    for j in np.flatnonzero(np.abs(np.diagonal(upper)) <= COLLINEAR * np.maximum(own, 1e-300)):
        weights = np.linalg.lstsq(upper[:j, :j], upper[:j, j], rcond=None)[0] if j else np.zeros(0)
        others = [names[i] for i in np.flatnonzero(np.abs(weights) > 1e-6)]
        what = f"a combination of {', '.join(map(repr, others))}" if others else "constant"
        raise ValueError(f"the design is singular: column {names[j]!r} is {what}; leave one of them out")


def _unit(outcome: str, data: Any) -> str:
    if re.match(r"(np\.)?log\d*p?\(", outcome):
        return "log points"
    return checks.unit_of(data, outcome) if isinstance(data, pd.DataFrame) else f"units of {outcome}"
