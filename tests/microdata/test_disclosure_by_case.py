"""Disclosure control of small tables, each made for one case: a known answer, a trap, an option or an extreme."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import OptimizeResult

from analysis.microdata import attacker
from analysis.microdata.disclosure import Rule, audit, cell_facts, suppress
from tests.microdata.disclosure_cases import NAMES, T, lines, make_firms


def geurts(hidden):
    """Cells of the example of Geurts (1992) in Hundepool et al. (2012): four hidden, one of them known to be 3 to 6."""
    inner = np.array([[4.0, 3], [2, 1], [3, 3]])
    values = np.block([[inner, inner.sum(1, keepdims=True)], [inner.sum(0, keepdims=True), inner.sum()]])
    count = np.block([[np.full((3, 2), 20), np.full((3, 1), 40)], [np.full((1, 2), 60), np.full((1, 1), 120)]])
    keys = list(itertools.product(["1", "2", "3", T], ["a", "b", T]))
    return pd.DataFrame(
        {"row": [k[0] for k in keys], "column": [k[1] for k in keys], "firms": count.ravel(), "value": values.ravel(),
         "value_largest": values.ravel() / 2, "hidden": [k in hidden for k in keys]}
    )  # fmt: skip


def test_the_handbook_example():
    cells = geurts(set(itertools.product("12", "ab")))
    found = audit(cells, Rule(), hidden="hidden", dimensions=["row", "column"], magnitudes=["value"])
    found = found[found["variable"] == "value"].set_index(["row", "column"])
    expected = {("1", "a"): (3, 6), ("1", "b"): (1, 4), ("2", "a"): (0, 3), ("2", "b"): (0, 3)}
    for key, (low, high) in expected.items():
        assert found.loc[key, ["lower", "upper"]].tolist() == pytest.approx([low, high])
    assert found.loc[("1", "a"), "below"] == pytest.approx(1 / 4)
    assert found["safe"].all()
    # one firm holds half of each cell. That of (2, b) knows it is at least .5, so that (1, a) is at least 3.5, (1, b)
    # at most 3.5, (2, a) at most 2.5: nearer than one, in whole numbers; nobody's part bounds (2, b) so well
    assert found["safe_from_contributors"].tolist() == [False, False, False, True]


def test_an_attack_agrees_with_counting_all_tables():
    rng = np.random.default_rng(5)
    keys = list(itertools.product(["1", "2", "3", T], ["a", "b", "c", T]))
    inner = rng.integers(0, 4, (3, 3)).astype(float)
    values = np.block([[inner, inner.sum(1, keepdims=True)], [inner.sum(0, keepdims=True), inner.sum()]]).ravel()
    gaps = [("1", "a"), ("1", "b"), ("2", "b"), ("2", "c"), ("3", "a"), ("3", "c")]
    count = [20 * (3 if k[0] == T else 1) * (3 if k[1] == T else 1) for k in keys]
    cells = pd.DataFrame(
        {"row": [k[0] for k in keys], "column": [k[1] for k in keys], "firms": count, "value": values,
         "value_largest": values, "hidden": [k in gaps for k in keys]}
    )  # fmt: skip
    found = audit(cells, Rule(), hidden="hidden", dimensions=["row", "column"], magnitudes=["value"])
    found = found[found["variable"] == "value"].set_index(["row", "column"])
    guesses = np.indices([int(inner.sum(1).max()) + 1] * len(gaps)).reshape(len(gaps), -1)
    tables = np.repeat(inner[:, :, None], guesses.shape[1], axis=2)
    for (row, column), guess in zip(gaps, guesses, strict=True):
        tables[int(row) - 1, "abc".index(column)] = guess
    fits = (tables.sum(1) == inner.sum(1)[:, None]).all(0) & (tables.sum(0) == inner.sum(0)[:, None]).all(0)
    possible = guesses[:, fits].T
    assert len(possible) > 1
    for key, lowest, highest in zip(gaps, np.min(possible, axis=0), np.max(possible, axis=0), strict=True):
        assert found.loc[key, ["lower", "upper"]].tolist() == pytest.approx([lowest, highest], abs=1e-6)


def grid(values, count, largest=0.2, names=("industry", "size")):
    """Facts of a two-way table with margins; `largest` is the largest contribution's share of each inner cell."""
    values, count = np.asarray(values, float), np.asarray(count)
    top = np.broadcast_to(largest, values.shape) * values
    rows = []
    for i, s in itertools.product([*range(len(values)), T], [*range(values.shape[1]), T]):
        at = np.s_[:, :] if i == s == T else np.s_[:, s] if i == T else np.s_[i, :] if s == T else np.s_[i, s]
        rows.append((str(i), str(s), count[at].sum(), values[at].sum(), top[at].max()))
    return pd.DataFrame(rows, columns=[*names, "firms", "output", "output_largest"])


