"""Claim B3: how deeply small firms use what they adopt, and whether it changes anything.

Depth is what adopters do with a technology, never how many adopt it: every share here is of adopters. Surveys grade it
differently (levels of a smart factory, "a lot" or "a little" of AI, purposes, plans), so classes are compared within
one survey and question only. US shares are rounded to a tenth of a percent of all companies, which makes a share of few
users uncertain by up to a tenth of itself: a ratio of 0.9 or more counts as no difference. A share that is published
of all firms asked is divided by the share of them that use AI, and its reading says computed. What workers of all firms
answer, users or not, is no share of adopters and no reading (Korean roadmaps for generative AI).
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
MSS, D4SME, ABS = "mss-smart-manufacturing", "oecd-d4sme", "us-annual-business-survey"
KOREAN_CLASSES = ("micro", "small", "medium", "mid-sized")
"""Legal classes of Korean firms, smallest first."""
BANDS = {
    "1-9": ("1-4", "5-9"),
    "10-49": ("10-19", "20-49"),
    "50-249": ("50-99", "100-249"),
    "250+": ("250-499", "500-999", "1000-4999", "5000-9999", "10000-24999", "25000+"),
}
"""Size class to the bands of the US survey."""
GRADES = {2018: ("low use", "moderate use", "high use"), 2021: ("a little", "somewhat", "a lot")}
"""Year of the US survey to its three answers of users, shallowest first."""
TECHNOLOGIES = {
    (2021, "artificial intelligence"): "AI", (2021, "robotics"): "robotics",
    (2018, "artificial intelligence"): "AI", (2018, "robotics"): "robotics",
    (2018, "cloud computing"): "cloud computing", (2018, "specialised software"): "specialised software",
}  # fmt: skip
"""What the US survey grades, by year: name in `technology_use` to the name shown."""
PERIODS = {2018: "2016-18", 2021: "2021"}
_LARGE = "250+"
_ROUNDED = 0.05


def share(load: Load, survey: str, topic: str, item: str, answer: str, size_class: str, industry: str = "") -> float:
    """Return one share of `technology_depth` as a fraction.

    Raises
    ------
    Unmeasurable
        If the table does not hold it.
    """
    table = load("technology_depth")
    wanted = {"survey": survey, "topic": topic, "item": item, "answer": answer, "size_class": size_class}
    if industry:
        wanted["industry"] = industry
    hit = table[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]["value"].dropna()
    if len(hit) != 1:
        raise Unmeasurable(f"technology_depth holds no single value of {', '.join(wanted.values())}")
    return float(hit.iloc[0]) / 100


def benefit(load: Load, answer: str) -> float:
    """Return the share of the SMEs that use AI, in the OECD's sample, which report a benefit: a fraction.

    The publisher gives it of all SMEs asked. It is divided by the share of them that use AI, since who does not use it
    can report no benefit of it.

    Parameters
    ----------
    answer : str
        "significant" or "at least moderate".

    Raises
    ------
    Unmeasurable
        If the table lacks a share, or more SMEs report the benefit than use AI.
    """
    asked = share(load, D4SME, "benefit", "benefit", answer, "SME")
    users = share(load, D4SME, "adoption", "any AI", "uses", "SME")
    if asked > users:
        raise Unmeasurable(f"{D4SME}: {100 * asked:g} % report a benefit ({answer}), {100 * users:g} % use AI")
    return asked / users


def above_basic(load: Load, size_class: str) -> float:
    """Return the share of the Korean smart factories of a legal class that are at the intermediate level or above."""
    return share(load, MSS, "level", "level", "intermediate or above", size_class)


def us_grades(load: Load, technology: str, year: int, size_class: str) -> pd.Series:
    """Return how the US companies of a class that use a technology grade their use: shares of users, shallowest first.

    Bands are added up by their number of companies. The answers "did not use", "tested, not used" and "don't know" are
    left out: the shares are of users.

    Parameters
    ----------
    technology : str
        Name in `technology_use`.
    year : int
        2018 (for 2016-18) or 2021.
    size_class : str
        A key of `BANDS` or one band.

    Raises
    ------
    ValueError
        If the year or size class is not legal.
    Unmeasurable
        If a cell is not held or suppressed.
    """
    counts = _users(load, technology, year, size_class, 0.0)
    return counts / counts.sum()


def rounding(load: Load, technology: str, year: int, size_class: str) -> tuple[float, float]:
    """Return between what values the share of the deepest answer lies, if every cell is off by its rounding.

    Cells are printed to a tenth of a percent of all companies: the ends take 0.05 off the deepest answer and put it on
    the others, and the reverse.
    """
    ends = []
    for sign in (-1, 1):
        shifts = pd.Series([-sign * _ROUNDED, -sign * _ROUNDED, sign * _ROUNDED], index=GRADES[year])
        counts = _users(load, technology, year, size_class, shifts)
        ends.append(float(counts.iloc[-1] / counts.sum()))
    return ends[0], ends[1]


def _users(load: Load, technology: str, year: int, size_class: str, shift) -> pd.Series:
    if year not in GRADES:
        raise ValueError(f"year {year}; legal: {', '.join(map(str, GRADES))}")
    bands = BANDS.get(size_class, (size_class,))
    legal = [*BANDS, *(band for group in BANDS.values() for band in group)]
    if size_class not in legal:
        raise ValueError(f"size class {size_class!r}; legal: {', '.join(legal)}")
    table, answers = load("technology_use"), list(GRADES[year])
    rows = table[(table["technology"] == technology) & (table["year"] == year) & (table["breakdown"] == "size band")]
    rows = rows[rows["size_class"].isin(bands) & rows["answer"].isin(answers)]
    wide = rows.pivot_table(index="size_class", columns="answer", values="value", aggfunc="first")
    wide = wide.reindex(index=list(bands), columns=answers)
    if wide.isna().any(axis=None):
        raise Unmeasurable(f"technology_use lacks a cell of {technology}, {year}, {size_class}")
    firms = rows.drop_duplicates("size_class").set_index("size_class")["companies"].reindex(list(bands))
    return (wide + shift).clip(lower=0).mul(firms, axis=0).sum()


def eu_purpose(load: Load, purpose: str, year: int, size_class: str) -> float:
    """Return the share of the EU enterprises of a class that use AI which use it for a purpose.

    Raises
    ------
    Unmeasurable
        If that share of AI users is neither published nor computed.
    """
    table = load("ai_purposes")
    rows = table[(table["purpose"] == purpose) & (table["year"] == year) & (table["size_class"] == size_class)]
    rows = rows[rows["base"] == "enterprises that use AI"]
    if rows.empty:
        raise Unmeasurable(f"ai_purposes holds no share of AI users for {purpose}, {year}, {size_class}")
    return float(rows["value"].iloc[0]) / 100


def shallow(load: Load) -> list[Reading]:
    """Return the readings of claim B3.

    Part `level` is the share of adopters at the lowest level, `size` the depth of smaller adopters over that of larger
    ones, `transformation` the share of adopters for whom little changed: skills as before, the plant covered in part,
    or less than some grade of benefit. A constant number of workers is none of these, so it is no reading. The headline
    of `transformation` is what managers say changed; that a plant is covered in part is a weak sign. A question that is
    split by industry is read once, since the parts make up the whole; two grades of one answer are two definitions. The
    stronger reading rests on `steps`: depth of each Korean class over the next larger one.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    return [*_level(load), *_size(load), *_transformation(load), *_steps(load)]


