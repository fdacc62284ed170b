"""The macro tables hold what the publishers say: known values, ranks, members, and agreement between sources."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.data.countries import OECD, missing_members
from analysis.data.package import descriptor

ROOT = Path(__file__).parents[2]
NAMES = ("gdp_per_hour", "hours_worked", "macro_panel", "inputs")


def _table(name):
    return pd.read_csv(ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def per_hour():
    return _table("gdp_per_hour")


@pytest.fixture(scope="module")
def panel():
    return _table("macro_panel").set_index(["country", "year", "vintage"])


def _members(table, vintage, basis, year):
    rows = table[(table["vintage"] == vintage) & (table["price_basis"] == basis) & (table["year"] == year)]
    return rows[rows["country"].isin(OECD)].set_index("country")["value"]


@pytest.mark.parametrize(
    ("vintage", "basis", "year", "value", "rank", "lacking"),
    [
        ("oecd-pdb-2024-06", "constant_2015_ppp", 2022, 43.1, 28, []),
        ("oecd-pdb-2024-06", "current_ppp", 2022, 50.1, 33, []),
        ("oecd-pdb-2026-09", "constant_2020_ppp", 2023, 51.0, 26, ["Türkiye"]),
        ("pwt-11.0", "constant_2021_ppp", 2023, 53.6, 21, []),
        ("pwt-10.01", "constant_2017_ppp", 2019, 40.8, 26, []),
        ("ilo-2026-03", "constant_2021_ppp", 2023, 45.4, 29, []),
    ],
)
def test_level_and_rank_of_korea(per_hour, vintage, basis, year, value, rank, lacking):
    members = _members(per_hour, vintage, basis, year)
    assert round(members["KOR"], 1) == value
    assert members.rank(ascending=False)["KOR"] == rank
    assert missing_members(members.index) == lacking


def test_current_ppps_of_2023_are_korea_alone(per_hour):
    rows = per_hour[per_hour["vintage"] == "oecd-pdb-2026-kor"]
    assert set(rows["country"]) == {"KOR"}
    assert round(rows.set_index("year").loc[2023, "value"], 1) == 54.6


def test_our_world_in_data_agrees_with_our_computation(per_hour):
    key = ["country", "year"]
    ours = per_hour[per_hour["vintage"] == "pwt-11.0"].set_index(key)
    theirs = per_hour[per_hour["vintage"] == "pwt-11.0-owid"].set_index(key)["value"]
    ratio = (ours["value"] / theirs).dropna()
    exact = ratio[ours.loc[ratio.index, "flag"].isna()]
    assert len(ratio) == 35 + 8 and len(exact) == 35
    assert abs(exact - 1).max() < 2e-7, "Korea, full precision"
    assert abs(ratio - 1).max() < 4e-4, "half an hour in 1,300"


def test_oecd_hours_and_gdp_per_hour_share_their_members():
    hours = _table("hours_worked")
    for source, year, lacking in (
        ("oecd-pdb-2024-06", 2022, []),
        ("oecd-hours-2025", 2023, ["Türkiye"]),
        ("oecd-national-accounts-2025", 2023, ["Chile", "Japan", "Türkiye"]),
        ("pwt-10.01", 2019, []),
        ("pwt-11.0", 2023, []),
    ):
        rows = hours[(hours["source"] == source) & (hours["year"] == year)]
        assert missing_members(rows["country"]) == lacking, source
    korea = hours[(hours["country"] == "KOR") & (hours["year"] == 2023)].set_index("source")["hours"]
    assert korea["oecd-hours-2025"] == 1872 and korea["pwt-11.0"] == 1910.23


@pytest.mark.parametrize("name", NAMES)
def test_every_row_fits_its_descriptor(name):
    table, found = _table(name), descriptor(name)
    assert list(table.columns) == [field["name"] for field in found["fields"]]
    assert not table.duplicated(found["primary_key"]).any()
    for field in found["fields"]:
        rules, column = field.get("constraints") or {}, table[field["name"]].dropna()
        if "enum" in rules:
            assert set(column.astype(str)) == set(rules["enum"]), f"{name}.{field['name']}: unused or illegal value"
        if field["type"] == "number":
            assert np.isfinite(column).all() and (column > 0).all(), f"{name}.{field['name']}"
        if "pattern" in rules:
            assert column.str.fullmatch(rules["pattern"]).all()
    ids = {source["id"] for source in found["sources"]}
    label = "vintage" if "vintage" in table else "source"
    assert set(table[label]) == ids, "every source is used, every row has a source"


def test_level_accounting_finds_its_columns(panel):
    full = panel.xs(("pwt-10.01", 2019), level=["vintage", "year"]).reindex(list(OECD))
    assert full.notna().all().all(), "2019: every field for all 38"
    recent = panel.xs(("pwt-11.0", 2023), level=["vintage", "year"]).reindex(list(OECD))
    needed = ["gdp_current_ppp", "capital_stock_current_ppp", "employment", "population", "hours"]
    assert recent[needed].notna().all().all(), "2023: what survives rounding, for all 38"
    assert recent[["human_capital", "labour_share", "tfp_level"]].isna().all().all(), "rounded away: empty, not wrong"
    assert panel.loc[("KOR", 2023, "pwt-11.0-kor"), ["human_capital", "labour_share", "tfp_level"]].notna().all()
    assert (full["tfp_level"]["USA"], full["capital_services_ppp"]["USA"]) == (1, 1)


def test_growth_accounts_of_korea_add_up(panel):
    """PWT: d ln rtfpna = d ln rgdpna - labsh d ln(emp avh hc) - (1 - labsh) d ln rkna, two-year mean shares."""
    korea = panel.xs(("KOR", "pwt-11.0-kor"), level=["country", "vintage"]).sort_index()
    logs = np.log(korea.drop(columns="labour_share")).diff()
    share = korea["labour_share"].rolling(2).mean()
    labour = logs["employment"] + logs["hours"] + logs["human_capital"]
    tfp = logs["gdp_national_prices"] - share * labour - (1 - share) * logs["capital_services_national_prices"]
    assert abs(tfp - logs["tfp_national_prices"]).max() < 1e-6


def test_the_panel_agrees_with_gdp_per_hour(panel, per_hour):
    rows = panel.xs("pwt-11.0", level="vintage").dropna(subset="employment")
    value = rows["gdp_output_side"] / (rows["employment"] * rows["hours"])
    stored = per_hour[per_hour["vintage"] == "pwt-11.0"].set_index(["country", "year"])["value"]
    both = pd.concat([value.rename("panel"), stored.rename("stored")], axis=1).dropna()
    assert len(both) >= 38 + 34
    assert np.allclose(both["panel"], both["stored"], rtol=1e-12)


def test_inputs_of_korea():
    table = _table("inputs")
    files = table[(table["source"] == "wdi-2026-07") & (table["year"] == 2023) & table["country"].isin(OECD)]
    for indicator, value, rank, members in (("rd_gdp_share", 4.94, 2, 35), ("researchers_per_million", 9471.83, 1, 31)):
        rows = files[files["indicator"] == indicator].set_index("country")["value"]
        assert (round(rows["KOR"], 2), rows.rank(ascending=False)["KOR"], len(rows)) == (value, rank, members)
    quoted = table[(table["country"] == "KOR") & (table["source"] != "wdi-2026-07")]
    figure = quoted.set_index(["indicator", "age", "year"])["value"].to_dict()
    assert figure["robot_density", "all", 2022] == figure["robot_density", "all", 2023] == 1012
    assert figure["tertiary_attainment", "25-34", 2024] == 70.6
    skills = [("piaac_literacy", 249), ("piaac_numeracy", 253), ("piaac_problem_solving", 238)]
    assert [figure[name, "16-65", 2023] for name, _ in skills] == [value for _, value in skills]
    assert quoted[["record", "quoted_from", "address"]].notna().all().all()
    assert quoted.loc[quoted["indicator"].str.startswith("piaac"), "secondary"].all()


def test_members_named_as_missing_in_the_descriptor_are_missing():
    table, text = _table("inputs"), " ".join(descriptor("inputs")["description"].split())
    files = table[(table["source"] == "wdi-2026-07") & (table["year"] == 2023)]
    for indicator in ("rd_gdp_share", "researchers_per_million"):
        lacking = missing_members(files.loc[files["indicator"] == indicator, "country"])
        assert ", ".join(lacking) in text
