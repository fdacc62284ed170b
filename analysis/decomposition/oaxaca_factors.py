"""Factors in a Blinder-Oaxaca decomposition: levels that a group lacks, and effects free of the omitted level."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import formulaic
import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class Coding:
    """From the k columns of a design matrix to the q terms of a detail.

    Coefficients of terms are ``gather @ coefficients`` and means of terms ``means @ spread``; predictions are the same
    on either side.

    Parameters
    ----------
    terms : list of str, length q
    spread : ndarray of shape (k, q)
    gather : ndarray of shape (q, k)
    belongs : dict
        Term -> the term of the formula that it comes from.
    normalised : tuple of str
        Factors whose effects do not depend on the omitted level.
    """

    terms: list[str]
    spread: np.ndarray
    gather: np.ndarray
    belongs: dict[str, str]
    normalised: tuple[str, ...]


def check_levels(
    spec: Any, table: pd.DataFrame, member: Sequence[np.ndarray], labels: Sequence[str], group: str
) -> None:
    """Raise on a level that has rows in one group only.

    Parameters
    ----------
    spec : formulaic.ModelSpec
    table : DataFrame
        Columns of the formula.
    member : pair of ndarray of bool
        Rows of each group.
    labels : pair of str
    group : str
        Group column.

    Raises
    ------
    ValueError
        Names the factor, the level, the group that lacks it and how many rows the other has.
    """
    for factor in _factors(spec):
        levels = _levels(factor, table)
        counts = [levels[mine].value_counts() for mine in member]
        for lacking, other in ((0, 1), (1, 0)):
            alone = [level for level in counts[other].index if counts[lacking].get(level, 0) == 0]
            alone = [level for level in alone if counts[other][level] > 0]
            if alone:
                shown = ", ".join(f"{level} ({counts[other][level]:,} rows)" for level in sorted(alone, key=str)[:5])
                more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
                raise ValueError(
                    f"factor {str(factor)!r}: group {labels[lacking]!r} of {group!r} has no row in level "
                    f"{shown}{more}, all of them in group {labels[other]!r}; merge such levels with others, or leave "
                    "their rows out"
                )


def coding(spec: Any, columns: list[str], normalise: Sequence[str]) -> Coding:
    """Return the terms of the detail, with the omitted level among those of normalised factors.

    The mean of a factor's coefficients, the omitted level counting as zero, moves to the intercept (for an interaction
    with a number: to that number's coefficient), so that the coefficients of all levels add up to zero.

    Parameters
    ----------
    spec : formulaic.ModelSpec
    columns : list of str
        Columns of the design matrix.
    normalise : sequence of str
        Factors, by variable or as written in the formula.

    Returns
    -------
    Coding

    Raises
    ------
    ValueError
        If a name is no factor of the formula, the formula has no intercept, the factor is not coded by indicators, or
        it interacts with another factor.

    References
    ----------
    Yun (2005), Economic Inquiry 43; Gardeazabal and Ugidos (2004), Review of Economics and Statistics 86.
    """
    chosen = [_find(spec, name) for name in dict.fromkeys(normalise)]
    belongs = {}
    for part in spec.structure:
        belongs |= {str(column): "Intercept" if str(part.term) == "1" else str(part.term) for column in part.columns}
    k = len(columns)
    terms, spread, gather = list(columns), np.eye(k), np.eye(k)
    for factor in dict.fromkeys(chosen):
        levels = [str(level) for level in spec.factor_contrasts[factor].levels]
        for part in spec.structure:
            if factor not in part.term.factors:
                continue
            rest = _rest(spec, part, factor, levels)
            if rest is None:
                continue
            found = _columns_of(part, factor, levels)
            base = next(level for level in levels if level not in found)
            name = next(iter(found.values())).replace(f"[T.{next(iter(found))}]", f"[T.{base}]")
            terms, spread, gather = _normalised(
                terms, spread, gather, columns, list(found.values()), rest, levels.index(base), name
            )
            belongs[name] = str(part.term)
    plain = [_without_base(term, [str(f) for f in chosen]) for term in terms]
    belongs = {new: belongs[old] for old, new in zip(terms, plain, strict=True)}
    return Coding(plain, spread, gather, belongs, tuple(str(factor) for factor in dict.fromkeys(chosen)))


def _normalised(
    terms: list[str], spread: np.ndarray, gather: np.ndarray, columns: list[str], found: list[str], rest: str,
    base: int, name: str,
) -> tuple[list[str], np.ndarray, np.ndarray]:  # fmt: skip
    """Add the omitted level, which stands at place `base` among the levels, and centre the coefficients."""
    at = [columns.index(column) for column in found]
    rows = [terms.index(column) for column in found]
    mean, omitted = np.zeros(len(columns)), np.zeros(len(columns))
    mean[at] = 1 / (len(at) + 1)
    omitted[columns.index(rest)], omitted[at] = 1.0, -1.0
    moved = gather.copy()
    moved[rows] -= mean
    moved[terms.index(rest)] += mean
    place = rows[0] + base
    return (
        [*terms[:place], name, *terms[place:]],
        np.insert(spread, place, omitted, axis=1),
        np.insert(moved, place, -mean, axis=0),
    )


def _factors(spec: Any) -> list[Any]:
    """Factors of the formula that are categories."""
    seen = dict.fromkeys(factor for term in spec.terms for factor in term.factors)
    return [factor for factor in seen if factor in spec.factor_contrasts]


def _levels(factor: Any, table: pd.DataFrame) -> pd.Series:
    """Level of every row."""
    if str(factor) in table:
        return table[str(factor)]
    full = formulaic.Formula(f"0 + {factor}").get_model_matrix(table, context={}, na_action="ignore")
    names = [re.sub(rf"^{re.escape(str(factor))}\[(T\.)?(.*)\]$", r"\2", str(name)) for name in full.columns]
    return pd.Series(np.array(names, dtype=object)[full.to_numpy().argmax(axis=1)], index=table.index)


def _find(spec: Any, name: str) -> Any:
    """Return the factor of a name: as written in the formula, or by its variable."""
    factors = _factors(spec)
    found = [factor for factor in factors if str(factor) == name]
    found = found or [factor for factor in factors if name in re.findall(r"[^\W\d][\w.]*", str(factor))]
    if len(found) != 1:
        legal = ", ".join(repr(str(factor)) for factor in factors) or "none: write C(x) to make one of a number"
        what = "is in several factors" if found else "is no factor of the formula"
        raise ValueError(f"normalise={name!r} {what}; its factors: {legal}")
    return found[0]


def _rest(spec: Any, part: Any, factor: Any, levels: list[str]) -> str | None:
    """Column that takes up the mean of the factor's coefficients; None where no level is omitted."""
    others = [one for one in part.term.factors if one != factor]
    if any(one in spec.factor_contrasts for one in others):
        raise ValueError(
            f"normalise={str(factor)!r}: the formula lets it interact with another factor ({part.term}); make one "
            "factor of the two, or leave the interaction out"
        )
    if len(part.columns) % len(levels) == 0 and not _columns_of(part, factor, levels):
        if not others:
            raise ValueError(f"normalise={str(factor)!r} needs an intercept in the formula, to take up the mean effect")
        return None
    if len(_columns_of(part, factor, levels)) != len(levels) - 1 or len(part.columns) != len(levels) - 1:
        raise ValueError(
            f"normalise={str(factor)!r} needs indicators of the levels (treatment coding); the term {part.term} has "
            f"the columns {', '.join(map(str, part.columns[:4]))}"
        )
    if not others:
        return "Intercept"
    alone = next(one for one in spec.structure if set(one.term.factors) == set(others))
    return str(alone.columns[0])


def _columns_of(part: Any, factor: Any, levels: list[str]) -> dict[str, str]:
    """Level -> column of a term, for the levels that have one."""
    return {
        level: str(column) for level in levels for column in part.columns
        if f"{factor}[T.{level}]" in str(column)
    }  # fmt: skip


def _without_base(term: str, normalised: Sequence[str]) -> str:
    """Name the level alone: no level is the base any more."""
    for factor in normalised:
        term = term.replace(f"{factor}[T.", f"{factor}[")
    return term
