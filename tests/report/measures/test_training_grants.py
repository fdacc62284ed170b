"""The training-grant panel: the textbook's numbers, and what firms as clusters do to them."""

import numpy as np
import pytest

from analysis.report.measures import training_grants as grants


@pytest.fixture(scope="module")
def panel():
    return grants.panel()


def test_the_textbook_numbers(panel):
    found = grants.estimate("lscrap", "classical", panel).tidy().set_index("term")
    assert found.loc["grant", ["estimate", "std_error"]].tolist() == pytest.approx([-0.252, 0.151], abs=5e-4)
    assert found.loc["grant_1", ["estimate", "std_error"]].tolist() == pytest.approx([-0.422, 0.210], abs=5e-4)
    assert panel.shape == (471, len(grants._COLUMNS)) and panel["lscrap"].notna().sum() == 162


def test_firms_as_clusters_take_the_result_below_the_usual_mark(panel):
    table = grants.error_table(panel).set_index(["when", "errors"])
    later = table.loc["year after the grant"]
    assert later["estimate"].nunique() == 1 or np.ptp(later["estimate"]) < 1e-9
    textbook, cluster = later.loc["one variance, as in the textbook"], later.loc["firms as clusters"]
    assert textbook["conf_high"] < 0 < cluster["conf_high"] and cluster["std_error"] > textbook["std_error"]
    assert table.index.get_level_values("when")[0] == "year of the grant"


def test_the_table_of_the_textbook(panel):
    table = grants.textbook_table(grants.estimate("lscrap", "classical", panel))
    assert table["Effect"].tolist() == ["-0.252", "-0.422"] and table["Standard error"].tolist() == ["0.151", "0.210"]
    assert table["95 % interval"].iloc[1] == "-0.838 to -0.005"


def test_effects_in_percent(panel):
    table = grants.effect_table(panel).set_index(["outcome", "when"])
    scrap = table.loc[("scrap rate", "year after the grant")]
    assert scrap["change"] == pytest.approx(100 * (np.exp(-0.42159) - 1), abs=1e-3) and scrap["firms"] == 54
    assert scrap["low"] < scrap["change"] < 0 < scrap["high"]
    hours = table.loc[("hours of training per employee", "year of the grant")]
    assert hours["unit"] == "hours" and hours["low"] > 20
    assert len(table) == 2 * len(grants.OUTCOMES)


def test_facts(panel):
    facts = grants.facts()
    assert (facts["firms"], facts["rows"], facts["all_firms"], facts["left_out"]) == (54, 162, 157, 309)
    assert facts["fall"] == pytest.approx(22.3, abs=0.05) and facts["lagged_fall"] == pytest.approx(34.4, abs=0.05)
    used = panel.dropna(subset="lscrap")
    assert facts["granted"] == used.loc[used["grant"] == 1, "fcode"].nunique()


def test_without_an_effect_there_is_none(panel):
    made = panel.dropna(subset="lscrap").copy()
    made["lscrap"] = made["fcode"] % 7 + 0.1 * (made["year"] - 1987) + 0.5 * made["grant"]
    found = grants.estimate("lscrap", "classical", made).tidy().set_index("term")["estimate"]
    assert found["grant"] == pytest.approx(0.5) and found["grant_1"] == pytest.approx(0, abs=1e-9)


def test_options_that_are_not_legal_are_named(panel):
    with pytest.raises(ValueError, match="outcome 'scrap'; legal: lscrap, hrsemp"):
        grants.estimate("scrap", data=panel)
    with pytest.raises(ValueError, match="errors 'white'; legal: classical, robust, cluster"):
        grants.estimate("lscrap", "white", panel)
