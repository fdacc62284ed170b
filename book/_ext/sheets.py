"""Turn a built page into what is printed of it: its text, exhibits and tables, without what only works on a screen.

Drawings come from the exhibits' own files, so that they stay vector whatever the page does with them on a screen.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from _ext.repairs import AsWritten

LEFT_OUT = (
    "script, style, noscript, button, form, template, [hidden], .headerlink, .exhibit-links, .exhibit-data, "
    ".page-facts, .cell_input, details.above-input, .citation .label, .web-only, .explorer-says, .explorer-chart, "
    ".explorer-all"
)
"""What is for a screen only. `web-only` is the class for whatever else is to stay off the paper."""
_CLOSED = "figure.exhibit details:not(:has(.exhibit-source))"
"""Folded parts of an exhibit that repeat it, such as its numbers as a table: left out. Sources are opened."""
_KEPT = re.compile(r"<(svg|math)\b.*?</\1>", re.S)
_EXHIBIT = re.compile(r"(?:fig|tab)-[a-z0-9-]+")
_HEADINGS = {"h1": "title", "h2": "head", "h3": "subhead", "h4": "subsubhead", "h5": "subsubhead", "h6": "subsubhead"}


@dataclass
class Sheet:
    """The printable part of one page.

    Parameters
    ----------
    docname : str
        The page, as `book/part/page`.
    page : BeautifulSoup
        Its article, with a mark in the place of each drawing and formula.
    kept : list of str
        The drawings and formulas.
    """

    docname: str
    page: BeautifulSoup
    kept: list[str] = field(default_factory=list)

    def keep(self, markup: str) -> str:
        """Put markup aside that the parser would spoil, and return the mark that stands for it."""
        self.kept.append(markup)
        return f"@@kept-{len(self.kept) - 1}@@"

    def html(self) -> str:
        """Return the sheet as HTML, drawings and formulas in their places."""
        text = self.page.decode(formatter=AsWritten())
        return re.sub(r"@@kept-(\d+)@@", lambda place: self.kept[int(place.group(1))], text)

    @property
    def title(self) -> str:
        """The title of the page."""
        return " ".join(self.page.select_one(".title").get_text().split())


def read(text: str, docname: str, drawings: Path) -> Sheet:
    """Return what is printed of a built page.

    Parameters
    ----------
    text : str
        The page.
    docname : str
    drawings : Path
        The folder of the exhibits' files.

    Raises
    ------
    ValueError
        If the page has no article or no title.
    """
    sheet = Sheet(docname, BeautifulSoup())
    held = BeautifulSoup(_KEPT.sub(lambda found: sheet.keep(found.group(0)), text), "html.parser")
    article = held.select_one("article")
    if article is None or article.find("h1") is None:
        raise ValueError(f"page {docname} has no article with a title: nothing to print")
    sheet.page = BeautifulSoup("", "html.parser")
    sheet.page.append(article.extract())
    _leave_out(sheet.page)
    _open(sheet.page)
    _draw(sheet, drawings)
    _title_tables(sheet.page)
    for name, kind in _HEADINGS.items():
        for heading in sheet.page.select(name):
            heading["class"] = [kind]
    return sheet


def _leave_out(page: BeautifulSoup) -> None:
    for tag in page.select(LEFT_OUT):
        tag.decompose()
    for tag in page.select(_CLOSED):
        tag.decompose()
    for cell in page.select(".cell, .cell_output, .output"):
        if not cell.get_text(strip=True) and not cell.find("img"):
            cell.decompose()


def _open(page: BeautifulSoup) -> None:
    """Open what is folded, and let nothing scroll."""
    for details in page.select("details"):
        for summary in details.find_all("summary", recursive=False):
            summary.decompose()
        details.name, details.attrs = "div", {"class": details.get("class", [])}
    for frame in page.select(".scroll"):
        frame.unwrap()
    for tag in page.select("[tabindex]"):
        del tag["tabindex"]


def _draw(sheet: Sheet, drawings: Path) -> None:
    for place in sheet.page.select("figure.exhibit .exhibit-drawing"):
        name = place.find_parent("figure")["id"]
        file = drawings / f"{name}.svg"
        if file.exists():
            place.clear()
            place.append(sheet.keep(_inline(file.read_text(encoding="utf-8"))))


def _inline(drawing: str) -> str:
    """Return a drawing's file as part of a page: one image, with its description as alternative text."""
    found = re.search(r"<svg\b[^>]*>", drawing)
    words = re.search(r"<desc>(.*?)</desc>", drawing, re.S)
    body = re.sub(r"<title>.*?</title>\s*<desc>.*?</desc>", "", drawing[found.end() :], count=1, flags=re.S)
    label = words.group(1).replace('"', "&quot;") if words else ""
    return found.group(0).replace("<svg", f'<svg role="img" aria-label="{label}"', 1) + body.strip()


