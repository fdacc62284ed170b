"""What the stored tables of the lab share: a digest of the code behind them, rows of outcomes, work by processes."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks
from analysis.data import catalogue, package
from analysis.policy_lab import snapshots, targets
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.industry import Equilibrium

MODEL = (
    "adoption", "budgets", "calibration", "economy", "firms", "industry", "markets", "productivity", "snapshots",
    "stored", "support", "targets",
)  # fmt: skip
"""Rooms of the lab that every stationary equilibrium rests on."""
DIGITS = 10
"""Digits of a stored outcome."""


def digest(*more: str, load: targets.Load = catalogue.load) -> str:
    """Return the digest of the code and the figures that a stored table rests on.

    Parameters
    ----------
    *more : str
        Rooms of the lab beside `MODEL`.

    Returns
    -------
    str
        Sixteen hexadecimal digits of a SHA-256 over the modules and the Korean budget.
    """
    folder, sums = Path(__file__).parent, hashlib.sha256()
    for name in sorted({*MODEL, *more}):
        sums.update((folder / f"{name}.py").read_bytes().replace(b"\r\n", b"\n"))
    sums.update(f"{targets.budget_share(load):.12g}".encode())
    return sums.hexdigest()[:16]


def seen(find: Callable[[], Equilibrium], names: Sequence[str]) -> dict[str, Any]:
    """Return the outcomes of an equilibrium, or why there is none.

    Returns
    -------
    dict
        solved; message, why not, empty if solved; the named outcomes, missing if not solved.
    """
    try:
        found = snapshots.outcomes(find())
    except NotSolved as failed:
        return {"solved": False, "message": str(failed), **dict.fromkeys(names, np.nan)}
    return {"solved": True, "message": "", **{name: float(f"{found[name]:.{DIGITS}g}") for name in names}}


def spread(
    work: Callable[[Any], list[Mapping]], tasks: Sequence, workers: int, report: Callable[[str], None], name: str
) -> list[Mapping]:
    """Do the tasks in several processes and return their rows, in the order of the tasks, reporting progress.

    Each process computes on one thread, so that as many cores are used as there are workers.
    """
    rows: list[Mapping] = []
    every = max(1, len(tasks) // 20)
    if workers == 1:
        lots = map(work, tasks)
        return _gather(lots, rows, len(tasks), every, report, name)
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:  # processes that start afresh read the number of threads before NumPy is loaded
        with get_context("spawn").Pool(workers) as pool:
            return _gather(pool.imap(work, tasks), rows, len(tasks), every, report, name)
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before


def _gather(lots, rows: list, count: int, every: int, report: Callable[[str], None], name: str) -> list[Mapping]:
    for done, lot in enumerate(lots, start=1):
        rows += lot
        if done % every == 0 or done == count:
            report(f"{name}: {done} of {count}")
    return rows


def write(words: str, tables: Mapping[str, Callable[[int], pd.DataFrame]], arguments: list[str] | None = None) -> None:
    """Read the command line of a room, make its tables that are asked for, and write them with the package descriptor.

    Parameters
    ----------
    words : str
        What the room says of itself.
    tables : mapping
        By name, what makes the table with a number of processes.
    arguments : list of str, optional
        Of the command line.
    """
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write the tables to")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("tables", nargs="*", help=f"tables to make (default: all): {', '.join(tables)}")
    options = parser.parse_args(arguments)
    for name in options.tables:
        checks.one_of("table", name, list(tables))
    for name in options.tables or tables:
        package.write_table(name, tables[name](options.workers), options.out)
    package.write_package(options.out)
