-- One row per day, from the first day of the first year with a wave or a month to the last day of the last.
with moments as (
    select wave_date as day from {{ ref('sem_segment_waves') }}
    union all
    select month_start as day from {{ ref('sem_segment_months') }}
),

bounds as (
    select
        cast(date_trunc('year', min(day)) as date) as first_day,
        cast({{ dbt_satisfaction.add_months("cast(date_trunc('year', max(day)) as date)", 12) }} as date) as end_day
    from moments
),

days as (
    select
        {{ dbt_satisfaction.each_day('first_day', 'end_day') }} as day,
        end_day
    from bounds
)

select day
from days
where day < end_day
