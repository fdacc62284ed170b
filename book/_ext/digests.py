"""Digests on the page: of every exhibit and of every page's values, as `analysis.report.digests` computes them.

A number on the edge of its rounding is taken as published (see there), so a site built by another version of Python
shows the same digests. What was not published yet has the digest of what the page gives.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path

from _ext.project import ROOT
from analysis.report import digests, published

SHORT = 12


@cache
def kept():
    """Return what is published with this checkout, or None where nothing is."""
    folder = ROOT / published.FOLDER
    return published.read(folder) if (folder / published.INDEX).is_file() else None


def of_exhibit(payload: dict):
    """Return the record of an exhibit, from the data that its cell carries."""
    return digests.settled(digests.read(payload["data"]), _published(published.EXHIBITS, payload["id"]))


def of_values(page: str, values: dict):
    """Return the record of what one page published."""
    return digests.settled(published.values(values), _published(published.VALUES, page))


def values(app, docname: str) -> dict:
    """Return the values that a page published, as its run in this build or the cache left them."""
    path = Path(app.outdir).parent / "jupyter_execute" / f"{docname}.glue.json"
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: ast.literal_eval(one["data"]["text/plain"]) for name, one in held.items()}


def link(name: str, digest: str, folder: str) -> str:
    """Return the link from an exhibit to its record, which names its digest."""
    return (
        f'<a href="{folder}{name}.jsonl" download title="SHA-256 {digest}" '
        f'aria-label="Digest {digest[:SHORT]} of {name}">Digest {digest[:SHORT]}</a>'
    )


def _published(kind: str, name: str):
    return kept().record(kind, name) if kept() else None
