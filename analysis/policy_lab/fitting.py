"""How the numbers in `calibration` are found: least squares from many starts, the economy first, then what AI costs.

python -m analysis.policy_lab.fitting --starts 40
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from analysis.data import catalogue
from analysis.policy_lab import adoption, calibration, snapshots, stored, targets
from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.calibration import AI_GIVEN, FITTED, build, central
from analysis.policy_lab.economy import AI
from analysis.policy_lab.industry import Equilibrium, entry_draw, solve
from analysis.policy_lab.support import Rule
from analysis.policy_lab.targets import Load, Target

BOUNDS = {
    "persistence": (0.7, 0.995), "spread": (0.03, 0.4), "entrants_mean": (-6.0, 1.0), "fixed_cost": (0.001, 2.0),
    "exogenous_exit": (0.0, 0.12), "taste": (0.03, 3.0), "distortion": (0.0, 0.9), "slack": (0.0, 5.0),
    "take_up": (0.05, 0.6),
}  # fmt: skip
STARTED = {
    "persistence": (0.9, 0.995), "spread": (0.035, 0.25), "entrants_mean": (-4.0, 0.0), "fixed_cost": (0.001, 0.3),
    "exogenous_exit": (0.01, 0.11), "taste": (0.03, 2.9), "distortion": (0.1, 0.8), "slack": (0.1, 0.5),
    "take_up": (0.05, 0.3),
}  # fmt: skip
"""Where starts are drawn: evenly, and evenly in logarithms what spans an order of magnitude."""
POOL = 24
"""Draws of which the best is a start."""
STEP = 1e-3
"""Relative step of the derivatives of moments."""
FAR = 1e2
"""Misfit, in tolerances, of an economy that cannot be solved or lacks a size class."""
COSTS = {
    "licence_setup": (1e-4, 1e4),
    "reorganisation": (1e-4, 1e4),
    "licence_chance": (1e-3, 1.0),
    "chance": (1e-3, 1.0),
}
"""Costs of AI that are fitted and their bounds; the first two are fitted in logarithms."""
SHIFT = 20.0
"""Added to those logarithms: a step that is relative must not vanish where a cost is one."""
COST_STARTS = (
    {"licence_setup": 4.0, "reorganisation": 90.0, "licence_chance": 0.35, "chance": 0.02},
    {"licence_setup": 4.0, "reorganisation": 5.0, "licence_chance": 0.35, "chance": 0.05},
    {"licence_setup": 1.0, "reorganisation": 0.1, "licence_chance": 0.3, "chance": 0.3},
)
AI_YEARS = 3
"""Years after its arrival in which AI use is compared with the targets."""
NEAR = 0.05
"""Tolerances from every target within which no further start is tried."""


def survival(found: Equilibrium, years: tuple[int, ...]) -> list[float]:
    """Return the share of new firms that are alive after so many years."""
    law = adoption.law_of_motion(found.economy, found.choices.move)
    cohort, alive = entry_draw(found.economy).ravel(), []
    for _ in range(max(years)):
        cohort = law.T @ cohort
        alive.append(float(cohort.sum()))
    return [alive[year - 1] for year in years]


def digest(*rooms: str, load: Load = catalogue.load) -> str:
    """Return the digest of a stored table that rests on the figures fitted to, beside code and budget.

    Parameters
    ----------
    *rooms : str
        As for `stored.digest`.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    figures = [
        f"{one.name} {one.value:.12g} {one.tolerance:g}" for one in (*targets.korean(load), *targets.ai_use(load))
    ]
    figures += [f"{targets.mean_size(load):.12g}", stored.digest(*rooms, load=load)]
    return hashlib.sha256("\n".join(figures).encode()).hexdigest()[:16]


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
    """Solve a fitted economy with Korea's support; persons make Korea's mean size without it where `size` is true."""
    economy = build(fitted).replace(entry_elasticity=np.inf)
    bare = solve(economy)
    if size:
        seen = snapshots.outcomes(bare)["mean_size"]
        economy = economy.replace(persons=economy.persons * targets.mean_size(load) / seen)
    budget = targets.budget_share(load) * bare.total(bare.year.output)
    return solve(economy, Rule("flat", budget, 300.0, central()["windfall"], fitted["take_up"]))


def misfit(wanted: list[Target], got: Callable[[], Mapping[str, float]]) -> np.ndarray:
    """Return how far moments are from their targets, in tolerances; `FAR` for all where an economy gives none."""
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            moments_found = got()
        off = np.array([(moments_found[one.name] - one.value) / one.tolerance for one in wanted])
    except (NotSolved, ZeroDivisionError):
        return np.full(len(wanted), FAR)
    return off if np.isfinite(off).all() else np.full(len(wanted), FAR)


