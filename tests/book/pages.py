"""Pages of the book, its parts and briefs, and the screen of a phone."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(one["file"] for part in TOC["parts"] for one in part["chapters"])]
PARTS = {chapter["file"]: (part["caption"], chapter["title"]) for part in TOC["parts"] for chapter in part["chapters"]}
BRIEFS = list(yaml.safe_load((ROOT / "book" / "briefs.yml").read_text(encoding="utf-8")))
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
