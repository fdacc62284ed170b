"""Which further cells to hide so that no hidden one can be worked out: a cheap pattern, with a proof for each cell."""

from __future__ import annotations

import numpy as np

from analysis.microdata import attacker
from analysis.microdata.additivity import Cells
from analysis.microdata.attacker import Standard
from analysis.microdata.sensitivity import PUBLISHED, Rule, union

TOUCH = 1e-9
LEAN = 1e-4
"""Price, against hiding a cell, of a move by which a contributor could see through it."""
RELEASES = 1_500
"""Linear programs spent, per table, on showing cells again that turn out not to be needed."""


class Pattern:
    """Cells to hide in one connected table, grown until every hidden cell has a proof that it is safe.

    A proof is a move: a change of hidden cells that breaks no line and keeps every value possible, so that the table
    after the move is one the reader must allow for. One that takes the cell to the distance its `Standard` asks for
    protects it against readers; one that, besides, takes no more from another cell than its largest contributor
    allows protects it against that contributor.

    Parameters
    ----------
    cells : Cells
        Cells that are not empty.
    rule : Rule
    standards : dict of Standard
        By variable, for these cells.
    primary : array of bool
    weight : array
        What hiding each cell costs.
    """

    def __init__(
        self, cells: Cells, rule: Rule, standards: dict[str, Standard], primary: np.ndarray, weight: np.ndarray
    ):
        self.cells, self.rule, self.standards = cells, rule, standards
        self.primary, self.weight = primary, weight
        self.hidden = primary.copy()
        self.proofs: dict[tuple[int, str], list[int]] = {}
        self.programs = 0
        self._moves: list[tuple[np.ndarray, np.ndarray]] = []
        self._through: list[list[int]] = [[] for _ in range(len(cells))]
        self._broken: set[int] = set()
        self._overlaps: dict[int, np.ndarray] = {}

    def grow(self) -> None:
        """Hide cells until every hidden one is proved safe; then show those that were not needed after all.

        There always is such a pattern: with every cell hidden, growing or shrinking all the firms of a cell alike is a
        move that proves it.
        """
        proved: set[int] = set()
        while True:
            fresh = set(np.flatnonzero(self.hidden).tolist()) - proved
            for cell in sorted(fresh, key=lambda cell: (-self.weight[cell], cell)):
                if not self.prove(cell):  # the solver found none: show nothing
                    self.hidden = np.ones(len(self.cells), dtype=bool)
                    return
            proved |= fresh
            if not self._close_sums() and proved.issuperset(np.flatnonzero(self.hidden).tolist()):
                break
        self._release()

    def _exposed(self, line: tuple[int, tuple[int, ...]]) -> bool:
        """Whether what is shown of a line gives the sum of its hidden cells, and the rule forbids to show that sum."""
        total, parts = line
        hidden = [part for part in parts if self.hidden[part]]
        if self.hidden[total] or not hidden:
            return False
        firms, *magnitudes = self.cells.variables
        together = union(self.cells.facts.iloc[hidden], magnitudes, firms)
        return self.rule.reasons(together, magnitudes, firms)[0] != PUBLISHED

    def _close_sums(self) -> bool:
        """Hide one more cell, the cheapest, in lines that give away an unsafe sum; return whether there were any."""
        found = False
        for line in self.cells.lines:
            while self._exposed(line):
                found = True
                shown = [cell for cell in (line[0], *line[1]) if not self.hidden[cell]]
                self.hidden[min(shown, key=lambda cell: (self.weight[cell], cell))] = True
        return found

    def prove(self, cell: int, recruit: bool = True) -> bool:
        """Find the moves that prove a cell safe in every variable; with `recruit`, hide what they need."""
        return all(self._prove(cell, name, recruit) for name in self.standards)

    def _prove(self, cell: int, name: str, recruit: bool) -> bool:
        standard = self.standards[name]
        if standard.need[cell] == 0:
            return True
        unit = standard.built(cell, self.rule.protection, abs(self.cells.values(name)[cell]))
        if cell not in self._overlaps:
            self._overlaps[cell] = self.cells.overlapping(cell)
        # a firm that may be in the cell itself knows its part of it whatever is hidden elsewhere
        exempt = self._overlaps[cell]
        down, up = standard.down / unit, standard.up / unit
        own_down = np.where(exempt, down, standard.own_down / unit)
        own_up = np.where(exempt, up, standard.own_up / unit)
        if standard.both[cell]:  # a move whose reverse is possible too
            down = up = np.minimum(down, up)
            own_down = own_up = np.minimum(own_down, own_up)
        up = up.copy()
        up[cell] = own_up[cell] = max(up[cell], 1.0)
        number, move = self._recall(cell, own_down, own_up)
        if move is not None:
            self.proofs[cell, name] = [number]
            return True
        lean = LEAN / (0.01 + np.minimum(own_down, own_up))
        number, move = self._find(cell, down, up, lean, recruit)
        if move is None:
            return False
        numbers = [number]
        for other in np.flatnonzero((-move > own_down + TOUCH) | (move > own_up + TOUCH)):
            less, more = down.copy(), up.copy()
            less[other], more[other] = own_down[other], own_up[other]
            number, found = self._find(cell, less, more, lean, recruit)
            if found is None:
                return False
            numbers.append(number)
        self.proofs[cell, name] = numbers
        return True

    def _recall(self, cell: int, down: np.ndarray, up: np.ndarray) -> tuple[int, np.ndarray | None]:
        """Return a known move among hidden cells that, scaled to one unit of the cell, fits; and its number."""
        for number in self._through[cell]:
            if number in self._broken:
                continue
            where, size = self._moves[number]
            scaled = size / size[np.searchsorted(where, cell)]
            if (scaled <= up[where] + TOUCH).all() and (-scaled <= down[where] + TOUCH).all():
                move = np.zeros(len(self.cells))
                move[where] = scaled
                return number, move
        return -1, None

    def _find(
        self, cell: int, down: np.ndarray, up: np.ndarray, lean: np.ndarray, recruit: bool
    ) -> tuple[int, np.ndarray | None]:
        """Return a move among hidden cells if there is one, else the one that hides least (with `recruit`)."""
        number, move = self._recall(cell, down, up)
        if move is not None:
            return number, move
        for among in [self.hidden, np.ones(len(self.cells), dtype=bool)][: 2 if recruit else 1]:
            self.programs += 1
            less, more = np.where(among, down, 0.0), np.where(among, up, 0.0)
            cost = np.where(self.hidden, lean, self.weight)
            move = attacker.cheapest_move(self.cells.matrix, cell, less, more, cost, self.hidden)
            if move is not None:
                self.hidden = self.hidden | (move != 0)
                return self._remember(move), move
        return -1, None

    def _remember(self, move: np.ndarray) -> int:
        where = np.flatnonzero(move)
        for cell in where:
            self._through[cell].append(len(self._moves))
        self._moves.append((where, move[where]))
        return len(self._moves) - 1

    def _release(self) -> None:
        """Show cells that are not needed, the costliest first."""
        through: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(len(self.cells))]
        for line in self.cells.lines:
            for cell in (line[0], *line[1]):
                through[cell].append(line)
        limit = self.programs + RELEASES
        candidates = np.flatnonzero(self.hidden & ~self.primary)
        for cell in sorted(candidates, key=lambda cell: (-self.weight[cell], cell)):
            before = self.hidden, self._broken, dict(self.proofs)
            self.hidden = self.hidden.copy()
            self.hidden[cell] = False
            # one hidden cell alone in a line can be worked out
            alone = any(self.hidden[[line[0], *line[1]]].sum() == 1 for line in through[cell])
            if self.programs > limit or alone or any(map(self._exposed, through[cell])):
                self.hidden = before[0]
                continue
            broken = set(self._through[cell])
            self._broken = self._broken | broken
            for name in self.standards:
                self.proofs.pop((cell, name), None)
            leaning = [key for key, numbers in self.proofs.items() if not broken.isdisjoint(numbers)]
            if not all(self._prove(*key, recruit=False) for key in leaning):
                self.hidden, self._broken, self.proofs = before
