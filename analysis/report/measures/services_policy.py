"""Claim C6: what services get of support in Korea, set against what they make and how many work in them.

Kinds of support are never added up: each share stands beside services' share of value added and of persons in its year.
R&D that firms do and loans of all banks are shown, but they are no support. A share is an upper bound where the source
prints manufacturing only: what is left belongs to services and all other sectors. A lower bound cannot show that
services get less, so it is shown and is no reading.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import AGGREGATES, OECD
from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
HEADLINES = {"support": "TAX-01", "long": "GRD-01"}
"""The widest kind of support published by sector since 2010, and before."""
TURN = 2010
"""The first year of the part `support`; earlier years are the part `long`."""
YARDSTICKS = {"value_added": "share of value added", "persons": "share of persons engaged"}
WAVES = {"2013": (2013, 2013), "2015": (2015, 2015), "2003-04": (2003, 2004)}
"""Years in which one source sets Korea's business R&D beside that of others; the first is the headline."""
SHORT = {
    "tax breaks": "corporate tax breaks", "R&D tax credit": "tax credits for R&D", "government R&D": "government R&D",
    "policy bank loans": "loans of a policy bank", "digital programmes": "digital programmes, narrow",
    "digital programmes, wide": "digital programmes, wide", "guarantees": "guarantees, one region",
    "guarantees, local fund": "guarantees of one local fund", "policy loans to SMEs": "loans of the SME agency",
    "state-backed venture funds": "state-backed venture funds",
}  # fmt: skip
_SHARE = "services' share"


def secondary_concern(load: Load) -> list[Reading]:
    """Return the readings of claim C6.

    Parts `support` and `long` (services' share of a kind of support over their share of value added, or of persons,
    since 2010 and before), `half` (the same as `support`, for the stronger reading) and `research` (share of the
    countries compared in which services do more of business R&D).

    Raises
    ------
    Unmeasurable
        If a headline figure is missing, or the accounts hold no shares of its year.
    """
    table = support_table(load)
    for part, key in HEADLINES.items():
        if key not in set(table["id"]):
            raise Unmeasurable(f"support_by_sector holds no {key}, the headline of {part}")
    found = []
    for row in table[table["bound"] != "lower"].to_dict("records"):
        for part in ("support", "half") if row["year"] >= TURN else ("long",):
            found += _against_yardsticks(part, row)
    return [*found, *_research(load)]


def yardsticks(load: Load, year: int) -> dict[str, float]:
    """Return services' share of value added at current prices and of persons engaged, in per cent of Korea's total.

    Raises
    ------
    Unmeasurable
        If the accounts of the Asian Productivity Organization hold no complete year.
    """
    rows = load("sector_accounts")
    rows = rows[(rows["source"] == "APO") & (rows["country"] == "KOR") & (rows["year"] == year)]
    columns = {"value_added": "value_added", "persons": "employment"}
    if rows.empty or rows[list(columns.values())].isna().any(axis=None):
        raise Unmeasurable(f"sector_accounts holds no complete Korean year {year} in APO")
    inside = rows["sector"].isin(codes.members("APO", codes.SERVICES))
    return {
        name: float(100 * rows.loc[inside, column].sum() / rows[column].sum()) for name, column in columns.items()
    }


def support_table(load: Load) -> pd.DataFrame:
    """Return services' share of each kind of support, beside their share of the nation's value added and persons.

    Returns
    -------
    DataFrame
        Columns id, label, kind, nature, area, year, share, value_added, persons (per cent), over_value_added,
        over_persons (ratios), bound, definition, secondary; smallest ratio first.

    Raises
    ------
    Unmeasurable
        If nothing is left.
    """
    rows = load("support_by_sector")
    keep = (rows["country"] == "KOR") & (rows["measures"] == _SHARE)
    rows = rows[keep & (rows["nature"] == "support")].reset_index(drop=True)
    if rows.empty:
        raise Unmeasurable("support_by_sector holds no Korean share of services")
    sticks = pd.DataFrame([yardsticks(load, int(year)) for year in rows["year"]])
    table = pd.concat([rows, sticks], axis=1).rename(columns={"value": "share"})
    for name in YARDSTICKS:
        table[f"over_{name}"] = table["share"] / table[name]
    sign = table["bound"].map({"upper": ", at most", "lower": ", at least", "forecast": ", bill"}).fillna("")
    table["label"] = table["kind"].map(SHORT) + " " + table["year"].astype(str) + sign
    columns = [
        "id", "label", "kind", "nature", "area", "year", "share", "value_added", "persons", "over_value_added",
        "over_persons", "bound", "definition", "secondary",
    ]  # fmt: skip
    return table[columns].sort_values("over_value_added", kind="stable").reset_index(drop=True)


