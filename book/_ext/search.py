"""Search: the words of every place of the book, in one file that the search page reads, from disk as from a host.

The theme's search knows whole words only: it splits "66.9" and drops numbers, does not see what exhibits say, and a
Korean word with a particle is another word to it. Here the text itself is searched, by section and exhibit, so that a
hit leads to its place; `search.js` does the searching and loads the words with the first query.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from _ext.executed import in_order
from _ext.exhibits import FigureExhibit, TableExhibit

FILE = "search-text.js"
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.S)
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_DRAWN = re.compile(r"<(?:text|tspan)\b[^>]*>([^<]+)<")
_SECTION = re.compile(r'<section id="([^"]+)"[^>]*>\s*<h\d[^>]*>(.*?)</h\d>', re.S)
_NOT_READ = (nodes.literal_block, nodes.comment, nodes.system_message, nodes.image, addnodes.toctree)


def plain(markup: str) -> str:
    """Return the words of a piece of HTML.

    Examples
    --------
    >>> plain("<td>66.9&nbsp;%</td><td>생산성</td>")
    '66.9 % 생산성'
    """
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def places(doctree: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield anchor, heading and words of every section and exhibit of a page; the page itself has no anchor."""
    found: list[tuple[str, str, list[str]]] = [("", "", [])]

    def walk(node: nodes.Node, place: tuple[str, str, list[str]]) -> None:
        for child in node.children:
            if isinstance(child, _NOT_READ):
                continue
            if isinstance(child, nodes.section):
                title = child.next_node(nodes.title)
                top = isinstance(child.parent, nodes.document)
                inner = place if top else (child["ids"][0], title.astext() if title else "", [])
                found.extend([] if top else [inner])
                walk(child, inner)
            elif isinstance(child, nodes.definition_list_item) and child.next_node(nodes.term)["ids"]:
                terms = list(child.findall(nodes.term))
                names = ", ".join(term.astext() for term in terms)
                found.append((terms[0]["ids"][0], names, [child.next_node(nodes.definition).astext()]))
            elif isinstance(child, addnodes.desc) and (signature := child.next_node(addnodes.desc_signature))["ids"]:
                inner = (signature["ids"][0], signature["ids"][0], [])
                found.append(inner)
                walk(child, inner)
            elif isinstance(child, (FigureExhibit, TableExhibit)):
                found.append((child["ids"][0], child["exhibit"]["title"], [_exhibit(child)]))
            elif isinstance(child, nodes.raw):
                first, *parts = _SECTION.split(child.astext())
                place[2].append(plain(first))
                for anchor, heading, words in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
                    found.append((anchor, plain(heading), [plain(words)]))
            elif isinstance(child, nodes.TextElement) and "page-facts" not in child["classes"]:
                place[2].append(child.astext())
            else:
                walk(child, place)

    walk(doctree, found[0])
    for anchor, heading, words in found:
        if text := " ".join(_DIGEST.sub("", " ".join(words)).split()):
            yield anchor, heading, text


def _exhibit(node: nodes.Element) -> str:
    shown = node["exhibit"]
    drawn = " ".join(dict.fromkeys(html.unescape(word) for word in _DRAWN.findall(node["drawing"] or "")))
    said = [shown["alt"], shown.get("note") or "", plain(shown.get("table_html") or ""), drawn]
    said += dict.fromkeys(str(one["publisher"]) for one in shown["source"])
    return " ".join([*said, node["ids"][0]])


def read(app, pagename, templatename, context, doctree) -> None:
    """Keep the words of a page as it is written; give the search page its scripts."""
    if doctree is not None:
        app.env.book_words = {**getattr(app.env, "book_words", {}), pagename: list(places(doctree))}
    elif pagename == "search":
        app.add_js_file("search.js", loading_method="defer")


def publish(app, exception) -> None:
    """Write the words of the book, and drop the theme's index, which nothing reads."""
    if exception or app.builder.format != "html":
        return
    held = getattr(app.env, "book_words", {})
    names = [name for name in in_order(app) if name in held]
    content = {
        "pages": [[f"{name}.html", app.env.titles[name].astext()] for name in names],
        "places": [[number, *place] for number, name in enumerate(names) for place in held[name]],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    out = Path(app.outdir)
    (out / "_static" / FILE).write_text(f"window.bookWords={text};\n", encoding="utf-8")
    for unread in ("searchindex.js", "_static/searchtools.js", "_static/language_data.js"):
        (out / unread).unlink(missing_ok=True)


def setup(app):
    """Connect to the writing of pages and to the end of the build."""
    app.connect("html-page-context", read)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
