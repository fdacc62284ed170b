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
    assert europe["country"].nunique() == 36  # 34 countries, the EU and the euro area
    assert set(europe["year"]) == {2021, 2023, 2024, 2025}
    held = europe.dropna(subset="value").query("size_class == '10-49'").groupby("year")["country"].nunique()
    assert held.to_dict() == {2021: 35, 2023: 34, 2024: 33, 2025: 34}


@pytest.mark.parametrize(
    ("country", "year", "size_class", "value"),
    [
        ("KOR", 2024, "10+", 32.9), ("KOR", 2024, "10-49", 30.6), ("KOR", 2024, "250+", 66.9),
        ("KOR", 2022, "50-249", 21.2), ("KOR", 2021, "10+", 2.7), ("EU", 2025, "10-49", 17.0),
        ("DNK", 2025, "10-49", 37.45),
    ],
)  # fmt: skip
def test_known_values(adoption, country, year, size_class, value):
    rows = adoption[adoption["survey"].isin(["eurostat-ict-enterprises", "nia-informatisation"])]
    rows = rows.query("country == @country and year == @year and size_class == @size_class and industry == 'all'")
    rows = rows[rows["kind"] == "all"]
    assert rows["value"].tolist() == [value]


def test_the_korean_break_is_visible(adoption):
    korea = adoption[adoption["survey"] == "nia-informatisation"]
    assert set(korea["country"]) == {"KOR"}
    assert korea.loc[korea["year"] <= 2021, "series"].eq(1).all()
    assert korea.loc[korea["year"] >= 2022, "series"].eq(2).all()
    assert korea.loc[korea["year"] == 2022, "series_break"].notna().all()
    copy = adoption[(adoption["survey"] == "oecd-ict-businesses") & (adoption["country"] == "KOR")]
    assert copy.set_index("year")["series"].to_dict() == {2019: 1, 2021: 1, 2022: 2, 2024: 2}
    assert copy.loc[copy["year"] == 2022, "series_break"].notna().all()
    assert korea["secondary"].all() and korea["figure"].notna().all()


def test_the_longer_european_list_is_a_break(adoption):
    europe = adoption[adoption["survey"] == "eurostat-ict-enterprises"]
    longer = europe["year"] == 2025
    assert longer.sum() == europe["question"].str.contains("eight").sum() > 100
    assert europe.loc[longer, "series_break"].str.startswith("list of technologies grew").all()
    runs = europe.groupby(["country", "series"])["question"].nunique()
    assert runs.eq(1).all()  # no series holds both lists
    means = adoption[(adoption["country"] == "OECD") & (adoption["year"] == 2025)]
    assert len(means) == 3 and means["series"].eq(2).all() and means["series_break"].notna().all()


def test_a_new_series_begins_at_every_marked_break_and_only_there(adoption):
    keys = ["survey", "country", "tabulated_by", "industry", "kind", "size_class"]
    industry = (adoption["survey"] == "nia-informatisation") & adoption["breakdown"].isin(["industry", "kind"])
    ordered = adoption[~industry].sort_values([*keys, "year"])  # sections of both sides of the break: next test
    step = ordered.groupby(keys)["series"].diff().fillna(0)
    first = ~ordered.duplicated(keys)
    assert (step.isin([0, 1])).all()
    marked = ordered["series_break"].notna()
    assert (step[marked & ~first] == 1).all()
    assert (step[~marked] == 0).all()


def test_us_companies_add_up_to_the_published_total(adoption):
    us = adoption[(adoption["survey"] == "us-annual-business-survey") & (adoption["breakdown"] == "industry")]
    assert set(us["industry"]) == set(INDUSTRIES)
    assert us["firms"].sum() == pytest.approx(4_874_928, abs=len(INDUSTRIES))
    assert (us["value"] * us["firms"]).sum() / us["firms"].sum() == pytest.approx(4.8, abs=0.1)


