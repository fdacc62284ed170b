"""What moves together within units once their fixed effects are taken out: least squares on panels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine
from analysis.inference import LEVEL, MOST_IN_TEN, TEN, Estimates
from analysis.regression import formulas, panel_groups
from analysis.regression.formulas import Regression
from analysis.results import About, Result, Sample

VCOV = ("robust", "classical", "cluster")
FEWEST_CLUSTERS = 40
"""Below this many clusters the errors and Student's t are too small too often, and the summary says so."""
ABSORBED = 1e-7
"""A regressor that keeps less than this share of its spread within the fixed effects is taken to be absorbed."""
PRECISION = 1e-11
"""Relative tolerance of taking the fixed effects out; coefficients agree with those on dummies to 1e-9."""
ROUNDS = 100_000
"""Most rounds of taking the fixed effects out, for panels whose parts hang together by few rows."""
SHOWN = 5
"""Levels named in full where many are meant."""


@dataclass(frozen=True, eq=False)
class FixedEffects(Result):
    """Coefficients within fixed effects. Made by `fixed_effects`.

    Parameters
    ----------
    r2_within : float
        Share of the outcome's variance, after the fixed effects are taken out of it, that the regressors account for.
    levels : dict
        Fixed effect -> number of its levels in the rows used.
    singletons : DataFrame
        Levels left out because a single row has them: fixed_effect, level.
    cautions : tuple of str
        What the reader should be told before the intervals are used.
    """

    r2_within: float = np.nan
    levels: Mapping[str, int] = field(default_factory=dict)
    singletons: pd.DataFrame | None = None
    cautions: tuple[str, ...] = ()

    total: ClassVar[str | None] = None
    label: ClassVar[str] = "term"

    def _cautions(self) -> list[str]:
        return list(self.cautions)

    def __maketables_stat__(self, key: str) -> Any:
        """Return a statistic by its key: N, r2_within, method or paper."""
        return self.r2_within if key == "r2_within" else super().__maketables_stat__(key)

    @property
    def __maketables_fixef_string__(self) -> str | None:
        """Fixed effects absorbed."""
        return " + ".join(self.levels) or None

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        """Labels of the statistics."""
        return {**super().__maketables_stat_labels__, "r2_within": "R2 within"}

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        """Statistics shown unless others are asked for."""
        return ["N", "r2_within"]


