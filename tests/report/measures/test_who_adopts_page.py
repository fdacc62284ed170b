"""The page on who adopts AI: evidence for and against, its facts, its frames, and the technologies beside AI."""

import numpy as np
import pytest

import analysis as an
from analysis.report.measures import adoption_evidence as evidence
from analysis.report.measures import adoption_gradients as gradients
from analysis.report.measures import adoption_korea as korea
from analysis.report.measures import adoption_pace as pace
from analysis.report.measures import us_technology as us
from analysis.report.measures.adoption_tables import KOREA

# The USA


def test_use_leaves_out_those_who_do_not_know():
    known, every = us.use_rates(an.load, "size band"), us.use_rates(an.load, "size band", known_only=False)
    assert known.at["25000+", "cloud"] == pytest.approx(100 * (10.0 + 24.1 + 17.4) / (100 - 36.3))
    assert every.at["25000+", "cloud"] == pytest.approx(10.0 + 24.1 + 17.4)
    assert every.at["25000+", "cloud"] < every.at["10000-24999", "cloud"]
    assert known["cloud"].is_monotonic_increasing


def test_the_larger_the_band_the_more_do_not_know():
    table = us.unknown(an.load)
    assert len(table) == len(us.BANDS) and table.at["25000+", us.CLOUD] == 36.3
    assert (table.iloc[-1] > 3 * table.iloc[0]).all()


def test_a_suppressed_answer_is_what_the_others_leave():
    rows = us.industries(an.load).set_index("industry")
    assert rows.at["312", "ai"] == pytest.approx(100 * (100 - 93.1 - 0.2 - 5.2) / (100 - 5.2))
    assert us.missing_rates(an.load).to_dict() == {"ai": 3, "cloud": 0, "software": 1, "robotics": 4}


def test_industries_with_more_cloud_use_more_ai_outside_manufacturing():
    rows = us.industries(an.load)
    assert len(rows) == 51 and rows["manufacturing"].sum() == 20
    every = us.correlation(rows, "cloud", "ai_2021")
    made = us.correlation(rows[rows["manufacturing"]], "cloud", "ai_2021")
    assert every.rho == pytest.approx(0.64, abs=0.005) and every.low > 0
    assert made.low < 0 < made.high


def test_the_associations_are_points_for_ten_points():
    table = us.association_table(an.load).set_index("technology")
    assert table["industries"].eq(47).all()
    rows = us.industries(an.load).dropna(subset=["cloud", "software", "robotics"])
    step = rows[["cloud", "software", "robotics"]] / 100
    effect = an.fractional_logit("share ~ cloud + software + robotics", step.assign(share=rows["ai_2021"] / 100))
    assert table.at[us.CLOUD, "estimate"] == pytest.approx(10 * effect.tidy().set_index("term").at["cloud", "estimate"])


def test_cloud_and_software_change_places_with_the_method():
    table = us.two_methods(an.load).set_index("technology")
    cloud, software = table.loc[us.CLOUD], table.loc[us.SOFTWARE]
    assert cloud["points_low"] > 0 > software["points_low"]
    assert software["rho_low"] > 0 > cloud["rho_low"]
    fewer = us.association_table(an.load, evidence.FEW_INDUSTRIES).set_index("technology").loc[us.CLOUD]
    assert fewer["industries"] == 42 and fewer["conf_low"] < 0 < fewer["estimate"] < cloud["points"]
    with pytest.raises(ValueError, match="without_highest=30; legal: 0 to 27 of 47 industries"):
        us.associations(an.load, 30)


def test_an_unknown_breakdown_is_named():
    with pytest.raises(ValueError, match="breakdown='size'; legal: size band, industry"):
        us.use_rates(an.load, "size")


# The page


@pytest.fixture(scope="module")
def facts():
    estimates, recent = (pace.estimates(an.load, rounds, draws=999) for rounds in (pace.SEVEN, pace.RECENT))
    return evidence.facts(an.load) | evidence.intervals(estimates, recent)


