"""Theme models: what published structural models print, to check ours against."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import models


def model_benchmarks(sources: Path) -> pd.DataFrame:
    """Tables of three published models of firms, with the case and the digits printed."""
    folder = sources / "policy"
    return models.read_benchmarks(folder / "benchmark_rr2008_tables.csv", folder / "benchmark_hr1993_table3.csv")


def us_establishment_sizes(sources: Path) -> pd.DataFrame:
    """Return the US size distribution of establishments that Restuccia and Rogerson start from."""
    return models.read_establishment_sizes(sources / "policy/data/rr2008_us_establishment_size_dist_2000.csv")


TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    "model_benchmarks": model_benchmarks,
    "us_establishment_sizes": us_establishment_sizes,
}
"""Table name to a function from the folder of source files to the tidy table."""
