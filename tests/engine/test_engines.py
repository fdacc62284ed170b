"""Every engine gives the same totals, covariances and reliability, whatever the design."""

import duckdb
import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from analysis import engine
from analysis.engine import queries, tables
from tests.engine.cases import CELLS, DESIGNS, FIRMS, PLAIN, estimate, same

KINDS = {
    "pandas": lambda con: FIRMS,
    "polars": lambda con: pl.from_pandas(FIRMS),
    "lazy polars": lambda con: pl.from_pandas(FIRMS).lazy(),
    "Arrow": lambda con: pa.Table.from_pandas(FIRMS),
    "DuckDB": lambda con: con.sql("select * from firms"),
    "Ibis": lambda con: ibis.memtable(pa.Table.from_pandas(FIRMS)),
}


@pytest.fixture
def connection():
    with duckdb.connect() as con:
        con.register("firms", FIRMS)
        yield con


@pytest.mark.parametrize("design", DESIGNS, ids=str)
@pytest.mark.parametrize("by", [(), ("g",), ("g", "y")], ids=str)
@pytest.mark.parametrize("statistic", [PLAIN, CELLS], ids=["plain", "cells"])
def test_queries_and_arrays_agree(statistic, by, design, connection):
    reference = estimate(FIRMS, statistic, by, **design)
    same(reference, estimate(KINDS["DuckDB"](connection), statistic, by, **design))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statistic", [PLAIN, CELLS], ids=["plain", "cells"])
def test_every_kind_of_table_gives_the_same_answer(kind, statistic, connection):
    same(estimate(FIRMS, statistic, ("g",)), estimate(KINDS[kind](connection), statistic, ("g",)))


def test_a_large_frame_goes_through_duckdb(monkeypatch):
    monkeypatch.setattr(tables, "SMALL", 10)
    rows = engine.read(FIRMS, {"p": "p", "w": "w"}, numeric=["p", "w"])
    assert rows.lazy and rows.dialect == "duckdb"
    large = engine.estimate(rows, PLAIN)
    monkeypatch.undo()
    same(estimate(FIRMS), large)


def test_more_than_thirty_totals_take_a_second_pass(monkeypatch, connection):
    monkeypatch.setattr(queries, "MOST_CROSSED", 2)
    for by in ((), ("g",)):
        for design in ({}, {"cluster": "cl"}, {"strata": "st"}, {"cluster": "cl", "strata": "st"}):
            second = estimate(KINDS["DuckDB"](connection), PLAIN, by, **design)
            same(estimate(FIRMS, PLAIN, by, **design), second)


def test_cross_products_that_lost_their_digits_are_not_trusted(connection):
    rng = np.random.default_rng(0)
    far = FIRMS.assign(p=1e7 + rng.normal(0, 1, len(FIRMS)))  # squares of 1e14 leave nothing of a variance of one
    connection.register("far", far)
    same(estimate(far), estimate(connection.sql("select * from far")), rtol=1e-6)


def test_the_ten_largest_by_window_and_by_aggregate_are_the_same(connection):
    rows = engine.read(KINDS["DuckDB"](connection), {"p": "p", "w": "w"}, by=["g"], numeric=["p", "w"])
    found = [
        rows.run(queries._largest(rows.expression, ["by_0"], ["w", "p"], dialect)).sort_values(["by_0", "w"])
        for dialect in ("duckdb", "other")
    ]
    assert len(found[0]) == 30
    np.testing.assert_array_equal(found[0][["w", "p"]].to_numpy(), found[1][["w", "p"]].to_numpy())
    assert set(found[0]["w"]) == set(FIRMS.groupby("g")["w"].nlargest(10))


def test_a_census_has_no_sampling_error():
    held = estimate(FIRMS, by=("g",), population="finite")
    assert (held.std_error == 0).all() and "no sampling error" in held.words
    frame = held.frame()
    assert (frame["conf_low"] == frame["estimate"]).all() and frame["p_value"].isna().all()


def test_half_the_population_leaves_half_the_variance():
    whole, half = estimate(FIRMS), estimate(FIRMS, population="finite", sampling=0.5)
    np.testing.assert_allclose(half.covariance, whole.covariance / 2)


@pytest.mark.parametrize(
    "design", [{}, {"cluster": "cl"}, {"strata": "st"}, {"cluster": "cl", "strata": "st"}], ids=str
)
def test_the_bootstrap_agrees_with_the_delta_method(design):
    held = estimate(FIRMS, **design)
    np.testing.assert_allclose(held.draw(10_000, 3).std(axis=1), held.std_error, rtol=0.06 if design else 0.03)


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"population": "all"}, "legal values: 'super', 'finite'"),
        ({"sampling": 0.1}, 'needs population="finite"'),
        ({"population": "finite", "sampling": 1.5}, r"fraction in \(0, 1\]"),
        ({"population": "finite", "sampling": "f"}, "varies inside a stratum"),
        ({"cluster": "none"}, "cluster='none': no such column"),
    ],
)
def test_designs_that_make_no_sense_are_refused(design, message, connection):
    for kind in ("pandas", "DuckDB"):
        with pytest.raises(ValueError, match=message):
            estimate(KINDS[kind](connection), **design)


@pytest.mark.parametrize("kind", ["pandas", "DuckDB"])
def test_groups_and_strata_of_one_are_named(kind, connection):
    lonely = FIRMS.head(200).copy()
    lonely.loc[0, "g"], lonely.loc[0, "st"] = "alone", "alone"
    connection.register("lonely", lonely)
    table = lonely if kind == "pandas" else connection.sql("select * from lonely")
    with pytest.raises(ValueError, match="one firm only in {'g': 'alone'}.*needs two"):
        estimate(table, by=("g",))
    with pytest.raises(ValueError, match="strata='st': a stratum has one firm only"):
        estimate(table, strata="st")
    single = lonely.assign(cl=1)
    with pytest.raises(ValueError, match=r"one cluster \('cl'\) only in the table"):
        estimate(single, cluster="cl")
    assert (estimate(table, by=("g",), population="finite").std_error == 0).all()
