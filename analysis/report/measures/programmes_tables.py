"""Support for Korean SMEs: the figures behind claim C1 and the frames of its page.

Counters are never joined: a count stands beside who counted and what. Amounts of money differ in nature (a budget, a
stock of loans, revenue forgone, purchases), so they stand side by side as shares of GDP and are never added up. GDP was
revised in 2024, upwards: no change of a share is taken across that year.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.data.countries import AGGREGATES, OECD
from analysis.report.claims import Unmeasurable

Load = Callable[[str], pd.DataFrame]
COUNTERS = {
    "smba-census": "SME agency's census", "sme-institute": "SME research institute", "oecd-survey": "OECD",
    "bank-of-korea": "cited by the Bank of Korea", "budget-office": "National Assembly Budget Office",
    "finance-ministry": "finance ministry", "german-database": "federal database", "french-senate": "Senate",
}  # fmt: skip
"""Code of a counter to its name on the page."""
LEVELS = {
    "all": "central and local", "central": "central only", "local": "local only", "not stated": "level not stated",
}  # fmt: skip
BODIES = {"SME agency": "PRG-01", "industry ministry": "PRG-02", "labour ministry": "PRG-03"}
PURPOSES = {"finance": "POL-011", "technology": "POL-015", "workforce": "POL-017"}
CENSUS, CENTRAL, LOCAL = "POL-001", "POL-002", "POL-003"
NATURE = {
    "budget": "money spent and lent in a year", "loans in the budget": "part of the budget that is paid back",
    "stock of loans": "loans that run; costs the state where they fail",
    "new loans": "loans of a year; paid back", "forgone revenue": "taxes not collected in a year",
    "purchases": "prices paid for goods and works", "grants": "money given in a year",
}  # fmt: skip
"""Nature of an amount to what it is, in words."""
STEP_COUNTERS = {
    "sme-ministry": "SME ministry", "industry-ministry": "statistic of mid-sized firms",
    "mid-sized-federation": "federation of mid-sized firms", "press": "press report", "chamber": "chamber of commerce",
    "industries-federation": "federation of industries", "law": "the law",
}  # fmt: skip
_SIGN = {"lower": "over ", "approximate": "about ", "forecast": "", "upper": "up to ", "none": ""}


def count(load: Load, key: str) -> pd.Series:
    """Return one row of `support_programmes` by id.

    Raises
    ------
    Unmeasurable
        If the table has no such row.
    """
    return _row(load, "support_programmes", key)


def amount(load: Load, key: str) -> pd.Series:
    """Return one row of `support_money` by id.

    Raises
    ------
    Unmeasurable
        If the table has no such row.
    """
    return _row(load, "support_money", key)


def step(load: Load, key: str) -> pd.Series:
    """Return one row of `support_thresholds` by id.

    Raises
    ------
    Unmeasurable
        If the table has no such row.
    """
    return _row(load, "support_thresholds", key)


def gdp(load: Load, year: int) -> pd.Series:
    """Return the row of Korea's GDP of a year, trillion won at current prices.

    Raises
    ------
    Unmeasurable
        If the table has no GDP of that year.
    """
    return amount(load, f"GDP-{year}")


def share_of_gdp(load: Load, key: str) -> float:
    """Return an amount of `support_money` as a fraction of the GDP of its year; as printed where it is printed so.

    Raises
    ------
    Unmeasurable
        If the amount or the GDP of its year is not held, or the amount is a share of something else.
    """
    row = amount(load, key)
    if row["unit"] == "% of the budget":
        raise Unmeasurable(f"{key} is a share of a budget, not an amount")
    if row["unit"] == "% of GDP":
        return float(row["value"]) / 100
    return float(row["value"]) / float(gdp(load, int(row["year"]))["value"])


def weights(load: Load, key: str, whole: str = CENSUS) -> tuple[float, float]:
    """Return the share of a group in the programmes and in the money of the census.

    Raises
    ------
    Unmeasurable
        If a row is not held or has no programme or no money.
    """
    part, total = count(load, key), count(load, whole)
    for one in (part, total):
        if pd.isna(one["money"]) or min(one["money"], one["programmes"]) <= 0:
            raise Unmeasurable(f"support_programmes holds no programme or no money for {one['id']}")
    return float(part["programmes"] / total["programmes"]), float(part["money"] / total["money"])


def counts_table(load: Load) -> pd.DataFrame:
    """Return the counts of all programmes of a country or level of government: Korea by year, then abroad.

    Returns
    -------
    DataFrame
        Columns label, programmes, year, year_kind, counter, level, covers, bound, comparable (bool: for SMEs, central
        and local), secondary.
    """
    rows = load("support_programmes")
    rows = rows[(rows["body"] == "all") & (rows["purpose"] == "all") & (rows["level"] != "local")].copy()
    if not (rows["country"] == "KOR").any():
        raise Unmeasurable("support_programmes holds no Korean count")
    rows["abroad"] = rows["country"] != "KOR"
    rows = rows.sort_values(["abroad", "year", "programmes"]).reset_index(drop=True)
    rows["comparable"] = (rows["level"] == "all") & (rows["covers"] == "SMEs")
    rows["label"] = [_count_label(row) for row in rows.to_dict("records")]
    columns = ["label", "programmes", "year", "year_kind", "counter", "level", "covers", "bound", "comparable"]
    return rows[[*columns, "secondary"]]


def weight_table(load: Load) -> pd.DataFrame:
    """Return the census of 2017 by who runs the programmes: shares of programmes and of money, adding up to one.

    Returns
    -------
    DataFrame
        Columns group, programmes, money (trillion won), share_of_programmes, share_of_money, per_programme (billion
        won), secondary. The other ministries are the rest of the central programmes.
    """
    total, central = count(load, CENSUS), count(load, CENTRAL)
    rows = [{"group": "local governments", **_pair(count(load, LOCAL))}]
    named = {name: _pair(count(load, key)) for name, key in BODIES.items()}
    rest = {part: float(central[part]) - sum(one[part] for one in named.values()) for part in ("programmes", "money")}
    rows += [{"group": name, **pair} for name, pair in named.items()]
    rows.append({"group": "other ministries", **rest})
    table = pd.DataFrame(rows)
    if (table[["programmes", "money"]] <= 0).any(axis=None) or table.isna().any(axis=None):
        raise Unmeasurable("the parts of the census of 2017 do not fit its total")
    return table.assign(
        share_of_programmes=table["programmes"] / float(total["programmes"]),
        share_of_money=table["money"] / float(total["money"]),
        per_programme=1000 * table["money"] / table["programmes"], secondary=bool(total["secondary"]),
    )  # fmt: skip


SHOWN = {
    "POL-025": "Guaranteed loans to SMEs", "MNY-02": "Public purchases from SMEs",
    "POL-022": "Budgets, central and local", "POL-029": "Tax expenditure for SMEs",
}  # fmt: skip
"""Amounts of the chart of instruments, id to name: of 2023, the year of the claim, or of the nearest year held."""
_WORDS = {
    "stock of loans": "stock", "purchases": "prices paid", "budget": "spending and loans",
    "forgone revenue": "revenue forgone",
}  # fmt: skip


def instrument_table(load: Load) -> pd.DataFrame:
    """Return the amount of each instrument nearest to 2023 as a share of GDP, largest first, with what it is.

    Returns
    -------
    DataFrame
        Columns label, share, year, nature, value, unit, bound, secondary.
    """
    rows = []
    for key, name in SHOWN.items():
        row = amount(load, key)
        forecast = ", forecast" if row["bound"] == "forecast" else ""
        rows.append(
            {
                "label": f"{name} ({_WORDS[row['nature']]}, {row['year']}{forecast})",
                "share": share_of_gdp(load, key), "year": int(row["year"]), "nature": row["nature"],
                "value": float(row["value"]), "unit": row["unit"], "bound": row["bound"],
                "secondary": bool(row["secondary"]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("share", ascending=False).reset_index(drop=True)


def money_table(load: Load) -> pd.DataFrame:
    """Return every amount of support for Korean SMEs, for a table: by instrument, then year.

    Returns
    -------
    DataFrame
        Columns Instrument, Year, Amount, Percent of GDP, What it is, secondary.
    """
    rows = load("support_money")
    rows = rows[(rows["country"] == "KOR") & (rows["beneficiary"] == "SMEs")]
    rows = rows.sort_values(["instrument", "year"])
    shares = [_share_or_none(load, key) for key in rows["id"]]
    return pd.DataFrame(
        {
            "Instrument": rows["instrument"].to_list(), "Year": rows["year"].astype(str).to_list(),
            "Amount": [_amount_text(row) for row in rows.to_dict("records")],
            "Percent of GDP": [f"{100 * share:.2f}" if share is not None else "not available" for share in shares],
            "What it is": rows["nature"].map(NATURE).to_list(), "secondary": rows["secondary"].to_list(),
        }
    )  # fmt: skip


def purchases_table(load: Load) -> pd.DataFrame:
    """Return public purchases from SMEs over time as shares of GDP, one series before its revision and one after.

    Returns
    -------
    DataFrame
        Columns year, value (trillion won), share, series, secondary.
    """
    rows = load("support_money")
    rows = rows[(rows["instrument"] == "procurement") & (rows["country"] == "KOR")].sort_values("year")
    if len(rows) < 2:
        raise Unmeasurable("support_money holds fewer than two years of purchases from SMEs")
    vintage = [VINTAGES[gdp(load, int(year))["series"]] for year in rows["year"]]
    shares = [share_of_gdp(load, key) for key in rows["id"]]
    found = rows[["year", "value", "secondary"]].assign(share=shares, series=vintage)
    return found[["year", "value", "share", "series", "secondary"]].reset_index(drop=True)


VINTAGES = {"before 2024": "GDP before its revision", "after 2024": "GDP after it"}
"""Series of GDP to its name on the page; no line joins the two."""
GUARANTEES = {
    "POL-025": ("Korea {year}, guaranteed loans", False), "POL-026": ("OECD mean {year}, guaranteed loans", False),
    "POL-027": ("Korea {year}, policy loans and guarantees of three bodies, at least", True),
    "POL-028": ("Korea {year}, records of policy loans and guarantees, about", True),
}  # fmt: skip
"""Amounts of the chart of guarantees: id to label and whether it is of another definition."""


def guarantee_table(load: Load) -> pd.DataFrame:
    """Return guaranteed loans to SMEs in Korea and the OECD as shares of GDP, and two older stocks that hold loans too.

    Returns
    -------
    DataFrame
        Columns label, share, year, other (bool: another definition), secondary.
    """
    rows = []
    for key, (label, other) in GUARANTEES.items():
        row = amount(load, key)
        rows.append(
            {"label": label.format(year=row["year"]), "share": share_of_gdp(load, key), "year": int(row["year"]),
             "other": other, "secondary": bool(row["secondary"])}
        )  # fmt: skip
    return pd.DataFrame(rows)


def step_table(load: Load) -> pd.DataFrame:
    """Return the counts of firms that step over the edge of SME status, both ways, for a table: by year, then counter.

    Returns
    -------
    DataFrame
        Columns Year, Counted, Firms, Counted by, secondary.
    """
    rows = load("support_thresholds")
    rows = rows[rows["step"].isin(["up", "down"])]
    rows = rows.sort_values(["year", "step", "counter"], ascending=[True, False, True])
    if set(rows["step"]) != {"up", "down"}:
        raise Unmeasurable("support_thresholds lacks steps up or down")
    spans = [f"{row.since}-{row.year % 100}" if row.since < row.year else str(row.year) for row in rows.itertuples()]
    return pd.DataFrame(
        {
            "Year": spans, "Counted": rows["what"].to_list(), "Firms": rows["value"].astype(int).to_list(),
            "Counted by": rows["counter"].map(STEP_COUNTERS).to_list(), "secondary": rows["secondary"].to_list(),
        }
    )


def grace_table(load: Load) -> pd.DataFrame:
    """Return firms in the grace period over time (columns year, value, series, secondary)."""
    rows = load("support_thresholds")
    rows = rows[rows["step"] == "grace"].sort_values("year")
    if len(rows) < 2:
        raise Unmeasurable("support_thresholds holds fewer than two years of the grace period")
    return rows[["year", "value", "secondary"]].assign(series="firms in grace").reset_index(drop=True)


def _row(load: Load, table: str, key: str) -> pd.Series:
    rows = load(table)
    hit = rows[rows["id"] == key]
    if len(hit) != 1:
        raise Unmeasurable(f"{table} holds no {key}")
    return hit.iloc[0]


def _pair(row: pd.Series) -> dict[str, float]:
    return {"programmes": float(row["programmes"]), "money": float(row["money"])}


def _share_or_none(load: Load, key: str) -> float | None:
    try:
        return share_of_gdp(load, key)
    except Unmeasurable:
        return None


def _amount_text(row: dict) -> str:
    unit = "trillion won" if row["unit"] == "trillion KRW" else row["unit"]
    forecast = " (forecast)" if row["bound"] == "forecast" else ""
    return f"{_SIGN[row['bound']]}{row['value']:,.1f} {unit}{forecast}"


def _count_label(row: dict) -> str:
    place = {**OECD, **AGGREGATES}[row["country"]]
    year = f"{row['year']}, year of the report" if row["year_kind"] == "publication year" else row["year"]
    sign = {"lower": " (more than)", "approximate": " (about)"}.get(row["bound"], "")
    scope = LEVELS[row["level"]] if row["covers"] == "SMEs" else row["covers"]
    return f"{place} {year}, {COUNTERS[row['counter']]}: {scope}{sign}"
