"""The stored grid comes from the present code, holds every setting, and solves again to the same numbers."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.policy_lab import calibration, grid, stored


@pytest.fixture(scope="module")
def table():
    return an.load("lab_grid")


def test_the_grid_comes_from_the_present_code(table):
    remedy = "stale: run python -m analysis.policy_lab.grid --out data"
    assert set(table["digest"]) == {stored.digest(*grid.ROOMS)}, remedy


def test_a_changed_budget_or_another_room_changes_the_digest():
    def load(name):
        found = an.load(name)
        return found.assign(value=found["value"] * 1.01) if name == "support_money" else found

    # both the budget and GDP are in that table: a common factor leaves their ratio alone
    assert stored.digest("grid", load=load) == stored.digest("grid")

    def dearer(name):
        found = an.load(name)
        if name == "support_money":
            found.loc[found["id"] == "POL-022", "value"] *= 1.01
        return found

    assert stored.digest("grid", load=dearer) != stored.digest("grid")
    assert stored.digest("grid") != stored.digest("experiments")


def test_every_setting_is_there_and_none_was_dropped(table):
    assert len(table) >= 1000
    assert set(table["id"]) == set(grid.settings()["id"])
    assert table["strength"].nunique() == 5 and table["fit"].nunique() == 3
    unsolved = table[~table["solved"].astype(bool)]
    assert (unsolved["message"].str.len() > 20).all() and unsolved[list(grid.OUTCOMES)].isna().all(axis=None)
    solved = table[table["solved"].astype(bool)]
    assert solved["message"].isna().all() and solved[list(grid.OUTCOMES)].notna().all(axis=None)
    # what fails is a rule for few firms that cannot spend the money, and nothing else
    assert set(unsolved["rule"]) <= {"age"} and (solved["rule"] != "age").sum() == (table["rule"] != "age").sum()


def test_axes_that_do_not_enter_a_rule_are_missing():
    found = grid.settings()
    enters = found.groupby("rule")[["budget", "windfall", "error"]].agg(lambda column: column.notna().mean())
    assert enters.loc["none"].tolist() == [0, 0, 0]
    for rule in ("flat", "age"):
        assert enters.loc[rule].tolist() == [1, 1, 0]
    for rule in ("tied", "restructuring"):
        assert enters.loc[rule].tolist() == [1, 0, 1]
    for name, values in (("windfall", grid.WINDFALLS), ("error", grid.ERRORS), ("strength", grid.STRENGTHS)):
        assert calibration.central()[name] in values
        low, high = calibration.OPEN[name][:2]
        assert (min(values), max(values)) == (low, high)
    assert grid.korean_budget() in set(found["budget"])


def test_budgets_are_spent_to_the_penny(table):
    solved = table[table["solved"].astype(bool)]
    bare = solved[solved["rule"] == "none"].set_index(["strength", "fit"])["output_per_hour"]
    spending = solved[solved["rule"] != "none"]
    output = bare.loc[pd.MultiIndex.from_frame(spending[["strength", "fit"]])].to_numpy()
    cost = (spending["support_share"] + spending["running_share"]) * spending["output_per_hour"]
    assert np.abs(cost / (spending["budget"] * output) - 1).max() < 1e-6


def test_a_sample_of_the_grid_solves_again_to_the_same_numbers(table):
    some = table.sample(8, random_state=7)
    for (strength, fit), rows in some.groupby(["strength", "fit"]):
        again = grid.rows_of((strength, fit), rows[["id", *grid.AXES]])
        assert len(again) == len(rows)
        for new, old in zip(again, rows.to_dict("records"), strict=True):
            assert new["id"] == old["id"] and new["solved"] == old["solved"]
            for name in grid.OUTCOMES:
                assert new[name] == pytest.approx(old[name], rel=1e-6, abs=1e-9, nan_ok=True), (new["id"], name)


def test_unsolved_settings_stay_with_their_message():
    rows = grid.settings().query("rule == 'age' and budget == 0.025 and windfall == 0.5 and strength == 0.02")
    rows = rows.assign(budget=0.5)  # more than can be spent on young firms
    found = grid.rows_of((0.02, "central"), rows)
    assert [row["solved"] for row in found] == [False]
    assert "of its budget" in found[0]["message"] and np.isnan(found[0]["consumption"])


def test_the_map_divides_tied_by_untied_at_the_same_strength():
    rows = [
        {"rule": "flat", "budget": 0.01, "windfall": w, "error": np.nan, "strength": s, "fit": "central",
         "consumption": 2.0 + w + s}
        for w in (0.0, 1.0) for s in (0.0, 0.5)
    ] + [
        {"rule": "tied", "budget": 0.01, "windfall": np.nan, "error": e, "strength": s, "fit": "central",
         "consumption": 3.0 - e + s}
        for e in (0.1, 0.4) for s in (0.0, 0.5)
    ]  # fmt: skip
    found = grid.tied_against_flat(pd.DataFrame(rows), "consumption", 0.01)
    assert len(found) == 8
    got = found.set_index(["windfall", "error", "strength"])["relative"]
    assert got[(1.0, 0.4, 0.5)] == pytest.approx((3.0 - 0.4 + 0.5) / 3.5 - 1)
    assert got[(0.0, 0.1, 0.0)] == pytest.approx(2.9 / 2.0 - 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "joy"}, "outcome='joy' is not known"),
        ({"budget": 0.5}, "budget=0.5 is not known; legal values: 0.005"),
        ({"fit": "best"}, "fit='best' is not known"),
        ({"against": "tied"}, "against='tied' is not known; legal values: 'flat', 'age'"),
    ],
)
def test_bad_input_is_named(table, changes, message):
    with pytest.raises(ValueError, match=message):
        grid.tied_against_flat(table, **({"outcome": "consumption", "budget": 0.01} | changes))
