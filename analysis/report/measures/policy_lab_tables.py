"""Tables of the policy lab's page: what rules do in the model, and where a sign turns."""

from __future__ import annotations

import pandas as pd

from analysis.policy_lab import calibration, grid, sensitivity
from analysis.policy_lab.economy import CHANNELS
from analysis.report.measures.policy_lab import (
    ALL,
    Load,
    change,
    effect_of_ai,
    paths,
    region,
)
from analysis.report.measures.policy_lab_fit import exercise

RULES = {
    "none": "no support", "flat": "flat, below the notch", "age": "young firms", "tied": "tied to improvement",
    "restructuring": "restructuring aid",
}  # fmt: skip
COLUMNS = {
    "output_per_hour": "Output per hour", "consumption": "Consumption",
    "output_per_person_10_49": "Output per person, 10-49",
    "small_over_large": "SME over large", "exit_rate": "Exit, points", "transformed_small": "SMEs transformed, points",
}  # fmt: skip
"""Outcomes in the table of rules, as changes against no support: in percent, rates in percentage points."""
RATES = ("exit_rate", "transformed_small")
WEDGE_LABELS = {
    "flat, no slack or windfall": "flat, bare", "young, no slack": "young, bare",
    "young, no slack, half distortion": "young, bare, half",
}  # fmt: skip
"""Short names of the exercises with the financing wedge, for a chart."""
CHANNEL_WORDS = {
    "survival": "support counts when a firm decides to close", "notch": "firms stay small to keep support",
    "entry": "more or fewer firms enter", "slack": "support makes recipients slack",
}  # fmt: skip


DRAWN = {
    "financing": "financing wedge", "windfall": "windfall", "error": "measurement error",
    "entry_elasticity": "elasticity of entry", "gain": "gain from AI", "strength": "strength of AI",
    "slack": "slack", "verification": "cost of measuring", "fit": "fit",
}  # fmt: skip
"""Short names of what the sensitivity varies."""
COMPARED = {"tied-flat": "tied over flat", "tied-none": "tied over none", "flat-none": "flat over none"}
JUDGED = {
    "output_per_hour": "output per hour", "consumption": "consumption", "small_over_large": "SME over large",
    "transformed_small": "SMEs transformed",
}  # fmt: skip


def decides_table(load: Load) -> pd.DataFrame:
    """Return how often one rule comes out ahead of another, and the three parameters that decide it.

    Returns
    -------
    DataFrame
        Columns difference, outcome, label, share (percent of the sample in which the difference is above zero), low,
        high (fifth and ninety-fifth percentile), of ("sign" where it turns in enough draws, else "size"), then first,
        second and third: the parameters with the largest Sobol total effects on it, with the effect and half the width
        of its 95 percent interval in brackets.
    """
    rows = []
    table = load("lab_sensitivity").set_index(["difference", "outcome"]).sort_index()
    for difference, words in COMPARED.items():
        for outcome, name in JUDGED.items():
            lot = table.loc[(difference, outcome)].sort_values("rank")
            share = lot["share_positive"].iloc[0]
            of = "sign" if sensitivity.RARE <= share <= 1 - sensitivity.RARE else "size"
            by = "total" if of == "size" else "total_sign"
            named = [f"{DRAWN[row['parameter']]} ({row[by]:.2f} ± {row[f'{by}_conf']:.2f})"
                     for row in lot.to_dict("records")]  # fmt: skip
            rows.append({
                "difference": difference, "outcome": outcome, "label": f"{words}, {name}",
                "share": 100 * share, "low": lot["low"].iloc[0], "high": lot["high"].iloc[0],
                "of": of, **dict(zip(("first", "second", "third"), named, strict=False)),
            })  # fmt: skip
    return pd.DataFrame(rows)


def decided_title(decided: pd.DataFrame) -> str:
    """Return the finding of the table of deciding parameters, as a title.

    Parameters
    ----------
    decided : DataFrame
        As from `decides_table`.

    Examples
    --------
    >>> decided_title(pd.DataFrame({"label": ["tied over flat, output"], "of": ["sign"], "share": [80.0]}))
    'Model: of 1 comparison 1 turns sign in 5 to 95 % of the draws, among them tied over flat, output (80 % higher)'
    """
    turning = decided[decided["of"] == "sign"]
    named = turning[turning["label"].str.startswith(COMPARED["tied-flat"])]
    words = [f"{row.label} ({row.share:.0f} % higher)" for row in named.itertuples()]
    rare = 100 * sensitivity.RARE
    end = f", among them {' and '.join(words)}" if words else ""
    one = f"comparison{'' if len(decided) == 1 else 's'}"
    verb = "turns" if len(turning) == 1 else "turn"
    often = f"in {rare:.0f} to {100 - rare:.0f} % of the draws"
    return f"Model: of {len(decided)} {one} {len(turning) or 'none'} {verb} sign {often}{end}"


