r"""Wild cluster bootstrap of least squares, null imposed: p-values for few clusters, intervals by inverting the test.

Under the hypothesis :math:`\beta_j = b` the residuals are :math:`u(b) = M_{-j}(y - b\,x_j)`. Each draw turns the signs
of the residuals of whole clusters and estimates again. All that a draw needs are sums by cluster, so that a draw is the
product of a G x G matrix, linear in b, and a vector of signs (Roodman et al. 2019; MacKinnon, Nielsen and Webb 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis import inference

TIE = 1e-9
"""Two statistics this close, relatively, are equal: the draw without a turned sign is the sample itself."""
DOUBLINGS = 30
PRECISION = 1e-5
"""Ends of intervals are found to this part of a standard error."""


@dataclass(frozen=True)
class WildTest:
    """P-value of no effect, and the interval of all values that the test does not reject.

    Parameters
    ----------
    p_value : float
    low, high : float
        Infinite where the test rejects no value on that side.
    """

    p_value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Signs:
    """Rademacher signs of clusters, one column per draw.

    Parameters
    ----------
    values : ndarray of shape (clusters, draws)
    exact : bool
        All sign patterns, each once (a pattern and its opposite give one statistic, so half of them).
    """

    values: np.ndarray
    exact: bool

    def p_value(self, beyond: np.ndarray) -> float:
        """Return the share of draws at least as extreme as the sample; of random draws the sample is one more."""
        return float(beyond.mean()) if self.exact else float((1 + beyond.sum()) / (1 + len(beyond)))


def signs(clusters: int, draws: int, seed: int) -> Signs:
    """Return all sign patterns where these are no more than `draws`, and random ones otherwise.

    Examples
    --------
    >>> found = signs(3, 100, 0)
    >>> found.exact, found.values.T.tolist()
    (True, [[1, 1, 1], [1, 1, -1], [1, -1, 1], [1, -1, -1]])
    """
    if clusters - 1 <= np.log2(draws):
        patterns = np.arange(2 ** (clusters - 1))
        bits = (patterns[None, :] >> np.arange(clusters - 1)[::-1, None]) & 1
        return Signs(np.vstack([np.ones_like(patterns)[None], 1 - 2 * bits]), True)
    generator = np.random.default_rng(seed)
    return Signs(1 - 2 * generator.integers(0, 2, (clusters, draws)), False)


class Absorbed:
    """Effects of groups, taken out of columns that are already multiplied by the root of the weights.

    Parameters
    ----------
    codes : sequence of ndarray of int, shape (n,)
        One for each absorbed factor; none leaves columns as they are.
    root : ndarray of shape (n,)
        Root of the weights.

    Notes
    -----
    The factor with most levels is taken out by its means. Of others, dummies are made and their means taken out: exact,
    without iteration.
    """

    def __init__(self, codes: Sequence[np.ndarray], root: np.ndarray) -> None:
        self.root = root
        self.groups = None
        self.others = np.zeros((len(root), 0))
        if not len(codes):
            return
        order = sorted(codes, key=lambda one: -int(one.max()))
        self.groups = indicator(order[0])
        self.size = self.groups @ root**2
        rest = [indicator(one).T.toarray()[:, 1:] for one in order[1:]]
        if rest:
            dummies = self._less_means(np.hstack(rest) * root[:, None])
            basis, upper, _ = _pivoted(dummies)
            self.others = basis[:, np.abs(np.diagonal(upper)) > 1e-9 * max(np.abs(upper).max(), 1e-300)]

    def _less_means(self, columns: np.ndarray) -> np.ndarray:
        if self.groups is None:
            return columns
        means = (self.groups @ (columns * self.root[:, None])) / self.size[:, None]
        return columns - self.root[:, None] * (self.groups.T @ means)

    def out_of(self, columns: np.ndarray) -> np.ndarray:
        """Return columns (n, m) without the effects."""
        left = self._less_means(columns)
        return left - self.others @ (self.others.T @ left)


def _pivoted(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from scipy import linalg

    return linalg.qr(columns, mode="economic", pivoting=True)


def indicator(codes: np.ndarray) -> sparse.csr_matrix:
    """Return the matrix (groups, n) that sums rows by group."""
    count = len(codes)
    return sparse.csr_matrix((np.ones(count), (codes, np.arange(count))), shape=(int(codes.max()) + 1, count))


class WildBootstrap:
    """Tests of single coefficients of a least-squares regression with clusters.

    Parameters
    ----------
    y : ndarray of shape (n,)
    x : ndarray of shape (n, k)
        Of full rank also once the effects are out.
    cluster : ndarray of int, shape (n,)
        0 to G - 1.
    absorbed : sequence of ndarray of int
        Codes of absorbed factors.
    weight : ndarray of shape (n,)
        Positive.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90; Roodman, Nielsen, MacKinnon and Webb
    (2019), Stata Journal 19; MacKinnon, Nielsen and Webb (2023), Journal of Applied Econometrics 38.
    """

    def __init__(
        self, y: np.ndarray, x: np.ndarray, cluster: np.ndarray, absorbed: Sequence[np.ndarray], weight: np.ndarray
    ) -> None:
        root = np.sqrt(weight / weight.mean())
        self.effects = Absorbed(absorbed, root)
        self.x = self.effects.out_of(x * root[:, None])
        self.y = self.effects.out_of((y * root)[:, None])[:, 0]
        self.sums = indicator(cluster)

    def _matrix(self, own: np.ndarray, basis: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """Score of each cluster g of a draw that keeps the residuals of cluster h alone, shape (G, G)."""
        known = np.hstack([basis, self.effects.others])
        matrix = np.diag(self.sums @ (own * residual))
        matrix -= (self.sums @ (own[:, None] * known)) @ (self.sums @ (residual[:, None] * known)).T
        if self.effects.groups is not None:
            root, groups = self.effects.root, self.effects.groups
            ours, theirs = (
                self.sums @ sparse.diags(root * column) @ groups.T for column in (own, residual)
            )  # fmt: skip
            matrix -= (ours @ sparse.diags(1 / self.effects.size) @ theirs.T).toarray()
        return matrix

    def test(self, j: int, draws: Signs, level: float = inference.LEVEL) -> WildTest:
        """Test the hypothesis that coefficient j is zero, and invert the test.

        Parameters
        ----------
        j : int
        draws : Signs
        level : float
            Confidence of the interval.

        Returns
        -------
        WildTest
        """
        basis = np.linalg.qr(np.delete(self.x, j, axis=1))[0]
        own = self.x[:, j] - basis @ (basis.T @ self.x[:, j])
        rest = self.y - basis @ (basis.T @ self.y)
        every = np.column_stack([basis, own / np.linalg.norm(own)])
        sums = self.sums @ (own * rest), self.sums @ own**2
        turned = [self._matrix(own, every, residual) @ draws.values for residual in (rest, own)]
        over = [one @ draws.values for one in sums]
        plain = [self._matrix(own, every, residual).sum(axis=1) for residual in (rest, own)]
        estimate = sums[0].sum() / sums[1].sum()

        def p_value(value: float) -> float:
            drawn, spread = over[0] - value * over[1], ((turned[0] - value * turned[1]) ** 2).sum(axis=0)
            mine = (sums[0] - value * sums[1]).sum()
            my_spread = ((plain[0] - value * plain[1]) ** 2).sum()
            return draws.p_value(drawn**2 * my_spread >= mine**2 * spread * (1 - TIE))

        step = np.sqrt(((plain[0] - estimate * plain[1]) ** 2).sum()) / sums[1].sum()
        ends = [self._end(p_value, estimate, side * max(step, 1e-12), 1 - level) for side in (-1, 1)]
        return WildTest(p_value(0.0), *ends)

    @staticmethod
    def _end(p_value, estimate: float, step: float, size: float) -> float:
        """Find the end of the interval on one side: the test rejects beyond it."""
        inside, outside = estimate, estimate + step
        for _ in range(DOUBLINGS):
            if p_value(outside) <= size:
                break
            inside, outside = outside, estimate + 2 * (outside - estimate)
        else:
            return np.inf * np.sign(step)
        while abs(outside - inside) > PRECISION * abs(step):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if p_value(middle) <= size else (middle, outside)
        return (inside + outside) / 2
