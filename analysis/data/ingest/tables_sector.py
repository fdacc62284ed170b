"""Theme sector: how each table is put together from the publishers' files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import apo, euklems, fpb, ggdc, ggdc_levels

_ETD = "sector/ggdc_etd/etd-release2021.xlsx"
_TEN = "sector/ggdc_10sd/ggdc_10sector_jan2015.xlsx"
_APO = "sector/apo_korea_2025/apo_pdb2025v1_korea_9ind_1970_2023.csv"
_KLEMS = "sector/euklems2009/{}_output_09I.xls"
_PLD = "sector/ggdc_pld/pld2023_dataset.xlsx"
_BENCHMARK = "sector/ggdc_pld/pld2005_benchmark_2005.xlsx"
_FPB = {"G+H+I+J+M+N": "sector/fpb_comparators/service_data1.csv", "C": "sector/fpb_comparators/manu_data1.csv"}

_ACCOUNTS = (
    "country", "year", "sector", "source", "value_added", "value_added_constant", "employment", "hours", "currency",
    "constant_basis",
)  # fmt: skip
_LEVELS = (
    "country", "year", "sector", "source", "ppp", "ppp_output", "ppp_inputs", "exchange_rate", "price_level",
    "deflation",
)  # fmt: skip


def sector_accounts(sources: Path) -> pd.DataFrame:
    """Assemble value added, employment and hours by country, year and sector from five sources."""
    sources = Path(sources)
    klems = [euklems.read_country(sources / _KLEMS.format(stem)) for stem in euklems.COUNTRIES]
    parts = {
        "ETD": ggdc.read_etd(sources / _ETD),
        "10SD": ggdc.read_ten_sector(sources / _TEN),
        "APO": apo.read_korea(sources / _APO),
        "EUKLEMS": pd.concat(klems, ignore_index=True),
        "PLD": ggdc_levels.read_pld(sources / _PLD).assign(currency="LCU"),
    }
    table = pd.concat([part.assign(source=source) for source, part in parts.items()], ignore_index=True)
    table["constant_basis"] = table["constant_basis"].where(table["value_added_constant"].notna())
    return table[list(_ACCOUNTS)]


def sector_of_which(sources: Path) -> pd.DataFrame:
    """Assemble figures for a part of a sector of `sector_accounts`."""
    return apo.read_real_estate(Path(sources) / _APO).assign(source="APO", currency="KRW")


def sector_price_levels(sources: Path) -> pd.DataFrame:
    """Assemble PPPs and price levels by sector."""
    table = ggdc_levels.read_pld(Path(sources) / _PLD)
    table = table.assign(source="PLD", price_level=table["ppp"] / table["exchange_rate"])
    return table[list(_LEVELS)]


def sector_benchmark_2005(sources: Path) -> pd.DataFrame:
    """Assemble relative prices and productivity per hour of the 2005 benchmark."""
    return ggdc_levels.read_benchmark_2005(Path(sources) / _BENCHMARK)


def sector_comparators(sources: Path) -> pd.DataFrame:
    """Assemble private services and manufacturing with hours, 26 countries."""
    parts = [fpb.read_group(Path(sources) / file, group) for group, file in _FPB.items()]
    return pd.concat(parts, ignore_index=True)


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "sector_accounts": sector_accounts,
    "sector_of_which": sector_of_which,
    "sector_price_levels": sector_price_levels,
    "sector_benchmark_2005": sector_benchmark_2005,
    "sector_comparators": sector_comparators,
}
"""Sector tables: name to a function from the folder of source files to the tidy table."""
