"""Fixed effects before the regression: their names, the level of each row, rows that are alone, levels that count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis import engine, formulas


def parts(formula: Any) -> tuple[str, list[str]]:
    """Split a formula into the regression and the names of its fixed effects.

    Raises
    ------
    ValueError
        No fixed effects, more than one ``|``, an effect without a name or twice.

    Examples
    --------
    >>> parts("y ~ x + z | unit + country^year")
    ('y ~ x + z', ['unit', 'country^year'])
    """
    if not isinstance(formula, str) or "~" not in formula:
        raise ValueError(f"formula={formula!r}: expected a text like 'outcome ~ a + b | unit + year'")
    sides = _split(formula)
    if len(sides) == 1 or not sides[1].strip():
        raise ValueError(
            f"formula={formula!r} has no fixed effects; write them after |, as in 'outcome ~ a + b | unit + year', or "
            "'| 0' for pooled least squares"
        )
    if not formula.split("~")[0].strip():
        raise ValueError(f"formula={formula!r} has no outcome before ~")
    if len(sides) > 2:
        raise ValueError(f"formula={formula!r}: expected one |, before the fixed effects; no instruments")
    effects = [name.strip() for name in sides[1].split("+")]
    effects = [] if effects in (["0"], ["1"]) else effects
    for name in effects:
        if not name:
            raise ValueError(f"formula={formula!r}: a fixed effect has no name")
        if effects.count(name) > 1:
            raise ValueError(f"formula={formula!r}: the fixed effect {name!r} comes twice")
    return sides[0].strip(), effects


def _split(formula: str) -> list[str]:
    """Split at each ``|`` that stands outside brackets."""
    sides, depth = [""], 0
    for sign in formula:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "|" and depth == 0:
            sides.append("")
        else:
            sides[-1] += sign
    return sides


def members(effect: str) -> list[str]:
    """Return the columns that an effect joins."""
    return [name.strip().strip("`") for name in effect.split("^")]


def read_rows(
    formula: str, regression: str, effects: list[str], data: Any, cluster: str | None, weights: str | None, missing: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Bring the columns in use into memory under their own names, without missing values.

    Returns
    -------
    (DataFrame, dict)
        The rows, and reasons and counts of rows left out.

    Raises
    ------
    ValueError
        Unknown columns; missing values with ``missing="raise"``; weights that are not positive.
    """
    have = formulas.columns(data)
    used = formulas.parse(regression, have).columns
    held = [name for effect in effects for name in members(effect)]
    unknown = sorted({name for name in held if have and name not in have})
    if unknown:
        raise ValueError(
            f"formula={formula!r}: no column {', '.join(map(repr, unknown))} for a fixed effect, which is a column or "
            f"several joined by ^; the table has {', '.join(map(repr, have))}"
        )
    roles = {f"formula ({name})": name for name in dict.fromkeys([*used, *held])}
    shared = {"cluster": cluster, "weights": weights}
    rows = engine.read(
        data, {**roles, **shared}, numeric=["weights"], positive=["weights"], missing=missing, shared=list(shared)
    ).collect()
    names = {role: name for role, name in {**roles, **shared}.items() if name is not None}
    return pd.DataFrame({name: rows.frame[role].array for role, name in names.items()}), dict(rows.left_out)


def groups_of(rows: pd.DataFrame, effects: list[str]) -> dict[str, np.ndarray]:
    """Return the level of each row in every fixed effect, as whole numbers."""
    return {name: rows.groupby(members(name), sort=True, observed=True).ngroup().to_numpy() for name in effects}


def without_singletons(rows: pd.DataFrame, groups: dict[str, np.ndarray]) -> tuple[np.ndarray, pd.DataFrame]:
    """Say which rows to keep: none alone in a level, also after others have gone.

    Returns
    -------
    (ndarray of bool, DataFrame)
        Rows to keep, and the levels left out: fixed_effect, level.

    Raises
    ------
    ValueError
        If no row is kept.
    """
    kept = np.ones(len(rows), dtype=bool)
    gone = []
    while True:
        before = kept.sum()
        for name, codes in groups.items():
            alone = kept & (np.bincount(codes[kept], minlength=codes.max() + 1)[codes] == 1)
            levels = rows.loc[alone, members(name)].astype(str).agg(" ^ ".join, axis=1) if alone.any() else []
            gone += [(name, level) for level in levels]
            kept &= ~alone
        if kept.sum() == before:
            break
    if not kept.any():
        raise ValueError(
            f"every row is alone in a level of a fixed effect ({', '.join(map(repr, groups))}): nothing varies within; "
            "take coarser fixed effects"
        )
    return kept, pd.DataFrame(gone, columns=["fixed_effect", "level"])


def count(groups: Mapping[str, np.ndarray], cluster: np.ndarray | None = None) -> int:
    """Count the levels of fixed effects that do not follow from those of the effects named before.

    Parameters
    ----------
    groups : mapping of str to ndarray of int
        Level of each row in each effect, from 0 without gaps.
    cluster : ndarray of int, optional
        Effects nested in clusters count as the constant.

    Returns
    -------
    int
        For one or two effects the rank of their dummies, taken together; for more, an upper bound of it.

    Examples
    --------
    >>> firm, country_year = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 2, 3, 2, 3])
    >>> count({"firm": firm, "country^year": country_year})  # two countries: a year of each follows from its firms
    6
    """
    held = list(groups.values())
    free = 0
    for j, codes in enumerate(held):
        implied = max((_parts_of_the_panel(codes, other) for other in held[:j]), default=0)
        if cluster is None or not _nested(codes, cluster):
            free += int(codes.max()) + 1 - implied
        elif j == 0:
            free += 1
    return free


def _parts_of_the_panel(one: np.ndarray, other: np.ndarray) -> int:
    """In how many parts, without a row in common, two effects divide the panel."""
    ends = int(one.max()) + 1, int(other.max()) + 1
    links = sparse.coo_array((np.ones(len(one)), (one, other + ends[0])), shape=(sum(ends), sum(ends)))
    return int(csgraph.connected_components(links, directed=False, return_labels=False))


def _nested(codes: np.ndarray, cluster: np.ndarray) -> bool:
    pairs = pd.DataFrame({"code": codes, "cluster": cluster}).drop_duplicates()
    return not pairs["code"].duplicated().any()
