"""Each segment against the rest: all other respondents of the wave, never the total it is in.

What is tested is the difference of two indices that have no respondent in common. The rest has
counts of its own, those of the total less those of the segment, hence scores, weights shared out
over its known factors, and linearised values u as of `index.influence`. With s the segment, r the
rest, and V as in `index` or, where respondents are weighted, in `core.design`,

    V(difference) = V_s + V_r - 2 Cov(s, r).

Of respondents who count alike the covariance is 0; margins and strata that both share make one.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.5 and 5.6. Welch
(1938), The significance of the difference between two means when the population variances are
unequal, Biometrika 29; the lesser of the two degrees of freedom is on the safe side of his.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from satisfaction.core.comparisons import difference_test
from satisfaction.core.design import (
    UNIT,
    added,
    effective_numbers,
    units_of,
)
from satisfaction.core.expressions import exact_sum, total
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.core.moments import FloatArray
from satisfaction.survey import index
from satisfaction.survey.design import POWERS as WEIGHT_POWERS
from satisfaction.survey.design import SUMMED, covariances, laid_out, ordered

TOTAL = "total"
COUNTS = ("n_respondents", "n_valid", "value_sum", "valid_weight", "weighted_sum")
#: of the weight of all answers; less is what decimals leave of no weight at all
LEAST_WEIGHT = 1e-9


def counts(pooled: LazyFrame) -> LazyFrame:
    """Count the answers of the rest of every segment: those of the total less its own.

    Parameters
    ----------
    pooled : LazyFrame
        WAVE_SEGMENT, factor_id and COUNTS, the segment total among them.

    Returns
    -------
    LazyFrame
        WAVE_SEGMENT (the segment that is left out; none of the total), factor_id and COUNTS; a row
        where the rest has an answer to the factor.
    """
    everyone = pooled.filter(nw.col("segment_type") == TOTAL).select(
        "survey_id", "factor_id", *[nw.col(name).alias(f"all_{name}") for name in COUNTS]
    )
    segments = pooled.filter(nw.col("segment_type") != TOTAL)
    own = segments.select(*WAVE_SEGMENT, "factor_id", *COUNTS)
    beside = (
        segments.select(*WAVE_SEGMENT)
        .unique()
        .join(everyone, on="survey_id", how="inner")
        .join(own, on=[*WAVE_SEGMENT, "factor_id"], how="left")
    )
    left = beside.select(
        *WAVE_SEGMENT,
        "factor_id",
        "all_valid_weight",
        **{name: nw.col(f"all_{name}") - nw.col(name).fill_null(0) for name in COUNTS},
    )
    has_weight = nw.col("valid_weight") > LEAST_WEIGHT * nw.col("all_valid_weight")
    return left.filter(nw.col("n_valid") > 0, has_weight).drop("all_valid_weight")


def indices(pooled: LazyFrame, scales: LazyFrame, weights: LazyFrame) -> LazyFrame:
    """Index the rest of every segment.

    Parameters
    ----------
    pooled : LazyFrame
        As of `counts`.
    scales, weights : LazyFrame
        As of `index.factor_scores`, `index.weighted_index`.

    Returns
    -------
    LazyFrame
        As of `index.weighted_index`, of the rest of WAVE_SEGMENT: index_score, and
        index_n_respondents, 100 times the respondents of a factor on the weighted mean.
    """
    scores = index.factor_scores(index.by_weight(counts(pooled)), scales)
    return index.weighted_index(scores, weights, WAVE_SEGMENT, ("score", "n_respondents"))


def sums(
    members: LazyFrame,
    pooled: LazyFrame,
    weighted: Sequence[index.Factor],
    kinds: Sequence[str],
    is_weighted: bool = False,
) -> LazyFrame:
    """Add up what every respondent adds to the index of each rest that it belongs to.

    Parameters
    ----------
    members : LazyFrame
        As of `index.customer_index`, with a column per segment type; where respondents are
        weighted with the columns of `design.DESIGN`.
    pooled : LazyFrame
        As of `counts`.
    weighted : sequence of Factor
        The factors.
    kinds : sequence of str
        Segment types; total is passed over, beside whom there is nobody.
    is_weighted : bool
        Whether respondents are weighted.

    Returns
    -------
    LazyFrame
        WAVE_SEGMENT (who is left out), UNIT, n_respondents and sums over the rest: squares of u / n
        and, where respondents are weighted, all of `design.SUMMED`.
    """
    members, weighted = index.or_none(members, weighted)
    left = index.by_weight(counts(pooled))
    parted = [kind for kind in kinds if kind != TOTAL]
    if parted:
        of_kinds = [_sums_of_kind(members, left, weighted, kind, is_weighted) for kind in parted]
        return nw.concat(of_kinds)
    # without a segment there is no rest; the total stands for the columns
    return _sums_of_kind(members, left, weighted, TOTAL, is_weighted)


def _sums_of_kind(
    members: LazyFrame,
    left: LazyFrame,
    weighted: Sequence[index.Factor],
    kind: str,
    is_weighted: bool,
) -> LazyFrame:
    pulls = index.pulls(left, weighted, kind).rename({kind: "left_out"})
    beside = members.join(pulls, on="survey_id", how="inner")
    beside = beside.filter(nw.col(kind) != nw.col("left_out"))
    u = total(index.parts_of(weighted, kind)).alias("u")
    design = ["design_weight", "error_weight"] if is_weighted else []
    return (
        beside.select("survey_id", "left_out", *UNIT, *design, u)
        .group_by("survey_id", "left_out", *UNIT)
        .agg(nw.len().alias("n_respondents"), *_sums(is_weighted))
        .with_columns(segment_type=nw.lit(kind), segment_value=nw.col("left_out"))
        .drop("left_out")
    )


def _sums(is_weighted: bool) -> Iterator[nw.Expr]:
    u = nw.col("u")
    if not is_weighted:
        yield exact_sum(u * u, 30).alias("squares")
        return
    d, error = nw.col("design_weight"), nw.col("error_weight")
    yield exact_sum(d * u, 24).alias("design_influence")
    yield exact_sum(error * u, 24).alias("influence")
    yield exact_sum(error * error * u, 24).alias("cross")
    yield exact_sum(error * error * u * u, 30).alias("squares")


def equal_weights(apart: pd.DataFrame) -> pd.DataFrame:
    """Say of the sums of rests where every respondent counts once what `errors` says."""
    n = apart["n_respondents"].astype("float64")
    return apart[[*WAVE_SEGMENT, "n_respondents", "squares"]].assign(
        covariance=0.0,
        inflation=np.sqrt((n / (n - 1)).where(n > 1)),
        own_inflation=1.0,
        n_effective=n,
        n_spread=n,
        n_strata=1,
    )


def errors(segments: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """Variances of the indices of rests, and their covariances with those of their segments.

    Parameters
    ----------
    segments : DataFrame
        Sums over the respondents of segments, as of `design.design_sums`.
    apart : DataFrame
        As of `sums`, of weighted respondents.

    Returns
    -------
    DataFrame
        WAVE_SEGMENT and, of the rest, n_respondents, squares (its variance, in shares of 1),
        covariance, inflation, n_effective, n_spread and n_strata, as of `design.segment_errors`;
        own_inflation, that of the segment.
    """
    rows: list[pd.DataFrame] = []
    of_rests = dict(iter(apart.groupby(list(WAVE_SEGMENT[:2]))))
    segments = ordered(segments)
    everyone = segments[segments["segment_type"] == TOTAL]
    powers = everyone.groupby("survey_id")[list(POWERS)].sum().to_dict("index")
    for (survey, kind), of_kind in segments.groupby(list(WAVE_SEGMENT[:2]), sort=True):
        if (survey, kind) in of_rests:
            rows.append(_of_kind(of_kind, of_rests[survey, kind], powers[survey]))
    found = pd.concat(rows) if rows else pd.DataFrame(columns=[*_TYPES])
    return found.astype(_TYPES).reset_index(drop=True)


POWERS = ("n_respondents", *WEIGHT_POWERS)
_TYPES = dict.fromkeys(WAVE_SEGMENT, "string") | {"n_respondents": "int64"}
_TYPES |= dict.fromkeys(("squares", "covariance", "inflation", "n_effective"), "float64")
_TYPES |= {"own_inflation": "float64", "n_spread": "float64", "n_strata": "int64"}


def _of_kind(
    own: pd.DataFrame, beside: pd.DataFrame, everyone: Mapping[Any, float]
) -> pd.DataFrame:
    """Take the segments of one type in one wave."""
    design, values, of_segments = laid_out(own)
    # a unit that no segment has is of respondents without weight
    known = np.array([name in design.place for name in units_of(beside)], bool)
    rests = beside[known & beside["segment_value"].isin(values)]
    rests = rests.sort_values([*UNIT, "segment_value"])
    number = {name: place for place, name in enumerate(values)}
    there = np.array([design.place[name] for name in units_of(rests)], int)
    left_out = np.array([number[name] for name in rests["segment_value"]], int)

    def of_rests(name: str) -> FloatArray:
        at, shape = (there, left_out), (len(design.units), len(values))
        return added(rests[name].to_numpy(np.float64), at, shape)

    inside, outside = ([of(name) for name in SUMMED] for of in (of_segments, of_rests))
    squares = design.variances(*outside)
    counted = own.groupby("segment_value")[[*POWERS, "n_weighted"]].sum().loc[values]
    n, *powers = (everyone[name] - counted[name].to_numpy(np.float64) for name in POWERS)
    n_own = counted["n_weighted"].to_numpy(np.float64)
    effective, spread = effective_numbers(*powers)
    frame = pd.DataFrame({
        **{name: own[name].iloc[0] for name in WAVE_SEGMENT[:2]},
        "segment_value": values,
        "n_respondents": n,
        "squares": squares,
        "covariance": covariances(design, inside, outside),
        "inflation": design.inflation(design.n.sum() - n_own),
        "own_inflation": design.inflation(n_own),
        "n_effective": effective,
        "n_spread": spread,
        "n_strata": design.n_strata,
    })  # fmt: skip
    return frame[frame["n_respondents"] > 0]


def against_rest(
    found: pd.DataFrame, of_rests: pd.DataFrame, apart: pd.DataFrame, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Say how far every segment is from its rest.

    Parameters
    ----------
    found : DataFrame
        As of `index.segment_index`.
    of_rests : DataFrame
        As of `indices`.
    apart : DataFrame
        As of `equal_weights` or `errors`.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        WAVE_SEGMENT, rest_difference (index less that of the rest), rest_standard_error, rest_low,
        rest_high (points), rest_p_value (two-sided, Student's t with the lesser degrees of freedom)
        and n_effective_rest; a row for every segment that has a rest. NaN where there is no test.
    """
    keys, names = list(WAVE_SEGMENT), ["index_score", "weight_coverage"]
    own = found[[*keys, *names, "standard_error", "freedom"]]
    rests = of_rests[[*keys, *names, "index_n_respondents"]]
    both = own.merge(rests, on=keys, suffixes=("", "_rest")).merge(apart, on=keys)
    both = both.sort_values(keys, ignore_index=True)
    number = {name: both[name].to_numpy(np.float64) for name in both.columns.drop(keys)}
    scale = 100 * number["inflation"] / number["weight_coverage_rest"]
    own_scale = 100 * number["own_inflation"] / number["weight_coverage"]
    variance = number["standard_error"] ** 2 + scale**2 * number["squares"]
    variance -= 2 * own_scale * scale * number["covariance"]
    share = number["index_n_respondents"] / 100 / number["n_respondents"]
    spare = np.floor(number["n_spread"] * share + 1e-6) - number["n_strata"]
    freedom = np.minimum(number["freedom"], np.maximum(spare, 1))
    difference = number["index_score"] - number["index_score_rest"]
    tested = difference_test(difference, variance, freedom, confidence_level)
    columns = {f"rest_{name}": values for name, values in tested.items()}
    types = dict.fromkeys(keys, "string")
    return both[keys].astype(types).assign(**columns, n_effective_rest=number["n_effective"])
