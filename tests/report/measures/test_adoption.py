"""Claim B7: known values, verdicts that can turn, breaks never crossed, missing data named."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.data.ingest import nia
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import adoption, small_firm_weight, targets
from analysis.report.measures import adoption_tables as tables
from analysis.report.measures.adoption_tables import EUROPE, ILO, KOREA, KOREAN_YEAR, OECD_2020
from tests.report.measures.loading import changed


def without(**conditions):
    """Return an edit that drops the rows that match, and fails if none does."""

    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name].isin(wanted if isinstance(wanted, (list, tuple)) else [wanted])
        assert hit.any(), conditions
        return table[~hit]

    return edit


def verdicts(load=an.load, stronger=False):
    judged = claims.judge("B7", load)
    judged = judged.stronger if stronger else judged
    return {part: claims.verdict(rows["headline"], rows["holds"]) for part, rows in judged.readings.groupby("part")}


# Known values


def test_the_count_of_korea_and_of_the_eu():
    table = an.load("ai_adoption")
    korea = table[(table["survey"] == KOREA) & (table["year"] == 2024)].set_index("size_class")["value"]
    assert korea.to_dict() == {"10+": 32.9, "10-49": 30.6, "250+": 66.9}
    eu = table[(table["country"] == "EU") & (table["year"] == 2025) & (table["breakdown"] == "size")]
    eu = eu.set_index("size_class")["value"]
    assert eu["250+"] / eu["10-49"] == pytest.approx(3.2, abs=0.05)


def test_the_headline_numbers():
    facts = adoption.facts(an.load)
    assert (facts["level_n"], facts["growth_n"], facts["sections_n"], facts["us_n"]) == (27, 26, 8, 29)
    assert facts["level_rho"] == pytest.approx(0.723, abs=5e-4)
    assert (facts["level_low"], facts["level_high"]) == pytest.approx((0.434, 0.877), abs=5e-4)
    assert facts["growth_rho"] == pytest.approx(-0.276, abs=5e-4)
    assert facts["growth_low"] < 0 < facts["growth_high"]
    assert facts["sections_rho"] == pytest.approx(0.619, abs=5e-4)
    assert facts["us_rho"] == pytest.approx(0.192, abs=5e-4)
    assert (facts["korea_rank_use"], facts["korea_rank_per_hour"]) == (4, 18)
    assert facts["old_reached"] < facts["old_target"]


def test_korea_by_rank_falls_from_the_top_to_the_bottom_with_the_question():
    shown = {one.label: one.shown for one in adoption.counting_adopters(an.load) if one.part == "korea"}
    assert shown["Europe 2025, Korea end of 2024"] == "4 of 27 by AI use, 18 by output per hour"
    old = next(text for label, text in shown.items() if "before the break" in label)
    assert old == "12 of 13 by AI use, 10 by output per hour"


def test_us_industries_are_company_weighted():
    used = tables.us_use(an.load)
    assert len(used) == 29
    assert used["311FT"] == pytest.approx((19326 * 2.5 + 9354 * 1.9) / (19326 + 9354))
    growth = tables.us_growth(an.load, 2012, 2019)
    table = an.load("us_industry_productivity").set_index(["industry", "year"])["labour_productivity"]
    assert growth["334"] == pytest.approx(100 * ((table["334", 2019] / 100) ** (1 / 7) - 1))


def test_section_output_adds_the_classes_and_refuses_two_currencies():
    table = an.load("size_value_added")
    cell = table[(table["country"] == "GBR") & (table["year"] == 2018) & (table["industry"] == "G")]
    cell = cell[cell["size_class"].isin(["10-19", "20-49"])]
    expected = (cell["persons_employed"] * cell["value_added_per_person"]).sum() / cell["persons_employed"].sum()
    assert tables.section_output(an.load, ("GBR",), 2018)["G"] == pytest.approx(expected)
    with pytest.raises(ValueError, match="currencies EUR, GBP"):
        tables.section_output(an.load, ("DEU", "GBR"), 2018)


# Breaks


def test_no_change_crosses_a_break():
    change = tables.ai_use_change(an.load, 2021, 2023)
    assert not {"FRA", "SWE"} & set(change.index)
    assert {"DEU", "ITA"} <= set(change.index)
    for first in (2021, 2023, 2024):
        with pytest.raises(ValueError, match=f"no change from {first} to 2025: every country has a break"):
            tables.ai_use_change(an.load, first, 2025)


def test_korean_rates_before_and_after_the_break_are_two_series():
    table = an.load("ai_adoption")
    korea = table[table["survey"] == KOREA]
    assert korea.groupby("series")["year"].agg(["min", "max"]).to_dict("list") == {
        "min": [2019, 2022], "max": [2021, 2024]
    }  # fmt: skip
    assert set(korea.loc[korea["series_break"].notna(), "year"]) == {2022}
    for first, last in ((2021, 2023), (2023, 2024)):
        assert "KOR" not in tables.ai_use_change(an.load, first, last).index


def test_korea_stands_beside_europe_only_with_the_question_it_asks_now():
    assert min(KOREAN_YEAR.values()) >= nia.BREAK_YEAR
    assert all(round_ - 1 == year for round_, year in KOREAN_YEAR.items())
    for round_, year in KOREAN_YEAR.items():
        assert not tables.ai_use(an.load, round_, korea=year).index.duplicated().any()
    with pytest.raises(Unmeasurable, match="no Korean firms with 10-49 persons in 2021"):
        tables.ai_use(an.load, 2021, korea=2021)


def test_growth_does_not_cross_the_break_of_the_ilo():
    with pytest.raises(ValueError, match="ilo-2026-03 breaks in 2024: 2021 and 2024 do not compare"):
        tables.growth_per_hour(an.load, ILO, 2021, 2024)
    assert len(tables.growth_per_hour(an.load, ILO, 2021, 2023)) > 100


# Verdicts


def set_use(order, sign):
    """Return an edit that ranks AI use of every European country and Korea by (or against) a measure."""

    def edit(table):
        rank = order.rank(ascending=sign > 0)
        hit = table["country"].isin(rank.index) & (table["breakdown"] != "industry")
        pace = 1 + 0.1 * (table.loc[hit, "year"] - 2021)  # so that the rate also changes, in the same order
        table.loc[hit, "value"] = table.loc[hit, "country"].map(rank).astype(float) * pace
        return table

    return edit


def chain(*edits):
    def edit(table):
        for one in edits:
            table = one(table)
        return table

    return edit


def set_sections(order):
    def edit(table):
        hit = (table["breakdown"] == "industry") & (table["survey"] == EUROPE)
        table.loc[hit, "value"] = table.loc[hit, "industry"].map(order.rank()).astype(float)
        return table

    return edit


def set_us(order):
    def edit(table):
        hit = table["survey"] == tables.US
        codes = {part: code for code, parts in tables.US_INDUSTRIES.items() for part in parts}
        table.loc[hit, "value"] = table.loc[hit, "industry"].map(codes).map(order.rank()).fillna(1).astype(float)
        return table

    return edit


def noisy(order):
    """Return a measure that orders the countries nearly as `order` does."""
    rng = np.random.default_rng(3)
    return order.rank(pct=True) + pd.Series(0.3 * rng.random(len(order)), index=order.index)


def growing(signal, sign):
    """Return an edit that makes output per hour grow with (or against) a signal, every vintage alike."""

    def edit(table):
        rank = table["country"].map(signal.rank(pct=True)).fillna(0.5)
        pace = 1 + sign * 0.02 * rank
        return table.assign(value=table["value"] * pace ** (table["year"].clip(2013, 2024) - 2013))

    return edit


def flat(table):
    """Keep each country's level of 2023 in every year, so that only an edit makes it grow."""
    last = table[table["year"] == 2023].groupby(["vintage", "price_basis", "country"])["value"].first()
    older = table[table["year"] == 2022].groupby(["vintage", "price_basis", "country"])["value"].first()
    key = pd.MultiIndex.from_frame(table[["vintage", "price_basis", "country"]])
    return table.assign(value=pd.Series(last.reindex(key).fillna(older.reindex(key)).to_numpy(), index=table.index))


