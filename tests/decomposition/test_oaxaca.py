"""Blinder-Oaxaca: definitions, invariances, standard errors against independent computations, bootstrap, engines."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import engine
from analysis.decomposition import oaxaca_design
from analysis.decomposition.oaxaca import oaxaca_blinder
from analysis.decomposition.oaxaca_moments import Moments
from analysis.decomposition.oaxaca_units import units

REFERENCES = ("group_a", "group_b", "pooled", "neumark", "reimers", "cotton", 0.3)
FORMULA = "y ~ x + z + C(k)"


def firms(rows=240, seed=0):
    """Synthetic rows whose groups differ in everything."""
    draw = np.random.default_rng(seed)
    group = draw.choice(["large", "small"], rows, p=[0.45, 0.55])
    large = group == "large"
    x = draw.normal(1.0 + large, 1.0 + 0.5 * large)
    z = draw.exponential(1.0, rows) + 0.3 * x
    k = np.where(draw.random(rows) < 0.3 + 0.2 * large, 1, draw.integers(2, 4, rows))
    noise = draw.normal(size=rows) * (0.5 + 0.5 * np.abs(x))
    y = 1 + large + x * (0.5 + 0.4 * large) - 0.2 * z + 0.3 * (k == 2) + 0.4 * large * (k == 3) + noise
    return pd.DataFrame({
        "g": group, "x": x, "z": z, "k": k, "y": y, "w": draw.uniform(0.5, 3.0, rows),
        "c": draw.integers(0, 30, rows), "s": draw.choice(["n", "m"], rows),
    })  # fmt: skip


def estimate(table=None, formula=FORMULA, **options):
    return oaxaca_blinder(formula, firms() if table is None else table, **{"group": "g", **options})


def parts(result, column="estimate"):
    return result.tidy().set_index("component")[column]


def terms(result, column="estimate"):
    table = result.tidy(detail=True)
    return dict(zip(zip(table["component"], table["term"], strict=True), table[column], strict=True))


def least_squares(columns, y, weight):
    root = np.sqrt(weight)[:, None]
    return np.linalg.lstsq(root * columns, root[:, 0] * y, rcond=None)[0]


def by_hand(table, reference, weight):
    """Textbook formulas on a matrix written out by hand: component -> value of each of its five columns."""
    x = np.column_stack([np.ones(len(table)), table["x"], table["z"], table["k"] == 2, table["k"] == 3]).astype(float)
    y, a = table["y"].to_numpy(), (table["g"] == "large").to_numpy()
    beta_a, beta_b = (least_squares(x[m], y[m], weight[m]) for m in (a, ~a))
    mean_a, mean_b = (weight[m] @ x[m] / weight[m].sum() for m in (a, ~a))
    if reference == "pooled":
        beta = least_squares(np.column_stack([x, ~a]), y, weight)[:5]
    elif reference == "neumark":
        beta = least_squares(x, y, weight)
    else:
        share = {"group_a": 1, "group_b": 0, "reimers": 0.5, "cotton": weight[a].sum() / weight.sum()}
        share = share.get(reference, reference)
        beta = share * beta_a + (1 - share) * beta_b
    return {
        "explained": (mean_a - mean_b) * beta, "unexplained_a": mean_a * (beta_a - beta),
        "unexplained_b": mean_b * (beta - beta_b), "difference": mean_a * beta_a - mean_b * beta_b,
        "endowments": (mean_a - mean_b) * beta_b, "coefficients": mean_b * (beta_a - beta_b),
        "interaction": (mean_a - mean_b) * (beta_a - beta_b),
    }  # fmt: skip


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


def influence(weight, value, step=1e-5):
    """Influence of each row on a value of the weights: derivative with respect to its weight, times its weight."""
    moves = np.eye(len(weight)) * step
    return np.array([(value(weight * (1 + move)) - value(weight * (1 - move))) / (2 * step) for move in moves])


@pytest.mark.parametrize("reference", REFERENCES)
def test_robust_and_clustered_errors_are_those_of_the_infinitesimal_jackknife(reference):
    table = firms(60, seed=2).assign(c=lambda t: t["c"] % 9)
    assert set(zip(table["g"], table["k"], strict=True)) == {(g, k) for g in ("large", "small") for k in (1, 2, 3)}

    def value(weight):
        held = by_hand(table, reference, weight)
        details = [held[name] for name in ("explained", "unexplained_a", "unexplained_b", "difference")]
        return np.concatenate([[each.sum() for each in details], *details])

    scores = influence(table["w"].to_numpy(), value)
    names = table["c"].unique()
    grouped = np.stack([scores[table["c"] == name].sum(axis=0) for name in names])
    strata = table["s"].to_numpy()
    centred = np.concatenate([
        (scores[strata == s] - scores[strata == s].mean(axis=0)) * np.sqrt((n := (strata == s).sum()) / (n - 1))
        for s in np.unique(strata)
    ])  # fmt: skip
    for options, want in (
        ({}, (scores**2).sum(axis=0) * 60 / 59),
        ({"cluster": "c"}, (grouped**2).sum(axis=0) * len(names) / (len(names) - 1)),
        ({"strata": "s"}, (centred**2).sum(axis=0)),
        ({"population": "finite", "sampling": 0.4}, (scores**2).sum(axis=0) * 60 / 59 * 0.6),
    ):
        result = estimate(table, reference=reference, weights="w", split=True, **options)
        got = np.concatenate([parts(result, "std_error"), list(terms(result, "std_error").values())])
        assert got == pytest.approx(np.sqrt(want), rel=1e-5, abs=1e-8), options


def test_the_error_of_a_prediction_is_that_of_the_mean_outcome():
    table = firms()
    both = estimate(table, weights="w").predictions().set_index("group")
    for label, rows in table.groupby("g"):
        mean = np.average(rows["y"], weights=rows["w"])
        score = rows["w"] * (rows["y"] - mean) / rows["w"].sum()
        assert both.loc[label, "estimate"] == pytest.approx(mean)
        assert both.loc[label, "std_error"] == pytest.approx(np.sqrt((score**2).sum() * 240 / 239))


@pytest.mark.parametrize("reference", ["pooled", "neumark", "cotton", 0.3])
def test_classical_errors_by_hand(reference):
    table = firms()
    x = np.column_stack([np.ones(240), table["x"], table["z"], table["k"] == 2, table["k"] == 3]).astype(float)
    y, a = table["y"].to_numpy(), (table["g"] == "large").to_numpy()
    groups, betas, covs, means, spread = [a, ~a], [], [], [], []
    for m in groups:
        fit = smf.ols("y ~ x + z + C(k)", table[m]).fit()
        order = ["Intercept", "x", "z", "C(k)[T.2]", "C(k)[T.3]"]
        betas.append(fit.params[order].to_numpy())
        covs.append(fit.cov_params().loc[order, order].to_numpy())
        means.append(x[m].mean(axis=0))
        spread.append(np.cov(x[m].T) / m.sum())
    wide = np.column_stack([x, ~a]) if reference == "pooled" else x
    bread = np.linalg.inv(wide.T @ wide)
    if reference in ("pooled", "neumark"):
        mix = [(bread @ wide[m].T @ x[m])[:5] for m in groups]
    else:
        share = a.mean() if reference == "cotton" else reference
        mix = [share * np.eye(5), (1 - share) * np.eye(5)]
    beta = mix[0] @ betas[0] + mix[1] @ betas[1]
    gap = means[0] - means[1]
    explained = sum(gap @ b @ v @ b.T @ gap for b, v in zip(mix, covs, strict=True)) + beta @ sum(spread) @ beta
    total = sum(m @ v @ m + b @ s @ b for m, v, b, s in zip(means, covs, betas, spread, strict=True))
    got = parts(estimate(table, reference=reference, vcov="classical"), "std_error")
    assert got["explained"] == pytest.approx(np.sqrt(explained))
    assert got["difference"] == pytest.approx(np.sqrt(total))
    assert y.mean() == pytest.approx(table["y"].mean())
    fixed = parts(estimate(table, reference=reference, vcov="classical", regressors="fixed"), "std_error")
    assert fixed["explained"] == pytest.approx(np.sqrt(explained - beta @ sum(spread) @ beta))


def test_classical_weights_are_analytic():
    table = firms()
    fit = smf.wls("y ~ x + z + C(k)", table[table["g"] == "small"], weights=table.loc[table["g"] == "small", "w"]).fit()
    held = estimate(table, vcov="classical", weights="w", reference="group_b").coefficients()
    held = held[held["group"] == "small"].set_index("term")
    assert held["estimate"].to_dict() == pytest.approx(fit.params[held.index].to_dict())
    assert held["std_error"].to_dict() == pytest.approx(fit.bse[held.index].to_dict())


def test_regressors_fixed_leave_the_variance_of_coefficients():
    loose, fixed = (estimate(reference="group_b", regressors=each) for each in ("stochastic", "fixed"))
    assert parts(fixed, "std_error")["explained"] < parts(loose, "std_error")["explained"]
    pd.testing.assert_frame_equal(fixed.coefficients(), loose.coefficients())
    assert "given" in fixed.about.randomness and "uncorrelated" in estimate(regressors="independent").about.randomness
    with pytest.raises(ValueError, match="no bootstrap"):
        estimate(regressors="independent").bootstrap(10)


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


def test_bootstrap_agrees_with_the_delta_method():
    table = firms(900, seed=3)
    for options in ({"reference": "pooled"}, {"reference": "cotton", "weights": "w", "strata": "s", "split": True},
                    {"threefold": True}):  # fmt: skip
        result = estimate(table, **options)
        ratio = result.bootstrap(10_000, seed=4)["ratio"]
        assert ratio.between(0.97, 1.03).all(), (options, ratio)
    clustered = estimate(firms(1_800, seed=4).assign(c=lambda t: t.index % 300), cluster="c", reference="neumark")
    assert clustered.bootstrap(10_000)["ratio"].between(0.97, 1.03).all()
    detail = clustered.bootstrap(500, detail=True)
    assert detail.loc[detail["component"] == "explained Intercept", "bootstrap_std_error"].item() == 0
    assert detail["ratio"].dropna().between(0.8, 1.2).all()
    census = estimate(table, population="finite")
    assert (parts(census, "std_error") == 0).all() and (census.bootstrap(20)["bootstrap_std_error"] < 1e-12).all()


@pytest.mark.parametrize(("options", "formula"), [
    ({"reference": "pooled"}, FORMULA), ({"reference": "neumark", "cluster": "c"}, FORMULA),
    ({"reference": "cotton", "weights": "w"}, "y ~ 0 + C(k) + x"), ({"threefold": True}, "y ~ 0 + C(k) + x"),
    ({"reference": "pooled", "weights": "w"}, "y ~ 0 + C(k) + x"),
])  # fmt: skip
def test_a_draw_is_an_estimate_with_other_weights(options, formula):
    table = firms(120)

    class Counts:
        def poisson(self, mean, size):
            self.last = 1 + np.arange(size[1]) % 3
            return np.broadcast_to(self.last, size)

    reference = 0.0 if options.get("threefold") else options["reference"]
    design = engine.Design(options.get("cluster"))
    model = oaxaca_design.read(formula, table, "g", None, options.get("weights"), design, [], "raise")
    held = units(model.frame, [side.at for side in model.sides], ["a", "b"], design)
    moments = Moments(model, reference)
    theta = moments._again(moments._drawn(held, 3, Counts()), fixed=False)
    drawn = (1 + np.sqrt(held.factor) * (np.arange(held.count) % 3))[held.of_row]
    if not options.get("cluster"):
        # rows are drawn group by group
        drawn = np.empty(120)
        for side in model.sides:
            drawn[side.at] = 1 + np.sqrt(held.factor[0]) * (np.arange(len(side.at)) % 3)
    again = table.assign(w=drawn * (table["w"] if options.get("weights") else 1.0))
    model = oaxaca_design.read(formula, again, "g", None, "w", design, [], "raise")
    # the scaling of columns does not depend on weights, so parameters compare one by one
    assert theta[2] == pytest.approx(Moments(model, reference).theta, rel=1e-9, abs=1e-9)


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


@pytest.mark.parametrize("kind", ["polars", "lazy", "arrow", "duckdb", "ibis"])
def test_any_table_gives_the_same_answer(kind):
    frame = firms().assign(k=lambda t: t["k"].map({1: "one", 2: "two", 3: "three"}), unused=1)
    frame.loc[[3, 7], "x"] = np.nan
    connection = duckdb.connect()
    connection.register("frame", frame)
    table = {
        "polars": lambda: pl.from_pandas(frame), "lazy": lambda: pl.from_pandas(frame).lazy(),
        "arrow": lambda: pa.Table.from_pandas(frame), "duckdb": lambda: connection.sql("select * from frame"),
        "ibis": lambda: ibis.memtable(frame),
    }[kind]()  # fmt: skip
    options = {"formula": "y ~ x + k", "weights": "w", "cluster": "c", "strata": "s", "missing": "drop"}
    want, got = estimate(frame, **options), estimate(table, **options)
    pd.testing.assert_frame_equal(got.tidy(), want.tidy(), rtol=1e-9)
    assert "left out: 2 with missing values" in got.summary()


def test_the_formula_takes_functions_dots_and_spaces():
    table = firms().assign(**{"log.size": lambda t: np.log(t["w"]), "real wage": lambda t: np.exp(t["y"])})
    result = estimate(table, "np.log(`real wage`) ~ log.size + I(x**2) + x:z + C(k, contr.treatment(3)) + poly(z, 2)")
    assert result.tidy()["unit"].unique().tolist() == ["log points"]
    assert ("explained", "C(k, contr.treatment(3))[T.1]") in terms(estimate(table, "y ~ C(k, contr.treatment(3))"))
    only = estimate(table, "y ~ 1", reference="group_b")
    assert parts(only)["explained"] == 0
    assert parts(only, "std_error")["unexplained"] == parts(only, "std_error")["difference"] > 0
    # powers of a year keep their digits
    year = table.assign(year=2000 + np.arange(240) % 21)
    raw = estimate(year, "y ~ year + I(year**2) + I(year**3)", reference="neumark")
    small = estimate(year.assign(year=year["year"] - 2010), "y ~ year + I(year**2) + I(year**3)", reference="neumark")
    assert parts(raw).to_dict() == pytest.approx(parts(small).to_dict(), rel=1e-5)


def test_what_it_says():
    table = firms().assign(y=lambda t: t["y"].where(t.index != 5))
    table.attrs["unit"] = {"y": "thousand won an hour"}
    result = estimate(table, missing="drop", weights="w", cluster="c", reference=0.25, group_a="small")
    text = result.summary()
    for words in (
        "g small minus g large", "0.25 times the coefficients of g small", "w as sampling weights", "239 rows used",
        "left out: 1 with missing values", "clusters (c)", "thousand won an hour", "Oaxaca 1973", "mean y: g small",
    ):
        assert words in text
    assert result.about.direction == "g small minus g large"
    assert "Neumark 1988" in estimate(reference="neumark").summary()
    assert estimate(vcov="classical", weights="w").about.weights == "w as analytic weights"
    assert result.reliability()["units"].tolist() == [30, 30, 30]
    both = estimate(specifications={"half": estimate(reference="reimers")})
    assert set(both.specifications["specification"]) == {"headline", "half"}


def test_reliability_sees_fat_tails_and_nothing_else():
    good = estimate(firms(3_000), "y ~ x", cluster="c")
    assert good.reliability()["units"].iloc[0] == 30 and good.reliability()["reliable"].all()
    draw = np.random.default_rng(0)
    fat = firms(2_000).assign(y=lambda t: t["x"] + draw.pareto(1.06, len(t)))
    assert not estimate(fat, "y ~ x").reliability().set_index("component")["reliable"]["difference"]
    few = firms(400).assign(w=lambda t: np.where(t.index < 20, 1e4, 1.0))
    assert not estimate(few, "y ~ x", weights="w").reliability()["reliable"].any()
    assert "unreliable" in estimate(few, "y ~ x", weights="w").summary()


BAD = [
    ({}, {"reference": "poled"}, "reference='poled' is not known; legal values: 'group_a', .* or a number"),
    ({}, {"reference": 1.2}, "number in \\[0, 1\\]"),
    ({}, {"reference": True}, "reference=True"),
    ({}, {"reference": float("nan")}, "reference=nan"),
    ({}, {"vcov": "hc1"}, "vcov='hc1' is not known; legal values: 'robust', 'classical', 'cluster'"),
    ({}, {"vcov": "cluster"}, "needs cluster="),
    ({}, {"vcov": "classical", "cluster": "c"}, "takes the rows as independent"),
    ({}, {"threefold": True, "reference": "reimers"}, "threefold=True has no reference"),
    ({}, {"threefold": True, "split": True}, "split=True"),
    ({}, {"regressors": "random"}, "regressors='random'"),
    ({}, {"group": "gg"}, "group='gg': no such column; the table has 'g', 'x'"),
    ({}, {"cluster": "cc"}, "cluster='cc': no such column"),
    ({}, {"weights": "ww"}, "weights='ww': no such column"),
    ({}, {"formula": "y ~ x + q"}, "no column 'q'; the table has 'g', 'x'"),
    ({}, {"formula": "y ~ x + bs(q, df=4)"}, "cannot be evaluated"),
    ({}, {"formula": "y ~ x + g"}, "group='g' is in the formula"),
    ({}, {"formula": "y ~ x + I(y)*y"}, "the outcome 'y' is a term"),
    ({}, {"formula": "x + z"}, "outcome ~"),
    ({}, {"formula": "y ~ x | z"}, "no \\| parts"),
    ({}, {"formula": "y ~ x +"}, "cannot be read"),
    ({}, {"formula": "s ~ x"}, "one column of numbers"),
    ({}, {"formula": "y ~ 0 + x"}, "keep the intercept"),
    ({}, {"formula": "y ~ np.log(x)"}, "'np.log\\(x\\)' is nan in .* rows"),
    ({}, {"group_a": "medium"}, "group_a='medium' is not known; legal values: 'large', 'small'"),
    ({}, {"normalise": "x"}, "normalise='x' is no factor of the formula; its factors: 'C\\(k\\)'"),
    ({}, {"normalise": "k", "formula": "y ~ 0 + C(k)"}, "needs an intercept"),
    ({}, {"normalise": "k", "formula": "y ~ C(k, contr.sum)"}, "treatment coding"),
    ({}, {"normalise": "k", "formula": "y ~ C(k)*s"}, "interact with another factor"),
    ({"g": "large"}, {}, "exactly two groups; it holds 1: 'large'"),
    ({"g": lambda t: t["k"]}, {}, "it holds 3: 1, 2, 3"),
    ({"x": lambda t: t["x"].where(t.index > 2)}, {}, "missing values in 'x' \\(3\\).*missing=\"drop\""),
    ({"x": lambda t: t["x"].replace(t["x"].iloc[4], np.inf)}, {}, "column 'x': infinite number in 1 rows"),
    ({"x": lambda t: t["x"] * 1e120}, {}, "'x' goes beyond"),
    ({"y": 3.0}, {}, "the outcome 'y' is constant \\(3\\) in group 'large' of 'g'"),
    ({"y": lambda t: t["y"].where(t["g"] == "large", 1.0)}, {}, "constant \\(1\\) in group 'small'"),
    ({"z": lambda t: 3 - 2 * t["x"]}, {}, "singular in group 'large' of 'g': '[xz]' is a combination of '[xz]'"),
    ({"z": lambda t: t["z"].where(t["g"] == "large", 1.0)}, {}, "column 'z' has one value only in group 'small'"),
    ({"k": lambda t: t["k"].where(t["g"] == "large", 1)}, {}, "group 'small' of 'g' has no row in level 2 \\(.* rows"),
    ({"w": 0.0}, {"weights": "w"}, "'w' must be positive; it is 0"),
    ({"w": lambda t: t["w"] - 1}, {"weights": "w"}, "'w' must be positive; it is -"),
    ({"c": 1}, {"cluster": "c"}, "has one cluster only"),
    ({"c": lambda t: (t["g"] == "large").astype(int)}, {"cluster": "c"}, "group 'large' has one cluster only"),
    ({"s": lambda t: t["s"].where(t.index > 0, "lonely")}, {"strata": "s"}, "stratum 'lonely' has one row only"),
    ({"f": lambda t: t["w"]}, {"population": "finite", "sampling": "f"}, "fractions lie in"),
    ({"f": lambda t: t["w"] / 4}, {"population": "finite", "sampling": "f"}, "the fraction varies"),
    ({"x": lambda t: pd.Timestamp("2020-01-01")}, {}, "numbers, booleans, texts or categories"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "options", "message"), BAD)
def test_bad_input_is_named_with_its_remedy(changes, options, message):
    with pytest.raises(ValueError, match=message):
        estimate(firms().assign(**changes), **options)


def test_tables_that_cannot_be():
    with pytest.raises(ValueError, match="group 'large' of 'g' has [1-3] rows for 3 coefficients"):
        estimate(firms(6), "y ~ x + z")
    with pytest.raises(TypeError, match="expected a table"):
        estimate([1, 2, 3])
    with pytest.raises(ValueError, match="two columns of one name"):
        estimate(firms().rename(columns={"c": "x"}))
    hollow = firms().assign(s=lambda t: t["s"].where((t["g"] == "small") | (t["k"] < 3), "n"))
    one, other = r"'C\(k\)\[T.3\]:s\[T.n\]'", r"'C\(k\)\[T.3\]'"  # equal columns: which is named first is rounding
    with pytest.raises(ValueError, match=f"{one} is a combination of .*{other}|{other} is a combination of .*{one}"):
        estimate(hollow, "y ~ x + C(k)*s")
    rare = firms(200).assign(k=lambda t: np.where(t.groupby("g").cumcount() == 0, 4, 1))
    with pytest.raises(ValueError, match="bootstrap draws have a singular design"):
        estimate(rare, "y ~ x + C(k)").bootstrap(100)


@settings(max_examples=60, deadline=None)
@given(
    table=st.lists(
        st.tuples(
            st.sampled_from(["p", "q", "r", None]), st.sampled_from([0.0, 1.0, -1e300, np.inf, np.nan, 2.5]),
            st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([1, 1, 2, 3]),
            st.sampled_from([1.0, 1.0, 2.0, 1e-300, 0.0, -1.0]),
        ), max_size=40,
    ),
    options=st.fixed_dictionaries({
        "reference": st.sampled_from([*REFERENCES, "nobody", -1, None]), "missing": st.sampled_from(["drop", "raise"]),
        "weights": st.sampled_from([None, "w"]), "cluster": st.sampled_from([None, "k"]),
        "normalise": st.sampled_from([None, "k", "x"]),
    }),
)  # fmt: skip
def test_fuzzed_input_gives_a_result_or_a_value_error(table, options):
    frame = pd.DataFrame(table, columns=["g", "x", "y", "k", "w"]).astype({"g": object})
    try:
        result = oaxaca_blinder("y ~ x + C(k)", frame, group="g", **options)
    except ValueError as error:
        assert len(str(error)) > 20
    else:
        assert np.isfinite(result.tidy()["std_error"]).all()
