"""Differences taken apart: rates and composition (`kitagawa`), factors (`shapley`), levels (`level_accounting`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd

from analysis import checks, engine
from analysis.decomposition import cells, micro
from analysis.results import About, Result, Sample

MOST_FACTORS = 16


@dataclass(frozen=True, eq=False)
class Kitagawa(cells.OfCells):
    """A difference of two rates by rate and composition; `tidy(detail=True)` by category. Made by `kitagawa`."""


@dataclass(frozen=True, eq=False)
class Shapley(Result):
    """A difference attributed to named factors. Made by `shapley`."""


@dataclass(frozen=True, eq=False)
class LevelAccounting(Result):
    """Log gaps of each unit to a reference, by factor. Made by `level_accounting`."""

    def ratios(self) -> pd.DataFrame:
        """Return the same as ratios to the reference: the factors' ratios multiply to the total's.

        Returns
        -------
        DataFrame
            Unit, component, estimate (a ratio; 1 is the reference's level), unit.
        """
        table = self.estimates.drop(columns="share")
        return table.assign(estimate=np.exp(table["estimate"]), unit="ratio to reference")


def kitagawa(
    table: Any, *, group: str, category: str, rate: str, weight: str | None = None, reference: Any,
    microdata: bool = False, cluster: str | None = None, strata: str | None = None, population: str = "super",
    sampling: float | str | None = None, missing: str = "raise", specifications: Any = None,
) -> Kitagawa:  # fmt: skip
    r"""Take the difference between two groups' overall rates apart into rates and composition.

    With rates :math:`r_c` and shares :math:`s_c` of the categories, the difference (the other group minus the
    reference) is

    .. math:: \sum_c \bar s_c \Delta r_c + \sum_c \bar r_c \Delta s_c

    where bars are means of the two groups, so neither serves as the standard and swapping them only turns the signs.
    Published aggregates have no standard errors; with ``microdata=True`` the rows are persons or firms and they do.

    Parameters
    ----------
    table : DataFrame, or with `microdata` any table (pandas, polars, Arrow, DuckDB, Ibis)
        One row per group and category, exactly two groups with the same categories; with `microdata` many.
    group, category : str
        Columns.
    rate : str
        Column of the rate, mean or productivity of a category; with `microdata` the outcome of a row (0 or 1, a wage),
        whose weighted mean is the rate of its category.
    weight : str
        Column of the category's size (persons, firms, hours or shares); scaled to shares within each group. With
        `microdata` the weight of a row, positive, and optional: without it each row counts once.
    reference : label in `group`
        The baseline, which is subtracted.
    microdata : bool
        Whether rows are persons or firms.
    cluster, strata, population, sampling : optional
        With `microdata`: as in `generalised_entropy`.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them; the categories left must still be the same.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    Kitagawa
        Components rate, composition, total, in units of `rate`. The composition effect of one category depends on the
        rates of the others only through the shares adding to one: read the detail with care. With `microdata`, a
        category with a single row (or cluster) in a group adds no variance of its own: the summary and `singletons`
        name it.

    Raises
    ------
    ValueError
        Unknown column, text where numbers are needed, missing values, not two groups, an unknown reference, two rows
        for one group and category, a category in one group only, negative weights or weights that add up to zero; no
        `weight`, or a sampling design, without `microdata`.

    References
    ----------
    Kitagawa (1955), Journal of the American Statistical Association 50; Das Gupta (1993), US Census Bureau P23-186.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"country": ["A", "A", "B", "B"], "size": ["small", "large"] * 2,
    ...                       "productivity": [40.0, 100.0, 30.0, 110.0], "jobs": [50, 50, 80, 20]})
    >>> result = kitagawa(table, group="country", category="size", rate="productivity", weight="jobs", reference="A")
    >>> result.tidy()[["component", "estimate"]].round(2)
         component  estimate
    0         rate      -3.0
    1  composition     -21.0
    2        total     -24.0
    """
    checks.one_of("microdata", microdata, [False, True])
    persons = None
    if microdata:
        design = engine.Design(cluster, strata, population, sampling)
        options = {"reference": reference, "parts": kitagawa_parts, "design": design, "missing": missing}
        persons = micro.kitagawa(table, group=group, category=category, rate=rate, weight=weight, **options)
        table, weight = persons.table, weight or micro.ROWS
    else:
        micro.refuse_design("microdata=True", cluster=cluster, strata=strata, population=population, sampling=sampling)
        if weight is None:
            raise ValueError("weight= is needed: the column with the size of each category")
    rows = checks.require_columns(
        table, {"group": group, "category": category, "rate": rate, "weight": weight}, ["rate", "weight"]
    )
    rows, dropped = checks.settle_missing(rows, missing)
    labels = sorted(rows[group].unique().tolist(), key=str)
    if len(labels) != 2:
        held = ", ".join(map(repr, labels)) or "none"
        raise ValueError(f"group={group!r} must hold exactly two groups; it holds {held}")
    checks.one_of("reference", reference, labels)
    checks.require_unique(rows, [group, category])
    checks.require_positive(rows, [weight], [group, category], zero=True)
    other = next(label for label in labels if label != reference)
    sides = [rows[rows[group] == label].set_index(category).sort_index() for label in (reference, other)]
    for label, side, opposite in zip((reference, other), sides, sides[::-1], strict=True):
        alone = sorted(set(side.index) - set(opposite.index), key=str)
        if alone:
            raise ValueError(f"category={category!r}: {', '.join(map(repr, alone))} only in group {label!r}")
        if side[weight].sum() <= 0:
            raise ValueError(f"weight={weight!r} adds up to zero in group {label!r}")
    rates = [side[rate].to_numpy() for side in sides]
    shares = [side[weight].to_numpy() / side[weight].sum() for side in sides]
    parts = kitagawa_parts(*rates, *shares)
    unit = checks.unit_of(table, rate)
    means = [float(side[rate] @ side[weight]) / side[weight].sum() for side in sides]
    estimates = [{"component": name, "estimate": v.sum()} for name, v in parts.items() if name != "total"]
    details = [
        {"component": name, "term": term, "estimate": v}
        for name, values in parts.items()
        for term, v in zip(sides[0].index.tolist(), values, strict=True)
    ]
    about = About(
        title=f"Difference in {rate}, {other} minus {reference}",
        compared=f"overall {rate}: {other} {means[1]:.6g}, {reference} {means[0]:.6g}",
        direction=f"{other} minus {reference}",
        reference=f"{group} {reference}",
        weights=f"{weight} as shares within each group; each effect at the mean of the two groups",
        sample=Sample(len(rows), {"with missing values": dropped}),
        method="Kitagawa decomposition into rates and composition",
        paper="Kitagawa 1955",
    )
    frame = pd.DataFrame([*estimates, {"component": "total", "estimate": means[1] - means[0]}])
    details, held, alone = pd.DataFrame(details), None, None
    if persons is not None:
        held, details, sample, alone = persons.estimate()
        frame, about = held.frame(), replace(about, sample=sample, randomness=held.words)
    size = float(max(np.abs(r).max() for r in rates))
    said = () if alone is None else cells.caution(alone, f"cluster ({cluster})" if cluster else "row")
    result = Kitagawa(
        frame.assign(unit=unit), about, (), details.assign(unit=unit), levels=size, inference=held, singletons=alone,
        cautions=said,
    )  # fmt: skip
    return result.with_specifications(specifications)


def kitagawa_parts(
    rate0: np.ndarray, rate1: np.ndarray, share0: np.ndarray, share1: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the effects of every category at midpoint weights, and the category's own difference.

    Parameters
    ----------
    rate0, rate1, share0, share1 : ndarray of shape (categories,)
        Rates and shares (adding up to one) of the reference (0) and of the other group (1).

    Returns
    -------
    dict of str to ndarray
        rate, composition, total.
    """
    return {
        "rate": (share0 + share1) / 2 * (rate1 - rate0),
        "composition": (rate0 + rate1) / 2 * (share1 - share0),
        "total": rate1 * share1 - rate0 * share0,
    }


