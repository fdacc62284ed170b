"""What the project itself read on public pages: stated policy targets, and what Korean statistics on firms hold.

The files lie beside the descriptors, one entry per fact with its citation, and are checked before they become tables.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from analysis.data.ingest.reading import BadFile

FOLDER = Path(__file__).parents[1] / "transcriptions"
TARGET_CHOICES = {
    "country": ("KOR", "EU", "DEU", "JPN"),
    "counts": ("adopters", "supported", "output", "other result"),
    "firms": ("all firms", "manufacturers", "SMEs", "small firms"),
    "kind": ("target", "expected effect"),
    "secondary": (True, False),
}
SOURCE_CHOICES = {
    "country": ("KOR",),
    "unit_of_size": ("enterprise", "establishment"),
    "firms_10_49": ("yes", "no"),
    "value_added": ("yes", "no", "not stated"),
    "hours": ("yes", "no", "not stated"),
    "ai_use": ("yes", "no"),
    "secondary": (True, False),
}
_TARGETS = (
    "id", "country", "announced", "body", "plan", "target", "value", "unit", "baseline", "due", "counts", "firms",
    "kind", "source_title", "source_address", "secondary", "note",
)  # fmt: skip
_SOURCES = (
    "id", "country", "statistic", "producer", "unit_of_size", "covers", "firms_10_49", "value_added", "persons",
    "hours", "ai_use", "source_title", "source_address", "secondary", "note",
)  # fmt: skip


def read_policy_targets(path=FOLDER / "policy_targets.yml") -> pd.DataFrame:
    """Read the stated targets, one per row, with `year` (of the announcement) added.

    Raises
    ------
    BadFile
        If an entry lacks a part or has one too many, a choice is not legal, an id stands twice, a citation is no
        address, a date is not of the form 2024-09 or 2024-09-26, a value is no number, or a target is due before it was
        announced.
    """
    table = _read(path, "targets", _TARGETS, TARGET_CHOICES)
    announced = table["announced"].astype(str)
    bad = ~announced.str.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?")
    if bad.any():
        _fail(path, table, bad, "announced", "is not a date such as 2024-09 or 2024-09-26")
    for column in ("value", "due"):
        bad = ~table[column].map(lambda cell: isinstance(cell, (int, float)) and not isinstance(cell, bool))
        if bad.any():
            _fail(path, table, bad, column, "is not a number")
    year = announced.str[:4].astype(int)
    if (table["due"] < year).any():
        _fail(path, table, table["due"] < year, "due", "lies before the announcement")
    return table.assign(
        announced=announced, year=year, due=table["due"].astype(int), value=table["value"].astype(float),
        baseline=table["baseline"].astype(float), secondary=table["secondary"].astype(bool),
    )  # fmt: skip


def read_microdata_sources(path=FOLDER / "microdata_sources.yml") -> pd.DataFrame:
    """Read which Korean statistics hold value added, persons, hours and AI use of firms with 10-49 persons.

    Raises
    ------
    BadFile
        If an entry lacks a part or has one too many, a choice is not legal, an id stands twice or a citation is no
        address.
    """
    table = _read(path, "sources", _SOURCES, SOURCE_CHOICES)
    return table.assign(secondary=table["secondary"].astype(bool))


def _read(path, key: str, columns: tuple[str, ...], choices: dict[str, tuple]) -> pd.DataFrame:
    path = Path(path)
    if not path.is_file():
        raise BadFile(path, "the file is missing")
    entries = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(key)
    if not entries:
        raise BadFile(path, f"the list {key!r} is missing or empty")
    for entry in entries:
        odd = sorted(set(entry) ^ set(columns))
        if odd:
            what = "lacks" if odd[0] in columns else "has the unknown part"
            raise BadFile(path, f"entry {entry.get('id', '?')!r} {what} {odd[0]!r}")
    table = pd.DataFrame(entries, columns=list(columns))
    if table["id"].duplicated().any():
        _fail(path, table, table["id"].duplicated(), "id", "stands more than once")
    for column, legal in choices.items():
        bad = ~table[column].map(lambda cell, legal=legal: any(cell is one or cell == one for one in legal))
        if bad.any():
            _fail(path, table, bad, column, f"is not legal; legal: {', '.join(map(str, legal))}")
    bad = ~table["source_address"].astype(str).str.match(r"https?://")
    if bad.any():
        _fail(path, table, bad, "source_address", "is no address")
    return table


def _fail(path, table: pd.DataFrame, bad: pd.Series, column: str, problem: str) -> None:
    row = table.loc[bad.idxmax()]
    raise BadFile(path, f"entry {row['id']}: {row[column]!r} {problem}", column=column)
