"""The claims about division by size and diffusion over time: A6 and A9, by every definition held."""

from __future__ import annotations

import pandas as pd

from analysis.data.countries import OECD
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import size_productivity as productivity
from analysis.report.measures import size_tables as tables
from analysis.report.measures.size_productivity import ratio
from analysis.report.measures.size_tables import Load, figure

MEMBERS = len(OECD) - 1
"""OECD members other than Korea."""
OWN_SURVEY = {2018: "SIZ-098", 2019: "SIZ-104", 2021: "SIZ-110"}
"""Ratios of Korea's survey of manufacturing establishments with 10 or more persons, by year."""


def divided_by_size(load: Load) -> list[Reading]:
    """Return the readings of claim A6: who is less divided by size than Korea, on units as close as they come.

    The headlines count, among all other members, those that the data show to be less divided: a member without a figure
    on a like unit does not count. The alternatives are shares of the members that have one.
    """
    return [*_productivity_by_size(load), *_jobs_by_size(load)]


def _productivity_by_size(load: Load) -> list[Reading]:
    survey = {year: float(ratio(load, key)["ratio"]) for year, key in OWN_SURVEY.items()}
    named = {
        name: ratio(load, key)
        for name, key in (
            ("bank", "SIZ-111"),
            ("kpc", "SIZ-117"),
            ("services", "SIZ-118"),
            ("oecd", "SIZ-122"),
            ("kdi", "SIZ-142"),
        )
    }
    ten, every = productivity.peer_ratios(load), productivity.peer_ratios(load, from_ten=False)
    like = _against(productivity.peers_in(ten, 2018)["ratio"], survey[2018])
    readings = [
        _known("productivity", "all other members, manufacturing from 10 persons, 2018", like, "size_value_added", 2018)
    ]

    def add(part: str, label: str, others: pd.Series, own: float, **how) -> None:
        secondary = how.pop("secondary", False)
        readings.append(_of(part, label, _against(others, own), "size_value_added", secondary=secondary, **how))

    for year, own in survey.items():
        how = {"year": year, "headline": False, "turns_on": "members without a figure"}
        add(
            "productivity",
            f"members with a figure, manufacturing from 10 persons, {year}",
            productivity.peers_in(ten, year)["ratio"],
            own,
            **how,
        )
    every_2018, before = productivity.peers_in(every, 2018)["ratio"], productivity.peers_in(ten, 2016)["ratio"]
    services = productivity.peers_in(
        productivity.peer_ratios(load, from_ten=False, industries=productivity.SERVICES), 2018
    )["ratio"]
    cases = [
        ("manufacturing, all sizes, 2018, Korea by the Bank of Korea", every_2018, named["bank"], "definition"),
        ("manufacturing, all sizes, 2018, Korea by KPC 2021", every_2018, named["kpc"], "definition"),
        (
            "manufacturing, peers before groups were counted as one, 2016, Korea by KPC 2021",
            before,
            named["kpc"],
            "unit of size",
        ),
        ("services, all sizes, 2018, Korea by KPC 2021", services, named["services"], "sector"),
    ]
    for label, others, own, turns in cases:
        add("productivity", label, others, float(own["ratio"]), year=2018, turns_on=turns, secondary=True)
    band = "band of units: Korea's highest figure since 2009 against each peer's lowest, any year"
    floor = pd.concat([ten, every]).groupby("country")["ratio"].min()
    published = productivity.korean_ratios(load)
    top = float(published.loc[published["comparable"] & published["industry"].isin(["C", "B-C"]), "ratio"].max())
    add("productivity", band, floor, top, year="2009-2021", turns_on="unit of size", secondary=True)
    add(
        "productivity",
        "members with an OECD figure for 2015",
        _oecd_2015(load, every),
        float(named["oecd"]["ratio"]),
        year=2015,
        turns_on="countries",
        secondary=True,
    )
    ours, theirs = named["kdi"], _others(load, 2001)
    add(
        "productivity",
        "members in one Korean study, 2001",
        theirs,
        float(ours["ratio"]),
        year=2001,
        turns_on="year",
        secondary=True,
    )

    for year, own in survey.items():
        add(
            "peers",
            f"manufacturing from 10 persons, {year}",
            _peers(productivity.peers_in(ten, year)["ratio"]),
            own,
            year=year,
            headline=year == 2018,
            turns_on="year",
        )
    for label, others, own, turns in cases[:3]:
        add("peers", label, _peers(others), float(own["ratio"]), year=2018, turns_on=turns, secondary=True)
    add("peers", band, _peers(floor), top, year="2009-2021", turns_on="unit of size", secondary=True)
    add(
        "peers",
        "OECD figure for 2015",
        _peers(_oecd_2015(load, every)),
        float(named["oecd"]["ratio"]),
        year=2015,
        turns_on="year",
        secondary=True,
    )
    return readings


