"""Level accounting and Olley-Pakes: identities, invariances, errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an

UNITS = {"unit": "country", "reference": "USA", "output": "y"}
FACTORS = {"k": 0.4, "h": 0.6}


def world():
    return pd.DataFrame({"country": ["KOR", "JPN", "USA"], "y": [50.0, 48.0, 100.0], "k": [200.0, 180.0, 250.0],
                         "h": [3.5, 3.6, 3.75]})  # fmt: skip


def test_level_accounting_by_hand():
    result = an.level_accounting(world(), **UNITS, factors=FACTORS)
    got = result.tidy().set_index(["country", "component"])["estimate"]
    assert result.tidy()["country"].unique().tolist() == ["JPN", "KOR"]
    assert got["KOR", "k"] == pytest.approx(0.4 * np.log(0.8))
    assert got["KOR", "total"] == pytest.approx(np.log(0.5))
    assert got["KOR", "tfp"] == pytest.approx(np.log(0.5 / (0.8**0.4 * (3.5 / 3.75) ** 0.6)))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), a=st.floats(-2, 2), b=st.floats(-2, 2), scale=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_level_accounting_identities(data, a, b, scale, seed):
    values = st.lists(st.floats(0.1, 1000), min_size=4, max_size=4)
    table = pd.DataFrame({"country": ["USA", "A", "B", "C"], **{name: data.draw(values) for name in "ykh"}})
    result = an.level_accounting(table, **UNITS, factors={"k": a, "h": b})
    ratios = result.ratios().pivot(index="country", columns="component", values="estimate")
    assert (ratios["k"] * ratios["h"] * ratios["tfp"]).to_numpy() == pytest.approx(ratios["total"].to_numpy(), rel=1e-9)
    truth = table.set_index("country")["y"] / table["y"].iloc[0]
    assert ratios["total"].to_numpy() == pytest.approx(truth[ratios.index].to_numpy(), rel=1e-12)
    other = table.assign(y=table["y"] * scale, k=table["k"] / scale).sample(frac=1, random_state=seed)
    again = an.level_accounting(other, **UNITS, factors={"k": a, "h": b}).tidy()["estimate"]
    assert again.to_numpy() == pytest.approx(result.tidy()["estimate"].to_numpy(), abs=1e-9)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"factors": {}}, "factors is empty"),
        ({}, {"factors": {"k": "half"}}, "exponent of 'k'"),
        ({}, {"factors": {"k": np.nan}}, "exponent of 'k'"),
        ({}, {"factors": {"tfp": 1.0}}, "may not be named 'tfp'"),
        ({}, {"factors": {"kk": 1.0}}, "no such column"),
        ({}, {"reference": "U.S."}, "reference='U.S.' is not known; legal values: 'KOR', 'JPN', 'USA'"),
        ({}, {"output": "z"}, "output='z'"),
        ({"country": ["KOR", "KOR", "USA"]}, {}, "more than one row .*KOR"),
        ({"h": [0.0, 1.0, 1.0]}, {}, "'h' must be positive; it is 0 at country='KOR'"),
        ({"h": [np.nan, 1.0, 1.0]}, {}, "missing values in 'h'"),
        ({"y": ["a", "b", "c"]}, {}, "numbers are needed"),
    ],
)
def test_level_accounting_errors(change, options, message):
    with pytest.raises(ValueError, match=message):
        an.level_accounting(world().assign(**change), **{**UNITS, "factors": FACTORS, **options})


def test_level_accounting_needs_another_unit():
    with pytest.raises(ValueError, match="only the reference"):
        an.level_accounting(world().tail(1), **UNITS, factors=FACTORS)


def test_level_accounting_drop():
    result = an.level_accounting(world().assign(h=[np.nan, 1, 1]), **UNITS, factors=FACTORS, missing="drop")
    assert result.tidy()["country"].unique().tolist() == ["JPN"]
    assert "1 with missing values" in result.summary()


@st.composite
def firm_tables(draw):
    count = draw(st.integers(1, 8))
    return pd.DataFrame({
        "p": draw(st.lists(st.floats(-50, 50), min_size=count, max_size=count)),
        "w": draw(st.lists(st.floats(0.01, 50), min_size=count, max_size=count)),
        "n": draw(st.lists(st.integers(1, 5), min_size=count, max_size=count)),
    })  # fmt: skip


def parts(table, **options):
    return an.olley_pakes(table, productivity="p", weight="w", **options).tidy().set_index("component")["estimate"]


@settings(max_examples=60, deadline=None)
@given(table=firm_tables(), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_olley_pakes_identities(table, factor, seed):
    got = parts(table)
    assert list(got.index) == ["mean", "covariance", "aggregate"]
    assert got["mean"] == pytest.approx(table["p"].mean(), abs=1e-10)
    assert got["aggregate"] == pytest.approx(np.average(table["p"], weights=table["w"]), abs=1e-10)
    share = table["w"] / table["w"].sum()
    covariance = len(table) * np.cov(share, table["p"], bias=True)[0, 1] if len(table) > 1 else 0.0
    assert got["covariance"] == pytest.approx(covariance, abs=1e-8)
    other = table.assign(w=table["w"] * factor).sample(frac=1, random_state=seed)
    assert parts(other).to_numpy() == pytest.approx(got.to_numpy(), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(table=firm_tables())
def test_olley_pakes_cells_equal_the_firms_they_stand_for(table):
    firms = table.loc[table.index.repeat(table["n"])].assign(w=lambda t: t["w"] / t["n"])
    assert parts(table, count="n").to_numpy() == pytest.approx(parts(firms).to_numpy(), abs=1e-9)


def test_olley_pakes_by_and_words():
    table = pd.DataFrame({"c": list("aabb"), "p": [1.0, 2.0, 3.0, 4.0], "w": [1, 3, 1, 1]})
    result = an.olley_pakes(table, productivity="p", weight="w", by="c")
    got = result.tidy().set_index(["c", "component"])["estimate"]
    assert got["a", "covariance"] == 0.25 and got["b", "covariance"] == 0
    assert "4 rows used" in str(result) and "Olley and Pakes 1996" in str(result)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"weight": "v"}, "weight='v': no such column"),
        ({"w": [-1.0, 1.0]}, {}, "'w' must be not negative"),
        ({"w": 0.0}, {}, "adds up to zero"),
        ({"n": 0}, {"count": "n"}, "'n' must be positive"),
        ({"p": [1.0, np.nan]}, {}, "missing values in 'p'"),
        ({"p": np.nan}, {"missing": "drop"}, "no rows left"),
        ({}, {"missing": "?"}, "legal values: 'raise', 'drop'"),
    ],
)
def test_olley_pakes_errors(change, options, message):
    table = pd.DataFrame({"p": [1.0, 2.0], "w": [1.0, 1.0], "n": 1}).assign(**change)
    with pytest.raises(ValueError, match=message):
        an.olley_pakes(table, **{"productivity": "p", "weight": "w", **options})
