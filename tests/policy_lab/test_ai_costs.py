"""Costs of AI by its gain and strength: the stored table is of this code, whole, and comes out again."""

import numpy as np
import pytest

import analysis as an
from analysis.policy_lab import ai_costs, calibration, fitting, targets


@pytest.fixture(scope="module")
def held():
    return an.load("lab_ai_costs")


def test_the_stored_table_is_of_this_code_and_whole(held):
    remedy = "stale: run python -m analysis.policy_lab.ai_costs --out data"
    assert set(held["digest"]) == {fitting.digest(*ai_costs.ROOMS)}, remedy
    assert len(held) == len(calibration.FITS) * len(ai_costs.GAINS) * len(ai_costs.STRENGTHS)
    ways = [f"{name}_{rule}" for name in ai_costs.OUTCOMES for rule in ai_costs.RULES]
    followed = held["met"] & held["message"].fillna("").eq("")
    assert held.loc[followed, ways].notna().all(axis=None) and held.loc[~held["met"], ways].isna().all(axis=None)


def test_met_is_within_one_tolerance_of_every_target(held):
    wanted = {one.name: one for one in targets.ai_use()}
    far = np.max([(held[name] - one.value).abs() / one.tolerance for name, one in wanted.items()], axis=0)
    np.testing.assert_allclose(far, held["misfit"], rtol=1e-3, atol=1e-4)
    assert (held["met"] == (held["misfit"] <= ai_costs.MET)).all()


def test_at_the_central_values_the_costs_are_those_of_the_fits(held):
    centre = calibration.central()
    rows = held[(held["gain"] == centre["gain"]) & (held["strength"] == centre["strength"])].set_index("fit")
    for fit, costs in calibration.AI_FITTED.items():
        for name in ("licence_setup", "reorganisation", "chance"):
            assert rows.at[fit, name] == pytest.approx(costs[name], rel=0.02), (fit, name)


def test_what_large_firms_gain_is_linear_in_strength(held):
    for (_, gain), lot in held.groupby(["fit", "gain"]):
        lot = lot.sort_values("strength")
        slopes = np.diff(lot["gain_large"]) / np.diff(lot["strength"])
        np.testing.assert_allclose(slopes, slopes[0], rtol=1e-3)
        assert lot.set_index("strength").at[0.0, "gain_large"] == pytest.approx(gain)


def test_a_setting_that_is_met_comes_out_again(held):
    old = held.set_index("id")
    (row,) = ai_costs.rows_of(("central", 0.03, 0.05))
    for name in ("misfit", "gain_large", *fitting.COSTS):
        assert row[name] == pytest.approx(old.at[row["id"], name], rel=0.01, abs=0.01), name
    assert row["small_over_large_flat"] == pytest.approx(old.at[row["id"], "small_over_large_flat"], rel=1e-3)