def _jobs_by_size(load: Load) -> list[Reading]:
    own = {year: tables.class_shares(load, "KOR", year, from_ten=True)["250+"] for year in (2021, 2022)}
    others = {year: tables.establishment_countries(load, year) for year in (2020, 2022)}
    like = _against(others[2022], own[2022])
    common = {"table": "size_employment"}
    label = "all other members, manufacturing establishments from 10 persons, 2022"
    readings = [_known("jobs", label, like, "size_employment", 2022)]
    cases = (("2022", like), ("Korea 2021, others 2020", _against(others[2020], own[2021])))
    for when, counted in cases:
        label = f"members that count establishments, from 10 persons, {when}"
        readings.append(_of("jobs", label, counted, year=when, turns_on="members without a figure", **common))
    return readings


def frontier_and_diffusion(load: Load) -> list[Reading]:
    """Return the readings of claim A9: leaders against the rest, and the ratio of SMEs to large firms over time."""
    readings = []
    for head, label, leaders, rest, turns in (
        (True, "top 5 % of audited firms, manufacturing, 2000-15, TFP", "SIZ-203", "SIZ-204", "definition"),
        (False, "top 5 % of audited firms, services, 2000-15, TFP", "SIZ-205", "SIZ-206", "sector"),
        (False, "large firms against SMEs, 2000-23, output per person", "SIZ-114", "SIZ-113", "definition"),
    ):
        top, low = figure(load, leaders), figure(load, rest)
        how = {
            "table": "published_figures",
            "headline": head,
            "turns_on": turns,
            "year": top["period"],
            "secondary": bool(top["secondary"]),
            "vintage": "as published",
        }
        readings.append(Reading("frontier", label, round(top["value"] - low["value"], 10), "points a year", **how))
        readings.append(Reading("pace", label, low["value"] / top["value"], "of the leaders' growth", **how))
    for part, head, series, start, end, turns in (
        ("diffusion", True, "OECD, as reported", 1980, 2015, "definition"),
        ("diffusion", False, "KIET, 10-299 over 300+", 1983, 2009, "definition"),
        ("decades", True, "KOSI, all sectors", 2009, 2019, "definition"),
        ("decades", False, "KBIZ, by law", 2011, 2021, "sector"),
        ("decades", False, "KIET, 10-299 over 300+", 1983, 1990, "decade"),
        ("decades", False, "KIET, 10-299 over 300+", 1990, 2000, "decade"),
        ("decades", False, "KIET, 10-299 over 300+", 2000, 2009, "decade"),
        ("decades", False, "KDI", 2001, 2003, "decade"),
        ("decades", False, "KBIZ, by law", 2018, 2021, "years"),
    ):
        table = productivity.since_1980(load)
        one = table[table["series"] == series].set_index("year")
        change = 100 * (one["ratio"][end] - one["ratio"][start])
        secondary = bool(one.loc[[start, end], "secondary"].any())
        readings.append(
            Reading(
                part,
                f"{series}, {start}-{end}",
                round(change, 10),
                "points",
                "size_productivity",
                head,
                turns,
                f"{start}-{end}",
                "as published",
                secondary,
                shown=f"{change:+.1f} points",
            )
        )
    return readings


def _against(others: pd.Series, own: float) -> tuple[int, int]:
    """Count the members above Korea and the members compared."""
    if len(others) == 0:
        raise Unmeasurable("no member to set beside Korea")
    return int((others > own).sum()), len(others)


def _known(part: str, label: str, counted: tuple[int, int], table: str, year: int) -> Reading:
    above, compared = counted
    shown = f"{above} of {MEMBERS} other members ({compared} with a figure)"
    return Reading(
        part,
        label,
        above / MEMBERS,
        "of the other members",
        table,
        True,
        "members without a figure",
        year,
        "as published",
        shown=shown,
    )


def _of(part: str, label: str, counted: tuple[int, int], table: str, **how) -> Reading:
    above, compared = counted
    return Reading(
        part,
        label,
        above / compared,
        "of the members compared",
        table,
        vintage="as published",
        shown=f"{above} of {compared}",
        **how,
    )


def _peers(others: pd.Series) -> pd.Series:
    missing = set(productivity.PEERS) - set(others.index)
    if missing:
        raise Unmeasurable(f"no ratio for {', '.join(sorted(missing))}")
    return others[list(productivity.PEERS)]


def _others(load: Load, year: int) -> pd.Series:
    """Return the ratios of other members that a published source gives beside Korea's for one year."""
    table = load("size_productivity")
    rows = table[
        (table["year"] == year)
        & (table["basis"] == "published ratio")
        & (table["country"] != "KOR")
        & table["country"].isin(OECD)
    ]
    return rows.set_index("country")["ratio"]


def _oecd_2015(load: Load, every: pd.DataFrame) -> pd.Series:
    """Return all ratios of other members for 2015: those a source names beside Korea, and the peers."""
    return pd.concat([_others(load, 2015), every[every["year"] == 2015].set_index("country")["ratio"]])
