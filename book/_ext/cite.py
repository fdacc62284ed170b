"""How to cite: a block on the front page, on every chapter and under every exhibit, and the files it offers.

While pages are read, the exhibits on each are noted. When a page is written, the blocks are put in; after the build
BibTeX, RIS and CSL-JSON of every work are written beside the site. All forms come from `analysis.report.citations`.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from _ext.chapters import chapters, folder_up
from _ext.exhibits import FigureExhibit, TableExhibit
from _ext.project import addresses, citation
from analysis.report import citations
from analysis.report.citations import Work

FOLDER = "_citations"
FORMATS = {
    "BibTeX": ("bib", citations.bibtex), "RIS": ("ris", citations.ris), "CSL-JSON": ("json", citations.csl_json),
}  # fmt: skip
PLACE = "cite"
"""The place on a page where it says how to cite it."""


def _exhibits(doctree) -> list:
    return [node for node in doctree.findall() if isinstance(node, (FigureExhibit, TableExhibit))]


def note_exhibits(app, doctree) -> None:
    """Note what stands on the page that was read, for the citation of the page and of the book."""
    app.env.exhibits_shown[app.env.docname] = [node["exhibit"] for node in _exhibits(doctree)]


def start(app, env, docnames) -> None:
    """Begin with nothing noted: every build reads every page."""
    env.exhibits_shown = {}


def merge(app, env, docnames, other) -> None:
    """Take over what another process read."""
    env.exhibits_shown |= {name: other.exhibits_shown[name] for name in docnames if name in other.exhibits_shown}


def book(app) -> Work:
    """Return the whole book, as it is cited."""
    shown = [one for found in app.env.exhibits_shown.values() for one in found]
    return _work(app.config.root_doc, "", id=citations.PREFIX, kind="book", title=citation()["title"], shown=shown)


def chapter(app, docname: str) -> Work:
    """Return a chapter, as it is cited."""
    title, shown = app.env.titles[docname].astext(), app.env.exhibits_shown[docname]
    return _work(docname, "", id=docname.rsplit("/", 1)[-1], kind="chapter", title=title, shown=shown)


def exhibit(app, docname: str, shown: dict) -> Work:
    """Return an exhibit, as it is cited: by the short name of its page, which is the one that readers see first."""
    kind = "table" if shown.get("table_html") else "figure"
    page = chapters().get(docname) or app.env.titles[docname].astext()
    place = f"#{shown['id']}"
    marks = {mark: bool(shown.get(mark)) for mark in ("synthetic", "secondary")}
    return _work(docname, place, id=shown["id"], kind=kind, title=shown["title"], shown=[shown], chapter=page, **marks)


def _work(docname: str, place: str, kind: str, shown: list[dict], **parts) -> Work:
    cff, site, path = citation(), addresses().site, f"{docname}.html{place}"
    return Work(
        kind=kind, authors=tuple(cff["authors"]), released=date.fromisoformat(str(cff["date-released"])),
        version=str(cff["version"]), path=path, address=site + path if site else None,
        book=None if kind == "book" else cff["title"],
        vintages=citations.vintages(source for one in shown for source in one["source"]), **parts,
    )  # fmt: skip


def works(app) -> Iterator[Work]:
    """Yield everything that can be cited: the book, its chapters, all exhibits.

    Raises
    ------
    ExtensionError
        If two works have one id; the message names both places.
    """
    found: dict[str, Work] = {}
    pages = [docname for docname in chapters() if docname in app.env.exhibits_shown]
    everything = [book(app), *(chapter(app, docname) for docname in pages)]
    everything += [exhibit(app, name, one) for name, held in sorted(app.env.exhibits_shown.items()) for one in held]
    for work in everything:
        if work.id in found:
            raise ExtensionError(f"two works have the id {work.id}: {found[work.id].path} and {work.path}")
        found[work.id] = work
        yield work


def block(work: Work, root: str) -> str:
    """Return the block that says how to cite a work: in words by style, and the files.

    Parameters
    ----------
    work : Work
    root : str
        The way from the page to the root of the site.
    """
    said = "".join(
        f"<dt>{style}</dt><dd>{citations.text(work, style, markup=True)}</dd>\n" for style in citations.STYLES
    )
    lines = [f"<dl>\n{said}</dl>"]
    files = " ".join(
        f'<a href="{root}{FOLDER}/{work.id}.{ending}" download aria-label="{name} of {_name(work)}">{name}</a>'
        for name, (ending, _) in FORMATS.items()
    )
    lines.append(f'<p class="cite-files">{files}</p>')
    if citations.KINDS[work.kind].word:
        opening = (
            f'<details class="cite web-only"><summary>Cite <span class="visually-hidden">{work.id}</span></summary>'
        )
        if not work.url:  # else it stands in each citation
            lines.append(f'<p class="cite-facts">Permanent address: {_where(work)}.</p>')
    else:
        opening = f'<details class="cite cite--page web-only" id="{PLACE}" open><summary>Cite {_name(work)}</summary>'
        lines.append(f'<p class="cite-facts">{_facts(work)}</p>')
    return f"{opening}\n" + "\n".join(lines) + "\n</details>\n"


def _name(work: Work) -> str:
    return {"book": "this report", "chapter": "this chapter"}.get(work.kind, work.id)


def _facts(work: Work) -> str:
    """Return in words what holds for a page beyond one line of a list of references."""
    count = len(work.vintages)
    more = f"The files name all {count} datasets. " if count > 1 else ""
    return (
        f"Version {html.escape(work.version)} of {work.released.isoformat()}. {html.escape(_sentence(work.data()))}. "
        f"{more}Permanent address: {_where(work)}. Each exhibit has an address and a citation of its own."
    )


def _where(work: Work) -> str:
    """Return the permanent address of a work as HTML; its place on the site where the site has no address yet."""
    url = html.escape(work.url or "")
    return f'<a href="{url}">{url}</a>' if url else f"<code>{html.escape(work.path)}</code> on this site"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def put_in(app, doctree, docname: str) -> None:
    """Put the blocks into a page that is about to be written."""
    if app.builder.format != "html":
        return
    root = folder_up(docname)
    for node in _exhibits(doctree):
        node["more"] = [*node.get("more", []), block(exhibit(app, docname, node["exhibit"]), root)]
    work = book(app) if docname == app.config.root_doc else chapter(app, docname) if docname in chapters() else None
    sections = [node for node in doctree.children if isinstance(node, nodes.section)]
    if work is None or not sections:
        return
    last = [node for node in sections[-1].children if isinstance(node, nodes.section)] or sections
    last[-1] += nodes.raw("", block(work, root), format="html")
    facts = next((one for one in doctree.findall(nodes.paragraph) if "page-facts" in one["classes"]), None)
    if facts is not None:
        facts += nodes.raw("", f' · <a href="#{PLACE}">Cite</a>', format="html")


def publish(app, exception) -> None:
    """Write the files of every work."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir()
    for work in works(app):
        for ending, form in FORMATS.values():
            (folder / f"{work.id}.{ending}").write_text(form(work), encoding="utf-8", newline="")


def setup(app):
    """Connect to reading, writing and the end of the build."""
    app.connect("env-before-read-docs", start)
    app.connect("doctree-read", note_exhibits)
    app.connect("env-merge-info", merge)
    app.connect("doctree-resolved", put_in)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
