"""Claim C1: known values, verdicts that can turn, counters kept apart, missing data named."""

import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import programmes
from analysis.report.measures import programmes_tables as tables
from tests.report.measures.loading import changed

COUNT, MONEY = "support_programmes", "support_money"


def put(column, **values):
    """Return an edit that sets a column by id (POL_001 for POL-001)."""

    def edit(table):
        for key, value in values.items():
            hit = table["id"] == key.replace("_", "-")
            assert hit.sum() == 1, key
            table.loc[hit, column] = value
        return table

    return edit


def scaled(column, factor, **conditions):
    """Return an edit that multiplies a column in the rows that match, and fails if none does."""

    def edit(table):
        hit = pd.Series(True, index=table.index)
        for name, wanted in conditions.items():
            hit &= table[name] == wanted
        assert hit.any(), conditions
        table.loc[hit, column] = table.loc[hit, column] * factor
        return table

    return edit


def without(*keys):
    return lambda table: table[~table["id"].isin(keys)]


def judged(**edits):
    return claims.judge("C1", changed(**edits))


def parts(judgement):
    return {
        name: claims.verdict(rows["headline"], rows["holds"])
        for name, rows in judgement.readings.groupby("part", sort=False)
    }


# Known values


def test_the_headline_is_the_count_nearest_to_the_year_of_the_claim():
    head = programmes.nearest(an.load)
    assert (head["programmes"], head["year"]) == (1761, 2024)
    assert programmes.nearest(an.load, 2018)["programmes"] == 1347
    assert programmes.nearest(an.load, 2021)["programmes"] == 1754
    assert programmes.nearest(an.load, 2022)["programmes"] == 1761  # as near as 2020, and later


def test_a_year_of_publication_is_no_headline():
    only = changed(support_programmes=without("POL-021"))
    assert programmes.nearest(only)["programmes"] == 1754  # not the OECD's lower bound of an unstated year


def test_shares_of_gdp():
    share = {key: 100 * tables.share_of_gdp(an.load, key) for key in ("POL-025", "POL-022", "POL-029", "POL-038")}
    assert share == pytest.approx({"POL-025": 5.8, "POL-022": 1.353, "POL-029": 0.761, "POL-038": 5.139}, abs=1e-3)
    assert 100 * tables.share_of_gdp(an.load, "POL-092") == pytest.approx(0.7)


def test_local_programmes_are_many_and_small():
    counted, money = tables.weights(an.load, tables.LOCAL)
    assert (round(100 * counted), round(100 * money)) == (79, 14)
    facts = programmes.facts(an.load)
    assert facts["local_each"] == pytest.approx(2.159, abs=1e-3) and facts["net"] == 292
    assert facts["times"] == pytest.approx(4.14, abs=5e-3)


# Verdicts


def test_the_verdict_and_its_parts():
    found = judged()
    assert found.verdict == LIMITS and found.evidence == "secondary"
    assert parts(found) == {"count": LIMITS, "credit": SUPPORTED, "tax": SUPPORTED, "procurement": SUPPORTED}
    assert found.stronger.verdict == LIMITS
    assert parts(found.stronger) == {"guarantees": SUPPORTED, "finance": LIMITS, "apart": LIMITS}


def test_c1_can_take_every_verdict():
    assert judged(support_programmes=put("programmes", POL_002=1400, PRG_10=1500, PRG_11=1600)).verdict == SUPPORTED
    few = scaled("programmes", 0.1, counter="smba-census")
    none = {
        "support_programmes": lambda t: put("programmes", POL_018=100, POL_020=100, POL_021=100)(few(t)),
        "support_money": lambda t: t.assign(value=t["value"].where(t["instrument"] == "GDP", 0.001 * t["value"])),
    }
    # guarantees over a mean that shrank alike keep their ratio: the claim itself fails on every part
    assert judged(**none).verdict == CONTRADICTED
    assert judged(support_programmes=put("programmes", POL_021=90000)).verdict == LIMITS


