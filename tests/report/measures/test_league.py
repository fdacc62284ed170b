"""Claims A1 and A2: known values, verdicts that can turn, bad data named, exhibits that name who is missing."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.countries import OECD, missing_members
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import league, league_facts, league_tables
from tests.report.measures.loading import changed

PAGE = Path(__file__).parents[3] / "book" / "dual-economy" / "league.md"


def korea(column, factor, **where):
    """Return an edit that multiplies Korea's value in the rows that match."""

    def edit(table):
        hit = table["geography" if "geography" in table else "country"] == "KOR"
        for name, wanted in where.items():
            hit &= table[name].isin(wanted if isinstance(wanted, (list, tuple)) else [wanted])
        assert hit.any(), where
        table.loc[hit, column] = table.loc[hit, column] * factor
        return table

    return edit


def both(*edits):
    def edit(table):
        for one in edits:
            table = one(table)
        return table

    return edit


def row(table, **where):
    for name, wanted in where.items():
        table = table[table[name] == wanted]
    assert len(table) == 1, where
    return table.iloc[0]


PLACE = league.positions(an.load)


@pytest.mark.parametrize(
    ("label", "level", "rank", "members"),
    [
        ("OECD 2024, current PPPs, 2022", 50.1, 33, 38),
        ("OECD 2024, 2015 PPPs, 2022", 43.1, 28, 38),
        ("OECD 2026, 2020 PPPs, 2023", 51.0, 26, 37),
        ("OECD 2026, current PPPs, 2023", 54.6, None, None),
        ("PWT 11.0, 2021 PPPs, 2023", 53.6, 21, 38),
    ],
)
def test_levels_and_ranks_of_the_brief(label, level, rank, members):
    found = row(PLACE, label=label)
    assert round(found["level"], 1) == level
    assert (pd.isna(found["rank"]) and rank is None) or (found["rank"], found["members"]) == (rank, members)


def test_turkiye_is_the_member_that_the_newest_series_lacks():
    assert row(PLACE, label="OECD 2026, 2020 PPPs, 2023")["left_out"] == "Türkiye"
    assert set(PLACE.loc[PLACE["members"] == 38, "left_out"]) == {""}


def test_every_vintage_and_price_basis_of_the_table_is_a_yardstick():
    table = an.load("gdp_per_hour")
    held = set(
        map(tuple, table.loc[table["country"] == "KOR", ["vintage", "price_basis"]].drop_duplicates().to_numpy())
    )
    used = {(one.vintage, one.price_basis) for one in league.YARDSTICKS}
    assert held - used == {("pwt-11.0-owid", "constant_2021_ppp")}  # a second copy of PWT 11.0, of nine economies


def test_inputs_of_the_brief():
    table = league_tables.inputs(an.load).set_index("input")
    assert round(table.loc["R&D spending", "korea"], 2) == 4.94
    assert table.loc["Tertiary attainment, 25-34 †", "korea"] == 70.6
    scores = table.loc[["Adult literacy, 16-65 †", "Adult numeracy, 16-65 †", "Adult problem solving, 16-65 †"]]
    assert scores[["korea", "oecd_mean"]].to_numpy().tolist() == [[249, 260], [253, 263], [238, 251]]
    robots = [league.indicator(an.load, "robot_density", year).loc["KOR", "value"] for year in (2022, 2023)]
    assert robots == [1012, 1012]


def test_hours_differ_between_sources():
    table = league_tables.hours(an.load)
    last = table[table["year"] == 2023].set_index("series")["hours"]
    assert (round(last["Korea, PWT 11.0"]), round(last["Korea, OECD hours"])) == (1910, 1872)


def test_growth_account_agrees_with_the_tfp_that_pwt_publishes():
    panel = an.load("macro_panel")
    tfp = panel[panel["vintage"] == "pwt-11.0-kor"].set_index("year")["tfp_national_prices"]
    found = league_tables.growth(an.load).tidy().set_index(["period", "component"])["estimate"]
    for first, last in league_tables.PERIODS:
        published = (tfp[last] / tfp[first]) ** (1 / (last - first)) - 1
        assert found[f"{first}-{last}", "tfp"] == pytest.approx(published, abs=2e-4)


def test_level_parts_add_up_to_the_gap():
    panel = an.load("macro_panel")
    rows = panel[(panel["vintage"] == "pwt-10.01") & (panel["year"] == 2019)].set_index("country")
    worker = rows["gdp_current_ppp"] / rows["employment"]
    facts = league_facts.factors(an.load)
    assert facts["ratio_usa"] == pytest.approx(100 * worker["KOR"] / worker["USA"])
    product = 1.0
    for part in league_tables.PARTS:
        product *= 1 + facts[f"{part}_usa"] / 100
    assert 100 * product == pytest.approx(facts["ratio_usa"])


