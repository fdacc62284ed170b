"""Exposure to AI against Korean productivity: known values, weights that add up, missing data named."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report.claims import Unmeasurable
from analysis.report.measures import exposure
from tests.report.measures.loading import changed


def test_productivity_is_value_added_over_persons():
    level = exposure.productivity(an.load, "PLD", 2017)
    assert level["C"] == pytest.approx(494_600_000 / 4571.1 / 1e3)  # 108.2 million won per person
    assert len(level) == 12
    assert exposure.productivity(an.load, "APO", 2023)["C"] == pytest.approx(135.2, abs=0.1)
    hours = exposure.productivity(an.load, "EUKLEMS", 2007, labour="hours")
    assert 10 < hours["C"] < 60  # thousand won per hour


def test_at_sector_ppps_productivity_is_in_thousand_dollars():
    ppp = exposure.productivity(an.load, "PLD", 2017, "value_added_ppp")
    assert 20 < ppp["C"] < 200


def test_the_order_of_exposure_and_of_productivity():
    table = exposure.structure(an.load).set_index("sector")
    assert len(table) == 12 and table["exposure"].is_monotonic_decreasing
    assert table["rank_exposure"].tolist() == list(range(1, 13))
    assert (table.at["K", "rank_exposure"], table.at["K", "rank_productivity"]) == (1, 3)
    assert (table.at["D+E", "rank_exposure"], table.at["D+E", "rank_productivity"]) == (8, 2)
    assert table.at["C", "exposure"] == pytest.approx(-0.4884)
    assert (table["low"] <= table["exposure"]).all() and (table["exposure"] <= table["high"]).all()
    found = exposure.correlate(an.load)
    assert (found.rho, found.n) == (pytest.approx(0.266, abs=5e-4), 12)
    assert found.low < 0 < found.high  # the sign is all the rule asks for


def test_sections_of_a_sector_are_weighted_by_industries_or_by_persons():
    scores = exposure.section_scores(an.load)
    by_industries = exposure.sector_scores(an.load, ["J+M+N", "R+S+T+U"])
    parts = scores.loc[["J", "M", "N"]]
    assert by_industries["J+M+N"] == pytest.approx(np.average(parts["score"], weights=parts["averaged"]))
    only = pd.Series({"J": 1.0, "M": 0.0, "N": 0.0})
    by_persons = exposure.sector_scores(an.load, ["J+M+N", "R+S+T+U"], persons=only)
    assert by_persons["J+M+N"] == pytest.approx(scores.at["J", "score"])
    assert by_persons["R+S+T+U"] == by_industries["R+S+T+U"]  # persons of R and S are lacking: first weights


def test_a_sector_without_any_score_is_left_out():
    assert exposure.sector_scores(an.load, ["T", "K"]).index.tolist() == ["K"]


def test_the_score_goes_with_where_ai_is_used():
    table = exposure.agreement(an.load).set_index("compared")
    eu = table.loc["AI use of firms in the EU, 2025"]
    assert (eu["n"], eu["rho"]) == (8, pytest.approx(0.976, abs=5e-4))
    assert table.at["AI use of companies in the USA, 2021", "n"] == 17
    assert (table["low"] > 0.4).all()


def test_us_use_by_section_weights_industries_by_companies():
    used = exposure.us_use(an.load)
    table = an.load("ai_adoption").query("survey == 'us-annual-business-survey' and breakdown == 'industry'")
    rows = table[table["industry"].isin(["71"])]
    assert used["R"] == pytest.approx(float(rows["value"].iloc[0]))
    health = table[table["industry"].isin(["621-623", "624"])]
    assert used["Q"] == pytest.approx(np.average(health["value"], weights=health["firms"]))
    assert (used.between(0, 100)).all()


def test_clerks_are_the_most_exposed_occupations_by_every_score():
    table = exposure.occupations(an.load)
    assert table["name"].iloc[0] == "Clerical support workers" and len(table) == 9
    assert table["occupations"].sum() == 427
    assert (table[["ilo", "by_model", "by_people"]].idxmax() == 0).all()
    assert table["ilo"].between(table["low"], table["high"]).all()


def test_us_groups_set_beside_those_of_the_ilo_are_each_used_once_and_weighted_by_occupations():
    raw = an.load("ai_exposure").query("measure == 'gpts-beta'").set_index("unit")
    used = [one for groups in exposure.NEAREST.values() for one in groups]
    assert sorted(used) == sorted(raw.index) and len(used) == len(set(used))
    table = exposure.occupations(an.load).set_index("name")
    craft = raw.loc[["47", "49"]]
    expected = (craft["score"] * craft["averaged"]).sum() / craft["averaged"].sum()
    assert table.at["Craft and related trades workers", "by_model"] == pytest.approx(expected)
    assert table.index[table["by_model"].isna()].tolist() == ["Technicians and associate professionals"]


@pytest.mark.parametrize(
    ("measure", "says"),
    [("ilo-genai-2025", "no occupations of the ILO"), ("gpts-beta-human", "no gpts-beta-human of the US")],
)
def test_a_score_of_occupations_that_is_not_held_is_named(measure, says):
    with pytest.raises(Unmeasurable, match=says):
        exposure.occupations(changed(ai_exposure=lambda one: one[one["measure"] != measure]))


def test_the_most_productive_sectors_by_exposure():
    top = exposure.most_productive(an.load)
    assert top["names"] == ["real estate", "utilities", "finance", "manufacturing", "mining"]
    assert top["places"] == [4, 8, 1, 9, 10]
    assert (top["number"], top["exposed"], top["lower"]) == (5, 2, 3)
    turned = exposure.most_productive(changed(ai_exposure=reverse))
    assert turned["places"] == [13 - place for place in top["places"]]


def test_one_headline_and_every_alternative_names_what_it_turns_on():
    table = exposure.ways(an.load)
    assert table["headline"].tolist() == [True] + [False] * (len(table) - 1)
    assert len(table) == 12 and table["label"].is_unique
    assert table["turns_on"].iloc[1:].ne("").all()
    assert ((table["low"] <= table["rho"]) & (table["rho"] <= table["high"])).all()


def reverse(table):
    """Turn exposure round: the least exposed section becomes the most exposed."""
    score = [one for one in table if one.startswith("score")]
    return table.assign(**{one: -table[one] for one in score})


def test_the_sign_can_turn():
    values, turned = (exposure.ways(load)["rho"] for load in (an.load, changed(ai_exposure=reverse)))
    assert turned.to_numpy() == pytest.approx(-values.to_numpy())


@pytest.mark.parametrize(
    ("table", "edit", "says"),
    [
        ("ai_exposure", lambda one: one[one["measure"] != "aiie"], "ai_exposure holds no aiie by section"),
        ("ai_exposure", lambda one: one[one["measure"] != "aiie-image"], "ai_exposure holds no aiie-image"),
        ("sector_accounts", lambda one: one[one["country"] != "KOR"], "no Korean employment in PLD 2017"),
        (
            "ai_exposure",
            lambda one: one[~((one["measure"] == "aiie") & ~one["unit"].isin(["A", "B", "C", "F"]))],
            "no rank correlation of exposure: 4 units",
        ),
    ],
)
def test_what_is_missing_is_named(table, edit, says):
    with pytest.raises(Unmeasurable, match=says):
        exposure.ways(changed(**{table: edit}))
