"""Lead readers who find an error to where they can report it: a link at the foot of every page, an address on one."""

from __future__ import annotations

from urllib.parse import quote

from docutils import nodes

from _ext.project import addresses

PAGE = "book/appendix/corrections"
_REPORT = "Page or exhibit:\nIt says:\nIt should say:\nHow I know:\n"


def where(repository: str | None) -> nodes.paragraph:
    """Return the sentence that says where to report: a new issue, if the repository has an address."""
    if repository is None:
        return nodes.paragraph(
            "", "This copy of the site has no public repository: tell whoever gave it to you, in those four points."
        )
    link = f"{repository}/issues/new?title={quote('Error in ')}&body={quote(_REPORT)}"
    said = nodes.paragraph("", "Write it ")
    said += nodes.reference("", "as an issue in the repository", refuri=link)
    said += nodes.Text("; the form there has the four points.")
    return said


def say_where(app, doctree) -> None:
    """End the first section of the page with that sentence."""
    if app.env.docname == PAGE:
        page = doctree.next_node(nodes.section)
        page.next_node(nodes.section).append(where(addresses().repository))


def add_link(app, pagename, templatename, context, doctree) -> None:
    """Put the link to the page of corrections at the foot of a page."""
    if PAGE in app.env.found_docs:
        link = f'<p><a href="{context["pathto"](PAGE)}">Report an error, or see what was corrected</a></p>'
        context["theme_extra_footer"] = f"{context.get('theme_extra_footer') or ''}{link}"


def setup(app):
    """Connect to the reading and the writing of pages."""
    app.connect("doctree-read", say_where)
    app.connect("html-page-context", add_link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
