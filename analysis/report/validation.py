"""Each method against published cases that every user can rerun: expected, got, tolerance, pass.

Cases whose data lie outside the project are in `validation_files`; their stored results are read here (`stored`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from analysis.data.catalogue import load
from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.gaps import kitagawa, shapley
from analysis.decomposition.growth import growth_accounting
from analysis.decomposition.inequality import generalised_entropy
from analysis.decomposition.oaxaca import oaxaca_blinder
from analysis.report import project_files, validation_regression, validation_shares

COLUMNS = ["method", "published_case", "quantity", "expected", "got", "tolerance", "pass"]
STORED = project_files.held("benchmarks/validation.csv")
SMALLEST = 1e-13
"""Differences below this are rounding of the machine and printed as such."""

# Das Gupta (1993), Standardization and Decomposition of Rates: A User's Manual, US Bureau of the Census, P23-186.
# Inputs and effects as printed there; decimals beyond print are those of the same tables in the R package DasGuptR.
EARNINGS = {"earnings": (10930, 16591), "earners": (0.717892, 0.825974)}
EARNINGS_EFFECTS = {"earnings": 4369.913, "earners": 1487.262, "total": 5857.175}

# births per 1,000 women of 15 to 49, their share of women, share of women in the population; Austria and Chile, 1981
BIRTHS = {"fertility": (51.78746, 84.90502), "aged_15_49": (0.45919, 0.75756), "women": (0.52638, 0.51065)}
BIRTHS_EFFECTS = {"fertility": 10.4340333, "aged_15_49": 10.5608476, "women": -0.6670084, "total": 20.3278726}

# live births per 100 pregnancies, pregnancies per active woman, active and single shares; unmarried white women of 15
# to 19, United States, 1971 and 1979
UNMARRIED = {"births": (25.3, 32.7), "pregnant": (0.214, 0.29), "active": (0.279, 0.473), "single": (0.949, 0.986)}
UNMARRIED_EFFECTS = {
    "births": 0.6889411, "pregnant": 0.8125381, "active": 1.3829055, "single": 0.1047547, "total": 2.9891394,
}  # fmt: skip

# births per 1,000 married women by age, share married, share of the age in the population; Taiwan
TAIWAN_1970 = {
    "births": np.array([488, 452, 338, 156, 63, 22, 3]),
    "married": np.array([0.082, 0.527, 0.866, 0.941, 0.942, 0.923, 0.876]),
    "women": np.array([0.058, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019]),
}
TAIWAN_1960 = {
    "births": np.array([393, 407, 369, 274, 184, 90, 16]),
    "married": np.array([0.122, 0.622, 0.903, 0.930, 0.916, 0.873, 0.800]),
    "women": np.array([0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018]),
}
TAIWAN_EFFECTS = {"births": -7.285632, "married": -2.720633, "women": -1.565181, "total": -11.571446}

# share of each age in the adult population and household heads in its hundred; United States
AGES = ["15-19", *(f"{age}-{age + 4}" for age in range(20, 75, 5)), "75+"]
HEADSHIP = pd.DataFrame({
    "year": [1970] * 13 + [1985] * 13,
    "age": AGES * 2,
    "size": [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9,
             10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5],
    "rate": [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8,
             2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2],
})  # fmt: skip
HEADSHIP_EFFECTS = {"rate": 1.7403, "composition": 1.2269, "total": 2.9672}

# Six firms of periods 0 and 3, two of them replaced in period 1: the test data of the R package dfvad 0.3.6, with its
# stored results. Its Melitz-Polanec names survivors' terms mean and covariance.
FIRMS = pd.DataFrame({
    "period": [0] * 6 + [1] * 6 + [3] * 6,
    "firm": [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 7, 8, 1, 2, 3, 4, 5, 6],
    "tfp": [1.95, 1.73, 1.64, 1.85, 1.39, 1.57, 1.68, 1.76, 1.04, 1.47, 1.17, 1.23, 1.95, 1.73, 1.64, 1.85, 1.39, 1.57],
    "share": [0.33, 0.25, 0.1, 0.12, 0.09, 0.11, 0.3, 0.21, 0.17, 0.01, 0.25, 0.06, 0.33, 0.25, 0.1, 0.12, 0.09, 0.11],
})  # fmt: skip
DYNAMICS = ["within", "between", "entry", "exit", "total"]
DYNAMICS_EFFECTS = {
    "melitz-polanec": {
        1: (-0.305, 0.021123188405797102, -0.112223188405797147, 0.0677, -0.3284),
        3: (0.305, -0.021123188405797102, -0.0677, 0.112223188405797147, 0.3284),
    },
    "griliches-regev": {
        1: (-0.18385, -0.037534, -0.128336, 0.02132, -0.3284), 3: (0.18385, 0.037534, -0.02132, 0.128336, 0.3284),
    },
    "baily-hulten-campbell": {
        1: (-0.1872, -0.2097, 0.3663, -0.2978, -0.3284), 3: (0.1805, 0.2164, 0.2978, -0.3663, 0.3284),
    },
}  # fmt: skip

# Half the people with nothing and half with ten each: Theil's T is ln 2, all of it between. A test of PySAL
TOY = pd.DataFrame({"income": [0, 0, 0, 10, 10, 10], "group": [0, 0, 0, 1, 1, 1]})
TOY_EFFECTS = {"within": 0.0, "between": 0.6931471805599453, "total": 0.6931471805599453}

# Five regional incomes of Störmann (2009): the example of theil() in the R package REAT 3.0.3, which is the mean log
# deviation, as printed there.
INCOMES = pd.DataFrame({"income": [10, 10, 10, 20, 50]})
INCOMES_DEVIATION = 0.2326302

# Spending on credit cards of those who own their home and those who rent: data of Greene that statsmodels ships, totals
# of Stata's oaxaca that statsmodels tests against. Group a is the first subtracted from.
CARDS = "AVGEXP ~ AGE + INCOME + INCOMESQ"
CARD_EFFECTS = {
    "threefold, owners less renters": {
        "endowments": 321.7482, "coefficients": 75.45371, "interaction": -238.4515, "difference": 158.7504,
    },
    "threefold, renters less owners": {
        "endowments": -83.29674, "coefficients": 162.9978, "interaction": -238.4515, "difference": -158.7504,
    },
    "pooled, owners less renters": {"explained": 130.8095, "unexplained": 27.94091, "difference": 158.7504},
}  # fmt: skip


def _earnings(earnings: float, earners: float) -> float:
    return earnings * earners


def _births(fertility: float, aged_15_49: float, women: float) -> float:
    return fertility * aged_15_49 * women


def _unmarried(births: float, pregnant: float, active: float, single: float) -> float:
    return births * pregnant * active * single


def _taiwan(births: np.ndarray, married: np.ndarray, women: np.ndarray) -> float:
    return float((births * married * women).sum())


def _sides(pairs: dict[str, tuple[float, float]]) -> tuple[dict, dict]:
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}


def _das_gupta() -> Iterator[tuple]:
    book = "Das Gupta 1993, table"
    runs = [
        ("shapley", f"{book} 2.1, earnings", shapley(_earnings, *_sides(EARNINGS)), EARNINGS_EFFECTS, 3),
        ("shapley", f"{book} 2.2, births, Austria and Chile", shapley(_births, *_sides(BIRTHS)), BIRTHS_EFFECTS, 7),
        ("shapley", f"{book} 2.3, unmarried mothers", shapley(_unmarried, *_sides(UNMARRIED)), UNMARRIED_EFFECTS, 7),
        ("shapley", f"{book} 4.3, births, Taiwan", shapley(_taiwan, TAIWAN_1960, TAIWAN_1970), TAIWAN_EFFECTS, 6),
        (
            "kitagawa", f"{book} 5.1, headship, United States",
            kitagawa(HEADSHIP, group="year", category="age", rate="rate", weight="size", reference=1970),
            HEADSHIP_EFFECTS, 4,
        ),
    ]  # fmt: skip
    for method, case, result, effects, decimals in runs:
        got = result.tidy().set_index("component")["estimate"]
        for quantity, expected in effects.items():
            yield method, case, quantity, expected, got[quantity], 0.5 * 10.0**-decimals


def _penn_world_table() -> Iterator[tuple]:
    """Korea's TFP growth as PWT 11.0 publishes it (rtfpna), from its own output, inputs and labour shares."""
    panel = load("macro_panel")
    korea = panel[panel["vintage"] == "pwt-11.0-kor"].assign(worked=lambda rows: rows["employment"] * rows["hours"])
    result = growth_accounting(
        korea, time="year", output="gdp_national_prices", capital="capital_services_national_prices", labour="worked",
        labour_share="labour_share", human_capital="human_capital",
    )  # fmt: skip
    steps = result.tidy(detail=True).query("component == 'tfp'").set_index("term")["estimate"]
    published = np.log(korea.set_index("year")["tfp_national_prices"]).diff()
    for year in (1998, 2009, 2023):
        case = "Penn World Table 11.0, Korea"
        yield "growth_accounting", case, f"TFP growth, {year}", published[year], steps[year], 1e-6


