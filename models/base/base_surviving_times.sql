-- When the responses were answered of which some rows are superseded: the times of the rows that count. The copy of a
-- questionnaire that was sent again in the evening starts no clock in the morning.
{%- set columns = dbt_satisfaction.answer_columns() %}

with sheets as (
    select * from {{ ref('base_answer_sheets') }}
),

superseded as (
    select distinct
        source_table,
        survey_text,
        response_text,
        customer_text
    from {{ ref('base_refused_answers') }}
    where reject_reason = 'superseded'
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
    where not raw_answers.is_refused
),

newest as (
    select *
    from answers
    where response_id is not null and survey_id is not null
    qualify {{ dbt_satisfaction.version_number(columns, ties=['source_table', 'response_text', 'customer_text'], beside=[]) }} = 1
)

select
    source_table,
    survey_text,
    response_text,
    customer_text,
    {{ dbt_satisfaction.response_times(columns, 'typed_') | indent(4) }}
from newest
group by source_table, survey_text, response_text, customer_text
