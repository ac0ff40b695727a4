-- Products and services held at the end of a month, and services added and cancelled in it.
-- A service that started and ended in the same month is both added and cancelled, and never held; it was none of the
-- services held before, so it is no part of those that left for an unknown place.
with months as (
    select * from {{ ref('int_customer_months') }}
    where has_behaviour
),

holdings as (
    select * from {{ ref('int_holdings') }}
),

matched as (
    select
        months.customer_id,
        months.month_start,
        holdings.kind,
        holdings.item_id,
        holdings.service_line,
        holdings.monthly_fee,
        holdings.end_reason,
        holdings.kind = 'subscription' as is_service,
        months.month_start < holdings.to_month as is_held,
        months.month_start > holdings.from_month as was_held,
        months.month_start = holdings.from_month as is_added,
        months.month_start = holdings.to_month as is_ended
    from months
    inner join holdings
        on months.customer_id = holdings.customer_id
        and months.month_start >= holdings.from_month
        and months.month_start <= holdings.to_month
)

select
    customer_id,
    month_start,
    count(distinct case when is_held then kind || ' ' || item_id end) as product_count,
    count(distinct case when is_held then service_line end) as breadth,
    sum(cast(case when is_service and is_held then monthly_fee else 0 end as decimal(18, 2))) as fees,
    count(*) filter (where is_service and was_held) as services_held_before,
    count(*) filter (where is_service and is_added) as services_added,
    count(*) filter (where is_service and is_ended) as services_cancelled,
    count(*) filter (where is_service and was_held and is_ended and end_reason = 'unknown')
        as services_cancelled_unknown
from matched
group by all
