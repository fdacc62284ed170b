"""Claim B4: studies count once, verdicts can turn, errors are never made up, nothing is pooled that may not be."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import charts, claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE
from analysis.report.measures import evidence, evidence_facts
from analysis.report.measures import evidence_tables as tables
from analysis.report.measures.evidence import GAIN, INVESTMENT, NO_GAIN, USE

BLANK = {
    "year": 2024, "country": "USA", "level": "firm", "design": "panel fixed effects", "outcome": "productivity",
    "outcome_kind": "productivity", "treatment": "AI", "treatment_kind": USE, "estimate": 1.0, "std_error": np.nan,
    "conf_low": np.nan, "conf_high": np.nan, "interval_kind": np.nan, "unit": "%", "direction": "positive",
    "complements": "not examined", "pool": "", "headline": True, "refereed": True, "secondary": False,
    "authors_known": True, "doubtful": False, "sample": "100 firms",
}  # fmt: skip


def made(*rows):
    """Return a loader of a table of made-up estimates; each row names its group and what differs."""
    named = [{"id": f"X-{n:02d}", "study": f"{row['independent_group']}, title"} for n, row in enumerate(rows)]
    table = pd.DataFrame([{**BLANK, **name, **row} for name, row in zip(named, rows, strict=True)])

    def load(name):
        return table if name == "effect_estimates" else an.load(name)

    return load


def firms(*directions, **how):
    return [{"independent_group": f"{how.get('country', 'USA')}{n}", "direction": one, **how}
            for n, one in enumerate(directions)]  # fmt: skip


NEEDED = [{"independent_group": f"c{n}", "complements": "needed", "outcome_kind": "other"} for n in range(4)]
KOREAN = firms("none", "none", "none", country="KOR")
AVERAGE = "average_adopter"


def verdicts(load):
    judged = claims.judge("B4", load)
    return {part: claims.verdict(rows["headline"], rows["holds"]) for part, rows in judged.readings.groupby("part")}


# One vote per study


def test_rows_of_one_group_are_one_study_and_its_headline_speaks():
    load = made(
        {"independent_group": "a", "direction": "none", "headline": True},
        {"independent_group": "a", "direction": "positive", "headline": False},
        {"independent_group": "b", "direction": "positive"},
    )
    found = evidence.studies(load).set_index("group")
    assert found["finds"].to_dict() == {"a": NO_GAIN, "b": GAIN} and found.at["a", "rows"] == 2


def test_where_the_headline_is_of_another_outcome_every_estimate_must_be_a_gain():
    rows = [
        {"independent_group": "a", "outcome_kind": "output", "headline": True},
        {"independent_group": "a", "direction": "positive", "headline": False},
        {"independent_group": "a", "direction": "negative", "headline": False},
    ]
    assert evidence.studies(made(*rows))["finds"].tolist() == [NO_GAIN]
    assert evidence.studies(made(*rows[:2]))["finds"].tolist() == [GAIN]


def test_a_row_without_a_direction_is_no_finding():
    load = made({"independent_group": "a", "direction": np.nan}, {"independent_group": "b"})
    assert evidence.studies(load)["group"].tolist() == ["b"]


def test_a_doubtful_figure_has_no_vote():
    load = made({"independent_group": "a", "doubtful": True, "complements": "needed"}, {"independent_group": "b"})
    assert evidence.studies(load)["group"].tolist() == ["b"] and evidence.complements(load).empty
    assert tables.main_estimates(load)["independent_group"].tolist() == ["b"]
    assert len(tables.estimate_rows(load, ("firm",))) == 1 and tables.complement_table(load).empty
    ids = tables.main_estimates(an.load)["id"]
    assert not ids.isin(["EFF-B-013", "EFF-B-014", "EFF-B-015"]).any()


def test_opposite_signs_for_groups_are_no_gain():
    assert evidence.studies(made(*firms("mixed", "positive")))["finds"].tolist() == [NO_GAIN, GAIN]


def test_studies_of_unknown_authors_can_be_left_out_and_a_reading_does():
    load = made(*firms("none", "positive"), *firms("none", country="DEU", authors_known=False))
    assert len(evidence.studies(load)) == 3 and len(evidence.studies(load, named=True)) == 2
    labels = claims.judge("B4").readings["label"]
    assert labels.str.contains("authors known").sum() >= 2
    real = evidence.studies(an.load, named=True)["group"]
    assert not real.isin(["nam", "rs-8629677"]).any()


def test_filters():
    load = made(
        {"independent_group": "a", "design": "cross-section", "refereed": False},
        {"independent_group": "b", "treatment_kind": INVESTMENT, "secondary": True},
        {"independent_group": "c", "level": "worker"},
    )
    assert evidence.studies(load)["group"].tolist() == ["a"]
    assert evidence.studies(load, treatments=(USE, INVESTMENT))["group"].tolist() == ["a", "b"]
    assert evidence.studies(load, designs=evidence.CAUSAL).empty
    assert evidence.studies(load, treatments=(USE, INVESTMENT), primary=True)["group"].tolist() == ["a"]
    assert evidence.studies(load, refereed=True).empty and evidence.studies(load, country="KOR").empty
    assert evidence.studies(load, level="worker")["group"].tolist() == ["c"]


def test_one_finding_against_complements_counts_against():
    load = made(
        {"independent_group": "a", "complements": "needed"},
        {"independent_group": "a", "complements": "not needed"},
        {"independent_group": "b", "complements": "needed"},
    )
    assert evidence.complements(load)["finds"].tolist() == ["not needed", "needed"]


# Every verdict can turn


def test_the_average_over_adopters_can_be_supported_contradicted_and_between():
    none, gain = firms(*["none"] * 6), firms(*["positive"] * 6)
    assert verdicts(made(*none, *KOREAN, *NEEDED))[AVERAGE] == SUPPORTED
    assert verdicts(made(*gain, *KOREAN, *NEEDED))[AVERAGE] == CONTRADICTED
    papers = firms(*["positive"] * 6, country="DEU", treatment_kind=INVESTMENT)
    assert verdicts(made(*none[:2], *KOREAN, *papers, *NEEDED))[AVERAGE] == LIMITS


def test_complements_can_be_contradicted():
    against = [{**row, "complements": "not needed"} for row in NEEDED]
    base = [*firms(*["none"] * 6), *KOREAN]
    assert verdicts(made(*base, *NEEDED))["complements"] == SUPPORTED
    assert verdicts(made(*base, *against))["complements"] == CONTRADICTED
    mixed = [*NEEDED[:3], *[{**row, "independent_group": f"d{n}", "treatment_kind": "IT and management"}
                            for n, row in enumerate(against)]]  # fmt: skip
    assert verdicts(made(*base, *mixed))["complements"] == LIMITS


def test_the_stronger_reading_turns_on_complements():
    base = firms(*["positive"] * 6)
    against = [{**row, "complements": "not needed"} for row in NEEDED]
    assert claims.judge("B4", made(*base, *NEEDED)).stronger.verdict == SUPPORTED
    assert claims.judge("B4", made(*base, *against)).stronger.verdict == CONTRADICTED
    unknown = [{**row, "independent_group": f"u{n}", "authors_known": False, "secondary": True, "refereed": False}
               for n, row in enumerate(NEEDED)]  # fmt: skip
    unknown.append({**unknown[0], "independent_group": "u9"})
    mixed = claims.judge("B4", made(*base, *unknown, *against)).stronger
    assert mixed.verdict == LIMITS and "authors" in mixed.depends_on


def test_studies_of_one_survey_can_vote_once():
    sba = {"country": "KOR", "sample": "Korea SBA 2017-23"}
    rows = [
        {"independent_group": "a", **sba, "sample": "Survey of Business Activities of Korea", "year": 2025},
        {"independent_group": "b", **sba, "direction": "none", "secondary": True},
        {"independent_group": "c", "direction": "none"},
    ]
    assert evidence.studies(made(*rows))["finds"].tolist() == [GAIN, NO_GAIN, NO_GAIN]
    once = evidence.studies(made(*rows), by_survey=True)
    assert once["group"].tolist() == ["b", "c"] and once["finds"].tolist() == [NO_GAIN, NO_GAIN]
    assert once["secondary"].tolist() == [True, False] and once["rows"].tolist() == [2, 1]
    assert evidence.studies(made(rows[0]), by_survey=True)["finds"].tolist() == [GAIN]
    real = evidence.studies(an.load).query("survey != ''")["group"]
    assert set(real) == {"park-shin", "kcci-sba", "nam"}
    assert len(evidence.studies(an.load, by_survey=True)) == len(evidence.studies(an.load)) - 2
    assert "one vote per survey" in set(claims.judge("B4").readings["label"])


def test_korean_studies_are_listed_with_their_survey_and_where_they_were_read():
    table = tables.korean_table(an.load)
    assert len(table) == len(evidence.studies(an.load, country="KOR"))
    assert table["Gain"].tolist() == sorted(table["Gain"], reverse=True)
    assert (table["Survey"] == "Survey of Business Activities").sum() == 3
    assert (table["Study"].str.endswith("†") == table["secondary"]).all()
    assert not (table.query("`Gain` == 'no'")["Read in"] == "the authors' own text").any()


def test_too_few_studies_are_no_reading():
    few = claims.judge("B4", made(*firms("none", "none"), *NEEDED))
    assert few.verdict == UNTESTABLE and "fewer than 3 studies for: all studies of AI use" in few.depends_on
    lone = claims.judge("B4", made(*firms(*["none"] * 6), *NEEDED[:2]))
    assert lone.verdict == UNTESTABLE and "firm-level studies of AI" in lone.depends_on


def test_the_claim_as_measured():
    judged = claims.judge("B4")
    assert judged.basis == "literature" and judged.verdict == LIMITS
    found = evidence.studies(an.load).set_index("group")["finds"]
    assert found["kcci-sba"] == found["nam"] == found["kli-panel"] == found["mcelheran-j-curve"] == NO_GAIN
    assert found["czarnitzki-et-al"] == GAIN
    # The page says that no count bears out the claim as worded, and that no Korean zero was read in the authors' words.
    assert not judged.readings.query("part == @AVERAGE")["holds"].any()
    assert evidence.studies(an.load, country="KOR", primary=True)["finds"].tolist() == [GAIN, GAIN]
    assert judged.stronger.verdict == SUPPORTED and set(judged.stronger.readings["part"]) == {"complements"}
    assert "whoever reorganised" in judged.measured
    refereed = evidence.studies(an.load, treatments=(USE, INVESTMENT), refereed=True).set_index("group")["finds"]
    assert refereed["babina-et-al"] == NO_GAIN and (refereed == NO_GAIN).sum() == 1
    every = judged.readings
    assert (every["shown"].str.extract(r"of (\d+)")[0].astype(int) >= evidence.FEWEST).all()


# Errors are never made up


def test_an_interval_is_drawn_only_where_an_error_is_printed():
    load = made(
        {"independent_group": "a", "estimate": 10.0, "std_error": 2.0},
        {"independent_group": "b", "estimate": 5.0, "conf_low": 1.0, "conf_high": 9.0,
         "interval_kind": "95 % confidence"},
        {"independent_group": "c", "estimate": 3.0, "conf_low": 2.0, "conf_high": 4.0,
         "interval_kind": "published range"},
        {"independent_group": "d", "estimate": 3.0, "secondary": True},
    )  # fmt: skip
    rows = tables.estimate_rows(load, ("firm",)).set_index("estimate")
    assert rows.loc[10.0, ["low", "high"]].tolist() == pytest.approx([10 - 3.92, 10 + 3.92], abs=1e-3)
    assert rows.loc[5.0, ["low", "high"]].tolist() == [1.0, 9.0]
    assert rows["has_error"].tolist() == [True, True, False, False]
    assert rows.loc[3.0, ["low", "high"]].isna().all(axis=None)
    assert rows["label"].str.endswith("†").tolist() == [False, False, False, True] and rows["label"].is_unique
    with pytest.raises(ValueError, match="level 'shop'; legal: task, worker"):
        tables.estimate_rows(load, ("shop",))


def test_every_estimate_shown_without_an_error_is_hollow_and_says_so():
    rows = tables.estimate_rows(an.load, ("task", "worker", "firm"))
    held = an.load("effect_estimates")
    assert rows["has_error"].sum() <= int(tables.has_error(held).sum())
    axes = charts.estimates(rows, "label", "estimate", "low", "high", has_error="has_error").axes[0]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    assert len(hollow) == (~rows["has_error"]).sum()
    named = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert named == ["with 95 % interval", "no standard error"]  # said once, not at every mark
    assert not any("error" in text.get_text() for text in axes.texts)
    sure = charts.estimates(rows[rows["has_error"]], "label", "estimate", "low", "high", has_error="has_error")
    assert not sure.legends


def test_the_table_by_level_counts_each_study_once_a_level():
    table = tables.level_table(an.load)
    assert (table["Studies"] == table[["Gain", "No difference", "Mixed", "Loss"]].sum(axis=1)).all()
    assert (table["With an error"] <= table["Studies"]).all()
    main = tables.main_estimates(an.load)
    assert table["Studies"].sum() == len(main.groupby(["independent_group", "level"]))
    order = table["Level"].map(tables.LEVELS.index)
    assert order.is_monotonic_increasing


def test_the_table_by_level_reconciles_with_the_claim():
    table, shown = tables.level_table(an.load), tables.level_rows(an.load)
    found = evidence.studies(an.load)
    assert table["AI use and productivity"].sum() == len(found)
    assert table["of these no gain"].sum() == (found["finds"] == NO_GAIN).sum()
    assert (shown["Gain"] + shown["No gain"]).tolist() == table["Studies"].tolist()
    assert shown.loc[shown["secondary"], "Evidence"].str.endswith("†").all() and len(shown.columns) == 6


def test_earnings_and_hours_saved_are_not_output_and_have_no_vote():
    own = {"level": "worker", "treatment_kind": "AI assistant"}
    hours = {**own, "design": "self-report", "outcome_kind": "time", "headline": False}
    load = made(
        {"independent_group": "register", **own, "outcome_kind": "employment or earnings", "direction": "none"},
        {"independent_group": "register", **hours},
        {"independent_group": "survey", **own, "design": "self-report", "outcome_kind": "output", "direction": "none"},
        {"independent_group": "survey", **hours},
        {"independent_group": "hours", **hours, "headline": True},
        {"independent_group": "jobs", **own, "treatment_kind": "exposure", "outcome_kind": "employment or earnings"},
    )
    assert tables.main_estimates(load).set_index("independent_group")["direction"].to_dict() == {
        "survey": "none"}  # fmt: skip
    assert set(tables.hours_saved(load)["independent_group"]) == {"register", "survey", "hours"}
    real = tables.main_estimates(an.load).query("level == 'worker'").set_index("independent_group")["direction"]
    assert real["bok-genai-survey"] == "none" and real["kreitmeir-raschky"] == "mixed"
    assert not {"kcci-workers", "humlum-vestergaard", "hui-freelancers"} & set(real.index)


def test_of_several_estimates_of_productivity_that_are_no_headline_one_without_a_gain_speaks():
    rows = [
        {"independent_group": "a", "outcome_kind": "output", "headline": True},
        {"independent_group": "a", "direction": "positive", "headline": False},
        {"independent_group": "a", "direction": "negative", "headline": False},
    ]
    assert tables.main_estimates(made(*rows))["direction"].tolist() == ["negative"]


def test_differences_of_logarithms_are_drawn_in_percent():
    load = made({"independent_group": "a", "unit": "log points", "estimate": 0.138, "std_error": 0.0199,
                 "outcome": "log of issues resolved"})  # fmt: skip
    row = tables.estimate_rows(load, ("firm",)).iloc[0]
    assert row["estimate"] == pytest.approx(100 * np.expm1(0.138)) and "log" not in row["label"]
    assert row["low"] == pytest.approx(100 * np.expm1(0.138 - 1.959964 * 0.0199))
    assert row["high"] == pytest.approx(100 * np.expm1(0.138 + 1.959964 * 0.0199))


def test_facts_of_the_page():
    facts = evidence_facts.facts(an.load)
    assert facts["no_gain"] + facts["gain"] == facts["studies"] and facts["abroad_none"] + facts["korean_none"] == (
        facts["no_gain"]
    )
    assert facts["korean_press"] == facts["korean_none"] and facts["korean_own_none"] == 0
    assert facts["korean_one_survey"] >= 2 and facts["korean_unconfirmed"] == facts["korean_no_design"] == 1
    assert facts["workers_null"] == "Kreitmeir and Raschky 2024; Bank of Korea 2026"  # every exception is named
    assert facts["workers_gain"] + facts["workers_no_gain"] == facts["workers"] and facts["workers_no_gain"] == 2
    assert facts["with_error"] + facts["hollow"] == facts["shown"] and facts["refereed_none"] == 1
    shown = tables.estimate_rows(an.load, ("worker",)).set_index("label")["has_error"]
    assert shown[[name for name in shown.index if "Brynjolfsson" in name]].tolist() == [True]


def test_productivity_speaks_before_output():
    load = made(
        {"independent_group": "a", "outcome_kind": "output", "headline": True},
        {"independent_group": "a", "direction": "none", "headline": False},
    )
    assert tables.level_table(load)[["Gain", "No difference"]].to_numpy().tolist() == [[0, 1]]


# What may be pooled


def test_five_primary_studies_of_one_set_with_errors_qualify_and_four_do_not():
    five = [{"independent_group": f"s{n}", "std_error": 1.0, "estimate": 2.0 + n, "pool": "p"} for n in range(5)]
    assert tables.pools(made(*five))["qualifies"].tolist() == [True]
    number = tables.pooled(made(*five))
    assert number["estimate"].iloc[0] == pytest.approx(4.0) and number["pool"].tolist() == ["p"]
    assert not tables.pools(made(*five[:4]))["qualifies"].any() and tables.pooled(made(*five[:4])).empty
    for spoil in ({"secondary": True}, {"std_error": np.nan}, {"independent_group": "s0"}, {"pool": ""}):
        load = made(*five[:4], {**five[4], **spoil})
        assert not tables.pools(load)["qualifies"].any() and tables.pooled(load).empty, spoil
    with pytest.raises(ValueError, match="pool 'p' holds units %, hours"):
        tables.pools(made(*five[:4], {**five[4], "unit": "hours"}))


def test_no_set_of_the_table_qualifies_yet():
    found = tables.pools(an.load)
    assert found["primary"].max() < tables.NEEDED and tables.pooled(an.load).empty
    assert found.set_index("pool").at["tasks-per-developer", "studies"] >= tables.NEEDED  # enough studies, few errors


def test_less_time_is_drawn_as_a_gain():
    saved = {"outcome_kind": "time", "outcome": "time taken", "estimate": -20.0, "conf_low": -30.0, "conf_high": -5.0}
    load = made({"independent_group": "a", "level": "task", "interval_kind": "95 % confidence", **saved})
    row = tables.estimate_rows(load, ("task",)).iloc[0]
    assert row[["estimate", "low", "high"]].tolist() == [20.0, 5.0, 30.0] and "less time taken" in row["label"]


@pytest.mark.parametrize(
    ("study", "name"),
    [
        ("Acemoglu, The simple macroeconomics of AI", "Acemoglu"),
        ("Babina, Fedyk, He and Hodson, Artificial intelligence, firm growth, and product innovation", "Babina et al."),
        ("Paradis et al., How much does AI impact development speed?", "Paradis et al."),
        ("Bank of Korea (Oh, Yoon and Suh), Does AI adoption improve productivity?", "Bank of Korea"),
        ("Nam, AI adoption and labour productivity of Korean firms", "Nam"),
        ("Calvino and Fontanelli, A portrait of AI adopters", "Calvino and Fontanelli"),
    ],
)
def test_names_in_short(study, name):
    assert tables.short(study) == name


def test_complements_by_study():
    table = tables.complement_table(an.load)
    assert set(table["Gains depend on them"]) <= {"yes", "no"} and table["Level"].iloc[0] == "firm"
    assert not table.duplicated(["Study", "Level", "Country"]).any()
