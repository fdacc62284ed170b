"""Bunching against Stata's bunch_count and R's bunchr: simulated earnings with a kink at 1,000, elasticity 0.3."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.regression.thresholds import bunching

CASE = Path(__file__).parents[2] / ".." / "shared" / "validation" / "bunching_bunch_count"
pytestmark = pytest.mark.skipif(not CASE.exists(), reason="needs ../shared/validation/bunching_bunch_count")


@pytest.fixture(scope="module")
def printed():
    """Counterfactuals of both programs, by middle of the bin."""
    table = pd.read_csv(CASE / "show_data.csv").dropna().set_index("earnings")
    assert len(table) == 21
    return table


def run(degree=7, window=(-1, 1), **options):
    table = pd.read_csv(CASE / "sim_data.csv")
    return bunching(table["earnings"], 1000, 50, window, degree, table["counts"], **options)


def test_the_counterfactual_is_that_of_stata_within_its_own_distance_to_r(printed):
    held = run().bins.set_index("value")
    assert held["observed"].to_dict() == printed["counts"].to_dict()
    for column, tolerance in (("bunchcount_cf_counts", 0.006), ("bunchr_cf_counts", 1e-4)):
        off = (held["counterfactual"] / printed[column] - 1).abs()
        assert off.max() < tolerance, (column, off.max())
    # both stop their iteration early; the fixed point lies between their last steps and no further from Stata than R is
    worst = (printed["bunchr_cf_counts"] / printed["bunchcount_cf_counts"] - 1).abs().max()
    assert (held["counterfactual"] / printed["bunchcount_cf_counts"] - 1).abs().max() < worst


def test_the_excess_is_that_of_the_printed_counterfactual(printed):
    window = printed.loc[950:1050]
    got = run().tidy().set_index("component")["estimate"]
    for column, tolerance in (("bunchcount_cf_counts", 0.011), ("bunchr_cf_counts", 1e-3)):
        excess = (window["counts"] - window[column]).sum()
        assert got["excess_mass"] == pytest.approx(excess, rel=tolerance)
        assert got["excess_ratio"] == pytest.approx(excess / window[column].mean(), rel=1.5 * tolerance)


@pytest.mark.parametrize("wrong", [{"correction": "none"}, {"degree": 4}, {"window": (-2, 2)}, {"fit": (-20, 20)}])
def test_other_choices_miss_it(printed, wrong):
    held = run(**wrong).bins.set_index("value")["counterfactual"].reindex(printed.index)
    assert (held / printed["bunchcount_cf_counts"] - 1).abs().max() > 0.006
