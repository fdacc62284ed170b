"""Published effects of support for firms and of rules by size: the compiled csv with our codes, and what we read too.

The reader is that of the effects of AI (`effects`); only the area, the columns and the legal codes differ.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.data.ingest import effects
from analysis.data.ingest.own_transcriptions import FOLDER

CHOICES: dict[str, tuple] = {
    "level": ("firm", "industry", "region", "country"),
    "design": (
        "randomised", "regression discontinuity", "difference-in-differences", "instrument", "panel fixed effects",
        "bunching", "matching", "cross-section", "before and after", "not stated", "structural model",
        "calibrated model",
    ),
    "outcome_kind": (
        "productivity", "survival", "output", "investment", "employment", "profit", "default", "management", "scrap",
        "size held back", "aggregate", "cost per job", "use", "other",
    ),
    "treatment_kind": (
        "credit", "grant", "R&D support", "tax", "reserved market", "several", "restructuring",
        "management or training", "size rule", "targeting", "industrial policy", "protection", "competition",
        "lending to zombies", "other",
    ),
    "tied": ("untied", "scored", "tied", "not support"),
    "direction": ("positive", "none", "negative", ""),
    "who_gains": ("weaker", "stronger", "neither", ""),
    "interval_kind": ("95 % confidence", "published range", ""),
    "headline": (True, False),
    "refereed": (True, False),
    "secondary": (True, False),
}  # fmt: skip
"""The legal values of every coded column."""

_AI_ONLY = ("authors_known", "doubtful")
COLUMNS = tuple("tied" if column == "complements" else column for column in effects.COLUMNS if column not in _AI_ONLY)
"""The columns of the table, in order: those of the effects of AI, with `tied` in place of `complements`."""

_OPTIONAL = {key: value for key, value in effects.AI.optional.items() if key not in {"complements", *_AI_ONLY}}
SUPPORT = effects.Coding("C", COLUMNS, CHOICES, _OPTIONAL)

CODES = tuple(FOLDER / f"support_effects_{part}.yml" for part in ("korea", "abroad", "rules"))
"""The transcriptions."""


def read_support_effects(path, codes: Iterable = CODES) -> pd.DataFrame:
    """Read the published effects of support, one estimate a row, coded.

    Parameters
    ----------
    path : path-like
        The compiled csv; its rows of area C are used.
    codes : iterable of path-like
        The transcriptions: `studies`, each with its `estimates`.

    Returns
    -------
    DataFrame
        `COLUMNS`. Numbers are as printed at the source; nothing is derived from an interval.

    Raises
    ------
    BadFile
        As `effects.read_effect_estimates` does.
    """
    return effects.read_effect_estimates(path, codes, SUPPORT)
