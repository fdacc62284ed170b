"""Generalised entropy: known distributions, identities, invariances, engines, errors, and its standard errors."""

from decimal import Decimal, getcontext

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.decomposition.inequality import divergence, generalised_entropy
from analysis.gradients import differentiate

ALPHAS = [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0]


def people(n=600, seed=0, spread=0.7):
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b", "c"], n)
    return pd.DataFrame({
        "income": rng.lognormal(np.where(group == "a", 0.4, 0.0), spread), "w": rng.uniform(0.2, 5, n), "group": group,
        "land": rng.choice(["x", "y"], n), "village": rng.integers(0, 60, n), "zone": rng.choice(["n", "s"], n),
    }).assign(fraction=lambda t: np.where(t["zone"] == "n", 0.3, 0.5))  # fmt: skip


def plain(y, w, alpha):
    """The textbook formulas, one by one."""
    s, z = w / w.sum(), y / np.average(y, weights=w)
    if alpha == 1:
        return float(s @ np.where(z > 0, z * np.log(np.where(z > 0, z, 1)), 0))
    if alpha == 0:
        return float(-s @ np.log(z))
    return float((s @ z**alpha - 1) / (alpha * (alpha - 1)))


def textbook(y, w, g, alpha):
    """Within, between and total from the index of each group and of the group means."""
    mean = np.average(y, weights=w)
    within, means = 0.0, y.astype(float).copy()
    for name in np.unique(g):
        mine = g == name
        share, own = w[mine].sum() / w.sum(), np.average(y[mine], weights=w[mine])
        means[mine] = own
        within += share * (own / mean) ** alpha * (plain(y[mine], w[mine], alpha) if own > 0 else 0)
    return {"within": within, "between": plain(means, w, alpha), "total": plain(y, w, alpha)}


def estimates(result):
    return result.tidy().set_index("component")["estimate"].to_dict()


@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_textbook_formulas(alpha):
    t = people()
    got = estimates(generalised_entropy(t, value="income", weight="w", group="group", alpha=alpha))
    assert got == pytest.approx(textbook(*(t[c].to_numpy() for c in ("income", "w", "group")), alpha), rel=1e-12)
    alone = generalised_entropy(t, value="income", weight="w", alpha=alpha)
    assert alone.tidy()["component"].tolist() == ["total"] and "share" not in alone.tidy()
    assert estimates(alone)["total"] == pytest.approx(got["total"], rel=1e-12)
    even = estimates(generalised_entropy(t, value="income", group="group", alpha=alpha))
    ones = np.ones(len(t))
    assert even == pytest.approx(textbook(t["income"].to_numpy(), ones, t["group"].to_numpy(), alpha), rel=1e-12)


@pytest.mark.parametrize("alpha", [-1.0, 0.0, 0.5, 1.0, 1.5])
def test_lognormal(alpha):
    sigma, n = 0.5, 20_000
    y = np.exp(sigma * stats.norm.ppf((np.arange(n) + 0.5) / n))
    power = alpha * (alpha - 1)
    truth = sigma**2 / 2 if power == 0 else np.expm1(power * sigma**2 / 2) / power
    got = estimates(generalised_entropy(pd.DataFrame({"y": y}), value="y", alpha=alpha))
    assert got["total"] == pytest.approx(truth, rel=2e-3)


def test_pareto():
    a, n = 4.0, 200_000
    table = pd.DataFrame({"y": ((np.arange(n) + 0.5) / n) ** (-1 / a)})
    theil = estimates(generalised_entropy(table, value="y", alpha=1))["total"]
    assert theil == pytest.approx(np.log((a - 1) / a) + 1 / (a - 1), rel=5e-3)
    log_deviation = estimates(generalised_entropy(table, value="y", alpha=0))["total"]
    assert log_deviation == pytest.approx(np.log(a / (a - 1)) - 1 / a, rel=5e-3)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1 + 1e-7, 1.5, 2.0])
