"""Readers of the sector files: a good file gives what it holds, a wrong one fails by file, sheet, column, row."""

import pandas as pd
import pytest

from analysis.data import sectors
from analysis.data.ingest import apo, euklems, fpb, ggdc, ggdc_levels
from analysis.data.ingest.reading import BadFile


def _write(path, **sheets):
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in sheets.items():
            table.to_excel(book, sheet_name=name, index=False, header=name not in ("Notes", "notes", "Legend"))
    return path


def _notes(statements):
    return pd.DataFrame({0: list(statements)})


# --- ETD and 10SD: one row per country, variable and year


def _wide(labels, total, names, country, variable):
    rows = []
    for number, name in enumerate(names):
        row = {country: "KOR", variable: name, "year": 1990}
        row |= {label: 10.0 * (number + 1) + place for place, label in enumerate(labels)}
        rows.append(row | {total: sum(row[label] for label in labels)})
    return pd.DataFrame(rows)


def _etd():
    table = _wide(sectors.CODES["ETD"], "Total", ["VA", "VA_Q15", "EMP"], "cnt", "var")
    return _notes(ggdc._ETD_STATES), table


def _ten():
    table = _wide(sectors.CODES["10SD"], "Summation of sector GDP", ["VA", "VA_Q05", "EMP"], "country", "variable")
    return _notes(f"{state};" for state in ggdc._TEN_STATES), table


def _read_etd(path, notes, table):
    return ggdc.read_etd(_write(path / "etd.xlsx", Notes=notes, Data=table))


def _read_ten(path, notes, table):
    return ggdc.read_ten_sector(_write(path / "ten.xlsx", notes=notes, dataset=table))


def test_etd_is_one_row_per_sector(tmp_path):
    tidy = _read_etd(tmp_path, *_etd()).set_index("sector")
    assert list(tidy.loc["C", ["value_added", "value_added_constant", "employment"]]) == [12, 22, 32]
    assert len(tidy) == 12
    assert "Total" not in tidy.index


def test_ten_sector_joins_what_one_column_holds(tmp_path):
    notes, table = _ten()
    table["Government services"] = table["Government services"].astype(object)
    table.loc[2, "Summation of sector GDP"] -= table.loc[2, "Government services"]
    table.loc[2, "Government services"] = " "
    tidy = _read_ten(tmp_path, notes, table).set_index("sector")
    assert list(tidy.loc["O+P+Q+R+S+T+U", ["value_added", "employment"]]) == [18 + 19, 39]
    assert not {"O+P+Q", "R+S+T+U"} & set(tidy.index)
    assert len(_read_ten(tmp_path, *_ten())) == 10


def test_ten_sector_leaves_out_the_alternative_series_and_recodes_morocco(tmp_path):
    notes, table = _ten()
    more = pd.concat([table, table.assign(country="MOR"), table.assign(country="NGA(alt)")], ignore_index=True)
    assert set(_read_ten(tmp_path, notes, more)["country"]) == {"KOR", "MAR"}
    with pytest.raises(BadFile, match="country with VA_Q05 'DEW'"):
        _read_ten(tmp_path, notes, table.assign(country="DEW"))


@pytest.mark.parametrize(("make", "read"), [(_etd, _read_etd), (_ten, _read_ten)])
def test_wrong_wide_workbooks_fail_by_name(tmp_path, make, read):
    notes, table = make()
    with pytest.raises(BadFile, match="do not say '.*constant.*another release or unit"):
        read(tmp_path, notes.replace("constant", "current", regex=True), table)
    with pytest.raises(BadFile, match="sheet '(Data|dataset)', column 'Mining': the column is missing"):
        read(tmp_path, notes, table.rename(columns={"Mining": "Mines"}))
    text = table.astype({"Mining": object})
    text.loc[1, "Mining"] = "n/a"
    with pytest.raises(BadFile, match=r"column 'Mining', row 3: expected a number, found 'n/a'"):
        read(tmp_path, notes, text)
    wrong = table.copy()
    wrong.loc[2, "Mining"] += 1
    with pytest.raises(BadFile, match=r"row 4: the parts add up to 1\.\d+ of the total"):
        read(tmp_path, notes, wrong)
    with pytest.raises(BadFile, match="row 5: KOR VA 1990 stands more than once"):
        read(tmp_path, notes, pd.concat([table, table.head(1)], ignore_index=True))
    with pytest.raises(BadFile, match="variable 'VA_Q99' is not expected here; legal: VA"):
        read(tmp_path, notes, table.replace({"EMP": "VA_Q99"}))
    with pytest.raises(BadFile, match="'Korea' is not an ISO 3166 alpha-3 code"):
        read(tmp_path, notes, table.replace({"KOR": "Korea"}))


