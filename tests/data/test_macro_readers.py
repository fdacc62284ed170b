"""The readers of OECD, ILO, Our World in Data and World Bank files: a right file is read, a wrong one fails by name."""

import json

import pytest

from analysis.data.ingest import ilo, oecd_hours, oecd_productivity, our_world_in_data, published_inputs, world_bank
from analysis.data.ingest.reading import BadFile

CURRENT = "USD, current prices, current PPPs"
CONSTANT = "USD, constant prices, 2015 PPPs"
LEVELS = "\n".join(
    [
        "LOCATION,SUBJECT,MEASURE,Measure,TIME,Unit,PowerCode,Value,Flag Codes",
        f'KOR,T_GDPHRS,CPC,"{CURRENT}",2022,US Dollar,Units,50.1,E',
        f'KOR,T_GDPHRS,VPVOB,"{CONSTANT}",2022,US Dollar,Units,43.1,',
        f'OECD,T_GDPHRS,CPC,"{CURRENT}",2022,US Dollar,Units,65.2,',
        "KOR,T_HRSAV,PEHRS,Persons/Hours,2022,Hours,Units,1895.8,",
    ]
)
HOURS = "year,hours_worked,iso3c\n2023,1872,KOR\n2023,1740,OECD\n"
ACCOUNTS = "year,iso3c,employed,total_hours\n2023,KOR,1000,1867000\n2024,KOR,1000,NA\n1990,DEU_F,1000,1500000\n"
ILO = "geo,time,gdpperworking_hour_us_inflation_adjusted\nkor,2023,45.4\nkor,2024,48.57\nchanisl,2023,50\n"
OWID = "Entity,Code,Year,Productivity: output per hour worked\nSouth Korea,KOR,2023,53.6\n"
WDI = "Country Name,Country Code,Indicator Name,Indicator Code,2022,2023\nKorea,KOR,R&D,GB.X,4.8,4.9\n"
WDI += "Arab,ARB,R&D,GB.X,,0.5\n"
KOREA = "REF_AREA,MEASURE,UNIT_MEASURE,PRICE_BASE,TIME_PERIOD,OBS_VALUE\nKOR,GDPHRS,USD_PPP_H,V,2023,54.6\n"


def _wdi(path):
    return world_bank.read_indicator(path, "GB.X", [2022, 2023])


READERS = {
    "levels": (oecd_productivity.read_levels_gdp_per_hour, LEVELS),
    "levels_hours": (oecd_productivity.read_levels_hours, LEVELS),
    "korea": (oecd_productivity.read_sdmx_gdp_per_hour, KOREA),
    "hours": (oecd_hours.read_average_annual_hours, HOURS),
    "accounts": (oecd_hours.read_national_accounts_hours, ACCOUNTS),
    "ilo": (ilo.read_output_per_hour, ILO),
    "owid": (our_world_in_data.read_output_per_hour, OWID),
    "wdi": (_wdi, WDI),
}


def _read(name, tmp_path, old="", new=""):
    reader, text = READERS[name]
    assert old in text
    path = tmp_path / f"{name}.csv"
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return reader(path)


def test_levels(tmp_path):
    table = _read("levels", tmp_path)
    assert table[["country", "price_basis", "value", "flag"]].to_numpy().tolist() == [
        ["KOR", "current_ppp", 50.1, "estimated"],
        ["KOR", "constant_2015_ppp", 43.1, ""],
    ]
    assert _read("levels_hours", tmp_path)["hours"].tolist() == [1895.8]


def test_korea_at_current_ppps(tmp_path):
    row = _read("korea", tmp_path).iloc[0].to_dict()
    assert row == {"country": "KOR", "year": 2023, "price_basis": "current_ppp", "value": 54.6, "flag": ""}


def test_hours_leave_out_groups_and_the_former_republic(tmp_path):
    assert _read("hours", tmp_path)[["country", "year", "hours"]].to_numpy().tolist() == [["KOR", 2023, 1872.0]]
    assert _read("accounts", tmp_path)[["country", "year", "hours"]].to_numpy().tolist() == [["KOR", 2023, 1867.0]]


