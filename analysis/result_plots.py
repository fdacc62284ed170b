"""Pictures of results in the house theme: bars of components by group, and the strip of specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.results import Result

_KOREA = {"KOR", "Korea", "South Korea", "Korea, Rep."}


def draw(result: Result, ax: Axes | None = None) -> Axes:
    """Draw a result: the strip where it has specifications, stacked bars for several groups, plain bars for one."""
    import matplotlib.pyplot as plt

    from analysis import theme

    with theme.use():
        if ax is None:
            _, ax = plt.subplots(figsize=(theme.WIDTH, max(2.6, 0.3 * _rows(result) + 1.2)))
        if result.specifications is not None:
            _strip(ax, result, theme)
        elif result.by and len(result.estimates[list(result.by)].drop_duplicates()) > 1:
            _stacks(ax, result, theme)
        else:
            _bars(ax, result, theme)
        ax.axvline(0, color=theme.INK, linewidth=0.8)
        ax.grid(False)
        ax.grid(True, axis="x")
        units = result.estimates["unit"].unique()
        ax.set_xlabel(units[0] if len(units) == 1 else "")
        ax.set_title(result.about.title)
    return ax


def _rows(result: Result) -> int:
    """How many rows the picture has."""
    if result.specifications is not None:
        return len(result.specifications[[*result.by, result.label]].drop_duplicates())
    if result.by:
        return max(len(result.estimates[list(result.by)].drop_duplicates()), len(result.components()))
    return len(result.components())


def _below(ax: Axes) -> float:
    """Place of a legend half an inch under the axes, however tall they are."""
    return -0.5 / (ax.get_position().height * ax.figure.get_figheight())


def _bars(ax: Axes, result: Result, theme) -> None:
    table = result.estimates.iloc[::-1]
    colours = [theme.MUTED if name == result.total else theme.palette[0] for name in table[result.label]]
    places = np.arange(len(table))
    ax.barh(places, table["estimate"], color=colours, height=0.6)
    if {"conf_low", "conf_high"} <= set(table.columns):
        ax.hlines(places, table["conf_low"], table["conf_high"], color=theme.INK, linewidth=1.5)
    for place, value in zip(places, table["estimate"], strict=True):
        side = "left" if value >= 0 else "right"
        ax.annotate(f"{value:.3g}", (value, place), xytext=(4 if value >= 0 else -4, 0), textcoords="offset points",
                    ha=side, va="center")  # fmt: skip
    ax.margins(x=0.15)
    ax.set_yticks(places, [_words(name) for name in table[result.label]])


def _stacks(ax: Axes, result: Result, theme) -> None:
    groups = _groups(result.estimates, result)
    order = list(dict.fromkeys(groups))[::-1]
    wide = (
        result.estimates.assign(_group=groups).pivot(index="_group", columns=result.label, values="estimate").loc[order]
    )
    parts = [name for name in result.components() if name != result.total]
    places = np.arange(len(wide))
    above, below = np.zeros(len(wide)), np.zeros(len(wide))
    for position, name in enumerate(parts):
        values = wide[name].fillna(0).to_numpy()
        colour = theme.palette[position % len(theme.palette)]
        hatch = theme.HATCHES[position % len(theme.HATCHES)]
        ax.barh(
            places, values, left=np.where(values >= 0, above, below), facecolor="none" if hatch else colour,
            edgecolor=colour, linewidth=0.8, hatch=hatch, height=0.7, label=_words(name),
        )  # fmt: skip
        above, below = above + values.clip(min=0), below + values.clip(max=0)
    if result.total is not None:
        ax.plot(wide[result.total], places, "D", color=theme.INK, markersize=5, label=_words(result.total))
    _name_rows(ax, places, order, theme)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, _below(ax)), ncols=min(len(parts) + 1, 4))


def _strip(ax: Axes, result: Result, theme) -> None:
    strip = result.specifications
    strip = strip.assign(_row=_groups(strip, result) + strip[result.label].map(_words))
    shown = list(dict.fromkeys(strip.loc[strip["headline"], "_row"]))
    shown += [row for row in dict.fromkeys(strip["_row"]) if row not in shown]
    rows = shown[::-1]
    place = strip["_row"].map({row: number for number, row in enumerate(rows)})
    main = strip["headline"]
    ax.plot(strip.loc[~main, "estimate"], place[~main], "o", color=theme.MUTED, markersize=6, label="alternatives")
    label = strip.loc[main, "specification"].iloc[0]
    ax.plot(strip.loc[main, "estimate"], place[main], "D", color=theme.palette[0], markersize=8, label=label)
    for row, number in zip(rows, range(len(rows)), strict=True):
        values = strip.loc[strip["_row"] == row, "estimate"]
        ax.hlines(number, values.min(), values.max(), color=theme.MUTED, linewidth=1, zorder=0)
    _name_rows(ax, range(len(rows)), rows, theme)
    ax.margins(y=0.15)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, _below(ax)), ncols=2)


def _groups(table: pd.DataFrame, result: Result) -> pd.Series:
    if not result.by:
        return pd.Series("", index=table.index)
    names = table[list(result.by)].astype(str).agg(", ".join, axis=1)
    return names + ": " if result.specifications is not None else names


def _name_rows(ax: Axes, places, rows, theme) -> None:
    ax.set_yticks(list(places), rows)
    for tick, row in zip(ax.get_yticklabels(), rows, strict=True):
        if row.split(":")[0].split(",")[0] in _KOREA:
            tick.set_color(theme.KOREA)
            tick.set_fontweight("bold")


def _words(name: str) -> str:
    return str(name).replace("_", " ")
