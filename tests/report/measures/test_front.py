"""The front page says what the chapters say."""

import pytest

import analysis as an
from analysis.report.measures import front


@pytest.fixture(scope="module")
def facts():
    return front.facts(an.load)


def test_the_headline_numbers(facts):
    assert (round(facts["level"], 1), facts["rank"], facts["members"]) == (51.0, "26th", 37)
    assert round(facts["services"], 1) == 49.8
    assert round(facts["services_median"]) == 81
    assert (facts["parity"], facts["others"]) == (14, 37)
    assert round(facts["sme_low"]) == 24
    assert round(facts["sme_high"]) == 33


def test_a_member_without_a_value_is_named_with_the_reason():
    assert front.left_out(an.load) == "Türkiye (the series ends in 2021)"


def test_the_words_of_the_page_hold(facts):
    assert facts["ratio_then"] < facts["ratio_now"] < 100
    assert facts["literacy"] < facts["literacy_oecd"]
    assert facts["market_ppp"] < facts["services_ppp"] < facts["services_ppp_median"]
    assert facts["sector_mix"] > 0
    assert facts["services_usa"] > 50 > facts["services_jpn"]
    assert 0 < facts["size_mix_low"] < facts["size_mix"] < facts["size_mix_high"]
    divides = front.two_divides(an.load).set_index("comparison")["ratio"]
    assert divides["Services, Korea"] < divides["Services, OECD median"]
    assert divides["Small firms, Korea"] < divides.filter(like="Small firms").drop("Small firms, Korea").min()
