"""Frames of the exhibits on depth of use, and the numbers of the page on it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import ambition, depth
from analysis.report.measures.depth import BANDS, GRADES, KOREAN_CLASSES, MSS, PERIODS, TECHNOLOGIES

Load = Callable[[str], pd.DataFrame]
FACTORIES = "mss-smart-manufacturing"
"""Survey of `ai_adoption` that asks owners of factories whether AI works in production."""


def korean_classes(load: Load) -> pd.DataFrame:
    """Return smart factories of Korean manufacturers by legal class: how many have one, and how many go beyond basic.

    Returns
    -------
    DataFrame
        Columns size_class, adopted (of firms that own a factory), above_basic (of adopters), both (of firms that own a
        factory); fractions; secondary.
    """
    rows = []
    for name in KOREAN_CLASSES:
        adopted = depth.share(load, MSS, "adoption", "smart factory", "adopted", name)
        above = depth.above_basic(load, name)
        rows.append((name, adopted, above, adopted * above, True))
    return pd.DataFrame(rows, columns=["size_class", "adopted", "above_basic", "both", "secondary"])


def us_bands(load: Load, technology: str = "artificial intelligence", year: int = 2021) -> pd.DataFrame:
    """Return how US users of a technology grade their use, by the survey's twelve size bands.

    Returns
    -------
    DataFrame
        Columns size_class (the band), deepest (share of users that give the deepest answer), low, high (between what
        the rounding of the printed cells puts it), middle, lowest, users (share of companies that use it); fractions.
    """
    held = load("technology_use")
    held = held[(held["technology"] == technology) & (held["year"] == year) & (held["breakdown"] == "size band")]
    used = held[held["answer"].isin(GRADES[year])].groupby("size_class")["value"].sum() / 100
    rows = []
    for band in (band for group in BANDS.values() for band in group):
        lowest, middle, deepest = depth.us_grades(load, technology, year, band)
        low, high = depth.rounding(load, technology, year, band)
        rows.append((band, deepest, low, high, middle, lowest, used[band]))
    return pd.DataFrame(rows, columns=["size_class", "deepest", "low", "high", "middle", "lowest", "users"])


def us_technologies(load: Load) -> pd.DataFrame:
    """Return the share of users that use a technology most deeply, firms of 10-49 and of 250 and more persons.

    Returns
    -------
    DataFrame
        Columns technology, year, label, 10-49, 250+ (fractions of users), ratio; the most uneven first.
    """
    rows = []
    for (year, technology), name in TECHNOLOGIES.items():
        small, large = (float(depth.us_grades(load, technology, year, size).iloc[-1]) for size in ("10-49", "250+"))
        label = f"{name[0].upper()}{name[1:]}, {PERIODS[year]}"
        rows.append((name, year, label, small, large, small / large))
    columns = ["technology", "year", "label", "10-49", "250+", "ratio"]
    return pd.DataFrame(rows, columns=columns).sort_values("ratio", ignore_index=True)


def eu_purposes(load: Load) -> pd.DataFrame:
    """Return every share of EU AI users by purpose that is held, by size class and year.

    Returns
    -------
    DataFrame
        Columns purpose, size_class, year, share (of enterprises that use AI, a fraction), computed.
    """
    rows = load("ai_purposes")
    rows = rows[rows["base"] == "enterprises that use AI"]
    held = rows[["purpose", "size_class", "year", "computed"]].assign(share=rows["value"] / 100)
    return held.sort_values(["purpose", "year", "size_class"], ignore_index=True)


def workforce(load: Load) -> pd.DataFrame:
    """Return what US users of AI say it did to their workforce in 2021 (columns item, answer, share of users)."""
    rows = load("technology_depth")
    rows = rows[(rows["topic"] == "workforce") & (rows["industry"] == "all")]
    order = ["increase", "decrease", "no effect", "do not know"]
    held = rows.assign(share=rows["value"] / 100)[["item", "answer", "share"]]
    by = held["answer"].map(order.index)
    return held.assign(by=by).sort_values(["item", "by"], ignore_index=True).drop(columns="by")


def barriers(load: Load) -> pd.DataFrame:
    """Return which obstacles to AI the smallest and the largest US companies named for 2016-18.

    Returns
    -------
    DataFrame
        Columns item, 1-4 and 25000+ (fractions of companies), times (the second over the first); those of the largest
        first.
    """
    rows = load("technology_depth")
    rows = rows[rows["topic"] == "barrier"]
    wide = rows.pivot(index="item", columns="size_class", values="value")[["1-4", "25000+"]] / 100
    wide = wide.drop(index=["none", "not applicable to the business"])
    wide["times"] = wide["25000+"] / wide["1-4"]
    return wide.rename_axis(columns=None).sort_values("25000+", ascending=False).reset_index()


def readings(judged: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the readings of a part that are shares of adopters, for a table; secondary figures carry a dagger.

    Parameters
    ----------
    judged : DataFrame
        Readings of claim B3.
    part : str
        "level" or "transformation".

    Returns
    -------
    DataFrame
        Columns Reading, Share of adopters (percent), Most (whether it is over a half), secondary; the largest first.

    Raises
    ------
    ValueError
        If the part is another.
    """
    if part not in ("level", "transformation"):
        raise ValueError(f"part={part!r}; legal: level, transformation")
    rows = judged[judged["part"] == part].sort_values("value", ascending=False)
    secondary = rows["secondary"].astype(bool)
    return pd.DataFrame(
        {
            "Reading": rows["label"] + secondary.map({True: " \N{DAGGER}", False: ""}),
            "Share of adopters": rows["shown"], "Most": rows["holds"].map({True: "yes", False: "no"}),
            "secondary": secondary,
        }
    ).reset_index(drop=True)  # fmt: skip


