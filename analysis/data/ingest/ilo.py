"""ILO modelled estimates of output per hour worked, in Gapminder's file layout or as the ILO's service answers."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import check_iso3, expect, numbers, read_csv

NO_ISO_CODE = ("chanisl",)
"""The Channel Islands, left out: no ISO 3166 alpha-3 code."""

BREAK_AFTER = 2023
"""Last year before the break of the series."""

MEASURE = "GDP_2HRW_NB"
"""The ILO's code for output per hour worked, GDP in constant 2021 international dollars at PPPs."""
CHANNEL_ISLANDS, GROUP = "CHA", r"X\d+"
"""In the ILO's own codes: the Channel Islands, which have no ISO code either, and the form of a group's code."""
_VALUE = "gdpperworking_hour_us_inflation_adjusted"


def read_output_per_hour(path) -> pd.DataFrame:
    """Read GDP per hour worked.

    Parameters
    ----------
    path : path-like
        Csv with columns geo (ISO 3166 alpha-3 in lower case), time, gdpperworking_hour_us_inflation_adjusted.

    Returns
    -------
    DataFrame
        Columns country, year, price_basis ("constant_2021_ppp"), value (USD per hour), flag ("after_break" from 2024).

    Raises
    ------
    BadFile
        If a column is missing, or a country code, year or number is not legal.
    """
    rows = read_csv(path, ("geo", "time", _VALUE))
    rows = rows[~rows["geo"].isin(NO_ISO_CODE)]
    return _tidy(rows["geo"].str.upper(), rows["time"], rows[_VALUE], path)


def read_answer(path) -> pd.DataFrame:
    """Read an answer of the ILO's SDMX service (`DF_GDP_2HRW_NOC_NB`); its groups of countries are left out.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, MEASURE, TIME_PERIOD, OBS_VALUE, as `analysis.data.refresh.sdmx_service` keeps it.

    Returns
    -------
    DataFrame
        As `read_output_per_hour`.

    Raises
    ------
    BadFile
        If a column is missing, the measure is another one, or a country code, year or number is not legal.
    """
    rows = read_csv(path, ("REF_AREA", "MEASURE", "TIME_PERIOD", "OBS_VALUE"))
    expect(rows["MEASURE"], [MEASURE], path, what="measure")
    rows = rows[~rows["REF_AREA"].str.fullmatch(GROUP) & ~rows["REF_AREA"].isin([CHANNEL_ISLANDS])]
    return _tidy(rows["REF_AREA"], rows["TIME_PERIOD"], rows["OBS_VALUE"], path)


def _tidy(country: pd.Series, year: pd.Series, value: pd.Series, path) -> pd.DataFrame:
    check_iso3(country, path)
    year = years(year, path)
    values = within(numbers(value, path, allow_missing=False), 0.1, 500, path, "USD per hour")
    flag = pd.Series("", index=year.index).mask(year > BREAK_AFTER, "after_break")
    return pd.DataFrame(
        {"country": country, "year": year, "price_basis": "constant_2021_ppp", "value": values, "flag": flag}
    )
