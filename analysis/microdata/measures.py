"""Moments of a firm register, safe to publish: what a table of firms says about productivity (`moments`)."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet

from analysis import checks, inference
from analysis.microdata import by_size
from analysis.microdata.disclosure import Rule
from analysis.microdata.distribution import Dispersion, Frontier
from analysis.microdata.dynamics import SINCE, EntryExit, OlleyPakesTerm
from analysis.microdata.guard import Guard
from analysis.microdata.schema import Schema
from analysis.microdata.synthetic_files import is_synthetic
from analysis.microdata.tabulation import TIME, TOTAL, prepare
from analysis.results import html_table

FAMILIES = {
    "size": "output per person and per hour by size class; firms, output, labour and their shares; ratios to the "
    "largest class",
    "dispersion": "standard deviation, percentile gaps and Theil index of productivity",
    "frontier": "log productivity of the top 5 % of firms in each industry, beside the middle 5 % and the rest",
    "olley_pakes": "mean log productivity, its covariance with labour, and their sum",
    "dynamics": "what survivors, entrants and exiters contribute to growth of log productivity from year to year",
}
"""Family -> what its table holds."""

_KINDS = {"dispersion": Dispersion, "frontier": Frontier, "olley_pakes": OlleyPakesTerm, "dynamics": EntryExit}
_NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
_MARKS = ["firms", "reliable", "suppressed", "source"]
PERCENTILES = (
    "a percentile is the mean of the firms in the twentieth around it, never the figure of one firm (as the rules of "
    "research data centres ask); the band has to pass the rule"
)


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of a register. Made by `moments`.

    Attributes
    ----------
    tables : dict of DataFrame
        By family; columns as of `tidy`.
    by : tuple of str
        Grouping columns, the time among them.
    rule : Rule or None
        None: nothing is hidden, for your own eyes only.
    left_out : DataFrame
        column, reason, left_out_of, rows: rows of the register that some or all moments leave out. For the office.
    rows : int
        Rows of the register that were used.
    source : str
        Title of the register; says so where it is synthetic.
    notes : tuple of str
    """

    tables: dict[str, pd.DataFrame]
    by: tuple[str, ...]
    rule: Rule | None
    left_out: pd.DataFrame
    rows: int
    source: str
    notes: tuple[str, ...]

    def tidy(self, family: str | None = None) -> pd.DataFrame:
        """Return one family as a table, or all of them stacked.

        Parameters
        ----------
        family : str, optional

        Returns
        -------
        DataFrame
            family (where all are stacked), the grouping columns, size_class (family size) or since (family dynamics:
            the earlier year), measure, moment, estimate, std_error (missing where none is defined), conf_low,
            conf_high, unit, firms (in the cell), reliable (whether the interval is: see `Result.reliability`),
            suppressed, source. Numbers of suppressed rows are missing; an estimate that is missing elsewhere is not
            defined. Small firms together (1-249) are the total less the largest class; they have rows where both show.

        Raises
        ------
        ValueError
            If there is no such family, listing those there are.
        """
        if family is not None:
            checks.one_of("family", family, self.tables)
            return self.tables[family].copy()
        frames = [table.assign(family=name) for name, table in self.tables.items()]
        stacked = pd.concat(frames, ignore_index=True)
        extra = [name for name in (by_size.SIZE, SINCE) if name in stacked and name not in self.by]
        lead = ["family", *self.by, *extra]
        return stacked[[*lead, *(name for name in stacked if name not in lead)]]

    def summary(self) -> str:
        """Say in words what was measured, on which rows, and what is hidden."""
        return "\n".join(f"{name}: {text}" for name, text in self._words())

    def _words(self) -> list[tuple[str, str]]:
        gone = [f"{row['rows']:,} ({row['column']} {row['reason']}) of {row['left_out_of']}"
                for row in self.left_out.to_dict("records")]  # fmt: skip
        words = [
            ("Register", self.source),
            ("By", ", ".join(self.by)),
            ("Rows", f"{self.rows:,} used; left out: {'; '.join(gone) or 'none'}"),
        ]
        for name, table in self.tables.items():
            hidden = int(table["suppressed"].sum())
            words.append((name, f"{FAMILIES[name]} ({len(table):,} rows, {hidden:,} of them suppressed)"))
        rule = "none: nothing is hidden, do not publish" if self.rule is None else self.rule.words()
        return [*words, ("Disclosure", rule), *(("Note", note) for note in self.notes)]

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        words = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>" for name, text in self._words())
        first = next(iter(self.tables.values())).head(12)
        return f"{html_table(first, f'{self.source}: first rows')}<dl>{words}</dl>"


