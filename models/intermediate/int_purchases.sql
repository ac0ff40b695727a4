-- Accepted transactions per customer, month and product: the only pass over them. Purchases are those that were
-- completed; where none was, n_purchases is 0 and the figures are null. Amounts are exact decimals. There are nearly as
-- many groups as rows, so that every byte of a group counts: days instead of times, sums of 18 digits.
with transactions as (
    select
        customer_id,
        product_id,
        service_line,
        cast(date_trunc('month', ordered_at) as date) as month_start,
        case when coalesce(lower(status), 'completed') = 'completed' then cast(ordered_at as date) end as purchased_on,
        case when coalesce(lower(status), 'completed') = 'completed' then cast(amount as decimal(18, 2)) end as amount,
        case
            when coalesce(lower(status), 'completed') = 'completed' then cast(coalesce(quantity, 1) as decimal(18, 4))
        end as quantity
    from {{ ref('stg_transactions') }}
)

select
    customer_id,
    month_start,
    product_id,
    service_line,
    count(*) as n_transactions,
    count(purchased_on) as n_purchases,
    cast(sum(amount) as decimal(18, 2)) as amount,
    cast(sum(quantity) as decimal(18, 4)) as quantity,
    min(purchased_on) as first_ordered_on,
    max(purchased_on) as last_ordered_on
from transactions
group by customer_id, month_start, product_id, service_line
