"""Which published numbers changed between two versions, as the section "Numbers" of the changelog says it.

Each version keeps its exhibits, values and verdicts in the folder `published` (see `analysis.report.published`). Two
such folders are compared, so that nothing has to be run again.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from analysis.report import digests, published
from analysis.report.published import Published

HEADING = "### Numbers"
NOTHING = "No published number, verdict, exhibit or table changed."


def kept(root: Path, version: str) -> Published:
    """Return what a version published.

    Parameters
    ----------
    root : Path
        The project.
    version : str
        A folder with a `digests.json`, or a revision of the repository: a tag, branch or commit.

    Raises
    ------
    ValueError
        If it is neither, or the revision held no published numbers; the message names it.
    """
    if (Path(version) / published.INDEX).is_file():
        return published.read(Path(version))
    packed = subprocess.run(
        ["git", "archive", "--format=tar", version, published.FOLDER], cwd=root, capture_output=True, check=False
    )
    if packed.returncode:
        said = packed.stderr.decode(errors="replace").strip().splitlines()[:1]
        raise ValueError(
            f"{version!r} is neither a folder that holds {published.INDEX} nor a revision of the repository that holds "
            f"{published.FOLDER}/: {''.join(said)}"
        )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
            tar.extractall(folder, filter="data")
        return published.read(Path(folder) / published.FOLDER)


def chapters(root: Path) -> dict[str, str]:
    """Return the chapter of every claim of the ledger."""
    ledger = yaml.safe_load((root / "data" / "claims.yml").read_text(encoding="utf-8"))
    return {one["id"]: one["chapter"] for one in ledger["claims"]}


def changes(old: Published, new: Published, chapters: dict[str, str]) -> list[str]:
    """Return what changed from one version to another, a line of Markdown each: old -> new, with the page.

    Parameters
    ----------
    old, new : Published
    chapters : dict
        Chapter by claim.
    """
    return [
        *_claims(old, new, chapters),
        *_values(old, new),
        *_exhibits(old, new),
        *_tables(old.tables, new.tables),
    ]


def first(new: Published) -> list[str]:
    """Return what the first version with published numbers holds, a line of Markdown each."""
    verdicts = Counter(_whole(record).get("verdict") for record in new.records[published.CLAIMS].values())
    shown = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items(), key=lambda one: -one[1]))
    values = sum(len(record.rows) for record in new.records[published.VALUES].values())
    return [
        f"- The first version with published numbers: {values:,} values on {len(new.records[published.VALUES])} pages, "
        f"{len(new.records[published.EXHIBITS])} exhibits, {len(new.tables)} files of data.",
        f"- Verdicts on {sum(verdicts.values())} claims: {shown}.",
    ]


def section(lines: list[str]) -> str:
    """Return the section of the changelog."""
    return "\n".join([HEADING, "", *(lines or [NOTHING]), ""])


def unsaid(lines: list[str], changelog: str, version: str) -> list[str]:
    """Return the lines that the changelog's part on a version does not hold.

    Raises
    ------
    ValueError
        If the changelog has no part on that version, or that part has no section on numbers.
    """
    part = part_on(changelog, version)
    if HEADING not in part.splitlines():
        raise ValueError(f"CHANGELOG.md has no section '{HEADING}' under {version}: run 'make numbers SINCE=TAG'")
    said = set(part.splitlines())
    return [line for line in lines or [NOTHING] if line not in said]


def part_on(changelog: str, version: str) -> str:
    """Return the changelog's part on one version, with its heading.

    Raises
    ------
    ValueError
        If there is none; the message lists the versions that have one.
    """
    parts = re.split(r"^(?=## )", changelog, flags=re.MULTILINE)[1:]
    found = {part.split()[1].strip("[]"): part for part in parts}
    if version not in found:
        raise ValueError(f"CHANGELOG.md has no heading '## {version}'; it has {', '.join(found) or 'none'}")
    return found[version].rstrip() + "\n"


def _claims(old: Published, new: Published, chapters: dict[str, str]) -> list[str]:
    lines = []
    for name, (before, after) in _pairs(old.records[published.CLAIMS], new.records[published.CLAIMS]):
        where = f" ({chapters[name]})" if name in chapters else ""
        if before is None or after is None:
            verdict = _whole(after or before).get("verdict")
            lines.append(f"- Claim {name}{where}: {'gone' if after is None else 'new'}, {verdict}")
            continue
        was, now = _whole(before), _whole(after)
        lines += [
            f"- Claim {name}{where}, {what}: {was.get(what, 'nothing')} -> {now.get(what, 'nothing')}"
            for what in dict.fromkeys([*was, *now])
            if was.get(what) != now.get(what)
        ]
        readings = _readings(before, after)
        if readings:
            lines.append(f"- Claim {name}{where}: {readings}")
    return lines


def _whole(record: digests.Record) -> dict[str, str]:
    """Verdict, measured values and what it turns on for the claim, and the verdict on each of its parts."""
    return {
        what if part == "whole" else f"{part}: {what}": value
        for part, what, value, _ in record.rows
        if part == "whole" or what == "verdict"
    }


def _readings(before: digests.Record, after: digests.Record) -> str:
    was, now = ({(part, what): value for part, what, value, _ in one.rows} for one in (before, after))
    moved = sum(not digests.same(now[key], was[key]) for key in was.keys() & now.keys() if _numeric(now[key], was[key]))
    counts = {"moved": moved, "new": len(now.keys() - was.keys()), "gone": len(was.keys() - now.keys())}
    said = [f"{count} reading{'s' * (count > 1)} {what}" for what, count in counts.items() if count]
    return ", ".join(said)


def _values(old: Published, new: Published) -> list[str]:
    lines = []
    for page, (before, after) in _pairs(old.records[published.VALUES], new.records[published.VALUES]):
        was, now = (dict(one.rows) if one else {} for one in (before, after))
        for name, (value, other) in _pairs(was, now):
            if value is None or other is None or not digests.same(other, value):
                lines.append(f"- {page}, `{name}`: {_shown(value)} -> {_shown(other)}")
    return lines


def _exhibits(old: Published, new: Published) -> list[str]:
    lines = []
    for name, (before, after) in _pairs(old.records[published.EXHIBITS], new.records[published.EXHIBITS]):
        page = new.pages.get(name) or old.pages.get(name)
        if before is None or after is None:
            lines.append(f"- {page}, `{name}`: the exhibit is {'gone' if after is None else 'new'}")
        else:
            lines += [f"- {page}, `{name}`: {words}" for words in digests.differences(after, before)]
    return lines


def _tables(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return [
        f"- Data, `{name}`: {'new' if was is None else 'gone' if now is None else 'changed'}"
        for name, (was, now) in _pairs(old, new)
        if was != now
    ]


def _pairs(old: dict, new: dict) -> list[tuple]:
    return [(name, (old.get(name), new.get(name))) for name in dict.fromkeys([*old, *new])]


def _numeric(*cells: object) -> bool:
    return all(isinstance(cell, (int, float)) for cell in cells)


def _shown(value: float | str | None) -> str:
    if value is None:
        return "nothing"
    return f'"{value}"' if isinstance(value, str) else format(value, f".{digests.DIGITS}g")
