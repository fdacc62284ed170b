"""Claim B5: does AI widen the gap between leading and lagging firms? Votes of studies, and Korea since AI was counted.

A vote count is weak evidence: it weighs a trial like a survey and a large effect like a small one. It is used here
because most studies print no standard error of who gains, so that nothing can be pooled. Each paper or sample has one
vote (`independent_group`), and only studies that compare the strong with the weak vote at all.
"""

from __future__ import annotations

import re

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import exposure, frontier
from analysis.report.measures.size_tables import Load

STRONGER, WEAKER, NEITHER = "stronger", "weaker", "neither"
FEWEST = 3
"""Votes a share needs: with fewer it is left out."""
LEVELS = {"firms": ("firm",), "workers": ("worker", "task")}
"""Part of the claim to the levels of `effect_estimates` that it counts."""
OUTPUT = ("productivity", "output", "time", "quality")
"""Kinds of outcome that say how much is produced; jobs, earnings and mere use are set apart."""
AI = ("AI assistant", "AI code assistant", "AI use by firm", "AI investment", "exposure", "other")
"""Kinds of treatment that are AI; earlier information technology and its management are set apart."""
COMPARED = ("randomised", "staggered roll-out", "difference-in-differences", "panel fixed effects", "instrument")
"""Designs that compare the same units over time, or units chosen by chance; the rest are snapshots and models."""

CONTRASTS = {
    "EFF-B-013": "sales of large US firms that invested in AI (Babina et al.)",
    "EFF-B-014": "the same, medium firms",
    "EFF-B-015": "the same, small firms",
    "AIE-054": "profits of Kenyan entrepreneurs with an AI adviser, high performers (Otis et al.)",
    "AIE-055": "the same, low performers",
    "EFF-B-001": "issues solved by support agents with an assistant, all (Brynjolfsson et al.)",
    "EFF-B-002": "the same, new agents",
    "AIE-020": "pupils who master a topic, tutors with an assistant, all (Wang et al.)",
    "AIE-021": "the same, lower-rated tutors",
}
"""Estimates of studies that print a number for a stronger and for a weaker group, firms first, to their names."""


def force_multiplier(load: Load) -> list[Reading]:
    """Return the readings of claim B5.

    Parts `firms` and `workers` are shares of studies that find the stronger gain more; `korea` is the change of the
    SME-over-large ratio since AI use was first counted; `exposure`, for the stronger reading, the rank correlation of
    exposure to AI and productivity across Korean industries.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    table = load("effect_estimates")
    return [*_shares(table, "firms"), *_shares(table, "workers"), *_korea(load), *exposure.readings(load)]


def compared(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the estimates of a level that say who gains more.

    Parameters
    ----------
    table : DataFrame
        `effect_estimates`.
    part : str
        "firms" or "workers" (workers and tasks).

    Raises
    ------
    ValueError
        If there is no such part.
    """
    if part not in LEVELS:
        raise ValueError(f"no part {part!r}; legal parts: {', '.join(LEVELS)}")
    return table[table["level"].isin(LEVELS[part]) & table["who_gains"].notna()]