def test_zeros(alpha):
    toy = pd.DataFrame({"y": [0, 0, 0, 10, 10, 10], "g": [0, 0, 0, 1, 1, 1]})
    got = generalised_entropy(toy, value="y", group="g", alpha=alpha)
    want = textbook(toy["y"].to_numpy(float), np.ones(6), toy["g"].to_numpy(), round(alpha, 6))
    assert estimates(got) == pytest.approx(want, abs=1e-6)
    assert got.tidy()["std_error"].notna().all()
    lazy = generalised_entropy(ibis.memtable(toy), value="y", group="g", alpha=alpha)
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(got.tidy()[name], lazy.tidy()[name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("alpha", [-2.0, -1e-5, 0.0, 1e-5, 0.3, 0.9999999, 1.0, 1.00005, 2.0, 4.5])
def test_the_divergence_is_smooth_in_alpha_and_in_the_value(alpha):
    getcontext().prec = 60
    for d in (-0.7, -0.0100001, -0.00999, -1e-7, 1e-9, 0.00999, 0.0100001, 0.8, 40.0):
        z, a = 1 + Decimal(d), Decimal(alpha)
        if alpha == 1:
            truth = z * z.ln() - (z - 1)
        elif alpha == 0:
            truth = (z - 1) - z.ln()
        else:
            truth = (z**a - 1 - a * (z - 1)) / (a * (a - 1))
        got = divergence(np.array([1 + d]), np.array([d]), alpha)[0]
        assert got == pytest.approx(float(truth), rel=1e-10)


def test_digits_survive_small_spread_and_large_values():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=400)
    noise -= noise.mean()
    table = pd.DataFrame({"y": 1e6 + noise, "land": "x"})
    truth = np.mean((noise / 1e6) ** 2) / 2
    for source in (table, ibis.memtable(table)):
        for by in (None, "land"):
            got = generalised_entropy(source, value="y", alpha=1, by=by).tidy()["estimate"].iloc[0]
            assert got == pytest.approx(truth, rel=1e-5)


@given(
    st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.1, 100), st.sampled_from("abc")), min_size=3, max_size=25),
    st.sampled_from(ALPHAS), st.floats(1e-3, 1e3),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_adding_up_and_invariances(rows, alpha, factor):
    table = pd.DataFrame(rows, columns=["y", "w", "g"])
    one = generalised_entropy(table, value="y", weight="w", group="g", alpha=alpha)
    got = estimates(one)
    scale = 1e-9 * max(1e-6, *map(abs, got.values()))
    assert got["within"] + got["between"] == pytest.approx(got["total"], abs=scale)
    assert min(got.values()) > -scale
    moved = table.assign(y=table["y"] * factor, w=table["w"] / factor, g=table["g"].str.upper()).iloc[::-1]
    other = generalised_entropy(moved, value="y", weight="w", group="g", alpha=alpha)
    assert estimates(other) == pytest.approx(got, rel=1e-7, abs=scale)
    errors = one.tidy()["std_error"]
    np.testing.assert_allclose(other.tidy()["std_error"], errors, rtol=1e-6, atol=1e-9 * max(1.0, errors.max()))
    detail = one.tidy(detail=True)
    assert (detail.loc[detail["component"] == "between", "estimate"] >= 0).all()
    halves = pd.concat([table.assign(w=table["w"] / 2)] * 2)
    assert estimates(generalised_entropy(halves, value="y", weight="w", group="g", alpha=alpha)) == pytest.approx(
        got, rel=1e-7, abs=scale
    )


def test_detail_by_group():
    t = people()
    result = generalised_entropy(t, value="income", weight="w", group="group", alpha=0)
    detail = result.tidy(detail=True)
    assert detail.columns.tolist() == [
        "component", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "share", "unit",
    ]  # fmt: skip
    mean = np.average(t["income"], weights=t["w"])
    for name, mine in t.groupby("group"):
        share = mine["w"].sum() / t["w"].sum()
        own = np.average(mine["income"], weights=mine["w"])
        want = {
            "within": share * plain(mine["income"].to_numpy(), mine["w"].to_numpy(), 0),
            "between": share * (-np.log(own / mean) + own / mean - 1),
        }
        got = detail[detail["term"] == name].set_index("component")["estimate"]
        assert got[["within", "between"]].to_dict() == pytest.approx(want, rel=1e-10)


