"""US Business Trends and Outlook Survey (Census Bureau): companies that use AI, by state and fortnight, with errors.

The file has no size class and no industry. Its area `XX` holds the companies with units in several states or sectors;
every other company stands in its state. Cells that the publisher suppresses are not in the file: here they are rows
without a value.
"""

from __future__ import annotations

import pandas as pd

from analysis.data.ingest.cells import within
from analysis.data.ingest.reading import BadFile, expect, numbers, read_csv

SOURCE = "census-btos-state"
MULTI_UNIT = "XX"
STATES = tuple(
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR "
    "PA PR RI SC SD TN TX UT VA VT WA WI WV WY".split()
)
"""Postal codes of the fifty states, the District of Columbia and Puerto Rico."""
_EXAMPLES = (
    "(Examples of AI: machine learning, natural language processing, virtual agents, voice recognition, etc.)"
)
QUESTIONS = {
    "7": ("use now", f"In the last two weeks, did this business use Artificial Intelligence (AI) in producing goods or "
          f"services? {_EXAMPLES}"),
    "26": ("expected in six months", "During the next six months, do you think this business will be using Artificial "
           f"Intelligence (AI) in producing goods or services? {_EXAMPLES}"),
}  # fmt: skip
"""Number of the question to our word for it and the wording of series 1; another wording would be another series."""
ANSWERS = {"1": "Yes", "2": "No", "3": "Do not know"}
SUPPRESSED = "not published"
_DATES = {"ref_start": "reference_start", "ref_end": "reference_end", "col_start": "asked_from", "col_end": "asked_to"}


def read_state_ai_use(path, dates_path) -> pd.DataFrame:
    """Read the share of companies that use AI, or expect to in six months, by state and fortnight.

    Parameters
    ----------
    path : path-like
        Long csv of the state file: State, Question ID, Question, Answer ID, Answer, period, pct, se_pct.
    dates_path : path-like
        Csv of collection and reference dates: smpdt, col_start, col_end, ref_start, ref_end (mm/dd/yyyy).

    Returns
    -------
    DataFrame
        One row per area, question and fortnight of the file, published or not. Columns state, area ("state" or
        "several states or sectors"), question, period (yyyyff), reference_start, reference_end, asked_from, asked_to
        (ISO dates), value and std_error (percent of companies and percentage points; missing where suppressed), series
        (1: one wording throughout), flag ("not published" where suppressed), source.

    Raises
    ------
    BadFile
        If a column is missing; a state, question, wording or answer is not the one expected; a cell stands twice; a
        value or error is no number or out of bounds; the answers of a cell that has all three do not add up to 100 %; a
        fortnight has no dates, or its dates are no dates.
    """
    rows = read_csv(path, ("State", "Question ID", "Question", "Answer ID", "Answer", "period", "pct", "se_pct"))
    expect(rows["State"], (*STATES, MULTI_UNIT), path, what="state")
    expect(rows["Question ID"], QUESTIONS, path, what="question")
    for number, (_, text) in QUESTIONS.items():
        wording = rows.loc[rows["Question ID"] == number, "Question"]
        expect(wording, [text], path, what=f"wording of question {number} (another wording is another series)")
    _check_answers(rows, path)
    keys = ["State", "Question ID", "period", "Answer"]
    twice = rows.duplicated(keys)
    if twice.any():
        place = int(twice.idxmax())
        raise BadFile(path, f"{' '.join(rows.loc[place, keys])} stands twice", row=place + 2)
    value = within(numbers(rows["pct"], path, allow_missing=False), 0, 100, path, "% of companies")
    error = within(numbers(rows["se_pct"], path, allow_missing=False), 1e-6, 50, path, "percentage points")
    held = rows.assign(value=value, std_error=error)
    _check_sums(held, path)
    yes = held[held["Answer"] == "Yes"].set_index(keys[:3])[["value", "std_error"]]
    every = pd.MultiIndex.from_product(
        [[*STATES, MULTI_UNIT], list(QUESTIONS), sorted(rows["period"].unique())], names=keys[:3]
    )
    table = yes.reindex(every).reset_index()
    dates = _dates(dates_path, table["period"].unique())
    named = pd.DataFrame(
        {
            "state": table["State"],
            "area": (table["State"] == MULTI_UNIT).map({True: "several states or sectors", False: "state"}),
            "question": table["Question ID"].map({number: word for number, (word, _) in QUESTIONS.items()}),
            "period": table["period"].astype(int),
        }
    )
    for ours in _DATES.values():
        named[ours] = table["period"].map(dates[ours])
    flag = table["value"].isna().map({True: SUPPRESSED, False: ""})
    return named.assign(value=table["value"], std_error=table["std_error"], series=1, flag=flag, source=SOURCE)


def _check_answers(rows: pd.DataFrame, path) -> None:
    expect(rows["Answer ID"], ANSWERS, path, what="answer")
    wrong = rows["Answer ID"].map(ANSWERS) != rows["Answer"]
    if wrong.any():
        place = int(wrong.idxmax())
        number, word = rows.at[place, "Answer ID"], rows.at[place, "Answer"]
        raise BadFile(path, f"answer {number} is {word!r}, not {ANSWERS[number]!r}", column="Answer", row=place + 2)


def _check_sums(rows: pd.DataFrame, path) -> None:
    """Three rounded answers of a cell add up to 100 within 0.2 points."""
    cells = rows.groupby(["State", "Question ID", "period"])["value"].agg(["sum", "size"])
    off = cells[(cells["size"] == len(ANSWERS)) & ((cells["sum"] - 100).abs() > 0.2 + 1e-9)]
    if len(off):
        state, question, period = off.index[0]
        total = off["sum"].iloc[0]
        raise BadFile(path, f"answers to question {question} in {state}, {period}, add up to {total:.1f} %")


def _dates(path, periods) -> pd.DataFrame:
    """Return the dates of the fortnights as ISO text, indexed by fortnight."""
    table = read_csv(path, ("smpdt", *_DATES)).set_index("smpdt")
    lacking = sorted(set(periods) - set(table.index))
    if lacking:
        raise BadFile(path, f"no dates for fortnight {', '.join(lacking)}", column="smpdt")
    found = {}
    for theirs, ours in _DATES.items():
        day = pd.to_datetime(table[theirs], format="%m/%d/%Y", errors="coerce")
        if day.isna().any():
            raise BadFile(path, f"{table[theirs][day.isna()].iloc[0]!r} is not a date mm/dd/yyyy", column=theirs)
        found[ours] = day.dt.strftime("%Y-%m-%d")
    return pd.DataFrame(found)
