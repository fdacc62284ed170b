r"""What several studies say together: pooled effects, how far they differ, and studies that print no error.

Study i reports an effect :math:`y_i` with standard error :math:`s_i`. True effects differ between studies with variance
:math:`\tau^2`; the pooled effect weighs each study by :math:`w_i = 1 / (s_i^2 + \tau^2)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import optimize, stats

from analysis import checks
from analysis.inference import LEVEL, intervals
from analysis.results import About, Result, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHODS = {
    "paule-mandel": ("random effects, variance between studies by Paule and Mandel", "Paule and Mandel 1982"),
    "dersimonian-laird": ("random effects, variance between studies by moments", "DerSimonian and Laird 1986"),
    "fixed": ("one common effect, weights of inverse variance", "Borenstein et al. 2009, chapter 11"),
}
ERRORS = ("normal", "knapp-hartung")
FEW = 5
"""Below this many studies with errors the summary warns of the pooled number."""


OWN = ("study", "effect", "std_error", "conf_low", "conf_high", "weight", "pooled")
"""Columns of the table of studies."""


@dataclass(frozen=True, eq=False)
class MetaAnalysis(Result):
    """Pooled effects with their heterogeneity. Made by `meta_analysis`.

    Parameters
    ----------
    studies : DataFrame
        One row per study: grouping columns, study, effect, std_error, conf_low, conf_high, weight (share in the pooled
        effect; missing without an error), pooled (bool).
    cautions : tuple of str
        What the reader should be told before the pooled number is used.
    """

    studies: pd.DataFrame | None = None
    cautions: tuple[str, ...] = ()

    total: ClassVar[str | None] = None

    @property
    def without_error(self) -> pd.DataFrame:
        """Studies that give no standard error and so are not in the pooled effect: grouping columns, study, effect."""
        rows = self.studies[~self.studies["pooled"]]
        return rows[[*self.by, "study", "effect"]].reset_index(drop=True)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every study with its interval, and the pooled effect; hollow marks are studies without a standard error.

        With specifications, the pooled effect under each of them.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure if none.

        Returns
        -------
        matplotlib Axes
        """
        if self.specifications is not None:
            from analysis import result_plots

            strip, held = (t[t["component"] == "pooled"] for t in (self.specifications, self.estimates))
            return result_plots.draw(replace(self, estimates=held, specifications=strip), ax)
        from analysis.regression import forest

        return forest.draw(self, ax)

    def _cautions(self) -> list[str]:
        return list(self.cautions)

    def _errors(self) -> Any:
        raise ValueError(
            "MetaAnalysis has no covariance or bootstrap: its errors rest on the standard errors that studies print; "
            "the table `studies` holds them"
        )


