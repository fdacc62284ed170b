"""Services against manufacturing: the ratio by every definition the data hold, and its history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import G7, OECD
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import sector_volumes

Load = Callable[[str], pd.DataFrame]
GROUPS = {
    "all services": codes.SERVICES,
    "without real estate": codes.SERVICES_WITHOUT_REAL_ESTATE,
    "market services": codes.MARKET_SERVICES,
    "business services with real estate": codes.BUSINESS_ECONOMY_SERVICES,
}
"""Groups of services: all (ISIC G to U); without L; without L and O to Q; trade to business services (G to N)."""
PRICES = {
    "current prices": "value_added",
    "constant prices": "value_added_constant",
    "sector PPPs": "value_added_ppp",
}
LABOUR = {"person": "employment", "hour": "hours"}
SOURCES = {"PLD": 2017, "ETD": 2018, "APO": 2023, "10SD": 2010, "EUKLEMS": 2007}
"""Source to the last year with Korea."""
PARITY = 0.9
FEWEST = 15
"""OECD members that a comparison must cover beside Korea."""
PUBLISHED = (
    "SEC-005", "SEC-008", "SEC-012", "SEC-013", "SEC-016", "SEC-029", "SEC-042", "SEC-049", "SEC-050",
    "SEC-051", "SEC-053",
)  # fmt: skip
"""Every published Korean ratio of services, or of private or business services, by id in `published_figures`."""


@dataclass(frozen=True)
class Definition:
    """One way to set services against manufacturing."""

    source: str
    year: int
    group: str = "all services"
    prices: str = "current prices"
    labour: str = "person"

    @property
    def label(self) -> str:
        """Return the definition in words; current prices and persons go without saying."""
        price = "" if self.prices == "current prices" else f", {self.prices}"
        labour = "" if self.labour == "person" else f", per {self.labour}"
        return f"{self.group}{price}{labour} ({self.source} {self.year})"


HEADLINE = Definition("PLD", 2017)


def ratios(load: Load, definition: Definition) -> pd.Series:
    """Return services over manufacturing by country on one definition.

    Returns
    -------
    Series
        Ratio (1 = parity) by country: only countries whose sectors cover the group. Empty where the source cannot form
        the group or lacks the prices or hours; `why_not` says why.
    """
    if why_not(load, definition):
        return pd.Series(dtype=float)
    return _all_years(load, definition, definition.year).droplevel("year")


@lru_cache(maxsize=32)
def _rows(load: Load, source: str, year: int | None = None) -> pd.DataFrame:
    """Return the rows of one source, of one year if named; kept, since a hundred definitions ask for the same few."""
    table = load("sector_accounts")
    rows = table[(table["source"] == source) & ((table["year"] == year) | (year is None))]
    if source == "PLD":
        rows = codes.at_sector_ppps(rows, load("sector_price_levels"))
    rows.attrs = {}
    return rows


def why_not(load: Load, definition: Definition) -> str:
    """Return why a source cannot give a definition at all, or an empty string if it can."""
    if definition.source not in codes.CODES:
        raise ValueError(f"no source {definition.source!r}; legal sources: {', '.join(codes.CODES)}")
    rows = _rows(load, definition.source)
    rows = rows[rows["country"] == "KOR"]
    if rows.empty:
        raise Unmeasurable(f"sector_accounts holds no Korean row in {definition.source}")
    if definition.prices == "sector PPPs" and definition.source != "PLD":
        return "no sector PPPs"
    if definition.prices == "constant prices" and rows["value_added_constant"].isna().all():
        return "no constant prices"
    if definition.prices == "constant prices" and rows["constant_basis"].str.contains("chained").any():
        return "volumes do not add up"
    if definition.labour == "hour" and rows["hours"].isna().all():
        return "no hours"
    held, group = set(rows["sector"]), GROUPS[definition.group]
    if any(codes.sections(code) & group and not codes.sections(code) <= group for code in held):
        return "sectors not separable"
    return ""


def _all_years(load: Load, definition: Definition, year: int | None = None) -> pd.Series:
    rows = _rows(load, definition.source, year)
    straddling = {
        code
        for code in rows["sector"].unique()
        if codes.sections(code) & GROUPS[definition.group] and not codes.sections(code) <= GROUPS[definition.group]
    }
    rows = rows[~rows["country"].isin(set(rows.loc[rows["sector"].isin(straddling), "country"]))]
    if not GROUPS[definition.group] & codes.REAL_ESTATE:  # cannot be left out where its people are not apart
        rows = rows[~rows["country"].isin(codes.REAL_ESTATE_COUNTED_ELSEWHERE.get(definition.source, ()))]
    output, labour = PRICES[definition.prices], LABOUR[definition.labour]
    return codes.relative_productivity(rows, group=GROUPS[definition.group], output=output, labour=labour)


# Tables for the page


def side_by_side(load: Load) -> pd.DataFrame:
    """Return both ratios of 2017 for every OECD member, highest nominal ratio first.

    Returns
    -------
    DataFrame
        Columns country, name, current prices, sector PPPs (1 = parity).
    """
    columns = {
        prices: ratios(load, Definition("PLD", 2017, prices=prices)) for prices in ("current prices", "sector PPPs")
    }
    table = pd.DataFrame(columns).rename_axis("country").reset_index()
    table = table[table["country"].isin(OECD)].sort_values("current prices", ascending=False)
    return table.assign(name=table["country"].map(OECD))[["country", "name", "current prices", "sector PPPs"]]


HISTORY = {
    "APO, current prices": Definition("APO", 2023),
    "APO, 2021 prices": Definition("APO", 2023, prices="constant prices"),
    "ETD, current prices": Definition("ETD", 2018),
    "ETD without real estate": Definition("ETD", 2018, "without real estate"),
    "10SD, current prices": Definition("10SD", 2010),
    "EU KLEMS, per hour": Definition("EUKLEMS", 2007, labour="hour"),
}
"""Series for Korea that reach back furthest, by definition."""


def history(load: Load) -> pd.DataFrame:
    """Return Korea's ratio year by year on each definition of `HISTORY`: columns series, year, ratio."""
    parts = []
    for name, definition in HISTORY.items():
        years = _all_years(load, definition)
        if "KOR" not in years.index.get_level_values("country"):
            raise Unmeasurable(f"sector_accounts holds no Korean ratio in {definition.source}")
        parts.append(years.xs("KOR", level="country").reset_index().assign(series=name))
    return pd.concat(parts, ignore_index=True)[["series", "year", "ratio"]]


