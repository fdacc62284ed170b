"""The numbers that the prose of the chapter on levels cites, by the name it cites them under."""

from __future__ import annotations

import numpy as np

from analysis.data.countries import name_of
from analysis.report.measures import league
from analysis.report.measures.league import Load
from analysis.report.measures.league_tables import (
    LATEST,
    PARTS,
    PERIODS,
    convergence,
    growth_per_hour,
    growth_table,
    hours,
    inputs,
    levels,
    ranking,
    three_ways,
)
from analysis.report.values import listing, ordinal

Facts = dict[str, float | str]


def place(load: Load) -> Facts:
    """Return the numbers on level, rank and convergence."""
    table = league.positions(load)
    ranked, held = table[table["rank"].notna()], league.members(load, LATEST, 2023)
    rows = {
        name: _first(table, league.YARDSTICKS[n])
        for name, n in (("head", 0), ("current", 1), ("latest", 2), ("pwt", 4))
    }
    found: Facts = {
        "claimed": int(league.CLAIMED),
        "low": table["level"].min(),
        "high": table["level"].max(),
        "best": ordinal(int(ranked["rank"].min())),
        "worst": ordinal(int(ranked["rank"].max())),
        "ratio_low": 100 * ranked["over_median"].min(),
        "ratio_high": 100 * ranked["over_median"].max(),
        "level_usa": held["USA"],
        "level_germany": held["DEU"],
        "newest": _first(table, league.YARDSTICKS[3])["level"],
        "next_above": ranking(load)["country"].iloc[int(rows["latest"]["rank"]) - 2],
    }
    for name, row in rows.items():
        found |= {f"{name}_level": row["level"], f"{name}_rank": ordinal(int(row["rank"]))}
        found[f"{name}_members"] = int(row["members"])
    path = 100 * convergence(load).set_index(["series", "year"])["ratio"]
    found |= {f"median_{year}": path["OECD median, PWT 10.01", year] for year in (1970, 2019)}
    found |= {f"usa_{year}": path["United States, PWT 10.01", year] for year in (1970, 1990, 2019)}
    for year in (2011, 2023):
        found[f"oecd_{year}"] = path["OECD median, OECD 2026", year]
        found[f"oecd_usa_{year}"] = path["United States, OECD 2026", year]
    left = [100 * one.value for one in league.inputs_and_gap(load) if one.part == "persistence"]
    return found | {"left_head": left[0], "left_low": min(left), "left_high": max(left)}


def factors(load: Load) -> Facts:
    """Return the numbers on hours, on levels by factor and on growth by factor."""
    worked = hours(load).set_index(["series", "year"])["hours"]
    korea = worked["Korea, PWT 11.0"]
    found: Facts = {
        "hours_1970": korea[1970],
        "hours_2008": korea[2008],
        "hours_pwt": korea[2023],
        "hours_oecd": worked["Korea, OECD hours", 2023],
        "hours_accounts": worked["Korea, OECD accounts", 2023],
        "hours_extra": 100 * (korea[2023] / worked["OECD median, PWT 11.0", 2023] - 1),
    }
    for row in three_ways(load).itertuples():
        name = row.measure.replace(" ", "_")
        found |= {f"{name}_ratio": 100 * row.over_median, f"{name}_rank": ordinal(int(row.rank))}
    account, per_hour = growth_table(load).set_index(["period", "part"])["points"], growth_per_hour(load)
    first, _, late, last = (f"{start}-{end}" for start, end in PERIODS)
    whole = f"{PERIODS[0][0]}-{PERIODS[-1][1]}"
    found |= {
        "capital_share": 100 * account[whole, "capital"] / account[whole, "GDP"],
        "tfp_share": 100 * account[whole, "TFP"] / account[whole, "GDP"],
        "tfp_first": account[first, "TFP"],
        "tfp_late": account[late, "TFP"],
        "tfp_last": account[last, "TFP"],
        "hourly_first": per_hour[first],
        "hourly_last": per_hour[last],
    }
    gaps = levels(load).set_index(["peer", "part"])["log_points"]
    for code, peer in (("usa", "to United States"), ("deu", "to Germany"), ("jpn", "to Japan")):
        found[f"ratio_{code}"] = 100 * float(np.exp(gaps[peer].sum()))
        found |= {f"{name}_{code}": 100 * float(np.expm1(gaps[peer, part])) for name, part in PARTS.items()}
    return found


SKILLS = {
    "young": "Tertiary attainment, 25-34",
    "adults": "Tertiary attainment, 25-64",
    "literacy": "Adult literacy, 16-65",
    "numeracy": "Adult numeracy, 16-65",
    "problems": "Adult problem solving, 16-65",
    "youth_literacy": "Literacy, 16-24",
}
AGES = {"young_age": "25-34", "adult_age": "25-64", "youth_age": "16-24", "old_age": "55-65"}


def put_in(load: Load) -> Facts:
    """Return the numbers on research, robots, schooling and skills."""
    table = inputs(load)
    rows = table.set_index(table["input"].str.removesuffix(" †"))
    readings = league.inputs_and_gap(load)
    robots = league.indicator(load, "robot_density", 2022)
    others = robots["value"].drop("KOR").sort_values(ascending=False)
    found: Facts = {
        "rd": rows.loc["R&D spending", "korea"],
        "rd_mean": rows.loc["R&D spending", "oecd_mean"],
        "rd_rank": _rank(readings, "research", "R&D"),
        "researchers": f"{rows.loc['Researchers', 'korea']:,.0f}",
        "researchers_unit": league.indicator(load, "researchers_per_million", 2023, source=league.WDI).loc[
            "KOR", "unit"
        ],
        "researchers_rank": _rank(readings, "research", "researchers"),
        "robots": f"{robots.loc['KOR', 'value']:,.0f}",
        "robots_unit": robots.loc["KOR", "unit"].removeprefix("robots "),
        "robots_next": f"{others.max():,.0f}",
        "robots_others": listing(name_of(code) for code in others.index),
        "schooling_rank": _rank(readings, "schooling", "index"),
        "schooling_source": league.YARDSTICKS[5].name.split(",")[0],
        "old_literacy": league.indicator(load, "piaac_literacy", 2023, AGES["old_age"]).loc["KOR", "value"],
    }
    for name, label in SKILLS.items():
        found |= {name: rows.loc[label, "korea"], f"{name}_mean": rows.loc[label, "oecd_mean"]}
    return found | {name: age.replace("-", " to ") for name, age in AGES.items()}


def _first(table, yardstick: league.Yardstick):
    return table[table["yardstick"] == yardstick.name].iloc[0]


def _rank(readings: list, part: str, label: str) -> str:
    """Return the rank of the first reading of a part whose label begins so, as "2nd of 35"."""
    return next(one for one in readings if one.part == part and one.label.startswith(label)).shown.split(" (")[0]
