"""What adds up to what in tables with margins, groups and shared cells: the sums a reader can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sparse
from scipy.sparse.csgraph import connected_components

SLACK = 1e-6
"""A total may differ from its parts by this share of them: sums of floats in different orders."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one or several tables, once each, and the lines of addition between them.

    The order of cells depends on their figures and place only, so that neither the order of rows nor the names of
    labels can change which of two patterns is found.
    """

    facts: pd.DataFrame
    dimensions: tuple[str, ...]
    variables: tuple[str, ...]
    """What adds up: the number of firms first."""
    lines: tuple[tuple[int, tuple[int, ...]], ...]
    """(total, parts) by position."""
    above: tuple[np.ndarray, ...] = field(repr=False)
    """Per dimension and pair of labels: whether the first holds the second."""
    codes: np.ndarray = field(repr=False)
    """Cells x dimensions: position of the label in `above`."""

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.facts)

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """Lines x cells: parts count 1, the total -1; any table the reader can think of gives zero."""
        rows = [number for number, (_, parts) in enumerate(self.lines) for _ in range(len(parts) + 1)]
        columns = [cell for total, parts in self.lines for cell in (total, *parts)]
        signs = [sign for _, parts in self.lines for sign in (-1.0, *[1.0] * len(parts))]
        return sparse.csc_matrix((signs, (rows, columns)), shape=(len(self.lines), len(self)))

    def values(self, variable: str) -> np.ndarray:
        """Return the values of a variable in all cells."""
        return self.facts[variable].to_numpy(dtype=float)

    def overlapping(self, cell: int) -> np.ndarray:
        """Return which cells may share firms with a cell: in every dimension one label holds the other."""
        shared = np.ones(len(self), dtype=bool)
        for holds, codes in zip(self.above, self.codes.T, strict=True):
            shared &= holds[codes, codes[cell]] | holds[codes[cell], codes]
        return shared

    def part(self, positions: np.ndarray) -> Cells:
        """Return the cells at some positions, in order, with what remains of the lines; other cells must be empty."""
        place = {int(old): new for new, old in enumerate(positions)}
        lines = tuple(
            (place[whole], tuple(place[part] for part in parts if part in place))
            for whole, parts in self.lines
            if whole in place
        )
        facts = self.facts.iloc[positions].reset_index(drop=True)
        return Cells(facts, self.dimensions, self.variables, lines, self.above, self.codes[positions])

    def blocks(self, among: np.ndarray) -> list[np.ndarray]:
        """Return the positions among which lines connect cells, as separate sets, in order of first cell."""
        positions = np.flatnonzero(among)
        part = abs(self.matrix[:, positions])
        _, label = connected_components(part.T @ part, directed=False)
        return [positions[label == number] for number in dict.fromkeys(label)]


def collect(
    tables: Mapping[str, pd.DataFrame], dimensions: Sequence[str], variables: Sequence[str],
    hierarchies: Mapping[str, Mapping[str, Sequence[str]]], total: str,
) -> Cells:  # fmt: skip
    """Put checked tables together: shared cells once, and every line of addition that is in them.

    Parameters
    ----------
    tables : mapping
        Name -> facts of cells with all dimensions as columns.
    dimensions, variables : list of str
    hierarchies : mapping
        Dimension -> group -> its parts.
    total : str
        Label of margins.

    Raises
    ------
    ValueError
        Two tables differ on a shared cell; a line does not add up; a hierarchy that is no tree.
    """
    trees = {name: _tree(name, hierarchies.get(name, {}), total) for name in dimensions}
    facts = _merge(tables, list(dimensions))
    keys = list(facts[list(dimensions)].itertuples(index=False, name=None))
    lines = list(_lines(keys, trees, total))
    _check_sums(facts, lines, dimensions, variables)
    numbers = [column for column in facts.columns if column not in dimensions]
    own = list(facts[numbers].itertuples(index=False, name=None))
    over: list[list[tuple]] = [[] for _ in keys]
    for whole, parts in lines:
        for part in parts:
            over[part].append(own[whole])
    order = sorted(range(len(keys)), key=lambda i: (own[i], sorted(over[i]), tuple(map(str, keys[i]))))
    place = {old: new for new, old in enumerate(order)}
    sorted_lines = sorted((place[whole], tuple(sorted(place[part] for part in parts))) for whole, parts in lines)
    facts = facts.iloc[order].reset_index(drop=True)
    above, codes = [], []
    for name in dimensions:
        labels = list(dict.fromkeys(facts[name]))
        position = {label: number for number, label in enumerate(labels)}
        holds = np.eye(len(labels), dtype=bool)
        for label in labels:
            upper = label
            while upper in trees[name]:
                upper = trees[name][upper]
                if upper in position:
                    holds[position[upper], position[label]] = True
        if total in position:
            holds[position[total], :] = True
        above.append(holds)
        codes.append([position[label] for label in facts[name]])
    return Cells(facts, tuple(dimensions), tuple(variables), tuple(sorted_lines), tuple(above), np.array(codes).T)


def _tree(dimension: str, groups: Mapping[str, Sequence[str]], total: str) -> dict[str, str]:
    """Return the group above each label."""
    above: dict[str, str] = {}
    for group, parts in groups.items():
        if isinstance(parts, str) or not len(parts):
            raise ValueError(f"hierarchies: group {group!r} of {dimension!r} needs a list of its parts, got {parts!r}")
        for part in parts:
            if part in above:
                raise ValueError(f"hierarchies: {part!r} of {dimension!r} is in both {above[part]!r} and {group!r}")
            if total in (part, group):
                raise ValueError(f"hierarchies: {total!r} of {dimension!r} is the total; name only groups below it")
            above[part] = group
    for label in above:
        seen = {label}
        while label in above:
            label = above[label]
            if label in seen:
                raise ValueError(f"hierarchies: {label!r} of {dimension!r} is a part of itself")
            seen.add(label)
    return above


def _merge(tables: Mapping[str, pd.DataFrame], dimensions: list[str]) -> pd.DataFrame:
    every = pd.concat([table.assign(_table=name) for name, table in tables.items()], ignore_index=True)
    numbers = [column for column in every.columns if column not in {*dimensions, "_table"}]
    first = every.groupby(dimensions, sort=False, dropna=False)[numbers].transform("first")
    differs = (every[numbers] - first).abs() > SLACK * (every[numbers].abs() + first.abs())
    if differs.any(axis=None):
        row = every[differs.any(axis=1)].iloc[0]
        where = ", ".join(f"{name}={row[name]!r}" for name in dimensions)
        column = differs.loc[row.name].idxmax()
        raise ValueError(
            f"table {row['_table']!r} differs from another on a shared cell ({where}): column {column!r} is "
            f"{row[column]:g}, in the other {first.loc[row.name, column]:g}"
        )
    return every.drop_duplicates(dimensions).drop(columns="_table").reset_index(drop=True)


def _lines(
    keys: Sequence[tuple], trees: Mapping[str, Mapping[str, str]], total: str
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Find every total and its parts, one dimension at a time; a part without a row is empty."""
    for axis, tree in enumerate(trees.values()):
        below: dict[object, list[object]] = {total: []}
        for label in dict.fromkeys([*tree, *tree.values(), *(key[axis] for key in keys)]):
            if label != total:
                below.setdefault(tree.get(label, total), []).append(label)
        rows: dict[tuple, dict[object, int]] = {}
        for position, key in enumerate(keys):
            rows.setdefault(key[:axis] + key[axis + 1 :], {})[key[axis]] = position
        for present in rows.values():
            for whole in below:
                parts = tuple(_parts(whole, below, present)) if whole in present else ()
                if parts:
                    yield present[whole], parts


def _parts(whole: object, below: Mapping[object, list[object]], present: Mapping[object, int]) -> Iterator[int]:
    """Give the parts of a label in one line; a group without a row gives its own parts."""
    for label in below.get(whole, []):
        if label in present:
            yield present[label]
        else:
            yield from _parts(label, below, present)


def _check_sums(
    facts: pd.DataFrame, lines: Sequence[tuple[int, tuple[int, ...]]], dimensions: Sequence[str],
    variables: Sequence[str],
) -> None:  # fmt: skip
    for variable in variables:
        values = facts[variable].to_numpy(dtype=float)
        for whole, parts in lines:
            found = values[list(parts)]
            if abs(found.sum() - values[whole]) > SLACK * np.abs([*found, values[whole]]).sum():
                where = ", ".join(f"{name}={facts.loc[whole, name]!r}" for name in dimensions)
                raise ValueError(
                    f"column {variable!r} does not add up at {where}: the total is {values[whole]:.12g}, its "
                    f"{len(parts)} parts {found.sum():.12g}; give every part (a row for the rest), unrounded, and "
                    "count each firm in one part only"
                )
