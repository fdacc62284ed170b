"""What moves a share: fractional logit with average marginal effects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine, inference
from analysis.decomposition.oaxaca_units import units
from analysis.inference import Estimates
from analysis.regression import formulas, margins
from analysis.regression.formulas import Regression
from analysis.regression.margins import Effect, expit, logit_slope
from analysis.results import About, Result, Sample

VCOV = ("robust", "cluster")
REGRESSORS = ("fixed", "stochastic")
FEWEST_CLUSTERS = 40
ITERATIONS = 100
UNIT = "points of the share, 0 to 1"


@dataclass(frozen=True, eq=False)
class FractionalLogit(Result):
    """Average marginal effects of the regressors on a share. Made by `fractional_logit`."""

    total: ClassVar[str | None] = None
    label: ClassVar[str] = "term"

    logit: Estimates | None = None
    clusters: tuple[str, int] | None = None
    fitted: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def tidy(self, detail: bool = False) -> pd.DataFrame:
        """Return the average marginal effects, one row each; with detail, the coefficients of the logit instead.

        Parameters
        ----------
        detail : bool

        Returns
        -------
        DataFrame
            term, estimate, std_error, statistic, p_value, conf_low, conf_high, unit.
        """
        return self.coefficients() if detail else super().tidy()

    def coefficients(self) -> pd.DataFrame:
        """Return the coefficients of the logit, in log-odds.

        Returns
        -------
        DataFrame
            term (a column of the design matrix), estimate, std_error, statistic, p_value, conf_low, conf_high, unit.
        """
        return self.logit.frame().rename(columns={"component": "term"}).assign(unit="log-odds")

    def coefficient_covariance(self) -> pd.DataFrame:
        """Return the covariance of the coefficients, a square table."""
        return pd.DataFrame(self.logit.covariance[0], index=self.logit.labels, columns=self.logit.labels)

    def bootstrap(self, draws: int = 500, seed: int = 0) -> pd.DataFrame:
        """Check the standard errors by estimating again on rows (or clusters) drawn with replacement.

        With ``regressors="fixed"`` the effects are averaged over the rows of the table in every draw, with
        "stochastic" over those drawn.

        Parameters
        ----------
        draws, seed : int
            500 draws tell a standard error within about 3 %.

        Returns
        -------
        DataFrame
            component (the term), std_error, bootstrap_std_error and their ratio.

        Raises
        ------
        ValueError
            If the logit of a draw has no finite coefficients (a level with few rows).
        """
        return super().bootstrap(draws, seed)

    def _cautions(self) -> list[str]:
        if self.clusters is None or self.clusters[1] >= FEWEST_CLUSTERS:
            return super()._cautions()
        name, count = self.clusters
        few = (
            f"{count} clusters of {name}, fewer than {FEWEST_CLUSTERS}: clustered errors tend to be too small; set "
            f"least squares on log-odds with a wild cluster bootstrap beside it (log_odds, cluster={name!r})"
        )
        return [few]  # of so few clusters ten always hold most of the variance: said once


def fractional_logit(
    formula: str, data: Any, cluster: str | None = None, weights: str | None = None, vcov: str = "robust", *,
    regressors: str = "fixed", missing: str = "raise", specifications: Any = None,
) -> FractionalLogit:  # fmt: skip
    r"""Estimate how regressors move a share between 0 and 1, zeros and ones included.

    The mean of the share is :math:`\Lambda(x'\beta)` with the logistic :math:`\Lambda`; :math:`\beta` maximises the
    Bernoulli quasi-likelihood, which is consistent whatever the distribution of the share if its mean is right.

    The estimates are average marginal effects, in points of the share. They belong to variables: a variable is moved in
    all terms in which it stands (``x + x**2``, ``x:z``, ``log(x)``, ``C(region):x``), and the effect averaged over the
    rows with their weights.

    - A number: the derivative, per unit of the variable itself (of x, not of log(x)).
    - A number that is only ever 0 or 1: the change from 0 to 1, as for Stata's factor variables.
    - A factor: the change from its base level (the first, or that of ``contr.treatment``) to each other level, in rows
      ``name[level]``.

    Standard errors are those of the delta method from the sandwich covariance of the coefficients. The average is over
    these rows as they are (``regressors="fixed"``), as in Stata's ``margins`` and statsmodels' ``get_margeff``;
    ``"stochastic"`` adds that other rows would have other regressors (Stata's ``vce(unconditional)``).
    ``vcov="robust"`` is HC0; with clusters the covariance is multiplied by G / (G - 1) times (N - 1) / (N - k).

    Parameters
    ----------
    formula : str
        ``"share ~ log(staff) + C(region)"``; the outcome a fraction (``"I(percent / 100) ~ ..."``).
    data : pandas, polars or Arrow table, DuckDB relation or Ibis table
        The columns in use are brought into memory.
    cluster : str, optional
        Column of clusters: rows of one cluster are not independent. Makes `vcov` "cluster". Below 40 clusters the
        result carries a caution; `log_odds` is the check.
    weights : str, optional
        Column of weights, positive: how many units a row stands for.
    vcov : {"robust", "cluster"}
    regressors : {"fixed", "stochastic"}
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    FractionalLogit
        One row per variable (or level). `.coefficients()` gives the logit in log-odds.

    Raises
    ------
    ValueError
        An outcome outside 0 to 1; separation, where some coefficient is infinite; no convergence; a formula without a
        regressor or with a variable that has no marginal effect (steps, levels of a transformed variable); an unknown
        option or column; missing or infinite values; weights that are not positive; a singular design; one cluster.

    References
    ----------
    Papke and Wooldridge (1996), Journal of Applied Econometrics 11; Papke and Wooldridge (2008), Journal of
    Econometrics 145.

    Examples
    --------
    >>> data = pd.DataFrame({"share": [0.1, 0.0, 0.2, 0.5, 0.4, 0.9], "large": [0, 0, 0, 1, 1, 1]})
    >>> fractional_logit("share ~ large", data).tidy()[["term", "estimate"]].round(3)
        term  estimate
    0  large       0.5
    """
    checks.one_of("vcov", vcov, VCOV)
    checks.one_of("regressors", regressors, REGRESSORS)
    if vcov == "cluster" and cluster is None:
        raise ValueError('vcov="cluster" needs cluster=, the column of clusters')
    design = engine.Design(cluster)
    model = formulas.read(formula, data, weights, design, missing)
    margins.check_share(model)
    if cluster and model.frame["cluster"].nunique() < 2:
        raise ValueError(f"cluster={cluster!r} has one cluster only; errors need at least two, better fifty")
    effects = margins.Movable(model).effects()
    beta = _fit(model)
    influence, factor, of_row = _influence(model, beta, design)
    share = model.weight / model.weight.sum()
    means = [effect.mean(beta, share) for effect in effects]
    value = np.array([mean for mean, *_ in means])
    scores = influence @ np.stack([gradient for _, gradient, _ in means], axis=1)
    if regressors == "stochastic":
        scores = scores + share[:, None] * np.stack([rows - mean for mean, _, rows in means], axis=1)
    words = _randomness(design, regressors)
    names = [effect.term for effect in effects]
    found = _estimates(value, names, scores, factor, of_row, model, design, words)
    found = replace(found, draw=_draw(model, beta, effects, of_row, regressors))
    logit = _estimates(model.back @ beta, model.names, influence @ model.back.T, factor, of_row, model, design, words)
    about = About(
        title=f"{model.outcome}: average marginal effects on the share",
        compared=f"the expected share with one variable moved in all {len(model.y):,} rows, others as they are; "
        + "; ".join(dict.fromkeys(effect.words for effect in effects)),
        direction="positive: the share rises with the variable",
        reference="omitted levels of factors, zero of 0/1 variables",
        weights=f"{weights}, units a row stands for" if weights else "each row once",
        sample=Sample(len(model.y), model.left_out),
        method="quasi-maximum likelihood of a logistic mean; average marginal effects",
        paper="Papke and Wooldridge 1996, 2008",
        randomness=words,
    )
    table = found.frame().rename(columns={"component": "term"}).assign(unit=UNIT)
    clusters = (cluster, int(model.frame["cluster"].nunique())) if cluster else None
    fitted = expit(model.x @ beta)
    result = FractionalLogit(table, about, inference=found, logit=logit, clusters=clusters, fitted=fitted)
    return result.with_specifications(specifications)


def _fit(model: Regression) -> np.ndarray:
    """Coefficients of the scaled design by statsmodels.

    Raises
    ------
    ValueError
        On separation, naming the columns, or without convergence.
    """
    import statsmodels.api as sm

    weight = model.weight / model.weight.mean()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is checked below and raised
        try:
            fit = sm.GLM(model.y, model.x, family=sm.families.Binomial(), var_weights=weight).fit(
                maxiter=ITERATIONS, tol=1e-12, tol_criterion="params"
            )
            beta, converged = np.asarray(fit.params), bool(fit.converged)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError):
            beta, converged = np.full(model.x.shape[1], np.nan), False
    index = model.x @ beta
    if not converged or not np.isfinite(index).all() or np.abs(index).max() > 15:
        _check_separation(model)
    if not converged:
        raise ValueError(
            f"the logit of {model.outcome!r} did not converge in {ITERATIONS} steps; leave out terms that are nearly "
            "combinations of others, or scale them"
        )
    return beta


def _check_separation(model: Regression) -> None:
    """Raise where a combination of columns tells all zeros or ones apart, so that its coefficient is infinite."""
    from scipy import optimize

    x, y = model.x, model.y
    sign = np.where(y >= 1, 1.0, np.where(y <= 0, -1.0, 0.0))
    inside = sign == 0
    outer = -sign[~inside, None] * x[~inside]
    found = optimize.linprog(
        outer.sum(axis=0), A_ub=outer, b_ub=np.zeros(len(outer)), A_eq=x[inside] if inside.any() else None,
        b_eq=np.zeros(inside.sum()) if inside.any() else None, bounds=[(-1, 1)] * x.shape[1],
    )  # fmt: skip
    if not found.success or found.fun > -1e-6:
        return
    reach = np.ptp(x @ np.linalg.inv(model.back), axis=0)
    move = model.back @ found.x * np.where(reach > 0, reach, 1.0)
    named = [name for name, size in zip(model.names, np.abs(move), strict=True) if size > 1e-6 * np.abs(move).max()]
    listed = ", ".join(map(repr, [name for name in named if name != "Intercept"] or named))
    apart = int((x[~inside] @ found.x * sign[~inside] > 1e-9).sum())
    raise ValueError(
        f"separation: {apart:,} rows where {model.outcome!r} is 0 or 1 are told apart from all others by {listed}, so "
        "that a coefficient is infinite; merge levels or leave the term out"
    )


def _influence(model: Regression, beta: np.ndarray, design: engine.Design) -> tuple[np.ndarray, float, np.ndarray]:
    """Influence of each row on the coefficients (n, k), factor of the covariance, independent unit of each row."""
    index = model.x @ beta
    share = model.weight / model.weight.sum()
    bread = (model.x * (share * logit_slope(index))[:, None]).T @ model.x
    scores = model.x * (share * (model.y - expit(index)))[:, None]
    influence = np.linalg.solve(bread, scores.T).T
    if design.cluster is None:
        return influence, 1.0, np.arange(len(model.y))
    held = units(model.frame, [np.arange(len(model.y))], ["the table"], design)
    n, k = model.x.shape
    return influence, held.count / (held.count - 1) * (n - 1) / (n - k), held.of_row


def _estimates(
    value: np.ndarray, names: Sequence[str], scores: np.ndarray, factor: float, of_row: np.ndarray, model: Regression,
    design: engine.Design, words: str,
) -> Estimates:  # fmt: skip
    """Estimates from the influence of each row, summed by unit."""
    count = int(of_row.max()) + 1
    summed = np.stack([np.bincount(of_row, column, count) for column in scores.T], axis=1)
    squares = summed**2
    whole = squares.sum(axis=0)
    ten = np.sort(squares, axis=0)[-inference.TEN :].sum(axis=0) / np.where(whole > 0, whole, 1.0)
    freedom = np.full(len(value), np.inf)
    if design.cluster is not None:
        tails = inference.kurtosis(np.array([count]), whole[None], (summed**4).sum(axis=0)[None])[0]
        freedom = np.clip(2 * count / np.maximum(tails - 1, 1e-12), 1.0, count - 1)
    effective = model.weight.sum() ** 2 / (model.weight**2).sum()
    counts = [np.array([number]) for number in (count, len(model.y), effective)]
    return Estimates(
        pd.DataFrame(index=range(1)), list(names), value[None], factor * (summed.T @ summed)[None], *counts, ten[None],
        freedom[None], words,
    )  # fmt: skip


def _draw(
    model: Regression, beta: np.ndarray, effects: list[Effect], of_row: np.ndarray, regressors: str
) -> Callable[[int, int], np.ndarray]:
    """Return the bootstrap: units drawn with replacement, the logit estimated again."""
    share = model.weight / model.weight.sum()

    def draw(draws: int, seed: int) -> np.ndarray:
        generator = np.random.default_rng(seed)
        count = int(of_row.max()) + 1
        out = np.empty((1, draws, len(effects)))
        for d in range(draws):
            weight = share * generator.multinomial(count, np.full(count, 1 / count))[of_row]
            again = _newton(model, beta, weight)
            if again is None:
                raise ValueError(f"draw {d} has no finite coefficients: some level has too few rows; merge levels")
            over = share if regressors == "fixed" else weight / weight.sum()
            out[0, d] = [effect.mean(again, over)[0] for effect in effects]
        return out

    return draw


def _newton(model: Regression, start: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
    """Coefficients of the logit under other weights, by Newton's steps from those at hand; None if they run away."""
    beta = start
    for _ in range(ITERATIONS):
        index = model.x @ beta
        bread = (model.x * (weight * logit_slope(index))[:, None]).T @ model.x
        try:
            step = np.linalg.solve(bread, model.x.T @ (weight * (model.y - expit(index))))
        except np.linalg.LinAlgError:
            return None
        beta = beta + step
        if not np.abs(beta).max() < 1e3:
            return None
        if np.abs(step).max() < 1e-9:
            return beta
    return None


def _randomness(design: engine.Design, regressors: str) -> str:
    words = design.words().replace("firms (rows)", "rows")
    sandwich = "sandwich of the quasi-likelihood (HC0, without a factor for small samples)"
    if design.cluster is not None:
        sandwich = "sandwich of the quasi-likelihood times G / (G - 1) times (N - 1) / (N - k)"
    given = {
        "fixed": "regressors taken as they are in these rows",
        "stochastic": "other rows would have other regressors, which is counted",
    }[regressors]
    return words.replace("delta method", f"{sandwich}, delta method, {given}")
