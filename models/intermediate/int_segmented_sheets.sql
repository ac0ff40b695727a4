{{ config(materialized='view') }}

-- Answer sheets with the segments of who answered, a column per segment type.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with sheets as (
    select * from {{ ref('stg_answer_sheets') }}
),

respondents as (
    select * from {{ ref('int_customer_waves') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
)

select
    {%- for sheet in range(1, dbt_satisfaction.n_sheets() + 1) %}
    sheets.sheet_{{ sheet }},
    {%- endfor %}
    sheets.survey_id,
    sheets.customer_id,
    respondents.n_sheets > 1 as is_repeated,
    {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
from sheets
inner join respondents on sheets.survey_id = respondents.survey_id and sheets.customer_id = respondents.customer_id
inner join segments on sheets.survey_id = segments.survey_id and sheets.customer_id = segments.customer_id