def _level(load: Load) -> list[Reading]:
    korea = share(load, MSS, "level", "level", "basic", "all")
    higher = sum(share(load, MSS, "level", "level", answer, "all") for answer in ("intermediate", "advanced"))
    found = [
        _reading("level", "Korea 2024, smart factories of all adopters at the basic level", korea, "definition", 2024),
        _reading("level", "Korea 2024, all adopters not reported above it", 1 - higher, "definition", 2024),
    ]
    for name in KOREAN_CLASSES[:-1]:
        label = f"Korea 2024, {name} adopters below the intermediate level"
        found.append(_reading("level", label, 1 - above_basic(load, name), "size of firm", 2024))
    novices = share(load, D4SME, "level", "level", "novice", "SME")
    found.append(_reading("level", "OECD 2026, novices among SMEs that use AI", novices, "country", 2026))
    for (year, technology), name in TECHNOLOGIES.items():
        lowest = us_grades(load, technology, year, "10-49").iloc[0]
        label = f"US {PERIODS[year]}, 10-49 persons, {name}: “{GRADES[year][0]}”"
        found.append(_us("level", label, float(lowest), "technology and country", year, share_of=True))
    return _headed(found)


def _size(load: Load) -> list[Reading]:
    top = above_basic(load, "mid-sized")
    found = [
        _ratio("size", f"Korea 2024, smart factories above basic, {name} over mid-sized", above_basic(load, name), top,
               "size of firm", 2024)
        for name in ("small", "micro", "medium")
    ]  # fmt: skip
    for purpose, small in (("research and innovation", "10-49"), ("production processes", "50-249")):
        pair = [eu_purpose(load, purpose, 2025, size) for size in (small, _LARGE)]
        label = f"EU 2025, AI for {purpose}, {small} over {_LARGE}"
        found.append(_ratio("size", label, *pair, "country", 2025, table="ai_purposes", secondary=False))
    for (year, technology), name in TECHNOLOGIES.items():
        small, large = (us_grades(load, technology, year, size) for size in ("10-49", _LARGE))
        for depth, words in ((1, f"“{GRADES[year][-1]}”"), (2, f"at least “{GRADES[year][1]}”")):
            label = f"US {PERIODS[year]}, {name}: {words}, 10-49 over {_LARGE}"
            pair = (float(small.iloc[-depth:].sum()), float(large.iloc[-depth:].sum()))
            found.append(
                _ratio("size", label, *pair, "country", year, table="technology_use", secondary=False)
            )  # fmt: skip
    return _headed(found)


