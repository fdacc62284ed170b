"""Which cells of a table must not be shown, from what each is made of: the `Rule`, and `cell_facts` of a register."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import checks

PUBLISHED = "published"
SECONDARY = "secondary"
ROUNDING = 1e-9
"""Relative slack of sums of floats."""


@dataclass(frozen=True)
class Rule:
    """What makes a cell unsafe, and how well a hidden cell must be protected. All shares are fractions, not per cent.

    Parameters
    ----------
    min_firms : int
        A cell with fewer firms is unsafe (but not an empty one: see `suppress`). From 1, which asks for nothing.
        Below 3, a firm may find another's figure by subtracting its own.
    dominance : float
        The (n,k) rule: unsafe if the `largest` largest contributions together exceed this share of the cell's total.
        Above 0 and at most 1, which asks for nothing.
    largest : int
        1 or 2, the n of the (n,k) rule.
    p_percent : float, optional
        The p% rule as well: unsafe if the total without the two largest contributions is below this fraction of the
        largest, so that the second could estimate the first to within it. Above 0 and at most 1.
    protection : float
        A hidden value v must be possible, for all the reader can work out, at ``v * (1 - protection)`` or less and at
        ``v * (1 + protection)`` or more. Above 0 and at most 1. To keep the largest contributor of a dominated cell
        as safe as the dominance rule wants it, take ``(1 - dominance) / dominance`` (Cox 1981).
    known_within : float, optional
        The reader knows every hidden value beforehand to within this share of it. Above `protection`. By default all
        the reader knows is that values are not negative.

    Raises
    ------
    ValueError
        If a value is out of its range; the message names the range.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, chapter 4. Cox (1981), Journal of
    Statistical Planning and Inference 5, 153-164.

    Examples
    --------
    >>> Rule(min_firms=10, dominance=0.85).words()
    'fewer than 10 firms; the largest over 85 % of the total; hidden values not known to within 10 %'
    >>> Rule(dominance=85)
    Traceback (most recent call last):
    ...
    ValueError: dominance=85 is out of range; legal: a fraction above 0 and at most 1, as 0.85
    """

    min_firms: int = 10
    dominance: float = 0.85
    largest: int = 1
    p_percent: float | None = None
    protection: float = 0.10
    known_within: float | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        whole = isinstance(self.min_firms, (int, np.integer)) and not isinstance(self.min_firms, bool)
        if not whole or self.min_firms < 1:
            raise ValueError(f"min_firms={self.min_firms!r} is out of range; legal: a whole number from 1, as 10")
        _fraction("dominance", self.dominance, "0.85")
        checks.one_of("largest", self.largest, [1, 2])
        if self.p_percent is not None:
            _fraction("p_percent", self.p_percent, "0.10 for ten per cent")
        _fraction("protection", self.protection, "0.10")
        if self.known_within is not None and not (_number(self.known_within) and self.known_within > self.protection):
            raise ValueError(
                f"known_within={self.known_within!r} is out of range; legal: None or a fraction above "
                f"protection={self.protection!r}, or no table could be safe"
            )

    @property
    def needs_second(self) -> bool:
        """Whether the second largest contribution must be known."""
        return self.largest == 2 or self.p_percent is not None

    def words(self) -> str:
        """Say what is unsafe and how well it is protected."""
        who = "the largest" if self.largest == 1 else "the two largest"
        parts = [f"fewer than {self.min_firms} firms", f"{who} over {_percent(self.dominance)} of the total"]
        if self.p_percent is not None:
            parts.append(f"the largest known to the second within {_percent(self.p_percent)}")
        parts.append(f"hidden values not known to within {_percent(self.protection)}")
        return "; ".join(parts)

    def reasons(self, facts: pd.DataFrame, magnitudes: Sequence[str], firms: str = "firms") -> np.ndarray:
        """Return the status of each cell by itself: published, or primary with the reason.

        Parameters
        ----------
        facts : DataFrame
            As `check_facts` returns them.
        magnitudes : list of str
        firms : str

        Returns
        -------
        array of str
        """
        status = np.full(len(facts), PUBLISHED, dtype=object)
        few = _below(facts[firms], self.min_firms)
        dominated, near = np.zeros((2, len(facts)), dtype=bool)
        for name in magnitudes:
            few = few | _below(facts[f"{name}_firms"], self.min_firms)
            total, first, second = (facts[column].abs().to_numpy() for column in columns_of(name)[:3])
            top = first + (second if self.largest == 2 else 0)
            dominated = dominated | (top > self.dominance * total * (1 + ROUNDING))
            if self.p_percent is not None:
                near = near | (total - first - second < self.p_percent * first * (1 - ROUNDING))
        status[near] = "primary: p% rule"
        status[dominated] = "primary: dominance"
        status[few] = f"primary: fewer than {self.min_firms} firms"
        return status


def columns_of(magnitude: str) -> tuple[str, str, str, str]:
    """Return the columns of a magnitude: total, largest and second largest contribution, contributing firms."""
    return magnitude, f"{magnitude}_largest", f"{magnitude}_second", f"{magnitude}_firms"


def union(facts: pd.DataFrame, magnitudes: Sequence[str], firms: str = "firms") -> pd.DataFrame:
    """Return the facts of the sum of cells that share no firm, as one row."""
    row = {firms: facts[firms].sum()}
    for name in magnitudes:
        total, largest, second, count = columns_of(name)
        tops = np.sort(facts[[largest, second]].to_numpy(), axis=None)
        row |= {total: facts[total].sum(), largest: tops[-1], second: tops[-2], count: facts[count].sum()}
    return pd.DataFrame([row])


def _below(count: pd.Series, least: int) -> np.ndarray:
    return ((count > 0) & (count < least)).to_numpy()


def _number(value: object) -> bool:
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return real and bool(np.isfinite(value))


def _fraction(name: str, value: object, example: str) -> None:
    if not _number(value) or not 0 < value <= 1:
        raise ValueError(f"{name}={value!r} is out of range; legal: a fraction above 0 and at most 1, as {example}")


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def check_options(
    dimensions: Sequence[str], magnitudes: Sequence[str], firms: str, signed: Iterable[str],
    hierarchies: Mapping[str, object],
) -> None:  # fmt: skip
    """Raise unless the names of a table's parts make sense together.

    Raises
    ------
    ValueError
        Names the option and lists the legal values.
    """
    for option, names in {"dimensions": dimensions, "magnitudes": magnitudes, "signed": signed}.items():
        if isinstance(names, str):
            raise ValueError(f"{option}={names!r}: a list of columns is needed, as [{names!r}]")
    if not len(dimensions):
        raise ValueError("dimensions=[]: at least one column that classifies is needed")
    for name in signed:
        checks.one_of("signed", name, magnitudes)
    for name in hierarchies:
        checks.one_of("hierarchies", name, dimensions)
    if firms in magnitudes:
        raise ValueError(f"magnitudes: {firms!r} is the number of firms, which is always shown; leave it out")


def check_facts(
    cells: pd.DataFrame, rule: Rule, dimensions: Sequence[str], magnitudes: Sequence[str], firms: str,
    signed: Iterable[str] = (),
) -> pd.DataFrame:  # fmt: skip
    """Return the facts of cells as plain floats, or say what is wrong with them.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: the dimensions, `firms` (number of firms, whole) and for each magnitude its total under its
        own name and the largest absolute contribution of a firm as ``<name>_largest``; the second largest as
        ``<name>_second`` where the rule needs it. Optional: ``<name>_firms``, the firms whose contribution is not
        zero, held to the minimum too.
    rule : Rule
    dimensions, magnitudes : list of str
    firms : str
        Column with the number of firms.
    signed : iterable of str
        Magnitudes that may be negative.

    Returns
    -------
    DataFrame
        Columns: dimensions, "firms" under its name, and per magnitude `name`, `name_largest`, `name_second`,
        `name_firms`; index as given.

    Raises
    ------
    ValueError
        A column is absent, holds text, a missing or infinite number; two rows for a cell; a negative total that is not
        signed, a number of firms that is not whole; a largest contribution that the total contradicts.
    """
    used = {f"dimensions ({name})": name for name in dimensions} | {"firms": firms}
    optional = []
    for name in magnitudes:
        used |= {f"magnitudes ({name})": name, f"largest contribution to {name}": f"{name}_largest"}
        if rule.needs_second:
            used[f"second largest contribution to {name}"] = f"{name}_second"
        optional += [f"{name}_firms"] if f"{name}_firms" in cells.columns else []
    used |= {f"contributing firms ({name})": name for name in optional}
    rows = checks.require_columns(cells, used, [argument for argument in used if not argument.startswith("dimensions")])
    checks.settle_missing(rows, "raise")
    checks.require_unique(rows, dimensions)
    checks.require_positive(rows, [c for c in rows if c not in {*dimensions, *signed}], dimensions, zero=True)
    for name in (firms, *optional):
        _refuse(rows, rows[name] % 1 != 0, dimensions, name, "is not a whole number of firms")
    for name in magnitudes:
        if f"{name}_second" not in rows:
            rows[f"{name}_second"] = 0.0
        if f"{name}_firms" not in rows:
            rows[f"{name}_firms"] = rows[firms]
        _consistent(rows, name, dimensions, firms, rule.needs_second)
    return rows


def _consistent(rows: pd.DataFrame, name: str, dimensions: Sequence[str], firms: str, second: bool) -> None:
    """Refuse contributions that the total rules out: a wrong one would let an unsafe cell pass."""
    total, count = rows[name].abs(), rows[f"{name}_firms"]
    first, next_ = rows[f"{name}_largest"], rows[f"{name}_second"]
    slack = ROUNDING * (total + first)
    empty = (count == 0) & ((total > 0) | (first > 0))
    _refuse(rows, empty, dimensions, name, f"has a total or contribution in a cell of no firms ({firms!r} is 0)")
    _refuse(rows, count > rows[firms], dimensions, f"{name}_firms", f"is more than {firms!r}")
    _refuse(rows, next_ > first + slack, dimensions, f"{name}_second", "is larger than the largest contribution")
    reach = first + (count - 1).clip(lower=0) * (next_ if second else first)
    short = total > reach + slack
    _refuse(rows, short, dimensions, f"{name}_largest", f"is too small for so few firms to make up the total {name!r}")
    if second:
        alone = (count == 1) & (next_ > 0)
        _refuse(rows, alone, dimensions, f"{name}_second", "is a second contribution in a cell of one")


def _refuse(rows: pd.DataFrame, bad: pd.Series, dimensions: Sequence[str], column: str, why: str) -> None:
    if bad.any():
        first = rows[bad].iloc[0]
        where = ", ".join(f"{name}={first[name]!r}" for name in dimensions)
        raise ValueError(f"column {column!r} {why}: {first[column]:g} at {where}")


def cell_facts(
    firms: pd.DataFrame, *, dimensions: Sequence[str], magnitudes: Sequence[str], firm: str | None = None,
    hierarchies: Mapping[str, Mapping[str, Sequence[str]]] | None = None, total: str = "total",
) -> pd.DataFrame:  # fmt: skip
    """Return what each cell of a table with all its margins is made of, from one row per firm.

    For small registers, in memory: each row is repeated for every cell it falls into. Values are taken as they are:
    weigh them before, if they are a sample.

    Parameters
    ----------
    firms : DataFrame
    dimensions, magnitudes : list of str
        Columns: what to classify by and what to add up.
    firm : str, optional
        Column that names the firm, where one has several rows (plants): its rows in a cell are added up first, so that
        a firm counts once and its contribution is whole. Without it each row is a firm.
    hierarchies : mapping, optional
        Groups of labels, see `suppress`.
    total : str
        Label of margins.

    Returns
    -------
    DataFrame
        One row per cell with firms in it: dimensions, firms, and per magnitude `name` (total), `name_largest` and
        `name_second` (absolute contributions), `name_firms` (contributions that are not zero); totals last.

    Raises
    ------
    ValueError
        No rows; a column is absent, holds text or a missing number; a label has the name of the total.

    Examples
    --------
    >>> register = pd.DataFrame({"size": ["small", "small", "large"], "output": [1.0, 3.0, 10.0]})
    >>> cell_facts(register, dimensions=["size"], magnitudes=["output"])
        size  firms  output  output_largest  output_second  output_firms
    0  large      1    10.0            10.0            0.0             1
    1  small      2     4.0             3.0            1.0             2
    2  total      3    14.0            10.0            3.0             3
    """
    dimensions, magnitudes = list(dimensions), list(magnitudes)
    used = {f"dimensions ({name})": name for name in dimensions} | {f"magnitudes ({name})": name for name in magnitudes}
    rows = checks.require_columns(firms, used | {"firm": firm}, [f"magnitudes ({name})" for name in magnitudes])
    rows, _ = checks.settle_missing(rows, "raise")
    if rows.empty:
        raise ValueError("no firms to classify: the table has no rows")
    levels = []
    for name in dimensions:
        if (rows[name] == total).any():
            raise ValueError(f"dimensions ({name}): a firm has the label of totals, {total!r}; change it with total=")
        levels.append(_ancestors(rows[name].unique(), dict((hierarchies or {}).get(name, {})), total))
    spread = []
    for depth in itertools.product(*(range(len(next(iter(level.values())))) for level in levels)):
        at = rows.copy()
        for name, level, step in zip(dimensions, levels, depth, strict=True):
            at[name] = [level[label][step] for label in rows[name]]
        spread.append(at.dropna(subset=dimensions).assign(_depth=sum(depth)))
    spread = pd.concat(spread, ignore_index=True)
    spread[dimensions] = spread[dimensions].astype(object)
    if firm is not None:
        spread = spread.groupby([*dimensions, "_depth", firm], sort=True)[magnitudes].sum().reset_index()
    cells = spread.groupby(["_depth", *dimensions], sort=True)
    facts = cells.size().rename("firms").to_frame()
    for name in magnitudes:
        size = spread[name].abs()
        order = size.groupby([spread[c] for c in ["_depth", *dimensions]], sort=True)
        facts[name] = cells[name].sum()
        facts[f"{name}_largest"] = order.max()
        facts[f"{name}_second"] = order.agg(lambda x: np.partition(x, -2)[-2] if len(x) > 1 else 0.0)
        facts[f"{name}_firms"] = order.agg(lambda x: int((x != 0).sum()))
    return facts.reset_index().drop(columns="_depth")


def _ancestors(labels: Iterable[object], groups: Mapping[str, Sequence[str]], total: str) -> dict[object, list[object]]:
    """Return for each label what it falls into at each level: itself, its groups (or None), the total."""
    above = {child: group for group, children in groups.items() for child in children}
    chains = {}
    for label in labels:
        chain = [label]
        while chain[-1] in above and len(chain) <= len(above):
            chain.append(above[chain[-1]])
        chains[label] = chain
    longest = max(map(len, chains.values()), default=0)
    return {label: [*chain, *[None] * (longest - len(chain)), total] for label, chain in chains.items()}
