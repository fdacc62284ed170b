"""Macro tables: GDP per hour, hours worked, the macro panel, and inputs to innovation with skills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.countries import OECD
from analysis.data.ingest import (
    ilo,
    oecd_hours,
    oecd_productivity,
    our_world_in_data,
    published_inputs,
    pwt,
    world_bank,
)

COMPARATORS = ("CHN", "HKG", "SGP", "TWN")
"""Economies kept beside the OECD members where a source holds the whole world."""

_PWT_11 = ("pwt110.csv", "pwt110_crosssection_2023.csv", "pwt110_KOR_fullprecision_1989-2023.csv")
WDI_SOURCE = "wdi-2026-07"
WDI = {
    "rd_gdp_share": ("GB.XPD.RSDV.GD.ZS", "wdi_GB.XPD.RSDV.GD.ZS_rd_pct_gdp.csv", "% of GDP"),
    "researchers_per_million": (
        "SP.POP.SCIE.RD.P6",
        "wdi_SP.POP.SCIE.RD.P6_researchers_per_million.csv",
        "researchers per million inhabitants",
    ),
}
"""Indicator in our words to its code, its file and its unit."""


def gdp_per_hour(sources: Path) -> pd.DataFrame:
    """Assemble GDP per hour worked: every vintage and price basis that is held, side by side."""
    macro = Path(sources) / "macro"
    tenth, eleventh = _pwt_10(macro), _pwt_11(macro)
    rounded = eleventh["hours_rounded"]
    return _stack(
        "vintage",
        {
            "oecd-pdb-2024-06": oecd_productivity.read_levels_gdp_per_hour(macro / "oecd_PDB_LV_2013-2022_legacy.csv"),
            "oecd-pdb-2026-09": oecd_productivity.read_json_gdp_per_hour(
                macro / "oecd_gdp_per_hour_const2020ppp_2026-09.json"
            ),
            "oecd-pdb-2026-kor": oecd_productivity.read_sdmx_gdp_per_hour(
                macro / "oecd_pdb_KOR_gdphrs_current_ppp_2011-2023.csv"
            ),
            "pwt-10.01": pwt.output_per_hour(tenth).assign(price_basis="constant_2017_ppp", flag=""),
            "pwt-11.0": pwt.output_per_hour(eleventh).assign(
                price_basis="constant_2021_ppp", flag=rounded.map({True: "rounded_hours", False: ""})
            ),
            "pwt-11.0-owid": our_world_in_data.read_output_per_hour(
                macro / "owid_labor_productivity_per_hour_pwt11_9economies.csv"
            ),
            "ilo-2026-03": ilo.read_output_per_hour(
                macro / "gapminder_ilo_gdpperworking_hour_us_inflation_adjusted.csv"
            ),
        },
    )


def hours_worked(sources: Path) -> pd.DataFrame:
    """Assemble hours per worker and year from five sources."""
    macro = Path(sources) / "macro"
    tenth, eleventh = _pwt_10(macro).dropna(subset="hours"), _pwt_11(macro).dropna(subset="hours")
    columns = ["country", "year", "hours"]
    return _stack(
        "source",
        {
            "oecd-hours-2025": oecd_hours.read_average_annual_hours(
                macro / "economist_hours_worked_alternative_oecd_2025.csv"
            ),
            "oecd-national-accounts-2025": oecd_hours.read_national_accounts_hours(
                macro / "economist_national_accounts_oecd_2025.csv"
            ),
            "oecd-pdb-2024-06": oecd_productivity.read_levels_hours(macro / "oecd_PDB_LV_2013-2022_legacy.csv"),
            "pwt-10.01": tenth[columns].assign(flag=""),
            "pwt-11.0": eleventh[columns].assign(
                flag=eleventh["hours_rounded"].map({True: "rounded_hours", False: ""})
            ),
        },
    )


def macro_panel(sources: Path) -> pd.DataFrame:
    """Assemble the Penn World Table for the members of the OECD and `COMPARATORS`."""
    macro = Path(sources) / "macro"
    panel = _stack(
        "vintage",
        {
            "pwt-10.01": _pwt_10(macro),
            "pwt-11.0": _pwt_11(macro).drop(columns="hours_rounded"),
            "pwt-11.0-kor": pwt.read_korea(macro / _PWT_11[2]),
        },
    )
    return panel[panel["country"].isin([*OECD, *COMPARATORS])]


def inputs(sources: Path) -> pd.DataFrame:
    """Assemble R&D, researchers, robots, tertiary attainment and skills."""
    sources = Path(sources)
    parts = [published_inputs.read_published_inputs(sources / "published_figures.csv")]
    for indicator, (code, file, unit) in WDI.items():
        table = world_bank.read_indicator(sources / "macro" / file, code)
        table = table[table["country"].isin([*OECD, *COMPARATORS])]
        parts.append(table.assign(indicator=indicator, age="all", source=WDI_SOURCE, unit=unit, secondary=False))
    text = ["record", "quoted_from", "address", "note"]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(**{column: table[column].fillna("") for column in text})


def _pwt_10(macro: Path) -> pd.DataFrame:
    return pwt.read_version_10(macro / "pwt10.01.rda")


def _pwt_11(macro: Path) -> pd.DataFrame:
    return pwt.version_11(*(macro / file for file in _PWT_11))


def _stack(label: str, parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part.assign(**{label: name}) for name, part in parts.items()], ignore_index=True)


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "gdp_per_hour": gdp_per_hour,
    "hours_worked": hours_worked,
    "macro_panel": macro_panel,
    "inputs": inputs,
}
"""Macro tables: name to a function from the folder of source files to the tidy table."""
