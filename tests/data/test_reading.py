"""A wrong file fails by name: file, sheet, column, row."""

import pandas as pd
import pytest

from analysis.data.ingest import reading
from analysis.data.ingest.reading import BadFile


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "levels.csv"
    path.write_text("geo,year,value,unit\nNA,2000,1.5,USD\nKOR,2001,:,USD\n", encoding="utf-8")
    return path


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"cnt": ["KOR"], "VA": [1.0]}).to_excel(writer, sheet_name="Data", index=False)
    return path


def test_namibia_is_not_missing(csv):
    assert reading.read_csv(csv, ["geo"])["geo"].tolist() == ["NA", "KOR"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match="file gone.csv: the file is missing"):
        reading.read_csv(tmp_path / "gone.csv", ["geo"])


def test_a_renamed_column_is_named(csv):
    with pytest.raises(BadFile, match="file levels.csv, column 'country': .* columns in the file: geo, year"):
        reading.read_csv(csv, ["country"])


def test_a_missing_sheet_is_named(workbook):
    with pytest.raises(BadFile, match="file book.xlsx, sheet 'Total': .* sheets in the file: Data"):
        reading.read_sheet(workbook, "Total")


def test_a_renamed_column_of_a_sheet_is_named(workbook):
    with pytest.raises(BadFile, match="sheet 'Data', column 'EMP'"):
        reading.read_sheet(workbook, "Data", ["cnt", "EMP"])
    assert reading.read_sheet(workbook, "Data", ["VA"])["VA"].tolist() == [1.0]


def test_text_in_a_number_is_named_with_its_row(csv):
    column = reading.read_csv(csv, ["value"])["value"]
    with pytest.raises(BadFile, match="column 'value', row 3: expected a number, found ':'"):
        reading.numbers(column, csv)
    assert reading.numbers(column, csv, missing=[":"]).tolist()[0] == 1.5
    with pytest.raises(BadFile, match="row 3"):
        reading.numbers(column, csv, missing=[":"], allow_missing=False)


def test_another_unit_is_named(csv):
    column = reading.read_csv(csv, ["unit"])["unit"]
    reading.expect(column, ["USD"], csv, what="unit")
    with pytest.raises(BadFile, match="column 'unit', row 2: unit 'USD' is not expected here; legal: EUR"):
        reading.expect(column, ["EUR"], csv, what="unit")


def test_a_wrong_country_code_is_named(csv):
    with pytest.raises(BadFile, match="row 2: 'NA' is not an ISO 3166 alpha-3 code"):
        reading.check_iso3(reading.read_csv(csv, ["geo"])["geo"], csv)


def test_an_unknown_code_is_named(csv):
    with pytest.raises(BadFile, match="code 'NA' is not expected here; legal: KOR"):
        reading.recode(reading.read_csv(csv, ["geo"])["geo"], {"KOR": "Korea"}, csv)
