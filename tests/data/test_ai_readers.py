"""A wrong file about AI use fails by name: file, column and row. Runs on small synthetic files."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.ingest import (
    bea_bls,
    eurostat,
    korean_surveys,
    nia,
    other_surveys,
    own_transcriptions,
    survey_figures,
    us_abs,
    us_technologies,
)
from analysis.data.ingest.reading import BadFile


def write(path, rows, columns):
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def changed(rows, row, column, value):
    rows = [list(one) for one in rows]
    rows[row][column] = value
    return rows


SIZE_COLUMNS = ["geo", "size_emp", "year", "value_pct", "flag", "conf_status"]
SIZE_ROWS = [
    ["FR", "10-49", 2021, 5.0, None, None],
    ["FR", "10-49", 2023, 4.7, "b", None],
    ["FR", "50-249", 2023, 10.2, None, None],
    ["FR", "GE250", 2023, 20.9, "b", None],
    ["FR", "GE10", 2023, 6.0, None, None],
    ["FR", "10-49", 2025, 15.0, None, None],
    ["EA", "10-49", 2025, 18.4, None, None],
    ["EU27_2020", "10-49", 2025, 17.0, None, None],
    ["ME", "10-49", 2025, None, None, "C"],
]


def read_size(tmp_path, rows=SIZE_ROWS):
    return eurostat.read_ai_by_size(write(tmp_path / "a.csv", rows, SIZE_COLUMNS))


def test_a_flag_in_one_class_starts_a_new_series_in_all(tmp_path):
    table = read_size(tmp_path).set_index(["country", "size_class", "year"])
    assert table["series"].to_dict() == {
        ("FRA", "10-49", 2021): 1, ("FRA", "10-49", 2023): 2, ("FRA", "50-249", 2023): 2, ("FRA", "250+", 2023): 2,
        ("FRA", "10+", 2023): 2, ("FRA", "10-49", 2025): 3, ("EA", "10-49", 2025): 2,
        ("EU", "10-49", 2025): 2, ("MNE", "10-49", 2025): 2,
    }  # fmt: skip
    broken = table[table["series_break"] == eurostat.BREAK]
    assert set(broken.index.get_level_values("year")) == {2023} and len(broken) == 4


def test_the_longer_list_starts_a_new_series_everywhere(tmp_path):
    rows = [*SIZE_ROWS, ["NL", "10-49", 2024, 20.0, None, None], ["NL", "10-49", 2025, 30.0, "b", None]]
    table = read_size(tmp_path, rows).set_index(["country", "size_class", "year"]).sort_index()
    longer = table.xs(eurostat.WIDENED, level="year")
    assert longer["series_break"].str.startswith(eurostat.LONGER_LIST).all()
    assert longer.at[("NLD", "10-49"), "series_break"].endswith(eurostat.BREAK)  # two reasons in one year, one break
    assert table.loc["NLD", "series"].tolist() == [1, 2]
    earlier = table[table.index.get_level_values("year") < eurostat.WIDENED]
    assert not earlier["series_break"].str.contains(eurostat.LONGER_LIST).any()
    path = write(tmp_path / "b.csv", SECTION_ROWS, SECTION_COLUMNS)
    assert eurostat.read_ai_by_section(path)["series"].tolist() == [table.at[("EU", "10-49", 2025), "series"]]


def test_groups_of_countries_keep_their_code_and_a_confidential_value_is_missing(tmp_path):
    table = read_size(tmp_path).set_index("country")
    assert table.at["EA", "value"] == 18.4 and table.at["EU", "value"] == 17.0
    assert pd.isna(table.at["MNE", "value"]) and table.at["MNE", "flag"] == "C"


def test_all_firms_are_apart_from_the_classes_and_the_question_names_the_longer_list(tmp_path):
    table = read_size(tmp_path)
    assert set(table.loc[table["breakdown"] == "none", "size_class"]) == {"10+"}
    assert set(table.loc[table["year"] == 2025, "question"]) == {eurostat.EIGHT}
    assert set(table.loc[table["year"] < 2025, "question"]) == {eurostat.SEVEN}


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (0, 0, "XX", r"file a.csv, column 'geo', row 2: area 'XX' is not expected here; legal: AL, AT"),
        (0, 1, "10-99", r"column 'size_emp', row 2: size class '10-99'"),
        (0, 2, "2021/22", r"column 'year', row 2"),
        (0, 3, "5 %", r"column 'value_pct', row 2: expected a number, found '5 %'"),
        (0, 3, 500, r"column 'value_pct', row 2: 500 is outside 0 to 100"),
        (0, 3, None, r"column 'value_pct', row 2: the value is missing and not confidential"),
        (0, 4, "z", r"column 'flag', row 2: flag 'z'"),
        (4, 3, 40.0, r"the rate of all sizes lies outside the rates of its classes in FRA 2023"),
    ],
)
def test_a_wrong_cell_by_size(tmp_path, row, column, value, problem):
    with pytest.raises(BadFile, match=problem):
        read_size(tmp_path, changed(SIZE_ROWS, row, column, value))


SECTION_COLUMNS = ["nace_r2_section", "label", "value_pct", "geo", "year", "indic", "size"]
SECTION_ROWS = [["J", "Information", 62.52, "EU27_2020", 2025, "E_AI_TANY", "GE10"]]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        (0, "K", r"column 'nace_r2_section', row 2: section 'K'"),
        (5, "E_AI_PPP", r"column 'indic', row 2: indicator 'E_AI_PPP'"),
        (6, "GE250", r"column 'size', row 2: size class 'GE250'"),
        (3, "DE", r"column 'geo', row 2: area 'DE'"),
        (2, None, r"column 'value_pct', row 2"),
    ],
)
def test_a_wrong_cell_by_section(tmp_path, column, value, problem):
    path = write(tmp_path / "a.csv", changed(SECTION_ROWS, 0, column, value), SECTION_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        eurostat.read_ai_by_section(path)


ABS_COLUMNS = ["field_naics_code", "field_companies_number_", "field_a_lot", "field_somewhat", "field_a_little",
               "field_not_at_all"]  # fmt: skip


def abs_rows():
    printed = [
        code.replace("313-316", "313–16").replace("3361-3363", "3361–63").replace("44-45", "44–45")
        .replace("48-49", "48–49").replace("621-623", "621–23")
        for code in us_abs.INDUSTRIES
    ]  # fmt: skip
    printed = [f"other {code.removesuffix('-other')}" if code.endswith("-other") else code for code in printed]
    rows = [[code, "1,000", 0.5, 1.5, 3.0, 95.0] for code in printed]
    total = f"{1000 * len(rows):,}"
    return [["11, 21–23, 31–33, 42–81", total, 0.5, 1.5, 3.0, 95.0], ["31–33", "9,000", 0.4, 1.5, 2.9, 95.2], *rows]


def test_industries_are_a_partition_and_nested_rows_go(tmp_path):
    table = us_abs.read_ai_by_industry(write(tmp_path / "a.csv", abs_rows(), ABS_COLUMNS))
    assert list(table["industry"]) == list(us_abs.INDUSTRIES)
    assert set(table["value"]) == {5.0} and set(table["firms"]) == {1000.0}


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (2, 0, "999", r"column 'field_naics_code': industry 311 stands 0 times; once is expected"),
        (3, 0, "311", r"industry 311 stands 2 times"),
        (2, 1, "9,000", r"'field_companies_number_': industries add up to 59,000 companies, the total is 51,000"),
        (2, 1, "D", r"column 'field_companies_number_', row 4: expected a number, found 'D'"),
        (2, 5, 90.0, r"row 4: the answers of 311 do not add up to 100 %"),
        (2, 2, "D", r"column 'field_a_lot', row 4: expected a number"),
    ],
)
def test_a_wrong_industry(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(abs_rows(), row, column, value), ABS_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        us_abs.read_ai_by_industry(path)


YEARS = [str(year) for year in range(1987, 2021)]


def index_file(path, spoil=None):
    rows = [[f"Industry {number}", f"{number}X", *([100.0] * len(YEARS))] for number in range(63)]
    if spoil:
        spoil(rows)
    return write(path, rows, ["Index (2012=100)", bea_bls.CODE, *YEARS])


def test_both_indices_are_joined_by_industry_and_year(tmp_path):
    table = bea_bls.read_industry_productivity(index_file(tmp_path / "a.csv"), index_file(tmp_path / "b.csv"))
    assert len(table) == 63 * len(YEARS)
    assert list(table) == ["industry", "industry_name", "year", "labour_productivity", "total_factor_productivity"]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda rows: rows[0].__setitem__(2, "n.a."), r"file b.csv, column '1987', row 2: expected a number"),
        (lambda rows: rows[4].__setitem__(2 + YEARS.index("2012"), 90.0), r"row 6: the index is not 100 in 2012"),
        (lambda rows: rows[1].__setitem__(1, "0X"), r"62 industries in 63 rows; 63 are expected, each once"),
        (lambda rows: rows[1].__setitem__(1, "ZZ"), r"industry '1X' is in one of the two files only"),
    ],
)
def test_a_wrong_index(tmp_path, spoil, problem):
    with pytest.raises(BadFile, match=problem):
        bea_bls.read_industry_productivity(index_file(tmp_path / "a.csv"), index_file(tmp_path / "b.csv", spoil))


@pytest.mark.parametrize("read", [eurostat.read_ai_by_size, eurostat.read_ai_by_section, us_abs.read_ai_by_industry])
def test_missing_file_and_missing_column(tmp_path, read):
    with pytest.raises(BadFile, match="file none.csv: the file is missing"):
        read(tmp_path / "none.csv")
    with pytest.raises(BadFile, match=r"column '.+': the column is missing; columns in the file: other"):
        read(write(tmp_path / "a.csv", [[1]], ["other"]))


def figures(**changes):
    table = an.load("published_figures").copy()
    for key, (column, value) in changes.items():
        table.loc[table["id"] == key.replace("_", "-"), column] = value
    return table


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"AI_004": ("unit", "% of firms")}, "figure AI-004: unit is '% of firms'; expected '% of enterprises'"),
        ({"AI_004": ("geography", "JPN")}, "figure AI-004: geography is 'JPN'"),
        ({"AI_003": ("year", 2022)}, "figure AI-003: its definition does not fit the question asked in 2022"),
        ({"AI_004": ("year", 2021)}, "figure AI-004: its definition does not fit the question asked in 2021"),
    ],
)
def test_a_korean_figure_that_does_not_fit_is_named(changes, problem):
    with pytest.raises(ValueError, match=problem):
        nia.ai_use_from_figures(figures(**changes))


def test_a_korean_figure_that_is_missing_is_named():
    table = an.load("published_figures")
    with pytest.raises(ValueError, match="published_figures lacks AI-011"):
        nia.ai_use_from_figures(table[table["id"] != "AI-011"])


def transcription(tmp_path, key, name, **changes):
    content = yaml.safe_load((own_transcriptions.FOLDER / name).read_text(encoding="utf-8"))
    entry = content[key][0]
    for part, value in changes.items():
        if value is KeyError:
            del entry[part]
        else:
            entry[part] = value
    path = tmp_path / name
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"counts": "users"}, "'counts': entry TGT-01: 'users' is not legal; legal: adopters, supported, output"),
        ({"id": "TGT-02"}, "column 'id': entry TGT-02: 'TGT-02' stands more than once"),
        ({"announced": "October 2009"}, "column 'announced': entry TGT-01: .* is not a date such as 2024-09"),
        ({"value": "half"}, "column 'value': entry TGT-01: 'half' is not a number"),
        ({"due": 2008}, "column 'due': entry TGT-01: .*2008.* lies before the announcement"),
        ({"source_address": "seen on TV"}, "column 'source_address': entry TGT-01: 'seen on TV' is no address"),
        ({"secondary": "yes"}, "column 'secondary': entry TGT-01: 'yes' is not legal"),
        ({"note": KeyError}, "entry 'TGT-01' lacks 'note'"),
        ({"colour": "red"}, "entry 'TGT-01' has the unknown part 'colour'"),
    ],
)
def test_a_wrong_target_is_named(tmp_path, changes, problem):
    with pytest.raises(BadFile, match=problem):
        own_transcriptions.read_policy_targets(transcription(tmp_path, "targets", "policy_targets.yml", **changes))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"hours": "maybe"}, "column 'hours': entry KOR-MMS: 'maybe' is not legal; legal: yes, no, not stated"),
        ({"covers": KeyError}, "entry 'KOR-MMS' lacks 'covers'"),
    ],
)
def test_a_wrong_statistic_is_named(tmp_path, changes, problem):
    path = transcription(tmp_path, "sources", "microdata_sources.yml", **changes)
    with pytest.raises(BadFile, match=problem):
        own_transcriptions.read_microdata_sources(path)


def test_a_transcription_that_is_missing_or_empty_is_named(tmp_path):
    with pytest.raises(BadFile, match="file none.yml: the file is missing"):
        own_transcriptions.read_policy_targets(tmp_path / "none.yml")
    (tmp_path / "empty.yml").write_text("targets: []\n")
    with pytest.raises(BadFile, match="the list 'targets' is missing or empty"):
        own_transcriptions.read_policy_targets(tmp_path / "empty.yml")


BAND_COLUMNS = ["employment_size_level_1", "employment_size_level_3", "field_companies_number_", "field_a_lot",
                "field_somewhat", "field_a_little", "field_not_at_all"]  # fmt: skip


def band_rows():
    printed = [f"{band[:-1]} or more" if band.endswith("+") else band.replace("-", "–") for band in us_abs.BANDS]
    rows = [["All companies", band, "1,000", 1.0, 2.0, place, 97.0 - place] for place, band in enumerate(printed)]
    total = ["All companies", None, "12,000", 1.0, 2.0, 5.5, 91.5]
    return [total, ["All companies", None, None, None, None, None, None], *rows]


def test_bands_become_the_classes_of_other_surveys(tmp_path):
    table = us_abs.read_ai_by_size(write(tmp_path / "a.csv", band_rows(), BAND_COLUMNS))
    assert table["breakdown"].value_counts().to_dict() == {"size band": 12, "size": 4, "none": 2}
    classes = table[table["breakdown"] == "size"].set_index("size_class")
    assert classes["value"].to_dict() == {"1-9": 3.5, "10-49": 5.5, "50-249": 7.5, "250+": 11.5}
    assert set(classes["flag"]) == {us_abs.COMPUTED} and classes["firms"].sum() == 12_000
    assert table[table["size_class"] == "10+"]["value"].tolist() == [pytest.approx(9.5)]


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (2, 1, "1–5", r"column 'employment_size_level_3': size band 1-4 stands 0 times; once is expected"),
        (2, 2, "9,000", r"size bands add up to 20,000 companies, the total is 12,000"),
        (3, 6, 90.0, r"row 5: the answers of 5-9 do not add up to 100 %"),
        (0, 1, "1–4", r"size band 1\+ stands 0 times"),
    ],
)
def test_a_wrong_band(tmp_path, row, column, value, problem):
    path = write(tmp_path / "a.csv", changed(band_rows(), row, column, value), BAND_COLUMNS)
    with pytest.raises(BadFile, match=problem):
        us_abs.read_ai_by_size(path)


@pytest.mark.parametrize("room", [korean_surveys, other_surveys])
def test_a_survey_figure_that_is_missing_is_named(room):
    table, first = an.load("published_figures"), next(iter(room.SURVEYS[0].cells))
    with pytest.raises(ValueError, match=f"published_figures lacks {first}, named in the survey"):
        survey_figures.ai_use(room.SURVEYS, table[table["id"] != first])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"AI_116": ("geography", "JPN")}, "figure AI-116: geography is 'JPN'; expected 'KOR'"),
        ({"AI_116": ("unit", "% of firms")}, "figure AI-116: unit is '% of firms'; expected '% of workplaces'"),
        ({"AI_130": ("definition", "KBIZ")}, "figure AI-130: its definition does not speak of 'Smart Manufacturing"),
        ({"AI_098": ("value", 640.0)}, "figure AI-098: 640.0 is no percentage"),
    ],
)
def test_a_survey_figure_that_does_not_fit_is_named(changes, problem):
    with pytest.raises(ValueError, match=problem):
        survey_figures.ai_use(korean_surveys.SURVEYS, figures(**changes))


ABS_FOLDER = Path(__file__).parents[3] / "shared/sources/ai/us_abs_ncses"
needs_abs = pytest.mark.skipif(not ABS_FOLDER.is_dir(), reason="needs shared/sources/ai/us_abs_ncses")


def spoilt_abs(tmp_path, name, edit):
    for path in ABS_FOLDER.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(edit(text) if path.name.startswith(name) else text, encoding="utf-8")
    return tmp_path


@needs_abs
@pytest.mark.parametrize(
    ("name", "edit", "problem"),
    [
        ("12516", lambda text: text.replace("field_biotechnology", "field_magic"), "technology 'magic' is unknown"),
        ("5701", lambda text: text.replace("65.2,0.7", "25.2,0.7"), "row 4: the answers do not add up to 100 %"),
        ("5698", lambda text: text.replace("0.9,0.5,D,5.2", "0.9,0.5,0.3,5.2"), "row 5: a cell is suppressed in the"),
        ("FLAGS", lambda text: text.replace(",r\n", ",x\n", 1), "flag 'x' is not expected here; legal: D, r"),
    ],
)
def test_a_wrong_technology_table(tmp_path, name, edit, problem):
    with pytest.raises(BadFile, match=problem):
        us_technologies.read_technology_use(spoilt_abs(tmp_path, name, edit))


def test_a_folder_without_the_tables_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"5698_\*.csv: the file is missing"):
        us_technologies.read_technology_use(tmp_path)
