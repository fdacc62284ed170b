"""Recentred influence function regression: known truths, errors that count what is estimated, engines, bad input."""

import warnings

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.regression import influence
from analysis.regression.distribution import rif_regression

STATISTICS = ["quantile", "variance", "gini"]


def sample(n=1000, seed=0, clusters=60):
    rng = np.random.default_rng(seed)
    x, d = rng.normal(size=n), rng.integers(0, 2, n)
    y = 4 + 0.5 * x + 0.4 * d + (0.5 + 0.2 * d) * rng.normal(size=n)
    return pd.DataFrame({
        "y": np.abs(y), "x": x, "d": d, "region": rng.choice(["a", "b", "c"], n), "w": rng.uniform(0.5, 3, n) * 100,
        "firm": rng.integers(0, clusters, n), "zone": rng.choice(["n", "s"], n),
    }).assign(fraction=lambda t: np.where(t["zone"] == "n", 0.3, 0.5))  # fmt: skip


def column(result, name="estimate"):
    return result.tidy().set_index([*result.by, "term"])[name]


def functions(y, w, at=0.3, **options):
    return {"quantile": influence.quantile(y, w, at, **options), "variance": influence.variance(y, w),
            "gini": influence.gini(y, w)}  # fmt: skip


def test_the_mean_of_the_function_is_the_statistic():
    t = sample()
    y, w = t["y"].to_numpy(), t["w"].to_numpy()
    share = w / w.sum()
    found = functions(y, w)
    pairs = np.abs(y[:, None] - y[None, :])
    truth = {
        "variance": share @ (y - share @ y) ** 2,
        "gini": (share[:, None] * share[None, :] * pairs).sum() / (2 * share @ y),
    }
    for name, value in truth.items():
        assert found[name].statistic == pytest.approx(value, rel=1e-4)
        assert share @ found[name].values == pytest.approx(value, rel=2e-3)
    below = share @ (y <= found["quantile"].statistic)
    assert below == pytest.approx(0.3, abs=2e-3)
    assert share @ found["quantile"].values == pytest.approx(found["quantile"].statistic, abs=1e-2)


def test_quantile_without_weights_is_type_seven_and_weights_count_persons():
    y = np.random.default_rng(1).normal(size=37)
    for at in (0.1, 0.25, 0.5, 0.77):
        assert influence.quantile(y, np.ones(37), at).statistic == pytest.approx(np.quantile(y, at))
        count = np.arange(37) % 4 + 1
        told = influence.quantile(y, count.astype(float), at).statistic
        assert told == pytest.approx(np.quantile(np.repeat(y, count), at))
        shares = influence.quantile(y, np.full(37, 1 / 37), at).statistic
        assert shares == pytest.approx(np.quantile(y, at))


def test_the_density_is_a_kernel_density():
    y = np.random.default_rng(1).normal(size=4000)
    width = influence.rule_of_thumb(y)
    told = influence.quantile(y, np.ones(4000), 0.4)
    exact = stats.norm.pdf((y - told.statistic) / width).mean() / width
    ours = (0.4 - 1) / (told.values.min() - told.statistic)
    assert ours == pytest.approx(exact * 1023 / 1022, rel=1e-4)
    assert influence.rule_of_thumb(np.r_[np.zeros(90), np.arange(10.0)]) > 0


@pytest.mark.parametrize("name", ["variance", "gini"])
def test_the_influence_is_the_derivative_with_respect_to_a_row_s_weight(name, monkeypatch):
    monkeypatch.setattr(influence, "LORENZ_PRECISION", 1e-9)
    t = sample(150)
    y, x, w = t["y"].to_numpy(), t[["x", "d"]].assign(one=1.0).to_numpy(float), t["w"].to_numpy()
    function = getattr(influence, name)

    def product(weight):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return (x * (weight / weight.sum())[:, None]).T @ function(y, weight).values

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = function(y, w)
    added = told.estimated(x)
    np.testing.assert_allclose((w / w.sum()) @ added, 0, atol=1e-5)
    for i in (3, 70, 141):
        up, down = w.copy(), w.copy()
        up[i] *= 1.001
        down[i] *= 0.999
        numeric = (product(up) - product(down)) / (0.002 * w[i]) * w.sum()
        np.testing.assert_allclose(x[i] * told.values[i] - product(w) + added[i], numeric, rtol=5e-3, atol=1e-4)


