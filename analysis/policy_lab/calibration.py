"""The lab fitted to Korea: the parameters found, and those that no published figure pins down."""

from __future__ import annotations

from collections.abc import Mapping

from analysis import checks
from analysis.policy_lab.economy import AI, Economy, Groups
from analysis.policy_lab.productivity import Productivity
from analysis.policy_lab.support import Rule

POINTS = 41
YEARS_YOUNG = 7.0
"""Mean years before a firm counts as old: the age at which Korean support for start-ups ends."""
CAPITAL, LABOUR = 0.283, 0.567
"""Returns to capital and labour of Restuccia and Rogerson (2008)."""
FITTED = (
    "persistence", "spread", "entrants_mean", "fixed_cost", "exogenous_exit", "taste", "distortion", "slack", "take_up",
)  # fmt: skip
"""Parameters fitted to the targets, with the quality of work given."""
FOUND = ("persons", "usual_entry", "young", "loss_making")
"""What a fit finds beside its parameters: persons per unit of labour and entrants with support in place; the shares of
firms without support that are young, and that are small and make a loss."""
FITS = {
    "misallocation": {
        "persistence": 0.991147, "spread": 0.0971105, "entrants_mean": -4.74086, "fixed_cost": 0.00386859,
        "exogenous_exit": 0.0775173, "taste": 0.49228, "distortion": 0.62846, "slack": 0.219976,
        "take_up": 0.0742522, "quality": 0.0, "persons": 0.54739, "usual_entry": 0.024564, "young": 0.496249,
        "loss_making": 0.201657,
    },
    "central": {
        "persistence": 0.991594, "spread": 0.0730348, "entrants_mean": -3.59562, "fixed_cost": 0.00649412,
        "exogenous_exit": 0.0858739, "taste": 0.479098, "distortion": 0.422911, "slack": 0.23235,
        "take_up": 0.0799775, "quality": 0.4, "persons": 0.945059, "usual_entry": 0.0276868, "young": 0.506395,
        "loss_making": 0.213919,
    },
    "quality": {
        "persistence": 0.992801, "spread": 0.0529527, "entrants_mean": -3.16523, "fixed_cost": 0.00857479,
        "exogenous_exit": 0.0699285, "taste": 0.49556, "distortion": 0.244678, "slack": 0.274986,
        "take_up": 0.0954018, "quality": 0.8, "persons": 1.61742, "usual_entry": 0.0332345, "young": 0.488054,
        "loss_making": 0.219065,
    },
}  # fmt: skip
"""Three fits that data cannot tell apart: large firms make more per person because something keeps the productive from
growing (quality 0), because their people work more efficiently (quality high), or for both reasons."""
AI_GIVEN = {"licence_gain": 0.005, "licence_cost": 0.002, "capability": 2.0}
"""A licence adds half a percent of productivity and costs a fifth of a percent of output a year: an assumption."""
AI_FITTED = {
    "misallocation": {
        "licence_setup": 2.69903, "reorganisation": 96.5787, "licence_chance": 0.302133, "chance": 0.0225429
    },
    "central": {
        "licence_setup": 1.9108, "reorganisation": 46.4968, "licence_chance": 0.414988, "chance": 0.0245751
    },
    "quality": {
        "licence_setup": 3.00581, "reorganisation": 30.1522, "licence_chance": 1.0, "chance": 0.0269371
    },
}  # fmt: skip
"""What `fitting.fit_ai` finds at the central values. Costs are those of the mean entrant, in years of its output."""
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
    return economy.replace(ai=AI(gain=free["gain"], strength=free["strength"], **AI_GIVEN, **AI_FITTED[fit]))


def support(kind: str = "flat", fit: str = "central", given: Mapping[str, float] | None = None) -> Rule:
    """Return a rule as Korea would run it: the notch at 300 persons, the take-up of the fit; without a budget.

    The take-up was fitted to flat support, for which nearly every firm is eligible. Rules for fewer firms reach more of
    them, so that as many take part.
    """
    free, fitted = central() | dict(given or {}), FITS[fit]
    eligible = {"age": fitted["young"], "restructuring": fitted["loss_making"]}.get(kind, 1.0)
    take_up = min(1.0, fitted["take_up"] / eligible)
    return Rule(kind, notch=300.0, windfall=free["windfall"], take_up=take_up, error=free["error"])
