"""Where the gap sits: hours, capital, skills and TFP; the mix of sectors; the mix of firm sizes in manufacturing."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain, combinations

import pandas as pd

from analysis.data import sectors as sector_codes
from analysis.data.countries import OECD
from analysis.decomposition.gaps import LevelAccounting, Shapley, kitagawa_parts, level_accounting, shapley
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import gap_sizes

Load = Callable[[str], pd.DataFrame]
PEERS = ("USA", "DEU", "JPN")
NAMED = (*PEERS, "FRA", "GBR")
"""Peers that readings name; every member ahead enters through the median."""
MEDIAN = "OECD median"
MARGIN = 0.05
"""A peer must be ahead by this share of its own level: below it, shares of the gap divide by next to nothing."""
FACTORS = {"hours": "hours", "capital_per_hour": "capital", "human_capital": "skills", "tfp": "TFP", "total": "total"}


# Levels: hours, capital, skills, TFP


def levels(
    load: Load, year: int = 2019, vintage: str = "pwt-10.01", capital: str = "capital_stock_current_ppp"
) -> pd.DataFrame:
    """Return output per worker and its factors for every OECD member and for the median of each column.

    Parameters
    ----------
    load : callable
        Table name to table.
    year, vintage, capital
        Rows and capital measure of `macro_panel`.

    Returns
    -------
    DataFrame
        Columns country, output_per_worker, hours, capital_per_hour, capital_output_ratio, human_capital, labour_share.
    """
    panel = load("macro_panel")
    rows = panel[(panel["year"] == year) & (panel["vintage"] == vintage) & panel["country"].isin(OECD)].set_index(
        "country"
    )
    if "KOR" not in rows.index:
        raise Unmeasurable(f"macro_panel holds no Korean row for {year} in {vintage}")
    table = pd.DataFrame(
        {
            "output_per_worker": rows["gdp_current_ppp"] / rows["employment"],
            "hours": rows["hours"],
            "capital_per_hour": rows[capital] / rows["employment"] / rows["hours"],
            "capital_output_ratio": rows[capital] / rows["gdp_current_ppp"],
            "human_capital": rows["human_capital"],
            "labour_share": rows["labour_share"],
        }
    )
    table.loc[MEDIAN] = table.median()
    return table.rename_axis("country").reset_index()


def level_gap(
    load: Load, peer: str, *, alpha: float | None = 1 / 3, ratio_form: bool = False, **choice
) -> LevelAccounting:
    """Take Korea's output per worker apart against one peer.

    Parameters
    ----------
    peer : str
        Country code or "OECD median".
    alpha : float or None
        Capital's exponent; None takes one minus the mean labour share of Korea and the peer.
    ratio_form : bool
        Whether capital enters as the capital-output ratio, which credits TFP with the capital it brings about.
    **choice
        Year, vintage and capital measure, for `levels`.
    """
    table = levels(load, **choice).set_index("country").loc[["KOR", peer]]
    if alpha is None:
        alpha = 1 - float(table["labour_share"].mean())
    if ratio_form:
        factors = {"hours": 1.0, "capital_output_ratio": alpha / (1 - alpha), "human_capital": 1.0}
    else:
        factors = {"hours": 1.0, "capital_per_hour": alpha, "human_capital": 1 - alpha}
    return level_accounting(
        table.reset_index(), unit="country", reference=peer, output="output_per_worker", factors=factors
    )


LEVEL_CHOICES: dict[str, dict] = {
    "capital stock, exponent one third, 2019": {},
    "capital services": {"capital": "capital_services_ppp"},
    "own labour shares": {"alpha": None},
    "own labour shares, capital services": {"alpha": None, "capital": "capital_services_ppp"},
    "capital-output ratio": {"ratio_form": True},
    "2010": {"year": 2010},
    "2000": {"year": 2000},
}
"""Ways to take the levels apart; the first is the headline."""


def level_table(load: Load) -> pd.DataFrame:
    """Return the parts of Korea's gap in output per worker to each peer, in log points, by every way of measuring.

    Returns
    -------
    DataFrame
        Columns specification, headline, peer, part, log_points.
    """
    rows = []
    for name, choice in LEVEL_CHOICES.items():
        for peer in (*PEERS, MEDIAN):
            tidy = level_gap(load, peer, **choice).tidy()
            for one in tidy.itertuples():
                part = FACTORS.get(one.component, "capital")
                rows.append((name, name == next(iter(LEVEL_CHOICES)), _name(peer), part, one.estimate))
    return pd.DataFrame(rows, columns=["specification", "headline", "peer", "part", "log_points"])


# Sectors: the mix against what each sector produces


SECTOR_SETS: dict[str, tuple[str, ...]] = {
    "all but construction": ("F",),
    "all sectors": (),
    "no construction or real estate": ("F", "L"),
    "nor farming or mining": ("A", "B", "F", "L"),
}
"""Sectors left out of a comparison; Korean construction is not usable at sector PPPs, so the first is the headline."""
HEADLINE_SET = next(iter(SECTOR_SETS))
NO_REAL_ESTATE = "no construction or real estate"
SERVICES = sector_codes.members("PLD", sector_codes.SERVICES)
MANUFACTURING = "C"


def cells(load: Load, year: int, leave_out: tuple[str, ...] = (), members: dict[str, str] = OECD) -> pd.DataFrame:
    """Return persons and output per person at sector PPPs by country and sector, without the sectors left out.

    Countries that count the persons of one sector in another (`without_persons`) are left out.

    Returns
    -------
    DataFrame
        Columns country, sector, persons (thousand), productivity (1,000 US dollars per person at sector PPPs).
    """
    accounts = load("sector_accounts")
    chosen = (accounts["year"] == year) & accounts["country"].isin(members) & ~accounts["sector"].isin(leave_out)
    rows = sector_codes.at_sector_ppps(accounts[chosen], load("sector_price_levels"))
    if "KOR" not in set(rows["country"]):
        raise Unmeasurable(f"sector_accounts holds no Korean row for {year} in PLD")
    rows = rows[~rows["country"].isin(without_persons(rows))]
    rows["productivity"] = rows["value_added_ppp"] / rows["employment"]
    return rows.rename(columns={"employment": "persons"})[["country", "sector", "persons", "productivity"]]


def without_persons(rows: pd.DataFrame) -> list[str]:
    """Return the countries with a sector without persons: its people are counted in another sector."""
    return sorted(set(rows.loc[rows["employment"] == 0, "country"]))


def aggregate(table: pd.DataFrame) -> pd.Series:
    """Return output per person over all sectors of a table of cells, by country."""
    output = table["persons"] * table["productivity"]
    return output.groupby(table["country"]).sum() / table.groupby("country")["persons"].sum()


def sector_split(table: pd.DataFrame, peer: str) -> pd.DataFrame:
    """Take Korea's gap to a peer apart into the mix of sectors and productivity within each sector (Kitagawa).

    Returns
    -------
    DataFrame
        Columns term ("mix" or a sector) and share_of_peer, the part as a share of the peer's level (negative: behind).
    """
    own, other = (table[table["country"] == code].set_index("sector") for code in ("KOR", peer))
    own = own.loc[other.index]
    shares = (other["persons"] / other["persons"].sum(), own["persons"] / own["persons"].sum())
    parts = kitagawa_parts(other["productivity"], own["productivity"], *shares)
    level = float(other["productivity"] @ shares[0])
    return (
        (pd.concat([pd.Series({"mix": parts["composition"].sum()}), parts["rate"]]) / level)
        .rename_axis("term")
        .rename("share_of_peer")
        .reset_index()
    )


def grouped(split: pd.DataFrame) -> dict[str, float]:
    """Add the sectors of a split up to services, manufacturing and the rest, beside the mix and the total."""
    parts = split.set_index("term")["share_of_peer"]
    within = parts.drop("mix")
    services = within[within.index.isin(SERVICES)].sum()
    made = float(within[MANUFACTURING])
    rest = within.sum() - services - made
    return {
        "sector mix": float(parts["mix"]),
        "services": float(services),
        "manufacturing": made,
        "other sectors": float(rest),
        "total": float(parts.sum()),
    }


def ahead(table: pd.DataFrame) -> list[str]:
    """Return the members whose output per person exceeds Korea's by at least `MARGIN` of their own level."""
    level = aggregate(table)
    return sorted(level.index[(1 - level["KOR"] / level) >= MARGIN])


