-- Complaints against the promises that limit a time: when the clock ran, how much of it counts, what became of it.
-- Settled is answered: where an earlier step was not written down, the clock stops when the complaint was settled.
{%- set runs = [
    ["'first_response_time'", 'case when knows_responses then opened_at end', 'coalesce(first_response_at, resolved_at)'],
    ["'contact_time'", 'case when knows_contacts then dispatched_at end', 'coalesce(contacted_at, resolved_at)'],
    ["'resolution_time'", 'opened_at', 'resolved_at'],
] %}

with promises as (
    select
        promise_id,
        measure,
        coalesce(uses_business_hours, false) as uses_business_hours,
        cast(round(limit_value * case unit when 'hours' then 3600e6 else 60e6 end) as bigint) as limit_microseconds
    from {{ dbt_satisfaction.method_table('service_promises') }}
    where enabled
),

-- where a step is never written down, it is not known whether the promise was kept
complaints as (
    select
        *,
        max(first_response_at) over () is not null as knows_responses,
        max(contacted_at) over () is not null as knows_contacts
    from {{ ref('stg_complaints') }}
),

clocks as (
    select *
    from {{ dbt_satisfaction.unpivot_groups(
        'complaints', ['complaint_id', 'customer_id', 'opened_at'], runs, ['measure', 'starts_at', 'ends_at']
    ) }} as cells
    where starts_at is not null
),

-- a clock that still runs is read at the end of the last day
cases as (
    select
        promises.*,
        clocks.complaint_id,
        clocks.customer_id,
        cast(date_trunc('month', clocks.opened_at) as date) as month_start,
        clocks.starts_at,
        clocks.ends_at,
        greatest(
            clocks.starts_at,
            coalesce(clocks.ends_at, cast(calendar.as_of_date + interval 1 day as timestamp))
        ) as read_at
    from clocks
    inner join promises on clocks.measure = promises.measure
    cross join {{ ref('int_calendar') }} as calendar
),

elapsed as (
    select
        cases.*,
        case
            when cases.uses_business_hours
                then {{ dbt_satisfaction.business_time_between(
                    'start_days', 'cases.starts_at', 'read_days', 'cases.read_at'
                ) }}
            else {{ dbt_satisfaction.microseconds_between('cases.starts_at', 'cases.read_at') }}
        end as microseconds
    from cases
    left join {{ ref('int_business_calendar') }} as start_days
        on {{ dbt_satisfaction.falls_into('start_days', 'cases.starts_at') }}
    left join {{ ref('int_business_calendar') }} as read_days
        on {{ dbt_satisfaction.falls_into('read_days', 'cases.read_at') }}
)

select
    promise_id,
    complaint_id,
    customer_id,
    month_start,
    starts_at,
    ends_at,
    microseconds / 60e6 as elapsed_minutes,
    case
        when microseconds > limit_microseconds then 'broken'
        when ends_at is null then 'pending'
        else 'kept'
    end as outcome
from elapsed
