"""What stands beside AI in US companies: cloud computing, specialised software and robotics, by size and by industry.

The Annual Business Survey publishes size bands and industries apart and never crossed, so the gradient by size within
an industry cannot be seen. Two things can: how every technology rises with size, and whether industries that use more
cloud, software or robotics use more AI. The second is an association across industries, not an effect.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.us_abs import BANDS
from analysis.regression.fractional import FractionalLogit, fractional_logit
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures.adoption_tables import Load
from analysis.report.measures.ranks import RankCorrelation, rank_correlation

AI, CLOUD, SOFTWARE, ROBOTICS = "artificial intelligence", "cloud computing", "specialised software", "robotics"
TECHNOLOGIES = (AI, CLOUD, SOFTWARE, ROBOTICS)
SHORT = {AI: "ai", CLOUD: "cloud", SOFTWARE: "software", ROBOTICS: "robotics"}
USE = ("low use", "moderate use", "high use")
NOT = ("did not use", "tested, not used", "don't know")
EXTENT = ("a lot", "somewhat", "a little")
ASSETS, OUTPUT = "AI-122", "AI-114"
"""Figures: assets of Korean adopters over others (times); value added per worker of adopters (percent higher).

The second is an outcome of firms, not what they have, and a raw gap in a press report: it is printed and no reading."""


def use_rates(load: Load, breakdown: str, known_only: bool = True) -> pd.DataFrame:
    """Return the share of companies that used each technology in 2016-18, in percent, by size band or industry.

    Use is low, moderate or high. Where one of these is suppressed, use is what the other answers leave of 100 (rounding
    moves it by a few tenths of a point); where one of those is suppressed too, the rate is missing.

    Parameters
    ----------
    load : callable
    breakdown : str
        "size band" or "industry".
    known_only : bool
        Whether companies that do not know are left out of the base. They are 7 in 100 of the smallest band and 40 in
        100 of the largest.

    Returns
    -------
    DataFrame
        Index: size band (smallest first) or industry; columns ai, cloud, software, robotics, companies.

    Raises
    ------
    ValueError
        If the breakdown is unknown.
    Unmeasurable
        If the table holds no such row.
    """
    column = {"size band": "size_class", "industry": "industry"}.get(breakdown)
    if column is None:
        raise ValueError(f"breakdown={breakdown!r}; legal: size band, industry")
    table = load("technology_use")
    rows = table[(table["period"] == "2016-18") & (table["breakdown"] == breakdown)]
    found = {}
    for technology in TECHNOLOGIES:
        part = rows[rows["technology"] == technology]
        if part.empty:
            raise Unmeasurable(f"technology_use holds no {technology} by {breakdown} in 2016-18")
        wide = part.pivot(index=column, columns="answer", values="value")
        users = wide[list(USE)].sum(axis=1, skipna=False)
        left = 100 - wide[list(NOT)].sum(axis=1, skipna=False)
        users = users.fillna(left)
        base = 100 - wide["don't know"] if known_only else 100.0
        found[SHORT[technology]] = 100 * users / base
        companies = part.drop_duplicates(column).set_index(column)["companies"]
    held = pd.DataFrame(found).assign(companies=companies)
    return held.loc[list(BANDS)] if breakdown == "size band" else held


def unknown(load: Load) -> pd.DataFrame:
    """Return the share of companies that do not know whether they used each technology, 2016-18, percent, by band."""
    table = load("technology_use")
    rows = table[(table["period"] == "2016-18") & (table["breakdown"] == "size band")]
    rows = rows[(rows["answer"] == "don't know") & rows["technology"].isin(TECHNOLOGIES)]
    if rows.empty:
        raise Unmeasurable("technology_use holds no companies that do not know, by size band")
    return rows.pivot(index="size_class", columns="technology", values="value").loc[list(BANDS), list(TECHNOLOGIES)]


def ai_2021(load: Load, breakdown: str) -> pd.Series:
    """Return the share of companies that used AI a lot, somewhat or a little in 2021, percent, by band or industry.

    Raises
    ------
    Unmeasurable
        If the table holds no such row.
    """
    column = "size_class" if breakdown == "size band" else "industry"
    table = load("technology_use")
    rows = table[(table["period"] == "2021") & (table["breakdown"] == breakdown) & (table["technology"] == AI)]
    rows = rows[rows["answer"].isin(EXTENT)]
    if rows.empty:
        raise Unmeasurable(f"technology_use holds no {AI} by {breakdown} in 2021")
    found = rows.groupby(column)["value"].agg(lambda cells: cells.sum(skipna=False))
    return found.loc[list(BANDS)] if breakdown == "size band" else found


def by_band(load: Load) -> pd.DataFrame:
    """Return the four technologies in 2016-18 and AI in 2021 by size band (band, order, series, value in percent)."""
    wide = use_rates(load, "size band")
    names = {key: f"{'AI' if key == 'ai' else key} 2016-18" for key in SHORT.values()}
    parts = [
        pd.DataFrame({"band": wide.index, "order": range(len(wide)), "series": name, "value": wide[key].to_numpy()})
        for key, name in names.items()
    ]
    later = ai_2021(load, "size band")
    shown = {"band": later.index, "order": range(len(later)), "series": "AI 2021", "value": later.to_numpy()}
    return pd.concat([*parts, pd.DataFrame(shown)], ignore_index=True)


def industries(load: Load) -> pd.DataFrame:
    """Return AI use in 2021 and cloud, software, robotics and AI in 2016-18 by industry, in percent of companies.

    Returns
    -------
    DataFrame
        Columns industry, ai_2021, ai, cloud, software, robotics (2016-18, of companies that know), companies (2016-18),
        manufacturing (bool). A rate is missing where the publisher suppressed more than one answer.
    """
    wide = use_rates(load, "industry")
    held = wide.assign(ai_2021=ai_2021(load, "industry")).rename_axis("industry").reset_index()
    return held.assign(manufacturing=held["industry"].str.startswith("3"))


def associations(load: Load, without_highest: int = 0) -> FractionalLogit:
    """Return the fractional logit of AI use in 2021 on cloud, software and robotics in 2016-18 across industries.

    All in shares of companies; each industry counts once. Average marginal effects: points of AI use per point of the
    other technology, given the two others. Robust errors speak of industries as a draw.

    Parameters
    ----------
    load : callable
    without_highest : int
        How many of the industries with the highest AI use to leave out: a few weigh much in shares, not in ranks.

    Raises
    ------
    ValueError
        If it is negative, or fewer than twenty industries remain.
    """
    rows = industries(load).dropna(subset=["cloud", "software", "robotics", "ai_2021"])
    if not 0 <= without_highest <= len(rows) - 20:
        raise ValueError(f"without_highest={without_highest!r}; legal: 0 to {len(rows) - 20} of {len(rows)} industries")
    rows = rows.sort_values("ai_2021", ascending=False).iloc[without_highest:]
    shares = rows[["ai_2021", "cloud", "software", "robotics"]] / 100
    return fractional_logit("ai_2021 ~ cloud + software + robotics", shares)


def association_table(load: Load, without_highest: int = 0) -> pd.DataFrame:
    """Return the average marginal effects of `associations`, each as points of AI use per ten points of the other.

    Returns
    -------
    DataFrame
        Columns technology, estimate, conf_low, conf_high, p_value (points of AI use for ten more points), industries.
    """
    found = associations(load, without_highest)
    table = found.tidy().set_index("term")
    names = {short: name for name, short in SHORT.items()}
    rows = table.loc[["cloud", "software", "robotics"]]
    return pd.DataFrame(
        {
            "technology": [names[term] for term in rows.index], "estimate": 10 * rows["estimate"].to_numpy(),
            "conf_low": 10 * rows["conf_low"].to_numpy(), "conf_high": 10 * rows["conf_high"].to_numpy(),
            "p_value": rows["p_value"].to_numpy(), "industries": len(found.fitted),
        }
    )  # fmt: skip


def correlation(rows: pd.DataFrame, first: str, second: str, given: str | None = None) -> RankCorrelation:
    """Return the rank correlation of two columns of `industries`, or raise `Unmeasurable`."""
    held = rows.set_index("industry")
    try:
        return rank_correlation(held[first], held[second], None if given is None else held[given])
    except ValueError as problem:
        raise Unmeasurable(f"no rank correlation: {problem}") from problem


def resource_cases(load: Load) -> list[tuple[str, RankCorrelation, str]]:
    """Return the rank correlations of part `resources`: label, correlation, what sets it apart from the first.

    Raises
    ------
    Unmeasurable
        If a table holds too little.
    """
    rows = industries(load)
    made, other = rows[rows["manufacturing"]], rows[~rows["manufacturing"]]
    return [
        ("cloud 2016-18, AI 2021", correlation(rows, "cloud", "ai_2021"), "years"),
        ("specialised software 2016-18, AI 2021", correlation(rows, "software", "ai_2021"), "technology"),
        ("robotics 2016-18, AI 2021", correlation(rows, "robotics", "ai_2021"), "technology"),
        ("cloud and AI, both 2016-18", correlation(rows, "cloud", "ai"), "years"),
        ("specialised software and AI, both 2016-18", correlation(rows, "software", "ai"), "technology"),
        ("robotics and AI, both 2016-18", correlation(rows, "robotics", "ai"), "technology"),
        ("cloud 2016-18, AI 2021, manufacturing", correlation(made, "cloud", "ai_2021"), "industries"),
        ("cloud 2016-18, AI 2021, outside manufacturing", correlation(other, "cloud", "ai_2021"), "industries"),
        ("cloud 2016-18, AI 2021, given software", correlation(rows, "cloud", "ai_2021", "software"), "technology"),
        ("software 2016-18, AI 2021, given cloud", correlation(rows, "software", "ai_2021", "cloud"), "technology"),
    ]


def resource_table(load: Load) -> pd.DataFrame:
    """Return the rank correlations of `resource_cases` (label, rho, low, high, industries, clear of zero)."""
    rows = [(label, one.rho, one.low, one.high, one.n, _clear(one)) for label, one, _ in resource_cases(load)]
    return pd.DataFrame(rows, columns=["label", "rho", "low", "high", "industries", "clear"])


def _clear(one: RankCorrelation) -> bool:
    return not one.low <= 0 <= one.high


def two_methods(load: Load) -> pd.DataFrame:
    """Return what goes with AI use across industries by two methods that disagree, a technology a row.

    Returns
    -------
    DataFrame
        Columns technology; points, points_low, points_high, p_value (fractional logit: points of AI use for ten more
        points of the technology, given the two others); rho, rho_low, rho_high (rank correlation, given the technology
        in `given`: software for cloud and robotics, cloud for software).
    """
    logit, rows = association_table(load), industries(load)
    given = {CLOUD: "software", SOFTWARE: "cloud", ROBOTICS: "software"}
    found = [correlation(rows, SHORT[name], "ai_2021", given[name]) for name in logit["technology"]]
    return pd.DataFrame(
        {
            "technology": logit["technology"], "points": logit["estimate"], "points_low": logit["conf_low"],
            "points_high": logit["conf_high"], "p_value": logit["p_value"], "given": logit["technology"].map(given),
            "rho": [one.rho for one in found], "rho_low": [one.low for one in found],
            "rho_high": [one.high for one in found],
        }
    )  # fmt: skip


def resource_readings(load: Load) -> list[Reading]:
    """Return the readings of part `resources` of claim B2: more than none is what the rule asks.

    Rank correlation across US industries of cloud use in 2016-18 and AI use in 2021 (headline); the same
    for specialised software and robotics, in the same years, inside and outside manufacturing, and given each other. An
    interval that includes zero says so where the value is printed; the rule looks at the value alone. Last, what
    Korean adopters hold of assets more than others, in times (none more is zero): a single figure, too few for a part.

    Raises
    ------
    Unmeasurable
        If a table holds too little.
    """
    found = [
        Reading("resources", f"US industries, {label}", one.rho, "rank correlation", "technology_use", place == 0,
                turns, "2021", "as published", False, one.text() + ("" if _clear(one) else ", zero not excluded"))
        for place, (label, one, turns) in enumerate(resource_cases(load))
    ]  # fmt: skip
    assets = _figure(load, ASSETS, "assets")
    times = float(assets["value"])
    more = Reading(
        "resources", "Korea, assets of adopters over others, less one (KLI panel)", times - 1, "times more",
        "published_figures", False, "capital", int(assets["year"]), "as published", bool(assets["secondary"]),
        f"{times:.2g} times the assets, no error",
    )  # fmt: skip
    return [*found, more]


def _figure(load: Load, key: str, about: str) -> pd.Series:
    rows = load("published_figures")
    rows = rows[rows["id"] == key]
    if rows.empty or about not in rows["indicator"].iloc[0]:
        raise Unmeasurable(f"published_figures holds no {about} of Korean adopters ({key})")
    return rows.iloc[0]


def missing_rates(load: Load) -> pd.Series:
    """Return in how many industries the rate of each technology in 2016-18 cannot be had, because it is suppressed."""
    return use_rates(load, "industry")[list(SHORT.values())].isna().sum()


def steepness(load: Load) -> pd.Series:
    """Return the rate of the largest band over that of the smallest, by technology, 2016-18 (of those who know)."""
    wide = use_rates(load, "size band")
    return (wide.iloc[-1] / wide.iloc[0])[list(SHORT.values())]
