"""Rank correlation: agrees with scipy, keeps its interval honest in simulation, names what it cannot use."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.report.measures.ranks import places, rank_correlation

VALUES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=6, max_size=30)


@given(VALUES)
@settings(deadline=None)
def test_it_is_spearmans_with_ties(pairs):
    table = pd.DataFrame(pairs, columns=["a", "b"])
    if table.nunique().min() == 1:
        with pytest.raises(ValueError, match="does not vary"):
            rank_correlation(table["a"], table["b"])
        return
    found = rank_correlation(table["a"], table["b"])
    assert found.rho == pytest.approx(stats.spearmanr(table["a"], table["b"]).statistic, abs=1e-12)
    assert found.low <= found.rho <= found.high
    assert (found.low, found.high) == (found.rho, found.rho) or -1 < found.low < found.high < 1


def test_the_interval_is_the_published_formula():
    a, b = pd.Series(range(12)), pd.Series([2, 0, 1, 3, 6, 4, 5, 9, 7, 8, 11, 10])
    found = rank_correlation(a, b)
    spread = stats.norm.ppf(0.975) * np.sqrt((1 + found.rho**2 / 2) / 9)
    assert (found.low, found.high) == pytest.approx(tuple(np.tanh(np.arctanh(found.rho) + np.array([-spread, spread]))))


def test_the_interval_covers_about_95_percent():
    rng, truth, hits = np.random.default_rng(5), 0.5, 0
    rho = 6 / np.pi * np.arcsin(truth / 2)  # Spearman's of a bivariate normal
    for _ in range(600):
        draw = rng.multivariate_normal([0, 0], [[1, truth], [truth, 1]], size=27)
        found = rank_correlation(pd.Series(draw[:, 0]), pd.Series(draw[:, 1]))
        hits += found.low <= rho <= found.high
    assert 0.925 <= hits / 600 <= 0.975


def test_holding_a_third_measure_fixed():
    rng = np.random.default_rng(1)
    common = pd.Series(rng.normal(size=400))
    a, b = common + 0.5 * rng.normal(size=400), common + 0.5 * rng.normal(size=400)
    assert rank_correlation(a, b).rho > 0.7
    partial = rank_correlation(a, b, common)
    assert abs(partial.rho) < 0.15
    r = pd.concat([a, b, common], axis=1).rank().corr().to_numpy()
    expected = (r[0, 1] - r[0, 2] * r[1, 2]) / np.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert partial.rho == pytest.approx(expected, abs=1e-12)


def test_only_units_with_every_measure_count():
    a = pd.Series(range(8), index=list("abcdefgh"), dtype=float)
    b = a.rename(str.lower).drop("h")
    b["a"] = float("nan")
    assert rank_correlation(a, b).n == 6
    assert rank_correlation(a, b).text() == "1.00 (1.00 to 1.00, n = 6)"


@pytest.mark.parametrize(
    ("first", "second", "given", "says"),
    [
        ([1, 2, 3], [3, 2, 1], None, "3 units have every measure; a rank correlation needs 6"),
        ([1] * 7, range(7), None, "first does not vary over the 7 units"),
        (range(7), range(7), range(7), "given orders the units exactly"),
    ],
)
def test_what_it_cannot_use_is_named(first, second, given, says):
    series = [pd.Series(list(one), dtype=float) for one in (first, second)]
    with pytest.raises(ValueError, match=says):
        rank_correlation(*series, None if given is None else pd.Series(list(given), dtype=float))


def test_a_unit_that_stands_twice_is_named():
    twice = pd.Series(range(7), index=["KOR", "KOR", *"abcde"])
    with pytest.raises(ValueError, match="first: unit 'KOR' stands more than once"):
        rank_correlation(twice, twice)


def test_places_share_the_better_rank_and_need_the_unit():
    a = pd.Series({"KOR": 5, "A": 5, "B": 1})
    b = pd.Series({"KOR": 1, "A": 2, "B": 3, "C": 9})
    assert places(a, b, "KOR") == (1, 3, 3)
    with pytest.raises(ValueError, match="C lacks one of the two measures"):
        places(a, b, "C")
