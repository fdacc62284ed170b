"""The economy of the lab: its technology, its firms and what artificial intelligence would do to them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from analysis import checks
from analysis.policy_lab.productivity import Productivity

COSTS_IN = ("output", "labour")
CHANNELS = ("survival", "notch", "entry", "slack")
STATES = ("none", "licensed", "transformed")


@dataclass(frozen=True)
class AI:
    """What artificial intelligence does to a firm and what it costs.

    A licence raises productivity by the same small factor everywhere. Transformation multiplies productivity by
    exp(gain + strength x (ln z - mean ln z of entrants)): with a positive strength the better firm gains more, at zero
    all gain alike, with a negative one the worse firm gains more.

    Parameters
    ----------
    gain : float
        Log points of productivity that transformation brings to a firm as productive as the mean entrant.
    strength : float
        Log points more per log point of the firm's productivity. Zero and negative are legal.
    licence_gain : float
        Log points of productivity that a licence brings.
    licence_cost : float
        Cost of a licence a year, as a fraction of the firm's output.
    licence_setup : float
        Mean of the cost that a firm draws of being licensed, once, as a fraction of its yearly output, where it is as
        productive as the mean entrant.
    reorganisation : float
        The same for transforming.
    capability : float
        How much less both cost a capable firm: the fraction falls by this many percent per percent of productivity.
    licence_chance, chance : float
        Probability that a firm gets round to weighing a licence, and to weighing transformation, in a year; above 0 and
        at most 1.
    """

    gain: float = 0.10
    strength: float = 0.10
    licence_gain: float = 0.01
    licence_cost: float = 0.002
    licence_setup: float = 0.02
    reorganisation: float = 0.50
    capability: float = 0.50
    licence_chance: float = 0.5
    chance: float = 0.1

    def __post_init__(self) -> None:
        """Check that costs are not negative."""
        for name in ("licence_cost", "licence_setup", "reorganisation"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must not be negative")
        for name in ("licence_chance", "chance"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)!r} must be above 0 and at most 1")


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of firms, such as young and old: who enters where, how firms move, and the wedges they face.

    Parameters
    ----------
    names : tuple of str
    entry : ndarray of shape (groups, n)
        Share of the entrants of each productivity that enter in the group; columns sum to one.
    moves : ndarray of shape (groups, groups)
        Yearly probability of moving from group (row) to group (column).
    tax : ndarray of shape (groups, n)
        Tax on output by productivity, collected; a subsidy is negative. As a fraction of output.
    wedge : ndarray of shape (groups, n)
        Fraction by which the firm's marginal revenue is short when it chooses inputs, not collected: a financing wedge,
        or a hidden cost of growing.
    """

    names: tuple[str, ...]
    entry: np.ndarray
    moves: np.ndarray
    tax: np.ndarray
    wedge: np.ndarray

    def __post_init__(self) -> None:
        """Check the shapes and the probabilities."""
        count, n = len(self.names), self.entry.shape[-1]
        for name, shape in (
            ("entry", (count, n)),
            ("moves", (count, count)),
            ("tax", (count, n)),
            ("wedge", (count, n)),
        ):
            if getattr(self, name).shape != shape:
                raise ValueError(f"groups: {name} has shape {getattr(self, name).shape}, not {shape}")
        for name, sums in (("entry", self.entry.sum(axis=0)), ("moves", self.moves.sum(axis=1))):
            if (getattr(self, name) < 0).any() or not np.allclose(sums, 1.0, rtol=0, atol=1e-10):
                raise ValueError(f"groups: {name} holds shares that are negative or do not sum to one")
        for name in ("tax", "wedge"):
            if (getattr(self, name) >= 1).any():
                raise ValueError(f"groups: {name} must be below one")

    @classmethod
    def single(cls, n: int) -> Groups:
        """Return one group without wedges."""
        return cls(("all",), np.ones((1, n)), np.ones((1, 1)), np.zeros((1, n)), np.zeros((1, n)))

    @classmethod
    def by_age(cls, levels: np.ndarray, years_young: float, financing: float, distortion: float) -> Groups:
        """Return young and old firms.

        Parameters
        ----------
        levels : ndarray of shape (n,)
            Productivity.
        years_young : float
            Mean years before a firm counts as old.
        financing : float
            Wedge of young firms that are more productive than the least productive one, which has none; it rises to
            this fraction at the mean of the grid and stays there. Zero is legal.
        distortion : float
            Percent by which marginal revenue falls short per percent of productivity, in all firms: what keeps the most
            productive from growing. Zero is legal.
        """
        n = len(levels)
        leave = 1.0 / years_young
        logs = np.log(levels / levels[0])
        grown = (levels / levels[0]) ** -distortion
        thin = financing * np.minimum(1.0, logs / logs.mean())
        wedge = np.vstack([1 - grown * (1 - thin), 1 - grown])
        moves = np.array([[1 - leave, leave], [0.0, 1.0]])
        return cls(("young", "old"), np.vstack([np.ones(n), np.zeros(n)]), moves, np.zeros((2, n)), wedge)


