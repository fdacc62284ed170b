"""Frames of the exhibits on what studies find: by level and design, estimate by estimate, and what may be pooled."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.regression.evidence import meta_analysis
from analysis.report.measures import evidence
from analysis.report.measures.evidence import EARLIER, FINDINGS, PRODUCTIVITY, USE

Load = Callable[[str], pd.DataFrame]
LEVELS = ("task", "worker", "firm", "industry", "country")
OUTCOMES = ("productivity", "time", "quality", "output")
"""What counts as doing more with the same, in the order in which a study's main estimate is chosen."""
NEEDED = 5
"""Independent studies of one outcome, unit and treatment, errors from primary sources, that a pooled number takes."""
DAGGER = "\N{DAGGER}"
LOG_POINTS = "log points"
_NORMAL = 1.959963984540054


def main_estimates(load: Load) -> pd.DataFrame:
    """Return one estimate of AI per study and level: of productivity if it has one, else its headline.

    A study without either at a level speaks there through its estimate of time, quality or output, in this order. Where
    a study has several estimates of productivity and none is its headline, one that is no gain speaks, as in
    `evidence.studies`. Left out: earlier information technology, doubtful figures, estimates without a direction, hours
    saved by users' own account (they are not output: see `hours_saved`), self-reports beside another headline, and
    employment and earnings, which are not output, time or quality either.
    """
    table = evidence.counted(load)
    head = table["headline"].astype(bool)
    keep = table["outcome_kind"].isin(OUTCOMES)
    keep &= (table["treatment_kind"] != EARLIER) & table["direction"].isin(FINDINGS)
    keep &= ~((table["design"] == "self-report") & ((table["outcome_kind"] == "time") | ~head))
    held = table[keep].copy()
    kind = held["outcome_kind"].map({name: n + 2 for n, name in enumerate(OUTCOMES)})
    held["place"] = kind.mask(head[keep], 1).mask(held["outcome_kind"] == PRODUCTIVITY, 0)
    held["gain"] = held["direction"] == "positive"
    held = held.sort_values(["place", "headline", "gain", "id"], ascending=[True, False, True, True])
    return held.drop_duplicates(["independent_group", "level"]).drop(columns=["place", "gain"])


def hours_saved(load: Load) -> pd.DataFrame:
    """Return the studies whose users say how many hours an assistant saves them, which is no measure of output."""
    table = evidence.counted(load)
    rows = table[(table["design"] == "self-report") & (table["outcome_kind"] == "time")]
    return rows.drop_duplicates("independent_group")