def sector_table(load: Load) -> pd.DataFrame:
    """Return the parts of Korea's gap to every member ahead, for every year and every set of sectors.

    Returns
    -------
    DataFrame
        Columns year, sectors, peer, part, share_of_peer (negative: Korea behind), share_of_gap.
    """
    rows = []
    for year in (2017, 2011, 2005):
        for name, leave_out in SECTOR_SETS.items():
            table = cells(load, year, leave_out)
            for peer in ahead(table):
                parts = grouped(sector_split(table, peer))
                rows += [(year, name, peer, part, value, value / parts["total"]) for part, value in parts.items()]
    return pd.DataFrame(rows, columns=["year", "sectors", "peer", "part", "share_of_peer", "share_of_gap"])


def attribution(load: Load, peer: str, year: int = 2017) -> Shapley:
    """Attribute Korea's gap to a peer to mix, services, manufacturing and the rest, whatever the order (Shapley).

    The function switches the employment shares of all sectors, then the productivity of each group of sectors, from the
    peer's to Korea's, in every order, and averages.
    """
    output, sides = _switches(load, peer, year)
    return shapley(output, baseline=sides[peer], target=sides["KOR"])


def _switches(load: Load, peer: str, year: int) -> tuple[Callable[..., float], dict[str, dict]]:
    """Return output per person as a function of the factors, and the values of the factors in both countries."""
    table = cells(load, year, SECTOR_SETS[HEADLINE_SET])
    persons = table.pivot(index="sector", columns="country", values="persons")
    product = table.pivot(index="sector", columns="country", values="productivity")
    groups = {"services": product.index.isin(SERVICES), "manufacturing": product.index == MANUFACTURING}
    groups["other sectors"] = ~(groups["services"] | groups["manufacturing"])

    def output(**values) -> float:
        return float(values["sector mix"] @ sum(values[name] for name in groups))

    sides = {}
    for code in (peer, "KOR"):
        shares = (persons[code] / persons[code].sum()).to_numpy()
        sides[code] = {
            "sector mix": shares,
            **{name: (product[code] * mask).to_numpy() for name, mask in groups.items()},
        }
    return output, sides


