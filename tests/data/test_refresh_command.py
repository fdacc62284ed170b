"""The command: it says what changes and replaces nothing, unless asked to; then all at once."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from frictionless import validate

import analysis as an
from analysis.data import catalogue, package
from analysis.data.ingest import answers
from analysis.data.refresh import services as asking
from analysis.data.refresh import swap
from analysis.report import claims, refresh
from tests.data.servers.publishers import flow_of, publishers

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(home, capsys):
    """Run the command on the small package; returns its output, or its words on the way out."""

    def call(addresses, *arguments):
        given = [text for name, address in addresses.items() for text in ("--service", f"{name}={address}")]
        try:
            refresh.main(["--data", str(home), "--pause", "0.001", "--tries", "2", *given, *arguments])
        except SystemExit as stopped:
            return str(stopped.code)
        return capsys.readouterr().out

    return call


def other_value(services, value=7.25):
    rows = services.world_bank.rows["GB.XPD.RSDV.GD.ZS"]
    place = next(i for i, row in enumerate(rows) if row[:2] == ("KOR", 2020))
    old, rows[place] = rows[place][2], ("KOR", 2020, value)
    return old


def test_it_says_what_changes_and_replaces_nothing(home, services, run):
    before, old = swap.fingerprint(home), other_value(services)
    with services.running() as addresses:
        said = run(addresses, "wdi-2026-07")
    assert "inputs: 0 rows added, 0 removed, 1 changed" in said
    key = "country KOR, year 2020, indicator rd_gdp_share, age all, source wdi-2026-07"
    assert f"{key}: value {old:.10g} -> 7.25" in said
    assert "wdi-2026-07: vintage 2026-07-13, as before" in said
    assert "Nothing is replaced" in said and "make refresh APPLY=1" in said
    assert swap.fingerprint(home) == before
    waits = swap.incoming(home)
    assert pd.read_csv(waits / "changes.csv").loc[0, "new"] == 7.25
    assert catalogue.load_from(waits / "data", "inputs").query("value == 7.25").shape[0] == 1


def test_a_vintage_that_changes_nothing_says_so(services, run):
    with services.running() as addresses:
        said = run(addresses, "wdi-2026-07", "oecd-sdbs-years-2026")
    assert "inputs: no value changes" in said and "size_employment: no value changes" in said
    assert "Claims that use these tables: none" in said and "No verdict changes." in said


def test_verdicts_that_change_are_printed_before_anything_is_replaced(home, run, monkeypatch):
    for name in ("gdp_per_hour", "published_figures"):  # whole, as A1 ranks all members of the OECD
        package.write_table(name, an.load(name), home)
    package.write_package(home)
    services = publishers(partial(catalogue.load_from, home))
    flow = flow_of(services.oecd, "DF_PDB")
    rows = tuple(row for row in flow.rows if row["REF_AREA"] != "KOR" and row["PRICE_BASE"] == "LR")
    services.oecd.flows[flow.id] = replace(flow, rows=rows)
    monkeypatch.setattr(claims, "ids", lambda examined: ["A1", "B4"])
    with services.running() as addresses:
        said = run(addresses, "oecd-pdb-2026-09")
    assert "Claims that use these tables: A1\n" in said
    assert "A1 VERDICT CHANGES: supported with limits -> not testable with public data" in said
    assert "removed: country KOR, year 2011, price_basis constant_2020_ppp, vintage oecd-pdb-2026-09: value" in said
    verdicts = pd.read_csv(swap.incoming(home) / "verdicts.csv").set_index("id")
    assert verdicts.loc["A1", "changed"] and verdicts.loc["A1", "old"] != verdicts.loc["A1", "new"]
    assert said.index("VERDICT CHANGES") < said.index("Nothing is replaced")


def test_apply_puts_all_in_place_with_digests_vintage_and_day(home, services, run):
    other_value(services)
    services.world_bank.updated = "2026-12-01"
    with services.running() as addresses:
        said = run(addresses, "--apply", "wdi-2026-07")
    assert said.index("vintage 2026-07-13 -> 2026-12-01") < said.index("data/ is now the new package")
    assert "analysis/data/descriptors/inputs.yml" in said
    resource = next(
        one for one in json.loads((home / "datapackage.json").read_text())["resources"] if one["name"] == "inputs"
    )
    assert resource["hash"] == f"sha256:{answers.digest(home / 'inputs.csv')}"
    source = next(one for one in resource["sources"] if one["id"] == "wdi-2026-07")
    assert source["vintage"] == "2026-12-01" and len(source["retrieved"]) == 10
    assert source["sha256"] == answers.digest(home / "retrieved/wdi-2026-07.csv")
    assert [address for address in source["requests"] if "GB.XPD.RSDV.GD.ZS?" in address]
    assert [path.name for path in swap.incoming(home).parent.iterdir()] == ["lock"]
    checked = validate(str(home / "datapackage.json"))
    assert checked.valid, checked.flatten(["title", "message"])[:5]
    loaded = catalogue.load_from(home, "inputs")
    assert "2026-12-01" in loaded.attrs["vintage"] and (loaded["value"] == 7.25).sum() == 1


def test_kept_answers_give_the_table_again(home, small, services, run, tmp_path):
    other_value(services)
    with services.running() as addresses:
        run(addresses, "--apply", "wdi-2026-07", "eurostat-isoc-eb-ai-2026-02", "eurostat-isoc-eb-ai-purposes-2026-02")

    def load(name):
        return catalogue.load_from(home, name)

    for name in ("inputs", "ai_adoption", "ai_purposes"):
        again = answers.overlay(name, catalogue.load_from(small, name), home, load)
        package.write_table(name, again, tmp_path)
        assert (tmp_path / f"{name}.csv").read_bytes() == (home / f"{name}.csv").read_bytes()
    (home / "retrieved/wdi-2026-07.csv").write_text("indicator,country,year,value\n")
    with pytest.raises(ValueError, match="retrieved/wdi-2026-07.csv is not the answer that was retrieved"):
        answers.overlay("inputs", load("inputs"), home, load)


def test_apply_takes_what_waits_and_asks_nobody(home, services, run):
    other_value(services)
    with services.running() as addresses:
        run(addresses, "wdi-2026-07")
    assert "holds wdi-2026-07; retrieve others first" in run(addresses, "--apply", "ilo-2026-03")
    said = run(addresses, "--apply")  # the services are gone
    assert "This was retrieved before and waits" in said and "1 changed" in said and "put in place" in said
    assert (catalogue.load_from(home, "inputs")["value"] == 7.25).any()


def test_what_waits_is_forgotten_when_the_data_have_changed_since(home, services, run):
    other_value(services)
    with services.running() as addresses:
        run(addresses, "wdi-2026-07")
    with open(home / "claims.yml", "a") as handle:
        handle.write("# edited\n")
    edited = swap.fingerprint(home)
    said = run(addresses, "--apply", "wdi-2026-07")  # asks again, in vain
    assert "came no connection" in said and "Nothing was written; data/ is as it was." in said
    assert swap.fingerprint(home) == edited and not swap.incoming(home).exists()


def test_a_failure_keeps_what_waits_and_the_data(home, services, run):
    before = swap.fingerprint(home)
    other_value(services)
    with services.running() as addresses:
        run(addresses, "wdi-2026-07")
    waits = swap.fingerprint(swap.incoming(home))
    with services.running(service="world-bank", fault="500") as addresses:
        said = run(addresses, "wdi-2026-07")
    assert said.startswith("refresh: inputs, series wdi-2026-07, http://127.0.0.1") and "status 500" in said
    assert swap.fingerprint(home) == before and swap.fingerprint(swap.incoming(home)) == waits


@pytest.mark.parametrize("fails", [1, 2], ids=["the old folder", "the new folder"])
def test_a_folder_that_cannot_be_moved_stays_where_it_is(fails, home, services, run, monkeypatch):
    before = swap.fingerprint(home)
    other_value(services)
    with services.running() as addresses:
        run(addresses, "wdi-2026-07")
    rename, moves = os.rename, iter([1, 2, 3])

    def failing(source, target):
        if next(moves) == fails:
            raise OSError(errno.EXDEV, "Invalid cross-device link", str(source))
        rename(source, target)

    monkeypatch.setattr(swap, "_exchange", lambda first, second: False)
    monkeypatch.setattr(swap.os, "rename", failing)
    said = run(addresses, "--apply")
    assert "Invalid cross-device link" in said and "data/ is as it was" in said
    assert swap.fingerprint(home) == before and swap.ready(home)


def test_two_refreshes_do_not_meet(home, services, run):
    with services.running() as addresses, swap.lock(home):
        assert "another refresh of data/ is running" in run(addresses, "wdi-2026-07")
    with pytest.raises(FileNotFoundError, match="no new package waits"):
        swap.replace(home)


def test_the_list_names_every_source_once(capsys):
    refresh.main(["--list"])
    by_service, by_hand = capsys.readouterr().out.split("By hand:")
    resources = {one["name"]: one for one in catalogue._package()["resources"]}
    rows = asking.by_hand(resources)
    asked = [question.series for question in asking.QUESTIONS]
    assert all(f"  {series}: https://" in by_service for series in asked)
    sources = [(name, source["id"]) for name, resource in resources.items() for source in resource["sources"]]
    assert sorted([*zip(rows["table"], rows["source"], strict=True)]) == sorted(
        pair for pair in sources if pair[1] not in asked
    )
    assert set(asked) == {pair[1] for pair in sources} - set(rows["source"])
    assert all(f"{row.table}, {row.source} (" in by_hand for row in rows.itertuples())
    assert rows["how"].ne("").all() and rows["address"].ne("").all()
    how = rows.set_index(["table", "source"])["how"]
    assert how["ai_adoption", "nia-informatisation-transcribed"] == how["inputs", "oecd-msti"] == asking.TRANSCRIBED
    assert how["macro_panel", "pwt-11.0"] == asking.BY_FILE and how["macro_panel", "pwt-10.01"] == asking.CLOSED
    assert set(rows.loc[rows["how"] == asking.COMPUTED, "publisher"]) == {"Two Economies project"}


def test_exhibits_that_cite_a_table_are_named(tmp_path):
    (tmp_path / "a.md").write_text(
        'an.exhibit(\n    "fig-one", f(x),\n    data=x, source=["inputs:wdi-2026-07", "hours_worked"], title="")\n'
        'an.exhibit("fig-two", g(), source=[f"inputs_of:{one}" for one in ("inputs",)], title="")\n'
        'an.exhibit("fig-three", g(), title="")\nan.exhibit("fig-four", g(), source=["inputs"], title="")\n'
    )
    assert refresh.exhibits_citing(tmp_path, ["inputs"]) == ["fig-one", "fig-two", "fig-four"]
    assert refresh.exhibits_citing(tmp_path, ["gdp_per_hour"]) == []
    ranking = refresh.exhibits_citing(ROOT / "book", ["gdp_per_hour"])
    assert "fig-league-ranking" in ranking and "fig-league-levels" not in ranking


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--service", "bank=http://127.0.0.1"], "names: oecd, ilo, world-bank, eurostat"),
        (["--service", "oecd=127.0.0.1"], "addresses start with http"),
        (["--tries", "0"], "--tries is at least 1"),
        (["--timeout", "0"], "--timeout over 0"),
    ],
)
def test_options_that_are_not_legal_are_named(arguments, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        refresh.main(arguments)
    assert stopped.value.code == 2 and words in capsys.readouterr().err


def test_an_unknown_series_and_a_folder_without_data_are_named(run, tmp_path):
    assert "no service for the series gdp; series with one: oecd-pdb-2026-09" in run({}, "gdp")
    with pytest.raises(SystemExit, match="no data package"):
        refresh.main(["--data", str(tmp_path / "elsewhere" / "data")])
    assert not (tmp_path / "elsewhere").exists()


def test_without_the_client_packages_it_says_what_to_install():
    code = "import sys; sys.modules['wbgapi'] = None; from analysis.report import refresh; refresh.main(['--list'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 1 and "two-economies[refresh]" in done.stderr and "wbgapi" in done.stderr


@pytest.fixture
def two_packages(home, tmp_path, monkeypatch):
    """`an.load` reads the small package; beside it lies another one, with another vintage and another country."""
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "analysis/data/catalogue.py"))
    other = tmp_path / "other"
    other.mkdir()
    found = json.loads((home / "datapackage.json").read_text())
    for source in (source for resource in found["resources"] for source in resource["sources"]):
        source["vintage"] = "new"
    (other / "datapackage.json").write_text(json.dumps(found))
    for path in home.glob("*.csv"):
        (other / path.name).write_text(path.read_text().replace(",KOR,", ",PRK,").replace("\nKOR,", "\nPRK,"))
    return home, other


def _vintage_and_country(name):
    table = an.load(name)
    return set(table.attrs["vintage"].split("; ")) == {"new"}, "KOR" not in set(table["country"])


def test_a_process_that_read_the_old_package_reads_the_new_one_whole(two_packages, tmp_path):
    home, other = two_packages
    assert _vintage_and_country("inputs") == (False, False)
    home.rename(tmp_path / "old")
    other.rename(home)
    assert _vintage_and_country("inputs") == (True, True)
    assert "new" in set(an.catalogue()["vintages"])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_package_that_is_replaced_while_a_table_is_read_is_read_again(two_packages, tmp_path, monkeypatch, moment):
    home, other = two_packages
    read, moves = pd.read_csv, [(home, tmp_path / "old"), (other, home)]

    def meanwhile(path, **options):
        found = read(path, **options) if moment == "after" else None
        while moves:
            source, target = moves.pop(0)
            source.rename(target)
        return read(path, **options) if found is None else found

    monkeypatch.setattr(catalogue.pd, "read_csv", meanwhile)
    assert _vintage_and_country("inputs") == (True, True)


def test_a_package_that_is_never_steady_is_an_error(two_packages, monkeypatch):
    home, _ = two_packages
    read = pd.read_csv

    def always(path, **options):
        found = read(path, **options)
        (home / "datapackage.json").write_text((home / "datapackage.json").read_text() + " ")
        return found

    monkeypatch.setattr(catalogue.pd, "read_csv", always)
    with pytest.raises(RuntimeError, match="is being replaced again and again; try later"):
        an.load("inputs")


def test_claims_are_judged_again_where_their_tables_changed(monkeypatch):
    def doubled(name):
        table = an.load(name)
        recent = (table["country"] == "KOR") & (table["year"] >= 2022) if name == "gdp_per_hour" else False
        return table.assign(value=table["value"].mask(recent, 2 * table["value"])) if name == "gdp_per_hour" else table

    def broken(name):
        raise KeyError("no such column")

    monkeypatch.setattr(claims, "ids", lambda examined: ["A1", "B4"])
    found = refresh.verdict_changes(an.load, doubled, ["gdp_per_hour"])
    assert list(found["id"]) == ["A1"]  # B4 reads another table
    assert found.loc[0, "old_measured"] != found.loc[0, "new_measured"] and found.loc[0, "old_holds"]
    found = refresh.verdict_changes(an.load, broken, ["gdp_per_hour"])
    assert found.loc[0, "changed"] and found.loc[0, "new"] == "cannot be judged (KeyError: 'no such column')"
    assert not refresh.verdict_changes(an.load, an.load, ["gdp_per_hour"])["changed"].any()
