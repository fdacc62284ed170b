"""Rows, short ways to ask for a decomposition, and its textbook formulas, that the tests of Blinder-Oaxaca share."""

import numpy as np
import pandas as pd

from analysis.decomposition.oaxaca import oaxaca_blinder

REFERENCES = ("group_a", "group_b", "pooled", "neumark", "reimers", "cotton", 0.3)
FORMULA = "y ~ x + z + C(k)"


def firms(rows=240, seed=0):
    """Synthetic rows whose groups differ in everything."""
    draw = np.random.default_rng(seed)
    group = draw.choice(["large", "small"], rows, p=[0.45, 0.55])
    large = group == "large"
    x = draw.normal(1.0 + large, 1.0 + 0.5 * large)
    z = draw.exponential(1.0, rows) + 0.3 * x
    k = np.where(draw.random(rows) < 0.3 + 0.2 * large, 1, draw.integers(2, 4, rows))
    noise = draw.normal(size=rows) * (0.5 + 0.5 * np.abs(x))
    y = 1 + large + x * (0.5 + 0.4 * large) - 0.2 * z + 0.3 * (k == 2) + 0.4 * large * (k == 3) + noise
    return pd.DataFrame({
        "g": group, "x": x, "z": z, "k": k, "y": y, "w": draw.uniform(0.5, 3.0, rows),
        "c": draw.integers(0, 30, rows), "s": draw.choice(["n", "m"], rows),
    })  # fmt: skip


def estimate(table=None, formula=FORMULA, **options):
    return oaxaca_blinder(formula, firms() if table is None else table, **{"group": "g", **options})


def parts(result, column="estimate"):
    return result.tidy().set_index("component")[column]


def terms(result, column="estimate"):
    table = result.tidy(detail=True)
    return dict(zip(zip(table["component"], table["term"], strict=True), table[column], strict=True))


def least_squares(columns, y, weight):
    root = np.sqrt(weight)[:, None]
    return np.linalg.lstsq(root * columns, root[:, 0] * y, rcond=None)[0]


def by_hand(table, reference, weight):
    """Textbook formulas on a matrix written out by hand: component -> value of each of its five columns."""
    x = np.column_stack([np.ones(len(table)), table["x"], table["z"], table["k"] == 2, table["k"] == 3]).astype(float)
    y, a = table["y"].to_numpy(), (table["g"] == "large").to_numpy()
    beta_a, beta_b = (least_squares(x[m], y[m], weight[m]) for m in (a, ~a))
    mean_a, mean_b = (weight[m] @ x[m] / weight[m].sum() for m in (a, ~a))
    if reference == "pooled":
        beta = least_squares(np.column_stack([x, ~a]), y, weight)[:5]
    elif reference == "neumark":
        beta = least_squares(x, y, weight)
    else:
        share = {"group_a": 1, "group_b": 0, "reimers": 0.5, "cotton": weight[a].sum() / weight.sum()}
        share = share.get(reference, reference)
        beta = share * beta_a + (1 - share) * beta_b
    return {
        "explained": (mean_a - mean_b) * beta, "unexplained_a": mean_a * (beta_a - beta),
        "unexplained_b": mean_b * (beta - beta_b), "difference": mean_a * beta_a - mean_b * beta_b,
        "endowments": (mean_a - mean_b) * beta_b, "coefficients": mean_b * (beta_a - beta_b),
        "interaction": (mean_a - mean_b) * (beta_a - beta_b),
    }  # fmt: skip
