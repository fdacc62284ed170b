"""Exposure to AI: the bridge from NAICS to sections, wrong files that fail by name, and known values of the table."""

import pandas as pd
import pytest

import analysis as an
from analysis.data import sections_bridge
from analysis.data.ingest import exposure
from analysis.data.ingest.exposure import ISCO, SECTION_NAMES, SOC
from analysis.data.ingest.reading import BadFile
from analysis.data.ingest.us_abs import INDUSTRIES
from analysis.data.sections_bridge import section_of


@pytest.mark.parametrize(
    ("naics", "section"),
    [
        ("11", "A"), ("2211", "D"), ("2213", "E"), ("221300", "E"), ("31", "C"), ("4240A2", "G"), ("44-45", "G"),
        ("48-49", "H"), ("313-316", "C"), ("511", "J"), ("5415", "J"), ("5411", "M"), ("531", "L"),
        ("53-other", "L"), ("81", "S"),
        ("533", "N"), ("5613", "N"), ("562", "E"), ("621-623", "Q"), ("8111", "G"), ("8112", "S"), ("8113", "C"),
        ("9992", "O"), ("92", "O"), ("814", "T"),
    ],
)  # fmt: skip
def test_a_code_goes_to_its_section(naics, section):
    assert section_of(naics) == section


@pytest.mark.parametrize("naics", ["99", "5", "", "manufacturing", "31 33", "0111"])
def test_an_unknown_code_is_named(naics):
    with pytest.raises(ValueError, match="no section for NAICS code .*; known prefixes: 11, 21"):
        section_of(naics)


def test_a_span_over_two_sections_is_refused():
    with pytest.raises(ValueError, match="'531-533' spans the sections L, N"):
        section_of("531-533")


def test_each_split_code_goes_where_the_bridge_says_and_has_a_reason():
    split = sections_bridge.split_codes()
    assert split["naics"].is_unique and len(split) >= 10
    for row in split.itertuples():
        assert section_of(row.naics) == row.section and len(row.why) > 20


def test_every_code_of_the_us_survey_has_a_section():
    assert {section_of(code) for code in INDUSTRIES} == set("ABCDFGHIJKLMNPQRS")


TITLE, SHEET = "Industry Title", "Appendix B"


def industries(tmp_path, rows, columns=("NAICS", TITLE, "AIIE")):
    path = tmp_path / "a.xlsx"
    pd.DataFrame(rows, columns=list(columns)).to_excel(path, sheet_name=SHEET, index=False)
    return path


def rows_of(number=250):
    codes = ["1133", "3111", "3112", "3211", "5411", "5415"]
    return [[codes[place % 6], f"industry {place}", (place % 6) - 2.0] for place in range(number)]


def read(path):
    return exposure.read_industries(path, SHEET, TITLE, "AIIE", "aiie", "aioe-2021")


def test_industries_are_averaged_alike_and_by_three_digits(tmp_path):
    table = read(industries(tmp_path, rows_of())).set_index("unit")
    rows = pd.DataFrame(rows_of(), columns=["code", "title", "score"])
    made = rows[rows["code"].str.startswith("3")]
    assert table.at["C", "score"] == pytest.approx(made["score"].mean(), abs=1e-4)
    grouped = made.groupby(made["code"].str[:3])["score"].mean().mean()
    assert table.at["C", "score_grouped"] == pytest.approx(grouped, abs=1e-4)
    assert abs(grouped - made["score"].mean()) > 0.1  # the two ways differ here
    assert (table.at["C", "score_low"], table.at["C", "score_high"]) == (-1.0, 1.0)
    assert table["averaged"].sum() == 250
    assert table.at["J", "score"] == 3.0 and table.at["M", "score"] == 2.0


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (0, 0, "9800", r"sheet 'Appendix B', column 'NAICS', row 2: no section for NAICS code '9800'"),
        (1, 2, "high", r"column 'AIIE', row 3: expected a number, found 'high'"),
        (1, 2, None, r"column 'AIIE', row 3: expected a number"),
        (2, 2, 61.0, r"column 'AIIE', row 4: 61 is outside -5 to 5"),
    ],
)
def test_a_wrong_cell_of_industries(tmp_path, row, column, value, problem):
    rows = rows_of()
    rows[row][column] = value
    with pytest.raises(BadFile, match=problem):
        read(industries(tmp_path, rows))


