"""What a Blinder-Oaxaca decomposition returns: components, detail, blocks of terms, predictions, coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from analysis.inference import Estimates
from analysis.results import Result


@dataclass(frozen=True, eq=False)
class OaxacaBlinder(Result):
    """A difference in means by characteristics and coefficients; `tidy(detail=True)` by term. Made by `oaxaca_blinder`.

    Parameters
    ----------
    terms : Estimates
        Covariance of the detail.
    belongs : dict
        Term of the detail -> term of the formula.
    predicted, regressions : DataFrame
        What `predictions` and `coefficients` return.
    """

    terms: Estimates | None = None
    belongs: Mapping[str, str] = field(default_factory=dict)
    predicted: pd.DataFrame | None = None
    regressions: pd.DataFrame | None = None

    total: ClassVar[str] = "difference"

    def predictions(self) -> pd.DataFrame:
        """Return the mean outcome of both groups.

        Returns
        -------
        DataFrame
            group (the label), estimate, std_error, statistic, p_value, conf_low, conf_high, rows, unit.
        """
        return self.predicted.copy()

    def coefficients(self) -> pd.DataFrame:
        """Return whose coefficients and means the decomposition is made of.

        Returns
        -------
        DataFrame
            group (the label of a, that of b, "reference"), term, estimate, std_error, statistic, p_value, conf_low,
            conf_high, mean (of the column in the group; missing for the reference).
        """
        return self.regressions.copy()

    def covariance(self, detail: bool = False) -> list[pd.DataFrame]:
        """Return the covariance of the components (with detail: of every component and term), in a list of one."""
        return Result.covariance(self._of(detail))

    def reliability(self, detail: bool = False) -> pd.DataFrame:
        """Say which intervals can be relied on; effective_firms is that of the smaller group.

        The units counted in ten_share are the ten with the largest scores, or the largest twentieth where that is
        fewer: with fifty clusters, ten of them hold most of the variance even where nothing is wrong.
        """
        return Result.reliability(self._of(detail))

    def bootstrap(self, draws: int = 10_000, seed: int = 0, detail: bool = False) -> pd.DataFrame:
        """Check the standard errors: rows (or clusters) get Poisson weights, and everything is estimated anew.

        Parameters
        ----------
        draws, seed : int
        detail : bool
            Every component and term instead.

        Returns
        -------
        DataFrame
            component, std_error (as reported), bootstrap_std_error, their ratio.

        Raises
        ------
        ValueError
            With ``regressors="independent"``, which no resampling of rows reproduces; or if a tenth of the draws have a
            singular design.
        """
        return Result.bootstrap(self._of(detail), draws, seed)

    def blocks(self, blocks: Mapping[str, str | Sequence[str]] | None = None) -> pd.DataFrame:
        """Sum the detail over blocks of terms, with standard errors.

        Parameters
        ----------
        blocks : mapping of str to str or list of str, optional
            Name of a block -> terms of the detail or of the formula ("C(isco)" stands for all its levels). Terms in no
            block stay as they are. None: one block for each term of the formula.

        Returns
        -------
        DataFrame
            As `tidy(detail=True)`, with the blocks among the terms.

        Raises
        ------
        ValueError
            If a name is no term, or is in two blocks.
        """
        terms = list(self.belongs)
        if blocks is None:
            home = dict(self.belongs)
        else:
            home = {term: term for term in terms}
            taken: dict[str, str] = {}
            for block, members in blocks.items():
                for name in [members] if isinstance(members, str) else members:
                    found = [term for term in terms if name in (term, self.belongs[term])]
                    if not found:
                        legal = ", ".join(map(repr, dict.fromkeys([*self.belongs.values(), *terms])))
                        raise ValueError(f"blocks: {name!r} is no term; legal: {legal}")
                    for term in found:
                        if term in taken:
                            raise ValueError(f"blocks: {term!r} is in {taken[term]!r} and in {block!r}")
                        home[term] = taken[term] = block
        labels = list(dict.fromkeys((component, home[term]) for component, term in self.terms.labels))
        gather = np.zeros((len(labels), len(self.terms.labels)))
        for j, (component, term) in enumerate(self.terms.labels):
            gather[labels.index((component, home[term])), j] = 1.0
        # a block has the degrees of freedom of its term with the fewest
        members = [np.flatnonzero(row) for row in gather]
        freedom, ten = self.terms.freedom[0], self.terms.ten_share[0]
        held = replace(
            self.terms, labels=labels, value=self.terms.value @ gather.T,
            covariance=gather @ self.terms.covariance @ gather.T,
            freedom=np.array([[freedom[at].min() for at in members]]),
            ten_share=np.array([[ten[at].max() for at in members]]), draw=None,
        )  # fmt: skip
        table = held.frame().assign(unit=self.estimates["unit"].iloc[0])
        return replace(self, detail=table).tidy(detail=True)

    def _of(self, detail: bool) -> OaxacaBlinder:
        return replace(self, inference=self.terms) if detail else self
