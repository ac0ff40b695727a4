{{ config(materialized='view') }}

-- What every customer with behaviour bought and held in each month. What is held is null where something is that nobody
-- has named, and nothing that has a name.
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
        months.services_held,
        months.services_held_before
    from months
    cross join named
    left join purchases on months.customer_id = purchases.customer_id and months.month_start = purchases.month_start
)

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
    services_held,
    services_held_before,
    services_added,
    services_cancelled,
    services_cancelled_unknown
from figures
