"""What the site offers on paper: a PDF of every page, brief and the book, and pages printed from the browser."""

from __future__ import annotations

import posixpath
import re

import pytest
from _ext import sheets
from _ext.project import addresses
from bs4 import BeautifulSoup
from pypdf import PdfReader

from tests.book.pages import BRIEFS, PARTS, TOC
from tests.book.reading_pdfs import drawn, flat, images, notes, plain, uris

ARGUED = [name for name in PARTS if "/appendix/" not in name]


def resources(reader: PdfReader):
    """Yield the resources of every page and of all that is drawn there: forms, patterns, soft masks, letters."""
    for held in drawn(reader):
        if "/Resources" in held:
            yield held["/Resources"]


@pytest.fixture(scope="module")
def readers(printed):
    names = [*PARTS, *(f"book/briefs/{part}" for part in BRIEFS)]
    return {name: PdfReader(printed / f"{name}.pdf") for name in names} | {
        "two-economies": PdfReader(printed / "two-economies.pdf")
    }


def test_every_page_links_to_its_pdf_and_the_front_page_to_the_book(printed):
    for name in [*PARTS, *(f"book/briefs/{part}" for part in BRIEFS)]:
        facts = BeautifulSoup((printed / f"{name}.html").read_text(), "html.parser").select_one(".page-facts")
        assert facts.select_one(f'a[href="{name.rsplit("/", 1)[-1]}.pdf"]').get_text().startswith("PDF, "), name
    front = BeautifulSoup((printed / f"{TOC['root']}.html").read_text(), "html.parser").select_one(".page-facts")
    targets = {posixpath.normpath(f"book/{tag['href']}") for tag in front.select("a")}
    assert {"two-economies.pdf", *(f"book/briefs/{part}.html" for part in BRIEFS)} <= targets


def test_pdfs_say_what_they_are_in_a_language_and_with_tags(readers, printed):
    for name, reader in readers.items():
        root = reader.trailer["/Root"]
        assert root["/Lang"].startswith("en") and root["/MarkInfo"]["/Marked"], name
        assert root["/StructTreeRoot"] and root["/ViewerPreferences"]["/DisplayDocTitle"], name
        assert reader.metadata.author and "(2026)" in reader.metadata.subject, name
        if name in PARTS:
            title = BeautifulSoup((printed / f"{name}.html").read_text(), "html.parser").h1
            title.select_one(".headerlink").decompose()
            words = " ".join(title.get_text().split())
            assert reader.metadata.title == words and reader.outline[0].title == words, name


def test_every_font_is_embedded(readers):
    count = 0
    for name, reader in readers.items():
        for held in resources(reader):
            for font in (held.get("/Font") or {}).values():
                font = font.get_object()
                if font["/Subtype"] == "/Type3":  # its letters are drawn in the file itself
                    assert font["/CharProcs"], name
                    continue
                inner = font["/DescendantFonts"][0].get_object() if font["/Subtype"] == "/Type0" else font
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"]), (name, font)
                count += 1
    assert count > len(readers)


def test_drawings_are_vector(readers):
    assert not [(name, one["/Width"], one["/Height"]) for name, reader in readers.items() for one in images(reader)]


def test_links_lead_somewhere_and_show_no_machine(readers):
    for name, reader in readers.items():
        assert notes(reader) or name not in ARGUED, name
        for target in uris(reader):  # a PDF is mailed: a relative link would be dead
            assert target.startswith(("https://", "http://", "mailto:")) and ".invalid" not in target, (name, target)
    inside = [note for note in notes(readers["two-economies"]) if "/Dest" in note]
    assert len(inside) > 200
    site, pages = addresses().site, {f"{page}.html" for page in PARTS}
    off = [one.removeprefix(site or "").split("#")[0] for one in uris(readers["two-economies"])]
    assert not pages & set(off), "a chapter is inside"


@pytest.mark.parametrize("name", list(PARTS))
def test_page_one_says_how_to_cite_and_pages_are_numbered(name, readers, printed):
    reader = readers[name]
    first, total = reader.pages[0].extract_text(), len(reader.pages)
    assert "Cite as" in first and "(2026)" in first and "(Version " in first and "Data vintage" in first
    assert plain(f"{name}.html") in plain(first) and PARTS[name][0].upper() in first.upper()
    assert f"1 / {total}" in first
    if total > 1:
        last = reader.pages[-1].extract_text()
        assert f"{total} / {total}" in last and PARTS[name][1] in last and "Two Economies" in last


@pytest.mark.parametrize("name", ["book/incentives/programmes", "book/dual-economy/sizes"])
def test_nothing_of_a_chapter_is_cut(name, readers, printed):
    """Every word of its text and tables is in the PDF, and no letter starts off the page."""
    html = BeautifulSoup((printed / f"{name}.html").read_text(), "html.parser").article
    reader, texts = readers[name], []
    for page in reader.pages:
        width = float(page.mediabox.width)

        def note(text, cm, tm, font, size, width=width):
            assert not text.strip() or -1 < tm[4] * cm[0] + tm[5] * cm[2] + cm[4] < width, text

        texts.append(page.extract_text(visitor_text=note))
    words = plain("".join(texts)).replace("\u00ad", "")
    cells = html.select("figure.exhibit--table td, figure.exhibit--table th, section > p")
    wanted = {
        word for tag in cells if not tag.select("math") and "page-facts" not in tag.get("class", [])
        for word in re.findall(r"[\w.,%]{3,}", tag.get_text(" "))
    }  # fmt: skip
    assert len(wanted) > 300
    assert not sorted(word for word in wanted if plain(word) not in words)


def test_the_contents_of_the_book_name_the_right_pages(readers):
    reader = readers["two-economies"]
    said = "\n".join(page.extract_text() for page in reader.pages[1:3])
    tops = {}
    for entry in flat(reader.outline):
        tops.setdefault(plain(entry.title), reader.get_destination_page_number(entry) + 1)
    found = re.findall(r"^(.+?)\s*(\d+)$", said, re.M)
    shown = {plain(title): int(number) for title, number in found}
    places = {
        name.lstrip("/"): reader.get_destination_page_number(at) + 1 for name, at in reader.named_destinations.items()
    }
    for name, (part, title) in PARTS.items():
        assert shown[plain(title)] == places[sheets.slug(name)], name
        assert plain(part) in tops, part
    parts = [one.title for one in reader.outline if not isinstance(one, list)]
    assert [name for name in parts if name in {part for part, _ in PARTS.values()}] == list(
        dict.fromkeys(part for part, _ in PARTS.values())
    )


def test_a_page_printed_from_the_browser_is_light_and_shows_its_text_only(site, browser):
    context = browser.new_context(color_scheme="dark", offline=True)
    page = context.new_page()
    page.goto((site / "book" / "dual-economy" / "league.html").as_uri())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    shown = page.evaluate(
        """() => [".page-facts", ".exhibit-links", ".bd-header-article", "#pst-primary-sidebar", ".prev-next-footer"]
        .filter((one) => document.querySelector(one)?.checkVisibility())"""
    )
    colours = page.evaluate(
        "['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])",
    )
    heading = page.locator("article h1").is_visible()
    context.close()
    assert shown == [] and heading
    assert colours == ["rgb(27, 31, 36)", "rgb(255, 255, 255)"]
