"""Rank correlation (等级相关) of two ordered answers, from the table of how often they met.

Pairs of respondents are concordant where who answers higher to one question answers higher to the
other. Intervals are those of large samples; who answered is taken for a sample of independent
respondents.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from satisfaction.core.quantiles import z_value

FloatArray = NDArray[np.float64]
LEAST_SPREAD = 1e-12  # relative: anything smaller is rounding


class Correlation(NamedTuple):
    """A coefficient, -1 to 1, the ends of its interval, and the p-value of its being 0.

    NaN where the table does not say.
    """

    estimate: float
    low: float
    high: float
    p_value: float


UNKNOWN = Correlation(np.nan, np.nan, np.nan, np.nan)


def spearman(table: FloatArray, confidence_level: float = 0.95) -> Correlation:
    """Correlate the ranks; equal answers share the mean of their ranks.

    Parameters
    ----------
    table : (r, c) array
        Respondents by answers, both in rising order.
    confidence_level : float
        Of the interval.

    Returns
    -------
    Correlation
        Pearson's correlation of the ranks; tanh(atanh r +- z sqrt((1 + r^2 / 2) / (n - 3))); p by
        t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom. No interval for fewer than
        four respondents or |r| = 1.

    References
    ----------
    Spearman (1904), The proof and measurement of association between two things, American Journal
    of Psychology 15.
    Bonett and Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65: the interval.
    """
    n = float(table.sum())
    ranks = []
    for margin in (table.sum(axis=1), table.sum(axis=0)):
        rank = margin.cumsum() - (margin - 1) / 2
        ranks.append(np.asarray(rank - (n + 1) / 2))
    rows, columns = ranks
    spread = float(table.sum(axis=1) @ rows**2) * float(table.sum(axis=0) @ columns**2)
    if not spread > 0:
        return UNKNOWN
    r = float(np.clip(rows @ table @ columns / np.sqrt(spread), -1, 1))
    if not n > 3 or 1 - abs(r) < LEAST_SPREAD:
        return Correlation(r, np.nan, np.nan, np.nan)
    half = z_value(confidence_level) * np.sqrt((1 + r**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(r) + np.array([-half, half]))
    t = abs(r) * np.sqrt((n - 2) / (1 - r**2))
    return Correlation(r, float(low), float(high), float(2 * stdtr(n - 2, -t)))


def _concordance(table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Count, for each cell, the respondents who are concordant with it, and the discordant."""

    def below_left(counts: FloatArray) -> FloatArray:
        """Sum of the cells before each one in both directions."""
        summed = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1))
        summed[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
        return summed[:-1, :-1]

    def both(counts: FloatArray) -> FloatArray:
        """Cells before in both directions, and cells after in both."""
        return below_left(counts) + below_left(counts[::-1, ::-1])[::-1, ::-1]

    return both(table), both(table[:, ::-1])[:, ::-1]


def gamma_and_tau(
    table: FloatArray, confidence_level: float = 0.95
) -> tuple[Correlation, Correlation]:
    """Compare concordant with discordant pairs: Goodman and Kruskal's gamma, Kendall's tau-b.

    Parameters
    ----------
    table : (r, c) array
        Respondents by answers, both in rising order.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    tuple of Correlation
        With P and Q twice the number of concordant and discordant pairs: gamma = (P - Q) / (P + Q),
        which leaves ties out; tau-b = (P - Q) / sqrt((n^2 - sum of squared row totals)(n^2 - sum of
        squared column totals)), which they draw towards 0. Normal intervals by the asymptotic
        standard error, cut at -1 and 1; p by that under independence, one for both. No interval
        where the standard error is 0: all pairs agree, which says nothing about its width.

    References
    ----------
    Goodman and Kruskal (1954), Measures of association for cross classifications, JASA 49.
    Kendall (1945), The treatment of ties in ranking problems, Biometrika 33.
    Brown and Benedetti (1977), Sampling behavior of tests for correlation in two-way contingency
    tables, JASA 72: both standard errors.
    """
    n = float(table.sum())
    concordant, discordant = _concordance(table)
    p, q = float((table * concordant).sum()), float((table * discordant).sum())
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    untied_rows, untied_columns = n**2 - float(rows @ rows), n**2 - float(columns @ columns)
    if not p + q > 0:
        return UNKNOWN, UNKNOWN
    gamma = (p - q) / (p + q)
    gamma_error = 4 / (p + q) ** 2 * np.sqrt((table * (q * concordant - p * discordant) ** 2).sum())
    root = np.sqrt(untied_rows * untied_columns)
    tau, difference = (p - q) / root, concordant - discordant
    tied = rows[:, None] * untied_columns + columns[None, :] * untied_rows
    spread = (table * (2 * root * difference + tau * tied) ** 2).sum()
    spread -= n**3 * tau**2 * (untied_rows + untied_columns) ** 2
    tau_error = np.sqrt(max(float(spread), 0.0)) / root**2
    null = float((table * difference**2).sum() - (p - q) ** 2 / n)
    # the standard error of P - Q under independence is 2 sqrt(null)
    p_value = float(2 * ndtr(-abs(p - q) / (2 * np.sqrt(null)))) if null > LEAST_SPREAD else np.nan
    z = z_value(confidence_level)
    found = []
    for estimate, error in ((gamma, float(gamma_error)), (tau, float(tau_error))):
        half = z * error if error > LEAST_SPREAD else np.nan
        low, high = np.clip([estimate - half, estimate + half], -1.0, 1.0)
        found.append(Correlation(float(estimate), float(low), float(high), p_value))
    return found[0], found[1]
