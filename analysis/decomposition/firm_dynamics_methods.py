"""The five firm-dynamics decompositions as functions of a dozen totals of survivors, entrants and exiters.

Totals of a pair of times, by their short names: `n` survivors; sums over survivors of the weights `w1`, `w2`, of the
weighted productivities `w1p1`, `w2p2`, `w1p2`, `w2p1` and of productivity itself `p1`, `p2`; over entrants `e_w2`,
`e_w2p2`; over exiters `x_w1`, `x_w1p1`. Time 1 is the earlier, 2 the later. Every contribution of entrants or exiters
is written over the whole weight of its time, so that it is exactly zero where there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Totals = dict[str, np.ndarray]


@dataclass(frozen=True)
class Method:
    """A decomposition: its survivors' totals, its function and its words.

    Parameters
    ----------
    survivors : tuple of tuple of str
        Totals over survivors, each the product of these columns; () counts them.
    function : callable
        Totals by name -> components, in order, without the total.
    words, within, between, turnover, paper : str
        Name, what within and between measure, what entrants and exiters are held against, the paper.
    needs_survivors : bool
        Whether it is undefined for a pair of times without survivors.
    """

    survivors: tuple[tuple[str, ...], ...]
    function: Callable[[Totals], Totals]
    words: str
    within: str
    between: str
    turnover: str
    paper: str
    needs_survivors: bool = False


def components(method: Method, t: Totals) -> Totals:
    """Return the components and the total, which is computed on its own so that adding up is a check."""
    return {**method.function(t), "total": _after(t) - _before(t)}


def _before(t: Totals) -> np.ndarray:
    return (t["w1p1"] + t["x_w1p1"]) / (t["w1"] + t["x_w1"])


def _after(t: Totals) -> np.ndarray:
    return (t["w2p2"] + t["e_w2p2"]) / (t["w2"] + t["e_w2"])


def _turnover(t: Totals, entrants_against: np.ndarray, exiters_against: np.ndarray) -> Totals:
    """Entrants above a yardstick add, exiters below one add, by the share of each in the weight of its time."""
    return {
        "entry": (t["e_w2p2"] - t["e_w2"] * entrants_against) / (t["w2"] + t["e_w2"]),
        "exit": (t["x_w1"] * exiters_against - t["x_w1p1"]) / (t["w1"] + t["x_w1"]),
    }


def _melitz_polanec(t: Totals) -> Totals:
    aggregate1, aggregate2 = t["w1p1"] / t["w1"], t["w2p2"] / t["w2"]
    mean1, mean2 = t["p1"] / t["n"], t["p2"] / t["n"]
    return {
        "within": mean2 - mean1,
        "between": (aggregate2 - mean2) - (aggregate1 - mean1),
        **_turnover(t, aggregate2, aggregate1),
    }


def _foster_haltiwanger_krizan(t: Totals) -> Totals:
    whole1, whole2 = t["w1"] + t["x_w1"], t["w2"] + t["e_w2"]
    reference = _before(t)
    within = (t["w1p2"] - t["w1p1"]) / whole1
    return {
        "within": within,
        "between": t["w2p1"] / whole2 - t["w1p1"] / whole1 - reference * (t["w2"] / whole2 - t["w1"] / whole1),
        "cross": (t["w2p2"] - t["w2p1"]) / whole2 - within,
        **_turnover(t, reference, reference),
    }


def _griliches_regev(t: Totals) -> Totals:
    whole1, whole2 = t["w1"] + t["x_w1"], t["w2"] + t["e_w2"]
    reference = (_before(t) + _after(t)) / 2
    mean2, mean1 = (t["w2p1"] + t["w2p2"]) / 2, (t["w1p1"] + t["w1p2"]) / 2
    return {
        "within": ((t["w1p2"] - t["w1p1"]) / whole1 + (t["w2p2"] - t["w2p1"]) / whole2) / 2,
        "between": mean2 / whole2 - mean1 / whole1 - reference * (t["w2"] / whole2 - t["w1"] / whole1),
        **_turnover(t, reference, reference),
    }


def _baily_hulten_campbell(t: Totals) -> Totals:
    whole1, whole2 = t["w1"] + t["x_w1"], t["w2"] + t["e_w2"]
    return {
        "within": (t["w1p2"] - t["w1p1"]) / whole1,
        "between": t["w2p2"] / whole2 - t["w1p2"] / whole1,
        "entry": t["e_w2p2"] / whole2,
        "exit": -t["x_w1p1"] / whole1,
    }


def _diewert_fox(t: Totals) -> Totals:
    return {
        "within": ((t["w1p2"] - t["w1p1"]) / t["w1"] + (t["w2p2"] - t["w2p1"]) / t["w2"]) / 2,
        "between": ((t["w2p1"] + t["w2p2"]) / t["w2"] - (t["w1p1"] + t["w1p2"]) / t["w1"]) / 2,
        **_turnover(t, t["w2p2"] / t["w2"], t["w1p1"] / t["w1"]),
    }


_AGGREGATES = (("w1",), ("w1", "p1"), ("w2",), ("w2", "p2"))
_CROSSED = (*_AGGREGATES, ("w1", "p2"), ("w2", "p1"))

METHODS = {
    "melitz-polanec": Method(
        ((), ("w1",), ("w1", "p1"), ("p1",), ("w2",), ("w2", "p2"), ("p2",)), _melitz_polanec,
        "Melitz-Polanec (dynamic Olley-Pakes)", "the change of the survivors' unweighted mean",
        "the change of the covariance of their shares and productivity (shares among survivors)",
        "entrants against the survivors' aggregate of the later time, exiters against that of the earlier",
        "Melitz and Polanec 2015", needs_survivors=True,
    ),
    "foster-haltiwanger-krizan": Method(
        _CROSSED, _foster_haltiwanger_krizan,
        "Foster-Haltiwanger-Krizan", "survivors' changes of productivity at earlier shares",
        "survivors' changes of share at earlier productivity less the earlier aggregate (cross: both changes together)",
        "entrants and exiters against the earlier aggregate", "Foster, Haltiwanger and Krizan 2001",
    ),
    "griliches-regev": Method(
        _CROSSED, _griliches_regev,
        "Griliches-Regev", "survivors' changes of productivity at average shares",
        "survivors' changes of share at average productivity less the average aggregate",
        "entrants and exiters against the average of the two aggregates", "Griliches and Regev 1995",
    ),
    "baily-hulten-campbell": Method(
        (*_AGGREGATES, ("w1", "p2")), _baily_hulten_campbell,
        "Baily-Hulten-Campbell", "survivors' changes of productivity at earlier shares",
        "survivors' changes of share at later productivity",
        "entrants and exiters against zero, so that entry and exit are as large as productivity is",
        "Baily, Hulten and Campbell 1992",
    ),
    "diewert-fox": Method(
        _CROSSED, _diewert_fox,
        "Diewert-Fox", "survivors' changes of productivity at average shares among survivors",
        "survivors' changes of share among survivors at average productivity",
        "entrants against the survivors' aggregate of the later time, exiters against that of the earlier",
        "Diewert and Fox 2010", needs_survivors=True,
    ),
}  # fmt: skip
"""The decompositions by name."""
