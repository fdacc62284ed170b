"""The published Korean figures that the lab is fitted to, computed from the data package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.data import catalogue

Load = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Target:
    """A published Korean figure that the lab is fitted to.

    Parameters
    ----------
    name : str
        As `moments` calls it.
    value : float
        A fraction, or log points.
    tolerance : float
        What counts as one unit of misfit.
    words : str
    source : str
        Table, or table and id of the figure.
    secondary : bool
        Read in a press report.
    """

    name: str
    value: float
    tolerance: float
    words: str
    source: str
    secondary: bool


def korean(load: Load = catalogue.load) -> list[Target]:
    """Return the Korean figures, computed from the data package.

    Raises
    ------
    KeyError
        If a figure is no longer held.

    Examples
    --------
    >>> {one.name: round(one.value, 3) for one in korean()}["survival_1"]
    0.649
    """
    figures, effects = load("published_figures").set_index("id"), load("support_effects").set_index("id")
    firms = (
        load("sme_statistics").query("year == 2020 and industry == 'all'").set_index("size_class")["persons_engaged"]
    )
    ratio = load("size_productivity").set_index("id").at["SIZ-119", "ratio"]

    def share(name: str) -> float:
        return float(figures.at[name, "value"]) / 100

    def press(name: str) -> str:
        return f"published_figures:{name}"

    return [
        Target("persons_1_9", float(firms["micro"] / firms.sum()), 0.03,
               "share of persons in micro enterprises (model: 1-9 persons)", "sme_statistics", False),
        Target("persons_300", 1 - share("SIZ-116"), 0.05,
               "share of persons in enterprises that are no SMEs (model: 300 and more)", press("SIZ-116"), True),
        Target("small_over_large", float(ratio), 0.02, "output per person, SMEs over large firms, all sectors",
               "size_productivity:SIZ-119", True),
        Target("exit_rate", (share("POL-076") + share("POL-077")) / 2, 0.015,
               "births and deaths of enterprises, mean, over active enterprises", press("POL-077"), True),
        Target("survival_1", share("POL-078"), 0.05, "share of new enterprises alive after a year",
               press("POL-078"), True),
        Target("survival_5", share("POL-079"), 0.05, "share of new enterprises alive after five years",
               press("POL-079"), True),
        Target("loss_making", share("POL-065"), 0.06, "share of SMEs that do not earn their cost (zombies)",
               press("POL-065"), True),
        Target("recipients_productivity", float(np.log1p(effects.at["EFF-C-001", "estimate"] / 100)), 0.003,
               "productivity of recipients after two years, log points", "support_effects:EFF-C-001",
               bool(effects.at["EFF-C-001", "secondary"])),
        Target("recipients_survival", float(effects.at["EFF-C-002", "estimate"]) / 100, 0.005,
               "survival of recipients over two years, against others", "support_effects:EFF-C-002",
               bool(effects.at["EFF-C-002", "secondary"])),
    ]  # fmt: skip


def budget_share(load: Load = catalogue.load) -> float:
    """Return what support costs, as a fraction of GDP: budgets of programmes for SMEs, 2024."""
    money = load("support_money").set_index("id")
    return float(money.at["POL-022", "value"] / money.at["GDP-2024", "value"])


def mean_size(load: Load = catalogue.load) -> float:
    """Return persons per active enterprise, 2023: persons in SMEs over their share, over active enterprises."""
    figures = load("published_figures").set_index("id")["value"]
    return float(figures["SIZ-040"] / (figures["SIZ-116"] / 100) / figures["POL-080"])


US_BANDS = {
    "10-49": ("10-19", "20-49"),
    "250+": ("250-499", "500-999", "1000-4999", "5000-9999", "10000-24999", "25000+"),
}


def _deep(load: Load, size_class: str) -> float:
    """Return the share of American users of AI of a class that use it a lot, weighted by companies, 2021."""
    table = load("technology_use").query("year == 2021 and breakdown == 'size band'")
    table = table[
        table["technology"].str.contains("artificial intelligence", case=False)
        & table["size_class"].isin(US_BANDS[size_class])
    ]
    wide = table.pivot_table(index="size_class", columns="answer", values="value")
    companies = table.groupby("size_class")["companies"].first()
    used = wide[["a lot", "somewhat", "a little"]].sum(axis=1)
    return float((wide["a lot"] * companies).sum() / (used * companies).sum())


def ai_use(load: Load = catalogue.load) -> list[Target]:
    """Return what is known of AI use by size: Korean rates of 2024, and how many American users use it a lot (2021)."""
    korea_rows = load("ai_adoption").query("survey == 'nia-informatisation' and year == 2024 and breakdown == 'size'")
    rates = korea_rows.set_index("size_class")["value"] / 100
    return [
        Target("using_10_49", float(rates["10-49"]), 0.03, "share of firms with 10-49 persons that use AI, Korea 2024",
               "ai_adoption:nia-informatisation-transcribed", True),
        Target("using_300", float(rates["250+"]), 0.05,
               "share of firms with 250+ persons that use AI, Korea 2024 (300+)",
               "ai_adoption:nia-informatisation-transcribed", True),
        Target("deep_10_49", _deep(load, "10-49"), 0.03, "share of users with 10-49 persons that use AI a lot, US 2021",
               "technology_use", False),
        Target("deep_300", _deep(load, "250+"), 0.03, "share of users with 250+ persons that use AI a lot, US 2021",
               "technology_use", False),
    ]  # fmt: skip
