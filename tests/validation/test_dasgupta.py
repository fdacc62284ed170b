"""Das Gupta (1993): the typed inputs give the published effects, and both are those of the validation folder."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.report import validation

EXPECTED = Path(__file__).parents[2] / ".." / "shared" / "validation" / "dasgupta_1993" / "expected.json"


def test_every_case_passes():
    table = validation.cases()
    assert table.columns.tolist() == validation.COLUMNS
    assert set(table["published_case"].str.extract(r"table (\d\.\d)")[0].dropna()) == {
        "2.1",
        "2.2",
        "2.3",
        "4.3",
        "5.1",
    }
    assert table["pass"].all(), table[~table["pass"]]


def test_a_wrong_answer_fails():
    table = validation.cases([("shapley", "made up", "a", 1.0, 1.1, 0.05)])
    assert table["pass"].tolist() == [True] * (len(table) - 1) + [False]


@pytest.mark.skipif(not EXPECTED.exists(), reason="needs ../shared/validation")
def test_typed_numbers_are_the_validation_folder_s():
    book = json.loads(EXPECTED.read_text())
    one = book["eg2_1"]
    assert list(validation.EARNINGS.values()) == [tuple(one["avg_earnings"]), tuple(one["earner_prop"])]
    assert list(validation.EARNINGS_EFFECTS.values()) == list(one["diff"].values())
    for name, inputs, effects in (
        ("eg2_2", validation.BIRTHS, validation.BIRTHS_EFFECTS),
        ("eg2_3", validation.UNMARRIED, validation.UNMARRIED_EFFECTS),
    ):
        assert list(inputs.values()) == [tuple(pair) for pair in book[name]["f"]]
        assert list(effects.values()) == [*book[name]["diff"], book[name]["crude"]]
    for year, typed in (("y1960", validation.TAIWAN_1960), ("y1970", validation.TAIWAN_1970)):
        for got, want in zip(typed.values(), book["eg4_3"][year].values(), strict=True):
            assert np.array_equal(got, want)
    assert list(validation.TAIWAN_EFFECTS.values()) == list(book["eg4_3"]["diff"].values())
    five, table = book["eg5_1"], validation.HEADSHIP
    for year in (1970, 1985):
        rows = table[table["year"] == year]
        assert rows["size"].tolist() == five[f"size{year}"] and rows["rate"].tolist() == five[f"rate{year}"]
    effects = validation.HEADSHIP_EFFECTS
    assert [effects["composition"], effects["rate"], effects["total"]] == [
        five["structure"],
        five["rate"],
        five["crude"],
    ]
