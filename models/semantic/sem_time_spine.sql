-- One row per day, from the first day of the first year with a wave or a month to the last day of the last.
with moments as (
    {%- for area in ['survey', 'loyalty'] if area in var('areas') %}
    select {{ 'wave_date' if area == 'survey' else 'month_start' }} as day
    from {{ ref('sem_segment_waves' if area == 'survey' else 'sem_segment_months') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
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
