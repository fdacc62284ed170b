"""How far behind, by which yardstick (claim A1), and the gap set against research, robots and schooling (claim A2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.data.countries import OECD, missing_members
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.values import ordinal, position

Load = Callable[[str], pd.DataFrame]
CLAIMED = 44.0
"""The claim's figure, USD per hour; the rule of A1 in the ledger has the same."""
ENOUGH = 30
"""A rank among OECD members is formed where at least this many have a value."""


@dataclass(frozen=True)
class Yardstick:
    """One way to measure GDP per hour: a vintage of a source and a price basis, with the years that are read."""

    name: str
    vintage: str
    price_basis: str
    years: tuple[int, ...]
    turns_on: str = "year"


YARDSTICKS = (
    Yardstick("OECD 2024, 2015 PPPs", "oecd-pdb-2024-06", "constant_2015_ppp", (2022, 2021)),
    Yardstick("OECD 2024, current PPPs", "oecd-pdb-2024-06", "current_ppp", (2022, 2021), "price basis"),
    Yardstick("OECD 2026, 2020 PPPs", "oecd-pdb-2026-09", "constant_2020_ppp", (2023, 2022), "price basis and vintage"),
    Yardstick("OECD 2026, current PPPs", "oecd-pdb-2026-kor", "current_ppp", (2023, 2022), "price basis and vintage"),
    Yardstick("PWT 11.0, 2021 PPPs", "pwt-11.0", "constant_2021_ppp", (2023, 2022), "source"),
    Yardstick("PWT 10.01, 2017 PPPs", "pwt-10.01", "constant_2017_ppp", (2019, 2018), "source"),
    Yardstick("ILO, 2021 PPPs", "ilo-2026-03", "constant_2021_ppp", (2023, 2022, 2025), "source"),
)
"""Every yardstick in its latest year and the year before (ILO: the last two before its series breaks, and the last).

The first is the headline: the OECD series at constant prices whose figures lie nearest the one in the claim.
"""
PUBLISHED = {
    "MAC-027": ("Korea Productivity Center", "MAC-031"), "MAC-034": ("Japan Productivity Center", "MAC-041"),
    "MAC-050": ("Bank of Korea", "MAC-054"), "MAC-055": ("The Economist, current PPPs", None),
    "MAC-056": ("The Economist, 2021 PPPs", None),
}  # fmt: skip
"""Levels (with ranks) as others published them, by id in `published_figures`; a blog without a source is left out."""


def members(load: Load, yardstick: Yardstick, year: int) -> pd.Series:
    """Return GDP per hour of the OECD members that a yardstick holds in a year.

    Returns
    -------
    Series
        USD per hour by ISO 3166 alpha-3 code.

    Raises
    ------
    Unmeasurable
        If Korea is not among them.
    """
    table = load("gdp_per_hour")
    keep = (table["vintage"] == yardstick.vintage) & (table["price_basis"] == yardstick.price_basis)
    rows = table[keep & (table["year"] == year) & table["country"].isin(OECD)]
    return _with_korea(rows, "value", f"gdp_per_hour, {yardstick.name}, {year}")


def positions(load: Load) -> pd.DataFrame:
    """Return Korea's place on every yardstick.

    Returns
    -------
    DataFrame
        Columns label, yardstick, year, vintage, turns_on, headline, level (USD per hour), rank, members, over_median,
        over_mean, over_usa (ratios) and left_out (names of the members without a value). Rank and ratios are empty
        where fewer than 30 members have a value.
    """
    rows = []
    for yardstick in YARDSTICKS:
        for year in yardstick.years:
            held = members(load, yardstick, year)
            row = {
                "label": f"{yardstick.name}, {year}", "yardstick": yardstick.name, "year": year, "level": held["KOR"],
                "vintage": yardstick.vintage, "turns_on": yardstick.turns_on, "headline": not rows,
            }  # fmt: skip
            if len(held) >= ENOUGH:
                rank, count = position(held, "KOR")
                row |= {"rank": rank, "members": count, "left_out": ", ".join(missing_members(held.index))}
                row |= {"over_median": held["KOR"] / held.median(), "over_mean": held["KOR"] / held.mean()}
                row |= {"over_usa": held["KOR"] / held["USA"]} if "USA" in held else {}
            rows.append(row)
    table = pd.DataFrame(rows)
    if "rank" not in table or pd.isna(table.loc[0, "rank"]):
        raise Unmeasurable(f"gdp_per_hour holds too few OECD members to rank Korea by {YARDSTICKS[0].name}")
    return table


