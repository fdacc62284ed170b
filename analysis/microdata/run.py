"""Write the moments of a register to a folder: safe before they reach the disk, whole or not at all, to be resumed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import analysis
from analysis.microdata.disclosure import Rule
from analysis.microdata.measures import FAMILIES, Plan
from analysis.microdata.schema import Schema

MANIFEST, LOG, LEFT_OUT = "manifest.json", "log.txt", "left_out.csv"
OWN = (MANIFEST, LOG, LEFT_OUT, *(f"{family}.csv" for family in FAMILIES))
"""Files that the command writes, and no others."""


class FolderError(ValueError):
    """The output folder holds what must not be mixed with this run; nothing in it was touched."""


def run(
    register: str | Path, out: str | Path, *, by: Sequence[str] = (), schema: Schema | None = None,
    rule: Rule = Rule(), totals: Sequence[str] = (), families: Sequence[str] | None = None,  # noqa: B008 (frozen)
    on_failure: str = "raise", restart: bool = False, audit: bool = False, say: Callable[[str], None] = print,
) -> list[Path]:  # fmt: skip
    """Measure a register and write one safe table per family.

    The manifest comes first and says what the folder is for; each table is written under a name with a leading dot and
    then renamed, so that a table is either whole or not there. A run that was cut goes on with the tables that are
    missing.

    Parameters
    ----------
    register : path
        Parquet or csv file.
    out : path
        Folder: new, empty, or of the same run.
    by, schema, totals, families, on_failure
        As for `measures.moments`.
    rule : Rule
        There are no files without one.
    restart : bool
        Throw away what an earlier run of this command left in the folder.
    audit : bool
        Attack the table by size class with linear programs before anything is written.
    say : callable
        Takes each line of progress.

    Returns
    -------
    list of Path
        The files of the run.

    Raises
    ------
    FolderError
        If the folder holds files of others, or a run on other inputs.
    SchemaError, ValueError, TypeError, FileNotFoundError
        As `measures.moments`; or if the audit finds a value that can be placed too nearly.
    """
    if not isinstance(rule, Rule):
        raise ValueError(f"rule={rule!r}: files need a Rule")
    register, folder = Path(register), Folder(Path(out))
    folder.look()
    inputs = {
        "register": _fingerprint(register),
        "schema": None if schema is None else schema.to_yaml(),
        "rule": dataclasses.asdict(rule),
        "by": list(by), "totals": list(totals), "families": None if families is None else list(families),
        "on_failure": on_failure, "version": analysis.__version__,
    }  # fmt: skip
    done = set() if restart else folder.done(inputs)
    if not restart and folder.complete(done):
        say(f"complete already: {len(done)} tables in {out}")
        return folder.files()
    wanted = [family for family in FAMILIES if families is None or family in families]
    say(f"[0/{len(wanted)}] reading {register.name}, checking it and choosing what to hide")
    plan = Plan(register, by, schema, rule, totals, families, on_failure)
    if audit:
        _audit(plan, say)
    folder.start(inputs, _about(plan), _pattern(plan), restart)
    kept, gone = plan.view.log.attrs["kept"], len(plan.view.log)
    folder.log(say, f"{kept:,} rows used; rows left out for {gone} reason{'s' * (gone != 1)}: {LEFT_OUT}")
    cells = plan.guard.cells
    folder.log(say, f"{len(cells):,} cells by size class, {int(cells['hidden'].sum()):,} hidden: {rule.words()}")
    for note in plan.notes:
        folder.log(say, f"note: {note}")
    folder.write(LEFT_OUT, _left_out(plan.view.log, rule))
    for place, family in enumerate(plan.families, 1):
        head = f"[{place}/{len(plan.families)}] {family}"
        if f"{family}.csv" in done:
            folder.log(say, f"{head}: there already")
            continue
        begin = time.monotonic()
        table = plan.table(family)
        folder.write(f"{family}.csv", table)
        hidden = int(table["suppressed"].sum())
        seconds = time.monotonic() - begin
        folder.log(say, f"{head}: {len(table):,} rows, {hidden:,} suppressed, {seconds:.0f} s")
    return folder.finish(say)


class Folder:
    """The output folder: what may be in it, and files that appear whole or not at all."""

    def __init__(self, path: Path):
        self.path, self.held = path, None

    def look(self) -> None:
        """Raise if the folder holds anything that this command did not write; read the manifest."""
        if not self.path.exists():
            return
        if not self.path.is_dir():
            raise FolderError(f"out={self.path.name!r} is a file: name a folder")
        names = {entry.name for entry in self.path.iterdir()}
        foreign = sorted(names - set(OWN) - {_part(name) for name in OWN})
        if foreign:
            shown = ", ".join(map(repr, foreign[:5])) + (", ..." if len(foreign) > 5 else "")
            raise FolderError(f"the folder {self.path.name!r} holds {shown}: name an empty or a new folder")
        ours = names & set(OWN)
        try:
            self.held = json.loads((self.path / MANIFEST).read_text(encoding="utf-8")) if ours else None
        except (OSError, ValueError) as error:
            raise FolderError(
                f"the folder {self.path.name!r} holds {sorted(ours)[0]!r} but no {MANIFEST} of this command: "
                "name an empty or a new folder"
            ) from error
        if self.held is not None and not (isinstance(self.held, dict) and "inputs" in self.held):
            raise FolderError(f"{MANIFEST} in {self.path.name!r} is not of this command: name another folder")

    def done(self, inputs: Mapping[str, Any]) -> set[str]:
        """Return the finished files of the same run; raise if the folder belongs to another."""
        if self.held is None:
            return set()
        other = [name for name in inputs if self.held["inputs"].get(name) != inputs[name]]
        if other:
            raise FolderError(
                f"the folder {self.path.name!r} is of a run with another {', '.join(other)}: "
                "add --restart to throw it away, or name another folder"
            )
        return {
            name for name, file in self.held["files"].items()
            if (self.path / name).is_file() and _sha(self.path / name) == file["sha256"]
        }  # fmt: skip

    def complete(self, done: set[str]) -> bool:
        """Return whether a run ended here and its files are as it left them."""
        return self.held is not None and bool(self.held.get("complete")) and done == set(self.held["files"])

    def files(self) -> list[Path]:
        """Return the files of the run."""
        return [self.path / name for name in (*self.held["files"], MANIFEST, LOG)]

    def start(self, inputs: Mapping[str, Any], about: Mapping[str, Any], pattern: str, restart: bool) -> None:
        """Clear leftovers and write the manifest, before any table."""
        if self.held is not None and not restart and self.held["pattern"] != pattern:
            raise FolderError(
                f"what is to be hidden differs from what {self.path.name!r} began with (another version of a "
                "library?): tables of two patterns do not go together; add --restart"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        for name in OWN:
            (self.path / _part(name)).unlink(missing_ok=True)
            if restart:
                (self.path / name).unlink(missing_ok=True)
        files = {} if self.held is None or restart else self.held["files"]
        self.held = {**about, "complete": False, "inputs": dict(inputs), "pattern": pattern, "files": files}
        self._manifest()

    def write(self, name: str, table: pd.DataFrame) -> None:
        """Write a table and enter it in the manifest."""
        hidden = table[table["suppressed"]] if "suppressed" in table else table[:0]
        if hidden.reindex(columns=["estimate", "std_error", "firms"]).notna().any(axis=None):
            raise RuntimeError(f"{name}: a suppressed row has a number; nothing was written")
        self._replace(name, _rounded(table).to_csv(index=False, lineterminator="\n"))
        self.held["files"][name] = {"rows": len(table), "sha256": _sha(self.path / name)}
        self._manifest()

    def log(self, say: Callable[[str], None], line: str) -> None:
        """Tell the user and add to the log."""
        say(line)
        with (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def finish(self, say: Callable[[str], None]) -> list[Path]:
        """Mark the run as complete and return its files."""
        self.held["complete"] = True
        self._manifest()
        self.log(say, f"complete: {len(self.held['files'])} tables in {self.path.name}")
        return self.files()

    def _manifest(self) -> None:
        self._replace(MANIFEST, json.dumps(self.held, indent=1, ensure_ascii=False) + "\n")

    def _replace(self, name: str, text: str) -> None:
        part = self.path / _part(name)
        try:
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path / name)
        finally:
            part.unlink(missing_ok=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers as text of as many digits as every run gives: threads add up in different orders."""
    sums = table["moment"].eq("total") & table["std_error"].isna() if "moment" in table else None
    numbers = table.select_dtypes("float").columns
    return table.assign(**{
        name: [
            "" if pd.isna(value) else f"{value:.10g}" if whole else f"{value:.8g}"
            for value, whole in zip(table[name], sums, strict=True)
        ]
        for name in numbers
    })  # fmt: skip


