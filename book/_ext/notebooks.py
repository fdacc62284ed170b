"""Every page that runs code as a plain notebook too: `notebooks/PAGE.ipynb` in the site, and offered on the page.

The cells are those of the twins in the repository (see `analysis.report.notebooks`); beside the site they carry what
the page's own run showed, so that a reader sees figures and tables before running anything.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import v4

from _ext import digests, exhibits
from _ext.executed import outputs
from _ext.project import ROOT, addresses
from analysis.report import notebooks, pages, published

FOLDER = "notebooks"
"""Folder of the site; the repository keeps twins in `analysis.report.notebooks.FOLDER`."""
BUTTON = "download-notebook-button"


def page_of(docname: str) -> str:
    """Return the name that a page has among notebooks."""
    return docname.removeprefix("book/")


def runs_code(app, docname: str) -> bool:
    """Return whether a page runs code, and so has a twin."""
    return "kernelspec" in app.env.metadata.get(docname, {})


def offer(app, pagename, templatename, context, doctree) -> None:
    """Offer the twin first among the downloads of a page."""
    if doctree is None or not runs_code(app, pagename):
        return
    address = context["pathto"](f"{FOLDER}/{page_of(pagename)}.ipynb", 1)
    button = {
        "type": "link", "url": address, "text": ".ipynb", "icon": "fas fa-code", "label": BUTTON,
        "tooltip": "Download this page as a notebook",
    }  # fmt: skip
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            others = [one for one in group["buttons"] if one.get("label") != BUTTON]
            group["buttons"] = [button, *others]


def publish(app, exception) -> None:
    """Write the twin of every page that runs code."""
    if exception or app.builder.format != "html":
        return
    held, running = addresses(), [name for name in sorted(app.env.found_docs) if runs_code(app, name)]
    kept = published.Published(
        {published.VALUES: {page_of(name): _values(app, name) for name in running}}, {},
        {payload["id"]: page_of(name) for name, payload in outputs(app, exhibits.MIME)},
    )  # fmt: skip
    whole = notebooks.book(ROOT, kept, held.site, held.repository)
    for name in running:
        twin = notebooks.twin(page_of(name), pages.source(ROOT, page_of(name)), whole)
        _fill(twin, Path(app.outdir).parent / "jupyter_execute" / f"{name}.ipynb")
        path = Path(app.outdir) / FOLDER / f"{page_of(name)}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(notebooks.written(twin), encoding="utf-8")


def _values(app, docname: str):
    """Return the values of a page, as published where they are the same, as the twins in the repository cite them."""
    return digests.of_values(page_of(docname), digests.values(app, docname))


def _fill(twin, executed: Path) -> None:
    """Put outputs of the page's run into its twin: cell for cell, after the one that the twin begins with."""
    shown = [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]
    own = [cell for cell in twin.cells if cell.cell_type == "code"][1:]
    for cell, ran in zip(own, shown, strict=False):  # the twin ends with one cell more, which has not run
        cell.outputs = [plain for output in ran.outputs for plain in _plain(output)]


def _plain(output) -> list:
    """Return an output as any notebook shows it: a drawing as PNG, since a notebook not yet trusted shows no SVG."""
    data = output.get("data", {})
    if exhibits.MIME in data:
        payload = data[exhibits.MIME]
        title = {"text/plain": payload["title"]}
        shown = {"image/png": payload.get("png_base64"), "text/html": payload.get("table_html")}
        words = {"text/html": f"<p>{payload.get('caption_html') or payload['title']}</p>", **title}
        drawn = {kind: content for kind, content in shown.items() if content}
        return [v4.new_output("display_data", one) for one in ({**drawn, **title}, words)]
    if output["output_type"] == "stream":
        return [output]
    kept = {kind: content for kind, content in data.items() if kind.startswith(("text/", "image/"))}
    return [v4.new_output("display_data", kept)] if kept else []


def setup(app):
    """Connect after the theme has made its buttons, and after the pages are written."""
    app.connect("html-page-context", offer, priority=600)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
