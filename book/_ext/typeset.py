"""Set sheets as documents for the press: a chapter with its citation on page one, and the whole book with contents."""

from __future__ import annotations

import base64
import html
import importlib.util
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from _ext import sheets
from _ext.project import ROOT
from _ext.sheets import Sheet

STYLE = ROOT / "book" / "_static" / "typeset.css"
_FACES = (
    ("Book Serif", "STIXGeneral", 400, "normal"),
    ("Book Serif", "STIXGeneralItalic", 400, "italic"),
    ("Book Serif", "STIXGeneralBol", 700, "normal"),
    ("Book Serif", "STIXGeneralBolIta", 700, "italic"),
    ("DejaVu Sans", "DejaVuSans", 400, "normal"),
    ("DejaVu Sans", "DejaVuSans-Bold", 700, "normal"),
    ("Book Mono", "DejaVuSansMono", 400, "normal"),
    ("Book Mono", "DejaVuSansMono-Bold", 700, "normal"),
)
"""Family, file, weight, style: free fonts that matplotlib brings along, so that every machine sets the same pages."""
_HANGUL = re.compile("[\uac00-\ud7a3]")
_SOURCES = ("TSI0", "TSI1", "TSI2", "TSI3", "TSI5")
"""Tables of a font that hold its designers' notes."""
_KOREAN = ("Nanum Myeongjo", "Nanum Gothic", "Noto Serif CJK KR", "Noto Sans CJK KR")


@dataclass(frozen=True)
class Chapter:
    """A page of the book as its table of contents names it."""

    docname: str
    title: str
    part: str | None


@dataclass(frozen=True)
class Imprint:
    """What every document says of itself.

    Parameters
    ----------
    book, authors, version, date : str
        `date` in words.
    site : str or None
        Address of the site, ending in a slash, if it has one.
    """

    book: str
    authors: str
    version: str
    date: str
    site: str | None

    @property
    def short(self) -> str:
        """The title of the book up to its colon."""
        return self.book.split(":")[0]

    @property
    def byline(self) -> str:
        """Authors, version and date."""
        return f"{self.authors} · version {self.version} · {self.date}"

    def address(self, path: str) -> str:
        """Return the address of a file of the site, or its path on the site while the site has no address."""
        return (self.site or "") + path


def fonts(text: str) -> str:
    """Return the rules that bring in the fonts for a text.

    Korean words are set in the Nanum Gothic of koreanize-matplotlib if that is installed, else in a Korean font of
    the machine.
    """
    folder = _folder("matplotlib") / "mpl-data" / "fonts" / "ttf"
    faces = [(family, (folder / f"{file}.ttf").as_uri(), weight, style) for family, file, weight, style in _FACES]
    korean, letters = _folder("koreanize_matplotlib"), set(_HANGUL.findall(text))
    if korean and letters:
        faces += [
            ("Book Korean", _cut(korean / "fonts" / f"NanumGothic{bold}.ttf", letters), weight, "normal")
            for bold, weight in (("", 400), ("Bold", 700))
        ]
    rules = [
        f'@font-face {{ font-family: "{family}"; src: url("{source}"); font-weight: {weight}; font-style: {style}; }}'
        for family, source, weight, style in faces
    ]
    rest = ", ".join(f'"{name}"' for name in ("Book Korean", *_KOREAN))
    serif = f'"Book Serif", {rest}, "DejaVu Sans", serif'
    mono = f'"Book Mono", {rest}, monospace'
    return "\n".join([*rules, f":root {{ --serif: {serif}; --mono: {mono}; }}"])


def _cut(file: Path, letters: set[str]) -> str:
    """Return a font that holds these letters only, as data: whole, Chromium refuses it for a table it carries."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font, made = TTFont(file, recalcTimestamp=False), BytesIO()
    cutter = Subsetter(Options(hinting=False, drop_tables=[*Options().drop_tables, *_SOURCES]))
    cutter.populate(text="".join(letters))
    cutter.subset(font)
    font.save(made)
    return f"data:font/ttf;base64,{base64.b64encode(made.getvalue()).decode()}"


def has_korean() -> bool:
    """Return whether Korean words are set in a font that comes with the environment."""
    return _folder("koreanize_matplotlib") is not None


def _folder(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


def heads(left: str, right: str, imprint: Imprint, page: str = "") -> str:
    """Return the rules of running heads and page numbers, for all pages or for the pages of one name.

    Parameters
    ----------
    left, right : str
        Words at the head of the page.
    imprint : Imprint
    page : str, optional
        Name of the pages.
    """
    look = "font: 8.4pt var(--serif); letter-spacing: .015em; color: #4d545e;"
    boxes = {
        "top-left": _quoted(left),
        "top-right": _quoted(right),
        "bottom-left": _quoted(f"{imprint.authors}, version {imprint.version}, {imprint.date}"),
        "bottom-right": 'counter(page) " / " counter(pages)',
    }
    rules = " ".join(f"@{box} {{ content: {words}; {look} }}" for box, words in boxes.items())
    return f"@page {page} {{ {rules} }}"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ")
    return f'"{escaped}"'


def document(title: str, style: str, body: str) -> str:
    """Return a whole document for the press."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f"<style>\n{fonts(body)}\n{STYLE.read_text(encoding='utf-8')}\n{style}\n</style></head>\n<body>{body}</body></html>\n"
    )


