"""A cell with a single unit has no spread of its own: results say so, by name, and are not lost."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.decomposition import cells
from analysis.decomposition.gaps import kitagawa
from analysis.decomposition.growth import shift_share
from analysis.decomposition.inequality import generalised_entropy


def persons(n=120):
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "sex": rng.choice(["f", "m"], n), "size": rng.choice([10, 50], n), "wage": rng.lognormal(1, 0.4, n),
        "village": rng.integers(0, 12, n), "zone": rng.choice(["n", "s"], n), "half": np.arange(n) % 2,
    })  # fmt: skip


def with_one(**changed):
    """One woman in firms of 250, and several men."""
    extra = pd.DataFrame({
        "sex": ["f", "m", "m", "m"], "size": 250, "wage": [3.0, 4.0, 5.0, 4.5], "village": [1, 1, 2, 3], "zone": "n",
        "half": [0, 0, 1, 1],
    })  # fmt: skip
    return pd.concat([persons(), extra], ignore_index=True).assign(**changed)


def firms(n=200):
    """Firms in two years, one of them alone in mining in the second."""
    rng = np.random.default_rng(5)
    sector = rng.choice(["farm", "plant"], n)
    sector[:3] = "mine"
    first = pd.DataFrame({
        "firm": np.arange(n), "year": 2010, "sector": sector, "output": rng.lognormal(3, 1, n),
        "jobs": rng.lognormal(2, 1, n), "village": np.arange(n) % 20,
    })  # fmt: skip
    second = first.assign(year=2020, output=first["output"] * rng.lognormal(0.2, 0.2, n))
    second.loc[1:2, "sector"] = "plant"
    return pd.concat([first, second], ignore_index=True)


def of_kitagawa(table, **options):
    return kitagawa(table, group="sex", category="size", rate="wage", reference="m", microdata=True, **options)


def of_entropy(table, **options):
    return generalised_entropy(table, value="wage", group="size", **options)


def of_growth(table, **options):
    return shift_share(table, sector="sector", time="year", output="output", labour="jobs", firm="firm", **options)


def cautions(result):
    return [text for name, text in result._words() if name == "Caution" and "leaves no residual" in text]


LONELY = with_one().drop(index=[121, 122, 123]).reset_index(drop=True)
"""One row alone in its size, so of no use to Kitagawa."""

CASES = {
    "kitagawa": (of_kitagawa, with_one(), {"sex": "f", "size": 250}, "a single row in sex='f' and size=250: "),
    "entropy": (of_entropy, LONELY, {"size": 250}, "a single row in size=250: "),
    "growth": (of_growth, firms(), {"sector": "mine", "year": 2020}, "a single firm in sector='mine' and year=2020: "),
}


@pytest.mark.parametrize("name", CASES)
def test_a_single_row_is_named(name):
    estimate, table, where, words = CASES[name]
    result = estimate(table)
    assert result.singletons.to_dict("records") == [where]
    assert len(cautions(result)) == 1 and cautions(result)[0].startswith(words)
    assert words in str(result) and result.tidy()["std_error"].gt(0).all()


@pytest.mark.parametrize("name", CASES)
def test_queries_find_the_same(name):
    estimate, table, where, _ = CASES[name]
    kept = table.astype({"sector": object} if name == "growth" else {})
    for cluster in (None, "village"):
        asked = estimate(duckdb.from_df(kept), cluster=cluster)
        here = estimate(table, cluster=cluster)
        pd.testing.assert_frame_equal(asked.singletons, here.singletons, check_dtype=False)
        assert cautions(asked) == cautions(here) and where in here.singletons.to_dict("records")


@pytest.mark.parametrize(("estimate", "table"), [
    (of_kitagawa, persons()), (of_entropy, persons()), (of_growth, firms().query("sector != 'mine' and firm > 2")),
])  # fmt: skip
def test_two_are_company(estimate, table):
    result = estimate(table)
    assert result.singletons.empty and cautions(result) == []


def test_a_single_row_adds_no_variance():
    detail = of_entropy(LONELY).tidy(detail=True).set_index(["component", "term"])["std_error"]
    assert detail["within", 250] < 1e-12 < detail["within", 50]


def test_a_single_cluster_is_no_better_than_a_single_row():
    table = with_one(village=lambda t: t["village"].where(t["size"] < 250, 7))
    result = of_entropy(table, cluster="village")
    assert cautions(result)[0].startswith("a single cluster (village) in size=250: ")
    assert of_entropy(table).singletons.empty
    # one label in two strata is two clusters
    assert of_entropy(table, cluster="village", strata="zone").singletons["size"].tolist() == [250]
    apart = table.assign(zone=np.where(table.index % 2, "n", "s"))
    assert of_entropy(apart, cluster="village", strata="zone").singletons.empty
    queried = of_entropy(duckdb.from_df(apart), cluster="village", strata="zone")
    assert queried.singletons.empty


def test_a_census_has_no_errors_to_warn_of_and_a_sample_has():
    assert of_entropy(LONELY, population="finite").singletons.empty
    assert cautions(of_entropy(LONELY, population="finite")) == []
    assert len(cautions(of_entropy(LONELY, population="finite", sampling=0.5))) == 1


def test_groups_are_named_too_and_many_cells_are_counted():
    table = LONELY.assign(size=np.where(LONELY.index < 7, 1000 + LONELY.index, LONELY["size"]))
    result = of_entropy(table, by="half")
    assert result.singletons.columns.tolist() == ["half", "size"] and len(result.singletons) == 8
    assert "half=0 and size=250" in cautions(result)[0] and cautions(result)[0].count("size=") == cells.NAMED
    assert " and 3 more: " in cautions(result)[0]


def test_published_tables_have_no_singletons():
    table = pd.DataFrame({"sex": ["f", "f", "m", "m"], "size": [1, 2] * 2, "wage": [1.0, 2, 3, 4], "n": 1})
    result = kitagawa(table, group="sex", category="size", rate="wage", weight="n", reference="m")
    assert result.singletons is None and cautions(result) == []