def test_the_evidence_for_and_against_carries_the_computed_numbers(facts):
    first, second = (evidence.for_and_against(claim, facts) for claim in ("B1", "B2"))
    assert "32.9 %" in first.at[0, "For"] and "2.7 %" in first.at[0, "Against"]
    assert "1st of 34" in first.at[2, "For"] and "7th of 34" in first.at[2, "Against"]
    assert "2.2 times and 36.3 points" in second.at[0, "For"]
    assert "4.6 in 2021, 4.8 in 2023, 3.7 in 2024" in second.at[0, "Against"]
    for table in (first, second):
        assert list(table) == ["Evidence", "For", "Against", "secondary"] and len(table) <= 4
        for column in ("For", "Against"):
            assert table[column].str.split().str.len().sum() <= 70
    with pytest.raises(ValueError, match="claim='B3'; legal: B1, B2"):
        evidence.for_and_against("B3", facts)


def test_intervals_are_those_of_the_estimates(facts):
    row = pace.estimates(an.load, draws=99).query("estimator == 'fractional logit' and size_class == '250+'").iloc[0]
    assert (facts["logit"], facts["logit_high"]) == (row["estimate"], row["conf_high"])
    assert facts["odds_low"] < 0 < facts["odds_high"]
    assert facts["middle_high"] < 0 and facts["middle_p"] < 0.05 and facts["recent_high"] < 0
    assert facts["middle_logit_low"] < 0 < facts["middle_logit_high"]  # "one of two estimators excludes zero"
    assert facts["middle_logit_p"] > 0.05 and facts["middle_recent_low"] < 0 < facts["middle_recent_high"]


def test_holds_are_counted_by_part_with_those_whose_interval_includes_zero():
    judged = [an.claims.judge(claim) for claim in ("B1", "B2")]
    table = evidence.holds_by_part(judged, an.load).set_index("part")
    assert table["holds"].to_dict() == {"level": 4, "place": 8, "gap": 8, "pace": 4, "resources": 11}
    assert not table.loc[["place", "pace"], "headline"].any() and table["headline"].sum() == 3
    assert table.at["resources", "unsure"] == 4 and table["unsure"].isna().sum() == 4
    shown = judged[1].readings.query("part == 'resources'")["shown"]
    assert shown.str.endswith("zero not excluded").sum() == 4
    assert evidence.of_korea(judged[1], "pace") == 3


def test_a_rank_says_which_match_is_the_latest():
    labels = [one.label for one in korea.adopts_over_a_quarter(an.load) if one.part == "place" and one.headline]
    assert labels == ["10+ persons: Korea 2024, Europe 2025, latest"]


def test_all_korean_firms_rose_in_a_year_in_which_small_ones_fell():
    moved = korea.one_year(an.load)
    assert moved["whole"] == pytest.approx(30.3 - 28.0) and moved["small"] == pytest.approx(27.4 - 28.8)
    assert moved["middle"] == 21.2 < 28.8 < 36.4  # the first year is not monotone in size
    for large, small, jump in (
        (moved["most_large"], moved["share_low"], moved["implied_low"]), (0, moved["share_high"], moved["implied_high"])
    ):  # the mix gives back the rate of all firms, and with it the rates of both years
        w, x = small / 100, large / 100
        assert w * 28.8 + (1 - w - x) * 21.2 + x * 36.4 == pytest.approx(28.0)
        before = (28.0 - 28.8 * w) / (1 - w)
        assert w * 27.4 + (1 - w) * (before + jump) == pytest.approx(30.3)
    assert moved["share_high"] == pytest.approx(100 * 6.8 / 7.6) and 4 < moved["most_large"] < 5
    assert 15 < moved["implied_low"] < 25 < moved["implied_high"]
    with pytest.raises(ValueError, match="no change from 2021 to 2022"):
        korea.one_year(an.load, 2021, 2022)

    def odd(name):
        table = an.load(name)
        if name == "ai_adoption":
            hit = (table["survey"] == KOREA) & (table["year"] == 2022) & (table["size_class"] == "50-249")
            table = table.assign(value=table["value"].mask(hit, 28.5))
        return table

    with pytest.raises(korea.Unmeasurable, match="rates of 2022 by size are no mean of the rate of all firms"):
        korea.one_year(odd)
    few = {"size_employment": an.load("size_employment").query("country != 'USA'")}
    with pytest.raises(korea.Unmeasurable, match="no count of US companies by size"):
        korea.one_year(lambda name: few.get(name, an.load(name)))