def test_a_shift_of_a_normal_regressor_moves_every_quantile_alike():
    rng = np.random.default_rng(5)
    t = pd.DataFrame({"x": rng.normal(size=20_000)})
    t["y"] = 0.5 * t["x"] + rng.normal(size=20_000)
    told = rif_regression("y ~ x", t, at=[0.2, 0.5, 0.8]).tidy().query("term == 'x'")
    assert told["at"].tolist() == [0.2, 0.5, 0.8]
    assert (np.abs(told["estimate"] - 0.5) < 4 * told["std_error"]).all()
    spread = column(rif_regression("y ~ x", t, "variance"))
    assert abs(spread["x"]) < 0.05 and spread["Intercept"] == pytest.approx(1.25, rel=0.05)


def test_a_constant_alone_is_the_statistic_with_its_textbook_error():
    t = sample(4000)
    y = t["y"].to_numpy()
    variance = rif_regression("y ~ 1", t, "variance").tidy().iloc[0]
    away = (y - y.mean()) ** 2
    assert variance["estimate"] == pytest.approx(y.var())
    assert variance["std_error"] == pytest.approx(away.std() / np.sqrt(4000), rel=1e-3)
    median = rif_regression("y ~ 1", t).tidy().iloc[0]
    density = stats.gaussian_kde(y)(np.median(y))[0]
    assert median["std_error"] == pytest.approx(0.5 / density / np.sqrt(4000), rel=0.05)


