"""Changes of scores between two waves, by what the same customers said in both.

Every function takes and returns narwhals lazy frames: the engine behind the frame does the work.
"""

from __future__ import annotations

import narwhals as nw

from satisfaction.core.expressions import not_negative, positive
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.survey.scores import SCORE

#: roles of the questions that ask for a verdict: who answers twice is known of these
VERDICTS = ("overall", "recommend", "repurchase")


def hundred(condition: nw.Expr) -> nw.Expr:
    """100 where the condition holds, else 0: what one answer adds to a share in per cent."""
    return nw.when(condition).then(100.0).otherwise(0.0)


promoter, detractor = hundred(nw.col("is_promoter")), hundred(nw.col("is_detractor"))
#: what one answer adds to each measure, in the unit of its score
VALUES: dict[str, nw.Expr] = {
    "satisfied_share": hundred(nw.col("is_satisfied")),
    "top_2_box": hundred(nw.col("is_top_2")),
    "bottom_box": hundred(nw.col("is_bottom")),
    "promoters": promoter,
    "detractors": detractor,
    "passives": 100.0 - promoter - detractor,
    "nps": promoter - detractor,
    "mean": nw.col("value"),
}
#: half of what an answer that counts both times adds to the products of a share
HALF = 0.5 * 100.0 * 100.0


def pair_sums(pairs: LazyFrame, levels: LazyFrame) -> LazyFrame:
    """Add up what those who answered twice add to every measure.

    Parameters
    ----------
    pairs : LazyFrame
        WAVE_SEGMENT keys, question_id, level, previous_level, n_pairs.
    levels : LazyFrame
        One row per question and level: question_id, level, value, is_satisfied, is_top_2,
        is_bottom, is_promoter, is_detractor.

    Returns
    -------
    LazyFrame
        SCORE keys, n_pairs, now and before (sums of the values of both answers) and product (of
        their products).
    """
    said = levels.select("question_id", "level", **VALUES)
    earlier = said.select(
        "question_id",
        nw.col("level").alias("previous_level"),
        *(nw.col(measure).alias(f"previous_{measure}") for measure in VALUES),
    )
    both = pairs.join(said, on=["question_id", "level"], how="inner").join(
        earlier, on=["question_id", "previous_level"], how="inner"
    )
    n = nw.col("n_pairs").cast(nw.Float64)
    return (
        nw.concat(
            [
                both.select(
                    *WAVE_SEGMENT,
                    "question_id",
                    measure=nw.lit(measure),
                    n_pairs=n,
                    now=n * nw.col(measure),
                    before=n * nw.col(f"previous_{measure}"),
                    product=n * nw.col(measure) * nw.col(f"previous_{measure}"),
                )
                for measure in VALUES
            ]
        )
        .group_by(*SCORE)
        .agg(nw.col("n_pairs", "now", "before", "product").sum())
    )


def score_changes(
    scores: LazyFrame, pairs: LazyFrame, levels: LazyFrame, waves: LazyFrame
) -> LazyFrame:
    """Compare the scores of verdicts with those of the wave before.

    The ends of the two scores' own intervals are combined (MOVER), so that a change of a share of
    all or nobody has a width too; who answered both times makes the two estimates correlate.

    Parameters
    ----------
    scores : LazyFrame
        SCORE keys, n_answers, score, standard_error, score_low, score_high.
    pairs, levels : LazyFrame
        See `pair_sums`; levels has the role of the question too.
    waves : LazyFrame
        survey_id, previous_survey_id.

    Returns
    -------
    LazyFrame
        The columns of scores, change_correlation and, in the unit of the score: previous_score,
        score_change, change_low, change_high. Null of questions that ask for no verdict, of
        measures that are not of valid answers, and where the question was not answered in the wave
        before. With r the correlation of the two estimates (of shares after Newcombe's continuity
        correction), the ends of the change d = m - m' are
        d - sqrt((m - l)^2 - 2 r (m - l)(u' - m') + (u' - m')^2) and
        d + sqrt((u - m)^2 - 2 r (u - m)(m' - l') + (m' - l')^2).

    References
    ----------
    Newcombe (1998), Improved confidence intervals for the difference between binomial proportions
    based on paired data, Statistics in Medicine 17.
    Zou (2007), Toward using confidence intervals to compare correlations, Psychological Methods 12.
    """
    place = ["segment_type", "segment_value", "question_id", "measure"]
    verdicts = levels.filter(nw.col("role").is_in(VERDICTS)).select("question_id").unique()
    before = (
        scores.filter(nw.col("measure").is_in(list(VALUES)))
        .join(verdicts, on="question_id", how="inner")
        .select(
            *place,
            previous_survey_id="survey_id",
            previous_answers="n_answers",
            previous_score="score",
            previous_error="standard_error",
            previous_low="score_low",
            previous_high="score_high",
        )
    )
    paired = (
        scores.join(waves.select("survey_id", "previous_survey_id"), on="survey_id", how="left")
        .join(before, on=["previous_survey_id", *place], how="left")
        .join(pair_sums(pairs, levels), on=list(SCORE), how="left")
    )
    m, earlier = nw.col("score"), nw.col("previous_score")
    products = (
        nw.col("product")
        - earlier * nw.col("now")
        - m * nw.col("before")
        + nw.col("n_pairs") * m * earlier
    )
    # Newcombe's continuity correction, half an answer: of shares alone
    shares = ~nw.col("measure").is_in(["nps", "mean"])
    corrected = nw.when(products > HALF).then(products - HALF).otherwise(0.0)
    products = nw.when(shares & (products > 0)).then(corrected).otherwise(products)
    covariance = products / (nw.col("n_answers") * nw.col("previous_answers")).cast(nw.Float64)
    correlation = covariance / positive(nw.col("standard_error") * nw.col("previous_error"))
    # nobody answered twice, or all said the same: the estimates do not go together
    paired = paired.with_columns(
        change_correlation=nw.coalesce(correlation.clip(-1.0, 1.0), nw.lit(0.0))
    )
    helpers = ["previous_survey_id", "previous_answers", "previous_error", "previous_low"]
    helpers += ["previous_high", "n_pairs", "now", "before", "product"]
    return changes(paired).drop(*helpers)


def changes(paired: LazyFrame) -> LazyFrame:
    """Put the change of a score from the wave before beside it, with its interval.

    Parameters
    ----------
    paired : LazyFrame
        score, score_low, score_high, previous_score, previous_low, previous_high and
        change_correlation, of the two scores.

    Returns
    -------
    LazyFrame
        The columns of paired, score_change, change_low and change_high; see `score_changes`.
    """
    m, earlier, r = nw.col("score"), nw.col("previous_score"), nw.col("change_correlation")
    down, up = m - nw.col("score_low"), nw.col("score_high") - m
    fall, rise = earlier - nw.col("previous_low"), nw.col("previous_high") - earlier
    low = not_negative(down**2 - 2 * r * down * rise + rise**2) ** 0.5
    high = not_negative(up**2 - 2 * r * up * fall + fall**2) ** 0.5
    return paired.with_columns(
        score_change=m - earlier,
        change_low=m - earlier - low,
        change_high=m - earlier + high,
    )
