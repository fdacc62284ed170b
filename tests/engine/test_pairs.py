"""Pairs of times: every kind of table and every road gives the same answers; what is wrong is named. Synthetic data."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.firm_dynamics_methods import METHODS
from analysis.engine import pair_arrays, pair_queries, pair_reading, pairs, tables

NAMES = {"firm": "firm", "time": "year", "productivity": "tfp", "weight": "jobs"}
DESIGNS = [
    {}, {"by": "group"}, {"by": ["group", "size"]}, {"cluster": "town"}, {"cluster": "town", "by": "group"},
    {"strata": "size"}, {"cluster": "firm"}, {"cluster": "town", "strata": "size"}, {"population": "finite"},
    {"population": "finite", "sampling": 0.3, "by": "size"},
    {"population": "finite", "sampling": "share", "strata": "size", "by": "group"},
]  # fmt: skip


def panel(seed=0, count=240, years=(2010, 2011, 2013)):
    """Firms that come and go; weights are whole numbers, so that many are the same."""
    generator = np.random.default_rng(seed)
    level, size = generator.normal(3, 1, count), generator.choice(["x", "y"], count)
    # towns lie within a size, as clusters lie within strata
    town = np.char.add(size, generator.integers(0, 20, count).astype(str))
    frames = []
    for year in years:
        here = np.flatnonzero(generator.random(count) < 0.75)
        frames.append(pd.DataFrame({
            "firm": here, "year": np.int32(year), "tfp": level[here] + generator.normal(0, 0.3, here.size),
            "jobs": np.ceil(generator.lognormal(1.5, 0.8, here.size)), "group": np.array(list("abc"))[here % 3],
            "town": town[here], "size": size[here], "share": np.where(size[here] == "x", 0.2, 0.5),
        }))  # fmt: skip
    table = pd.concat(frames, ignore_index=True).sample(frac=1, random_state=seed, ignore_index=True)
    return table[(table["group"] != "b") | (table["year"] != 2011)]


def same(got, want):
    pd.testing.assert_frame_equal(got.tidy(), want.tidy(), check_dtype=False, rtol=1e-9, atol=1e-13)
    pd.testing.assert_frame_equal(got.reliability(), want.reliability(), check_dtype=False, rtol=1e-9, atol=1e-13)


@pytest.fixture
def relation():
    connection = duckdb.connect()
    made = []

    def make(table):
        made.append(table)
        connection.register(f"t{len(made)}", table)
        return connection.sql(f"from t{len(made)}")

    yield make
    connection.close()


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_queries_and_arrays_agree(design, relation):
    same(firm_dynamics(relation(panel()), **NAMES, **design), firm_dynamics(panel(), **NAMES, **design))


@pytest.mark.parametrize("method", METHODS)
def test_every_kind_of_table(method, relation):
    table = panel()
    want = firm_dynamics(table, **NAMES, method=method, by="group")
    others = [pl.from_pandas(table), pl.from_pandas(table).lazy(), pl.from_pandas(table).to_arrow(), relation(table),
              ibis.memtable(table)]  # fmt: skip
    for other in others:
        same(firm_dynamics(other, **NAMES, method=method, by="group"), want)


def test_a_large_frame_goes_through_duckdb(monkeypatch):
    want = firm_dynamics(panel(), **NAMES, by="group")
    monkeypatch.setattr(tables, "SMALL", 10)
    same(firm_dynamics(panel(), **NAMES, by="group"), want)


def test_lots_of_times(monkeypatch, relation):
    table = panel(years=range(2000, 2008))
    want = firm_dynamics(table, **NAMES, by="group")
    monkeypatch.setattr(pair_reading, "JOINED", 400)
    monkeypatch.setattr(pair_reading, "HASHED", 400)
    joins = []
    join = pair_queries.PairTotals._join
    monkeypatch.setattr(pair_queries.PairTotals, "_join", lambda *a: joins.append(1) or join(*a))
    same(firm_dynamics(relation(table), **NAMES, by="group"), want)
    assert len(joins) > 2


@pytest.mark.parametrize("weights", ["all the same", "two sizes"])
def test_ties_among_the_ten_largest(weights, relation):
    table = panel().assign(tfp=lambda t: t["tfp"].round(1))
    table["jobs"] = 5.0 if weights == "all the same" else np.where(table["firm"] % 2, 5.0, 7.0)
    for by in (None, "group"):
        got, want = (firm_dynamics(one, **NAMES, by=by) for one in (relation(table), table))
        # with one weight the covariance is zero but for rounding, so its statistic says nothing
        shown = got.tidy()["std_error"] > 1e-12
        assert got.tidy()["std_error"].to_numpy() == pytest.approx(want.tidy()["std_error"], rel=1e-9, abs=1e-12)
        ten = [one.reliability().loc[shown, "ten_share"].to_numpy() for one in (got, want)]
        assert ten[0] == pytest.approx(ten[1], rel=1e-9)


def test_other_engines_take_the_window(monkeypatch):
    """The road of an engine that is not DuckDB: no hashes, no aggregate of the largest, one lot."""
    read = pair_reading.read
    monkeypatch.setattr(pairs.pair_reading, "read", lambda e, r, dialect, *rest: read(e, r, "other", *rest))
    same(firm_dynamics(ibis.memtable(panel()), **NAMES, by="group"), firm_dynamics(panel(), **NAMES, by="group"))
    twice = pd.concat([panel(), panel().head(1)])
    with pytest.raises(ValueError, match="more than one row"):
        firm_dynamics(ibis.memtable(twice), **NAMES)


def test_digits_lost_in_cross_products_are_found_again(monkeypatch, relation):
    table = panel().assign(tfp=lambda t: 1e6 + 1e-2 * t["tfp"])
    general = []
    kept = pair_queries.QueryTotals
    monkeypatch.setattr(pair_queries, "QueryTotals", lambda *a: general.append(1) or kept(*a))
    got, want = (firm_dynamics(one, **NAMES).tidy() for one in (relation(table), table))
    assert general
    assert got["std_error"].to_numpy() == pytest.approx(want["std_error"].to_numpy(), rel=1e-6)


def test_clusters_within_strata_and_bootstrap(relation):
    got, want = (
        firm_dynamics(one, **NAMES, cluster="town", strata="size").bootstrap(50, seed=3)["std_error"]
        for one in (relation(panel()), panel())
    )
    assert got.to_numpy() == pytest.approx(want.to_numpy(), rel=1e-9)
    ratio = firm_dynamics(relation(panel(count=900)), **NAMES).bootstrap(500, seed=3)["ratio"]
    assert ratio.to_numpy() == pytest.approx(1, abs=0.2)


def test_text_names_and_dates(relation):
    table = panel().assign(firm=lambda t: "firm " + t["firm"].astype(str))
    table["year"] = pd.to_datetime(table["year"].astype(str))
    got, want = (firm_dynamics(one, **NAMES, by="group") for one in (relation(table), table))
    assert (pd.to_datetime(got.tidy()["year"]) == want.tidy()["year"]).all()
    assert got.tidy()["std_error"].to_numpy() == pytest.approx(want.tidy()["std_error"].to_numpy(), rel=1e-9)
    assert got.reliability()["ten_share"].to_numpy() == pytest.approx(want.reliability()["ten_share"], rel=1e-9)


@pytest.mark.parametrize("firm", ["md5(firm::varchar)::uuid", "encode('f' || firm)", "firm::decimal(10, 0)"])
@pytest.mark.parametrize("jobs", ["jobs", "5"])
def test_names_of_any_kind(firm, jobs):
    with duckdb.connect() as connection:
        connection.register("panel", panel())
        named = connection.sql(f"select * replace ({firm} as firm, {jobs} as jobs) from panel")
        got = firm_dynamics(named, **NAMES, by="group").tidy()
    want = firm_dynamics(panel().assign(jobs=panel()["jobs"] if jobs == "jobs" else 5.0), **NAMES, by="group").tidy()
    assert got["std_error"].to_numpy() == pytest.approx(want["std_error"].to_numpy(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("make", [lambda n: n if n % 2 else str(n), lambda n: str(n).encode()])
def test_names_without_an_order_in_memory(make):
    table = panel().assign(firm=lambda t: t["firm"].map(make).astype(object))
    same(firm_dynamics(table, **NAMES), firm_dynamics(panel(), **NAMES))


def test_rows_left_out_are_counted(relation):
    table = panel().astype({"tfp": float})
    table.loc[table.index[[3, 8]], "tfp"] = np.nan
    got, want = (firm_dynamics(one, **NAMES, missing="drop") for one in (relation(table), table))
    same(got, want)
    assert "2 with missing values" in str(got) and f"{len(table) - 2:,} rows used" in str(got)


@pytest.mark.parametrize("method", METHODS)
def test_nobody_enters_or_leaves_in_a_query(method, relation):
    table = panel(years=(2010, 2011))
    both = table.groupby(["group", "firm"])["year"].transform("count") == 2
    got = firm_dynamics(relation(table[both & (table["group"] != "b")]), **NAMES, by="group", method=method).tidy()
    turnover = got[got["component"].isin(["entry", "exit"])]
    assert len(turnover) == 4 and (turnover[["estimate", "std_error"]] == 0).all(axis=None)


def test_ten_largest_by_hand():
    weight = np.array([5.0, 1, 9, 9, 2, 7, 3, 8, 4, 6, 10, 11])
    top = pair_arrays.ten_largest(np.zeros(12, dtype=int), weight, weight * 0, weight * 0, weight * 0, np.arange(12))
    assert weight[top].tolist() == [11, 10, 9, 9, 8, 7, 6, 5, 4, 3] and top[2] == 3
    later = np.where(weight == 1, 20.0, 0.0)
    top = pair_arrays.ten_largest(np.zeros(12, dtype=int), weight, weight, later, later, np.arange(12))
    assert top[0] == 1 and len(top) == 10


def broken(change):
    table = panel().reset_index(drop=True)
    return change(table)


def put(column, value, row=4):
    def change(table):
        table[column] = table[column].astype(object if isinstance(value, str) else float)
        table.loc[row, column] = value
        return table if isinstance(value, str) else table.astype({column: float})

    return change


ERRORS = [
    (put("jobs", 0.0), {}, "weight='jobs'.*must be positive; it is 0 .*leave these rows out"),
    (put("jobs", -2.0), {"by": "group"}, "weight='jobs'.*must be positive; it is -2 "),
    (put("tfp", np.nan), {}, "missing values in 'tfp'.*missing=\"drop\""),
    (put("tfp", np.inf), {}, "productivity='tfp': infinite number"),
    (put("tfp", -np.inf), {}, "productivity='tfp': infinite number"),
    (put("year", np.nan), {}, "missing values in 'year'"),
    (put("year", np.inf), {}, "time='year': infinite time"),
    (put("firm", np.nan), {}, "missing values in 'firm'"),
    (lambda t: t.assign(tfp=t["tfp"].astype(str)), {}, "productivity='tfp': the column holds .*numbers are needed"),
    (lambda t: t.assign(year=t["year"].astype(str)), {}, "time='year': the column holds .*whole numbers .*or dates"),
    (lambda t: t.assign(year=t["year"] > 2011), {}, "time='year': the column holds bool"),
    (lambda t: pd.concat([t, t.iloc[[7]]]), {}, "firm='firm', time='year': more than one row for {'firm': .*add them"),
    (lambda t: pd.concat([t, t.iloc[[7]]]), {"by": "group"}, "more than one row for {'group': "),
    (lambda t: t[t["year"] == 2010], {}, r"one time only \(2010\) in the table; firm dynamics need two"),
    (lambda t: t[(t["group"] != "a") | (t["year"] == 2010)], {"by": "group"}, "one time only .* in {'group': 'a'}"),
    (lambda t: t.head(0), {}, "no rows left"),
    (lambda t: t[t["firm"] == t["firm"].value_counts().index[0]], {}, 'one firm only in .*population="finite"'),
    (lambda t: t.assign(firm=np.arange(len(t))), {}, "needs firms that are there at both times"),
    (lambda t: t.assign(town=t["town"] + (t["firm"] == 5).astype(str) * 1 + t["year"].astype(str)),
     {"cluster": "town"}, "cluster='town': firm .* has .* and then .* at year=.*one value of 'town'"),
    (lambda t: t.assign(size=t["size"] + t["year"].astype(str)), {"strata": "size"}, "strata='size': firm"),
    (lambda t: t, {"productivity": "tpf"}, "productivity='tpf': no such column; the table has 'firm'"),
    (lambda t: t, {"firm": "year"}, "already used"),
    (lambda t: t, {"method": "mp"}, "method='mp' is not known; legal values: 'melitz-polanec'"),
    (lambda t: t, {"missing": "skip"}, "legal values: 'raise', 'drop'"),
    (lambda t: t, {"population": "all"}, "legal values: 'super', 'finite'"),
    (lambda t: t, {"sampling": 0.5}, 'sampling= needs population="finite"'),
    (lambda t: t, {"by": "jobs"}, "by='jobs': the column is already used as weight="),
    (lambda t: t.rename(columns={"group": "term"}), {"by": "term"}, "has the name of a column of results"),
    (lambda t: t.rename(columns={"year": "share", "share": "s"}), {"time": "share"}, "name of a column of results"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["pandas", "DuckDB"])
@pytest.mark.parametrize(("change", "options", "message"), ERRORS, ids=[str(i) for i in range(len(ERRORS))])
def test_errors_name_what_is_wrong(change, options, message, kind, relation):
    table = broken(change)
    message = message.replace("holds bool", "holds bool(ean)?")
    with pytest.raises(ValueError, match=message):
        firm_dynamics(table if kind == "pandas" else relation(table), **{**NAMES, **options})


@settings(max_examples=30, deadline=None)
@given(
    column=st.sampled_from(["tfp", "jobs", "year", "firm"]), row=st.integers(0, 200), query=st.booleans(),
    value=st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -1.0, None]), by=st.sampled_from([None, "group"]),
)  # fmt: skip
def test_one_bad_value_anywhere_is_named(column, row, query, value, by):
    table = panel().reset_index(drop=True).astype({column: float})
    table.loc[row, column] = value
    legal = (column != "jobs" and value in (0.0, -1.0)) or (column == "firm" and value in (np.inf, -np.inf))
    firms = ibis.memtable(table) if query else table
    if legal:
        try:
            assert np.isfinite(firm_dynamics(firms, **NAMES, by=by).tidy()["estimate"]).all()
        except ValueError as error:  # a firm that gets another's name may be there twice, a new time may have one firm
            assert any(words in str(error) for words in ("more than one row", "one firm only", "both times"))
    else:
        with pytest.raises(ValueError, match=f"'{column}'"):
            firm_dynamics(firms, **NAMES, by=by)


def test_not_a_table():
    with pytest.raises(TypeError, match="expected a table"):
        firm_dynamics([1, 2], **NAMES)
