"""Published estimates are drawn by what is known of their error: filled with an interval, or hollow and labelled."""

import numpy as np
import pandas as pd
import pytest

from analysis import theme
from analysis.report import charts

TABLE = pd.DataFrame(
    {
        "study": ["trial", "panel", "press"], "estimate": [15.0, -2.0, 7.6], "low": [10.0, -4.0, np.nan],
        "high": [20.0, 0.5, np.nan], "known": [True, True, False],
    }
)  # fmt: skip


def drawn(table=TABLE, **how):
    return charts.estimates(table, "study", "estimate", "low", "high", has_error="known", **how).axes[0]


def test_only_estimates_with_an_error_have_an_interval_and_a_filled_mark():
    axes = drawn()
    segments = [path for one in axes.collections for path in one.get_segments()]
    assert sorted(tuple(one[:, 0]) for one in segments) == [(-4.0, 0.5), (10.0, 20.0)]
    faces = [line.get_markerfacecolor() for line in axes.lines]
    assert faces == ["none", theme.palette[0], theme.palette[0]]
    said = {text.get_text() for text in axes.texts}
    assert said == {"15.0", "-2.0", "7.6"}
    named = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert named == ["with 95 % interval", "no standard error"]
    assert not drawn(TABLE[:2]).figure.legends


def test_the_published_range_of_a_row_without_an_error_is_not_drawn_as_an_interval():
    axes = drawn(TABLE.assign(low=[10.0, -4.0, 0.0], high=[20.0, 0.5, 9.0]))
    assert len(axes.collections) == 2


def test_highlight_reference_and_order():
    axes = drawn(highlight=["press"], reference={"no effect": 0.0})
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["press", "panel", "trial"]
    assert axes.lines[0].get_color() == theme.KOREA and "no effect" in {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"estimate": [15.0, np.nan, 7.6]}, "'estimate' has no value for panel"),
        ({"known": [True, True, True]}, "press has an error but no interval"),
        ({"low": [16.0, -4.0, np.nan]}, "trial lies outside its interval"),
    ],
)
def test_what_cannot_be_drawn_is_named(change, problem):
    with pytest.raises(ValueError, match=problem):
        drawn(TABLE.assign(**change))
    with pytest.raises(ValueError, match="no column 'known'"):
        drawn(TABLE.drop(columns="known"))
