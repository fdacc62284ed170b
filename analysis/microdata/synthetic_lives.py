"""How many firms of the synthetic register live, are born and die in each year, so that published rates hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.microdata.calibration_targets import Figures
from analysis.microdata.margins import whole

OLD = 5
"""Age from which firms have the same death rate: survival is published for one year and for five."""


@dataclass(frozen=True)
class Lives:
    """Firms alive and born by year, and the deaths between a year and the next.

    Parameters
    ----------
    alive, born : array of shape (years,)
        Firms active in a year; those of them born in it.
    dying : array of shape (years,)
        Firms active in a year and gone in the next; the last is 0, for nothing is known of the next.
    hazards : array of shape (5,)
        Share of firms of age 0 to 4 in a year that are gone in the next.
    by_age : array of shape (5,)
        Share of the firms of the first year that are 0 to 4 years old.
    """

    alive: np.ndarray
    born: np.ndarray
    dying: np.ndarray
    hazards: np.ndarray
    by_age: np.ndarray


def plan(figures: Figures, years: list[int], firms: int) -> Lives:
    """Plan births and deaths: rates as published for each year or the nearest.

    The birth rate of a year is the share of its firms that are born in it, the death rate the share of its firms that
    are gone in the next. So the number of firms grows from year to year by (1 - death rate) / (1 - next birth rate);
    the numbers of all years add up to `firms` times the number of years.

    Raises
    ------
    ValueError
        If young firms alone would die more often than the death rate allows.

    Examples
    --------
    >>> from analysis.microdata.calibration_targets import published
    >>> lives = plan(published(), [2021, 2022, 2023], 1000)
    >>> int(lives.alive.sum()), [round(float(share), 3) for share in lives.born / lives.alive]
    (3000, [0.127, 0.127, 0.127])
    """
    birth = np.array([figures.value("birth_rate", year) for year in years], dtype=float)
    death = np.array([figures.value("death_rate", year) for year in years], dtype=float)
    relative = np.cumprod(np.concatenate([[1.0], (1 - death[:-1]) / (1 - birth[1:])]))
    alive = whole(relative, firms * len(years))
    born = np.rint(birth * alive).astype(np.int64)
    dying = np.append(alive[:-1] + born[1:] - alive[1:], 0)
    first = figures.value("survival_one", years[0])
    fifth = figures.value("survival_five", years[0])
    if not 0 < fifth < first < 1:
        raise ValueError(f"survival must fall: {first:.3f} after one year, {fifth:.3f} after five")
    later = 1 - (fifth / first) ** (1 / (OLD - 1))
    hazards = np.array([1 - first, *[later] * (OLD - 1)])
    growth = (1 - death[0]) / (1 - birth[0])
    surviving = np.cumprod(np.concatenate([[1.0], 1 - hazards[:-1]]))
    by_age = birth[0] * surviving / growth ** np.arange(OLD)
    young = float((by_age * hazards).sum())
    if by_age.sum() >= 1 or young > death[0]:
        raise ValueError(
            f"birth rate {birth[0]:.3f}, death rate {death[0]:.3f} and survival {first:.3f} and {fifth:.3f} contradict "
            f"each other: firms under {OLD} years alone would die at a rate of {young:.3f} of all firms"
        )
    return Lives(alive, born, dying, hazards, by_age)


def first_ages(lives: Lives, random: np.random.Generator) -> np.ndarray:
    """Return the ages of the firms of the first year, in random order: 0 to 4 by the plan, the others 5 to 60."""
    number = int(lives.alive[0])
    young = whole(np.append(lives.by_age, 1 - lives.by_age.sum()), number)
    young[-1] -= lives.born[0] - young[0]  # births as exact as in later years
    young[0] = lives.born[0]
    ages = np.repeat(np.arange(OLD + 1), young)
    old = ages == OLD
    # assumption: a constant chance to have been born in each earlier year
    ages[old] = np.minimum(OLD + random.geometric(0.07, int(old.sum())) - 1, 60)
    return random.permutation(ages)


def choose_deaths(
    ages: np.ndarray, frailty: np.ndarray, dying: int, hazards: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Choose which firms die: as many of each young age as the hazards say, the rest among the old.

    Parameters
    ----------
    ages : array of shape (firms,)
    frailty : array of shape (firms,)
        Relative chance of dying within an age.
    dying : int
        Number of deaths.
    hazards : array of shape (5,)

    Returns
    -------
    array of bool

    Raises
    ------
    ValueError
        If the young alone die more often than `dying`.
    """
    counts = np.bincount(np.minimum(ages, OLD), minlength=OLD + 1)
    numbers = np.append(np.rint(hazards * counts[:OLD]).astype(np.int64), 0)
    numbers[OLD] = dying - numbers.sum()
    if not 0 <= numbers[OLD] <= counts[OLD]:
        raise ValueError(
            f"birth, death and survival rates contradict each other: {numbers[:OLD].sum()} of {dying} deaths are firms "
            f"under {OLD} years, which leaves {numbers[OLD]} for the {counts[OLD]} older ones"
        )
    # the smallest of exponential times, drawn with the frailties as rates, are a draw without replacement
    times = random.standard_exponential(len(ages)) / frailty
    dead = np.zeros(len(ages), dtype=bool)
    for age, number in enumerate(numbers):
        if number:
            members = np.flatnonzero(ages == age if age < OLD else ages >= OLD)
            dead[members[np.argpartition(times[members], number - 1)[:number]]] = True
    return dead
