"""Groningen Growth and Development Centre: Economic Transformation Database and 10-Sector Database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from analysis.data import sectors
from analysis.data.ingest.adding_up import check_total
from analysis.data.ingest.cells import years
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_sheet

_ETD_STATES = (
    "Gross value added at current basic prices (millions, local currency)",
    "Gross value added at constant 2015 prices (millions, local currency)",
    "Number of persons engaged (thousands)",
)
_TEN_STATES = (
    "Persons engaged (in thousands)",
    "Gross value added at current national prices (in millions)",
    "Gross value added at constant 2005 national prices (in millions)",
)
_TEN_TOTAL = "Summation of sector GDP"
_TEN_COUNTRIES = {"MOR": "MAR"}  # publisher's own codes; DEW is West Germany and stays
_ELSEWHERE = "incl in gov. services"
ALTERNATIVE = "NGA(alt)"


def check_statements(path, sheet: str, statements: Iterable[str]) -> None:
    """Raise `BadFile` unless the notes of a workbook say each of `statements`: what is measured, in which unit."""
    notes = read_sheet(path, sheet, header=None)
    text = {" ".join(str(cell).split()).rstrip(" ;.") for column in notes for cell in notes[column].dropna()}
    for statement in statements:
        if statement not in text:
            raise BadFile(path, f"the notes do not say {statement!r}: another release or unit?", sheet=sheet)


def read_etd(path) -> pd.DataFrame:
    """Read the Economic Transformation Database, release of July 2021.

    Paper: de Vries et al. (2021), WIDER Technical Note 2/2021.

    Parameters
    ----------
    path : path-like
        Workbook with the sheets Notes and Data, one row per country, variable and year, one column per sector.

    Returns
    -------
    DataFrame
        Columns country, year, sector, value_added, value_added_constant (million local currency, the latter at prices
        of 2015), employment (thousand persons), currency, constant_basis.

    Raises
    ------
    BadFile
        If a sheet or column is missing, the notes state another unit, a code or variable is unknown, a cell stands
        twice or holds text, or the sectors do not add up to the publisher's total (to 1e-9).
    """
    check_statements(path, "Notes", _ETD_STATES)
    labels = sectors.CODES["ETD"]
    table = read_sheet(path, "Data", ["cnt", "var", "year", *labels, "Total"])
    check_iso3(table["cnt"], path, sheet="Data")
    variables = {"VA": "value_added", "VA_Q15": "value_added_constant", "EMP": "employment"}
    tidy = _tidy(table, path, "Data", labels, variables, country="cnt", variable="var", total="Total")
    return tidy.assign(currency="LCU", constant_basis="2015 prices")


def read_ten_sector(path) -> pd.DataFrame:
    """Read the 10-Sector Database, release of January 2015 (Timmer, de Vries and de Vries 2015).

    Where a country has no figure for government or for community services, the other one holds both (the sectors still
    add up): then the two are one sector, `O+P+Q+R+S+T+U`, for each variable and year of that country.

    Parameters
    ----------
    path : path-like
        Workbook with the sheets notes and dataset, one row per country, variable and year, one column per sector.

    Returns
    -------
    DataFrame
        As `read_etd`; constant prices are those of 2005, for West Germany (DEW) those of 1991. The alternative series
        for Nigeria 2010-13, on another base, is left out.

    Raises
    ------
    BadFile
        As `read_etd`.
    """
    check_statements(path, "notes", _TEN_STATES)
    labels = sectors.CODES["10SD"]
    table = read_sheet(path, "dataset", ["country", "variable", "year", *labels, _TEN_TOTAL])
    table = table[table["country"] != ALTERNATIVE]
    check_iso3(table["country"], path, sheet="dataset")
    variables = {
        "VA": "value_added", "VA_Q05": "value_added_constant", "VA_Q91": "value_added_constant", "EMP": "employment",
    }  # fmt: skip
    for base, right in (("VA_Q91", table["country"] == "DEW"), ("VA_Q05", table["country"] != "DEW")):
        expect(table.loc[table["variable"] == base, "country"], table.loc[right, "country"].unique(), path,
        sheet="dataset",
               what=f"country with {base}")  # fmt: skip
    tidy = _tidy(
        table, path, "dataset", labels, variables, country="country", variable="variable", total=_TEN_TOTAL,
        missing={"Community, social and personal services": [_ELSEWHERE]},
    )  # fmt: skip
    tidy = _join(tidy.replace({"country": _TEN_COUNTRIES}), "O+P+Q", "R+S+T+U")
    basis = tidy["country"].map({"DEW": "1991 prices"}).fillna("2005 prices")
    return tidy.assign(currency="LCU", constant_basis=basis)


def _tidy(
    table: pd.DataFrame, path, sheet: str, labels: Mapping[str, str], variables: Mapping[str, str], *, country: str,
    variable: str, total: str, missing: Mapping[str, list[str]] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Turn one row per country, variable and year into one row per country, year and sector, checking each cell."""
    expect(table[variable], variables, path, sheet=sheet, what="variable")
    year = years(table["year"], path, sheet=sheet)
    doubled = pd.DataFrame({"country": table[country], "variable": table[variable], "year": year}).duplicated()
    if doubled.any():
        place = doubled.idxmax()
        cell = f"{table.at[place, country]} {table.at[place, variable]} {year[place]}"
        raise BadFile(path, f"{cell} stands more than once", sheet=sheet, column="year", row=int(place) + 2)
    parts = {
        column: numbers(table[column], path, sheet=sheet, missing=(missing or {}).get(column, ())) for column in labels
    }
    parts = pd.DataFrame(parts)
    check_total(parts, numbers(table[total], path, sheet=sheet), 1e-9, path, sheet=sheet)
    wide = parts.rename(columns=labels).assign(
        country=table[country].astype(str), year=year, variable=table[variable].map(variables)
    )
    long = wide.melt(["country", "year", "variable"], var_name="sector").dropna(subset="value")
    tidy = long.pivot(index=["country", "year", "sector"], columns="variable", values="value").reset_index()
    return tidy.rename_axis(columns=None).reindex(
        columns=["country", "year", "sector", *dict.fromkeys(variables.values())]
    )


def _join(tidy: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """Sum two sectors into their union in the countries where one never has a figure of its own in some variable."""
    values = [column for column in tidy if column not in ("country", "year", "sector")]
    pair = tidy[tidy["sector"].isin([one, other])]
    filled = pair.groupby(["country", "sector"])[values].count().unstack("sector", fill_value=0)
    joined = pd.concat([(filled[column] == 0).sum(axis=1) == 1 for column in values], axis=1).any(axis=1)
    among = pair["country"].isin(joined.index[joined])
    union = pair[among].groupby(["country", "year"])[values].sum(min_count=1).reset_index()
    return pd.concat([tidy.drop(pair.index[among]), union.assign(sector=f"{one}+{other}")], ignore_index=True)
