"""The command line rebuilds tables, names what is wrong, and writes nothing when a file is bad."""

import pandas as pd
import pytest

import analysis as an
from analysis.data.ingest import __main__ as command
from analysis.data.ingest.reading import BadFile


@pytest.fixture
def tables(monkeypatch):
    """Stand in for the publishers: two tables, as the package holds them."""
    held = {name: lambda sources, name=name: pd.DataFrame(an.load(name)) for name in ("hours_worked", "inputs")}
    monkeypatch.setattr(command, "TABLES", held)
    return held


def _run(out, *names):
    command.main(["--sources", "anywhere", "--out", str(out), *names])


def test_all_tables_are_written_by_default(tables, tmp_path, capsys):
    _run(tmp_path / "data")
    written = {path.name for path in (tmp_path / "data").iterdir()}
    assert written == {"hours_worked.csv", "inputs.csv", "datapackage.json"}
    assert "hours_worked: 12,154 rows" in capsys.readouterr().out


def test_an_unknown_table_is_named(tables, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        _run(tmp_path / "data", "gdp")
    assert stopped.value.code == 2
    assert "no table named gdp; legal names: hours_worked, inputs" in capsys.readouterr().err


def test_a_bad_file_is_named_and_nothing_is_written(tables, tmp_path, capsys):
    def bad(sources):
        raise BadFile("levels.csv", "expected a number, found ':'", column="value", row=3)

    tables["inputs"] = bad
    with pytest.raises(SystemExit) as stopped:
        _run(tmp_path / "data")
    assert stopped.value.code == 1
    assert "file levels.csv, column 'value', row 3" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
