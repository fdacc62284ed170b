"""Fractional logit: statsmodels' coefficients and errors, effects of variables by hand, invariances, bad input."""

import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an
from analysis.regression.fractional import FEWEST_CLUSTERS, fractional_logit
from analysis.regression.margins import expit, five_points, logit_slope


def sample(n=600, seed=0, clusters=60):
    rng = np.random.default_rng(seed)
    x, d, region = rng.normal(size=n), rng.integers(0, 2, n), rng.choice(["a", "b", "c"], n)
    mean = expit(-0.5 + 0.8 * x + 0.6 * d + 0.5 * (region == "b"))
    y = np.where(rng.random(n) < 0.1, np.round(mean), rng.beta(4 * mean, 4 * (1 - mean)))
    return pd.DataFrame({
        "y": y, "x": x, "z": rng.uniform(0.05, 9, n), "d": d, "region": region, "w": rng.uniform(0.5, 3, n) * 100,
        "firm": rng.integers(0, clusters, n), "year": rng.integers(2015, 2025, n),
    })  # fmt: skip


def column(result, name="estimate"):
    return result.tidy().set_index("term")[name]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_coefficients_and_errors_are_those_of_statsmodels(weighted, clustered):
    t = sample()
    options = {"weights": "w" if weighted else None, "cluster": "firm" if clustered else None}
    got = fractional_logit("y ~ x + d + C(region)", t, **options).coefficients()
    x = sm.add_constant(t[["x", "d"]].assign(b=t["region"] == "b", c=t["region"] == "c").astype(float))
    x = x[["const", "x", "d", "b", "c"]]
    got = got.set_index("term").loc[["Intercept", "x", "d", "C(region)[T.b]", "C(region)[T.c]"]]
    model = sm.GLM(t["y"], x, family=sm.families.Binomial(), var_weights=t["w"] if weighted else None)
    how = {"cov_type": "cluster", "cov_kwds": {"groups": t["firm"]}} if clustered else {"cov_type": "HC0"}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="cov_type not fully supported with var_weights")
        want = model.fit(tol=1e-12, **how)
    np.testing.assert_allclose(got["estimate"], want.params, rtol=1e-9)
    np.testing.assert_allclose(got["std_error"], want.bse, rtol=1e-7)
    assert set(got["unit"]) == {"log-odds"}


def test_effects_are_those_of_statsmodels_where_it_has_them():
    t = sample().assign(y=lambda t: (t["y"] > 0.5).astype(float))
    want = sm.Logit(t["y"], sm.add_constant(t[["x", "z", "d"]])).fit(disp=0, cov_type="HC0", tol=1e-12)
    want = want.get_margeff(dummy=True)
    got = fractional_logit("y ~ x + z + d", t)
    assert got.tidy()["term"].tolist() == ["x", "z", "d"]
    np.testing.assert_allclose(column(got), want.margeff, rtol=1e-8)
    np.testing.assert_allclose(column(got, "std_error"), want.margeff_se, rtol=1e-6)
    np.testing.assert_allclose(column(got, "conf_low"), want.conf_int()[:, 0], rtol=1e-6)
    assert set(got.tidy()["unit"]) == {"points of the share, 0 to 1"}


def by_hand(t, w, beta):
    """Effects in y ~ x + x**2 + x:d + d + log(z) + region:z, derivatives written down."""
    b = dict(zip(["one", "x", "x2", "xd", "d", "log", "b", "c", "zb", "zc", "z"], beta, strict=True))
    x, z, d = (t[name].to_numpy(float) for name in "xzd")
    region = {one: (t["region"] == one).to_numpy(float) for one in "bc"}

    def index(d=d, region=region):
        at = b["one"] + b["x"] * x + b["x2"] * x**2 + b["xd"] * x * d + b["d"] * d + b["log"] * np.log(z) + b["z"] * z
        return at + sum(region[one] * (b[one] + b[f"z{one}"] * z) for one in "bc")

    none = dict.fromkeys("bc", 0.0)
    slope = logit_slope(index())
    of_z = b["log"] / z + b["z"] + sum(region[one] * b[f"z{one}"] for one in "bc")
    rows = {
        "x": slope * (b["x"] + 2 * b["x2"] * x + b["xd"] * d), "d": expit(index(d=1)) - expit(index(d=0)),
        "z": slope * of_z,
    }  # fmt: skip
    rows |= {
        f"region[{one}]": expit(index(region=none | {one: 1.0})) - expit(index(region=none)) for one in "bc"
    }  # fmt: skip
    return pd.Series({name: w @ effect / w.sum() for name, effect in rows.items()})


