"""Meta-analysis: known truths, statsmodels, studies without errors, intervals that cover, forest plots, bad input."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from analysis.regression.evidence import meta_analysis

RANDOM = ["paule-mandel", "dersimonian-laird"]


def studies(k=8, seed=0, tau=0.5, low=0.1, high=0.6):
    rng = np.random.default_rng(seed)
    error = rng.uniform(low, high, k)
    effect = 0.3 + tau * rng.normal(size=k) + error * rng.normal(size=k)
    return pd.DataFrame({"study": [f"study {i}" for i in range(k)], "effect": effect, "error": error})


def pool(table, **options):
    return meta_analysis(table, **{"effect": "effect", "std_error": "error", "study": "study"} | options)


def column(result, name="estimate"):
    return result.tidy().set_index([*result.by, "component"])[name]


def test_statsmodels_agrees_where_studies_differ():
    # at a tighter tolerance its last step often ends in a negative root, which it returns as no variance at all
    table = studies(12)
    for method, theirs in zip(RANDOM, ("pm", "dl"), strict=True):
        options = {"atol": 1e-6} if theirs == "pm" else {}
        want = combine_effects(table["effect"].to_numpy(), table["error"].to_numpy() ** 2, method_re=theirs, **options)
        got = pool(table, method=method)
        assert want.tau2 > 0 and column(got)["tau2"] == pytest.approx(want.tau2, rel=1e-6)
        assert column(got)["pooled"] == pytest.approx(want.mean_effect_re, rel=1e-7)
        assert column(got, "std_error")["pooled"] == pytest.approx(want.sd_eff_w_re, rel=1e-7)
        assert column(got)["q"] == pytest.approx(want.q, rel=1e-9)
        scaled = pool(table, method=method, errors="knapp-hartung")
        assert column(scaled, "std_error")["pooled"] == pytest.approx(np.sqrt(want.var_hksj_re), rel=1e-7)
        reach = stats.t.isf(0.025, 11) * np.sqrt(want.var_hksj_re)
        assert column(scaled, "conf_high")["pooled"] == pytest.approx(want.mean_effect_re + reach, rel=1e-7)
    fixed = pool(table, method="fixed")
    assert column(fixed)["pooled"] == pytest.approx(want.mean_effect_fe, rel=1e-12)
    assert column(fixed, "std_error")["pooled"] == pytest.approx(want.sd_eff_w_fe, rel=1e-12)


def test_the_estimate_between_studies_solves_its_equation():
    for seed in range(20):
        table = studies(6, seed, tau=1.0)
        tau2 = column(pool(table))["tau2"]
        weight = 1 / (table["error"] ** 2 + tau2)
        mean = np.average(table["effect"], weights=weight)
        assert tau2 > 0 and weight @ (table["effect"] - mean) ** 2 == pytest.approx(5, rel=1e-9)


def test_prediction_interval_of_a_new_study():
    table = studies(9)
    got = pool(table).tidy().set_index("component")
    reach = stats.t.isf(0.025, 7) * np.sqrt(got.loc["tau2", "estimate"] + got.loc["pooled", "std_error"] ** 2)
    assert got.loc["prediction", "conf_high"] == pytest.approx(got.loc["pooled", "estimate"] + reach, rel=1e-12)
    assert np.isnan(column(pool(table.head(2)), "conf_low")["prediction"])


def test_intervals_cover():
    rng = np.random.default_rng(3)
    hit = {"normal": 0, "knapp-hartung": 0, "tau2": 0, "prediction": 0}
    runs, tau = 400, 0.5
    for seed in range(runs):
        table = studies(10, seed, tau)
        for errors in ("normal", "knapp-hartung"):
            got = pool(table, errors=errors).tidy().set_index("component")
            hit[errors] += got.loc["pooled", "conf_low"] < 0.3 < got.loc["pooled", "conf_high"]
        hit["tau2"] += got.loc["tau2", "conf_low"] < tau**2 < got.loc["tau2", "conf_high"]
        new = 0.3 + tau * rng.normal()
        hit["prediction"] += got.loc["prediction", "conf_low"] < new < got.loc["prediction", "conf_high"]
    share = {name: count / runs for name, count in hit.items()}
    assert share["knapp-hartung"] > share["normal"]
    assert all(0.92 < share[name] < 0.98 for name in ("knapp-hartung", "tau2")), share
    # with ten studies the normal interval is too short, and so is the one for a new study: both say so
    assert 0.85 < share["normal"] < 0.93 and 0.86 < share["prediction"] < 0.95, share


def test_studies_without_errors_are_listed_counted_and_never_pooled():
    table = studies(7)
    table.loc[[2, 5], "error"] = np.nan
    result = pool(table)
    kept = pool(table.drop(index=[2, 5]))
    assert column(result)["pooled"] == column(kept)["pooled"]
    assert result.without_error["study"].tolist() == ["study 2", "study 5"]
    assert result.without_error["effect"].tolist() == table.loc[[2, 5], "effect"].tolist()
    assert column(result)[["studies", "studies_without_error"]].tolist() == [5, 2]
    text = result.summary()
    assert "2 without a standard error" in text and "listed and not pooled: study 2, study 5" in text
    assert result.studies["weight"].sum() == pytest.approx(1) and result.studies["weight"].isna().sum() == 2
    assert kept.without_error.empty and "listed and not pooled" not in kept.summary()
    far = table.assign(effect=table["effect"].where(table["error"].notna(), 1e6))
    assert column(pool(far))["pooled"] == column(result)["pooled"]


def test_one_result_for_each_group():
    table = pd.concat([studies(6, 1).assign(level="task"), studies(7, 2).assign(level="firm")])
    table.loc[table.index == 0, "error"] = np.nan
    result = pool(table, by="level")
    assert column(result).index.get_level_values("level").unique().tolist() == ["task", "firm"]
    for level, rows in table.groupby("level"):
        np.testing.assert_allclose(column(result)[level], column(pool(rows)), rtol=1e-12)
    assert result.without_error.columns.tolist() == ["level", "study", "effect"] and len(result.without_error) == 2
    with pytest.raises(ValueError, match="1 of 2 studies in level='firm' has a standard error; pooling needs"):
        pool(pd.concat([table[table["level"] == "task"], table[table["level"] == "firm"].head(2)]), by="level")


def test_few_studies_and_studies_that_come_twice_are_said():
    assert "4 studies are few" in pool(studies(4)).summary() and "knapp-hartung" in pool(studies(4)).summary()
    assert "few" not in pool(studies(5)).summary()
    twice = studies(6).assign(study=["a", "a", "b", "c", "d", "e"])
    assert "several effects from one study (a)" in pool(twice).summary()
    assert "several effects" not in pool(studies(6)).summary()
    same = studies(6).assign(effect=[0.30, 0.31, 0.29, 0.30, 0.30, 0.31])
    assert "narrower than the normal" in pool(same, errors="knapp-hartung").summary()
    assert "narrower" not in pool(studies(6, tau=2), errors="knapp-hartung").summary()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"method": "reml"}, "method='reml' is not known; legal values: 'paule-mandel'"),
        ({}, {"errors": "hksj"}, "errors='hksj' is not known"),
        ({}, {"method": "fixed", "errors": "knapp-hartung"}, "needs random effects"),
        ({}, {"missing": "impute"}, "missing='impute' is not known"),
        ({}, {"effect": "efect"}, "effect='efect': no such column; the table has 'study'"),
        ({}, {"study": "effect"}, "already used"),
        ({"error": 0.0}, {}, "std_error='error' must be positive; it is 0 for study 'study 3'"),
        ({"error": -0.1}, {}, "must be positive; it is -0.1"),
        ({"error": np.inf}, {}, "infinite"),
        ({"effect": np.nan}, {}, r"missing values in 'effect' \(1\).*missing=\"drop\""),
        ({"study": None}, {}, "1 rows have no name"),
        ({}, {"by": "weight"}, "'weight' has the name of a column of the table of studies"),
    ],
)  # fmt: skip
def test_bad_input(change, options, message):
    table = studies().assign(weight="x")
    for name, value in change.items():
        table.loc[3, name] = value
    with pytest.raises(ValueError, match=message):
        pool(table, **options)


def test_too_few_studies_and_missing_effects():
    table = studies(3)
    table.loc[[0, 1], "error"] = np.nan
    with pytest.raises(ValueError, match="1 of 3 studies has a standard error"):
        pool(table)
    table.loc[2, "error"] = np.nan
    with pytest.raises(ValueError, match="0 of 3 studies have a standard error"):
        pool(table)
    with pytest.raises(TypeError, match="expected a pandas DataFrame"):
        pool([1, 2])
    holes = studies(6)
    holes.loc[1, "effect"] = np.nan
    result = pool(holes, missing="drop")
    assert "1 with a missing effect or group" in result.summary() and column(result)["studies"] == 5


def test_forest_plot_shows_studies_without_errors_hollow():
    table = studies(6)
    table.loc[4, "error"] = np.nan
    ax = pool(table).plot()
    marks = [line for line in ax.get_lines() if line.get_marker() == "s"]
    assert [mark.get_markerfacecolor() == "none" for mark in marks] == [False] * 4 + [True, False]
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == ["study 0", "study 1", "study 2", "study 3", "study 4 (no error)", "study 5", "pooled"]
    grouped = pool(pd.concat([table.assign(g="one"), table.assign(g="two")]), by="g").plot()
    assert [tick.get_text() for tick in grouped.get_yticklabels()].count("pooled") == 2
    strip = pool(table, specifications={"fixed": pool(table, method="fixed")}).plot()
    assert [tick.get_text() for tick in strip.get_yticklabels()] == ["pooled"]
    plt.close("all")


def test_names_default_to_the_rows_and_the_unit_is_the_column_s():
    table = studies(5).set_index("study")
    table.attrs["unit"] = {"effect": "log points"}
    result = meta_analysis(table, effect="effect", std_error="error")
    assert result.studies["study"].tolist() == [f"study {i}" for i in range(5)]
    assert column(result, "unit")["pooled"] == "log points" and column(result, "unit")["tau2"] == "squared log points"
    with pytest.raises(ValueError, match="no covariance or bootstrap"):
        result.covariance()


numbers = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=numbers)
def test_properties(rows):
    table = pd.DataFrame(rows, columns=["effect", "error"]).assign(study=range(len(rows)))
    fixed = column(pool(table, method="fixed"))["pooled"]
    assert fixed == pytest.approx(np.average(table["effect"], weights=table["error"] ** -2.0), abs=1e-9)
    for method in RANDOM:
        got = pool(table, method=method).tidy().set_index("component")
        tau2, pooled = got.loc["tau2", "estimate"], got.loc["pooled", "estimate"]
        assert tau2 >= 0 and 0 <= got.loc["i2", "estimate"] < 1
        assert table["effect"].min() - 1e-9 <= pooled <= table["effect"].max() + 1e-9
        assert got.loc["tau2", "conf_low"] <= got.loc["tau2", "conf_high"]
        # from random effects down to errors of the studies alone, the interval only narrows
        assert got.loc["pooled", "std_error"] >= table["error"].pow(-2).sum() ** -0.5 - 1e-12
        # effects and errors in another unit
        other = column(pool(table.assign(effect=table["effect"] * 100, error=table["error"] * 100), method=method))
        assert other["pooled"] == pytest.approx(100 * pooled, rel=1e-7, abs=1e-7)
        assert other["tau2"] == pytest.approx(1e4 * tau2, rel=1e-6, abs=1e-6)
    added = pd.concat([table, pd.DataFrame({"effect": [fixed], "error": [0.7], "study": [99]})])
    assert column(pool(added, method="fixed"))["pooled"] == pytest.approx(fixed, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(errors=st.lists(st.floats(0.05, 3), min_size=2, max_size=10), effect=st.floats(-5, 5))
def test_studies_that_agree_have_no_variance_between_them(errors, effect):
    table = pd.DataFrame({"effect": effect, "error": errors, "study": range(len(errors))})
    for method in RANDOM:
        got = column(pool(table, method=method))
        assert got["tau2"] == 0 and got["i2"] == 0
        assert got["pooled"] == pytest.approx(effect, abs=1e-12)
