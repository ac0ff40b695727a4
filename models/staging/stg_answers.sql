-- Accepted answers, one row each: the columns of stg_responses as rows, with their question, level and value. A blank
-- or "not applicable" answer has no level.
with answers as (
    select
        survey_id,
        response_id,
        customer_id,
        is_anonymous,
        source_table,
        last_answered_at,
        channel,
        question_id,
        nullif(level, 0) as level
    from {{ dbt_satisfaction.unpivot_groups(
        ref('stg_responses'),
        ['survey_id', 'response_id', 'customer_id', 'is_anonymous', 'source_table', 'last_answered_at', 'channel'],
        dbt_satisfaction.question_levels(),
        ['question_id', 'level']
    ) }} as cells
    where level is not null
),

questions as (
    select * from {{ ref('method_questions') }}
),

levels as (
    select * from {{ ref('int_scale_levels') }}
)

select
    answers.survey_id,
    answers.response_id,
    answers.question_id,
    answers.customer_id,
    answers.is_anonymous,
    answers.source_table,
    answers.last_answered_at,
    answers.channel,
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
