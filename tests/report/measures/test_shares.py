"""Exact intervals of shares of few cases: where a binomial test just rejects, impossible counts named."""

import pytest
from scipy import stats

from analysis.report.measures import shares


@pytest.mark.parametrize(("cases", "of"), [(0, 3), (1, 5), (6, 11), (10, 14), (9, 9)])
def test_the_exact_interval_is_where_a_binomial_test_just_rejects(cases, of):
    low, high = shares.exact_interval(cases, of)
    assert 0 <= low <= cases / of <= high <= 1
    if cases:
        assert stats.binom.sf(cases - 1, of, low) == pytest.approx(0.025)
    if cases < of:
        assert stats.binom.cdf(cases, of, high) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("cases", "of", "level"), [(4, 3, 0.95), (-1, 3, 0.95), (0, 0, 0.95), (1.5, 3, 0.95), (1, 3, 1.0)]
)
def test_impossible_counts_are_named(cases, of, level):
    with pytest.raises(ValueError, match="cases=|level="):
        shares.exact_interval(cases, of, level)
