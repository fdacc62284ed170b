"""Support for small and medium-sized enterprises: programmes counted, money by instrument, the step out of SME status.

Most rows are transcribed figures of `published_figures`; the rest the project read itself
(`transcriptions/support.yml`). Counters, instruments and populations differ from row to row: each row says who counted
what, and nothing here joins them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import yaml

from analysis.data.ingest.cells import within
from analysis.data.ingest.own_transcriptions import FOLDER
from analysis.data.ingest.reading import BadFile, numbers, read_sheet

TRANSCRIBED, OWN, UN = "figures-transcribed", "support-transcribed", "un-ama-2022"
OWN_FILE = FOLDER / "support.yml"
COUNTERS = (
    "smba-census", "sme-institute", "oecd-survey", "bank-of-korea", "budget-office", "finance-ministry",
    "german-database", "french-senate",
)  # fmt: skip
BOUNDS = ("none", "lower", "upper", "approximate", "forecast")
COUNT_CHOICES = {
    "level": ("all", "central", "local", "not stated"),
    "body": ("all", "SME agency", "industry ministry", "labour ministry"),
    "purpose": ("all", "finance", "technology", "workforce", "management"),
    "counter": COUNTERS,
    "covers": ("SMEs", "firms of any size", "firms and others"),
    "bound": BOUNDS,
}
MONEY_CHOICES = {
    "instrument": (
        "budget", "loan budget", "guaranteed loans", "loans and guarantees", "direct loans", "tax expenditure",
        "procurement", "research grants", "finance package", "GDP",
    ),
    "beneficiary": ("SMEs", "mid-sized firms", "large groups", "firms", "all"),
    "nature": (
        "budget", "loans in the budget", "stock of loans", "new loans", "forgone revenue", "purchases", "grants",
        "output",
    ),
    "unit": ("trillion KRW", "% of GDP", "% of the budget"),
    "bound": BOUNDS,
}  # fmt: skip
STEP_CHOICES = {
    "step": ("up", "down", "grace", "stock", "rules", "wish", "ceiling"),
    "counter": (
        "sme-ministry", "industry-ministry", "mid-sized-federation", "press", "chamber", "industries-federation",
        "law",
    ),
    "unit": ("firms", "regulations", "% of firms asked", "billion KRW"),
    "bound": BOUNDS,
}  # fmt: skip
CITED = ("source_title", "source_address", "secondary", "note")


class Count(NamedTuple):
    """What a transcribed count of programmes is of; `money` names the figure with the money of the same group."""

    counter: str
    level: str = "all"
    purpose: str = "all"
    money: str = ""


class Money(NamedTuple):
    """What a transcribed amount is of; `unit` is that of `published_figures` and guards the id."""

    instrument: str
    nature: str
    unit: str = "trillion KRW"
    beneficiary: str = "SMEs"


class Step(NamedTuple):
    """What a transcribed figure says about the step out of SME status; `unit` guards the id."""

    step: str
    what: str
    counter: str
    unit: str = "firms"


COUNTS = {
    "POL-001": Count("smba-census", "all", money="POL-004"),
    "POL-002": Count("smba-census", "central", money="POL-005"),
    "POL-003": Count("smba-census", "local", money="POL-006"),
    "POL-011": Count("smba-census", "all", "finance", "POL-010"),
    "POL-015": Count("smba-census", "all", "technology", "POL-014"),
    "POL-017": Count("smba-census", "all", "workforce", "POL-016"),
    "POL-018": Count("sme-institute"),
    "POL-020": Count("oecd-survey", "not stated"),
    "POL-021": Count("bank-of-korea", "all", money="POL-022"),
    "POL-091": Count("oecd-survey", "not stated"),
}
"""Ids in `published_figures` to counts of programmes."""
AMOUNTS = {
    "POL-009": Money("budget", "budget"), "POL-008": Money("budget", "budget"), "POL-004": Money("budget", "budget"),
    "POL-022": Money("budget", "budget"), "POL-092": Money("budget", "budget", "% of GDP"),
    "POL-013": Money("loan budget", "loans in the budget", "%"),
    "POL-025": Money("guaranteed loans", "stock of loans", "% of GDP"),
    "POL-026": Money("guaranteed loans", "stock of loans", "% of GDP"),
    "POL-027": Money("loans and guarantees", "stock of loans"),
    "POL-028": Money("loans and guarantees", "stock of loans"),
    "POL-046": Money("direct loans", "new loans"), "POL-045": Money("finance package", "new loans"),
    "POL-029": Money("tax expenditure", "forgone revenue"), "POL-030": Money("tax expenditure", "forgone revenue"),
    "POL-031": Money("tax expenditure", "forgone revenue", beneficiary="mid-sized firms"),
    "POL-032": Money("tax expenditure", "forgone revenue", beneficiary="large groups"),
    **{f"POL-0{k}": Money("procurement", "purchases") for k in (35, 36, 37, 38, 39)},
    "POL-043": Money("research grants", "grants", "trillion KRW per year"),
}  # fmt: skip
"""Ids in `published_figures` to amounts of money."""
STEPS = {
    "POL-051": Step("up", "SMEs that became mid-sized firms", "press"),
    "POL-052": Step("down", "mid-sized firms that became SMEs again", "mid-sized-federation"),
    "POL-053": Step("down", "mid-sized firms that became SMEs again", "mid-sized-federation"),
    **{f"POL-0{k}": Step("grace", "firms above the threshold that keep SME benefits for a time", "sme-ministry")
       for k in (54, 55, 56, 57)},
    "POL-048": Step("rules", "rules that apply to an SME", "industries-federation", "regulations"),
    "POL-049": Step("rules", "rules that apply after SME status", "industries-federation", "regulations"),
    "POL-060": Step("wish", "former SMEs that considered going back", "chamber", "% of 300 mid-size firms"),
    "POL-063": Step("ceiling", "highest ceiling of sales for SME status", "law", "billion KRW (3-yr average sales)"),
}  # fmt: skip
"""Ids in `published_figures` to figures about the step out of SME status."""
_OUR_UNIT = {
    "trillion KRW per year": "trillion KRW", "%": "% of the budget", "% of 300 mid-size firms": "% of firms asked",
    "billion KRW (3-yr average sales)": "billion KRW",
}  # fmt: skip
_BUDGET = "trillion KRW"


def programmes(figures: pd.DataFrame, own=OWN_FILE) -> pd.DataFrame:
    """Return counts of support programmes with the money of the same group, one row per count.

    Parameters
    ----------
    figures : DataFrame
        `published_figures`.
    own : path-like
        What the project read itself.

    Raises
    ------
    ValueError
        If a figure is missing or its unit is not the one expected.
    BadFile
        If an entry of `own` lacks a part or has one too many, a choice is not legal, an id stands twice, a citation is
        no address or a number no number.
    """
    held = _held(figures, [*COUNTS, *(one.money for one in COUNTS.values() if one.money)])
    rows = []
    for key, one in COUNTS.items():
        row = _guarded(held, key, "programmes")
        money = _guarded(held, one.money, _BUDGET)["value"] if one.money else float("nan")
        rows.append(
            {**_cited(row, key), "level": one.level, "body": "all", "purpose": one.purpose, "counter": one.counter,
             "covers": "SMEs", "programmes": row["value"], "money": money}
        )  # fmt: skip
    mine = _read(own, "counts", COUNT_CHOICES, numeric=("programmes",), optional=("money",))
    mine["year_kind"] = "reference year"
    return _join(rows, mine)


def money(figures: pd.DataFrame, gdp: pd.DataFrame, own=OWN_FILE) -> pd.DataFrame:
    """Return amounts of support by instrument, and GDP at current prices to set them against, one row per amount.

    Parameters
    ----------
    figures : DataFrame
        `published_figures`.
    gdp : DataFrame
        Rows of `read_gdp`: years before the revision of the national accounts of 2024.
    own : path-like
        What the project read itself.

    Raises
    ------
    ValueError, BadFile
        As `programmes`.
    """
    held = _held(figures, AMOUNTS)
    rows = []
    for key, one in AMOUNTS.items():
        row = _guarded(held, key, one.unit)
        rows.append(
            {**_cited(row, key), "instrument": one.instrument, "beneficiary": one.beneficiary, "nature": one.nature,
             "value": row["value"], "unit": _OUR_UNIT.get(one.unit, one.unit), "series": ""}
        )  # fmt: skip
    mine = _read(own, "money", MONEY_CHOICES, numeric=("value",))
    mine["series"] = mine["instrument"].map({"GDP": "after 2024"}).fillna("")
    mine["year_kind"] = "reference year"
    return pd.concat([_join(rows, mine), gdp], ignore_index=True)


def thresholds(figures: pd.DataFrame, own=OWN_FILE) -> pd.DataFrame:
    """Return figures about the step out of SME status, one row per figure.

    Raises
    ------
    ValueError, BadFile
        As `programmes`.
    """
    held = _held(figures, STEPS)
    rows = []
    for key, one in STEPS.items():
        row = _guarded(held, key, one.unit)
        rows.append(
            {**_cited(row, key), "since": row["year"], "step": one.step, "what": one.what, "counter": one.counter,
             "value": row["value"], "unit": _OUR_UNIT.get(one.unit, one.unit)}
        )  # fmt: skip
    mine = _read(own, "steps", STEP_CHOICES, numeric=("value", "since"))
    if (mine["since"] > mine["year"]).any():
        raise BadFile(own, f"entry {mine.loc[mine['since'] > mine['year'], 'id'].iloc[0]}: since lies after year")
    return _join(rows, mine.assign(since=mine["since"].astype(int), year_kind="reference year"))


def read_gdp(path, first: int = 2009) -> pd.DataFrame:
    """Read Korea's GDP at current prices from the UN's main aggregates, as rows of `support_money`.

    Raises
    ------
    BadFile
        If the sheet, the row of Korea's GDP or a year is missing, or a value is not of the order of a GDP in won.
    """
    sheet = "Download-GDPcurrent-NCU-countri"
    table = read_sheet(path, sheet, header=2)
    hit = table[(table["CountryID"] == 410) & (table["IndicatorName"] == "Gross Domestic Product (GDP)")]
    if len(hit) != 1:
        raise BadFile(path, f"Korea's GDP stands {len(hit)} times; once is expected", sheet=sheet)
    row = hit.iloc[0]
    by_year = {int(name): row[name] for name in table.columns if str(name).isdigit() and int(name) >= first}
    if not by_year:
        raise BadFile(path, f"no year from {first} on", sheet=sheet)
    values = within(
        numbers(pd.Series(by_year, name="GDP"), path, allow_missing=False), 5e14, 5e15, path, "won", sheet=sheet
    )
    return pd.DataFrame(
        {
            "id": [f"GDP-{year}" for year in by_year], "country": "KOR", "year": list(by_year),
            "year_kind": "reference year", "instrument": "GDP", "beneficiary": "all", "nature": "output",
            "value": (values / 1e12).round(1).to_list(), "unit": "trillion KRW", "bound": "none",
            "series": "before 2024", "definition": "GDP at current prices, before the revision of 2024",
            "source_title": "UN Statistics Division, National Accounts Main Aggregates, vintage with 2022",
            "source_address": "https://unstats.un.org/unsd/snaama", "secondary": False, "figure": "", "note": "",
            "source": UN,
        }
    )  # fmt: skip


def _held(figures: pd.DataFrame, wanted) -> pd.DataFrame:
    held = figures.set_index("id")
    lacking = [key for key in wanted if key not in held.index]
    if lacking:
        raise ValueError(f"published_figures lacks {', '.join(lacking)}, named in analysis.data.ingest.support")
    return held


def _guarded(held: pd.DataFrame, key: str, unit: str) -> pd.Series:
    row = held.loc[key]
    if row["unit"] != unit:
        raise ValueError(f"figure {key}: unit is {row['unit']!r}; expected {unit!r}")
    return row


def _cited(row: pd.Series, key: str) -> dict:
    """Return what every row carries over from its figure."""
    text = {part: "" if pd.isna(row[part]) else row[part] for part in ("definition", "note")}
    return {
        "id": key, "country": row["geography"], "year": row["year"], "year_kind": row["year_kind"],
        "bound": row["bound"], **text, "source_title": row["source_title"], "source_address": row["source_address"],
        "secondary": row["secondary"], "figure": key, "source": TRANSCRIBED,
    }  # fmt: skip


def _join(rows: list[dict], mine: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(rows), mine.assign(figure="", source=OWN)], ignore_index=True)


def _read(path, key: str, choices: dict, numeric: tuple[str, ...], optional: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read one list of the file, every part of every entry checked."""
    path = Path(path)
    if not path.is_file():
        raise BadFile(path, "the file is missing")
    entries = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get(key)
    if not entries:
        raise BadFile(path, f"the list {key!r} is missing or empty")
    parts = {"id", "country", "year", "definition", *CITED, *choices, *numeric, *optional}
    parts |= {"what"} if key == "steps" else set()
    seen: set[str] = set()
    for entry in entries:
        name = entry.get("id", "?")
        odd = sorted(set(entry) ^ parts)
        if odd:
            raise BadFile(path, f"entry {name}: {'lacks' if odd[0] in parts else 'has the unknown part'} {odd[0]!r}")
        if name in seen:
            raise BadFile(path, f"entry {name} stands more than once")
        seen.add(name)
        for column, legal in choices.items():
            if entry[column] not in legal:
                problem = f"entry {name}: {entry[column]!r} is not legal; legal: {', '.join(legal)}"
                raise BadFile(path, problem, column=column)
        for column in ("year", *numeric, *(one for one in optional if entry[one] is not None)):
            if isinstance(entry[column], bool) or not isinstance(entry[column], (int, float)):
                raise BadFile(path, f"entry {name}: {entry[column]!r} is not a number", column=column)
        if not isinstance(entry["secondary"], bool):
            raise BadFile(path, f"entry {name}: {entry['secondary']!r} is neither true nor false", column="secondary")
        if not str(entry["source_address"]).startswith(("https://", "http://")):
            raise BadFile(path, f"entry {name}: {entry['source_address']!r} is no address", column="source_address")
    table = pd.DataFrame(entries)
    return table.assign(**{column: table[column].astype(float) for column in (*numeric, *optional)})
