"""Read outputs of executed pages by their type, whether they ran in this build or came from the cache.

MyST-NB writes each page as a notebook beside the site, but without outputs when they come from the cache; here they are
put in, so that what readers download and what is published from it is complete in every build.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from myst_nb.core.execute.cache import NotebookClientCache

_start = NotebookClientCache.start_client


def start_client(self) -> None:
    """Start as MyST-NB does, then carry outputs from the cache over to the notebook that it will write."""
    written = self.notebook
    _start(self)
    if self.notebook is not written:
        written.cells = self.notebook.cells


def outputs(app, mime: str) -> Iterator[tuple[str, Any]]:
    """Yield page name and content of every output of a type, page by page in the order of the book."""
    for docname in in_order(app):
        path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb"
        if not path.exists():
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if mime in output.get("data", {}):
                    yield docname, output["data"][mime]


def in_order(app) -> list[str]:
    """Return the names of all pages, in the order of the table of contents."""
    order, seen = [], set()

    def walk(docname: str) -> None:
        if docname not in seen:
            seen.add(docname)
            order.append(docname)
            for child in app.env.toctree_includes.get(docname, []):
                walk(child)

    walk(app.config.root_doc)
    return order + sorted(set(app.env.found_docs) - seen)


def setup(app):
    """Mend the cache's client, once however often a process builds."""
    NotebookClientCache.start_client = start_client
    return {"parallel_read_safe": True, "parallel_write_safe": True}
