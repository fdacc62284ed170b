"""Values that prose cites are finite numbers or text."""

import numpy as np
import pandas as pd
import pytest

from analysis.report import values


@pytest.mark.parametrize("bad", [float("nan"), np.inf, None, "", True, pd.NA])
def test_what_prose_cannot_show_is_named(bad):
    with pytest.raises(ValueError, match="'gap'"):
        values.checked("gap", bad)


@pytest.mark.parametrize(("good", "kind"), [(np.int64(3), int), (np.float64(2.5), float), ("Korea", str), (7, int)])
def test_values_come_back_as_plain_python(good, kind):
    assert type(values.checked("x", good)) is kind


def test_a_rank_counts_from_the_top_and_refuses_gaps():
    series = pd.Series({"KOR": 2.0, "USA": 3.0, "MEX": 1.0})
    assert values.position(series, "KOR") == (2, 3)
    assert values.position(series, "MEX", descending=False) == (1, 3)
    with pytest.raises(ValueError, match="no value for USA"):
        values.position(series.where(series.index != "USA"), "KOR")
    with pytest.raises(ValueError, match="'JPN' is not among"):
        values.position(series, "JPN")


def test_phrases():
    assert values.listing([]) == "none"
    assert values.listing(["a"]) == "a"
    assert values.listing(["a", "b", "c"]) == "a, b and c"
    assert values.ordinal(112) == "112th"
