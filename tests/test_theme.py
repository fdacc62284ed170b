"""The house style holds on light and dark grounds, in grey and for the colour-blind, and can be read on a phone."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from analysis import theme
from analysis.report import charts
from analysis.report.charts import labels

GROUNDS = {"light": "#ffffff", "dark": "#14181e"}
SEEN = {
    "plainly": np.eye(3),
    "without green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "without red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}
"""How linear light is seen: Machado, Oliveira and Fernandes (2009), full severity."""


def linear(colour) -> np.ndarray:
    part = np.array(to_rgb(colour))
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def luminance(light: np.ndarray) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ light.clip(0, 1))


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("colour", [theme.KOREA, theme.MUTED, *theme.palette])
def test_every_colour_stands_out_from_its_ground(colour, seen, ground):
    assert contrast(SEEN[seen] @ linear(colour), linear(GROUNDS[ground])) >= 2.95


@pytest.mark.parametrize("colour", [theme.KOREA, theme.MUTED, *theme.palette])
def test_words_of_every_colour_are_legible_on_both_grounds(colour):
    light, dark = theme.LABELS[colour]
    assert contrast(linear(light), linear("#ffffff")) >= 4.5
    assert min(contrast(linear(dark), linear(ground)) for ground in ("#14181e", "#121212")) >= 4.5
    assert light not in theme.LABELS  # else a mark of that colour would change with the words
    css = (Path(__file__).parents[1] / "book/_static/reading.css").read_text(encoding="utf-8")
    assert f'html[data-theme="dark"] .exhibit-drawing [fill="{light}"] {{ fill: {dark}; }}' in css


def test_words_are_exported_in_tones_and_marks_in_colours():
    with theme.use():
        axes = Figure().subplots()
        axes.plot([0, 1], color=theme.palette[1])
        word = axes.annotate("named", (1, 1), color=theme.palette[1])
    drawn = theme.svg(axes.figure, "fig")
    assert drawn.count(theme.LABELS[theme.palette[1]][0]) == 1
    assert theme.palette[1] in drawn
    assert word.get_color() == theme.palette[1]
    word.set_color("#ff0000")
    with pytest.raises(ValueError, match=r"'named' have the colour #ff0000.*#0072b2"):
        theme.svg(axes.figure, "fig")


@pytest.mark.parametrize("seen", SEEN)
def test_korea_is_told_from_the_first_colour_by_everyone(seen):
    """Korea and the rest are told apart by hue even where one cone is missing; marks and names tell them too."""
    korea, rest = (SEEN[seen] @ linear(colour) for colour in (theme.KOREA, theme.palette[0]))
    assert np.abs(korea - rest).max() > 0.25


def test_tints_of_the_parts_of_a_whole_differ_in_grey():
    for ground in GROUNDS.values():
        greys = [luminance(tint * linear(theme.palette[0]) + (1 - tint) * linear(ground)) for tint in theme.TINTS]
        steps = np.diff([np.cbrt(grey) for grey in greys])
        assert (steps > 0.01).all() or (steps < -0.01).all()


def parts(count: int) -> pd.DataFrame:
    rows = itertools.product(["a", "b"], [f"part {number}" for number in range(count)])
    return pd.DataFrame(rows, columns=["row", "part"]).assign(value=1 / count)


def test_parts_of_a_stack_differ_by_more_than_colour():
    axes = charts.contributions(parts(5), "row", "part", "value").axes[0]
    hatches = [bars.patches[0].get_hatch() for bars in axes.containers]
    assert len(set(hatches)) == 5
    fills = [bars.patches[0].get_facecolor()[3] for bars in axes.containers]
    assert fills == [1, 0, 0, 0, 0]  # a hatch on a ground of its own colour would not be seen
    whole = charts.shares(parts(4), "row", "part", "value").axes[0]
    tints = [bars.patches[0].get_facecolor()[3] for bars in whole.containers]
    assert tints == sorted(set(tints), reverse=True)


def test_lines_differ_by_their_marks():
    years = pd.DataFrame(itertools.product("abc", range(2020, 2024)), columns=["name", "year"]).assign(value=1.0)
    axes = charts.lines(years, "year", "value", "name", marked=True).axes[0]
    assert len({line.get_marker() for line in axes.lines}) == 3


def test_all_text_is_large_enough_for_a_phone():
    across = 390
    with theme.use():
        figure = charts.shares(parts(3), "row", "part", "value")
    figure.draw_without_rendering()
    sizes = {text.get_fontsize() for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels())}
    assert min(sizes) * across / (72 * theme.WIDTH) >= 11


def test_a_legend_stays_within_the_picture():
    assert labels.legend_columns(["a", "b", "c"]) == 3
    assert labels.legend_columns(["the stronger gain more", "no clear order", "the weaker gain more"]) == 2
    assert labels.legend_columns(["a name of a part that is long enough to fill the picture alone"] * 2) == 1
    table = parts(3).replace({f"part {number}": f"a rather long name {number}" for number in range(3)})
    figure = charts.shares(table, "row", "part", "value")
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert legend.get_window_extent().x1 <= figure.bbox.x1 + 1


def test_a_number_wider_than_its_part_is_left_out():
    table = pd.DataFrame({"row": "a row with a very long name of its own", "part": ["a", "b"], "value": [0.92, 0.08]})
    assert [text.get_text() for text in charts.shares(table, "row", "part", "value").axes[0].texts] == ["92.0"]


def years_of(**values) -> pd.DataFrame:
    rows = [(name, year, value) for name, pairs in values.items() for year, value in pairs]
    return pd.DataFrame(rows, columns=["name", "year", "value"])


def test_lines_of_one_colour_differ_by_their_dashes():
    table = years_of(a=[(2020, 1), (2021, 2)], b=[(2020, 2), (2021, 3)], c=[(2020, 3), (2021, 4)])
    axes = charts.lines(table, "year", "value", "name", highlight=(), joined=True).axes[0]
    assert {line.get_linestyle() for line in axes.lines} == {"-"}
    table, both = table.replace({"b": "Korea", "c": "NIA"}), ["Korea", "NIA"]
    with pytest.raises(ValueError, match="no series"):
        charts.lines(table, "year", "value", "name", highlight=["Korea", "none such"])
    axes = charts.lines(table, "year", "value", "name", highlight=both, joined=True).axes[0]
    assert sorted(line.get_linestyle() for line in axes.lines) == ["-", "-", "-."]


def test_a_single_point_lies_on_top_and_shows_what_it_covers():
    table = years_of(a=[(2020, 1), (2021, 2), (2022, 3)], b=[(2021, 2)])
    axes = charts.lines(table, "year", "value", "name", highlight=(), joined=True).axes[0]
    line, point = sorted(axes.lines, key=lambda one: one.get_zorder())
    assert len(point.get_xdata()) == 1
    assert point.get_markerfacecolor() == "none"
    assert point.get_markersize() > line.get_markersize() + 2


def test_the_word_of_a_late_mark_stays_clear_of_the_names_at_the_ends():
    table = years_of(a=[(2017, 1), (2024, 9)], b=[(2017, 2), (2024, 3)])
    figure = charts.lines(table, "year", "value", "name", highlight=(), marks={2021.5: "a question changes"})
    figure.draw_without_rendering()
    *names, word = figure.axes[0].texts
    assert not any(word.get_window_extent().overlaps(name.get_window_extent()) for name in names)


def test_a_number_leaves_air_to_the_edges_of_its_part():
    table = pd.DataFrame({"row": "workers and tasks (13 studies)", "part": list("abc"), "value": [0.6, 0.0909, 0.3091]})
    figure = charts.shares(table, "row", "part", "value")
    assert [text.get_text() for text in figure.axes[0].texts] == ["60.0", "30.9"]
