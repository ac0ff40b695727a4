-- Business time (工作时间) of every day on which a complaint may have waited. A day is cut where hours begin: each stretch
-- starts with its open minutes, what follows until the next is closed.
with bounds as (
    select
        min(complaints.opened_at) as first_moment,
        greatest(
            max(calendar.as_of_date),
            cast(max(complaints.dispatched_at) as date),
            cast(max(complaints.contacted_at) as date),
            cast(max(complaints.first_response_at) as date),
            cast(max(complaints.resolved_at) as date)
        ) as last_day
    from {{ ref('stg_complaints') }} as complaints
    cross join {{ ref('int_calendar') }} as calendar
),

-- the day after the last one holds the end of the last
days as (
    select {{ dbt_satisfaction.each_day('cast(first_moment as date)', 'last_day + interval 1 day') }} as day
    from bounds
),

exceptions as (
    select
        day,
        is_open,
        {{ dbt_satisfaction.minute_of('opens_at') }} as opens,
        {{ dbt_satisfaction.minute_of('closes_at') }} as closes
    from {{ dbt_satisfaction.method_table('business_days') }}
),

hours as (
    select
        weekday,
        {{ dbt_satisfaction.minute_of('opens_at') }} as opens,
        {{ dbt_satisfaction.minute_of('closes_at') }} as closes
    from {{ dbt_satisfaction.method_table('business_hours') }}
),

-- an open day without hours of its own has those of Monday
spans as (
    select
        days.day,
        hours.opens,
        hours.closes
    from days
    left join exceptions on days.day = exceptions.day
    inner join hours
        on hours.weekday = case when exceptions.is_open then 1 else {{ dbt_satisfaction.iso_weekday('days.day') }} end
    where exceptions.day is null or (exceptions.is_open and exceptions.opens is null)
    union all
    select
        days.day,
        exceptions.opens,
        exceptions.closes
    from days
    inner join exceptions on days.day = exceptions.day
    where exceptions.opens is not null
    union all
    select
        day,
        0 as opens,
        0 as closes
    from days
),

stretches as (
    select
        day,
        cast(opens as bigint) as from_minute,
        cast(max(closes - opens) as bigint) as open_minutes
    from spans
    group by day, opens
)

select
    day,
    from_minute,
    coalesce(lead(from_minute) over (partition by day order by from_minute), 1440) as to_minute,
    open_minutes,
    cast(coalesce(sum(open_minutes) over (
        order by day, from_minute
        rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as minutes_before
from stretches
