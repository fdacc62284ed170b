"""Theme AI: how each table is put together from the publishers' files and from what the project transcribed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import (
    bea_bls,
    diffusion,
    effects,
    eurostat,
    eurostat_purposes,
    exposure,
    korean_surveys,
    nia,
    other_surveys,
    own_transcriptions,
    survey_figures,
    technology_depth,
    transcribed,
    us_abs,
    us_btos,
    us_technologies,
)

_BY_SIZE = "ai/eurostat/eurostat_isoc_eb_ai_TANY_by_size_2021_2025.csv"
_BY_SECTION = "ai/eurostat/eurostat_isoc_eb_ain2_EU27_2025_by_sector.csv"
_ABS = "ai/us_abs_ncses"
_ABS_INDUSTRY, _ABS_SIZE = f"{_ABS}/11545_ai_use_by_industry.csv", f"{_ABS}/11546_ai_use_by_size.csv"
_LABOUR = "ai/exposure/gpts_are_gpts_BEA_BLS_industry_lp.csv"
_TFP = "ai/exposure/gpts_are_gpts_BEA_BLS_industry_tfp.csv"
_BTOS = "ai/us_btos/btos_state_AI_questions_long.csv"
_BTOS_DATES = "ai/us_btos/btos_collection_and_reference_dates.csv"
_DIFFUSION = "ai/diffusion/microsoft_ai_diffusion_country_H1_2025_Q1_2026.csv"
_FIGURES = "published_figures.csv"
_PURPOSES = "ai/eurostat/eurostat_isoc_eb_ai_purpose_selected_EU27.csv"
_BARRIERS = "ai/us_abs_ncses/5594_ai_barriers_by_size.csv"
_WORKFORCE = {
    "all": "ai/us_abs_ncses/11569_ai_workforce_impact_all.csv",
    "manufacturing": "ai/us_abs_ncses/11570_ai_workforce_impact_manufacturing.csv",
    "outside manufacturing": "ai/us_abs_ncses/11571_ai_workforce_impact_nonmanufacturing.csv",
}
_EFFECTS = "effect_estimates.csv"


def ai_adoption(sources: Path) -> pd.DataFrame:
    """Share of firms that use AI, by survey: Europe, Korea, USA and others; by size class and industry."""
    figures = transcribed.read_published_figures(sources / _FIGURES)
    return pd.concat(
        [
            eurostat.read_ai_by_size(sources / _BY_SIZE),
            eurostat.read_ai_by_section(sources / _BY_SECTION),
            nia.ai_use_from_figures(figures),
            survey_figures.ai_use(korean_surveys.SURVEYS, figures),
            us_abs.read_ai_by_industry(sources / _ABS_INDUSTRY),
            us_abs.read_ai_by_size(sources / _ABS_SIZE),
            survey_figures.ai_use(other_surveys.SURVEYS, figures),
        ],
        ignore_index=True,
    )


def technology_use(sources: Path) -> pd.DataFrame:
    """Use of AI and of the technologies beside it by US companies, by size band and by industry."""
    return us_technologies.read_technology_use(sources / _ABS)


def us_state_ai_use(sources: Path) -> pd.DataFrame:
    """Share of US companies that use AI or expect to, by state and fortnight, with standard errors."""
    return us_btos.read_state_ai_use(sources / _BTOS, sources / _BTOS_DATES)


def ai_diffusion(sources: Path) -> pd.DataFrame:
    """Share of the working-age population that used generative AI, by economy and period."""
    return diffusion.read_ai_diffusion(sources / _DIFFUSION)


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


def ai_purposes(sources: Path) -> pd.DataFrame:
    """Purposes of AI use in the EU by size class, and the shares of AI users that they imply."""
    return eurostat_purposes.read_ai_purposes(sources / _PURPOSES, eurostat.read_ai_by_size(sources / _BY_SIZE))


def depth(sources: Path) -> pd.DataFrame:
    """How deeply firms use AI and smart factories, what stands in the way, and effects on the workforce."""
    figures = transcribed.read_published_figures(sources / _FIGURES)
    effects_on = [
        technology_depth.read_workforce_effects(sources / path, industry) for industry, path in _WORKFORCE.items()
    ]
    return pd.concat(
        [
            technology_depth.depth_from_figures(figures),
            technology_depth.read_barriers(sources / _BARRIERS),
            *effects_on,
        ],
        ignore_index=True,
    )


def ai_ambition(sources: Path) -> pd.DataFrame:
    """AI ambitions and announced spending in Korea; transcribed by the project, no publisher's file."""
    return own_transcriptions.read_ai_ambition()


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "ai_adoption": ai_adoption,
    "technology_use": technology_use,
    "us_state_ai_use": us_state_ai_use,
    "ai_diffusion": ai_diffusion,
    "us_industry_productivity": us_industry_productivity,
    "policy_targets": policy_targets,
    "microdata_sources": microdata_sources,
    "effect_estimates": effect_estimates,
    "ai_exposure": ai_exposure,
    "ai_purposes": ai_purposes,
    "technology_depth": depth,
    "ai_ambition": ai_ambition,
}
"""Table name to a function from the folder of source files to the tidy table."""