def strip_rows(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the Korean readings that a strip can show, in per cent: the last year of each source, and as published."""
    rows = readings[readings["part"] == "korea"]
    later = ~((rows["vintage"] == "PLD") & (rows["year"] < SOURCES["PLD"]))
    part = rows["label"].str.contains("PPP|constant") & ~rows["label"].str.startswith("all services")
    return rows[later & ~part].assign(value=lambda table: 100 * table["value"]).sort_values("value", kind="stable")


def matrix(load: Load) -> pd.DataFrame:
    """Return Korea's ratio on every combination of group, prices and labour by source, or the reason there is none.

    Returns
    -------
    DataFrame
        Column definition, then one column per source and year: per cent as text, or what the source lacks.
    """
    rows = []
    for group in GROUPS:
        for prices in PRICES:
            for labour in LABOUR:
                row = {"definition": f"{group}, {prices}, per {labour}"}
                for source, year in SOURCES.items():
                    definition = Definition(source, year, group, prices, labour)
                    lacking = why_not(load, definition)
                    found = ratios(load, definition)
                    row[f"{source} {year}"] = lacking or f"{100 * found['KOR']:.1f}"
                rows.append(row)
    return pd.DataFrame(rows)


def real_estate_bound(load: Load, year: int = 2023) -> float:
    """Return the least that APO's ratio without real estate can be.

    APO prints the value added of real estate but not its persons, so the persons stay in.
    """
    table, part = load("sector_accounts"), load("sector_of_which")
    rows = table[(table["source"] == "APO") & (table["year"] == year)]
    taken = part[(part["of_which"] == "L") & (part["year"] == year)]["value_added"]
    if rows.empty or taken.empty:
        raise Unmeasurable(f"no Korean real estate in APO for {year}")
    output, persons = (
        codes.total_of(rows, codes.SERVICES, value=name).iloc[0] for name in ("value_added", "employment")
    )
    made = codes.relative_productivity(rows).iloc[0] / (output / persons)
    return float((output - taken.iloc[0]) / persons * made)


def pace(load: Load, start: int = 1990, end: int = 2018) -> dict[str, float]:
    """Return growth a year of output per person in services and manufacturing at constant prices (ETD)."""
    table = load("sector_accounts")
    rows = table[(table["source"] == "ETD") & (table["country"] == "KOR")]
    found = {}
    for name, group in (("services", codes.SERVICES), ("manufacturing", codes.MANUFACTURING)):
        output, persons = (
            codes.total_of(rows, group, value=column) for column in ("value_added_constant", "employment")
        )
        level = (output / persons).droplevel("country")
        found[name] = float((level[end] / level[start]) ** (1 / (end - start)) - 1)
    return found


# The claim

BENCHMARKS = tuple(
    Definition("PLD", year, group, prices)
    for year in (2017, 2011, 2005)
    for group in GROUPS
    for prices in ("current prices", "sector PPPs")
)
"""Every definition of the Productivity Level Database, the headline among them."""
KOREA = (
    *BENCHMARKS,
    *(
        Definition(source, year, group, prices, labour)
        for source, year in SOURCES.items()
        for group in GROUPS
        for prices in PRICES
        for labour in LABOUR
        if source != "PLD"
    ),
)
"""Definitions of Korea's own ratio: every cell of `matrix`, and the earlier years of PLD. No choice among them."""
ABROAD = (*BENCHMARKS, *(Definition("EUKLEMS", 2005, group, labour=labour) for group in GROUPS for labour in LABOUR))
"""Definitions for the comparison with other members. No choice among them."""


def services_over_manufacturing(load: Load) -> list[Reading]:
    """Return the readings of claim A5: Korea's ratio, members near parity, members above Korea."""
    readings = []
    for definition in KOREA:
        if why_not(load, definition):
            continue  # `matrix` shows the reason
        found = ratios(load, definition)
        if "KOR" not in found:
            raise Unmeasurable(f"sector_accounts holds no Korean ratio: {definition.label}")
        readings.append(_reading("korea", definition, found["KOR"], f"{100 * found['KOR']:.1f} % ({definition.label})"))
    readings += _published(load)
    for definition in ABROAD:
        readings += _abroad(load, definition)
    readings += _private_services_abroad(load)
    headline = ratios(load, HEADLINE)
    rich = headline[headline.index.isin(G7)]
    share = float((rich >= PARITY).mean())
    label = "G7 members only (PLD 2017)"
    readings.append(
        _reading("others", HEADLINE, share, f"{int(share * len(rich))} of {len(rich)} ({label})", label, "members")
    )
    return readings


def _abroad(load: Load, definition: Definition) -> list[Reading]:
    found = ratios(load, definition)
    if "KOR" not in found:
        raise Unmeasurable(f"sector_accounts holds no Korean ratio: {definition.label}")
    others = found[found.index.isin(set(OECD) - {"KOR"})]
    if len(others) < FEWEST:
        raise Unmeasurable(f"sector_accounts holds only {len(others)} other members: {definition.label}")
    readings = []
    for part, hit in (("others", others >= PARITY), ("above", others > found["KOR"])):
        readings.append(
            _reading(part, definition, hit.mean(), f"{int(hit.sum())} of {len(others)} ({definition.label})")
        )
    return readings


def _private_services_abroad(load: Load) -> list[Reading]:
    """Return the readings of the members' own comparators; Korea, known in 2007 only, is compared in that year."""
    readings = []
    for labour, column in LABOUR.items():
        for year in (2007, 2017):
            found = sector_volumes.comparators(load, year, column)
            if len(found) < FEWEST:
                raise Unmeasurable(f"sector_comparators holds only {len(found)} members for {year}")
            hits = {"others": found >= PARITY}
            if year == 2007:
                hits["above"] = found > sector_volumes.private_services_in_korea(load, column)
            for part, hit in hits.items():
                label = f"private services, current prices, per {labour} (Finnish Productivity Board {year})"
                readings.append(Reading(
                    part, label, float(hit.mean()), "share of members", "sector_comparators", False, "which services",
                    year, "2021", shown=f"{int(hit.sum())} of {len(hit)} ({label})",
                ))  # fmt: skip
    return readings


def _reading(part: str, one: Definition, value: float, shown: str, label: str = "", turns_on: str = "") -> Reading:
    """Name what sets a definition apart from the headline: the first of prices, hours, services, source and year."""
    differs = (
        ("price basis", one.prices != HEADLINE.prices),
        ("hours", one.labour != HEADLINE.labour),
        ("which services", one.group != HEADLINE.group),
        ("source", one.source != HEADLINE.source),
        ("year", one.year != HEADLINE.year),
    )
    turns = turns_on or next((name for name, apart in differs if apart), "definition")
    head = one == HEADLINE and not label
    return Reading(
        part, label or one.label, float(value), "ratio" if part == "korea" else "share of members", "sector_accounts",
        head, turns, one.year, f"{one.source}", shown=shown,
    )  # fmt: skip


def _published(load: Load) -> list[Reading]:
    figures = load("published_figures").set_index("id")
    lacking = [name for name in PUBLISHED if name not in figures.index or figures.loc[name, "geography"] != "KOR"]
    if lacking:
        raise Unmeasurable(f"published_figures lacks the Korean figures {', '.join(lacking)}")
    readings = []
    for name in PUBLISHED:
        row = figures.loc[name]
        publisher = row["source_title"].split(",")[0].split(" Issue")[0]
        label = f"as published by {publisher}, {row['year']}" + (" †" if row["secondary"] else "")
        readings.append(Reading(
            "korea", label, row["value"] / 100, "ratio", "published_figures", False, "publisher", int(row["year"]),
            publisher, bool(row["secondary"]), f"{row['value']:.1f} % ({label})",
        ))  # fmt: skip
    return readings
