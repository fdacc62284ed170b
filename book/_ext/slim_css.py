"""Drop from the theme's style sheets what no page of the site can use: two thirds of them are icons and utilities.

A rule goes when each of its selectors names a class that stands nowhere in the site's pages and scripts. Names that
Bootstrap's script puts together from pieces are kept. The book's own sheets stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from _ext.project import ROOT

_WORD = re.compile(r"[A-Za-z0-9_-]+")
_CLASS = re.compile(r"\.((?:[A-Za-z_-]|\\.)(?:[A-Za-z0-9_-]|\\.)*)")
_COMMENT = re.compile(r"/\*(?!!).*?\*/", re.S)
_MADE_UP = ("bs-", "tooltip", "popover", "modal-", "dropdown-")
_HOLDS_RULES = ("@media", "@supports", "@layer", "@container")
_SPECIAL = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")


def blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield head and body of every rule of a sheet; a statement without a body has None."""
    at, start = 0, 0
    while at < len(css):
        if css[at] in "\"'":
            at = css.index(css[at], at + 1)
        elif css[at] == ";":
            yield css[start:at].strip(), None
            start = at + 1
        elif css[at] == "{":
            head, end = css[start:at].strip(), _end(css, at)
            yield head, css[at + 1 : end]
            start = at = end + 1
            continue
        at += 1


def _end(css: str, at: int) -> int:
    depth = 0
    while True:
        if css[at] in "\"'":
            quote = css[at]
            at += 1
            while css[at] != quote:
                at += 2 if css[at] == "\\" else 1
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if not depth:
            return at
        at += 1


def selectors(head: str) -> list[str]:
    """Return the selectors of a rule, split at the commas that stand outside brackets.

    Examples
    --------
    >>> selectors("a:is(.b,.c),d")
    ['a:is(.b,.c)', 'd']
    """
    parts, depth = [""], 0
    for letter in head:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def slim(css: str, words: set[str]) -> str:
    """Return the sheet without rules that need a class which is not among the words.

    Examples
    --------
    >>> slim(".a,.b .c{x:1}.c{y:2}@media print{.c{z:3}}p{w:4}", {"a", "b"})
    '.a{x:1}p{w:4}'
    """
    kept = []
    for head, body in blocks(_COMMENT.sub("", css)):
        if body is None:
            kept.append(f"{head};")
        elif head.startswith(_HOLDS_RULES):
            inner = slim(body, words)
            kept += [f"{head}{{{inner}}}"] if inner else []
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        elif alive := [
            one for one in selectors(head) if all(name in words or name.startswith(_MADE_UP) for name in _classes(one))
        ]:
            kept.append(f"{','.join(alive)}{{{body}}}")
    return "".join(kept)


def _classes(selector: str) -> set[str]:
    return {name.replace("\\", "") for name in _CLASS.findall(_SPECIAL.sub("", selector))}


def slim_all(app, exception) -> None:
    """Slim every sheet that the site ships, and drop the maps and scripts that no page loads."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = [path.read_text(encoding="utf-8") for kind in ("*.html", "*.js") for path in sorted(out.rglob(kind))]
    words = {word for text in texts for word in _WORD.findall(text)}
    own = {path.name for path in (ROOT / "book" / "_static").rglob("*.css")}
    for path in [path for path in sorted((out / "_static").rglob("*.css")) if path.name not in own]:
        path.write_text(slim(path.read_text(encoding="utf-8"), words), encoding="utf-8")
    for path in [*sorted((out / "_static").rglob("*.map")), out / "_static" / "scripts" / "fontawesome.js"]:
        path.unlink(missing_ok=True)


def setup(app):
    """Connect after every page and script is written and mended."""
    app.connect("build-finished", slim_all, priority=940)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
