"""A formula and the columns it names: read once, evaluated on plain columns, with what a design matrix needs after.

The regressions and the Blinder-Oaxaca decomposition both start here, so that a formula means the same in all of them
and a bad one fails in the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import formulaic
import numpy as np
import pandas as pd

from analysis import checks

LARGEST = 1e100
"""Squares of larger numbers leave the range of floating point."""
INTERCEPT = "Intercept"


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula, and the columns of a table that stand in it. Made by `parse`.

    Parameters
    ----------
    text : str
    parsed : formulaic.Formula
        One outcome and one list of terms.
    columns : list of str
        In the order in which they are written.
    """

    text: str
    parsed: formulaic.Formula
    columns: list[str]

    @property
    def roles(self) -> dict[str, str]:
        """Roles and columns, for `engine.read`."""
        return {f"formula ({name})": name for name in self.columns}

    @cached_property
    def regressors(self) -> list[str]:
        """Columns that stand on the right-hand side."""
        return _written(self.text.split("~", 1)[1], self.columns)

    def table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns by their own names, as plain numbers and factors, from columns by role.

        Raises
        ------
        ValueError
            An infinite number, naming the column.
        """
        return pd.DataFrame({name: plain(frame[role], name) for role, name in self.roles.items()}, index=frame.index)

    def evaluate(self, table: pd.DataFrame) -> Matrices:
        """Evaluate the formula on complete rows.

        Parameters
        ----------
        table : DataFrame
            As `table` returns it.

        Returns
        -------
        Matrices

        Raises
        ------
        ValueError
            A formula that cannot be evaluated, an outcome of several columns, no term, a number that is missing,
            infinite or beyond 1e100.
        """
        try:
            with np.errstate(all="ignore"):
                both = self.parsed.get_model_matrix(table, context={}, na_action="ignore")
        except Exception as error:
            why = _why(error, table)
            raise ValueError(f"formula={self.text!r} cannot be evaluated on these columns: {why}") from error
        if both.lhs.shape[1] != 1:
            held = ", ".join(map(str, both.lhs.columns))
            raise ValueError(f"formula={self.text!r}: the outcome must be one column of numbers, not {held}")
        if both.rhs.shape[1] == 0:
            raise ValueError(f"formula={self.text!r} has no term and no intercept")
        outcome, names = str(both.lhs.columns[0]), [str(name) for name in both.rhs.columns]
        y, x = both.lhs.iloc[:, 0].to_numpy(dtype=float), np.ascontiguousarray(both.rhs.to_numpy(dtype=float))
        self._check_numbers(y[:, None], [outcome])
        self._check_numbers(x, names)
        return Matrices(outcome, y, x, names, both.rhs.model_spec)

    def _check_numbers(self, values: np.ndarray, names: list[str]) -> None:
        for j in np.flatnonzero(~np.isfinite(values.sum(axis=0))):
            bad = ~np.isfinite(values[:, j])
            if bad.any():
                raise ValueError(
                    f"formula={self.text!r}: {names[j]!r} is {values[:, j][bad][0]} in {int(bad.sum()):,} rows, first "
                    f"in used row {int(np.argmax(bad))}; leave such rows out first or use another transformation"
                )
        for j in np.flatnonzero(np.abs(values).max(axis=0) > LARGEST):
            raise ValueError(f"formula={self.text!r}: {names[j]!r} goes beyond {LARGEST:g}; give it in a larger unit")


@dataclass(frozen=True, eq=False)
class Matrices:
    """A formula evaluated.

    Parameters
    ----------
    outcome : str
        As written in the formula.
    y : ndarray of shape (n,)
    x : ndarray of shape (n, k)
    names : list of str, length k
        Columns of the design matrix.
    spec : formulaic.ModelSpec
        Encoding of the right-hand side: builds the same columns from other rows.
    """

    outcome: str
    y: np.ndarray
    x: np.ndarray
    names: list[str]
    spec: formulaic.ModelSpec


@dataclass(frozen=True, eq=False)
class Scaled:
    """A design matrix whose columns are centred, where there is an intercept, and divided by their spread.

    Powers of a year keep their digits that way.

    Parameters
    ----------
    x : ndarray of shape (n, k)
    centre, spread : ndarray of shape (k,)
        Columns as they are = `x` * spread + centre.
    intercept : bool
        Whether the first column is the intercept, which takes up the centres.
    """

    x: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    intercept: bool

    @property
    def back(self) -> np.ndarray:
        """Matrix (k, k): coefficients of the columns as they are = back @ coefficients of `x`."""
        back = np.diag(1 / self.spread)
        if self.intercept:
            back[0] -= self.centre / self.spread
        return back

    @property
    def onto(self) -> np.ndarray:
        """Matrix (k, k), the inverse of `back`: columns as they are = x @ onto."""
        onto = np.diag(self.spread)
        if self.intercept:
            onto[0] += self.centre
        return onto


def parse(formula: Any, have: list[str]) -> Formula:
    """Read a formula against the columns of a table.

    Parameters
    ----------
    formula : str
        In formulaic's language: ``log(wage) ~ age + age**2 + C(region)``. One outcome, one list of terms.
    have : list of str
        Columns of the table; none if they cannot be told before the table is opened.

    Returns
    -------
    Formula

    Raises
    ------
    ValueError
        No formula, one that cannot be read or has several parts, a column that the table lacks.

    Examples
    --------
    >>> found = parse("log(wage) ~ age + C(region)", ["region", "wage", "age", "firm"])
    >>> found.columns, found.regressors
    (['wage', 'age', 'region'], ['age', 'region'])
    """
    if not isinstance(formula, str) or "~" not in formula:
        raise ValueError(f"formula={formula!r}: expected a text like 'outcome ~ a + b + C(factor)'")
    try:
        parsed = formulaic.Formula(formula)
    except Exception as error:
        raise ValueError(f"formula={formula!r} cannot be read: {error}") from error
    if not all(isinstance(getattr(parsed, side, None), formulaic.formula.SimpleFormula) for side in ("lhs", "rhs")):
        raise ValueError(
            f"formula={formula!r}: expected one outcome, one ~ and one list of terms (no | parts); write a fixed "
            "effect as C(name), not after |"
        )
    found = _written(formula, have)
    known = {name.split(".")[0] for name in found} | set(found)
    unknown = sorted(str(name) for name in parsed.required_variables if str(name) not in known)
    if unknown and have:
        listed = ", ".join(map(repr, have))
        raise ValueError(f"formula={formula!r}: no column {', '.join(map(repr, unknown))}; the table has {listed}")
    return Formula(formula, parsed, found or unknown)


def _written(text: str, have: list[str]) -> list[str]:
    """Columns that a text uses, by name, in backticks or with dots; formulaic overlooks those inside some functions."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    written = [quoted or bare for quoted, bare in re.findall(r"`([^`]+)`|([^\W\d][\w.]*)", text)]
    return [name for name in dict.fromkeys(written) if name in have]


def columns(data: Any) -> list[str]:
    """Return the names of the columns of any table without reading it; none if it is no table.

    Examples
    --------
    >>> columns(pd.DataFrame({"x": [1]}))
    ['x']
    """
    if hasattr(data, "column_names"):
        return list(data.column_names)
    if hasattr(data, "collect_schema"):
        return list(data.collect_schema().names())
    return list(getattr(data, "columns", []))


def plain(column: pd.Series, name: str) -> pd.Series:
    """Return numbers as plain numbers, factors without levels that no row has, other columns as they are.

    Parameters
    ----------
    column : Series
        Without missing values.
    name : str
        For the message.

    Returns
    -------
    Series

    Raises
    ------
    ValueError
        An infinite number: says in how many rows, and where first.
    """
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if pd.api.types.is_bool_dtype(kind):
        return column.astype(bool)
    if pd.api.types.is_object_dtype(kind) and pd.api.types.infer_dtype(column) == "decimal":
        column = column.astype(float)
    if not pd.api.types.is_numeric_dtype(column):
        return column
    column = column.astype(np.int64 if pd.api.types.is_integer_dtype(column.dtype) else float)
    infinite = np.isinf(column.to_numpy(dtype=float))
    if infinite.any():
        raise ValueError(
            f"column {name!r}: infinite number in {int(infinite.sum()):,} rows, first in used row "
            f"{int(np.argmax(infinite))}; leave such rows out or mend them first"
        )
    return column


def _why(error: Exception, table: pd.DataFrame) -> str:
    """Name a column of dates or of another kind that is no number, or pass on what formulaic says."""
    for name, column in table.items():
        kind = column.dtype
        text = pd.api.types.is_string_dtype(kind) or pd.api.types.is_object_dtype(kind)
        if not (text or pd.api.types.is_numeric_dtype(kind) or isinstance(kind, pd.CategoricalDtype)):
            return (
                f"column {name!r} holds {kind}; numbers, booleans, texts or categories are needed (C({name}) makes "
                f"levels of it); {error}"
            )
    return str(error)


def scale(x: np.ndarray, names: list[str]) -> Scaled:
    """Centre (where there is an intercept) and scale the columns of a design matrix.

    Parameters
    ----------
    x : ndarray of shape (n, k)
    names : list of str, length k

    Returns
    -------
    Scaled
        A column without spread is only centred.

    Examples
    --------
    >>> x = np.array([[1.0, 2000.0], [1.0, 2010.0]])
    >>> found = scale(x, ["Intercept", "year"])
    >>> found.x.tolist(), (found.x @ found.onto).tolist()
    ([[1.0, -1.0], [1.0, 1.0]], [[1.0, 2000.0], [1.0, 2010.0]])
    """
    intercept = names[0] == INTERCEPT
    centre = x.mean(axis=0) if intercept else np.zeros(x.shape[1])
    if intercept:
        centre[0] = 0.0
    moved = x - centre
    spread = np.sqrt((moved**2).mean(axis=0))
    spread = np.where(spread > 1e-14 * np.abs(x).max(axis=0), spread, 1.0)
    return Scaled(moved / spread, centre, spread, intercept)


def unit_of(outcome: str, data: Any) -> str:
    """Return the unit of an outcome: log points for a logarithm, as a pandas table states it, or words that name it.

    Examples
    --------
    >>> unit_of("log(wage)", None), unit_of("wage", None)
    ('log points', 'units of wage')
    """
    if re.match(r"(np\.)?log\d*p?\(", outcome):
        return "log points"
    return checks.unit_of(data, outcome) if isinstance(data, pd.DataFrame) else f"units of {outcome}"

