"""Theme size: how each table is put together from the publishers' files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data import sizes
from analysis.data.ingest import mss, oecd_size, size_ratios, statistics_korea, transcribed

_SDBS = "size/oecd_sdbs_tidy.csv"
_SDBS_YEARS = "size/oecd_sdbs_empn_entr_by_size_KOR_JPN_2015_2022.csv"
_SSIS = "size/oecd_ssis/oecd_ssis_bsc_by_size_tidy_2014_2020.csv"
_WORKPLACE = "size/kosis/KOSIS_WORK_06_2025.csv"
_MSS = "size/kosis_mss/kosis142_mss_sme_basic_statistics_extract_2020_2023.csv"
_FIGURES = "published_figures.csv"

# Countries whose rows reach the OECD through the European business statistics, where the unit is the enterprise.
_EUROPE = (
    *"AUT BEL CHE CZE DEU DNK ESP FIN FRA GBR GRC".split(), *"IRL ITA NLD NOR POL PRT SWE TUR".split(),
)  # fmt: skip
MOSTLY_TEN_PLUS = "10 or more persons, few smaller"


def size_employment(sources: Path) -> pd.DataFrame:
    """Units, employees and persons employed by country, industry and size class."""
    table = pd.concat(
        [oecd_size.read_sdbs(sources / _SDBS), oecd_size.read_sdbs_years(sources / _SDBS_YEARS)], ignore_index=True
    )
    return describe_units(table)


def describe_units(table: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of `size_employment` whose size counts (`unit_of_size`) and which units are in (`base`).

    Raises
    ------
    ValueError
        If the size classes of a cell overlap.
    """
    table = table.copy()
    for cell, rows in table.groupby(["source", "country", "period", "industry"]):
        labels = sizes.in_order(rows["size_class"])
        whole = sizes.FINE if "10-19" in labels or "20-49" in labels else sizes.STANDARD
        if not set(labels) <= set(whole) or len(labels) != len(rows):
            raise ValueError(f"size classes overlap in {cell}: {', '.join(rows['size_class'])}")
    table["unit_of_size"] = [_unit(*row) for row in table[["source", "country", "year"]].itertuples(index=False)]
    korean = (table["country"] == "KOR") & table["industry"].isin(["B", "C"]) & (table["period"] != "2015")
    table["base"] = "all sizes"
    table.loc[korean, "base"] = MOSTLY_TEN_PLUS
    table.loc[(table["country"] == "JPN") & table["unit_of_size"].eq("establishment"), "base"] = "not stated"
    return table


def _unit(source: str, country: str, year) -> str:
    """Return the unit whose size counts; the reasons are in the descriptor of `size_employment`."""
    if country == "KOR":
        return "establishment"
    if country == "JPN" and source == oecd_size.SDBS_YEARS:
        return "enterprise" if year == 2021 else "establishment"
    return "enterprise" if country in (*_EUROPE, "USA") else "unknown"


def size_value_added(sources: Path) -> pd.DataFrame:
    """Value added per person by size class in Germany, France and the UK."""
    path = sources / _SSIS
    table = oecd_size.read_ssis(path)
    oecd_size.check_ssis(table, path)
    return table[table["size_class"].isin(sizes.FINE)]


def sme_statistics(sources: Path) -> pd.DataFrame:
    """Enterprises and persons engaged in Korea by legal size class."""
    return mss.read_sme_statistics(sources / _MSS)


def workplace_size(sources: Path) -> pd.DataFrame:
    """Wage workers in Korea by size of workplace."""
    return statistics_korea.read_workplace_size(sources / _WORKPLACE)


def published_figures(sources: Path) -> pd.DataFrame:
    """Figures read from published pages."""
    return transcribed.read_published_figures(sources / _FIGURES)


def size_productivity(sources: Path) -> pd.DataFrame:
    """Every published SME/large productivity figure, and those that SSIS allows to compute."""
    path = sources / _SSIS
    ssis = oecd_size.read_ssis(path)
    oecd_size.check_ssis(ssis, path)
    return pd.concat(
        [size_ratios.from_figures(published_figures(sources)), size_ratios.from_ssis(ssis)], ignore_index=True
    )


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "size_employment": size_employment,
    "size_value_added": size_value_added,
    "sme_statistics": sme_statistics,
    "workplace_size": workplace_size,
    "size_productivity": size_productivity,
    "published_figures": published_figures,
}
"""Table name to a function from the folder of source files to the tidy table."""
