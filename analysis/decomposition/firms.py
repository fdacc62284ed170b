"""Productivity of firms: how much of the aggregate comes from the larger being the more productive (`olley_pakes`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks
from analysis.results import About, Result, Sample


@dataclass(frozen=True, eq=False)
class OlleyPakes(Result):
    """Aggregate productivity as a mean and a covariance with size. Made by `olley_pakes`."""

    total: ClassVar[str] = "aggregate"


def olley_pakes(
    firms: pd.DataFrame, *, productivity: str, weight: str, count: str | None = None,
    by: str | Sequence[str] | None = None, missing: str = "raise", specifications: Any = None,
) -> OlleyPakes:  # fmt: skip
    r"""Take aggregate productivity apart into the mean of firms and the covariance of size and productivity.

    With shares :math:`s_i` of the weight and N firms:

    .. math:: \sum_i s_i p_i = \bar p + \sum_i (s_i - 1/N)(p_i - \bar p)

    Parameters
    ----------
    firms : DataFrame
        One row per firm, or per size cell with `count`.
    productivity : str
        Column: a level or a logarithm (in logarithms the covariance is scale-free).
    weight : str
        Column of the row's whole weight: employment, hours or output; not negative. For a cell, the sum over its firms.
    count : str, optional
        Column with the number of firms each row stands for: the mean is then over firms, each with its cell's
        productivity, and the covariance is the part between cells; what varies inside a cell is not seen. Without it
        each row counts once, and the mean of a handful of cells is not a mean of firms.
    by : str or list of str, optional
        One result per group.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    OlleyPakes
        Components mean, covariance and aggregate, in units of `productivity`.

    Raises
    ------
    ValueError
        Unknown column, text where numbers are needed, missing values, negative weights or weights adding up to zero, a
        count that is not positive.

    References
    ----------
    Olley and Pakes (1996), Econometrica 64, equation 16.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"productivity": [10.0, 20.0, 60.0], "jobs": [10, 30, 60]})
    >>> olley_pakes(firms, productivity="productivity", weight="jobs").tidy()[["component", "estimate"]].round(6)
        component  estimate
    0        mean      30.0
    1  covariance      13.0
    2   aggregate      43.0
    """
    by = checks.names(by)
    columns = {"productivity": productivity, "weight": weight, "count": count, **{f"by ({name})": name for name in by}}
    rows = checks.require_columns(firms, columns, ["productivity", "weight", "count"])
    rows, dropped = checks.settle_missing(rows, missing)
    if rows.empty:
        raise ValueError("no rows left to take apart")
    checks.require_positive(rows, [weight], by, zero=True)
    checks.require_positive(rows, [count] if count else [], by)
    unit = checks.unit_of(firms, productivity)
    estimates = []
    for key, group in [((), rows)] if not by else rows.groupby(by, sort=True, observed=True):
        if group[weight].sum() <= 0:
            raise ValueError(f"weight={weight!r} adds up to zero" + (f" in {', '.join(map(str, key))}" if by else ""))
        firm_count = group[count].to_numpy() if count else np.ones(len(group))
        parts = _olley_pakes(group[productivity].to_numpy(), group[weight].to_numpy(), firm_count)
        head = dict(zip(by, key, strict=True))
        estimates += [{**head, "component": name, "estimate": v, "unit": unit} for name, v in parts.items()]
    each = f"{count} firms a row" if count else "each row once"
    about = About(
        title=f"Aggregate {productivity}: mean and covariance with {weight}",
        compared=f"{productivity} weighted by {weight} with its unweighted mean",
        direction="aggregate = mean + covariance",
        reference="the unweighted mean",
        weights=f"{weight} as shares; the mean counts {each}",
        sample=Sample(len(rows), {"with missing values": dropped}),
        method="Olley-Pakes decomposition",
        paper="Olley and Pakes 1996",
        randomness="none computed: read the rows as the whole population, or as published cells",
    )
    size = float(rows[productivity].abs().max())
    result = OlleyPakes(pd.DataFrame(estimates), about, tuple(by), levels=size)
    return result.with_specifications(specifications)


def _olley_pakes(productivity: np.ndarray, weight: np.ndarray, count: np.ndarray) -> dict[str, float]:
    """Mean, covariance and aggregate; the aggregate from the weights alone, so that adding up is a check."""
    share, even = weight / weight.sum(), count / count.sum()
    mean = float(even @ productivity)
    covariance = float((share - even) @ (productivity - mean))
    return {"mean": mean, "covariance": covariance, "aggregate": float(share @ productivity)}
