"""Claims B3 and B0: known values, verdicts that can turn, classes compared within one question, missing data named."""

import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import ambition, depth, depth_sides
from analysis.report.measures import depth_tables as tables
from tests.report.measures.loading import changed

AI = "artificial intelligence"


def setting(column, value, **conditions):
    """Return an edit that sets a column where the conditions hold, and fails if they hold nowhere."""

    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name].isin(wanted if isinstance(wanted, (list, tuple)) else [wanted])
        assert hit.any(), conditions
        table.loc[hit, column] = value
        return table

    return edit


def dropping(**conditions):
    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name] == wanted
        assert hit.any(), conditions
        return table[~hit]

    return edit


def verdicts(load=an.load, claim="B3"):
    judged = claims.judge(claim, load)
    return {part: claims.verdict(rows["headline"], rows["holds"]) for part, rows in judged.readings.groupby("part")}


# Known values


def test_korean_smart_factories_by_class():
    held = tables.korean_classes(an.load).set_index("size_class")
    assert held["above_basic"].to_dict() == pytest.approx(
        {"micro": 0.196, "small": 0.226, "medium": 0.29, "mid-sized": 0.403}
    )
    assert held.at["small", "both"] == pytest.approx(0.285 * 0.226)


def test_us_grades_are_shares_of_users_weighted_by_companies():
    grades = depth.us_grades(an.load, AI, 2021, "10-49")
    firms, lot, uses = (577_397, 399_566), (0.5, 0.5), (5.2, 5.1)  # of the publisher's table CET-34
    deep = sum(n * one for n, one in zip(firms, lot, strict=True))
    assert grades["a lot"] == pytest.approx(deep / sum(n * one for n, one in zip(firms, uses, strict=True)))
    assert grades.sum() == pytest.approx(1)
    assert depth.us_grades(an.load, AI, 2021, "25000+")["a lot"] == pytest.approx(8.3 / 44.2)


def test_rounding_brackets_the_share_and_is_widest_where_users_are_few():
    bands = tables.us_bands(an.load)
    assert len(bands) == 12 and ((bands["low"] < bands["deepest"]) & (bands["deepest"] < bands["high"])).all()
    width = bands.set_index("size_class").eval("high - low")
    assert width["1-4"] > 5 * width["25000+"]
    assert depth.rounding(an.load, AI, 2021, "25000+") == pytest.approx((8.25 / 44.25, 8.35 / 44.15))


def test_eu_users_by_purpose():
    assert depth.eu_purpose(an.load, "research and innovation", 2025, "10-49") == pytest.approx(0.1733)
    with pytest.raises(Unmeasurable, match="no share of AI users for marketing and sales, 2025, 50-249"):
        depth.eu_purpose(an.load, "marketing and sales", 2025, "50-249")


def test_the_claim_as_measured():
    judged = claims.judge("B3")
    heads = judged.readings.query("headline").set_index("part")["value"]
    assert heads.to_dict() == pytest.approx({"level": 0.755, "size": 0.226 / 0.403, "transformation": 0.552})
    assert verdicts() == {"level": LIMITS, "size": LIMITS, "transformation": LIMITS}
    assert judged.verdict == LIMITS and judged.stronger.verdict == SUPPORTED and judged.evidence == "secondary"
    changed_little = judged.readings.query("part == 'transformation'").set_index("label")
    assert changed_little.index[0].startswith("US 2021") and changed_little["headline"].tolist() == [True, *[False] * 3]
    assert "grade of benefit" in judged.depends_on
    us = judged.readings[judged.readings["label"].str.startswith("US")]
    assert not us["secondary"].any() and judged.readings.query("table == 'technology_depth' and not secondary").shape[0]


def test_every_ratio_compares_one_question_of_one_survey():
    for label in claims.judge("B3").readings.query("part == 'size'")["label"]:
        assert label.count("over") == 1 and label.split()[0] in {"Korea", "EU", "US"}, label


def test_benefits_are_of_the_smes_that_use_ai():
    assert depth.benefit(an.load, "significant") == pytest.approx(21 / 61)
    assert depth.benefit(an.load, "at least moderate") == pytest.approx(54 / 61)
    rows = claims.judge("B3").readings.set_index("label").filter(like="OECD 2026, SMEs with AI", axis=0)
    assert rows["value"].tolist() == pytest.approx([1 - 21 / 61, 1 - 54 / 61])
    assert rows["holds"].tolist() == [True, False]
    assert rows.index.str.endswith("computed").all()
    more = changed(technology_depth=setting("value", 10.0, answer="uses", survey=depth.D4SME))
    with pytest.raises(Unmeasurable, match="21 % report a benefit .significant., 10 % use AI"):
        depth.benefit(more, "significant")


