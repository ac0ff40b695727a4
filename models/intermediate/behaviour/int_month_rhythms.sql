{{ config(materialized='view') }}

-- The figures of every month, and beside them whether the customer is one (customer_status), the rhythm in which it
-- buys, and how its silence stands against its own typical gap. The rhythm is judged by the months before, so that a
-- fall does not change the yardstick that it is measured by.
{%- set months = var('rhythm_months') %}
{%- set bought = 'case when n_purchases > 0 then 1 else 0 end' %}

with figures as (
    select * from {{ ref('int_month_figures') }}
),

counted as (
    select
        *,
        {{ dbt_satisfaction.sum_of_preceding(bought, months, 'by_month', 0) }} as n_months_bought
    from figures
    window by_month as (partition by customer_id order by month_start)
),

stretches as (
    select * from {{ ref('int_active_stretches') }}
),

placed as (
    select
        counted.*,
        case
            when counted.month_start >= stretches.to_month then 'left'
            when stretches.customer_id is not null then 'active'
            else 'unknown'
        end as customer_status,
        coalesce(stretches.stretch_no, 1) as stretch_no,
        case when counted.month_start >= stretches.to_month then stretches.to_month end as left_since,
        stretches.from_month as active_since,
        case
            when counted.month_start = stretches.from_month
                then {{ dbt_satisfaction.months_between('stretches.left_before', 'stretches.from_month') }}
        end as months_away
    from counted
    left join stretches
        on counted.customer_id = stretches.customer_id
        and counted.month_start >= stretches.from_month
        and (counted.month_start < stretches.returned_in or stretches.returned_in is null)
),

measured as (
    select
        placed.*,
        gaps.n_repeat_customers,
        purchases.n_days,
        purchases.month_start as bought_month,
        {{ dbt_satisfaction.months_between('purchases.first_bought_month', 'placed.month_start') }} as months_known,
        {{ dbt.datediff('purchases.last_ordered_on', 'last_day(placed.month_start)', 'day') }} as days_silent, -- noqa
        {{ dbt.datediff('purchases.last_ordered_before', 'purchases.first_ordered_on', 'day') }} as days_waited, -- noqa
        {{ dbt_satisfaction.own_gap('purchases') }} as gap_days, -- noqa
        {{ dbt_satisfaction.own_gap('purchases', '_before') }} as gap_days_before -- noqa
    from placed
    inner join {{ ref('int_typical_gaps') }} as gaps on placed.month_start = gaps.month_start
    left join {{ ref('int_purchase_rhythms') }} as purchases
        on placed.customer_id = purchases.customer_id
        and placed.month_start >= purchases.month_start
        and (placed.month_start < purchases.next_month or purchases.next_month is null)
)

select
    *,
    case
        when services_held > 0 or services_held_before > 0 then 'monthly'
        when n_days < 2 then 'new'
        when n_months_bought * {{ months }} >= {{ var('monthly_from') }} * least({{ months }}, months_known)
            then 'monthly'
        when n_days >= 2 then 'irregular'
    end as rhythm,
    case
        when customer_status = 'active' and services_held = 0 then round(days_silent / gap_days, 9)
    end as overdue_ratio,
    case
        when month_start = bought_month and active_since < month_start then round(days_waited / gap_days_before, 9)
    end as waited_ratio
from measured
