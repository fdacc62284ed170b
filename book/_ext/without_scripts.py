"""Pages for browsers that run no scripts: a sheet that only they load, and the system's dark mode.

The theme hangs its colours on `html[data-theme]`, which a script sets to light or dark. The rules for both are written
once more for `auto`, the value that stands in the page, into a sheet inside `<noscript>`: nobody else loads it.
"""

from __future__ import annotations

import re
from pathlib import Path

from _ext.executed import in_order
from _ext.slim_css import blocks, selectors

COLOURS = "colours-without-scripts.css"
PLAIN = "without-scripts.css"
_HOLDS_RULES = ("@media", "@supports")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_LINK = re.compile(r'<link\b[^>]*href="([^"?]*_static/([^"?]+\.css))[^>]*>')
_HEAD_END = "</head>"


def rules(css: str, theme: str) -> str:
    """Return the rules of a sheet for one theme, as rules for pages on which no script chose.

    Examples
    --------
    >>> rules('html[data-theme="dark"] p,a{x:1}html[data-theme=light]{y:2}@media print{p{z:3}}', "dark")
    'html[data-theme="auto"] p{x:1}'
    """
    named = re.compile(rf"\[data-theme=[\"']?{theme}[\"']?\]")
    kept = []
    for head, body in blocks(_COMMENT.sub("", css)):
        if body is None:
            continue
        if head.startswith(_HOLDS_RULES):
            inner = rules(body, theme)
            kept += [f"{head}{{{inner}}}"] if inner else []
        elif mine := [named.sub('[data-theme="auto"]', one) for one in selectors(head) if named.search(one)]:
            kept.append(f"{','.join(mine)}{{{body}}}")
    return "".join(kept)


def colours(sheets: list[str]) -> str:
    """Return the sheet of colours: light, and dark where the system is."""
    light, dark = ("".join(rules(one, theme) for one in sheets) for theme in ("light", "dark"))
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n:root {{ color-scheme: dark; }}\n{dark}\n}}\n"


def linked(page: str) -> str:
    """Return the page with the sheets for browsers without scripts, after all others.

    Raises
    ------
    ValueError
        If the page has no head, or no sheet beside which these lie.
    """
    if not (first := _LINK.search(page)) or _HEAD_END not in page:
        raise ValueError("no head, or no style sheet in it, beside which the sheets for browsers without scripts lie")
    folder = first[1].removesuffix(first[2])
    links = "".join(f'<link rel="stylesheet" href="{folder}{name}"/>' for name in (COLOURS, PLAIN))
    return page.replace(_HEAD_END, f"<noscript>{links}</noscript>\n{_HEAD_END}", 1)


def write(app, exception) -> None:
    """Write the sheet of colours from the sheets that pages load, in their order, and link it on every page."""
    if exception or app.builder.format != "html":
        return
    out, used = Path(app.outdir), {}
    for docname in [*in_order(app), "search"]:
        path = out / f"{docname}.html"
        if path.exists():
            text = path.read_text(encoding="utf-8")
            used |= {name: True for _, name in _LINK.findall(text) if (out / "_static" / name).exists()}
            path.write_text(linked(text), encoding="utf-8")
    sheets = [(out / "_static" / name).read_text(encoding="utf-8") for name in used if name != "print.css"]
    (out / "_static" / COLOURS).write_text(colours(sheets), encoding="utf-8")


def setup(app):
    """Connect when sheets are slim and before the security policy is set."""
    app.connect("build-finished", write, priority=942)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
