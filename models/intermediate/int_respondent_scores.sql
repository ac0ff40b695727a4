{{ config(materialized='view') }}

-- What each respondent of a wave thinks, 0 to 1 from the lowest to the highest level of the scale: the overall verdict
-- and, as score_<factor_no>, every factor. Beside it the respondent's segments and resample group.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}

with counts as (
    select * from {{ ref('int_respondent_counts') }}
),

verdicts as (
    select * from {{ ref('int_customer_waves') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
)

select
    counts.survey_id,
    counts.customer_id,
    {{ dbt_satisfaction.prefixed('segments.', types) | join(',\n    ') }},
    {{ dbt_satisfaction.dealt('counts.customer_id', dbt_satisfaction.n_resample_groups()) }} as resample_group,
    {%- for factor in dbt_satisfaction.asked_factors() %}
    {%- set least, most = factor.levels[0].value, factor.levels[-1].value %}
    (counts.sum_{{ factor.factor_no }} / nullif(counts.valid_{{ factor.factor_no }}, 0) - {{ least }}) / {{ most - least }} as score_{{ factor.factor_no }},
    {%- endfor %}
    (verdicts.overall_level - 1) / 4e0 as outcome
from counts
inner join verdicts on counts.survey_id = verdicts.survey_id and counts.customer_id = verdicts.customer_id
inner join segments on counts.survey_id = segments.survey_id and counts.customer_id = segments.customer_id
