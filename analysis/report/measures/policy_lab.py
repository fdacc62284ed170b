"""Claims C3, C5 and B6: what the policy lab says of rules of support and of the divide after AI.

Everything here is a model, solved wherever the parameters that data leave open may lie (tables `lab_region`,
`lab_paths`, `lab_draws`, `lab_contrasts`, `lab_ai_costs`). A reading is a share of that admissible region, in which
each fit and each draw counts alike, or of the paths. Economies that were not solved under a rule are left out of the
comparisons that need it, and counted (`policy_lab_facts`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.policy_lab import calibration, sensitivity
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures.policy_lab_costs import refitted

Load = Callable[[str], pd.DataFrame]
ALL, NO_SLACK = "all", "all but slack"
KEY = ["fit", "draw", *calibration.OPEN]
ALIKE = 0.8
"""A fall that is within 20 % of another counts as alike, as "about" does in the dictionary of the rules."""
TAKEN = 0.05
"""Share of large firms from which AI counts as taken up."""
SEEN = 0.001
"""A gap is wider from a tenth of a percent on: less is nothing to anybody."""
SOON, LATER, FAR = 10, 30, 100
"""Years after AI's arrival that are compared."""
UNIT = "of the region"
HALVES = {
    "financing": "financing wedge", "windfall": "windfall", "error": "measurement error",
    "entry_elasticity": "entry", "gain": "gain from AI",
}  # fmt: skip
"""Open parameters whose range is halved for further readings, by what the verdict would turn on."""


def region(load: Load, outcome: str, channels: str = ALL) -> pd.DataFrame:
    """Return an outcome by draw, and before and after AI under each rule.

    Parameters
    ----------
    load : callable
    outcome : str
        As `policy_lab.outcomes` names it.
    channels : {"all", "all but slack"}
        Without slack there are the rules flat and tied.

    Returns
    -------
    DataFrame
        The columns of `KEY`, then one per rule and arrival, such as "flat before" and "flat after"; missing where no
        equilibrium was found.

    Raises
    ------
    ValueError
        If the channels or the outcome are not held.
    Unmeasurable
        If the table is empty.
    """
    table = load("lab_region")
    if table.empty:
        raise Unmeasurable("lab_region holds no equilibrium")
    if outcome not in table or channels not in set(table["channels"]):
        raise ValueError(f"lab_region holds no outcome {outcome!r} with channels {channels!r}")
    rows = table[table["channels"] == channels]
    rows = rows.assign(column=rows["rule"] + np.where(rows["ai"], " after", " before"))
    return rows.pivot(index=KEY, columns="column", values=outcome).reset_index()


def change(load: Load, outcome: str, rule: str, than: str, when: str = "after", channels: str = ALL) -> pd.DataFrame:
    """Return by how much a rule raises an outcome over another rule at the same budget.

    Returns
    -------
    DataFrame
        The columns of `KEY` and `change`, a fraction; economies that were not solved under both are left out.
    """
    table = region(load, outcome, channels)
    found = table[KEY].assign(change=table[f"{rule} {when}"] / table[f"{than} {when}"] - 1)
    return found.dropna(subset=["change"]).reset_index(drop=True)


def effect_of_ai(load: Load, outcome: str, rule: str) -> pd.DataFrame:
    """Return by how much an outcome is higher at rest after AI than before it, under one rule.

    Returns
    -------
    DataFrame
        The columns of `KEY` and `change`, a fraction.
    """
    table = region(load, outcome)
    found = table[KEY].assign(change=table[f"{rule} after"] / table[f"{rule} before"] - 1)
    return found.dropna(subset=["change"]).reset_index(drop=True)


