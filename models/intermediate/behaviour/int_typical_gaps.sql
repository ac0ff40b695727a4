-- The typical gap between purchases, in days, as it was known by the end of each month: the mean over the customers
-- who had bought on two days or more of (last day - first day) / (days - 1), so that each customer counts once. Long
-- gaps take time to end: the months of the first year share the gap that is known by its end. A past month keeps its
-- gap when data are added.
with calendar as (
    select * from {{ ref('int_calendar') }}
),

so_far as (
    select
        customer_id,
        month_start,
        sum(n_purchase_days) over months as n_days,
        min(first_ordered_on) over months as first_bought_on,
        last_ordered_on
    from {{ ref('int_purchases') }}
    where n_purchases > 0
    window months as (
        partition by customer_id order by month_start
        rows between unbounded preceding and current row
    )
),

spans as (
    select
        *,
        {{ dbt.datediff('first_bought_on', 'last_ordered_on', 'day') }} as span_days -- noqa: LT05
    from so_far
),

-- decimals, so that the running sums are exact in any order
gaps as (
    select
        customer_id,
        month_start,
        cast(span_days / nullif(cast(n_days - 1 as double), 0) as decimal(18, 9)) as gap_days
    from spans
),

changes as (
    select
        customer_id,
        month_start,
        gap_days - coalesce(lag(gap_days) over by_month, 0) as change,
        lag(gap_days) over by_month is null as is_first
    from gaps
    where gap_days is not null
    window by_month as (partition by customer_id order by month_start)
),

by_month as (
    select
        month_start,
        count(case when is_first then 1 end) as n_first,
        sum(change) as change
    from changes
    group by month_start
),

months as (
    select
        {{ dbt_satisfaction.each_month('first_month', 'last_month') }} as month_start,
        least({{ dbt_satisfaction.add_months('first_month', 11) }}, last_month) as end_of_first_year
    from calendar
),

running as (
    select
        months.month_start,
        greatest(months.month_start, months.end_of_first_year) as known_in,
        sum(coalesce(by_month.n_first, 0)) over so_far as n_repeat_customers,
        sum(coalesce(by_month.change, 0)) over so_far as gap_sum
    from months
    left join by_month on months.month_start = by_month.month_start
    window so_far as (order by months.month_start rows between unbounded preceding and current row)
)

select
    running.month_start,
    cast(known.n_repeat_customers as integer) as n_repeat_customers,
    {%- if var('typical_gap_days') %}
    cast({{ var('typical_gap_days') }} as double) as typical_gap_days
    {%- else %}
    cast(known.gap_sum as double) / nullif(known.n_repeat_customers, 0) as typical_gap_days
    {%- endif %}
from running
inner join running as known on running.known_in = known.month_start
