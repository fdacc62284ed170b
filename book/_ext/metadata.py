"""Tell reference managers, search engines and link previews what a page is.

Every page has a description and what link previews show. Only a chapter is a scholarly article: it alone has the
`citation_*` tags that Google Scholar and Zotero read; `printing` adds its PDF. The front page stands for the report.
"""

from __future__ import annotations

import html
import json
import posixpath

from docutils import nodes

from _ext import cite, social_cards
from _ext.chapters import chapters
from _ext.project import addresses, citation
from analysis.report import citations
from analysis.report.citations import Work

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_LENGTH = 200


def describe(doctree) -> str:
    """Return the first paragraph of a page's own text, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "page-facts" in paragraph["classes"] or not isinstance(paragraph.parent, (nodes.section, nodes.document)):
            continue
        words = " ".join(paragraph.astext().split())
        return words if len(words) <= _LENGTH else words[:_LENGTH].rsplit(" ", 1)[0] + " …"
    return citation()["title"]


def script(data: dict) -> str:
    """Return data as a JSON-LD script element; nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'


def address(path: str, docname: str) -> str:
    """Return the address of a file of the site: absolute if the site has one, else seen from a page."""
    site = addresses().site
    return site + path if site else posixpath.relpath(path, posixpath.dirname(docname))


def people() -> list[dict]:
    """Return the authors for JSON-LD: an entity as an organisation, others as persons."""
    return [
        {"@type": "Organization", "name": one["name"]}
        if one.get("name")
        else {"@type": "Person", "givenName": one["given-names"], "familyName": one["family-names"]}
        for one in citation()["authors"]
    ]


def previews(work: Work, title: str, description: str, docname: str) -> list[str]:
    """Return the elements that link previews read; `work` is what the page belongs to and whose card it shows."""
    site, image = addresses().site, address(f"{social_cards.FOLDER}/{work.id}.png", docname)
    width, height = social_cards.SIZE
    shared = [
        ("og:type", "article" if work.kind == "chapter" else "website"), ("og:title", title),
        ("og:description", description), ("og:site_name", citation()["title"]), ("og:locale", "en_GB"),
        *([("og:url", f"{site}{docname}.html")] if site else []),
        ("og:image", image), ("og:image:type", "image/png"), ("og:image:width", str(width)),
        ("og:image:height", str(height)), ("og:image:alt", social_cards.alternative(title)),
    ]  # fmt: skip
    lines = [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in shared]
    return [*lines, '<meta name="twitter:card" content="summary_large_image">']


def highwire(work: Work) -> list[str]:
    """Return the `citation_*` tags of a chapter."""
    named = [("citation_title", work.title)]
    named += [("citation_author", citations.name(one)) for one in work.authors]
    named += [("citation_publication_date", f"{work.released:%Y/%m/%d}"), ("citation_inbook_title", work.book)]
    named += [("citation_publisher", citations.publisher(work)), ("citation_language", "en")]
    named += [("citation_fulltext_html_url", work.url)] if work.url else []
    return [f'<meta name="{name}" content="{html.escape(value)}">' for name, value in named]


def about(work: Work, description: str, docname: str, shown: list[dict], root: str) -> dict:
    """Return what a chapter or the report is, for JSON-LD."""
    report = {"@type": "Report", "name": citation()["title"], "url": address(f"{root}.html", docname)}
    own = {
        "name": work.title, "author": people(), "description": description, "identifier": work.key,
        "datePublished": work.released.isoformat(), "version": work.version, "inLanguage": "en", "license": LICENCE,
        "creditText": citations.text(work, "APA"), "url": address(work.path, docname),
    }  # fmt: skip
    if work.kind == "book":
        return {"@context": "https://schema.org", "@type": "Report", **own}
    tables = dict.fromkeys(one["table"] for exhibit in shown for one in exhibit["source"] if _held(one.get("table")))
    based = [{"@type": "Dataset", "name": name, "url": address(f"data/{name}.csv", docname)} for name in tables]
    return {
        "@context": "https://schema.org", "@type": "ScholarlyArticle", "headline": work.title, **own,
        "isPartOf": report, **({"isBasedOn": based} if based else {}),
    }  # fmt: skip


def _held(table: str | None) -> bool:
    """Return whether a source is a table of the data package; the others are the project's programs."""
    return bool(table) and "/" not in table


def add_tags(app, pagename, templatename, context, doctree) -> None:
    """Add the elements to the head of a page that has text."""
    if doctree is None:
        return
    title, description = app.env.titles[pagename].astext(), describe(doctree)
    work = cite.chapter(app, pagename) if pagename in chapters() else cite.book(app)
    lines = [f'<meta name="description" content="{html.escape(description)}">']
    lines += highwire(work) if work.kind == "chapter" else []
    lines += previews(work, title, description, pagename)
    if work.kind == "chapter" or pagename == app.config.root_doc:
        shown = app.env.exhibits_shown[pagename]
        lines.append(script(about(work, description, pagename, shown, app.config.root_doc)))
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)


def setup(app):
    """Connect to the writing of pages."""
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