def test_ilo_marks_its_break(tmp_path):
    table = _read("ilo", tmp_path)
    assert table[["country", "year", "flag"]].to_numpy().tolist() == [["KOR", 2023, ""], ["KOR", 2024, "after_break"]]


def test_owid_and_world_bank(tmp_path):
    assert _read("owid", tmp_path)["value"].tolist() == [53.6]
    table = _read("wdi", tmp_path)
    assert table.to_numpy().tolist() == [["KOR", 2022, 4.8], ["KOR", 2023, 4.9], ["ARB", 2023, 0.5]]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("levels", "Flag Codes", "Flags", "column 'Flag Codes': the column is missing"),
        ("levels", "50.1", "n/a", "file levels.csv, column 'Value', row 2: expected a number, found 'n/a'"),
        ("levels", "43.1", "43100", "row 3: 43100 is outside 0.1 to 500: is the unit USD per hour"),
        ("levels", "2015 PPPs", "2020 PPPs", "column 'Measure', row 3: unit 'USD, constant prices, 2020 PPPs'"),
        ("levels", "US Dollar,Units,50.1", "Euro,Units,50.1", "column 'Unit', row 2: unit 'Euro'"),
        ("levels", "Units,50.1", "Millions,50.1", "column 'PowerCode', row 2: power of ten 'Millions'"),
        ("levels", "50.1,E", "50.1,B", "row 2: flag 'B' is not expected here"),
        ("levels", "KOR,T_GDPHRS,CPC", "Korea,T_GDPHRS,CPC", "row 2: 'Korea' is not an ISO 3166"),
        ("levels", "VPVOB", "VOB", "no row with SUBJECT 'T_GDPHRS' and MEASURE 'VPVOB'"),
        ("levels_hours", "T_HRSAV", "T_HRS", "no row with SUBJECT 'T_HRSAV'"),
        ("levels_hours", "1895.8", "36.5", "row 5: 36.5 is outside 500 to 4000: is the unit hours per worker per year"),
        ("korea", "USD_PPP_H", "XDC_H", "column 'UNIT_MEASURE', row 2: unit 'XDC_H'"),
        ("korea", ",V,", ",Q,", "column 'PRICE_BASE', row 2"),
        ("korea", "2023", "2023-Q1", "column 'TIME_PERIOD', row 2: expected a number"),
        ("hours", "hours_worked", "hours", "file hours.csv, column 'hours_worked'"),
        ("hours", "KOR", "kor", "column 'iso3c', row 2: 'kor'"),
        ("hours", "2023,1872", "20.5,1872", "column 'year', row 2: '20.5' is not a year"),
        ("accounts", "1867000", "1867", "row 2: 1.867 is outside 500 to 4000"),
        ("accounts", "NA", "..", "column 'total_hours', row 3: expected a number, found '..'"),
        ("ilo", "gdpperworking_hour", "gdpperemployee", "column 'gdpperworking_hour_us_inflation_adjusted'"),
        ("ilo", "kor,2024", "korea,2024", "column 'geo', row 3: 'KOREA'"),
        ("owid", "53.6", "high", "row 2: expected a number, found 'high'"),
        ("wdi", "ARB,R&D,GB.X", "ARB,R&D,SP.Y", "column 'Indicator Code', row 3: indicator 'SP.Y'"),
        ("wdi", "2022,2023", "2022,2024", "column '2023': the column is missing"),
        ("wdi", "4.9", "4.9 b", "column '2023', row 2: expected a number, found '4.9 b'"),
        ("wdi", "Arab,ARB", "Korea,KOR", "column 'Country Code', row 3: 'KOR' stands twice"),
    ],
)
def test_a_wrong_file_fails_by_name(tmp_path, name, old, new, message):
    with pytest.raises(BadFile, match=message):
        _read(name, tmp_path, old, new)


