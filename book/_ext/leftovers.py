"""Take out of the site what the theme leaves there for its own building: templates, and words in other languages."""

from __future__ import annotations

import shutil
from pathlib import Path

TEMPLATES, WORDS = "*webpack-macros.html", "locales"


def drop_leftovers(app, exception) -> None:
    """Remove the theme's templates, whose links lead nowhere, and the sources of its translations."""
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        for path in static.glob(TEMPLATES):
            path.unlink()
        shutil.rmtree(static / WORDS, ignore_errors=True)


def setup(app):
    """Connect after the static files are copied."""
    app.connect("build-finished", drop_leftovers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
