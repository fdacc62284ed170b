"""Blinder-Oaxaca against print and other programs: Jann (2008), FLF (2011), Stata, R oaxaca, R OaxacaBlinder."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.decomposition.oaxaca import oaxaca_blinder

SHARED = Path(__file__).parents[2] / ".." / "shared" / "validation"
CARDS = ["AGE", "INCOME", "INCOMESQ"]


def held(folder, file):
    path = SHARED / folder / file
    if not path.exists():
        pytest.skip(f"needs ../shared/validation/{folder}/{file}")
    return path


@pytest.fixture(scope="module")
def swiss():
    return pd.read_csv(held("oaxaca_stata_jann2008", "oaxaca.csv"))


@pytest.fixture(scope="module")
def chicago():
    table = pd.read_csv(held("r_oaxaca_chicago", "chicago.csv"))
    levels = ["high.school", "LTHS", "some.college", "college", "advanced.degree"]
    table["education"] = pd.Categorical(table[levels].idxmax(axis=1), levels)
    table["real.wage"] = np.exp(table["ln.real.wage"])
    return table


def estimates(result, column="estimate"):
    return result.tidy().set_index("component")[column]


def test_jann_2008_section_5_1_threefold(swiss):
    want = json.loads(held("oaxaca_stata_jann2008", "expected.json").read_text())
    result = oaxaca_blinder(
        "lnwage ~ educ + exper + tenure", swiss, group="female", threefold=True, vcov="classical", missing="drop"
    )
    both = result.predictions()
    assert both["rows"].tolist() == [want["N1"], want["N2"]]
    got = {f"prediction_{i + 1}": both.loc[i, ["estimate", "std_error"]].tolist() for i in range(2)}
    got |= {row.component: [row.estimate, row.std_error] for row in result.tidy().itertuples()}
    for name, values in got.items():
        assert values == pytest.approx(want[name], abs=want["tol"]), name


@pytest.mark.parametrize(("regressors", "digits"), [("independent", 7), ("stochastic", None)])
def test_jann_2008_section_5_2_pooled(swiss, regressors, digits):
    # printed by Stata: oaxaca lnwage educ exper tenure, by(female) pooled. Coefficients from suest, N / (N - 1) over
    # all rows; means with sample covariances, n - 1 of each group; no covariance between the two
    result = oaxaca_blinder(
        "lnwage ~ educ + exper + tenure", swiss, group="female", missing="drop", regressors=regressors
    )
    both = result.predictions()
    assert both["estimate"].tolist() == pytest.approx([3.440222, 3.266761], abs=6e-7)
    want = {"explained": 0.089347, "unexplained": 0.0841137, "difference": 0.1734607}
    assert estimates(result).to_dict() == pytest.approx(want, abs=6e-8)
    errors = {"explained": 0.0137531, "unexplained": 0.025333, "difference": 0.0279325}
    if digits:
        assert both["std_error"].tolist() == pytest.approx([0.0174586, 0.0218042], abs=6e-8)
        assert estimates(result, "std_error").to_dict() == pytest.approx(errors, abs=6e-8)
    else:
        # with their covariance the explained part varies less, as the bootstrap of rows confirms; the rest hardly moves
        got = estimates(result, "std_error")
        assert got["explained"] == pytest.approx(0.0132101, abs=6e-8)
        assert got[["unexplained", "difference"]].tolist() == pytest.approx([0.025333, 0.0279325], rel=1e-4)
        assert result.bootstrap(4_000, seed=1)["ratio"].between(0.95, 1.05).all()


def test_stata_on_credit_cards():
    table = pd.read_csv(held("oaxaca_ccards", "ccard.csv"))
    want = json.loads(held("oaxaca_ccards", "expected.json").read_text())
    formula = f"AVGEXP ~ {' + '.join(CARDS)}"
    for key, options in (
        ("threefold", {"threefold": True, "group_a": 1}),
        ("threefold_noswap", {"threefold": True}),
        ("pooled_with_group_dummy", {"group_a": 1}),
    ):
        got = estimates(oaxaca_blinder(formula, table, group="OWNRENT", **options)).rename({"difference": "gap"})
        assert got.to_dict() == pytest.approx(want[key], abs=want["tol"]), key


REFERENCES = {"0": "group_b", "1": "group_a", "0.5": "reimers", "0.430930930930931": "cotton", "-1": "neumark",
              "-2": "pooled"}  # fmt: skip


def r_output(file):
    """Components and details that R oaxaca printed: (weight, part, term) -> value."""
    found, weight = {}, None
    for line in held("r_oaxaca_chicago", file).read_text().splitlines():
        words = line.split()
        if words and words[0] == "$beta.A":
            break
        if len(words) == 10 and words[0].startswith("["):
            weight, numbers = f"{float(words[1]):.15g}", words[2::2]
            term = "total"
        elif len(words) == 10 and (words[0].isalpha() or "." in words[0] or words[0].startswith("(")):
            weight, numbers, term = f"{float(words[1]):.15g}", words[2::2], words[0]
        else:
            continue
        for part, number in zip(("explained", "unexplained", "unexplained_a", "unexplained_b"), numbers, strict=True):
            found[weight, part, term] = float(number)
    return found


@pytest.mark.parametrize(("outcome", "file"), [
    ("ln.real.wage", "r_oaxaca_output_lnwage.txt"), ("real.wage", "r_oaxaca_output_wage.txt"),
])  # fmt: skip
def test_r_oaxaca_every_reference_with_detail(chicago, outcome, file):
    want = r_output(file)
    assert {key[0] for key in want} == set(REFERENCES)
    assert len(want) == 6 * 4 * 9
    formula = f"{outcome} ~ age + female + education"
    used = set()
    for weight, reference in REFERENCES.items():
        # R 0.1.5 leaves the coefficients of "pooled" as they are where it normalises those of the groups
        normalise = "education" if reference != "pooled" else None
        options = {"group": "foreign.born", "reference": reference, "missing": "drop", "normalise": normalise}
        for split in (False, True):
            result = oaxaca_blinder(formula, chicago, split=split, **options)
            for component, value in estimates(result).items():
                if component != "difference":
                    assert value == pytest.approx(want[weight, component, "total"], abs=1e-9), (weight, component)
                    used.add((weight, component, "total"))
            for row in result.tidy(detail=True).itertuples():
                term = row.term.replace("education[T.", "education[").removeprefix("education[").removesuffix("]")
                term = {"Intercept": "(Intercept)", "high.school": "(Base)"}.get(term, term)
                if row.component == "difference" or (reference == "pooled" and row.component != "explained"):
                    continue
                assert row.estimate == pytest.approx(want[weight, row.component, term], abs=1e-9), (weight, row)
                used.add((weight, row.component, term))
    left = set(want) - used
    assert {key[0] for key in left} == {"-2"} and len(left) == 1 + 3 * 8


def test_r_oaxaca_threefold_and_bootstrap_errors(chicago):
    want = json.loads(held("r_oaxaca_chicago", "expected.json").read_text())
    options = {"group": "foreign.born", "missing": "drop", "normalise": "education"}
    formula = "np.exp(`ln.real.wage`) ~ age + female + education"
    result = oaxaca_blinder(formula, chicago, threefold=True, **options)
    parts = ["endowments", "coefficients", "interaction"]
    assert estimates(result)[parts].tolist() == pytest.approx(want["threefold"], abs=1e-6)
    assert result.predictions()["estimate"].tolist() == pytest.approx(want["y"][:2], abs=1e-5)
    # the vignette's errors are from 1,000 draws
    assert estimates(result, "std_error")[parts].tolist() == pytest.approx(want["threefold_se_boot1000"], rel=0.1)
    printed = {"group_b": (0.6565025, 0.9415643), "group_a": (0.7126499, 0.8936198), "reimers": (0.5579216, 0.8272809),
               "neumark": (0.5059496, 0.6589794), "pooled": (0.5220180, 0.8269841)}  # fmt: skip
    for reference, errors in printed.items():
        got = estimates(oaxaca_blinder(formula, chicago, reference=reference, **options), "std_error")
        assert got[["explained", "unexplained"]].tolist() == pytest.approx(errors, rel=0.1), reference


def test_r_oaxacablinder_threefold_normalised(chicago):
    # stored test result of the R package OaxacaBlinder: ln_real_wage ~ age + education | female, baseline invariant
    want = {
        ("endowments", "age"): 0.0140029972, ("endowments", "LTHS"): -0.0258039733,
        ("endowments", "advanced.degree"): -0.0102776355, ("endowments", "college"): -0.0006763985,
        ("endowments", "high.school"): -0.0052066766, ("endowments", "some.college"): 0.0063629297,
        ("coefficients", "Intercept"): 0.3126576745, ("coefficients", "age"): -0.0665392529,
        ("coefficients", "LTHS"): -0.0219068899, ("coefficients", "advanced.degree"): 0.0056567440,
        ("coefficients", "college"): -0.0060065385, ("coefficients", "high.school"): 0.0063320725,
        ("coefficients", "some.college"): 0.0102343510, ("interaction", "age"): -0.0027328733,
        ("interaction", "LTHS"): -0.0064926603, ("interaction", "advanced.degree"): -0.0018538909,
        ("interaction", "college"): 0.0002097521, ("interaction", "high.school"): 0.0004117630,
        ("interaction", "some.college"): -0.0024367502,
    }  # fmt: skip
    result = oaxaca_blinder(
        "ln.real.wage ~ age + education", chicago, group="female", threefold=True, normalise="education", missing="drop"
    )
    detail = result.tidy(detail=True)
    names = detail["term"].str.replace(r"education\[(.*)\]", r"\1", regex=True)
    got = dict(zip(zip(detail["component"], names, strict=True), detail["estimate"], strict=True))
    assert {key: got[key] for key in want} == pytest.approx(want, abs=6e-11)


def test_fortin_lemieux_firpo_2011_table_3():
    # male coefficients: gap .233 (.015), explained .197 (.018), unexplained .036 (.019), and blocks. Unexplained blocks
    # of education, experience and the constant differ from print by up to .002 on the released data
    table = pd.read_csv(held("flf2011_nlys00", "nlys00.csv"))
    for factor, omitted in (("education", "10-12 yrs (no diploma or GED)"), ("industry", "Manufacturing")):
        table[factor] = pd.Categorical(table[factor], [omitted, *sorted(set(table[factor]) - {omitted})])
    result = oaxaca_blinder(
        "np.log(wage) ~ age + msa + central_city + region + hispanic + black + education + afqt + family_responsibility"
        " + years_worked_civilian + years_worked_military + part_time + industry",
        table, group="female", reference="group_a", vcov="classical",
    )  # fmt: skip
    assert result.about.direction == "female no minus female yes"
    want = {"difference": (0.233, 0.015), "explained": (0.197, 0.018), "unexplained": (0.036, 0.019)}
    for row in result.tidy().itertuples():
        assert (round(row.estimate, 3), round(row.std_error, 3)) == want[row.component]
    blocks = result.blocks({
        "demographics": ["age", "msa", "central_city", "region", "hispanic", "black"],
        "experience": ["years_worked_civilian", "years_worked_military", "part_time"],
        "education": "education", "industry": "industry",
    }).set_index(["component", "term"])  # fmt: skip
    printed = {
        ("explained", "demographics"): (0.012, 0.003), ("explained", "education"): (-0.012, 0.006),
        ("explained", "afqt"): (0.011, 0.003), ("explained", "family_responsibility"): (0.033, 0.011),
        ("explained", "experience"): (0.137, 0.011), ("explained", "industry"): (0.017, 0.006),
        ("unexplained", "demographics"): (-0.098, 0.234), ("unexplained", "afqt"): (0.003, 0.023),
        ("unexplained", "family_responsibility"): (0.003, 0.017), ("unexplained", "industry"): (0.014, 0.028),
    }  # fmt: skip
    for key, (estimate, error) in printed.items():
        assert blocks.loc[key, "estimate"] == pytest.approx(estimate, abs=6e-4), key
        assert blocks.loc[key, "std_error"] == pytest.approx(error, abs=6e-4), key
