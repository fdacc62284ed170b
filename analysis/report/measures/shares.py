"""Shares of a small number of cases, with the interval that so few allow."""

from __future__ import annotations

from numbers import Integral

from scipy.stats import beta


def exact_interval(cases: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a share.

    It holds the true share in at least `level` of samples, however few cases there are, if the cases are independent
    draws. Studies that were gathered by search are not: the interval then says how little their number alone can tell.

    Parameters
    ----------
    cases : int
        How many of them.
    of : int
        How many in all, at least one.
    level : float
        Between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper end, fractions.

    Raises
    ------
    ValueError
        If the counts are no whole numbers with 0 <= cases <= of and of >= 1, or the level is not inside (0, 1).

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26.

    Examples
    --------
    >>> [round(end, 3) for end in exact_interval(6, 11)]
    [0.234, 0.833]
    >>> [round(end, 3) for end in exact_interval(0, 10)]
    [0.0, 0.308]
    """
    if not (isinstance(cases, Integral) and isinstance(of, Integral) and 0 <= cases <= of and of >= 1):
        raise ValueError(f"cases={cases!r}, of={of!r}: two whole numbers with 0 <= cases <= of and of >= 1 are needed")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1")
    tail = (1 - level) / 2
    low = 0.0 if cases == 0 else float(beta.ppf(tail, cases, of - cases + 1))
    high = 1.0 if cases == of else float(beta.ppf(1 - tail, cases + 1, of - cases))
    return low, high


def counted(cases: int, of: int) -> str:
    """Return a share of few cases as it is printed: the counts and, in percent, the exact 95 % interval.

    Examples
    --------
    >>> counted(6, 11)
    '6 of 11 (23 to 83 %)'
    """
    low, high = exact_interval(cases, of)
    return f"{cases} of {of} ({100 * low:.0f} to {100 * high:.0f} %)"
