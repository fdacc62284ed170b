"""What moments are asked of: options, samples, rows that are left out, registers with little in them; what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.microdata import Schema, SchemaError, moments
from tests.microdata.small_registers import CLASSES, pick


def test_grouping_by_size_class(register):
    families = ["size", "dispersion"]
    found = moments(register, by=["size_class"], disclosure=None, totals=["size_class"], families=families)
    table = found.tidy("size")
    assert table["size_class"].unique().tolist() == [*CLASSES, "total"]
    assert set(table["moment"]) == {"total", "level"}
    assert "theil_within" not in set(found.tidy("dispersion")["moment"])
    plain = moments(register, disclosure=None, families=["size"]).tidy("size")
    plain = plain[plain["moment"].isin(["total", "level"]) & (plain["size_class"] != "1-249")]
    pd.testing.assert_frame_equal(table, plain.reset_index(drop=True))


def test_sampling_weights(register):
    """Firms that stand for two are as two firms; entry and exit cannot be seen in a sample."""
    twice = pd.concat([register, register.assign(firm=register["firm"] + 10_000)])
    schema = Schema.default().replace(sales=None, legal_size=None, ai_use=None, weight="weight")
    families = ["size", "olley_pakes"]
    weighted = moments(register.assign(weight=2.0), schema=schema, disclosure=None, families=families)
    doubled = moments(twice, disclosure=None, families=families)
    every = moments(register.assign(weight=2.0).head(300), schema=schema, disclosure=None)
    assert "dynamics" not in every.tables
    for family in families:
        one, two = weighted.tables[family], doubled.tables[family]
        pd.testing.assert_series_equal(one["estimate"], two["estimate"], rtol=1e-9)
    with pytest.raises(ValueError, match="'dynamics' is not possible: the register is a sample"):
        moments(register.assign(weight=2.0), schema=schema, families=["dynamics"])


def test_hours_that_are_missing_are_neither_counted_nor_betrayed(register):
    holes = register.assign(hours=register["hours"].where(register["firm"] % 10 != 0))
    found = moments(holes, by="year", disclosure=None, families=["size", "olley_pakes"])
    table = found.tidy("size")
    assert "hours" not in set(table["measure"])
    known = holes[holes["hours"].notna() & (holes["year"] == 2020)]
    row = pick(table, year=2020, measure="output per hour", moment="level", size_class="total")
    assert row["estimate"] == pytest.approx(known["value_added"].sum() / known["hours"].sum())
    assert found.left_out.set_index("column").loc["hours", "rows"] == holes["hours"].isna().sum()


def test_rows_without_a_group_are_left_out_and_said(register):
    holes = register.assign(region=np.where(register["firm"] % 7 == 0, None, "north"))
    schema = Schema.default().replace(sales=None, legal_size=None, ai_use=None, region="region")
    found = moments(holes, by="region", schema=schema, families=["size"])
    gone = int((holes["firm"] % 7 == 0).sum())
    assert found.rows == len(holes) - gone
    assert f"{gone:,} (region missing) of all moments by region" in found.summary()


def test_rows_that_fail_the_schema(register):
    broken = pd.concat([register, register.head(1).assign(firm=-1, persons=0)])
    with pytest.raises(SchemaError, match="'persons': zero or negative in 1 row"):
        moments(broken, families=["size"])
    found = moments(broken, families=["size"], on_failure="leave_out")
    assert found.rows == len(register) and found.left_out.iloc[0]["rows"] == 1


def test_progress_and_words(register):
    lines = []
    found = moments(register, families=["size", "olley_pakes"], progress=lines.append)
    assert [line.split(":")[0] for line in lines] == ["1/2 size", "2/2 olley_pakes"]
    for words in ("Register of firms", "fewer than 10 firms", "never the figure of one firm", "olley_pakes:"):
        assert words in str(found)
    assert "do not publish" in str(moments(register, disclosure=None, families=["size"]))
    assert "<table>" in found._repr_html_()
    assert found.tidy().columns[:3].tolist() == ["family", "year", "size_class"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": "regio"}, "by='regio': no column to group by; legal: firm|legal: year, industry"),
        ({"by": ["industry", "industry"]}, "by='industry': the column is there twice"),
        ({"by": "persons"}, "by='persons': no column to group by"),
        ({"totals": "industry"}, "totals='industry': it is not in by="),
        ({"by": "year", "totals": "year"}, "totals='year': times are not added up"),
        ({"families": ["sizes"]}, "families='sizes' is not known; legal values: 'size'"),
        ({"disclosure": 10}, "disclosure=10: a Rule is needed"),
        ({"on_failure": "drop"}, "on_failure='drop' is not known"),
    ],
)
def test_wrong_options(register, options, words):
    with pytest.raises(ValueError, match=words):
        moments(register, **options)


def test_one_year_has_no_dynamics(register):
    one = register[register["year"] == 2020]
    with pytest.raises(ValueError, match="'dynamics' is not possible: there is one year only"):
        moments(one, families=["dynamics"])
    found = moments(one, families=["size"])
    with pytest.raises(ValueError, match="family='dynamics' is not known; legal values: 'size'"):
        found.tidy("dynamics")


def test_nothing_to_take_the_logarithm_of(register):
    """Firms that all lose money have sums and ratios, and moments of logarithms that are not defined but not hidden."""
    table = moments(register.assign(value_added=-1.0), disclosure=None).tidy()
    assert set(table["family"]) == {"size", "dispersion", "frontier", "olley_pakes", "dynamics"}
    assert table.groupby("family")["estimate"].count().drop("size").eq(0).all() and not table["suppressed"].any()
    row = pick(table, year=2020, measure="output per person", moment="level", size_class="total")
    rows = register[register["year"] == 2020]
    assert row["estimate"] == pytest.approx(-len(rows) / rows["persons"].sum())


def test_a_single_firm(register):
    table = moments(register.head(1), disclosure=None).tidy()
    assert not table["suppressed"].any() and table["std_error"].isna().all()
    assert moments(register.head(1)).tidy()["suppressed"].all()


def test_firms_without_persons_stay_in_sums(register):
    schema = Schema.default().replace(
        sales=None, legal_size=None, ai_use=None, size_classes=("0-9", "10-49", "50-249", "250+")
    )  # fmt: skip
    idle = register.assign(persons=register["persons"].where(register["firm"] % 10 != 0, 0))
    found = moments(idle, schema=schema, disclosure=None, families=["size", "olley_pakes"])
    rows = idle[(idle["year"] == 2021) & (idle["persons"] < 10)]
    row = pick(found.tidy("size"), year=2021, measure="output per person", moment="level", size_class="0-9")
    assert row["estimate"] == pytest.approx(rows["value_added"].sum() / rows["persons"].sum())
    assert "persons zero) of moments of logarithms per person" in str(found)


def test_a_label_called_total_is_refused(register):
    schema = Schema.default().replace(sales=None, legal_size=None, ai_use=None, industries=None)
    with pytest.raises(ValueError, match="has a label 'total'"):
        moments(register.assign(industry="total"), by="industry", schema=schema)
