"""Charts of the policy lab: signs are readable without colour, and a hole in the map is an error."""

import pandas as pd
import pytest

from analysis.report.charts import lab

MAP = pd.DataFrame(
    [(s, w, e, (1 if s else -1) * (w + e)) for s in (-0.05, 0.0, 0.05) for w in (0.5, 1.0) for e in (0.1, 0.2, 0.4)],
    columns=["strength", "windfall", "error", "lead"],
)


def test_every_cell_prints_its_value_and_losses_are_hatched():
    figure = lab.grid_map(MAP, "windfall", "error", "lead", "strength", panel_unit="strength")
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == [
        "strength -0.05", "strength 0", "strength +0.05"
    ]  # fmt: skip
    for axes, sign in zip(figure.axes, "+-+", strict=True):
        words = [text.get_text() for text in axes.texts]
        assert len(words) == 6 and all(word.startswith(sign) for word in words)
        assert {bool(cell.get_hatch()) for cell in axes.collections} == {sign == "-"}


def test_panels_without_a_sign():
    figure = lab.grid_map(MAP[MAP["strength"] >= 0], "windfall", "error", "lead", "strength", signed_panels=False)
    assert [(axes.get_title(loc="left") or axes.get_title()).strip() for axes in figure.axes] == ["0", "0.05"]


@pytest.mark.parametrize("bad", [MAP.iloc[1:], pd.concat([MAP, MAP.iloc[:1]])])
def test_a_hole_or_a_double_is_named(bad):
    with pytest.raises(ValueError, match="once"):
        lab.grid_map(bad, "windfall", "error", "lead", "strength")


def test_two_clouds_need_two_series():
    table = pd.DataFrame({"x": [0, 1, 2], "y": [1.0, 2.0, 3.0], "which": ["a", "b", "b"]})
    figure = lab.two_clouds(table, "x", "y", "which")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b"]
    with pytest.raises(ValueError, match="there are 1: a"):
        lab.two_clouds(table[:1], "x", "y", "which")
