"""What moved growth of output per person: shift-share by decade and under four methods."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.decomposition.growth import ShiftShare, shift_share
from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
DECADES = {
    "1970-1980": ("APO", 1970, 1980),
    "1980-1990": ("APO", 1980, 1990),
    "1990-2000": ("APO", 1990, 2000),
    "2000-2010": ("APO", 2000, 2010),
    "2010-2018": ("APO", 2010, 2018),
    "2018-2023": ("APO", 2018, 2023),
}
METHODS = {
    "within-between": "within-between",
    "three-term": "three-term",
    "csls": "CSLS",
    "gead": "GEAD",
}
WORDS = {
    "within": "within sectors", "between": "movement", "static": "movement", "dynamic": "interaction",
    "reallocation_level": "movement", "reallocation_growth": "interaction", "pure_growth": "within sectors",
    "denison": "movement", "baumol": "interaction",
}  # fmt: skip


def growth(load: Load, source: str, start: int, end: int, method: str = "within-between") -> ShiftShare:
    """Take Korea's growth of output per person apart into growth within sectors and movement between them."""
    table = load("sector_accounts")
    rows = table[(table["source"] == source) & (table["country"] == "KOR") & table["year"].isin([start, end])]
    if rows["year"].nunique() < 2:
        raise Unmeasurable(f"sector_accounts holds no Korean rows in {source} for {start} and {end}")
    rows = rows.assign(deflator=rows["value_added"] / rows["value_added_constant"])
    return shift_share(
        rows, sector="sector", time="year", output="value_added_constant", labour="employment", method=method,
        annualised=True, price="deflator" if method == "gead" else None,
    )  # fmt: skip


def by_decade(load: Load) -> pd.DataFrame:
    """Return within and movement by decade (APO, within-between): columns decade, part, rate (a year)."""
    rows = []
    for name, (source, start, end) in DECADES.items():
        for one in growth(load, source, start, end).tidy().itertuples():
            rows.append((name, WORDS.get(one.component, "total"), one.estimate))
    return pd.DataFrame(rows, columns=["decade", "part", "rate"])


def method_table(load: Load) -> pd.DataFrame:
    """Return the four methods by span side by side, per cent a year: columns span, method, parts, total."""
    wide = by_method(load).pivot_table(index=["span", "method"], columns="part", values="rate", sort=False) * 100
    return wide[["within sectors", "movement", "interaction", "total"]].rename_axis(columns=None).reset_index()


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of methods as text with two decimals; a part that a method does not have is a dash."""
    return table.map(lambda cell: (f"{cell:.2f}" if pd.notna(cell) else "–") if isinstance(cell, float) else cell)


def by_method(load: Load) -> pd.DataFrame:
    """Return the parts of growth 1990-2018 (ETD) and by decade (APO) under the four methods.

    Returns
    -------
    DataFrame
        Columns span, method, component, part, rate (fraction a year).
    """
    rows = []
    for span, (source, start, end) in {"1990-2018": ("ETD", 1990, 2018), **DECADES}.items():
        for method, name in METHODS.items():
            for one in growth(load, source, start, end, method).tidy().itertuples():
                rows.append(
                    (f"{span} ({source})", name, one.component, WORDS.get(one.component, "total"), one.estimate)
                )
    return pd.DataFrame(rows, columns=["span", "method", "component", "part", "rate"])
