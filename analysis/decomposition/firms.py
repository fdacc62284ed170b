"""Productivity of firms: how much of the aggregate comes from the larger being the more productive (`olley_pakes`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from analysis import checks, engine
from analysis.engine.estimation import DESIGN_ROLES
from analysis.inference import Statistic
from analysis.results import About, Result, Sample

CELLS_AS_DRAWS = (
    "each row counts as one draw, whatever its count: right for a sample of firms with count as the sampling weight; "
    'published cells are no sample and ask for population="finite"'
)


@dataclass(frozen=True, eq=False)
class OlleyPakes(Result):
    """Aggregate productivity as a mean and a covariance with size. Made by `olley_pakes`."""

    total: ClassVar[str] = "aggregate"


def olley_pakes(
    firms: Any, *, productivity: str, weight: str, count: str | None = None, by: str | Sequence[str] | None = None,
    cluster: str | None = None, strata: str | None = None, population: str = "super",
    sampling: float | str | None = None, missing: str = "raise", specifications: Any = None,
) -> OlleyPakes:  # fmt: skip
    r"""Take aggregate productivity apart into the mean of firms and the covariance of size and productivity.

    With shares :math:`s_i` of the weight and N firms:

    .. math:: \sum_i s_i p_i = \bar p + \sum_i (s_i - 1/N)(p_i - \bar p)

    The standard errors come from four totals (firms, productivity, weight, weighted productivity) by the delta method.

    Parameters
    ----------
    firms : pandas or polars DataFrame, Arrow table, DuckDB relation or Ibis table
        One row per firm, or per size cell with `count`.
    productivity : str
        Column: a level or a logarithm (in logarithms the covariance is scale-free).
    weight : str
        Column of the row's whole weight: employment, hours or output; positive. For a cell, the sum over its firms.
    count : str, optional
        Column with the number of firms each row stands for: the mean is then over firms, each with its cell's
        productivity, and the covariance is the part between cells; what varies inside a cell is not seen. Without it
        each row counts once, and the mean of a handful of cells is not a mean of firms.
    by : str or list of str, optional
        One result per group.
    cluster : str, optional
        Column of clusters: rows of one cluster are not independent. Without it every row is a draw of its own.
    strata : str, optional
        Column of strata from which firms (or clusters) were drawn separately.
    population : {"super", "finite"}
        "super": the firms are a draw from a process. "finite": the firms of this table are what is of interest, and
        the errors speak of sampling alone; a census (``sampling=None``) or a table of published cells then has none.
    sampling : float or str, optional
        With ``population="finite"``: the sampling fraction, a number in (0, 1] or a column of it.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    OlleyPakes
        Components mean, covariance and aggregate, in units of `productivity`, with standard errors.

    Raises
    ------
    ValueError
        Unknown column or option, text where numbers are needed, missing or infinite values, a weight or count that is
        not positive, a group of one row (unless ``population="finite"``).

    References
    ----------
    Olley and Pakes (1996), Econometrica 64, equation 16.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"productivity": [10.0, 20.0, 60.0], "jobs": [10, 30, 60]})
    >>> result = olley_pakes(firms, productivity="productivity", weight="jobs")
    >>> result.tidy()[["component", "estimate", "std_error"]].round(6)
        component  estimate  std_error
    0        mean      30.0  15.275252
    1  covariance      13.0   6.011933
    2   aggregate      43.0  15.614416
    """
    by = checks.names(by)
    design = engine.Design(cluster=cluster, strata=strata, population=population, sampling=sampling)
    rows = engine.read(
        firms, {"productivity": productivity, "weight": weight, "count": count, **design.columns}, by=by,
        numeric=["productivity", "weight", "count", "sampling"], positive=["weight", "count"], missing=missing,
        shared=DESIGN_ROLES,
    )  # fmt: skip
    estimates = engine.estimate(rows, _statistic(count is not None), design)
    each = f"{count} firms a row" if count else "each row once"
    about = About(
        title=f"Aggregate {productivity}: mean and covariance with {weight}",
        compared=f"{productivity} weighted by {weight} with its unweighted mean",
        direction="aggregate = mean + covariance",
        reference="the unweighted mean",
        weights=f"{weight} as shares; the mean counts {each}",
        sample=Sample(int(estimates.rows.sum()), rows.left_out),
        method="Olley-Pakes decomposition",
        paper="Olley and Pakes 1996",
        randomness=estimates.words,
        notes=(CELLS_AS_DRAWS,) if count and population == "super" else (),
    )
    table = estimates.frame().assign(unit=checks.unit_of(firms, productivity))
    result = OlleyPakes(table, about, tuple(by), inference=estimates)
    return result.with_specifications(specifications)


def _statistic(counted: bool) -> Statistic:
    """Totals and function of the decomposition; without a count every row is one firm."""
    return Statistic(
        {
            "n": (lambda c: c["count"]) if counted else (lambda c: c["weight"] * 0 + 1.0),
            "p": (lambda c: c["count"] * c["productivity"]) if counted else (lambda c: c["productivity"]),
            "w": lambda c: c["weight"],
            "wp": lambda c: c["weight"] * c["productivity"],
        },
        _parts,
        size=lambda c: c["weight"],
    )


def _parts(totals: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    mean, aggregate = totals["p"] / totals["n"], totals["wp"] / totals["w"]
    return {"mean": mean, "covariance": aggregate - mean, "aggregate": aggregate}
