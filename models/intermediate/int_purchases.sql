-- Completed purchases per customer, month and product: the only pass over the transactions. Amounts are exact decimals.
with transactions as (
    select * from {{ ref('stg_transactions') }}
    where coalesce(lower(status), 'completed') = 'completed'
)

select
    customer_id,
    cast(date_trunc('month', ordered_at) as date) as month_start,
    product_id,
    service_line,
    count(*) as n_purchases,
    sum(cast(amount as decimal(18, 2))) as amount,
    sum(cast(coalesce(quantity, 1) as decimal(18, 4))) as quantity,
    cast(min(ordered_at) as date) as first_ordered_on,
    cast(max(ordered_at) as date) as last_ordered_on
from transactions
group by all
