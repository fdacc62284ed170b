"""Files of synthetic data that say so: in their name, their metadata and every row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from analysis.microdata.tables import as_table

PREFIX = "synthetic_"


def write_synthetic(path: str | Path, register: pd.DataFrame) -> Path:
    """Write a synthetic register to a parquet or csv file that says it is synthetic: in its name, metadata and rows.

    Parameters
    ----------
    path : str or Path
        The file's name has to begin with ``synthetic_`` and to end in ``.parquet`` or ``.csv``.
    register : DataFrame
        As `synthetic_register` returns it.

    Returns
    -------
    Path
        The file. A parquet file has the keys ``synthetic`` and ``title`` in its metadata; both kinds have the column
        `synthetic`.

    Raises
    ------
    ValueError
        If the name is another, or the register is not labelled synthetic.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from analysis.microdata.synthetic import synthetic_register
    >>> register = synthetic_register(firms=5_000, years=[2022])
    >>> write_synthetic(pathlib.Path(tempfile.mkdtemp()) / "synthetic_2022.parquet", register).name
    'synthetic_2022.parquet'
    """
    path = Path(path)
    if not path.name.startswith(PREFIX) or path.suffix not in (".parquet", ".csv"):
        raise ValueError(f"path={path.name!r}: the name has to begin with {PREFIX!r} and end in .parquet or .csv")
    if not is_synthetic(register):
        raise ValueError("the register is not labelled synthetic: write it with its own tools")
    if path.suffix == ".csv":
        register.to_csv(path, index=False)
        return path
    table = pa.Table.from_pandas(register, preserve_index=False)
    title = str(register.attrs.get("title", "Synthetic register of firms"))
    table = table.replace_schema_metadata({**table.schema.metadata, "synthetic": "true", "title": title})
    pyarrow.parquet.write_table(table, path, compression="zstd")
    return path


def is_synthetic(register: Any) -> bool:
    """Tell whether a table or file is labelled synthetic: by its attributes, metadata, name or column `synthetic`.

    Parameters
    ----------
    register : DataFrame, Arrow table, DuckDB relation, Ibis table, or path
        A column `synthetic` counts if a row of it is true.

    Examples
    --------
    >>> is_synthetic(pd.DataFrame({"firm": [1]}))
    False
    """
    if isinstance(register, pd.DataFrame) and register.attrs.get("synthetic") is True:
        return True
    if isinstance(register, pa.Table) and (register.schema.metadata or {}).get(b"synthetic") == b"true":
        return True
    if isinstance(register, str | Path):
        path = Path(register)
        if path.name.startswith(PREFIX):
            return True
        if path.suffix.lower() in (".parquet", ".pq") and path.is_file():
            if (pyarrow.parquet.read_schema(path).metadata or {}).get(b"synthetic") == b"true":
                return True
    table = as_table(register)
    if "synthetic" not in table.columns or not table["synthetic"].type().is_boolean():
        return False
    return bool(table.aggregate(any=table["synthetic"].any()).to_pyarrow().to_pylist()[0]["any"])
