{{ dbt_satisfaction.rebuilt_by_survey('base_survey_versions') }}

-- The accepted answers of every response: a column per question with its level, 1 = worst; 0 is a blank or "not
-- applicable" answer, null a question that was not asked. Where rows of a response are superseded, their marks are
-- taken out, and it was answered when the rows were that count: the copy of a questionnaire that was sent again in the
-- evening starts no clock in the morning.
{%- set columns = dbt_satisfaction.answer_columns() %}
{%- set n_sheets = dbt_satisfaction.n_sheets() %}
{%- set missing = dbt_satisfaction.missing_digit() %}
{%- set rows = ['source_table', 'response_text', 'customer_text'] %}
{%- do ref('base_answer_spellings') %}

with surveys as (
    {{ dbt_satisfaction.surveys_to_build('base_survey_versions') }}
),

sheets as (
    select * from {{ ref('base_answer_sheets') }}
    where
        response_id is not null
        and survey_id != ''
        and not is_damaged
        and survey_id in (select survey_id from surveys)
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

-- every spelling of these responses: the row that counts may stand in another one
responses as (
    select distinct
        sheets.survey_id,
        sheets.response_id
    from sheets
    inner join superseded
        on sheets.response_text = superseded.response_text
        and sheets.survey_text = superseded.survey_text
        and sheets.customer_text is not distinct from superseded.customer_text
        and sheets.source_table = superseded.source_table
),

spellings as (
    select distinct
        sheets.survey_text,
        sheets.response_text
    from sheets
    inner join responses
        on sheets.survey_id = responses.survey_id
        and sheets.response_id = responses.response_id
),

answers as (
    select
        raw_answers.source_table,
        raw_answers.survey_id as survey_text,
        raw_answers.response_id as response_text,
        raw_answers.customer_id as customer_text,
        {{ dbt_satisfaction.clean_answer(columns, 'raw_answers') | indent(8) }}
    from {{ ref('base_survey_answers') }} as raw_answers
    inner join spellings
        on raw_answers.response_id = spellings.response_text
        and raw_answers.survey_id is not distinct from spellings.survey_text
    where
        not raw_answers.is_refused -- noqa: LT02
        {%- if is_incremental() %}
        and {{ dbt_satisfaction.is_of_survey_to_build('raw_answers.survey_id', 'base_survey_versions') }}
        {%- endif %}
),

newest as (
    select *
    from answers
    where response_id is not null and survey_id is not null
    qualify {{ dbt_satisfaction.version_number(columns, ties=rows, beside=[]) }} = 1
),

surviving as (
    select
        source_table,
        survey_text,
        response_text,
        customer_text,
        {{ dbt_satisfaction.response_times(columns, 'typed_') | indent(8) }}
    from newest
    group by source_table, survey_text, response_text, customer_text
),

kept as (
    select
        sheets.survey_id,
        sheets.response_id,
        {{ dbt_satisfaction.respondent_id('sheets') }} as customer_id,
        sheets.customer_id is null as is_anonymous,
        sheets.source_table,
        {%- for name in ['first_answered_at', 'last_answered_at', 'started_at', 'duration_seconds',
            'respondent_weight'] %}
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
