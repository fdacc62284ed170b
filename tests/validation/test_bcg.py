"""Meta-analysis against published answers: thirteen trials of the BCG vaccine against tuberculosis."""

import numpy as np
import pytest

from analysis.regression.evidence import meta_analysis
from analysis.report.validation_regression import BCG, bcg

EXPECTED = {
    "paule-mandel": {"pooled": -0.7150, "std_error": 0.1809, "tau2": 0.3181},
    "dersimonian-laird": {"pooled": -0.7141, "std_error": 0.1787, "tau2": 0.3088},
    "fixed": {"pooled": -0.4303, "std_error": 0.0405},
}
"""As R's metafor prints them for the log relative risk."""


@pytest.mark.parametrize("method", EXPECTED)
def test_pooled_log_relative_risk(method):
    result = meta_analysis(bcg(), effect="log_relative_risk", std_error="std_error", study="trial", method=method)
    got = result.tidy().set_index("component")
    want = EXPECTED[method]
    assert got.loc["pooled", "estimate"] == pytest.approx(want["pooled"], abs=5e-5)
    assert got.loc["pooled", "std_error"] == pytest.approx(want["std_error"], abs=5e-5)
    assert got.loc["q", "estimate"] == pytest.approx(152.2330, abs=5e-5) and got.loc["q", "p_value"] < 1e-4
    assert got.loc["i2", "estimate"] == pytest.approx(0.9212, abs=5e-5)
    assert got.loc["studies", "estimate"] == 13
    if "tau2" in want:
        assert got.loc["tau2", "estimate"] == pytest.approx(want["tau2"], abs=5e-5)
        # the interval by Q profiles does not depend on how tau2 is estimated (Viechtbauer 2007)
        ends = got.loc[["tau2", "i2"], ["conf_low", "conf_high"]].to_numpy()
        np.testing.assert_allclose(ends, [[0.1197, 1.1115], [0.819177, 0.976781]], atol=5e-5)
    else:
        assert "tau2" not in got.index and "prediction" not in got.index


def test_the_counts_are_those_of_the_review():
    # Colditz et al. (1994): 13 prospective trials; here 357,347 persons
    arms = BCG.groupby(level=0).sum().sum()
    assert len(BCG) == 13 and arms.sum() == 357_347
