"""Ask Eurostat's service for a part of a dataset, through the eurostat package, and return it as a table of text."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from itertools import product
from unittest.mock import patch

import eurostat.eurostat as package
import pandas as pd

from analysis.data.refresh.session import NoAnswer, Session

KINDS = ("xml", "gzip", "json")
_TIME = "geo\\TIME_PERIOD"


def fetch(
    dataset: str,
    key: Mapping[str, tuple[str, ...]],
    base: str,
    session: Session,
    only: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[pd.DataFrame, str]:
    """Return a part of a dataset, one row per cell, and the day on which the publisher last updated it.

    One request per combination of codes, each read by itself: the package would put the years of a second answer under
    those of the first.

    Parameters
    ----------
    dataset : str
        Code, such as "isoc_eb_ai".
    key : mapping
        Dimension to the codes to ask for. Dimensions that are not named are not restricted.
    base : str
        Address of the service, up to `/sdmx/2.1`.
    session : Session
    only : mapping, optional
        Dimension to the codes to keep of what came; every one must have come.

    Returns
    -------
    DataFrame
        The dimensions in lower case, `time`, `value` (missing: NA) and `flag`.
    str
        The last update, as the service states it.

    Raises
    ------
    NoAnswer
        If the service gives no whole answer, the dataset has no dimension of a name in `key` or `only`, an answer is
        not the table that was asked for, a code is missing, a cell stands twice, or there is none.
    """
    with _through(session, base):
        dimensions = _call(session, base, f"the dimensions of {dataset}", package.get_pars, dataset)
        if unknown := [name for name in (*key, *(only or {})) if name not in dimensions]:
            came = f"dimensions {', '.join(dimensions)}"
            raise NoAnswer(session.answers[-1].url, f"a dimension {', '.join(unknown)} in {dataset}", came)
        parts = []
        for codes in product(*key.values()):
            part = dict(zip(key, codes, strict=True))
            lines = _call(
                session, base, f"a table of {dataset}", package.get_data, dataset, flags=True, filter_pars=part
            )
            parts.append(_long(lines, dimensions, part, session.answers[-1].url))
        listed = _call(session, base, f"an entry of {dataset}", package.get_toc, agency="EUROSTAT", dataset=dataset)
    table = pd.concat(parts, ignore_index=True)
    for name, codes in (only or {}).items():
        if missing := sorted(set(codes) - set(table[name])):
            came = f"no cell of {', '.join(missing)} (only {', '.join(sorted(set(table[name])))})"
            raise NoAnswer(f"{base}/data/{dataset}", f"{name} {', '.join(codes)}", came)
        table = table[table[name].isin(codes)]
    doubled = table.duplicated([*dimensions, "time"])
    if doubled.any():
        cell = " ".join(table.loc[doubled, [*dimensions, "time"]].iloc[0])
        raise NoAnswer(f"{base}/data/{dataset}", "every cell once", f"{cell} more than once")
    updated = dict(zip(listed[0], listed[1], strict=True))["last update of data"]
    return table.sort_values([*dimensions, "time"]).reset_index(drop=True), str(updated)[:10]


@contextlib.contextmanager
def _through(session: Session, base: str) -> Iterator[None]:
    """Lead the package to one address and one provider, and keep what it prints."""
    address = {"EUROSTAT": base.rstrip("/") + "/"}
    with (
        session.stands_in(package),
        patch.object(package.__dict__["__Uri__"], "BASE_URL", address),
        patch.object(package.__dict__["__Uri__"], "BASE_ASYNC_URL", {}),
        patch.dict(package.__dict__, {"__agency_by_provider__": [("EUROSTAT", "ESTAT")]}),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        yield


def _call(session: Session, base: str, what: str, function, *arguments, **options):
    """Call the package, which hides what failed: of two errors, the one that the session met says more."""
    session.failed.clear()
    try:
        found = function(*arguments, **options)
        came = "nothing" if found is None else ""
    except Exception as unread:
        found, came = None, f"what the eurostat package cannot read ({type(unread).__name__}: {unread})"
        if session.answers and b"status></" in session.answers[-1].content:  # as the package looks for it
            came = "a place in a queue for large requests"
    if session.failed:
        raise next(iter(session.failed.values()))
    if came:
        raise NoAnswer(session.answers[-1].url if session.answers else base, what, came)
    return found


def _long(lines: list[tuple], dimensions: list[str], part: Mapping[str, str], asked: str) -> pd.DataFrame:
    """Turn `2024_value`, `2024_flag` columns into rows, after a check that the answer is of the part asked for."""
    for place, line in enumerate(lines, start=1):
        if len(line) != len(lines[0]):
            raise NoAnswer(asked, f"{len(lines[0])} cells in every line", f"{len(line)} cells in line {place}")
    wide = pd.DataFrame(lines[1:], columns=lines[0])
    columns = [*dimensions[:-1], _TIME]
    if list(wide.columns[: len(columns)]) != columns:
        raise NoAnswer(asked, f"columns {', '.join(columns)}", f"columns {', '.join(map(str, wide.columns))[:160]}")
    if wide.empty:
        raise NoAnswer(asked, "cells", "none")
    wide = wide.rename(columns={_TIME: dimensions[-1]})
    for name, code in part.items():
        if stray := sorted(set(wide[name]) - {code}):
            raise NoAnswer(asked, f"{name} {code} only", f"also {', '.join(stray)}")
    years = [name.removesuffix("_value") for name in wide.columns if str(name).endswith("_value")]
    rows = []
    for year in years:
        cells = wide[dimensions].assign(time=year, value=wide[f"{year}_value"], flag=wide[f"{year}_flag"])
        rows.append(cells)
    table = pd.concat(rows, ignore_index=True)
    table["value"] = table["value"].map(lambda cell: None if pd.isna(cell) else str(cell))
    table = table[table["value"].notna() | table["flag"].fillna("").str.contains("c")]
    return table.astype("string")
