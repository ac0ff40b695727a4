-- Accepted transactions per customer and month. Purchases are those that were completed; where none was, n_purchases is
-- 0 and the figures are null. Amounts are exact decimals of six places. Where the quantity of a purchase is not known,
-- that of the month is not. What was bought is in int_product_months: in one model the groups would be nearly as many
-- as the rows, and their sums need more memory than a laptop has. For the same reason days are counted as bits of a
-- number, one for each day of the month.
{%- set has_lines = dbt_satisfaction.raw_has('transactions', 'line_id') %}
{%- set purchased = 'purchased_on' if not has_lines
    else 'distinct case when purchased_on is not null then transaction_id end' %}

with transactions as (
    select
        transaction_id,
        customer_id,
        cast(date_trunc('month', ordered_at) as date) as month_start,
        cast(ordered_at as date) as ordered_on,
        coalesce(lower(status), 'completed') as status,
        amount,
        quantity,
        -- below 0 is a refund
        coalesce(lower(status), 'completed') = 'completed'
        or (lower(status) = 'returned' and (amount < 0 or coalesce(quantity < 0, false))) as counts
    from {{ ref('stg_transactions') }}
),

by_status as (
    select
        transaction_id,
        customer_id,
        month_start,
        case when status = 'completed' then ordered_on end as purchased_on,
        case when counts then {{ dbt_satisfaction.exact_amount('amount') }} end as amount,
        case when counts then cast(quantity as decimal(18, 4)) end as quantity,
        status = 'completed' and quantity is null as is_unmeasured,
        case when status != 'cancelled' then ordered_on end as seen_on,
        status = 'returned' as is_returned
    from transactions
)

select
    customer_id,
    month_start,
    count(*) as n_transactions,
    count({{ purchased }}) as n_purchases,
    cast(coalesce(bit_count(bit_or(cast(power(2, day(purchased_on) - 1) as bigint))), 0) as integer) as n_purchase_days,
    count({{ 'distinct transaction_id' if has_lines else '*' }}) filter (where is_returned) as n_returns,
    cast(sum(amount) as decimal(28, 6)) as amount,
    case when not bool_or(is_unmeasured) then cast(sum(quantity) as decimal(28, 4)) end as quantity,
    min(purchased_on) as first_ordered_on,
    max(purchased_on) as last_ordered_on,
    min(seen_on) as first_seen_on,
    max(seen_on) as last_seen_on
from by_status
group by customer_id, month_start