def test_four_corners_protect_one_cell():
    count = np.full((4, 4), 30)
    count[1, 1] = 8
    facts = grid(np.full((4, 4), 100.0), count)
    safe = suppress(facts, Rule(), dimensions=["industry", "size"], magnitudes=["output"])
    hidden = safe.table[safe.table["status"] != "published"]
    assert len(hidden) == 4 and not (hidden[["industry", "size"]] == T).any(axis=None)
    assert hidden["industry"].nunique() == hidden["size"].nunique() == 2
    for seed in range(3):  # any three corners would do as well: the order of rows does not decide
        mixed = facts.sample(frac=1, random_state=seed)
        again = suppress(mixed, Rule(), dimensions=["industry", "size"], magnitudes=["output"]).table
        assert again["status"].sort_index().tolist() == safe.table["status"].tolist()
    assert (safe.table["status"] == "primary: fewer than 10 firms").sum() == 1
    loss = safe.loss().set_index("status")
    assert loss.loc["secondary", "cells"] == 3 and loss.loc["secondary", "output"] == pytest.approx(3 / 16)
    words = safe.report()
    assert "1 cells (1 fewer than 10 firms)" in words and "3 cells" in words and "none of 8 hidden values" in words


def test_too_few_firms_are_not_given_away_together():
    # the four small cells protect each other, but two of them are nine firms, which a row less its shown cells gives
    values = [[100.0, 100, 400, 400], [100, 100, 400, 400], [400, 400, 400, 400]]
    count = [[5, 4, 40, 40], [4, 5, 40, 40], [40, 40, 40, 40]]
    facts = grid(values, count, 0.3)
    table = suppress(facts, Rule(), dimensions=["industry", "size"], magnitudes=["output"]).table
    hidden = (table["status"] != "published").to_numpy()
    for whole, parts in lines(table, ["industry", "size"]):
        gaps = [part for part in parts if hidden[part]]
        assert hidden[whole] or not gaps or facts["firms"].iloc[gaps].sum() >= 10


def test_a_large_contributor_to_one_hidden_cell_learns_no_other():
    # 80 of the 100 in the cheapest cell to hide beside the first are one firm's: it would know the first to within 20
    values = [[300.0, 100, 9000], [400, 120, 9000], [9000, 9000, 9000]]
    count = [[5, 12, 900], [40, 14, 900], [900, 900, 900]]
    share = [[0.3, 0.8, 0.1], [0.2, 0.8, 0.1], [0.1, 0.1, 0.1]]
    facts = grid(values, count, share)
    names = {"dimensions": ["industry", "size"], "magnitudes": ["output"]}
    corners = pd.Series(list(itertools.product("01", "01")))
    facts["gone"] = [key in set(corners) for key in zip(facts["industry"], facts["size"], strict=True)]
    found = audit(facts, Rule(), hidden="gone", **names).set_index(["industry", "size", "variable"])
    assert found.loc[("0", "0", "output"), ["safe", "safe_from_contributors"]].tolist() == [True, False]
    safe = suppress(facts.drop(columns="gone"), Rule(), **names)
    hidden = (safe.table["status"] != "published").to_numpy()
    facts["gone"] = hidden
    assert hidden.sum() > 4
    assert audit(facts, Rule(), hidden="gone", **names)["safe_from_contributors"].all()


