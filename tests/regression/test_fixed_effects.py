"""Fixed effects: dummies by statsmodels, singletons and absorbed regressors named, engines, bad input."""

import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.regression.panel import fixed_effects


def panel(n=400, units=40, years=8, seed=0):
    rng = np.random.default_rng(seed)
    unit, year = rng.integers(0, units, n), rng.integers(2000, 2000 + years, n)
    level = rng.normal(size=units)[unit] * 3
    x = rng.normal(size=n) + level
    table = pd.DataFrame({
        "unit": unit, "year": year, "x": x, "z": rng.normal(size=n), "w": rng.uniform(0.5, 3, n),
        "kind": rng.choice(["a", "b", "c"], n), "fixed": level, "both": level + (year - 2000) ** 2,
    })  # fmt: skip
    table["y"] = 0.7 * x - 0.2 * table["z"] + 2 * level + 0.1 * (year - 2000) + rng.normal(size=n) * (1 + x**2 / 9)
    alone = table.groupby("unit")["y"].transform("size") == 1
    return table[~alone].reset_index(drop=True)


def dummies(table, regressors, effects):
    parts = [table[regressors].astype(float)]
    parts += [pd.get_dummies(table[name], drop_first=i > 0).astype(float) for i, name in enumerate(effects)]
    return pd.concat(parts, axis=1).to_numpy()


def column(result, name="estimate"):
    return result.tidy().set_index("term")[name]


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [["unit"], ["unit", "year"], ["unit", "year", "kind"]], ids=len)
@pytest.mark.parametrize(("vcov", "theirs"), [("classical", "nonrobust"), ("robust", "HC1"), ("cluster", "cluster")])
def test_equals_least_squares_on_dummies(weights, effects, vcov, theirs):
    table = panel()
    design = dummies(table, ["x", "z"], effects)
    cluster = "unit" if vcov == "cluster" else None
    got = fixed_effects(f"y ~ x + z | {' + '.join(effects)}", table, cluster, weights, vcov)
    model = sm.OLS(table["y"], design) if weights is None else sm.WLS(table["y"], design, weights=table["w"])
    want = model.fit(cov_type=theirs, **({"cov_kwds": {"groups": table["unit"]}} if cluster else {}))
    factor, (n, k) = 1.0, design.shape
    if cluster:  # the levels of unit are nested in the clusters and count as one
        mine = 2 + sum(table[name].nunique() - 1 for name in effects[1:]) + 1
        factor = np.sqrt((n - k) / (n - mine))
    np.testing.assert_allclose(column(got), want.params[:2], rtol=1e-9)
    np.testing.assert_allclose(column(got, "std_error"), np.asarray(want.bse)[:2] * factor, rtol=1e-9)
    np.testing.assert_allclose(got.covariance()[0], np.asarray(want.cov_params())[:2, :2] * factor**2, rtol=1e-8)
    freedom = table["unit"].nunique() - 1 if cluster else n - k
    assert f"= {freedom:,} degrees of freedom" in got.about.randomness
    if not cluster:
        np.testing.assert_allclose(column(got, "p_value"), 2 * stats_t(np.abs(want.tvalues[:2]), freedom), rtol=1e-6)


def stats_t(value, freedom):
    from scipy import stats

    return stats.t.sf(value, freedom)


