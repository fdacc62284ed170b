"""Claims A3, A4, A6, A8 and A9: known values, verdicts that can turn, missing data named, units kept apart."""

from pathlib import Path

import pandas as pd
import pytest

import analysis as an
from analysis.data.countries import OECD, missing_members
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import size_gaps, size_tables, sizes
from analysis.report.measures import size_productivity as productivity
from tests.report.measures.loading import changed

PAGE = Path(__file__).parents[3] / "book" / "dual-economy" / "sizes.md"


def figures(**values):
    """Return an edit of `published_figures` or `size_productivity` that sets values by id (SIZ_038 for SIZ-038)."""

    def edit(table):
        column = "value" if "value" in table else "ratio"
        for key, value in values.items():
            hit = table["id"] == key.replace("_", "-")
            assert hit.sum() == 1, key
            table.loc[hit, column] = value
        return table

    return edit


def where(column, value=None, factor=None, **conditions):
    """Return an edit that sets or multiplies a column in the rows that match, and fails if none does."""

    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name].isin(wanted if isinstance(wanted, (list, tuple)) else [wanted])
        assert hit.any(), conditions
        table.loc[hit, column] = value if factor is None else table.loc[hit, column] * factor
        return table

    return edit


def chain(*edits):
    def edit(table):
        for one in edits:
            table = one(table)
        return table

    return edit


def verdict(claim, **edits):
    return claims.judge(claim, changed(**edits)).verdict


def reading(function, part, label):
    return next(one for one in function(an.load) if one.part == part and one.label == label)


# Known values


def test_the_sme_shares_of_firms_jobs_and_sales():
    heads = {one.part: one.value for one in sizes.firms_and_jobs(an.load) if one.headline}
    assert heads == pytest.approx({"firms": 0.999, "jobs": 0.804, "sales": 0.449})
    assert reading(sizes.firms_and_jobs, "jobs", "persons in enterprises by law, 2018").value == pytest.approx(0.831)
    revised = reading(sizes.firms_and_jobs, "jobs", "persons in enterprises by law, 2020, revised").value
    assert revised == pytest.approx(17_791_969 / 21_935_003)
    assert reading(sizes.firms_and_jobs, "jobs", "OECD cut of 250 persons, 2015").value == pytest.approx(0.872)


def test_a_third_is_a_fact_about_manufacturing():
    values = {one.label: one.value for one in sizes.small_over_large(an.load) if one.part == "manufacturing"}
    assert min(values.values()) == pytest.approx(0.243) and max(values.values()) == pytest.approx(0.334)
    assert reading(sizes.small_over_large, "ratio", "services, 2021 (KPC)").value == pytest.approx(0.448)
    assert productivity.ratio(an.load, "SIZ-112")["ratio"] == pytest.approx(0.55)


def test_the_peers_in_2018():
    every = productivity.peer_ratios(an.load, from_ten=False).query("year == 2018").set_index("country")["ratio"]
    assert every.round(2).to_dict() == {"DEU": 0.54, "FRA": 0.62, "GBR": 0.64}
    trade = productivity.peer_ratios(an.load, False, ("G",)).query("year == 2018").set_index("country")["ratio"]
    assert trade.to_dict() == pytest.approx({"DEU": 0.79, "FRA": 0.84, "GBR": 1.17}, abs=0.015)


def test_units_behind_the_number_of_jobs():
    assert 100 * size_tables.class_shares(an.load, "JPN", 2021)["250+"] == pytest.approx(50.4, abs=0.05)
    assert 100 * size_tables.japan_switch(an.load, from_ten=False) == pytest.approx(15, abs=0.5)
    assert 100 * (1 - size_tables.legal_shares(an.load, 2023, "C")["non-SME"]) == pytest.approx(67.5, abs=0.05)


def test_what_ten_to_fortynine_holds():
    made = {year: size_tables.class_shares(an.load, "KOR", year)["10-49"] for year in (2015, 2022)}
    assert made == pytest.approx({2015: 0.291, 2022: 0.422}, abs=5e-4)
    assert all(one.value < 0.5 for one in sizes.ten_to_fortynine(an.load) if one.part == "share")
    assert size_tables.completed_manufacturing(an.load).sum() == pytest.approx(1)


def test_no_line_is_drawn_across_a_change_of_the_law():
    drawn = productivity.to_draw(an.load)
    assert drawn.query("series == 'KBIZ, by law'")["year"].min() >= productivity.NEW_LAW
    assert drawn.query("series == 'KBIZ, law before 2015'")["year"].tolist() == [2011]
    assert len(drawn) == len(productivity.since_1980(an.load).query("series != 'KDI'"))


def test_the_ratio_since_1980():
    series = productivity.since_1980(an.load).set_index(["series", "year"])["ratio"]
    kiet = series["KIET, 10-299 over 300+"]
    assert [kiet[1990], kiet[2000], kiet[2009]] == pytest.approx([0.514, 0.381, 0.334])
    assert series["OECD, as reported", 1980] == pytest.approx(0.55)
    frontier = [round(one.value, 1) for one in size_gaps.frontier_and_diffusion(an.load) if one.part == "frontier"]
    assert frontier == [1.7, 2.7, 1.2]


