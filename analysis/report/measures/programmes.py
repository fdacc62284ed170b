"""Claim C1: how many programmes support Korean SMEs, by what means, and what a count of them is worth.

No source for a count of 2023 is held. The headline is the count of central and local programmes nearest to that year;
the alternatives are the other counts within a decade, whoever counted. An instrument is there when a published amount
of it exceeds a thousandth of GDP.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import programmes_tables as tables

Load = Callable[[str], pd.DataFrame]
CLAIMED, CLAIMED_YEAR = 1646, 2023
THERE = 0.1
"""Percent of GDP from which on an instrument counts as there; as in the rule of the claim."""
_PRINTED, _VINTAGE = "% of GDP", "as published"


def support_programmes(load: Load) -> list[Reading]:
    """Return the readings of claim C1.

    Parts `count` (programmes), `credit`, `tax` and `procurement` (percent of GDP). The stronger reading rests on
    `guarantees`, guaranteed loans as a share of GDP over the OECD mean, `finance`, the share of credit in the money of
    the programmes, and `apart`, by how many times the share of a group in the programmes and in the money differ.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    return [*_count(load), *_kinds(load), *_guarantees(load), *_finance(load), *_apart(load)]


def nearest(load: Load, year: int = CLAIMED_YEAR) -> pd.Series:
    """Return the count of central and local programmes for SMEs whose year is nearest, the later of two as near.

    Raises
    ------
    Unmeasurable
        If there is none.
    """
    rows = tables.counts_table(load)
    rows = rows[rows["comparable"] & (rows["year_kind"] == "reference year")]
    if rows.empty:
        raise Unmeasurable("support_programmes holds no count of central and local programmes")
    distance = (rows["year"] - year).abs()
    return rows[distance == distance.min()].sort_values("year").iloc[-1]


def _count(load: Load) -> list[Reading]:
    head = nearest(load)
    rows = tables.counts_table(load)
    rows = rows[(rows["covers"] == "SMEs") & ((rows["year"] - CLAIMED_YEAR).abs() <= 10)]
    found = []
    for row in rows.to_dict("records"):
        first = row["label"] == head["label"]
        turns = "year" if row["comparable"] else "levels of government and who counts"
        sign = {"lower": "more than ", "approximate": "about "}.get(row["bound"], "")
        found.append(
            Reading("count", row["label"], float(row["programmes"]), "programmes", "support_programmes", first, turns,
                    int(row["year"]), _VINTAGE, bool(row["secondary"]), f"{sign}{row['programmes']:,.0f}")
        )  # fmt: skip
    return sorted(found, key=lambda one: not one.headline)


_KINDS = (  # part, figure, label, what sets it apart; the first of a part is its headline
    ("credit", "POL-025", "guaranteed loans, stock 2022", "definition"),
    ("credit", "POL-027", "policy loans and guarantees of three bodies, stock 2014, at least", "definition"),
    ("credit", "POL-045", "loans and guarantees announced for 2023", "definition"),
    ("credit", "POL-046", "loans by the state itself, 2018", "guarantees left out"),
    ("tax", "POL-029", "tax expenditure, forecast 2024", "year"),
    ("tax", "POL-030", "tax expenditure, 2020", "year"),
    ("tax", "MNY-03", "tax expenditure, forecast 2016", "year"),
    ("procurement", "MNY-02", "public purchases from SMEs, 2023", "year"),
    ("procurement", "POL-038", "public purchases from SMEs, 2024", "year"),
    ("procurement", "MNY-01", "public purchases from SMEs, 2022", "year"),
    ("procurement", "POL-039", "public purchases from SMEs, 2015", "year"),
)


def _kinds(load: Load) -> list[Reading]:
    found, seen = [], set()
    for part, key, label, turns in _KINDS:
        row, value = tables.amount(load, key), 100 * tables.share_of_gdp(load, key)
        found.append(
            Reading(part, label, value, _PRINTED, "support_money", part not in seen, turns, int(row["year"]), _VINTAGE,
                    bool(row["secondary"]) or _rests_on_press(load, row), f"{value:.1f} % of GDP")
        )  # fmt: skip
        seen.add(part)
    return found


def _rests_on_press(load: Load, row: pd.Series) -> bool:
    """Return whether the GDP below a ratio was read in a press report."""
    return row["unit"] != _PRINTED and bool(tables.gdp(load, int(row["year"]))["secondary"])


