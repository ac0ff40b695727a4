{%- set asked = dbt_satisfaction.earned_types() %}
{{ config(materialized='view', enabled=asked | length > 0) }}

-- How every customer stood in the last complete month before each wave, for the segments that only behaviour knows: the
-- one way in which the index of a wave hears of it. Of what a customer answers in the wave nothing is here yet.
with waves as (
    select
        survey_id,
        month_before
    from {{ ref('int_waves') }}
    where month_before is not null
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
        case when customers.related_since > last_day(waves.month_before) then 0 else months.tenure_months end
        as {{ dbt.type_string() }}
    ) as tenure_band
from waves
cross join customers
left join months on waves.month_before = months.month_start and customers.customer_id = months.customer_id
{%- if 'contribution_band' in asked %}
left join tiers on waves.month_before = tiers.month_start and customers.customer_id = tiers.customer_id
{%- endif %}
