"""A sitemap for search engines, and the file that leads them to it, once the site has an address: both need one."""

from __future__ import annotations

from pathlib import Path

from _ext.project import addresses


def publish(app, exception) -> None:
    """Write `robots.txt`: everything may be read, and the list of pages is there."""
    if exception is None and app.builder.format == "html":
        text = f"User-agent: *\nAllow: /\nSitemap: {addresses().site}{app.config.sitemap_filename}\n"
        (Path(app.outdir) / "robots.txt").write_text(text, encoding="utf-8")


def setup(app):
    """Load sphinx-sitemap with the settings of this site."""
    if addresses().site:
        app.setup_extension("sphinx_sitemap")
        app.config.sitemap_url_scheme = "{link}"
        app.config.sitemap_excludes = ["search.html", "404.html", "genindex.html"]
        app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
