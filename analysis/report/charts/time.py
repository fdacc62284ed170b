"""Lines over time, each named at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis import theme
from analysis.report.charts.labels import apart, complete, side_title

_DASHES = ("-", "-.", ":")
"""Tell series apart that share the colour of Korea, in the order of their names."""


def lines(
    table: pd.DataFrame, x: str, y: str, series: str, *, highlight: Sequence[str] = ("Korea",), unit: str = "",
    percent: bool = False, dashed: Sequence[str] = (), marks: Mapping[float, str] | None = None, height: float = 3.4,
    joined: bool = False, marked: bool = False, zero: bool = False,
) -> Figure:  # fmt: skip
    """Draw one line per series, each labelled at its end; labels that would overlap are moved apart.

    Parameters
    ----------
    table : DataFrame
        Long: one row per series and x. A gap in x (more than one year) breaks the line.
    x, y, series : str
        Columns.
    highlight : sequence of str
        Series in the colour of Korea; the others take the palette in turn.
    percent : bool
        Whether to print the axis as percent of one.
    dashed : sequence of str
        Series to dash (another definition, a break).
    marks : mapping of float to str, optional
        Vertical lines at x with a word on top.
    joined : bool
        Whether to mark every point and join the points of a series over its gaps: for series of a few years.
    marked : bool
        Whether to mark every point and leave the gaps open.
    zero : bool
        Whether the axis of y begins at zero.
    """
    rows = complete(table, series, y).sort_values([series, x])
    unknown = set(highlight) - {"Korea"} | set(dashed)
    if unknown - set(rows[series]):
        raise ValueError(
            f"no series {sorted(unknown - set(rows[series]))}; series: {', '.join(map(str, rows[series].unique()))}"
        )
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, height))
        axes = figure.subplots()
        others, markers, ends = iter(theme.palette * 4), cycle(theme.MARKERS), []
        dashes = cycle(_DASHES)
        for name, one in rows.groupby(series, sort=False):
            colour, shape = theme.KOREA if name in highlight else next(others), next(markers)
            broken = one[x].diff().gt(max(1.0, one[x].diff().median())).cumsum()
            dash = "--" if name in dashed else next(dashes) if name in highlight else "-"
            if len(one) == 1:  # large, hollow and on top, so that a point of another line does not hide it
                axes.plot(one[x], one[y], shape, color=colour, markersize=8.5, markerfacecolor="none",
                          markeredgewidth=1.6, zorder=4)  # fmt: skip
            for _, piece in one.groupby(broken * (not joined)) if len(one) > 1 else ():
                marker = shape if joined or marked or len(piece) < 3 else None
                sns.lineplot(
                    piece,
                    x=x,
                    y=y,
                    color=colour,
                    linestyle=dash,
                    marker=marker,
                    markersize=4.5,
                    markeredgewidth=0,
                    ax=axes,
                )
            ends.append((float(one[y].iloc[-1]), float(one[x].iloc[-1]), str(name), colour))
        if zero:
            axes.set_ylim(0, 1.06 * float(rows[y].max()))
        low, high = axes.get_ylim()
        places = apart([end[0] for end in ends], 0.066 * (high - low) * 3.4 / height)
        right = rows[x].max()
        for (_, _, name, colour), place in zip(ends, places, strict=True):
            axes.annotate(
                name,
                (right, place),
                (6, 0),
                textcoords="offset points",
                va="center",
                color=colour,
                fontweight="bold",
                annotation_clip=False,
            )
        middle = sum(axes.get_xlim()) / 2
        for at, word in (marks or {}).items():
            left = at > middle  # away from the ends of the lines, where their names stand
            axes.axvline(at, color=theme.INK, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.annotate(
                word,
                (at, 1),
                (-3 if left else 3, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right" if left else "left",
                va="top",
            )
        axes.set(xlabel="", ylabel=side_title(unit))
        if (rows[x] % 1 == 0).all():  # no tick of half a year
            axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
        if percent:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    return figure