def level_and_rank(load: Load) -> list[Reading]:
    """Measure claim A1: the level of GDP per hour and Korea's rank, by every yardstick; and Korea over the median."""
    table, readings = positions(load), []
    for row in table.itertuples():
        common = {
            "table": "gdp_per_hour",
            "headline": row.headline,
            "turns_on": row.turns_on,
            "year": row.year,
            "vintage": row.vintage,
        }
        shown = f"{row.level:.1f} USD ({row.label})"
        readings.append(Reading("level", row.label, row.level, "USD per hour", shown=shown, **common))
        if pd.notna(row.rank):
            shown = f"{ordinal(int(row.rank))} of {row.members:.0f} ({row.label})"
            readings.append(
                Reading("rank", row.label, row.rank / row.members, "rank over members", shown=shown, **common)
            )
            readings.append(Reading("median", row.label, row.over_median, "of the OECD median", **common))
    head = table.iloc[0]
    mean = {
        "turns_on": "mean or median",
        "year": int(head["year"]),
        "vintage": head["vintage"],
        "table": "gdp_per_hour",
    }
    readings.append(
        Reading("median", f"{head['label']}, against the mean", head["over_mean"], "of the OECD mean", **mean)
    )
    return readings + _published(load)


def _published(load: Load) -> list[Reading]:
    """Read levels and ranks as published by others; the unit of a rank says among how many ("rank of 37 ...")."""
    table, readings = load("published_figures").set_index("id"), []
    for level, (name, rank) in PUBLISHED.items():
        for id, part in ((level, "level"), (rank, "rank")):
            if id is None:
                continue
            if id not in table.index or table.loc[id, "geography"] != "KOR":
                raise Unmeasurable(f"published_figures holds no Korean figure {id} ({name})")
            row = table.loc[id]
            value, unit, shown = float(row["value"]), "USD per hour", f"{row['value']:.1f} USD ({name}, {row['year']})"
            if part == "rank":
                found = re.fullmatch(r"rank of (\d+) OECD countries", row["unit"])
                if not found:
                    raise ValueError(
                        f"published_figures, {id}: unit {row['unit']!r} does not say among how many countries"
                    )
                count = int(found[1])
                value, unit, shown = (
                    value / count,
                    "rank over members",
                    f"{ordinal(int(value))} of {count} ({name}, {row['year']})",
                )
            readings.append(Reading(
                part, f"{name}, {row['year']}", value, unit, "published_figures", turns_on="publisher",
                year=int(row["year"]), vintage="as published", secondary=bool(row["secondary"]), shown=shown,
            ))  # fmt: skip
    return readings


def inputs_and_gap(load: Load) -> list[Reading]:
    """Measure claim A2: the gap, whether it persists, and Korea's place in research, robots, schooling and skills."""
    return [*_gap(load), *_persistence(load), *_research(load), *_robots(load), *_schooling(load), *_education(load)]


def _gap(load: Load) -> list[Reading]:
    table = positions(load)
    readings = []
    for row in table[table["over_median"].notna()].itertuples():
        common = {"table": "gdp_per_hour", "year": row.year, "vintage": row.vintage}
        shown = f"{100 * row.over_median:.0f} % of the OECD median ({row.label})"
        readings.append(
            Reading(
                "gap",
                row.label,
                row.over_median,
                "of the OECD median",
                headline=row.headline,
                turns_on=row.turns_on,
                shown=shown,
                **common,
            )
        )
        if row.headline and pd.notna(row.over_usa):
            readings.append(
                Reading(
                    "gap",
                    f"{row.label}, against the United States",
                    row.over_usa,
                    "of the United States",
                    turns_on="reference",
                    **common,
                )
            )
    return readings


SPANS = (
    (YARDSTICKS[0], 2013, 2022, "median", "year"),
    (YARDSTICKS[0], 2013, 2022, "USA", "reference"),
    (YARDSTICKS[1], 2013, 2022, "median", "price basis"),
    (YARDSTICKS[2], 2013, 2023, "median", "price basis and vintage"),
    (YARDSTICKS[2], 2011, 2023, "median", "price basis and vintage"),
    (YARDSTICKS[6], 2013, 2023, "median", "source"),
    (YARDSTICKS[5], 2009, 2019, "median", "source"),
    (YARDSTICKS[5], 1990, 2019, "median", "span"),
    (YARDSTICKS[5], 1990, 2019, "USA", "span"),
)
"""Over which years, on which yardstick and against whom the gap is followed; the first is the headline.

A decade on every yardstick that holds one (the OECD's older series starts in 2013, its newer one for Korea in 2011),
and three decades on the one series that is long enough.
"""