def test_every_share_is_of_adopters_and_no_question_is_read_by_industry():
    table = an.load("technology_depth")
    asked = table[(table["topic"] == "plan") | (table["topic"] == "benefit")]
    assert not asked["of"].str.contains("use AI").any()  # what must be divided by users, or is no reading
    readings = claims.judge("B3").readings
    assert not readings["label"].str.contains("roadmap|manufacturing$").any()
    assert readings["label"].str.contains("skill level").sum() == 1


# Every verdict can turn


def test_level_can_be_supported_and_contradicted():
    shallow = setting("value", 90.0, answer=["a little", "low use"], breakdown="size band")
    assert verdicts(changed(technology_use=shallow))["level"] == SUPPORTED

    def deep(table):
        table = setting("value", 20.0, answer=["basic", "novice"])(table)
        table = setting("value", 70.0, answer="intermediate")(table)
        return setting("value", 80.0, answer="intermediate or above")(table)

    rarely = setting("value", 0.1, answer=["a little", "low use"], breakdown="size band")
    assert verdicts(changed(technology_depth=deep, technology_use=rarely))["level"] == CONTRADICTED


def test_size_can_be_supported_and_contradicted():
    small = ["10-19", "20-49"]
    never = setting("value", 0.0, answer=["a lot", "somewhat", "high use", "moderate use"], size_class=small)
    assert verdicts(changed(technology_use=never))["size"] == SUPPORTED
    alike = setting("value", 40.0, answer="intermediate or above")
    even = setting("value", 20.0, base="enterprises that use AI")
    load = changed(technology_depth=alike, ai_purposes=even)
    assert verdicts(load)["size"] == CONTRADICTED
    assert claims.judge("B3", load).stronger.verdict == CONTRADICTED


def test_transformation_can_fail_and_turn():
    moderate = setting("value", 20.0, answer="at least moderate")
    assert verdicts(changed(technology_depth=moderate))["transformation"] == SUPPORTED

    def changed_much(table):
        table = setting("value", 10.0, answer="partial")(setting("value", 60.0, answer="significant")(table))
        return setting("value", 20.0, answer="no effect")(table)

    assert verdicts(changed(technology_depth=changed_much))["transformation"] == CONTRADICTED


def test_stronger_turns_on_the_classes():
    mixed = setting("value", 60.0, answer="intermediate or above", size_class=["small", "medium"])
    assert claims.judge("B3", changed(technology_depth=mixed)).stronger.verdict == LIMITS


# Missing data


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"technology_depth": dropping(answer="basic")}, "no single value of mss-smart-manufacturing, level"),
        ({"technology_depth": setting("value", None, answer="novice")}, "no single value of oecd-d4sme"),
        ({"technology_use": dropping(technology="cloud computing", size_class="20-49")}, "lacks a cell of cloud comp"),
        ({"technology_use": setting("value", None, answer="high use", size_class="5000-9999")}, "lacks a cell of"),
        ({"ai_purposes": dropping(year=2025)}, "no share of AI users for research"),
        ({"technology_depth": setting("value", 0.0, answer="intermediate or above")}, "no large adopter"),
    ],
)
def test_what_is_missing_is_named(edits, problem):
    judged = claims.judge("B3", changed(**edits))
    assert judged.verdict == UNTESTABLE and problem in judged.depends_on


def test_options_that_are_not_legal_are_named():
    with pytest.raises(ValueError, match="year 2020; legal: 2018, 2021"):
        depth.us_grades(an.load, AI, 2020, "10-49")
    with pytest.raises(ValueError, match="size class '10-99'; legal: 1-9, 10-49"):
        depth.us_grades(an.load, AI, 2021, "10-99")


# Exhibits


def test_frames_of_the_page():
    technologies = tables.us_technologies(an.load)
    assert len(technologies) == 6 and technologies["ratio"].is_monotonic_increasing
    assert (tables.workforce(an.load).groupby("item")["share"].sum() - 1).abs().max() < 0.004
    talent = tables.barriers(an.load).set_index("item").loc["no access to talent"]
    assert talent["times"] == pytest.approx(10.3 / 0.7)
    assert tables.factories_with_ai(an.load) == pytest.approx(0.1)
    with pytest.raises(Unmeasurable, match="no single value of mss-smart-manufacturing"):
        tables.factories_with_ai(changed(ai_adoption=dropping(survey="mss-smart-manufacturing")))


