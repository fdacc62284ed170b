"""What moves a quantile, the variance or the Gini coefficient: recentred influence function regression."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine, inference
from analysis.decomposition.oaxaca_units import Units, units
from analysis.inference import Estimates
from analysis.regression import formulas, influence
from analysis.regression.formulas import Regression
from analysis.regression.influence import Recentred
from analysis.results import About, Result, Sample

STATISTICS = ("quantile", "variance", "gini")
VCOV = ("robust", "cluster", "ols-robust")
TIES = ("nearest", "below")
AT = 0.5
ESTIMATED = {
    "quantile": "the quantile, the share below it and the kernel density there (not the bias of that density)",
    "variance": "the mean", "gini": "the mean, the Lorenz curve and the Gini coefficient",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class RifRegression(Result):
    """Effects of the regressors on a statistic of the outcome's distribution. Made by `rif_regression`."""

    total: ClassVar[str | None] = None
    label: ClassVar[str] = "term"

    def bootstrap(self, draws: int = 500, seed: int = 0) -> pd.DataFrame:
        """Check the standard errors by estimating everything again on rows (or clusters) drawn with replacement.

        The statistic, its density and bandwidth, and the regression are estimated in every draw.

        Parameters
        ----------
        draws, seed : int
            500 draws tell a standard error within about 3 %.

        Returns
        -------
        DataFrame
            at (where there are several), component (the term), std_error, bootstrap_std_error and their ratio.

        Raises
        ------
        ValueError
            If a draw has a singular design (a level with few rows), or sampling fractions differ between strata.
        """
        return super().bootstrap(draws, seed)


