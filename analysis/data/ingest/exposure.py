"""Exposure of work to AI: scores of industries and occupations, averaged to ISIC sections and to groups of occupations.

Felten, Raj and Seamans (2021, Strategic Management Journal 42) score American industries and occupations by how far
the abilities they use are those that AI applications advance; Eloundou et al. (2024, Science 384) by the share of tasks
that a language model with tools can speed up; Gmyrek et al. (2025, ILO) by the tasks of ISCO-08 occupations. All are
scores of what people do, not of what firms use. The files of the first and the last state no licence, so that only the
averages which the book uses are kept.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, numbers, read_csv, read_sheet
from analysis.data.sections_bridge import section_of
from analysis.data.sectors import NAMES

INDUSTRIES, OCCUPATIONS, ISCO_OCCUPATIONS = 250, 774, 427
"""NAICS industries, SOC-2010 occupations and ISCO-08 occupations in the publishers' files."""
_INFORMATION, _PROFESSIONAL, _SUPPORT = (
    "Information and communication", "Professional, scientific and technical activities",
    "Administrative and support services",
)  # fmt: skip
SECTION_NAMES = {
    **{code: NAMES[code] for code in "A B C F G H I K L O P Q".split()},
    "D": "Electricity and gas", "E": "Water and waste", "J": _INFORMATION, "M": _PROFESSIONAL, "N": _SUPPORT,
    "R": "Arts and recreation", "S": "Other services",
}  # fmt: skip
SOC = {
    "11": "Management", "13": "Business and financial operations", "15": "Computer and mathematical",
    "17": "Architecture and engineering", "19": "Life, physical and social science",
    "21": "Community and social service", "23": "Legal", "25": "Education and library",
    "27": "Arts, design, sports and media", "29": "Healthcare practitioners", "31": "Healthcare support",
    "33": "Protective service", "35": "Food preparation and serving", "37": "Cleaning and maintenance of grounds",
    "39": "Personal care and service", "41": "Sales", "43": "Office and administrative support",
    "45": "Farming, fishing and forestry", "47": "Construction and extraction", "49": "Installation and repair",
    "51": "Production", "53": "Transportation and material moving",
}  # fmt: skip
"""Major groups of the US classification of occupations, military ones aside."""
ISCO = {
    "1": "Managers", "2": "Professionals", "3": "Technicians and associate professionals",
    "4": "Clerical support workers", "5": "Service and sales workers",
    "6": "Skilled agricultural, forestry and fishery workers", "7": "Craft and related trades workers",
    "8": "Plant and machine operators, and assemblers", "9": "Elementary occupations",
}  # fmt: skip
"""Major groups of ISCO-08, the armed forces aside."""
_STANDARD = "standardised: mean 0, standard deviation 1 over the publisher's units"
_SHARE = "0 to 1"


def read_industries(path, sheet: str, title: str, column: str, measure: str, source: str) -> pd.DataFrame:
    """Read the scores of 250 NAICS industries and average them to ISIC sections over our bridge.

    Every industry counts the same: the file holds no employment. `score_grouped` averages the 3-digit industries
    first, so that a section is not ruled by the part of it that NAICS divides most finely.

    Parameters
    ----------
    path : path-like
    sheet, title, column : str
        Sheet, column of the industry's name and column of its score. Codes alone do not tell industries apart: the
        publisher's combined industries share one (`4240`).
    measure, source : str
        What to write in these columns of the table.

    Returns
    -------
    DataFrame
        Rows of `ai_exposure`.

    Raises
    ------
    BadFile
        If the sheet or a column is missing, an industry stands twice, is not of the 250, has no section, or a score is
        no number or no standardised score.
    """
    table = read_sheet(path, sheet, ["NAICS", title, column])
    code = table["NAICS"].astype(str).str.strip()
    _once(code + " " + table[title].astype(str), path, sheet, INDUSTRIES, "industries")
    score = within(
        numbers(table[column], path, sheet=sheet, allow_missing=False), -5, 5, path, "standard deviations", sheet=sheet
    )
    sections = []
    for place, one in code.items():
        try:
            sections.append(section_of(one))
        except ValueError as problem:
            raise BadFile(path, str(problem), sheet=sheet, column="NAICS", row=int(place) + 2) from problem
    held = pd.DataFrame({"unit": sections, "group": code.str[:3], "score": score})
    means = held.groupby(["unit", "group"])["score"].mean().groupby("unit").mean()
    rows = _averages(held, SECTION_NAMES, measure, "ISIC Rev.4", _STANDARD, source)
    return rows.assign(score_grouped=rows["unit"].map(means).round(4))