def remaining(then: float, now: float) -> float:
    """Return the share of an earlier gap that is still there.

    Parameters
    ----------
    then, now : float
        Korea over the reference, as ratios. Without a gap then, the answer is 1 if there is one now and 0 if not.

    Examples
    --------
    >>> remaining(0.6, 0.8), remaining(0.6, 1.1), remaining(1.2, 0.9)
    (0.5, 0.0, 1.0)
    """
    before, after = max(0.0, 1 - then), max(0.0, 1 - now)
    return round(after / before, 12) if before > 0 else float(after > 0)


def relative(
    load: Load, yardstick: Yardstick, start: int, end: int, reference: str = "median"
) -> tuple[float, float, int]:
    """Return Korea over a reference at two dates, among the members that have a value at both, and their number."""
    first, last = members(load, yardstick, start), members(load, yardstick, end)
    both = first.index.intersection(last.index)
    if reference != "median" and reference not in both:
        raise Unmeasurable(f"gdp_per_hour, {yardstick.name}, holds no {reference} in {start} and {end}")
    base = [one[both].median() if reference == "median" else one[reference] for one in (first, last)]
    return first["KOR"] / base[0], last["KOR"] / base[1], len(both)


def _persistence(load: Load) -> list[Reading]:
    readings = []
    for yardstick, start, end, reference, turns_on in SPANS:
        then, now, _ = relative(load, yardstick, start, end, reference)
        whom = "" if reference == "median" else ", to US"
        share = remaining(then, now)
        readings.append(Reading(
            "persistence", f"{yardstick.name}, {start}-{end}{whom}", share, "of the earlier gap", "gdp_per_hour",
            headline=not readings, turns_on=turns_on, year=end, vintage=yardstick.vintage,
            shown=f"{100 * share:.0f} % of the gap of {start} is left in {end}",
        ))  # fmt: skip
    return readings


def indicator(load: Load, name: str, year: int, age: str = "all", source: str | None = None) -> pd.DataFrame:
    """Return one indicator of table `inputs` in one year, Korea among its rows.

    Returns
    -------
    DataFrame
        Indexed by country, with value, unit and secondary; members of the OECD and the OECD mean.

    Raises
    ------
    Unmeasurable
        If Korea has no value.
    """
    table = load("inputs")
    keep = (table["indicator"] == name) & (table["year"] == year) & (table["age"] == age)
    keep &= table["country"].isin([*OECD, "OECD"]) & (True if source is None else table["source"] == source)
    rows = table[keep]
    if "KOR" not in set(rows["country"]):
        raise Unmeasurable(f"inputs holds no Korean {name} for {year}, age {age}")
    _once(rows, f"inputs, {name}, {year}, age {age}")
    return rows.set_index("country")[["value", "unit", "secondary"]]


WDI = "wdi-2026-07"


def _research(load: Load) -> list[Reading]:
    readings = []
    for name, label in (
        ("rd_gdp_share", "R&D spending, share of GDP"),
        ("researchers_per_million", "researchers per million people"),
    ):
        for year in (2023, 2022, 2021):
            held = indicator(load, name, year, source=WDI)["value"]
            rank, count = position(held, "KOR")
            readings.append(Reading(
                "research", f"{label}, {year}", rank / count, "rank over members", "inputs", headline=not readings,
                turns_on="year" if name == "rd_gdp_share" else "definition", year=year, vintage=WDI,
                shown=f"{ordinal(rank)} of {count} ({label}, {year})",
            ))  # fmt: skip
    return readings


def _robots(load: Load) -> list[Reading]:
    """Rank robot density among the members whose figure was published: the publisher names the leaders, not all."""
    readings = []
    for year in (2022, 2019, 2021, 2023):
        held = indicator(load, "robot_density", year)
        rank, count = position(held["value"], "KOR")
        readings.append(Reading(
            "robots", f"robots per 10,000 manufacturing workers, {year}", float(rank), "rank", "inputs",
            headline=year == 2022, turns_on="year", year=year, vintage="ifr-world-robotics",
            secondary=bool(held["secondary"].any()),
            shown=f"{ordinal(rank)} of the {count} members published ({held.loc['KOR', 'value']:,.0f} robots, {year})",
        ))  # fmt: skip
    return readings


