"""Every engine gives the same totals, covariances and reliability, whatever the design."""

import itertools

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from analysis import engine
from analysis.engine import queries, tables
from analysis.engine.estimation import DESIGN_ROLES
from analysis.inference import Statistic


def _firms(n=3000, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "p": rng.normal(3, 1, n), "w": rng.lognormal(1, 1, n), "g": rng.choice(["a", "b", "c"], n),
        "y": rng.integers(2000, 2003, n).astype("int16"), "cl": rng.integers(0, 60, n),
        "st": rng.choice(["x", "y"], n), "cat": rng.choice(list("klmo"), n),
    })  # fmt: skip
    return frame.assign(f=np.where(frame["st"] == "x", 0.3, 0.5))


def _one_group(t):
    mean, aggregate = t["p"] / t["n"], t["wp"] / t["w"]
    return {"mean": mean, "covariance": aggregate - mean, "aggregate": aggregate}


def _between(t, keys):
    whole = t["w"].sum(-1, keepdims=True)
    aggregate = t["wp"].sum(-1) / whole[..., 0]
    gap = t["wp"] / t["w"] - aggregate[..., None]
    return {"between": (t["w"] / whole * gap**2).sum(-1), "aggregate": aggregate}


PLAIN = Statistic(
    {"n": lambda c: c["w"] * 0 + 1, "p": lambda c: c["p"], "w": lambda c: c["w"], "wp": lambda c: c["w"] * c["p"]},
    _one_group, size=lambda c: c["w"],
)  # fmt: skip
CELLS = Statistic(
    {"w": lambda c: c["w"], "wp": lambda c: c["w"] * c["p"]}, _between, size=lambda c: c["w"], cells=("cat",)
)
FIRMS = _firms()
KINDS = {
    "pandas": lambda con: FIRMS,
    "polars": lambda con: pl.from_pandas(FIRMS),
    "lazy polars": lambda con: pl.from_pandas(FIRMS).lazy(),
    "Arrow": lambda con: pa.Table.from_pandas(FIRMS),
    "DuckDB": lambda con: con.sql("select * from firms"),
    "Ibis": lambda con: ibis.memtable(pa.Table.from_pandas(FIRMS)),
}
ARRAYS = ("value", "covariance", "units", "rows", "effective", "ten_share", "freedom")


@pytest.fixture
def connection():
    with duckdb.connect() as con:
        con.register("firms", FIRMS)
        yield con


def estimate(table, statistic=PLAIN, by=(), **design):
    design = engine.Design(**design)
    columns = {"p": "p", "w": "w", **({"cat": "cat"} if statistic.cells else {}), **design.columns}
    rows = engine.read(table, columns, by=by, numeric=["p", "w", "sampling"], positive=["w"], shared=DESIGN_ROLES)
    return engine.estimate(rows, statistic, design)


def same(one, other, rtol=1e-9):
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-14, err_msg=name)
    pd.testing.assert_frame_equal(one.frame(), other.frame(), check_dtype=False)


DESIGNS = [
    dict(cluster=cluster, strata=strata, sampling=sampling, population="finite" if sampling else "super")
    for cluster, strata, sampling in itertools.product((None, "cl"), (None, "st"), (None, 0.2, "f"))
    if not (sampling == "f" and strata is None)
]


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
