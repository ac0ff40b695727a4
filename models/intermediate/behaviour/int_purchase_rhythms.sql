-- Every customer's own rhythm of buying, from each month with a purchase to the one before the next: how many days it
-- has bought on so far and over which span, and when silence ends the relationship (to_month): when it is longer than
-- active_months, and longer than active_gaps of the customer's own typical gaps as each month knew them. Where nobody
-- has bought twice no gap is known, and active_months alone count.
with calendar as (
    select * from {{ ref('int_calendar') }}
),

bought as (
    select
        customer_id,
        month_start,
        first_ordered_on,
        last_ordered_on,
        lead(month_start) over by_month as next_month,
        cast(sum(n_purchase_days) over so_far as integer) as n_days,
        min(first_ordered_on) over so_far as first_bought_on
    from {{ ref('int_purchases') }}
    where n_purchases > 0
    window
        by_month as (partition by customer_id order by month_start),
        so_far as (
            partition by customer_id order by month_start
            rows between unbounded preceding and current row
        )
),

purchases as (
    select
        *,
        {{ dbt.datediff('first_bought_on', 'last_ordered_on', 'day') }} as span_days -- noqa: LT05
    from bought
),

silent as (
    select
        purchases.customer_id,
        purchases.month_start,
        min(gaps.month_start) as silent_from
    from purchases
    inner join {{ ref('int_typical_gaps') }} as gaps
        on gaps.month_start >= {{ dbt_satisfaction.add_months('purchases.month_start', var('active_months')) }}
        and gaps.month_start < coalesce(purchases.next_month, cast('9999-12-01' as date))
        and {{ dbt.datediff('purchases.last_ordered_on', 'last_day(gaps.month_start)', 'day') }}
        > coalesce(round({{ var('active_gaps') }} * {{ dbt_satisfaction.own_gap('purchases') }}, 9), 0)
    group by purchases.customer_id, purchases.month_start
)

select
    purchases.customer_id,
    purchases.month_start,
    purchases.next_month,
    cast(date_trunc('month', purchases.first_bought_on) as date) as first_bought_month,
    purchases.first_ordered_on,
    purchases.last_ordered_on,
    purchases.n_days,
    purchases.span_days,
    lag(purchases.last_ordered_on) over by_month as last_ordered_before,
    lag(purchases.n_days) over by_month as n_days_before,
    lag(purchases.span_days) over by_month as span_days_before,
    coalesce(
        silent.silent_from,
        purchases.next_month,
        greatest(
            {{ dbt_satisfaction.add_months('calendar.last_month', 1) }},
            {{ dbt_satisfaction.add_months('purchases.month_start', var('active_months')) }}
        )
    ) as to_month
from purchases
cross join calendar
left join silent
    on purchases.customer_id = silent.customer_id and purchases.month_start = silent.month_start
window by_month as (partition by purchases.customer_id order by purchases.month_start)
