"""Charts draw every row they are given, and refuse rows without a value."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import theme
from analysis.report import charts
from analysis.report.charts.labels import apart

PANEL = pd.DataFrame(
    {"year": [2000, 2001, 2005, 2000, 2001, 2005], "value": [1.0, 2, 3, 3, 2, 1], "name": ["Korea"] * 3 + ["Japan"] * 3}
)
ROWS = pd.DataFrame(
    {
        "name": ["Korea", "Japan", "Germany"],
        "value": [1.0, 2.0, -0.5],
        "end": [2.0, 1.0, 0.5],
        "label": list("abc"),
        "headline": [True, False, False],
    }
)


def _texts(figure):
    return {text.get_text() for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels())}


@pytest.mark.parametrize(
    "figure",
    [
        lambda: charts.ranking(ROWS, "name", "value", reference={"median": 1.0}),
        lambda: charts.bars(ROWS, "name", "value", pale=["Japan"]),
        lambda: charts.pairs(ROWS, "name", "value", "end"),
    ],
)
def test_every_row_is_named(figure):
    shown = {text.split("  ")[0] for text in _texts(figure())}
    assert {"Korea", "Japan", "Germany"} <= shown


def test_korea_has_its_colour():
    figure = charts.ranking(ROWS, "name", "value")
    (tick,) = [tick for tick in figure.axes[0].get_yticklabels() if tick.get_text().startswith("Korea")]
    assert tick.get_color() == theme.KOREA


def test_lines_break_at_gaps_and_are_labelled():
    figure = charts.lines(PANEL, "year", "value", "name")
    assert len(figure.axes[0].lines) == 4
    assert {"Korea", "Japan"} <= _texts(figure)


def test_contributions_draw_parts_and_their_total():
    parts = pd.DataFrame({"row": ["x"] * 3, "part": ["within", "between", "total"], "value": [2.0, -0.5, 1.5]})
    figure = charts.contributions(parts, "row", "part", "value")
    assert sorted(
        bar.get_width() for bar in figure.axes[0].patches if hasattr(bar, "get_width") and bar.get_height() > 0.5
    ) == [-0.5, 2.0]
    assert "1.50" in _texts(figure)


def test_the_strip_marks_the_headline():
    figure = charts.strip(ROWS, zone=(0.5, np.inf))
    assert {"a", "b", "c", "the claim holds"} <= _texts(figure)


@pytest.mark.parametrize(
    "chart",
    [
        lambda t: charts.bars(t, "name", "value"),
        lambda t: charts.ranking(t, "name", "value"),
        lambda t: charts.pairs(t, "name", "value", "end"),
    ],
)
def test_a_row_without_a_value_is_named(chart):
    with pytest.raises(ValueError, match="no value for Japan"):
        chart(ROWS.assign(value=[1.0, np.nan, 2.0]))


def test_an_unknown_column_is_named():
    with pytest.raises(ValueError, match="no column 'worth'; columns: name"):
        charts.bars(ROWS, "name", "worth")


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=8))
def test_labels_are_moved_apart_and_keep_their_order(places):
    moved = apart(places, 0.5)
    assert np.all(np.diff(np.sort(moved)) >= 0.5 - 1e-2)
    assert list(np.argsort(places, kind="stable")) == list(np.argsort(moved, kind="stable")) or len(set(places)) < len(
        places
    )


def test_joined_lines_span_their_gaps_and_mark_every_point():
    figure = charts.lines(PANEL, "year", "value", "name", joined=True)
    assert len(figure.axes[0].lines) == 2
    assert {line.get_marker() for line in figure.axes[0].lines} == {"o", "s"}


def test_marked_lines_leave_gaps_open_from_zero_and_years_are_whole():
    figure = charts.lines(PANEL[PANEL["year"] < 2002], "year", "value", "name", marked=True, zero=True)
    axes = figure.axes[0]
    assert {line.get_marker() for line in axes.lines} == {"o", "s"} and axes.get_ylim()[0] == 0
    figure.draw_without_rendering()
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
    gap = charts.lines(PANEL, "year", "value", "name", marked=True)
    assert len(gap.axes[0].lines) == 4 and all(line.get_marker() in "os" for line in gap.axes[0].lines)


def test_a_reference_does_not_strike_the_number_of_a_bar():
    near = pd.DataFrame({"name": ["x", "y"], "value": [0.0, 100.0]})

    def pieces(at):
        figure = charts.bars(near, "name", "value", reference={"limit": at})
        (lines,) = [one for one in figure.axes[0].collections if len(one.get_segments())]
        return [segment[:, 1].tolist() for segment in lines.get_segments()]

    assert len(pieces(50.0)) == 1
    (low, start), (end, high) = pieces(3.0)
    assert low < start < 1 < end < high


def test_shares_stack_parts_in_order_and_print_them():
    parts = pd.DataFrame({"row": ["x", "x", "y"], "part": ["a", "b", "b"], "value": [0.3, 0.7, 1.0]})
    figure = charts.shares(parts, "row", "part", "value", highlight=["x"])
    bars = {(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in figure.axes[0].patches}
    assert bars == {(0, 0.3), (0.3, 0.7), (0, 1.0)}
    assert {"x", "y", "30.0", "70.0", "100.0"} <= _texts(figure)


def test_a_negative_share_is_named():
    with pytest.raises(ValueError, match="negative share for y"):
        charts.shares(
            pd.DataFrame({"row": ["x", "y"], "part": ["a", "a"], "value": [1.0, -0.1]}), "row", "part", "value"
        )
