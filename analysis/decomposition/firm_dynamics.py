"""How survivors, entrants and exiters change aggregate productivity between consecutive times (`firm_dynamics`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from analysis import checks, engine
from analysis.decomposition.firm_dynamics_methods import METHODS, components
from analysis.engine.pairing import Paired, no_survivors
from analysis.engine.pairs import estimate_pairs
from analysis.results import About, Result, Sample

SHOWN = 6


@dataclass(frozen=True, eq=False)
class FirmDynamics(Result):
    """Change of aggregate productivity by survivors, entrants and exiters. Made by `firm_dynamics`."""


def firm_dynamics(
    firms: Any, *, firm: str, time: str, productivity: str, weight: str, by: str | Sequence[str] | None = None,
    method: str = "melitz-polanec", cluster: str | None = None, strata: str | None = None, population: str = "super",
    sampling: float | str | None = None, missing: str = "raise", specifications: Any = None,
) -> FirmDynamics:  # fmt: skip
    r"""Take the change of aggregate productivity apart: within survivors, between them, entry and exit.

    Aggregate productivity is :math:`\Phi_t = \sum_i s_{it} p_{it}` with shares :math:`s_{it}` of the weight at time t
    in the group. Every two consecutive times of a group give one result: S are the firms there at both, E those there
    only at the later, X only at the earlier. Melitz-Polanec, with :math:`\Phi_{St}` the survivors' aggregate at shares
    among survivors, :math:`s_{Et}`, :math:`s_{Xt}` the weight shares of entrants and exiters:

    .. math:: \Delta\Phi = \Delta\bar p_S + \Delta\mathrm{cov}_S + s_{E2}(\Phi_{E2} - \Phi_{S2})
        + s_{X1}(\Phi_{S1} - \Phi_{X1})

    The other methods weigh survivors' changes by shares of all firms and hold entrants and exiters against the earlier
    aggregate (Foster-Haltiwanger-Krizan, which has a cross term), the average aggregate (Griliches-Regev) or zero
    (Baily-Hulten-Campbell); Diewert-Fox weighs survivors by average shares among survivors. Standard errors come from
    about ten totals of each pair by the delta method.

    Parameters
    ----------
    firms : pandas or polars DataFrame, Arrow table, DuckDB relation or Ibis table
        One row per firm and time. Tables in memory above two million rows run in DuckDB without a copy. For tables
        larger than memory hand in an Ibis table or DuckDB relation of a connection of your own, whose
        ``memory_limit`` and ``temp_directory`` say how much memory it may use and where it may spill.
    firm : str
        Column that identifies a firm over time.
    time : str
        Column: whole numbers (years) or dates. Consecutive means consecutive among the times at which the group has
        rows, so that a gap in the data makes a longer step.
    productivity : str
        Column: a level or a logarithm.
    weight : str
        Column: employment, hours or output; positive. Shares are formed within each time and group.
    by : str or list of str, optional
        One set of results per group. A firm that changes its group leaves one and enters the other.
    method : str
        "melitz-polanec", "foster-haltiwanger-krizan", "griliches-regev", "baily-hulten-campbell" or "diewert-fox".
    cluster : str, optional
        Column of clusters: firms of one cluster are not independent. Without it each firm is a draw of its own; a pair
        of times has one row per firm, so that a firm's dependence over time is taken care of.
    strata : str, optional
        Column of strata from which firms (or clusters) were drawn separately.
    population : {"super", "finite"}
        "super": the firms are a draw from a process. "finite": the errors speak of sampling alone; a census
        (``sampling=None``) has none.
    sampling : float or str, optional
        With ``population="finite"``: the sampling fraction, a number in (0, 1] or a column of it.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them; the firm is then absent at that time.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    FirmDynamics
        Components within, between, (cross,) entry, exit and total, in units of `productivity`, with standard errors:
        one set for each group and pair of times. The column named as `time` holds the later time of the pair; the
        summary lists the pairs.

    Raises
    ------
    ValueError
        Unknown column, option or method; text where numbers are needed; missing or infinite values; a weight that is
        not positive; two rows of a firm at one time; a group with one time; a pair of times with one firm, or without
        survivors where the method needs them; a cluster or stratum that changes between the times of a pair.

    References
    ----------
    Melitz and Polanec (2015), RAND Journal of Economics 46; Foster, Haltiwanger and Krizan (2001), in Hulten, Dean and
    Harper (eds), New Developments in Productivity Analysis; Griliches and Regev (1995), Journal of Econometrics 65;
    Baily, Hulten and Campbell (1992), Brookings Papers: Microeconomics; Diewert and Fox (2010), in Diewert et al.
    (eds), Price and Productivity Measurement 6.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({
    ...     "firm": ["a", "b", "c", "a", "b", "d"], "year": [2020, 2020, 2020, 2021, 2021, 2021],
    ...     "tfp": [1.0, 2.0, 0.5, 1.5, 2.0, 3.0], "jobs": [20, 20, 10, 20, 30, 10]})
    >>> result = firm_dynamics(firms, firm="firm", time="year", productivity="tfp", weight="jobs")
    >>> result.tidy()[["year", "component", "estimate"]].round(6)
       year component  estimate
    0  2021    within      0.25
    1  2021   between      0.05
    2  2021     entry      0.20
    3  2021      exit      0.20
    4  2021     total      0.70
    """
    checks.one_of("method", method, METHODS)
    by = checks.names(by)
    checks.names([time])
    chosen = METHODS[method]
    design = engine.Design(cluster=cluster, strata=strata, population=population, sampling=sampling)
    found = estimate_pairs(
        firms, {"firm": firm, "time": time, "productivity": productivity, "weight": weight},
        Paired(chosen.survivors, partial(components, chosen)), design, by=by, missing=missing,
        check=partial(no_survivors, method) if chosen.needs_survivors else None,
    )  # fmt: skip
    spans = found.times.spans
    listed = ", ".join(f"{_told(first)} to {_told(second)}" for first, second in spans[:SHOWN])
    more = f" and {len(spans) - SHOWN} more" if len(spans) > SHOWN else ""
    among = " among those of its group" if by else ""
    names = [name for name in found.estimates.labels if name != "total"]
    about = About(
        title=f"Change of aggregate {productivity} weighted by {weight}",
        compared=f"each {time} with the one before it{among} ({listed}{more}); the column {time} names the later",
        direction=f"later less earlier = {' + '.join(names)}",
        reference=chosen.turnover,
        weights=f"{weight} as shares of each {time}{' and group' if by else ''}",
        sample=Sample(found.times.rows, found.rows.left_out),
        method=f"{chosen.words}: within is {chosen.within}, between is {chosen.between}",
        paper=chosen.paper,
        randomness=found.estimates.words,
        notes=("a pair of times has one row per firm, so a firm's dependence over time is taken care of",)
        + (("a firm that changes its group leaves one and enters the other",) if by else ()),
    )
    table = found.estimates.frame().assign(unit=checks.unit_of(firms, productivity))
    result = FirmDynamics(table, about, (*by, time), levels=found.times.largest, inference=found.estimates)
    return result.with_specifications(specifications)


def _told(time: Any) -> str:
    """Say a time: a date without its midnight, a year as it is."""
    return str(time).removesuffix(" 00:00:00")
