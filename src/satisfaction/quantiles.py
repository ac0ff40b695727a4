"""Two-sided quantiles: how many standard errors wide an interval is on either side.

SQL has the same in `macros/exact.sql`; a test holds the two together.

References
----------
Student (1908), The probable error of a mean, Biometrika 6 (1).
Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.5: the series.
"""

from __future__ import annotations

from statistics import NormalDist

import narwhals as nw
from scipy.special import stdtrit

LISTED = 12  # degrees of freedom up to which SQL lists t; the series is good to 1e-4 beyond


def z_value(confidence_level: float) -> float:
    """Quantile of the normal distribution, 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence_level / 2)


def t_value(confidence_level: float, freedom: float) -> float:
    """Quantile of Student's distribution, 2.262 for 0.95 and 9 degrees of freedom."""
    return float(stdtrit(freedom, 0.5 + confidence_level / 2))


def t_expression(confidence_level: float, freedom: nw.Expr) -> nw.Expr:
    """Quantile of Student's distribution by whole degrees of freedom, for any engine.

    Parameters
    ----------
    confidence_level : float
        Of the interval.
    freedom : Expr
        Degrees of freedom.

    Returns
    -------
    Expr
        Listed up to LISTED degrees, then the series; null without a degree of freedom.
    """
    by_freedom = 1 / nw.when(freedom > 0).then(freedom.cast(nw.Float64))
    series = nw.lit(0.0)
    for coefficient in reversed(series_coefficients(confidence_level)):
        series = series * by_freedom + coefficient
    for degree in range(LISTED, 0, -1):
        exact = nw.lit(t_value(confidence_level, degree))
        series = nw.when(freedom == degree).then(exact).otherwise(series)
    return series


def series_coefficients(confidence_level: float) -> tuple[float, ...]:
    """Coefficients of t in powers of 1 / degrees of freedom; the first is z."""
    z = z_value(confidence_level)
    return (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