def test_a_missing_sheet_lists_those_there(tmp_path):
    notes, table = _etd()
    with pytest.raises(
        BadFile, match="file etd.xlsx, sheet 'Data': the sheet is missing; sheets in the file: Notes, Sheet1"
    ):
        ggdc.read_etd(_write(tmp_path / "etd.xlsx", Notes=notes, Sheet1=table))


# --- PLD


def _pld():
    rows = [
        {"countrycode": country, "year": 2017, "sector": label, "VA": 100.0, "EMP": 5.0, "PPP_y": ppp, "PPP_z": ppp,
         "PPP_va": ppp, "xr": ppp, "i_ppp": "Double deflated"}
        for country, ppp in (("USA", 1.0), ("KOR", 800.0)) for label in sectors.CODES["PLD"]
    ]  # fmt: skip
    return _notes(ggdc_levels._STATES), pd.DataFrame(rows)


def _read_pld(path, notes, table):
    return ggdc_levels.read_pld(_write(path / "pld.xlsx", Legend=notes, Data=table))


def test_pld_keeps_values_ppps_and_deflation(tmp_path):
    tidy = _read_pld(tmp_path, *_pld()).set_index(["country", "sector"])
    assert tidy.loc[("KOR", "G+I"), "ppp"] == 800
    assert set(tidy["deflation"]) == {"double"}


def test_wrong_pld_workbooks_fail_by_name(tmp_path):
    notes, table = _pld()
    with pytest.raises(BadFile, match="sheet 'Legend': the notes do not say 'Value added, millions, local currency'"):
        _read_pld(tmp_path, notes.replace("millions", "billions", regex=True), table)
    with pytest.raises(BadFile, match="column 'PPP_va': the column is missing"):
        _read_pld(tmp_path, notes, table.drop(columns="PPP_va"))
    with pytest.raises(BadFile, match="column 'sector', row 2: sector 'total' is not expected"):
        _read_pld(tmp_path, notes, table.replace({"sector": {"agr": "total"}}))
    with pytest.raises(BadFile, match="row 2: 2 for USA: is it local currency per US dollar"):
        _read_pld(tmp_path, notes, table.replace({"PPP_y": {1.0: 2.0}}))
    with pytest.raises(BadFile, match="KOR 2017 has 11 of 12 sectors"):
        _read_pld(tmp_path, notes, table.iloc[:-1])
    with pytest.raises(BadFile, match="year '2016' is not expected here; legal: 2005, 2011, 2017"):
        _read_pld(tmp_path, notes, table.assign(year=2016))
    blank = table.copy()
    blank.loc[3, "VA"] = None
    with pytest.raises(BadFile, match="column 'VA', row 5: expected a number"):
        _read_pld(tmp_path, notes, blank)


def _benchmark(path, **changes):
    values = {"Country": ["United States", "Korea", "EU"], "ISO-code": ["USA", "KOR", "EU27"]}
    values |= {group: [1.0, 0.5, 0.9] for group in ggdc_levels.GROUPS} | changes
    table = pd.DataFrame(values)
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for sheet in ("VA_GDP_MajorSector", "LP_GDP_MajorSector"):
            table.to_excel(book, sheet_name=sheet, index=False, startrow=1)
    return path


