"""What needs an address: canonical links and repository buttons. All off while the addresses are not set."""

from __future__ import annotations

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
    options["launch_buttons"] = {}  # the theme's own lead to pages in Markdown, which open as no notebook: see `launch`


def setup(app):
    """Connect before the theme reads its options."""
    app.connect("config-inited", switch, priority=2)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
