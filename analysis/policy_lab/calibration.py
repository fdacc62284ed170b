"""The lab held against Korea: targets, the parameters that meet them, and those that no published figure pins down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from analysis import checks
from analysis.data import catalogue
from analysis.policy_lab import adoption, snapshots
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.economy import AI, Economy, Groups
from analysis.policy_lab.industry import Equilibrium, entry_draw, solve
from analysis.policy_lab.productivity import Productivity
from analysis.policy_lab.support import Rule

Load = Callable[[str], pd.DataFrame]
POINTS = 41
YEARS_YOUNG = 7.0
"""Mean years before a firm counts as old: the age at which Korean support for start-ups ends."""
CAPITAL, LABOUR = 0.283, 0.567
"""Returns to capital and labour of Restuccia and Rogerson (2008)."""
STEP = 1e-3
"""Relative step of the derivatives of moments."""


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


def targets(load: Load = catalogue.load) -> list[Target]:
    """Return the Korean figures, computed from the data package.

    Raises
    ------
    KeyError
        If a figure is no longer held.

    Examples
    --------
    >>> {one.name: round(one.value, 3) for one in targets()}["survival_1"]
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


FITTED = (
    "persistence", "spread", "entrants_mean", "fixed_cost", "exogenous_exit", "taste", "distortion", "slack", "take_up",
)  # fmt: skip
"""Parameters fitted to the targets, with the quality of work given."""
BOUNDS = {
    "persistence": (0.7, 0.995), "spread": (0.03, 0.4), "entrants_mean": (-4.0, 1.0), "fixed_cost": (0.001, 2.0),
    "exogenous_exit": (0.0, 0.12), "taste": (0.03, 3.0), "distortion": (0.0, 0.9), "slack": (0.0, 5.0),
    "take_up": (0.05, 0.6),
}  # fmt: skip
FOUND = ("persons", "usual_entry", "young", "loss_making")
"""What a fit finds beside its parameters: persons per unit of labour and entrants with support in place; the shares of
firms without support that are young, and that are small and make a loss."""
FITS = {
    "misallocation": {
        "persistence": 0.994031, "spread": 0.0629291, "entrants_mean": -2.19138, "fixed_cost": 0.0321933,
        "exogenous_exit": 0.0452118, "taste": 0.0386522, "distortion": 0.637249, "slack": 0.237535,
        "take_up": 0.058077, "quality": 0.0, "persons": 1.1718, "usual_entry": 0.0367108,
        "young": 0.335167, "loss_making": 0.353184,
    },
    "central": {
        "persistence": 0.992527, "spread": 0.0608085, "entrants_mean": -1.89908, "fixed_cost": 0.0376995,
        "exogenous_exit": 0.0452992, "taste": 0.0386998, "distortion": 0.493644, "slack": 0.224347,
        "take_up": 0.0582995, "quality": 0.4, "persons": 2.23956, "usual_entry": 0.039338,
        "young": 0.337231, "loss_making": 0.447029,
    },
    "quality": {
        "persistence": 0.993482, "spread": 0.0497111, "entrants_mean": -1.62072, "fixed_cost": 0.0237895,
        "exogenous_exit": 0.0537837, "taste": 0.0324302, "distortion": 0.31929, "slack": 0.203095,
        "take_up": 0.0511923, "quality": 0.8, "persons": 3.83876, "usual_entry": 0.0475157,
        "young": 0.383925, "loss_making": 0.423232,
    },
}  # fmt: skip
"""Three fits that data cannot tell apart: large firms make more per person because something keeps the productive from
growing (quality 0), because their people work more efficiently (quality high), or for both reasons."""
AI_GIVEN = {"licence_gain": 0.005, "licence_cost": 0.002, "capability": 2.0}
"""A licence adds half a percent of productivity and costs a fifth of a percent of output a year: an assumption."""
AI_FITTED = {"licence_setup": 4.371, "reorganisation": 92.281, "licence_chance": 0.3627, "chance": 0.0208}
"""Fitted to `AI_TARGETS` at the central fit and values. Costs are those of the mean entrant, in years of its output."""
AI_YEARS = 3
"""Years after its arrival in which AI use is compared with the targets."""
MEAN_SIZE = "published_figures:POL-080"
OPEN = {
    "financing": (0.0, 0.3, 0.1, "wedge that keeps young firms small, as a fraction of marginal revenue"),
    "windfall": (0.0, 1.0, 0.5, "share of untied support that a firm gets whatever it does"),
    "error": (0.02, 0.4, 0.1, "error of measured growth of productivity, standard deviation in log points"),
    "entry_elasticity": (0.5, 10.0, 2.0, "percent more entrants per percent more value of entry"),
    "gain": (0.0, 0.06, 0.03, "log points of productivity that transformation brings to the mean entrant"),
    "strength": (-0.05, 0.05, 0.02, "log points more per log point of the firm's productivity"),
}  # fmt: skip
"""Parameters that no published Korean figure pins down: lowest, highest, central, words."""


