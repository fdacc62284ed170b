"""US companies with units in several states or sectors against those of one state: AI use by fortnight, with errors.

A proxy of size and no more: companies of one state include large ones, and companies in two sectors need not be large.
So no reading of claim B2, whose rule names large and small firms, rests on it. What it adds is a pace with errors.

The survey has six panels of companies. Each is asked every sixth fortnight, so six fortnights in a row are independent
samples, and two fortnights six apart hold many of the same companies. A cycle is six fortnights. States enter with
equal weights, and only those whose rate is published in every fortnight: the others are published when they are high.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from analysis import inference
from analysis.data.ingest.us_btos import MULTI_UNIT
from analysis.regression.gradient import size_gradient
from analysis.report.claims import Unmeasurable
from analysis.report.measures.adoption_pace import SCALES, UNITS
from analysis.report.measures.adoption_tables import Load

NOW, EXPECTED = "use now", "expected in six months"
PANELS = 6
AHEAD = 13
"""Fortnights in six months."""
DAYS, YEAR = 14, 365.25
SINCE = 4
"""First cycle of the second half of the table: July 2024 on."""
SEVERAL, ONE = "several states or sectors", "one state"


def fortnights(load: Load, question: str = NOW) -> pd.DataFrame:
    """Return the two rates by fortnight: companies in several states or sectors, and the mean of the same states.

    Parameters
    ----------
    load : callable
    question : str
        "use now" or "expected in six months".

    Returns
    -------
    DataFrame
        Columns period, place (0, 1, ...), reference_start, reference_end, years (since the first), several and one
        (percent of companies), several_error and one_error (percentage points), median (percent, over all states
        published in the fortnight). `attrs`: "states" that are held in every fortnight, "left_out" states that are not,
        "suppressed" cells of the question.

    Raises
    ------
    ValueError
        If the question is unknown.
    Unmeasurable
        If a fortnight is missing between two others, the wording changes, the rate of `XX` is not published in every
        fortnight, or fewer than ten states are.
    """
    if question not in (NOW, EXPECTED):
        raise ValueError(f"question={question!r}; legal: {NOW}, {EXPECTED}")
    table = load("us_state_ai_use")
    rows = table[table["question"] == question]
    if rows["series"].nunique() != 1:
        raise Unmeasurable("us_state_ai_use holds more than one wording of the question: no pace crosses it")
    value = rows.pivot(index="period", columns="state", values="value")
    error = rows.pivot(index="period", columns="state", values="std_error")
    states = value.drop(columns=MULTI_UNIT, errors="ignore")
    steady = [state for state in states if states[state].notna().all()]
    if MULTI_UNIT not in value or value[MULTI_UNIT].isna().any() or len(steady) < 10:
        raise Unmeasurable(f"us_state_ai_use lacks fortnights of {MULTI_UNIT}, or of all but {len(steady)} states")
    dates = rows.drop_duplicates("period").set_index("period").loc[value.index, ["reference_start", "reference_end"]]
    days = pd.to_datetime(dates["reference_start"]).diff().dropna().dt.days
    if (days != DAYS).any():
        raise Unmeasurable("us_state_ai_use lacks a fortnight between two others: the panels cannot be told apart")
    place = np.arange(len(value))
    found = dates.assign(
        place=place, years=place * DAYS / YEAR, several=value[MULTI_UNIT], one=value[steady].mean(axis=1),
        several_error=error[MULTI_UNIT], one_error=np.sqrt((error[steady] ** 2).sum(axis=1)) / len(steady),
        median=states.median(axis=1),
    ).reset_index()  # fmt: skip
    found.attrs["states"] = steady
    found.attrs["left_out"] = [state for state in states if state not in steady]
    found.attrs["suppressed"] = int(rows["value"].isna().sum())
    return found


def cycles(load: Load) -> pd.DataFrame:
    """Return ratio, gap and log-odds of companies in several states or sectors over those of one state, by cycle.

    A cycle is six fortnights, each with other companies; the last one of the table may be shorter. Standard errors are
    the publisher's, those of the two groups independent (`size_gradient`).

    Returns
    -------
    DataFrame
        Columns cycle (0, 1, ...), fortnights, several, one (percent), gap, gap_low, gap_high (percentage points), ratio
        (times), log_odds, log_odds_low, log_odds_high (several less one), label (months and both rates).

    Raises
    ------
    Unmeasurable
        As `fortnights`.
    """
    rows = fortnights(load)
    rows["cycle"] = rows["place"] // PANELS
    long = pd.concat(
        [
            pd.DataFrame({"cycle": rows["cycle"], "group": label, "rate": rows[name], "error": rows[f"{name}_error"]})
            for name, label in (("several", SEVERAL), ("one", ONE))
        ]
    )
    long["square"] = long["error"] ** 2
    groups = long.groupby(["cycle", "group"])
    rates = groups["rate"].agg(["mean", "size"]).rename(columns={"mean": "rate"})
    rates = rates.assign(std_error=np.sqrt(groups["square"].sum()) / rates["size"]).reset_index()
    found = size_gradient(rates, "rate", "group", ONE, SEVERAL, by="cycle", std_error="std_error", unit="percent")
    wide = found.tidy().pivot(index="cycle", columns="component", values=["estimate", "conf_low", "conf_high"])
    span = rows.groupby("cycle").agg(start=("reference_start", "first"), end=("reference_end", "last"))
    of = rates.pivot(index="cycle", columns="group", values="rate")
    table = pd.DataFrame(
        {
            "fortnights": rows.groupby("cycle").size(), "several": of[SEVERAL], "one": of[ONE],
            "gap": wide["estimate", "gap"], "gap_low": wide["conf_low", "gap"], "gap_high": wide["conf_high", "gap"],
            "ratio": wide["estimate", "ratio"], "log_odds": np.log(wide["estimate", "odds_ratio"]),
            "log_odds_low": np.log(wide["conf_low", "odds_ratio"]),
            "log_odds_high": np.log(wide["conf_high", "odds_ratio"]),
        }
    )  # fmt: skip
    months = [_months(row.start, row.end) for row in span.itertuples()]
    rates = zip(months, table["several"], table["one"], strict=True)
    label = [f"{when}: {several:.1f} and {one:.1f} %" for when, several, one in rates]
    return table.rename_axis("cycle").reset_index().assign(label=label)


def _months(start: str, end: str) -> str:
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%b}{year} to {last:%b %Y}"


def pace(load: Load, scale: str = "log-odds", first_cycle: int = 0, states: str = "one") -> dict[str, float]:
    """Return how much faster the rate of companies in several states or sectors grew than that of one state, a year.

    Each of the six panels gives one slope over time of the difference of the scaled rates; the estimate is their mean,
    and its error comes from their spread, with five degrees of freedom. Companies that answer again are in the
    same panel, so that this error, unlike one from the published errors alone, allows for them.

    Parameters
    ----------
    load : callable
    scale : str
        "log-odds", "points" or "proportional".
    first_cycle : int
        Cycle to begin with: 1 leaves out the first, when companies with several units were new to the survey.
    states : str
        "one" (mean of the same states) or "median" (of the states published in each fortnight).

    Returns
    -------
    dict
        estimate, std_error, conf_low, conf_high (95 %), sampling_error (from the published errors alone, fortnights
        taken as independent; missing for the median), in units of the scale a year; fortnights.

    Raises
    ------
    ValueError
        If the scale or `states` is unknown, or a panel is left with fewer than three fortnights.
    Unmeasurable
        As `fortnights`.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, chapter 2 (random groups).
    """
    if scale not in SCALES:
        raise ValueError(f"scale={scale!r}; legal scales: {', '.join(SCALES)}")
    if states not in ("one", "median"):
        raise ValueError(f"states={states!r}; legal: one, median")
    rows = fortnights(load)
    rows = rows[rows["place"] >= PANELS * first_cycle]
    panel = rows["place"] % PANELS
    if panel.value_counts().reindex(range(PANELS), fill_value=0).min() < 3:
        raise ValueError(f"first_cycle={first_cycle} leaves a panel with fewer than three fortnights")
    scaled = SCALES[scale]
    difference = scaled(rows["several"]) - scaled(rows[states])
    centred = rows["years"] - rows["years"].groupby(panel).transform("mean")
    part = centred / (centred**2).groupby(panel).transform("sum")
    slopes = (part * difference).groupby(panel).sum()
    error = float(slopes.std(ddof=1)) / np.sqrt(PANELS)
    reach = float(stats.t.ppf((1 + inference.LEVEL) / 2, PANELS - 1)) * error
    estimate, sampling = float(slopes.mean()), float("nan")
    if states == "one":
        squares = (_steepness(scale, rows["several"]) * rows["several_error"]) ** 2
        squares += (_steepness(scale, rows["one"]) * rows["one_error"]) ** 2
        sampling = float(np.sqrt(((part / PANELS) ** 2 * squares).sum()))
    return {
        "estimate": estimate, "std_error": error, "conf_low": estimate - reach, "conf_high": estimate + reach,
        "sampling_error": sampling, "fortnights": len(rows),
    }  # fmt: skip


def _steepness(scale: str, rate: pd.Series) -> pd.Series:
    """Return the derivative of the scaled rate by the rate in percent."""
    return {"log-odds": 100 / (rate * (100 - rate)), "points": 0 * rate + 1, "proportional": 1 / rate}[scale]


def pace_table(load: Load) -> pd.DataFrame:
    """Return the pace on every scale, for all cycles and without the first, and against the median state.

    Returns
    -------
    DataFrame
        Columns against, cycles ("all" or "without the first"), scale, unit, and what `pace` returns.
    """
    cases = [(states, first, scale) for scale in SCALES for states in ("one", "median") for first in (0, 1)]
    rows = [
        {
            "against": {"one": "mean of the same states", "median": "median state"}[states],
            "cycles": "without the first" if first else "all", "scale": scale, "unit": UNITS[scale],
            **pace(load, scale, first, states),
        }
        for states, first, scale in cases
    ]  # fmt: skip
    return pd.DataFrame(rows)


def expectations(load: Load) -> pd.DataFrame:
    """Return what companies expected for six months later and what they then reported, mean over fortnights.

    Returns
    -------
    DataFrame
        Columns group, expected, came, excess (percentage points), fortnights. Only states held in every fortnight for
        both questions.

    Raises
    ------
    Unmeasurable
        As `fortnights`.
    """
    now, later = fortnights(load), fortnights(load, EXPECTED)
    table = load("us_state_ai_use")
    steady = sorted(set(now.attrs["states"]) & set(later.attrs["states"]))
    rows = []
    for name, codes in ((SEVERAL, [MULTI_UNIT]), (ONE, steady)):
        held = table[table["state"].isin(codes)].groupby(["question", "period"])["value"].mean().unstack("question")
        came, expected = held[NOW].to_numpy()[AHEAD:], held[EXPECTED].to_numpy()[:-AHEAD]
        rows.append({"group": name, "expected": expected.mean(), "came": came.mean(), "fortnights": len(came)})
    return pd.DataFrame(rows).assign(excess=lambda found: found["expected"] - found["came"])


def facts(load: Load) -> dict:
    """Return the numbers of the page: rates in percent, gaps in points, paces in log-odds and points a year."""
    table, rows, hoped = cycles(load), fortnights(load), expectations(load).set_index("group")
    first, last = table.iloc[0], table.iloc[-1]
    paces = {"unit_odds": pace(load), "unit_later": pace(load, first_cycle=1), "unit_points": pace(load, "points")}
    found = {
        "several_first": first["several"], "several_last": last["several"], "one_first": first["one"],
        "one_last": last["one"], "unit_gap_first": first["gap"], "unit_gap_last": last["gap"],
        "unit_gap_last_low": last["gap_low"], "unit_gap_last_high": last["gap_high"],
        "unit_since_low": table.loc[SINCE:, "log_odds"].min(), "unit_since_high": table.loc[SINCE:, "log_odds"].max(),
        "several_hoped": hoped.at[SEVERAL, "expected"], "several_came": hoped.at[SEVERAL, "came"],
        "one_hoped": hoped.at[ONE, "expected"], "one_came": hoped.at[ONE, "came"],
        "unit_states": len(rows.attrs["states"]), "unit_states_out": len(rows.attrs["left_out"]),
        "unit_suppressed": rows.attrs["suppressed"], "unit_fortnights": len(rows),
    }  # fmt: skip
    for name, one in paces.items():
        found |= {name: one["estimate"], f"{name}_low": one["conf_low"], f"{name}_high": one["conf_high"]}
    return found