def tax_table(load: Load, fit: str = "central") -> pd.DataFrame:
    """Return what of each rule's effect on output per hour is the tax that pays for it, and what the rule itself.

    The tax alone: the same tax, handed back to households in one sum.

    Returns
    -------
    DataFrame
        Columns rule, label, whole, tax, itself (percent of output without support; whole is tax and itself compounded),
        generosity (support over the output on which it is reckoned).
    """
    rules = rules_table(load, fit).set_index("rule")
    tax = exercise(load, "tax").at["tax", fit]
    generosity = exercise(load, "generosity")[fit]
    rows = [{"rule": rule, "label": RULES[rule], "whole": rules.at[rule, "output_per_hour"], "tax": tax,
             "itself": 100 * ((1 + rules.at[rule, "output_per_hour"] / 100) / (1 + tax / 100) - 1),
             "generosity": generosity[rule]} for rule in RULES if rule != "none"]  # fmt: skip
    return pd.DataFrame(rows)


def rules_table(load: Load, fit: str = "central") -> pd.DataFrame:
    """Return what each rule changes against no support at Korea's budget, after AI, open parameters at central values.

    Returns
    -------
    DataFrame
        Columns rule, label, the outcomes of `COLUMNS` against no support (percent, rates in percentage points),
        at_notch (percent of firms).

    Raises
    ------
    ValueError
        If the fit is not held.
    """
    table = load("lab_region")
    rows = table[(table["fit"] == fit) & (table["draw"] == 0) & table["ai"] & (table["channels"] == ALL)]
    if rows.empty:
        raise ValueError(f"no fit {fit!r}; legal: {', '.join(calibration.FITS)}")
    rows = rows.set_index("rule").reindex(list(RULES))
    found = {name: 100 * (rows[name] - rows.at["none", name]) if name in RATES
             else 100 * (rows[name] / rows.at["none", name] - 1) for name in COLUMNS}  # fmt: skip
    found = pd.DataFrame(found).assign(at_notch=100 * rows["at_notch"])
    return found.reset_index().assign(label=lambda t: t["rule"].map(RULES))


def spread_table(load: Load, outcome: str = "output_per_hour") -> pd.DataFrame:
    """Return how far each rule moves an outcome against no support over the admissible region, after AI.

    Returns
    -------
    DataFrame
        Columns rule, label, low, middle, high (percent; lowest, median, highest), up (share of the region above zero),
        economies, left_out (not solved).
    """
    rows = []
    for rule in ("flat", "age", "tied", "restructuring"):
        up = 100 * change(load, outcome, rule, "none")["change"]
        rows.append({
            "rule": rule, "label": RULES[rule], "low": up.min(), "middle": up.median(), "high": up.max(),
            "up": (up > 0).mean(), "economies": len(up), "left_out": len(region(load, outcome)) - len(up),
        })  # fmt: skip
    return pd.DataFrame(rows)


def map_table(load: Load, fit: str = "central", outcome: str = "output_per_hour") -> pd.DataFrame:
    """Return by how much tied support beats flat support, by windfall, error and strength of AI, at Korea's budget.

    Flat support does not depend on the error, nor tied support on the windfall.

    Returns
    -------
    DataFrame
        Columns strength, windfall, error, advantage (percent).
    """
    lead = grid.tied_against_flat(load("lab_grid"), outcome, grid.korean_budget(load), fit).dropna(subset=["relative"])
    return lead.assign(advantage=100 * lead["relative"])[["strength", "windfall", "error", "advantage"]]


def strength_table(load: Load) -> pd.DataFrame:
    """Return by how much AI moves the ratio of small to large firms at rest, by its strength, for each economy.

    Returns
    -------
    DataFrame
        Columns fit, draw, strength, rule ("flat" or "tied"), label, change (percent; below zero the divide deepens).
    """
    rows = [effect_of_ai(load, "small_over_large", rule).assign(rule=rule) for rule in ("flat", "tied")]
    table = pd.concat(rows, ignore_index=True).assign(label=lambda t: t["rule"].map(RULES))
    return table.assign(change=100 * table["change"])[["fit", "draw", "strength", "rule", "label", "change"]]


