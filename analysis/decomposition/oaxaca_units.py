"""Independent units of a sampling design for two groups of rows: rows or clusters, within strata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import checks, engine


@dataclass(frozen=True, eq=False)
class Units:
    """Of every row its unit, of every unit its stratum and the weight of its square.

    Parameters
    ----------
    of_row : ndarray of int, shape (n,)
        Unit of each row as read.
    stratum : ndarray of int, shape (units,)
    factor : ndarray of shape (units,)
        n / (n - 1) within the stratum, times the share of the variance that sampling leaves.
    single : bool
        Every row is a unit of its own.
    stratified : bool
        Scores are centred within strata; without strata they add up to zero already.
    """

    of_row: np.ndarray
    stratum: np.ndarray
    factor: np.ndarray
    single: bool
    stratified: bool

    @property
    def count(self) -> int:
        """Number of independent units."""
        return len(self.stratum)

    @property
    def strata(self) -> int:
        """Number of strata."""
        return int(self.stratum.max()) + 1


def units(frame: pd.DataFrame, members: Sequence[np.ndarray], labels: Sequence[str], design: engine.Design) -> Units:
    """Find the independent units.

    Parameters
    ----------
    frame : DataFrame
        Columns cluster, strata and sampling, where the design has them.
    members : pair of ndarray of int
        Rows of each group.
    labels : pair of str
        Their names, for messages.
    design : engine.Design

    Returns
    -------
    Units

    Raises
    ------
    ValueError
        If a group has rows in one cluster only, a stratum has one unit only, or a sampling fraction is outside (0, 1]
        or varies within a stratum.
    """
    count = len(frame)
    stratum = frame["strata"].factorize()[0] if "strata" in frame else np.zeros(count, dtype=int)
    of_row = np.arange(count)
    if "cluster" in frame:
        of_row = frame.assign(stratum_=stratum).groupby(["stratum_", "cluster"], observed=True, sort=False).ngroup()
        of_row = of_row.to_numpy()
        for rows, label in zip(members, labels, strict=True):
            if (of_row[rows] == of_row[rows[0]]).all():
                raise ValueError(
                    f"cluster={design.cluster!r}: group {label!r} has one cluster only "
                    f"({checks.plain(frame['cluster'].iloc[rows[0]])!r}); its errors need at least two, better fifty"
                )
    of_unit = np.zeros(int(of_row.max()) + 1, dtype=int)
    of_unit[of_row] = stratum
    size = np.bincount(of_unit)
    kept = _kept(frame, stratum, of_row, design)
    if (size < 2).any() and not (kept == 0).all():
        lonely = checks.plain(frame["strata"].iloc[int(np.argmax(stratum == np.argmax(size < 2)))])
        kind = "cluster" if design.cluster else "row"
        raise ValueError(
            f"strata={design.strata!r}: stratum {lonely!r} has one {kind} only, so its variance is unknown; merge "
            "strata"
        )
    factor = size / np.maximum(size - 1.0, 1.0)
    return Units(of_row, of_unit, factor[of_unit] * kept, "cluster" not in frame, "strata" in frame)


def _kept(frame: pd.DataFrame, stratum: np.ndarray, of_row: np.ndarray, design: engine.Design) -> np.ndarray:
    """Share of the variance that sampling leaves, by unit."""
    kept = np.full(int(of_row.max()) + 1, 1.0 if design.fraction is None else 1.0 - design.fraction)
    if "sampling" not in frame:
        return kept
    fraction = frame["sampling"].to_numpy(dtype=float)
    bad = fraction[(fraction <= 0) | (fraction > 1)]
    if len(bad):
        raise ValueError(f"sampling={design.sampling!r}: fractions lie in (0, 1]; one is {bad[0]:g}")
    low, high = (frame["sampling"].groupby(stratum).agg(end).to_numpy() for end in ("min", "max"))
    if (high - low > 1e-12).any():
        where = f"within a stratum of {design.strata!r}" if design.strata else "and there are no strata"
        raise ValueError(f"sampling={design.sampling!r}: the fraction varies {where}; make strata of equal fractions")
    kept[of_row] = 1.0 - fraction
    return kept
