"""What Blinder-Oaxaca is given and says of it: kinds of tables, formulas, and bad input named with its remedy."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.decomposition.oaxaca import oaxaca_blinder
from tests.decomposition.oaxaca_cases import REFERENCES, estimate, firms, parts, terms


@pytest.mark.parametrize("kind", ["polars", "lazy", "arrow", "duckdb", "ibis"])
def test_any_table_gives_the_same_answer(kind):
    frame = firms().assign(k=lambda t: t["k"].map({1: "one", 2: "two", 3: "three"}), unused=1)
    frame.loc[[3, 7], "x"] = np.nan
    connection = duckdb.connect()
    connection.register("frame", frame)
    table = {
        "polars": lambda: pl.from_pandas(frame), "lazy": lambda: pl.from_pandas(frame).lazy(),
        "arrow": lambda: pa.Table.from_pandas(frame), "duckdb": lambda: connection.sql("select * from frame"),
        "ibis": lambda: ibis.memtable(frame),
    }[kind]()  # fmt: skip
    options = {"formula": "y ~ x + k", "weights": "w", "cluster": "c", "strata": "s", "missing": "drop"}
    want, got = estimate(frame, **options), estimate(table, **options)
    pd.testing.assert_frame_equal(got.tidy(), want.tidy(), rtol=1e-9)
    assert "left out: 2 with missing values" in got.summary()


def test_the_formula_takes_functions_dots_and_spaces():
    table = firms().assign(**{"log.size": lambda t: np.log(t["w"]), "real wage": lambda t: np.exp(t["y"])})
    result = estimate(table, "np.log(`real wage`) ~ log.size + I(x**2) + x:z + C(k, contr.treatment(3)) + poly(z, 2)")
    assert result.tidy()["unit"].unique().tolist() == ["log points"]
    assert ("explained", "C(k, contr.treatment(3))[T.1]") in terms(estimate(table, "y ~ C(k, contr.treatment(3))"))
    only = estimate(table, "y ~ 1", reference="group_b")
    assert parts(only)["explained"] == 0
    assert parts(only, "std_error")["unexplained"] == parts(only, "std_error")["difference"] > 0
    # powers of a year keep their digits
    year = table.assign(year=2000 + np.arange(240) % 21)
    raw = estimate(year, "y ~ year + I(year**2) + I(year**3)", reference="neumark")
    small = estimate(year.assign(year=year["year"] - 2010), "y ~ year + I(year**2) + I(year**3)", reference="neumark")
    assert parts(raw).to_dict() == pytest.approx(parts(small).to_dict(), rel=1e-5)


def test_what_it_says():
    table = firms().assign(y=lambda t: t["y"].where(t.index != 5))
    table.attrs["unit"] = {"y": "thousand won an hour"}
    result = estimate(table, missing="drop", weights="w", cluster="c", reference=0.25, group_a="small")
    text = result.summary()
    for words in (
        "g small minus g large", "0.25 times the coefficients of g small", "w as sampling weights", "239 rows used",
        "left out: 1 with missing values", "clusters (c)", "thousand won an hour", "Oaxaca 1973", "mean y: g small",
    ):
        assert words in text
    assert result.about.direction == "g small minus g large"
    assert "Neumark 1988" in estimate(reference="neumark").summary()
    assert estimate(vcov="classical", weights="w").about.weights == "w as analytic weights"
    assert result.reliability()["units"].tolist() == [30, 30, 30]
    both = estimate(specifications={"half": estimate(reference="reimers")})
    assert set(both.specifications["specification"]) == {"headline", "half"}


BAD = [
    ({}, {"reference": "poled"}, "reference='poled' is not known; legal values: 'group_a', .* or a number"),
    ({}, {"reference": 1.2}, "number in \\[0, 1\\]"),
    ({}, {"reference": True}, "reference=True"),
    ({}, {"reference": float("nan")}, "reference=nan"),
    ({}, {"vcov": "hc1"}, "vcov='hc1' is not known; legal values: 'robust', 'classical', 'cluster'"),
    ({}, {"vcov": "cluster"}, "needs cluster="),
    ({}, {"vcov": "classical", "cluster": "c"}, "takes the rows as independent"),
    ({}, {"threefold": True, "reference": "reimers"}, "threefold=True has no reference"),
    ({}, {"threefold": True, "split": True}, "split=True"),
    ({}, {"regressors": "random"}, "regressors='random'"),
    ({}, {"group": "gg"}, "group='gg': no such column; the table has 'g', 'x'"),
    ({}, {"cluster": "cc"}, "cluster='cc': no such column"),
    ({}, {"weights": "ww"}, "weights='ww': no such column"),
    ({}, {"formula": "y ~ x + q"}, "no column 'q'; the table has 'g', 'x'"),
    ({}, {"formula": "y ~ x + bs(q, df=4)"}, "cannot be evaluated"),
    ({}, {"formula": "y ~ x + g"}, "group='g' is in the formula"),
    ({}, {"formula": "y ~ x + I(y)*y"}, "the outcome 'y' is a term"),
    ({}, {"formula": "x + z"}, "outcome ~"),
    ({}, {"formula": "y ~ x | z"}, "no \\| parts"),
    ({}, {"formula": "y ~ x +"}, "cannot be read"),
    ({}, {"formula": "s ~ x"}, "one column of numbers"),
    ({}, {"formula": "y ~ 0 + x"}, "keep the intercept"),
    ({}, {"formula": "y ~ np.log(x)"}, "'np.log\\(x\\)' is nan in .* rows"),
    ({}, {"group_a": "medium"}, "group_a='medium' is not known; legal values: 'large', 'small'"),
    ({}, {"normalise": "x"}, "normalise='x' is no factor of the formula; its factors: 'C\\(k\\)'"),
    ({}, {"normalise": "k", "formula": "y ~ 0 + C(k)"}, "needs an intercept"),
    ({}, {"normalise": "k", "formula": "y ~ C(k, contr.sum)"}, "treatment coding"),
    ({}, {"normalise": "k", "formula": "y ~ C(k)*s"}, "interact with another factor"),
    ({"g": "large"}, {}, "exactly two groups; it holds 1: 'large'"),
    ({"g": lambda t: t["k"]}, {}, "it holds 3: 1, 2, 3"),
    ({"x": lambda t: t["x"].where(t.index > 2)}, {}, "missing values in 'x' \\(3\\).*missing=\"drop\""),
    ({"x": lambda t: t["x"].replace(t["x"].iloc[4], np.inf)}, {}, "column 'x': infinite number in 1 rows"),
    ({"x": lambda t: t["x"] * 1e120}, {}, "'x' goes beyond"),
    ({"y": 3.0}, {}, "the outcome 'y' is constant \\(3\\) in group 'large' of 'g'"),
    ({"y": lambda t: t["y"].where(t["g"] == "large", 1.0)}, {}, "constant \\(1\\) in group 'small'"),
    ({"z": lambda t: 3 - 2 * t["x"]}, {}, "singular in group 'large' of 'g': '[xz]' is a combination of '[xz]'"),
    ({"z": lambda t: t["z"].where(t["g"] == "large", 1.0)}, {}, "column 'z' has one value only in group 'small'"),
    ({"k": lambda t: t["k"].where(t["g"] == "large", 1)}, {}, "group 'small' of 'g' has no row in level 2 \\(.* rows"),
    ({"w": 0.0}, {"weights": "w"}, "'w' must be positive; it is 0"),
    ({"w": lambda t: t["w"] - 1}, {"weights": "w"}, "'w' must be positive; it is -"),
    ({"c": 1}, {"cluster": "c"}, "has one cluster only"),
    ({"c": lambda t: (t["g"] == "large").astype(int)}, {"cluster": "c"}, "group 'large' has one cluster only"),
    ({"s": lambda t: t["s"].where(t.index > 0, "lonely")}, {"strata": "s"}, "stratum 'lonely' has one row only"),
    ({"f": lambda t: t["w"]}, {"population": "finite", "sampling": "f"}, "fractions lie in"),
    ({"f": lambda t: t["w"] / 4}, {"population": "finite", "sampling": "f"}, "the fraction varies"),
    ({"x": lambda t: pd.Timestamp("2020-01-01")}, {}, "numbers, booleans, texts or categories"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "options", "message"), BAD)
def test_bad_input_is_named_with_its_remedy(changes, options, message):
    with pytest.raises(ValueError, match=message):
        estimate(firms().assign(**changes), **options)


def test_tables_that_cannot_be():
    with pytest.raises(ValueError, match="group 'large' of 'g' has [1-3] rows for 3 coefficients"):
        estimate(firms(6), "y ~ x + z")
    with pytest.raises(TypeError, match="expected a table"):
        estimate([1, 2, 3])
    with pytest.raises(ValueError, match="two columns of one name"):
        estimate(firms().rename(columns={"c": "x"}))
    hollow = firms().assign(s=lambda t: t["s"].where((t["g"] == "small") | (t["k"] < 3), "n"))
    one, other = r"'C\(k\)\[T.3\]:s\[T.n\]'", r"'C\(k\)\[T.3\]'"  # equal columns: which is named first is rounding
    with pytest.raises(ValueError, match=f"{one} is a combination of .*{other}|{other} is a combination of .*{one}"):
        estimate(hollow, "y ~ x + C(k)*s")
    rare = firms(200).assign(k=lambda t: np.where(t.groupby("g").cumcount() == 0, 4, 1))
    with pytest.raises(ValueError, match="bootstrap draws have a singular design"):
        estimate(rare, "y ~ x + C(k)").bootstrap(100)


@settings(max_examples=60, deadline=None)
@given(
    table=st.lists(
        st.tuples(
            st.sampled_from(["p", "q", "r", None]), st.sampled_from([0.0, 1.0, -1e300, np.inf, np.nan, 2.5]),
            st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([1, 1, 2, 3]),
            st.sampled_from([1.0, 1.0, 2.0, 1e-300, 0.0, -1.0]),
        ), max_size=40,
    ),
    options=st.fixed_dictionaries({
        "reference": st.sampled_from([*REFERENCES, "nobody", -1, None]), "missing": st.sampled_from(["drop", "raise"]),
        "weights": st.sampled_from([None, "w"]), "cluster": st.sampled_from([None, "k"]),
        "normalise": st.sampled_from([None, "k", "x"]),
    }),
)  # fmt: skip
def test_fuzzed_input_gives_a_result_or_a_value_error(table, options):
    frame = pd.DataFrame(table, columns=["g", "x", "y", "k", "w"]).astype({"g": object})
    try:
        result = oaxaca_blinder("y ~ x + C(k)", frame, group="g", **options)
    except ValueError as error:
        assert len(str(error)) > 20
    else:
        assert np.isfinite(result.tidy()["std_error"]).all()
