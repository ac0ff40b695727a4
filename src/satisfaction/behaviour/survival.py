"""How long relationships last: Kaplan and Meier's estimate over ages in whole months.

Customers are watched from their first age to their last. Most are watched from age 0. One whose
relationship is older than the data enters later (delayed entry): those like it who were lost before
left no trace, so that it says nothing of the ages before. One who is still there when the data end
is censored: it counts up to then.

Whether the segments of one kind leave at the same rates is asked by the log-rank test, over the
same counts: where they do not, one curve of all of them is that of nobody.

References
----------
Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, Journal of the
American Statistical Association 53 (282).
Greenwood (1926), The natural duration of cancer, Reports on Public Health and Medical Subjects 33:
the variance.
Kalbfleisch and Prentice (1980), The Statistical Analysis of Failure Time Data: the interval on the
scale of log(-log S).
Brookmeyer and Crowley (1982), A confidence interval for the median survival time, Biometrics 38
(1).
Tsai, Jewell and Wang (1987), A note on the product-limit estimator under right censoring and left
truncation, Biometrika 74 (4).
Mantel (1966), Evaluation of survival data and two new rank order statistics arising in its
consideration, Cancer Chemotherapy Reports 50 (3): the log-rank test; Peto and Peto (1972),
Asymptotically efficient rank invariant test procedures, Journal of the Royal Statistical Society A
135 (2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtri

from satisfaction.core.moments import FloatArray

SEGMENT = ["segment_type", "segment_value"]
COUNTS = ["n_entered", "n_lost", "n_censored"]
COLUMNS = {
    **dict.fromkeys(SEGMENT, "string"),
    "age_months": "int32",
    **dict.fromkeys(["n_at_risk", *COUNTS], "int64"),
    **dict.fromkeys(["loss_rate", "survival", "standard_error", "low", "high"], "float64"),
    **dict.fromkeys(["mean_months", "median_months", "median_low", "median_high"], "float64"),
    **dict.fromkeys(["returned_share", "once_share", "log_rank_p"], "float64"),
}
# a product of shares may miss a half by its last digits
HALF = 0.5 + 1e-12
# below this share of the greatest variance nothing varies
ROUNDING = 1e-9


class Curve(NamedTuple):
    """Survival by age; every array has the shape of the counts."""

    n_at_risk: FloatArray
    survival: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray


def kaplan_meier(
    entered: FloatArray, lost: FloatArray, censored: FloatArray, confidence_level: float = 0.95
) -> Curve:
    """Estimate which share of relationships is still there at each age.

    At age t the n(t) relationships that entered by t and were neither lost nor censored before are
    at risk, d(t) of them are lost, and

        S(t) = prod (1 - d / n),    SE(t) = S(t) sqrt(sum d / (n (n - d))),
        interval: S ^ exp(-+ z SE / (S log S)),    over the ages up to t.

    Parameters
    ----------
    entered, lost, censored : array, shape (..., ages)
        How many relationships are watched from this age on, are lost at it, or were watched to it
        and not lost. Nobody is lost at age 0.
    confidence_level : float
        Of the interval.

    Returns
    -------
    Curve
        S and its interval are NaN from the first age on at which nobody is at risk: what happens
        there is not known. The interval is NaN where S is 1 or 0, the standard error where it is 0.
    """
    left = lost + censored
    n = np.cumsum(entered, axis=-1) - np.cumsum(left, axis=-1) + left
    with np.errstate(divide="ignore", invalid="ignore"):
        share = lost / n
        variance = lost / (n * (n - lost))
        # nobody can be lost at age 0: nothing is unknown of it, even where all enter later
        share[..., 0] = variance[..., 0] = 0
        survival = np.asarray(np.cumprod(1 - share, axis=-1), dtype=float)
        spread = np.sqrt(np.cumsum(variance, axis=-1))
        error = np.where(survival > 0, survival * spread, np.nan)
        power = np.exp(ndtri((1 + confidence_level) / 2) * spread / np.log(survival))
        inside = (survival > 0) & (survival < 1)
        low = np.where(inside, survival ** (1 / power), np.nan)
        high = np.where(inside, survival**power, np.nan)
    return Curve(n, survival, error, low, high)


def log_rank(lost: FloatArray, at_risk: FloatArray) -> float:
    """Ask whether groups are lost at the same rates.

    At each age the D lost of N at risk are shared out as the groups are, E_j = D n_j / N; what was
    seen less what was expected, summed over the ages, is held against its covariance

        V_jk = sum D (N - D) / (N - 1) * n_j / N * (delta_jk - n_k / N).

    Parameters
    ----------
    lost, at_risk : array, shape (groups, ages)
        How many of each group are lost, and watched, at an age; with delayed entry too.

    Returns
    -------
    float
        Probability of groups that differ as much or more where all leave at the same rates: of the
        chi-squared distribution, as many degrees of freedom as the covariance has. NaN where there
        is nothing to compare: one group, or no age at which some of several are lost.
    """
    n, d = at_risk.sum(axis=0), lost.sum(axis=0)
    shared = (n > 1) & (d > 0)
    n, d, lost = n[shared], d[shared], lost[:, shared]
    share = at_risk[:, shared] / n
    excess = (lost - share * d).sum(axis=1)
    weight = d * (n - d) / (n - 1)
    covariance = np.diag(share @ weight) - (share * weight) @ share.T
    # rows of the covariance sum to 0, but for rounding
    sizes, axes = np.linalg.eigh(covariance)
    told = sizes > ROUNDING * max(sizes.max(initial=0), 1e-3)
    if not told.any():
        return float("nan")
    statistic = ((excess @ axes[:, told]) ** 2 / sizes[told]).sum()
    return float(chdtrc(told.sum(), statistic))


def first_age_below_half(curve: FloatArray) -> FloatArray:
    """Return the first age at which a curve is not above a half.

    Parameters
    ----------
    curve : array, shape (..., ages)

    Returns
    -------
    array, shape (..., 1)
        NaN where it never is.
    """
    below = curve <= HALF
    first = np.argmax(below, axis=-1, keepdims=True)
    return np.where(below.any(axis=-1, keepdims=True), first, np.nan)


def relationship_survival(counts: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Draw the survival curve of every segment.

    Parameters
    ----------
    counts : DataFrame
        SEGMENT, age_months, COUNTS, and of n_lost n_returned, who came back later, and n_once,
        who bought in one month only; ages at which nothing happens may be absent.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        COLUMNS, a row for every age from 0 to the last at which a segment has anybody at risk.
        loss_rate is d / n of the age; mean_months the mean time spent in the relationship up to
        this age, the sum of S over the ages before; the median and its interval (where those of S
        cross a half), returned_share and once_share, of all that were lost, are the same in all
        rows of a segment; log_rank_p in all rows of a kind of segment. What cannot be told is NaN.
    """
    ages = pd.RangeIndex(
        int(counts["age_months"].max()) + 1 if len(counts) else 1, name="age_months"
    )
    segments = counts[SEGMENT].drop_duplicates().sort_values(SEGMENT)
    every = segments.merge(ages.to_frame(index=False), how="cross")
    rows = every.merge(counts, on=[*SEGMENT, "age_months"], how="left").fillna(
        dict.fromkeys([*COUNTS, "n_returned", "n_once"], 0)
    )
    entered, lost, censored = (
        rows[name].to_numpy(float).reshape(len(segments), len(ages)) for name in COUNTS
    )
    curve = kaplan_meier(entered, lost, censored, confidence_level)
    wide = np.ones_like(entered)
    kinds = segments["segment_type"].to_numpy()
    same = {
        kind: log_rank(lost[kinds == kind], curve.n_at_risk[kinds == kind]) for kind in set(kinds)
    }
    sums = rows.groupby(SEGMENT, sort=False)[["n_returned", "n_once", "n_lost"]].transform("sum")
    found = rows.assign(
        **{name: values.ravel() for name, values in curve._asdict().items()},
        loss_rate=lambda r: r["n_lost"] / r["n_at_risk"].where(r["n_at_risk"] > 0),
        mean_months=(np.cumsum(curve.survival, axis=-1) - curve.survival).ravel(),
        median_months=(first_age_below_half(curve.survival) * wide).ravel(),
        median_low=(first_age_below_half(curve.low) * wide).ravel(),
        median_high=(first_age_below_half(curve.high) * wide).ravel(),
        returned_share=sums["n_returned"] / sums["n_lost"].where(sums["n_lost"] > 0),
        once_share=sums["n_once"] / sums["n_lost"].where(sums["n_lost"] > 0),
        log_rank_p=rows["segment_type"].map(same),
    )
    last = found["age_months"].where(found["n_at_risk"] > 0).groupby([found[k] for k in SEGMENT])
    watched = found["age_months"] <= last.transform("max")
    return found.loc[watched, list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
