"""How many units hold back at a threshold: excess mass at it, and what is missing above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from analysis import checks, inference
from analysis.regression import counterfactual
from analysis.regression.counterfactual import CORRECTIONS, EDGES, Fits, Shape
from analysis.results import About, Result, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COMPONENTS = ("excess_mass", "excess_ratio", "excess_at_threshold", "missing_mass", "response")
BINS_EACH_SIDE = 10
PAPERS = {
    "above": "Chetty, Friedman, Olsen and Pistaferri 2011", "hole": "Kleven and Waseem 2013",
    "none": "Chetty, Friedman, Olsen and Pistaferri 2011, without their correction",
}  # fmt: skip
_MATCHING = {
    "above": "the counterfactual above the window raised until it has as many more units as are in excess",
    "hole": "excess in the window up to the threshold, missing mass in the window above it",
    "none": "the whole window in excess, nothing made to match",
}


@dataclass(frozen=True, eq=False)
class Bunching(Result):
    """Excess and missing mass at a threshold. Made by `bunching`."""

    total: ClassVar[str | None] = None

    bins: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row per bin of the fit: `bin` (0 holds the threshold), `value` (its middle), `observed`, `counterfactual`,
    `in_window`."""
    draws: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Bootstrap draws, one column per component."""
    threshold: float = np.nan
    bin_width: float = np.nan
    window: tuple[int, int] = (0, 0)
    """First and last bin of the window; with ``correction="hole"`` the last may have been searched for."""

    def covariance(self) -> list[pd.DataFrame]:
        """Return the covariance of the components over the bootstrap draws, one square table in a list."""
        return [self.draws.cov()]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the units counted in each bin, the counterfactual, the window and the threshold.

        Parameters
        ----------
        ax : Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        import matplotlib.pyplot as plt

        from analysis import result_plots, theme

        if self.specifications is not None:
            return super().plot(ax)
        rows, half = self.bins, self.bin_width / 2
        with theme.use():
            if ax is None:
                _, ax = plt.subplots(figsize=(theme.WIDTH, 3.4))
            held = rows.loc[rows["in_window"], "value"]
            ax.axvspan(held.min() - half, held.max() + half, color=theme.MUTED, alpha=0.18, linewidth=0)
            ax.axvline(self.threshold, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            ax.plot(rows["value"], rows["observed"], "o-", color=theme.palette[0], markersize=4, linewidth=1.2,
                    label="counted")  # fmt: skip
            ax.plot(rows["value"], rows["counterfactual"], color=theme.palette[3], linewidth=2,
                    label=f"without the threshold (degree {self._degree()})")  # fmt: skip
            ax.set_ylim(bottom=min(0.0, float(rows["counterfactual"].min())))
            ax.set(xlabel=str(self.about.reference), ylabel="units in a bin", title=self.about.title)
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, result_plots._below(ax)), ncols=2)
        return ax

    def _degree(self) -> str:
        return self.about.method.split("degree ")[1].split(" ")[0]

    def _cautions(self) -> list[str]:
        found = []
        low = self.bins.loc[self.bins["counterfactual"] < 0, "value"]
        if len(low):
            found.append(
                f"the counterfactual is negative in {len(low)} bins, first at {low.iloc[0]:g}: lower degree= or narrow "
                "fit="
            )
        return found

    def _errors(self) -> Any:
        raise ValueError(
            "the errors of bunching are a bootstrap of residuals (draws=, seed= of bunching; .draws, .covariance()), "
            "not of totals of firms"
        )


def bunching(
    values: Any, threshold: float, bin_width: float, window: int | Sequence[int | None], degree: int = 7,
    weights: Any = None, *, fit: int | Sequence[int] | None = None, correction: str = "above", place: str = "centre",
    draws: int = 1000, seed: int = 0, missing: str = "raise", specifications: Any = None,
) -> Bunching:  # fmt: skip
    r"""Estimate how many units stay at a threshold instead of going past it.

    Units are counted in bins around the threshold. A polynomial in the number of the bin is fitted to the bins outside
    a window; in the window it says how many units there would be without the threshold, :math:`\hat C_j`. The excess
    is :math:`\hat B = \sum_{j \in window} (C_j - \hat C_j)`. What would have been above is missing there, which bends
    the polynomial down; `correction` says how that is put right:

    - ``"above"`` (a kink: a rate that rises at the threshold): all counts above the window are raised by the factor
      :math:`1 + \hat B / \sum_{j > window} C_j`, where the sum runs over **all** units above, so that the
      counterfactual has as many units as were counted. Solved for exactly, where Chetty et al. iterate.
    - ``"hole"`` (a notch: a benefit lost at the threshold): the window spans the excess, up to the threshold, and the
      hole above it. With ``window=(low, None)`` its upper end is the first at which missing and excess mass stop
      getting closer and agree within a tenth (Kleven and Waseem).
    - ``"none"``: the polynomial as it is; the whole window is in excess.

    Parameters
    ----------
    values : array of numbers
        The quantity that the threshold is set on, such as sales or persons: one value per unit, or one per bin
        (anywhere in it) with `weights` the number of units.
    threshold, bin_width : float
        In the unit of the values.
    window : int or pair of int
        First and last bin left out of the fit, counted from that of the threshold, 0: ``(-1, 1)`` is three bins; ``1``
        means the same. **In bins, not in the unit of the values.**
    degree : int
        Of the polynomial.
    weights : array of numbers, optional
        How many units a value stands for; not negative.
    fit : int or pair of int, optional
        First and last bin used; a number means as many on either side. Default: ten on either side, or as many as the
        values reach.
    correction : {"above", "hole", "none"}
    place : {"centre", "upper edge", "lower edge"}
        Where the threshold lies in bin 0. "upper edge": bin 0 ends with the threshold, as for a limit on sales that may
        be reached; "lower edge": bin 0 begins with it; "centre": for persons with a width of 1, or bunching on both
        sides.
    draws, seed : int
        Of the bootstrap.
    missing : {"raise", "drop"}
        "drop" leaves out missing values and counts them.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result: other degrees, windows, widths.

    Returns
    -------
    Bunching
        Components: excess_mass (units); excess_ratio, over the mean counterfactual of the bins of the excess (Chetty et
        al.'s b); excess_at_threshold, over the counterfactual of bin 0; missing_mass, above (the window, or the
        threshold in the hole); response, the excess ratio in the unit of the values: how far the last unit that holds
        back would have gone. ``.tidy(detail=True)`` lists the bins, ``.bins`` as a table.

    Raises
    ------
    ValueError
        A threshold outside the values; a window that is no whole bin, leaves bin 0 out or reaches past the fit; fewer
        bins outside it than the polynomial needs; negative weights or none above zero; values that reach less far than
        `fit`; a counterfactual that is not positive where it is divided by; no upper end where the masses match; an
        unknown option; missing or infinite values.

    Notes
    -----
    Standard errors redraw the residuals of the fit, as the field does: they speak of how well a polynomial fits, and of
    chance in the counts as far as it shows in the residuals; not of the choice of degree and window, which
    `specifications` is for. Values heaped on round numbers look like bunching: compare with other round numbers.

    References
    ----------
    Saez (2010), American Economic Journal: Economic Policy 2; Chetty, Friedman, Olsen and Pistaferri (2011), Quarterly
    Journal of Economics 126; Kleven and Waseem (2013), Quarterly Journal of Economics 128.

    Examples
    --------
    Of 100 units in a bin, those of three bins above 50 stay at 50.

    >>> counts = np.full(41, 100.0)
    >>> counts[20:24] = 400, 0, 0, 0
    >>> found = bunching(np.arange(30, 71), 50, 1, (0, 3), degree=1, weights=counts, correction="hole", draws=50)
    >>> found.tidy().set_index("component")["estimate"].round(6).to_dict()["excess_mass"]
    300.0
    """
    checks.one_of("correction", correction, CORRECTIONS)
    checks.one_of("place", place, EDGES)
    _whole("degree", degree, 0)
    _whole("draws", draws, 2)
    _whole("seed", seed, 0)
    for name, one in (("threshold", threshold), ("bin_width", bin_width)):
        if isinstance(one, bool) or not isinstance(one, Real) or not np.isfinite(one):
            raise ValueError(f"{name}={one!r} must be a finite number")
    if bin_width <= 0:
        raise ValueError(f"bin_width={bin_width!r} must be above zero")
    rows, left_out = _rows(values, weights, missing)
    value = rows["values"].to_numpy()
    if not value.min() <= threshold <= value.max():
        raise ValueError(f"threshold={threshold:g} lies outside the values, {value.min():g} to {value.max():g}")
    number = counterfactual.bin_of(value, threshold, bin_width, place)
    first, last = _reach(fit, int(number.min()), int(number.max()))
    low, high, search = _window(window, first, last, correction)
    bins = np.arange(first, last + 1)
    used = (number >= first) & (number <= last)
    weight = rows["weights"].to_numpy()
    counts = np.bincount(number[used] - first, weight[used], len(bins))
    shape = Shape(bins, low, high, int(degree), correction, float(weight[number > last].sum()), search)
    free = int((~shape.inside()).sum())
    if free < degree + 2:
        raise ValueError(
            f"{free} bins outside the window are too few for a polynomial of degree {degree}, which needs "
            f"{degree + 2}; widen fit=, narrow window= or lower degree="
        )
    fits = counterfactual.fit(counts, shape)
    _check(fits, shape, search)
    again = counterfactual.fit(counterfactual.redrawn(counts, fits, shape, int(draws), int(seed)), shape)
    unmatched = int((~again.matched).sum())
    table, drawn = _estimates(fits, again, bins, float(bin_width), weights is not None)
    ends = (low, int(fits.high[0]))
    middle = threshold + bin_width * (bins + {"centre": 0.0, "upper edge": -0.5, "lower edge": 0.5}[place])
    held = pd.DataFrame({
        "bin": bins, "value": middle, "observed": counts, "counterfactual": fits.counterfactual[0],
        "in_window": shape.inside(ends[1]),
    })  # fmt: skip
    name = getattr(values, "name", None) or "value"
    upper = ", the first where the masses match" if search else ""
    outside = int((~held["in_window"]).sum())
    about = About(
        title=f"Bunching of {name} at {threshold:g}",
        compared=f"units counted in bins {low} to {ends[1]}{upper}, {bin_width:g} wide, bin 0 that of {threshold:g}, "
        "with the counterfactual there",
        direction="positive: more units than without the threshold; missing mass positive: fewer above it",
        reference=str(name),
        weights="as given, units a value stands for" if weights is not None else "each value once",
        sample=Sample(int(used.sum()), {**left_out, f"outside bins {first} to {last}": int((~used).sum())}),
        method=f"polynomial of degree {degree} through {outside} bins outside the window; {_MATCHING[correction]}",
        paper=PAPERS[correction],
        randomness=f"bootstrap of {draws:,} draws of the residuals of the fit, over the root of the fitted count and "
        f"scaled for degrees of freedom; {inference.LEVEL:.0%} intervals, normal; degree and window are taken as given",
        notes=(f"in {unmatched:,} of {draws:,} draws the masses match nowhere; the closest end is taken",)
        if unmatched else (),
    )  # fmt: skip
    result = Bunching(
        table, about, detail=_detail(held), bins=held, draws=drawn, threshold=float(threshold),
        bin_width=float(bin_width), window=ends,
    )  # fmt: skip
    return result.with_specifications(specifications)


def _rows(values: Any, weights: Any, missing: str) -> tuple[pd.DataFrame, dict[str, int]]:
    columns = {"values": values} if weights is None else {"values": values, "weights": weights}
    arrays = {}
    for name, column in columns.items():
        array = np.asarray(column)
        if array.ndim != 1 or not (np.issubdtype(array.dtype, np.number) or array.dtype == object) or not array.size:
            raise ValueError(f"{name}: expected one row of numbers, got {array.dtype} of shape {array.shape}")
        try:
            arrays[name] = pd.to_numeric(pd.Series(array)).astype(float).to_numpy()
        except (TypeError, ValueError) as problem:
            raise ValueError(f"{name}: expected numbers ({problem})") from problem
    if weights is not None and len(arrays["weights"]) != len(arrays["values"]):
        raise ValueError(f"weights: {len(arrays['weights']):,} for {len(arrays['values']):,} values")
    table = checks.require_columns(pd.DataFrame(arrays), {name: name for name in arrays}, numeric=arrays)
    table, dropped = checks.settle_missing(table, missing)
    if table.empty:
        raise ValueError("values: none is left after those missing were dropped")
    if weights is None:
        table = table.assign(weights=1.0)
    checks.require_positive(table, ["weights"], zero=True)
    if not table["weights"].any():
        raise ValueError("weights: none is above zero")
    return table, {"with missing values": dropped}


def _pair(name: str, given: Any, open_end: bool = False) -> tuple[int, int | None]:
    """Return a number as a pair around zero, a pair as it is; whole bins only."""
    if _is_whole(given):
        return -int(given), int(given)
    pair = list(given) if isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str) else []
    legal = len(pair) == 2 and _is_whole(pair[0]) and (_is_whole(pair[1]) or (open_end and pair[1] is None))
    if not legal:
        extra = " or (-1, None)" if open_end else ""
        raise ValueError(
            f"{name}={given!r} must be whole bins, counted from that of the threshold, such as (-1, 1){extra}; for a "
            "window smaller than a bin take a smaller bin_width"
        )
    return int(pair[0]), None if pair[1] is None else int(pair[1])


def _reach(fit: Any, least: int, most: int) -> tuple[int, int]:
    if fit is None:
        return max(-BINS_EACH_SIDE, least), min(BINS_EACH_SIDE, most)
    first, last = _pair("fit", fit)
    if first < least or last > most:
        raise ValueError(f"fit={fit!r}: the values reach from bin {least} to bin {most} only")
    return first, last


def _window(window: Any, first: int, last: int, correction: str) -> tuple[int, int, bool]:
    low, high = _pair("window", window, open_end=correction == "hole")
    search = high is None
    if search:
        high = last - 1
    if not low <= 0 <= high or (correction == "hole" and high < 1):
        needs = "and a bin above it" if correction == "hole" else ""
        raise ValueError(f"window={window!r} must hold bin 0, that of the threshold {needs}".rstrip())
    if low <= first or high >= last:
        raise ValueError(
            f"window={window!r} leaves no bin to fit on one side: the fit runs from bin {first} to bin {last}; the "
            "window is counted in bins, not in the unit of the values"
        )
    return low, high, search


def _check(fits: Fits, shape: Shape, search: bool) -> None:
    at = fits.counterfactual[0, shape.bins == 0][0]
    if not (at > 0 and fits.average[0] > 0):
        raise ValueError(
            f"the counterfactual at the threshold is {at:.4g}, on average {fits.average[0]:.4g}: nothing to divide the "
            "excess by; lower degree=, or change fit= or window="
        )
    if search and not fits.matched[0]:
        raise ValueError(
            f"at no upper end up to bin {shape.high} are about as many units missing as are in excess (closest: "
            f"{fits.missing[0]:.4g} and {fits.excess[0]:.4g}); widen fit=, or give the upper end in window="
        )


def _estimates(
    fits: Fits, again: Fits, bins: np.ndarray, width: float, weighted: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    value, drawn = (_components(one, bins, width) for one in (fits, again))
    spread = drawn.std(ddof=1).to_numpy()
    units = "units (sum of weights)" if weighted else "units"
    per_bin = "bins of the counterfactual"
    table = pd.DataFrame({
        "component": list(COMPONENTS), "estimate": value.iloc[0].to_numpy(),
        **inference.intervals(value.iloc[0].to_numpy(), spread),
        "unit": [units, per_bin, per_bin, units, "unit of the values"],
    })  # fmt: skip
    return table, drawn


def _components(fits: Fits, bins: np.ndarray, width: float) -> pd.DataFrame:
    at = fits.counterfactual[:, bins == 0][:, 0]
    ratio = fits.excess / fits.average
    parts = (fits.excess, ratio, fits.excess / at, fits.missing, ratio * width)
    return pd.DataFrame(dict(zip(COMPONENTS, parts, strict=True)))


def _detail(held: pd.DataFrame) -> pd.DataFrame:
    """Bins as rows of component (observed, counterfactual, excess) and term (the middle of the bin)."""
    parts = {
        "observed": held["observed"], "counterfactual": held["counterfactual"],
        "excess": held["observed"] - held["counterfactual"],
    }  # fmt: skip
    return pd.concat(
        [
            pd.DataFrame({"component": name, "term": held["value"], "estimate": part, "unit": "units"})
            for name, part in parts.items()
        ],
        ignore_index=True,
    )


def _is_whole(one: Any) -> bool:
    return isinstance(one, Real) and not isinstance(one, bool) and float(one).is_integer()


def _whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name}={value!r} must be a whole number of at least {least}")
