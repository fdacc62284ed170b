"""The command line writes safe and whole files only, says what it does, resumes, and touches nothing of others."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.microdata import __main__ as command
from analysis.microdata import run as running
from analysis.microdata.measures import FAMILIES, Plan
from analysis.microdata.schema import Schema

ROOT = Path(__file__).parents[2]
TABLES = {f"{family}.csv" for family in FAMILIES}


def make(firms=500, seed=0):
    generator = np.random.default_rng(seed)
    frames = []
    for year in (2020, 2021):
        held = pd.DataFrame({"firm": np.flatnonzero(generator.random(firms) < 0.9)})
        held["industry"] = np.where(held["firm"] % 10 < 6, "C", np.where(held["firm"] % 50 == 9, "J", "G"))
        persons = np.ceil(np.exp(generator.normal(2.2, 1.5, len(held))))
        level = np.exp(generator.normal(3, 0.8, len(held)))
        frames.append(held.assign(
            year=year, persons=persons.astype(int), value_added=persons * level,
            hours=persons * generator.uniform(1500, 2200, len(held)),
        ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    path = tmp_path_factory.mktemp("register") / "register.parquet"
    make().to_parquet(path)
    return path


@pytest.fixture(scope="module")
def whole(register, tmp_path_factory):
    """A run that nothing disturbed: folder and what it said."""
    folder = tmp_path_factory.mktemp("whole") / "moments"
    said = []
    running.run(register, folder, by=["industry"], totals=["industry"], say=said.append)
    return folder, said


def go(*arguments):
    return command.main(["run", *map(str, arguments)])


def digests(folder, names=TABLES):
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(names)}


def snapshot(folder):
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


# ------------------------------------------------------------------------------------------------ what it writes


def test_files_manifest_and_log(whole, register):
    folder, said = whole
    assert {path.name for path in folder.iterdir()} == {*TABLES, "left_out.csv", "manifest.json", "log.txt"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["complete"] and not manifest["synthetic"]
    assert manifest["inputs"]["register"]["sha256"] == hashlib.sha256(register.read_bytes()).hexdigest()
    assert manifest["inputs"]["rule"] == {
        "min_firms": 10, "dominance": 0.85, "largest": 1, "p_percent": None, "protection": 0.1, "known_within": None
    }  # fmt: skip
    for name, digest in digests(folder, manifest["files"]).items():
        assert manifest["files"][name]["sha256"] == digest
    assert str(register.parent) not in (folder / "manifest.json").read_text() + (folder / "log.txt").read_text()
    numbered = [re.match(r"\[(\d)/5\] (\w+)", line) for line in said]
    assert [match.groups() for match in numbered if match][1:] == [
        (str(place), family) for place, family in enumerate(FAMILIES, 1)
    ]
    for line in said[1:]:
        assert line in (folder / "log.txt").read_text()


def test_no_file_holds_an_unsafe_cell(whole, register):
    """Read every file; recompute firms and dominance of every cell that shows a number."""
    firms = pd.read_parquet(register)
    classes = pd.cut(firms["persons"], [0, 9, 49, 249, np.inf], labels=["1-9", "10-49", "50-249", "250+"]).astype(str)
    for name in TABLES:
        table = pd.read_csv(whole[0] / name)
        numbers = ["estimate", "std_error", "conf_low", "conf_high", "firms"]
        assert table.loc[table["suppressed"], numbers].isna().all(axis=None)
        shown = table[~table["suppressed"]]
        assert len(shown)
        for row in shown.to_dict("records"):
            cell = firms["year"] == row["year"]
            cell &= (firms["industry"] == row["industry"]) | (row["industry"] == "total")
            label = row.get("size_class", "total")
            cell &= (classes == label) | (label == "total") | ((label == "1-249") & (classes != "250+"))
            assert cell.sum() >= 10 and row["firms"] == cell.sum(), row
            for magnitude in ("value_added", "persons", "hours"):
                values = firms.loc[cell, magnitude].abs()
                assert values.max() <= 0.85 * values.sum(), row
        hidden = table[table["suppressed"]]
        # the rule bites: an industry of nine firms is there, and another is hidden to cover it
        if name == "size.csv":
            total = hidden[(hidden["size_class"] == "total") & (hidden["measure"] == "firms")]
            assert total.groupby("year").size().ge(2).all() and "J" in set(total["industry"])
    for name in ("manifest.json", "log.txt", "left_out.csv"):
        text = (whole[0] / name).read_text()
        assert not any(f"{value:.6g}" in text for value in firms["value_added"].head(50))


def test_left_out_rows_are_logged_and_small_numbers_are_words(tmp_path):
    firms = make(120)
    firms.loc[:2, "persons"] = 0
    firms.loc[10:30, "value_added"] = np.nan
    path = tmp_path / "broken.csv"
    firms.to_csv(path, index=False)
    out = tmp_path / "moments"
    assert go(path, "--out", out, "--families", "size") == 1
    assert not out.exists()
    assert go(path, "--out", out, "--families", "size", "--on-failure", "leave_out", "--by", "year") == 0
    log = pd.read_csv(out / "left_out.csv").set_index("column")["rows"].astype(str)
    assert log.to_dict() == {"persons": "fewer than 10", "value_added": "21"}
    assert "rows used; rows left out for 2 reasons" in (out / "log.txt").read_text()


def test_schema_file_and_options(register, tmp_path, capsys):
    assert command.main(["schema"]) == 0
    text = capsys.readouterr().out
    assert "value_added: value_added" in text
    (tmp_path / "my.yml").write_text(
        "columns: {firm: firm, time: year, industry: industry, persons: persons, value_added: value_added}\n"
        "currency: EUR\ntitle: Our register\n"
    )
    out = tmp_path / "moments"
    code = go(
        register, "--schema", tmp_path / "my.yml", "--out", out, "--by", "year", "--families", "size", "--min-firms",
        "30", "--dominance", "0.5", "--audit", "--memory", "2GB",
    )  # fmt: skip
    assert code == 0
    table = pd.read_csv(out / "size.csv")
    assert set(table["source"]) == {"Our register"} and "output per hour" not in set(table["measure"])
    assert table["firms"].min() >= 30
    said = capsys.readouterr().err
    assert "hidden values attacked, 0 placed nearer than the rule allows" in said
    assert "fewer than 30 firms; the largest over 50 % of the total" in said


def test_synthetic_register_is_labelled_to_the_end(tmp_path, capsys):
    path = tmp_path / "synthetic_register.parquet"
    assert command.main(["synthetic", "--firms", "5000", "--years", "2022-2022", "--out", str(path)]) == 0
    assert "5,000 rows in synthetic_register.parquet: Synthetic register" in capsys.readouterr().err
    assert go(path, "--out", tmp_path / "m", "--by", "year", "--families", "size", "olley_pakes") == 0
    assert json.loads((tmp_path / "m" / "manifest.json").read_text())["synthetic"] is True
    for name in ("size.csv", "olley_pakes.csv"):
        assert pd.read_csv(tmp_path / "m" / name)["source"].str.startswith("Synthetic register").all()
    assert command.main(["synthetic", "--firms", "5000", "--out", str(tmp_path / "register.parquet")]) == 1
    assert "has to begin with 'synthetic_'" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{tmp}/no.parquet", "--out", "{out}"], "there is no file"),
        (["{register}", "--out", "{out}", "--schema", "{tmp}/no.yml"], "there is no file"),
        (["{register}", "--out", "{out}", "--schema", "{tmp}/bad.yml"], "columns.tme is not known; legal keys: firm"),
        (["{register}", "--out", "{out}", "--by", "regio"], "by='regio': no column to group by; legal: "),
        (["{register}", "--out", "{out}", "--by", "year", "--totals", "industry"], "totals='industry': it is not in"),
        (["{register}", "--out", "{out}", "--dominance", "85"], "dominance=85.0 is out of range"),
        (["{register}", "--out", "{out}", "--memory", "much"], "--memory='much': a size in GB is needed"),
        (["{tmp}/torn.parquet", "--out", "{out}"], "torn.parquet"),
        (["{tmp}/bad.yml", "--out", "{out}"], "files that can be read end in .parquet"),
        (["{register}", "--out", "{tmp}/bad.yml"], "out='bad.yml' is a file: name a folder"),
    ],
)
def test_errors_name_the_remedy_and_write_nothing(register, tmp_path, capsys, arguments, words):
    (tmp_path / "bad.yml").write_text("columns: {firm: firm, tme: year}")
    (tmp_path / "torn.parquet").write_bytes(register.read_bytes()[:2000])
    out = tmp_path / "out"
    before = sorted(tmp_path.iterdir())
    assert go(*(text.format(tmp=tmp_path, out=out, register=register) for text in arguments)) == 1
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said
    assert sorted(tmp_path.iterdir()) == before


def test_wrong_arguments_end_with_two(register, tmp_path, capsys):
    for arguments in (["--families", "sizes"], ["--largest", "3"], ["--resume", "--restart"]):
        with pytest.raises(SystemExit) as stopped:
            go(register, "--out", tmp_path / "out", *arguments)
        assert stopped.value.code == 2
    assert "invalid choice: 'sizes'" in capsys.readouterr().err


@pytest.mark.parametrize("foreign", [{"notes.txt": "mine"}, {"size.csv": "mine"}, {"manifest.json": "{}"}])
def test_a_folder_of_others_is_not_touched(register, tmp_path, capsys, foreign):
    for name, text in foreign.items():
        (tmp_path / name).write_text(text)
    before = snapshot(tmp_path)
    for more in ([], ["--restart"]):
        assert go(register, "--out", tmp_path, *more) == 1
        assert "name an" in capsys.readouterr().err
        assert snapshot(tmp_path) == before


def test_other_inputs_are_not_mixed(register, whole, tmp_path, capsys):
    out = tmp_path / "moments"
    assert go(register, "--out", out, "--by", "year", "--families", "size") == 0
    before = snapshot(out)
    other = tmp_path / "register.parquet"
    make(seed=1).to_parquet(other)
    for arguments, what in (
        ([register, "--by", "industry"], "by, totals"), ([other, "--by", "year"], "register"),
        ([register, "--by", "year", "--min-firms", "5"], "rule"),
    ):  # fmt: skip
        assert go(*arguments, "--out", out, "--families", "size") == 1
        assert f"a run with another {what}: add --restart" in capsys.readouterr().err
        assert snapshot(out) == before
    assert go(other, "--by", "year", "--out", out, "--families", "size", "--restart") == 0
    assert json.loads((out / "manifest.json").read_text())["files"].keys() == {"left_out.csv", "size.csv"}


# ------------------------------------------------------------------------------------------------ being cut


def test_a_complete_run_is_left_alone(whole, register, capsys):
    folder = whole[0]
    before = snapshot(folder)
    assert go(register, "--out", folder) == 0
    assert "complete already: 6 tables" in capsys.readouterr().err
    assert snapshot(folder) == before


@pytest.mark.parametrize("place", range(1, 6))
def test_cut_before_any_family_it_goes_on(register, whole, tmp_path, monkeypatch, capsys, place):
    """Stopped at each family, half of them in the middle of writing it."""
    out, cut = tmp_path / "moments", list(FAMILIES)[place - 1]
    ready = {family: pd.read_csv(whole[0] / f"{family}.csv", dtype=str) for family in FAMILIES}
    made = []

    def table(self, family):
        if family == cut:
            if place % 2:
                (out / f".{cut}.csv.part").write_text("half a ta")
            raise KeyboardInterrupt
        made.append(family)
        return _typed(ready[family])

    monkeypatch.setattr(Plan, "table", table)
    assert go(register, "--out", out) == 130
    assert "interrupted; the same command goes on where it stopped" in capsys.readouterr().err
    assert not json.loads((out / "manifest.json").read_text())["complete"]
    assert made == list(FAMILIES)[: place - 1]
    made.clear()
    monkeypatch.setattr(Plan, "table", lambda self, family: made.append(family) or _typed(ready[family]))
    assert go(register, "--out", out, "--resume") == 0
    assert made == list(FAMILIES)[place - 1 :]
    assert digests(out) == digests(whole[0])
    assert not list(out.glob(".*"))


def _typed(table):
    """Text as it stood in the file, with the marks as the package writes them."""
    return table.assign(suppressed=table["suppressed"].eq("True"))


def test_a_file_that_was_changed_is_made_again(register, whole, tmp_path, monkeypatch):
    out = tmp_path / "moments"
    arguments = [register, "--out", out, "--by", "year", "--families", "size", "olley_pakes"]
    assert go(*arguments) == 0
    good = digests(out, ["size.csv", "olley_pakes.csv"])
    (out / "size.csv").write_text("spoilt")
    assert go(*arguments) == 0
    assert digests(out, good) == good


def test_another_pattern_is_not_mixed_in(register, tmp_path, capsys):
    out = tmp_path / "moments"
    arguments = [register, "--out", out, "--by", "year", "--families", "size", "olley_pakes"]
    assert go(*arguments) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps({**manifest, "pattern": "other", "complete": False}))
    assert go(*arguments) == 1
    assert "tables of two patterns do not go together" in capsys.readouterr().err


def test_a_table_with_a_number_in_a_hidden_row_is_not_written(tmp_path):
    folder = running.Folder(tmp_path / "moments")
    folder.start({"a": 1}, {}, "pattern", restart=False)
    table = pd.DataFrame({"suppressed": [True], "estimate": [1.0], "std_error": [np.nan], "firms": [pd.NA]})
    with pytest.raises(RuntimeError, match="nothing was written"):
        folder.write("size.csv", table)
    assert not (folder.path / "size.csv").exists()


def test_killed_at_random_moments_it_resumes(register, whole, tmp_path):
    """SIGKILL from outside, at seeded moments; whatever is in the folder is whole, and the last run ends the same."""
    out, reference = tmp_path / "moments", digests(whole[0])
    call = [sys.executable, "-m", "analysis.microdata", "run", str(register), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    moments = random.Random(7)
    for after in (0, 2):
        child = subprocess.Popen(call, env=environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while child.poll() is None and time.monotonic() < deadline:
            if out.exists() and len(set(os.listdir(out)) & TABLES) > after:
                time.sleep(moments.uniform(0, 0.4))
                break
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL, "it ended before it was killed"
        found = set(os.listdir(out)) & TABLES
        assert found and digests(out, found) == {name: reference[name] for name in sorted(found)}
        assert not json.loads((out / "manifest.json").read_text())["complete"]
    ended = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0 and "there already" in ended.stderr
    assert digests(out) == reference and not list(out.glob(".*"))


def test_the_default_schema_can_be_read_back(tmp_path):
    (tmp_path / "my.yml").write_text(Schema.default().to_yaml())
    assert Schema.from_yaml(tmp_path / "my.yml") == Schema.default()
