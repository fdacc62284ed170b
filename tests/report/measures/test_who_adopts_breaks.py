"""The breaks that nothing crosses: Korea's question of 2022, and Europe's list of technologies of 2025."""

from itertools import combinations

import pandas as pd
import pytest

import analysis as an
from analysis.data.ingest import nia
from analysis.data.ingest.eurostat import WIDENED
from analysis.report.claims import Unmeasurable
from analysis.report.measures import adoption_gradients as gradients
from analysis.report.measures import adoption_korea as korea
from analysis.report.measures import adoption_pace as pace
from analysis.report.measures import adoption_tables as tables
from analysis.report.measures.adoption_tables import EUROPE, KOREA
from tests.report.measures.loading import changed

EVERY = "every country has a break, list of technologies grew"



@pytest.mark.parametrize(("first", "last"), [(2021, 2022), (2019, 2024), (2022, 2021), (2020, 2023)])
def test_no_korean_change_crosses_the_break(first, last):
    with pytest.raises(ValueError, match="no change from .*: question changed from yes or no"):
        korea.change(an.load, first, last)


def test_korean_changes_within_a_question_are_taken():
    assert korea.change(an.load, 2022, 2024) == pytest.approx(4.9)
    assert korea.change(an.load, 2019, 2021) == pytest.approx(0.2)
    with pytest.raises(Unmeasurable, match="no Korean firms with 250\\+ persons in 2023"):
        korea.change(an.load, 2022, 2023, "250+")


def test_a_pace_across_the_break_is_refused():
    def older(table):
        row = table[(table["survey"] == KOREA) & (table["year"] == 2021) & (table["breakdown"] == "none")]
        rows = [row.assign(breakdown="size", size_class=size, value=2.0) for size in ("10-49", "250+")]
        return pd.concat([table, *rows], ignore_index=True)

    for scale in pace.SCALES:
        with pytest.raises(ValueError, match="no change from 2021 to 2024"):
            pace.korean_pace(changed(ai_adoption=older), "250+", scale, 2021, 2024)


def windows():
    """Every choice of two or more European rounds that are held."""
    rounds = sorted(an.load("ai_adoption").query("survey == @EUROPE")["year"].unique())
    return [some for many in range(2, len(rounds) + 1) for some in combinations(map(int, rounds), many)]


@pytest.mark.parametrize("rounds", windows())
def test_no_regression_crosses_a_break(rounds):
    if max(rounds) >= WIDENED:
        for estimate in (pace.panel, pace.least_squares, pace.fractional):
            with pytest.raises(ValueError, match=f"{max(rounds)}: {EVERY}"):
                estimate(an.load, rounds)
        return
    rows, table = pace.panel(an.load, rounds), an.load("ai_adoption")
    held = table[(table["survey"] == EUROPE) & (table["breakdown"] == "size")]
    runs = rows.merge(held, on=["country", "size_class", "year"])
    assert len(runs) == len(rows) and runs.groupby("country")["series"].nunique().eq(1).all()
    assert runs["question"].nunique() == 1


@pytest.mark.parametrize("area", ["EU", "EA", "DEU", "NLD"])
@pytest.mark.parametrize("first", [2021, 2023, 2024])
def test_no_european_change_reaches_into_the_longer_list(area, first):
    with pytest.raises(ValueError, match=f"the series of {area} breaks between {first} and 2025"):
        pace.area_pace(an.load, area, first, 2025, "points")
    with pytest.raises(ValueError, match=f"no change from {first} to 2025: {EVERY}"):
        tables.ai_use_change(an.load, first, 2025)


def test_no_reading_of_a_pace_reaches_into_the_longer_list():
    readings = [one for one in pace.adopted_fastest(an.load) if one.part in ("pace", "points")]
    ends = [int(str(one.year).split("-")[-1]) + 2000 for one in readings]
    assert len(ends) > 10 and max(ends) < WIDENED
    windows = pace.pace_table(an.load)
    assert windows["last"].max() < WIDENED and windows["first"].min() == 2021


def test_a_european_pace_does_not_cross_a_break():
    with pytest.raises(ValueError, match="the series of FRA breaks between 2021 and 2024"):
        pace.area_pace(an.load, "FRA", 2021, 2024, "points")


def test_no_line_joins_two_series():
    lines = korea.over_time(an.load)
    assert lines.groupby("line")[["survey", "tabulated_by", "series"]].nunique().eq(1).all(axis=None)
    own = lines[lines["survey"] == KOREA]
    spans = own.groupby("line")["year"].agg(["min", "max"])
    assert not ((spans["min"] < nia.BREAK_YEAR) & (spans["max"] >= nia.BREAK_YEAR)).any()
    assert set(own["year"]) == set(range(2019, 2025))


def test_a_line_that_would_join_two_series_is_refused():
    rows = korea.whole(an.load)
    with pytest.raises(ValueError, match="'one' would join two series of nia-informatisation: question changed"):
        korea.unbroken(rows[rows["survey"] == KOREA].assign(line="one"), "line")


def test_no_exhibit_pairs_rates_across_the_break():
    table = pace.pace_table(an.load)
    own = table[table["window"].str.startswith("Korea")]
    assert (own["first"] >= nia.BREAK_YEAR).all()
    held = gradients.gradients(an.load)
    assert (held.loc[held["survey"] == KOREA, "series"] == 2).all()
    used = korea.ranking(an.load)
    assert used["country"].is_unique
    joined = pace.two_areas(an.load).query("not apart").merge(
        an.load("ai_adoption").query("breakdown == 'size' and survey in [@EUROPE, @KOREA]"),
        on=["country", "size_class", "year"],
    )  # fmt: skip
    assert joined.groupby("line")[["series", "question"]].nunique().eq(1).all(axis=None)
    assert set(joined.loc[joined["country"] == "EU", "year"]) == {2021, 2023, 2024}
