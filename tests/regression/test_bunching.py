"""Bunching: known masses recovered, iterated and solved alike, errors that match repeated samples, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import analysis as an
from analysis.regression import counterfactual
from analysis.regression.thresholds import COMPONENTS, bunching

GRID = np.arange(-30, 31)
SMOOTH = 1000 - 8.0 * GRID - 0.1 * GRID**2


def estimate(result, component="excess_mass", column="estimate"):
    return result.tidy().set_index("component").loc[component, column]


def moved(counts, taken, to=0):
    """Counts with all units of some bins put into bin `to`."""
    counts = counts.copy()
    counts[GRID == to] += counts[np.isin(GRID, taken)].sum()
    counts[np.isin(GRID, taken)] = 0
    return counts


@pytest.mark.parametrize("correction", ["above", "hole", "none"])
def test_smooth_counts_have_no_excess(correction):
    window = (-2, 2)
    result = bunching(GRID + 100.0, 100, 1, window, degree=2, weights=SMOOTH, correction=correction, draws=20)
    held = result.tidy().set_index("component")["estimate"]
    assert held.abs().max() < 1e-6
    assert result.bins["counterfactual"].to_numpy() == pytest.approx(SMOOTH[np.abs(GRID) <= 10])


def test_a_hole_is_recovered_exactly():
    counts, gone = moved(SMOOTH, [1, 2, 3, 4]), SMOOTH[np.isin(GRID, [1, 2, 3, 4])].sum()
    for window in ((-1, 4), (-1, None)):
        result = bunching(GRID, 0, 1, window, 2, counts, correction="hole", draws=20, fit=20)
        assert result.window == (-1, 4)
        assert estimate(result) == pytest.approx(gone) == estimate(result, "missing_mass")
        assert estimate(result, "excess_ratio") == pytest.approx(gone / SMOOTH[np.isin(GRID, [-1, 0])].mean())
        assert estimate(result, "excess_at_threshold") == pytest.approx(gone / 1000)
        assert estimate(result, "response") == pytest.approx(estimate(result, "excess_ratio"))
    assert estimate(bunching(10.0 * GRID, 0, 10, (-1, 4), 2, counts, correction="hole"), "response") == pytest.approx(
        10 * estimate(result, "excess_ratio")
    )


def test_units_that_move_down_from_all_over_are_recovered_by_the_correction():
    """A tenth of all units above move to the threshold: the correction finds them, the plain polynomial does not."""
    counts = SMOOTH.copy()
    counts[GRID > 1] *= 0.9
    counts[GRID == 0] += 0.1 * SMOOTH[GRID > 1].sum()
    got = bunching(GRID, 0, 1, (-1, 1), 2, counts, draws=20)
    assert estimate(got) == pytest.approx(0.1 * SMOOTH[GRID > 1].sum())
    assert estimate(got, "missing_mass") == pytest.approx(estimate(got))
    assert got.bins["counterfactual"].to_numpy() == pytest.approx(SMOOTH[np.abs(GRID) <= 10])
    plain = bunching(GRID, 0, 1, (-1, 1), 2, counts, correction="none", draws=20)
    assert abs(estimate(plain) / estimate(got) - 1) > 0.02


def test_the_solution_is_the_limit_of_the_iteration_of_chetty_et_al():
    rng = np.random.default_rng(3)
    counts = rng.poisson(moved(SMOOTH, [2, 3])).astype(float)
    got = bunching(GRID, 0, 1, (-1, 1), 3, counts, draws=20)
    near = np.abs(GRID) <= 10
    outside, above = near & (np.abs(GRID) > 1), GRID > 1
    powers = np.vander(GRID / 10.0, 4)
    excess = 0.0
    for _ in range(200):
        raised = np.where(above, counts * (1 + excess / counts[above].sum()), counts)
        fitted = powers @ np.linalg.lstsq(powers[outside], raised[outside], rcond=None)[0]
        excess = (counts - fitted)[np.abs(GRID) <= 1].sum()
    assert estimate(got) == pytest.approx(excess, rel=1e-9)
    assert got.bins["counterfactual"].to_numpy() == pytest.approx(fitted[near], rel=1e-9)


def sample(rng, correction, n=40_000):
    """Units with a smooth density; those above 100 shift down by 6 (a kink), or those up to 110 stay below it."""
    free = rng.gamma(4, 30, n)
    if correction == "above":
        return np.where(free < 100, free, np.where(free < 106, 100.0, free - 6))
    return np.where((free > 100) & (free < 110), 100 - rng.uniform(0, 1.5, n), free)


@pytest.mark.parametrize(
    ("correction", "window", "place", "end", "bias"),
    [("above", (-1, 1), "centre", 106, 0.06), ("hole", (-1, None), "upper edge", 110, 0.02)],
)
def test_errors_are_those_of_repeated_samples(correction, window, place, end, bias):
    rng = np.random.default_rng(0)
    results = [
        bunching(sample(rng, correction), 100, 2, window, 4, fit=20, correction=correction, place=place, draws=100)
        for _ in range(120)
    ]
    smooth = stats.gamma(4, scale=30)
    truth = 40_000 * (smooth.cdf(end) - smooth.cdf(100))
    found = np.array([estimate(one) for one in results])
    errors = np.array([estimate(one, column="std_error") for one in results])
    assert found.mean() == pytest.approx(truth, rel=bias)
    assert errors.mean() == pytest.approx(found.std(), rel=0.2)


def test_draws_are_seeded_and_give_the_errors():
    counts = np.random.default_rng(5).poisson(moved(SMOOTH, [2, 3])).astype(float)
    one, again, other = (bunching(GRID, 0, 1, 1, 3, counts, draws=300, seed=seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one.tidy(), again.tidy())
    assert estimate(one) == estimate(other)
    assert estimate(one, column="std_error") != estimate(other, column="std_error")
    assert one.draws.shape == (300, len(COMPONENTS))
    np.testing.assert_allclose(np.sqrt(np.diag(one.covariance()[0])), one.tidy()["std_error"])
    assert one.draws["excess_mass"].mean() == pytest.approx(estimate(one), rel=0.02)
    assert "1,000 draws" in bunching(GRID, 0, 1, 1, 3, counts).summary()
    with pytest.raises(ValueError, match="bootstrap of residuals"):
        one.reliability()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6), scale=st.floats(0.01, 1000), shift=st.floats(-1e4, 1e4), many=st.floats(0.1, 100),
    correction=st.sampled_from(["above", "none"]),
)  # fmt: skip
def test_units_of_measurement_do_not_matter(seed, scale, shift, many, correction):
    counts = np.random.default_rng(seed).poisson(moved(SMOOTH, [2, 3])).astype(float)
    one = bunching(GRID, 0, 1, (-1, 1), 3, counts, draws=20, correction=correction).tidy().set_index("component")
    other = bunching(
        shift + scale * GRID, shift, scale, (-1, 1), 3, many * counts, draws=20, correction=correction
    ).tidy().set_index("component")  # fmt: skip
    for name, factor in (("excess_mass", many), ("excess_ratio", 1), ("missing_mass", many), ("response", scale)):
        for column in ("estimate", "std_error"):
            assert other.loc[name, column] == pytest.approx(factor * one.loc[name, column], rel=1e-6, abs=1e-6 * many)


def test_values_and_counts_agree_and_rows_left_out_are_said():
    rng = np.random.default_rng(1)
    values = np.append(np.round(rng.gamma(4, 30, 20_000)), [np.nan, np.nan])
    one = bunching(pd.Series(values, name="sales"), 100, 2, 1, 4, draws=20, missing="drop")
    table = pd.Series(values).value_counts()
    two = bunching(table.index, 100, 2, 1, 4, table.to_numpy(), draws=20)
    assert estimate(one) == pytest.approx(estimate(two)) and one.tidy()["unit"].iloc[0] == "units"
    assert one.about.sample.left_out["with missing values"] == 2
    near = int((np.abs(values - 100) < 21).sum())
    assert 0.9 * near < one.about.sample.used < 1.1 * near
    assert "Bunching of sales at 100" in str(one) and "left out: 2 with missing values" in one.summary()


@pytest.mark.parametrize(
    ("place", "zero"),
    [("centre", [49.5, 50, 50.4]), ("upper edge", [49.1, 49.5, 50]), ("lower edge", [50, 50.4, 50.9])],
)
def test_the_place_of_the_threshold_decides_what_is_in_its_bin(place, zero):
    values = np.array([49, 49.1, 49.5, 50, 50.4, 50.9, 51])
    inside = values[counterfactual.bin_of(values, 50, 1, place) == 0]
    assert inside.tolist() == pytest.approx(zero)
    grid = np.arange(40, 61) * 0.1
    assert counterfactual.bin_of(grid, 5, 0.1, place).tolist() == list(range(-10, 11))


def test_detail_lists_every_bin_and_the_picture_shows_them():
    result = bunching(GRID, 0, 1, (-1, 2), 3, moved(SMOOTH, [1, 2]), draws=20, correction="hole")
    detail = result.tidy(detail=True)
    assert detail.groupby("component").size().to_dict() == {"observed": 21, "counterfactual": 21, "excess": 21}
    wide = detail.pivot(index="term", columns="component", values="estimate")
    assert wide["excess"].to_numpy() == pytest.approx((wide["observed"] - wide["counterfactual"]).to_numpy())
    axes = result.plot()
    assert [len(line.get_xdata()) for line in axes.lines] == [2, 21, 21]
    assert axes.get_title(loc="left") == result.about.title
    beside = result.with_specifications({"degree 2": bunching(GRID, 0, 1, (-1, 2), 2, moved(SMOOTH, [1, 2]), draws=20)})
    assert beside.specifications["specification"].unique().tolist() == ["headline", "degree 2"]
    assert len(beside.plot().get_yticks()) == len(COMPONENTS)


def test_public_name():
    assert an.bunching is bunching


def test_a_negative_counterfactual_is_said():
    counts = np.where(GRID < 5, 100.0 - 20 * GRID, 0).clip(min=0)
    counts[GRID == 0] += 50
    result = bunching(GRID, 0, 1, (-1, 1), 1, counts, draws=20, correction="none")
    assert (result.bins["counterfactual"] < 0).any() and "Caution: the counterfactual is negative" in result.summary()


BAD = [
    ({"threshold": 31}, "threshold=31 lies outside the values, -30 to 30"),
    ({"threshold": np.nan}, "threshold=nan must be a finite number"),
    ({"bin_width": 0}, "bin_width=0 must be above zero"),
    ({"window": (-0.5, 0.5)}, "window smaller than a bin"),
    ({"window": 0.2}, "must be whole bins"),
    ({"window": (-1, None)}, "must be whole bins"),
    ({"window": (1, 3)}, "must hold bin 0"),
    ({"window": (-1, 0), "correction": "hole"}, "and a bin above it"),
    ({"window": (-50, 50)}, "counted in bins, not in the unit of the values"),
    ({"window": (-4, 4), "degree": 12}, "12 bins outside the window are too few for a polynomial of degree 12"),
    ({"degree": -1}, "degree=-1 must be a whole number of at least 0"),
    ({"degree": 2.5}, "degree=2.5"),
    ({"fit": (-40, 10)}, "the values reach from bin -30 to bin 30 only"),
    ({"correction": "kink"}, "legal values: 'above', 'hole', 'none'"),
    ({"place": "middle"}, "legal values: 'centre', 'upper edge', 'lower edge'"),
    ({"draws": 1}, "draws=1 must be a whole number of at least 2"),
    ({"seed": -1}, "seed=-1"),
    ({"weights": -SMOOTH}, "column 'weights' must be not negative"),
    ({"weights": 0 * SMOOTH}, "none is above zero"),
    ({"weights": SMOOTH[:-1]}, "60 for 61 values"),
    ({"values": np.append(GRID[:-1], np.nan)}, "missing values in 'values'"),
    ({"values": np.append(GRID[:-1], np.inf)}, "infinite number"),
    ({"values": list("abc")}, "numbers"),
    ({"values": []}, "expected one row of numbers"),
    ({"window": (-1, None), "correction": "hole"}, "at no upper end up to bin 9"),
    ({"weights": np.where(GRID > 1, 0, SMOOTH)}, "no units lie above the window"),
    ({"weights": np.where(np.abs(GRID) > 2, 1.0, 0), "degree": 0, "fit": (-2, 2)}, "nothing to divide the excess by"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_bad_input_is_named(change, message):
    counts = SMOOTH + np.where(GRID == 0, 500, 0)
    given = {"values": GRID, "threshold": 0, "bin_width": 1, "window": (-1, 1), "degree": 3, "weights": counts} | change
    if len(given["values"]) != len(GRID):
        given["weights"] = None
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        bunching(draws=change.pop("draws", 20), **{k: v for k, v in given.items() if k != "draws"})
