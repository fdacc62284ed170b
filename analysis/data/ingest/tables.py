"""Every table of the data package and how it is assembled from the publishers' files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.data.ingest import tables_ai, tables_macro, tables_models, tables_sector, tables_size, tables_support

TABLES: dict[str, Callable[[Path], pd.DataFrame]] = {
    **tables_macro.TABLES,
    **tables_sector.TABLES,
    **tables_size.TABLES,
    **tables_ai.TABLES,
    **tables_support.TABLES,
    **tables_models.TABLES,
}
"""Table name to a function from the folder of source files to the tidy table."""
