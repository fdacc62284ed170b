"""Groningen Growth and Development Centre: Productivity Level Database 2023 and its 2005 benchmark."""

from __future__ import annotations

import warnings

import pandas as pd

from analysis.data import sectors
from analysis.data.ingest.cells import years
from analysis.data.ingest.ggdc import check_statements
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_sheet, recode

_STATES = (
    "Value added, millions, local currency",
    "Persons engaged, thousands",
    "Gross output PPP, LCU/USD",
    "Intermediate input PPP, LCU/USD",
    "Value added PPP, LCU/USD",
    "Market exchange rate, LCU/USD",
)
_NUMBERS = {
    "VA": "value_added", "EMP": "employment", "PPP_y": "ppp_output", "PPP_z": "ppp_inputs", "PPP_va": "ppp",
    "xr": "exchange_rate",
}  # fmt: skip
YEARS = (2005, 2011, 2017)
DEFLATION = {"Double deflated": "double", "Single deflated": "single"}
GROUPS = {
    "GDP": "total",
    "Market economy": "market_economy",
    "Goods-producing": "goods",
    "Manufacturing": "manufacturing",
    "Other goods": "other_goods",
    "Services": "services",
    "Market services": "market_services",
    "Non-market services": "non_market_services",
}
"""Groups of the 2005 benchmark. They overlap: goods = manufacturing + other goods, and so on."""

_AGGREGATES = ("EU27", "EURO17")


def read_pld(path) -> pd.DataFrame:
    """Read the Productivity Level Database 2023 (Inklaar, Marapin and Gräler 2023).

    Parameters
    ----------
    path : path-like
        Workbook with the sheets Legend and Data, one row per country, year and sector.

    Returns
    -------
    DataFrame
        Columns country, year, sector, value_added (million local currency, current prices), employment (thousand
        persons), ppp, ppp_output, ppp_inputs (local currency per US dollar: value added, gross output, intermediate
        inputs), exchange_rate (local currency per US dollar), deflation (double or single).

    Raises
    ------
    BadFile
        If a sheet or column is missing, the legend states another unit, a code or year is unknown, a cell holds text or
        stands twice, a country and year lacks a sector, or the PPPs are not relative to the USA.
    """
    check_statements(path, "Legend", _STATES)
    sheet = "Data"
    table = read_sheet(path, sheet, ["countrycode", "year", "sector", *_NUMBERS, "i_ppp"])
    check_iso3(table["countrycode"], path, sheet=sheet)
    year = years(table["year"], path, sheet=sheet)
    expect(year.astype(str), map(str, YEARS), path, sheet=sheet, what="year")
    tidy = pd.DataFrame(
        {
            "country": table["countrycode"].astype(str),
            "year": year,
            "sector": recode(table["sector"], sectors.CODES["PLD"], path, sheet=sheet, what="sector").astype(str),
            "deflation": recode(table["i_ppp"], DEFLATION, path, sheet=sheet, what="deflation").astype(str),
        }
    )
    for theirs, ours in _NUMBERS.items():
        tidy[ours] = numbers(table[theirs], path, sheet=sheet, allow_missing=theirs == "PPP_z")
    _check_cells(tidy, path, sheet, "sector", len(sectors.CODES["PLD"]), per=["country", "year"])
    for theirs in ("PPP_y", "PPP_va", "xr"):
        ours = _NUMBERS[theirs]
        bad = (tidy[ours] <= 0) | tidy["country"].eq("USA") & tidy[ours].ne(1)
        if bad.any():
            place = bad.idxmax()
            problem = f"{tidy.at[place, ours]:g} for {tidy.at[place, 'country']}: is it local currency per US dollar?"
            raise BadFile(path, problem, sheet=sheet, column=theirs, row=int(place) + 2)
    return tidy


def read_benchmark_2005(path) -> pd.DataFrame:
    """Read relative prices and productivity per hour of the 2005 benchmark (Inklaar and Timmer 2014).

    Parameters
    ----------
    path : path-like
        Workbook with the sheets VA_GDP_MajorSector and LP_GDP_MajorSector, one row per country, one column per group.

    Returns
    -------
    DataFrame
        Columns country, year (2005), group (values of `GROUPS`), price_level (PPP of value added over the exchange
        rate, US GDP = 1), value_added_per_hour (at the PPPs of the group, USA = 1 in each group). Averages of the EU
        and the euro area are left out.

    Raises
    ------
    BadFile
        If a sheet or column is missing, a cell holds text other than n.a., or the USA is not the reference.
    """
    parts = []
    for sheet, name in (("VA_GDP_MajorSector", "price_level"), ("LP_GDP_MajorSector", "value_added_per_hour")):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Unknown extension")  # formatting that the values do not need
            table = read_sheet(path, sheet, ["ISO-code", *GROUPS], header=1)
        table = table[table["ISO-code"].notna() & ~table["ISO-code"].isin(_AGGREGATES)]
        check_iso3(table["ISO-code"], path, sheet=sheet, first_row=3)
        values = {
            ours: numbers(table[theirs], path, sheet=sheet, missing=["n.a."], first_row=3)
            for theirs, ours in GROUPS.items()
        }
        tidy = pd.DataFrame({"country": table["ISO-code"].astype(str), **values})
        _check_cells(tidy, path, sheet, "country", None, per=["country"], first_row=3)
        reference = tidy.loc[tidy["country"] == "USA", "total" if name == "price_level" else list(GROUPS.values())]
        if reference.empty or (reference - 1).abs().max().max() > 1e-6:
            raise BadFile(path, "the USA is not 1: another reference?", sheet=sheet, column="GDP")
        parts.append(tidy.melt("country", var_name="group", value_name=name))
    both = parts[0].merge(parts[1], on=["country", "group"], how="outer")
    return both.dropna(subset=["price_level", "value_added_per_hour"], how="all").assign(year=2005)


def _check_cells(tidy, path, sheet, column, expected, *, per, first_row=2) -> None:
    key = list(dict.fromkeys([*per, column]))
    doubled = tidy.duplicated(key)
    if doubled.any():
        place = doubled.idxmax()
        cell = " ".join(map(str, tidy.loc[place, key]))
        raise BadFile(path, f"{cell} stands more than once", sheet=sheet, column=column, row=int(place) + first_row)
    if expected is not None:
        held = tidy.groupby(per).size()
        if (held != expected).any():
            cell = " ".join(map(str, held.index[held != expected][0]))
            raise BadFile(
                path, f"{cell} has {held[held != expected].iloc[0]} of {expected} sectors", sheet=sheet, column=column
            )
