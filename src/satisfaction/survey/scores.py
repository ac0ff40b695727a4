"""Scores of single questions: shares of answers, means on their own scale, net promoters.

Every function takes and returns narwhals lazy frames or expressions: the engine behind the frame
does the work. Scales are never pooled: a score belongs to one question.

Sums are frames with one row per wave, segment and question: survey_id, segment_type, segment_value,
question_id, role, n_levels, value_min, value_max, n_satisfied_levels (of its scale), n_respondents,
n_valid, n_missing and n_not_understood answers, n_satisfied, n_top_2, n_bottom, n_promoters,
n_detractors (answers among the valid ones), value_sum and square_sum (of their values).
"""

from __future__ import annotations

import narwhals as nw

from satisfaction.core.expressions import not_negative, positive
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.core.intervals import wilson_interval
from satisfaction.core.quantiles import t_expression, z_value

SCORE = (*WAVE_SEGMENT, "question_id", "measure")
# 'survey' stands for the question where a score is of the whole survey
WHOLE_SURVEY = "survey"

rated = nw.col("role").is_in(["performance", "overall"])
attitude = nw.col("role").is_in(["kano_functional", "kano_dysfunctional"])
# NPS is defined on 0 to 10 only
recommends = (
    (nw.col("role") == "recommend") & (nw.col("value_min") == 0) & (nw.col("value_max") == 10)
)
outspoken = nw.col("n_promoters") + nw.col("n_detractors")
# of how many answers, and how many respondents the interval rests on
VALID = (nw.col("n_valid"), nw.col("n_respondents"))
ACCEPTED = (nw.col("n_valid") + nw.col("n_missing"),) * 2
GIVEN = (nw.col("n_valid") + nw.col("n_missing") + nw.col("n_not_understood"),) * 2
# measure: what it counts, of how many, resting on how many, and of which questions
SHARES: dict[str, tuple[nw.Expr, nw.Expr, nw.Expr, nw.Expr]] = {
    "satisfied_share": (nw.col("n_satisfied"), *VALID, rated & (nw.col("n_satisfied_levels") > 0)),
    "top_2_box": (nw.col("n_top_2"), *VALID, ~attitude & nw.col("n_levels").is_between(5, 10)),
    "promoters": (nw.col("n_promoters"), *VALID, recommends),
    "passives": (nw.col("n_valid") - outspoken, *VALID, recommends),
    "detractors": (nw.col("n_detractors"), *VALID, recommends),
    "bottom_box": (nw.col("n_bottom"), *VALID, recommends),
    "item_nonresponse": (nw.col("n_missing"), *ACCEPTED, nw.col("n_levels") > 0),
    "not_understood": (nw.col("n_not_understood"), *GIVEN, nw.col("n_not_understood") > 0),
}


def shares(sums: LazyFrame) -> LazyFrame:
    """Count what the shares of SHARES count, of the questions they are defined for.

    Returns
    -------
    LazyFrame
        SCORE keys, n_counted, n_answers (of how many), n_effective (a respondent who answered twice
        is one). A share of no answers has no row, as a mean of none has not.
    """
    return nw.concat(
        [
            sums.filter(asked & (of > 0)).select(
                *WAVE_SEGMENT,
                "question_id",
                measure=nw.lit(measure),
                n_counted=counted.cast(nw.Int64),
                n_answers=of.cast(nw.Int64),
                n_effective=effective.cast(nw.Int64),
            )
            for measure, (counted, of, effective, asked) in SHARES.items()
        ]
    )


def response_rates(waves: LazyFrame) -> LazyFrame:
    """Count respondents of those invited, where the number invited is known.

    Parameters
    ----------
    waves : LazyFrame
        survey_id, n_respondents, invited.

    Returns
    -------
    LazyFrame
        As of `shares`, in the segment total.
    """
    return waves.filter(nw.col("invited") > 0).select(
        "survey_id",
        segment_type=nw.lit("total"),
        segment_value=nw.lit("total"),
        question_id=nw.lit(WHOLE_SURVEY),
        measure=nw.lit("response_rate"),
        n_counted=nw.col("n_respondents").cast(nw.Int64),
        n_answers=nw.col("invited").cast(nw.Int64),
        n_effective=nw.col("invited").cast(nw.Int64),
    )


def share_scores(counted: LazyFrame, confidence_level: float = 0.95) -> LazyFrame:
    """Put shares in per cent beside their standard error and Wilson's interval.

    Parameters
    ----------
    counted : LazyFrame
        As of `shares`.

    Returns
    -------
    LazyFrame
        The columns of counted, score, standard_error, score_low, score_high. More respondents than
        were invited have a score above 100 and no interval.
    """
    p, n = nw.col("p"), nw.col("n_effective")
    with_share = counted.with_columns(
        p=nw.col("n_counted").cast(nw.Float64) / positive(nw.col("n_answers"))
    )
    low, high = wilson_interval(p, n, confidence_level)
    spread = nw.when((p >= 0) & (p <= 1)).then(p * (1 - p))
    return with_share.with_columns(
        score=100 * p,
        standard_error=100 * (spread / positive(n)) ** 0.5,
        score_low=100 * low,
        score_high=100 * high,
    ).drop("p")