def test_a_missing_file_is_named(tmp_path):
    for reader in (reader for reader, _ in READERS.values()):
        with pytest.raises(BadFile, match="file gone.csv: the file is missing"):
            reader(tmp_path / "gone.csv")
    with pytest.raises(BadFile, match="file gone.json: the file is missing"):
        oecd_productivity.read_json_gdp_per_hour(tmp_path / "gone.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"KOR": [[2023, 50.99]]', "row 1: not json"),
        ("[]", "expected an object from country code"),
        ('{"Korea": [[2023, 50.99]]}', "row 1: 'Korea' is not an ISO 3166"),
        ('{"KOR": 50.99}', "column 'KOR': expected a list"),
        ('{"KOR": [[2022, 50.09], [2023, "x"]]}', "column 'KOR', row 2: expected a number, found 'x'"),
        ('{"KOR": [[2023, 50990]]}', "column 'KOR', row 1: 50990 is outside"),
        ('{"KOR": [["2023", 50.99]]}', r"column 'KOR', row 1: expected \[year, value\]"),
    ],
)
def test_a_wrong_json_fails_by_name(tmp_path, content, message):
    path = tmp_path / "levels.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=message):
        oecd_productivity.read_json_gdp_per_hour(path)


def test_json(tmp_path):
    path = tmp_path / "levels.json"
    path.write_text(json.dumps({"KOR": [[2022, 50.09], [2023, 51]]}), encoding="utf-8")
    table = oecd_productivity.read_json_gdp_per_hour(path)
    assert table["value"].tolist() == [50.09, 51.0]
    assert set(table["price_basis"]) == {"constant_2020_ppp"}


@pytest.fixture
def figures():
    header = "id,indicator,geography,size_class,year,value,unit,source_title,source_address,secondary,note"
    units = {
        "robot_density": '"robots per 10,000 manufacturing employees"',
        "rd_gdp_share": "%",
        "tertiary_attainment": "% of population aged 25-34",
    }
    rows = [header]
    for place, (indicator, (code, _)) in enumerate(published_inputs.INDICATORS.items()):
        unit = units.get(code, "score points")
        age = "age 25-34" if code == "tertiary_attainment" else ""
        value = 5 if code == "rd_gdp_share" else 250 if unit == "score points" else 70
        rows.append(f"MAC-{place},{indicator},KOR,{age},2023,{value},{unit},report,https://example.org,yes,")
    rows.append('MAC-90,industrial robot density,EU,,2023,219,"robots per 10,000 manufacturing employees",r,a,no,')
    rows.append('MAC-91,industrial robot density,World,,2023,162,"robots per 10,000 manufacturing employees",r,a,no,')
    rows.append("MAC-92,SME share of firms,KOR,,2023,99.9,%,r,a,no,")
    return "\n".join(rows)


def test_published_inputs(tmp_path, figures):
    path = tmp_path / "figures.csv"
    path.write_text(figures, encoding="utf-8")
    table = published_inputs.read_published_inputs(path)
    assert set(table["country"]) == {"KOR", "WLD"}, "regions are left out, the world stays"
    assert set(table["indicator"]) == {code for code, _ in published_inputs.INDICATORS.values()}
    assert table.loc[table["country"] == "KOR", "secondary"].all() and not table.iloc[-1]["secondary"]
    assert table.set_index("indicator").loc["tertiary_attainment", "age"] == "25-34"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("% of population aged 25-34", "% of population", "column 'unit', row 4: unit '% of population'"),
        (",yes,", ",maybe,", "column 'secondary', row 2: mark 'maybe'"),
        (",250,score points", ",2.5,score points", "column 'value', row 5: 2.5 is outside 100 to 700"),
        ("age 25-34", "young", "age group 'young'"),
        ("tertiary attainment", "tertiary", "no row with the indicator 'tertiary attainment'"),
        (",EU,", ",Europe,", "column 'geography', row 11: 'Europe'"),
        ("secondary,note", "mark,note", "column 'secondary': the column is missing"),
    ],
)
def test_a_wrong_list_of_figures_fails_by_name(tmp_path, figures, old, new, message):
    path = tmp_path / "figures.csv"
    assert old in figures
    path.write_text(figures.replace(old, new), encoding="utf-8")
    with pytest.raises(BadFile, match=message):
        published_inputs.read_published_inputs(path)