def fit(quality: float, first: Mapping[str, float] | None = None, starts: int = 40, seed: int = 0,
        load: Load = catalogue.load, rounds: int = 35) -> dict[str, float]:  # fmt: skip
    """Fit the parameters to the targets by least squares, the quality of work being given.

    Parameters
    ----------
    quality : float
    first : mapping, optional
        Parameters to begin with, before the starts that are drawn.
    starts : int
        Starts drawn, each the best of `POOL` draws.
    seed : int
    rounds : int
        Most steps from one start.

    Returns
    -------
    dict
        The parameters of the best, with those of `calibration.FOUND`.

    Raises
    ------
    ValueError
        If there is nothing to start from.
    """
    if first is None and starts < 1:
        raise ValueError(f"starts={starts!r} must be at least 1 where no first parameters are given")
    wanted, rng = targets.korean(load), np.random.default_rng(seed)
    low, high = (np.array([BOUNDS[name][i] for name in FITTED]) for i in (0, 1))

    def off(values: np.ndarray) -> np.ndarray:
        fitted = dict(zip(FITTED, map(float, values), strict=True)) | {"quality": quality}
        return misfit(wanted, lambda: moments(with_support(fitted, load)))

    begun = [np.array([first[name] for name in FITTED])] if first is not None else []
    begun += [min((_drawn(rng) for _ in range(POOL)), key=lambda one: (off(one) ** 2).sum()) for _ in range(starts)]
    found = [_descend(off, one, low, high, rounds) for one in begun]
    best = min(found, key=lambda one: one.cost)
    fitted = {name: float(f"{value:.6g}") for name, value in zip(FITTED, best.x, strict=True)} | {"quality": quality}
    solved = with_support(fitted, load)
    fitted |= {"persons": solved.economy.persons, "usual_entry": solved.entrants}
    bare = solve(build(fitted))
    return fitted | {"young": float(bare.firms[:, 0].sum() / bare.firms.sum()),
                     "loss_making": float(bare.total(bare.year.distressed) / bare.firms.sum())}  # fmt: skip


def _drawn(rng: np.random.Generator) -> np.ndarray:
    values = []
    for low, high in STARTED.values():
        wide = low > 0 and high > 10 * low
        values.append(np.exp(rng.uniform(np.log(low), np.log(high))) if wide else rng.uniform(low, high))
    return np.array(values)


def _descend(off: Callable, first: np.ndarray, low: np.ndarray, high: np.ndarray, rounds: int) -> OptimizeResult:
    inside = np.clip(first, low + 1e-9, high - 1e-9)
    scale = np.maximum(np.abs(first), 0.02)
    return least_squares(off, inside, bounds=(low, high), x_scale=scale, diff_step=STEP, max_nfev=rounds)


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


def fit_ai(fit: str, given: Mapping[str, float] | None = None, load: Load = catalogue.load) -> dict[str, float]:
    """Fit what AI costs to its use by size in Korea, with Korea's support in place.

    Parameters
    ----------
    fit : {"misallocation", "central", "quality"}
    given : mapping, optional
        Open parameters to change: the gain from AI and its strength among them.

    Returns
    -------
    dict
        The parameters of `COSTS`, those of `ai_moments`, and misfit: the largest distance from a target, in tolerances.

    Raises
    ------
    ValueError
        If the fit or a parameter is not known.
    NotSolved
        If the economy before AI is not solved, or none with AI from any start.
    """
    wanted, free = targets.ai_use(load), central() | dict(given or {})
    economy = calibration.korea(fit, given)
    bare = solve(economy)
    budget = targets.budget_share(load) * bare.total(bare.year.output)
    rule = calibration.support("flat", fit, given).replace(budget=budget)
    start = solve(economy, rule, bare=bare)

    def seen(values: np.ndarray) -> dict[str, float]:
        ai = AI(gain=free["gain"], strength=free["strength"], **AI_GIVEN, **_costs(values))
        return ai_moments(start, solve(economy.replace(ai=ai), rule))

    def off(values: np.ndarray) -> np.ndarray:
        return misfit(wanted, lambda: seen(values))

    bounds = np.array([COSTS[name] for name in COSTS])
    bounds[:2] = np.log(bounds[:2]) + SHIFT
    best = None
    for first in COST_STARTS:
        values = np.array([first[name] for name in COSTS])
        values[:2] = np.log(values[:2]) + SHIFT
        found = _descend(off, values, *bounds.T, rounds=20)
        best = found if best is None or found.cost < best.cost else best
        if np.abs(best.fun).max() < NEAR:
            break
    if np.abs(best.fun).max() >= FAR:
        raise NotSolved(f"fit {fit!r}: no costs of AI tried give an economy with firms of all sizes")
    found = {name: float(f"{value:.6g}") for name, value in _costs(best.x).items()}
    return found | seen(best.x) | {"misfit": float(np.abs(best.fun).max())}


def _costs(values: np.ndarray) -> dict[str, float]:
    """Return the costs of AI from the form in which they are fitted."""
    return dict(zip(COSTS, map(float, [*np.exp(values[:2] - SHIFT), *values[2:]]), strict=True))


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments, fit all three economies and what AI costs in each, and print them."""
    parser = argparse.ArgumentParser(prog="python -m analysis.policy_lab.fitting", description=__doc__)
    parser.add_argument("--starts", type=int, default=40, help="starts drawn for each fit (default: 40)")
    options = parser.parse_args(arguments)
    for name, fitted in calibration.FITS.items():
        print(name, json.dumps(fit(fitted["quality"], fitted, options.starts)))
    for name in calibration.FITS:
        print("AI", name, json.dumps(fit_ai(name)))


if __name__ == "__main__":
    main()