def _guarantees(load: Load) -> list[Reading]:
    mean = tables.share_of_gdp(load, "POL-026")
    if mean <= 0:
        raise Unmeasurable("the OECD mean of guaranteed loans is zero")
    cases = (
        ("POL-025", "guaranteed loans 2022 over the OECD mean of that year", "definition"),
        ("POL-027", "policy loans and guarantees of three bodies 2014, at least, over the OECD mean of 2022", "year"),
        ("POL-028", "records of policy loans and guarantees 2009, about, over the OECD mean of 2022", "year"),
    )
    found = []
    for place, (key, label, turns) in enumerate(cases):
        ratio, row = tables.share_of_gdp(load, key) / mean, tables.amount(load, key)
        found.append(
            Reading("guarantees", label, ratio, "times the OECD mean", "support_money", place == 0, turns,
                    int(row["year"]), _VINTAGE, True)
        )  # fmt: skip
    return found


def _finance(load: Load) -> list[Reading]:
    cases = (
        ("finance, share of the money, central and local", tables.weights(load, "POL-011")[1], "level"),
        ("finance, share of the money, central", tables.weights(load, "PRG-04", tables.CENTRAL)[1], "level"),
        ("finance, share of the money, local", tables.weights(load, "PRG-07", tables.LOCAL)[1], "level"),
        ("finance, share of the programmes", tables.weights(load, "POL-011")[0], "count instead of money"),
    )
    return [
        Reading("finance", label, value, "share", "support_programmes", place == 0, turns, 2017, _VINTAGE, True,
                f"{100 * value:.1f} %")
        for place, (label, value, turns) in enumerate(cases)
    ]  # fmt: skip


def _apart(load: Load) -> list[Reading]:
    cases = (
        ("local governments", tables.LOCAL, "level"),
        *((name, key, "ministry") for name, key in tables.BODIES.items()),
        *((f"{name} programmes", key, "purpose") for name, key in tables.PURPOSES.items()),
    )
    found = []
    for place, (name, key, turns) in enumerate(cases):
        counted, money = tables.weights(load, key)
        times = max(counted / money, money / counted)
        shown = f"{100 * counted:.1f} % of the programmes, {100 * money:.1f} % of the money"
        found.append(
            Reading("apart", name, times, "times", "support_programmes", place == 0, turns, 2017, _VINTAGE, True, shown)
        )  # fmt: skip
    return found