def meta_analysis(
    table: pd.DataFrame, *, effect: str, std_error: str, by: Any = None, method: str = "paule-mandel",
    study: str | None = None, errors: str = "normal", missing: str = "raise", specifications: Any = None,
) -> MetaAnalysis:  # fmt: skip
    r"""Pool published effects of one outcome, in one unit, of one treatment.

    Studies without a standard error are listed and counted (`MetaAnalysis.without_error`), drawn hollow, and left out
    of the pooled effect: errors are never imputed.

    Parameters
    ----------
    table : DataFrame
        One row per study.
    effect, std_error : str
        Columns of the effects and of their standard errors, in the same unit. A missing standard error says that the
        study gives none.
    by : str or list of str, optional
        Grouping columns: one pooled effect per group.
    method : {"paule-mandel", "dersimonian-laird", "fixed"}
        How the variance between studies :math:`\tau^2` is found. Paule and Mandel: so that
        :math:`\sum w_i (y_i - \hat\mu)^2 = k - 1`. DerSimonian and Laird: from Cochran's Q in one step. Both are zero
        where studies differ less than their errors let expect. "fixed" supposes one common effect.
    study : str, optional
        Column of the studies' names; the row labels of the table by default.
    errors : {"normal", "knapp-hartung"}
        Errors of the pooled effect. "normal": :math:`1 / \sqrt{\sum w_i}`, normal intervals. "knapp-hartung": scaled
        by the spread of the studies about the pooled effect, Student's t with k - 1 degrees of freedom: better for few
        studies, where the normal interval is too short (91 % for 95 % with ten, in a simulation). Not with
        method="fixed".
    missing : {"raise", "drop"}
        "drop" leaves out rows with a missing effect or group and counts them. Missing standard errors never raise.
    specifications : mapping or list of (label, Result), optional
        Alternatives to show beside this result.

    Returns
    -------
    MetaAnalysis
        Components of each group:

        - pooled: the pooled effect.
        - prediction: the same effect, with the interval for the true effect of a new study like these
          (t with k - 2 degrees of freedom); missing with fewer than three studies. Random effects only. It covers
          somewhat less than it says where studies are few (90 % for 95 % with ten, in a simulation).
        - tau2, tau: variance and standard deviation between studies, with the interval by Q profiles. Random effects
          only.
        - i2: share of the variance of the studies that is not sampling error, :math:`\max(0, (Q - k + 1) / Q)`.
        - q: Cochran's Q; its p-value is that of a chi-squared with k - 1 degrees of freedom.
        - studies, studies_without_error: how many were pooled, and how many give no error.

    Raises
    ------
    ValueError
        Unknown option or column; a standard error of zero or below; missing effects or groups; fewer than two studies
        with errors in a group.

    References
    ----------
    Paule and Mandel (1982), Journal of Research of the National Bureau of Standards 87; DerSimonian and Laird (1986),
    Controlled Clinical Trials 7; DerSimonian and Kacker (2007), Contemporary Clinical Trials 28; Higgins and Thompson
    (2002), Statistics in Medicine 21; Knapp and Hartung (2003), Statistics in Medicine 22; Viechtbauer (2007),
    Statistics in Medicine 26; Higgins, Thompson and Spiegelhalter (2009), Journal of the Royal Statistical Society A
    172.

    Examples
    --------
    >>> import pandas as pd
    >>> trials = pd.DataFrame({"trial": list("abcd"), "effect": [0.1, 0.5, 0.25, 0.9], "error": [0.1, 0.1, 0.2, None]})
    >>> result = meta_analysis(trials, effect="effect", std_error="error", study="trial")
    >>> result.tidy().set_index("component")["estimate"].round(3)[["pooled", "tau2", "studies_without_error"]]
    component
    pooled                   0.289
    tau2                     0.031
    studies_without_error    1.000
    Name: estimate, dtype: float64
    >>> result.without_error
      study  effect
    0     d     0.9
    """
    checks.one_of("method", method, METHODS)
    checks.one_of("errors", errors, ERRORS)
    if method == "fixed" and errors == "knapp-hartung":
        raise ValueError('errors="knapp-hartung" needs random effects: method="paule-mandel" or "dersimonian-laird"')
    groups = checks.names(by)
    rows, dropped, unit = _read(table, effect, std_error, study, groups, missing)
    frames, listed, cautions = [], [], []
    for key, lot in rows.groupby(groups, sort=False, observed=True) if groups else [((), rows)]:
        keys = dict(zip(groups, key, strict=True))
        where = f" in {', '.join(f'{name}={checks.plain(value)!r}' for name, value in keys.items())}" if groups else ""
        frame, studies, said = _pool(lot, method, errors, unit, where)
        frames.append(frame.assign(**keys))
        listed.append(studies.assign(**keys))
        cautions += said
    studies = pd.concat(listed, ignore_index=True)
    studies = studies[[*groups, *(name for name in studies if name not in groups)]]
    about = _about(rows, studies, dropped, method, errors, effect, groups)
    estimates = pd.concat(frames, ignore_index=True)
    result = MetaAnalysis(estimates, about, tuple(groups), studies=studies, cautions=tuple(cautions))
    return result.with_specifications(specifications)


