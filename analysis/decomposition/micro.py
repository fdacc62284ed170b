"""Shift-share and Kitagawa on rows of firms or persons: the same formulas on totals of rows, with standard errors.

The rows are first added up to the table that a statistics office would publish, one row per cell, which goes through
the checks and formulas of published tables; the errors of the same numbers then come from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, engine
from analysis.decomposition import cells, shift_share_methods
from analysis.engine.estimation import DESIGN_ROLES
from analysis.engine.tables import Rows
from analysis.inference import Estimates, Statistic
from analysis.results import Sample

ROWS = "number of rows"
PUBLISHED = {"cluster": None, "strata": None, "population": "super", "sampling": None}


@dataclass(frozen=True, eq=False)
class FirmRows:
    """Rows of firms or persons, and what is estimated from them.

    Parameters
    ----------
    rows : Rows
        Checked.
    table : DataFrame
        The rows added up: one row per group, sector and time (or group and category), under the caller's names.
    statistic : Statistic
    design : Design
    left_out : dict
        Reasons and counts of rows left out.
    firms : ndarray, optional
        Distinct firms of each group, where a firm has more than one row.
    """

    rows: Rows
    table: pd.DataFrame
    statistic: Statistic
    design: engine.Design
    left_out: Mapping[str, int]
    firms: np.ndarray | None = None

    def estimate(self) -> tuple[Estimates, pd.DataFrame, Sample, pd.DataFrame]:
        """Return the components, the terms with their errors, the rows used, and the cells with a single unit."""
        components, terms = cells.estimate(self.rows, self.statistic, self.design)
        if self.firms is not None:
            # the effective number counts rows; a firm seen twice is one firm
            components = replace(components, effective=components.effective * self.firms / components.rows)
        alone = cells.singletons(self.rows, self.statistic, self.design)
        return components, terms, Sample(int(components.rows.sum()), self.left_out), alone


def refuse_design(needed: str, **options: Any) -> None:
    """Raise where a sampling design is given for published aggregates.

    Examples
    --------
    >>> refuse_design("firm=", cluster="firm", strata=None, population="super", sampling=None)
    Traceback (most recent call last):
    ...
    ValueError: cluster='firm' needs firm=: published aggregates are no sample and have no standard errors
    """
    for name, value in options.items():
        if value != PUBLISHED[name]:
            raise ValueError(
                f"{name}={value!r} needs {needed}: published aggregates are no sample and have no standard errors"
            )


def shift_share(
    table: Any, *, sector: str, time: str, output: str, labour: str, method: str, annualised: bool, price: str | None,
    by: Sequence[str], firm: str, design: engine.Design, missing: str,
) -> FirmRows:  # fmt: skip
    """Prepare a shift-share decomposition of rows of firms at the two end points.

    Parameters
    ----------
    table : any table of `engine.read`
        One row per firm and time.
    sector, time, output, labour, method, annualised, price, by, missing
        As in `growth.shift_share`, checked there.
    firm : str
        Column of firm identifiers.
    design : Design
        Its cluster is the firm, or holds firms whole.

    Returns
    -------
    FirmRows

    Raises
    ------
    ValueError
        Two rows for one firm and time, a firm that changes its cluster or stratum, negative labour, a sector whose
        output does not add up to more than zero under "gead", and what `engine.read` raises.
    """
    roles = {"sector": sector, "time": time, "output": output, "labour": labour, "price": price}
    rows = engine.read(
        table, {**roles, "firm": firm, **design.columns}, by=by, numeric=["output", "labour", "price", "sampling"],
        positive=["price"], missing=missing, shared=DESIGN_ROLES,
    )  # fmt: skip
    time_type = rows.expression["time"].type() if rows.lazy else rows.frame["time"].dtype
    if annualised and not (time_type.is_numeric() if rows.lazy else pd.api.types.is_numeric_dtype(time_type)):
        raise ValueError(f"annualised=True needs time={time!r} in years, as numbers; it holds {time_type}")
    rows, between = _at_end_points(rows)
    firms = _count_firms(rows, ("cluster", "strata"))
    totals = {"output": lambda c: c["output"], "labour": lambda c: c["labour"]}
    if price:
        totals["value"] = lambda c: c["price"] * c["output"]
    held = _add_up(rows, [*rows.by, "sector", "time"], totals)
    low = _lowest(rows, "labour")
    if low < 0:
        raise ValueError(f"labour={labour!r} must not be negative; it goes down to {low:g}; leave such rows out first")
    if price:
        for row in held[held["output"] <= 0].itertuples():
            raise ValueError(
                f"output={output!r} of sector {row.sector!r} adds up to {row.output:g} at {row.time}; method='gead' "
                "needs more than zero for its deflator, the sum of price times output over the sum of output"
            )
        held["price"] = held["value"] / held["output"]
    spec = shift_share_methods.METHODS[method]

    def function(t: dict[str, np.ndarray], keys: pd.DataFrame) -> dict[Any, np.ndarray]:
        first, last = keys["time"].min(), keys["time"].max()
        sides = [(keys["time"] == end).to_numpy() for end in (first, last)]
        arrays = [t[name][..., side] for name in ("output", "labour") for side in sides]
        if price:
            arrays += [t["value"][..., side] / t["output"][..., side] for side in sides]
        parts, growth, _ = spec.function(*arrays)
        factor = shift_share_methods.annual_factor(growth, float(last - first)) if annualised else 1.0
        out = {name: values.sum(axis=-1) * factor for name, values in parts.items() if name != "total"}
        out["total"] = growth * factor
        names = [checks.plain(name) for name in keys["sector"][sides[1]]]
        for component, values in parts.items():
            out |= {(component, name): values[..., j] * factor for j, name in enumerate(names)}
        return out

    statistic = Statistic(totals, function, size=lambda c: c["labour"], cells=("sector", "time"))
    left_out = {"between the end points": between, **rows.left_out}
    return FirmRows(rows, _published(held, rows, roles), statistic, design, left_out, firms)


def kitagawa(
    table: Any, *, group: str, category: str, rate: str, weight: str | None, reference: Any,
    parts: Callable[..., Mapping[str, np.ndarray]], design: engine.Design, missing: str,
) -> FirmRows:  # fmt: skip
    """Prepare a Kitagawa decomposition of rows of persons or firms.

    Parameters
    ----------
    table : any table of `engine.read`
    group, category, rate, weight, reference, missing
        As in `gaps.kitagawa`; `rate` is the outcome of a row, and without `weight` each row counts once.
    parts : callable
        `gaps.kitagawa_parts`.
    design : Design

    Returns
    -------
    FirmRows

    Raises
    ------
    ValueError
        What `engine.read` raises; weights must be positive.
    """
    roles = {"group": group, "category": category, "rate": rate, "weight": weight}
    rows = engine.read(
        table, {**roles, **design.columns}, numeric=["rate", "weight", "sampling"], positive=["weight"],
        missing=missing, shared=DESIGN_ROLES,
    )  # fmt: skip

    def of_row(c: Any) -> Any:
        return c["weight"] if weight else c["rate"] * 0 + 1

    def function(t: dict[str, np.ndarray], keys: pd.DataFrame) -> dict[Any, np.ndarray]:
        base = (keys["group"] == reference).to_numpy()
        weights, products = ([t[name][..., side] for side in (base, ~base)] for name in ("weight", "product"))
        sums = [side.sum(axis=-1, keepdims=True) for side in weights]
        rates = [product / side for product, side in zip(products, weights, strict=True)]
        effects = parts(*rates, *(side / whole for side, whole in zip(weights, sums, strict=True)))
        out = {name: values.sum(axis=-1) for name, values in effects.items() if name != "total"}
        means = [product.sum(axis=-1) / whole[..., 0] for product, whole in zip(products, sums, strict=True)]
        out["total"] = means[1] - means[0]
        names = [checks.plain(name) for name in keys["category"][base]]
        for component, values in effects.items():
            out |= {(component, name): values[..., j] for j, name in enumerate(names)}
        return out

    totals = {"weight": of_row, "product": lambda c: of_row(c) * c["rate"]}
    held = _add_up(rows, ["group", "category"], totals)
    held["rate"] = held["product"] / held["weight"]
    published = _published(held, rows, {**roles, "weight": weight or ROWS})
    published.attrs = dict(getattr(table, "attrs", {}))
    statistic = Statistic(totals, function, size=of_row, cells=("group", "category"))
    return FirmRows(rows, published, statistic, design, rows.left_out)


def _published(held: pd.DataFrame, rows: Rows, roles: Mapping[str, str | None]) -> pd.DataFrame:
    """Give the columns of cells the caller's names."""
    names = {role: rows.names[role] for role in rows.by} | {role: name for role, name in roles.items() if name}
    return held[list(names)].rename(columns=names)


