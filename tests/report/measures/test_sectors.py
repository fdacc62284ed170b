"""Services against manufacturing: known values, gaps in the data that are shown, and verdicts that follow data."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.data.countries import OECD
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import sector_growth, sector_volumes, sectors
from analysis.report.measures.sectors import Definition
from tests.report.measures.loading import changed


def scaled(made=1.0, where=lambda table: table["country"] == "KOR", column=("value_added", "value_added_constant")):
    """Return a change that multiplies manufacturing output of some countries."""

    def change(table):
        rows = where(table) & (table["sector"] == "C")
        table.loc[rows, list(column)] *= made
        return table

    return change


def not_korea(table):
    return table["country"] != "KOR"


def test_the_levels_of_2017():
    table = sectors.side_by_side(an.load).set_index("country")
    nominal, real = table["current prices"], table["sector PPPs"]
    assert set(table.index) == set(OECD)
    assert nominal["KOR"] == pytest.approx(0.498, abs=5e-4)
    assert (nominal < nominal["KOR"]).sum() == 2
    assert nominal.drop("KOR").median() == pytest.approx(0.81, abs=5e-3)
    assert nominal[list(sectors.G7)].mean() == pytest.approx(0.75, abs=5e-3)
    assert (nominal.drop("KOR") >= 0.9).sum() == 14
    assert (real["KOR"], real.drop("KOR").median(), real["USA"]) == pytest.approx((1.03, 1.29, 0.64), abs=5e-3)


@pytest.mark.parametrize(
    ("source", "start", "end", "total", "within", "between"),
    [("ETD", 1990, 2018, 3.41, 3.16, 0.25), ("APO", 2018, 2023, 1.13, 1.15, -0.03)],
)
def test_growth_within_and_between(source, start, end, total, within, between):
    tidy = sector_growth.growth(an.load, source, start, end).tidy().set_index("component")["estimate"] * 100
    assert tidy.round(2).to_dict() == {"within": within, "between": between, "total": total}


def test_four_methods_share_one_total():
    table = sector_growth.by_method(an.load)
    totals = table[table["part"] == "total"].groupby("span")["rate"]
    assert (totals.nunique() == 1).all() or (totals.max() - totals.min()).max() < 1e-12
    assert set(table["method"]) == set(sector_growth.METHODS.values())
    parts = table[table["part"] != "total"].groupby(["span", "method"])["rate"].sum()
    assert np.allclose(parts, table[table["part"] == "total"].set_index(["span", "method"])["rate"][parts.index])


def test_what_the_data_lack_is_shown_not_skipped():
    table = sectors.matrix(an.load).set_index("definition")
    assert len(table) == len(sectors.GROUPS) * len(sectors.PRICES) * len(sectors.LABOUR)
    assert list(table) == [f"{source} {year}" for source, year in sectors.SOURCES.items()]
    assert table.loc["all services, current prices, per hour", "PLD 2017"] == "no hours"
    assert table.loc["all services, current prices, per hour", "EUKLEMS 2007"] == "57.6"
    assert table.loc["without real estate, current prices, per person", "APO 2023"] == "sectors not separable"
    assert table.loc["all services, constant prices, per person", "PLD 2017"] == "no constant prices"
    assert not table.isna().any().any()


def test_within_is_the_largest_part_in_every_span_and_by_every_method():
    table = sector_growth.method_table(an.load)
    assert len(table) == (1 + len(sector_growth.DECADES)) * len(sector_growth.METHODS)
    assert (table["within sectors"] > table[["movement", "interaction"]].max(axis=1)).all()


def test_the_published_figures_named_in_the_text_are_the_extremes():
    figures = an.load("published_figures").set_index("id").loc[list(sectors.PUBLISHED)]
    assert figures["value"].idxmin() == "SEC-016"
    assert figures["value"].idxmax() == "SEC-050"


def test_the_bound_without_real_estate_lies_below_the_ratio_with_it():
    bound = sectors.real_estate_bound(an.load)
    assert 0 < bound < sectors.ratios(an.load, Definition("APO", 2023))["KOR"]


def test_the_words_of_the_page_hold():
    past = sectors.history(an.load).set_index(["series", "year"])["ratio"]
    assert 0.9 <= past["ETD, current prices", 1990] <= 1.1
    assert 0.85 <= past["APO, current prices", 1970] <= 1.1
    pace = sectors.pace(an.load)
    assert pace["manufacturing"] > 2 * pace["services"] > 0
    decades = sector_growth.by_decade(an.load).pivot(index="decade", columns="part", values="rate")
    assert (decades["within sectors"] > decades["movement"]).all()
    assert abs(decades.loc["2018-2023", "movement"]) < 0.0005
    whole = sector_growth.by_method(an.load).query("span == '1990-2018 (ETD)' and part == 'interaction'")
    assert (whole["rate"] < 0).all()


@pytest.mark.parametrize(
    ("load", "verdict"),
    [
        (an.load, LIMITS),
        (
            changed(
                sector_accounts=scaled(0.5, not_korea),
                sector_comparators=scaled(0.5, not_korea),
                sector_price_levels=lambda table: table.assign(
                    ppp=table["ppp"].where(table["country"] != "KOR", 1000.0)
                ),
                published_figures=lambda table: table.assign(
                    value=table["value"].where(table["id"] != "SEC-016", 48.0)
                ),
            ),
            SUPPORTED,
        ),
        (
            changed(
                sector_accounts=lambda table: scaled(3.0, not_korea)(scaled(0.3)(table)),
                published_figures=lambda table: table.assign(
                    value=table["value"].where(~table["id"].isin(sectors.PUBLISHED), 90.0)
                ),
            ),
            CONTRADICTED,
        ),
    ],
    ids=["as published", "parity abroad", "parity at home"],
)
def test_the_verdict_on_a5_follows_the_data(load, verdict):
    assert claims.judge("A5", load).verdict == verdict


def test_the_strongest_reading_follows_the_data():
    assert claims.judge("A5").stronger.verdict == SUPPORTED
    assert claims.judge("A5", changed(sector_accounts=scaled(0.2))).stronger.verdict == CONTRADICTED


@pytest.mark.parametrize("table", ["sector_accounts", "published_figures"])
def test_without_korea_the_claim_cannot_be_tested(table):
    column = "geography" if table == "published_figures" else "country"
    load = changed(**{table: lambda rows: rows[rows[column] != "KOR"]})
    judged = claims.judge("A5", load)
    assert judged.verdict == UNTESTABLE
    assert table in judged.depends_on


def test_too_few_members_are_named():
    few = changed(sector_accounts=lambda rows: rows[rows["country"].isin(["KOR", "USA", "DEU"])])
    with pytest.raises(Unmeasurable, match="only 2 other members"):
        sectors.services_over_manufacturing(few)


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match="no source 'WIOD'; legal sources: ETD"):
        sectors.ratios(an.load, Definition("WIOD", 2014))


def test_every_reading_names_its_definition_once():
    readings = pd.DataFrame([one.__dict__ for one in sectors.services_over_manufacturing(an.load)])
    assert not readings.duplicated(["part", "label"]).any()
    assert readings.groupby("part")["headline"].sum().to_dict() == {"korea": 1, "others": 1, "above": 1}


def test_what_makes_the_ratio_at_sector_ppps():
    level = sector_volumes.to_the_us(an.load).set_index("group")["ratio"]
    assert level["public services"] > 1 > level["all services"] > level["market services"] > level["manufacturing"]
    older = sector_volumes.to_the_us_2005(an.load).set_index("group")["ratio"]
    assert older["manufacturing"] > older["market services"]


def test_chained_volumes_are_not_summed():
    assert sectors.why_not(an.load, Definition("EUKLEMS", 2007, prices="constant prices")) == "volumes do not add up"


def test_a_member_that_counts_real_estate_elsewhere_is_left_out_without_real_estate():
    assert "COL" not in sectors.ratios(an.load, Definition("PLD", 2017, "without real estate"))
    assert "COL" in sectors.ratios(an.load, Definition("PLD", 2017))


def test_every_korean_ratio_that_was_published_is_a_reading():
    figures = an.load("published_figures")
    named = figures["indicator"] == "services / manufacturing labour productivity"
    rows = figures[named & (figures["geography"] == "KOR")]
    parts = rows["sector"].str.contains("information|finance")
    assert set(rows.loc[~parts, "id"]) == set(sectors.PUBLISHED)


def test_comparators_name_a_wrong_unit():
    with pytest.raises(ValueError, match="legal: hours, employment"):
        sector_volumes.comparators(an.load, 2017, "days")
