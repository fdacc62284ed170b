"""Tables of moments with totals: they add up, and hide what an independent check finds unsafe."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.microdata import Rule, moments, synthetic_register
from tests.microdata.small_registers import CLASSES, make, pick, size_class


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


def test_totals_are_the_groups_of_a_coarser_table(guarded):
    firms, _, both = guarded
    coarse = moments(firms, by="year", disclosure=None, families=["size", "olley_pakes"])
    for family in coarse.tables:
        table = both.tables[family]
        whole = table.query("industry == 'total'").drop(columns="industry").reset_index(drop=True)
        pd.testing.assert_frame_equal(whole, coarse.tables[family], rtol=1e-8, atol=1e-12)
    assert both.tidy("size")["industry"].unique().tolist() == ["C", "G", "J", "total"]


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
