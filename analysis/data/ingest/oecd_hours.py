"""OECD hours worked: average annual hours, and total hours and persons of the national accounts.

Both come as reduced csv files with ISO 3166 codes (The Economist's copies of OECD flows DSD_HW@DF_AVG_ANN_HRS_WKD and
DSD_NAMAIN10@DF_TABLE3_EMPDC).
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import check_iso3, numbers, read_csv

GROUPS = ("OECD", "EA20", "EU27_2020")
"""Groups of countries in the files, left out."""

NO_ISO_CODE = ("DEU_F",)
"""The former Federal Republic of Germany (to 1990), left out: it is another territory than DEU."""

_HOURS = (500.0, 4000.0, "hours per worker per year")


def read_average_annual_hours(path) -> pd.DataFrame:
    """Read average annual hours actually worked per worker.

    Parameters
    ----------
    path : path-like
        Csv with columns year, hours_worked, iso3c.

    Returns
    -------
    DataFrame
        Columns country, year, hours (per worker and year), flag (empty).

    Raises
    ------
    BadFile
        If a column is missing, or a country code, year or number is not legal.
    """
    rows = _countries(read_csv(path, ("year", "hours_worked", "iso3c")), path)
    hours = numbers(rows["hours_worked"], path, allow_missing=False)
    hours = within(hours, *_HOURS[:2], path, _HOURS[2])
    return pd.DataFrame({"country": rows["iso3c"], "year": years(rows["year"], path), "hours": hours, "flag": ""})


def read_national_accounts_hours(path) -> pd.DataFrame:
    """Read total hours and persons employed and return hours per person, where the file has both.

    Parameters
    ----------
    path : path-like
        Csv with columns year, iso3c, employed (persons), total_hours (hours); "NA" is a missing value.

    Returns
    -------
    DataFrame
        Columns country, year, hours (per person employed and year), flag (empty).

    Raises
    ------
    BadFile
        If a column is missing, or a country code, year or number is not legal, or hours per person are not plausible.
    """
    rows = _countries(read_csv(path, ("year", "iso3c", "employed", "total_hours")), path)
    persons = numbers(rows["employed"], path, missing=["NA"])
    total = numbers(rows["total_hours"], path, missing=["NA"])
    both = persons.notna() & total.notna()
    hours = (total[both] / persons[both]).rename("total_hours / employed")
    hours = within(hours, *_HOURS[:2], path, _HOURS[2])
    year = years(rows["year"], path)[both]
    return pd.DataFrame({"country": rows.loc[both, "iso3c"], "year": year, "hours": hours, "flag": ""})


def _countries(rows: pd.DataFrame, path) -> pd.DataFrame:
    rows = rows[~rows["iso3c"].isin([*GROUPS, *NO_ISO_CODE])]
    check_iso3(rows["iso3c"], path)
    return rows
