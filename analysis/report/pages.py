"""The pages of the book as files: which there are, and their text."""

from __future__ import annotations

from pathlib import Path

import yaml


def running(root: Path) -> list[str]:
    """Return the names of all pages that run code, such as ``dual-economy/league``, in the order of the book."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"]] + [one["file"] for part in toc["parts"] for one in part["chapters"]]
    names = [name.removeprefix("book/") for name in files]
    return [name for name in names if "\nkernelspec:" in source(root, name)]


def source(root: Path, page: str) -> str:
    """Return the text of a page.

    Raises
    ------
    ValueError
        If there is no such page; the message names it.
    """
    path = root / "book" / f"{page}.md"
    if not path.is_file():
        raise ValueError(f"no page {page!r}: {path} does not exist")
    return path.read_text(encoding="utf-8")
