"""Published effects of support: both sides are in it, codes are legal, and figures are those of the compiled csv."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.ingest import effects, support_effects
from analysis.data.ingest.reading import BadFile

SOURCE = Path(__file__).parents[3] / "shared" / "sources" / "effect_estimates.csv"


@pytest.fixture(scope="module")
def table():
    return an.load("support_effects")


def test_every_compiled_row_and_both_sides_are_in_it(table):
    assert table["id"].str.startswith("EFF-C-").sum() == 59 and table["id"].str.startswith("SUP-").sum() >= 40
    assert table["independent_group"].nunique() >= 55
    assert list(table.columns) == list(support_effects.COLUMNS)
    support = table[table["tied"].isin(["untied", "scored"])]
    for outcome in ("productivity", "survival"):
        found = support[support["outcome_kind"] == outcome]
        assert {"positive", "none", "negative"} <= set(found["direction"])
        assert {True, False} == set(found["country"] == "KOR")


@pytest.mark.parametrize(
    ("id", "estimate", "unit", "direction", "secondary"),
    [
        ("EFF-C-001", -4.92, "%", "negative", True),
        ("EFF-C-002", 5.32, "percentage points", "positive", True),
        ("EFF-C-031", 3.4, "% of GDP", "positive", False),
        ("EFF-C-033", 0.3, "%", "positive", False),
        ("SUP-022", 7.0, "%", "positive", False),
        ("SUP-040", 0.75, "%", "positive", False),
    ],
)
def test_figures(table, id, estimate, unit, direction, secondary):
    row = table.set_index("id").loc[id]
    assert row["estimate"] == estimate and row["unit"] == unit
    assert row["direction"] == direction and bool(row["secondary"]) is secondary


def test_only_the_training_grants_have_a_standard_error(table):
    assert table.loc[table["std_error"].notna(), "id"].tolist() == ["EFF-C-057", "EFF-C-058", "EFF-C-059"]
    ranges = table[table["interval_kind"] == "published range"]
    assert set(ranges["id"]) == {"EFF-C-026", "EFF-C-039", "EFF-C-053", "SUP-031"} and ranges["std_error"].isna().all()


def test_figures_are_those_of_the_compiled_csv(table):
    if not SOURCE.exists():
        pytest.skip("needs ../shared/sources/effect_estimates.csv")
    compiled = pd.read_csv(SOURCE).query("area == 'C'").set_index("id")
    mine = table[table["id"].str.startswith("EFF-C-")].set_index("id").loc[compiled.index]
    names = {"estimate": "estimate", "std_error": "se", "conf_low": "ci_low", "conf_high": "ci_high"}
    for ours, theirs in names.items():
        pd.testing.assert_series_equal(mine[ours], compiled[theirs], check_names=False)
    assert (mine["secondary"] == (compiled["secondary"] == "yes")).all()


HEADER = "id,area,study,year,outcome,treatment,estimate,se,ci_low,ci_high,unit,sample,doi,source_address,secondary,note"
ROW = "EFF-C-001,C,Jones,2016,tfp,loans,5,,,,%,100 firms,,https://a.org,yes,"
OTHER = "EFF-B-001,B,Smith,2024,output,use of AI,5,,,,%,100 firms,,https://a.org,yes,"
STUDY = {
    "independent_group": "jones", "study": "Jones, Loans", "country": "KOR", "level": "firm", "design": "matching",
    "treatment_kind": "credit", "tied": "untied", "refereed": True, "source_title": "Abstract",
}  # fmt: skip
CODE = {"id": "EFF-C-001", "outcome_kind": "productivity", "direction": "positive", "headline": True}


def read(tmp_path, code, study=None):
    csv, codes = tmp_path / "effects.csv", tmp_path / "codes.yml"
    csv.write_text("\n".join([HEADER, ROW, OTHER]) + "\n", encoding="utf-8")
    codes.write_text(yaml.safe_dump({"studies": [{**STUDY, **(study or {}), "estimates": [code]}]}), encoding="utf-8")
    return support_effects.read_support_effects(csv, [codes])


def test_a_row_takes_its_figures_from_the_csv_and_its_codes_from_us(tmp_path):
    (row,) = read(tmp_path, CODE).to_dict("records")
    assert row["estimate"] == 5 and row["tied"] == "untied" and row["secondary"] is True and row["year"] == 2016


@pytest.mark.parametrize(
    ("code", "study", "message"),
    [
        ({"outcome_kind": "tfp"}, {}, "'tfp' is not legal"),
        ({}, {"tied": "conditional"}, "'conditional' is not legal"),
        ({}, {"design": "staggered roll-out"}, "is not legal"),
        ({"id": "EFF-B-001"}, {}, "has no row of area C"),
        ({"complements": "needed"}, {}, "unknown part 'complements'"),
        ({"estimate": 4.0}, {}, "comes from the csv"),
        ({"headline": False}, {}, "0 estimates are its headline"),
    ],
)
def test_a_wrong_code_is_named(tmp_path, code, study, message):
    with pytest.raises(BadFile, match=message):
        read(tmp_path, {**CODE, **code}, study)


def test_the_two_codings_share_all_columns_but_their_own():
    own = {"complements", "tied", "authors_known", "doubtful"}
    assert set(effects.COLUMNS) ^ set(support_effects.COLUMNS) == own
