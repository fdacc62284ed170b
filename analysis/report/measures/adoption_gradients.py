"""Claim B2, levels: how much more large firms use AI than small ones, in every survey that has both.

Always as a ratio and as a gap in percentage points: the two put countries in different orders. Rates are compared
within one survey, country and year only.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.countries import AGGREGATES, OECD
from analysis.regression.gradient import size_gradient
from analysis.report.claims import Reading, Unmeasurable
from analysis.report.measures.adoption_korea import CENSUS, PANEL
from analysis.report.measures.adoption_tables import EUROPE, KOREA, KOREAN_YEAR, US, Load
from analysis.report.measures.ranks import RankCorrelation, rank_correlation

CLASSES = {
    EUROPE: ("10-49", "250+"), KOREA: ("10-49", "250+"), US: ("10-49", "250+"), CENSUS: ("50-299", "300+"),
    PANEL: ("30-99", "500+"), "oecd-ict-businesses": ("10-49", "250+"), "uk-business-insights": ("under 50", "250+"),
    "japan-shoko-research": ("SME", "large"), "us-business-trends-outlook": ("10-19", "250+"),
}  # fmt: skip
"""Survey to its small and large class. Only those of 10-49 and 250+ compare across surveys."""
SURVEYS = {
    EUROPE: "Eurostat", KOREA: "NIA", US: "Annual Business Survey", CENSUS: "Statistics Korea", PANEL: "KLI panel",
    "oecd-ict-businesses": "OECD", "uk-business-insights": "Business Insights Survey",
    "japan-shoko-research": "Tokyo Shoko Research", "us-business-trends-outlook": "Business Trends Survey",
}  # fmt: skip
PLACES = {
    **OECD, **AGGREGATES, "ALB": "Albania", "BGR": "Bulgaria", "BIH": "Bosnia and Herzegovina", "CYP": "Cyprus",
    "HRV": "Croatia", "MKD": "North Macedonia", "MLT": "Malta", "MNE": "Montenegro", "ROU": "Romania", "SRB": "Serbia",
}  # fmt: skip
GROUPS = ["survey", "country", "tabulated_by", "year", "series"]
DOUBTFUL = "doubtful"


def gradients(load: Load) -> pd.DataFrame:
    """Return the size gradient of AI use of every survey, country and year that holds a small and a large class.

    Returns
    -------
    DataFrame
        Columns survey, country, tabulated_by, year, series, name, small_class, large_class, small, large (percent of
        firms), ratio (times), gap (percentage points), odds_ratio (times), comparable (10-49 against 250+), official,
        doubtful, secondary. `attrs["left_out"]` counts the groups that lack one of the classes, by survey.

    Raises
    ------
    Unmeasurable
        If no survey holds both classes.
    """
    table = load("ai_adoption")
    rows = table[table["breakdown"].isin(["size", "size band"]) & table["survey"].isin(CLASSES)]
    classes = pd.DataFrame(CLASSES, index=["small_class", "large_class"]).T.rename_axis("survey").reset_index()
    rows = rows.merge(classes, on="survey")
    rows["role"] = (rows["size_class"] == rows["small_class"]).map({True: "small", False: ""})
    rows["role"] = rows["role"].mask(rows["size_class"] == rows["large_class"], "large")
    rows = rows[(rows["role"] != "") & rows["value"].notna()]
    both = rows.groupby(GROUPS)["role"].transform("nunique") == 2
    if not both.any():
        raise Unmeasurable("ai_adoption holds no survey with a small and a large class")
    found = size_gradient(rows[both], "value", "role", "small", "large", by=GROUPS, unit="percent")
    wide = found.estimates.pivot(index=GROUPS, columns="component", values="estimate").reset_index()
    held = wide.merge(found.rates.rename(columns={"small_rate": "small", "large_rate": "large"}), on=GROUPS)
    marks = rows[both].groupby(GROUPS).agg(
        official=("official", "all"), secondary=("secondary", "any"), flag=("flag", "first"),
        small_class=("small_class", "first"), large_class=("large_class", "first"),
    )  # fmt: skip
    held = held.merge(marks.reset_index(), on=GROUPS).rename_axis(columns=None)
    held["name"] = held["country"].map(PLACES)
    held["doubtful"] = held["flag"].fillna("").str.startswith(DOUBTFUL)
    held["comparable"] = (held["small_class"] == "10-49") & (held["large_class"] == "250+")
    columns = [*GROUPS, "name", "small_class", "large_class", "small", "large", "ratio", "gap", "odds_ratio"]
    held = held[[*columns, "comparable", "official", "doubtful", "secondary"]]
    held.attrs["left_out"] = rows.loc[~both, [*GROUPS]].drop_duplicates().groupby("survey").size().to_dict()
    return held


def one(held: pd.DataFrame, survey: str, country: str, year: int, by: str | None = None) -> pd.Series:
    """Return one row of `gradients`.

    Raises
    ------
    Unmeasurable
        If it is not held.
    """
    rows = held[(held["survey"] == survey) & (held["country"] == country) & (held["year"] == year)]
    rows = rows if by is None else rows[rows["tabulated_by"] == by]
    if len(rows) != 1:
        raise Unmeasurable(f"ai_adoption holds no size gradient of {survey}, {country}, {year}")
    return rows.iloc[0]


def europe_and_korea(load: Load, round_: int = 2025) -> pd.DataFrame:
    """Return the gradients of one European round and of Korea just before it, firms with 10-49 and 250+ persons.

    Returns
    -------
    DataFrame
        The columns of `gradients`, and rank_ratio and rank_gap (1 = steepest) among the countries, missing for groups
        of countries; largest ratio first.

    Raises
    ------
    Unmeasurable
        If the round, or Korea just before it, is not held.
    """
    held = gradients(load)
    rows = held[(held["survey"] == EUROPE) & (held["year"] == round_)]
    if rows.empty:
        raise Unmeasurable(f"ai_adoption holds no size gradient of {EUROPE} in {round_}")
    korea = one(held, KOREA, "KOR", KOREAN_YEAR[round_])
    rows = pd.concat([rows, korea.to_frame().T]).infer_objects().reset_index(drop=True)
    single = ~rows["country"].isin(AGGREGATES)
    for measure in ("ratio", "gap"):
        rows[f"rank_{measure}"] = rows.loc[single, measure].rank(ascending=False, method="min")
    return rows.sort_values("ratio", ascending=False).reset_index(drop=True)


def left_out(load: Load, round_: int = 2025) -> list[str]:
    """Return the names of the countries of the European survey that lack a class in one round."""
    table = load("ai_adoption")
    every = set(table.loc[table["survey"] == EUROPE, "country"]) - set(AGGREGATES)
    return sorted(PLACES[code] for code in every - set(europe_and_korea(load, round_)["country"]))


def ratio_and_gap(load: Load, round_: int = 2025) -> RankCorrelation:
    """Return how far ratio and gap put the countries of one round, and Korea, in the same order."""
    rows = europe_and_korea(load, round_).dropna(subset="rank_ratio").set_index("country")
    return rank_correlation(rows["ratio"], rows["gap"])


def other_surveys(load: Load) -> pd.DataFrame:
    """Return the latest gradient of every survey and country that is not Eurostat's, on the survey's own classes."""
    held = gradients(load)
    rows = held[held["survey"] != EUROPE].sort_values("year")
    rows = rows.groupby(["survey", "country", "tabulated_by"]).tail(1).copy()
    rows["label"] = rows["name"] + " " + rows["year"].astype(str) + ", " + rows["survey"].map(SURVEYS)
    return rows.sort_values("ratio", ascending=False).reset_index(drop=True)


def gap_readings(load: Load) -> list[Reading]:
    """Return the readings of part `gap` of claim B2: the rate of large firms over that of small ones.

    A level is counted once per survey and group of countries, in its latest year: the same lead at several dates, or in
    a group inside another, is one finding. Headline: Korea 2024. Alternatives: Korea in two other surveys, the EU, the
    single country of Europe with the least ratio, the OECD mean, the USA and the United Kingdom. Figures that are not
    official or doubtful are no readings.

    Raises
    ------
    Unmeasurable
        If one of them is not held.
    """
    held = gradients(load)
    held = held[held["official"] & ~held["doubtful"]]
    latest = KOREAN_YEAR[2025]
    readings = [_gap(f"Korea, end of {latest}, 10-49 and 250+", one(held, KOREA, "KOR", latest), True, "year")]
    for survey, year, turns in ((CENSUS, 2021, "survey"), (PANEL, 2023, "survey")):
        row = one(held, survey, "KOR", year)
        label = f"Korea {year}, {SURVEYS[survey]}, {row['small_class']} and {row['large_class']}"
        readings.append(_gap(label, row, False, turns))
    readings.append(_gap("European Union 2025", one(held, EUROPE, "EU", 2025), False, "place"))
    single = held[(held["survey"] == EUROPE) & (held["year"] == 2025) & ~held["country"].isin(AGGREGATES)]
    least = single.loc[single["ratio"].idxmin()]
    readings.append(_gap(f"least of {len(single)} European countries 2025: {least['name']}", least, False, "place"))
    for survey, country, year, label in (
        ("oecd-ict-businesses", "OECD", 2025, "OECD mean 2025"),
        (US, "USA", 2021, "United States 2021"),
        ("uk-business-insights", "GBR", 2025, "United Kingdom 2025, under 50 and 250+"),
    ):
        readings.append(_gap(label, one(held, survey, country, year), False, "place"))
    return readings


def _gap(label: str, row: pd.Series, headline: bool, turns: str) -> Reading:
    return Reading(
        "gap", label, float(row["ratio"]), "times", "ai_adoption", headline, turns, int(row["year"]), "as published",
        bool(row["secondary"]), f"{row['ratio']:.1f} times ({row['gap']:+.1f} points)",
    )  # fmt: skip