@pytest.mark.parametrize("effects", [["unit", "land^year"], ["land^year", "unit"], ["unit", "land"], ["land", "unit"]])
def test_effects_that_imply_levels_of_others_count_once(effects):
    # years of each country beside units: one year of each country follows from its units
    table = panel(units=24)
    table["land"] = table["unit"] % 6
    table["land^year"] = table["land"].astype(str) + "." + table["year"].astype(str)
    table = table[table.groupby("land^year")["y"].transform("size") > 1]
    design = dummies(table, ["x", "z"], effects)
    rank = np.linalg.matrix_rank(design)
    assert rank < design.shape[1]
    # columns that add to those before them: a singular design is left to no one's generalised inverse
    kept = np.abs(np.diag(np.linalg.qr(design, mode="r"))) > 1e-9 * np.linalg.norm(design, axis=0)
    assert kept.sum() == rank
    for vcov, theirs in (("classical", "nonrobust"), ("robust", "HC1")):
        got = fixed_effects(f"y ~ x + z | {' + '.join(effects)}", table, vcov=vcov)
        want = sm.OLS(table["y"], design[:, kept]).fit(cov_type=theirs)
        np.testing.assert_allclose(column(got), np.asarray(want.params)[:2], rtol=1e-9)
        np.testing.assert_allclose(column(got, "std_error"), np.asarray(want.bse)[:2], rtol=1e-9)
        assert f"n - k = {len(table) - rank:,} degrees of freedom" in got.about.randomness


def test_the_outcome_must_vary_within_the_effects():
    with pytest.raises(ValueError, match="the outcome 'fixed' does not vary within the fixed effects"):
        fixed_effects("fixed ~ x | unit", panel())


def test_levels_far_from_zero_keep_their_digits():
    table = panel()
    far = fixed_effects("y ~ x + z | unit + year", table.assign(y=table["y"] + 1e7, x=table["x"] + 1e7))
    near = fixed_effects("y ~ x + z | unit + year", table)
    np.testing.assert_allclose(column(far), column(near), rtol=1e-6)


def test_columns_of_every_kind():
    table = panel()
    odd = table.assign(
        unit=table["unit"].astype(str).astype("category"), year=pd.to_datetime(table["year"].astype(str)),
        x=table["x"].astype("Float64"), flag=table["z"] > 0, **{"a b": table["kind"].astype("string")},
    )  # fmt: skip
    got = fixed_effects("y ~ x + flag | unit + year + `a b`", odd)
    want = fixed_effects("y ~ x + flag | unit + year + kind", table.assign(flag=table["z"] > 0))
    np.testing.assert_allclose(got.tidy()["estimate"], want.tidy()["estimate"], rtol=1e-12)


def test_r2_within_and_levels():
    table = panel()
    result = fixed_effects("y ~ x + z | unit", table)
    held = table[["y", "x", "z"]] - table.groupby("unit")[["y", "x", "z"]].transform("mean")
    fit = sm.OLS(held["y"], held[["x", "z"]]).fit()
    assert result.r2_within == pytest.approx(1 - fit.ssr / (held["y"] ** 2).sum(), rel=1e-9)
    assert result.levels == {"unit": table["unit"].nunique()}
    assert f"{table['unit'].nunique()} levels of unit" in result.summary() and "R2 within" in result.summary()
    weighted = fixed_effects("y ~ x + z | unit", table, weights="w").r2_within
    means = table[["y", "x", "z"]].mul(table["w"], axis=0).groupby(table["unit"]).transform("sum")
    held = table[["y", "x", "z"]] - means.div(table.groupby("unit")["w"].transform("sum"), axis=0)
    fit = sm.WLS(held["y"], held[["x", "z"]], weights=table["w"]).fit()
    assert weighted == pytest.approx(1 - fit.ssr / (table["w"] @ held["y"] ** 2), rel=1e-9)


def test_pooled_least_squares_when_asked_for():
    table = panel()
    got = fixed_effects("y ~ x + C(kind) | 0", table, vcov="classical")
    want = sm.OLS.from_formula("y ~ x + C(kind)", table).fit()
    assert column(got)[want.params.index[1]] == pytest.approx(want.params.iloc[1], rel=1e-9)
    np.testing.assert_allclose(column(got).sort_index(), want.params.sort_index(), rtol=1e-9)
    np.testing.assert_allclose(column(got, "std_error").sort_index(), want.bse.sort_index(), rtol=1e-9)
    assert got.r2_within == pytest.approx(want.rsquared, rel=1e-9)
    assert got.levels == {} and "no fixed effects" in got.summary()


