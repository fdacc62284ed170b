"""What a reader can work out of a table with gaps: linear programs over all tables that fit what is shown (HiGHS)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import OptimizeResult, linprog

from analysis.microdata.additivity import Cells
from analysis.microdata.sensitivity import Rule

OPTIMAL, INFEASIBLE = 0, 2
ENDLESS = 1e6
"""How far, in units of the value attacked, counts as without end."""
TINY = 1e-12
"""Room to move, in units of the value attacked, that counts as none."""
REACH = 1e3
"""How far, in units of the move wanted, another cell may be asked to move."""
MARGIN = 1e-3
"""Moves are built this much longer than wanted, so that a solver's tolerance cannot leave a cell short."""
TOLERANCE = 1e-6
"""Relative tolerance of bounds."""
NOISE = 1e-7
"""Moves below this are the solver's tolerance."""


@dataclass(frozen=True)
class Standard:
    """How far each value of a variable must be able to move, and how far a reader thinks it could.

    Attributes
    ----------
    need : array
        Distance, both ways, at which each value must be possible if hidden; 0 where nothing can be asked.
    both : array of bool
        Whether the way down is asked for: not for a zero that cannot be less.
    down, up : array
        How far below and above its truth a hidden value may lie for all a reader knows.
    own_down, own_up : array
        The same for the largest contributor to the cell, who knows that much of it (all of it, if alone).
    """

    need: np.ndarray
    both: np.ndarray
    down: np.ndarray
    up: np.ndarray
    own_down: np.ndarray
    own_up: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, largest: np.ndarray, alone: np.ndarray, rule: Rule, signed: bool) -> Standard:
        """Work out the distances of one variable from values, largest contributions and cells of one firm."""
        size = np.abs(values)
        whole = bool((values % 1 == 0).all())
        least = 1.0 if whole else size[size > 0].min(initial=np.inf)
        need = np.maximum(rule.protection * size, 1.0 if whole else 0.0)
        need = np.where(size == 0, least if np.isfinite(least) else 0.0, need)
        down = np.full(len(values), np.inf) if signed else size.copy()
        up = np.full(len(values), np.inf)
        own_down = down.copy() if signed else np.maximum(size - largest, 0.0)
        if rule.known_within is not None:
            known = rule.known_within * size
            need, down, up = np.minimum(need, known), np.minimum(down, known), np.minimum(up, known)
        own_down = np.where(alone, 0.0, np.minimum(own_down, down))
        return cls(need, (size > 0) | signed, down, up, own_down, np.where(alone, 0.0, up))

    def at(self, positions: np.ndarray) -> Standard:
        """Return the standard of some cells."""
        return Standard(*(getattr(self, field.name)[positions] for field in fields(self)))

    def met(self, cell: int, below: float, above: float) -> bool:
        """Whether a value that may lie this far below and above the truth is far enough from known."""
        least = self.need[cell] * (1 - TOLERANCE)
        return bool(above >= least and (below >= least or not self.both[cell]))

    def built(self, cell: int, protection: float, size: float) -> float:
        """Return the length of the move to build: a little more than needed, where there is room."""
        return max(self.need[cell], min(protection * size * (1 + MARGIN), self.down[cell], self.up[cell]))


def standards(cells: Cells, rule: Rule, signed: Collection[str] = ()) -> dict[str, Standard]:
    """Return the standard of every variable: the number of firms first, to which each firm contributes one."""
    firms = cells.values(cells.variables[0])
    found = {cells.variables[0]: Standard.of(firms, np.ones(len(cells)), firms == 1, rule, False)}
    for name in cells.variables[1:]:
        largest = cells.facts[f"{name}_largest"].to_numpy(dtype=float)
        found[name] = Standard.of(cells.values(name), largest, firms == 1, rule, name in signed)
    return found


