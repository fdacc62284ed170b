"""US Annual Business Survey (NCSES and Census Bureau): companies that use AI, by industry and by size.

The survey publishes industries and size bands apart: no table crosses them.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, numbers, read_csv

SURVEY, SOURCE, SOURCE_BY_SIZE, YEAR = "us-annual-business-survey", "census-abs-2021", "census-abs-2021-size", 2021
INDUSTRIES = (
    *"311 312 313-316 321 322 323 324 325 326 327 331 332 333 334 335".split(),
    *"3361-3363 3364 336-other 337 339".split(),
    *"11 21 22 23 42 44-45 48-49 511 517 518 51-other 52 533 53-other".split(),
    *"5411 5412 5413 5414 5415 5416 5417 5418 5419 55 56 61 621-623 624 71 72 81".split(),
)  # fmt: skip
"""NAICS codes of industries that together make up all industries, each company in one."""
TOTAL, ALL = "11, 21-23, 31-33, 42-81", "All companies"
BANDS = {
    "1-4": "1-9", "5-9": "1-9", "10-19": "10-49", "20-49": "10-49", "50-99": "50-249", "100-249": "50-249",
    "250-499": "250+", "500-999": "250+", "1000-4999": "250+", "5000-9999": "250+", "10000-24999": "250+",
    "25000+": "250+",
}  # fmt: skip
"""The twelve size bands, each to the class that other surveys use."""
USES = ("field_a_lot", "field_somewhat", "field_a_little")
COMPANIES = "field_companies_number_"
COMPUTED = "computed: bands weighted by their companies"
ROUNDING = 0.2
"""Percentage points by which four rates, each rounded to 0.1, may miss 100."""
UNLISTED = 2e-5
"""Share of companies that the industries may lack: the publisher holds some detail back (65 of 4.8 million in 2018)."""


def read_ai_by_industry(path) -> pd.DataFrame:
    """Read the share of companies that used AI a lot, somewhat or a little in 2021, by industry.

    Of the publisher's nested rows, those are kept that together make up all industries, each company in one.

    Returns
    -------
    DataFrame
        Rows of `ai_adoption`, percent of companies, with the number of companies.

    Raises
    ------
    BadFile
        If a column is missing, an industry is missing or stands twice, a value is no number, the answers of an industry
        do not add up to 100 percent, or the companies of the industries do not add up to the published total.
    """
    rows = industry_rows(read_csv(path, ["field_naics_code", COMPANIES, *USES, "field_not_at_all"]), path)
    uses = _uses(rows, path)
    total = rows["code"] == TOTAL
    table = _tidy(rows, uses, SOURCE, breakdown="industry", industry=rows["code"], size_class="1+")
    return table[~total].reset_index(drop=True)


def read_ai_by_size(path) -> pd.DataFrame:
    """Read the share of companies that used AI in 2021: all, by the twelve size bands, and by the classes of others.

    The survey publishes bands only. Rates of 1-9, 10-49, 50-249 and 250+, and of all companies with 10 or more
    employees, are means of the bands weighted by their companies, and their flag says so.

    Returns
    -------
    DataFrame
        Rows of `ai_adoption`, percent of companies, with the number of companies.

    Raises
    ------
    BadFile
        If a column or a size band is missing, a value is no number, the answers of a band do not add up to 100 percent,
        or the companies of the bands do not add up to the published total.
    """
    columns = ["employment_size_level_1", "employment_size_level_3", COMPANIES, *USES, "field_not_at_all"]
    rows = size_rows(read_csv(path, columns), path)
    uses = _uses(rows, path)
    kind = rows["code"].map(lambda code: "none" if code == "1+" else "size band")
    printed = _tidy(rows, uses, SOURCE_BY_SIZE, breakdown=kind, industry="all", size_class=rows["code"])
    bands = printed[printed["breakdown"] == "size band"]
    classes = _mean(bands, bands["size_class"].map(BANDS)).assign(breakdown="size")
    from_ten = _mean(bands[bands["size_class"].map(BANDS) != "1-9"], "10+").assign(breakdown="none")
    return pd.concat([printed, classes, from_ten], ignore_index=True)


def industry_rows(table: pd.DataFrame, path) -> pd.DataFrame:
    """Return the rows of `INDUSTRIES` and of the total, with the plain code and the companies as numbers.

    Raises
    ------
    BadFile
        If an industry is missing or stands twice, or the companies do not add up to the published total.
    """
    code = table["field_naics_code"].astype("object").map(_plain)
    rows = table[code.isin([*INDUSTRIES, TOTAL])].assign(code=code)
    for wanted in (*INDUSTRIES, TOTAL):
        found = int((rows["code"] == wanted).sum())
        if found != 1:
            raise BadFile(path, f"industry {wanted} stands {found} times; once is expected", column="field_naics_code")
    return _with_companies(rows, TOTAL, path, "industries")


def size_rows(table: pd.DataFrame, path) -> pd.DataFrame:
    """Return the rows of the twelve size bands and of all companies (`1+`), with the companies as numbers.

    Raises
    ------
    BadFile
        If a band is missing or stands twice, or the companies do not add up to the published total.
    """
    band = table["employment_size_level_3"].astype("object").map(_plain_band)
    band = band.mask((table["employment_size_level_1"] == ALL) & table[COMPANIES].notna() & (band == ""), "1+")
    rows = table[band.isin([*BANDS, "1+"])].assign(code=band)
    for wanted in ("1+", *BANDS):
        found = int((rows["code"] == wanted).sum())
        if found != 1:
            problem = f"size band {wanted} stands {found} times; once is expected"
            raise BadFile(path, problem, column="employment_size_level_3")
    return _with_companies(rows, "1+", path, "size bands")


def _with_companies(rows: pd.DataFrame, total_code: str, path, what: str) -> pd.DataFrame:
    rows[COMPANIES] = rows[COMPANIES].str.replace(",", "")
    firms = numbers(rows[COMPANIES], path, allow_missing=False)
    total = rows["code"] == total_code
    if abs(firms[~total].sum() - firms[total].sum()) > max(len(INDUSTRIES), UNLISTED * firms[total].sum()):
        problem = f"{what} add up to {firms[~total].sum():,.0f} companies, the total is {firms[total].sum():,.0f}"
        raise BadFile(path, problem, column=COMPANIES)
    return rows.assign(firms=firms)


def _uses(rows: pd.DataFrame, path) -> pd.Series:
    answers = {
        name: within(numbers(rows[name], path, allow_missing=False), 0, 100, path, "% of companies")
        for name in (*USES, "field_not_at_all")
    }
    uses = sum(answers[name] for name in USES)
    gap = (uses + answers["field_not_at_all"] - 100).abs() > ROUNDING + 1e-9
    if gap.any():
        place = gap.idxmax()
        raise BadFile(path, f"the answers of {rows.at[place, 'code']} do not add up to 100 %", row=int(place) + 2)
    return uses.round(1)


def _tidy(rows: pd.DataFrame, uses: pd.Series, source: str, **columns) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "survey": SURVEY, "country": "USA", "year": YEAR, "asked": "whole year", "kind": "all",
            "tabulated_by": "publisher", "classification": "NAICS", "value": uses, "unit": "% of companies",
            "firms": rows["firms"], "series": 1, "series_break": "", "question": "used AI a lot, somewhat or a little",
            "base": "companies with employees, in the USA", "flag": "", "official": True, "secondary": False,
            "figure": "", "source": source, **columns,
        }
    )  # fmt: skip


def _mean(bands: pd.DataFrame, classes) -> pd.DataFrame:
    """Return one row per class: the rate weighted by companies, to two decimals, marked as computed."""
    work = bands.assign(size_class=classes, weighted=bands["value"] * bands["firms"])
    sums = work.groupby("size_class", sort=False)[["weighted", "firms"]].sum()
    first = work.drop_duplicates("size_class").set_index("size_class").drop(columns=["weighted"])
    found = first.assign(value=(sums["weighted"] / sums["firms"]).round(2), firms=sums["firms"], flag=COMPUTED)
    return found.reset_index()[bands.columns]


def _plain(code) -> str:
    """Write the publisher's code with plain hyphens and its residual rows as `336-other`."""
    text = "" if pd.isna(code) else str(code).strip().replace("–", "-")
    if text.startswith("other "):
        return f"{text.removeprefix('other ')}-other"
    left, dash, right = text.partition("-")
    if dash and right.isdigit() and left.isdigit() and len(right) < len(left):
        right = left[: len(left) - len(right)] + right
    return f"{left}{dash}{right}"


def _plain_band(band) -> str:
    """Write the publisher's size band with plain hyphens: `1000-4999`, `25000+`."""
    text = "" if pd.isna(band) else str(band).strip()
    return text.replace("–", "-").replace(",", "").replace(" or more", "+")
