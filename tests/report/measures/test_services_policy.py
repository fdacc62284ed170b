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
    assert found == pytest.approx({"value_added": 59.63, "persons": 69.61}, abs=5e-3)


def test_tax_breaks_of_2013_against_both_yardsticks():
    row = policy.support_table(an.load).set_index("id").loc["TAX-01"]
    assert row["over_value_added"] == pytest.approx(14.9 / 59.628, abs=1e-4)
    assert row["over_persons"] == pytest.approx(14.9 / 69.607, abs=1e-4)


def test_only_support_is_a_reading():
    found = claims.judge("C6").readings
    table = policy.support_table(an.load)
    assert set(table["nature"]) == {"support"} and not table["label"].str.contains("all banks|R&D of firms").any()
    words = " ".join(found.loc[found["part"] != "research", "label"])
    assert "venture" not in words  # a lower bound cannot show less
    assert "all banks" not in words  # private credit is no support
    assert table["label"].is_unique and (table["id"] == "VEN-01").any()


def test_research_waves():
    table = policy.research_table(an.load)
    assert table["name"].tolist()[-1] == "Korea" and len(table) == 6
    early = policy.research_table(an.load, "2003-04").set_index("country")
    assert early.loc["KOR", "year"] == 2004 and early.loc["OECD", "share"] == 23.7
    found = claims.judge("C6").stronger.readings.query("part == 'research'")
    assert found["shown"].tolist() == ["5 of 5", "4 of 4", "4 of 4"]  # the OECD mean is no country


def test_frames_of_the_page():
    sides, steps, facts = policy.two_sides(an.load), policy.steps_table(an.load), policy.facts(an.load)
    assert len(sides) == 5 and sides["secondary"].all()
    assert len(steps) == facts["steps"] == 13 and steps["Amount"].iloc[0] == "none named"
    assert facts["under"] == facts["kinds"] - 1 and facts["largest"] == 70


# Verdicts


def test_the_verdict_and_its_parts():
    found = claims.judge("C6")
    assert found.verdict == SUPPORTED and found.evidence == "secondary" and "one region" in found.depends_on
    assert parts(found) == {"long": SUPPORTED, "support": SUPPORTED}
    assert found.stronger.verdict == LIMITS and parts(found.stronger) == {"half": LIMITS, "research": SUPPORTED}


def test_c6_can_take_every_verdict():
    none = judged(support_by_sector=support_at(90.0))
    assert none.verdict == CONTRADICTED and parts(none) == {"long": CONTRADICTED, "support": CONTRADICTED}
    lately = judged(support_by_sector=support_at(90.0, range(2010, 2030)))
    assert lately.verdict == LIMITS and parts(lately) == {"long": SUPPORTED, "support": CONTRADICTED}
    assert judged(support_by_sector=put(TAX_01=90.0)).verdict == LIMITS


def test_the_stronger_reading_can_take_every_verdict():
    assert judged(support_by_sector=support_at(1.0)).stronger.verdict == SUPPORTED

    def all_even(table):
        table = support_at(60.0)(table)
        table.loc[(table["kind"] == "business R&D") & (table["country"] == "KOR"), "value"] = 70.0
        return table

    assert judged(support_by_sector=all_even).stronger.verdict == CONTRADICTED


# Missing data


@pytest.mark.parametrize("key", ["TAX-01", "GRD-01"])
def test_a_missing_headline_is_named(key):
    found = judged(support_by_sector=lambda t: t[t["id"] != key])
    assert found.verdict == UNTESTABLE and f"support_by_sector holds no {key}" in found.depends_on


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
