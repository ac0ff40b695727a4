"""Index values: weighted means of factor scores, of a customer and of a segment, with intervals.

Every function takes and returns narwhals lazy frames: nothing is fetched, the engine behind the
frame (DuckDB, Spark) does the work. Sums over rows are taken over exact decimals, so that a figure
never depends on the order in which an engine happens to add.

Respondents are wide frames: one row per wave and customer with <factor>_n (the number of valid
answers) and <factor>_sum (of their values) for every factor. That is a twelfth of the rows that a
row per factor would be, and the sums over factors are plain arithmetic in a fixed order.

Notation: n_ij is the number of valid answers of factor i at level j, x_ij the value of that level,
x_i,max the maximum of the factor's scale, C_i the factor's weight,

    D_i = sum_j x_ij n_ij / (x_i,max sum_j n_ij),    index = sum_i C_i D_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats

from satisfaction.core.comparisons import p_of_none
from satisfaction.core.expressions import exact_sum, not_negative, positive, total, value_or_zero
from satisfaction.core.frames import WAVE_CUSTOMER, WAVE_SEGMENT, LazyFrame, type_of
from satisfaction.core.quantiles import t_expression

SUMS = ("squares", "squares_rescaled", "products")  # over the respondents of a segment
# of what a segment's index is made
SEGMENT_VALUES = ("score", "score_rescaled", "score_unweighted", "n_respondents")
INDEXED = ("n_factors", "weight_coverage", "index_score", "index_score_rescaled")
COVERAGE_TOLERANCE = 1e-9  # weights are added as decimals of 12 places


@dataclass(frozen=True)
class Factor:
    """A factor that counts in the index.

    Attributes
    ----------
    factor_id : str
        Its name.
    column : str
        What its columns begin with: its name, if that can be one.
    value_min, value_max : float
        Values of the lowest and the highest level of its scale, 0 <= value_min < value_max.
    weight : float
        C_i.
    """

    factor_id: str
    column: str
    value_min: float
    value_max: float
    weight: float

    @property
    def valid(self) -> nw.Expr:
        """Count of its valid answers, sum_j n_ij."""
        return nw.col(f"{self.column}_n")

    @property
    def value_sum(self) -> nw.Expr:
        """Sum of the values of its answers, sum_j x_ij n_ij."""
        return nw.col(f"{self.column}_sum")


def factors(scales: pd.DataFrame, weights: pd.DataFrame) -> list[Factor]:
    """Read the factors that are both asked about and weighted.

    Parameters
    ----------
    scales : DataFrame
        factor_id, factor_column, value_min, value_max.
    weights : DataFrame
        factor_id, weight.

    Returns
    -------
    list of Factor
        In the order of their names.
    """
    names = ["factor_id", "factor_column", "value_min", "value_max", "weight"]
    rows = scales.merge(weights, on="factor_id").sort_values("factor_id")[names]
    return [
        Factor(str(name), str(column), float(low), float(high), float(weight))
        for name, column, low, high, weight in rows.itertuples(index=False)
    ]


# Stands in where no factor counts: it has no answers, so it gives no rows
NO_FACTOR = Factor("", "_none", 0.0, 1.0, 0.0)


def or_none(counts: LazyFrame, weighted: Sequence[Factor]) -> tuple[LazyFrame, Sequence[Factor]]:
    """Give counts a factor without answers where there is no factor at all."""
    if weighted:
        return counts, weighted
    return counts.with_columns(_none_n=nw.lit(0), _none_sum=nw.lit(0.0)), [NO_FACTOR]


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
        scale's maximum) and score_rescaled (0 at the scale's lowest level, 1 at its highest).
    """
    mean = nw.col("value_sum") / nw.col("n_valid")
    return (
        counts.filter(nw.col("n_valid") > 0)
        .join(scales.select("factor_id", "value_min", "value_max"), on="factor_id", how="inner")
        .with_columns(
            score=mean / nw.col("value_max"),
            score_rescaled=(mean - nw.col("value_min"))
            / (nw.col("value_max") - nw.col("value_min")),
        )
    )


def segment_scores(counts: LazyFrame, scales: LazyFrame) -> LazyFrame:
    """Score the factors of segments, each respondent times its weight.

    Parameters
    ----------
    counts : LazyFrame
        WAVE_SEGMENT, factor_id, n_respondents, n_valid and value_sum; valid_weight and
        weighted_sum, the same with each answer times its respondent's weight.
    scales : LazyFrame
        As of `factor_scores`.

    Returns
    -------
    LazyFrame
        As of `factor_scores`, and score_unweighted, where each answer counts once.
    """
    plain = nw.col("value_sum") / positive(nw.col("n_valid"))
    scored = counts.with_columns(mean_unweighted=plain)
    return factor_scores(by_weight(scored), scales).with_columns(
        score_unweighted=nw.col("mean_unweighted") / nw.col("value_max")
    )


