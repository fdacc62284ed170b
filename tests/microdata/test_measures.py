"""Moments agree with plain NumPy, do not depend on the engine, and hide what an independent check finds unsafe."""

from __future__ import annotations

import itertools

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.optimize import linprog

from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.inequality import generalised_entropy
from analysis.microdata import Rule, Schema, SchemaError, moments, synthetic_register

CLASSES = ("1-9", "10-49", "50-249", "250+")
KEYS = ["year", "industry"]


def make(firms=700, years=(2020, 2021), seed=0, share=(0.6, 0.3, 0.1)):
    """Firms of three industries that enter, leave and change; a few lose money."""
    random = np.random.default_rng(seed)
    base = pd.DataFrame({
        "firm": np.arange(firms), "industry": random.choice(["C", "G", "J"], firms, p=share),
        "persons": np.ceil(np.exp(random.normal(2.2, 1.5, firms))).astype(int), "skill": random.normal(0, 0.7, firms),
    })  # fmt: skip
    frames = []
    for year in years:
        held = base[random.random(firms) < 0.9].copy()
        persons = np.maximum(1, np.round(held["persons"] * np.exp(random.normal(0, 0.1, len(held)))))
        level = np.exp(3 + 0.03 * (year - 2020) + held["skill"] + random.normal(0, 0.3, len(held)))
        loss = np.where(random.random(len(held)) < 0.01, -1, 1)
        frames.append(held.assign(
            year=year, persons=persons.astype(int), value_added=persons * level * loss,
            hours=persons * random.uniform(1500, 2200, len(held)),
        ).drop(columns="skill"))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def register():
    return make()


@pytest.fixture(scope="module")
def bare(register):
    """All families of the register, nothing hidden."""
    return moments(register, by=KEYS, disclosure=None)