def shapley(
    function: Callable[..., float], baseline: Mapping[str, Any], target: Mapping[str, Any], *, unit: str | None = None,
    specifications: Any = None,
) -> Shapley:  # fmt: skip
    r"""Attribute a difference to named factors, exactly and whatever the order in which they change.

    The effect of a factor is what changing it does to the function, averaged over all orders in which the factors can
    change from baseline to target. The effects add up to ``function(**target) - function(**baseline)``; with products
    and sums of products they are Das Gupta's effects, and with a rate and a composition Kitagawa's.

    Parameters
    ----------
    function : callable
        Takes every factor as a keyword and returns one finite number. Called once for each subset of factors: 2**n
        times.
    baseline, target : mapping of str to number or array
        The same factors in both; at most 16.
    unit : str, optional
        Unit of the function's value, for tables and axes.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    Shapley
        One component per factor, in the order of `baseline`, and the total: target minus baseline.

    Raises
    ------
    ValueError
        If the factors differ, are none or too many, one is named "total", or the function returns anything but one
        finite number.

    References
    ----------
    Shapley (1953); Das Gupta (1993); Shorrocks (2013), Journal of Economic Inequality 11.

    Examples
    --------
    >>> result = shapley(lambda wage, hours: wage * hours, {"wage": 10.0, "hours": 40.0}, {"wage": 15.0, "hours": 36.0})
    >>> result.tidy()[["component", "estimate"]]
      component  estimate
    0      wage     190.0
    1     hours     -50.0
    2     total     140.0
    """
    factors = list(baseline)
    if set(factors) != set(target):
        only = [f"only in {where}: {', '.join(sorted(map(str, left)))}" for where, left in
                (("baseline", set(factors) - set(target)), ("target", set(target) - set(factors))) if left]  # fmt: skip
        raise ValueError(f"baseline and target must have the same factors; {'; '.join(only)}")
    if not 1 <= len(factors) <= MOST_FACTORS:
        raise ValueError(f"{len(factors)} factors: legal are 1 to {MOST_FACTORS} (the function is called 2**n times)")
    if "total" in factors:
        raise ValueError("a factor may not be named 'total', the name of the sum")
    values = {}
    for size in range(len(factors) + 1):
        for changed in combinations(factors, size):
            point = {name: target[name] if name in changed else baseline[name] for name in factors}
            values[frozenset(changed)] = _one_number(function(**point), changed)
    effects = _shapley(values, factors)
    start, end = values[frozenset()], values[frozenset(factors)]
    frame = pd.DataFrame({"component": [*factors, "total"], "estimate": [*effects, end - start]})
    about = About(
        title=f"Difference attributed to {', '.join(factors)}",
        compared=f"the function at the target ({end:.6g}) and at the baseline ({start:.6g})",
        direction="target minus baseline",
        reference="baseline",
        weights=f"the mean over all {factorial(len(factors)):,} orders of change",
        sample=Sample(2),
        method="Shapley value",
        paper="Shapley 1953; Das Gupta 1993; Shorrocks 2013",
    )
    result = Shapley(frame.assign(unit=unit or "units of the function"), about, levels=max(map(abs, values.values())))
    return result.with_specifications(specifications)