def test_benchmark_2005(tmp_path):
    tidy = ggdc_levels.read_benchmark_2005(_benchmark(tmp_path / "b.xlsx", Services=[1.0, "n.a.", 1.0]))
    assert set(tidy["country"]) == {"USA", "KOR"}
    assert len(tidy) == 15
    with pytest.raises(BadFile, match="column 'Services', row 4: expected a number, found 'high'"):
        ggdc_levels.read_benchmark_2005(_benchmark(tmp_path / "b.xlsx", Services=[1.0, "high", 1.0]))
    with pytest.raises(BadFile, match="the USA is not 1"):
        ggdc_levels.read_benchmark_2005(_benchmark(tmp_path / "b.xlsx", GDP=[100.0, 50.0, 90.0]))


# --- EU KLEMS


def _klems(path, *, stem="kor", name="Korea", change=lambda sheets: None):
    labels = list(sectors.CODES["EUKLEMS"])
    notes = [name, "Gross value added at current basic prices (in millions of Korean Won)", *euklems._STATES]
    sheets = {"Notes": _notes(notes)}
    for number, sheet in enumerate(("VA", "VA_QI", "EMP", "H_EMP"), start=1):
        table = pd.DataFrame({"desc": ["total", *labels], "code": ["TOT", *labels]})
        for year in range(1970, 2008):
            parts = [float(number * (place + 1)) for place in range(len(labels) - 1)] + [0.0]
            table[f"_{year}"] = [sum(parts), *parts]
        if sheet == "VA_QI":
            table[[f"_{year}" for year in range(1970, 2008)]] = 100.0
            table["_2007"] = 150.0
        sheets[sheet] = table
    change(sheets)
    return euklems.read_country(_write(path / f"{stem}_output_09I.xls", **sheets))


def test_euklems_volumes_are_value_added_of_1995_times_the_index(tmp_path):
    tidy = _klems(tmp_path).set_index(["sector", "year"])
    assert tidy.loc[("C", 1995), "value_added_constant"] == tidy.loc[("C", 1995), "value_added"] == 3
    assert tidy.loc[("C", 2007), "value_added_constant"] == 4.5
    assert tidy.loc[("L", 2007), "hours"] == 4 * 10
    assert "U" not in tidy.index.get_level_values("sector")  # zero throughout
    assert set(tidy["currency"]) == {"KRW"}


def _drop_sheet(sheets):
    sheets["Hours"] = sheets.pop("H_EMP")


def _text(sheets):
    sheets["EMP"] = sheets["EMP"].astype({"_1980": object})
    sheets["EMP"].loc[3, "_1980"] = "many"


def _no_industry(sheets):
    sheets["VA"] = sheets["VA"].replace({"code": {"70": "70x"}})


def _renamed(sheets):
    sheets["VA"] = sheets["VA"].rename(columns={"_1999": "1999"})


def _unit(sheets):
    sheets["Notes"] = sheets["Notes"].replace("millions of Korean", "billions of Korean", regex=True)


def _not_adding(sheets):
    sheets["H_EMP"].loc[0, "_1985"] *= 1.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop_sheet, "file kor_output_09I.xls, sheet 'H_EMP': the sheet is missing"),
        (_text, "sheet 'EMP', column '_1980', row 5: expected a number, found 'many'"),
        (_no_industry, "sheet 'VA', column 'code': the industry '70' stands 0 times"),
        (_renamed, "sheet 'VA', column '_1999': the column is missing"),
        (_unit, "do not say 'Gross value added .*in millions of Korean Won"),
        (_not_adding, "sheet 'H_EMP', column '_1985', row 2: the parts add up to 0.99"),
    ],
)
def test_wrong_euklems_files_fail_by_name(tmp_path, change, message):
    with pytest.raises(BadFile, match=message):
        _klems(tmp_path, change=change)


def test_a_file_of_another_country_fails(tmp_path):
    with pytest.raises(BadFile, match="the file is of 'Korea', expected 'Japan'"):
        _klems(tmp_path, stem="jpn")
    with pytest.raises(BadFile, match="not that of a known country"):
        _klems(tmp_path, stem="xyz")
    with pytest.raises(BadFile, match="the file is missing"):
        euklems.read_country(tmp_path / "kor_output_09I.xls.none")


# --- APO