def research_table(load: Load, wave: str = "2013") -> pd.DataFrame:
    """Return the share of services in business R&D by country in one wave, largest first.

    Returns
    -------
    DataFrame
        Columns country, name, year, share (per cent), secondary. Within a wave the last year of a country stands.

    Raises
    ------
    ValueError
        If there is no such wave.
    Unmeasurable
        If Korea or the others are missing.
    """
    if wave not in WAVES:
        raise ValueError(f"no wave {wave!r}; legal: {', '.join(WAVES)}")
    rows = load("support_by_sector")
    rows = rows[(rows["kind"] == "business R&D") & rows["year"].between(*WAVES[wave])]
    rows = rows.sort_values("year").groupby("country").tail(1)
    if "KOR" not in set(rows["country"]) or len(rows) < 3:
        raise Unmeasurable(f"support_by_sector holds too few shares of services in business R&D, {wave}")
    names = {**OECD, **AGGREGATES, "OECD": "OECD mean"}
    rows = rows.assign(name=rows["country"].map(names)).rename(columns={"value": "share"})
    return rows.sort_values("share", ascending=False)[["country", "name", "year", "share", "secondary"]].reset_index(
        drop=True
    )


def steps_table(load: Load) -> pd.DataFrame:
    """Return what governments announced for services, in the order of time, for a table.

    Returns
    -------
    DataFrame
        Columns Year, Announced by, What, Amount, secondary.
    """
    rows = load("services_policy").sort_values("stated")
    amounts = [
        f"{row.amount:g} {row.unit.replace('KRW', 'won')}" if pd.notna(row.amount) else "none named"
        for row in rows.itertuples()
    ]
    return pd.DataFrame(
        {"Year": rows["year"].to_list(), "Announced by": rows["who"].to_list(), "What": rows["statement"].to_list(),
         "Amount": amounts, "secondary": rows["secondary"].to_list()}
    )  # fmt: skip


def share(load: Load, key: str) -> pd.Series:
    """Return one row of `support_by_sector` by id, or raise `Unmeasurable` naming it."""
    rows = load("support_by_sector").set_index("id")
    if key not in rows.index:
        raise Unmeasurable(f"support_by_sector holds no {key}")
    return rows.loc[key]


