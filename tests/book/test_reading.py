"""Reading: data stand as tables, words are found, errors can be reported, terms are explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from _ext import corrections, glossary, not_found, repairs, search, security, table_view
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
_TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [_TOC["root"], *(one["file"] for part in _TOC["parts"] for one in part["chapters"])]
HANGUL = re.compile("[\uac00-\ud7a3]")


@pytest.fixture(scope="module")
def trees(site):
    """Every page of the site, of the exhibits too, with its tree."""
    found = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


# Data as tables

CSV = '# A title\n# Source: P\ncountry,gdp_per_hour,official\nKOR,51.0123456789,True\n"A, b",-0.5,False\nJPN,,\n'


def test_data_become_a_table_with_headers_that_point():
    tree = BeautifulSoup(table_view.table(CSV, "C & d"), "html.parser")
    assert tree.caption.get_text() == "C & d"
    assert [cell.get_text() for cell in tree.select("thead th[scope=col]")] == ["country", "gdp per hour", "official"]
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in tree.select("tbody tr")]
    assert rows[0] == ["KOR", "51.0123", "yes"] and rows[1] == ["A, b", "−0.5", "no"]
    assert rows[2] == ["JPN", "not available", "not available"]
    assert len(tree.select("tbody th[scope=row]")) == 3


def test_every_exhibit_has_its_data_as_a_table_one_link_after_the_drawing(site, trees):
    for one in json.loads((site / "exhibits.json").read_text(encoding="utf-8")):
        table = trees[site / "_exhibits" / f"{one['id']}.html"]
        shown = len(table.select("tbody tr"))
        assert shown == min(one["rows"], table_view.MOST), one["id"]
        assert shown == one["rows"] or f"{shown} of {one['rows']} rows" in table.caption.get_text(), one["id"]
        assert (site / "_exhibits" / f"{one['id']}.html").stat().st_size < 200_000, one["id"]
        assert table.caption and not table.select("th:not([scope])") and table.h1.get_text() == one["title"]
        assert len(table.select("#sources + ul li")) >= 1
        if one["id"].startswith("fig-"):
            drawing = trees[site / one["page"]].select_one(f"#{one['id']} .exhibit-drawing")
            link = drawing.find_next(["a", "button", "summary", "input"])
            assert link["href"].endswith(f"_exhibits/{one['id']}.html")


COMPARISON = re.compile(
    r"\d|\b(?:more|less|most|least|largest|smallest|first|last|higher|lower|highest|lowest|above|below|same|none|no|all|each|every|rises?|falls?|"
    r"rose|fell|larger|smaller|beside|than|only|both|ahead|behind|nearly|about|half)\b",
    re.I,
)


def test_alternative_texts_say_the_finding(site):
    """Of drawings; a table says it itself, cell by cell."""
    exhibits = json.loads((site / "exhibits.json").read_text(encoding="utf-8"))
    for one in [one for one in exhibits if one["id"].startswith("fig-")]:
        assert COMPARISON.search(one["alt"]), f"{one['id']}: {one['alt']}"
        assert one["alt"].strip() != one["title"].strip() and len(one["alt"].split()) >= 8, one["id"]


# Search


def test_words_are_kept_by_section_and_exhibit(site):
    text = (site / "_static" / search.FILE).read_text(encoding="utf-8")
    held = json.loads(text.removeprefix("window.bookWords=").rstrip().removesuffix(";"))
    assert [page[0] for page in held["pages"]] == [f"{name}.html" for name in PAGES]
    anchors = {(held["pages"][number][0], anchor) for number, anchor, *_ in held["places"] if anchor}
    for page, anchor in anchors:
        assert f'id="{anchor}"' in (site / page).read_text(encoding="utf-8"), (page, anchor)
    exhibits = {one["id"] for one in json.loads((site / "exhibits.json").read_text(encoding="utf-8"))}
    assert exhibits <= {anchor for _, anchor in anchors}
    assert not any("font-size" in place[3] or "<svg" in place[3] for place in held["places"])


# Security


def test_the_policy_allows_what_the_page_holds_and_nothing_else():
    page = '<meta charset="utf-8"><script>let a = 1</script><script type="application/json">{}</script>'
    page += "<style>p{}</style>"
    made = security.secured(page)
    assert security.digest("let a = 1") in made and security.digest("p{}") in made and made.count("sha256-") == 2
    assert "default-src 'none'" in made and "unsafe" not in made and "http:" not in made and "https:" not in made


@pytest.mark.parametrize("tag", ['<b onclick="x()">', "<p style='color: red'>"])
def test_code_and_styles_inside_tags_are_refused(tag):
    with pytest.raises(ValueError, match="inside a tag, which the policy refuses"):
        security.secured(f'<meta charset="utf-8">{tag}')


def test_every_page_has_its_policy(trees):
    for path, tree in trees.items():
        (tag,) = tree.select("meta[http-equiv='Content-Security-Policy']")
        inline = [one for one in tree.select("script:not([src])") if not one.get("type")]
        assert all(security.digest(one.string) in tag["content"] for one in inline), path.name
        named = [one.get("src") or one["href"] for one in tree.select("script[src], img[src], link[rel=stylesheet]")]
        assert not [name for name in named if "//" in name], path.name
        assert "unsafe" not in tag["content"] and "http" not in tag["content"], path.name


# Wrong addresses, corrections, terms


@pytest.mark.parametrize(("site_address", "root"), [(None, ""), ("https://a.org/b/", "/b/"), ("https://a.org/", "/")])
def test_a_wrong_address_leads_to_the_chapters(site_address, root):
    made = not_found.page({"book/index": "I", "book/a/x": "X & y"}, "book/index", site_address)
    page = BeautifulSoup(made, "html.parser")
    assert page.select_one("li a")["href"] == f"{root}book/a/x.html" and page.select_one("li a").get_text() == "X & y"
    assert page.html.get("data-root") == (root or None)


def test_the_page_for_wrong_addresses_names_every_page(site, trees):
    links = {link["data-page"] for link in trees[site / "404.html"].select("a[data-page]")}
    assert links == {f"{name}.html" for name in [*PAGES, "search"]}


def test_every_page_says_where_errors_are_reported(trees, site):
    for name in [page for page in PAGES if page != corrections.PAGE]:
        assert trees[site / f"{name}.html"].select("a[href$='corrections.html']"), name


def test_every_term_has_its_korean_and_a_plain_definition(trees, site):
    page = trees[site / f"{glossary.PAGE}.html"]
    terms = page.select("dl.glossary > dt")
    assert len(terms) >= 80
    for term in terms:
        words = term.find_next_sibling("dd")
        korean = words.select_one("[lang=ko]")
        assert korean and HANGUL.search(korean.get_text()), term.get_text()
        assert len(words.p.get_text().split()) >= 5, term.get_text()
    assert len(page.select(".glossary-first a")) >= 40


def test_chapters_link_a_term_once_where_they_first_use_it(trees, site):
    linked = 0
    for name in PAGES:
        targets = [link["href"] for link in trees[site / f"{name}.html"].select("a:has(> .glossary-term)")]
        assert len(targets) == len(set(targets)), name
        linked += len(targets)
    assert linked > 50


def test_terms_are_found_whole_and_longest_first():
    found = glossary.pattern(["capital", "human capital", "SME"])
    assert [match[0] for match in found.finditer("Human capital, capitalism, SMEs and capitals")] == [
        "Human capital", "SME", "capital"
    ]  # fmt: skip


def test_words_of_a_page_are_read_without_markup():
    assert search.plain("<p>a&amp;b <script>no</script><b>c</b></p>") == "a&b c"


def test_leftovers_go_and_status_tables_are_named():
    page = repairs.repaired(
        '<meta name="viewport" content="a"><meta name="viewport" content="b"><h2>Pages<a href="#p">#</a></h2>'
        '<article><table class="status"><tr><td>1</td></tr></table></article><div class="sidebar-primary-items__end">'
        '<div class="sidebar-primary-item"><div id="ethical-ad-placement"></div></div></div>'
    )
    assert page.count("viewport") == 1 and 'content="a"' in page
    assert 'aria-label="Pages"' in page and 'aria-label="Table: Pages"' in page
    assert "ethical" not in page and "sidebar-primary" not in page