def heavy_jobs(table):
    small = (table["country"] == "KOR") & table["size_class"].isin(["10-49", "10-19", "20-49"])
    heavier = 1 + 9 * small.astype(float)
    return table.assign(persons_employed=table["persons_employed"] * heavier, employees=table["employees"] * heavier)


def poor_small_firms(table):
    hit = table["id"].isin(["SIZ-176", "SIZ-122"])
    return table.assign(ratio=table["ratio"].mask(hit, 0.05))


def figures_of_small_firms(table):
    hit = (table["sector"] == "manufacturing (10+ persons)") & (table["size_class"] == "SME")
    hit &= table["indicator"] == "value added"
    assert hit.any()
    value = table["value"].mask(hit, table["value"] * 0.1)
    for key, new in (("SIZ-174", 60.0), ("SIZ-165", 70.0), ("SIZ-190", 2e7)):
        value = value.mask(table["id"] == key, new)
    return table.assign(value=value)


def test_b7_and_its_stronger_reading_now():
    judged = claims.judge("B7")
    assert judged.verdict == LIMITS
    assert verdicts() == {
        "level": CONTRADICTED, "growth": SUPPORTED, "industries": LIMITS, "jobs": CONTRADICTED, "gap": CONTRADICTED
    }  # fmt: skip
    assert judged.stronger.verdict == SUPPORTED


