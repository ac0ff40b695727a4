-- What models of purchases need of each customer: how many days with purchases came after the first, when the first and
-- the last were, and what was spent on the later ones. The first purchase in the data starts the clock.
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
    customers.customer_id,
    customers.first_purchase_on,
    customers.last_purchase_on,
    customers.n_purchases,
    customers.n_purchases - 1 as n_repeats,
    {{ dbt.datediff('customers.first_purchase_on', 'customers.last_purchase_on', 'day') }} as days_to_last, -- noqa: LT05
    {{ dbt.datediff('customers.first_purchase_on', 'calendar.as_of_date', 'day') }} as days_observed, -- noqa: LT05
    cast(customers.amount as double) / customers.n_purchases as mean_amount,
    cast(customers.amount - coalesce(first_days.amount, 0) as double)
    / nullif(customers.n_purchases - 1, 0) as mean_repeat_amount
from customers
cross join {{ ref('int_calendar') }} as calendar
left join first_days on customers.customer_id = first_days.customer_id