def test_the_claimed_level_is_the_target_of_the_rule():
    ledger = yaml.safe_load((claims.catalogue.folder() / "claims.yml").read_text(encoding="utf-8"))["claims"]
    parts = next(entry for entry in ledger if entry["id"] == "A1")["parts"]
    assert [part["target"] for part in parts if part["part"] == "level"] == [league.CLAIMED]


# Verdicts turn with the data


def everywhere(factor):
    """Multiply Korea's output per hour in every series and publication; divide its published ranks by ten."""
    ranks = [rank for _, rank in league.PUBLISHED.values() if rank]
    return changed(
        gdp_per_hour=korea("value", factor),
        published_figures=both(korea("value", factor, id=list(league.PUBLISHED)), korea("value", 0.1, id=ranks)),
    )


A1_DATA = {
    SUPPORTED: changed(
        gdp_per_hour=korea("value", 44 / 53, vintage=["oecd-pdb-2026-kor", "pwt-11.0"]),
        published_figures=both(korea("value", 44 / 53, id="MAC-034"), korea("value", 33 / 24, id="MAC-031")),
    ),
    LIMITS: changed(gdp_per_hour=korea("value", 0.1, vintage="oecd-pdb-2024-06")),
    CONTRADICTED: everywhere(2.0),
}
A2_DATA = {
    SUPPORTED: changed(
        inputs=korea("value", 1.2, indicator=["piaac_literacy", "piaac_numeracy", "piaac_problem_solving"]),
        macro_panel=korea("human_capital", 1.1),
        gdp_per_hour=both(
            korea("value", 0.8, vintage="oecd-pdb-2026-09", year=[2022, 2023]),
            korea("value", 0.7, vintage="pwt-10.01", year=[2018, 2019]),
        ),
    ),
    LIMITS: changed(inputs=korea("value", 0.1, indicator="robot_density")),
    CONTRADICTED: changed(
        gdp_per_hour=korea("value", 3, year=list(range(2015, 2026))),
        inputs=korea("value", 0.1),
        macro_panel=korea("human_capital", 0.5),
    ),
}


@pytest.mark.parametrize("wanted", A1_DATA)
def test_a1_can_get_each_verdict(wanted):
    assert claims.judge("A1", A1_DATA[wanted]).verdict == wanted


@pytest.mark.parametrize("wanted", A2_DATA)
def test_a2_can_get_each_verdict(wanted):
    assert claims.judge("A2", A2_DATA[wanted]).verdict == wanted


def test_the_strongest_readings_can_fall():
    ahead = claims.judge("A1", everywhere(2.0)).stronger
    assert ahead.verdict == CONTRADICTED
    assert claims.judge("A2", A2_DATA[CONTRADICTED]).stronger.verdict == CONTRADICTED


READ = {"A1": ["gdp_per_hour", "published_figures"], "A2": ["gdp_per_hour", "inputs", "macro_panel"]}


@pytest.mark.parametrize(("claim", "table"), [(claim, table) for claim, tables in READ.items() for table in tables])
def test_without_korea_a_claim_cannot_be_tested(claim, table):
    load = changed(**{table: lambda held: held[held["geography" if "geography" in held else "country"] != "KOR"]})
    judged = claims.judge(claim, load)
    assert judged.verdict == UNTESTABLE
    assert table in judged.depends_on


# Bad and missing data are named


def test_too_few_members_give_no_rank():
    load = changed(gdp_per_hour=lambda table: table[table["country"].isin(["KOR", "USA", "JPN"])])
    with pytest.raises(Unmeasurable, match="too few OECD members"):
        league.level_and_rank(load)


def test_a_country_twice_is_an_error():
    load = changed(gdp_per_hour=lambda table: pd.concat([table, table[table["country"] == "JPN"]]))
    with pytest.raises(ValueError, match="JPN"):
        league.positions(load)


def test_a_missing_number_is_named():
    def blank(table):
        hit = (table["country"] == "JPN") & (table["vintage"] == "oecd-pdb-2024-06")
        table.loc[hit, "value"] = float("nan")
        return table

    with pytest.raises(ValueError, match="'value' has no value for JPN"):
        league.positions(changed(gdp_per_hour=blank))


def test_a_published_rank_must_say_among_how_many():
    def reword(table):
        table.loc[table["id"] == "MAC-041", "unit"] = "rank"
        return table

    with pytest.raises(ValueError, match="MAC-041.*among how many"):
        league.level_and_rank(changed(published_figures=reword))


