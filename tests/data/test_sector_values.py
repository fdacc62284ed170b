"""The sector tables hold what the publishers say: known values, members, parts that add up, what is missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.data import sectors
from analysis.data.countries import G7, OECD, missing_members
from analysis.data.ingest import euklems
from analysis.data.package import descriptor

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"


def _table(name):
    return pd.read_csv(ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""], low_memory=False)


@pytest.fixture(scope="module")
def accounts():
    return _table("sector_accounts")


@pytest.fixture(scope="module")
def price_levels():
    return _table("sector_price_levels")


def _source(accounts, source, country=None):
    rows = accounts[accounts["source"] == source]
    return rows if country is None else rows[rows["country"] == country]


def _growth(rows, start, end):
    total = rows.groupby("year")[["value_added_constant", "employment"]].sum()
    per_person = total["value_added_constant"] / total["employment"]
    return 100 * ((per_person[end] / per_person[start]) ** (1 / (end - start)) - 1)


def test_growth_of_output_per_person_in_korea(accounts):
    assert round(_growth(_source(accounts, "ETD", "KOR"), 1990, 2018), 2) == 3.41
    assert round(_growth(_source(accounts, "APO", "KOR"), 2018, 2023), 2) == 1.13


def _members(series):
    series = series.xs(2017, level="year")
    return series[series.index.isin(OECD)]


def test_services_over_manufacturing_in_2017_at_current_prices(accounts):
    ratio = _members(sectors.relative_productivity(_source(accounts, "PLD")))
    others = ratio.drop("KOR")
    assert len(ratio) == 38
    assert round(100 * ratio["KOR"], 1) == 49.8
    assert ratio.rank()["KOR"] == 3
    assert list(ratio.nsmallest(2).index) == ["IRL", "CHL"]
    assert round(100 * others.median()) == 81
    assert round(100 * ratio[list(G7)].mean()) == 75
    assert (others >= 0.9).sum() == 14


def test_services_over_manufacturing_in_2017_at_sector_ppps(accounts, price_levels):
    table = sectors.at_sector_ppps(accounts, price_levels)
    ratio = _members(sectors.relative_productivity(table, output="value_added_ppp"))
    assert [round(100 * value) for value in (ratio["KOR"], ratio.drop("KOR").median(), ratio["USA"])] == [103, 129, 64]


def test_only_this_definition_of_services_gives_the_known_value(accounts):
    rows = _source(accounts, "PLD")
    for group in (
        sectors.SERVICES_WITHOUT_REAL_ESTATE,
        sectors.MARKET_SERVICES,
        sectors.MARKET_SERVICES_WITH_REAL_ESTATE,
        sectors.BUSINESS_ECONOMY_SERVICES,
    ):
        assert abs(_members(sectors.relative_productivity(rows, group=group))["KOR"] - 0.498) > 0.002


def test_hours_by_sector_exist_in_euklems_only_and_end_in_2007(accounts):
    hours = accounts[accounts["hours"].notna()]
    assert set(hours["source"]) == {"EUKLEMS"}
    korea = hours[hours["country"] == "KOR"]
    assert (korea["year"].min(), korea["year"].max()) == (1970, 2007)
    assert korea.groupby("year").size().eq(16).all()
    ratio = sectors.relative_productivity(_source(accounts, "EUKLEMS"), labour="hours")
    assert round(ratio[("KOR", 2007)], 3) == 0.576


def test_sources_hold_the_countries_and_years_they_publish(accounts):
    held = accounts.groupby("source")
    assert held["country"].nunique().to_dict() == {"10SD": 42, "APO": 1, "ETD": 51, "EUKLEMS": 24, "PLD": 84}
    spans = held["year"].agg(["min", "max"]).T.to_dict("list")
    assert spans["ETD"] == [1990, 2018]
    assert spans["APO"] == [1970, 2023]
    assert spans["EUKLEMS"] == [1970, 2007]
    assert missing_members(_source(accounts, "PLD")["country"]) == []
    assert missing_members(_table("sector_benchmark_2005")["country"]) == [
        "Colombia", "Costa Rica", "Iceland", "Israel", "New Zealand", "Norway", "Switzerland",
    ]  # fmt: skip


def test_no_source_has_sectors_that_overlap_in_one_cell(accounts):
    for source, rows in accounts.groupby("source"):
        for codes in rows.groupby(["country", "year"])["sector"].agg(tuple).unique():
            letters = [letter for code in codes for letter in sectors.sections(code)]
            assert len(letters) == len(set(letters)), (source, codes)


def test_countries_whose_ten_sectors_are_nine(accounts):
    rows = _source(accounts, "10SD")
    joined = set(rows.loc[rows["sector"] == "O+P+Q+R+S+T+U", "country"])
    assert joined == {"BOL", "CHL", "COL", "EGY", "HKG", "KOR", "MAR", "PER", "SGP", "VEN", "ZMB"}


@pytest.mark.parametrize("source", sectors.REAL_ESTATE_COUNTED_ELSEWHERE)
def test_countries_without_persons_in_real_estate(accounts, source):
    rows = _source(accounts, source)
    rows = rows[rows["sector"] == "L"]
    empty = rows.groupby("country")["employment"].sum() == 0
    assert tuple(empty.index[empty]) == sectors.REAL_ESTATE_COUNTED_ELSEWHERE[source]
    assert (rows.groupby("country")["value_added"].min() > 0).all()


def test_euklems_volumes_meet_values_in_1995(accounts):
    rows = _source(accounts, "EUKLEMS")
    rows = rows[(rows["year"] == 1995) & rows["value_added"].notna()]
    np.testing.assert_allclose(rows["value_added_constant"], rows["value_added"], rtol=1e-9)


def test_real_estate_is_a_part_of_its_group(accounts):
    part = _table("sector_of_which").set_index("year")["value_added"]
    group = _source(accounts, "APO").query("sector == 'K+L+M+N'").set_index("year")["value_added"]
    assert list(part.index) == list(range(1970, 2024))
    assert ((part / group) < 1).all()
    assert round(part[2021] / group[2021], 3) == 0.359


def test_price_levels_are_ppps_over_exchange_rates(price_levels):
    assert (price_levels.loc[price_levels["country"] == "USA", "price_level"] == 1).all()
    korea = price_levels[(price_levels["country"] == "KOR") & (price_levels["year"] == 2017)].set_index("sector")
    assert round(korea.loc["C", "price_level"], 2) == 1.25
    assert korea.loc["F", "ppp"] < 0.3 * korea.loc["F", "ppp_output"]  # the implausible one


def test_hours_of_comparators_are_in_one_unit():
    table = _table("sector_comparators")
    assert table["country"].nunique() == 26
    assert (1000 * table["hours"] / table["employment"]).between(1200, 2600).all()


@pytest.mark.parametrize(
    "name",
    ["sector_accounts", "sector_of_which", "sector_price_levels", "sector_benchmark_2005", "sector_comparators"],
)
def test_values_keep_to_the_descriptor(name):
    table, found = _table(name), descriptor(name)
    assert list(table.columns) == [field["name"] for field in found["fields"]]
    for field in found["fields"]:
        limits = field.get("constraints") or {}
        column = table[field["name"]].dropna()
        assert not (limits.get("required") and table[field["name"]].isna().any()), field["name"]
        assert "enum" not in limits or set(column) <= set(limits["enum"]), field["name"]
        assert "minimum" not in limits or (column >= limits["minimum"]).all(), field["name"]
        assert "pattern" not in limits or column.str.fullmatch(limits["pattern"]).all(), field["name"]


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the publishers' files are not beside the project")
@pytest.mark.filterwarnings("ignore:The xlrd engine")
def test_korean_sectors_of_euklems_add_up_to_the_publishers_total(accounts):
    path = SOURCES / "sector/euklems2009/kor_output_09I.xls"
    rows = _source(accounts, "EUKLEMS", "KOR").groupby("year")
    for sheet, column in (("VA", "value_added"), ("EMP", "employment"), ("H_EMP", "hours")):
        total = pd.read_excel(path, sheet_name=sheet).set_index("code").loc["TOT"].drop("desc").astype(float)
        np.testing.assert_allclose(rows[column].sum(), total, rtol=1e-9)


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the publishers' files are not beside the project")
def test_every_euklems_output_file_is_read():
    files = {path.name.partition("_output")[0] for path in (SOURCES / "sector/euklems2009").glob("*_output_*")}
    assert files == set(euklems.COUNTRIES)
