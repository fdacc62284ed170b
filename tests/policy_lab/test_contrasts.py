"""Contrasts of the lab: stored rows come out again, a lot knows nothing, a tax that is handed back clears."""

import numpy as np
import pytest

import analysis as an
from analysis.policy_lab import calibration, cases, contrasts, exercises, region, solve, stored, targets
from analysis.policy_lab.adoption import measured_improvement


@pytest.fixture(scope="module")
def held():
    return an.load(contrasts.NAME)


def test_the_stored_table_is_of_this_code_and_whole(held):
    remedy = "stale: run python -m analysis.policy_lab.contrasts --out data"
    assert set(held["digest"]) == {stored.digest(*contrasts.ROOMS)}, remedy
    economies = len(calibration.FITS) * (region.DRAWS + 1)
    flips = len(contrasts.WINDFALLS) * len(contrasts.SLACKS) + len(contrasts.COSTS)
    assert len(held) == 2 * economies + flips + 2 * len(exercises.WEDGES) and held["solved"].all()


@pytest.mark.parametrize("task", [("region", 5), ("flip", ("slack", 0.5)), ("flip", ("verification", 0.05)),
                                  ("wedge", ("financing", 0.3))])  # fmt: skip
def test_a_sample_comes_out_again(held, task):
    exercise, case = task
    if exercise == "region":
        case = ("quality", region.draws().set_index("draw", drop=False).loc[case].to_dict())
    old = held.set_index("id")
    for row in contrasts._work((exercise, case)):
        for name in contrasts.OUTCOMES:
            assert row[name] == pytest.approx(old.at[row["id"], name], rel=1e-6), row["id"]


def test_a_lot_pays_half_of_those_measured_whatever_they_did():
    chances = measured_improvement(calibration.korea(ai=True), calibration.support("tied").replace(error=contrasts.LOT))
    assert np.abs(chances - 0.5).max() < 1e-5


def test_a_tax_that_is_handed_back_leaves_every_condition_closed():
    found = solve(cases.taxed(calibration.korea()))
    assert max(map(abs, found.residuals.values())) < 1e-8
    raised = found.total(found.year.taxed) / found.total(found.year.output)
    assert raised == pytest.approx(targets.budget_share(), rel=1e-9)


def test_windfall_leaves_more_to_consume_and_slack_less_where_all_support_is_windfall(held):
    flat = held.query("exercise == 'flip' and rule == 'flat'")
    flat = flat.pivot(index="windfall", columns="slack", values="consumption")
    assert (np.diff(flat.to_numpy(), axis=0) > 0).all() and (np.diff(flat.loc[1.0]) < 0).all()
