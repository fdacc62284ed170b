"""What a limit of size does to a distribution, on firms that do not exist: nothing is built in, so a notch is planted.

The synthetic register has no firm that holds back: its sizes are drawn without any limit in mind. So the estimator must
find nothing in it at the limit of sales for SME status. Then firms just above the limit are moved below it, and it must
find them again. No claim rests on this: it shows what the tool sees, and how many firms it needs to see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.regression.thresholds import Bunching, bunching
from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
LIMIT = "POL-063"
"""The highest limit of sales for SME status, by id in `support_thresholds`."""
WIDTH, WINDOW, FIT, DEGREE = 0.05, (-1, 5), 20, 3
"""Bins of five log points, the window in bins around the limit, bins on either side, degree of the polynomial."""
REACH, SHARE = 0.25, 0.7
"""Planted: firms up to this many log points above the limit, of which this share holds back."""


@dataclass(frozen=True)
class Notch:
    """The estimate on the register as it is and with firms moved below the limit, and how many were moved.

    Parameters
    ----------
    plain, planted : Bunching
    moved : int
        Firms moved from above the limit to the bin below it.
    limit : float
        Limit of sales, billion won.
    """

    plain: Bunching
    planted: Bunching
    moved: int
    limit: float

    def facts(self) -> dict[str, float]:
        """Return the numbers of the page: excess mass with its interval in both cases, firms moved, the limit."""
        found: dict[str, float] = {"moved": self.moved, "limit": self.limit, "reach": 100 * REACH}
        for name, result in (("plain", self.plain), ("planted", self.planted)):
            row = result.tidy().set_index("component").loc["excess_mass"]
            found |= {f"{name}_excess": float(row["estimate"]), f"{name}_low": float(row["conf_low"]),
                      f"{name}_high": float(row["conf_high"])}  # fmt: skip
        return found

    def table(self) -> pd.DataFrame:
        """Return the bins of both cases (columns case, sales in billion won, counted, counterfactual, synthetic)."""
        rows = [
            result.bins.assign(case=name, sales=self.limit * np.exp(result.bins["value"]), synthetic=True)
            for name, result in (("as drawn", self.plain), ("notch planted", self.planted))
        ]
        held = pd.concat(rows, ignore_index=True)
        return held[["case", "sales", "observed", "counterfactual", "in_window", "synthetic"]]


def limit(load: Load) -> float:
    """Return the highest limit of sales for SME status in Korea, billion won.

    Raises
    ------
    Unmeasurable
        If it is not held.
    """
    table = load("support_thresholds").set_index("id")
    if LIMIT not in table.index or table.at[LIMIT, "unit"] != "billion KRW":
        raise Unmeasurable(f"support_thresholds holds no limit of sales {LIMIT} in billion KRW")
    return float(table.at[LIMIT, "value"])


def example(register: pd.DataFrame, at: float, seed: int = 0) -> Notch:
    """Estimate bunching at a limit of sales in a synthetic register, as it is and with a planted notch.

    Parameters
    ----------
    register : DataFrame
        With `sales` in million won and `synthetic`, true in every row.
    at : float
        Limit of sales, billion won.
    seed : int
        Of the firms moved.

    Raises
    ------
    ValueError
        If the register is not synthetic: nothing may be planted among real firms.
    """
    if "synthetic" not in register or not register["synthetic"].all():
        raise ValueError("column 'synthetic' must be true in every row: a notch is planted in synthetic firms only")
    values = np.log(register["sales"].to_numpy(dtype=float) / (1000 * at))
    random = np.random.default_rng(seed)
    moving = (values > 0) & (values < REACH) & (random.random(len(values)) < SHARE)
    moved = np.where(moving, -WIDTH * random.random(len(values)), values)
    options = {"fit": FIT, "correction": "hole", "place": "upper edge"}
    plain, planted = (
        bunching(pd.Series(one, name="log of sales over the limit"), 0.0, WIDTH, WINDOW, DEGREE, **options)
        for one in (values, moved)
    )
    return Notch(plain, planted, int(moving.sum()), at)
