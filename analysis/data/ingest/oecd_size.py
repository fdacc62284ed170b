"""OECD: enterprises and persons by size class (SDBS, with the US Census SUSB), value added by size class (SSIS)."""

from __future__ import annotations

import pandas as pd

from analysis.data import sizes
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_csv, recode

SDBS, SDBS_YEARS, SUSB = "oecd-sdbs-2026-03", "oecd-sdbs-years-2026", "census-susb-2022"

REGIONS = {
    "at": "AUT", "be": "BEL", "br": "BRA", "canada": "CAN", "ch": "CHE", "cr": "CRI", "cz": "CZE", "de": "DEU",
    "dk": "DNK", "es": "ESP", "fi": "FIN", "fr": "FRA", "gb": "GBR", "gr": "GRC", "ie": "IRL", "il": "ISR", "it": "ITA",
    "jp": "JPN", "kr": "KOR", "nl": "NLD", "no": "NOR", "nz": "NZL", "pl": "POL", "pt": "PRT", "se": "SWE", "tr": "TUR",
    "us": "USA",
}  # fmt: skip
AGGREGATES = ("global", "europe", "apac", "latam", "other_oecd")  # sums over countries: left out

SECTORS = {
    "Agriculture, forestry, fishing and hunting": "A",
    "Mining, quarrying, and oil and gas extraction": "B",
    "Manufacturing": "C",
    "Utilities": "D-E",
    "Construction": "F",
    "Wholesale and retail trade": "G",
    "Wholesale trade": "G",
    "Retail trade": "G",
    "Transportation and warehousing": "H",
    "Accommodation and food services": "I",
    "Information": "J",
    "Finance and insurance": "K",
    "Real estate and rental and leasing": "L",
    "Professional, scientific, and technical services": "M",
    "Administrative and support and waste management": "N",
    "Educational services": "P",
    "Health care and social assistance": "Q",
    "Arts, entertainment, and recreation": "R",
    "Other services (except public administration)": "S",
    "Management of companies and enterprises": "NAICS 55",
    "Unclassified": "NAICS 99",
}
SUSB_CLASSES = {
    "<5": "1-9", "5-9": "1-9", "10-24": "10-49", "25-49": "10-49", "50-99": "50-249", "100-249": "50-249",
    "250-499": "250+", "500-999": "250+", "1,000-2,499": "250+", "2,500-4,999": "250+", "5,000+": "250+",
}  # fmt: skip
_SOURCES = {
    "OECD SDBS DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4 (latest year per cell)": SDBS,
    "US Census SUSB 2022": SUSB,
}
COLUMNS = [
    "country", "period", "year", "industry", "size_class", "units", "employees", "persons_employed", "source", "flag",
]  # fmt: skip
OUTSIDE = "employees per unit outside the class"


def read_sdbs(path) -> pd.DataFrame:
    """Read the carrier's tidy extract of SDBS (latest year of each cell) and SUSB 2022, without regional aggregates.

    A zero in the SDBS rows means "missing or zero" and becomes missing.
    SUSB's eleven classes are added up to four; its wholesale and retail trade to section G.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; `.attrs["zeros"]` counts what was read as missing.

    Raises
    ------
    BadFile
        If a column is missing, a region, sector, size class or source is unknown, or a count is not a number.
    """
    table = read_csv(path, ["region_id", "sector", "size_class", "firms", "employees", "source"])
    expect(table["region_id"], [*REGIONS, *AGGREGATES], path, what="region")
    industry = recode(table["sector"], SECTORS, path, what="sector")
    source = recode(table["source"], _SOURCES, path, what="source")
    expect(table.loc[source == SDBS, "size_class"], sizes.FINE, path, what="size class")
    expect(table.loc[source == SUSB, "size_class"], SUSB_CLASSES, path, what="size class")
    values = {name: numbers(table[name], path, allow_missing=False) for name in ("firms", "employees")}
    for name, column in values.items():
        if (column < 0).any():
            place = (column < 0).idxmax()
            raise BadFile(path, f"a count is negative: {table.at[place, name]}", column=name, row=place + 2)
    table = pd.DataFrame(
        {
            "country": table["region_id"].map(REGIONS),
            "industry": industry,
            "size_class": table["size_class"].replace(SUSB_CLASSES).where(source == SUSB, table["size_class"]),
            "units": values["firms"],
            "employees": values["employees"],
            "source": source,
        }
    )
    table = table[table["country"].notna()]
    oecd = _zeros_to_missing(table[table["source"] == SDBS])
    census = table[table["source"] == SUSB].groupby(["country", "industry", "size_class", "source"], as_index=False)
    census = census[["units", "employees"]].sum()
    result = pd.concat(
        [oecd.assign(period="latest", year=pd.NA), census.assign(period="2022", year=2022, flag="")], ignore_index=True
    )
    result = result.assign(persons_employed=float("nan"))[COLUMNS]
    result.attrs["zeros"] = oecd.attrs["zeros"]
    return result


