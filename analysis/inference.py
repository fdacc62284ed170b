r"""Totals, a smooth function of them, and the standard error by the delta method: the one idea behind every estimator.

A statistic is declared as totals :math:`T = \sum_i w_i t_i` and a function :math:`g(T)`. Its gradient comes from
complex-step differentiation; its variance from the scores :math:`u_i = w_i t_i' \nabla g(T)`, summed by cluster, or
from the cross-products of the totals, which is the same thing. Because every g is homogeneous of degree zero, the
scores of the whole sample add up to zero and nothing needs centring outside strata.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

LEVEL = 0.95
FEWEST_FIRMS = 50
MOST_IN_TEN = 0.5
TEN = 10
POPULATIONS = ("super", "finite")

Term = Callable[[Any], Any]
Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Statistic:
    """Totals and a smooth function of them.

    Parameters
    ----------
    totals : mapping of str to callable
        Each takes the columns (a mapping of names to arrays, or an Ibis table) and returns a value per row, written
        with arithmetic only, so that the same declaration serves every engine.
    function : callable
        Takes the totals by name, complex arrays of shape (batch,), and returns the components by label, complex arrays
        of the same shape. Analytic operations and `numpy.linalg.solve` only: abs, norm, lstsq and pinv lose the
        imaginary part. Homogeneous of degree zero: all totals times a constant leave it unchanged. With cells
        (categories, sectors, times) the arrays are (batch, cells), and the keys of the cells come second.
    size : callable
        How large a firm is (its weight in the aggregate), not negative; it says who the ten largest are.
    cells : tuple of str
        Columns that divide each group into cells with totals of their own.
    """

    totals: Mapping[str, Term]
    function: Callable[..., Mapping[Hashable, np.ndarray]]
    size: Term
    cells: tuple[str, ...] = ()

    def evaluate(self, totals: np.ndarray, keys: pd.DataFrame | None = None) -> Mapping[Hashable, np.ndarray]:
        """Return the components of a batch of totals, shape (batch, k) or (batch, cells, k)."""
        values = {name: totals[..., j] for j, name in enumerate(self.totals)}
        return self.function(values) if keys is None else self.function(values, keys)


def covariance_of_scores(
    scores: np.ndarray, group: np.ndarray, groups: int, stratum: np.ndarray | None = None,
    kept: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Return the covariance of components from the scores of independent units.

    Parameters
    ----------
    scores : ndarray of shape (units, m)
        Linearised scores, weights included, already summed over the rows of a unit (a firm, or a cluster).
    group : ndarray of int, shape (units,)
        Group of each unit, 0 to groups - 1.
    stratum : ndarray of int, shape (units,), optional
        Stratum of each unit; scores are centred within strata. Without strata they add up to zero already.
    kept : ndarray of shape (units,), optional
        Share of the variance that sampling leaves, one minus the sampling fraction.

    Returns
    -------
    ndarray of shape (groups, m, m)
        Each stratum times n / (n - 1); missing where a stratum holds a single unit.
    """
    cell = group if stratum is None else np.unique(np.stack([group, stratum]), axis=1, return_inverse=True)[1].ravel()
    count = np.bincount(cell)
    if stratum is not None:
        means = np.stack([np.bincount(cell, column) for column in scores.T], axis=1) / np.maximum(count, 1)[:, None]
        scores = scores - means[cell]
    factor = np.where(count > 1, count / np.maximum(count - 1.0, 1.0), np.nan)[cell]
    if kept is not None:
        factor = factor * kept
    m = scores.shape[1]
    out = np.empty((groups, m, m))
    for a in range(m):
        for b in range(a, m):
            out[:, a, b] = out[:, b, a] = np.bincount(group, factor * scores[:, a] * scores[:, b], minlength=groups)
    return out


def covariance_of_totals(
    totals: np.ndarray, cross: np.ndarray, units: np.ndarray, group: np.ndarray, groups: int,
    kept: np.ndarray | None = None, stratified: bool = False,
) -> np.ndarray:  # fmt: skip
    """Return the covariance of totals from sums and cross-products of units, one row per stratum.

    Parameters
    ----------
    totals : ndarray of shape (strata, k)
    cross : ndarray of shape (strata, k, k)
        Sums over units of the outer products of their totals.
    units : ndarray of shape (strata,)
    group : ndarray of int, shape (strata,)
    kept : ndarray of shape (strata,), optional
    stratified : bool
        Centre within strata.

    Returns
    -------
    ndarray of shape (groups, k, k)
    """
    factor = np.where(units > 1, units / np.maximum(units - 1.0, 1.0), np.nan)
    if kept is not None:
        factor = factor * kept
    inner = cross
    if stratified:
        inner = cross - totals[:, :, None] * totals[:, None, :] / units[:, None, None]
    out = np.zeros((groups, *cross.shape[1:]))
    np.add.at(out, group, factor[:, None, None] * inner)
    return out


