"""A wrong file about depth of use fails by name, and a share of AI users is divided out only on one base."""

import pandas as pd
import pytest
import yaml

from analysis.data.ingest import eurostat_purposes as purposes
from analysis.data.ingest import own_transcriptions
from analysis.data.ingest import technology_depth as depth
from analysis.data.ingest.reading import BadFile

COLUMNS = ["geo", "size_emp", "indicator", "unit", "year", "value"]
RESEARCH, PRODUCTION = "E_AI_PRDI (R&D / innovation)", "E_AI_PPP (production processes)"
CELLS = [
    ["EU27_2020", "GE250", RESEARCH, "PC_ENT_IUSE", 2025, 16.0],
    ["EU27_2020", "GE250", "E_AI_TANY", "PC_ENT_IUSE", 2025, 50.0],
    ["EU27_2020", "10-49", RESEARCH, "PC_ENT", 2025, 3.0],
    ["EU27_2020", "10-49", RESEARCH, "PC_ENT_AI_TANY", 2025, 17.5],
    ["EU27_2020", "50-249", PRODUCTION, "PC_ENT", 2024, 5.0],
    ["EU27_2020", "50-249", PRODUCTION, "PC_ENT_IUSE", 2023, 4.0],
]
ADOPTION = pd.DataFrame(
    [("EU", 2025, "10-49", "all", 17.0), ("EU", 2024, "50-249", "all", 20.0), ("EU", 2023, "50-249", "all", 12.0)],
    columns=["country", "year", "size_class", "industry", "value"],
)


def read(tmp_path, cells=CELLS, adoption=ADOPTION):
    path = tmp_path / "p.csv"
    pd.DataFrame(cells, columns=COLUMNS).to_csv(path, index=False)
    return purposes.read_ai_purposes(path, adoption)


def test_a_share_of_users_needs_one_base_and_a_published_one_stands(tmp_path):
    table = read(tmp_path)
    users = table[table["base"] == purposes.USERS].set_index(["year", "size_class", "purpose"])
    assert users["value"].to_dict() == {
        (2025, "10-49", "research and innovation"): 17.5,  # as published, not 3 over 17
        (2025, "250+", "research and innovation"): 32.0,  # 16 over 50, both of those with internet access
        (2024, "50-249", "production processes"): 25.0,
    }
    assert users["computed"].tolist().count(True) == 2
    assert len(table) == len(CELLS) + 2  # 2023 stays: AI use is held on another base only


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (0, 0, "FR", r"column 'geo', row 2: area 'FR'"),
        (0, 1, "GE10+", r"size class 'GE10\+'"),
        (0, 2, "E_AI_XX", r"purpose 'E_AI_XX'"),
        (0, 3, "PC_EMP", r"unit 'PC_EMP' is not expected here; legal: PC_ENT, PC_ENT_IUSE"),
        (0, 5, 160, r"row 2: 160 is outside 0 to 100"),
        (4, 5, 25, r"row 6: 25 % use AI for production processes, but only 20 % use AI"),
        (3, 3, "PC_ENT", r"row 5: the cell stands more than once"),
    ],
)
def test_a_wrong_cell_of_purposes(tmp_path, row, column, value, problem):
    cells = [list(one) for one in CELLS]
    cells[row][column] = value
    with pytest.raises(BadFile, match=problem):
        read(tmp_path, cells)


def figures():
    return pd.DataFrame(
        [
            {"id": key, "unit": one.unit, "geography": "KOR" if one.survey != depth.D4SME else "OECD multi-country",
             "year": 2024, "value": 10.0, "secondary": True}
            for key, one in depth.FIGURES.items()
        ]
    )  # fmt: skip


def test_figures_are_guarded_by_their_unit():
    table = depth.depth_from_figures(figures())
    assert len(table) == len(depth.FIGURES) and set(table["country"]) == {"KOR", "OECD"}
    with pytest.raises(ValueError, match="lacks AI-133"):
        depth.depth_from_figures(figures().query("id != 'AI-133'"))
    wrong = figures()
    wrong.loc[wrong["id"] == "AI-144", "unit"] = "% of firms"
    with pytest.raises(ValueError, match="figure AI-144: unit is '% of firms'; expected '% of adopters in class'"):
        depth.depth_from_figures(wrong)