def test_size_makes_more_of_output_in_korea_than_in_the_peers():
    split = productivity.covariance_table(an.load).pivot(index="country", columns="component", values="share")
    assert split.sum(axis=1).to_list() == pytest.approx([1] * 4)
    assert split["covariance"].idxmax() == "KOR"
    assert split["covariance"].drop("KOR").between(0.2, 0.31).all()


# Verdicts

HALF_JOBS = {
    "published_figures": chain(
        where(
            "value",
            factor=0.5,
            indicator=[
                "share of persons engaged",
                "share of employees",
                "share of employment",
                "share of employed persons",
            ],
            geography="KOR",
        ),
        where("value", factor=0.9, indicator=["share of enterprises", "share of establishments"], geography="KOR"),
        figures(SIZ_044=9e6, SIZ_161=60.0, SIZ_162=60.0, SIZ_167=60.0),
    ),
    "sme_statistics": chain(
        where("persons_engaged", factor=9, size_class="non-SME"), where("enterprises", factor=900, size_class="non-SME")
    ),
    "workplace_size": where("thousand_persons", factor=9, size_class="300+"),
}


def test_a3_can_take_every_verdict():
    assert verdict("A3") == SUPPORTED
    assert verdict("A3", published_figures=figures(SIZ_041=79.0)) == LIMITS
    assert verdict("A3", **HALF_JOBS) == CONTRADICTED


def test_a4_can_take_every_verdict():
    korea = {"country": "KOR"}
    assert verdict("A4") == LIMITS
    assert verdict("A4", size_productivity=where("ratio", 0.33, **korea)) == SUPPORTED
    assert verdict("A4", size_productivity=where("ratio", 0.9, **korea)) == CONTRADICTED


OTHERS = [code for code in OECD if code not in {"KOR", "JPN", "DEU", "FRA", "GBR"}]


def copied(country, column="country"):
    """Return an edit that gives twenty more members the rows of one."""

    def edit(table):
        rows = table[table[column] == country]
        return pd.concat(
            [table[~table[column].isin(OTHERS[:20])], *(rows.assign(**{column: code}) for code in OTHERS[:20])],
            ignore_index=True,
        )

    return edit


def most_years_only(table):
    """Copy Japan's establishments with years to twenty more members, and keep everyone else."""
    rows = table[(table["source"] == size_tables.YEARS) & (table["country"] == "JPN")]
    return pd.concat([table, *(rows.assign(country=code) for code in OTHERS[:20])], ignore_index=True)


def test_a6_can_take_every_verdict():
    assert verdict("A6") == LIMITS
    assert verdict("A6", size_value_added=copied("DEU"), size_employment=most_years_only) == SUPPORTED
    united = {
        "size_productivity": where("ratio", 0.95, country="KOR"),
        "size_employment": where("persons_employed", factor=30, country="KOR", size_class="250+"),
        "sme_statistics": where("persons_engaged", factor=30, size_class="non-SME"),
        "published_figures": figures(SIZ_041=20.0),
    }
    assert verdict("A6", **united) == CONTRADICTED


def test_a6_counts_no_member_without_a_figure():
    heads = {one.part: one for one in size_gaps.divided_by_size(an.load) if one.headline}
    assert heads["productivity"].value == pytest.approx(3 / 37)
    assert heads["jobs"].value == pytest.approx(1 / 37)
    assert heads["peers"].value == 1


def test_a6_ranks_korea_against_no_one_across_units():
    """Korean establishments by head count stand beside establishments only."""
    labels = [one.label for one in size_gaps.divided_by_size(an.load) if one.part == "jobs"]
    assert all("establishment" in label for label in labels)
    more = changed(size_employment=where("persons_employed", factor=50, country="KOR", size_class="250+"))
    assert {one.value for one in size_gaps.divided_by_size(more) if one.part == "jobs"} == {0}


def test_a8_can_take_every_verdict():
    assert verdict("A8") == CONTRADICTED
    more = where("persons_employed", factor=10, country="KOR", size_class="10-49")
    staff = where("employees", factor=10, country="KOR", size_class=["10-19", "20-49"])
    assert verdict("A8", size_employment=more) == LIMITS
    both = {"size_employment": chain(more, staff), "published_figures": figures(SIZ_174=60.0)}
    both["published_figures"] = chain(both["published_figures"], figures(SIZ_190=2e7, SIZ_165=70.0))
    assert verdict("A8", **both) == SUPPORTED


