"""Least squares on the log-odds of a share, with group effects and a wild cluster bootstrap for few clusters."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine, inference
from analysis.regression import formulas, margins
from analysis.regression.formulas import Regression
from analysis.regression.wild import Absorbed, Signs, WildBootstrap, signs
from analysis.results import About, Result, Sample

BOUNDS = ("raise", "drop")
UNIT = "log-odds"


@dataclass(frozen=True, eq=False)
class LogOdds(Result):
    """Coefficients of least squares on log-odds. Made by `log_odds`."""

    total: ClassVar[str | None] = None
    label: ClassVar[str] = "term"

    clustered: pd.DataFrame = field(default_factory=pd.DataFrame)

    def covariance(self) -> list[pd.DataFrame]:
        """Return the clustered covariance (CRV1) of the coefficients, one square table in a list."""
        return [self.clustered.copy()]

    def _errors(self) -> Any:
        raise ValueError("p-values and intervals come from a wild cluster bootstrap already; .covariance() has CRV1")


def log_odds(
    formula: str, data: Any, absorb: str | Sequence[str] | None = None, cluster: str | None = None,
    weights: str | None = None, *, draws: int = 9999, seed: int = 0, bounds: str = "raise", missing: str = "raise",
    specifications: Any = None,
) -> LogOdds:  # fmt: skip
    r"""Regress the log-odds of a share on regressors by least squares, with p-values that hold for few clusters.

    The companion of `fractional_logit`: :math:`\log(s / (1 - s)) = x'\beta + \text{effects} + u`. It allows effects of
    groups (countries) without the bias that many of them bring to a nonlinear model, and a wild cluster bootstrap,
    which keeps its size with a dozen or two of clusters where clustered errors reject too often. It speaks of the mean
    of the log-odds, not of the mean of the share: signs and orders of magnitude compare, numbers need not agree.

    Standard errors are clustered (CRV1): times G / (G - 1) and (N - 1) / (N - k), where k does not count effects
    nested in clusters. The p-value is that of the wild cluster bootstrap of the t-statistic, null imposed, with
    Rademacher signs; the interval holds the values that this test does not reject (so it need not be symmetric, and
    is unbounded where so few clusters cannot reject any). With up to 14 clusters at 9,999 draws all sign patterns are
    gone through, and the p-value is exact, without a random part.

    Parameters
    ----------
    formula : str
        ``"share ~ C(size_class) + year"``; the outcome a fraction (``"I(percent / 100) ~ ..."``).
    data : pandas, polars or Arrow table, DuckDB relation or Ibis table
        The columns in use are brought into memory.
    absorb : str or list of str, optional
        Columns whose groups have effects of their own, taken out.
    cluster : str
        Column of clusters. Always needed.
    weights : str, optional
        Column of weights, positive.
    draws : int
        Draws of signs, at least 99.
    seed : int
    bounds : {"raise", "drop"}
        Shares of exactly 0 or 1 have no log-odds. "drop" leaves them out and counts them: say so, for it selects on the
        outcome.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    LogOdds
        One row per column of the design: estimate and std_error in log-odds, statistic (their ratio), p_value, conf_low
        and conf_high of the bootstrap. The exponential of a coefficient multiplies the odds.

    Raises
    ------
    ValueError
        No cluster column, or a single cluster; a share outside 0 to 1, or at its bounds with ``bounds="raise"``; a
        column that the absorbed effects leave without variation; an unknown option or column; missing or infinite
        values; weights that are not positive; a singular design.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90; Roodman, Nielsen, MacKinnon and Webb
    (2019), Stata Journal 19.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "share": [0.1, 0.3, 0.2, 0.4, 0.1, 0.4, 0.2, 0.6, 0.2, 0.5, 0.3, 0.6],
    ...     "large": [0, 1] * 6, "country": list("aabbccddeeff"),
    ... })
    >>> found = log_odds("share ~ large", data, absorb="country", cluster="country").tidy()
    >>> found[["term", "estimate", "p_value"]].round(4)
        term  estimate  p_value
    0  large    1.4256   0.0312
    """
    absorbed = [absorb] if isinstance(absorb, str) else list(absorb or [])
    _check_options(cluster, draws, seed, bounds)
    held = {f"absorb ({name})": name for name in absorbed}
    model = formulas.read(formula, data, weights, engine.Design(cluster), missing, held)
    inside = _inside(model, bounds)
    if not inside.all():
        model = model.keep(inside)
    codes = model.frame["cluster"].factorize()[0]
    count = int(codes.max()) + 1
    if count < 2:
        raise ValueError(f"cluster={cluster!r} has one cluster only; errors need at least two, better ten")
    effects = [model.frame[role].factorize()[0] for role in held]
    kept = [j for j, name in enumerate(model.names) if not (absorbed and name == "Intercept")]
    _check_variation(model, kept, effects, absorbed)
    logs = np.log(model.y / (1 - model.y))
    names = [model.names[j] for j in kept]
    back = model.back[np.ix_(kept, kept)]
    value, covariance = _clustered(logs, model.x[:, kept], codes, effects, model.weight)
    value, covariance = back @ value, back @ covariance @ back.T
    drawn = signs(count, draws, seed)
    tests = _tests(logs, model, kept, codes, effects, drawn)
    spread = np.sqrt(np.diagonal(covariance))
    table = pd.DataFrame({
        "term": names, "estimate": value, "std_error": spread, "statistic": value / spread,
        "p_value": [one.p_value for one in tests], "conf_low": [one.low for one in tests],
        "conf_high": [one.high for one in tests], "unit": UNIT,
    })  # fmt: skip
    of = f" with effects of {', '.join(absorbed)}" if absorbed else ""
    how = (
        f"all {2**count:,} sign patterns of the clusters, so exact; no p-value can be below {2 / 2**count:.2g}"
        if drawn.exact else f"{draws:,} draws, seed {seed}"
    )  # fmt: skip
    about = About(
        title=f"Log-odds of {model.outcome}: least squares{of}",
        compared=f"mean log-odds of {model.outcome}{of}",
        direction="a coefficient adds to the log-odds; its exponential multiplies the odds",
        reference="omitted levels of factors, zero of numbers",
        weights=f"{weights}, units a row stands for" if weights else "each row once",
        sample=Sample(len(model.y), model.left_out | {"with a share of exactly 0 or 1": int((~inside).sum())}),
        method="least squares on log-odds; wild cluster bootstrap of t, null imposed, Rademacher signs",
        paper="Cameron, Gelbach and Miller 2008; Roodman et al. 2019",
        randomness=f"{count} clusters ({cluster}) as a draw from a process that could have given others; standard "
        f"errors CRV1, times G / (G - 1) (N - 1) / (N - k); p-values and {inference.LEVEL:.0%} intervals by the "
        f"bootstrap: {how}",
    )  # fmt: skip
    clustered = pd.DataFrame(covariance, index=names, columns=names)
    return LogOdds(table, about, clustered=clustered).with_specifications(specifications)


def _check_options(cluster: Any, draws: Any, seed: Any, bounds: str) -> None:
    checks.one_of("bounds", bounds, BOUNDS)
    if cluster is None:
        raise ValueError("cluster= is needed: the column of clusters whose signs the bootstrap turns")
    for name, given, least in (("draws", draws, 99), ("seed", seed, 0)):
        if isinstance(given, bool) or not isinstance(given, Integral) or given < least:
            raise ValueError(f"{name}={given!r} must be a whole number of at least {least}")


def _inside(model: Regression, bounds: str) -> np.ndarray:
    """Rows whose share has log-odds."""
    margins.check_share(model)
    inside = (model.y > 0) & (model.y < 1)
    if not inside.all() and bounds == "raise":
        zeros, ones = int((model.y <= 0).sum()), int((model.y >= 1).sum())
        raise ValueError(
            f"the outcome {model.outcome!r} is 0 in {zeros:,} and 1 in {ones:,} of {len(model.y):,} rows, which have "
            'no log-odds; bounds="drop" leaves them out, fractional_logit keeps them'
        )
    if not inside.any():
        raise ValueError(f"the outcome {model.outcome!r} is 0 or 1 in all rows, which have no log-odds")
    return inside


def _check_variation(model: Regression, kept: list[int], effects: list[np.ndarray], absorbed: list[str]) -> None:
    """Raise where the absorbed effects leave a column nothing of its own."""
    if not absorbed:
        return
    words = f"once the effects of {', '.join(absorbed)} are taken out"
    if not kept:
        raise ValueError(f"no regressor is left {words}")
    root = np.sqrt(model.weight / model.weight.mean())
    columns = model.x[:, kept] * root[:, None]
    left = Absorbed(effects, root).out_of(columns)
    size = np.linalg.norm(columns, axis=0)
    upper = np.linalg.qr(left, mode="r")
    for place, j in enumerate(kept):
        if np.linalg.norm(left[:, place]) <= 1e-9 * size[place]:
            raise ValueError(f"column {model.names[j]!r} has no variation {words}; leave it out or absorb less")
        if abs(upper[place, place]) <= 1e-9 * size[place]:
            raise ValueError(
                f"column {model.names[j]!r} is a combination of the columns before it {words}; leave one of them out"
            )


def _clustered(
    y: np.ndarray, x: np.ndarray, codes: np.ndarray, effects: list[np.ndarray], weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their clustered covariance by pyfixest."""
    import pyfixest

    names = [f"x{j}" for j in range(x.shape[1])]
    frame = pd.DataFrame(x, columns=names).assign(y=y, weight=weight / weight.mean(), cluster=codes)
    frame = frame.assign(**{f"f{i}": one for i, one in enumerate(effects)})
    end = f" | {' + '.join(f'f{i}' for i in range(len(effects)))}" if effects else ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pyfixest's use of pandas
        fit = pyfixest.feols(
            f"y ~ {'' if effects else '0 + '}{' + '.join(names)}{end}", frame, vcov={"CRV1": "cluster"},
            weights="weight", fixef_rm="none", fixef_tol=1e-12, fixef_maxiter=100_000,
            ssc=pyfixest.ssc(k_adj=True, k_fixef="nonnested", G_adj=True, G_df="min"),
        )  # fmt: skip
    return fit.coef()[names].to_numpy(), np.asarray(fit._vcov)


def _tests(
    y: np.ndarray, model: Regression, kept: list[int], codes: np.ndarray, effects: list[np.ndarray], drawn: Signs
) -> list:
    """Bootstrap of every coefficient, in units of the columns as they are."""
    centred = WildBootstrap(y, model.x[:, kept], codes, effects, model.weight)
    found = []
    for place, j in enumerate(kept):
        if model.names[j] == "Intercept":
            # the intercept of columns as they are is a combination of those of centred columns: test it as itself
            plain = model.x @ np.linalg.inv(model.back)
            spread = np.where(np.diagonal(model.back) != 0, np.diagonal(model.back), 1.0)
            test = WildBootstrap(y, plain * spread, codes, effects, model.weight).test(j, drawn)
            found.append(test)
            continue
        test, scale = centred.test(place, drawn), model.back[j, j]
        found.append(type(test)(test.p_value, scale * test.low, scale * test.high))
    return found
