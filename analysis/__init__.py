"""Korea's productivity divide, measured: data with sources, decompositions, and a ledger of claims.

Names load when they are first used, so that ``import analysis`` is quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "load": "analysis.data.catalogue",
    "describe": "analysis.data.catalogue",
    "catalogue": "analysis.data.catalogue",
    "shift_share": "analysis.decomposition.growth",
    "growth_accounting": "analysis.decomposition.growth",
    "level_accounting": "analysis.decomposition.gaps",
    "kitagawa": "analysis.decomposition.gaps",
    "shapley": "analysis.decomposition.gaps",
    "oaxaca_blinder": "analysis.decomposition.oaxaca",
    "olley_pakes": "analysis.decomposition.firms",
    "firm_dynamics": "analysis.decomposition.firm_dynamics",
    "generalised_entropy": "analysis.decomposition.inequality",
    "rif_regression": "analysis.regression.distribution",
    "bunching": "analysis.regression.thresholds",
    "fractional_logit": "analysis.regression.fractional",
    "log_odds": "analysis.regression.log_odds",
    "size_gradient": "analysis.regression.gradient",
    "fixed_effects": "analysis.regression.panel",
    "convergence": "analysis.regression.convergence",
    "meta_analysis": "analysis.regression.evidence",
    "exhibit": "analysis.report.exhibits",
}
_ROOMS = {
    "claims": "analysis.report.claims", "microdata": "analysis.microdata", "policy_lab": "analysis.policy_lab",
}  # fmt: skip

__all__ = [*_HOMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(_ROOMS[name])
    if name not in _HOMES:
        raise AttributeError(f"analysis has no name {name!r}; public names: {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