def tied_better(load: Load) -> list[Reading]:
    """Return the readings of claim C3, whether tied support does better than flat support at the same budget.

    Parts `output` and `consumption` (share of the region in which tied support yields more than flat, after AI) and,
    for the stronger reading, `output_none` and `consumption_none` (than no support).

    Raises
    ------
    Unmeasurable
        If the table is empty.
    """
    found = []
    for outcome, part in (("output_per_hour", "output"), ("consumption", "consumption")):
        for than, name in (("flat", part), ("none", f"{part}_none")):
            up = change(load, outcome, "tied", than)
            found.append(_drawn(load, name, outcome, than))
            found += _shares(name, up[KEY].assign(holds=up["change"] > 0), head="measuring is free, slack as fitted")
            found += _corners(load, name, outcome, than)
            early = change(load, outcome, "tied", than, when="before")["change"] > 0
            found.append(_reading(name, "before AI", early.mean(), turns_on="arrival of AI"))
        bare = change(load, outcome, "tied", "flat", channels=NO_SLACK)
        found.append(_reading(part, "support does not make firms slack", (bare["change"] > 0).mean(), turns_on="slack"))
        table = load("lab_contrasts").query("exercise == 'region'")
        if table.empty:
            raise Unmeasurable("lab_contrasts holds no economy of the region")
        beside = table[table["rule"] == "tax"].set_index(["fit", "draw"])[outcome]
        tied = region(load, outcome).set_index(["fit", "draw"])["tied after"]
        beside, words = beside.reindex(tied.index), "against the same tax without support"
        found.append(_reading(f"{part}_none", words, (tied > beside).mean(), turns_on="tax", table="lab_contrasts"))
    return found


def _ahead(load: Load, outcome: str, than: str) -> pd.DataFrame:
    """Return the draws of `lab_draws`, in which slack and the cost of measuring vary too, and where tied is ahead."""
    table = load("lab_draws")
    table = table[table["solved"]]
    if table.empty:
        raise Unmeasurable("lab_draws holds no equilibrium")
    return table.assign(holds=table[f"{outcome}_tied"] > table[f"{outcome}_{than}"])


def _drawn(load: Load, part: str, outcome: str, than: str) -> Reading:
    share = _ahead(load, outcome, than)["holds"].mean()
    return _reading(part, "all parameters drawn", share, headline=True, table="lab_draws")


def _corners(load: Load, part: str, outcome: str, than: str) -> list[Reading]:
    """Return the shares where slack and the cost of measuring are low or high, and where most speaks against tied."""
    table = _ahead(load, outcome, than)
    slack, cost = (sensitivity.ASSUMED[name][1] for name in ("slack", "verification"))
    cases = {
        ("slack", "slack: lower half"): table["slack"] < slack / 2,
        ("slack", "slack: upper half"): table["slack"] >= slack / 2,
        ("cost of measuring", "cost of measuring: lower half"): table["verification"] < cost / 2,
        ("cost of measuring", "cost of measuring: upper half"): table["verification"] >= cost / 2,
        ("windfall with slack", "windfall in its upper, slack in its lower quarter"):
            (table["windfall"] > 0.75) & (table["slack"] < slack / 4),
        ("windfall with cost of measuring", "windfall in its upper quarter, cost of measuring in its upper half"):
            (table["windfall"] > 0.75) & (table["verification"] >= cost / 2),
    }  # fmt: skip
    return [_reading(part, words, table.loc[mask, "holds"].mean(), turns_on=turns, table="lab_draws")
            for (turns, words), mask in cases.items() if mask.any()]  # fmt: skip


