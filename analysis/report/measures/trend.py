"""A straight line through an annual series, with errors that allow for neighbouring years to move together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import statsmodels.api as sm

FEWEST = 10
"""Years a series must have: below that the errors mean little."""


@dataclass(frozen=True)
class Trend:
    """Change per year and its 95 % interval, in the unit of the series; a description, not a forecast."""

    slope: float
    low: float
    high: float
    years: int


def trend(series: pd.Series, lags: int = 3) -> Trend:
    """Fit a linear trend by least squares with Newey-West (HAC) errors.

    Parameters
    ----------
    series : Series
        Indexed by year; no missing value.
    lags : int
        Years over which errors may be correlated.

    Raises
    ------
    ValueError
        If a value is missing or the series has fewer than ten years.

    Examples
    --------
    >>> import pandas as pd
    >>> round(trend(pd.Series([0.1 * year for year in range(12)], index=range(2000, 2012))).slope, 3)
    0.1
    """
    if series.isna().any():
        raise ValueError(f"no value for {', '.join(map(str, series.index[series.isna()]))}")
    if len(series) < FEWEST:
        raise ValueError(f"a trend needs {FEWEST} years; the series has {len(series)}")
    design = sm.add_constant(series.index.to_numpy(dtype=float) - float(series.index[0]))
    fit = sm.OLS(series.to_numpy(dtype=float), design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}
    )
    low, high = fit.conf_int()[1]
    return Trend(float(fit.params[1]), float(low), float(high), len(series))
