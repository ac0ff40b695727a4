-- Accepted answers, one row each, with their question, level and value. A blank or "not applicable" answer has no
-- level. For looking at rows: what counts answers reads stg_answer_sheets, which says the same in a 24th of the rows.
{%- set columns = dbt_satisfaction.contract('survey_answers') if execute else [] %}

with answers as (
    select
        source_table,
        level,
        {%- for column in columns %}
        {%- if column.type == 'string' %}
        {{ dbt_satisfaction.clean_text(column.name) }} as {{ column.name }},
        {%- else %}
        {{ column.name }},
        {{ dbt_satisfaction.clean_text('text_' ~ column.name) }} as text_{{ column.name }},
        {%- endif %}
        {%- endfor %}
        is_refused
    from {{ ref('base_survey_answers') }}
),

newest as (
    select *
    from answers
    where not is_refused and response_id is not null and survey_id is not null
    qualify
        row_number() over (
            partition by response_id, question_id
            order by
                answered_at desc nulls last,
                {%- for column in columns if not column.key %}
                {{ 'text_' if column.type != 'string' }}{{ column.name }} desc nulls last,
                {%- endfor %}
                source_table desc
        ) = 1
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
from newest as answers
inner join questions on answers.question_id = questions.question_id
left join levels
    on questions.scale_id = levels.scale_id
    and answers.level = levels.level
