"""Any table that the package understands as an Ibis table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa


def as_table(register: Any) -> ibis.Table:
    """Return any table that the package understands as an Ibis table; a table in memory runs on embedded DuckDB.

    Raises
    ------
    TypeError
        If it is no table, listing what is.
    ValueError
        If a path is not that of a parquet or csv file.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> import pandas as pd
    >>> as_table(pd.DataFrame({"firm": [1, 2]})).columns
    ('firm',)
    """
    if isinstance(register, ibis.Table):
        return register
    if isinstance(register, str | Path):
        path = Path(register)
        readers = {".parquet": ibis.read_parquet, ".pq": ibis.read_parquet, ".csv": ibis.read_csv}
        if path.suffix.lower() not in readers:
            raise ValueError(f"register={path.name!r}: files that can be read end in {', '.join(readers)}")
        if not path.is_file():
            raise FileNotFoundError(f"register: there is no file {path.name!r} in {str(path.parent)!r}")
        return readers[path.suffix.lower()](str(path))
    if isinstance(register, pd.DataFrame):
        if not all(isinstance(name, str) for name in register.columns):
            raise ValueError("register: every column needs a name that is text")
        return ibis.memtable(pa.Table.from_pandas(register, preserve_index=False))
    if isinstance(register, pa.Table):
        return ibis.memtable(register)
    if hasattr(register, "to_arrow_table"):  # a DuckDB relation
        return ibis.memtable(register.to_arrow_table())
    if type(register).__module__.startswith("polars") and type(register).__name__ in ("DataFrame", "LazyFrame"):
        return ibis.memtable(register)
    raise TypeError(
        f"register is a {type(register).__name__}; legal: a pandas or polars data frame, an Arrow table, a DuckDB "
        "relation, an Ibis table, or the path of a parquet or csv file"
    )
