"""Each method against published cases whose data the project may not carry: run where a folder of them is at hand.

One function per case takes the folder of all cases and yields (method, published_case, quantity, expected, got,
tolerance). What is expected is read from the outputs in that folder, as other programs printed them, or typed in from
the printed paper where its own numbers say more; never from results of this package. The results are stored by
``python benchmarks/validation.py``, and a test runs every case again where the folder is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.inequality import generalised_entropy
from analysis.decomposition.oaxaca import oaxaca_blinder
from analysis.decomposition.oaxaca_result import OaxacaBlinder
from analysis.regression.convergence import convergence
from analysis.regression.distribution import rif_regression
from analysis.regression.thresholds import bunching
from analysis.report.validation import DYNAMICS

WAGES = "lnwage ~ educ + exper + tenure"
JANN_POOLED = {
    ("prediction_1", "estimate"): 3.440222, ("prediction_2", "estimate"): 3.266761,
    ("prediction_1", "std_error"): 0.0174586, ("prediction_2", "std_error"): 0.0218042,
    ("explained", "estimate"): 0.089347, ("explained", "std_error"): 0.0137531,
    ("unexplained", "estimate"): 0.0841137, ("unexplained", "std_error"): 0.025333,
    ("difference", "estimate"): 0.1734607, ("difference", "std_error"): 0.0279325,
}  # fmt: skip
"""Printed in Jann (2008), section 5.2: oaxaca lnwage educ exper tenure, by(female) pooled."""

LABOUR = (
    "np.log(wage) ~ age + msa + central_city + region + hispanic + black + education + afqt + family_responsibility"
    " + years_worked_civilian + years_worked_military + part_time + industry"
)
OMITTED = {"education": "10-12 yrs (no diploma or GED)", "industry": "Manufacturing"}
FORTIN_LEMIEUX_FIRPO = {
    "group_a": {
        ("difference", "estimate"): 0.233, ("difference", "std_error"): 0.015,
        ("explained", "estimate"): 0.197, ("explained", "std_error"): 0.018,
        ("unexplained", "estimate"): 0.036, ("unexplained", "std_error"): 0.019,
    },
    "group_b": {("explained", "estimate"): 0.136, ("unexplained", "estimate"): 0.097},
}  # fmt: skip
"""Printed in Fortin, Lemieux and Firpo (2011), table 3, totals, at the coefficients of men and of women. The released
data give .1366 where .136 is printed, so a unit of the last digit is allowed."""

LEVELS = ["high.school", "LTHS", "some.college", "college", "advanced.degree"]
REFERENCES = {"0": "group_b", "1": "group_a", "0.5": "reimers", "0.430930930930931": "cotton", "-1": "neumark",
              "-2": "pooled"}  # fmt: skip
"""Group weights as R oaxaca prints them, and the references that they are."""
THREEFOLD = ("endowments", "coefficients", "interaction")
TWOFOLD = ("explained", "unexplained", "unexplained_a", "unexplained_b")

MEN = "np.log(wage) ~ union + nonwhite + married + education + experience"
TERMS = ("(Intercept)", "union", "nonwhite", "married", "education", "experience")


def jann(folder: Path) -> Iterator[tuple]:
    """Jann (2008), sections 5.1 (threefold) and 5.2 (pooled): Swiss wages of men and women, with standard errors.

    Pooled, Stata takes the means of regressors as uncorrelated with the coefficients: ``regressors="independent"``.
    """
    held = folder / "oaxaca_stata_jann2008"
    table, printed = pd.read_csv(held / "oaxaca.csv"), json.loads((held / "expected.json").read_text())
    options = {"group": "female", "missing": "drop"}
    threefold = {
        (name, column): value for name, pair in printed.items() if isinstance(pair, list)
        for column, value in zip(("estimate", "std_error"), pair, strict=True)
    }  # fmt: skip
    for section, expected, result in (
        ("5.1, threefold", threefold, oaxaca_blinder(WAGES, table, threefold=True, vcov="classical", **options)),
        ("5.2, pooled", JANN_POOLED, oaxaca_blinder(WAGES, table, regressors="independent", **options)),
    ):
        got = result.tidy().set_index("component")[["estimate", "std_error"]]
        means = result.predictions()[["estimate", "std_error"]].set_axis(["prediction_1", "prediction_2"])
        got = pd.concat([got, means]).stack()
        for (name, column), value in expected.items():
            quantity = f"{name}, {column.replace('std_error', 'standard error')}"
            yield "oaxaca_blinder", f"Jann 2008, section {section}", quantity, value, got[name, column], 1e-6


def fortin_lemieux_firpo(folder: Path) -> Iterator[tuple]:
    """Fortin, Lemieux and Firpo (2011), table 3: wages of men and women in the NLSY, totals."""
    table = pd.read_csv(folder / "flf2011_nlys00" / "nlys00.csv")
    for factor, omitted in OMITTED.items():
        table[factor] = pd.Categorical(table[factor], [omitted, *sorted(set(table[factor]) - {omitted})])
    for reference, expected in FORTIN_LEMIEUX_FIRPO.items():
        result = oaxaca_blinder(LABOUR, table, group="female", reference=reference, vcov="classical")
        got = result.tidy().set_index("component")[["estimate", "std_error"]].stack()
        whose = "men's" if reference == "group_a" else "women's"
        for (name, column), value in expected.items():
            quantity = f"{name} at {whose} coefficients, {column.replace('std_error', 'standard error')}"
            case = "Fortin-Lemieux-Firpo 2011, table 3, totals"
            yield "oaxaca_blinder", case, quantity, value, got[name, column], 1e-3


def chicago(folder: Path) -> Iterator[tuple]:
    """R oaxaca 0.1.5: wages of born and foreign-born in Chicago, every reference, with detail, education normalised."""
    held = folder / "r_oaxaca_chicago"
    table = pd.read_csv(held / "chicago.csv")
    table["education"] = pd.Categorical(table[LEVELS].idxmax(axis=1), LEVELS)
    table["real.wage"] = np.exp(table["ln.real.wage"])
    for outcome, file, words in (
        ("real.wage", "r_oaxaca_output_wage.txt", "wage"),
        ("ln.real.wage", "r_oaxaca_output_lnwage.txt", "log wage"),
    ):
        expected, got = r_oaxaca((held / file).read_text()), {}
        formula = f"{outcome} ~ age + female + education"
        options = {"group": "foreign.born", "missing": "drop"}
        result = oaxaca_blinder(formula, table, threefold=True, normalise="education", **options)
        got |= _parts("threefold", result)
        means = result.predictions()
        got |= {("rows", name, "total"): rows for name, rows in zip("AB", means["rows"], strict=True)}
        got |= {("mean", name, "total"): mean for name, mean in zip("AB", means["estimate"], strict=True)}
        for weight, reference in REFERENCES.items():
            # the pooled coefficients are not normalised in R 0.1.5, those of the groups are: details do not compare
            normalise = None if reference == "pooled" else "education"
            for split in (False, True):
                result = oaxaca_blinder(
                    formula, table, reference=reference, split=split, normalise=normalise, **options
                )
                got |= _parts(weight, result, alone="unexplained" if normalise is None else None)
        for key in (key for key in expected if key in got):
            run, part, term = key
            name = REFERENCES.get(run, run)
            quantity = " ".join(f"{name}, {part}, {term}".replace("_", " ").split())
            yield "oaxaca_blinder", f"R oaxaca 0.1.5, Chicago, {words}", quantity, expected[key], got[key], 1e-6


def _parts(run: str, result: OaxacaBlinder, alone: str | None = None) -> dict[tuple[str, str, str], float]:
    """Return components and their detail by the names of R; of components that begin with `alone`, the sum alone."""
    got = {(run, row.component, "total"): row.estimate for row in result.tidy().itertuples()}
    for row in result.tidy(detail=True).itertuples():
        if not (alone and row.component.startswith(alone)):
            term = row.term.replace("[T.", "[").removeprefix("education[").removesuffix("]")
            got[run, row.component, {"Intercept": "(Intercept)", LEVELS[0]: "(Base)"}.get(term, term)] = row.estimate
    return got


def r_oaxaca(text: str) -> dict[tuple[str, str, str], float]:
    """Read what R oaxaca printed: (run, part, term) -> value; a run is "threefold" or a group weight as printed.

    Examples
    --------
    >>> r_oaxaca("age  0.5  1.25  NA  -2.5  NA  -1.5  NA  -1  NA")["0.5", "unexplained_a", "age"]
    -1.5
    """
    found: dict[tuple[str, str, str], float] = {}
    heading = ""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["$beta.A"]:
            break
        if line.startswith(("$n.", "$y.")):
            heading = words[0]
        elif len(words) == 2 and words[0] == "[1]" and heading[-2:] in {".A", ".B"}:
            found["rows" if heading.startswith("$n") else "mean", heading[-1], "total"] = float(words[1])
        elif len(words) in {6, 7} and words[-1] == "NA":
            term = "total" if len(words) == 6 else words[0]
            numbers = words[-6::2]
            found |= {("threefold", part, term): float(one) for part, one in zip(THREEFOLD, numbers, strict=True)}
        elif len(words) == 10 and words[-1] == "NA":
            term, weight = "total" if words[0].startswith("[") else words[0], f"{float(words[1]):.15g}"
            found |= {(weight, part, term): float(one) for part, one in zip(TWOFOLD, words[2::2], strict=True)}
    return found


def theil(folder: Path) -> Iterator[tuple]:
    """PySAL inequality: Theil's T of Mexican states, between Hanson's five regions, 1940 to 2000."""
    held = folder / "pysal_theil_mexico"
    states, printed = pd.read_csv(held / "mexico.csv"), json.loads((held / "expected.json").read_text())
    for year, total, between in zip(printed["years"], printed["T"], printed["bg_hanson98"], strict=True):
        got = generalised_entropy(states, value=f"pcgdp{year}", group="hanson98", alpha=1).tidy()
        got = got.set_index("component")["estimate"]
        for part, expected in (("total", total), ("between", between)):
            case, quantity = "PySAL inequality, Mexican states", f"{part}, {year}"
            yield "generalised_entropy", case, quantity, expected, got[part], 1e-7


def rifreg(folder: Path) -> Iterator[tuple]:
    """R rifreg: log wages of men in the United States, deciles, variance and Gini, with weights and without."""
    held = folder / "rifreg_men8385"
    table = pd.read_csv(held / "men8385_first5000.csv")
    for factor, omitted in (("education", "High School"), ("experience", "20-24")):
        table[factor] = pd.Categorical(table[factor], [omitted, *sorted(set(table[factor]) - {omitted})])
    for words, file, weights in (
        ("weighted", "r_first5000.txt", "weights"), ("unweighted", "r_first5000_unweighted.txt", None)
    ):  # fmt: skip
        expected, options = r_rifreg((held / file).read_text()), {"weights": weights}
        deciles = rif_regression(MEN, table, at=[0.1, 0.5, 0.9], **options).tidy()
        fits = {f"quantile_{level:g}": fit for level, fit in deciles.groupby("at")}
        fits |= {name: rif_regression(MEN, table, statistic=name, **options).tidy() for name in ("variance", "gini")}
        for statistic, terms in expected.items():
            got = fits[statistic].set_index("term")["estimate"]
            got = got.rename(lambda term: term.replace("[T.", "").rstrip("]").replace("Intercept", "(Intercept)"))
            for term, value in terms.items():
                quantity = f"{statistic.replace('_', ' ')}, {term}"
                yield "rif_regression", f"R rifreg, wages of men, {words}", quantity, value, got[term], 1e-6


def r_rifreg(text: str) -> dict[str, dict[str, float]]:
    r"""Read what R rifreg printed: statistic -> term -> coefficient.

    Examples
    --------
    >>> r_rifreg(" rif_quantile_0.1 rif_quantile_0.5\neducationHS dropout 0.25 -1e-3")["quantile_0.5"]
    {'educationHS dropout': -0.001}
    """
    found: dict[str, dict[str, float]] = {}
    columns: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if words and all(word.startswith("rif_") for word in words):
            columns = [word.removeprefix("rif_") for word in words]
            found |= {column: {} for column in columns}
        elif columns and len(words) > len(columns) and line.startswith(tuple(TERMS)):
            for column, number in zip(columns, words[-len(columns):], strict=True):  # fmt: skip
                found[column][" ".join(words[: -len(columns)])] = float(number)
    return found


def dfvad(folder: Path) -> Iterator[tuple]:
    """R dfvad 0.3.6: its stored results on its own file of six firms."""
    held = folder / "dfvad_firm_dynamics"
    firms = pd.read_csv(held / "data.csv")
    for method, file in (
        ("melitz-polanec", "MP"), ("griliches-regev", "GR"), ("baily-hulten-campbell", "BHC")
    ):  # fmt: skip
        expected = pd.read_csv(held / f"expected_{file}.csv", skipinitialspace=True).set_index("period")
        expected = expected.rename(columns={"mean": "within", "covariance": "between"})
        result = firm_dynamics(firms, firm="firm", time="period", productivity="tfp", weight="share", method=method)
        got = result.tidy().set_index(["period", "component"])["estimate"]
        for period in expected.index:
            for part in DYNAMICS:
                case, quantity = f"R dfvad 0.3.6, file, {method}", f"{part}, period {period}"
                yield "firm_dynamics", case, quantity, expected.loc[period, part], got[period, part], 1e-12


def german_counties(folder: Path) -> pd.DataFrame:
    """Read GDP per head of German counties, 2010 and 2014, as one row per county and year.

    Parameters
    ----------
    folder : Path
        That of the case.

    Returns
    -------
    DataFrame
        region_code_EU, year, gdp_per_head (euros).
    """
    wide = pd.read_csv(folder / "G_counties_gdp.csv")
    names = {f"gdppc{year}": year for year in (2010, 2014)}
    rows = wide.rename(columns=names).melt("region_code_EU", list(names.values()), "year", "gdp_per_head")
    return rows.astype({"year": int, "gdp_per_head": float})


def reat(folder: Path) -> Iterator[tuple]:
    """R REAT 3.0.3: beta and sigma convergence of German counties, 2010 to 2014."""
    rows = german_counties(folder / "reat_convergence")
    columns = {"unit": "region_code_EU", "time": "year", "level": "gdp_per_head"}
    printed = r_reat((folder / "reat_convergence" / "r_output.txt").read_text())
    got = convergence(rows, **columns).tidy().set_index("term")
    for quantity, term, column in (
        ("alpha", "alpha", "estimate"), ("alpha, standard error", "alpha", "std_error"),
        ("beta", "beta", "estimate"), ("beta, standard error", "beta", "std_error"),
        ("lambda", "reat_lambda", "estimate"),
        ("half-life", "reat_half_life", "estimate"), ("R-squared", "r2", "estimate"),
    ):  # fmt: skip
        case = "R REAT 3.0.3, German counties, beta"
        yield "convergence", case, quantity, printed[quantity], got.loc[term, column], 1e-8
    case = "R REAT 3.0.3, German counties, nonlinear"
    yield "convergence", case, "speed", printed["speed"], got.loc["lambda", "estimate"], 1e-8
    error = printed["speed, standard error"]
    yield "convergence", case, "speed, standard error", error, got.loc["lambda", "std_error"], 1e-8
    got = convergence(rows, **columns, kind="sigma", spread="cv-log").tidy().set_index("term")
    for quantity, term, column in (
        ("first", "first", "estimate"), ("last", "last", "estimate"), ("quotient", "quotient", "estimate"),
        ("F", "f_test", "estimate"), ("p-value of F", "f_test", "p_value"),
    ):  # fmt: skip
        case = "R REAT 3.0.3, German counties, sigma"
        yield "convergence", case, quantity, printed[quantity], got.loc[term, column], 1e-8


def r_reat(text: str) -> dict[str, float]:
    r"""Read what R REAT printed of convergence: quantity -> value.

    Examples
    --------
    >>> lines = ["Alpha 0.1 0.02 5 6e-8", "nls", "Beta 7e-3 1e-3 3 9e-5", "Quotient 1.03 1.04 401 401 0.7"]
    >>> found = r_reat("\n".join(lines))
    >>> found["alpha, standard error"], found["speed"], found["F"]
    (0.02, 0.007, 1.04)
    """
    found: dict[str, float] = {}
    least_squares = True
    for line in text.splitlines():
        word, *rest = line.split() or [""]
        least_squares = least_squares and word != "nls"
        name = {"Alpha": "alpha", "Beta": "beta" if least_squares else "speed"}.get(word)
        if name and (least_squares or name == "speed"):
            found[name], found[f"{name}, standard error"] = float(rest[0]), float(rest[1])
        elif word in ("Lambda", "Halflife", "R-Squared") and least_squares:
            found[{"Lambda": "lambda", "Halflife": "half-life"}.get(word, "R-squared")] = float(rest[0])
        elif word == "CV":
            found["last" if "first" in found else "first"] = float(rest[1])
        elif word == "Quotient":
            found["quotient"], found["F"], found["p-value of F"] = float(rest[0]), float(rest[1]), float(rest[-1])
    return found


def bunch_count(folder: Path) -> Iterator[tuple]:
    """Stata bunch_count and R bunchr: counterfactual counts of simulated earnings at a kink, bin by bin.

    Both iterate to the fixed point that is solved for here, and stop early: they differ by up to 0.56 % themselves.
    So the quantity compared is the ratio of the counterfactual to theirs, which would be one.
    """
    held = folder / "bunching_bunch_count"
    counted, printed = pd.read_csv(held / "sim_data.csv"), pd.read_csv(held / "show_data.csv").dropna()
    got = bunching(counted["earnings"], 1000, 50, (-1, 1), 7, counted["counts"], draws=2).bins.set_index("value")
    for case, column, tolerance in (
        ("Stata bunch_count, kink at 1,000", "bunchcount_cf_counts", 6e-3),
        ("R bunchr, kink at 1,000", "bunchr_cf_counts", 1e-4),
    ):
        for earnings, counterfactual in zip(printed["earnings"], printed[column], strict=True):
            ratio = got.at[earnings, "counterfactual"] / counterfactual
            yield "bunching", case, f"counterfactual at {earnings:.0f}, ratio", 1.0, ratio, tolerance


CASES: dict[str, Callable[[Path], Iterator[tuple]]] = {
    "oaxaca_stata_jann2008": jann,
    "flf2011_nlys00": fortin_lemieux_firpo,
    "r_oaxaca_chicago": chicago,
    "pysal_theil_mexico": theil,
    "rifreg_men8385": rifreg,
    "dfvad_firm_dynamics": dfvad,
    "reat_convergence": reat,
    "bunching_bunch_count": bunch_count,
}
"""Cases by the name of their folder."""
