"""Citations survive the libraries made to read them: every sign of a title, people, year, version, address, vintage."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest
import rispy
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pybtex.database import parse_string as pybtex_parse
from pylatexenc.latex2text import LatexNodes2Text

from analysis import __version__
from analysis.report import citations
from analysis.report.citations import KINDS, STYLES, Vintage, Work, bibtex, csl, csl_json, described, ris, text

ENTITY = ({"name": "Two Economies project"},)
PEOPLE = ({"family-names": "Kim", "given-names": "Jinho"}, {"family-names": "O'Brien & Sons", "given-names": "Ä."})
SIGNS = "\"'`&%$#_{}~^\\<>@|*/-–—.,:;?!()[]†“”‘’ éñß한국생산성漢 aZ09"
WHOLE = ("book", "chapter")
TITLES = st.text(st.sampled_from(SIGNS), min_size=1, max_size=40).filter(lambda title: title.strip())


def work(kind: str = "chapter", **changes) -> Work:
    made = Work(
        id="fig-level", kind=kind, title="How far behind", authors=ENTITY, released=date(2026, 3, 9), version="0.1.0",
        path="book/league.html", address="https://example.org/a_b/league.html#fig-level",
        book=None if kind == "book" else "Two Economies: R&D", chapter=None if kind in WHOLE else "League",
        vintages=(Vintage("OECD", "PDB_LV & more", "2026-09-28"),),
    )  # fmt: skip
    return replace(made, **changes)


def typeset(latex: str) -> str:
    """Return what LaTeX would print, with the signs that the converter writes in another form put right."""
    for command, sign in ((r"{\textbraceleft}", r"\{"), (r"{\textbraceright}", r"\}")):
        latex = latex.replace(command, sign)
    return LatexNodes2Text(keep_braced_groups=False).latex_to_text(latex).replace("ˆ", "^")


def read_bibtex(entry: str) -> tuple[dict, dict, object]:
    """Return the fields by both libraries, as they stand in the file, and pybtex's entry."""
    library = bibtexparser.parse_string(entry)
    assert not library.failed_blocks and len(library.entries) == 1
    parsed = pybtex_parse(entry, "bibtex").entries
    (found,) = parsed.values()
    return {field.key: field.value for field in library.entries[0].fields}, dict(found.fields), found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("authors", [ENTITY, PEOPLE])