def _part(name: str) -> str:
    return f".{name}.part"


def _sha(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(register: Path) -> dict[str, Any]:
    if not register.is_file():
        raise FileNotFoundError(f"there is no file {str(register)!r}")
    return {"name": register.name, "bytes": register.stat().st_size, "sha256": _sha(register)}


def _about(plan: Plan) -> dict[str, Any]:
    return {
        "title": f"Moments of a register of firms: {plan.source}",
        "source": plan.source,
        "synthetic": "synthetic" in plan.source.lower(),
        "made_by": f"two-economies {analysis.__version__}, analysis.microdata",
        "rows": int(plan.view.log.attrs["kept"]),
        "families": {family: FAMILIES[family] for family in plan.families},
        "notes": list(plan.notes),
        "disclosure": plan.guard.rule.words(),
    }


def _pattern(plan: Plan) -> str:
    """Digest of what is hidden, by which a resumed run knows that it hides the same."""
    text = plan.guard.cells.drop(columns="firms").to_csv(index=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _left_out(log: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the log of rows left out, small numbers in words: a number of rows is a cell like any other."""
    few = log["rows"] < rule.min_firms
    return log.assign(rows=log["rows"].astype(str).mask(few, f"fewer than {rule.min_firms}"))


def _audit(plan: Plan, say: Callable[[str], None]) -> None:
    found = plan.guard.safe.audit()
    bad = found[~found["safe"]]
    say(f"audit: {len(found):,} hidden values attacked, {len(bad):,} placed nearer than the rule allows")
    if len(bad):
        raise ValueError(
            f"audit: {len(bad):,} hidden values can be placed too nearly; nothing was written. Take fewer grouping "
            "columns or a higher protection="
        )
