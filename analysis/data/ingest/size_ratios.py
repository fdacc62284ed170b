"""SME over large: which published figures are productivity ratios by size, and how they are to be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

VALUE_ADDED, LABOUR, SALES, TFP = "value added per person", "labour productivity", "sales per worker", "TFP"
MEASURES = (VALUE_ADDED, LABOUR, SALES, TFP)
SME_OVER_LARGE, ONE_CLASS = "SME over large", "one class over large"
PUBLISHED, FROM_LEVELS = "published ratio", "computed from published levels"


class Ratio(NamedTuple):
    """One published ratio, or the two published levels that it is computed from."""

    figures: tuple[str, ...]  # one ratio, or the level of the small class and that of the large
    small: str
    large: str
    industry: str  # ISIC section where the source is that precise, else the source's own word
    measure: str
    unit_of_size: str
    comparison: str = SME_OVER_LARGE
    comparable: bool = True
    caveat: str = ""
    half_unit: float = 0.0  # half a unit of the last printed digit of the levels


_LEGAL = ("SME (legal)", "large (legal)")
_BAND = ("10-299", "300+")
_NO_SECTOR = "sector not stated"


def _each(ids: Iterable[str], *rest, **named) -> list[Ratio]:
    return [Ratio((one,), *rest, **named) for one in ids]


def _eurostat() -> list[Ratio]:
    """Accommodation and food: five classes and the total for each of four countries, in the order of the ids."""
    found = []
    for country in range(4):
        first = 217 + 6 * country
        for place, small in enumerate(("0-9", "10-19", "20-49", "50-249")):
            ids = (f"SIZ-{first + place}", f"SIZ-{first + 4}")
            found.append(Ratio(ids, small, "250+", "I", VALUE_ADDED, "enterprise", ONE_CLASS, half_unit=0.05))
    return found


RATIOS = (
    *_each(
        ("SIZ-098", "SIZ-104", "SIZ-110"), *_LEGAL, "C", VALUE_ADDED, "establishment",
        caveat="establishments with 10 or more persons; legal size of the owner, not a head count",
    ),
    *_each(("SIZ-111", "SIZ-112"), "SME", "large", "C", LABOUR, "unknown"),
    Ratio(("SIZ-117",), "SME", "large", "C", LABOUR, "unknown"),
    Ratio(("SIZ-118",), "SME", "large", "services", LABOUR, "unknown"),
    *_each(("SIZ-119", "SIZ-120"), "SME", "large", "all", LABOUR, "unknown",
           caveat="the report leaves the sector unclear"),
    Ratio(("SIZ-121",), "SME", "large", "C", LABOUR, "unknown", caveat="worded as less than a third"),
    *_each(("SIZ-122", "SIZ-123", "SIZ-124", "SIZ-125"), "1-249", "250+", "not stated", VALUE_ADDED, "unknown",
           caveat=_NO_SECTOR),
    Ratio(("SIZ-126",), "SME", "large", "not stated", VALUE_ADDED, "unknown", caveat=_NO_SECTOR),
    *_each([f"SIZ-{number}" for number in range(130, 136)], *_BAND, "B-C", VALUE_ADDED, "establishment",
           caveat="establishments with 10 or more persons"),
    *_each([f"SIZ-{number}" for number in range(142, 148)], "SME", "large", "not stated", LABOUR, "unknown",
           caveat=_NO_SECTOR),
    Ratio(("SIZ-148",), "SME", "large", "B-C", TFP, "unknown", comparable=False, caveat="total factor productivity"),
    Ratio(("SIZ-149", "SIZ-150"), "1-299", "300-999", "not stated", VALUE_ADDED, "enterprise", ONE_CLASS, False,
          "mean over a sample of firms of unknown coverage", 0.05),
    Ratio(("SIZ-149", "SIZ-151"), "1-299", "1000+", "not stated", VALUE_ADDED, "enterprise", ONE_CLASS, False,
          "mean over a sample of firms of unknown coverage", 0.05),
    *(
        Ratio((one, "SIZ-152"), small, "500+", "C", SALES, "unknown", ONE_CLASS, False, "sales, not value added", 0.5)
        for one, small in (("SIZ-155", "10-49"), ("SIZ-154", "50-99"), ("SIZ-153", "100-499"))
    ),
    Ratio(("SIZ-156", "SIZ-157"), *_LEGAL, "C", VALUE_ADDED, "establishment", half_unit=0.005,
          caveat="establishments with 10 or more persons; legal size of the owner, not a head count"),
    Ratio(("SIZ-176",), "10-49", "large", "C", LABOUR, "unknown", ONE_CLASS),
    Ratio(("SIZ-181",), "5-49", "200+", "C", LABOUR, "unknown", ONE_CLASS),
    Ratio(("SIZ-182",), "small", "250+", "services", LABOUR, "unknown", ONE_CLASS, caveat="size of small not stated"),
    Ratio(("SIZ-216",), "1-249", "250+", "business economy", VALUE_ADDED, "enterprise",
          caveat="from shares rounded to whole percent"),
    *_eurostat(),
)  # fmt: skip
"""Every published SME/large productivity figure, in the order of its id."""


def from_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `size_productivity` that rest on `published_figures`.

    Raises
    ------
    ValueError
        If a figure that `RATIOS` names is missing, is in percent where a level is expected (or the reverse), or the two
        levels of one ratio differ in unit, year, geography or source.
    """
    held = figures.set_index("id")
    rows = []
    for ratio in RATIOS:
        lacking = [one for one in ratio.figures if one not in held.index]
        if lacking:
            raise ValueError(f"published_figures lacks {', '.join(lacking)}, named in RATIOS")
        small, large = held.loc[ratio.figures[0]], held.loc[ratio.figures[-1]]
        single = len(ratio.figures) == 1
        if single != str(small["unit"]).startswith("%"):
            kind = PUBLISHED if single else FROM_LEVELS
            raise ValueError(f"figure {ratio.figures[0]}: unit {small['unit']!r} does not fit a {kind}")
        for part in ("unit", "year", "geography", "source_title"):
            if small[part] != large[part]:
                both = " and ".join(ratio.figures)
                raise ValueError(f"figures {both} differ in {part}: {small[part]!r}, {large[part]!r}")
        half = ratio.half_unit
        rows.append(
            {
                "id": "/".join(ratio.figures),
                "country": small["geography"],
                "year": small["year"],
                "year_kind": small["year_kind"],
                "industry": ratio.industry,
                "size_small": ratio.small,
                "size_large": ratio.large,
                "comparison": ratio.comparison,
                "measure": ratio.measure,
                "ratio": small["value"] / 100 if single else small["value"] / large["value"],
                "ratio_low": float("nan") if single else (small["value"] - half) / (large["value"] + half),
                "ratio_high": float("nan") if single else (small["value"] + half) / (large["value"] - half),
                "bound": small["bound"],
                "unit_of_size": ratio.unit_of_size,
                "basis": PUBLISHED if single and not small["computed"] else FROM_LEVELS,
                "comparable": ratio.comparable,
                "definition": small["definition"],
                "caveat": ratio.caveat,
                "secondary": bool(small["secondary"] or large["secondary"]),
                "source_title": small["source_title"],
                "source_address": small["source_address"],
                "figures": " ".join(ratio.figures),
            }
        )
    return pd.DataFrame(rows)


