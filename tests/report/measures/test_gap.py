"""Where the gap sits: parts add up, both decompositions agree, and the verdict follows the data."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, Unmeasurable
from analysis.report.measures import gap, gap_sizes
from tests.report.measures.loading import changed

FOREIGN_SIZES = 3.0


def only_mix(table):
    """Give all countries the same productivity in each sector, low in trade, where Korea has most of its people.

    Only in manufacturing is Korea behind, so that sizes still have a gap to explain.
    """
    prices = an.load("sector_price_levels").set_index(["country", "year", "sector"])["ppp"]
    pld = table["source"] == "PLD"
    trade = table["sector"] == "G+I"
    table.loc[pld & trade & (table["country"] == "KOR"), "employment"] *= 9
    keys = pd.MultiIndex.from_frame(table.loc[pld, ["country", "year", "sector"]])
    made = table.loc[pld, "sector"] == "C"
    rate = np.where(trade[pld], 20.0, np.where(made & (table.loc[pld, "country"] == "KOR"), 80.0, 100.0))
    table.loc[pld, "value_added"] = table.loc[pld, "employment"].to_numpy() * rate * prices.reindex(keys).to_numpy()
    return table


def sizes_as_in_korea(table):
    """Move people in Germany, France and the United Kingdom to small firms until their shares are Korea's."""
    small = table["size_class"] != "250+"
    table.loc[small, "persons_employed"] *= FOREIGN_SIZES
    return table


def test_first_look_level_accounting_against_the_united_states():
    parts = gap.level_gap(an.load, "USA").tidy().set_index("component")["estimate"]
    assert parts.round(3).to_dict() == {
        "hours": 0.115,
        "capital_per_hour": -0.070,
        "human_capital": 0.003,
        "tfp": -0.526,
        "total": -0.479,
    }


def test_every_way_of_taking_levels_apart_adds_up_and_keeps_the_total():
    table = gap.level_table(an.load)
    parts = table[table["part"] != "total"].groupby(["specification", "peer"])["log_points"].sum()
    totals = table[table["part"] == "total"].set_index(["specification", "peer"])["log_points"]
    assert np.allclose(parts.sort_index(), totals.sort_index())
    same_year = totals.drop(["2010", "2000"], level="specification").groupby("peer")
    assert (same_year.max() - same_year.min()).max() < 1e-12


def test_sector_parts_add_up_to_the_gap_for_every_member_ahead():
    table = gap.sector_table(an.load)
    parts = table[table["part"] != "total"].groupby(["year", "sectors", "peer"])["share_of_gap"].sum()
    assert np.allclose(parts, 1)
    assert (table.loc[table["part"] == "total", "share_of_peer"] <= -gap.MARGIN).all()


def test_every_member_is_compared_or_named():
    accounts = an.load("sector_accounts")
    for year, left_out in ((2017, ["COL"]), (2011, ["COL"]), (2005, ["COL", "ISL"])):
        rows = accounts[(accounts["source"] == "PLD") & (accounts["year"] == year) & accounts["country"].isin(gap.OECD)]
        assert gap.without_persons(rows) == left_out
        assert set(gap.cells(an.load, year)["country"]) == set(gap.OECD) - set(left_out)


@pytest.mark.parametrize("peer", gap.PEERS)
def test_shapley_and_kitagawa_agree(peer):
    parts = gap.sector_table(an.load).query(f"year == 2017 and sectors == '{gap.HEADLINE_SET}' and peer == '{peer}'")
    shapley = gap.attribution(an.load, peer).tidy().set_index("component")["share"]
    assert np.allclose(parts.set_index("part")["share_of_gap"][shapley.index], shapley)


def test_first_look_sector_mix():
    table = gap.sector_table(an.load).query(f"year == 2017 and sectors == '{gap.HEADLINE_SET}' and peer == 'USA'")
    share = table.set_index("part")["share_of_gap"]
    assert share["sector mix"] == pytest.approx(-0.108, abs=5e-4)
    assert share["services"] == pytest.approx(0.703, abs=5e-4)


