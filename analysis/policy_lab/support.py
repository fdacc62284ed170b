"""Rules of support: who may have it, on what conditions, and what it costs to run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from analysis import checks

KINDS = ("none", "flat", "age", "tied", "restructuring")
UNTIED = ("flat", "age")


@dataclass(frozen=True)
class Rule:
    """A rule of support.

    Parameters
    ----------
    kind : {"none", "flat", "age", "tied", "restructuring"}
        "flat": every firm below the size notch, each year, in proportion to output. "age": young firms of any size.
        "tied": a firm below the notch is paid the year after, if its measured productivity rose by `threshold`; growing
        past the notch costs nothing. "restructuring": a firm below the notch that makes a loss is paid if it closes, or
        if its measured productivity rose by `threshold`.
    budget : float
        What the rule costs a year, with administration and verification, in units of output.
    notch : float
        Persons above which a firm is too large.
    windfall : float
        Share of the money, from 0 to 1, that a firm gets whatever it does; the rest rises with its output (flat, age).
    take_up : float
        Share of eligible firms that take part.
    error : float
        Standard deviation of the error in measured growth of productivity, log points (tied, restructuring).
    threshold : float
        Growth of measured productivity that earns the payment, log points (tied, restructuring).
    administration : float
        Cost of running the rule per unit paid out.
    verification : float
        Cost of measuring one firm's productivity once, in units of output (tied, restructuring).

    Raises
    ------
    ValueError
        If the kind is not known or a parameter is outside its range; the message names it.

    Examples
    --------
    >>> Rule("flat", budget=0.01, notch=300).replace(budget=0.02).budget
    0.02
    """

    kind: str = "none"
    budget: float = 0.0
    notch: float = 300.0
    windfall: float = 0.5
    take_up: float = 1.0
    error: float = 0.10
    threshold: float = 0.05
    administration: float = 0.05
    verification: float = 0.0

    def __post_init__(self) -> None:
        """Check every parameter."""
        checks.one_of("kind", self.kind, KINDS)
        if self.kind == "none" and self.budget:
            raise ValueError(f'budget={self.budget!r}: the rule "none" spends nothing; take another kind')
        if not 0 <= self.windfall <= 1 or not 0 < self.take_up <= 1:
            raise ValueError(
                f"windfall={self.windfall!r}, take_up={self.take_up!r}: shares from 0 to 1, take-up over 0"
            )
        for name in ("budget", "error", "administration", "verification"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must not be negative")
        if not self.notch > 0:
            raise ValueError(f"notch={self.notch!r} must be positive, in persons")

    @property
    def untied(self) -> bool:
        """Whether money comes with the year's output and without a condition on improvement."""
        return self.kind in UNTIED

    @property
    def measures(self) -> bool:
        """Whether the rule has to measure productivity."""
        return self.kind in ("tied", "restructuring")

    def replace(self, **changes: Any) -> Rule:
        """Return the rule with some parameters changed.

        Raises
        ------
        ValueError
            If a name is not a parameter; the parameters are listed.
        """
        for name in changes:
            checks.one_of("parameter", name, [one.name for one in fields(self)])
        return replace(self, **changes)
