"""Claim B5: votes by study, Korea since AI use is counted, verdicts that can turn, missing data named."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import divergence, frontier, shares
from analysis.report.measures.divergence import NEITHER, STRONGER, WEAKER
from tests.report.measures.loading import changed


def finding(firms, workers):
    """Return an edit after which every study that compares finds the same, at each level."""

    def edit(table):
        held = table["who_gains"].notna()
        for levels, says in ((("firm",), firms), (("worker", "task"), workers)):
            table.loc[held & table["level"].isin(levels), "who_gains"] = says
        return table

    return edit


def ratio(last):
    """Return an edit that sets the last ratio of SMEs to large firms of the survey by law."""

    def edit(table):
        table.loc[table["id"] == "SIZ-110", "ratio"] = last
        return table

    return edit


def sold(share):
    """Return an edit that sets the SME share of sales in the last year, in percent."""

    def edit(table):
        table.loc[table["id"] == frontier.SALES[2023], "value"] = share
        return table

    return edit


FALLS = {"size_productivity": ratio(0.15), "published_figures": sold(30.0)}
RISES = {"size_productivity": ratio(0.60), "published_figures": sold(70.0)}


def parts(judged):
    return {part: claims.verdict(rows["headline"], rows["holds"]) for part, rows in judged.readings.groupby("part")}


# Votes


def made(*rows):
    columns = ["independent_group", "who_gains", "headline", "level", "outcome_kind", "treatment_kind", "secondary"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(
        pool=pd.NA,
        study=table["independent_group"] + " on AI", year=2024, country="USA", refereed=True, design="randomised",
        doubtful=False,
    )  # fmt: skip


def test_a_study_has_one_vote_and_a_study_that_disagrees_with_itself_finds_no_order():
    table = made(
        ("a", STRONGER, True, "firm", "output", "AI investment", False),
        ("a", STRONGER, False, "firm", "productivity", "AI investment", True),
        ("b", WEAKER, True, "firm", "output", "AI investment", False),
        ("c", STRONGER, False, "firm", "output", "AI investment", False),
        ("c", WEAKER, True, "firm", "output", "AI investment", False),
    )
    counted = divergence.votes(table).set_index("independent_group")
    assert counted["who_gains"].to_dict() == {"a": STRONGER, "b": WEAKER, "c": NEITHER}
    assert counted["estimates"].to_dict() == {"a": 2, "b": 1, "c": 2}
    assert counted["secondary"].to_dict() == {"a": True, "b": False, "c": False}


def test_no_study_no_vote():
    assert len(divergence.votes(made().iloc[:0])) == 0


def test_only_studies_that_compare_vote_and_only_at_their_level():
    table = an.load("effect_estimates")
    firms, workers = divergence.compared(table, "firms"), divergence.compared(table, "workers")
    assert firms["who_gains"].notna().all() and set(firms["level"]) == {"firm"}
    assert set(workers["level"]) <= {"worker", "task"}
    with pytest.raises(ValueError, match="no part 'countries'; legal parts: firms, workers"):
        divergence.compared(table, "countries")


def test_the_headline_counts_ai_and_output_and_no_study_twice():
    table = an.load("effect_estimates")
    for part in divergence.LEVELS:
        rows = divergence._headline(divergence.compared(table, part))
        assert not rows["treatment_kind"].eq("IT and management").any()
        assert not rows["outcome_kind"].isin(["use", "employment or earnings"]).any()
        counted = divergence.votes(rows)
        assert counted["independent_group"].is_unique
        head = next(one for one in divergence._shares(table, part) if one.headline)
        assert head.value == pytest.approx((counted["who_gains"] == STRONGER).mean())
        assert head.shown == shares.counted(int((counted["who_gains"] == STRONGER).sum()), len(counted))


def test_hours_saved_by_users_own_account_have_no_vote_and_no_gain_in_output_says_nothing_of_who():
    table = an.load("effect_estimates")
    korea = table[table["independent_group"] == "bok-genai-survey"].set_index("id")
    assert korea.at["AIE-034", "direction"] == "none" and pd.isna(korea.at["AIE-034", "who_gains"])
    assert korea.at["AIE-035", "who_gains"] == WEAKER and korea.at["AIE-035", "pool"] == divergence.HOURS_SAVED
    every = divergence.compared(table, "workers")
    assert "AIE-035" in set(every["id"]) and "AIE-035" not in set(divergence._headline(every)["id"])
    heads = {one.part: one.shown for one in divergence.force_multiplier(an.load) if one.headline}
    assert heads["workers"].startswith("4 of 13 (") and heads["levelling"].startswith("9 of 13 (")


def test_an_alternative_with_too_few_votes_is_left_out():
    for part in divergence.LEVELS:
        for one in divergence._shares(an.load("effect_estimates"), part):
            assert int(one.shown.split()[2]) >= divergence.FEWEST


def test_the_tally_adds_up_to_one_at_each_level():
    tally = divergence.tally(an.load)
    assert tally.groupby("level")["share"].sum().tolist() == pytest.approx([1, 1])
    table = divergence.study_table(an.load)
    counted = table[table["Counted"] == "yes"]
    assert len(counted) == tally["studies"].sum()
    assert len(table.columns.drop("secondary")) == 5 and list(table)[:2] == ["Study", "Gain more"]
    firms = counted[counted["Compared"].str.startswith("firms")]["Gain more"].value_counts()
    assert firms.to_dict() == {
        row.who: row.studies for row in tally[tally["level"] == "firms"].itertuples() if row.studies
    }


@pytest.mark.parametrize(
    ("study", "name"),
    [
        ("Dell'Acqua et al., Navigating the jagged frontier", "Dell'Acqua et al."),
        ("Kanazawa, Kawaguchi, Shigeoka and Watanabe, AI, skill, and productivity: taxi drivers", "Kanazawa et al."),
        ("Bank of Korea (Oh, Yoon and Suh), Does AI adoption improve productivity?", "Bank of Korea"),
        ("KIET on the exposure of Korean occupations to AI and employment", "KIET"),
        ("Kopka and Fornahl, Artificial intelligence and firm growth", "Kopka and Fornahl"),
    ],
)
def test_a_study_is_named_by_its_authors(study, name):
    assert divergence.short(study) == name


def test_no_two_studies_share_a_name_and_year():
    assert divergence.study_table(an.load)["Study"].is_unique


def test_every_estimate_without_an_error_says_so():
    table = divergence.by_strength(an.load).set_index("id")
    raw = an.load("effect_estimates").set_index("id").loc[table.index]
    assert list(table.index) == list(divergence.CONTRASTS)
    logs = raw["unit"].eq("log points")
    assert logs.any() and table["label"].is_unique
    assert (table["estimate"] == raw["estimate"])[~logs].all()
    assert table.loc[logs, "estimate"].to_numpy() == pytest.approx(100 * (np.exp(raw.loc[logs, "estimate"]) - 1))
    errors = raw["std_error"].notna() | raw["interval_kind"].eq("95 % confidence")
    assert (table["has_error"] == errors).all() and not table["has_error"].all()
    assert table.loc[~table["has_error"], ["conf_low", "conf_high"]].isna().all(axis=None)
    assert (table["label"].str.endswith("†") == raw["secondary"].astype(bool)).all()


def test_a_printed_error_gives_an_interval_and_a_range_of_models_none():
    def edit(table):
        table.loc[table["id"] == "AIE-054", "std_error"] = 2.0
        table.loc[table["id"] == "AIE-055", ["conf_low", "conf_high"]] = [-9.0, -1.0]
        table.loc[table["id"] == "AIE-055", "interval_kind"] = "published range"
        return table

    table = divergence.by_strength(changed(effect_estimates=edit)).set_index("id")
    assert table.loc["AIE-054", ["conf_low", "conf_high"]].tolist() == pytest.approx([15 - 3.92, 15 + 3.92])
    assert table.at["AIE-054", "has_error"] and not table.at["AIE-055", "has_error"]
    assert np.isnan(table.at["AIE-055", "conf_low"])
    agents = table.loc["AIE-001", ["conf_low", "estimate", "conf_high"]].astype(float)
    assert agents.tolist() == pytest.approx([100 * np.expm1(0.138 + sign * 1.96 * 0.0199) for sign in (-1, 0, 1)])


def test_what_is_doubtful_has_no_vote_and_is_not_drawn():
    table = an.load("effect_estimates")
    assert not set(table.loc[table["doubtful"], "id"]) & set(divergence.CONTRASTS)

    def doubt(one):
        one.loc[one["independent_group"].isin(["otis-kenya"]), "doubtful"] = True
        return one

    loads = (an.load, changed(effect_estimates=doubt))
    before, after = (divergence.tally(load).groupby("level")["studies"].sum() for load in loads)
    assert after["firms"] == before["firms"] - 1
    with pytest.raises(Unmeasurable, match="AIE-054, AIE-055 as doubtful"):
        divergence.by_strength(changed(effect_estimates=doubt))


def test_another_unit_is_not_drawn_on_the_axis_of_percent():
    def edit(table):
        table.loc[table["id"] == "EFF-B-002", "unit"] = "issues per hour"
        return table

    with pytest.raises(Unmeasurable, match="EFF-B-002 neither in percent nor in log points"):
        divergence.by_strength(changed(effect_estimates=edit))


# Shares of few studies


def test_the_margin_is_the_number_of_votes_that_break_a_majority():
    for of in range(1, 15):
        for cases in range(of + 1):
            turned = divergence.margin(cases, of)
            assert not (cases - turned) / of > 0.5
            assert turned == 0 or (cases - turned + 1) / of > 0.5


def test_every_share_stands_on_the_chart_with_its_interval():
    judged = claims.judge("B5")
    rows = divergence.share_rows(judged.readings)
    assert rows["label"].is_unique and len(rows) == judged.readings["part"].isin(["firms", "workers"]).sum()
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()
    assert rows.groupby("part")["headline"].first().all() and (rows["studies"] >= divergence.FEWEST).all()
    assert set(divergence.BRIEF) <= set(judged.readings["label"])


# Korea


def test_the_ratio_of_sales_per_person_follows_from_the_two_shares():
    held = frontier.ratios(an.load).set_index(["series", "year"])
    share, part = 0.804, 0.449  # SMEs in 2023: persons engaged and sales
    expected = (part / share) / ((1 - part) / (1 - share))
    row = held.loc[(frontier.SOLD, 2023)]
    assert row["ratio"] == pytest.approx(expected) == pytest.approx(0.1987, abs=1e-4)
    corners = [
        ((part + a) / (share + b)) / ((1 - part - a) / (1 - share - b))
        for a in (-0.0005, 0.0005)
        for b in (-0.0005, 0.0005)
    ]
    assert (row["low"], row["high"]) == pytest.approx((min(corners), max(corners)))


def test_changes_begin_where_ai_use_is_first_counted():
    assert frontier.first_counted(an.load) == 2019
    found = frontier.changes_since_counted(an.load)
    head = found.iloc[0]
    assert (head["first"], head["last"], bool(head["secondary"])) == (2019, 2021, False)
    assert head["change"] == pytest.approx(-1.9)
    sales = found[found["label"].str.startswith(frontier.SOLD)].set_index("first")
    assert sales.at[2019, "change"] == pytest.approx(0.0065, abs=1e-4)
    assert "within rounding" in sales.at[2019, "shown"] and "within rounding" not in sales.at[2020, "shown"]
    assert found["label"].is_unique and found["turns_on"].iloc[1:].ne("").all()


def test_no_change_joins_two_series():
    held = frontier.ratios(an.load)
    for row in frontier.changes_since_counted(an.load).itertuples():
        name = next(one for one in (frontier.ADDED, frontier.SOLD) if row.label.startswith(one))
        one = held[held["series"] == name].set_index("year")["ratio"]
        assert row.change == pytest.approx(100 * (one[row.last] - one[row.first]))


def test_the_gap_in_use_stays_on_one_side_of_the_break():
    gap = frontier.gap_in_use(an.load).set_index("year")
    assert gap.index.min() >= 2022
    assert gap.at[2024, "gap"] == pytest.approx(36.3) and gap.at[2024, "ratio"] == pytest.approx(66.9 / 30.6)
    assert gap.at[2022, "gap"] == pytest.approx(7.6) and gap["secondary"].all()


def test_leaders_and_rest_are_of_one_period():
    table = frontier.growth_table(an.load)
    assert table.iloc[0][["leaders", "rest", "period"]].tolist() == [5.4, 3.7, "2000-2015"]
    assert table["secondary"].all()

    def other(figures):
        figures.loc[figures["id"] == "SIZ-204", "period"] = "2000-2014"
        return figures

    with pytest.raises(ValueError, match="SIZ-203 and SIZ-204 stand for 2000-2015 and 2000-2014"):
        frontier.growth_table(changed(published_figures=other))

    def later(figures):
        figures.loc[figures["id"] == "SIZ-203", "year"] = 2023
        return figures

    with pytest.raises(ValueError, match="end in 2023: not before AI use is counted, in 2019"):
        frontier.growth_table(changed(published_figures=later))


def test_the_long_view_holds_each_series_on_its_own():
    table = frontier.since_1980(an.load)
    assert not table.duplicated(["series", "year"]).any()
    assert table["year"].min() == 1980 and table["percent"].between(10, 70).all()
    assert not table.groupby("series")["secondary"].nunique().gt(1).any()  # press and publisher are never one line
    held = table.set_index(["series", "year"])
    assert held.loc[("KBIZ 2011 †", 2011), ["secondary", "points"]].tolist() == [True, 1]
    assert held.loc["KBIZ, by law"].index.tolist() == [2018, 2019, 2021]
    assert (table.query("points == 2").groupby("series").size() == 2).all()
    assert set(table.query("points == 2")["series"]) == {"OECD, as reported", "KDI", "KOSI, all sectors"}


@pytest.mark.parametrize(
    ("table", "edit", "says"),
    [
        ("ai_adoption", lambda one: one[one["country"] != "KOR"], "holds no Korean survey"),
        (
            "ai_adoption",
            lambda one: one[~((one["country"] == "KOR") & (one["year"] < 2022))],
            "no value added per person.* by size in 2022",
        ),
        ("effect_estimates", lambda one: one[one["level"] != "firm"], "holds 0 studies of firms .* not 3"),
        ("published_figures", lambda one: one[one["id"] != "SIZ-043"], "no figure SIZ-043"),
    ],
)
def test_what_is_missing_is_named(table, edit, says):
    judged = claims.judge("B5", changed(**{table: edit}))
    assert judged.verdict == UNTESTABLE and "Would decide" in judged.depends_on
    with pytest.raises(Unmeasurable, match=says):
        divergence.force_multiplier(changed(**{table: edit}))


# Verdicts


@pytest.mark.parametrize(
    ("firms", "workers", "korea", "expected"),
    [
        (STRONGER, STRONGER, FALLS, SUPPORTED),
        (WEAKER, WEAKER, RISES, CONTRADICTED),
        (NEITHER, NEITHER, RISES, CONTRADICTED),
        (STRONGER, WEAKER, FALLS, LIMITS),
        (STRONGER, STRONGER, RISES, LIMITS),
    ],
)
def test_the_claim_can_take_every_verdict(firms, workers, korea, expected):
    load = changed(effect_estimates=finding(firms, workers), **korea)
    assert claims.judge("B5", load).verdict == expected


def test_each_part_can_take_every_verdict():
    held = claims.judge("B5", changed(effect_estimates=finding(STRONGER, STRONGER), **FALLS))
    assert parts(held) == {"firms": SUPPORTED, "workers": SUPPORTED, "korea": SUPPORTED}
    failed = claims.judge("B5", changed(effect_estimates=finding(WEAKER, WEAKER), **RISES))
    assert parts(failed) == {"firms": CONTRADICTED, "workers": CONTRADICTED, "korea": CONTRADICTED}

    def only_refereed(table):  # what refereed studies find is turned round: the headline and an alternative part ways
        table = finding(STRONGER, STRONGER)(table)
        firms = table["level"].eq("firm") & table["who_gains"].notna()
        table.loc[firms & ~table["refereed"].astype(bool), "who_gains"] = NEITHER
        table.loc[firms & table["secondary"].astype(bool), "who_gains"] = WEAKER
        return table

    assert parts(claims.judge("B5", changed(effect_estimates=only_refereed)))["firms"] in {LIMITS, CONTRADICTED}


def test_the_stronger_reading_can_turn():
    up = claims.judge("B5", changed(effect_estimates=finding(STRONGER, WEAKER))).stronger
    down = claims.judge("B5", changed(effect_estimates=finding(WEAKER, STRONGER))).stronger
    between = claims.judge("B5", changed(effect_estimates=finding(STRONGER, STRONGER))).stronger
    assert (up.verdict, down.verdict, between.verdict) == (SUPPORTED, CONTRADICTED, LIMITS)
    assert set(up.readings["part"]) == {"firms", "levelling"}


def test_levelling_counts_the_same_studies_of_workers_from_the_other_side():
    readings = divergence.force_multiplier(an.load)
    up, down = ([one for one in readings if one.part == part] for part in ("workers", "levelling"))
    assert [one.label for one in up] == [one.label for one in down]
    assert all(one.value + other.value <= 1 + 1e-12 for one, other in zip(up, down, strict=True))


def test_values_are_finite_and_labels_unique_within_a_part():
    readings = divergence.force_multiplier(an.load)
    assert np.isfinite([one.value for one in readings]).all()
    labels = [(one.part, one.label) for one in readings]
    assert len(labels) == len(set(labels))
