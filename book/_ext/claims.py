"""Publish the ledger of claims, as the front page shows it, in `claims.json`."""

from __future__ import annotations

import json
from pathlib import Path

from myst_nb.core import render
from sphinx.errors import ExtensionError

from _ext.executed import outputs
from _ext.project import addresses

MIME = "application/vnd.two-economies.claims+json"


class ClaimsAreNotShown:
    """Accept the data beside the claim board, which has no form of its own on the page."""

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """Return no nodes for the ledger, None for any other type of output."""
        return [] if data.mime_type == MIME else None


def publish(app, exception) -> None:
    """Write `claims.json`; two pages that disagree on a claim are an error. A chapter not yet written has no page."""
    if exception or app.builder.format != "html":
        return
    site, ledger = addresses().site or "", {}
    for docname, judgements in outputs(app, MIME):
        for one in judgements:
            known = ledger.setdefault(one["id"], one)
            if known != one:
                raise ExtensionError(f"claim {one['id']}: {docname} says otherwise than an earlier page")
    there = app.env.found_docs
    pages = {key: f"book/{one['chapter']}" for key, one in ledger.items()}
    listed = [
        {**one, "page": f"{site}{pages[key]}.html" if pages[key] in there else None} for key, one in ledger.items()
    ]
    text = json.dumps(listed, indent=1, ensure_ascii=False, allow_nan=False)
    (Path(app.outdir) / "claims.json").write_text(text + "\n", encoding="utf-8")


def setup(app):
    """Add the renderer beside those that MyST-NB found, as in `exhibits`."""
    earlier = render.load_mime_renders
    render.load_mime_renders = lambda: [*earlier(), ClaimsAreNotShown]
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