def test_joined_effects_are_one_effect_for_each_pair():
    table = panel()
    table["pair"] = table["unit"] * 10_000 + table["year"]
    pair, joined = (fixed_effects(f"y ~ x + z | {name}", table) for name in ("pair", "unit^year"))
    np.testing.assert_allclose(column(pair), column(joined), rtol=1e-12)
    assert list(joined.levels.values()) == list(pair.levels.values())


def test_singletons_are_left_out_named_and_counted():
    table = panel()
    # a unit with one row; and one whose second row is the only one of its year, so that it falls in a second round
    extra = pd.DataFrame({"unit": [900, 901, 901], "year": [2001, 2002, 1900], "x": 1.0, "z": [0.1, 0.5, 0.7], "y": 2})
    result = fixed_effects("y ~ x + z | unit + year", pd.concat([table, extra]))
    plain = fixed_effects("y ~ x + z | unit + year", table)
    np.testing.assert_allclose(result.tidy()["std_error"], plain.tidy()["std_error"], rtol=1e-12)
    np.testing.assert_allclose(column(result), column(plain), rtol=1e-12)
    named = result.singletons.to_records(index=False).tolist()
    assert sorted(named) == [("unit", "900"), ("unit", "901"), ("year", "1900")]
    assert result.about.sample.used == len(table)
    assert "3 alone in a level of a fixed effect" in result.summary() and "unit=900" in result.summary()
    assert len(plain.singletons) == 0 and "left out: none" in plain.summary()


def test_missing_values_raise_or_are_counted():
    table = panel()
    table.loc[[3, 7], "z"] = np.nan
    table["unit"] = table["unit"].astype(float)
    table.loc[9, "unit"] = np.nan
    with pytest.raises(ValueError, match=r"missing values in 'z' \(2\), 'unit' \(1\).*missing=\"drop\""):
        fixed_effects("y ~ x + z | unit", table)
    result = fixed_effects("y ~ x + z | unit", table, missing="drop")
    assert "3 with missing values" in result.summary()
    np.testing.assert_allclose(column(result), column(fixed_effects("y ~ x + z | unit", table.dropna())), rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x + fixed | unit", r"regressor 'fixed' does not vary within the fixed effects \('unit'\)"),
        ("y ~ fixed | unit", "regressor 'fixed' does not vary"),
        ("y ~ x + both | unit + year", "regressor 'both' does not vary"),
        ("y ~ x + C(year) | year", r"regressor 'C\(year\)\[T.2001\]' does not vary"),
        ("y ~ x + z + I(x + fixed) | unit", r"column 'I\(x \+ fixed\)' is a combination of 'x'"),
        ("y ~ x + I(2 * x) | unit", r"column 'I\(2 \* x\)' is a combination of 'x'"),
        ("y ~ x", r"no fixed effects; write them after \|"),
        ("y ~ x |", r"no fixed effects; write them after \|"),
        ("y ~ x | unit | z ~ w", "expected one |, before the fixed effects"),
        ("y ~ x | unit + unit", "the fixed effect 'unit' comes twice"),
        ("y ~ x | unit + ", "a fixed effect has no name"),
        ("y ~ x | C(unit)", r"no column 'C\(unit\)' for a fixed effect.*the table has 'unit'"),
        ("y ~ x | units", "no column 'units' for a fixed effect"),
        ("y ~ xx | unit", "no column 'xx'"),
        ("y ~ 1 | unit", "no regressor"),
        ("unit", "expected a text like"),
        (" ~ x | unit", "no outcome before ~"),
        ("y ~ x + I((x > 1) | (z > 1))", r"no fixed effects; write them after \|"),
        ("y ~ x | unit^year^x", "every row is alone in a level"),
    ],
)  # fmt: skip
def test_bad_formulas(formula, message):
    with pytest.raises(ValueError, match=message):
        fixed_effects(formula, panel())


