"""Convergence of one group of units: which units are in every period in use, the regression, the spread over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis import checks
from analysis.inference import intervals

FEWEST = 3
SHOWN = 5
"""Units named in full where many are meant."""
MEASURES = ("sd-log", "cv", "cv-log")


@dataclass(frozen=True, eq=False)
class Lot:
    """The units of one group that are in every period in use.

    Parameters
    ----------
    where : str
        The group in words, empty where there is none.
    level : DataFrame
        One row per unit, one column per period in use.
    growth : ndarray or None
        Mean annual log growth of each unit, where it was given.
    cluster : ndarray or None
        Cluster of each unit, as whole numbers.
    years : float
        From the first to the last period, or as growth was said to cover.
    absent : list of str
        Units left out.
    of_absent, between : int
        Rows of these units, and rows of the others at periods not in use.
    """

    where: str
    level: pd.DataFrame
    growth: np.ndarray | None
    cluster: np.ndarray | None
    years: float
    absent: list[str]
    of_absent: int
    between: int

    @property
    def periods(self) -> str:
        """First and last period, or the first where growth was given."""
        ends = dict.fromkeys(f"{checks.plain(one):g}" for one in (self.level.columns[0], self.level.columns[-1]))
        return " to ".join(ends)


def lot(
    rows: pd.DataFrame, where: str, kind: str, span: float | None, names: Mapping[str, str | None], missing: str
) -> Lot:
    """Find the units that are in every period in use.

    Parameters
    ----------
    rows : DataFrame
        Columns unit, time, level, and growth and cluster where given.
    where : str
    kind : {"beta", "sigma"}
    span : float, optional
    names : mapping
        Role -> the caller's name of the column.
    missing : {"raise", "drop"}

    Returns
    -------
    Lot

    Raises
    ------
    ValueError
        Fewer than two periods or three units; absent units, unless they are dropped; growth or cluster that differ
        within a unit.
    """
    periods = np.sort(rows["time"].unique())
    given = "growth" in rows
    if len(periods) < 2 and not (given and span is not None):
        remedy = "; span= says how many years growth= covers" if given else ""
        raise ValueError(f"time={names['time']!r}: one period only{where} ({periods[0]:g}); two are needed{remedy}")
    used = periods if kind == "sigma" else periods[:1] if given else periods[[0, -1]]
    held = rows[rows["time"].isin(used)].pivot(index="unit", columns="time", values="level")
    held = held.reindex(index=pd.Index(rows["unit"].unique(), name="unit"), columns=used)
    whole = held.notna().all(axis=1)
    growth = None
    if given:
        growth = _one_each(rows, "growth", names, where).reindex(held.index)
        whole &= growth.notna()
    gone = [str(name) for name in held.index[~whole]]
    if gone and missing == "raise":
        what = f" or {names['growth']!r}" if given else ""
        listed = ", ".join(f"{one:g}" for one in used[:SHOWN]) + (", ..." if len(used) > SHOWN else "")
        raise ValueError(
            f"{len(gone)} of {len(held)} units{where} lack {names['level']!r} in {listed}{what}: {shown(gone)}; "
            'missing="drop" leaves them out and counts them'
        )
    held = held[whole]
    if len(held) < FEWEST:
        raise ValueError(f"too few units are left{where}: {len(held)}; convergence needs at least {FEWEST}")
    cluster = None
    if "cluster" in rows:
        cluster = pd.factorize(_one_each(rows, "cluster", names, where).reindex(held.index))[0]
        if cluster.max() == 0:
            raise ValueError(f"cluster={names['cluster']!r} has one cluster only{where}; errors need at least two")
    mine = rows["unit"].isin(held.index)
    return Lot(
        where, held, None if growth is None else growth[whole].to_numpy(), cluster,
        float(periods[-1] - periods[0] if span is None else span), gone, int((~mine).sum()),
        int((mine & ~rows["time"].isin(used)).sum()),
    )  # fmt: skip


def _one_each(rows: pd.DataFrame, role: str, names: Mapping[str, str | None], where: str) -> pd.Series:
    """Return the one value of a column that each unit has, missing where it has none."""
    found = rows[["unit", role]].dropna().drop_duplicates()
    twice = found[found["unit"].duplicated()]
    if len(twice):
        what = "the mean annual log growth from the first period on" if role == "growth" else "its cluster"
        raise ValueError(
            f"{role}={names[role]!r}: unit {checks.plain(twice['unit'].iloc[0])!r}{where} has several values; it takes "
            f"one per unit, {what}"
        )
    return found.set_index("unit")[role]


def shown(names: Iterable[str]) -> str:
    """Name the first few and count the rest."""
    names = list(names)
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def beta(held: Lot, vcov: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Regress growth on the initial level.

    Parameters
    ----------
    held : Lot
    vcov : {"classical", "robust", "cluster"}

    Returns
    -------
    (DataFrame, DataFrame, list of str)
        Terms with their statistics, the points, cautions.

    Raises
    ------
    ValueError
        If all units have one initial level.
    """
    from statsmodels.regression.linear_model import OLS

    logs = np.log(held.level.to_numpy())
    x = logs[:, 0]
    growth = (logs[:, -1] - x) / held.years if held.growth is None else held.growth
    if np.ptp(x) <= 1e-12 * max(np.abs(x).max(), 1.0):
        raise ValueError(f"all units{held.where} have one initial level ({np.exp(x[0]):g}): none is behind another")
    options: dict[str, Any] = {"robust": {"cov_type": "HC1"}, "classical": {}}.get(vcov, {"cov_type": "cluster"})
    if vcov == "cluster":
        options["cov_kwds"] = {"groups": held.cluster}
    # centred, so that the covariance keeps its digits; the constant is moved back
    fit = OLS(growth, np.column_stack([np.ones(len(x)), x - x.mean()])).fit(use_t=True, **options)
    back = np.array([[1.0, -x.mean()], [0.0, 1.0]])
    error = np.sqrt(np.diagonal(back @ fit.cov_params() @ back.T))
    freedom = float(held.cluster.max() if vcov == "cluster" else len(x) - 2)
    alpha, slope = back @ fit.params
    both = intervals(np.array([alpha, slope]), error, freedom)
    first, second = ({name: float(values[i]) for name, values in both.items()} for i in (0, 1))
    rate, half = _speed(slope, second, held.years, held.years)
    printed_rate, printed_half = _speed(slope, second, 1.0, held.years)
    found = [
        {"term": "alpha", "estimate": alpha, **first, "unit": "log points per year"},
        {"term": "beta", "estimate": slope, **second, "unit": "log points per year per log point"},
        {"term": "lambda", **rate, "unit": "per year"},
        {"term": "half_life", **half, "unit": "years"},
        {"term": "reat_lambda", **printed_rate, "unit": "per year, as R's REAT defines it"},
        {"term": "reat_half_life", **printed_half, "unit": "years, as R's REAT defines it"},
        {"term": "r2", "estimate": float(fit.rsquared), "unit": "fraction of variance"},
        {"term": "units", "estimate": float(len(x)), "unit": "units"},
    ]
    points = pd.DataFrame({"unit": held.level.index, "log_initial": x, "growth": growth})
    return pd.DataFrame(found), points, _beta_cautions(held, vcov, slope, rate, half)


