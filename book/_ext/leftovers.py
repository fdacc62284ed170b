"""Take out of the site what the theme leaves there for its own building: templates, whose links lead nowhere."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = "*webpack-macros.html"


def drop_templates(app, exception) -> None:
    """Remove the theme's templates from the static files."""
    if exception is None and app.builder.format == "html":
        for path in (Path(app.outdir) / "_static").glob(TEMPLATES):
            path.unlink()


def setup(app):
    """Connect after the static files are copied."""
    app.connect("build-finished", drop_templates)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
