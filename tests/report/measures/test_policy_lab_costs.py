"""What follows where the costs of AI are fitted at every gain and strength, by hand, and the words of the page."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.policy_lab import ai_costs, calibration
from analysis.report import claims
from analysis.report.measures import policy_lab as lab
from analysis.report.measures import policy_lab_costs as costs


def _row(fit, strength, flat, met=True, message=""):
    """Return a setting in which AI changes the ratio under flat support by a fraction, and half as much under tied."""
    lost = np.nan if not met or message else 1.0
    return {
        "fit": fit, "gain": 0.03, "strength": strength, "gain_large": 0.03 + 2 * strength,
        "misfit": 0.1 if met else 4.0, "met": met, "message": message or ("" if met else "no cost tried gives the use"),
        "small_over_large_before_flat": 0.3, "small_over_large_before_tied": 0.3,
        "small_over_large_flat": 0.3 * (1 + flat) * lost, "small_over_large_tied": 0.3 * (1 + flat / 2) * lost,
        "output_per_hour_flat": 1.0 * lost, "output_per_hour_tied": 1.01 * lost,
    }  # fmt: skip


@pytest.fixture
def load():
    rows = [
        _row("central", -0.02, 0.0, met=False), _row("quality", -0.02, 0.02),
        _row("central", 0.02, -0.04), _row("quality", 0.02, -0.02),
        _row("misallocation", 0.02, -0.1, message="no wage"),
    ]  # fmt: skip
    return lambda name: pd.DataFrame(rows) if name == ai_costs.NAME else an.load(name)


def test_settings_that_are_not_met_or_not_solved_say_nothing(load):
    found = costs.refitted(load)
    assert found["followed"].tolist() == [False, True, True, True, False]
    np.testing.assert_allclose(found["flat"], [np.nan, 0.02, -0.04, -0.02, np.nan])
    np.testing.assert_allclose(found["tied"], [np.nan, 0.01, -0.02, -0.01, np.nan])
    facts = costs.costs_facts(load)
    assert (facts["refit_settings"], facts["refit_met"]) == (5, 3)
    assert [facts[f"refit_{side}"] for side in ("above", "zero", "below")] == [2, 0, 0]
    assert [facts[f"refit_{side}_n"] for side in ("above", "zero", "below")] == [2, 0, 1]
    assert facts["refit_ahead"] == 100
    assert facts["refit_most"] == pytest.approx(7)


def test_the_table_counts_the_fits_and_gives_their_span(load):
    table = costs.costs_table(load).set_index("strength")
    assert table["fits"].tolist() == [1, 2] and table["of"].tolist() == [2, 3]
    assert table.loc[0.02, ["low", "high"]].tolist() == pytest.approx([-4, -2])
    shown = costs.shown_table(load)
    assert shown["Strength"].tolist() == ["-0.02", "+0.02"]
    assert shown["SME over large, %, gain 0.03"].tolist() == ["+2.0 (1 of 2 fits)", "-4.0 to -2.0 (2 of 3 fits)"]


def test_readings_of_c5_are_shares_of_the_settings_that_follow(load):
    found = {one.label: one.value for one in lab.deepens(load) if one.turns_on == "costs of AI"}
    assert list(found.values()) == pytest.approx([2 / 3, 1.0, 0.0])
    empty = load(ai_costs.NAME).assign(met=False)
    lost = lambda name: empty if name == ai_costs.NAME else an.load(name)  # noqa: E731
    assert claims.judge("C5", lost).verdict == claims.UNTESTABLE


def test_the_stored_table_says_what_the_page_puts_in_words():
    table, facts = costs.costs_table(an.load), costs.costs_facts(an.load)
    assert set(table["of"]) == {len(calibration.FITS)} and 0 < facts["refit_met"] < facts["refit_settings"]
    assert len(costs.shown_table(an.load)) == len(ai_costs.STRENGTHS)
    found = costs.refitted(an.load)
    lost = found.loc[~found["followed"], "gain_large"]
    assert lost.max() < found.loc[found["followed"], "gain_large"].min() and facts["refit_ahead"] == 100
    assert (table.loc[table["strength"] == -0.05, "fits"] == 0).all()
    assert facts["refit_above"] == facts["refit_above_n"] and facts["refit_zero"] == facts["refit_zero_n"] > 0
    assert 0 < facts["refit_below"] < facts["refit_below_n"]
