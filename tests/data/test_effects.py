"""Published effects: what the table holds, what it must never hold, and that a wrong entry is named."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.ingest import effects
from analysis.data.ingest.reading import BadFile

SOURCE = Path(__file__).parents[3] / "shared" / "sources" / "effect_estimates.csv"
HEADER = "id,area,study,year,outcome,treatment,estimate,se,ci_low,ci_high,unit,sample,doi,source_address,secondary,note"
ROW = "EFF-B-001,B,Smith,2024,output,use of AI,5,,,,%,100 firms,10.1000/x,https://a.org,yes,approximate"
OTHER = "EFF-C-001,C,Jones,2016,output,loans,5,,,,%,100 firms,,https://a.org,yes,"
STUDY = {
    "independent_group": "smith", "study": "Smith, AI", "country": "KOR", "level": "firm", "design": "instrument",
    "treatment_kind": "AI use by firm", "refereed": True, "source_title": "Abstract",
}  # fmt: skip
CODE = {"id": "EFF-B-001", "outcome_kind": "output", "direction": "positive", "headline": True}
OURS = {
    "id": "AIE-001", "year": 2024, "outcome": "sales", "outcome_kind": "output", "treatment": "use", "estimate": 3.0,
    "std_error": 1.0, "unit": "%", "direction": "positive", "sample": "10 firms", "source_address": "https://b.org",
    "secondary": False,
}  # fmt: skip


def read(tmp_path, *estimates, rows=(ROW, OTHER), study=None, more=()):
    """Read a csv of `rows` with one study of `estimates`, and `more` studies."""
    csv, codes = tmp_path / "effects.csv", tmp_path / "codes.yml"
    csv.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    studies = [{**STUDY, **(study or {}), "estimates": list(estimates)}, *more]
    codes.write_text(yaml.safe_dump({"studies": studies}), encoding="utf-8")
    return effects.read_effect_estimates(csv, [codes])


@pytest.fixture(scope="module")
def table():
    return an.load("effect_estimates")


@pytest.fixture(scope="module")
def primary_errors(table):
    error = table["std_error"].notna() | table["interval_kind"].eq("95 % confidence")
    return table[error & ~table["secondary"].astype(bool)]


def test_size_of_the_list(table, primary_errors):
    assert len(table) >= 130 and table["independent_group"].nunique() >= 70
    assert len(primary_errors) >= 15
    assert table["id"].str.startswith("EFF-B-").sum() == 40
    assert set(table["level"]) == set(effects.CHOICES["level"])


@pytest.mark.parametrize(
    ("group", "outcome", "estimate", "std_error", "low", "high"),
    [
        ("brynjolfsson-li-raymond", "log of issues resolved per hour", 0.138, 0.0199, None, None),
        ("cui-copilot", "tasks or pull requests completed per developer", 26.08, 10.3, None, None),
        ("peng-copilot", "time on a programming task", -55.8, None, -89, -21),
        ("metr", "time on a programming task", 18.8, None, 1.6, 39.0),
        ("vaccaro-meta", "performance against the better of human and AI", -0.23, None, -0.39, -0.07),
        ("lukac-scribes", "time in note", -9.5, None, -17.2, -1.8),
    ],
)
def test_known_values_with_their_errors(primary_errors, group, outcome, estimate, std_error, low, high):
    held = primary_errors.query("independent_group == @group and outcome == @outcome")
    row = held[held["estimate"] == estimate].iloc[0]
    for column, expected in (("std_error", std_error), ("conf_low", low), ("conf_high", high)):
        assert pd.isna(row[column]) if expected is None else row[column] == expected, column


@pytest.mark.parametrize(
    ("group", "level", "direction", "who_gains", "complements"),
    [
        ("brynjolfsson-li-raymond", "worker", "positive", "weaker", "not examined"),
        ("babina-et-al", "firm", "positive", None, "not examined"),
        ("mcelheran-j-curve", "firm", "negative", None, "needed"),
        ("otis-kenya", "firm", "none", "stronger", "not examined"),
        ("metr", "task", "negative", None, "not examined"),
        ("gomez-spain", "firm", "positive", None, "not examined"),
        ("chu-han-china", "firm", "positive", "weaker", "not needed"),
        ("kreitmeir-raschky", "worker", "mixed", "stronger", "not examined"),
        ("bok-genai-survey", "worker", "none", None, "needed"),
    ],
)
def test_codes_of_known_studies(table, group, level, direction, who_gains, complements):
    row = table[table["independent_group"].eq(group) & table["headline"].astype(bool)].iloc[0]
    assert (row["level"], row["direction"], row["complements"]) == (level, direction, complements)
    assert pd.isna(row["who_gains"]) if who_gains is None else row["who_gains"] == who_gains


def test_every_study_has_one_headline(table):
    assert table.groupby("independent_group")["headline"].sum().eq(1).all()
    assert table.groupby("independent_group")["study"].nunique().eq(1).all()


def test_what_holds_for_a_study_holds_for_all_its_rows(table):
    for column in (*effects.AI.constant, *effects.AI.same):
        assert table.groupby("independent_group")[column].nunique().eq(1).all(), column
    babina = table[table["independent_group"] == "babina-et-al"].set_index("id")
    assert babina.at["EFF-B-016", "refereed"] and pd.isna(babina.at["EFF-B-016", "who_gains"])
    assert babina.at["AIE-108", "who_gains"] == "stronger" and not babina.at["AIE-108", "secondary"]


def test_a_study_has_the_year_of_the_version_cited(table):
    years = table.groupby("independent_group")["year"].unique().map(list)
    assert years["babina-et-al"] == [2024] and years["brynjolfsson-li-raymond"] == [2025]  # as in the references
    assert years["paradis-google"] == [2025] and years["bok-genai-survey"] == [2026] and years["metr"] == [2025]


def test_doubtful_figures_have_no_vote_and_say_why(table):
    marked = table[table["doubtful"].astype(bool)]
    assert set(marked["id"]) == {"EFF-B-013", "EFF-B-014", "EFF-B-015"}
    assert marked["who_gains"].isna().all() and not marked["headline"].any()
    assert marked["note"].str.contains("not quoted before it is read in the article").all()


def test_studies_without_confirmed_authors_are_marked(table):
    unknown = table[~table["authors_known"].astype(bool)]
    assert set(unknown["independent_group"]) == {"rs-8629677", "bjtu-china", "nam"}
    assert not table["study"].str.contains("Preprint 64nmf|^GitHub Copilot|^NBER|^AI ").any()


def test_the_drawn_estimate_is_the_one_with_an_error_where_one_is_printed(table):
    printed = table["std_error"].notna() & ~table["secondary"].astype(bool)
    heads = table[printed & table["headline"].astype(bool)]
    assert set(table[printed]["independent_group"]) == set(heads["independent_group"])


def test_the_withdrawn_study_is_left_out(table):
    assert not table["study"].str.contains("Toner-Rodgers").any()
    assert "withdrawn" in effects.CODES[0].read_text(encoding="utf-8")


def test_a_number_or_a_direction_never_both_missing(table):
    number = table["estimate"].notna() | table["conf_low"].notna()
    assert (number == (table["unit"] != "direction only")).all()
    assert table.loc[~number, "direction"].notna().all()


def test_a_published_range_is_no_confidence_interval(table):
    models = table[table["design"] == "calibrated model"]
    assert not models["interval_kind"].eq("95 % confidence").any() and models["std_error"].isna().all()
    bound = table.set_index("id").loc["EFF-B-028"]
    assert bound["interval_kind"] == "published range" and pd.isna(bound["estimate"])


def test_no_five_studies_can_be_pooled_and_the_pools_say_why(table, primary_errors):
    alike = ["outcome", "outcome_kind", "unit", "treatment_kind"]
    assert primary_errors.groupby(alike)["independent_group"].nunique().max() == 2
    pools = table.dropna(subset="pool")
    assert pools.groupby("pool")[alike].nunique().eq(1).all(axis=None)
    studies = pools.groupby("pool")["independent_group"].nunique()
    assert studies["tasks-per-developer"] >= 5  # enough studies of one thing, one of them with an error
    errors = primary_errors.dropna(subset="pool").groupby("pool")["independent_group"].nunique()
    assert errors["tasks-per-developer"] == 1
    assert errors.max() < 5


def test_a_correction_is_repeated_in_the_note(table):
    notes = table.set_index("id")["note"]
    assert "corrected by us (estimate): the authors print no estimate" in notes["EFF-B-028"]
    assert table["note"].str.contains("corrected by us", na=False).sum() >= 8


@pytest.mark.skipif(not SOURCE.is_file(), reason="effect_estimates.csv is not beside the project")
def test_figures_of_the_compiled_csv_are_unchanged_unless_declared(table):
    raw = pd.read_csv(SOURCE).query("area == 'B'").set_index("id")
    held = table[table["id"].str.startswith("EFF-B")].set_index("id")
    assert set(raw.index) == set(held.index)
    declared = held["note"].fillna("").str.extract(r"corrected by us \(([^)]*)\)")[0].fillna("")
    for ours, theirs in (("estimate", "estimate"), ("conf_low", "ci_low"), ("conf_high", "ci_high")):
        free = held.index[~declared.str.contains(rf"\b{ours}\b")]
        left, right = held.loc[free, ours], raw.loc[free, theirs].astype(float)
        assert ((left == right) | (left.isna() & right.isna())).all(), ours


def test_codes_join_the_csv_and_ours_stand_beside(tmp_path):
    found = read(tmp_path, CODE, OURS).set_index("id")
    assert list(found.index) == ["EFF-B-001", "AIE-001"]
    assert (found.at["EFF-B-001", "estimate"], found.at["EFF-B-001", "note"]) == (5, "approximate")
    assert bool(found.at["EFF-B-001", "secondary"]) and found.at["AIE-001", "complements"] == "not examined"


def test_a_correction_replaces_and_says_so(tmp_path):
    change = {"corrected": {"estimate": 6, "secondary": False}, "reason": "the paper prints 6"}
    row = read(tmp_path, {**CODE, **change}).iloc[0]
    assert (row["estimate"], row["secondary"]) == (6, False)
    assert row["note"] == "approximate; corrected by us (estimate, secondary): the paper prints 6"


@pytest.mark.parametrize(
    ("estimates", "problem"),
    [
        ([{**OURS, "headline": True}], "effects.csv, column 'id': row EFF-B-001 has no entry"),
        ([CODE, {**CODE, "headline": False}], "entry 'EFF-B-001' stands more than once"),
        ([CODE, {**OURS, "id": "EFF-B-099"}], "entry EFF-B-099 has no row of area B in effects.csv"),
        ([CODE, {**OURS, "id": "EFF-C-001"}], "entry EFF-C-001 has no row of area B"),
        ([{**CODE, "headline": False}], "study smith: 0 estimates are its headline, expected one"),
        ([CODE, {**OURS, "headline": True}], "study smith: 2 estimates are its headline"),
        ([{**CODE, "estimate": 7}], "'estimate' comes from the csv; state a difference under 'corrected'"),
        ([{**CODE, "corrected": {"estimate": 7}}], "'corrected' and 'reason' go together"),
        ([{**CODE, "corrected": {"level": "task"}, "reason": "x"}], "'level' cannot be corrected; legal: estimate"),
        ([CODE, {k: v for k, v in OURS.items() if k != "sample"}], "entry 'AIE-001' lacks 'sample'"),
        ([CODE, {**OURS, "colour": "red"}], "entry 'AIE-001' has the unknown part 'colour'"),
        ([CODE, {**OURS, "direction": "up"}], "column 'direction': entry AIE-001: 'up' is not legal"),
        ([CODE, {**OURS, "who_gains": "rich"}], "column 'who_gains': .*legal: 'weaker', 'stronger', 'neither'"),
        ([CODE, {**OURS, "secondary": "no"}], "column 'secondary': entry AIE-001: 'no' is not legal"),
        ([CODE, {**OURS, "estimate": "3"}], "column 'estimate': entry AIE-001: '3' is not a number"),
        ([CODE, {**OURS, "std_error": 0}], "column 'std_error': entry AIE-001: 0.0 is not above zero"),
        ([CODE, {**OURS, "doi": "qjae044"}], "'qjae044' is no DOI such as 10.1093"),
        ([CODE, {**OURS, "source_address": "my memory"}], "'my memory' is no address"),
        ([CODE, {**OURS, "country": "Korea"}], "'Korea' is not an ISO 3166 alpha-3 code, EU, or MUL"),
        ([CODE, {**OURS, "conf_low": 1.0}], "column 'conf_low': .* stands without its other end"),
        ([CODE, {**OURS, "conf_low": 1.0, "conf_high": 5.0}], "column 'interval_kind': .*an interval needs a kind"),
        (
            [CODE, {**OURS, "conf_low": 5.0, "conf_high": 1.0, "interval_kind": "95 % confidence"}],
            "column 'conf_low': .* lies above conf_high",
        ),
        (
            [CODE, {**OURS, "conf_low": 4.0, "conf_high": 5.0, "interval_kind": "95 % confidence"}],
            "column 'estimate': .* lies outside its interval",
        ),
        ([CODE, {**OURS, "estimate": None}], "column 'unit': .*without a number it is 'direction only'"),
        ([CODE, {**OURS, "unit": "direction only"}], "column 'unit': .*without a number it is 'direction only'"),
        (
            [CODE, {**OURS, "estimate": None, "std_error": None, "unit": "direction only", "direction": ""}],
            "column 'direction': .* is empty, and so is the number",
        ),
        ([CODE, {**OURS, "outcome": " "}], "column 'outcome': .* is empty"),
        ([CODE, {**OURS, "refereed": False}], "column 'refereed': entry AIE-001: 'refereed' holds for the whole study"),
        ([CODE, {**OURS, "authors_known": False}], "entry AIE-001: 'authors_known' holds for the whole study"),
        ([CODE, {**OURS, "year": 2023}], "column 'year': entry AIE-001: 2023 differs from the headline of its study"),
        ([{**CODE, "doubtful": True}], "column 'doubtful': entry EFF-B-001: True is marked: it cannot"),
        ([CODE, {**OURS, "doubtful": True, "who_gains": "weaker", "note": "x"}], "AIE-001: True is marked"),
        ([CODE, {**OURS, "doubtful": True}], "AIE-001: True is marked.* and needs a note"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, estimates, problem):
    with pytest.raises(BadFile, match=problem):
        read(tmp_path, *estimates)


def test_a_range_of_the_csv_cannot_be_called_an_interval(tmp_path):
    row = "EFF-B-001,B,Smith,2024,output,use,,,1,3,%,a model,,https://a.org,no,not a confidence interval; range"
    assert read(tmp_path, {**CODE, "interval_kind": "published range"}, rows=[row])["conf_high"].tolist() == [3]
    with pytest.raises(BadFile, match="'95 % confidence' but the note says 'not a confidence interval'"):
        read(tmp_path, {**CODE, "interval_kind": "95 % confidence"}, rows=[row])


@pytest.mark.parametrize(
    ("change", "column"),
    [({"unit": "log points"}, "unit"), ({"outcome": "profit"}, "outcome"), ({"outcome_kind": "time"}, "outcome_kind")],
)
def test_a_pool_holds_one_outcome_unit_and_treatment(tmp_path, change, column):
    one, two = {**OURS, "pool": "sales"}, {**OURS, "id": "AIE-002", "pool": "sales", **change}
    with pytest.raises(BadFile, match=f"column '{column}': entry AIE-001: .* differs from others of its pool"):
        read(tmp_path, CODE, one, two)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([ROW, ROW], "column 'id', row 3: id 'EFF-B-001' stands more than once"),
        ([ROW.replace(",5,", ",five,")], "column 'estimate', row 2: expected a number, found 'five'"),
        ([ROW.replace(",yes,", ",perhaps,")], "mark of a secondary source 'perhaps' is not expected here"),
        ([ROW.replace(",B,", ",D,")], "claim area 'D' is not expected here; legal: B, C"),
    ],
)
def test_a_wrong_csv_is_named(tmp_path, rows, problem):
    with pytest.raises(BadFile, match=problem):
        read(tmp_path, CODE, rows=rows)


def test_a_label_of_two_studies_is_named(tmp_path):
    twin = {**STUDY, "estimates": [{**OURS, "headline": True}]}
    with pytest.raises(BadFile, match="independent_group 'smith' is empty or stands twice"):
        read(tmp_path, CODE, more=[twin])
    with pytest.raises(BadFile, match="study jones: the list 'estimates' is missing or empty"):
        read(tmp_path, CODE, more=[{**twin, "independent_group": "jones", "estimates": []}])


def test_a_transcription_that_is_missing_or_empty_is_named(tmp_path):
    csv = tmp_path / "effects.csv"
    csv.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    with pytest.raises(BadFile, match="file none.yml: the file is missing"):
        effects.read_effect_estimates(csv, [tmp_path / "none.yml"])
    (tmp_path / "empty.yml").write_text("studies: []\n")
    with pytest.raises(BadFile, match="the list 'studies' is missing or empty"):
        effects.read_effect_estimates(csv, [tmp_path / "empty.yml"])
