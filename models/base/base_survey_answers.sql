-- Every answer, from the long and from the wide table, typed and matched to its question and level.
-- A survey_wide row counts once per question column: each cell is an answer of its own.
{%- set columns = dbt_satisfaction.contract('survey_answers') if execute else [] %}

with long_answers as (
    select * from {{ raw('survey_answers') }}
),

wide_answers as (
    {{ dbt_satisfaction.wide_answers() }}
),

answers as (
    select *, 'survey_answers' as source_table from long_answers
    union all
    select *, 'survey_wide' as source_table from wide_answers
),

questions as (
    select * from {{ ref('method_questions') }}
),

spellings as (
    select distinct scale_id, level, {{ dbt_satisfaction.normal_answer('answer') }} as spelling
    from {{ ref('method_scale_answers') }}
),

matched as (
    select
        answers.*,
        questions.question_id is not null as is_known_question,
        spellings.scale_id is not null or answers.answer is null as is_known_answer,
        spellings.level
    from answers
    left join questions on answers.question_id = questions.question_id
    left join spellings
        on questions.scale_id = spellings.scale_id
        and {{ dbt_satisfaction.normal_answer('answers.answer') }} = spellings.spelling
),

checked as (
    select
        *,
        coalesce(
            {{ dbt_satisfaction.reject_code(columns) }},
            case
                when survey_id is null then 'missing_survey:survey_id'
                when not is_known_question then 'unknown_question:question_id'
                when not is_known_answer then 'unknown_answer:answer'
            end
        ) as reject_code
    from matched
),

ranked as (
    select
        *,
        case
            when reject_code is not null then reject_code
            when {{ dbt_satisfaction.version_number(columns, ties=['source_table']) }} > 1 then 'superseded:response_id'
        end as final_code
    from checked
)

select
    {%- for column in columns %}
    {{ dbt_satisfaction.typed(column.name, column.type) }} as {{ column.name }},
    {%- endfor %}
    level,
    {{ dbt_satisfaction.reject_columns('source_table', columns, 'final_code') }}
from ranked