def fixed_effects(
    formula: str, data: Any, cluster: str | None = None, weights: str | None = None, vcov: str = "robust", *,
    missing: str = "raise", specifications: Any = None,
) -> FixedEffects:  # fmt: skip
    """Estimate by least squares how an outcome moves with regressors within units, periods or any other groups.

    The fixed effects after ``|`` are taken out of outcome and regressors (one dummy per level, without the dummies),
    so that only variation within them is compared. A level with a single row fits itself exactly and says nothing:
    such rows are left out, named and counted. A regressor without variation of its own within the fixed effects raises
    an error; it is never dropped in silence.

    Parameters
    ----------
    formula : str
        ``"y ~ x + C(region) | unit + year"``: one outcome, terms in formulaic's language, then the fixed effects, each
        a column or several joined by ``^`` (``industry^year``: one effect for each pair). ``| 0`` takes out a common
        mean alone: pooled least squares.
    data : pandas, polars or Arrow table, DuckDB relation or Ibis table
        The columns in use are brought into memory.
    cluster : str, optional
        Column of clusters: rows of one cluster are not independent. Makes `vcov` "cluster".
    weights : str, optional
        Column of weights, positive; only their proportions matter.
    vcov : {"robust", "classical", "cluster"}
        "robust": heteroskedasticity-robust, times n / (n - k). "classical": errors of one variance, residual sum of
        squares over n - k, as in textbooks. "cluster": times G / (G - 1) and (n - 1) / (n - k), for G clusters.
        k counts the regressors and the levels of the fixed effects, less those that effects named before imply (one
        for years beside units, one for each country for its years beside its firms; beyond two effects, those that one
        of them implies); with clusters, an effect nested in them counts as the constant. Where the panel hangs
        together this is pyfixest's default. "robust" takes rows of one unit as independent, which panels of more than
        two periods seldom are: give `cluster`.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value in any column in use and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    FixedEffects
        One row per regressor, in units of the outcome per unit of the regressor; `r2_within`, `levels` and
        `singletons` beside it. Intervals from Student's t with n - k degrees of freedom, with clusters G - 1.

    Raises
    ------
    ValueError
        Unknown option or column; a formula without fixed effects, or with instruments; missing or infinite values;
        weights that are not positive; a regressor that the fixed effects absorb, or that others combine to; no more
        rows than coefficients and fixed effects; a single cluster.

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd edition, chapter 10. Errors: White
    (1980), Econometrica 48; Stock and Watson (2008), Econometrica 76; Cameron and Miller (2015), Journal of Human
    Resources 50.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({
    ...     "firm": ["a", "a", "b", "b", "c", "c"], "year": [1, 2, 1, 2, 1, 2], "trained": [0, 1, 0, 0, 0, 1],
    ...     "output": [10.0, 13.0, 20.0, 21.0, 30.0, 32.0],
    ... })
    >>> result = fixed_effects("output ~ trained | firm + year", data, vcov="classical")
    >>> result.tidy()[["term", "estimate", "std_error"]].round(3)
          term  estimate  std_error
    0  trained       1.5      0.866
    """
    checks.one_of("vcov", vcov, VCOV)
    if cluster is None and vcov == "cluster":
        raise ValueError('vcov="cluster" needs cluster=, the column of clusters')
    if cluster is not None and vcov == "classical":
        raise ValueError(
            f'cluster={cluster!r} contradicts vcov="classical", which takes rows as independent; leave one of them out'
        )
    kind = "cluster" if cluster is not None else vcov
    regression, effects = panel_groups.parts(formula)
    rows, left_out = panel_groups.read_rows(formula, regression, effects, data, cluster, weights, missing)
    groups = panel_groups.groups_of(rows, effects)
    kept, singletons = panel_groups.without_singletons(rows, groups)
    model = formulas.read(regression, rows[kept], weights, engine.Design(cluster), "raise")
    groups = {name: pd.factorize(codes[kept])[0] for name, codes in groups.items()}
    left_out = {**left_out, "alone in a level of a fixed effect (singletons)": int((~kept).sum())}
    fit = _fit(model, groups, kind, cluster)
    unit = model.unit if model.unit == "log points" else checks.unit_of(data, model.outcome)
    frame = fit.estimates.frame().rename(columns={"component": "term"}).assign(unit=f"{unit} per unit of the regressor")
    levels = {name: int(codes.max()) + 1 for name, codes in groups.items()}
    about = About(
        title=f"{model.outcome} within {_listed(levels) or 'the whole table'}",
        compared=_compared(model.outcome, levels, fit.r2_within),
        direction="a coefficient is the difference of the outcome that goes with one unit more of the regressor within "
        "the fixed effects; an effect only where the design earns the word",
        reference="omitted levels of factors, zero of numbers; each level of a fixed effect is its own base",
        weights=weights or "each row once",
        sample=Sample(len(model.y), left_out),
        method="least squares with fixed effects taken out, by pyfixest",
        paper="Wooldridge 2010, chapter 10",
        randomness=fit.estimates.words,
        notes=_notes(singletons, list(groups)[:1] if kind != "cluster" else []),
    )
    result = FixedEffects(
        frame, about, inference=fit.estimates, r2_within=fit.r2_within, levels=levels, singletons=singletons,
        cautions=tuple(fit.cautions),
    )  # fmt: skip
    return result.with_specifications(specifications)


@dataclass(frozen=True, eq=False)
class _Fit:
    """What a regression gave."""

    estimates: Estimates
    r2_within: float
    cautions: list[str]


