"""Command line: pull new vintages of the data, say what they change, and put them in place if asked to.

python -m analysis.report.refresh            retrieve, compare, replace nothing
python -m analysis.report.refresh --apply    put in place what was retrieved (or retrieve it first)
"""  # fmt: skip

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.data import catalogue, vintages
from analysis.report import claims

SHOWN = 12
"""Differences printed per table; all stand in `changes.csv`."""
_EXHIBIT = re.compile(r"""an\.exhibit\(\s*["']([\w-]+)["'](?:(?!an\.exhibit\().)*?source=\[([^\]]*)\]""", re.S)


def verdict_changes(
    before: Callable[[str], pd.DataFrame], after: Callable[[str], pd.DataFrame], tables: Iterable[str]
) -> pd.DataFrame:
    """Judge every claim that uses one of `tables` on the old and on the new data.

    Parameters
    ----------
    before, after : callable
        Load a table of the old and of the new data.
    tables : iterable of str
        The tables that changed; a claim that reads none of them is not judged again.

    Returns
    -------
    DataFrame
        One row per claim judged twice: `id`, `claim`, `old`, `new` (verdicts), `old_measured`, `new_measured`,
        `old_holds`, `new_holds` (on how many readings the claim holds), `changed` (whether the verdict differs). A
        claim that cannot be judged says why in place of the verdict.
    """
    tables, rows = set(tables), []
    for claim in claims.ids(examined=True):
        used: set[str] = set()

        def noting(name: str, used: set[str] = used) -> pd.DataFrame:
            used.add(name)
            return before(name)

        old = _judged(claim, noting)
        if not used & tables:
            continue
        new = _judged(claim, after)
        pairs = zip(old[:3], new[:3], strict=True)
        rows.append((claim, old[3] or new[3], *(one for pair in pairs for one in pair), old[0] != new[0]))
    columns = ["id", "claim", "old", "new", "old_measured", "new_measured", "old_holds", "new_holds", "changed"]
    return pd.DataFrame(rows, columns=columns).astype({"changed": bool})


def _judged(claim: str, load: Callable[[str], pd.DataFrame]) -> tuple[str, str, str, str]:
    """Return the verdict, what was measured, on how many readings the claim holds, and the claim."""
    try:
        found = claims.judge(claim, load)
    except Exception as wrong:  # a measure may fail in its own way on data of another shape: that is a finding
        return f"cannot be judged ({type(wrong).__name__}: {' '.join(str(wrong).split())[:200]})", "", "", ""
    held = claims.agreement(found.readings) if len(found.readings) else ""
    return found.verdict, found.measured, held, found.claim


def exhibits_citing(book: Path, tables: Iterable[str]) -> list[str]:
    """Return the ids of the exhibits of a book that name one of `tables` as a source, in the order of its files.

    Which of them come out otherwise takes a run of the pages: `make verify`, once the new data are in place.
    """
    tables, found = set(tables), []
    for page in sorted(book.rglob("*.md")):
        for exhibit, cited in _EXHIBIT.findall(page.read_text(encoding="utf-8")):
            if tables & set(re.findall(r"""["'](\w+)(?=[:"'])""", cited)):
                found.append(exhibit)
    return found