def _apo_rows():
    labels = list(sectors.CODES["APO"])
    rows = []
    for year in (2020, 2021):
        for variable, value in (("VA_CP", 800.0), ("VA_Q_2021PPPUSD", 1.0), ("EMP", 10.0)):
            rows += [(year, variable, label, value) for label in labels]
        rows += [(year, "VA_CP", "TOTAL_basic_prices", 7200.0), (year, "EMP", "TOTAL", 90.0)]
        rows += [(year, "VA_CP", "L_of_which_real_estate", 300.0)]
    return pd.DataFrame(rows, columns=["year", "variable", "industry", "value"])


def _csv(path, table):
    table.to_csv(path, index=False)
    return path


def test_apo_keeps_the_part_out_of_the_parts(tmp_path):
    path = _csv(tmp_path / "apo.csv", _apo_rows())
    tidy = apo.read_korea(path)
    assert len(tidy) == 18
    assert "L" not in set(tidy["sector"])
    assert set(tidy["value_added"]) == {800_000.0}
    assert set(tidy["value_added_constant"]) == {1000.0}
    part = apo.read_real_estate(path)
    assert list(part["value_added"]) == [300_000.0, 300_000.0]
    assert set(part["sector"]) == {"K+L+M+N"}


def test_wrong_apo_files_fail_by_name(tmp_path):
    rows = _apo_rows()
    path = tmp_path / "apo.csv"
    with pytest.raises(BadFile, match="file apo.csv, column 'variable', row 2: variable 'VA' is not expected"):
        apo.read_korea(_csv(path, rows.replace({"VA_CP": "VA"})))
    with pytest.raises(BadFile, match="column 'industry': the column is missing"):
        apo.read_korea(_csv(path, rows.rename(columns={"industry": "sector"})))
    text = rows.astype({"value": object})
    text.loc[4, "value"] = "c."
    with pytest.raises(BadFile, match="column 'value', row 6: expected a number, found 'c.'"):
        apo.read_korea(_csv(path, text))
    wrong = rows.copy()
    wrong.loc[rows["industry"].eq("TOTAL") & rows["year"].eq(2020), "value"] = 91.0
    with pytest.raises(BadFile, match=r"column 'value of EMP', row 30: the parts add up to 0\.989"):
        apo.read_korea(_csv(path, wrong))
    unit = rows.assign(value=rows["value"].mask(rows["variable"] == "VA_Q_2021PPPUSD", 1000.0))
    with pytest.raises(BadFile, match="won per US dollar in 2021 .*unit or base"):
        apo.read_korea(_csv(path, unit))
    with pytest.raises(BadFile, match="'C_manufacturing' is missing from the variable VA_CP"):
        apo.read_korea(_csv(path, rows[rows["industry"] != "C_manufacturing"]))
    with pytest.raises(BadFile, match="stands more than once"):
        apo.read_korea(_csv(path, pd.concat([rows, rows.tail(1)])))


# --- Finnish Productivity Board


def _fpb(**changes):
    values = {"geo": ["FI", "US", "EA12"], "time": 2019, "B1G__CP_MNAC": 100.0, "B1G__CLV15_MNAC": 90.0,
              "EMP_DC__THS_PER": 10.0, "EMP_DC__THS_HW": [16_000.0, 17.0, 1.0]}  # fmt: skip
    return pd.DataFrame(values | changes)


def test_fpb_hours_are_million_hours_in_every_country(tmp_path):
    tidy = fpb.read_group(_csv(tmp_path / "f.csv", _fpb()), "C").set_index("country")
    assert tidy["hours"].to_dict() == {"FIN": 16.0, "USA": 17.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"geo": ["FI", "KR", "EA12"]}, "column 'geo', row 3: area 'KR' is not expected"),
        ({"EMP_DC__THS_HW": [16.0, 17.0, 1.0]}, "column 'EMP_DC__THS_HW', row 2: 1.6 is outside"),
        ({"B1G__CP_MNAC": ["x", "1", "1"]}, "column 'B1G__CP_MNAC', row 2: expected a number"),
        ({"geo": ["FI", "FI", "EA12"], "EMP_DC__THS_HW": 16_000.0}, "FI 2019 stands more than once"),
    ],
)
def test_wrong_fpb_files_fail_by_name(tmp_path, changes, message):
    with pytest.raises(BadFile, match=message):
        fpb.read_group(_csv(tmp_path / "f.csv", _fpb(**changes)), "C")
