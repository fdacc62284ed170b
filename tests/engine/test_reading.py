"""What a table may hold: each failure is named, in memory and in a query alike."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import engine

GOOD = pd.DataFrame({"firm": [1, 2, 3, 4], "p": [1.0, 2.0, 3.0, 4.0], "w": [1, 2, 3, 4], "g": list("aabb")})


def both(frame):
    con = duckdb.connect()
    con.register("frame", frame)
    return [frame, con.sql("select * from frame")]


def read(table, **options):
    options = {"numeric": ["productivity", "weight"], "positive": ["weight"], **options}
    return engine.read(table, {"productivity": "p", "weight": "w"}, by=["g"], **options)


def test_columns_take_the_names_of_their_roles():
    for table in both(GOOD):
        rows = read(table).collect()
        assert sorted(rows.frame.columns) == ["by_0", "productivity", "weight"]
        assert rows.names == {"productivity": "p", "weight": "w", "by_0": "g"} and rows.by == ("by_0",)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("p", [1.0, np.inf, 3.0, 4.0], "productivity='p': infinite number in row"),
        ("p", [1.0, np.nan, 3.0, 4.0], r"missing values in 'p' \(1\), first in row .*leaves such rows out"),
        ("p", list("abcd"), "productivity='p': the column holds .*, numbers are needed"),
        ("w", [1, 0, 3, 4], "weight='w': column 'w' must be positive; it is 0 at .*leave these rows out"),
        ("w", [1, -2, 3, 4], "must be positive; it is -2"),
        ("g", ["a", None, "b", "b"], r"missing values in 'g' \(1\)"),
        ("w", [True, False, True, True], "weight='w': the column holds bool"),
    ],
)
def test_bad_values_are_named(column, values, message):
    for table in both(GOOD.assign(**{column: values})):
        with pytest.raises(ValueError, match=message):
            read(table)


def test_rows_with_missing_values_are_left_out_and_counted():
    holes = pd.concat([GOOD, GOOD.assign(p=np.nan).head(2), GOOD.assign(g=None).head(1)], ignore_index=True)
    for table in both(holes):
        rows = read(table, missing="drop")
        assert rows.dropped == 3 and rows.left_out == {"with missing values": 3}
        assert len(rows.collect().frame) == 4
    for table in both(GOOD.assign(p=np.nan)):
        with pytest.raises(ValueError, match="no rows left"):
            read(table, missing="drop")
    for table in both(GOOD.head(0)):
        with pytest.raises(ValueError, match="no rows left"):
            read(table)


def test_columns_are_checked_before_values():
    for table in both(GOOD):
        with pytest.raises(ValueError, match="weight='jobs': no such column; the table has 'firm', 'p', 'w', 'g'"):
            engine.read(table, {"weight": "jobs"})
        with pytest.raises(ValueError, match="weight='p': the column is already used as productivity="):
            engine.read(table, {"productivity": "p", "weight": "p"})
        with pytest.raises(ValueError, match="legal values: 'raise', 'drop'"):
            read(table, missing="ignore")
        engine.read(table, {"firm": "firm", "cluster": "firm"}, shared=["cluster"])


@pytest.mark.parametrize("table", [[1, 2], {"p": [1]}, np.zeros((2, 2)), "register.parquet", pd.Series([1.0])], ids=str)
def test_what_is_no_table_is_refused(table):
    with pytest.raises(TypeError, match="expected a table .pandas, polars, Arrow, DuckDB relation, Ibis."):
        read(table)


@settings(max_examples=60, deadline=None)
@given(
    p=st.lists(st.one_of(st.floats(allow_nan=True, allow_infinity=True, width=32), st.none()), min_size=4, max_size=4),
    w=st.lists(st.one_of(st.floats(-2, 5, width=32), st.none()), min_size=4, max_size=4),
)
def test_memory_and_query_refuse_and_accept_the_same(p, w):
    frame = GOOD.assign(p=pd.Series(p, dtype=float), w=pd.Series(w, dtype=float))
    outcomes = []
    for table in both(frame):
        try:
            outcomes.append(("read", len(read(table, missing="drop").collect().frame)))
        except ValueError as error:
            outcomes.append(("refused", str(error).split(";")[0].split(" in row ")[0].split(" at ")[0]))
    assert outcomes[0] == outcomes[1]


def test_nullable_and_decimal_columns_are_numbers():
    frame = GOOD.assign(p=pd.array([1, 2, None, 4], dtype="Int64"))
    assert len(read(frame, missing="drop").frame) == 3
    decimal = ibis.memtable(pa.Table.from_pandas(GOOD)).mutate(p=ibis._.p.cast("decimal(10, 2)"))
    assert read(decimal).collect().frame["productivity"].tolist() == [1.0, 2.0, 3.0, 4.0]