def _transformation(load: Load) -> list[Reading]:
    same = share(load, ABS, "workforce", "skill level of workers", "no effect", "all", "all")
    label = "US 2021, AI users that see no effect on the skill level of workers"
    found = [_us("transformation", label, same, "survey", 2021, "technology_depth", share_of=True)]
    partial = share(load, MSS, "extent", "part of the plant", "partial", "all")
    label = "Korea 2024, smart factories that cover a part of the plant only"
    found.append(_reading("transformation", label, partial, "survey", 2024))
    for answer, grade in (("significant", "no significant"), ("at least moderate", "not even a moderate")):
        label = f"OECD 2026, SMEs with AI that report {grade} benefit, computed"
        found.append(_reading("transformation", label, 1 - benefit(load, answer), "grade of benefit", 2026))
    return _headed(found)


def _steps(load: Load) -> list[Reading]:
    pairs = [("micro", "mid-sized"), *zip(KOREAN_CLASSES, KOREAN_CLASSES[1:], strict=False)]
    return _headed(
        [
            _ratio("steps", f"Korea 2024, smart factories above basic, {small} over {large}", above_basic(load, small),
                   above_basic(load, large), "size of firm", 2024)
            for small, large in pairs
        ]
    )  # fmt: skip


def _headed(found: list[Reading]) -> list[Reading]:
    """Mark the first reading as the headline."""
    return [Reading(**{**one.__dict__, "headline": place == 0}) for place, one in enumerate(found)]


def _reading(part: str, label: str, value: float, turns_on: str, year: int) -> Reading:
    """Make a reading of a share that was read in press reports."""
    return Reading(
        part, label, value, "of adopters", "technology_depth", False, turns_on, year, "as published", True,
        f"{100 * value:.1f} %",
    )  # fmt: skip


def _us(
    part: str, label: str, value: float, turns_on: str, year: int, table: str = "technology_use", *, share_of: bool
) -> Reading:
    shown = f"{100 * value:.1f} %" if share_of else f"{value:.2f}"
    return Reading(part, label, value, "of adopters", table, False, turns_on, year, "as published", False, shown)


def _ratio(
    part: str, label: str, small: float, large: float, turns_on: str, year: int, table: str = "technology_depth",
    secondary: bool = True,
) -> Reading:  # fmt: skip
    if large == 0:
        raise Unmeasurable(f"{label}: no large adopter at that level, no ratio")
    return Reading(
        part, label, small / large, "of the large", table, False, turns_on, year, "as published", secondary,
        f"{small / large:.2f} ({100 * small:.1f} against {100 * large:.1f} %)",
    )  # fmt: skip
