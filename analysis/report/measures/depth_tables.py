"""Frames of the exhibits on depth of use, and the strongest evidence for and against claims B0, B3 and B4."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.measures import ambition, depth, evidence
from analysis.report.measures.depth import BANDS, GRADES, KOREAN_CLASSES, MSS, PERIODS, TECHNOLOGIES

Load = Callable[[str], pd.DataFrame]
FOR, AGAINST = "for", "against"


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


def sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claims B0, B3 and B4, one row per claim.

    Returns
    -------
    DataFrame
        Columns claim, for, against (sentences with computed numbers), secondary (whether a figure was read in the
        press).
    """
    return pd.DataFrame([_b0(load), _b3(load), _b4(load)])


def _b0(load: Load) -> dict:
    money = ambition.small_firm_budget(load)
    return {
        "claim": "B0",
        FOR: f"The AI budget bill of 2026 is {money['whole']:.1f} trillion won; for which firms the money is, "
        "no document found says.",
        AGAINST: f"The ministry for SMEs asks for {1000 * money['smes']:,.0f} billion won for AI in small firms †, so "
        "“none” is too strong. No public data follow either sum to output per hour.",
        "secondary": True,
    }


def _b3(load: Load) -> dict:
    basic = depth.share(load, MSS, "level", "level", "basic", "all")
    ends = korean_classes(load).set_index("size_class")["above_basic"]
    us = us_technologies(load).set_index(["technology", "year"])
    deep, software = us.loc[("AI", 2021)], us.loc[("specialised software", 2018)]
    return {
        "claim": "B3",
        FOR: f"{100 * basic:.1f} % of Korean smart factories are basic (2024) †; beyond basic are "
        f"{100 * ends['micro']:.1f} % of micro and {100 * ends['mid-sized']:.1f} % of mid-sized adopters †.",
        AGAINST: f"In the US adopters with 10-49 persons go nearly as deep as those with 250 or more: "
        f"{100 * deep['10-49']:.1f} against {100 * deep['250+']:.1f} % use AI “a lot” (2021), "
        f"{100 * software['10-49']:.1f} against {100 * software['250+']:.1f} % report high use of specialised software "
        "(2016-18).",
        "secondary": True,
    }


def _b4(load: Load) -> dict:
    found, needed = evidence.studies(load), evidence.complements(load)
    none, yes = int((found["finds"] == evidence.NO_GAIN).sum()), int((needed["finds"] == "needed").sum())
    other = found[found["country"] != "KOR"]
    gains = int((other["finds"] == evidence.GAIN).sum())
    workers = evidence.studies(load, level="worker", treatments=("AI assistant",), outcomes=("productivity", "time"))
    helped = int((workers["finds"] == evidence.GAIN).sum())
    return {
        "claim": "B4",
        FOR: f"{none} of {len(found)} studies of firms{_mark(found)} find no gain in productivity from AI use; "
        f"{yes} of {len(needed)} that look at management, skills or data{_mark(needed)} find that gains depend on "
        "them.",
        AGAINST: f"Outside Korea {gains} of {len(other)} studies{_mark(other)} find a gain, averaged over firms that "
        f"reorganised and firms that did not; {helped} of {len(workers)} studies of single workers with an assistant"
        f"{_mark(workers)} do.",
        "secondary": bool(pd.concat([found, needed, workers])["secondary"].any()),
    }


def _mark(rows: pd.DataFrame) -> str:
    return " †" if rows["secondary"].any() else ""


def facts(load: Load) -> dict:
    """Return the numbers of the page on depth by name; shares as numbers out of a hundred, ratios as they are."""
    korea = korean_classes(load).set_index("size_class")
    us = us_technologies(load).set_index(["technology", "year"])
    bands, money = us_bands(load).set_index("size_class"), ambition.small_firm_budget(load)
    effect = workforce(load).set_index(["item", "answer"])["share"]
    absent = depth.share(load, depth.ABS, "barrier", "not applicable to the business", "named", "1-4")
    talent = barriers(load).set_index("item").loc["no access to talent"]
    research = {size: depth.eu_purpose(load, "research and innovation", 2025, size) for size in ("10-49", "250+")}
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
        "us_low": 100 * bands["deepest"].min(), "us_high": 100 * bands["deepest"].max(),
        "software_small": 100 * us.at[("specialised software", 2018), "10-49"],
        "software_large": 100 * us.at[("specialised software", 2018), "250+"],
        "us_least": us["ratio"].min(), "us_most": us["ratio"].max(),
        "eu_small": 100 * research["10-49"], "eu_large": 100 * research["250+"],
        "skill_same": 100 * effect["skill level of workers", "no effect"],
        "skill_up": 100 * effect["skill level of workers", "increase"],
        "not_applicable": 100 * absent, "talent_small": 100 * talent["1-4"], "talent_large": 100 * talent["25000+"],
        "budget": money["whole"], "budget_smes": 1000 * money["smes"], "budget_ratio": 100 * money["ratio"],
    }  # fmt: skip
