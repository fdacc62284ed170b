"""How productive firms are, how that changes, and who enters: grids with their laws of motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

SUMS = 1e-10
"""How far probabilities may be from one in sum."""


@dataclass(frozen=True, eq=False)
class Productivity:
    """A grid of productivity with its law of motion and the draw of entrants.

    Parameters
    ----------
    levels : ndarray of shape (n,)
        Productivity, positive and increasing, in units of output at one unit of each input.
    transition : ndarray of shape (n, n)
        Probability of each level next year (columns) by level this year (rows).
    entrants : ndarray of shape (n,)
        Probability of each level for a firm that enters.

    Raises
    ------
    ValueError
        If levels do not increase, a probability is negative or probabilities do not sum to one; the message names the
        part.

    Examples
    --------
    >>> Productivity(np.array([1.0, 2.0]), np.eye(2), np.array([0.7, 0.3])).levels.size
    2
    """

    levels: np.ndarray
    transition: np.ndarray
    entrants: np.ndarray

    def __post_init__(self) -> None:
        """Check the shapes and the probabilities."""
        n = len(self.levels)
        if n < 2 or not (np.all(np.diff(self.levels) > 0) and self.levels[0] > 0):
            raise ValueError("levels: productivity must be positive and increase, with at least two levels")
        for name, shape in (("transition", (n, n)), ("entrants", (n,))):
            part = getattr(self, name)
            if part.shape != shape:
                raise ValueError(f"{name}: shape {part.shape}, not {shape}, for {n} levels")
            if (part < 0).any() or not np.allclose(part.sum(axis=-1), 1.0, rtol=0, atol=SUMS):
                raise ValueError(f"{name}: probabilities must not be negative and must sum to one")

    @classmethod
    def autoregressive(
        cls, points: int, mean: float, persistence: float, spread: float, width: float = 4.0,
        entrants_mean: float | None = None,
    ) -> Productivity:  # fmt: skip
        """Discretise log z' = (1 - persistence) mean + persistence log z + spread e, with standard normal e.

        Parameters
        ----------
        points : int
            Number of levels.
        mean : float
            Mean of the logarithm of productivity.
        persistence : float
            From 0 to below 1.
        spread : float
            Standard deviation of the yearly shock.
        width : float
            Half-width of the grid in standard deviations of the stationary law.
        entrants_mean : float, optional
            Mean of log productivity of entrants, whose spread is the stationary one; by default entrants draw from the
            stationary law of the grid.

        Raises
        ------
        ValueError
            If an argument is outside its range.

        References
        ----------
        Tauchen (1986), Economics Letters 20.

        Examples
        --------
        >>> law = Productivity.autoregressive(5, mean=0.0, persistence=0.9, spread=0.2)
        >>> law.entrants.round(3)
        array([0.007, 0.195, 0.596, 0.195, 0.007])
        """
        if points < 2 or not 0 <= persistence < 1 or not spread > 0 or not width > 0:
            raise ValueError(
                f"points={points}, persistence={persistence}, spread={spread}, width={width}: need at least two "
                "points, 0 <= persistence < 1, spread > 0 and width > 0"
            )
        deviation = spread / np.sqrt(1 - persistence**2)
        grid = np.linspace(mean - width * deviation, mean + width * deviation, points)
        centre = (1 - persistence) * mean + persistence * grid
        edges = (grid[1:] + grid[:-1]) / 2
        transition = _cells(edges[None, :], centre[:, None], spread)
        if entrants_mean is None:
            entrants = stationary(transition)
        else:
            entrants = _cells(edges[None, :], np.array([[entrants_mean]]), deviation)[0]
        return cls(np.exp(grid), transition, entrants)


def _cells(edges: np.ndarray, centre: np.ndarray, spread: float) -> np.ndarray:
    """Return the normal probability of each cell between edges, the outer cells open."""
    below = norm.cdf((edges - centre) / spread)
    ones = np.ones((len(below), 1))
    return np.diff(np.hstack([0 * ones, below, ones]), axis=1)


def stationary(transition: np.ndarray) -> np.ndarray:
    """Return the law that a transition matrix leaves as it is.

    Parameters
    ----------
    transition : ndarray of shape (n, n)
        Rows sum to one; one class of levels that all reach each other.

    Raises
    ------
    ValueError
        If there is more than one such law.
    """
    n = len(transition)
    system = np.vstack([transition.T - np.eye(n), np.ones(n)])
    law, _, rank, _ = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)
    if rank < n:
        raise ValueError("transition: levels do not all reach each other, so there is no single stationary law")
    law = np.clip(law, 0.0, None)
    return law / law.sum()
