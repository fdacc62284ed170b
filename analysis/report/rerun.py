"""Run the pages of the book from scratch, each in a process of its own, and collect what they publish.

Nothing is taken from an earlier run: no cache is read, and none is written. The pages are read as files, so this needs
the book's tool-chain (jupytext, nbclient) and a checkout, and no part of the site.
"""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.report import cards, digests, exhibits, pages, published
from analysis.report.digests import Record

GLUE = "application/papermill.record/text/plain"
TIMEOUT = 600
"""Seconds that one cell may take."""


@dataclass(frozen=True)
class Outcome:
    """What one page published: records of its exhibits, its values, judgements of claims, tables that exhibits cite.

    `problems` are the errors that its cells raised; cells after one run all the same.
    """

    page: str
    exhibits: dict[str, Record]
    values: dict[str, float | str]
    claims: dict[str, Record]
    tables: dict[str, list[str]]
    problems: tuple[str, ...] = ()
    seconds: float = 0.0


def run(root: Path, names: list[str], jobs: int) -> Iterator[Outcome]:
    """Run pages, some at a time, and yield what they published, in the order given."""
    with _path_to(root), ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda name: run_page(root, name), names)


def run_page(root: Path, page: str) -> Outcome:
    """Run one page in the folder where it lies, as the build of the site does, and return what it published."""
    import jupytext  # of the book's tool-chain, as is nbclient
    from nbclient import NotebookClient

    notebook, started = jupytext.reads(pages.source(root, page), fmt="md:myst"), time.perf_counter()
    place = {"metadata": {"path": str((root / "book" / page).parent)}}
    NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="python3", allow_errors=True, resources=place,
        extra_arguments=["--log-level=ERROR"],
    ).execute()  # fmt: skip
    return replace(collected(page, notebook), seconds=time.perf_counter() - started)


def collected(page: str, notebook) -> Outcome:
    """Return what the outputs of a notebook that has run publish.

    Raises
    ------
    ValueError
        If two cells make an exhibit of the same id.
    """
    shown: dict[str, Record] = {}
    values: dict[str, float | str] = {}
    claims: dict[str, Record] = {}
    tables: dict[str, list[str]] = {}
    problems = []
    for output in (one for cell in notebook.cells for one in cell.get("outputs", [])):
        if output["output_type"] == "error":
            problems.append(f"{output['ename']}: {output['evalue']}")
        data = output.get("data", {})
        if exhibits.MIME in data:
            payload = data[exhibits.MIME]
            if payload["id"] in shown:
                raise ValueError(f"{page}: two cells make the exhibit {payload['id']}")
            shown[payload["id"]] = digests.read(payload["data"])
            tables[payload["id"]] = sorted({one["table"] for one in payload["source"]})
        if cards.MIME in data:
            claims |= {one["id"]: published.claim(one) for one in data[cards.MIME]}
        if GLUE in data:
            values[output["metadata"]["scrapbook"]["name"]] = ast.literal_eval(data[GLUE])
    return Outcome(page, shown, values, claims, tables, tuple(problems))


@contextmanager
def _path_to(root: Path) -> Iterator[None]:
    """Let kernels import `analysis` from a checkout, whatever version of it is installed."""
    held = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(root.resolve()), *([held] if held else [])])
    try:
        yield
    finally:
        if held is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = held
