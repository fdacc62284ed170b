"""What was published, as the folder `book/published` keeps it: records and digests of exhibits, values and verdicts.

``exhibits/fig-....jsonl``, ``values/PAGE.jsonl`` and ``claims/ID.jsonl`` hold the records (see `digests`),
``digests.json`` the digest of each of them and the SHA-256 of every table. Values stand
there in full, since a text may print one that lies between two roundings; their digests are of nine digits as all are.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from analysis.report import digests
from analysis.report.digests import Record

FOLDER, INDEX = "book/published", "digests.json"
EXHIBITS, VALUES, CLAIMS, TABLES = "exhibits", "values", "claims", "tables"
KINDS = (EXHIBITS, VALUES, CLAIMS)
"""Kinds of records; tables have a digest and no record, since the data package carries them whole."""


@dataclass(frozen=True)
class Published:
    """Records by kind and name, and the digests of tables.

    `pages` says on which page an exhibit stands, `board` on which page the claims do.
    """

    records: dict[str, dict[str, Record]]
    tables: dict[str, str]
    pages: dict[str, str] = field(default_factory=dict)
    board: str | None = None

    def record(self, kind: str, name: str) -> Record | None:
        """Return one record, or None if nothing of that name was published."""
        return self.records[kind].get(name)

    def index(self) -> dict:
        """Return what `digests.json` holds."""
        listed = {kind: {name: one.digest() for name, one in sorted(self.records[kind].items())} for kind in KINDS}
        listed[EXHIBITS] = {
            name: {"page": self.pages.get(name), "sha256": digest} for name, digest in listed[EXHIBITS].items()
        }
        return {"digits": digests.DIGITS, "board": self.board, **listed, TABLES: dict(sorted(self.tables.items()))}

    def write(self, folder: Path) -> None:
        """Write records and index into a folder, in place of the records that it held."""
        for kind in KINDS:
            shutil.rmtree(folder / kind, ignore_errors=True)
            for name, record in self.records[kind].items():
                path = folder / kind / f"{name}.jsonl"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(record.text(digests.EXACT if kind == VALUES else digests.DIGITS).encode())
        text = json.dumps(self.index(), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / INDEX).write_bytes(f"{text}\n".encode())


def read(folder: Path) -> Published:
    """Return what was published, as a folder holds it.

    Raises
    ------
    FileNotFoundError
        If there is no index; the message says how to write one.
    ValueError
        If a record is missing, is not listed, or its file has another digest than the index says.
    """
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(f"{folder / INDEX} is missing: 'make digests' runs every page and writes it")
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    listed = {**index, EXHIBITS: {name: one["sha256"] for name, one in index[EXHIBITS].items()}}
    records: dict[str, dict[str, Record]] = {}
    for kind in KINDS:
        records[kind] = {}
        for path in sorted((folder / kind).rglob("*.jsonl")):
            name = path.relative_to(folder / kind).with_suffix("").as_posix()
            records[kind][name] = digests.read(path.read_text(encoding="utf-8"))
            if records[kind][name].digest() != listed[kind].get(name):
                raise ValueError(f"{path} is not the record that {INDEX} lists; restore it, or run 'make digests'")
        if missing := sorted(set(listed[kind]) - set(records[kind])):
            raise ValueError(f"no record of {', '.join(missing)} in {folder / kind}; restore it, or run 'make digests'")
    pages = {name: one["page"] for name, one in index[EXHIBITS].items()}
    return Published(records, index[TABLES], pages, index["board"])


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tables(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every table and of the ledger's rules in a data package, by name of the file."""
    return {path.name: sha256(path) for path in sorted(folder.glob("*")) if path.suffix in {".csv", ".yml"}}


def values(published: dict[str, float | str]) -> Record:
    """Return the record of what one page published, in the order of names."""
    return Record(("name", "value"), tuple(sorted(published.items())))


def claim(judged: dict) -> Record:
    """Return the record of one judgement, as `claims.Judgement.as_dict` gives it: verdicts, and every reading."""
    return Record(("part", "what", "value", "holds"), tuple(_judged(judged)))


def _judged(judged: dict, prefix: str = "") -> list[tuple]:
    whole = {"verdict": judged["verdict"], "measured": judged["measured"], "turns on": judged["depends_on"]}
    rows: list[tuple] = [(f"{prefix}whole", what, words, None) for what, words in whole.items()]
    rows += [(prefix + part, "verdict", found, None) for part, found in judged["parts"].items()]
    rows += [
        (prefix + one["part"], f"{one['label']}{', headline' if one['headline'] else ''}", one["value"], one["holds"])
        for one in judged["readings"]
    ]
    return rows + (_judged(judged["stronger"], "strongest reading, ") if judged["stronger"] else [])
