"""The press: Chromium sets a document as a PDF, pypdf gives it its metadata. Same document, same bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

VARIABLE = "TWO_ECONOMIES_CHROMIUM"
NONE = "none"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
BASE = "https://this-site.invalid/"
"""Stands for the site in the links of a document: Chromium drops links without a host."""
_SHEET = {"width": 597, "height": 900}
"""The text of an A4 page in CSS pixels: what stands within its margins in `typeset.css`."""
_FIT = (Path(__file__).parents[1] / "_static" / "typeset.js").read_text(encoding="utf-8")


class NoPress(Exception):
    """There is no Chromium to print with, or no playwright or pypdf; the message says which."""


class PrintFault(ValueError):
    """A document cannot be printed as it is; the message says why."""


def find_chromium() -> str:
    """Return the path of Chromium: `TWO_ECONOMIES_CHROMIUM` if set, else the first that is installed.

    Raises
    ------
    NoPress
        If there is none, or the variable says "none".
    ValueError
        If the variable names no program.
    """
    named = os.environ.get(VARIABLE)
    if named == NONE:
        raise NoPress(f"{VARIABLE} says {NONE}")
    if named:
        if not shutil.which(named):
            raise ValueError(f"{VARIABLE} is {named!r}, which is no program; give its path, or {NONE!r} for no PDFs")
        return shutil.which(named)
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise NoPress("no Chromium found (on Debian: apt-get install chromium)")
    return found


@dataclass(frozen=True)
class About:
    """What a PDF says of itself.

    Parameters
    ----------
    path : str
        Where it lies on the site.
    title, author, subject : str
    when : datetime
    site : str or None
        Address of the site, ending in a slash.
    """

    path: str
    title: str
    author: str
    subject: str
    when: datetime
    site: str | None


@dataclass(frozen=True)
class Printed:
    """A finished PDF: its number of pages and the page (from one) of each id that something links to."""

    pages: int
    places: dict[str, int]


class Press:
    """A running Chromium. Use it as a context manager.

    Raises
    ------
    NoPress
        On entering, if Chromium, playwright or pypdf is missing, or if Chromium does not start.
    """

    def __enter__(self) -> Press:
        path = find_chromium()
        try:
            import pypdf  # noqa: F401
            from playwright.sync_api import Error, sync_playwright
        except ModuleNotFoundError as problem:
            raise NoPress(f"{problem.name} is not installed") from problem
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        except Error as problem:
            self._playwright.stop()
            raise NoPress(f"{path} does not start: {problem.message.splitlines()[0]}") from problem
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, *problem) -> None:
        self._browser.close()
        self._playwright.stop()
        self._folder.cleanup()

    def proof(self, document: str) -> Printed:
        """Print a document only to see on which pages its parts come to stand."""
        return _read(self._pull(document)[0])

    def print(self, document: str, target: Path, about: About) -> Printed:
        """Print a document and give it its metadata.

        Parameters
        ----------
        document : str
            HTML; links to files of the site start with `BASE`.
        target : Path
        about : About

        Raises
        ------
        PrintFault
            If something is wider than the page, if a brief does not fit its page, if a hatch cannot be drawn as lines,
            if a link is relative, or if one leads to the site while that has no address.
        """
        try:
            raw, headings = self._pull(document)
        except PrintFault as fault:
            raise PrintFault(f"{about.path}: {fault}") from None
        finish(raw, target, about, headings)
        return _read(raw)

    def _pull(self, document: str) -> tuple[Path, list[str]]:
        source = Path(self._folder.name) / "document.html"
        source.write_text(document, encoding="utf-8")
        context = self._browser.new_context(offline=True, color_scheme="light", viewport=_SHEET)
        page = context.new_page()
        page.emulate_media(media="print")
        page.goto(source.as_uri())
        page.evaluate("() => Promise.all([...document.fonts].map((face) => face.load())).then((all) => all.length)")
        if faults := page.evaluate(_FIT):
            raise PrintFault("; ".join(faults))
        headings = page.locator("h1, h2, h3, h4, h5, h6").all_text_contents()
        raw = Path(self._folder.name) / "raw.pdf"
        page.pdf(path=raw, tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
        context.close()
        return raw, headings


def _read(raw: Path) -> Printed:
    from pypdf import PdfReader

    reader = PdfReader(raw)
    places = {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    return Printed(len(reader.pages), places)


def finish(raw: Path, target: Path, about: About, headings: list[str]) -> None:
    """Write a printed PDF with its metadata, links that lead to the site and bookmarks that read as its headings do.

    Raises
    ------
    PrintFault
        If a link leads to a file of the machine that prints: it was relative, and did not start with `BASE`. Or if
        one leads to the site while that has no address: it would be dead wherever the PDF is sent.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

    writer = PdfWriter(clone_from=PdfReader(raw))
    for page in writer.pages:
        for annotation in page.get("/Annots") or []:
            action = annotation.get_object().get("/A")
            uri = action.get_object().get("/URI", "") if action else ""
            if uri.startswith("file:"):
                raise PrintFault(f"{about.path}: a link leads to a file of this machine: {uri.rsplit('/', 1)[-1]}")
            if uri.startswith(BASE):
                action.get_object()[NameObject("/URI")] = TextStringObject(_lead(uri, about))
    named = {_close(one): " ".join(one.split()) for one in headings}
    _name_bookmarks(writer.root_object.get("/Outlines", {}), named)
    stamp = about.when.strftime("D:%Y%m%d%H%M%S+00'00'")
    writer.metadata = {
        "/Title": about.title, "/Author": about.author, "/Subject": about.subject, "/Creator": "Two Economies",
        "/Producer": "Chromium, pypdf", "/CreationDate": stamp, "/ModDate": stamp,
    }  # fmt: skip
    root = writer.root_object
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write(target)


def _name_bookmarks(entry, headings: dict[str, str]) -> None:
    """Give bookmarks the words of their headings: Chromium loses the space at a line's end and doubles short ones."""
    from pypdf.generic import NameObject, TextStringObject

    child = entry.get("/First")
    while child is not None:
        child = child.get_object()
        said = _close(child["/Title"])
        said = said if said in headings else said[: len(said) // 2]
        if said in headings:
            child[NameObject("/Title")] = TextStringObject(headings[said])
        _name_bookmarks(child, headings)
        child = child.get("/Next")


def _close(words: str) -> str:
    return "".join(words.split())


def _lead(uri: str, about: About) -> str:
    rest = uri.removeprefix(BASE)
    if not about.site:
        raise PrintFault(f"{about.path}: a link leads to {rest}, but the site has no address: print its words only")
    return about.site + rest


def moment(epoch: str | None, released: str) -> datetime:
    """Return the moment that PDFs bear: SOURCE_DATE_EPOCH if it is set, else the day of the release."""
    if epoch:
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.fromisoformat(released).replace(tzinfo=UTC)