def test_b7_can_be_supported():
    level = tables.per_hour(an.load, OECD_2020, 2023)
    sections = -tables.section_output(an.load, ("DEU", "FRA"), 2019)
    us = -tables.us_growth(an.load, 2012, 2019)
    load = changed(
        ai_adoption=chain(set_use(noisy(level), -1), set_sections(sections), set_us(us)),
        gdp_per_hour=chain(flat, growing(noisy(level), 1)),
        size_employment=heavy_jobs,
        size_productivity=poor_small_firms,
        published_figures=figures_of_small_firms,
    )
    assert set(verdicts(load).values()) == {SUPPORTED}
    assert claims.judge("B7", load).verdict == SUPPORTED


def test_b7_can_be_contradicted():
    level = tables.per_hour(an.load, OECD_2020, 2023)
    sections = tables.section_output(an.load, ("DEU", "FRA"), 2019)
    us = tables.us_growth(an.load, 2012, 2019)
    load = changed(
        ai_adoption=chain(set_use(noisy(level), 1), set_sections(sections), set_us(us)),
        gdp_per_hour=chain(flat, growing(noisy(level), 1)),
    )
    assert set(verdicts(load).values()) == {CONTRADICTED}
    assert claims.judge("B7", load).verdict == CONTRADICTED


def test_the_stronger_reading_can_fail():
    def as_productive(table):
        hit = (table["survey"] == KOREA) & (table["size_class"] != "250+")
        table.loc[hit, "value"] = table.loc[hit, "year"].map({2021: 3.0, 2022: 4.0, 2023: 8.5, 2024: 13.5})
        return table

    def outputs(table):
        return table.assign(counts="output")

    def half(table):
        keep = table["id"].isin([f"TGT-{number:02d}" for number in range(9, 24)])
        return table.assign(counts=table["counts"].where(keep, "output"))

    load = changed(ai_adoption=as_productive, policy_targets=outputs)
    assert claims.judge("B7", load).stronger.verdict == CONTRADICTED
    assert claims.judge("B7", changed(policy_targets=half)).stronger.verdict == LIMITS


# Weight


def test_the_gap_closes_by_what_the_class_lacks():
    table = small_firm_weight.gap_table(an.load).query("headline").set_index("peer")["share_of_gap"]
    assert table.round(3).to_dict() == {"DEU": 0.249, "FRA": 0.469, "GBR": 0.445}
    ratios = next(iter(small_firm_weight.korean_ratios(an.load).values()))
    jobs = an.load("size_employment").query(
        "country == 'KOR' and industry == 'C' and year == 2022 and size_class != '1-9'"
    ).set_index("size_class")["persons_employed"]  # fmt: skip
    below = jobs[["10-49", "50-249"]]
    assert (ratios[below.index] * below).sum() / below.sum() == pytest.approx(0.325)


def test_if_the_class_already_stood_at_the_peers_level_nothing_would_close():
    peer = small_firm_weight.peer_levels(an.load, "DEU")
    levels = small_firm_weight.gap_sizes.manufacturing_level(an.load)
    jobs = small_firm_weight.size_tables.class_shares(an.load, "KOR", 2022, from_ten=True)
    want = peer["10-49"] * levels["DEU"]
    rest = (levels["KOR"] - want * jobs["10-49"]) / (1 - jobs["10-49"])
    ratios = pd.Series({"10-49": want / rest, "50-249": 1.0, "250+": 1.0})
    assert small_firm_weight.share_of_gap(an.load, "DEU", ratios) == pytest.approx(0, abs=1e-12)


# Targets and sources


def test_every_target_is_classified_and_cited():
    table = targets.stated(an.load, None)
    assert set(table["counts"]) <= set(targets.WORDS)
    assert (table["due"] >= table["year"]).all()
    assert targets.counting(targets.stated(an.load)) == (14, 22)
    assert targets.plans_without_output(targets.stated(an.load)) == (7, 11)
    counts = targets.counts_table(an.load)
    assert counts["targets"].sum() == len(table)