def _firm_dynamics() -> Iterator[tuple]:
    for method, effects in DYNAMICS_EFFECTS.items():
        result = firm_dynamics(FIRMS, firm="firm", time="period", productivity="tfp", weight="share", method=method)
        got = result.tidy().set_index(["period", "component"])["estimate"]
        for period, values in effects.items():
            for component, expected in zip(DYNAMICS, values, strict=True):
                quantity = f"{component}, period {period}"
                yield "firm_dynamics", f"R dfvad 0.3.6, {method}", quantity, expected, got[period, component], 1e-12


def _entropy() -> Iterator[tuple]:
    got = generalised_entropy(TOY, value="income", group="group", alpha=1).tidy().set_index("component")["estimate"]
    for quantity, expected in TOY_EFFECTS.items():
        yield "generalised_entropy", "PySAL inequality, test of two groups", quantity, expected, got[quantity], 1e-12
    (got,) = generalised_entropy(INCOMES, value="income", alpha=0).tidy()["estimate"]
    case = "R REAT 3.0.3, five regions"
    yield "generalised_entropy", case, "mean log deviation", INCOMES_DEVIATION, got, 0.5e-7


def _credit_cards() -> Iterator[tuple]:
    from statsmodels.datasets import ccard

    table = ccard.load_pandas().data
    for run, effects in CARD_EFFECTS.items():
        owners = 1 if run.endswith("renters") else 0
        result = oaxaca_blinder(CARDS, table, group="OWNRENT", group_a=owners, threefold=run.startswith("threefold"))
        got = result.tidy().set_index("component")["estimate"]
        for quantity, expected in effects.items():
            yield "oaxaca_blinder", f"Stata oaxaca, credit cards, {run}", quantity, expected, got[quantity], 1e-3


