"""How much more large units do than small ones: ratio, gap and odds ratio of two rates, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, inference
from analysis.results import About, Result, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COMPONENTS = ("ratio", "gap", "odds_ratio")
UNITS = {
    "percent": (100.0, "percentage points"), "fraction": (1.0, "points of the share, 0 to 1"),
    None: (np.inf, "units of the rate"),
}  # fmt: skip
"""Unit of the rate -> its largest value, and the unit of the gap; None: the unit is not known."""
NO_UNIT = (
    "the table does not say in which unit {rate} is, so there is no odds ratio; unit='percent' or 'fraction' says it"
)
NO_ERRORS = (
    "none: the table gives rates without standard errors (std_error=), so how far chance alone would move the gradient "
    "is not known"
)


@dataclass(frozen=True, eq=False)
class SizeGradient(Result):
    """Ratio, gap and odds ratio of the rates of two size classes. Made by `size_gradient`."""

    total: ClassVar[str | None] = None

    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Grouping columns, then `small_rate` and `large_rate`, in the unit of the table."""
    classes: tuple[str, str] = ("small", "large")
    axis: str = ""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the two rates of every group, joined, with ratio and gap beside them.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if none.

        Returns
        -------
        matplotlib Axes
        """
        import matplotlib.pyplot as plt

        from analysis import result_plots, theme

        if self.specifications is not None:
            return super().plot(ax)
        with theme.use():
            rows = self.rates
            if ax is None:
                _, ax = plt.subplots(figsize=(theme.WIDTH, max(2.6, 0.3 * len(rows) + 1.2)))
            places = np.arange(len(rows))[::-1]
            ends = rows["small_rate"].to_numpy(), rows["large_rate"].to_numpy()
            ax.hlines(places, *ends, color=theme.MUTED, linewidth=2, zorder=1)
            for values, mark, colour, name in zip(ends, "oD", theme.palette[1::-1], self.classes, strict=True):
                ax.plot(values, places, mark, color=colour, markersize=7, label=name)
            digits = 1 if UNITS["percent"][1] in set(self.estimates["unit"]) else 3
            wide = self.estimates["estimate"].to_numpy().reshape(len(rows), -1)
            for place, reach, (ratio, gap, *_) in zip(places, np.maximum(*ends), wide, strict=True):
                times = "no ratio" if np.isnan(ratio) else f"{ratio:.1f} times"
                text = f"{times}, {gap:+.{digits}f}"
                ax.annotate(text, (reach, place), xytext=(8, 0), textcoords="offset points", va="center")
            names = rows[list(self.by)].astype(str).agg(", ".join, axis=1) if self.by else [""]
            result_plots._name_rows(ax, places, list(names), theme)
            ax.set_ylim(-0.7, len(rows) - 0.3)
            ax.set_xlim(0, 1.4 * np.maximum(*ends).max())
            ax.grid(False)
            ax.grid(True, axis="x")
            ax.set_xlabel(self.axis)
            ax.set_title(self.about.title)
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, result_plots._below(ax)), ncols=2)
        return ax

    def _errors(self) -> Any:
        raise ValueError("a table of rates has no firms behind it: no reliability, covariance or bootstrap to be told")


def size_gradient(
    table: pd.DataFrame, rate: str, size_class: str, small: Any, large: Any, by: str | Sequence[str] | None = None, *,
    std_error: str | None = None, unit: str | None = None, missing: str = "raise", specifications: Any = None,
) -> SizeGradient:  # fmt: skip
    r"""Compare the rate of a large size class with that of a small one: ratio and gap, always both, and the odds ratio.

    They answer different questions and rank groups differently: from 1 to 4 % is four times and 3 points, from 30 to
    60 % is two times and 30 points. The ratio says how unequal the classes are, the gap how many firms it concerns; the
    odds ratio :math:`\frac{l / (1 - l)}{s / (1 - s)}` is the one that does not change its verdict when those who do not
    are counted instead of those who do.

    Parameters
    ----------
    table : DataFrame
        One row per size class (and group). Rows of other classes are not used.
    rate, size_class : str
        Columns of the rate and of the labels of size classes.
    small, large
        Labels of the two classes, such as ``"10-49"`` and ``"250+"``.
    by : str or list of str, optional
        Grouping columns: one gradient each. A series break belongs among them.
    std_error : str, optional
        Column of standard errors of the rates, in their unit. The classes are taken as independent samples, as survey
        strata are.
    unit : {"percent", "fraction"}, optional
        Of the rate. Default: what the table says (``table.attrs["unit"][rate]``, "percent of firms"). Where it says
        nothing the unit is not guessed: the gap is in units of the rate, and there is no odds ratio.
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing value, and groups that lack one of the two classes, and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    SizeGradient
        Components `ratio` (times), `gap` (large less small, percentage points or points of the share) and `odds_ratio`
        (times); `.rates` holds the rates. Ratios are missing where the small rate is zero, the odds ratio also where a
        rate is one; a note counts them. With errors, the statistic and p-value of a ratio speak of its logarithm (that
        the ratio is one), and its interval is that of the logarithm.

    Raises
    ------
    ValueError
        Unknown column or option; a class that is not in the table (its classes are listed) or not in a group; more than
        one row for a class in a group; a rate that is negative or beyond 100 % (or one); a negative standard error; a
        unit that contradicts the one the table states; missing values.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 6 (ratios and differences of strata by the delta method).

    Examples
    --------
    >>> korea = pd.DataFrame({"size": ["10-49", "250+"], "use": [30.6, 66.9]})
    >>> found = size_gradient(korea, rate="use", size_class="size", small="10-49", large="250+", unit="percent")
    >>> found.tidy().round(3)
        component  estimate               unit
    0       ratio     2.186              times
    1         gap    36.300  percentage points
    2  odds_ratio     4.584              times
    """
    groups = checks.names(by)
    roles = {"rate": rate, "size_class": size_class, "std_error": std_error}
    roles |= {f"by[{i}]" if len(groups) > 1 else "by": name for i, name in enumerate(groups)}
    rows = checks.require_columns(table, roles, numeric=["rate", "std_error"])
    unit = _unit(table, rate, unit)
    if small == large:
        raise ValueError(f"small={small!r} and large={large!r} must be two classes")
    pairs, left_out = _pairs(rows, groups, roles, small, large, missing)
    scale, points = UNITS[unit]
    _check_rates(pairs, groups, (small, large), unit, scale)
    rates = pairs[[*groups, "small_rate", "large_rate"]]
    estimates = _estimates(pairs, groups, scale if unit else 1.0)
    estimates["unit"] = np.tile(["times", points, "times"], len(pairs))
    notes = _notes(estimates)
    if unit is None:
        estimates = estimates[estimates["component"] != "odds_ratio"].reset_index(drop=True)
        notes = (*(note for note in notes if "odds" not in note), NO_UNIT.format(rate=repr(rate)))
    label = rate.replace("_", " ")
    about = About(
        title=f"{label[:1].upper()}{label[1:]}: {large} against {small}",
        compared=f"{rate} of {size_class} {large} and {small}" + (f", by {', '.join(groups)}" if groups else ""),
        direction=f"above one, above zero: the rate of {large} is higher",
        reference=f"{size_class} {small}",
        weights="none: rates as published",
        sample=Sample(2 * len(pairs), left_out),
        method="ratio, difference and odds ratio of two rates",
        paper="Cochran 1977" if std_error else "by definition",
        randomness=NO_ERRORS if std_error is None else f"survey errors of the rates ({std_error}), independent between "
        f"classes; delta method, {inference.LEVEL:.0%} intervals, normal; ratios in logarithms",
        notes=notes,
    )  # fmt: skip
    result = SizeGradient(
        estimates, about, tuple(groups), rates=rates, classes=(str(small), str(large)), axis=_axis(table, rate, unit)
    )
    return result.with_specifications(specifications)


def _stated(table: pd.DataFrame, rate: str) -> str:
    """Return the unit of a column as the table states it, or nothing."""
    stated = table.attrs.get("unit")
    return str(stated.get(rate) or "") if isinstance(stated, dict) else ""


def _unit(table: pd.DataFrame, rate: str, unit: str | None) -> str | None:
    """Return the unit of the rate: as given, or as the table states it, or None.

    Raises
    ------
    ValueError
        If the two differ.
    """
    words = _stated(table, rate).lower()
    found = "percent" if words.startswith(("percent", "%")) else "fraction" if words.startswith("fraction") else None
    if unit is not None:
        checks.one_of("unit", unit, [one for one in UNITS if one])
        if found not in (None, unit):
            raise ValueError(f"unit={unit!r}, but the table gives {rate!r} in {_stated(table, rate)!r}")
    return unit or found


def _axis(table: pd.DataFrame, rate: str, unit: str | None) -> str:
    label = rate.replace("_", " ")
    return _stated(table, rate) or (f"{label}, {unit}" if unit else label)


def _pairs(
    rows: pd.DataFrame, groups: list[str], roles: dict[str, str | None], small: Any, large: Any, missing: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row per group with both rates (and errors), groups in the order of the table; rows left out."""
    size_class = roles["size_class"]
    have = [checks.plain(one) for one in rows[size_class].dropna().unique()]
    for argument, label in (("small", small), ("large", large)):
        checks.one_of(argument, label, have)
    both = rows[rows[size_class].isin([small, large]) | rows[size_class].isna()]
    others = len(rows) - len(both)
    held, dropped = checks.settle_missing(both, missing)
    checks.require_unique(held, [*groups, size_class])
    sides = []
    for name, label in (("small", small), ("large", large)):
        side = held[held[size_class] == label].drop(columns=size_class)
        sides.append(side.rename(columns={roles["rate"]: f"{name}_rate", roles["std_error"]: f"{name}_error"}))
    if not groups:
        sides = [side.assign(_one=0) for side in sides]
    keys = groups or ["_one"]
    order = held.assign(_one=0)[keys].drop_duplicates()
    pairs = order.merge(sides[0], how="left", on=keys).merge(sides[1], how="left", on=keys)
    alone = pairs[["small_rate", "large_rate"]].isna().any(axis=1)
    if alone.any() and missing == "raise":
        first = {name: checks.plain(pairs.loc[alone.idxmax(), name]) for name in groups}
        raise ValueError(
            f"{int(alone.sum()):,} of {len(pairs):,} groups lack {size_class} {small!r} or {large!r}, first {first}; "
            'missing="drop" leaves such groups out'
        )
    if alone.all():
        raise ValueError(f"no group has a rate for both {size_class} {small!r} and {large!r}")
    left_out = {
        f"of other {size_class}": others, "with missing values": dropped,
        "in groups that lack one of the two classes": int(alone.sum()),
    }  # fmt: skip
    return pairs[~alone].drop(columns="_one", errors="ignore").reset_index(drop=True), left_out


