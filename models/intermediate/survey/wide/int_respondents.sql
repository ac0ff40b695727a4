{{ config(materialized='view') }}

-- One row per customer and wave: the segments of the customer, a column each; for every factor the answers that were
-- counted, and what they say, 0 to 1 from the lowest to the highest level of the scale (<factor>_score); the overall
-- verdict in the same way; and the group in which bootstraps draw.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set n_groups = dbt_satisfaction.n_resample_groups() %}

with answers as (
    select * from {{ ref('int_respondent_answers') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
)

select
    answers.survey_id,
    answers.customer_id,
    {{ dbt_satisfaction.prefixed('segments.', types) | join(',\n    ') }},
    {{ dbt_satisfaction.resample_group('answers.customer_id', n_groups) }} as resample_group,
    {%- for name in dbt_satisfaction.count_columns() %}
    answers.{{ name }},
    {%- endfor %}
    {%- for factor in factors %}
    {%- set least, most = factor.levels[0].value, factor.levels[-1].value %}
    answers.{{ factor.column }}_n,
    answers.{{ factor.column }}_sum,
    (answers.{{ factor.column }}_sum / nullif(answers.{{ factor.column }}_n, 0) - {{ least }}) / {{ most - least }}
        as {{ factor.column }}_score,
    {%- endfor %}
    (answers.overall_level - 1) / 4e0 as verdict
from answers
inner join segments on answers.survey_id = segments.survey_id and answers.customer_id = segments.customer_id
