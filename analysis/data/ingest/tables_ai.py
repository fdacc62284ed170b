"""Theme AI: how each table is put together from the publishers' files and from what the project transcribed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import bea_bls, effects, eurostat, exposure, nia, own_transcriptions, transcribed, us_abs

_BY_SIZE = "ai/eurostat/eurostat_isoc_eb_ai_TANY_by_size_2021_2025.csv"
_BY_SECTION = "ai/eurostat/eurostat_isoc_eb_ain2_EU27_2025_by_sector.csv"
_ABS_INDUSTRY = "ai/us_abs_ncses/11545_ai_use_by_industry.csv"
_LABOUR = "ai/exposure/gpts_are_gpts_BEA_BLS_industry_lp.csv"
_TFP = "ai/exposure/gpts_are_gpts_BEA_BLS_industry_tfp.csv"
_FIGURES = "published_figures.csv"
_EFFECTS = "effect_estimates.csv"


def ai_adoption(sources: Path) -> pd.DataFrame:
    """Share of firms that use AI: Europe by size class and EU by section, Korea by size class, USA by industry."""
    figures = transcribed.read_published_figures(sources / _FIGURES)
    return pd.concat(
        [
            eurostat.read_ai_by_size(sources / _BY_SIZE),
            eurostat.read_ai_by_section(sources / _BY_SECTION),
            nia.ai_use_from_figures(figures),
            us_abs.read_ai_by_industry(sources / _ABS_INDUSTRY),
        ],
        ignore_index=True,
    )


def us_industry_productivity(sources: Path) -> pd.DataFrame:
    """Labour productivity and total factor productivity of US industries over time."""
    return bea_bls.read_industry_productivity(sources / _LABOUR, sources / _TFP)


def policy_targets(sources: Path) -> pd.DataFrame:
    """Stated policy targets and what they count; transcribed by the project, no publisher's file."""
    return own_transcriptions.read_policy_targets()


def microdata_sources(sources: Path) -> pd.DataFrame:
    """Korean statistics on firms and what they hold; transcribed by the project, no publisher's file."""
    return own_transcriptions.read_microdata_sources()


def effect_estimates(sources: Path) -> pd.DataFrame:
    """Effects of AI on productivity as published: the compiled estimates with our codes, and what we read besides."""
    return effects.read_effect_estimates(sources / _EFFECTS)


def ai_exposure(sources: Path) -> pd.DataFrame:
    """Exposure of work to AI: industries averaged to sections, occupations to major groups."""
    folder = sources / "ai/exposure"
    appendix = folder / "AIOE_DataAppendix.xlsx"
    parts = [
        exposure.read_industries(appendix, "Appendix B", "Industry Title", "AIIE", "aiie", "aioe-2021"),
        exposure.read_industries(
            folder / "AIOE_LanguageModeling_AIOE_AIIE.xlsx", "LM AIIE", "NAICS Description", "Language Modeling AIIE",
            "aiie-language", "aioe-language-2023",
        ),
        exposure.read_industries(
            folder / "AIOE_ImageGeneration_AIOE_AIIE.xlsx", "IG AIIE", "NAICS Description", "Image Generation AIIE",
            "aiie-image", "aioe-image-2023",
        ),
        exposure.read_aioe_occupations(appendix, "aioe-2021"),
        exposure.read_gpts_occupations(folder / "gpts_are_gpts_occ_level.csv", "gpts-are-gpts-2023"),
        exposure.read_ilo_occupations(folder / "ILO_Gmyrek2025_GenAI_scores_ISCO08.xlsx", "ilo-genai-2025"),
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "ai_adoption": ai_adoption,
    "us_industry_productivity": us_industry_productivity,
    "policy_targets": policy_targets,
    "microdata_sources": microdata_sources,
    "effect_estimates": effect_estimates,
    "ai_exposure": ai_exposure,
}
"""Table name to a function from the folder of source files to the tidy table."""
