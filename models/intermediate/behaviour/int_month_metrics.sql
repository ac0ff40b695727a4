-- The figures that the ladder's rules look at, per month and customer with behaviour. A change against the baseline is
-- null (not evaluable) where fewer than baseline_months complete months precede, or their mean is below the minimum.
-- Changes are rounded to 12 places: 120 / 100 - 1 is a hair below 0.2 in binary fractions, and must reach 20 %.
{%- set n = var('baseline_months') %}

with figures as (
    select * from {{ ref('int_month_rhythms') }}
),

spans as (
    select * from {{ ref('int_customer_spans') }}
    where has_behaviour
),

baselines as (
    select
        {%- for figure in ['amount', 'quantity', 'fees', 'revenue'] %}
        {{ dbt_satisfaction.sum_of_preceding(figure, n, 'months') }} / {{ n }} as {{ figure }}_baseline,
        {%- endfor %}
        figures.*
    from figures
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
    customer_status,
    left_since,
    stretch_no,
    rhythm,
    n_repeat_customers,
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
    overdue_ratio,
    waited_ratio,
    cast(months_away as double) as months_away,
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
