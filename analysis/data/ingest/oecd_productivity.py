"""OECD Productivity Database: GDP per hour worked and hours per worker, in three vintages.

The vintages differ in national accounts, in purchasing power parities (PPPs) and in price basis: none continues
another.
"""

from __future__ import annotations

import json

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_csv, recode

AGGREGATES = ("BRIICS", "EA19", "EU27_2020", "G-7", "OECD")
"""Groups of countries in the OECD.Stat file; they are totals or means of rows that are there, and are left out."""

GROUPS = ("OECD", "OECDE", "EA", "EA19", "EA20", "EA21", "EU27", "EU27_2020", "EU28", "G7", "G20", "BRIICS")
"""Groups of countries in the OECD's service, left out for the same reason."""

PRICE_BASES = {
    "CPC": ("USD, current prices, current PPPs", "current_ppp"),
    "VPVOB": ("USD, constant prices, 2015 PPPs", "constant_2015_ppp"),
}
"""Measure code of the OECD.Stat file to its label and to our price basis."""

FLAGS = {"": "", "E": "estimated"}
STATUS = {"A": "", "B": "", "P": "", "D": "", "E": "estimated"}
"""Status of a value in the OECD's service to our flag: normal, break, provisional, other definition, estimated."""

_STAT_COLUMNS = ("LOCATION", "SUBJECT", "MEASURE", "Measure", "TIME", "Unit", "PowerCode", "Value", "Flag Codes")
_USD_PER_HOUR = (0.1, 500.0, "USD per hour")


def read_levels_gdp_per_hour(path) -> pd.DataFrame:
    """Read GDP per hour worked from a file of OECD.Stat dataset PDB_LV.

    Parameters
    ----------
    path : path-like
        The csv as OECD.Stat delivered it until mid-2024.

    Returns
    -------
    DataFrame
        Columns country, year, price_basis ("current_ppp" or "constant_2015_ppp"), value (USD per hour), flag.

    Raises
    ------
    BadFile
        If a column or a measure is missing, or a unit, flag, country code, year or number is not legal.
    """
    labels = {code: label for code, (label, _) in PRICE_BASES.items()}
    rows = _subject(path, "T_GDPHRS", labels, "US Dollar")
    values = within(rows["Value"], *_USD_PER_HOUR[:2], path, _USD_PER_HOUR[2])
    return pd.DataFrame(
        {
            "country": rows["LOCATION"],
            "year": rows["TIME"],
            "price_basis": rows["MEASURE"].map({code: basis for code, (_, basis) in PRICE_BASES.items()}),
            "value": values,
            "flag": rows["Flag Codes"],
        }
    )


def read_levels_hours(path) -> pd.DataFrame:
    """Read average hours worked per person employed from a file of OECD.Stat dataset PDB_LV.

    Returns
    -------
    DataFrame
        Columns country, year, hours (per person employed and year), flag.

    Raises
    ------
    BadFile
        As `read_levels_gdp_per_hour`.
    """
    rows = _subject(path, "T_HRSAV", {"PEHRS": "Persons/Hours"}, "Hours")
    hours = within(rows["Value"], 500, 4000, path, "hours per worker per year")
    return pd.DataFrame({"country": rows["LOCATION"], "year": rows["TIME"], "hours": hours, "flag": rows["Flag Codes"]})


def _subject(path, subject: str, labels: dict[str, str], unit: str) -> pd.DataFrame:
    """Return the rows of one subject and the measures in `labels`, units checked; Value and TIME as numbers."""
    table = read_csv(path, _STAT_COLUMNS)
    rows = table[(table["SUBJECT"] == subject) & table["MEASURE"].isin(list(labels))]
    for measure in labels:
        if not (rows["MEASURE"] == measure).any():
            raise BadFile(path, f"no row with SUBJECT {subject!r} and MEASURE {measure!r}", column="MEASURE")
    for measure, label in labels.items():
        expect(rows.loc[rows["MEASURE"] == measure, "Measure"], [label], path, what="unit")
    expect(rows["Unit"], [unit], path, what="unit")
    expect(rows["PowerCode"], ["Units"], path, what="power of ten")
    flags = rows["Flag Codes"].fillna("")
    expect(flags, FLAGS, path, what="flag")
    rows = rows.assign(**{"Flag Codes": flags.map(FLAGS)})
    rows = rows[~rows["LOCATION"].isin(AGGREGATES)]
    check_iso3(rows["LOCATION"], path)
    return rows.assign(TIME=years(rows["TIME"], path), Value=numbers(rows["Value"], path, allow_missing=False))


