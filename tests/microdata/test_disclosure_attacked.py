"""Disclosure control of any register, attacked with linear programs of the test's own and checked against its firms."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.microdata.disclosure import Rule, cell_facts, suppress
from tests.microdata.disclosure_cases import NAMES, T, lines, make_firms

SLOW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

registers = st.builds(
    make_firms,
    st.integers(0, 10_000),
    st.lists(
        st.lists(st.sampled_from([0, 0, 1, 1, 2, 5, 9, 10, 14, 30]), min_size=3, max_size=3), min_size=2, max_size=5
    ).filter(lambda counts: sum(map(sum, counts)) > 0),
)


def members(firms, key):
    """Firms of a cell, by its labels."""
    chosen = np.ones(len(firms), dtype=bool)
    for name, label in key.items():
        if label != T:
            chosen &= (firms[name] == label).to_numpy()
    return firms[chosen]


def bounds(table, truth, dimensions, variable, targets, known=()):
    """What a reader works out: the range of values over all tables that agree with what is shown (and `known`)."""
    shown = table[variable].to_numpy(dtype=float, na_value=np.nan).copy()
    true = truth[variable].to_numpy(dtype=float)
    for cell in known:
        shown[cell] = true[cell]
    gaps = np.flatnonzero(np.isnan(shown))
    place = {cell: number for number, cell in enumerate(gaps)}
    rows, right = [], []
    for whole, parts in lines(table, dimensions):
        row, rest = np.zeros(len(gaps)), 0.0
        for cell, sign in [(whole, -1.0), *((part, 1.0) for part in parts)]:
            if cell in place:
                row[place[cell]] = sign
            else:
                rest -= sign * shown[cell]
        rows.append(row)
        right.append(rest)
    scale = max(np.nanmax(np.abs(true)), 1.0)
    found = {}
    for cell in targets:
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(gaps))
            cost[place[cell]] = sign
            answer = linprog(cost, A_eq=np.array(rows), b_eq=np.array(right) / scale, bounds=(0, None))
            assert answer.status in (0, 3, 4), answer.message
            ends.append(sign * answer.fun * scale if answer.status == 0 else np.inf)
        found[cell] = tuple(ends)
    return found


def assert_wide(found, truth, variable, protection=0.10):
    for cell, (low, high) in found.items():
        value = truth[variable].iloc[cell]
        slack = 1e-5 * max(value, 1e-3)
        assert high >= (1 + protection) * value - slack and high > 0, (truth.iloc[cell], low, high)
        assert low <= (1 - protection) * value + slack, (truth.iloc[cell], low, high)


@SLOW
@given(registers)
def test_no_reader_bounds_a_hidden_value_within_a_tenth(firms):
    facts = cell_facts(firms, **NAMES)
    safe = suppress(facts, Rule(), **NAMES)
    table = safe.table
    hidden = np.flatnonzero(table["status"] != "published")
    for variable in ["firms", "output", "staff"]:
        assert_wide(bounds(table, facts, NAMES["dimensions"], variable, hidden), facts, variable)
    assert safe.audit()[["safe", "safe_from_contributors"]].all(axis=None)


@SLOW
@given(registers)
def test_what_is_shown_is_true_and_safe(firms):
    rule = Rule()
    facts = cell_facts(firms, **NAMES)
    table = suppress(facts, rule, **NAMES).table
    shown = (table["status"] == "published").to_numpy()
    for variable in ["firms", "output", "staff"]:
        assert table.loc[~shown, variable].isna().all()
        assert (table.loc[shown, variable] == facts.loc[shown, variable]).all()
    dimensions = NAMES["dimensions"]

    def is_safe(group):
        enough = all(not 0 < (group[name] != 0).sum() < rule.min_firms for name in NAMES["magnitudes"])
        tame = all(group[name].max() <= rule.dominance * group[name].sum() * (1 + 1e-9) for name in NAMES["magnitudes"])
        return len(group) >= rule.min_firms and enough and tame

    for row, visible in zip(table.to_dict("records"), shown, strict=True):
        if visible:
            assert is_safe(members(firms, {name: row[name] for name in dimensions}))
    # nor does a shown total less its shown parts leave the sum of too few firms
    for whole, parts in lines(table, dimensions):
        gaps = [part for part in parts if not shown[part]]
        if shown[whole] and gaps:
            keys = table.loc[gaps, dimensions].to_dict("records")
            assert is_safe(pd.concat([members(firms, key) for key in keys]))


@settings(SLOW, max_examples=12)
@given(registers)
def test_a_lone_firm_learns_no_other_hidden_value(firms):
    facts = cell_facts(firms, **NAMES)
    table = suppress(facts, Rule(), **NAMES).table
    hidden = (table["status"] != "published").to_numpy()
    inner = (table[NAMES["dimensions"]] != T).all(axis=1).to_numpy()
    for lone in np.flatnonzero(hidden & inner & (facts["firms"] == 1).to_numpy()):
        others = [cell for cell in np.flatnonzero(hidden & inner) if cell != lone]
        assert_wide(bounds(table, facts, NAMES["dimensions"], "output", others, known=[lone]), facts, "output")
    for whole, parts in lines(table, NAMES["dimensions"]):
        gaps = [part for part in parts if hidden[part]]
        if not hidden[whole] and len(gaps) == 2:
            assert (facts["firms"].iloc[gaps] > 1).all()


@settings(SLOW, max_examples=8)
@given(registers, st.randoms(use_true_random=False))
def test_order_and_labels_change_nothing(firms, random):
    facts = cell_facts(firms, **NAMES)
    plain = suppress(facts, Rule(), **NAMES).table
    again = suppress(facts, Rule(), **NAMES).table
    pd.testing.assert_frame_equal(plain, again)
    order = list(range(len(facts)))
    random.shuffle(order)
    mixed = suppress(facts.iloc[order], Rule(), **NAMES).table
    pd.testing.assert_frame_equal(plain.iloc[order], mixed)
    labels = sorted(set(facts["industry"]) | set(facts["size"]))
    new = dict(zip(labels, random.sample([f"x{n}" for n in range(len(labels))], len(labels)), strict=True))
    renamed = facts.replace({"industry": new, "size": new})
    other = {"dimensions": ["size", "industry"], "magnitudes": NAMES["magnitudes"], "total": new[T]}
    assert suppress(renamed, Rule(), **other).table["status"].tolist() == plain["status"].tolist()


@settings(SLOW, max_examples=8)
@given(st.integers(0, 10_000))
def test_linked_tables_hold_together(seed):
    counts = np.random.default_rng(seed).choice([1, 3, 12, 40], (4, 3))
    firms = make_firms(seed, counts, regions=3)
    every = {"dimensions": ["industry", "size", "region"], "magnitudes": ["output"]}
    full = cell_facts(firms, **every)
    first = full[full["region"] == T].drop(columns="region")
    second = full[full["industry"] == T].drop(columns="industry")
    safe = suppress({"industry": first, "region": second}, Rule(), **every)
    assert list(safe.tables) == ["industry", "region"]
    assert "region" not in safe.tables["industry"] and len(safe.tables["region"]) == len(second)
    shared = safe.tables["industry"].merge(safe.tables["region"], on="size", suffixes=("", "_2"))
    shared = shared[(shared["industry"] == T) & (shared["region"] == T)]
    assert len(shared) == 4 and (shared["status"] == shared["status_2"]).all()
    table = safe.table
    truth = table[every["dimensions"]].merge(full, on=every["dimensions"], how="left")
    hidden = np.flatnonzero(table["status"] != "published")
    for variable in ["firms", "output"]:
        assert_wide(bounds(table, truth, every["dimensions"], variable, hidden), truth, variable)
