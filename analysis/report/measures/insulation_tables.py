"""Frames of the exhibits on what support does to firms: both sides, counts by outcome, estimates, costs of rules."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import insulation
from analysis.report.measures.evidence_tables import DAGGER, has_error, short
from analysis.report.measures.insulation import AS_GIVEN, MIXED, NEGATIVE, NONE, POSITIVE, STRONG
from analysis.report.measures.shares import exact_interval

Load = Callable[[str], pd.DataFrame]
OUTCOMES = ("survival", "employment", "output", "profit", "investment", "productivity")
"""Outcomes of support that several studies looked at, in the order to show."""
NAMES = {
    "survival": "survival", "employment": "jobs", "output": "sales and value added", "profit": "profit",
    "investment": "investment and R&D", "productivity": "productivity",
}  # fmt: skip
ORDER = (POSITIVE, NONE, NEGATIVE, MIXED)
"""Findings in the order to show."""
WORDS = {POSITIVE: "rises", MIXED: "mixed", NONE: "no difference", NEGATIVE: "falls"}
COUNTRIES = {
    "KOR": "Korea", "FRA": "France", "GBR": "United Kingdom", "ITA": "Italy", "CZE": "Czechia", "CHN": "China",
    "IND": "India", "JPN": "Japan", "USA": "United States", "THA": "Thailand", "MUL": "a model economy",
    "NGA": "Nigeria", "COL": "Colombia", "MEX": "Mexico", "PAK": "Pakistan",
}  # fmt: skip
WAYS = {"untied": "to all who are eligible", "scored": "by merit at the start", "tied": "tied, or help to improve"}
RULES = {
    "EFF-C-032": ("France, rules from 50 employees on, flexible wages", "welfare"),
    "EFF-C-033": ("the same rules, another model", "output per worker, number of firms fixed"),
    "EFF-C-031": ("the same rules, wages partly rigid", "welfare"),
    "EFF-C-034": ("any policy that shrinks the mean plant by a fifth", "output"),
    "SUP-040": ("India, products reserved for small firms", "total factor productivity"),
    "SUP-041": ("the same laws", "output"),
    "EFF-C-039": ("India, wider eligibility for support in 2006", "aggregate productivity"),
}
"""Estimates of what a rule that depends on size costs the economy, or brings it: rule and outcome. Like ones first."""
_SIGN = {"EFF-C-031": -1, "EFF-C-032": -1, "EFF-C-033": -1, "SUP-040": -1, "SUP-041": -1}
_AT_MOST = ("upper bound", "maximum")
"""Notes of an estimate that begin so say that it is the most the study finds."""
_METHOD = {"structural model": "estimated model", "calibrated model": "calibrated model",
           "difference-in-differences": "reform, before and after"}  # fmt: skip
ZOMBIES = {
    "POL-067": ("SMEs", 2023), "POL-065": ("SMEs", 2024), "POL-068": ("large firms", 2023),
    "POL-066": ("large firms", 2024),
}  # fmt: skip
RECOVERED, STAYED, LONG_AGO = "POL-071", "POL-070", "POL-072"
NEEDED = 5
"""Independent studies of one outcome, unit and treatment, errors from primary sources, that a pooled number takes."""


def figures(load: Load, keys: list[str], table: str = "support_effects", value: str = "estimate") -> dict[str, float]:
    """Return published figures by id.

    Raises
    ------
    Unmeasurable
        If one is not held; the message names it.
    """
    held = load(table).set_index("id")[value]
    lacking = [key for key in keys if key not in held.index or pd.isna(held[key])]
    if lacking:
        raise Unmeasurable(f"{table} holds no figure {', '.join(lacking)}")
    return {key: float(held[key]) for key in keys}


def tally(load: Load) -> pd.DataFrame:
    """Return how many studies of support find what, by outcome.

    Returns
    -------
    DataFrame
        Columns outcome, label (with the number of studies), finds (rises, no difference, falls, mixed), studies, share.
    """
    rows = []
    for outcome in OUTCOMES:
        found = insulation.studies(load, outcome)
        if found.empty:
            raise Unmeasurable(f"support_effects holds no study of support and {NAMES[outcome]}")
        for one in ORDER:
            count = int((found["finds"] == one).sum())
            label = f"{NAMES[outcome]} ({len(found)} studies)"
            rows.append([outcome, label, WORDS[one], count, count / len(found)])
    return pd.DataFrame(rows, columns=["outcome", "label", "finds", "studies", "share"])


def names(load: Load) -> pd.Series:
    """Return the authors of each study in short, by `independent_group`.

    Where "X et al." of one year would name two studies, three authors are all named and of more the first two.
    """
    held = load("support_effects").drop_duplicates("independent_group").set_index("independent_group")
    found = held["study"].map(short)
    twice = (found + held["year"].astype(str)).duplicated(keep=False) & found.str.endswith("et al.")
    return found.where(~twice, [_authors(one) if two else "" for one, two in zip(held["study"], twice, strict=True)])


def _authors(study: str) -> str:
    people = re.split(r", | and ", re.match(r"(.+? and [^,:(]+)", study)[1].strip())
    return f"{', '.join(people[:-1])} and {people[-1]}" if len(people) <= 3 else f"{', '.join(people[:2])} et al."


def by_way(load: Load) -> pd.DataFrame:
    """Return what studies of productivity find, by how support is given.

    Returns
    -------
    DataFrame
        Columns tied, label (with the number of studies), finds, studies, share, secondary (every study of that way was
        read in a summary by others).
    """
    rows = []
    for way, name in WAYS.items():
        found = insulation.studies(load, "productivity", tied=(way,))
        if found.empty:
            raise Unmeasurable(f"support_effects holds no study of productivity and support given {name}")
        press = bool(found["secondary"].all())
        label = f"{name} ({len(found)} studies){f' {DAGGER}' if press else ''}"
        for one in ORDER:
            count = int((found["finds"] == one).sum())
            rows.append([way, label, WORDS[one], count, count / len(found), press])
    return pd.DataFrame(rows, columns=["tied", "label", "finds", "studies", "share", "secondary"])


def study_table(load: Load) -> pd.DataFrame:
    """Return the studies of support that looked at survival or productivity, for a table; Korea first.

    Returns
    -------
    DataFrame
        Columns Study, Year, Country, Given, Design, Survival, Productivity, Strong design, Refereed, secondary.
    """
    named = names(load)
    sides = {one: insulation.studies(load, one).set_index("group") for one in ("survival", "productivity")}
    rows = []
    for group in dict.fromkeys([*sides["productivity"].index, *sides["survival"].index]):
        held = [side.loc[group] for side in sides.values() if group in side.index]
        first = held[-1]
        cells = {
            name: WORDS[side.at[group, "finds"]] + (f" {DAGGER}" if side.at[group, "secondary"] else "")
            if group in side.index else "not looked at"
            for name, side in sides.items()
        }  # fmt: skip
        rows.append(
            {
                "Study": named[group], "Year": str(first["year"]), "Country": COUNTRIES[first["country"]],
                "Given": WAYS[first["tied"]], "Design": first["design"], "Survival": cells["survival"],
                "Productivity": cells["productivity"], "Strong design": bool(first["design"] in STRONG),
                "Refereed": bool(first["refereed"]), "secondary": any(bool(one["secondary"]) for one in held),
            }
        )  # fmt: skip
    found = pd.DataFrame(rows)
    return found.sort_values("Country", key=lambda names: names != "Korea", kind="stable", ignore_index=True)


def estimate_rows(load: Load, unit: str = "%") -> pd.DataFrame:
    """Return the published effects on firms in one unit, support as it is given first, then tied aid; for a chart.

    Returns
    -------
    DataFrame
        Columns label, estimate, low, high, has_error, kind ("as given" or "tied"), korea, secondary.
    """
    table = load("support_effects")
    keep = (table["unit"] == unit) & table["estimate"].notna() & table["tied"].isin([*AS_GIVEN, "tied"])
    keep &= table["level"].isin(["firm", "region"]) & table["outcome_kind"].isin(OUTCOMES)
    held = table[keep].copy()
    if held.empty:
        raise Unmeasurable(f"support_effects holds no effect of support in {unit}")
    known = has_error(held)
    half = 1.959963984540054 * held["std_error"]
    mark = held["secondary"].astype(bool).map({True: f" {DAGGER}", False: ""})
    kind = (held["tied"] == "tied").map({True: "tied", False: "as given"})
    label = held["independent_group"].map(names(load)) + " " + held["year"].astype(str) + ": " + held["outcome"] + mark
    found = held.assign(
        label=label, low=held["conf_low"].fillna(held["estimate"] - half).where(known),
        high=held["conf_high"].fillna(held["estimate"] + half).where(known), has_error=known, kind=kind,
        korea=held["country"] == "KOR", order=kind.map({"as given": 0, "tied": 1}),
    )  # fmt: skip
    found = found.sort_values(["order", "estimate"], ascending=[True, False], ignore_index=True)
    found["label"] = found["label"].where(found["kind"] == "as given", "tied: " + found["label"])
    return found[["label", "estimate", "low", "high", "has_error", "kind", "korea", "secondary"]]


def rule_costs(load: Load) -> pd.DataFrame:
    """Return what rules by size cost the economy, by study, for a table; the two that are most alike first.

    Returns
    -------
    DataFrame
        Columns Rule, Effect, Of what, Study, Method, secondary. A cost has a minus sign; an upper bound says so.
    """
    table, named, rows = load("support_effects").set_index("id"), names(load), []
    for key, (rule, outcome) in RULES.items():
        if key not in table.index:
            raise Unmeasurable(f"support_effects holds no estimate {key}")
        row = table.loc[key]
        unit = "% of GDP" if row["unit"] == "% of GDP" else "%"
        if pd.isna(row["estimate"]):
            value = f"{row['conf_low']:+.1f} to {row['conf_high']:+.1f} {unit}"
        else:
            value = f"{_SIGN.get(key, 1) * row['estimate']:+.1f} {unit}"
        most = " at most" if str(row["note"]).startswith(_AT_MOST) else ""
        study = f"{named[row['independent_group']]} {row['year']}"
        rows.append([rule, value + most, outcome, study, _METHOD[row["design"]], bool(row["secondary"])])
    return pd.DataFrame(rows, columns=["Rule", "Effect", "Of what", "Study", "Method", "secondary"])


def zombies(load: Load) -> pd.DataFrame:
    """Return the share of audited Korean firms that could not pay their interest for three years, in percent."""
    held = figures(load, list(ZOMBIES), "published_figures", "value")
    rows = [[f"{size}, {year}", size, year, held[key]] for key, (size, year) in ZOMBIES.items()]
    return pd.DataFrame(rows, columns=["label", "size", "year", "share"]).assign(secondary=True)


def poolable(load: Load) -> pd.DataFrame:
    """Return the sets of effects of one outcome, unit and treatment, largest first, and whether they may be pooled.

    Returns
    -------
    DataFrame
        Columns outcome_kind, unit, treatment_kind, studies, with_error (independent studies with an error read in the
        authors' own text), poolable (at least `NEEDED` of these).
    """
    table = load("support_effects")
    numbers = table[table["unit"] != "direction only"]
    sure = has_error(numbers) & ~numbers["secondary"].astype(bool)
    held = numbers.assign(sure=numbers["independent_group"].where(sure))
    found = held.groupby(["outcome_kind", "unit", "treatment_kind"]).agg(
        studies=("independent_group", "nunique"), with_error=("sure", "nunique")
    )
    found = found.assign(poolable=found["with_error"] >= NEEDED).reset_index()
    return found.sort_values(["with_error", "studies"], ascending=False, ignore_index=True)


def facts(load: Load) -> dict:
    """Return the numbers of the page by name; counts are of studies."""
    table, counts = load("support_effects"), tally(load).set_index(["outcome", "finds"])["studies"]
    strong = {one: insulation.studies(load, one, designs=STRONG) for one in ("survival", "productivity")}
    korean = {one: insulation.studies(load, one, korea=True) for one in ("survival", "productivity")}
    ways = {way: insulation.studies(load, "productivity", tied=(way,)) for way in WAYS}
    every = insulation.studies(load, "productivity")
    held = figures(load, ["EFF-C-001", "EFF-C-002", "EFF-C-009", "EFF-C-021", "EFF-C-031", "EFF-C-032", "EFF-C-033"])
    weak = figures(load, [*ZOMBIES, RECOVERED, STAYED, LONG_AGO], "published_figures", "value")
    india = table.set_index("id").loc["EFF-C-039"]
    support = table[table["tied"].isin(AS_GIVEN)]
    abstracts = table["source_title"].str.contains("abstract", case=False)
    numbers = support[support["unit"] != "direction only"]
    pools = poolable(load)

    def gains(held: pd.DataFrame) -> int:
        return int((held["finds"] == POSITIVE).sum())

    no = len(every) - gains(every)
    low, high = exact_interval(no, len(every))

    found = {
        "rows": len(table), "groups": table["independent_group"].nunique(), "primary": int((~table["secondary"]).sum()),
        **{f"{name}_n": counts[name].sum() for name in OUTCOMES},
        **{f"{name}_up": counts[name, WORDS[POSITIVE]] for name in OUTCOMES},
        **{f"{name}_no": counts[name].sum() - counts[name, WORDS[POSITIVE]] for name in OUTCOMES},
        "falls": counts["productivity", WORDS[NEGATIVE]], "mixed": counts["productivity", WORDS[MIXED]],
        "strong_survival": gains(strong["survival"]), "strong_survival_n": len(strong["survival"]),
        "strong_gain": gains(strong["productivity"]), "strong_n": len(strong["productivity"]),
        "strong_korea": int((strong["productivity"]["country"] == "KOR").sum()),
        "korea_survival": gains(korean["survival"]), "korea_survival_n": len(korean["survival"]),
        "korea_gain": gains(korean["productivity"]), "korea_n": len(korean["productivity"]),
        **{f"{way}_gain": gains(held) for way, held in ways.items()},
        **{f"{way}_n": len(held) for way, held in ways.items()},
        "chosen_gain": gains(ways["scored"]) + gains(ways["tied"]), "chosen_n": len(ways["scored"]) + len(ways["tied"]),
        "productivity_split": insulation.split(every[every["finds"] != POSITIVE]),
        "no_low": 100 * low, "no_high": 100 * high, "sharp": insulation.sharp_words(strong["productivity"]),
        "matched": int((~korean["survival"]["design"].isin(STRONG)).sum()),
        "kdi_tfp": held["EFF-C-001"], "kdi_survival": held["EFF-C-002"], "kosi_survival": held["EFF-C-009"],
        "smart": held["EFF-C-021"], "france_rigid": held["EFF-C-031"], "france_flexible": held["EFF-C-032"],
        "france_small": held["EFF-C-033"],
        "france_times": math.floor(held["EFF-C-032"] / held["EFF-C-033"]),
        "india_low": float(india["conf_low"]), "india_high": float(india["conf_high"]),
        "bok_output": figures(load, ["POL-083"], "published_figures", "value")["POL-083"],
        "zombie_sme": weak["POL-065"], "zombie_large": weak["POL-066"], "recovered": weak[RECOVERED],
        "stayed": weak[STAYED], "zombie_old": weak[LONG_AGO],
        "abstracts": int(abstracts.sum()), "numbers": len(numbers), "with_error": int(has_error(numbers).sum()),
        "best_pool": int(pools["with_error"].max()), "needed": NEEDED, "largest_pool": int(pools["studies"].max()),
    }  # fmt: skip
    return {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}


def sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim C2, in four rows.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against, secondary (a figure of the row was read in a secondary source; its cell has a
        dagger).
    """
    f = facts(load)
    dagger = f" {DAGGER}" if insulation.studies(load, "productivity", tied=("tied",))["secondary"].any() else ""
    rows = [
        (
            "Survival",
            f"{f['survival_up']} of {f['survival_n']} studies: recipients survive more often",
            f"{f['survival_no']} do not see it; none measures shelter from competition",
        ),
        (
            "Gains",
            f"{f['productivity_no']} of {f['productivity_n']} find none in productivity: {f['productivity_split']}",
            f"{f['productivity_up']} find one; none found is not none there",
        ),
        (
            "How it is given",
            f"to all who are eligible: {f['untied_gain']} of {f['untied_n']} find a gain",
            f"on a score {f['scored_gain']} of {f['scored_n']}, tied {f['tied_gain']} of {f['tied_n']}{dagger}: "
            "small numbers",
        ),
        (
            "Korea",
            f"public credit of 2009: total factor productivity {f['kdi_tfp']:+.1f} % †, survival "
            f"{f['kdi_survival']:+.1f} points †",
            f"{f['korea_gain']} of {f['korea_n']} find a gain; {f['strong_korea'] or 'none'} has a sharp design",
        ),
    ]
    found = pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
    return found.assign(secondary=[any(DAGGER in cell for cell in row) for row in rows])
