"""Frames of the exhibits on what support does to firms: both sides, counts by outcome, estimates, costs of rules."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Unmeasurable
from analysis.report.measures import insulation
from analysis.report.measures.evidence_tables import DAGGER, has_error, short
from analysis.report.measures.insulation import AS_GIVEN, FINDINGS, MIXED, NEGATIVE, NONE, POSITIVE, STRONG

Load = Callable[[str], pd.DataFrame]
OUTCOMES = ("survival", "employment", "output", "profit", "investment", "productivity")
"""Outcomes of support that several studies looked at, in the order to show."""
NAMES = {
    "survival": "survival", "employment": "jobs", "output": "sales and value added", "profit": "profit",
    "investment": "investment and R&D", "productivity": "productivity",
}  # fmt: skip
WORDS = {POSITIVE: "rises", MIXED: "mixed", NONE: "no difference", NEGATIVE: "falls"}
TIED = {"untied": "all who are eligible", "scored": "by merit at the start", "tied": "tied, or help to improve"}
COUNTRIES = {
    "KOR": "Korea", "FRA": "France", "GBR": "United Kingdom", "ITA": "Italy", "CZE": "Czechia", "CHN": "China",
    "IND": "India", "JPN": "Japan", "USA": "United States", "THA": "Thailand", "MUL": "a model economy",
    "NGA": "Nigeria", "COL": "Colombia", "MEX": "Mexico", "PAK": "Pakistan",
}  # fmt: skip
RULES = {
    "EFF-C-031": "France: rules from 50 employees on, wages partly rigid",
    "EFF-C-032": "the same, flexible wages",
    "EFF-C-033": "France: the same rules, another model, number of firms fixed",
    "EFF-C-034": "policies that shrink the mean plant by a fifth: output",
    "SUP-040": "India: products reserved for small firms, total factor productivity",
    "SUP-041": "the same, output",
    "EFF-C-039": "India: wider eligibility for support in 2006",
}
"""Estimates of what a rule that depends on size costs the economy, or brings it, to their names."""
_SIGN = {"EFF-C-031": -1, "EFF-C-032": -1, "EFF-C-033": -1, "SUP-040": -1, "SUP-041": -1}
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
        Columns outcome, label (with the number of studies), finds (rises, mixed, no difference, falls), studies, share.
    """
    rows = []
    for outcome in OUTCOMES:
        found = insulation.studies(load, outcome)
        if found.empty:
            raise Unmeasurable(f"support_effects holds no study of support and {NAMES[outcome]}")
        for one in FINDINGS:
            count = int((found["finds"] == one).sum())
            label = f"{NAMES[outcome]} ({len(found)} studies)"
            rows.append([outcome, label, WORDS[one], count, count / len(found)])
    return pd.DataFrame(rows, columns=["outcome", "label", "finds", "studies", "share"])


def study_table(load: Load) -> pd.DataFrame:
    """Return the studies of support that looked at survival or productivity, for a table; Korea first.

    Returns
    -------
    DataFrame
        Columns Study, Year, Country, Given, Design, Survival, Productivity, Strong design, Refereed, secondary.
    """
    table = load("support_effects").drop_duplicates("independent_group").set_index("independent_group")["study"]
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
                "Study": short(table[group]), "Year": str(first["year"]), "Country": COUNTRIES[first["country"]],
                "Given": TIED[first["tied"]], "Design": first["design"], "Survival": cells["survival"],
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
    label = held["study"].map(short) + " " + held["year"].astype(str) + ": " + held["outcome"] + mark
    found = held.assign(
        label=label, low=held["conf_low"].fillna(held["estimate"] - half).where(known),
        high=held["conf_high"].fillna(held["estimate"] + half).where(known), has_error=known, kind=kind,
        korea=held["country"] == "KOR", order=kind.map({"as given": 0, "tied": 1}),
    )  # fmt: skip
    found = found.sort_values(["order", "estimate"], ascending=[True, False], ignore_index=True)
    found["label"] = found["label"].where(found["kind"] == "as given", "tied: " + found["label"])
    return found[["label", "estimate", "low", "high", "has_error", "kind", "korea", "secondary"]]


