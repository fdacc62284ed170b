"""Exhibits: a figure or table with its finding, data, sources, licence, alternative text and permanent id."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import __version__, theme
from analysis.data.catalogue import load
from analysis.report import digests, project_files

MIME = "application/vnd.two-economies.exhibit+json"
ROOT = project_files.ROOT
_ID = re.compile(r"(fig|tab)-[a-z0-9]+(-[a-z0-9]+)*")
MARKS = ["synthetic", "secondary"]
"""Columns that mark an exhibit: the caption says what they say, so a table does not show them."""
_SOURCE_PARTS = ("publisher", "dataset", "vintage", "address", "licence")


@dataclass(frozen=True)
class Exhibit:
    """A figure or table that can stand alone in a brief. Made by `exhibit`."""

    id: str
    title: str
    alt: str
    caption: str
    svg: str | None
    png: bytes | None
    table: str | None
    data: pd.DataFrame
    source: tuple[dict, ...]
    note: str | None
    synthetic: bool
    secondary: bool

    def csv(self) -> str:
        """Return the data behind the exhibit as csv, its title and sources in comment lines on top."""
        credit = [f"# {self.title}"]
        credit += ["# SYNTHETIC DATA: drawn from a model, not observed"] if self.synthetic else []
        credit += [
            f"# Source: {one['publisher']}, {one['dataset']}, {one['vintage']}. {one['address']}" for one in self.source
        ]
        return "\n".join(credit) + "\n" + self.data.to_csv(index=False, lineterminator="\n")

    def payload(self) -> dict:
        """Return everything the site needs, as plain values."""
        return {
            "id": self.id, "title": self.title, "alt": self.alt, "caption_html": self.caption, "svg": self.svg,
            "png_base64": base64.b64encode(self.png).decode() if self.png else None, "table_html": self.table,
            "csv": self.csv(), "data": digests.of(self.data).text(digests.EXACT),
            "source": list(self.source), "note": self.note, "code": None,
            "synthetic": self.synthetic, "secondary": self.secondary, "rows": len(self.data),
        }  # fmt: skip

    def _repr_html_(self) -> str:
        body = f'<div role="img" aria-label="{html.escape(self.alt)}">{self.svg}</div>' if self.svg else self.table
        return (
            f'<figure data-exhibit="{self.id}" class="exhibit">{body}<figcaption>{self.caption}</figcaption></figure>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": f"{self.id}: {self.title}", "text/html": self._repr_html_(), MIME: self.payload()}


def exhibit(
    id: str,
    figure: Figure | Axes | None,
    data: pd.DataFrame | None = None,
    title: str = "",
    alt: str = "",
    source: Sequence[str] = (),
    note: str | None = None,
) -> Exhibit:
    """Make an exhibit: what a chapter shows, with everything a reader needs to check and cite it.

    Parameters
    ----------
    id : str
        Permanent id, the address of the exhibit: ``fig-`` or ``tab-`` and words joined by hyphens.
    figure : Figure, Axes or None
        What to draw; None makes `data` itself the exhibit, as a table.
    data : DataFrame
        Every number that is drawn. A true value in a column ``secondary`` or ``synthetic`` marks the exhibit as such.
    title : str
        The finding, as a sentence, with its unit and year.
    alt : str
        What the picture shows, in words, for those who do not see it (at least 40 characters).
    source : sequence of str
        Tables of the data package; ``"table:source-id"`` names one publisher of a table that has several, and
        ``"table:figure-id"`` the publication that one figure was read in; ``"code:path"`` the project's own program,
        for what it drew or measured itself.
    note : str, optional
        What the reader must know: definitions, who was left out and why.

    Returns
    -------
    Exhibit

    Raises
    ------
    ValueError
        If a part is missing, the id is malformed, or a source is unknown; the message lists the legal ones.

    Examples
    --------
    >>> import analysis as an
    >>> import pandas as pd
    >>> shown = an.exhibit(
    ...     "tab-example", None, data=pd.DataFrame({"country": ["KOR"], "value": [51.0]}), title="An example",
    ...     alt="A table with one row: Korea and a value in dollars per hour.", source=["gdp_per_hour"])
    >>> shown.secondary, len(shown.source) > 1
    (False, True)
    """
    if not _ID.fullmatch(id):
        raise ValueError(f"exhibit id {id!r}: it must read fig-... or tab-..., lower-case words joined by hyphens")
    for part, given in (("data", data), ("title", title), ("alt", alt), ("source", source)):
        if given is None or len(given) == 0:
            raise ValueError(f"exhibit {id}: {part!r} is missing")
    if len(alt) < 40:
        raise ValueError(f"exhibit {id}: 'alt' has {len(alt)} characters; say in at least 40 what the picture shows")
    if isinstance(source, str):
        raise ValueError(f"exhibit {id}: 'source' is a list of table names, not one string")
    if isinstance(figure, Axes):
        figure = figure.get_figure()
    sources = tuple(one for name in source for one in _sources(id, name))
    synthetic, secondary = (
        bool(name in data and data[name].fillna(False).astype(bool).any()) for name in MARKS
    )
    if synthetic and figure is not None:
        theme.mark_synthetic(figure)
    return Exhibit(
        id=id, title=title, alt=alt, caption=_caption(title, note, sources, synthetic, secondary),
        svg=theme.svg(figure, id) if figure is not None else None,
        png=theme.png(figure) if figure is not None else None,
        table=None if figure is not None else table_html(data.drop(columns=MARKS, errors="ignore"), title),
        data=data.copy(), source=sources, note=note,
        synthetic=synthetic, secondary=secondary,
    )  # fmt: skip


def table_html(data: pd.DataFrame, caption: str, hidden_caption: bool = True) -> str:
    """Return a data frame as an accessible HTML table: a caption, column headers and a row header with their scope."""
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in data.columns)
    rows = []
    for row in data.itertuples(index=False):
        cells = [html.escape(_cell(value)) for value in row]
        classes = ["number" if isinstance(value, (int, float)) and not isinstance(value, bool) else "" for value in row]
        body = "".join(
            f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>"
            for kind, cell in zip(classes[1:], cells[1:], strict=True)
        )
        rows.append(f'<tr><th scope="row">{cells[0]}</th>{body}</tr>')
    hide = ' class="visually-hidden"' if hidden_caption else ""
    return (
        f'<table class="exhibit-table"><caption{hide}>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(value) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return "not available"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    return str(value)


def _sources(id: str, name: str) -> list[dict]:
    table, _, wanted = name.partition(":")
    if table == "code":
        return [_own(id, wanted)]
    held = load(table)
    sources = held.attrs["source"]
    if wanted in ("", *(one["id"] for one in sources)):
        chosen = [one for one in sources if wanted in ("", one["id"])]
        return [{**{part: one[part] for part in _SOURCE_PARTS}, "table": table} for one in chosen]
    rows = held[held["id"] == wanted] if {"id", "source_title"} <= set(held) else held.iloc[:0]
    if rows.empty:
        legal = ", ".join(f"{table}:{one['id']}" for one in sources)
        raise ValueError(f"exhibit {id}: source {name!r} is unknown; legal: {table}, {legal}, or the id of a figure")
    row = rows.iloc[0]
    publisher, _, work = row["source_title"].partition(", ")
    licence = {"name": "reuse terms", "status": "unverified"}
    return [
        {
            "publisher": publisher,
            "dataset": work or "table",
            "vintage": str(row["year"]),
            "address": row["source_address"],
            "licence": licence,
            "table": table,
        }
    ]


def _own(id: str, path: str) -> dict:
    """Cite the project's own program, for what it drew or measured."""
    try:
        project_files.held(path)
    except FileNotFoundError as problem:
        raise ValueError(f"exhibit {id}: source 'code:{path}' is no file of the project") from problem
    return {
        "publisher": "Two Economies project", "dataset": f"computed by {path}", "vintage": __version__, "address": path,
        "licence": {"name": "CC BY 4.0", "status": "stated"}, "table": path,
    }  # fmt: skip


def _caption(title: str, note: str | None, sources: tuple[dict, ...], synthetic: bool, secondary: bool) -> str:
    marks = ["<strong>Synthetic data:</strong> drawn from a model, not observed."] if synthetic else []
    marks += ["<strong>†</strong> Figure quoted from a secondary source (press or third party)."] if secondary else []
    credits = dict.fromkeys(
        f"{html.escape(one['publisher'])}, {html.escape(one['dataset'])} ({html.escape(str(one['vintage']))})"
        for one in sources
    )
    parts = [f'<span class="exhibit-title">{html.escape(title)}{" †" if secondary else ""}</span>']
    parts += (
        [f'<span class="exhibit-note">{" ".join(([html.escape(note)] if note else []) + marks)}</span>']
        if note or marks
        else []
    )
    parts.append(f'<span class="exhibit-source">Source: {"; ".join(credits)}.</span>')
    return " ".join(parts)
