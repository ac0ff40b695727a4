{{ config(materialized='view') }}

-- How many customers of each segment and month come how far in the funnel, and of how many it is not known.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set figures = ['contribution_band', 'is_valuable', 'is_high_value', 'is_satisfied_on_key_factors'] %}

with months as (
    select
        *,
        last_day(month_start) as on_date
    from {{ ref('int_customer_tiers') }}
),

attributes as (
    {{ dbt_satisfaction.attributes_at('months', ['month_start'] + figures, types) }}
)

select *
from {{ dbt_satisfaction.summed_by_attributes(
    'attributes', ['month_start'],
    {},
    {
        'n_all': '1 = 1', 'n_contribution_unknown': "contribution_band = 'unknown'", 'n_valuable': 'is_valuable',
        'n_high_value': 'is_high_value', 'n_satisfied': 'is_high_value and is_satisfied_on_key_factors',
        'n_satisfaction_unknown': 'is_high_value and is_satisfied_on_key_factors is null',
    }
) }} as sums
