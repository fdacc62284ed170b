"""What cells are made of, which rules they break, and what is wrong with a table that cannot be checked."""

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.microdata.disclosure import Rule, audit, cell_facts, suppress

T = "total"
BY = {"dimensions": ["industry", "size"], "magnitudes": ["output"]}


def uniform(size, value, firms):
    """Facts of a square table of equal cells with its margins."""
    rows = []
    for i, s in itertools.product([*range(size), T], repeat=2):
        cells = (size if i == T else 1) * (size if s == T else 1)
        rows.append((str(i), str(s), firms * cells, value * cells, value / 5))
    return pd.DataFrame(rows, columns=["industry", "size", "firms", "output", "output_largest"])


def test_reasons_follow_the_rule():
    facts = pd.DataFrame({
        "size": list("abcdef"), "firms": [0, 9, 10, 12, 40, 40], "output": [0, 9, 100.0, 100, 100, 0],
        "output_largest": [0, 1, 86, 50, 40, 0], "output_second": [0, 1, 5, 40, 35, 0],
    })  # fmt: skip
    names = {"dimensions": ["size"], "magnitudes": ["output"]}
    reasons = {
        Rule(): ["published", "primary: fewer than 10 firms", "primary: dominance", *["published"] * 3],
        Rule(largest=2): ["published", "primary: fewer than 10 firms", *["primary: dominance"] * 2, *["published"] * 2],
    }
    near = Rule(min_firms=1, dominance=1, p_percent=0.25)
    reasons[near] = [*["published"] * 2, *["primary: p% rule"] * 2, *["published"] * 2]
    for rule, expected in reasons.items():
        table = suppress(facts, rule, **names).table
        assert table["status"].tolist() == expected
        assert list(table.columns) == ["size", "firms", "output", "status"]
        assert table["firms"].isna().tolist() == [word != "published" for word in expected]


def test_contributors_are_counted_where_they_contribute():
    firms = pd.DataFrame({"size": ["a"] * 50, "exports": [1.0] * 5 + [0.0] * 45, "output": [1.0] * 50})
    names = {"dimensions": ["size"], "magnitudes": ["exports", "output"]}
    facts = cell_facts(firms, **names)
    assert facts["exports_firms"].tolist() == [5, 5]
    assert (suppress(facts, Rule(dominance=1), **names).table["status"] == "primary: fewer than 10 firms").all()