def _add_up(rows: Rows, keys: list[str], totals: Mapping[str, Callable[[Any], Any]]) -> pd.DataFrame:
    """Return the totals of each cell, in the order of the keys."""
    if rows.lazy:
        sums = {name: term(rows.expression).sum() for name, term in totals.items()}
        return rows.run(rows.expression.group_by(keys).aggregate(**sums)).sort_values(keys, ignore_index=True)
    columns = {name: term(rows.frame) for name, term in totals.items()}
    return rows.frame[keys].assign(**columns).groupby(keys, sort=True, observed=True).sum().reset_index()


def _lowest(rows: Rows, role: str) -> float:
    if rows.lazy:
        return float(rows.run(rows.expression.aggregate(low=rows.expression[role].min()))["low"].iloc[0])
    return float(rows.frame[role].min())


def _at_end_points(rows: Rows) -> tuple[Rows, int]:
    """Keep the rows at the first and the last time of each group, and count the others."""
    by = list(rows.by)
    if not rows.lazy:
        frame = rows.frame
        times = frame.groupby(by, observed=True)["time"] if by else None
        ends = [times.transform(end) if by else getattr(frame["time"], end)() for end in ("min", "max")]
        kept = frame[(frame["time"] == ends[0]) | (frame["time"] == ends[1])].reset_index(drop=True)
        return replace(rows, frame=kept), len(frame) - len(kept)
    table = rows.expression
    ends = (table.group_by(by) if by else table).aggregate(first__=table["time"].min(), last__=table["time"].max())
    joined = table.join(ends, by) if by else table.cross_join(ends)
    at_end = (joined["time"] == joined["first__"]) | (joined["time"] == joined["last__"])
    between = int(rows.run(joined.aggregate(n=(~at_end).sum()))["n"].iloc[0])
    return replace(rows, expression=joined.filter(at_end).select(*table.columns)), between


