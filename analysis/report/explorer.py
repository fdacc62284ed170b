"""The explorer of the policy lab: a reader moves rule, budget, windfall, measurement error and AI, and outcomes move.

Everything comes from a grid that was computed beforehand; nothing is solved or interpolated in the browser. The page
holds the numbers three times: as data for the controls, at the starting values in plain tables, and whole in tables
that need no script. `book/_static/explorer.js` moves them; `book/_ext/explorer.py` puts it on the page.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import dataclass

import pandas as pd

from analysis import theme
from analysis.report.explorer_grid import (
    AXES,
    ECONOMY,
    HEADLINE,
    HELP,
    NAMES,
    OUTCOMES,
    RULES,
    Grid,
    change,
    shown,
    signed,
)  # fmt: skip

MIME = "application/vnd.two-economies.explorer+json"
ROOT = "@@root@@"
"""Stands in the HTML for the way from the page to the root of the site."""
NOT_SOLVED, NOT_HELD = "not solved", "not in the grid"
_ENTERS_NOT = "enters other rules only"
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


@dataclass(frozen=True, eq=False)
class Explorer:
    """The explorer of a grid. Made by `view`; the last expression of a cell."""

    grid: Grid
    title: str
    table: str

    def payload(self) -> dict:
        """Return what the controls read: axes, outcomes, numbers by setting, words, drawing."""
        grid = self.grid
        axes = [
            {"name": axis, "labels": [grid.words(axis, one) for one in values], "start": values.index(start)}
            for axis, values in grid.values.items() if (start := grid.start[axis]) in values
        ]  # fmt: skip
        return {
            "axes": axes, "order": list(AXES), "economy": list(ECONOMY), "rules": grid.values["rule"],
            "matters": grid.matters, "strengths": grid.values["strength"],
            "outcomes": [{"label": one.label, "kind": one.kind} for one in OUTCOMES],
            "headline": [[one.name for one in OUTCOMES].index(name) for name in HEADLINE],
            "bare": grid.bare, "cells": grid.cells, "why": grid.why, "chart": chart(grid.values["rule"]),
            "words": {"unsolved": NOT_SOLVED, "unheld": NOT_HELD, "without": _ENTERS_NOT},
        }  # fmt: skip

    def html(self) -> str:
        """Return the explorer as it stands on the page."""
        data = json.dumps(self.payload(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = data.replace("</", r"<\/")  # no text in it can end the script
        return (
            f'<section class="explorer" aria-label="Explorer"><p class="explorer-title">{html.escape(self.title)}</p>'
            "<noscript><p>The controls need scripts. The tables below hold every number without them.</p></noscript>"
            f'{self._controls()}<p class="explorer-says" role="status"></p>{self.tables()}{self._everything()}'
            f'<script type="application/json" class="explorer-data">{data}</script></section>'
        )

    def tables(self) -> str:
        """Return the tables at the starting values: every outcome of the rule, and one outcome under every rule."""
        start = self.grid.start
        first = [[one.label, *cells] for one, cells in zip(OUTCOMES, self._compared(start), strict=True)]
        others = [
            [RULES[rule], *self._compared({**start, "rule": rule})[0][1:]] for rule in self.grid.values["rule"]
        ]  # fmt: skip
        outcomes = _table(
            "outcomes", "Outcomes of the rule", ["Outcome", RULES["none"], RULES[start["rule"]], "Difference"], first
        )
        rules = _table("rules", "One outcome under every rule", ["Rule", OUTCOMES[0].label, "Difference"], others)
        return (
            f'<div class="explorer-results"><div><p class="explorer-chart-title">{html.escape(OUTCOMES[0].label)}</p>'
            '<div class="explorer-chart" role="img" aria-label="" hidden><div aria-hidden="true"></div></div>'
            f'{rules}</div><div>{outcomes}<p class="explorer-note">Output and consumption: the same economy without '
            "support is 100, the difference in percent. Shares: the difference in percentage points (pp).</p>"
            "</div></div>"
        )

    def _compared(self, setting: dict) -> list[list[str]]:
        """Return, for every outcome, the value without support, with it, and the difference."""
        grid = self.grid
        bare = grid.bare[grid.economy(setting)]
        key = grid.key(setting)
        values = grid.cells.get(key)
        if values is None:
            lack = NOT_SOLVED if key in grid.cells else NOT_HELD
            return [[shown(one, base, base), lack, ""] for one, base in zip(OUTCOMES, bare, strict=True)]
        return [
            [shown(one, base, base), shown(one, value, base), difference(one.kind, change(one, value, base))]
            for one, value, base in zip(OUTCOMES, values, bare, strict=True)
        ]

    def _controls(self) -> str:
        parts, start = [], self.grid.start
        for axis, values in self.grid.values.items():
            if start[axis] not in values or len(values) < 2:
                continue
            name, at = f"explorer-{axis}", values.index(start[axis])
            label = f'<label for="{name}">{NAMES[axis]}</label>'
            words = [html.escape(self.grid.words(axis, one)) for one in values]
            if axis in ("rule", "fit"):
                options = "".join(
                    f'<option value="{place}"{" selected" if place == at else ""}>{word}</option>'
                    for place, word in enumerate(words)
                )
                field = f'<select id="{name}" data-axis="{axis}" aria-describedby="{name}-help">{options}</select>'
            else:
                field = (
                    f'<input type="range" id="{name}" data-axis="{axis}" min="0" max="{len(values) - 1}" step="1" '
                    f'value="{at}" aria-valuetext="{words[at]}" aria-describedby="{name}-help">'
                    f'<output for="{name}">{words[at]}</output>'
                )
            parts.append(f'<p>{label}{field}<small id="{name}-help">{html.escape(HELP[axis])}</small></p>')
        options = "".join(
            f'<option value="{place}">{html.escape(one.label)}</option>' for place, one in enumerate(OUTCOMES)
        )
        parts.append(
            f'<p><label for="explorer-outcome">Outcome drawn</label><select id="explorer-outcome" '
            f'data-axis="outcome">{options}</select></p>'
        )
        return f'<form class="explorer-controls" hidden>{"".join(parts)}</form>'

    def _everything(self) -> str:
        """Return the whole grid as tables, one to a rule, folded away."""
        parts = []
        for rule in self.grid.values["rule"]:
            rows = self.grid.rows[self.grid.rows["rule"] == rule]
            axes = [axis for axis in self.grid.matters[rule] if len(self.grid.values[axis]) > 1]
            table = _table(
                "all", f"{RULES[rule]}: every setting of the grid", [*(NAMES[axis] for axis in axes),
                *(one.label for one in OUTCOMES)], [self._row(row, axes) for row in rows.to_dict("records")],
            )  # fmt: skip
            summary = f"{html.escape(RULES[rule])}: all {len(rows)} settings as a table"
            parts.append(f'<details class="explorer-all"><summary>{summary}</summary>{table}</details>')
        link = f'<a href="{ROOT}data/{self.table}.csv" download>the whole grid as a file</a>'
        lost = f" Settings not solved: {len(self.grid.why)}; the file says why of each." if self.grid.why else ""
        return (
            f'<div class="explorer-whole"><p>Every number without the controls: {link}, or rule by rule. Output and '
            f"consumption: the same economy without support is 100.{lost}</p>{''.join(parts)}</div>"
        )

    def _row(self, row: dict, axes: list[str]) -> list[str]:
        values = self.grid.cells[self.grid.key(row)]
        bare = self.grid.bare[self.grid.economy(row)]
        cells = [NOT_SOLVED, *[""] * (len(OUTCOMES) - 1)]
        if values is not None:
            cells = [shown(one, value, base) for one, value, base in zip(OUTCOMES, values, bare, strict=True)]
        return [*(self.grid.words(axis, row[axis]) for axis in axes), *cells]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        plain = f"<p><strong>{html.escape(self.title)}</strong></p>{self.tables()}"
        return {"text/plain": self.title, "text/html": plain, MIME: {"html": self.html()}}


def view(
    grid: pd.DataFrame,
    title: str = "Model: move rule, budget and economy, and see what the policy lab says",
    table: str = "lab_grid",
) -> Explorer:
    """Return the explorer of a grid of equilibria of the policy lab.

    Parameters
    ----------
    grid : DataFrame
        One row per equilibrium: rule, budget (fraction of output), windfall, error, strength, fit; solved and, where
        it is false, a message and no outcomes; the outcomes of `analysis.policy_lab.outcomes`. An axis on which a rule
        has one value only, or none, does not enter it.
    title : str
    table : str
        Name of the table in the data package, for the link to its file.

    Returns
    -------
    Explorer

    Raises
    ------
    ValueError
        If the grid lacks a column or an economy without support, holds a setting twice or a rule that is not known.

    Examples
    --------
    >>> from analysis.report.explorer_grid import OUTCOMES
    >>> outcomes = {one.name: 0.5 for one in OUTCOMES}
    >>> economy = {"strength": 0.0, "fit": "central", "solved": True, "message": ""}
    >>> rules = [{"rule": "none", "budget": 0.0}, {"rule": "flat", "budget": 0.01}]
    >>> rows = pd.DataFrame([{**one, "windfall": 0.5, "error": 0.1, **economy, **outcomes} for one in rules])
    >>> view(rows).payload()["rules"]
    ['none', 'flat']
    """
    return Explorer(Grid(grid.reset_index(drop=True)), title, table)


def difference(kind: str, value: float) -> str:
    """Return a difference in words.

    Examples
    --------
    >>> difference("index", 1.234), difference("percent", -0.5)
    ('+1.23 %', '\N{MINUS SIGN}0.5 pp')
    """
    if math.isnan(value):
        return ""
    return f"{signed(value, 2)} {'pp' if kind == 'percent' else '%'}"


def _table(kind: str, caption: str, head: list[str], rows: list[list[str]]) -> str:
    """Return a table whose first column heads its rows; the cells are plain text."""
    top = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )  # fmt: skip
    return (
        f'<table class="explorer-table" data-table="{kind}"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def chart(rules: list[str]) -> dict:
    """Return the drawing in Vega-Lite, without its data: difference to no support over the strength of AI, by rule.

    Colours hold on light and dark; axes and words take the colour of the page's text. Rules differ in shape too.
    """
    drawn = [RULES[one] for one in rules if one != "none"]
    ink = {f"{part}Color": "currentColor" for part in ("label", "title")}
    lines = {"domainColor": "currentColor", "tickColor": "currentColor", "gridColor": theme.MUTED, "gridOpacity": 0.35}
    by_rule = {"field": "rule", "type": "nominal"}
    chosen = {"test": "datum.rule === chosen_rule", "value": 3.5}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container", "height": 320, "background": None, "data": {"name": "points", "values": []},
        "padding": {"left": 10, "right": 5, "top": 5, "bottom": 5},
        "autosize": {"type": "fit", "contains": "padding"},
        "params": [{"name": "chosen_rule", "value": ""}],
        "config": {
            "aria": False, "font": "inherit", "view": {"stroke": None}, "axis": {**ink, **lines, "labelFontSize": 12,
            "titleFontSize": 12, "titleFontWeight": "normal"}, "legend": {**ink, "labelFontSize": 12, "labelLimit": 260,
            "symbolStrokeWidth": 2},
        },
        "encoding": {
            "x": {"field": "strength", "type": "quantitative", "axis": {"title": NAMES["strength"], "grid": False,
                  "tickCount": 5}},
            "y": {"field": "change", "type": "quantitative", "axis": {"title": None, "tickCount": 5}},
            "color": {**by_rule, "scale": {"domain": drawn, "range": theme.palette[:len(drawn)]},
                      "legend": {"orient": "bottom", "columns": 1, "title": None}},
        },
        "layer": [
            {"data": {"values": [{"change": 0}]}, "mark": {"type": "rule", "color": "currentColor", "strokeWidth": 1},
             "encoding": {"x": None, "color": None}},
            {"data": {"name": "chosen", "values": []}, "mark": {"type": "rule", "color": "currentColor",
             "strokeDash": [3, 3]}, "encoding": {"y": None, "color": None}},
            {"mark": {"type": "line"}, "encoding": {"strokeWidth": {"condition": chosen, "value": 1.5}}},
            {"mark": {"type": "point", "filled": True, "opacity": 1}, "encoding": {
                "shape": {**by_rule, "scale": {"domain": drawn, "range": list(_SHAPES[:len(drawn)])}},
                "size": {"condition": {**chosen, "value": 110}, "value": 45}}},
        ],
    }  # fmt: skip
