"""US Annual Business Survey: use of AI and of the technologies beside it, by size band and by industry.

Two rounds with different questions: 2016-18 (how much a technology was used in production, with "don't know") and 2021
(used a lot, somewhat, a little; and a list of fourteen technologies). Size and industry are margins, never crossed.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv
from analysis.data.ingest.us_abs import COMPANIES, TOTAL, industry_rows, size_rows

INTENSITY = ("did not use", "tested, not used", "low use", "moderate use", "high use", "don't know")
EXTENT = ("a lot", "somewhat", "a little", "not at all")
ASKED = {
    "5698": ("artificial intelligence", "industry"), "5699": ("artificial intelligence", "size band"),
    "5700": ("cloud computing", "industry"), "5701": ("cloud computing", "size band"),
    "5702": ("specialised software", "industry"), "5703": ("specialised software", "size band"),
    "5704": ("robotics", "industry"), "5705": ("robotics", "size band"),
    "11545": ("artificial intelligence", "industry"), "11546": ("artificial intelligence", "size band"),
    "11547": ("robotics", "industry"), "11548": ("robotics", "size band"),
}  # fmt: skip
"""Publisher's table of one technology to its name and breakdown; the tables from 11545 on are of 2021."""
LISTS = {"12515": "industry", "12516": "size band"}
"""Tables of 2021 with fourteen technologies in columns, "used" meaning a lot, somewhat or a little."""
NAMES = {
    "advanced_computing": "advanced computing", "advanced_sensing": "advanced sensing",
    "artificial_intelligence": "artificial intelligence", "autonomous_systems_and_robotics": "robotics",
    "additive_manufacturing": "additive manufacturing", "biotechnology": "biotechnology",
    "human_machine_interface": "human-machine interfaces", "human_machine_interfaces": "human-machine interfaces",
    "communication_and_networking": "communication and networking",
    "communication_and_networking_technologies": "communication and networking",
    "advanced_financial_technologies": "advanced financial technologies",
    "advanced_semiconductors_and_microelectronics": "advanced semiconductors",
    "advanced_engineering_materials": "advanced materials",
    "renewable_energy_generation_and_storage": "renewable energy",
    "advanced_gas_turbine_engine_technologies": "gas turbines",
    "advanced_nuclear_energy_technologies": "nuclear energy",
}  # fmt: skip
"""Column of the publisher, without `field_`, to the technology."""
SOURCES = {"2016-18": "census-abs-2018", "2021": "census-abs-2021-technologies"}
YEARS = {"2016-18": 2018, "2021": 2021}
ROUNDING = 0.35
"""Percentage points by which up to six rates, each rounded to 0.1, may miss 100."""
SUPPRESSED, REVISED = "D", "r"


def read_technology_use(folder: Path) -> pd.DataFrame:
    """Read every table of technology use in the publisher's folder into one.

    Returns
    -------
    DataFrame
        Rows of `technology_use`: percent of companies by technology, period, breakdown and answer. A suppressed cell is
        missing and flagged D, a revised one flagged r.

    Raises
    ------
    BadFile
        If a file or column is missing, a size band or industry is missing or stands twice, companies do not add up, the
        answers of a row without suppressed cells do not add up to 100 percent, a cell is no number, or the list of
        flags names other cells as suppressed than the tables do.
    """
    folder = Path(folder)
    paths = {path.name.split("_")[0]: path for path in sorted(folder.glob("*_*.csv"))}
    lacking = [one for one in (*ASKED, *LISTS) if one not in paths]
    if lacking:
        raise BadFile(folder / f"{lacking[0]}_*.csv", "the file is missing")
    flags = _flags(folder / "FLAGS.csv")
    parts = [_one_technology(paths[table], table, *about, flags) for table, about in ASKED.items()]
    parts += [_list(paths[table], table, breakdown, flags) for table, breakdown in LISTS.items()]
    return pd.concat(parts, ignore_index=True)


