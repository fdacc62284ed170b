"""What a count of units by bin would be without a threshold: a polynomial through the bins outside a window.

Everything here works on a batch of counts, one row per draw, so that the estimate and its bootstrap are one code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EDGES = {"centre": 0.5, "upper edge": 0.0, "lower edge": 0.0}
CORRECTIONS = ("above", "hole", "none")
_SAME = 1e-9
ROUNDING = 1e-10
"""Masses that differ by less than this share of all units are as close as rounding lets them be."""
MATCH = 0.1
"""How far the missing mass may be from the excess, as a share of it, where the end of a hole is searched for."""


def bin_of(values: np.ndarray, threshold: float, width: float, place: str) -> np.ndarray:
    """Return the number of the bin of each value; the threshold lies in bin 0, at the place said.

    Examples
    --------
    >>> values = np.array([90.0, 100.0, 104.0, 110.0])
    >>> [bin_of(values, 100, 10, place).tolist() for place in EDGES]
    [[-1, 0, 0, 1], [-1, 0, 1, 1], [-1, 0, 0, 1]]
    """
    steps = (values - threshold) / width
    # a value on an edge stays on its side, whatever the rounding of the division
    if place == "upper edge":
        return np.ceil(steps - _SAME).astype(int)
    return np.floor(steps + EDGES[place] + _SAME).astype(int)


@dataclass(frozen=True)
class Shape:
    """Bins of a fit, the window left out of it, and how the masses are made to match.

    Parameters
    ----------
    bins : ndarray of int
        Numbers of the bins used, in order.
    low, high : int
        First and last bin of the window; `high` is the last candidate where `correction` is "hole" and `search` true.
    degree : int
    correction : {"above", "hole", "none"}
    beyond : float
        Units above the last bin used.
    search : bool
        Whether the upper end of the window is where what is missing makes up for the excess.
    """

    bins: np.ndarray
    low: int
    high: int
    degree: int
    correction: str
    beyond: float = 0.0
    search: bool = False

    def inside(self, high: int | None = None) -> np.ndarray:
        """Return which bins the window holds."""
        return (self.bins >= self.low) & (self.bins <= (self.high if high is None else high))

    def through(self, high: int | None = None) -> np.ndarray:
        """Return the square matrix that takes counts to the polynomial through the bins outside the window."""
        place = self.bins / max(np.abs(self.bins).max(), 1)
        powers = np.polynomial.chebyshev.chebvander(place, self.degree)
        outside = ~self.inside(high)
        taken = np.zeros((len(self.bins), len(self.bins)))
        taken[:, outside] = powers @ np.linalg.pinv(powers[outside])
        return taken


@dataclass(frozen=True)
class Fits:
    """Counterfactuals of a batch of counts: arrays with one row, or one value, per draw."""

    counterfactual: np.ndarray
    rise: np.ndarray
    """By what share the counts above the window are raised before the fit ("above"; else zero)."""
    excess: np.ndarray
    missing: np.ndarray
    average: np.ndarray
    """Mean counterfactual of the bins in which the excess lies."""
    high: np.ndarray
    matched: np.ndarray
    """Whether what is missing makes up for the excess where the upper end was searched for; else true."""


def fit(counts: np.ndarray, shape: Shape) -> Fits:
    """Fit the counterfactual of every row of counts.

    Raises
    ------
    ValueError
        If no counterfactual makes the masses match above the window.
    """
    counts = np.atleast_2d(np.asarray(counts, dtype=float))
    if shape.correction == "hole" and shape.search:
        return _searched(counts, shape)
    return _given(counts, shape, shape.high)


def _given(counts: np.ndarray, shape: Shape, high: int) -> Fits:
    inside, above = shape.inside(high), shape.bins > high
    through = shape.through(high).T
    counterfactual, rise = counts @ through, np.zeros(len(counts))
    if shape.correction == "above":
        # excess B = (counts - counterfactual) in the window, where counts above are raised by B over all units above:
        # linear in B, so the fixed point that Chetty et al. iterate to is solved for
        mass = counts[:, above].sum(axis=1) + shape.beyond
        if (mass <= 0).any():
            raise ValueError('no units lie above the window, so none can be missing there; correction="none" fits so')
        raised = (counts * above) @ through
        slope = 1 + raised[:, inside].sum(axis=1) / mass
        if (slope <= 0).any():
            raise ValueError(
                "no counterfactual makes the masses match above the window; widen fit=, lower degree= or take "
                'correction="none"'
            )
        rise = (counts - counterfactual)[:, inside].sum(axis=1) / slope / mass
        counterfactual = counterfactual + rise[:, None] * raised
    gap = counts - counterfactual
    full = inside & (shape.bins <= 0) if shape.correction == "hole" else inside
    short = inside & (shape.bins > 0) if shape.correction == "hole" else above
    return Fits(
        counterfactual, rise, gap[:, full].sum(axis=1), -gap[:, short].sum(axis=1) + rise * shape.beyond,
        counterfactual[:, full].mean(axis=1), np.full(len(counts), high), np.ones(len(counts), dtype=bool),
    )  # fmt: skip


def _searched(counts: np.ndarray, shape: Shape) -> Fits:
    """Take for every row the nearest upper end at which what is missing and what is in excess stop getting closer.

    They must agree within `MATCH` of the excess there; where they never do, the end at which they are closest is taken.
    """
    tried = [_given(counts, shape, high) for high in range(1, shape.high + 1)]
    gap = np.stack([np.abs(one.missing - one.excess) for one in tried], axis=1)
    rounding = ROUNDING * np.abs(counts).sum(axis=1, keepdims=True)
    closer = np.diff(gap, axis=1, append=np.inf) < -rounding
    good = ~closer & (gap <= MATCH * np.stack([np.abs(one.excess) for one in tried], axis=1))
    matched = good.any(axis=1)
    chosen = np.where(matched, good.argmax(axis=1), gap.argmin(axis=1))
    every = np.arange(len(counts))
    parts = {
        name: np.stack([one.__dict__[name] for one in tried])[chosen, every] for name in tried[0].__dict__
    }  # fmt: skip
    return Fits(**{**parts, "matched": matched})


def redrawn(counts: np.ndarray, fits: Fits, shape: Shape, draws: int, seed: int) -> np.ndarray:
    """Return counts with redrawn errors, one row per draw.

    Errors are the residuals of the bins outside the window, each over the root of its fitted count (the spread of a
    count grows with its root) and scaled for the degrees of freedom that the polynomial takes. Every bin gets one at
    random, times its own root: bins outside the window around the polynomial, bins in it around what was counted.
    """
    high = int(fits.high[0])
    outside, raised = ~shape.inside(high), 1 + fits.rise[0] * (shape.bins > high)
    fitted, least = fits.counterfactual[0], max(counts.mean(), np.finfo(float).tiny) / 100
    freedom = outside.sum() - shape.degree - 1
    pool = (counts * raised - fitted)[outside] / np.sqrt(np.maximum(fitted[outside], least))
    pool = pool * np.sqrt(outside.sum() / freedom)
    # where counts were raised for the fit, the polynomial is lowered again: draws are counts as they come
    middle = np.where(outside, fitted / raised, counts)
    random = np.random.default_rng(seed)
    errors = random.choice(pool, size=(draws, len(counts)), replace=True)
    return middle + errors * np.sqrt(np.maximum(middle, least))
