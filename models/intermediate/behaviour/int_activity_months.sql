{{ config(materialized='view') }}

-- What happened to every customer in each month: activity and its changes, purchases, returns, complaints. Those with
-- behaviour, and those who did nothing but return or complain.
with complaints as (
    select * from {{ ref('int_complaint_months') }}
),

purchases as (
    select * from {{ ref('int_purchases') }}
),

without_behaviour as (
    select
        customer_id,
        {{ dbt_satisfaction.each_month('first_month', 'last_month') }} as month_start
    from {{ ref('int_customer_spans') }}
    where
        not has_behaviour
        and customer_id in (
            select customer_id from complaints
            union all
            select customer_id from purchases
            where n_returns > 0
        )
),

months as (
    select
        customer_id,
        month_start,
        true as has_behaviour,
        customer_status,
        cast(tenure_months as integer) as tenure_months,
        breadth,
        revenue
    from {{ ref('int_month_metrics') }}
    union all
    select
        customer_id,
        month_start,
        false as has_behaviour,
        'unknown' as customer_status,
        cast(null as integer) as tenure_months,
        cast(null as integer) as breadth,
        cast(null as double) as revenue
    from without_behaviour
),

stretches as (
    select * from {{ ref('int_active_stretches') }}
)

select
    months.customer_id,
    months.month_start,
    months.has_behaviour,
    months.customer_status,
    months.tenure_months,
    months.breadth,
    months.revenue,
    cast(coalesce(purchases.n_purchases, 0) as bigint) as n_purchases,
    cast(coalesce(purchases.n_returns, 0) as bigint) as n_returns,
    coalesce(purchases.amount, 0) as amount,
    cast(coalesce(complaints.n_complaints, 0) as bigint) as n_complaints,
    coalesce(complaints.open_change, 0) as open_change,
    purchases.last_ordered_on,
    active.from_month as active_since,
    coalesce(active.from_month = months.month_start and active.is_first, false) as is_new,
    coalesce(active.from_month = months.month_start and not active.is_first, false) as is_reactivated,
    ended.customer_id is not null as is_lost
from months
left join purchases on months.customer_id = purchases.customer_id and months.month_start = purchases.month_start
left join complaints on months.customer_id = complaints.customer_id and months.month_start = complaints.month_start
left join stretches as active
    on months.customer_id = active.customer_id
    and months.month_start >= active.from_month
    and months.month_start < active.to_month
left join stretches as ended
    on months.customer_id = ended.customer_id and months.month_start = ended.to_month