def _check_rates(pairs: pd.DataFrame, groups: list[str], labels: tuple, unit: str, scale: float) -> None:
    for name, label in zip(("small", "large"), labels, strict=True):
        for column, low, high in ((f"{name}_rate", 0, scale), (f"{name}_error", 0, np.inf)):
            if column not in pairs:
                continue
            bad = pairs[(pairs[column] < low) | (pairs[column] > high)]
            if len(bad):
                what = "rate" if column.endswith("rate") else "standard error"
                where = {key: checks.plain(bad.iloc[0][key]) for key in groups}
                span = f"between 0 and {scale:g} ({unit})" if what == "rate" and unit else "not negative"
                raise ValueError(
                    f"the {what} of {label!r} must be {span}; it is {bad.iloc[0][column]:g}"
                    + (f" in {where}" if where else "")
                )


def _estimates(pairs: pd.DataFrame, groups: list[str], scale: float) -> pd.DataFrame:
    """Components of every group, with the statistics of their intervals where the rates have errors."""
    low, high = (pairs[f"{name}_rate"].to_numpy() / scale for name in ("small", "large"))
    with np.errstate(divide="ignore", invalid="ignore"):
        odds_low, odds_high = low / (1 - low), high / (1 - high)
        ratio = np.where(low > 0, high / low, np.nan)
        odds = np.where((low > 0) & (low < 1) & (high < 1), odds_high / odds_low, np.nan)
        value = np.stack([ratio, scale * (high - low), odds], axis=1)
        columns = {"estimate": value}
        if "small_error" in pairs:
            errors = [pairs[f"{name}_error"].to_numpy() / scale for name in ("small", "large")]
            spread = [
                np.hypot(errors[0] / low, errors[1] / high), scale * np.hypot(*errors),
                np.hypot(errors[0] / (low * (1 - low)), errors[1] / (high * (1 - high))),
            ]  # fmt: skip
            columns |= _intervals(value, np.stack(spread, axis=1))
    keys = pairs.loc[np.repeat(np.arange(len(pairs)), len(COMPONENTS)), groups].reset_index(drop=True)
    numbers = {name: array.ravel() for name, array in columns.items()}
    return keys.assign(component=list(COMPONENTS) * len(pairs), **numbers)


def _intervals(value: np.ndarray, spread: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics of the gap as it is, of ratios in logarithms; `spread` is that of the logarithm for ratios."""
    logs = np.array([True, False, True])
    shown = np.where(logs, np.log(value), value)
    found = inference.intervals(shown, np.where(np.isfinite(shown), spread, np.nan))
    ends = {name: np.where(logs, np.exp(found[name]), found[name]) for name in ("conf_low", "conf_high")}
    return found | ends | {"std_error": np.where(logs, value * spread, spread)}


def _notes(estimates: pd.DataFrame) -> tuple[str, ...]:
    groups = len(estimates) // len(COMPONENTS)
    missing = estimates[estimates["estimate"].isna()].groupby("component").size()
    why = {"ratio": "the small rate is zero", "odds_ratio": "a rate is zero or one"}
    return tuple(
        f"{name.replace('_', ' ')} not defined in {missing[name]:,} of {groups:,} groups, where {reason}"
        for name, reason in why.items() if name in missing
    )  # fmt: skip
