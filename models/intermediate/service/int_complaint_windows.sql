-- The windows that complaints are counted in: each month alone, and the twelve months that end with it, where
-- complaints are known of all of them.
with bounds as (
    select
        min(complaints.month_start) as first_month,
        max(calendar.last_month) as last_month
    from {{ ref('int_complaint_causes') }} as complaints
    cross join {{ ref('int_calendar') }} as calendar
),

months as (
    select
        {{ dbt_satisfaction.each_month('first_month', 'last_month') }} as month_start,
        first_month
    from bounds
),

lengths as (
    select 1 as window_months
    union all
    select 12 as window_months
),

windows as (
    select
        months.month_start,
        months.first_month,
        lengths.window_months,
        {{ dbt_satisfaction.add_months('months.month_start', '(1 - lengths.window_months)') }} as starts_on,
        {{ dbt_satisfaction.add_months('months.month_start', '(1 - 2 * lengths.window_months)') }} as starts_before
    from months
    cross join lengths
)

select
    month_start,
    window_months,
    starts_on,
    case when starts_before >= first_month then starts_before end as starts_before
from windows
where starts_on >= first_month
