"""95 % intervals cover as they say: stored replications, drawn again here batch by batch."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.report import coverage

STORED = pd.read_csv(Path(__file__).parents[2] / "benchmarks" / "coverage.csv")
TAILS = pd.read_csv(Path(__file__).parents[2] / "benchmarks" / "fat_tails.csv")
RUNS = [(name, bool(place % 2)) for place, name in enumerate(coverage.CASES)]
"""One of the two designs of every case."""


def test_every_method_has_two_thousand_replications_of_both_designs():
    held = coverage.summary(STORED)
    assert set(held["method"]) == set(coverage.CASES)
    assert set(held["errors"]) == {"independent firms", "50 clusters"}
    assert (held["replications"] == coverage.BATCH * coverage.BATCHES).all()
    assert coverage.BATCH * coverage.BATCHES == 2000


def test_every_interval_covers_between_93_and_97_percent():
    held = coverage.summary(STORED)
    assert held["coverage"].between(0.93, 0.97).all(), held[~held["coverage"].between(0.93, 0.97)]


@pytest.mark.parametrize(("name", "clustered"), RUNS, ids=str)
def test_a_batch_drawn_again_covers_as_stored(name, clustered):
    number = 1 if clustered else 2
    errors = f"{coverage.CLUSTERS} clusters" if clustered else "independent firms"
    mine = (STORED["method"] == name) & (STORED["errors"] == errors) & (STORED["batch"] == number)
    stored = STORED[mine].reset_index(drop=True)
    true = stored.set_index("component")["truth"]
    again = coverage.batch(name, clustered, number, true).reset_index(drop=True)
    assert again["component"].tolist() == stored["component"].tolist()
    # one interval in the batch may end within rounding of the truth
    assert ((again["covered"] - stored["covered"]).abs() <= 1).all()
    assert again["mean_error_ratio"].tolist() == pytest.approx(stored["mean_error_ratio"].tolist(), rel=1e-6)


def test_the_truth_is_that_of_the_design():
    stored = STORED.query("method == 'olley_pakes'").groupby("component")["truth"].first()
    # E[e^{z/2} z] / E[e^{z/2}] = 1/2 for a standard normal z, and productivity has slope 0.3 in z around 1
    assert stored.to_dict() == pytest.approx({"mean": 1, "covariance": 0.15, "aggregate": 1.15}, abs=2e-3)


def test_fat_tails_are_covered_badly_and_say_so():
    held = TAILS.groupby("index").sum(numeric_only=True)
    share, flagged = held["covered"] / held["replications"], held["flagged"] / held["replications"]
    assert share.loc[1.06] < 0.1 and 0.5 < share.loc[1.5] < 0.7 and share.loc[4.5] > 0.93
    assert flagged.loc[1.06] > 0.99 and flagged.loc[1.5] > 0.9 and flagged.loc[4.5] < 0.02
    again = coverage.fat_tails(1.5, 0)
    stored = TAILS[(TAILS["index"] == 1.5) & (TAILS["batch"] == 0)]
    assert again["covered"].tolist() == stored["covered"].tolist()
    assert again["flagged"].tolist() == stored["flagged"].tolist()
