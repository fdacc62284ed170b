"""Charts of points and the mark of synthetic data."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import charts

TABLE = pd.DataFrame({"name": ["10-49", "250+"], "value": [30.0, 90.0], "low": [28.0, np.nan], "high": [32.0, np.nan]})
ALT = "Two estimates with their intervals, drawn from a model."


def test_intervals_are_drawn_to_their_ends():
    figure = charts.intervals(TABLE, "name", "value", "low", "high", reference={"half": 45.0})
    ends = [path for collection in figure.axes[0].collections for path in collection.get_segments()]
    assert any(len(one) == 2 and np.allclose(one[:, 0], [28, 32]) for one in ends)
    assert {"30.0", "90.0", "half"} <= {text.get_text() for text in figure.axes[0].texts}


def test_a_reference_line_strikes_no_number():
    values = {"value": [1.0, -1.0, 40.0], "low": [-30.0, -30.0, 35.0], "high": [9.0, 9.0, 45.0]}
    table = pd.DataFrame({"name": list("abc"), **values})
    axes = charts.intervals(table, "name", "value", "low", "high", reference={"none": 0.0}).axes[0]
    texts = {text.get_text(): text for text in axes.texts}
    assert (texts["1.0"].xy[0], texts["1.0"].get_ha()) == (0.0, "left")
    assert (texts["-1.0"].xy[0], texts["-1.0"].get_ha()) == (0.0, "right")
    assert (texts["40.0"].xy[0], texts["40.0"].get_ha()) == (40.0, "center")
    assert texts["none"].xy[1] > 2.5  # above the number of the first row


def test_scatter_names_what_stands_out():
    table = pd.DataFrame({"name": list("abc"), "x": [1.0, 2.0, 3.0], "y": [2.0, 1.0, 5.0]})
    figure = charts.scatter(table, "name", "x", "y", highlight=["a"], named=["c"])
    assert {text.get_text() for text in figure.axes[0].texts} == {"a", "c"}
    with pytest.raises(ValueError, match="y"):
        charts.scatter(table.assign(y=np.nan), "name", "x", "y")


def test_spread_draws_every_value_and_none_below_the_floor():
    table = pd.DataFrame({"name": ["a", "a", "b"], "value": [0.0, 0.1, 2.0]})
    axes = charts.spread(table, "name", "value", floor=1e-3, reference={"limit": 1.0}).axes[0]
    assert axes.collections[0].get_offsets().tolist() == [[1e-3, 1], [0.1, 1], [2.0, 0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"] and axes.get_xscale() == "log"
    assert {text.get_text() for text in axes.texts} == {"limit"}
    with pytest.raises(ValueError, match="value"):
        charts.spread(table.assign(value=np.nan), "name", "value", floor=1e-3)


def test_synthetic_data_hatch_every_panel_and_say_so():
    figure = charts.intervals(TABLE, "name", "value", "low", "high")
    source = ["code:analysis/report/exhibits.py"]
    shown = an.exhibit("fig-made", figure, data=TABLE.assign(synthetic=True), title="Made", alt=ALT, source=source)
    assert shown.synthetic and "synthetic data" in shown.svg and "<pattern" in shown.svg
    assert "Synthetic data:" in shown.caption and "SYNTHETIC" in shown.csv()
    plain = charts.intervals(TABLE, "name", "value", "low", "high")
    real = an.exhibit("fig-real", plain, data=TABLE, title="Real", alt=ALT, source=["gdp_per_hour"])
    assert "synthetic data" not in real.svg and "<pattern" not in real.svg and not real.synthetic


def test_a_program_is_cited_and_must_exist():
    with pytest.raises(ValueError, match="no file of the project"):
        an.exhibit("tab-x", None, data=TABLE, title="T", alt=ALT, source=["code:analysis/nothing.py"])
