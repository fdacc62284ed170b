"""The explorer on its page, with the chart library that draws it, served from the site itself.

A cell that returns an explorer carries its HTML (see `MIME`). Pages that hold one, and no others, load Vega, made into
one file at the end of the build from the libraries inside vl-convert, and the script that moves the controls.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from myst_nb.core import render
from sphinx.errors import ExtensionError

from _ext.executed import outputs

MIME = "application/vnd.two-economies.explorer+json"
ROOT = "@@root@@"
VENDOR = "vendor/vega.js"
_NOTICE = """/*! Vega {vega}, Vega-Lite {lite}, Vega-Embed {embed}: BSD-3-Clause,
(c) University of Washington Interactive Data Lab. With parts of D3: ISC, (c) Mike Bostock.
Bundled by vl-convert {convert}. Terms: vega-licence.txt, beside this file. */"""


class Explorer(nodes.General, nodes.Element):
    """An explorer: controls, tables, drawing and their data."""


class RenderExplorer:
    """Turn the explorer in a cell's output into a node."""

    mime_priority_overrides = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline: bool):
        """Return the node of an explorer, or None for any other type of output."""
        if data.mime_type != MIME or inline:
            return None
        return [Explorer("", html=data.content["html"])]


def visit(writer, node) -> None:
    """Write the explorer as it was made, with links that lead to the root of the site."""
    writer.body.append(node["html"].replace(ROOT, "../" * writer.builder.current_docname.count("/")))
    raise nodes.SkipNode


def add_files(app, pagename, templatename, context, doctree) -> None:
    """Load style, chart library and script on pages that hold an explorer."""
    if doctree is None or not any(doctree.findall(Explorer)):
        return
    app.add_css_file("explorer.css")
    app.add_js_file(VENDOR, loading_method="defer")
    app.add_js_file("explorer.js", loading_method="defer")


def bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script that adds one name to the page, `vegaEmbed`.

    Raises
    ------
    ExtensionError
        If vl-convert-python is not installed.
    """
    try:
        import vl_convert
    except ModuleNotFoundError as problem:
        raise ExtensionError(
            "a page holds the explorer, and vl-convert-python, which carries its chart library, is not installed"
        ) from problem
    script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    notice = _NOTICE.format(
        vega=vl_convert.get_vega_version(), lite=vl_convert.get_vegalite_versions()[-1],
        embed=vl_convert.get_vega_embed_version(), convert=vl_convert.__version__,
    )  # fmt: skip
    return f"{notice}\n(() => {{\n{script}\n}})();\n"


def publish(app, exception) -> None:
    """Write the chart library into the site, if a page needs it."""
    if exception or app.builder.format != "html" or not any(outputs(app, MIME)):
        return
    path = Path(app.outdir) / "_static" / VENDOR
    path.parent.mkdir(exist_ok=True)
    path.write_text(bundle(), encoding="utf-8")


def setup(app):
    """Register node and renderer beside those that MyST-NB found, as in `exhibits`."""
    earlier = render.load_mime_renders
    render.load_mime_renders = lambda: [*earlier(), RenderExplorer]
    app.add_node(Explorer, html=(visit, None))
    app.connect("html-page-context", add_files)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
