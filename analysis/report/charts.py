"""The shapes of charts the pages use: ranking, lines, bars, parts of a total, pairs, and the strip of definitions."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis import theme

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
    rows = _complete(table, label, value).sort_values(value).reset_index(drop=True)
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
                f"{name} {at:.{digits}f}", (at, 0), (4, 0), textcoords="offset points", va="center", fontsize=8
            )
        axes.set(xlabel=unit, ylim=(-0.8, len(rows) - 0.2), xlim=(min(0, rows[value].min()), None))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure


def lines(
    table: pd.DataFrame, x: str, y: str, series: str, *, highlight: Sequence[str] = ("Korea",), unit: str = "",
    percent: bool = False, dashed: Sequence[str] = (), marks: Mapping[float, str] | None = None, height: float = 3.4,
    joined: bool = False,
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
    """
    rows = _complete(table, series, y).sort_values([series, x])
    unknown = set(highlight) - {"Korea"} | set(dashed)
    if unknown - set(rows[series]):
        raise ValueError(
            f"no series {sorted(unknown - set(rows[series]))}; series: {', '.join(map(str, rows[series].unique()))}"
        )
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, height))
        axes = figure.subplots()
        others, ends = iter(theme.palette * 4), []
        for name, one in rows.groupby(series, sort=False):
            colour = theme.KOREA if name in highlight else next(others)
            broken = one[x].diff().gt(max(1.0, one[x].diff().median())).cumsum()
            for _, piece in one.groupby(broken * (not joined)):
                style = {"linestyle": "--" if name in dashed else "-", "marker": "o" if joined or len(piece) < 3 else None}
                sns.lineplot(piece, x=x, y=y, color=colour, markersize=4, markeredgewidth=0, ax=axes, **style)
            ends.append((float(one[y].iloc[-1]), float(one[x].iloc[-1]), str(name), colour))
        low, high = axes.get_ylim()
        places = _apart([end[0] for end in ends], 0.055 * (high - low) * 3.4 / height)
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
        for at, word in (marks or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.annotate(
                word,
                (at, 1),
                (3, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                fontsize=8,
            )
        axes.set(xlabel="", ylabel=unit)
        if percent:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f} %"))
    return figure


def bars(
    table: pd.DataFrame, label: str, value: str, *, highlight: Sequence[str] = ("Korea",), unit: str = "",
    percent: bool = False, digits: int = 0, hatched: Sequence[str] = (), reference: Mapping[str, float] | None = None,
) -> Figure:  # fmt: skip
    """Draw horizontal bars in the order of the table, each with its number; hatched: synthetic or not comparable."""
    rows = _complete(table, label, value).iloc[::-1].reset_index(drop=True)
    with theme.use():
        names = _wrapped(rows[label])
        figure = Figure(figsize=(theme.WIDTH, 0.3 * len(rows) + 0.1 * _extra(names) + 0.8))
        axes = figure.subplots()
        for place, row in rows.iterrows():
            colour = theme.KOREA if any(word in str(row[label]) for word in highlight) else theme.palette[0]
            hatch = "////" if row[label] in hatched else None
            axes.barh(place, row[value], height=0.72, color="none" if hatch else colour, edgecolor=colour, hatch=hatch)
            text = f"{100 * row[value]:.{digits}f} %" if percent else f"{row[value]:,.{digits}f}"
            side = -1 if row[value] < 0 else 1
            axes.annotate(
                text,
                (row[value], place),
                (4 * side, 0),
                textcoords="offset points",
                va="center",
                ha="right" if side < 0 else "left",
            )
        for name, at in (reference or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(name, (at, len(rows) - 0.45), (3, 0), textcoords="offset points", fontsize=8, va="bottom")
        axes.set_yticks(rows.index, names)
        axes.axvline(0, color=theme.INK, linewidth=0.8)
        axes.margins(x=0.22 if (rows[value] < 0).any() else 0.14)
        axes.set(xlabel=unit)
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure


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
    rows = _complete(table, label, value)
    labels, parts = list(dict.fromkeys(rows[label])), [name for name in dict.fromkeys(rows[part]) if name != total]
    wide = rows.pivot(index=label, columns=part, values=value).loc[labels[::-1]].fillna(0.0)
    totals = wide[total] if total in wide else wide[parts].sum(axis=1)
    shades = colours or dict(zip(parts, theme.palette, strict=False))
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.36 * len(labels) + 1.15))
        axes = figure.subplots()
        right, left = np.zeros(len(wide)), np.zeros(len(wide))
        for name in parts:
            size = wide[name].to_numpy(dtype=float)
            start = np.where(size >= 0, right, left)
            axes.barh(range(len(wide)), size, left=start, height=0.68, color=shades[name], label=name)
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
        axes.set(xlabel=unit)
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.1, columnspacing=1.2)
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
    rows = _complete(readings, "label", "value").iloc[::-1].reset_index(drop=True)
    with theme.use():
        names = _wrapped(rows["label"])
        figure = Figure(figsize=(theme.WIDTH, 0.27 * len(rows) + 0.1 * _extra(names) + 0.95))
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
                fontsize=8,
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
                fontsize=8,
            )
        axes.set_yticks(rows.index, names)
        axes.set(xlabel=unit, ylim=(-0.6, len(rows) - 0.4))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    return figure


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
    rows = _complete(_complete(table, label, left), label, right).iloc[::-1].reset_index(drop=True)
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.21 * len(rows) + 1.0))
        axes = figure.subplots()
        axes.hlines(rows.index, rows[left], rows[right], color=theme.MUTED, linewidth=1.6)
        for place, (name, colour) in enumerate(((left, theme.palette[0]), (right, theme.palette[1]))):
            axes.scatter(rows[name], rows.index, s=34, color=colour, label=name, zorder=3, marker="os"[place])
        for place, row in rows[rows[label] == highlight].iterrows():
            for name in (left, right):
                text = f"{100 * row[name]:.{digits}f} %" if percent else f"{row[name]:.{digits}f}"
                axes.annotate(
                    text,
                    (row[name], place),
                    (0, 6),
                    textcoords="offset points",
                    ha="center",
                    color=theme.KOREA,
                    fontweight="bold",
                    fontsize=8,
                )
        axes.set_yticks(rows.index, rows[label])
        for tick, name in zip(axes.get_yticklabels(), rows[label], strict=True):
            if name == highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
        axes.set(xlabel=unit, ylim=(-0.8, len(rows) - 0.2))
        if percent:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        figure.legend(loc="outside upper left", ncols=2, handlelength=1)
    return figure


