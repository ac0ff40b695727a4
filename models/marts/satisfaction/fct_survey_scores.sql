with scores as (
    select
        survey_id,
        segment_type,
        segment_value,
        measure,
        question_id,
        n_answers,
        n_counted,
        n_effective,
        score,
        standard_error,
        score_low,
        score_high,
        shrunk_score
    from {{ ref('py_survey_scores') }}
),

questions as (
    select
        question_id,
        factor_id,
        role,
        scale_id
    from {{ ref('method_questions') }}
)

select
    scores.survey_id,
    scores.segment_type,
    scores.segment_value,
    scores.measure,
    scores.question_id,
    questions.factor_id,
    questions.role,
    questions.scale_id,
    scores.n_answers,
    scores.n_counted,
    scores.n_effective,
    scores.score,
    scores.standard_error,
    scores.score_low,
    scores.score_high,
    scores.shrunk_score,
    scores.n_effective >= {{ var('min_respondents') }} as is_reliable
from scores
left join questions on scores.question_id = questions.question_id
