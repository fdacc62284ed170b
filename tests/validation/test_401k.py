"""Fractional logit on participation in pension plans (401k): coefficients, errors and average marginal effects."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.regression.fractional import fractional_logit
from analysis.report import validation, validation_shares
from analysis.report.validation_shares import PLAN_COEFFICIENTS, PLANS, plans

CASE = Path(__file__).parents[2] / ".." / "shared" / "validation" / "fractional_logit_401k"


def test_the_coefficients_and_errors():
    got = fractional_logit(PLANS, plans()).coefficients().set_index("term")
    assert got.index.tolist() == list(PLAN_COEFFICIENTS)
    for term, (estimate, error) in PLAN_COEFFICIENTS.items():
        assert got.loc[term, "estimate"] == pytest.approx(estimate, abs=1e-6)
        assert got.loc[term, "std_error"] == pytest.approx(error, abs=1e-6)


def test_the_file_of_the_case_holds_the_same_plans_and_numbers():
    if not CASE.is_dir():
        pytest.skip("needs ../shared/validation/fractional_logit_401k")
    held = pd.read_csv(CASE / "401k.csv")
    pd.testing.assert_frame_equal(
        held.assign(prate=held["prate"] / 100), plans()[held.columns], check_dtype=False, rtol=1e-5
    )
    expected = json.loads((CASE / "expected.json").read_text())
    typed = {"const" if term == "Intercept" else term: pair for term, pair in PLAN_COEFFICIENTS.items()}
    assert {term: pair[0] for term, pair in typed.items()} == expected["coef"]
    assert {term: pair[1] for term, pair in typed.items()} == expected["se"]
    got = fractional_logit(PLANS, held.assign(prate=held["prate"] / 100)).coefficients().set_index("term")
    assert got["estimate"].tolist() == pytest.approx([pair[0] for pair in typed.values()], abs=1e-5)
    assert got["std_error"].tolist() == pytest.approx([pair[1] for pair in typed.values()], abs=1e-5)


def test_average_marginal_effects_of_statsmodels():
    """Its own marginal effects are for 0/1 outcomes; its Logit takes fractions all the same."""
    table = plans()
    x = sm.add_constant(table[["mrate", "ltotemp", "age", "sole"]])
    want = sm.Logit(table["prate"], x).fit(disp=0, cov_type="HC0", tol=1e-12).get_margeff(dummy=True)
    got = fractional_logit(PLANS, table).tidy()
    np.testing.assert_allclose(got["estimate"], want.margeff, rtol=1e-8)
    np.testing.assert_allclose(got["std_error"], want.margeff_se, rtol=1e-6)
    # a match of one dollar more per dollar raises participation by about ten points; a log point of staff lowers it
    assert got.set_index("term").loc["mrate", "estimate"] == pytest.approx(0.0969, abs=5e-5)


def test_it_stands_on_the_validation_page():
    mine = validation.cases().query("method == 'fractional_logit'")
    assert len(mine) == 10 and mine["pass"].all()
    assert mine["tolerance"].max() <= 1e-5
    assert validation.compared(validation_shares.participation())["pass"].all()
