"""Firms, jobs and productivity by size: the tables behind the page on size and its claims.

Korea is counted in several units: enterprises by law (sales and assets), establishments by head count, workplaces as
households report them. Every function says which, because shares from different units do not line up.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data.countries import OECD
from analysis.data.sizes import KOREA_LEGAL, STANDARD, WORKPLACE
from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
YEARS, LATEST = "oecd-sdbs-years-2026", "oecd-sdbs-2026-03"
"""Ids of the two OECD files of `size_employment`: with years, and the latest year of each cell."""
_FOLD = {"10-19": "10-49", "20-49": "10-49"}


def figure(load: Load, key: str) -> pd.Series:
    """Return one published figure, or raise `Unmeasurable` naming it."""
    table = load("published_figures").set_index("id")
    if key not in table.index:
        raise Unmeasurable(f"published_figures holds no figure {key}")
    return table.loc[key]


def class_shares(load: Load, country: str, year: int, from_ten: bool = False, industry: str = "C") -> pd.Series:
    """Return the share of persons employed by size class in one industry and year.

    Parameters
    ----------
    load : callable
        Table name to table.
    country, year, industry
        A cell of `size_employment` with years (Korea and Japan).
    from_ten : bool
        Whether to leave out units with fewer than 10 persons.

    Raises
    ------
    Unmeasurable
        If a size class of the cell is missing.
    """
    table = load("size_employment")
    rows = table[
        (table["source"] == YEARS)
        & (table["country"] == country)
        & (table["year"] == year)
        & (table["industry"] == industry)
    ]
    persons = rows.set_index("size_class")["persons_employed"].dropna()
    missing = [size for size in STANDARD if size not in persons.index]
    if missing:
        raise Unmeasurable(f"size_employment holds no {country} {year}, {industry}, class {', '.join(missing)}")
    persons = persons[[size for size in STANDARD if not (from_ten and size == "1-9")]]
    return persons / persons.sum()


def all_sections(load: Load, year: int | None = None) -> pd.DataFrame:
    """Return persons in Korean establishments by section and size class.

    Parameters
    ----------
    load : callable
    year : int, optional
        By default the last year in which a section has all four classes.

    Returns
    -------
    DataFrame
        Indexed by industry and year; one column per size class, in persons.
    """
    table = load("size_employment")
    rows = table[(table["source"] == YEARS) & (table["country"] == "KOR")]
    if rows.empty:
        raise Unmeasurable("size_employment holds no Korean rows with years")
    wide = rows.pivot(index=["industry", "year"], columns="size_class", values="persons_employed").dropna()[
        list(STANDARD)
    ]
    if year is not None:
        return wide[wide.index.get_level_values("year") == year]
    return wide.groupby(level="industry").tail(1)


def employees_by_class(load: Load) -> pd.DataFrame:
    """Return employees of Korean establishments by section and size class, year not stated."""
    table = load("size_employment")
    rows = table[(table["source"] == LATEST) & (table["country"] == "KOR")]
    if rows.empty:
        raise Unmeasurable("size_employment holds no Korean employees")
    rows = rows.assign(size_class=rows["size_class"].replace(_FOLD))
    # An empty cell is missing or zero in the source; both Korean ones are units of 50 and more in farming
    return rows.pivot_table(index="industry", columns="size_class", values="employees", aggfunc="sum")[
        list(STANDARD)
    ].fillna(0)


def completed_manufacturing(load: Load) -> pd.Series:
    """Return shares of Korean manufacturing persons by class in 2022, units under 10 taken from the census total."""
    total = figure(load, "SIZ-190")["value"]
    table = all_sections(load, 2022).droplevel("year")
    if "C" not in table.index:
        raise Unmeasurable("size_employment holds no Korean manufacturing in 2022")
    large = table.loc["C"].drop("1-9")
    return pd.Series({"1-9": total - large.sum(), **large}) / total


def legal_shares(load: Load, year: int, industry: str = "all", value: str = "persons_engaged") -> pd.Series:
    """Return the share of enterprises or persons by legal class (enterprise basis)."""
    table = load("sme_statistics")
    rows = table[(table["year"] == year) & (table["industry"] == industry)].set_index("size_class")[value].dropna()
    if list(rows.index.sort_values()) != sorted(KOREA_LEGAL):
        raise Unmeasurable(f"sme_statistics holds no {value} for {industry} in {year}")
    return rows[list(KOREA_LEGAL)] / rows.sum()


def weight_table(load: Load) -> pd.DataFrame:
    """Return shares of firms, persons and sales by legal class in 2020 (columns what, part, share, secondary)."""
    names = {"micro": "micro", "small": "small", "medium": "medium", "non-SME": "mid-sized and large"}
    rows = []
    for what, column in (("firms", "enterprises"), ("persons engaged", "persons_engaged")):
        rows += [(what, names[part], value, False) for part, value in legal_shares(load, 2020, value=column).items()]
    sales = figure(load, "SIZ-033")["value"] / 100
    rows += [("sales", "all SMEs, not split", sales, True), ("sales", names["non-SME"], 1 - sales, True)]
    table = pd.DataFrame(rows, columns=["what", "part", "share", "secondary"])
    order = ["micro", "small", "medium", "all SMEs, not split", "mid-sized and large"]
    return table.sort_values("part", key=lambda one: one.map(order.index), kind="stable", ignore_index=True)


def share_over_time(load: Load) -> pd.DataFrame:
    """Return the SME share of persons and of sales by year, as published on the enterprise basis."""
    ids = {
        "persons engaged": ("SIZ-002", "SIZ-019", "SIZ-025", "SIZ-031", "SIZ-041"),
        "sales": ("SIZ-021", "SIZ-027", "SIZ-033", "SIZ-037", "SIZ-043"),
    }
    rows = [
        (what, int(one["year"]), one["value"] / 100, bool(one["secondary"]))
        for what, keys in ids.items()
        for one in (figure(load, key) for key in keys)
    ]
    return pd.DataFrame(rows, columns=["what", "year", "share", "secondary"])


def workplaces(load: Load) -> pd.DataFrame:
    """Return the share of wage workers by size of workplace, August of each year in which all classes are available."""
    table = load("workplace_size")
    wide = table[table["month"] == 8].pivot_table(
        index="year", columns="size_class", values="thousand_persons", aggfunc=lambda one: one.sum(skipna=False)
    )
    if wide.empty or set(wide.columns) != set(WORKPLACE):
        raise Unmeasurable("workplace_size holds no August rows of all three classes")
    wide = wide.dropna()
    return (
        wide.div(wide.sum(axis=1), axis=0)[list(WORKPLACE)]
        .rename_axis(columns="size")
        .stack()
        .rename("share")
        .reset_index()
    )


def enterprise_countries(load: Load, from_ten: bool = False) -> pd.Series:
    """Return the share of manufacturing employees in enterprises of 250+, by OECD member that counts enterprises."""
    table = load("size_employment")
    rows = table[
        (table["source"] != YEARS)
        & (table["industry"] == "C")
        & (table["unit_of_size"] == "enterprise")
        & table["country"].isin(OECD)
    ]
    rows = rows[rows["size_class"] != "1-9"] if from_ten else rows
    rows = rows[~rows["country"].isin(rows.loc[rows["employees"].isna(), "country"])]
    large = rows[rows["size_class"] == "250+"].set_index("country")["employees"]
    return (large / rows.groupby("country")["employees"].sum()).dropna().sort_values()


def establishment_countries(load: Load, year: int) -> pd.Series:
    """Return the share of manufacturing persons in establishments of 250+ among those of 10+, by other OECD member."""
    table = load("size_employment")
    hit = (table["source"] == YEARS) & (table["year"] == year) & (table["industry"] == "C")
    hit &= (table["unit_of_size"] == "establishment") & (table["country"] != "KOR") & table["country"].isin(OECD)
    members = sorted(table.loc[hit, "country"].unique())
    return pd.Series({country: class_shares(load, country, year, True)["250+"] for country in members}, dtype=float)


def japan_switch(load: Load, from_ten: bool = True) -> float:
    """Return by how much Japan's share of jobs in units of 250+ rises in the year that counts enterprises (2021)."""
    shares = {year: class_shares(load, "JPN", year, from_ten)["250+"] for year in (2020, 2021, 2022)}
    return float(shares[2021] - (shares[2020] + shares[2022]) / 2)