def _fit(model: Regression, groups: dict[str, np.ndarray], kind: str, cluster: str | None) -> _Fit:
    """Estimate by pyfixest and take over coefficients, their covariance and the scores."""
    free = [j for j, name in enumerate(model.names) if not groups or name != "Intercept"]
    names = [model.names[j] for j in free]
    if not names:
        raise ValueError("the formula has no regressor: there is nothing to estimate within the fixed effects")
    scale = model.y.std()  # the tolerance of pyfixest is absolute
    x, back = model.x[:, free], model.back[np.ix_(free, free)] * scale
    y = (model.y - (model.y.mean() if groups else 0.0)) / scale
    held = pd.factorize(model.frame["cluster"])[0] if kind == "cluster" else np.arange(len(x))
    if held.max() == 0:
        raise ValueError(f"cluster={cluster!r} has one cluster only; errors need at least two, better fifty")
    n, levels = len(x), panel_groups.count(groups)
    if n <= len(names) + levels:
        raise ValueError(
            f"{n:,} rows for {len(names)} coefficients and {levels:,} levels of fixed effects; take fewer or add rows"
        )
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(len(names))])
    frame = frame.assign(y=y, unit=held, weight=model.weight / model.weight.mean())
    fit = _pyfixest(frame, groups, {"robust": "hetero", "classical": "iid"}.get(kind, {"CRV1": "unit"}), names)
    if groups and np.abs(fit._Y).max() <= ABSORBED:
        raise ValueError(f"the outcome {model.outcome!r} does not vary within the fixed effects: nothing is left")
    within = fit._X  # without the fixed effects, times the root of the weight
    scores = fit._scores @ np.linalg.inv(within.T @ within) @ back.T
    squares = np.stack([np.bincount(held, column) for column in scores.T], axis=1) ** 2
    top = np.sort(squares, axis=0)[-min(TEN, max(1, len(squares) // 20)) :].sum(axis=0)
    whole = squares.sum(axis=0)
    size = np.bincount(held, model.weight)
    held_by_few = dict(zip(names, top / np.where(whole > 0, whole, 1.0), strict=True))
    k = len(names) + (panel_groups.count(groups, held) if kind == "cluster" else levels)
    words = _words(kind, cluster, k, n, len(size))
    covariance = back @ fit._vcov @ back.T * (n - fit._df_k) / (n - k)
    estimates = Estimates(
        pd.DataFrame(index=range(1)), names, (back @ fit._beta_hat)[None], covariance[None],
        np.array([len(size)]), np.array([n]), np.array([size.sum() ** 2 / (size**2).sum()]),
        np.array([list(held_by_few.values())]),
        np.full((1, len(names)), float(len(size) - 1 if kind == "cluster" else n - k)), words,
    )  # fmt: skip
    left, moved = y - x @ fit._beta_hat, y - np.average(y, weights=model.weight)
    pooled = 1 - (model.weight @ left**2) / (model.weight @ moved**2)
    cautions = _few(kind, len(size), held_by_few)
    return _Fit(estimates, float(fit._r2_within if groups else pooled), cautions)


def _pyfixest(frame: pd.DataFrame, groups: dict[str, np.ndarray], vcov: Any, names: list[str]) -> Any:
    """Run the regression; what pyfixest would drop with a warning is an error that names it."""
    columns = [f"x{j}" for j in range(len(names))]
    frame = frame.assign(**{f"effect{i}": codes for i, codes in enumerate(groups.values())})
    effects = " + ".join(f"effect{i}" for i in range(len(groups)))
    right = " + ".join(columns)
    try:
        fit = _feols(f"y ~ {right} | {effects}" if effects else f"y ~ 0 + {right}", frame, vcov)
    except ValueError as error:
        if "collinear" not in str(error):
            raise
        fit = None
    if fit is not None and len(fit._beta_hat) == len(columns):
        spread = np.sqrt((fit._X**2).mean(axis=0))
        if not groups or spread.min() > ABSORBED:
            return fit
    within = np.column_stack([_feols(f"{name} ~ 1 | {effects}", frame, "iid").resid() for name in columns])
    for name, column in zip(names, within.T, strict=True):
        if np.sqrt((column**2).mean()) <= ABSORBED:
            raise ValueError(
                f"regressor {name!r} does not vary within the fixed effects ({', '.join(map(repr, groups))}), which "
                "absorb it; leave it out, or take a fixed effect out"
            )
    formulas.check_rank(within, names)
    raise ValueError(f"the regressors {', '.join(map(repr, names))} are too nearly collinear within the fixed effects")


def _feols(formula: str, frame: pd.DataFrame, vcov: Any) -> Any:
    import pyfixest
    from pyfixest.demeaners import LsmrDemeaner

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, and of dropped regressors, which are looked for by the caller
        return pyfixest.feols(
            formula, frame, vcov=vcov, weights="weight", fixef_rm="none", collin_tol=formulas.COLLINEAR,
            demeaner=LsmrDemeaner(fixef_maxiter=ROUNDS, fixef_atol=PRECISION, fixef_btol=PRECISION),
        )  # fmt: skip


def _words(kind: str, cluster: str | None, k: int, n: int, units: int) -> str:
    """Say which randomness the errors speak of, with pyfixest's small-sample factor."""
    counted = f"k = {k:,} counts regressors and levels of fixed effects that do not follow from those before"
    drawn = "rows as independent draws from a process that could have given others"
    if kind == "classical":
        text = f"{drawn}, with errors of one variance; residual sum of squares over n - k; {counted}"
    elif kind == "robust":
        text = f"{drawn}; heteroskedasticity-robust, times n / (n - k); {counted}"
    else:
        text = (
            f"{units:,} clusters ({cluster}) as independent draws from a process that could have given others; times "
            f"G / (G - 1) and (n - 1) / (n - k); {counted}, an effect nested in the clusters as the constant"
        )
    freedom = f"G - 1 = {units - 1:,}" if kind == "cluster" else f"n - k = {n - k:,}"
    return f"{text}; {LEVEL:.0%} intervals, Student's t with {freedom} degrees of freedom"


def _few(kind: str, units: int, shares: Mapping[str, float]) -> list[str]:
    """Say where few clusters or few rows decide."""
    cautions = []
    if kind == "cluster" and units < FEWEST_CLUSTERS:
        cautions.append(
            f"{units} clusters: with fewer than {FEWEST_CLUSTERS} such errors are too small too often; a wild cluster "
            "bootstrap is the check"
        )
    weak = {name: share for name, share in shares.items() if share > MOST_IN_TEN}
    if weak:
        unit = "clusters" if kind == "cluster" else "rows"
        cautions.append(
            f"few {unit} decide: the {min(TEN, max(1, units // 20))} with most influence hold up to "
            f"{max(weak.values()):.0%} of the variance of {', '.join(weak)}"
        )
    return cautions


def _listed(levels: Mapping[str, int]) -> str:
    names = list(levels)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _compared(outcome: str, levels: Mapping[str, int], r2: float) -> str:
    held = ", ".join(f"{count:,} levels of {name}" for name, count in levels.items())
    within = f"within {held}" if levels else "over the whole table, no fixed effects"
    return f"{outcome} {within}; the regressors account for {r2:.1%} of its variance there (R2 within)"


def _notes(singletons: pd.DataFrame, unit: list[str]) -> tuple[str, ...]:
    notes = [f"rows of one {name} are taken as independent; cluster={name!r} does not take them so" for name in unit]
    if len(singletons):
        named = ", ".join(f"{name}={level}" for name, level in singletons.head(SHOWN).to_numpy())
        more = f" and {len(singletons) - SHOWN:,} more" if len(singletons) > SHOWN else ""
        notes.append(f"left out as the only row of a level (singletons): {named}{more}")
    return tuple(notes)
