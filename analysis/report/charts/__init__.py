"""The shapes of charts the pages use: one row per name, stacks, lines over time, points with intervals or without."""

from analysis.report.charts.evidence import estimates
from analysis.report.charts.gradients import by_band, side_by_side, two_scales
from analysis.report.charts.points import intervals, scatter, spread
from analysis.report.charts.rows import bars, pairs, ranking, strip
from analysis.report.charts.stacks import contributions, shares
from analysis.report.charts.time import lines

__all__ = [
    "bars", "by_band", "contributions", "estimates", "intervals", "lines", "pairs", "ranking",
    "scatter", "shares", "side_by_side", "spread", "strip", "two_scales",
]  # fmt: skip
