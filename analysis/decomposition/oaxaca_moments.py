"""Coefficients and means of two groups, their covariance and their bootstrap: what a Blinder-Oaxaca result is made of.

The parameters are stacked: coefficients a, means a, coefficients b, means b, and where the reference needs them its own
coefficients or the share of a. Each has an influence function of the rows; summed over independent units these give the
covariance of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import linalg, sparse

from analysis import inference
from analysis.decomposition.oaxaca_design import Model, Side
from analysis.decomposition.oaxaca_units import Units

CHUNK = 50_000
SINGULAR = 1e-13
MOST_SINGULAR = 0.1
MOST_NUMBERS = 10_000_000
"""Cross-products of all draws that are held at once."""

POOLED = ("pooled", "neumark")
REGRESSORS = ("stochastic", "independent", "fixed")


class Fit:
    """Weighted least squares in one group, by an orthogonal factorisation refined once.

    Parameters
    ----------
    side : Side
    intercept : bool
        Whether the first column is the constant.

    Attributes
    ----------
    beta, mean : ndarray of shape (k,)
        Coefficients, and means of the columns.
    triangle : ndarray of shape (k, k)
        Triangular factor of the columns.
    inverse : ndarray of shape (k, k)
        Inverse of their weighted cross-products.
    residual : ndarray of shape (n,)
    weight : float
        Sum of weights.
    """

    def __init__(self, side: Side, intercept: bool):
        k = side.x.shape[1]
        self.triangle = side.upper[:k, :k]
        beta = linalg.solve_triangular(self.triangle, side.upper[:k, k])
        self.inverse = _inverse(self.triangle)
        self.beta = beta + self.inverse @ (side.x.T @ (side.weight * (side.y - side.x @ beta)))
        self.residual = side.y - side.x @ self.beta
        self.weight = float(side.weight.sum())
        self.mean = side.weight @ side.x / self.weight
        if intercept:
            self.mean[0] = 1.0  # without the rounding of the sum of weights


class Pool:
    """Both groups in one regression; "pooled" has a dummy for group b, so that its intercept is that of group a.

    Parameters
    ----------
    fits : pair of Fit
    dummy : bool

    Attributes
    ----------
    beta : ndarray of shape (k,) or (k + 1,)
    inverse : ndarray of the square shape
        Inverse of the cross-products.
    mix : pair of ndarray of shape (k or k + 1, k)
        What turns the groups' coefficients into those of the pool, given the columns: beta = sum of mix @ beta_group.
    """

    def __init__(self, fits: tuple[Fit, Fit], dummy: bool):
        stacks = [fit.triangle for fit in fits]
        if dummy:
            # the constant lies in the span of group b's columns, so its projection is all of it
            ones = linalg.solve_triangular(fits[1].triangle, fits[1].weight * fits[1].mean, trans="T")
            stacks = [np.column_stack([stack, end]) for stack, end in zip(stacks, (0 * ones, ones), strict=True)]
        self.inverse = _inverse(np.linalg.qr(np.vstack(stacks), mode="r"))
        self.mix = [self.inverse @ stack.T @ fit.triangle for stack, fit in zip(stacks, fits, strict=True)]
        self.beta = sum(mix @ fit.beta for mix, fit in zip(self.mix, fits, strict=True))
        self.dummy = dummy


class Moments:
    """Point estimates of the parameters, their covariance and their bootstrap.

    Parameters
    ----------
    model : Model
    reference : str or float
        "pooled", "neumark", "cotton", or the weight of group a's coefficients.

    Attributes
    ----------
    fits : pair of Fit
    theta : ndarray of shape (p,)
    """

    def __init__(self, model: Model, reference: str | float):
        self.model, self.reference = model, reference
        self.k = len(model.columns)
        self.fits = tuple(Fit(side, model.intercept) for side in model.sides)
        self.weight = sum(fit.weight for fit in self.fits)
        self.share = self.fits[0].weight / self.weight
        parts = [part for fit in self.fits for part in (fit.beta, fit.mean)]
        self.pool = Pool(self.fits, reference == "pooled") if reference in POOLED else None
        if self.pool:
            parts.append(self.pool.beta[: self.k])
        if reference == "cotton":
            parts.append(np.array([self.share]))
        self.theta = np.concatenate(parts)

    def split(self, theta: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return coefficients a, means a, coefficients b, means b and reference coefficients of a batch (batch, p)."""
        k = self.k
        beta_a, mean_a, beta_b, mean_b = (theta[:, j * k : (j + 1) * k] for j in range(4))
        if self.pool:
            return beta_a, mean_a, beta_b, mean_b, theta[:, 4 * k :]
        share = theta[:, 4 * k :] if self.reference == "cotton" else self.reference
        return beta_a, mean_a, beta_b, mean_b, share * beta_a + (1 - share) * beta_b

    def classical(self, regressors: str = "stochastic") -> np.ndarray:
        """Covariance with equal error variance within a group and independent groups; weights are analytic weights.

        Given the columns, the coefficients of a pool are a fixed mixture of the groups' (and do not covary with means);
        the share of group a is taken as given.
        """
        k = self.k
        base, lift = np.zeros((4 * k, 4 * k)), np.zeros((len(self.theta), 4 * k))
        lift[: 4 * k] = np.eye(4 * k)
        for j, (side, fit) in enumerate(zip(self.model.sides, self.fits, strict=True)):
            count = len(side.y)
            scaled = side.weight * (count / fit.weight)
            variance = (scaled * fit.residual**2).sum() / (count - k)
            beta, mean = (slice(i * k, (i + 1) * k) for i in (2 * j, 2 * j + 1))
            base[beta, beta] = variance * fit.inverse * (fit.weight / count)
            away = side.x - fit.mean
            base[mean, mean] = (scaled[:, None] * away).T @ away / (count - 1) / count if regressors != "fixed" else 0.0
            if self.pool:
                lift[4 * k :, beta] = self.pool.mix[j][:k]
        return lift @ base @ lift.T

    def sampled(self, units: Units, regressors: str, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the covariance from influence functions, and how it rests on few units.

        Parameters
        ----------
        units : Units
        regressors : {"stochastic", "independent", "fixed"}
        gradient : ndarray of shape (m, p)
            Of the values whose variances are looked into.

        Returns
        -------
        (ndarray of shape (p, p), ndarray of shape (m,), ndarray of shape (m,))
            The covariance of the parameters; of each value the share of the ten largest squared scores (of the largest
            twentieth of the units, if that is fewer), and the kurtosis of its scores.
        """
        lift = self._lift()
        look = gradient @ lift
        top = min(inference.TEN, max(1, units.count // 20))
        crossed, sums = np.zeros((lift.shape[1],) * 2), np.zeros((units.strata, lift.shape[1]))
        largest, whole, fourth = np.zeros((0, len(gradient))), np.zeros(len(gradient)), np.zeros(len(gradient))
        for at, columns, scores in self._scores(units):
            crossed[np.ix_(columns, columns)] += (units.factor[at, None] * scores).T @ scores
            if units.stratified:
                sums[:, columns] += _sum_by(units.stratum[at], scores, units.strata)
            squares = (scores @ look[:, columns].T) ** 2
            whole += squares.sum(axis=0)
            fourth += (squares**2).sum(axis=0)
            largest = np.concatenate([largest, squares])
            if len(largest) > top:
                largest = -np.partition(-largest, top - 1, axis=0)[:top]
        if units.stratified:
            count = np.bincount(units.stratum, minlength=units.strata)
            factor = np.bincount(units.stratum, units.factor, minlength=units.strata) / count
            crossed -= (sums * (factor / count)[:, None]).T @ sums
        share = np.where(whole > 0, largest.sum(axis=0) / np.where(whole > 0, whole, 1), 0.0)
        kurtosis = inference.kurtosis(np.array([units.count]), whole[None], fourth[None])[0]
        return self._part(lift @ crossed @ lift.T, units, regressors), share, kurtosis

    def _part(self, covariance: np.ndarray, units: Units, regressors: str) -> np.ndarray:
        """Part means from coefficients: uncorrelated ("independent"), or given ("fixed")."""
        if regressors == "stochastic":
            return covariance
        k = self.k
        means = np.zeros(len(covariance), dtype=bool)
        means[k : 2 * k] = means[3 * k : 4 * k] = True
        covariance = np.where(means[:, None] == means, covariance, 0.0)
        if regressors == "fixed":
            covariance[np.ix_(means, means)] = 0.0
        elif units.single and not units.stratified and all(np.ptp(side.weight) == 0 for side in self.model.sides):
            # plain sample covariances of means have n - 1 of their own group, as Stata's mean has
            for j, side in enumerate(self.model.sides):
                part = slice((2 * j + 1) * k, (2 * j + 2) * k)
                count = len(side.y)
                covariance[part, part] *= count / (count - 1) / (units.count / (units.count - 1))
        return covariance

    def _lift(self) -> np.ndarray:
        """From sums of raw scores to parameters, shape (p, raw): the bread of the sandwich."""
        blocks = [block for fit in self.fits for block in (fit.inverse, np.eye(self.k) / fit.weight)]
        if self.pool:
            blocks.append(self.pool.inverse[: self.k])
        if self.reference == "cotton":
            blocks.append(np.array([[1 / self.weight]]))
        return linalg.block_diag(*blocks)

    def _raw(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield rows, their columns among the raw scores and these scores, some rows at a time."""
        k = self.k
        extra = len(self.pool.beta) if self.pool else int(self.reference == "cotton")
        for j, (side, fit) in enumerate(zip(self.model.sides, self.fits, strict=True)):
            columns = np.concatenate([np.arange(2 * j * k, 2 * (j + 1) * k), np.arange(4 * k, 4 * k + extra)])
            for start in range(0, len(side.y), CHUNK):
                part = slice(start, start + CHUNK)
                x, weight = side.x[part], side.weight[part, None]
                pieces = [weight * fit.residual[part, None] * x, weight * (x - fit.mean)]
                if self.pool:
                    shift = j * self.pool.beta[k:].sum()
                    error = weight * (side.y[part] - x @ self.pool.beta[:k] - shift)[:, None]
                    pieces += [error * x, j * error] if self.pool.dummy else [error * x]
                if self.reference == "cotton":
                    pieces.append(weight * ((j == 0) - self.share))
                yield side.at[part], columns, np.concatenate(pieces, axis=1)

    def _scores(self, units: Units) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield units, their columns among the raw scores and these scores, summed over the rows of a unit."""
        if units.single:
            yield from self._raw()
            return
        whole = np.zeros((units.count, self._lift().shape[1]))
        for at, columns, scores in self._raw():
            whole[:, columns] += _sum_by(units.of_row[at], scores, units.count)
        yield np.arange(units.count), np.arange(whole.shape[1]), whole

    def bootstrap(
        self, units: Units, function: Callable[[np.ndarray], np.ndarray], draws: int, seed: int, fixed: bool = False
    ) -> np.ndarray:
        """Draw the units with Poisson weights and estimate everything anew from the totals of each draw.

        Parameters
        ----------
        units : Units
        function : callable
            From parameters (batch, p) to values (batch, m).
        draws, seed : int
        fixed : bool
            Keep the means of the columns as they are.

        Returns
        -------
        ndarray of shape (draws, m)

        Raises
        ------
        ValueError
            If more than a tenth of the draws have a singular design; a few are drawn again.
        """
        generator = np.random.default_rng(seed)
        out, kept, tried = [], 0, 0
        most = max(10, MOST_NUMBERS // (self.k + 2) ** 2)
        while kept < draws:
            theta = self._again(self._drawn(units, min(max(draws - kept, 10), most), generator), fixed)
            good = np.isfinite(theta).all(axis=1)
            tried, kept = tried + len(good), kept + int(good.sum())
            if tried - kept > MOST_SINGULAR * tried:
                raise ValueError(
                    f"{1 - kept / tried:.0%} of the bootstrap draws have a singular design: a column rests on few "
                    "rows; merge levels with few rows, or rely on the delta method"
                )
            out.append(np.real(function(theta[good])))
        return np.concatenate(out)[:draws]

    def _drawn(self, units: Units, draws: int, generator: np.random.Generator) -> np.ndarray:
        """Totals of cross-products of (constant, columns, outcome) in each group, shape (draws, 2, d, d)."""
        width = self.k + 1 + (not self.model.intercept)
        pairs = np.triu_indices(width)
        size = len(pairs[0])
        totals = np.zeros((draws, 2 * size))
        lean, sums = np.zeros((draws, units.strata)), np.zeros((units.strata, 2 * size))
        scale = np.sqrt(units.factor)
        for at, part, terms in self._terms(units, pairs):
            totals[:, part] += terms.sum(axis=0)
            step = max(1, MOST_NUMBERS // (2 * len(at)))
            for start in range(0, draws, step):
                here = slice(start, start + step)
                moved = (generator.poisson(1.0, size=(len(totals[here]), len(at))) - 1.0) * scale[at]
                totals[here, part] += moved @ terms
                if units.stratified:
                    lean[here] += _sum_by(units.stratum[at], moved.T, units.strata).T
            if units.stratified:
                sums[:, part] += _sum_by(units.stratum[at], terms, units.strata)
        if units.stratified:
            # units move against the mean of their stratum
            totals -= lean / np.bincount(units.stratum, minlength=units.strata) @ sums
        out = np.empty((draws, 2, width, width))
        for j in range(2):
            out[:, j, pairs[0], pairs[1]] = out[:, j, pairs[1], pairs[0]] = totals[:, j * size : (j + 1) * size]
        return out

    def _terms(
        self, units: Units, pairs: tuple[np.ndarray, np.ndarray]
    ) -> Iterator[tuple[np.ndarray, slice, np.ndarray]]:
        """Yield units, the place of their totals and the totals themselves."""
        size = len(pairs[0])
        whole = None if units.single else np.zeros((units.count, 2 * size))
        for j, side in enumerate(self.model.sides):
            place = slice(j * size, (j + 1) * size)
            for start in range(0, len(side.y), CHUNK):
                part = slice(start, start + CHUNK)
                columns = [side.x[part], side.y[part, None]]
                columns = np.hstack(columns if self.model.intercept else [np.ones((len(columns[1]), 1)), *columns])
                terms = side.weight[part, None] * columns[:, pairs[0]] * columns[:, pairs[1]]
                if whole is None:
                    yield side.at[part], place, terms
                else:
                    whole[:, place] += _sum_by(units.of_row[side.at[part]], terms, units.count)
        if whole is not None:
            yield np.arange(units.count), slice(0, 2 * size), whole

    def _again(self, totals: np.ndarray, fixed: bool) -> np.ndarray:
        """Parameters of every draw, not a number where the design is singular."""
        first = int(not self.model.intercept)
        use = slice(first, first + self.k)
        parts = []
        for fit, whole in zip(self.fits, totals.swapaxes(0, 1), strict=True):
            mean = whole[:, 0, use] / whole[:, 0, :1]
            parts.append(_solve(whole[:, use, use], whole[:, use, -1]))
            parts.append(np.broadcast_to(fit.mean, mean.shape) if fixed else mean)
        if self.pool:
            gram, right = totals[:, :, use, use].sum(axis=1), totals[:, :, use, -1].sum(axis=1)
            if self.pool.dummy:
                ends = totals[:, 1, 0]
                gram = np.concatenate([gram, ends[:, None, use]], axis=1)
                corner = np.concatenate([ends[:, use], ends[:, :1]], axis=1)
                gram = np.concatenate([gram, corner[:, :, None]], axis=2)
                right = np.concatenate([right, ends[:, -1:]], axis=1)
            parts.append(_solve(gram, right)[:, : self.k])
        if self.reference == "cotton":
            parts.append(totals[:, 0, 0, :1] / totals[:, :, 0, 0].sum(axis=1)[:, None])
        return np.concatenate(parts, axis=1)


def _inverse(triangle: np.ndarray) -> np.ndarray:
    """Inverse of cross-products from their triangular factor."""
    half = linalg.solve_triangular(triangle, np.eye(len(triangle)))
    return half @ half.T


def _solve(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a batch of normal equations; not a number where a design is singular."""
    out = np.full(right.shape, np.nan)
    diagonal = np.diagonal(gram, axis1=1, axis2=2)
    good = np.flatnonzero((diagonal > 0).all(axis=1))
    root = np.sqrt(diagonal[good])
    scaled = gram[good] / (root[:, :, None] * root[:, None, :])
    good = good[np.linalg.eigvalsh(scaled)[:, 0] > SINGULAR]
    out[good] = np.linalg.solve(gram[good], right[good][..., None])[..., 0]
    return out


def _sum_by(code: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Sum rows by code, shape (count, columns)."""
    rows = len(code)
    return sparse.csr_matrix((np.ones(rows), (code, np.arange(rows))), shape=(count, rows)) @ values
