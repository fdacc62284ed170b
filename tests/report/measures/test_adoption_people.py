"""Persons beside firms, and US companies that span states or sectors against those of one state."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import Unmeasurable
from analysis.report.measures import adoption_multi_unit as units
from analysis.report.measures import adoption_people as people


def changed(**tables):
    """Return a loader that puts other tables in place of those held."""
    return lambda name: tables[name] if name in tables else an.load(name)


# Persons


def test_korea_is_ranked_by_persons():
    table = people.ranks(an.load).set_index("period")
    assert table["value"].tolist() == [25.9, 30.7, 37.1]
    assert table["rank"].tolist() == [25, 18, 16] and table["oecd_rank"].tolist() == [21, 15, 13]
    assert table["economies"].eq(147).all() and table["members"].eq(34).all()
    assert people.ranks(an.load).attrs["missing_members"] == ["Estonia", "Iceland", "Latvia", "Luxembourg"]


def test_a_tie_does_not_move_korea():
    table = an.load("ai_diffusion")
    table.loc[(table["country"] == "JPN") & (table["period"] == "2026-Q1"), "value"] = 37.1
    assert people.ranks(changed(ai_diffusion=table)).set_index("period").at["2026-Q1", "rank"] == 16
    table.loc[(table["country"] == "JPN") & (table["period"] == "2026-Q1"), "value"] = 37.2
    assert people.ranks(changed(ai_diffusion=table)).set_index("period").at["2026-Q1", "rank"] == 17


def test_firms_and_persons_are_matched_by_country():
    rows = people.firms_and_persons(an.load).set_index("country")
    assert rows.loc["KOR", ["firms", "persons"]].tolist() == [32.9, 25.9] and rows["name"].notna().all()
    assert people.firms_and_persons(an.load).attrs["left_out"] == [
        "Cyprus", "Estonia", "Luxembourg", "Latvia", "Malta", "Montenegro",
    ]  # fmt: skip
    found = people.facts(an.load)
    assert (found["both"], found["both_firms"], found["both_persons"]) == (28, "6th", "14th")
    assert found["both_persons_last"] == "7th" and found["gain_rank"] == "1st" and found["gain"] == pytest.approx(11.2)
    assert found["people_rho"] == pytest.approx(rows["firms"].rank().corr(rows["persons"].rank()))


def test_a_period_or_country_that_is_not_held_is_named():
    with pytest.raises(ValueError, match="period='2024'; held: 2025-H1, 2025-H2, 2026-Q1"):
        people.persons(an.load, "2024")
    table = an.load("ai_diffusion")
    with pytest.raises(Unmeasurable, match="holds no Korea in 2025-H1"):
        people.ranks(changed(ai_diffusion=table[table["country"] != "KOR"]))
    few = table[table["country"].isin(["KOR", "DEU"])]
    with pytest.raises(Unmeasurable, match="2 units have every measure"):
        people.agreement(changed(ai_diffusion=few))


# Companies that span states or sectors


def states(several, one, error=0.5, count=12, fortnights=46):
    """Return a table of states whose rates are given by fortnight, all with one standard error."""
    starts = pd.date_range("2023-08-28", periods=fortnights, freq="14D").strftime("%Y-%m-%d")
    parts = []
    for question in (units.NOW, units.EXPECTED):
        for state in ["XX", *(f"S{number}" for number in range(count))]:
            rate = np.broadcast_to(several if state == "XX" else one, fortnights).astype(float)
            parts.append(
                pd.DataFrame(
                    {"state": state, "question": question, "period": range(fortnights), "reference_start": starts,
                     "reference_end": starts, "value": rate, "std_error": error, "series": 1}
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def logistic(start, pace, fortnights=46):
    years = np.arange(fortnights) * units.DAYS / units.YEAR
    odds = start / (100 - start) * np.exp(pace * years)
    return 100 * odds / (1 + odds)


@pytest.mark.parametrize(("several", "one"), [(0.7, 0.4), (0.2, 0.5), (0.3, 0.3)])
def test_a_known_pace_is_found_on_the_scale_of_log_odds(several, one):
    load = changed(us_state_ai_use=states(logistic(5, several), logistic(6, one)))
    found = units.pace(load)
    assert found["estimate"] == pytest.approx(several - one, abs=1e-12)
    assert found["std_error"] == pytest.approx(0, abs=1e-12) and found["fortnights"] == 46
    assert units.pace(load, first_cycle=1)["fortnights"] == 40


def test_a_known_pace_is_found_in_points_and_the_published_errors_are_carried_through():
    years = np.arange(46) * units.DAYS / units.YEAR
    load = changed(us_state_ai_use=states(5 + 3 * years, 5 + 1 * years, error=0.6, count=16))
    found = units.pace(load, "points")
    assert found["estimate"] == pytest.approx(2.0)
    # errors by hand: every panel a least-squares slope, one state's mean of 16 has a quarter of the error
    variance = 0.6**2 * (1 + 1 / 16)
    spreads = [((years[panel::6] - years[panel::6].mean()) ** 2).sum() for panel in range(6)]
    assert found["sampling_error"] == pytest.approx(np.sqrt(sum(variance / one for one in spreads)) / 6)


def test_the_error_of_the_pace_is_the_spread_of_the_panels():
    rng = np.random.default_rng(1)
    several = 8 + rng.normal(0, 0.5, 46)
    load = changed(us_state_ai_use=states(several, 6))
    found = units.pace(load, "points")
    years = np.arange(46) * units.DAYS / units.YEAR
    slopes = [np.polyfit(years[panel::6], several[panel::6], 1)[0] for panel in range(6)]
    assert found["estimate"] == pytest.approx(np.mean(slopes))
    assert found["std_error"] == pytest.approx(np.std(slopes, ddof=1) / np.sqrt(6))
    assert found["conf_high"] - found["estimate"] == pytest.approx(2.570582 * found["std_error"], rel=1e-6)


def test_the_error_holds_when_companies_answer_again():
    """Companies keep their level from one round to the next: the interval still covers the true pace."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        own = rng.normal(0, 0.8, 6)[np.arange(46) % 6]
        drift = np.concatenate([rng.normal(0, 0.5, 6) * step for step in range(8)])[:46]
        found = units.pace(changed(us_state_ai_use=states(20 + own + drift, 15, count=10)), "points")
        covered += found["conf_low"] <= 0 <= found["conf_high"]
    assert 180 <= covered <= 199