def _speed(
    slope: float, interval: Mapping[str, float], scale: float, years: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Speed and half-life with errors by the delta method; intervals from the ends of that of beta."""

    def speed(value: float) -> float:
        inner = 1 + scale * value
        return -np.log(inner) / years if inner > 0 else np.inf

    rate = speed(slope)
    ends = {"conf_low": speed(interval["conf_high"]), "conf_high": speed(interval["conf_low"])}
    if not np.isfinite(rate):
        return {"estimate": np.nan}, {"estimate": np.nan}
    error = interval["std_error"] * scale / years / (1 + scale * slope)
    out = {"estimate": rate, "std_error": error, "statistic": rate / error if error > 0 else np.nan,
           "p_value": interval["p_value"], **ends}  # fmt: skip
    if rate <= 0:
        return out, {"estimate": np.nan}
    life = {name: np.log(2) / value if value > 0 else np.inf for name, value in ends.items()}
    return out, {"estimate": np.log(2) / rate, "std_error": np.log(2) / rate**2 * error,
                 "conf_low": life["conf_high"], "conf_high": life["conf_low"]}  # fmt: skip


def _beta_cautions(held: Lot, vcov: str, slope: float, rate: Mapping, half: Mapping) -> list[str]:
    said = []
    if slope >= 0:
        said.append(f"beta{held.where} is not below zero: levels do not draw together, and there is no half-life")
    elif np.isnan(rate["estimate"]):
        said.append(f"beta{held.where} is below -1 / T: units overtake each other, and no speed is defined")
    elif not np.isfinite(half["conf_high"]):
        said.append(f"the interval of beta{held.where} includes zero, so that of the half-life has no upper end")
    if vcov == "cluster" and held.cluster.max() + 1 < 40:
        said.append(f"{held.cluster.max() + 1} clusters{held.where}: with fewer than 40 errors are too small too often")
    return said


def sigma(held: Lot, measure: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Measure the spread in every period, its change and its trend, with units (or clusters) as draws.

    Parameters
    ----------
    held : Lot
    measure : {"sd-log", "cv", "cv-log"}

    Returns
    -------
    (DataFrame, DataFrame, list of str)
        Terms with their statistics, the spread by period, cautions.

    Raises
    ------
    ValueError
        If levels do not differ in a period, or the mean of the logs is not positive for "cv-log".
    """
    level, periods = held.level.to_numpy(), held.level.columns.to_numpy(dtype=float)
    logs = np.log(level)
    for values, period in zip(logs.T, periods, strict=True):
        if np.ptp(values) <= 1e-12 * max(np.abs(values).max(), 1.0):
            raise ValueError(f"all units{held.where} have one level in {period:g}: there is no spread to compare")
    if measure == "cv-log" and (logs.mean(axis=0) <= 0).any():
        raise ValueError(
            f'spread="cv-log": the mean of the logs{held.where} is not positive, so their coefficient of variation has '
            'no meaning; it depends on the unit of the levels, which "sd-log" does not'
        )
    values = level if measure == "cv" else logs
    mean, away = values.mean(axis=0), values - values.mean(axis=0)
    deviation = np.sqrt((away**2).mean(axis=0))
    influence = (away**2 - deviation**2) / (2 * deviation)
    spread = deviation
    if measure != "sd-log":
        spread = deviation / mean
        influence = influence / mean - deviation / mean**2 * away
    n = len(level)
    draws = np.arange(n) if held.cluster is None else held.cluster
    scores = np.stack([np.bincount(draws, column) for column in influence.T], axis=1) / n
    count = len(scores)
    covariance = scores.T @ scores * count / (count - 1)
    middle = periods - periods.mean()
    size = len(periods)
    first, last = np.eye(size)[0], np.eye(size)[-1]
    ratio = spread[0] / spread[-1]
    slopes = {
        "first": (first, spread[0]), "last": (last, spread[-1]), "change": (last - first, spread[-1] - spread[0]),
        "quotient": (first / spread[-1] - last * ratio / spread[-1], ratio),
        "trend": (middle / (middle @ middle), middle @ spread / (middle @ middle)),
    }  # fmt: skip
    unit = "log points" if measure == "sd-log" else "coefficient of variation" + " of logs" * (measure == "cv-log")
    units = {"quotient": "first / last", "trend": f"{unit} per year"}
    found = []
    for term, (gradient, estimate) in slopes.items():
        against = 1.0 if term == "quotient" else 0.0
        error = np.sqrt(gradient @ covariance @ gradient)
        about = {name: float(value) for name, value in
                 intervals(np.array(estimate - against), np.array(error), count - 1).items()}  # fmt: skip
        about.update(conf_low=about["conf_low"] + against, conf_high=about["conf_high"] + against)
        if term in ("first", "last"):
            del about["statistic"], about["p_value"]
        found.append({"term": term, "estimate": estimate, **about, "unit": units.get(term, unit)})
    test = logs[:, 0].var() / logs[:, -1].var()
    tails = stats.f.sf(test, n - 1, n - 1), stats.f.cdf(test, n - 1, n - 1)
    found += [
        {"term": "f_test", "estimate": test, "p_value": 2 * min(tails), "unit": "variance of logs, first / last"},
        {"term": "units", "estimate": float(n), "unit": "units"},
    ]
    points = pd.DataFrame({
        "time": held.level.columns, "units": n, "sd_log": logs.std(axis=0),
        "cv": level.std(axis=0) / level.mean(axis=0),
        "cv_log": np.where(logs.mean(axis=0) > 0, logs.std(axis=0) / logs.mean(axis=0), np.nan),
    })  # fmt: skip
    few = held.cluster is not None and count < 40
    said = [f"{count} clusters{held.where}: with fewer than 40 errors are too small too often"] if few else []
    return pd.DataFrame(found), points, said
