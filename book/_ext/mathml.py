"""Formulas as MathML, made at build time: no script, no foreign host, read aloud by screen readers."""

from __future__ import annotations

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

_log = logging.getLogger(__name__)
_UNKNOWN = re.compile(r"<m[a-z]+>\s*(\\[A-Za-z]+|&(?:amp;)?(?=<))")
_ALIKE = {"aligned": "split", "alignedat": "split", "align": "align*", "equation": "equation*", "gather": "gather*"}
"""Environments the converter lacks or numbers by itself, and those it knows that look the same."""


def mathml(latex: str, display: str) -> str:
    r"""Turn LaTeX into MathML.

    Parameters
    ----------
    latex : str
    display : str
        "inline" or "block".

    Raises
    ------
    ValueError
        If a command is unknown to the converter, which would print it as it stands.
    """
    known = re.sub(r"\\(begin|end)\{(\w+)\}", lambda tag: rf"\{tag[1]}{{{_ALIKE.get(tag[2], tag[2])}}}", latex)
    made = convert(known, display=display)
    unknown = sorted(set(_UNKNOWN.findall(made)))
    if unknown:
        raise ValueError(f"formula {latex!r}: no MathML for {', '.join(unknown)}")
    return made


def _converted(node, display: str) -> str:
    latex = node.astext()
    if display == "block" and r"\\" in latex and r"\begin" not in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    try:
        return mathml(latex, display)
    except Exception as problem:  # the converter raises a family of its own for malformed LaTeX
        _log.warning("%s", problem, location=node)
        return f"<code>{latex}</code>"


def _inline(writer, node) -> None:
    writer.body.append(_converted(node, "inline"))
    raise nodes.SkipNode


def _block(writer, node) -> None:
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(_converted(node, "block") + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer; `html_math_renderer: mathml` chooses it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
