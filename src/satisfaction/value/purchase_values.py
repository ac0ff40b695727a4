"""Purchase models on frames of customers: fits as rows, predictions for every distinct summary.

Summaries are frames with a row per customer: n_repeats (days with purchases after the first),
days_to_last (from the first purchase to the last), days_observed (from the first purchase until
today), mean_repeat_amount (per repeat purchase; null without any). What comes to Python is each
distinct combination once, sorted, so that no figure depends on the order of rows.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.frames import LazyFrame, small
from satisfaction.core.quantiles import z_value
from satisfaction.value import bg_nbd, gamma_gamma
from satisfaction.value.bg_nbd import Purchases
from satisfaction.value.gamma_gamma import Amounts
from satisfaction.value.likelihood import STATUS, Fit

DAYS_PER_WEEK = 7
DAYS_PER_MONTH = 365.25 / 12
SUMMARY = ["n_repeats", "days_to_last", "days_observed"]
PEAKED = ["estimated", "too_few_customers"]
CORRELATION = "value_frequency_correlation"
FITS = {
    **dict.fromkeys(["model", "parameter"], "string"),
    **dict.fromkeys(["estimate", "standard_error", "low", "high", "log_likelihood"], "float64"),
    **dict.fromkeys(["n_customers", "n_repeating"], "int64"),
    **dict.fromkeys(["status", "note_zh", "note_en"], "string"),
}


def distinct_purchases(summaries: LazyFrame) -> pd.DataFrame:
    """Count customers by summary: SUMMARY and n, sorted."""
    counted = summaries.group_by(SUMMARY).agg(n=nw.len().cast(nw.Int64))
    return small(counted.to_native()).sort_values(SUMMARY, ignore_index=True)


def purchases(distinct: pd.DataFrame) -> Purchases:
    """Take counted summaries as arrays, time in weeks."""
    x, t_x, age, n = (distinct[name].to_numpy(float) for name in (*SUMMARY, "n"))
    return Purchases(x, t_x / DAYS_PER_WEEK, age / DAYS_PER_WEEK, n)


def distinct_amounts(summaries: LazyFrame) -> Amounts:
    """Count customers by repeat purchases and their mean amount, where it is above 0."""
    keys = ["n_repeats", "mean_repeat_amount"]
    bought = summaries.filter((nw.col("n_repeats") > 0) & (nw.col("mean_repeat_amount") > 0))
    counted = bought.group_by(keys).agg(n=nw.len().cast(nw.Int64))
    found = small(counted.to_native()).sort_values(keys)
    return Amounts(*(found[name].to_numpy(float) for name in (*keys, "n")))


def fits(
    summaries: LazyFrame,
    *,
    min_customers: int,
    max_correlation: float,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Fit both models.

    Parameters
    ----------
    summaries : LazyFrame
        See the module.
    min_customers : int
        Customers with repeat purchases, fewer of whom are too few.
    max_correlation : float
        Of amounts with numbers of purchases; see `gamma_gamma.fit`.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        The columns of FITS: a row per model and parameter, and CORRELATION among those of
        gamma_gamma; no row where there is no customer. Intervals are those of the logarithms.
    """
    distinct = distinct_purchases(summaries)
    if distinct.empty:
        return pd.DataFrame(columns=list(FITS)).astype(FITS)
    bought, spent = purchases(distinct), distinct_amounts(summaries)
    counts = int(bought.n.sum()), int(bought.n[bought.x > 0].sum())
    z = z_value(confidence_level)
    frequency = bg_nbd.fit(bought, min_customers)
    amount = gamma_gamma.fit(spent, min_customers, max_correlation)
    rows = _rows("bg_nbd", bg_nbd.PARAMETERS, frequency, counts, z)
    counts = int(spent.n.sum()), int(spent.n.sum())
    rows += _rows("gamma_gamma", gamma_gamma.PARAMETERS, amount, counts, z)
    related = gamma_gamma.correlation(spent, confidence_level)
    figures = related.value, np.nan, related.low, related.high, amount.log_likelihood
    rows.append(("gamma_gamma", CORRELATION, *figures, *counts, *_notes(amount)))
    return pd.DataFrame(rows, columns=list(FITS)).astype(FITS)


def _rows(
    model: str, parameters: tuple[str, ...], fit: Fit, counts: tuple[int, int], z: float
) -> list[tuple[object, ...]]:
    """Put a fit into rows of FITS."""
    spread = np.exp(z * np.sqrt(np.diag(fit.log_covariance)))
    low, high = fit.estimates / spread, fit.estimates * spread
    columns = zip(parameters, fit.estimates, fit.standard_errors, low, high, strict=True)
    return [(model, *row, fit.log_likelihood, *counts, *_notes(fit)) for row in columns]


def _notes(fit: Fit) -> tuple[str, str, str]:
    """Return the status, and what it means in Chinese and English."""
    return fit.status, *STATUS[fit.status]


def predictions(
    summaries: LazyFrame,
    fitted: pd.DataFrame,
    *,
    value_months: float,
    repeat_months: float,
    annual_discount: float,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Predict what customers with each distinct summary will do.

    Parameters
    ----------
    summaries : LazyFrame
        See the module.
    fitted : DataFrame
        As of `fits`, of these customers.
    value_months : float
        Horizon of the expected purchases.
    repeat_months : float
        Horizon of the repeat probability.
    annual_discount : float
        Rate d: a purchase after s years counts (1 + d)^-s.
    confidence_level : float
        Of the interval of the repeat probability.

    Returns
    -------
    DataFrame
        SUMMARY, probability_alive, expected_purchases, discounted_purchases, repeat_probability,
        repeat_low, repeat_high; no rows where the likelihood of BG/NBD has no peak.
    """
    of_model = fitted[fitted["model"] == "bg_nbd"].set_index("parameter")
    distinct = distinct_purchases(summaries)
    if not of_model["status"].isin(PEAKED).all():
        distinct = distinct.iloc[:0]
    found = distinct[SUMMARY].astype("int64")
    names = ["probability_alive", "expected_purchases", "discounted_purchases"]
    names += ["repeat_probability", "repeat_low", "repeat_high"]
    if distinct.empty:
        return found.assign(**dict.fromkeys(names, pd.Series(dtype="float64")))
    parameters = of_model.loc[list(bg_nbd.PARAMETERS), "estimate"].to_numpy(float)
    bought = purchases(distinct)
    weeks = DAYS_PER_MONTH / DAYS_PER_WEEK
    discount = float(np.log1p(annual_discount)) / (12 * weeks)
    again = bg_nbd.repeat_probability(
        parameters,
        bg_nbd.covariance(parameters, bought),
        bought,
        repeat_months * weeks,
        confidence_level,
    )
    figures = (
        bg_nbd.probability_alive(parameters, bought),
        bg_nbd.expected_purchases(parameters, bought, value_months * weeks),
        bg_nbd.expected_purchases(parameters, bought, value_months * weeks, discount),
        again.value,
        again.low,
        again.high,
    )
    return found.assign(**dict(zip(names, figures, strict=True)))
