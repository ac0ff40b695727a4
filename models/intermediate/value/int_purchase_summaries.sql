-- What models of purchases need of each customer: how many days with purchases came after the first, when the first and
-- the last were, how long the customer was there to buy, and what was spent on the later ones. The first purchase in
-- the data starts the clock; the end of the last active stretch stops it (days_active), or as_of_date.
with customers as (
    select
        customer_id,
        min(first_ordered_on) as first_purchase_on,
        max(last_ordered_on) as last_purchase_on,
        cast(sum(n_purchase_days) as bigint) as n_purchases,
        sum(amount) as amount
    from {{ ref('int_purchases') }}
    group by customer_id
    having sum(n_purchases) > 0
),

-- whose last purchase lies after the last complete month has not been judged, and is there
ends as (
    select
        customer_id,
        max(to_month) as to_month
    from {{ ref('int_active_stretches') }}
    group by customer_id
),

watched as (
    select
        customers.*,
        calendar.as_of_date,
        coalesce(ends.to_month <= calendar.last_month, false) as has_left,
        case
            when customers.last_purchase_on > last_day(calendar.last_month) then calendar.as_of_date
            else least(calendar.as_of_date, ends.to_month)
        end as active_to
    from customers
    cross join {{ ref('int_calendar') }} as calendar
    left join ends on customers.customer_id = ends.customer_id
),

-- rows of one day in the life of each customer: much less than grouping all rows by day
first_days as (
    select
        transactions.customer_id,
        sum({{ dbt_satisfaction.exact_amount('transactions.amount') }}) as amount
    from {{ ref('stg_transactions') }} as transactions
    inner join customers
        on transactions.customer_id = customers.customer_id
        and cast(transactions.ordered_at as date) = customers.first_purchase_on
    where coalesce(lower(transactions.status), 'completed') = 'completed'
    group by transactions.customer_id
)

select
    watched.customer_id,
    watched.first_purchase_on,
    watched.last_purchase_on,
    watched.has_left,
    watched.n_purchases,
    watched.n_purchases - 1 as n_repeats,
    {{ dbt.datediff('watched.first_purchase_on', 'watched.last_purchase_on', 'day') }} as days_to_last, -- noqa: LT05
    {{ dbt.datediff('watched.first_purchase_on', 'watched.as_of_date', 'day') }} as days_observed, -- noqa: LT05
    {{ dbt.datediff('watched.first_purchase_on', 'watched.active_to', 'day') }} as days_active, -- noqa: LT05
    cast(watched.amount as double) / watched.n_purchases as mean_amount,
    cast(watched.amount - coalesce(first_days.amount, 0) as double)
    / nullif(watched.n_purchases - 1, 0) as mean_repeat_amount
from watched
left join first_days on watched.customer_id = first_days.customer_id
