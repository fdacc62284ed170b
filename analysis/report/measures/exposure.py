"""Exposure to AI against the productivity of Korean industries: are the exposed ones ahead, or behind.

Exposure is what American work consists of, by industry, carried to sections of ISIC over a bridge of our own. It says
where AI could be used, not where it is, and nothing about firms within an industry.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.data import sectors as codes
from analysis.data.sections_bridge import section_of
from analysis.report.claims import Unmeasurable
from analysis.report.measures import adoption_tables, size_tables
from analysis.report.measures.adoption_tables import US
from analysis.report.measures.ranks import RankCorrelation, rank_correlation
from analysis.report.measures.size_tables import Load

HEADLINE, YEAR = "aiie", 2017
SHORT = {
    "A": "Farming", "B": "Mining", "C": "Manufacturing", "D+E": "Utilities", "F": "Construction",
    "G+I": "Trade, hotels", "G": "Trade", "I": "Hotels, restaurants", "H": "Transport", "H+J": "Transport, ICT",
    "J+M+N": "ICT, business services", "K": "Finance",
    "L": "Real estate", "M+N": "Business services", "K+L+M+N": "Finance, property, business",
    "O": "Government", "P": "Education", "Q": "Health", "O+P+Q": "Public services", "R+S": "Other services",
    "R+S+T+U": "Other services", "O+P+Q+R+S+T+U": "Public and other services",
}  # fmt: skip
"""Names of sectors that fit on a chart."""
NEAREST = {
    "1": ("11",), "2": ("13", "15", "17", "19", "21", "23", "25", "27", "29"), "3": (), "4": ("43",),
    "5": ("31", "33", "35", "39", "41"), "6": ("45",), "7": ("47", "49"), "8": ("51", "53"), "9": ("37",),
}  # fmt: skip
"""Major group of ISCO-08 to the US major groups that mainly hold the same jobs; technicians have none, since the US
grouping counts them with the professionals they work for."""


def section_scores(load: Load, measure: str = HEADLINE, column: str = "score") -> pd.DataFrame:
    """Return the exposure of ISIC sections (columns score, averaged), by section.

    Parameters
    ----------
    load : callable
    measure : str
        `aiie`, `aiie-language` or `aiie-image`.
    column : str
        `score`, `score_grouped`, `score_low` or `score_high`.

    Raises
    ------
    Unmeasurable
        If the table holds no such measure by section.
    """
    table = load("ai_exposure")
    rows = table[(table["measure"] == measure) & (table["classification"] == "ISIC Rev.4")]
    if rows.empty:
        raise Unmeasurable(f"ai_exposure holds no {measure} by section")
    return rows.set_index("unit")[[column, "averaged"]].set_axis(["score", "averaged"], axis=1)


def sector_scores(
    load: Load, sectors, measure: str = HEADLINE, column: str = "score", persons: pd.Series | None = None
) -> pd.Series:
    """Return the exposure of sectors that are unions of sections.

    Sections of one sector are weighted by the number of American industries scored in each, or by `persons`. Sections T
    and U, households and embassies, are not scored and count for nothing.

    Parameters
    ----------
    sectors : iterable of str
        Codes such as `J+M+N`.
    persons : Series, optional
        Persons by section; a sector with a section that it lacks keeps the first weights.

    Returns
    -------
    Series
        By sector code.
    """
    scores = section_scores(load, measure, column)
    found = {}
    for code in sectors:
        parts = [one for one in sorted(codes.sections(code)) if one in scores.index]
        if not parts:
            continue
        held = persons is not None and set(parts) <= set(persons.index)
        weights = persons[parts] if held else scores.loc[parts, "averaged"]
        found[code] = float(np.average(scores.loc[parts, "score"], weights=weights))
    return pd.Series(found, name="exposure", dtype=float)


def productivity(
    load: Load, source: str, year: int, output: str = "value_added", labour: str = "employment"
) -> pd.Series:
    """Return the productivity of Korean sectors in one source and year.

    Value added at current prices over persons is in million won per person, over hours in thousand won per hour; at
    sector PPPs (`output="value_added_ppp"`) in thousand US dollars per person.

    Raises
    ------
    Unmeasurable
        If the source holds no such year of Korea.
    """
    table = load("sector_accounts")
    rows = table[(table["source"] == source) & (table["country"] == "KOR") & (table["year"] == year)]
    if output == "value_added_ppp":
        rows = codes.at_sector_ppps(rows, load("sector_price_levels"))
    rows = rows.dropna(subset=[output, labour]).query(f"{labour} > 0")
    if rows.empty:
        raise Unmeasurable(f"sector_accounts holds no Korean {labour} in {source} {year}")
    return (rows.set_index("sector")[output] / rows.set_index("sector")[labour]) / (1 if output[-3:] == "ppp" else 1e3)


def structure(load: Load) -> pd.DataFrame:
    """Return exposure and productivity of Korean sectors side by side, most exposed first.

    Returns
    -------
    DataFrame
        Columns sector, name, exposure, low, high (lowest and highest American industry in it), productivity (million
        won per person, 2017), persons (thousand), rank_exposure, rank_productivity (1 = highest).
    """
    level = productivity(load, "PLD", YEAR)
    table = load("sector_accounts")
    rows = table[(table["source"] == "PLD") & (table["country"] == "KOR") & (table["year"] == YEAR)]
    persons = rows.set_index("sector")["employment"]
    low, high = section_scores(load, column="score_low")["score"], section_scores(load, column="score_high")["score"]
    held = pd.DataFrame({"exposure": sector_scores(load, level.index), "productivity": level}).dropna()
    held = held.rename_axis("sector").reset_index()
    inside = [[one for one in codes.sections(code) if one in low.index] for code in held["sector"]]
    held = held.assign(
        name=held["sector"].map(SHORT), low=[low[one].min() for one in inside],
        high=[high[one].max() for one in inside], persons=held["sector"].map(persons),
    )  # fmt: skip
    for column in ("exposure", "productivity"):
        held[f"rank_{column}"] = held[column].rank(ascending=False, method="min").astype(int)
    return held.sort_values("exposure", ascending=False).reset_index(drop=True)


def correlate(load: Load, **how) -> RankCorrelation:
    """Return the rank correlation of exposure and productivity across Korean sectors, 2017."""
    level = productivity(load, "PLD", YEAR)
    return _rho(sector_scores(load, level.index, **how), level)


def ways(load: Load) -> pd.DataFrame:
    """Return the rank correlation of exposure and productivity by every way to measure them, the headline first.

    Returns
    -------
    DataFrame
        Columns label, rho, low, high, n, headline, turns_on, year.

    Raises
    ------
    Unmeasurable
        If exposure or Korean sectors are not held.
    """
    level = productivity(load, "PLD", YEAR)
    scores = sector_scores(load, level.index)
    persons = size_tables.employees_by_class(load).sum(axis=1)
    ppp = productivity(load, "PLD", YEAR, "value_added_ppp").drop("F", errors="ignore")

    def other(source: str, year: int, **how) -> tuple[pd.Series, pd.Series]:
        found = productivity(load, source, year, **how)
        return sector_scores(load, found.index), found

    cases = [
        (f"headline: exposure to AI, {YEAR}", scores, level, "", YEAR),
        ("exposure to language models", sector_scores(load, level.index, "aiie-language"), level, "exposure", YEAR),
        ("exposure to image generation", sector_scores(load, level.index, "aiie-image"), level, "exposure", YEAR),
        ("three-digit industries averaged first", sector_scores(load, level.index, column="score_grouped"), level,
         "weights", YEAR),
        ("sections joined by Korean employees", sector_scores(load, level.index, persons=persons), level, "weights",
         YEAR),
        ("without real estate and utilities", scores.drop(["L", "D+E"], errors="ignore"), level, "industries", YEAR),
        ("without public services", scores.drop("O+P+Q", errors="ignore"), level, "industries", YEAR),
        ("services only", scores[[code for code in scores.index if codes.sections(code) <= codes.SERVICES]], level,
         "industries", YEAR),
        ("sector PPPs, no construction", scores, ppp, "price basis", YEAR),
        ("another source, 2018 (ETD)", *other("ETD", 2018), "source", 2018),
        ("another source, 2023 (APO)", *other("APO", 2023), "year", 2023),
        ("value added per hour, 2007 (EU KLEMS)", *other("EUKLEMS", 2007, labour="hours"), "hours", 2007),
    ]  # fmt: skip
    rows = []
    for place, (label, first, second, turns, year) in enumerate(cases):
        found = _rho(first, second)
        rows.append((label, found.rho, found.low, found.high, found.n, place == 0, turns, year))
    return pd.DataFrame(rows, columns=["label", "rho", "low", "high", "n", "headline", "turns_on", "year"])


def agreement(load: Load) -> pd.DataFrame:
    """Return how far the score agrees with where AI is used, and with other scores.

    Returns
    -------
    DataFrame
        Columns compared, units, rho, low, high, n.
    """
    scores, language, image = (
        section_scores(load, one)["score"] for one in (HEADLINE, "aiie-language", "aiie-image")
    )
    table = load("ai_exposure")
    soc = table[table["classification"] == "SOC"].pivot(index="unit", columns="measure", values="score")
    cases = [
        ("AI use of firms in the EU, 2025", "sections", scores, adoption_tables.section_use(load)),
        ("AI use of companies in the USA, 2021", "sections", scores, us_use(load)),
        ("exposure to language models (same authors)", "sections", scores, language),
        ("exposure to image generation (same authors)", "sections", scores, image),
        ("tasks a language model speeds up (Eloundou et al.)", "groups of occupations", soc["aioe"], soc["gpts-beta"]),
    ]  # fmt: skip
    rows = []
    for label, units, first, second in cases:
        found = _rho(first, second)
        rows.append((label, units, found.rho, found.low, found.high, found.n))
    return pd.DataFrame(rows, columns=["compared", "units", "rho", "low", "high", "n"])


def us_use(load: Load) -> pd.Series:
    """Return the share of US companies that used AI in 2021 by ISIC section, over our bridge, weighted by companies."""
    table = load("ai_adoption")
    rows = table[(table["survey"] == US) & (table["breakdown"] == "industry")].dropna(subset=["value", "firms"])
    if rows.empty:
        raise Unmeasurable("ai_adoption holds no US industries")
    rows = rows.assign(section=rows["industry"].map(section_of), users=rows["value"] * rows["firms"])
    added = rows.groupby("section")[["users", "firms"]].sum()
    return added["users"] / added["firms"]


def most_productive(load: Load, number: int = 5) -> dict:
    """Return where the most productive Korean sectors stand by exposure to AI.

    Returns
    -------
    dict
        number, exposed (how many of them are among as many most exposed sectors), lower (how many are in the lower half
        by exposure), names (in lower case, from the most productive down) and places (their ranks by exposure).
    """
    table = structure(load)
    top = table[table["rank_productivity"] <= number].sort_values("rank_productivity")
    return {
        "number": len(top), "exposed": int((top["rank_exposure"] <= number).sum()),
        "lower": int((top["rank_exposure"] > len(table) / 2).sum()), "names": top["name"].str.lower().tolist(),
        "places": top["rank_exposure"].tolist(),
    }  # fmt: skip


def occupations(load: Load) -> pd.DataFrame:
    """Return the exposure of groups of occupations by the ILO and, in the nearest US groups, to language models.

    The ILO scores occupations of ISCO-08, Eloundou et al. those of the US grouping; there is no one-to-one bridge of
    their major groups, so that `NEAREST` sets beside each group of the ILO the US groups that mainly hold the same
    jobs, each of their occupations counting the same. Two columns of different jobs: compare down, not across.

    Returns
    -------
    DataFrame
        Columns name, ilo, low, high (lowest and highest occupation of the ILO's group; 0 to 1), occupations (scored by
        the ILO), by_model, by_people (share of tasks that a language model can speed up, those that need further
        software at half, as rated by GPT-4 and by people; missing where no US group is near), us_groups (their SOC
        codes); highest by the ILO first.

    Raises
    ------
    Unmeasurable
        If one of the three scores is not held.
    """
    table = load("ai_exposure")
    ilo = table[table["measure"] == "ilo-genai-2025"]
    if ilo.empty:
        raise Unmeasurable("ai_exposure holds no occupations of the ILO")
    names = {"unit_name": "name", "score": "ilo", "score_low": "low", "score_high": "high", "averaged": "occupations"}
    found = ilo.rename(columns=names)[["name", "ilo", "low", "high", "occupations", "unit"]]
    near = found["unit"].astype(str).map(NEAREST)
    for column, measure in (("by_model", "gpts-beta"), ("by_people", "gpts-beta-human")):
        us = table[(table["measure"] == measure) & (table["classification"] == "SOC")].set_index("unit")
        us.index = us.index.astype(str)
        lacking = sorted({one for groups in NEAREST.values() for one in groups} - set(us.index))
        if lacking:
            raise Unmeasurable(f"ai_exposure holds no {measure} of the US groups {', '.join(lacking)}")
        found[column] = [
            np.average(us.loc[list(groups), "score"], weights=us.loc[list(groups), "averaged"]) if groups else np.nan
            for groups in near
        ]
    found["us_groups"] = [", ".join(groups) if groups else "none" for groups in near]
    return found.drop(columns="unit").sort_values("ilo", ascending=False).reset_index(drop=True)


def _rho(first: pd.Series, second: pd.Series) -> RankCorrelation:
    try:
        return rank_correlation(first, second)
    except ValueError as problem:
        raise Unmeasurable(f"no rank correlation of exposure: {problem}") from problem
