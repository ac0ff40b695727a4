-- The months in which every customer is looked at: from the one in which it is first known, or in which the replay
-- begins, to the last complete one.
with customers as (
    select
        customer_id,
        min(related_since) as related_since,
        bool_or(has_behaviour) as has_behaviour
    from {{ ref('int_customer_versions') }}
    group by customer_id
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

spans as (
    select
        customers.customer_id,
        customers.has_behaviour,
        customers.related_since,
        cast(
            date_trunc('month', greatest(calendar.first_month, coalesce(customers.related_since, calendar.first_month)))
            as date
        ) as first_month,
        calendar.last_month
    from customers
    cross join calendar
)

select *
from spans
where first_month <= last_month
