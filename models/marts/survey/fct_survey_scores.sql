with scores as (
    select
        survey_id,
        segment_type,
        segment_value,
        measure,
        question_id,
        n_answers,
        n_counted,
        n_respondents,
        cast(n_effective as double) as n_effective,
        unweighted_score,
        score,
        standard_error,
        score_low,
        score_high,
        shrunk_score,
        previous_score,
        score_change,
        change_low,
        change_high
    from {{ dbt_satisfaction.scores_by_weight() }} as scores
),

questions as (
    select
        question_id,
        factor_id,
        role,
        scale_id
    from {{ ref('method_questions') }}
),

scales as (
    select distinct
        scale_id,
        value_min,
        value_max
    from {{ ref('int_scale_levels') }}
),

unknown as (
    select
        survey_id,
        segment_type,
        segment_value,
        question_id,
        n_not_understood
    from {{ ref('int_not_understood') }}
),

found as (
    select
        scores.*,
        questions.factor_id,
        questions.role,
        questions.scale_id,
        coalesce(unknown.n_not_understood, 0) as n_not_understood,
        (scores.score_high - scores.score_low) / 2.0 as half_width,
        case scores.measure when 'mean' then scales.value_min when 'nps' then -100 else 0 end as least,
        case scores.measure when 'mean' then scales.value_max else 100 end as greatest
    from scores
    left join questions on scores.question_id = questions.question_id
    left join scales on questions.scale_id = scales.scale_id
    left join unknown
        on scores.survey_id = unknown.survey_id
        and scores.segment_type = unknown.segment_type
        and scores.segment_value = unknown.segment_value
        and scores.question_id = unknown.question_id
)

select
    survey_id,
    segment_type,
    segment_value,
    measure,
    question_id,
    factor_id,
    role,
    scale_id,
    n_answers,
    n_counted,
    n_respondents,
    n_effective,
    n_not_understood,
    score,
    unweighted_score,
    standard_error,
    score_low,
    score_high,
    shrunk_score,
    previous_score,
    score_change,
    change_low,
    change_high,
    coalesce(n_effective, 0) >= {{ var('min_respondents') }} - 1e-6
    and n_respondents >= {{ var('min_respondents') }}
    and (
        measure = 'not_understood'
        or {{ dbt_satisfaction.survives_unknown(
            'n_not_understood',
            dbt_satisfaction.unknown_bias('score', 'n_answers', 'n_not_understood', 'least', 'greatest'),
            'half_width'
        ) }}
    ) as is_reliable
from found
