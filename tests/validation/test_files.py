"""Published cases whose data lie outside the project: stored results pass for everybody, and are those of today."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import ccard

from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.firms import olley_pakes
from analysis.report import validation, validation_files

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "validation"
STORED = pd.read_csv(validation.STORED)
R_NOT_COMPARED = 25
"""Rows of R oaxaca with the pooled reference whose details it takes at coefficients of two normalisations."""


def held(name):
    if not (FOLDER / name).is_dir():
        pytest.skip(f"needs ../shared/validation/{name}")
    return FOLDER / name


@cache
def run(name):
    held(name)
    return validation.compared(validation_files.CASES[name](FOLDER))


def test_every_case_is_stored_once_and_passes():
    table = validation.stored()
    assert STORED.columns.tolist() == validation.COLUMNS[:-1]
    assert not STORED.isna().any(axis=None) and np.isfinite(STORED[["expected", "got", "tolerance"]]).all(axis=None)
    assert not table.duplicated(["method", "published_case", "quantity"]).any()
    assert table["pass"].all(), table[~table["pass"]]
    assert set(table["method"]) == {
        "oaxaca_blinder", "generalised_entropy", "rif_regression", "firm_dynamics", "convergence", "bunching",
    }  # fmt: skip
    iterated = table["method"] == "bunching"  # two programs that stop early, and differ from each other by as much
    assert len(table) > 600 and table.loc[~iterated, "tolerance"].max() <= 1e-3
    assert iterated.sum() == 42 and table.loc[iterated, "tolerance"].max() <= 6e-3


def test_a_stored_row_out_of_tolerance_fails(monkeypatch, tmp_path):
    wrong = STORED.copy()
    wrong.loc[7, "got"] += 2 * wrong.loc[7, "tolerance"]
    wrong.to_csv(tmp_path / "wrong.csv", index=False)
    monkeypatch.setattr(validation, "STORED", tmp_path / "wrong.csv")
    assert validation.stored().query("not `pass`").index.tolist() == [7]


@pytest.mark.parametrize("name", validation_files.CASES)
def test_a_case_run_again_gives_the_stored_rows(name):
    again = run(name)
    stored = STORED[STORED["published_case"].isin(again["published_case"])].reset_index(drop=True)
    keys = ["method", "published_case", "quantity", "tolerance"]
    pd.testing.assert_frame_equal(again[keys], stored[keys])
    assert again["expected"].tolist() == pytest.approx(stored["expected"].tolist(), rel=1e-14, abs=1e-14)
    assert again["got"].tolist() == pytest.approx(stored["got"].tolist(), rel=1e-9, abs=1e-12)
    assert again["pass"].all(), again[~again["pass"]]


def test_every_stored_row_belongs_to_a_case():
    names = {name for case in validation_files.CASES for name in run(case)["published_case"]}
    assert names == set(STORED["published_case"])


@pytest.mark.parametrize(("words", "file"), [("wage", "wage"), ("log wage", "lnwage")])
def test_all_that_r_oaxaca_printed_is_compared(words, file):
    text = (held("r_oaxaca_chicago") / f"r_oaxaca_output_{file}.txt").read_text()
    printed = validation_files.r_oaxaca(text)
    # six weights and the threefold: totals and eight terms each; rows and means of two groups
    assert len(printed) == 6 * 4 * 9 + 3 * 9 + 4
    mine = STORED[STORED["published_case"] == f"R oaxaca 0.1.5, Chicago, {words}"]
    assert len(mine) == len(printed) - R_NOT_COMPARED
    left = [value for value in printed.values() if not np.isclose(mine["expected"], value, rtol=1e-13, atol=0).any()]
    assert len(left) <= R_NOT_COMPARED
    upper = text.split("$beta.A")[0]
    numbers = {float(one) for one in re.findall(r"-?\d+\.\d+(?:e[-+]\d+)?(?=\s+NA)", upper)}
    assert numbers <= set(printed.values())


@pytest.mark.parametrize(("words", "file"), [("weighted", ""), ("unweighted", "_unweighted")])
def test_all_that_r_rifreg_printed_is_compared(words, file):
    text = (held("rifreg_men8385") / f"r_first5000{file}.txt").read_text()
    printed = validation_files.r_rifreg(text)
    assert {statistic: len(terms) for statistic, terms in printed.items()} == {
        "quantile_0.1": 17, "quantile_0.5": 17, "quantile_0.9": 17, "variance": 17, "gini": 17,
    }  # fmt: skip
    assert (STORED["published_case"] == f"R rifreg, wages of men, {words}").sum() == 5 * 17
    lines = [line for line in text.splitlines() if line.startswith(validation_files.TERMS)]
    assert sum(len(re.findall(r"-?\d\.\d+(?:e[-+]\d+)?", line)) for line in lines) >= 5 * 17


def test_typed_firms_are_those_of_the_folder():
    folder = held("dfvad_firm_dynamics")
    firms = pd.read_csv(folder / "data.csv")
    pd.testing.assert_frame_equal(validation.FIRMS, firms[validation.FIRMS.columns])
    for method, file in (("melitz-polanec", "MP"), ("griliches-regev", "GR"), ("baily-hulten-campbell", "BHC")):
        printed = pd.read_csv(folder / f"expected_{file}.csv", skipinitialspace=True)
        for row in printed.itertuples(index=False):
            assert validation.DYNAMICS_EFFECTS[method][row[0]] == pytest.approx(row[1:], abs=1e-16, rel=1e-15)


def test_typed_incomes_and_totals_are_those_of_the_folder():
    toy = json.loads((held("pysal_theil_mexico") / "expected.json").read_text())["toy"]
    assert validation.TOY.to_dict("list") == {"income": toy["y"], "group": toy["g"]}
    assert validation.TOY_EFFECTS == {"within": toy["wg"], "between": toy["bg"], "total": toy["T"]}
    cards = json.loads((held("oaxaca_ccards") / "expected.json").read_text())
    typed = {"threefold": "threefold, owners less renters", "threefold_noswap": "threefold, renters less owners",
             "pooled_with_group_dummy": "pooled, owners less renters"}  # fmt: skip
    for name, mine in typed.items():
        assert validation.CARD_EFFECTS[mine] == {
            part.replace("gap", "difference"): value for part, value in cards[name].items()
        }
    table = pd.read_csv(FOLDER / "oaxaca_ccards" / "ccard.csv")
    pd.testing.assert_frame_equal(ccard.load_pandas().data, table)


def test_a_summary_counts_and_keeps_the_worst():
    rows = [
        ("shapley", "a", "x", 1.0, 1.004, 0.005),
        ("shapley", "a", "y", 1.0, 1.006, 0.005),
        ("kitagawa", "b", "x", 0, 0, 1e-12),
    ]
    table = validation.summary(validation.compared(rows))
    assert table["quantities"].tolist() == [2, 1] and table["pass"].tolist() == [False, True]
    assert table["largest_difference"].tolist() == pytest.approx([0.006, 0])
    shown = validation.printed(table)
    assert shown["largest difference"].tolist() == ["6e-03", "below 1e-13"]
    assert shown.columns[1] == "published case"


def test_a_missing_answer_fails():
    assert not validation.compared([("shapley", "a", "x", 1.0, float("nan"), 0.5)])["pass"].any()


def dynamics(method, firms=validation.FIRMS):
    result = firm_dynamics(firms, firm="firm", time="period", productivity="tfp", weight="share", method=method)
    return result.tidy().set_index(["period", "component"])["estimate"]


@pytest.mark.parametrize(("period", "before"), [(1, 0), (3, 1)])
def test_methods_without_a_published_answer_firm_by_firm(period, before):
    """Foster-Haltiwanger-Krizan and Diewert-Fox, written a second time, on the firms of the other three."""
    sides = [validation.FIRMS.query("period == @at").set_index("firm") for at in (before, period)]
    stay = sides[0].index.intersection(sides[1].index)
    (p1, s1), (p2, s2) = ((side.loc[stay, "tfp"], side.loc[stay, "share"]) for side in sides)
    left, new = (side.drop(stay) for side in sides)
    total1, total2 = ((side["tfp"] * side["share"]).sum() for side in sides)
    krizan = {
        "within": (s1 * (p2 - p1)).sum(), "between": ((s2 - s1) * (p1 - total1)).sum(),
        "cross": ((s2 - s1) * (p2 - p1)).sum(), "entry": (new["share"] * (new["tfp"] - total1)).sum(),
        "exit": -(left["share"] * (left["tfp"] - total1)).sum(), "total": total2 - total1,
    }  # fmt: skip
    u1, u2 = s1 / s1.sum(), s2 / s2.sum()
    fox = {
        "within": ((u1 + u2) / 2 * (p2 - p1)).sum(), "between": ((u2 - u1) * (p1 + p2) / 2).sum(),
        "entry": (new["share"] * (new["tfp"] - (u2 * p2).sum())).sum(),
        "exit": -(left["share"] * (left["tfp"] - (u1 * p1).sum())).sum(), "total": total2 - total1,
    }  # fmt: skip
    for method, expected in (("foster-haltiwanger-krizan", krizan), ("diewert-fox", fox)):
        assert dynamics(method)[period].to_dict() == pytest.approx(expected, abs=1e-12)


def test_where_nobody_enters_or_leaves_the_between_term_is_that_of_olley_and_pakes():
    firms = validation.FIRMS.query("firm <= 4")
    firms = firms.assign(share=firms["share"] / firms.groupby("period")["share"].transform("sum"))
    pakes = olley_pakes(firms, productivity="tfp", weight="share", by="period").tidy()
    covariance = pakes.query("component == 'covariance'").set_index("period")["estimate"]
    got = dynamics("melitz-polanec", firms).xs("between", level="component")
    assert got.to_dict() == pytest.approx(covariance.diff().dropna().to_dict(), abs=1e-12)
