"""AI use, US productivity, targets and statistics as the package holds them: known values, breaks, adding up."""

import pytest

import analysis as an
from analysis.data.ingest import own_transcriptions
from analysis.data.ingest.us_abs import INDUSTRIES


@pytest.fixture(scope="module")
def adoption():
    return an.load("ai_adoption")


def test_countries_and_rounds(adoption):
    europe = adoption[(adoption["survey"] == "eurostat-ict-enterprises") & (adoption["breakdown"] == "size")]
    assert europe["country"].nunique() == 35  # 34 countries and the EU
    assert set(europe["year"]) == {2021, 2023, 2024, 2025}
    held = europe.dropna(subset="value").query("size_class == '10-49'").groupby("year")["country"].nunique()
    assert held.to_dict() == {2021: 34, 2023: 33, 2024: 32, 2025: 33}


@pytest.mark.parametrize(
    ("country", "year", "size_class", "value"),
    [
        ("KOR", 2024, "10+", 32.9), ("KOR", 2024, "10-49", 30.6), ("KOR", 2024, "250+", 66.9),
        ("KOR", 2022, "50-249", 21.2), ("KOR", 2021, "10+", 2.7), ("EU", 2025, "10-49", 17.0),
        ("DNK", 2025, "10-49", 37.45),
    ],
)  # fmt: skip
def test_known_values(adoption, country, year, size_class, value):
    rows = adoption.query("country == @country and year == @year and size_class == @size_class and industry == 'all'")
    assert rows["value"].tolist() == [value]


def test_the_korean_break_is_visible(adoption):
    korea = adoption[adoption["country"] == "KOR"]
    assert korea.loc[korea["year"] <= 2021, "series"].eq(1).all()
    assert korea.loc[korea["year"] >= 2022, "series"].eq(2).all()
    assert korea.loc[korea["year"] == 2022, "series_break"].notna().all()
    assert korea["secondary"].all() and korea["figure"].notna().all()


def test_a_new_series_begins_at_every_marked_break_and_only_there(adoption):
    keys = ["survey", "country", "industry", "size_class"]
    ordered = adoption.sort_values([*keys, "year"])
    step = ordered.groupby(keys)["series"].diff().fillna(0)
    first = ~ordered.duplicated(keys)
    assert (step.isin([0, 1])).all()
    marked = ordered["series_break"].notna()
    assert (step[marked & ~first] == 1).all()
    assert (step[~marked] == 0).all()


def test_us_companies_add_up_to_the_published_total(adoption):
    us = adoption[adoption["survey"] == "us-annual-business-survey"]
    assert set(us["industry"]) == set(INDUSTRIES)
    assert us["firms"].sum() == pytest.approx(4_874_928, abs=len(INDUSTRIES))
    assert (us["value"] * us["firms"]).sum() / us["firms"].sum() == pytest.approx(4.8, abs=0.1)


def test_the_information_sector_leads_the_sections(adoption):
    sections = adoption[(adoption["breakdown"] == "industry") & (adoption["country"] == "EU")]
    assert len(sections) == 8
    assert sections.set_index("industry")["value"].idxmax() == "J"


def test_the_us_index_of_computer_makers():
    table = an.load("us_industry_productivity").set_index(["industry", "year"])
    assert table.at[("111CA", 1987), "labour_productivity"] == pytest.approx(51.624)
    assert table.at[("111CA", 1987), "total_factor_productivity"] == pytest.approx(76.11)
    assert table.index.get_level_values("industry").nunique() == 63


def test_targets_are_the_transcription(tmp_path):
    table, read = an.load("policy_targets"), own_transcriptions.read_policy_targets()
    assert list(table["id"]) == sorted(read["id"])
    assert table["id"].is_unique and len(table) == 29
    corporate = table.set_index("id").loc["TGT-15"]
    assert (corporate["value"], corporate["baseline"], corporate["due"]) == (70, 31, 2030)
    assert not corporate["secondary"]


def test_statistics_are_the_transcription():
    table = an.load("microdata_sources")
    assert set(table["id"]) == set(own_transcriptions.read_microdata_sources()["id"])
    assert table.loc[table["statistic"] == "Survey of Business Activities", "firms_10_49"].tolist() == ["no"]
