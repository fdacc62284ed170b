"""Do 95 % intervals cover? Seeded replications on synthetic firms whose truth is known, for every method with errors.

A batch of replications is one stacked table: methods with ``by=`` take every replication as a group, so two thousand
replications cost a scan. The truth is the same estimator on one draw of many firms. Results are kept in
`benchmarks/coverage.csv`; a test draws a batch of each design again and finds the same counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import analysis as an

FIRMS, CLUSTERS, BATCH, BATCHES = 5_000, 50, 250, 8
TRUTH_FIRMS, TRUTH_CLUSTERS = 2_000_000, 20_000
COLUMNS = ["method", "errors", "component", "batch", "replications", "covered", "truth", "mean_error_ratio"]

Draw = Callable[[np.random.Generator, int, int, int], pd.DataFrame]


@dataclass(frozen=True)
class Case:
    """A method on a design.

    Parameters
    ----------
    draw : callable
        (generator, replications, firms, clusters) -> stacked table with columns replication and cluster.
    estimate : callable
        (table, by, cluster) -> tidy table of the estimator.
    stacked : bool
        Whether the estimator takes replications as groups; otherwise it runs once for each.
    """

    draw: Draw
    estimate: Callable[..., pd.DataFrame]
    stacked: bool = True


def _shocks(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> tuple[np.ndarray, ...]:
    """Replication and cluster of every firm, and a shock common to the cluster."""
    replication = np.repeat(np.arange(replications), firms)
    cluster = np.tile(np.arange(firms) % clusters, replications)
    common = rng.normal(0, 0.15, (replications, clusters))[replication, cluster]
    return replication, cluster, common


def cross_section(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Firms of lognormal size; the larger are the more productive."""
    replication, cluster, common = _shocks(rng, replications, firms, clusters)
    size = rng.normal(size=len(replication))
    productivity = 1 + 0.3 * size + common + rng.normal(0, 0.5, len(replication))
    category = rng.integers(0, 3, len(replication))
    return pd.DataFrame({
        "replication": replication, "cluster": cluster, "jobs": np.exp(0.5 * size), "productivity": productivity,
        "category": category, "value": np.exp(0.4 * productivity + 0.3 * category),
    })  # fmt: skip