def furthest(matrix: sparse.csc_matrix, cell: int, down: np.ndarray, up: np.ndarray) -> tuple[float, float]:
    """Return how far one hidden value can fall and rise when hidden values trade off along lines.

    The reader knows the lines (``matrix @ move = 0``) and how far each value could be from the true one. Moves from
    the true values describe the same tables as the values themselves and suffer no rounding of large totals.

    Parameters
    ----------
    matrix : sparse (lines x hidden cells)
    cell : int
        Column of the cell under attack.
    down, up : array
        How far each hidden value may lie below and above the truth; up may be infinite.

    Returns
    -------
    (float, float)
        Furthest below and above, in the same unit; infinite where nothing bounds it.

    Raises
    ------
    ArithmeticError
        If the solver gives up, so that nothing is called safe unseen.
    """
    used = sparse.csr_matrix(matrix)
    used = used[np.diff(used.indptr) > 0]
    # room that is tiny or endless spoils the solver's scaling; less room can only make a value look better known
    down, up = (np.where(room > TINY, np.minimum(room, ENDLESS), 0.0) for room in (down, up))
    bounds = np.column_stack([-down, up])
    ends = []
    for sign in (1.0, -1.0):
        cost = np.zeros(len(down))
        cost[cell] = sign
        answer = _solve(cost, used, bounds)
        if answer.status != OPTIMAL:
            raise ArithmeticError(f"the solver could not bound a hidden value: {answer.message}")
        ends.append(max(-answer.fun, 0.0) if -answer.fun < ENDLESS * (1 - TOLERANCE) else np.inf)
    return ends[0], ends[1]


def cheapest_move(
    matrix: sparse.csc_matrix, cell: int, down: np.ndarray, up: np.ndarray, cost: np.ndarray, fixed: np.ndarray
) -> np.ndarray | None:
    """Return the cheapest way to move one cell up by one unit without breaking a line, or None if there is none.

    The linear program of Kelly, Golden and Assad (1992): cells that move must be hidden, and hiding costs. The price
    of a cell is spread over the most it can carry; a second program with prices spread over what the first made each
    cell carry draws the move into fewer cells (the reweighting of sparse approximation).

    Parameters
    ----------
    matrix : sparse (lines x cells)
    cell : int
        The cell to move.
    down, up : array
        The most each cell may fall and rise, in units of the move.
    cost : array
        Price of hiding each cell; for hidden ones the (small) price of leaning on them.
    fixed : array of bool
        Cells hidden already, whose price is per unit.

    Returns
    -------
    array or None
        The move of every cell, 1 for the cell itself.
    """
    down, up = np.minimum(down, REACH), np.minimum(up, REACH)
    usable = np.flatnonzero((down > NOISE) | (up > NOISE))
    down, up, cost, fixed = down[usable], up[usable], cost[usable], fixed[usable]
    size = len(usable)
    part = sparse.csr_matrix(sparse.hstack([matrix[:, usable], -matrix[:, usable]]))
    part = part[np.diff(part.indptr) > 0]
    own = int(np.searchsorted(usable, cell))
    lower, upper = np.zeros(2 * size), np.concatenate([up, down])
    lower[own] = upper[own] = 1.0
    upper[size + own] = 0.0
    bounds = np.column_stack([lower, upper])
    carried = np.clip(np.maximum(down, up), NOISE, 1.0)
    move = None
    for _ in range(2):
        price = np.where(fixed, cost, cost / carried)
        answer = _solve(np.concatenate([price, price]), part, bounds)
        if answer.status != OPTIMAL:
            break
        move = answer.x[:size] - answer.x[size:]
        move[np.abs(move) < NOISE] = 0.0
        if ((move != 0) & ~fixed).sum() <= 1:
            break
        carried = np.abs(move) + 1e-3
    if move is None:
        return None
    whole = np.zeros(matrix.shape[1])
    whole[usable] = move
    return whole


def _solve(cost: np.ndarray, lines: sparse.csr_matrix, bounds: np.ndarray) -> OptimizeResult:
    """Minimise the cost of a move that breaks no line; presolving costs more than it saves, so it is the second try."""
    for presolve in (False, True):
        answer = linprog(
            cost, A_eq=lines, b_eq=np.zeros(lines.shape[0]), bounds=bounds, method="highs",
            options={"presolve": presolve},
        )  # fmt: skip
        if answer.status == OPTIMAL or (answer.status == INFEASIBLE and presolve):
            break
    return answer
