"""Firms, statistics and designs on which the engines are compared."""

import itertools

import numpy as np
import pandas as pd

from analysis import engine
from analysis.engine.estimation import DESIGN_ROLES
from analysis.inference import Statistic


def _firms(n=3000, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "p": rng.normal(3, 1, n), "w": rng.lognormal(1, 1, n), "g": rng.choice(["a", "b", "c"], n),
        "y": rng.integers(2000, 2003, n).astype("int16"), "cl": rng.integers(0, 60, n),
        "st": rng.choice(["x", "y"], n), "cat": rng.choice(list("klmo"), n),
    })  # fmt: skip
    return frame.assign(f=np.where(frame["st"] == "x", 0.3, 0.5))


def _one_group(t):
    mean, aggregate = t["p"] / t["n"], t["wp"] / t["w"]
    return {"mean": mean, "covariance": aggregate - mean, "aggregate": aggregate}


def _between(t, keys):
    whole = t["w"].sum(-1, keepdims=True)
    aggregate = t["wp"].sum(-1) / whole[..., 0]
    gap = t["wp"] / t["w"] - aggregate[..., None]
    return {"between": (t["w"] / whole * gap**2).sum(-1), "aggregate": aggregate}


PLAIN = Statistic(
    {"n": lambda c: c["w"] * 0 + 1, "p": lambda c: c["p"], "w": lambda c: c["w"], "wp": lambda c: c["w"] * c["p"]},
    _one_group, size=lambda c: c["w"],
)  # fmt: skip
CELLS = Statistic(
    {"w": lambda c: c["w"], "wp": lambda c: c["w"] * c["p"]}, _between, size=lambda c: c["w"], cells=("cat",)
)
FIRMS = _firms()
ARRAYS = ("value", "covariance", "units", "rows", "effective", "ten_share", "freedom")


def estimate(table, statistic=PLAIN, by=(), **design):
    design = engine.Design(**design)
    columns = {"p": "p", "w": "w", **({"cat": "cat"} if statistic.cells else {}), **design.columns}
    rows = engine.read(table, columns, by=by, numeric=["p", "w", "sampling"], positive=["w"], shared=DESIGN_ROLES)
    return engine.estimate(rows, statistic, design)


def same(one, other, rtol=1e-9):
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-14, err_msg=name)
    pd.testing.assert_frame_equal(one.frame(), other.frame(), check_dtype=False)


DESIGNS = [
    dict(cluster=cluster, strata=strata, sampling=sampling, population="finite" if sampling else "super")
    for cluster, strata, sampling in itertools.product((None, "cl"), (None, "st"), (None, 0.2, "f"))
    if not (sampling == "f" and strata is None)
]
