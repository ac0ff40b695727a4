"""How far the instrument can be trusted.

Do questions that belong together agree, who answered without care, does the channel matter, and do
ratings follow what was measured?

Figures are rows of MEASURE keys: of a segment of a wave, what is measured (measure), of what
(scope_type, scope_id) and of which question (item_id; ALL where it is no single one), with value,
standard_error (NaN where the interval is not made of one), low, high, n_items (questions in the
scope), n_respondents and n_others (respondents compared with, NaN where there are none).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.special import stdtrit

from satisfaction.core import moments
from satisfaction.core.intervals import wilson_interval
from satisfaction.core.moments import FloatArray
from satisfaction.core.quantiles import z_value

ALL = "all"
SURVEY = "survey"
MEASURE = [*moments.SEGMENT, "measure", "scope_type", "scope_id", "item_id"]
FIGURES = ["value", "standard_error", "low", "high", "n_items", "n_respondents", "n_others"]
TYPES = {
    **dict.fromkeys(MEASURE, "string"),
    **dict.fromkeys(FIGURES, "float64"),
    "n_respondents": "int64",
}


def cronbach_alpha(covariance: FloatArray) -> float:
    """Share of the variance of a sum of questions that they have in common.

    Parameters
    ----------
    covariance : (k, k) array
        Covariances of the k > 1 questions.

    Returns
    -------
    float
        k / (k - 1) (1 - sum of variances / sum of all covariances), at most 1; below 0 where
        questions contradict each other, NaN where their sum does not vary.

    References
    ----------
    Cronbach (1951), Coefficient alpha and the internal structure of tests, Psychometrika 16 (3).

    Examples
    --------
    >>> round(cronbach_alpha(np.array([[1.0, 0.5], [0.5, 1.0]])), 3)
    0.667
    """
    k, total = len(covariance), float(covariance.sum())
    if k < 2 or not total > moments.LEAST_SPREAD * float(np.trace(covariance)):
        return np.nan
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))


def alpha_interval(alpha: float, k: int, n: float, confidence_level: float = 0.95) -> FloatArray:
    """Interval of alpha by the normal approximation of ln(1 - alpha).

    Parameters
    ----------
    alpha : float
        Of k questions.
    k : int
        Questions, at least 2.
    n : float
        Respondents.
    confidence_level : float
        Of the interval.

    Returns
    -------
    (2,) array
        1 - exp(ln(1 - alpha) - ln(n / (n - 1)) +- z sqrt(2k / ((k - 1)(n - 2)))); NaN for fewer
        than three respondents.

    References
    ----------
    Bonett (2002), Sample size requirements for testing and estimating coefficient alpha, Journal of
    Educational and Behavioral Statistics 27 (4).
    Bonett and Wright (2015), Cronbach's alpha reliability: interval estimation, hypothesis testing,
    and sample size planning, Journal of Organizational Behavior 36 (1): the term ln(n / (n - 1)).
    """
    if not n > 2:
        return np.full(2, np.nan)
    half = z_value(confidence_level) * (2 * k / ((k - 1) * (n - 2))) ** 0.5
    return np.asarray(1 - (1 - alpha) * (n - 1) / n * np.exp([half, -half]))


def item_rest_correlations(covariance: FloatArray) -> FloatArray:
    """Correlation of each question with the sum of the others (corrected item-total correlation).

    Parameters
    ----------
    covariance : (k, k) array
        Covariances of the k > 1 questions.

    Returns
    -------
    (k,) array
        -1 to 1; NaN where the question, or the sum of the others, does not vary.

    References
    ----------
    Nunnally and Bernstein (1994), Psychometric Theory, chapter 8.
    """
    own, with_total = np.diag(covariance), covariance.sum(axis=1)
    rest = covariance.sum() - 2 * with_total + own
    varies = (own > 0) & (rest > moments.LEAST_SPREAD * np.trace(covariance))
    r = (with_total - own) / np.sqrt(np.where(varies, own * rest, np.nan))
    # pairs are summed over those who answered both: gaps may make a correlation impossible
    return np.where(np.abs(r) <= 1 + 1e-9, np.clip(r, -1, 1), np.nan)


def correlation_interval(
    r: FloatArray, n: FloatArray, confidence_level: float = 0.95, is_of_ranks: bool = False
) -> FloatArray:
    """Interval of a correlation by Fisher's z = artanh r, with a variance of 1 / (n - 3).

    Parameters
    ----------
    r, n : (m,) arrays
        Correlations, and the respondents they are of.
    confidence_level : float
        Of the intervals.
    is_of_ranks : bool
        Spearman's correlations have the variance (1 + r^2 / 2) / (n - 3).

    Returns
    -------
    (2, m) array
        Lower and upper ends, NaN for fewer than four respondents.

    References
    ----------
    Fisher (1921), On the probable error of a coefficient of correlation, Metron 1.
    Bonett and Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65 (1).
    """
    r, n = np.asarray(r, dtype=np.float64), np.asarray(n, dtype=np.float64)
    variance = (1 + r**2 / 2 if is_of_ranks else 1.0) / np.where(n > 3, n - 3, np.nan)
    half = z_value(confidence_level) * np.sqrt(variance)
    with np.errstate(divide="ignore"):
        z = np.arctanh(np.clip(r, -1, 1))  # sums may round beyond 1
    return np.asarray(np.tanh([z - half, z + half]))


def agreement(
    cell: moments.Cell, scope: tuple[str, str], items: list[str], confidence_level: float
) -> Iterator[tuple[Any, ...]]:
    """Yield alpha, alpha without each question and each question's correlation with the others.

    Covariances are of the respondents who answered both questions; the number behind a figure is
    that of the rarest pair. Questions that nobody in the segment answered are not in the scope.
    """
    of_items = cell.only(items)
    k = len(of_items.names)
    if k < 2:
        return
    covariance = moments.covariances(of_items.sums)
    n = float(of_items.sums[0].min())

    def figure(measure: str, item: str, k: int, value: float, ends: FloatArray) -> tuple[Any, ...]:
        return (*cell.key, measure, *scope, item, value, np.nan, *ends, k, n, np.nan)

    alpha = cronbach_alpha(covariance)
    yield figure("alpha", ALL, k, alpha, alpha_interval(alpha, k, n, confidence_level))
    r = item_rest_correlations(covariance)
    ends = correlation_interval(r, np.full(k, n), confidence_level)
    for i, item in enumerate(of_items.names):
        yield figure("item_total", item, k, r[i], ends[:, i])
        if k > 2:
            others = np.delete(np.delete(covariance, i, axis=0), i, axis=1)
            without = cronbach_alpha(others)
            interval = alpha_interval(without, k - 1, n, confidence_level)
            yield figure("alpha_if_deleted", item, k - 1, without, interval)


def with_recommendations(
    cell: moments.Cell, recommendations: Sequence[str], confidence_level: float
) -> Iterator[tuple[Any, ...]]:
    """Yield how each rated question goes with each recommendation, of who answered both."""
    for recommendation in recommendations:
        for item in cell.names:
            pair = cell.only([item, recommendation])
            if item in recommendations or len(pair.names) < 2 or not pair.sums[0, 0, 1]:
                continue
            n, r = pair.sums[0, 0, 1], moments.correlations(pair.sums)[0, 1]
            ends = correlation_interval(np.array([r]), np.array([n]), confidence_level)[:, 0]
            of = ("item_recommendation", "recommendation", recommendation, item)
            yield (*cell.key, *of, r, np.nan, *ends, np.nan, n, np.nan)


def flagged_shares(sums: pd.DataFrame, confidence_level: float) -> Iterator[tuple[Any, ...]]:
    """Yield the shares of straight-liners and of speeders in per cent, with Wilson's interval."""
    kinds = {
        "straight_lining_share": ("n_straight_liners", "n_checked"),
        "speeder_share": ("n_speeders", "n_timed"),
    }
    by_segment = sums.groupby(moments.SEGMENT, as_index=False).sum(numeric_only=True)
    for measure, (flagged, of) in kinds.items():
        counted = by_segment[by_segment[of] > 0]
        counted = counted.assign(p=counted[flagged] / counted[of])
        low, high = wilson_interval(nw.col("p"), nw.col(of), confidence_level)
        rows = nw.from_native(counted).with_columns(low=low, high=high).to_native()
        for row in rows.to_dict("records"):
            p, n = row["p"], row[of]
            figures = (100 * p, 100 * (p * (1 - p) / n) ** 0.5, 100 * row["low"], 100 * row["high"])
            key = (*(row[name] for name in moments.SEGMENT), measure, SURVEY, SURVEY, ALL)
            yield (*key, *figures, np.nan, n, np.nan)


