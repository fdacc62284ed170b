"""Penn World Table (Feenstra, Inklaar and Timmer 2015, American Economic Review): versions 10.01 and 11.0.

Version 10.01 is at full precision. Version 11.0 is held in three files: one for all economies whose cells are rounded
to whole numbers (usable for large magnitudes and hours only), a cross-section of 2023 and the Korean rows, both at
full precision.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, check_iso3, numbers, read_csv

VARIABLES = {
    "rgdpo": "gdp_output_side",
    "cgdpo": "gdp_current_ppp",
    "rgdpna": "gdp_national_prices",
    "cn": "capital_stock_current_ppp",
    "ck": "capital_services_ppp",
    "rnna": "capital_stock_national_prices",
    "rkna": "capital_services_national_prices",
    "emp": "employment",
    "pop": "population",
    "avh": "hours",
    "hc": "human_capital",
    "labsh": "labour_share",
    "ctfp": "tfp_level",
    "rtfpna": "tfp_national_prices",
}
"""Variable of the Penn World Table to our field."""

LARGE = ("rgdpo", "cgdpo", "rgdpna", "cn", "rnna", "avh")
"""Variables that survive rounding to whole numbers (million USD; hours per year)."""

KOREA = ("rgdpo", "pop", "emp", "avh", "hc", "cgdpo", "cn", "ctfp", "rgdpna", "rnna", "rkna", "rtfpna", "labsh")
"""Variables of the file of Korean rows."""

_OBJECT = "pwt10.01"


def read_version_10(path) -> pd.DataFrame:
    """Read Penn World Table 10.01 from the data file of the R package pwt10.

    Parameters
    ----------
    path : path-like
        `pwt10.01.rda`, holding one data frame of that name.

    Returns
    -------
    DataFrame
        country, year and the fields of `VARIABLES`; economies and years without any of them are left out.

    Raises
    ------
    BadFile
        If the file, the data frame or a variable is missing, or a cell is not a number, a code or a year.
    """
    import pyreadr  # needed only to read this one file, so not among what the book installs

    if not Path(path).is_file():
        raise BadFile(path, "the file is missing")
    try:
        objects = pyreadr.read_r(str(path))
    except (pyreadr.custom_errors.PyreadrError, pyreadr.custom_errors.LibrdataError) as error:
        raise BadFile(path, f"not an R data file: {error}") from None
    if _OBJECT not in objects:
        raise BadFile(path, f"the data frame is missing; in the file: {', '.join(objects)}", sheet=_OBJECT)
    table = objects[_OBJECT].reset_index(drop=True)
    for column in ("isocode", "year", *VARIABLES):
        if column not in table.columns:
            held = ", ".join(map(str, table.columns))
            raise BadFile(path, f"the column is missing; columns in the file: {held}", sheet=_OBJECT, column=column)
    return _tidy(table, "isocode", VARIABLES, path, sheet=_OBJECT, first_row=1)


def read_version_11(path) -> pd.DataFrame:
    """Read the usable variables (`LARGE`) of the cell-rounded file of Penn World Table 11.0.

    Returns
    -------
    DataFrame
        country, year, name (the publisher's country name) and the fields of `LARGE`.

    Raises
    ------
    BadFile
        If a column is missing, or a cell is not a number, a code or a year.
    """
    table = read_csv(path, ("countrycode", "country", "year", *LARGE))
    found = _tidy(table, "countrycode", LARGE, path)
    return found.assign(name=table.loc[found.index, "country"])


def read_cross_section(path, codes: dict[str, str]) -> pd.DataFrame:
    """Read the cross-section of 2023 of Penn World Table 11.0: output, capital, population, employment.

    Parameters
    ----------
    path : path-like
        Csv with columns country (name), year, rgdpo, cn, pop, emp.
    codes : dict
        The publisher's country name to ISO 3166 alpha-3 code.

    Returns
    -------
    DataFrame
        country, year and four fields.

    Raises
    ------
    BadFile
        If a column is missing, a name is not in `codes`, or a cell is not a number or a year.
    """
    table = read_csv(path, ("country", "year", "rgdpo", "cn", "pop", "emp"))
    unknown = ~table["country"].isin(list(codes))
    if unknown.any():
        place = unknown.idxmax()
        what = f"country {table.loc[place, 'country']!r} is not in the main file"
        raise BadFile(path, what, column="country", row=int(place) + 2)
    table = table.assign(code=table["country"].map(codes))
    return _tidy(table, "code", ("rgdpo", "cn", "pop", "emp"), path)


def read_korea(path) -> pd.DataFrame:
    """Read the Korean rows of Penn World Table 11.0 at full precision.

    Returns
    -------
    DataFrame
        country, year and the fields of `KOREA`.

    Raises
    ------
    BadFile
        If a column is missing, or a cell is not a number, a code or a year.
    """
    return _tidy(read_csv(path, ("countrycode", "year", *KOREA)), "countrycode", KOREA, path)


def version_11(main, cross_section, korea) -> pd.DataFrame:
    """Put together what can be used of Penn World Table 11.0 for every economy.

    Rounded cells give way to exact ones: the cross-section's output and capital in 2023, Korea's rows in its own file.
    Population and employment exist for 2023 only (Korea: all years of its file). Human capital, labour share and TFP
    are left out even for Korea, because no other economy has them here.

    Parameters
    ----------
    main, cross_section, korea : path-like
        The three files.

    Returns
    -------
    DataFrame
        country, year and the fields of `LARGE` with population, employment and hours_rounded (bool: hours are whole
        hours).

    Raises
    ------
    BadFile
        As the readers; and if an exact cell is not what the rounded one rounds, so that the files are not one version.
    """
    rounded = read_version_11(main)
    codes = dict(zip(rounded["name"], rounded["country"], strict=True))
    key = ["country", "year"]
    rounded = rounded.drop(columns="name").set_index(key)
    fields = [VARIABLES[variable] for variable in (*LARGE, "pop", "emp")]
    best = read_korea(korea).set_index(key)[fields]
    _agree(best, rounded, korea)
    other = read_cross_section(cross_section, codes).set_index(key)
    _agree(other, rounded, cross_section)
    best = best.combine_first(other).combine_first(rounded)
    return best[fields].assign(hours_rounded=best["hours"].notna() & (best["hours"] % 1 == 0)).reset_index()


def _agree(exact: pd.DataFrame, rounded: pd.DataFrame, path) -> None:
    both = [field for field in exact if field in rounded]
    far = (exact[both] - rounded[both]).abs().stack()
    far = far[far > 0.5001]
    if len(far):
        country, year, field = far.index[0]
        raise BadFile(path, f"{field} of {country} {year} is not that of the main file: not the same version?")


def output_per_hour(table: pd.DataFrame) -> pd.DataFrame:
    """Return output-side real GDP per hour worked, rgdpo / (emp x avh), where all three are known.

    Parameters
    ----------
    table : DataFrame
        With country, year, gdp_output_side (million USD), employment (million persons), hours (per person and year).

    Returns
    -------
    DataFrame
        Columns country, year, value (USD per hour).

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"country": "KOR", "year": 2023, "gdp_output_side": 80.0, "employment": 0.001, "hours": 2000.0}
    >>> output_per_hour(pd.DataFrame([row]))["value"].tolist()
    [40.0]
    """
    value = table["gdp_output_side"] / (table["employment"] * table["hours"])
    return table[["country", "year"]].assign(value=value).dropna(subset="value")


def _tidy(table: pd.DataFrame, code: str, variables, path, *, sheet=None, first_row: int = 2) -> pd.DataFrame:
    where = {"sheet": sheet, "first_row": first_row}
    country = table[code].astype("string")
    check_iso3(country, path, **where)
    found = pd.DataFrame({"country": country, "year": years(table["year"], path, **where)})
    for variable in variables:
        found[VARIABLES[variable]] = numbers(table[variable], path, **where)
    doubled = found.duplicated(["country", "year"])
    if doubled.any():
        place = doubled.idxmax()
        what = f"{found.loc[place, 'country']} {found.loc[place, 'year']} stands twice"
        raise BadFile(path, what, sheet=sheet, column=code, row=int(place) + first_row)
    if "hours" in found:
        within(found["hours"].rename("avh"), 500, 4000, path, "hours per worker per year", **where)
    if "employment" in found:
        within(found["employment"].rename("emp"), 0.0001, 2000, path, "million persons", **where)
    return found.dropna(subset=[VARIABLES[variable] for variable in variables], how="all")