def kurtosis(units: np.ndarray, square: np.ndarray, fourth: np.ndarray) -> np.ndarray:
    """Return the kurtosis of scores from their sums of squares and of fourth powers.

    Parameters
    ----------
    units : ndarray of shape (groups,)
    square, fourth : ndarray of shape (groups, m)

    Returns
    -------
    ndarray of shape (groups, m)
        One where all scores are zero. A variance estimated from scores of kurtosis k has 2 n / (k - 1) degrees of
        freedom by Satterthwaite's rule: fewer than clusters where a few clusters decide.
    """
    held = square > 0
    return np.where(held, units[:, None] * fourth / np.where(held, square, 1) ** 2, 1.0)


def poisson_bootstrap(
    totals: np.ndarray, evaluate: Callable[[np.ndarray], Mapping[Hashable, np.ndarray]], draws: int = 10_000,
    seed: int = 0, stratum: np.ndarray | None = None, kept: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Resample the units of one group with Poisson weights on the same totals: the check of the delta method.

    Parameters
    ----------
    totals : ndarray of shape (units, k)
        Totals of each independent unit, weights included.
    evaluate : callable
        Takes complex totals of shape (batch, k) and returns the components by label, arrays of shape (batch,).
    draws, seed : int
    stratum, kept : ndarray of shape (units,), optional
        As in `covariance_of_scores`.

    Returns
    -------
    ndarray of shape (draws, m)
        The components in every draw.

    References
    ----------
    Hanley and MacGibbon (2006), Computer Methods and Programs in Biomedicine 83; Chamandy et al. (2012).
    """
    generator = np.random.default_rng(seed)
    whole = totals.sum(axis=0)
    cell = np.zeros(len(totals), dtype=int) if stratum is None else np.unique(stratum, return_inverse=True)[1].ravel()
    count = np.bincount(cell)
    deviations = totals
    if stratum is not None:
        means = np.stack([np.bincount(cell, column) for column in totals.T], axis=1) / count[:, None]
        deviations = totals - means[cell]
    scale = np.sqrt(count / np.maximum(count - 1.0, 1.0))[cell]
    if kept is not None:
        scale = scale * np.sqrt(kept)
    deviations = deviations * scale[:, None]
    batch = max(1, int(4e6 // len(totals)))
    out = []
    for start in range(0, draws, batch):
        weights = generator.poisson(1.0, size=(min(batch, draws - start), len(totals))) - 1.0
        values = evaluate((whole + weights @ deviations).astype(complex))
        out.append(np.stack([np.real(values[label]) for label in values], axis=1))
    return np.concatenate(out)


def intervals(
    estimate: np.ndarray, std_error: np.ndarray, freedom: np.ndarray | float = np.inf, level: float = LEVEL
) -> dict[str, np.ndarray]:
    """Return statistic, p-value and the ends of the confidence interval.

    Parameters
    ----------
    estimate, std_error : ndarray of the same shape
    freedom : ndarray or float
        Degrees of freedom of Student's t; infinite gives the normal.
    level : float

    Returns
    -------
    dict of str to ndarray
        std_error, statistic, p_value, conf_low, conf_high. Where the error is zero (a census) the statistic and the
        p-value are missing and the interval is the estimate.

    Examples
    --------
    >>> out = intervals(np.array([2.0]), np.array([1.0]))
    >>> {name: round(float(v[0]), 4) for name, v in out.items()}
    {'std_error': 1.0, 'statistic': 2.0, 'p_value': 0.0455, 'conf_low': 0.04, 'conf_high': 3.96}
    """
    estimate, std_error = np.asarray(estimate, float), np.asarray(std_error, float)
    freedom = np.broadcast_to(np.asarray(freedom, float), estimate.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(std_error > 0, estimate / std_error, np.nan)
    reach = special.stdtrit(freedom, 0.5 + level / 2) * std_error
    return {
        "std_error": std_error,
        "statistic": statistic,
        "p_value": 2 * special.stdtr(freedom, -np.abs(statistic)),
        "conf_low": estimate - reach,
        "conf_high": estimate + reach,
    }


@dataclass(frozen=True, eq=False)
class Estimates:
    """Components with their covariance, group by group.

    Parameters
    ----------
    keys : DataFrame
        One row per group, its grouping columns; no columns where there is one group.
    labels : list
        Components, length m.
    value : ndarray of shape (groups, m)
    covariance : ndarray of shape (groups, m, m)
    units : ndarray of int, shape (groups,)
        Independent units: firms, or clusters.
    rows : ndarray of int, shape (groups,)
    effective : ndarray of shape (groups,)
        Effective number of firms: the squared sum of sizes over the sum of squares.
    ten_share : ndarray of shape (groups, m)
        Share of the variance of each component that comes from the ten largest units.
    freedom : ndarray of shape (groups, m), or (groups,) where all components have the same
        Degrees of freedom of each interval.
    draw : callable, optional
        (draws, seed) -> ndarray of shape (groups, draws, m): the bootstrap on the same totals.
    words : str
        Which randomness the errors speak of.
    """

    keys: pd.DataFrame
    labels: list[Hashable]
    value: np.ndarray
    covariance: np.ndarray
    units: np.ndarray
    rows: np.ndarray
    effective: np.ndarray
    ten_share: np.ndarray
    freedom: np.ndarray
    words: str
    draw: Callable[[int, int], np.ndarray] | None = None

    def __post_init__(self) -> None:
        """Give every component its degrees of freedom."""
        freedom = np.asarray(self.freedom, float).reshape(len(self.value), -1)
        object.__setattr__(self, "freedom", np.broadcast_to(freedom, self.value.shape))

    @property
    def std_error(self) -> np.ndarray:
        """Standard errors, shape (groups, m)."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 0.0))

    def frame(self, names: Mapping[Hashable, str] | None = None) -> pd.DataFrame:
        """Return one row per group and label: keys, component, estimate and the statistics of the interval.

        Parameters
        ----------
        names : mapping, optional
            Label -> component; labels that are not in it are left out. A label that is a pair (component, term) gives a
            column term.
        """
        chosen = [(m, label) for m, label in enumerate(self.labels) if names is None or label in names]
        at = [m for m, _ in chosen]
        titles = [label if names is None else names[label] for _, label in chosen]
        groups = len(self.value)
        keys = self.keys.loc[np.repeat(np.arange(groups), len(at))].reset_index(drop=True)
        numbers = intervals(self.value[:, at], self.std_error[:, at], self.freedom[:, at])
        if titles and isinstance(titles[0], tuple):
            head = {"component": [title[0] for title in titles] * groups, "term": [t[1] for t in titles] * groups}
        else:
            head = {"component": titles * groups}
        numbers = {"estimate": self.value[:, at], **numbers}
        return keys.assign(**head, **{name: array.ravel() for name, array in numbers.items()})

    def reliability(self) -> pd.DataFrame:
        """Say where fat tails leave an interval without support.

        Returns
        -------
        DataFrame
            Keys, component, units, effective_firms, ten_share and reliable: false below 50 effective firms or where the
            ten largest units hold more than half of the variance.
        """
        groups, m = self.value.shape
        keys = self.keys.loc[np.repeat(np.arange(groups), m)].reset_index(drop=True)
        effective = np.repeat(self.effective, m)
        share = self.ten_share.ravel()
        return keys.assign(
            component=[one if isinstance(one, str) else " ".join(map(str, one)) for one in self.labels] * groups,
            units=np.repeat(self.units, m),
            effective_firms=effective,
            ten_share=share,
            # a census has no interval to doubt
            reliable=~((effective < FEWEST_FIRMS) | (share > MOST_IN_TEN)) | (self.std_error.ravel() == 0),
        )


def words(population: str, cluster: str | None, strata: str | None, sampling: Any, level: float = LEVEL) -> str:
    """Say which randomness the errors speak of."""
    unit = f"clusters ({cluster})" if cluster else "firms (rows)"
    within = f" within strata ({strata})" if strata else ""
    if population == "finite" and sampling is None:
        return "none: the table is the whole population of interest (a census), so there is no sampling error"
    drawn = (
        f"a sample of {unit}{within} from a finite population, sampling fraction {sampling}"
        if population == "finite"
        else f"{unit}{within} as a draw from a process that could have given others (super-population)"
    )
    reach = "normal"
    if cluster:
        kurtosis = "" if strata else " and the kurtosis of their scores"
        reach = f"Student's t, degrees of freedom from the clusters{kurtosis}"
    return f"{drawn}; delta method, {level:.0%} intervals, {reach}"
