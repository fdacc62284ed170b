"""Make a release from the built site: archive, package, manifest, checksums, notes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from _ext import fresh
from _ext.printing import BOOK
from _ext.project import REPOSITORY_VARIABLE, SITE_VARIABLE, addresses, citation

from _release import archive, numbers
from _release.manifest import commit, manifest, text
from analysis import __version__
from analysis.report import published

MANIFEST, NOTES = "manifest.json", "NOTES.md"
PLAIN_HOST = ".nojekyll"
"""Tells hosts that run Jekyll to serve the site as it is, with the folders whose names begin with a line."""


def make(root: Path, out: Path, tag: str | None = None) -> list[Path]:
    """Write a release into a folder, in place of what the folder held, and return its files.

    Parameters
    ----------
    root : Path
        The project; its site lies in `_build/html`.
    out : Path
        The folder to write: site archive, the book as PDF if the site has it, wheel and source archive of the package,
        `manifest.json`, `NOTES.md` and `SHA256SUMS`.
    tag : str, optional
        The tag that is released. Then version, date, changelog and commit have to agree with it, and the book is there
        as PDF.

    Raises
    ------
    ValueError
        If the site is missing or stale, or if something does not agree; the message names it.
    """
    if out.exists() and any(out.iterdir()) and not (out / archive.SUMS).is_file():
        raise ValueError(f"{out} holds files and no release ({archive.SUMS}): name a folder that may be replaced")
    site, moment = root / "_build" / "html", _moment(root)
    check_site(root, site)
    check_version(root, moment, tag)
    if tag is not None and not (site / BOOK).is_file():
        raise ValueError(
            f"the site has no {BOOK}: 'make book' prints it where Chromium is installed"
        )
    work = root / "_build" / "release"
    shutil.rmtree(work, ignore_errors=True)
    copy, done = work / "site", work / "done"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns(".*"))
    (copy / PLAIN_HOST).touch()
    (copy / MANIFEST).write_text(text(manifest(root, copy, __version__, moment)), encoding="utf-8")
    (copy / archive.SUMS).write_text(archive.checksums(copy, archive.files(copy)), encoding="utf-8")
    _package(root, done, moment)
    name = f"two-economies-{__version__}-site"
    archive.pack(copy, done / f"{name}.tar.gz", name, moment)
    if (copy / BOOK).is_file():
        shutil.copy(copy / BOOK, done / f"two-economies-{__version__}.pdf")
    shutil.copy(copy / MANIFEST, done / MANIFEST)
    (done / NOTES).write_text(numbers.part_on(_changelog(root), __version__), encoding="utf-8")
    (done / archive.SUMS).write_text(archive.checksums(done, archive.files(done)), encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(done, out)
    shutil.rmtree(work)
    return archive.files(out)


def check_site(root: Path, site: Path) -> None:
    """Raise if there is no site, or if it was not built from the present files for the present address."""
    if not (site / "index.html").is_file():
        raise ValueError(f"there is no site in {site}: run 'make book'")
    if any(os.environ.get(name) for name in (SITE_VARIABLE, REPOSITORY_VARIABLE)):
        front, address = (site / "book" / "index.html").read_text(encoding="utf-8"), addresses().site
        if address and f'rel="canonical" href="{address}' not in front:
            raise ValueError(f"the site in {site} was not built for {address}: run 'make book' with that address")
    elif not fresh.is_current(root):
        raise ValueError(f"the site in {site} was not built strictly from the present files: run 'make book'")


def check_version(root: Path, moment: int, tag: str | None) -> None:
    """Raise if the version differs between package, citation, changelog and, if there is one, tag."""
    cited = citation()
    faults = []
    if str(cited["version"]) != __version__:
        faults.append(f"CITATION.cff has version {cited['version']}, the package {__version__}")
    part = numbers.part_on(_changelog(root), __version__)
    if tag is not None:
        heading, day = part.splitlines()[0], datetime.fromtimestamp(moment, UTC).date().isoformat()
        if tag != f"v{__version__}":
            faults.append(f"the tag is {tag}, and version {__version__} has the tag v{__version__}")
        if not re.fullmatch(rf"## \[?{re.escape(__version__)}\]? - \d{{4}}-\d\d-\d\d", heading):
            faults.append(f"CHANGELOG.md heads the version with {heading!r}, a release with its date: '{day}'")
        elif not heading.endswith(str(cited["date-released"])):
            faults.append(f"CHANGELOG.md has {heading!r}, and CITATION.cff date-released: {cited['date-released']}")
        if (commit(root) or "").endswith("+changes"):
            faults.append("files differ from the commit: commit them or take them back")
        faults += _numbers_unsaid(root)
    if faults:
        raise ValueError("; ".join(faults))


def _numbers_unsaid(root: Path) -> list[str]:
    now, before = numbers.kept(root, str(root / published.FOLDER)), _previous_tag(root)
    lines = numbers.first(now) if before is None else _lines(root, before, now)
    missing = numbers.unsaid(lines, _changelog(root), __version__)
    if not missing:
        return []
    call = f"make numbers SINCE={before}" if before else "make numbers"
    return [f"CHANGELOG.md lacks {len(missing)} lines of '{call}', the first: {missing[0]!r}"]


def _lines(root: Path, before: str, now: published.Published) -> list[str]:
    return numbers.changes(numbers.kept(root, before), now, numbers.chapters(root))


def _previous_tag(root: Path) -> str | None:
    known = subprocess.run(
        ["git", "tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return next((tag for tag in known.stdout.split() if tag != f"v{__version__}"), None)


def _package(root: Path, folder: Path, moment: int) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=root, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode:
        raise ValueError(f"the package does not build: {built.stdout}{built.stderr}")


def _changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def _moment(root: Path) -> int:
    """Return the time of the release: SOURCE_DATE_EPOCH, or that of the last commit."""
    said = os.environ.get("SOURCE_DATE_EPOCH") or subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
    ).stdout.strip()  # fmt: skip
    if not said.isdigit():
        raise ValueError(
            f"SOURCE_DATE_EPOCH is {said!r} and there is no commit to take the time from: set it to seconds since 1970"
        )
    return int(said)
