"""Digests of what the pages publish: of the data, rounded to nine digits, and not of pictures.

A record is a table as text: one JSON array per line, the names of the columns first. Text stands in quotes, numbers
carry nine significant digits, yes and no are ``true`` and ``false``, what is missing is ``null``, rows stand in the
order in which they are drawn. The digest is the SHA-256 of that text, so ``sha256sum`` of a record's file gives it too.

Versions of Python and its libraries differ in the last bits of a number, and a number that lies on the edge between two
roundings could fall to either side. So a published record is kept as text, and a number that rounds to what was
published, give or take a thousandth of a unit of the ninth digit, is taken as published: see `settled`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

DIGITS = 9
NOISE = 1e-3
"""How far beyond the edge of its rounding a number may lie, in units of the ninth digit: a relative 1e-12 to 1e-11."""
NEGLIGIBLE = 1e-12
"""A number below this share of the largest of its column is what rounding left of nought, and counts as nought."""
EXACT = 17
"""Digits that carry a floating-point number whole; it is written with as few as do."""
_LAST_BITS = 1e-12
_SHOWN = 3
Cell = str | float | bool | None


@dataclass(frozen=True)
class Record:
    """A table of plain values, with numbers in full. Made by `of` from a frame and by `read` from text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def text(self, digits: int = DIGITS) -> str:
        """Return the record as text, its numbers rounded to a number of significant digits."""
        lines = [list(self.columns), *self.rows]
        return "".join(f"[{', '.join(_written(cell, digits) for cell in line)}]\n" for line in lines)

    def digest(self) -> str:
        """Return the SHA-256 of the text, as 64 hexadecimal digits."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def of(frame: pd.DataFrame) -> Record:
    """Return the record of a data frame; its index does not count.

    Raises
    ------
    TypeError
        If a cell is neither number, text, yes or no, date nor missing; the message names column and row.

    Examples
    --------
    >>> frame = pd.DataFrame({"country": ["KOR", None], "value": [51.0, 2 / 3], "oecd": [True, False]})
    >>> print(of(frame).text(), end="")
    ["country", "value", "oecd"]
    ["KOR", 51, true]
    [null, 0.666666667, false]
    """
    columns = [_column(str(frame.columns[place]), frame.iloc[:, place]) for place in range(frame.shape[1])]
    return Record(tuple(map(str, frame.columns)), tuple(zip(*columns, strict=True)) if columns else ())


def read(text: str) -> Record:
    """Return the record that a text holds.

    Raises
    ------
    ValueError
        If a line is no JSON array, or has another number of cells than the first; the message names the line.
    """
    if not text:
        raise ValueError("a record has a first line with the names of its columns, and this text is empty")
    lines: list[tuple] = []
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        try:
            cells = json.loads(line)
        except ValueError as problem:
            raise ValueError(f"line {number} of a record is not JSON: {line[:60]!r}") from problem
        if not isinstance(cells, list) or lines and len(cells) != len(lines[0]):
            wanted = f"an array of {len(lines[0])} cells" if lines else "an array"
            raise ValueError(f"line {number} of a record is not {wanted}: {line[:60]!r}")
        lines.append(tuple(cells))
    return Record(tuple(map(str, lines[0])), tuple(lines[1:]))


def same(now: Cell, published: Cell) -> bool:
    """Return whether a number rounds to what was published, give or take `NOISE`, or another cell is what was.

    Examples
    --------
    >>> same(2 / 3, 0.666666667), same(0.6666666675, 0.666666667), same(0.666666669, 0.666666667), same("1", 1)
    (True, True, False, False)
    """
    if not (_is_number(now) and _is_number(published)):
        return type(now) is type(published) and now == published
    if not (math.isfinite(now) and math.isfinite(published)) or published == 0:
        return now == published
    rounded = float(_written(published, DIGITS))
    unit = 10.0 ** (math.floor(math.log10(abs(rounded))) - DIGITS + 1)
    return abs(now - rounded) <= (0.5 + NOISE) * unit


def settled(now: Record, published: Record | None, alike: Callable[[Cell, Cell], bool] = same) -> Record:
    """Return a record with each cell that is as published put in the published form, so that their digests agree.

    Examples
    --------
    >>> edge, kept = Record(("x",), ((0.12345678949999,),)), Record(("x",), ((0.123456790,),))
    >>> edge.digest() == kept.digest(), settled(edge, kept).digest() == kept.digest()
    (False, True)
    """
    if published is None or now.columns != published.columns or len(now.rows) != len(published.rows):
        return now
    rows = tuple(
        tuple(kept if alike(cell, kept) else cell for cell, kept in zip(row, other, strict=True))
        for row, other in zip(now.rows, published.rows, strict=True)
    )
    return Record(now.columns, rows)


def unmoved(now: Record, kept: Record | None) -> Record:
    """Return a record in full, with each number that only the last bits set apart from the one kept left as it was.

    Examples
    --------
    >>> unmoved(Record(("x",), ((0.30000000000000004,), (2 / 3,))), Record(("x",), ((0.3,), (0.666666667,)))).rows
    ((0.3,), (0.6666666666666666,))
    """

    def alike(cell: Cell, old: Cell) -> bool:
        return same(cell, old) and (not _is_number(old) or math.isclose(cell, old, rel_tol=_LAST_BITS))

    return settled(now, kept, alike)


def differences(now: Record, published: Record) -> list[str]:
    """Return in words where two records differ: columns, number of rows, order, or which cells.

    Examples
    --------
    >>> differences(Record(("who", "x"), (("KOR", 2.0),)), Record(("who", "x"), (("KOR", 1.0),)))
    ["column 'x': 1 of 1 rows: row 1 (KOR) 1 published, 2 now"]
    """
    now = settled(now, published)
    if now.columns != published.columns:
        gone = [name for name in published.columns if name not in now.columns]
        new = [name for name in now.columns if name not in published.columns]
        moved = [] if gone or new else ["the same columns in another order"]
        return [*(f"column {name!r} is gone" for name in gone), *(f"column {name!r} is new" for name in new), *moved]
    if len(now.rows) != len(published.rows):
        only = [f"{len(published.rows)} rows published, {len(now.rows)} now"]
        return only + _lines("published only", published, now) + _lines("now only", now, published)
    if now.rows != published.rows and sorted(map(_line, now.rows)) == sorted(map(_line, published.rows)):
        return ["the same rows in another order"]
    return [words for place in range(len(now.columns)) if (words := _cells(place, now, published))]


def _cells(place: int, now: Record, published: Record) -> str:
    pairs = enumerate(zip(now.rows, published.rows, strict=True), start=1)
    found = [(number, new, old) for number, (new, old) in pairs if not same(new[place], old[place])]
    if not found:
        return ""
    shown = "; ".join(
        f"row {number} ({_label(old)}) {_plain(old[place])} published, {_plain(new[place])} now"
        for number, new, old in found[:_SHOWN]
    )
    more = ", and others" if len(found) > _SHOWN else ""
    return f"column {now.columns[place]!r}: {len(found)} of {len(now.rows)} rows: {shown}{more}"


def _lines(words: str, those: Record, other: Record) -> list[str]:
    known = {_line(row) for row in other.rows}
    found = [line for row in those.rows if (line := _line(row)) not in known]
    return [f"{words}: {line}" for line in found[:_SHOWN]]


def _line(row: tuple[Cell, ...]) -> str:
    return f"[{', '.join(_written(cell, DIGITS) for cell in row)}]"


def _label(row: tuple[Cell, ...]) -> str:
    return next((cell for cell in row if isinstance(cell, str)), _plain(row[0]) if row else "")


def _plain(cell: Cell) -> str:
    return "nothing" if cell is None else cell if isinstance(cell, str) else _written(cell, DIGITS)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, (bool, np.bool_))


def _written(cell: Cell, digits: int) -> str:
    if cell is None or isinstance(cell, (str, bool)):
        return json.dumps(cell, ensure_ascii=False)
    if math.isinf(cell):
        return "Infinity" if cell > 0 else "-Infinity"
    if cell == 0:
        return "0"
    whole = repr(cell if isinstance(cell, int) else float(cell))
    return whole if digits == EXACT else format(float(cell), f".{digits}g")


def _column(name: str, values: pd.Series) -> list[Cell]:
    cells = [_cell(name, number, value) for number, value in enumerate(values, start=1)]
    sizes = [abs(cell) for cell in cells if _is_number(cell) and math.isfinite(cell)]
    least = NEGLIGIBLE * max(sizes, default=0.0)
    return [0.0 if _is_number(cell) and abs(cell) < least else cell for cell in cells]


def _cell(name: str, number: int, value: object) -> Cell:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if value is None or value is pd.NA or value is pd.NaT or isinstance(value, Real) and math.isnan(value):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, pd.Interval):
        return str(value)
    raise TypeError(f"column {name!r}, row {number}: {value!r} is neither number, text, yes or no, date nor missing")
