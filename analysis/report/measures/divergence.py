"""Claim B5: does AI widen the gap between leading and lagging firms? Votes of studies, and Korea since AI was counted.

A vote count is weak evidence: it weighs a trial like a survey and a large effect like a small one. It is used here
because most studies print no standard error of who gains, so that nothing can be pooled. Each paper or sample has one
vote (`independent_group`), and only studies that compare the strong with the weak vote at all.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures import frontier
from analysis.report.measures.shares import counted as share_text
from analysis.report.measures.shares import exact_interval
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
HOURS_SAVED = "hours-saved"
"""Pool of what users say an assistant saves them. Hours that a user says are saved are no output (in the Korean survey
that asks for both, output did not grow with them), so they have no vote in the headline, as in claim B4."""
COMPARED = ("randomised", "staggered roll-out", "difference-in-differences", "panel fixed effects", "instrument")
"""Designs that compare the same units over time, or units chosen by chance; the rest are snapshots and models."""

CONTRASTS = {
    "AIE-054": "Kenyan entrepreneurs, strong",
    "AIE-055": "Kenyan entrepreneurs, weak",
    "AIE-001": "support agents, all",
    "EFF-B-002": "support agents, new",
}
"""Estimates in percent or log points of studies that print one for the strong and one for the weak, to their names."""


BRIEF = {
    "studies of AI and output that compare": "headline count",
    "all outcomes, and earlier information technology too": "all outcomes, older IT too",
    "published in refereed journals": "refereed journals",
    "trials, roll-outs and panels only": "trials, roll-outs, panels",
    "studies without a clear order left out": "clear order only",
}
"""Ways to count, in words that fit on a chart."""


def force_multiplier(load: Load) -> list[Reading]:
    """Return the readings of claim B5.

    Parts `firms` and `workers` are shares of studies that find the stronger gain more; `korea` is the change of the
    SME-over-large ratio since AI use was first counted; `levelling`, for the stronger reading, is the share of studies
    of workers that find the weaker gain more.

    Raises
    ------
    Unmeasurable
        If a table holds too little; the message says what is missing.
    """
    table = load("effect_estimates")
    return [
        *_shares(table, "firms"), *_shares(table, "workers"), *_korea(load),
        *_shares(table, "workers", WEAKER, "levelling"),
    ]  # fmt: skip


def compared(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the estimates of a level that say who gains more, without those marked as doubtful.

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
    doubtful = table["doubtful"].astype(bool)  # kept in the table to show what circulates; they have no vote
    return table[table["level"].isin(LEVELS[part]) & table["who_gains"].notna() & ~doubtful]


def margin(cases: int, of: int) -> int:
    """Return how many studies would have to turn for a majority to be lost; zero if there is none.

    Examples
    --------
    >>> margin(6, 11), margin(10, 14), margin(5, 11)
    (1, 3, 0)
    """
    return max(0, cases - of // 2)


def votes(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each paper or sample one vote.

    Parameters
    ----------
    rows : DataFrame
        Rows of `effect_estimates` that say who gains.

    Returns
    -------
    DataFrame
        One row per independent group: columns independent_group, study, year (of the latest version read), country,
        level, who_gains (neither if its rows disagree), estimates (rows counted), refereed, secondary (true if any is).
    """
    found = []
    for group, one in rows.groupby("independent_group", sort=True):
        first = one.sort_values("headline", ascending=False, kind="stable").iloc[0]
        says = one["who_gains"].unique()
        found.append(
            {
                "independent_group": group, "study": first["study"], "year": int(one["year"].max()),
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

    Columns Study, Gain more (stronger, neither, weaker), Compared (firms or workers, with the country), Counted
    (in the headline share), Refereed, secondary.
    """
    table = load("effect_estimates")
    parts = []
    for part, name in (("firms", "firms"), ("workers", "workers")):
        every, head = votes(compared(table, part)), votes(_headline(compared(table, part)))
        mark, yes = every["secondary"].map({True: " †", False: ""}), {True: "yes", False: "no"}
        counted = every["independent_group"].isin(head["independent_group"])
        parts.append(
            pd.DataFrame(
                {
                    "Study": every["study"].map(short) + " (" + every["year"].astype(str) + ")" + mark,
                    "Gain more": every["who_gains"],
                    "Compared": name + ", " + every["country"].replace({"MUL": "several"}),
                    "Counted": counted.map(yes), "Refereed": every["refereed"].map(yes), "part": part,
                    "secondary": every["secondary"],
                }
            )
        )  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    order = {STRONGER: 0, NEITHER: 1, WEAKER: 2}
    place = found["Gain more"].map(order)
    found = found.assign(place=place).sort_values(["part", "place", "Study"])
    return found.drop(columns=["place", "part"]).reset_index(drop=True)


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

    Only studies of `CONTRASTS` print a number per group in percent or log points; the others say in words who gains
    more, or print other units. Log points, and the ends of their intervals, are turned into percent.

    Returns
    -------
    DataFrame
        Columns id, label, estimate (percent), conf_low, conf_high, has_error (a standard error or a 95 % interval is
        printed), published_unit, level, who_gains, secondary.

    Raises
    ------
    Unmeasurable
        If an estimate is not held, or is in another unit.
    """
    table = load("effect_estimates").set_index("id")
    lacking = [key for key in CONTRASTS if key not in table.index or pd.isna(table.at[key, "estimate"])]
    if lacking:
        raise Unmeasurable(f"effect_estimates holds no estimate {', '.join(lacking)}")
    doubtful = [key for key in CONTRASTS if table.at[key, "doubtful"]]
    if doubtful:
        raise Unmeasurable(f"effect_estimates marks {', '.join(doubtful)} as doubtful: not to be drawn or quoted")
    rows = table.loc[list(CONTRASTS)].copy()
    printed = rows["interval_kind"].eq("95 % confidence")
    rows["has_error"] = rows["std_error"].notna() | printed
    for end, sign in (("conf_low", -1), ("conf_high", 1)):
        # an interval is drawn where one is printed, else from the printed standard error, else not at all
        rows[end] = rows[end].where(printed, rows["estimate"] + sign * 1.96 * rows["std_error"])
    other = [key for key in rows.index if rows.at[key, "unit"] not in ("%", "log points")]
    if other:
        raise Unmeasurable(f"effect_estimates holds {', '.join(other)} neither in percent nor in log points")
    logs = rows["unit"].eq("log points")
    for column in ("estimate", "conf_low", "conf_high"):
        rows[column] = rows[column].where(~logs, 100 * np.expm1(rows[column]))
    marks = rows["secondary"].astype(bool).map({True: " †", False: ""})
    rows["label"] = [CONTRASTS[key] for key in rows.index] + marks
    rows = rows.rename(columns={"unit": "published_unit"})
    columns = [
        "label", "estimate", "conf_low", "conf_high", "has_error", "published_unit", "level", "who_gains", "secondary",
    ]  # fmt: skip
    return rows[columns].reset_index()


def _headline(rows: pd.DataFrame) -> pd.DataFrame:
    output = rows["outcome_kind"].isin(OUTPUT) & rows["pool"].ne(HOURS_SAVED)
    return rows[output & rows["treatment_kind"].isin(AI)]


def share_rows(readings: pd.DataFrame, parts: tuple[str, ...] = ("firms", "workers")) -> pd.DataFrame:
    """Return the shares of studies by every way to count, with their exact intervals, for a chart.

    Parameters
    ----------
    readings : DataFrame
        Of a judgement on B5.
    parts : tuple of str

    Returns
    -------
    DataFrame
        Columns part, label, value, low, high (exact 95 % interval; fractions), studies (votes in all), headline, holds,
        secondary; the headline of each part first.
    """
    rows = readings[readings["part"].isin(parts)].copy()
    counts = rows["shown"].str.extract(r"^(\d+) of (\d+)").astype(int)
    ends = [exact_interval(int(one), int(of)) for one, of in counts.itertuples(index=False)]
    rows[["low", "high"]] = pd.DataFrame(ends, index=rows.index)
    rows["studies"] = counts[1]
    rows["label"] = rows["part"] + ": " + rows["label"].replace(BRIEF)
    columns = ["part", "label", "value", "low", "high", "studies", "headline", "holds", "secondary"]
    rows = rows.sort_values(["part", "headline"], ascending=[True, False], kind="stable")
    return rows[columns].reset_index(drop=True)


def _shares(table: pd.DataFrame, part: str, who: str = STRONGER, name: str | None = None) -> list[Reading]:
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
        found = int((held["who_gains"] == who).sum())
        readings.append(
            Reading(
                name or part, label, found / len(held), "of the studies", "effect_estimates", place == 0, turns, "",
                "as published", bool(held["secondary"].any()), share_text(found, len(held)),
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
