"""The manifest of a release: what it holds, from which commit, from which vintages of the data, with which verdicts."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from _release import archive, media
from analysis.report import published


def manifest(root: Path, site: Path, version: str, moment: int) -> dict:
    """Return what a release consists of.

    Parameters
    ----------
    root, site : Path
        The project, and its built site.
    version : str
    moment : int
        Time of the commit, in seconds since 1970.

    Raises
    ------
    ValueError
        If a file of the site is not what its name says; the message names every such file.
    """
    found = archive.files(site)
    faults = [f"{path.relative_to(site).as_posix()} {why}" for path in found if (why := media.fault(path))]
    if faults:
        raise ValueError("files of the site are not what their names say: " + "; ".join(faults))
    return {
        "name": "two-economies",
        "version": version,
        "commit": commit(root),
        "date": datetime.fromtimestamp(moment, UTC).date().isoformat(),
        "data": _tables(root),
        "verdicts": {one["id"]: one["verdict"] for one in _published(site, "claims.json")},
        "digests": _digests(root),
        "files": [
            {
                "path": path.relative_to(site).as_posix(),
                "bytes": path.stat().st_size,
                "sha256": archive.sha256(path),
                "media_type": media.media_type(path),
            }
            for path in found
        ],
    }


def text(content: dict) -> str:
    """Return a manifest as JSON, one line per file or table, always in the same order."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def commit(root: Path) -> str | None:
    """Return the commit that the project is at, with "+changes" if files differ from it; None outside a repository."""
    head = _git(root, "rev-parse", "HEAD")
    return None if head is None else head + ("+changes" if _git(root, "status", "--porcelain") else "")


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _tables(root: Path) -> list[dict]:
    package = json.loads((root / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return [
        {
            "table": one["name"],
            "rows": one["rows"],
            "sha256": one["hash"].removeprefix("sha256:"),
            "vintages": [
                f"{source['publisher']}, {source['dataset']}: {source['vintage']}" for source in one["sources"]
            ],
        }
        for one in package["resources"]
    ]


def _digests(root: Path) -> dict:
    path = root / published.FOLDER / published.INDEX
    if not path.is_file():
        raise ValueError(f"{path} is missing: 'make digests' writes it")
    return json.loads(path.read_text(encoding="utf-8"))


def _published(site: Path, name: str) -> list[dict]:
    return json.loads((site / name).read_text(encoding="utf-8"))
