"""The grid of the policy lab as the explorer needs it: axes in words, outcomes with their units, a cell a setting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.policy_lab import calibration, targets
from analysis.policy_lab.support import KINDS

AXES = ("rule", "budget", "windfall", "error", "strength", "fit")
"""What the reader moves, in this order. Budgets are fractions of output, errors and strengths log points."""
ECONOMY = ("strength", "fit")
"""Axes that describe the economy: they matter without support too."""
NAMES = {
    "rule": "Rule of support", "budget": "Budget a year", "windfall": "Windfall", "error": "Measurement error",
    "strength": "Strength of AI", "fit": "Why large firms make more per person",
}  # fmt: skip
HELP = {
    "rule": "who is paid, and on what condition",
    "budget": "what the rule costs with its administration, the same for every rule",
    "windfall": "share of the money that a firm gets whatever it does; enters rules without a condition",
    "error": "error in measured growth of productivity, in log points; enters rules that measure it",
    "strength": "log points that AI adds per log point of a firm's productivity",
    "fit": "Korean figures fit all three",
}  # fmt: skip
RULES = {
    "none": "No support", "flat": "Flat below the size notch", "age": "By age: young firms",
    "tied": "Tied to measured improvement", "restructuring": "Restructuring aid",
}  # fmt: skip
FITS = {
    "misallocation": "the productive are kept from growing", "central": "both reasons",
    "quality": "their people work more efficiently",
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """An outcome as the explorer shows it.

    Parameters
    ----------
    name : str
        Column of the grid.
    label : str
    kind : {"index", "percent", "number"}
        "index": the same economy without support is 100, the difference in percent. "percent": a share, the difference
        in percentage points. "number": as it is, the difference in percent.
    """

    name: str
    label: str
    kind: str


OUTCOMES = (
    Outcome("output_per_hour", "Output per hour", "index"),
    Outcome("consumption", "Consumption, net of entry, reorganisation and running costs", "index"),
    Outcome("output_per_person_10_49", "Output per person, firms of 10-49", "index"),
    Outcome("small_over_large", "Output per person, below 300 over 300 and more", "percent"),
    Outcome("dispersion", "Dispersion of output per person, log points", "number"),
    Outcome("exit_rate", "Firms that close in a year", "percent"),
    Outcome("mean_size", "Persons per firm", "number"),
    Outcome("using_ai", "Firms that use AI", "percent"),
    Outcome("transformed_small", "Firms below 300 that AI has transformed", "percent"),
    Outcome("transformed_large", "Firms of 300 and more that AI has transformed", "percent"),
    Outcome("at_notch", "Firms that hold themselves below the notch", "percent"),
    Outcome("running_share", "Running costs, share of output", "percent"),
)
HEADLINE = ("output_per_hour", "consumption", "small_over_large")
"""Outcomes that are said aloud when a control moves."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid of equilibria, checked: every rule complete on the axes that enter it, every economy without support.

    Parameters
    ----------
    rows : DataFrame
        The columns of `AXES`, those of `OUTCOMES`, `solved` (true or false) and `message` (why not).

    Raises
    ------
    ValueError
        If a column is missing, a rule or fit is unknown, a setting comes twice, a solved row lacks an outcome, or the
        economy without support is missing for a setting; the message names it.
    """

    rows: pd.DataFrame

    def __post_init__(self) -> None:
        """Check columns, names, and that each setting stands there once."""
        needed = [*AXES, *(one.name for one in OUTCOMES), "solved", "message"]
        if missing := [name for name in needed if name not in self.rows]:
            raise ValueError(f"grid: no column {', '.join(missing)}; needed: {', '.join(needed)}")
        for column, legal in (("rule", KINDS), ("fit", tuple(FITS))):
            if unknown := sorted(set(self.rows[column]) - set(legal)):
                raise ValueError(f"grid: {column} {', '.join(map(str, unknown))}; legal: {', '.join(legal)}")
        solved = self.rows[self.rows["solved"].astype(bool)]
        for one in OUTCOMES:
            if solved[one.name].isna().any():
                raise ValueError(f"grid: {one.name} is missing in rows that are marked as solved")
        for rule, rows in self.rows.groupby("rule"):
            for axis in AXES[1:]:
                if rows[axis].isna().any() and rows[axis].notna().any():
                    raise ValueError(f"grid: {axis} is missing in some rows of the rule {rule!r}, not in all")
            if len(rows) != len(rows.drop_duplicates(list(self.matters[rule]))):
                raise ValueError(f"grid: a setting of the rule {rule!r} comes twice")
        for place in self.rows[list(ECONOMY)].drop_duplicates().itertuples(index=False):
            if not self.bare.get(self.economy(place._asdict())):
                raise ValueError(f"grid: no solved row without support at strength={place.strength}, fit={place.fit!r}")

    @cached_property
    def values(self) -> dict[str, list]:
        """Return the values of each axis: rules and fits in their usual order, numbers rising."""
        held = {}
        for axis in AXES:
            seen = set(self.rows[axis].dropna()) if axis != "budget" else set(self._paying["budget"].dropna())
            order = {"rule": KINDS, "fit": tuple(FITS)}.get(axis)
            held[axis] = [one for one in order if one in seen] if order else sorted(map(float, seen))
        return held

    @property
    def _paying(self) -> pd.DataFrame:
        return self.rows[self.rows["rule"] != "none"]

    @cached_property
    def matters(self) -> dict[str, tuple[str, ...]]:
        """Return the axes that enter each rule: those on which the grid holds more than one value of it.

        The economy and, with support, the budget enter every rule.
        """
        found = {}
        for rule, rows in self.rows.groupby("rule"):
            always = ECONOMY if rule == "none" else ("budget", *ECONOMY)
            found[rule] = tuple(
                axis for axis in AXES[1:]
                if axis in always or (rule != "none" and rows[axis].nunique() > 1)
            )  # fmt: skip
        return found

    def key(self, setting: Mapping) -> str:
        """Return the key of a setting: the place of each value on its axis; a hyphen where the axis does not enter."""
        enters = ("rule", *self.matters[setting["rule"]])
        return ".".join(str(self._place(axis, setting[axis])) if axis in enters else "-" for axis in AXES)

    def _place(self, axis: str, value) -> int:
        return self.values[axis].index(value)

    def economy(self, setting: Mapping) -> str:
        """Return the key of a setting's economy."""
        return ".".join(str(self._place(axis, setting[axis])) for axis in ECONOMY)

    @cached_property
    def bare(self) -> dict[str, list[float]]:
        """Return the outcomes without support by economy, those that were solved."""
        rows = self.rows[(self.rows["rule"] == "none") & self.rows["solved"].astype(bool)]
        return {self.economy(row): self._outcomes(row) for row in rows.to_dict("records")}

    @cached_property
    def cells(self) -> dict[str, list[float] | None]:
        """Return the outcomes by key; None where no equilibrium was found."""
        return {
            self.key(row): self._outcomes(row) if row["solved"] else None for row in self.rows.to_dict("records")
        }  # fmt: skip

    @cached_property
    def why(self) -> dict[str, str]:
        """Return the message of each setting that was not solved, by key."""
        rows = self.rows[~self.rows["solved"].astype(bool)]
        return {self.key(row): str(row["message"]) for row in rows.to_dict("records")}

    @staticmethod
    def _outcomes(row: Mapping) -> list[float]:
        return [float(f"{row[one.name]:.6g}") for one in OUTCOMES]

    @cached_property
    def start(self) -> dict:
        """Return where the reader starts: tied support, Korea's budget, the central values, or the nearest held."""
        wanted = calibration.central() | {"budget": self.korea, "rule": "tied", "fit": "central"}
        found = {}
        for axis, values in self.values.items():
            if axis in ("rule", "fit"):
                found[axis] = wanted[axis] if wanted[axis] in values else values[0]
            elif values:
                found[axis] = min(values, key=lambda one: abs(one - wanted[axis]))
        return {"windfall": math.nan, "error": math.nan} | found

    @cached_property
    def korea(self) -> float:
        """Return Korea's budget, as a fraction of output."""
        return targets.budget_share()

    def words(self, axis: str, value) -> str:
        """Return a value in words, with its unit."""
        if axis == "rule":
            return RULES[value]
        if axis == "fit":
            return FITS[value]
        if axis == "budget":
            korea = math.isclose(value, self.korea, rel_tol=0.02)
            return f"{value * 100:.3g} % of output{' (Korea)' if korea else ''}"
        if axis == "windfall":
            return f"{value:.0%}".replace("%", " % of the money")
        if axis == "error":
            return f"{value:.2f} log points"
        gains = "all gain alike" if value == 0 else f"{'better' if value > 0 else 'worse'} firms gain more"
        return f"{signed(value, 3)}: {gains}"


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, as few digits as it needs up to `digits`.

    Examples
    --------
    >>> signed(0.05, 3), signed(-0.0125, 3), signed(0.0, 3)
    ('+0.05', '\N{MINUS SIGN}0.013', '0')
    """
    text = f"{abs(value):.{digits}f}".rstrip("0").rstrip(".")
    return "0" if float(text) == 0 else ("\N{MINUS SIGN}" if value < 0 else "+") + text


def shown(outcome: Outcome, value: float, bare: float) -> str:
    """Return a value as the explorer writes it.

    Examples
    --------
    >>> shown(OUTCOMES[0], 0.99, 1.0), shown(OUTCOMES[5], 0.1, 0.09), shown(OUTCOMES[6], 4.239, 4.0)
    ('99.00', '10.00 %', '4.239')
    """
    if outcome.kind == "index":
        return f"{100 * value / bare:.2f}"
    return f"{100 * value:.2f} %" if outcome.kind == "percent" else f"{value:.3f}"


def change(outcome: Outcome, value: float, bare: float) -> float:
    """Return the difference to the economy without support: in percent, of a share in percentage points.

    Where there is nothing without support that a percentage could be of, it is not a number.
    """
    if outcome.kind == "percent":
        return 100 * (value - bare)
    return 100 * (value / bare - 1) if bare else math.nan
