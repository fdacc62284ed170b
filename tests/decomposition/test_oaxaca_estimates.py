"""Estimates of Blinder-Oaxaca: every reference by its definition, invariances, normalised effects, terms and blocks."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decomposition.oaxaca_cases import REFERENCES, by_hand, estimate, firms, parts, terms


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("weights", [None, "w"])
def test_every_reference_is_what_the_docstring_says(reference, weights):
    table = firms()
    weight = table["w"].to_numpy() if weights else np.ones(len(table))
    want = by_hand(table, reference, weight)
    result = estimate(table, reference=reference, weights=weights, split=True)
    got = parts(result).to_dict()
    assert got == pytest.approx({name: want[name].sum() for name in got}, abs=1e-10)
    assert list(terms(result).values()) == pytest.approx(np.concatenate([want[name] for name in got]), abs=1e-10)
    two = parts(estimate(table, reference=reference, weights=weights))
    assert two["unexplained"] == pytest.approx(got["unexplained_a"] + got["unexplained_b"], abs=1e-12)


def test_threefold_and_its_relation_to_twofold():
    want = by_hand(firms(), "group_b", np.ones(240))
    three = estimate(threefold=True)
    got = parts(three).to_dict()
    assert got == pytest.approx({name: want[name].sum() for name in got}, abs=1e-10)
    own = parts(estimate(reference="group_a"))
    other = parts(estimate(reference="group_b"))
    assert own["explained"] == pytest.approx(got["endowments"] + got["interaction"], abs=1e-12)
    assert own["unexplained"] == pytest.approx(got["coefficients"], abs=1e-12)
    assert other["explained"] == pytest.approx(got["endowments"], abs=1e-12)
    assert three.coefficients()["group"].unique().tolist() == ["large", "small"]


def test_numbers_and_names_of_references_agree():
    for name, number in (("group_a", 1), ("group_b", 0.0), ("reimers", 0.5)):
        one, two = (estimate(reference=each).tidy(detail=True) for each in (name, number))
        pd.testing.assert_frame_equal(one, two)


def test_pooled_unexplained_is_the_coefficient_of_the_dummy():
    table = firms().assign(large=lambda t: (t["g"] == "large").astype(float))
    fit = smf.ols("y ~ x + z + C(k) + large", table).fit()
    result = estimate(table, split=True)
    assert parts(result)["unexplained_a"] == pytest.approx(0, abs=1e-12)
    assert parts(result)["unexplained_b"] == pytest.approx(fit.params["large"], abs=1e-10)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3),
    reference=st.sampled_from(REFERENCES), weights=st.sampled_from([None, "w"]),
    cluster=st.sampled_from([None, "c"]), threefold=st.booleans(),
)  # fmt: skip
def test_invariances(seed, scale, shift, reference, weights, cluster, threefold):
    table = firms(150, seed % 5)
    options = {"reference": "pooled" if threefold else reference, "weights": weights, "cluster": cluster,
               "threefold": threefold}  # fmt: skip
    base = estimate(table, **options)
    columns = ["estimate", "std_error"]

    def same(result, factor=1.0, sign=1.0, names=columns):
        assert (result.tidy()[names].to_numpy() * [sign, 1][: len(names)]) / factor == pytest.approx(
            base.tidy()[names].to_numpy(), rel=1e-7, abs=1e-9
        )

    # adding up
    table_of = base.tidy(detail=True)
    assert parts(base).drop("difference").sum() == pytest.approx(parts(base)["difference"], abs=1e-10)
    assert table_of.groupby("component")["estimate"].sum().to_dict() == pytest.approx(parts(base).to_dict(), abs=1e-9)
    # units of a covariate and of the outcome, order of rows, labels
    same(estimate(table.assign(x=table["x"] * scale + shift), **options))
    same(estimate(table.assign(y=table["y"] * scale), **options), scale)
    same(estimate(table.sample(frac=1, random_state=seed), **options))
    same(estimate(table.assign(g=table["g"].map({"large": 1, "small": 2})), **options))
    if not threefold and reference in ("pooled", "neumark", "reimers", "cotton"):
        same(estimate(table, **options, group_a="small"), sign=-1.0)
    # constant weights are none; a row split in two halves is the row
    if weights is None:
        same(estimate(table.assign(w=7.0), **{**options, "weights": "w"}))
    halves = pd.concat([table.assign(w=table["w"] / 2, row=range(150)) for _ in range(2)])
    if weights:
        same(estimate(halves, **options), names=["estimate"])
        if cluster is None:
            same(estimate(halves, **{**options, "cluster": "row"}))


@pytest.mark.parametrize("options", [
    {"reference": "pooled"}, {"reference": "neumark", "weights": "w"}, {"reference": 0.3, "cluster": "c"},
    {"threefold": True}, {"reference": "cotton", "vcov": "classical"}, {"split": True, "strata": "s"},
])  # fmt: skip
def test_normalised_effects_do_not_depend_on_the_omitted_level(options):
    table = firms().assign(letter=lambda t: np.random.default_rng(5).choice(list("pqr"), len(t)))
    held = []
    for k, letter in ((1, "p"), (2, "r"), (3, "q")):
        levels = {"k": [k, *({1, 2, 3} - {k})], "letter": [letter, *sorted(set("pqr") - {letter})]}
        frame = table.assign(**{name: pd.Categorical(table[name], order) for name, order in levels.items()})
        result = estimate(frame, "y ~ x + k + letter + letter:x", normalise=["k", "letter"], **options)
        assert "do not depend on the omitted level" in result.summary()
        held.append({column: terms(result, column) for column in ("estimate", "std_error")})
    assert {("difference", f"letter[{x}]") for x in "pqr"} <= set(held[0]["estimate"])
    assert {("difference", f"letter[{x}]:x") for x in "pqr"} <= set(held[0]["estimate"])
    for other in held[1:]:
        for column in ("estimate", "std_error"):
            assert other[column] == pytest.approx(held[0][column], abs=1e-9)
    # coefficients of all levels add up to zero, in every set
    sums = result.coefficients().query("term.str.startswith('k[')").groupby("group")["estimate"].sum()
    assert sums.abs().max() < 1e-12
    plain = estimate(table.assign(k=table["k"].astype(str)), "y ~ x + k + letter + letter:x", **options)
    assert parts(plain).to_dict() == pytest.approx(parts(result).to_dict(), abs=1e-10)
    assert "depend on the omitted level" in plain.summary()


def test_blocks_sum_terms_with_their_covariance():
    result = estimate(split=True)
    covariance = result.covariance(detail=True)[0]
    blocks = result.blocks({"numbers": ["x", "z"], "kind": "C(k)"}).set_index(["component", "term"])
    assert [term for component, term in blocks.index if component == "explained"] == ["Intercept", "numbers", "kind"]
    names = ["explained x", "explained z"]
    assert blocks.loc[("explained", "numbers"), "std_error"] == pytest.approx(
        np.sqrt(covariance.loc[names, names].to_numpy().sum())
    )
    by_term = result.blocks()
    assert by_term["term"].unique().tolist() == ["Intercept", "x", "z", "C(k)"]
    assert by_term.groupby("component")["estimate"].sum().to_dict() == pytest.approx(parts(result).to_dict())
    whole = result.blocks({"all": ["Intercept", "x", "z", "C(k)"]}).set_index("component")
    assert whole["std_error"].to_dict() == pytest.approx(parts(result, "std_error").to_dict())
    with pytest.raises(ValueError, match="'zz' is no term; legal: 'Intercept', 'x', 'z', 'C\\(k\\)'"):
        result.blocks({"a": "zz"})
    with pytest.raises(ValueError, match="'x' is in 'a' and in 'b'"):
        result.blocks({"a": "x", "b": ["x", "z"]})


def test_coefficients_and_their_means():
    result = estimate(reference="neumark")
    table = result.coefficients().set_index(["group", "term"])
    fit = smf.ols("y ~ x + z + C(k)", firms()).fit()
    assert table.loc["reference", "estimate"].to_dict() == pytest.approx(fit.params.to_dict())
    explained = (table.loc["large", "mean"] - table.loc["small", "mean"]) * table.loc["reference", "estimate"]
    got = {term: value for (component, term), value in terms(result).items() if component == "explained"}
    assert got == pytest.approx(explained.to_dict())