def compared(rows: Iterable[tuple]) -> pd.DataFrame:
    """Return rows of (method, published_case, quantity, expected, got, tolerance) as a table that says which pass.

    Examples
    --------
    >>> compared([("shapley", "a book", "total", 1.0, 1.004, 0.005)])["pass"].tolist()
    [True]
    """
    return pd.DataFrame([(*row, bool(abs(row[4] - row[3]) <= row[5])) for row in rows], columns=COLUMNS)


def cases(more: Iterable[tuple] = ()) -> pd.DataFrame:
    """Run every published case whose data every user has, and compare.

    Parameters
    ----------
    more : iterable of tuples, optional
        Further cases as (method, published_case, quantity, expected, got, tolerance).

    Returns
    -------
    DataFrame
        method, published_case, quantity, expected, got, tolerance (half a unit of the last digit given, or as stated),
        pass (bool).

    Examples
    --------
    >>> table = cases()
    >>> bool(table["pass"].all()), len(table)
    (True, 95)
    """
    held = (
        _das_gupta(), _penn_world_table(), _firm_dynamics(), _entropy(), _credit_cards(),
        validation_regression.trials(), validation_regression.grants(), validation_shares.participation(),
    )  # fmt: skip
    return compared([*(row for case in held for row in case), *more])


def stored() -> pd.DataFrame:
    """Return the stored results of the cases in `validation_files`, compared anew.

    Returns
    -------
    DataFrame
        As `cases`; whether a row passes is not stored but computed.
    """
    held = pd.read_csv(STORED)
    return compared(held[COLUMNS[:-1]].itertuples(index=False, name=None))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per method and published case: how many quantities, how far off the farthest, all passed or not.

    Parameters
    ----------
    table : DataFrame
        As returned by `cases` or `stored`.

    Returns
    -------
    DataFrame
        method, published_case, quantities (count), largest_difference (absolute), tolerance (the largest of the case),
        pass (bool), in the order of the table.

    Examples
    --------
    >>> rows = [("shapley", "a book", "price", 1.0, 1.004, 0.005), ("shapley", "a book", "total", 2.0, 2.0, 0.005)]
    >>> summary(compared(rows))["quantities"].tolist()
    [2]
    """
    groups = table.assign(difference=(table["got"] - table["expected"]).abs()).groupby(
        ["method", "published_case"], sort=False
    )
    return groups.agg(
        quantities=("difference", "size"), largest_difference=("difference", "max"), tolerance=("tolerance", "max"),
        **{"pass": ("pass", "all")},
    ).reset_index()  # fmt: skip


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a summary as text: differences to one digit, those of the machine's rounding as such."""
    differences = [f"below {SMALLEST:.0e}" if one < SMALLEST else f"{one:.0e}" for one in table["largest_difference"]]
    shown = table.assign(largest_difference=differences, tolerance=[f"{one:.0e}" for one in table["tolerance"]])
    return shown.rename(columns=lambda name: name.replace("_", " "))