def test_a_hidden_column_of_lone_firms_hides_its_total():
    facts = grid([[50.0, 400], [60, 500], [70, 600]], [[1, 40], [1, 50], [1, 60]], [[1.0, 0.1]] * 3)
    table = suppress(facts, Rule(), dimensions=["industry", "size"], magnitudes=["output"]).table
    status = table.set_index(["industry", "size"])["status"]
    assert status[(T, "0")] == "primary: fewer than 10 firms"
    assert (status[[(str(i), "0") for i in range(3)]] == "primary: fewer than 10 firms").all()
    lines_shown = [(table.iloc[[whole, *parts]]["status"] != "published").sum() for whole, parts in
                   lines(table, ["industry", "size"])]  # fmt: skip
    assert 1 not in lines_shown


def test_ratios_and_statistics_go_with_their_cell():
    facts = grid(np.full((3, 3), 90.0), [[5, 30, 30], [30] * 3, [30] * 3])
    facts["hours"], facts["hours_largest"] = facts["output"] / 2, facts["output_largest"] / 2
    facts["median"] = 1.5
    safe = suppress(
        facts, Rule(), dimensions=["industry", "size"], magnitudes=["output", "hours"],
        ratios={"output_per_hour": ("output", "hours"), "output_per_firm": ("output", "firms")}, statistics=["median"],
    )  # fmt: skip
    shown = safe.table["status"] == "published"
    assert 0 < shown.sum() < len(shown)
    assert (safe.table.loc[shown, "output_per_hour"] == 2).all() and (safe.table.loc[shown, "median"] == 1.5).all()
    for column in ["output", "hours", "firms", "output_per_hour", "output_per_firm", "median"]:
        assert safe.table.loc[~shown, column].isna().all()
    assert not [column for column in safe.table if column.endswith(("_largest", "_second", "_firms"))]
    released = safe.release()["table"]
    assert set(released["status"]) == {"published", "suppressed"}
    pd.testing.assert_frame_equal(released.drop(columns="status"), safe.table.drop(columns="status"))


def test_groups_of_labels_are_lines_too():
    firms = make_firms(3, [[30, 4, 20, 12], [40, 22, 15, 11], [35, 31, 17, 30]])
    groups = {"size": {"sme": ["s0", "s1", "s2"]}}
    names = {"dimensions": ["industry", "size"], "magnitudes": ["output"], "hierarchies": groups}
    facts = cell_facts(firms, **names)
    assert len(facts) == 4 * 6
    safe = suppress(facts, Rule(), **names)
    assert safe.audit()["safe"].all()
    # without knowing the groups, the same table seems to add up to more than its total
    with pytest.raises(ValueError, match=r"column 'firms' does not add up at industry=.*, size='total'"):
        suppress(facts, Rule(), **(names | {"hierarchies": None}))
    # a group that is not given gives way to its parts
    fine = facts[facts["size"] != "sme"]
    assert suppress(fine, Rule(), **names).audit()["safe"].all()
    coarse = facts[facts["size"].isin(["sme", "s3", T])]
    assert suppress(coarse, Rule(), **names).audit()["safe"].all()


def test_years_without_a_total_are_separate_tables():
    one = grid(np.full((3, 3), 100.0), [[5, 30, 30], [30] * 3, [30] * 3])
    both = pd.concat([one.assign(year=2020), one.assign(year=2021, firms=one["firms"] * 10)], ignore_index=True)
    table = suppress(both, Rule(), dimensions=["year", "industry", "size"], magnitudes=["output"]).table
    alone = suppress(one, Rule(), dimensions=["industry", "size"], magnitudes=["output"]).table
    assert table.loc[table["year"] == 2020, "status"].tolist() == alone["status"].tolist()
    assert (table.loc[table["year"] == 2021, "status"] == "published").all()


