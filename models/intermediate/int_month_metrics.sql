-- The figures that the ladder's rules look at, per month and customer with behaviour. A change against the baseline is
-- null (not evaluable) where fewer than baseline_months complete months precede, or their mean is below the minimum.
-- Changes are rounded to 12 places: 120 / 100 - 1 is a hair below 0.2 in binary fractions, and must reach 20 %.
{%- set n = var('baseline_months') %}

with months as (
    select * from {{ ref('int_customer_months') }}
    where has_behaviour
),

purchases as (
    select * from {{ ref('int_purchases') }}
    where n_purchases > 0
),

changes as (
    select * from {{ ref('int_holding_changes') }}
),

figures as (
    select
        months.customer_id,
        months.month_start,
        months.tenure_months,
        cast(coalesce(purchases.n_purchases, 0) as bigint) as n_purchases,
        coalesce(purchases.amount, 0) as amount,
        cast(coalesce(purchases.quantity, 0) as double) as quantity,
        coalesce(changes.services_added, 0) as services_added,
        coalesce(changes.services_cancelled, 0) as services_cancelled,
        coalesce(changes.services_cancelled_unknown, 0) as services_cancelled_unknown,
        coalesce(sum(changes.product_change) over so_far, 0) as product_count,
        coalesce(sum(changes.breadth_change) over so_far, 0) as breadth,
        coalesce(sum(changes.fee_change) over so_far, 0) as fees,
        coalesce(sum(changes.held_before_change) over so_far, 0) as services_held_before
    from months
    left join purchases on months.customer_id = purchases.customer_id and months.month_start = purchases.month_start
    left join changes on months.customer_id = changes.customer_id and months.month_start = changes.month_start
    window so_far as (
        partition by months.customer_id order by months.month_start
        rows between unbounded preceding and current row
    )
),

typed as (
    select
        customer_id,
        month_start,
        tenure_months,
        n_purchases,
        cast(amount as double) as amount,
        quantity,
        cast(fees as double) as fees,
        cast(amount + fees as double) as revenue,
        cast(product_count as integer) as product_count,
        cast(breadth as integer) as breadth,
        services_held_before,
        services_added,
        services_cancelled,
        services_cancelled_unknown
    from figures
),

-- the months before one by one: a sum over a frame of rows costs many times as much
baselines as (
    select
        {%- for figure in ['amount', 'quantity', 'fees', 'revenue'] %}
        {{ dbt_satisfaction.mean_of_preceding(figure, n, 'months') }} as {{ figure }}_baseline,
        {%- endfor %}
        typed.*
    from typed
    window months as (partition by customer_id order by month_start)
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
        when round({{ figure }}_baseline, 9) >= {{ least }}
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
