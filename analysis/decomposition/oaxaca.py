"""The Blinder-Oaxaca decomposition of a difference in means, with standard errors (`oaxaca_blinder`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, engine, gradients, inference
from analysis.decomposition import oaxaca_design
from analysis.decomposition.oaxaca_design import Model, show
from analysis.decomposition.oaxaca_moments import REGRESSORS, Moments
from analysis.decomposition.oaxaca_result import OaxacaBlinder
from analysis.decomposition.oaxaca_units import Units, units
from analysis.inference import Estimates
from analysis.results import About, Sample

REFERENCES = ("group_a", "group_b", "pooled", "neumark", "reimers", "cotton")
VCOV = ("robust", "classical", "cluster")
TWOFOLD = ("explained", "unexplained")
SPLIT = ("explained", "unexplained_a", "unexplained_b")
THREEFOLD = ("endowments", "coefficients", "interaction")
_SHARES = {"group_a": 1.0, "group_b": 0.0, "reimers": 0.5}
_WORDS = {
    "group_a": "the coefficients of {a}",
    "group_b": "the coefficients of {b}",
    "pooled": "the coefficients of one regression over both groups with a dummy for the group",
    "neumark": "the coefficients of one regression over both groups without a dummy for the group",
    "reimers": "the plain mean of the coefficients of {a} and {b}",
    "cotton": "the coefficients of {a} and {b}, weighted by the groups' shares ({share:.4g} for {a})",
}
_PAPERS = {
    "pooled": "; Jann 2008; Fortin 2008", "neumark": "; Neumark 1988; Oaxaca and Ransom 1994",
    "reimers": "; Reimers 1983", "cotton": "; Cotton 1988",
}  # fmt: skip


def oaxaca_blinder(
    formula: str, data: Any, *, group: str, reference: str | float = "pooled", weights: str | None = None,
    cluster: str | None = None, vcov: str = "robust", normalise: str | Sequence[str] | None = None,
    threefold: bool = False, split: bool = False, group_a: Any = None, regressors: str = "stochastic",
    strata: str | None = None, population: str = "super", sampling: float | str | None = None, missing: str = "raise",
    specifications: Any = None,
) -> OaxacaBlinder:  # fmt: skip
    r"""Take the difference between two groups' mean outcomes apart into characteristics and coefficients.

    Each group has a regression of its own, :math:`\bar y_g = \bar x_g'\beta_g`. With reference coefficients
    :math:`\beta^*` the difference, group a minus group b, is

    .. math::
       \underbrace{(\bar x_a - \bar x_b)'\beta^*}_{explained} +
       \underbrace{\bar x_a'(\beta_a - \beta^*) + \bar x_b'(\beta^* - \beta_b)}_{unexplained}

    and threefold, from the viewpoint of group b,

    .. math::
       \underbrace{(\bar x_a - \bar x_b)'\beta_b}_{endowments} +
       \underbrace{\bar x_b'(\beta_a - \beta_b)}_{coefficients} +
       \underbrace{(\bar x_a - \bar x_b)'(\beta_a - \beta_b)}_{interaction}

    Parameters
    ----------
    formula : str
        ``"log(wage) ~ education + C(industry) + np.log(size)"``, in the language of formulaic: texts and categories are
        factors, ``C(x)`` makes a factor of a number, ``a:b`` an interaction, ``I(x**2)`` arithmetic; functions are
        those of formulaic and NumPy (``np.``). It has an intercept; the group is not in it.
    data : table
        pandas, polars, Arrow, DuckDB relation or Ibis. Only the columns in use are read, and these into memory.
    group : str
        Column with exactly two labels.
    reference : str or float
        Whose coefficients :math:`\beta^*` are:

        - "group_a", "group_b": that group's;
        - "pooled": those of one regression over all rows with a dummy for the group (the "pooled" of Jann's Stata
          command; the intercept of the reference is then group a's);
        - "neumark": those of one regression over all rows without the dummy (Stata's "omega");
        - "reimers": half of each group's;
        - "cotton": each group's, weighted by its share of the rows (with `weights`: of the sum of weights);
        - a number in [0, 1]: the weight of group a's coefficients; 1 is "group_a", 0 is "group_b".

        Threefold has no reference.
    weights : str, optional
        Column of sampling (probability) weights, positive. With ``vcov="classical"`` they are analytic weights: the
        error variance of a row is inverse to its weight.
    cluster : str, optional
        Column of clusters; they may span both groups. Makes `vcov` "cluster".
    vcov : {"robust", "classical", "cluster"}
        "robust": from the influence of every row on coefficients and means together, times N / (N - 1). "cluster": the
        same summed within clusters, times G / (G - 1). "classical": :math:`s^2(X'X)^{-1}` in each group, sample
        covariances (n - 1) of the means, groups independent (Jann 2008, threefold); given the columns, pooled
        coefficients are a mixture of the groups' coefficients, and have the variance of that mixture.
    normalise : str or list of str, optional
        Factors (by variable, or as written in the formula) whose effects are to be free of the omitted level: the
        coefficients of all levels, the omitted one among them, add up to zero, and their mean moves to the intercept.
    threefold : bool
        Endowments, coefficients and interaction instead.
    split : bool
        Split the unexplained part into what favours group a and what disfavours group b, against the reference.
    group_a : label, optional
        The group from which the other is subtracted; the first label in sorted order otherwise.
    regressors : {"stochastic", "independent", "fixed"}
        "stochastic": means of the regressors are drawn with the rows and covary with the coefficients as they do in the
        data; the error of a group's prediction is then that of its mean outcome. "independent": drawn, but taken as
        uncorrelated with the coefficients (without weights, clusters and strata each group's with n - 1); Stata's
        `oaxaca` has it so. "fixed": means are given numbers, and only coefficients vary (Oaxaca 1973).
    strata : str, optional
        Column of strata; scores are centred within them.
    population : {"super", "finite"}
        "finite": the rows are a sample, or a census, of the population of interest.
    sampling : float or str, optional
        Sampling fraction of a finite population.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value in a column in use, and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    OaxacaBlinder
        Components and their sum, the difference (group a minus group b), in units of the outcome, with standard errors.
        `tidy(detail=True)` has every column of the design and the intercept; `blocks()` sums them; `predictions()` has
        the means of both groups; `coefficients()` the three sets of coefficients.

    Raises
    ------
    ValueError
        Unknown column or option; a formula that cannot be read; the group in the formula; not exactly two groups;
        missing, infinite or not positive values where they may not be; a transformation that gives no number; a level
        that one group lacks; a constant outcome; a singular design (the columns are named); fewer rows than
        coefficients; one cluster only; a factor to normalise that is none; options that exclude each other.

    Notes
    -----
    In a detail, the unexplained effect of a number depends on where its zero is, and that of a factor on the omitted
    level unless normalised; their sum does not (Jones 1983; Oaxaca and Ransom 1999).

    References
    ----------
    Blinder (1973), Journal of Human Resources 8; Oaxaca (1973), International Economic Review 14; Jann (2008), Stata
    Journal 8; Fortin (2008), Journal of Human Resources 43; Neumark (1988), Journal of Human Resources 23; Oaxaca and
    Ransom (1994), Journal of Econometrics 61; Reimers (1983), Review of Economics and Statistics 65; Cotton (1988),
    Review of Economics and Statistics 70; Yun (2005), Economic Inquiry 43.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "firm": ["large"] * 6 + ["small"] * 6, "skill": [8, 10, 12, 14, 16, 18, 6, 8, 10, 10, 12, 14],
    ...     "wage": [20, 27, 30, 33, 40, 42, 15, 16, 22, 19, 25, 26.0]})
    >>> result = oaxaca_blinder("wage ~ skill", table, group="firm", reference="group_b")
    >>> result.tidy()[["component", "estimate", "std_error"]].round(3)
         component  estimate  std_error
    0    explained      4.65      2.864
    1  unexplained      6.85      1.240
    2   difference     11.50      3.666
    """
    design = _options(reference, weights, cluster, vcov, threefold, split, regressors, strata, population, sampling)
    chosen = [normalise] if isinstance(normalise, str) else list(normalise or ())
    model = oaxaca_design.read(formula, data, group, group_a, weights, design, chosen, missing)
    names = [show(side.label) for side in model.sides]
    unit = units(model.frame, [side.at for side in model.sides], names, design)
    # threefold stands at group b's coefficients
    moments = Moments(model, 0.0 if threefold else _SHARES.get(reference, reference))
    parts = THREEFOLD if threefold else SPLIT if split else TWOFOLD
    function, size = _values(moments, parts), len(parts) + 1
    classical = vcov == "classical"
    covariance = moments.classical(regressors) if classical else None
    value, _, gradient = gradients.delta(function, moments.theta, np.zeros((len(moments.theta),) * 2))
    # components and detail; with clusters predictions and coefficients too, for their degrees of freedom
    q = len(model.coding.terms)
    seen = size * (q + 1) + (2 + 3 * q if cluster is not None else 0)
    held, ten, kurtosis = moments.sampled(unit, regressors, gradient[:seen])
    covariance = gradient @ (held if covariance is None else covariance) @ gradient.T
    estimates, terms, predicted, regressions = _frames(
        model, moments, unit, function, parts, value, covariance, ten, regressors, _freedom(unit, design, kurtosis),
        _randomness(design, classical, regressors),
    )  # fmt: skip
    about = _about(model, moments, reference, weights, group, classical, threefold, estimates, predicted)
    result = OaxacaBlinder(
        estimates.frame().assign(unit=model.unit), about, detail=terms.frame().assign(unit=model.unit),
        levels=float(np.abs(value).max()), inference=estimates, terms=terms, belongs=model.coding.belongs,
        predicted=predicted, regressions=regressions,
    )  # fmt: skip
    return result.with_specifications(specifications)


def _options(
    reference: Any, weights: Any, cluster: Any, vcov: Any, threefold: Any, split: Any, regressors: Any, strata: Any,
    population: Any, sampling: Any,
) -> engine.Design:  # fmt: skip
    """Check the options alone and against each other."""
    checks.one_of("vcov", vcov, VCOV)
    checks.one_of("regressors", regressors, REGRESSORS)
    checks.one_of("threefold", threefold, (True, False))
    checks.one_of("split", split, (True, False))
    number = isinstance(reference, Real) and not isinstance(reference, bool)
    if not (number and 0 <= reference <= 1) and not (isinstance(reference, str) and reference in REFERENCES):
        legal = ", ".join(map(repr, REFERENCES))
        raise ValueError(f"reference={reference!r} is not known; legal values: {legal}, or a number in [0, 1]")
    if threefold and reference != "pooled":
        raise ValueError(
            f"threefold=True has no reference (got {reference!r}): it is from the viewpoint of group b; group_a= says "
            "which group that is"
        )
    if threefold and split:
        raise ValueError("split=True splits the unexplained part of a twofold decomposition; threefold=True has none")
    if vcov == "cluster" and cluster is None:
        raise ValueError('vcov="cluster" needs cluster=, the column of clusters')
    if vcov == "classical" and (cluster is not None or strata is not None or population != "super"):
        raise ValueError(
            'vcov="classical" takes the rows as independent: no cluster=, no strata=, population="super"; '
            'use vcov="robust" or "cluster"'
        )
    return engine.Design(cluster, strata, population, sampling)


def _values(moments: Moments, parts: Sequence[str]) -> Callable[[np.ndarray], np.ndarray]:
    """From parameters to components and difference, their details, predictions, and coefficients of terms."""
    coding, scaling = moments.model.coding, moments.model.scaling
    spread, gather = scaling @ coding.spread, coding.gather @ np.linalg.inv(scaling)

    def function(theta: np.ndarray) -> np.ndarray:
        beta_a, mean_a, beta_b, mean_b, beta = moments.split(theta)
        beta_a, beta_b, beta = (each @ gather.T for each in (beta_a, beta_b, beta))
        mean_a, mean_b = mean_a @ spread, mean_b @ spread
        found = {
            "explained": (mean_a - mean_b) * beta,
            "unexplained_a": mean_a * (beta_a - beta),
            "unexplained_b": mean_b * (beta - beta_b),
            "endowments": (mean_a - mean_b) * beta_b,
            "coefficients": mean_b * (beta_a - beta_b),
            "interaction": (mean_a - mean_b) * (beta_a - beta_b),
            "difference": mean_a * beta_a - mean_b * beta_b,
        }
        found["unexplained"] = found["unexplained_a"] + found["unexplained_b"]
        details = [found[name] for name in (*parts, "difference")]
        totals = [each.sum(axis=1, keepdims=True) for each in (*details, mean_a * beta_a, mean_b * beta_b)]
        return np.concatenate([*totals[:-2], *details, *totals[-2:], beta_a, beta_b, beta, mean_a, mean_b], axis=1)

    return function


def _frames(
    model: Model, moments: Moments, unit: Units, function: Callable[[np.ndarray], np.ndarray], parts: Sequence[str],
    value: np.ndarray, covariance: np.ndarray, ten: np.ndarray, regressors: str, freedom: np.ndarray, words: str,
) -> tuple[Estimates, Estimates, pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Cut the values into components, detail, predictions and coefficients."""
    names, labels = model.coding.terms, [*parts, "difference"]
    size, count = len(labels), len(labels) * (len(names) + 1)
    effective = min(side.weight.sum() ** 2 / (side.weight**2).sum() for side in model.sides)
    rows = sum(len(side.y) for side in model.sides)

    def held(labels: list, part: slice) -> Estimates:
        def draw(draws: int, seed: int) -> np.ndarray:
            return moments.bootstrap(unit, function, draws, seed, regressors == "fixed")[None, :, part]

        return Estimates(
            pd.DataFrame(index=range(1)), labels, value[None, part], covariance[None, part, part],
            np.array([unit.count]), np.array([rows]), np.array([effective]), ten[None, part], freedom[None, part],
            words, None if regressors == "independent" else draw,
        )  # fmt: skip

    def table(part: slice) -> dict[str, np.ndarray]:
        error = np.sqrt(np.maximum(np.diagonal(covariance)[part], 0.0))
        reach = freedom[part] if len(freedom) == count + 2 + 3 * len(names) else np.inf
        return {"estimate": value[part], **inference.intervals(value[part], error, reach)}

    terms = [(component, name) for component in labels for name in names]
    groups = [side.label for side in model.sides]
    q = len(names)
    predicted = pd.DataFrame({
        "group": groups, **table(slice(count, count + 2)), "rows": [len(side.y) for side in model.sides],
        "unit": model.unit,
    })  # fmt: skip
    regressions = pd.DataFrame({
        "group": np.repeat(np.array([*groups, "reference"], dtype=object), q), "term": names * 3,
        **table(slice(count + 2, count + 2 + 3 * q)), "mean": [*value[count + 2 + 3 * q :], *[np.nan] * q],
    })  # fmt: skip
    if tuple(parts) == THREEFOLD:
        regressions = regressions.iloc[: 2 * q]
    return held(labels, slice(0, size)), held(terms, slice(size, count)), predicted, regressions


def _freedom(unit: Units, design: engine.Design, kurtosis: np.ndarray) -> np.ndarray:
    """Degrees of freedom, as the engine has them: infinite without clusters, else from clusters and kurtosis."""
    if design.cluster is None:
        return np.full(kurtosis.shape, np.inf)
    most = max(unit.count - unit.strata, 1.0)
    if design.strata is not None:
        return np.full(kurtosis.shape, most)
    return np.clip(2 * unit.count / np.maximum(kurtosis - 1, 1e-12), 1.0, most)


def _randomness(design: engine.Design, classical: bool, regressors: str) -> str:
    """Say which randomness the errors speak of."""
    means = {
        "stochastic": "means of the regressors drawn with them",
        "independent": "means of the regressors drawn, but taken as uncorrelated with the coefficients, which no "
        "resampling of rows reproduces",
        "fixed": "means of the regressors given, coefficients drawn",
    }[regressors]
    if classical:
        return (
            f"rows as a draw from a process, equal error variance within a group, groups independent; {means}; delta "
            f"method, {inference.LEVEL:.0%} intervals, normal"
        )
    return f"{design.words().replace('firms (rows)', 'rows')}; {means}"


def _about(
    model: Model, moments: Moments, reference: str | float, weights: str | None, group: str, classical: bool,
    threefold: bool, estimates: Estimates, predicted: pd.DataFrame,
) -> About:  # fmt: skip
    """Say in words what was done."""
    a, b = (f"{group} {show(side.label)}" for side in model.sides)
    means = [
        f"{name} {row.estimate:.6g} (std. error {row.std_error:.3g}, {row.rows:,} rows)"
        for name, row in zip((a, b), predicted.itertuples(), strict=True)
    ]
    if threefold:
        words = f"none: threefold, from the viewpoint of {b}"
    elif isinstance(reference, str):
        words = _WORDS[reference].format(a=a, b=b, share=moments.share)
    else:
        words = f"{reference:.4g} times the coefficients of {a} and {1 - reference:.4g} times those of {b}"
    kind = "analytic weights" if classical else "sampling weights"
    notes = []
    if model.coding.normalised:
        notes.append(f"effects of {', '.join(model.coding.normalised)} do not depend on the omitted level")
    loose = dict.fromkeys(home for term, home in model.coding.belongs.items() if "[T." in term)
    if loose:
        omitted = ", ".join(loose)
        notes.append(f"in the detail, unexplained effects of {omitted} depend on the omitted level; see normalise=")
    return About(
        title=f"Difference in {model.outcome}: {a} minus {b}",
        compared=f"mean {model.outcome}: {'; '.join(means)}",
        direction=f"{a} minus {b}",
        reference=words,
        weights=f"{weights} as {kind}" if weights else "none: every row counts once",
        sample=Sample(int(estimates.rows[0]), {"with missing values": model.dropped}),
        method=f"Blinder-Oaxaca decomposition, {'threefold' if threefold else 'twofold'}",
        paper="Blinder 1973; Oaxaca 1973" + ("; Jann 2008" if threefold else _PAPERS.get(reference, "")),
        randomness=estimates.words,
        notes=tuple(notes),
    )
