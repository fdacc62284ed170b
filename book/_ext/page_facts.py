"""Minutes to read and seconds to run: at the top of each page, and per page at the end of the build."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from _ext.executed import in_order

WORDS_A_MINUTE = 220
_log = logging.getLogger(__name__)
_NOT_READ = (nodes.literal_block, nodes.raw, nodes.comment, nodes.system_message)


def minutes_to_read(doctree) -> int:
    """Return how long the words of a page take to read; code and outputs do not count."""
    texts = (node for node in doctree.findall(nodes.Text) if not _inside(node))
    return max(1, round(sum(len(str(text).split()) for text in texts) / WORDS_A_MINUTE))


def _inside(node) -> bool:
    while node is not None:
        if isinstance(node, _NOT_READ):
            return True
        node = node.parent
    return False


def seconds_to_run(env, docname: str) -> float | None:
    """Return the seconds a page took to run, when it last ran; None for a page without code."""
    return (env.nb_metadata.get(docname, {}).get("exec_data") or {}).get("runtime")


def add_facts(app, doctree) -> None:
    """Put the line under the title of the page."""
    title = next(doctree.findall(nodes.title), None)
    docname = app.env.docname
    if title is None or not docname.startswith("book/"):
        return
    minutes, seconds = minutes_to_read(doctree), seconds_to_run(app.env, docname)
    words = f"{minutes} minute{'s' if minutes > 1 else ''} to read"
    if seconds is not None:
        words += f", {max(1, round(seconds))} s to run"
    title.parent.insert(title.parent.index(title) + 1, nodes.paragraph(words, words, classes=["page-facts"]))


def report(app, exception) -> None:
    """Say how long each page took and where the site is."""
    if exception or app.builder.format != "html":
        return
    names = [name for name in in_order(app) if seconds_to_run(app.env, name) is not None]
    width = max(map(len, names), default=0)
    _log.info("\nSeconds each page took to run (when it last ran):")
    for name in names:
        _log.info("  %s %6.1f", name.ljust(width), seconds_to_run(app.env, name))
    _log.info("The site is here: %s", Path(app.outdir) / "index.html")


def setup(app):
    """Connect after every part of the page is known."""
    app.connect("doctree-read", add_facts)
    app.connect("build-finished", report, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
