-- What changes for a customer in a month: products, service lines and fees held, and services added and cancelled.
-- Running sums over the months of products, lines and fees are what is held; what was held before the replay begins
-- comes in with its first month. A service that started and ended in the same month is both added and cancelled, and
-- never held; it was none of the services held before, so it is no part of those that left for an unknown place. The
-- first month of a customer has a row, whatever changes in it: what is held can be followed from there.
{%- set held = ['product_change', 'breadth_change', 'product_unnamed_change', 'breadth_unnamed_change'] %}
{%- set figures = held + [
    'fee_change', 'services_change', 'held_before_change', 'added', 'cancelled', 'cancelled_unknown'
] %}
{%- set unknown = "case when from_month < to_month and end_reason = 'unknown' then 1 else 0 end" %}
{#- relation, month, what changes in it, whether the figures are running sums -#}
{%- set sources = [
    (ref('int_holdings'), 'month_start', dict(zip(held, held)), true),
    ('fees', 'month_start', {'fee_change': 'change', 'services_change': 'services'}, true),
    ('services', 'month_start', {'held_before_change': 'change'}, true),
    ('subscriptions', 'from_month', {'added': '1'}, false),
    ('subscriptions', 'to_month', {'cancelled': '1', 'cancelled_unknown': unknown}, false),
    (ref('int_customer_spans'), 'first_month', {}, false),
] %}

with calendar as (
    select * from {{ ref('int_calendar') }}
),

subscriptions as (
    select * from {{ ref('int_subscription_months') }}
),

fees as (
    select
        customer_id,
        from_month as month_start,
        monthly_fee as change,
        1 as services
    from subscriptions
    union all
    select
        customer_id,
        to_month as month_start,
        -monthly_fee as change,
        -1 as services
    from subscriptions
),

-- those held in the month before
services as (
    select customer_id, {{ dbt_satisfaction.add_months('from_month', 1) }} as month_start, 1 as change
    from subscriptions
    where from_month < to_month
    union all
    select customer_id, {{ dbt_satisfaction.add_months('to_month', 1) }} as month_start, -1 as change
    from subscriptions
    where from_month < to_month and to_month < cast('9999-12-01' as date)
),

counted as (
    {%- for relation, month, changes, is_running in sources %}
    select
        customer_id,
        {{ month }} as month_start,
        {%- for figure in figures %}
        {{ changes.get(figure, '0') }} as {{ figure }},
        {%- endfor %}
        {{ is_running }} as is_running
    from {{ relation }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

placed as (
    select
        counted.*,
        case when is_running then greatest(counted.month_start, calendar.first_month) else counted.month_start end
            as replayed_month
    from counted
    cross join calendar
    where
        counted.month_start <= calendar.last_month
        and (is_running or counted.month_start >= calendar.first_month)
)

select
    customer_id,
    replayed_month as month_start,
    {%- for figure in held %}
    cast(sum({{ figure }}) as integer) as {{ figure }},
    {%- endfor %}
    cast(sum(fee_change) as decimal(28, 6)) as fee_change,
    cast(sum(services_change) as integer) as services_change,
    cast(sum(held_before_change) as integer) as held_before_change,
    cast(sum(added) as integer) as services_added,
    cast(sum(cancelled) as integer) as services_cancelled,
    cast(sum(cancelled_unknown) as integer) as services_cancelled_unknown
from placed
group by customer_id, replayed_month