def report(
    sources: pd.DataFrame, changes: dict[str, pd.DataFrame], verdicts: pd.DataFrame, exhibits: Iterable[str] = ()
) -> str:
    """Say in words what new vintages change: values by table, then verdicts, then which exhibits may change."""
    lines = []
    for name, found in changes.items():
        lines.append(f"{name}: {vintages.counted(found)}")
        for row in sources[sources["table"] == name].itertuples():
            moved = f"{row.old} -> {row.new}" if row.old != row.new else f"{row.new}, as before"
            lines.append(f"  {row.series}: vintage {moved}")
        telling = found[(found["change"] == vintages.CHANGED) | found["unit"].ne("")]  # of a row: its values
        lines += [f"    {_difference(row)}" for row in vintages.largest(telling, SHOWN).itertuples()]
        if len(telling) > SHOWN:
            lines.append(f"    ... and {len(telling) - SHOWN:,} more differences, all in changes.csv")
    lines += ["", f"Claims that use these tables: {', '.join(verdicts['id']) or 'none'}"]
    for row in verdicts[verdicts["changed"]].itertuples():
        lines.append(f"  {row.id} VERDICT CHANGES: {row.old} -> {row.new}")
        lines += [f"     {row.claim}", *_measured(row)]
    if not verdicts["changed"].any():
        lines.append("  No verdict changes.")
    for row in verdicts[~verdicts["changed"]].itertuples():
        lines.append(f"  {row.id} stays {row.new}")
        lines += _measured(row)
    if exhibits := list(exhibits):
        lines += ["", f"Exhibits that cite these tables: {', '.join(exhibits)}"]
    return "\n".join(lines) + "\n"


def _measured(row) -> list[str]:
    """Say which of the measured values of a claim differ, and on how many readings it holds if that differs."""
    old, new = row.old_measured.split("; "), row.new_measured.split("; ")
    lines = [f"     was: {part}" for part in old if part and part not in new]
    lines += [f"     now: {part}" for part in new if part and part not in old]
    if row.old_holds != row.new_holds:
        lines.append(f"     holds on {row.old_holds or 'none'} -> {row.new_holds or 'none'}")
    return lines


def _difference(row) -> str:
    if row.change == vintages.ADDED:
        return f"added: {row.row}: {row.field} {_shown(row.new)} {row.unit}".rstrip()
    if row.change == vintages.REMOVED:
        return f"removed: {row.row}: {row.field} {_shown(row.old)} {row.unit}".rstrip()
    share = "" if pd.isna(row.relative) else f" ({100 * row.relative:+.3g} %)"
    return f"{row.row}: {row.field} {_shown(row.old)} -> {_shown(row.new)} {row.unit}".rstrip() + share


