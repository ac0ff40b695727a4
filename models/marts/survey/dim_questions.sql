with questions as (
    select
        question_id,
        factor_id,
        role,
        scale_id,
        text_zh,
        text_en
    from {{ ref('method_questions') }}
),

scales as (
    select
        scale_id,
        n_levels,
        value_min,
        value_max
    from {{ ref('int_scale_levels') }}
    group by all
)

select
    questions.question_id,
    questions.factor_id,
    questions.role,
    questions.scale_id,
    cast(scales.n_levels as integer) as n_levels,
    scales.value_min as scale_min,
    scales.value_max as scale_max,
    coalesce(questions.text_zh, questions.question_id) as text_zh,
    coalesce(questions.text_en, questions.question_id) as text_en
from questions
left join scales on questions.scale_id = scales.scale_id
