"""BEA and BLS: labour productivity and total factor productivity of US industries, integrated production account."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, numbers, read_csv

FIRST, LAST, BASE_YEAR = 1987, 2020, 2012
INDUSTRIES = 63
CODE = "Production Account"
"""The header of the column of industry codes."""


def read_industry_productivity(labour_path, tfp_path) -> pd.DataFrame:
    """Read both index series of every industry and year.

    Returns
    -------
    DataFrame
        Columns industry (code of the account), industry_name, year, labour_productivity and
        total_factor_productivity (indices, 2012 = 100).

    Raises
    ------
    BadFile
        If a year is missing, a value is no number or no index, an industry stands twice or in one file only, the
        number of industries is not 63, or an index is not 100 in 2012.
    """
    labour = _read(labour_path, "labour_productivity")
    tfp = _read(tfp_path, "total_factor_productivity")
    alone = sorted(set(labour["industry"]) ^ set(tfp["industry"]))
    if alone:
        raise BadFile(tfp_path, f"industry {alone[0]!r} is in one of the two files only", column=CODE)
    return labour.merge(tfp.drop(columns="industry_name"), on=["industry", "year"], validate="1:1")


def _read(path, name: str) -> pd.DataFrame:
    years = [str(year) for year in range(FIRST, LAST + 1)]
    # The header of the industry names is the title of the sheet, which differs by file
    table = read_csv(path, [CODE, *years], index_col=0)
    names, codes = table.index.astype("object"), table[CODE].astype("object")
    table = table.reset_index(drop=True)
    if len(table) != INDUSTRIES or codes.duplicated().any():
        problem = f"{codes.nunique()} industries in {len(table)} rows; {INDUSTRIES} are expected, each once"
        raise BadFile(path, problem, column=CODE)
    values = {year: within(numbers(table[year], path, allow_missing=False), 0, 2000, path, "2012 = 100")
              for year in years}  # fmt: skip
    off = (values[str(BASE_YEAR)] - 100).abs() > 0.001
    if off.any():
        raise BadFile(path, f"the index is not 100 in {BASE_YEAR}", column=str(BASE_YEAR), row=int(off.idxmax()) + 2)
    wide = pd.DataFrame({int(year): column for year, column in values.items()})
    wide.index = pd.MultiIndex.from_arrays([codes, names], names=["industry", "industry_name"])
    return wide.rename_axis(columns="year").stack().rename(name).reset_index()
