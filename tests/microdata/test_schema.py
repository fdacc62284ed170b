"""The schema of a register: every failure at once, whatever the table, and a log that adds up."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.microdata.schema import STANDARD, Schema, SchemaError
from analysis.microdata.synthetic import synthetic_register
from analysis.microdata.tables import as_table

SCHEMA = Schema(
    firm="ent", time="yr", industry="nace", persons="staff", value_added="va", hours="hrs", sales="turnover",
    region="nuts", legal_size="form", weight="w", ai_use="ai",
)  # fmt: skip

FIVE = "columns: {firm: a, time: b, industry: c, persons: d, value_added: e}"


def clean(rows=12):
    n = np.arange(rows)
    return pd.DataFrame({
        "ent": n // 3, "yr": 2019 + n % 3, "nace": np.where(n % 2, "C", "G"), "staff": 1 + 40.0 * n, "va": 5.0 + n,
        "hrs": 1900.0 * (1 + 40 * n), "turnover": 20.0 + n, "nuts": "N1", "form": "micro", "w": 1.0, "ai": n % 2 == 0,
    })  # fmt: skip


def spoil(column, value, row=0):
    table = clean()
    table[column] = table[column].astype(object)
    table.loc[row, column] = value
    return table.assign(**{column: table[column].infer_objects()})


def failures(table, schema=SCHEMA):
    with pytest.raises(SchemaError) as caught:
        schema.check(table)
    return caught.value


def test_a_clean_register_passes_and_reads_under_standard_names():
    assert SCHEMA.check(clean()).empty
    table = SCHEMA.read(clean())
    assert table.columns == (*STANDARD, "size_class")
    held = table.to_pyarrow().to_pandas()
    assert held["size_class"].tolist()[:3] == ["1-9", "10-49", "50-249"]
    assert held["size_class"].tolist()[-1] == "250+"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("ent", None, "missing"),
        ("yr", None, "missing"),
        ("nace", None, "missing"),
        ("nace", "", "missing"),
        ("staff", np.nan, "missing"),
        ("va", np.nan, "missing"),
        ("w", np.nan, "missing"),
        ("va", np.inf, "infinite"),
        ("staff", -np.inf, "infinite"),
        ("hrs", np.inf, "infinite"),
        ("turnover", -np.inf, "infinite"),
        ("yr", 2019.5, "not a whole number"),
        ("nace", "C10", "code that is not listed"),
        ("staff", 0.0, "zero or negative"),
        ("staff", -3.0, "zero or negative"),
        ("hrs", 0.0, "zero or negative"),
        ("w", 0.0, "zero or negative"),
        ("w", -1.0, "zero or negative"),
        ("turnover", -1.0, "negative"),
    ],
)
def test_each_bad_value_is_named_with_column_rows_example_and_remedy(column, value, rule):
    error = failures(spoil(column, value))
    found = error.failures.set_index(["column", "rule"]).loc[(column, rule)]
    assert found["rows"] == 1
    assert found["share"] == pytest.approx(1 / 12)
    assert found["severity"] == "error"
    assert found["remedy"]
    example = found["examples"][0]
    assert {"ent", "yr", column} == set(example)
    assert repr(column) in str(error) and rule in str(error)


def test_all_failures_come_at_once_and_only_errors_raise():
    table = clean()
    table.loc[0, "staff"] = -1
    table.loc[1, "va"] = np.nan
    table.loc[2, "nace"] = "ZZ"
    table.loc[3, "hrs"] = 1.0
    table = pd.concat([table, table.iloc[[5, 5]]])
    error = failures(table)
    assert set(zip(error.failures["column"], error.failures["rule"], error.failures["rows"], strict=True)) == {
        ("staff", "zero or negative", 1),
        ("va", "missing", 1),
        ("nace", "code that is not listed", 1),
        ("ent, yr", "more than one row per firm and time", 3),
    }
    assert "4 failures among 14 rows" in str(error)
    only_odd = clean()
    only_odd.loc[3, "hrs"] = 1.0
    only_odd.loc[4, "va"] = -2.0
    only_odd.loc[5, "turnover"] = np.nan
    kept = SCHEMA.check(only_odd).set_index("column")
    assert kept["severity"].to_dict() == {"hrs": "warning", "va": "note", "turnover": "note"}
    assert "logarithms" in kept.loc["va", "remedy"]


def test_absent_columns_and_wrong_types_come_together_and_list_what_there_is():
    table = clean().drop(columns="hrs").assign(staff="many", yr=pd.Timestamp("2020-01-01"))
    error = failures(table)
    assert set(error.failures["column"]) == {"hrs", "staff", "yr"}
    assert "'turnover'" in str(error)  # the columns there are
    assert "numbers are needed" in str(error)
    with pytest.raises(SchemaError, match="boolean"):
        SCHEMA.read(clean().assign(staff=True))
    with pytest.raises(SchemaError, match="no value at all"):
        SCHEMA.read(pa.table({**{c: clean()[c] for c in clean() if c != "va"}, "va": pa.nulls(12)}))
    with pytest.raises(ValueError, match="no rows"):
        SCHEMA.check(clean().iloc[:0])


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy polars", "arrow", "duckdb", "ibis", "parquet", "csv"])
def test_every_kind_of_table_gives_the_same_findings(kind, tmp_path):
    table = clean()
    table.loc[3, "staff"] = 0
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    if kind == "parquet":
        table.to_parquet(tmp_path / "r.parquet")
    if kind == "csv":
        table.to_csv(tmp_path / "r.csv", index=False)
    register = {
        "pandas": lambda: table,
        "polars": lambda: pl.from_arrow(arrow),
        "lazy polars": lambda: pl.from_arrow(arrow).lazy(),
        "arrow": lambda: arrow,
        "duckdb": lambda: duckdb.connect().from_arrow(arrow),
        "ibis": lambda: ibis.memtable(arrow),
        "parquet": lambda: tmp_path / "r.parquet",
        "csv": lambda: str(tmp_path / "r.csv"),
    }[kind]()
    found = failures(register).failures
    assert found[["column", "rule", "rows"]].to_numpy().tolist() == [["staff", "zero or negative", 1]]
    kept, log = SCHEMA.split(register, on_failure="leave_out")
    assert kept.count().to_pyarrow().as_py() == 11 == log.attrs["kept"]


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(TypeError, match="pandas or polars data frame"):
        as_table([1, 2])
    with pytest.raises(ValueError, match=r"\.parquet, \.pq, \.csv"):
        as_table(tmp_path / "register.xlsx")
    with pytest.raises(FileNotFoundError, match="nothing.parquet"):
        as_table(tmp_path / "nothing.parquet")
    with pytest.raises(ValueError, match="name that is text"):
        as_table(pd.DataFrame({0: [1]}))


def test_rows_left_out_are_counted_by_their_first_reason_and_the_rest_is_clean():
    table = clean()
    table.loc[0, ["staff", "va"]] = [-1.0, np.nan]  # two reasons, one row
    table.loc[1, "nace"] = "?"
    table = pd.concat([table, table.iloc[[5]]], ignore_index=True)
    with pytest.raises(SchemaError):
        SCHEMA.split(table)
    kept, log = SCHEMA.split(table, on_failure="leave_out")
    reasons = log.set_index(["column", "rule"])["left_out"].to_dict()
    assert reasons == {
        ("va", "missing"): 1,
        ("nace", "code that is not listed"): 1,
        ("staff", "zero or negative"): 0,
        ("ent, yr", "more than one row per firm and time"): 2,
    }
    assert log.attrs == {"rows": 13, "kept": 9, "left_out": 4}
    assert kept.count().to_pyarrow().as_py() == 9
    with pytest.raises(ValueError, match="'raise', 'leave_out'"):
        SCHEMA.split(table, on_failure="drop")
    with pytest.raises(SchemaError):
        SCHEMA.split(table.assign(staff=-1.0), on_failure="leave_out")  # nothing would be left


def test_years_as_floats_and_ai_as_numbers_become_whole_and_true_or_false():
    table = clean().assign(yr=lambda t: t["yr"].astype(float), ai=lambda t: t["ai"].astype(int))
    kept, _ = SCHEMA.split(table)
    assert kept["time"].type().is_integer() and kept["ai_use"].type().is_boolean()
    assert kept["ai_use"].sum().to_pyarrow().as_py() == 6
    error = failures(table.assign(ai=2))
    assert error.failures["rule"].tolist() == ["neither 0 nor 1"]


def test_repeats_are_found_over_long_spans_and_in_text_ids_too():
    long = pd.DataFrame({"ent": ["a", "a", "b", "b"], "yr": [1900, 1900, 2020, 1950], "nace": "C", "staff": 1, "va": 1})
    schema = Schema(firm="ent", time="yr", industry="nace", persons="staff", value_added="va")
    for table in (long, long.assign(yr=[2000, 2000, 2001, 2002])):
        found = failures(table, schema).failures
        assert found[["rule", "rows"]].to_numpy().tolist() == [["more than one row per firm and time", 2]]
        assert found.loc[0, "examples"] == [{"ent": "a", "yr": table["yr"][0]}]


def test_size_classes_are_half_open_and_zero_persons_need_a_class():
    table = clean().assign(staff=[0.5, 9.5, 10, 49.9, 50, 249, 250, 1000, 1, 2, 3, 4])
    classes = SCHEMA.read(table)["size_class"].to_pyarrow().to_pylist()[:8]
    assert classes == ["1-9", "1-9", "10-49", "10-49", "50-249", "50-249", "250+", "250+"]
    zero = SCHEMA.replace(size_classes=("0-9", "10-49", "50+"), hours_per_person=(0, 1e9))
    notes = zero.check(table.assign(staff=[0, *range(1, 12)]))
    assert notes[["rule", "severity"]].to_numpy().tolist() == [["zero", "note"]]
    assert failures(table.assign(staff=-1), zero).failures["rule"].tolist() == ["negative"]
    big = SCHEMA.replace(size_classes=("10-49", "50+"))
    assert "below the smallest size class, 10-49" in set(failures(table, big).failures["rule"])


def test_yaml_comes_back_as_it_went(tmp_path):
    schema = SCHEMA.replace(
        size_classes=("0-9", "10-49", "50+"), industries=None, output_measure="gross output", prices=2020,
        currency="EUR", extra=("owner",), title="Firmenregister Ö",
    )  # fmt: skip
    path = tmp_path / "my.yml"
    schema.to_yaml(path)
    assert Schema.from_yaml(path) == schema
    Schema.default().to_yaml(path)
    assert Schema.from_yaml(path) == Schema.default()
    assert schema.unit_of_value == "million EUR, prices of 2020"
    short = "columns: {firm: id, time: t, industry: i, persons: p, value_added: v}\nsize_classes: [1-49, 50+]\n"
    path.write_text(short, encoding="utf-8")
    assert Schema.from_yaml(path).size_classes == ("1-49", "50+")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns: {firm: [", "cannot be read as YAML"),
        ("just text", "holds no keys"),
        ("title: x", "columns is missing"),
        ("columns: {firm: id, tme: t}", r"(?s)columns\.tme is not known; legal keys: firm, .*columns\.time is missing"),
        (f"{FIVE}\nprice: 3", "price is not known; legal keys: columns, extra"),
        (FIVE.replace("time: b", "time: a"), "'a' is used more than once: firm, time"),
        (FIVE.replace("time: b", "time: 3"), "time=3: name the register's column"),
        (
            f"{FIVE}\ncurrency: won\nprices: now\nsize_classes: [1-9, 20+]\noutput_measure: output\nindustries: [1]\n"
            "hours_per_person: [5, 1]\nvalue_unit: ''",
            "(?s)gap.*quote numbers.*legal values: value added, gross output, sales.*ISO 4217.*value_unit.*"
            "'current' or a year.*the smaller first",
        ),
    ],
)
def test_a_schema_that_is_not_legal_says_all_that_is_wrong(text, words, tmp_path):
    path = tmp_path / "my.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words) as caught:
        Schema.from_yaml(path)
    assert str(caught.value).startswith("my.yml")


def test_other_misuse_of_the_schema_is_named():
    with pytest.raises(ValueError, match="has a standard name"):
        SCHEMA.replace(extra=("persons",))
    with pytest.raises(ValueError, match="and extra"):
        SCHEMA.replace(extra=("staff",))
    with pytest.raises(ValueError, match="field='fim' is not known"):
        SCHEMA.replace(fim="x")
    with pytest.raises(FileNotFoundError):
        Schema.from_yaml("nowhere.yml")
    with pytest.raises(SchemaError, match="owner"):
        SCHEMA.replace(extra=("owner",)).read(clean())


def test_the_default_schema_fits_the_synthetic_register():
    register = synthetic_register(firms=5_000, years=[2021, 2022])
    assert Schema.default().check(register).empty
    table = Schema.default().read(register)
    assert table["size_class"].to_pyarrow().to_pylist() == register["size_class"].astype(str).tolist()


SPOILS = {
    "staff": [0.0, -1.0, np.nan, np.inf], "va": [np.nan, np.inf, -1.0], "nace": ["?", None], "w": [0.0, np.nan],
    "hrs": [0.0, -5.0, np.nan], "ent": [None], "turnover": [-1.0, np.nan],
}  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(sorted(SPOILS)), st.integers(0, 11), st.integers(0, 3)), max_size=8),
       st.lists(st.integers(0, 11), max_size=3))  # fmt: skip
def test_any_spoilt_register_splits_into_clean_rows_and_counted_ones(spoilt, repeated):
    table = clean().astype({"ent": object, "nace": object})
    for column, row, choice in spoilt:
        table.loc[row, column] = SPOILS[column][choice % len(SPOILS[column])]
    table = pd.concat([table, table.iloc[repeated]], ignore_index=True)
    try:
        kept, log = SCHEMA.split(table, on_failure="leave_out")
    except SchemaError as error:  # no row left
        assert len(error.failures)
        return
    assert kept.count().to_pyarrow().as_py() == log.attrs["kept"] == len(table) - log["left_out"].sum()
    assert (log["left_out"] <= log["rows"]).all()
    assert (log.loc[log["severity"].ne("error"), "left_out"] == 0).all()
    again = Schema(**{name: name for name in STANDARD})
    assert not again.check(kept.drop("size_class"))["severity"].eq("error").any()
