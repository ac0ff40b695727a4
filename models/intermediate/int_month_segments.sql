{{ config(materialized='view') }}

-- The segments of every customer in every month, as of the month's last day.
with customer_months as (
    select
        month_start,
        customer_id,
        month_end as on_date
    from {{ ref('int_customer_months') }}
)

{{ dbt_satisfaction.segment_rows('customer_months', ['month_start', 'customer_id']) }}
