"""Asian Productivity Organization and Keio: Productivity Database 2025, industry series of Korea."""

from __future__ import annotations

import pandas as pd

from analysis.data import sectors
from analysis.data.ingest.adding_up import check_total
from analysis.data.ingest.cells import years
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

_VARIABLES = {"VA_CP": "value_added", "VA_Q_2021PPPUSD": "value_added_constant", "EMP": "employment"}
_TOTALS = {"VA_CP": "TOTAL_basic_prices", "EMP": "TOTAL"}
_REAL_ESTATE = "L_of_which_real_estate"
_BASE_YEAR = 2021


def read_korea(path) -> pd.DataFrame:
    """Read nine industry groups.

    Parameters
    ----------
    path : path-like
        Csv with the columns year, variable, industry, value: value added in billion won (VA_CP) and in billion US
        dollars at prices and the PPP of 2021 (VA_Q_2021PPPUSD), employment in thousand persons (EMP).

    Returns
    -------
    DataFrame
        Columns country, year, sector, value_added (million won, current prices), value_added_constant (million US
        dollars, prices of 2021 at the one PPP of 2021), employment (thousand persons), currency, constant_basis.

    Raises
    ------
    BadFile
        If a column, variable or industry is missing or unknown, a cell stands twice or holds text, sectors do not add
        up to the total (value added to 0.5 % before 1976, to 0.01 % since; employment to 1e-6), or current and
        constant prices do not meet at one PPP in 2021.
    """
    wide = _wide(path)
    labels = sectors.CODES["APO"]
    tidy = pd.concat(
        {ours: wide[theirs][list(labels)].rename(columns=labels).stack() for theirs, ours in _VARIABLES.items()}, axis=1
    )
    tidy[["value_added", "value_added_constant"]] = (tidy[["value_added", "value_added_constant"]] * 1000).round(6)
    tidy = tidy.rename_axis(["year", "sector"]).reset_index()
    return tidy.assign(country="KOR", currency="KRW", constant_basis="2021 prices and PPP, USD")


def read_real_estate(path) -> pd.DataFrame:
    """Read value added of real estate, which the group finance, real estate and business holds.

    Parameters
    ----------
    path : path-like
        As `read_korea`.

    Returns
    -------
    DataFrame
        Columns country, year, sector (the group), of_which, value_added (million won, current prices). The source has
        neither constant prices nor employment for it.

    Raises
    ------
    BadFile
        As `read_korea`.
    """
    column = _wide(path)["VA_CP"][_REAL_ESTATE]
    return pd.DataFrame(
        {
            "country": "KOR",
            "year": column.index,
            "sector": "K+L+M+N",
            "of_which": "L",
            "value_added": (column.to_numpy() * 1000).round(6),
        }
    )


def _wide(path) -> pd.DataFrame:
    table = read_csv(path, ["year", "variable", "industry", "value"])
    labels = list(sectors.CODES["APO"])
    expect(table["variable"], _VARIABLES, path, what="variable")
    expect(table["industry"], [*labels, _REAL_ESTATE, *_TOTALS.values()], path, what="industry")
    table = table.assign(year=years(table["year"], path), value=numbers(table["value"], path, allow_missing=False))
    doubled = table.duplicated(["year", "variable", "industry"])
    if doubled.any():
        place = doubled.idxmax()
        cell = " ".join(map(str, table.loc[place, ["year", "variable", "industry"]]))
        raise BadFile(path, f"{cell} stands more than once", column="value", row=int(place) + 2)
    wide = table.pivot(index="year", columns=["variable", "industry"], values="value").sort_index()
    needed = [(variable, label) for variable in _VARIABLES for label in labels]
    needed += [*_TOTALS.items(), ("VA_CP", _REAL_ESTATE)]
    for variable, label in needed:
        if (variable, label) not in wide.columns:
            raise BadFile(path, f"the industry {label!r} is missing from the variable {variable}", column="industry")
        if wide[variable, label].isna().any():
            year = wide.index[wide[variable, label].isna()][0]
            raise BadFile(path, f"{variable} of {label!r} is missing in {year}", column="value")
    rows = table.set_index(["year", "variable", "industry"]).assign(row=range(2, len(table) + 2))["row"]
    for variable, total in _TOTALS.items():
        # before 1976 the publisher's total at basic prices departs from the sum of industries
        loose = pd.Series(1e-4 if variable == "VA_CP" else 1e-6, index=wide.index)
        if variable == "VA_CP":
            loose[loose.index < 1976] = 5e-3
        check_total(
            wide[variable][labels], wide[variable][total], loose, path,
            cell=lambda year, variable=variable, total=total: (f"value of {variable}", rows[year, variable, total]),
        )  # fmt: skip
    _check_base(wide, labels, path)
    return wide


def _check_base(wide: pd.DataFrame, labels: list[str], path) -> None:
    """Won over dollars is one PPP in the base year, the same in each industry: a guard against another unit or base."""
    if _BASE_YEAR not in wide.index:
        raise BadFile(path, f"the base year {_BASE_YEAR} is missing", column="year")
    ppp = wide.loc[_BASE_YEAR, "VA_CP"][labels] / wide.loc[_BASE_YEAR, "VA_Q_2021PPPUSD"][labels]
    if not ppp.between(600, 1000).all() or ppp.max() / ppp.min() > 1.001:
        worst = (ppp / ppp.median() - 1).abs().idxmax()
        here, elsewhere = f"{ppp[worst]:.4g}", f"{ppp.median():.4g}"
        problem = f"{here} won per US dollar in {_BASE_YEAR} for {worst!r}, {elsewhere} elsewhere: unit or base?"
        raise BadFile(path, problem, column="value")