def _flags(path: Path) -> pd.Series:
    table = read_csv(path, ["table_id", "row_id", "column", "flag"])
    expect(table["flag"], [SUPPRESSED, REVISED], path, what="flag")
    return table.drop_duplicates(["table_id", "row_id", "column"]).set_index(["table_id", "row_id", "column"])["flag"]


def _rows(path: Path, breakdown: str) -> pd.DataFrame:
    where = ["field_naics_code"] if breakdown == "industry" else ["employment_size_level_1", "employment_size_level_3"]
    header = list(pd.read_csv(path, nrows=0))
    answers = [column for column in header if column.startswith("field_") and column not in (*where, COMPANIES)]
    table = read_csv(path, ["row_id", *where, COMPANIES, *answers])
    found = (industry_rows if breakdown == "industry" else size_rows)(table, path)
    found.attrs["answers"] = answers
    return found


def _one_technology(path: Path, table: str, technology: str, breakdown: str, flags: pd.Series) -> pd.DataFrame:
    rows = _rows(path, breakdown)
    printed = rows.attrs["answers"]
    legal = EXTENT if int(table) > 10_000 else INTENSITY
    if len(printed) != len(legal):
        raise BadFile(path, f"{len(printed)} answers; expected {len(legal)}: {', '.join(legal)}")
    long = _long(rows, path, table, breakdown, dict(zip(printed, legal, strict=True)), flags)
    long = long.rename(columns={"what": "answer"}).assign(technology=technology)
    sums = long.groupby("place")["value"].agg(["sum", "count"])
    bad = (sums["count"] == len(legal)) & ((sums["sum"] - 100).abs() > ROUNDING)
    if bad.any():
        place = bad.idxmax()
        raise BadFile(path, "the answers do not add up to 100 %", row=int(place) + 2)
    period = "2021" if int(table) > 10_000 else "2016-18"
    return long.drop(columns="place").assign(period=period, year=YEARS[period], source=SOURCES[period])


def _list(path: Path, table: str, breakdown: str, flags: pd.Series) -> pd.DataFrame:
    rows = _rows(path, breakdown)
    names = {}
    for column in rows.attrs["answers"]:
        key = column.removeprefix("field_")
        if key not in NAMES:
            raise BadFile(path, f"the technology {key!r} is unknown; known: {', '.join(NAMES)}", column=column)
        names[column] = NAMES[key]
    long = _long(rows, path, table, breakdown, names, flags).rename(columns={"what": "technology"})
    return long.drop(columns="place").assign(answer="used", period="2021", year=2021, source=SOURCES["2021"])


def _long(rows, path, table, breakdown, names, flags) -> pd.DataFrame:
    """Return one row per cell: what the column means, the value, the flag; `place` is the row of the file."""
    parts = []
    for column, what in names.items():
        value = within(numbers(rows[column], path, missing=(SUPPRESSED,)), 0, 100, path, "% of companies")
        key = pd.MultiIndex.from_arrays([[table] * len(rows), rows["row_id"], [column] * len(rows)])
        flag = flags.reindex(key).fillna("").to_numpy()
        odd = value.isna() != (flag == SUPPRESSED)
        if odd.any():
            problem = "a cell is suppressed in the table or in the list of flags, not in both"
            raise BadFile(path, problem, column=column, row=int(odd.idxmax()) + 2)
        parts.append(pd.DataFrame({"what": what, "value": value, "flag": flag, "code": rows["code"],
                                   "companies": rows["firms"], "place": rows.index}))  # fmt: skip
    long = pd.concat(parts, ignore_index=True)
    whole = long["code"].isin([TOTAL, "1+"])
    by_industry = breakdown == "industry"
    return long.assign(
        table=table, breakdown=pd.Series(breakdown, index=long.index).mask(whole, "none"),
        industry=long["code"].mask(whole, "all") if by_industry else "all",
        size_class="1+" if by_industry else long["code"],
    ).drop(columns="code")  # fmt: skip
