"""Convergence: known truths, errors that cover, sigma with the same units twice, absent units, bad input."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.regression.convergence import convergence

COLUMNS = {"unit": "country", "time": "year", "level": "output"}


def world(n=30, speed=0.02, years=20, noise=0.05, seed=0, start=2000, middle=()):
    """Levels that draw together at a known speed: gaps to the common end shrink by exp(-speed) a year."""
    rng = np.random.default_rng(seed)
    gap = rng.normal(size=n)
    frames = []
    for year in (start, *middle, start + years):
        past = year - start
        log = 3 + 0.01 * past + gap * np.exp(-speed * past) + noise * rng.normal(size=n) * (past > 0)
        frames.append(pd.DataFrame({"country": [f"c{i}" for i in range(n)], "year": year, "output": np.exp(log)}))
    return pd.concat(frames, ignore_index=True)


def column(result, name="estimate"):
    return result.tidy().set_index([*result.by, "term"])[name]


def test_without_noise_the_speed_is_the_true_one():
    got = convergence(world(noise=0), **COLUMNS, vcov="classical")
    assert column(got)["lambda"] == pytest.approx(0.02, rel=1e-9)
    assert column(got)["half_life"] == pytest.approx(np.log(2) / 0.02, rel=1e-9)
    assert column(got)["r2"] == pytest.approx(1)
    # growth of two per cent a year on the initial level, whatever the span
    longer = convergence(world(noise=0, years=50), **COLUMNS)
    assert column(longer)["lambda"] == pytest.approx(0.02, rel=1e-9)
    assert abs(column(longer)["beta"]) < abs(column(got)["beta"])


@pytest.mark.parametrize(("vcov", "theirs"), [("classical", "nonrobust"), ("robust", "HC1"), ("cluster", "cluster")])
def test_errors_are_those_of_least_squares_and_the_delta_method(vcov, theirs):
    table = world()
    table["region"] = table["country"].str[1:].astype(int) % 10
    got = convergence(table, **COLUMNS, vcov=vcov, cluster="region" if vcov == "cluster" else None)
    wide = np.log(table.pivot(index="country", columns="year", values="output"))
    groups = {"cov_kwds": {"groups": table.drop_duplicates("country").set_index("country")["region"][wide.index]}}
    fit = sm.OLS((wide[2020] - wide[2000]) / 20, sm.add_constant(wide[2000]))
    fit = fit.fit(cov_type=theirs, use_t=True, **(groups if vcov == "cluster" else {}))
    terms, error = column(got), column(got, "std_error")
    np.testing.assert_allclose(terms[["alpha", "beta"]], fit.params, rtol=1e-9)
    np.testing.assert_allclose(error[["alpha", "beta"]], fit.bse, rtol=1e-9)
    low, high = fit.conf_int().iloc[1]
    assert column(got, "p_value")["beta"] == pytest.approx(fit.pvalues.iloc[1], rel=1e-7)
    assert (column(got, "conf_low")["beta"], column(got, "conf_high")["beta"]) == pytest.approx((low, high), rel=1e-9)

    def speed(b):
        return -np.log(1 + 20 * b) / 20

    beta, step = fit.params.iloc[1], 1e-6
    slope = (speed(beta + step) - speed(beta - step)) / (2 * step)
    assert error["lambda"] == pytest.approx(abs(slope) * error["beta"], rel=1e-6)
    slope = (np.log(2) / speed(beta + step) - np.log(2) / speed(beta - step)) / (2 * step)
    assert error["half_life"] == pytest.approx(abs(slope) * error["beta"], rel=1e-6)
    assert column(got, "conf_low")["lambda"] == pytest.approx(speed(high), rel=1e-9)
    assert column(got, "conf_low")["half_life"] == pytest.approx(np.log(2) / speed(low), rel=1e-9)


def test_levels_that_draw_apart_have_no_half_life():
    got = convergence(world(speed=-0.02), **COLUMNS)
    assert column(got)["beta"] > 0 > column(got)["lambda"] and np.isnan(column(got)["half_life"])
    assert "not below zero" in got.summary() and "no half-life" in got.summary()
    # nothing but noise: the interval of the half-life is open above
    open_ended = [convergence(world(speed=0.001, noise=0.5, seed=s), **COLUMNS) for s in range(8)]
    held = [one for one in open_ended if np.isinf(column(one, "conf_high")["half_life"])]
    assert held and all("no upper end" in one.summary() for one in held)


def test_units_that_overtake_each_other_have_no_speed():
    table = world(noise=0)
    log = np.log(table["output"])
    table["output"] = np.exp(np.where(table["year"] == 2020, 6 - log, log))
    got = convergence(table, **COLUMNS)
    assert np.isnan(column(got)["lambda"]) and "overtake" in got.summary()


def test_robust_intervals_cover():
    hits, runs = {"lambda": 0, "half_life": 0}, 300
    for seed in range(runs):
        got = convergence(world(n=60, noise=0.3, seed=seed), **COLUMNS).tidy().set_index("term")
        hits["lambda"] += got.loc["lambda", "conf_low"] < 0.02 < got.loc["lambda", "conf_high"]
        hits["half_life"] += got.loc["half_life", "conf_low"] < np.log(2) / 0.02 < got.loc["half_life", "conf_high"]
    assert all(0.91 < count / runs < 0.98 for count in hits.values()), hits


def test_sigma_measures_and_the_points():
    table = world(middle=(2005, 2012))
    for spread, name in (("sd-log", "sd_log"), ("cv", "cv"), ("cv-log", "cv_log")):
        got = convergence(table, **COLUMNS, kind="sigma", spread=spread)
        values = table.assign(log=np.log(table["output"])).groupby("year")[["log", "output"]]
        sd, mean = values.std(ddof=0), values.mean()
        want = {"sd_log": sd["log"], "cv": sd["output"] / mean["output"], "cv_log": sd["log"] / mean["log"]}[name]
        np.testing.assert_allclose(got.points[name], want, rtol=1e-12)
        assert got.points["time"].tolist() == [2000, 2005, 2012, 2020] and set(got.points["units"]) == {30}
        terms = column(got)
        assert (terms["first"], terms["last"]) == pytest.approx((want.iloc[0], want.iloc[-1]))
        assert terms["change"] == pytest.approx(want.iloc[-1] - want.iloc[0])
        assert terms["quotient"] == pytest.approx(want.iloc[0] / want.iloc[-1])
        assert terms["trend"] == pytest.approx(np.polyfit(want.index, want, 1)[0])
        assert terms["f_test"] == pytest.approx((sd["log"].iloc[0] / sd["log"].iloc[-1]) ** 2)


@pytest.mark.parametrize("spread", ["sd-log", "cv", "cv-log"])
def test_errors_of_sigma_against_resampled_units(spread):
    table = world(n=200, noise=0.2, middle=(2010,))
    got = column(convergence(table, **COLUMNS, kind="sigma", spread=spread), "std_error")
    wide = table.pivot(index="country", columns="year", values="output").to_numpy()
    rng, draws = np.random.default_rng(0), []
    years = np.array([2000, 2010, 2020])
    for _ in range(1500):
        held = wide[rng.integers(0, 200, 200)]
        values = held if spread == "cv" else np.log(held)
        measure = values.std(axis=0) / (1 if spread == "sd-log" else values.mean(axis=0))
        trend = np.polyfit(years, measure, 1)[0]
        draws.append([measure[0], measure[-1], measure[-1] - measure[0], measure[0] / measure[-1], trend])
    np.testing.assert_allclose(got[["first", "last", "change", "quotient", "trend"]], np.std(draws, axis=0), rtol=0.08)


def test_sigma_sees_what_the_test_of_two_samples_does_not():
    # the same units stand in both periods, so that a small change is told from none
    got = convergence(world(n=40, speed=0.005, noise=0.02), **COLUMNS, kind="sigma")
    assert column(got)["change"] < 0
    assert column(got, "p_value")["change"] < 0.01 < 0.3 < column(got, "p_value")["f_test"]
    assert "independent" in got.summary()


def test_growth_measured_otherwise():
    table = world(middle=(2010,))
    rates = pd.Series(np.random.default_rng(1).normal(0.02, 0.01, 30), [f"c{i}" for i in range(30)])
    table["rate"] = table["country"].map(rates)
    got = convergence(table, **COLUMNS, growth="rate")
    x = np.log(table[table["year"] == 2000]["output"])
    assert column(got)["beta"] == pytest.approx(np.polyfit(x, rates, 1)[0])
    # levels after the first period do not count, nor where the number stands
    other = table.assign(rate=table["rate"].where(table["year"] == 2020),
                         output=table["output"].where(table["year"] == 2000))  # fmt: skip
    pd.testing.assert_frame_equal(convergence(other, **COLUMNS, growth="rate").tidy(), got.tidy())
    first = table[table["year"] == 2000]
    with pytest.raises(ValueError, match="one period only.*span= says how many years"):
        convergence(first, **COLUMNS, growth="rate")
    pd.testing.assert_frame_equal(convergence(first, **COLUMNS, growth="rate", span=20).tidy(), got.tidy())
    half = column(convergence(table, **COLUMNS, growth="rate", span=10))
    assert half["lambda"] == pytest.approx(-np.log(1 + 10 * half["beta"]) / 10)
    table.loc[table.index[-1], "rate"] = 0.5
    with pytest.raises(ValueError, match="unit 'c29' has several values; it takes one per unit, the mean annual log"):
        convergence(table, **COLUMNS, growth="rate")


def test_one_result_for_each_group_between_its_own_periods():
    table = pd.concat([world(seed=1).assign(sector="C"), world(seed=2, years=10, speed=0.04).assign(sector="J")])
    got = convergence(table, **COLUMNS, by="sector")
    for sector, rows in table.groupby("sector"):
        np.testing.assert_allclose(column(got)[sector], column(convergence(rows, **COLUMNS)), rtol=1e-12)
    assert "2 different spans (2000 to 2020, 2000 to 2010)" in got.summary()
    assert got.points.columns.tolist() == ["sector", "unit", "log_initial", "growth"] and len(got.points) == 60
    sigma = convergence(table, **COLUMNS, by="sector", kind="sigma")
    assert sigma.points["sector"].tolist() == ["C", "C", "J", "J"]


@pytest.mark.parametrize("kind", ["beta", "sigma"])
def test_absent_units_raise_or_are_counted_and_named(kind):
    table = world(middle=(2010,))
    table = table[~((table["country"] == "c3") & (table["year"] == 2020))]
    table.loc[(table["country"] == "c5") & (table["year"] == 2000), "output"] = np.nan
    with pytest.raises(ValueError, match=r"2 of 30 units lack 'output' in 2000, .*2020: c3, c5; missing="):
        convergence(table, **COLUMNS, kind=kind)
    got = convergence(table, **COLUMNS, kind=kind, missing="drop")
    plain = convergence(table[~table["country"].isin(["c3", "c5"])], **COLUMNS, kind=kind)
    pd.testing.assert_frame_equal(got.tidy(), plain.tidy())
    assert column(got)["units"] == 28 and "left out because absent in a period in use: c3, c5" in got.summary()
    assert "5 of units absent in a period in use" in got.summary()
    used = 28 * (2 if kind == "beta" else 3)
    assert got.about.sample.used == used
    assert sum(got.about.sample.left_out.values()) + used == len(table)


def test_only_the_periods_in_use_must_be_there():
    table = world(middle=(2010,))
    table.loc[(table["country"] == "c5") & (table["year"] == 2010), "output"] = np.nan
    assert column(convergence(table, **COLUMNS))["units"] == 30
    with pytest.raises(ValueError, match="1 of 30 units lack 'output' in 2000, 2010, 2020: c5"):
        convergence(table, **COLUMNS, kind="sigma")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "gamma"}, "kind='gamma' is not known; legal values: 'beta', 'sigma'"),
        ({"vcov": "HC3"}, "vcov='HC3' is not known"),
        ({"kind": "sigma", "spread": "gini"}, "spread='gini' is not known"),
        ({"spread": "cv"}, "spread='cv' is an option of kind=\"sigma\""),
        ({"kind": "sigma", "growth": "rate"}, "growth='rate' is an option of kind=\"beta\""),
        ({"kind": "sigma", "vcov": "robust"}, 'vcov="robust" is an option'),
        ({"vcov": "cluster"}, 'vcov="cluster" needs cluster='),
        ({"vcov": "robust", "cluster": "rate"}, "contradicts"),
        ({"cluster": "one"}, "has one cluster only"),
        ({"cluster": "year2"}, "cluster='year2': unit 'c0' has several values"),
        ({"span": 5}, "span=5 says how many years growth= covers, which is not given"),
        ({"growth": "rate", "span": 0}, "span=0 must be a positive number"),
        ({"missing": "fill"}, "missing='fill' is not known"),
        ({"level": "outputs"}, "level='outputs': no such column; the table has 'country'"),
        ({"time": "country"}, "already used"),
        ({"by": "level"}, "'level' has the name of a column"),
        ({"by": "units"}, "'units' has the name of a column"),
    ],
)  # fmt: skip
def test_bad_options(options, message):
    table = world().assign(rate=0.1, one=1, year2=lambda t: t["year"], level="x", units="x")
    with pytest.raises(ValueError, match=message):
        convergence(table, **COLUMNS | options)


def test_bad_tables():
    table = world()
    bad = table.copy()
    bad.loc[7, "output"] = 0.0
    with pytest.raises(ValueError, match="'output' must be positive; it is 0 at country='c7', year=2000"):
        convergence(bad, **COLUMNS)
    with pytest.raises(ValueError, match=r"more than one row for \['country', 'year'\]"):
        convergence(pd.concat([table, table.head(1)]), **COLUMNS)
    with pytest.raises(ValueError, match="too few units are left: 2; convergence needs at least 3"):
        convergence(table[table["country"].isin(["c1", "c2"])], **COLUMNS)
    with pytest.raises(ValueError, match="too few units are left in sector='J': 2"):
        two = table[table["country"].isin(["c1", "c2"])].assign(sector="J")
        convergence(pd.concat([table.assign(sector="C"), two]), **COLUMNS, by="sector")
    with pytest.raises(ValueError, match="one period only"):
        convergence(table[table["year"] == 2000], **COLUMNS)
    with pytest.raises(ValueError, match="all units have one initial level"):
        convergence(table.assign(output=table["output"].where(table["year"] > 2000, 5.0)), **COLUMNS)
    with pytest.raises(ValueError, match="all units have one level in 2000: there is no spread"):
        convergence(table.assign(output=table["output"].where(table["year"] > 2000, 5.0)), **COLUMNS, kind="sigma")
    with pytest.raises(ValueError, match="mean of the logs is not positive"):
        convergence(table.assign(output=table["output"] / 1e3), **COLUMNS, kind="sigma", spread="cv-log")
    with pytest.raises(TypeError, match="expected a pandas DataFrame"):
        convergence(table.to_numpy(), **COLUMNS)
    holes = table.copy()
    holes.loc[3, "country"] = None
    with pytest.raises(ValueError, match=r"missing values in 'country' \(1\)"):
        convergence(holes, **COLUMNS)
    dropped = convergence(holes, **COLUMNS, missing="drop")
    assert "1 without a unit, period, group or cluster" in dropped.summary() and column(dropped)["units"] == 29


def test_pictures():
    table = pd.concat([world(seed=1).assign(sector="C"), world(seed=2).assign(sector="J")])
    table["country"] = table["country"].replace("c0", "KOR")
    one = table[table["sector"] == "C"]
    beta = convergence(one, **COLUMNS)
    ax = beta.plot()
    assert sum(len(line.get_xdata()) for line in ax.get_lines() if line.get_marker() == "o") == 30
    assert "KOR" in [text.get_text() for text in ax.texts]
    assert [t.get_text() for t in convergence(table, **COLUMNS, by="sector").plot().get_yticklabels()] == ["J", "C"]
    lines = convergence(table, **COLUMNS, by="sector", kind="sigma").plot()
    assert {text.get_text() for text in lines.texts} == {"C", "J"}
    few = convergence(one[one["country"] < "c2"], **COLUMNS)
    strip = beta.with_specifications({"few": few}).plot()
    assert [tick.get_text() for tick in strip.get_yticklabels()] == ["beta"]
    with pytest.raises(ValueError, match="keeps no covariance"):
        beta.covariance()
    plt.close("all")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 1e4), common=st.floats(-0.05, 0.1))
def test_invariances(seed, factor, common):
    table = world(n=12, noise=0.1, seed=seed)
    first = convergence(table, **COLUMNS)
    scaled = convergence(table.assign(output=table["output"] * factor), **COLUMNS)
    kept = ["beta", "lambda", "r2"]
    np.testing.assert_allclose(column(scaled)[kept], column(first)[kept], rtol=1e-7)
    np.testing.assert_allclose(column(scaled, "std_error")["beta"], column(first, "std_error")["beta"], rtol=1e-7)
    # growth common to all moves alpha alone
    grown = table.assign(output=table["output"] * np.exp(common * (table["year"] - 2000)))
    np.testing.assert_allclose(column(convergence(grown, **COLUMNS))[kept], column(first)[kept], rtol=1e-6)
    assert column(convergence(grown, **COLUMNS))["alpha"] - column(first)["alpha"] == pytest.approx(common, abs=1e-9)
    for spread, other in (("sd-log", grown), ("cv", grown)):
        before, after = (convergence(t, **COLUMNS, kind="sigma", spread=spread) for t in (table, other))
        np.testing.assert_allclose(column(after), column(before), rtol=1e-6, atol=1e-9)