def rif_regression(
    formula: str, data: Any, statistic: str = "quantile", at: float | Sequence[float] = AT, weights: str | None = None,
    cluster: str | None = None, vcov: str = "robust", *, bandwidth: float | None = None, ties: str = "nearest",
    strata: str | None = None, population: str = "super", sampling: float | str | None = None, missing: str = "raise",
    specifications: Any = None,
) -> RifRegression:  # fmt: skip
    r"""Estimate how regressors move a quantile, the variance or the Gini coefficient of an outcome.

    Least squares of the recentred influence function of the statistic on the regressors (an unconditional partial
    effect): a coefficient is what a small shift of the regressor's distribution does to the statistic of the whole
    distribution of the outcome. For a 0/1 regressor: what a small rise of its share does, per unit of share.

    - ``"quantile"``: :math:`q + (\tau - 1\{y \le q\}) / f(q)`, with the quantile between order statistics (type 7) and
      a Gaussian kernel density with Silverman's bandwidth;
    - ``"variance"``: :math:`(y - \mu)^2`;
    - ``"gini"``:

      .. math:: 1 + (1 - G)\, y / \mu - \frac{2}{\mu} \left[ y\,(1 - F(y)) + GL(F(y)) \right]

    Coefficients are those of R's `rifreg`, whose density is that of R before version 4.4.

    Standard errors. The function is itself estimated, and that is of first order: errors that take it as known
    (``vcov="ols-robust"``, which regression software prints) can be far too small or too large. ``vcov="robust"`` adds
    the influence of what is estimated: the mean; the Lorenz curve; the quantile and the density at it. Not covered is
    the bias of the density, which is of the order of the bandwidth squared; vary `bandwidth` to see it. A quantile is
    not smooth in the rows, so its errors are those of large samples. `bootstrap` is the check for all three.

    Parameters
    ----------
    formula : str
        ``"log(wage) ~ union + C(education)"``: one outcome, one list of terms, with an intercept unless ``0 +`` is
        written.
    data : pandas, polars or Arrow table, DuckDB relation or Ibis table
        The columns in use are brought into memory.
    statistic : {"quantile", "variance", "gini"}
    at : float or list of float
        Which quantile, between 0 and 1; of a list, one regression each, told apart by a column `at`.
    weights : str, optional
        Column of weights, positive: how many persons a row stands for.
    cluster : str, optional
        Column of clusters: rows of one cluster are not independent. Makes `vcov` "cluster".
    vcov : {"robust", "cluster", "ols-robust"}
        "ols-robust": heteroskedasticity-robust (clustered with `cluster`) errors of least squares, the recentred
        influence function taken as known.
    bandwidth : float, optional
        Bandwidth of the density, in units of the outcome. Default: 0.9 min(sd, IQR / 1.34) n^(-1/5).
    ties : {"nearest", "below"}
        Whether rows exactly at the quantile count as below it: "below" always, "nearest" so that the share below comes
        nearest to `at`. Of consequence only with weights, or where many rows have one value.
    strata : str, optional
        Column of strata.
    population : {"super", "finite"}
        "super": the rows are a draw from a process. "finite": the errors speak of sampling alone.
    sampling : float or str, optional
        With ``population="finite"``, the sampling fraction or its column; none is a census, without errors.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    RifRegression
        One row per term. For a quantile in units of the outcome per unit of the regressor, for the variance in their
        square, for the Gini coefficient in points from 0 to 1.

    Raises
    ------
    ValueError
        Unknown statistic, option or column; `at` outside 0 to 1; an option of quantiles with another statistic;
        missing or infinite values; weights that are not positive; a Gini coefficient of negative values or of a mean
        that is not positive; a constant outcome; a singular design; a single cluster.

    References
    ----------
    Firpo, Fortin and Lemieux (2009), Econometrica 77; Firpo, Fortin and Lemieux (2018), Econometrics 6(2);
    Rios-Avila (2020), Stata Journal 20.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"wage": [3.0, 1.0, 4.0, 2.0, 5.0, 9.0, 2.5, 6.0], "union": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> rif_regression("wage ~ union", data, statistic="variance").tidy()[["term", "estimate"]].round(3)
            term  estimate
    0  Intercept     3.691
    1      union     4.172
    """
    levels = _levels(statistic, at, bandwidth, ties)
    design = _design(vcov, cluster, strata, population, sampling)
    model = formulas.read(formula, data, weights, design, missing)
    _check_outcome(model, statistic)
    if cluster and model.frame["cluster"].nunique() < 2:
        raise ValueError(f"cluster={cluster!r} has one cluster only; errors need at least two, better fifty")
    held = units(model.frame, [np.arange(len(model.y))], ["the table"], design)
    recentre = _recentre(statistic, bandwidth, ties)
    given = vcov == "ols-robust"
    found = [_fit(model, recentre(model.y, model.weight, level), held, given, design) for level in levels]
    several = np.ndim(at) > 0
    estimates = _estimates(found, model, levels if several else None, held, _randomness(design, given, statistic))
    draw = _draw(model, held, lambda y, weight: [recentre(y, weight, level) for level in levels])
    estimates = replace(estimates, draw=draw)
    unit = {"quantile": model.unit, "variance": f"squared {model.unit}", "gini": "Gini coefficient, 0 to 1"}[statistic]
    what = {"quantile": "quantile", "variance": "variance", "gini": "Gini coefficient"}[statistic]
    shown = f"Quantile {', '.join(f'{level:g}' for level in levels)}" if statistic == "quantile" else what.capitalize()
    about = About(
        title=f"{shown} of {model.outcome}: effects of small shifts of the regressors",
        compared="; ".join(fit.words for *_, fit in found),
        direction="a coefficient is the change of the statistic per unit of a small shift of the regressor",
        reference="omitted levels of factors, zero of numbers",
        weights=f"{weights}, persons a row stands for" if weights else "each row once",
        sample=Sample(len(model.y), model.left_out),
        method=f"least squares of the recentred influence function of the {what}",
        paper="Firpo, Fortin and Lemieux 2009, 2018; Rios-Avila 2020",
        randomness=estimates.words,
    )
    frame = estimates.frame().rename(columns={"component": "term"})
    result = RifRegression(frame.assign(unit=unit), about, ("at",) if several else (), inference=estimates)
    return result.with_specifications(specifications)