def switch_table(load: Load) -> pd.DataFrame:
    """Return shares of manufacturing jobs by class, units of 10 and more, by country and unit (row, part, share)."""
    rows = []
    for label, country, year in (
        ("Japan 2020, establishments", "JPN", 2020),
        ("Japan 2021, enterprises", "JPN", 2021),
        ("Japan 2022, establishments", "JPN", 2022),
        ("Korea 2022, establishments", "KOR", 2022),
    ):
        rows += [(label, part, value) for part, value in class_shares(load, country, year, from_ten=True).items()]
    return pd.DataFrame(rows, columns=["row", "part", "share"])


def class_table(load: Load) -> pd.DataFrame:
    """Return what 10-49 holds in Korea by definition (columns row, part, share, secondary)."""
    persons, employees = all_sections(load).sum(), employees_by_class(load).sum()
    views = {
        "sections with data, persons": persons / persons.sum(),
        "sections with data, employees": employees / employees.sum(),
        "manufacturing 2022, from 10 persons": class_shares(load, "KOR", 2022, from_ten=True),
        "manufacturing 2022, completed": completed_manufacturing(load),
        "manufacturing 2015": class_shares(load, "KOR", 2015),
    }
    rows = [
        (row, part, float(share[part]), row.endswith("completed"))
        for row, share in views.items()
        for part in STANDARD
        if part in share
    ]
    return pd.DataFrame(rows, columns=["row", "part", "share", "secondary"])


def unit_table(load: Load) -> pd.DataFrame:
    """Return the share of manufacturing jobs in large units with the unit behind each number, side by side."""
    own, japan = (
        class_shares(load, "KOR", 2022, True)["250+"],
        {year: class_shares(load, "JPN", year, True)["250+"] for year in (2021, 2022)},
    )
    others = enterprise_countries(load, from_ten=True)
    early = class_shares(load, "KOR", 2015)["250+"]
    rows = [
        ("Korea 2022", "establishment", "persons, units of 10+", "250+", own),
        ("Korea 2015", "establishment", "persons, all units", "250+", early),
        (
            "Korea 2023",
            "enterprise",
            "persons, all units",
            "above the legal ceilings",
            legal_shares(load, 2023, "C")["non-SME"],
        ),
        ("Japan 2022", "establishment", "persons, units of 10+", "250+", japan[2022]),
        ("Japan 2021", "enterprise", "persons, units of 10+", "250+", japan[2021]),
        *(
            (f"{name}, latest", "enterprise", "employees, units of 10+", "250+", others[code])
            for code, name in (
                ("DEU", "Germany"),
                ("FRA", "France"),
                ("GBR", "United Kingdom"),
                ("USA", "United States"),
            )
            if code in others
        ),
    ]
    table = pd.DataFrame(rows, columns=["Country", "Unit counted", "Base", "Large from", "Share of jobs, %"])
    return table.assign(**{"Share of jobs, %": (100 * table["Share of jobs, %"]).round(1)})
