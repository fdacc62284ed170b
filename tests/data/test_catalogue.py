"""The data package is valid, described, sourced, and comes along with a plain install."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import analysis as an
from analysis.data import catalogue, countries, package

ROOT = Path(__file__).parents[2]
TABLES = [
    "gdp_per_hour", "hours_worked", "macro_panel", "inputs", "sector_accounts", "sector_price_levels",
    "size_employment",
    "size_value_added", "sme_statistics", "workplace_size", "size_productivity", "published_figures",
    "ai_adoption", "technology_use", "us_industry_productivity", "policy_targets", "microdata_sources",
    "ai_exposure", "effect_estimates", "ai_purposes", "technology_depth", "ai_ambition", "us_state_ai_use",
    "ai_diffusion", "support_programmes", "support_money", "support_thresholds", "support_effects", "support_by_sector",
    "services_policy", "model_benchmarks", "us_establishment_sizes",
    "lab_grid", "lab_region", "lab_paths", "lab_exercises", "lab_contrasts", "lab_draws", "lab_sensitivity",
    "lab_ai_costs",
]  # fmt: skip
HELD = [
    resource["name"]
    for resource in json.loads((ROOT / "data/datapackage.json").read_text(encoding="utf-8"))["resources"]
]


def test_the_promised_tables_are_there():
    assert set(TABLES) <= set(HELD)
    assert set(HELD) == {path.stem for path in (ROOT / "data").glob("*.csv")}


def test_the_package_is_valid_for_frictionless():
    from frictionless import validate

    report = validate(str(ROOT / "data/datapackage.json"), limit_errors=5)
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]


@pytest.mark.parametrize("name", HELD)
def test_every_table_says_what_it_is(name):
    resource = next(one for one in catalogue._package()["resources"] if one["name"] == name)
    data = (ROOT / "data" / resource["path"]).read_bytes()
    assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert b"\r" not in data
    assert [field["name"] for field in resource["schema"]["fields"]] == data.split(b"\n", 1)[0].decode().split(",")
    for field in resource["schema"]["fields"]:
        assert len(field["description"]) > 3, field
        assert field["type"] != "number" or field["unit"], field
    for source in resource["sources"]:
        assert source["address"].startswith(("https://", "http://")) or "column source_address" in source["address"], (
            source
        )
        assert source["licence"]["status"] in package.LICENCE_STATUS


@pytest.mark.parametrize("name", HELD)
def test_a_loaded_table_knows_its_units_sources_and_citation(name):
    table = an.load(name)
    assert {"title", "unit", "source", "licence", "vintage", "citation"} <= set(table.attrs)
    assert set(table.attrs["unit"]) == set(table)
    assert len(table) == an.catalogue().set_index("table").loc[name, "rows"]
    assert list(an.describe(name)["field"]) == list(table)


@pytest.mark.parametrize("name", HELD)
def test_country_codes_are_iso3_and_keys_are_unique(name):
    table, found = an.load(name), package.descriptor(name)
    assert not table.duplicated(found["primary_key"]).any()
    if "country" in table:
        assert (table["country"].str.fullmatch("[A-Z]{3}") | table["country"].isin(countries.AGGREGATES)).all()
        assert "KOR" in set(table["country"]) or name in {"size_value_added", "sector_comparators", "ai_purposes"}


def test_a_table_is_your_own_copy():
    mine = an.load("gdp_per_hour")
    mine["value"] = 0.0
    assert (an.load("gdp_per_hour")["value"] > 0).all()


@pytest.mark.parametrize("call", [an.load, an.describe])
def test_an_unknown_table_is_named(call):
    with pytest.raises(ValueError, match="no table named 'gdp'; legal names: .*gdp_per_hour"):
        call("gdp")


def test_an_unknown_public_name_is_named():
    with pytest.raises(AttributeError, match="no name 'lode'; public names: load"):
        an.lode  # noqa: B018


def test_an_unknown_country_is_named():
    with pytest.raises(ValueError, match="country code 'XYZ' .* legal codes: AUS"):
        countries.name_of("XYZ")
    assert len(countries.OECD) == 38


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda table: table.rename(columns={"value": "worth"}),
            r"columns \['worth'\] are not in its descriptor; columns \['value'\]",
        ),
        (lambda table: pd.concat([table, table.tail(1)]), "stands more than once"),
        (lambda table: table.assign(value=table["value"].where(table.index > 0)), "column 'value' is missing in row"),
    ],
)
def test_a_spoilt_table_is_not_written(tmp_path, spoil, says):
    with pytest.raises(ValueError, match=says):
        package.write_table("gdp_per_hour", spoil(an.load("gdp_per_hour")), tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_package_is_rebuilt_byte_for_byte(tmp_path):
    for name in HELD:
        package.write_table(name, an.load(name), tmp_path)
    package.write_package(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (ROOT / "data" / path.name).read_bytes(), path.name


def test_a_plain_install_carries_the_data(tmp_path):
    target = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        target,
        ROOT,
    ]
    subprocess.run(install, check=True, cwd=tmp_path)
    code = (
        "import analysis as an; print(an.__file__); print(len(an.load('gdp_per_hour')));"
        "print(an.claims.judge('A1').verdict)"
    )
    environment = {**os.environ, "PYTHONPATH": str(target)}
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment, capture_output=True, text=True
    ).stdout.split("\n")
    assert printed[0].startswith(str(target))
    assert int(printed[1]) == len(an.load("gdp_per_hour"))
    assert printed[2] in an.claims.VERDICTS
