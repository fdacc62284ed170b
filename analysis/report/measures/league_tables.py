"""The tables behind the exhibits of the chapter on levels: ranking, convergence, hours, factors, inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.data.countries import OECD, missing_members, name_of
from analysis.decomposition.growth import GrowthAccounting, growth_accounting
from analysis.report.claims import Unmeasurable
from analysis.report.measures import gap, league
from analysis.report.measures.league import Load
from analysis.report.values import position

LATEST = league.YARDSTICKS[2]
"""The newest series of the OECD that holds enough members to rank."""
PERIODS = ((1989, 2000), (2000, 2010), (2010, 2019), (2019, 2023))
"""Spans of the growth account: the decades that the Korean series of PWT 11.0 holds, cut at the eve of the pandemic."""
PARTS = {"hours": "hours", "capital": "capital per hour", "skills": "skills", "TFP": "TFP"}


def ranking(load: Load, yardstick: league.Yardstick = LATEST, year: int = 2023) -> pd.DataFrame:
    """Return GDP per hour of every OECD member that a yardstick holds: columns code, country, usd_per_hour, rank."""
    held = league.members(load, yardstick, year)
    table = held.rename("usd_per_hour").rename_axis("code").reset_index()
    table.insert(1, "country", table["code"].map(name_of))
    table["rank"] = table["usd_per_hour"].rank(ascending=False, method="min").astype(int)
    return table.sort_values("usd_per_hour", ascending=False, ignore_index=True)


def convergence(load: Load, start: int = 1970) -> pd.DataFrame:
    """Return Korea's GDP per hour over that of others, year by year, on the long series and on the OECD's newest.

    Returns
    -------
    DataFrame
        Columns series, year, ratio, members. The median is over the members that a source holds in every year.
    """
    table = load("gdp_per_hour")
    frames = []
    for name, vintage, basis, first in (
        ("PWT 10.01", "pwt-10.01", "constant_2017_ppp", start), ("OECD 2026", LATEST.vintage, LATEST.price_basis, 2011)
    ):  # fmt: skip
        rows = table[
            (table["vintage"] == vintage)
            & (table["price_basis"] == basis)
            & table["country"].isin(OECD)
            & (table["year"] >= first)
        ]
        wide = rows.pivot(index="year", columns="country", values="value")
        if "KOR" not in wide:
            raise Unmeasurable(f"no Korean row: gdp_per_hour, {name}")
        wide = wide[wide["KOR"].notna()].dropna(axis="columns")
        for whom, base in (("OECD median", wide.median(axis=1)), ("United States", wide["USA"])):
            ratio = (wide["KOR"] / base).rename("ratio").reset_index()
            frames.append(ratio.assign(series=f"{whom}, {name}", members=wide.shape[1]))
    return pd.concat(frames, ignore_index=True)[["series", "year", "ratio", "members"]]


def convergence_left_out(load: Load, start: int = 1970) -> list[str]:
    """Return the members without a value in PWT 10.01 in the year `start`, by name; the others have one ever since."""
    table = load("gdp_per_hour")
    rows = table[(table["vintage"] == "pwt-10.01") & (table["year"] == start)]
    return missing_members(rows["country"])


HOURS = {"pwt-11.0": "PWT 11.0", "oecd-hours-2025": "OECD hours", "oecd-national-accounts-2025": "OECD accounts"}


def hours(load: Load, start: int = 1970) -> pd.DataFrame:
    """Return hours a worker a year: Korea by source, and the median of the members that PWT 11.0 holds since `start`.

    Returns
    -------
    DataFrame
        Columns series, country, year, hours.
    """
    table = load("hours_worked")
    rows = table[(table["year"] >= start) & (table["year"] <= 2023) & table["country"].isin(OECD)]
    frames = []
    for source, name in HOURS.items():
        korea = rows[(rows["country"] == "KOR") & (rows["source"] == source)]
        if korea.empty:
            raise Unmeasurable(f"no Korean row: hours_worked, {source}")
        frames.append(korea.assign(series=f"Korea, {name}")[["series", "country", "year", "hours"]])
    wide = (
        rows[rows["source"] == "pwt-11.0"].pivot(index="year", columns="country", values="hours").dropna(axis="columns")
    )
    median = wide.median(axis=1).rename("hours").reset_index()
    frames.append(median.assign(series="OECD median, PWT 11.0", country="OECD")[["series", "country", "year", "hours"]])
    return pd.concat(frames, ignore_index=True)


def three_ways(load: Load) -> pd.DataFrame:
    """Return Korea per head, per worker and per hour over the OECD median, PWT 11.0, 2023, all members.

    Returns
    -------
    DataFrame
        Columns measure, korea (USD at PPPs), over_median, rank, members.
    """
    panel = load("macro_panel")
    rows = panel[(panel["vintage"] == "pwt-11.0") & (panel["year"] == 2023) & panel["country"].isin(OECD)].set_index(
        "country"
    )
    if "KOR" not in rows.index:
        raise Unmeasurable("no Korean row: macro_panel, pwt-11.0, 2023")
    gdp, per_hour = rows["gdp_output_side"], league.members(load, league.YARDSTICKS[4], 2023)
    measures = {"per head": gdp / rows["population"], "per worker": gdp / rows["employment"], "per hour": per_hour}
    found = []
    for name, values in measures.items():
        rank, count = position(values, "KOR")
        found.append((name, values["KOR"], values["KOR"] / values.median(), rank, count))
    return pd.DataFrame(found, columns=["measure", "korea", "over_median", "rank", "members"])


def growth(load: Load) -> GrowthAccounting:
    """Take the growth of Korean GDP apart by factor, period by period and over the whole span (PWT 11.0)."""
    panel = load("macro_panel")
    korea = panel[(panel["vintage"] == "pwt-11.0-kor") & (panel["country"] == "KOR")]
    if korea.empty:
        raise Unmeasurable("no Korean row: macro_panel, pwt-11.0-kor")
    korea = korea.assign(worked=korea["employment"] * korea["hours"])
    spans = [*PERIODS, (PERIODS[0][0], PERIODS[-1][1])]
    pieces = [korea[korea["year"].between(first, last)].assign(period=f"{first}-{last}") for first, last in spans]
    return growth_accounting(
        pd.concat(pieces), time="year", output="gdp_national_prices", capital="capital_services_national_prices",
        labour="worked", labour_share="labour_share", human_capital="human_capital", by="period",
    )  # fmt: skip


def growth_table(load: Load) -> pd.DataFrame:
    """Return the growth account in percentage points a year: columns period, part, points; the whole span last."""
    names = {"capital": "capital", "labour": "hours worked", "human_capital": "skills", "tfp": "TFP", "total": "GDP"}
    tidy = growth(load).tidy()
    table = pd.DataFrame(
        {"period": tidy["period"], "part": tidy["component"].map(names), "points": 100 * tidy["estimate"]}
    )
    order = [f"{first}-{last}" for first, last in (*PERIODS, (PERIODS[0][0], PERIODS[-1][1]))]
    return table.set_index("period").loc[order].reset_index()


def growth_per_hour(load: Load) -> pd.Series:
    """Return the growth of Korean GDP per hour by period, percent a year in logs (PWT 11.0)."""
    panel = load("macro_panel")
    korea = panel[(panel["vintage"] == "pwt-11.0-kor") & (panel["country"] == "KOR")].set_index("year")
    if korea.empty:
        raise Unmeasurable("no Korean row: macro_panel, pwt-11.0-kor")
    level = np.log(korea["gdp_national_prices"] / (korea["employment"] * korea["hours"]))
    return pd.Series({f"{a}-{b}": 100 * (level[b] - level[a]) / (b - a) for a, b in PERIODS})


def levels(load: Load) -> pd.DataFrame:
    """Return Korea's gap in GDP per worker to each peer by factor, in log points: columns peer, part, log_points."""
    table = gap.level_table(load)
    table = table[table["headline"] & (table["part"] != "total")]
    return table.assign(part=table["part"].map(PARTS), peer="to " + table["peer"].astype(str))[
        ["peer", "part", "log_points"]
    ].reset_index(drop=True)