def test_korean_sections_of_both_sides_of_the_break_are_two_series(adoption):
    sections = adoption[(adoption["survey"] == "nia-informatisation") & (adoption["breakdown"] == "industry")]
    assert ((sections["year"] >= 2022) == (sections["series"] == 2)).all()
    assert sections.set_index(["industry", "year"]).loc[("K", 2024), "value"] == 63.1
    assert sections.set_index(["industry", "year"]).loc[("K", 2021), "value"] == 15.5


def test_every_korean_survey_says_whom_it_asks(adoption):
    korea = adoption[adoption["country"] == "KOR"]
    latest = korea[korea["breakdown"] == "none"].sort_values("year").groupby("survey")["value"].last()
    assert latest["nia-informatisation"] == latest["oecd-ict-businesses"] == 32.9
    assert latest["kli-workplace-panel"] == 5.0 and latest["mss-smart-manufacturing"] == 0.1
    assert korea.groupby("survey")["base"].nunique().eq(1).all()
    assert set(korea.loc[~korea["official"], "survey"]) == {"kbiz-sme-survey"}
    assert korea.groupby(["survey", "tabulated_by", "series"])["question"].nunique().eq(1).all()


def test_authors_of_one_census_are_kept_apart(adoption):
    census = adoption[adoption["survey"] == "statistics-korea-business-activities"]
    census = census[census["breakdown"] == "none"]
    shares = census[census["year"] == 2023].set_index("tabulated_by")["value"]
    assert sorted(shares) == [5.9, 6.4]
    assert census.loc[census["firms"].notna(), "tabulated_by"].nunique() == 1
    firms = census.dropna(subset="firms").set_index("year")
    assert firms.at[2023, "firms"] == 14546
    assert firms.at[2023, "value"] == pytest.approx(100 * 865 / 14546, abs=0.051)


def test_us_classes_are_bands_weighted_by_their_companies(adoption):
    us = adoption[(adoption["survey"] == "us-annual-business-survey") & (adoption["breakdown"] != "industry")]
    bands, classes = us[us["breakdown"] == "size band"], us[us["breakdown"] == "size"].set_index("size_class")
    assert len(bands) == 12 and set(classes.index) == {"1-9", "10-49", "50-249", "250+"}
    assert classes["flag"].str.startswith("computed").all() and bands["flag"].isna().all()
    large = bands[bands["firms"] < 20_000]
    assert len(large) == 6
    expected = (large["value"] * large["firms"]).sum() / large["firms"].sum()
    assert classes.at["250+", "value"] == pytest.approx(expected, abs=0.005)
    assert classes["firms"].sum() == bands["firms"].sum()
    overall = us[(us["breakdown"] == "none") & (us["size_class"] == "1+")].iloc[0]
    together = (classes["value"] * classes["firms"]).sum() / classes["firms"].sum()
    assert together == pytest.approx(overall["value"], abs=0.1)


def test_doubtful_rows_say_so(adoption):
    rows = adoption[adoption["survey"] == "us-business-trends-outlook"]
    assert len(rows) == 7 and rows["secondary"].all() and rows["flag"].str.startswith("doubtful").all()


def test_technologies_beside_ai():
    table = an.load("technology_use")
    sums = table[table["answer"] != "used"].groupby(["table", "breakdown", "industry", "size_class"])["value"]
    whole = sums.agg(lambda cells: cells.sum(skipna=False)).dropna()
    assert len(whole) == 354 and whole.between(99.6, 100.4).all()
    assert (table["value"].isna() == (table["flag"] == "D")).all() and table["value"].isna().sum() == 46
    for breakdown, column, parts in (("size band", "size_class", 12), ("industry", "industry", len(INDUSTRIES))):
        rows = table[(table["breakdown"] == breakdown) & (table["technology"] == "robotics")]
        assert rows.groupby("table")[column].nunique().eq(parts).all()
    used = table.query("technology == 'artificial intelligence' and answer == 'used' and size_class == '25000+'")
    parts = table.query("technology == 'artificial intelligence' and period == '2021' and size_class == '25000+'")
    parts = parts[parts["answer"].isin(["a lot", "somewhat", "a little"])]
    assert used["value"].tolist() == [44.2] and parts["value"].sum() == pytest.approx(44.2, abs=0.1)


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