@pytest.mark.parametrize("drop", ["tertiary_attainment", "piaac_numeracy"])
def test_an_oecd_mean_is_needed(drop):
    load = changed(inputs=lambda table: table[(table["country"] != "OECD") | (table["indicator"] != drop)])
    with pytest.raises(Unmeasurable, match=f"no OECD mean of {drop}"):
        league.inputs_and_gap(load)


def test_a_strip_of_an_unknown_part_lists_the_parts():
    with pytest.raises(ValueError, match="parts: level, rank"):
        league_tables.strip_rows(claims.judge("A1").readings, "levels")


@pytest.mark.parametrize(
    ("then", "now", "left"),
    [(0.5, 0.75, 0.5), (0.5, 0.5, 1), (0.5, 0.4, 1.2), (0.5, 1.3, 0), (1.1, 1.2, 0), (1.1, 0.9, 1)],
)
def test_what_remains_of_a_gap(then, now, left):
    assert league.remaining(then, now) == pytest.approx(left)


# Exhibits name who is missing, and the words of the page hold


def test_each_exhibit_table_lacks_only_members_that_its_note_names():
    page = PAGE.read_text(encoding="utf-8")
    rank = league_tables.ranking(an.load)
    assert (
        missing_members(rank["code"]) == ["Türkiye"] and "Not in the source in 2023: {values.listing(missing)}" in page
    )
    away = set(league_tables.convergence_left_out(an.load))
    lines = league_tables.convergence(an.load).groupby("series")["members"].first()
    assert lines["OECD median, PWT 10.01"] == len(OECD) - len(away)
    assert lines["OECD median, OECD 2026"] == len(OECD) - 1
    hours = an.load("hours_worked")
    held = (
        hours[(hours["source"] == "pwt-11.0") & hours["country"].isin(OECD) & (hours["year"] >= 1970)]
        .groupby("country")["year"]
        .nunique()
    )
    assert set(missing_members(held.index[held == held.max()])) == away
    for label, name in league_tables.INPUTS:
        held = set(league.indicator(an.load, name, 2023, source=league.WDI).index)
        left_out = league_tables.inputs(an.load).set_index("input").loc[label, "left_out"]
        assert left_out == ", ".join(missing_members(held))
    assert set(league_tables.levels(an.load)["peer"]) == {
        "to United States",
        "to Germany",
        "to Japan",
        "to OECD median",
    }


def test_the_page_cites_every_number_it_computes_and_no_other():
    cited = set(re.findall(r"\{glue:text\}`(\w+)", PAGE.read_text(encoding="utf-8")))
    made = set().union(*(make(an.load) for make in (league_facts.place, league_facts.factors, league_facts.put_in)))
    on_the_page = {"missing", "readings", "level_agree", "rank_agree", "median_agree", "median_all"}
    assert cited <= made | on_the_page
    spare = {f"{part}_{peer}" for part in league_tables.PARTS for peer in ("usa", "deu", "jpn")}
    assert made - cited <= spare | {"head_members", "pwt_members", "current_members", "ratio_deu", "adults_mean"}


def test_words_of_the_page_that_rest_on_numbers():
    place = league_facts.place(an.load)
    assert (1 - place["median_2019"] / 100) / (1 - place["median_1970"] / 100) < 0.5, "closed most of a very large gap"
    assert place["left_low"] < 50 < place["left_head"], "by some measures by more than half"
    assert row(PLACE, label="PWT 11.0, 2021 PPPs, 2023")["rank"] / 38 <= 2 / 3, (
        "one source disagrees about the lower third"
    )
    ranks = claims.judge("A1").readings.query("part == 'rank'")
    assert ranks["holds"].mean() > 0.5, "in the lower third in most rankings"
    assert PLACE["over_median"].dropna().lt(1).all(), "below the OECD median by every yardstick"
    factor = league_facts.factors(an.load)
    assert factor["hours_jpn"] > factor["ratio_jpn"] - 100 > 0, "more than all of the lead over Japan is hours"
    assert factor["TFP_usa"] < factor["capital_usa"] < 0 and factor["TFP_deu"] < factor["capital_deu"], (
        "Germany shows the same pattern"
    )
    assert factor["tfp_last"] <= 0, "TFP has stopped adding to it"
    scores = league_tables.inputs(an.load).set_index("input").filter(like="Adult", axis=0)["over_mean"]
    assert len(scores) == 3 and scores.lt(0).all(), "below the mean in all three tests"
    research = league_tables.inputs(an.load).set_index("input").loc["Researchers", "left_out"]
    assert {"United States", "Canada", "United Kingdom"} <= set(research.split(", ")), "publish no figure for that year"
