"""Level accounting: identities, invariances, errors."""

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