def test_effects_belong_to_variables_whatever_the_terms():
    t = sample(900, 3)
    got = fractional_logit("y ~ x + I(x**2) + x:d + d + log(z) + C(region)*z", t, weights="w", cluster="firm")
    table = got.coefficients().set_index("term")["estimate"]
    names = ["Intercept", "x", "I(x ** 2)", "x:d", "d", "log(z)", "C(region)[T.b]", "C(region)[T.c]",
             "C(region)[T.b]:z", "C(region)[T.c]:z", "z"]  # fmt: skip
    beta, w = table[names].to_numpy(), t["w"].to_numpy()
    want = by_hand(t, w, beta)
    np.testing.assert_allclose(column(got)[want.index], want, rtol=1e-9)
    gradient = np.stack([
        (by_hand(t, w, beta + 1e-5 * one) - by_hand(t, w, beta - 1e-5 * one)) / 2e-5 for one in np.eye(len(beta))
    ])  # fmt: skip
    covariance = got.coefficient_covariance().loc[names, names].to_numpy()
    want_error = np.sqrt(np.diagonal(gradient.T @ covariance @ gradient))
    np.testing.assert_allclose(column(got, "std_error")[want.index], want_error, rtol=1e-6)


@pytest.mark.parametrize("formula", [
    "y ~ poly(z, 3) + d", "y ~ bs(z, df=5) + d", "y ~ center(z) + scale(z):d + d", "y ~ exp(-z) + d",
    "y ~ I(z * 1e-9) + d", "y ~ log(z) + d", "y ~ I(1 / z) + x",
])  # fmt: skip
def test_splines_polynomials_and_centred_columns_have_effects_too(formula):
    t = sample(500)
    got = fractional_logit(formula, t)
    spec, names = _spec(formula, t)
    beta = got.coefficients().set_index("term")["estimate"][names].to_numpy()
    up, down = (t["z"] * 1.000001).clip(upper=t["z"].max()), (t["z"] * 0.999999).clip(lower=t["z"].min())
    slopes = (_predict(spec, t.assign(z=up), beta) - _predict(spec, t.assign(z=down), beta)) / (up - down)
    assert column(got)["z"] == pytest.approx(slopes.mean(), rel=2e-6)


def _spec(formula, t):
    import formulaic

    matrix = formulaic.Formula(formula).get_model_matrix(t, context={}).rhs
    return matrix.model_spec, list(matrix.columns)


def _predict(spec, t, beta):
    return expit(spec.get_model_matrix(t, context={}).to_numpy(float) @ beta)


@pytest.mark.parametrize("clustered", [False, True])
def test_stochastic_regressors_are_the_stacked_moments(clustered):
    """The average effect is one more parameter with a moment of its own."""
    t = sample(400, 5)
    x = np.column_stack([np.ones(len(t)), t["x"], t["z"]])
    y, w, share = t["y"].to_numpy(), t["w"].to_numpy(), t["w"].to_numpy() / t["w"].sum()
    cluster = "firm" if clustered else None
    got = fractional_logit("y ~ x + z", t, weights="w", regressors="stochastic", cluster=cluster)
    fixed = fractional_logit("y ~ x + z", t, weights="w", cluster=cluster)
    beta = got.tidy(detail=True)["estimate"].to_numpy()
    point = np.append(beta, column(got)["x"])

    def moments(at):
        index = x @ at[:3]
        return share[:, None] * np.column_stack([x * (y - expit(index))[:, None], logit_slope(index) * at[1] - at[3]])

    bread = np.stack([
        (moments(point + 1e-6 * one) - moments(point - 1e-6 * one)).sum(axis=0) / 2e-6 for one in np.eye(4)
    ], axis=1)  # fmt: skip
    scores, factor = moments(point), 1.0
    if clustered:
        count = t["firm"].nunique()
        scores = np.stack([np.bincount(t["firm"], one) for one in scores.T], axis=1)
        factor = count / (count - 1) * (len(t) - 1) / (len(t) - 3)
    half = np.linalg.solve(bread, scores.T)
    want = np.sqrt(factor * (half @ half.T)[3, 3])
    assert column(got, "std_error")["x"] == pytest.approx(want, rel=1e-6)
    assert column(fixed, "std_error")["x"] != pytest.approx(want, rel=1e-3)
    assert column(fixed)["x"] == column(got)["x"]
    assert "which is counted" in got.summary() and "taken as they are" in fixed.summary()
    assert w.min() > 0


