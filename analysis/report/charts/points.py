"""Charts of points: estimates with their intervals, many values a row, and two measures against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme
from analysis.report.charts.labels import axis_title, complete, extra_lines, side_title, wrapped


def intervals(
    table: pd.DataFrame, label: str, value: str, low: str, high: str, *, highlight: Sequence[str] = (),
    reference: Mapping[str, float] | None = None, unit: str = "", percent: bool = False, digits: int = 1,
    reliable: str | None = None,
) -> Figure:  # fmt: skip
    """Draw one estimate per row with its interval, first row on top, reference values as lines.

    Parameters
    ----------
    table : DataFrame
        One row per estimate; a missing estimate raises, a missing interval is not drawn.
    label, value, low, high : str
        Columns.
    highlight : sequence of str
        Labels in the colour of Korea.
    reference : mapping of str to float, optional
        Names and values of vertical lines.
    reliable : str, optional
        Column: where it is false the point is hollow and its interval dotted.
    """
    rows = complete(table, label, value).iloc[::-1].reset_index(drop=True)
    with theme.use():
        names = wrapped(rows[label])
        figure = Figure(figsize=(theme.WIDTH, 0.27 * len(rows) + 0.17 * extra_lines(names) + 1.0))
        axes = figure.subplots()
        lines = list((reference or {}).values())
        ends = pd.concat([rows[value], rows[low], rows[high], pd.Series(lines, dtype=float)]).astype(float)
        near = 0.07 * (ends.max() - ends.min())  # half the width of a number: nearer than that a line would strike it
        for place, row in rows.iterrows():
            colour = theme.KOREA if row[label] in highlight else theme.palette[0]
            weak = reliable is not None and not bool(row[reliable])
            axes.hlines(place, row[low], row[high], color=colour, linewidth=2, linestyle=":" if weak else "-")
            face = "none" if weak else colour
            axes.plot(row[value], place, "o", color=colour, markerfacecolor=face, markersize=6, zorder=3)
            text = f"{100 * row[value]:.{digits}f} %" if percent else f"{row[value]:,.{digits}f}"
            struck = [at for at in lines if abs(row[value] - at) < near]
            aside = {"ha": "center"} if not struck else {"ha": "left" if row[value] >= struck[0] else "right"}
            at = (row[value] if not struck else struck[0], place)
            shift = 0 if not struck else 3 if row[value] >= struck[0] else -3
            axes.annotate(text, at, (shift, 5), textcoords="offset points", **aside)
        for name, at in (reference or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(name, (at, len(rows) - 0.3), (3, 0), textcoords="offset points", va="bottom")
        axes.set_yticks(rows.index, names)
        axes.margins(x=0.12)
        axes.set(xlabel=axis_title(unit), ylim=(-0.6, len(rows) - (0.1 if reference else 0.3)))
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure


def spread(
    table: pd.DataFrame, label: str, value: str, *, floor: float, reference: Mapping[str, float] | None = None,
    unit: str = "",
) -> Figure:  # fmt: skip
    """Draw every value of a row as a dot on a logarithmic axis, rows in the order of the table, first on top.

    Parameters
    ----------
    table : DataFrame
        Long: one row per value; a missing value raises.
    label, value : str
        Columns; values are not negative.
    floor : float
        Values below it, zero among them, are drawn at it.
    reference : mapping of str to float, optional
        Names and values of vertical lines.
    unit : str
        Label of the axis.
    """
    rows = complete(table, label, value)
    names = rows[label].drop_duplicates().iloc[::-1].reset_index(drop=True)
    place = rows[label].map({name: number for number, name in enumerate(names)})
    with theme.use():
        shown = wrapped(names)
        figure = Figure(figsize=(theme.WIDTH, 0.27 * len(names) + 0.17 * extra_lines(shown) + 1.0))
        axes = figure.subplots()
        axes.scatter(rows[value].clip(lower=floor), place, s=22, color=theme.palette[0], alpha=0.45, linewidth=0)
        for name, at in (reference or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(
                name, (at, len(names) - 0.45), (-3, 0), textcoords="offset points", va="bottom", ha="right"
            )
        axes.set_xscale("log")
        axes.set_yticks(range(len(names)), shown)
        axes.margins(x=0.05)
        axes.set(xlabel=axis_title(unit), ylim=(-0.6, len(names) - 0.3))
        axes.grid(axis="x", visible=True)
    return figure


def scatter(
    table: pd.DataFrame, label: str, x: str, y: str, *, highlight: Sequence[str] = (), named: Sequence[str] = (),
    x_unit: str = "", y_unit: str = "", x_log: bool = False, y_log: bool = False,
) -> Figure:  # fmt: skip
    """Draw two measures of the same units against each other, some of them named.

    Parameters
    ----------
    table : DataFrame
        One row per unit; a missing value raises.
    label, x, y : str
        Columns.
    highlight, named : sequence of str
        Labels in the colour of Korea, and labels to write beside their point.
    """
    rows = complete(complete(table, label, x), label, y)
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 3.9))
        axes = figure.subplots()
        plain = ~rows[label].isin(highlight)
        axes.scatter(rows.loc[plain, x], rows.loc[plain, y], s=26, color=theme.palette[0], alpha=0.85)
        axes.scatter(rows.loc[~plain, x], rows.loc[~plain, y], s=60, color=theme.KOREA, marker="D", zorder=4)
        for row in rows[rows[label].isin([*highlight, *named])].to_dict("records"):
            main = row[label] in highlight
            axes.annotate(
                row[label], (row[x], row[y]), (6, 4), textcoords="offset points",
                color=theme.KOREA if main else theme.INK, fontweight="bold" if main else "normal",
            )  # fmt: skip
        if x_log:
            axes.set_xscale("log")
        if y_log:
            axes.set_yscale("log")
        axes.margins(0.08)
        axes.set(xlabel=axis_title(x_unit), ylabel=side_title(y_unit))
        axes.grid(axis="x", visible=True)
    return figure
