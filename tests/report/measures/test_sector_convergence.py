"""Countries catching up by sector: units, who is in, known values, what is left out and why."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.data import sectors as codes
from analysis.report.claims import Unmeasurable
from analysis.report.measures import sector_convergence as measure
from tests.report.measures.loading import changed


@pytest.fixture(scope="module")
def panel():
    return measure.panel(an.load)


def test_the_level_is_value_added_at_sector_ppps_over_persons(panel):
    row = panel.set_index(["country", "sector"]).loc[("KOR", "C")]
    here = "source == 'PLD' and country == 'KOR' and year == 2005 and sector == 'C'"
    cell = an.load("sector_accounts").query(here).iloc[0]
    ppp = an.load("sector_price_levels").query(here)["ppp"].iloc[0]
    assert row["level"] == pytest.approx(cell["value_added"] / ppp / cell["employment"])
    assert 20 < row["level"] < 120  # thousand dollars per person


def test_growth_is_in_constant_local_prices(panel):
    row = panel.set_index(["country", "sector"]).loc[("KOR", "C")]
    held = an.load("sector_accounts").query("source == 'ETD' and country == 'KOR' and sector == 'C'").set_index("year")
    output = held["value_added_constant"] / held["employment"]
    assert row["growth"] == pytest.approx(np.log(output[2018] / output[2005]) / 13)


def test_who_is_in_and_who_is_not(panel):
    assert panel.groupby("sector")["country"].size().to_dict()["C"] == 48
    assert not ((panel["country"] == "KOR") & (panel["sector"] == "F")).any()  # implausible PPP
    assert not {"COL", "ECU", "IND"} & set(panel.loc[panel["sector"] == "L", "country"])  # persons counted elsewhere
    assert np.isfinite(panel[["level", "growth"]]).all(axis=None) and (panel["level"] > 0).all()
    covered = measure.coverage(an.load)
    assert (covered["ETD"]["countries"], covered["ETD"]["members"]) == (48, 8)
    assert {"Germany", "United States"} <= set(covered["ETD"]["left_out"])
    assert "United States" not in covered["10SD"]["left_out"] and covered["10SD"]["members"] == 14


def test_beta_is_least_squares_of_growth_on_the_log_level(panel):
    made = panel[panel["sector"] == "C"]
    slope = np.polyfit(np.log(made["level"]), made["growth"], 1)[0]
    table = measure.beta(an.load).set_index("sector")
    assert table.at["C", "beta"] == pytest.approx(100 * slope, abs=1e-9) == pytest.approx(-0.444, abs=1e-3)
    assert table.at["C", "low"] < 0 < table.at["C", "high"] and table.at["C", "countries"] == 48
    assert table.at["K", "high"] < 0
    assert set(table.index) == {code for code in codes.CODES["ETD"].values()}


def test_the_older_source_holds_the_sectors_that_match_only():
    table = measure.beta(an.load, "10SD").set_index("sector")
    assert set(table.index) == {"A", "B", "C", "D+E", "F", "G+I", "O+P+Q", "R+S+T+U"}
    assert table.at["C", "countries"] == 40


def test_a_panel_that_catches_up_is_seen_to():
    def edit(accounts):
        etd = (accounts["source"] == "ETD") & (accounts["year"] == 2018) & (accounts["sector"] == "C")
        start = measure.levels(an.load).query("year == 2005 and sector == 'C'").set_index("country")["level"]
        before = accounts[(accounts["source"] == "ETD") & (accounts["year"] == 2005) & (accounts["sector"] == "C")]
        first = (before["value_added_constant"] / before["employment"]).set_axis(before["country"])
        rate = 0.05 - 0.02 * np.log(start)  # a slope of minus two points a year
        target = first * np.exp(13 * rate.reindex(first.index).fillna(0.0))
        rows = accounts.loc[etd]
        accounts.loc[etd, "value_added_constant"] = (
            rows["country"].map(target).to_numpy() * rows["employment"].to_numpy()
        )
        return accounts

    made = measure.beta(changed(sector_accounts=edit)).set_index("sector").loc["C"]
    assert made["beta"] == pytest.approx(-2.0, abs=1e-6) and made["std_error"] == pytest.approx(0, abs=1e-6)


def test_the_spread_is_over_the_same_countries_in_every_year():
    table = measure.spreads(an.load)
    assert sorted(table["year"].unique()) == [2005, 2011, 2017] and len(table) == 36
    made = table[table["sector"] == "C"].set_index("year")
    held = measure.levels(an.load).query("sector == 'C'").pivot(index="country", columns="year", values="level")
    held = held.dropna()
    assert made["countries"].tolist() == [len(held)] * 3 == [84] * 3
    assert made.at[2017, "spread"] == pytest.approx(np.log(held[2017]).std(ddof=0))
    assert made.at[2017, "spread"] > made.at[2005, "spread"]


def test_changes_of_the_spread_come_with_what_tells_them_from_none():
    table = measure.spread_changes(an.load).set_index("sector")
    wide = measure.spreads(an.load).pivot(index="sector", columns="year", values="spread")
    assert table["change"].to_dict() == pytest.approx((100 * (wide[2017] - wide[2005])).to_dict())
    assert (table["change"] - (table["last"] - table["first"])).abs().max() < 1e-9
    assert ((table["low"] < 0) & (table["high"] > 0)).eq(~table["told"]).all()
    assert table.index[table["told"]].tolist() == ["L", "H", "A", "F"] and not table.at["C", "told"]
    assert (table["from_year"].iloc[0], table["to_year"].iloc[0]) == (2005, 2017)


def test_countries_that_draw_together_are_told_apart():
    """Every country halves its distance to the mean of the log level: the fall must be seen, and its size known."""

    def edit(accounts):
        held = measure.levels(an.load).query("sector == 'C'")
        held = held.pivot(index="country", columns="year", values="level").dropna()
        target = np.exp(np.log(held[2005]).mean() + 0.5 * (np.log(held[2005]) - np.log(held[2005]).mean()))
        rows = accounts["source"].eq("PLD") & accounts["sector"].eq("C") & accounts["year"].eq(2017)
        rows &= accounts["country"].isin(held.index)
        factor = accounts.loc[rows, "country"].map(target / held[2017])
        accounts.loc[rows, "value_added"] = accounts.loc[rows, "value_added"] * factor
        return accounts

    made = measure.spread_changes(changed(sector_accounts=edit)).set_index("sector").loc["C"]
    assert made["change"] == pytest.approx(-made["first"] / 2) and made["told"]


def test_an_unknown_source_is_named():
    with pytest.raises(ValueError, match="no constant-price source 'PLD'; legal: ETD, 10SD"):
        measure.panel(an.load, "PLD")


@pytest.mark.parametrize(
    ("source", "says"),
    [("PLD", "no benchmark of the Productivity Level Database"), ("ETD", "holds no ETD of 2005 and 2018")],
)
def test_what_is_missing_is_named(source, says):
    without = changed(sector_accounts=lambda table: table[table["source"] != source])
    with pytest.raises(Unmeasurable, match=says):
        measure.panel(without)


def test_one_country_less_is_one_row_less(panel):
    fewer = measure.panel(changed(sector_accounts=lambda table: table[table["country"] != "KOR"]))
    assert len(panel) - len(fewer) == (panel["country"] == "KOR").sum() == 11
    pd.testing.assert_frame_equal(fewer, panel[panel["country"] != "KOR"].reset_index(drop=True))
