"""The page on divergence: its numbers are those of the claim, both sides fit one screen, words follow counts."""

from pathlib import Path

import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import Unmeasurable
from analysis.report.measures import divergence, divergence_facts, frontier
from analysis.report.measures.divergence import WEAKER
from tests.report.measures.loading import changed


def test_the_facts_are_those_of_the_claim():
    facts, judged = divergence_facts.facts(an.load), claims.judge("B5")
    heads = judged.readings[judged.readings["headline"]].set_index("part")["shown"]
    assert heads["firms"].startswith(f"{facts['firms_stronger']} of {facts['firms_n']} (")
    assert heads["workers"].startswith(f"{facts['workers_stronger']} of {facts['workers_n']} (")
    assert facts["firms_stronger"] + facts["firms_weaker"] + facts["firms_neither"] == facts["firms_n"]
    assert (facts["added_before"], facts["added_first"], facts["added_last"]) == pytest.approx((24.3, 27.2, 25.3))
    assert facts["added_change"] == pytest.approx(facts["added_last"] - facts["added_first"]) == pytest.approx(-1.9)
    assert facts["added_change_before"] == pytest.approx(1.0)
    assert facts["added_last_year"] < facts["use_first"]  # the ratio ends before the question asked now
    assert (facts["strong_entrepreneurs"], facts["weak_entrepreneurs"], facts["novices"]) == (15.0, -8.0, 30.0)
    assert facts["agents_low"] < facts["agents"] < facts["agents_high"]
    assert facts["falls"] + facts["rises"] < facts["changes"]  # one change is within rounding
    assert 0 < facts["with_error"] < facts["estimates"]


def test_each_side_has_its_evidence_and_marks_what_is_secondary():
    table = divergence_facts.sides(an.load)
    assert list(table) == ["Evidence", "For", "Against", "secondary"] and len(table) <= 4
    for side in ("For", "Against"):
        assert table[side].str.split().str.len().sum() <= 66  # with card and title it stands on one screen
    assert table["Evidence"].is_unique
    marked = table[["For", "Against"]].apply(lambda column: column.str.contains("†")).any(axis=1)
    assert (marked == table["secondary"]).all() and marked.any() and not marked.all()


def test_a_study_that_is_cited_by_name_says_what_is_cited():
    def turned(table):
        table.loc[table["id"] == divergence_facts.STUDIES["concentrated"], "who_gains"] = WEAKER
        return table

    with pytest.raises(Unmeasurable, match="no AIE-108 that finds the stronger gain more"):
        divergence_facts.sides(changed(effect_estimates=turned))


def test_an_estimate_that_is_not_held_is_named():
    without = changed(effect_estimates=lambda table: table[table["id"] != "EFF-B-002"])
    with pytest.raises(Unmeasurable, match="no estimate EFF-B-002"):
        divergence.by_strength(without)


def test_the_words_of_the_page_follow_the_claim():
    """The title says: firms split, workers lean to the weak, Korea open. If a count turns, rewrite the page."""
    facts, judged = divergence_facts.facts(an.load), claims.judge("B5")
    rows = divergence.share_rows(judged.readings)
    firms, workers = rows[rows["part"] == "firms"], rows[rows["part"] == "workers"]
    assert 0 < firms["holds"].sum() < len(firms) and facts["firms_low"] < 50 < facts["firms_high"]  # split
    assert facts["firms_margin"] == 1  # "one study tips the count", "one study more or less decides"
    assert not workers["holds"].any() and facts["workers_weaker"] > facts["workers_n"] / 2  # "lean towards the weak"
    assert facts["workers_low"] < 50  # "neither is told from one half"
    told = rows[~((rows["low"] < 0.5) & (rows["high"] > 0.5))]["label"]
    assert len(rows) - facts["untold"] == len(told) and facts["shares"] == len(rows)
    assert told.str.endswith("one vote per estimate").all()  # "the rest count estimates in place of studies"
    kiet = frontier.since_1980(an.load).query("series.str.startswith('KIET')").set_index("year")["percent"]
    assert kiet[kiet.index >= facts["peak_year"]].is_monotonic_decreasing and facts["peak_year"] == 1990
    assert facts["peak_from"] < facts["peak"]  # "rose before"
    korea = judged.readings[judged.readings["part"] == "korea"]["holds"]
    assert korea.any() and not korea.all()  # "a rise or a fall by the year one starts from"
    assert facts["rho_low"] < 0 < facts["rho_high"]  # "the data cannot tell"
    page = (Path(__file__).parents[3] / "book/ai-adoption/divergence.md").read_text(encoding="utf-8")
    assert "# Studies of firms are split, studies of workers lean towards the weak; Korea's figures do not" in page
    assert "large:" not in page and "22.3" not in page  # doubtful figures are not quoted
