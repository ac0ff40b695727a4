-- The spine of loyalty: a row per complete month and customer, from the month in which the customer is first known.
with customers as (
    select
        customer_id,
        min(related_since) as related_since,
        bool_or(has_behaviour) as has_behaviour
    from {{ ref('int_customer_versions') }}
    group by all
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

spine as (
    select
        customers.customer_id,
        customers.related_since,
        customers.has_behaviour,
        {{ dbt_satisfaction.each_month(
            "date_trunc('month', greatest(calendar.first_month, coalesce(customers.related_since, calendar.first_month)))",
            'calendar.last_month'
        ) }} as month_start
    from customers
    cross join calendar
)

select
    customer_id,
    month_start,
    last_day(month_start) as month_end,
    has_behaviour,
    related_since,
    {{ dbt_satisfaction.months_between('related_since', 'month_start') }} as tenure_months
from spine