def read_aioe_occupations(path, source: str) -> pd.DataFrame:
    """Read the scores of 774 American occupations and average them to major groups, each occupation counting the same.

    Raises
    ------
    BadFile
        As `read_industries`, or if an occupation is of no known major group.
    """
    sheet = "Appendix A"
    table = read_sheet(path, sheet, ["SOC Code", "AIOE"])
    code = table["SOC Code"].astype(str).str.strip()
    _once(code, path, sheet, OCCUPATIONS, "occupations")
    score = within(numbers(table["AIOE"], path, sheet=sheet, allow_missing=False), -5, 5, path, "standard deviations",
                   sheet=sheet)  # fmt: skip
    groups = _groups(code, 2, SOC, path, "SOC Code", sheet)
    return _averages(pd.DataFrame({"unit": groups, "score": score}), SOC, "aioe", "SOC", _STANDARD, source)


def read_gpts_occupations(path, source: str) -> pd.DataFrame:
    """Read the share of tasks that a language model with tools can speed up, by GPT-4 and by people, in major groups.

    The measure is the authors' beta: tasks exposed at once count whole, tasks exposed with further software half.

    Raises
    ------
    BadFile
        If a column is missing, an occupation stands twice or is of no known group, or a share is not between 0 and 1.
    """
    columns = {"gpts-beta": "dv_rating_beta", "gpts-beta-human": "human_rating_beta"}
    table = read_csv(path, ["O*NET-SOC Code", *columns.values()])
    code = table["O*NET-SOC Code"].astype("object")
    if code.duplicated().any():
        raise BadFile(path, f"occupation {code[code.duplicated()].iloc[0]} stands more than once", column=code.name)
    groups = _groups(code, 2, SOC, path, "O*NET-SOC Code")
    parts = []
    for measure, column in columns.items():
        score = within(numbers(table[column], path, allow_missing=False), 0, 1, path, "a share")
        parts.append(_averages(pd.DataFrame({"unit": groups, "score": score}), SOC, measure, "SOC", _SHARE, source))
    return pd.concat(parts, ignore_index=True)


def read_ilo_occupations(path, source: str) -> pd.DataFrame:
    """Read the mean score of the tasks of 427 ISCO-08 occupations and average it to major groups.

    The file has one row per task and repeats the mean of its occupation.

    Raises
    ------
    BadFile
        If a column is missing, an occupation has two means, is not of the 427, or a score is not between 0 and 1.
    """
    sheet = "Sheet1"
    table = read_sheet(path, sheet, ["ISCO_08", "mean_score_2025"])
    code = table["ISCO_08"].astype(str).str.strip()
    score = within(numbers(table["mean_score_2025"], path, sheet=sheet, allow_missing=False), 0, 1, path, "0 to 1",
                   sheet=sheet)  # fmt: skip
    held = pd.DataFrame({"code": code, "score": score}).drop_duplicates()
    _once(held["code"], path, sheet, ISCO_OCCUPATIONS, "occupations")
    groups = _groups(held["code"], 1, ISCO, path, "ISCO_08", sheet)
    return _averages(held.assign(unit=groups), ISCO, "ilo-genai-2025", "ISCO-08", _SHARE, source)


def _averages(held, names, measure, classification, scale, source) -> pd.DataFrame:
    found = held.groupby("unit")["score"].agg(["mean", "min", "max", "size"])
    return pd.DataFrame(
        {
            "measure": measure, "classification": classification, "unit": found.index,
            "unit_name": [names[one] for one in found.index], "score": found["mean"].round(4).to_numpy(),
            "score_low": found["min"].round(4).to_numpy(), "score_high": found["max"].round(4).to_numpy(),
            "score_grouped": float("nan"), "averaged": found["size"].to_numpy(), "scale": scale, "source": source,
        }
    )  # fmt: skip


def _groups(code: pd.Series, digits: int, names, path, column: str, sheet=None) -> pd.Series:
    groups = code.str[:digits]
    if (odd := ~groups.isin(names)).any():
        place = odd.idxmax()
        raise BadFile(
            path, f"occupation {code[place]} is of no known major group; known: {', '.join(names)}", sheet=sheet,
            column=column, row=int(place) + 2,
        )  # fmt: skip
    return groups


def _once(code: pd.Series, path, sheet: str, expected: int, what: str) -> None:
    if code.duplicated().any():
        raise BadFile(path, f"{code[code.duplicated()].iloc[0]} stands more than once", sheet=sheet)
    if len(code) != expected:
        raise BadFile(path, f"{len(code)} {what}; {expected} are expected", sheet=sheet)