def moments(
    register: Any, by: str | Sequence[str] = (), *, schema: Schema | None = None,
    disclosure: Rule | None = Rule(), totals: str | Sequence[str] = (),  # noqa: B008 (frozen)
    families: Sequence[str] | None = None, on_failure: str = "raise", progress: Callable[[str], None] | None = None,
) -> Moments:  # fmt: skip
    """Measure the productivity of the firms of a register, and hide what would give a firm away.

    Every family is computed where the register lies, a few scans each. Moments of different years are never pooled:
    the time is always a grouping column. Firms are ranked within their cell, and for the frontier within its
    industries. `left_out` and `summary` are for the office; `tidy` is what may leave it.

    Parameters
    ----------
    register : DataFrame (pandas, polars), Arrow table, DuckDB relation, Ibis table, or path of a parquet or csv file
        One row per firm and year.
    by : str or list of str
        Grouping columns: the time, industry, size_class, region, legal_size, or one of `extra` of the schema; by the
        register's own names or the standard ones. The time is added if it is not there.
    schema : Schema, optional
        The names of the columns, size classes and units. Without it columns have their standard names (the time
        ``year`` or ``time``), and those that are absent are done without.
    disclosure : Rule or None
        What makes a cell unsafe. None hides nothing: never publish that.
    totals : str or list of str
        Grouping columns, the time excepted, whose total is a further group called ``total``. One call protects a table
        and its totals together; two calls with other groups are tables that share cells, which nobody protects.
    families : list of str, optional
        Of size, dispersion, frontier, olley_pakes, dynamics; all that the register allows by default.
    on_failure : {"raise", "leave_out"}
        What to do with rows that fail the schema: see `Schema.split`.
    progress : callable, optional
        Called with a line of text before each family.

    Returns
    -------
    Moments

    Raises
    ------
    SchemaError
        All failures of the register at once.
    ValueError
        Unknown column, option or family; a family that the register does not allow.
    TypeError
        If the register is no table.

    References
    ----------
    Bartelsman, Haltiwanger and Scarpetta (2013), American Economic Review 103, and Berlingieri, Blanchenay, Calligaris
    and Criscuolo (2017), OECD Science, Technology and Industry Policy Papers 39, for such moments of confidential
    registers; Andrews, Criscuolo and Gal (2016), OECD Productivity Working Papers 5, for the frontier; Melitz and
    Polanec (2015), RAND Journal of Economics 46, for entry and exit. Hundepool et al. (2012), Statistical Disclosure
    Control, and Ritchie et al. (2023), The SACRO guide to statistical output checking, for what is unsafe.

    Examples
    --------
    >>> firms = pd.DataFrame({"firm": range(60), "year": 2020, "industry": "C", "persons": [4, 6] * 12 + [40] * 36})
    >>> firms["value_added"] = firms["persons"] * ([20.0, 30.0, 40.0] * 8 + [50.0, 60.0, 70.0] * 12)
    >>> table = moments(firms, families=["size"]).tidy("size").query("moment == 'level'")
    >>> table[["size_class", "estimate", "std_error", "firms"]].round(2).values.tolist()
    [['1-9', 30.0, 1.74, 24], ['10-49', 60.0, 1.38, 36], ['1-249', 57.69, 1.4, 60], ['total', 57.69, 1.4, 60]]
    """
    plan = Plan(register, by, schema, disclosure, totals, families, on_failure)
    tables = {}
    for place, family in enumerate(plan.families, 1):
        if progress is not None:
            progress(f"{place}/{len(plan.families)} {family}: {FAMILIES[family]}")
        tables[family] = plan.table(family)
    return plan.moments(tables)


