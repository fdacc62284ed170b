"""The data pages, generated from the package: an overview, a section per table, and the fields of each."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

import pandas as pd

from analysis.data import catalogue
from analysis.report.cards import View
from analysis.report.exhibits import table_html


def overview() -> View:
    """Return the list of tables, each linked to its section, with rows, publishers and licence status."""
    held = catalogue.catalogue()
    rows = "".join(
        f'<tr><th scope="row"><a href="#table-{row.table}">{row.table}</a></th><td>{html.escape(row.title)}</td>'
        f'<td class="number">{row.rows:,}</td><td>{html.escape(row.publishers)}</td>'
        f"<td>{html.escape(row.licence)}</td></tr>"
        for row in held.itertuples()
    )
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Table", "What it holds", "Rows", "Publishers", "Licence (status)")
    )
    return View(
        '<table class="exhibit-table"><caption class="visually-hidden">Tables of the data package</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def sections() -> View:
    """Return one section per table: what it is, its sources with licence and address, its checksum."""
    return View("".join(_section(resource) for resource in catalogue._package()["resources"]))


def fields() -> View:
    """Return one section per table with its fields: type, unit, definition."""
    return View("".join(_fields(resource) for resource in catalogue._package()["resources"]))


def _fields(resource: dict) -> str:
    name = resource["name"]
    held = catalogue.describe(name).rename(columns=str.capitalize).astype(object).where(lambda cell: cell != "", "–")
    return (
        f'<section id="fields-{name}" aria-labelledby="heading-{name}">'
        f'<h2 id="heading-{name}">{name}</h2><p>{html.escape(resource["title"])}. '
        f'<a href="data.html#table-{name}">Sources and licence</a>.</p>'
        f"{table_html(pd.DataFrame(held), f'Fields of {name}')}</section>"
    )


def _section(resource: dict) -> str:
    name = resource["name"]
    sources = "".join(
        f"<li><strong>{html.escape(one['publisher'])}</strong>, {html.escape(one['dataset'])}, "
        f"vintage {html.escape(str(one['vintage']))} "
        f"(<code>{html.escape(one['id'])}</code>). {_link(one['address'])} "
        f"Licence: {html.escape(one['licence']['name'])}, "
        f"{html.escape(one['licence']['status'])}. Retrieved via {html.escape(one['retrieved_via'])}.</li>"
        for one in resource["sources"]
    )
    corrections = "".join(
        f"<li>{html.escape('; '.join(f'{key}: {value}' for key, value in one.items()))}</li>"
        for one in resource["corrections"]
    )
    return (
        f'<section id="table-{name}" aria-labelledby="heading-{name}">'
        f'<h2 id="heading-{name}">{name}: {html.escape(resource["title"])}</h2>'
        f"<p>{html.escape(resource['description'])} "
        f'<a href="data-fields.html#fields-{name}">Its fields, with units and definitions</a>.</p>'
        f"<p>Sources:</p><ul>{sources}</ul>"
        + (f"<p>Corrections, each with its reason:</p><ul>{corrections}</ul>" if corrections else "")
        + f'<p>{resource["rows"]:,} rows. <a href="../../data/{name}.csv" download>Download {name}.csv</a>. '
        f'SHA-256 <code class="checksum">{resource["hash"].removeprefix("sha256:")}</code></p></section>'
    )


def _link(address: str) -> str:
    """Link a web address under the name of its host, which is enough to know where it leads."""
    if not address.startswith("http"):
        return f"{html.escape(address)}."
    return f'<a href="{html.escape(address)}">{html.escape(urlsplit(address).netloc)}</a>.'