def _title_tables(page: BeautifulSoup) -> None:
    """Put number and title of a table above it; its hidden caption, which repeats them, goes."""
    for figure in page.select("figure.exhibit--table"):
        caption = figure.find("figcaption")
        heading = caption.find("p") if caption else None
        if heading is not None:
            heading["class"] = ["table-title"]
            figure.insert(0, heading.extract())
    for caption in page.select("table > caption.visually-hidden"):
        caption.decompose()


def credit(sheet: Sheet, figure: Tag, credits: list[str]) -> None:
    """Name every source of an exhibit in full: paper has no page behind the page."""
    place = figure.select_one(".exhibit-source")
    if place is not None and credits:
        place.clear()
        place.append(sheet.keep(f"{'Source' if len(credits) == 1 else 'Sources'}: {'; '.join(credits)}."))


def bibliography(sheet: Sheet) -> dict[str, str]:
    """Return the entries of a list of references on the sheet, as HTML, by their ids.

    They are printed on other pages, so links within the site are taken out of them.
    """
    entries = [entry for entry in sheet.page.select("div.citation[id]") if entry.p]
    for entry in entries:
        for tag in entry.p.select("a[href]"):
            if not urlsplit(tag["href"]).scheme:
                tag.unwrap()
    return {entry["id"]: entry.p.decode_contents(formatter=AsWritten()) for entry in entries}


def link(sheet: Sheet, lead: Callable[[str, str], str | None]) -> None:
    """Send the links to other pages of the site where `lead` says.

    Parameters
    ----------
    sheet : Sheet
    lead : callable
        Takes the path of a file of the site and the place on it ("" for its top); returns the new link, or None for
        no link: the words stay.
    """
    here = f"{sheet.docname}.html"
    for tag in sheet.page.select("a[href]"):
        parts = urlsplit(tag["href"])
        if parts.scheme or parts.netloc:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), parts.path)) if parts.path else here
        target = lead(path, parts.fragment)
        if target is None:
            tag.unwrap()
        else:
            tag["href"] = target


def slug(docname: str) -> str:
    """Return the name of a page as an id."""
    return docname.replace("/", "-")


def place(docname: str, anchor: str) -> str:
    """Return the id, in the whole book, of a place on a page; ids of exhibits are the same everywhere."""
    if not anchor:
        return slug(docname)
    return anchor if _EXHIBIT.fullmatch(anchor) else f"{slug(docname)}--{anchor}"


def bind(sheet: Sheet) -> None:
    """Make the ids of the sheet unique in the whole book."""
    for tag in sheet.page.select("[id]"):
        tag["id"] = place(sheet.docname, tag["id"])
    for tag in sheet.page.select("[aria-labelledby], [headers], [for]"):
        for name in ("aria-labelledby", "headers", "for"):
            tag.attrs.pop(name, None)


def demote(sheet: Sheet) -> None:
    """Lower every heading by one level: the part of the book stands above the chapter."""
    for level in range(5, 0, -1):
        for heading in sheet.page.select(f"h{level}"):
            heading.name = f"h{level + 1}"
