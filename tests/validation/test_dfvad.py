"""Firm dynamics of the R package dfvad 0.3.6 (Zeng): its data and its results for three methods."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.decomposition.firm_dynamics import firm_dynamics

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "validation" / "dfvad_firm_dynamics"
NAMES = {"firm": "id", "time": "t", "productivity": "tfp", "weight": "s"}
FIRST = {1: (1.95, 0.33), 2: (1.73, 0.25), 3: (1.64, 0.10), 4: (1.85, 0.12), 5: (1.39, 0.09), 6: (1.57, 0.11)}
SECOND = {1: (1.68, 0.30), 2: (1.76, 0.21), 3: (1.04, 0.17), 4: (1.47, 0.01), 7: (1.17, 0.25), 8: (1.23, 0.06)}
TIMES = {0: FIRST, 1: SECOND, 3: FIRST}
COMPONENTS = ["within", "between", "entry", "exit", "total"]
EXPECTED = {
    "melitz-polanec": (-0.305, 0.021123188405797102, -0.112223188405797147, 0.0677, -0.3284),
    "griliches-regev": (-0.18385, -0.037534, -0.128336, 0.02132, -0.3284),
    "baily-hulten-campbell": (-0.1872, -0.2097, 0.3663, -0.2978, -0.3284),
}
BACK = {
    "melitz-polanec": (0.305, -0.021123188405797102, -0.0677, 0.112223188405797147, 0.3284),
    "griliches-regev": (0.18385, 0.037534, -0.02132, 0.128336, 0.3284),
    "baily-hulten-campbell": (0.1805, 0.2164, 0.2978, -0.3663, 0.3284),
}
FILES = {"melitz-polanec": "MP", "griliches-regev": "GR", "baily-hulten-campbell": "BHC"}


def data():
    rows = [(firm, time, *values) for time, firms in TIMES.items() for firm, values in firms.items()]
    return pd.DataFrame(rows, columns=["id", "t", "tfp", "s"])


@pytest.mark.parametrize("method", EXPECTED)
def test_published_results(method):
    table = firm_dynamics(data(), **NAMES, method=method).tidy()
    table = table.pivot(index="t", columns="component", values="estimate")
    for time, want in ((1, EXPECTED[method]), (3, BACK[method])):
        assert table.loc[time, COMPONENTS].to_numpy() == pytest.approx(want, abs=1e-12)


def test_a_wrong_number_is_noticed():
    table = data()
    table.loc[0, "tfp"] += 1e-9
    got = firm_dynamics(table, **NAMES).tidy()["estimate"].to_numpy()[:5]
    assert got != pytest.approx(EXPECTED["melitz-polanec"], abs=1e-12)


@pytest.mark.skipif(not FOLDER.exists(), reason="needs ../shared/validation/dfvad_firm_dynamics")
@pytest.mark.parametrize("method", EXPECTED)
def test_typed_numbers_are_the_validation_folder_s(method):
    table = pd.read_csv(FOLDER / "firms.csv")[["id", "t", "tfp", "s"]]
    pd.testing.assert_frame_equal(table, data())
    want = pd.read_csv(FOLDER / f"expected_{FILES[method]}.csv", skipinitialspace=True).set_index("period")
    typed = np.array([EXPECTED[method], BACK[method]])
    assert want.to_numpy() == pytest.approx(typed, abs=1e-15)


def test_the_mean_of_a_static_decomposition_is_the_change_without_turnover():
    stay = data().query("t < 2 and id < 5")
    stay = stay.assign(w=stay["s"] / stay.groupby("t")["s"].transform("sum"))
    static = an.olley_pakes(stay, productivity="tfp", weight="w", by="t").tidy()
    change = static.pivot(index="component", columns="t", values="estimate").diff(axis=1)[1]
    got = firm_dynamics(stay, **{**NAMES, "weight": "w"}).tidy().set_index("component")["estimate"]
    assert got["within"] == pytest.approx(change["mean"], abs=1e-14)
    assert got["between"] == pytest.approx(change["covariance"], abs=1e-14)
    assert got["entry"] == 0 and got["exit"] == 0
