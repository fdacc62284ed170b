"""Measure the methods beside their peers, in one run on one machine: python benchmarks/speed.py [--large].

Writes `benchmarks/speed.csv`: seconds (the best of three, reading included, imports not), peak memory, and the ratio to
the first contender of each comparison. Answers are compared before times are.
"""

from __future__ import annotations

import datetime
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from contenders import data, wages

HERE = Path(__file__).parent
COMPARISONS = {
    "Melitz-Polanec, 10 million firm-years, 80 industries, 10 years": {
        "dynamics_ours": "an.firm_dynamics, with standard errors",
        "dynamics_sql": "DuckDB query written by hand, without",
        "dynamics_pandas": "vectorised pandas, without",
    },
    "Olley-Pakes, 10 million firm-years, 800 cells": {
        "olley_ours": "an.olley_pakes, with standard errors",
        "olley_sql": "DuckDB query written by hand, without",
        "olley_pandas": "vectorised pandas, without",
    },
    "Oaxaca-Blinder, 100,000 rows, 20 regressors, 500 clusters": {
        "oaxaca_ours": "an.oaxaca_blinder, clustered errors",
        "oaxaca_statsmodels": "statsmodels, default bootstrap of 5,000 (10 draws timed, scaled)",
    },
    "Errors of an Olley-Pakes covariance, 100,000 firms": {
        "delta": "delta method",
        "bootstrap": "Poisson bootstrap, 10,000 draws",
    },
}
LARGE = {
    "Melitz-Polanec, 100 million firm-years, DuckDB held to 5 GB": {
        "dynamics_ours_large": "an.firm_dynamics, with standard errors"
    }
}


def run(name: str, folder: Path, times: int) -> dict[str, float]:
    """Run a contender in processes of its own and keep the quickest."""
    found = []
    for _ in range(times):
        out = subprocess.run([sys.executable, str(HERE / "contenders.py"), name, str(folder)], check=True,
                             capture_output=True, text=True)  # fmt: skip
        found.append(json.loads(out.stdout.splitlines()[-1]))
    return min(found, key=lambda one: one["seconds"])


def processor() -> str:
    """Return the name of the processor, as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main(large: bool) -> None:
    """Draw the data, run every comparison, check that answers agree, write the table."""
    import os

    machine = {
        "processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(),
        "duckdb": version("duckdb"), "pandas": version("pandas"), "date": datetime.date.today().isoformat(),
    }  # fmt: skip
    path, rows = HERE / "speed.csv", []
    with tempfile.TemporaryDirectory() as name:
        folder, warm = Path(name), Path(name) / "warm"
        warm.mkdir()
        for where, rows_of in ((folder, 10_000_000), (warm, 20_000)):
            data(where, rows_of, "register.parquet")
            data(where, min(rows_of, 100_000), "sample.parquet")
            wages(where, min(rows_of // 100, 100_000))
        if large:
            data(warm, 20_000, "large.parquet")
            data(folder, 100_000_000, "large.parquet")
        for comparison, contenders in {**COMPARISONS, **(LARGE if large else {})}.items():
            first = None
            for contender, words in contenders.items():
                one = run(contender, folder, 1 if contender.endswith("large") else 3)
                first = first or one
                answers = set(first) & set(one) - {"seconds", "megabytes", "error"}
                assert all(np.isclose(first[a], one[a], rtol=1e-6) for a in answers), (contender, first, one)
                rows.append({
                    "comparison": comparison, "contender": words, "seconds": one["seconds"],
                    "megabytes": one["megabytes"], "ratio": one["seconds"] / first["seconds"], **machine,
                })  # fmt: skip
                print(f"{comparison}: {words}: {one['seconds']:.2f} s, {one['megabytes']:.0f} MB", file=sys.stderr)
    table = pd.DataFrame(rows)
    if not large and path.exists():
        held = pd.read_csv(path)
        table = pd.concat([table, held[held["comparison"].isin(LARGE)]], ignore_index=True)
    table.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")


if __name__ == "__main__":
    main("--large" in sys.argv)
