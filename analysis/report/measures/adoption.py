"""Claim B7: what counting adopters of AI says about productivity, and how much firms with 10-49 persons weigh.

The count is the share of firms with 10-49 persons that use AI. Across countries productivity is GDP per hour of the
whole economy, because no public table holds output per hour by size of firm; across industries it is value added per
person of enterprises with 10-49 persons where it is held (Germany, France, United Kingdom) and output per hour of US
industries.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import adoption_tables as tables
from analysis.report.measures import size_productivity, sizes, small_firm_weight, targets
from analysis.report.measures.adoption_tables import CURRENT, ILO, KOREAN_YEAR, OECD_2020, PENN, Load
from analysis.report.measures.ranks import RankCorrelation, places

EURO = ("DEU", "FRA")


def counting_adopters(load: Load) -> list[Reading]:
    """Return the readings of claim B7.

    Parts `level` and `growth` are rank correlations of AI use and output per hour across countries, `industries` of AI
    use and productivity across industries; `jobs` and `gap` are the share of units with 10-49 persons in Korean jobs
    and in Korea's gap in manufacturing. The stronger reading rests on `korea`, the distance between Korea's two ranks,
    and `targets`, what stated targets count.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    jobs = [replace(one, part="jobs") for one in sizes.ten_to_fortynine(load) if one.part == "share"]
    found = [*_level(load), *_growth(load), *_industries(load), *jobs, *_gap(load)]
    return [*found, *_korea(load), *_targets(load)]


def _level(load: Load) -> list[Reading]:
    used, level = tables.ai_use(load, 2025, korea=KOREAN_YEAR[2025]), tables.per_hour(load, OECD_2020, 2023)
    readings = [_rho("level", _pair(2025), tables.correlate(used, level), korea=True, headline=True, year=2025)]

    def add(label: str, first: pd.Series, second: pd.Series, **how) -> None:
        readings.append(_rho("level", label, tables.correlate(first, second), **{"year": 2025, **how}))

    for round_ in (2024, 2023):
        add(_pair(round_), tables.ai_use(load, round_, korea=KOREAN_YEAR[round_]), level, korea=True, year=round_)
    add("Europe 2021, without Korea", tables.ai_use(load, 2021), level, year=2021)
    same = "Europe and Korea as labelled 2024, a year apart in fact"
    add(same, tables.ai_use(load, 2024, korea=2024), level, korea=True, year=2024, turns_on="match of years")
    add("without Korea", used.drop("KOR"), level, turns_on="countries")
    add("without Ireland and Luxembourg", used.drop(["IRL", "LUX"]), level, korea=True, turns_on="countries")
    for name, source, year in (
        ("current PPPs, 2022", CURRENT, 2022),
        ("Penn World Table, 2023", PENN, 2023),
        ("ILO model, 2023", ILO, 2023),
    ):
        add(f"output per hour at {name}", used, tables.per_hour(load, source, year), korea=True, turns_on="price basis")
    whole = tables.ai_use(load, 2025, "10+", KOREAN_YEAR[2025])
    add("all firms from 10 persons", whole, level, korea=True, turns_on="size of firm")
    return readings


def _growth(load: Load) -> list[Reading]:
    used, after = tables.ai_use(load, 2021), tables.growth_per_hour(load, OECD_2020, 2021, 2024)
    level = tables.per_hour(load, OECD_2020, 2021)
    label = "AI use 2021, growth 2021-24, without Korea"
    readings = [_rho("growth", label, tables.correlate(used, after), headline=True, year="2021-24")]

    def add(label: str, found: RankCorrelation, **how) -> None:
        readings.append(_rho("growth", label, found, **how))

    add("AI use 2021, growth 2021-24, given the level of 2021", tables.correlate(used, after, level),
        year="2021-24", turns_on="catching up")  # fmt: skip
    to_2023 = tables.growth_per_hour(load, OECD_2020, 2021, 2023)
    add("AI use 2021, growth 2021-23", tables.correlate(used, to_2023), year="2021-23", turns_on="years")
    add("AI use 2021, growth 2021-23, ILO model", tables.correlate(used, tables.growth_per_hour(load, ILO, 2021, 2023)),
        year="2021-23", turns_on="countries")  # fmt: skip
    last = tables.growth_per_hour(load, OECD_2020, 2023, 2024)
    add("AI use 2023, growth 2023-24", tables.correlate(tables.ai_use(load, 2023), last), year="2023-24",
        turns_on="years")  # fmt: skip
    change = tables.ai_use_change(load, 2023, 2024)
    add("change of AI use 2023-24, growth 2023-24", tables.correlate(change, last), year="2023-24",
        turns_on="change instead of level")  # fmt: skip
    latest, decade = (
        tables.ai_use(load, 2025, korea=KOREAN_YEAR[2025]),
        tables.growth_per_hour(load, OECD_2020, 2013, 2023),
    )
    add("AI use 2025, growth of the decade before, with Korea", tables.correlate(latest, decade), korea=True,
        year="2013-23", turns_on="years")  # fmt: skip
    return readings