def _count_firms(rows: Rows, whole: Sequence[str]) -> np.ndarray:
    """Count the firms of each group, and raise on a firm seen twice at one time or in two clusters or strata."""
    by = list(rows.by)
    held = [role for role in whole if role in rows.names and rows.names[role] != rows.names["firm"]]
    table = rows.expression if rows.lazy else rows.frame
    columns = ["time", *held]
    if rows.lazy:
        ends = {f"{role}_{end}": getattr(table[role], end)() for role in columns for end in ("min", "max")}
        firms = table.group_by([*by, "firm"]).aggregate(seen=table.count(), **ends)
        tests = {"twice": firms["seen"] > 1 + (firms["time_min"] != firms["time_max"]).cast("int64")}
        tests |= {role: firms[f"{role}_min"] != firms[f"{role}_max"] for role in held}
        counts = (firms.group_by(by) if by else firms).aggregate(
            firms=firms.count(), **{name: test.sum() for name, test in tests.items()}
        )
        counts = rows.run(counts)
        counts = counts.sort_values(by) if by else counts
    else:
        grouped = table.groupby([*by, "firm"], sort=True, observed=True)
        ends = {f"{role}_{end}": (role, end) for role in columns for end in ("min", "max")}
        firms = grouped.agg(seen=("time", "size"), **ends).reset_index()
        tests = {"twice": firms["seen"] > 1 + (firms["time_min"] != firms["time_max"])}
        tests |= {role: firms[f"{role}_min"] != firms[f"{role}_max"] for role in held}
        flags = firms[by].assign(firms=1, **tests)
        counts = flags.groupby(by, sort=True, observed=True).sum() if by else flags.sum().to_frame().T
    for name, test in tests.items():
        bad = int(counts[name].sum())
        if not bad:
            continue
        first = rows.run(firms.filter(test).limit(1)) if rows.lazy else firms[test]
        first = checks.plain(first["firm"].iloc[0])
        if name == "twice":
            raise ValueError(
                f"firm={rows.names['firm']!r}: {bad:,} firms have more than one row at one time, such as {first!r}; "
                "add up the rows of a firm, or give establishments as firm= and the firm as cluster="
            )
        raise ValueError(
            f"{name}={rows.names[name]!r}: {bad:,} firms change it between the end points, such as {first!r}; the two "
            "rows of a firm must share it"
        )
    return counts["firms"].to_numpy(dtype=float)
