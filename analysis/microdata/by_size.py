"""Output per person and per hour by size class, from sums and cross-products of every cell: one scan of the register.

Levels, shares and ratios between classes are smooth functions of these sums, so that `inference` gives their errors;
totals over size classes and over grouping columns are sums of cells, not further scans.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.data import sizes
from analysis.inference import Statistic
from analysis.microdata.levels import roll_up
from analysis.microdata.scan import Block, estimate, first_ten, leaders, with_products
from analysis.microdata.tabulation import MEASURES, TOTAL, View, facts

SIZE = "size_class"
RATIOS = {"output per person": ("output", "persons"), "output per hour": ("output_hours", "hours")}
"""Measure -> the sums it is the ratio of; output_hours is the output of firms whose hours are known."""


def keys(view: View) -> list[str]:
    """Return the keys of the table by size class."""
    return view.keys if view.sized else [*view.keys, SIZE]


def names(view: View) -> list[str]:
    """Return the sums that ratios are made of, persons first."""
    held = [name for measure in view.measures for name in RATIOS[measure]]
    return ["persons", *(name for name in held if name != "persons")]


def small(classes: Sequence[str]) -> str | None:
    """Return the label of all classes but the largest, where these are several.

    Examples
    --------
    >>> small(["1-9", "10-49", "50-249", "250+"])
    '1-249'
    """
    if len(classes) < 3:
        return None
    return f"{sizes.bounds(classes[0])[0]}-{sizes.bounds(classes[-1])[0] - 1}"


def cells(view: View) -> pd.DataFrame:
    """Return facts, sums and cross-products of every cell by size class, of small firms together, and of all totals.

    Returns
    -------
    DataFrame
        Keys, size_class and the columns of `facts`; w (sum of weights), the sums of `names` and their products.

    Raises
    ------
    ValueError
        If a grouping column has the label of totals.
    """
    sums = with_products({name: view.rows[name] for name in names(view)}) | {"w": view.rows["w"]}
    sums = {name: value for name, value in sums.items() if name not in view.magnitudes}
    found = facts(view.rows, keys(view), view.magnitudes, sums=sums)
    for key, name in view.by.items():
        if found[key].eq(TOTAL).any():
            raise ValueError(f"by={name!r}: the column has a label {TOTAL!r}, which is the name of totals; rename it")
    if not view.sized:
        group, most = small(view.schema.size_classes), view.schema.size_classes[-1]
        whole = roll_up(found, keys(view), view.magnitudes, [SIZE])
        few = roll_up(found[found[SIZE] != most], keys(view), view.magnitudes, [SIZE]) if group else whole[:0]
        few = few[few[SIZE] == TOTAL].assign(**{SIZE: group})
        found = pd.concat([whole, few], ignore_index=True)
    return roll_up(found, keys(view), view.magnitudes, view.totals)


def _top_ten(view: View) -> pd.DataFrame:
    """Return the ten firms with most persons of every cell of `cells`: keys, `origin` (size class), `names`."""
    found = leaders(view.rows, keys(view), names(view))
    if not view.sized:
        group, most = small(view.schema.size_classes), view.schema.size_classes[-1]
        found = found.assign(origin=found[SIZE])
        few = found[found[SIZE] != most].assign(**{SIZE: group}) if group else found[:0]
        found = pd.concat([found, few, found.assign(**{SIZE: TOTAL})], ignore_index=True)
    for key in view.totals:
        found = pd.concat([found, found.assign(**{key: TOTAL})], ignore_index=True)
    return first_ten(found, keys(view), names(view))


def estimates(view: View, held: pd.DataFrame) -> pd.DataFrame:
    """Return the moments of every cell by size class.

    Parameters
    ----------
    view : View
    held : DataFrame
        Of `cells`.

    Returns
    -------
    DataFrame
        `keys`, measure, moment (total, share, level, ratio), estimate, std_error (missing for totals, and where a cell
        has one firm), reliable, unit, and beside: the size class of the same group that the estimate is compared with.
    """
    top, summed = _top_ten(view), [name for name in view.sums if name != "hours" or view.complete]
    # hours are added up only where every firm has them, or a difference would show those without
    tables = [_totals(view, held, ["firms", *summed])]
    tables += [_level(view, held, top, measure) for measure in view.measures]
    if not view.sized:
        tables += [_share(view, held, top, name) for name in summed]
        tables += [_ratio(view, held, top, measure) for measure in view.measures]
    return pd.concat(tables, ignore_index=True)


def _totals(view: View, held: pd.DataFrame, shown: Sequence[str]) -> pd.DataFrame:
    units = {"output": view.schema.unit_of_value}
    frames = [
        held[keys(view)].assign(
            measure=name, moment="total", estimate=held["w" if name == "firms" else name].astype(float),
            std_error=np.nan, reliable=False, unit=units.get(name, name), beside="",
        )
        for name in shown
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _level(view: View, held: pd.DataFrame, top: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Output over labour of every cell: a ratio of sums, so that large firms weigh more."""
    output, labour = RATIOS[measure]
    wanted = held.loc[held[labour] > 0, keys(view)].reset_index(drop=True)
    own = Block(held, wanted, (output, labour), "persons", top)
    statistic = Statistic(
        {"output": _itself, "labour": _itself}, lambda t: {"level": t["output"] / t["labour"]}, size=_itself
    )
    unit = view.schema.unit_of_value.replace(",", f" per {MEASURES[measure].rstrip('s')},", 1)
    return estimate(wanted, [own], statistic).assign(measure=measure, unit=unit, beside="")