@dataclass(frozen=True, eq=False)
class Economy:
    """Everything that is given in an economy of the lab.

    Output of a firm is z A k^a n^b, with z its own productivity and A what AI adds; a + b < 1, so firms have a size.
    A year is one period.

    Parameters
    ----------
    productivity : Productivity
    groups : Groups, optional
        By default a single group without wedges.
    returns_capital, returns_labour : float
        The exponents a and b.
    discount : float
        Discount factor of a year. Capital costs 1 / discount - 1 + depreciation.
    depreciation : float
        Fraction of capital used up in a year.
    exogenous_exit : float
        Yearly probability of closing for reasons outside the model.
    fixed_cost, entry_cost : float
        Yearly and once, in units of `costs_in`.
    costs_in : {"output", "labour"}
    entry_elasticity : float
        Percent more firms that enter for a percent more value of entry: entry costs each entrant
        entry_cost x (entrants / usual_entry)^(1 / elasticity). Infinite: the cost is the same for any number.
    usual_entry : float
        Entrants at which entry costs `entry_cost`.
    entry_lag : int
        0: an entrant produces at once; 1: from the next year on.
    labour : float, optional
        Supply of labour; None where `spending` closes the economy.
    spending : float, optional
        Spending on output in units of labour: the partial equilibrium of an industry.
    endogenous_exit : bool
        Whether firms close when staying is worth less than nothing.
    taste : float
        Scale of what closing and staying are worth to an owner beside money (a Gumbel draw of each firm and year), in
        units of costs. Zero: all firms of one kind close or stay alike.
    quality : float
        Percent by which a person in a firm works more efficiently per percent of the firm's productivity, AI included.
    distortion : float
        Percent by which marginal revenue falls short per percent of productivity that AI adds, as `Groups.by_age` has
        it for a firm's own productivity.
    persons : float
        Persons per unit of labour in a firm of the lowest productivity.
    slack : float
        Log points of productivity lost per unit of support received as a fraction of output, where it has no ties.
    ai : AI, optional
        None: it has not arrived.
    channels : tuple of str
        Which channels are at work: "survival" (support counts when a firm decides to close), "notch" (a firm may stay
        small to keep support), "entry" (as many firms enter as entry is worth; without it `usual_entry` enter,
        whatever it is worth), "slack" (untied support makes its recipients less productive).

    Raises
    ------
    ValueError
        If a parameter is outside its range or an option is not known; the message names it.
    """

    productivity: Productivity
    groups: Groups | None = None
    returns_capital: float = 0.283
    returns_labour: float = 0.567
    discount: float = 0.96
    depreciation: float = 0.08
    exogenous_exit: float = 0.0
    fixed_cost: float = 0.0
    entry_cost: float = 1.0
    entry_elasticity: float = np.inf
    usual_entry: float = 1.0
    costs_in: str = "output"
    entry_lag: int = 1
    labour: float | None = 1.0
    spending: float | None = None
    endogenous_exit: bool = True
    taste: float = 0.0
    quality: float = 0.0
    distortion: float = 0.0
    persons: float = 1.0
    slack: float = 0.0
    ai: AI | None = None
    channels: tuple[str, ...] = field(default=CHANNELS)

    def __post_init__(self) -> None:
        """Check every parameter."""
        checks.one_of("costs_in", self.costs_in, COSTS_IN)
        checks.one_of("entry_lag", self.entry_lag, (0, 1))
        for channel in self.channels:
            checks.one_of("channels", channel, CHANNELS)
        if (self.labour is None) == (self.spending is None):
            raise ValueError("give either labour= (its supply) or spending= (of an industry), not both and not neither")
        if not (self.returns_capital >= 0 and self.returns_labour > 0 and self.decreasing > 0):
            raise ValueError(
                f"returns_capital={self.returns_capital}, returns_labour={self.returns_labour}: returns must decrease, "
                "so that their sum is below one"
            )
        for name in ("discount", "persons", "entry_cost", "entry_elasticity", "usual_entry"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must be positive")
        if not self.discount < 1:
            raise ValueError(f"discount={self.discount!r} must be below one")
        for name in ("depreciation", "exogenous_exit", "fixed_cost", "taste", "slack"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must not be negative")
        if self.exogenous_exit >= 1:
            raise ValueError(f"exogenous_exit={self.exogenous_exit!r} must be below one")
        if self.groups is None:
            object.__setattr__(self, "groups", Groups.single(len(self.productivity.levels)))
        if self.groups.entry.shape[1] != len(self.productivity.levels):
            raise ValueError(f"groups hold {self.groups.entry.shape[1]} levels of productivity, the grid "
                             f"{len(self.productivity.levels)}")  # fmt: skip

    @property
    def decreasing(self) -> float:
        """One minus the returns to capital and labour: the share of the firm's owner."""
        return 1.0 - self.returns_capital - self.returns_labour

    @property
    def rental(self) -> float:
        """Cost of a unit of capital a year."""
        return 1.0 / self.discount - 1.0 + self.depreciation

    def cost_of_entry(self, entrants: float) -> float:
        """Return what entry costs each entrant, in units of costs."""
        return self.entry_cost * max(entrants / self.usual_entry, 0.0) ** (1.0 / self.entry_elasticity)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of AI states, groups and levels of productivity."""
        return (len(STATES) if self.ai else 1, len(self.groups.names), len(self.productivity.levels))

    def has(self, channel: str) -> bool:
        """Say whether a channel is at work."""
        return channel in self.channels

    def replace(self, **changes: Any) -> Economy:
        """Return the economy with some parameters changed.

        Raises
        ------
        ValueError
            If a name is not a parameter; the parameters are listed.
        """
        legal = [one.name for one in fields(self)]
        for name in changes:
            checks.one_of("parameter", name, legal)
        return replace(self, **changes)