def test_expected_effects_are_no_targets():
    held = an.load("policy_targets")
    assert "TGT-05" in set(held["id"]) and "TGT-05" not in set(targets.stated(an.load)["id"])


def test_the_table_of_targets_prints_values():
    table = targets.target_table(an.load)
    assert table["Country"].iloc[0] == "Korea" and len(table) == 28
    assert "70 % of firms, from 31" in set(table["Value"])
    assert "+35 %" in set(table["Value"])
    assert table.loc[table["Plan"].str.contains("M.AX"), "secondary"].all()


def test_no_korean_statistic_holds_all_parts_of_the_yardstick():
    table = targets.source_table(an.load)
    assert not table["all_parts"].any()
    assert (table["Value added"] == "yes").any() and (table["Hours"] == "yes").any()


# Exhibits


def test_the_country_table_ranks_what_it_shows():
    table = tables.country_table(an.load)
    assert table["ai_use"].is_monotonic_decreasing
    assert list(table.loc[table["secondary"], "country"]) == ["KOR"]
    assert table["name"].notna().all()
    assert (table["places"] == table["rank_per_hour"] - table["rank_ai_use"]).all()
    assert table.set_index("country").at["KOR", "places"] == 14


def test_the_industry_tables_are_complete():
    sections, us = tables.industry_table(an.load), tables.us_industry_table(an.load)
    assert len(sections) == 8 and sections.notna().all(axis=None)
    assert len(us) == 29 and us.notna().all(axis=None)
    assert set(tables.US_INDUSTRIES) == set(us["industry"])


def test_the_yardstick_tracks_the_industry_better_than_the_count():
    table = tables.measures_compared(an.load).set_index(["countries", "measure"])["rho"]
    for countries in ("Germany and France", "United Kingdom"):
        count, yardstick = table[countries]
        assert yardstick > count


def test_no_table_holds_output_per_hour_of_the_class():
    table = tables.coverage_table(an.load).set_index("measure")
    assert table.at["output per hour, 10-49 persons", "members"] == 0
    assert pd.isna(table.at["output per hour, 10-49 persons", "latest"])
    assert table.at["value added per person, 10-49 persons, by industry", "members"] == 3
    assert table["korea"].tolist() == [True, True, False, False]


def test_the_strip_names_a_part_that_is_not_there():
    judged = claims.judge("B7")
    assert adoption.strip_rows(judged.readings, "level")["headline"].iloc[0]
    with pytest.raises(ValueError, match="no part 'levels'; parts: level"):
        adoption.strip_rows(judged.readings, "levels")


# Missing data are named


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ({"ai_adoption": without(survey=KOREA)}, "no Korean firms with 10-49 persons in 2024"),
        ({"ai_adoption": without(survey=EUROPE, year=2025, breakdown="size")}, "no European firms with 10-49 .* 2025"),
        ({"ai_adoption": without(survey=EUROPE, breakdown="industry")}, "no AI use by section"),
        ({"ai_adoption": without(survey=tables.US, industry="334")}, "no US industry 334"),
        ({"gdp_per_hour": without(vintage="pwt-11.0", year=2023)}, "no pwt-11.0, constant_2021_ppp, 2023"),
        ({"gdp_per_hour": without(country="KOR")}, "no Korean value"),
        ({"size_value_added": without(country="FRA", year=2019)}, "no FRA in 2019"),
        ({"us_industry_productivity": without(year=2007)}, "no labour_productivity in 2007 and 2019"),
        ({"size_productivity": without(id="SIZ-176")}, "no ratio SIZ-176"),
        ({"policy_targets": without(country="KOR")}, "no target of KOR"),
        ({"policy_targets": without(secondary=False, country="KOR")}, "no target to count"),
    ],
)
def test_missing_data_are_named(edit, says):
    with pytest.raises(Unmeasurable, match=says):
        adoption.counting_adopters(changed(**edit))
    assert claims.judge("B7", changed(**edit)).verdict == UNTESTABLE


def test_no_gap_cannot_be_shared_out():
    def ahead(table):
        hit = (table["country"] == "KOR") & (table["source"] == "PLD") & (table["sector"] == "C")
        assert hit.any()
        table.loc[hit, "value_added"] *= 9
        return table

    with pytest.raises(Unmeasurable, match="Korea does not lie behind DEU"):
        small_firm_weight.gap_table(changed(sector_accounts=ahead))