@pytest.mark.parametrize(
    ("part", "instrument"),
    [("tax", "tax expenditure"), ("procurement", "procurement"), ("credit", None)],
)
def test_each_kind_can_be_absent(part, instrument):
    def edit(table):
        credit = ("guaranteed loans", "loans and guarantees", "finance package", "direct loans")
        hit = table["instrument"].isin([instrument] if instrument else credit) & (table["country"] == "KOR")
        assert hit.any()
        table.loc[hit, "value"] *= 1e-4
        return table

    found = judged(support_money=edit)
    assert parts(found)[part] == CONTRADICTED and found.verdict == LIMITS
    one = {"tax": "MNY_03", "procurement": "POL_039", "credit": "POL_046"}[part]
    assert parts(judged(support_money=put("value", **{one: 1e-3})))[part] == LIMITS


def test_the_stronger_reading_can_take_every_verdict():
    def verdict(**edits):
        return judged(**edits).stronger

    def apart(table):
        table = put("programmes", POL_011=800)(table)
        return put("money", POL_011=9.4, POL_015=1.2, POL_017=4.0, PRG_02=3.0)(table)

    found = verdict(support_programmes=apart)
    assert parts(found) == {"guarantees": SUPPORTED, "finance": SUPPORTED, "apart": SUPPORTED}
    assert found.verdict == SUPPORTED
    even = {
        "support_programmes": lambda t: t.assign(money=t["programmes"] * 0.01),
        "support_money": put("value", POL_026=5.0),
    }
    assert verdict(**even).verdict == CONTRADICTED
    assert parts(verdict(support_money=put("value", POL_026=5.0)))["guarantees"] == CONTRADICTED
    assert parts(verdict(support_money=put("value", POL_025=2.0)))["guarantees"] == LIMITS


# What is kept apart


def test_a_count_of_another_scope_is_no_reading():
    labels = [one.label for one in programmes.support_programmes(an.load) if one.part == "count"]
    assert not any(name in label for label in labels for name in ("Germany", "France", "2007"))
    assert len(labels) == len(set(labels)) == 7
    table = tables.counts_table(an.load)
    assert table.loc[table["comparable"], "programmes"].tolist() == [1347, 1754, 1761]


def test_parts_of_the_census_add_up_to_it():
    table = tables.weight_table(an.load)
    assert table[["share_of_programmes", "share_of_money"]].sum().tolist() == pytest.approx([1, 1])


def test_no_ratio_crosses_the_revision_of_gdp():
    facts = programmes.facts(an.load)
    old = changed(support_money=scaled("value", 2, series="after 2024"))
    assert programmes.facts(old)["purchases_low"] == facts["purchases_low"]
    assert programmes.facts(old)["purchases_high"] == facts["purchases_high"]
    assert programmes.facts(old)["purchases_gdp"] == pytest.approx(facts["purchases_gdp"] / 2)
    bought = tables.purchases_table(an.load)
    assert bought.groupby("series", sort=False)["year"].max().tolist() == [2022, 2024]
    assert bought["share"].iloc[-2] == pytest.approx(127.3 / 2401.0)


def test_purchases_are_of_one_year_everywhere():
    facts = programmes.facts(an.load)
    head = next(one for one in programmes.support_programmes(an.load) if one.part == "procurement" and one.headline)
    shown = tables.instrument_table(an.load).set_index("nature").loc["purchases"]
    assert head.year == shown["year"] == programmes.CLAIMED_YEAR
    assert head.value == pytest.approx(facts["purchases_gdp"]) == pytest.approx(100 * shown["share"])
    assert "127.3" in programmes.two_sides(an.load).loc[2, "For"]


def test_the_bar_of_an_instrument_is_that_of_the_rule_and_low():
    entry = claims._ledger()["C1"]
    money = [part for part in entry["parts"] if part["part"] != "count"]
    assert [part["target"] for part in money] == [programmes.THERE] * 3
    assert all(f"from {programmes.THERE} % on" in part["says"] for part in money)
    facts = programmes.facts(an.load)
    kinds = {"credit", "tax", "procurement"}
    found = [one.value for one in programmes.support_programmes(an.load) if one.part in kinds]
    assert facts["least"] == min(found) > 2 * facts["there"]


