{{ config(materialized='view') }}

-- Subscriptions by month: held in from_month <= month < to_month. One that starts and ends in the same month is never
-- held.
select
    customer_id,
    service_line,
    {{ dbt_satisfaction.exact_amount('coalesce(monthly_fee, 0)') }} as monthly_fee,
    coalesce(lower(end_reason), 'unknown') as end_reason,
    cast(date_trunc('month', started_on) as date) as from_month,
    cast(date_trunc('month', coalesce(ended_on, cast('9999-12-01' as date))) as date) as to_month
from {{ ref('stg_subscriptions') }}