@pytest.mark.parametrize("claim", depth_sides.CLAIMS)
def test_for_and_against_fit_one_screen(claim):
    table = depth_sides.for_and_against(an.load, claim)
    assert list(table.columns) == ["Evidence", "For", "Against", "secondary"] and 2 <= len(table) <= 4
    for side in ("For", "Against"):
        assert table[side].str.split().str.len().sum() <= 65, side
    marked = table["For"].str.contains("†") | table["Against"].str.contains("†")
    assert (table["secondary"] == marked).all() and marked.any()


def test_what_counts_for_by_the_rule_stands_under_for():
    size = depth_sides.for_and_against(an.load, "B3").set_index("Evidence").loc["Size"]
    held = claims.judge("B3").readings.set_index("label")["holds"]
    assert "9.7 against 12.8 %" in size["For"] and held["US 2021, AI: “a lot”, 10-49 over 250+"]
    assert "43.4 against 43.8 %" in size["Against"] and not held["US 2021, AI: at least “somewhat”, 10-49 over 250+"]
    workers = depth_sides.for_and_against(an.load, "B4").set_index("Evidence").loc["Single workers"]
    assert "Bank of Korea" in workers["For"] and "Kreitmeir" in workers["For"]
    with pytest.raises(ValueError, match="claim='B5'; legal: B0, B3, B4"):
        depth_sides.for_and_against(an.load, "B5")


def test_readings_that_are_shares_are_listed():
    judged = claims.judge("B3").readings
    for part in ("level", "transformation"):
        table = tables.readings(judged, part)
        assert len(table) == (judged["part"] == part).sum()
        assert (table["secondary"] == table["Reading"].str.endswith("†")).all()
    changed_little = tables.readings(judged, "transformation")["Share of adopters"]
    assert changed_little.tolist() == ["99.8 %", "65.6 %", "55.2 %", "11.5 %"]
    assert "76.0 %" in set(tables.readings(judged, "level")["Share of adopters"])
    assert not judged["label"].str.contains("number of workers").any()
    with pytest.raises(ValueError, match="part='size'; legal: level, transformation"):
        tables.readings(judged, "size")


# B0: not testable as it is; a table with what is missing would decide it


def spending(rows):
    table = pd.DataFrame(rows, columns=["programme", "year", "size_class", "spending", "effect"])

    def load(name):
        return table if name == "ai_spending" else an.load(name)

    return load


def test_no_public_table_decides_b0_and_the_ledger_says_which_would():
    judged = claims.judge("B0")
    assert judged.verdict == UNTESTABLE
    assert "no public series gives AI spending by the size of the firms it reaches" in judged.depends_on
    assert "Would decide: Public and private AI spending by the size" in judged.depends_on


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([("p", 2026, "250+", 90, None), ("q", 2026, "10-49", 10, -1.0), ("r", 2025, "250+", 5, None)], SUPPORTED),
        ([("p", 2026, "250+", 10, None), ("q", 2026, "10-49", 90, 4.0)], CONTRADICTED),
        ([("p", 2026, "250+", 90, None), ("q", 2026, "10-49", 10, 4.0)], LIMITS),
    ],
)
def test_with_the_table_b0_has_each_verdict(rows, verdict):
    assert claims.judge("B0", spending(rows)).verdict == verdict


def test_a_table_of_spending_that_cannot_be_read_is_named():
    row = ("q", 2026, "10-49", 10, None)
    assert "no evaluated programme" in claims.judge("B0", spending([row])).depends_on
    with pytest.raises(ValueError, match="'size_class': SME; legal: 1-9"):
        ambition.reach_and_effect(spending([("q", 2026, "SME", 10, 1.0)]))
    with pytest.raises(ValueError, match="needs an amount that is not negative"):
        ambition.reach_and_effect(spending([("q", 2026, "10-49", -1, 1.0)]))
    with pytest.raises(Unmeasurable, match="holds no spending"):
        ambition.reach_and_effect(spending([("q", 2026, "10-49", 0, 1.0)]))
    short = spending([row])("ai_spending").drop(columns="effect")
    with pytest.raises(Unmeasurable, match="ai_spending lacks effect"):
        ambition.reach_and_effect(lambda name: short)


def test_ambitions_are_listed_with_their_source_marked():
    table = ambition.statement_table(an.load)
    assert table["Stated"].is_monotonic_increasing and table["secondary"].any() and not table["secondary"].all()
    assert "10.1 trillion won" in set(table["Amount"]) and "top 3" in set(table["Amount"])
    money = ambition.small_firm_budget(an.load)
    assert money["ratio"] == pytest.approx(0.7992 / 10.1)
    with pytest.raises(Unmeasurable, match="ai_ambition lacks AMB-07"):
        ambition.small_firm_budget(changed(ai_ambition=dropping(id="AMB-07")))
