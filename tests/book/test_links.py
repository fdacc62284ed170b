"""Every link inside the site leads somewhere, from disk too: to a file of exactly that name and a place on its page.

Pages, drawings, notebooks, the map of the site, the lists of exhibits and claims, and the links inside PDFs are read.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from _ext.project import addresses
from bs4 import BeautifulSoup

REFERENCES = {
    "a": "href", "area": "href", "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src",
    "object": "data", "form": "action", "use": "href", "image": "href", "video": "src", "audio": "src",
}  # fmt: skip
AWAY = re.compile(r"(https?|mailto|data|blob):", re.IGNORECASE)


class Site:
    """A built site: its files by exact name, and the places on its pages."""

    def __init__(self, root: Path):
        self.root = root
        self.files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        self.pages = {
            name: BeautifulSoup((root / name).read_text(encoding="utf-8"), "html.parser")
            for name in sorted(self.files)
            if name.endswith(".html")
        }
        self.places = {
            name: {tag["id"] for tag in page.find_all(id=True)} | {tag["name"] for tag in page.select("a[name]")}
            for name, page in self.pages.items()
        }

    def fault(self, name: str, link: str) -> str | None:
        """Return what is wrong with a link in a file of the site; None if nothing is, or if it leads away."""
        if AWAY.match(link) or link.startswith("//"):
            return None
        address, place = urldefrag(link.strip())
        path = unquote(urlsplit(address).path)
        if path.startswith("/"):
            if name != "404.html":  # which a host shows at any depth, so that it has to count from the root
                return "starts at the root of the host, and the site may lie in a folder or on a disk"
            path = path.removeprefix(urlsplit(addresses().site or "/").path)
        elif path:
            steps = list(Path(name).parent.parts)
            for step in path.split("/"):
                if step == ".." and not steps:
                    return "leaves the site"
                if step == "..":
                    steps.pop()
                elif step not in {"", "."}:
                    steps.append(step)
            path = "/".join(steps)
        target = path or name
        if target not in self.files:
            return "leads to no file of that name"
        if place and target in self.places and unquote(place) not in self.places[target]:
            return "leads to no place on that page"
        return None

    def faults(self, found: list[tuple[str, str]]) -> list[str]:
        """Return every link of a list of file and link that is at fault, with the fault."""
        return [f"{name}: {link} {wrong}" for name, link in found if (wrong := self.fault(name, link))]


@pytest.fixture(scope="module")
def held(site):
    return Site(site)


def links_of_pages(pages: dict[str, BeautifulSoup]) -> list[tuple[str, str]]:
    """Return all that pages refer to: links, scripts, styles, pictures, forms, and where they send the reader on to."""
    found = []
    for name, page in pages.items():
        for tag in page.find_all(list(REFERENCES)):
            reference = tag.get(REFERENCES[tag.name])
            if reference is not None and tag.name != "form":
                found.append((name, reference))
            found += [(name, one.split()[0]) for one in tag.get("srcset", "").split(",") if one.strip()]
        for tag in page.select("meta[http-equiv=refresh]"):
            found += [(name, one) for one in re.findall(r"url=(\S+)", tag["content"], re.IGNORECASE)]
        for tag in page.select("[style*='url('], [clip-path], [fill^='url('], [mask]"):
            said = " ".join(str(value) for key, value in tag.attrs.items() if key != "class")
            found += [(name, one) for one in re.findall(r"url\([\"']?([^\"')]+)", said)]
        for tag in page.select("[aria-labelledby], [aria-describedby], [aria-controls], label[for]"):
            named = " ".join(tag.get(key, "") for key in ("aria-labelledby", "aria-describedby", "for"))
            found += [(name, f"#{one}") for one in named.split()]
    return found


def test_everything_a_page_refers_to_is_there(held):
    found = links_of_pages(held.pages)
    assert len(found) > 1000 and not held.faults(found)


def test_no_place_is_there_twice(held):
    for name, page in held.pages.items():
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), (name, {one for one in ids if ids.count(one) > 1})


def test_styles_and_drawings_refer_to_what_is_there(held):
    found = []
    for name in sorted(held.files):
        if name.endswith((".css", ".svg")):
            text = (held.root / name).read_text(encoding="utf-8")
            inside = set(re.findall(r'\bid="([^"]+)"', text))
            for one in re.findall(r"url\([\"']?([^\"')]+)|href=\"([^\"]+)\"", text):
                link = one[0] or one[1]
                if link.startswith("#"):
                    assert link[1:] in inside, f"{name}: {link}"
                else:
                    found.append((name, link))
    assert not held.faults(found)


def test_links_in_notebooks_lead_somewhere(held):
    found = []
    for name in sorted(held.files):
        if name.endswith(".ipynb"):
            for cell in json.loads((held.root / name).read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "markdown":
                    found += [(name, link) for link in relative_links("".join(cell["source"]))]
    assert not held.faults(found)


def relative_links(text: str) -> list[str]:
    """Return what Markdown links and pictures lead to, code left out."""
    text = re.sub(
        r"(`+).*?\1", "", re.sub(r"^(```+|~~~+).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE), flags=re.DOTALL
    )
    return re.findall(r"\]\(<?([^)\s>]+)", text)


def test_published_lists_name_pages_and_files_that_are_there(held):
    found = []
    for listed in ("exhibits.json", "claims.json"):
        for one in json.loads((held.root / listed).read_text(encoding="utf-8")):
            named = [one.get("page"), one.get("address"), *one.get("files", [])]
            found += [(listed, link) for link in named if link]
    assert len(found) > 300 and not held.faults(found)


def test_the_map_of_the_site_lists_every_page_and_nothing_else(held):
    maps = [name for name in held.files if re.fullmatch(r"sitemap.*\.xml", name)]
    base = addresses().site or ""
    for name in maps:
        listed = re.findall(r"<loc>([^<]+)</loc>", (held.root / name).read_text(encoding="utf-8"))
        inside = [unquote(one).removeprefix(base) for one in listed]
        assert not held.faults([(name, one) for one in inside])
        assert len(inside) == len(set(inside))
        assert {one for one in held.pages if one.startswith("book/")} <= set(inside)


def test_links_inside_pdfs_lead_somewhere(held):
    from pypdf import PdfReader

    found = []
    for name in sorted(one for one in held.files if one.endswith(".pdf")):
        for page in PdfReader(held.root / name).pages:
            notes = [note.get_object() for note in page.get("/Annots") or []]
            found += [(name, str(note["/A"]["/URI"])) for note in notes if "/URI" in note.get("/A", {})]
    assert not held.faults(found)
    printed = [link for _, link in found if AWAY.match(link)]
    assert not any(link.startswith("file:") or "localhost" in link or "127.0.0.1" in link for link in printed)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("Page.html", "no file of that name"), ("../page.html", "leaves the site"), ("/page.html", "root of the host"),
        ("page.html#Here", "no place"), ("#nowhere", "no place"), ("folder/", "no file"), ("folder", "no file"),
    ],
)  # fmt: skip
def test_a_link_that_only_works_on_some_machines_is_found(link, says, tmp_path):
    (tmp_path / "page.html").write_text('<p id="here">x</p>')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text("<p>x</p>")
    held = Site(tmp_path)
    assert says in held.fault("page.html", link)
    for good in (
        "page.html",
        "#here",
        "page.html#here",
        "./folder/index.html",
        "folder/../page.html#here",
        "https://a.b",
    ):
        assert held.fault("page.html", good) is None
    assert held.fault("404.html", "/page.html#here") is None


def test_every_table_can_be_downloaded(held):
    page = held.pages["book/appendix/data.html"]
    files = {Path(link["href"]).name for link in page.find_all("a", download=True)}
    assert files >= {Path(name).name for name in held.files if re.fullmatch(r"data/[^/]+\.csv", name)}
    assert "data/datapackage.json" in held.files
