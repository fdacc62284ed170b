"""The validation ladder of the policy lab: published models that it solves again, rung by rung."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.policy_lab import replications

RUNGS = {
    "restuccia_rogerson_2008": "Restuccia and Rogerson 2008", "hopenhayn_1992": "Hopenhayn 1992",
    "hopenhayn_rogerson_1993": "Hopenhayn and Rogerson 1993",
}  # fmt: skip
METHOD = "policy_lab"

# Restuccia and Rogerson (2008), Review of Economic Dynamics 11, table 5: the most productive half is taxed and the rest
# subsidised so that capital stays. By tax: output, output of the subsidised, subsidies over output, the subsidy.
HALF = {
    0.1: {"relative_Y": 0.90, "Ys_over_Y": 0.42, "S_over_Y": 0.17, "tau_s": 0.40},
    0.2: {"relative_Y": 0.80, "Ys_over_Y": 0.67, "S_over_Y": 0.32, "tau_s": 0.48},
    0.3: {"relative_Y": 0.73, "Ys_over_Y": 0.83, "S_over_Y": 0.43, "tau_s": 0.52},
    0.4: {"relative_Y": 0.69, "Ys_over_Y": 0.92, "S_over_Y": 0.49, "tau_s": 0.53},
}  # fmt: skip
TOLERANCE = 0.006
"""Of Restuccia and Rogerson: two printed digits, and a grid of productivity that the paper gives as a file."""


def ladder() -> Iterator[tuple]:
    """Yield every rung: method, published case, quantity, expected, got, tolerance.

    The lab itself, with AI and support switched off, solves Restuccia and Rogerson and Hopenhayn; the firing cost of
    Hopenhayn and Rogerson has a solver of its own, as employment is a state there.

    References
    ----------
    Restuccia and Rogerson (2008), Review of Economic Dynamics 11. Hopenhayn (1992), Econometrica 60. Hopenhayn and
    Rogerson (1993), Journal of Political Economy 101.
    """
    for row in replications.against_published().itertuples():
        rung, _, place = row.case.partition(": ")
        case = f"{RUNGS[row.model]}, {rung[0].lower() + rung[1:]}"
        quantity = f"{row.variable}, {place}" if place else row.variable
        yield METHOD, case, quantity, row.expected, row.got, row.tolerance
    yield from the_productive_half_taxed()


def the_productive_half_taxed() -> Iterator[tuple]:
    """Yield the rows of Restuccia and Rogerson's table 5 that are held, for half of the establishments."""
    case = f"{RUNGS['restuccia_rogerson_2008']}, table 5"
    for tax, printed in HALF.items():
        got = replications.restuccia_rogerson_2008(tax, correlated=True)
        for name, value in printed.items():
            yield METHOD, case, f"{name}, tax {tax:g} on the productive half", value, got[name], TOLERANCE
