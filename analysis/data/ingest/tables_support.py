"""Theme support: how the tables on programmes for SMEs are put together from figures and publishers' files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import own_transcriptions, support, support_effects, transcribed

_FIGURES = "published_figures.csv"
_EFFECTS = "effect_estimates.csv"
_GDP = "sector/un_ama/UNAMA_GDPcurrent_NCU_1970_2022.xlsx"


def support_programmes(sources: Path) -> pd.DataFrame:
    """Programmes for SMEs as counted, by counter, with the money of the same group."""
    return support.programmes(transcribed.read_published_figures(sources / _FIGURES))


def support_money(sources: Path) -> pd.DataFrame:
    """Amounts of support by instrument, with GDP at current prices."""
    return support.money(transcribed.read_published_figures(sources / _FIGURES), support.read_gdp(sources / _GDP))


def support_thresholds(sources: Path) -> pd.DataFrame:
    """Firms and rules at the upper edge of SME status."""
    return support.thresholds(transcribed.read_published_figures(sources / _FIGURES))


def effects_of_support(sources: Path) -> pd.DataFrame:
    """Estimates of what support for firms and rules by size do, as published, coded."""
    return support_effects.read_support_effects(sources / _EFFECTS)


def support_by_sector(sources: Path) -> pd.DataFrame:
    """Services' share of support, R&D and credit; transcribed by the project, no publisher's file."""
    return own_transcriptions.read_support_by_sector()


def services_policy(sources: Path) -> pd.DataFrame:
    """Announcements for services; transcribed by the project, no publisher's file."""
    return own_transcriptions.read_services_policy()


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "support_programmes": support_programmes,
    "support_money": support_money,
    "support_thresholds": support_thresholds,
    "support_effects": effects_of_support,
    "support_by_sector": support_by_sector,
    "services_policy": services_policy,
}
"""Table name to a function from the folder of source files to the tidy table."""
