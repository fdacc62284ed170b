"""PDFs: one of every page and one of the whole book, printed from the built site at the end of the build.

They need Chromium. Without it the build says so in one line, leaves them out, and no page links to one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from sphinx.errors import ExtensionError
from sphinx.util import logging

from _ext import briefs, cite, exhibits, press, sheets, typeset
from _ext.chapters import chapters as argued
from _ext.project import ROOT, addresses, citation
from _ext.typeset import Chapter, Imprint
from analysis.report import citations

BOOK = "two-economies.pdf"
_log = logging.getLogger(__name__)
_FACTS = re.compile(r'(<p class="page-facts">)(.*?)(</p>)', re.S)


def contents() -> list[Chapter]:
    """Return the pages of the book in order, the front page first, with their short titles and parts."""
    held = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [(None, {"file": held["root"]})]
    listed += [(None, one) for one in held.get("chapters", [])]
    listed += [(part.get("caption"), one) for part in held.get("parts", []) for one in part["chapters"]]
    return [Chapter(one["file"], one.get("title", ""), part) for part, one in listed]


def imprint() -> Imprint:
    """Return what every PDF says of itself, from `CITATION.cff`."""
    cff = citation()
    authors = [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in cff["authors"]]
    day = press.moment(None, str(cff["date-released"]))
    date = f"{day.day} {day:%B %Y}"
    return Imprint(cff["title"], ", ".join(authors), str(cff["version"]), date, addresses().site)


class Printer:
    """Prints the pages of one built site.

    Parameters
    ----------
    app : Sphinx
    running : press.Press
    """

    def __init__(self, app, running: press.Press) -> None:
        self.app, self.press, self.imprint = app, running, imprint()
        self.out = Path(app.outdir)
        self.when = press.moment(os.environ.get("SOURCE_DATE_EPOCH"), str(citation()["date-released"]))
        self.chapters = [
            Chapter(one.docname, one.title or self.titled(one.docname), one.part)
            for one in contents()
            if one.docname in app.env.found_docs
        ]
        self.bibliography = {}
        for chapter in self.chapters:
            found = sheets.bibliography(self.read(chapter.docname))
            self.bibliography |= {(f"{chapter.docname}.html", name): entry for name, entry in found.items()}

    def titled(self, docname: str) -> str:
        """Return the full title of a page."""
        return self.app.env.titles[docname].astext()

    def read(self, docname: str) -> sheets.Sheet:
        """Return what is printed of a page, every exhibit with all its sources."""
        text = (self.out / f"{docname}.html").read_text(encoding="utf-8")
        sheet = sheets.read(text, docname, self.out / exhibits.FOLDER)
        shown = {one["id"]: one for held in self.app.env.exhibits_shown.values() for one in held}
        for figure in sheet.page.select("figure.exhibit"):
            sheets.credit(sheet, figure, exhibits.credits(shown[figure["id"]]["source"]))
        return sheet

    def about(self, path: str, title: str, work: citations.Work) -> press.About:
        """Return the metadata of a PDF at a path on the site."""
        says = citations.text(work, "APA")
        return press.About(path, title, self.imprint.authors, says, self.when, self.imprint.site)

    def away(self, path: str, anchor: str) -> str | None:
        """Return the link to another file of the site, or None while the site has no address.

        A PDF is mailed and moved: a link relative to it would be dead.
        """
        return press.BASE + path + (f"#{anchor}" if anchor else "") if self.imprint.site else None

    def chapter(self, chapter: Chapter) -> press.Printed:
        """Print one page of the book beside it, with the works that its text cites."""
        sheet, work, cited = self.read(chapter.docname), cite.chapter(self.app, chapter.docname), {}
        here = f"{chapter.docname}.html"

        def lead(path: str, anchor: str) -> str | None:
            if path == here:
                return f"#{anchor}"
            if (path, anchor) in self.bibliography:
                cited[f"ref-{anchor}"] = self.bibliography[path, anchor]
                return f"#ref-{anchor}"
            return self.away(path, anchor)

        sheets.link(sheet, lead)
        typeset.open_chapter(sheet, chapter, self.imprint, cite_lines(work))
        document = typeset.chapter_document(sheet, chapter, self.imprint, sorted(cited.items(), key=by_words))
        path = f"{chapter.docname}.pdf"
        return self.press.print(document, self.out / path, self.about(path, sheet.title, work))

    def book(self) -> press.Printed:
        """Print the whole book: once to learn its page numbers, once with them in the contents."""
        work, names = cite.book(self.app), {one.docname for one in self.chapters}
        bound = []

        def lead(path: str, anchor: str) -> str | None:
            page = path.removesuffix(".html")
            if page in names:
                return f"#{sheets.place(page, anchor)}"
            return self.away(path, anchor)

        for chapter in self.chapters:
            sheet = self.read(chapter.docname)
            sheets.link(sheet, lead)
            sheets.bind(sheet)
            if chapter.part:
                sheets.demote(sheet)
            bound.append((chapter, sheet))
        lines = list(cite_lines(work))
        proof = self.press.proof(typeset.book_document(bound, self.imprint, lines, {}))
        pages = {name: proof.places[sheets.slug(name)] for name in names}
        document = typeset.book_document(bound, self.imprint, lines, pages)
        return self.press.print(document, self.out / BOOK, self.about(BOOK, self.imprint.book, work))

    def brief(self, docname: str) -> press.Printed:
        """Print a brief beside its page.

        Raises
        ------
        PrintFault
            If it takes more than one page.
        """
        sheet = self.read(docname)

        sheets.link(sheet, self.away)
        path = f"{docname}.pdf"
        document = typeset.brief_document(sheet, self.imprint)
        done = self.press.print(document, self.out / path, self.about(path, sheet.title, cite.book(self.app)))
        if done.pages != 1:
            raise press.PrintFault(f"{path}: the brief takes {done.pages} pages, not one")
        return done


def by_words(entry: tuple[str, str]) -> str:
    """Return what a reference is sorted by: its words."""
    return re.sub(r"<[^>]+>", "", entry[1]).casefold()


def cite_lines(work: citations.Work) -> Iterator[tuple[str, str]]:
    """Yield the lines of the box on page one: citation, version, data, address."""
    yield "Cite as", citations.text(work, "APA", markup=True)
    yield "Version", f"{work.version} of {work.released.isoformat()}"
    data = work.data().partition(": ")[2]
    yield "Data vintage", data + (". Each exhibit names its sources." if len(work.vintages) > 1 else "")
    yield "Address", typeset.anchor(work.url) if work.url else f"{work.path} on the site"


def print_all(app, exception) -> None:
    """Print everything and link to it, or say in one line why not."""
    if exception or app.builder.format != "html":
        return
    try:
        with press.Press() as running:
            done = list(_printed(Printer(app, running)))
    except press.NoPress as reason:
        _log.info("PDFs were left out: %s", reason)
        return
    except ValueError as problem:
        raise ExtensionError(str(problem)) from problem
    for docname, path, words in done:
        offer(Path(app.outdir), docname, path, words)
    if not typeset.has_korean():
        _log.info("PDFs: Korean words need a Korean font of this machine (or the package koreanize-matplotlib)")
    _log.info("PDFs: %d, the whole book is %s", len(done), Path(app.outdir) / BOOK)


def _printed(printer: Printer) -> Iterator[tuple[str, str, str]]:
    """Yield the page that offers a PDF, the path of the PDF and the words of the link."""
    front, *rest = printer.chapters
    for chapter in rest:
        done = printer.chapter(chapter)
        yield chapter.docname, f"{chapter.docname}.pdf", f"PDF, {_pages(done)}"
    for docname in briefs.names():
        printer.brief(docname)
        yield docname, f"{docname}.pdf", "PDF, one page"
    yield front.docname, BOOK, f"Whole report as PDF, {_pages(printer.book())}"


def _pages(done: press.Printed) -> str:
    return f"{done.pages} page{'s' if done.pages > 1 else ''}"


def offer(out: Path, docname: str, path: str, words: str) -> None:
    """Link a page to a PDF, in the line of facts under its title, and tell search engines of a chapter's."""
    page = out / f"{docname}.html"
    text, site = page.read_text(encoding="utf-8"), addresses().site
    way = "../" * docname.count("/") + path if path == BOOK else path.rsplit("/", 1)[-1]
    link = f'<a href="{way}" type="application/pdf">{words}</a>'
    text, found = _FACTS.subn(lambda line: f"{line[1]}{line[2]} · {link}{line[3]}", text, count=1)
    if not found:
        raise ExtensionError(f"{docname}: no line of facts under the title, where the link to {path} would stand")
    if site and docname in argued() and "citation_pdf_url" not in text:
        text = text.replace("</head>", f'<meta name="citation_pdf_url" content="{site}{path}"/>\n</head>', 1)
    page.write_text(text, encoding="utf-8")


def setup(app):
    """Connect after all pages are mended and before anything reads them for the last time."""
    app.connect("build-finished", print_all, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
