"""The twin of a page: the same page as a plain notebook that runs in JupyterLab, Colab or Binder without edits.

Its cells of code are those of the page. A cell before them makes `import analysis` work, a cell after them computes
every number of the text again and says which come out otherwise. Twins lie in the folder `book/notebooks`.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from analysis.report import pages, published
from analysis.report.citing_works import Works
from analysis.report.plain_markdown import Book, Prose
from analysis.report.published import Published

FOLDER = "book/notebooks"
BRANCH = "main"
PACKAGE = "two-economies[lab,validation]"
_HIDDEN = {"remove-input", "hide-input"}


def book(root: Path, kept: Published, site: str | None = None, repository: str | None = None) -> Book:
    """Return what twins need of a checkout and of what its pages published."""
    said = {page: dict(record.rows) for page, record in kept.records[published.VALUES].items()}
    works = Works(root / "book" / "references.bib")
    return Book(said, kept.pages, frozenset(pages.running(root)), works, site, repository)


def twin(page: str, text: str, whole: Book):
    """Return the twin of a page as a notebook without outputs, the same for the same page and values.

    Parameters
    ----------
    page : str
        Such as ``dual-economy/league``.
    text : str
        Its source.
    whole : Book
    """
    import jupytext  # of the book's tool-chain, as is nbformat
    from nbformat import v4

    prose, read = Prose(page, whole), jupytext.reads(text, fmt="md:myst")
    cells = [v4.new_code_cell(_opening(whole.repository))]
    for cell in read.cells:
        if cell.cell_type == "code":
            cells.append(v4.new_code_cell(cell.source, metadata=_hidden(cell.metadata)))
        elif plain := prose.plain(cell.source).strip():
            cells.append(v4.new_markdown_cell(plain))
    if prose.printed:
        cells += [v4.new_markdown_cell(_NUMBERS), v4.new_code_cell(_closing(prose.printed))]
    if prose.cited:
        listed = "\n".join(f"- {one}" for one in whole.works.full(prose.cited))
        cells.append(v4.new_markdown_cell(f"## Works cited\n\n{listed}"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


_NUMBERS = """## Are the numbers in the text still what the code gives?

The text above was written with the values of the published page. The next cell compares each of them with what this
run computed."""


def _opening(repository: str | None) -> str:
    words = "# The package of this report, with its data: installed here if it is not yet."
    if repository:
        return (
            f"{words}\ntry:\n    import analysis\nexcept ModuleNotFoundError:\n"
            f'    %pip install --quiet "{PACKAGE} @ git+{repository}@{BRANCH}"\n    import analysis'
        )
    extras = PACKAGE.partition("[")[2].rstrip("]")
    return (
        "# The package of this report, with its data.\ntry:\n    import analysis\n"
        "except ModuleNotFoundError as missing:\n"
        f'    remedy = "install it from a copy of the project: pip install \'.[{extras}]\'"\n'
        "    raise ModuleNotFoundError(remedy) from missing"
    )


def _closing(printed: dict[str, str]) -> str:
    pairs = "\n".join(
        f"    {json.dumps(name)}: {json.dumps(text, ensure_ascii=False)}," for name, text in sorted(printed.items())
    )
    return f"from analysis.report import values\n\nvalues.recheck({{\n{pairs}\n}})"


def _hidden(metadata: dict) -> dict:
    """Fold away the code that the page folds away, in JupyterLab and in Colab."""
    tags = list(metadata.get("tags", []))
    folded = {"jupyter": {"source_hidden": True}, "cellView": "form"} if _HIDDEN & set(tags) else {}
    return {"tags": tags, **folded} if tags else {}


def written(notebook) -> str:
    """Return a notebook as the text of its file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def addresses(root: Path) -> tuple[str | None, str | None]:
    """Return the addresses of site and repository that `CITATION.cff` sets, None where it sets none."""
    cff = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    site, repository = cff.get("url"), cff.get("repository-code")
    return site.rstrip("/") + "/" if site else None, repository.rstrip("/") if repository else None


def write(root: Path, kept: Published) -> list[Path]:
    """Write the twins of all pages into the folder `book/notebooks` of a checkout, and remove those without a page."""
    whole, paths = book(root, kept, *addresses(root)), []
    for page in sorted(whole.notebooks):
        path = root / FOLDER / f"{page}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(twin(page, pages.source(root, page), whole)).encode())
        paths.append(path)
    for path in set((root / FOLDER).rglob("*.ipynb")) - set(paths):
        path.unlink()
    return paths
