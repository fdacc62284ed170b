"""What each published file is: its media type by the end of its name, and whether its content is of that type."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import yaml

TYPES = {
    ".bib": "application/x-bibtex",
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".eot": "application/vnd.ms-fontobject",
    ".gif": "image/gif",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".inv": "application/octet-stream",  # Sphinx's list of names that other books may link to
    ".ipynb": "application/x-ipynb+json",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".jsonld": "application/ld+json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".ris": "application/x-research-info-systems",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".yml": "application/yaml",
}
_BEGINS = {
    ".gif": b"GIF8",
    ".jpg": b"\xff\xd8\xff",
    ".pdf": b"%PDF-",
    ".png": b"\x89PNG\r\n\x1a\n",
    ".woff": b"wOFF",
    ".woff2": b"wOF2",
}
_TEXT = {".bib", ".cff", ".css", ".csv", ".html", ".ipynb", ".js", ".json", ".jsonl", ".jsonld", ".map", ".md", ".py",
         ".ris", ".svg", ".txt", ".xml", ".yml"}  # fmt: skip
_ROOT_OF = {".svg": "{http://www.w3.org/2000/svg}svg"}
_WITHOUT_ENDING = {"SHA256SUMS": "text/plain", ".nojekyll": "text/plain", ".buildinfo": "text/plain"}


def media_type(path: Path) -> str:
    """Return the media type of a file.

    Raises
    ------
    ValueError
        If the end of the name is not known; the message names the file and the known ends.
    """
    found = _WITHOUT_ENDING.get(path.name) or TYPES.get(path.suffix)
    if found is None:
        raise ValueError(f"no media type for {path.name}; known: {', '.join(TYPES)} (book/_release/media.py)")
    return found


def fault(path: Path) -> str | None:
    """Return in what a file is not what its name says, or None if it is.

    Text must be UTF-8, pictures, fonts and PDFs must begin (and PDFs end) as theirs do, and data must parse: every row
    of a CSV file has as many cells as its header, before which lines that begin with # may say what it is.
    """
    kind, content = path.suffix, path.read_bytes()
    if not content and path.name not in _WITHOUT_ENDING:
        return "is empty"
    if not content.startswith(_BEGINS.get(kind, b"")):
        return f"does not begin like {media_type(path)}"
    if kind == ".pdf" and b"%%EOF" not in content[-1024:]:
        return "breaks off before the end of the PDF"
    if kind not in _TEXT:
        return None
    try:
        _parse(kind, content.decode("utf-8"))
    except (ValueError, ElementTree.ParseError, yaml.YAMLError, csv.Error, nbformat.ValidationError) as error:
        return f"is not {media_type(path)}: {str(error).splitlines()[0]}"
    return None


def _parse(kind: str, text: str) -> None:
    if kind in {".json", ".jsonld", ".map"}:
        json.loads(text)
    elif kind == ".jsonl":
        for line in text.removesuffix("\n").split("\n"):
            json.loads(line)
    elif kind == ".ipynb":
        nbformat.validate(nbformat.reads(text, as_version=4))
    elif kind in {".yml", ".cff"}:
        yaml.safe_load(text)
    elif kind in {".svg", ".xml"}:
        root = ElementTree.fromstring(text)
        if root.tag != _ROOT_OF.get(kind, root.tag):
            raise ValueError(f"the outermost element is {root.tag}")
    elif kind == ".csv":
        lines = text.splitlines(keepends=True)
        # before the header may stand what the table is and whose
        said = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
        if said == len(lines):
            raise ValueError("no header")
        header, *rows = csv.reader(lines[said:], strict=True)
        uneven = next((n for n, row in enumerate(rows, start=2) if len(row) != len(header)), None)
        if uneven:
            raise ValueError(f"row {uneven} has not the {len(header)} cells of the header")
    elif kind == ".ris":
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines or not lines[0].startswith("TY  - ") or not lines[-1].startswith("ER  -"):
            raise ValueError("no record from TY to ER")
    elif kind == ".bib" and not re.match(r"\s*@\w+\s*\{", text):
        raise ValueError("no entry")
    elif kind == ".html" and not re.match(r"\s*<!doctype html>", text, re.IGNORECASE):
        raise ValueError("no document type")
