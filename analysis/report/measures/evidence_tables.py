"""Frames of the exhibits on what studies find: by level and design, estimate by estimate, and what may be pooled."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.measures.evidence import EARLIER

Load = Callable[[str], pd.DataFrame]
LEVELS = ("task", "worker", "firm", "industry", "country")
OUTCOMES = ("productivity", "time", "quality", "output")
"""What counts as doing more with the same, in the order in which a study's main estimate is chosen."""
NEEDED = 5
"""Independent studies of one outcome, unit and treatment, errors from primary sources, that a pooled number takes."""
DAGGER = "\N{DAGGER}"
_NORMAL = 1.959963984540054


def main_estimates(load: Load) -> pd.DataFrame:
    """Return one estimate of AI per study and level: of productivity if it has one, else of time, quality or output.

    Earlier information technology is left out, and estimates without a direction.
    """
    table = load("effect_estimates")
    keep = table["outcome_kind"].isin(OUTCOMES) & (table["treatment_kind"] != EARLIER)
    held = table[keep & table["direction"].isin(["positive", "none", "negative"])].copy()
    held["place"] = held["outcome_kind"].map(OUTCOMES.index)
    held = held.sort_values(["place", "headline", "id"], ascending=[True, False, True])
    return held.drop_duplicates(["independent_group", "level"]).drop(columns="place")


def level_table(load: Load) -> pd.DataFrame:
    """Return how many studies find what, by level of evidence and design.

    Returns
    -------
    DataFrame
        Columns Level, Design, Studies, Gain, No difference, Loss, With an error (a standard error or a 95 % interval is
        known), Read in the press (marks the row); one row per level and design that occurs.
    """
    held = main_estimates(load)
    known = has_error(held)
    rows = []
    for (level, design), group in held.groupby(["level", "design"], sort=False):
        count = group["direction"].value_counts()
        rows.append(
            {
                "Level": level, "Design": design, "Studies": len(group), "Gain": int(count.get("positive", 0)),
                "No difference": int(count.get("none", 0)), "Loss": int(count.get("negative", 0)),
                "With an error": int(known[group.index].sum()), "Read in the press": int(group["secondary"].sum()),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    order = table["Level"].map(LEVELS.index)
    return table.assign(order=order).sort_values(["order", "Studies"], ascending=[True, False], ignore_index=True).drop(
        columns="order"
    )


def has_error(rows: pd.DataFrame) -> pd.Series:
    """Return whether a standard error or a 95 % interval is printed; a published range of scenarios is neither."""
    interval = (rows["interval_kind"] == "95 % confidence") & rows["conf_low"].notna() & rows["conf_high"].notna()
    return rows["std_error"].notna() | interval


def estimate_rows(load: Load, levels: tuple[str, ...], unit: str = "%") -> pd.DataFrame:
    """Return estimates of AI in one unit, for a chart: the headline estimates of productivity, time, quality, output.

    Parameters
    ----------
    levels : tuple of str
        Values of `LEVELS`, in the order to show.
    unit : str

    Returns
    -------
    DataFrame
        Columns label, estimate, low, high, has_error, level, country, secondary. The interval is the printed one, or
        the normal one around an estimate with a printed standard error; it is empty where neither is known.

    Raises
    ------
    ValueError
        If a level is unknown.
    """
    odd = [one for one in levels if one not in LEVELS]
    if odd:
        raise ValueError(f"level {odd[0]!r}; legal: {', '.join(LEVELS)}")
    table = load("effect_estimates")
    keep = table["outcome_kind"].isin(OUTCOMES) & (table["unit"] == unit) & table["estimate"].notna()
    keep &= table["level"].isin(levels) & (table["treatment_kind"] != EARLIER) & table["headline"].astype(bool)
    held = table[keep].copy()
    known = has_error(held)
    printed = held["interval_kind"] == "95 % confidence"
    half = _NORMAL * held["std_error"]
    held["low"] = held["conf_low"].where(printed, held["estimate"] - half).where(known)
    held["high"] = held["conf_high"].where(printed, held["estimate"] + half).where(known)
    mark = held["secondary"].astype(bool).map({True: f" {DAGGER}", False: ""})
    short = held["study"].str.split(",").str[0].str.replace(r" and .*", "", regex=True)
    held["label"] = held["level"] + ": " + short + " " + held["year"].astype(str) + ", " + held["outcome"] + mark
    held["label"] = _unique(held["label"])
    held = held.assign(has_error=known, order=held["level"].map(levels.index))
    held = held.sort_values(["order", "estimate"], ascending=[True, False], ignore_index=True)
    return held[["label", "estimate", "low", "high", "has_error", "level", "country", "secondary"]]


def _unique(labels: pd.Series) -> pd.Series:
    again = labels.groupby(labels).cumcount()
    return labels.where(again == 0, labels + " (" + (again + 1).astype(str) + ")")


def pools(load: Load) -> pd.DataFrame:
    """Return the sets of estimates of one level, outcome, unit and treatment, and how near each comes to being pooled.

    Returns
    -------
    DataFrame
        Columns level, outcome, treatment, unit, studies (independent, with a number), with_error, primary (with a
        printed standard error or 95 % interval, read in the authors' own text), needed (`NEEDED`), qualifies; the
        nearest first.
    """
    table = load("effect_estimates")
    keep = table["estimate"].notna() & (table["treatment_kind"] != EARLIER) & table["outcome_kind"].isin(OUTCOMES)
    held = table[keep]
    known = has_error(held)
    keys = ["level", "outcome_kind", "treatment_kind", "unit"]
    rows = []
    for key, group in held.groupby(keys, sort=False):
        sure = group[known[group.index]]
        primary = sure[~sure["secondary"].astype(bool)]["independent_group"].nunique()
        counts = (group["independent_group"].nunique(), sure["independent_group"].nunique(), primary)
        rows.append((*key, *counts, NEEDED, primary >= NEEDED))
    columns = [
        "level", "outcome", "treatment", "unit", "studies", "with_error", "primary", "needed", "qualifies",
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["primary", "with_error", "studies"], ascending=False, kind="stable", ignore_index=True)


def complement_table(load: Load) -> pd.DataFrame:
    """Return what each study that looks at management, skills, data or reorganisation finds, for a table.

    Returns
    -------
    DataFrame
        Columns Study, Level, Country, Design, Technology, Gains depend on them, secondary; firms first.
    """
    table = load("effect_estimates")
    rows = table[table["complements"].isin(["needed", "not needed"])]
    rows = rows.sort_values(["headline", "id"], ascending=[False, True]).drop_duplicates("independent_group")
    order = rows["level"].map({"firm": 0, "industry": 1, "country": 2, "worker": 3, "task": 4})
    rows = rows.assign(order=order).sort_values(["order", "year"])
    return pd.DataFrame(
        {
            "Study": rows["study"].str.split(",").str[0] + ", " + rows["year"].astype(str),
            "Level": rows["level"], "Country": rows["country"].replace({"MUL": "several"}), "Design": rows["design"],
            "Technology": rows["treatment_kind"],
            "Gains depend on them": rows["complements"].map({"needed": "yes", "not needed": "no"}),
            "secondary": rows["secondary"].astype(bool),
        }
    ).reset_index(drop=True)  # fmt: skip