def central() -> dict[str, float]:
    """Return the central values of the open parameters."""
    return {name: row[2] for name, row in OPEN.items()}


def mean_size(load: Load = catalogue.load) -> float:
    """Return persons per active enterprise, 2023: persons in SMEs over their share, over active enterprises."""
    figures = load("published_figures").set_index("id")["value"]
    return float(figures["SIZ-040"] / (figures["SIZ-116"] / 100) / figures["POL-080"])


def build(fitted: Mapping[str, float], given: Mapping[str, float] | None = None, persons: float = 1.0) -> Economy:
    """Return an economy before AI from its parameters.

    Parameters
    ----------
    fitted : mapping
        The parameters of `FITTED`, and quality.
    given : mapping, optional
        Open parameters to change.
    persons : float
        Persons per unit of labour in the least productive firm.

    Raises
    ------
    ValueError
        If a name is not known.
    """
    for name in fitted:
        checks.one_of("fitted", name, [*FITTED, "quality", *FOUND])
    for name in given or {}:
        checks.one_of("given", name, OPEN)
    free = central() | dict(given or {})
    law = Productivity.autoregressive(
        POINTS, 0.0, fitted["persistence"], fitted["spread"], entrants_mean=fitted["entrants_mean"]
    )
    groups = Groups.by_age(law.levels, YEARS_YOUNG, free["financing"], fitted["distortion"])
    return Economy(
        law, groups, CAPITAL, LABOUR, exogenous_exit=fitted["exogenous_exit"], fixed_cost=fitted["fixed_cost"],
        entry_cost=1.0, entry_elasticity=free["entry_elasticity"], usual_entry=fitted.get("usual_entry", 1.0),
        taste=fitted["taste"], quality=fitted["quality"], distortion=fitted["distortion"],
        slack=fitted["slack"], persons=fitted.get("persons", persons),
    )  # fmt: skip


def korea(fit: str = "central", given: Mapping[str, float] | None = None, ai: bool = False) -> Economy:
    """Return the Korean economy of one of the fits.

    Parameters
    ----------
    fit : {"misallocation", "central", "quality"}
    given : mapping, optional
        Open parameters to change.
    ai : bool
        Whether AI has arrived.

    Raises
    ------
    ValueError
        If the fit or a parameter is not known.

    Examples
    --------
    >>> korea("central", {"financing": 0.0}).groups.names
    ('young', 'old')
    """
    checks.one_of("fit", fit, FITS)
    economy = build(FITS[fit], given)
    if not ai:
        return economy
    free = central() | dict(given or {})
    return economy.replace(ai=AI(gain=free["gain"], strength=free["strength"], **AI_GIVEN, **AI_FITTED))


def support(kind: str = "flat", fit: str = "central", given: Mapping[str, float] | None = None) -> Rule:
    """Return a rule as Korea would run it: the notch at 300 persons, the take-up of the fit; without a budget.

    The take-up was fitted to flat support, for which nearly every firm is eligible. Rules for fewer firms reach more of
    them, so that as many take part.
    """
    free, fitted = central() | dict(given or {}), FITS[fit]
    eligible = {"age": fitted["young"], "restructuring": fitted["loss_making"]}.get(kind, 1.0)
    take_up = min(1.0, fitted["take_up"] / eligible)
    return Rule(kind, notch=300.0, windfall=free["windfall"], take_up=take_up, error=free["error"])


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


def ai_targets(load: Load = catalogue.load) -> list[Target]:
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


