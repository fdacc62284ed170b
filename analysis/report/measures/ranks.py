"""How far two measures put countries or industries in the same order: Spearman's rank correlation with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

FEWEST = 6
"""Units a rank correlation needs here: below that an interval says nothing."""


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rho, its 95 % interval and the number of units that have both measures."""

    rho: float
    low: float
    high: float
    n: int

    def text(self) -> str:
        """Return the estimate as it is printed."""
        return f"{self.rho:.2f} ({self.low:.2f} to {self.high:.2f}, n = {self.n})"


def rank_correlation(first: pd.Series, second: pd.Series, given: pd.Series | None = None) -> RankCorrelation:
    r"""Correlate the ranks of two measures over the units that have both.

    The interval is Fisher's, with the variance of Bonett and Wright for ranks:
    :math:`\tanh(\operatorname{artanh} \rho \pm 1.96 \sqrt{(1 + \rho^2 / 2) / (n - 3 - k)})`, where k is 1 if the
    correlation is partial, else 0. It is approximate below about ten units.

    Parameters
    ----------
    first, second : Series
        Indexed by unit; a unit that lacks one of them is left out.
    given : Series, optional
        A third measure to hold fixed: the correlation is then that of the ranks' residuals on its ranks.

    Returns
    -------
    RankCorrelation

    Raises
    ------
    ValueError
        If a unit stands twice, fewer than six units have all measures, one measure does not vary, or `given` leaves
        nothing of one of them.

    References
    ----------
    Bonett and Wright (2000), Psychometrika 65.

    Examples
    --------
    >>> import pandas as pd
    >>> found = rank_correlation(pd.Series([1, 2, 3, 4, 5, 6]), pd.Series([2, 1, 4, 3, 6, 5]))
    >>> round(found.rho, 3), found.n
    (0.829, 6)
    """
    columns = {"first": first, "second": second} | ({} if given is None else {"given": given})
    for name, column in columns.items():
        if column.index.duplicated().any():
            raise ValueError(f"{name}: unit {column.index[column.index.duplicated()][0]!r} stands more than once")
    held = pd.concat(columns, axis=1).dropna()
    if len(held) < FEWEST:
        raise ValueError(f"{len(held)} units have every measure; a rank correlation needs {FEWEST}")
    for name in held:
        if held[name].nunique() == 1:
            raise ValueError(f"{name} does not vary over the {len(held)} units")
    ranks = held.rank().to_numpy(dtype=float)
    if given is not None:
        design = np.column_stack([np.ones(len(ranks)), ranks[:, 2]])
        ranks = ranks[:, :2] - design @ np.linalg.lstsq(design, ranks[:, :2], rcond=None)[0]
        if (np.abs(ranks).max(axis=0) < 1e-9).any():
            raise ValueError("given orders the units exactly as one of the two measures: nothing is left to correlate")
    rho = float(np.corrcoef(ranks[:, 0], ranks[:, 1])[0, 1])
    rho = max(-1.0, min(1.0, rho))
    if abs(rho) > 1 - 1e-12:
        return RankCorrelation(rho, rho, rho, len(held))
    spread = NormalDist().inv_cdf(0.975) * np.sqrt((1 + rho**2 / 2) / (len(held) - 3 - (given is not None)))
    low, high = np.tanh(np.arctanh(rho) + np.array([-spread, spread]))
    return RankCorrelation(rho, float(low), float(high), len(held))


def places(first: pd.Series, second: pd.Series, unit: str) -> tuple[int, int, int]:
    """Return the rank of one unit by each of two measures, 1 = highest, and the number of units that have both.

    Raises
    ------
    ValueError
        If the unit lacks one of the measures.

    Examples
    --------
    >>> import pandas as pd
    >>> places(pd.Series({"A": 3, "B": 2, "C": 1}), pd.Series({"A": 1, "B": 2, "C": 3, "D": 4}), "A")
    (1, 3, 3)
    """
    held = pd.concat([first, second], axis=1, keys=["first", "second"]).dropna()
    if unit not in held.index:
        raise ValueError(f"{unit} lacks one of the two measures")
    ranks = held.rank(ascending=False, method="min")
    return int(ranks.at[unit, "first"]), int(ranks.at[unit, "second"]), len(held)
