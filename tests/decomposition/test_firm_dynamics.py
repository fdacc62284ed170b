"""Firm dynamics: definitions, identities, invariances, standard errors, errors. Data are synthetic."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import gradients
from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.firm_dynamics_methods import METHODS, components
from analysis.engine.pairing import Paired

NAMES = {"firm": "firm", "time": "year", "productivity": "tfp", "weight": "jobs"}
WEIGHTED = [name for name in METHODS if name != "melitz-polanec"]


def panel(seed=0, count=300, years=(2010, 2011, 2012), stay=0.75):
    """Firms that come and go at random, in rows without order."""
    generator = np.random.default_rng(seed)
    level, town = generator.normal(3, 1, count), generator.integers(0, 40, count)
    frames = []
    for year in years:
        here = np.flatnonzero(generator.random(count) < stay)
        frames.append(pd.DataFrame({
            "firm": here, "year": year, "tfp": level[here] + generator.normal(0.1 * (year - 2010), 0.3, here.size),
            "jobs": np.exp(generator.normal(1 + 0.2 * level[here], 0.8)), "group": np.array(list("abc"))[here % 3],
            "town": town[here], "size": np.where(level[here] > 3, "x", "y"),
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True).sample(frac=1, random_state=seed)


def estimates(table, method, **options):
    return firm_dynamics(table, **NAMES, method=method, **options).tidy()


def by_hand(table, method):
    """The textbook formulas for two times, firm by firm."""
    (t1, first), (t2, second) = ((t, one.set_index("firm")) for t, one in table.groupby("year"))
    s1, s2 = first["jobs"] / first["jobs"].sum(), second["jobs"] / second["jobs"].sum()
    p1, p2 = first["tfp"], second["tfp"]
    stay, new, gone = p1.index.intersection(p2.index), p2.index.difference(p1.index), p1.index.difference(p2.index)
    whole1, whole2 = s1 @ p1, s2 @ p2
    r1, r2 = s1[stay] / s1[stay].sum(), s2[stay] / s2[stay].sum()
    if method == "melitz-polanec":
        mean1, mean2 = p1[stay].mean(), p2[stay].mean()
        within = mean2 - mean1
        between = ((r2 - 1 / len(stay)) * (p2[stay] - mean2)).sum() - ((r1 - 1 / len(stay)) * (p1[stay] - mean1)).sum()
    elif method == "diewert-fox":
        within = ((r1 + r2) / 2 * (p2[stay] - p1[stay])).sum()
        between = ((r2 - r1) * (p1[stay] + p2[stay]) / 2).sum()
    if method in ("melitz-polanec", "diewert-fox"):
        survivors1, survivors2 = r1 @ p1[stay], r2 @ p2[stay]
        entry = s2[new].sum() * ((s2[new] @ p2[new]) / s2[new].sum() - survivors2) if len(new) else 0.0
        leave = s1[gone].sum() * (survivors1 - (s1[gone] @ p1[gone]) / s1[gone].sum()) if len(gone) else 0.0
        return {"within": within, "between": between, "entry": entry, "exit": leave, "total": whole2 - whole1}
    moved, shifted = p2[stay] - p1[stay], s2[stay] - s1[stay]
    reference = {"foster-haltiwanger-krizan": whole1, "griliches-regev": (whole1 + whole2) / 2,
                 "baily-hulten-campbell": 0.0}[method]  # fmt: skip
    turnover = {"entry": (s2[new] * (p2[new] - reference)).sum(), "exit": -(s1[gone] * (p1[gone] - reference)).sum(),
                "total": whole2 - whole1}  # fmt: skip
    if method == "foster-haltiwanger-krizan":
        between = shifted @ (p1[stay] - whole1)
        return {"within": s1[stay] @ moved, "between": between, "cross": shifted @ moved, **turnover}
    if method == "griliches-regev":
        between = shifted @ ((p1[stay] + p2[stay]) / 2 - reference)
        return {"within": (s1[stay] + s2[stay]) / 2 @ moved, "between": between, **turnover}
    return {"within": s1[stay] @ moved, "between": shifted @ p2[stay], **turnover}


@st.composite
def tables(draw):
    """Two to four times, at least two survivors from each to the next, others there or not."""
    count, times = draw(st.integers(3, 7)), draw(st.integers(2, 4))
    here = draw(st.lists(st.booleans(), min_size=count * times, max_size=count * times))
    here = np.array(here).reshape(times, count) | (np.arange(count) < 2)
    time, firm = np.nonzero(here)
    rows = {"firm": firm, "year": 2000 + 2 * time}
    for name, low, high in (("tfp", -20, 20), ("jobs", 0.1, 50)):
        rows[name] = draw(st.lists(st.floats(low, high), min_size=len(firm), max_size=len(firm)))
    return pd.DataFrame(rows)


@settings(max_examples=25, deadline=None)
@given(table=tables(), method=st.sampled_from(list(METHODS)))
def test_definitions_and_adding_up(table, method):
    got = estimates(table, method)
    years = sorted(table["year"].unique())
    assert sorted(got["year"].unique()) == years[1:]
    for before, after in zip(years, years[1:], strict=False):
        want = by_hand(table[table["year"].isin([before, after])], method)
        mine = got[got["year"] == after].set_index("component")["estimate"]
        assert list(mine.index) == list(want)
        assert mine.to_numpy() == pytest.approx(list(want.values()), abs=1e-9)
        assert mine.drop("total").sum() == pytest.approx(mine["total"], abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(table=tables(), method=st.sampled_from(list(METHODS)), factor=st.floats(0.01, 100), scale=st.floats(0.1, 10),
       shift=st.floats(-10, 10), seed=st.integers(0, 99))  # fmt: skip
def test_invariance(table, method, factor, scale, shift, seed):
    shift = 0.0 if method == "baily-hulten-campbell" else shift
    names = {firm: f"firm {firm * 7 % 11}" for firm in range(8)}
    other = table.assign(jobs=table["jobs"] * factor, tfp=shift + scale * table["tfp"], firm=table["firm"].map(names))
    got, want = (estimates(one, method) for one in (other.sample(frac=1, random_state=seed), table))
    assert got["estimate"].to_numpy() == pytest.approx(scale * want["estimate"].to_numpy(), abs=1e-8)
    assert got["std_error"].to_numpy() == pytest.approx(scale * want["std_error"].to_numpy(), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_nobody_enters_or_leaves(method):
    table = panel(stay=2.0)
    got = estimates(table, method).set_index(["year", "component"])
    turnover = got.loc[pd.IndexSlice[:, ["entry", "exit"]], ["estimate", "std_error"]]
    assert (turnover.to_numpy() == 0).all()
    assert (got.drop(["entry", "exit"], level=1)["std_error"] > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_row_split_in_two(method):
    """Two firms of half the weight: sums of weights do not see it, an unweighted mean does."""
    table = panel()
    big = table["firm"] == table.loc[table["jobs"].idxmax(), "firm"]
    halves = [table[big].assign(jobs=table["jobs"] / 2, firm=number) for number in (10_000, 10_001)]
    split = pd.concat([table[~big], *halves])
    before, after = (estimates(one, method)["estimate"].to_numpy() for one in (table, split))
    assert (after == pytest.approx(before, abs=1e-12)) == (method in WEIGHTED)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("options", [{}, {"cluster": "town"}], ids=str)
def test_by_equals_looping(method, options):
    table = panel()
    # one group has fewer times, and firms move between groups
    table = table[(table["group"] != "a") | (table["year"] != 2011)]
    moves = (table["firm"] % 9 == 2) & (table["year"] == 2011)
    table = table.assign(group=table["group"].where(~moves, "c"))
    together = estimates(table, method, by="group", **options)
    for group, one in table.groupby("group"):
        mine = together[together["group"] == group].drop(columns="group").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, estimates(one, method, **options), rtol=1e-9)
    assert sorted(together.loc[together["group"] == "a", "year"].unique()) == [2012]


def test_several_groups_in_one_table():
    result = firm_dynamics(panel(), **NAMES, by=["group", "size"])
    assert list(result.tidy().columns[:4]) == ["group", "size", "year", "component"]
    assert len(result.tidy()) == 3 * 2 * 2 * 5


@pytest.mark.parametrize("method", METHODS)
def test_every_row_of_the_gradient(method):
    statistic = Paired(METHODS[method].survivors, lambda t: components(METHODS[method], t)).statistic
    point = np.random.default_rng(1).uniform(5, 50, (4, len(statistic.totals)))
    labels, value, gradient = gradients.differentiate(statistic, point)
    for j in range(point.shape[1]):
        step = 1e-5 * point[:, j]
        moved = []
        for sign in (1, -1):
            other = point.copy()
            other[:, j] += sign * step
            moved.append(statistic.evaluate(other))
        numeric = np.stack([(moved[0][name] - moved[1][name]) / (2 * step) for name in labels], axis=1)
        assert gradient[:, :, j] == pytest.approx(numeric, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_bootstrap_agrees(method):
    checks = firm_dynamics(panel(count=600, years=(2010, 2011)), **NAMES, method=method).bootstrap(2_000, seed=1)
    assert checks["ratio"].to_numpy() == pytest.approx(1, abs=0.08)


def test_bootstrap_of_clusters_agrees():
    result = firm_dynamics(panel(count=2_000, years=(2010, 2011)), **NAMES, cluster="town")
    assert result.bootstrap(2_000, seed=1)["ratio"].to_numpy() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_cover(method):
    """Three hundred samples of 500 firms, with replacement, from a synthetic population that is known."""
    generator = np.random.default_rng(5)
    population = panel(seed=3, count=20_000, years=(2010, 2011))
    truth = estimates(population, method).set_index("component")["estimate"]
    drawn = pd.DataFrame({"firm": generator.integers(0, 20_000, 300 * 500), "sample": np.repeat(np.arange(300), 500)})
    drawn["id"] = np.arange(len(drawn))
    samples = drawn.merge(population, on="firm").drop(columns="firm").rename(columns={"id": "firm"})
    got = estimates(samples, method, by="sample")
    inside = (got["conf_low"] <= got["component"].map(truth)) & (got["component"].map(truth) <= got["conf_high"])
    assert inside.groupby(got["component"]).mean().to_numpy() == pytest.approx(0.95, abs=0.04)


def test_errors_fall_with_the_number_of_firms():
    few, many = (estimates(panel(seed=2, count=n), "melitz-polanec")["std_error"].mean() for n in (400, 6_400))
    assert few / many == pytest.approx(4, rel=0.25)


def test_clusters_of_one_firm_are_the_firms():
    table = panel()
    alone, clustered = (firm_dynamics(table, **NAMES, cluster=cluster) for cluster in (None, "firm"))
    assert clustered.tidy()["std_error"].to_numpy() == pytest.approx(alone.tidy()["std_error"].to_numpy())
    assert "clusters (firm)" in str(clustered) and "firms (firm)" in str(alone)


def test_a_census_has_no_error():
    result = firm_dynamics(panel(), **NAMES, population="finite")
    assert (result.tidy()["std_error"] == 0).all() and "census" in str(result)
    half = firm_dynamics(panel(), **NAMES, population="finite", sampling=0.75).tidy()["std_error"]
    whole = firm_dynamics(panel(), **NAMES).tidy()["std_error"]
    assert half.to_numpy() == pytest.approx(whole.to_numpy() / 2)


def test_words():
    table = panel(years=(2010, 2012, 2013)).assign(tfp=lambda t: t["tfp"].where(t.index != 5))
    table.attrs["unit"] = {"tfp": "log points"}
    result = firm_dynamics(table, **NAMES, missing="drop", specifications={
        "fhk": firm_dynamics(table, **NAMES, missing="drop", method="foster-haltiwanger-krizan")})  # fmt: skip
    text = str(result)
    for words in ("2010 to 2012, 2012 to 2013", "column year names the later", "1 with missing values", "fhk",
                  "Melitz and Polanec 2015", "one row per firm", f"{len(table) - 1:,} rows used"):  # fmt: skip
        assert words in text
    assert result.plot().get_xlabel() == "log points"


def test_dates_are_times():
    table = panel().assign(year=lambda t: pd.to_datetime(t["year"].astype(str)))
    result = firm_dynamics(table, **NAMES)
    assert "2010-01-01 to 2011-01-01" in str(result)
    want = estimates(panel(), "melitz-polanec")["estimate"].to_numpy()
    assert result.tidy()["estimate"].to_numpy() == pytest.approx(want)


def test_a_method_that_needs_no_survivors():
    table = pd.DataFrame({"firm": [1, 2, 3, 4], "year": [0, 0, 1, 1], "tfp": [1.0, 2, 4, 6], "jobs": 1.0})
    got = estimates(table, "foster-haltiwanger-krizan").set_index("component")["estimate"]
    assert got.to_dict() == {"within": 0, "between": 0, "cross": 0, "entry": 3.5, "exit": 0, "total": 3.5}
    for method in ("melitz-polanec", "diewert-fox"):
        message = f"method='{method}' needs firms .* none in {{'year': 1}}.*griliches-regev"
        with pytest.raises(ValueError, match=message):
            estimates(table, method)
