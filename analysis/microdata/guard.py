"""What of the moments may be shown: one pattern for all families, from the facts of cells and of their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.microdata import by_size
from analysis.microdata.disclosure import Rule, Suppressed, suppress
from analysis.microdata.sensitivity import PUBLISHED, columns_of
from analysis.microdata.tabulation import TOTAL, View

SIGNED = ("output", "output_hours")
"""Sums that may be negative."""
DIGITS = 12
APART = "all of them"
"""Name, while patterns are sought, of a total that is not the sum of its parts."""


@dataclass(frozen=True, eq=False)
class Guard:
    """What may be shown of the cells of a register.

    Attributes
    ----------
    view : View
    rule : Rule or None
        None hides nothing.
    cells : DataFrame
        Keys and size class of every cell, its firms, and whether it is hidden.
    groups : DataFrame
        The same of all size classes together: the cells of the other families.
    safe : Suppressed or None
        The table by size class, which `audit` attacks.
    """

    view: View
    rule: Rule | None
    cells: pd.DataFrame
    groups: pd.DataFrame
    safe: Suppressed | None

    @classmethod
    def of(cls, view: View, held: pd.DataFrame, rule: Rule | None) -> Guard:
        """Find the pattern of the table by size class.

        Small firms together are the total less the largest class, so that they are hidden exactly where one of these
        is, and the pattern is sought without them.

        Parameters
        ----------
        view : View
        held : DataFrame
            Of `by_size.cells`.
        rule : Rule or None
        """
        keys = by_size.keys(view)
        cells = held[[*keys, "firms"]].assign(hidden=False).reset_index(drop=True)
        safe = None
        if rule is not None:
            group = None if view.sized else by_size.small(view.schema.size_classes)
            own = cells.index[cells[by_size.SIZE] != group] if group else cells.index
            safe = _suppress(view, held.iloc[own].reset_index(drop=True), rule, keys)
            cells.loc[own, "hidden"] = _hidden(safe)
            if group:
                pair = cells[by_size.SIZE].isin([TOTAL, view.schema.size_classes[-1]])
                gone = pd.MultiIndex.from_frame(cells.loc[cells["hidden"] & pair, view.keys])
                rest = cells[by_size.SIZE] == group
                cells.loc[rest, "hidden"] = pd.MultiIndex.from_frame(cells.loc[rest, view.keys]).isin(gone)
        groups = cells if view.sized else cells[cells[by_size.SIZE] == TOTAL].drop(columns=by_size.SIZE)
        return cls(view, rule, cells, groups.reset_index(drop=True), safe)

    def hide(self, parts: pd.DataFrame, additive: Sequence[str]) -> pd.Series:
        """Return whether each part of a cell is to be hidden.

        Parameters
        ----------
        parts : DataFrame
            Facts of parts: keys, part, and as of `tabulation.facts`.
        additive : sequence of str
            Keys over which the parts of cells add up to those of totals: whatever would reveal a part by subtraction
            is hidden too.
        """
        if self.rule is None:
            return pd.Series(False, index=parts.index)
        table = parts.reset_index(drop=True).copy()
        for key in set(self.view.by) - set(additive):
            table[key] = table[key].where(table[key] != TOTAL, APART)
        return pd.Series(_hidden(_suppress(self.view, table, self.rule, [*self.view.keys, "part"])), index=parts.index)


def _suppress(view: View, table: pd.DataFrame, rule: Rule, dimensions: list[str]) -> Suppressed:
    columns = [column for name in view.magnitudes for column in columns_of(name)]
    # threads add up in different orders: the last digits must not decide between two patterns
    exact = table[columns].apply(lambda column: [float(f"{value:.{DIGITS}g}") for value in column])
    return suppress(
        table[[*dimensions, "firms"]].join(exact), rule, dimensions=dimensions, magnitudes=list(view.magnitudes),
        signed=[name for name in SIGNED if name in view.magnitudes], total=TOTAL,
    )  # fmt: skip


def _hidden(safe: Suppressed):
    return safe.table["status"].ne(PUBLISHED).to_numpy()