def test_errors_of_terms_are_those_of_a_resample():
    t = people(400, seed=5)
    result = generalised_entropy(t, value="income", weight="w", group="group")
    detail = result.tidy(detail=True).set_index(["component", "term"])["std_error"]
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(150):
        again = t.iloc[rng.integers(0, len(t), len(t))]
        drawn = generalised_entropy(again, value="income", weight="w", group="group").tidy(detail=True)
        draws.append(drawn.set_index(["component", "term"])["estimate"])
    spread = pd.concat(draws, axis=1).std(axis=1)
    smooth = [label for label in detail.index if label[0] != "between"]
    np.testing.assert_allclose(detail[smooth], spread[smooth], rtol=0.25)
    check = result.bootstrap(4000, seed=2).set_index("component")["ratio"]
    assert check[["within", "total"]].between(0.95, 1.05).all()


ALL = {"cluster": "village", "strata": "zone", "population": "finite", "sampling": "fraction"}


@pytest.mark.parametrize(
    ("alpha", "design"),
    [
        *((alpha, {}) for alpha in (-1.0, 0.0, 0.3, 1.0, 2.0)),
        (1.0, {"cluster": "village"}), (0.0, {"strata": "zone"}),
        (2.0, {"population": "finite", "sampling": 0.2}), (1.0, {"population": "finite"}), (1.0, ALL),
    ],
    ids=str,
)  # fmt: skip
def test_engines_agree(alpha, design):
    t = people(500, seed=2)
    connection = duckdb.connect()
    connection.register("t", t)
    tables = [t, pl.from_pandas(t), pl.from_pandas(t).to_arrow(), connection.sql("select * from t"), ibis.memtable(t)]
    for by in (None, ["land"]):
        results = [
            generalised_entropy(x, value="income", weight="w", group="group", by=by, alpha=alpha, **design)
            for x in (tables if by else tables[::4])
        ]
        for other in results[1:]:
            for detail in (False, True):
                pd.testing.assert_frame_equal(
                    results[0].tidy(detail), other.tidy(detail), rtol=1e-9, atol=1e-13, check_dtype=False
                )
        connection_free = generalised_entropy(tables[4], value="income", by=by, alpha=alpha, **design)
        memory = generalised_entropy(t, value="income", by=by, alpha=alpha, **design)
        pd.testing.assert_frame_equal(memory.tidy(), connection_free.tidy(), rtol=1e-9, check_dtype=False)


def test_by_is_a_loop_and_groups_may_differ():
    t = people()
    t = t[~((t["land"] == "x") & (t["group"] == "c"))]
    whole = generalised_entropy(t, value="income", weight="w", group="group", by="land")
    for land, rows in t.groupby("land"):
        alone = generalised_entropy(rows, value="income", weight="w", group="group")
        for detail in (False, True):
            table = whole.tidy(detail)
            mine = table[table["land"] == land].drop(columns="land").reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, alone.tidy(detail))
    assert len(whole.tidy(detail=True)) == 3 * (2 + 3)