def test_the_survey_says_of_whom_it_is_a_share():
    facts = programmes.facts(an.load)
    assert (facts["noticed"], facts["wish_noticed"], facts["wish"]) == (77.0, 30.7, 23.6)
    for edit in (put("value", POL_060=40.0), put("definition", POL_060="of firms asked")):
        with pytest.raises(Unmeasurable, match="POL-060 does not say"):
            programmes.facts(changed(support_thresholds=edit))


def test_a_share_of_a_budget_is_no_share_of_gdp():
    with pytest.raises(Unmeasurable, match="POL-013 is a share of a budget"):
        tables.share_of_gdp(an.load, "POL-013")


def test_secondary_figures_are_marked():
    for one in programmes.support_programmes(an.load):
        if one.table == MONEY and one.label == "loans by the state itself, 2018":
            assert not one.secondary  # an OECD page over UN accounts
        if one.label == "loans and guarantees announced for 2023":
            assert one.secondary  # a release, over GDP read in the press
    sides = programmes.two_sides(an.load)
    assert sides["secondary"].sum() == len(sides) == 4 and "1,646" in sides["Against"].iloc[0]
    assert (sides[["For", "Against"]].map(lambda cell: len(cell.split())).sum() <= 60).all()
    assert tables.step_table(an.load).set_index("Firms")["secondary"].to_dict()[467] is False


def test_tables_are_complete():
    assert tables.instrument_table(an.load)["share"].is_monotonic_decreasing
    every = tables.money_table(an.load)
    assert "19.4 trillion won (forecast)" in set(every["Amount"]) and "over 80.0 trillion won" in set(every["Amount"])
    assert every["What it is"].notna().all()
    assert tables.guarantee_table(an.load)["other"].tolist() == [False, False, True, True]
    years = tables.step_table(an.load)["Year"].tolist()
    assert years[-1] == "2023" and "2019-21" in years
    assert len(tables.grace_table(an.load)) == 4 and len(tables.purchases_table(an.load)) == 7


# Missing data


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ({COUNT: without("POL-001")}, "support_programmes holds no POL-001"),
        ({COUNT: put("money", POL_003=float("nan"))}, "no money for POL-003"),
        ({COUNT: put("money", POL_003=0.0)}, "no programme or no money for POL-003"),
        ({MONEY: without("POL-025")}, "support_money holds no POL-025"),
        ({MONEY: without("GDP-2024")}, "support_money holds no GDP-2024"),
        ({MONEY: put("value", POL_026=0.0)}, "OECD mean of guaranteed loans is zero"),
        ({COUNT: lambda t: t[t["country"] != "KOR"]}, "no Korean count"),
        ({COUNT: lambda t: t[t["level"] != "all"]}, "no Korean count|no count of central and local|no POL"),
    ],
)
def test_missing_data_are_named_and_leave_the_claim_untestable(edits, says):
    with pytest.raises(Unmeasurable, match=says):
        programmes.support_programmes(changed(**edits))
    assert judged(**edits).verdict == UNTESTABLE


@pytest.mark.parametrize(
    ("call", "edits", "says"),
    [
        (tables.weight_table, {COUNT: put("money", PRG_01=14.0)}, "do not fit its total"),
        (tables.purchases_table, {MONEY: lambda t: t[t["year"] == 2024]}, "fewer than two years of purchases"),
        (tables.grace_table, {"support_thresholds": lambda t: t[t["year"] == 2023]}, "two years of the grace period"),
        (tables.step_table, {"support_thresholds": lambda t: t[t["step"] != "down"]}, "lacks steps up or down"),
    ],
)
def test_a_table_that_cannot_be_made_says_why(call, edits, says):
    with pytest.raises(Unmeasurable, match=says):
        call(changed(**edits))
