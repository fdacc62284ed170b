"""A content security policy on every page: nothing comes from elsewhere, and no script runs but the book's.

The policy stands in the page, so that it also holds from disk and on hosts that set no headers. It names the few inline
scripts and styles of a page by their hashes; handlers and styles inside tags are refused when the site is built.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from sphinx.errors import ExtensionError

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S | re.I)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.S | re.I)
_DATA = re.compile(r"\btype=[\"'](?!text/javascript|module|application/javascript)", re.I)
_HANDLER = re.compile(r"<[a-z][^<>]*?\s(on[a-z]+|style)\s*=\s*[\"']", re.I)
_CHARSET = re.compile(r"<meta charset=[\"'][^\"']*[\"']\s*/?>", re.I)
POLICY = {
    "default-src": ["'none'"], "script-src": ["'self'"], "style-src": ["'self'"], "img-src": ["'self'", "data:"],
    "font-src": ["'self'"], "connect-src": ["'self'"], "form-action": ["'self'"], "base-uri": ["'none'"],
}  # fmt: skip


def digest(text: str) -> str:
    """Return the name by which a policy allows an inline script or style.

    Examples
    --------
    >>> digest("let a = 1")
    "'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(page: str) -> str:
    """Return the policy of a page.

    Raises
    ------
    ValueError
        If a tag carries a handler or a style: no hash can allow it. The message shows the tag.
    """
    bare = _STYLE.sub("", _SCRIPT.sub("", page))
    if found := _HANDLER.search(bare):
        raise ValueError(f"{found[1]}= inside a tag, which the policy refuses: {found[0][:160]}")
    held = {name: list(values) for name, values in POLICY.items()}
    for attributes, text in _SCRIPT.findall(page):
        if "src=" not in attributes and not _DATA.search(attributes):
            held["script-src"].append(digest(text))
    held["style-src"] += [digest(text) for text in _STYLE.findall(page)]
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in held.items())


def secured(page: str) -> str:
    """Return the page with its policy first in the head, after the charset."""
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">'
    made, count = _CHARSET.subn(lambda charset: f"{charset[0]}\n{tag}", page, count=1)
    if not count:
        raise ValueError("no <meta charset>, after which the policy would stand")
    return made


def secure_all(app, exception) -> None:
    """Put the policy on every page of the site."""
    if exception or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        if "_static" in path.relative_to(app.outdir).parts:
            continue
        try:
            path.write_text(secured(path.read_text(encoding="utf-8")), encoding="utf-8")
        except ValueError as problem:
            raise ExtensionError(f"{path.relative_to(app.outdir)}: {problem}") from problem


def setup(app):
    """Connect after every page is written and mended."""
    app.connect("build-finished", secure_all, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