def lot_table(load: Load) -> pd.DataFrame:
    """Return by how much tied support beats support by lot, and a rule the tax that pays for it, over the region.

    Returns
    -------
    DataFrame
        Columns comparison, outcome, label, low, middle, high (percent), up (percent of the region above zero).
    """
    table, rows = load("lab_contrasts").query("exercise == 'region'"), []
    for outcome in ("output_per_hour", "consumption"):
        wide = table.pivot(index=["fit", "draw"], columns="rule", values=outcome)
        solved = region(load, outcome).set_index(["fit", "draw"])
        for label, first, second in (
            ("tied over lot", solved["tied after"], wide["lot"]),
            ("lot over flat", wide["lot"], solved["flat after"]),
            ("tied over its tax", solved["tied after"], wide["tax"]),
            ("flat over its tax", solved["flat after"], wide["tax"]),
        ):  # fmt: skip
            lead = 100 * (first / second - 1).dropna()
            rows.append({"comparison": label, "outcome": outcome, "label": f"{label}, {JUDGED[outcome]}",
                         "low": lead.min(), "middle": lead.median(), "high": lead.max(),
                         "up": 100 * (lead > 0).mean()})  # fmt: skip
    return pd.DataFrame(rows)


def flip_table(load: Load, outcome: str = "consumption") -> pd.DataFrame:
    """Return by how much tied beats flat support by windfall, slack and cost of measuring, central fit, after AI.

    Returns
    -------
    DataFrame
        Columns verification (percent of the mean firm's output), windfall, slack, advantage (percent).
    """
    rows = load("lab_contrasts").query("exercise == 'flip'")
    flat, tied = (rows[rows["rule"] == rule] for rule in ("flat", "tied"))
    flat = flat[["windfall", "slack", outcome]].rename(columns={outcome: "flat"})
    both = flat.merge(tied[["verification", outcome]], how="cross")
    found = both.assign(advantage=100 * (both[outcome] / both["flat"] - 1),
                        verification=100 * both["verification"])  # fmt: skip
    return found[["verification", "windfall", "slack", "advantage"]].sort_values(["verification", "windfall", "slack"])


def channels_table(load: Load) -> pd.DataFrame:
    """Return what flat and tied support change in output per hour, with all channels and with each switched off.

    Returns
    -------
    DataFrame
        Columns off (channel, or "none"), label, flat, tied (percent of output without support); central fit, after AI.
    """
    table = exercise(load, "channel").T.reindex(["none", *CHANNELS])
    labels = ["all channels", *(f"without: {CHANNEL_WORDS[one]}" for one in CHANNELS)]
    return table[["flat", "tied"]].rename_axis("off").reset_index().assign(label=labels)


def wedge_table(load: Load) -> pd.DataFrame:
    """Return what broad support does to output per hour by the financing wedge, central fit, before AI.

    Returns
    -------
    DataFrame
        Columns financing, then in percent of output without support: flat; flat, no slack or windfall (all money rises
        with output); young, no slack; young, no slack, half distortion (of what keeps productive firms small).
    """
    table = exercise(load, "wedge").T
    table.insert(0, "financing", table.index.astype(float))
    return table.sort_values("financing").reset_index(drop=True).rename_axis(columns=None)


def india(wedges: pd.DataFrame) -> str:
    """Return in words whether flat support raises output at some financing wedge, as broad support did in India.

    Parameters
    ----------
    wedges : DataFrame
        As from `wedge_table`, indexed by the wedge or not.

    Examples
    --------
    >>> india(pd.DataFrame({"flat": [-0.2, -0.1], "flat, no slack or windfall": [-0.1, 0.1]}))
    'It does, without slack and windfall only'
    """
    if (wedges["flat"] > 0).any():
        return "It does at some wedge"
    bare = (wedges["flat, no slack or windfall"] > 0).any()
    return "It does, without slack and windfall only" if bare else "It does not, at any wedge tried"


def paths_table(load: Load, rule: str = "flat", fit: str = "central", years: int = 60) -> pd.DataFrame:
    """Return the ratio of small to large firms after AI, in percent of what it was before, by strength.

    Returns
    -------
    DataFrame
        Columns strength, label, year, index.
    """
    table = paths(load)
    rows = table[(table["rule"] == rule) & (table["fit"] == fit) & (table["year"] <= years)].copy()
    before = rows[rows["year"] == -1].set_index("strength")["small_over_large"]
    rows["index"] = 100 * rows["small_over_large"] / rows["strength"].map(before)
    rows["label"] = ["strength " + f"{value:+.2f}".replace("+0.00", "0") for value in rows["strength"]]
    return rows[["strength", "label", "year", "index"]].sort_values(["strength", "year"]).reset_index(drop=True)