def test_a9_can_take_every_verdict():
    assert verdict("A9") == LIMITS
    slow = figures(SIZ_204=1.0, SIZ_206=1.0, SIZ_113=1.0)
    falling = figures(SIZ_130=0.55)
    assert verdict("A9", published_figures=slow) == LIMITS
    assert verdict("A9", published_figures=slow, size_productivity=falling) == SUPPORTED
    fast = figures(SIZ_204=9.0, SIZ_206=9.0, SIZ_113=9.0)
    rising = figures(SIZ_122=0.6, SIZ_135=0.6, SIZ_133=0.55, SIZ_147=0.4, SIZ_119=0.4, SIZ_110=0.4)
    assert verdict("A9", published_figures=fast, size_productivity=rising) == CONTRADICTED


def test_the_gap_that_stops_widening_is_seen():
    flat = changed(size_productivity=figures(SIZ_119=0.33))
    judged = claims.judge("A9", flat)
    row = judged.readings.query("label == 'KOSI, all sectors, 2009-2019'").iloc[0]
    assert row["headline"] and not row["holds"]


@pytest.mark.parametrize("claim", ["A3", "A4", "A6", "A8", "A9"])
def test_without_korea_a_claim_is_not_testable(claim):
    def load(name):
        table = an.load(name)
        column = next((one for one in ("geography", "country") if one in table), None)
        kept = table[table[column] != "KOR"] if column else table.iloc[:0]
        kept.attrs = table.attrs
        return kept

    assert claims.judge(claim, load).verdict == UNTESTABLE


# Missing data are named


@pytest.mark.parametrize(
    ("call", "edit", "says"),
    [
        (
            lambda load: size_tables.figure(load, "SIZ-041"),
            {"published_figures": lambda t: t[t["id"] != "SIZ-041"]},
            "no figure SIZ-041",
        ),
        (
            lambda load: productivity.ratio(load, "SIZ-110"),
            {"size_productivity": lambda t: t[t["id"] != "SIZ-110"]},
            "no ratio SIZ-110",
        ),
        (
            lambda load: size_tables.class_shares(load, "KOR", 2022),
            {"size_employment": where("persons_employed", float("nan"), country="KOR", size_class="250+")},
            r"KOR 2022, C, class 250\+",
        ),
        (
            lambda load: size_tables.legal_shares(load, 2023, "C"),
            {"sme_statistics": lambda t: t[t["size_class"] != "micro"]},
            "persons_engaged for C in 2023",
        ),
        (
            lambda load: size_tables.workplaces(load),
            {"workplace_size": lambda t: t[t["size_class"] != "300+"]},
            "all three classes",
        ),
        (
            lambda load: productivity.peer_ratios(load),
            {"size_value_added": where("value_added_per_person", float("nan"), size_class="250+")},
            "no complete country",
        ),
        (lambda load: productivity.covariance_table(load, 2020), {}, "2020"),
        (size_gaps.divided_by_size, {"size_value_added": lambda t: t[t["country"] != "FRA"]}, "no ratio for FRA"),
        (size_gaps.divided_by_size, {"size_employment": lambda t: t[t["country"] != "JPN"]}, "no member"),
    ],
)
def test_missing_data_are_named(call, edit, says):
    with pytest.raises(Unmeasurable, match=says):
        call(changed(**edit))


# Exhibits


def test_only_comparable_ratios_count_and_bounds_are_left_out():
    table = productivity.korean_ratios(an.load)
    counted = {one.label for one in sizes.small_over_large(an.load)}
    assert counted == set(table.loc[table["comparable"], "label"])
    assert not table["measure"][table["comparable"]].isin(["sales per worker", "TFP"]).any()
    assert "SIZ-121" not in set(table["id"])
    assert not table["label"].duplicated().any()


def test_shares_add_up():
    for table, by in (
        (size_tables.weight_table(an.load), "what"),
        (size_tables.switch_table(an.load), "row"),
        (size_tables.class_table(an.load), "row"),
    ):
        assert table.groupby(by)["share"].sum().to_numpy() == pytest.approx(1)
    assert size_tables.workplaces(an.load).groupby("year")["share"].sum().to_numpy() == pytest.approx(1)


def test_every_secondary_figure_of_an_exhibit_is_marked():
    assert size_tables.weight_table(an.load).set_index("what")["secondary"]["sales"].all()
    assert size_tables.share_over_time(an.load)["secondary"].all()
    since = productivity.since_1980(an.load)
    assert since.loc[since["series"].str.startswith("KIET"), "secondary"].all()


def test_the_page_names_every_member_without_a_figure_on_the_enterprise_basis():
    held = [*size_tables.enterprise_countries(an.load).index, "KOR", "JPN"]
    assert 'missing_members([*firms.index, "KOR", "JPN"])' in PAGE.read_text(encoding="utf-8")
    assert len(held) + len(missing_members(held)) == len(OECD)


def test_a_country_with_a_missing_class_is_not_counted_as_small():
    assert "TUR" not in size_tables.enterprise_countries(an.load, from_ten=True).index
    assert size_tables.enterprise_countries(an.load).between(0, 1).all()
