"""Contenders of the speed comparison, each run in a process of its own: python benchmarks/contenders.py NAME FOLDER.

Prints one line of JSON: seconds, peak memory in megabytes, and numbers by which the answers are compared.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DYNAMICS = dict(firm="firm", time="year", productivity="tfp", weight="jobs", by="industry", method="melitz-polanec")
PAIRS = """
    select coalesce(a.industry, b.industry) as industry, coalesce(a.year + 1, b.year) as year,
           a.jobs w0, a.tfp p0, b.jobs w1, b.tfp p1
    from register a full join register b on a.firm = b.firm and a.industry = b.industry and a.year + 1 = b.year
"""
SUMS = """
    select industry, year, count(*) filter (w0 is not null and w1 is not null) as n,
        sum(w0) filter (w1 is not null) a0, sum(w0 * p0) filter (w1 is not null) b0, sum(p0) filter (w1 is not null) c0,
        sum(w1) filter (w0 is not null) a1, sum(w1 * p1) filter (w0 is not null) b1, sum(p1) filter (w0 is not null) c1,
        coalesce(sum(w0) filter (w1 is null), 0) ax, coalesce(sum(w0 * p0) filter (w1 is null), 0) bx,
        coalesce(sum(w1) filter (w0 is null), 0) ae, coalesce(sum(w1 * p1) filter (w0 is null), 0) be
    from pairs group by 1, 2 having n > 0
