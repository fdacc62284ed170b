"""The state of this site, computed when it is built: dates, versions, seconds per page, vintages and digests.

The page says ``{status} versions`` where a table stands; the tables are made when all pages are known.
"""

from __future__ import annotations

import json
import os
import platform
import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from _ext import digests, exhibits
from _ext.executed import in_order, outputs
from _ext.page_facts import seconds_to_run
from _ext.project import ROOT, citation
from analysis.report import digests as records

TOOLS = ("jupyter-book", "sphinx", "myst-nb", "jupytext", "nbclient", "ipykernel")
"""Packages that make the site; those that compute its numbers are read from `pyproject.toml`."""


RULES = "rules"


class StatusTable(nodes.General, nodes.Element):
    """A table that is made when every page is known."""


class Status(SphinxDirective):
    """Place one of the tables of `TABLES`, or the rules of digests."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the place of the table, or the rules; a name that is neither stops the page."""
        if self.arguments[0] == RULES:
            return [rules()]
        if self.arguments[0] not in TABLES:
            raise self.error(f"no status table {self.arguments[0]!r}; legal: {', '.join([*TABLES, RULES])}")
        return [StatusTable("", name=self.arguments[0])]


def versions(app, docname: str) -> tuple:
    """Return what the site was made from and with."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    date = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d %H:%M} UTC" if stamp else "not known: no commit"
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.match(r"[\w-]+", one)[0] for one in needed]
    rows = [("This report", str(citation()["version"])), ("Last change to it", date)]
    rows.append(("Python", platform.python_version()))
    rows += [(name, _version(name)) for name in [*sorted(names), *TOOLS]]
    return ("What", "Version"), rows


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def pages(app, docname: str) -> tuple:
    """Return how long each page took to run, and what it published."""
    made: dict[str, int] = {}
    for name, _ in outputs(app, exhibits.MIME):
        made[name] = made.get(name, 0) + 1
    rows = []
    for name in in_order(app):
        if (seconds := seconds_to_run(app.env, name)) is None:
            continue
        held = digests.values(app, name)
        digest = digests.of_values(name.removeprefix("book/"), held).digest() if held else "none"
        link = _link(app, docname, name, name.removeprefix("book/"))
        rows.append((link, f"{seconds:.1f}", str(made.get(name, 0)), str(len(held)), _code(digest)))
    return ("Page", "Seconds to run", "Exhibits", "Values", "Digest of its values"), rows


def vintages(app, docname: str) -> tuple:
    """Return each table of the data package with publishers, vintages and checksum."""
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    rows = []
    for table in package["resources"]:
        said = dict.fromkeys(f"{one['publisher']}, {one['vintage']}" for one in table["sources"])
        rows.append((table["name"], "; ".join(said), _code(table["hash"].removeprefix("sha256:"))))
    return ("Table", "Publisher and vintage", "SHA-256 of the table"), rows


def exhibit_digests(app, docname: str) -> tuple:
    """Return every exhibit with its digest."""
    rows = [
        (_link(app, docname, name, payload["id"], f"#{payload['id']}"), _code(digests.of_exhibit(payload).digest()))
        for name, payload in outputs(app, exhibits.MIME)
    ]
    return ("Exhibit", "Digest of its data"), rows


TABLES: dict[str, Callable] = {
    "versions": versions, "pages": pages, "vintages": vintages, "exhibits": exhibit_digests,
}  # fmt: skip


def rules() -> nodes.bullet_list:
    """Return how data become the text that is digested, with the numbers that the program uses."""
    said = (
        "The text has one JSON array per line: the names of the columns first, then the rows, in the exhibit's order.",
        f"Numbers carry {records.DIGITS} significant digits, so that machines that differ in the last bits agree. What "
        "is missing is null.",
        f"A number below {records.NEGLIGIBLE:g} times the largest of its column is what rounding left of nought, and "
        "is written 0.",
        "A number can lie so close to the edge between two roundings that the last bit decides. If it rounds to what "
        f"was published, give or take {records.NOISE:g} of a unit of the last digit, it counts as published.",
        "The digest is the SHA-256 of that text.",
    )
    return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", one)) for one in said))


def _link(app, docname: str, target: str, words: str, anchor: str = "") -> nodes.Node:
    return nodes.reference("", words, refuri=app.builder.get_relative_uri(docname, target) + anchor, internal=True)


def _code(digest: str) -> nodes.Node:
    return nodes.literal("", digest, classes=["checksum"])


def make(app, doctree, docname: str) -> None:
    """Put the tables where they stand."""
    for place in list(doctree.findall(StatusTable)):
        place.replace_self(table(*TABLES[place["name"]](app, docname)))


def table(head: tuple[str, ...], rows: list[tuple]) -> nodes.table:
    """Return a table with column headers and a row header; cells are text or nodes.

    It has no caption, with which it would be numbered among the exhibits; `repairs` names it by the heading above it.
    """
    made, group = nodes.table("", classes=["status"]), nodes.tgroup("", cols=len(head))
    made += group
    for number in range(len(head)):
        column = nodes.colspec("", colwidth=1)
        if number == 0:
            column["stub"] = 1
        group += column
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return made


def _row(cells: tuple) -> nodes.row:
    return nodes.row("", *(nodes.entry("", _paragraph(cell)) for cell in cells))


def _paragraph(cell: str | nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", cell) if isinstance(cell, str) else nodes.paragraph("", "", cell)


def add_style(app, pagename, templatename, context, doctree) -> None:
    """Load the style of these tables on the page that holds them."""
    if doctree is not None and any("status" in one["classes"] for one in doctree.findall(nodes.table)):
        app.add_css_file("status.css")


def setup(app):
    """Register the directive."""
    app.add_node(StatusTable)
    app.add_directive("status", Status)
    app.connect("doctree-resolved", make)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