def test_a_bar_inside_brackets_is_part_of_a_term():
    table = panel()
    got = fixed_effects("y ~ I(((x > 1) | (z > 1)) * 1) | unit", table)
    want = fixed_effects("y ~ either | unit", table.assign(either=((table["x"] > 1) | (table["z"] > 1)) * 1))
    np.testing.assert_allclose(got.tidy()["estimate"], want.tidy()["estimate"], rtol=1e-12)


def test_bad_options():
    table = panel()
    for options, message in (
        ({"vcov": "HC1"}, "vcov='HC1' is not known; legal values: 'robust', 'classical', 'cluster'"),
        ({"vcov": "cluster"}, 'vcov="cluster" needs cluster='),
        ({"vcov": "classical", "cluster": "unit"}, "contradicts"),
        ({"cluster": "one"}, "one cluster only"),
        ({"cluster": "nope"}, "cluster='nope': no such column"),
        ({"weights": "z"}, "must be positive"),
        ({"missing": "ignore"}, "missing='ignore' is not known"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            fixed_effects("y ~ x | unit", table.assign(one=1), **options)
    with pytest.raises(ValueError, match="4 rows for 2 coefficients and 2 levels of fixed effects"):
        fixed_effects("y ~ x + z | unit", table[table["unit"] < 2].groupby("unit").head(2))


def test_few_clusters_and_few_rows_that_decide_are_said():
    table = panel()
    table["region"] = table["unit"] % 12
    assert "12 clusters: with fewer than 40" in fixed_effects("y ~ x | unit", table, cluster="region").summary()
    calm = fixed_effects("y ~ z | unit", table.assign(y=table["z"] + np.random.default_rng(1).normal(size=len(table))))
    assert "Caution" not in calm.summary()
    wild = table.assign(y=table["y"] + 500 * (table.index == 5))
    assert "few rows decide" in fixed_effects("y ~ x | unit", wild).summary()


def test_any_table_and_the_same_answer():
    table = panel()
    relation = duckdb.connect().from_df(table)
    want = fixed_effects("y ~ x + C(kind) | unit + year", table, cluster="unit").tidy()
    for other in (pl.from_pandas(table), pl.from_pandas(table).lazy(), pl.from_pandas(table).to_arrow(), relation):
        got = fixed_effects("y ~ x + C(kind) | unit + year", other, cluster="unit").tidy()
        assert got["term"].tolist() == want["term"].tolist()
        np.testing.assert_allclose(got["estimate"], want["estimate"], rtol=1e-9)
        np.testing.assert_allclose(got["std_error"], want["std_error"], rtol=1e-9)


def test_the_shape_of_results():
    table = panel()
    table.attrs["unit"] = {"y": "million KRW"}
    result = fixed_effects("y ~ x + z | unit", table)
    assert result.tidy().columns.tolist() == [
        "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "unit"
    ]  # fmt: skip
    assert set(result.tidy()["unit"]) == {"million KRW per unit of the regressor"}
    logs = fixed_effects("log(w) ~ x | unit", table).tidy()
    assert set(logs["unit"]) == {"log points per unit of the regressor"}
    assert result.__maketables_fixef_string__ == "unit" and result.__maketables_stat__("r2_within") == result.r2_within
    assert result.__maketables_stat__("N") == len(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result.with_specifications({"by year too": fixed_effects("y ~ x + z | unit + year", table)}).plot()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 1e4))
def test_invariant_to_a_constant_of_each_unit_and_scales_with_the_outcome(seed, scale):
    table = panel(n=120, units=15, seed=seed)
    constant = np.random.default_rng(seed).normal(size=1000)[table["unit"]] * 100
    first = fixed_effects("y ~ x + z | unit", table)
    moved = fixed_effects("y ~ x + z | unit", table.assign(y=table["y"] + constant, x=table["x"] - constant))
    scaled = fixed_effects("y ~ x + z | unit", table.assign(y=table["y"] * scale))
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(column(moved, name), column(first, name), rtol=1e-7)
        np.testing.assert_allclose(column(scaled, name), column(first, name) * scale, rtol=1e-9)
