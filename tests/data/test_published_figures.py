"""Transcribed figures: what their notes say about year and precision, and wrong rows that fail by name."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.data.ingest import size_ratios, transcribed
from analysis.data.ingest.reading import BadFile

ROOT = Path(__file__).parents[2]
ROW = {
    "id": "SIZ-001", "claim_area": "A", "indicator": "share of persons engaged", "geography": "KOR",
    "size_class": "SME", "sector": "all", "instrument": "", "year": "2023", "value": "80.4", "unit": "%",
    "definition": "legal", "source_title": "title", "source_address": "https://example.org",
    "locator": "", "secondary": "yes", "note": "",
}  # fmt: skip


def read(tmp_path, **changes):
    path = tmp_path / "figures.csv"
    pd.DataFrame([ROW, {**ROW, "id": "SIZ-002", **changes}]).to_csv(path, index=False)
    return transcribed.read_published_figures(path).iloc[-1]


@pytest.fixture(scope="module")
def figures():
    table = pd.read_csv(ROOT / "data" / "published_figures.csv", keep_default_na=False, na_values=[""])
    return table.set_index("id")


@pytest.mark.parametrize(
    ("note", "year_kind", "period", "bound"),
    [
        ("", "reference year", "", "none"),
        ("year = publication year; reference year not stated; lower bound", "publication year", "", "lower"),
        ("period 2000-2015", "period end", "2000-2015", "none"),
        ("period 1970s", "period end", "1970s", "none"),
        ("period 1990-2012; approximate; model-based", "period end", "1990-2012", "approximate"),
        ("projection, period 2031-2040", "projection", "2031-2040", "none"),
        ("projection for the 2030s", "projection", "2030s", "none"),
        ("first half of 2025", "part of year", "first half of 2025", "none"),
        ("reference year approximate (about 2015); upper bound", "uncertain year", "", "upper"),
        ("forecast", "reference year", "", "forecast"),
    ],
)
def test_notes_become_fields(tmp_path, note, year_kind, period, bound):
    row = read(tmp_path, note=note)
    assert (row["year_kind"], row["period"], row["bound"]) == (year_kind, period, bound)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"value": "about 80"}, "file figures.csv, column 'value', row 3: expected a number, found 'about 80'"),
        ({"value": ""}, "column 'value', row 3"),
        ({"year": "2023/24"}, "column 'year', row 3: expected a number"),
        ({"year": "2023.5"}, "column 'year', row 3: a year is a whole number"),
        ({"unit": "per cent"}, "column 'unit', row 3: unit 'per cent' is not expected here; legal: "),
        ({"id": "SIZ-001"}, "column 'id', row 3: id 'SIZ-001' stands more than once"),
        ({"secondary": "maybe"}, "column 'secondary', row 3.*legal: yes, no"),
        ({"claim_area": "D"}, "column 'claim_area', row 3: claim area 'D'"),
        ({"geography": "Korea"}, "column 'geography', row 3: geography 'Korea' is not an ISO 3166 alpha-3 code"),
        ({"source_address": ""}, "column 'source_address', row 3: the cell is empty"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, changes, problem):
    with pytest.raises(BadFile, match=problem):
        read(tmp_path, **changes)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "figures.csv"
    pd.DataFrame([ROW]).drop(columns="secondary").to_csv(path, index=False)
    with pytest.raises(BadFile, match="column 'secondary': the column is missing"):
        transcribed.read_published_figures(path)


def test_all_figures_are_kept_with_their_marks(figures):
    assert len(figures) == 719
    assert figures["claim_area"].value_counts().to_dict() == {"A": 438, "B": 189, "C": 92}
    assert figures["secondary"].sum() == 559
    assert figures["computed"].sum() == 12
    assert set(figures["year_kind"]) == set(transcribed.YEAR_KINDS)
    assert set(figures["bound"]) == set(transcribed.BOUNDS)


@pytest.mark.parametrize(
    ("figure", "year", "value"),
    [
        ("SIZ-041", 2023, 80.4),  # SME share of persons engaged, enterprises
        ("SIZ-019", 2018, 83.1),
        ("SIZ-163", 2021, 46),  # persons in establishments of 1-9, whole economy
        ("SIZ-174", 2026, 42.2),  # persons in 10-49, manufacturing without micro units
        ("SIZ-030", 2020, 17541182),  # first release
    ],
)
def test_figures_that_the_claims_rest_on(figures, figure, year, value):
    assert (figures.at[figure, "year"], figures.at[figure, "value"]) == (year, value)


def test_ratios_refuse_figures_that_do_not_belong_together(figures):
    table = figures.reset_index()
    with pytest.raises(ValueError, match="published_figures lacks SIZ-098"):
        size_ratios.from_figures(table[table["id"] != "SIZ-098"])
    changed = table.assign(year=table["year"].where(table["id"] != "SIZ-157", 2012))
    with pytest.raises(ValueError, match="SIZ-156 and SIZ-157 differ in year"):
        size_ratios.from_figures(changed)
    changed = table.assign(unit=table["unit"].where(table["id"] != "SIZ-110", "million KRW"))
    with pytest.raises(ValueError, match="SIZ-110: unit 'million KRW' does not fit a published ratio"):
        size_ratios.from_figures(changed)
