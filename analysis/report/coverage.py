"""Do 95 % intervals cover? Seeded replications on synthetic firms whose truth is known, for every method with errors.

A batch of replications is one stacked table: methods with ``by=`` take every replication as a group, so two thousand
replications cost a scan. The truth is the same estimator on one draw of many firms, or said by the design. Results are
kept in `benchmarks/coverage.csv`; a test draws a batch of each design again and finds the same counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import analysis as an
from analysis import inference
from analysis.report import coverage_designs as designs
from analysis.report.coverage_designs import (
    BATCH,
    CLUSTERS,
    FIRMS,
    REPLICATIONS,
    Case,
    Setting,
    cross_section,
    panel,
    regression,
)

__all__ = [
    "BATCH", "CASES", "CLUSTERS", "COLUMNS", "FEW", "FIRMS", "MANY", "REPLICATIONS", "TRUTH_FIRMS", "batch",
    "cross_section", "fat_tailed", "fat_tails", "panel", "printed", "regression", "summary", "truth",
]  # fmt: skip

TRUTH_FIRMS, TRUTH_CLUSTERS = 2_000_000, 20_000
COLUMNS = ["method", "errors", "component", "batch", "replications", "covered", "truth", "mean_error_ratio"]
FEW = tuple(setting.errors for setting in designs.FEW.values())
"""Settings with few units, where the choice of the interval matters."""
MANY = tuple(setting.errors for setting in designs.MANY)


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


def _fractional(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    return an.fractional_logit("share ~ x + large", table, cluster=cluster).tidy().rename(columns={"term": "component"})


def _within(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    result = an.fixed_effects("y ~ x | firm + year", table, cluster=cluster or "firm")
    return result.tidy().rename(columns={"term": "component"})


def _log_odds(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    wild = an.log_odds("share ~ x", table, absorb="cluster", cluster=cluster).tidy()
    plain = inference.intervals(wild["estimate"], wild["std_error"], designs.COUNTRIES - 1)
    kinds = {"x, wild cluster bootstrap": wild, "x, Student's t of clustered errors": wild.assign(**plain)}
    return pd.concat([one.assign(component=name) for name, one in kinds.items()], ignore_index=True)


def _pooled(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    kinds = {"pooled, normal interval": "normal", "pooled, Knapp-Hartung": "knapp-hartung"}
    runs = [
        an.meta_analysis(table, effect="effect", std_error="error", errors=errors).tidy()
        .query("component == 'pooled'").assign(component=name)
        for name, errors in kinds.items()
    ]  # fmt: skip
    return pd.concat(runs, ignore_index=True)


def _converging(table: pd.DataFrame, by: Any, cluster: str | None) -> pd.DataFrame:
    tidy = an.convergence(table, unit="unit", time="year", level="level").tidy().rename(columns={"term": "component"})
    return tidy[tidy["component"].isin(["lambda", "half_life"])]


def _few(draw: Any, estimate: Any, units: int, rows: int, **known: float) -> Case:
    setting = (designs.FEW[units],)
    return Case(draw, estimate, stacked=False, firms=rows, settings=setting, batch=100, known=known)


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
    "fractional_logit": Case(
        designs.shares, _fractional, stacked=False, batch=100, of_rows=designs.effects_of_rows
    ),
    "fixed_effects": Case(
        designs.firm_years, _within, stacked=False, firms=500, batch=100, known={"x": designs.WITHIN}
    ),
    "log_odds": _few(designs.countries, _log_odds, designs.COUNTRIES, 240, **{
        "x, wild cluster bootstrap": designs.ODDS, "x, Student's t of clustered errors": designs.ODDS,
    }),
    "meta_analysis": _few(designs.studies, _pooled, designs.STUDIES, designs.STUDIES, **{
        "pooled, normal interval": designs.POOLED, "pooled, Knapp-Hartung": designs.POOLED,
    }),
    "convergence": _few(designs.growing, _converging, designs.UNITS, designs.UNITS, **{
        "lambda": designs.SPEED, "half_life": np.log(2) / designs.SPEED,
    }),
}  # fmt: skip


def truth(case: Case, seed: int = 987) -> pd.Series:
    """Return the true components: as the design says, or on one draw of two million firms, indexed by component."""
    if case.known is not None:
        return pd.Series(case.known)
    table = case.draw(np.random.default_rng(seed), 1, TRUTH_FIRMS, TRUTH_CLUSTERS)
    if case.of_rows is not None:
        return case.of_rows(table)
    return case.estimate(table, None, None).set_index("component")["estimate"]


def batch(name: str, setting: Setting, number: int, true: pd.Series) -> pd.DataFrame:
    """Run one batch of replications of a case.

    Parameters
    ----------
    name : str
        A key of `CASES`.
    setting : Setting
        One of the case's.
    number : int
        Number of the batch; it seeds the draw.
    true : Series
        From `truth`.

    Returns
    -------
    DataFrame
        One row per component: replications, covered (how many intervals hold the truth), truth, and the mean standard
        error over the spread of the estimates.
    """
    case = CASES[name]
    rng = np.random.default_rng([number, setting.clustered, sum(map(ord, name))])
    table = case.draw(rng, case.batch, case.firms, min(setting.clusters, case.firms))
    cluster = "cluster" if setting.clustered else None
    if case.stacked:
        tidy = case.estimate(table, "replication", cluster)
        value = tidy["component"].map(true)
    else:
        runs, values = [], []
        for _, rows in table.groupby("replication"):
            runs.append(case.estimate(rows, None, cluster))
            values.append(runs[-1]["component"].map(true if case.of_rows is None else case.of_rows(rows)))
        tidy, value = pd.concat(runs, ignore_index=True), pd.concat(values, ignore_index=True)
    inside = (tidy["conf_low"] <= value) & (value <= tidy["conf_high"])
    tidy = tidy.assign(inside=inside, off=tidy["estimate"] - value)
    found = tidy.groupby("component", sort=False).agg(
        replications=("inside", "size"), covered=("inside", "sum"), spread=("off", "std"),
        error=("std_error", "mean"),
    )  # fmt: skip
    found = found.assign(truth=true, mean_error_ratio=found["error"] / found["spread"]).reset_index()
    return found.assign(method=name, errors=setting.errors, batch=number)[COLUMNS]


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


def printed(runs: pd.DataFrame, settings: tuple[str, ...]) -> pd.DataFrame:
    """Return the shares of intervals that cover as a table to print.

    Parameters
    ----------
    runs : DataFrame
        From `summary`.
    settings : tuple of str
        `MANY`, one column each, or `FEW`, named in a column.

    Returns
    -------
    DataFrame
        Method, Component, and shares in percent, as text.
    """
    runs = runs[runs["errors"].isin(settings)]
    shares = (100 * runs["coverage"]).map("{:.1f}".format)
    table = runs.assign(Method=runs["method"], Component=runs["component"].str.replace("_", " "), share=shares)
    if settings == FEW:
        table = table.rename(columns={"errors": "Drawn from", "share": "Holds the truth, %"})
        return table[["Method", "Component", "Drawn from", "Holds the truth, %"]].reset_index(drop=True)
    order = table[["Method", "Component"]].drop_duplicates()
    wide = table.pivot(index=["Method", "Component"], columns="errors", values="share").rename(columns="{}, %".format)
    return order.merge(wide.reset_index(), on=["Method", "Component"])[
        ["Method", "Component", *(f"{one}, %" for one in settings)]
    ]


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
