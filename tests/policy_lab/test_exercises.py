"""Single exercises: the stored table is of this code, comes out again, and is whole."""

import pytest

import analysis as an
from analysis.policy_lab import calibration, exercises, fitting, targets


@pytest.fixture(scope="module")
def held():
    return an.load("lab_exercises")


def test_the_stored_table_is_of_this_code(held):
    remedy = "stale: run python -m analysis.policy_lab.exercises --out data"
    assert set(held["digest"]) == {fitting.digest(*exercises.ROOMS)}, remedy


def test_an_exercise_comes_out_again(held):
    values = held.set_index(["exercise", "case", "name"])["value"]
    for exercise, case in (("channel", "slack"), ("wedge", "0.3")):
        for row in exercises.exercise_rows((exercise, case)):
            assert row["value"] == pytest.approx(values[exercise, case, row["name"]], rel=1e-5)


def test_every_target_has_a_figure_in_every_fit(held):
    fits = held[held["exercise"] == "fit"].pivot(index="name", columns="case", values="value")
    assert set(fits.index) == {one.name for one in (*targets.korean(), *targets.ai_use())}
    assert set(fits) == set(calibration.FITS) and fits.notna().all(axis=None)
    solved = fitting.moments(fitting.with_support(calibration.FITS["quality"]))
    assert {name: fits.at[name, "quality"] for name in solved} == pytest.approx(solved, rel=1e-6)
