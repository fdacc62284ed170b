"""US Annual Business Survey (NCSES and Census Bureau): companies that use artificial intelligence, by industry."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, numbers, read_csv

SURVEY, SOURCE, YEAR = "us-annual-business-survey", "census-abs-2021", 2021
INDUSTRIES = (
    *"311 312 313-316 321 322 323 324 325 326 327 331 332 333 334 335".split(),
    *"3361-3363 3364 336-other 337 339".split(),
    *"11 21 22 23 42 44-45 48-49 511 517 518 51-other 52 533 53-other".split(),
    *"5411 5412 5413 5414 5415 5416 5417 5418 5419 55 56 61 621-623 624 71 72 81".split(),
)  # fmt: skip
"""NAICS codes of industries that together make up all industries, each company in one."""
_TOTAL = "11, 21-23, 31-33, 42-81"
_USES = ("field_a_lot", "field_somewhat", "field_a_little")
ROUNDING = 0.2
"""Percentage points by which four rates, each rounded to 0.1, may miss 100."""


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
    columns = ["field_naics_code", "field_companies_number_", *_USES, "field_not_at_all"]
    table = read_csv(path, columns)
    code = table["field_naics_code"].astype("object").map(_plain)
    rows = table[code.isin([*INDUSTRIES, _TOTAL])].assign(code=code)
    for wanted in (*INDUSTRIES, _TOTAL):
        found = int((rows["code"] == wanted).sum())
        if found != 1:
            raise BadFile(path, f"industry {wanted} stands {found} times; once is expected", column="field_naics_code")
    rows["field_companies_number_"] = rows["field_companies_number_"].str.replace(",", "")
    firms = numbers(rows["field_companies_number_"], path, allow_missing=False)
    answers = {
        name: within(numbers(rows[name], path, allow_missing=False), 0, 100, path, "% of companies")
        for name in (*_USES, "field_not_at_all")
    }
    uses = sum(answers[name] for name in _USES)
    gap = (uses + answers["field_not_at_all"] - 100).abs() > ROUNDING + 1e-9
    if gap.any():
        place = gap.idxmax()
        raise BadFile(path, f"the answers of {rows.at[place, 'code']} do not add up to 100 %", row=int(place) + 2)
    total = rows["code"] == _TOTAL
    if abs(firms[~total].sum() - firms[total].sum()) > len(INDUSTRIES):
        problem = f"industries add up to {firms[~total].sum():,.0f} companies, the total is {firms[total].sum():,.0f}"
        raise BadFile(path, problem, column="field_companies_number_")
    return pd.DataFrame(
        {
            "survey": SURVEY, "country": "USA", "year": YEAR, "asked": "whole year", "breakdown": "industry",
            "industry": rows["code"], "classification": "NAICS", "size_class": "1+", "value": uses.round(1),
            "unit": "% of companies", "firms": firms, "series": 1, "series_break": "",
            "question": "used AI a lot, somewhat or a little", "base": "companies with employees, in the USA",
            "flag": "", "secondary": False, "figure": "", "source": SOURCE,
        }
    )[~total].reset_index(drop=True)  # fmt: skip


def _plain(code) -> str:
    """Write the publisher's code with plain hyphens and its residual rows as `336-other`."""
    text = "" if pd.isna(code) else str(code).strip().replace("–", "-")
    if text.startswith("other "):
        return f"{text.removeprefix('other ')}-other"
    left, dash, right = text.partition("-")
    if dash and right.isdigit() and left.isdigit() and len(right) < len(left):
        right = left[: len(left) - len(right)] + right
    return f"{left}{dash}{right}"
