"""Intervals of shares, and of differences of shares.

In SQL the same two stand in macros/core/intervals.sql.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from satisfaction.core.expressions import positive
from satisfaction.core.quantiles import z_value


def wilson_interval(
    share: nw.Expr, n: nw.Expr, confidence_level: float = 0.95
) -> tuple[nw.Expr, nw.Expr]:
    """Interval of a share that stays within 0 and 1 and has a width at both of them.

    Parameters
    ----------
    share : Expr
        p, 0 to 1.
    n : Expr
        Independent answers behind it.
    confidence_level : float
        Of the interval; normal quantiles z.

    Returns
    -------
    tuple of Expr
        The ends of (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n); null where
        n is not positive, or p not a share.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    z = z_value(confidence_level)
    count = positive(n).cast(nw.Float64)
    p = nw.when((share >= 0) & (share <= 1)).then(share)
    centre, width = p + z * z / (2 * count), 1 + z * z / count
    half = z * (p * (1 - p) / count + z * z / (4 * count * count)) ** 0.5
    return (centre - half) / width, (centre + half) / width


def contrast_interval(
    coefficients: NDArray[np.float64],
    shares: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interval of a weighted sum of shares of different respondents, from their own intervals.

    Parameters
    ----------
    coefficients, shares, low, high : (..., k) arrays
        Weights c, shares p and the ends l and u of their intervals (Wilson's).

    Returns
    -------
    tuple of (...) arrays
        With d = sum c p: d less the root of the sum of squares of c p - min(c l, c u), and d plus
        that of max(c l, c u) - c p. For the difference of two shares, c = (1, -1), this is
        Newcombe's hybrid score interval.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, method 10.
    Zou, Huang and Zhang (2009), A note on confidence interval estimation for a linear function of
    binomial proportions, Computational Statistics and Data Analysis 53.

    Examples
    --------
    >>> p, l, u = np.array([0.8, 0.6]), np.array([0.6918, 0.4905]), np.array([0.8770, 0.7004])
    >>> [round(float(end), 3) for end in contrast_interval(np.array([1.0, -1.0]), p, l, u)]
    [0.052, 0.334]
    """
    parts, ends = coefficients * shares, (coefficients * low, coefficients * high)
    down, up = parts - np.minimum(*ends), np.maximum(*ends) - parts
    total = parts.sum(axis=-1)
    return total - np.sqrt((down**2).sum(axis=-1)), total + np.sqrt((up**2).sum(axis=-1))
