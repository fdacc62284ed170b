"""Olley-Pakes: identities, invariances, standard errors, every kind of table, errors."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an
from analysis import gradients
from analysis.decomposition.firms import _statistic

NAMES = {"productivity": "p", "weight": "w"}


def firms(seed=0, count=400):
    generator = np.random.default_rng(seed)
    size = generator.lognormal(1.0, 0.8, count)
    return pd.DataFrame({
        "p": 3 + 0.2 * np.log(size) + generator.normal(0, 0.5, count),
        "w": size,
        "n": generator.integers(1, 6, count),
        "c": generator.choice(["a", "b"], count),
        "town": generator.integers(0, 40, count),
    })  # fmt: skip


@st.composite
def firm_tables(draw):
    count = draw(st.integers(2, 8))
    return pd.DataFrame({
        "p": draw(st.lists(st.floats(-50, 50), min_size=count, max_size=count)),
        "w": draw(st.lists(st.floats(0.01, 50), min_size=count, max_size=count)),
        "n": draw(st.lists(st.integers(1, 5), min_size=count, max_size=count)),
    })  # fmt: skip


def parts(table, **options):
    return an.olley_pakes(table, **NAMES, **options).tidy().set_index("component")["estimate"]


@settings(max_examples=60, deadline=None)
@given(table=firm_tables(), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_identities(table, factor, seed):
    got = parts(table)
    assert list(got.index) == ["mean", "covariance", "aggregate"]
    assert got["mean"] == pytest.approx(table["p"].mean(), abs=1e-10)
    assert got["aggregate"] == pytest.approx(np.average(table["p"], weights=table["w"]), abs=1e-10)
    share = table["w"] / table["w"].sum()
    covariance = len(table) * np.cov(share, table["p"], bias=True)[0, 1]
    assert got["covariance"] == pytest.approx(covariance, abs=1e-8)
    other = table.assign(w=table["w"] * factor).sample(frac=1, random_state=seed)
    assert parts(other).to_numpy() == pytest.approx(got.to_numpy(), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(table=firm_tables())
def test_cells_equal_the_firms_they_stand_for(table):
    each = table.loc[table.index.repeat(table["n"])].assign(w=lambda t: t["w"] / t["n"])
    assert parts(table, count="n").to_numpy() == pytest.approx(parts(each).to_numpy(), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(table=firm_tables(), shift=st.floats(-20, 20), scale=st.floats(0.1, 10))
def test_errors_follow_the_units_of_productivity(table, shift, scale):
    before, after = (
        an.olley_pakes(one, **NAMES).tidy()["std_error"].to_numpy()
        for one in (table, table.assign(p=shift + scale * table["p"]))
    )
    assert after == pytest.approx(scale * before, rel=1e-6, abs=1e-9)


def test_standard_errors_of_the_textbook():
    table = firms()
    got = an.olley_pakes(table, **NAMES).tidy().set_index("component")["std_error"]
    count, share = len(table), table["w"] / table["w"].sum()
    mean, aggregate = table["p"].mean(), share @ table["p"]
    assert got["mean"] == pytest.approx(table["p"].std() / np.sqrt(count))
    influence = share * (table["p"] - aggregate)
    correction = count / (count - 1)
    assert got["aggregate"] == pytest.approx(np.sqrt(correction * (influence**2).sum()))
    influence = influence - (table["p"] - mean) / count
    assert got["covariance"] == pytest.approx(np.sqrt(correction * (influence**2).sum()))


def test_every_row_of_the_gradient():
    point = np.array([[50.0, 160.0, 420.0, 1500.0]])
    for counted in (False, True):
        statistic = _statistic(counted)
        labels, value, gradient = gradients.differentiate(statistic, point)
        for j in range(4):
            step = 1e-6 * point[0, j]
            up, down = point.copy(), point.copy()
            up[0, j] += step
            down[0, j] -= step
            numeric = [
                (statistic.evaluate(up)[name] - statistic.evaluate(down)[name])[0] / (2 * step) for name in labels
            ]
            assert gradient[0, :, j] == pytest.approx(numeric, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize("options", [{}, {"by": "c"}, {"cluster": "town"}, {"count": "n"}, {"strata": "c"}])
def test_bootstrap_agrees(options):
    table = an.olley_pakes(firms(), **NAMES, **options).bootstrap(draws=2_000, seed=3)
    assert table["ratio"].to_numpy() == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize(
    "options",
    [{}, {"by": "c"}, {"by": ["c", "n"]}, {"cluster": "town", "by": "c"}, {"count": "n"},
     {"population": "finite", "sampling": 0.3}],
)  # fmt: skip
def test_every_kind_of_table(options):
    table = firms()
    connection = duckdb.connect()
    connection.register("firms", table)
    want = an.olley_pakes(table, **NAMES, **options)
    for other in (pl.from_pandas(table), pl.from_pandas(table).to_arrow(), connection.sql("from firms"),
                  ibis.memtable(table)):  # fmt: skip
        got = an.olley_pakes(other, **NAMES, **options)
        pd.testing.assert_frame_equal(got.tidy(), want.tidy(), check_dtype=False, rtol=1e-9)
        pd.testing.assert_frame_equal(got.reliability(), want.reliability(), check_dtype=False, rtol=1e-9)


def test_by_equals_looping_and_words():
    table = firms()
    result = an.olley_pakes(table, **NAMES, by="c", cluster="town")
    for key, part in table.groupby("c"):
        alone = an.olley_pakes(part, **NAMES, cluster="town").tidy()
        mine = result.tidy().loc[lambda t, key=key: t["c"] == key].drop(columns="c").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone, rtol=1e-12)
    assert "400 rows used" in str(result) and "Olley and Pakes 1996" in str(result)
    assert "clusters (town)" in str(result)


def test_published_cells_have_no_error_and_say_so():
    cells = pd.DataFrame({"c": list("aab"), "p": [1.0, 3.0, 2.0], "w": [30.0, 70.0, 5.0], "n": [20, 2, 1]})
    table = an.olley_pakes(cells, **NAMES, count="n", by="c", population="finite")
    assert (table.tidy()["std_error"] == 0).all() and "census" in str(table)
    assert table.tidy()["estimate"].to_list()[-3:] == [2.0, 0.0, 2.0]
    drawn = str(an.olley_pakes(cells[:2], **NAMES, count="n"))
    assert 'population="finite"' in drawn and "unreliable" in drawn


def test_units_of_the_table():
    table = firms()
    table.attrs["unit"] = {"p": "log won per hour"}
    assert set(an.olley_pakes(table, **NAMES).tidy()["unit"]) == {"log won per hour"}
    assert set(an.olley_pakes(pl.from_pandas(table), **NAMES).tidy()["unit"]) == {"units of p"}


@pytest.mark.parametrize("kind", ["pandas", "ibis"])
@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"weight": "v"}, "weight='v': no such column"),
        ({"w": [-1.0, 1.0]}, {}, "'w' must be positive; it is -1 .*leave these rows out"),
        ({"w": 0.0}, {}, "'w' must be positive; it is 0 .*leave these rows out"),
        ({"n": 0}, {"count": "n"}, "'n' must be positive"),
        ({"p": [1.0, np.nan]}, {}, 'missing values in \'p\'.*missing="drop"'),
        ({"p": [1.0, np.inf]}, {}, "productivity='p': infinite number"),
        ({"p": np.nan}, {"missing": "drop"}, "no rows left"),
        ({"p": [1.0, np.nan]}, {"missing": "drop"}, 'one firm only in the table.*population="finite"'),
        ({"c": ["x", "y"]}, {"by": "c"}, "one firm only in {'c': 'x'}"),
        ({}, {"missing": "?"}, "legal values: 'raise', 'drop'"),
        ({}, {"population": "all"}, "legal values: 'super', 'finite'"),
        ({"p": ["1", "2"]}, {}, "numbers are needed"),
    ],
)
def test_errors(change, options, message, kind):
    table = pd.DataFrame({"p": [1.0, 2.0], "w": [1.0, 1.0], "n": 1}).assign(**change)
    with pytest.raises(ValueError, match=message):
        an.olley_pakes(table if kind == "pandas" else ibis.memtable(table), **{**NAMES, **options})


def test_one_row_is_a_census():
    table = pd.DataFrame({"p": [2.0], "w": [5.0]})
    assert parts(table, population="finite").to_list() == [2.0, 0.0, 2.0]