def level_table(load: Load) -> pd.DataFrame:
    """Return how many studies find what, by level of evidence and design.

    Returns
    -------
    DataFrame
        Columns Level, Design, Studies, Gain, No difference, Mixed, Loss, With an error (a standard error or a 95 %
        interval is known), Read in the press, AI use and productivity (studies of firms that claim B4 counts), of
        these no gain; one row per level and design that occurs.
    """
    held = main_estimates(load)
    known = has_error(held)
    claim = (held["level"] == "firm") & (held["treatment_kind"] == USE) & (held["outcome_kind"] == PRODUCTIVITY)
    rows = []
    for (level, design), group in held.groupby(["level", "design"], sort=False):
        count = group["direction"].value_counts()
        rows.append(
            {
                "Level": level, "Design": design, "Studies": len(group), "Gain": int(count.get("positive", 0)),
                "No difference": int(count.get("none", 0)), "Mixed": int(count.get("mixed", 0)),
                "Loss": int(count.get("negative", 0)),
                "With an error": int(known[group.index].sum()), "Read in the press": int(group["secondary"].sum()),
                "AI use and productivity": int(claim[group.index].sum()),
                "of these no gain": int((claim[group.index] & (group["direction"] != "positive")).sum()),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    order = table["Level"].map(LEVELS.index)
    return table.assign(order=order).sort_values(["order", "Studies"], ascending=[True, False], ignore_index=True).drop(
        columns="order"
    )


def level_rows(load: Load) -> pd.DataFrame:
    """Return `level_table` in the five columns a page shows, with a dagger where a study was read in the press.

    Returns
    -------
    DataFrame
        Columns Evidence (level and design), Gain, No gain (none, mixed or a loss), In B4 (studies of AI use and
        productivity in firms, which the claim counts), B4, no gain (those of them without), secondary.
    """
    table = level_table(load)
    pressed = table["Read in the press"] > 0
    name = table["Level"] + ": " + table["Design"].replace("not stated", "design not stated")
    return pd.DataFrame(
        {
            "Evidence": name + pressed.map({True: f" {DAGGER}", False: ""}), "Gain": table["Gain"],
            "No gain": table["Studies"] - table["Gain"], "In B4": table["AI use and productivity"],
            "B4, no gain": table["of these no gain"], "secondary": pressed,
        }
    )  # fmt: skip


def has_error(rows: pd.DataFrame) -> pd.Series:
    """Return whether a standard error or a 95 % interval is printed; a published range of scenarios is neither."""
    interval = (rows["interval_kind"] == "95 % confidence") & rows["conf_low"].notna() & rows["conf_high"].notna()
    return rows["std_error"].notna() | interval


def short(study: str) -> str:
    """Return the authors of a study in short: one or two names, or the first with "et al." after it.

    Examples
    --------
    >>> short("Noy and Zhang, Experimental evidence"), short("Cui, Demirer and Jaffe, The effects of AI")
    ('Noy and Zhang', 'Cui et al.')
    """
    found = re.match(r"(.+?(?: and [^,:]+| et al\.)),", study)
    authors = (found[1] if found else study.split(", ")[0]).split(" (")[0].split(":")[0]
    return authors.split(",")[0] + " et al." if "," in authors else authors


def estimate_rows(load: Load, levels: tuple[str, ...], unit: str = "%") -> pd.DataFrame:
    """Return the headline estimates of AI in one unit, for a chart: gains in productivity, time, quality and output.

    An effect on time is turned round, so that less time is a gain. Where the unit is %, a difference of logarithms is
    turned into percent, and so are the ends of its interval. Doubtful figures are left out.

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
    table = evidence.counted(load)
    logs = (table["unit"] == LOG_POINTS) & (unit == "%")
    keep = table["outcome_kind"].isin(OUTCOMES) & ((table["unit"] == unit) | logs) & table["estimate"].notna()
    keep &= table["level"].isin(levels) & (table["treatment_kind"] != EARLIER) & table["headline"].astype(bool)
    held = table[keep].copy()
    known, printed = has_error(held), held["interval_kind"] == "95 % confidence"
    half, sign = _NORMAL * held["std_error"], (held["outcome_kind"] == "time").map({True: -1.0, False: 1.0})
    ends = pd.DataFrame(
        {
            "a": sign * held["conf_low"].where(printed, held["estimate"] - half),
            "b": sign * held["conf_high"].where(printed, held["estimate"] + half),
        }
    ).where(known, axis=0)
    held["estimate"], turned = sign * held["estimate"], logs[keep]
    for numbers in (held, ends):
        for column in ("estimate",) if numbers is held else ("a", "b"):
            numbers[column] = numbers[column].mask(turned, 100 * np.expm1(numbers[column]))
    mark = held["secondary"].astype(bool).map({True: f" {DAGGER}", False: ""})
    less = (sign < 0).map({True: "less ", False: ""})
    label = held["level"] + ": " + held["study"].map(short) + " " + held["year"].astype(str)
    held = held.assign(
        label=_unique(label + ", " + less + held["outcome"].str.removeprefix("log of ") + mark),
        low=ends.min(axis=1, skipna=False), high=ends.max(axis=1, skipna=False), has_error=known,
        order=held["level"].map(levels.index),
    )  # fmt: skip
    held = held.sort_values(["order", "estimate"], ascending=[True, False], ignore_index=True)
    return held[["label", "estimate", "low", "high", "has_error", "level", "country", "secondary"]]


def _unique(labels: pd.Series) -> pd.Series:
    again = labels.groupby(labels).cumcount()
    return labels.where(again == 0, labels + " (" + (again + 1).astype(str) + ")")


def pools(load: Load) -> pd.DataFrame:
    """Return the sets of estimates of one outcome, unit and treatment, and how near each comes to being pooled.

    Returns
    -------
    DataFrame
        Columns pool (the label of the set), unit, studies (independent, with a number), with_error, primary (with a
        printed standard error or 95 % interval, read in the authors' own text), needed (`NEEDED`), qualifies; the
        nearest first.

    Raises
    ------
    ValueError
        If a set holds estimates in more than one unit.
    """
    table = load("effect_estimates")
    held = table[table["estimate"].notna() & table["pool"].notna() & (table["pool"] != "")]
    known, rows = has_error(held), []
    for pool, group in held.groupby("pool", sort=False):
        units = sorted(group["unit"].unique())
        if len(units) > 1:
            raise ValueError(f"pool {pool!r} holds units {', '.join(units)}")
        sure = group[known[group.index]]
        primary = sure[~sure["secondary"].astype(bool)]["independent_group"].nunique()
        counts = (group["independent_group"].nunique(), sure["independent_group"].nunique(), primary)
        rows.append((pool, units[0], *counts, NEEDED, primary >= NEEDED))
    columns = ["pool", "unit", "studies", "with_error", "primary", "needed", "qualifies"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["primary", "with_error", "studies"], ascending=False, kind="stable", ignore_index=True)


def pooled(load: Load) -> pd.DataFrame:
    """Return the pooled number of every set that qualifies (Paule and Mandel), one row each; empty if none does.

    Only estimates with a printed standard error enter; where a study has several, its headline or else its first.
    """
    found = pools(load)
    table, parts = load("effect_estimates"), []
    for pool in found.loc[found["qualifies"], "pool"]:
        rows = table[(table["pool"] == pool) & table["std_error"].notna() & ~table["secondary"].astype(bool)]
        rows = rows.sort_values(["headline", "id"], ascending=[False, True]).drop_duplicates("independent_group")
        if len(rows) >= NEEDED:
            tidy = meta_analysis(rows, effect="estimate", std_error="std_error").tidy()
            parts.append(tidy[tidy["component"] == "pooled"].assign(pool=pool))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["pool", "estimate", "std_error"])


def korean_table(load: Load) -> pd.DataFrame:
    """Return the Korean studies of AI use and productivity in firms that the claim counts, for a table.

    Returns
    -------
    DataFrame
        Columns Study, Gain (yes or no), Survey (where several studies use it, else "another"), Read in, secondary.
    """
    found = evidence.studies(load, country="KOR").sort_values(["finds", "year"], kind="stable")
    pressed, counts = found["secondary"], found["survey"].value_counts()
    many = found["survey"].map(counts).gt(1) & (found["survey"] != "")
    mark = pressed.map({True: f" {DAGGER}", False: ""})
    return pd.DataFrame(
        {
            "Study": found["study"].map(short) + " " + found["year"].astype(str) + mark,
            "Gain": found["finds"].map({evidence.GAIN: "yes", evidence.NO_GAIN: "no"}),
            "Survey": found["survey"].str.removesuffix(", Korea").where(many, "another"),
            "Read in": pressed.map({True: "press reports", False: "the authors' own text"}), "secondary": pressed,
        }
    ).reset_index(drop=True)  # fmt: skip


def complement_table(load: Load) -> pd.DataFrame:
    """Return what each study that looks at management, skills, data or reorganisation finds, for a table.

    Returns
    -------
    DataFrame
        Columns Study, Gains depend on them, Level, Country, Design, Technology, secondary; firms first.
    """
    table = evidence.counted(load)
    rows = table[table["complements"].isin(["needed", "not needed"])]
    rows = rows.sort_values(["headline", "id"], ascending=[False, True]).drop_duplicates("independent_group")
    order = rows["level"].map({"firm": 0, "industry": 1, "country": 2, "worker": 3, "task": 4})
    rows = rows.assign(order=order).sort_values(["order", "year"])
    return pd.DataFrame(
        {
            "Study": rows["study"].map(short) + ", " + rows["year"].astype(str),
            "Gains depend on them": rows["complements"].map({"needed": "yes", "not needed": "no"}),
            "Level": rows["level"], "Country": rows["country"].replace({"MUL": "several"}), "Design": rows["design"],
            "Technology": rows["treatment_kind"],
            "secondary": rows["secondary"].astype(bool),
        }
    ).reset_index(drop=True)  # fmt: skip
