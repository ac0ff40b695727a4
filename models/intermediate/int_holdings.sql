-- What a customer holds and since when: a subscription from its first day until its last, a product bought for
-- holding_months after its last purchase. Months in which a customer holds it: from_month <= month < to_month.
with subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

purchases as (
    select
        customer_id,
        product_id,
        service_line,
        month_start,
        lead(month_start) over (partition by customer_id, product_id, service_line order by month_start) as next_month
    from {{ ref('int_purchases') }}
    where product_id is not null
)

select
    customer_id,
    'subscription' as kind,
    subscription_id as item_id,
    service_line,
    coalesce(monthly_fee, 0) as monthly_fee,
    coalesce(lower(end_reason), 'unknown') as end_reason,
    cast(date_trunc('month', started_on) as date) as from_month,
    cast(date_trunc('month', coalesce(ended_on, cast('9999-12-01' as date))) as date) as to_month
from subscriptions

union all

select
    customer_id,
    'product' as kind,
    product_id as item_id,
    service_line,
    0 as monthly_fee,
    null as end_reason,
    month_start as from_month,
    least(
        {{ dbt_satisfaction.add_months('month_start', var('holding_months')) }},
        coalesce(next_month, cast('9999-12-01' as date))
    ) as to_month
from purchases
