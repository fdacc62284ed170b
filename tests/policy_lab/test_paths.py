"""The path after AI: markets clear every year, it starts where the old economy was and ends in the new one."""

import numpy as np
import pytest

from analysis.policy_lab import AI, Economy, Groups, Productivity, Rule, solve
from analysis.policy_lab.paths import transition
from analysis.policy_lab.snapshots import outcomes

LAW = Productivity.autoregressive(15, 0.0, 0.95, 0.12, entrants_mean=-0.3)
GIVEN = {"fixed_cost": 0.3, "entry_cost": 2.0, "exogenous_exit": 0.05, "taste": 0.2, "persons": 70.0, "slack": 0.5}


def before(**changes):
    economy = Economy(LAW, Groups.by_age(LAW.levels, 7, 0.1, 0.25), **(GIVEN | {"entry_elasticity": 2.0} | changes))
    return solve(economy.replace(usual_entry=0.1))


@pytest.mark.parametrize("rule", [Rule(), Rule("flat", budget=0.02), Rule("tied", budget=0.02)])
def test_the_path_joins_two_economies(rule):
    start = before()
    path = transition(start, start.economy.replace(ai=AI(0.02, 0.02, 0.005, 0.002, 0.05, 0.4)), rule, years=70)
    assert path.residuals["labour"] < 1e-8 and path.residuals["free entry"] < 1e-8 and path.residuals["rest"] < 1e-4
    table = path.table().set_index("year")
    assert table.at[-1, "output_per_hour"] == pytest.approx(outcomes(start)["output_per_hour"])
    assert table.at[69, "output_per_hour"] == pytest.approx(outcomes(path.end)["output_per_hour"], rel=1e-4)
    assert table.at[0, "using_ai"] == 0 and table["using_ai"].loc[0:15].is_monotonic_increasing
    if rule.budget:
        assert table["cost_of_rule"].iloc[-1] == pytest.approx(1, abs=1e-3)
        assert table.at[0, "cost_of_rule"] == (0 if rule.kind == "tied" else pytest.approx(1, abs=0.3))


def test_an_ai_that_does_nothing_moves_nothing():
    start = before()
    path = transition(start, start.economy.replace(ai=AI(0.0, 0.0, 0.0)), Rule(), years=60)
    output = path.table()["output_per_hour"]
    assert np.ptp(output) / output.mean() < 1e-9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda e: (e, e.replace(entry_elasticity=np.inf, ai=AI())), "entry_elasticity must be finite"),
        (lambda e: (e, e), "the one after must have it"),
        (lambda e: (e, e.replace(ai=AI(), entry_lag=0)), "entry_lag=1"),
        (lambda e: (e, e.replace(ai=AI(), channels=("survival",))), 'a path needs "entry"'),
    ],
)
def test_what_a_path_cannot_be(make, message):
    start = before()
    with pytest.raises(ValueError, match=message):
        transition(start, make(start.economy)[1], Rule())
