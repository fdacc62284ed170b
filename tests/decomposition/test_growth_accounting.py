"""Growth accounting: the Penn World Table's own TFP, identities, errors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an

PWT = Path(__file__).parents[2] / ".." / "shared" / "sources" / "macro" / "pwt110_KOR_fullprecision_1989-2023.csv"
KEYS = {"time": "year", "output": "y", "capital": "k", "labour": "l", "labour_share": "share"}


def tfp(result):
    return result.tidy(detail=True).query("component == 'tfp'").set_index("term")["estimate"]


@pytest.mark.skipif(not PWT.exists(), reason="needs ../shared/sources: PWT, Korean rows at full precision")
def test_penn_world_table_tfp():
    table = pd.read_csv(PWT).assign(hours=lambda t: t["emp"] * t["avh"])
    result = an.growth_accounting(
        table, time="year", output="rgdpna", capital="rkna", labour="hours", labour_share="labsh", human_capital="hc"
    )
    want = np.log(table["rtfpna"]).diff().iloc[1:].to_numpy()
    assert np.abs(tfp(result).to_numpy() - want).max() < 1e-6
    assert tfp(result).index.tolist() == list(range(1990, 2024))
    # heads instead of hours would miss the fall in hours: the check can fail
    heads = an.growth_accounting(
        table, time="year", output="rgdpna", capital="rkna", labour="emp", labour_share="labsh", human_capital="hc"
    )
    assert np.abs(tfp(heads).to_numpy() - want).max() > 1e-3


def test_penn_world_table_tfp_from_the_package():
    try:
        table = an.load("macro_panel")
    except (FileNotFoundError, KeyError, ValueError):
        pytest.skip("the table macro_panel has not been built")
    table = table.query("country == 'KOR' and vintage == 'pwt-11.0-kor'").dropna(subset="tfp_national_prices")
    assert len(table) > 25
    result = an.growth_accounting(
        table.assign(total_hours=table["employment"] * table["hours"]), time="year", output="gdp_national_prices",
        capital="capital_services_national_prices", labour="total_hours", labour_share="labour_share",
        human_capital="human_capital",
    )  # fmt: skip
    want = np.log(table.sort_values("year")["tfp_national_prices"]).diff().iloc[1:].to_numpy()
    assert np.abs(tfp(result).to_numpy() - want).max() < 1e-6


@st.composite
def panels(draw):
    years = sorted(draw(st.sets(st.integers(1950, 2030), min_size=2, max_size=8)))
    levels = st.lists(st.floats(0.1, 1000), min_size=len(years), max_size=len(years))
    shares = st.lists(st.floats(0, 1), min_size=len(years), max_size=len(years))
    return pd.DataFrame({
        "year": years, "y": draw(levels), "k": draw(levels), "l": draw(levels), "h": draw(levels),
        "share": draw(shares),
    })  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(table=panels(), factor=st.floats(0.01, 100), seed=st.integers(0, 99))
def test_identities_and_invariances(table, factor, seed):
    result = an.growth_accounting(table, **KEYS, human_capital="h")
    got = result.tidy().set_index("component")["estimate"]
    assert list(got.index) == ["capital", "labour", "human_capital", "tfp", "total"]
    span = table["year"].iloc[-1] - table["year"].iloc[0]
    assert got["total"] == pytest.approx(np.log(table["y"].iloc[-1] / table["y"].iloc[0]) / span, abs=1e-12)
    assert got.drop("total").sum() == pytest.approx(got["total"], abs=1e-12)
    other = table.assign(y=table["y"] * factor, k=table["k"] / factor).sample(frac=1, random_state=seed)
    again = an.growth_accounting(other, **KEYS, human_capital="h").tidy()["estimate"]
    assert again.to_numpy() == pytest.approx(got.to_numpy(), abs=1e-10)
    # the span's rate is the mean of the periods' rates, weighted by their length
    gaps = np.diff(table["year"])
    assert (tfp(result).to_numpy() * gaps).sum() / span == pytest.approx(got["tfp"], abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(table=panels(), rate=st.floats(-0.1, 0.1))
def test_recovers_a_known_tfp(table, rate):
    table = table.assign(share=0.6)
    table["y"] = np.exp(rate * table["year"]) * table["k"] ** 0.4 * (table["l"] * table["h"]) ** 0.6
    got = tfp(an.growth_accounting(table, **KEYS, human_capital="h"))
    assert got.to_numpy() == pytest.approx(np.full(len(got), rate), abs=1e-9)


def simple():
    return pd.DataFrame(
        {"year": [2000, 2001, 2003], "y": [1.0, 2.0, 3.0], "k": 1.0, "l": [1.0, 1.0, 2.0], "share": 0.5}
    )


def test_by_and_drop():
    table = pd.concat([simple().assign(country="A"), simple().assign(country="B")])
    result = an.growth_accounting(table, **KEYS, by="country")
    assert result.tidy()["country"].unique().tolist() == ["A", "B"]
    hole = simple().assign(y=[1.0, np.nan, 3.0])
    result = an.growth_accounting(hole, **KEYS, missing="drop")
    assert "1 with missing values" in result.summary()
    assert tfp(result).index.tolist() == [2003]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"capital": "kk"}, "capital='kk': no such column"),
        ({}, {"missing": "skip"}, "missing='skip'"),
        ({"y": [1.0, np.nan, 3.0]}, {}, "missing values in 'y'"),
        ({"k": 0.0}, {}, "'k' must be positive"),
        ({"share": 1.2}, {}, "between 0 and 1; it is 1.2 at 2000"),
        ({"year": [2000, 2000, 2001]}, {}, "more than one row for .*2000"),
        ({"year": list("abc")}, {}, "time='year': the column holds"),
    ],
)
def test_errors(change, options, message):
    with pytest.raises(ValueError, match=message):
        an.growth_accounting(simple().assign(**change), **{**KEYS, **options})


def test_one_time_only():
    with pytest.raises(ValueError, match="two end points are needed"):
        an.growth_accounting(simple().head(1), **KEYS)
