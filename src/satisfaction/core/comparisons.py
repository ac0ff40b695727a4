"""Many tests at once: how many of the findings are false."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: what is said of a difference
DIFFERENCE = ("difference", "standard_error", "low", "high", "p_value")


def q_values(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust the p-values of a family of tests by the method of Benjamini and Hochberg.

    Parameters
    ----------
    p_values : (m,) array-like
        P-values, 0 to 1, of all tests of the family; NaN where a test could not be made, which
        does not count as one.

    Returns
    -------
    (m,) array
        The least share of false findings among those that are called findings, if this one is:
        q_(i) = min over j >= i of m p_(j) / j, with the p-values in order. NaN where p is.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1).

    Examples
    --------
    >>> q_values([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    found = np.full(p.shape, np.nan)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return found


def difference_test(
    difference: NDArray[np.float64],
    variance: NDArray[np.float64],
    freedom: NDArray[np.float64],
    confidence_level: float,
) -> dict[str, NDArray[np.float64]]:
    """Give a difference its interval and the p-value of none.

    Parameters
    ----------
    difference, variance, freedom : (k,) array
        In points, their squares, and degrees of freedom; NaN where nothing is known.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    dict of str to (k,) array
        DIFFERENCE.
    """
    error = np.sqrt(np.maximum(variance, 0))
    half = stats.t.ppf(0.5 + confidence_level / 2, freedom) * error
    p_value = p_of_none(difference, error, freedom)
    values = (difference, error, difference - half, difference + half, p_value)
    return dict(zip(DIFFERENCE, values, strict=True))


def p_of_none(
    difference: NDArray[np.float64], error: NDArray[np.float64], freedom: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the two-sided p-value of no difference, by Student's t."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(difference) / error  # two equal certainties differ for certain, or not
    ratio = np.where((error == 0) & (difference == 0), 0.0, ratio)
    return np.asarray(2 * stats.t.sf(ratio, freedom), np.float64)
