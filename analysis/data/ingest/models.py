"""Published structural models: what their tables print, and the size distribution that one of them starts from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

FOLDER = Path(__file__).parents[1] / "transcriptions"
RR = "restuccia-rogerson-2008"
HR, HR_FINE = "hopenhayn-rogerson-1993", "hopenhayn-rogerson-1993-fine-grid"
HOPENHAYN = {"1": "hopenhayn-1992-lecture", "2": "hopenhayn-1992-file"}
RR_TABLES = ("Table 3", "Table 4", "Table 7", "Table 8")
HR_SOURCES = {"original": HR, "VFI Toolkit fine-grid replication": HR_FINE}
COLUMNS = ["model", "table", "case", "tax", "share_taxed", "points", "variable", "value", "decimals", "source"]


def read_benchmarks(tables_of_rr, table_of_hr, own=FOLDER / "model_benchmarks.yml") -> pd.DataFrame:
    """Read what Restuccia and Rogerson (2008), Hopenhayn and Rogerson (1993) and programs for Hopenhayn (1992) print.

    Raises
    ------
    BadFile
        If a column is missing, a table or source is unknown, or a value is no number.
    """
    rr = read_csv(tables_of_rr, ["table", "case", "percent_taxed", "tau_t", "variable", "published_value"])
    expect(rr["table"], RR_TABLES, tables_of_rr, what="table")
    first = pd.DataFrame({
        "model": "restuccia_rogerson_2008", "table": rr["table"], "case": rr["case"],
        "tax": numbers(rr["tau_t"], tables_of_rr, allow_missing=False),
        "share_taxed": numbers(rr["percent_taxed"], tables_of_rr, allow_missing=False) / 100,
        "points": 100, "variable": rr["variable"],
        "value": numbers(rr["published_value"], tables_of_rr, allow_missing=False), "decimals": 2, "source": RR,
    })  # fmt: skip
    hr = read_csv(table_of_hr, ["table", "source", "tau", "variable", "value"])
    expect(hr["source"], HR_SOURCES, table_of_hr, what="source")
    second = pd.DataFrame({
        "model": "hopenhayn_rogerson_1993", "table": hr["table"], "case": hr["source"].map(HR_SOURCES),
        "tax": numbers(hr["tau"], table_of_hr, allow_missing=False), "share_taxed": 1.0, "points": 20,
        "variable": hr["variable"], "value": numbers(hr["value"], table_of_hr, allow_missing=False), "decimals": 3,
        "source": hr["source"].map(HR_SOURCES),
    })  # fmt: skip
    return pd.concat([first, second, _own(own)], ignore_index=True)[COLUMNS]


def _own(path) -> pd.DataFrame:
    path = Path(path)
    if not path.is_file():
        raise BadFile(path, "the file is missing")
    table = pd.DataFrame(yaml.safe_load(path.read_text(encoding="utf-8"))["benchmarks"])
    return table.assign(
        table="program", case="calibration " + table["calibration"], tax=0.0, share_taxed=0.0,
        source=table["calibration"].map(HOPENHAYN),
    )  # fmt: skip


def read_establishment_sizes(path) -> pd.DataFrame:
    """Read the share of US establishments by size, 2000: 44 cells, from the smallest.

    Raises
    ------
    BadFile
        If a column is missing, bounds do not increase or shares do not sum to one within 1e-8.
    """
    table = read_csv(path, ["upper_employees", "share_of_establishments"])
    upper = numbers(table["upper_employees"], path, allow_missing=False)
    share = numbers(table["share_of_establishments"], path, allow_missing=False)
    if not upper.is_monotonic_increasing or upper.duplicated().any():
        raise BadFile(path, "the upper bounds do not increase", column="upper_employees")
    if abs(share.sum() - 1) > 1e-8 or (share < 0).any():
        raise BadFile(path, f"the shares sum to {share.sum():.9f}, not to one", column="share_of_establishments")
    return pd.DataFrame({"upper_employees": upper.astype(int), "share": share, "year": 2000})
