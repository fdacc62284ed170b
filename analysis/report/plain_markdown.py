"""Turn the text of a page, in MyST, into plain Markdown for any notebook: values, citations and links resolved."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from analysis.report import values
from analysis.report.citing_works import Works

_FENCED = r"^(?P<fence>`{3,}|~{3,})[^\n{]*\n.*?^(?P=fence)[ \t]*$"
_ROLE = r"\{(?P<role>[a-z][a-z:+-]*)\}`(?P<content>[^`]+)`"
_CODE = r"(?P<ticks>`+).+?(?<!`)(?P=ticks)(?!`)"
_ROLE_OR_CODE = re.compile(f"{_FENCED}|{_ROLE}|{_CODE}", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^()\s]+)\)")
_DIRECTIVE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[a-z-]+)\}[^\n]*\n(?P<body>.*?)^(?P=fence)[ \t]*$\n?", re.M | re.S
)
_OPTIONS = re.compile(r"\A(?:[ \t]*:[\w-]+:[^\n]*\n)+")
_LABEL = re.compile(r"^\([\w-]+\)=\n+", re.M)
_EXHIBIT = re.compile(r"#((?:fig|tab)-[a-z0-9-]+)")
_BOXES = {"note", "tip", "warning", "important", "admonition", "seealso", "hint", "caution"}


@dataclass(frozen=True)
class Book:
    """What a page needs of the rest of the book: values by page, exhibits with their pages, works cited, addresses."""

    values: dict[str, dict[str, float | str]]
    exhibits: dict[str, str]
    notebooks: frozenset[str]
    works: Works
    site: str | None = None
    repository: str | None = None


@dataclass
class Prose:
    """The text of one page on its way to plain Markdown; keeps which numbers it printed and which works it cited."""

    page: str
    book: Book
    printed: dict[str, str] = field(default_factory=dict)
    cited: list[str] = field(default_factory=list)

    def plain(self, text: str) -> str:
        """Return a piece of the page as plain Markdown; code stays as it is.

        Raises
        ------
        ValueError
            If a role, or a directive with content, has no plain form, or what it cites was not published; the
            message names page and role, and lists the legal ones.
        """
        text = _LABEL.sub("", _DIRECTIVE.sub(self._directive, text))
        kept: list[str] = []

        def resolved(found: re.Match) -> str:
            if found["role"]:
                return self._role(found["role"], " ".join(found["content"].split()))
            kept.append(found[0])
            return f"\0{len(kept) - 1}\0"

        text = _LINK.sub(self._link, _ROLE_OR_CODE.sub(resolved, text))
        return re.sub(r"\0(\d+)\0", lambda place: kept[int(place[1])], text)

    def _directive(self, found: re.Match) -> str:
        name, body = found["name"], _OPTIONS.sub("", found["body"]).strip()
        if name == "bibliography":
            return "The works that this page cites are listed at its end.\n"
        if not body:
            return f"*Here the site shows what no notebook can: {name.replace('-', ' ')}.*\n"
        if name in _BOXES:
            return "\n".join(f"> {line}".rstrip() for line in body.splitlines()) + "\n"
        raise ValueError(
            f"{self.page}: directive {name!r} has no plain form; legal: bibliography, {', '.join(sorted(_BOXES))}"
        )

    def _role(self, name: str, content: str) -> str:
        roles: dict[str, Callable[[str], str]] = {
            "glue:text": self._value, "cite:p": self._cited_aside, "cite:t": self._cited_by_name,
            "numref": self._exhibit, "term": _words, "abbr": _words, "math": lambda formula: f"${formula}$",
        }  # fmt: skip
        if name not in roles:
            raise ValueError(f"{self.page}: role {name!r} has no plain form; legal: {', '.join(roles)}")
        return roles[name](content)

    def _value(self, content: str) -> str:
        there, _, cited = content.rpartition("::")
        page = self._target(there) if there else self.page
        name, _, form = cited.partition(":")
        held = self.book.values.get(page, {})
        if name not in held:
            raise ValueError(f"{self.page}: {page} publishes no value {name!r}: 'make digests' runs every page")
        text = values.shown(held[name], form)
        if page == self.page:
            self.printed[cited] = text
        return text

    def _cited_aside(self, keys: str) -> str:
        return f"({'; '.join(', '.join(self._work(key)) for key in keys.split(','))})"

    def _cited_by_name(self, keys: str) -> str:
        return values.listing("{} ({})".format(*self._work(key)) for key in keys.split(","))

    def _work(self, key: str) -> tuple[str, str]:
        key = key.strip()
        self.cited += [] if key in self.cited else [key]
        return self.book.works.short(key)

    def _exhibit(self, name: str) -> str:
        page = self.book.exhibits.get(name)
        site = self.book.site
        return f"[{name}]({site}book/{page}.html#{name})" if site and page else f"`{name}`"

    def _link(self, found: re.Match) -> str:
        words, target = found.groups()
        if exhibit := _EXHIBIT.fullmatch(target):
            return f"{words} ({self._exhibit(exhibit[1])})" if words else self._exhibit(exhibit[1])
        path, _, anchor = target.partition("#")
        if "://" in target or not path.endswith(".md"):
            return found[0] if "://" in target else words
        page = self._target(path)
        if self.book.site:
            return f"[{words}]({self.book.site}book/{page}.html{'#' if anchor else ''}{anchor})"
        way = posixpath.relpath(page, posixpath.dirname(self.page) or ".")
        return f"[{words}]({way}.ipynb)" if page in self.book.notebooks else words

    def _target(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.page), path)).removesuffix(".md")


def _words(content: str) -> str:
    return re.sub(r"\s*[<(][^<>()]*[>)]$", "", content)