def factories_with_ai(load: Load) -> float:
    """Return the percent of Korean manufacturers with a factory that use AI in production, by the ministry's survey.

    Raises
    ------
    Unmeasurable
        If the survey is not held, or holds several values.
    """
    rows = load("ai_adoption")
    hit = rows[(rows["survey"] == FACTORIES) & (rows["size_class"] == "all")]["value"].dropna()
    if len(hit) != 1:
        raise Unmeasurable(f"ai_adoption holds no single value of {FACTORIES}, all sizes")
    return float(hit.iloc[0])


def facts(load: Load) -> dict:
    """Return the numbers of the page on depth by name; shares as numbers out of a hundred, ratios as they are."""
    korea = korean_classes(load).set_index("size_class")
    us = us_technologies(load).set_index(["technology", "year"])
    bands, money = us_bands(load).set_index("size_class"), ambition.small_firm_budget(load)
    effect = workforce(load).set_index(["item", "answer"])["share"]
    absent = depth.share(load, depth.ABS, "barrier", "not applicable to the business", "named", "1-4")
    talent = barriers(load).set_index("item").loc["no access to talent"]
    research = {size: depth.eu_purpose(load, "research and innovation", 2025, size) for size in ("10-49", "250+")}
    some = {size: float(depth.us_grades(load, "artificial intelligence", 2021, size).iloc[-2:].sum())
            for size in ("10-49", "250+")}  # fmt: skip
    names = ("basic", "intermediate", "advanced")
    level = {name: depth.share(load, MSS, "level", "level", name, "all") for name in names}
    return {
        "basic": 100 * level["basic"], "advanced": 100 * level["advanced"],
        "unreported": 100 * (1 - sum(level.values())),
        "micro": 100 * korea.at["micro", "above_basic"], "small": 100 * korea.at["small", "above_basic"],
        "mid": 100 * korea.at["mid-sized", "above_basic"], "ratio": korea.at["small", "above_basic"]
        / korea.at["mid-sized", "above_basic"], "small_both": 100 * korea.at["small", "both"],
        "mid_both": 100 * korea.at["mid-sized", "both"], "small_adopted": 100 * korea.at["small", "adopted"],
        "mid_adopted": 100 * korea.at["mid-sized", "adopted"],
        "us_small": 100 * us.at[("AI", 2021), "10-49"], "us_large": 100 * us.at[("AI", 2021), "250+"],
        "us_some_small": 100 * some["10-49"], "us_some_large": 100 * some["250+"],
        "factory_ai": factories_with_ai(load), "us_ratio": us.at[("AI", 2021), "ratio"],
        "us_low": 100 * bands["deepest"].min(), "us_high": 100 * bands["deepest"].max(),
        "software_small": 100 * us.at[("specialised software", 2018), "10-49"],
        "software_large": 100 * us.at[("specialised software", 2018), "250+"],
        "us_least": us["ratio"].min(), "us_most": us["ratio"].max(),
        "eu_small": 100 * research["10-49"], "eu_large": 100 * research["250+"],
        "skill_same": 100 * effect["skill level of workers", "no effect"],
        "skill_up": 100 * effect["skill level of workers", "increase"],
        "no_significant": 100 * (1 - depth.benefit(load, "significant")),
        "moderate": 100 * depth.benefit(load, "at least moderate"),
        "not_applicable": 100 * absent, "talent_small": 100 * talent["1-4"], "talent_large": 100 * talent["25000+"],
        "budget": money["whole"], "budget_smes": 1000 * money["smes"], "budget_ratio": 100 * money["ratio"],
    }  # fmt: skip