def ai_moments(start: Equilibrium, end: Equilibrium, years: int = AI_YEARS) -> dict[str, float]:
    """Return AI use by size some years after its arrival, firms choosing from the start as in the new economy.

    The path of `transition` has other wages in the first years; this leaves them out, and is quick enough to fit with.
    """
    economy = end.economy
    law, entering = adoption.law_of_motion(economy, end.choices.move), entry_draw(economy) * end.entrants
    stock = np.zeros(economy.shape)
    stock[0] = start.firms[0]
    for _ in range(years):
        stock = (law.T @ stock.ravel()).reshape(economy.shape) + entering
    table = snapshots.by_size(replace(snapshots.snapshot(end), firms=stock)).set_index("size_class")
    deep = table["transformed"] / table["using_ai"]
    return {
        "using_10_49": float(table.at["10-49", "using_ai"]), "using_300": float(table.at["300+", "using_ai"]),
        "deep_10_49": float(deep["10-49"]), "deep_300": float(deep["300+"]),
    }  # fmt: skip


def survival(found: Equilibrium, years: tuple[int, ...]) -> list[float]:
    """Return the share of new firms that are alive after so many years."""
    law = adoption.law_of_motion(found.economy, found.choices.move)
    cohort, alive = entry_draw(found.economy).ravel(), []
    for _ in range(max(years)):
        cohort = law.T @ cohort
        alive.append(float(cohort.sum()))
    return [alive[year - 1] for year in years]


def moments(found: Equilibrium) -> dict[str, float]:
    """Return what the targets measure, in a stationary economy of the lab."""
    sizes = snapshots.by_size(snapshots.snapshot(found)).set_index("size_class")["persons"]
    sizes = sizes / sizes.sum()
    seen, effect = snapshots.outcomes(found), snapshots.effect_on_recipients(found)
    first, fifth = survival(found, (1, 5))
    return {
        "persons_1_9": float(sizes["1-9"]), "persons_300": float(sizes["300+"]),
        "small_over_large": float(seen["small_over_large"]), "exit_rate": seen["exit_rate"],
        "survival_1": first, "survival_5": fifth, "loss_making": seen["loss_making_small"],
        "recipients_productivity": effect["productivity"], "recipients_survival": effect["survival"],
    }  # fmt: skip


def with_support(fitted: Mapping[str, float], load: Load = catalogue.load, size: bool = True) -> Equilibrium:
    """Solve a fitted economy with Korea's support in place; scale persons to Korea's mean size where `size` is true."""
    economy = build(fitted).replace(entry_elasticity=np.inf)
    bare = solve(economy)
    if size:
        seen = snapshots.outcomes(bare)["mean_size"]
        economy = economy.replace(persons=economy.persons * mean_size(load) / seen)
    budget = budget_share(load) * bare.total(bare.year.output)
    return solve(economy, Rule("flat", budget, 300.0, central()["windfall"], fitted["take_up"]))


def fit(quality: float, start: Mapping[str, float], load: Load = catalogue.load, rounds: int = 60) -> dict[str, float]:
    """Fit the parameters to the targets by least squares, the quality of work being given.

    Parameters
    ----------
    quality : float
    start : mapping
        Where to begin.

    Returns
    -------
    dict
        The parameters, with those of `FOUND`.
    """
    wanted = targets(load)

    def misfit(values: np.ndarray) -> np.ndarray:
        try:
            got = moments(with_support(dict(zip(FITTED, values, strict=True)) | {"quality": quality}, load))
        except NotSolved:
            return np.full(len(wanted), 1e2)
        return np.array([(got[one.name] - one.value) / one.tolerance for one in wanted])

    first = np.array([start[name] for name in FITTED])
    low, high = (np.array([BOUNDS[name][i] for name in FITTED]) for i in (0, 1))
    found = least_squares(misfit, first, bounds=(low, high), x_scale=np.maximum(np.abs(first), 0.02), diff_step=STEP,
                          max_nfev=rounds)  # fmt: skip
    fitted = dict(zip(FITTED, map(float, found.x), strict=True)) | {"quality": quality}
    solved = with_support(fitted, load)
    fitted |= {"persons": solved.economy.persons, "usual_entry": solved.entrants}
    bare = solve(build(fitted))
    return fitted | {"young": bare.total(_young(bare)) / bare.firms.sum(),
                     "loss_making": bare.total(bare.year.distressed) / bare.firms.sum()}  # fmt: skip


def _young(found: Equilibrium) -> np.ndarray:
    """Return one for every kind of young firm and zero for the others."""
    return np.broadcast_to(np.array([1.0, 0.0])[:, None], found.firms.shape)
