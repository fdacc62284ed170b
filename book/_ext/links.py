"""What needs an address: canonical links, repository and launch buttons. All off while the addresses are not set."""

from __future__ import annotations

import shutil
from pathlib import Path

from _ext.project import BRANCH, addresses


def switch(app, config) -> None:
    """Set the theme's options from the addresses of site and repository."""
    held, options = addresses(), config.html_theme_options
    config.html_baseurl = held.site or ""
    on = held.repository is not None
    options["repository_url"] = held.repository or ""
    options["repository_branch"], options["path_to_docs"] = BRANCH, ""
    for button in ("use_repository_button", "use_issues_button", "use_edit_page_button"):
        options[button] = on
    if on and "github.com" in held.repository:
        options["launch_buttons"] = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    else:
        options["launch_buttons"] = {}


def offer_notebook(app, pagename, templatename, context, doctree) -> None:
    """Offer every executed page as a notebook, with or without launch buttons."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if "kernelspec" in app.env.metadata.get(pagename, {}) and executed.exists():
        target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(executed, target)
        context["ipynb_source"] = f"{pagename}.ipynb"


def setup(app):
    """Connect before the theme reads its options and before it makes the download buttons."""
    app.connect("config-inited", switch, priority=2)
    app.connect("html-page-context", offer_notebook, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
