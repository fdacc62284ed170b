"""Synthetic data whose truth is known: the draws on which intervals are put to the test, and what a case is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRMS, CLUSTERS, BATCH, REPLICATIONS = 5_000, 50, 250, 2_000

Draw = Callable[[np.random.Generator, int, int, int], pd.DataFrame]


@dataclass(frozen=True)
class Setting:
    """How the rows of a draw depend on each other, and what the errors are told of it.

    Parameters
    ----------
    errors : str
        In words, for the table.
    clusters : int
        With shocks in common.
    clustered : bool
        Whether the method is given the column cluster.
    """

    errors: str
    clusters: int
    clustered: bool


MANY = (Setting("independent firms", FIRMS, False), Setting(f"{CLUSTERS} clusters", CLUSTERS, True))
COUNTRIES, STUDIES, UNITS = 12, 8, 40
FEW = {count: Setting(f"{count} {of}", count, clustered)
       for count, of, clustered in ((COUNTRIES, "clusters", True), (STUDIES, "studies", False), (UNITS, "units", False))
       }  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A method on a design.

    Parameters
    ----------
    draw : callable
        (generator, replications, firms, clusters) -> stacked table with columns replication and cluster.
    estimate : callable
        (table, by, cluster) -> tidy table of the estimator, its estimates named by component.
    stacked : bool
        Whether the estimator takes replications as groups; otherwise it runs once for each.
    firms : int
        Rows of a replication (for panels, firms).
    settings : tuple of Setting
    batch : int
        Replications of a batch.
    known : mapping of str to float, optional
        The truth, where the design says it; otherwise the estimate on one draw of many firms.
    of_rows : callable, optional
        Table -> the true components of its rows, for errors that take the regressors as they are: an interval is held
        against the truth of the rows at hand.
    """

    draw: Draw
    estimate: Callable[..., pd.DataFrame]
    stacked: bool = True
    firms: int = FIRMS
    settings: tuple[Setting, ...] = MANY
    batch: int = BATCH
    known: Mapping[str, float] | None = None
    of_rows: Callable[[pd.DataFrame], pd.Series] | None = None


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


AT_X, AT_LARGE = 0.7, 0.5
"""Coefficients of the logit behind `shares`."""
WITHIN = 0.3
"""Coefficient behind `firm_years`."""
ODDS = 0.5
"""Mean coefficient of the log-odds over the countries of `countries`."""
POOLED, BETWEEN = 0.3, 0.2
"""Mean and standard deviation of the true effects of `studies`."""
SPEED, YEARS = 0.02, 20
"""Yearly speed of convergence of `growing`, and over how many years."""


def shares(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Firms with a share whose mean is logistic exactly; one share in five is 0 or 1. Effects of each row beside it."""
    replication, cluster, common = _shocks(rng, replications, firms, clusters)
    count = len(replication)
    x = rng.normal(size=count) + rng.normal(0, 0.4, (replications, clusters))[replication, cluster]
    large = rng.random(count) < 0.4
    low = -0.6 + AT_X * x
    without, having = (1 / (1 + np.exp(-index)) for index in (low, low + AT_LARGE))
    mean = np.where(large, having, without)
    # between 0 and 1, symmetric about the mean, in part common to the cluster
    share = mean + mean * (1 - mean) * (0.5 * np.tanh(6 * common) + 0.5 * rng.uniform(-1, 1, count))
    share = np.where(rng.random(count) < 0.2, rng.random(count) < share, share)
    return pd.DataFrame({
        "replication": replication, "cluster": cluster, "x": x, "large": large.astype(int), "share": share,
        "effect_x": AT_X * mean * (1 - mean), "effect_large": having - without,
    })  # fmt: skip


def effects_of_rows(table: pd.DataFrame) -> pd.Series:
    """Return the average marginal effects on the rows of `shares`."""
    return table[["effect_x", "effect_large"]].mean().rename(lambda name: name.removeprefix("effect_"))


def firm_years(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Firms in four years; errors last within a firm and are in part those of its cluster and year."""
    replication, cluster, _ = _shocks(rng, replications, firms, clusters)
    count, years = len(replication), 4
    talent, lasting = rng.normal(size=count), np.zeros(count)
    frames = []
    for year in range(years):
        both = rng.normal(0, 0.3, (2, replications, clusters))[:, replication, cluster]
        lasting = 0.6 * lasting + rng.normal(0, 0.5, count)
        x = 0.5 * talent + 0.2 * year + both[0] + rng.normal(0, 0.7, count)
        y = WITHIN * x + talent + 0.1 * year**2 + both[1] + lasting * (1 + 0.3 * np.tanh(x))
        frames.append(pd.DataFrame({
            "replication": replication, "cluster": cluster, "firm": np.arange(count), "year": year, "x": x, "y": y,
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def countries(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Shares in a few countries, each with a coefficient of its own, and regressors of unequal spread."""
    replication, cluster, _ = _shocks(rng, replications, firms, clusters)
    of_country = rng.normal(size=(3, replications, clusters))[:, replication, cluster]
    x = rng.normal(size=len(replication)) * np.exp(0.5 * of_country[0])
    odds = -0.5 + (ODDS + 0.4 * of_country[1]) * x + of_country[2] + rng.normal(0, 0.8, len(replication))
    return pd.DataFrame({"replication": replication, "cluster": cluster, "x": x, "share": 1 / (1 + np.exp(-odds))})


def studies(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Draw effects of a few studies, whose true effects differ, with standard errors that are known."""
    replication, cluster, _ = _shocks(rng, replications, firms, clusters)
    error = rng.uniform(0.1, 0.4, len(replication))
    effect = POOLED + rng.normal(0, BETWEEN, len(replication)) + rng.normal(0, error)
    return pd.DataFrame({"replication": replication, "cluster": cluster, "effect": effect, "error": error})


def growing(rng: np.random.Generator, replications: int, firms: int, clusters: int) -> pd.DataFrame:
    """Draw levels of a few units at two times: gaps to the common path close at `SPEED` a year."""
    replication, cluster, _ = _shocks(rng, replications, firms, clusters)
    start = rng.normal(3, 0.8, len(replication))
    end = 3.4 + (start - 3) * np.exp(-SPEED * YEARS) + rng.normal(0, 0.25, len(replication))
    frame = pd.DataFrame({"replication": replication, "cluster": cluster, "unit": cluster})
    ends = [frame.assign(year=year, level=np.exp(log)) for year, log in ((0, start), (YEARS, end))]
    return pd.concat(ends, ignore_index=True)
