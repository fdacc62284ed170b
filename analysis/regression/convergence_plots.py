"""Pictures of convergence: growth against the initial level, betas of several groups, the spread over time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.regression.convergence import Convergence

_HEADLINE = {"beta": "beta", "sigma": "trend"}
KOREA = ("KOR", "Korea")


def draw(result: Convergence, ax: Axes | None = None) -> Axes:
    """Draw a result as its kind and the number of its groups ask for.

    Parameters
    ----------
    result : Convergence
    ax : matplotlib Axes, optional
        Where to draw; a new figure if none.

    Returns
    -------
    matplotlib Axes
    """
    import matplotlib.pyplot as plt

    from analysis import result_plots, theme

    if result.specifications is not None:
        term = _HEADLINE[result.kind]
        strip, held = (table[table["term"] == term] for table in (result.specifications, result.estimates))
        return result_plots.draw(replace(result, estimates=held, specifications=strip), ax)
    groups = list(result.points.groupby(list(result.by), sort=False, observed=True)) if result.by else []
    with theme.use():
        if ax is None:
            height = max(2.6, 0.3 * len(groups) + 1.2) if result.kind == "beta" and len(groups) > 1 else 3.4
            _, ax = plt.subplots(figsize=(theme.WIDTH, height))
        if result.kind == "sigma":
            _spreads(ax, result, groups, theme)
        elif len(groups) > 1:
            _betas(ax, result, theme)
        else:
            _points(ax, result, theme)
        ax.set_title(result.about.title)
    return ax


def _points(ax: Axes, result: Convergence, theme: Any) -> None:
    points, terms = result.points, result.estimates.set_index("term")["estimate"]
    korea = points["unit"].astype(str).isin(KOREA)
    for rows, colour in ((points[~korea], theme.palette[0]), (points[korea], theme.KOREA)):
        ax.plot(rows["log_initial"], rows["growth"], "o", color=colour, markersize=4, alpha=0.7)
    for one in points[korea].itertuples():
        ax.annotate(str(one.unit), (one.log_initial, one.growth), xytext=(5, 5), textcoords="offset points",
                    color=theme.KOREA, fontweight="bold")  # fmt: skip
    ends = np.array([points["log_initial"].min(), points["log_initial"].max()])
    ax.plot(ends, terms["alpha"] + terms["beta"] * ends, color=theme.INK, linewidth=1.5)
    ax.axhline(0, color=theme.INK, linewidth=0.8)
    ax.set_xlabel("log of the initial level")
    ax.set_ylabel("growth, log points per year")


def _betas(ax: Axes, result: Convergence, theme: Any) -> None:
    rows = result.estimates[result.estimates["term"] == "beta"].iloc[::-1]
    places = np.arange(len(rows))
    ax.hlines(places, rows["conf_low"], rows["conf_high"], color=theme.palette[0], linewidth=1.5)
    ax.plot(rows["estimate"], places, "o", color=theme.palette[0])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.set_yticks(places, rows[list(result.by)].astype(str).agg(", ".join, axis=1))
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.set_xlabel(f"beta, {rows['unit'].iloc[0]}")


def _spreads(ax: Axes, result: Convergence, groups: list, theme: Any) -> None:
    unit = result.estimates["unit"].iloc[0]
    column = {"log points": "sd_log", "coefficient of variation": "cv"}.get(unit, "cv_log")
    label = "standard deviation of logs" if column == "sd_log" else unit
    for number, (key, rows) in enumerate(groups or [((), result.points)]):
        colour = theme.palette[number % len(theme.palette)]
        ax.plot(rows["time"], rows[column], color=colour)
        if groups:
            ax.annotate(", ".join(map(str, key)), (rows["time"].iloc[-1], rows[column].iloc[-1]), xytext=(4, 0),
                        textcoords="offset points", va="center", color=colour)  # fmt: skip
    ax.set_ylim(0, 1.1 * result.points[column].max())
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.set_ylabel(label)