def _zeros_to_missing(table: pd.DataFrame) -> pd.DataFrame:
    zero = table[["units", "employees"]] == 0
    zeros = {name: int(zero[name].sum()) for name in zero} | {"both": int(zero.all(axis=1).sum())}
    values = table[["units", "employees"]].mask(zero)
    table = table.assign(**values)
    mean = table["employees"] / table["units"]
    lower = table["size_class"].map(lambda label: sizes.bounds(label)[0])
    upper = table["size_class"].map(lambda label: float(sizes.bounds(label)[1] or "inf"))
    # Owners are not employees, so small units may lie below their class; a tenth is allowed for the others.
    outside = ((mean < 0.9 * lower) & (lower > 1)) | (mean > 1.1 * upper)
    table = table.assign(flag=outside.map({True: OUTSIDE, False: ""}))
    table.attrs["zeros"] = zeros
    return table


_YEARLY_SIZES = {"S1T9": "1-9", "S10T49": "10-49", "S50T249": "50-249", "S_GE250": "250+", "_T": "total"}
_SECTIONS = tuple("BCDEFGHIJLMNPQRS")
SERVICE_COLUMNS = {
    "REF_AREA": "iso3", "TIME_PERIOD": "year", "ACTIVITY": "activity", "SIZE_CLASS": "size", "MEASURE": "measure",
    "OBS_VALUE": "value",
}  # fmt: skip
"""Columns of the OECD's service to those of the file."""


def read_sdbs_years(path) -> pd.DataFrame:
    """Read persons employed (EMPN) and units (ENTR) by size class and year, ISIC sections only.

    Divisions (such as C10) are parts of sections and are left out; so are the totals, after the check that the classes
    add up to them. A class that the file does not hold is missing, also where the section has a total.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`.

    Raises
    ------
    BadFile
        If a column is missing, a country, size class or measure is unknown, a value is no number, or classes do not
        add up.
    """
    return _sdbs_years(read_csv(path, ["iso3", "year", "activity", "size", "measure", "value"]), path)


def read_answer_sdbs_years(path) -> pd.DataFrame:
    """Read an answer of the OECD's SDMX service for DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4, as `read_sdbs_years` reads a file.

    Parameters
    ----------
    path : path-like
        Csv with columns REF_AREA, TIME_PERIOD, ACTIVITY, SIZE_CLASS, MEASURE, UNIT_MULT, OBS_VALUE, as
        `analysis.data.refresh.sdmx_service` keeps it.

    Raises
    ------
    BadFile
        As `read_sdbs_years`, and if the values are not in units (power of ten 0) or a cell stands twice.
    """
    table = read_csv(path, [*SERVICE_COLUMNS, "UNIT_MULT"])
    expect(table["UNIT_MULT"], ["0"], path, what="power of ten")
    doubled = table.duplicated([column for column in SERVICE_COLUMNS if column != "OBS_VALUE"])
    if doubled.any():
        cell = " ".join(table.loc[doubled, list(SERVICE_COLUMNS)[:-1]].iloc[0])
        raise BadFile(path, f"{cell} stands twice: the flow has got a new breakdown", row=int(doubled.idxmax()) + 2)
    return _sdbs_years(table.rename(columns=SERVICE_COLUMNS), path)


def _sdbs_years(table: pd.DataFrame, path) -> pd.DataFrame:
    check_iso3(table["iso3"], path)
    year = numbers(table["year"], path, allow_missing=False).astype(int)
    size = recode(table["size"], _YEARLY_SIZES, path, what="size class")
    measure = recode(table["measure"], {"EMPN": "persons_employed", "ENTR": "units"}, path, what="measure")
    value = numbers(table["value"], path)
    tidy = pd.DataFrame(
        {"country": table["iso3"], "year": year, "industry": table["activity"], "size_class": size, "value": value}
    ).assign(measure=measure)
    tidy = tidy[tidy["industry"].isin(_SECTIONS)].dropna(subset="value")
    wide = tidy.pivot(index=["country", "year", "industry", "measure"], columns="size_class", values="value")
    wide = wide.reindex(columns=[*sizes.STANDARD, "total"])
    parts, total = wide[list(sizes.STANDARD)], wide["total"]
    wrong = (parts.sum(axis=1, min_count=len(sizes.STANDARD)) - total).abs() > 1
    if wrong.any():
        raise BadFile(path, f"size classes do not add up to the total _T in {_cell(wrong)}", column="value")
    long = parts.stack().rename("value").reset_index()
    result = long.pivot(index=["country", "year", "industry", "size_class"], columns="measure", values="value")
    result = result.reindex(columns=["units", "persons_employed"]).reset_index()
    result = result.assign(period=result["year"].astype(str), source=SDBS_YEARS, employees=float("nan"), flag="")
    return result[COLUMNS].rename_axis(columns=None)


