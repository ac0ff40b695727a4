{{ config(materialized='view') }}

-- What happened to every customer in each month: activity and its changes, purchases, returns, complaints. Those with
-- behaviour, and those who did nothing but return or complain.
with complaints as (
    select * from {{ ref('int_complaint_months') }}
),

purchases as (
    select * from {{ ref('int_purchases') }}
),

returns as (
    select * from purchases
    where n_returns > 0
),

loyalty as (
    select * from {{ ref('int_loyalty_months') }}
    where
        has_behaviour
        or customer_id in (select customer_id from complaints)
        or customer_id in (select customer_id from returns)
),

stretches as (
    select * from {{ ref('int_active_stretches') }}
)

select
    loyalty.customer_id,
    loyalty.month_start,
    loyalty.customer_status,
    loyalty.tenure_months,
    loyalty.breadth,
    loyalty.revenue,
    loyalty.profile_id,
    cast(coalesce(purchases.n_purchases, 0) as bigint) as n_purchases,
    cast(coalesce(purchases.n_returns, 0) as bigint) as n_returns,
    coalesce(purchases.amount, 0) as amount,
    cast(coalesce(complaints.n_complaints, 0) as bigint) as n_complaints,
    coalesce(complaints.open_change, 0) as open_change,
    purchases.last_ordered_on,
    active.from_month as active_since,
    coalesce(active.from_month = loyalty.month_start and active.is_first, false) as is_new,
    coalesce(active.from_month = loyalty.month_start and not active.is_first, false) as is_reactivated,
    ended.customer_id is not null as is_lost
from loyalty
left join purchases on loyalty.customer_id = purchases.customer_id and loyalty.month_start = purchases.month_start
left join complaints
    on loyalty.customer_id = complaints.customer_id and loyalty.month_start = complaints.month_start
left join stretches as active
    on loyalty.customer_id = active.customer_id
    and loyalty.month_start >= active.from_month
    and loyalty.month_start < active.to_month
left join stretches as ended
    on loyalty.customer_id = ended.customer_id and loyalty.month_start = ended.to_month