def test_prior_knowledge_asks_for_more_and_negative_values_for_less():
    facts = grid([[10.0, 200, 90], [90, 100, 100], [100, 110, 80]], [[5, 30, 30], [30] * 3, [30] * 3])
    names = {"dimensions": ["industry", "size"], "magnitudes": ["output"]}
    for rule in [Rule(known_within=0.2), Rule(known_within=0.11), Rule(protection=0.5), Rule(protection=1.0)]:
        found = suppress(facts, rule, **names).audit()
        assert found["safe"].all()
        if rule.known_within:
            assert found[["below", "above"]].max(axis=None) <= rule.known_within + 1e-9
    loss = facts.assign(output=facts["output"] - 95.0 * (facts["industry"] != T) * (facts["size"] != T))
    inner = loss[(loss["industry"] != T) & (loss["size"] != T)].assign(output_largest=90.0)
    assert (inner["output"] < 0).any()
    with pytest.raises(ValueError, match=r"'output' must be not negative; it is -\d+ at industry='0', size='0'"):
        suppress(inner, Rule(), **names)
    assert set(suppress(inner, Rule(dominance=1), **names, signed=["output"]).table["status"]) == {
        "published", "primary: fewer than 10 firms", "primary: dominance"
    }  # fmt: skip


def test_where_no_move_is_found_all_is_hidden(monkeypatch):
    facts = grid(np.full((3, 3), 100.0), [[5, 30, 30], [30] * 3, [30] * 3])
    monkeypatch.setattr(attacker, "cheapest_move", lambda *args: None)
    safe = suppress(facts, Rule(), dimensions=["industry", "size"], magnitudes=["output"])
    assert (safe.table["status"] != "published").all() and safe.audit()["safe"].all()


@pytest.mark.parametrize("counts", [[[1, 0, 0]], [[1, 1, 1]] * 2, [[0, 3, 0], [2, 0, 0]], [[50, 50, 50]] * 2])
def test_degenerate_tables_end_safe(counts):
    firms = make_firms(0, counts)
    safe = suppress(cell_facts(firms, **NAMES), Rule(dominance=1), **NAMES)
    assert safe.audit()["safe"].all()
    assert (safe.table["status"] == "published").all() == (min(map(min, counts)) == 50)
    assert str(safe)


def test_a_table_without_gaps_and_one_with_a_gap_that_is_none():
    facts = grid([[100.0, 200], [300, 400]], [[30, 30], [30, 30]])
    safe = suppress(facts, Rule(), dimensions=["industry", "size"], magnitudes=["output"])
    assert safe.audit().empty and "nothing is hidden" in safe.report()
    facts["gone"] = (facts["industry"] == "0") & (facts["size"] == "0")
    found = audit(facts, Rule(), hidden="gone", dimensions=["industry", "size"], magnitudes=["output"])
    assert (found["lower"] == found["upper"]).all() and not found["safe"].any()
    # two lone firms hidden in each line: a reader knows little, each firm knows its neighbour
    facts["firms"] = grid([[1.0, 1], [1, 1]], [[1, 1], [1, 1]])["firms"]
    facts["output_largest"] = grid([[100.0, 200], [300, 400]], [[1, 1], [1, 1]], 1.0)["output_largest"]
    facts["gone"] = (facts["industry"] != T) & (facts["size"] != T)
    found = audit(facts, Rule(), hidden="gone", dimensions=["industry", "size"], magnitudes=["output"])
    output = found[found["variable"] == "output"]
    assert output["safe"].all() and not output["safe_from_contributors"].any()


def test_figures_of_any_size_are_attacked_without_the_solver_giving_up(monkeypatch):
    firms = make_firms(8, np.random.default_rng(8).choice([1, 4, 30], (5, 3)))
    firms["output"] = firms["output"] ** 4 * 1e-6
    assert firms["output"].max() > 1e9 * firms["output"].min()
    safe = suppress(cell_facts(firms, **NAMES), Rule(), **NAMES)
    assert safe.audit()[["safe", "safe_from_contributors"]].all(axis=None)
    monkeypatch.setattr(attacker, "linprog", lambda *args, **options: OptimizeResult(status=4, message="numbers"))
    with pytest.raises(ArithmeticError, match="could not bound a hidden value: numbers"):
        suppress(cell_facts(firms, **NAMES), Rule(), **NAMES).audit()
