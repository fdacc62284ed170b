"""A wrong publisher's file fails by name: file, column and row. Runs on small synthetic files."""

import pandas as pd
import pytest

from analysis.data.ingest import mss, oecd_size, statistics_korea
from analysis.data.ingest.reading import BadFile

SDBS = "OECD SDBS DSD_SDBSBSC_ISIC4@DF_SDBS_ISIC4 (latest year per cell)"
SUSB = "US Census SUSB 2022"


def write(path, rows, columns):
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def changed(rows, row, column, value):
    rows = [list(one) for one in rows]
    rows[row][column] = value
    return rows


SDBS_COLUMNS = ["region_id", "region", "sector", "size_class", "firms", "employees", "source"]
SDBS_ROWS = [
    ["kr", "Korea", "Manufacturing", "1-9", 0, 1103, SDBS],
    ["de", "Germany", "Manufacturing", "10-19", 10, 140, SDBS],
    ["de", "Germany", "Manufacturing", "250+", 10, 1000, SDBS],
    ["europe", "Europe", "Manufacturing", "10-19", 10, 140, SDBS],
    ["us", "United States", "Retail trade", "10-24", 5, 70, SUSB],
    ["us", "United States", "Retail trade", "25-49", 5, 200, SUSB],
    ["us", "United States", "Wholesale trade", "25-49", 1, 30, SUSB],
]


