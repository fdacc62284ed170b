"""Published models come out of the lab: Restuccia-Rogerson, Hopenhayn, and the firing tax of Hopenhayn and Rogerson."""

import pytest

from analysis.policy_lab import replications
from analysis.policy_lab.replications import hopenhayn_1992, hopenhayn_rogerson_1993, restuccia_rogerson_2008

# Restuccia and Rogerson (2008), table 5: the more productive half is taxed
CORRELATED = {
    0.1: {"relative_Y": 0.90, "Ys_over_Y": 0.42, "S_over_Y": 0.17, "tau_s": 0.40},
    0.2: {"relative_Y": 0.80, "Ys_over_Y": 0.67, "S_over_Y": 0.32, "tau_s": 0.48},
    0.3: {"relative_Y": 0.73, "Ys_over_Y": 0.83, "S_over_Y": 0.43, "tau_s": 0.52},
    0.4: {"relative_Y": 0.69, "Ys_over_Y": 0.92, "S_over_Y": 0.49, "tau_s": 0.53},
}


def test_every_published_value_is_met():
    table = replications.against_published()
    missed = table[(table["got"] - table["expected"]).abs() > table["tolerance"]]
    assert missed.empty, missed.to_string()
    assert set(table["model"]) == {"restuccia_rogerson_2008", "hopenhayn_1992", "hopenhayn_rogerson_1993"}
    assert (table["model"] == "restuccia_rogerson_2008").sum() == 52


@pytest.mark.parametrize("tax", CORRELATED)
def test_the_productive_half_taxed(tax):
    got = restuccia_rogerson_2008(tax, correlated=True)
    for name, value in CORRELATED[tax].items():
        assert got[name] == pytest.approx(value, abs=0.006), name
    assert got["relative_E"] == pytest.approx(1, abs=1e-9)


def test_without_a_tax_nothing_changes():
    for correlated in (False, True):
        got = restuccia_rogerson_2008(0.0, correlated=correlated)
        assert got["relative_Y"] == pytest.approx(1, abs=1e-12) and got["tau_s"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("points", [33, 101, 301])
def test_hopenhayn_moves_with_its_grid(points):
    got = hopenhayn_1992(points=points)
    assert got["price"] == pytest.approx({33: 0.9874, 101: 0.9962, 301: 0.9971}[points], abs=5.1e-5)


def test_a_firing_cost_raises_the_price_and_lowers_the_rest():
    free, dear, dearer = (hopenhayn_rogerson_1993(cost, grid=600) for cost in (0.0, 0.1, 0.2))
    assert free["price"] == 1 and 1 < dear["price"] < dearer["price"]
    for name in ("consumption_output", "average_productivity", "total_employment", "job_turnover_rate"):
        assert free[name] > dear[name] > dearer[name], name
    assert free["average_firm_size"] < dear["average_firm_size"] < dearer["average_firm_size"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: restuccia_rogerson_2008(1.0), "the tax from 0 to below 1"),
        (lambda: restuccia_rogerson_2008(0.1, share_taxed=1.0), "the share between 0 and 1"),
        (lambda: hopenhayn_rogerson_1993(-0.1), "the cost at least 0"),
        (lambda: hopenhayn_rogerson_1993(0.1, grid=10), "the grid at least 50 levels"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
