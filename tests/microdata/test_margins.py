"""Raking, rounding and sizes of the synthetic register: totals are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.microdata.margins import Sizes, persons, proportional, rake, whole

SIZES = Sizes(np.array([1.0, 2, 3, 5, 10, 50, 250, 5000]))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.integers(0, 10_000), st.randoms())
def test_whole_numbers_add_up_and_keep_their_floor(values, total, random):
    floor = np.array([random.randint(0, 3) for _ in values])
    if floor.sum() > total:
        with pytest.raises(ValueError, match="cannot be shared out"):
            whole(np.array(values), total, floor)
        return
    counts = whole(np.array(values), total, floor)
    assert counts.sum() == total and (counts >= floor).all()
    if not floor.any() and sum(values) > 0:
        assert np.abs(counts - np.array(values) * total / sum(values)).max() < 1 + 1e-6


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 400), st.integers(0, 5_000), st.lists(st.floats(0.01, 1), min_size=7, max_size=7))
def test_firms_carry_the_mean_of_their_distribution_and_persons_add_up(number, extra, weights):
    weights = np.array(weights)
    means, position = SIZES.firms(weights, number)
    assert means.mean() == pytest.approx((weights * SIZES.mean).sum() / weights.sum())
    assert (np.diff(means) >= -1e-9).all() and (np.diff(position) >= -1e-9).all()
    staff = persons(means, number + extra)
    assert staff.sum() == number + extra and staff.min() >= 1
    with pytest.raises(ValueError, match="cannot be shared out"):
        persons(means, number - 1)


def test_rounding_stays_within_a_band():
    _, position = SIZES.firms(np.eye(7)[4], 1000)  # 10 to 49
    assert position.min() >= 9.5 and position.max() <= 49.5


def test_raking_meets_margins_by_the_smallest_move():
    random = np.random.default_rng(1)
    start = random.uniform(1, 2, 12)
    rows = np.kron(np.eye(3), np.ones(4))
    columns = np.kron(np.ones(3), np.eye(4))
    a = np.vstack([rows, columns])
    goal = a @ random.uniform(1, 2, 12)  # redundant margins that agree
    counts = rake(start, a, goal, a, [str(place) for place in range(7)])
    assert a @ counts == pytest.approx(goal)
    fitted = proportional(start.reshape(3, 4), goal[:3], goal[3:])
    assert counts.reshape(3, 4) == pytest.approx(fitted)
    log = np.log(counts / start).reshape(3, 4)  # row effect plus column effect
    assert log - log.mean(0) - log.mean(1)[:, None] + log.mean() == pytest.approx(np.zeros((3, 4)), abs=1e-8)


def test_margins_that_cannot_be_met_are_refused_and_named():
    a = np.array([[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match="cannot be met together: (one|two) is off by"):
        rake(np.ones(2), a, np.array([1.0, 2.0]), a, ["one", "two"])
    with pytest.raises(ValueError, match="empty cells"):
        proportional(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 1.0]), np.array([1.0, 3.0]))
