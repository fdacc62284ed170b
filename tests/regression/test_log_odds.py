"""Least squares on log-odds: pyfixest's numbers, the bootstrap by enumeration and by a library, its size, bad input."""

import itertools
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyfixest
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an
from analysis.regression.log_odds import log_odds
from analysis.regression.margins import expit
from analysis.regression.wild import Absorbed, Signs, WildBootstrap, signs


def sample(clusters=8, each=9, seed=0, effect=0.5):
    rng = np.random.default_rng(seed)
    n = clusters * each
    country = np.repeat(np.arange(clusters), each)
    x, size, year = rng.normal(size=n), np.tile(np.arange(3), n // 3), np.tile(np.repeat([0, 1, 2], 3), n // 9)
    index = effect * x + 0.4 * size + 0.2 * year + rng.normal(size=clusters)[country]
    index = index + 0.5 * rng.normal(size=n) + 0.4 * rng.normal(size=clusters)[country] * x
    return pd.DataFrame({
        "share": expit(index - 1), "x": x, "size": np.array(list("sml"))[size], "year": year + 2020,
        "country": np.array([f"c{one}" for one in country]), "w": rng.uniform(0.5, 3, n),
    })  # fmt: skip


def column(result, name="estimate"):
    return result.tidy().set_index("term")[name]


def dense(t, factors, weights=None):
    """Log-odds and a full design: x first, then dummies of factors; all times the root of the weights."""
    dummies = [pd.get_dummies(t[name], drop_first=i > 0).to_numpy(float) for i, name in enumerate(factors)]
    x = np.column_stack([t["x"], *dummies]) if factors else np.column_stack([t["x"], np.ones(len(t))])
    root = np.sqrt(t[weights].to_numpy()) if weights else np.ones(len(t))
    y = np.log(t["share"] / (1 - t["share"])).to_numpy()
    return y * root, x * root[:, None]


def clustered_t(y, x, codes, value):
    """Return the t-statistic of the first coefficient, CRV1 up to a factor."""
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    rows = x * (y - x @ beta)[:, None]
    scores = np.stack([rows[codes == g].sum(axis=0) for g in np.unique(codes)])
    return (beta[0] - value) / np.sqrt((bread @ scores.T @ scores @ bread)[0, 0])


def enumerate_all(y, x, codes, value=0.0):
    """The wild cluster bootstrap with the null imposed, every sign pattern, no short cut."""
    rest = x[:, 1:]
    y0 = y - value * x[:, 0]
    fitted = rest @ np.linalg.lstsq(rest, y0, rcond=None)[0]
    mine = abs(clustered_t(y, x, codes, value))
    told = [
        abs(clustered_t(fitted + (y0 - fitted) * np.array(pattern)[codes], x, codes, 0.0))
        for pattern in itertools.product([-1, 1], repeat=codes.max() + 1)
    ]
    return np.mean(np.array(told) >= mine * (1 - 1e-9))


@pytest.mark.parametrize(
    ("absorb", "weights"),
    [(None, None), ("country", None), (["country", "year"], None), (["year", "size"], "w"), ("country", "w")],
)
def test_the_p_value_is_that_of_every_sign_pattern(absorb, weights):
    t = sample(6, 9, 4, 0.3)
    factors = [absorb] if isinstance(absorb, str) else absorb or []
    y, x = dense(t, factors, weights)
    codes = t["country"].factorize()[0]
    result = log_odds("share ~ x", t, absorb=absorb, cluster="country", weights=weights)
    got = result.tidy().set_index("term").loc["x"]
    assert got["p_value"] == pytest.approx(enumerate_all(y, x, codes), abs=1e-12)
    assert "all 64 sign patterns" in result.summary() and "no p-value can be below 0.031" in result.summary()
    # the ends of the interval are where the test turns
    for end, outward in (("conf_low", -1), ("conf_high", 1)):
        assert enumerate_all(y, x, codes, got[end] + outward * 1e-3 * got["std_error"]) <= 0.05
        assert enumerate_all(y, x, codes, got[end] - outward * 1e-3 * got["std_error"]) > 0.05


def test_the_intercept_is_tested_as_itself():
    t = sample(6, 9, 4)
    y, x = dense(t, [])
    codes = t["country"].factorize()[0]
    got = log_odds("share ~ x", t, cluster="country").tidy().set_index("term")
    assert got.index.tolist() == ["Intercept", "x"]
    assert got.loc["Intercept", "p_value"] == pytest.approx(enumerate_all(y, x[:, ::-1], codes))
    moved = log_odds("share ~ x", t.assign(x=t["x"] + 3), cluster="country").tidy().set_index("term")
    y, x = dense(t.assign(x=t["x"] + 3), [])
    assert moved.loc["Intercept", "p_value"] == pytest.approx(enumerate_all(y, x[:, ::-1], codes))
    assert moved.loc["x", "p_value"] == got.loc["x", "p_value"]


@pytest.mark.parametrize("weights", [None, "w"])
def test_estimates_and_errors_are_those_of_pyfixest(weights):
    t = sample(20, 9, 1)
    got = log_odds("share ~ x + C(size)", t, absorb=["country", "year"], cluster="country", weights=weights)
    t = t.assign(y=np.log(t["share"] / (1 - t["share"])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        want = pyfixest.feols("y ~ x + C(size) | country + year", t, vcov={"CRV1": "country"}, weights=weights)
    np.testing.assert_allclose(column(got), want.coef()[column(got).index], rtol=1e-8)
    np.testing.assert_allclose(column(got, "std_error"), want.se()[column(got).index], rtol=1e-6)
    assert got.covariance()[0].loc["x", "x"] == pytest.approx(column(got, "std_error")["x"] ** 2)
    plain = log_odds("share ~ x + C(size)", t, cluster="country", weights=weights)
    design = sm.add_constant(t[["x"]].assign(m=t["size"] == "m", s=t["size"] == "s").astype(float))
    fit = sm.WLS(t["y"], design, weights=t[weights] if weights else 1.0)
    fit = fit.fit(cov_type="cluster", cov_kwds={"groups": t["country"].factorize()[0]})
    names = ["Intercept", "x", "C(size)[T.m]", "C(size)[T.s]"]
    np.testing.assert_allclose(column(plain)[names], fit.params, rtol=1e-8)
    np.testing.assert_allclose(column(plain, "std_error")[names], fit.bse, rtol=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_signs_agree_with_the_library(seed):
    t = sample(18, 9, seed, 0.15)
    got = log_odds("share ~ x + C(size)", t, absorb="country", cluster="country", draws=9999, seed=3)
    assert "9,999 draws, seed 3" in got.summary()
    t = t.assign(
        y=np.log(t["share"] / (1 - t["share"])), code=t["country"].factorize()[0], m=(t["size"] == "m") * 1.0,
        s=(t["size"] == "s") * 1.0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = pyfixest.feols("y ~ x + m + s | code", t, vcov={"CRV1": "code"})
        for ours, theirs in (("x", "x"), ("C(size)[T.s]", "s")):
            want = fit.wildboottest(reps=9999, param=theirs, seed=5)["Pr(>|t|)"]
            assert column(got, "p_value")[ours] == pytest.approx(want, abs=4 * np.sqrt(0.25 / 9999))
    again = log_odds("share ~ x + C(size)", t, absorb="country", cluster="country", seed=3)
    pd.testing.assert_frame_equal(again.tidy(), got.tidy())


def test_too_few_clusters_reject_nothing_and_the_interval_says_so():
    got = log_odds("share ~ x", sample(4, 9, 1, 2.0), absorb="country", cluster="country").tidy().iloc[0]
    assert got["p_value"] >= 2 / 2**4 and np.isinf(got["conf_low"]) and np.isinf(got["conf_high"])
    assert got["conf_low"] < 0 < got["conf_high"] and np.isfinite(got["std_error"])


def test_signs_are_enumerated_once_each_or_drawn():
    found = signs(5, 16, 0)
    assert found.exact and found.values.shape == (5, 16)
    assert len({tuple(one) for one in found.values.T} | {tuple(-one) for one in found.values.T}) == 32
    drawn = signs(6, 16, 0)
    assert not drawn.exact and drawn.values.shape == (6, 16) and set(np.unique(drawn.values)) == {-1, 1}
    np.testing.assert_array_equal(drawn.values, signs(6, 16, 0).values)
    assert (drawn.values != signs(6, 16, 1).values).any()
    # of random draws the sample itself is one more, so that no p-value is zero
    assert drawn.p_value(np.zeros(16, bool)) == pytest.approx(1 / 17) and found.p_value(np.zeros(16, bool)) == 0.0


def test_absorbed_effects_are_gone_whatever_their_number():
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 12, 200), rng.integers(0, 5, 200), rng.integers(0, 3, 200)]
    root = rng.uniform(0.5, 2, 200)
    columns = rng.normal(size=(200, 3))
    dummies = np.hstack([np.eye(one.max() + 1)[one] for one in codes]) * root[:, None]
    for used in (0, 1, 2, 3):
        left = Absorbed(codes[:used], root).out_of(columns)
        width = sum(one.max() + 1 for one in codes[:used])
        held = dummies[:, :width]
        want = columns - held @ np.linalg.lstsq(held, columns, rcond=None)[0] if used else columns
        np.testing.assert_allclose(left, want, atol=1e-12)
    nested = Absorbed([codes[0], codes[0] // 4], root).out_of(columns)
    np.testing.assert_allclose(nested, Absorbed(codes[:1], root).out_of(columns), atol=1e-12)


def test_the_test_keeps_its_size_where_clustered_errors_do_not():
    """Twelve clusters of unequal size, effects that differ between them: of true hypotheses a twentieth is rejected."""
    rng = np.random.default_rng(8)
    sizes = np.array([40, 20, 10, 5, 5, 5, 4, 4, 4, 3, 3, 3])
    codes = np.repeat(np.arange(12), sizes)
    drawn = signs(12, 2048, 0)
    wild, usual, runs = 0, 0, 250
    for _ in range(runs):
        x = rng.normal(size=12)[codes] + 0.3 * rng.normal(size=len(codes))
        y = rng.normal(size=12)[codes] + rng.normal(size=len(codes))
        model = WildBootstrap(y, np.column_stack([np.ones(len(y)), x]), codes, [], np.ones(len(y)))
        wild += _p_value_alone(model, drawn) <= 0.05
        usual += abs(clustered_t(y, np.column_stack([x, np.ones(len(y))]), codes, 0.0)) * np.sqrt(11 / 12) > 1.96
    assert usual / runs > 0.12
    assert 0.01 <= wild / runs <= 0.10


def _p_value_alone(model, drawn):
    original, model._end = WildBootstrap._end, lambda *args: 0.0
    try:
        return model.test(1, drawn).p_value
    finally:
        model._end = original


@given(st.integers(0, 400), st.floats(1e-2, 1e2))
@settings(max_examples=5, deadline=None)
def test_invariances(seed, factor):
    t = sample(7, 9, seed)
    options = {"absorb": "country", "cluster": "country"}
    one = log_odds("share ~ x + size", t, **options)
    names = ["estimate", "std_error", "p_value", "conf_low", "conf_high"]
    shuffled = log_odds("share ~ x + size", t.sample(frac=1, random_state=seed), **options)
    for name in names:
        mine = column(one, name)
        np.testing.assert_allclose(column(shuffled, name)[mine.index], mine, rtol=1e-4, atol=1e-5)
    scaled = log_odds("share ~ x2 + size", t.assign(x2=100 + factor * t["x"]), **options)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert column(scaled, name)["x2"] * factor == pytest.approx(column(one, name)["x"], rel=1e-4, abs=1e-5)
    assert column(scaled, "p_value")["x2"] == column(one, "p_value")["x"]
    # of those who do not, the odds are the inverse
    turned = log_odds("share ~ x + size", t.assign(share=1 - t["share"]), **options)
    np.testing.assert_allclose(column(turned), -column(one), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(column(turned, "p_value"), column(one, "p_value"))
    np.testing.assert_allclose(column(turned, "conf_low"), -column(one, "conf_high"), rtol=1e-4, atol=1e-5)


def test_every_kind_of_table_gives_the_same():
    t = sample(6)
    want = log_odds("share ~ x", t, absorb="country", cluster="country")
    for table in (pl.DataFrame(t), duckdb.sql("select * from t"), pl.DataFrame(t).to_arrow()):
        got = log_odds("share ~ x", table, "country", "country")
        pd.testing.assert_frame_equal(got.tidy(), want.tidy(), rtol=1e-6)


def test_shares_at_the_bounds_are_raised_or_counted():
    t = sample(6)
    t.loc[[0, 5], "share"] = 0.0
    t.loc[9, "share"] = 1.0
    t.loc[30, "x"] = np.nan
    with pytest.raises(ValueError, match="'share' is 0 in 2 and 1 in 1 of 53 rows, which have no log-odds; bounds="):
        log_odds("share ~ x", t, absorb="country", cluster="country", missing="drop")
    got = log_odds("share ~ x", t, absorb="country", cluster="country", missing="drop", bounds="drop")
    assert "50 rows used; left out: 1 with missing values, 3 with a share of exactly 0 or 1" in got.summary()
    kept = t[t["share"].between(0.001, 0.999) & t["x"].notna()]
    pd.testing.assert_frame_equal(got.tidy(), log_odds("share ~ x", kept, "country", "country").tidy())
    zeros = t.assign(share=(t["share"] > 0.5).astype(float)).dropna()
    with pytest.raises(ValueError, match="0 or 1 in all rows"):
        log_odds("share ~ x", zeros, cluster="country", bounds="drop")


def test_words_and_tables():
    t = sample(6)
    result = an.log_odds("I(100 * share / 100) ~ x", t, absorb="country", cluster="country")
    assert result.about.title.endswith("least squares with effects of country")
    assert result.tidy().columns.tolist() == [
        "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "unit",
    ]  # fmt: skip
    assert result.tidy()["unit"].tolist() == ["log-odds"] and result.plot().get_xlabel() == "log-odds"
    other = log_odds("share ~ x", t, cluster="country")
    assert len(result.with_specifications({"no effects": other}).specifications) == 3
    with pytest.raises(ValueError, match="wild cluster bootstrap already"):
        result.reliability()


def test_errors_name_what_is_wrong():
    t = sample(6)

    def run(table=t, formula="share ~ x", **options):
        return log_odds(formula, table, **{"absorb": "country", "cluster": "country", **options})

    for options, words in (
        ({"cluster": None}, "cluster= is needed"), ({"cluster": "land"}, "cluster='land'"),
        ({"absorb": "land"}, "absorb .land.='land': no such column"), ({"draws": 50}, "draws=50 must be a whole"),
        ({"draws": True}, "draws=True"), ({"seed": -1}, "seed=-1"), ({"bounds": "clip"}, "bounds='clip' is not known"),
        ({"missing": "skip"}, "missing='skip'"), ({"table": t.assign(country="a")}, "has one cluster only"),
        ({"table": t.assign(share=100 * t["share"])}, "must be a fraction between 0 and 1"),
        ({"formula": "share ~ 1"}, "no regressor is left once the effects of country"),
        ({"formula": "share ~ x + g", "table": t.assign(g=t["country"].str[1:].astype(float))},
         "column 'g' has no variation once the effects of country are taken out"),
        ({"formula": "share ~ x + g", "table": t.assign(g=t["country"].str[1:].astype(float) + 2 * t["x"])},
         "column 'g' is a combination of the columns before it once"),
        ({"formula": "share ~ year", "absorb": ["country", "year"]}, "'year' has no variation once"),
        ({"formula": "share ~ x | country"}, "not after"),
        ({"table": t.assign(w=0.0), "weights": "w"}, "must be positive"),
        ({"table": t.assign(x=t["x"].where(t.index > 2))}, r"missing values in 'x' \(3\)"),
        ({"table": t.assign(country=t["country"].where(t.index > 2))}, r"missing values in 'country'"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            run(**options)
    assert isinstance(signs(3, 99, 0), Signs)
