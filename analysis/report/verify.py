"""Is this still what the code gives? Run every page and compare what it makes with what is published.

``make verify`` runs ``python -m analysis.report.verify``. It prints one line for each table, exhibit, page's values,
claim and notebook, writes what it found into ``_build/verify``, laid out as ``published`` is, and ends with 1 if
anything differs.
``make digests`` (``--write``) publishes what the pages give now, and writes the notebooks anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from analysis.report import digests, notebooks, pages, published, rerun
from analysis.report.digests import Record
from analysis.report.published import CLAIMS, EXHIBITS, KINDS, TABLES, VALUES, Published

MATCH, DIFFERENT, NEW, GONE = "match", "DIFFERENT", "NEW", "GONE"
TWINS = "notebooks"
_NAMES = {EXHIBITS: "exhibit", VALUES: "values of", CLAIMS: "claim", TABLES: "table", TWINS: "notebook"}
_SHORT = 12


@dataclass(frozen=True)
class Finding:
    """What was found of one exhibit, one page's values, one claim, one table or one notebook."""

    kind: str
    name: str
    state: str
    published: str | None
    now: str | None
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line for a match, and for anything else both digests and where they differ."""
        if self.state == MATCH:
            return f"{MATCH:<9}  {(self.now or '')[:_SHORT]}  {_NAMES[self.kind]} {self.name}"
        head = f"{self.state:<9}  {_NAMES[self.kind]} {self.name}"
        lines = [f"published {self.published or 'nothing'}", f"now       {self.now or 'nothing'}", *self.details]
        return "\n".join([head, *(f"           {line}" for line in lines)])


def compared(kind: str, name: str, now: Record | None, kept: Record | None) -> Finding:
    """Compare one record with what was published under its name.

    Examples
    --------
    >>> now, kept = Record(("who", "x"), (("KOR", 2.0),)), Record(("who", "x"), (("KOR", 1.0),))
    >>> compared("exhibits", "fig-a", now, now).state, compared("exhibits", "fig-a", now, None).state
    ('match', 'NEW')
    >>> compared("exhibits", "fig-a", now, kept).details
    ("column 'x': 1 of 1 rows: row 1 (KOR) 1 published, 2 now",)
    """
    if now is None or kept is None:
        there = (kept or now).digest()
        return Finding(kind, name, GONE if now is None else NEW, *((there, None) if kept else (None, there)))
    old, new = kept.digest(), digests.settled(now, kept).digest()
    words = () if old == new else tuple(digests.differences(now, kept))
    return Finding(kind, name, MATCH if old == new else DIFFERENT, old, new, words)


def compared_tables(now: dict[str, str], kept: dict[str, str], cited: dict[str, list[str]]) -> list[Finding]:
    """Compare the files of the data package with the published ones; a table that differs names who cites it."""
    found = []
    for name in sorted(now.keys() | kept.keys()):
        old, new = kept.get(name), now.get(name)
        state = MATCH if old == new else NEW if old is None else GONE if new is None else DIFFERENT
        using = [exhibit for exhibit, tables in cited.items() if Path(name).stem in tables]
        words = () if state == MATCH or not using else (f"cited by {', '.join(using)}",)
        found.append(Finding(TABLES, name, state, old, new, words))
    return found


def compared_twins(now: Published, kept: Published, names: list[str], root: Path) -> list[Finding]:
    """Compare the notebooks in the repository with those that the pages that ran give now.

    A twin has the cells of its page, which ran, and the numbers of its text, which are written anew here: where the
    file is the same, it runs, and every number of its text comes out.
    """
    said = {page: digests.settled(one, kept.record(VALUES, page)) for page, one in now.records[VALUES].items()}
    held = replace(kept, records={**kept.records, VALUES: kept.records[VALUES] | said}, pages=kept.pages | now.pages)
    whole, found = notebooks.book(root, held, *notebooks.addresses(root)), []
    for page in names:
        path, details = root / notebooks.FOLDER / f"{page}.ipynb", ("'make digests' writes it anew",)
        old = published.sha256(path) if path.is_file() else None
        try:
            text = notebooks.written(notebooks.twin(page, pages.source(root, page), whole))
            new = hashlib.sha256(text.encode()).hexdigest()
        except ValueError as problem:
            new, details = None, (str(problem),)
        state = MATCH if old == new else NEW if old is None else GONE if new is None else DIFFERENT
        found.append(Finding(TWINS, page, state, old, new, () if state == MATCH else details))
    return found


def gathered(outcomes: Iterable[rerun.Outcome], data: Path) -> Published:
    """Put what pages published into one.

    Raises
    ------
    ValueError
        If two pages make an exhibit of the same id, or say different things of a claim.
    """
    records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
    stands: dict[str, str] = {}
    board = None
    for one in outcomes:
        board = one.page if one.claims else board
        for name, record in one.exhibits.items():
            if name in stands:
                raise ValueError(f"exhibit {name} is made by {stands[name]} and by {one.page}")
            records[EXHIBITS][name], stands[name] = record, one.page
        for name, record in one.claims.items():
            if records[CLAIMS].setdefault(name, record) != record:
                raise ValueError(f"claim {name}: {one.page} says otherwise than an earlier page")
        if one.values:
            records[VALUES][one.page] = published.values(one.values)
    return Published(records, published.tables(data), stands, board)


def all_compared(now: Published, kept: Published, names: set[str], cited: dict[str, list[str]]) -> list[Finding]:
    """Compare the tables, and everything that some pages publish; claims where the page of the board is among them."""
    found = compared_tables(now.tables, kept.tables, cited)
    for kind in KINDS:
        page = {EXHIBITS: kept.pages.get, VALUES: str, CLAIMS: lambda _: kept.board}[kind]
        held = now.records[kind].keys() | {name for name in kept.records[kind] if page(name) in names}
        found += [compared(kind, name, now.record(kind, name), kept.record(kind, name)) for name in sorted(held)]
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 if everything is as published, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m analysis.report.verify", description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", help="pages to run, such as dual-economy/league; all where none is named")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: this folder)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="pages to run at a time")
    parser.add_argument("--write", action="store_true", help="publish what the pages give now")
    given = parser.parse_args(arguments)
    root, known = given.root.resolve(), pages.running(given.root)
    if wrong := sorted(set(given.pages) - set(known)):
        parser.error(f"no page {', '.join(wrong)}; pages: {', '.join(known)}")
    if given.write and given.pages:
        parser.error("--write publishes all pages together: name none")
    names = given.pages or known
    kept = None if given.write else published.read(root / published.FOLDER)
    outcomes = [_announced(one) for one in rerun.run(root, names, given.jobs)]
    now = gathered(outcomes, root / "data")
    failed = [f"{one.page}: {_first(one.problems)}" for one in outcomes if one.problems]
    if kept is not None:
        cited = {name: tables for one in outcomes for name, tables in one.tables.items()}
        found = all_compared(now, kept, set(names), cited) + compared_twins(now, kept, names, root)
        return _report(found, failed, now, root / "_build" / "verify")
    if failed:
        print("\n".join(["Nothing is published, because cells raise errors:", *failed]), file=sys.stderr)
        return 1
    return _write(now, root)


def _announced(one: rerun.Outcome) -> rerun.Outcome:
    print(f"ran {one.page} in {one.seconds:.1f} s: {len(one.exhibits)} exhibits, {len(one.values)} values", flush=True)
    return one


def _first(problems: tuple[str, ...]) -> str:
    return problems[0] + (f", and {len(problems) - 1} more, most of them because of it" if len(problems) > 1 else "")


def _report(found: list[Finding], failed: list[str], now: Published, folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    now.write(folder)
    (folder / "report.json").write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")
    wrong = [one for one in found if one.state != MATCH]
    for one in [*(one for one in found if one.state == MATCH), *wrong]:
        print(one)
    counts = ", ".join(f"{sum(one.kind == kind for one in found)} {kind}" for kind in (TABLES, *KINDS, TWINS))
    print("\n".join(["", *(f"A cell fails in {one}" for one in failed)]))
    print(f"Compared: {counts}. What was found: {folder}")
    if wrong:
        print(f"{len(wrong)} not as published: {', '.join(f'{_NAMES[one.kind]} {one.name}' for one in wrong)}")
    if not (wrong or failed):
        print("Everything is as published.")
    return int(bool(wrong or failed))


def _write(now: Published, root: Path) -> int:
    folder = root / published.FOLDER
    try:
        kept = published.read(folder)
    except (FileNotFoundError, ValueError):
        kept = None
    if kept:  # what is as published stays byte for byte, so that only what changed shows as changed
        records = {
            kind: {
                name: (digests.unmoved if kind == VALUES else digests.settled)(one, kept.record(kind, name))
                for name, one in now.records[kind].items()
            }
            for kind in KINDS
        }
        now = replace(now, records=records)
    now.write(folder)
    twins = notebooks.write(root, published.read(folder))
    print(f"Published: {', '.join(f'{len(now.records[kind])} {kind}' for kind in KINDS)}, {len(twins)} notebooks")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
