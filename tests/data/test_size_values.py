"""The size tables hold the known values, parts add up, and the sources give the same bytes again."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.data import package, sizes
from analysis.data.ingest.tables_size import MOSTLY_TEN_PLUS, TABLES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"
with_sources = pytest.mark.skipif(not SOURCES.is_dir(), reason="the publishers' files (../shared/sources) are absent")


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / f"{name}.csv", keep_default_na=False, na_values=[""], dtype={"period": str})


def shares(rows: pd.DataFrame, value: str) -> pd.Series:
    counts = rows.set_index("size_class")[value]
    return counts / counts.sum()


@pytest.fixture(scope="module")
def employment():
    return table("size_employment")


@with_sources
@pytest.mark.parametrize("name", TABLES)
def test_the_sources_give_the_same_bytes(name, tmp_path):
    package.write_table(name, TABLES[name](SOURCES), tmp_path)
    assert (tmp_path / f"{name}.csv").read_bytes() == (ROOT / "data" / f"{name}.csv").read_bytes()


@with_sources
def test_the_zeros_that_the_description_counts():
    from analysis.data.ingest import oecd_size

    zeros = oecd_size.read_sdbs(SOURCES / "size/oecd_sdbs_tidy.csv").attrs["zeros"]
    assert zeros == {"units": 118, "employees": 1099, "both": 27}
    text = " ".join(package.descriptor("size_employment")["description"].split())
    assert "118 counts of units, 1,099 of employees" in text


def korea_manufacturing(employment, year):
    rows = employment.query("country == 'KOR' and industry == 'C' and year == @year")
    return rows["persons_employed"].sum(), 100 * shares(rows, "persons_employed")


def test_korean_manufacturing_with_micro_units_2015(employment):
    persons, share = korea_manufacturing(employment, 2015)
    assert persons == 4_100_668
    assert share.round(1).to_dict() == {"1-9": 27.3, "10-49": 29.1, "50-249": 23.4, "250+": 20.2}


def test_korean_manufacturing_without_micro_units_2022(employment):
    persons, share = korea_manufacturing(employment, 2022)
    assert persons == 2_920_153
    assert share.round(1)[["10-49", "250+"]].to_dict() == {"10-49": 42.2, "250+": 28.1}


@pytest.mark.parametrize(
    ("year", "unit", "large"),
    [(2020, "establishment", 35.8), (2021, "enterprise", 50.4), (2022, "establishment", 35.3)],
)
def test_japanese_manufacturing_moves_with_the_unit(employment, year, unit, large):
    rows = employment.query("country == 'JPN' and industry == 'C' and year == @year")
    assert set(rows["unit_of_size"]) == {unit}
    assert round(100 * shares(rows, "persons_employed")["250+"], 1) == large


def test_japan_without_years_mixes_units(employment):
    """Its counts are those of the enterprise census of 2021, its manufacturing employees those of establishments."""
    japan = employment.query("country == 'JPN' and industry == 'C'").set_index(["period", "size_class"])
    assert japan.at[("latest", "250+"), "units"] == japan.at[("2021", "250+"), "units"] == 3781
    ratio = japan.at[("latest", "250+"), "employees"] / japan.at[("2022", "250+"), "persons_employed"]
    assert 0.95 < ratio < 1
    assert set(japan.loc["latest", "unit_of_size"]) == {"unknown"}


def test_the_base_of_korean_rows_is_what_the_data_say(employment):
    korea = employment[employment["country"] == "KOR"].copy()
    korea["persons"] = korea["persons_employed"].fillna(korea["employees"])
    for cell, rows in korea.groupby(["source", "period", "industry"]):
        held = rows.dropna(subset="persons").set_index("size_class")["persons"]
        if "1-9" in held and "250+" in held:
            assert (held["1-9"] / held.sum() < 0.01) == (rows["base"].iloc[0] == MOSTLY_TEN_PLUS), cell


def test_size_classes_of_a_cell_are_parts(employment):
    incomplete = set()
    for cell, rows in employment.groupby(["source", "country", "period", "industry"]):
        sizes.check(rows["size_class"], {*sizes.FINE, *sizes.STANDARD})
        try:
            sizes.check_parts(rows["size_class"])
        except ValueError as error:
            assert "gap" in str(error) or "open at the top" in str(error), cell
            incomplete.add(cell[1:])
    # Türkiye has no 20-49, British services no 10-49; Japan's N and the unclassified American firms are small only.
    assert {country for country, _, _ in incomplete} == {"GBR", "JPN", "TUR", "USA"}


def test_missing_classes_stand_as_empty_rows(employment):
    empty = employment.query("source == 'oecd-sdbs-years-2026' and persons_employed.isna()")
    cells = set(zip(empty["country"], empty["year"], empty["industry"], empty["size_class"], strict=True))
    assert cells == {("KOR", 2021, "I", "1-9"), *(("KOR", 2020, "H", label) for label in sizes.STANDARD)}


def test_most_of_the_korean_economy_by_size(employment):
    """Latest complete year of each section, manufacturing with micro units: under 10 is near the 46 % quoted."""
    rows = employment.query("country == 'KOR' and source == 'oecd-sdbs-years-2026' and base == 'all sizes'")
    complete = rows.groupby(["industry", "year"])["persons_employed"].transform(lambda cell: cell.notna().all())
    rows = rows[complete]
    rows = rows[rows["year"] == rows.groupby("industry")["year"].transform("max")]
    share = 100 * rows.groupby("size_class")["persons_employed"].sum() / rows["persons_employed"].sum()
    assert share.round(1).to_dict() == {"1-9": 45.4, "10-49": 23.2, "50-249": 16.2, "250+": 15.2}


def test_no_sums_over_countries_and_no_divisions(employment):
    assert employment["country"].nunique() == 27
    assert not employment["industry"].str.contains(r"[A-S]\d").any()


def test_value_added_by_size_gives_the_known_ratios():
    known = {"C": (54, 62, 64), "G": (79, 84, 117), "J": (59, 59, 58)}
    rows = table("size_value_added").query("year == 2018")
    for industry, expected in known.items():
        for country, percent in zip(("DEU", "FRA", "GBR"), expected, strict=True):
            cell = rows[(rows["country"] == country) & (rows["industry"] == industry)].set_index("size_class")
            sizes.check_parts(cell.index)
            small = cell.drop(index="250+")
            output = (small["value_added_per_person"] * small["persons_employed"]).sum()
            added = output / small["persons_employed"].sum()
            assert 100 * added / cell.at["250+", "value_added_per_person"] == pytest.approx(percent, abs=1.5)
            published = table("size_productivity").set_index("id").loc[f"SSIS-{country}-2018-{industry}"]
            assert round(100 * published["ratio"]) == percent
            assert published["ratio_low"] < published["ratio"] < published["ratio_high"]


def test_sme_statistics_gives_the_known_shares():
    rows = table("sme_statistics")
    large = {key: shares(cell, "persons_engaged")["non-SME"] for key, cell in rows.groupby(["year", "industry"])}
    share = {key: round(100 * (1 - value), 1) for key, value in large.items()}
    assert share[2023, "C"] == 67.5
    assert share[2023, "G"] == 89.5
    assert share[2023, "I"] == 90.9
    nation = rows.query("industry == 'all'").set_index("size_class")
    assert nation["persons_engaged"].drop("non-SME").sum() == 17_791_969  # the revised figure of 2020
    assert nation["enterprises"].drop("non-SME").sum() == 7_286_082


def test_workplace_size_ends():
    rows = table("workplace_size")
    wide = rows.groupby(["year", "month", "size_class"])["thousand_persons"].sum(min_count=2).unstack()
    assert wide.loc[(2003, 8)].isna().tolist() == [False, True, True]
    printed = {"1-4": 3903, "5-299": 15142, "300+": 3368}  # all wage workers; the two types are rounded apart
    assert wide.loc[(2025, 8)].to_dict() == pytest.approx(printed, abs=1)
    assert len(wide) == 33


def test_size_productivity_holds_every_published_ratio():
    rows = table("size_productivity").set_index("id")
    known = {"SIZ-110": 0.253, "SIZ-126": 0.55, "SIZ-131": 0.514, "SIZ-133": 0.381, "SIZ-118": 0.448}
    for figure, ratio in known.items():
        assert rows.at[figure, "ratio"] == pytest.approx(ratio)
    assert rows.at["SIZ-156/SIZ-157", "ratio"] == pytest.approx(0.291, abs=5e-4)
    assert not rows.loc[rows["measure"].isin(["sales per worker", "TFP"]), "comparable"].any()
    figures = table("published_figures")
    worded = figures[figures["indicator"].str.contains(r"SME / large|relative to (?:large|2\d0\+)")]
    named = set(" ".join(rows["figures"].dropna()).split())
    assert set(worded["id"]) <= named
    assert named <= set(figures["id"])
