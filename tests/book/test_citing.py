"""How to cite: blocks, files, tags and cards of the built site, and the citation file of the project."""

from __future__ import annotations

import json
import re
from collections import Counter
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree

import bibtexparser
import pytest
import rispy
import yaml
from _ext import cite, metadata, project, social_cards
from _ext.chapters import chapters
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pybtex.database import parse_string as pybtex_parse
from pylatexenc.latex2text import LatexNodes2Text

from analysis import __version__
from analysis.report.citations import KINDS, STYLES, Vintage, described

CHAPTERS = list(chapters())
ROOT_PAGE = "book/index"
SCALE = re.compile(r"rating|claimreview|bestRating|reviewBody", re.I)


@pytest.fixture(scope="module")
def trees(site):
    """Every page of the site, by its path without the ending; of an exhibit's data page, its head."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        where, text = path.relative_to(site), path.read_text(encoding="utf-8")
        if "_static" not in where.parts:
            text = text.partition("<body")[0] if "_exhibits" in where.parts else text
            found[where.with_suffix("").as_posix()] = BeautifulSoup(text, "lxml")
    return found


@pytest.fixture(scope="module")
def exhibits(site):
    return json.loads((site / "exhibits.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cited(site):
    """What can be cited, by its id, each with its three files read by the libraries made for them."""
    found = {}
    for path in sorted((site / cite.FOLDER).glob("*.json")):
        bib = path.with_suffix(".bib").read_text(encoding="utf-8")
        library = bibtexparser.parse_string(bib)
        assert not library.failed_blocks and len(library.entries) == 1, path.name
        (entry,) = pybtex_parse(bib, "bibtex").entries.values()
        (item,) = json.loads(path.read_text(encoding="utf-8"))
        (record,) = rispy.loads(path.with_suffix(".ris").read_bytes().decode())
        found[path.stem] = SimpleNamespace(bib=library.entries[0], pybtex=entry, ris=record, csl=item)
    return found


LATEX = LatexNodes2Text(keep_braced_groups=False)


def typeset(latex: str) -> str:
    return LATEX.latex_to_text(latex)


def heading(tree) -> str:
    title = tree.select_one("article h1")
    return " ".join("".join(part for part in title.find_all(string=True) if part.parent.name != "a").split())


def sources(held: list[dict]) -> list[Vintage]:
    """Return the vintages of data that exhibits rest on, in the order of citations."""
    outside = [one for shown in held for one in shown["source"] if one["table"] != one["address"]]
    plain = {
        Vintage(*(" ".join(str(one[part]).split()) for part in ("publisher", "dataset", "vintage"))) for one in outside
    }
    return sorted(plain, key=str)


def expected(trees, exhibits) -> dict[str, tuple[str, str, list[Vintage]]]:
    """Return kind, title and vintages of everything that is to be cited, by its id."""
    made = {"two-economies": ("book", project.citation()["title"], sources(exhibits))}
    for name in CHAPTERS:
        own = [one for one in exhibits if one["page"] == f"{name}.html"]
        made[name.rsplit("/", 1)[-1]] = ("chapter", heading(trees[name]), sources(own))
    for one in exhibits:
        made[one["id"]] = ("figure" if one["id"].startswith("fig-") else "table", one["title"], sources([one]))
    return made


def test_there_is_a_citation_of_everything_and_of_nothing_else(site, trees, exhibits, cited):
    assert set(cited) == set(expected(trees, exhibits))
    assert len(list((site / cite.FOLDER).iterdir())) == 3 * len(cited)
    keys = Counter(one.bib.key for one in cited.values())
    assert max(keys.values()) == 1


def test_every_file_names_the_title_the_version_and_the_vintages(trees, exhibits, cited):
    for name, (kind, title, vintages) in expected(trees, exhibits).items():
        one, plain = cited[name], " ".join(title.split())
        bib = {field.key: field.value for field in one.bib.fields}
        assert typeset(bib["title"]) == typeset(one.pybtex.fields["title"]) == plain, name
        assert one.ris["title"] == one.csl["title"] == plain, name
        assert bib["version"] == one.ris["edition"] == one.csl["version"] == __version__, name
        assert bib["year"] == one.ris["year"] == str(one.csl["issued"]["date-parts"][0][0]), name
        assert (one.bib.entry_type, one.ris["type_of_reference"], one.csl["type"]) == (
            KINDS[kind].bibtex, KINDS[kind].ris, KINDS[kind].csl
        ), name  # fmt: skip
        held = [Vintage(*(row[part] for part in ("publisher", "dataset", "vintage"))) for row in _vintages(one)]
        assert held == vintages, name
        assert [note for note in one.ris["notes"] if note.startswith("Data source")] == [
            f"Data source: {row}" for row in vintages
        ], name
        words = described(tuple(vintages))
        assert typeset(bib["note"]) == one.csl["note"] == words[:1].upper() + words[1:], name


def _vintages(one) -> list[dict]:
    return one.csl["custom"]["data-vintages"]


def blocks(trees) -> dict:
    """Return every block of the site by the id of its work, with the page that it stands on."""
    found = {}
    for page, tree in trees.items():
        for block in tree.select("details.cite"):
            figure = block.find_parent("figure")
            link = block.select_one(".cite-files a")["href"]
            name = link.rsplit("/", 1)[-1].rsplit(".", 1)[0]
            assert figure is None or figure["id"] == name, page
            assert name not in found, name
            found[name] = (page, block)
    return found


def test_every_chapter_and_exhibit_has_its_block(site, trees, exhibits, cited):
    found = blocks(trees)
    assert set(found) == set(cited)
    pages = {one["id"]: one["page"].removesuffix(".html") for one in exhibits}
    for name, (page, block) in found.items():
        assert page == pages.get(name, page)
        assert block.summary.get_text(strip=True).startswith("Cite")
        said = [one.get_text() for one in block.select("dd")]
        assert [one.get_text() for one in block.select("dt")] == list(STYLES)
        for words in said:
            assert f"ersion {__version__}" in words and "ata vintage:" in words, name
        assert cited[name].csl["title"] in said[0], name
        links = block.select(".cite-files a[download]")
        assert [link.get_text() for link in links] == list(cite.FORMATS)
        for link in links:
            assert (site / page).parent.joinpath(link["href"]).resolve().is_file()


def test_blocks_of_pages_stand_on_chapters_and_the_front_page_alone(trees):
    with_block = {page for page, tree in trees.items() if tree.select_one(f"details.cite#{cite.PLACE}")}
    assert with_block == {*CHAPTERS, ROOT_PAGE}
    for page in with_block:
        assert trees[page].select_one(f".page-facts a[href='#{cite.PLACE}']"), page


def test_a_block_opens_by_keyboard_and_without_scripts(site, browser, exhibits):
    first = next(one for one in exhibits if one["page"] == f"{CHAPTERS[0]}.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / first["page"]).as_uri())
    block = page.locator(f"#{first['id']} details.cite")
    assert not block.locator("dd").first.is_visible()
    block.locator("summary").focus()
    page.keyboard.press("Enter")
    assert block.locator("dd").first.is_visible()
    assert page.locator("details#cite dd").first.is_visible()
    context.close()


def json_ld(tree) -> list[dict]:
    return [json.loads(one.string) for one in tree.select('script[type="application/ld+json"]')]


def test_only_chapters_are_scholarly_articles(trees):
    for page, tree in trees.items():
        tags = {one["name"]: one["content"] for one in tree.select("meta[name^=citation_]")}
        kinds = [one.get("@type") for one in json_ld(tree)]
        if page not in CHAPTERS:
            assert not tags and "ScholarlyArticle" not in kinds, page
            assert ("Report" in kinds) == (page == ROOT_PAGE), page
            continue
        assert {"citation_title", "citation_author", "citation_publication_date", "citation_inbook_title"} <= set(tags)
        assert tags["citation_title"] == heading(tree) and re.fullmatch(
            r"\d{4}/\d\d/\d\d", tags["citation_publication_date"]
        )
        (article,) = [one for one in json_ld(tree) if one["@type"] == "ScholarlyArticle"]
        assert article["headline"] == heading(tree) and article["version"] == __version__
        assert article["author"] == [{"@type": "Organization", "name": tags["citation_author"]}]
        assert article["isPartOf"]["name"] == tags["citation_inbook_title"] == project.citation()["title"]


def test_claims_are_described_with_their_evidence_and_nobody_is_rated(site, trees):
    ledger = {one["id"]: one for one in json.loads((site / "claims.json").read_text(encoding="utf-8"))}
    (graph,) = [one["@graph"] for one in json_ld(trees[ROOT_PAGE]) if "@graph" in one]
    claims = {one["identifier"]: one for one in graph if one["@type"] == "Claim"}
    assert list(claims) == list(ledger)
    nodes = {one["@id"] for one in graph}
    for name, claim in claims.items():
        held = ledger[name]
        assert claim["text"] == held["claim"] and f"Verdict: {held['verdict']}." in claim["description"]
        assert held["measured"] in claim["description"] and held["depends_on"] in claim["description"]
        assert leads_somewhere(site, trees, ROOT_PAGE, claim["@id"]), name
        assert ("appearance" in claim) == bool(held["page"])
        if held["page"]:
            assert leads_somewhere(site, trees, ROOT_PAGE, claim["appearance"]["url"])
        tables = {one["table"] for one in held["readings"]}
        evidence = claim.get("citation", [])
        assert {one["name"] for one in evidence if one.get("@type") == "Dataset"} == tables, name
        shown = [one["@id"] for one in evidence if "@id" in one]
        assert set(shown) <= nodes and (shown or not tables), name
        assert all(leads_somewhere(site, trees, ROOT_PAGE, one.get("url") or one["@id"]) for one in evidence), name
    for page, tree in trees.items():
        assert not any(SCALE.search(one.string) for one in tree.select('script[type="application/ld+json"]')), page


def leads_somewhere(site, trees, page: str, address: str) -> bool:
    path, place = urldefrag(address)
    target = (site / page).parent.joinpath(unquote(path)).resolve()
    name = target.relative_to(site.resolve()).with_suffix("").as_posix()
    return target.is_file() and (not place or trees[name].find(id=unquote(place)) is not None)


def test_link_previews_are_complete_and_say_everything_once(site, trees):
    for page in [ROOT_PAGE, *CHAPTERS]:
        tags = Counter(one["property"] for one in trees[page].select("meta[property]"))
        assert set(tags.values()) == {1}, page
        held = {one["property"]: one["content"] for one in trees[page].select("meta[property]")}
        assert held["og:title"] == heading(trees[page]) and held["og:title"] in held["og:image:alt"]
        card = (site / page).parent / held["og:image"]
        with Image.open(card) as picture:
            assert picture.size == social_cards.SIZE and picture.format == "PNG"
        assert card.stat().st_size < 300_000
    assert {path.stem for path in (site / social_cards.FOLDER).iterdir()} == {
        "two-economies", *(name.rsplit("/", 1)[-1] for name in CHAPTERS)
    }  # fmt: skip


def test_addresses_are_absolute_once_the_site_has_one(tmp_path, make_book, build_book):
    root, site = make_book(tmp_path), "https://example.org/report"
    done = build_book(root, TWO_ECONOMIES_SITE=site)
    assert done.returncode == 0, done.stderr
    out = root / "_build" / "html"
    page = BeautifulSoup((out / "book/chapter.html").read_text(encoding="utf-8"), "html.parser")
    held = {one.get("property") or one.get("name"): one["content"] for one in page.select("meta[content]")}
    assert held["og:image"] == f"{site}/_cards/chapter.png" and (out / "_cards" / "chapter.png").is_file()
    assert held["citation_fulltext_html_url"] == held["og:url"] == f"{site}/book/chapter.html"
    pdf = f"{site}/book/chapter.pdf" if (out / "book/chapter.pdf").is_file() else None
    assert held.get("citation_pdf_url") == pdf
    entry = bibtexparser.parse_string((out / "_citations/fig-tiny.bib").read_text(encoding="utf-8")).entries[0]
    assert entry["url"] == f"{site}/book/chapter.html#fig-tiny"
    assert entry["url"] in page.select_one("#fig-tiny details.cite dd").get_text()
    listed = [one.text for one in ElementTree.parse(out / "sitemap.xml").findall(".//{*}loc")]
    assert listed == [f"{site}/book/{name}.html" for name in ("chapter", "index")]
    assert f"Sitemap: {site}/sitemap.xml" in (out / "robots.txt").read_text(encoding="utf-8")


def test_there_is_no_sitemap_without_an_address(site):
    assert not (site / "sitemap.xml").exists() and not (site / "robots.txt").exists()


@given(st.text(st.sampled_from("</script!->&\"'\\ab한")))
def test_no_text_ends_the_element_that_holds_it(words):
    made = metadata.script({"text": words})
    tree = BeautifulSoup(made + "<p>after</p>", "html.parser")
    assert json.loads(tree.script.string) == {"text": words} and tree.p.get_text() == "after"


def test_a_finding_fits_its_card():
    for words in ("Short", "word " * 30, "word " * 120, "W" * 120, "Long " + "W" * 60 + " end"):
        lines, size = social_cards.fitted(words.strip(), 520)
        assert len(lines) * size * 1.3 <= 370 and all(social_cards._wide(line, size) <= 540 for line in lines)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "") or lines[-1].endswith("…")
    assert social_cards.fitted("word " * 120, 520)[0][-1].endswith("…")


def test_a_card_has_the_same_bytes_each_time_and_draws_no_empty_boxes(tmp_path):
    for name in ("a.png", "b.png"):
        social_cards.draw(tmp_path / name, "Where", "A finding with $5 & 10 %", "Foot", None)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert social_cards.drawable("Korea \U000e0fff 51") == "Korea 51"


def test_korean_words_are_drawn_where_there_is_a_font_and_left_out_elsewhere(tmp_path):
    held = len(social_cards.families()) > 1
    assert social_cards.drawable("SMEs 중소기업 51") == ("SMEs 중소기업 51" if held else "SMEs 51")
    social_cards.draw(
        tmp_path / "a.png", "Where", social_cards.drawable("SMEs 중소기업 51"), "Foot", None
    )  # no warning


CITATION = project.ROOT / "CITATION.cff"


def test_the_citation_file_is_valid_by_the_published_schema():
    package = pytest.importorskip("check_jsonschema.builtin_schemas", reason="check-jsonschema carries the schema")
    from jsonschema import Draft7Validator, FormatChecker

    schema = package.get_builtin_schema("vendor.citation-file-format")
    assert "1.2.0" in schema["$id"]
    held = json.loads(json.dumps(yaml.safe_load(CITATION.read_text(encoding="utf-8")), default=str))
    check = Draft7Validator(schema, format_checker=FormatChecker())
    assert [error.message for error in check.iter_errors(held)] == []
    assert list(check.iter_errors({**held, "authors": []})), "the schema refuses nothing"


def test_the_citation_file_says_what_every_citation_needs():
    held = project.citation()
    assert held["cff-version"] == "1.2.0" and held["version"] == __version__ and held["type"] == "software"
    known = {
        "abstract", "authors", "cff-version", "date-released", "doi", "keywords", "license", "message",
        "repository-code", "title", "type", "url", "version",
    }  # fmt: skip
    assert set(held) <= known
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(held["date-released"]))
    assert all(isinstance(held[name], str) and held[name].strip() for name in ("title", "message", "abstract"))
    assert all(one.get("name") or {"family-names", "given-names"} <= set(one) for one in held["authors"])
