"""Gradients, covariances and intervals, each against an independent calculation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import gradients, inference
from analysis.inference import Statistic


def _g(t):
    return {"ratio": t["y"] / t["n"], "log": np.log(t["y"] / t["n"]), "mix": t["y"] * t["z"] / t["n"] ** 2}


STATISTIC = Statistic({name: (lambda c, name=name: c[name]) for name in "nyz"}, _g, size=lambda c: c["n"])


@settings(max_examples=80, deadline=None)
@given(totals=st.lists(st.floats(0.1, 1e6), min_size=3, max_size=3))
def test_the_complex_step_is_the_central_difference(totals):
    point = np.array([totals])
    labels, value, gradient = gradients.differentiate(STATISTIC, point)
    assert labels == ["ratio", "log", "mix"] and value[0, 0] == pytest.approx(point[0, 1] / point[0, 0])
    for j in range(3):
        step = 1e-6 * point[0, j]
        ends = []
        for sign in (1, -1):
            moved = point.astype(complex)
            moved[0, j] += sign * step
            ends.append(np.array([np.real(one[0]) for one in STATISTIC.evaluate(moved).values()]))
        slope = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(gradient[0, :, j], slope, rtol=1e-5, atol=1e-7 * np.abs(ends[0]).max() / step * 1e-3)


def test_a_function_that_loses_the_imaginary_part_is_refused():
    broken = Statistic(STATISTIC.totals, lambda t: {"abs": np.abs(t["y"]) / np.abs(t["n"])}, STATISTIC.size)
    with pytest.raises(TypeError, match="'abs' lost its imaginary part"):
        gradients.differentiate(broken, np.ones((1, 3)))


def test_a_total_is_no_ratio_of_totals():
    level = Statistic(STATISTIC.totals, lambda t: {"sum": t["y"] + 0}, STATISTIC.size)
    with pytest.raises(ArithmeticError, match="'sum' is not homogeneous of degree zero"):
        gradients.differentiate(level, np.ones((1, 3)))


def test_a_total_of_zero_has_a_gradient():
    _, value, gradient = gradients.differentiate(STATISTIC, np.array([[4.0, 2.0, 0.0]]))
    assert value[0, 2] == 0 and gradient[0, 2].tolist() == [0.0, 0.0, 0.125]


def test_cells_and_groups_give_the_same_gradient():
    def whole(t, keys):
        return _g({name: cells.sum(-1) for name, cells in t.items()})

    cells = Statistic(STATISTIC.totals, whole, STATISTIC.size, ("c",))
    parts = np.array([[1.0, 2.0, 3.0], [4.0, 1.0, 2.0]])
    _, value, gradient = gradients.differentiate(cells, parts, pd.DataFrame({"c": [0, 1]}))
    _, again, slope = gradients.differentiate(STATISTIC, parts.sum(axis=0, keepdims=True))
    np.testing.assert_allclose(value, again[0])
    np.testing.assert_allclose(gradient, np.stack([slope[0], slope[0]]))


def test_the_error_of_a_mean_is_the_textbook_one():
    values = np.random.default_rng(0).normal(size=500)
    scores = ((values - values.mean()) / 500)[:, None]
    variance = inference.covariance_of_scores(scores, np.zeros(500, int), 1)[0, 0, 0]
    assert np.sqrt(variance) == pytest.approx(values.std(ddof=1) / np.sqrt(500), rel=1e-12)


def test_stratified_error_is_the_sum_of_the_strata():
    rng = np.random.default_rng(1)
    stratum = np.repeat([0, 1], [40, 60])
    values = rng.normal(stratum * 5, 1)
    got = inference.covariance_of_scores((values / 100)[:, None], np.zeros(100, int), 1, stratum)[0, 0, 0]
    want = sum(len(part) * part.var(ddof=1) for part in (values[:40], values[40:])) / 100**2
    assert got == pytest.approx(want, rel=1e-12)
    totals = np.array([[values[:40].sum()], [values[40:].sum()]]) / 100
    cross = np.array([[[(values[:40] ** 2).sum()]], [[(values[40:] ** 2).sum()]]]) / 100**2
    again = inference.covariance_of_totals(totals, cross, np.array([40, 60]), np.zeros(2, int), 1, stratified=True)
    assert again[0, 0, 0] == pytest.approx(want, rel=1e-12)


def test_the_bootstrap_is_seeded_and_centred():
    rng = np.random.default_rng(2)
    totals = np.stack([np.ones(400), rng.normal(5, 1, 400)], axis=1)
    draws = [inference.poisson_bootstrap(totals, lambda t: {"m": t[:, 1] / t[:, 0]}, 2000, seed) for seed in (0, 0, 1)]
    assert (draws[0] == draws[1]).all() and not (draws[0] == draws[2]).all()
    assert draws[0].mean() == pytest.approx(totals[:, 1].mean(), abs=0.01)
    assert draws[0].std() == pytest.approx(totals[:, 1].std(ddof=1) / 20, rel=0.06)


def test_intervals_of_student_are_wider_than_normal_ones():
    normal = inference.intervals(np.array([1.0]), np.array([0.5]))
    student = inference.intervals(np.array([1.0]), np.array([0.5]), 10)
    assert normal["conf_high"][0] == pytest.approx(1 + 1.959964 * 0.5) and student["conf_high"][0] > 2.11
    assert student["p_value"][0] > normal["p_value"][0]


def test_words_say_which_randomness():
    assert "super-population" in inference.words("super", None, None, None)
    assert "clusters (firm) within strata (size)" in inference.words("super", "firm", "size", None)
    assert "census" in inference.words("finite", None, None, None)
    assert "sampling fraction 0.1" in inference.words("finite", None, None, 0.1)