@example(title="{")
@example(title="}{")
@example(title="-- --- '' `` ?` !` \\textbf{x} \\")
@example(title='A "quoted" {title} with 100 % & $5_^~# of 한국 <i>x</i>')
@settings(max_examples=30, deadline=None)
@given(title=TITLES)
def test_bibtex_comes_back_whole_from_two_libraries(kind, authors, title):
    made = work(kind, title=title, authors=authors)
    by_first, by_second, entry = read_bibtex(bibtex(made))
    plain = " ".join(title.split())
    for fields in (by_first, by_second):
        assert typeset(fields["title"].strip("{}") if fields["title"] == "{}" else fields["title"]) == plain
        assert fields["year"] == "2026" and fields["version"] == "0.1.0" and fields["url"] == made.address
        assert "2026-09-28" in fields["note"] and r"PDB\_LV \& more" in fields["annote"]
    people = [typeset(str(person)) for person in entry.persons["author"]]
    assert people == ([one["name"] for one in authors] if authors == ENTITY else ["Kim, Jinho", "O'Brien & Sons, Ä."])
    assert entry.type == KINDS[kind].bibtex


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(title=TITLES)
def test_ris_comes_back_whole(kind, title):
    made = work(kind, title=title, authors=PEOPLE)
    (record,) = rispy.loads(ris(made))
    assert record["title"] == " ".join(title.split())
    assert record["authors"] == ["Kim, Jinho", "O'Brien & Sons, Ä."]
    assert (record["year"], record["edition"], record["urls"]) == ("2026", "0.1.0", [made.address])
    assert record["type_of_reference"] == KINDS[kind].ris
    assert "Data vintage: OECD (2026-09-28)" in record["notes"]
    assert "Data source: OECD, PDB_LV & more (2026-09-28)" in record["notes"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(title=TITLES)
def test_csl_json_comes_back_whole(kind, title):
    made = work(kind, title=title, authors=PEOPLE)
    (item,) = json.loads(csl_json(made))
    assert item == csl(made)
    assert item["title"] == " ".join(title.split()) and item["URL"] == made.address and item["version"] == "0.1.0"
    assert item["issued"] == {"date-parts": [[2026, 3, 9]]} and item["type"] == KINDS[kind].csl
    assert item["author"][0] == {"family": "Kim", "given": "Jinho"}
    assert item["custom"]["data-vintages"] == [
        {"publisher": "OECD", "dataset": "PDB_LV & more", "vintage": "2026-09-28"}
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(inside=st.text(st.sampled_from("&%$#_{}~^\\<>@|*/-–éñ한국† aZ09"), max_size=20))
def test_plain_text_says_everything(style, kind, inside):
    """Chicago may change the case of words."""
    title = f"Alpha {inside} omega"
    said = text(work(kind, title=title), style)
    assert " ".join(title.split()).lower() in said.lower()
    for part in ("Two Economies project", "2026", "ersion 0.1.0", "2026-09-28", "https://example.org/a_b/league.html"):
        assert part in said
    if kind != "book":
        assert "two economies: r&d" in said.lower()
    marked = text(work(kind, title=title), style, markup=True)
    assert BeautifulSoup(marked, "html.parser").get_text() == said


def test_the_two_styles():
    """The models are the entries for a chapter and a figure in the manuals of the styles."""
    chapter = work(title='What "near" means', address=None, vintages=())
    assert text(chapter, "APA") == (
        'Two Economies project. (2026). What "near" means [Data vintage: none, no outside data]. '
        "In Two Economies: R&D (Version 0.1.0)."
    )
    assert text(replace(chapter, title="Who leads?"), "Chicago").startswith(
        "Two Economies project. 2026. “Who Leads?” In Two Economies: R&D, version 0.1.0. Two Economies project."
    )
    assert "“What ‘near’ Means.” In" in text(chapter, "Chicago")
    figure = work("figure", title="Korea makes 51.0 dollars")
    assert "Korea makes 51.0 dollars [Figure in “League”; Data vintage: OECD (2026-09-28)]. In" in text(figure, "APA")
    assert "“Korea Makes 51.0 Dollars.” Figure in “League.” In" in text(figure, "Chicago")
    assert "<i>Two Economies: R&amp;D</i>" in text(chapter, "APA", markup=True)


def test_a_citation_does_not_hide_what_an_exhibit_marks():
    made = work("figure", synthetic=True, secondary=True, vintages=())
    assert "[Figure of synthetic data in “League”; Data vintage: none, no outside data]" in text(made, "APA")
    assert csl(made)["genre"] == "Figure of synthetic data in “League”"
    assert "Rests on a secondary source" in rispy.loads(ris(made))[0]["notes"]
    assert "Rests on a secondary source" in read_bibtex(bibtex(made))[0]["annote"]


def test_people_are_cited_as_people():
    made = work(authors=PEOPLE[:1])
    assert text(made, "APA").startswith("Kim, J. (2026).") and text(made, "Chicago").startswith("Kim, J. 2026.")


def test_line_breaks_and_control_signs_do_not_break_a_format():
    made = work(title="One\ntwo\r\nER  - \u2028TY  - X\x00\x85\ttab", path="a\nb.html")
    (record,) = rispy.loads(ris(made))
    assert record["title"] == "One two ER - TY - X tab"
    assert read_bibtex(bibtex(made))[0]["title"] == "{One two ER - TY - X tab}"


def test_without_an_address_every_format_says_where_in_the_site():
    made = work(address=None)
    fields, *_ = read_bibtex(bibtex(made))
    assert "url" not in fields and "Place in the site: book/league.html" in fields["annote"]
    (record,) = rispy.loads(ris(made))
    assert "urls" not in record and "Place in the site: book/league.html" in record["notes"]
    assert "URL" not in csl(made) and csl(made)["custom"]["place-in-the-site"] == "book/league.html"


def test_an_address_is_written_so_that_every_format_can_hold_it():
    made = work(address="https://example.org/ a{b}%20한/x.html?q=1&r=2#fig-a")
    held = "https://example.org/%20a%7Bb%7D%20%ED%95%9C/x.html?q=1&r=2#fig-a"
    assert read_bibtex(bibtex(made))[0]["url"] == csl(made)["URL"] == rispy.loads(ris(made))[0]["urls"][0] == held


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (["2026-09-28"], "data vintage: P0 (2026-09-28)"),
        (["11.0", "read in November 2026"],
         "data vintage: P0 (11.0); P1 (read in November 2026)"),
        (["11.0", "2025-07", "read in 2026"],
         "data vintage: 3 vintages of 3 publishers, the newest dated release 2025-07"),
        (["data year 2018", "2021", "11.0"],
         "data vintage: 3 vintages of 3 publishers, the newest dated release 2021"),
        (["a", "b", "fortnights 202319 to 202512"], "data vintage: 3 vintages of 3 publishers"),
        (["2024-06", "2024-06-15", "2024"],
         "data vintage: 3 vintages of 3 publishers, the newest dated release 2024-06-15"),
    ],
)
def test_the_vintage_of_data_in_words(found, says):
    assert described(tuple(Vintage(f"P{at}", "D", name) for at, name in enumerate(found))) == says


def test_vintages_of_real_exhibits():
    from analysis.report.exhibits import _sources

    assert [one.vintage for one in citations.vintages(_sources("x", "gdp_per_hour:oecd-pdb-2026-09"))] == ["2026-09-28"]
    assert citations.vintages(_sources("x", "code:analysis/theme.py")) == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "poem"}, "kind 'poem'; legal: book, chapter, figure, table"),
        ({"title": " "}, "'title' is missing"),
        ({"version": ""}, "'version' is missing"),
        ({"authors": ()}, "'authors' is missing"),
        ({"book": None}, "a chapter is part of a 'book'"),
    ],
)
def test_what_cannot_be_cited_is_refused_by_name(change, says):
    with pytest.raises(ValueError, match=says):
        work(**change)


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="style 'MLA'; legal: APA, Chicago"):
        text(work(), "MLA")


def test_the_version_that_is_cited_is_that_of_the_package():
    from _ext.project import citation

    assert citation()["version"] == __version__
    assert citations.PREFIX == "two-economies"
