"""How much of an outcome's variance some variables explain in the population: R^2 without its bias.

The R^2 of a sample is too high, the more so the more predictors there are for its n respondents.

References
----------
Ezekiel (1930), Methods of Correlation Analysis: adjusted R^2.
Gurland (1968), A relatively simple form of the distribution of the multiple correlation
coefficient, Journal of the Royal Statistical Society B 30 (2): the scaled F.
Helland (1987), On the interpretation and use of R^2 in regression analysis, Biometrics 43 (1): the
interval from it, for predictors that are as much by chance as the outcome.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import fdtr


def adjusted(r_squared: float, n: float, p: int) -> float:
    """Correct R^2 for its bias: 1 - (1 - R^2)(n - 1) / (n - p - 1), at least 0.

    Parameters
    ----------
    r_squared : float
        Of the sample.
    n : float
        Respondents.
    p : int
        Predictors.

    Returns
    -------
    float
        NaN where n is not above p + 1.
    """
    left = n - p - 1
    return max(0.0, 1 - (1 - r_squared) * (n - 1) / left) if left > 0 else np.nan


def interval(
    r_squared: float, n: float, p: int, confidence_level: float = 0.95
) -> tuple[float, float]:
    """Interval of the R^2 of the population.

    With rho^2 the population's R^2 and a = rho^2 / (1 - rho^2), R^2 / (1 - R^2) times
    (n - p - 1) / ((n - 1) a + p) is nearly F with ((n - 1) a + p)^2 / ((n - 1) a (a + 2) + p) and
    n - p - 1 degrees of freedom; exactly so for rho = 0. The ends are those rho^2 for which what
    was found would be as extreme as the level allows.

    Parameters
    ----------
    r_squared, n, p
        See `adjusted`.
    confidence_level : float
        Of the interval.

    Returns
    -------
    tuple of float
        The ends, from 0 to 1; NaN where n is not above p + 1.

    Examples
    --------
    Noise, forty respondents, twelve predictors: an R^2 of .44 is no sign of anything.

    >>> [round(end, 2) for end in interval(0.44, 40, 12)]
    [0.0, 0.5]
    """
    left = n - p - 1
    if left <= 0 or not np.isfinite(r_squared):
        return np.nan, np.nan
    if r_squared >= 1:
        return 1.0, 1.0
    ratio = r_squared / (1 - r_squared) * left

    def below(rho_squared: float) -> float:
        a = rho_squared / (1 - rho_squared)
        noise = (n - 1) * a + p
        return float(fdtr(noise**2 / ((n - 1) * a * (a + 2) + p), left, ratio / noise))

    def end(share: float) -> float:
        most = 1 - 1e-9
        if below(0.0) <= share:
            return 0.0
        if below(most) >= share:
            return 1.0
        return float(brentq(lambda rho_squared: below(rho_squared) - share, 0.0, most))

    outside = (1 - confidence_level) / 2
    return end(1 - outside), end(outside)