def read_json_gdp_per_hour(path, price_basis: str = "constant_2020_ppp") -> pd.DataFrame:
    """Read GDP per hour worked from a json of the form `{ISO3: [[year, value], ...]}`.

    Parameters
    ----------
    path : path-like
    price_basis : str
        The price basis of the file, which the file itself does not state.

    Returns
    -------
    DataFrame
        Columns country, year, price_basis, value (USD per hour), flag (empty).

    Raises
    ------
    BadFile
        If it is not json of that form; `column` is then the country and `row` the position in its list, from 1.
    """
    try:
        with open(path, encoding="utf-8") as handle:
            content = json.load(handle)
    except FileNotFoundError:
        raise BadFile(path, "the file is missing") from None
    except json.JSONDecodeError as error:
        raise BadFile(path, f"not json: {error.msg}", row=error.lineno) from None
    if not isinstance(content, dict) or not content:
        raise BadFile(path, "expected an object from country code to a list of [year, value]")
    check_iso3(pd.Series(list(content), name="country"), path, first_row=1)
    low, high, unit = _USD_PER_HOUR
    rows = []
    for country, points in content.items():
        if not isinstance(points, list):
            raise BadFile(path, "expected a list of [year, value]", column=country)
        for place, point in enumerate(points, start=1):
            if not (isinstance(point, list) and len(point) == 2 and type(point[0]) is int):
                raise BadFile(path, f"expected [year, value], found {point!r}", column=country, row=place)
            if type(point[1]) not in (int, float):
                raise BadFile(path, f"expected a number, found {point[1]!r}", column=country, row=place)
            if not low <= point[1] <= high:
                raise BadFile(
                    path, f"{point[1]} is outside {low:g} to {high:g}: is the unit {unit}?", column=country, row=place
                )
            rows.append((country, point[0], price_basis, float(point[1]), ""))
    return pd.DataFrame(rows, columns=["country", "year", "price_basis", "value", "flag"])


def read_sdmx_gdp_per_hour(path) -> pd.DataFrame:
    """Read GDP per hour worked at current prices and PPPs from an SDMX csv of DSD_PDB@DF_PDB_LV.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, MEASURE, UNIT_MEASURE, PRICE_BASE, TIME_PERIOD, OBS_VALUE.

    Returns
    -------
    DataFrame
        Columns country, year, price_basis ("current_ppp"), value (USD per hour), flag (empty).

    Raises
    ------
    BadFile
        If a column is missing, or a measure, unit, price base, country code, year or number is not legal.
    """
    rows = read_csv(path, ("REF_AREA", "MEASURE", "UNIT_MEASURE", "PRICE_BASE", "TIME_PERIOD", "OBS_VALUE"))
    expect(rows["MEASURE"], ["GDPHRS"], path, what="measure")
    expect(rows["UNIT_MEASURE"], ["USD_PPP_H"], path, what="unit")
    expect(rows["PRICE_BASE"], ["V"], path, what="price base")
    check_iso3(rows["REF_AREA"], path)
    low, high, unit = _USD_PER_HOUR
    values = within(numbers(rows["OBS_VALUE"], path, allow_missing=False), low, high, path, unit)
    year = years(rows["TIME_PERIOD"], path)
    found = {"country": rows["REF_AREA"], "year": year, "price_basis": "current_ppp", "value": values, "flag": ""}
    return pd.DataFrame(found)


def read_answer_gdp_per_hour(path, price_base: str, price_basis: str, base_year: str = "") -> pd.DataFrame:
    """Read an answer of the OECD's SDMX service for DSD_PDB@DF_PDB, GDP per hour worked.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, MEASURE, UNIT_MEASURE, PRICE_BASE, CONVERSION_TYPE, OBS_STATUS, TIME_PERIOD,
        OBS_VALUE, and BASE_PER if a base year is expected, as `analysis.data.refresh.sdmx_service` keeps it.
    price_base : str
        The OECD's code: "V" for current prices, "LR" for constant prices.
    price_basis : str
        What our table calls this.
    base_year : str
        The year whose prices and PPPs the values must be in (BASE_PER); empty for current prices.

    Returns
    -------
    DataFrame
        Columns country, year, price_basis, value (USD per hour), flag.

    Raises
    ------
    BadFile
        If a column is missing, a cell stands twice, or a measure, unit, price base, base year, status, country code,
        year or number is not legal.
    """
    columns = ("REF_AREA", "MEASURE", "UNIT_MEASURE", "PRICE_BASE", "CONVERSION_TYPE", "OBS_STATUS")
    rows = read_csv(path, (*columns, "TIME_PERIOD", "OBS_VALUE", *(["BASE_PER"] if base_year else [])))
    for column, legal, what in (
        ("MEASURE", ["GDPHRS"], "measure"), ("UNIT_MEASURE", ["USD_PPP_H"], "unit"),
        ("PRICE_BASE", [price_base], "price base"), ("CONVERSION_TYPE", ["PPP"], "conversion"),
    ):  # fmt: skip
        expect(rows[column], legal, path, what=what)
    rows = rows[rows["OBS_VALUE"].notna() & ~rows["REF_AREA"].isin(GROUPS)]
    check_iso3(rows["REF_AREA"], path)
    if base_year:
        expect(rows["BASE_PER"], [base_year], path, what="base year")
    flag = recode(rows["OBS_STATUS"].fillna("A"), STATUS, path, what="status")
    doubled = rows.duplicated(["REF_AREA", "TIME_PERIOD"])
    if doubled.any():
        cell = " ".join(rows.loc[doubled, ["REF_AREA", "TIME_PERIOD"]].iloc[0])
        raise BadFile(path, f"{cell} stands twice: the flow has got a new breakdown", row=int(doubled.idxmax()) + 2)
    low, high, unit = _USD_PER_HOUR
    values = within(numbers(rows["OBS_VALUE"], path, allow_missing=False), low, high, path, unit)
    year = years(rows["TIME_PERIOD"], path)
    found = {"country": rows["REF_AREA"], "year": year, "price_basis": price_basis, "value": values, "flag": flag}
    return pd.DataFrame(found)
