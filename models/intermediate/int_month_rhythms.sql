{{ config(materialized='view') }}

-- The figures of every month, and beside them whether the customer is one (customer_status), the rhythm in which it buys,
-- and how its silence stands against its own typical gap. The rhythm is judged by the months before, so that a fall does
-- not change the yardstick that it is measured by.
{%- set months = var('rhythm_months') %}

with figures as (
    select * from {{ ref('int_month_figures') }}
),

-- the months before one by one: a sum over a frame of rows costs many times as much
counted as (
    select
        *,
        {%- for back in range(1, months + 1) %}
        coalesce(lag(case when n_purchases > 0 then 1 else 0 end, {{ back }}) over by_month, 0)
        {{- " +" if not loop.last else " as n_months_bought" }}
        {%- endfor %}
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
)

select
    placed.*,
    case
        when placed.services_held > 0 or placed.services_held_before > 0 then 'monthly'
        when purchases.n_days < 2 then 'new'
        when
            placed.n_months_bought * {{ months }}
            >= {{ var('monthly_from') }} * least(
                {{ months }}, {{ dbt_satisfaction.months_between('purchases.first_bought_month', 'placed.month_start') }}
            )
            then 'monthly'
        when purchases.customer_id is not null then 'irregular'
    end as rhythm,
    gaps.n_repeat_customers,
    case
        when placed.customer_status = 'active' and placed.services_held = 0
            then round(
                {{ dbt.datediff('purchases.last_ordered_on', 'last_day(placed.month_start)', 'day') }}
                / {{ dbt_satisfaction.own_gap('purchases') }}, 9
            )
    end as overdue_ratio,
    case
        when placed.month_start = purchases.month_start and placed.active_since < placed.month_start
            then round(
                {{ dbt.datediff('purchases.last_ordered_before', 'purchases.first_ordered_on', 'day') }}
                / {{ dbt_satisfaction.own_gap('purchases', '_before') }}, 9
            )
    end as waited_ratio
from placed
inner join {{ ref('int_typical_gaps') }} as gaps on placed.month_start = gaps.month_start
left join {{ ref('int_purchase_rhythms') }} as purchases
    on placed.customer_id = purchases.customer_id
    and placed.month_start >= purchases.month_start
    and (placed.month_start < purchases.next_month or purchases.next_month is null)