shares = st.lists(st.floats(0, 1), min_size=3, max_size=12)


@given(shares, shares)
@settings(max_examples=12, deadline=None)
def test_one_switch_alone_is_the_difference_of_means(low, high):
    t = pd.DataFrame({"y": [*low, 0.1, 0.9, *high, 0.2, 0.7], "d": [0] * (len(low) + 2) + [1] * (len(high) + 2)})
    groups = t.groupby("d")["y"]
    mean, error = groups.mean(), np.sqrt((groups.var(ddof=0) / groups.size()).sum())
    text = t.assign(d=np.where(t["d"] == 1, "yes", "no"))
    for table, term in ((t, "d"), (t.assign(d=t["d"] == 1), "d"), (text, "d[yes]"), (t.assign(d=2.0 * t["d"]), None)):
        got = fractional_logit("y ~ d", table).tidy().iloc[0]
        if term is None:
            assert np.sign(got["estimate"]) == np.sign(mean[1] - mean[0]) or abs(mean[1] - mean[0]) < 1e-9
            continue
        assert got["term"] == term
        assert got["estimate"] == pytest.approx(mean[1] - mean[0], abs=1e-9)
        assert got["std_error"] == pytest.approx(error, rel=1e-6, abs=1e-9)


@given(st.integers(0, 500), st.floats(1e-3, 1e3), st.booleans())
@settings(max_examples=4, deadline=None)
def test_invariances(seed, factor, clustered):
    t = sample(150, seed)
    options = {"weights": "w", "cluster": "firm" if clustered else None}
    one = fractional_logit("y ~ x + d + region", t, **options)
    shuffled = fractional_logit("y ~ x + d + region", t.sample(frac=1, random_state=seed), **options)
    scaled = fractional_logit("y ~ x2 + d + region", t.assign(x2=500 + factor * t["x"]), **options)
    other = fractional_logit("y ~ x + d + C(region, contr.treatment('c'))", t, **options)
    for name in ("estimate", "std_error"):
        mine = column(one, name)
        np.testing.assert_allclose(column(shuffled, name)[mine.index], mine, rtol=1e-7, atol=1e-10)
        assert column(scaled, name)["x2"] * factor == pytest.approx(mine["x"], rel=1e-5, abs=1e-9)
        np.testing.assert_allclose(column(other, name)[["x", "d"]], mine[["x", "d"]], rtol=1e-7)
    assert column(other)["region[a]"] < 1 and set(column(other).index) == {"x", "d", "region[a]", "region[b]"}
    # the shares of those who do not: every effect turns its sign
    turned = fractional_logit("y ~ x + d + region", t.assign(y=1 - t["y"]), **options)
    np.testing.assert_allclose(column(turned), -column(one), rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(column(turned, "std_error"), column(one, "std_error"), rtol=1e-6)


@given(st.integers(0, 500), st.lists(st.integers(1, 4), min_size=40, max_size=40))
@settings(max_examples=5, deadline=None)
def test_weights_count_rows(seed, counts):
    t = sample(40, seed).assign(w=counts, row=range(40))
    repeated = t.loc[np.repeat(t.index, counts)].reset_index(drop=True)
    weighted = fractional_logit("y ~ x + d", t, weights="w", cluster="row")
    long = fractional_logit("y ~ x + d", repeated, cluster="row")
    np.testing.assert_allclose(column(weighted), column(long), rtol=1e-8, atol=1e-11)
    n, m = len(t), len(repeated)
    factor = np.sqrt((n - 1) / (n - 3) / ((m - 1) / (m - 3)))
    np.testing.assert_allclose(column(weighted, "std_error"), column(long, "std_error") * factor, rtol=1e-6)


def test_every_kind_of_table_gives_the_same():
    t = sample(300)
    want = fractional_logit("y ~ x + d + region", t, weights="w", cluster="firm")
    for table in (pl.DataFrame(t), pl.DataFrame(t).lazy(), pl.DataFrame(t).to_arrow(), duckdb.sql("select * from t")):
        got = fractional_logit("y ~ x + d + region", table, weights="w", cluster="firm")
        pd.testing.assert_frame_equal(got.tidy(), want.tidy(), rtol=1e-9)
        assert got.summary() == want.summary()


def test_years_keep_their_digits_and_a_year_may_be_a_factor():
    t = sample(500)
    years = fractional_logit("y ~ year + I(year**2) + d", t)
    moved = fractional_logit("y ~ year + I(year**2) + d", t.assign(year=t["year"] - 2020))
    assert column(years)["year"] == pytest.approx(column(moved)["year"], rel=1e-6)
    assert column(years, "std_error")["year"] == pytest.approx(column(moved, "std_error")["year"], rel=1e-6)
    levels = fractional_logit("y ~ C(year) + x:year + x", t)
    assert levels.tidy()["term"].tolist() == [*(f"year[{year}]" for year in range(2016, 2025)), "x"]
    assert "year: from 2015 to each other level" in levels.summary()


def test_few_clusters_carry_a_caution_that_names_them():
    few = fractional_logit("y ~ x", sample(600, clusters=12), cluster="firm")
    many = fractional_logit("y ~ x", sample(600, clusters=FEWEST_CLUSTERS), cluster="firm")
    assert "Caution: 12 clusters of firm, fewer than 40" in few.summary() and "log_odds" in few.summary()
    assert "fewer than" not in many.summary() and "fewer than" not in fractional_logit("y ~ x", sample()).summary()
    assert "(N - 1) / (N - k)" in few.summary() and "HC0" in fractional_logit("y ~ x", sample()).summary()
    strip = few.with_specifications({"without": fractional_logit("y ~ x + d", sample())})
    assert "12 clusters" in strip.summary() and len(strip.coefficients()) == 2


def test_words_tables_and_left_out_rows():
    t = sample(300)
    t.loc[:3, "x"] = np.nan
    result = an.fractional_logit("y ~ x + d", t, missing="drop", specifications=None)
    text = result.summary()
    assert "296 rows used; left out: 4 with missing values" in text
    assert "x: per unit; d: from 0 to 1" in text and "Papke and Wooldridge 1996" in text
    assert result.tidy().columns.tolist() == [
        "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "unit",
    ]  # fmt: skip
    assert result.plot().get_xlabel() == "points of the share, 0 to 1"
    assert result.covariance()[0].loc["x", "x"] == pytest.approx(column(result, "std_error")["x"] ** 2)
    assert result.__maketables_coef_table__["se"].notna().all()
    percent = fractional_logit("I(p / 100) ~ x", sample().assign(p=lambda t: 100 * t["y"]))
    assert column(percent)["x"] == pytest.approx(column(fractional_logit("y ~ x", sample()))["x"], rel=1e-9)


def test_errors_name_what_is_wrong():
    t = sample(120)

    def run(table=t, formula="y ~ x", **options):
        return fractional_logit(formula, table, **options)

    for options, words in (
        ({"vcov": "hc3"}, "vcov='hc3' is not known; legal values: 'robust', 'cluster'"),
        ({"vcov": "cluster"}, "needs cluster="), ({"regressors": "random"}, "regressors='random' is not known"),
        ({"missing": "skip"}, "missing='skip' is not known"), ({"cluster": "nobody"}, "cluster='nobody'"),
        ({"weights": "wt"}, "weights='wt': no such column"),
        ({"table": t.assign(y=100 * t["y"])}, r"'y' must be a fraction between 0 and 1; \d+ of 120 rows .*by 100"),
        ({"table": t.assign(y=t["y"] - 0.5)}, r"\d+ of 120 rows are outside, from -0\.\d+ to 0\.\d+$"),
        ({"table": t.assign(firm=1), "cluster": "firm"}, "has one cluster only"),
        ({"table": t.assign(w=-1.0), "weights": "w"}, "must be positive"), ({"formula": "y ~ 1"}, "has no regressor"),
        ({"formula": "y ~ x + q"}, "no column 'q'"), ({"formula": "y ~ x + I(2 * x)"}, "is a combination of 'x'"),
        ({"formula": "y ~ C(x > 0)"}, "makes levels of a transformed variable"),
        ({"formula": "y ~ I(x > 0)"}, "'x' has no marginal effect"),
        ({"formula": "y ~ floor(z) + x"}, "no column 'floor'"),
        ({"formula": "y ~ np.floor(z) + x"}, "'z' has no marginal effect"),
        ({"formula": "y ~ I((x > 0) * x)"}, None), ({"formula": "y ~ I(x - x.mean())"}, "depends on the other rows"),
        ({"formula": "y ~ I(x / x.max()) + d"}, "depends on the other rows"),
        ({"table": t.assign(x=t["x"].where(t.index > 3))}, r"missing values in 'x' \(4\)"),
        ({"table": t.assign(y=0.5)}, "'y' is constant"),
    ):  # fmt: skip
        if words is None:
            assert np.isfinite(column(run(**options))["x"])
            continue
        with pytest.raises(ValueError, match=words):
            run(**options)


def test_separation_is_named():
    t = sample(200)
    rare = t.assign(y=np.where(t["region"] == "c", 0.0, t["y"]))
    words = r"separation: \d+ rows where 'y' is 0 or 1 are told apart .* by 'C\(region\)\[T.c\]'"
    with pytest.raises(ValueError, match=words):
        fractional_logit("y ~ x + C(region)", rare)
    sharp = t.assign(y=(t["x"] > 0).astype(float))
    with pytest.raises(ValueError, match=r"separation: (199|200) rows .* by 'x', so"):
        fractional_logit("y ~ x", sharp)
    base = t.assign(y=np.where(t["region"] == "a", 1.0, t["y"].clip(0.01, 0.99)))
    with pytest.raises(ValueError, match="separation: "):
        fractional_logit("y ~ d + C(region)", base)
    # close to the bounds is not separation
    steep = t.assign(y=expit(9 * t["x"]))
    assert column(fractional_logit("y ~ x", steep))["x"] > 0


def test_five_points_are_exact_for_the_fourth_degree_and_stay_inside():
    at = np.linspace(1, 2, 9)
    seen = []

    def function(v):
        seen.append((v.min(), v.max()))
        return np.column_stack([v**4, np.log(v)])

    got, noise = five_points(function, at, 1.0, 2.0, np.full(9, 1 / 64))
    np.testing.assert_allclose(got[:, 0], 4 * at**3, rtol=1e-11)
    np.testing.assert_allclose(got[:, 1], 1 / at, rtol=1e-5)
    assert (noise < 1e-12).all() and min(low for low, _ in seen) == 1.0 and max(high for _, high in seen) == 2.0


def test_the_interval_covers_the_average_effect():
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(80):
        x = rng.normal(size=250)
        mean = expit(-0.4 + 0.7 * x)
        t = pd.DataFrame({"x": x, "y": rng.beta(3 * mean, 3 * (1 - mean))})
        row = fractional_logit("y ~ x", t).tidy().iloc[0]
        truth = 0.7 * (mean * (1 - mean)).mean()
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert 69 <= hits <= 80


@pytest.mark.parametrize("regressors", ["fixed", "stochastic"])
@pytest.mark.parametrize("cluster", [None, "firm"])
def test_the_bootstrap_agrees(regressors, cluster):
    t = sample(400, 4, clusters=80)
    result = fractional_logit("y ~ x + C(region)", t, weights="w", regressors=regressors, cluster=cluster)
    told = result.bootstrap(250, seed=1)
    assert told["component"].tolist() == ["x", "region[b]", "region[c]"]
    np.testing.assert_allclose(told["ratio"], 1, atol=0.15)
    pd.testing.assert_frame_equal(told, result.bootstrap(250, seed=1))
    rare = fractional_logit("y ~ rare", t.assign(rare=(t.index < 1).astype(int)))
    with pytest.raises(ValueError, match="draw .* has no finite coefficients"):
        rare.bootstrap(30)


def test_no_warning_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fractional_logit("y ~ x + C(region)", sample(), cluster="firm")
