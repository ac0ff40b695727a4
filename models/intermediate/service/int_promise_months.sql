-- How every promise was kept to each customer, by month: that of the complaint, or of the promised delivery. Complete
-- months only.
with promises as (
    select * from {{ dbt_satisfaction.method_table('service_promises') }}
    where enabled
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

complaints as (
    select * from {{ ref('stg_complaints') }}
),

-- what cannot be fixed any more is broken, even where the complaint is still open
judged as (
    select
        customer_id,
        opened_at as happened_at,
        'first_time_fix' as measure,
        fixed_first_time as is_kept,
        resolved_at is not null as is_over
    from complaints
    where dispatched_at is not null or fixed_first_time is not null
    union all
    select
        customer_id,
        opened_at as happened_at,
        'not_reopened' as measure,
        not reopened as is_kept,
        resolved_at is not null as is_over
    from complaints
    union all
    select
        transactions.customer_id,
        cast(transactions.promised_on as timestamp) as happened_at,
        'delivery_on_time' as measure,
        coalesce(transactions.delivered_on, calendar.as_of_date) <= transactions.promised_on as is_kept,
        transactions.delivered_on is not null as is_over
    from {{ ref('stg_transactions') }} as transactions
    cross join calendar
    -- a blank status is that of a completed order; without any delivery in the data nothing is known of them
    where
        transactions.promised_on is not null
        and coalesce(lower(transactions.status), 'completed') != 'cancelled'
        and exists (
            select 1 from {{ ref('stg_transactions') }}
            where delivered_on is not null
        )
),

counted as (
    select
        customer_id,
        cast(date_trunc('month', happened_at) as date) as month_start,
        measure,
        case
            when not is_kept then 'broken'
            when not is_over then 'pending'
            when is_kept then 'kept'
            else 'unknown'
        end as outcome,
        count(*) as n
    from judged
    group by all
),

cases as (
    select
        promises.promise_id,
        counted.customer_id,
        counted.month_start,
        counted.outcome,
        counted.n
    from counted
    inner join promises on counted.measure = promises.measure
    union all
    select
        promise_id,
        customer_id,
        month_start,
        outcome,
        1 as n
    from {{ ref('int_timed_promises') }}
)

select
    cases.month_start,
    cases.customer_id,
    cases.promise_id,
    cast(coalesce(sum(cases.n) filter (where cases.outcome = 'kept'), 0) as bigint) as n_kept,
    cast(coalesce(sum(cases.n) filter (where cases.outcome = 'broken'), 0) as bigint) as n_broken,
    cast(coalesce(sum(cases.n) filter (where cases.outcome = 'pending'), 0) as bigint) as n_pending,
    cast(coalesce(sum(cases.n) filter (where cases.outcome = 'unknown'), 0) as bigint) as n_unknown
from cases
inner join calendar on cases.month_start <= calendar.last_month
group by cases.month_start, cases.customer_id, cases.promise_id