SSIS_TITLE = "OECD, Structural Business Statistics (ISIC Rev. 4), SSIS_BSC_ISIC4"
SSIS_ADDRESS = "https://stats.oecd.org/Index.aspx?DataSetCode=SSIS_BSC_ISIC4"


def from_ssis(table: pd.DataFrame) -> pd.DataFrame:
    """Return 1-249 over 250+ for every country, year and section of `oecd_size.read_ssis` that has both.

    Levels come in whole thousands, so each ratio has a range; a level that is not positive gives no ratio.
    """
    wide = table[table["size_class"].isin(["1-249", "250+"])].pivot(
        index=["country", "year", "industry", "enterprise_definition"],
        columns="size_class",
        values="value_added_per_person",
    )
    wide = wide[(wide > 0.5).all(axis=1)].reset_index()
    small, large = wide["1-249"], wide["250+"]
    cell = wide["country"] + "-" + wide["year"].astype(str) + "-" + wide["industry"]
    return wide[["country", "year", "industry"]].assign(
        id="SSIS-" + cell,
        year_kind="reference year",
        size_small="1-249",
        size_large="250+",
        comparison=SME_OVER_LARGE,
        measure=VALUE_ADDED,
        ratio=small / large,
        ratio_low=(small - 0.5) / (large + 0.5),
        ratio_high=(small + 0.5) / (large - 0.5),
        bound="none",
        unit_of_size="enterprise",
        basis=FROM_LEVELS,
        comparable=True,
        definition="value added per person employed; an enterprise is a " + wide["enterprise_definition"],
        caveat="",
        secondary=False,
        source_title=SSIS_TITLE,
        source_address=SSIS_ADDRESS,
        figures="",
    )
