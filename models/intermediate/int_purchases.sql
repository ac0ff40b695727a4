-- Accepted transactions per customer, month and product: the only pass over them. Purchases are those that were
-- completed; where none was, n_purchases is 0 and the figures are null. Amounts are exact decimals.
with transactions as (
    select
        *,
        coalesce(lower(status), 'completed') = 'completed' as is_purchase
    from {{ ref('stg_transactions') }}
)

select
    customer_id,
    cast(date_trunc('month', ordered_at) as date) as month_start,
    product_id,
    service_line,
    count(*) as n_transactions,
    count(*) filter (where is_purchase) as n_purchases,
    cast(sum(cast(amount as decimal(18, 2))) filter (where is_purchase) as decimal(18, 2)) as amount,
    cast(sum(cast(coalesce(quantity, 1) as decimal(18, 4))) filter (where is_purchase) as decimal(18, 4)) as quantity,
    cast(min(ordered_at) filter (where is_purchase) as date) as first_ordered_on,
    cast(max(ordered_at) filter (where is_purchase) as date) as last_ordered_on
from transactions
group by customer_id, cast(date_trunc('month', ordered_at) as date), product_id, service_line
