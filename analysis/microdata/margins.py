"""Counts that meet margins: generalised raking, rounding that keeps totals, and firm sizes that add up to a total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rake(
    start: np.ndarray, totals: np.ndarray, targets: np.ndarray, directions: np.ndarray, names: Sequence[str],
    tolerance: float = 1e-10,
) -> np.ndarray:  # fmt: skip
    r"""Move positive counts as little as needed to meet linear totals.

    The result is :math:`n_k = n^0_k \exp(\sum_m \lambda_m b_{mk})` with :math:`\lambda` such that
    :math:`\sum_k a_{mk} n_k = t_m`. With directions equal to the totals this is raking; with others (the logarithm of
    size where the total counts persons) it is generalised calibration, which keeps the tail of a size distribution from
    running to its last class.

    Parameters
    ----------
    start : array of shape (cells,)
        Positive counts.
    totals : array of shape (margins, cells)
        Coefficients of the totals.
    targets : array of shape (margins,)
        What they have to be; margins may be redundant if their targets agree.
    directions : array of shape (margins, cells)
        The functions in which counts move.
    names : sequence of str
        Names of the margins, for the error.
    tolerance : float
        Largest deviation, relative to the target (or to the sum of the absolute terms, where the target is 0).

    Returns
    -------
    array of shape (cells,)

    Raises
    ------
    ValueError
        If the margins cannot be met together, naming the one that is missed most.

    References
    ----------
    Deville and Särndal (1992), Journal of the American Statistical Association 87; Kott (2006), Survey Methodology 32.

    Examples
    --------
    >>> a = np.array([[1.0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]])
    >>> rake(np.ones(4), a, np.array([3.0, 1.0, 2.0]), a, ["row 1", "row 2", "column 1"]).round(6)
    array([1.5, 1.5, 0.5, 0.5])
    """
    scale = np.where(targets != 0, targets, np.einsum("mk,k->m", np.abs(totals), start))
    a, goal = totals / scale[:, None], targets / scale
    exponent = np.zeros(len(start))
    # plain loops: on matrices of this size threads cost more than they save, and their sums vary in the last digit
    counts, off = start, goal - np.einsum("mk,k->m", a, start)
    for _ in range(100):
        if np.abs(off).max() <= tolerance:
            return counts
        step = np.linalg.lstsq(np.einsum("mk,k,nk->mn", a, counts, directions), off, rcond=1e-12)[0]
        moved = np.einsum("mk,m->k", directions, step)
        length = min(1.0, 3.0 / max(np.abs(moved).max(), 1e-300))
        while length > 1e-8:
            trial = start * np.exp(np.clip(exponent + length * moved, -200, 200))
            left = goal - np.einsum("mk,k->m", a, trial)
            if np.linalg.norm(left) < np.linalg.norm(off) * (1 - 1e-4 * length):
                break
            length /= 2
        else:
            break
        exponent, counts, off = exponent + length * moved, trial, left
    worst = int(np.abs(off).argmax())
    raise ValueError(
        f"the margins cannot be met together: {names[worst]} is off by {abs(off[worst]):.2%} of its target; "
        "check that the figures describe one population"
    )


def whole(values: np.ndarray, total: int, floor: np.ndarray | int = 0) -> np.ndarray:
    """Round to whole numbers that add up to a total: largest remainders first.

    Parameters
    ----------
    values : array of shape (n,)
        Not negative; scaled to the total first.
    total : int
    floor : array or int
        Smallest count of each; taken off before and added after.

    Returns
    -------
    array of int64

    Raises
    ------
    ValueError
        If the floors already exceed the total.

    Examples
    --------
    >>> whole(np.array([1.4, 1.4, 0.2]), 3)
    array([2, 1, 0])
    """
    values = np.asarray(values, dtype=float)
    floor = np.broadcast_to(np.asarray(floor, dtype=np.int64), values.shape)
    if floor.sum() > total:
        raise ValueError(f"a total of {total} cannot be shared out with at least {int(floor.sum())} units taken")
    if values.sum() <= 0:
        values = np.ones_like(values)
    wanted = values / values.sum() * total
    counts = np.maximum(np.floor(wanted).astype(np.int64), floor)
    while (over := int(counts.sum()) - total) > 0:  # floors took too much: give back where most is above its share
        above = np.where(counts > floor, counts - wanted, -np.inf)
        chosen = np.argsort(-above, kind="stable")[: min(over, int(np.isfinite(above).sum()))]
        counts[chosen] -= 1
    short = total - int(counts.sum())
    if short:
        counts[np.argsort(counts - wanted, kind="stable")[:short]] += 1
    return counts


def proportional(start: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fit a table to row and column sums by iterated proportional scaling.

    Raises
    ------
    ValueError
        If the sums cannot both be met, which happens when empty cells leave no room.

    References
    ----------
    Deming and Stephan (1940), Annals of Mathematical Statistics 11.

    Examples
    --------
    >>> proportional(np.ones((2, 2)), np.array([3.0, 1.0]), np.array([2.0, 2.0]))
    array([[1.5, 1.5],
           [0.5, 0.5]])
    """
    table = start.astype(float)
    for _ in range(500):
        table *= np.divide(rows, table.sum(axis=1), out=np.zeros_like(rows), where=rows > 0)[:, None]
        sums = table.sum(axis=0)
        if np.all(np.abs(sums - columns) <= 1e-12 * columns.sum()):
            return table
        table *= np.divide(columns, sums, out=np.zeros_like(columns), where=columns > 0)[None, :]
    if np.allclose(table.sum(axis=0), columns, rtol=1e-9) and np.allclose(table.sum(axis=1), rows, rtol=1e-9):
        return table
    raise ValueError("row and column sums cannot both be met: empty cells leave no room")


