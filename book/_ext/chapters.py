"""Which pages are chapters, and their short names: from the table of contents."""

from __future__ import annotations

from functools import cache

import yaml

from _ext.project import ROOT

OTHERS = ("book/appendix/",)
"""Folders whose pages are not chapters: they explain the report and argue nothing."""


@cache
def chapters() -> dict[str, str | None]:
    """Return the chapters in their order, each with its short name in the table of contents, if it has one there."""
    held = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [one for part in held.get("parts", []) for one in part["chapters"]]
    return {one["file"]: one.get("title") for one in listed if not one["file"].startswith(OTHERS)}


def folder_up(docname: str) -> str:
    """Return the way from a page to the root of the site."""
    return "../" * docname.count("/")
