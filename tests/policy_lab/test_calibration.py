"""The fitted economies: mean size, entrants and take-up of every rule, and names that are not known."""

import pytest

from analysis.policy_lab import calibration, fitting, solve


def test_the_mean_size_and_entrants_are_those_of_the_fit():
    for name, fitted in calibration.FITS.items():
        found = fitting.with_support(fitted, size=False)
        assert found.entrants == pytest.approx(fitted["usual_entry"], rel=2e-3), name


@pytest.mark.parametrize("name", calibration.FITS)
def test_as_many_firms_take_part_in_every_rule(name):
    bare = solve(calibration.korea(name))
    small, losing = (bare.total(one) / bare.firms.sum() for one in (bare.year.small, bare.year.distressed))
    young = bare.firms[:, 0].sum() / bare.firms.sum()
    reached = {kind: calibration.support(kind, name).take_up * eligible for kind, eligible in
               (("flat", small), ("tied", small), ("age", young), ("restructuring", losing))}  # fmt: skip
    assert list(reached.values()) == pytest.approx([reached["flat"]] * 4, rel=2e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calibration.korea("best"), "fit='best' is not known; legal values: 'misallocation'"),
        (lambda: calibration.korea("central", {"luck": 1.0}), "given='luck' is not known"),
        (lambda: calibration.build({"speed": 1.0}), "fitted='speed' is not known"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
