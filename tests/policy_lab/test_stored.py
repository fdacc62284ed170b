"""The command line that the rooms with stored tables share."""

import json

import pandas as pd
import pytest

from analysis.policy_lab import exercises, sensitivity, stored


@pytest.fixture
def written(monkeypatch):
    """Return a list of the tables that would be written."""
    names = []
    monkeypatch.setattr(stored.package, "write_table", lambda name, table, folder: names.append((name, len(table))))
    monkeypatch.setattr(stored.package, "write_package", lambda folder: names.append("package"))
    return names


def test_the_tables_asked_for_are_made_with_the_workers_given(tmp_path, written):
    asked = []

    def make(workers):
        asked.append(workers)
        return pd.DataFrame({"a": [1, 2]})

    stored.write("words", {"one": make, "two": make}, ["--out", str(tmp_path), "--workers", "3", "two"])
    assert asked == [3] and written == [("two", 2), "package"]
    stored.write("words", {"one": make, "two": make}, ["--out", str(tmp_path)])
    assert asked == [3, 2, 2] and [one[0] for one in written[2:4]] == ["one", "two"]


def test_an_unknown_table_is_named_before_anything_is_solved(tmp_path, written):
    with pytest.raises(ValueError, match="table='lab_map' is not known; legal values: 'lab_exercises'"):
        stored.write("words", exercises.TABLES, ["--out", str(tmp_path), "lab_map"])
    assert not written


def test_every_table_of_the_lab_is_made_by_one_room():
    from analysis.policy_lab import ai_costs, contrasts, grid, region

    rooms = (ai_costs, contrasts, exercises, grid, region, sensitivity)
    made = [name for room in rooms for name in room.TABLES]
    listed = json.loads((stored.catalogue.folder() / "datapackage.json").read_text())["resources"]
    assert sorted(made) == sorted(one["name"] for one in listed if one["name"].startswith("lab_"))
