{{ config(materialized='view') }}

-- The figures that tiers and scorecards look at: what every customer with behaviour, a return or a complaint did by the
-- end of each complete month, and how loyal it is.
{%- set as_number = ['is_active', 'is_loyal'] %}

with behaviour as (
    select * from {{ ref('int_customer_behaviour') }}
),

loyalty as (
    select * from {{ ref('int_loyalty_months') }}
)

select
    behaviour.month_start,
    behaviour.customer_id,
    behaviour.customer_status,
    {%- for name in dbt_satisfaction.customer_metrics() %}
    {%- set column = ('loyalty.' if name in dbt_satisfaction.loyalty_metrics() else 'behaviour.') ~ name %}
    {%- if name in as_number %}
    case when {{ column }} then 1e0 when not {{ column }} then 0e0 end as {{ name }},
    {%- else %}
    cast({{ column }} as double) as {{ name }},
    {%- endif %}
    {%- endfor %}
    {%- for name in dbt_satisfaction.profile_metrics() %}
    behaviour.{{ name }}_as_of,
    {%- endfor %}
    loyalty.answered_on,
    loyalty.class_id as loyalty_class,
    loyalty.relation_id as satisfaction_loyalty_relation
from behaviour
inner join loyalty on behaviour.customer_id = loyalty.customer_id and behaviour.month_start = loyalty.month_start
