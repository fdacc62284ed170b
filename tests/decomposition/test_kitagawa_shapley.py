"""Kitagawa and Shapley: identities, their equality on a rate and a composition, errors."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an

KEYS = {"group": "country", "category": "size", "rate": "rate", "weight": "jobs"}


def overall(rate, share):
    return float((rate * share).sum())


def estimates(result):
    return result.tidy().set_index("component")["estimate"]


@st.composite
def two_groups(draw):
    count = draw(st.integers(1, 6))
    rates = st.lists(st.floats(-100, 100, allow_subnormal=False), min_size=count, max_size=count)
    weights = st.lists(st.floats(0.01, 100), min_size=count, max_size=count)
    return pd.DataFrame({
        "country": np.repeat(["A", "B"], count), "size": [f"c{i}" for i in range(count)] * 2,
        "rate": draw(rates) + draw(rates), "jobs": draw(weights) + draw(weights),
    })  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(table=two_groups(), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_kitagawa_identities(table, factor, seed):
    result = an.kitagawa(table, **KEYS, reference="A")
    got = estimates(result)
    sides = {name: side for name, side in table.groupby("country")}
    means = {name: np.average(side["rate"], weights=side["jobs"]) for name, side in sides.items()}
    assert got["total"] == pytest.approx(means["B"] - means["A"], abs=1e-10)
    assert got["rate"] + got["composition"] == pytest.approx(got["total"], abs=1e-10)
    # swapping the reference only turns the signs
    assert estimates(an.kitagawa(table, **KEYS, reference="B")).to_numpy() == pytest.approx(-got.to_numpy(), abs=1e-10)
    # units of the weights, order and labels do not matter
    other = table.assign(jobs=table["jobs"] * np.where(table["country"] == "A", factor, 1), size="z" + table["size"])
    again = an.kitagawa(other.sample(frac=1, random_state=seed), **KEYS, reference="A")
    assert estimates(again).to_numpy() == pytest.approx(got.to_numpy(), abs=1e-9)
    # and it is the Shapley value of rate and composition
    share = {name: (side["jobs"] / side["jobs"].sum()).to_numpy() for name, side in sides.items()}
    rate = {name: side["rate"].to_numpy() for name, side in sides.items()}
    shapley = an.shapley(overall, *({"rate": rate[g], "share": share[g]} for g in "AB"))
    assert estimates(shapley).to_numpy() == pytest.approx(got.to_numpy(), abs=1e-9)


def test_kitagawa_says_what_it_did():
    table = pd.DataFrame(
        {"country": list("AABB"), "size": list("slsl"), "rate": [40, 100, 30, 110], "jobs": [5, 5, 8, 2]}
    )
    text = an.kitagawa(table, **KEYS, reference="A").summary()
    for words in ("B minus A", "country A", "4 rows used", "Kitagawa 1955", "mean of the two groups"):
        assert words in text


def test_kitagawa_detail_names_categories():
    table = pd.DataFrame(
        {"country": list("AABB"), "size": list("slsl"), "rate": [40, 100, 30, 110], "jobs": [5, 5, 8, 2]}
    )
    detail = an.kitagawa(table, **KEYS, reference="A").tidy(detail=True).set_index(["component", "term"])["estimate"]
    assert detail["rate", "s"] == pytest.approx(0.65 * -10)
    assert detail["composition", "l"] == pytest.approx(105 * -0.3)


def simple():
    return pd.DataFrame({"country": list("AABB"), "size": list("xyxy"), "rate": [1.0, 2.0, 3.0, 4.0], "jobs": 1.0})


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"reference": "C"}, "reference='C' is not known; legal values: 'A', 'B'"),
        ({}, {"rate": "r"}, "rate='r': no such column"),
        ({}, {"missing": "no"}, "missing='no'"),
        ({"country": list("ABCD")}, {}, "exactly two groups; it holds 'A', 'B', 'C', 'D'"),
        ({"country": "A"}, {}, "exactly two groups; it holds 'A'"),
        ({"size": list("xyxz")}, {}, "'y' only in group 'A'"),
        ({"size": "x"}, {}, "more than one row"),
        ({"jobs": [1.0, 1.0, -1.0, 1.0]}, {}, "'jobs' must be not negative"),
        ({"jobs": [0.0, 0.0, 1.0, 1.0]}, {}, "adds up to zero in group 'A'"),
        ({"rate": [1.0, np.nan, 1.0, 1.0]}, {}, "missing values in 'rate'"),
        ({"rate": "high"}, {}, "numbers are needed"),
    ],
)
def test_kitagawa_errors(change, options, message):
    with pytest.raises(ValueError, match=message):
        an.kitagawa(simple().assign(**change), **{**KEYS, "reference": "A", **options})


def test_kitagawa_drop_counts():
    table = pd.concat([simple(), simple().iloc[[0, 2]].assign(size="z", rate=np.nan)])
    assert "2 with missing values" in an.kitagawa(table, **KEYS, reference="A", missing="drop").summary()


factor_values = st.lists(st.floats(-10, 10), min_size=2, max_size=5)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_shapley_is_the_mean_over_all_orders(data):
    base = data.draw(factor_values)
    goal = data.draw(st.lists(st.floats(-10, 10), min_size=len(base), max_size=len(base)))
    names = [f"f{i}" for i in range(len(base))]
    baseline, target = dict(zip(names, base, strict=True)), dict(zip(names, goal, strict=True))

    def function(**at):
        return sum(v * (i + 1) for i, v in enumerate(at.values())) + np.prod(list(at.values())) + at["f0"] ** 2

    mean = dict.fromkeys(names, 0.0)
    orders = list(itertools.permutations(names))
    for order in orders:
        at = dict(baseline)
        for name in order:
            before = function(**at)
            at[name] = target[name]
            mean[name] += (function(**at) - before) / len(orders)
    result = an.shapley(function, baseline, target)
    got = estimates(result)
    scale = 1 + np.abs(list(mean.values())).max() + result.levels
    for name in names:
        assert got[name] == pytest.approx(mean[name], abs=1e-9 * scale)
    # the order in which the factors are named does not matter
    turned = estimates(
        an.shapley(lambda **at: function(**{n: at[n] for n in names}), dict(reversed(baseline.items())), target)
    )
    for name in names:
        assert turned[name] == pytest.approx(got[name], abs=1e-9 * scale)


def test_shapley_calls_the_function_once_a_subset():
    calls = []

    def function(**at):
        calls.append(tuple(at.values()))
        return sum(at.values())

    result = an.shapley(function, dict.fromkeys("abcd", 0), dict.fromkeys("abcd", 1))
    assert len(calls) == len(set(calls)) == 16
    assert estimates(result).to_dict() == pytest.approx({"a": 1, "b": 1, "c": 1, "d": 1, "total": 4})


def test_shapley_ignores_a_factor_that_does_nothing():
    got = estimates(an.shapley(lambda a, b: a**2, {"a": 1.0, "b": 1.0}, {"a": 3.0, "b": 9.0}))
    assert got.to_dict() == {"a": 8.0, "b": 0.0, "total": 8.0}


@pytest.mark.parametrize(
    ("function", "baseline", "target", "message"),
    [
        (sum, {"a": 1}, {"b": 1}, "only in baseline: a; only in target: b"),
        (sum, {}, {}, "0 factors"),
        (sum, dict.fromkeys(map(str, range(17)), 0), dict.fromkeys(map(str, range(17)), 1), "17 factors"),
        (sum, {"total": 1}, {"total": 2}, "'total'"),
        (lambda a: np.nan, {"a": 1}, {"a": 2}, "one finite number"),
        (lambda a: [1, 2], {"a": 1}, {"a": 2}, "one finite number"),
        (lambda a: "x", {"a": 1}, {"a": 2}, "one finite number"),
    ],
)
def test_shapley_errors(function, baseline, target, message):
    with pytest.raises(ValueError, match=message):
        an.shapley(function, baseline, target)
