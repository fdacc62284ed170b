"""Finnish Productivity Board: hours, persons and value added of private services and manufacturing by country."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, numbers, read_csv, recode

COUNTRIES = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "EE": "EST", "EL": "GRC",
    "ES": "ESP", "FI": "FIN", "FR": "FRA", "HU": "HUN", "IT": "ITA", "LT": "LTU", "LV": "LVA", "NL": "NLD", "NO": "NOR",
    "PL": "POL", "PT": "PRT", "SE": "SWE", "SI": "SVN", "SK": "SVK", "UK": "GBR", "JP": "JPN", "US": "USA",
}  # fmt: skip
_AREA = "EA12"
_IN_MILLION_HOURS = ("JP", "US")  # though the column is named thousand hours: hours per person show it
_COLUMNS = {
    "B1G__CP_MNAC": "value_added", "B1G__CLV15_MNAC": "value_added_constant", "EMP_DC__THS_PER": "employment",
    "EMP_DC__THS_HW": "hours",
}  # fmt: skip


def read_group(path, group: str) -> pd.DataFrame:
    """Read one group of sectors.

    Parameters
    ----------
    path : path-like
        Csv with columns geo, time and the national accounts items B1G__CP_MNAC, B1G__CLV15_MNAC (million national
        currency), EMP_DC__THS_PER (thousand persons), EMP_DC__THS_HW (thousand hours; for Japan and the USA million
        hours).
    group : str
        The group of sectors that the file holds, as it shall be named.

    Returns
    -------
    DataFrame
        Columns country, year, sector, value_added, value_added_constant (million national currency, current prices and
        chained volumes at prices of 2015), employment (thousand persons), hours (million hours). The euro area, and
        cells without any value, are left out.

    Raises
    ------
    BadFile
        If a column is missing, a country is unknown, a cell stands twice or holds text, or hours per person and year
        are not between 1000 and 2800.
    """
    table = read_csv(path, ["geo", "time", *_COLUMNS])
    table = table[table["geo"] != _AREA]
    tidy = pd.DataFrame(
        {"country": recode(table["geo"], COUNTRIES, path, what="area"), "year": years(table["time"], path)}
    )
    doubled = tidy.duplicated()
    if doubled.any():
        place = doubled.idxmax()
        raise BadFile(path, f"{table.at[place, 'geo']} {tidy.at[place, 'year']} stands more than once", column="time",
                      row=int(place) + 2)  # fmt: skip
    for theirs, ours in _COLUMNS.items():
        tidy[ours] = numbers(table[theirs], path, missing=["NA"])
    in_thousands = ~table["geo"].isin(_IN_MILLION_HOURS).astype(bool)
    tidy["hours"] = tidy["hours"].mask(in_thousands, tidy["hours"] / 1000)
    per_person = (1000 * tidy["hours"] / tidy["employment"]).rename("EMP_DC__THS_HW")
    within(per_person, 1000, 2800, path, "thousand hours (million in Japan and the USA) for thousand persons")
    return tidy.dropna(subset=list(_COLUMNS.values()), how="all").assign(sector=group)
