"""Cut the theme's fonts of icons down to the icons that its slimmed sheets still name: a few dozen of two thousand."""

from __future__ import annotations

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = "_static/vendor/fontawesome/webfonts"
SHEET = "_static/styles/pydata-sphinx-theme.css"
_NAMED = re.compile(r"""["']\\([0-9a-fA-F]{4,5})["']""")
_SOURCES = re.compile(
    r'src:url\(([^)]*?/)(fa-[\w-]+)\.woff2\) format\("woff2"\),url\([^)]*\.ttf\) format\("truetype"\)'
)


def cut(font: Path, icons: set[int]) -> Path:
    """Write the icons of a font into a file beside it, in a form that every browser reads, and return its path."""
    options = subset.Options(layout_features=[], name_IDs=["*"], notdef_outline=True, recalc_timestamp=False)
    options.flavor, made = "woff", font.with_suffix(".woff")
    with TTFont(font, recalcTimestamp=False) as held:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=icons & set(held.getBestCmap()))
        cutter.subset(held)
        held.flavor = "woff"
        held.save(made)
    return made


def cut_all(app, exception) -> None:
    """Put the small fonts in place of the large ones."""
    folder, sheet = Path(app.outdir) / FOLDER, Path(app.outdir) / SHEET
    if exception or app.builder.format != "html" or not folder.is_dir():
        return
    css = sheet.read_text(encoding="utf-8")
    sheets = [path.read_text(encoding="utf-8") for path in sorted((Path(app.outdir) / "_static").rglob("*.css"))]
    icons = {int(code, 16) for text in sheets for code in _NAMED.findall(text)}
    for font in sorted(folder.glob("*.ttf")):
        cut(font, icons)
    for large in [*folder.glob("*.ttf"), *folder.glob("*.woff2")]:
        large.unlink()
    sheet.write_text(_SOURCES.sub(r'src:url(\1\2.woff) format("woff")', css), encoding="utf-8")


def setup(app):
    """Connect after the sheets are slimmed."""
    app.connect("build-finished", cut_all, priority=945)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
