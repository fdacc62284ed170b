"""Every page can be run by a reader: as a page in JupyterLab, as a plain notebook anywhere, and again from scratch."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from _ext import launch
from jupytext.config import load_jupytext_configuration_file

from analysis.report import notebooks, pages, published
from analysis.report.citing_works import Works
from analysis.report.plain_markdown import Book, Prose

ROOT = Path(__file__).parents[2]
RUNNING = pages.running(ROOT)
MAKE = "run 'make digests'"


@pytest.fixture(scope="module")
def kept():
    return published.read(ROOT / published.FOLDER)


# Pages in JupyterLab


@pytest.mark.parametrize("page", RUNNING)
def test_saving_a_page_from_jupyterlab_changes_nothing(page):
    text, settings = pages.source(ROOT, page), load_jupytext_configuration_file(str(ROOT / "pyproject.toml"))
    opened = jupytext.reads(text, fmt="md:myst", config=settings)
    saved = nbformat.reads(nbformat.writes(opened), as_version=4)
    remedy = "jupytext --to md:myst --output {0} {0}".format(f"book/{page}.md")
    assert jupytext.writes(saved, fmt="md:myst", config=settings) == text, remedy


def test_saving_keeps_front_matter_that_is_not_jupyters():
    settings = load_jupytext_configuration_file(str(ROOT / "pyproject.toml"))
    text = pages.source(ROOT, RUNNING[0]).replace("---\njupytext:", "---\nmyst:\n  html_meta:\n    a: b\njupytext:", 1)
    opened = jupytext.reads(text, fmt="md:myst", config=settings)
    assert "html_meta" in jupytext.writes(opened, fmt="md:myst", config=settings)


# Twins


def test_the_notebooks_in_the_repository_are_those_of_the_pages(kept):
    """Stale after a change of a page or of a published value; then they are to be written anew."""
    whole = notebooks.book(ROOT, kept, *notebooks.addresses(ROOT))
    folder = ROOT / notebooks.FOLDER
    paths = [path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    assert {path.relative_to(folder).with_suffix("").as_posix() for path in paths} == set(RUNNING), MAKE
    for page in RUNNING:
        text = notebooks.written(notebooks.twin(page, pages.source(ROOT, page), whole))
        assert (ROOT / notebooks.FOLDER / f"{page}.ipynb").read_text(encoding="utf-8") == text, f"{page}: {MAKE}"


@pytest.mark.parametrize("page", RUNNING)
def test_a_twin_is_valid_and_plain(page):
    held = nbformat.read(ROOT / notebooks.FOLDER / f"{page}.ipynb", as_version=4)
    nbformat.validate(held)
    for cell in held.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`\n]*`", "", cell.source, flags=re.S)
            assert not re.search(r"\{[a-z:-]+\}`|^[`:]{3,}\{|^\([\w-]+\)=$|\]\(#|\.md\)", prose, re.M), cell.source
    code = [cell.source for cell in held.cells if cell.cell_type == "code"]
    own = [cell.source for cell in jupytext.reads(pages.source(ROOT, page), fmt="md:myst").cells
           if cell.cell_type == "code"]  # fmt: skip
    assert "import analysis" in code[0] and code[1 : 1 + len(own)] == own


def run(notebook: Path) -> nbformat.NotebookNode:
    """Run a notebook as a reader does: where it lies, outside the project, with the package installed."""
    known = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", notebook.name]
    done = subprocess.run(command, cwd=notebook.parent, env=known, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(notebook, as_version=4)


@pytest.mark.parametrize("page", ["dual-economy/league", "appendix/speed", "appendix/standard-errors"])
def test_a_twin_runs_anywhere_and_its_numbers_come_out(page, tmp_path):
    path = shutil.copy(ROOT / notebooks.FOLDER / f"{page}.ipynb", tmp_path / "page.ipynb")
    said = "".join(output.get("text", "") for cell in run(Path(path)).cells for output in cell.get("outputs", []))
    assert re.search(r"All \d+ numbers in the text come out the same\.", said)


def test_a_twin_says_which_number_comes_out_otherwise(tmp_path):
    text = (ROOT / notebooks.FOLDER / "appendix" / "speed.ipynb").read_text(encoding="utf-8")
    held = nbformat.reads(text, as_version=4)
    closing = next(cell for cell in held.cells if "values.recheck(" in cell.source)
    name, printed = re.search(r'"(\w+):\.1f": "([\d.]+)"', closing.source).groups()
    closing.source = closing.source.replace(f'"{name}:.1f": "{printed}"', f'"{name}:.1f": "-1.0"')
    (tmp_path / "page.ipynb").write_text(nbformat.writes(held), encoding="utf-8")
    ran = run(tmp_path / "page.ipynb")
    said = "".join(one.get("text", "") for cell in ran.cells for one in cell.get("outputs", []))
    assert f"{name}: -1.0 in the text, {printed} now" in said


@pytest.mark.parametrize(
    ("repository", "says"),
    [(None, "pip install '.[lab,validation]'"),
     ("https://example.org/a/b", "two-economies[lab,validation] @ git+https://example.org/a/b@main")],
)  # fmt: skip
def test_where_the_package_is_missing_the_first_cell_gets_it_or_says_how(kept, repository, says):
    whole = notebooks.book(ROOT, kept, None, repository)
    first = notebooks.twin("appendix/speed", pages.source(ROOT, "appendix/speed"), whole).cells[0]
    assert first.cell_type == "code" and says in first.source
    compile(first.source.replace("%pip", "pip = 0  #"), "first", "exec")


# From MyST to Markdown


@pytest.fixture(scope="module")
def prose():
    said = {"part/page": {"level": 51.04, "who": "Korea", "many": 1234}, "part/other": {"x": 2.5}}
    works = Works(ROOT / "book" / "references.bib")
    book = Book(said, {"fig-a": "part/page"}, frozenset(said), works)
    return lambda site=None: Prose("part/page", Book(book.values, book.exhibits, book.notebooks, works, site))


SITE = "https://example.org/"
FORMS = [
    ("{glue:text}`level:.1f` of {glue:text}`who`", "51.0 of Korea", "51.0 of Korea"),
    ("{glue:text}`many:,.0f`; {glue:text}`other.md::x:.2f`", "1,234; 2.50", "1,234; 2.50"),
    ("{cite:t}`das_gupta_1993` {cite:p}`hall_jones_1999,caselli_2005`",
     "Das Gupta (1993) (Hall and Jones, 1999; Caselli, 2005)", None),
    ("{cite:p}`mcmillan_rodrik_verduzco_2014`", "(McMillan et al., 2014)", None),
    ("[](#fig-a), {numref}`fig-a`, [words](#fig-a)", "`fig-a`, `fig-a`, words (`fig-a`)",
     "[fig-a](https://example.org/book/part/page.html#fig-a)"),
    ("[one](other.md) [two](../part/other.md#x) [three](api.md)", "[one](other.ipynb) [two](other.ipynb) three",
     "[two](https://example.org/book/part/other.html#x)"),
    ("[out](https://example.org/a_(b))", "[out](https://example.org/a_(b))", None),
    ("(label)=\n## Heading", "## Heading", None),
    ("`{glue}` and\n```python\nx = [1](2)\n```", "`{glue}` and\n```python\nx = [1](2)\n```", None),
    (":::{note}\nCareful.\n:::", "> Careful.", None),
    ("```{report-address}\n```", "*Here the site shows what no notebook can: report address.*", None),
    ("$y = 2$ and {math}`x^2`", "$y = 2$ and $x^2$", None),
]  # fmt: skip


@pytest.mark.parametrize(("myst", "plain", "linked"), FORMS)
def test_every_form_has_a_plain_one(prose, myst, plain, linked):
    assert prose().plain(myst).strip() == plain
    if linked:
        assert linked in prose(SITE).plain(myst)


@pytest.mark.parametrize(
    ("myst", "says"),
    [
        ("{unheard}`of`", "part/page: role 'unheard' has no plain form; legal: glue:text"),
        ("```{figure} a.png\nWords.\n```", "directive 'figure' has no plain form; legal: bibliography"),
        ("{glue:text}`gone:.1f`", "part/page publishes no value 'gone'"),
        ("{cite:p}`nobody_1900`", "no work 'nobody_1900'"),
    ],
)
def test_what_has_no_plain_form_is_named(prose, myst, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        prose().plain(myst)


def test_works_are_listed_in_full():
    works = Works(ROOT / "book" / "references.bib")
    first, second = works.full(["mcmillan_rodrik_verduzco_2014", "das_gupta_1993"])
    assert "Das Gupta" in first and "Íñigo Verduzco" in second and "10.1016/j.worlddev.2013.10.012" in second


# Launch buttons


@pytest.mark.parametrize(
    ("repository", "places"),
    [
        ("https://github.com/a/b", {
            "Binder": "https://mybinder.org/v2/gh/a/b/main?urlpath=lab%2Ftree%2Fbook%2Fnotebooks%2Fx%2Fy.ipynb",
            "Colab": "https://colab.research.google.com/github/a/b/blob/main/book/notebooks/x/y.ipynb"}),
        ("https://gitlab.com/a/c/b.git", {
            "Binder": "https://mybinder.org/v2/gl/a%2Fc%2Fb/main?urlpath=lab%2Ftree%2Fbook%2Fnotebooks%2Fx%2Fy.ipynb"}),
        ("https://example.org/b", {
            "Binder": "https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Fb/main?urlpath="
                      "lab%2Ftree%2Fbook%2Fnotebooks%2Fx%2Fy.ipynb"}),
    ],
)  # fmt: skip
def test_launch_buttons_lead_to_twins(repository, places):
    assert launch.targets(repository, "x/y") == places


def test_binder_finds_what_it_builds_from():
    folder = ROOT / ".binder"
    assert "-r ../requirements.txt" in (folder / "requirements.txt").read_text()
    assert re.fullmatch(r"python-3\.1[123]\n", (folder / "runtime.txt").read_text())
    script = folder / "postBuild"
    assert os.access(script, os.X_OK) and "pip install" in script.read_text()


# The site


def test_the_site_shows_the_digests_that_are_published(site, kept):
    """Fails if a page gives other data than are published: then they are to be published anew, or the page is wrong."""
    shown = {one["id"]: one["sha256"] for one in json.loads((site / "exhibits.json").read_text(encoding="utf-8"))}
    listed = {name: record.digest() for name, record in kept.records[published.EXHIBITS].items()}
    assert shown == listed, MAKE
    for name, digest in shown.items():
        assert published.sha256(site / "_exhibits" / f"{name}.jsonl") == digest
        page = (site / "book" / f"{kept.pages[name]}.html").read_text(encoding="utf-8")
        assert re.search(rf'{name}\.jsonl" [^>]*SHA-256 {digest}', page), name


def test_the_status_page_has_seconds_versions_vintages_and_digests(site, kept):
    text = (site / "book" / "appendix" / "status.html").read_text(encoding="utf-8")
    for digest in [one.digest() for kind in ("exhibits", "values") for one in kept.records[kind].values()]:
        assert digest in text, MAKE
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for table in package["resources"]:
        assert table["hash"].removeprefix("sha256:") in text and table["name"] in text
    words = re.sub(r"<[^>]+>", " ", text)
    assert re.search(rf"Python\s+{re.escape(sys.version.split()[0])}", words) and re.search(r"pandas\s+\d", words)
    assert re.search(r"Last change to it\s+\d{4}-\d\d-\d\d|not known", words)
    assert len(re.findall(r"<td><p>\d+\.\d</p></td>", text)) == len(RUNNING)


def test_every_page_that_runs_offers_its_twin_with_what_the_run_showed(site):
    for page in RUNNING:
        html = (site / "book" / f"{page}.html").read_text(encoding="utf-8")
        there = re.search(r'href="([^"]+\.ipynb)"', html)
        assert there and (site / "book" / f"{page}.html").parent.joinpath(there[1]).resolve().is_file()
        held = nbformat.read(site / "notebooks" / f"{page}.ipynb", as_version=4)
        nbformat.validate(held)
        own = nbformat.read(ROOT / notebooks.FOLDER / f"{page}.ipynb", as_version=4)
        assert [cell.source for cell in held.cells] == [cell.source for cell in own.cells], f"{page}: {MAKE}"
        assert any(cell.get("outputs") for cell in held.cells)
