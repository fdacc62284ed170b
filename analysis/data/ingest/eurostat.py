"""Eurostat: enterprises that use artificial intelligence, by size class (isoc_eb_ai) and by industry (isoc_eb_ain2)."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv, recode

SURVEY, BY_SIZE, BY_INDUSTRY = "eurostat-ict-enterprises", "eurostat-isoc-eb-ai-2026-02", "eurostat-isoc-eb-ain2"
AREAS = {
    "AL": "ALB", "AT": "AUT", "BA": "BIH", "BE": "BEL", "BG": "BGR", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK",
    "EA": "EA", "EE": "EST", "EL": "GRC", "ES": "ESP", "EU27_2020": "EU", "FI": "FIN", "FR": "FRA", "HR": "HRV",
    "HU": "HUN", "IE": "IRL", "IT": "ITA", "LT": "LTU", "LU": "LUX", "LV": "LVA", "ME": "MNE", "MK": "MKD", "MT": "MLT",
    "NL": "NLD", "NO": "NOR", "PL": "POL", "PT": "PRT", "RO": "ROU", "RS": "SRB", "SE": "SWE", "SI": "SVN",
    "SK": "SVK", "TR": "TUR",
}  # fmt: skip
"""Areas: countries, the EU of 27 members, and the euro area, whose members change over time."""
SIZES = {"10-49": "10-49", "50-249": "50-249", "GE250": "250+", "GE10": "10+"}
SECTIONS = tuple("CFGIJLMN")
ACTIVITIES = "C10-S951_X_K"
"""Eurostat's code for the industries of the survey, without finance."""
MARKS = {"": "", "b": "b", "c": ""}
"""Marks of Eurostat's service that we know, to our flag: none, break, confidential."""
BASE = "enterprises with 10 or more persons, NACE C10-S951 without finance (K)"
BREAK = "flagged b by the publisher in at least one size class"
LONGER_LIST = "list of technologies grew from seven to eight"
"""Why no row of 2025 joins an earlier one: a longer list can lift a rate by itself. The publisher has no mark."""
SEVEN = "uses at least one of seven listed AI technologies"
EIGHT = "uses at least one of eight listed AI technologies (images, video and sound, and code added in 2025)"
WIDENED = 2025
"""The year in which the list of technologies in the model questionnaire grew from seven to eight."""


def read_ai_by_size(path) -> pd.DataFrame:
    """Read the share of enterprises that use any AI technology, by country, year and size class.

    A country's break (flag b in any of its size classes) is a break of all its classes in that year, and the longer
    list of technologies of 2025 is one of every country. Each starts a new series. A confidential value is missing.

    Returns
    -------
    DataFrame
        Rows of `ai_adoption`, percent of enterprises.

    Raises
    ------
    BadFile
        If a column is missing, an area, size class or flag is unknown, a value is no percentage, a value is missing
        without being confidential, or the rate of all sizes lies outside the rates of its classes.
    """
    return _by_size(read_csv(path, ["geo", "size_emp", "year", "value_pct", "flag", "conf_status"]), path)


def read_answer_by_size(path) -> pd.DataFrame:
    """Read an answer of Eurostat's service for isoc_eb_ai, as `read_ai_by_size` reads a file.

    Parameters
    ----------
    path : path-like
        Csv with columns geo, size_emp, nace_r2, indic_is, unit, time, value, flag, as
        `analysis.data.refresh.eurostat_service` keeps it.

    Raises
    ------
    BadFile
        As `read_ai_by_size`, and if the industry, indicator or unit is another one.
    """
    table = read_csv(path, ["geo", "size_emp", "nace_r2", "indic_is", "unit", "time", "value", "flag"])
    expect(table["nace_r2"], [ACTIVITIES], path, what="industry")
    expect(table["indic_is"], ["E_AI_TANY"], path, what="indicator")
    expect(table["unit"], ["PC_ENT"], path, what="unit")
    marks = table["flag"].fillna("").str.replace(r"[:\s]", "", regex=True)
    expect(marks, MARKS, path, what="flag")
    table = table.rename(columns={"time": "year", "value": "value_pct"})
    return _by_size(table.assign(flag=marks.map(MARKS), conf_status=marks.map({"c": "C"}).fillna("")), path)


def read_answer_by_section(path) -> pd.DataFrame:
    """Read an answer of Eurostat's service for isoc_eb_ain2 from 2025, as `read_ai_by_section` reads a file.

    Sections of which the service has divisions only are left out; real estate is division 68.

    Parameters
    ----------
    path : path-like
        Csv with columns geo, size_emp, nace_r2, indic_is, unit, time, value, as
        `analysis.data.refresh.eurostat_service` keeps it.

    Raises
    ------
    BadFile
        As `read_ai_by_section`, and if the unit is another one or a section is missing.
    """
    table = read_csv(path, ["geo", "size_emp", "nace_r2", "indic_is", "unit", "time", "value"])
    expect(table["unit"], ["PC_ENT"], path, what="unit")
    table = table.assign(nace_r2=table["nace_r2"].replace("L68", "L"))
    table = table[table["nace_r2"].isin(SECTIONS) & (years(table["time"], path) >= WIDENED)]
    if missing := sorted(set(SECTIONS) - set(table["nace_r2"])):
        raise BadFile(path, f"no row of section {', '.join(missing)} since {WIDENED}", column="nace_r2")
    columns = {"time": "year", "value": "value_pct", "nace_r2": "nace_r2_section", "indic_is": "indic"}
    return _by_section(table.rename(columns={**columns, "size_emp": "size"}), path)


