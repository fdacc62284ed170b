"""A synthetic register of Korean firms that meets the published margins; every other cell is a labelled assumption.

How it is made: the figures of `calibration_targets` fix each year's firms and persons by legal size, section and head
count (`synthetic_structure`, by generalised raking) and its births and deaths (`synthetic_lives`). Firms keep their
section for life; their place in the size distribution, their legal size and their productivity drift. Values are drawn
and scaled so that totals and ratios hold (`synthetic_values`). `synthetic_targets.targets` shows target and achieved.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from analysis.data import sizes
from analysis.microdata import margins
from analysis.microdata import synthetic_lives as lives
from analysis.microdata import synthetic_structure as structure
from analysis.microdata import synthetic_values as values
from analysis.microdata.calibration_targets import LEGAL, SECTIONS, Figures, published

FIRST_YEAR, LAST_YEAR = 2015, 2024
"""Years a register can have: within two years of the first table of firms by legal size, to the last of AI use."""

SMALLEST = 5_000
"""Fewest firms: with fewer there would not be a non-SME in each of the sections that are published by legal size."""

ASSUMPTIONS = {
    "size_elasticity": (
        0.08, "rise of log value added per person with the log of persons, within sector and SME or other"),
    "persistence": (
        0.8, "autocorrelation of a firm's lasting productivity from year to year (Syverson 2011 reports 0.6 to 0.8)"),
    "dispersion": (
        0.55, "standard deviation of the lasting part of log productivity (near that of US plants in Syverson 2004)"),
    "noise": (0.15, "standard deviation of the passing part of log productivity"),
    "growth": (0.12, "standard deviation of the yearly growth shock to log size"),
    "legal_spread": (0.35, "standard deviation of what puts a firm in another legal class than its persons would"),
    "legal_drift": (0.05, "standard deviation of the yearly change of what puts a firm in another legal class"),
    "entrant_productivity": (-0.1, "mean log productivity of firms in their first year, relative to all"),
    "entrant_size": (0.35, "mean of the log size at which firms start, in the scale of the size distribution"),
    "frailty_size": (-0.5, "the chance of dying moves with this power of persons"),
    "frailty_productivity": (-0.5, "log of the chance of dying, per unit of log productivity"),
    "purchases": (2.0, "purchases per unit of value added before scaling to sales; 4 in trade"),
    "purchases_spread": (0.4, "standard deviation of the log of purchases per unit of value added"),
    "hours_spread": (0.08, "standard deviation of log hours per person between firms"),
    "ai_productivity": (0.45, "weight of log productivity (in standard deviations) beside chance in who uses AI"),
}  # fmt: skip
"""Name to value and words: what no published figure fixes."""

UNITS = {
    "firm": "id", "year": "calendar year", "industry": "ISIC Rev.4 section", "persons": "persons engaged",
    "hours": "hours worked in the year", "value_added": "million KRW, current prices",
    "sales": "million KRW, current prices", "legal_size": "legal size class", "size_class": "persons",
    "birth_year": "calendar year", "ai_use": "true or false; missing below 10 persons and before 2022",
    "synthetic": "always true",
}  # fmt: skip


def synthetic_register(
    firms: int = 1_000_000, years: Iterable[int] = range(2015, 2024), seed: int = 0
) -> pd.DataFrame:
    """Make a synthetic register of firm-years with the published margins of Korea.

    The population is scaled: shares, ratios, rates and values per person are Korea's, counts are not. Each row is one
    firm in one year; no weights are needed. The register has exactly ``firms * len(years)`` rows. What is met, how
    closely, and what is assumed is listed by `synthetic_targets.targets`; years without figures use those of the
    nearest year. Firms and persons by legal size are met up to whole numbers, so to about 1 part in `firms` times the
    share in question; with 10,000 firms there are 13 non-SMEs.

    Parameters
    ----------
    firms : int
        Firms per year, on average over the years (they grow as births exceed deaths); at least 5,000.
    years : iterable of int
        Consecutive years within 2015-2024, in order.
    seed : int
        Seed of all draws, not negative. The same arguments give the same register.

    Returns
    -------
    DataFrame
        Ordered by year and firm: firm, year, industry (ISIC Rev.4 section), persons, hours (in the year), value_added
        and sales (million won at current prices), legal_size (micro, small, medium, non-SME), size_class (by persons),
        birth_year, ai_use (missing for firms under 10 persons and before 2022, when another question was asked) and
        synthetic (always true). ``.attrs`` has `synthetic` (True), `title`, `unit`, `arguments` and `assumptions`.

    Raises
    ------
    TypeError
        If an argument is no whole number.
    ValueError
        If there are too few firms, years are not consecutive or lie outside 2015-2024, the seed is negative, or the
        published figures contradict each other.

    References
    ----------
    Deville and Särndal (1992), Journal of the American Statistical Association 87, for the raking; Syverson (2011),
    Journal of Economic Literature 49, and Syverson (2004), Review of Economics and Statistics 86, for the persistence
    and the dispersion of productivity.

    Examples
    --------
    >>> register = synthetic_register(firms=5_000, years=[2021, 2022], seed=1)
    >>> len(register), register.attrs["synthetic"]
    (10000, True)
    """
    firms, years, seed = _arguments(firms, years, seed)
    figures = published()
    random = np.random.default_rng(seed)
    course = lives.plan(figures, years, firms)
    columns = _empty(firms * len(years))
    state: dict[str, np.ndarray] = {}
    fitted: dict[Any, np.ndarray] = {}
    begin = 0
    for place, year in enumerate(years):
        wanted = structure.structure(figures, year)
        key = (wanted.firms.tobytes(), wanted.persons.tobytes(), wanted.sections.tobytes(),
               b"".join(part.tobytes() for part in wanted.legal_in_section.values()))  # fmt: skip
        if key not in fitted:
            fitted[key] = structure.fit(wanted, figures.profile)
        blocks = structure.blocks(wanted, fitted[key], int(course.alive[place]))
        if place == 0:
            state = _first(blocks, course, year, random)
        else:
            blocks = _next(state, blocks, year, random)
        _resize(state, blocks)
        end = begin + int(course.alive[place])
        _record(columns, slice(begin, end), state, figures, year, random)
        if place + 1 < len(years):
            _let_die(state, course, place, year, random)
        begin = end
    register = _frame(columns)
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    register.attrs.update(
        synthetic=True,
        title=f"Synthetic register of Korean firms, {span}: made to meet published margins, no firm in it exists",
        unit=UNITS,
        arguments={"firms": firms, "years": years, "seed": seed},
        assumptions={name: words for name, (_, words) in ASSUMPTIONS.items()},
    )
    return register


def _arguments(firms: Any, years: Any, seed: Any) -> tuple[int, list[int], int]:
    """Return the arguments as whole numbers, or say what is wrong with them."""

    def integer(name: str, value: Any) -> int:
        if isinstance(value, bool):
            raise TypeError(f"{name}={value!r}: a whole number is needed")
        try:
            return operator.index(value)
        except TypeError:
            raise TypeError(f"{name}={value!r}: a whole number is needed") from None

    firms, seed = integer("firms", firms), integer("seed", seed)
    if firms < SMALLEST:
        raise ValueError(f"firms={firms:,}: at least {SMALLEST:,} are needed, or large firms would be missing")
    if seed < 0:
        raise ValueError(f"seed={seed}: a whole number of 0 or more is needed")
    if isinstance(years, str | int | np.integer) or not isinstance(years, Iterable):
        raise TypeError(f"years={years!r}: consecutive years are needed, such as range(2015, 2024)")
    years = [integer("years", year) for year in years]
    legal = f"consecutive years within {FIRST_YEAR}-{LAST_YEAR}"
    if not years:
        raise ValueError(f"years is empty; legal: {legal}")
    outside = [year for year in years if not FIRST_YEAR <= year <= LAST_YEAR]
    if outside:
        raise ValueError(f"years: {', '.join(map(str, outside))} lie outside; legal: {legal}")
    if years != list(range(years[0], years[0] + len(years))):
        raise ValueError(f"years={years} are not consecutive and in order; legal: {legal}")
    return firms, years, seed


def _number(name: str) -> float:
    return ASSUMPTIONS[name][0]


def _empty(rows: int) -> dict[str, np.ndarray]:
    kinds = {
        "firm": "int64", "year": "int16", "industry": "int8", "persons": "int32", "hours": "float64",
        "value_added": "float64", "sales": "float64", "legal_size": "int8", "size_class": "int8", "birth_year": "int16",
        "ai_use": "bool", "ai_unknown": "bool",
    }  # fmt: skip
    return {name: np.empty(rows, dtype=kind) for name, kind in kinds.items()}


def _first(blocks: structure.Blocks, course: lives.Lives, year: int, random: np.random.Generator) -> dict:
    """Return the firms of the first year: sections and ages as planned, the rest drawn."""
    by_section = blocks.firms.sum(axis=1)
    number = int(by_section.sum())
    ages = lives.first_ages(course, random)
    new = ages == 0
    # ranks order these; the first resizing gives them their scale
    start = np.log(0.5) + random.standard_exponential(number) * np.where(new, _number("entrant_size"), 0.7)
    productive = random.standard_normal(number) * _number("dispersion")
    return {
        "firm": np.arange(1, number + 1),
        "section": random.permutation(np.repeat(np.arange(len(SECTIONS), dtype=np.int64), by_section)),
        "birth_year": year - ages,
        "size": start,
        "legal_score": start + random.standard_normal(number) * _number("legal_spread"),
        "productivity": productive + new * _number("entrant_productivity"),
        "openness": random.standard_normal(number),
    }


def _next(state: dict, blocks: structure.Blocks, year: int, random: np.random.Generator) -> structure.Blocks:
    """Age the survivors by a year and add the entrants that each section is short of; return the blocks they fill."""
    living = len(state["firm"])
    held = np.bincount(state["section"], minlength=len(SECTIONS))
    blocks = _make_room(blocks, held)
    entrants = blocks.firms.sum(axis=1) - held
    number = int(entrants.sum())
    keep, spread = _number("persistence"), _number("dispersion")
    shock = random.standard_normal(living) * (spread * np.sqrt(1 - keep**2))
    state["productivity"] = keep * state["productivity"] + shock
    state["size"] = state["size"] + random.standard_normal(living) * _number("growth")
    state["legal_score"] = state["legal_score"] + random.standard_normal(living) * _number("legal_drift")
    start = np.log(0.5) + random.standard_exponential(number) * _number("entrant_size")
    fresh = {
        "firm": state["next"] + np.arange(number),
        "section": random.permutation(np.repeat(np.arange(len(SECTIONS), dtype=np.int64), entrants)),
        "birth_year": np.full(number, year),
        "size": start,
        "legal_score": start + random.standard_normal(number) * _number("legal_spread"),
        "productivity": random.standard_normal(number) * spread + _number("entrant_productivity"),
        "openness": random.standard_normal(number),
    }
    for name, drawn in fresh.items():
        state[name] = np.concatenate([state[name], drawn])
    return blocks


def _make_room(blocks: structure.Blocks, held: np.ndarray) -> structure.Blocks:
    """Let a section keep all its survivors: where it is to shrink faster, micro firms move from the largest section."""
    firms, persons = blocks.firms.copy(), blocks.persons.copy()
    short = np.maximum(held - firms.sum(axis=1), 0)
    for place in np.flatnonzero(short):
        giver = int(np.argmax(firms[:, 0] - held))
        firms[place, 0] += short[place]
        firms[giver, 0] -= short[place]
        persons[place, 0] += short[place]
        persons[giver, 0] -= short[place]
    return structure.Blocks(firms, persons, blocks.weights)


def _resize(state: dict, blocks: structure.Blocks) -> None:
    """Give each firm the legal size and the persons of its rank: within its section, then within its legal class."""
    order = np.lexsort((state["legal_score"], state["section"]))
    legal = np.empty(len(order), dtype=np.int64)
    legal[order] = np.concatenate([np.repeat(np.arange(len(LEGAL)), row) for row in blocks.firms])
    order = np.lexsort((state["size"], state["section"] * len(LEGAL) + legal))
    persons, position = [], []
    for (section, kind), number in np.ndenumerate(blocks.firms):
        if number:
            means, inside = structure.BANDS.firms(blocks.weights[section, kind], int(number))
            persons.append(margins.persons(means, int(blocks.persons[section, kind])))
            position.append(inside)
    state["legal"] = legal
    state["persons"] = np.empty(len(order), dtype=np.int64)
    state["persons"][order] = np.concatenate(persons)
    state["size"] = np.empty(len(order))
    state["size"][order] = np.log(np.concatenate(position))


def _record(
    columns: dict, rows: slice, state: dict, figures: Figures, year: int, random: np.random.Generator
) -> None:
    """Draw the values of a year and write its rows."""
    section, legal, persons = state["section"], state["legal"], state["persons"]
    number = len(persons)
    log = (
        np.log(persons) * (1 + _number("size_elasticity"))
        + state["productivity"]
        + random.standard_normal(number) * _number("noise")
    )
    value = values.value_added(figures, year, section, legal, persons, np.exp(log))
    trade = np.where(section == SECTIONS.index("G"), 2.0, 1.0) * _number("purchases")
    bought = value * trade * np.exp(random.standard_normal(number) * _number("purchases_spread"))
    worked = np.exp(random.standard_normal(number) * _number("hours_spread"))
    eager = state["openness"] + state["productivity"] * (_number("ai_productivity") / _number("dispersion"))
    use, unknown = values.ai_users(figures, year, section, persons, eager)
    starts = [sizes.bounds(label)[0] for label in sizes.STANDARD[1:]]
    written = {
        "firm": state["firm"], "year": year, "industry": section, "persons": persons,
        "hours": values.hours(figures, year, persons, worked), "value_added": value,
        "sales": values.sales(figures, year, legal, persons, value, bought), "legal_size": legal,
        "size_class": np.digitize(persons, starts), "birth_year": state["birth_year"], "ai_use": use,
        "ai_unknown": unknown,
    }  # fmt: skip
    for name, array in written.items():
        columns[name][rows] = array


def _let_die(state: dict, course: lives.Lives, place: int, year: int, random: np.random.Generator) -> None:
    """Take the firms that do not reach the next year out of the state."""
    frailty = state["persons"] ** _number("frailty_size") * np.exp(
        _number("frailty_productivity") * state["productivity"]
    )
    dead = lives.choose_deaths(
        year - state["birth_year"], frailty, int(course.dying[place]), course.hazards, random
    )
    state["next"] = int(state["firm"][-1]) + 1
    for name in ("firm", "section", "birth_year", "size", "legal_score", "productivity", "openness"):
        state[name] = state[name][~dead]


def _frame(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the columns as a frame; codes become categories, unknown AI use becomes missing."""
    labels = {"industry": (SECTIONS, False), "legal_size": (LEGAL, True), "size_class": (sizes.STANDARD, True)}
    unknown = columns.pop("ai_unknown")
    held: dict[str, Any] = {}
    for name, array in columns.items():
        if name in labels:
            names, ordered = labels[name]
            held[name] = pd.Categorical.from_codes(array, categories=list(names), ordered=ordered)
        elif name == "ai_use":
            held[name] = pd.arrays.BooleanArray(array, unknown)
        else:
            held[name] = array
    held["synthetic"] = np.ones(len(unknown), dtype=bool)
    return pd.DataFrame(held, copy=False)
