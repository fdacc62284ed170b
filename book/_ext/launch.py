"""Buttons that open a page's notebook in Binder or Colab, where the repository has an address.

Both open files of the repository, and neither opens a page in Markdown as a notebook, so they lead to the twins that
the repository holds.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from _ext.notebooks import page_of, runs_code
from _ext.project import BRANCH, addresses
from analysis.report.notebooks import FOLDER

BINDER, COLAB = "https://mybinder.org/v2", "https://colab.research.google.com"
_PROVIDERS = {"github.com": "gh/{}", "gitlab.com": "gl/{}"}


def targets(repository: str, page: str) -> dict[str, str]:
    """Return where a page's notebook opens, by name of the service; Colab opens repositories on GitHub only.

    Parameters
    ----------
    repository : str
        Its address, without a slash at the end.
    page : str
        Such as ``dual-economy/league``.
    """
    host, project = urlsplit(repository).netloc, urlsplit(repository).path.strip("/").removesuffix(".git")
    if host == "gitlab.com":
        project = quote(project, safe="")
    held = _PROVIDERS.get(host, f"git/{quote(repository, safe='')}").format(project)
    file = f"{FOLDER}/{page}.ipynb"
    found = {"Binder": f"{BINDER}/{held}/{BRANCH}?urlpath={quote(f'lab/tree/{file}', safe='')}"}
    if host == "github.com":
        found["Colab"] = f"{COLAB}/github/{project}/blob/{BRANCH}/{file}"
    return found


_ICONS = {"Binder": "_static/images/logo_binder.svg", "Colab": "_static/images/logo_colab.png"}


def offer(app, pagename, templatename, context, doctree) -> None:
    """Add the buttons to the head of a page that runs code."""
    repository = addresses().repository
    if doctree is None or repository is None or not runs_code(app, pagename):
        return
    buttons = [
        {"type": "link", "text": name, "tooltip": f"Run this page in {name}", "icon": _ICONS[name], "url": address}
        for name, address in targets(repository, page_of(pagename)).items()
    ]
    context["header_buttons"].append(
        {
            "type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket", "buttons": buttons,
            "label": "launch-buttons",
        }
    )  # fmt: skip


def setup(app):
    """Connect after the theme has made its own buttons."""
    app.connect("html-page-context", offer, priority=601)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
