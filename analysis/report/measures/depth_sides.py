"""Claims B0, B3 and B4 on one screen each: the strongest evidence for and against, row by row."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.measures import ambition, depth, evidence_facts
from analysis.report.measures import depth_tables as tables

Load = Callable[[str], pd.DataFrame]
CLAIMS = ("B0", "B3", "B4")
COLUMNS = ("Evidence", "For", "Against")


def for_and_against(load: Load, claim: str) -> pd.DataFrame:
    """Return the strongest evidence for and against a claim, in words with computed numbers.

    Parameters
    ----------
    load : callable
        Table name to table.
    claim : str
        "B0", "B3" or "B4".

    Returns
    -------
    DataFrame
        Columns Evidence (what the row looks at), For, Against, secondary (a figure was read in the press: a dagger
        marks it).

    Raises
    ------
    ValueError
        If the claim is another.
    """
    if claim not in CLAIMS:
        raise ValueError(f"claim={claim!r}; legal: {', '.join(CLAIMS)}")
    rows = {"B0": _b0, "B3": _b3, "B4": _b4}[claim](load)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    marked = table["For"].str.contains("\N{DAGGER}") | table["Against"].str.contains("\N{DAGGER}")
    return table.assign(secondary=marked)


def _b0(load: Load) -> list[tuple[str, str, str]]:
    money = ambition.small_firm_budget(load)
    return [
        (
            "Reach",
            f"The AI budget bill of 2026 is {money['whole']:.1f} trillion won; no document found says for which firms.",
            f"The ministry for SMEs asks for {1000 * money['smes']:,.0f} billion won for AI in small firms \N{DAGGER}: "
            "not “none”.",
        ),
        (
            "Effect", "No evaluation found measures output per hour in the firms reached.",
            "For the same reason nobody can show that it did nothing.",
        ),
    ]  # fmt: skip


def _b3(load: Load) -> list[tuple[str, str, str]]:
    v, novices = tables.facts(load), depth.share(load, depth.D4SME, "level", "level", "novice", "SME")
    low = {name: 100 * float(depth.us_grades(load, name, 2018, "10-49").iloc[0])
           for name in ("robotics", "specialised software")}  # fmt: skip
    return [
        (
            "Level",
            f"{v['basic']:.1f} % of Korean smart factories are basic \N{DAGGER}; {100 * novices:.1f} % of SMEs "
            "with AI in an OECD sample are novices \N{DAGGER}.",
            f"Of US users with 10-49 persons {low['robotics']:.1f} % rate their use of robotics low, "
            f"{low['specialised software']:.1f} % that of specialised software.",
        ),
        (
            "Size",
            f"Beyond basic: {v['small']:.1f} % of small, {v['mid']:.1f} % of mid-sized adopters \N{DAGGER}. US AI "
            f"“a lot”: {v['us_small']:.1f} against {v['us_large']:.1f} %.",
            f"US AI at least “somewhat”: {v['us_some_small']:.1f} against {v['us_some_large']:.1f} %; high use of "
            f"software: {v['software_small']:.1f} against {v['software_large']:.1f} %.",
        ),
        (
            "Change", f"US users, all sizes: skills unchanged in {v['skill_same']:.1f} %. OECD, SMEs with AI: no "
            f"significant benefit in {v['no_significant']:.1f} % \N{DAGGER} (computed).",
            f"At least a moderate benefit in {v['moderate']:.1f} % of the same SMEs \N{DAGGER} (computed).",
        ),
    ]  # fmt: skip


def _b4(load: Load) -> list[tuple[str, str, str]]:
    v = evidence_facts.facts(load)
    return [
        (
            "Firms", f"{v['no_gain']} of {v['studies']} studies \N{DAGGER} find no gain in productivity from AI use.",
            f"{v['gain']} of {v['studies']} find one, on average over all adopters, whoever reorganised.",
        ),
        (
            "Korea",
            f"{v['korean_none']} of {v['korean']} studies \N{DAGGER} find no gain, {v['korean_press']} of them "
            "read in press reports.",
            f"Of the {v['korean_own']} read in the authors' own text {v['korean_own_none']} find no gain.",
        ),
        (
            "What gains depend on", f"{v['needed']} of {v['tested']} studies that look at management, skills or data "
            "find that gains depend on them.",
            f"{v['against_names']}: gains are largest where skills are weak.",
        ),
        (
            "Single workers", f"None, or opposite signs for groups, in {v['workers_null']}.",
            f"{v['workers_gain']} of {v['workers']} studies find a gain in output, time or quality.",
        ),
    ]  # fmt: skip
