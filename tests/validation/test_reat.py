"""Convergence against R's REAT: GDP per head of 402 German counties, 2010 to 2014."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.regression.convergence import convergence
from analysis.report.validation_files import german_counties

CASE = Path(__file__).parents[2] / ".." / "shared" / "validation" / "reat_convergence"
COLUMNS = {"unit": "region_code_EU", "time": "year", "level": "gdp_per_head"}
pytestmark = pytest.mark.skipif(not CASE.exists(), reason="needs ../shared/validation/reat_convergence")


@pytest.fixture(scope="module")
def counties():
    return german_counties(CASE)


@pytest.fixture(scope="module")
def expected():
    return json.loads((CASE / "expected.json").read_text())


def test_beta_as_reat_prints_it(counties, expected):
    got = convergence(counties, **COLUMNS).tidy().set_index("term")
    for term in ("alpha", "beta"):
        estimate, error = expected[term]
        assert got.loc[term, "estimate"] == pytest.approx(estimate, abs=1e-12)
        assert got.loc[term, "std_error"] == pytest.approx(error, abs=1e-12)
    assert got.loc["beta", "p_value"] == pytest.approx(7.86747517517e-05, rel=1e-10)
    assert got.loc["beta", "statistic"] ** 2 == pytest.approx(expected["F"], abs=1e-8)
    assert got.loc["reat_lambda", "estimate"] == pytest.approx(expected["lam"], abs=1e-12)
    assert got.loc["reat_half_life", "estimate"] == pytest.approx(expected["halflife"], abs=1e-8)
    assert got.loc["r2", "estimate"] == pytest.approx(expected["r2"], abs=1e-12)
    assert got.loc["units", "estimate"] == 402


def test_the_exact_speed_is_the_one_reat_finds_by_nonlinear_least_squares(counties):
    got = convergence(counties, **COLUMNS).tidy().set_index("term")
    assert got.loc["lambda", "estimate"] == pytest.approx(7.48426580812e-03, abs=1e-8)
    assert got.loc["lambda", "std_error"] == pytest.approx(1.90424891198e-03, abs=1e-8)
    # a gap that shrinks by exp(-lambda) a year is halved after the half-life
    assert np.exp(-got.loc["lambda", "estimate"] * got.loc["half_life", "estimate"]) == pytest.approx(0.5, rel=1e-12)


def test_sigma_as_reat_prints_it(counties):
    got = convergence(counties, **COLUMNS, kind="sigma", spread="cv-log").tidy().set_index("term")
    for term, value in {"first": 0.0341612269943, "last": 0.0331648350850, "quotient": 1.0300436262301,
                        "f_test": 1.03762234008}.items():  # fmt: skip
        assert got.loc[term, "estimate"] == pytest.approx(value, abs=1e-11)
    assert got.loc["f_test", "p_value"] == pytest.approx(0.711725826146, abs=1e-10)


def test_growth_given_is_growth_measured(counties):
    wide = counties.pivot(index="region_code_EU", columns="year", values="gdp_per_head")
    rates = (np.log(wide[2014] / wide[2010]) / 4).rename("rate").reset_index()
    given = counties.merge(rates, on="region_code_EU")
    want = convergence(counties, **COLUMNS).tidy()
    for table in (given, given.assign(gdp_per_head=given["gdp_per_head"].where(given["year"] == 2010, 1.0))):
        pd.testing.assert_frame_equal(convergence(table, **COLUMNS, growth="rate").tidy(), want, rtol=1e-9)
