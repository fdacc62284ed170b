"""Frames of the exhibits on what studies find: by level and design, estimate by estimate, and what may be pooled."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from analysis.regression.evidence import meta_analysis
from analysis.report.measures import evidence
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

    An effect on time is turned round, so that less time is a gain.

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
    known, printed = has_error(held), held["interval_kind"] == "95 % confidence"
    half, sign = _NORMAL * held["std_error"], (held["outcome_kind"] == "time").map({True: -1.0, False: 1.0})
    ends = pd.DataFrame(
        {
            "a": sign * held["conf_low"].where(printed, held["estimate"] - half),
            "b": sign * held["conf_high"].where(printed, held["estimate"] + half),
        }
    ).where(known, axis=0)
    mark = held["secondary"].astype(bool).map({True: f" {DAGGER}", False: ""})
    less = (sign < 0).map({True: "less ", False: ""})
    label = held["level"] + ": " + held["study"].map(short) + " " + held["year"].astype(str)
    held = held.assign(
        label=_unique(label + ", " + less + held["outcome"] + mark), estimate=sign * held["estimate"],
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
            "Study": rows["study"].map(short) + ", " + rows["year"].astype(str),
            "Level": rows["level"], "Country": rows["country"].replace({"MUL": "several"}), "Design": rows["design"],
            "Technology": rows["treatment_kind"],
            "Gains depend on them": rows["complements"].map({"needed": "yes", "not needed": "no"}),
            "secondary": rows["secondary"].astype(bool),
        }
    ).reset_index(drop=True)  # fmt: skip


def facts(load: Load) -> dict:
    """Return the numbers of the page on what studies find, by name."""
    found, needed = evidence.studies(load), evidence.complements(load)
    korea = found[found["country"] == "KOR"]
    abroad = found[found["country"] != "KOR"]
    causal = evidence.studies(load, designs=evidence.CAUSAL)
    journals = evidence.studies(load, treatments=(evidence.USE, evidence.INVESTMENT), refereed=True)
    shown, sets = estimate_rows(load, ("task", "worker", "firm")), pools(load)
    broadest = sets.sort_values("studies", ascending=False, kind="stable").iloc[0]
    main = main_estimates(load)
    lots = main[(main["level"] == "firm") & (main["design"] == "randomised")]
    return {
        "studies": len(found), "no_gain": int((found["finds"] == evidence.NO_GAIN).sum()),
        "korean": len(korea), "korean_none": int((korea["finds"] == evidence.NO_GAIN).sum()),
        "abroad": len(abroad), "abroad_gain": int((abroad["finds"] == evidence.GAIN).sum()),
        "causal": len(causal), "causal_gain": int((causal["finds"] == evidence.GAIN).sum()),
        "refereed": len(journals), "refereed_none": int((journals["finds"] == evidence.NO_GAIN).sum()),
        "tested": len(needed), "needed": int((needed["finds"] == "needed").sum()),
        "by_lot": len(lots), "by_lot_gain": int((lots["direction"] == "positive").sum()),
        "shown": len(shown), "with_error": int(shown["has_error"].sum()), "hollow": int((~shown["has_error"]).sum()),
        "pooled": ", ".join(sets.loc[sets["qualifies"], "pool"]) or "none", "pool_needed": NEEDED,
        "pool_name": broadest["pool"].replace("-", " "), "pool_studies": int(broadest["studies"]),
        "pool_errors": int(broadest["with_error"]), "pool_best": int(sets["primary"].max()),
        "main_studies": len(main), "main_errors": int(has_error(main).sum()),
    }  # fmt: skip
