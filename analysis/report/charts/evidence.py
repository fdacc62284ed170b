"""Chart of published estimates: filled with an interval where an error is known, hollow where none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis import theme
from analysis.report.charts.labels import axis_title, complete, extra_lines, wrapped

NO_ERROR = "no standard error"
"""What the legend says of a hollow mark."""
WITH_ERROR = "with 95 % interval"
"""What it says of a filled one."""


def estimates(
    table: pd.DataFrame, label: str, value: str, low: str, high: str, *, has_error: str,
    highlight: Sequence[str] = (), unit: str = "", reference: Mapping[str, float] | None = None, digits: int = 1,
) -> Figure:  # fmt: skip
    """Draw one published estimate per row, first row on top.

    An estimate with a standard error or a confidence interval is a filled mark on its interval; one without is a hollow
    mark, which a legend explains, so that nobody reads a bare point as a precise one.

    Parameters
    ----------
    table : DataFrame
        One row per estimate, all in one unit. A missing estimate raises: an effect known by its sign only has no place
        on an axis.
    label, value : str
        Columns: name of the row and estimate.
    low, high : str
        Columns: ends of the interval; read only where `has_error` is true.
    has_error : str
        Column of bool: whether the source prints a standard error or a 95 % interval.
    highlight : sequence of str
        Labels in the colour of Korea.
    unit : str
        Title of the axis.
    reference : mapping of str to float, optional
        Names and values of vertical lines.
    digits : int
        Decimals of the printed estimate.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a column is missing, an estimate is missing, a row that has an error has no interval, or the interval does
        not hold its estimate.
    """
    for column in (label, value, low, high, has_error):
        if column not in table:
            raise ValueError(f"no column {column!r}; columns: {', '.join(map(str, table.columns))}")
    rows = complete(table, label, value).iloc[::-1].reset_index(drop=True)
    sure = rows[has_error].fillna(False).astype(bool)
    ends = rows[[low, value, high]].astype(float)
    for problem, bad in (
        ("has an error but no interval", ends[[low, high]].isna().any(axis=1)),
        ("lies outside its interval", (ends[value] < ends[low]) | (ends[value] > ends[high])),
    ):
        if (sure & bad).any():
            names = ", ".join(map(str, rows.loc[sure & bad, label]))
            raise ValueError(f"columns {low!r}, {high!r}, {has_error!r}: {names} {problem}")
    with theme.use():
        names = wrapped(rows[label])
        figure = Figure(figsize=(theme.WIDTH, 0.28 * len(rows) + 0.17 * extra_lines(names) + 1.0))
        axes = figure.subplots()
        for place, row in rows.iterrows():
            colour = theme.KOREA if row[label] in highlight else theme.palette[0]
            if sure[place]:
                axes.hlines(place, row[low], row[high], color=colour, linewidth=2)
            axes.plot(
                row[value], place, "o", color=colour, markerfacecolor=colour if sure[place] else "none", markersize=6,
                markeredgewidth=1.4, zorder=3,
            )  # fmt: skip
            text = f"{row[value]:,.{digits}f}"
            above = sure[place] or row[value] < 0  # beside a negative mark lies the line at zero
            beside = {"xytext": (0, 5), "ha": "center"} if above else {"xytext": (7, 0), "va": "center"}
            axes.annotate(text, (row[value], place), textcoords="offset points", **beside)
        for name, at in (reference or {}).items():
            axes.axvline(at, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(name, (at, len(rows) - 0.4), (3, 0), textcoords="offset points", va="bottom")
        axes.set_yticks(rows.index, names)
        lines = list((reference or {}).values())
        spread = np.concatenate([ends[value], ends.loc[sure, low], ends.loc[sure, high], lines])
        width = float(spread.max() - spread.min()) or 1.0
        axes.set_xlim(float(spread.min()) - 0.12 * width, float(spread.max()) + 0.12 * width)
        axes.set(xlabel=axis_title(unit), ylim=(-0.6, len(rows) - 0.2))
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        if not sure.all():
            _legend(figure, any_sure=bool(sure.any()))
    return figure


def _legend(figure: Figure, any_sure: bool) -> None:
    """Explain hollow and filled marks once, below the axis, where no mark can be covered."""
    kinds = [(WITH_ERROR, theme.MUTED), (NO_ERROR, "none")] if any_sure else [(NO_ERROR, "none")]
    look = {"marker": "o", "linestyle": "", "color": theme.MUTED, "markeredgewidth": 1.4}
    marks = [Line2D([], [], markerfacecolor=fill, label=name, **look) for name, fill in kinds]
    figure.legend(handles=marks, loc="outside lower center", ncols=len(marks), frameon=False)
