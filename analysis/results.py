"""The one shape of a result: estimates as a tidy table, and the words, picture and tables made from it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from analysis.identities import check_parts, check_terms, in_order, with_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.inference import Estimates

_MAKETABLES = {
    "std_error": "se", "statistic": "t", "p_value": "p", "conf_low": "ci95l", "conf_high": "ci95u", "share": "share",
}  # fmt: skip
NOT_A_SAMPLE = (
    "none: accounting identities on published aggregates, not a sample, so there is no standard error; "
    "the honest band is across vintages, price bases and definitions (specifications=)"
)


@dataclass(frozen=True)
class Sample:
    """Rows used, and rows left out with the reason for each lot."""

    used: int
    left_out: Mapping[str, int] = field(default_factory=dict)

    def words(self) -> str:
        """Say it in one line."""
        lots = [f"{count:,} {reason}" for reason, count in self.left_out.items() if count]
        return f"{self.used:,} rows used; left out: {', '.join(lots) or 'none'}"


@dataclass(frozen=True)
class About:
    """What a result says about itself in words."""

    title: str
    compared: str
    direction: str
    reference: str
    weights: str
    sample: Sample
    method: str
    paper: str
    randomness: str = NOT_A_SAMPLE
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """Base of every result: components that add up to a total, or coefficients, for one or several groups.

    Parameters
    ----------
    estimates : DataFrame
        One row per group and component: the columns of `by`, then component (or term, where there is no total),
        estimate, the statistics that apply, unit. `share` (of the total) is added here.
    about : About
    by : tuple of str
        Grouping columns.
    detail : DataFrame, optional
        The same with a column `term` after component.
    specifications : DataFrame, optional
        Alternatives to show beside the headline; set by `with_specifications`.
    levels : float
        Size of the levels whose difference is taken apart, in the unit of the estimates: rounding is relative to it.
    inference : Estimates, optional
        Covariance, reliability and bootstrap behind the standard errors, where there are any.

    Raises
    ------
    IdentityError
        If the components of a group do not add up to its total, or the terms of a component to the component, within
        1e-9 of the largest of them (or the rounding of the levels, where the difference is smaller still).
    """

    estimates: pd.DataFrame
    about: About
    by: tuple[str, ...] = ()
    detail: pd.DataFrame | None = None
    specifications: pd.DataFrame | None = None
    levels: float = 0.0
    inference: Estimates | None = None

    total: ClassVar[str | None] = "total"
    """Name of the component that is the sum of the others; None: nothing adds up (coefficients)."""
    label: ClassVar[str] = "component"
    """Column that names the estimates of a group."""
    terms_add_up: ClassVar[bool] = True
    """Whether the terms of a component sum to it (periods of a growth account average to it instead)."""

    def __post_init__(self) -> None:
        """Check the identities and put the columns in the house order."""
        if self.estimates.empty:
            raise ValueError("a result needs at least one estimate")
        by = list(self.by)
        if self.total is None:
            object.__setattr__(self, "estimates", in_order(self.estimates, by))
            return
        check_parts(self.estimates, by, self.total, self.levels)
        object.__setattr__(self, "estimates", with_share(self.estimates, by, self.total))
        if self.detail is not None:
            check_parts(self.detail, [*by, "term"], self.total, self.levels)
            if self.terms_add_up:
                check_terms(self.detail, self.estimates, by, self.levels)
            totals = self.estimates[self.estimates["component"] == self.total]
            object.__setattr__(self, "detail", with_share(self.detail, by, self.total, totals, self.terms_add_up))

    def tidy(self, detail: bool = False) -> pd.DataFrame:
        """Return the estimates as a table, one row each; columns that do not apply are absent.

        Parameters
        ----------
        detail : bool
            One row per term (sector, category, year) of each component instead.

        Returns
        -------
        DataFrame
            Grouping columns, component, term (with detail), estimate, std_error, statistic, p_value, conf_low,
            conf_high, share (of the group's total, a fraction; missing where the total is zero), unit.

        Raises
        ------
        ValueError
            If detail is asked of a method that has none.
        """
        if detail and self.detail is None:
            raise ValueError(f"{type(self).__name__} has no detail; legal: detail=False")
        return (self.detail if detail else self.estimates).copy()

    def summary(self) -> str:
        """Say in words what was compared and how, and show the estimates."""
        table = self.estimates.to_string(index=False, float_format="{:.6g}".format)
        return "\n".join([self.about.title, *(f"{name}: {text}" for name, text in self._words()), "", table])

    def _words(self) -> list[tuple[str, str]]:
        about = self.about
        words = [
            ("Compared", about.compared),
            ("Direction", about.direction),
            ("Reference", about.reference),
            ("Weights", about.weights),
            ("Sample", about.sample.words()),
            ("Errors", about.randomness),
            ("Method", f"{about.method} ({about.paper})"),
            *(("Note", note) for note in about.notes),
            *(("Caution", text) for text in self._cautions()),
        ]
        if self.specifications is not None:
            labels = [str(x) for x in self.specifications["specification"].unique()]
            words.append(("Specifications", f"{labels[0]} (headline), {', '.join(labels[1:])}"))
        return words

    def _cautions(self) -> list[str]:
        """Say which intervals fat tails leave without support."""
        if self.inference is None:
            return []
        table = self.reliability()
        weak = table[~table["reliable"]]
        if weak.empty:
            return []
        groups = len(weak[list(self.by)].drop_duplicates()) if self.by else 1
        of = f" in {groups:,} of {len(table[list(self.by)].drop_duplicates()):,} groups" if self.by else ""
        return [
            f"intervals unreliable{of}: {', '.join(dict.fromkeys(weak['component']))}. Effective number of firms as "
            f"low as {weak['effective_firms'].min():,.0f}; the ten largest hold up to {weak['ten_share'].max():.0%} of "
            "the variance. Below 50 firms or above half, few firms decide and no formula covers as it says"
        ]

    def reliability(self) -> pd.DataFrame:
        """Say which intervals can be relied on.

        Returns
        -------
        DataFrame
            Grouping columns, component, units (independent draws), effective_firms (squared sum of sizes over the sum
            of squares), ten_share (of the variance, from the ten largest units), reliable: false below 50 effective
            firms or where the ten largest hold more than half.

        Raises
        ------
        ValueError
            If the result has no standard errors.
        """
        return self._errors().reliability()

    def covariance(self) -> list[pd.DataFrame]:
        """Return the covariance of the components, one square table per group, in the order of the groups."""
        held = self._errors()
        names = pd.Index([one if isinstance(one, str) else " ".join(map(str, one)) for one in held.labels])
        return [pd.DataFrame(matrix, index=names, columns=names) for matrix in held.covariance]

    def bootstrap(self, draws: int = 10_000, seed: int = 0) -> pd.DataFrame:
        """Check the standard errors by a Poisson bootstrap on the same totals.

        Parameters
        ----------
        draws, seed : int

        Returns
        -------
        DataFrame
            Grouping columns, component, std_error (delta method), bootstrap_std_error and their ratio.

        Raises
        ------
        ValueError
            If the result has no standard errors, or a method whose errors are not totals' (it says so).
        """
        held = self._errors()
        for name, value, least in (("draws", draws, 2), ("seed", seed, 0)):
            if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
                raise ValueError(f"{name}={value!r} must be a whole number of at least {least}")
        if held.draw is None:
            raise ValueError(f"{type(self).__name__} has no bootstrap on totals: {held.words}")
        spread = held.draw(draws, seed).std(axis=1, ddof=1)
        table = held.reliability()[[*self.by, "component"]]
        table = table.assign(std_error=held.std_error.ravel(), bootstrap_std_error=spread.ravel())
        return table.assign(ratio=table["bootstrap_std_error"] / table["std_error"].where(table["std_error"] > 0))

    def _errors(self) -> Estimates:
        if self.inference is None:
            raise ValueError(f"this {type(self).__name__} has no standard errors: {self.about.randomness}")
        return self.inference

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    def _repr_html_(self) -> str:
        words = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>" for name, text in self._words())
        return f"{html_table(self.tidy(), self.about.title, [*self.by, self.label])}<dl>{words}</dl>"

    def to_latex(self) -> str:
        """Return the estimates as a LaTeX table (booktabs rules)."""
        table = self.tidy()
        table.columns = [name.replace("_", " ") for name in table.columns]
        return table.to_latex(index=False, escape=True, caption=_latex(self.about.title), float_format="%.4g")

    def with_specifications(
        self, specifications: Mapping[str, Result] | Iterable[tuple[str, Result]] | None, headline: str = "headline"
    ) -> Result:
        """Set alternatives beside this result, which stays the headline.

        Parameters
        ----------
        specifications : mapping or list of (label, Result)
            The same question under another vintage, price basis, definition or method. None returns the result
            unchanged.
        headline : str
            Label of this result in the strip.

        Returns
        -------
        Result
            With a table `specifications`: specification, headline (bool), grouping columns, component, estimate, unit.

        Raises
        ------
        TypeError
            If an entry is not a pair of a label and a result.
        ValueError
            If a label comes twice, or an alternative has other grouping columns, no component in common or another
            unit.
        """
        if specifications is None:
            return self
        pairs = list(specifications.items() if isinstance(specifications, Mapping) else specifications)
        columns = [*self.by, self.label, "estimate", "unit"]
        frames = [self.estimates[columns].assign(specification=headline, headline=True)]
        labels = [headline]
        for pair in pairs:
            if not (isinstance(pair, Sequence) and len(pair) == 2 and isinstance(pair[1], Result)):
                raise TypeError(f"specifications: expected pairs (label, result), got {pair!r:.80}")
            label, other = pair
            if label in labels:
                raise ValueError(f"specifications: the label {label!r} comes twice")
            labels.append(label)
            if other.by != self.by:
                both = f"{list(other.by)}, the headline by {list(self.by)}"
                raise ValueError(f"specifications: {label!r} is grouped by {both}")
            if other.label != self.label:
                raise ValueError(f"specifications: {label!r} has {other.label}s, the headline {self.label}s")
            common = other.estimates[other.estimates[self.label].isin(self.estimates[self.label])]
            if common.empty:
                raise ValueError(f"specifications: {label!r} has no component of the headline: {self.components()}")
            if set(common["unit"]) - set(self.estimates["unit"]):
                units = f"{sorted(set(common['unit']))}, not {sorted(set(self.estimates['unit']))}"
                raise ValueError(f"specifications: {label!r} is in {units}")
            frames.append(other.estimates[columns].assign(specification=label, headline=False))
        strip = pd.concat(frames, ignore_index=True)[["specification", "headline", *columns]]
        return replace(self, estimates=self.estimates, specifications=strip)

    def components(self) -> list[str]:
        """Return the names of the components in order, the total last."""
        return list(self.estimates[self.label].unique())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result in the house theme: bars of components, or the strip where alternatives were given.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if none.

        Returns
        -------
        matplotlib Axes
        """
        from analysis import result_plots

        return result_plots.draw(self, ax)

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """Coefficient table of the maketables protocol."""
        table = self.estimates
        names = table[[*self.by, self.label]].astype(str).agg(" | ".join, axis=1).str.replace("_", " ")
        columns = {short: table[name].to_numpy() for name, short in _MAKETABLES.items() if name in table}
        blank = {short: np.full(len(table), np.nan) for short in ("se", "p") if short not in columns}
        index = pd.Index(names, name="Coefficient")
        return pd.DataFrame({"b": table["estimate"].to_numpy(), **columns, **blank}, index=index)

    def __maketables_stat__(self, key: str) -> Any:
        """Return a statistic by its key: N, method or paper."""
        return {"N": self.about.sample.used, "method": self.about.method, "paper": self.about.paper}.get(key)

    @property
    def __maketables_depvar__(self) -> str:
        """Name over the column."""
        return self.about.title.replace("_", " ")

    @property
    def __maketables_fixef_string__(self) -> None:
        """No fixed effects."""
        return None

    @property
    def __maketables_vcov_info__(self) -> dict[str, Any]:
        """Which randomness the errors speak of."""
        return {"vcov_type": self.about.randomness.split(":")[0], "clustervar": None}

    @property
    def __maketables_stat_labels__(self) -> dict[str, str]:
        """Labels of the statistics."""
        return {"N": "Rows used", "method": "Method", "paper": "Paper"}

    @property
    def __maketables_default_stat_keys__(self) -> list[str]:
        """Statistics shown unless others are asked for."""
        return ["N"]


def html_table(table: pd.DataFrame, caption: str, row_headers: Sequence[str] = ()) -> str:
    """Write a table that a screen reader can follow: caption, headers with scope, numbers to four digits."""
    head = "".join(f'<th scope="col">{html.escape(str(name).replace("_", " "))}</th>' for name in table.columns)
    body = []
    for row in table.itertuples(index=False, name=None):
        cells = []
        for name, value in zip(table.columns, row, strict=True):
            text = html.escape(_short(value))
            cells.append(f'<th scope="row">{text}</th>' if name in row_headers else f"<td>{text}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _short(value: object) -> str:
    if isinstance(value, float):
        return "not defined" if np.isnan(value) else f"{value:.4g}"
    return str(value)


def _latex(text: str) -> str:
    for sign in "&%$#_{}":
        text = text.replace(sign, "\\" + sign)
    return text
