"""Sums of a register by year, section, legal size and head-count class, from which shares, ratios and rates follow."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np

from analysis.data import sizes
from analysis.microdata.calibration_targets import ACCOUNTS, LEGAL, SERVICES
from analysis.microdata.tables import as_table

NEEDED = (
    "firm", "year", "industry", "persons", "hours", "value_added", "sales", "legal_size", "birth_year", "ai_use",
)  # fmt: skip
SME = LEGAL[:3]


class Facts:
    """Sums of a register, in two scans: one by cell, one by firm.

    Parameters
    ----------
    register : any table with the columns of `NEEDED`

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> from analysis.microdata.synthetic import synthetic_register
    >>> facts = Facts(synthetic_register(firms=5_000, years=[2022]))
    >>> facts.years, facts.total("firms", 2022)
    ([2022], 5000.0)
    """

    def __init__(self, register: Any) -> None:
        table = as_table(register)
        missing = [name for name in NEEDED if name not in table.columns]
        if missing:
            raise ValueError(f"the register lacks {', '.join(missing)}; it needs {', '.join(NEEDED)}")
        starts = [sizes.bounds(label)[0] for label in sizes.STANDARD]
        persons = table["persons"]
        bands = [(persons < start, label) for start, label in zip(starts[1:], sizes.STANDARD, strict=False)]
        log = ibis.ifelse(table["value_added"] > 0, (table["value_added"] / persons).ln(), ibis.null("float64"))
        keyed = table.mutate(
            head=ibis.cases(*bands, else_=sizes.STANDARD[-1]), log=log, user=table["ai_use"].cast("boolean"),
            level=table["value_added"] / persons,
        )  # fmt: skip
        cells = keyed.group_by("year", "industry", "legal_size", "head").aggregate(
            firms=keyed.count(), persons=keyed["persons"].sum(), hours=keyed["hours"].sum(),
            value=keyed["value_added"].sum(), sales=keyed["sales"].sum(),
            births=(keyed["birth_year"] == keyed["year"]).sum(),
            persons_300=keyed["persons"].sum(where=keyed["persons"] >= 300),
            asked=keyed["user"].notnull().sum(), users=keyed["user"].sum(),
            level=keyed["level"].sum(where=keyed["user"].notnull()),
            user_level=keyed["level"].sum(where=keyed["user"]),
            logs=keyed["log"].count(), log=keyed["log"].sum(), log_square=(keyed["log"] ** 2).sum(),
        )  # fmt: skip
        self.cells = cells.to_pyarrow().to_pandas().fillna(0.0)
        for name in ("industry", "legal_size", "head"):
            self.cells[name] = self.cells[name].astype(str)
        by_firm = table.group_by("firm").aggregate(born=table["birth_year"].min(), last=table["year"].max())
        ends = by_firm.group_by("born", "last").aggregate(firms=by_firm.count())
        self.ends = ends.to_pyarrow().to_pandas()
        self.years: list[int] = sorted(int(year) for year in self.cells["year"].unique())

    def total(self, column: str, year: int, section: Any = None, legal: Any = None, head: Any = None) -> float:
        """Return the sum of a column in a year over the cells asked for."""
        cells = self.cells
        chosen = cells["year"].eq(year)
        for name, wanted in (("industry", section), ("legal_size", legal), ("head", head)):
            if wanted is not None:
                chosen &= cells[name].isin([wanted] if isinstance(wanted, str) else wanted)
        return float(cells.loc[chosen, column].sum())

    def share(self, column: str, year: int, part: dict, whole: dict | None = None) -> float:
        """Return a part of a sum over the whole of it; not a number if the whole is zero."""
        base = self.total(column, year, **(whole or {}))
        return self.total(column, year, **part) / base if base else np.nan

    def ratio(self, year: int, small: dict | None = None, large: dict | None = None, **common: Any) -> float:
        """Return value added per person in one group over that in another: SMEs over the others by default."""
        levels = []
        for group in (small or {"legal": SME}, large or {"legal": LEGAL[3:]}):
            persons = self.total("persons", year, **group, **common)
            levels.append(self.total("value", year, **group, **common) / persons if persons else np.nan)
        return levels[0] / levels[1]

    def asked(self, year: int, group: str) -> float:
        """Return the number of firms whose AI use is known, in a class or section."""
        return self.total("asked", year, **_ai_cells(group))

    def cohort_year(self, age: int, near: int) -> int | None:
        """Return the year nearest to `near` in which firms born in the register are of this age."""
        ends = [year for year in self.years if year - age in self.years]
        return min(ends, key=lambda year: (abs(year - near), year)) if ends else None

    def margin(self, margin: str, year: int, group: str = "all") -> float:
        """Return what a register achieves of a margin of `calibration_targets`."""
        sme, middle = {"legal": SME}, {"legal": ("small", "medium")}
        shares = {
            "firms_non_sme": ("firms", {"legal": LEGAL[3:]}, None),
            "firms_micro": ("firms", {"legal": "micro"}, sme),
            "firms_medium": ("firms", {"legal": "medium"}, middle),
            "persons_sme": ("persons", sme, None),
            "persons_micro": ("persons", {"legal": "micro"}, sme),
            "persons_medium": ("persons", {"legal": "medium"}, middle),
            "section_persons": ("persons", {"section": group}, None),
            "section_legal": ("persons", {"section": group[0], "legal": group[2:]}, {"section": group[0]}),
            "manufacturing_persons_sme": ("persons", {"section": "C", **sme}, {"section": "C"}),
            "persons_large": ("persons", {"head": "250+"}, None),
            "persons_10_49": ("persons", {"head": "10-49"}, {"head": ("10-49", "50-249")}),
            "manufacturing_value_sme": ("value", {"section": "C", **sme}, {"section": "C"}),
            "sales_sme": ("sales", sme, None),
        }
        if margin in shares:
            return self.share(shares[margin][0], year, *shares[margin][1:])
        if margin in ("manufacturing_ratio", "services_ratio"):
            return self.ratio(year, section="C" if margin.startswith("m") else SERVICES)
        if margin in ("ai_class", "ai_section"):
            asked = self.asked(year, group)
            return self.total("users", year, **_ai_cells(group)) / asked if asked else np.nan
        if margin == "death_rate":
            return float(self.ends.loc[self.ends["last"].eq(year), "firms"].sum()) / self.total("firms", year)
        if margin.startswith("survival"):
            cohort = self.ends[self.ends["born"].eq(year - (1 if margin == "survival_one" else 5))]
            return float(cohort.loc[cohort["last"].ge(year), "firms"].sum() / cohort["firms"].sum())
        above, below, cells = {
            "persons_per_sme": ("persons", "firms", sme),
            "value_per_person": ("value", "persons", {"section": tuple(ACCOUNTS.get(group, ""))}),
            "sales_per_person_sme": ("sales", "persons", sme),
            "hours_per_person": ("hours", "persons", {}),
            "birth_rate": ("births", "firms", {}),
        }[margin]
        base = self.total(below, year, **cells)
        return self.total(above, year, **cells) / base if base else np.nan

    def measure(self, name: str, year: int) -> float:
        """Return a quantity that is compared with a figure but not imposed."""
        large = {"head": sizes.STANDARD[2:]}
        if name == "small_share":
            return self.share("persons", year, {"head": "1-9"})
        if name == "share_300":
            return self.total("persons_300", year) / self.total("persons", year)
        if name == "manufacturing_ratio":
            return self.ratio(year, section="C")
        if name == "manufacturing_ratio_ten":
            return self.ratio(year, section="C", head=sizes.STANDARD[1:])
        if name == "all_ratio":
            return self.ratio(year)
        if name == "head_ratio":
            return self.ratio(year, {"head": sizes.STANDARD[:3]}, {"head": "250+"})
        if name == "ai_premium":
            level, asked = self.total("level", year, **large), self.total("asked", year, **large)
            used, users = self.total("user_level", year, **large), self.total("users", year, **large)
            return used / users / ((level - used) / (asked - users)) - 1 if 0 < users < asked else np.nan
        return np.nan  # the register does not hold it

    def spread(self) -> float:
        """Return the standard deviation of log value added per person within section, SME or other, and year."""
        group = self.cells["legal_size"].isin(SME)
        sums = self.cells.groupby(["year", "industry", group])[["logs", "log", "log_square"]].sum()
        within = sums["log_square"] - sums["log"] ** 2 / sums["logs"].where(sums["logs"] > 0)
        return float(np.sqrt(within.sum() / (sums["logs"] - 1).clip(lower=0).sum()))


def _ai_cells(group: str) -> dict[str, Any]:
    """Return the cells of a group of AI use: a section, a head-count class, or all with 10 or more persons."""
    if len(group) == 1:
        return {"section": group, "head": sizes.STANDARD[1:]}
    return {"head": sizes.STANDARD[1:] if group == "10+" else group}
