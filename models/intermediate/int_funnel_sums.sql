{{ config(materialized='view') }}

-- How many customers of each segment and month come how far in the funnel, and of how many it is not
-- known; and how many have left, who are none of them.
{%- set types = ['total'] + dbt_satisfaction.segment_types() %}
{%- set figures = ['has_left', 'contribution_band', 'is_valuable', 'is_high_value', 'is_satisfied_on_key_factors'] %}

with months as (
    select
        *,
        last_day(month_start) as on_date,
        customer_status = 'left' as has_left
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
        'n_left': 'has_left', 'n_all': 'not has_left',
        'n_contribution_unknown': "not has_left and contribution_band = 'unknown'",
        'n_valuable': 'not has_left and is_valuable', 'n_high_value': 'not has_left and is_high_value',
        'n_satisfied': 'not has_left and is_high_value and is_satisfied_on_key_factors',
        'n_satisfaction_unknown': 'not has_left and is_high_value and is_satisfied_on_key_factors is null',
    }
) }} as sums
