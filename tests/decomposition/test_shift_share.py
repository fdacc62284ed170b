"""Shift-share: published anchors, identities, invariances, errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an

SOURCES = Path(__file__).parents[2] / ".." / "shared" / "sources" / "sector"
ETD = SOURCES / "ggdc_etd" / "etd-release2021.xlsx"
APO = SOURCES / "apo_korea_2025" / "apo_pdb2025v1_korea_9ind_1970_2023.csv"
KEYS = {"sector": "sector", "time": "year", "output": "output", "labour": "labour"}
METHODS = ["within-between", "three-term", "gead", "csls"]
PARTS = {
    "within-between": ["within", "between"],
    "three-term": ["within", "static", "dynamic"],
    "gead": ["pure_growth", "denison", "baumol"],
    "csls": ["within", "reallocation_level", "reallocation_growth"],
}

level = st.floats(0.01, 1000)


@st.composite
def economies(draw):
    """Two to six sectors at three times, with prices."""
    count = draw(st.integers(2, 6))
    column = st.lists(level, min_size=3 * count, max_size=3 * count)
    return pd.DataFrame({
        "sector": [f"s{i}" for i in range(count)] * 3,
        "year": np.repeat([2000, 2004, 2010], count),
        "output": draw(column), "labour": draw(column), "price": draw(column),
    })  # fmt: skip


def run(table, method="within-between", **options):
    price = "price" if method == "gead" else None
    return an.shift_share(table, **KEYS, method=method, price=price, **options)


def estimates(result):
    return result.tidy().set_index("component")["estimate"]


@pytest.fixture(scope="module")
def etd_korea():
    if not ETD.exists():
        pytest.skip("needs ../shared/sources: the ETD workbook")
    wide = pd.read_excel(ETD, sheet_name="Data").query("cnt == 'KOR' and var in ['VA', 'VA_Q15', 'EMP']")
    sectors = [c for c in wide.columns if c not in ("country", "cnt", "var", "year", "Total", "War flag")]
    assert len(sectors) == 12
    long = wide.melt(["var", "year"], sectors, var_name="sector")
    table = long.pivot(index=["sector", "year"], columns="var", values="value").reset_index()
    table["price"] = table["VA"] / table["VA_Q15"]
    return table.rename(columns={"VA_Q15": "output", "EMP": "labour"})


@pytest.fixture(scope="module")
def apo_korea():
    if not APO.exists():
        pytest.skip("needs ../shared/sources: the APO file")
    long = pd.read_csv(APO)
    long = long[~long["industry"].str.contains("TOTAL|of_which")]
    table = long.pivot(index=["industry", "year"], columns="variable", values="value").reset_index()
    return table.rename(columns={"VA_Q_2021PPPUSD": "output", "EMP": "labour", "industry": "sector"})


def test_korea_1990_2018_as_published(etd_korea):
    got = estimates(run(etd_korea, annualised=True)) * 100
    assert got.round(2).to_dict() == {"within": 3.16, "between": 0.25, "total": 3.41}


def test_weights_are_not_midpoints(etd_korea):
    ends = etd_korea[etd_korea["year"].isin([1990, 2018])].pivot(index="sector", columns="year")
    productivity = ends["output"] / ends["labour"]
    shares = ends["labour"] / ends["labour"].sum()
    total = estimates(run(etd_korea))["total"]
    rate = estimates(run(etd_korea, annualised=True))["total"]
    aggregate = ends["output"].sum() / ends["labour"].sum()
    within = (shares.mean(axis=1) * (productivity[2018] - productivity[1990])).sum() / aggregate[1990]
    between = (productivity.mean(axis=1) * (shares[2018] - shares[1990])).sum() / aggregate[1990]
    midpoint = np.array([within, between]) / total * rate * 100
    assert midpoint.round(2).tolist() == [2.76, 0.65]
    got = estimates(run(etd_korea, annualised=True))[["within", "between"]].to_numpy() * 100
    assert np.abs(got - midpoint).min() > 0.3


def test_korea_1990_2018_other_methods_share_the_total(etd_korea):
    for method in METHODS:
        assert estimates(run(etd_korea, method, annualised=True))["total"] == pytest.approx(0.034106, abs=1e-6)


def test_korea_2018_2023_apo(apo_korea):
    got = estimates(run(apo_korea[apo_korea["year"] >= 2018], annualised=True)) * 100
    assert got.round(2).to_dict() == {"within": 1.15, "between": -0.03, "total": 1.13}


def test_hand_computed_all_methods():
    # x0 = (1, 2), x1 = (2, 2), s0 = (.5, .5), s1 = (.25, .75); X0 = 1.5, X1 = 2; prices (1, 1) then (1, 3)
    table = pd.DataFrame({
        "sector": ["a", "b"] * 2, "year": [2000, 2000, 2001, 2001], "output": [5.0, 10.0, 5.0, 15.0],
        "labour": [5.0, 5.0, 2.5, 7.5], "price": [1.0, 1.0, 1.0, 3.0],
    })  # fmt: skip
    assert estimates(run(table)).to_dict() == pytest.approx({"within": 1 / 3, "between": 0.0, "total": 1 / 3})
    three = {"within": 1 / 3, "static": 1 / 6, "dynamic": -1 / 6, "total": 1 / 3}
    assert estimates(run(table, "three-term")).to_dict() == pytest.approx(three)
    csls = run(table, "csls").tidy(detail=True).set_index(["component", "term"])["estimate"]
    assert csls["reallocation_level", "a"] == pytest.approx((1 - 1.5) * -0.25 / 1.5)
    assert csls["reallocation_growth", "b"] == pytest.approx((0 - 0.5) * 0.25 / 1.5)
    # aggregate deflator at the end is 50 / 20 = 2.5, so w0 = (.5, .5) and w1 = (.25 / 2.5, .75 * 3 / 2.5) = (.1, .9)
    gead = {"pure_growth": 0.5 / 1.5, "denison": (1 * -0.4 + 2 * 0.4) / 1.5, "baumol": -0.4 / 1.5, "total": 1 / 3}
    assert estimates(run(table, "gead")).to_dict() == pytest.approx(gead)


def test_annualised_is_the_compound_rate():
    table = pd.DataFrame({
        "sector": ["a", "b"] * 2, "year": [2000, 2000, 2010, 2010], "output": [1.0, 3.0, 2.0, 6.0], "labour": 1.0,
    })  # fmt: skip
    result = run(table, annualised=True)
    assert estimates(result)["total"] == pytest.approx(2**0.1 - 1)
    assert result.tidy()["unit"].unique().tolist() == ["fraction per year"]


def test_no_growth_annualises_by_the_number_of_years():
    table = pd.DataFrame({
        "sector": ["a", "b"] * 2, "year": [2000, 2000, 2010, 2010], "output": [1.0, 3.0, 3.0, 1.0], "labour": 1.0,
    })  # fmt: skip
    result = run(table, annualised=True)
    assert estimates(result)["total"] == 0
    detail = result.tidy(detail=True).query("component == 'within'")["estimate"]
    assert detail.tolist() == pytest.approx([2 / 4 / 10, -2 / 4 / 10])
    assert result.tidy()["share"].isna().all()


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(table=economies())
def test_adds_up_by_component_and_sector(method, table):
    result = run(table, method)
    got = estimates(result)
    assert list(got.index) == [*PARTS[method], "total"]
    ends = table[table["year"] != 2004].groupby("year")[["output", "labour"]].sum()
    growth = (ends["output"] / ends["labour"])[2010] / (ends["output"] / ends["labour"])[2000] - 1
    scale = result.levels
    assert got["total"] == pytest.approx(growth, abs=1e-12 * scale)
    assert got[PARTS[method]].sum() == pytest.approx(growth, abs=1e-10 * scale)
    by_component = result.tidy(detail=True).groupby("component")["estimate"].sum()
    for name in got.index:
        assert by_component[name] == pytest.approx(got[name], abs=1e-10 * scale)


@settings(max_examples=40, deadline=None)
@given(table=economies())
def test_methods_agree_where_they_must(table):
    two, three, csls = (estimates(run(table, m)) for m in ("within-between", "three-term", "csls"))
    scale = run(table, "three-term").levels
    assert two["within"] == pytest.approx(three["within"], abs=1e-12 * scale)
    assert two["between"] == pytest.approx(three["static"] + three["dynamic"], abs=1e-10 * scale)
    assert csls["reallocation_level"] == pytest.approx(three["static"], abs=1e-10 * scale)
    assert csls["reallocation_growth"] == pytest.approx(three["dynamic"], abs=1e-10 * scale)
    even = an.shift_share(table.assign(price=7.0), **KEYS, method="gead", price="price")
    assert estimates(even).to_numpy() == pytest.approx(three.to_numpy(), abs=1e-10 * scale)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(table=economies(), factor=st.floats(0.001, 1000), seed=st.integers(0, 99))
def test_units_order_labels_and_years_between_do_not_matter(method, table, factor, seed):
    want = estimates(run(table, method)).to_numpy()
    scale = run(table, method).levels
    other = table.assign(
        output=table["output"] * factor, labour=table["labour"] * 3.7, price=table["price"] * factor,
        sector="z" + table["sector"],
    ).sample(frac=1, random_state=seed)  # fmt: skip
    assert estimates(run(other, method)).to_numpy() == pytest.approx(want, abs=1e-9 * scale)
    assert estimates(run(table[table["year"] != 2004], method)).to_numpy() == pytest.approx(want, abs=1e-12 * scale)


def simple():
    return pd.DataFrame({
        "sector": ["a", "b"] * 2, "year": [2000, 2000, 2001, 2001], "output": [1.0, 2.0, 3.0, 4.0],
        "labour": [1.0, 1.0, 1.0, 2.0], "price": 1.0, "country": "KOR",
    })  # fmt: skip


def test_by_stacks_groups_each_with_its_own_end_points():
    table = pd.concat([simple(), simple().assign(country="JPN", year=lambda t: t["year"] + 5)])
    result = run(table, by="country")
    assert result.tidy().columns.tolist()[:2] == ["country", "component"]
    one = run(simple()).tidy().drop(columns="unit")
    pd.testing.assert_frame_equal(
        result.tidy().query("country == 'JPN'").drop(columns=["country", "unit"]).reset_index(drop=True), one
    )
    assert "2000 to 2001 (KOR)" in result.summary() and "2005 to 2006 (JPN)" in result.summary()


def test_sectors_that_enter_or_leave_are_named():
    table = simple().replace({"sector": {"b": "c"}}).assign(sector=["a", "b", "a", "c"])
    with pytest.raises(ValueError, match="only at 2000: b; only at 2001: c"):
        run(table)


def test_missing_values():
    table = simple()
    table.loc[1, "output"] = np.nan
    with pytest.raises(ValueError, match="missing values in 'output' \\(1\\)"):
        run(table)
    with pytest.raises(ValueError, match="only at 2001: b"):
        run(table, missing="drop")
    extra = pd.DataFrame({"sector": "x", "year": [2000, 2001], "output": np.nan, "labour": 1.0})
    result = run(pd.concat([simple(), extra]), missing="drop")
    assert "4 rows used; left out: 2 with missing values" in result.summary()
    with pytest.raises(ValueError, match="no complete rows at 2000 and 2001"):
        run(simple().assign(output=np.nan), missing="drop")
    nameless = pd.concat([simple(), simple().assign(sector=None).head(1)])
    with pytest.raises(ValueError, match="'sector' \\(1\\)"):
        run(nameless)
    assert "1 with missing values" in run(nameless, missing="drop").summary()


def test_summary_counts_every_row():
    table = pd.concat([simple(), simple().head(2).assign(year=1999), simple().head(2).assign(year=1998)])
    assert "4 rows used; left out: 4 between the end points" in run(table).summary()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"method": "gaed"}, "method='gaed' is not known; legal.*'within-between', 'three-term', 'gead', 'csls'"),
        ({}, {"method": "gead"}, "needs price="),
        ({}, {"price": "price"}, "uses no prices"),
        ({}, {"annualised": 1}, "annualised=1"),
        ({}, {"missing": "ignore"}, "missing='ignore'.*'raise', 'drop'"),
        ({}, {"output": "value"}, "output='value': no such column; the table has 'sector', 'year'"),
        ({}, {"labour": "output"}, "already used as output="),
        ({}, {"by": "continent"}, "continent"),
        ({"output": "1"}, {}, "numbers are needed"),
        ({"output": np.inf}, {}, "infinite"),
        ({"output": -1.0}, {}, "more than zero"),
        ({"labour": 0.0}, {}, "'labour' must be positive; it is 0 at sector='a', year=2000"),
        ({"price": 0.0}, {"method": "gead", "price": "price"}, "'price' must be positive"),
        ({"year": 2000, "sector": list("abcd")}, {}, "has only 2000"),
        ({"year": 2000}, {}, "more than one row for .*'a', 2000"),
        ({"year": list("wxyz")}, {"annualised": True}, "in years, as numbers"),
    ],
)  # fmt: skip
def test_errors(change, options, message):
    with pytest.raises(ValueError, match=message):
        an.shift_share(simple().assign(**change), **{**KEYS, **options})


def test_a_grouping_column_with_a_taken_name():
    with pytest.raises(ValueError, match="rename it"):
        run(simple().assign(unit="x"), by="unit")


def test_needs_a_data_frame():
    with pytest.raises(TypeError, match="DataFrame"):
        an.shift_share([1], **KEYS)