class Sizes:
    """A size distribution in bands: within a band, density falls with the square of size.

    A band of the sizes 10 and 11 lies between 9.5 and 11.5, so that rounding stays inside it.

    Parameters
    ----------
    edges : array of shape (bands + 1,)
        Whole lower ends of the bands and the upper end of the last; a band one wide holds one size.

    Examples
    --------
    >>> sizes = Sizes(np.array([1, 2, 10]))
    >>> sizes.mean.round(3)
    array([1.   , 3.288])
    >>> means, _ = sizes.firms(np.array([0.5, 0.5]), 4)
    >>> means.round(3)
    array([1.   , 1.   , 1.947, 4.629])
    """

    def __init__(self, edges: np.ndarray) -> None:
        self.first = edges[:-1].astype(float)
        self.single = np.diff(edges) == 1
        self.low, high = edges[:-1] - 0.5, edges[1:] - 0.5
        self.slope = 1 / self.low - 1 / high
        self.mean = np.where(self.single, self.first, np.log(high / self.low) / self.slope)

    def firms(self, weights: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean size of each of `number` equal slices, from small to large, and a position inside each.

        The means add up to `number` times the mean of the distribution, so that even a few firms carry its tail. The
        positions are continuous (a firm of two persons lies between 1.5 and 2.5), to order firms of one size.
        """
        held = weights > 0
        share = weights[held] / weights[held].sum()
        low, slope, single, mean = self.low[held], self.slope[held], self.single[held], self.mean[held]
        ends = np.cumsum(share)
        persons = np.concatenate([[0.0], np.cumsum(share * mean)])

        def place(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            band = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
            inside = np.clip((at - (ends[band] - share[band])) / share[band], 0, 1)
            return band, inside

        band, inside = place(np.arange(1, number + 1) / number)
        falling = -np.log1p(-inside * slope[band] * low[band]) / slope[band]
        integral = np.where(single[band], mean[band] * inside, falling)
        running = persons[band] + share[band] * integral
        means = np.diff(running, prepend=0.0) * number
        band, inside = place((np.arange(number) + 0.5) / number)
        position = 1 / (1 / low[band] - inside * slope[band])
        return np.maximum(means, 1.0), position


def persons(means: np.ndarray, total: int) -> np.ndarray:
    """Return whole persons per firm, at least one each, that follow `means` and add up to `total` exactly.

    What lies above one person is scaled to the total and rounded along the running sum, so that rounding errors do not
    pile up.

    Raises
    ------
    ValueError
        If there are fewer persons than firms.

    Examples
    --------
    >>> persons(np.array([1.0, 1.3, 4.0]), 7)
    array([1, 1, 5])
    """
    spare = total - len(means)
    if spare < 0:
        raise ValueError(f"{total} persons cannot be shared out among {len(means)} firms")
    above = means - 1
    if above.sum() <= 0:
        above = np.ones_like(means)
    running = np.rint(np.cumsum(above) * (spare / above.sum())).astype(np.int64)
    running[-1] = spare
    return 1 + np.diff(running, prepend=0)