def votes(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each paper or sample one vote.

    Parameters
    ----------
    rows : DataFrame
        Rows of `effect_estimates` that say who gains.

    Returns
    -------
    DataFrame
        One row per independent group: columns independent_group, study, year, country, level, who_gains (neither if its
        rows disagree), estimates (rows counted), refereed, secondary (true if any row is).
    """
    found = []
    for group, one in rows.groupby("independent_group", sort=True):
        first = one.sort_values("headline", ascending=False, kind="stable").iloc[0]
        says = one["who_gains"].unique()
        found.append(
            {
                "independent_group": group, "study": first["study"], "year": int(first["year"]),
                "country": first["country"], "level": first["level"],
                "who_gains": says[0] if len(says) == 1 else NEITHER, "estimates": len(one),
                "refereed": bool(one["refereed"].any()), "secondary": bool(one["secondary"].any()),
            }
        )  # fmt: skip
    columns = [
        "independent_group", "study", "year", "country", "level", "who_gains", "estimates", "refereed", "secondary",
    ]  # fmt: skip
    return pd.DataFrame(found, columns=columns)


def tally(load: Load) -> pd.DataFrame:
    """Return how many studies find who gains more, by level of evidence, on the headline count.

    Columns level (firm; worker or task), who (stronger, weaker, neither), studies, share.
    """
    table = load("effect_estimates")
    rows = []
    for part, name in (("firms", "firms"), ("workers", "workers and tasks")):
        counted = votes(_headline(compared(table, part)))
        for who in (STRONGER, NEITHER, WEAKER):
            number = int((counted["who_gains"] == who).sum())
            rows.append((name, who, number, number / len(counted) if len(counted) else float("nan")))
    return pd.DataFrame(rows, columns=["level", "who", "studies", "share"])


def study_table(load: Load) -> pd.DataFrame:
    """Return every study that compares the strong with the weak, for the page.

    Columns Study, Of (firms; workers or tasks), Country, Gain more (stronger, neither, weaker), Counted (in the
    headline share), Refereed, secondary.
    """
    table = load("effect_estimates")
    parts = []
    for part, name in (("firms", "firms"), ("workers", "workers or tasks")):
        every, head = votes(compared(table, part)), votes(_headline(compared(table, part)))
        mark, yes = every["secondary"].map({True: " †", False: ""}), {True: "yes", False: "no"}
        counted = every["independent_group"].isin(head["independent_group"])
        parts.append(
            pd.DataFrame(
                {
                    "Study": every["study"].map(short) + " (" + every["year"].astype(str) + ")" + mark, "Of": name,
                    "Country": every["country"].replace({"MUL": "several"}), "Gain more": every["who_gains"],
                    "Counted": counted.map(yes), "Refereed": every["refereed"].map(yes),
                    "secondary": every["secondary"],
                }
            )
        )  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    order = {STRONGER: 0, NEITHER: 1, WEAKER: 2}
    place = found["Gain more"].map(order)
    return found.assign(place=place).sort_values(["Of", "place", "Study"]).drop(columns="place").reset_index(drop=True)


def short(study: str) -> str:
    """Return who wrote a study: one author or body, two, or the first and "et al.".

    Examples
    --------
    >>> short("Jia, Luo, Fang and Liao, When and how artificial intelligence augments creativity")
    'Jia et al.'
    >>> short("Noy and Zhang, Experimental evidence"), short("Merali, Scaling laws")
    ('Noy and Zhang', 'Merali')
    """
    text = re.sub(r"\s*\([^)]*\)", "", study)
    several = re.match(r"((?:[^,]+, )*?[^,]+ and [A-Z][^,]*)(?:,|$)", text)
    if several:
        return f"{several[1].split(',')[0]} et al." if "," in several[1] else several[1]
    return re.split(r", | on the ", text)[0]


def by_strength(load: Load) -> pd.DataFrame:
    """Return the published effects on stronger and weaker groups within one study, for a chart.

    Only studies of `CONTRASTS` print a number per group; the others say in words who gains more.

    Returns
    -------
    DataFrame
        Columns id, label, estimate (in `unit`, as published), conf_low, conf_high, has_error (a standard error or a
        95 % interval is printed), unit, level, who_gains, secondary.

    Raises
    ------
    Unmeasurable
        If an estimate is not held.
    """
    table = load("effect_estimates").set_index("id")
    lacking = [key for key in CONTRASTS if key not in table.index or pd.isna(table.at[key, "estimate"])]
    if lacking:
        raise Unmeasurable(f"effect_estimates holds no estimate {', '.join(lacking)}")
    rows = table.loc[list(CONTRASTS)].copy()
    printed = rows["interval_kind"].eq("95 % confidence")
    rows["has_error"] = rows["std_error"].notna() | printed
    for end, sign in (("conf_low", -1), ("conf_high", 1)):
        # an interval is drawn where one is printed, else from the printed standard error, else not at all
        rows[end] = rows[end].where(printed, rows["estimate"] + sign * 1.96 * rows["std_error"])
    marks = rows["secondary"].astype(bool).map({True: " †", False: ""})
    rows["label"] = [CONTRASTS[key] for key in rows.index] + marks
    columns = ["label", "estimate", "conf_low", "conf_high", "has_error", "unit", "level", "who_gains", "secondary"]
    return rows[columns].reset_index()


def _headline(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["outcome_kind"].isin(OUTPUT) & rows["treatment_kind"].isin(AI)]


def _shares(table: pd.DataFrame, part: str) -> list[Reading]:
    every = compared(table, part)
    rows = _headline(every)
    counted = votes(rows)
    if len(counted) < FEWEST:
        raise Unmeasurable(f"effect_estimates holds {len(counted)} studies of {part} that say who gains, not {FEWEST}")
    cases = [
        ("studies of AI and output that compare", counted, ""),
        ("all outcomes, and earlier information technology too", votes(every), "outcome"),
        ("productivity only", votes(rows[rows["outcome_kind"] == "productivity"]), "outcome"),
        ("read in the authors' own text", votes(rows[~rows["secondary"].astype(bool)]), "sources"),
        ("published in refereed journals", votes(rows[rows["refereed"].astype(bool)]), "refereed"),
        ("trials, roll-outs and panels only", votes(rows[rows["design"].isin(COMPARED)]), "design"),
        ("studies without a clear order left out", counted[counted["who_gains"] != NEITHER], "how to count"),
        ("one vote per estimate", rows, "how to count"),
        ("studies of Korea", votes(rows[rows["country"] == "KOR"]), "country"),
    ]  # fmt: skip
    if part == "workers":
        cases += [
            ("people at their work", votes(rows[rows["level"] == "worker"]), "level"),
            ("assigned tasks", votes(rows[rows["level"] == "task"]), "level"),
        ]
    readings = []
    for place, (label, held, turns) in enumerate(cases):
        if len(held) < FEWEST:
            continue
        stronger = int((held["who_gains"] == STRONGER).sum())
        readings.append(
            Reading(
                part, label, stronger / len(held), "of the studies", "effect_estimates", place == 0, turns, "",
                "as published", bool(held["secondary"].any()), f"{stronger} of {len(held)}",
            )
        )  # fmt: skip
    return readings


def _korea(load: Load) -> list[Reading]:
    since = frontier.changes_since_counted(load)
    return [
        Reading(
            "korea", row.label, row.change, "points", row.table, place == 0, row.turns_on, f"{row.first}-{row.last}",
            "as published", bool(row.secondary), row.shown,
        )
        for place, row in enumerate(since.itertuples())
    ]  # fmt: skip