def _read(
    table: pd.DataFrame, effect: str, std_error: str, study: str | None, groups: list[str], missing: str
) -> tuple[pd.DataFrame, int, str]:
    """Return the rows with an effect under fixed names, how many were left out, and the unit."""
    for name in groups:
        if name in OWN:
            raise ValueError(f"grouping column {name!r} has the name of a column of the table of studies; rename it")
    columns = {"effect": effect, "std_error": std_error, "study": study, **{f"by ({name})": name for name in groups}}
    rows = checks.require_columns(table, columns, numeric=["effect", "std_error"])
    named = np.asarray(rows.index.astype(str) if study is None else rows[study], dtype=object)
    if pd.isna(named).any():
        raise ValueError(f"study={study!r}: {int(pd.isna(named).sum()):,} rows have no name")
    rows = pd.DataFrame(
        {**{name: rows[name].array for name in groups}, "study": named, "effect": rows[effect].array,
         "std_error": rows[std_error].array}
    )  # fmt: skip
    asked = rows[[*groups, "study", "effect"]].rename(columns={"effect": effect})
    complete, dropped = checks.settle_missing(asked, missing)
    rows = rows.loc[complete.index].reset_index(drop=True)
    if rows.empty:
        raise ValueError("no study left to pool")
    bad = rows[rows["std_error"] <= 0]
    if len(bad):
        raise ValueError(
            f"std_error={std_error!r} must be positive; it is {bad['std_error'].iloc[0]:g} for study "
            f"{bad['study'].iloc[0]!r}; a study that gives no standard error has a missing value there"
        )
    return rows, dropped, checks.unit_of(table, effect)


