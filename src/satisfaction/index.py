"""Index values: weighted means of factor scores, of a customer and of a segment, with intervals.

Every function takes and returns narwhals lazy frames: nothing is fetched, the engine behind the
frame (DuckDB, Spark) does the work. Sums over rows are taken over exact decimals, so that a figure
never depends on the order in which an engine happens to add.

Notation: n_ij is the number of valid answers of factor i at level j, x_ij the value of that level,
x_i,max the maximum of the factor's scale, C_i the factor's weight,

    D_i = sum_j x_ij n_ij / (x_i,max sum_j n_ij),    index = sum_i C_i D_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import narwhals as nw

from satisfaction.frames import LazyFrame

WAVE_CUSTOMER = ("survey_id", "customer_id")
WAVE_SEGMENT = ("survey_id", "segment_type", "segment_value")
SUMS = ("squares", "squares_0_1", "products")  # over the respondents of a segment
COVERAGE_TOLERANCE = 1e-9  # weights are added as decimals of 12 places


def exact_sum(values: nw.Expr, places: int = 12) -> nw.Expr:
    """Sum over decimals: the same whatever the order of the rows.

    Parameters
    ----------
    values : Expr
        Floats whose sum is below 10 ** (38 - places).
    places : int
        Digits kept after the point.
    """
    return values.cast(nw.Decimal(38, places)).sum().cast(nw.Float64)


def positive(divisor: nw.Expr) -> nw.Expr:
    """Null where a divisor is not above 0: engines differ in what they make of x / 0."""
    return nw.when(divisor > 0).then(divisor)


def factor_scores(counts: LazyFrame, scales: LazyFrame) -> LazyFrame:
    """Score every row of level counts.

    Parameters
    ----------
    counts : LazyFrame
        Has factor_id, n_valid (answers) and value_sum (sum_j x_ij n_ij).
    scales : LazyFrame
        factor_id, value_min, value_max of the factor's scale; value_max > value_min >= 0.

    Returns
    -------
    LazyFrame
        The rows with at least one valid answer and, beside their columns, score (D, a share of the
        scale's maximum) and score_0_1 (0 at the scale's lowest level, 1 at its highest).
    """
    mean = nw.col("value_sum") / nw.col("n_valid")
    return (
        counts.filter(nw.col("n_valid") > 0)
        .join(scales.select("factor_id", "value_min", "value_max"), on="factor_id", how="inner")
        .with_columns(
            score=mean / nw.col("value_max"),
            score_0_1=(mean - nw.col("value_min")) / (nw.col("value_max") - nw.col("value_min")),
        )
    )


def weighted_index(
    scores: LazyFrame,
    weights: LazyFrame,
    keys: Sequence[str],
    values: Sequence[str] = ("score",),
    min_coverage: float = 0.0,
) -> LazyFrame:
    """Join factor scores into an index per key, the weights shared out anew over known factors.

    Parameters
    ----------
    scores : LazyFrame
        keys, factor_id and the columns in values (shares of 1); one row per key and factor.
    weights : LazyFrame
        factor_id, weight; the weights of all factors sum to 1.
    keys : sequence of str
        Columns that identify what gets an index.
    values : sequence of str
        Scores to join; each gives a column index_<value>.
    min_coverage : float
        Least sum of known weights; below it the index is null.

    Returns
    -------
    LazyFrame
        keys, n_factors, weight_coverage (0-1) and 100 times the weighted mean of each value.
    """
    weight = nw.col("weight")
    sums = (
        scores.join(weights.select("factor_id", "weight"), on="factor_id", how="inner")
        .group_by(*keys)
        .agg(
            nw.len().alias("n_factors"),
            exact_sum(weight, 24).alias("weight_coverage"),
            *[exact_sum(weight * nw.col(value), 24).alias(f"sum_{value}") for value in values],
        )
    )
    coverage = nw.col("weight_coverage")
    enough = (coverage >= min_coverage - COVERAGE_TOLERANCE) & (coverage > 0)
    indices = [
        nw.when(enough).then(100 * nw.col(f"sum_{value}") / coverage).alias(f"index_{value}")
        for value in values
    ]
    return sums.select(*keys, "n_factors", "weight_coverage", *indices)


def contributions(
    scores: LazyFrame, weights: LazyFrame, indices: LazyFrame, keys: Sequence[str]
) -> LazyFrame:
    """Say how many points each factor contributes to the index of its key.

    Parameters
    ----------
    scores : LazyFrame
        keys, factor_id, score.
    weights : LazyFrame
        factor_id, weight.
    indices : LazyFrame
        keys, weight_coverage, index_score as of `weighted_index`.
    keys : sequence of str
        Columns that identify what has an index.

    Returns
    -------
    LazyFrame
        The columns of scores, weight (as it counts for this key: shared out over known factors)
        and contribution (points of 100; those of a key sum to its index, null where that is).
        Both are null where the known factors have no weight at all.
    """
    share = nw.col("weight") / positive(nw.col("weight_coverage"))
    points = nw.when(~nw.col("index_score").is_null()).then(100 * share * nw.col("score"))
    return (
        scores.join(weights.select("factor_id", "weight"), on="factor_id", how="inner")
        .join(indices.select(*keys, "weight_coverage", "index_score"), on=list(keys), how="inner")
        .with_columns(contribution=points, weight=share)
        .drop("weight_coverage", "index_score")
    )


def pool_segments(counts: LazyFrame, members: LazyFrame) -> LazyFrame:
    """Pool the level counts of the customers of each segment.

    Parameters
    ----------
    counts : LazyFrame
        survey_id, customer_id, factor_id, n_valid, n_missing, n_level_*, value_sum.
    members : LazyFrame
        survey_id, customer_id, segment_type, segment_value.

    Returns
    -------
    LazyFrame
        One row per wave, segment and factor that was asked: the sums, and n_respondents (customers
        with at least one valid answer to the factor).
    """
    summed = [
        name
        for name in counts.collect_schema().names()
        if name.startswith("n_level_") or name in ("n_valid", "n_missing")
    ]
    answered = nw.when(nw.col("n_valid") > 0).then(1).otherwise(0)
    return (
        counts.join(members, on=list(WAVE_CUSTOMER), how="inner")
        .group_by(*WAVE_SEGMENT, "factor_id")
        .agg(
            answered.sum().cast(nw.Int64).alias("n_respondents"),
            *[nw.col(name).sum().cast(nw.Int64) for name in summed],
            exact_sum(nw.col("value_sum")).alias("value_sum"),
        )
    )


def influence(
    counts: LazyFrame,
    members: LazyFrame,
    scales: LazyFrame,
    pooled: LazyFrame,
    weights: LazyFrame,
) -> LazyFrame:
    """Linearise the segment index: what each respondent adds to its deviation.

    The respondent is the unit, since the answers of one customer are not independent. With s_ik the
    customer's sum of x / x_i,max over m_ik valid answers to factor i, M_i = sum_k m_ik and n the
    respondents of the segment,

        u_k = sum_i C_i (s_ik - D_i m_ik) n / M_i,

    which is sum_i C_i (y_ik - ybar_i) n / n_i where each factor is asked once. The u_k sum to 0.

    Source: linearisation of a ratio, Särndal, Swensson and Wretman (1992), Model Assisted Survey
    Sampling, section 5.5.

    Returns
    -------
    LazyFrame
        survey_id, segment_type, segment_value, customer_id, u (of the index) and u_0_1 (of the
        rescaled index): u_k / n, in shares of 1.
    """
    cells = (
        factor_scores(pooled, scales)
        .join(weights.select("factor_id", "weight"), on="factor_id", how="inner")
        .select(
            *WAVE_SEGMENT,
            "factor_id",
            "weight",
            nw.col("score").alias("pooled_score"),
            nw.col("score_0_1").alias("pooled_score_0_1"),
            nw.col("n_valid").alias("pooled_valid"),
        )
    )
    pull = nw.col("weight") * nw.col("n_valid") / nw.col("pooled_valid")
    return (
        factor_scores(counts, scales)
        .join(members, on=list(WAVE_CUSTOMER), how="inner")
        .join(cells, on=[*WAVE_SEGMENT, "factor_id"], how="inner")
        .group_by(*WAVE_SEGMENT, "customer_id")
        .agg(
            exact_sum(pull * (nw.col("score") - nw.col("pooled_score")), 24).alias("u"),
            exact_sum(pull * (nw.col("score_0_1") - nw.col("pooled_score_0_1")), 24).alias("u_0_1"),
        )
    )


def segment_squares(influences: LazyFrame, waves: LazyFrame) -> LazyFrame:
    """Sum the squared influences of a segment, and their products with the previous wave's.

    Parameters
    ----------
    influences : LazyFrame
        As of `influence`.
    waves : LazyFrame
        survey_id, wave_number, previous_survey_id.

    Returns
    -------
    LazyFrame
        survey_id, previous_survey_id, segment_type, segment_value, n_respondents (n), squares
        (sum (u_k / n)^2), squares_0_1 (of the rescaled index) and products, the sum of u_k / n
        times the same of the previous wave over customers who answered both in this segment.
    """
    person = ("segment_type", "segment_value", "customer_id")
    order = waves.select("survey_id", "wave_number", "previous_survey_id")
    panel = influences.join(order, on="survey_id", how="inner").with_columns(
        before=nw.col("u").shift(1).over(*person, order_by="wave_number"),
        before_survey=nw.col("survey_id").shift(1).over(*person, order_by="wave_number"),
    )
    in_both = nw.col("before_survey") == nw.col("previous_survey_id")
    product = nw.when(in_both).then(nw.col("u") * nw.col("before")).otherwise(0.0)
    return panel.group_by(*WAVE_SEGMENT, "previous_survey_id").agg(
        nw.len().alias("n_respondents"),
        exact_sum(nw.col("u") * nw.col("u"), 30).alias("squares"),
        exact_sum(nw.col("u_0_1") * nw.col("u_0_1"), 30).alias("squares_0_1"),
        exact_sum(product, 30).alias("products"),
    )


def segment_index(
    indices: LazyFrame, squares: LazyFrame, confidence_level: float = 0.95
) -> LazyFrame:
    """Put the index of every segment beside its interval and its change from the previous wave.

    Parameters
    ----------
    indices : LazyFrame
        WAVE_SEGMENT keys, n_factors, weight_coverage, index_score, index_score_0_1 (of 100).
    squares : LazyFrame
        As of `segment_squares`.
    confidence_level : float
        Of the intervals; normal quantiles.

    Returns
    -------
    LazyFrame
        The columns of indices and, in points: standard_error, index_low, index_high,
        standard_error_0_100, previous_index, index_change, change_standard_error, change_low,
        change_high. SE^2 = sum u^2 / (n (n - 1)), null for n = 1. The variance of a change is that
        of both waves less twice their covariance, which comes from customers who answered both.
    """
    z = z_value(confidence_level)
    n, coverage = nw.col("n_respondents"), positive(nw.col("weight_coverage"))
    # u_k / n is what was summed; weights of unasked factors were shared out, hence coverage
    inflation = (n / positive(n - 1)) ** 0.5
    now = indices.join(squares, on=list(WAVE_SEGMENT), how="inner").with_columns(
        standard_error=100 * nw.col("squares") ** 0.5 * inflation / coverage,
        standard_error_0_100=100 * nw.col("squares_0_1") ** 0.5 * inflation / coverage,
        scale=100 * inflation / coverage,
    )
    before = now.select(
        nw.col("survey_id").alias("previous_survey_id"),
        "segment_type",
        "segment_value",
        nw.col("index_score").alias("previous_index"),
        nw.col("standard_error").alias("previous_standard_error"),
        nw.col("scale").alias("previous_scale"),
    )
    covariance = nw.col("products") * nw.col("scale") * nw.col("previous_scale")
    variance = (
        nw.col("standard_error") ** 2 + nw.col("previous_standard_error") ** 2 - 2 * covariance
    )
    # rounding may leave a variance of zero a hair below it
    both = now.join(
        before, on=["previous_survey_id", "segment_type", "segment_value"], how="left"
    ).with_columns(
        index_change=nw.col("index_score") - nw.col("previous_index"),
        change_standard_error=nw.when(variance > 0).then(variance).otherwise(variance * 0.0) ** 0.5,
    )
    helpers = ("scale", "previous_scale", "previous_standard_error", *SUMS)
    return both.with_columns(
        index_low=nw.col("index_score") - z * nw.col("standard_error"),
        index_high=nw.col("index_score") + z * nw.col("standard_error"),
        change_low=nw.col("index_change") - z * nw.col("change_standard_error"),
        change_high=nw.col("index_change") + z * nw.col("change_standard_error"),
    ).drop(*helpers)


def z_value(confidence_level: float) -> float:
    """Two-sided quantile of the normal distribution, 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence_level / 2)
