"""Charts of parts: contributions to a total, which may be negative, and shares that add up to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme
from analysis.report.charts.labels import axis_title, complete, legend_columns

_AIR = 6
"""Room in dots that a number leaves between itself and the edges of its part: fonts differ from machine to machine."""


def contributions(
    table: pd.DataFrame, label: str, part: str, value: str, *, unit: str = "", total: str | None = "total",
    percent: bool = False,
    colours: Mapping[str, str] | None = None,
) -> Figure:  # fmt: skip
    """Draw parts of a total as stacked bars, negative parts to the left, the total as a dot; the parts named on top.

    Parameters
    ----------
    table : DataFrame
        Long: one row per `label` and `part`; bars keep the order of the table.
    label, part, value : str
        Columns.
    total : str or None
        The name in `part` of the rows that are the totals; None draws the sum.
    colours : mapping of str to str, optional
        A colour per part; by default the palette in turn.
    """
    rows = complete(table, label, value)
    labels, parts = list(dict.fromkeys(rows[label])), [name for name in dict.fromkeys(rows[part]) if name != total]
    wide = rows.pivot(index=label, columns=part, values=value).loc[labels[::-1]].fillna(0.0)
    totals = wide[total] if total in wide else wide[parts].sum(axis=1)
    shades = colours or dict(zip(parts, theme.palette, strict=False))
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.36 * len(labels) + 1.15))
        axes = figure.subplots()
        right, left = np.zeros(len(wide)), np.zeros(len(wide))
        for name, hatch in zip(parts, cycle(theme.HATCHES), strict=False):
            size = wide[name].to_numpy(dtype=float)
            start = np.where(size >= 0, right, left)
            axes.barh(range(len(wide)), size, left=start, height=0.68, label=name, hatch=hatch, linewidth=0.8,
                      facecolor="none" if hatch else shades[name], edgecolor=shades[name])  # fmt: skip
            right, left = right + np.clip(size, 0, None), left + np.clip(size, None, 0)
        axes.scatter(totals, range(len(wide)), color=theme.INK, s=30, zorder=4, label=total or "sum")
        for place, (sum_, edge) in enumerate(zip(totals, right, strict=True)):
            text = f"{100 * sum_:.1f} %" if percent else f"{sum_:.2f}"
            axes.annotate(
                text, (max(edge, sum_), place), (8, 0), textcoords="offset points", va="center", fontweight="bold"
            )
        axes.set_yticks(range(len(wide)), wide.index)
        axes.axvline(0, color=theme.INK, linewidth=0.8)
        axes.margins(x=0.16)
        axes.set(xlabel=axis_title(unit))
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        named = axes.get_legend_handles_labels()[1]
        figure.legend(loc="outside upper left", ncols=legend_columns(named), handlelength=1.1, columnspacing=1.2)
    return figure


def shares(
    table: pd.DataFrame, label: str, part: str, value: str, *, smallest: float = 0.075, highlight: Sequence[str] = ()
) -> Figure:
    """Draw the parts of a whole as stacked bars with the percent inside each part; the parts are named on top.

    Parameters
    ----------
    table : DataFrame
        Long: one row per `label` and `part`; bars and parts keep the order of the table. A label may lack a part.
    label, part, value : str
        Columns; `value` is a fraction.
    smallest : float
        Parts below this share carry no number.
    highlight : sequence of str
        Labels in the colour of Korea.
    """
    rows = complete(table, label, value)
    if (rows[value] < 0).any():
        raise ValueError(
            f"column {value!r} has a negative share for {', '.join(map(str, rows.loc[rows[value] < 0, label]))}"
        )
    labels, parts = list(dict.fromkeys(rows[label])), list(dict.fromkeys(rows[part]))
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.38 * len(labels) + 1.0))
        axes = figure.subplots()
        start, rooms = dict.fromkeys(labels, 0.0), []
        for name, colour, tint in zip(parts, theme.palette, theme.TINTS, strict=False):
            one = rows[rows[part] == name]
            at = [len(labels) - 1 - labels.index(row) for row in one[label]]
            left = [start[row] for row in one[label]]
            axes.barh(
                at,
                one[value],
                left=left,
                height=0.7,
                facecolor=(*to_rgb(colour), tint),
                edgecolor=colour,
                linewidth=1,
                label=name,
            )
            for place, edge, row, size in zip(at, left, one[label], one[value], strict=True):
                start[row] += size
                if size >= smallest:
                    rooms.append(size)
                    axes.annotate(f"{100 * size:.1f}", (edge + size / 2, place), ha="center", va="center")
        axes.set_yticks(range(len(labels)), labels[::-1])
        for tick, name in zip(axes.get_yticklabels(), labels[::-1], strict=True):
            if name in highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
        axes.set(xlim=(0, max(1.0, *start.values())), xlabel="percent")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}"))
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=legend_columns(parts), handlelength=1.1, columnspacing=1.2)
        _drop_wide(figure, axes, rooms)
    return figure


def _drop_wide(figure: Figure, axes: Axes, rooms: list[float]) -> None:
    """Take away the numbers that are wider than their part."""
    figure.draw_without_rendering()
    unit = np.diff(axes.transData.transform([(0, 0), (1, 0)])[:, 0])[0]
    for text, room in zip(list(axes.texts), rooms, strict=True):
        if text.get_window_extent().width + _AIR > room * unit:
            text.remove()
