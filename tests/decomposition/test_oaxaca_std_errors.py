"""Standard errors of Blinder-Oaxaca against independent computations and the bootstrap; which are not reliable."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis import engine
from analysis.decomposition import oaxaca_design
from analysis.decomposition.oaxaca_moments import Moments
from analysis.decomposition.oaxaca_units import units
from tests.decomposition.oaxaca_cases import FORMULA, REFERENCES, by_hand, estimate, firms, parts, terms


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


def test_reliability_sees_fat_tails_and_nothing_else():
    good = estimate(firms(3_000), "y ~ x", cluster="c")
    assert good.reliability()["units"].iloc[0] == 30 and good.reliability()["reliable"].all()
    draw = np.random.default_rng(0)
    fat = firms(2_000).assign(y=lambda t: t["x"] + draw.pareto(1.06, len(t)))
    assert not estimate(fat, "y ~ x").reliability().set_index("component")["reliable"]["difference"]
    few = firms(400).assign(w=lambda t: np.where(t.index < 20, 1e4, 1.0))
    assert not estimate(few, "y ~ x", weights="w").reliability()["reliable"].any()
    assert "unreliable" in estimate(few, "y ~ x", weights="w").summary()
