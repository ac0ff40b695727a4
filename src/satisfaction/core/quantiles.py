"""Two-sided quantiles: how many standard errors wide an interval is on either side.

SQL has the same in `macros/core/intervals.sql`; a test holds the two together.

References
----------
Student (1908), The probable error of a mean, Biometrika 6 (1).
"""

from __future__ import annotations

from statistics import NormalDist

import narwhals as nw
import numpy as np
from scipy.special import stdtrit

#: degrees of freedom at which the engines' t is exact; between and beyond it is good to 3e-6
EXACT_AT = (1, 2, 3, 4, 6, 10, 25)


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
        z exp(c_1 x + ... + c_7 x^7), x being 1 / freedom; null without a degree of freedom.
    """
    x = 1 / nw.when(freedom > 0).then(freedom.cast(nw.Float64))
    logarithm = nw.lit(0.0)
    for coefficient in reversed(coefficients(confidence_level)):
        logarithm = (logarithm + coefficient) * x
    return z_value(confidence_level) * logarithm.exp()


def coefficients(confidence_level: float) -> tuple[float, ...]:
    """Coefficients c of the polynomial without a constant that is ln(t / z) at EXACT_AT."""
    x = 1 / np.array(EXACT_AT)
    powers = x[:, None] ** np.arange(1, len(x) + 1)
    wanted = [t_value(confidence_level, freedom) for freedom in EXACT_AT]
    return tuple(np.linalg.solve(powers, np.log(np.array(wanted) / z_value(confidence_level))))
