"""What the tests of the book share: the built site, a browser without a network and its page, and a tiny book."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BUILD = [str(Path(sys.executable).parent / "jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def build(root: Path, **environment: str) -> subprocess.CompletedProcess:
    """Build the book in a folder as `make book` does."""
    known = {
        key: value
        for key, value in os.environ.items()
        if key not in {"PYTHONPATH", "TWO_ECONOMIES_SITE", "TWO_ECONOMIES_REPOSITORY"}
    }
    return subprocess.run(BUILD, cwd=root, env={**known, **environment}, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="session")
def build_book():
    """Return the function that builds the book in a folder."""
    return build


@pytest.fixture(scope="session")
def site() -> Path:
    """The built site: the one in `_build` if a strict build made it from the present files; else built now."""
    from _ext import fresh

    html = ROOT / "_build" / "html"
    if not fresh.is_current(ROOT):
        done = build(ROOT)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    assert fresh.is_current(ROOT)
    return html


@pytest.fixture(scope="session")
def browser():
    """Chromium; tests that need it are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on the path (on Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def printed(site, browser):
    """The site with its PDFs; without Chromium `browser` skips."""
    assert (site / "two-economies.pdf").is_file(), "Chromium is here, but the site was built without PDFs: make book"
    return site


@pytest.fixture
def page(browser):
    """A page on a desktop that collects what it complains of."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.complaints = []
    opened.on("console", lambda said: said.type in ("error", "warning") and opened.complaints.append(said.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    context.close()


USED_BY_EXTENSIONS = (
    "analysis/theme.py",
    *(f"analysis/report/{room}.py" for room in (
        "__init__", "citations", "citing_works", "digests", "notebooks", "pages", "plain_markdown", "published",
        "values",
    )),
)  # fmt: skip
"""Rooms of the package that the extensions import; in a tiny book the rest of it is a stub."""

PAGE = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""

INDEX = (
    PAGE
    + """# A tiny book

It says {glue:text}`chapter.md::number:.1f`; see {numref}`fig-tiny` and [](#tab-tiny), or {cite:t}`tiny`.

```{code-cell} python3
:tags: [remove-input]
from IPython.display import display
display({"text/html": "<p>board</p>", "application/vnd.two-economies.claims+json":
         [{"id": "A1", "chapter": "chapter", "verdict": "supported"}]}, raw=True)
```

```{bibliography}
```
"""
)

CHAPTER = (
    PAGE
    + """# A chapter

```{code-cell} python3
:tags: [remove-input]
import analysis
from myst_nb import glue
number = float(open("../data/number.txt").read()) * analysis.FACTOR
glue("number", number, display=False)
```

A formula $y = A k^{1 - \\\\alpha}$ and a number {glue:text}`number:.1f`; [](#fig-other), [the table](#tab-tiny).

```{code-cell} python3
:tags: [remove-input]
from IPython.display import display
source = [{"publisher": "P", "dataset": "D & <d>", "vintage": "2026", "address": "https://example.org/?a=1&b=2",
           "licence": {"name": "CC BY 4.0", "path": "https://example.org/l", "status": "stated"}}]
rest = {"csv": f"a\\\\n{number}\\\\n", "data": f'["a"]\\\\n[{number}]\\\\n', "source": source, "note": None, "rows": 1}
svg = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs><style>*{stroke: red}</style>'
       '<path id="p" d="M0 0L9 9"/><clipPath id="c"><path d="M0 0"/></clipPath></defs>'
       '<use href="#p" clip-path="url(#c)" stroke="currentColor"/><text x="1" y="5">%s</text></svg>')
kind = "application/vnd.two-economies.exhibit+json"
png = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAA"
       "AACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==")
for name in ("fig-tiny", "fig-other"):
    display({"text/html": "fallback", kind: {"id": name, "title": "A <figure> & more", "alt": "One line that rises.",
             "svg": svg % number, "png_base64": png, **rest}}, raw=True)
display({"text/html": "fallback", kind: {"id": "tab-tiny", "title": "A table", "alt": "One number.",
         "table_html": "<table><thead><tr><th></th><th>x</th></tr></thead><tbody><tr><th>r</th><td>1</td></tr></tbody>"
                       "</table>",
         "synthetic": True, "secondary": True, **rest}}, raw=True)
```
"""
)


@pytest.fixture(scope="session")
def make_book():
    """Return a function that writes a tiny book, with this project's extensions and settings, into a folder."""

    def write(folder: Path) -> Path:
        for name in ("book/_ext", "book/_static"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("_config.yml", "CITATION.cff", *USED_BY_EXTENSIONS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        toc = {
            "format": "jb-book",
            "root": "book/index",
            "parts": [{"caption": "Part", "chapters": [{"file": "book/chapter"}]}],
        }
        files = {
            "_toc.yml": yaml.safe_dump(toc),
            "requirements.txt": "",
            "analysis/__init__.py": "FACTOR = 1\n",
            "data/number.txt": "51.0\n",
            "book/index.md": INDEX,
            "book/chapter.md": CHAPTER.replace("\\\\", "\\"),
            "book/references.bib": "@book{tiny, author={Tiny, T.}, title={Tiny}, publisher={P}, year={2020}}\n",
        }
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write
