{{ config(materialized='view') }}

-- Every answer, from the long and from the wide table, as it came, with what it adds to an answer sheet (mark).
-- A survey_wide row counts once per column that is a question: each cell is an answer of its own.
-- Whether a row is refused is settled here by what is cheap to ask of each of 100 million rows; base_refused_answers
-- says why.
{%- set columns = dbt_satisfaction.contract_of_answers() %}

with answers as (
    {{ dbt_satisfaction.all_raw_answers() }}
),

codes as (
    select * from {{ ref('base_answer_codes') }}
),

coded as (
    select
        answers.*,
        codes.sheet_no,
        codes.mark,
        codes.level
    from answers
    left join codes
        on answers.question_id = codes.question_text
        and coalesce(answers.answer, '') = codes.answer_text
)

select
    *,
    mark is null
    {%- for column in columns if column.type != 'string' %}
    or case
        when {{ column.name }} is null then {{ dbt_satisfaction.clean_text('text_' ~ column.name) }} is not null
        else false
    end
    {%- if column.min is defined %}
    or coalesce({{ column.name }} < {{ column.min }} or {{ column.name }} > {{ column.max }}, false)
    {%- endif %}
    {%- if column.event %}
    or coalesce({{ column.name }} >= {{ dbt_satisfaction.first_future_day() }}, false)
    {%- endif %}
    {%- endfor %}
    {{ dbt_satisfaction.or_has_bad_code(columns) }} as is_refused
from coded
