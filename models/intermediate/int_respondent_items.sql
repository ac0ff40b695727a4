{{ config(materialized='view') }}

-- The answers of each respondent of a wave to every performance question, 0 to 1 from the lowest to the highest level
-- of its scale, as item_<number>; of a customer who answered twice the mean.
-- noqa: disable=LT02
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set questions = dbt_satisfaction.questionnaire(['performance']) %}

with sheets as (
    select * from {{ ref('int_segmented_sheets') }}
),

answers as (
    select
        {%- for question in questions %}
        {{ dbt_satisfaction.level_as('value_share', question, 'double') }} as item_{{ loop.index }},
        {%- endfor %}
        survey_id,
        customer_id,
        is_repeated,
        {{ types | join(', ') }}
    from sheets
)

select
    {%- for question in questions %}
    item_{{ loop.index }},
    {%- endfor %}
    survey_id,
    customer_id,
    {{ types | join(', ') }}
from answers
where not is_repeated

union all

select
    {%- for question in questions %}
    {{ dbt_satisfaction.exact_mean('item_' ~ loop.index) }} as item_{{ loop.index }},
    {%- endfor %}
    survey_id,
    customer_id,
    {{ types | join(', ') }}
from answers
where is_repeated
group by survey_id, customer_id, {{ types | join(', ') }}
