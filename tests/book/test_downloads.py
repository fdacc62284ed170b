"""Every file that the site offers is what its name says: by content, not by name."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from urllib.parse import unquote, urldefrag

from bs4 import BeautifulSoup


def _is_notebook(content: bytes) -> bool:
    return json.loads(content)["nbformat"] == 4


KINDS = {
    ".svg": lambda content: ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg",
    ".png": lambda content: content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-16:],
    ".csv": lambda content: len({len(row) for row in csv.reader(_rows(content))}) == 1,
    ".json": lambda content: isinstance(json.loads(content), (dict, list)),
    ".jsonl": lambda content: all(json.loads(line) is not None for line in content.decode("utf-8").splitlines()),
    ".ipynb": _is_notebook,
    ".pdf": lambda content: content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:],
    ".bib": lambda content: content.lstrip().startswith(b"@"),
    ".ris": lambda content: content.lstrip().startswith(b"TY  - ") and b"ER  -" in content,
    ".md": lambda content: bool(content.decode("utf-8").strip()) and b"<html" not in content[:200].lower(),
    ".txt": lambda content: bool(content.decode("utf-8").strip()),
    ".zip": lambda content: content.startswith(b"PK"),
    ".gz": lambda content: content.startswith(b"\x1f\x8b"),
}
"""What the content of a file of each kind must look like."""


def _rows(content: bytes) -> list[str]:
    return [line for line in content.decode("utf-8").splitlines() if not line.startswith("#")]


def test_every_download_is_what_its_name_says(site):
    """By content, for every link to a file: those marked as downloads and those to sources and notebooks."""
    found = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    pages = {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}
    linked = {
        (path.parent / unquote(urldefrag(link["href"])[0])).resolve()
        for path, page in pages.items()
        for link in page.find_all("a", href=True)
        if not link["href"].startswith(("http", "mailto:", "#"))
    }
    files = {path for path in linked if path.is_file() and path.suffix != ".html"}
    files |= {path.resolve() for path in (site / "_exhibits").iterdir() if path.suffix != ".html"}
    assert files and not {path.suffix for path in files} - set(KINDS)
    wrong = []
    for path in sorted(files):
        try:
            right = KINDS[path.suffix](path.read_bytes())
        except (ValueError, KeyError, ET.ParseError) as problem:
            right = f"{problem}"
        if right is not True:
            wrong.append(f"{path.relative_to(site.resolve())}: {right}")
    assert not wrong
