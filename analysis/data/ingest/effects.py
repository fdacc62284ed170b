"""Published effects of AI on productivity and on who gains: the compiled csv with our codes, and what we read too.

The transcriptions list studies; what holds for the whole study stands once, an estimate may state otherwise. Estimates
of the compiled csv are named by id alone: their figures come from the csv, and a figure that we found to differ at its
source is replaced by a declared correction with its reason, which the table repeats in `note`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from analysis.data.countries import AGGREGATES
from analysis.data.ingest.own_transcriptions import FOLDER
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

CHOICES: dict[str, tuple] = {
    "level": ("task", "worker", "firm", "industry", "country"),
    "design": (
        "randomised", "staggered roll-out", "difference-in-differences", "panel fixed effects", "instrument",
        "cross-section", "self-report", "calibrated model", "raw gap", "not stated",
    ),
    "outcome_kind": ("productivity", "output", "time", "quality", "employment or earnings", "use", "other"),
    "treatment_kind": (
        "AI assistant", "AI code assistant", "AI use by firm", "AI investment", "IT and management", "exposure",
        "other",
    ),
    "direction": ("positive", "none", "negative", "mixed", ""),
    "who_gains": ("weaker", "stronger", "neither", ""),
    "complements": ("needed", "not needed", "not examined"),
    "interval_kind": ("95 % confidence", "published range", ""),
    "headline": (True, False),
    "refereed": (True, False),
    "secondary": (True, False),
    "authors_known": (True, False),
    "doubtful": (True, False),
}  # fmt: skip
"""The legal values of every coded column."""

NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
COLUMNS = (
    "id", "study", "year", "country", "level", "design", "outcome", "outcome_kind", "treatment", "treatment_kind",
    *NUMBERS, "interval_kind", "unit", "direction", "who_gains", "complements", "independent_group", "headline", "pool",
    "sample", "refereed", "doi", "source_title", "source_address", "secondary", *("authors_known", "doubtful"), "note",
)  # fmt: skip
"""The columns of the table, in order."""

_PARTS = ("people", "developers", "firms", "korea", "technology", "countries")
CODES = tuple(FOLDER / f"effect_estimates_{part}.yml" for part in _PARTS)
"""The transcriptions."""

_OPTIONAL = {
    **dict.fromkeys(NUMBERS), **dict.fromkeys(("interval_kind", "doi", "note", "who_gains", "pool"), ""),
    "headline": False, "complements": "not examined", "authors_known": True, "doubtful": False,
}  # fmt: skip
_CSV_ONLY = ("estimate", "std_error", "conf_low", "conf_high", "unit", "outcome", "treatment", "year", "sample", "doi")
_CSV_ONLY += ("source_address", "secondary")
_CSV = {"se": "std_error", "ci_low": "conf_low", "ci_high": "conf_high"}
_COMPILED = "EFF-"
_RANGE = "not a confidence interval"


@dataclass(frozen=True)
class Coding:
    """How one area of the compiled csv is coded: columns, legal values, what may be left out, what holds per study."""

    area: str
    columns: tuple[str, ...]
    choices: Mapping[str, tuple]
    optional: Mapping[str, object]
    constant: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    """Columns in which all estimates of a study must agree, wherever each is stated."""


AI = Coding("B", COLUMNS, CHOICES, _OPTIONAL, ("refereed", "authors_known"), ("year",))


def read_effect_estimates(path, codes: Iterable = CODES, coding: Coding = AI) -> pd.DataFrame:
    """Read the published effects, one estimate a row, coded.

    Parameters
    ----------
    path : path-like
        The compiled csv; its rows of the area of the coding are used.
    codes : iterable of path-like
        The transcriptions: `studies`, each with its `estimates`.
    coding : Coding

    Returns
    -------
    DataFrame
        The columns of the coding. Numbers are as printed at the source; nothing is derived from an interval.

    Raises
    ------
    BadFile
        If a row of the csv has no code or a code no row; if a part is missing, unknown or not legal; if an id stands
        twice; if a study has no headline estimate or several; if a figure that belongs to the csv is given without a
        declared correction and reason; if an estimate states for itself what holds for its whole study; if the
        estimates of a study have different years; if a doubtful
        figure is a headline, says who gains or has no note; if an interval is not said to be one, lies the wrong way
        round or does not hold its estimate; if a pool mixes outcomes, units or treatments.
    """
    listed, rows, used, groups = _read_csv(path, coding.area), [], {}, set()
    for file in map(Path, codes):
        for study in _studies(file, groups):
            shared = {key: value for key, value in study.items() if key != "estimates"}
            for entry in study["estimates"]:
                _stated_once(entry, file, coding)
                name = str(entry.get("id", "?"))
                if name in used:
                    raise BadFile(file, f"entry {name!r} stands more than once", column="id")
                if name.startswith(_COMPILED) and name not in listed.index:
                    problem = f"entry {name} has no row of area {coding.area} in {Path(path).name}"
                    raise BadFile(file, problem, column="id")
                compiled = name in listed.index
                row = _joined(listed.loc[name], shared, entry, file) if compiled else {**shared, **entry}
                rows.append(_complete(row, file, coding))
                used[name] = file
    lacking = sorted(set(listed.index) - set(used))
    if lacking:
        problem = f"row {lacking[0]} has no entry in the transcriptions ({len(lacking)} such rows)"
        raise BadFile(path, problem, column="id")
    table = pd.DataFrame(rows, columns=list(coding.columns))
    _check(table, used, coding)
    return table


def _read_csv(path, area: str) -> pd.DataFrame:
    columns = ("id", "area", "study", "year", "outcome", "treatment", "estimate", "se", "ci_low", "ci_high", "unit",
               "sample", "doi", "source_address", "secondary", "note")  # fmt: skip
    table = read_csv(path, columns).rename(columns=_CSV)
    expect(table["area"], ("B", "C"), path, what="claim area")
    expect(table["secondary"], ("yes", "no"), path, what="mark of a secondary source")
    for column in (*NUMBERS, "year"):
        table[column] = numbers(table[column], path, allow_missing=column != "year")
    if table["id"].duplicated().any():
        place = table["id"].duplicated().idxmax()
        raise BadFile(path, f"id {table.at[place, 'id']!r} stands more than once", column="id", row=int(place) + 2)
    table = table[table["area"] == area].drop(columns=["area", "study"]).set_index("id")
    return table.assign(year=table["year"].astype(int), secondary=table["secondary"] == "yes")


def _studies(codes: Path, groups: set[str]) -> list[dict]:
    """Return the studies of one file; `groups` gathers their labels over all files."""
    if not codes.is_file():
        raise BadFile(codes, "the file is missing")
    studies = (yaml.safe_load(codes.read_text(encoding="utf-8")) or {}).get("studies")
    if not studies:
        raise BadFile(codes, "the list 'studies' is missing or empty")
    for study in studies:
        group = study.get("independent_group")
        if not group or group in groups:
            problem = f"study {study.get('study', '?')!r}: independent_group {group!r} is empty or stands twice"
            raise BadFile(codes, problem)
        groups.add(group)
        if not study.get("estimates"):
            raise BadFile(codes, f"study {group}: the list 'estimates' is missing or empty")
        heads = sum(entry.get("headline") is True for entry in study["estimates"])
        if heads != 1:
            raise BadFile(codes, f"study {group}: {heads} estimates are its headline, expected one", column="headline")
    return studies


def _stated_once(entry: dict, codes: Path, coding: Coding) -> None:
    own = [column for column in coding.constant if column in entry]
    if own:
        raise BadFile(codes, f"entry {entry.get('id', '?')}: {own[0]!r} holds for the whole study", column=own[0])


def _joined(listed: pd.Series, shared: dict, entry: dict, codes) -> dict:
    """Join the figures of the csv with our codes; a correction must say why."""
    doubled = sorted(set(entry) & set(_CSV_ONLY))
    if doubled:
        problem = f"entry {entry['id']}: {doubled[0]!r} comes from the csv; state a difference under 'corrected'"
        raise BadFile(codes, problem, column=doubled[0])
    corrected, reason = dict(entry.get("corrected") or {}), str(entry.get("reason") or "")
    if bool(corrected) != bool(reason):
        raise BadFile(codes, f"entry {entry['id']}: 'corrected' and 'reason' go together")
    unknown = sorted(set(corrected) - set(_CSV_ONLY))
    if unknown:
        raise BadFile(codes, f"entry {entry['id']}: {unknown[0]!r} cannot be corrected; legal: {', '.join(_CSV_ONLY)}")
    row = {key: value for key, value in listed.items() if pd.notna(value)}
    notes = [part for part in (row.pop("note", ""), entry.get("note", "")) if part]
    notes += [f"corrected by us ({', '.join(corrected)}): {reason}"] if corrected else []
    ours = {**shared, **entry}
    ours = {key: value for key, value in ours.items() if key not in {*_CSV_ONLY, "corrected", "reason"}}
    return {**row, **ours, **corrected, "note": "; ".join(notes)}


def _complete(row: dict, codes, coding: Coding) -> dict:
    row = {**coding.optional, **row}
    for column in coding.columns:
        if column not in row:
            raise BadFile(codes, f"entry {row.get('id', '?')!r} lacks {column!r}")
    unknown = sorted(set(row) - set(coding.columns))
    if unknown:
        raise BadFile(codes, f"entry {row['id']!r} has the unknown part {unknown[0]!r}")
    return row


def _check(table: pd.DataFrame, files: dict[str, Path], coding: Coding) -> None:
    def fail(bad: pd.Series, column: str, problem: str) -> None:
        if bad.any():
            row = table.loc[bad.idxmax()]
            cell = row[column].item() if hasattr(row[column], "item") else row[column]
            raise BadFile(files[row["id"]], f"entry {row['id']}: {cell!r} {problem}", column=column)

    for column, legal in coding.choices.items():
        bad = ~table[column].map(lambda cell, legal=legal: any(cell is one or cell == one for one in legal))
        fail(bad, column, f"is not legal; legal: {', '.join(repr(one) for one in legal)}")
    for column in NUMBERS:
        wrong = table[column].map(lambda cell: cell is not None and (isinstance(cell, (bool, str))))
        fail(wrong, column, "is not a number")
        table[column] = table[column].astype(float)
    for column in ("study", "outcome", "treatment", "unit", "sample", "source_title", "independent_group"):
        fail(table[column].astype(str).str.strip() == "", column, "is empty")
    legal = table["country"].isin(AGGREGATES) | table["country"].astype(str).str.fullmatch("[A-Z]{3}")
    fail(~legal, "country", "is not an ISO 3166 alpha-3 code, EU, or MUL (several countries or not stated)")
    fail(~table["source_address"].astype(str).str.match(r"https?://"), "source_address", "is no address")
    heads = table[table["headline"]].set_index("independent_group")
    for column in coding.same:
        other = table[column] != table["independent_group"].map(heads[column])
        fail(other, column, "differs from the headline of its study")
    named = table["doi"].astype(str).str.fullmatch(r"(?:10\.\d{4,}/\S+)?")
    fail(~named, "doi", "is no DOI such as 10.1093/qje/qjae044")
    fail(~(table["std_error"].isna() | (table["std_error"] > 0)), "std_error", "is not above zero")
    _check_intervals(table, fail)
    if "doubtful" in table:
        odd = table["headline"] | (table["who_gains"] != "") | (table["note"].str.strip() == "")
        problem = "is marked: it cannot be a headline or say who gains, and needs a note"
        fail(table["doubtful"] & odd, "doubtful", problem)
    pooled = table[table["pool"] != ""]
    for column in ("outcome", "outcome_kind", "unit", "treatment_kind"):
        mixed = pooled.groupby("pool")[column].transform("nunique") > 1
        fail(mixed.reindex(table.index, fill_value=False), column, "differs from others of its pool")


def _check_intervals(table: pd.DataFrame, fail) -> None:
    low, high, estimate = (table[column] for column in ("conf_low", "conf_high", "estimate"))
    fail(low.isna() != high.isna(), "conf_low", "stands without its other end")
    fail(low.notna() != (table["interval_kind"] != ""), "interval_kind", "does not fit: an interval needs a kind")
    fail(low > high, "conf_low", "lies above conf_high")
    fail((estimate < low) | (estimate > high), "estimate", "lies outside its interval")
    ranges = table["note"].str.contains(_RANGE, regex=False)
    fail(ranges & (table["interval_kind"] != "published range"), "interval_kind", f"but the note says {_RANGE!r}")
    empty = estimate.isna() & low.isna()
    fail(empty != (table["unit"] == "direction only"), "unit", "does not fit: without a number it is 'direction only'")
    fail(empty & (table["direction"] == ""), "direction", "is empty, and so is the number")
    fail(table["std_error"].notna() & estimate.isna(), "std_error", "has no estimate")