def _share(view: View, held: pd.DataFrame, top: pd.DataFrame, name: str) -> pd.DataFrame:
    """Share of each class in its group: of a class and the rest, which share no firm."""
    wanted = _beside(view, held, held[held[SIZE] != TOTAL], TOTAL, lambda own, whole: whole[name] > 0)
    own = Block(held, wanted, (name,), "persons")
    rest = Block(held, wanted.assign(**{SIZE: TOTAL}), (name,), "persons", top)
    rest.totals, rest.cross, rest.square = rest.totals - own.totals, rest.cross - own.cross, rest.square - own.square
    rest.size, own.firms = rest.size - own.size, rest.firms
    classes = view.schema.size_classes
    label = wanted[SIZE].to_numpy()[rest.top["row"].to_numpy(dtype=int)]
    origin = rest.top["origin"].to_numpy()
    inside = (origin == label) | ((label == small(classes)) & (origin != classes[-1]))
    own.top, rest.top = rest.top[inside], rest.top[~inside]
    statistic = Statistic(
        {"own": _itself, "rest": _itself}, lambda t: {"share": t["own"] / (t["own"] + t["rest"])}, size=_itself
    )
    return estimate(wanted, [own, rest], statistic).assign(measure=name, unit="fraction", beside=TOTAL)


def _ratio(view: View, held: pd.DataFrame, top: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Output over labour of each class, relative to the largest class."""
    output, labour = RATIOS[measure]
    most = view.schema.size_classes[-1]
    classes = held[~held[SIZE].isin([TOTAL, most])]
    wanted = _beside(
        view, held, classes, most, lambda own, large: (own[labour] > 0) & (large[labour] > 0) & (large[output] != 0)
    )
    own = Block(held, wanted, (output, labour), "persons", top)
    large = Block(held, wanted.assign(**{SIZE: most}), (output, labour), "persons", top)
    statistic = Statistic(
        dict.fromkeys(("y", "l", "Y", "L"), _itself), lambda t: {"ratio": t["y"] * t["L"] / (t["l"] * t["Y"])},
        size=_itself,
    )  # fmt: skip
    return estimate(wanted, [own, large], statistic).assign(measure=measure, unit=f"ratio to {most}", beside=most)


def _itself(c):
    return c


def _beside(view: View, held: pd.DataFrame, own: pd.DataFrame, label: str, defined) -> pd.DataFrame:
    """Return the keys of cells that have another class of their group beside them, where a comparison is defined."""
    other = own[view.keys].merge(held[held[SIZE] == label], on=view.keys, how="left", validate="many_to_one")
    own = own.reset_index(drop=True)
    return own.loc[other["firms"].notna() & defined(own, other), keys(view)].reset_index(drop=True)
