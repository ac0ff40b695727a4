-- Accepted answers with their question, level and value. A blank or "not applicable" answer has no level.
with answers as (
    select * from {{ ref('base_survey_answers') }}
    where reject_reason is null
),

questions as (
    select * from {{ ref('method_questions') }}
),

levels as (
    select * from {{ ref('int_scale_levels') }}
)

select
    answers.response_id,
    answers.question_id,
    answers.survey_id,
    coalesce(answers.customer_id, 'anonymous ' || answers.response_id) as customer_id,
    answers.customer_id is null as is_anonymous,
    answers.answered_at,
    answers.channel,
    {%- for name in dbt_satisfaction.declared_columns('survey_answers') %}
    answers.x_{{ name }},
    {%- endfor %}
    questions.role,
    questions.factor_id,
    questions.scale_id,
    answers.level,
    levels.value,
    levels.value_share,
    levels.level_of_five
from answers
inner join questions on answers.question_id = questions.question_id
left join levels
    on questions.scale_id = levels.scale_id
    and answers.level = levels.level
