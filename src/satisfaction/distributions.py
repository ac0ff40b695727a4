"""The F distribution, for intervals of few groups.

NumPy has no quantiles, and SciPy for one function is much to install.
"""

from __future__ import annotations

from math import lgamma
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
TERMS = 2000  # of the continued fraction, far more than are needed
STEPS = 200  # towards a quantile; some ten are needed
MANY = 1e5  # degrees of freedom: more change nothing that is read, and take long
WIDEST = 300.0  # size of the logarithm of a quantile
log_gamma = np.vectorize(lgamma, otypes=[np.float64])


def incomplete_beta(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Regularised incomplete beta function I_x(a, b).

    Parameters
    ----------
    x : array
        0 to 1.
    a, b : array
        Above 0; the three are broadcast.

    Returns
    -------
    array
        0 to 1, within about 1e-12.

    References
    ----------
    NIST Digital Library of Mathematical Functions, 8.17.22 (the continued fraction), evaluated as
    in Lentz (1976), Applied Optics 15; DLMF 8.17.4 where x is large.
    """
    x, a, b = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, a, b)))
    # the fraction converges fast below the mean
    mirrored = x > (a + 1) / (a + b + 2)
    y, p, q = np.where(mirrored, 1 - x, x), np.where(mirrored, b, a), np.where(mirrored, a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_factor = p * np.log(y) + q * np.log1p(-y) - log_gamma(p) - log_gamma(q)
        factor = np.exp(log_factor + log_gamma(p + q)) / p
    c = np.ones_like(y)
    d = 1 / (1 - (p + q) * y / (p + 1))
    fraction = d.copy()
    for m in range(1, TERMS):
        even = m * (q - m) * y / ((p + 2 * m - 1) * (p + 2 * m))
        odd = -(p + m) * (p + q + m) * y / ((p + 2 * m) * (p + 2 * m + 1))
        before = fraction.copy()
        for term in (even, odd):
            d, c = 1 / (1 + term * d), 1 + term / c
            fraction = fraction * c * d
        if np.all(np.abs(fraction - before) <= 1e-15 * np.abs(fraction)):
            break
    found = np.where(y > 0, factor * fraction, 0.0)
    return np.asarray(np.where(mirrored, 1 - found, found), dtype=np.float64)


def f_tail(f: ArrayLike, above: ArrayLike, below: ArrayLike) -> FloatArray:
    """Probability that F with these degrees of freedom is greater than f.

    Parameters
    ----------
    f : array
        At least 0.
    above, below : array
        Degrees of freedom of the numerator and the denominator, above 0.
    """
    f, above, below = (np.asarray(v, dtype=np.float64) for v in (f, above, below))
    return incomplete_beta(below / (below + above * f), below / 2, above / 2)


def f_quantile(probability: float, above: ArrayLike, below: ArrayLike) -> FloatArray:
    """Value that F with these degrees of freedom stays below with this probability.

    Parameters
    ----------
    probability : float
        Between 0 and 1.
    above, below : array
        Degrees of freedom of the numerator and the denominator, above 0; above MANY they count as
        so many.

    Returns
    -------
    array
        Of the shape that above and below have together. The square root of F with 1 and v degrees
        of freedom is the size of Student's t with v.

    Examples
    --------
    >>> print(f_quantile(0.95, 3, 10).round(2), (f_quantile(0.95, 1, 10) ** 0.5).round(3))
    3.71 2.228
    """
    above, below = np.broadcast_arrays(np.minimum(above, MANY), np.minimum(below, MANY))
    # Newton's steps on the logarithm of F, which is nearly normal; where one leaves the bracket,
    # half of the bracket
    z = NormalDist().inv_cdf(probability)
    log_f = 1 / below - 1 / above + z * (2 / above + 2 / below) ** 0.5
    low, high = np.full(log_f.shape, -WIDEST), np.full(log_f.shape, WIDEST)
    p, q = above / 2, below / 2
    log_beta = log_gamma(p) + log_gamma(q) - log_gamma(p + q)
    for _ in range(STEPS):
        odds = above * np.exp(log_f) / below
        off = incomplete_beta(odds / (1 + odds), p, q) - probability
        low, high = np.where(off < 0, log_f, low), np.where(off < 0, high, log_f)
        slope = np.exp(p * np.log(odds) - (p + q) * np.log1p(odds) - log_beta)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            step = log_f - off / slope
        better = np.where((step > low) & (step < high), step, (low + high) / 2)
        moved, log_f = np.abs(better - log_f), better
        if np.all(moved <= 1e-13):
            break
    return np.asarray(np.exp(log_f), dtype=np.float64)
