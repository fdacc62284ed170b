"""Tell reference managers, search engines and link previews what a page is: from `CITATION.cff`, for every page."""

from __future__ import annotations

import html
import json

from docutils import nodes

from _ext.project import addresses, citation

_LENGTH = 200


def describe(doctree) -> str:
    """Return the first paragraph of a page's own text, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "page-facts" in paragraph["classes"] or not isinstance(paragraph.parent, (nodes.section, nodes.document)):
            continue
        words = " ".join(paragraph.astext().split())
        return words if len(words) <= _LENGTH else words[:_LENGTH].rsplit(" ", 1)[0] + " …"
    return citation()["title"]


def authors() -> list[str]:
    """Return the authors as they are cited: an entity by its name."""
    return [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in citation()["authors"]]


def tags(title: str, description: str, pagename: str, is_root: bool) -> str:
    """Return the head elements of one page."""
    cff, address = citation(), (addresses().site or "") + f"{pagename}.html" if addresses().site else None
    date = str(cff["date-released"])
    named = [("description", description), ("citation_title", cff["title"] if is_root else title)]
    named += [("citation_author", author) for author in authors()]
    named += [("citation_publication_date", date.replace("-", "/")), ("citation_language", "en")]
    named += [] if is_root else [("citation_inbook_title", cff["title"])]
    named += [("citation_fulltext_html_url", address)] if address else []
    shared = [("og:type", "website" if is_root else "article"), ("og:title", title), ("og:description", description)]
    shared += [("og:site_name", cff["title"]), ("og:locale", "en_GB")] + ([("og:url", address)] if address else [])
    lines = [f'<meta name="{name}" content="{html.escape(value)}">' for name, value in named]
    lines += [f'<meta property="{name}" content="{html.escape(value)}">' for name, value in shared]
    return "\n".join([*lines, _json_ld(title, description, date, address, is_root)])


def _json_ld(title: str, description: str, date: str, address: str | None, is_root: bool) -> str:
    cff = citation()
    people = [{"@type": "Organization", "name": name} for name in authors()]
    report = {"@type": "Report", "name": cff["title"], "author": people}
    chapter = {"@type": "Chapter", "name": title, "author": people, "isPartOf": report}
    about = {
        "@context": "https://schema.org",
        **(report if is_root else chapter),
        "description": description,
        "datePublished": date,
        "version": str(cff["version"]),
        "inLanguage": "en",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    if address:
        about["url"] = address
    text = json.dumps(about, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def add_tags(app, pagename, templatename, context, doctree) -> None:
    """Add the elements to the head of a page that has text."""
    if doctree is not None:
        title = app.env.titles[pagename].astext()
        context["metatags"] = context.get("metatags", "") + tags(
            title, describe(doctree), pagename, pagename == app.config.root_doc
        )


def setup(app):
    """Connect to the writing of pages."""
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