def _industries(load: Load) -> list[Reading]:
    used = tables.section_use(load)
    readings = []

    def add(label: str, first: pd.Series, second: pd.Series, table: str = "ai_adoption", **how) -> None:
        readings.append(_rho("industries", label, tables.correlate(first, second), table=table, **how))

    both = tables.section_output(load, EURO, 2019)
    where = "value added per person, 10-49 persons"
    add(f"EU 2025 and {where}, Germany and France 2019", used, both, headline=True, year=2025)
    for code, name, year in (("DEU", "Germany", 2019), ("FRA", "France", 2019), ("GBR", "United Kingdom", 2018)):
        add(f"EU 2025 and {where}, {name} {year}", used, tables.section_output(load, (code,), year), year=2025,
            turns_on="country")  # fmt: skip
    add("the same without real estate", used.drop("L"), both, year=2025, turns_on="industries")
    whole = tables.section_output(load, EURO, 2019, tables.FROM_TEN)
    label = "EU 2025 and value added per person, all firms from 10 persons"
    add(label, used, whole, year=2025, turns_on="size of firm")
    companies = tables.us_use(load)
    for label, measure, first in (
        ("US 2021 and growth of output per hour, 2012-19", "labour_productivity", 2012),
        ("US 2021 and growth of output per hour, 2007-19", "labour_productivity", 2007),
        ("US 2021 and growth of total factor productivity, 2012-19", "total_factor_productivity", 2012),
    ):
        add(label, companies, tables.us_growth(load, first, 2019, measure), "us_industry_productivity",
            year=2021, turns_on="growth instead of level")  # fmt: skip
    return readings


def _gap(load: Load) -> list[Reading]:
    readings = []
    for place, row in enumerate(small_firm_weight.gap_table(load).itertuples()):
        turns = "peer" if row.headline else "ratio by size"
        readings.append(
            Reading(
                "gap", f"{row.name} {row.peer_year}, {row.way}", float(row.share_of_gap), "share", "size_productivity",
                place == 0, turns, row.peer_year, "as published", True, f"{100 * row.share_of_gap:.1f} %",
            )
        )  # fmt: skip
    return readings


def _korea(load: Load) -> list[Reading]:
    level = tables.per_hour(load, OECD_2020, 2023)
    cases = [
        (round_, _pair(round_), tables.ai_use(load, round_, korea=KOREAN_YEAR[round_]), level, "year")
        for round_ in (2025, 2024, 2023)
    ]
    latest = cases[0][2]
    cases += [
        (2025, f"output per hour at {name}", latest, tables.per_hour(load, source, year), "price basis")
        for name, source, year in (
            ("current PPPs, 2022", CURRENT, 2022),
            ("Penn World Table, 2023", PENN, 2023),
            ("ILO model, 2023", ILO, 2023),
        )
    ]
    whole = tables.ai_use(load, 2025, "10+", KOREAN_YEAR[2025])
    cases.append((2025, "all firms from 10 persons", whole, level, "size of firm"))
    old = tables.ai_use(load, 2021, "10+", 2021)
    cases.append((2021, "all firms from 10 persons, 2021, the question before the break", old, level, "question"))
    readings = []
    for place, (year, label, used, productivity, turns) in enumerate(cases):
        if "KOR" not in productivity:
            raise Unmeasurable("gdp_per_hour holds no Korean value")
        by_use, by_output, n = places(used, productivity, "KOR")
        readings.append(
            Reading(
                "korea", label, abs(by_output - by_use) / n, "of the countries", "ai_adoption", place == 0, turns, year,
                "as published", True, f"{by_use} of {n} by AI use, {by_output} by output per hour",
            )
        )  # fmt: skip
    return readings


