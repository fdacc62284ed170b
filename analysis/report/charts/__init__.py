"""The shapes of charts the pages use: ranking, bars, pairs, strip; contributions, shares; lines; intervals, scatter."""

from analysis.report.charts.points import intervals, scatter
from analysis.report.charts.rows import bars, pairs, ranking, strip
from analysis.report.charts.stacks import contributions, shares
from analysis.report.charts.time import lines

__all__ = ["bars", "contributions", "intervals", "lines", "pairs", "ranking", "scatter", "shares", "strip"]
