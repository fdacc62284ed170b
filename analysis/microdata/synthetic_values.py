"""What the firms of the synthetic register produce, sell and work, and which use AI: scaled so that totals hold."""

from __future__ import annotations

import numpy as np

from analysis.data import sizes
from analysis.microdata.calibration_targets import ACCOUNTS, SECTIONS, SERVICES, Figures
from analysis.microdata.margins import proportional, whole

AI_FROM = 2022
"""First year of the question on AI use that is asked today; earlier answers do not compare."""

AI_CLASSES = sizes.STANDARD[1:]
"""Classes for which AI use is published: firms with 10 or more persons."""

NON_SME = 3
_GROUPS = list(ACCOUNTS)
_GROUP_OF = np.array([next(i for i, group in enumerate(_GROUPS) if name in ACCOUNTS[group]) for name in SECTIONS])
_IN_SERVICES = np.array([all(name in SERVICES for name in ACCOUNTS[group]) for group in _GROUPS])


def value_added(
    figures: Figures, year: int, section: np.ndarray, legal: np.ndarray, persons: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """Return value added of each firm (million won): `drawn` scaled so that the published totals and ratios hold.

    Value added per person is met in each sector of the accounts, and SMEs over others in manufacturing and in all
    services together. In the other sectors the ratio of services is an assumption.

    Parameters
    ----------
    figures : Figures
    year : int
    section, legal : array of int
        Position in `SECTIONS` and in `LEGAL`.
    persons, drawn : array
        Persons, and value added before scaling.

    Returns
    -------
    array of float
    """
    cell = _GROUP_OF[section] * 2 + (legal == NON_SME)
    shape = (len(_GROUPS), 2)
    start = np.bincount(cell, drawn, minlength=2 * len(_GROUPS)).reshape(shape)
    staff = np.bincount(cell, persons, minlength=2 * len(_GROUPS)).reshape(shape)
    per_person = np.array([figures.value("value_per_person", year, group) for group in _GROUPS])
    total = per_person * staff.sum(axis=1)
    in_manufacturing = figures.value("manufacturing_ratio", year)
    in_services = figures.value("services_ratio", year)
    wanted = np.zeros(shape)
    for place, group in enumerate(_GROUPS):
        ratio = in_manufacturing if group == "C" else in_services
        wanted[place] = total[place] * _shares(staff[place], ratio)
    wanted[_IN_SERVICES] = proportional(
        np.where(staff[_IN_SERVICES] > 0, start[_IN_SERVICES], 0.0),
        total[_IN_SERVICES],
        total[_IN_SERVICES].sum() * _shares(staff[_IN_SERVICES].sum(axis=0), in_services),
    )
    factor = np.divide(wanted, start, out=np.zeros(shape), where=start > 0).ravel()
    return drawn * factor[cell]


def _shares(staff: np.ndarray, ratio: float) -> np.ndarray:
    """Return the shares of SMEs and others in value added, given their persons and the ratio per person."""
    weighted = staff * np.array([ratio, 1.0])
    return weighted / weighted.sum() if weighted.sum() else np.array([1.0, 0.0])


def sales(
    figures: Figures, year: int, legal: np.ndarray, persons: np.ndarray, value: np.ndarray, purchases: np.ndarray
) -> np.ndarray:
    """Return sales of each firm (million won): value added plus purchases, scaled to the published totals.

    Sales per person in SMEs and the share of SMEs in all sales are met.

    Raises
    ------
    ValueError
        If value added of a group exceeds the sales that the figures leave it.
    """
    other = legal == NON_SME
    of_sme = figures.value("sales_per_person_sme", year) * persons[~other].sum()
    share = figures.value("sales_sme", year)
    total = {False: of_sme, True: of_sme / share * (1 - share)}
    sold = np.empty(len(value))
    for kind, members in ((False, ~other), (True, other)):
        left = total[kind] - value[members].sum()
        if left <= 0:
            name = "non-SMEs" if kind else "SMEs"
            raise ValueError(f"value added of {name} in {year} exceeds their sales: the figures contradict each other")
        sold[members] = value[members] + purchases[members] * (left / purchases[members].sum())
    return sold


def hours(figures: Figures, year: int, persons: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return hours worked in each firm: `drawn` hours per person scaled to the published average."""
    average = figures.value("hours_per_person", year)
    worked = persons * drawn
    return worked * (average * persons.sum() / worked.sum())


def ai_rates(figures: Figures, year: int, firms: np.ndarray) -> np.ndarray:
    """Return rates of AI use by section and size class that meet the published rates.

    Rates of a class without a figure for the year begin at the class's nearest figure and move together (in odds) so
    that the rate of all firms with 10 or more persons holds. Sections differ by the odds of the year for which they
    are published, 2024; for other years that is an assumption.

    Parameters
    ----------
    figures : Figures
    year : int
    firms : array of shape (sections, 3)
        Firms by section and class of `AI_CLASSES`.

    Returns
    -------
    array of the same shape
    """
    known = figures.of_year("ai_class", figures.nearest("ai_class", year, "10+")[0])
    number = firms.sum(axis=0).astype(float)
    by_class = np.array([figures.value("ai_class", year, name) for name in AI_CLASSES], dtype=float)
    free = np.array([name not in known for name in AI_CLASSES])
    if free.any():
        rest = known["10+"] * number.sum() - (by_class * number)[~free].sum()
        by_class[free] = _shift(by_class[free], number[free], rest)
    by_section = figures.of_year("ai_section", figures.nearest("ai_section", year, "K")[0])
    rates = np.tile(by_class, (len(SECTIONS), 1))
    # one pass gives sections the odds of the published year beside each other; more passes meet their rates too
    for _ in range(200 if by_section == figures.of_year("ai_section", year) else 1):
        for name, rate in by_section.items():
            place = SECTIONS.index(name)
            rates[place] = _shift(rates[place], firms[place], rate * firms[place].sum())
        before = (rates * firms).sum(axis=0)
        for place in range(len(AI_CLASSES)):
            rates[:, place] = _shift(rates[:, place], firms[:, place], by_class[place] * number[place])
        if np.allclose(before, by_class * number, rtol=1e-9):
            break
    return rates


def _shift(rates: np.ndarray, weights: np.ndarray, total: float) -> np.ndarray:
    """Move rates by one step in log odds so that their weighted sum is `total` (as near as 0 and 1 allow)."""
    if not weights.sum():
        return rates
    odds = np.log(rates / (1 - rates))
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        if (weights / (1 + np.exp(-odds - middle))).sum() < total:
            low = middle
        else:
            high = middle
    return 1 / (1 + np.exp(-odds - (low + high) / 2))


def ai_users(
    figures: Figures, year: int, section: np.ndarray, persons: np.ndarray, eagerness: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which firms use AI and for which it is unknown (fewer than 10 persons, years before 2022).

    Parameters
    ----------
    eagerness : array
        Within a section and size class, the firms highest on this use AI.

    Returns
    -------
    (array of bool, array of bool)
        Use, and whether the answer is missing.
    """
    use = np.zeros(len(persons), dtype=bool)
    starts = [sizes.bounds(name)[0] for name in AI_CLASSES]
    unknown = persons < starts[0]
    if year < AI_FROM:
        return use, np.ones(len(persons), dtype=bool)
    asked = np.flatnonzero(~unknown)
    band = np.digitize(persons[asked], starts[1:])
    cell = section[asked] * len(AI_CLASSES) + band
    firms = np.bincount(cell, minlength=len(SECTIONS) * len(AI_CLASSES)).reshape(len(SECTIONS), -1)
    expected = ai_rates(figures, year, firms) * firms
    users = np.zeros_like(firms)
    for place in range(len(AI_CLASSES)):
        users[:, place] = np.minimum(whole(expected[:, place], round(expected[:, place].sum())), firms[:, place])
    order = np.lexsort((-eagerness[asked], cell))
    begins = np.concatenate([[0], np.cumsum(firms.ravel())[:-1]])
    rank = np.arange(len(asked)) - begins[cell[order]]
    use[asked[order]] = rank < users.ravel()[cell[order]]
    return use, unknown
