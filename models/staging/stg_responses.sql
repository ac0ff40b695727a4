-- The accepted answers of every response: a column per question with its level, 1 = worst; 0 is a blank or "not
-- applicable" answer, null a question that was not asked.
{%- set n_sheets = dbt_satisfaction.n_sheets() %}
{%- set missing = dbt_satisfaction.missing_digit() %}

with sheets as (
    select * from {{ ref('base_answer_sheets') }}
    where response_id is not null and survey_id != '' and not is_damaged
),

superseded as (
    select
        source_table,
        survey_text,
        response_text,
        customer_text,
        {%- for sheet in range(1, n_sheets + 1) %}
        coalesce(bit_xor(case when sheet_no = {{ sheet }} then mark end), 0) as mark_{{ sheet }},
        {%- endfor %}
        count(*) as n_superseded
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'superseded'
    group by source_table, survey_text, response_text, customer_text
),

surviving as (
    select * from {{ ref('base_surviving_times') }}
),

kept as (
    select
        sheets.survey_id,
        sheets.response_id,
        {{ dbt_satisfaction.respondent_id('sheets') }} as customer_id,
        sheets.customer_id is null as is_anonymous,
        sheets.source_table,
        {%- for name in ['first_answered_at', 'last_answered_at', 'started_at', 'duration_seconds'] %}
        case when superseded.n_superseded > 0 then surviving.{{ name }} else sheets.{{ name }} end as {{ name }},
        {%- endfor %}
        sheets.channel,
        sheets.n_rows - sheets.n_refused - coalesce(superseded.n_superseded, 0) as n_answers,
        {%- for sheet in range(1, n_sheets + 1) %}
        {%- set mark = 'coalesce(superseded.mark_' ~ sheet ~ ', 0)' %}
        {{ dbt_satisfaction.exclusive_or('sheets.sheet_' ~ sheet, mark) }} as sheet_{{ sheet }},
        {%- endfor %}
        sheets.version
    from sheets
    left join superseded
        on sheets.response_text = superseded.response_text
        and sheets.survey_text = superseded.survey_text
        and sheets.customer_text is not distinct from superseded.customer_text
        and sheets.source_table = superseded.source_table
    left join surviving
        on sheets.response_text = surviving.response_text
        and sheets.survey_text = surviving.survey_text
        and sheets.customer_text is not distinct from surviving.customer_text
        and sheets.source_table = surviving.source_table
)

select
    {{ dbt_satisfaction.response_columns() | join(',\n    ') }},
    {%- for question in dbt_satisfaction.questionnaire() %}
    nullif({{ dbt_satisfaction.digit('sheet_' ~ question.sheet_no, question.place) }}, 0) % {{ missing }} as {{ question.column }},
    {%- endfor %}
    n_answers
    {%- for sheet in range(1, n_sheets + 1) %}
    - {{ dbt_satisfaction.count_missing('sheet_' ~ sheet) }}
    {%- endfor %} as n_valid_answers
from kept
where n_answers > 0
