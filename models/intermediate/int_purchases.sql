-- Accepted transactions per customer and month. Purchases are those that were completed; where none was, n_purchases is
-- 0 and the figures are null. Amounts are exact decimals. What was bought is in int_product_months: in one model the
-- groups would be nearly as many as the rows, and their sums need more memory than a laptop has.
with transactions as (
    select
        customer_id,
        cast(date_trunc('month', ordered_at) as date) as month_start,
        case when coalesce(lower(status), 'completed') = 'completed' then cast(ordered_at as date) end as purchased_on,
        case when coalesce(lower(status), 'completed') = 'completed' then cast(amount as decimal(18, 2)) end as amount,
        case
            when coalesce(lower(status), 'completed') = 'completed' then cast(coalesce(quantity, 1) as decimal(18, 4))
        end as quantity,
        lower(status) = 'returned' as is_returned
    from {{ ref('stg_transactions') }}
)

select
    customer_id,
    month_start,
    count(*) as n_transactions,
    count(purchased_on) as n_purchases,
    count(*) filter (where is_returned) as n_returns,
    cast(sum(amount) as decimal(18, 2)) as amount,
    cast(sum(quantity) as decimal(18, 4)) as quantity,
    min(purchased_on) as first_ordered_on,
    max(purchased_on) as last_ordered_on
from transactions
group by customer_id, month_start
