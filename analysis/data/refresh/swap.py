"""Put a new data package in the place of the old one in one step, which a kill at any moment cannot split.

The new package lies complete in `.refresh/incoming/data` beside the folder it will replace, on the same file system.

- Linux exchanges the two folders with one call of the kernel (renameat2, RENAME_EXCHANGE): at every moment the folder
  is wholly the old package or wholly the new one.
- Elsewhere, or where the file system cannot exchange, two renames do it: the old folder goes to
  `.refresh/incoming/old`, then the new one takes its place. Between the two the folder is missing;
  `catalogue.folder` then reads the package that waits, and the next refresh finishes the second rename (`recover`).

What is left over (the old package, a half-written one) lies in `.refresh` and is removed by the next call.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from analysis.data import catalogue

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV)


class Busy(RuntimeError):
    """Another refresh of the same folder is running."""


def incoming(home: Path) -> Path:
    """Return the folder that holds a complete new package for `home`, with its report; it is there or it is not."""
    return catalogue.waiting(home).parent


@contextlib.contextmanager
def lock(home: Path) -> Iterator[None]:
    """Let one refresh at a time work on `home`; the system frees the lock of a killed one.

    Raises
    ------
    Busy
        If another one holds it.
    """
    place = incoming(home).parent
    place.mkdir(parents=True, exist_ok=True)
    with open(place / "lock", "a+b") as handle:
        try:
            _hold(handle)
        except OSError:
            raise Busy(f"another refresh of {home.name}/ is running; wait for its end") from None
        yield


def _hold(handle) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def recover(home: Path) -> str:
    """Finish or forget what a killed refresh left, and say in words what was done (empty if nothing was).

    Call it under `lock`. A complete package that nobody asked to put in place stays.
    """
    place = incoming(home)
    done = ""
    if not home.exists() and (place / "old").exists() and (place / "data").exists():
        os.rename(place / "data", home)
        _flush(home.parent)
        done = f"An earlier refresh was cut off between two renames: {home.name}/ is now the new package, whole."
    if home.exists() and place.exists() and not ready(home):
        remove(place)
        done = done or "What an earlier refresh left behind was removed; the package in place is whole."
    for part in place.parent.glob("*"):
        if part.name.startswith(("new-", "gone-")):
            shutil.rmtree(part)
    return done


def ready(home: Path) -> bool:
    """Return whether a complete new package waits that was made from the package now in `home`."""
    place = incoming(home)
    base = place / "base"
    return (place / "data").is_dir() and base.is_file() and base.read_text() == fingerprint(home)


def fingerprint(folder: Path) -> str:
    """Return one digest of all files of a folder, by name and content."""
    total = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest()


def offer(prepared: Path, home: Path) -> Path:
    """Make a prepared folder (`data`, `base` and a report) the one that waits; its bytes are on the disk before.

    Returns
    -------
    Path
        `incoming(home)`.
    """
    for path in sorted(prepared.rglob("*")):
        _flush(path)
    _flush(prepared)
    place = incoming(home)
    remove(place)
    os.rename(prepared, place)
    _flush(place.parent)
    return place


def replace(home: Path) -> str:
    """Put the package that waits in the place of `home`, and say in words how.

    Raises
    ------
    FileNotFoundError
        If no complete package waits that was made from what is now in `home`.
    OSError
        If the system moves neither folder, such as where `home` is a mount point; `home` is then as it was.
    """
    if not ready(home):
        raise FileNotFoundError(f"no new package waits that was made from {home.name}/ as it is now")
    place = incoming(home)
    if _exchange(place / "data", home):
        how = "in one step"
    else:
        os.rename(home, place / "old")
        try:
            os.rename(place / "data", home)
        except OSError:
            os.rename(place / "old", home)
            raise
        how = "by two renames"
    _flush(home.parent)
    _flush(place)
    remove(place)
    return how


def remove(place: Path) -> None:
    """Remove a folder of `.refresh`: first its name, so that nothing half removed is ever taken for whole."""
    if place.exists():
        gone = place.with_name(f"gone-{os.getpid()}-{place.name}")
        shutil.rmtree(gone, ignore_errors=True)
        os.rename(place, gone)
        shutil.rmtree(gone)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; return False where the system or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:  # a C library older than 2018
        return False
    done = call(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), ctypes.c_uint(_RENAME_EXCHANGE))
    if done == 0:
        return True
    failed = ctypes.get_errno()
    if failed in _CANNOT:
        return False
    raise OSError(failed, os.strerror(failed), str(second))


def _flush(path: Path) -> None:
    """Bring a file or the entries of a folder to the disk (a folder cannot be flushed on Windows)."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