def two_sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim C1, in four rows.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against, secondary (a figure of the row was read in a secondary source).
    """
    value = facts(load)
    rows = [
        (
            "Count",
            f"{value['institute']:,.0f} programmes in 2020, {value['count']:,.0f} in {value['count_year']}, central "
            "and local †",
            f"no source found prints {CLAIMED:,} for {CLAIMED_YEAR}; "
            f"{value['central_count']:,.0f} are central (2017) †",
        ),
        (
            "Credit",
            f"guaranteed loans: {value['guarantees']:.1f} % of GDP, {value['times']:.1f} times the OECD mean (2022) †",
            "a guarantee is no grant: it costs the state where a borrower fails",
        ),
        (
            "Tax, purchases",
            f"{value['tax']:.1f} trillion won of tax forgone (2024, forecast), {value['purchases']:.1f} of purchases "
            "(2023) †",
            f"large groups get {value['tax_large']:.1f} of tax †; purchases are prices paid, not aid",
        ),
        (
            "Count and money",
            f"the census of 2017 lists {value['census']:,.0f} programmes †",
            f"{value['local_count']:.0f} % of them are local, with {value['local_money']:.0f} % of the money †",
        ),
    ]
    table = pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
    return table.assign(secondary=[any("†" in cell for cell in row) for row in rows])


def facts(load: Load) -> dict:
    """Return the numbers of the page by name; shares as numbers out of a hundred, money in trillion won."""
    head, table = nearest(load), tables.weight_table(load).set_index("group")
    local, finance = tables.weights(load, tables.LOCAL), tables.weights(load, "POL-011")
    money = {key: float(tables.amount(load, key)["value"]) for key in
             ("POL-022", "POL-029", "POL-030", "POL-032", "MNY-04", "MNY-02", "POL-039")}  # fmt: skip
    mean, korea = tables.share_of_gdp(load, "POL-026"), tables.share_of_gdp(load, "POL-025")
    steps = {key: float(tables.step(load, key)["value"]) for key in
             ("POL-048", "POL-049", "POL-051", "POL-052", "POL-054", "POL-057", "POL-060", "POL-063", "STP-01",
              "STP-04", "STP-05", "STP-06", "STP-07", "STP-08", "STP-09")}  # fmt: skip
    low = tables.count(load, "PRG-11")
    noticed, wished = _survey_base(load)
    every = tables.counts_table(load)
    korean = every.loc[every["covers"] == "SMEs", "programmes"]
    return {
        "claimed": CLAIMED, "count": float(head["programmes"]), "count_year": str(head["year"]),
        "census": float(tables.count(load, tables.CENSUS)["programmes"]),
        "institute": float(tables.count(load, "POL-018")["programmes"]),
        "central_count": float(tables.count(load, tables.CENTRAL)["programmes"]),
        "oecd_count": float(tables.count(load, "POL-020")["programmes"]),
        "low_count": float(low["programmes"]), "low_year": str(low["year"]),
        "budget_office": float(tables.count(load, "PRG-10")["programmes"]),
        "germany": float(tables.count(load, "PRG-12")["programmes"]),
        "france": float(tables.count(load, "PRG-13")["programmes"]),
        "local_count": 100 * local[0], "local_money": 100 * local[1],
        "agency_count": 100 * table.at["SME agency", "share_of_programmes"],
        "agency_money": 100 * table.at["SME agency", "share_of_money"],
        "local_each": table.at["local governments", "per_programme"],
        "agency_each": table.at["SME agency", "per_programme"],
        "finance_count": 100 * finance[0], "finance_money": 100 * finance[1],
        "guarantees": 100 * korea, "guarantees_oecd": 100 * mean, "times": korea / mean,
        "korea_low": float(korean.min()), "korea_high": float(korean.max()),
        "lent": float(tables.amount(load, "POL-013")["value"]),
        "budget": money["POL-022"], "budget_gdp": 100 * tables.share_of_gdp(load, "POL-022"),
        "tax": money["POL-029"], "tax_gdp": 100 * tables.share_of_gdp(load, "POL-029"), "tax_2020": money["POL-030"],
        "tax_large": money["POL-032"], "tax_firms": money["MNY-04"],
        "tax_share": 100 * money["POL-029"] / money["MNY-04"],
        "purchases": money["MNY-02"], "purchases_gdp": 100 * tables.share_of_gdp(load, "MNY-02"),
        "purchases_after": 100 * tables.share_of_gdp(load, "POL-038"),
        "purchases_2015": money["POL-039"],
        "purchases_low": 100 * min(_purchase_shares(load)), "purchases_high": 100 * max(_purchase_shares(load)),
        "rules_before": steps["POL-048"], "rules_after": steps["POL-049"], "rules_new": steps["STP-09"],
        "up": steps["POL-051"], "down": steps["POL-052"], "up_2018": steps["STP-01"], "up_2021": steps["STP-04"],
        "down_years": steps["STP-05"], "entered": steps["STP-06"], "left": steps["STP-07"], "stock": steps["STP-08"],
        "net": steps["STP-06"] - steps["STP-07"], "grace_first": steps["POL-054"], "grace_last": steps["POL-057"],
        "wish": steps["POL-060"], "ceiling": steps["POL-063"], "noticed": noticed, "wish_noticed": wished,
        "there": THERE, "least": min(one.value for one in _kinds(load)),
    }  # fmt: skip


def _survey_base(load: Load) -> tuple[float, float]:
    """Return what share of the former SMEs asked had noticed a change, and what share of these considered going back.

    Raises
    ------
    Unmeasurable
        If the source is not described so, or the two shares do not give the figure of all firms asked.
    """
    row = tables.step(load, "POL-060")
    found = re.match(r"([\d.]+)% of the ([\d.]+)% noticing", str(row["definition"]))
    if not found or abs(float(found[1]) * float(found[2]) / 100 - row["value"]) > 0.1:
        raise Unmeasurable("POL-060 does not say of which firms it is a share")
    return float(found[2]), float(found[1])


def _purchase_shares(load: Load) -> list[float]:
    """Return purchases as shares of GDP in the years before the revision of GDP."""
    rows = load("support_money")
    keys = rows.loc[(rows["instrument"] == "procurement") & (rows["year"] <= 2022), "id"]
    return [tables.share_of_gdp(load, key) for key in keys]
