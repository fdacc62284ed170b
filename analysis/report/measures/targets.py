"""What stated policy targets count: users of a technology, projects and firms in a programme, or output."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
COUNTERS = ("adopters", "supported")
"""Values of `counts` that count firms, factories or projects."""
WORDS = {
    "adopters": "adopters",
    "supported": "projects or supported firms",
    "output": "output or productivity",
    "other result": "another result",
}


def stated(load: Load, country: str | None = "KOR") -> pd.DataFrame:
    """Return the stated targets of one country, or of all (None), expected effects left out.

    Raises
    ------
    Unmeasurable
        If there is none.
    """
    table = load("policy_targets")
    rows = table[table["kind"] == "target"]
    rows = rows if country is None else rows[rows["country"] == country]
    if rows.empty:
        raise Unmeasurable(f"policy_targets holds no target of {country or 'any country'}")
    return rows.sort_values(["announced", "id"]).reset_index(drop=True)


def counting(rows: pd.DataFrame, kinds: tuple[str, ...] = COUNTERS) -> tuple[int, int]:
    """Return how many of the targets count firms, factories or projects, and how many targets there are."""
    if rows.empty:
        raise Unmeasurable("no target to count")
    return int(rows["counts"].isin(kinds).sum()), len(rows)


def plans_without_output(rows: pd.DataFrame) -> tuple[int, int]:
    """Return how many plans state no target for output or productivity, and how many plans there are."""
    has = rows.groupby(["plan", "announced"])["counts"].agg(lambda kinds: "output" in set(kinds))
    return int((~has).sum()), len(has)


def target_table(load: Load) -> pd.DataFrame:
    """Return every target with what it counts, for a table: oldest first, Korea before the others.

    Returns
    -------
    DataFrame
        Columns Country, Announced, Plan, Target, Value, Due, Counts, secondary.
    """
    rows = stated(load, None)
    rows = rows.sort_values("country", key=lambda codes: codes != "KOR", kind="stable").reset_index(drop=True)
    return pd.DataFrame(
        {
            "Country": rows["country"].map({"KOR": "Korea", "EU": "EU", "DEU": "Germany", "JPN": "Japan"}),
            "Announced": rows["announced"],
            "Plan": rows["plan"],
            "Target": rows["target"],
            "Value": [_value(*row) for row in rows[["value", "unit", "baseline"]].itertuples(index=False)],
            "Due": rows["due"],
            "Counts": rows["counts"].map(WORDS),
            "secondary": rows["secondary"],
        }
    )


def counts_table(load: Load) -> pd.DataFrame:
    """Return the number of targets by what they count, Korea and the others (columns who, counts, targets)."""
    rows = stated(load, None)
    who = (rows["country"] == "KOR").map({True: "Korea", False: "EU, Germany, Japan"})
    held = rows.assign(who=who, counts=rows["counts"].map(WORDS)).groupby(["who", "counts"]).size()
    index = pd.MultiIndex.from_product([["Korea", "EU, Germany, Japan"], list(WORDS.values())], names=["who", "counts"])
    return held.reindex(index, fill_value=0).rename("targets").reset_index()


def source_table(load: Load) -> pd.DataFrame:
    """Return which Korean statistics hold the parts of output per hour of firms with 10-49 persons, for a table.

    Returns
    -------
    DataFrame
        Columns Statistic, Size of, Covers, 10-49, Value added, Persons, Hours, AI use, all_parts (bool: value added and
        hours of units with 10-49 persons in one source), secondary.
    """
    rows = load("microdata_sources")
    if rows.empty:
        raise Unmeasurable("microdata_sources holds no statistic")
    names = {
        "statistic": "Statistic", "unit_of_size": "Size of", "covers": "Covers", "firms_10_49": "10-49",
        "value_added": "Value added", "persons": "Persons", "hours": "Hours", "ai_use": "AI use",
    }  # fmt: skip
    parts = (rows[["firms_10_49", "value_added", "hours"]] == "yes").all(axis=1)
    return rows.rename(columns=names)[list(names.values())].assign(
        all_parts=parts.to_numpy(), secondary=rows["secondary"].to_numpy()
    )


def _value(value: float, unit: str, baseline: float) -> str:
    number = f"{value:+,.0f}" if unit == "% change" else f"{value:,.0f}"
    text = f"{number} {'%' if unit == '% change' else unit}"
    return text if pd.isna(baseline) else f"{text}, from {baseline:,g}"
