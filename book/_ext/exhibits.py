"""Exhibits on the page: what a cell returns from `an.exhibit` becomes a numbered figure or table with a permanent id.

A cell's output carries the exhibit as data (see `MIME`). While a page is parsed it becomes a node that Sphinx numbers
and links to; after the build its files (SVG, PNG, CSV) and the list of all exhibits, `exhibits.json`, are written.
Its data as a table, on a page of its own, is one key away (see `table_view`).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.core import render
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from _ext import digests, inline_svg, light_svg
from _ext.executed import outputs
from _ext.project import addresses

MIME = "application/vnd.two-economies.exhibit+json"
FOLDER = "_exhibits"
_ID = re.compile(r"(?:fig|tab)-[a-z0-9-]+")
REQUIRED = ("id", "title", "alt", "csv", "data", "source")


class FigureExhibit(nodes.General, nodes.Element):
    """A drawing."""


class TableExhibit(nodes.General, nodes.Element):
    """A table."""


class RenderExhibit:
    """Turn the exhibit in a cell's output into a node; MyST-NB calls this for every output type."""

    mime_priority_overrides = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """Return the node of an exhibit, or None for any other type of output."""
        if data.mime_type != MIME or inline:
            return None
        document = renderer.renderer.document
        try:
            node = node_of(data.content)
        except ValueError as problem:
            renderer.logger.error(str(problem), subtype="exhibit", line=data.line)
            return []
        node.source, node.line = document["source"], data.line
        document.note_explicit_target(node, node)
        return [node]


class LinkExhibits(SphinxTransform):
    """Let `[](#fig-id)` read "Fig. 1" and `[words](#fig-id)` its words, on the exhibit's page and on any other."""

    default_priority = 870  # before MyST resolves links of this form for itself, by titles

    def apply(self, **kwargs) -> None:
        """Turn the links into numbered references, which Sphinx resolves and reports if they lead nowhere."""
        for link in list(self.document.findall(nodes.reference)):
            target = link.get("refuri", "")[1:]
            if not (link.get("id_link") and _ID.fullmatch(target)):
                continue
            words = link.astext()
            kind = "ref" if words else "numref"
            reference = addnodes.pending_xref(
                "", nodes.inline("", words or target, classes=["xref", "std", f"std-{kind}"]), refdomain="std",
                reftype=kind, reftarget=target, refexplicit=bool(words), refwarn=True, refdoc=self.env.docname,
            )  # fmt: skip
            reference.source, reference.line = link.source, link.line
            link.replace_self(reference)


def node_of(payload: dict) -> nodes.Element:
    """Return the node of an exhibit.

    Raises
    ------
    ValueError
        If a part is missing, or it is neither a drawing nor a table; the message names exhibit and part.
    """
    name = payload.get("id", "without an id")
    missing = [part for part in REQUIRED if not payload.get(part)]
    if missing:
        raise ValueError(f"exhibit {name}: no {', '.join(missing)}")
    if bool(payload.get("svg")) == bool(payload.get("table_html")):
        raise ValueError(f"exhibit {name}: either 'svg' or 'table_html' is needed, not both or none")
    kind = FigureExhibit if payload.get("svg") else TableExhibit
    shown = {key: value for key, value in payload.items() if key not in {"svg", "png_base64", "csv", "data"}}
    shown["sha256"] = digests.of_exhibit(payload).digest()
    node = kind("", names=[name], exhibit=shown, files=_files(payload))
    drawn = inline_svg.isolate(payload["svg"], name) if kind is FigureExhibit else None
    node["drawing"] = light_svg.light(drawn, _short(name)) if drawn else None
    return node


def _short(name: str) -> str:
    """Return a short name for the parts of a drawing: they are referred to hundreds of times on a page."""
    return f"d{hashlib.sha256(name.encode()).hexdigest()[:5]}"


def _files(payload: dict) -> list[str]:
    have = {"svg": payload.get("svg"), "png": payload.get("png_base64"), "csv": payload.get("csv")}
    return [f"{payload['id']}.{ending}" for ending, content in have.items() if content]


_UNFOLDED = 2
"""Sources listed in full; of more than these, the publishers are named and the rest is on the exhibit's own page."""

_NAMED = 4
"""Publishers named beside an exhibit."""


def _title(node) -> str:
    return node["exhibit"]["title"]


def visit(writer, node) -> None:
    """Write the figure: drawing or table, number, title, note, sources, links."""
    shown, name = node["exhibit"], node["ids"][0]
    root = "../" * writer.builder.current_docname.count("/")
    synthetic = " exhibit--synthetic" if shown.get("synthetic") else ""
    kind = "figure" if node["drawing"] else "table"
    out = writer.body.append
    out(f'<figure class="exhibit exhibit--{kind}{synthetic}" id="{name}">\n')
    if node["drawing"]:
        drawing = inline_svg.described(node["drawing"], shown["alt"])
        out(f'<div class="exhibit-drawing" role="group" aria-label="Drawing of {name}" tabindex="0">{drawing}</div>\n')
        out(f'<p class="exhibit-data"><a href="{root}{FOLDER}/{name}.html">Data as a table<span ')
        out(f'class="visually-hidden"> of {name}</span></a></p>\n')
    else:
        out(shown["table_html"] + "\n")
    out("<figcaption>\n<p>")
    writer.add_fignumber(node)
    out(f'<span class="exhibit-title">{html.escape(shown["title"])}{" †" if shown.get("secondary") else ""}</span>')
    writer.add_permalink_ref(node, "Permanent link to this exhibit")
    out("</p>\n")
    if said := notes(shown):
        out(f'<p class="exhibit-note">{" ".join(said)}</p>\n')
    out(f'<p class="exhibit-source">{_sources(shown["source"], f"{root}{FOLDER}/{name}.html#sources")}.</p>\n')
    out(f'<p class="exhibit-links">{" ".join(_links(writer, node, root))}</p>\n')
    out("".join(node.get("more", [])) + "</figcaption>\n</figure>\n")
    raise nodes.SkipNode


