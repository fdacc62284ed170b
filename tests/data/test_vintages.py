"""What changed between two vintages of a table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import vintages


def table(**columns):
    return pd.DataFrame(columns)


def test_equal_tables_differ_in_nothing_whatever_their_order():
    old = table(country=["KOR", "JPN"], year=[2020, 2020], value=[1.0, np.nan], flag=["", None])
    found = vintages.changes(old, old.iloc[::-1], ["country", "year"], {"value": "USD"})
    assert found.empty and list(found.columns) == list(vintages.COLUMNS)
    assert vintages.counted(found) == "no value changes"


def test_text_missing_values_and_numbers_are_compared_each_in_its_way():
    old = table(id=["a", "b", "c", "d"], value=[1.0, np.nan, 2.0, 0.0], note=["x", "x", None, "x"])
    new = table(id=["a", "b", "c", "d"], value=[1.0, 3.0, np.nan, 5.0], note=["y", "x", None, "x"])
    found = vintages.changes(old, new, ["id"]).set_index(["row", "field"])
    assert set(found.index) == {("id a", "note"), ("id b", "value"), ("id c", "value"), ("id d", "value")}
    assert found["relative"].isna().all()  # text, from missing, to missing, from zero


def test_the_smallest_difference_is_one():
    old, new = table(id=["a"], value=[0.1]), table(id=["a"], value=[np.nextafter(0.1, 1)])
    assert vintages.counted(vintages.changes(old, new, ["id"])) == "0 rows added, 0 removed, 1 changed"


@given(st.dictionaries(st.integers(0, 30), st.integers(-5, 5)), st.dictionaries(st.integers(0, 30), st.integers(-5, 5)))
def test_the_counts_are_those_of_sets(old, new):
    found = vintages.changes(
        *(table(id=pd.Series(list(one), dtype=int), value=pd.Series(list(one.values()), dtype=int))
          for one in (old, new)), ["id"],
    )  # fmt: skip
    kinds = found["change"].value_counts()
    assert kinds.get("added", 0) == len(new.keys() - old.keys())
    assert kinds.get("removed", 0) == len(old.keys() - new.keys())
    assert kinds.get("changed", 0) == sum(old[key] != new[key] for key in old.keys() & new.keys())


def test_the_largest_come_first():
    old = table(id=list("abcd"), value=[1.0, 1.0, 1.0, 1.0])
    new = table(id=list("abce"), value=[1.1, 3.0, 0.2, 1.0])
    found = vintages.changes(old, new, ["id"])
    assert list(vintages.largest(found, 4)["row"]) == ["id b", "id c", "id a", "id d"]
    assert len(vintages.largest(found, 2)) == 2


@pytest.mark.parametrize(
    "old, new, key, words",
    [
        (table(id=["a"], x=[1]), table(id=["a"], y=[1]), ["id"], r"only in the old table \['x'\]"),
        (table(id=["a"], x=[1]), table(id=["a"], x=[1]), ["year"], "no column year; columns: id, x"),
        (table(id=["a", "a"], x=[1, 2]), table(id=["a"], x=[1]), ["id"], "old table: {'id': 'a'} stands"),
        (table(id=["a"], x=[1]), table(id=["a", "a"], x=[1, 2]), ["id"], "new table: {'id': 'a'}"),
    ],
)
def test_tables_that_cannot_be_compared_are_named(old, new, key, words):
    with pytest.raises(ValueError, match=words):
        vintages.changes(old, new, key)
