"""Every link inside the site leads somewhere: to a page, a file or a place on a page."""

from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site with its tree."""
    found = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    return {path.resolve(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


def test_links_inside_the_site_lead_somewhere(pages):
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    dead = []
    for path, page in pages.items():
        for link in page.find_all("a", href=True):
            address, place = urldefrag(link["href"])
            if address.startswith(("http", "mailto:")):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            if not target.exists() or (place and target in ids and unquote(place) not in ids[target]):
                dead.append(f"{path.name}: {link['href']}")
    assert not dead


def test_every_table_can_be_downloaded(pages, site):
    (page,) = [tree for path, tree in pages.items() if path.name == "data.html"]
    files = {Path(link["href"]).name for link in page.find_all("a", download=True)}
    assert files == {path.name for path in (site / "data").glob("*.csv")}
    assert (site / "data" / "datapackage.json").is_file()