def deepens(load: Load) -> list[Reading]:
    """Return the readings of claim C5, whether AI deepens the divide under flat support, and less so under tied.

    Parts `deepens` (share of the region in which output per person of small over large firms falls when AI arrives
    under flat support), `shift` (share of those in which the fall is by a fifth or more smaller under tied support),
    and `prevents`, for the stronger reading (share of the region in which it does not fall under tied support).

    Raises
    ------
    Unmeasurable
        If the table is empty or the ratio falls nowhere.
    """
    flat, tied = (effect_of_ai(load, "small_over_large", rule) for rule in ("flat", "tied"))
    pair = flat.merge(tied, on=KEY, suffixes=("_flat", "_tied"))
    falling = pair[pair["change_flat"] < 0]
    if falling.empty:
        raise Unmeasurable("lab_region: the ratio of small to large firms falls nowhere after AI under flat support")
    spared = falling["change_tied"] > ALIKE * falling["change_flat"]
    found = _shares("deepens", flat[KEY].assign(holds=flat["change"] < 0))
    spread = effect_of_ai(load, "dispersion", "flat")["change"] > 0
    found.append(_reading("deepens", "spread of output per person rises", spread.mean()))
    taken = flat.merge(_taken_up(load), on=["fit", "draw"])
    for label, mask in ((f"at least {TAKEN:.0%} of large firms transform", taken["taken"] >= TAKEN),
                        (f"fewer than {TAKEN:.0%} of large firms transform", taken["taken"] < TAKEN)):  # fmt: skip
        if mask.any():
            share = (taken.loc[mask, "change"] < 0).mean()
            found.append(_reading("deepens", label, share, turns_on="take-up of AI"))
    found += _refitted(load)
    found += _shares("shift", falling[KEY].assign(holds=spared))
    any_less = falling["change_tied"] > falling["change_flat"]
    found.append(_reading("shift", "any smaller fall counts", any_less.mean(), turns_on="what counts as less"))
    level = change(load, "small_over_large", "tied", "flat")["change"] > 0
    found.append(_reading("shift", "level after AI: the divide is narrower", level.mean(), turns_on="level or change"))
    return [*found, *_shares("prevents", tied[KEY].assign(holds=tied["change"] >= 0))]


def _refitted(load: Load) -> list[Reading]:
    """Return the shares where AI's costs are fitted at each gain and strength, among settings whose use can be met."""
    met = refitted(load).query("followed")
    if met.empty:
        raise Unmeasurable("lab_ai_costs: no cost gives the use of AI that is observed")
    cases = {
        "": met["fit"].notna(), ", AI gives better firms more": met["strength"] > 0,
        ", AI gives better firms no more than others": met["strength"] <= 0,
    }  # fmt: skip
    shares = {words: (met.loc[mask, "flat"] < 0).mean() for words, mask in cases.items() if mask.any()}
    return [_reading("deepens", f"costs of AI fitted at each strength{words}", share, turns_on="costs of AI",
                     table="lab_ai_costs") for words, share in shares.items()]  # fmt: skip


def _taken_up(load: Load) -> pd.DataFrame:
    """Return the share of large firms that AI has transformed at rest under flat support."""
    table = region(load, "transformed_large")
    return table[["fit", "draw"]].assign(taken=table["flat after"])


def grows(load: Load) -> list[Reading]:
    """Return the readings of claim B6, whether the gap between small and large firms grows after AI, and stays.

    A reading is a share of the stored paths, one for each fit and strength of AI; the headline is that under flat
    support, the support there is. Parts `grows` (the gap thirty years after AI is wider than ten years after), `stays`
    (wider at rest than before AI) and, for the stronger reading, `equal` (as `stays`, where AI gives better firms no
    more than others).

    Raises
    ------
    Unmeasurable
        If the table is empty.
    """
    table = paths(load)
    rest = int(table["year"].max())
    flat = table[table["rule"] == "flat"]
    found = []
    for part, after, before in (("grows", LATER, SOON), ("stays", rest, -1)):
        found += _of_paths(part, _wider(flat, "wide", after, before))
        however = _wider(flat, "wide", after, before, seen=0.0)["holds"].mean()
        found.append(_path_reading(part, "wider by however little", however, turns_on="what counts as wider"))
        for rule in ("none", "tied"):
            other = _wider(table[table["rule"] == rule], "wide", after, before)["holds"].mean()
            found.append(_path_reading(part, f"rule: {rule}", other, turns_on="rule of support"))
        spread = _wider(flat, "dispersion", after, before)["holds"].mean()
        found.append(_path_reading(part, "spread of output per person", spread))
    further = _wider(flat, "wide", FAR, LATER)["holds"].mean()
    found.append(_path_reading("grows", f"from year {LATER} to year {FAR}", further, turns_on="years"))
    drawn = effect_of_ai(load, "small_over_large", "flat")
    found.append(_reading("stays", "all draws of the open parameters", (drawn["change"] < 0).mean(), turns_on="draws"))
    no_more = flat[flat["strength"] <= 0]
    return found + _of_paths("equal", _wider(no_more, "wide", rest, -1))