def _levels(statistic: str, at: Any, bandwidth: Any, ties: str) -> list[float]:
    """Check the options of the statistic and return the quantiles, or one level of no meaning."""
    checks.one_of("statistic", statistic, STATISTICS)
    checks.one_of("ties", ties, TIES)
    if statistic != "quantile":
        for name, value, default in (("at", at, AT), ("bandwidth", bandwidth, None), ("ties", ties, TIES[0])):
            if value is not default and value != default:
                raise ValueError(f'{name}={value!r} is an option of statistic="quantile", not of {statistic!r}')
        return [AT]
    levels = list(at) if np.ndim(at) == 1 else [at]
    for level in levels:
        if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
            raise ValueError(f"at={level!r} must be a number between 0 and 1, such as 0.5 for the median")
    if not levels or len(set(levels)) < len(levels):
        raise ValueError(f"at={at!r} must hold at least one quantile, each once")
    if bandwidth is not None and (isinstance(bandwidth, bool) or not isinstance(bandwidth, Real) or not
                                  0 < bandwidth < np.inf):  # fmt: skip
        raise ValueError(f"bandwidth={bandwidth!r} must be a positive number, in units of the outcome")
    return [float(level) for level in levels]


def _design(vcov: str, cluster: Any, strata: Any, population: str, sampling: Any) -> engine.Design:
    checks.one_of("vcov", vcov, VCOV)
    if vcov == "cluster" and cluster is None:
        raise ValueError('vcov="cluster" needs cluster=, the column of clusters')
    if vcov == "ols-robust" and (strata is not None or population != "super"):
        raise ValueError('vcov="ols-robust" knows no strata and no finite population; use vcov="robust"')
    return engine.Design(cluster, strata, population, sampling)


def _check_outcome(model: Regression, statistic: str) -> None:
    if statistic != "gini":
        return
    negative = int((model.y < 0).sum())
    if negative:
        raise ValueError(
            f'statistic="gini": the outcome {model.outcome!r} has {negative:,} negative values, down to '
            f'{model.y.min():g}; leave these rows out first, or take statistic="variance"'
        )
    if not model.y.sum() > 0:
        raise ValueError(f'statistic="gini": the outcome {model.outcome!r} has a mean of zero')


def _recentre(statistic: str, bandwidth: float | None, ties: str) -> Callable[..., Recentred]:
    if statistic == "quantile":
        return lambda y, weight, level: influence.quantile(y, weight, level, bandwidth, ties)
    function = {"variance": influence.variance, "gini": influence.gini}[statistic]
    return lambda y, weight, level: function(y, weight)


def _fit(
    model: Regression, fit: Recentred, held: Units, given: bool, design: engine.Design
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Recentred]:
    """Coefficients, their covariance, share of the ten weightiest units, degrees of freedom."""
    x, share = model.x, model.weight / model.weight.sum()
    beta = _least_squares(x, fit.values, model.weight)
    rows = x * (fit.values - x @ beta)[:, None]
    if not given:
        rows = rows + fit.estimated(x)
    rows = share[:, None] * rows @ np.linalg.inv((x * share[:, None]).T @ x) @ model.back.T
    scores = np.stack([np.bincount(held.of_row, column, held.count) for column in rows.T], axis=1)
    if held.stratified:
        size = np.bincount(held.stratum)
        means = np.stack([np.bincount(held.stratum, column) for column in scores.T], axis=1) / size[:, None]
        scores = scores - means[held.stratum]
    n, k = x.shape
    squares = held.factor[:, None] * scores**2
    covariance = scores.T @ (scores * held.factor[:, None]) * (n - 1) / (n - k)
    whole = squares.sum(axis=0)
    ten = np.sort(squares, axis=0)[-inference.TEN :].sum(axis=0) / np.where(whole > 0, whole, 1.0)
    freedom = np.full(k, np.inf)
    if design.cluster is not None:
        most = max(held.count - held.strata, 1)
        fourth, square = (scores**4).sum(axis=0)[None], (scores**2).sum(axis=0)[None]
        tails = inference.kurtosis(np.array([held.count]), square, fourth)[0]
        freedom = np.full(k, float(most))
        if not held.stratified:
            freedom = np.clip(2 * held.count / np.maximum(tails - 1, 1e-12), 1.0, most)
    return model.back @ beta, covariance, ten, freedom, fit


