"""Figures read from published pages, one by one, with their definition and citation."""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

COLUMNS = (
    "id", "claim_area", "indicator", "geography", "size_class", "sector", "instrument", "year", "value", "unit",
    "definition", "source_title", "source_address", "locator", "secondary", "note",
)  # fmt: skip
AGGREGATES = (
    "OECD", "EU", "G7", "World", "Asia", "North America", "OECD multi-country", "AUT+CAN+DEU+IRL+JPN+KOR+GBR pooled",
)  # fmt: skip
UNITS = tuple(
    " ".join(
        """
% | % (workers reporting) | % higher | % of 200+ | % of 250+ | % of 300 mid-size firms |
% of active enterprises | % of adopters in class | % of aggregate output | % of AI-using enterprises |
% of assets | % of businesses | % of employed 15-64 | % of enterprises | % of establishments |
% of factory-owning firms | % of firms | % of GDP | % of gen-AI users/workers | % of items | % of large |
% of large firms | % of manufacturing | % of mid-size firms | % of non-users | % of OECD average |
% of output | % of population aged 25-34 | % of population aged 25-64 | % of respondents |
% of smart-factory adopters | % of SMEs | % of surveyed SMEs | % of trading firms | % of wage workers |
% of workers | % of working-age population | % of workplaces | % of zombies | % per year | 100 million KRW |
2000 = 100 | billion KRW | billion KRW (3-yr average sales) | enterprises | establishments | firms | hours |
jobs | million KRW | multiple of 1997 | percentage points per year | persons | pp | programmes | projects |
rank among OECD countries | rank among OECD countries with data | rank of 19 OECD countries |
rank of 22 OECD countries | rank of 34 OECD countries | rank of 37 OECD countries |
rank of 38 OECD countries | ratio | ratio to population share | regulations | robots |
robots per 10,000 manufacturing employees | score points | thousand EUR per person employed | times |
trillion KRW | trillion KRW per year | USA = 100 | USD | USD (PPP) | USD per hour |
USD per hour (constant 2021 PPP) | USD per hour (current PPP) | USD per hour (PPP)
        """.split()
    ).split(" | ")
)
"""The legal units of the column `value`."""

_YEAR_KINDS = (  # pattern in the note, kind of year; the first that fits counts
    (r"year = publication year", "publication year"),
    (r"^projection\b", "projection"),
    (r"\bperiod \d{4}", "period end"),
    (r"^(?:first|second) (?:half|quarter) of \d{4}|^(?:August|October|November) \d{4}", "part of year"),
    (r"reference year (?:not stated|approximate|of the sector figures uncertain|inferred)", "uncertain year"),
    (r"does not print the reference year", "uncertain year"),
)  # fmt: skip
YEAR_KINDS = ("reference year", *dict.fromkeys(kind for _, kind in _YEAR_KINDS))
_BOUNDS = (
    (r"\blower bound\b", "lower"),
    (r"\bupper bound\b", "upper"),
    (r"^forecast$", "forecast"),
    (r"(?:^|; )approximate\b", "approximate"),
)
BOUNDS = ("none", *(bound for _, bound in _BOUNDS))
_PERIOD = r"\bperiod (\d{4}(?:-\d{4}|s))|^projection for the (\d{4}s)|^((?:first|second) (?:half|quarter) of \d{4})"
_PERIOD += r"|^((?:August|October|November) \d{4})"


def read_published_figures(path) -> pd.DataFrame:
    """Read the compiled figures; turn what the note says about year and precision into fields of their own.

    Returns
    -------
    DataFrame
        The columns of the file, and `year_kind` (`YEAR_KINDS`), `period` (text, where the value does not stand for one
        calendar year), `bound` (`BOUNDS`), `computed` (bool: derived from printed values, itself printed nowhere);
        `secondary` is a bool.

    Raises
    ------
    BadFile
        If a column is missing, an id stands twice or has no citation, a value or year is no number, or a unit, claim
        area, geography or mark of a secondary source is unknown.
    """
    table = read_csv(path, COLUMNS)
    for column in ("id", "indicator", "unit", "source_title", "source_address"):
        if table[column].isna().any():
            raise BadFile(path, "the cell is empty", column=column, row=int(table[column].isna().idxmax()) + 2)
    doubled = table["id"].duplicated()
    if doubled.any():
        place = doubled.idxmax()
        raise BadFile(path, f"id {table.at[place, 'id']!r} stands more than once", column="id", row=place + 2)
    expect(table["claim_area"], ("A", "B", "C"), path, what="claim area")
    expect(table["unit"], UNITS, path, what="unit")
    expect(table["secondary"], ("yes", "no"), path, what="mark of a secondary source")
    _check_geography(table["geography"], path)
    year = numbers(table["year"], path, allow_missing=False)
    if (year % 1 != 0).any():
        place = (year % 1 != 0).idxmax()
        problem = f"a year is a whole number, found {table.at[place, 'year']!r}"
        raise BadFile(path, problem, column="year", row=place + 2)
    note = table["note"].fillna("").astype(str)
    period = note.str.extract(_PERIOD)
    return table.assign(
        year=year.astype(int),
        value=numbers(table["value"], path, allow_missing=False),
        secondary=table["secondary"] == "yes",
        year_kind=_first(note, _YEAR_KINDS, "reference year"),
        period=period.bfill(axis=1)[0].fillna(""),
        bound=_first(note, _BOUNDS, "none"),
        computed=note.str.startswith("computed from the published values"),
    )


def _first(note: pd.Series, patterns, default: str) -> pd.Series:
    found = pd.Series(default, index=note.index)
    for pattern, label in reversed(patterns):
        found = found.mask(note.str.contains(pattern), label)
    return found


def _check_geography(column: pd.Series, path) -> None:
    known = column.isin(AGGREGATES) | column.str.fullmatch("[A-Z]{3}").fillna(False).astype(bool)
    if not known.all():
        place = (~known).idxmax()
        others = ", ".join(AGGREGATES)
        problem = f"geography {column.loc[place]!r} is not an ISO 3166 alpha-3 code; other legal values: {others}"
        raise BadFile(path, problem, column="geography", row=int(place) + 2)
