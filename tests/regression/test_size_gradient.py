"""Size gradients: Korea and the EU as published, invariances, errors by simulation, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis as an
from analysis.regression.gradient import size_gradient

NAMES = {"rate": "rate", "size_class": "size", "small": "s", "large": "l"}


def pair(small, large, **columns):
    return pd.DataFrame({"size": ["s", "l"], "rate": [small, large], **columns})


def values(result, name="estimate"):
    return result.tidy().set_index([*result.by, "component"])[name]


def adoption():
    table = an.load("ai_adoption")
    keep = table["survey"].isin(["eurostat-ict-enterprises", "nia-informatisation"]) & (table["breakdown"] == "size")
    return table[keep]


def test_korea_and_the_union_as_published():
    found = size_gradient(
        adoption(), rate="value", size_class="size_class", small="10-49", large="250+",
        by=["country", "year", "series"], missing="drop",
    )  # fmt: skip
    got = values(found).droplevel("series")
    assert got["KOR", 2024, "ratio"] == pytest.approx(66.9 / 30.6) and round(got["KOR", 2024, "ratio"], 3) == 2.186
    assert got["KOR", 2024, "gap"] == pytest.approx(36.3)
    assert got["KOR", 2024, "odds_ratio"] == pytest.approx(66.9 / 33.1 * 69.4 / 30.6)
    assert round(got["EU", 2025, "ratio"], 1) == 3.2 and got["EU", 2025, "gap"] == pytest.approx(38.03)
    # Korea's series begins anew in 2022, and there was no large class in 2023
    assert {year for country, year, _ in got.index if country == "KOR"} == {2022, 2024}
    # ratio and gap tell different stories of the same countries
    latest = got.xs(2025, level="year").unstack()
    assert latest["ratio"].idxmax() != latest["gap"].idxmax()
    assert latest["ratio"].rank().corr(latest["gap"].rank()) < 0.5
    units = found.tidy().groupby("component")["unit"].unique()
    assert units["gap"] == "percentage points" and units["ratio"] == units["odds_ratio"] == "times"
    text = found.summary()
    assert "with missing values" in text and "lack one of the two classes" in text and "of other size_class" in text
    assert "Errors: none: the table gives rates without standard errors" in text


open_rates = st.floats(0.01, 0.99)


@given(open_rates, open_rates, st.floats(0.001, 0.05), st.floats(0.001, 0.05))
@settings(max_examples=40, deadline=None)
def test_invariances(low, high, low_error, high_error):
    t = pair(low, high, error=[low_error, high_error])
    options = NAMES | {"std_error": "error"}
    one = size_gradient(t, unit="fraction", **options)
    got, error = values(one), values(one, "std_error")
    assert got["ratio"] == pytest.approx(high / low) and got["gap"] == pytest.approx(high - low, abs=1e-15)
    swapped = size_gradient(t, unit="fraction", **options | {"small": "l", "large": "s"})
    back = values(swapped)
    for name in ("ratio", "odds_ratio"):
        assert back[name] * got[name] == pytest.approx(1)
    assert back["gap"] == pytest.approx(-got["gap"], abs=1e-15)
    assert values(swapped, "std_error")["gap"] == pytest.approx(error["gap"])
    for end, other in (("conf_low", "conf_high"), ("conf_high", "conf_low")):
        assert values(swapped, end)["ratio"] == pytest.approx(1 / values(one, other)["ratio"])
        assert values(swapped, end)["gap"] == pytest.approx(-values(one, other)["gap"], abs=1e-15)
    np.testing.assert_allclose(values(swapped, "p_value"), values(one, "p_value"), rtol=1e-6, atol=1e-12)
    # percent: ratios stay, the gap and its error are a hundred times as many points
    percent = t.assign(rate=100 * t["rate"], error=100 * t["error"])
    hundred = size_gradient(percent, unit="percent", **options)
    factor = pd.Series({"ratio": 1, "gap": 100, "odds_ratio": 1})
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(values(hundred, name), values(one, name) * factor, rtol=1e-9)
    # those who do not: the odds ratio turns over, the gap changes sign, the ratio is another one
    rest = values(size_gradient(t.assign(rate=1 - t["rate"]), unit="fraction", **options))
    assert rest["odds_ratio"] * got["odds_ratio"] == pytest.approx(1, rel=1e-9)
    assert rest["gap"] == pytest.approx(-got["gap"], abs=1e-12)


def test_errors_are_those_of_drawn_rates():
    rng = np.random.default_rng(1)
    t = pair(0.3, 0.6, error=[0.012, 0.02])
    got = size_gradient(t, unit="fraction", std_error="error", **NAMES)
    low, high = rng.normal(0.3, 0.012, 200_000), rng.normal(0.6, 0.02, 200_000)
    drawn = pd.DataFrame({"ratio": high / low, "gap": high - low, "odds_ratio": high / (1 - high) * (1 - low) / low})
    np.testing.assert_allclose(values(got, "std_error"), drawn.std()[values(got).index], rtol=0.02)
    for name in ("ratio", "gap", "odds_ratio"):
        inside = drawn[name].between(values(got, "conf_low")[name], values(got, "conf_high")[name]).mean()
        assert inside == pytest.approx(0.95, abs=0.005)
    logs = np.log(drawn["ratio"])
    assert values(got, "statistic")["ratio"] == pytest.approx(np.log(2) / logs.std(), rel=0.02)
    assert "ratios in logarithms" in got.summary()


def test_groups_are_taken_one_by_one_and_keep_their_order():
    t = pd.concat([pair(r, r + 0.2 + i / 9, land=name) for i, (name, r) in enumerate({"z": 0.1, "a": 0.3}.items())])
    both = size_gradient(t.sample(frac=1, random_state=3), unit="fraction", by="land", **NAMES)
    for name in "za":
        alone = size_gradient(t[t["land"] == name], unit="fraction", **NAMES)
        assert values(both)[name].to_dict() == values(alone).to_dict()
        assert "land" not in alone.tidy()
    ordered = size_gradient(t, unit="fraction", by="land", **NAMES)
    assert ordered.tidy()["land"].unique().tolist() == ["z", "a"]
    assert ordered.rates["small_rate"].tolist() == [0.1, 0.3]
    extra = pd.concat([t, pair(0.5, 0.6, land="a").assign(size="m")])
    assert "2 of other size" in size_gradient(extra, unit="fraction", by="land", **NAMES).summary()


def test_no_ratio_where_the_small_rate_is_zero():
    t = pd.concat([pair(0.0, 0.2, land="a"), pair(0.3, 1.0, land="b"), pair(0.1, 0.2, land="c")])
    found = size_gradient(t.assign(e=0.01), unit="fraction", by="land", std_error="e", **NAMES)
    got = values(found)
    assert np.isnan(got["a", "ratio"]) and np.isnan(got["a", "odds_ratio"]) and got["a", "gap"] == 0.2
    assert got["b", "ratio"] == pytest.approx(1 / 0.3) and np.isnan(got["b", "odds_ratio"])
    assert values(found, "std_error").isna().sum() == 3 and values(found, "conf_low").isna().sum() == 3
    assert "ratio not defined in 1 of 3 groups, where the small rate is zero" in found.summary()
    assert "odds ratio not defined in 2 of 3 groups" in found.summary()
    assert "no ratio" in {text.get_text().split(",")[0] for text in found.plot().texts}


def test_the_unit_is_given_or_stated_never_guessed():
    t = pair(30.6, 66.9)
    bare = size_gradient(t, **NAMES)
    assert list(bare.tidy()["component"]) == ["ratio", "gap"] and "there is no odds ratio" in bare.summary()
    assert values(bare)["gap"] == pytest.approx(36.3) and set(bare.tidy()["unit"]) == {"times", "units of the rate"}
    assert {text.get_text() for text in bare.plot().texts} == {"2.2 times, +36.300"}
    for words in ("percent of firms", "% of enterprises"):
        t.attrs["unit"] = {"rate": words}
        assert values(size_gradient(t, **NAMES))["gap"] == pytest.approx(36.3)
    with pytest.raises(ValueError, match="unit='fraction', but the table gives 'rate' in '% of enterprises'"):
        size_gradient(t, unit="fraction", **NAMES)
    t.attrs["unit"] = {"rate": "won"}
    assert "odds_ratio" not in set(size_gradient(t, **NAMES).tidy()["component"])


def test_the_picture_shows_both_rates_and_both_measures():
    t = pd.concat([pair(30.6, 66.9, land="KOR"), pair(17.0, 55.0, land="EU")])
    found = size_gradient(t, unit="percent", by="land", **NAMES)
    ax = found.plot()
    assert [text.get_text() for text in ax.texts] == ["2.2 times, +36.3", "3.2 times, +38.0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["KOR", "EU"]
    assert ax.get_xlabel() == "rate, percent" and ax.get_title(loc="left") == "Rate: l against s"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["s", "l"]
    alone = size_gradient(pair(0.1, 0.2), unit="fraction", **NAMES)
    assert alone.plot().texts[0].get_text() == "2.0 times, +0.100"
    strip = alone.with_specifications({"other year": size_gradient(pair(0.1, 0.3), unit="fraction", **NAMES)})
    assert len(strip.specifications) == 6 and strip.plot().get_legend() is not None
    for name in ("reliability", "covariance", "bootstrap"):
        with pytest.raises(ValueError, match="no firms behind it"):
            getattr(alone, name)()


def test_errors_name_what_is_wrong():
    t = pd.concat([pair(0.1, 0.2, land="a", e=0.01), pair(0.3, 0.4, land="b", e=0.01)], ignore_index=True)

    def run(table=t, **options):
        return size_gradient(table, **{**NAMES, "unit": "fraction", "by": "land", **options})

    for options, words in (
        ({"small": "10-49"}, "small='10-49' is not known; legal values: 's', 'l'"),
        ({"large": "xl"}, "large='xl' is not known"), ({"large": "s"}, "small='s' and large='s' must be two classes"),
        ({"unit": "share"}, "unit='share' is not known; legal values: 'percent', 'fraction'"),
        ({"missing": "skip"}, "missing='skip'"), ({"rate": "use"}, "rate='use': no such column"),
        ({"rate": "land", "by": None}, "numbers are needed"), ({"by": "size"}, "already used as size_class="),
        ({"by": "unit"}, "grouping column 'unit'"), ({"std_error": "se"}, "std_error='se': no such column"),
        ({"by": None}, r"more than one row for \['size'\]: 's', 'l'"),
        ({"table": pd.concat([t, t[:1]])}, r"more than one row for \['land', 'size'\]: \('a', 's'\)"),
        ({"table": t.assign(rate=t["rate"] * 4)}, r"'s' must be between 0 and 1 \(fraction\); it is 1.2 in .*'b'"),
        ({"table": t.assign(rate=t["rate"] - 0.35)}, "rate of 's' must be between 0 and 1"),
        ({"table": t.assign(rate=t["rate"] * 400), "unit": "percent"}, "must be between 0 and 100"),
        ({"table": t.assign(e=-1.0), "std_error": "e"}, "standard error of 's' must be not negative"),
        ({"table": t[:3]}, "1 of 2 groups lack size 's' or 'l', first {'land': 'b'}; missing=\"drop\""),
        ({"table": t.iloc[[0, 3]], "missing": "drop"}, "no group has a rate for both"),
        ({"table": t.assign(rate=t["rate"].where(t.index > 0))}, r"missing values in 'rate' \(1\)"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            run(**options)
    with pytest.raises(TypeError, match="expected a pandas DataFrame"):
        run([1, 2])
    kept = run(t.assign(rate=t["rate"].where(t.index > 0)), missing="drop")
    assert kept.tidy()["land"].unique().tolist() == ["b"]
    assert "1 with missing values, 1 in groups that lack one of the two classes" in kept.summary()
