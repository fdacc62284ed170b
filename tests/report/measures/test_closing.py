"""Claim C4: the sums by hand, the identity of the split, verdicts that can turn, missing data named."""

from dataclasses import replace

import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import closing, gap_sizes
from analysis.report.measures import closing_tables as tables
from analysis.report.measures.closing_tables import AIM, HEADLINE, Basis, Target
from tests.report.measures.loading import changed

PPP = Basis(prices="sector PPPs")


def scaled(column, factor, **conditions):
    """Return an edit that multiplies a column in the rows that match, and fails if none does."""

    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name].isin(wanted) if isinstance(wanted, (list, tuple)) else table[name] == wanted
        assert hit.any(), conditions
        table[column] = table[column].astype(float)
        table.loc[hit, column] = table.loc[hit, column] * factor
        return table

    return edit


def parts(judgement):
    return {
        name: claims.verdict(rows["headline"], rows["holds"])
        for name, rows in judgement.readings.groupby("part", sort=False)
    }


@pytest.fixture(scope="module")
def judged():
    return claims.judge("C4")


SERVED = ["G+I", "H", "J+M+N", "K", "L", "O+P+Q", "R+S+T+U"]
ALL_SERVED = [*SERVED, "K+L+M+N", "O+P+Q+R+S+T+U", "H+J"]


# Known values, worked by hand from the tables


def test_the_gain_from_services_is_their_share_times_the_rise_of_their_ratio():
    rows = an.load("sector_accounts").query("source == 'PLD' and country == 'KOR' and year == 2017").set_index("sector")
    served, made = rows.loc[SERVED, ["value_added", "employment"]].sum(), rows.loc["C"]
    ratio = (served["value_added"] / served["employment"]) / (made["value_added"] / made["employment"])
    assert ratio == pytest.approx(0.4977, abs=5e-5)
    assert tables.reference_ratio(an.load) == pytest.approx(0.814, abs=5e-4)
    share = served["value_added"] / rows["value_added"].sum()
    by_hand = share * (tables.reference_ratio(an.load) / ratio - 1)
    assert tables.gains(an.load)["services"] == pytest.approx(by_hand) and by_hand == pytest.approx(0.3816, abs=5e-5)


def test_the_gain_from_smes_is_manufacturings_share_times_its_rise():
    share, own, german = 2092284 / (2092284 + 837474), 0.24333178, gap_sizes.peer(an.load, "DEU")[1]
    factor = (share * german + 1 - share) / (share * own + 1 - share)
    assert tables.manufacturing_factor(an.load) == pytest.approx(factor, rel=1e-6)
    assert factor == pytest.approx(1.5003, abs=1e-4)
    assert tables.gains(an.load)["SMEs"] == pytest.approx(0.294584 * (factor - 1), rel=1e-5)


def test_both_exceed_the_sum_by_services_on_the_raised_manufacturing():
    now, factor, found = tables.accounts(an.load), tables.manufacturing_factor(an.load), tables.gains(an.load)
    lift = tables.reference_ratio(an.load) / now["ratio"]
    raised = now["rest"] + now["manufacturing"] * factor + now["services"] * lift * factor
    assert found["both"] == pytest.approx(raised - 1) and found["both"] == pytest.approx(1.01995, abs=1e-5)
    assert found["overlap"] == pytest.approx(now["services"] * lift * (factor - 1))
    assert found["fixed"] == pytest.approx(found["services"] + found["SMEs"])


@pytest.mark.parametrize("basis", [HEADLINE, PPP, Basis(2005, "current prices", "market services")])
@pytest.mark.parametrize("peer", tables.PEERS)
def test_the_split_adds_up_and_halves_the_overlap(basis, peer):
    target = replace(AIM, peer=peer)
    tidy = tables.attribution(an.load, basis, target).tidy().set_index("component")["estimate"]
    found = tables.gains(an.load, basis, target)
    assert tidy["services"] + tidy["SMEs"] == pytest.approx(found["both"]) == tidy["total"]
    assert tidy["services"] == pytest.approx(found["services"] + found["overlap"] / 2)


