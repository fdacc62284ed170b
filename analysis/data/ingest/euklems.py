"""EU KLEMS, release of November 2009: one workbook per country, one sheet per variable."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data import sectors
from analysis.data.ingest.adding_up import check_total
from analysis.data.ingest.reading import BadFile, numbers

COUNTRIES = {  # stem of the file: code, name in the notes, currency in the notes, its ISO 4217 code
    "aus": ("AUS", "Australia", "Australian Dollars", "AUD"),
    "aut": ("AUT", "Austria", "Euros", "EUR"),
    "bel": ("BEL", "Belgium", "Euros", "EUR"),
    "cyp": ("CYP", "Cyprus", "Cypriotic Pounds", "CYP"),
    "cze": ("CZE", "Czech Republic", "Czech Koruna", "CZK"),
    "dnk": ("DNK", "Denmark", "Danish Kroner", "DKK"),
    "esp": ("ESP", "Spain", "Euros", "EUR"),
    "fin": ("FIN", "Finland", "Euros", "EUR"),
    "fra": ("FRA", "France", "Euros", "EUR"),
    "ger": ("DEU", "Germany", "Euros", "EUR"),
    "grc": ("GRC", "Greece", "Euros", "EUR"),
    "hun": ("HUN", "Hungary", "Hungarian Forints", "HUF"),
    "irl": ("IRL", "Ireland", "Euros", "EUR"),
    "ita": ("ITA", "Italy", "Euros", "EUR"),
    "jpn": ("JPN", "Japan", "Japanese Yens", "JPY"),
    "kor": ("KOR", "Korea", "Korean Won", "KRW"),
    "nld": ("NLD", "Netherlands", "Euros", "EUR"),
    "pol": ("POL", "Poland", "New Polish Zlotys", "PLN"),
    "prt": ("PRT", "Portugal", "Euros", "EUR"),
    "svk": ("SVK", "Slovak Republic", "Slovak Koruna", "SKK"),
    "svn": ("SVN", "Slovenia", "Euros", "EUR"),
    "swe": ("SWE", "Sweden", "Swedish Kronas", "SEK"),
    "uk": ("GBR", "United Kingdom", "British Pounds", "GBP"),
    "usa-naics": ("USA", "United States-NAICS based (revised)", "US Dollars", "USD"),
}
_STATES = (
    "Number of persons engaged (thousands)",
    "Total hours worked by persons engaged (millions)",
    "Gross value added, volume indices, 1995 = 100",
)
_SHEETS = {"VA": "value_added", "VA_QI": "index", "EMP": "employment", "H_EMP": "hours"}
_TOLERANCE = 2e-3
_YEARS = range(1970, 2008)


def read_country(path) -> pd.DataFrame:
    """Read a country's value added, employment and hours in 17 sectors that do not overlap.

    Volumes are value added of 1995 times the publisher's index (1995 = 100): million national currency at prices of
    1995. The index is chained within each sector, so the volumes of sectors do not add up to the publisher's volume of
    the total away from 1995.

    Parameters
    ----------
    path : path-like
        `<country>_output_09I.xls` with the sheets Notes, VA, VA_QI, EMP and H_EMP, one row per industry, columns desc,
        code and one per year (_1970, ...).

    Returns
    -------
    DataFrame
        Columns country, year, sector, value_added, value_added_constant (million national currency), employment
        (thousand persons), hours (million hours, persons engaged), currency, constant_basis. A sector that is empty or
        zero in every variable and year (private households or extraterritorial bodies in most files) is left out.

    Raises
    ------
    BadFile
        If the file is not that of a known country or is another country's, a sheet, column or industry is missing, the
        notes state another unit, a cell holds text, or the sectors do not add up to TOT (to 0.2 %: Poland 1995 is 0.14
        % off, Portugal 1970 0.02 %, all others are exact).
    """
    path = Path(path)
    stem = path.name.partition("_output")[0]
    if stem not in COUNTRIES:
        raise BadFile(path, f"the file is not that of a known country; legal beginnings: {', '.join(COUNTRIES)}")
    country, name, currency, iso = COUNTRIES[stem]
    book = _open(path)
    _check_notes(book["Notes"], path, name, currency)
    parts = {}
    for sheet, variable in _SHEETS.items():
        parts[variable] = _read_variable(book[sheet], path, sheet, check=sheet != "VA_QI")
    index, base = parts.pop("index"), parts["value_added"].xs(1995, level="year")
    volume = index / 100 * base.reindex(index.index.get_level_values("sector")).to_numpy()
    tidy = pd.concat({**parts, "value_added_constant": volume}, axis=1)
    tidy = tidy.rename_axis(["sector", "year"]).dropna(how="all").reset_index()
    values = [column for column in tidy if column not in ("sector", "year")]
    used = tidy.groupby("sector")[values].agg(lambda column: column.fillna(0).abs().sum()).sum(axis=1) > 0
    tidy = tidy[tidy["sector"].isin(used.index[used])].reset_index(drop=True)
    return tidy.assign(country=country, currency=iso, constant_basis="1995 prices, chained index")


def _open(path: Path) -> dict[str, pd.DataFrame]:
    if not path.is_file():
        raise BadFile(path, "the file is missing")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # the files are .xls; pandas announces another engine for them
        with pd.ExcelFile(path) as book:
            for sheet in ("Notes", *_SHEETS):
                if sheet not in book.sheet_names:
                    raise BadFile(
                        path, f"the sheet is missing; sheets in the file: {', '.join(book.sheet_names)}", sheet=sheet
                    )
            options = {"keep_default_na": False, "na_values": [""]}
            sheets = {sheet: pd.read_excel(book, sheet_name=sheet, **options) for sheet in _SHEETS}
            return {**sheets, "Notes": pd.read_excel(book, sheet_name="Notes", header=None)}


def _check_notes(notes: pd.DataFrame, path: Path, name: str, currency: str) -> None:
    text = [" ".join(str(cell).split()) for column in notes for cell in notes[column].dropna()]
    if not text or text[0] != name:
        raise BadFile(
            path, f"the file is of {text[0] if text else 'no country'!r}, expected {name!r}", sheet="Notes", row=1
        )
    for statement in (f"Gross value added at current basic prices (in millions of {currency})", *_STATES):
        if statement not in text:
            raise BadFile(path, f"the notes do not say {statement!r}: another release or unit?", sheet="Notes")


def _read_variable(table: pd.DataFrame, path: Path, sheet: str, *, check: bool) -> pd.Series:
    """Return a Series by (sector, year) from one sheet, its parts checked against TOT."""
    years = [column for column in table.columns if str(column).startswith("_")]
    for column in ("code", *(f"_{year}" for year in _YEARS[:-1])):  # some files end in 2006
        if column not in table.columns:
            held = ", ".join(map(str, table.columns))
            raise BadFile(path, f"the column is missing; columns in the file: {held}", sheet=sheet, column=column)
    labels = sectors.CODES["EUKLEMS"]
    code = table["code"].astype(str).str.strip()
    for label in ("TOT", *labels):
        if (code == label).sum() != 1:
            problem = f"the industry {label!r} stands {(code == label).sum()} times, expected once"
            raise BadFile(path, problem, sheet=sheet, column="code")
    place = {label: code.index[code == label][0] for label in ("TOT", *labels)}
    values = pd.DataFrame(
        {column: numbers(table.loc[list(place.values()), column], path, sheet=sheet) for column in years}
    )
    values.columns = [int(column[1:]) for column in years]
    values.index = list(place)
    if check:
        parts = values.loc[list(labels)].T
        check_total(parts, values.loc["TOT"], _TOLERANCE, path, sheet=sheet,
                    cell=lambda year: (f"_{year}", int(place["TOT"]) + 2))  # fmt: skip
    sectors_only = values.loc[list(labels)].rename(index=labels)
    return sectors_only.replace([np.inf, -np.inf], np.nan).rename_axis("sector").rename_axis("year", axis=1).stack()
