"""Claim C6: what services get of support in Korea, set against what they make and how many work in them.

Kinds of support are never added up: each share stands beside services' share of value added in its year. Only support
that goes to firms is read: of all government R&D most goes to universities and institutes, so services' part of it is
no share of support to firms. R&D that firms do and loans of all banks are no support either.

Each programme has one vote in each period, however many figures of it are published. A reading is the largest share
that the source leaves open: the printed share; an upper bound where the source prints manufacturing only, since what is
left belongs to services and all other sectors; and everything where it prints a lower bound, which cannot show less.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import AGGREGATES, OECD
from analysis.report import claims
from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
WIDEST = "corporate tax breaks"
"""The widest kind of support published by sector in both periods: the headline of both."""
TURN = 2010
"""The first year of the part `support`; earlier years are the part `long`."""
YARDSTICKS = {
    "value_added": "share of value added", "persons": "share of persons engaged",
    "market": "share of value added, public services left out of both",
}  # fmt: skip
"""The first is that of the readings, the others are sensitivities: see `counting_table`."""
WAVES = {"2013": (2013, 2013), "2015": (2015, 2015), "2003-04": (2003, 2004)}
"""Years in which one source sets Korea's business R&D beside that of others; the first is the headline."""
INSIDE = {"corporate tax credit for R&D": WIDEST, "Daejeon credit guarantee foundation": "guarantees of one region"}
"""Programmes with rules of their own whose money is in that of a wider one; years differ."""
SHORT = {
    "corporate tax credit for R&D": "tax credits for R&D", "Korea Development Bank": "loans of the development bank",
    "Industrial Bank of Korea": "loans of the Industrial Bank", "agency for SMEs": "loans of the SME agency",
    "digital programmes of the SME ministry": "digital programmes",
    "guarantees of one region": "guarantees, one region",
    "Daejeon credit guarantee foundation": "guarantees of one local fund",
    "Korea Fund of Funds": "state-backed venture funds",
}  # fmt: skip
_SHARE = "services' share"
_PUBLIC = "OPQRSTU"


def secondary_concern(load: Load) -> list[Reading]:
    """Return the readings of claim C6.

    Parts `support` and `long` (services' share of a programme's money over their share of value added, since 2010 and
    before), `half` (the same as `support`, for the stronger reading) and `research` (share of the countries compared in
    which services do more of business R&D).

    Raises
    ------
    Unmeasurable
        If a period lacks the headline programme, or the accounts hold no shares of its year.
    """
    table = support_table(load)
    for part in ("support", "long"):
        if WIDEST not in set(table.loc[table["part"] == part, "programme"]):
            since = "since" if part == "support" else "before"
            raise Unmeasurable(f"support_by_sector holds no share of {WIDEST} {since} {TURN}")
    found = []
    for row in table.to_dict("records"):
        for part in ("support", "half") if row["part"] == "support" else ("long",):
            found.append(_against_value_added(part, row))
    return [*found, *_research(load)]


def yardsticks(load: Load, year: int) -> dict[str, float]:
    """Return services' share of value added at current prices and of persons engaged, in per cent of Korea's total.

    The third, `market`, leaves sections O to U out of services and of the total: most of them are no firms. The
    accounts hold these sections as one, so private health, schools and personal services go with them.

    Raises
    ------
    Unmeasurable
        If the accounts of the Asian Productivity Organization hold no complete year.
    """
    rows = load("sector_accounts")
    rows = rows[(rows["source"] == "APO") & (rows["country"] == "KOR") & (rows["year"] == year)]
    columns = {"value_added": ("value_added", False), "persons": ("employment", False), "market": ("value_added", True)}
    if rows.empty or rows[["value_added", "employment"]].isna().any(axis=None):
        raise Unmeasurable(f"sector_accounts holds no complete Korean year {year} in APO")
    inside = rows["sector"].isin(codes.members("APO", codes.SERVICES))
    public = rows["sector"].isin(codes.members("APO", _PUBLIC))
    found = {}
    for name, (column, without) in columns.items():
        kept = rows.loc[~public, column] if without else rows[column]
        found[name] = float(100 * kept[inside.loc[kept.index]].sum() / kept.sum())
    return found