def test_doubling_units_and_persons_changes_no_gain():
    twice = changed(sector_accounts=lambda t: scaled("value_added", 2.0, country="KOR", source="PLD")(
        scaled("employment", 2.0, country="KOR", source="PLD")(t)))  # fmt: skip
    for basis in (HEADLINE, PPP):
        pd.testing.assert_series_equal(tables.gains(twice, basis), tables.gains(an.load, basis))


def test_a_country_at_the_reference_gains_nothing_and_above_it_would_fall():
    lift = tables.reference_ratio(an.load) / tables.accounts(an.load)["ratio"]
    there = changed(sector_accounts=scaled("value_added", lift, country="KOR", source="PLD", sector=SERVED))
    assert tables.gains(there)["services"] == pytest.approx(0)
    beyond = changed(sector_accounts=scaled("value_added", 2 * lift, country="KOR", source="PLD", sector=SERVED))
    assert tables.gains(beyond)["services"] < 0


def test_units_below_ten_that_stay_lower_the_gain():
    stay = tables.manufacturing_factor(an.load, replace(AIM, micro="stay"))
    assert 1 < stay < tables.manufacturing_factor(an.load)


def test_real_estate_and_public_services_can_be_left_out():
    every, market = tables.accounts(an.load), tables.accounts(an.load, Basis(group="market services"))
    assert market["services"] < every["services"] and market["services_persons"] < 0.5 < every["services_persons"]
    for found in (every, market):
        assert found["services"] + found["manufacturing"] + found["rest"] == pytest.approx(1)


def test_construction_is_in_at_current_prices_and_out_at_sector_ppps():
    assert tables.accounts(an.load)["persons"] - tables.accounts(an.load, PPP)["persons"] == pytest.approx(1.9891)


def test_what_would_move():
    moved = tables.moved_table(an.load).set_index("change")
    assert moved.loc["services", "more_output"] == pytest.approx(0.381639 * 1678.9793, rel=1e-5)
    assert moved.loc["services", "fewer_persons"] == pytest.approx(7.272, abs=1e-3)
    assert moved.loc["manufacturing SMEs", "rise"] == pytest.approx(0.5653151604523495 / 0.24333178 - 1, rel=1e-6)
    assert (moved["share_after"] > moved["share_before"]).all()


def test_frames_of_the_page(judged):
    spread = tables.spread_table(an.load)
    assert ((spread["low"] <= spread["gain"]) & (spread["gain"] <= spread["high"])).all()
    assert set(spread["definitions"]) == {10, 12} and len(tables.grid_table(an.load)) == 8
    wide = spread.pivot(index=["change", "aim"], columns="prices", values="gain")
    assert wide.notna().all(axis=None) and len(wide) == 5  # both changes at both price bases
    assert wide.loc[("SMEs", "DEU"), "sector PPPs"] == pytest.approx(tables.gains(an.load, PPP)["SMEs"])
    assert wide.loc[("services", "G7 median"), "sector PPPs"] < 0 < wide.loc[("SMEs", "DEU"), "sector PPPs"]
    split = tables.split_table(an.load).pivot(index="label", columns="part", values="gain")
    assert (split["services"] + split["manufacturing SMEs"]).to_numpy() == pytest.approx(split["total"].to_numpy())
    strip = closing.strip_rows(judged.readings)
    assert strip["headline"].sum() == 1 and strip["label"].is_unique


def test_the_page_prints_what_its_sums_need():
    facts, sides = closing.facts(an.load), closing.two_sides(an.load)
    assert facts["needed_left"] == pytest.approx(facts["needed"] - facts["smes_ppp"])
    assert facts["left"] == pytest.approx(100 * facts["needed_left"] / facts["needed"])
    assert facts["smes_ppp"] == pytest.approx(9.25, abs=5e-3) and facts["g7_ppp"] == pytest.approx(-3.91, abs=5e-3)
    assert list(sides) == ["Evidence", "For", "Against"] and len(sides) == 4
    assert "-4 %, SMEs +9 %" in sides["Against"].iloc[2] and "26.1 % are needed" in sides["For"].iloc[3]


