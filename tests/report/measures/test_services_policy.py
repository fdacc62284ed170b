"""Claim C6: shares beside their yardsticks, bounds read on the safe side, verdicts that turn, missing data named."""

import pandas as pd
import pytest

import analysis as an
from analysis.report import claims
from analysis.report.claims import CONTRADICTED, LIMITS, SUPPORTED, UNTESTABLE, Unmeasurable
from analysis.report.measures import services_policy as policy


def changed(**edits):
    """Return a loader in which `edits[table]` has altered a copy of the table."""
    held = {name: edit(an.load(name).copy()) for name, edit in edits.items()}
    for name, table in held.items():
        table.attrs = an.load(name).attrs
    return lambda name: held[name] if name in held else an.load(name)


def put(**values):
    """Return an edit that sets services' share by id (TAX_01 for TAX-01)."""

    def edit(table):
        for key, value in values.items():
            hit = table["id"] == key.replace("_", "-")
            assert hit.sum() == 1, key
            table.loc[hit, "value"] = value
        return table

    return edit


def support_at(value, years=range(1990, 2030)):
    """Return an edit that sets the share of every Korean kind of support in some years."""

    def edit(table):
        hit = (table["country"] == "KOR") & (table["nature"] == "support") & table["year"].isin(years)
        hit &= table["measures"] == "services' share"
        assert hit.any()
        table.loc[hit, "value"] = value
        return table

    return edit


def parts(judgement):
    return {
        name: claims.verdict(rows["headline"], rows["holds"])
        for name, rows in judgement.readings.groupby("part", sort=False)
    }


def judged(**edits):
    return claims.judge("C6", changed(**edits))


# Known values


def test_the_yardsticks_are_shares_of_the_national_accounts():
    rows = an.load("sector_accounts").query("source == 'APO' and country == 'KOR' and year == 2013").set_index("sector")
    served = ["G+I", "H+J", "K+L+M+N", "O+P+Q+R+S+T+U"]
    found = policy.yardsticks(an.load, 2013)
    by_hand = 100 * rows.loc[served, "value_added"].sum() / rows["value_added"].sum()
    assert found["value_added"] == pytest.approx(by_hand)
    assert found == pytest.approx({"value_added": 59.63, "persons": 69.61, "market": 50.52}, abs=5e-3)
    firms, public = served[:3], "O+P+Q+R+S+T+U"
    without = 100 * rows.loc[firms, "value_added"].sum() / rows.drop(public)["value_added"].sum()
    assert found["market"] == pytest.approx(without)


def test_tax_breaks_of_2013_against_both_yardsticks():
    row = policy.support_table(an.load).set_index("id").loc["TAX-01"]
    assert row["over_value_added"] == pytest.approx(14.9 / 59.628, abs=1e-4)
    assert row["over_persons"] == pytest.approx(14.9 / 69.607, abs=1e-4)


def test_only_support_that_goes_to_firms_is_read():
    table = policy.figures_table(an.load)
    kinds = an.load("support_by_sector").set_index("id").loc[table["id"], ["kind", "nature"]]
    assert set(kinds["nature"]) == {"support"}
    assert not set(kinds["kind"]) & {"government R&D", "business R&D", "bank loans", "general tax cut"}
    back = changed(support_by_sector=lambda t: t.assign(nature=t["nature"].replace("whole budget", "support")))
    assert {"GRD-01", "GRD-03"} <= set(policy.figures_table(back)["id"])  # the data keep them out, not a name


def test_one_vote_a_programme_and_period():
    table, found = policy.support_table(an.load), claims.judge("C6").readings
    assert not table.duplicated(["part", "programme"]).any() and table["label"].is_unique
    assert len(found) == len(table) == 10  # every row of the figure is a vote, over value added only
    assert found["label"].str.endswith("over share of value added").all()
    stands = table.set_index(["part", "programme"])["id"]
    assert stands["support", "digital programmes of the SME ministry"] == "DIG-03"  # the most for services of that year
    assert stands["long", "Industrial Bank of Korea"] == "LON-03"  # the later year
    assert stands["long", policy.WIDEST] == "TAX-04" and stands["support", policy.WIDEST] == "TAX-01"


def test_a_bound_counts_as_less_only_where_it_shows_it():
    table = policy.figures_table(an.load).set_index("id")
    assert table.loc["VEN-01", "over_value_added"] == pytest.approx(100 / table.loc["VEN-01", "value_added"])
    found = claims.judge("C6").readings.set_index("label")
    venture = found.loc[found.index.str.startswith("state-backed venture")].iloc[0]
    assert not venture["holds"] and venture["shown"] == "at least 60.5 % against 63.1 %"
    assert "at most 22.3 % against 61.5 %" in set(found["shown"])  # 22.25: an upper bound is rounded up
    loose = judged(support_by_sector=put(LON_01=70.0)).readings
    assert not loose.loc[loose["label"].str.startswith("loans of the development bank"), "holds"].any()


