"""Eurostat: what enterprises use artificial intelligence for (isoc_eb_ai), on the base that each cell was published on.

The selection that could be had holds few cells, and one purpose may stand as a share of all enterprises in one size
class and as a share of AI users in another. A share of AI users is computed only where numerator and AI use share the
class, the year and the base; everything else stays as it is.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within, years
from analysis.data.ingest.eurostat import EIGHT, SEVEN, SIZES, WIDENED
from analysis.data.ingest.reading import BadFile, numbers, read_csv, recode

SOURCE = "eurostat-isoc-eb-ai-purposes-2026-02"
ALL, ONLINE, USERS = "all enterprises", "enterprises with internet access", "enterprises that use AI"
BASES = {"PC_ENT": ALL, "PC_ENT_IUSE": ONLINE, "PC_ENT_AI_TANY": USERS}
"""The publisher's unit to the base of the share."""
PURPOSES = {
    "E_AI_TANY": "any",
    "E_AI_PPP (production processes)": "production processes",
    "E_AI_PRDI (R&D / innovation)": "research and innovation",
    "E_AI_PFIN (accounting/finance)": "accounting and finance",
    "E_AI_PMS (marketing/sales)": "marketing and sales",
}
_KEY = ["country", "year", "size_class"]


def read_ai_purposes(path, adoption: pd.DataFrame) -> pd.DataFrame:
    """Read the shares of enterprises by purpose of AI use, and add the shares of AI users that they imply.

    Parameters
    ----------
    path : path-like
        The publisher's cells: geo, size_emp, indicator, unit, year, value.
    adoption : DataFrame
        `ai_adoption`: AI use as a share of all enterprises of a class.

    Returns
    -------
    DataFrame
        Rows of `ai_purposes`, percent. `computed` is true where the share of AI users was divided out: the published
        share on a base over AI use on the same base, class and year. A purpose whose AI use is not held on its base
        stays as published.

    Raises
    ------
    BadFile
        If a column is missing, an area, size class, purpose or unit is unknown, a value is no percentage, a cell stands
        twice, or more enterprises use AI for a purpose than use AI.
    """
    return _purposes(read_csv(path, ["geo", "size_emp", "indicator", "unit", "year", "value"]), adoption, path)


def read_answer(path, adoption: pd.DataFrame) -> pd.DataFrame:
    """Read an answer of Eurostat's service for isoc_eb_ai, as `read_ai_purposes` reads a file.

    Parameters
    ----------
    path : path-like
        Csv with columns geo, size_emp, indic_is, unit, time, value, as `analysis.data.refresh.eurostat_service` keeps
        it.
    adoption : DataFrame
        `ai_adoption`: AI use as a share of all enterprises of a class.

    Raises
    ------
    BadFile
        As `read_ai_purposes`.
    """
    table = read_csv(path, ["geo", "size_emp", "indic_is", "unit", "time", "value"])
    named = {name.split()[0]: name for name in PURPOSES}
    table = table.assign(indicator=recode(table["indic_is"], named, path, what="purpose"))
    return _purposes(table.rename(columns={"time": "year"}).dropna(subset="value"), adoption, path)


def _purposes(table: pd.DataFrame, adoption: pd.DataFrame, path) -> pd.DataFrame:
    tidy = pd.DataFrame(
        {
            "country": recode(table["geo"], {"EU27_2020": "EU"}, path, what="area"),
            "year": years(table["year"], path),
            "size_class": recode(table["size_emp"], SIZES, path, what="size class"),
            "purpose": recode(table["indicator"], PURPOSES, path, what="purpose"),
            "base": recode(table["unit"], BASES, path, what="unit"),
            "value": within(numbers(table["value"], path, allow_missing=False), 0, 100, path, "% of enterprises"),
        }
    )
    doubled = tidy.duplicated([*_KEY, "purpose", "base"])
    if doubled.any():
        raise BadFile(path, "the cell stands more than once", row=int(doubled.idxmax()) + 2)
    computed = _of_users(tidy, adoption, path)
    both = pd.concat([tidy.assign(computed=False), computed.assign(computed=True)], ignore_index=True)
    both = both[~(both["computed"] & both.duplicated([*_KEY, "purpose", "base"]))]  # a published share stands
    question = (both["year"] >= WIDENED).map({True: EIGHT, False: SEVEN})
    return both.assign(unit="% of the base", question=question, source=SOURCE).reset_index(drop=True)


def _of_users(tidy: pd.DataFrame, adoption: pd.DataFrame, path) -> pd.DataFrame:
    """Divide each share by AI use on the same base, class and year, where that is held."""
    whole = adoption[(adoption["country"] == "EU") & (adoption["industry"] == "all")]
    whole = whole[[*_KEY, "value"]].assign(base=ALL)
    online = tidy[(tidy["purpose"] == "any") & (tidy["base"] == ONLINE)][[*_KEY, "value", "base"]]
    use = pd.concat([whole, online]).rename(columns={"value": "use"})
    named = tidy[(tidy["purpose"] != "any") & (tidy["base"] != USERS)]
    found = named.reset_index().merge(use, on=[*_KEY, "base"], how="inner").dropna(subset="use")
    over = found["value"] > found["use"]
    if over.any():
        row = found[over].iloc[0]
        problem = f"{row['value']:g} % use AI for {row['purpose']}, but only {row['use']:g} % use AI"
        raise BadFile(path, problem, column="value", row=int(row["index"]) + 2)
    return found.assign(value=(100 * found["value"] / found["use"]).round(2), base=USERS)[list(tidy.columns)]