SSIS_SECTIONS = {
    "05_09": "B", "10_33": "C", "35": "D", "36_39": "E", "41_43": "F", "45_47": "G", "49_53": "H", "55_56": "I",
    "58_63": "J", "68": "L", "69_75": "M", "77_82": "N",
}  # fmt: skip
_SSIS_OTHER = (
    *"01 02 03 05 06 07 08 09 84 85 99".split(), *"01_03 05_39 05_82 45_82 64_66 86_88 90_93 94_96 97_98".split(),
)  # fmt: skip
_SSIS_YEARS = {"DEU": range(2014, 2021), "FRA": range(2014, 2021), "GBR": range(2014, 2019)}
_PROFILED_SINCE = {"DEU": 2018, "FRA": 2017}
_SSIS_VALUES = {
    "enterprises": "enterprises",
    "persons_employed": "persons_employed",
    "employees": "employees",
    "value_added_per_person_thousand_nc": "value_added_per_person",
}
_SSIS_CODES = {"enterprises": "ENTR", "persons_employed": "EMPN", "employees": "EMPE", "value_added_per_person": "VAPE"}


def read_ssis(path) -> pd.DataFrame:
    """Read value added per person by size class: Germany, France (2014-2020) and the UK (2014-2018), ISIC sections.

    Returns
    -------
    DataFrame
        Columns country, year, industry, size_class, enterprises, persons_employed, employees, value_added_per_person
        (thousand of `currency`), currency, enterprise_definition, flags. Size classes are the five parts and, marked as
        such by their label, `1-249` and `total`.

    Raises
    ------
    BadFile
        If a column is missing, a country, industry, size class, currency or flag is unknown, or a value is no number.
    """
    table = read_csv(path, ["iso3", "year", "isic4", "size", *_SSIS_VALUES, "currency", "flags"])
    check_iso3(table["iso3"], path)
    year = numbers(table["year"], path, allow_missing=False).astype(int)
    expect(table["isic4"], [*SSIS_SECTIONS, *_SSIS_OTHER], path, what="industry")
    expect(table["size"], [*sizes.FINE, "10-49", "1-249", "total"], path, what="size class")
    values = {ours: numbers(table[theirs], path) for theirs, ours in _SSIS_VALUES.items()}
    keep = table["isic4"].isin(SSIS_SECTIONS) & (table["size"] != "10-49")
    covered = [now in _SSIS_YEARS.get(country, ()) for country, now in zip(table["iso3"], year, strict=True)]
    keep &= pd.Series(covered, index=table.index)
    expect(table.loc[keep, "currency"], ["EUR", "GBP"], path, what="currency")
    flags = table["flags"].fillna("")
    unknown = ~flags.str.fullmatch(r"(?:(?:EMPN|EMPE|ENTR|VAPE|WASN)=[BCI](?:;|$))*").astype(bool)
    if unknown.any():
        place = unknown.idxmax()
        problem = f"flag {flags.loc[place]!r} is not expected here; legal: such as EMPN=B;VAPE=C, with B, C or I"
        raise BadFile(path, problem, column="flags", row=place + 2)
    for ours, code in _SSIS_CODES.items():  # a confidential value stands as 0 or as an empty cell
        values[ours] = values[ours].mask(flags.str.contains(f"{code}=C"))
    profiled = year >= table["iso3"].map(_PROFILED_SINCE).fillna(9999)
    tidy = pd.DataFrame(
        {
            "country": table["iso3"],
            "year": year,
            "industry": table["isic4"].map(SSIS_SECTIONS),
            "size_class": table["size"],
            **values,
            "currency": table["currency"],
            "enterprise_definition": profiled.map({True: "group of legal units", False: "legal unit"}),
            "flags": flags,
        }
    )
    return tidy[keep].reset_index(drop=True)


def check_ssis(table: pd.DataFrame, path) -> None:
    """Raise `BadFile` unless the size classes of `read_ssis` add up, within rounding, to the total and to 1-249.

    Persons to 20 (they come in six significant digits), value added per person to 1 (it comes in whole thousands).
    """
    key = ["country", "year", "industry"]
    wide = table.pivot(index=key, columns="size_class", values=["persons_employed", "value_added_per_person"])
    persons, productivity = wide["persons_employed"], wide["value_added_per_person"]
    for whole, parts in (("total", list(sizes.FINE)), ("1-249", list(sizes.FINE[:-1]))):
        added = persons[parts].sum(axis=1, min_count=len(parts))
        output = (persons[parts] * productivity[parts]).sum(axis=1, min_count=len(parts))
        for name, gap, limit in (
            ("persons_employed", added - persons[whole], 20),
            ("value_added_per_person_thousand_nc", output / added - productivity[whole], 1),
        ):
            if (gap.abs() > limit).any():
                cell = _cell(gap.abs())
                problem = f"size classes do not add up to {whole} in {cell} (by {gap.abs().max():.1f})"
                raise BadFile(path, problem, column=name)


def _cell(values: pd.Series) -> str:
    return " ".join(map(str, values.idxmax()))