def panel(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Draw firms in two years: one in six has left by the second, one in six is new in it."""
    replication, cluster, common = _shocks(rng, replications, firms, clusters)
    count = len(replication)
    fate = rng.random(count)
    size, talent, sector = rng.normal(size=count), rng.normal(0, 0.4, count), rng.integers(0, 4, count)
    leaving = fate >= 5 / 6
    frames = []
    for year in (0, 1):
        here = ~leaving if year else fate >= 1 / 6
        noise = rng.normal(0, 0.2, (2, count))
        productivity = 1 + 0.2 * sector + 0.2 * size + talent + common * (1 + year) / 2 + noise[1] + 0.1 * year
        frames.append(pd.DataFrame({
            "replication": replication, "cluster": cluster, "firm": np.arange(count), "year": year, "sector": sector,
            "jobs": np.exp(0.4 * size + noise[0] + 0.1 * year * sector), "productivity": productivity - 0.3 * leaving,
        })[here])  # fmt: skip
    table = pd.concat(frames, ignore_index=True)
    return table.assign(output=np.exp(0.3 * table["productivity"]) * table["jobs"])


def regression(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Two groups with other regressors and other returns, errors of unequal spread."""
    replication, cluster, common = _shocks(rng, replications, firms, clusters)
    count = len(replication)
    group = rng.random(count) < 0.45
    x = rng.normal(0.5 * group, 1)
    kind = np.minimum(rng.integers(0, 3, count) + (group & (rng.random(count) < 0.3)), 2)
    noise = rng.normal(0, 0.6, count) * (1 + 0.3 * np.tanh(x))
    y = 2 + 0.4 * x + 0.2 * group * x + 0.1 * kind + 0.3 * group + common + noise
    return pd.DataFrame({
        "replication": replication, "cluster": cluster, "group": np.where(group, "a", "b"), "x": x,
        "kind": np.array(["low", "mid", "high"])[kind], "y": y, "positive": np.exp(0.3 * y),
    })  # fmt: skip


def _dynamics(method: str) -> Case:
    def estimate(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
        return an.firm_dynamics(
            table, firm="firm", time="year", productivity="productivity", weight="jobs", by=by, method=method,
            cluster=cluster,
        ).tidy().drop(columns="year")  # fmt: skip

    return Case(panel, estimate)


def _olley_pakes(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    return an.olley_pakes(table, productivity="productivity", weight="jobs", by=by, cluster=cluster).tidy()


def _entropy(alpha: float) -> Case:
    def estimate(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
        return an.generalised_entropy(
            table, value="value", weight="jobs", group="category", by=by, alpha=alpha, cluster=cluster
        ).tidy()

    return Case(cross_section, estimate)


def _oaxaca(**options: Any) -> Case:
    def estimate(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
        return an.oaxaca_blinder("y ~ x + C(kind)", table, group="group", cluster=cluster, **options).tidy()

    return Case(regression, estimate, stacked=False)


def _kitagawa(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    return an.kitagawa(
        table, group="group", category="kind", rate="y", reference="b", microdata=True, cluster=cluster
    ).tidy()  # fmt: skip


def _shift_share(method: str) -> Case:
    def estimate(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
        return an.shift_share(
            table, sector="sector", time="year", output="output", labour="jobs", method=method, by=by, firm="firm",
            cluster=cluster,
        ).tidy()  # fmt: skip

    return Case(panel, estimate)


def _rif(statistic: str, outcome: str, at: float = 0.5) -> Case:
    def estimate(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
        result = an.rif_regression(f"{outcome} ~ x", table, statistic=statistic, at=at, cluster=cluster)
        return result.tidy().rename(columns={"term": "component"})

    return Case(regression, estimate, stacked=False)


CASES: dict[str, Case] = {
    "olley_pakes": Case(cross_section, _olley_pakes),
    **{
        f"firm_dynamics, {method}": _dynamics(method)
        for method in (
            "melitz-polanec", "foster-haltiwanger-krizan", "griliches-regev", "baily-hulten-campbell", "diewert-fox",
        )
    },
    "generalised_entropy, alpha 1": _entropy(1),
    "generalised_entropy, alpha 0": _entropy(0),
    "shift_share, within-between": _shift_share("within-between"),
    "shift_share, three-term": _shift_share("three-term"),
    "kitagawa": Case(regression, _kitagawa, stacked=False),
    "oaxaca_blinder, pooled": _oaxaca(),
    "oaxaca_blinder, threefold": _oaxaca(threefold=True),
    "rif_regression, variance": _rif("variance", "y"),
    "rif_regression, gini": _rif("gini", "positive"),
    "rif_regression, median": _rif("quantile", "y"),
}  # fmt: skip


def truth(case: Case, seed: int = 987) -> pd.Series:
    """Return the components on one draw of two million firms, indexed by component."""
    table = case.draw(np.random.default_rng(seed), 1, TRUTH_FIRMS, TRUTH_CLUSTERS)
    return case.estimate(table, None, None).set_index("component")["estimate"]


def batch(name: str, clustered: bool, number: int, true: pd.Series, replications: int = BATCH) -> pd.DataFrame:
    """Run one batch of replications of a case.

    Parameters
    ----------
    name : str
        A key of `CASES`.
    clustered : bool
        Errors by cluster; otherwise firms are drawn without common shocks and taken as independent.
    number : int
        Number of the batch; it seeds the draw.
    true : Series
        From `truth`.
    replications : int

    Returns
    -------
    DataFrame
        One row per component: replications, covered (how many intervals hold the truth), truth, and the mean standard
        error over the spread of the estimates.
    """
    case = CASES[name]
    rng = np.random.default_rng([number, clustered, sum(map(ord, name))])
    table = case.draw(rng, replications, FIRMS, CLUSTERS if clustered else FIRMS)
    cluster = "cluster" if clustered else None
    if case.stacked:
        tidy = case.estimate(table, "replication", cluster)
    else:
        runs = [case.estimate(rows, None, cluster) for _, rows in table.groupby("replication")]
        tidy = pd.concat(runs, ignore_index=True)
    value = tidy["component"].map(true)
    tidy = tidy.assign(inside=(tidy["conf_low"] <= value) & (value <= tidy["conf_high"]))
    found = tidy.groupby("component", sort=False).agg(
        replications=("inside", "size"), covered=("inside", "sum"), spread=("estimate", "std"),
        error=("std_error", "mean"),
    )  # fmt: skip
    found = found.assign(truth=true, mean_error_ratio=found["error"] / found["spread"]).reset_index()
    errors = f"{CLUSTERS} clusters" if clustered else "independent firms"
    return found.assign(method=name, errors=errors, batch=number)[COLUMNS]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Add the batches of every case up: the share of intervals that cover.

    Parameters
    ----------
    table : DataFrame
        As `batch` returns.

    Returns
    -------
    DataFrame
        method, errors, component, replications, coverage (a fraction), mean_error_ratio.
    """
    grouped = table.groupby(["method", "errors", "component"], sort=False)
    out = grouped.agg(
        replications=("replications", "sum"), covered=("covered", "sum"), mean_error_ratio=("mean_error_ratio", "mean")
    ).reset_index()
    out = out.assign(coverage=out["covered"] / out["replications"])
    return out[["method", "errors", "component", "replications", "coverage", "mean_error_ratio"]]


def fat_tailed(index: float, number: int, replications: int, firms: int) -> pd.DataFrame:
    """Draw firms whose sizes follow a Pareto law and whose productivity rises with the logarithm of size."""
    rng = np.random.default_rng([number, int(1000 * index)])
    replication = np.repeat(np.arange(replications), firms)
    size = rng.pareto(index, len(replication)) + 1
    productivity = 0.2 * np.log(size) + rng.normal(0, 0.5, len(replication))
    return pd.DataFrame({"replication": replication, "jobs": size, "productivity": productivity})


def fat_tails(index: float, number: int, replications: int = 100, firms: int = 50_000) -> pd.DataFrame:
    """Run the Olley-Pakes covariance on fat-tailed firms, where normal intervals may fail.

    Parameters
    ----------
    index : float
        Pareto index of size, above one; the tail is fatter the closer it is to one.
    number : int
        Number of the batch; it seeds the draw.
    replications, firms : int

    Returns
    -------
    DataFrame
        One row: index, batch, replications, covered, flagged (how many results mark their own interval unreliable),
        median effective number of firms and median share of variance from the ten largest.
    """
    table = fat_tailed(index, number, replications, firms)
    result = an.olley_pakes(table, productivity="productivity", weight="jobs", by="replication")
    tidy = result.tidy().query("component == 'covariance'")
    weak = result.reliability().query("component == 'covariance'")
    # E[s log s] / E[s] - E[log s] for a Pareto size s, in closed form
    true = 0.2 / (index * (index - 1))
    covered = int(((tidy["conf_low"] <= true) & (true <= tidy["conf_high"])).sum())
    return pd.DataFrame([{
        "index": index, "batch": number, "replications": replications, "covered": covered,
        "flagged": int((~weak["reliable"]).sum()), "effective_firms": weak["effective_firms"].median(),
        "ten_share": weak["ten_share"].median(),
    }])  # fmt: skip
