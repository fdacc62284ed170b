"""Each method against a published case that every user can rerun: expected, got, tolerance, pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from analysis.data.catalogue import load
from analysis.decomposition.gaps import kitagawa, shapley
from analysis.decomposition.growth import growth_accounting

COLUMNS = ["method", "published_case", "quantity", "expected", "got", "tolerance", "pass"]

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


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the cases as text, with as many digits as the tolerance asks for."""
    digits = table["tolerance"].map(lambda one: max(0, int(np.ceil(-np.log10(one)))))
    shown = {
        name: [f"{value:.{places}f}" for value, places in zip(table[name], digits, strict=True)]
        for name in ("expected", "got")
    }
    tolerance = [f"{value:.0e}" for value in table["tolerance"]]
    return table.assign(**shown, tolerance=tolerance).rename(columns=lambda name: name.replace("_", " "))


def cases(more: Iterable[tuple] = ()) -> pd.DataFrame:
    """Run every published case and compare.

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
    (True, 22)
    """
    rows = [(*row, bool(abs(row[4] - row[3]) <= row[5])) for row in (*_das_gupta(), *_penn_world_table(), *more)]
    return pd.DataFrame(rows, columns=COLUMNS)
