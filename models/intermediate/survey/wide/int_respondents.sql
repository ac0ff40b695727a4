{{ config(materialized='view') }}

-- One row per customer and wave: the segments of the customer, a column each; for every factor the answers that were
-- counted, and what they say, 0 to 1 from the lowest to the highest level of the scale (<factor>_score); the overall
-- verdict in the same way; the group in which bootstraps draw; and how much the respondent counts, 1 where nobody is
-- weighted.
{%- set types = dbt_satisfaction.respondent_types() %}
{%- set factors = dbt_satisfaction.asked_factors() %}
{%- set n_groups = dbt_satisfaction.n_resample_groups() %}

with answers as (
    select * from {{ ref('int_respondent_answers') }}
),

segments as (
    select * from {{ ref('int_respondent_segments') }}
)
{%- if dbt_satisfaction.is_weighted() %},

weights as (
    select * from {{ ref('int_weights') }}
)
{%- endif %}

select
    answers.survey_id,
    answers.customer_id,
    {{ dbt_satisfaction.prefixed('segments.', types) | join(',\n    ') }},
    {{ dbt_satisfaction.resample_group('answers.customer_id', n_groups) }} as resample_group,
    {%- for name in ['design_weight', 'weight', 'error_weight'] %}
    {{ 'weights.' ~ name if dbt_satisfaction.is_weighted() else 'cast(1 as double)' }} as {{ name }},
    {%- endfor %}
    {%- if dbt_satisfaction.is_finite_population() %}
    weights.sampled_share,
    weights.answered_share,
    {%- endif %}
    {%- for name in ['stratum', 'weighting_cell'] %}
    {{ 'weights.' ~ name if dbt_satisfaction.is_weighted() else "''" }} as {{ name }},
    {%- endfor %}
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
{%- if dbt_satisfaction.is_weighted() %}
inner join weights on answers.survey_id = weights.survey_id and answers.customer_id = weights.customer_id
{%- endif %}