def _wider(table: pd.DataFrame, outcome: str, after: int, before: int, seen: float = SEEN) -> pd.DataFrame:
    """Return for each fit and strength of AI whether an outcome is larger in one year than in another."""
    wide = table.pivot(index=["fit", "strength"], columns="year", values=outcome)
    return (wide[after] > wide[before] * (1 + seen)).rename("holds").reset_index()


def _of_paths(part: str, table: pd.DataFrame) -> list[Reading]:
    """Return the share of paths in which a statement holds, over all and by fit and strength of AI."""
    found = [_path_reading(part, "three fits, all strengths of AI", table["holds"].mean(), headline=True)]
    for fit, lot in table.groupby("fit"):
        found.append(_path_reading(part, f"fit: {fit}", lot["holds"].mean(), turns_on="fit"))
    for strength, lot in table.groupby("strength"):
        label = "strength of AI " + (f"{strength:+g}" if strength else "0")
        found.append(_path_reading(part, label, lot["holds"].mean(), turns_on="strength of AI"))
    return found


def _path_reading(part: str, label: str, share: float, headline: bool = False, turns_on: str = "definition") -> Reading:
    return Reading(part, label, float(share), "of the paths", "lab_paths", headline, turns_on,
                   shown=f"{100 * share:.0f} %", vintage="policy lab (model)")  # fmt: skip


def paths(load: Load) -> pd.DataFrame:
    """Return the stored paths with `wide`, the distance of small from large firms: one less the ratio.

    Raises
    ------
    Unmeasurable
        If the table is empty.
    """
    table = load("lab_paths")
    if table.empty:
        raise Unmeasurable("lab_paths holds no path")
    return table.assign(wide=1 - table["small_over_large"])


def _shares(part: str, table: pd.DataFrame, head: str = "") -> list[Reading]:
    """Return the share in which a statement holds, over the region and over parts of it.

    `head` names the share over the region where it is not the headline.
    """
    found = [_reading(part, head or "three fits, all draws", table["holds"].mean(), headline=not head,
                      turns_on="slack and cost of measuring")]  # fmt: skip
    found += _by_fit(part, table) + _by_strength(part, table)
    for name, words in HALVES.items():
        middle = sum(calibration.OPEN[name][:2]) / 2
        for side, lot in (("lower", table[table[name] < middle]), ("upper", table[table[name] >= middle])):
            if len(lot):
                found.append(_reading(part, f"{words}: {side} half", lot["holds"].mean(), turns_on=words))
    return found


def _by_fit(part: str, table: pd.DataFrame) -> list[Reading]:
    return [_reading(part, f"fit: {fit}", lot["holds"].mean(), turns_on="fit") for fit, lot in table.groupby("fit")]


def _by_strength(part: str, table: pd.DataFrame) -> list[Reading]:
    sides = {
        "AI gives better firms more": table["strength"] > 0,
        "AI gives better firms no more than others": table["strength"] <= 0,
    }
    return [_reading(part, words, table.loc[mask, "holds"].mean(), turns_on="strength of AI")
            for words, mask in sides.items() if mask.any()]  # fmt: skip


def _reading(
    part: str, label: str, share: float, headline: bool = False, turns_on: str = "definition", table: str = "lab_region"
) -> Reading:
    return Reading(part, label, float(share), UNIT, table, headline, turns_on, shown=f"{100 * share:.0f} %",
                   vintage="policy lab (model)")  # fmt: skip
