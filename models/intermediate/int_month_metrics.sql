-- The figures that the ladder's rules look at, per month and customer with behaviour. A change against the baseline is
-- null (not evaluable) where fewer than baseline_months complete months precede, or their mean is below the minimum.
-- Changes are rounded to 12 places: 120 / 100 - 1 is a hair below 0.2 in binary fractions, and must reach 20 %.
{%- set n = var('baseline_months') %}

with months as (
    select * from {{ ref('int_customer_months') }}
    where has_behaviour
),

purchases as (
    select
        customer_id,
        month_start,
        sum(n_purchases) as n_purchases,
        sum(amount) as amount,
        sum(quantity) as quantity
    from {{ ref('int_purchases') }}
    group by all
),

holdings as (
    select * from {{ ref('int_month_holdings') }}
),

figures as (
    select
        months.customer_id,
        months.month_start,
        months.tenure_months,
        cast(coalesce(purchases.n_purchases, 0) as bigint) as n_purchases,
        cast(coalesce(purchases.amount, 0) as double) as amount,
        cast(coalesce(purchases.quantity, 0) as double) as quantity,
        cast(coalesce(holdings.fees, 0) as double) as fees,
        cast(coalesce(purchases.amount, 0) + coalesce(holdings.fees, 0) as double) as revenue,
        coalesce(holdings.product_count, 0) as product_count,
        coalesce(holdings.breadth, 0) as breadth,
        coalesce(holdings.services_held_before, 0) as services_held_before,
        coalesce(holdings.services_added, 0) as services_added,
        coalesce(holdings.services_cancelled, 0) as services_cancelled,
        coalesce(holdings.services_cancelled_unknown, 0) as services_cancelled_unknown
    from months
    left join purchases on months.customer_id = purchases.customer_id and months.month_start = purchases.month_start
    left join holdings on months.customer_id = holdings.customer_id and months.month_start = holdings.month_start
),

baselines as (
    select
        *,
        count(*) over preceding as n_baseline_months,
        avg(amount) over preceding as amount_baseline,
        avg(quantity) over preceding as quantity_baseline,
        avg(fees) over preceding as fees_baseline,
        avg(revenue) over preceding as revenue_baseline
    from figures
    window preceding as (partition by customer_id order by month_start rows between {{ n }} preceding and 1 preceding)
)

select
    customer_id,
    month_start,
    n_purchases,
    amount,
    quantity,
    fees,
    revenue,
    product_count,
    breadth,
    {%- for metric, figure, least in [
        ('purchase_change', 'amount', var('baseline_min_amount')),
        ('revenue_change', 'revenue', var('baseline_min_amount')),
        ('fee_change', 'fees', var('baseline_min_amount')),
        ('usage_change', 'quantity', 1e-9),
    ] %}
    case
        when n_baseline_months >= {{ n }} and round({{ figure }}_baseline, 9) >= {{ least }}
            then round({{ figure }} / {{ figure }}_baseline - 1, 12)
    end as {{ metric }},
    {%- endfor %}
    cast(services_added as double) as services_added,
    cast(services_cancelled as double) as services_cancelled,
    cast(tenure_months as double) as tenure_months,
    case
        when services_held_before > 0
            then services_cancelled_unknown / cast(services_held_before as double)
    end as unknown_cancel_share
from baselines
