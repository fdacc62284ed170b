"""How the claims about size put a measured value into a reading."""

from __future__ import annotations

from analysis.report.claims import Reading
from analysis.report.measures.size_tables import Load, figure


def percent(part: str, label: str, value: float, table: str, **how) -> Reading:
    """Make a reading of a share, printed in percent; shares near one get the decimals that tell them apart."""
    digits = 2 if 0.995 < value < 1 and how.get("turns_on") == "rounding" else 1
    return Reading(
        part,
        label,
        float(value),
        "share",
        table,
        shown=f"{100 * value:.{digits}f} %",
        **{"vintage": "as published", **how},
    )


def published(load: Load, part: str, key: str, label: str, **how) -> Reading:
    """Make a reading of a published share in percent, by the id of the figure."""
    one = figure(load, key)
    return percent(
        part,
        label,
        one["value"] / 100,
        "published_figures",
        year=int(one["year"]),
        secondary=bool(one["secondary"]),
        **how,
    )