def test_ways_of_counting():
    found = policy.counting_table(an.load).set_index("way")
    assert found[["less", "of"]].to_numpy().tolist() == [[6, 8], [6, 8], [5, 8], [6, 7], [5, 6], [5, 6], [8, 10]]
    assert found["verdict"].iloc[0] == claims.judge("C6").parts["support"]
    assert (found["less"] > found["of"] / 2).all()  # the page's title and heading say "most"
    assert found["verdict"].tolist() == [LIMITS] * 3 + [SUPPORTED] * 4
    none = policy.counting_table(changed(support_by_sector=support_at(90.0)))
    assert (none["verdict"] == CONTRADICTED).all() and (none["less"] == 0).all()
    with pytest.raises(Unmeasurable, match="no share of corporate tax breaks since 2010"):
        policy.counting_table(changed(support_by_sector=lambda t: t[t["id"] != "TAX-01"]))


def test_research_waves():
    table = policy.research_table(an.load)
    assert table["name"].tolist()[-1] == "Korea" and len(table) == 6
    early = policy.research_table(an.load, "2003-04").set_index("country")
    assert early.loc["KOR", "year"] == 2004 and early.loc["OECD", "share"] == 23.7
    found = claims.judge("C6").stronger.readings.query("part == 'research'")
    assert found["shown"].tolist() == ["5 of 5", "4 of 4", "4 of 4"]  # the OECD mean is no country


def test_frames_of_the_page():
    sides, steps, facts = policy.two_sides(an.load), policy.steps_table(an.load), policy.facts(an.load)
    assert len(sides) == 4 and sides["secondary"].all() and list(sides)[:3] == ["Evidence", "For", "Against"]
    assert len(steps) == facts["steps"] == 13 and steps["Amount"].iloc[0] == "none named"
    assert (facts["under"], facts["over"], facts["unknown"], facts["kinds"]) == (6, 1, 1, 8) and facts["largest"] == 70
    assert (facts["early_under"], facts["early"]) == (2, 2) and facts["ways_without_limits"] == 4


# Verdicts


def test_the_verdict_and_its_parts():
    found = claims.judge("C6")
    assert found.verdict == LIMITS and found.evidence == "secondary"
    assert "one region" in found.depends_on and "lower bound" in found.depends_on
    assert parts(found) == {"long": SUPPORTED, "support": LIMITS}
    assert found.stronger.verdict == LIMITS and parts(found.stronger) == {"half": LIMITS, "research": SUPPORTED}


def test_c6_can_take_every_verdict():
    none = judged(support_by_sector=support_at(90.0))
    assert none.verdict == CONTRADICTED and parts(none) == {"long": CONTRADICTED, "support": CONTRADICTED}
    lately = judged(support_by_sector=support_at(90.0, range(2010, 2030)))
    assert lately.verdict == LIMITS and parts(lately) == {"long": SUPPORTED, "support": CONTRADICTED}
    assert judged(support_by_sector=put(TAX_01=90.0)).verdict == LIMITS
    assert judged(support_by_sector=put(GUA_02=50.0)).verdict == SUPPORTED


def test_the_stronger_reading_can_take_every_verdict():
    assert judged(support_by_sector=support_at(1.0)).stronger.verdict == SUPPORTED

    def all_even(table):
        table = support_at(60.0)(table)
        table.loc[(table["kind"] == "business R&D") & (table["country"] == "KOR"), "value"] = 70.0
        return table

    assert judged(support_by_sector=all_even).stronger.verdict == CONTRADICTED


# Missing data


@pytest.mark.parametrize(("key", "when"), [("TAX-01", "since 2010"), ("TAX-04", "before 2010")])
def test_a_missing_headline_is_named(key, when):
    found = judged(support_by_sector=lambda t: t[t["id"] != key])
    assert found.verdict == UNTESTABLE and f"holds no share of corporate tax breaks {when}" in found.depends_on


def test_missing_tables_are_named():
    found = judged(sector_accounts=lambda t: t[t["source"] != "APO"])
    assert found.verdict == UNTESTABLE and "no complete Korean year" in found.depends_on
    with pytest.raises(Unmeasurable, match="holds no Korean share of services"):
        policy.support_table(changed(support_by_sector=lambda t: t[t["country"] != "KOR"]))
    with pytest.raises(Unmeasurable, match="too few shares of services in business R&D, 2013"):
        policy.research_table(changed(support_by_sector=lambda t: t[t["country"] != "KOR"]))
    with pytest.raises(Unmeasurable, match="holds no XXX-01"):
        policy.share(an.load, "XXX-01")


def test_a_wrong_wave_lists_the_legal_ones():
    with pytest.raises(ValueError, match="no wave '1999'; legal: 2013, 2015, 2003-04"):
        policy.research_table(an.load, "1999")


def test_secondary_shares_stay_marked():
    rows = policy.support_table(an.load)
    assert rows.set_index("id")["secondary"].drop("VEN-01").all() and isinstance(rows, pd.DataFrame)