def figures_table(load: Load) -> pd.DataFrame:
    """Return every published share of services in support to firms, beside their share of the nation's economy.

    Returns
    -------
    DataFrame
        Columns id, label, programme, part ("support" from 2010 on, "long" before), area, year, share, the `YARDSTICKS`
        (per cent), over_ and the name of each (the largest share that the source leaves open over the yardstick),
        bound, definition, secondary.

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
    most = table["share"].where(table["bound"] != "lower", 100.0)
    for name in YARDSTICKS:
        table[f"over_{name}"] = most / table[name]
    sign = table["bound"].map({"upper": ", at most", "lower": ", at least", "forecast": ", bill"}).fillna("")
    table["label"] = table["programme"].replace(SHORT) + " " + table["year"].astype(str) + sign
    table["part"] = (table["year"] >= TURN).map({True: "support", False: "long"})
    columns = [
        "id", "label", "programme", "part", "area", "year", "share", *YARDSTICKS,
        *(f"over_{name}" for name in YARDSTICKS), "bound", "definition", "secondary",
    ]  # fmt: skip
    return table[columns]


def support_table(load: Load) -> pd.DataFrame:
    """Return the share that stands for each programme in each period: the figures that claim C6 counts.

    Of one programme the latest year stands, and of several figures of that year the one with most for services.

    Returns
    -------
    DataFrame
        As `figures_table`; programme and period occur together once. Smallest share of value added first.
    """
    table = figures_table(load).sort_values(["year", "over_value_added"], kind="stable")
    chosen = table.groupby(["part", "programme"], sort=False).tail(1)
    ratio = chosen["share"] / chosen["value_added"]
    return chosen.loc[ratio.sort_values(kind="stable").index].reset_index(drop=True)


def counting_table(load: Load) -> pd.DataFrame:
    """Return on how many programmes since 2010 services get less than their share, by ways of counting.

    Returns
    -------
    DataFrame
        Columns way, less, of (programmes, or figures), verdict (on the part `support`); the claim's own way first.
    """
    table, figures = support_table(load), figures_table(load)
    table, figures = table[table["part"] == "support"], figures[figures["part"] == "support"]
    added, persons, market = (f"over_{name}" for name in YARDSTICKS)
    ways = [
        ("The rule", table, added),
        ("Over persons", table, persons),
        ("No public services", table, market),
        ("No lower bounds", table[table["bound"] != "lower"], added),
        ("No single region", table[table["area"] != "region"], added),
        ("No overlaps", table[~table["programme"].isin(INSIDE)], added),
        ("Every figure", figures, added),
    ]
    rows = []
    for way, chosen, column in ways:
        less, head = chosen[column] < 1, chosen["id"] == _headline(chosen)
        rows.append((way, int(less.sum()), len(chosen), claims.verdict(head, less)))
    return pd.DataFrame(rows, columns=["way", "less", "of", "verdict"])


def _headline(table: pd.DataFrame) -> str:
    """Return the id of the figure that stands for the widest kind of support."""
    rows = table[table["programme"] == WIDEST].sort_values("year")
    if rows.empty:
        raise Unmeasurable(f"support_by_sector holds no share of {WIDEST} since {TURN}")
    return rows["id"].iloc[-1]


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
    """Return the strongest evidence for claim C6 beside what limits it (columns Evidence, For, Against, secondary)."""
    v = facts(load)
    rows = [
        (
            "Taxes",
            f"Services made {v['tax_va']:.0f} % of value added and got {v['tax']:.1f} % of corporate tax breaks "
            f"({v['tax_year']}) †.",
            f"The lower rate for all firms of 2010 gave them {v['cut']:.0f} % of the saving, by forecast †.",
        ),
        (
            "Loans and funds",
            f"The SME agency lent {v['agency']:.0f} % to services and trade, {v['agency_made']:.0f} % to manufacturing "
            f"(2016-20) †; the development bank {v['bank_made']:.0f} % to manufacturing (2015) †.",
            f"Venture funds with state money, and private money too, put at least {v['venture']:.1f} % into services, "
            f"which made {v['venture_va']:.1f} % of value added (2022).",
        ),
        (
            "Guarantees",
            f"In one region services got at most {v['region']:.0f} % of them (2010) †, less than their "
            f"{v['region_va']:.0f} % of the nation's value added.",
            f"A local fund for micro firms gave {v['local']:.0f} % to services (2010) †. For the nation no sectors are "
            "published.",
        ),
        (
            "R&D",
            f"Services do {v['research']:.1f} % of business R&D (2019) †, in the United States "
            f"{v['research_usa']:.0f} % (2015) †: the firms' own choice.",
            f"Government pays {v['public_korea']:.1f} % of what service firms spend on R&D, {v['public_france']:.1f} % "
            "in France (2013) †.",
        ),
    ]
    return pd.DataFrame(rows, columns=["Evidence", "For", "Against"]).assign(secondary=True)


def facts(load: Load) -> dict[str, float | int]:
    """Return the figures that the page cites on claim C6."""
    table, steps = support_table(load), load("services_policy")
    now, early = (table[table["part"] == part] for part in ("support", "long"))
    tax = share(load, _headline(now))
    made = yardsticks(load, int(tax["year"]))
    money = steps[steps["unit"] == "trillion KRW"]
    counted = counting_table(load)
    return {
        "tax": float(tax["value"]), "tax_made": float(tax["manufacturing"]), "tax_year": int(tax["year"]),
        "tax_va": made["value_added"], "tax_persons": made["persons"], "tax_over": tax["value"] / made["value_added"],
        "tax_early": float(share(load, "TAX-04")["value"]), "tax_early_year": int(share(load, "TAX-04")["year"]),
        "budget": float(share(load, "GRD-03")["value"]), "budget_year": int(share(load, "GRD-03")["year"]),
        "credit": float(share(load, "TAX-02")["value"]), "bank_made": float(share(load, "LON-01")["manufacturing"]),
        "agency": float(share(load, "LON-06")["value"]), "agency_made": float(share(load, "LON-06")["manufacturing"]),
        "local": float(share(load, "GUA-02")["value"]), "venture": float(share(load, "VEN-01")["value"]),
        "venture_va": yardsticks(load, int(share(load, "VEN-01")["year"]))["value_added"],
        "region": float(share(load, "GUA-01")["value"]),
        "region_va": yardsticks(load, int(share(load, "GUA-01")["year"]))["value_added"],
        "cut": float(share(load, "TAX-03")["value"]), "public_korea": float(share(load, "PUB-01")["value"]),
        "public_france": float(share(load, "PUB-05")["value"]), "public_germany": float(share(load, "PUB-02")["value"]),
        "research_first": float(share(load, "RDS-01")["value"]), "research": float(share(load, "RDS-09")["value"]),
        "research_usa": float(share(load, "RDS-21")["value"]),
        "steps": len(steps), "first_step": int(steps["year"].min()), "largest": float(money["amount"].max()),
        "kinds": len(now), "under": int((now["over_value_added"] < 1).sum()),
        "over": int((now["share"] > now["value_added"]).sum()),
        "unknown": int(((now["bound"] == "lower") & (now["share"] < now["value_added"])).sum()),
        "under_half": int((now["over_value_added"] < 0.5).sum()),
        "early": len(early), "early_under": int((early["over_value_added"] < 1).sum()),
        "under_persons": int(counted["less"].iloc[1]),
        "under_market": int(counted["less"].iloc[2]), "ways": len(counted),
        "ways_without_limits": int((counted["verdict"] == claims.SUPPORTED).sum()),
    }  # fmt: skip


def _against_value_added(part: str, row: dict) -> Reading:
    turns = "lower bound" if row["bound"] == "lower" else "one region" if row["area"] == "region" else "programme"
    shown = f"{_in_words(row['share'], row['bound'])} against {row['value_added']:.1f} %"
    return Reading(
        part, f"{row['label']}, over share of value added", float(row["over_value_added"]), "ratio",
        "support_by_sector", row["programme"] == WIDEST, turns, int(row["year"]), "as published",
        bool(row["secondary"]), shown,
    )  # fmt: skip


def _in_words(share_: float, bound: str) -> str:
    """Return a share as it is printed: an upper bound is rounded up and a lower bound down, so that it stays true."""
    if bound not in ("upper", "lower"):
        return f"{share_:.1f} %"
    tenths = math.ceil(round(10 * share_, 6)) if bound == "upper" else math.floor(round(10 * share_, 6))
    return f"at {'most' if bound == 'upper' else 'least'} {tenths / 10:.1f} %"


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
