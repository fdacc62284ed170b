"""The tool-chain on a tiny book: strict, never stale, exhibits and claims published, addresses on and off."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest


@pytest.fixture(scope="module")
def book(tmp_path_factory, make_book, build_book):
    root = make_book(tmp_path_factory.mktemp("tiny"))
    done = build_book(root)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return root, done


def page(root, name="chapter"):
    return (root / "_build" / "html" / "book" / f"{name}.html").read_text(encoding="utf-8")


def listed(root, name):
    return json.loads((root / "_build" / "html" / name).read_text(encoding="utf-8"))


def test_strict_build_says_nothing_but_where_and_how_long(book):
    root, done = book
    assert re.search(r"book/index +\d+\.\d", done.stdout) and re.search(r"book/chapter +\d+\.\d", done.stdout)
    assert str(root / "_build" / "html" / "index.html") in done.stdout
    # Sphinx's own messages; a kernel that is slow to end may log a traceback of its sockets ("ERROR:tornado...").
    assert not re.findall(r"(?m)^(?:.*: )?(?:WARNING|ERROR): .*", done.stderr), done.stderr
    assert "fontTools" not in done.stderr, "nothing of the cutting of fonts"
    assert "output stderr" not in page(root) and "traceback" not in page(root)


def test_exhibits_become_numbered_figures_with_files(book):
    root, _ = book
    chapter, index = page(root), page(root, "index")
    assert "fallback" not in chapter
    for name in ("fig-tiny", "fig-other", "tab-tiny"):
        assert chapter.count(f'id="{name}"') == 1
    assert re.search(r'href="chapter.html#fig-tiny"><span class="std std-numref">Fig. 1</span>', index)
    assert re.search(r'href="chapter.html#tab-tiny"><span class="std std-numref">Table 1</span>', index)
    assert re.search(r'href="#fig-other"><span class="std std-numref">Fig. 2</span>', chapter)
    assert re.search(r'href="#tab-tiny"><span class="std std-ref">the table</span>', chapter)
    ids = re.findall(r'\bid="([^"]+)"', chapter)
    assert len(ids) == len(set(ids)), "ids clash"
    cut, drawn = (re.findall(pattern, chapter) for pattern in (r'clip-path="url\(#(.+?)\)"', r'<use href="#(.+?)"'))
    assert len(set(cut)) == len(set(drawn)) == 2 and set(cut + drawn) <= set(ids), "a drawing refers to its own parts"
    assert len(re.findall(r'<svg\b[^>]*stroke="red"', chapter)) == 2, "a style of a drawing is one of its attributes"
    assert "{stroke: red}" not in chapter, "no style reaches beyond a drawing"
    assert 'aria-label="One line that rises."' in chapter and "A &lt;figure&gt; &amp; more" in chapter
    assert "Synthetic data:" in chapter and "secondary source" in chapter and "CC BY 4.0" in chapter
    exhibits = listed(root, "exhibits.json")
    assert [one["id"] for one in exhibits] == ["fig-tiny", "fig-other", "tab-tiny"]
    for one in exhibits:
        assert {"title", "alt", "source", "page", "files"} <= set(one)
        for file in [one["page"], *one["files"]]:
            assert (root / "_build" / "html" / file).is_file(), file
    drawing = ElementTree.parse(root / "_build" / "html" / "_exhibits" / "fig-tiny.svg").getroot()
    assert drawing.find("{http://www.w3.org/2000/svg}desc").text == "One line that rises."


def test_claims_are_published(book):
    claims = listed(book[0], "claims.json")
    assert claims == [{"id": "A1", "chapter": "chapter", "verdict": "supported", "page": "book/chapter.html"}]


def test_formulas_are_mathml_and_no_foreign_script_is_named(book):
    chapter = page(book[0])
    assert "<math" in chapter and "mathjax.js" not in chapter.lower() and "fontawesome.js" not in chapter
    assert not re.findall(r'<(?:script|link|img)\b[^>]*(?:src|href)="https?:', chapter)


def test_nothing_needs_an_address_while_none_is_set(book):
    for name in ("index", "chapter"):
        html = page(book[0], name)
        assert (
            'rel="canonical"' not in html
            and "og:url" not in html
            and "mybinder" not in html
            and "github.com" not in html
        )
    door = (book[0] / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in door and "<title>Two Economies" in door and "url=book/index.html" in door


def test_every_address_appears_once_set(book, tmp_path, make_book, build_book):
    root = make_book(tmp_path)
    site, repository = "https://example.org/report", "https://github.com/example/two-economies"
    done = build_book(root, TWO_ECONOMIES_SITE=site, TWO_ECONOMIES_REPOSITORY=repository)
    assert done.returncode == 0, done.stderr
    chapter = page(root)
    assert f'<link rel="canonical" href="{site}/book/chapter.html"' in chapter
    assert f'content="{site}/book/chapter.html"' in chapter
    assert f"{repository}/edit/main/book/chapter.md" in chapter and f"{repository}/blob/main/book/chapter.md" in chapter
    binder = "mybinder.org/v2/gh/example/two-economies/main?urlpath="
    assert f"{binder}lab%2Ftree%2Fbook%2Fnotebooks%2Fchapter.ipynb" in chapter
    assert "colab.research.google.com/github/example/two-economies/blob/main/book/notebooks/chapter.ipynb" in chapter
    assert listed(root, "exhibits.json")[0]["address"] == f"{site}/book/chapter.html#fig-tiny"
    assert not (root / "_build" / "built-from.txt").exists()
    assert page(book[0]).count("canonical") == 0


@pytest.mark.parametrize(
    ("file", "text", "shown"), [("data/number.txt", "52.0", "52.0"), ("analysis/__init__.py", "FACTOR = 2", "104.0")]
)
def test_a_change_in_data_or_code_reruns_and_reaches_every_page(book, build_book, file, text, shown):
    root, _ = book
    (root / file).write_text(text, encoding="utf-8")
    done = build_book(root)
    assert done.returncode == 0, done.stderr
    assert "Executed notebook" in done.stdout + done.stderr
    assert f'a number <span class="pasted-text">{shown}</span>' in page(root) or f">{shown}<" in page(root)
    assert f">{shown}<" in page(root, "index"), "a page that cites another page's value is stale"
    assert shown in (root / "_build" / "html" / "_exhibits" / "fig-tiny.csv").read_text()


def test_nothing_runs_when_nothing_changed(book, build_book):
    done = build_book(book[0])
    assert done.returncode == 0 and "Executed notebook" not in done.stdout + done.stderr
    assert len(listed(book[0], "exhibits.json")) == 3, "exhibits come from the cache too"
    assert len(listed(book[0], "claims.json")) == 1, "so do claims"
    notebook = listed(book[0], "notebooks/chapter.ipynb")
    assert any(cell.get("outputs") for cell in notebook["cells"]), "so does the notebook that readers download"


FAULTS = [
    ("number = float", "import sys; sys.stderr.write('careful')\nnumber = float", "stderr was found"),
    ("A formula", "```{status} nothing\n```\n\nA formula", "no status table 'nothing'; legal: versions, pages"),
    ("A formula", "See {numref}`fig-missing`. A formula", "fig-missing"),
    ("A formula", "See [](#fig-gone). A formula", "fig-gone"),
    ('"alt": "One number."', '"alt": ""', "exhibit tab-tiny: no alt"),
    ("A formula $y", "A formula $\\nosuch y", "no MathML for"),
]


def test_every_fault_of_a_page_is_reported_and_fails_the_build(tmp_path, make_book, build_book):
    root = make_book(tmp_path)
    chapter = root / "book" / "chapter.md"
    for old, new, _ in FAULTS:
        assert old in chapter.read_text()
        chapter.write_text(chapter.read_text().replace(old, new, 1))
    done = build_book(root)
    assert done.returncode != 0
    reported = re.findall(r"(?:WARNING|ERROR): (.*)", done.stderr)
    for *_, says in FAULTS:
        assert any(says in line for line in reported), says
    assert not (root / "_build" / "built-from.txt").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("number = float", "raise RuntimeError('no')\nnumber = float", "RuntimeError"),
        ('("fig-tiny", "fig-other")', '("fig-tiny", "fig-tiny")', "two cells give the same exhibit id"),
    ],
)
def test_what_stops_the_build(tmp_path, make_book, build_book, old, new, says):
    root = make_book(tmp_path)
    chapter = root / "book" / "chapter.md"
    assert old in chapter.read_text()
    chapter.write_text(chapter.read_text().replace(old, new, 1))
    done = build_book(root)
    assert done.returncode != 0 and says in done.stdout + done.stderr
