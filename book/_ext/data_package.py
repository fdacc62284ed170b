"""Publish the data package with the site, so that every table can be downloaded from the page that describes it."""

from __future__ import annotations

import shutil
from pathlib import Path

from _ext.project import ROOT

FOLDER = "data"
BESIDE = ("CHANGELOG.md", "CITATION.cff")


def publish(app, exception) -> None:
    """Copy `data/` into the site as it is, and beside it what changed and how to cite, as files."""
    if exception is None and app.builder.format == "html":
        shutil.copytree(ROOT / "data", Path(app.outdir) / FOLDER, dirs_exist_ok=True)
        for name in BESIDE:
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, Path(app.outdir) / name)


def setup(app):
    """Connect after the pages are written."""
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
