"""The stored sensitivity comes from the present code and draws, and total effects find the parameters that matter."""

import numpy as np
import pytest

import analysis as an
from analysis.policy_lab import sensitivity, stored


@pytest.fixture(scope="module")
def draws():
    return an.load("lab_draws")


@pytest.mark.parametrize("name", sensitivity.NAMES)
def test_the_sensitivity_comes_from_the_present_code(name):
    remedy = "stale: run python -m analysis.policy_lab.sensitivity --out data"
    assert set(an.load(name)["digest"]) == {stored.digest(*sensitivity.ROOMS)}, remedy


def test_a_sample_of_the_draws_solves_again_to_the_same_numbers(draws):
    for old in draws.sample(3, random_state=3).to_dict("records"):
        new = sensitivity.row_of(old)
        assert new["solved"] == old["solved"]
        for name in sensitivity.OUTCOMES:
            for rule in sensitivity.RULES:
                key = f"{name}_{rule}"
                assert new[key] == pytest.approx(old[key], rel=1e-6, abs=1e-9, nan_ok=True), key


def made_up(base=64):
    """Return draws where only the windfall moves flat support and only strength moves tied support."""
    found = sensitivity.draws(base).assign(solved=True, message="", digest="x")
    for name in sensitivity.OUTCOMES:
        found[f"{name}_none"] = 1.0
        found[f"{name}_flat"] = 1.0 - 0.2 * (found["windfall"] - 0.25)
        found[f"{name}_tied"] = 1.0 + found["strength"]
    return found


def test_total_effects_find_the_parameters_that_matter():
    pytest.importorskip("SALib", reason="SALib draws and analyses the sample")
    found = sensitivity.analyse(made_up(512)).set_index(["difference", "outcome", "parameter"]).sort_index()
    one = found.loc[("flat-none", "consumption")]
    assert one["total"].idxmax() == "windfall" and one.at["windfall", "total"] == pytest.approx(1, abs=0.1)
    assert one.drop("windfall")["total"].abs().max() < 0.01
    assert one["share_positive"].iloc[0] == pytest.approx(0.25, abs=0.02)
    assert one.at["windfall", "rank"] == 1 and one["decides"].sum() == 3
    both = found.loc[("tied-flat", "output_per_hour")]
    assert set(both["total"].nlargest(2).index) == {"windfall", "strength"}
    # variances 0.2^2/12 of the windfall and 0.1^2/12 of strength
    assert both.at["windfall", "total"] == pytest.approx(0.8, abs=0.15)
    assert found.loc[("tied-none", "small_over_large")]["mean"].iloc[0] == pytest.approx(0, abs=0.3)


def test_a_sign_that_never_changes_has_no_effects_and_blocks_with_a_gap_are_left_out():
    pytest.importorskip("SALib", reason="SALib draws and analyses the sample")
    table = made_up(16)
    for name in sensitivity.OUTCOMES:
        table[f"{name}_tied"] = 1.5 + table["strength"]
    table.loc[30, "solved"] = False
    table.loc[30, [f"{name}_{rule}" for name in sensitivity.OUTCOMES for rule in sensitivity.RULES]] = np.nan
    found = sensitivity.analyse(table)
    tied = found[found["difference"] == "tied-none"]
    assert (tied["share_positive"] == 1).all() and tied["total_sign"].isna().all()
    assert (found["left_out"] == len(sensitivity.PARAMETERS) + 2).all() and (found["draws"] == len(table) - 1).all()


def test_the_stored_sensitivity_is_that_of_the_stored_draws(draws):
    pytest.importorskip("SALib", reason="SALib draws and analyses the sample")
    keys = ["difference", "outcome", "parameter"]
    again = sensitivity.analyse(draws).sort_values(keys, ignore_index=True)
    kept = an.load("lab_sensitivity")
    for name in ("mean", "low", "high", "share_positive", "total", "total_sign"):
        assert again[name].to_numpy(float) == pytest.approx(kept[name].to_numpy(float), rel=1e-4, abs=1e-8, nan_ok=True)
    assert (again["decides"].to_numpy() == kept["decides"].to_numpy()).all()
    assert len(draws) == sensitivity.BASE * (len(sensitivity.PARAMETERS) + 2)
    assert draws["solved"].all() and (kept["left_out"] == 0).all()