def test_the_stronger_reading_counts_definitions(judged):
    facts, gain = closing.facts(an.load), judged.stronger.readings
    assert (facts["gain_over"], facts["gain_of"]) == (int(gain["holds"].sum()), len(gain)) == (23, 24)
    assert facts["gain_low"] == pytest.approx(gain["value"].min()) and facts["gain_low"] < 10
    assert judged.stronger.claim.startswith("On most definitions") and facts["gain_over"] > facts["gain_of"] / 2
    assert judged.stronger.depends_on == "price basis with which services and year"  # all that sets the odd one apart


def test_what_is_left_of_the_shortfall():
    gain = tables.gains(an.load, PPP)["SMEs"]
    assert closing.left_over(an.load, "USA") == pytest.approx(1 - gain / tables.needed(an.load)["USA"])
    with pytest.raises(Unmeasurable, match="Mexico is not ahead of Korea in 2017"):
        closing.left_over(an.load, "MEX")


# Wrong choices and missing data


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: tables.accounts(an.load, Basis(prices="euros")), "no prices 'euros'; legal: current prices, sector"),
        (lambda: tables.accounts(an.load, Basis(group="shops")), "no group 'shops'; legal: all services"),
        (lambda: tables.reference_ratio(an.load, HEADLINE, "mean"), "no reference 'mean'; legal: OECD median"),
        (lambda: tables.manufacturing_factor(an.load, Target(peer="USA")), "no peer 'USA'; legal: DEU, FRA, GBR"),
        (lambda: tables.manufacturing_factor(an.load, Target(way="guess")), "no way 'guess'; legal: survey"),
        (lambda: tables.manufacturing_factor(an.load, Target(micro="fall")), "no micro 'fall'; legal: rise alike"),
    ],
)
def test_a_wrong_choice_lists_the_legal_ones(call, problem):
    with pytest.raises(ValueError, match=problem):
        call()


def test_missing_data_are_named():
    none = changed(sector_accounts=lambda t: t[(t["country"] != "KOR") | (t["source"] != "PLD")])
    with pytest.raises(Unmeasurable, match="no Korean row of the Productivity Level Database in 2017"):
        tables.accounts(none)
    few = changed(sector_accounts=lambda t: t[t["country"].isin(["KOR", "DEU", "FRA"])])
    with pytest.raises(Unmeasurable, match="only 2 other countries"):
        tables.reference_ratio(few)
    found = claims.judge("C4", changed(sector_accounts=lambda t: t[t["country"] != "KOR"]))
    assert found.verdict == UNTESTABLE and "no Korean persons by sector in APO 2023" in found.depends_on


# Verdicts


def test_the_verdict_and_its_parts(judged):
    assert judged.verdict == LIMITS and judged.evidence == "primary"
    assert parts(judged) == {"workers": LIMITS, "deficit": LIMITS, "capped": SUPPORTED, "left": SUPPORTED}
    assert judged.stronger.verdict == SUPPORTED


def weak_services(table):
    """Shrink what Korean services produce, and the people in all other sectors, in every source."""
    table = scaled("value_added", 0.3, country="KOR", sector=ALL_SERVED)(table)
    return scaled("employment", 0.3, country="KOR", sector=["A", "B", "C", "D+E", "F"])(table)


def strong_services(table):
    """Shrink what Korean manufacturing and services produce, and the people in services by more."""
    table = scaled("value_added", 0.5, country="KOR", sector=["A", "B", "C", "D+E", *ALL_SERVED])(table)
    return scaled("employment", 0.12, country="KOR", sector=ALL_SERVED)(table)


def test_each_part_can_turn():
    weak = claims.judge("C4", changed(sector_accounts=weak_services))
    assert parts(weak) == dict.fromkeys(("workers", "deficit", "capped", "left"), SUPPORTED)
    assert weak.verdict == SUPPORTED
    strong = claims.judge("C4", changed(sector_accounts=strong_services))
    assert {parts(strong)[name] for name in ("workers", "deficit", "capped")} == {CONTRADICTED}
    assert strong.stronger.verdict == CONTRADICTED


def test_what_is_left_can_turn():
    even = changed(size_value_added=scaled("value_added_per_person", 6.0, size_class=["10-19", "20-49", "50-249"]))
    shares = [closing.left_over(even, year=year, size_peer=peer) for year in tables.YEARS for peer in tables.PEERS]
    assert max(shares) < 0.5  # a peer whose SMEs outdo its large firms: manufacturing alone closes the gap