def two_sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for claim C6 beside what limits it, in pairs (columns For, Against, secondary)."""
    facts_ = facts(load)
    pairs = [
        (
            f"Corporate tax breaks, {facts_['tax_year']}: {facts_['tax']:.1f} % to services, which made "
            f"{facts_['tax_va']:.0f} % of value added †",
            f"A lower rate for all firms, 2010: {facts_['cut']:.0f} % of the saving to services, by forecast †",
        ),
        (
            f"Government R&D: {facts_['rd_2008']:.0f} % for services in 2008, {facts_['rd_2016']:.1f} % in 2016 †",
            f"Government pays {facts_['public_korea']:.1f} % of what service firms spend on R&D, "
            f"{facts_['public_france']:.1f} % in France (2013) †",
        ),
        (
            f"The SME agency's loans, 2016-20: {facts_['agency']:.0f} % to services and trade, "
            f"{facts_['agency_made']:.0f} % to manufacturing †",
            f"A city's guarantee fund for micro firms, 2010: {facts_['local']:.0f} % to services †",
        ),
        (
            f"The state's development bank, 2015: {facts_['bank_made']:.0f} % of its loans to manufacturing †",
            f"Venture funds with state money, end of 2022: at least {facts_['venture']:.0f} % to services",
        ),
        (
            f"Services do {facts_['research']:.1f} % of business R&D (2019), in the United States "
            f"{facts_['research_usa']:.0f} % (2015) †",
            f"{facts_['steps']} announcements for services since {facts_['first_step']}, the largest of "
            f"{facts_['largest']:.0f} trillion won of loans and guarantees",
        ),
    ]
    return pd.DataFrame(pairs, columns=["For", "Against"]).assign(secondary=True)


def facts(load: Load) -> dict[str, float | int]:
    """Return the figures that the page cites on claim C6."""
    tax, steps = share(load, HEADLINES["support"]), load("services_policy")
    made = yardsticks(load, int(tax["year"]))
    money = steps[steps["unit"] == "trillion KRW"]
    table = support_table(load)
    table = table[table["bound"] != "lower"]
    return {
        "tax": float(tax["value"]), "tax_made": float(tax["manufacturing"]), "tax_year": int(tax["year"]),
        "tax_va": made["value_added"], "tax_persons": made["persons"], "tax_over": tax["value"] / made["value_added"],
        "rd_2008": float(share(load, "GRD-01")["value"]), "rd_2016": float(share(load, "GRD-03")["value"]),
        "rd_germany": float(share(load, "GRD-02")["value"]),
        "credit": float(share(load, "TAX-02")["value"]), "bank_made": float(share(load, "LON-01")["manufacturing"]),
        "agency": float(share(load, "LON-06")["value"]), "agency_made": float(share(load, "LON-06")["manufacturing"]),
        "local": float(share(load, "GUA-02")["value"]), "venture": float(share(load, "VEN-01")["value"]),
        "region": float(share(load, "GUA-01")["value"]),
        "loans": float(share(load, "LON-04")["value"]), "loans_early": float(share(load, "LON-05")["value"]),
        "digital": float(share(load, "DIG-01")["value"]), "digital_wide": float(share(load, "DIG-03")["value"]),
        "cut": float(share(load, "TAX-03")["value"]), "public_korea": float(share(load, "PUB-01")["value"]),
        "public_france": float(share(load, "PUB-05")["value"]), "public_germany": float(share(load, "PUB-02")["value"]),
        "research_first": float(share(load, "RDS-01")["value"]), "research": float(share(load, "RDS-09")["value"]),
        "research_usa": float(share(load, "RDS-21")["value"]),
        "steps": len(steps), "first_step": int(steps["year"].min()), "largest": float(money["amount"].max()),
        "kinds": int(len(table)), "under": int((table["over_value_added"] < 1).sum()),
        "under_half": int((table["over_value_added"] < 0.5).sum()),
    }  # fmt: skip


def _against_yardsticks(part: str, row: dict) -> list[Reading]:
    found = []
    head_id = HEADLINES["long" if part == "long" else "support"]
    for name, words in YARDSTICKS.items():
        head = row["id"] == head_id and name == "value_added"
        turns = "yardstick" if row["id"] == head_id else "kind of support"
        turns = "one region" if row["area"] == "region" else turns
        most = "at most " if row["bound"] == "upper" else ""
        shown = f"{most}{row['share']:.1f} % against {row[name]:.1f} %"
        found.append(
            Reading(part, f"{row['label']}, over {words}", float(row[f"over_{name}"]), "ratio", "support_by_sector",
                    head, turns, int(row["year"]), "as published", bool(row["secondary"]), shown)
        )  # fmt: skip
    return found


def _research(load: Load) -> list[Reading]:
    found = []
    for place, wave in enumerate(WAVES):
        table = research_table(load, wave).set_index("country")
        others = table.drop(["KOR", "OECD"], errors="ignore")
        above = int((others["share"] > table.loc["KOR", "share"]).sum())
        shown = f"{above} of {len(others)}"
        found.append(
            Reading("research", f"business R&D {wave}", above / len(others), "of the countries", "support_by_sector",
                    place == 0, "year", wave, "as published", bool(table["secondary"].any()), shown)
        )  # fmt: skip
    return found