def shares(
    table: pd.DataFrame, label: str, part: str, value: str, *, smallest: float = 0.045, highlight: Sequence[str] = ()
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
    rows = _complete(table, label, value)
    if (rows[value] < 0).any():
        raise ValueError(
            f"column {value!r} has a negative share for {', '.join(map(str, rows.loc[rows[value] < 0, label]))}"
        )
    labels, parts = list(dict.fromkeys(rows[label])), list(dict.fromkeys(rows[part]))
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 0.38 * len(labels) + 1.0))
        axes = figure.subplots()
        start = dict.fromkeys(labels, 0.0)
        for name, colour in zip(parts, theme.palette, strict=False):
            one = rows[rows[part] == name]
            at = [len(labels) - 1 - labels.index(row) for row in one[label]]
            left = [start[row] for row in one[label]]
            axes.barh(
                at,
                one[value],
                left=left,
                height=0.7,
                facecolor=(*to_rgb(colour), 0.32),
                edgecolor=colour,
                linewidth=1,
                label=name,
            )
            for place, edge, row, size in zip(at, left, one[label], one[value], strict=True):
                start[row] += size
                if size >= smallest:
                    axes.annotate(f"{100 * size:.1f}", (edge + size / 2, place), ha="center", va="center", fontsize=8)
        axes.set_yticks(range(len(labels)), labels[::-1])
        for tick, name in zip(axes.get_yticklabels(), labels[::-1], strict=True):
            if name in highlight:
                tick.set(color=theme.KOREA, fontweight="bold")
        axes.set(xlim=(0, max(1.0, *start.values())), xlabel="percent")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f}"))
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=min(len(parts), 3), handlelength=1.1, columnspacing=1.2)
    return figure


def _complete(table: pd.DataFrame, label: str, value: str) -> pd.DataFrame:
    for column in (label, value):
        if column not in table:
            raise ValueError(f"no column {column!r}; columns: {', '.join(map(str, table.columns))}")
    if table.empty or table[value].isna().any():
        missing = ", ".join(map(str, table.loc[table[value].isna(), label])) or "every row"
        raise ValueError(f"column {value!r} has no value for {missing}: leave the rows out and say so in the note")
    return table


def _wrapped(names: pd.Series) -> list[str]:
    """Break long names of rows into lines, so that the picture keeps its room."""
    return [textwrap.fill(str(name), 38, break_long_words=False) for name in names]


def _extra(names: list[str]) -> int:
    return sum(name.count("\n") for name in names)


def _apart(places: Sequence[float], gap: float) -> list[float]:
    """Move values apart until neighbours are at least `gap` away from each other."""
    order = np.argsort(places)
    moved = np.array(places, dtype=float)[order]
    for _ in range(200):
        close = np.diff(moved) < gap - 1e-12
        if not close.any():
            break
        for lower in np.flatnonzero(close):
            push = (gap - (moved[lower + 1] - moved[lower])) / 2
            moved[lower] -= push
            moved[lower + 1] += push
    result = np.empty_like(moved)
    result[order] = moved
    return result.tolist()
