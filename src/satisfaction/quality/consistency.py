"""Consistency of service: how much of the spread between customers lies between units.

Units are branches, regions, whatever customers are served by. If it hardly matters who serves a
customer, the intraclass correlation is near 0; the same brand with uneven service has a high one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import fdtrc, fdtri

from satisfaction.core.moments import LEAST_SPREAD, FloatArray

ITEM = ["survey_id", "unit_type", "item_id"]
COLUMNS = {
    **dict.fromkeys(ITEM, "string"),
    "n_units": "int64",
    "n_respondents": "int64",
    "mean_score": "float64",
    "icc": "float64",
    "icc_low": "float64",
    "icc_high": "float64",
    "f_value": "float64",
    "p_value": "float64",
    "between_sd": "float64",
    "within_sd": "float64",
    "lowest_unit": "string",
    "lowest_mean": "float64",
    "n_lowest": "int64",
    "highest_unit": "string",
    "highest_mean": "float64",
    "n_highest": "int64",
}


def service_consistency(units: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Part the variance of customers' scores into that between units and that within them.

    One-way random effects: with k units of n_j customers, N in all, the mean squares between and
    within units B and W, and n0 = (N - sum n_j^2 / N) / (k - 1),

        icc = (B - W) / (B + (n0 - 1) W),    between_sd^2 = (B - W) / n0,    F = B / W.

    Parameters
    ----------
    units : DataFrame
        ITEM, unit_value, n_respondents, score_sum, square_sum (of scores 0-1).
    confidence_level : float
        Of the interval: that of icc from F with k - 1 and N - k degrees of freedom, exact where
        units are of one size and scores normal, else near it.

    Returns
    -------
    DataFrame
        COLUMNS, a row for each item that at least two units have, and more customers than units.
        Means and standard deviations in points of 100. icc may be below 0, where units differ less
        than chance would have it; between_sd is then 0. What cannot be told is NaN.

    References
    ----------
    Fisher (1925), Statistical Methods for Research Workers, chapter 7.
    Shrout and Fleiss (1979), Intraclass correlations: uses in assessing rater reliability,
    Psychological Bulletin 86 (2): ICC(1,1) and its interval.
    Searle (1971), Linear Models, chapter 10: n0 for units of different sizes.
    Donner and Wells (1986), A comparison of confidence interval methods for the intraclass
    correlation coefficient, Biometrics 42 (2): the interval with n0.
    """
    rows = units.sort_values([*ITEM, "unit_value"], ignore_index=True).assign(
        n=lambda r: r["n_respondents"].astype("float64"),
        mean=lambda r: r["score_sum"] / r["n"],
        size_squared=lambda r: r["n"] ** 2,
        between=lambda r: r["score_sum"] ** 2 / r["n"],
    )
    summed = ["n", "score_sum", "square_sum", "size_squared", "between"]
    by_item = rows.groupby(ITEM, sort=False)
    sums = by_item[summed].sum()
    sums["k"] = by_item.size()
    sums = sums[(sums["k"] > 1) & (sums["n"] > sums["k"])]

    k, n = sums["k"].to_numpy(float), sums["n"].to_numpy()
    n0 = (n - sums["size_squared"].to_numpy() / n) / (k - 1)
    mean = sums["score_sum"].to_numpy() / n
    between = mean_square(sums["between"].to_numpy(), n * mean**2, k - 1)
    within = mean_square(sums["square_sum"].to_numpy(), sums["between"].to_numpy(), n - k)
    outside = (1 - confidence_level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        f = between / within
        icc = (between - within) / (between + (n0 - 1) * within)
        low = f / fdtri(k - 1, n - k, 1 - outside)
        high = f * fdtri(n - k, k - 1, 1 - outside)
        found = sums.reset_index().assign(
            n_units=k,
            n_respondents=n,
            mean_score=100 * mean,
            icc=icc,
            icc_low=(low - 1) / (low + n0 - 1),
            icc_high=(high - 1) / (high + n0 - 1),
            f_value=np.where(np.isfinite(f), f, np.nan),
            p_value=fdtrc(k - 1, n - k, f),
            between_sd=100 * np.sqrt(np.maximum(between - within, 0) / n0),
            within_sd=100 * np.sqrt(within),
        )
    for name, place in (
        ("lowest", by_item["mean"].idxmin()),
        ("highest", by_item["mean"].idxmax()),
    ):
        of = rows.loc[place, [*ITEM, "unit_value", "mean", "n"]].assign(
            mean=lambda r: 100 * r["mean"]
        )
        of.columns = pd.Index([*ITEM, f"{name}_unit", f"{name}_mean", f"n_{name}"])
        found = found.merge(of, on=ITEM, how="inner")
    return found[list(COLUMNS)].astype(COLUMNS)


def mean_square(squares: FloatArray, explained: FloatArray, freedom: FloatArray) -> FloatArray:
    """Divide a sum of squares by its degrees of freedom; what is left by rounding is 0."""
    left = squares - explained
    return np.asarray(np.where(left > LEAST_SPREAD * squares, left, 0.0) / freedom)