def test_facts_of_cells_are_those_of_the_firms():
    rng = np.random.default_rng(1)
    labels = rng.choice(["a", "b", "c"], 25, p=[0.1, 0.3, 0.6]), rng.choice(["x", "y"], 25, p=[0.9, 0.1])
    firms = pd.DataFrame({"industry": labels[0], "size": labels[1], "output": rng.pareto(1, 25)})
    firms["staff"] = rng.integers(0, 3, 25)
    names = BY | {"magnitudes": ["output", "staff"]}
    facts = cell_facts(firms, **names)
    for row in facts.to_dict("records"):
        group = firms[firms["industry"].eq(row["industry"]) | (row["industry"] == T)]
        group = group[group["size"].eq(row["size"]) | (row["size"] == T)]
        assert row["firms"] == len(group) > 0
        for name in names["magnitudes"]:
            top = sorted(group[name], reverse=True)
            assert row[name] == pytest.approx(sum(top)) and row[f"{name}_largest"] == top[0]
            assert row[f"{name}_second"] == (top[1] if len(top) > 1 else 0)
            assert row[f"{name}_firms"] == (group[name] != 0).sum()
    plants = pd.DataFrame({"firm": [1, 1, 2], "size": ["a", "a", "a"], "output": [3.0, 4.0, 5.0]})
    whole = cell_facts(plants, dimensions=["size"], magnitudes=["output"], firm="firm")
    assert whole[["firms", "output_largest", "output_second"]].to_numpy().tolist() == [[2, 7, 5]] * 2


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("min_firms", 0, "legal: a whole number from 1"), ("min_firms", 2.5, "min_firms=2.5"),
        ("dominance", 85, "legal: a fraction above 0 and at most 1"), ("dominance", 0, "dominance=0"),
        ("largest", 3, "legal values: 1, 2"), ("p_percent", 10, "0.10 for ten per cent"),
        ("protection", 0.0, "protection=0.0"), ("protection", True, "protection=True"),
        ("known_within", 0.1, "above protection=0.1"), ("known_within", float("nan"), "known_within=nan"),
    ],
)  # fmt: skip
def test_a_rule_out_of_range_says_what_is_legal(option, value, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        Rule(**{option: value})


def spoil(column, value, row=0):
    def change(facts):
        facts = facts.astype({column: object if isinstance(value, str) else float})
        facts.loc[row, column] = value
        return facts

    return change


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda f: f.drop(columns="size"), {}, r"dimensions \(size\)='size': no such column; the table has 'industry'"),
        (lambda f: f.drop(columns="output_largest"), {}, "largest contribution to output='output_largest': no such"),
        (lambda f: f, {"rule": Rule(largest=2)}, "'output_second': no such column"),
        (lambda f: pd.concat([f, f.iloc[[2]]]), {}, r"more than one row for \['industry', 'size'\]: \('0', '2'\)"),
        (spoil("output", -1.0), {}, "'output' must be not negative; it is -1 at industry='0', size='0'"),
        (spoil("output", 1e3), {}, "'output_largest' is too small for so few firms"),
        (spoil("output", 101.0), {}, "add up at industry='total', size='0': the total is 300, its 3 parts 301"),
        (spoil("firms", 29.5), {}, "'firms' is not a whole number of firms: 29.5"),
        (spoil("firms", 0), {}, "'output' has a total or contribution in a cell of no firms"),
        (spoil("output", np.nan), {}, r"missing values in 'output' \(1\)"),
        (spoil("output", np.inf), {}, "infinite number"),
        (spoil("output", "many"), {}, "numbers are needed"),
        (spoil("output_largest", 1.0), {}, "'output_largest' is too small for so few firms to make up the total"),
        (lambda f: f.assign(profit=1.0), {}, "column 'profit' is neither among dimensions, magnitudes nor statistics"),
        (lambda f: f, {"statistics": ["median"]}, "statistics='median': no such column"),
        (lambda f: f, {"ratios": {"per_hour": ("output", "hours")}}, "'hours' of 'per_hour' is not one of the magnit"),
        (lambda f: f, {"ratios": {"output": ("output", "firms")}}, "column 'output' is named twice"),
        (lambda f: f, {"magnitudes": ["output", "firms"]}, "'firms' is the number of firms"),
        (lambda f: f, {"dimensions": "industry"}, r"dimensions='industry': a list of columns is needed"),
        (lambda f: f, {"dimensions": []}, "at least one column"),
        (lambda f: f, {"signed": ["profit"]}, "signed='profit' is not known; legal values: 'output'"),
        (lambda f: f, {"hierarchies": {"area": {}}}, "hierarchies='area' is not known; legal values: 'industry'"),
        (lambda f: f, {"hierarchies": {"size": {"sme": "0"}}}, "'sme' of 'size' needs a list of its parts"),
        (lambda f: f, {"hierarchies": {"size": {"a": ["0"], "b": ["0"]}}}, "'0' of 'size' is in both 'a' and 'b'"),
        (lambda f: f, {"hierarchies": {"size": {"a": ["b"], "b": ["a"]}}}, "is a part of itself"),
        (lambda f: f, {"hierarchies": {"size": {T: ["0"]}}}, "'total' of 'size' is the total"),
        (lambda f: {"one": f, "two": f.assign(output=f["output"] * 1.1)}, {}, "'two' differs from another on a shared"),
        (lambda f: {"one": f[["firms", "output", "output_largest"]]}, {}, "the table has none of them"),
        (lambda f: {}, {}, "no tables given"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change, options, words):
    facts = change(uniform(3, 100.0, 30))
    arguments = {"rule": Rule()} | BY | options
    with pytest.raises(ValueError, match=words):
        suppress(facts, **arguments)


def test_an_audit_needs_to_know_what_is_hidden():
    facts = uniform(2, 100.0, 30)
    with pytest.raises(ValueError, match="hidden='output': the column holds float64, True or False is needed"):
        audit(facts, Rule(), hidden="output", **BY)
    with pytest.raises(TypeError, match="expected a pandas DataFrame for 'table', got list"):
        suppress([facts], Rule(), **BY)
