-- How long every customer stayed until the first loss, and from which age on it was watched, in months. A customer
-- whose relationship began before the data is watched only from active_months after they begin: whoever was lost by
-- then may have left no trace in them.
{%- set types = ['total'] + dbt_satisfaction.declared_types() %}
{%- set kept = ['start_month', 'is_start_seen', 'first_age', 'last_age', 'is_lost', 'has_returned', 'is_once'] %}

with stretches as (
    select
        stretches.customer_id,
        stretches.from_month as start_month,
        stretches.from_month >= calendar.first_month as is_start_seen,
        stretches.to_month <= calendar.last_month as is_lost,
        stretches.returned_in is not null as has_returned,
        stretches.proven_to = stretches.from_month as is_once,
        case
            when stretches.from_month >= calendar.first_month then stretches.from_month
            else {{ dbt_satisfaction.add_months('calendar.first_month', var('active_months')) }}
        end as watched_from,
        least(stretches.to_month, calendar.last_month) as watched_to
    from {{ ref('int_active_stretches') }} as stretches
    cross join {{ ref('int_calendar') }} as calendar
    where stretches.is_first
),

relationships as (
    select
        *,
        cast({{ dbt_satisfaction.months_between('start_month', 'watched_from') }} as integer) as first_age,
        cast({{ dbt_satisfaction.months_between('start_month', 'watched_to') }} as integer) as last_age,
        last_day(watched_from) as on_date
    from stretches
    where watched_from <= watched_to
),

attributes as (
    {{ dbt_satisfaction.attributes_at('relationships', ['customer_id'] + kept, types) }}
)

{{ dbt_satisfaction.segment_columns('attributes', ['customer_id'] + kept, types) }}