def test_a_doubled_or_missing_industry(tmp_path):
    rows = rows_of()
    with pytest.raises(BadFile, match="1133 industry 0 stands more than once"):
        read(industries(tmp_path, [*rows[:249], rows[0]]))
    with pytest.raises(BadFile, match="249 industries; 250 are expected"):
        read(industries(tmp_path, rows[:249]))
    with pytest.raises(BadFile, match="column 'AIIE': the column is missing"):
        read(industries(tmp_path, rows, ("NAICS", TITLE, "AIOE")))


def test_occupations_of_an_unknown_group_or_with_a_percentage(tmp_path):
    columns = ["O*NET-SOC Code", "dv_rating_beta", "human_rating_beta"]

    def gpts(rows):
        path = tmp_path / "g.csv"
        pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
        return exposure.read_gpts_occupations(path, "gpts-are-gpts-2023")

    table = gpts([["11-1011.00", 0.4, 0.2], ["11-1021.00", 0.6, 0.4], ["13-1011.00", 0.1, 0.0]])
    found = table.set_index(["measure", "unit"])["score"].to_dict()
    assert found == {("gpts-beta", "11"): 0.5, ("gpts-beta", "13"): 0.1, ("gpts-beta-human", "11"): 0.3,
                     ("gpts-beta-human", "13"): 0.0}  # fmt: skip
    with pytest.raises(BadFile, match=r"column 'O\*NET-SOC Code', row 2: occupation 55-1011.00 is of no known"):
        gpts([["55-1011.00", 0.4, 0.2]])
    with pytest.raises(BadFile, match="40 is outside 0 to 1"):
        gpts([["11-1011.00", 40, 0.2]])
    with pytest.raises(BadFile, match="11-1011.00 stands more than once"):
        gpts([["11-1011.00", 0.4, 0.2], ["11-1011.00", 0.4, 0.2]])


def test_an_occupation_of_the_ilo_has_one_mean(tmp_path):
    codes = [1000 + 20 * place for place in range(427)]
    path = tmp_path / "i.xlsx"

    def ilo(rows):
        pd.DataFrame(rows, columns=["ISCO_08", "mean_score_2025"]).to_excel(path, sheet_name="Sheet1", index=False)
        return exposure.read_ilo_occupations(path, "ilo-genai-2025")

    tasks = [[code, 0.3] for code in codes for _ in range(2)]
    table = ilo(tasks)
    assert table["averaged"].sum() == 427 and set(table["score"]) == {0.3}
    with pytest.raises(BadFile, match="1000 stands more than once"):
        ilo([*tasks, [1000, 0.5]])
    with pytest.raises(BadFile, match="426 occupations; 427 are expected"):
        ilo(tasks[2:])


def test_a_soc_file_of_another_year_is_refused(tmp_path):
    path = tmp_path / "o.xlsx"
    pd.DataFrame({"SOC Code": ["11-1011"], "AIOE": [1.0]}).to_excel(path, sheet_name="Appendix A", index=False)
    with pytest.raises(BadFile, match="1 occupations; 774 are expected"):
        exposure.read_aioe_occupations(path, "aioe-2021")


@pytest.fixture(scope="module")
def table():
    return an.load("ai_exposure").set_index(["measure", "unit"])


def test_every_measure_covers_its_units(table):
    for measure in ("aiie", "aiie-language", "aiie-image"):
        assert set(table.loc[measure].index) == set(SECTION_NAMES)
        assert table.loc[measure, "averaged"].sum() == exposure.INDUSTRIES
        assert table.loc[measure, "score_grouped"].notna().all()
    for measure in ("aioe", "gpts-beta", "gpts-beta-human"):
        assert set(table.loc[measure].index) == set(SOC)
    assert set(table.loc["ilo-genai-2025"].index) == set(ISCO)
    assert table.loc["gpts-beta", "averaged"].sum() == 923


def test_known_scores(table):
    assert table.loc["aiie", "score"].idxmax() == "K" and table.loc["aiie", "score"].idxmin() == "A"
    assert table.at[("aiie", "L"), "score"] == pytest.approx(0.5238)
    assert table.at[("aiie", "L"), "averaged"] == 1
    assert table.at[("ilo-genai-2025", "4"), "score"] == pytest.approx(0.5355, abs=1e-4)
    assert table.loc["ilo-genai-2025", "score"].idxmax() == "4"
    assert table.loc["gpts-beta", "score"].idxmax() == "15"


def test_a_mean_lies_between_the_lowest_and_the_highest(table):
    assert (table["score_low"] <= table["score"]).all() and (table["score"] <= table["score_high"]).all()
    standard = table["scale"].str.startswith("standardised")
    assert table.loc[~standard, "score_low"].ge(0).all() and table.loc[~standard, "score_high"].le(1).all()
