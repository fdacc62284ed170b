"""The fits of the lab: what they were held against, what they give, and what data cannot tell apart."""

import pytest

from analysis.policy_lab import calibration, solve


@pytest.mark.parametrize("name", calibration.FITS)
def test_every_fit_gives_what_supports_effect_on_recipients_is_said_to_be(name):
    found = calibration.with_support(calibration.FITS[name], size=False)
    got, wanted = calibration.moments(found), {one.name: one for one in calibration.targets()}
    for moment in ("recipients_productivity", "recipients_survival", "small_over_large", "exit_rate", "survival_5"):
        assert got[moment] == pytest.approx(wanted[moment].value, abs=3 * wanted[moment].tolerance), moment
    # the model's tail is thinner than Korea's: said in the table, and not to be lost
    assert got["persons_300"] < wanted["persons_300"].value
    assert set(got) == set(wanted)


def test_use_of_ai_by_size_is_met():
    start = calibration.with_support(calibration.FITS["central"], size=False)
    rule = start.rule
    end = solve(calibration.korea("central", ai=True), rule)
    got = calibration.ai_moments(start, end)
    for one in calibration.ai_targets():
        assert got[one.name] == pytest.approx(one.value, abs=one.tolerance), one.name


def test_the_mean_size_and_entrants_are_those_of_the_fit():
    for name, fitted in calibration.FITS.items():
        found = calibration.with_support(fitted, size=False)
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