def order_range(load: Load, peer: str, factor: str, year: int = 2017) -> tuple[float, float]:
    """Return the lowest and highest share of the gap that a factor takes over all orders of change."""
    output, sides = _switches(load, peer, year)
    own, other = sides["KOR"], sides[peer]
    gap = output(**own) - output(**other)
    rest = [name for name in own if name != factor]
    found = []
    for switched in chain.from_iterable(combinations(rest, count) for count in range(len(rest) + 1)):
        base = {name: (own if name in switched else other)[name] for name in rest}
        found.append((output(**base, **{factor: own[factor]}) - output(**base, **{factor: other[factor]})) / gap)
    return min(found), max(found)


# Tables for the page


def named_peers(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the parts of the gap to the named peers that are ahead, in the order of the gap."""
    rows = table[(table["year"] == year) & (table["sectors"] == HEADLINE_SET) & table["peer"].isin(NAMED)]
    order = rows[rows["part"] == "total"].sort_values("share_of_peer")["peer"].tolist()
    rows = rows.assign(place=rows["peer"].map(order.index)).sort_values("place", kind="stable")
    return rows.assign(peer=rows["peer"].map(_name))[["peer", "part", "share_of_peer", "share_of_gap"]]


def by_sector(load: Load, peer: str, year: int = 2017) -> pd.DataFrame:
    """Return each sector's part of the gap to a peer and Korea's productivity relative to the peer, worst first."""
    table = cells(load, year, SECTOR_SETS[HEADLINE_SET])
    within = sector_split(table, peer).set_index("term")["share_of_peer"].drop("mix")
    product = table.pivot(index="sector", columns="country", values="productivity")
    rows = pd.DataFrame({"share_of_peer": within, "relative_productivity": product["KOR"] / product[peer]}).sort_values(
        "share_of_peer"
    )
    return rows.rename(index=sector_codes.NAMES).rename_axis("sector").reset_index()


def over_time(table: pd.DataFrame) -> pd.DataFrame:
    """Return the median share of the gap owed to sector mix, by year and sectors left out."""
    rows = table[table["part"] == "sector mix"]
    return rows.pivot_table(index="year", columns="sectors", values="share_of_gap", aggfunc="median")


def attributions(load: Load) -> pd.DataFrame:
    """Return the Shapley share of each factor in the gap to each peer and its range over all orders, in per cent."""
    rows = []
    for peer in PEERS:
        shares = attribution(load, peer).tidy().set_index("component")["share"] * 100
        for factor, share in shares.drop("total").items():
            low, high = (100 * one for one in order_range(load, peer, factor))
            rows.append((_name(peer), factor, share, low, high))
    return pd.DataFrame(rows, columns=["peer", "factor", "share", "lowest", "highest"])


def tfp_choices(load: Load) -> pd.DataFrame:
    """Return Korea's TFP in per cent of each peer's by every way of measuring: columns label, value, headline."""
    rows = level_table(load)
    rows = rows[(rows["part"] == "TFP") & (rows["peer"] != MEDIAN) & (rows["peer"] != "Japan")]
    label = rows["peer"] + ": " + rows["specification"]
    return pd.DataFrame(
        {"label": label, "value": 100 * rows["log_points"].map(ratio), "headline": rows["headline"]}
    ).sort_values("label", key=lambda names: names.str.split(":").str[0], kind="stable", ascending=False)


def strip_rows(readings: pd.DataFrame) -> pd.DataFrame:
    """Return the readings that a strip can show: sectors against the median member ahead, sizes against Germany."""
    label = readings["label"]
    sectors = (readings["part"] == "sector_mix") & (readings["headline"] | label.str.startswith("median"))
    sizes = (readings["part"] == "size_mix") & label.str.startswith("Germany") & ~label.str.contains("peers")
    rows = pd.concat([readings[sectors], readings[sizes]])
    words = {"sector_mix": "Sectors: ", "size_mix": "Sizes: "}
    short = rows["part"].map(words) + rows["label"].str.replace(
        r"median of (\d+) members ahead", r"median of \1", regex=True
    )
    return rows.assign(label=short)[["label", "value", "headline", "holds"]]


# The claim


def where_the_gap_sits(load: Load) -> list[Reading]:
    """Return the readings of claim A7: the share of the gap owed to mix, to services and to small firms."""
    readings = []
    for (year, name), rows in sector_table(load).groupby(["year", "sectors"], sort=False):
        shares = rows.pivot(index="peer", columns="part", values="share_of_gap")
        turns = (
            "year" if name == HEADLINE_SET and year != 2017 else "peer" if name == HEADLINE_SET else "sectors left out"
        )
        sides = [(_name(peer), shares.loc[peer], peer == "USA") for peer in NAMED if peer in shares.index]
        sides.append((f"median of {len(shares)} members ahead", shares.median(), False))
        for part, column in (("sector_mix", "sector mix"), ("services", "services")):
            for peer, values, first in sides:
                head = first and (year, name) == (2017, HEADLINE_SET)
                label = f"{peer}, {year}, {name}"
                readings.append(_share(part, label, values[column], "sector_accounts", head, turns, year, "PLD 2023"))
    for (name, peer), rows in gap_sizes.size_table(load).groupby(["specification", "peer"], sort=False):
        parts, first = rows.set_index("part")["share_of_peer"], bool(rows["headline"].iloc[0])
        if parts["total"] > -MARGIN:
            raise Unmeasurable(f"{_name(peer)} is not ahead of Korea in manufacturing: there is no gap to take apart")
        share, label, turns = (
            parts["size mix"] / parts["total"],
            f"{_name(peer)}, {name}",
            "peer" if first else "unit of size",
        )
        vintage = "KBIZ; OECD SSIS; PLD 2023"
        readings.append(
            _share(
                "size_mix",
                label,
                share,
                "published_figures",
                first and peer == "DEU",
                turns,
                gap_sizes.YEAR,
                vintage,
            )
        )
    return readings


def _share(part, label, value, table, headline, turns_on, year, vintage) -> Reading:
    shown = f"{100 * value:.0f} %"
    return Reading(part, label, float(value), "of the gap", table, headline, turns_on, year, vintage, shown=shown)


def ratio(log_points: float) -> float:
    """Return the ratio that a log difference stands for."""
    return math.exp(log_points)


def _name(code: str) -> str:
    return OECD.get(code, code)