def test_cycles_are_means_of_six_fortnights_with_their_errors():
    table = units.cycles(an.load)
    assert table["fortnights"].tolist() == [6] * 7 + [4]
    held = an.load("us_state_ai_use").query("state == 'XX' and question == 'use now'").head(6)
    assert table.at[0, "several"] == pytest.approx(held["value"].mean())
    rows = units.fortnights(an.load).head(6)
    error = np.sqrt((rows["several_error"] ** 2 + rows["one_error"] ** 2).sum()) / 6
    assert table.at[0, "gap_high"] - table.at[0, "gap"] == pytest.approx(1.959964 * error, rel=1e-6)
    odds = (table["several"] / (100 - table["several"])) / (table["one"] / (100 - table["one"]))
    assert np.allclose(table["log_odds"], np.log(odds))
    assert table["label"].iloc[0] == "Aug to Nov 2023: 3.7 and 4.1 %"


def test_the_same_states_enter_every_fortnight():
    rows = units.fortnights(an.load)
    assert len(rows.attrs["states"]) == 22 and len(rows.attrs["left_out"]) == 30 and rows.attrs["suppressed"] == 791
    table = an.load("us_state_ai_use").query("question == 'use now'")
    steady = table[table["state"].isin(rows.attrs["states"])]
    assert steady["value"].notna().all()
    first = steady[steady["period"] == 202319]
    assert rows.at[0, "one"] == pytest.approx(first["value"].mean())
    assert rows.at[0, "one_error"] == pytest.approx(np.sqrt((first["std_error"] ** 2).sum()) / 22)


def test_the_pace_held_is_above_zero_and_less_sure_without_the_first_cycle():
    found = units.facts(an.load)
    assert found["unit_since_low"] > 0.25 and found["unit_since_high"] < 0.35  # four cycles on one level
    table = units.pace_table(an.load)
    assert len(table) == 12 and table["estimate"].gt(0).all()
    odds = table[(table["scale"] == "log-odds") & (table["against"] == "mean of the same states")].set_index("cycles")
    assert odds.at["all", "estimate"] == pytest.approx(0.269, abs=0.001) and odds.at["all", "conf_low"] > 0
    assert odds.at["without the first", "conf_low"] < 0 < odds.at["without the first", "conf_high"]


def test_expectations_are_set_against_the_same_group_six_months_on():
    table = states(10, 5)
    later = (table["question"] == units.EXPECTED) & (table["state"] == "XX")
    table.loc[later, "value"] = 12.0
    found = units.expectations(changed(us_state_ai_use=table)).set_index("group")
    assert found["excess"].round(9).tolist() == [2.0, 0.0] and found["fortnights"].eq(33).all()
    held = units.expectations(an.load)
    assert held["excess"].gt(0).all()


def test_what_cannot_be_measured_is_said():
    table = states(10, 5)
    with pytest.raises(Unmeasurable, match="more than one wording"):
        units.fortnights(changed(us_state_ai_use=table.assign(series=(table["period"] > 20) + 1)))
    with pytest.raises(Unmeasurable, match="lacks a fortnight between two others"):
        units.fortnights(changed(us_state_ai_use=table[table["period"] != 20]))
    with pytest.raises(Unmeasurable, match="all but 9 states"):
        units.fortnights(changed(us_state_ai_use=states(10, 5, count=9)))
    with pytest.raises(Unmeasurable, match="lacks fortnights of XX"):
        units.fortnights(changed(us_state_ai_use=table[table["state"] != "XX"]))


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: units.fortnights(an.load, "later"), "question='later'; legal: use now, expected in six months"),
        (lambda: units.pace(an.load, "logs"), "scale='logs'; legal scales: log-odds, points, proportional"),
        (lambda: units.pace(an.load, states="all"), "states='all'; legal: one, median"),
        (lambda: units.pace(an.load, first_cycle=6), "first_cycle=6 leaves a panel with fewer than three fortnights"),
    ],
)
def test_an_unknown_option_is_named(call, problem):
    with pytest.raises(ValueError, match=problem):
        call()


def test_no_reading_of_the_claims_rests_on_either_table():
    for claim in ("B1", "B2"):
        basis = set(claims.judge(claim).readings["table"])
        assert basis and not basis & {"us_state_ai_use", "ai_diffusion"}
