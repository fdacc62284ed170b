"""Tables of firms that give no firm away: `suppress` hides unsafe cells and all that reveals them, `audit` attacks.

How it relates to what statistics offices use. acro (Python) checks each cell by itself, as `Rule` does, and hides no
further cells. tau-argus, sdcTable and GaussSuppression hide further cells: by hypercubes (fast, hides most), by network
flows (two dimensions), by Gaussian elimination, or by an integer program solved table by table (modular) or at once
(optimal: Fischetti and Salazar 2001, hides least, slow). `suppress` takes the linear programs of Kelly, Golden and
Assad (1992) over all linked tables at once, keeps the move that each program finds as the proof that a cell is safe,
and shows again what no proof needs: near the optimum, not at it. It asks for more: one pattern serves all variables
and the number of firms; hidden cells of either kind are protected; they are protected against each contributor to
another hidden cell, not only against a firm alone in one; and the sum of the hidden cells of a line passes the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.microdata import additivity, attacker
from analysis.microdata.additivity import Cells
from analysis.microdata.auditing import attack, audit
from analysis.microdata.sensitivity import (
    PUBLISHED,
    SECONDARY,
    Rule,
    cell_facts,
    check_facts,
    check_options,
    columns_of,
)
from analysis.microdata.suppression import Pattern

__all__ = ["Rule", "Suppressed", "audit", "cell_facts", "suppress"]

NOT_COVERED = (
    "Not covered: what a reader knows of how one variable bounds another (persons per firm within a size class); "
    "tables shown elsewhere that share cells with these; firms that pool what they know; statistics passed through."
)


@dataclass(frozen=True, eq=False)
class Suppressed:
    """Tables with their unsafe values removed. Made by `suppress`.

    Attributes
    ----------
    rule : Rule
    tables : dict of DataFrame
        By name, rows and labels as given: dimensions, firms, magnitudes, ratios, statistics, status. Values of hidden
        cells are missing in every column. `status` is published, secondary, or primary with the reason; a reason tells
        more than a gap (fewer than 10 firms), so it is for the office: `release` leaves it out.
    """

    rule: Rule
    tables: dict[str, pd.DataFrame]
    _cells: Cells = field(repr=False)
    _status: np.ndarray = field(repr=False)
    _patterns: tuple[tuple[np.ndarray, Pattern], ...] = field(repr=False)
    _signed: tuple[str, ...] = field(repr=False)
    _total: str = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """The table, or all cells of the linked tables once each."""
        if len(self.tables) == 1:
            return next(iter(self.tables.values())).copy()
        dimensions = list(self._cells.dimensions)
        every = pd.concat([_complete(table, dimensions, self._total) for table in self.tables.values()])
        order = [*dimensions, *(name for name in every.columns if name not in {*dimensions, "status"}), "status"]
        return every.drop_duplicates(dimensions, ignore_index=True)[order]

    def release(self) -> dict[str, pd.DataFrame]:
        """Return the tables as they may leave the office: `status` says published or suppressed, no reason."""
        return {
            name: table.assign(status=np.where(table["status"] == PUBLISHED, PUBLISHED, "suppressed"))
            for name, table in self.tables.items()
        }

    def audit(self) -> pd.DataFrame:
        """Attack the tables: see `audit`, whose frame this is."""
        return self._attacked.copy()

    @cached_property
    def _attacked(self) -> pd.DataFrame:
        return attack(self._cells, self._status, self.rule, self._signed, self._proved())

    def _proved(self) -> set[tuple[int, str]]:
        """Return the cells and variables that a pattern holds a proof for, by position among all cells."""
        return {(int(block[cell]), name) for block, pattern in self._patterns for cell, name in pattern.proofs}

    def loss(self) -> pd.DataFrame:
        """Return what hiding costs: by status, cells and the share of each variable in cells that are no total.

        Returns
        -------
        DataFrame
            status, cells (all), cells_without_totals, and per variable the share of its sum (absolute values).
        """
        totals = {whole for whole, _ in self._cells.lines}
        inner = np.array([cell not in totals for cell in range(len(self._cells))])
        status = pd.Series(self._status, name="status")
        table = pd.DataFrame({"cells": status.groupby(status).size()})
        table["cells_without_totals"] = status[inner].groupby(status[inner]).size()
        for variable in self._cells.variables:
            size = pd.Series(np.abs(self._cells.values(variable)) * inner)
            table[variable] = size.groupby(status).sum() / (size.sum() or np.nan)
        order = sorted(table.index, key=lambda name: (name != PUBLISHED, name == SECONDARY, name))
        return table.loc[order].fillna({"cells_without_totals": 0}).astype({"cells_without_totals": int}).reset_index()

    def report(self) -> str:
        """Say in words, for the office, what was hidden, why, what it costs and how the tables stood the attack."""
        firms = self._cells.values(self._cells.variables[0])
        count = pd.Series(self._status).value_counts()
        names = ", ".join(self._cells.dimensions)
        primary = {name: number for name, number in count.items() if name.startswith("primary")}
        reasons = "; ".join(f"{number:,} {name.removeprefix('primary: ')}" for name, number in sorted(primary.items()))
        hidden = self.loss().query("status != @PUBLISHED")[list(self._cells.variables)].sum()
        shares = ", ".join(f"{100 * share:.1f} % of {name}" for name, share in hidden.items())
        lines = [
            f"Disclosure control of {len(self.tables)} table{'s' * (len(self.tables) != 1)} by {names}: "
            f"{len(firms):,} cells, {int((firms > 0).sum()):,} with firms in them.",
            f"Rule: {self.rule.words()}.",
            f"Unsafe by themselves: {sum(primary.values()):,} cells ({reasons or 'none'}).",
            f"Hidden besides, so that those cannot be worked out: {count.get(SECONDARY, 0):,} cells.",
            f"Shown: {count.get(PUBLISHED, 0):,} cells, of them {int((firms == 0).sum()):,} empty.",
            f"Hidden in cells that are no total: {shares}.",
        ]
        return "\n".join([*lines, self._verdict(), NOT_COVERED])

    def _verdict(self) -> str:
        attacked = self._attacked
        if attacked.empty:
            return "Attack: nothing is hidden."
        exact = int((attacked["upper"] - attacked["lower"] <= attacker.TOLERANCE * attacked["value"].abs()).sum())
        failed = int((~attacked["safe"]).sum())
        unsafe = int((~attacked["safe_from_contributors"]).sum())
        found = f"{failed:,} of {len(attacked):,} hidden values can be placed nearer than the rule allows"
        if not failed:
            least = attacked[["below", "above"]].where(attacked["value"] != 0).min(axis=None)
            nearest = f"; the nearest bound is {100 * least:.1f} % from the truth" if np.isfinite(least) else ""
            found = f"none of {len(attacked):,} hidden values can be placed nearer than the rule allows{nearest}"
        return (
            f"Attack with linear programs: {found}; {exact:,} can be worked out exactly; {unsafe:,} are not safe from "
            "every single contributor."
        )

    def __str__(self) -> str:
        """Return the report."""
        return self.report()


def suppress(
    cells: pd.DataFrame | Mapping[str, pd.DataFrame], rule: Rule, *, dimensions: Sequence[str],
    magnitudes: Sequence[str], firms: str = "firms", ratios: Mapping[str, tuple[str, str]] | None = None,
    statistics: Sequence[str] = (), signed: Collection[str] = (),
    hierarchies: Mapping[str, Mapping[str, Sequence[str]]] | None = None, total: str = "total",
) -> Suppressed:  # fmt: skip
    r"""Remove unsafe values from tables of firms, and further values until no hidden one can be worked out.

    A reader knows every value that is shown, what adds up to what, and that values are not negative. Over all tables
    that fit, the smallest and the largest possible value of a hidden cell with true value v must be at most
    :math:`(1 - r) v` and at least :math:`(1 + r) v`, with r the rule's `protection`: for every hidden cell, primary
    and secondary, in every variable and the number of firms. Where all values of a variable are whole numbers, the
    distance is at least one, since a reader can round; for a hidden zero it is upwards only, one or the smallest value
    there is. The same holds for each firm that is the largest contributor to another hidden cell, with which it shares
    no firm, and knows that much of it (or all of it, if alone there). And where the shown values of a line give the sum
    of its hidden cells, that sum passes the rule too.

    An empty cell is a zero, shown and known to the reader, given as a row or not; it never serves to protect another.

    Parameters
    ----------
    cells : DataFrame or mapping of DataFrame
        One row per cell, margins included; or linked tables by name, each with some of the dimensions (the others are
        at their total in it). Columns: see `cell_facts`, which makes them, and `sensitivity.check_facts`. A total
        without its parts, or parts without their total, are fine; if there are parts, all that hold firms must be
        there.
    rule : Rule
    dimensions : list of str
        Columns that classify. One without totals (years) makes separate tables.
    magnitudes : list of str
        Columns that add up and are shown; all decide which cells are unsafe. Whatever is a sum over firms belongs
        here, and a mean over firms as a ratio of its sum to the number of firms.
    firms : str
        Column with the number of firms, which add up too.
    ratios : mapping, optional
        Name -> (numerator, denominator), of `magnitudes` or `firms`: computed here, so that a ratio cannot give away a
        denominator that was not checked. Missing where the denominator is zero.
    statistics : list of str
        Further columns to show where a cell is shown. They are not attacked: for what does not add up (quantiles).
    signed : list of str
        Magnitudes that may be negative. The reader then has no lower bound.
    hierarchies : mapping, optional
        Dimension -> group -> its parts, as ``{"size": {"sme": ["10-49", "50-249"]}}``. A tree; its groups are labels.
    total : str
        Label of totals.

    Returns
    -------
    Suppressed

    Raises
    ------
    ValueError
        A column that is absent, unknown, not numeric, missing or infinite; a negative value; a cell given twice or
        differently in two tables; a total that is not the sum of its parts; facts that contradict each other.

    References
    ----------
    Kelly, Golden and Assad (1992), Networks 22, 397-417. Fischetti and Salazar (2001), Management Science 47,
    1008-1027. Hundepool et al. (2012), Statistical Disclosure Control, chapter 4. Cox (1981), Journal of
    Statistical Planning and Inference 5, 153-164.

    Examples
    --------
    >>> blocks = [("food", "small", 40, 2.0), ("food", "large", 8, 15.0), ("steel", "small", 50, 3.0),
    ...           ("steel", "large", 12, 20.0), ("paper", "small", 30, 4.0), ("paper", "large", 15, 10.0)]
    >>> register = pd.DataFrame(
    ...     [(industry, size, output) for industry, size, firms, output in blocks for _ in range(firms)],
    ...     columns=["industry", "size", "output"])
    >>> facts = cell_facts(register, dimensions=["industry", "size"], magnitudes=["output"])
    >>> safe = suppress(facts, Rule(min_firms=10), dimensions=["industry", "size"], magnitudes=["output"])
    >>> safe.table[["industry", "size", "output", "status"]]
       industry   size  output                        status
    0      food  large     NaN  primary: fewer than 10 firms
    1      food  small     NaN                     secondary
    2     paper  large     NaN                     secondary
    3     paper  small     NaN                     secondary
    4     steel  large   240.0                     published
    5     steel  small   150.0                     published
    6      food  total   200.0                     published
    7     paper  total   270.0                     published
    8     steel  total   390.0                     published
    9     total  large   510.0                     published
    10    total  small   350.0                     published
    11    total  total   860.0                     published
    """
    ratios, hierarchies = dict(ratios or {}), dict(hierarchies or {})
    linked = isinstance(cells, Mapping)
    tables = dict(cells) if linked else {"table": cells}
    check_options(dimensions, magnitudes, firms, signed, hierarchies)
    _check_shown(tables, dimensions, magnitudes, firms, ratios, statistics)
    facts = {}
    for name, table in tables.items():
        table = _complete(table, dimensions, total) if linked else table
        facts[name] = check_facts(table, rule, dimensions, magnitudes, firms, signed)
    whole = additivity.collect(facts, dimensions, [firms, *magnitudes], hierarchies, total)
    status = rule.reasons(whole.facts, magnitudes, firms)
    size = np.array([np.abs(whole.values(name)) for name in whole.variables])
    distances = attacker.standards(whole, rule, signed)
    patterns = []
    for block in whole.blocks(whole.values(firms) > 0):
        primary = status[block] != PUBLISHED
        if primary.any():
            local = {name: standard.at(block) for name, standard in distances.items()}
            # hiding a cell costs more the more it shows, less than in proportion: few cells are hidden, and small ones
            largest = size[:, block].max(axis=1, keepdims=True)
            weight = np.sqrt((size[:, block] / np.where(largest > 0, largest, 1)).mean(axis=0))
            pattern = Pattern(whole.part(block), rule, local, primary, weight)
            pattern.grow()
            status[block[pattern.hidden & ~primary]] = SECONDARY
            patterns.append((block, pattern))
    keys = whole.facts[list(dimensions)].itertuples(index=False, name=None)
    by_key = dict(zip(keys, status, strict=True))
    safe = {}
    for name, table in tables.items():
        own = [by_key[key] for key in facts[name][list(dimensions)].itertuples(index=False, name=None)]
        axes = [axis for axis in dimensions if axis in table.columns]
        kept = [column for column in statistics if column in table.columns]
        shown = facts[name][[firms, *magnitudes]].assign(
            **{ratio: facts[name][over] / facts[name][under].where(facts[name][under] != 0)
               for ratio, (over, under) in ratios.items()},
            **{column: table[column] for column in kept},
        )  # fmt: skip
        shown = shown.where(pd.Series([word == PUBLISHED for word in own], index=shown.index), axis=0)
        shown = shown.astype({firms: "Int64"})
        safe[name] = pd.concat([table[axes], shown], axis=1).assign(status=own)
    return Suppressed(rule, safe, whole, status, tuple(patterns), tuple(signed), total)


def _check_shown(
    tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str], magnitudes: Sequence[str], firms: str,
    ratios: Mapping[str, tuple[str, str]], statistics: Sequence[str],
) -> None:  # fmt: skip
    """Refuse columns that nobody asked for: they are either shown, or facts behind what is shown, or a leak."""
    if not tables:
        raise ValueError("cells: no tables given")
    made = [*dimensions, firms, *magnitudes, *ratios, *statistics, "status"]
    twice = [name for name in made if made.count(name) > 1]
    if twice:
        raise ValueError(f"column {twice[0]!r} is named twice among dimensions, magnitudes, ratios, statistics, status")
    for name, parts in ratios.items():
        for part in parts:
            if part not in (firms, *magnitudes):
                legal = ", ".join(map(repr, [firms, *magnitudes]))
                raise ValueError(f"ratios: {part!r} of {name!r} is not one of the magnitudes; legal: {legal}")
    behind = [column for name in magnitudes for column in columns_of(name)[1:]]
    for title, table in tables.items():
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"cells: expected a pandas DataFrame for {title!r}, got {type(table).__name__}")
        stray = [c for c in table.columns if c not in {*dimensions, firms, *magnitudes, *statistics, *behind}]
        if stray:
            raise ValueError(
                f"table {title!r}: column {stray[0]!r} is neither among dimensions, magnitudes nor statistics; name it "
                "there to show it (a ratio is computed with ratios=), or drop it"
            )
        absent = [column for column in statistics if column not in table.columns]
        if absent and not any(column in table.columns for column in statistics):
            raise ValueError(f"statistics={absent[0]!r}: no such column in table {title!r}")


def _complete(table: pd.DataFrame, dimensions: Sequence[str], total: str) -> pd.DataFrame:
    """Return a linked table with all dimensions, at their total where it has none."""
    absent = [name for name in dimensions if name not in table.columns]
    if len(absent) == len(dimensions):
        raise ValueError(f"dimensions={list(dimensions)}: the table has none of them, only {list(table.columns)}")
    return table.assign(**{name: total for name in absent})
