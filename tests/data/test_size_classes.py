"""The vocabulary of size classes: labels, bounds, order, and sets that leave no gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import sizes


def test_bounds_of_closed_and_open_classes():
    assert sizes.bounds("1-249") == (1, 249)
    assert sizes.bounds("300+") == (300, None)


@pytest.mark.parametrize("label", ["", "10 to 49", "49-10", "<250", "250", "micro", None])
def test_a_wrong_label_is_named_with_legal_ones(label):
    with pytest.raises(ValueError, match=r"not a head-count class; legal: such as 1-9, 10-19, .*250\+"):
        sizes.bounds(label)


def test_check_names_the_illegal_label_and_the_legal_ones():
    with pytest.raises(ValueError, match=r"'10-49' is not legal; legal size classes: 1-9, 10-19, 20-49, 50-249, 250\+"):
        sizes.check(["1-9", "10-49"], sizes.FINE)


@pytest.mark.parametrize("classes", [sizes.FINE, sizes.STANDARD, sizes.WORKPLACE])
def test_each_vocabulary_is_a_set_of_parts(classes):
    sizes.check_parts(classes)


@pytest.mark.parametrize(
    ("classes", "problem"),
    [
        (["1-9", "10-19", "10-49", "50-249", "250+"], "10-19 and 10-49 overlap"),
        (["1-9", "50-249", "250+"], "between size classes 1-9 and 50-249 there is a gap"),
        (["1-9", "10-49"], "10-49, is not open at the top"),
        (["250+", "250+"], "more than once"),
    ],
)
def test_parts_that_overlap_or_leave_a_gap(classes, problem):
    with pytest.raises(ValueError, match=problem):
        sizes.check_parts(classes)


@given(st.lists(st.integers(2, 5000), unique=True, min_size=1, max_size=8), st.randoms())
def test_any_cut_of_the_line_is_a_set_of_parts_in_order(cuts, random):
    edges = [1, *sorted(cuts)]
    classes = [f"{low}-{high - 1}" for low, high in zip(edges, edges[1:], strict=False)] + [f"{edges[-1]}+"]
    shuffled = random.sample(classes, len(classes))
    sizes.check_parts(shuffled)
    assert sizes.in_order(shuffled) == classes


def test_legal_classes_are_not_mixed_with_head_counts():
    with pytest.raises(ValueError, match="'micro' is not a head-count class"):
        sizes.in_order(["micro", "250+"])
