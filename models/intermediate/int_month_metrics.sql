-- The figures that the ladder's rules look at, per month and customer with behaviour. A change against the baseline is
-- null (not evaluable) where fewer than baseline_months complete months precede, or their mean is below the minimum.
-- What is held is null where something is that nobody has named, and nothing that has a name.
-- Changes are rounded to 12 places: 120 / 100 - 1 is a hair below 0.2 in binary fractions, and must reach 20 %.
{%- set n = var('baseline_months') %}

with spans as (
    select * from {{ ref('int_customer_spans') }}
    where has_behaviour
),

purchases as (
    select * from {{ ref('int_purchases') }}
    where n_purchases > 0
),

changes as (
    select * from {{ ref('int_holding_changes') }}
),

names as (
    select product_id, service_line from {{ ref('int_product_months') }}
    union all
    -- every subscription is a thing of its own
    select 'subscription' as product_id, service_line from {{ ref('int_subscription_months') }}
),

-- where nothing in the data has a name, nobody is known to hold nothing
named as (
    select count(product_id) > 0 as has_products, count(service_line) > 0 as has_lines
    from names
),

-- what is held stands from one change to the next: running sums over the months with a change, not over all
held as (
    select
        changes.customer_id,
        changes.month_start as from_month,
        coalesce({{ dbt_satisfaction.add_months('lead(changes.month_start) over by_month', -1) }}, spans.last_month)
            as to_month,
        changes.services_added,
        changes.services_cancelled,
        changes.services_cancelled_unknown,
        {%- for figure in ['product', 'breadth'] %}
        sum(changes.{{ figure }}_change) over so_far as {{ figure }},
        sum(changes.{{ figure }}_unnamed_change) over so_far as {{ figure }}_unnamed,
        {%- endfor %}
        sum(changes.fee_change) over so_far as fees,
        sum(changes.services_change) over so_far as services_held,
        sum(changes.held_before_change) over so_far as services_held_before
    from changes
    inner join spans on changes.customer_id = spans.customer_id
    window
        by_month as (partition by changes.customer_id order by changes.month_start),
        so_far as (
            partition by changes.customer_id order by changes.month_start
            rows between unbounded preceding and current row
        )
),

months as (
    select
        *,
        {{ dbt_satisfaction.each_month('from_month', 'to_month') }} as month_start
    from held
),

figures as (
    select
        months.customer_id,
        months.month_start,
        purchases.customer_id is not null or months.services_held > 0 as is_using,
        cast(coalesce(purchases.n_purchases, 0) as bigint) as n_purchases,
        coalesce(purchases.amount, 0) as amount,
        -- nothing bought is no usage; a purchase of which the quantity is not known is none that is known
        case when purchases.customer_id is null then 0e0 else cast(purchases.quantity as double) end as quantity,
        {%- for figure in ['services_added', 'services_cancelled', 'services_cancelled_unknown'] %}
        case when months.month_start = months.from_month then months.{{ figure }} else 0 end as {{ figure }},
        {%- endfor %}
        case when months.product > 0 or named.has_products and months.product_unnamed = 0 then months.product end
            as product_count,
        case when months.breadth > 0 or named.has_lines and months.breadth_unnamed = 0 then months.breadth end
            as breadth,
        months.fees,
        months.services_held_before
    from months
    cross join named
    left join purchases on months.customer_id = purchases.customer_id and months.month_start = purchases.month_start
),

typed as (
    select
        customer_id,
        month_start,
        max(case when is_using then month_start end) over (
            partition by customer_id order by month_start
            rows between unbounded preceding and current row
        ) as last_used_month,
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
),

stretches as (
    select * from {{ ref('int_active_stretches') }}
),

-- before anything is seen in the data
told as (
    select
        spans.customer_id,
        coalesce(
            max(case
                when stretches.from_month < calendar.first_month
                    then stretches.tenure_before + {{ dbt_satisfaction.months_between(
                        'stretches.from_month', 'least(stretches.proven_to, calendar.first_month)'
                    ) }}
            end),
            min(stretches.tenure_before),
            max(greatest(0, {{ dbt_satisfaction.months_between('spans.related_since', 'calendar.first_month') }}))
        ) as tenure_months
    from spans
    cross join {{ ref('int_calendar') }} as calendar
    left join stretches on spans.customer_id = stretches.customer_id
    group by spans.customer_id
),

-- tenure stands still from the last purchase or held service on
tenured as (
    select
        baselines.*,
        cast(coalesce(
            stretches.tenure_before
            + {{ dbt_satisfaction.months_between('stretches.from_month', 'baselines.last_used_month') }},
            told.tenure_months
        ) as double) as tenure_months
    from baselines
    left join stretches
        on baselines.customer_id = stretches.customer_id
        and baselines.last_used_month >= stretches.from_month
        and baselines.last_used_month < stretches.to_month
    inner join told on baselines.customer_id = told.customer_id
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
    tenure_months,
    -- of the time before the first month nothing but tenure is known
    coalesce(
        lag(tenure_months) over (partition by customer_id order by month_start),
        tenure_months - case when last_used_month = month_start then 1 else 0 end
    ) as previous_tenure_months,
    case
        when services_held_before > 0
            then services_cancelled_unknown / cast(services_held_before as double)
    end as unknown_cancel_share
from tenured