def _one_number(value: Any, changed: tuple[str, ...]) -> float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        where = f"with {list(changed)} at the target"
        raise ValueError(f"the function must return one finite number; {where} it gave {value!r}")
    return float(array.reshape(()))


def _shapley(values: Mapping[frozenset, float], factors: list[str]) -> list[float]:
    """Shapley values from the worth of every subset."""
    count = len(factors)
    effects = []
    for factor in factors:
        rest = [name for name in factors if name != factor]
        effect = 0.0
        for size in range(count):
            chance = factorial(size) * factorial(count - size - 1) / factorial(count)
            for before in combinations(rest, size):
                effect += chance * (values[frozenset({*before, factor})] - values[frozenset(before)])
        effects.append(effect)
    return effects


def level_accounting(
    table: pd.DataFrame, *, unit: str, reference: Any, output: str, factors: Mapping[str, float],
    missing: str = "raise", specifications: Any = None,
) -> LevelAccounting:  # fmt: skip
    r"""Take the gap in output of each unit to a reference apart into factors and a residual (development accounting).

    With output :math:`y = A \prod_f x_f^{e_f}`, each unit's log ratio to the reference is

    .. math:: \ln\frac{y}{y^*} = \sum_f e_f \ln\frac{x_f}{x_f^*} + \ln\frac{A}{A^*}

    Shares are of the log gap. `ratios()` gives the factors of the ratio itself.

    Parameters
    ----------
    table : DataFrame
        One row per unit (country).
    unit : str
        Column of units.
    reference : label in `unit`
        The baseline; it has no row of its own in the result.
    output : str
        Column of output per person, worker or hour, positive.
    factors : dict of str to float
        Column -> exponent. For output per hour with capital share a: ``{"capital_per_hour": a, "human_capital": 1 -
        a}`` (Caselli 2005), or in terms of the capital-output ratio ``{"capital_output_ratio": a / (1 - a),
        "human_capital": 1}`` (Hall and Jones 1999), which credits productivity with the capital it brings about. For
        output per person add ``{"hours_per_person": 1}``.
    missing : {"raise", "drop"}
        "drop" leaves out units with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    LevelAccounting
        For each unit the factors, tfp (the residual) and the total, in log points.

    Raises
    ------
    ValueError
        Unknown column, text where numbers are needed, missing values, two rows for one unit, an unknown reference, no
        other unit, levels that are not positive, no factors, an exponent that is not a finite number, a factor named
        tfp or total.

    References
    ----------
    Hall and Jones (1999), Quarterly Journal of Economics 114; Caselli (2005), Handbook of Economic Growth 1A.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"country": ["KOR", "USA"], "y": [50.0, 100.0], "k": [200.0, 250.0], "h": [3.5, 3.75]})
    >>> result = level_accounting(table, unit="country", reference="USA", output="y", factors={"k": 0.4, "h": 0.6})
    >>> result.tidy()[["country", "component", "estimate"]].round(3)
      country component  estimate
    0     KOR         k    -0.089
    1     KOR         h    -0.041
    2     KOR       tfp    -0.562
    3     KOR     total    -0.693
    """
    if not factors:
        raise ValueError('factors is empty; expected {"column": exponent}')
    for name, exponent in factors.items():
        if name in ("tfp", "total"):
            raise ValueError(f"a factor may not be named {name!r}, the name of a component")
        if isinstance(exponent, bool) or not isinstance(exponent, int | float | np.number) or not np.isfinite(exponent):
            raise ValueError(f"factors: the exponent of {name!r} must be a finite number, not {exponent!r}")
    checks.names(unit)
    columns = {"unit": unit, "output": output, **{f"factors ({name})": name for name in factors}}
    rows = checks.require_columns(table, columns, [name for name in columns if name != "unit"])
    rows, dropped = checks.settle_missing(rows, missing)
    checks.require_unique(rows, [unit])
    checks.one_of("reference", reference, rows[unit].tolist())
    checks.require_positive(rows, [output, *factors], [unit])
    base = rows[rows[unit] == reference].iloc[0]
    others = rows[rows[unit] != reference].sort_values(unit)
    if others.empty:
        raise ValueError(f"unit={unit!r} holds only the reference {reference!r}; nothing to compare")
    estimates = []
    for _, row in others.iterrows():
        total = float(np.log(row[output] / base[output]))
        parts = {name: float(e * np.log(row[name] / base[name])) for name, e in factors.items()}
        parts = {**parts, "tfp": total - sum(parts.values()), "total": total}
        estimates += [{unit: row[unit], "component": name, "estimate": v} for name, v in parts.items()]
    about = About(
        title=f"Gap in {output} to {reference}",
        compared=f"{output} of each {unit} with that of {reference}",
        direction=f"log of the ratio, each {unit} over {reference}",
        reference=f"{unit} {reference}",
        weights="exponents " + ", ".join(f"{name} {e:.4g}" for name, e in factors.items()),
        sample=Sample(len(rows), {"with missing values": dropped}),
        method="level (development) accounting; tfp is the residual; shares are of the log gap",
        paper="Hall and Jones 1999; Caselli 2005",
    )
    result = LevelAccounting(pd.DataFrame(estimates).assign(unit="log points"), about, (unit,), levels=1.0)
    return result.with_specifications(specifications)
