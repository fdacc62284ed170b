"""OECD hours worked: average annual hours, and total hours and persons of the national accounts.

Both come as reduced csv files with ISO 3166 codes (The Economist's copies of OECD flows DSD_HW@DF_AVG_ANN_HRS_WKD and
DSD_NAMAIN10@DF_TABLE3_EMPDC), or as the OECD's service answers for these flows.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_csv

GROUPS = ("OECD", "OECDE", "EA", "EA19", "EA20", "EA21", "EU27", "EU27_2020", "EU28", "G7", "G20")
"""Groups of countries in the files, left out."""

NO_ISO_CODE = ("DEU_F",)
"""The former Federal Republic of Germany (to 1990), left out: it is another territory than DEU."""

HOURS_PER_YEAR = "H_Y_PS"
"""The OECD's code for hours per person and year."""
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
    return _average(rows, path)


def read_answer_average_annual_hours(path) -> pd.DataFrame:
    """Read an answer of the OECD's SDMX service for DSD_HW@DF_AVG_ANN_HRS_WKD, all workers.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, UNIT_MEASURE, WORKER_STATUS, TIME_PERIOD, OBS_VALUE, as
        `analysis.data.refresh.sdmx_service` keeps it.

    Returns
    -------
    DataFrame
        As `read_average_annual_hours`.

    Raises
    ------
    BadFile
        If a column is missing, the unit or the group of workers is another one, a cell stands twice, or a code, year or
        number is not legal.
    """
    table = read_csv(path, ("REF_AREA", "UNIT_MEASURE", "WORKER_STATUS", "TIME_PERIOD", "OBS_VALUE"))
    expect(table["UNIT_MEASURE"], [HOURS_PER_YEAR], path, what="unit")
    expect(table["WORKER_STATUS"], ["_T"], path, what="group of workers")
    table = table.rename(columns={"REF_AREA": "iso3c", "TIME_PERIOD": "year", "OBS_VALUE": "hours_worked"})
    rows = _countries(table, path)
    doubled = rows.duplicated(["iso3c", "year"])
    if doubled.any():
        cell = " ".join(rows.loc[doubled, ["iso3c", "year"]].iloc[0])
        raise BadFile(path, f"{cell} stands twice: the flow has got a new breakdown", row=int(doubled.idxmax()) + 2)
    return _average(rows.dropna(subset="hours_worked"), path)


def read_answer_national_accounts_hours(path) -> pd.DataFrame:
    """Read an answer of the OECD's SDMX service for DSD_NAMAIN10@DF_TABLE3_EMPDC, total employment.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, TRANSACTION, ACTIVITY, UNIT_MEASURE (PS and H), UNIT_MULT (power of ten),
        TIME_PERIOD, OBS_VALUE, as `analysis.data.refresh.sdmx_service` keeps it.

    Returns
    -------
    DataFrame
        As `read_national_accounts_hours`.

    Raises
    ------
    BadFile
        If a column is missing, a unit, activity or transaction is another one, a cell stands twice, a code, year or
        number is not legal, or hours per person are not plausible.
    """
    columns = ("REF_AREA", "TRANSACTION", "ACTIVITY", "UNIT_MEASURE", "UNIT_MULT", "TIME_PERIOD", "OBS_VALUE")
    rows = _countries(read_csv(path, columns).rename(columns={"REF_AREA": "iso3c"}), path)
    for column, legal in (("TRANSACTION", ["EMP"]), ("ACTIVITY", ["_T"]), ("UNIT_MEASURE", ["PS", "H"])):
        expect(rows[column], legal, path, what=column.lower())
    power = numbers(rows["UNIT_MULT"], path, allow_missing=False)
    rows = rows.assign(value=numbers(rows["OBS_VALUE"], path) * 10**power, year=years(rows["TIME_PERIOD"], path))
    doubled = rows.duplicated(["iso3c", "year", "UNIT_MEASURE"])
    if doubled.any():
        cell = " ".join(map(str, rows.loc[doubled, ["iso3c", "year", "UNIT_MEASURE"]].iloc[0]))
        raise BadFile(path, f"{cell} stands twice: the flow has got a new breakdown", row=int(doubled.idxmax()) + 2)
    wide = rows.pivot(index=["iso3c", "year"], columns="UNIT_MEASURE", values="value").reset_index()
    wide = wide.dropna(subset=["PS", "H"]).reset_index(drop=True)
    hours = within((wide["H"] / wide["PS"]).rename("OBS_VALUE"), *_HOURS[:2], path, _HOURS[2])
    return pd.DataFrame({"country": wide["iso3c"], "year": wide["year"], "hours": hours, "flag": ""})


def _average(rows: pd.DataFrame, path) -> pd.DataFrame:
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