def cite_box(lines: Iterable[tuple[str, str]]) -> str:
    """Return the lines that say how to cite, as HTML: pairs of a name and its words, which are HTML already."""
    shown = "".join(f"<p><b>{html.escape(name)}</b>{words}</p>" for name, words in lines)
    return f'<aside class="cite-box" aria-label="How to cite">{shown}</aside>'


def anchor(address: str) -> str:
    """Return an address as a link, if it is one that can be followed from anywhere."""
    shown = html.escape(address)
    return f'<a href="{shown}">{shown}</a>' if address.startswith("https://") else shown


def open_chapter(sheet: Sheet, chapter: Chapter, imprint: Imprint, cite: Iterable[tuple[str, str]]) -> None:
    """Put part, byline and citation around the title of a chapter."""
    title = sheet.page.select_one(".title")
    above = " · ".join(filter(None, (imprint.short, chapter.part)))
    title.insert_before(sheet.keep(f'<p class="kicker">{html.escape(above)}</p>'))
    below = f'<p class="byline">{html.escape(imprint.byline)}</p>{cite_box(cite)}'
    title.insert_after(sheet.keep(below))


def references(entries: Sequence[tuple[str, str]]) -> str:
    """Return a list of references: pairs of an id and its HTML."""
    if not entries:
        return ""
    listed = "".join(f'<p id="{name}">{words}</p>' for name, words in entries)
    return f'<section class="references"><h2 class="head">References</h2>{listed}</section>'


def chapter_document(sheet: Sheet, chapter: Chapter, imprint: Imprint, cited: Sequence[tuple[str, str]]) -> str:
    """Return a chapter as a document; `cited` are the references of its text."""
    body = f'<main class="chapter-alone">{sheet.html()}{references(cited)}</main>'
    return document(sheet.title, heads(imprint.short, chapter.title, imprint), body)


def brief_document(sheet: Sheet, imprint: Imprint) -> str:
    """Return a brief as a document of one page."""
    above = f'<p class="kicker">{html.escape(imprint.byline)}</p>'
    body = f'<main class="brief">{above}{sheet.html()}</main>'
    return document(sheet.title, "@page { size: A4; margin: 0; }", body)


def book_document(
    bound: Sequence[tuple[Chapter, Sheet]], imprint: Imprint, cite: Iterable[tuple[str, str]], pages: dict[str, int]
) -> str:
    """Return the whole book as a document: title page, contents, chapters under their parts.

    Parameters
    ----------
    bound : sequence of (Chapter, Sheet)
        In order, with ids unique in the book.
    imprint : Imprint
    cite : iterable of (str, str)
        How to cite the book.
    pages : dict
        Page on which each chapter starts, by the name of its page on the site, once that is known.
    """
    short, _, rest = imprint.book.partition(": ")
    front = (
        f'<section class="front"><p class="front-title">{html.escape(short)}</p>'
        f'<p class="front-subtitle">{html.escape(rest)}</p>'
        f'<p class="byline">{html.escape(imprint.byline)}</p>{cite_box(cite)}</section>'
    )
    style = [heads(imprint.short, "", imprint), heads(imprint.short, "Contents", imprint, "contents")]
    body, part = [front, _contents(bound, pages)], None
    for number, (chapter, sheet) in enumerate(bound):
        style.append(heads(imprint.short, chapter.title, imprint, f"chapter-{number}"))
        style.append(f".chapter-{number} {{ page: chapter-{number}; }}")
        opens = chapter.part != part
        part = chapter.part
        above = ""
        if part:
            name = html.escape(part)
            above = f'<h1 class="kicker">{name}</h1>' if opens else f'<p class="kicker">{name}</p>'
        body.append(
            f'<section class="chapter chapter-{number}" id="{sheets.slug(chapter.docname)}">{above}'
            f"{sheet.html()}</section>"
        )
    return document(imprint.book, "\n".join(style), f"<main>{''.join(body)}</main>")


def _contents(bound: Sequence[tuple[Chapter, Sheet]], pages: dict[str, int]) -> str:
    lines, part = [], None
    for chapter, sheet in bound:
        if chapter.part != part:
            part = chapter.part
            lines.append(f'<li class="contents-part">{html.escape(part)}</li>')
        number = pages.get(chapter.docname, 0)
        new = not sheet.title.casefold().startswith(chapter.title.casefold())
        finding = f'<span class="finding">{html.escape(sheet.title)}</span>' if new else ""
        lines.append(
            f'<li><a href="#{sheets.slug(chapter.docname)}"><span>{html.escape(chapter.title)}</span>'
            f'<span class="leader"></span><span>{number}</span></a>{finding}</li>'
        )
    return f'<nav class="contents"><h1 class="title">Contents</h1><ol>{"".join(lines)}</ol></nav>'
