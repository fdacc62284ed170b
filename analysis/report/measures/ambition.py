"""Claim B0: ambitions and announced money are facts; whether they reach the core problem needs a table of its own.

To test "none of it addresses the core problem" one needs AI spending by the size of the firms it reaches, and what it
did to output per hour there. The measure asks the loader for such a table, `ai_spending`, and says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.report.claims import Reading, Unmeasurable

Load = Callable[[str], pd.DataFrame]
NEEDED = ("programme", "year", "size_class", "spending", "effect")
"""Columns of `ai_spending`: programme, year, size class of the firms reached, spending (any one currency), and effect
on their output per hour against comparable firms in percent, empty where not evaluated."""
SMALL = ("1-9", "10-49", "50-249")
"""Size classes of the core problem as the argument puts it: firms that are not large."""
CLASSES = (*SMALL, "250+")


def reach_and_effect(load: Load) -> list[Reading]:
    """Return the readings of claim B0 from a table of AI spending by the size of the firms it reaches.

    Part `reach` is the share of spending that reaches firms with fewer than 250 persons, `effect` the share of
    evaluated programmes among these that raised their output per hour.

    Raises
    ------
    Unmeasurable
        If there is no such table, which is so for the published data, or it lacks a column, a year or an evaluation.
    ValueError
        If a size class is unknown or spending is negative or missing.
    """
    table = _table(load)
    last = table["year"].max()
    readings = [
        _reach(f"all firms reached, {last}", table[table["year"] == last], SMALL, "year", last, head=True),
        _reach("all years", table, SMALL, "year", f"{table['year'].min()}-{last}"),
        _reach(f"fewer than 50 persons, {last}", table[table["year"] == last], SMALL[:2], "size of firm", last),
    ]
    evaluated = table[table["size_class"].isin(SMALL) & table["effect"].notna()]
    if evaluated.empty:
        raise Unmeasurable("ai_spending holds no evaluated programme that reaches firms with fewer than 250 persons")
    won = evaluated["effect"] > 0
    weighted = float(evaluated.loc[won, "spending"].sum() / evaluated["spending"].sum())
    cases = [
        ("evaluated programmes", float(won.mean()), "programmes"),
        ("evaluated programmes, by money", weighted, "weights"),
    ]
    readings += [
        Reading("effect", label, value, "of programmes", "ai_spending", place == 0, turns, last, "as published")
        for place, (label, value, turns) in enumerate(cases)
    ]
    return readings


def _table(load: Load) -> pd.DataFrame:
    try:
        table = load("ai_spending")
    except ValueError as absent:
        raise Unmeasurable(
            "no public series gives AI spending by the size of the firms it reaches and its effect on their output per "
            "hour (a table ai_spending with " + ", ".join(NEEDED) + ")"
        ) from absent
    lacking = [name for name in NEEDED if name not in table]
    if lacking:
        raise Unmeasurable(f"ai_spending lacks {', '.join(lacking)}")
    odd = sorted(set(table["size_class"]) - set(CLASSES))
    if odd:
        raise ValueError(f"column 'size_class': {', '.join(map(str, odd))}; legal: {', '.join(CLASSES)}")
    if table.empty or table["spending"].isna().any() or (table["spending"] < 0).any():
        raise ValueError("column 'spending' of ai_spending: every row needs an amount that is not negative")
    return table


def _reach(label: str, rows: pd.DataFrame, classes, turns_on: str, year, head: bool = False) -> Reading:
    total = float(rows["spending"].sum())
    if total == 0:
        raise Unmeasurable(f"ai_spending holds no spending: {label}")
    value = float(rows.loc[rows["size_class"].isin(classes), "spending"].sum()) / total
    return Reading("reach", label, value, "of spending", "ai_spending", head, turns_on, year, "as published")


def statement_table(load: Load) -> pd.DataFrame:
    """Return the ambitions and announced sums, oldest first, for a table.

    Returns
    -------
    DataFrame
        Columns Who, Stated, What, Amount, For (whom the money is, as stated), secondary.
    """
    rows = load("ai_ambition").sort_values(["stated", "id"])
    return pd.DataFrame(
        {
            "Who": rows["who"],
            "Stated": rows["stated"],
            "What": [_what(*row) for row in rows[["statement", "first_year", "last_year"]].itertuples(index=False)],
            "Amount": [_amount(*row) for row in rows[["amount", "unit"]].itertuples(index=False)],
            "For": rows["reaches"],
            "secondary": rows["secondary"].astype(bool),
        }
    ).reset_index(drop=True)


def small_firm_budget(load: Load) -> pd.Series:
    """Return the AI budget bill of a year and what of it the ministry for SMEs asks for, with the ratio of the two.

    Whether the second sum is a part of the first is not stated, so the ratio is a comparison of sizes, not a share.

    Returns
    -------
    Series
        whole and smes (trillion won), ratio (a fraction).
    """
    rows = load("ai_ambition").set_index("id")
    lacking = [key for key in ("AMB-03", "AMB-07") if key not in rows.index]
    if lacking:
        raise Unmeasurable(f"ai_ambition lacks {', '.join(lacking)}")
    whole, smes = float(rows.at["AMB-03", "amount"]), float(rows.at["AMB-07", "amount"])
    return pd.Series({"whole": whole, "smes": smes, "ratio": smes / whole})


def _what(statement: str, first: int, last) -> str:
    years = f"{first} on" if pd.isna(last) else str(first) if first == last else f"{first}-{str(last)[2:]}"
    return f"{statement}, {years}"


def _amount(amount: float, unit: str) -> str:
    return f"top {amount:.0f}" if unit == "rank" else f"{amount:,.3g} trillion won"