def by_weight(counts: LazyFrame) -> LazyFrame:
    """Put weighted counts and sums in the place of plain ones."""
    return counts.with_columns(n_valid=nw.col("valid_weight"), value_sum=nw.col("weighted_sum"))


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


def customer_index(
    respondents: LazyFrame, weighted: Sequence[Factor], min_coverage: float = 0.0
) -> LazyFrame:
    """Index every respondent, the weights shared out anew over the factors that they answered.

    Parameters
    ----------
    respondents : LazyFrame
        survey_id, customer_id, <factor>_n and <factor>_sum.
    weighted : sequence of Factor
        The factors.
    min_coverage : float
        Least sum of known weights; below it the index is null.

    Returns
    -------
    LazyFrame
        The respondents with a valid answer: their columns, n_factors, weight_coverage (0-1),
        index_score and index_score_rescaled (of 100).
    """
    respondents, weighted = or_none(respondents, weighted)
    points = [f.weight * f.value_sum / positive(f.valid) / f.value_max for f in weighted]
    places = [
        f.weight * (f.value_sum / positive(f.valid) - f.value_min) / (f.value_max - f.value_min)
        for f in weighted
    ]
    sums = respondents.with_columns(
        n_factors=total(value_or_zero(f.valid > 0, 1.0) for f in weighted).cast(nw.Int64),
        weight_coverage=total(value_or_zero(f.valid > 0, f.weight) for f in weighted),
        points=total(value_or_zero(f.valid > 0, x) for f, x in zip(weighted, points, strict=True)),
        places=total(value_or_zero(f.valid > 0, x) for f, x in zip(weighted, places, strict=True)),
    )
    coverage = nw.col("weight_coverage")
    enough = (coverage >= min_coverage - COVERAGE_TOLERANCE) & (coverage > 0)
    return (
        sums.filter(nw.col("n_factors") > 0)
        .with_columns(
            index_score=nw.when(enough).then(100 * nw.col("points") / positive(coverage)),
            index_score_rescaled=nw.when(enough).then(100 * nw.col("places") / positive(coverage)),
        )
        .drop("points", "places")
    )


def influence(
    indices: LazyFrame,
    pooled: LazyFrame,
    weighted: Sequence[Factor],
    kinds: Sequence[str],
    keys: Sequence[str] = WAVE_CUSTOMER,
) -> LazyFrame:
    """Linearise the segment indices: what each respondent adds to the deviation of its segments.

    The respondent is the unit, since the answers of one customer are not independent. With s_ik the
    customer's sum of x / x_i,max over m_ik valid answers to factor i, M_i = sum_k m_ik and n the
    respondents of the segment,

        u_k = sum_i C_i (s_ik - D_i m_ik) n / M_i,

    which is sum_i C_i (y_ik - ybar_i) n / n_i where each factor is asked once. The u_k sum to 0.

    Source: linearisation of a ratio, Särndal, Swensson and Wretman (1992), Model Assisted Survey
    Sampling, section 5.5.

    Parameters
    ----------
    indices : LazyFrame
        As of `customer_index`, with a column per segment type.
    pooled : LazyFrame
        WAVE_SEGMENT, factor_id, n_valid and value_sum, a row per segment and factor.
    weighted : sequence of Factor
        The factors.
    kinds : sequence of str
        Segment types: names of the columns that part the respondents.
    keys : sequence of str
        Columns to keep.

    Returns
    -------
    LazyFrame
        keys, index_score, the segment columns and, for each of them, influence_<type> (on the
        index) and influence_rescaled_<type> (on the rescaled index): u_k / n, in shares of 1.
    """
    indices, weighted = or_none(indices, weighted)
    kept: list[str | nw.Expr] = [*keys, "index_score", *kinds]
    for kind in kinds:
        indices = indices.join(pulls(pooled, weighted, kind), on=["survey_id", kind], how="inner")
        parts = parts_of(weighted, kind)
        # a scale that begins above 0 has more room between its ends than below its top
        wider = [f.value_max / (f.value_max - f.value_min) for f in weighted]
        kept += [
            total(parts).alias(f"influence_{kind}"),
            total(x * k for x, k in zip(parts, wider, strict=True)).alias(
                f"influence_rescaled_{kind}"
            ),
        ]
    return indices.select(*kept)


def parts_of(weighted: Sequence[Factor], kind: str) -> list[nw.Expr]:
    """Say what the answers to each factor add to the index, by the columns of `pulls`."""
    return [
        nw.col(f"{f.column}_pull_{kind}")
        * (f.value_sum - nw.col(f"{f.column}_mean_{kind}") * f.valid)
        for f in weighted
    ]


