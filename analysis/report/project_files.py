"""Files of the project that are no tables of the data package: its own programs and the measurements they stored."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
ROOT = _PACKAGE.parent


def held(path: str) -> Path:
    """Return a file of the project: in a checkout where it lies, and of the installed package what it carries.

    Parameters
    ----------
    path : str
        From the root of the project, such as ``benchmarks/speed.csv``.

    Raises
    ------
    FileNotFoundError
        If there is no such file; the message names it.

    Examples
    --------
    >>> held("benchmarks/speed.csv").name
    'speed.csv'
    """
    for place in (ROOT / path, _PACKAGE / f"_{path}"):
        if place.is_file():
            return place
    raise FileNotFoundError(f"{path!r} is no file of the project, and the installed package does not carry it")
