"""Tables on support for SMEs: values as printed, parts that must fit, wrong files that fail by name."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.ingest import support, tables_support
from analysis.data.ingest.reading import BadFile

SOURCES = Path(__file__).parents[3] / "shared" / "sources"
FIGURES = {**support.COUNTS, **support.AMOUNTS, **support.STEPS}


@pytest.fixture(scope="module")
def programmes():
    return an.load("support_programmes").set_index("id")


@pytest.fixture(scope="module")
def money():
    return an.load("support_money").set_index("id")


# Values


def test_the_counts_as_printed(programmes):
    assert programmes["programmes"][["POL-001", "POL-018", "POL-020", "POL-021"]].tolist() == [1347, 1754, 1600, 1761]
    assert programmes.at["POL-020", "bound"] == "lower" and programmes.at["POL-020", "year_kind"] == "publication year"
    assert programmes["programmes"][["PRG-12", "PRG-13"]].tolist() == [2400, 2267]
    assert not programmes.loc[["PRG-12", "PRG-13"], "secondary"].any()


def test_no_row_claims_to_count_2023(programmes):
    assert not ((programmes["year"] == 2023) | (programmes["programmes"] == 1646)).any()


def test_the_census_of_2017_adds_up(programmes):
    count, budget = programmes["programmes"], programmes["money"]
    assert count["POL-001"] == count["POL-002"] + count["POL-003"]
    assert budget["POL-001"] == pytest.approx(budget["POL-002"] + budget["POL-003"])
    for total, central, local in (("POL-011", "PRG-04", "PRG-07"), ("POL-015", "PRG-05", "PRG-08")):
        assert count[total] == count[central] + count[local]
        assert budget[total] == pytest.approx(budget[central] + budget[local], abs=0.1)
    ministries = ["PRG-01", "PRG-02", "PRG-03"]
    assert count[ministries].sum() < count["POL-002"] and budget[ministries].sum() < budget["POL-002"]
    assert 100 * budget["POL-002"] / budget["POL-001"] == pytest.approx(86.2, abs=0.05)  # printed in the release


def test_the_money_as_printed(money):
    keys = ["POL-025", "POL-026", "POL-029", "POL-038", "POL-022"]
    assert money["value"][keys].tolist() == [5.8, 1.4, 19.4, 131, 34.5]
    assert money.at["POL-029", "bound"] == "forecast" and money.at["MNY-03", "value"] == 5.7326
    bought = money[money["instrument"] == "procurement"].set_index("year")["value"]
    assert bought.to_dict() == {2015: 85.5, 2019: 105, 2020: 116.3, 2021: 119.7, 2022: 118.9, 2023: 127.3, 2024: 131}
    parts = money.loc[["POL-029", "POL-031", "POL-032"], "value"].sum()
    assert parts < money.at["MNY-04", "value"]


def test_gdp_has_two_series_that_meet_no_year_twice(money):
    gdp = money[money["instrument"] == "GDP"].sort_values("year")
    assert gdp.groupby("series")["year"].agg(["min", "max"]).to_numpy().tolist() == [[2023, 2024], [2009, 2022]]
    assert not gdp["year"].duplicated().any()
    assert gdp.set_index("year")["value"][[2017, 2022, 2024]].tolist() == [1835.7, 2161.8, 2549.1]
    grown = gdp.set_index("year")["value"]
    assert 100 * (grown[2024] / grown[2023] - 1) == pytest.approx(6.2, abs=0.05)  # printed by the Bank of Korea
    assert set(money["unit"]) == {"trillion KRW", "% of GDP", "% of the budget"}


def test_the_steps_as_printed():
    steps = an.load("support_thresholds").set_index("id")
    assert steps["value"][["POL-051", "POL-052", "STP-06", "STP-07"]].tolist() == [301, 574, 1036, 744]
    assert steps.at["STP-05", "since"] == 2019 and (steps["since"] <= steps["year"]).all()
    grace = steps[steps["step"] == "grace"].sort_values("year")["value"].tolist()
    assert grace == [855, 1029, 1143, 1377]


@pytest.mark.parametrize("table", ["support_programmes", "support_money", "support_thresholds"])
def test_rows_that_rest_on_a_figure_agree_with_it(table):
    figures, rows = an.load("published_figures").set_index("id"), an.load(table)
    own = rows[rows["source"] == "figures-transcribed"]
    value = "programmes" if table == "support_programmes" else "value"
    assert len(own) and (figures.loc[own["figure"], "value"].to_numpy() == own[value].to_numpy()).all()
    assert (figures.loc[own["figure"], "secondary"].to_numpy() == own["secondary"].to_numpy()).all()
    assert (own["id"] == own["figure"]).all()


# Wrong files


def figures():
    """Return the figures as published, as the readers get them."""
    return an.load("published_figures")


@pytest.fixture(scope="module")
def own():
    return yaml.safe_load(support.OWN_FILE.read_text(encoding="utf-8"))


def written(tmp_path, content):
    path = tmp_path / "s.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("build", [support.programmes, support.thresholds])
def test_a_missing_figure_is_named(build):
    gone = "POL-002" if build is support.programmes else "POL-052"
    table = figures()
    with pytest.raises(ValueError, match=f"published_figures lacks {gone}"):
        build(table[table["id"] != gone])


def test_a_figure_of_another_unit_is_named():
    table = figures()
    table.loc[table["id"] == "POL-029", "unit"] = "billion KRW"
    with pytest.raises(ValueError, match="figure POL-029: unit is 'billion KRW'; expected 'trillion KRW'"):
        support.money(table, pd.DataFrame())


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("level", "federal", "PRG-01: 'federal' is not legal; legal: all, central, local, not stated"),
        ("counter", "me", "PRG-01: 'me' is not legal"),
        ("programmes", "many", "PRG-01: 'many' is not a number"),
        ("money", "much", "PRG-01: 'much' is not a number"),
        ("secondary", "yes", "PRG-01: 'yes' is neither true nor false"),
        ("source_address", "kidd.co.kr", "PRG-01: 'kidd.co.kr' is no address"),
        ("id", "PRG-02", "entry PRG-02 stands more than once"),
        ("odd", 1, "PRG-01: has the unknown part 'odd'"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, own, part, value, problem):
    first, *rest = own["counts"]
    with pytest.raises(BadFile, match=problem):
        support.programmes(figures(), written(tmp_path, {"counts": [{**first, part: value}, *rest]}))


def test_missing_parts_and_lists_are_named(tmp_path, own):
    first = {key: value for key, value in own["steps"][0].items() if key != "what"}
    with pytest.raises(BadFile, match="STP-01: lacks 'what'"):
        support.thresholds(figures(), written(tmp_path, {"steps": [first]}))
    with pytest.raises(BadFile, match="the list 'money' is missing or empty"):
        support.money(figures(), pd.DataFrame(), written(tmp_path, {"counts": own["counts"]}))
    with pytest.raises(BadFile, match="the file is missing"):
        support.programmes(figures(), tmp_path / "none.yml")
    late = {**own["steps"][0], "since": 2019}
    with pytest.raises(BadFile, match="STP-01: since lies after year"):
        support.thresholds(figures(), written(tmp_path, {"steps": [late]}))


def workbook(tmp_path, **changed):
    row = {"CountryID": 410, "Country": "Republic of Korea", "IndicatorName": "Gross Domestic Product (GDP)",
           2008: 1.1e15, 2009: 1.2e15, 2010: 1.3e15} | changed  # fmt: skip
    path = tmp_path / "g.xlsx"
    sheet = "Download-GDPcurrent-NCU-countri"
    pd.DataFrame([row]).to_excel(path, sheet_name=sheet, index=False, startrow=2)
    return path


def test_gdp_is_read_from_its_own_row(tmp_path):
    table = support.read_gdp(workbook(tmp_path))
    assert table["id"].tolist() == ["GDP-2009", "GDP-2010"] and table["value"].tolist() == [1200.0, 1300.0]
    with pytest.raises(BadFile, match="Korea's GDP stands 0 times"):
        support.read_gdp(workbook(tmp_path, CountryID=392))
    with pytest.raises(BadFile, match="is outside"):
        support.read_gdp(workbook(tmp_path, **{"2010": 1.3e9}))
    with pytest.raises(BadFile, match="no year from 2030 on"):
        support.read_gdp(workbook(tmp_path), first=2030)


@pytest.mark.skipif(
    not (SOURCES / tables_support._GDP).is_file(), reason=f"the publisher's file {tables_support._GDP} is not here"
)
def test_the_publishers_file_gives_gdp_as_it_stands(money):
    read = support.read_gdp(SOURCES / tables_support._GDP).set_index("id")["value"]
    assert read.to_dict() == money["value"][read.index].to_dict()
