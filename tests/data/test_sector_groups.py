"""Sector vocabularies: each source is a partition, groups are formed only where the source can form them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import sectors


@pytest.mark.parametrize("source", sectors.CODES)
def test_the_sectors_of_a_source_do_not_overlap_and_cover_all_sections(source):
    letters = [letter for code in sectors.CODES[source].values() for letter in sectors.sections(code)]
    assert set(letters) == sectors.SECTIONS
    assert len(letters) == len(set(letters))


def test_services_goods_and_manufacturing_split_the_economy():
    assert sectors.SERVICES | set("ABCDEF") == sectors.SECTIONS
    assert not sectors.SERVICES & sectors.MANUFACTURING
    assert sectors.MARKET_SERVICES < sectors.SERVICES_WITHOUT_REAL_ESTATE < sectors.SERVICES


@pytest.mark.parametrize("source", sectors.CODES)
@pytest.mark.parametrize("group", [sectors.SERVICES, sectors.BUSINESS_ECONOMY_SERVICES, sectors.MANUFACTURING])
def test_every_source_forms_the_common_groups(source, group):
    codes = sectors.members(source, group)
    assert frozenset().union(*map(sectors.sections, codes)) == group


@pytest.mark.parametrize("source", ["10SD", "APO"])
@pytest.mark.parametrize("group", [sectors.SERVICES_WITHOUT_REAL_ESTATE, sectors.MARKET_SERVICES])
def test_a_source_that_cannot_form_a_group_says_which_sector_straddles_it(source, group):
    with pytest.raises(ValueError, match=r"K\+L\+M\+N"):
        sectors.members(source, group)


def test_unknown_names_list_the_legal_ones():
    with pytest.raises(ValueError, match="legal codes: A, B, C"):
        sectors.sections("X")
    with pytest.raises(ValueError, match="legal sources: ETD, 10SD, APO, EUKLEMS, PLD"):
        sectors.members("WIOD", sectors.SERVICES)


def _table(**values):
    codes = list(sectors.CODES["PLD"].values())
    columns = {"country": "KOR", "year": 2017, "sector": codes, **values}
    return pd.DataFrame(columns)


@given(
    st.lists(st.floats(1, 1e6), min_size=12, max_size=12),
    st.lists(st.floats(1, 1e6), min_size=12, max_size=12),
    st.floats(0.001, 1000),
)
def test_relative_productivity_has_no_unit_and_inverts(output, labour, scale):
    table = _table(value_added=output, employment=labour)
    ratio = sectors.relative_productivity(table).iloc[0]
    scaled = sectors.relative_productivity(table.assign(value_added=table["value_added"] * scale)).iloc[0]
    inverse = sectors.relative_productivity(table, group=sectors.MANUFACTURING, base=sectors.SERVICES).iloc[0]
    assert scaled == pytest.approx(ratio)
    assert inverse == pytest.approx(1 / ratio)


def test_sums_come_before_the_division():
    table = _table(value_added=[1.0] * 12, employment=[1.0] * 12)
    table.loc[table["sector"] == "K", "value_added"] = 8.0
    table.loc[table["sector"] == "H", "employment"] = 8.0
    assert sectors.relative_productivity(table).iloc[0] == (6 + 8) / (6 + 8)
    assert sectors.relative_productivity(table, group={"K"}).iloc[0] == 8


def test_a_missing_or_straddling_sector_gives_no_row():
    table = _table(value_added=1.0, employment=1.0)
    assert sectors.relative_productivity(table[table["sector"] != "L"]).empty
    table.loc[table["sector"] == "L", "employment"] = None
    assert sectors.relative_productivity(table).empty
    assert len(sectors.relative_productivity(table, group=sectors.SERVICES_WITHOUT_REAL_ESTATE)) == 1
    joined = table.replace({"sector": {"O+P+Q": "O+P+Q+R+S+T+U"}})
    joined = joined[joined["sector"] != "R+S+T+U"]
    assert sectors.relative_productivity(joined, group=sectors.MARKET_SERVICES).empty


def test_sources_are_not_mixed_and_columns_must_be_there():
    table = _table(value_added=1.0, employment=1.0)
    mixed = pd.concat([table.assign(source="PLD"), table.assign(source="ETD")])
    with pytest.raises(ValueError, match="mixes the sources ETD, PLD"):
        sectors.relative_productivity(mixed)
    with pytest.raises(ValueError, match="lacks the columns hours"):
        sectors.relative_productivity(table, labour="hours")


def test_a_row_without_ppp_is_an_error():
    accounts = _table(value_added=10.0, source="PLD")
    prices = accounts[["country", "year", "sector", "source"]].assign(ppp=2.0)
    assert set(sectors.at_sector_ppps(accounts, prices)["value_added_ppp"]) == {5.0}
    with pytest.raises(ValueError, match="no PPP for .*'L'"):
        sectors.at_sector_ppps(accounts, prices[prices["sector"] != "L"])