def _pool(
    rows: pd.DataFrame, method: str, errors: str, unit: str, where: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Pool the studies of one group: components, the table of studies, cautions."""
    used = rows["std_error"].notna().to_numpy()
    y, v = rows.loc[used, "effect"].to_numpy(), rows.loc[used, "std_error"].to_numpy() ** 2
    k = len(y)
    if k < 2:
        raise ValueError(
            f"{k} of {len(rows)} studies{where} {'has' if k == 1 else 'have'} a standard error; pooling needs at least "
            "two: leave the group out, or list its studies without a pooled effect"
        )
    q = _spread(y, v, 0.0)
    tau2 = _between(y, v, q, method)
    weight = 1 / (v + tau2)
    pooled = float(weight @ y / weight.sum())
    scale = _spread(y, v, tau2) / (k - 1) if errors == "knapp-hartung" else 1.0
    error = float(np.sqrt(scale / weight.sum()))
    freedom = k - 1 if errors == "knapp-hartung" else np.inf
    found = [{"component": "pooled", "estimate": pooled, **_interval(pooled, error, freedom), "unit": unit}]
    tail = (1 - LEVEL) / 2
    low, high = (_tau2(y, v, target) for target in stats.chi2.isf([tail, 1 - tail], k - 1))
    if method != "fixed":
        reach = stats.t.isf(tail, k - 2) * np.sqrt(tau2 + error**2) if k > 2 else np.nan
        found += [
            {"component": "prediction", "estimate": pooled, "conf_low": pooled - reach, "conf_high": pooled + reach,
             "unit": unit},
            {"component": "tau2", "estimate": tau2, "conf_low": low, "conf_high": high, "unit": f"squared {unit}"},
            {"component": "tau", "estimate": np.sqrt(tau2), "conf_low": np.sqrt(low), "conf_high": np.sqrt(high),
             "unit": unit},
        ]  # fmt: skip
    total, square = (1 / v).sum(), (1 / v**2).sum()
    typical = (k - 1) * total / (total**2 - square)
    found += [
        {"component": "i2", "estimate": max(0.0, (q - k + 1) / q) if q > 0 else 0.0, "conf_low": low / (low + typical),
         "conf_high": high / (high + typical), "unit": "fraction of variance"},
        {"component": "q", "estimate": q, "p_value": float(stats.chi2.sf(q, k - 1)), "unit": "chi-squared"},
        {"component": "studies", "estimate": float(k), "unit": "studies"},
        {"component": "studies_without_error", "estimate": float((~used).sum()), "unit": "studies"},
    ]  # fmt: skip
    share = np.full(len(rows), np.nan)
    share[used] = weight / weight.sum()
    around = intervals(rows["effect"], rows["std_error"])
    studies = rows.assign(conf_low=around["conf_low"], conf_high=around["conf_high"], weight=share, pooled=used)
    return pd.DataFrame(found), studies[list(OWN)], _warn(rows[used], k, errors, scale, where)


def _interval(estimate: float, error: float, freedom: float) -> dict[str, float]:
    return {name: float(value) for name, value in intervals(np.array(estimate), np.array(error), freedom).items()}


def _spread(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    """Weighted sum of squares of the effects about their weighted mean: Cochran's Q at tau2 = 0."""
    weight = 1 / (v + tau2)
    return float(weight @ (y - weight @ y / weight.sum()) ** 2)


def _between(y: np.ndarray, v: np.ndarray, q: float, method: str) -> float:
    """Variance between studies, zero at least.

    statsmodels' combine_effects neither cuts the moment estimate off at zero nor tells Newton's last step from a
    negative root, so both estimates are made here.
    """
    if method == "fixed":
        return 0.0
    k, total, square = len(y), (1 / v).sum(), (1 / v**2).sum()
    if method == "dersimonian-laird":
        return max(0.0, float((q - k + 1) / (total - square / total)))
    return _tau2(y, v, k - 1)


def _tau2(y: np.ndarray, v: np.ndarray, target: float) -> float:
    """Variance between studies at which the weighted sum of squares falls to a target; zero if it is below at once."""
    if _spread(y, v, 0.0) <= target:
        return 0.0
    unit = float(np.median(v))
    y, v, high = y / np.sqrt(unit), v / unit, 1.0
    while _spread(y, v, high) > target:
        high *= 4
    return unit * optimize.brentq(lambda tau2: _spread(y, v, tau2) - target, 0.0, high, xtol=1e-14, rtol=1e-14)


def _warn(rows: pd.DataFrame, k: int, errors: str, scale: float, where: str) -> list[str]:
    cautions = []
    if k < FEW:
        better = "" if errors == "knapp-hartung" else '; errors="knapp-hartung" says better how little they tell'
        cautions.append(f"{k} studies{where} are few: the variance between them is hardly known{better}")
    if errors == "knapp-hartung" and scale < 1:
        cautions.append(f"the studies{where} differ less than their errors: the interval is narrower than the normal")
    twice = rows["study"][rows["study"].duplicated()].unique()
    if len(twice):
        named = ", ".join(map(str, twice[:FEW])) + (f" and {len(twice) - FEW} more" if len(twice) > FEW else "")
        cautions.append(f"several effects{where} from one study ({named}): pooling takes all as independent")
    return cautions


def _about(
    rows: pd.DataFrame, studies: pd.DataFrame, dropped: int, method: str, errors: str, effect: str, groups: list[str]
) -> About:
    used, bare = int(studies["pooled"].sum()), studies.loc[~studies["pooled"], "study"].astype(str)
    how, paper = METHODS[method]
    reach = "normal intervals" if errors == "normal" else "Knapp and Hartung's scale, Student's t with k - 1"
    return About(
        title=f"{effect}: {used} studies pooled" + (f", by {', '.join(groups)}" if groups else ""),
        compared=f"effects of {used} studies that give a standard error",
        direction=f"as the column {effect!r} has it",
        reference="zero: no effect",
        weights="inverse of each study's squared error"
        + ("" if method == "fixed" else " plus the variance between studies"),
        sample=Sample(used, {"without a standard error": len(bare), "with a missing effect or group": dropped}),
        method=how,
        paper=paper + ("; Knapp and Hartung 2003" if errors == "knapp-hartung" else ""),
        randomness="the standard errors that studies print, taken as known"
        + ("" if method == "fixed" else ", and the studies as a draw from possible ones") + f"; {LEVEL:.0%} {reach}",
        notes=(f"without a standard error, so listed and not pooled: {', '.join(bare)}",) if len(bare) else (),
    )