def test_the_gradient_is_that_of_central_differences():
    from analysis.decomposition.inequality import _statistic

    rng = np.random.default_rng(1)
    keys = pd.DataFrame({"group": ["a", "b", "c"]})
    weight, away = rng.uniform(1, 2, 3), rng.uniform(-0.5, 0.5, 3)
    totals = np.column_stack([weight, weight + away, away, rng.uniform(0.5, 1, 3)])
    for alpha in ALPHAS:
        statistic = _statistic(alpha, True, True)
        labels, _, gradient = differentiate(statistic, totals, keys)
        for g in range(3):
            for k in range(4):
                ends = []
                for step in (1e-6, -1e-6):
                    moved = totals.copy()
                    moved[g, k] += step
                    ends.append(differentiate(statistic, moved, keys)[1])
                np.testing.assert_allclose(gradient[g, :, k], (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-7)
    assert labels[:3] == ["within", "between", "total"]


def test_coverage():
    rng = np.random.default_rng(7)
    n, reps, sigma = 2000, 250, 0.4
    hits = dict.fromkeys(("within", "between", "total"), 0)
    shift = np.array([0.0, 0.5])
    mean = np.exp(shift + sigma**2 / 2)
    truth = {"between": plain(mean, np.ones(2), 1), "within": sigma**2 / 2}
    truth["total"] = truth["within"] + truth["between"]
    for _ in range(reps):
        g = rng.integers(0, 2, n)
        table = pd.DataFrame({"y": rng.lognormal(shift[g], sigma), "g": g})
        got = generalised_entropy(table, value="y", group="g", alpha=1).tidy().set_index("component")
        for name, value in truth.items():
            hits[name] += got.loc[name, "conf_low"] <= value <= got.loc[name, "conf_high"]
    assert all(0.91 <= count / reps <= 0.985 for count in hits.values()), hits


def test_errors_name_column_value_and_remedy():
    t = people(30)

    def run(table=t, **options):
        return generalised_entropy(table, **{"value": "income", **options})

    for alpha in ("1", True, np.nan, np.inf):
        with pytest.raises(ValueError, match="alpha"):
            run(alpha=alpha)
    zeros = t.assign(income=t["income"].where(t.index > 1, 0))
    for source in (zeros, ibis.memtable(zeros)):
        with pytest.raises(ValueError, match=r"alpha=0 needs positive values; column 'income' has 2 zeros.*above 0"):
            run(source, alpha=0)
        assert estimates(run(source, alpha=0.5))["total"] > 0
    low = t.assign(income=t["income"].where(t.index > 0, -1))
    for source in (low, ibis.memtable(low)):
        with pytest.raises(ValueError, match=r"'income' must not be negative; 1 values"):
            run(source, alpha=1)
    with pytest.raises(ValueError, match=r"'income' adds up to zero in \{'land': 'x'\}"):
        run(t.assign(income=t["income"].where(t["land"] == "y", 0)), by="land")
    for weight in (0.0, -1.0):
        with pytest.raises(ValueError, match=r"weight='w'.*must be positive"):
            run(t.assign(w=t["w"].where(t.index > 0, weight)), weight="w")
    with pytest.raises(ValueError, match="no such column; the table has 'income'"):
        run(group="grup")
    with pytest.raises(ValueError, match="missing values in 'income'"):
        run(t.assign(income=t["income"].where(t.index > 0)))
    dropped = run(t.assign(income=t["income"].where(t.index > 0)), missing="drop")
    assert "1 with missing values" in dropped.summary()
    with pytest.raises(ValueError, match="infinite"):
        run(t.assign(income=t["income"].where(t.index > 0, np.inf)))
    with pytest.raises(ValueError, match="one firm only"):
        run(t.iloc[:1])
    with pytest.raises(ValueError, match="component"):
        run(t.rename(columns={"land": "component"}), by="component")
    with pytest.raises(ValueError, match="has no detail"):
        run().tidy(detail=True)


def test_it_says_what_it_is():
    t = people(spread=0.4)
    text = generalised_entropy(t, value="income", weight="w", group="group", alpha=1).summary()
    assert "Theil T" in text and "super-population" in text and "Caution" not in text
    heavy = t.assign(income=np.where(t.index < 3, 1e5, t["income"]))
    assert "Caution" in generalised_entropy(heavy, value="income", alpha=2).summary()
    weighted = generalised_entropy(t, value="income", weight="w")
    strip = generalised_entropy(t, value="income", specifications={"weighted": weighted})
    assert len(strip.specifications) == 2
    with pytest.raises(ValueError, match="alpha 0"):
        generalised_entropy(t, value="income", specifications={"zero": generalised_entropy(t, value="income", alpha=0)})
