"""The press: what is printed of a page, how it is laid out, what is refused, and a book built with it and without."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from _ext import press, printing, sheets, typeset
from pypdf import PdfReader

from tests.book.reading_pdfs import flat, images, uris

ROOT = Path(__file__).parents[2]
IMPRINT = typeset.Imprint("Two Economies: a book", "Some Authors", "1.2.3", "1 May 2026", None)
WHEN = datetime(2026, 5, 1, tzinfo=UTC)

# What is printed of a page

PAGE = """<html><body><nav>aside</nav><article class="bd-article">
<section id="top"><h1>Title<a class="headerlink">#</a></h1>
<p class="page-facts">3 minutes to read</p>
<details class="admonition hide above-input"><summary>Show the code</summary>
<div class="cell_input">secret()</div></details>
<p>Text <math><mi>y</mi></math> and <a href="other.html#fig-far">far</a>,
<a href="../appendix/methods.html#id7">Author</a>,
<a href="#near">near</a>, <a href="https://example.org/x">out</a>, <a href="../../data/table.csv">data</a>.</p>
<figure class="exhibit exhibit--figure" id="fig-near"><div class="exhibit-drawing" tabindex="0"><svg><use/></svg></div>
<figcaption><p><span class="exhibit-title">A finding</span></p><details><summary>2 sources</summary>
<p class="exhibit-source">Sources: A; B.</p></details>
<details class="cite web-only"><summary>Cite</summary>quotation</details>
<details class="numbers"><summary>Data</summary><table><tr><td>99</td></tr></table></details>
<p class="exhibit-links"><a href="x.svg">SVG</a></p></figcaption></figure>
<figure class="exhibit exhibit--table" id="tab-one"><div class="scroll" tabindex="0"><table>
<caption class="visually-hidden">Named</caption><tr><td>1</td></tr></table></div>
<figcaption><p>Table 1 Named</p></figcaption></figure>
<section id="near"><h2>Near</h2><div class="explorer-all">thousands</div></section></section></article></body></html>"""


@pytest.fixture
def sheet(tmp_path):
    (tmp_path / "fig-near.svg").write_text(
        '<?xml version="1.0"?>\n<svg viewBox="0 0 9 9"><title>A finding</title><desc>A line "rises".</desc>'
        '<clipPath id="fig-near-c"/><path d="M0 0L9 9"/></svg>'
    )
    return sheets.read(PAGE, "book/part/page", tmp_path)


def test_a_sheet_holds_the_text_and_opens_sources_and_leaves_out_what_is_for_screens(sheet):
    text = sheet.html()
    for kept in ("<mi>y</mi>", "Sources: A; B.", "A finding", 'clipPath id="fig-near-c"', "M0 0L9 9"):
        assert kept in text, kept
    for gone in (
        "secret()", "3 minutes", "headerlink", "SVG</a>", "quotation", ">99<", "thousands", "tabindex", "<summary",
        "<details", "scroll", "aside", "visually-hidden",
    ):  # fmt: skip
        assert gone not in text, gone
    assert sheet.title == "Title"
    assert text.index("Table 1 Named") < text.index("<table"), "the title of a table stands above it"
    assert 'role="img" aria-label="A line &quot;rises&quot;."' in text and "<desc>" not in text


def test_links_are_led_by_path_and_place(sheet):
    asked = []
    sheets.link(sheet, lambda path, anchor: asked.append((path, anchor)))
    assert asked == [
        ("book/part/other.html", "fig-far"), ("book/appendix/methods.html", "id7"), ("book/part/page.html", "near"),
        ("data/table.csv", ""),
    ]  # fmt: skip
    assert 'href="https://example.org/x"' in sheet.html() and ">far<" not in sheet.html() and "far" in sheet.html()


@pytest.mark.parametrize("site", [None, "https://example.org/r/"])
def test_links_to_other_files_need_an_address_of_the_site(site, sheet):
    printer = printing.Printer.__new__(printing.Printer)
    printer.imprint = typeset.Imprint("B", "A", "1", "D", site)
    sheets.link(sheet, printer.away)
    led = [tag["href"] for tag in sheet.page.select("a[href]")]
    off = [f"{press.BASE}{path}" for path in ("book/part/other.html#fig-far", "book/appendix/methods.html#id7")]
    if site:
        assert led[:2] == off and led[-1] == f"{press.BASE}data/table.csv"
    else:
        assert led == ["https://example.org/x"] and "far," in sheet.page.get_text().replace("\n", "")


def test_ids_are_unique_in_the_book_and_headings_go_down_one_level(sheet):
    sheets.bind(sheet)
    sheets.demote(sheet)
    ids = {tag["id"] for tag in sheet.page.select("[id]")}
    assert ids == {"book-part-page--top", "book-part-page--near", "fig-near", "tab-one"}
    assert [tag.name for tag in sheet.page.select(".title, .head")] == ["h2", "h3"]
    assert sheets.place("book/part/page", "near") in ids and sheets.place("book/x", "fig-near") == "fig-near"


@pytest.mark.parametrize("page", ["<p>no article</p>", "<article><p>no title</p></article>"])
def test_a_page_without_text_is_refused_by_name(page, tmp_path):
    with pytest.raises(ValueError, match=r"book/x has no article with a title"):
        sheets.read(page, "book/x", tmp_path)


def test_a_bibliography_is_found_by_its_ids(tmp_path):
    entry = '<span class="label">[1]</span><p>By <em>A</em>, <a href="g.html">B</a>.</p>'
    text = f'<article><h1>M</h1><div class="citation" id="id7">{entry}</div></article>'
    assert sheets.bibliography(sheets.read(text, "m", tmp_path)) == {"id7": "By <em>A</em>, B."}


def test_words_of_running_heads_cannot_end_their_rule():
    assert r'content: "a \"b\" \\ \3c /style>";' in typeset.heads('a "b" \\ </style>', "", IMPRINT)


def test_the_moment_of_a_pdf_is_the_commit_else_the_release():
    assert press.moment("86400", "2026-05-01").isoformat() == "1970-01-02T00:00:00+00:00"
    assert press.moment("", "2026-05-01") == WHEN


# The press


@pytest.fixture(scope="module")
def running(browser):
    """A press; `browser` skips where there is no Chromium. It prints with a browser of its own."""
    import subprocess
    import sys

    def run(document: str, target: Path, site: str | None = None) -> subprocess.CompletedProcess:
        source = target.with_suffix(".html")
        source.write_text(document, encoding="utf-8")
        code = (
            "import sys; from pathlib import Path; from datetime import UTC, datetime; from _ext import press\n"
            "source, target, site = sys.argv[1:]\n"
            "about = press.About('book/part/x.pdf', 'T', 'A', 'S', datetime(2026, 5, 1, tzinfo=UTC), site or None)\n"
            "with press.Press() as one:\n    print(one.print(Path(source).read_text(), Path(target), about))\n"
        )
        return subprocess.run(
            [sys.executable, "-c", code, source, target, site or ""], cwd=ROOT / "book", capture_output=True,
            text=True, timeout=120,
        )  # fmt: skip

    return run


def document(body: str) -> str:
    return typeset.document("T", typeset.heads("fields", "R", IMPRINT), f"<main>{body}</main>")


WIDE = "<table>" + "<tr>" + "<td>wordwordword</td>" * 13 + "</tr></table>"
LINKS = (
    '<h1 class="title">One</h1><h2 class="title" id="two">A heading so long that it takes two lines of a page</h2>'
    '<p><a href="#two">in</a></p>'
)
OFF = f'<p><a href="{press.BASE}book/part/y.html#z">off</a></p>'


def test_the_press_lays_wide_tables_across_links_to_the_site_and_gives_the_same_bytes(running, tmp_path):
    first, second, third = (tmp_path / name for name in ("a.pdf", "b.pdf", "c.pdf"))
    for target, site in ((first, None), (second, None), (third, "https://example.org/r/")):
        done = running(document(LINKS + (OFF if site else "") + WIDE), target, site)
        assert done.returncode == 0, done.stderr
    assert first.read_bytes() == second.read_bytes()
    reader = PdfReader(first)
    assert [one.title for one in flat(reader.outline)] == ["One", "A heading so long that it takes two lines of a page"]
    assert [page.mediabox.width > page.mediabox.height for page in reader.pages] == [False, True]
    assert reader.pages[1].extract_text().count("wordwordword") == 13
    assert "fields" in reader.pages[1].extract_text(), "letters of running heads are joined"
    assert uris(PdfReader(third)) == ["https://example.org/r/book/part/y.html#z"] and uris(reader) == []
    assert reader.metadata.creation_date == WHEN and reader.metadata.title == "T"
    assert str(tmp_path).encode() not in first.read_bytes()


HATCHED = """<svg width="300" height="300" viewBox="0 0 300 300">
<defs><pattern id="lines" patternUnits="userSpaceOnUse" x="5" y="3" width="20" height="20" patternTransform="rotate(9)">
<rect width="21" height="21" fill="#cde"/><path d="M -10 10L 10 -10M 0 20L 20 0M 10 30L 30 10" stroke="#c00"/></pattern>
<pattern id="dots" width=".25" height=".25"><circle cx="9" cy="9" r="5" fill="#070"/></pattern></defs>
<path d="M10 10H140V140H10Z" style="fill: url(#lines); fill-opacity: .6; stroke: #000"/>
<g fill="url(#dots)"><circle cx="75" cy="75" r="60" transform="translate(140 5)"/></g>
<rect x="20" y="160" width="60" height="100" fill="url('#lines')" opacity=".4"/></svg>"""


def test_hatches_are_printed_as_lines_and_look_as_on_a_screen(running, browser, tmp_path):
    from io import BytesIO

    from PIL import Image, ImageChops, ImageStat

    done = running(document(HATCHED), tmp_path / "x.pdf")
    assert done.returncode == 0, done.stderr
    assert not list(images(PdfReader(tmp_path / "x.pdf")))
    page = browser.new_page()
    page.set_content(f"<main>{HATCHED}</main>")
    before = page.locator("svg").screenshot()
    assert page.evaluate(press._FIT) == []
    after = page.locator("svg").screenshot()
    filled = page.evaluate("[...document.querySelectorAll('svg *')].filter((one) => /url/.test(one.style.fill)).length")
    page.close()
    first, second = (Image.open(BytesIO(one)).convert("RGB") for one in (before, after))
    assert filled == 0 and len(first.getcolors(90000)) > 9
    assert max(ImageStat.Stat(ImageChops.difference(first, second)).mean) < 1.5


def test_a_bitmap_hidden_in_a_pattern_is_found(browser, tmp_path):
    page = browser.new_page()
    page.set_content(HATCHED)
    page.pdf(path=tmp_path / "x.pdf")
    page.close()
    assert list(images(PdfReader(tmp_path / "x.pdf"))), "as Chromium prints hatches by itself"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<p><a href="y.html">x</a></p>', "book/part/x.pdf: a link leads to a file of this machine: y.html"),
        (OFF, "book/part/x.pdf: a link leads to book/part/y.html#z, but the site has no address"),
        (
            '<svg><pattern id="p" viewBox="0 0 1 1" width="9" height="9"/><path d="M0 0h9v9z" fill="url(#p)"/></svg>',
            "the pattern p cannot be drawn as lines: it has a viewBox, href or patternContentUnits",
        ),
        ('<p style="width: 900px">x</p>', "book/part/x.pdf: wider than the page: <p> x"),
        (f'<div class="brief">{"<p>line</p>" * 90}</div>', "the brief does not fit one page: name fewer exhibits"),
    ],
)
def test_the_press_refuses_what_would_print_badly(running, tmp_path, body, says):
    done = running(document(body), tmp_path / "x.pdf")
    assert done.returncode and says in done.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_chromium_is_the_one_that_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv(press.VARIABLE, str(tmp_path / "missing"))
    with pytest.raises(ValueError, match=r"TWO_ECONOMIES_CHROMIUM is '.*missing', which is no program"):
        press.find_chromium()
    monkeypatch.setenv(press.VARIABLE, "none")
    with pytest.raises(press.NoPress, match="says none"):
        press.find_chromium()
    monkeypatch.delenv(press.VARIABLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(press.NoPress, match="no Chromium found"):
        press.find_chromium()
    named = tmp_path / "chromium"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    assert press.find_chromium() == str(named)


def test_without_chromium_the_build_says_so_and_no_page_links_to_a_pdf(tmp_path, make_book, build_book):
    root = make_book(tmp_path)
    done = build_book(root, TWO_ECONOMIES_CHROMIUM="none")
    assert done.returncode == 0, done.stderr
    assert "PDFs were left out: TWO_ECONOMIES_CHROMIUM says none" in done.stdout
    assert not list((root / "_build" / "html").rglob("*.pdf"))
    pages = list((root / "_build" / "html").rglob("*.html"))
    assert pages and not [page for page in pages if re.search(r'(?:href|content)="[^"]*\.pdf"', page.read_text())]


def test_a_new_book_is_printed_as_it_is_built(browser, tmp_path, make_book, build_book):
    root = make_book(tmp_path)
    done = build_book(root, TWO_ECONOMIES_SITE="https://example.org/r")
    assert done.returncode == 0, done.stderr
    html = root / "_build" / "html"
    text = PdfReader(html / "book" / "chapter.pdf").pages[0].extract_text()
    assert "A chapter" in text and "51.0" in text and "https://example.org/r/book/chapter.html" in text
    assert any(one.startswith("https://example.org/r/") for one in uris(PdfReader(html / "book" / "chapter.pdf")))
    chapter = (html / "book" / "chapter.html").read_text()
    assert re.search(r'class="page-facts">.*href="chapter\.pdf"', chapter)
    assert 'name="citation_pdf_url" content="https://example.org/r/book/chapter.pdf"' in chapter
    assert 'href="../two-economies.pdf"' in (html / "book" / "index.html").read_text()
