"""The readers of the Penn World Table, and how its three files of version 11.0 fit together."""

import pandas as pd
import pytest

from analysis.data.ingest import pwt
from analysis.data.ingest.reading import BadFile

pyreadr = pytest.importorskip("pyreadr")

VALUES = {"rgdpo": 2000.0, "cgdpo": 1990.0, "rgdpna": 2010.0, "cn": 9000.0, "ck": 0.1, "rnna": 9100.0, "rkna": 1.0,
          "emp": 28.4, "pop": 51.7, "avh": 1900.5, "hc": 3.8, "labsh": 0.54, "ctfp": 0.66, "rtfpna": 1.0}  # fmt: skip


def _rda(path, frame, name="pwt10.01"):
    pyreadr.write_rdata(str(path), frame, df_name=name)
    return path


@pytest.fixture
def frame():
    rows = [{"isocode": "KOR", "year": year, **VALUES} for year in (2018, 2019)]
    empty = {"isocode": "ABW", "year": 2019, **dict.fromkeys(VALUES, float("nan"))}
    return pd.DataFrame([*rows, empty])


@pytest.fixture
def eleven(tmp_path):
    """Three files of version 11.0: the rounded one, the cross-section of 2023, the Korean rows."""
    main, cross, korea = (tmp_path / f"{name}.csv" for name in ("main", "cross", "korea"))
    rounded = {name: round(value) for name, value in VALUES.items()}
    rows = [("KOR", "Republic of Korea", 2023), ("KOR", "Republic of Korea", 1980), ("USA", "United States", 2023),
            ("USA", "United States", 2022)]  # fmt: skip
    pd.DataFrame(
        [{"countrycode": code, "country": name, "year": year, **rounded} for code, name, year in rows]
    ).to_csv(main, index=False)
    exact = {"rgdpo": 2000.25, "cn": 9000.25, "pop": 51.7, "emp": 28.4}
    names = ("Republic of Korea", "United States")
    pd.DataFrame([{"country": name, "year": 2023, **exact} for name in names]).to_csv(cross, index=False)
    kept = {name: VALUES[name] for name in pwt.KOREA}
    pd.DataFrame([{"countrycode": "KOR", "year": 2023, **kept, "rgdpo": 2000.25}]).to_csv(korea, index=False)
    return main, cross, korea


def test_version_10(tmp_path, frame):
    table = pwt.read_version_10(_rda(tmp_path / "pwt.rda", frame))
    assert table["country"].tolist() == ["KOR", "KOR"], "rows without any value are left out"
    assert table.iloc[1][list(pwt.VARIABLES.values())].to_dict() == {pwt.VARIABLES[k]: v for k, v in VALUES.items()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rename": {"avh": "hours"}}, "sheet 'pwt10.01', column 'avh': the column is missing"),
        ({"set": ("emp", "many")}, "sheet 'pwt10.01', column 'emp', row 2: expected a number, found 'many'"),
        ({"set": ("avh", 36.6)}, "column 'avh', row 2: 36.6 is outside 500 to 4000"),
        ({"set": ("emp", 26800.0)}, "column 'emp', row 2: 26800 is outside .* million persons"),
        ({"set": ("isocode", "Korea")}, "column 'isocode', row 2: 'Korea' is not an ISO 3166"),
        ({"set": ("year", 2018)}, "column 'isocode', row 2: KOR 2018 stands twice"),
    ],
)
def test_a_wrong_version_10_fails_by_name(tmp_path, frame, change, message):
    if "rename" in change:
        frame = frame.rename(columns=change["rename"])
    else:
        column, value = change["set"]
        frame[column] = frame[column].astype("object")
        frame.loc[1, column] = value
        if isinstance(value, str):
            frame[column] = frame[column].astype(str)
            frame.loc[frame[column] == "nan", column] = ""
        else:
            frame[column] = pd.to_numeric(frame[column])
    with pytest.raises(BadFile, match=message):
        pwt.read_version_10(_rda(tmp_path / "pwt.rda", frame))


def test_another_r_file_fails_by_name(tmp_path, frame):
    path = _rda(tmp_path / "pwt.rda", frame, name="pwt9.1")
    with pytest.raises(BadFile, match="file pwt.rda, sheet 'pwt10.01': the data frame is missing; in the file: pwt9.1"):
        pwt.read_version_10(path)
    path.write_text("not R", encoding="utf-8")
    with pytest.raises(BadFile, match="file pwt.rda: not an R data file"):
        pwt.read_version_10(path)
    with pytest.raises(BadFile, match="file gone.rda: the file is missing"):
        pwt.read_version_10(tmp_path / "gone.rda")


def test_version_11_prefers_exact_cells(eleven):
    table = pwt.version_11(*eleven).set_index(["country", "year"])
    assert table.loc[("KOR", 2023), "hours"] == 1900.5 and not table.loc[("KOR", 2023), "hours_rounded"]
    assert table.loc[("USA", 2023), "hours"] == 1900.0 and table.loc[("USA", 2023), "hours_rounded"]
    assert table.loc[("USA", 2023), "gdp_output_side"] == 2000.25
    assert table.loc[("USA", 2022), "gdp_output_side"] == 2000.0
    assert table["employment"].notna().tolist() == [year == 2023 for _, year in table.index]
    assert "human_capital" not in table, "rounded away for every economy but Korea"


def test_output_per_hour(eleven):
    table = pwt.output_per_hour(pwt.version_11(*eleven)).set_index(["country", "year"])["value"]
    assert set(table.index) == {("KOR", 2023), ("USA", 2023)}
    assert table[("KOR", 2023)] == pytest.approx(2000.25 / (28.4 * 1900.5), rel=1e-12)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (0, "rnna", "rnnb", "file main.csv, column 'rnna'"),
        (0, "USA,United States,2023", "USA,United States,2022", "file main.csv, column 'countrycode', row 5: USA 2022"),
        (1, "United States", "Atlantis", "file cross.csv, column 'country', row 3: country 'Atlantis'"),
        (1, "9000.25", "9100.25", "file cross.csv: capital_stock_current_ppp of KOR 2023 is not that of the main file"),
        (1, "51.7", "51.7m", "file cross.csv, column 'pop', row 2: expected a number, found '51.7m'"),
        (2, "labsh", "share", "file korea.csv, column 'labsh'"),
        (2, "KOR,", "Korea,", "file korea.csv, column 'countrycode', row 2: 'Korea'"),
    ],
)
def test_a_wrong_version_11_fails_by_name(eleven, file, old, new, message):
    text = eleven[file].read_text(encoding="utf-8")
    assert old in text
    eleven[file].write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadFile, match=message):
        pwt.version_11(*eleven)
