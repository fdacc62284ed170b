"""Charts with one row per country, group or definition: ranking, bars, pairs and the strip of definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme
from analysis.report.charts.labels import axis_title, complete, extra_lines, legend_columns, wrapped

_LINE = 0.19
"""Height in inches of one row of text."""


def ranking(
    table: pd.DataFrame, label: str, value: str, *, highlight: str = "Korea",
    reference: Mapping[str, float] | None = None,
    unit: str = "", digits: int = 0,
) -> Figure:  # fmt: skip
    """Draw one dot per row, highest on top, one row in the colour of Korea, reference values as lines.

    Parameters
    ----------
    table : DataFrame
        One row per country or group; a missing value raises.
    label, value : str
        Columns.
    highlight : str
        The label to stand out.
    reference : mapping of str to float, optional
        Names and values of vertical lines, such as the median.
    unit : str
        Label of the axis.
    digits : int
        Decimals of the number printed beside the highlighted name.
    """
    rows = complete(table, label, value).sort_values(value).reset_index(drop=True)
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, _LINE * len(rows) + 0.8))
        axes = figure.subplots()
        colours = [theme.KOREA if name == highlight else theme.MUTED for name in rows[label]]
        axes.hlines(rows.index, 0, rows[value], color=colours, alpha=0.35, linewidth=1)
        axes.scatter(rows[value], rows.index, color=colours, s=26, zorder=3)
        named = zip(rows[label], rows[value], strict=True)
        shown = [f"{name}  {number:.{digits}f}" if name == highlight else name for name, number in named]
        axes.set_yticks(rows.index, shown)
        for tick, name in zip(axes.get_yticklabels(), rows[label], strict=True):
            if name == highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
        for name, at in (reference or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(
                f"{name} {at:.{digits}f}", (at, 0), (4, 0), textcoords="offset points", va="center"
            )
        axes.set(xlabel=axis_title(unit), ylim=(-0.8, len(rows) - 0.2), xlim=(min(0, rows[value].min()), None))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure


def bars(
    table: pd.DataFrame, label: str, value: str, *, highlight: Sequence[str] = ("Korea",), unit: str = "",
    percent: bool = False, digits: int = 0, pale: Sequence[str] = (), reference: Mapping[str, float] | None = None,
) -> Figure:  # fmt: skip
    """Draw horizontal bars in the order of the table, each with its number; pale: not comparable with the rest."""
    rows = complete(table, label, value).iloc[::-1].reset_index(drop=True)
    with theme.use():
        names = wrapped(rows[label])
        figure = Figure(figsize=(theme.WIDTH, 0.3 * len(rows) + 0.17 * extra_lines(names) + 0.8))
        axes = figure.subplots()
        for place, row in rows.iterrows():
            colour = theme.KOREA if any(word in str(row[label]) for word in highlight) else theme.palette[0]
            fill = (colour, 0.25) if row[label] in pale else colour
            axes.barh(place, row[value], height=0.72, color=[fill], edgecolor=colour)
            text = f"{100 * row[value]:.{digits}f} %" if percent else f"{row[value]:,.{digits}f}"
            axes.annotate(text, (max(row[value], 0), place), (4, 0), textcoords="offset points", va="center")
        axes.set_yticks(rows.index, names)
        axes.axvline(0, color=theme.INK, linewidth=0.8)
        axes.margins(x=0.16)
        axes.set(xlabel=axis_title(unit), ylim=(-0.6, len(rows) - 0.4))
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        _references(figure, axes, reference or {})
    return figure


def _references(figure: Figure, axes: Axes, lines: Mapping[str, float]) -> None:
    """Draw named dashed lines at values, broken where they would strike the number of a bar."""
    numbers, (low, high) = list(axes.texts), axes.get_ylim()
    axes.set_xlim(axes.get_xlim())
    for name, at in lines.items():
        axes.annotate(name, (at, high - 0.05), (3, 0), textcoords="offset points", va="bottom")
    figure.draw_without_rendering()
    inverse = axes.transData.inverted()
    boxes = [number.get_window_extent().padded(2).transformed(inverse) for number in numbers]
    for at in lines.values():
        struck = sorted((box.y0, box.y1) for box in boxes if box.x0 < at < box.x1)
        starts, ends = [low, *(end for _, end in struck)], [*(start for start, _ in struck), high]
        axes.vlines([at] * len(starts), starts, ends, color=theme.INK, linewidth=0.9, linestyles=[(0, (4, 3))])


def pairs(
    table: pd.DataFrame,
    label: str,
    left: str,
    right: str,
    *,
    highlight: str = "Korea",
    unit: str = "",
    percent: bool = False,
    digits: int = 0,
) -> Figure:
    """Draw two values per row joined by a line, named on top: two definitions, or a start and an end."""
    rows = complete(complete(table, label, left), label, right).iloc[::-1].reset_index(drop=True)
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.24 * len(rows) + 1.05))
        axes = figure.subplots()
        axes.hlines(rows.index, rows[left], rows[right], color=theme.MUTED, linewidth=1.6)
        for place, (name, colour) in enumerate(((left, theme.palette[0]), (right, theme.palette[1]))):
            axes.scatter(rows[name], rows.index, s=34, color=colour, label=name, zorder=3, marker="os"[place])
        for place, row in rows[rows[label] == highlight].iterrows():
            first = left if row[left] <= row[right] else right
            for name in (left, right):
                text = f"{100 * row[name]:.{digits}f} %" if percent else f"{row[name]:.{digits}f}"
                axes.annotate(
                    text,
                    (row[name], place),
                    (4 if name == first else -4, 6),
                    textcoords="offset points",
                    ha="right" if name == first else "left",
                    color=theme.KOREA,
                    fontweight="bold",
                )
        axes.set_yticks(rows.index, rows[label])
        for tick, name in zip(axes.get_yticklabels(), rows[label], strict=True):
            if name == highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
        axes.set(xlabel=axis_title(unit), ylim=(-0.8, len(rows) - 0.2))
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        figure.legend(loc="outside upper left", ncols=legend_columns([left, right]), handlelength=1)
    return figure


def strip(
    readings: pd.DataFrame,
    *,
    unit: str = "",
    zone: tuple[float, float] | None = None,
    zone_name: str = "the claim holds",
    digits: int = 2,
) -> Figure:
    """Draw the strip of all definitions of one number, the headline marked, and the zone in which a claim holds.

    Parameters
    ----------
    readings : DataFrame
        Columns `label`, `value`, `headline`, in the order to draw; as a `Judgement` holds them.
    zone : pair of float, optional
        Where the claim holds; an infinite end reaches the edge of the figure.
    """
    rows = complete(readings, "label", "value").iloc[::-1].reset_index(drop=True)
    with theme.use():
        names = wrapped(rows["label"])
        figure = Figure(figsize=(theme.WIDTH, 0.27 * len(rows) + 0.17 * extra_lines(names) + 0.95))
        axes = figure.subplots()
        axes.hlines(rows.index, rows["value"].min(), rows["value"].max(), color=theme.MUTED, alpha=0.25, linewidth=0.8)
        for place, row in rows.iterrows():
            head = bool(row["headline"])
            axes.scatter(
                row["value"],
                place,
                s=64 if head else 30,
                marker="D" if head else "o",
                color=theme.KOREA if head else theme.palette[0],
                zorder=3,
            )
            axes.annotate(
                f"{row['value']:.{digits}f}",
                (row["value"], place),
                (8, 0),
                textcoords="offset points",
                va="center",
                fontweight="bold" if head else "normal",
            )
        axes.margins(x=0.16)
        if zone:
            edges = axes.get_xlim()
            axes.set_xlim(*edges)  # else the zone itself would widen the axis and stop short of its new edge
            low, high = (np.clip(edge, *edges) for edge in zone)
            axes.axvspan(low, high, color=theme.palette[1], alpha=0.16, linewidth=0)
            axes.annotate(
                zone_name,
                ((low + high) / 2, 1),
                (0, 2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="center",
                va="bottom",
            )
        axes.set_yticks(rows.index, names)
        axes.set(xlabel=axis_title(unit), ylim=(-0.6, len(rows) - 0.4))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure
