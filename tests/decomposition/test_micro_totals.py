"""Shift-share and Kitagawa on rows of firms: the numbers of published tables, with standard errors."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.decomposition import micro
from analysis.decomposition.gaps import kitagawa, kitagawa_parts
from analysis.decomposition.growth import shift_share
from analysis.decomposition.shift_share_methods import annual_factor
from analysis.gradients import differentiate

METHODS = ["within-between", "three-term", "gead", "csls"]
KEYS = {"sector": "sector", "time": "year", "output": "output", "labour": "labour"}


def register(n=400, seed=0, middle=True, prices="sector", stay=0.9):
    """Synthetic firms at two ends (and between), most of them lasting, some moving between sectors."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "firm": np.arange(n), "land": np.where(np.arange(n) % 3 == 0, "x", "y"), "zone": rng.choice(["n", "s"], n),
        "sector": rng.choice(["farm", "plant", "shop"], n, p=[0.2, 0.3, 0.5]), "size": rng.lognormal(2, 0.7, n),
        "skill": rng.lognormal(0, 0.4, n),
    })  # fmt: skip
    parts = []
    for year in (2000, 2005, 2010) if middle else (2000, 2010):
        now = frame.assign(year=year)
        now["output"] = now["size"] * now["skill"] * rng.lognormal(0.03 * (year - 2000), 0.1, n)
        now["output"] *= now["sector"].map({"farm": 0.5, "plant": 2.0, "shop": 1.0})
        now["labour"] = now["size"] * rng.lognormal(0, 0.1, n)
        if year == 2010:
            moved = rng.random(n) < 0.05
            now.loc[moved, "sector"] = rng.choice(["farm", "plant", "shop"], moved.sum())
        parts.append(now[rng.random(n) < stay])
    rows = pd.concat(parts, ignore_index=True)
    base = rows["sector"].map({"farm": 1.0, "plant": 0.9, "shop": 1.1}) * np.where(rows["year"] == 2010, 1.3, 1.0)
    rows["price"] = base if prices == "sector" else base * rng.lognormal(0, 0.1, len(rows))
    rows["village"] = rows["firm"] % 50
    rows["fraction"] = np.where(rows["zone"] == "n", 0.3, 0.6)
    return rows.drop(columns=["size", "skill"])


def run(rows, method="within-between", **options):
    options = {"firm": "firm", **options}
    return shift_share(rows, **KEYS, method=method, price="price" if method == "gead" else None, **options)


def added_up(rows, by=()):
    held = rows.assign(value=rows["price"] * rows["output"])
    held = held.groupby([*by, "sector", "year"])[["output", "labour", "value"]].sum().reset_index()
    return held.assign(price=held["value"] / held["output"])


def numbers(result, detail=False):
    table = result.tidy(detail)
    return table.set_index([c for c in table if c in (*result.by, "component", "term")])["estimate"]


