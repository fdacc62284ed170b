"""Moments agree with plain NumPy, and do not depend on the engine, the grouping or the names of columns."""

from __future__ import annotations

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from analysis.decomposition.firm_dynamics import firm_dynamics
from analysis.decomposition.inequality import generalised_entropy
from analysis.microdata import Schema, moments
from tests.microdata.small_registers import KEYS, make, pick, size_class


@pytest.fixture(scope="module")
def bare(register):
    """All families of the register, nothing hidden."""
    return moments(register, by=KEYS, disclosure=None)


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
