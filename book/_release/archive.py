"""Folders as archives whose bytes depend on the names and bytes of the files alone, and lists of checksums."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Iterable
from pathlib import Path

SUMS = "SHA256SUMS"


def files(folder: Path) -> list[Path]:
    """Return every file of a folder, in the order of their names.

    Raises
    ------
    ValueError
        If there is no file at all, or something that is neither a file nor a folder; the message names it.
    """
    found = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
    odd = [path for path in found if path.is_symlink() or not (path.is_file() or path.is_dir())]
    if odd:
        raise ValueError(f"{odd[0]} is neither a file nor a folder: an archive takes only those")
    found = [path for path in found if path.is_file()]
    if not found:
        raise ValueError(f"there is no file in {folder}")
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def checksums(folder: Path, paths: Iterable[Path]) -> str:
    """Return the checksums of files in a folder, in the form that `sha256sum -c` reads inside that folder."""
    return "".join(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths)


def pack(folder: Path, archive: Path, top: str, moment: int) -> None:
    """Write a folder as a .tar.gz file: sorted, of one moment, without owners, readable by all.

    Parameters
    ----------
    folder, archive : Path
        What to pack, and the file to write.
    top : str
        The folder that holds everything once the archive is unpacked.
    moment : int
        Time of every file, in seconds since 1970.
    """
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=moment, compresslevel=9) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files(folder):
            entry = tarfile.TarInfo(f"{top}/{path.relative_to(folder).as_posix()}")
            entry.size, entry.mtime, entry.mode = path.stat().st_size, moment, 0o644
            with path.open("rb") as opened:
                tar.addfile(entry, opened)