def _shown(value) -> str:
    return "empty" if pd.isna(value) else f"{value:.10g}" if isinstance(value, float) else str(value)


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments, retrieve, print what changes, and replace the data only where `--apply` says so."""
    try:
        from analysis.data.refresh import services, swap
        from analysis.data.refresh.prepare import RefreshError
    except ModuleNotFoundError as missing:
        sys.exit(f"Refreshing needs the package {missing.name}: pip install 'two-economies[refresh]'")
    options = _options(arguments, services)
    home = (options.data or catalogue.folder()).resolve()
    if options.list:
        return _list(home, services)
    if not any((place / "datapackage.json").is_file() for place in (home, catalogue.waiting(home))):
        sys.exit(f"refresh: no data package (datapackage.json) in {home.name}/")
    try:
        with swap.lock(home):
            if done := swap.recover(home):
                print(done)
            if options.apply and swap.ready(home):
                _same_series(options, swap.incoming(home))
            else:
                _retrieve(home, options)
            place = swap.incoming(home)
            if options.apply:
                print((place / "report.txt").read_text(encoding="utf-8"))
                read_again = _read_again(place)
                print(f"{home.name}/ is now the new package, put in place {swap.replace(home)}.")
                print(read_again)
            else:
                print(f"Nothing is replaced. The new package lies in {place.relative_to(home.parent)}/.")
                print("Put it in place with: make refresh APPLY=1")
    except (RefreshError, swap.Busy, ValueError, OSError) as wrong:
        sys.exit(f"refresh: {wrong}\nNothing was written; {home.name}/ is as it was.")


def _retrieve(home: Path, options: argparse.Namespace) -> None:
    from analysis.data.refresh import prepare, services, swap
    from analysis.data.refresh.session import Session

    questions = prepare.chosen(options.series, home)
    print(f"Asking for {len(questions)} series:")
    session = partial(Session, timeout=options.timeout, tries=options.tries, pause=options.pause)
    addresses = {**services.ADDRESSES, **dict(options.service)}
    new = prepare.prepare(home, questions, addresses, session=session, say=lambda line: print(f"  {line}", flush=True))
    print("All came. Judging the claims on the old and on the new data.\n", flush=True)
    try:
        text = _write_report(home, new)
    except BaseException:
        swap.remove(new.folder)
        raise
    swap.offer(new.folder, home)
    if not options.apply:
        print(text)


def _write_report(home: Path, new) -> str:
    changed = [name for name, found in new.changes.items() if len(found)]
    verdicts = verdict_changes(partial(catalogue.load_from, home), new.load, changed)
    text = report(new.sources, new.changes, verdicts, exhibits_citing(home.parent / "book", changed))
    all_changes = [found.assign(table=name) for name, found in new.changes.items()]
    pd.concat(all_changes).to_csv(new.folder / "changes.csv", index=False, lineterminator="\n")
    verdicts.to_csv(new.folder / "verdicts.csv", index=False, lineterminator="\n")
    (new.folder / "report.txt").write_text(text, encoding="utf-8")
    about = {"series": sorted(new.sources["series"]), "tables": list(new.changes)}
    (new.folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    return text


def _same_series(options: argparse.Namespace, place: Path) -> None:
    waits = json.loads((place / "about.json").read_text(encoding="utf-8"))["series"]
    if options.series and sorted(options.series) != waits:
        raise ValueError(f"the package that waits holds {', '.join(waits)}; retrieve others first, without --apply")
    print("This was retrieved before and waits:\n")


def _read_again(place: Path) -> str:
    tables = json.loads((place / "about.json").read_text(encoding="utf-8"))["tables"]
    files = ", ".join(f"analysis/data/descriptors/{name}.yml" for name in tables)
    return (
        "Series keep their names; their vintages stand in datapackage.json.\n"
        f"Read again what is written in words about these tables: {files}.\n"
        "The policy lab's tables are computed from others: if a test says their digest is old, compute them again.\n"
        "make verify names the exhibits, values and verdicts that differ from what is published; make digests\n"
        "publishes the new ones. Then make test and make book."
    )


def _list(home: Path, services) -> None:
    package = json.loads((home / "datapackage.json").read_text(encoding="utf-8"))
    print("By service (make refresh):")
    for question in services.QUESTIONS:
        print(f"  {question.series}: {services.ADDRESSES[question.service]}, {question.dataset}")
    print("By hand:")
    for how, rows in services.by_hand({one["name"]: one for one in package["resources"]}).groupby("how", sort=False):
        print(f"- {how}:")
        for row in rows.itertuples():
            files = f": {row.files}" if row.files and how != services.CLOSED else ""
            print(f"  {row.table}, {row.source} ({row.publisher}; {row.address}){files}")


def _options(arguments: list[str] | None, services) -> argparse.Namespace:
    def service(text: str) -> tuple[str, str]:
        name, _, address = text.partition("=")
        if name not in services.ADDRESSES or not address.startswith(("http://", "https://")):
            legal = ", ".join(services.ADDRESSES)
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=ADDRESS; names: {legal}; addresses start with http")
        return name, address

    parser = argparse.ArgumentParser(prog="python -m analysis.report.refresh", description=__doc__.splitlines()[0])
    parser.add_argument("series", nargs="*", help="series to retrieve (default: all that a service answers)")
    parser.add_argument("--apply", action="store_true", help="put the new data in place")
    parser.add_argument("--list", action="store_true", help="list what a service answers and how to refresh the rest")
    parser.add_argument("--data", type=Path, help="folder of the data package (default: the one that is loaded)")
    parser.add_argument("--service", type=service, action="append", default=[], metavar="NAME=ADDRESS",
                        help="another address of a service, such as a mirror")  # fmt: skip
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for a service (default: 60)")
    parser.add_argument("--tries", type=int, default=4, help="how often to ask a service that fails (default: 4)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds before the second try, doubled after (2)")
    options = parser.parse_args(arguments)
    if options.tries < 1 or options.timeout <= 0 or options.pause < 0:
        parser.error("--tries is at least 1, --timeout over 0, --pause at least 0")
    return options


if __name__ == "__main__":
    main()
