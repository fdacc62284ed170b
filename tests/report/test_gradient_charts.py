"""Charts of size gradients draw what they are given, never join what is apart, and refuse what has no place."""

import numpy as np
import pandas as pd
import pytest

from analysis import theme
from analysis.report import charts

ROWS = pd.DataFrame({"name": ["Poland", "EU", "Korea"], "ratio": [7.9, 3.2, 2.2], "gap": [40.0, 38.0, 36.3]})


def test_two_measures_stand_side_by_side_in_one_order():
    figure = charts.side_by_side(ROWS, "name", "ratio", "gap", groups=["EU"], left_unit="times", right_unit="points")
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["Korea", "EU", "Poland"]
    drawn = [[float(line.get_xdata()[0]) for line in axes.lines] for axes in (left, right)]
    assert drawn == [[2.2, 3.2, 7.9], [36.3, 38.0, 40.0]]
    assert {text.get_text() for text in left.texts} == {"2.2", "3.2"}
    korea = [line for line in left.lines if line.get_color() == theme.KOREA]
    assert len(korea) == 1 and korea[0].get_xdata()[0] == 2.2


RATES = pd.DataFrame(
    {"line": ["a"] * 3 + ["b"] * 2, "year": [2021, 2023, 2025, 2022, 2024], "rate": [6.0, 10.0, 17.0, 30.0, 60.0],
     "apart": [False, False, True, False, False]}
)  # fmt: skip


def test_a_point_that_stands_apart_is_hollow_and_joined_to_nothing():
    figure = charts.two_scales(RATES, "year", "rate", "line", apart_from="apart", highlight=["b"])
    for axes in figure.axes:
        joined = [line for line in axes.lines if len(line.get_xdata()) > 1]
        assert [list(line.get_xdata()) for line in joined] == [[2021, 2023], [2022, 2024]]
        hollow = [line for line in axes.lines if len(line.get_xdata()) == 1]
        assert [line.get_markerfacecolor() for line in hollow] == ["none"]
        assert hollow[0].get_ydata().tolist() == [0.17]
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "logit"]


def test_a_rate_without_log_odds_is_refused():
    with pytest.raises(ValueError, match="column 'rate': a rate of 0 or 100 percent has no log-odds"):
        charts.two_scales(RATES.assign(rate=[0.0, 1, 2, 3, 4]), "year", "rate", "line", apart_from="apart")


def test_bands_keep_their_order_and_every_line_its_name():
    table = pd.DataFrame(
        {"band": ["250+", "1-9", "10-49"] * 2, "order": [2, 0, 1] * 2, "value": [30, 2, 5, 80, 30, 50.0],
         "series": ["AI"] * 3 + ["cloud"] * 3}
    )  # fmt: skip
    figure = charts.by_band(table, "band", "order", "value", "series", dashed=["AI"])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1-9", "10-49", "250+"]
    assert [list(line.get_ydata()) for line in axes.lines] == [[2, 5, 30], [30, 50, 80]]
    assert [line.get_linestyle() for line in axes.lines] == ["--", "-"]
    assert {text.get_text() for text in axes.texts} == {"AI", "cloud"}
    heights = sorted(text.xy[1] for text in axes.texts)
    assert np.log(heights[1] / heights[0]) > 0.1


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.side_by_side(ROWS.assign(gap=[1.0, None, 2.0]), "name", "ratio", "gap"),
        lambda: charts.two_scales(RATES.assign(rate=np.nan), "year", "rate", "line", apart_from="apart"),
        lambda: charts.by_band(RATES.assign(rate=np.nan), "year", "year", "rate", "line"),
    ],
)
def test_a_missing_value_is_named(draw):
    with pytest.raises(ValueError, match="has no value for"):
        draw()