def rule_costs(load: Load) -> pd.DataFrame:
    """Return what rules by size cost the economy, by study, for a table.

    Returns
    -------
    DataFrame
        Columns Rule, Study, Effect on the economy, Method, secondary. A cost has a minus sign.
    """
    table, rows = load("support_effects").set_index("id"), []
    for key, name in RULES.items():
        if key not in table.index:
            raise Unmeasurable(f"support_effects holds no estimate {key}")
        row, sign = table.loc[key], _SIGN.get(key, 1)
        unit = "% of GDP" if row["unit"] == "% of GDP" else "%"
        if pd.isna(row["estimate"]):
            value = f"{row['conf_low']:+.1f} to {row['conf_high']:+.1f} {unit}"
        else:
            value = (
                f"{sign * row['estimate']:+.2f} {unit}"
                if abs(row["estimate"]) < 1
                else f"{sign * row['estimate']:+.1f} {unit}"
            )
        rows.append(
            [name, f"{short(row['study'])} {row['year']}", value, _METHOD[row["design"]], bool(row["secondary"])]
        )
    return pd.DataFrame(rows, columns=["Rule", "Study", "Effect on the economy", "Method", "secondary"])


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
    tied = insulation.studies(load, "productivity", tied=("tied",))
    held = figures(load, ["EFF-C-001", "EFF-C-002", "EFF-C-009", "EFF-C-021", "EFF-C-031", "EFF-C-032", "EFF-C-033"])
    weak = figures(load, [*ZOMBIES, RECOVERED, STAYED, LONG_AGO], "published_figures", "value")
    india = table.set_index("id").loc["EFF-C-039"]
    support = table[table["tied"].isin(AS_GIVEN)]
    numbers = support[support["unit"] != "direction only"]
    pools = poolable(load)

    def gains(held: pd.DataFrame) -> int:
        return int((held["finds"] == POSITIVE).sum())

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
        "tied_gain": gains(tied), "tied_n": len(tied),
        "kdi_tfp": held["EFF-C-001"], "kdi_survival": held["EFF-C-002"], "kosi_survival": held["EFF-C-009"],
        "smart": held["EFF-C-021"], "france_rigid": held["EFF-C-031"], "france_flexible": held["EFF-C-032"],
        "france_small": held["EFF-C-033"], "france_times": held["EFF-C-031"] / held["EFF-C-033"],
        "india_low": float(india["conf_low"]), "india_high": float(india["conf_high"]),
        "bok_output": figures(load, ["POL-083"], "published_figures", "value")["POL-083"],
        "zombie_sme": weak["POL-065"], "zombie_large": weak["POL-066"], "recovered": weak[RECOVERED],
        "stayed": weak[STAYED], "zombie_old": weak[LONG_AGO],
        "numbers": len(numbers), "with_error": int(has_error(numbers).sum()),
        "best_pool": int(pools["with_error"].max()), "needed": NEEDED, "largest_pool": int(pools["studies"].max()),
    }  # fmt: skip
    return {name: value.item() if hasattr(value, "item") else value for name, value in found.items()}


def sides(load: Load) -> pd.DataFrame:
    """Return the strongest evidence for and against claim C2, kind by kind.

    Returns
    -------
    DataFrame
        Columns Evidence, For, Against, secondary (a figure of the row was read in a secondary source; its cell has a
        dagger).
    """
    f = facts(load)
    rows = [
        (
            "Survival",
            f"{f['survival_up']} of {f['survival_n']} studies of support find that more firms survive",
            f"{f['survival_no']} do not: recipients of Korean R&D subsidies last less long, and a tax break for small "
            "Thai firms saves none",
        ),
        (
            "Productivity",
            f"{f['productivity_no']} of {f['productivity_n']} find no gain, {f['falls']} of them a fall",
            f"{f['productivity_up']} find a gain; and no gain found is not the same as no gain",
        ),
        (
            "Korea",
            f"recipients of public credit in 2009: total factor productivity {f['kdi_tfp']:+.1f} % † after two years, "
            f"survival {f['kdi_survival']:+.1f} points †",
            "guarantees given on a technology rating raised productivity; the ministry's own count of smart factories "
            f"says {f['smart']:+.0f} % †",
        ),
        (
            "The sharpest designs",
            f"lots, cut-offs, reforms, fixed effects: {f['strong_n'] - f['strong_gain']} of {f['strong_n']} find no "
            "gain; British grants made jobs and no productivity",
            f"India: wider eligibility raised aggregate productivity by {f['india_low']:.0f} to "
            f"{f['india_high']:.0f} %; Italy: ranked subsidies raised it after some years",
        ),
        (
            "Jobs and sales",
            "jobs and sales rise where productivity does not: aid that makes firms larger, not better",
            f"{f['employment_up']} of {f['employment_n']} studies find more jobs, {f['output_up']} of {f['output_n']} "
            "more sales: what firms short of money would do with it",
        ),
        (
            "Limits of size",
            f"French rules from 50 employees on cost {f['france_rigid']:.1f} % of GDP, or {f['france_flexible']:.1f} "
            "with flexible wages; Korean firms hold back near their limit",
            f"another model of the same French rules: {f['france_small']:.1f} % at most",
        ),
        (
            "Competitors",
            "firms kept alive by lenders held back healthy ones in Japan and across the OECD",
            "those lenders were banks, not public funds; and protection in war raised French spinning capacity",
        ),
        (
            "Korea's weak firms",
            f"{f['zombie_sme']:.1f} % † of audited SMEs could not pay their interest for three years by 2024, "
            f"{f['zombie_large']:.1f} % † of large firms; {f['recovered']:.1f} % † recovered within a year",
            "a count, no effect: interest rates, demand and the pandemic moved as well",
        ),
    ]
    found = pd.DataFrame(rows, columns=["Evidence", "For", "Against"])
    return found.assign(secondary=[any(DAGGER in cell for cell in row) for row in rows])