@given(
    st.integers(0, 10_000), st.sampled_from(METHODS), st.booleans(), st.sampled_from([(), ("land",)]),
    st.sampled_from(["sector", "firm"]),
)  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_the_numbers_are_those_of_the_published_table(seed, method, annualised, by, prices):
    rows = register(120, seed, prices=prices)
    options = {"annualised": annualised, "by": list(by)}
    one, table = run(rows, method, **options), added_up(rows, by)
    other = run(table, method, firm=None, **options)
    for detail in (False, True):
        pd.testing.assert_series_equal(numbers(one, detail), numbers(other, detail), rtol=1e-9, atol=1e-11)
    assert "std_error" in one.tidy() and "std_error" in one.tidy(detail=True) and "std_error" not in other.tidy()
    assert one.about.compared == other.about.compared and one.about.title == other.about.title
    moved = rows.sample(frac=1, random_state=1).assign(labour=rows["labour"] * 7, firm=rows["firm"].astype(str) + "k")
    again = run(moved, method, **options).tidy()
    np.testing.assert_allclose(again["std_error"], one.tidy()["std_error"], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "design", "by"),
    [
        ("within-between", {}, []), ("three-term", {}, ["land"]), ("gead", {"cluster": "village"}, []),
        ("csls", {"strata": "zone"}, ["land"]), ("gead", {"population": "finite", "sampling": 0.4}, ["land"]),
        ("within-between", {"population": "finite"}, []),
        ("csls", {"strata": "zone", "population": "finite", "sampling": "fraction"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_engines_agree(method, design, by):
    rows = register(300, prices="firm")
    connection = duckdb.connect()
    connection.register("t", rows)
    tables = [pl.from_pandas(rows), pl.from_pandas(rows).to_arrow(), connection.sql("select * from t"),
              ibis.memtable(rows)]  # fmt: skip
    one = run(rows, method, by=by, annualised=True, **design)
    for other in tables if method == "within-between" else tables[2:]:
        other = run(other, method, by=by, annualised=True, **design)
        for detail in (False, True):
            a, b = one.tidy(detail), other.tidy(detail)
            pd.testing.assert_frame_equal(a, b, check_dtype=False, rtol=1e-8, atol=1e-12)
        pd.testing.assert_frame_equal(one.reliability(), other.reliability(), check_dtype=False)
        assert one.summary() == other.summary()


def test_a_firm_seen_twice_is_one_draw():
    rows = register(800, stay=1.0, middle=False)
    rows["village"] = np.arange(len(rows)) % 50
    lasting = run(rows).tidy().set_index("component")["std_error"]
    strangers = run(rows.assign(firm=np.arange(len(rows)))).tidy().set_index("component")["std_error"]
    assert (lasting[["within", "total"]] < strangers[["within", "total"]] / 2).all()
    held = run(rows).reliability()
    assert (held["units"] == 800).all()
    one_year = rows[rows["year"] == 2010]["labour"]
    effective = one_year.sum() ** 2 / (one_year**2).sum()
    assert held["effective_firms"].to_numpy() == pytest.approx(effective, rel=0.05)
    assert "clusters (firm)" in run(rows).summary()


@pytest.mark.parametrize("method", METHODS)
def test_the_bootstrap_agrees(method):
    rows = register(1500, seed=4, middle=False)
    ratio = run(rows, method, annualised=True).bootstrap(2000, seed=1)["ratio"]
    assert ratio.between(0.93, 1.07).all(), ratio


def test_errors_of_sectors_are_those_of_a_resample():
    rows = register(300, seed=2, middle=False)
    detail = numbers(run(rows), detail=True)
    table = run(rows).tidy(detail=True).set_index(["component", "term"])["std_error"]
    rng, ids, draws = np.random.default_rng(0), rows["firm"].unique(), []
    for _ in range(200):
        drawn = pd.Series(rng.choice(ids, len(ids))).value_counts()
        again = rows.merge(drawn.rename_axis("firm").rename("times").reset_index(), on="firm")
        again = again.assign(output=again["output"] * again["times"], labour=again["labour"] * again["times"])
        draws.append(numbers(run(added_up(again), firm=None), detail=True))
    spread = pd.concat(draws, axis=1).std(axis=1)
    np.testing.assert_allclose(table[detail.index], spread[detail.index], rtol=0.25)


@pytest.mark.parametrize("method", METHODS)
def test_the_gradient_is_that_of_central_differences(method):
    rows = register(60, middle=False)
    options = {"method": method, "annualised": True, "price": "price" if method == "gead" else None, "by": []}
    held = micro.shift_share(rows, **KEYS, **options, firm="firm", design=micro.engine.Design("firm"), missing="raise")
    cells = held.table.sort_values(["sector", "year"])
    keys = cells[["sector", "year"]].set_axis(["sector", "time"], axis=1).reset_index(drop=True)
    columns = ["output", "labour"]
    totals = cells[columns].to_numpy()
    if method == "gead":
        totals = np.column_stack([totals, cells["output"] * cells["price"]])
    _, _, gradient = differentiate(held.statistic, totals, keys)
    for at in np.ndindex(totals.shape):
        step = 1e-6 * totals[at]
        ends = []
        for sign in (1, -1):
            moved = totals.copy()
            moved[at] += sign * step
            ends.append(differentiate(held.statistic, moved, keys)[1])
        slope = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(gradient[at[0], :, at[1]], slope, rtol=1e-5, atol=1e-9)


def test_the_annual_factor_has_a_limit_with_its_slope():
    for growth in (0.0, 1e-13, 1e-7, 0.5):
        step = 1e-20
        moved = annual_factor(np.array(growth + 1j * step), 10.0)
        value, slope = moved.real, moved.imag / step
        assert value == pytest.approx(((1 + growth) ** 0.1 - 1) / growth if growth > 1e-6 else 0.1, rel=1e-6)
        assert slope == pytest.approx(-0.045 if growth < 1e-6 else -0.0200, rel=0.35)


def test_coverage():
    rng = np.random.default_rng(11)
    truth, hits, reps = None, {}, 200
    size = np.random.default_rng(0).lognormal(1, 0.5, 400_000)
    for rep in range(reps + 1):
        n = 400_000 if rep == 0 else 1000
        sizes = size if rep == 0 else rng.choice(size, n)
        sector = rng.choice(["a", "b"], n)
        skill = rng.lognormal(np.where(sector == "a", 0.0, 0.5), 0.3, n)
        first = pd.DataFrame({"firm": np.arange(n), "sector": sector, "year": 0, "labour": sizes})
        first["output"] = sizes * skill
        grown = sizes * rng.lognormal(np.where(sector == "a", 0.0, 0.3), 0.2, n)
        last = first.assign(year=1, labour=grown, output=grown * skill * rng.lognormal(0.2, 0.2, n))
        rows = pd.concat([first, last], ignore_index=True)
        if rep == 0:
            table = rows.groupby(["sector", "year"])[["output", "labour"]].sum().reset_index()
            truth = numbers(shift_share(table, **KEYS))
            continue
        got = run(rows).tidy().set_index("component")
        for name, value in truth.items():
            hits[name] = hits.get(name, 0) + (got.loc[name, "conf_low"] <= value <= got.loc[name, "conf_high"])
    assert all(0.9 <= count / reps <= 0.99 for count in hits.values()), hits


def test_errors_of_shift_share():
    rows = register(60)
    for option in ({"cluster": "village"}, {"strata": "zone"}, {"population": "finite"}, {"sampling": 0.2}):
        name = next(iter(option))
        with pytest.raises(ValueError, match=f"{name}=.* needs firm="):
            run(added_up(rows), firm=None, **option)
    twice = pd.concat([rows, rows.iloc[:1]])
    for source in (twice, ibis.memtable(twice)):
        with pytest.raises(ValueError, match=r"firm='firm': 1 firms have more than one row at one time, such as 0"):
            run(source)
    wild = rows.assign(village=rows["village"].where(rows["year"] == 2000, 99))
    for source in (wild, ibis.memtable(wild)):
        with pytest.raises(ValueError, match=r"cluster='village': .* change it between the end points"):
            run(source, cluster="village")
    with pytest.raises(ValueError, match=r"strata='village': "):
        run(wild, strata="village")
    low = rows.assign(labour=rows["labour"].where(rows.index > 0, -1.0))
    for source in (low, ibis.memtable(low)):
        with pytest.raises(ValueError, match=r"labour='labour' must not be negative; it goes down to -1"):
            run(source)
    with pytest.raises(ValueError, match="only at 2010: shop"):
        run(rows[(rows["sector"] != "shop") | (rows["year"] == 2010)])
    with pytest.raises(ValueError, match="has only 2000"):
        run(rows[rows["year"] == 2000])
    with pytest.raises(ValueError, match=r"'labour' must be positive; it is 0 at sector='farm'"):
        run(rows.assign(labour=rows["labour"].where(rows["sector"] != "farm", 0.0)))
    with pytest.raises(ValueError, match=r"output of sector|output='output' of sector 'farm'"):
        run(rows.assign(output=rows["output"].where(rows["sector"] != "farm", -1.0)), "gead")
    with pytest.raises(ValueError, match=r"price='price'.*must be positive"):
        run(rows.assign(price=rows["price"].where(rows.index > 3, 0.0)), "gead")
    with pytest.raises(ValueError, match="no such column"):
        run(rows, firm="frim")
    with pytest.raises(ValueError, match="annualised=True needs time"):
        run(rows.assign(year=rows["year"].astype(str)), annualised=True)
    with pytest.raises(ValueError, match="missing values in 'output'"):
        run(rows.assign(output=rows["output"].where(rows.index > 3)))
    text = run(rows.assign(output=rows["output"].where(rows.index > 3)), missing="drop").summary()
    middle = int((rows["year"] == 2005).sum())
    assert "4 with missing values" in text and f"{middle:,} between the end points" in text


# Kitagawa


def persons(n=900, seed=0):
    rng = np.random.default_rng(seed)
    sex, size = rng.choice(["f", "m"], n), rng.choice(["small", "mid", "large"], n)
    wage = rng.lognormal(0.2 * (sex == "m") + 0.3 * (size == "large"), 0.5)
    return pd.DataFrame({
        "sex": sex, "size": size, "wage": wage, "w": rng.uniform(0.5, 3, n), "village": rng.integers(0, 50, n),
        "zone": rng.choice(["n", "s"], n),
    })  # fmt: skip


def gap(rows, weight="w", **options):
    options = {"microdata": True, "reference": "m", **options}
    return kitagawa(rows, group="sex", category="size", rate="wage", weight=weight, **options)


@pytest.mark.parametrize("weight", ["w", None])
def test_kitagawa_of_persons_is_that_of_their_table(weight):
    rows = persons().assign(one=1.0)
    cells = rows.assign(w=rows[weight or "one"], p=lambda t: t["w"] * t["wage"]).groupby(["sex", "size"])
    table = cells[["w", "p"]].sum().reset_index().assign(wage=lambda t: t["p"] / t["w"])
    one, other = gap(rows, weight), gap(table, microdata=False)
    for detail in (False, True):
        pd.testing.assert_series_equal(numbers(one, detail), numbers(other, detail), rtol=1e-10)
    assert one.tidy(detail=True)["std_error"].gt(0).all()


def test_one_category_is_a_difference_of_means():
    rows = persons().assign(size="all")
    got = gap(rows, None).tidy().set_index("component")
    sides = [rows.loc[rows["sex"] == s, "wage"] for s in "fm"]
    variance = sum(((side - side.mean()) ** 2).sum() / len(side) ** 2 for side in sides) * len(rows) / (len(rows) - 1)
    assert got.loc["total", "estimate"] == pytest.approx(sides[0].mean() - sides[1].mean())
    assert got.loc["total", "std_error"] == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert got.loc["composition", "std_error"] == pytest.approx(0, abs=1e-12)


CENSUS = {"population": "finite"}


@pytest.mark.parametrize(
    "design",
    [{}, {"cluster": "village"}, {"strata": "zone"}, {"population": "finite", "sampling": 0.3}, CENSUS],
    ids=str,
)
def test_kitagawa_engines_agree(design):
    rows = persons(400)
    connection = duckdb.connect()
    connection.register("t", rows)
    one = gap(rows, **design)
    for table in (pl.from_pandas(rows), connection.sql("select * from t"), ibis.memtable(rows)):
        other = gap(table, **design)
        for detail in (False, True):
            a, b = one.tidy(detail), other.tidy(detail)
            pd.testing.assert_frame_equal(a, b, rtol=1e-9, atol=1e-13, check_dtype=False)
    ratio = one.bootstrap(2000)["ratio"].dropna()
    assert ratio.between(0.92, 1.08).all()


def test_kitagawa_gradient_and_unit():
    rows = persons(200)
    rows.attrs["unit"] = {"wage": "won an hour"}
    assert gap(rows).tidy()["unit"].unique().tolist() == ["won an hour"]
    held = micro.kitagawa(
        rows, group="sex", category="size", rate="wage", weight="w", reference="m", parts=kitagawa_parts,
        design=micro.engine.Design(), missing="raise",
    )  # fmt: skip
    cells = held.table.sort_values(["sex", "size"])
    keys = cells[["sex", "size"]].set_axis(["group", "category"], axis=1).reset_index(drop=True)
    totals = np.column_stack([cells["w"], cells["w"] * cells["wage"]])
    _, _, gradient = differentiate(held.statistic, totals, keys)
    for at in np.ndindex(totals.shape):
        ends = []
        for sign in (1e-4, -1e-4):
            moved = totals.copy()
            moved[at] += sign
            ends.append(differentiate(held.statistic, moved, keys)[1])
        np.testing.assert_allclose(gradient[at[0], :, at[1]], (ends[0] - ends[1]) / 2e-4, rtol=1e-5, atol=1e-9)


def test_errors_of_kitagawa():
    rows = persons(60)
    with pytest.raises(ValueError, match="weight= is needed"):
        gap(rows, None, microdata=False)
    with pytest.raises(ValueError, match="cluster='village' needs microdata=True"):
        gap(rows, microdata=False, cluster="village")
    with pytest.raises(ValueError, match="microdata=1"):
        gap(rows, microdata=1)
    with pytest.raises(ValueError, match="more than one row"):
        gap(rows, microdata=False)
    with pytest.raises(ValueError, match="'large' only in group 'f'"):
        gap(rows[(rows["size"] != "large") | (rows["sex"] == "f")])
    with pytest.raises(ValueError, match="exactly two groups"):
        gap(rows[rows["sex"] == "f"])
    with pytest.raises(ValueError, match="reference='x'"):
        gap(rows, reference="x")
    for weight in (0.0, -2.0):
        with pytest.raises(ValueError, match=r"weight='w'.*must be positive"):
            gap(rows.assign(w=rows["w"].where(rows.index > 0, weight)))
    with pytest.raises(ValueError, match="infinite"):
        gap(rows.assign(wage=rows["wage"].where(rows.index > 0, np.inf)))
