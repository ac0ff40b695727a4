"""Claims of the folklore, each held against the data: a ratio of two shares or means.

Customers above the line of a claim are compared with those below it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from satisfaction.core.moments import per_weight
from satisfaction.core.quantiles import z_value

# of these the figures are means; of all other measures they are ones and zeros
MEANS = ("purchases", "cost_ratio")
FIGURES = ["mean_upper", "mean_lower", "estimate", "estimate_low", "estimate_high"]
LEAST_SPREAD = 1e-12  # relative: anything smaller is rounding
FURTHEST = 1e9  # a ratio beyond it, or below its inverse, is none


def share_ratio_interval(
    k: float, n: float, j: float, m: float, confidence_level: float = 0.95
) -> tuple[float, float]:
    """Find the ratios of two shares that the score test does not reject.

    Parameters
    ----------
    k, n : float
        How many of how many above the line.
    j, m : float
        The same below it; j > 0.
    confidence_level : float
        Of the interval.

    Returns
    -------
    tuple of float
        The ratios R at which |k / n - R j / m| is z standard errors, these taken at the shares that
        are most likely if R is true. It has a width where all or none above the line are counted.

    References
    ----------
    Koopman (1984), Confidence intervals for the ratio of two binomial proportions, Biometrics 40.
    Miettinen and Nurminen (1985), Comparative analysis of two rates, Statistics in Medicine 4.

    Examples
    --------
    >>> [round(end, 2) for end in share_ratio_interval(36, 40, 16, 80)]
    [2.94, 7.15]
    """
    z = z_value(confidence_level)

    def beyond(logarithm: float, bound: float) -> float:
        """Tell how far the score is from a bound; it falls as the ratio rises."""
        ratio = np.exp(logarithm)
        a, b = (n + m) * ratio, -((n + j) * ratio + k + m)
        lower = (-b - np.sqrt(max(b * b - 4 * a * (k + j), 0.0))) / (2 * a)
        upper = ratio * lower
        variance = upper * (1 - upper) / n + ratio**2 * lower * (1 - lower) / m
        score = (k / n - ratio * j / m) / np.sqrt(variance) if variance > 0 else 0.0
        return float(score - bound)

    far, centre = float(np.log(FURTHEST)), np.log(k / n / (j / m)) if k > 0 else -np.inf
    low = np.exp(brentq(beyond, -far, centre, args=(z,))) if k > 0 else 0.0
    return float(low), float(np.exp(brentq(beyond, max(centre, -far), far, args=(-z,))))


def mean_ratio_interval(row: pd.Series, confidence_level: float = 0.95) -> tuple[float, float]:
    """Take the interval of a ratio of means by the delta method on its logarithm.

    Parameters
    ----------
    row : Series
        n, sum and square of both sides (n_upper, sum_upper, square_upper, n_lower …), and product,
        the sum of both figures' products where the customers are the same, else 0. Of weighted
        respondents n are effective ones, and sums are times weights that add up to n.

    Returns
    -------
    tuple of float
        With means x of n and y of m, variances and covariance divided by the number, the variance
        of ln(x / y) is var(x) / (n x^2) + var(y) / (m y^2) - 2 cov / (n x y). NaN where a mean is
        not above 0, or nothing varies.

    References
    ----------
    Katz, Baptista, Azen and Pike (1978), Obtaining confidence intervals for the risk ratio in
    cohort studies, Biometrics 34: the same of shares.
    Oehlert (1992), A note on the delta method, The American Statistician 46.
    """
    n, m = float(row["n_upper"]), float(row["n_lower"])
    if not (row["sum_upper"] > 0 and row["sum_lower"] > 0):
        return np.nan, np.nan
    x, y = row["sum_upper"] / n, row["sum_lower"] / m
    variance = (row["square_upper"] / n / x**2 - 1) / n + (row["square_lower"] / m / y**2 - 1) / m
    if row["product"] > 0:
        variance -= 2 * (row["product"] / n / (x * y) - 1) / n
    if not variance > LEAST_SPREAD:
        return np.nan, np.nan
    half = z_value(confidence_level) * np.sqrt(variance)
    return float(x / y * np.exp(-half)), float(x / y * np.exp(half))


def judge(sums: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Hold every claim against the data.

    Parameters
    ----------
    sums : DataFrame
        claim_id, measure, claimed_low, claimed_high (of which one may be NaN: open); of both sides
        n_upper, the respondents, sum_upper and square_upper, n_lower …; and product, as of
        `mean_ratio_interval`. Sums of weighted respondents are times the weights, beside
        weights_upper, weight_squares_upper ….
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        claim_id, n_upper, n_lower, n_effective (of the side with fewer; Kish 1965, Survey Sampling,
        section 11.7), FIGURES (NaN where they are not known), verdict, and
        is_supported, whether the whole interval lies within the claimed range, of which an open end
        is no bound. The verdict:

        - agrees: the interval meets the claimed range;
        - refuted_lower, refuted_higher: it lies wholly below, or wholly above it;
        - not_evaluable: there are customers on both sides, and no interval;
        - no_data: there are none on a side.
    """
    found = []
    for (_, row), (_, effective) in zip(sums.iterrows(), _effective(sums).iterrows(), strict=True):
        n = min(effective["n_upper"], effective["n_lower"])
        counts = [row["claim_id"], row["n_upper"], row["n_lower"], n]
        found.append([*counts, *_judged(effective, confidence_level)])
    types = {"claim_id": "string", "n_upper": "int64", "n_lower": "int64", "verdict": "string"}
    types["is_supported"] = "boolean"
    numbers = ["n_effective", *FIGURES]
    columns = ["claim_id", "n_upper", "n_lower", *numbers, "verdict", "is_supported"]
    return pd.DataFrame(found, columns=columns).astype(types | dict.fromkeys(numbers, "float64"))


def _effective(sums: pd.DataFrame) -> pd.DataFrame:
    """Scale weights so that those of a side add up to the effective respondents, n."""
    if "weights_upper" not in sums:
        return sums
    scaled = sums.copy()
    for side in ("upper", "lower"):
        weights = sums[f"weights_{side}"]
        scale = per_weight(weights, sums[f"weight_squares_{side}"])
        scaled[f"n_{side}"] = weights * scale
        for name in ("sum", "square"):
            scaled[f"{name}_{side}"] = sums[f"{name}_{side}"] * scale
        if side == "upper":  # where customers are the same on both sides, so are the weights
            scaled["product"] = sums["product"] * scale
    return scaled


def _judged(row: pd.Series, confidence_level: float) -> list[object]:
    n, m = float(row["n_upper"]), float(row["n_lower"])
    x, y = (row[f"sum_{s}"] / k if k else np.nan for s, k in (("upper", n), ("lower", m)))
    ratio = x / y if y > 0 else np.nan
    low = high = np.nan
    if n and y > 0:
        low, high = (
            mean_ratio_interval(row, confidence_level)
            if row["measure"] in MEANS
            else share_ratio_interval(row["sum_upper"], n, row["sum_lower"], m, confidence_level)
        )
    supported = None
    if not np.isnan(low):
        # a comparison with NaN, an open end, is never true
        supported = not (low < row["claimed_low"] or high > row["claimed_high"])
    if not (n and m):
        verdict = "no_data"
    elif np.isnan(low):
        verdict = "not_evaluable"
    elif high < row["claimed_low"]:
        verdict = "refuted_lower"
    else:
        verdict = "refuted_higher" if low > row["claimed_high"] else "agrees"
    return [x, y, ratio, low, high, verdict, supported]
