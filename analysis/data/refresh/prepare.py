"""Ask for new vintages and make, beside the old data package, the whole new one; a failure leaves no trace."""

from __future__ import annotations

import datetime
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.data import catalogue, package, vintages
from analysis.data.ingest import answers
from analysis.data.refresh import swap
from analysis.data.refresh.services import ADDRESSES, QUESTIONS, Answer, Question
from analysis.data.refresh.session import NoAnswer, Session


class RefreshError(ValueError):
    """A series could not be refreshed.

    Parameters
    ----------
    table, series : str
    address : str
        What was asked.
    problem : str
        What was expected and what came.
    """

    def __init__(self, table: str, series: str, address: str, problem: str):
        self.table, self.series, self.address, self.problem = table, series, address, problem
        super().__init__(f"{table}, series {series}, {address}: {problem}")


@dataclass
class Prepared:
    """A new data package and what it changes.

    Parameters
    ----------
    folder : Path
        Holds `data`, the new package, and `base`, the fingerprint of the old one.
    changes : dict
        Table to `vintages.changes` between the old and the new table.
    sources : DataFrame
        One row per series: `table`, `series`, `old`, `new` vintage.
    """

    folder: Path
    changes: dict[str, pd.DataFrame] = field(default_factory=dict)
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)

    def load(self, name: str) -> pd.DataFrame:
        """Load a table of the new package."""
        return catalogue.load_from(self.folder / "data", name)


def chosen(names: Sequence[str], home: Path) -> list[Question]:
    """Return the questions of the series named (of all whose table `home` holds, if none is named).

    Raises
    ------
    ValueError
        If no service answers a series of that name; the message lists those that one does.
    """
    legal = [question.series for question in QUESTIONS]
    if unknown := [name for name in names if name not in legal]:
        raise ValueError(f"no service for the series {', '.join(unknown)}; series with one: {', '.join(legal)}")
    tables = {series.id: series.table for series in answers.SERIES}
    held = [question for question in QUESTIONS if (home / f"{tables[question.series]}.csv").is_file()]
    return [question for question in held if not names or question.series in names]


def prepare(
    home: Path,
    questions: Sequence[Question],
    addresses: Mapping[str, str] = ADDRESSES,
    today: datetime.date | None = None,
    session: Callable[..., Session] = Session,
    say: Callable[[str], None] = lambda line: None,
) -> Prepared:
    """Ask all questions, then make the new package in a folder beside `home`.

    Nothing is written before every answer has come and has been read. Call it under `swap.lock`.

    Parameters
    ----------
    home : Path
        The data package.
    questions : sequence of Question
    addresses : mapping
        Service to address.
    today : date, optional
        The day of retrieval; by default the day (UTC) of the call.
    session : callable
        Makes a session from kinds of answer.
    say : callable
        Told what is asked.

    Raises
    ------
    RefreshError
        If a series has no whole answer of the form that its reader expects.
    """
    today = today or datetime.datetime.now(datetime.UTC).date()
    series = {one.id: one for one in answers.SERIES}
    got, asked, sessions = {}, {}, {}
    for question in questions:
        one = series[question.series]
        say(f"{one.table}: {question.series} ({addresses[question.service]})")
        base = addresses[question.service]
        using = sessions.setdefault(question.service, session(question.kinds))
        before = len(using.answers)
        try:
            got[one.id] = question.ask(base, using)
        except NoAnswer as none:
            expected = f"expected {none.expected}, came {none.came}"
            raise RefreshError(one.table, one.id, none.address, expected) from none
        asked[one.id] = list(dict.fromkeys(answer.url for answer in using.answers[before:]))
    place = swap.incoming(home).with_name(f"new-{os.getpid()}")
    try:
        return _build(home, place, {question.series: question for question in questions}, got, asked, today)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _build(
    home: Path, place: Path, questions: dict[str, Question], got: dict[str, Answer], asked: dict, today: datetime.date
) -> Prepared:
    data = place / "data"
    kept = data / package.RETRIEVED
    place.mkdir(parents=True)
    (place / "base").write_text(swap.fingerprint(home))
    shutil.copytree(home, data)
    kept.parent.mkdir(exist_ok=True)
    held = package.retrieved(data)
    old, new = {}, {}

    def load(name: str) -> pd.DataFrame:
        return new[name] if name in new else catalogue.load_from(home, name)

    for series in [one for one in answers.SERIES if one.id in got]:
        path = kept.parent / f"{series.id}.csv"
        got[series.id].table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        old.setdefault(series.table, load(series.table))
        try:
            new[series.table] = series.into(load(series.table), path, load)
        except Exception as wrong:  # BadFile, or what pandas says of a table of another form
            said = str(wrong) if isinstance(wrong, ValueError) else f"{type(wrong).__name__}: {wrong}"
            problem = f"expected an answer of the form that its reader knows, came another: {said}"
            raise RefreshError(series.table, series.id, asked[series.id][-1], problem) from wrong
        held[series.id] = {
            "dataset": questions[series.id].dataset,
            "vintage": got[series.id].vintage or f"as retrieved on {today}",
            "retrieved_via": f"the publisher's service, on {today}",
            "retrieved": str(today),
            "requests": asked[series.id],
            "files": [f"{Path(package.RETRIEVED).parent}/{path.name}"],
            "sha256": answers.digest(path),
        }
    for name, table in new.items():
        try:
            package.write_table(name, table, data)
        except ValueError as wrong:
            ids = [one.id for one in answers.SERIES if one.table == name and one.id in got]
            raise RefreshError(name, ", ".join(ids), asked[ids[0]][-1], str(wrong)) from wrong
    text = json.dumps(held, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    kept.write_text(text, encoding="utf-8", newline="\n")
    package.write_package(data)
    result = Prepared(place, sources=_sources(home, data, list(got)))
    for name in new:
        key = package.descriptor(name)["primary_key"]
        result.changes[name] = vintages.changes(old[name], result.load(name), key, old[name].attrs["unit"])
    return result


def _sources(home: Path, data: Path, ids: list[str]) -> pd.DataFrame:
    def stated(folder: Path, table: str) -> dict[str, str]:
        return {one["id"]: str(one["vintage"]) for one in catalogue.load_from(folder, table).attrs["source"]}

    rows = [
        (one.table, one.id, stated(home, one.table)[one.id], stated(data, one.table)[one.id])
        for one in answers.SERIES
        if one.id in ids
    ]
    return pd.DataFrame(rows, columns=["table", "series", "old", "new"])