def notes(shown: dict) -> list[str]:
    """Return what a reader must know of an exhibit, as HTML."""
    said = [html.escape(shown["note"])] if shown.get("note") else []
    said += ["<strong>Synthetic data:</strong> drawn from a model, not observed."] if shown.get("synthetic") else []
    said += ["<strong>†</strong> Rests on a figure quoted from a secondary source."] if shown.get("secondary") else []
    return said


def _sources(source: list[dict], full: str) -> str:
    listed = credits(source)
    if len(listed) <= _UNFOLDED:
        return f"{'Source' if len(listed) == 1 else 'Sources'}: {'; '.join(listed)}"
    names = list(dict.fromkeys(html.escape(str(one["publisher"])) for one in source))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED + 1 else ""
    publishers = "; ".join(names[:_NAMED] if more else names) + more
    return f'Sources: {publishers} (<a href="{full}">{len(listed)} datasets, with licences</a>)'


def credits(source: list[dict]) -> list[str]:
    """Return one credit per publisher's dataset, with its licence, each once."""
    found = {}
    for one in source:
        dataset = html.escape(str(one["dataset"]))
        if str(one.get("address") or "").startswith("http"):
            dataset = f'<a class="reference external" href="{html.escape(one["address"])}">{dataset}</a>'
        publisher, vintage = html.escape(str(one["publisher"])), html.escape(str(one["vintage"]))
        found[f"{publisher}, {dataset} ({vintage}; {_licence(one.get('licence'))})"] = None
    return list(found)


def _licence(licence: dict | str | None) -> str:
    if not licence:
        return "licence unverified"
    if isinstance(licence, str):
        return html.escape(licence)
    name = html.escape(str(licence["name"]))
    if licence.get("path"):
        name = f'<a class="reference external" href="{html.escape(licence["path"])}">{name}</a>'
    return name if licence.get("status", "stated") == "stated" else f"{name}, {html.escape(licence['status'])}"


def _links(writer, node, root: str) -> list[str]:
    name, docname = node["ids"][0], writer.builder.current_docname
    links = []
    for file in node["files"]:
        kind = file.rsplit(".", 1)[-1].upper()
        links.append(f'<a href="{root}{FOLDER}/{file}" download aria-label="{kind} of {name}">{kind}</a>')
    links.append(f'<a href="{_code(docname, node["exhibit"], root)}" aria-label="Code of {name}">Code</a>')
    site = addresses().site
    links.append(f'<a href="{site + docname + ".html" if site else ""}#{name}" aria-label="Link to {name}">Link</a>')
    return [*links, digests.link(name, node["exhibit"]["sha256"], f"{root}{FOLDER}/")]


def _code(docname: str, shown: dict, root: str) -> str:
    code = shown.get("code") or {}
    held = addresses().source(code.get("file") or f"{docname}.md")
    line = f"#L{code['line']}" if held and code.get("line") else ""
    return held + line if held else f"{root}_sources/{docname}.md"


def publish(app, exception) -> None:
    """Write the files of every exhibit and `exhibits.json`."""
    if exception or app.builder.format != "html":
        return
    folder, site, listed = Path(app.outdir) / FOLDER, addresses().site or "", []
    folder.mkdir(exist_ok=True)
    for docname, payload in outputs(app, MIME):
        name = payload["id"]
        if payload.get("svg"):
            drawing = inline_svg.isolate(payload["svg"], name)
            _write(folder / f"{name}.svg", inline_svg.standalone(drawing, payload["title"], payload["alt"]).encode())
        if payload.get("png_base64"):
            _write(folder / f"{name}.png", base64.b64decode(payload["png_base64"]))
        _write(folder / f"{name}.csv", payload["csv"].encode())
        record = digests.of_exhibit(payload)
        _write(folder / f"{name}.jsonl", record.text().encode())
        listed.append(
            {
                "id": name, "title": payload["title"], "alt": payload["alt"], "note": payload.get("note"),
                "page": f"{site}{docname}.html", "address": f"{site}{docname}.html#{name}",
                "files": [f"{site}{FOLDER}/{file}" for file in _files(payload)], "source": payload["source"],
                "synthetic": bool(payload.get("synthetic")), "secondary": bool(payload.get("secondary")),
                "rows": payload.get("rows"), "sha256": record.digest(),
            }
        )  # fmt: skip
    (Path(app.outdir) / "exhibits.json").write_text(
        json.dumps(listed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _write(path: Path, content: bytes) -> None:
    if path.exists():
        raise ValueError(f"exhibit file {path.name} is written twice: two cells give the same exhibit id")
    path.write_bytes(content)


def setup(app):
    """Register nodes and renderer.

    MyST-NB finds renderers through entry points of installed packages; this one lives beside the book, so it is added
    to what MyST-NB found.
    """
    installed = [one for one in render.load_mime_renders() if one is not RenderExhibit]
    render.load_mime_renders = lambda: [*installed, RenderExhibit]
    app.add_enumerable_node(FigureExhibit, "figure", _title, html=(visit, None))
    app.add_enumerable_node(TableExhibit, "table", _title, html=(visit, None))
    app.add_transform(LinkExhibits)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
