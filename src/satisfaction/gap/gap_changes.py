"""Changes of gaps between two waves, by what the same respondents said in both.

Every function takes and returns narwhals lazy frames: the engine behind the frame does the work.

With G and G' the gaps of a respondent in both waves, n and n' the respondents of each,

    cov = f sum (G - gap)(G' - gap') / (n n'),    f = sqrt(n n' / ((n - 1)(n' - 1))),

the sum being over those who are in both; who is in one alone adds nothing. So a panel of the same
respondents has the interval of the differences themselves.

References
----------
Tam (1984), On covariances from overlapping samples, The American Statistician 38.
"""

from __future__ import annotations

import narwhals as nw

from satisfaction.core.expressions import positive
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.gap.gap_analysis import ITEM
from satisfaction.survey.score_changes import changes

PLACE = ITEM[1:]
ITEM_WAVE = ("survey_id", "item_type", "item_id")
CHANGES = ("previous_gap", "gap_change", "change_low", "change_high")
WHOLE, PART = "delivered_value", "value_component"
# names of a gap and its interval as `score_changes.changes` has them
_SCORES = {"gap": "score", "gap_low": "score_low", "gap_high": "score_high"}


def gap_changes(gaps: LazyFrame, pairs: LazyFrame, waves: LazyFrame) -> LazyFrame:
    """Put the change of every gap from the wave before beside it, with its interval.

    Parameters
    ----------
    gaps : LazyFrame
        ITEM keys, n_respondents, gap, standard_error, gap_low, gap_high.
    pairs : LazyFrame
        ITEM keys and, over those who have a gap in the wave and in the one before: n_pairs,
        now_sum, before_sum and products of their gaps.
    waves : LazyFrame
        ITEM_WAVE keys and previous_survey_id, the wave before that asks for the item.

    Returns
    -------
    LazyFrame
        The columns of gaps, previous_survey_id, CHANGES, in points, and change_correlation of the
        two gaps. Null where the segment has no such gap in the wave before; of delivered value also
        where that has other components.
    """
    paired = (
        with_previous(gaps, waves, "n_respondents", "standard_error")
        .join(pairs, on=list(ITEM), how="left")
        .join(alike(gaps, waves), on=list(WAVE_SEGMENT), how="left")
    )
    n, earlier = (nw.col(name).cast(nw.Float64) for name in ("n_respondents", "previous_n"))
    gap, before = nw.col("gap"), nw.col("previous_gap")
    products = (
        nw.col("products")
        - before * nw.col("now_sum")
        - gap * nw.col("before_sum")
        + nw.col("n_pairs").cast(nw.Float64) * gap * before
    )
    covariance = products / positive(n * earlier * (n - 1) * (earlier - 1)) ** 0.5
    correlation = covariance / positive(nw.col("standard_error") * nw.col("previous_error"))
    is_other = (nw.col("item_type") == WHOLE) & ~nw.coalesce(nw.col("is_alike"), nw.lit(False))
    known = paired.with_columns(
        previous_gap=nw.when(~is_other).then(before),
        previous_survey_id=nw.when(~is_other & ~before.is_null()).then(
            nw.col("previous_survey_id")
        ),
        # nobody answered twice, or all said the same: the gaps do not go together
        change_correlation=nw.coalesce(correlation.clip(-1.0, 1.0), nw.lit(0.0)),
    )
    kept = gaps.collect_schema().names()
    return with_change(known).select(*kept, "previous_survey_id", *CHANGES, "change_correlation")


def with_previous(gaps: LazyFrame, waves: LazyFrame, n: str, error: str) -> LazyFrame:
    """Put the gap of the wave before beside each, with its interval, respondents and error."""
    before = gaps.select(
        *PLACE,
        previous_survey_id="survey_id",
        previous_gap="gap",
        previous_low="gap_low",
        previous_high="gap_high",
        previous_n=n,
        previous_error=error,
    )
    order = waves.select(*ITEM_WAVE, "previous_survey_id")
    paired = gaps.join(order, on=list(ITEM_WAVE), how="left")
    return paired.join(before, on=["previous_survey_id", *PLACE], how="left")


def with_change(paired: LazyFrame) -> LazyFrame:
    """Take gap_change, change_low and change_high as of scores: the ends are combined (MOVER)."""
    named = paired.rename(_SCORES | {"previous_gap": "previous_score"})
    back = {new: old for old, new in _SCORES.items()} | {"previous_score": "previous_gap"}
    return changes(named).rename(back | {"score_change": "gap_change"})


def alike(gaps: LazyFrame, waves: LazyFrame) -> LazyFrame:
    """Say of which waves and segments delivered value has the components of the wave before.

    Returns
    -------
    LazyFrame
        WAVE_SEGMENT keys and is_alike.
    """
    place = list(WAVE_SEGMENT[1:])
    whole = waves.filter(nw.col("item_type") == WHOLE)
    order = whole.select("survey_id", "previous_survey_id")
    parts = gaps.filter(nw.col("item_type") == PART).select(*WAVE_SEGMENT, "item_id")
    counted = parts.group_by(*WAVE_SEGMENT).agg(n_parts=nw.len())
    earlier = {"survey_id": "previous_survey_id"}
    in_order = parts.join(order, on="survey_id", how="inner")
    both = in_order.join(
        parts.rename(earlier), on=["previous_survey_id", *place, "item_id"], how="inner"
    )
    shared = both.group_by(*WAVE_SEGMENT).agg(n_shared=nw.len())
    before = counted.rename(earlier | {"n_parts": "n_before"})
    return (
        counted.join(order, on="survey_id", how="inner")
        .join(shared, on=list(WAVE_SEGMENT), how="inner")
        .join(before, on=["previous_survey_id", *place], how="inner")
        .select(
            *WAVE_SEGMENT,
            is_alike=(nw.col("n_parts") == nw.col("n_shared"))
            & (nw.col("n_before") == nw.col("n_shared")),
        )
    )