@pytest.mark.parametrize("cluster", [None, "firm"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_ols_robust_is_what_regression_software_prints(cluster, weights):
    import statsmodels.api as sm

    t = sample(600)
    w = t["w"].to_numpy() if weights else np.ones(len(t))
    x = sm.add_constant(t[["x", "d"]].to_numpy(float))
    for name, told in functions(t["y"].to_numpy(), w).items():
        options = {"at": 0.3} if name == "quantile" else {}
        result = rif_regression("y ~ x + d", t, name, weights=weights, cluster=cluster, vcov="ols-robust", **options)
        fit = sm.WLS(told.values, x, w)
        peer = fit.fit(cov_type="cluster", cov_kwds={"groups": t["firm"].to_numpy()}) if cluster else fit.fit(
            cov_type="HC1")  # fmt: skip
        np.testing.assert_allclose(result.tidy()["estimate"], peer.params, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(result.tidy()["std_error"], peer.bse, rtol=1e-9)
        full = rif_regression("y ~ x + d", t, name, weights=weights, cluster=cluster, **options)
        np.testing.assert_allclose(column(full), column(result))
        assert not np.allclose(column(full, "std_error"), column(result, "std_error"), rtol=0.01)
        assert "taken as known" in result.summary() and "include estimating" in full.summary()


def test_errors_that_count_what_is_estimated_cover_and_the_others_do_not():
    rng = np.random.default_rng(3)
    truth = {"variance": 0.0, 0.5: 0.5}
    hits = {(name, vcov): 0 for name in truth for vcov in ("robust", "ols-robust")}
    reps = 80
    for _ in range(reps):
        x = rng.normal(size=1000)
        t = pd.DataFrame({"x": x, "y": 0.5 * x + 0.5 * rng.normal(size=1000)})
        for name, value in truth.items():
            for vcov in ("robust", "ols-robust"):
                options = {"at": name} if name != "variance" else {"statistic": "variance"}
                row = rif_regression("y ~ x", t, vcov=vcov, **options).tidy().iloc[1]
                hits[name, vcov] += row["conf_low"] <= value <= row["conf_high"]
    assert all(0.87 <= hits[name, "robust"] / reps <= 0.99 for name in truth), hits
    assert hits[0.5, "ols-robust"] / reps < 0.87, hits


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_bootstrap_estimates_everything_again(statistic):
    t = sample(1500, seed=8)
    result = rif_regression("y ~ x + d", t, statistic, weights="w")
    check = result.bootstrap(150, seed=1)
    assert check["component"].tolist() == ["Intercept", "x", "d"]
    assert check["ratio"].between(0.8, 1.25).all(), check
    assert check.equals(result.bootstrap(150, seed=1)) and not check.equals(result.bootstrap(150, seed=2))
    clustered = rif_regression("y ~ x", t, statistic, cluster="firm").bootstrap(150, seed=1)
    assert clustered["ratio"].between(0.75, 1.3).all(), clustered
    census = rif_regression("y ~ x", t, statistic, population="finite")
    assert (census.tidy()["std_error"] == 0).all() and "census" in census.summary()
    part = rif_regression("y ~ x", t, statistic, population="finite", sampling=0.75)
    whole = rif_regression("y ~ x", t, statistic)
    factor = np.sqrt(0.25)
    np.testing.assert_allclose(column(part, "std_error"), factor * column(whole, "std_error"))
    ratio = part.bootstrap(100)["bootstrap_std_error"] / whole.bootstrap(100)["bootstrap_std_error"]
    np.testing.assert_allclose(ratio, factor)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_engines_agree(statistic):
    t = sample(400)
    connection = duckdb.connect()
    connection.register("t", t)
    options = {"weights": "w", "cluster": "firm", "strata": "zone", "population": "finite", "sampling": "fraction"}
    one = rif_regression("y ~ x + C(region) + d", t, statistic, **options)
    frame = pl.from_pandas(t)
    for table in (frame, frame.lazy(), frame.to_arrow(), connection.sql("select * from t"), ibis.memtable(t)):
        other = rif_regression("y ~ x + C(region) + d", table, statistic, **options)
        pd.testing.assert_frame_equal(one.tidy(), other.tidy(), rtol=1e-9)
        assert one.summary() == other.summary()
    pd.testing.assert_frame_equal(one.reliability(), other.reliability())


@given(st.integers(0, 1000), st.sampled_from(STATISTICS), st.floats(1e-3, 1e3), st.booleans())
@settings(max_examples=12, deadline=None)
def test_invariances(seed, statistic, factor, clustered):
    t = sample(120, seed)
    options = {"weights": "w", "cluster": "firm" if clustered else None}
    if statistic == "quantile":
        options |= {"bandwidth": 0.3, "at": 0.4}
    one = rif_regression("y ~ x + region", t, statistic, **options)
    shuffled = rif_regression("y ~ x + region", t.sample(frac=1, random_state=seed), statistic, **options)
    halves = pd.concat([t.assign(w=t["w"] / 2)] * 2)
    split = rif_regression("y ~ x + region", halves, statistic, **options)
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(column(shuffled, name), column(one, name), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(column(split), column(one), rtol=1e-7, atol=1e-9)
    scale = {"quantile": factor, "variance": factor**2, "gini": 1.0}[statistic]
    wide = options | ({"bandwidth": 0.3 * factor} if statistic == "quantile" else {})
    larger = rif_regression("y ~ x + region", t.assign(y=t["y"] * factor), statistic, **wide)
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(column(larger, name), scale * column(one, name), rtol=1e-6, atol=1e-9 * scale)
    other = rif_regression("y ~ x2 + region", t.assign(x2=1e4 + t["x"] / 10), statistic, **options)
    assert column(other)["x2"] == pytest.approx(10 * column(one)["x"], rel=1e-6, abs=1e-9)
    assert column(other, "std_error")["x2"] == pytest.approx(10 * column(one, "std_error")["x"], rel=1e-6)


def test_several_quantiles_are_several_regressions():
    t = sample(500)
    both = rif_regression("y ~ x", t, at=(0.9, 0.1), cluster="firm")
    assert both.tidy().columns.tolist() == [
        "at", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "unit",
    ]  # fmt: skip
    assert both.tidy()["at"].tolist() == [0.9, 0.9, 0.1, 0.1] and len(both.covariance()) == 2
    for level in (0.9, 0.1):
        alone = rif_regression("y ~ x", t, at=level, cluster="firm")
        assert "at" not in alone.tidy()
        mine = both.tidy().query("at == @level").drop(columns="at").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone.tidy())
    assert both.bootstrap(20)["at"].tolist() == [0.9, 0.9, 0.1, 0.1]
    ones = rif_regression("y ~ x", t.assign(w=1.0), weights="w")
    pd.testing.assert_frame_equal(ones.tidy(), rif_regression("y ~ x", t).tidy())


def test_ties_at_the_quantile():
    y = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    w = np.array([1.0, 1, 1, 4, 1, 1, 1, 1])
    near, below = (influence.quantile(y, w, 0.35, 2.0, ties) for ties in ("nearest", "below"))
    assert near.statistic == below.statistic == 4.0
    # place 4.5 of 11 lies in the lower half of the four persons at 4 (places 4 to 7)
    assert (near.values < near.statistic).sum() == 3 and (below.values < below.statistic).sum() == 4
    upper = influence.quantile(y, w, 0.55, 2.0, "nearest")
    assert upper.statistic == 4.0 and (upper.values < upper.statistic).sum() == 4
    alone = influence.quantile(np.arange(11.0), np.ones(11), 0.1, 2.0)
    assert alone.statistic == 1.0 and (alone.values < 1.0).sum() == 2


def test_words_units_and_tables():
    t = sample(300)
    t.attrs["unit"] = {"y": "won an hour"}
    median = rif_regression("y ~ x", t, weights="w")
    assert median.tidy()["unit"].unique().tolist() == ["won an hour"]
    text = median.summary()
    assert "quantile 0.5 is" in text and "bandwidth" in text and "not the bias of that density" in text
    assert rif_regression("np.log(y) ~ x", t, "variance").tidy()["unit"].iloc[0] == "squared log points"
    assert median.plot().get_title(loc="left").startswith("Quantile 0.5 of y")
    assert median.__maketables_coef_table__["se"].notna().all()
    strip = rif_regression("y ~ x", t, specifications={"wide": rif_regression("y ~ x", t, bandwidth=0.5)})
    assert len(strip.specifications) == 4
    few = t.assign(rare=(t.index < 8).astype(int))
    assert "intervals unreliable: " in rif_regression("y ~ x + rare", few).summary()


def test_errors_name_what_is_wrong():
    t = sample(80)

    def run(table=t, formula="y ~ x", **options):
        return rif_regression(formula, table, **options)

    for options, words in (
        ({"statistic": "mean"}, "statistic='mean' is not known; legal values: 'quantile', 'variance', 'gini'"),
        ({"vcov": "hc3"}, "vcov='hc3' is not known"),
        ({"ties": "above"}, "ties='above' is not known"),
        ({"vcov": "cluster"}, "needs cluster="),
        ({"vcov": "ols-robust", "strata": "zone"}, "knows no strata"),
        ({"statistic": "gini", "at": 0.2}, "at=0.2 is an option of"),
        ({"statistic": "variance", "bandwidth": 0.2}, "bandwidth=0.2 is an option of"),
        ({"at": 0}, "at=0 must be"), ({"at": 1.0}, "at=1.0 must be"), ({"at": "median"}, "at='median' must be"),
        ({"at": True}, "at=True must be"), ({"at": [0.5, 0.5]}, "each once"), ({"at": []}, "at least one"),
        ({"bandwidth": 0}, "bandwidth=0 must be"), ({"bandwidth": np.inf}, "bandwidth=inf must be"),
        ({"weights": "wt"}, "weights='wt': no such column"), ({"cluster": "nobody"}, "cluster='nobody'"),
        ({"formula": "y ~ x + z"}, "no column 'z'; the table has 'y', 'x'"), ({"formula": "y"}, "expected a text like"),
        ({"formula": "y ~ x | firm"}, r"write a fixed effect as C\(name\)"), ({"formula": "y ~ x +"}, "cannot be"),
        ({"formula": "region ~ x"}, "outcome must be one column|could not convert"),
        ({"formula": "y ~ x + I(2 * x)"}, "column 'I.*' is a combination of 'x'"),
        ({"formula": "y ~ x + I(d * 0 + 3)"}, "is a combination of 'Intercept'|constant"),
        ({"formula": "log(x) ~ d"}, r"'log\(x\)' is nan in \d+ rows"),
        ({"formula": "y ~ C(firm):C(region)"}, "rows for .* coefficients|singular"),
        ({"population": "finite", "sampling": 1.5}, "sampling=1.5"), ({"sampling": 0.5}, "population"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            run(**options)
    with pytest.raises(ValueError, match="has 1 negative values, down to -1"):
        run(t.assign(y=t["y"].where(t.index > 0, -1.0)), statistic="gini")
    with pytest.raises(ValueError, match="constant"):
        run(t.assign(y=3.0))
    for source in (t, ibis.memtable(t)):
        low = t.assign(w=t["w"].where(t.index > 0, 0.0))
        with pytest.raises(ValueError, match=r"weights='w'.*must be positive"):
            run(low if source is t else ibis.memtable(low), weights="w")
    with pytest.raises(ValueError, match="missing values in 'x'"):
        run(t.assign(x=t["x"].where(t.index > 3)))
    assert "4 with missing values" in run(t.assign(x=t["x"].where(t.index > 3)), missing="drop").summary()
    with pytest.raises(ValueError, match="column 'y': infinite number in 1 rows"):
        run(t.assign(y=t["y"].where(t.index > 0, np.inf)))
    with pytest.raises(ValueError, match="has one cluster only"):
        run(t.assign(firm=1), cluster="firm")
    with pytest.raises(ValueError, match="density of the outcome at its quantile .* is zero"):
        run(t.assign(y=np.where(t.index < 40, 0.0, 10.0) + t["y"] / 100), bandwidth=1e-9, at=0.5)
    with pytest.raises(TypeError, match="expected a table"):
        run([1, 2, 3])
    rare = t.assign(rare=(t.index == 0).astype(int))
    with pytest.raises(ValueError, match="draw .* has a singular design"):
        run(rare, "y ~ rare").bootstrap(30)
    with pytest.raises(ValueError, match="differ between strata"):
        run(strata="zone", population="finite", sampling="fraction").bootstrap(5)