def _by_size(table: pd.DataFrame, path) -> pd.DataFrame:
    expect(table["geo"], AREAS, path, what="area")
    size = recode(table["size_emp"], SIZES, path, what="size class")
    flag, confidential = table["flag"].fillna(""), table["conf_status"].fillna("")
    expect(flag, ["", "b"], path, what="flag")
    expect(confidential, ["", "C"], path, what="mark of confidentiality")
    value = within(numbers(table["value_pct"], path), 0, 100, path, "% of enterprises")
    lost = value.isna() & (confidential != "C")
    if lost.any():
        raise BadFile(path, "the value is missing and not confidential", column="value_pct", row=int(lost.idxmax()) + 2)
    tidy = _rows(
        country=table["geo"].map(AREAS), year=years(table["year"], path), size_class=size, value=value,
        flag=flag.where(confidential == "", "C"), source=BY_SIZE,
    )  # fmt: skip
    _check_order(tidy, path)
    tidy["breakdown"] = (tidy["size_class"] == "10+").map({True: "none", False: "size"})
    broken = tidy[tidy["flag"] == "b"].groupby(["country", "year"]).size().index
    cell = pd.MultiIndex.from_frame(tidy[["country", "year"]])
    flagged, widened = pd.Series(cell.isin(broken), index=tidy.index), tidy["year"] == WIDENED
    tidy["series_break"] = flagged.map({True: BREAK, False: ""}).mask(widened, LONGER_LIST)
    tidy["series_break"] = tidy["series_break"].mask(flagged & widened, f"{LONGER_LIST}; {BREAK}")
    tidy["series"] = [
        1 + (year >= WIDENED) + sum(code == country and since <= year and since != WIDENED for code, since in broken)
        for country, year in tidy[["country", "year"]].itertuples(index=False)
    ]
    return tidy.reset_index(drop=True)


def read_ai_by_section(path) -> pd.DataFrame:
    """Read the share of EU enterprises that use any AI technology, by NACE section, 2025.

    Returns
    -------
    DataFrame
        Rows of `ai_adoption`, percent of enterprises with 10 or more persons, in the series of the longer list.

    Raises
    ------
    BadFile
        If a column is missing, a section, area, indicator or size class is unknown, or a value is no percentage.
    """
    return _by_section(read_csv(path, ["nace_r2_section", "value_pct", "geo", "year", "indic", "size"]), path)


def _by_section(table: pd.DataFrame, path) -> pd.DataFrame:
    expect(table["nace_r2_section"], SECTIONS, path, what="section")
    expect(table["indic"], ["E_AI_TANY"], path, what="indicator")
    value = within(numbers(table["value_pct"], path, allow_missing=False), 0, 100, path, "% of enterprises")
    year = years(table["year"], path)
    longer = year >= WIDENED
    return _rows(
        country=recode(table["geo"], {"EU27_2020": "EU"}, path, what="area"), year=year,
        size_class=recode(table["size"], {"GE10": "10+"}, path, what="size class"), value=value, flag="",
        source=BY_INDUSTRY,
    ).assign(
        breakdown="industry", industry=table["nace_r2_section"], series=longer.map({True: 2, False: 1}),
        series_break=(year == WIDENED).map({True: LONGER_LIST, False: ""}),
    )  # fmt: skip


def _rows(**columns) -> pd.DataFrame:
    table = pd.DataFrame(columns)
    return table.assign(
        survey=SURVEY, asked="start of the year", industry="all", classification="ISIC Rev. 4",
        unit="% of enterprises", firms=float("nan"), base=BASE, secondary=False, figure="", kind="all",
        tabulated_by="publisher", official=True,
        question=(table["year"] >= WIDENED).map({True: EIGHT, False: SEVEN}),
    )  # fmt: skip


def _check_order(tidy: pd.DataFrame, path) -> None:
    wide = tidy.pivot(index=["country", "year"], columns="size_class", values="value")
    if "10+" not in wide:
        return
    wide = wide.dropna()  # a confidential class may hold the extreme
    parts = wide.drop(columns="10+")
    bad = (wide["10+"] < parts.min(axis=1) - 0.01) | (wide["10+"] > parts.max(axis=1) + 0.01)
    if bad.any():
        cell = " ".join(map(str, bad.idxmax()))
        problem = f"the rate of all sizes lies outside the rates of its classes in {cell}"
        raise BadFile(path, problem, column="value_pct")