def test_the_rate_at_which_large_korean_firms_are_no_faster():
    rate = pace.same_pace_rate(an.load)
    odds = pace.SCALES["log-odds"]
    assert odds(66.9) - odds(rate) == pytest.approx(odds(30.6) - odds(27.4))
    assert 36.4 < rate < 66.9
    shown = evidence.facts(an.load)["same_pace"]
    assert rate <= shown < rate + 1 and odds(66.9) - odds(shown) <= odds(30.6) - odds(27.4)  # "or more" is true


def test_shares_in_a_year_are_compared_within_that_year(facts):
    assert facts["census_year"] == "2023" and facts["census_share"] == pytest.approx(100 * 6.4 / 30.3)


def test_the_facts_are_those_of_the_measures(facts):
    assert facts["census_high"] == 6.4 and facts["factories"] == 0.1 and facts["panel"] == 5.0
    assert facts["needed"] == 6 and facts["rank"] == "7th"
    assert facts["leading"] == facts["cases"] > 100 and facts["leading_groups"] == facts["groups"] < facts["cases"]
    assert facts["korea_apart"] == pytest.approx(2 * facts["korea_points"]) == pytest.approx(36.3 - 7.6)
    assert facts["outside"] > 0.8 > facts["cloud"] > facts["made"]
    assert facts["alone_name"] == "Serbia" and facts["alone_high"] < 0


def test_countries_without_a_class_are_named():
    assert gradients.left_out(an.load) == ["Montenegro", "North Macedonia"]
    held = gradients.europe_and_korea(an.load)
    assert not set(gradients.left_out(an.load)) & set(held["name"])


def test_the_picture_on_two_scales_keeps_the_longer_list_apart():
    table = pace.two_areas(an.load)
    assert table.loc[table["apart"], "year"].eq(2025).all() and set(table.loc[table["apart"], "country"]) == {"EU"}
    own = table[table["country"] == "KOR"].set_index(["size_class", "year"])["value"]
    assert own.to_dict() == {
        ("10-49", 2022): 28.8, ("10-49", 2023): 27.4, ("10-49", 2024): 30.6, ("250+", 2022): 36.4, ("250+", 2024): 66.9
    }  # fmt: skip


def test_the_table_of_surveys_keeps_both_questions_and_leaves_out_the_copy():
    table = korea.survey_table(an.load)
    assert table["value"].is_monotonic_decreasing and korea.COPY not in set(table["survey"])
    own = table[table["survey"] == KOREA].set_index("old_question")["value"]
    assert own.to_dict() == {False: 32.9, True: 2.7}
    assert table.loc[~table["official"], "survey"].tolist() == [korea.FEDERATION]


def test_sections_of_both_questions_stand_beside_each_other():
    table = korea.section_changes(an.load).set_index("industry")
    assert table.loc["K"].to_dict() == {"old": 15.5, "new": 63.1}
    assert np.isnan(table.at["C", "new"]) and list(table) == ["old", "new"]


def test_bands_are_in_order_of_size():
    table = us.by_band(an.load)
    assert table["series"].nunique() == 5 and table.groupby("series").size().eq(12).all()
    later = table[table["series"] == "AI 2021"]
    assert later["band"].tolist() == list(us.BANDS) and later["value"].iloc[-1] == pytest.approx(44.2)
    steep = us.steepness(an.load)
    assert steep["robotics"] > steep["ai"] > steep["cloud"] > 1