def _targets(load: Load) -> list[Reading]:
    korean, every = targets.stated(load), targets.stated(load, None)
    recent = korean[korean["year"] >= 2022]
    cases = [
        ("Korean targets in the list", targets.counting(korean), "targets chosen", korean),
        ("read in the body's own text", targets.counting(korean[~korean["secondary"]]), "sources", None),
        ("announced since 2022", targets.counting(recent), "year", recent),
        ("about SMEs or small firms", targets.counting(korean[korean["firms"].isin(["SMEs", "small firms"])]), "firms",
         korean),
        ("adopters only, without projects and supported firms", targets.counting(korean, ("adopters",)),
         "what is counted", korean),
        ("plans with no target for output", targets.plans_without_output(korean), "plans", korean),
        ("with the EU, Germany and Japan", targets.counting(every), "countries", every),
    ]  # fmt: skip
    return [
        Reading(
            "targets", label, found[0] / found[1], "share", "policy_targets", place == 0, turns, "2009-25",
            "as published", rows is not None and bool(rows["secondary"].any()), f"{found[0]} of {found[1]}",
        )
        for place, (label, found, turns, rows) in enumerate(cases)
    ]  # fmt: skip


def strip_rows(readings: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the readings of one part as rows of a strip, headline first (columns label, value, headline, holds).

    Raises
    ------
    ValueError
        If the claim has no such part.
    """
    rows = readings[readings["part"] == part]
    if rows.empty:
        raise ValueError(f"no part {part!r}; parts: {', '.join(readings['part'].unique())}")
    rows = rows.sort_values(["headline", "value"], ascending=[False, False])
    return rows[["label", "value", "headline", "holds"]].reset_index(drop=True)


def facts(load: Load) -> dict:
    """Return the numbers of the page by name; shares as numbers out of a hundred, correlations as they are."""
    level = tables.correlate(tables.ai_use(load, 2025, korea=KOREAN_YEAR[2025]), tables.per_hour(load, OECD_2020, 2023))
    growth = tables.correlate(tables.ai_use(load, 2021), tables.growth_per_hour(load, OECD_2020, 2021, 2024))
    sections = tables.correlate(tables.section_use(load), tables.section_output(load, EURO, 2019))
    us = tables.correlate(tables.us_use(load), tables.us_growth(load, 2012, 2019))
    countries = tables.country_table(load).set_index("country")
    gaps = small_firm_weight.gap_table(load)["share_of_gap"]
    counted, held = targets.counting(targets.stated(load))
    old = targets.stated(load).set_index("id").loc["TGT-01"]
    since = size_productivity.korean_ratios(load, int(old["due"]))
    reached = since.loc[since["comparable"] & since["industry"].isin(["C", "B-C"]), "ratio"]
    return {
        "level_rho": level.rho, "level_low": level.low, "level_high": level.high, "level_n": level.n,
        "growth_rho": growth.rho, "growth_low": growth.low, "growth_high": growth.high, "growth_n": growth.n,
        "sections_rho": sections.rho, "sections_low": sections.low, "sections_high": sections.high,
        "sections_n": sections.n,
        "us_rho": us.rho, "us_low": us.low, "us_high": us.high, "us_n": us.n,
        "korea_use": countries.at["KOR", "ai_use"], "korea_per_hour": countries.at["KOR", "per_hour"],
        "korea_rank_use": int(countries.at["KOR", "rank_ai_use"]),
        "korea_rank_per_hour": int(countries.at["KOR", "rank_per_hour"]),
        "gap_low": 100 * gaps.min(), "gap_high": 100 * gaps.max(),
        "targets_counting": counted, "targets": held,
        "old_target": float(old["value"]), "old_baseline": float(old["baseline"]), "old_due": str(old["due"]),
        "old_reached": 100 * float(reached.max()),
    }  # fmt: skip


def _pair(round_: int) -> str:
    return f"Europe {round_}, Korea end of {KOREAN_YEAR[round_]}"


def _rho(
    part: str, label: str, found: RankCorrelation, *, table: str = "ai_adoption", korea: bool = False, **how
) -> Reading:
    """Make a reading of a rank correlation, printed with its interval; Korean rates are read in press reports."""
    return Reading(
        part, label, found.rho, "rank correlation", table, vintage="as published", secondary=korea,
        shown=found.text(), **{"turns_on": "year", **how},
    )  # fmt: skip
