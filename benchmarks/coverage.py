"""Run the replications behind `coverage.csv` and `fat_tails.csv`: python benchmarks/coverage.py [method ...]."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from analysis.report import coverage

FOLDER = Path(__file__).parent
# numba imports a package of the name of this file
sys.path[:] = [path for path in sys.path if Path(path).resolve() != FOLDER.resolve()]
INDICES = (1.06, 1.2, 1.5, 2.0, 2.5, 3.5, 4.5)


def main(names: list[str]) -> None:
    """Run every case, or those named, and write the results after each."""
    path = FOLDER / "coverage.csv"
    held = pd.read_csv(path) if names and path.exists() else pd.DataFrame(columns=coverage.COLUMNS)
    for name, case in coverage.CASES.items():
        if names and not any(name.startswith(one) for one in names):
            continue
        start = time.perf_counter()
        true = coverage.truth(case)
        runs = [coverage.batch(name, setting, number, true)
                for setting in case.settings for number in range(coverage.REPLICATIONS // case.batch)]  # fmt: skip
        kept = held[held["method"] != name]
        held = pd.concat([frame for frame in (kept, *runs) if len(frame)], ignore_index=True)
        order = list(coverage.CASES)
        held = held.sort_values("method", key=lambda column: column.map(order.index), kind="stable")
        held.to_csv(path, index=False, float_format="%.12g", lineterminator="\n")
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    if not names or "fat_tails" in names:
        tails = pd.concat([coverage.fat_tails(index, number) for index in INDICES for number in range(10)])
        tails.to_csv(FOLDER / "fat_tails.csv", index=False, float_format="%.6g", lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
