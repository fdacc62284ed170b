"""Never show a stale number: pages rerun when code, data or the lock change, and no page keeps what another page said.

The execution cache knows the cells of a page but not the modules and tables that the cells use, so it is kept in a
folder named by a hash of those. Sphinx keeps parsed pages, and with them values that other pages have since changed,
so they are parsed anew in every build (a second or two; nothing is executed again).
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from _ext.project import REPOSITORY_VARIABLE, ROOT, SITE_VARIABLE

USED_BY_PAGES = ("analysis", "data", "benchmarks", "requirements.txt")
USED_BY_SITE = (*USED_BY_PAGES, "book", "_config.yml", "_toc.yml", "CITATION.cff", "pyproject.toml")
_KEPT = 3
"""How many caches to keep, so that going back to an earlier state does not run everything again."""


def fingerprint(root: Path, used: Iterable[str] = USED_BY_PAGES) -> str:
    """Return a hash of files and of the version of Python; by default, of all that a page's results can depend on."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in _files(root, used):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _files(root: Path, used: Iterable[str]) -> Iterator[Path]:
    for name in used:
        start = root / name
        found = [start] if start.is_file() else sorted(start.rglob("*"))
        yield from (
            path for path in found if path.is_file() and "__pycache__" not in path.parts and path.name[0] != "."
        )


def start_fresh(app, config) -> None:
    """Choose the cache of this state of the project and drop what Sphinx remembers of earlier builds."""
    build = Path(app.outdir).parent
    _seal(ROOT).unlink(missing_ok=True)
    caches = build / ".jupyter_cache"
    chosen = caches / fingerprint(ROOT)
    chosen.mkdir(parents=True, exist_ok=True)
    chosen.touch()
    config.nb_execution_cache_path = str(chosen)
    by_age = sorted(
        (path for path in caches.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in [*by_age[_KEPT:], *Path(app.doctreedir).glob("*"), *Path(app.outdir).glob("*")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def seal(app, exception) -> None:
    """Note what the site was built from, if the build was strict, without a warning and without test addresses."""
    tested = any(os.environ.get(name) for name in (SITE_VARIABLE, REPOSITORY_VARIABLE))
    if exception is None and app.builder.format == "html" and app.config.nitpicky and not app._warncount and not tested:
        _seal(ROOT).write_text(fingerprint(ROOT, USED_BY_SITE), encoding="utf-8")


def is_current(root: Path) -> bool:
    """Return whether the site was built from the files that are there now, by a strict build that passed."""
    return _seal(root).exists() and _seal(root).read_text(encoding="utf-8") == fingerprint(root, USED_BY_SITE)


def _seal(root: Path) -> Path:
    return root / "_build" / "built-from.txt"


def setup(app):
    """Connect before any other extension reads the settings, and after all others have written."""
    app.connect("config-inited", start_fresh, priority=1)
    app.connect("build-finished", seal, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