def test_sdbs_zero_is_missing_aggregates_go_and_susb_is_regrouped(tmp_path):
    table = oecd_size.read_sdbs(write(tmp_path / "a.csv", SDBS_ROWS, SDBS_COLUMNS)).set_index(["country", "size_class"])
    assert set(table.index) == {("KOR", "1-9"), ("DEU", "10-19"), ("DEU", "250+"), ("USA", "10-49")}
    assert pd.isna(table.at[("KOR", "1-9"), "units"])
    assert table.at[("USA", "10-49"), "employees"] == 300
    assert table.at[("USA", "10-49"), "year"] == 2022
    assert table.at[("DEU", "250+"), "flag"] == oecd_size.OUTSIDE
    assert table.at[("DEU", "10-19"), "flag"] == ""


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (1, 3, "10-49", r"file a.csv, column 'size_class', row 3: size class '10-49' is not expected.*legal: 1-9"),
        (1, 0, "xx", r"column 'region_id', row 3: region 'xx'.*legal: at, be"),
        (2, 2, "Mars", r"column 'sector', row 4: sector 'Mars'"),
        (0, 5, "n.a.", r"file a.csv, column 'employees', row 2: expected a number, found 'n.a.'"),
        (0, 5, -1, r"column 'employees', row 2: a count is negative"),
        (0, 6, "Eurostat", r"column 'source', row 2: source 'Eurostat'"),
    ],
)
def test_sdbs_wrong_cell(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(SDBS_ROWS, row, column, value), SDBS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        oecd_size.read_sdbs(path)


@pytest.mark.parametrize(
    "read",
    [
        oecd_size.read_sdbs, oecd_size.read_sdbs_years, oecd_size.read_ssis,
        statistics_korea.read_workplace_size, mss.read_sme_statistics,
    ],
)  # fmt: skip
def test_missing_file_and_missing_column(tmp_path, read):
    with pytest.raises(BadFile, match="file none.csv: the file is missing"):
        read(tmp_path / "none.csv")
    path = write(tmp_path / "a.csv", [[1]], ["other"])
    with pytest.raises(BadFile, match=r"file a.csv, column '.+': the column is missing; columns in the file: other"):
        read(path)


YEARS_COLUMNS = ["iso3", "year", "activity", "size", "measure", "value"]
YEARS_ROWS = [
    ["KOR", 2015, activity, size, "EMPN", value]
    for activity in ("C", "C10")
    for size, value in (("S1T9", 4), ("S10T49", 3), ("S50T249", 2), ("S_GE250", 1), ("_T", 10))
]


def test_sdbs_years_keeps_sections_without_totals(tmp_path):
    table = oecd_size.read_sdbs_years(write(tmp_path / "a.csv", YEARS_ROWS, YEARS_COLUMNS))
    assert set(table["industry"]) == {"C"}
    assert dict(zip(table["size_class"], table["persons_employed"], strict=True)) == {
        "1-9": 4, "10-49": 3, "50-249": 2, "250+": 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (0, 3, "S1T19", r"column 'size', row 2: size class 'S1T19'.*legal: S1T9"),
        (0, 4, "VAPE", r"column 'measure', row 2: measure 'VAPE'.*legal: EMPN, ENTR"),
        (0, 0, "KR", r"column 'iso3', row 2: 'KR' is not an ISO 3166 alpha-3 code"),
        (2, 5, "two", r"column 'value', row 4: expected a number, found 'two'"),
        (4, 5, 12, r"do not add up to the total _T in KOR 2015 C persons_employed"),
    ],
)
def test_sdbs_years_wrong_cell(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(YEARS_ROWS, row, column, value), YEARS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        oecd_size.read_sdbs_years(path)


SSIS_COLUMNS = [
    "iso3", "year", "isic4", "size", "enterprises", "employees", "persons_employed",
    "value_added_per_person_thousand_nc", "currency", "flags",
]  # fmt: skip
SSIS_ROWS = [
    ["DEU", 2018, "10_33", size, 1, None, persons, productivity, "EUR", None]
    for size, persons, productivity in (
        ("1-9", 100, 30), ("10-19", 100, 40), ("20-49", 100, 50), ("50-249", 100, 60), ("250+", 100, 100),
        ("10-49", 200, 45), ("1-249", 400, 45), ("total", 500, 56),
    )
]  # fmt: skip


def test_ssis_adds_up_and_marks_the_definition(tmp_path):
    path = write(tmp_path / "a.csv", [*SSIS_ROWS, *changed(SSIS_ROWS[:1], 0, 1, 2017)], SSIS_COLUMNS)
    table = oecd_size.read_ssis(path)
    oecd_size.check_ssis(table, path)
    assert "10-49" not in set(table["size_class"])
    assert dict(zip(table["year"], table["enterprise_definition"], strict=True)) == {
        2018: "group of legal units", 2017: "legal unit"
    }  # fmt: skip


def test_ssis_confidential_value_is_missing(tmp_path):
    path = write(tmp_path / "a.csv", changed(changed(SSIS_ROWS, 0, 9, "EMPN=C;VAPE=B"), 0, 6, 0), SSIS_COLUMNS)
    assert pd.isna(oecd_size.read_ssis(path).loc[0, "persons_employed"])


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (1, 3, "10-99", r"column 'size', row 3: size class '10-99'"),
        (1, 2, "10_34", r"column 'isic4', row 3: industry '10_34'"),
        (1, 8, "USD", r"column 'currency', row 3: currency 'USD' is not expected here; legal: EUR, GBP"),
        (1, 9, "EMPN=X", r"column 'flags', row 3: flag 'EMPN=X'"),
        (1, 7, "forty", r"column 'value_added_per_person_thousand_nc', row 3: expected a number"),
        (7, 6, 900, r"column 'persons_employed': size classes do not add up to total in DEU 2018 C"),
        (6, 7, 60, r"column 'value_added_per_person_thousand_nc': size classes do not add up to 1-249"),
    ],
)
def test_ssis_wrong_cell(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(SSIS_ROWS, row, column, value), SSIS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        oecd_size.check_ssis(oecd_size.read_ssis(path), path)


KOSIS_COLUMNS = ["성별_종사자규모별", "계_계", "계_1 - 4인", "계_5~299인", "계_300인이상"]
KOSIS_ROWS = [
    ["2003.08_임금근로자", 30, 10, 0, 0],
    ["2003.08_정규직", 20, 6, 0, 0],
    ["2003.08_비정규직", 10, 4, 0, 0],
    ["2004.08_임금근로자", 30, 10, 15, 5],
    ["2004.08_정규직", 20, 6, 10, 4],
    ["2004.08_비정규직", 10, 4, 5, 1],
]


def test_workplace_size_zeros_are_missing(tmp_path):
    table = statistics_korea.read_workplace_size(write(tmp_path / "a.csv", KOSIS_ROWS, KOSIS_COLUMNS))
    assert set(table["worker_type"]) == {"regular", "non-regular"}
    first = table[table["year"] == 2003].set_index("size_class")["thousand_persons"]
    assert first.loc[["5-299", "300+"]].isna().all()
    assert first.loc["1-4"].sum() == 10


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (4, 0, "2004.13_정규직", r"row 6: expected a period and a type of worker"),
        (4, 0, "2004.08_사장", r"row 6: type of worker '사장'"),
        (4, 2, "six", r"column '계_1 - 4인', row 6: expected a number, found 'six'"),
        (4, 2, 9, r"column '계_계', row 6: parts add up to 23, the total is 20"),
    ],
)
def test_workplace_size_wrong_cell(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(KOSIS_ROWS, row, column, value), KOSIS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        statistics_korea.read_workplace_size(path)


def test_workplace_size_types_of_worker_must_add_up(tmp_path):
    rows = [*KOSIS_ROWS[:3], ["2004.08_임금근로자", 35, 10, 20, 5], *KOSIS_ROWS[4:]]
    with pytest.raises(BadFile, match="row 5: parts add up to 30, the total is 35"):
        statistics_korea.read_workplace_size(write(tmp_path / "a.csv", rows, KOSIS_COLUMNS))


MSS_COLUMNS = ["year", "item", "industry_kr", "region_kr", "size_kr", "size", "value"]
MSS_ROWS = [
    [2023, "persons engaged", industry, "전국", size, "", value]
    for industry in ("41.종합 건설업", "42.전문직별 공사업")
    for size, value in (
        ("소상공인", 4), ("소상공인 제외", 3), ("중기업", 2), ("중소기업 외", 1),
        ("소기업", 7), ("중소기업", 9), ("전체기업", 10),
    )
]  # fmt: skip


def test_sme_statistics_adds_the_two_divisions_of_construction(tmp_path):
    table = mss.read_sme_statistics(write(tmp_path / "a.csv", MSS_ROWS, MSS_COLUMNS))
    assert set(table["industry"]) == {"F"}
    persons = table.set_index("size_class")["persons_engaged"]
    assert persons.to_dict() == {"micro": 8, "small": 6, "medium": 4, "non-SME": 2}


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (0, 4, "대기업", r"column 'size_kr', row 2: size class '대기업'.*legal: 소상공인"),
        (0, 1, "sales", r"column 'item', row 2: item 'sales'"),
        (0, 2, "Z.외계", r"column 'industry_kr', row 2: industry 'Z.외계'"),
        (0, 6, "four", r"column 'value', row 2: expected a number"),
        (0, 6, 5, r"size classes do not add up to 소기업 in 2023 persons_engaged 41"),
    ],
)
def test_sme_statistics_wrong_cell(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(MSS_ROWS, row, column, value), MSS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        mss.read_sme_statistics(path)
