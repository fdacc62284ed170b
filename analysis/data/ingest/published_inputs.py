"""Figures on innovation inputs and skills that exist here only as quoted values, one row per figure.

Robot density (IFR), tertiary attainment (OECD Education at a Glance), adult skills (OECD PIAAC), pupils' skills (OECD
PISA) and R&D intensity (OECD), most of them read from press reports of the publisher's release.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, check_iso3, expect, numbers, read_csv

INDICATORS = {
    "industrial robot density": ("robot_density", "ifr-world-robotics"),
    "R&D expenditure as a share of GDP": ("rd_gdp_share", "oecd-msti"),
    "tertiary attainment": ("tertiary_attainment", "oecd-eag-2025"),
    "PIAAC mean score: literacy": ("piaac_literacy", "oecd-piaac-2023"),
    "PIAAC mean score: numeracy": ("piaac_numeracy", "oecd-piaac-2023"),
    "PIAAC mean score: adaptive problem solving": ("piaac_problem_solving", "oecd-piaac-2023"),
    "PISA mean score: mathematics": ("pisa_mathematics", "oecd-pisa-2022"),
    "PISA mean score: reading": ("pisa_reading", "oecd-pisa-2022"),
    "PISA mean score: science": ("pisa_science", "oecd-pisa-2022"),
}
"""Indicator of the file to our indicator code and source id; other indicators of the file are not inputs."""

UNITS = {
    "robots per 10,000 manufacturing employees": ("robots per 10,000 manufacturing employees", 0, 2000),
    "%": ("% of GDP", 0, 10),
    "% of population aged 25-34": ("% of population", 0, 100),
    "% of population aged 25-64": ("% of population", 0, 100),
    "score points": ("score points", 100, 700),
}
"""Unit of the file to our unit and its bounds."""

LEGAL_UNITS = {
    "robot_density": ["robots per 10,000 manufacturing employees"],
    "rd_gdp_share": ["%"],
    "tertiary_attainment": ["% of population aged 25-34", "% of population aged 25-64"],
}
"""Units that an indicator may have; every other indicator is in score points."""

REGIONS = ("EU", "North America", "Asia")
"""Groups of countries, left out; the OECD mean ("OECD") and the world ("WLD") stay as references."""

POPULATIONS = {"": "all", "age 15": "15", "age 16-24": "16-24", "age 16-65": "16-65", "age 25-34": "25-34",
               "age 25-64": "25-64", "age 55-65": "55-65"}  # fmt: skip
"""Age group of the file to ours."""

_COLUMNS = ("id", "indicator", "geography", "size_class", "year", "value", "unit", "source_title", "source_address",
            "secondary", "note")  # fmt: skip


def read_published_inputs(path) -> pd.DataFrame:
    """Read the quoted figures on inputs and skills.

    Parameters
    ----------
    path : path-like
        Csv of quoted figures, one per row.

    Returns
    -------
    DataFrame
        Columns country, year, indicator, age, source, value, unit, secondary (bool), record (the file's id),
        quoted_from, address, note.

    Raises
    ------
    BadFile
        If a column is missing, no row holds one of `INDICATORS`, or a unit, age group, country, year or number is not
        legal.
    """
    table = read_csv(path, _COLUMNS)
    rows = table[table["indicator"].isin(list(INDICATORS))].copy()
    for indicator in INDICATORS:
        if not (rows["indicator"] == indicator).any():
            raise BadFile(path, f"no row with the indicator {indicator!r}", column="indicator")
    code = rows["indicator"].map(lambda name: INDICATORS[name][0])
    for indicator, group in rows.groupby(code):
        expect(group["unit"], LEGAL_UNITS.get(indicator, ["score points"]), path, what="unit")
    rows["size_class"] = rows["size_class"].fillna("")
    expect(rows["size_class"], POPULATIONS, path, what="age group")
    expect(rows["secondary"], ["yes", "no"], path, what="mark")
    values = numbers(rows["value"], path, allow_missing=False)
    for unit, (_, low, high) in UNITS.items():
        within(values[rows["unit"] == unit], low, high, path, unit)
    found = pd.DataFrame(
        {
            "country": rows["geography"].replace({"World": "WLD"}),
            "year": years(rows["year"], path),
            "indicator": code,
            "age": rows["size_class"].map(POPULATIONS),
            "source": rows["indicator"].map(lambda name: INDICATORS[name][1]),
            "value": values,
            "unit": rows["unit"].map(lambda unit: UNITS[unit][0]),
            "secondary": rows["secondary"] == "yes",
            "record": rows["id"],
            "quoted_from": rows["source_title"],
            "address": rows["source_address"],
            "note": rows["note"].fillna(""),
        }
    )
    found = found[~found["country"].isin(REGIONS)]
    check_iso3(found.loc[found["country"] != "OECD", "country"].rename("geography"), path)
    return found