def pulls(pooled: LazyFrame, weighted: Sequence[Factor], kind: str) -> LazyFrame:
    """Say how much an answer pulls the index of its segment: C_i / (M_i x_i,max), and the mean.

    Returns
    -------
    LazyFrame
        survey_id, the segment column, <factor>_pull_<kind> and <factor>_mean_<kind> (of the
        values); both 0 for factors without a valid answer.
    """
    of_kind = pooled.filter(
        (nw.col("segment_type") == type_of(kind)) & (nw.col("n_valid") > 0)
    ).select(
        "survey_id",
        "factor_id",
        nw.col("segment_value").alias(kind),
        pull=1 / positive(nw.col("n_valid")),
        mean=nw.col("value_sum") / positive(nw.col("n_valid")),
    )
    columns = []
    for f in weighted:
        here = nw.col("factor_id") == f.factor_id
        pull = nw.col("pull") * (f.weight / f.value_max)
        columns += [
            value_or_zero(here, pull).max().alias(f"{f.column}_pull_{kind}"),
            value_or_zero(here, nw.col("mean")).max().alias(f"{f.column}_mean_{kind}"),
        ]
    return of_kind.group_by("survey_id", kind).agg(*columns)


def segment_sums(influences: LazyFrame, waves: LazyFrame, kinds: Sequence[str]) -> LazyFrame:
    """Sum the squared influences of a segment, and their products with the previous wave's.

    Parameters
    ----------
    influences : LazyFrame
        As of `influence`.
    waves : LazyFrame
        survey_id, previous_survey_id of the waves to sum.
    kinds : sequence of str
        Segment types: names of the columns that part the respondents.

    Returns
    -------
    LazyFrame
        survey_id, previous_survey_id, segment_type, segment_value, n_respondents (n), squares
        (sum (u_k / n)^2), squares_rescaled (of the rescaled index), products, the sum of u_k / n
        times the same of the previous wave over customers who answered both in this segment,
        n_indexed_customers and mean_customer_index.
    """
    order = waves.select("survey_id", "previous_survey_id")
    panel = influences.join(order, on="survey_id", how="inner")
    return nw.concat([sums_of_kind(panel, influences, kind) for kind in kinds])


def sums_of_kind(panel: LazyFrame, influences: LazyFrame, kind: str) -> LazyFrame:
    """Add up the segments of one type, of the waves in panel."""
    u, score = nw.col(f"influence_{kind}"), nw.col("index_score")
    v = nw.col(f"influence_rescaled_{kind}")
    before = influences.select(
        nw.col("survey_id").alias("previous_survey_id"),
        "customer_id",
        kind,
        nw.col(f"influence_{kind}").alias("before"),
    )
    both = panel.join(before, on=["previous_survey_id", "customer_id", kind], how="left")
    product = value_or_zero(~nw.col("before").is_null(), u * nw.col("before"))
    return (
        both.group_by("survey_id", "previous_survey_id", kind)
        .agg(
            nw.len().alias("n_respondents"),
            exact_sum(u * u, 30).alias("squares"),
            exact_sum(v * v, 30).alias("squares_rescaled"),
            exact_sum(product, 30).alias("products"),
            score.count().alias("n_indexed_customers"),
            exact_sum(score).alias("score_sum"),
        )
        .with_columns(
            mean_customer_index=nw.col("score_sum") / positive(nw.col("n_indexed_customers")),
            segment_type=nw.lit(type_of(kind)),
            segment_value=nw.col(kind),
        )
        .drop("score_sum", kind)
    )


def equal_weights(sums: LazyFrame) -> LazyFrame:
    """Say of sums of `segment_sums`, where every respondent counts once, what `design` says.

    Returns
    -------
    LazyFrame
        The columns of sums, inflation (root of n / (n - 1)), n_effective, n_spread (both n) and
        n_strata (1).
    """
    n = nw.col("n_respondents")
    return sums.with_columns(
        inflation=(n / positive(n - 1)) ** 0.5,
        n_effective=n.cast(nw.Float64),
        n_spread=n.cast(nw.Float64),
        n_strata=nw.lit(1),
    )


