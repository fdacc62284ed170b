"""Our World in Data: productivity per hour worked from Penn World Table 11.0."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import check_iso3, numbers, read_csv

_VALUE = "Productivity: output per hour worked"


def read_output_per_hour(path) -> pd.DataFrame:
    """Read output per hour worked.

    Parameters
    ----------
    path : path-like
        Csv of the chart data with columns Code, Year and "Productivity: output per hour worked".

    Returns
    -------
    DataFrame
        Columns country, year, price_basis ("constant_2021_ppp"), value (USD per hour), flag (empty).

    Raises
    ------
    BadFile
        If a column is missing, or a country code, year or number is not legal.
    """
    rows = read_csv(path, ("Code", "Year", _VALUE))
    check_iso3(rows["Code"], path)
    values = within(numbers(rows[_VALUE], path, allow_missing=False), 0.1, 500, path, "USD per hour")
    year = years(rows["Year"], path)
    basis = "constant_2021_ppp"
    return pd.DataFrame({"country": rows["Code"], "year": year, "price_basis": basis, "value": values, "flag": ""})
