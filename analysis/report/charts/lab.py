"""The map of the policy lab: where one rule of support does better than another."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import theme
from analysis.report.charts.labels import axis_title, complete

_STRONG = 0.75
"""Opacity of the largest value of a map."""


def grid_map(
    table: pd.DataFrame, x: str, y: str, value: str, panel: str, *, x_unit: str = "", y_unit: str = "",
    panel_unit: str = "", digits: int = 1, signed_panels: bool = True,
) -> Figure:  # fmt: skip
    """Draw values on a grid of two parameters, a panel for each value of a third; each cell prints its value.

    Cells above zero are blue, cells at or below it are brown and hatched, so that the sign does not hang on colour.

    Parameters
    ----------
    table : DataFrame
        Long: one row per cell; a missing value raises.
    x, y, value, panel : str
        Columns; `x` and `y` are numbers.
    x_unit, y_unit, panel_unit : str
        Titles of the axes and of the panels.
    digits : int
        Decimals printed.
    signed_panels : bool
        Whether the values of `panel` are printed with their sign.

    Raises
    ------
    ValueError
        If a cell stands twice or is missing.
    """
    rows = complete(table, panel, value)
    panels = sorted(rows[panel].unique())
    columns, lines = sorted(rows[x].unique()), sorted(rows[y].unique())
    if rows.duplicated([panel, x, y]).any() or len(rows) != len(panels) * len(columns) * len(lines):
        raise ValueError(f"a map needs each {x}, {y} and {panel} once: {len(rows)} rows for "
                         f"{len(panels)} x {len(columns)} x {len(lines)} cells")  # fmt: skip
    largest = float(np.abs(rows[value]).max()) or 1.0
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, (0.27 * len(lines) + 0.55) * len(panels) + 0.3))
        for axes, which in zip(np.atleast_1d(figure.subplots(len(panels), 1, sharex=True)), panels, strict=True):
            for row in rows[rows[panel] == which].to_dict("records"):
                _cell(axes, columns.index(row[x]), lines.index(row[y]), row[value], largest, digits)
            axes.set_xticks(range(len(columns)), [f"{one:g}" for one in columns])
            axes.set_yticks(range(len(lines)), [f"{one:g}" for one in lines])
            axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(lines) - 0.5), ylabel=y_unit)
            axes.set_title(f"{panel_unit} {f'{which:+g}' if which and signed_panels else f'{which:g}'}")
            axes.grid(visible=False)
        axes.set_xlabel(axis_title(x_unit))
    return figure


def _cell(axes, column: int, line: int, value: float, largest: float, digits: int) -> None:
    up = value > 0
    colour = theme.palette[0] if up else theme.palette[3]
    strength = 0.12 + (_STRONG - 0.12) * abs(value) / largest
    axes.fill_between([column - 0.48, column + 0.48], line - 0.46, line + 0.46, facecolor=colour,
                      alpha=strength * 0.6, linewidth=0, hatch=None if up else "///", edgecolor=theme.INK)  # fmt: skip
    axes.annotate(f"{value:+.{digits}f}", (column, line), ha="center", va="center")


def two_clouds(
    table: pd.DataFrame, x: str, y: str, series: str, *, x_unit: str = "", y_unit: str = ""
) -> Figure:  # fmt: skip
    """Draw two clouds of points over one measure, filled and hollow, each named beside its last point.

    Parameters
    ----------
    table : DataFrame
        Long: one row per point; a missing value raises.
    x, y, series : str
        Columns.

    Raises
    ------
    ValueError
        If there are not two series.
    """
    rows = complete(table, series, y)
    names = list(rows[series].unique())
    if len(names) != 2:
        raise ValueError(f"two series are needed; there are {len(names)}: {', '.join(map(str, names))}")
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 3.4))
        axes = figure.subplots()
        for name, colour, filled in zip(names, theme.palette, (True, False), strict=False):
            lot = rows[rows[series] == name]
            axes.scatter(lot[x], lot[y], s=28, color=colour, facecolor=colour if filled else "none", label=name)
        axes.axhline(0, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.legend(loc="best")
        axes.set(xlabel=axis_title(x_unit), ylabel=y_unit)
        axes.margins(0.06)
    return figure