def pick(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, where
    return table.iloc[0]


def size_class(persons):
    return pd.cut(persons, [0, 9, 49, 249, np.inf], labels=CLASSES).astype(str)


# ------------------------------------------------------------------------------------------------ numbers


def test_four_firms_by_hand():
    firms = pd.DataFrame({
        "firm": [1, 2, 3, 4], "year": 2020, "industry": "C", "persons": [5, 5, 20, 300],
        "value_added": [100.0, 200.0, 1000.0, 30_000.0], "hours": [10_000.0, 10_000.0, 40_000.0, 600_000.0],
    })  # fmt: skip
    table = moments(firms, disclosure=None, families=["size"]).tidy("size")
    per_person = table[(table["measure"] == "output per person")]
    levels = per_person[per_person["moment"] == "level"].set_index("size_class")["estimate"]
    assert levels.to_dict() == {"1-9": 30.0, "10-49": 50.0, "1-249": 1300 / 30, "250+": 100.0, "total": 31_300 / 330}
    ratios = per_person[per_person["moment"] == "ratio"].set_index("size_class")["estimate"]
    assert ratios.to_dict() == pytest.approx({"1-9": 0.3, "10-49": 0.5, "1-249": 1300 / 3000})
    shares = table[(table["measure"] == "persons") & (table["moment"] == "share")].set_index("size_class")["estimate"]
    assert shares.to_dict() == pytest.approx({"1-9": 10 / 330, "10-49": 20 / 330, "1-249": 30 / 330, "250+": 300 / 330})
    assert pick(table, measure="firms", size_class="1-9", moment="total")["estimate"] == 2
    # two firms with 20 and 40 a head: scores -50 and 50, times 2 / (2 - 1)
    row = pick(per_person, moment="level", size_class="1-9")
    assert row["std_error"] == pytest.approx(np.sqrt(2 * (50**2 + 50**2)) / 10)
    assert np.isnan(pick(per_person, moment="level", size_class="250+")["std_error"])
    assert pick(table, measure="output per hour", moment="level", size_class="10-49")["estimate"] == 1000 / 40_000


def test_ratios_of_sums_and_their_errors(register, bare):
    cell = register[(register["year"] == 2021) & (register["industry"] == "C")]
    parts = {label: rows for label, rows in cell.groupby(size_class(cell["persons"]))}
    y, p = cell["value_added"].to_numpy(), cell["persons"].to_numpy(float)
    table = bare.tidy("size").query("year == 2021 and industry == 'C'")

    def level(rows):
        y, p = rows["value_added"].to_numpy(), rows["persons"].to_numpy(float)
        ratio, n = y.sum() / p.sum(), len(rows)
        return ratio, np.sqrt(n / (n - 1) * ((y - ratio * p) ** 2).sum()) / p.sum()

    for label, rows in parts.items():
        row = pick(table, measure="output per person", moment="level", size_class=label)
        assert (row["estimate"], row["std_error"]) == pytest.approx(level(rows), rel=1e-9)
        assert row["firms"] == len(rows)
        mine = cell.index.isin(rows.index)
        share, n = y[mine].sum() / y.sum(), len(cell)
        error = np.sqrt(n / (n - 1) * (((mine - share) * y) ** 2).sum()) / abs(y.sum())
        row = pick(table, measure="output", moment="share", size_class=label)
        assert (row["estimate"], row["std_error"]) == pytest.approx((share, error), rel=1e-9)
    (small, e), (large, f) = level(parts["10-49"]), level(parts["250+"])
    row = pick(table, measure="output per person", moment="ratio", size_class="10-49")
    error = small / large * np.sqrt((e / small) ** 2 + (f / large) ** 2)
    assert (row["estimate"], row["std_error"]) == pytest.approx((small / large, error), rel=1e-9)
    row = pick(table, measure="output per person", moment="level", size_class="total")
    assert (row["estimate"], row["std_error"]) == pytest.approx(level(cell), rel=1e-9)
    assert (row["conf_low"] + row["conf_high"]) / 2 == pytest.approx(row["estimate"])
    sums = y @ y, p @ p
    effective = p.sum() ** 2 / sums[1]
    assert row["reliable"] == (effective >= 50) or not row["reliable"]


def band(x, weight, at):
    """Mean of the firms in the twentieth around a percentile, in plain NumPy."""
    order = np.argsort(x, kind="stable")
    if weight is None:
        low, high = np.quantile(x, [at - 0.025, at + 0.025])
        inside = (x >= low) & (x <= high)
        return x[inside].mean()
    run = np.cumsum(weight[order]) / weight.sum()
    low, high = (x[order][np.argmax(run >= end - 1e-12)] for end in (at - 0.025, at + 0.025))
    inside = (x >= low) & (x <= high)
    return np.average(x[inside], weights=weight[inside])


def test_dispersion_against_numpy(register, bare):
    cell = register[(register["year"] == 2020) & (register["industry"] == "C") & (register["value_added"] > 0)]
    x = np.log(cell["value_added"] / cell["hours"]).to_numpy()
    weight = cell["hours"].to_numpy()
    table = bare.tidy("dispersion").query("year == 2020 and industry == 'C' and measure == 'output per hour'")
    found = table.set_index("moment")["estimate"]
    mean = np.average(x, weights=weight)
    wanted = {
        "sd": x.std(), "sd_weighted": np.sqrt(np.average((x - mean) ** 2, weights=weight)),
        "p90_p10": band(x, None, 0.9) - band(x, None, 0.1), "p90_p50": band(x, None, 0.9) - band(x, None, 0.5),
        "p90_p10_weighted": band(x, weight, 0.9) - band(x, weight, 0.1),
        "p90_p50_weighted": band(x, weight, 0.9) - band(x, weight, 0.5),
    }  # fmt: skip
    assert found[list(wanted)].to_dict() == pytest.approx(wanted, rel=1e-9)
    held = cell.assign(level=np.exp(x), size=size_class(cell["persons"]))
    theil = generalised_entropy(held, value="level", weight="hours", group="size").tidy().set_index("component")
    for name in ("within", "between", "total"):
        row = pick(table, moment=f"theil_{name}")
        assert row["estimate"] == pytest.approx(theil.loc[name, "estimate"], rel=1e-9)
        assert row["std_error"] == pytest.approx(theil.loc[name, "std_error"], rel=1e-6)


def test_errors_of_bands_match_a_bootstrap_of_the_whole_procedure():
    random = np.random.default_rng(5)
    n, draws = 1_500, 1_500
    firms = pd.DataFrame({
        "firm": range(n), "year": 2020, "industry": "C", "persons": 10,
        "value_added": np.exp(random.normal(0, 0.8, n) + 0.5 * random.standard_exponential(n)),
    })  # fmt: skip
    found = moments(firms, disclosure=None, families=["dispersion", "frontier"]).tidy().set_index("moment")["std_error"]
    x = np.sort(np.log(firms["value_added"].to_numpy() / 10)[random.integers(0, n, (draws, n))], axis=1)

    def mean(low, high):
        return x[:, round(low * n) : round(high * n)].mean(axis=1)

    spread = {
        "sd": x.std(axis=1), "p90_p10": mean(0.875, 0.925) - mean(0.075, 0.125),
        "frontier": mean(0.95, 1), "frontier_rest": mean(0.95, 1) - mean(0, 0.95),
        "frontier_middle": mean(0.95, 1) - mean(0.475, 0.525),
    }  # fmt: skip
    for name, values in spread.items():
        assert found[name] == pytest.approx(values.std(), rel=0.08), name


def test_frontier_against_numpy(register):
    held = register[(register["value_added"] > 0) & (register["year"] == 2021)]
    x = np.log(held["value_added"] / held["persons"])
    lists = {name: [] for name in ("frontier", "middle", "rest")}
    for _, own in x.groupby(held["industry"]):
        top, low, high = np.quantile(own, [0.95, 0.475, 0.525])
        lists["frontier"] += own[own >= top].tolist()
        lists["rest"] += own[own < top].tolist()
        lists["middle"] += own[(own >= low) & (own <= high)].tolist()
    wanted = {name: np.mean(values) for name, values in lists.items()}
    wanted |= {f"frontier_{name}": wanted["frontier"] - wanted[name] for name in ("rest", "middle")}
    table = moments(register, disclosure=None, families=["frontier"]).tidy("frontier")
    found = table.query("year == 2021 and measure == 'output per person'").set_index("moment")["estimate"]
    assert found.to_dict() == pytest.approx(wanted, rel=1e-9)


def test_olley_pakes_against_numpy(register, bare):
    cell = register.query("year == 2020 and industry == 'G' and value_added > 0")
    x = np.log(cell["value_added"] / cell["persons"]).to_numpy()
    found = bare.tidy("olley_pakes").query("year == 2020 and industry == 'G' and measure == 'output per person'")
    aggregate = np.average(x, weights=cell["persons"])
    wanted = {"mean": x.mean(), "covariance": aggregate - x.mean(), "aggregate": aggregate}
    assert found.set_index("moment")["estimate"].to_dict() == pytest.approx(wanted)


def test_entry_and_exit_as_firm_dynamics_without_movers(register):
    held = register[register["industry"] == "C"].copy()
    held["x"] = np.log(held["value_added"].where(held["value_added"] > 0) / held["persons"])
    both = held.groupby("firm")["year"].transform("size") == 2
    lost = both & held["x"].isna().groupby(held["firm"]).transform("any")
    result = firm_dynamics(
        held[held["x"].notna() & ~lost], firm="firm", time="year", productivity="x", weight="persons"
    ).tidy().set_index("component")  # fmt: skip
    found = moments(register, by=KEYS, disclosure=None, families=["dynamics"]).tidy("dynamics")
    found = found.query("industry == 'C' and measure == 'output per person'").set_index("moment")
    assert found["since"].unique().tolist() == [2020]
    for name in ("within", "between", "entry", "exit", "total"):
        assert found.loc[name, "estimate"] == pytest.approx(result.loc[name, "estimate"], rel=1e-8, abs=1e-12)
        assert found.loc[name, "std_error"] == pytest.approx(result.loc[name, "std_error"], rel=1e-6)


def test_a_firm_that_changes_industry_neither_enters_nor_exits():
    firms = make(300, seed=3)
    firms = firms[firms["value_added"] > 0]
    firms = firms[firms["firm"].duplicated(keep=False)]
    moved = firms.copy()
    moved.loc[(moved["year"] == 2020) & (moved["industry"] == "G"), "industry"] = "C"
    for table in (firms, moved):
        found = moments(table, by=["industry"], disclosure=None, families=["dynamics"]).tidy("dynamics")
        assert set(found["industry"]) == {"C", "G", "J"}
        assert found[found["moment"].isin(["entry", "exit"])]["estimate"].eq(0).all()


def test_growth_between_three_years_is_of_successive_years():
    firms = make(300, years=(2018, 2020, 2021), seed=4)
    table = moments(firms, disclosure=None, families=["dynamics", "olley_pakes"])
    dynamics = table.tidy("dynamics").query("measure == 'output per person' and moment == 'total'")
    assert dynamics[["year", "since"]].to_numpy().tolist() == [[2020, 2018], [2021, 2020]]


def test_constant_productivity_has_no_spread_and_no_error():
    firms = pd.DataFrame({
        "firm": range(60), "year": 2020, "industry": "C", "persons": np.arange(60) % 40 + 1,
        "value_added": (np.arange(60) % 40 + 1) * 7.3,
    })  # fmt: skip
    table = moments(firms, disclosure=None).tidy().query("suppressed == False and measure == 'output per person'")
    for moment in ("sd", "p90_p10", "theil_total", "frontier_rest", "covariance"):
        row = pick(table, moment=moment)
        assert abs(row["estimate"]) < 1e-9 and row["std_error"] < 1e-6, moment


# ------------------------------------------------------------------------------------------------ shape and options


def test_by_equals_looping(register, bare):
    alone = moments(register[register["industry"] == "J"], by="year", disclosure=None)
    for family, table in alone.tables.items():
        both = bare.tables[family].query("industry == 'J'").drop(columns="industry").reset_index(drop=True)
        pd.testing.assert_frame_equal(both, table, rtol=1e-7, atol=1e-10)


def test_the_time_is_always_a_group(register, bare):
    added = moments(register, by="industry", disclosure=None, families=["olley_pakes"])
    pd.testing.assert_frame_equal(added.tidy("olley_pakes"), bare.tidy("olley_pakes"))
    assert moments(register, disclosure=None, families=["size"]).by == ("year",)


def test_every_kind_of_table_gives_the_same(register, tmp_path):
    path = tmp_path / "register.parquet"
    register.to_parquet(path)
    connection = duckdb.connect()
    connection.register("firms", register)
    kinds = {
        "polars": pl.from_pandas(register), "arrow": pa.Table.from_pandas(register), "path": path,
        "ibis": ibis.memtable(pa.Table.from_pandas(register)), "relation": connection.sql("select * from firms"),
    }  # fmt: skip
    families = ["size"]
    wanted = moments(register, by="industry", families=families)
    for kind, table in kinds.items():
        found = moments(table, by="industry", families=families)
        for family in families:
            pd.testing.assert_frame_equal(found.tables[family], wanted.tables[family], rtol=1e-9, obj=kind)


def test_large_registers_stay_queries_and_give_the_same(register, bare, monkeypatch):
    monkeypatch.setattr("analysis.microdata.tabulation.SMALL", 10)
    monkeypatch.setattr("analysis.microdata.tabulation.dialect", lambda table: "another engine")
    monkeypatch.setattr("analysis.microdata.scan.dialect", lambda table: "another engine")
    found = moments(register, by=KEYS, disclosure=None, families=["size", "dynamics"])
    for family, table in found.tables.items():
        pd.testing.assert_frame_equal(table, bare.tables[family], rtol=1e-9, atol=1e-12)


def test_columns_of_another_name(register, bare):
    schema = Schema(
        firm="id", time="jahr", industry="nace", persons="staff", value_added="va", hours="h", currency="EUR",
        title="Unternehmensregister", extra=("land",),
    )  # fmt: skip
    names = {"firm": "id", "year": "jahr", "industry": "nace", "persons": "staff", "value_added": "va", "hours": "h"}
    other = register.rename(columns=names).assign(land=np.where(register["firm"] % 2, "north", "south"))
    found = moments(other, by=["jahr", "nace"], schema=schema, disclosure=None, families=["size", "frontier"])
    table = found.tidy("size").rename(columns={"jahr": "year", "nace": "industry"})
    assert table["unit"].str.contains("million EUR per person, current prices").any()
    same = [name for name in table if name not in ("unit", "source")]
    pd.testing.assert_frame_equal(table[same], bare.tidy("size")[same])
    assert set(table["source"]) == {"Unternehmensregister"}
    assert moments(other, by="industry", schema=schema, disclosure=None, families=["size"]).by == ("jahr", "industry")
    assert set(moments(other, by="land", schema=schema, families=["size"]).tidy()["land"]) == {"north", "south"}


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


def test_totals_are_the_groups_of_a_coarser_table(guarded):
    firms, _, both = guarded
    coarse = moments(firms, by="year", disclosure=None, families=["size", "olley_pakes"])
    for family in coarse.tables:
        table = both.tables[family]
        whole = table.query("industry == 'total'").drop(columns="industry").reset_index(drop=True)
        pd.testing.assert_frame_equal(whole, coarse.tables[family], rtol=1e-8, atol=1e-12)
    assert both.tidy("size")["industry"].unique().tolist() == ["C", "G", "J", "total"]


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


# ------------------------------------------------------------------------------------------------ disclosure


@pytest.fixture(scope="module")
def guarded():
    """A register with small cells, its safe moments and the same moments with nothing hidden."""
    firms = make(1_500, seed=11, share=(0.75, 0.2, 0.05))
    options = {"by": "industry", "totals": "industry"}
    bare = moments(firms, **options, disclosure=None, families=["size", "frontier", "olley_pakes"])
    return firms, moments(firms, **options), bare


def members(firms, row):
    """Return the rows of a cell; what is called total is everything."""
    chosen = firms["year"] == row["year"]
    if row["industry"] != "total":
        chosen &= firms["industry"] == row["industry"]
    label = row.get("size_class", "total")
    if label != "total":
        chosen &= size_class(firms["persons"]).isin(CLASSES[:-1] if label == "1-249" else [label])
    return firms[chosen]


def unsafe(rows):
    """Return why a cell is unsafe, by the rule as a lawyer would read it."""
    if len(rows) < 10:
        return "few"
    for name in ("value_added", "persons", "hours"):
        if rows[name].abs().max() > 0.85 * abs(rows[name].sum()):
            return name
    return None


def test_no_shown_row_rests_on_an_unsafe_cell(guarded):
    firms, safe, _ = guarded
    for family, table in safe.tables.items():
        shown = table[~table["suppressed"] & table["estimate"].notna()]
        assert len(shown), family
        for _, row in shown.drop_duplicates([c for c in ("year", "industry", "size_class") if c in table]).iterrows():
            rows = members(firms, row)
            assert unsafe(rows) is None, (family, row.to_dict())
            assert row["firms"] == len(rows)


def test_what_is_hidden_is_hidden_in_every_column(guarded):
    for family, table in guarded[1].tables.items():
        hidden = table[table["suppressed"]]
        assert len(hidden) or family == "olley_pakes"
        assert hidden[["estimate", "std_error", "conf_low", "conf_high", "firms", "reliable"]].isna().all(axis=None)


def test_hiding_changes_no_number(guarded):
    _, safe, bare = guarded
    for family, other in bare.tables.items():
        table = safe.tables[family]
        keys = [c for c in ("year", "industry", "size_class", "measure", "moment") if c in table]
        both = table.merge(other, on=keys, suffixes=("", "_bare"), how="left", validate="one_to_one")
        small = other.get("size_class", other["moment"]).eq("1-249").sum()
        assert len(other) - small <= len(table) <= len(other)
        shown = both[~both["suppressed"]]
        pd.testing.assert_series_equal(shown["estimate"], shown["estimate_bare"], check_names=False, rtol=1e-9)


def test_an_attacker_with_linear_programs_learns_nothing(guarded):
    """Bound every hidden sum by all sums that are shown; independent of the package's own audit."""
    _, safe, bare = guarded
    table, truth = safe.tidy("size"), bare.tidy("size")
    for year, measure in itertools.product((2020, 2021), ("firms", "output", "persons", "hours")):
        where = (table["year"] == year) & (table["measure"] == measure) & (table["moment"] == "total")
        shown = table[where].set_index(["industry", "size_class"])["estimate"]
        true = truth[(truth["year"] == year) & (truth["measure"] == measure) & (truth["moment"] == "total")]
        true = true.set_index(["industry", "size_class"])["estimate"]
        keys = list(itertools.product(["C", "G", "J", "total"], [*CLASSES, "total"]))
        place = {key: number for number, key in enumerate(keys)}
        lines = [
            ([(industry, label) for label in CLASSES], (industry, "total")) for industry in ("C", "G", "J", "total")
        ]  # fmt: skip
        lines += [
            ([(industry, label) for industry in ("C", "G", "J")], ("total", label)) for label in (*CLASSES, "total")
        ]  # fmt: skip
        matrix = np.zeros((len(lines), len(keys)))
        for number, (parts, whole) in enumerate(lines):
            matrix[number, [place[key] for key in parts]] = 1
            matrix[number, place[whole]] = -1
        least = None if measure == "output" else 0
        # small firms together are shown where they follow from what is shown
        small = shown[shown.index.get_level_values("size_class") == "1-249"]
        for industry, _ in small.index:
            assert shown[industry, "total"] - shown[industry, "250+"] == pytest.approx(small[industry, "1-249"])
        known = [shown.get(key, 0.0) for key in keys]
        scale = true.abs().max()
        bounds = [(least, None) if np.isnan(value) else (value / scale, value / scale) for value in known]
        hidden = [key for key, value in zip(keys, known, strict=True) if np.isnan(value)]
        assert hidden
        for key in hidden:
            cost = np.zeros(len(keys))
            cost[place[key]] = 1
            ends = []
            for sign in (1, -1):
                answer = linprog(sign * cost, A_eq=matrix, b_eq=np.zeros(len(lines)), bounds=bounds)
                ends.append(sign * answer.fun * scale if answer.status == 0 else sign * -np.inf)
            value = true.get(key)
            assert ends[0] <= value - 0.0999 * abs(value) and ends[1] >= value + 0.0999 * abs(value), (key, measure)


def test_bands_and_parts_pass_the_rule_too():
    """With 120 firms a twentieth is six: percentile gaps and the frontier are hidden, the spread is not."""
    firms = make(150, years=(2020,), seed=2, share=(1.0, 0, 0)).head(120)
    table = moments(firms, families=["dispersion", "frontier", "olley_pakes"]).tidy().set_index("moment")
    table = table[table["measure"] == "output per person"]
    assert not table.loc[["sd", "theil_total", "mean"], "suppressed"].any()
    assert table.loc[["p90_p10", "p90_p50", "frontier", "rest", "frontier_rest", "middle"], "suppressed"].all()


def test_few_entrants_hide_entry_and_exit():
    firms = make(200, seed=6, share=(1.0, 0, 0))
    firms = firms[(firms["value_added"] > 0)]
    both = firms[firms["firm"].duplicated(keep=False)]
    nine = firms[(firms["year"] == 2021) & ~firms["firm"].isin(both["firm"])].head(9)
    assert len(nine) == 9
    options = {"families": ["dynamics", "size"]}
    table = moments(pd.concat([both, nine]), **options).tidy("dynamics")
    assert table["suppressed"].all()
    table = moments(both, **options).tidy("dynamics")
    assert not table["suppressed"].any() and pick(table, moment="entry", measure="output per hour")["estimate"] == 0


def test_one_pattern_serves_all_families(guarded):
    _, safe, _ = guarded
    total = safe.tidy("size").query("size_class == 'total' and measure == 'firms'").set_index(["year", "industry"])
    for family in ("dispersion", "frontier", "olley_pakes"):
        table = safe.tidy(family).set_index(["year", "industry"])
        hidden = total["suppressed"].reindex(table.index)
        assert table.loc[hidden.to_numpy(), "suppressed"].all()
        shown = table[~table["suppressed"]]
        assert shown["firms"].eq(total["firms"].reindex(shown.index)).all()


def test_synthetic_registers_say_so_in_every_row():
    found = moments(synthetic_register(firms=5_000, years=[2022], seed=1), families=["size"])
    assert found.tidy("size")["source"].str.contains("Synthetic").all() and "Synthetic" in str(found)


def test_a_stricter_rule_hides_more(register):
    loose = moments(register, by="industry", disclosure=Rule(min_firms=3), families=["size"]).tidy("size")
    strict = moments(register, by="industry", disclosure=Rule(min_firms=30), families=["size"]).tidy("size")
    assert strict["suppressed"].sum() > loose["suppressed"].sum()
