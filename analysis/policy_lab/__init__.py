"""The policy lab: firms, AI and rules of support in equilibrium."""

from analysis.policy_lab.adoption import NotSolved
from analysis.policy_lab.economy import AI, Economy, Groups
from analysis.policy_lab.experiments import Comparison, compare
from analysis.policy_lab.industry import Equilibrium, solve
from analysis.policy_lab.paths import Path, transition
from analysis.policy_lab.productivity import Productivity
from analysis.policy_lab.replications import hopenhayn_1992, hopenhayn_rogerson_1993, restuccia_rogerson_2008
from analysis.policy_lab.snapshots import by_size, outcomes, snapshot
from analysis.policy_lab.support import Rule

__all__ = [
    "AI", "Comparison", "Economy", "Equilibrium", "Groups", "NotSolved", "Path", "Productivity", "Rule", "by_size",
    "compare", "hopenhayn_1992", "hopenhayn_rogerson_1993", "outcomes", "restuccia_rogerson_2008", "snapshot", "solve",
    "transition",
]  # fmt: skip
