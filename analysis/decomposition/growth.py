"""Growth taken apart: by sector (`shift_share`) and by factor of production (`growth_accounting`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, engine
from analysis.decomposition import cells, micro, shift_share_methods
from analysis.decomposition.end_points import end_points, ends_count, groups, two_ends
from analysis.results import About, Result, Sample


@dataclass(frozen=True, eq=False)
class ShiftShare(cells.OfCells):
    """Growth of aggregate labour productivity by component; `tidy(detail=True)` by sector. Made by `shift_share`."""


@dataclass(frozen=True, eq=False)
class GrowthAccounting(Result):
    """Growth of output by factor, a year; `tidy(detail=True)` by period. Made by `growth_accounting`."""

    terms_add_up: ClassVar[bool] = False


def shift_share(
    table: Any, *, sector: str, time: str, output: str, labour: str, method: str = "within-between",
    annualised: bool = False, price: str | None = None, by: str | Sequence[str] | None = None,
    firm: str | None = None, cluster: str | None = None, strata: str | None = None, population: str = "super",
    sampling: float | str | None = None, missing: str = "raise", specifications: Any = None,
) -> ShiftShare:  # fmt: skip
    r"""Take the growth of aggregate labour productivity apart into growth within sectors and the moves between them.

    Only the end points count: the first and the last time of the table (of each group). With sector productivity
    :math:`x_i`, employment share :math:`s_i` and aggregate productivity :math:`X = \sum_i s_i x_i`, all as fractions of
    the initial :math:`X_0`:

    - ``"within-between"`` (McMillan and Rodrik 2011): within :math:`\sum s_{i0} \Delta x_i`, at initial shares; between
      :math:`\sum x_{i1} \Delta s_i`, at final productivity.
    - ``"three-term"`` (Fabricant 1942; de Vries, Timmer and de Vries 2015): within :math:`\sum s_{i0} \Delta x_i`,
      static :math:`\sum x_{i0} \Delta s_i`, dynamic :math:`\sum \Delta x_i \Delta s_i`.
    - ``"csls"`` (Sharpe and Thomson 2010; de Avillez 2012): within as above, reallocation_level
      :math:`\sum (x_{i0} - X_0) \Delta s_i`, reallocation_growth :math:`\sum (\Delta x_i - \Delta X) \Delta s_i`. Its
      totals are those of three-term; its sectors are not: a sector of low productivity that shrinks adds to growth.
    - ``"gead"`` (Tang and Wang 2004; Dumagan 2013): a sector weighs by its real output price
      :math:`p_i = P_i / P` as well, :math:`X = \sum_i p_i s_i x_i`; with :math:`w_i = p_i s_i` the terms are
      pure_growth :math:`\sum w_{i0} \Delta x_i`, denison :math:`\sum x_{i0} \Delta w_i`, baumol
      :math:`\sum \Delta x_i \Delta w_i`.

    Published aggregates have no standard errors. With `firm` the rows are firms: their output and labour are added up
    by sector and time, which gives the same numbers as the published table would, and every component and every term
    has a standard error. A firm seen at both end points is one draw, so what it has in common with itself does not
    count as noise; a firm may change its sector, enter or leave. Where all sectors have one productivity the move terms
    vanish together with their first derivatives, and their errors say little.

    Parameters
    ----------
    table : DataFrame, or with `firm` any table (pandas, polars, Arrow, DuckDB, Ibis)
        One row per group, sector and time; with `firm`, one row per group, firm and time. No total or of-which rows.
    sector, time, output, labour : str
        Columns. `output` at constant prices, adding up over sectors; `labour` in persons or hours, positive (of a firm,
        not negative). Multiply both by the sampling weight first, where firms have one.
    method : {"within-between", "three-term", "gead", "csls"}
    annualised : bool
        False: growth over the whole span. True: compound annual rate, each component in proportion to its share of the
        change; `time` must then be in years.
    price : str, optional
        Needed by "gead" and used by no other method. Column of sector deflators :math:`P_i`, positive, all with the
        base year of `output` (1 or 100 then), so that price times output is output at current prices. The aggregate
        deflator is the implicit one, :math:`P = \sum P_i Y_i / \sum Y_i`, so that aggregate real output is the sum
        over sectors, as under the other methods. Only relative prices matter. With `firm`, each firm's deflator or its
        sector's, repeated: a sector's is then the sum of price times output over the sum of output.
    by : str or list of str, optional
        One result per group, each with its own end points.
    firm : str, optional
        Column of firm identifiers: the rows are firms.
    cluster : str, optional
        With `firm`: column of clusters larger than a firm (the firm itself by default).
    strata, population, sampling : optional
        With `firm`: as in `generalised_entropy`.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them. A sector left at one end point only still raises.
        Of published tables the rows between the end points may have holes; of firms any row counts.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result (`Result.with_specifications`).

    Returns
    -------
    ShiftShare
        Components and, last, their total. Fractions (0.034 is 3.4 %), of initial productivity or a year. With `firm`, a
        sector with a single firm at an end point adds no variance of its own: the summary and `singletons` name it.

    Raises
    ------
    ValueError
        Unknown method or column, text where numbers are needed, missing values, two rows for one sector and time, a
        sector that enters or leaves between the end points, only one time, labour or price not positive, "gead"
        without `price`; a sampling design without `firm`, two rows for one firm and time, a firm that changes its
        cluster or stratum.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "sector": ["farms", "plants"] * 2, "year": [2000, 2000, 2010, 2010],
    ...     "output": [50.0, 50.0, 40.0, 180.0], "jobs": [75.0, 25.0, 40.0, 60.0]})
    >>> result = shift_share(table, sector="sector", time="year", output="output", labour="jobs")
    >>> result.tidy()[["component", "estimate", "share"]].round(3)
      component  estimate  share
    0    within       0.5  0.417
    1   between       0.7  0.583
    2     total       1.2  1.000
    """
    checks.one_of("method", method, shift_share_methods.METHODS)
    checks.one_of("annualised", annualised, [False, True])
    spec = shift_share_methods.METHODS[method]
    if spec.needs_price != (price is not None):
        word = "needs price=, a column of sector deflators" if spec.needs_price else "uses no prices; leave price= out"
        raise ValueError(f"method={method!r} {word}")
    by = checks.names(by)
    names = {"sector": sector, "time": time, "output": output, "labour": labour, "price": price}
    firms = None
    if firm is None:
        micro.refuse_design("firm=", cluster=cluster, strata=strata, population=population, sampling=sampling)
    else:
        design = engine.Design(cluster or firm, strata, population, sampling)
        options = {"method": method, "annualised": annualised, "by": by, "missing": missing}
        firms = micro.shift_share(table, **names, **options, firm=firm, design=design)
        table = firms.table
    columns = dict(names)
    columns |= {f"by ({name})": name for name in by}
    rows = checks.require_columns(table, columns, ["output", "labour", "price"])
    if annualised and not pd.api.types.is_numeric_dtype(rows[time]):
        raise ValueError(f"annualised=True needs time={time!r} in years, as numbers; it holds {rows[time].dtype}")
    _, dropped = checks.settle_missing(rows[[*by, sector, time]], missing)
    rows = rows[rows[[*by, sector, time]].notna().all(axis=1)]
    checks.require_unique(rows, [*by, sector, time])
    used, levels, estimates, details, spans = 0, 1.0, [], [], {}
    for key, group in groups(rows, by):
        place = f" ({', '.join(map(str, key))})" if by else ""
        first, last = end_points(group, time, place)
        ends, out = checks.settle_missing(group[group[time].isin([first, last])], missing)
        dropped += out
        used += len(ends)
        start, end = two_ends(ends, sector, time, first, last, place)
        checks.require_positive(ends, [labour], [*by, sector, time])
        checks.require_positive(ends, [price] if price else [], [*by, sector, time])
        arrays = [frame[name].to_numpy() for name in (output, labour, price) if name for frame in (start, end)]
        if min(arrays[0].sum(), arrays[1].sum()) <= 0:
            raise ValueError(f"output={output!r} must add up to more than zero at both end points{place}")
        parts, whole, level = spec.function(*arrays)
        whole = float(whole)
        levels = max(levels, level)
        factor = float(shift_share_methods.annual_factor(whole, float(last - first))) if annualised else 1.0
        head = dict(zip(by, key, strict=True))
        sectors = start.index.tolist()
        for name, values in parts.items():
            details += [
                {**head, "component": name, "term": s, "estimate": v * factor}
                for s, v in zip(sectors, values, strict=True)
            ]
            if name != "total":
                estimates.append({**head, "component": name, "estimate": values.sum() * factor})
        estimates.append({**head, "component": "total", "estimate": whole * factor})
        spans.setdefault(f"{first} to {last}", []).append(", ".join(map(str, key)))
    unit = "fraction per year" if annualised else "fraction of initial productivity"
    span = "; ".join(f"{s} ({', '.join(k)})" if by and len(spans) > 1 else s for s, k in spans.items())
    about = About(
        title=f"Growth of {output} per unit of {labour}, {next(iter(spans)) if len(spans) == 1 else 'by group'}",
        compared=f"aggregate {output} / {labour} at the end points: {span}",
        direction="last time minus first time, over the first",
        reference=spec.reference,
        weights=spec.weights,
        sample=Sample(
            used, {"between the end points": len(rows) - ends_count(rows, by, time), "with missing values": dropped}
        ),
        method=f"shift-share, {method}",
        paper=spec.paper,
        notes=("compound annual rate, each component in proportion to its share of the change",) if annualised else (),
    )
    estimates, details, held = pd.DataFrame(estimates), pd.DataFrame(details), None
    alone, unit_of_errors = None, "firm" if cluster in (None, firm) else f"cluster ({cluster})"
    if firms is not None:
        held, details, sample, alone = firms.estimate()
        estimates, about = held.frame(), replace(about, sample=sample, randomness=held.words)
    result = ShiftShare(
        estimates.assign(unit=unit), about, tuple(by), details.assign(unit=unit), levels=levels, inference=held,
        singletons=alone, cautions=() if alone is None else cells.caution(alone, unit_of_errors),
    )  # fmt: skip
    return result.with_specifications(specifications)


def growth_accounting(
    table: pd.DataFrame, *, time: str, output: str, capital: str, labour: str, labour_share: str,
    human_capital: str | None = None, by: str | Sequence[str] | None = None, missing: str = "raise",
    specifications: Any = None,
) -> GrowthAccounting:  # fmt: skip
    r"""Take the growth of output apart into capital, labour, human capital and total factor productivity.

    Between neighbouring times, with :math:`\bar\alpha` the labour share averaged over the two (a Törnqvist index):

    .. math:: \Delta\ln Y = (1-\bar\alpha)\,\Delta\ln K + \bar\alpha\,\Delta\ln L + \bar\alpha\,\Delta\ln H +
       \Delta\ln A

    `estimate` is the mean over the whole span in log points a year; `tidy(detail=True)` has every period, named by
    the time at its end, also in log points a year. With capital services, hours and the index of human capital of the
    Penn World Table the result is its `rtfpna`.

    Parameters
    ----------
    table : DataFrame
        One row per group and time, at least two times.
    time : str
        Column of years, as numbers; steps may be longer than one year.
    output, capital, labour, human_capital : str
        Columns in levels, positive: constant prices, capital services (or stock), persons or hours, index per worker.
    labour_share : str
        Column of labour's share of income, between 0 and 1.
    by : str or list of str, optional
        One result per group.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value and counts them; the step then spans the hole.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    GrowthAccounting
        Components capital, labour, (human_capital,) tfp and total.

    Raises
    ------
    ValueError
        Unknown column, text where numbers are needed, missing values, two rows for one time, a single time, a level
        that is not positive, a labour share outside 0 to 1.

    References
    ----------
    Solow (1957); Jorgenson and Griliches (1967); Feenstra, Inklaar and Timmer (2015), equation 21.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"year": [2000, 2010], "gdp": [100.0, 150.0], "stock": [300.0, 450.0],
    ...                       "hours": [50.0, 50.0], "share": [0.6, 0.6]})
    >>> result = growth_accounting(
    ...     table, time="year", output="gdp", capital="stock", labour="hours", labour_share="share")
    >>> result.tidy()[["component", "estimate", "share"]].round(4)
      component  estimate  share
    0   capital    0.0162    0.4
    1    labour    0.0000    0.0
    2       tfp    0.0243    0.6
    3     total    0.0405    1.0
    """
    by = checks.names(by)
    columns = {
        "time": time, "output": output, "capital": capital, "labour": labour, "labour_share": labour_share,
        "human_capital": human_capital, **{f"by ({name})": name for name in by},
    }  # fmt: skip
    rows = checks.require_columns(table, columns, list(columns)[:6])
    rows, dropped = checks.settle_missing(rows, missing)
    checks.require_unique(rows, [*by, time])
    levels = {"capital": capital, "labour": labour, **({"human_capital": human_capital} if human_capital else {})}
    checks.require_positive(rows, [output, *levels.values()], [*by, time])
    outside = rows[~rows[labour_share].between(0, 1)]
    if len(outside):
        bad = outside.iloc[0]
        where = f"it is {bad[labour_share]:g} at {bad[time]:g}"
        raise ValueError(f"labour_share={labour_share!r} must lie between 0 and 1; {where}")
    estimates, details = [], []
    for key, group in groups(rows, by):
        group = group.sort_values(time)
        end_points(group, time, f" ({', '.join(map(str, key))})" if by else "")
        logs = {name: np.log(group[column].to_numpy()) for name, column in {**levels, "total": output}.items()}
        years = np.diff(group[time].to_numpy())
        rates = _tornqvist(logs, group[labour_share].to_numpy())
        head = dict(zip(by, key, strict=True))
        for name, steps in rates.items():
            estimates.append({**head, "component": name, "estimate": steps.sum() / years.sum()})
            terms = [int(t) if float(t).is_integer() else float(t) for t in group[time].to_numpy()[1:]]
            details += [
                {**head, "component": name, "term": t, "estimate": v} for t, v in zip(terms, steps / years, strict=True)
            ]
    unit = "log points per year"
    about = About(
        title=f"Growth of {output} by factor, {rows[time].min():g} to {rows[time].max():g}",
        compared=f"{output} at neighbouring times, mean over the span",
        direction="later minus earlier",
        reference="the earlier time",
        weights=f"{labour_share} averaged over the two times of each step; capital has the rest",
        sample=Sample(len(rows), {"with missing values": dropped}),
        method="growth accounting with Törnqvist shares; tfp is the residual",
        paper="Solow 1957; Feenstra, Inklaar and Timmer 2015",
    )
    result = GrowthAccounting(
        pd.DataFrame(estimates).assign(unit=unit), about, tuple(by), pd.DataFrame(details).assign(unit=unit), levels=1.0
    )
    return result.with_specifications(specifications)


def _tornqvist(logs: dict[str, np.ndarray], labour_share: np.ndarray) -> dict[str, np.ndarray]:
    """Contributions of each factor to the log change of output, step by step; the residual and the total last."""
    share = (labour_share[1:] + labour_share[:-1]) / 2
    rates = {
        name: (1 - share if name == "capital" else share) * np.diff(x) for name, x in logs.items() if name != "total"
    }
    total = np.diff(logs["total"])
    return {**rates, "tfp": total - sum(rates.values()), "total": total}