def strip_rows(readings: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the readings of one part for a strip of definitions; a label with a dagger rests on a secondary figure.

    Returns
    -------
    DataFrame
        Columns label, value, headline, holds, secondary, the headline first and then by value.
    """
    rows = readings[readings["part"] == part]
    if rows.empty:
        raise ValueError(f"no readings of part {part!r}; parts: {', '.join(dict.fromkeys(readings['part']))}")
    label = rows["label"] + rows["secondary"].map({True: " †", False: ""})
    rows = rows.assign(label=label).sort_values(["headline", "value"], ascending=False)
    return rows[["label", "value", "headline", "holds", "secondary"]].reset_index(drop=True)


INPUTS = (("R&D spending", "rd_gdp_share"), ("Researchers", "researchers_per_million"))


def inputs(load: Load) -> pd.DataFrame:
    """Return Korea's inputs over the OECD mean.

    Returns
    -------
    DataFrame
        Columns input, year, korea, oecd_mean, over_mean (a fraction: 0.1 is 10 % above), secondary, left_out. The mean
        of research is over the members with a value; of attainment and tested skills it is the publisher's own.
    """
    rows = []
    for label, name in INPUTS:
        held = league.indicator(load, name, 2023, source=league.WDI)["value"]
        rows.append(
            (
                label,
                2023,
                held["KOR"],
                held.mean(),
                held["KOR"] / held.mean() - 1,
                False,
                ", ".join(missing_members(held.index)),
            )
        )
    for label, name, year, age, _ in league.EDUCATION:
        korea, mean, ratio, secondary = league.over_mean(load, name, year, age)
        mark = " †" if secondary else ""
        rows.append((f"{label[0].upper()}{label[1:]}{mark}", year, korea, mean, ratio - 1, secondary, ""))
    return pd.DataFrame(rows, columns=["input", "year", "korea", "oecd_mean", "over_mean", "secondary", "left_out"])
