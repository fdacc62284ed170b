"""Claim C4: services hold most workers and the largest part of the shortfall, and without them productivity is capped.

The gains are accounting at fixed prices, persons and hours, not a forecast: see `closing_tables`. A reading is one
definition; none is chosen among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import OECD
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import closing_tables as tables
from analysis.report.measures import gap, gap_sizes, sectors

Load = Callable[[str], pd.DataFrame]
WORKERS = (("APO", 2023), ("ETD", 2018), ("PLD", 2017))
"""Sources of the share of persons with the last year of each; the first is the headline."""
_ACCOUNTS, _PLD = "sector_accounts", "PLD 2023"


def services_central(load: Load) -> list[Reading]:
    """Return the readings of claim C4.

    Parts `workers` (share of persons), `deficit` (services' share of the shortfall minus that of manufacturing),
    `capped` (gain from services over gain from manufacturing SMEs), `left` (share of the shortfall that stays if the
    SMEs alone catch up) and `gain` (gain from services in per cent, for the stronger reading).

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    return [*_workers(load), *_deficit(load), *_capped(load), *_left(load), *_gain(load)]


def share_of_persons(load: Load, source: str, year: int, group: str = "all services") -> float | None:
    """Return the share of Korea's persons engaged who work in a group of services; None if the source cannot form it.

    Raises
    ------
    Unmeasurable
        If the source holds no Korean persons of the year.
    """
    rows = load(_ACCOUNTS)
    rows = rows[(rows["source"] == source) & (rows["country"] == "KOR") & (rows["year"] == year)]
    if rows.empty or rows["employment"].isna().any():
        raise Unmeasurable(f"sector_accounts holds no Korean persons by sector in {source} {year}")
    try:
        members = codes.members(source, sectors.GROUPS[group])
    except ValueError:
        return None
    return float(rows.loc[rows["sector"].isin(members), "employment"].sum() / rows["employment"].sum())


def _workers(load: Load) -> list[Reading]:
    found = []
    for source, year in WORKERS:
        for group in sectors.GROUPS:
            share = share_of_persons(load, source, year, group)
            if share is None:
                continue
            head = (source, year) == WORKERS[0] and group == "all services"
            turns = "which services" if group != "all services" else "source"
            shown = f"{100 * share:.1f} %"
            label = f"{group} ({source} {year})"
            found.append(
                Reading("workers", label, share, "of persons", _ACCOUNTS, head, turns, year, source, False, shown)
            )
    return found


def shortfall_table(load: Load) -> pd.DataFrame:
    """Return who holds Korea's shortfall at sector PPPs: services, manufacturing and other parts, by peer and basis.

    Returns
    -------
    DataFrame
        Columns year, sectors, peer (code, or "median of the members ahead"), services, manufacturing (shares of the
        shortfall), apart (services minus manufacturing; its own median over the members).
    """
    return _shortfalls(load).copy()


@lru_cache(maxsize=16)
def _shortfalls(load: Load) -> pd.DataFrame:
    table = gap.sector_table(load)
    wide = table.pivot(index=["year", "sectors", "peer"], columns="part", values="share_of_gap").reset_index()
    wide["apart"] = wide["services"] - wide["manufacturing"]
    columns = ["services", "manufacturing", "apart"]
    middle = wide.groupby(["year", "sectors"], sort=False)[columns].median().reset_index().assign(peer=_MIDDLE)
    named = wide[wide["peer"].isin(gap.NAMED)]
    return pd.concat([middle, named], ignore_index=True)[["year", "sectors", "peer", *columns]]


_MIDDLE = "median of the members ahead"


def smes_part(load: Load) -> pd.DataFrame:
    """Return the share of Korea's shortfall to each size peer owed to manufacturing SMEs, beside that of services.

    The part of manufacturing is shared out by the split of its gap into sizes: SMEs' output per person alone, and with
    their number.

    Returns
    -------
    DataFrame
        Columns peer, services, smes (output per person), smes_and_mix (with the mix of sizes): shares of the shortfall.
    """
    parts = shortfall_table(load)
    parts = parts[(parts["year"] == 2017) & (parts["sectors"] == gap.HEADLINE_SET)].set_index("peer")
    levels, own = gap_sizes.manufacturing_level(load), gap_sizes.korea(load, 2018)
    rows = []
    for peer in gap_sizes.PEERS:
        one = gap_sizes.split(levels, own, gap_sizes.peer(load, peer), peer)
        if peer not in parts.index or one["total"] >= 0:
            continue  # no shortfall to share out
        made = parts.loc[peer, "manufacturing"]
        alone = made * one[gap_sizes.SMALL] / one["total"]
        rows.append((peer, parts.loc[peer, "services"], alone, alone + made * one["size mix"] / one["total"]))
    return pd.DataFrame(rows, columns=["peer", "services", "smes", "smes_and_mix"])


def _deficit(load: Load) -> list[Reading]:
    found = []
    for row in shortfall_table(load).to_dict("records"):
        head = (row["year"], row["sectors"], row["peer"]) == (2017, gap.HEADLINE_SET, _MIDDLE)
        turns = "peer" if row["year"] == 2017 and row["sectors"] == gap.HEADLINE_SET else "sectors left out"
        turns = "year" if row["year"] != 2017 and row["sectors"] == gap.HEADLINE_SET else turns
        label = f"{OECD.get(row['peer'], row['peer'])}, {row['year']}, {row['sectors']}"
        found.append(_points("deficit", label, row["apart"], head, turns, row["year"], _PLD))
    for row in smes_part(load).to_dict("records"):
        for column, words in (("smes", "output per person"), ("smes_and_mix", "output per person and number")):
            label = f"{OECD[row['peer']]}, 2017, against manufacturing SMEs alone: {words}"
            value = row["services"] - row[column]
            found.append(_points("deficit", label, value, False, "SMEs alone", 2017, f"{_PLD}; KBIZ; OECD SSIS"))
    return found


def _capped(load: Load) -> list[Reading]:
    found = []
    for basis in tables.bases():
        for reference in tables.REFERENCES:
            one = tables.gains(load, basis, replace(tables.AIM, reference=reference))
            head = basis == tables.HEADLINE and reference == tables.MEDIAN
            label = f"{basis.label}, {reference}"
            found.append(_times(label, one, head, _turns(basis, reference), basis.year))
    for target in tables.targets()[1:]:
        turns = "peer" if target.way == tables.SURVEY and target.peer != "DEU" else "unit of size"
        one = tables.gains(load, tables.HEADLINE, target)
        found.append(_times(tables.target_label(target), one, False, turns, 2017, _from_press(load, target)))
    for prices in tables.PRICES:
        tidy = tables.attribution(load, tables.Basis(prices=prices)).tidy().set_index("component")["estimate"]
        label = f"both together, mean over both orders, {prices}"
        found.append(_times(label, tidy, False, "order", 2017))
    return found


def _turns(basis: tables.Basis, reference: str, names: int = 2) -> str:
    """Name what sets a definition apart from the headline: the first of prices, reference, services and year."""
    differs = (
        ("price basis", basis.prices != tables.HEADLINE.prices),
        ("reference", reference != tables.MEDIAN),
        ("which services", basis.group != tables.HEADLINE.group),
        ("year", basis.year != tables.HEADLINE.year),
    )
    first, *others = [name for name, apart in differs if apart][:names] or ["definition"]
    return f"{first} with {' and '.join(others)}" if others else first


def _from_press(load: Load, target: tables.Target) -> bool:
    """Return whether the Korean ratio of a way to measure was read in the press: the OECD's below and above 250."""
    if not target.way.startswith("OECD ratio"):
        return False
    rows = load("size_productivity")
    chosen = rows[(rows["country"] == "KOR") & (rows["size_small"] == "1-249") & (rows["size_large"] == "250+")]
    return bool(chosen["secondary"].any())


def left_over(load: Load, peer: str = _MIDDLE, year: int = 2017, size_peer: str = "DEU") -> float:
    """Return the share of Korea's shortfall that stays if manufacturing SMEs reach a size peer's ratio and no more.

    Raises
    ------
    Unmeasurable
        If the peer is not ahead of Korea.
    """
    gaps = tables.needed(load, year)
    if peer != _MIDDLE and peer not in gaps:
        raise Unmeasurable(f"{OECD.get(peer, peer)} is not ahead of Korea in {year}: there is no shortfall")
    distance = float(gaps.median() if peer == _MIDDLE else gaps[peer])
    gain = tables.gains(load, tables.Basis(year, "sector PPPs"), replace(tables.AIM, peer=size_peer))["SMEs"]
    return 1 - float(gain) / distance


def _left(load: Load) -> list[Reading]:
    cases = [(_MIDDLE, year, size_peer) for year in tables.YEARS for size_peer in tables.PEERS]
    cases += [(peer, 2017, "DEU") for peer in gap.NAMED if peer in tables.needed(load)]
    found = []
    for peer, year, size_peer in cases:
        value = left_over(load, peer, year, size_peer)
        head = (peer, year, size_peer) == (_MIDDLE, 2017, "DEU")
        turns = "year" if year != 2017 else "peer"
        label = f"{OECD.get(peer, peer)}, {year}, SMEs at the {tables.ADJECTIVE[size_peer]} ratio"
        found.append(
            Reading("left", label, value, "of the shortfall", _ACCOUNTS, head, turns, year, f"{_PLD}; KBIZ; OECD SSIS",
                    False, f"{100 * value:.0f} %")
        )  # fmt: skip
    return found


def _gain(load: Load) -> list[Reading]:
    found = []
    for basis in tables.bases():
        value = 100 * float(tables.gains(load, basis)["services"])
        turns = _turns(basis, tables.MEDIAN, names=4)
        shown = f"{value:+.1f} %"
        found.append(
            Reading("gain", basis.label, value, "%", _ACCOUNTS, basis == tables.HEADLINE, turns, basis.year, _PLD,
                    False, shown)
        )  # fmt: skip
    return found


def strip_rows(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the readings of `capped` that a strip can show: OECD and G7 medians of 2017, each way against Germany.

    Business services, which hold real estate, are left out of the strip; the other years and references too.
    """
    rows = readings[readings["part"] == "capped"]
    label = rows["label"]
    median = label.str.endswith((f"2017, {tables.MEDIAN}", f"2017, {tables.MEDIAN_G7}"))
    median &= ~label.str.startswith("business services")
    ways = rows["label"].str.startswith("German ratio") & (rows["turns_on"] != "peer")
    order = rows["turns_on"] == "order"
    shown = pd.concat([rows[median], rows[order], rows[ways]])
    short = shown["label"]
    for words, fewer in _SHORTER.items():
        short = short.str.replace(words, fewer, regex=False)
    return shown.assign(label=short)[["label", "value", "headline", "holds", "secondary"]]


_SHORTER = {
    ", 2017": "", "German ratio; ": "", ", current prices": "", ", sector PPPs": " at PPPs",
    "both together, mean over both orders": "both, mean of orders",
    "survey of establishments, 2018, ": "", "survey of establishments": "SME survey",
    "enterprises by law, 2023 shares": "SMEs by law, 2023",
    "establishments below 250 persons, 2022 shares": "SMEs below 250 persons",
    "shares moved as Japan's were by counting enterprises": "SME shares moved as in Japan",
    "OECD ratio below and above 250 persons": "SME ratio of the OECD",
    "units below 10 persons stay": "units below 10 stay",
}  # fmt: skip
"""Words of a label to fewer words, for a strip."""


def two_sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for claim C4 beside what limits it (columns Evidence, For, Against)."""
    value = facts(load)
    rows = [
        (
            "Workers",
            f"{value['workers']:.0f} % of all persons engaged work in services (2023).",
            f"Without public services and real estate it is {value['market']:.1f} % (2017).",
        ),
        (
            "Shortfall",
            f"Against the median of {value['members']} members ahead, services hold {value['part_services']:.0f} % of "
            f"it and manufacturing {value['part_made']:.0f} % (2017).",
            f"Against Japan manufacturing holds {value['made_jpn']:.0f} % and services {value['serve_jpn']:.0f} %, "
            f"against the United Kingdom {value['made_gbr']:.0f} % and {value['serve_gbr']:.0f} %.",
        ),
        (
            "Gain",
            f"Services at the OECD median ratio add {value['services']:.0f} %, manufacturing SMEs at the German ratio "
            f"{value['smes']:.0f} %; at sector PPPs {value['services_ppp']:.0f} and {value['smes_ppp']:.0f} %.",
            f"At the G7 median ratio and sector PPPs services add {value['g7_ppp']:+.0f} %, SMEs "
            f"{value['smes_ppp']:+.0f} %.",
        ),
        (
            "SMEs alone",
            f"They leave {value['left']:.0f} % of the shortfall to that median: they add {value['smes_ppp']:.1f} % at "
            f"sector PPPs, {value['needed']:.1f} % are needed.",
            f"To Japan they leave {value['left_jpn']:.0f} %, to the United Kingdom {value['left_gbr']:.0f} %.",
        ),
    ]
    return pd.DataFrame(rows, columns=["Evidence", "For", "Against"])


def facts(load: Load) -> dict[str, float | int]:
    """Return the figures that the page cites on claim C4; shares and gains in per cent."""
    money, ppp = tables.gains(load), tables.gains(load, tables.Basis(prices="sector PPPs"))
    parts = shortfall_table(load)
    parts = parts[(parts["year"] == 2017) & (parts["sectors"] == gap.HEADLINE_SET)].set_index("peer")
    gaps, moved = tables.needed(load), tables.moved_table(load).set_index("change")
    split = tables.attribution(load).tidy().set_index("component")
    now, aim = tables.accounts(load), tables.reference_ratio(load)
    capped, gain = [one for one in _capped(load) if not one.headline], _gain(load)
    g7 = tables.gains(load, tables.Basis(prices="sector PPPs"), replace(tables.AIM, reference=tables.MEDIAN_G7))
    left = {name: 100 * left_over(load, name) for name in (_MIDDLE, "JPN", "GBR")}
    served, smes = moved.loc["services"], moved.loc["manufacturing SMEs"]
    alone = {size_peer: tables.gains(load, target=replace(tables.AIM, peer=size_peer))["SMEs"] for size_peer in
             ("FRA", "GBR")}  # fmt: skip
    return {
        "workers": 100 * share_of_persons(load, *WORKERS[0]),
        "market": 100 * share_of_persons(load, "PLD", 2017, "market services"),
        "members": len(gaps), "part_services": 100 * parts.loc[_MIDDLE, "services"],
        "part_made": 100 * parts.loc[_MIDDLE, "manufacturing"],
        "made_jpn": 100 * parts.loc["JPN", "manufacturing"], "made_gbr": 100 * parts.loc["GBR", "manufacturing"],
        "serve_jpn": 100 * parts.loc["JPN", "services"], "serve_gbr": 100 * parts.loc["GBR", "services"],
        "services": 100 * money["services"], "smes": 100 * money["SMEs"], "both": 100 * money["both"],
        "overlap": 100 * money["overlap"], "fixed": 100 * money["fixed"],
        "smes_fra": 100 * alone["FRA"], "smes_gbr": 100 * alone["GBR"],
        "services_ppp": 100 * ppp["services"], "smes_ppp": 100 * ppp["SMEs"], "both_ppp": 100 * ppp["both"],
        "fixed_ppp": 100 * ppp["fixed"], "g7_ppp": 100 * g7["services"],
        "needed": 100 * float(gaps.median()), "needed_left": 100 * float(gaps.median() - ppp["SMEs"]),
        "needed_usa": 100 * float(gaps["USA"]),
        "above_usa": 100 * float((1 + ppp["both"]) / (1 + gaps["USA"]) - 1),
        "part": 100 * split.loc["services", "share"], "part_smes": 100 * split.loc["SMEs", "share"],
        "own_ratio": 100 * now["ratio"], "aim_ratio": 100 * aim, "own_sme": 100 * gap_sizes.korea(load, 2018)[1],
        "aim_sme": 100 * gap_sizes.peer(load, "DEU")[1], "made_rise": 100 * (tables.manufacturing_factor(load) - 1),
        "left": left[_MIDDLE], "left_jpn": left["JPN"], "left_gbr": left["GBR"],
        "more": served["more_output"], "rise": 100 * served["rise"], "before": 100 * served["share_before"],
        "after": 100 * served["share_after"], "fewer": served["fewer_persons"], "of": 100 * served["of_persons"],
        "smes_more": smes["more_output"], "smes_rise": 100 * smes["rise"], "smes_fewer": smes["fewer_persons"],
        "capped_of": len(capped), "capped": sum(one.value > 1 for one in capped),
        "gain_of": len(gain), "gain_over": sum(one.value > 10 for one in gain),
        "gain_low": min(one.value for one in gain),
    }  # fmt: skip


def _points(part: str, label: str, value: float, head: bool, turns: str, year: int, vintage: str) -> Reading:
    shown = f"{100 * value:+.0f} points of the shortfall"
    return Reading(part, label, float(value), "of the shortfall", _ACCOUNTS, head, turns, year, vintage, False, shown)


def _times(label: str, gains: pd.Series, head: bool, turns: str, year: int, secondary: bool = False) -> Reading:
    if not gains["SMEs"] > 0:
        raise Unmeasurable(f"Korean manufacturing SMEs are not behind the peer: no measure, {label}")
    shown = f"{100 * gains['services']:+.1f} % against {100 * gains['SMEs']:+.1f} %"
    value = float(gains["services"] / gains["SMEs"])
    vintage = f"{_PLD}; KBIZ; OECD SSIS"
    return Reading("capped", label, value, "times", _ACCOUNTS, head, turns, year, vintage, secondary, shown)
