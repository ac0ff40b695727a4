-- How many products and service lines a customer begins to hold in a month, less those that are over. What is bought is
-- held for holding_months after the last purchase, a subscription from its first month until its last; stretches of one
-- service line that overlap or meet are one. What a purchase or a subscription does not name is counted apart:
-- something is held, and nobody knows what.
{%- set held_until = dbt_satisfaction.add_months('month_start', var('holding_months')) %}
{%- set held_since = dbt_satisfaction.add_months('month_before', var('holding_months')) %}
{%- set product = "case when product_id = '' then 'product_unnamed' else 'product' end" %}
{%- set breadth = "case when service_line = '' then 'breadth_unnamed' else 'breadth' end" %}

with subscriptions as (
    select * from {{ ref('int_subscription_months') }}
    where from_month < to_month
),

{% for item in ['product_id', 'service_line'] %}
{{ item }}_months as (
    select
        customer_id,
        coalesce({{ item }}, '') as {{ item }},
        month_start,
        {{ held_until }} as to_month,
        lag(month_start) over by_month as month_before,
        lead(month_start) over by_month as month_after
    from {{ ref('int_product_months') }}
    window by_month as (partition by customer_id, coalesce({{ item }}, '') order by month_start)
),

-- the first and the last purchase of each stretch
{{ item }}_ends as (
    select
        *,
        month_before is null or {{ held_since }} < month_start as is_first,
        month_after is null or month_after > to_month as is_last
    from {{ item }}_months
    where
        month_before is null
        or month_after is null
        or {{ held_since }} < month_start
        or month_after > to_month
),
{% endfor %}

line_stretches as (
    select customer_id, service_line, month_start as from_month, last_to_month as to_month
    from (
        select
            *,
            case when is_last then to_month else lead(to_month) over by_month end as last_to_month
        from service_line_ends
        -- of two purchases in one month the first of the stretch stands before its last
        window by_month as (partition by customer_id, service_line order by month_start asc, is_first desc)
    ) as paired
    where is_first
    union all
    select customer_id, coalesce(service_line, '') as service_line, from_month, to_month
    from subscriptions
),

-- a stretch begins where all earlier ones are over, and ends where the next one begins later than all so far are over
followed as (
    select
        customer_id,
        service_line,
        from_month,
        max(to_month) over earlier as earlier_to_month,
        max(to_month) over so_far as to_month,
        lead(from_month) over by_month as next_from_month
    from line_stretches
    window
        by_month as (partition by customer_id, service_line order by from_month),
        so_far as (
            partition by customer_id, service_line order by from_month
            rows between unbounded preceding and current row
        ),
        earlier as (
            partition by customer_id, service_line order by from_month
            rows between unbounded preceding and 1 preceding
        )
),

bounds as (
    select customer_id, from_month as month_start, {{ breadth }} as figure, 1 as change
    from followed
    where earlier_to_month is null or earlier_to_month < from_month
    union all
    select customer_id, to_month as month_start, {{ breadth }} as figure, -1 as change
    from followed
    where next_from_month is null or next_from_month > to_month
    union all
    select customer_id, month_start, {{ product }} as figure, 1 as change
    from product_id_ends
    where is_first
    union all
    select customer_id, to_month as month_start, {{ product }} as figure, -1 as change
    from product_id_ends
    where is_last
    -- every subscription is a thing of its own
    union all
    select customer_id, from_month as month_start, 'product' as figure, 1 as change
    from subscriptions
    union all
    select customer_id, to_month as month_start, 'product' as figure, -1 as change
    from subscriptions
)

select
    customer_id,
    month_start,
    cast(sum(case when figure = 'product' then change else 0 end) as integer) as product_change,
    cast(sum(case when figure = 'breadth' then change else 0 end) as integer) as breadth_change,
    cast(sum(case when figure = 'product_unnamed' then change else 0 end) as integer) as product_unnamed_change,
    cast(sum(case when figure = 'breadth_unnamed' then change else 0 end) as integer) as breadth_unnamed_change
from bounds
group by customer_id, month_start