class Plan:
    """What is to be measured: the clean rows, and the pattern of hidden cells, found before any moment is computed.

    Parameters
    ----------
    register, by, schema, rule, totals, families, on_failure
        As for `moments`.

    Attributes
    ----------
    view : View
    guard : Guard
    families : list of str
        Those that are computed, in order.
    notes : tuple of str
    source : str
    """

    def __init__(
        self, register: Any, by: str | Sequence[str], schema: Schema | None, rule: Rule | None,
        totals: str | Sequence[str], families: Sequence[str] | None, on_failure: str,
    ):  # fmt: skip
        if rule is not None and not isinstance(rule, Rule):
            raise ValueError(f"disclosure={rule!r}: a Rule is needed, or None for your own eyes only")
        for family in families or ():
            checks.one_of("families", family, FAMILIES)
        self.view = prepare(register, by, schema, totals, on_failure)
        self.source = _source(register, self.view.schema)
        self._cells = by_size.cells(self.view)
        years = sorted(int(year) for year in self._cells[TIME].unique())
        self._before = dict(zip(years[1:], years[:-1], strict=True))
        self.guard = Guard.of(self.view, self._cells, rule)
        self.families, self.notes = self._choose(families)

    def _choose(self, families: Sequence[str] | None) -> tuple[list[str], tuple[str, ...]]:
        barred = {}
        if not self._before:
            barred["dynamics"] = f"there is one {self.view.time} only, and entry and exit take two"
        elif self.view.weighted:
            barred["dynamics"] = "the register is a sample (weight), in which entry and exit cannot be seen"
        for family in families or ():
            if family in barred:
                raise ValueError(f"families: {family!r} is not possible: {barred[family]}")
        notes = [f"no {family}: {why}" for family, why in barred.items()] if families is None else []
        if "output per hour" not in self.view.measures:
            notes.append("no measures per hour: the register has no hours")
        elif not self.view.complete:
            notes.append("hours are not known of all firms: measures per hour leave those out, hours are not added up")
        notes += [*self.view.warnings, PERCENTILES]
        wanted = FAMILIES if families is None else families
        return [family for family in FAMILIES if family in wanted and family not in barred], tuple(notes)

    def moments(self, tables: dict[str, pd.DataFrame]) -> Moments:
        """Return tables as a result."""
        log = self.view.log
        return Moments(
            tables, tuple(self.view.named(pd.DataFrame(columns=self.view.keys)).columns), self.guard.rule, log,
            log.attrs["kept"], self.source, self.notes,
        )  # fmt: skip

    def table(self, family: str) -> pd.DataFrame:
        """Compute a family; what is not safe is missing from it."""
        found = self._size() if family == "size" else self._family(family)
        return self._finish(found)

    def _size(self) -> pd.DataFrame:
        keys = by_size.keys(self.view)
        found = by_size.estimates(self.view, self._cells).merge(self.guard.cells, on=keys, validate="many_to_one")
        found = found.rename(columns={"hidden": "suppressed"})
        if self.view.sized:
            return found
        # a share or a ratio would give away what it is compared with
        other = self.guard.cells.rename(columns={by_size.SIZE: "beside", "hidden": "also"}).drop(columns="firms")
        found = found.merge(other, on=[*self.view.keys, "beside"], how="left", validate="many_to_one")
        found = found.assign(suppressed=found["suppressed"] | found["also"].eq(True))
        # small firms together are no cell of their own, but what a reader gets by subtraction: no gap where he cannot
        return found[~found["suppressed"] | found[by_size.SIZE].ne(by_size.small(self.view.schema.size_classes))]

    def _family(self, family: str) -> pd.DataFrame:
        kind = _KINDS[family]
        frames = [frame for measure in self.view.measures for frame in self._measure(kind, measure)]
        found = pd.concat(frames, ignore_index=True)
        return found.assign(**{SINCE: found[TIME].map(self._before)}) if kind is EntryExit else found

    def _measure(self, kind: Any, measure: str) -> Iterator[pd.DataFrame]:
        """Give the rows of one measure, one frame per moment and level of totals."""
        keys = self.view.keys
        held = [kind(self.view, level, measure, self._before) for level in self.view.levels()]
        parts = pd.concat([one.parts for one in held], ignore_index=True)
        parts["hidden"] = False
        for over in dict.fromkeys(kind.adds_up(self.view, part) for part in parts["part"].unique()):
            same = parts["part"].map(lambda part, over=over: kind.adds_up(self.view, part) == over)
            parts.loc[same, "hidden"] = self.guard.hide(parts[same], over)
        groups = self._groups(kind).set_index(keys)
        names = list(dict.fromkeys([*kind.base, *(part for rests in kind.needs.values() for part in rests)]))
        hidden, counts = (
            parts.pivot(index=keys, columns="part", values=value).reindex(index=groups.index, columns=names)
            for value in ("hidden", "firms")
        )  # fmt: skip
        hidden, counts = hidden.eq(True), counts.fillna(0)
        closed = groups["hidden"] | hidden[list(kind.base)].any(axis=1)
        known = ~closed & counts[kind.base[0]].ge(2)
        cells = known.index[known].to_frame(index=False)
        estimates = [
            one.estimates(mine) for one in held
            if len(mine := cells.merge(one.parts[keys].drop_duplicates(), on=keys))
        ]  # fmt: skip
        numbers = pd.concat(estimates, ignore_index=True) if estimates else pd.DataFrame(
            columns=[*keys, "moment", "estimate", "std_error", "reliable"])  # fmt: skip
        for moment, unit in kind.moments(self.view).items():
            rests = list(kind.needs.get(moment, ()))
            frame = groups.index.to_frame(index=False).assign(
                measure=measure, moment=moment, unit=unit, firms=groups["firms"].to_numpy(),
                suppressed=(closed | hidden[rests].any(axis=1)).to_numpy(),
            )  # fmt: skip
            mine = numbers.loc[numbers["moment"] == moment, [*keys, "estimate", "std_error", "reliable"]]
            frame = frame.merge(mine, on=keys, how="left", validate="one_to_one")
            frame.loc[counts[rests].eq(0).any(axis=1).to_numpy(), ["estimate", "std_error"]] = np.nan
            yield frame

    def _groups(self, kind: Any) -> pd.DataFrame:
        """Return the cells of a family; those of two years are hidden where one of their years is."""
        groups = self.guard.groups
        if kind is not EntryExit:
            return groups
        after = {past: year for year, past in self._before.items()}
        gone = groups[groups["hidden"] & groups[TIME].isin(after)]
        gone = pd.MultiIndex.from_frame(gone.assign(**{TIME: gone[TIME].map(after)})[self.view.keys])
        later = groups[groups[TIME].isin(self._before)]
        keys = pd.MultiIndex.from_frame(later[self.view.keys])
        return later.assign(hidden=later["hidden"] | keys.isin(gone))

    def _finish(self, found: pd.DataFrame) -> pd.DataFrame:
        """Take out what is hidden, and put rows and columns in order."""
        view = self.view
        found = found.assign(suppressed=found["suppressed"].astype(bool))
        numbers = inference.intervals(found["estimate"].astype(float), found["std_error"].astype(float))
        found = found.assign(conf_low=numbers["conf_low"], conf_high=numbers["conf_high"], source=self.source)
        found["reliable"] = found["reliable"].astype("boolean").where(found["std_error"].notna(), pd.NA)
        found["firms"] = found["firms"].astype("Int64")
        hidden = found["suppressed"]
        found.loc[hidden, _NUMBERS] = np.nan
        found.loc[hidden, ["firms", "reliable"]] = pd.NA
        extra = [name for name in (by_size.SIZE, SINCE) if name in found]
        found = found.sort_values(
            [*view.keys, *extra], key=lambda column: _rank(column, view.schema.size_classes), kind="stable"
        )  # fmt: skip
        order = [*view.keys, *extra, "measure", "moment", *_NUMBERS, "unit", *_MARKS]
        return view.named(found[order]).reset_index(drop=True)


def _rank(column: pd.Series, classes: Sequence[str]) -> pd.Series:
    """Order of labels: size classes from small to large, small ones together before the largest, totals last."""
    order = [*classes[:-1], by_size.small(classes), classes[-1], TOTAL]
    if column.isin(order).all():
        return column.map({label: place for place, label in enumerate(order)})
    if (column == TOTAL).any():
        labels = sorted(set(column) - {TOTAL})
        return column.map({label: place for place, label in enumerate([*labels, TOTAL])})
    return column


def _source(register: Any, schema: Schema) -> str:
    if not is_synthetic(register):
        return schema.title
    title = getattr(register, "attrs", {}).get("title")
    if isinstance(register, str | Path) and Path(register).suffix == ".parquet":
        title = (pyarrow.parquet.read_schema(register).metadata or {}).get(b"title", b"").decode()
    title = title or schema.title
    return title if "synthetic" in title.lower() else f"{title} (synthetic: no firm in it exists)"
