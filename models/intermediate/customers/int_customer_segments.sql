{%- set asked = dbt_satisfaction.earned_types() %}
{{ config(materialized='view', enabled=asked | length > 0) }}

-- How every customer stood in the last complete month before each wave, for the segments that only behaviour knows: the
-- one way in which the index of a wave hears of it. Of what a customer answers in the wave nothing is here yet.
with waves as (
    select
        survey_id,
        cast(date_trunc('month', starts_on) as date) as wave_month,
        cast({{ dbt_satisfaction.add_months("date_trunc('month', starts_on)", -1) }} as date) as month_start
    from {{ ref('int_waves') }}
    where starts_on is not null
),

customers as (
    select
        customer_id,
        min(related_since) as related_since
    from {{ ref('int_customer_versions') }}
    where has_behaviour
    group by customer_id
),

months as (
    select
        month_start,
        customer_id,
        tenure_months,
        case
            when customer_status = 'left' then 'left'
            else cast(ladder_level as {{ dbt.type_string() }})
        end as ladder_level,
        case when customer_status = 'left' then 'left' else class_id end as loyalty_class
    from {{ ref('int_loyalty_months') }}
)
{%- if 'contribution_band' in asked %},

tiers as (
    select
        month_start,
        customer_id,
        contribution_band
    from {{ ref('int_customer_tiers') }}
)
{%- endif %}

select
    waves.survey_id,
    customers.customer_id,
    months.ladder_level,
    months.loyalty_class,
    {%- if 'contribution_band' in asked %}
    tiers.contribution_band,
    {%- endif %}
    -- whoever came after that month is new
    cast(
        case when customers.related_since >= waves.wave_month then 0 else months.tenure_months end
        as {{ dbt.type_string() }}
    ) as tenure_band
from waves
cross join customers
left join months on waves.month_start = months.month_start and customers.customer_id = months.customer_id
{%- if 'contribution_band' in asked %}
left join tiers on waves.month_start = tiers.month_start and customers.customer_id = tiers.customer_id
{%- endif %}