def barriers(tmp_path, **changed):
    names = [size.replace("-", "–").replace("25000+", "25,000 or more") for size in depth.SIZES]
    rows = pd.DataFrame(
        {"employment_size_level_3": [None, *names], "field_companies_number_": ["9,000", *["1,000"] * len(names)],
         **dict.fromkeys(depth.BARRIERS, 5.0)}
    )  # fmt: skip
    rows = rows.astype(object)
    for column, (row, value) in changed.items():
        rows.loc[row, column] = value
    path = tmp_path / "b.csv"
    rows.to_csv(path, index=False)
    return depth.read_barriers(path)


def test_barriers_by_band(tmp_path):
    table = barriers(tmp_path, field_the_technology_was_not_mature=(12, "D"))
    assert len(table) == len(depth.SIZES) * len(depth.BARRIERS) and set(table["companies"]) == {1000.0}
    lost = table[table["value"].isna()]
    assert lost[["size_class", "item"]].to_numpy().tolist() == [["25000+", "not mature"]]
    with pytest.raises(BadFile, match="size band 5-9 stands 0 times"):
        barriers(tmp_path, employment_size_level_3=(2, "5–10"))
    with pytest.raises(BadFile, match="outside 0 to 100"):
        barriers(tmp_path, field_laws_and_regulations=(3, 500))


def workforce(tmp_path, effects=tuple(depth.EFFECTS), **answers):
    given = {"increase": 20.0, "decrease": 5.0, "no_impact": 60.0, "don_t_know": 15.0} | answers
    path = tmp_path / "w.csv"
    pd.DataFrame({"impact": list(effects), "companies_number_": "97,227", **given}).to_csv(path, index=False)
    return depth.read_workforce_effects(path, "all")


def test_effects_on_the_workforce_add_up(tmp_path):
    table = workforce(tmp_path)
    assert (table.groupby("item")["value"].sum() == 100).all() and len(table) == 28
    with pytest.raises(BadFile, match="row 2: the answers do not add up to 100 %"):
        workforce(tmp_path, increase=30.0)
    with pytest.raises(BadFile, match="effect 'Number of robots'"):
        workforce(tmp_path, (*list(depth.EFFECTS)[:-1], "Number of robots"))
    with pytest.raises(BadFile, match="no row for 'Number of nonsupervisory workers'"):
        workforce(tmp_path, list(depth.EFFECTS)[:-1])


def ambition(tmp_path, **changed):
    entry = {
        "id": "X-1", "actor": "government", "who": "w", "stated": "2025-11-04", "statement": "s", "amount": 10.1,
        "unit": "trillion KRW", "first_year": 2026, "last_year": None, "reaches": "not stated", "part_of": "",
        "source_title": "t", "source_address": "https://x.kr", "secondary": False, "note": "",
    }  # fmt: skip
    part = entry | {"id": "X-2", "amount": 2.6, "part_of": "X-1", "last_year": 2026} | changed
    path = tmp_path / "a.yml"
    path.write_text(yaml.safe_dump({"facts": [entry, part]}), encoding="utf-8")
    return own_transcriptions.read_ai_ambition(path)


def test_statements_of_ambition(tmp_path):
    table = ambition(tmp_path)
    assert table["year"].tolist() == [2025, 2025] and table["last_year"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"stated": "autumn"}, "X-2: 'autumn' is not a date"),
        ({"amount": "much"}, "X-2: 'much' is not a number"),
        ({"last_year": 2020}, r"X-2: .*2020.* lies before the first year"),
        ({"part_of": "X-9"}, "X-2: 'X-9' is no entry"),
        ({"amount": 11.0}, r"X-2: .*11\.0.* is more than the whole"),
        ({"reaches": "everyone"}, "'everyone' is not legal; legal: SMEs"),
        ({"unit": "KRW"}, "'KRW' is not legal; legal: rank, trillion KRW"),
    ],
)
def test_a_wrong_statement_of_ambition(tmp_path, changed, problem):
    with pytest.raises(BadFile, match=problem):
        ambition(tmp_path, **changed)