def test_korean_size_cells_reproduce_the_published_ratio():
    for year, published in ((2018, 0.243), (2019, 0.272), (2021, 0.253)):
        assert gap_sizes.korea(an.load, year)[1] == pytest.approx(published, abs=5e-4)


def test_size_parts_add_up_and_equal_countries_have_no_gap():
    table = gap_sizes.size_table(an.load)
    wide = table.pivot(index=["specification", "peer"], columns="part", values="share_of_peer")
    assert np.allclose(wide[["size mix", "SMEs", "large"]].sum(axis=1), wide["total"])
    levels = pd.Series({"KOR": 80.0, "DEU": 80.0})
    assert np.allclose(list(gap_sizes.split(levels, (0.4, 0.6), (0.4, 0.6), "DEU").values()), 0)
    shifted = gap_sizes.split(levels, (0.7, 0.6), (0.4, 0.6), "DEU")
    assert shifted["size mix"] < 0 < shifted["large"]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, LIMITS),
        ({"sector_accounts": only_mix}, SUPPORTED),
        ({"size_value_added": sizes_as_in_korea}, CONTRADICTED),
    ],
)
def test_the_verdict_on_a7_follows_the_data(changes, verdict):
    assert claims.judge("A7", changed(**changes)).verdict == verdict


def test_the_strongest_reading_flips_too():
    assert claims.judge("A7", changed(sector_accounts=only_mix)).stronger.verdict == CONTRADICTED


def test_data_that_lack_the_survey_are_named():
    without = changed(published_figures=lambda table: table[table["sector"] != gap_sizes.SURVEY])
    with pytest.raises(Unmeasurable, match="Korean manufacturing in 2018"):
        gap_sizes.korea(without, 2018)


def test_a_missing_price_is_named():
    without = changed(sector_price_levels=lambda table: table[table["country"] != "USA"])
    with pytest.raises(ValueError, match="USA"):
        gap.cells(without, 2017)


def test_the_words_of_the_page_hold():
    shares = gap.sector_table(an.load).query(f"year == 2017 and sectors == '{gap.HEADLINE_SET}'")
    wide = shares.pivot(index="peer", columns="part", values="share_of_gap")
    assert (wide.loc[["USA", "DEU", "FRA"], "services"] > 0.5).all()
    assert (wide.loc[["JPN", "GBR"], "manufacturing"] > wide.loc[["JPN", "GBR"], "services"]).all()
    levels = gap.by_sector(an.load, "USA").set_index("sector")["relative_productivity"]
    weak = [
        "Manufacturing",
        "Information, communication and business services",
        "Real estate",
        "Trade, hotels and restaurants",
    ]
    assert levels[weak].between(0.4, 0.55).all()
    sizes = (
        gap_sizes.size_table(an.load).query("part == 'size mix'").set_index(["specification", "peer"])["share_of_peer"]
    )
    first, moved = "survey of establishments, 2018", "shares moved as Japan's were by counting enterprises"
    assert 0.4 < sizes[moved, "DEU"] / sizes[first, "DEU"] < 0.6
    assert sizes[moved, "GBR"] / sizes[first, "GBR"] < 0.4
    parts = gap_sizes.size_table(an.load).query("headline and peer == 'GBR'").set_index("part")["share_of_peer"]
    assert parts["SMEs"] < parts["size mix"] < 0
    old, new = gap.over_time(gap.sector_table(an.load)).loc[[2005, 2017]].to_numpy()
    assert (old > new).all()
    tfp = gap.level_table(an.load).query("part == 'TFP' and peer in ('United States', 'Germany')")["log_points"]
    assert (tfp < -0.3).all()


def test_the_range_over_orders_holds_the_average():
    for peer in gap.PEERS:
        shares = gap.attribution(an.load, peer).tidy().set_index("component")["share"]
        for factor in ("sector mix", "services", "manufacturing", "other sectors"):
            low, high = gap.order_range(an.load, peer, factor)
            assert low - 1e-9 <= shares[factor] <= high + 1e-9
