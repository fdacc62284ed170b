"""ILO modelled estimates of output per hour worked, in Gapminder's file layout."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import check_iso3, numbers, read_csv

NO_ISO_CODE = ("chanisl",)
"""The Channel Islands, left out: no ISO 3166 alpha-3 code."""

BREAK_AFTER = 2023
"""Last year before the break of the series."""

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
    country = rows["geo"].str.upper()
    check_iso3(country, path)
    year = years(rows["time"], path)
    values = within(numbers(rows[_VALUE], path, allow_missing=False), 0.1, 500, path, "USD per hour")
    flag = pd.Series("", index=rows.index).mask(year > BREAK_AFTER, "after_break")
    return pd.DataFrame(
        {"country": country, "year": year, "price_basis": "constant_2021_ppp", "value": values, "flag": flag}
    )
