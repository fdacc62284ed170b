"""What national output per person would be if services, or manufacturing SMEs, came as close as they do elsewhere.

Accounting, not a forecast: persons by sector and size, prices, hours and everything else stay as they are, and one
level of output per person is replaced by another. National output per person is set to one: results are shares of it.
`services` is a group of sectors, `SMEs` the manufacturing units below the line between small and large.

Services reach a ratio of manufacturing. If manufacturing itself rises, the ratio asks for more: so the two changes
together exceed the sum of each alone, and the gain is attributed by the mean over both orders (Shapley).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from analysis.data import sectors as codes
from analysis.data.countries import G7, OECD
from analysis.decomposition.gaps import Shapley, shapley
from analysis.report.claims import Unmeasurable
from analysis.report.measures import gap, gap_sizes, sectors

Load = Callable[[str], pd.DataFrame]
YEARS = (2017, 2011, 2005)
PRICES = ("current prices", "sector PPPs")
SHORT_PRICES = dict(zip(PRICES, ("current prices", "PPPs"), strict=True))
CONSTRUCTION = "F"
"""Left out at sector PPPs, where the Korean figure is not usable, and kept at current prices."""
MEDIAN, MEDIAN_G7, TOP_QUARTER, MEDIAN_ALL = "OECD median", "G7 median", "top quarter of the OECD", "PLD median"
REFERENCES = {
    MEDIAN: "median of the other OECD members", MEDIAN_G7: "median of the G7",
    TOP_QUARTER: "ratio that a quarter of the other OECD members exceed", MEDIAN_ALL: "median of all other countries",
}  # fmt: skip
"""Reference ratios of services over manufacturing, all from the Productivity Level Database of the year."""
PEERS = gap_sizes.PEERS
ADJECTIVE = {"DEU": "German", "FRA": "French", "GBR": "British"}
SURVEY = "survey of establishments, 2018"


@dataclass(frozen=True)
class Basis:
    """How national output is counted: the year, the prices, and which sectors are the services that change."""

    year: int = 2017
    prices: str = "current prices"
    group: str = "all services"

    @property
    def label(self) -> str:
        """Return the basis in words."""
        return f"{self.group}, {self.prices}, {self.year}"


HEADLINE = Basis()


@dataclass(frozen=True)
class Target:
    """What is to be reached: a reference ratio for services, and a peer's SME ratio by one way of measuring Korea's."""

    reference: str = MEDIAN
    peer: str = "DEU"
    way: str = SURVEY
    from_ten: bool = True
    peer_year: int = 2018
    micro: str = "rise alike"


AIM = Target()


def accounts(load: Load, basis: Basis = HEADLINE) -> pd.Series:
    """Return Korea's national output as parts that add up to one, with persons and the ratio.

    Returns
    -------
    Series
        services, manufacturing, rest: shares of output; services_persons, manufacturing_persons: shares of persons;
        ratio: services over manufacturing, output per person; persons (million), output (trillion won, missing at
        sector PPPs).

    Raises
    ------
    ValueError
        If the prices or the group are not legal.
    Unmeasurable
        If the Productivity Level Database holds no Korean rows of the year.
    """
    if basis.prices not in PRICES:
        raise ValueError(f"no prices {basis.prices!r}; legal: {', '.join(PRICES)}")
    if basis.group not in sectors.GROUPS:
        raise ValueError(f"no group {basis.group!r}; legal: {', '.join(sectors.GROUPS)}")
    return _accounts(load, basis).copy()


@lru_cache(maxsize=256)
def _accounts(load: Load, basis: Basis) -> pd.Series:
    table = load("sector_accounts")
    rows = table[(table["source"] == "PLD") & (table["country"] == "KOR") & (table["year"] == basis.year)]
    if rows.empty:
        raise Unmeasurable(f"sector_accounts holds no Korean row of the Productivity Level Database in {basis.year}")
    output = "value_added"
    if basis.prices == "sector PPPs":
        rows, output = codes.at_sector_ppps(rows, load("sector_price_levels")), "value_added_ppp"
        rows = rows[rows["sector"] != CONSTRUCTION]
    if rows[[output, "employment"]].isna().any(axis=None):
        raise Unmeasurable(f"sector_accounts lacks Korean value added or persons in {basis.year}")
    whole = rows[[output, "employment"]].sum()
    shares = {}
    for name, group in (("services", sectors.GROUPS[basis.group]), ("manufacturing", codes.MANUFACTURING)):
        inside = rows["sector"].isin(codes.members("PLD", group))
        shares[name] = rows.loc[inside, [output, "employment"]].sum() / whole
    level = {name: one[output] / one["employment"] for name, one in shares.items()}
    return pd.Series(
        {
            "services": shares["services"][output], "manufacturing": shares["manufacturing"][output],
            "rest": 1 - shares["services"][output] - shares["manufacturing"][output],
            "services_persons": shares["services"]["employment"],
            "manufacturing_persons": shares["manufacturing"]["employment"],
            "ratio": level["services"] / level["manufacturing"], "persons": whole["employment"] / 1000,
            "output": whole[output] / 1e6 if output == "value_added" else float("nan"),
        }
    )  # fmt: skip


def reference_ratio(load: Load, basis: Basis = HEADLINE, reference: str = MEDIAN) -> float:
    """Return the ratio of services over manufacturing to be reached.

    Raises
    ------
    ValueError
        If there is no such reference.
    Unmeasurable
        If fewer than `sectors.FEWEST` other countries (four of the G7) have a ratio.
    """
    if reference not in REFERENCES:
        raise ValueError(f"no reference {reference!r}; legal: {', '.join(REFERENCES)}")
    found = _ratios(load, basis)
    if reference != MEDIAN_ALL:
        found = found[found.index.isin(G7 if reference == MEDIAN_G7 else OECD)]
    if len(found) < (4 if reference == MEDIAN_G7 else sectors.FEWEST):
        raise Unmeasurable(f"sector_accounts holds only {len(found)} other countries: {reference}, {basis.label}")
    return float(found.quantile(0.75) if reference == TOP_QUARTER else found.median())


@lru_cache(maxsize=256)
def _ratios(load: Load, basis: Basis) -> pd.Series:
    """Return the ratio of every other country; kept, since every reference asks for it."""
    found = sectors.ratios(load, sectors.Definition("PLD", basis.year, basis.group, basis.prices))
    return found.drop("KOR", errors="ignore")


@lru_cache(maxsize=16)
def _ways(load: Load) -> dict[str, tuple[float, float]]:
    return gap_sizes.choices(load)


@lru_cache(maxsize=256)
def _peer(load: Load, target: Target) -> float:
    return gap_sizes.peer(load, target.peer, target.peer_year, target.from_ten)[1]


def manufacturing_factor(load: Load, target: Target = AIM) -> float:
    """Return by what manufacturing output per person is multiplied if its SMEs reach a peer's ratio to large firms.

    With a share p of persons in SMEs and a ratio q, output per person is proportional to p q + 1 - p; large firms and p
    stay. With `micro="rise alike"` units too small for the survey gain in proportion; with "stay" their output does not
    change, and they are taken to produce per person what surveyed SMEs do.

    Raises
    ------
    ValueError
        If a choice is not legal.
    Unmeasurable
        If a ratio is not held.
    """
    ways = _ways(load)
    legal = {"way": tuple(ways), "peer": PEERS, "micro": ("rise alike", "stay")}
    for name, known in legal.items():
        if getattr(target, name) not in known:
            raise ValueError(f"no {name} {getattr(target, name)!r}; legal: {', '.join(known)}")
    share, ratio = ways[target.way]
    aim = _peer(load, replace(target, reference=MEDIAN, way=SURVEY, micro=AIM.micro))
    if not aim > 0:
        raise Unmeasurable(f"size_value_added holds no SME ratio of {target.peer} in {target.peer_year}")
    before, after = share * ratio + 1 - share, share * aim + 1 - share
    if target.micro == "rise alike":
        return after / before
    below = float(gap_sizes.size_tables.completed_manufacturing(load)["1-9"])
    tail = below * ratio
    return ((1 - below) * after + tail) / ((1 - below) * before + tail)


def gains(load: Load, basis: Basis = HEADLINE, target: Target = AIM) -> pd.Series:
    """Return by what share national output per person would rise.

    Returns
    -------
    Series
        services, SMEs: each alone (negative where Korea is above the reference, so that reaching it would be a fall);
        both; overlap: what both add beyond the sum; fixed: both, with services measured on today's manufacturing.
    """
    now, factor = accounts(load, basis), manufacturing_factor(load, target)
    lift = reference_ratio(load, basis, target.reference) / now["ratio"]
    services, smes = now["services"] * (lift - 1), now["manufacturing"] * (factor - 1)
    both = smes + now["services"] * (lift * factor - 1)
    return pd.Series(
        {"services": services, "SMEs": smes, "both": both, "overlap": both - services - smes, "fixed": services + smes}
    )


def attribution(load: Load, basis: Basis = HEADLINE, target: Target = AIM) -> Shapley:
    """Attribute the gain of both changes to services and manufacturing SMEs, whatever the order (Shapley).

    Services are a level and a multiple of manufacturing: now the level is one and the multiple none; at the target it
    is the other way round.
    """
    now, factor = accounts(load, basis), manufacturing_factor(load, target)
    lift = reference_ratio(load, basis, target.reference) / now["ratio"]

    def output(services: tuple[float, float], SMEs: float) -> float:
        level, multiple = services
        return float(now["rest"] + now["manufacturing"] * SMEs + now["services"] * (level + multiple * SMEs))

    return shapley(
        output, baseline={"services": (1.0, 0.0), "SMEs": 1.0}, target={"services": (0.0, lift), "SMEs": factor},
        unit="share of national output per person",
    )  # fmt: skip


def needed(load: Load, year: int = 2017) -> pd.Series:
    """Return by what share Korea's output per person must rise to reach each member ahead, at sector PPPs.

    Without construction, as `gap.cells`; members less than `gap.MARGIN` ahead are left out.

    Raises
    ------
    Unmeasurable
        If no member is ahead.
    """
    return _needed(load, year).copy()


@lru_cache(maxsize=32)
def _needed(load: Load, year: int) -> pd.Series:
    table = gap.cells(load, year, gap.SECTOR_SETS[gap.HEADLINE_SET])
    level, ahead = gap.aggregate(table), gap.ahead(table)
    if not ahead:
        raise Unmeasurable(f"no member is ahead of Korea in {year}: there is no shortfall")
    return (level[ahead] / level["KOR"] - 1).sort_values()


# Frames for the page


def bases(years: tuple[int, ...] = YEARS) -> list[Basis]:
    """Return every basis: groups of services by prices by year, the headline first."""
    return [Basis(year, prices, group) for year in years for prices in PRICES for group in sectors.GROUPS]


def targets() -> list[Target]:
    """Return every way to read the SME ratio: peers by ways of measuring, the headline first."""
    ways = [
        SURVEY, "survey of establishments, 2019", "survey of establishments, 2021", "enterprises by law, 2023 shares",
        "establishments below 250 persons, 2022 shares", "shares moved as Japan's were by counting enterprises",
        "OECD ratio below and above 250 persons",
    ]  # fmt: skip
    more = [replace(AIM, from_ten=False), replace(AIM, peer_year=2016), replace(AIM, micro="stay")]
    return [Target(peer=peer, way=way) for way in ways for peer in PEERS] + [
        replace(one, peer=peer) for one in more for peer in PEERS
    ]


def target_label(target: Target) -> str:
    """Return in words what tells a way to read the SME ratio from the headline."""
    apart = [target.way]
    if not target.from_ten:
        apart.append("peer of all sizes")
    if target.peer_year != AIM.peer_year:
        apart.append(f"peer {target.peer_year}")
    if target.micro != AIM.micro:
        apart.append("units below 10 persons stay")
    return f"{ADJECTIVE[target.peer]} ratio; {', '.join(apart)}"


def spread_table(load: Load) -> pd.DataFrame:
    """Return the gain of each change at each price basis, with the lowest and highest over the other definitions.

    Both changes stand at both price bases, so that like is set beside like. The top quarter and all countries, which no
    argument names, are in `grid_table` only.

    Returns
    -------
    DataFrame
        Columns label, gain, low, high (shares of national output per person), change ("services" or "SMEs"), prices,
        aim (reference ratio or peer), definitions (how many).
    """
    rows = []
    for basis in _price_bases():
        same = [one for one in bases() if one.prices == basis.prices]
        for reference in (MEDIAN, MEDIAN_G7):
            found = [_services(load, one, reference) for one in same]
            head = _services(load, basis, reference)
            rows.append((f"Services, {reference}", head, found, "services", basis.prices, reference))
        for peer in PEERS:
            ways = [one for one in targets() if one.peer == peer]
            found = [_smes(load, basis, way) for way in ways]
            rows.append((f"SMEs, {ADJECTIVE[peer]} ratio", found[0], found, "SMEs", basis.prices, peer))
    return pd.DataFrame(
        [
            (f"{label}, {SHORT_PRICES[prices]}", gain, min(found), max(found), change, prices, aim, len(found))
            for label, gain, found, change, prices, aim in rows
        ],
        columns=["label", "gain", "low", "high", "change", "prices", "aim", "definitions"],
    )


def grid_table(load: Load, year: int = 2017) -> pd.DataFrame:
    """Return Korea's ratio and the gain from services at each reference, by group of services and prices, in per cent.

    Returns
    -------
    DataFrame
        Columns Services, Prices, Korea's ratio, then one per reference: gains in per cent of national output.
    """
    rows = []
    for basis in bases((year,)):
        row = {"Services": basis.group, "Prices": basis.prices, "Korea's ratio": accounts(load, basis)["ratio"]}
        rows.append(row | {reference: 100 * _services(load, basis, reference) for reference in REFERENCES})
    table = pd.DataFrame(rows)
    return table.round({"Korea's ratio": 2, **dict.fromkeys(REFERENCES, 1)})


def split_table(load: Load) -> pd.DataFrame:
    """Return the gain of both changes attributed to its two factors, by peer and prices (long, with the total).

    Returns
    -------
    DataFrame
        Columns label, part ("services", "manufacturing SMEs", "total"), gain, share (of the total).
    """
    names = {"services": "services", "SMEs": "manufacturing SMEs", "total": "total"}
    rows = []
    for basis in _price_bases():
        for peer in PEERS:
            tidy = attribution(load, basis, replace(AIM, peer=peer)).tidy().set_index("component")
            label = f"{ADJECTIVE[peer]} ratio, {basis.prices}"
            rows += [(label, names[key], row["estimate"], row["share"]) for key, row in tidy.iterrows()]
    return pd.DataFrame(rows, columns=["label", "part", "gain", "share"])


def moved_table(load: Load) -> pd.DataFrame:
    """Return what each change would move at current prices: output if persons stay, persons if output stays.

    Returns
    -------
    DataFrame
        Columns change, more_output (trillion won of the year), rise (of its own output), share_before, share_after (of
        national output), fewer_persons (million, for today's output), of_persons (share of its own persons).
    """
    now, factor = accounts(load), manufacturing_factor(load)
    lift = reference_ratio(load) / now["ratio"]
    share, ratio = _ways(load)[AIM.way]
    aim = _peer(load, AIM)
    smes = now["manufacturing_persons"] * share
    made = now["manufacturing"] * share * ratio / (share * ratio + 1 - share)
    rows = []
    for change, part, persons, times in (
        ("services", now["services"], now["services_persons"], lift),
        ("manufacturing SMEs", made, smes, aim / ratio),
    ):
        added = part * (times - 1)
        rows.append(
            (change, added * now["output"], times - 1, part, (part + added) / (1 + added),
             persons * (1 - 1 / times) * now["persons"], 1 - 1 / times)
        )  # fmt: skip
    if abs(rows[1][1] - now["manufacturing"] * (factor - 1) * now["output"]) > 1e-6 * now["output"]:
        raise ArithmeticError("the SMEs' added output does not equal the gain of manufacturing")
    columns = ["change", "more_output", "rise", "share_before", "share_after", "fewer_persons", "of_persons"]
    return pd.DataFrame(rows, columns=columns)


def _price_bases() -> list[Basis]:
    return [Basis(prices=prices) for prices in PRICES]


def _services(load: Load, basis: Basis, reference: str) -> float:
    now = accounts(load, basis)
    return float(now["services"] * (reference_ratio(load, basis, reference) / now["ratio"] - 1))


def _smes(load: Load, basis: Basis, target: Target) -> float:
    return float(accounts(load, basis)["manufacturing"] * (manufacturing_factor(load, target) - 1))
