"""Claim C2: votes by study, every verdict within reach, both sides shown, and a notch found where one is planted."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis import theme
from analysis.report import claims
from analysis.report.charts import thresholds
from analysis.report.claims import Unmeasurable
from analysis.report.measures import insulation, insulation_tables, notch_example
from analysis.report.measures.insulation import MIXED, NEGATIVE, NONE, POSITIVE


def altered(**changes):
    """Load as usual, but `support_effects` with columns set by functions of the table."""

    def load(name):
        table = an.load(name)
        return table.assign(**changes) if name == "support_effects" else table

    return load


def where(outcome, direction):
    """Set the direction of every row of an outcome."""
    return lambda table: table["direction"].where(table["outcome_kind"] != outcome, direction)


def both(survival, productivity, others=None):
    def column(table):
        found = where("survival", survival)(table)
        found = found.where(table["outcome_kind"] != "productivity", productivity)
        return found.where(~table["outcome_kind"].isin(["output", "investment"]), others) if others else found

    return altered(direction=column)


def rows(*entries):
    """Load a small `support_effects` of (group, outcome, direction) rows of Korean credit."""
    base = an.load("support_effects").iloc[[0]]

    def load(name):
        made = [
            base.assign(id=f"X-{n}", independent_group=group, outcome_kind=outcome, direction=direction, **more)
            for n, (group, outcome, direction, more) in enumerate(entries)
        ]
        return pd.concat(made, ignore_index=True) if name == "support_effects" else an.load(name)

    return load


def test_the_counts_of_today():
    readings = {(one.part, one.headline): one for one in insulation.insulates(an.load) if one.headline}
    assert readings["survival", True].shown == "8 of 10 studies"
    assert readings["pressure", True].shown == "7 of 11 studies: 4 no difference, 2 a fall, 1 mixed"
    assert readings["korea_survival", True].shown == "5 of 6 studies"
    assert readings["korea_pressure", True].shown == "3 of 5 studies: 2 no difference, 1 a fall"
    judged = claims.judge("C2")
    assert judged.verdict == claims.LIMITS == judged.stronger.verdict and judged.basis == "literature"
    survival = judged.readings.query("part == 'survival'")
    assert survival["holds"].all() and len(survival) >= 6
    pressure = judged.readings.query("part == 'pressure'").set_index("label")
    assert pressure.loc["given on a score, or tied to improvement", "shown"] == "0 of 5 studies"
    assert pressure.loc["given to all who are eligible", "shown"] == "7 of 9 studies"


def test_a_design_is_named_only_where_a_study_has_it():
    labels = [one.label for one in insulation.insulates(an.load) if one.turns_on == "design"]
    assert labels == ["cut-offs or difference-in-differences", "cut-offs, instruments or difference-in-differences"]
    lots = altered(design=lambda table: table["design"].where(table["id"] != "EFF-C-001", "randomised"))
    assert "lots" in insulation.sharp_words(insulation.studies(lots, "productivity"))


def test_a_firm_beside_itself_is_no_sharpest_design():
    sharp = insulation.studies(an.load, "productivity", designs=insulation.STRONG)
    assert "branstetter" not in set(sharp["group"]) and len(sharp) == 5


def test_words_for_no_gain_follow_the_votes():
    entries = [(str(n), "productivity", one, {}) for n, one in enumerate([NEGATIVE, NEGATIVE, NONE, POSITIVE])]
    load = rows(*entries)
    assert insulation.split(insulation.studies(load, "productivity")) == "1 no difference, 2 a fall"
    every = rows(*[(str(n), "productivity", POSITIVE, {}) for n in range(3)])
    assert insulation.split(insulation.studies(every, "productivity")) == ""


@pytest.mark.parametrize(
    ("load", "verdict", "stronger"),
    [
        (both(POSITIVE, NEGATIVE, NEGATIVE), claims.SUPPORTED, claims.SUPPORTED),
        (both(NEGATIVE, POSITIVE, POSITIVE), claims.CONTRADICTED, claims.CONTRADICTED),
        (both(POSITIVE, POSITIVE, POSITIVE), claims.LIMITS, claims.LIMITS),
        (both(NONE, NONE), claims.LIMITS, claims.LIMITS),
    ],
)
def test_each_verdict_can_be_returned(load, verdict, stronger):
    judged = claims.judge("C2", load)
    assert judged.verdict == verdict and judged.stronger.verdict == stronger


def test_without_studies_it_cannot_be_decided():
    judged = claims.judge("C2", altered(tied="tied"))
    assert judged.verdict == claims.UNTESTABLE and "fewer than 3 studies" in judged.depends_on
    with pytest.raises(Unmeasurable, match="no alternative with 3 studies"):
        insulation._readings("survival", [("all", insulation.studies(an.load, "survival"), (POSITIVE,), "x")])


@pytest.mark.parametrize(
    ("directions", "finds"),
    [
        ([POSITIVE, POSITIVE], POSITIVE), ([NONE, NEGATIVE], NEGATIVE), ([POSITIVE, NONE], MIXED),
        ([POSITIVE, NEGATIVE], MIXED), ([NONE], NONE),
    ],
)  # fmt: skip
def test_a_study_has_one_vote_whatever_its_rows(directions, finds):
    load = rows(*[("one", "survival", each, {}) for each in directions], ("two", "survival", POSITIVE, {}))
    found = insulation.studies(load, "survival").set_index("group")
    assert found["finds"].to_dict() == {"one": finds, "two": POSITIVE}
    assert found.loc["one", "rows"] == len(directions)


def test_who_is_counted():
    load = rows(
        ("given", "survival", POSITIVE, {}), ("tied", "survival", POSITIVE, {"tied": "tied"}),
        ("rule", "survival", POSITIVE, {"tied": "not support"}), ("abroad", "survival", NONE, {"country": "FRA"}),
        ("lots", "survival", NONE, {"design": "randomised", "secondary": False, "refereed": True}),
        ("no sign", "survival", np.nan, {}), ("other", "output", POSITIVE, {}),
    )  # fmt: skip

    def groups(**how):
        return insulation.studies(load, "survival", **how)["group"].tolist()

    assert groups() == ["given", "abroad", "lots"]
    assert groups(tied=("tied",)) == ["tied"] and groups(korea=False) == ["abroad"]
    assert groups(designs=insulation.STRONG) == groups(primary=True) == groups(refereed=True) == ["lots"]
    assert groups(treatments=("grant",)) == []


def test_a_study_read_in_part_in_its_own_words_is_not_secondary():
    found = insulation.studies(an.load, "productivity").set_index("group")
    assert not found.loc["chang-kdi", "secondary"] and found.loc["mss-smart-factory", "secondary"]
    assert found.loc["dvoulety-blazkova", "finds"] == MIXED
    assert not (found.query("design in @insulation.STRONG")["country"] == "KOR").any()


def test_facts_and_tables_agree():
    facts, tally = insulation_tables.facts(an.load), insulation_tables.tally(an.load)
    assert tally.groupby("label")["share"].sum().to_numpy() == pytest.approx(1)
    assert facts["productivity_up"] + facts["productivity_no"] == facts["productivity_n"] == 11
    assert (facts["kdi_tfp"], facts["kdi_survival"]) == (-4.92, 5.32)
    assert (facts["zombie_sme"], facts["recovered"], facts["bok_output"]) == (18.0, 12.8, 0.45)
    assert (facts["france_rigid"], facts["france_flexible"], facts["france_small"]) == (3.4, 1.3, 0.3)
    assert facts["strong_korea"] == 0 and facts["with_error"] == 0 and facts["best_pool"] < facts["needed"]
    assert facts["strong_survival"] == 2 and facts["strong_survival_n"] == 3
    assert (facts["untied_gain"], facts["untied_n"], facts["scored_n"], facts["tied_n"]) == (2, 9, 2, 3)
    assert facts["chosen_gain"] == facts["chosen_n"] == 5  # a heading of the page says all
    assert facts["untied_n"] + facts["scored_n"] == facts["productivity_n"]
    assert (facts["abstracts"], facts["rows"], facts["france_times"]) == (67, 102, 4)
    assert facts["no_low"] < 50 < facts["no_high"] and facts["matched"] == facts["korea_survival_n"] == 6
    studies = insulation_tables.study_table(an.load)
    assert (studies[["Survival", "Productivity"]] != "not looked at").sum().tolist() == [10, 11]
    assert studies["Country"].tolist() == sorted(studies["Country"], key=lambda one: one != "Korea")
    assert not insulation_tables.poolable(an.load)["poolable"].any()


def test_a_set_with_errors_enough_would_be_pooled():
    entries = [
        (f"g{n}", "survival", POSITIVE, {"estimate": 1.0, "std_error": 0.5, "unit": "%", "secondary": False})
        for n in range(5)
    ]
    found = insulation_tables.poolable(rows(*entries))
    assert found["poolable"].tolist() == [True] and found["with_error"].tolist() == [5]
    entries[0][3]["secondary"] = True
    assert not insulation_tables.poolable(rows(*entries))["poolable"].any()


def test_both_sides_have_their_say_and_daggers_follow_the_sources():
    sides = insulation_tables.sides(an.load)
    assert (sides[["For", "Against"]].map(len) > 20).all(axis=None) and len(sides) == 4
    longer = sides[["For", "Against"]].map(len).sum()
    assert 0.6 < longer["For"] / longer["Against"] < 1.6
    assert (sides[["For", "Against"]].map(lambda cell: len(cell.split())).sum() <= 60).all()
    marked = sides.set_index("Evidence")["secondary"]
    assert marked["Korea"] and marked["How it is given"] and not marked["Survival"]
    given = sides.set_index("Evidence").loc["How it is given"]
    assert "2 of 9" in given["For"] and "2 of 2" in given["Against"] and "3 of 3 †" in given["Against"]
    read = altered(secondary=False)
    assert not insulation_tables.sides(read).set_index("Evidence").loc["How it is given", "secondary"]


def test_how_support_is_given():
    found = insulation_tables.by_way(an.load)
    assert found.groupby("tied")["share"].sum().to_numpy() == pytest.approx(1)
    assert found.groupby("tied", sort=False)["studies"].sum().to_dict() == {"untied": 9, "scored": 2, "tied": 3}
    assert found.loc[found["secondary"], "tied"].unique().tolist() == ["tied"]
    with pytest.raises(Unmeasurable, match="no study of productivity and support given by merit"):
        insulation_tables.by_way(altered(tied="untied"))


def test_two_studies_of_a_year_have_two_names():
    named = insulation_tables.names(an.load)
    assert (named["bank-of-korea-2025"], named["value-up"]) == ("Jang, Choi et al.", "Jang, Kim and Kang")
    assert named["oh-guarantees"] == "Oh et al." and named["chang-kdi"] == "Chang"
    labels = insulation_tables.estimate_rows(an.load)["label"]
    assert labels.str.contains("Jang, Kim and Kang").sum() == 2


def test_every_estimate_without_an_error_is_marked():
    rows_ = insulation_tables.estimate_rows(an.load)
    assert not rows_["has_error"].any() and rows_[["low", "high"]].isna().all(axis=None)
    assert (rows_["label"].str.contains("†") == rows_["secondary"]).all()
    assert (rows_["label"].str.startswith("tied") == (rows_["kind"] == "tied")).all()
    grants = insulation_tables.estimate_rows(an.load, "hours")
    assert grants["has_error"].all() and grants["low"].iloc[0] == pytest.approx(28.6)
    with pytest.raises(Unmeasurable, match="in parsecs"):
        insulation_tables.estimate_rows(an.load, "parsecs")


def test_costs_of_rules_have_a_minus_sign():
    table = insulation_tables.rule_costs(an.load)
    assert table["Effect"].str.startswith("-").tolist() == [True] * 6 + [False]
    assert table["Effect"].iloc[[0, 1, 2, 6]].tolist() == [
        "-1.3 % of GDP", "-0.3 % at most", "-3.4 % of GDP", "+1.0 to +2.0 %"
    ]  # fmt: skip
    assert table["Of what"].iloc[:2].tolist() == ["welfare", "output per worker, number of firms fixed"]
    sure = insulation_tables.rule_costs(altered(note=""))
    assert not sure["Effect"].str.contains("at most").any()


def test_a_missing_figure_is_named():
    def load(name):
        table = an.load(name)
        return table[table["id"] != "EFF-C-001"] if name == "support_effects" else table

    with pytest.raises(Unmeasurable, match="support_effects holds no figure EFF-C-001"):
        insulation_tables.facts(load)


@pytest.fixture(scope="module")
def register():
    random = np.random.default_rng(1)
    sales = 180_000 * np.exp(random.normal(-1, 1.2, 6_000))
    return pd.DataFrame({"sales": sales, "synthetic": True})


def test_a_planted_notch_is_found_and_none_where_there_is_none(register):
    notch = notch_example.example(register, notch_example.limit(an.load))
    seen = notch.facts()
    assert notch.limit == 180 and seen["moved"] > 100
    assert seen["planted_low"] < seen["moved"] < seen["planted_high"] and seen["planted_low"] > 0
    assert seen["plain_low"] < 0 < seen["plain_high"]
    table = notch.table()
    assert table["synthetic"].all() and table["case"].unique().tolist() == ["as drawn", "notch planted"]
    assert table.groupby("case")["observed"].sum().nunique() == 1
    assert table["sales"].between(60, 520).all()


def test_nothing_is_planted_among_real_firms(register):
    with pytest.raises(ValueError, match="synthetic firms only"):
        notch_example.example(register.assign(synthetic=False), 180)


def test_the_picture_of_a_notch(register):
    table = notch_example.example(register, 180).table()
    options = {"inside": "in_window", "threshold": 180.0, "name": "limit", "log": True}
    figure = thresholds.at_threshold(table, "case", "sales", "observed", "counterfactual", **options)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["as drawn", "notch planted"]
    assert all(len(axes.lines) == 3 for axes in figure.axes)
    assert figure.axes[0].get_ylim()[1] > table["observed"].max()
    theme.mark_synthetic(figure)
    assert all(axes.patch.get_hatch() for axes in figure.axes)
    with pytest.raises(ValueError, match="'observed' has no value"):
        thresholds.at_threshold(
            table.assign(observed=np.nan), "case", "sales", "observed", "counterfactual", **options
        )
    with pytest.raises(ValueError, match="window must lie within the bins"):
        thresholds.at_threshold(
            table.assign(in_window=False), "case", "sales", "observed", "counterfactual", **options
        )
