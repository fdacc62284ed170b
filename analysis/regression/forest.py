"""The forest plot of a meta-analysis: every study with its interval, hollow where it gives no standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.regression.evidence import MetaAnalysis

ROW = 0.27
"""Height of a row in inches."""


def draw(result: MetaAnalysis, ax: Axes | None = None) -> Axes:
    """Draw the studies of each group and their pooled effect.

    Parameters
    ----------
    result : MetaAnalysis
    ax : matplotlib Axes, optional
        Where to draw; a new figure if none.

    Returns
    -------
    matplotlib Axes
    """
    import matplotlib.pyplot as plt

    from analysis import theme

    by = list(result.by)
    lots = list(result.studies.groupby(by, sort=False, observed=True)) if by else [((), result.studies)]
    table = result.estimates.set_index("component")
    with theme.use():
        if ax is None:
            rows = len(result.studies) + len(lots) * (2 + bool(by))
            _, ax = plt.subplots(figsize=(theme.WIDTH, ROW * rows + 1.2))
        names: dict[int, str] = {}
        place, heads = 0, set()
        for number, (key, studies) in enumerate(lots):
            if by:
                names[place] = ", ".join(map(str, key))
                heads.add(place)
                place += 1
            place = _studies(ax, studies, place, names, theme)
            _pooled(ax, table, number, place, theme)
            names[place] = "pooled"
            heads.add(place)
            place += 2
        ax.axvline(0, color=theme.INK, linewidth=0.8)
        ax.grid(False)
        ax.grid(True, axis="x")
        ax.set_yticks(list(names), list(names.values()))
        for at, tick in zip(names, ax.get_yticklabels(), strict=True):
            tick.set_fontweight("bold" if at in heads else "normal")
        ax.invert_yaxis()
        ax.set_xlabel(table.loc[["pooled"], "unit"].iloc[0])
        ax.set_title(result.about.title)
        _legend(ax)
    return ax


def _studies(ax: Axes, studies: pd.DataFrame, place: int, names: dict[int, str], theme: Any) -> int:
    """Draw one row per study; return the next free row."""
    colour = theme.palette[0]
    for one in studies.itertuples():
        if one.pooled:
            size = 4 + 6 * np.sqrt(one.weight / studies["weight"].max())
            ax.hlines(place, one.conf_low, one.conf_high, color=colour, linewidth=1.2)
            ax.plot(one.effect, place, "s", markersize=size, color=colour, label="study, sized by weight")
        else:
            look = {"color": colour, "markerfacecolor": "none", "label": "no error, not pooled"}
            ax.plot(one.effect, place, "s", markersize=6, **look)
        names[place] = str(one.study) + ("" if one.pooled else " (no error)")
        place += 1
    return place


def _pooled(ax: Axes, table: pd.DataFrame, number: int, place: int, theme: Any) -> None:
    """Draw the pooled effect of a group as a diamond, and the interval of a new study as a dotted line."""
    one = table.loc[["pooled"]].iloc[number]
    if "prediction" in table.index:
        low, high = table.loc[["prediction"], ["conf_low", "conf_high"]].iloc[number]
        if np.isfinite(low):
            ax.hlines(place, low, high, color=theme.INK, linewidth=1, linestyle=":", label="95 % of new studies")
    across = [one["conf_low"], one["estimate"], one["conf_high"], one["estimate"]]
    ax.fill(across, [place, place - 0.3, place, place + 0.3], color=theme.INK, label="pooled, 95 % interval")


def _legend(ax: Axes) -> None:
    """Name each kind of mark once, under the axes and flush with their right edge."""
    handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    below = -0.55 / (ax.get_position().height * ax.figure.get_figheight())
    where = {"loc": "upper right", "bbox_to_anchor": (1.0, below)}
    ax.legend(handles.values(), handles.keys(), ncols=2, columnspacing=1, **where)
