-- Accepted answers, one row each, with their question, level and value. A blank or "not applicable" answer has no
-- level. For looking at rows: what counts answers reads stg_responses, which says the same in a 24th of the rows.
{%- set columns = dbt_satisfaction.answer_columns() %}

with answers as (
    select
        raw_answers.source_table,
        raw_answers.level,
        {{ dbt_satisfaction.clean_answer(columns, 'raw_answers') | indent(8) }}
    from {{ ref('base_survey_answers') }} as raw_answers
    where not raw_answers.is_refused
),

newest as (
    select *
    from answers
    where
        response_id is not null
        and survey_id is not null
        and not ({{ dbt_satisfaction.is_damaged_answer('response_id', 'customer_id') }})
    qualify {{ dbt_satisfaction.version_number(columns, ties=['source_table'], beside=[]) }} = 1
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
    {{ dbt_satisfaction.respondent_id('answers') }} as customer_id,
    answers.customer_id is null as is_anonymous,
    answers.typed_answered_at as answered_at,
    answers.channel,
    {%- for column in columns if column.is_extra %}
    answers.{{ column.value or column.name }} as {{ column.name }},
    {%- endfor %}
    questions.role,
    questions.factor_id,
    questions.scale_id,
    answers.level,
    levels.value,
    levels.value_share,
    levels.level_of_five
from newest as answers
inner join questions on answers.question_id = questions.question_id
left join levels
    on questions.scale_id = levels.scale_id
    and answers.level = levels.level
