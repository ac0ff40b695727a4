-- What every customer did by the end of each month: activity and its changes, purchases, returns and complaints in the
-- month and within behaviour_months, and what the profile says.
{%- set window_months = var('behaviour_months') %}
{%- set half = var('repurchase_months') %}
{%- set counted = {
    'n_purchases': 'n_purchases', 'n_returns': 'n_returns', 'n_complaints': 'n_complaints', 'amount': 'amount',
    'revenue': 'cast(revenue as decimal(28, 6))',
} %}
{%- set profile = dbt_satisfaction.profile_metrics() %}

with service_lines as (
    select service_line from {{ ref('int_product_months') }}
    union all
    select service_line from {{ ref('int_subscription_months') }}
),

offered as (
    select count(distinct service_line) as lines_offered from service_lines
),

answers as (
    select
        customer_id,
        attribute,
        -- a figure beyond that is a mistake, and no decimal holds its sums
        case when abs(try_cast(value as double)) < 1e12 then try_cast(value as double) end as figure,
        coalesce(as_of, cast('1000-01-01' as date)) as as_of
    from {{ ref('stg_customer_profiles') }}
    where attribute in ('{{ profile | join("', '") }}')
),

-- a sum over a frame of rows costs many times as much as the difference of two running sums
running as (
    select
        *,
        {%- for name, value in counted.items() %}
        sum({{ value }}) over so_far as {{ name }}_so_far,
        {%- endfor %}
        sum(open_change) over so_far as n_open_complaints,
        max(last_ordered_on) over so_far as last_purchase_on,
        count(*) over so_far as n_months
    from {{ ref('int_activity_months') }}
    window so_far as (
        partition by customer_id order by month_start
        rows between unbounded preceding and current row
    )
),

windows as (
    select
        *,
        {%- for name in counted %}
        {{ name }}_so_far - coalesce(lag({{ name }}_so_far, {{ window_months }}) over by_month, 0) as {{ name }}_window,
        {%- endfor %}
        n_purchases_so_far - coalesce(lag(n_purchases_so_far, {{ half }}) over by_month, 0) as n_purchases_again,
        coalesce(lag(n_purchases_so_far, {{ half }}) over by_month, 0)
        - coalesce(lag(n_purchases_so_far, {{ 2 * half }}) over by_month, 0) as n_purchases_before
    from running
    window by_month as (partition by customer_id order by month_start)
),

framed as (
    select
        windows.*,
        offered.lines_offered,
        last_day(windows.month_start) as on_date,
        {{ dbt_satisfaction.months_between('calendar.first_month', 'windows.month_start') }} + 1 as months_of_data,
        windows.n_purchases_before >= {{ var('repurchase_min_purchases') }} as has_bought_before
    from windows
    cross join offered
    cross join {{ ref('int_calendar') }} as calendar
)

select
    framed.customer_id,
    framed.month_start,
    framed.customer_status,
    framed.tenure_months,
    framed.active_since is not null as is_active,
    framed.is_new,
    framed.is_reactivated,
    framed.is_lost,
    framed.is_lost or coalesce(framed.active_since < framed.month_start, false) as was_active,
    {{ dbt_satisfaction.months_between('framed.active_since', 'framed.month_start') }} + 1 as uninterrupted_months,
    framed.n_purchases,
    framed.n_returns,
    framed.n_complaints,
    cast(framed.n_open_complaints as bigint) as n_open_complaints,
    cast(framed.amount as double) as amount,
    framed.revenue,
    cast({{ dbt.datediff('framed.last_purchase_on', 'framed.on_date', 'day') }} as integer) as recency_days, -- noqa: LT05
    cast(least(framed.n_months, {{ window_months }}) as integer) as months_in_window,
    framed.months_of_data >= {{ window_months }} as is_window_whole,
    {%- for name in counted %}
    {%- set type = 'double' if name in ['amount', 'revenue'] else 'bigint' %}
    cast(framed.{{ name }}_window as {{ type }}) as {{ name }}_in_window,
    {%- endfor %}
    framed.months_of_data >= {{ 2 * half }} and framed.has_bought_before as is_repurchase_eligible,
    framed.months_of_data >= {{ 2 * half }} and framed.has_bought_before and framed.n_purchases_again > 0
        as has_repurchased,
    {%- for attribute in profile %}
    {{ attribute }}_answers.figure as {{ attribute }},
    nullif({{ attribute }}_answers.as_of, cast('1000-01-01' as date)) as {{ attribute }}_as_of,
    {%- endfor %}
    framed.breadth,
    framed.lines_offered,
    suppliers.sole_supplier > 0 as is_sole_supplier,
    suppliers.never_switched = 0 as has_ever_switched
from framed
left join {{ dbt_satisfaction.supplier_answers() }} as suppliers
    on framed.customer_id = suppliers.customer_id
    and framed.has_behaviour
    and framed.customer_status != 'left'
{%- for attribute in profile %}
left join answers as {{ attribute }}_answers
    on framed.customer_id = {{ attribute }}_answers.customer_id
    and {{ attribute }}_answers.attribute = '{{ attribute }}'
    and framed.on_date >= {{ attribute }}_answers.as_of
{%- endfor %}
