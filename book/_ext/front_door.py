"""The page at the root of the site: sends the reader to the book, with a title and a language."""

from __future__ import annotations

import html
from pathlib import Path

from _ext.project import addresses, citation

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url={target}">
{canonical}</head>
<body><main><h1>{title}</h1><p><a href="{target}">Read the report</a></p></main></body>
</html>
"""


def write(app, exception) -> None:
    """Write `index.html`, before the table of contents extension writes one without title and language."""
    if exception or app.builder.format != "html":
        return
    target, site = f"{app.config.root_doc}.html", addresses().site
    canonical = f'<link rel="canonical" href="{html.escape(site + target)}">\n' if site else ""
    page = _PAGE.format(title=html.escape(citation()["title"]), target=target, canonical=canonical)
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app):
    """Connect before the extension that writes a page only where there is none."""
    app.connect("build-finished", write, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
