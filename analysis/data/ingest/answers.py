"""Series that a publisher's service can answer: the rows of a table they fill, and how their answer is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.data import package
from analysis.data.countries import OECD
from analysis.data.ingest import eurostat, eurostat_purposes, ilo, oecd_hours, oecd_productivity, oecd_size, world_bank
from analysis.data.ingest.tables_macro import COMPARATORS, WDI, WDI_SOURCE
from analysis.data.ingest.tables_size import describe_units

Load = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Series:
    """Rows of one table that one source fills.

    Parameters
    ----------
    id : str
        Id of the source in the descriptor of the table. It is the name of the series and stays when a new vintage
        comes: the vintage stands in `datapackage.json`.
    table : str
    column : str
        The column of the table that holds the id.
    read : callable
        From the kept answer and a function that loads other tables to the rows, without `column`.
    """

    id: str
    table: str
    column: str
    read: Callable[[Path, Load], pd.DataFrame]

    def into(self, table: pd.DataFrame, answer: Path, load: Load) -> pd.DataFrame:
        """Return `table` with the rows of this series taken from `answer`, all others as they are.

        Raises
        ------
        BadFile
            If the answer is not what its reader expects.
        """
        rows = self.read(answer, load).assign(**{self.column: self.id})
        others = table[table[self.column] != self.id]
        both = pd.concat([others.astype(object), rows[list(table.columns)].astype(object)], ignore_index=True)
        return both.replace({"": None}).astype(table.dtypes.to_dict())


def _inputs(path: Path, load: Load) -> pd.DataFrame:
    table = world_bank.read_answer(path, [code for code, _, _ in WDI.values()])
    table = table[table["country"].isin([*OECD, *COMPARATORS])]
    names = {code: name for name, (code, _, _) in WDI.items()}
    units = {code: unit for code, _, unit in WDI.values()}
    return pd.DataFrame(
        {
            "country": table["country"], "year": table["year"], "indicator": table["indicator"].map(names),
            "age": "all", "value": table["value"], "unit": table["indicator"].map(units), "secondary": False,
            "record": "", "quoted_from": "", "address": "", "note": "",
        }
    )  # fmt: skip


def _purposes(path: Path, load: Load) -> pd.DataFrame:
    adoption = load("ai_adoption")
    return eurostat_purposes.read_answer(path, adoption[adoption["source"] == eurostat.BY_SIZE])


SERIES = (
    Series(
        "oecd-pdb-2026-09", "gdp_per_hour", "vintage",
        lambda path, _: oecd_productivity.read_answer_gdp_per_hour(path, "LR", "constant_2020_ppp", "2020"),
    ),
    Series(
        "oecd-pdb-2026-kor", "gdp_per_hour", "vintage",
        lambda path, _: oecd_productivity.read_answer_gdp_per_hour(path, "V", "current_ppp"),
    ),
    Series("ilo-2026-03", "gdp_per_hour", "vintage", lambda path, _: ilo.read_answer(path)),
    Series(
        "oecd-hours-2025", "hours_worked", "source",
        lambda path, _: oecd_hours.read_answer_average_annual_hours(path),
    ),
    Series(
        "oecd-national-accounts-2025", "hours_worked", "source",
        lambda path, _: oecd_hours.read_answer_national_accounts_hours(path),
    ),
    Series(WDI_SOURCE, "inputs", "source", _inputs),
    Series(
        oecd_size.SDBS_YEARS, "size_employment", "source",
        lambda path, _: describe_units(oecd_size.read_answer_sdbs_years(path)),
    ),
    Series(eurostat.BY_SIZE, "ai_adoption", "source", lambda path, _: eurostat.read_answer_by_size(path)),
    Series(eurostat.BY_INDUSTRY, "ai_adoption", "source", lambda path, _: eurostat.read_answer_by_section(path)),
    Series(eurostat_purposes.SOURCE, "ai_purposes", "source", _purposes),
)  # fmt: skip
"""Every series of which a service gives new vintages, tables that others need first."""


def overlay(name: str, table: pd.DataFrame, folder: Path, load: Load) -> pd.DataFrame:
    """Return a table made from publishers' files with the answers that `folder` keeps put in place.

    Raises
    ------
    BadFile
        If a kept answer is not what its reader expects.
    ValueError
        If a kept answer is not the one that was retrieved; the message names it.
    """
    held = package.retrieved(folder)
    for series in SERIES:
        if series.table == name and series.id in held:
            file = held[series.id]["files"][0]
            path = folder / file
            if digest(path) != held[series.id]["sha256"]:
                raise ValueError(f"{file} is not the answer that was retrieved: its sha256 differs")
            table = series.into(table, path, load)
    return table


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
