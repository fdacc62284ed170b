"""Rules at one budget, where a budget belongs to several equilibria, and where a rule cannot spend it."""

import numpy as np
import pytest

from analysis.policy_lab import AI, NotSolved, Rule, budgets, calibration, compare, industry, outcomes, solve
from analysis.policy_lab.firms import Prices

SHARE = 0.0135
MANY_LOSSES = {
    "persistence": 0.992527, "spread": 0.0608085, "entrants_mean": -1.89908, "fixed_cost": 0.0376995,
    "exogenous_exit": 0.0452992, "taste": 0.0386998, "distortion": 0.493644, "slack": 0.224347, "take_up": 0.0582995,
    "quality": 0.4, "persons": 2.23956, "usual_entry": 0.039338,
}  # fmt: skip
"""An economy, no fit, in which nearly half of small firms make a loss: much support for the young changes who stays."""


@pytest.fixture(scope="module")
def economy():
    ai = AI(gain=0.03, strength=0.02, **calibration.AI_GIVEN, licence_setup=4.371, reorganisation=92.281,
            licence_chance=0.3627, chance=0.0208)  # fmt: skip
    return calibration.build(MANY_LOSSES).replace(ai=ai)


@pytest.fixture(scope="module")
def bare(economy):
    return solve(economy)


def age(economy, bare, budget):
    """Return support for so few young firms that a large budget cannot be spent on them."""
    budget *= bare.total(bare.year.output)
    return calibration.support("age").replace(take_up=MANY_LOSSES["take_up"], budget=budget)


def test_a_budget_beyond_the_most_that_can_be_spent_is_an_error_that_says_how_much(economy, bare):
    with pytest.raises(NotSolved, match=r'rule "age": can spend 0\.9\d+ of its budget .* more generosity costs less'):
        solve(economy, age(economy, bare, SHARE))
    assert solve(economy, age(economy, bare, 0.9 * SHARE)).prices.rate < 3.5


def test_of_several_equilibria_the_first_that_generosity_reaches_is_chosen(economy, bare):
    rule = age(economy, bare, 0.85 * SHARE)
    first = solve(economy, rule)
    second = solve(economy, rule, start=Prices(0.0899, first.prices.tax, 8.2))
    for one in (first, second):
        assert max(map(abs, one.residuals.values())) < 1e-8
    assert second.prices.rate > 2 * first.prices.rate
    assert outcomes(first)["output_per_hour"] < outcomes(bare)["output_per_hour"] < outcomes(second)["output_per_hour"]
    # every smaller generosity costs less, so that nothing was jumped over
    market = budgets.Market(economy, rule, industry._without_support(economy))
    spent = [market.cost(rate) for rate in np.linspace(0.1, 0.999, 9) * first.prices.rate]
    assert (np.diff(spent) > 0).all() and spent[-1] < rule.budget


def test_entry_holds_where_the_entrants_value_is_small_beside_the_largest():
    given = {"financing": 0.0081218599, "entry_elasticity": 0.5544032757, "gain": 0.0165233572,
             "strength": -0.0491069089}  # fmt: skip
    found = solve(calibration.korea("central", given, ai=True))
    assert max(map(abs, found.residuals.values())) < 1e-10


def test_an_economy_solved_before_is_taken_up(economy, bare):
    rule = age(economy, bare, 0.5 * SHARE)
    assert outcomes(solve(economy, rule, bare=bare)) == pytest.approx(outcomes(solve(economy, rule)), rel=1e-9)
    assert outcomes(solve(economy, bare=bare)) == pytest.approx(outcomes(bare), rel=1e-9)
    for other in (solve(calibration.korea("quality")), solve(economy, rule)):
        with pytest.raises(ValueError, match="bare: another economy, or one with support"):
            solve(economy, rule, bare=other)


@pytest.mark.parametrize("kind", ["flat", "tied", "restructuring"])
def test_more_money_means_more_generosity_without_a_jump(kind, economy, bare):
    output, rates = bare.total(bare.year.output), []
    for part in np.linspace(0.1, 1.0, 4):
        rates.append(solve(economy, calibration.support(kind).replace(budget=part * SHARE * output)).prices.rate)
    steps = np.diff(rates)
    assert (steps > 0).all() and steps.max() < 3 * steps.min()


def test_rules_are_compared_at_one_budget(economy, bare):
    found = compare(economy, {"a": calibration.support("flat"), "b": calibration.support("tied")}, SHARE)
    assert list(found.equilibria) == ["none", "a", "b"]
    for name in ("a", "b"):
        one = found.equilibria[name]
        assert one.prices.tax * one.total(one.year.output) == pytest.approx(found.budget, rel=1e-6)
    table = found.tidy().set_index(["rule", "outcome"])
    assert table.at[("none", "consumption"), "change"] == 0
    got = table.loc[("b", "output_per_hour")]
    assert got["change"] == pytest.approx(got["value"] - table.at[("none", "output_per_hour"), "value"])
    assert got["relative"] == pytest.approx(got["value"] / outcomes(bare)["output_per_hour"] - 1)


@pytest.mark.parametrize(
    ("rules", "budget", "message"),
    [
        (["flat", "flat"], 0.01, "the name 'flat' comes twice"),
        ([Rule("tied"), "tied"], 0.01, "the name 'tied' comes twice"),
        (["free"], 0.01, "rule='free' is not known"),
        (["flat"], -0.01, "budget=-0.01 must not be negative"),
    ],
)
def test_bad_input_is_named(economy, rules, budget, message):
    with pytest.raises(ValueError, match=message):
        compare(economy, rules, budget)
