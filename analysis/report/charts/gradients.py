"""Charts of size gradients: two measures of the same rows, one rate on two scales, and technologies by size band."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import theme
from analysis.report.charts.labels import apart, complete, side_title, wrapped


def side_by_side(
    table: pd.DataFrame, label: str, left: str, right: str, *, highlight: Sequence[str] = ("Korea",),
    groups: Sequence[str] = (), left_unit: str = "", right_unit: str = "", digits: int = 1,
) -> Figure:  # fmt: skip
    """Draw two measures of the same rows in two panels that share their names, rows in the order of the table.

    Parameters
    ----------
    table : DataFrame
        One row per unit, first on top; a missing value raises.
    label, left, right : str
        Columns.
    highlight : sequence of str
        Labels in the colour of Korea, with their numbers.
    groups : sequence of str
        Labels of groups of units, drawn as diamonds with their numbers.
    left_unit, right_unit : str
        Titles of the two axes.
    digits : int
        Decimals of the printed numbers.
    """
    rows = complete(complete(table, label, left), label, right).iloc[::-1].reset_index(drop=True)
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.175 * len(rows) + 0.9))
        panels = figure.subplots(1, 2, sharey=True)
        for axes, column, unit in zip(panels, (left, right), (left_unit, right_unit), strict=True):
            for place, row in rows.iterrows():
                main, group = row[label] in highlight, row[label] in groups
                colour = theme.KOREA if main else theme.palette[0] if group else theme.MUTED
                axes.hlines(place, 0, row[column], color=colour, alpha=0.4, linewidth=1)
                axes.plot(row[column], place, "D" if group else "o", color=colour, markersize=5, zorder=3)
                if main or group:
                    axes.annotate(
                        f"{row[column]:.{digits}f}", (row[column], place), (6, 0), textcoords="offset points",
                        va="center", color=colour, fontweight="bold",
                    )  # fmt: skip
            axes.set(xlabel=textwrap.fill(unit, 22), xlim=(0, 1.2 * rows[column].max()), ylim=(-0.8, len(rows) - 0.2))
            axes.grid(axis="y", visible=False)
            axes.grid(axis="x", visible=True)
        panels[0].set_yticks(rows.index, wrapped(rows[label]))
        for tick, name in zip(panels[0].get_yticklabels(), rows[label], strict=True):
            if name in highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
    return figure


def two_scales(
    table: pd.DataFrame, x: str, rate: str, series: str, *, apart_from: str, highlight: Sequence[str] = (),
    dashed: Sequence[str] = (), ticks: Sequence[float] = (2, 5, 10, 20, 40, 60, 80), unit: str = "percent of firms",
) -> Figure:  # fmt: skip
    """Draw rates over time twice: in percent, and on a scale of log-odds where a steady spread is a straight line.

    Parameters
    ----------
    table : DataFrame
        One row per series and x, rates in percent above 0 and below 100.
    x, rate, series : str
        Columns.
    apart_from : str
        Column of bool: true where a point must not be joined to the others; it is drawn hollow.
    highlight : sequence of str
        Series in the colour of Korea.
    dashed : sequence of str
        Series to dash.
    ticks : sequence of float
        Rates in percent that the scale of log-odds names; the first and the last are its ends.
    unit : str
        Title of the left axis.

    Raises
    ------
    ValueError
        If a rate has no log-odds.
    """
    rows = complete(table, series, rate).sort_values([series, x])
    if not ((rows[rate] > 0) & (rows[rate] < 100)).all():
        raise ValueError(f"column {rate!r}: a rate of 0 or 100 percent has no log-odds")
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 3.7))
        panels = figure.subplots(1, 2)
        for axes, odds in zip(panels, (False, True), strict=True):
            others, markers, ends = iter(theme.palette), cycle(theme.MARKERS), []
            for name, one in rows.groupby(series, sort=False):
                colour, marker = theme.KOREA if name in highlight else next(others), next(markers)
                style = "--" if name in dashed else "-"
                value = one[rate] / 100
                joined = ~one[apart_from].astype(bool)
                axes.plot(one.loc[joined, x], value[joined], style, marker=marker, markersize=4.5, color=colour)
                axes.plot(
                    one.loc[~joined, x], value[~joined], marker, markersize=5.5, color=colour, markerfacecolor="none"
                )
                ends.append((float(value[joined].iloc[-1]), float(one.loc[joined, x].iloc[-1]), str(name), colour))
            axes.set_yscale("logit" if odds else "linear")
            axes.yaxis.set_major_locator(FixedLocator([tick / 100 for tick in (ticks if odds else range(0, 101, 20))]))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
            axes.set_ylim(ticks[0] / 100 if odds else 0, ticks[-1] / 100)
            axes.set_xticks(sorted(rows[x].unique()), [f"{year % 100:02d}" for year in sorted(rows[x].unique())])
            axes.set_title("in log-odds" if odds else "in percentage points")
            axes.margins(x=0.08)
            if odds:
                _name_ends(axes, ends, rows[x].max())
        panels[0].set_ylabel(side_title(unit))
    return figure


def _name_ends(axes, ends: list[tuple], right: float) -> None:
    """Write the name of each series beyond the last point, moved apart in the scale of the axis."""
    transform = axes.transData
    heights = [transform.transform((right, value))[1] for value, *_ in ends]
    inverse = transform.inverted()
    for (_, _, name, colour), height in zip(ends, apart(heights, 15), strict=True):
        place = inverse.transform((transform.transform((right, 0.5))[0], height))[1]
        axes.annotate(name, (right, place), (8, 0), textcoords="offset points", va="center", color=colour,
                      fontweight="bold", annotation_clip=False)  # fmt: skip


def by_band(
    table: pd.DataFrame, band: str, order: str, value: str, series: str, *, highlight: Sequence[str] = (),
    dashed: Sequence[str] = (), unit: str = "percent of companies", ticks: Sequence[float] = (1, 2, 5, 10, 20, 50, 100),
) -> Figure:  # fmt: skip
    """Draw rates by size band on a logarithmic axis, one line per series named at its end.

    Parameters
    ----------
    table : DataFrame
        One row per series and band; a missing value raises.
    band, order, value, series : str
        Columns: name of the band, its place from the left, rate in percent, series.
    highlight, dashed : sequence of str
        Series in the colour of Korea, series to dash.
    unit : str
        Title of the axis.
    ticks : sequence of float
        Rates that the axis names.
    """
    rows = complete(table, series, value).sort_values([series, order])
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 3.9))
        axes = figure.subplots()
        others, markers, ends = iter(theme.palette), cycle(theme.MARKERS), []
        for name, one in rows.groupby(series, sort=False):
            colour, style = theme.KOREA if name in highlight else next(others), "--" if name in dashed else "-"
            axes.plot(one[order], one[value], style, marker=next(markers), markersize=4.5, color=colour)
            ends.append((float(one[value].iloc[-1]), float(one[order].iloc[-1]), str(name), colour))
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g} %"))
        axes.set_ylim(ticks[0], ticks[-1])
        names = rows.drop_duplicates(order).sort_values(order)
        axes.set_xticks(names[order], names[band], rotation=45, ha="right")
        axes.set(ylabel=side_title(unit), xlabel="employees of the company")
        figure.draw_without_rendering()
        _name_ends(axes, ends, rows[order].max())
    return figure