def mode_effects(sums: pd.DataFrame, confidence_level: float) -> Iterator[tuple[Any, ...]]:
    """Yield how much higher the mean index of a channel's respondents is than that of the others.

    The interval is Welch's, of two means with variances of their own; nothing is said of a segment
    that answered by one channel only.

    References
    ----------
    Welch (1947), The generalization of Student's problem when several different population
    variances are involved, Biometrika 34 (1-2).
    """
    rows = sums[sums["channel"].notna() & (sums["n_indexed"] > 0)]
    rows = rows.sort_values([*moments.SEGMENT, "channel"])  # floats are added in one order
    columns = ["n_indexed", "index_sum", "index_squares"]
    own = rows[columns].to_numpy(np.float64).T
    others = rows.groupby(moments.SEGMENT)[columns].transform("sum").to_numpy(np.float64).T - own
    is_compared = others[0] > 0
    rows, own, others = rows[is_compared], own[:, is_compared], others[:, is_compared]
    squared_errors, freedoms = [], []
    for n, first, squares in (own, others):
        several = np.where(n > 1, n, np.nan)
        left = squares - first**2 / n
        variance = np.where(left > moments.LEAST_SPREAD * squares, left, 0.0) / (several - 1)
        squared_errors.append(variance / n)
        freedoms.append(several - 1)
    difference = own[1] / own[0] - others[1] / others[0]
    error = np.sqrt(squared_errors[0] + squared_errors[1])
    bends = sum(e**2 / v for e, v in zip(squared_errors, freedoms, strict=True))
    # where nobody differs the error is 0, whatever the degrees of freedom
    freedom = np.where(bends > 0, error**4 / np.where(bends > 0, bends, 1), 1.0)
    half = stdtrit(freedom, (1 + confidence_level) / 2) * error
    figures = zip(difference, error, difference - half, difference + half, strict=True)
    for row, found, n, m in zip(rows.to_dict("records"), figures, own[0], others[0], strict=True):
        key = (row[name] for name in moments.SEGMENT)
        yield (*key, "mode_effect", "channel", row["channel"], ALL, *found, np.nan, n, m)