def _least_squares(x: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients by pyfixest, whose heteroskedasticity-robust errors are those of "ols-robust"."""
    import pyfixest

    names = [f"x{j}" for j in range(x.shape[1])]
    frame = pd.DataFrame(x, columns=names).assign(rif=values, weight=weight / weight.mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pyfixest's use of pandas
        fit = pyfixest.feols(f"rif ~ 0 + {' + '.join(names)}", frame, vcov="hetero", weights="weight")
    return fit.coef()[names].to_numpy()


def _estimates(
    found: Sequence[tuple], model: Regression, levels: list[float] | None, held: Units, words: str
) -> Estimates:
    beta, covariance, ten, freedom = (np.stack(part) for part in list(zip(*found, strict=True))[:4])
    groups = len(beta)
    keys = pd.DataFrame(index=range(1)) if levels is None else pd.DataFrame({"at": levels})
    effective = model.weight.sum() ** 2 / (model.weight**2).sum()
    counts = [np.full(groups, count) for count in (held.count, len(model.y), effective)]
    return Estimates(keys, list(model.names), beta, covariance, *counts, ten, freedom, words)


def _draw(
    model: Regression, held: Units, recentre: Callable[[np.ndarray, np.ndarray], list[Recentred]]
) -> Callable[[int, int], np.ndarray]:
    """Return the bootstrap: units drawn with replacement within strata, everything estimated again."""

    def draw(draws: int, seed: int) -> np.ndarray:
        kept = held.factor * (1 - 1 / np.bincount(held.stratum))[held.stratum]
        if np.ptp(kept) > 1e-12:
            raise ValueError("no bootstrap where sampling fractions differ between strata")
        generator = np.random.default_rng(seed)
        strata = [np.flatnonzero(held.stratum == s) for s in range(held.strata)]
        k = model.x.shape[1]
        out = np.empty((draws, len(recentre(model.y, model.weight)), k))
        for d in range(draws):
            count = np.zeros(held.count, dtype=int)
            for mine in strata:
                count[mine] = generator.multinomial(len(mine), np.full(len(mine), 1 / len(mine)))
            rows = np.repeat(np.arange(len(model.y)), count[held.of_row])
            x, y, weight = model.x[rows], model.y[rows], model.weight[rows]
            cross = (x * weight[:, None]).T @ x / weight.sum()
            if np.linalg.eigvalsh(cross)[0] < 1e-9 * np.trace(cross) / k:
                raise ValueError(f"draw {d} has a singular design: some level has too few rows; merge it with another")
            for a, fit in enumerate(recentre(y, weight)):
                out[d, a] = model.back @ np.linalg.solve(cross, (x * weight[:, None]).T @ fit.values / weight.sum())
        centre = out.mean(axis=0)
        # a sample from a finite population varies less than one from a process
        return np.swapaxes(centre + (out - centre) * np.sqrt(held.factor.mean()), 0, 1)

    return draw


def _randomness(design: engine.Design, given: bool, statistic: str) -> str:
    words = design.words().replace("firms (rows)", "rows")
    if given:
        return words.replace(
            "delta method", "the recentred influence function taken as known, so what estimating "
            f"{ESTIMATED[statistic].split(' (')[0]} adds is left out"
        )  # fmt: skip
    return words.replace("delta method", f"influence functions that include estimating {ESTIMATED[statistic]}")
