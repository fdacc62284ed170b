"""The lists of corrections: of these pages after they were published, and of the publishers' files."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from analysis.data import catalogue
from analysis.report.cards import View
from analysis.report.exhibits import table_html

FIELDS = ("date", "version", "where", "said", "says", "reason")
"""What every correction of a page says."""


def read(path: str | Path) -> list[dict]:
    """Return the corrections of the book, newest first.

    Raises
    ------
    ValueError
        If an entry lacks a field, has one that is unknown, or stands before a newer one; the message names it.
    """
    held = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or []
    if not isinstance(held, list):
        raise ValueError(f"{path}: a list of corrections is needed, not {type(held).__name__}")
    for number, one in enumerate(held, start=1):
        if not isinstance(one, dict) or set(one) != set(FIELDS) or not all(str(one[name]).strip() for name in FIELDS):
            raise ValueError(f"{path}: correction {number} has to say, and only say: {', '.join(FIELDS)}")
        if not isinstance(one["date"], datetime.date):
            raise ValueError(f"{path}: correction {number}: date {one['date']!r} is no date such as 2026-12-01")
    dates = [one["date"] for one in held]
    if dates != sorted(dates, reverse=True):
        raise ValueError(f"{path}: corrections stand newest first")
    return held


def of_the_book(path: str | Path) -> View:
    """Return the corrections of the book as a table, or the sentence that there is none."""
    held = read(path)
    if not held:
        return View("<p>None so far.</p>")
    names = ("Date", "Version", "Where", "It said", "It says", "Why")
    return _table([[str(one[field]) for field in FIELDS] for one in held], names, "Corrections of this book")


def of_the_sources() -> View:
    """Return every declared correction of a publisher's file as a table."""
    rows = [
        [resource["name"], str(one["where"]), str(one["from"]), str(one["to"]), str(one["reason"])]
        for resource in catalogue._package()["resources"]
        for one in resource["corrections"]
    ]
    return _table(rows, ("Table", "Where", "The file says", "We read", "Why"), "Declared corrections of sources")


def _table(rows: Sequence[Sequence[str]], names: Sequence[str], caption: str) -> View:
    return View(table_html(pd.DataFrame(rows, columns=list(names)), caption))
