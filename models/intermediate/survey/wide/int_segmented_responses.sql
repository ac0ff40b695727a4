{{ config(materialized='view') }}

-- Responses with the segments of who answered, a column per segment type.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with responses as (
    select * from {{ ref('stg_responses') }}
),

respondents as (
    select * from {{ ref('int_respondent_answers') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
)

select
    responses.survey_id,
    responses.customer_id,
    respondents.n_rows > 1 as is_repeated,
    {%- for question in dbt_satisfaction.questionnaire() %}
    responses.{{ question.column }},
    {%- endfor %}
    {{ dbt_satisfaction.prefixed('segments.', types) | join(', ') }}
from responses
inner join respondents
    on responses.survey_id = respondents.survey_id and responses.customer_id = respondents.customer_id
inner join segments on responses.survey_id = segments.survey_id and responses.customer_id = segments.customer_id
