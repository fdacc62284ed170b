"""Prepare a drawing for a page: its ids and styles touch nothing else, and its words reach screen readers."""

from __future__ import annotations

import html
import re

_ID = re.compile(r"""(?<![\w:-])id=(["'])(.+?)\1""")
_FORBIDDEN = re.compile(r"<script\b|<foreignObject\b|\son\w+\s*=|(?:href|src)\s*=\s*[\"'](?!#|data:image/png)", re.I)


def isolate(svg: str, prefix: str) -> str:
    """Return the drawing with every id, reference to an id and style rule bound to `prefix`.

    Raises
    ------
    ValueError
        If it is not one svg element, or if it runs code or points outside itself.
    """
    found = re.search(r"<svg\b.*</svg>", svg, re.S)
    if not found:
        raise ValueError(f"exhibit {prefix}: the drawing has no <svg> element")
    drawing = re.sub(r"<!--.*?-->\s*", "", found.group(0), flags=re.S)
    if unsafe := _FORBIDDEN.search(drawing):
        raise ValueError(f"exhibit {prefix}: a drawing may not contain {unsafe.group(0)!r}")
    for name in {match.group(2) for match in _ID.finditer(drawing)}:
        if not name.startswith(f"{prefix}-"):
            drawing = _rename(drawing, name, f"{prefix}-{name}")
    return re.sub(
        r"(<style\b[^>]*>)(.*?)(</style>)",
        lambda rule: rule[1] + _scoped(rule[2], prefix) + rule[3],
        drawing,
        flags=re.S,
    )


def _rename(drawing: str, old: str, new: str) -> str:
    name = re.escape(old)
    drawing = re.sub(rf"""(?<![\w:-])id=(["']){name}\1""", f'id="{new}"', drawing)
    drawing = re.sub(rf"""href=(["'])#{name}\1""", f'href="#{new}"', drawing)
    return re.sub(rf"""url\((["']?)#{name}\1\)""", f"url(#{new})", drawing)


def _scoped(rules: str, prefix: str) -> str:
    """Bind style rules to the exhibit: matplotlib writes ``* {...}``, which would style the whole page."""
    return re.sub(
        r"([^{}]+)\{", lambda head: ", ".join(f"#{prefix} {one.strip()}" for one in head[1].split(",")) + "{", rules
    )


def described(svg: str, alt: str) -> str:
    """Return the drawing as one image to assistive technology, with `alt` as its description."""
    opening = re.match(r"<svg\b[^>]*>", svg).group(0)
    plain = re.sub(r'\s(?:role|aria-\w+|focusable)="[^"]*"', "", opening)
    labelled = plain.replace("<svg", f'<svg role="img" focusable="false" aria-label="{html.escape(alt)}"', 1)
    return labelled + svg[len(opening) :]


def standalone(svg: str, title: str, alt: str) -> str:
    """Return the drawing as a file of its own: title and description inside, on white, which holds on any page."""
    opening = re.match(r"<svg\b[^>]*>", svg).group(0)
    head = opening
    for name, value in (("xmlns", "http://www.w3.org/2000/svg"), ("xmlns:xlink", "http://www.w3.org/1999/xlink")):
        if f' {name}="' not in head:
            head = head.replace("<svg", f'<svg {name}="{value}"', 1)
    head = head.replace("<svg", '<svg color="#1b1f24"', 1)
    words = f"<title>{html.escape(title)}</title><desc>{html.escape(alt)}</desc>"
    words += '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{words}{svg[len(opening) :]}\n'
