"""What the project itself read on public pages: policy targets, AI ambitions, services in policy, Korean statistics.

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
AMBITION_CHOICES = {
    "actor": ("government", "firms"),
    "unit": ("rank", "trillion KRW"),
    "reaches": ("SMEs", "the firm itself", "not stated"),
    "secondary": (True, False),
}
SHARE_CHOICES = {
    "country": ("KOR", "USA", "JPN", "DEU", "FRA", "GBR", "OECD"),
    "kind": (
        "business R&D", "government R&D", "public money in services R&D", "tax breaks", "R&D tax credit",
        "general tax cut", "policy bank loans", "bank loans", "guarantees", "digital programmes",
        "digital programmes, wide", "policy loans to SMEs", "guarantees, local fund", "state-backed venture funds",
    ),
    "nature": ("support", "whole budget", "firms' own spending", "general rule", "private credit"),
    "area": ("nation", "region"),
    "measures": ("services' share", "share of services R&D that government pays"),
    "bound": ("none", "upper", "lower", "forecast"),
    "secondary": (True, False),
}  # fmt: skip
STEP_CHOICES = {
    "unit": ("", "trillion KRW", "billion KRW", "service industries", "% of government R&D"),
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
_AMBITION = (
    "id", "actor", "who", "stated", "statement", "amount", "unit", "first_year", "last_year", "reaches", "part_of",
    "source_title", "source_address", "secondary", "note",
)  # fmt: skip
_SHARES = (
    "id", "country", "year", "kind", "programme", "nature", "area", "measures", "value", "manufacturing", "distance",
    "part", "whole", "bound", "definition", "source_title", "source_address", "secondary", "note",
)  # fmt: skip
_STEPS = (
    "id", "stated", "who", "statement", "amount", "unit", "source_title", "source_address", "secondary", "note",
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
    announced = _dates(path, table, "announced")
    _check_numbers(path, table, ("value", "due"))
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


def read_ai_ambition(path=FOLDER / "ai_ambition.yml") -> pd.DataFrame:
    """Read what the government and firms said of AI ambitions and spending, one statement per row.

    Raises
    ------
    BadFile
        If an entry lacks a part or has one too many, a choice is not legal, an id stands twice, a citation is no
        address, a date is not of the form 2024-09 or 2024-09-26, an amount or year is no number, the years are in the
        wrong order, or a part belongs to an entry that is not there or is larger than that entry.
    """
    table = _read(path, "facts", _AMBITION, AMBITION_CHOICES)
    stated = _dates(path, table, "stated")
    _check_numbers(path, table, ("amount", "first_year"))
    _check_numbers(path, table[table["last_year"].notna()], ("last_year",))
    if (table["last_year"] < table["first_year"]).any():
        _fail(path, table, table["last_year"] < table["first_year"], "last_year", "lies before the first year")
    amount = table.set_index("id")["amount"]
    parts = table["part_of"] != ""
    bad = parts & ~table["part_of"].isin(amount.index)
    if bad.any():
        _fail(path, table, bad, "part_of", "is no entry")
    bad = parts & (table["amount"] > table["part_of"].map(amount))
    if bad.any():
        _fail(path, table, bad, "amount", "is more than the whole it is a part of")
    return table.assign(
        stated=stated, year=stated.str[:4].astype(int), amount=table["amount"].astype(float),
        last_year=table["last_year"].astype("Int64"),
        secondary=table["secondary"].astype(bool),
    )  # fmt: skip


def read_support_by_sector(path=FOLDER / "services_policy.yml") -> pd.DataFrame:
    """Read services' share of support, R&D and credit, one share per row, with `computed` added.

    A share is printed; or computed, as part over whole; or an upper bound, since other sectors are in the rest: what
    the share of manufacturing leaves, or half of what its distance to services leaves.

    Raises
    ------
    BadFile
        If an entry lacks a part or has one too many, a choice is not legal, an id stands twice, a citation is no
        address, a number is no number or no share, a share can be had in no way or in two, a programme has no name, or
        a rest beside manufacturing is not called an upper bound.
    """
    table = _read(path, "shares", _SHARES, SHARE_CHOICES)
    _check_numbers(path, table, ("year",))
    bad = table["programme"].fillna("").astype(str).str.strip() == ""
    if bad.any():
        _fail(path, table, bad, "programme", "is no name")
    amounts = ["value", "manufacturing", "distance", "part", "whole"]
    for column in amounts:
        _check_numbers(path, table[table[column].notna()], (column,))
    number = table[amounts].astype(float)
    printed, parted = number["value"].notna(), number[["part", "whole"]].notna().all(axis=1)
    apart = number["distance"].notna()
    rest = ~printed & ~parted & (number["manufacturing"].notna() | apart)
    bad = (printed & parted) | ~(printed | parted | rest) | (number["part"].notna() != number["whole"].notna())
    bad |= apart & (printed | parted | number["manufacturing"].notna())
    if bad.any():
        _fail(path, table, bad, "value", "needs one of a printed value, part with whole, manufacturing, or distance")
    if (rest != (table["bound"] == "upper")).any():
        _fail(path, table, rest != (table["bound"] == "upper"), "bound", "must be upper for a rest, and only there")
    value = number["value"].fillna(100 * number["part"] / number["whole"]).fillna(100 - number["manufacturing"])
    value = value.fillna((100 - number["distance"]) / 2)
    bad = ~value.between(0, 100) | (value + number["manufacturing"].fillna(0) > 100 + 1e-9)
    if bad.any():
        _fail(path, table.assign(value=value), bad, "value", "is no percent share")
    return table.assign(
        **number.assign(value=value.round(10)), computed=~printed, year=table["year"].astype(int),
        secondary=table["secondary"].astype(bool),
    )  # fmt: skip


def read_services_policy(path=FOLDER / "services_policy.yml") -> pd.DataFrame:
    """Read what Korean governments announced for services, one announcement per row, with `year` added.

    Raises
    ------
    BadFile
        If an entry lacks a part or has one too many, a choice is not legal, an id stands twice, a citation is no
        address, a date is not of the form 2024-09 or 2024-09-26, an amount is no number, or an amount stands without a
        unit or a unit without an amount.
    """
    table = _read(path, "steps", _STEPS, STEP_CHOICES)
    stated = _dates(path, table, "stated")
    _check_numbers(path, table[table["amount"].notna()], ("amount",))
    bad = table["amount"].notna() != (table["unit"] != "")
    if bad.any():
        _fail(path, table, bad, "unit", "does not fit the amount: both or neither")
    return table.assign(
        stated=stated, year=stated.str[:4].astype(int), amount=table["amount"].astype(float),
        secondary=table["secondary"].astype(bool),
    )  # fmt: skip


def _dates(path, table: pd.DataFrame, column: str) -> pd.Series:
    dates = table[column].astype(str)
    bad = ~dates.str.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?")
    if bad.any():
        _fail(path, table, bad, column, "is not a date such as 2024-09 or 2024-09-26")
    return dates


def _check_numbers(path, table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        bad = ~table[column].map(lambda cell: isinstance(cell, (int, float)) and not isinstance(cell, bool))
        if bad.any():
            _fail(path, table, bad, column, "is not a number")


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
