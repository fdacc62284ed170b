"""The validation ladder: every rung is there, passes, and would fail on another number."""

import pytest

from analysis.report import validation, validation_models


@pytest.fixture(scope="module")
def table():
    return validation.compared(validation_models.ladder())


def test_every_rung_passes(table):
    assert table["pass"].all(), table[~table["pass"]].to_string()
    assert set(table["method"]) == {validation_models.METHOD}
    places = table["published_case"].str.split(",").str[0].value_counts()
    assert set(places.index) == set(validation_models.RUNGS.values())
    assert places["Restuccia and Rogerson 2008"] == 52 + 16


def test_each_table_and_grid_is_a_case_of_its_own(table):
    cases = set(table["published_case"])
    for words in ("table 3", "table 4", "table 5"):
        assert f"Restuccia and Rogerson 2008, {words}" in cases
    assert not table.duplicated(["published_case", "quantity"]).any()
    assert table["tolerance"].gt(0).all() and table["tolerance"].le(0.5).all()


def test_another_number_fails(table):
    moved = [(*row[:3], row[3] + 2.1 * row[5], row[4], row[5]) for row in table.itertuples(index=False, name=None)]
    assert not validation.compared(moved)["pass"].any()
