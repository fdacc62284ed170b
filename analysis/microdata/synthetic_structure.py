"""One year of the synthetic register before it has firms: counts and persons by section, legal size and persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.data import sizes
from analysis.microdata.calibration_targets import LEGAL, SECTIONS, Figures
from analysis.microdata.margins import Sizes, rake, whole

EDGES = np.array([
    1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 70, 100, 150, 250, 350, 500, 750, 1000, 1500, 2500, 5000,
    10_000, 30_000, 100_000,
])  # fmt: skip
BANDS = Sizes(EDGES)
PUBLISHED = ("C", "F", "G", "I")
"""Sections whose persons by legal size are published."""

PARETO = 1.06
"""Assumption: tail index of firm sizes before they are fitted to the margins (Axtell 2001, Science 293)."""

TAPER = 5000.0
"""Assumption: persons at which the tail begins to fall faster: a country has no firm of any size."""

CAP = 1000.0
"""Assumption: the fit moves counts by a power of persons up to here; above, the tail keeps its shape."""

BIG = 10.0
"""Assumption: no micro firm has this many persons."""

MICRO_CEILING = {True: 10.0, False: 5.0}
"""Workers below which the law calls a firm micro, in industrial sections (True) and elsewhere."""

_INDUSTRIAL = frozenset("BCFH")


@dataclass(frozen=True)
class Structure:
    """Shares that a year has to meet, per firm: firms and persons by legal size, persons by section, and the tail."""

    firms: np.ndarray
    persons: np.ndarray
    sections: np.ndarray
    legal_in_section: dict[str, np.ndarray]
    large: float
    small_among_middle: float


@dataclass(frozen=True)
class Blocks:
    """Firms and persons of a year by section (rows) and legal size (columns), and the size distribution of each."""

    firms: np.ndarray
    persons: np.ndarray
    weights: np.ndarray


def structure(figures: Figures, year: int) -> Structure:
    """Read what a year has to meet: the year's own figures or those of the nearest year.

    Examples
    --------
    >>> from analysis.microdata.calibration_targets import published
    >>> float(structure(published(), 2020).firms.sum().round(12))
    1.0
    """

    def value(margin: str, group: str = "all") -> float:
        return figures.value(margin, year, group)

    def classes(item: str, sme: float) -> np.ndarray:
        micro, medium = value(f"{item}_micro"), value(f"{item}_medium")
        return np.array([sme * micro, sme * (1 - micro) * (1 - medium), sme * (1 - micro) * medium, 1 - sme])

    firms = classes("firms", 1 - value("firms_non_sme"))
    persons = classes("persons", value("persons_sme"))
    per_firm = value("persons_per_sme") * firms[:3].sum() / persons[:3].sum()
    share = {section: value("section_persons", section) for section in PUBLISHED}
    within = {
        section: np.array([value("section_legal", f"{section} {name}") for name in LEGAL]) for section in PUBLISHED
    }
    sme = value("manufacturing_persons_sme")
    within["C"] = np.append(within["C"][:3] / within["C"][:3].sum() * sme, 1 - sme)
    # assumption: the sections without a published total share the rest as establishments' persons do
    others = figures.profile.sum(axis=1).drop(list(PUBLISHED))
    rest = (1 - sum(share.values())) * others / others.sum()
    sections = np.array([share[name] if name in share else rest[name] for name in SECTIONS])
    return Structure(
        firms, persons * per_firm, sections * per_firm, within, value("persons_large"), value("persons_10_49")
    )


def _start(profile: pd.DataFrame) -> np.ndarray:
    """Return the counts before fitting: a power law, the legal classes' usual sizes, sections' shares of classes."""
    size = BANDS.mean
    tail = (EDGES[:-1] ** -PARETO - EDGES[1:] ** -PARETO) / (1 + size / TAPER)
    band_class = np.digitize(size, [sizes.bounds(label)[0] - 0.5 for label in sizes.STANDARD[1:]])
    relative = (profile.div(profile.sum(axis=1), axis=0) / (profile.sum() / profile.to_numpy().sum())).to_numpy()
    ceiling = np.array([MICRO_CEILING[section in _INDUSTRIAL] for section in SECTIONS])[:, None]
    size = size[None, :]
    member = np.zeros((len(SECTIONS), len(LEGAL), len(tail)))
    member[:, 0] = np.where(size < ceiling, 1.0, 0.5 ** (size - ceiling + 1)) * (size < BIG)
    member[:, 1] = np.where(size < ceiling, 0.25 * (size / ceiling) ** 2, 1.0) / (1 + (size / 40) ** 2) * (size < 250)
    member[:, 2] = np.minimum(1, size / 30) ** 2 / (1 + (size / 200) ** 2) * ((size >= 3) & (size < 1000))
    member[:, 3] = np.minimum(1, size / 300) ** 1.5 * (size >= 8)
    share = profile.sum(axis=1).to_numpy() / profile.to_numpy().sum()
    return member * tail * relative[:, None, band_class] * share[:, None, None]


def fit(wanted: Structure, profile: pd.DataFrame) -> np.ndarray:
    """Return firms per firm of the population by section, legal size and band of persons, meeting the structure.

    Raises
    ------
    ValueError
        If the figures contradict each other.
    """
    start = _start(profile)
    section, legal, band = np.indices(start.shape)
    size = BANDS.mean[band]
    log, head = np.log(np.minimum(size, CAP)), np.digitize(size, [9.5, 49.5, 249.5])
    # counts of a class move by a factor; persons by a power of size; the class margins by smooth steps, so that no
    # jump appears at 50 or 250 persons
    rows: list[tuple[np.ndarray, float, np.ndarray, str]] = []
    for number, name in enumerate(LEGAL):
        member = (legal == number).astype(float)
        rows.append((member, wanted.firms[number], member, f"firms, {name}"))
        rows.append((member * size, wanted.persons[number], member * log, f"persons, {name}"))
    for number, name in enumerate(SECTIONS):
        member = (section == number).astype(float)
        if name not in wanted.legal_in_section:
            rows.append((member * size, wanted.sections[number], member, f"persons, section {name}"))
            continue
        for place, kind in enumerate(LEGAL):
            cell = member * (legal == place)
            target = wanted.sections[number] * wanted.legal_in_section[name][place]
            rows.append((cell * size, target, cell, f"persons, section {name}, {kind}"))
    large = wanted.large * wanted.sections.sum()
    rows.append(((head == 3) * size, large, 1 / (1 + (size / 250) ** 2), "persons, 250+"))
    odds = wanted.small_among_middle / (1 - wanted.small_among_middle)
    middle = ((head == 1) - odds * (head == 2)) * size
    rows.append((middle, 0.0, 1 / (1 + (size / 50) ** 2), "persons, 10-49 over 50-249"))
    held = start > 0
    counts = np.zeros_like(start)
    counts[held] = rake(
        start[held],
        np.array([row[0][held] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2][held] for row in rows]),
        [row[3] for row in rows],
    )
    return counts


def blocks(wanted: Structure, counts: np.ndarray, number: int) -> Blocks:
    """Round a fitted structure to a number of firms: legal sizes add up exactly, published sections keep their persons.

    A section without any firm of a legal size gives its persons to the other sections of that size.
    """
    expected = counts.sum(axis=2)
    persons = (counts * BANDS.mean).sum(axis=2)
    listed = np.array([name in PUBLISHED for name in SECTIONS])
    by_legal = whole(wanted.firms, number)
    people = whole(wanted.persons, round(number * wanted.persons.sum()))
    firms = np.zeros(expected.shape, dtype=np.int64)
    staff = np.zeros(expected.shape, dtype=np.int64)
    for place in range(len(LEGAL)):
        firms[:, place] = whole(expected[:, place], by_legal[place], floor=listed.astype(int))
        target = persons[:, place] * number
        empty = firms[:, place] == 0
        takers = ~empty & ~listed if (~empty & ~listed).any() else ~empty
        target[takers] *= 1 + target[empty].sum() / target[takers].sum()
        target[empty] = 0
        staff[:, place] = whole(target, people[place], floor=firms[:, place])
    return Blocks(firms, staff, counts)
