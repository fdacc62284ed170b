"""Inequality between units and groups, with standard errors (`generalised_entropy`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine
from analysis.decomposition import cells
from analysis.engine.estimation import DESIGN_ROLES
from analysis.engine.tables import Rows
from analysis.inference import Statistic
from analysis.results import About, Result, Sample

NAMES = {1: "Theil T", 0: "mean log deviation", 2: "half the squared coefficient of variation"}
NEAR = 0.01
"""This close to the mean a power series replaces the closed form, which loses digits there."""
SERIES = 12
TINY = 1e-4
"""Below this exponent (z**a - 1) / a is taken from its series, which has the logarithm as its limit."""


@dataclass(frozen=True, eq=False)
class GeneralisedEntropy(cells.OfCells):
    """Inequality within and between groups; `tidy(detail=True)` by group. Made by `generalised_entropy`."""


@dataclass(frozen=True, eq=False)
class Inequality(Result):
    """Inequality of all units, without groups. Made by `generalised_entropy`."""

    total: ClassVar[str | None] = None


def generalised_entropy(
    table: Any, *, value: str, weight: str | None = None, group: str | None = None,
    by: str | Sequence[str] | None = None, alpha: float = 1, cluster: str | None = None, strata: str | None = None,
    population: str = "super", sampling: float | str | None = None, missing: str = "raise", specifications: Any = None,
) -> GeneralisedEntropy | Inequality:  # fmt: skip
    r"""Measure inequality by generalised entropy and take it apart into within and between groups.

    With shares :math:`s_i` of the weight, mean :math:`\mu` and :math:`z_i = y_i / \mu`:

    .. math:: GE(\alpha) = \sum_i s_i\, \varphi_\alpha(z_i), \qquad
       \varphi_\alpha(z) = \frac{z^\alpha - 1 - \alpha (z - 1)}{\alpha (\alpha - 1)}

    which is Theil's T at 1 (the limit, :math:`\sum s_i z_i \ln z_i`), the mean log deviation at 0
    (:math:`-\sum s_i \ln z_i`) and half the squared coefficient of variation at 2. The larger alpha, the more the top
    counts; the lower, the more the bottom. With groups of share :math:`s_g` and mean :math:`\mu_g`:

    - within :math:`\sum_g s_g (\mu_g / \mu)^\alpha\, GE_g(\alpha)`,
    - between :math:`\sum_g s_g\, \varphi_\alpha(\mu_g / \mu)`, the inequality left when all have their group's mean.

    `tidy(detail=True)` has the terms of these two sums, group by group. The between term of a group is never negative
    and zero where its mean is the overall mean. (Textbooks also write :math:`s_g z_g \ln z_g` for it at alpha 1 and
    :math:`-s_g \ln z_g` at 0: these differ by :math:`\pm s_g (z_g - 1)`, which adds up to zero.)

    Standard errors are by the delta method. Where the between term vanishes (groups with one and the same mean) its
    first derivatives vanish too, so its error is near zero there and its interval says little.

    Parameters
    ----------
    table : pandas, polars or Arrow table, DuckDB relation or Ibis table
        One row per unit (person, firm, region).
    value : str
        Column of incomes, wages or productivity, in any unit; not negative, and positive where alpha is 0 or less.
    weight : str, optional
        Column of weights, positive (persons a region stands for, sampling weights). Without it each row counts once.
    group : str, optional
        Column of the groups that inequality lies within and between.
    by : str or list of str, optional
        One result per group of these columns.
    alpha : float
        Any real number.
    cluster, strata : str, optional
        Columns of the sampling design; rows of one cluster are not independent.
    population : {"super", "finite"}
        "super": the rows are a draw from a process. "finite": the errors speak of sampling alone.
    sampling : float or str, optional
        With ``population="finite"``, the sampling fraction or its column; none is a census, without errors.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    GeneralisedEntropy or Inequality
        Components within, between and total; without `group` the one row total. Pure numbers. A group with a single
        row (or cluster) adds no variance of its own: the summary and `singletons` name it.

    Raises
    ------
    ValueError
        Unknown column, text where numbers are needed, missing or infinite values, alpha that is no finite number,
        negative values, zeros with alpha of 0 or less, values that add up to zero, weights that are not positive, a
        single row or cluster.

    References
    ----------
    Theil (1967); Shorrocks (1980), Econometrica 48; Cowell (2011), Measuring Inequality; Biewen and Jenkins (2006),
    Oxford Bulletin of Economics and Statistics 68, for the errors.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"income": [1.0, 3.0, 2.0, 6.0], "region": ["north", "north", "south", "south"]})
    >>> result = generalised_entropy(table, value="income", group="region")
    >>> result.tidy()[["component", "estimate", "share"]].round(4)
      component  estimate   share
    0    within    0.1308  0.6979
    1   between    0.0566  0.3021
    2     total    0.1874  1.0000
    """
    if isinstance(alpha, bool) or not isinstance(alpha, Real) or not np.isfinite(alpha):
        raise ValueError(f"alpha={alpha!r} must be a finite number: 1 (Theil T), 0 (mean log deviation), 2, ...")
    alpha = float(alpha)
    by = checks.names(by)
    design = engine.Design(cluster, strata, population, sampling)
    rows = engine.read(
        table, {"value": value, "weight": weight, "group": group, **design.columns}, by=by,
        numeric=["value", "weight", "sampling"], positive=["weight"], missing=missing, shared=DESIGN_ROLES,
    )  # fmt: skip
    rows = _centre(rows, alpha)
    statistic = _statistic(alpha, weighted=weight is not None, grouped=group is not None)
    detail, more = None, {}
    if group is None:
        held = engine.estimate(rows, statistic, design)
    else:
        held, detail = cells.estimate(rows, statistic, design)
        alone = cells.singletons(rows, statistic, design)
        said = cells.caution(alone, f"cluster ({cluster})" if cluster else "row")
        more = {"singletons": alone, "cautions": said}
    unit = f"generalised entropy, alpha {alpha:g}"
    about = About(
        title=f"Inequality of {value}" + (f" within and between {group}" if group else ""),
        compared=f"{value} of each row with the mean" + (f", and {group} means with the overall mean" if group else ""),
        direction="zero is equality; larger is more unequal",
        reference="everybody at the mean",
        weights=f"{weight} as shares" if weight else "each row once",
        sample=Sample(int(held.rows.sum()), rows.left_out),
        method=f"generalised entropy with alpha {alpha:g}" + (f", {NAMES[alpha]}" if alpha in NAMES else ""),
        paper="Theil 1967; Shorrocks 1980",
        randomness=held.words,
        notes=("where groups have one and the same mean, the error of between vanishes with it",) if group else (),
    )
    kind = Inequality if group is None else GeneralisedEntropy
    result = kind(
        held.frame().assign(unit=unit),
        about,
        tuple(by),
        None if detail is None else detail.assign(unit=unit),
        levels=1.0,
        inference=held,
        **more,
    )
    return result.with_specifications(specifications)


def _statistic(alpha: float, weighted: bool, grouped: bool) -> Statistic:
    """Totals of weights, of levels over the centre, of distances to it and of the divergence, and entropy from them."""

    def weight(c: Any) -> Any:
        return c["weight"] if weighted else c["level"] * 0 + 1

    def jensen(t: dict[str, np.ndarray]) -> np.ndarray:
        """Mean divergence less the divergence of the mean."""
        level, away = t["level"] / t["weight"], t["away"] / t["weight"]
        return t["divergence"] / t["weight"] - divergence(level, away, alpha)

    def of_all(t: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"total": jensen(t) / (t["level"] / t["weight"]) ** alpha}

    def of_groups(t: dict[str, np.ndarray], keys: pd.DataFrame) -> dict[Any, np.ndarray]:
        whole = {name: values.sum(axis=-1) for name, values in t.items()}
        level, away = ((whole[name] / whole["weight"])[..., None] for name in ("level", "away"))
        share = t["weight"] / whole["weight"][..., None]
        ratio, gap = t["level"] / t["weight"] / level, (t["away"] / t["weight"] - away) / level
        within = share * jensen(t) / level**alpha
        between = share * divergence(ratio, gap, alpha)
        parts = {"within": within, "between": between, "total": within + between}
        out = {name: values.sum(axis=-1) for name, values in parts.items()} | of_all(whole)
        for name, values in parts.items():
            out |= {(name, checks.plain(term)): values[..., g] for g, term in enumerate(keys["group"])}
        return out

    return Statistic(
        {
            "weight": weight,
            "level": lambda c: weight(c) * c["level"],
            "away": lambda c: weight(c) * c["away"],
            "divergence": lambda c: weight(c) * divergence(c["level"], c["away"], alpha),
        },
        of_groups if grouped else of_all,
        size=lambda c: weight(c) * c["level"],
        cells=("group",) if grouped else (),
    )


def divergence(level: Any, away: Any, alpha: float) -> Any:
    r"""Return :math:`\varphi_\alpha(z)`, the divergence of a level from 1, without loss of digits near 1 or near 0.

    Parameters
    ----------
    level : ndarray (real or complex) or Ibis column
        z, not negative; positive where alpha is 0 or less.
    away : ndarray or Ibis column
        z - 1, to its own precision.
    alpha : float

    Returns
    -------
    ndarray or Ibis column

    Examples
    --------
    >>> away = np.array([-1.0, 0.0, 1e-9, 1.0])
    >>> [f"{value:.7g}" for value in divergence(1 + away, away, 1.0)]
    ['1', '0', '5e-19', '0.3862944']
    """
    if alpha <= 0.5:
        far = (_box_cox(level, alpha) - away) / (alpha - 1)
    elif abs(alpha - 1) < TINY:
        far = (_keep(level, level * _box_cox(level, alpha - 1), 0.0) - away) / alpha
    else:
        far = ((_power(level, alpha) - level) / (alpha - 1) - away) / alpha
    factors = [0.5]
    for k in range(1, SERIES):
        factors.append(factors[-1] * (alpha - k - 1) / (k + 2))
    near = away * 0 + factors[-1]
    for factor in factors[-2::-1]:
        near = near * away + factor
    near = near * away * away
    if _lazy(away):
        return (away.abs() < NEAR).ifelse(near, far)
    return np.where(np.abs(np.real(away)) < NEAR, near, far)


def _box_cox(level: Any, power: float) -> Any:
    """(level**power - 1) / power, or its limit the logarithm; at level 0 only where power is positive."""
    if abs(power) >= TINY:
        return (_power(level, power) - 1) / power
    log = _log(level)
    series, step = log * 0 + 1, log * 0 + 1
    for k in range(2, 8):
        step = step * log * power / k
        series = series + step
    return _keep(level, log * series, -1 / power if power > 0 else 0.0)


def _lazy(column: Any) -> bool:
    return hasattr(column, "cast")


def _keep(level: Any, value: Any, at_zero: float) -> Any:
    """Return the value where the level is positive and its limit where the level is zero."""
    if _lazy(level):
        return (level > 0).ifelse(value, at_zero)
    return np.where(np.real(level) > 0, value, at_zero)


def _log(level: Any) -> Any:
    """Logarithm; zero at zero, where `_keep` puts the limit."""
    if _lazy(level):
        return (level > 0).ifelse(level, 1.0).ln()
    return np.log(np.where(np.real(level) > 0, level, 1.0))


def _power(level: Any, power: float) -> Any:
    """Return a power; a complex zero, whose logarithm NumPy would take, stays zero."""
    if _lazy(level):
        return level**power
    inside = np.where(np.real(level) > 0, level, 1.0)
    return np.where(np.real(level) > 0, inside**power, 0.0)


def _centre(rows: Rows, alpha: float) -> Rows:
    """Check the values and add each row's level over the mean of its `by` group, and its distance from it.

    Entropy has no unit, so the centre is a constant as far as the errors go; it only keeps digits.
    """
    by = list(rows.by)
    table = rows.expression if rows.lazy else rows.frame
    weighted = "weight" in rows.names
    if rows.lazy:
        weight = table["weight"] if weighted else table["value"] * 0 + 1
        asked = {
            "weight": weight.sum(), "product": (weight * table["value"]).sum(),
            "negative": (table["value"] < 0).sum(), "zero": (table["value"] == 0).sum(),
        }  # fmt: skip
        found = table.group_by(by).aggregate(**asked) if by else table.aggregate(**asked)
        sums = rows.run(found)
    else:
        weight = table["weight"] if weighted else 1.0
        held = table[by].assign(
            weight=weight, product=weight * table["value"], negative=table["value"] < 0, zero=table["value"] == 0
        )
        sums = held.groupby(by, sort=True, observed=True).sum().reset_index() if by else held.sum().to_frame().T
    _check_values(rows, sums, alpha)
    if rows.lazy and by:
        means = found.select(*by, centre=found["product"] / found["weight"])
        joined = table.join(means, by)
        return replace(rows, expression=joined.mutate(**_distances(joined["value"], joined["centre"])))
    if by:
        centre = held.groupby(by, sort=False, observed=True)[["product", "weight"]].transform("sum")
        centre = centre["product"] / centre["weight"]
    else:
        centre = float(sums["product"].iloc[0] / sums["weight"].iloc[0])
    if rows.lazy:
        return replace(rows, expression=table.mutate(**_distances(table["value"], centre)))
    return replace(rows, frame=table.assign(**_distances(table["value"], centre)))


def _distances(value: Any, centre: Any) -> dict[str, Any]:
    return {"level": value / centre, "away": (value - centre) / centre}


def _check_values(rows: Rows, sums: pd.DataFrame, alpha: float) -> None:
    """Raise on values for which the index is not defined."""
    column = rows.names["value"]
    negative, zero = int(sums["negative"].sum()), int(sums["zero"].sum())
    if negative:
        raise ValueError(
            f"value={column!r}: column {column!r} must not be negative; {negative:,} values are; leave these rows out "
            "first (relative inequality has no meaning there)"
        )
    empty = sums[~(sums["product"] > 0)]
    if len(empty):
        key = empty.iloc[0][list(rows.by)].to_dict()
        where = f" in {({rows.names[r]: checks.plain(v) for r, v in key.items()})}" if key else ""
        raise ValueError(f"value={column!r} adds up to zero{where}: nobody has anything to share; leave that group out")
    if alpha <= 0 and zero:
        raise ValueError(
            f"alpha={alpha:g} needs positive values; column {column!r} has {zero:,} zeros; leave these rows out first, "
            "or take alpha above 0"
        )


