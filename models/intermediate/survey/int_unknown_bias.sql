-- How far the answers that are not understood could move the score of a factor in a segment, at the most, beside the
-- narrowest interval of its questions' means; only cells that have some.
with unknown as (
    select * from {{ ref('int_not_understood') }}
),

questions as (
    select
        question_id,
        factor_id
    from {{ ref('method_questions') }}
    where role = 'performance'
),

by_factor as (
    select
        unknown.survey_id,
        unknown.segment_type,
        unknown.segment_value,
        questions.factor_id,
        sum(unknown.n_not_understood) as n_not_understood
    from unknown
    inner join questions on unknown.question_id = questions.question_id
    group by unknown.survey_id, unknown.segment_type, unknown.segment_value, questions.factor_id
),

counts as (
    select * from {{ ref('int_segment_counts') }}
),

scales as (
    select * from {{ ref('int_factor_scales') }}
),

intervals as (
    select
        scores.survey_id,
        scores.segment_type,
        scores.segment_value,
        questions.factor_id,
        min(scores.score_high - scores.score_low) / 2.0 as half_width
    from {{ ref('py_survey_scores') }} as scores
    inner join questions on scores.question_id = questions.question_id
    where scores.measure = 'mean'
    group by scores.survey_id, scores.segment_type, scores.segment_value, questions.factor_id
),

means as (
    select
        by_factor.survey_id,
        by_factor.segment_type,
        by_factor.segment_value,
        by_factor.factor_id,
        by_factor.n_not_understood,
        counts.n_valid,
        counts.value_sum / nullif(counts.n_valid, 0) as mean_value,
        scales.value_min,
        scales.value_max,
        intervals.half_width
    from by_factor
    inner join scales on by_factor.factor_id = scales.factor_id
    left join intervals
        on by_factor.survey_id = intervals.survey_id
        and by_factor.segment_type = intervals.segment_type
        and by_factor.segment_value = intervals.segment_value
        and by_factor.factor_id = intervals.factor_id
    left join counts
        on by_factor.survey_id = counts.survey_id
        and by_factor.segment_type = counts.segment_type
        and by_factor.segment_value = counts.segment_value
        and by_factor.factor_id = counts.factor_id
)

select
    survey_id,
    segment_type,
    segment_value,
    factor_id,
    cast(n_not_understood as bigint) as n_not_understood,
    100 * {{ dbt_satisfaction.unknown_bias('mean_value', 'n_valid', 'n_not_understood', 'value_min', 'value_max') }}
    / value_max as bias,
    100 * half_width / value_max as half_width
from means
