-- Complaints made and settled per customer and month. What was open before the calendar begins comes in with its first
-- month. Complaints alone make no calendar: then all of them count in their month.
with complaints as (
    select
        complaints.customer_id,
        cast(date_trunc('month', complaints.opened_at) as date) as opened_month,
        cast(date_trunc('month', complaints.resolved_at) as date) as resolved_month,
        calendar.first_month
    from {{ ref('stg_complaints') }} as complaints
    cross join {{ ref('int_calendar') }} as calendar
),

changes as (
    select
        customer_id,
        greatest(opened_month, first_month) as month_start,
        case when opened_month < first_month then 0 else 1 end as n_complaints,
        1 as open_change
    from complaints
    union all
    select
        customer_id,
        greatest(resolved_month, first_month) as month_start,
        0 as n_complaints,
        -1 as open_change
    from complaints
    where resolved_month is not null
)

select
    customer_id,
    month_start,
    cast(sum(n_complaints) as bigint) as n_complaints,
    cast(sum(open_change) as bigint) as open_change
from changes
group by customer_id, month_start
