"""Tie the glossary to the book: a term says which page uses it first, and a page links a term where it first uses it.

Both are found in the text itself, so that neither can go stale. Only whole terms in running text count, singular or
plural; headings, links, code and captions stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode

from _ext.executed import in_order

PAGE = "book/appendix/glossary"
_OUTSIDE = (
    nodes.reference, nodes.literal, nodes.title, nodes.raw, nodes.math, nodes.caption, nodes.citation, nodes.term,
    addnodes.pending_xref,
)  # fmt: skip
_QUIET = ("book/appendix/api",)
"""Pages made of docstrings, where links on common words would be noise."""


def terms(env) -> dict[str, str]:
    """Return every term of the glossary with the id of its place there."""
    held = env.get_domain("std").objects
    return {name: anchor for (kind, name), (docname, anchor) in held.items() if kind == "term" and docname == PAGE}


def pattern(names) -> re.Pattern:
    """Return what finds any of the terms, the longest first, as written or in the plural.

    Examples
    --------
    >>> pattern(["wage gap", "gap"]).findall("Wage gaps and a gaping gap")
    ['Wage gap', 'gap']
    """
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, ordered))})(?=(?:s|es)?(?![\w-]))", re.I)


def running_text(doctree: nodes.document) -> Iterator[nodes.Text]:
    """Yield the texts of a page's paragraphs, without links, code and headings."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "page-facts" in paragraph["classes"] or isinstance(paragraph.parent, nodes.term):
            continue
        for text in list(paragraph.findall(nodes.Text)):
            above = list(_above(text))
            if paragraph in above and not any(isinstance(one, _OUTSIDE) for one in above):
                yield text


def _above(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield what a node stands in; one that a page cites from another may stand in nothing, and is left alone."""
    while node.parent is not None:
        node = node.parent
        yield node


def link_first_uses(app, doctree, docname) -> None:
    """Link each term to the glossary where a page first uses it; on the glossary say which page uses it first."""
    held = {name.lower(): (name, anchor) for name, anchor in terms(app.env).items()}
    if not held or docname.startswith(_QUIET):
        return
    if docname == PAGE:
        _say_where(app, doctree, held)
        return
    found, seen = pattern(held), set()
    for text in running_text(doctree):
        made, at = [], 0
        for match in found.finditer(text):
            name = match[0].lower()
            if name in seen:
                continue
            seen.add(name)
            words = nodes.inline(match[0], match[0], classes=["glossary-term"])
            made += [
                nodes.Text(text[at : match.start()]),
                make_refnode(app.builder, docname, PAGE, held[name][1], words),
            ]
            at = match.end()
        if made:
            text.parent.replace(text, [*made, nodes.Text(text[at:])])


def _say_where(app, doctree: nodes.document, held: dict[str, tuple[str, str]]) -> None:
    found, first = pattern(held), {}
    for name in in_order(app):
        if name != PAGE and not name.startswith(_QUIET):
            for text in running_text(app.env.get_doctree(name)):
                for match in found.finditer(text):
                    first.setdefault(match[0].lower(), name)
    for item in doctree.findall(nodes.definition_list_item):
        definition = item.next_node(nodes.definition)
        pages = [first[name] for term in item.findall(nodes.term) if (name := term.astext().lower()) in first]
        if page := min(pages, key=in_order(app).index, default=None):
            title = app.env.titles[page].astext()
            link = make_refnode(app.builder, PAGE, page, "", nodes.inline(title, title))
            definition += nodes.paragraph("", "First used in ", link, classes=["glossary-first"])


def setup(app):
    """Connect when references are resolved."""
    app.connect("doctree-resolved", link_first_uses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
