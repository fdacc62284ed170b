"""The page for a wrong address, `404.html`: its links work from any depth, with or without a site address.

A host shows it under whatever address was asked for, so relative links would miss. With a site address the links start
at its path; without one a short script finds the root: what stands before a folder of the book, or else this folder.
"""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import urlsplit

from _ext.executed import in_order
from _ext.project import addresses, citation

FOLDERS = ("book", "data", "_exhibits", "_sources", "_static")
_STYLE = """:root{color-scheme:light dark}
body{font:1rem/1.6 system-ui,"Segoe UI",Roboto,"Noto Sans KR",sans-serif;max-width:44rem;margin:0 auto;padding:1rem}
a{text-underline-offset:.15em}li{padding:.15rem 0}
@media (prefers-color-scheme:light){a{color:#005a9c}body{background:#fff;color:#1b1f24}}
@media (prefers-color-scheme:dark){a{color:#7cc0ff}body{background:#14181e;color:#e8ebef}}"""
_SCRIPT = """const path = location.pathname, held = document.documentElement.dataset.root;
const folder = path.search(/\\/(%s)(\\/|$)/), project = /\\.(github|gitlab)\\.io$/.test(location.hostname);
const guess = folder >= 0 ? path.slice(0, folder + 1) : project ? path.match(/^\\/[^/]*/)[0] + "/" : "/";
const root = location.protocol === "file:" ? path.replace(/[^/]*$/, "") : held || guess;
document.querySelectorAll("a[data-page]").forEach((link) => { link.href = root + link.dataset.page; });""" % "|".join(
    FOLDERS
)
_PAGE = """<!DOCTYPE html>
<html lang="en"{root}>
<head>
<meta charset="utf-8">
<title>Page not found — {title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>There is no page at this address</h1>
<p>The address may be mistyped, or the page may have moved. Addresses of chapters and exhibits are permanent: if a link
that was cited leads here, it is an error of ours.</p>
<p>{front} · {search} · {report}</p>
<h2>Chapters</h2>
<ul>
{chapters}
</ul>
</main>
<script>{script}</script>
</body>
</html>
"""


def page(titles: dict[str, str], root_doc: str, site: str | None) -> str:
    """Return the page, which lists `titles`: names of pages with what they are called, in the order of the book."""
    root = urlsplit(site).path if site else ""

    def link(name: str, words: str) -> str:
        return f'<a href="{html.escape(root + name)}.html" data-page="{name}.html">{html.escape(words)}</a>'

    report = "book/appendix/corrections"
    return _PAGE.format(
        root=f' data-root="{html.escape(root)}"' if site else "", title=html.escape(citation()["title"]), style=_STYLE,
        script=_SCRIPT, front=link(root_doc, "Front page"), search=link("search", "Search the book"),
        report=link(report, "Report an error") if report in titles else "",
        chapters="\n".join(f"<li>{link(name, words)}</li>" for name, words in titles.items() if name != root_doc),
    )  # fmt: skip


def write(app, exception) -> None:
    """Write `404.html` at the root of the site."""
    if exception or app.builder.format != "html":
        return
    titles = {name: app.env.titles[name].astext() for name in in_order(app) if name in app.env.titles}
    (Path(app.outdir) / "404.html").write_text(page(titles, app.config.root_doc, addresses().site), encoding="utf-8")


def setup(app):
    """Connect after the pages are written."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
