"""One reading of formulas for all methods: columns in use, plain numbers, and design matrices that can be undone."""

import decimal

import numpy as np
import pandas as pd
import pytest

from analysis import engine, formulas
from analysis.regression import formulas as regressions

TABLE = pd.DataFrame({
    "y": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0], "x": [1, 2, 3, 4, 5, 7], "k": pd.Categorical(list("aabbcc"), list("abcz")),
    "year": [2000, 2001, 2002, 2003, 2004, 2006], "pay me": [1.0, 3.0, 2.0, 5.0, 4.0, 6.0],
    "day": pd.to_datetime(["2020-01-01", "2021-01-01"] * 3), "c": list("uuvvww"),
})  # fmt: skip


@pytest.mark.parametrize(("text", "used", "right"), [
    ("y ~ x + C(k)", ["y", "x", "k"], ["x", "k"]),
    ("log(y) ~ bs(x, df=4) + x:year", ["y", "x", "year"], ["x", "year"]),
    ("`pay me` ~ poly(x, 2) + np.log(y)", ["pay me", "x", "y"], ["x", "y"]),
    ("y ~ I(y**2) + C(k, contr.treatment('x'))", ["y", "k"], ["y", "k"]),
    ("y ~ 1", ["y"], []),
])  # fmt: skip
def test_columns_in_use(text, used, right):
    found = formulas.parse(text, list(TABLE.columns))
    assert found.columns == used and found.regressors == right
    assert list(found.roles.values()) == used


@pytest.mark.parametrize(("text", "words"), [
    (3, "expected a text like"), ("y + x", "expected a text like"), ("y ~ x +", "cannot be read"),
    ("y ~ x | k", r"one list of terms \(no \| parts\).*not after \|"), ("y + x ~ k", "the outcome must be one column"),
    ("y ~ q + x", "no column 'q'; the table has 'y', 'x'"), ("k ~ x", "the outcome must be one column"),
    ("y ~ 0", "no term and no intercept"), ("y ~ log(x - 1)", r"is -inf in 1 rows, first in used row 0"),
    ("y ~ I(x * 1e101)", "beyond 1e[+]100"), ("y ~ x + day", r"column 'day' holds datetime64.*C\(day\) makes levels"),
    ("y ~ x + bs(k, df=4)", "cannot be evaluated"),
])  # fmt: skip
def test_a_bad_formula_is_named(text, words):
    with pytest.raises(ValueError, match=words):
        found = formulas.parse(text, list(TABLE.columns))
        found.evaluate(TABLE[found.columns])


def test_dates_make_levels():
    found = formulas.parse("y ~ C(day)", list(TABLE.columns)).evaluate(TABLE)
    assert len(found.names) == 2 and found.x[:, 1].tolist() == [0, 1] * 3


def test_columns_are_plain():
    assert formulas.plain(TABLE["k"], "k").cat.categories.tolist() == ["a", "b", "c"]
    assert formulas.plain(pd.Series([decimal.Decimal("1.5")] * 2), "d").tolist() == [1.5, 1.5]
    assert formulas.plain(pd.Series([1, 2], dtype="Int64"), "i").dtype == np.int64
    assert formulas.plain(pd.Series([True, False], dtype="boolean"), "b").dtype == bool
    with pytest.raises(ValueError, match="column 'z': infinite number in 1 rows, first in used row 1"):
        formulas.plain(pd.Series([1.0, np.inf]), "z")


@pytest.mark.parametrize("text", ["y ~ year + I(year**2) + C(k)", "y ~ 0 + year + C(k)"])
def test_scaling_can_be_undone(text):
    made = formulas.parse(text, list(TABLE.columns)).evaluate(TABLE)
    scaled = formulas.scale(made.x, made.names)
    assert scaled.x @ scaled.onto == pytest.approx(made.x, rel=1e-12)
    assert scaled.back @ scaled.onto == pytest.approx(np.eye(len(made.names)), abs=1e-6)
    assert made.x @ scaled.back == pytest.approx(scaled.x, abs=1e-6)
    assert made.x @ (scaled.back @ np.arange(len(made.names))) == pytest.approx(scaled.x @ np.arange(len(made.names)))


def test_the_encoding_builds_other_rows_alike():
    model = regressions.read("y ~ C(k) + center(x)", TABLE, None, engine.Design("c"), "raise", {"of year": "year"})
    again = model.spec.get_model_matrix(model.table.iloc[[4, 0]], context={}, na_action="ignore").to_numpy(dtype=float)
    assert again @ model.back == pytest.approx(model.x[[4, 0]])
    assert model.table.columns.tolist() == ["y", "k", "x"] and model.frame.columns.tolist() == ["cluster", "of year"]


def test_some_rows_make_a_regression_of_their_own():
    rows = np.array([True, True, True, True, False, False])
    design = engine.Design("c")
    kept = regressions.read("y ~ C(k)", TABLE, "x", design, "raise").keep(rows)
    alone = regressions.read("y ~ C(k)", TABLE[rows], "x", design, "raise")
    assert kept.names == alone.names == ["Intercept", "C(k)[T.b]"]
    assert kept.x.tolist() == alone.x.tolist() and kept.weight.tolist() == [1, 2, 3, 4]
    assert kept.frame["cluster"].tolist() == list("uuvv")
    with pytest.raises(ValueError, match="2 rows for 2 coefficients"):
        kept.keep(np.array([True, False, True, False]))
