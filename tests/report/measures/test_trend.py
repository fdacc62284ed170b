"""A trend finds the slope it was given, and its interval knows about correlated years."""

import numpy as np
import pandas as pd
import pytest

from analysis.report.measures.trend import trend


def test_a_line_is_found():
    found = trend(pd.Series(2 + 0.3 * np.arange(20), index=range(2000, 2020)))
    assert found.slope == pytest.approx(0.3)
    assert found.low == pytest.approx(found.high)
    assert found.years == 20


def test_the_interval_holds_the_slope_for_a_noisy_line():
    noise = np.random.default_rng(1).normal(0, 0.5, 30)
    found = trend(pd.Series(0.2 * np.arange(30) + noise, index=range(1990, 2020)))
    assert found.low < 0.2 < found.high


def test_years_that_move_together_widen_the_interval():
    swings = np.repeat([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], 5)
    series = pd.Series(0.1 * np.arange(30) + swings, index=range(1990, 2020))
    narrow, wide = trend(series, lags=0), trend(series, lags=4)
    assert wide.high - wide.low > narrow.high - narrow.low


@pytest.mark.parametrize(
    ("values", "says"), [([1.0] * 9, "needs 10 years"), ([1.0] * 11 + [np.nan], "no value for 2011")]
)
def test_a_short_or_broken_series_is_named(values, says):
    with pytest.raises(ValueError, match=says):
        trend(pd.Series(values, index=range(2000, 2000 + len(values))))
