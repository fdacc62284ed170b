"""Chart of a distribution at a threshold: what was counted in each bin, and what there would be without it."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from analysis import theme
from analysis.report.charts.labels import axis_title, complete


def at_threshold(
    table: pd.DataFrame, panel: str, value: str, observed: str, counterfactual: str, *, inside: str, threshold: float,
    unit: str = "", name: str = "", log: bool = False,
) -> Figure:  # fmt: skip
    """Draw bins counted and their counterfactual, one panel below the other on one axis.

    Parameters
    ----------
    table : DataFrame
        One row per bin and panel; a missing value raises.
    panel, value, observed, counterfactual : str
        Columns: name of the panel, middle of the bin, units counted, units without the threshold.
    inside : str
        Column of bool: whether the bin was left out of the fit; its stretch is shaded.
    threshold : float
        Where the line is drawn, with `name` beside it.
    unit : str
        Title of the horizontal axis.
    log : bool
        Whether that axis is logarithmic.
    """
    rows = complete(complete(table, panel, observed), panel, counterfactual)
    names = list(dict.fromkeys(rows[panel]))
    with theme.use():
        figure = Figure(figsize=(theme.WIDTH, 1.9 * len(names) + 0.9))
        panels = figure.subplots(len(names), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, one in zip(panels, names, strict=True):
            held = rows[rows[panel] == one]
            axes.axvspan(*_stretch(held, value, inside), color=theme.MUTED, alpha=0.18, linewidth=0)
            axes.axvline(threshold, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.plot(
                held[value], held[observed], "o-", color=theme.palette[0], markersize=3.5, linewidth=1, label="counted"
            )
            axes.plot(held[value], held[counterfactual], color=theme.palette[3], linewidth=2, label="without the limit")
            axes.set_title(one)
            axes.set_ylabel("firms in a bin")
        panels[0].set_ylim(0, 1.08 * float(rows[[observed, counterfactual]].max(axis=None)))
        panels[0].annotate(
            name, (threshold, 1), (4, -10), xycoords=("data", "axes fraction"), textcoords="offset points"
        )
        if log:
            panels[-1].set_xscale("log")
            ticks = [at for at in (25, 50, 100, 200, 400, 800) if rows[value].min() <= at <= rows[value].max()]
            panels[-1].set_xticks(ticks)
            panels[-1].xaxis.set_major_formatter(ScalarFormatter())
            panels[-1].minorticks_off()
        panels[-1].set_xlabel(axis_title(unit))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return figure


def _stretch(held: pd.DataFrame, value: str, inside: str) -> tuple[float, float]:
    """Return the ends of the window: half way to the bins on either side of it."""
    middles, window = held[value].to_numpy(), held[inside].to_numpy(dtype=bool)
    places = window.nonzero()[0]
    if not len(places) or places[0] == 0 or places[-1] == len(middles) - 1:
        raise ValueError(f"column {inside!r}: the window must lie within the bins, with a bin on either side")
    first, last = places[0], places[-1]
    return (middles[first - 1] + middles[first]) / 2, (middles[last] + middles[last + 1]) / 2
