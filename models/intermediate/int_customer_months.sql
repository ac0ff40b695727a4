{{ config(materialized='view') }}

-- The spine of loyalty: a row per complete month and customer.
with spine as (
    select
        customer_id,
        has_behaviour,
        related_since,
        {{ dbt_satisfaction.each_month('first_month', 'last_month') }} as month_start
    from {{ ref('int_customer_spans') }}
)

select
    customer_id,
    month_start,
    last_day(month_start) as month_end,
    has_behaviour,
    related_since,
    {{ dbt_satisfaction.months_between('related_since', 'month_start') }} as tenure_months
from spine