def mean_scores(sums: LazyFrame, confidence_level: float = 0.95) -> LazyFrame:
    """Take means on the questions' own scales, and net promoter scores, with their intervals.

    Returns
    -------
    LazyFrame
        The columns of `share_scores`; n_counted is null. The standard error of a mean is
        s / sqrt(n), null for one answer; that of NPS = 100 (p - d), with p the share of promoters
        (9 and 10) and d that of detractors (0 to 6), is 100 sqrt((p + d - (p - d)^2) / n). The
        interval of a mean is Student's. That of NPS is the adjusted Wald interval AW(3, T): as if
        three more had answered, 3/4 of a promoter, 3/4 of a detractor and 3/2 passives. So it has a
        width where all are promoters. Intervals are cut at the ends of the scale.

    References
    ----------
    Reichheld (2003), The one number you need to grow, Harvard Business Review 81 (12).
    Rocks (2016), Interval estimation for the net promoter score, The American Statistician 70.
    """
    n, effective = (nw.col(name).cast(nw.Float64) for name in ("n_valid", "n_respondents"))
    mean, net = nw.col("value_sum") / n, (nw.col("n_promoters") - nw.col("n_detractors")) / n
    squares = not_negative(nw.col("square_sum") - nw.col("value_sum") * mean)
    mean_error = (squares / positive(n - 1) / positive(effective)) ** 0.5
    net_error = (not_negative(outspoken / n - net * net) / positive(effective)) ** 0.5
    # as if three more had answered
    more = effective + 3
    adjusted_net = net * effective / more
    adjusted_outspoken = (outspoken / n * effective + 1.5) / more
    adjusted_error = (not_negative(adjusted_outspoken - adjusted_net * adjusted_net) / more) ** 0.5
    t = t_expression(confidence_level, nw.col("n_respondents") - 1)
    # of which questions, score and its error, middle and half of the interval, ends of the scale
    figures: dict[str, tuple[nw.Expr, ...]] = {
        "mean": (
            *(~attitude, mean, mean_error, mean, t * mean_error),
            *(nw.col("value_min"), nw.col("value_max")),
        ),
        "nps": (
            *(recommends, 100 * net, 100 * net_error),
            *(100 * adjusted_net, 100 * z_value(confidence_level) * adjusted_error),
            *(nw.lit(-100.0), nw.lit(100.0)),
        ),
    }
    found = []
    for measure, (asked, score, error, middle, half, least, greatest) in figures.items():
        found.append(
            sums.filter(asked & (nw.col("n_valid") > 0)).select(
                *WAVE_SEGMENT,
                "question_id",
                measure=nw.lit(measure),
                n_counted=nw.lit(None, nw.Int64),
                n_answers=nw.col("n_valid").cast(nw.Int64),
                n_effective=nw.col("n_respondents").cast(nw.Int64),
                score=score,
                standard_error=error,
                score_low=middle - half,
                score_high=middle + half,
                least=least.cast(nw.Float64),
                greatest=greatest.cast(nw.Float64),
            )
        )
    low, high, least, greatest = (
        nw.col(name) for name in ("score_low", "score_high", "least", "greatest")
    )
    return (
        nw.concat(found)
        .with_columns(
            score_low=nw.when(low < least).then(least).otherwise(low),
            score_high=nw.when(high > greatest).then(greatest).otherwise(high),
        )
        .drop("least", "greatest")
    )


def shrink(scores: LazyFrame, prior_respondents: float) -> LazyFrame:
    """Draw the scores of small segments towards that of all respondents of the wave.

    Parameters
    ----------
    scores : LazyFrame
        SCORE keys, n_effective (n), score; the segment total among them.
    prior_respondents : float
        k: how many respondents with the score of the total are added to every segment.

    Returns
    -------
    LazyFrame
        The columns of scores and shrunk_score = (n score + k total) / (n + k). The total stays what
        it is; a segment of k respondents lies halfway.

    References
    ----------
    Efron and Morris (1977), Stein's paradox in statistics, Scientific American 236 (5).
    """
    key = ["survey_id", "question_id", "measure"]
    totals = scores.filter(nw.col("segment_type") == "total").select(*key, total=nw.col("score"))
    n = nw.col("n_effective").cast(nw.Float64)
    return (
        scores.join(totals, on=key, how="inner")
        .with_columns(
            shrunk_score=(n * nw.col("score") + prior_respondents * nw.col("total"))
            / positive(n + prior_respondents)
        )
        .drop("total")
    )


def survey_scores(
    sums: LazyFrame, waves: LazyFrame, prior_respondents: float, confidence_level: float = 0.95
) -> LazyFrame:
    """Score every question that is asked, by every measure that is defined for it.

    Parameters
    ----------
    sums : LazyFrame
        See the module.
    waves : LazyFrame
        survey_id, n_respondents, invited.
    prior_respondents : float
        See `shrink`.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    LazyFrame
        SCORE keys, n_counted, n_answers, n_effective, score, standard_error, score_low, score_high,
        shrunk_score. Shares and NPS in per cent, means in the unit of their scale.
    """
    counted = nw.concat([shares(sums), response_rates(waves)])
    columns = [*SCORE, "n_counted", "n_answers", "n_effective"]
    columns += ["score", "standard_error", "score_low", "score_high"]
    found = nw.concat(
        [
            share_scores(counted, confidence_level).select(columns),
            mean_scores(sums, confidence_level).select(columns),
        ]
    )
    return shrink(found, prior_respondents)