def _schooling(load: Load) -> list[Reading]:
    """Rank the schooling of the workforce by the index of PWT, the one measure held for all members."""
    readings = []
    for year in (2019, 2018, 2015):
        held = human_capital(load, year)
        rank, count = position(held, "KOR")
        readings.append(Reading(
            "schooling", f"index of schooling (PWT 10.01), {year}", rank / count, "rank over members", "macro_panel",
            headline=not readings, turns_on="year", year=year, vintage="pwt-10.01",
            shown=f"{ordinal(rank)} of {count} (index of schooling, {year})",
        ))  # fmt: skip
    return readings


def human_capital(load: Load, year: int = 2019) -> pd.Series:
    """Return the index of human capital of the OECD members in PWT 10.01, by country."""
    panel = load("macro_panel")
    rows = panel[
        (panel["vintage"] == "pwt-10.01")
        & (panel["year"] == year)
        & panel["country"].isin(OECD)
        & panel["human_capital"].notna()
    ]
    return _with_korea(rows, "human_capital", f"macro_panel, human capital in PWT 10.01, {year}")


EDUCATION = (
    ("tertiary attainment, 25-64", "tertiary_attainment", 2024, "25-64", ""),
    ("tertiary attainment, 25-34", "tertiary_attainment", 2024, "25-34", "age"),
    ("adult literacy, 16-65", "piaac_literacy", 2023, "16-65", "schooling or tested skills"),
    ("adult numeracy, 16-65", "piaac_numeracy", 2023, "16-65", "schooling or tested skills"),
    ("adult problem solving, 16-65", "piaac_problem_solving", 2023, "16-65", "schooling or tested skills"),
    ("literacy, 16-24", "piaac_literacy", 2023, "16-24", "age"),
    ("numeracy, 16-24", "piaac_numeracy", 2023, "16-24", "age"),
)
"""What "highly educated" can mean, each against the OECD mean that its publisher gives; the first is the headline."""


def over_mean(load: Load, name: str, year: int, age: str) -> tuple[float, float, float, bool]:
    """Return Korea's figure, the OECD mean its publisher gives, their ratio, and whether either is secondary."""
    held = indicator(load, name, year, age)
    if "OECD" not in held.index:
        raise Unmeasurable(f"inputs holds no OECD mean of {name} for {year}, age {age}")
    korea, mean = held.loc["KOR", "value"], held.loc["OECD", "value"]
    return korea, mean, korea / mean, bool(held.loc[["KOR", "OECD"], "secondary"].any())


def _education(load: Load) -> list[Reading]:
    readings = []
    for label, name, year, age, turns_on in EDUCATION:
        korea, mean, ratio, secondary = over_mean(load, name, year, age)
        readings.append(Reading(
            "education", f"{label}, {year}", ratio, "of the OECD mean", "inputs", headline=not readings,
            turns_on=turns_on or "definition", year=year, secondary=secondary,
            vintage="oecd-eag-2025" if name == "tertiary_attainment" else "oecd-piaac-2023",
            shown=f"{label}: {korea:,.5g} against {mean:,.5g}",
        ))  # fmt: skip
    held = human_capital(load)
    readings.append(Reading(
        "education", "index of schooling (PWT 10.01), 2019", held["KOR"] / held.mean(), "of the OECD mean",
        "macro_panel", turns_on="definition", year=2019, vintage="pwt-10.01",
    ))  # fmt: skip
    return readings


def _with_korea(rows: pd.DataFrame, value: str, where: str) -> pd.Series:
    """Return values by country, or raise if Korea has none; two rows for one country are an error of the table."""
    _once(rows, where)
    held = rows.set_index("country")[value].astype(float)
    if "KOR" not in held.index:
        raise Unmeasurable(f"no Korean row: {where}")
    if held.isna().any():
        raise ValueError(f"column {value!r} has no value for {', '.join(held.index[held.isna()])}: {where}")
    return held


def _once(rows: pd.DataFrame, where: str) -> None:
    twice = rows.loc[rows["country"].duplicated(), "country"]
    if len(twice):
        raise ValueError(f"column 'country' has more than one row for {', '.join(twice.unique())}: {where}")
