-- The months in which judgements with expiry are in force: of several levels the last one is held, shifts add up.
with judgements as (
    select * from {{ ref('int_ladder_judgements') }}
    where end_month is not null
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

months as (
    select
        judgements.*,
        {{ dbt_satisfaction.each_month(
            'judgements.from_month',
            'least(calendar.last_month, ' ~ dbt_satisfaction.add_months('judgements.end_month', -1) ~ ')'
        ) }} as month_start
    from judgements
    cross join calendar
)

select
    customer_id,
    month_start,
    cast(max_by(level, assessed_on) filter (where level is not null) as integer) as held_level,
    cast(coalesce(sum(change), 0) as integer) as held_change
from months
group by customer_id, month_start
