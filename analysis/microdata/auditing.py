"""An attack on tables with gaps: how near a reader, or a firm in one of them, comes to each hidden value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from analysis import checks
from analysis.microdata import additivity, attacker
from analysis.microdata.additivity import Cells
from analysis.microdata.attacker import Standard
from analysis.microdata.sensitivity import PUBLISHED, SECONDARY, Rule, check_facts, check_options


def audit(
    cells: pd.DataFrame, rule: Rule, *, hidden: str, dimensions: Sequence[str], magnitudes: Sequence[str],
    firms: str = "firms", signed: Collection[str] = (),
    hierarchies: Mapping[str, Mapping[str, Sequence[str]]] | None = None, total: str = "total",
) -> pd.DataFrame:  # fmt: skip
    """Attack a table with gaps, whoever made them, and say how near a reader comes to each hidden value.

    Parameters
    ----------
    cells : DataFrame
        True facts of all cells, as for `suppress`.
    rule : Rule
        Its `protection` and `known_within` are used.
    hidden : str
        Column of booleans: whether the cell is hidden from the reader.
    dimensions, magnitudes, firms, signed, hierarchies, total
        As for `suppress`.

    Returns
    -------
    DataFrame
        One row per hidden cell and variable: dimensions, status (primary with the reason, or secondary), variable,
        value, lower, upper (the nearest bounds a reader can prove), below, above (their distance as shares of the
        value), safe (both bounds far enough: see `suppress`), safe_from_contributors (also for every single
        contributor to another hidden cell).

    Raises
    ------
    ValueError
        As `suppress`; or if `hidden` is not a column of booleans.
    ArithmeticError
        If the solver gives up on a value.

    Examples
    --------
    >>> cells = pd.DataFrame({
    ...     "size": ["small", "large", "total"], "firms": [40, 2, 42], "output": [90.0, 60.0, 150.0],
    ...     "output_largest": [5.0, 50.0, 50.0], "hidden": [False, True, False]})
    >>> found = audit(cells, Rule(), hidden="hidden", dimensions=["size"], magnitudes=["output"])
    >>> found[["size", "variable", "value", "lower", "upper", "safe"]]
        size variable  value  lower  upper   safe
    0  large    firms    2.0    2.0    2.0  False
    1  large   output   60.0   60.0   60.0  False
    """
    check_options(dimensions, magnitudes, firms, signed, hierarchies or {})
    checks.require_columns(cells, {"hidden": hidden})
    if not pd.api.types.is_bool_dtype(cells[hidden]) or cells[hidden].isna().any():
        raise ValueError(f"hidden={hidden!r}: the column holds {cells[hidden].dtype}, True or False is needed")
    facts = check_facts(cells, rule, dimensions, magnitudes, firms, signed)
    gaps = set(facts.loc[cells[hidden].to_numpy(dtype=bool), list(dimensions)].itertuples(index=False, name=None))
    whole = additivity.collect({"table": facts}, dimensions, [firms, *magnitudes], dict(hierarchies or {}), total)
    own = rule.reasons(whole.facts, magnitudes, firms)
    keys = whole.facts[list(dimensions)].itertuples(index=False, name=None)
    status = np.array(
        [PUBLISHED if key not in gaps else SECONDARY if reason == PUBLISHED else reason
         for key, reason in zip(keys, own, strict=True)], dtype=object,
    )  # fmt: skip
    return attack(whole, status, rule, signed, set())


def attack(
    whole: Cells, status: np.ndarray, rule: Rule, signed: Collection[str], proved: set[tuple[int, str]]
) -> pd.DataFrame:
    """Bound every hidden value; `proved` holds (cell, variable) that need no attack by contributors."""
    dimensions, hidden = list(whole.dimensions), status != PUBLISHED
    distances = attacker.standards(whole, rule, signed)
    rows = []
    for block in whole.blocks(hidden) if hidden.any() else []:
        matrix = whole.matrix[:, block]
        for name, standard in distances.items():
            values = whole.values(name)[block]
            local = standard.at(block)
            for own, cell in enumerate(block):
                size = max(abs(values[own]), local.need[own]) or 1.0
                below, above = attacker.furthest(matrix, own, local.down / size, local.up / size)
                below, above = below * size, above * size
                safe = local.met(own, below, above)
                blind = safe and ((cell, name) in proved or _contributors_blind(whole, block, matrix, local, own, size))
                share = abs(values[own]) or np.nan
                rows.append((
                    cell, name, values[own], values[own] - below, values[own] + above, below / share, above / share,
                    safe, blind,
                ))  # fmt: skip
    columns = ["_cell", "variable", "value", "lower", "upper", "below", "above", "safe", "safe_from_contributors"]
    found = pd.DataFrame(rows, columns=columns).astype({"_cell": int, "safe": bool, "safe_from_contributors": bool})
    place = whole.facts[dimensions].iloc[found["_cell"]].reset_index(drop=True)
    place["status"] = status[found["_cell"]]
    found = pd.concat([place, found.drop(columns="_cell")], axis=1)
    rank = found["variable"].map({name: number for number, name in enumerate(whole.variables)})
    text = found[dimensions].astype(str)
    return found.iloc[np.lexsort((rank, *(text[name] for name in reversed(dimensions))))].reset_index(drop=True)


def _contributors_blind(
    whole: Cells, block: np.ndarray, matrix: sparse.csc_matrix, standard: Standard, own: int, size: float
) -> bool:
    """Attack one hidden value as each contributor to a hidden cell that shares no firm with it."""
    apart = ~whole.overlapping(int(block[own]))[block]
    knows = (standard.own_down < standard.down) | (standard.own_up < standard.up)
    for other in np.flatnonzero(apart & knows):
        down, up = standard.down.copy(), standard.up.copy()
        down[other], up[other] = standard.own_down[other], standard.own_up[other]
        below, above = attacker.furthest(matrix, own, down / size, up / size)
        if not standard.met(own, below * size, above * size):
            return False
    return True
