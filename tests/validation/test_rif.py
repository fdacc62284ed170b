"""Recentred influence function regression against R's rifreg: log wages of 5,000 men, 1983 to 1985."""

import re
from pathlib import Path

import pandas as pd
import pytest

from analysis.regression.distribution import rif_regression

CASE = Path(__file__).parents[2] / ".." / "shared" / "validation" / "rifreg_men8385"
FORMULA = "log(wage) ~ union + nonwhite + married + education + experience"
EDUCATION = ["High School", "Elementary", "HS dropout", "Some College", "College", "Post-graduate"]
EXPERIENCE = ["20-24", "0-4", "5-9", "10-14", "15-19", "25-29", "30-34", "35-39", ">=40"]

pytestmark = pytest.mark.skipif(not CASE.exists(), reason="needs ../shared/validation/rifreg_men8385")


def printed(file):
    """Tables of coefficients as R printed them: column -> term -> value."""
    tables, columns = {}, []
    for line in (CASE / file).read_text().splitlines():
        if line.strip().startswith("rif_"):
            columns = line.split()
            tables.update({column: {} for column in columns})
        elif columns and (found := re.match(r"(\S.*?)((?:\s+-?\d\.\d[\de.+-]*)+)$", line)):
            for column, value in zip(columns, found[2].split(), strict=True):
                tables[column][found[1]] = float(value)
    return tables


@pytest.fixture(scope="module")
def men():
    rows = pd.read_csv(CASE / "men8385_first5000.csv")
    levels = {"education": EDUCATION, "experience": EXPERIENCE}
    return rows.assign(**{name: pd.Categorical(rows[name], order) for name, order in levels.items()})


@pytest.mark.parametrize(
    ("file", "weights"), [("r_first5000.txt", "weights"), ("r_first5000_unweighted.txt", None)], ids=["weights", "even"]
)
def test_the_coefficients_of_r(men, file, weights):
    tables = printed(file)
    assert len(tables) == 5 and all(len(table) == 17 for table in tables.values())
    levels = [0.1, 0.5, 0.9]
    quantiles = rif_regression(FORMULA, men, at=levels, weights=weights).tidy()
    results = {f"rif_quantile_{level}": quantiles[quantiles["at"] == level] for level in levels}
    results |= {f"rif_{name}": rif_regression(FORMULA, men, name, weights=weights).tidy() for name in
                ("variance", "gini")}  # fmt: skip
    for column, want in tables.items():
        names = results[column]["term"].str.replace("[T.", "").str.replace("]", "").replace("Intercept", "(Intercept)")
        got = dict(zip(names, results[column]["estimate"], strict=True))
        assert got == pytest.approx(want, abs=1e-9)


def test_the_density_at_the_median(men):
    # rifreg takes the density at the quantile itself, density() on a grid over all the data: a fortieth of a thousandth
    words = rif_regression(FORMULA, men).about.compared
    quantile, density, width = (float(text) for text in re.findall(r"\d\.\d{4,}", words))
    assert (quantile, width) == pytest.approx((1.78683960438, 0.0920666052657), rel=1e-3)
    assert density == pytest.approx(0.664366143336, rel=1e-4)
    given = rif_regression(FORMULA, men, bandwidth=0.0920666052657).tidy()["estimate"]
    assert given.iloc[1] == pytest.approx(0.3093216242092, abs=1e-9)
