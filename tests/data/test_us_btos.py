"""US companies by state and fortnight, and persons by economy: files that fail by name, known values, one wording."""

import pandas as pd
import pytest

import analysis as an
from analysis.data.countries import OECD, missing_members
from analysis.data.ingest import diffusion, us_btos
from analysis.data.ingest.reading import BadFile

# States


def cell(state="XX", number="7", answer="1", period="202319", pct="3.0", error="0.4", **changed):
    row = {
        "State": state, "Question ID": number, "Question": us_btos.QUESTIONS.get(number, ("", "?"))[1],
        "Answer ID": answer, "Answer": us_btos.ANSWERS.get(answer, "?"), "period": period, "pct": pct, "se_pct": error,
    }  # fmt: skip
    return row | changed


DATES = {
    "smpdt": "202319", "col_start": "09/11/2023", "col_end": "09/24/2023", "ref_start": "08/28/2023",
    "ref_end": "09/10/2023",
}  # fmt: skip


def read(tmp_path, *cells, dates=None):
    path, days = tmp_path / "state.csv", tmp_path / "dates.csv"
    pd.DataFrame(list(cells) or [cell()]).to_csv(path, index=False)
    pd.DataFrame([DATES | (dates or {})]).to_csv(days, index=False)
    return us_btos.read_state_ai_use(path, days)


def test_a_cell_that_is_not_in_the_file_is_a_row_without_a_value(tmp_path):
    table = read(tmp_path, cell(), cell("AK", answer="2", pct="86.5"))
    assert len(table) == 53 * 2 and table["flag"].eq("not published").sum() == 105
    held = table.dropna(subset="value").iloc[0]
    assert held[["state", "area", "question", "value", "std_error", "series"]].tolist() == [
        "XX", "several states or sectors", "use now", 3.0, 0.4, 1,
    ]  # fmt: skip
    assert held[["reference_start", "reference_end", "asked_from", "asked_to"]].tolist() == [
        "2023-08-28", "2023-09-10", "2023-09-11", "2023-09-24",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"State": "ZZ"}, "state 'ZZ' is not expected"),
        ({"Question ID": "8"}, "question '8' is not expected"),
        ({"Question": "Does it use AI in any business function?"}, "another wording is another series"),
        ({"Answer ID": "4"}, "answer '4' is not expected"),
        ({"Answer": "No"}, "answer 1 is 'No', not 'Yes'"),
        ({"pct": "S"}, "expected a number, found 'S'"),
        ({"pct": "130"}, "outside 0 to 100"),
        ({"se_pct": ""}, "expected a number"),
        ({"se_pct": "0"}, "outside 1e-06 to 50"),
        ({"period": "202320"}, "no dates for fortnight 202320"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path, changed, problem):
    with pytest.raises(BadFile, match=problem):
        read(tmp_path, cell(**changed))


def test_a_cell_that_stands_twice_and_answers_that_do_not_add_up_are_named(tmp_path):
    with pytest.raises(BadFile, match="XX 7 202319 Yes stands twice"):
        read(tmp_path, cell(), cell(pct="4.0"))
    answers = [cell(answer=one, pct=pct) for one, pct in (("1", "5.0"), ("2", "80.0"), ("3", "14.0"))]
    with pytest.raises(BadFile, match="question 7 in XX, 202319, add up to 99.0 %"):
        read(tmp_path, *answers)


def test_a_date_that_is_none_is_named(tmp_path):
    with pytest.raises(BadFile, match="'2023-08-28' is not a date mm/dd/yyyy"):
        read(tmp_path, dates={"ref_start": "2023-08-28"})


def test_the_table_of_states_holds_what_is_published():
    table = an.load("us_state_ai_use")
    assert len(table) == 53 * 46 * 2 and table["series"].eq(1).all()
    held = table[table["value"].notna()]
    assert held.groupby("question").size().to_dict() == {"expected in six months": 1926, "use now": 1647}
    assert held["std_error"].gt(0).all() and table.loc[table["value"].isna(), "flag"].eq("not published").all()
    own = held[(held["state"] == "XX") & (held["question"] == "use now")].set_index("period")
    assert own.at[202319, "value"] == 3.0 and own.at[202319, "std_error"] == 0.37
    assert own.at[202512, "value"] == 11.7 and own.at[202512, "reference_end"] == "2025-06-01"
    days = pd.to_datetime(own["reference_start"]).diff().dropna().dt.days
    assert days.eq(14).all()


# Economies


def economies(tmp_path, change=None):
    rows = pd.DataFrame({"Economy": list(diffusion.CODES)})
    for place, column in enumerate(diffusion.PERIODS):
        rows[column] = [f"{(7 * number) % 140 / 2 + place:.2f}%" for number in range(len(rows))]
    rows = rows if change is None else change(rows)
    path = tmp_path / "diffusion.csv"
    rows.to_csv(path, index=False)
    return diffusion.read_ai_diffusion(path)


def test_economies_with_the_same_figures_are_flagged(tmp_path):
    table = economies(tmp_path)
    assert len(table) == 147 * 3 and set(table["flag"]) == {"shared"}

    def alone(rows):
        return rows.assign(**{"Q1 2026 AI Diffusion": [f"{number / 2:.2f}%" for number in range(len(rows))]})

    assert set(economies(tmp_path, alone)["flag"]) == {""}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda rows: rows.iloc[1:], "missing: \\['AFG'\\]"),
        (lambda rows: pd.concat([rows, rows.head(1)]), "twice: \\['Afghanistan'\\]"),
        (lambda rows: rows.replace("Japan", "Nippon"), "economy 'Nippon' is not expected"),
        (lambda rows: rows.assign(**{"H1 2025 AI Diffusion": "0.3"}), "'0.3' is not a percentage"),
        (lambda rows: rows.assign(**{"H1 2025 AI Diffusion": "x%"}), "expected a number"),
        (lambda rows: rows.assign(**{"H1 2025 AI Diffusion": "120%"}), "outside 0 to 100"),
        (lambda rows: rows.drop(columns="H2 2025 AI Diffusion"), "the column is missing"),
    ],
)
def test_a_wrong_file_of_economies_is_named(tmp_path, change, problem):
    with pytest.raises(BadFile, match=problem):
        economies(tmp_path, change)


def test_every_economy_has_a_code_of_its_own():
    assert len(diffusion.CODES) == len(set(diffusion.CODES.values())) == 147
    named = {code: name for name, code in diffusion.CODES.items()}
    assert all(named[code] == name for code, name in OECD.items() if code in named and code != "KOR")
    assert missing_members(named) == ["Estonia", "Iceland", "Latvia", "Luxembourg"]


def test_the_table_of_economies_agrees_with_the_published_figures():
    table = an.load("ai_diffusion")
    own = table[table["country"] == "KOR"].set_index("period")["value"]
    figures = an.load("published_figures").set_index("id")["value"].astype(float)
    assert own.tolist() == [figures[f"AI-{number}"] for number in (185, 186, 187)]
    assert table["flag"].eq("shared").sum() == 36 * 3
    assert table.query("country == 'AFG'")["flag"].eq("shared").all()