"""


def _parts(t: pd.DataFrame) -> dict[str, float]:
    """Return Melitz-Polanec from totals, added over cells so that two answers can be compared."""
    first, last = t["b0"] / t["a0"], t["b1"] / t["a1"]
    mean0, mean1 = t["c0"] / t["n"], t["c1"] / t["n"]
    entry = (t["be"] - t["ae"] * last) / (t["a1"] + t["ae"])
    leave = (t["ax"] * first - t["bx"]) / (t["a0"] + t["ax"])
    parts = {"within": mean1 - mean0, "between": (last - mean1) - (first - mean0), "entry": entry, "exit": leave}
    return {name: float(values.sum()) for name, values in parts.items()}


def _tidy(result) -> dict[str, float]:
    return result.tidy().groupby("component")["estimate"].sum().drop("total").to_dict()


def _register(folder: Path, name: str):
    import duckdb

    con = duckdb.connect()
    con.execute(f"create view register as select * from '{folder / name}'")
    return con


def dynamics_ours(folder: Path, name: str = "register.parquet") -> dict[str, float]:
    """Run Melitz-Polanec with standard errors from a DuckDB relation."""
    import analysis as an

    con = _register(folder, name)
    return _tidy(an.firm_dynamics(con.table("register"), **DYNAMICS))


def dynamics_ours_large(folder: Path) -> dict[str, float]:
    """Run the same on a hundred million firm-years, with the memory of DuckDB held to 5 GB."""
    import ibis

    import analysis as an

    con = ibis.duckdb.connect(memory_limit="5GB", temp_directory=str(folder / "spill"))
    return _tidy(an.firm_dynamics(con.read_parquet(folder / "large.parquet"), **DYNAMICS))


def dynamics_sql(folder: Path) -> dict[str, float]:
    """Run a query written by hand, without standard errors."""
    con = _register(folder, "register.parquet")
    return _parts(con.execute(f"with pairs as ({PAIRS}) {SUMS}").df())


def dynamics_pandas(folder: Path) -> dict[str, float]:
    """Run vectorised pandas, without standard errors."""
    rows = pd.read_parquet(folder / "register.parquet")
    rows["wp"] = rows["jobs"] * rows["tfp"]
    before = rows.assign(year=rows["year"] + 1)
    both = before.merge(rows, on=["firm", "industry", "year"], suffixes=("0", "1"))
    keys = ["industry", "year"]
    stay = both.groupby(keys)[["jobs0", "wp0", "tfp0", "jobs1", "wp1", "tfp1"]].sum()
    stay.columns = ["a0", "b0", "c0", "a1", "b1", "c1"]
    stay["n"] = both.groupby(keys).size()
    whole0 = before.groupby(keys)[["jobs", "wp"]].sum().reindex(stay.index)
    whole1 = rows.groupby(keys)[["jobs", "wp"]].sum().reindex(stay.index)
    stay["ax"], stay["bx"] = whole0["jobs"] - stay["a0"], whole0["wp"] - stay["b0"]
    stay["ae"], stay["be"] = whole1["jobs"] - stay["a1"], whole1["wp"] - stay["b1"]
    return _parts(stay)


def olley_ours(folder: Path) -> dict[str, float]:
    """Run Olley-Pakes with standard errors from a DuckDB relation."""
    import analysis as an

    con = _register(folder, "register.parquet")
    result = an.olley_pakes(con.table("register"), productivity="tfp", weight="jobs", by=["industry", "year"])
    return result.tidy().groupby("component")["estimate"].sum().drop("aggregate").to_dict()


def olley_sql(folder: Path) -> dict[str, float]:
    """Run a query written by hand, without standard errors."""
    con = _register(folder, "register.parquet")
    query = "select avg(tfp) mean, sum(jobs * tfp) / sum(jobs) whole from register group by industry, year"
    t = con.execute(query).df()
    return {"mean": float(t["mean"].sum()), "covariance": float((t["whole"] - t["mean"]).sum())}


def olley_pandas(folder: Path) -> dict[str, float]:
    """Run vectorised pandas, without standard errors."""
    rows = pd.read_parquet(folder / "register.parquet")
    rows["wp"] = rows["jobs"] * rows["tfp"]
    grouped = rows.groupby(["industry", "year"])
    mean, sums = grouped["tfp"].mean(), grouped[["jobs", "wp"]].sum()
    return {"mean": float(mean.sum()), "covariance": float((sums["wp"] / sums["jobs"] - mean).sum())}


def _wages(folder: Path) -> tuple[pd.DataFrame, str]:
    rows = pd.read_parquet(folder / "wages.parquet")
    return rows, " + ".join(name for name in rows if name.startswith("x"))


def oaxaca_ours(folder: Path) -> dict[str, float]:
    """Run Oaxaca-Blinder with clustered errors."""
    import analysis as an

    rows, terms = _wages(folder)
    start = time.perf_counter()
    tidy = an.oaxaca_blinder(f"y ~ {terms}", rows, group="group", cluster="cluster").tidy().set_index("component")
    return {"explained": float(tidy.loc["explained", "estimate"]), "seconds": time.perf_counter() - start}


DRAWS = 10
DEFAULT_DRAWS = 5000


def oaxaca_statsmodels(folder: Path) -> dict[str, float]:
    """Run the bootstrap of statsmodels: ten draws are timed, and scaled to its default of five thousand."""
    from statsmodels.stats.oaxaca import OaxacaBlinder

    rows, _ = _wages(folder)
    exog = rows[[name for name in rows if name.startswith("x")]].assign(group=(rows["group"] == "a").astype(float))
    model = OaxacaBlinder(rows["y"], exog, "group", hasconst=False)
    start = time.perf_counter()
    found = model.two_fold(std=False, two_fold_type="pooled")
    once = time.perf_counter() - start
    start = time.perf_counter()
    model.two_fold(std=True, two_fold_type="pooled", n=DRAWS)
    each = (time.perf_counter() - start - once) / DRAWS
    return {"explained": float(found.params[1]), "seconds": once + each * DEFAULT_DRAWS}


def delta(folder: Path) -> dict[str, float]:
    """Take standard errors of an Olley-Pakes decomposition by the delta method."""
    return _errors(folder, bootstrap=False)


def bootstrap(folder: Path) -> dict[str, float]:
    """Take standard errors of the same by ten thousand draws of the bootstrap."""
    return _errors(folder, bootstrap=True)


def _errors(folder: Path, bootstrap: bool) -> dict[str, float]:
    import analysis as an

    rows = pd.read_parquet(folder / "sample.parquet")
    an.olley_pakes(rows, productivity="tfp", weight="jobs")  # imports and caches first
    start = time.perf_counter()
    result = an.olley_pakes(rows, productivity="tfp", weight="jobs")
    error = result.tidy()["std_error"].iloc[1]
    if bootstrap:
        error = result.bootstrap(10_000, 0)["bootstrap_std_error"].iloc[1]
    return {"error": float(error), "seconds": time.perf_counter() - start}



CONTENDERS: dict[str, Callable[[Path], dict[str, float]]] = {
    one.__name__: one
    for one in (
        dynamics_ours, dynamics_sql, dynamics_pandas, dynamics_ours_large, olley_ours, olley_sql, olley_pandas,
        oaxaca_ours, oaxaca_statsmodels, delta, bootstrap,
    )
}  # fmt: skip


def data(folder: Path, firm_years: int, name: str) -> None:
    """Draw a register of about `firm_years` firm-years: 80 industries, ten years, entry and exit, in random order."""
    rng = np.random.default_rng(0)
    firms = int(firm_years * 0.2321)
    start, life = rng.integers(-6, 10, firms), rng.geometric(0.1, firms)
    industry, talent = rng.integers(0, 80, firms).astype("int16"), rng.normal(0, 0.5, firms)
    frames = []
    for year in range(10):
        alive = rng.permutation(np.flatnonzero((start <= year) & (start + life > year)))
        frames.append(pd.DataFrame({
            "firm": alive, "year": np.int32(2010 + year), "industry": industry[alive],
            "tfp": talent[alive] + rng.normal(0, 0.2, len(alive)), "jobs": np.ceil(rng.lognormal(2, 1, len(alive))),
        }))  # fmt: skip
    table = pd.concat(frames, ignore_index=True)
    if firm_years <= 20_000_000:
        table = table.sample(frac=1, random_state=1, ignore_index=True)
    table.to_parquet(folder / name, index=False)


def wages(folder: Path, n: int) -> None:
    """Draw n workers, 20 regressors, 500 clusters."""
    rng, k = np.random.default_rng(1), 20
    group, x = rng.random(n) < 0.4, rng.normal(size=(n, k))
    x[group] += 0.2
    y = 1 + x @ rng.normal(0, 0.2, k) + 0.3 * group + rng.normal(size=n)
    rows = pd.DataFrame(x, columns=[f"x{i}" for i in range(k)])
    rows = rows.assign(y=y, group=np.where(group, "a", "b"), cluster=rng.integers(0, 500, n))
    rows.to_parquet(folder / "wages.parquet", index=False)


def _peak() -> float:
    """Return the peak memory of this process in megabytes (getrusage would give that of the parent if it is more)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    contender, folder = CONTENDERS[sys.argv[1]], Path(sys.argv[2])
    contender(folder / "warm")  # imports and first calls, on data of the same shape and next to no rows
    begin = time.perf_counter()
    answer = contender(folder)
    answer.setdefault("seconds", time.perf_counter() - begin)
    answer["megabytes"] = _peak()
    print(json.dumps(answer))