def segment_index(
    indices: LazyFrame, squares: LazyFrame, confidence_level: float = 0.95
) -> LazyFrame:
    """Put the index of every segment beside its interval and its change from the previous wave.

    Parameters
    ----------
    indices : LazyFrame
        As of `weighted_index` with SEGMENT_VALUES, by WAVE_SEGMENT.
    squares : LazyFrame
        As of `equal_weights`, or of `design.segment_errors`.
    confidence_level : float
        Of the intervals; Student's quantiles.

    Returns
    -------
    LazyFrame
        The columns of indices and, in points: standard_error, index_low, index_high,
        standard_error_0_100, previous_index, index_change, change_standard_error, change_freedom
        (degrees of freedom), change_low, change_high; freedom, that of the index itself.
        SE^2 = sum u^2 / (n (n - 1)), null for n = 1; where respondents are weighted, see `design`.
        The variance of a change is that of both waves less twice their covariance, which comes from
        customers who answered both. An interval has one degree of freedom less than a factor has
        respondents on the weighted mean, in whole numbers: n - 1 without gaps; of weighted
        respondents as many count as n_spread says. A change has those of the lesser wave.
    """
    n, coverage = nw.col("n_respondents"), positive(nw.col("weight_coverage"))
    # without the small part a whole number that floats write as 3.999… would count as 3
    share = nw.col("index_n_respondents") / 100 / n
    answering = (nw.col("n_spread") * share + 1e-6).floor().cast(nw.Int64)
    spare = answering - nw.col("n_strata")
    freedom = nw.when(spare > 1).then(spare).otherwise(1)
    # u_k / n is what was summed; weights of unasked factors were shared out, hence coverage
    inflation = nw.col("inflation")
    now = indices.join(squares, on=list(WAVE_SEGMENT), how="inner").with_columns(
        standard_error=100 * nw.col("squares") ** 0.5 * inflation / coverage,
        standard_error_0_100=100 * nw.col("squares_rescaled") ** 0.5 * inflation / coverage,
        scale=100 * inflation / coverage,
        t=t_expression(confidence_level, nw.when(n > 1).then(freedom)),
        freedom=freedom,
    )
    before = now.select(
        nw.col("survey_id").alias("previous_survey_id"),
        "segment_type",
        "segment_value",
        nw.col("index_score").alias("previous_index"),
        nw.col("standard_error").alias("previous_standard_error"),
        nw.col("scale").alias("previous_scale"),
        nw.col("t").alias("previous_t"),
        nw.col("freedom").alias("previous_freedom"),
    )
    covariance = nw.col("products") * nw.col("scale") * nw.col("previous_scale")
    variance = (
        nw.col("standard_error") ** 2 + nw.col("previous_standard_error") ** 2 - 2 * covariance
    )
    both = now.join(
        before, on=["previous_survey_id", "segment_type", "segment_value"], how="left"
    ).with_columns(
        index_change=nw.col("index_score") - nw.col("previous_index"),
        change_standard_error=not_negative(variance) ** 0.5,
    )
    helpers = ["scale", "previous_scale", "previous_standard_error", "t", "previous_t"]
    helpers += ["previous_freedom", "index_n_respondents", "inflation"]
    helpers += ["n_spread", "n_strata", *SUMS]
    t, previous_t = nw.col("t"), nw.col("previous_t")
    half = t * nw.col("standard_error")
    wider = nw.when(t > previous_t).then(t).otherwise(previous_t)
    change_half = wider * nw.col("change_standard_error")
    lesser = nw.when(nw.col("freedom") < nw.col("previous_freedom")).then(nw.col("freedom"))
    return both.with_columns(
        index_low=nw.col("index_score") - half,
        index_high=nw.col("index_score") + half,
        change_freedom=lesser.otherwise(nw.col("previous_freedom")),
        change_low=nw.col("index_change") - change_half,
        change_high=nw.col("index_change") + change_half,
    ).drop(*helpers)


COUNTED = ("n_factors", "n_respondents", "n_indexed_customers")
#: the chance with which a change of the minimum detectable size shows
POWER = 0.8


def change_tests(found: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Test whether an index changed at all, and say how large a change would have shown.

    Parameters
    ----------
    found : DataFrame
        As of `segment_index`.
    confidence_level : float
        Of the intervals: a test finds something at 1 less this level.

    Returns
    -------
    DataFrame
        The columns of found, change_p_value (two-sided, Student's t with change_freedom) and
        minimum_detectable_change, the change that a test finds with a chance of POWER: (t + z)
        times the standard error; points. NaN where there is no standard error.

    References
    ----------
    Bloom (1995), Minimum detectable effects, Evaluation Review 19 (5).
    """
    error = found["change_standard_error"].to_numpy(np.float64)
    change, freedom = (
        found[name].to_numpy(np.float64) for name in ("index_change", "change_freedom")
    )
    t = stats.t.ppf(0.5 + confidence_level / 2, freedom)
    tested = found.assign(
        change_p_value=p_of_none(change, error, freedom),
        minimum_detectable_change=(t + stats.norm.ppf(POWER)) * error,
    )
    # a frame without rows has no types
    types = dict.fromkeys(tested, "float64") | dict.fromkeys(COUNTED, "int64")
    types |= dict.fromkeys([*WAVE_SEGMENT, "previous_survey_id"], "string")
    return tested.astype({name: types[name] for name in tested})
