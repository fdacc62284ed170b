"""95 % intervals cover as they say: stored replications, drawn again here batch by batch."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.report import coverage
from analysis.report import coverage_designs as designs

STORED = pd.read_csv(Path(__file__).parents[2] / "benchmarks" / "coverage.csv")
TAILS = pd.read_csv(Path(__file__).parents[2] / "benchmarks" / "fat_tails.csv")
RUNS = [
    (name, case.settings[place % len(case.settings)]) for place, (name, case) in enumerate(coverage.CASES.items())
]
"""One of the settings of every case."""


def test_every_method_has_two_thousand_replications_of_its_settings():
    held = coverage.summary(STORED)
    found = held.groupby("method")["errors"].agg(set).to_dict()
    assert found == {name: {one.errors for one in case.settings} for name, case in coverage.CASES.items()}
    assert (held["replications"] == coverage.REPLICATIONS).all() and coverage.REPLICATIONS == 2000
    assert {one.errors for one in designs.MANY} == {"independent firms", "50 clusters"}
    assert set(coverage.FEW) == {"12 clusters", "8 studies", "40 units"}


def test_every_interval_of_many_units_covers_between_93_and_97_percent():
    held = coverage.summary(STORED)
    held = held[~held["errors"].isin(coverage.FEW)]
    assert held["coverage"].between(0.93, 0.97).all(), held[~held["coverage"].between(0.93, 0.97)]


def test_of_few_units_the_better_interval_covers_and_the_simple_one_falls_short():
    held = coverage.summary(STORED)
    share = held[held["errors"].isin(coverage.FEW)].set_index("component")["coverage"]
    assert share["x, wild cluster bootstrap"] > 0.93 and share["x, Student's t of clustered errors"] < 0.91
    assert share["pooled, Knapp-Hartung"] > 0.93 and share["pooled, normal interval"] < 0.92
    assert 0.93 < share["half_life"] < 0.97
    # the end points of a half-life are those of the speed, turned over
    assert share["half_life"] == share["lambda"]


@pytest.mark.parametrize(("name", "setting"), RUNS, ids=[f"{name}, {setting.errors}" for name, setting in RUNS])
def test_a_batch_drawn_again_covers_as_stored(name, setting):
    number = 1 if setting.clustered else 2
    mine = (STORED["method"] == name) & (STORED["errors"] == setting.errors) & (STORED["batch"] == number)
    stored = STORED[mine].reset_index(drop=True)
    true = stored.set_index("component")["truth"]
    again = coverage.batch(name, setting, number, true).reset_index(drop=True)
    assert again["component"].tolist() == stored["component"].tolist()
    # one interval in the batch may end within rounding of the truth
    assert ((again["covered"] - stored["covered"]).abs() <= 1).all()
    assert again["mean_error_ratio"].tolist() == pytest.approx(stored["mean_error_ratio"].tolist(), rel=1e-6)


def test_the_truth_is_that_of_the_design():
    stored = STORED.query("method == 'olley_pakes'").groupby("component")["truth"].first()
    # E[e^{z/2} z] / E[e^{z/2}] = 1/2 for a standard normal z, and productivity has slope 0.3 in z around 1
    assert stored.to_dict() == pytest.approx({"mean": 1, "covariance": 0.15, "aggregate": 1.15}, abs=2e-3)


def test_the_mean_of_shares_is_logistic_and_its_effects_are_those_of_the_rows():
    rng = np.random.default_rng(1)
    table = designs.shares(rng, 1, 400_000, 4_000)
    assert table["share"].between(0, 1).all() and table["share"].isin([0, 1]).mean() == pytest.approx(0.2, abs=0.01)
    index = -0.6 + designs.AT_X * table["x"] + designs.AT_LARGE * table["large"]
    off = table["share"] - 1 / (1 + np.exp(-index))
    bands = off.groupby([pd.cut(table["x"], [-9, -1, 0, 1, 9]), table["large"]], observed=True).mean()
    assert bands.abs().max() < 0.008 and len(bands) == 8
    step = 1e-6
    slope = (1 / (1 + np.exp(-index - designs.AT_X * step)) - 1 / (1 + np.exp(-index))) / step
    assert designs.effects_of_rows(table)["x"] == pytest.approx(slope.mean(), rel=1e-4)


def test_the_path_of_growing_units_closes_gaps_at_its_speed():
    table = designs.growing(np.random.default_rng(1), 1, 50_000, 50_000)
    start, end = (np.log(table.loc[table["year"] == year, "level"].to_numpy()) for year in (0, designs.YEARS))
    slope = np.cov(start, end)[0, 1] / start.var()
    assert -np.log(slope) / designs.YEARS == pytest.approx(designs.SPEED, rel=0.01)


def test_the_printed_table_has_every_interval_once():
    runs = coverage.summary(STORED)
    few, many = (coverage.printed(runs, chosen) for chosen in (coverage.FEW, coverage.MANY))
    assert len(few) == 6 and many.columns.tolist() == ["Method", "Component", "independent firms, %", "50 clusters, %"]
    assert not many.isna().any().any() and not many.duplicated(["Method", "Component"]).any()
    wild = few[few["Component"] == "x, wild cluster bootstrap"].iloc[0]
    assert wild["Drawn from"] == "12 clusters"
    assert float(wild["Holds the truth, %"]) == pytest.approx(
        100 * runs.loc[runs["component"] == "x, wild cluster bootstrap", "coverage"].iloc[0], abs=0.051
    )


def test_fat_tails_are_covered_badly_and_say_so():
    held = TAILS.groupby("index").sum(numeric_only=True)
    share, flagged = held["covered"] / held["replications"], held["flagged"] / held["replications"]
    assert share.loc[1.06] < 0.1 and 0.5 < share.loc[1.5] < 0.7 and share.loc[4.5] > 0.93
    assert flagged.loc[1.06] > 0.99 and flagged.loc[1.5] > 0.9 and flagged.loc[4.5] < 0.02
    again = coverage.fat_tails(1.5, 0)
    stored = TAILS[(TAILS["index"] == 1.5) & (TAILS["batch"] == 0)]
    assert again["covered"].tolist() == stored["covered"].tolist()
    assert again["flagged"].tolist() == stored["flagged"].tolist()
