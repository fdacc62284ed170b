"""World Bank, World Development Indicators: one indicator per csv, wide by year, or one answer of the API."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import years as read_years
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_csv

_LABELS = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")


def read_indicator(path, indicator: str, years=range(1960, 2026)) -> pd.DataFrame:
    """Read one indicator.

    Parameters
    ----------
    path : path-like
        Csv with columns Country Name, Country Code, Indicator Name, Indicator Code and one column per year. The file
        of the World Bank has four lines above the header; they must have been removed.
    indicator : str
        The indicator code that every row must carry.
    years : iterable of int
        Years to read; each must be a column of the file.

    Returns
    -------
    DataFrame
        Columns country (alpha-3 code, also for the World Bank's groups), year, value; missing values left out.

    Raises
    ------
    BadFile
        If a column is missing, the indicator is another one, a code is doubled, or a cell is not a number.
    """
    columns = [str(year) for year in years]
    table = read_csv(path, (*_LABELS, *columns))
    expect(table["Indicator Code"], [indicator], path, what="indicator")
    check_iso3(table["Country Code"], path)
    doubled = table["Country Code"].duplicated()
    if doubled.any():
        place = doubled.idxmax()
        code = table.loc[place, "Country Code"]
        raise BadFile(path, f"{code!r} stands twice", column="Country Code", row=int(place) + 2)
    parts = []
    for column in columns:
        values = numbers(table[column], path)
        parts.append(pd.DataFrame({"country": table["Country Code"], "year": int(column), "value": values}))
    return pd.concat(parts, ignore_index=True).dropna(subset="value").reset_index(drop=True)


def read_answer(path, indicators) -> pd.DataFrame:
    """Read an answer of the Indicators API, as `analysis.data.refresh.world_bank_service` keeps it.

    Parameters
    ----------
    path : path-like
        Csv with columns indicator, country, year, value.
    indicators : iterable of str
        The indicator codes that must be there, and no other.

    Returns
    -------
    DataFrame
        Columns indicator, country, year, value; missing values left out.

    Raises
    ------
    BadFile
        If a column or an indicator is missing, a cell stands twice, or a code, year or number is not legal.
    """
    table = read_csv(path, ("indicator", "country", "year", "value"))
    expect(table["indicator"], indicators, path, what="indicator")
    for code in indicators:
        if not (table["indicator"] == code).any():
            raise BadFile(path, f"no row of indicator {code!r}", column="indicator")
    check_iso3(table["country"], path)
    doubled = table.duplicated(["indicator", "country", "year"])
    if doubled.any():
        cell = " ".join(table.loc[doubled, ["indicator", "country", "year"]].iloc[0])
        raise BadFile(path, f"{cell} stands twice", row=int(doubled.idxmax()) + 2)
    read = table.assign(year=read_years(table["year"], path), value=numbers(table["value"], path))
    return read.dropna(subset="value").reset_index(drop=True)