def rank_correlations(ranks: pd.DataFrame, confidence_level: float) -> Iterator[tuple[Any, ...]]:
    """Yield Spearman's correlation between a rating and what was measured.

    References
    ----------
    Spearman (1904), The proof and measurement of association between two things, American Journal
    of Psychology 15 (1).
    """
    n = ranks["n_respondents"].to_numpy(np.float64)
    middle = n * ((n + 1) / 2) ** 2
    x, y, xy = (
        ranks[name].to_numpy(np.float64) - middle
        for name in ("hours_squares", "rating_squares", "products")
    )
    r = np.clip(xy / np.sqrt(np.where((x > 0) & (y > 0), x * y, np.nan)), -1, 1)
    low, high = correlation_interval(r, n, confidence_level, is_of_ranks=True)
    for i, row in enumerate(ranks.to_dict("records")):
        key = (row[name] for name in moments.SEGMENT)
        of = ("rating_against_standard", "standard", row["metric"], row["question_id"])
        yield (*key, *of, r[i], np.nan, low[i], high[i], np.nan, n[i], np.nan)


def instrument_quality(
    item_moments: pd.DataFrame,
    scopes: pd.DataFrame,
    sums: pd.DataFrame,
    ranks: pd.DataFrame,
    recommendations: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Put together all that is known of the instrument's quality; see the module.

    Parameters
    ----------
    item_moments : DataFrame
        As `satisfaction.core.moments.cells` reads it; the variables are questions. Only pairs that
        share a scope are needed, and those of a rated question and a recommendation.
    scopes : DataFrame
        scope_type, scope_id, question_id: the questions that are meant to measure one thing.
    sums : DataFrame
        SEGMENT, channel, n_checked, n_straight_liners, n_timed, n_speeders, n_indexed, index_sum,
        index_squares (of indices 0-100).
    ranks : DataFrame
        SEGMENT, question_id, metric, n_respondents, hours_squares, rating_squares, products: sums
        of squares and products of ranks within the segment.
    recommendations : sequence of str
        The variables of item_moments that are recommendations.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        MEASURE and FIGURES. Shares in per cent, mode effects in points of 100, the rest -1 to 1.
    """

    def rows() -> Iterable[tuple[Any, ...]]:
        scoped = scopes.sort_values(["scope_type", "scope_id", "question_id"])
        by_scope: dict[tuple[str, str], list[str]] = {}
        for kind, of, item in scoped[["scope_type", "scope_id", "question_id"]].to_numpy():
            by_scope.setdefault((kind, of), []).append(item)
        for cell in moments.cells(item_moments):
            for scope, items in by_scope.items():
                yield from agreement(cell, scope, items, confidence_level)
            yield from with_recommendations(cell, recommendations, confidence_level)
        yield from flagged_shares(sums, confidence_level)
        yield from mode_effects(sums, confidence_level)
        yield from rank_correlations(ranks, confidence_level)

    return pd.DataFrame(rows(), columns=[*MEASURE, *FIGURES]).astype(TYPES)
