"""Claims B1 and B2: known values, verdicts that can turn, the Korean break never crossed, missing data named."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import adoption_gradients as gradients
from analysis.report.measures import adoption_korea as korea
from analysis.report.measures import adoption_pace as pace
from analysis.report.measures import us_technology as us
from analysis.report.measures.adoption_tables import EUROPE, KOREA, US
from tests.report.measures.loading import changed


def without(**conditions):
    def edit(table):
        hit = pd.Series(True, index=table.index)
        for column, value in conditions.items():
            hit &= table[column] == value
        assert hit.any()
        return table[~hit]

    return edit


def chain(*edits):
    def edit(table):
        for one in edits:
            table = one(table)
        return table

    return edit


def put(value, **conditions):
    def edit(table):
        hit = pd.Series(True, index=table.index)
        for column, wanted in conditions.items():
            hit &= table[column].isin(wanted if isinstance(wanted, (list, tuple)) else [wanted])
        assert hit.any()
        return table.assign(value=table["value"].mask(hit, value))

    return edit


def parts(judged):
    grouped = judged.readings.groupby("part")
    return {name: claims.verdict(rows["headline"], rows["holds"]) for name, rows in grouped}


# Known values


def test_korea_by_the_official_survey():
    judged = claims.judge("B1").readings
    level = judged[judged["part"] == "level"]
    assert level.loc[level["headline"], "value"].tolist() == [32.9]
    assert level["value"].min() == 0.1 and level["value"].max() == 32.9
    assert level.loc[level["turns_on"] == "question", "value"].tolist() == [2.7, 2.7, 2.5]


def test_korea_is_seventh_of_34_and_first_a_year_before():
    assert korea.place(an.load, 2025, "10+", 2024) == (7, 34)
    assert korea.place(an.load, 2024, "10+", 2023) == (1, 34)
    assert korea.place(an.load, 2025, "10-49", 2024) == (4, 33)
    assert korea.outlook_rank(an.load) == (1, 37)
    table = korea.ranking(an.load)
    assert table.index[table["country"] == "KOR"].tolist() == [6] and table["value"].is_monotonic_decreasing


def test_korea_has_both_measures_of_its_gradient():
    row = gradients.one(gradients.gradients(an.load), KOREA, "KOR", 2024)
    assert (row["small"], row["large"]) == (30.6, 66.9)
    assert row["ratio"] == pytest.approx(2.186, abs=5e-4) and row["gap"] == pytest.approx(36.3)
    assert row["odds_ratio"] == pytest.approx((66.9 / 33.1) / (30.6 / 69.4))


@pytest.mark.parametrize(("area", "ratio", "gap"), [("EU", 3.237, 38.03), ("EA", 3.140, 39.26)])
def test_europe_has_both_measures_of_its_gradient(area, ratio, gap):
    row = gradients.one(gradients.gradients(an.load), EUROPE, area, 2025)
    assert row["ratio"] == pytest.approx(ratio, abs=5e-4) and row["gap"] == pytest.approx(gap, abs=5e-3)


def test_the_american_gradient_rests_on_bands_weighted_by_companies():
    row = gradients.one(gradients.gradients(an.load), US, "USA", 2021)
    assert row["ratio"] == pytest.approx(3.27, abs=0.01) and row["gap"] == pytest.approx(11.7, abs=0.05)


def test_ratio_and_gap_rank_countries_differently():
    found = gradients.ratio_and_gap(an.load)
    assert found.n == 33 and found.low < 0 < found.high
    table = gradients.europe_and_korea(an.load).set_index("country")
    assert (table.at["KOR", "rank_ratio"], table.at["KOR", "rank_gap"]) == (29, 17)
    assert table.at["POL", "rank_ratio"] == 1 and table.at["SVN", "rank_gap"] == 1
    assert table.loc[["EU", "EA"], ["rank_ratio", "rank_gap"]].isna().all(axis=None)
    assert table.loc["KOR", "secondary"] and not table.drop("KOR")["secondary"].any()


def test_large_firms_lead_in_every_country_and_survey():
    held = gradients.gradients(an.load)
    odd = held[(held["ratio"] <= 1) | (held["gap"] <= 0)]
    assert odd.empty
    assert held["doubtful"].sum() == 1 and not held.loc[held["survey"] == "japan-shoko-research", "official"].any()


# Pace


def test_the_pace_of_two_rounds_is_the_difference_of_log_odds():
    rows = pace.panel(an.load, (2023, 2024))
    wide = rows.pivot(index=["country", "size_class"], columns="year", values="share")
    moved = (np.log(wide[2024] / (1 - wide[2024])) - np.log(wide[2023] / (1 - wide[2023]))).unstack()
    expected = (moved["250+"] - moved["10-49"]).mean()
    assert pace.difference(rows)[0] == pytest.approx(expected)


@pytest.mark.parametrize("rounds", [pace.SEVEN, (2023, 2024)])
def test_the_mean_of_countries_is_the_coefficient_of_least_squares(rounds):
    found = pace.least_squares(an.load, rounds, draws=99).tidy().set_index("term")["estimate"]
    rows = pace.panel(an.load, rounds)
    for size in ("50-249", "250+"):
        assert found[pace.TERM.format(size)] == pytest.approx(pace.difference(rows, size=size)[0], rel=1e-9)


def test_small_firms_catch_up_in_log_odds_and_fall_behind_in_points():
    rows = pace.panel(an.load)
    odds, points = pace.difference(rows), pace.difference(rows, "points")
    assert odds[0] == pytest.approx(-0.0554, abs=5e-5) and odds[1:] == (11, 29)
    assert points[0] == pytest.approx(2.434, abs=5e-4) and points[1:] == (26, 29)
    assert (pace.without_each(an.load) < 0).all()


def test_both_estimators_agree_on_the_sign_and_neither_is_sure():
    table = pace.estimates(an.load, draws=999).set_index(["estimator", "size_class"])
    large = table.xs("250+", level="size_class")
    assert (large["estimate"] < 0).all() and (large["conf_low"] < 0).all() and (large["conf_high"] > 0).all()
    assert (table["countries"] == 29).all() and (table["countries"] < 40).all()


def test_the_panel_says_whom_it_leaves_out():
    rows = pace.panel(an.load)
    assert rows.attrs["left_out"] == {"series breaks": ["FRA", "SWE"], "a class is missing": ["ALB", "MKD", "MNE"]}
    assert rows.groupby("country").size().eq(9).all()


def test_korea_pulls_apart_on_every_scale():
    table = pace.pace_table(an.load).query("window == 'Korea 2022-24'").set_index("scale")
    assert table.at["points", "large"] == pytest.approx((66.9 - 36.4) / 2)
    assert table.at["points", "difference"] == pytest.approx(14.35)
    assert (table["difference"] > 0).all() and table["secondary"].all()


def test_the_last_two_rounds_alone_put_small_firms_ahead_in_log_odds():
    table = pace.estimates(an.load, pace.RECENT, draws=999)
    assert (table["estimate"] < 0).all() and (table["countries"] == 31).all()
    large = table[table["size_class"] == "250+"]
    assert (large["conf_high"] < 0).all()


def test_an_unknown_scale_is_named():
    with pytest.raises(ValueError, match="scale='logs'; legal scales: log-odds, points, proportional"):
        pace.slopes(pace.panel(an.load), "logs")


# Verdicts


def test_the_claims_now():
    first, second = claims.judge("B1"), claims.judge("B2")
    assert parts(first) == {"level": LIMITS, "place": LIMITS}
    assert (first.verdict, first.stronger.verdict) == (LIMITS, SUPPORTED)
    assert parts(second) == {"gap": SUPPORTED, "pace": LIMITS, "resources": SUPPORTED}
    assert (second.verdict, second.stronger.verdict) == (LIMITS, SUPPORTED)


def test_a_level_is_counted_once_per_survey_and_group_of_countries():
    table, readings = gradients.gradients(an.load), gradients.gap_readings(an.load)
    assert len(readings) == 8 and not any("euro area" in one.label for one in readings)  # it lies inside the EU
    for group in ("Korea, end of", "European Union", "OECD mean", "United States", "United Kingdom"):
        assert sum(one.label.startswith(group) for one in readings) == 1
    rows = table[table["official"] & ~table["doubtful"]]
    last = rows.groupby(["survey", "country"])["year"].max()
    assert [one.year for one in readings if one.label.startswith("European Union")] == [last[EUROPE, "EU"]]
    assert readings[0].headline and readings[0].year == last[KOREA, "KOR"]


def test_an_outcome_is_no_resource_and_assets_are_judged_from_none_more():
    rows = claims.judge("B2").readings
    assert not rows["label"].str.contains("value added").any() and "capital" not in set(rows["part"])
    assets = rows[rows["label"].str.startswith("Korea, assets")].iloc[0]
    assert (assets["part"], assets["value"], bool(assets["secondary"])) == ("resources", 2.0, True)
    same = claims.judge("B2", changed(published_figures=put(1.0, id=us.ASSETS))).readings
    assert not same.loc[same["label"].str.startswith("Korea, assets"), "holds"].any()


def everyone(value):
    return chain(put(value, country="KOR", breakdown="none"), put(value, survey=KOREA, breakdown="size"))


def outlook(rank):
    def edit(table):
        hit = table["id"] == korea.OUTLOOK
        return table.assign(definition=table["definition"].mask(hit, f"rank {rank}th of 37"))

    return edit


def test_b1_can_be_supported_and_contradicted():
    high = changed(ai_adoption=everyone(90.0), published_figures=outlook(1))
    assert claims.judge("B1", high).verdict == SUPPORTED
    low = claims.judge("B1", changed(ai_adoption=everyone(0.5), published_figures=outlook(37)))
    assert (low.verdict, low.stronger.verdict) == (CONTRADICTED, CONTRADICTED)
    mixed = put(20.0, survey=KOREA, series=2, breakdown=["none", "size"], year=2024)
    assert claims.judge("B1", changed(ai_adoption=mixed)).stronger.verdict == LIMITS


def steeper(small, large, starts=(-2.5, -2.0, -1.5)):
    """Return an edit after which AI use grows by given log-odds a year from given starts in the three classes."""

    def edit(table):
        middle = (small + large) / 2
        for size, start, step in zip(pace.SIZES, starts, (small, middle, large), strict=True):
            hit = table["survey"].isin([EUROPE, KOREA]) & (table["size_class"] == size) & table["value"].notna()
            odds = start + step * (table.loc[hit, "year"] - 2021)
            table.loc[hit, "value"] = 100 / (1 + np.exp(-odds))
        return table

    return edit


def upside_down(table):
    """Swap the rates of the small and the large class of every survey."""
    for survey, (small, large) in gradients.CLASSES.items():
        swap = {small: large, large: small}
        hit = (table["survey"] == survey) & table["size_class"].isin(swap)
        if survey == KOREA:
            hit &= table["breakdown"] == "size"
        table.loc[hit, "size_class"] = table.loc[hit, "size_class"].map(swap)
    return table


def against(table):
    """Turn use of cloud, software and robotics round, so that industries with more of them use less AI."""
    other = table["technology"].isin([us.CLOUD, us.SOFTWARE, us.ROBOTICS]) & (table["breakdown"] == "industry")
    other &= table["period"] == "2016-18"
    rate = us.ai_2021(an.load, "industry").rank(pct=True)
    rng = np.random.default_rng(1)
    place = {
        (one, code): 60 * (1 - rate[code]) + 5 * rng.random()
        for one in (us.CLOUD, us.SOFTWARE, us.ROBOTICS)
        for code in rate.index
    }
    use = pd.Series([place.get(key, np.nan) for key in zip(table["technology"], table["industry"], strict=True)])
    value = table["value"].to_numpy(copy=True)
    for answer, share in (("low use", 1.0), ("moderate use", 0.0), ("high use", 0.0), ("don't know", 0.0)):
        hit = (other & (table["answer"] == answer)).to_numpy()
        value[hit] = share * use.to_numpy()[hit]
    return table.assign(value=value)


def poorer(table):
    return table.assign(value=table["value"].mask(table["id"] == us.ASSETS, 0.5))


def test_b2_can_be_supported():
    judged = claims.judge("B2", changed(ai_adoption=steeper(0.1, 0.8)))
    assert parts(judged)["pace"] == SUPPORTED and judged.verdict == SUPPORTED


def test_b2_can_be_contradicted():
    use = chain(upside_down, steeper(0.8, 0.0, starts=(-0.5, -1.5, -3.0)))
    judged = claims.judge("B2", changed(ai_adoption=use, technology_use=against, published_figures=poorer))
    assert set(parts(judged).values()) == {CONTRADICTED}
    assert (judged.verdict, judged.stronger.verdict) == (CONTRADICTED, CONTRADICTED)


def test_a_gap_without_a_growing_distance_is_not_enough_for_the_stronger_reading():
    judged = claims.judge("B2", changed(ai_adoption=steeper(0.8, 0.0, starts=(-4.5, -3.0, 0.0))))
    assert parts(judged)["gap"] == SUPPORTED and parts(judged)["pace"] == CONTRADICTED
    assert judged.stronger.verdict == LIMITS


# Missing data are named


@pytest.mark.parametrize(
    ("claim", "edit", "says"),
    [
        ("B1", {"ai_adoption": without(survey=KOREA)}, "no Korean rate on the new question"),
        ("B1", {"ai_adoption": without(survey=KOREA, size_class="10-49")}, "no Korean firms with 10-49 persons"),
        ("B1", {"ai_adoption": without(survey="kli-workplace-panel")}, "no rate of kli-workplace-panel"),
        ("B1", {"published_figures": without(id="AI-057")}, "no rank in AI-057"),
        ("B2", {"ai_adoption": without(survey=KOREA, size_class="250+")}, "no size gradient of nia-informatisation"),
        ("B2", {"ai_adoption": without(survey=EUROPE, year=2025)}, "no size gradient of eurostat-.*, EU, 2025"),
        ("B2", {"technology_use": without(technology=us.CLOUD)}, "no cloud computing by industry"),
        ("B2", {"published_figures": without(id="AI-122")}, r"no assets of Korean adopters \(AI-122\)"),
    ],
)
def test_missing_data_are_named(claim, edit, says):
    measure = korea.adopts_over_a_quarter if claim == "B1" else pace.adopted_fastest
    with pytest.raises(Unmeasurable, match=says):
        measure(changed(**edit))
    assert claims.judge(claim, changed(**edit)).verdict == UNTESTABLE
