"""Tables on services in policy: shares as printed or computed, and wrong entries that fail by name."""

import pandas as pd
import pytest
import yaml

import analysis as an
from analysis.data.ingest import own_transcriptions as own
from analysis.data.ingest.reading import BadFile

FILE = own.FOLDER / "services_policy.yml"


@pytest.fixture(scope="module")
def shares():
    return an.load("support_by_sector").set_index("id")


def test_shares_as_printed(shares):
    printed = shares.loc[["TAX-01", "GRD-01", "RDS-04", "RDS-08", "RDS-14", "LON-04"], "value"]
    assert printed.tolist() == [14.9, 2, 7.2, 9.1, 23.7, 50.1] and not shares.loc[printed.index, "computed"].any()
    assert not shares.loc[["RDS-07", "RDS-08"], "secondary"].any()


def test_shares_computed_from_amounts_and_from_what_manufacturing_leaves(shares):
    assert shares.loc["GRD-03", "value"] == pytest.approx(100 * 578.8 / 19100)
    assert shares.loc["DIG-01", "value"] == pytest.approx(100 * 11 / 426)
    rest = shares[shares["bound"] == "upper"]
    by_hand = (100 - rest["manufacturing"]).fillna((100 - rest["distance"]) / 2)
    assert rest["value"].tolist() == pytest.approx(by_hand.tolist()) and len(rest) == 6
    assert shares.loc["TAX-04", "value"] == 22.25 and pd.isna(shares.loc["TAX-04", "manufacturing"])
    gap = shares.loc["TAX-01", "manufacturing"] - shares.loc["TAX-01", "value"]
    assert gap == pytest.approx(62.9)  # the source prints this distance for 2013 beside 55.5 for 2009
    assert rest["computed"].all() and (shares["part"].dropna() <= shares["whole"].dropna()).all()


def test_announcements_run_from_2001():
    table = an.load("services_policy")
    assert table["year"].is_monotonic_increasing and table["year"].iloc[0] == 2001
    assert table.set_index("id").loc["STE-11", ["amount", "unit"]].tolist() == [70, "trillion KRW"]


def written(tmp_path, key, **change):
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))[key]
    first = next(one for one in entries if one["id"] in {"TAX-02", "STE-02"}) | change
    path = tmp_path / "s.yml"
    path.write_text(yaml.safe_dump({key: [first, entries[0]]}, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "gifts"}, "TAX-02: 'gifts' is not legal; legal: business R&D"),
        ({"programme": " "}, "TAX-02: ' ' is no name"),
        ({"distance": 10.0}, "TAX-02: .*needs one of a printed value, part with whole, manufacturing, or distance"),
        ({"manufacturing": None, "distance": 120.0}, "TAX-02: .*is no percent share"),
        ({"manufacturing": "most"}, "TAX-02: 'most' is not a number"),
        ({"manufacturing": None}, "TAX-02: .*needs one of a printed value, part with whole, manufacturing, or dist"),
        ({"part": 3.0}, "TAX-02: .*needs one of a printed value"),
        ({"value": 10.0, "part": 1.0, "whole": 2.0}, "TAX-02: .*needs one of"),
        ({"bound": "none"}, "TAX-02: 'none' must be upper for a rest"),
        ({"value": 30.0, "bound": "none"}, r"TAX-02: .*30\.0.* is no percent share"),
        ({"manufacturing": 120.0}, "TAX-02: .*is no percent share"),
        ({"source_address": "etnews"}, "TAX-02: 'etnews' is no address"),
        ({"id": "RDS-01"}, "RDS-01: 'RDS-01' stands more than once"),
        ({"extra": 1}, "has the unknown part 'extra'"),
    ],
)
def test_a_wrong_share_is_named(tmp_path, change, problem):
    with pytest.raises(BadFile, match=problem):
        own.read_support_by_sector(written(tmp_path, "shares", **change))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"stated": "2001"}, "STE-02: '2001' is not a date"),
        ({"amount": None}, "STE-02: 'trillion KRW' does not fit the amount"),
        ({"unit": ""}, "STE-02: '' does not fit the amount"),
        ({"amount": "much"}, "STE-02: 'much' is not a number"),
    ],
)
def test_a_wrong_announcement_is_named(tmp_path, change, problem):
    with pytest.raises(BadFile, match=problem):
        own.read_services_policy(written(tmp_path, "steps", **change))
