"""Works that pages cite, read from the book's bibliography: in the text by author and year, in a list in full."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path


class Works:
    """The works of a BibTeX file. Needs pybtex, a part of the book's tool-chain.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _entries(self) -> dict:
        from pybtex.database import parse_file

        return parse_file(str(self._path)).entries

    def short(self, key: str) -> tuple[str, str]:
        """Return authors and year of a work as the text names them, such as ``("Hall and Jones", "1999")``.

        Raises
        ------
        ValueError
            If there is no such work.
        """
        from pybtex.richtext import Text

        entry = self._entry(key)
        persons = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [str(Text.from_latex(" ".join([*one.prelast_names, *one.last_names]))) for one in persons]
        if not names:
            names = [str(Text.from_latex(entry.fields.get("organization") or entry.fields.get("institution") or key))]
        named = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return named, str(entry.fields.get("year", "no date"))

    def full(self, keys: list[str]) -> list[str]:
        """Return works in full, as Markdown, in the order of authors and years."""
        from pybtex.style.formatting.plain import Style

        ordered = sorted(keys, key=lambda key: (*self.short(key), key))
        return [
            " ".join(one.text.render_as("markdown").split())
            for one in Style().format_entries([self._entry(key) for key in ordered])
        ]

    def _entry(self, key: str):
        if key not in self._entries:
            raise ValueError(f"no work {key!r} in {self._path}")
        return self._entries[key]
